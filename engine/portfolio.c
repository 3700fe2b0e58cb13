/*
 * portfolio: what the account and each trade are worth, now and at the stops. Reads
 * the state, changes nothing. Money is exact; an overflow is said, never wrapped.
 */
#include "engine/state.h"

#include <string.h>

const struct instrument *instrument_of(const struct engine *e, const struct trade *t) {
    return &e->config.instruments[t->instrument];
}

price_t against(enum side position, price_t price, price_t by) {
    return (price_t){position == SIDE_LONG ? price.v - by.v : price.v + by.v};
}

bool is_better(enum side position, price_t a, price_t b) {
    return position == SIDE_LONG ? a.v > b.v : a.v < b.v;
}

/* Longs are sold at the bid, shorts bought back at the ask. Before the first bar: the entry. */
price_t exit_price(const struct engine *e, const struct trade *t) {
    const struct quote *q = roll_quote(e, t);
    if (q == NULL) return t->entry;
    return t->side == SIDE_LONG ? q->bid : q->ask;
}

/* The stop that truly rests, less slippage. */
static price_t stop_fill_price(const struct engine *e, const struct held *h) {
    price_t stop = h->stop_resting.v != 0 ? h->stop_resting : h->t.stop;
    return against(h->t.side, stop, engine_config_slippage(&e->config, h->t.instrument));
}

bool pnl_at(const struct engine *e, const struct trade *t, price_t price, qty_t qty, cash_t *out) {
    price_t move = t->side == SIDE_LONG ? (price_t){price.v - t->entry.v} : (price_t){t->entry.v - price.v};
    return instrument_pnl(instrument_of(e, t), move, qty, out);
}

bool exit_fee(const struct engine *e, const struct trade *t, qty_t qty, cash_t *out) {
    return mul_div(engine_config_commission(&e->config, t->instrument).v, qty.v, QTY_SCALE, &out->v);
}

bool trade_open_pnl(const struct engine *e, const struct trade *t, price_t price, cash_t *out) {
    cash_t pnl, fee;
    return pnl_at(e, t, price, t->qty, &pnl) && exit_fee(e, t, t->qty, &fee) && cash_sub(pnl, fee, out);
}

bool entry_fee_share(const struct held *h, qty_t qty, cash_t *out) {
    if (h->t.qty_entered.v == 0) {
        *out = CASH_ZERO;
        return true;
    }
    return mul_div(h->fees_entry.v, qty.v, h->t.qty_entered.v, &out->v);
}

bool held_at_risk(const struct engine *e, const struct held *h, cash_t *out) {
    cash_t at_stop, share, net;
    if (h->t.qty.v == 0) {
        *out = h->t.risk; /* not filled yet: what it was sized for */
        return true;
    }
    if (!trade_open_pnl(e, &h->t, stop_fill_price(e, h), &at_stop)) return false;
    if (!entry_fee_share(h, h->t.qty, &share) || !cash_sub(at_stop, share, &net)) return false;
    return cash_sub(CASH_ZERO, net, out);
}

static bool open_pnl_now(const struct engine *e, cash_t *out) {
    cash_t sum = CASH_ZERO, one;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct trade *t = &e->trades[i].t;
        if (t->qty.v == 0) continue;
        if (!trade_open_pnl(e, t, exit_price(e, t), &one) || !cash_add(sum, one, &sum)) return false;
    }
    *out = sum;
    return true;
}

bool equity_now(const struct engine *e, cash_t *equity) {
    cash_t open;
    return open_pnl_now(e, &open) && cash_add(e->balance, open, equity);
}

/* A trade whose entry is still working counts with the whole risk it was sized for. */
bool worst_equity(const struct engine *e, cash_t *equity) {
    cash_t sum = e->balance, one;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        if (order_live((struct engine *)(uintptr_t)e, h->t.entry_order) != NULL) { /* the finder does not change it */
            if (!cash_sub(sum, h->t.risk, &sum)) return false;
            continue;
        }
        if (!trade_open_pnl(e, &h->t, stop_fill_price(e, h), &one) || !cash_add(sum, one, &sum)) return false;
    }
    *equity = sum;
    return true;
}

void engine_account(const struct engine *e, struct account *out) {
    memset(out, 0, sizeof *out);
    out->balance = e->balance;
    out->day_first_equity = e->day_first_equity;
    out->week_first_equity = e->week_first_equity;
    out->month_first_equity = e->month_first_equity;
    out->peak_equity = e->peak_equity;
    out->paid_in = e->paid_in;
    if (!open_pnl_now(e, &out->open_pnl)) out->open_pnl = CASH_ZERO;
    out->equity = out->balance;
    cash_add(out->balance, out->open_pnl, &out->equity);
    cash_sub(out->equity, out->day_first_equity, &out->day_pnl);
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        cash_t margin, risk;
        if (instrument_margin(instrument_of(e, &h->t), h->t.entry, h->t.qty, &margin))
            cash_add(out->margin, margin, &out->margin);
        if (held_at_risk(e, h, &risk)) cash_add(out->at_risk, risk, &out->at_risk);
    }
}

bool trade_pnl_now(const struct engine *e, const struct trade *t, cash_t *net) {
    cash_t done, open = CASH_ZERO;
    if (!trade_net(t, &done)) return false;
    if (t->qty.v != 0 && !trade_open_pnl(e, t, exit_price(e, t), &open)) return false;
    return cash_add(done, open, net);
}

bool engine_trade_pnl(const struct engine *e, const struct trade *t, cash_t *net) {
    return trade_pnl_now(e, t, net);
}

bool engine_trade_at_risk(const struct engine *e, const struct trade *t, cash_t *out) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        if (e->trades[i].t.id == t->id) return held_at_risk(e, &e->trades[i], out);
    }
    return false;
}
