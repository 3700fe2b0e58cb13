/*
 * ledger: what each symbol and each strategy made, today and for ever, so that the sums
 * meet the account's to the last cent. Owns those columns; a trade's result enters once,
 * when it closes. What is open is never kept here but read from the trades.
 */
#include "engine/state.h"

#include <string.h>

static void add(cash_t *to, cash_t v) {
    cash_t sum;
    if (cash_add(*to, v, &sum)) *to = sum; /* beyond any account: the limits look at the equity itself */
}

void ledger_close(struct engine *e, const struct trade *t, cash_t net) {
    struct ledger *both[] = {&e->by_instrument[t->instrument], &e->by_strategy[t->strategy]};
    for (int i = 0; i < 2; i++) {
        add(&both[i]->closed, net);
        add(&both[i]->closed_day, net);
    }
}

static void new_day(struct ledger *l, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) l[i].closed_day = l[i].carried = CASH_ZERO;
}

void ledger_new_day(struct engine *e) {
    new_day(e->by_instrument, INSTRUMENTS_MAX);
    new_day(e->by_strategy, STRATEGIES_MAX);
    new_day(&e->instruments_gone, 1);
    new_day(&e->strategies_gone, 1);
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct trade *t = &e->trades[i].t;
        cash_t net;
        if (!trade_pnl_now(e, t, &net)) continue;
        add(&e->by_instrument[t->instrument].carried, net);
        add(&e->by_strategy[t->strategy].carried, net);
    }
}

static void move(struct ledger *l, struct ledger *old, uint32_t n, const uint16_t *to, uint16_t gone,
                 struct ledger *removed) {
    memcpy(old, l, n * sizeof *l);
    memset(l, 0, n * sizeof *l);
    for (uint32_t i = 0; i < n; i++) {
        struct ledger *at = to[i] == gone ? removed : &l[to[i]];
        add(&at->closed, old[i].closed);
        add(&at->closed_day, old[i].closed_day);
        add(&at->carried, old[i].carried);
    }
}

void ledger_move(struct engine *e, const uint16_t *instrument, const uint16_t *strategy, uint16_t gone) {
    struct ledger old[INSTRUMENTS_MAX];
    _Static_assert(STRATEGIES_MAX <= INSTRUMENTS_MAX, "room for both");
    move(e->by_instrument, old, e->config.instrument_count, instrument, gone, &e->instruments_gone);
    move(e->by_strategy, old, e->config.strategy_count, strategy, gone, &e->strategies_gone);
}

static void one_snap(struct ledger *l, struct snap *s) {
    snap_cash(s, &l->closed);
    snap_cash(s, &l->closed_day);
    snap_cash(s, &l->carried);
}

void ledger_snap(struct engine *e, struct snap *s) {
    for (uint32_t i = 0; i < e->config.instrument_count; i++) one_snap(&e->by_instrument[i], s);
    for (uint32_t i = 0; i < e->config.strategy_count; i++) one_snap(&e->by_strategy[i], s);
    one_snap(&e->instruments_gone, s);
    one_snap(&e->strategies_gone, s);
}

/* What was made before is known of the account and of each strategy, not of each symbol: it goes to the rest. */
void ledger_guess(struct engine *e) {
    const struct stats *all = &e->total_stats.s;
    cash_t realised = CASH_ZERO, net; /* of trades that are open */
    for (uint32_t i = 0; i < e->trade_count; i++) {
        if (trade_net(&e->trades[i].t, &net)) add(&realised, net);
    }
    struct ledger rest = {.closed = all->net, .closed_day = e->day_stats.s.net};
    /* first balance + closed before today + carried = the day's first equity */
    rest.carried.v =
        e->day_first_equity.v - (e->balance.v - realised.v - all->net.v) - (all->net.v - e->day_stats.s.net.v);
    e->instruments_gone = e->strategies_gone = rest;
    for (uint32_t i = 0; i < e->config.strategy_count; i++) {
        e->by_strategy[i].closed = e->strategy_stats[i].s.net;
        e->strategies_gone.closed.v -= e->strategy_stats[i].s.net.v;
    }
}

/* ---- what people see ---- */

static void view_of(struct ledger_view *v, const struct ledger *l) {
    v->closed = l->closed;
    v->closed_day = l->closed_day;
    v->carried = l->carried;
}

uint32_t engine_ledger(const struct engine *e, enum ledger_by by, struct ledger_view out[LEDGER_VIEWS_MAX]) {
    _Static_assert(INSTRUMENTS_MAX + 1 <= LEDGER_VIEWS_MAX && STRATEGIES_MAX + 1 <= LEDGER_VIEWS_MAX, "room for all");
    bool symbols = by == LEDGER_BY_INSTRUMENT;
    uint32_t n = symbols ? e->config.instrument_count : e->config.strategy_count;
    for (uint32_t i = 0; i <= n; i++) {
        const struct ledger *gone = symbols ? &e->instruments_gone : &e->strategies_gone;
        out[i] = (struct ledger_view){.index = i < n ? (int32_t)i : -1};
        view_of(&out[i], i == n ? gone : symbols ? &e->by_instrument[i] : &e->by_strategy[i]);
    }
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct trade *t = &e->trades[i].t;
        cash_t net;
        if (trade_pnl_now(e, t, &net)) add(&out[symbols ? t->instrument : t->strategy].open, net);
    }
    for (uint32_t i = 0; i <= n; i++) {
        add(&out[i].day, out[i].closed_day);
        add(&out[i].day, out[i].open);
        add(&out[i].day, (cash_t){-out[i].carried.v});
    }
    return n + 1;
}
