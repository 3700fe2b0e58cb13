/*
 * seen: what a signal fell into: the regime and the weightiest confluence near its entry, as
 * the detectors left them with the bar that led to it. Reads the contexts, changes only the
 * signal. Where a market is not followed, nothing is known of it.
 */
#include "engine/state.h"

#define NEAR_ATR 1.0   /* a confluence so far from the entry is named */
#define NEAR_SHARE 500 /* without an ATR: within a five-hundredth of the price */

void see_regime(const struct engine *e, uint16_t instrument, struct regime_seen *out) {
    const struct market_context *m = engine_context(e, instrument);
    *out = (struct regime_seen){.now = REGIME_UNKNOWN};
    if (m == NULL || m->regime.now == REGIME_UNKNOWN) return;
    uint64_t bars = m->bars - m->regime.since + 1;
    *out = (struct regime_seen){.now = m->regime.now,
                                .bars = bars < UINT32_MAX ? (uint32_t)bars : UINT32_MAX,
                                .adx_e6 = (int64_t)(m->regime.adx * 1e6),
                                .efficiency = (int64_t)(m->regime.efficiency * 1e6),
                                .volatility = (int64_t)(m->regime.percentile * 1e6)};
}

static bool is_near(price_t entry, int64_t within, const struct confluence *f) {
    return f->low.v <= entry.v + within && f->high.v >= entry.v - within;
}

void see_confluence(const struct engine *e, struct signal *g) {
    const struct market_context *m = engine_context(e, g->instrument);
    const struct instrument *in = &e->config.instruments[g->instrument];
    const struct calendars *c = &e->config.calendars;
    struct nearby list[NEARBY_MAX];
    struct confluence found[CONFLUENCES_MAX];
    if (m == NULL) return;
    price_t tolerance = context_tolerance(m, &e->config.levels, in);
    int64_t within = m->atr > 0 ? (int64_t)(m->atr * NEAR_ATR) : g->entry.v / NEAR_SHARE;
    price_t around = {within + 2 * tolerance.v}; /* so that none at the edge is seen by half */
    uint32_t n = context_confluences(list, context_nearby(m, in, c, g->entry, around, list), tolerance, found);
    uint32_t i = 0;
    while (i < n && !is_near(g->entry, within, &found[i])) i++;
    if (i == n) return;
    g->confluence_at = found[i].low;
    for (int l = 0; l < LANG_COUNT; l++)
        confluence_say(g->confluence[l], sizeof g->confluence[l], (enum lang)l, c, list, &found[i]);
}
