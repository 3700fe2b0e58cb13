/*
 * entry_levels: whose stop and target an entry gets: the strategy's own, or one that its
 * configuration asks for instead, and how much farther the regime sends the stop. Before the
 * size: what is at risk stays what it was. Reads the markets, changes only the signal. Where
 * what it needs is not there yet (too few bars), there is no stop, and the gate says so.
 */
#include "engine/state.h"

static price_t off(const struct signal *g, int64_t from, int64_t by) {
    return (price_t){g->side == SIDE_LONG ? from - by : from + by};
}

/* On the grid, away from the entry: never closer than asked. */
static price_t stop_on_tick(const struct instrument *in, const struct signal *g, price_t p) {
    if (p.v <= 0) return PRICE_ZERO;
    return g->side == SIDE_LONG ? price_floor(p, in->tick) : price_ceil(p, in->tick);
}

static price_t behind_extremes(const struct market *m, const struct signal *g, int64_t by) {
    price_t worst = g->side == SIDE_LONG ? m->extremes[0].low : m->extremes[0].high;
    if (m->extreme_count < EXTREME_BARS) return PRICE_ZERO;
    for (uint32_t i = 1; i < EXTREME_BARS; i++) {
        price_t p = g->side == SIDE_LONG ? m->extremes[i].low : m->extremes[i].high;
        if (is_better(g->side, worst, p)) worst = p;
    }
    return off(g, worst.v, by);
}

static price_t stop_by(const struct engine *e, const struct strategy_config *s, const struct signal *g) {
    const struct market *m = &e->markets[g->instrument];
    int64_t by;
    bool fixed = s->stop == STOP_RULE_FIXED;
    if (!mul_div(fixed ? g->entry.v : m->atr, s->stop_ppm, PPM, &by)) return PRICE_ZERO;
    if (!fixed && m->extreme_count < ATR_LENGTH) return PRICE_ZERO;
    return s->stop == STOP_RULE_STRUCTURE ? behind_extremes(m, g, by) : off(g, g->entry.v, by);
}

/* Away from the entry, never towards it. A target of the strategy's own stays where it is; one in R moves along. */
static void widen(const struct instrument *in, int64_t ppm, struct signal *g) {
    int64_t way = g->entry.v > g->stop.v ? g->entry.v - g->stop.v : g->stop.v - g->entry.v, wide;
    if (ppm <= PPM || g->stop.v <= 0 || !is_better(g->side, g->entry, g->stop)) return;
    g->stop = mul_div(way, ppm, PPM, &wide) ? stop_on_tick(in, g, off(g, g->entry.v, wide)) : PRICE_ZERO;
    g->widen_ppm = ppm;
}

void levels_of_entry(const struct engine *e, struct signal *g) {
    const struct strategy_config *s = &e->config.strategies[g->strategy];
    const struct instrument *in = &e->config.instruments[g->instrument];
    int64_t way;
    if (s->stop != STOP_RULE_OWN) g->stop = stop_on_tick(in, g, stop_by(e, s, g));
    widen(in, s->widen_ppm[g->regime.now], g);
    if (s->target_r_ppm <= 0 || g->stop.v <= 0) return;
    way = g->entry.v > g->stop.v ? g->entry.v - g->stop.v : g->stop.v - g->entry.v;
    if (!mul_div(way, s->target_r_ppm, PPM, &way)) return;
    g->target = price_round(off(g, g->entry.v, -way), in->tick);
    if (g->target.v < 0) g->target = PRICE_ZERO;
}
