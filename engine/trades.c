/*
 * trades: the life of a trade from its first fill to its last. Owns the trade table
 * and the realised balance. It asks for orders through effects; it decides nothing
 * about entries.
 */
#include "engine/state.h"

#include <assert.h>
#include <string.h>

struct held *held_find(struct engine *e, uint32_t trade) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        if (e->trades[i].t.id == trade) return &e->trades[i];
    }
    return NULL;
}

struct held *held_by_entry(struct engine *e, uint64_t order) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        if (e->trades[i].t.entry_order == order) return &e->trades[i];
    }
    return NULL;
}

static void held_remove(struct engine *e, struct held *h) {
    uint32_t i = (uint32_t)(h - e->trades);
    memmove(h, h + 1, (e->trade_count - i - 1) * sizeof *h);
    e->trade_count--;
    e->dirty = true;
}

bool trade_is_flattening(const struct held *h) {
    return h->flatten;
}

/* ---- leaving ---- */

static qty_t exits_working(const struct engine *e, const struct trade *t) {
    qty_t sum = QTY_ZERO;
    for (uint32_t i = 0; i < e->order_count; i++) {
        const struct order *o = &e->orders[i].o;
        if (o->trade == t->id && o->role == ROLE_EXIT) sum.v += order_left(o).v;
    }
    return sum;
}

qty_t trade_closable(const struct engine *e, const struct held *h) {
    qty_t busy = exits_working(e, &h->t);
    return (qty_t){h->t.qty.v > busy.v ? h->t.qty.v - busy.v : 0};
}

struct effect *trade_changed(struct engine *e, struct held *h, enum trade_change change, struct effects *out) {
    h->t.version++;
    struct effect *f = effect_add(out, EFFECT_TRADE_CHANGED);
    f->u.changed.change = change;
    f->u.changed.trade = h->t;
    f->u.changed.stop_before = h->t.stop;
    if (!held_at_risk(e, h, &f->u.changed.at_risk)) f->u.changed.at_risk = h->t.risk;
    return f;
}

bool trade_exit(struct engine *e, struct held *h, qty_t qty, enum close_reason reason, struct effects *out) {
    struct live_order *o = qty.v > 0 ? order_add(e) : NULL;
    if (o == NULL) return false;
    o->o.trade = h->t.id;
    o->o.instrument = h->t.instrument;
    o->o.contract = h->t.contract;
    o->o.strategy = h->t.strategy;
    o->o.side = h->t.side == SIDE_LONG ? SIDE_SHORT : SIDE_LONG;
    o->o.role = ROLE_EXIT;
    o->o.type = ORDER_MARKET;
    o->o.qty = qty;
    o->o.reason = reason;
    h->t.exit_order = o->o.id;
    h->t.state = TRADE_CLOSING;
    struct effect *f = trade_changed(e, h, CHANGE_CLOSING, out);
    f->u.changed.qty = qty;
    f->u.changed.price = exit_price(e, &h->t);
    effect_add(out, EFFECT_SUBMIT)->u.submit.order = o->o;
    return true;
}

uint32_t trade_flatten(struct engine *e, struct held *h, enum close_reason reason, struct effects *out) {
    uint32_t asked = 0;
    struct live_order *entry = order_live(e, h->t.entry_order);
    if (entry != NULL) {
        entry->o.reason = reason; /* should it fill after all, however late, it is closed again */
        if (order_cancel(e, entry, out)) asked++;
    }
    h->flatten = true;
    h->flatten_reason = reason;
    if (trade_exit(e, h, trade_closable(e, h), reason, out)) asked++;
    return asked;
}

/* ---- fills ---- */

/* The average of `have` at `average` and `more` at `price`. */
static price_t blend(price_t average, qty_t have, price_t price, qty_t more) {
    int64_t part;
    if (have.v == 0 || !mul_div(price.v - average.v, more.v, have.v + more.v, &part)) return price;
    return (price_t){average.v + part};
}

static void pay(struct engine *e, struct trade *t, cash_t fee) {
    bool ok = cash_add(t->fees, fee, &t->fees) && cash_sub(e->balance, fee, &e->balance);
    assert(ok); /* a report's figures are bounded before they come here */
}

