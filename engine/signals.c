/*
 * signals: from what a strategy wants to an order, or to a reason why not. Each
 * signal is told, taken or ignored. Owns the numbering of signals and trades.
 */
#include "engine/state.h"

#include <string.h>

static int64_t reward_risk(const struct signal *g) {
    int64_t win = g->side == SIDE_LONG ? g->target.v - g->entry.v : g->entry.v - g->target.v;
    int64_t lose = g->side == SIDE_LONG ? g->entry.v - g->stop.v : g->stop.v - g->entry.v, ppm;
    if (g->target.v == 0 || lose <= 0 || !mul_div(win, PPM, lose, &ppm)) return 0;
    return ppm;
}

static void describe(struct engine *e, const struct intent *w, uint16_t strategy, uint16_t instrument,
                     const struct event *ev, struct signal *g) {
    const struct market *m = &e->markets[instrument];
    g->id = ++e->signals_made;
    g->instrument = instrument;
    g->strategy = strategy;
    g->side = w->side;
    g->confidence = w->confidence > 100 ? 100 : w->confidence;
    g->entry = w->side == SIDE_LONG ? m->quote.ask : m->quote.bid;
    g->stop = w->stop;
    g->target = w->target;
    see_regime(e, instrument, &g->regime);
    levels_of_entry(e, g);
    g->reward_risk_ppm = reward_risk(g);
    g->factors = w->factors;
    g->level = w->level;
    g->time = ev->market_time;
    g->day = e->day;
    memcpy(g->reason, w->reason, sizeof g->reason);
}

static void remember(struct engine *e, const struct signal *g) {
    if (g->level.v == 0) return;
    e->ideas[e->idea_at] = (struct idea){g->instrument, g->side, g->level, g->time};
    e->idea_at = (e->idea_at + 1) % IDEAS_MAX;
    if (e->idea_count < IDEAS_MAX) e->idea_count++;
}

static struct held *trade_begin(struct engine *e, const struct signal *g) {
    struct held *h = &e->trades[e->trade_count++];
    memset(h, 0, sizeof *h);
    h->t = (struct trade){.id = ++e->trades_made,
                          .version = 1,
                          .signal_id = g->id,
                          .instrument = g->instrument,
                          .contract = roll_contract(e, g->instrument),
                          .strategy = g->strategy,
                          .side = g->side,
                          .state = TRADE_OPENING,
                          .stop = g->stop,
                          .target = g->target,
                          .stop_initial = g->stop,
                          .risk = g->risk,
                          .day_opened = e->day};
    return h;
}

static void enter(struct engine *e, struct signal *g, struct order *sent) {
    struct held *h = trade_begin(e, g);
    struct live_order *o = order_add(e); /* the gates left room */
    o->o.trade = h->t.id;
    o->o.instrument = g->instrument;
    o->o.contract = h->t.contract;
    o->o.strategy = g->strategy;
    o->o.side = g->side;
    o->o.role = ROLE_ENTRY;
    o->o.type = ORDER_MARKET;
    o->o.qty = g->qty;
    o->o.stop = g->stop;
    o->o.target = g->target;
    h->t.entry_order = o->o.id;
    h->wanted = g->entry;
    g->trade = h->t.id;
    *sent = o->o;
}

static void count_signal(struct engine *e, const struct signal *g) {
    struct stats *all[] = {&e->day_stats.s, &e->total_stats.s, &e->strategy_stats[g->strategy].s};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        all[i]->signals++;
        all[i]->taken += g->taken;
    }
}

static void take_entry(struct engine *e, const struct intent *w, uint16_t strategy, uint16_t instrument,
                       const struct event *ev, struct effects *out) {
    struct effect *f = effect_add(out, EFFECT_SIGNAL);
    struct signal *g = &f->u.signal;
    struct order sent;
    describe(e, w, strategy, instrument, ev, g);
    see_confluence(e, g);
    g->taken = gates_pass(e, g);
    if (g->taken) {
        remember(e, g);
        enter(e, g, &sent);
    }
    count_signal(e, g);
    e->last_signal = *g;
    if (!g->taken) return;
    effect_add(out, EFFECT_SUBMIT)->u.submit.order = sent;
    limits_count_entry(e, instrument, out);
}

static void take_exit(struct engine *e, uint16_t strategy, uint16_t instrument, struct effects *out) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        if (h->t.strategy != strategy || h->t.instrument != instrument || trade_is_flattening(h)) continue;
        trade_flatten(e, h, CLOSE_SIGNAL, out);
    }
}

void take_intents(struct engine *e, uint16_t strategy, uint16_t instrument, const struct event *ev,
                  struct effects *out) {
    uint32_t n = e->intents.n < INTENTS_MAX ? e->intents.n : INTENTS_MAX;
    for (uint32_t i = 0; i < n; i++) {
        const struct intent *w = &e->intents.item[i];
        if (w->kind == INTENT_EXIT)
            take_exit(e, strategy, instrument, out);
        else if (e->markets[instrument].feed != FEED_FILLING) /* what would have been is no signal */
            take_entry(e, w, strategy, instrument, ev, out);
    }
}