static when_t fill_time(const struct engine *e, const struct event *ev) {
    return ev->u.report.at.ns != 0 ? ev->u.report.at : e->market_time;
}

/* One R: what the whole entry loses at its first stop, the fees of both sides included. A roll keeps it. */
void trade_set_risk(struct engine *e, struct held *h) {
    if (h->origin.v != 0) return;
    struct trade all = h->t;
    all.qty = all.qty_entered;
    cash_t net, risk;
    price_t stop = against(all.side, all.stop_initial, engine_config_slippage(&e->config, all.instrument));
    if (!trade_open_pnl(e, &all, stop, &net) || !cash_sub(h->fees_entry, net, &risk)) return;
    h->t.risk = risk;
}

static void first_fill(struct engine *e, struct held *h, const struct event *ev, struct effects *out) {
    struct trade *t = &h->t;
    t->state = TRADE_OPEN;
    t->protection = PROTECTION_PENDING;
    h->asked = ev->wall_time;
    t->opened = fill_time(e, ev);
    t->day_opened = e->day;
    if (h->origin.v == 0 || is_better(t->side, t->entry, t->best)) t->best = t->entry;
    if (h->origin.v == 0 || is_better(t->side, t->worst, t->entry)) t->worst = t->entry;
    t->version++;
    effect_add(out, EFFECT_TRADE_OPENED)->u.opened.trade = *t;
}

/* Against us, of the price; half of what is known is the newest. */
static void see_slippage(struct engine *e, const struct held *h, price_t got) {
    int64_t worse = h->t.side == SIDE_LONG ? got.v - h->wanted.v : h->wanted.v - got.v, ppm;
    if (h->wanted.v == 0 || !mul_div(worse > 0 ? worse : 0, PPM, h->wanted.v, &ppm)) return;
    struct market *m = &e->markets[h->t.instrument];
    m->slippage_ppm = (m->slippage_ppm + ppm) / 2;
}

void entry_fill(struct engine *e, struct live_order *o, const struct event *ev, struct effects *out) {
    const struct order_report *r = &ev->u.report;
    struct held *h = held_find(e, o->o.trade);
    assert(h != NULL); /* a trade that was dropped is made again before */
    bool first = h->t.qty_entered.v == 0;
    h->t.entry = blend(h->t.entry, h->t.qty_entered, r->price, r->qty);
    h->t.qty.v += r->qty.v;
    h->t.qty_entered.v += r->qty.v;
    h->fees_entry.v += r->fee.v;
    pay(e, &h->t, r->fee);
    if (order_is_final(&o->o)) trade_set_risk(e, h);
    if (first) {
        see_slippage(e, h, r->price);
        first_fill(e, h, ev, out);
    } else {
        struct effect *f = trade_changed(e, h, CHANGE_FILL, out);
        f->u.changed.qty = r->qty;
        f->u.changed.price = r->price;
    }
    e->dirty = true;
    if (h->flatten) trade_exit(e, h, trade_closable(e, h), h->flatten_reason, out);
}

static void part_closed(struct engine *e, struct held *h, const struct order_report *r, cash_t pnl,
                        struct effects *out) {
    cash_t share = CASH_ZERO;
    entry_fee_share(h, r->qty, &share);
    struct effect *f = trade_changed(e, h, CHANGE_PART_CLOSED, out);
    f->u.changed.qty = r->qty;
    f->u.changed.price = r->price;
    f->u.changed.result = (cash_t){pnl.v - r->fee.v - share.v};
}

/* The venue filled more than we held: a human must look. The surplus is not ours to book. */
static void tell_surplus(struct held *h, const struct order_report *r, struct effects *out) {
    struct effect *f = effect_add(out, EFFECT_ORDER_TROUBLE);
    f->u.trouble.trouble = TROUBLE_UNKNOWN;
    f->u.trouble.order = (struct order){.id = r->order,
                                        .trade = h->t.id,
                                        .instrument = h->t.instrument,
                                        .strategy = h->t.strategy,
                                        .side = h->t.side == SIDE_LONG ? SIDE_SHORT : SIDE_LONG,
                                        .role = ROLE_EXIT,
                                        .state = ORDER_UNKNOWN,
                                        .qty = h->t.qty,
                                        .filled = r->qty,
                                        .average = r->price};
    str_copy(f->u.trouble.order.note, ORDER_REASON_MAX, "filled more than was open");
}

void exit_fill(struct engine *e, struct held *h, const struct event *ev, enum close_reason reason,
               struct effects *out) {
    struct order_report r = ev->u.report;
    struct trade *t = &h->t;
    if (r.qty.v > t->qty.v) {
        tell_surplus(h, &r, out);
        r.qty = t->qty;
    }
    qty_t exited = {t->qty_entered.v - t->qty.v};
    cash_t pnl;
    bool ok = pnl_at(e, t, r.price, r.qty, &pnl) && cash_add(t->gross, pnl, &t->gross) &&
              cash_add(e->balance, pnl, &e->balance);
    assert(ok);
    t->exit = blend(t->exit, exited, r.price, r.qty);
    t->qty.v -= r.qty.v;
    if (reason == CLOSE_ROLL) h->roll_qty.v += r.qty.v;
    pay(e, t, r.fee);
    t->reason = reason;
    t->closed = fill_time(e, ev);
    e->dirty = true;
    if (t->qty.v == 0) return;
    if (exits_working(e, t).v == 0)
        t->state = TRADE_OPEN; /* so it is told and written, not "closing" until its next change */
    part_closed(e, h, &r, pnl, out);
}

/* ---- the end ---- */

static void cancel_exits(struct engine *e, const struct trade *t, struct effects *out) {
    for (uint32_t i = 0; i < e->order_count; i++) {
        struct live_order *o = &e->orders[i];
        if (o->o.trade == t->id && o->o.role == ROLE_EXIT) order_cancel(e, o, out);
    }
}

static void count_result(struct engine *e, const struct trade *t) {
    cash_t net;
    if (!trade_net(t, &net)) return;
    ledger_close(e, t, net);
    if (e->flatten.active) {
        e->flatten.closed++;
        cash_add(e->flatten.result, net, &e->flatten.result);
    }
    stats_add_trade(&e->day_stats, net, t->fees, t->risk);
    stats_add_trade(&e->total_stats, net, t->fees, t->risk);
    stats_add_trade(&e->strategy_stats[t->strategy], net, t->fees, t->risk);
    if (net.v < 0) e->losses_in_row++;
    if (net.v > 0) e->losses_in_row = 0;
}

static void close_now(struct engine *e, struct held *h, struct effects *out) {
    struct trade *t = &h->t;
    t->state = TRADE_CLOSED;
    t->protection = PROTECTION_NONE;
    t->day_closed = e->day;
    t->version++;
    cancel_exits(e, t, out);
    count_result(e, t);
    struct effect *f = effect_add(out, EFFECT_TRADE_CLOSED);
    f->u.closed.trade = *t;
    f->u.closed.day = e->day_stats.s;
    struct held left = *h;
    held_remove(e, h);
    if (left.roll_to != 0) roll_go_on(e, &left, out);
}

void trade_settle(struct engine *e, struct held *h, struct effects *out) {
    struct live_order *entry = order_live(e, h->t.entry_order);
    if (h->t.qty.v > 0) {
        if (exits_working(e, &h->t).v > 0) return;
        h->t.state = TRADE_OPEN; /* an exit that came to nothing: the stop still guards it, and a human may ask again */
        if (entry == NULL) h->flatten = false;
        return;
    }
    if (entry != NULL) { /* closed before its entry was complete: nothing more may come in */
        if (h->t.qty_entered.v == 0) return;
        h->t.state = TRADE_CLOSING;
        h->flatten = true;
        h->flatten_reason = h->t.reason;
        entry->o.reason = h->t.reason;
        order_cancel(e, entry, out);
        return;
    }
    if (h->t.qty_entered.v > 0) {
        close_now(e, h, out);
        return;
    }
    if (h->origin.v == 0) limits_uncount_entry(e, &h->t); /* what goes on in another contract was not counted */
    held_remove(e, h);
}
