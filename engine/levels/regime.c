/*
 * regime: trend, range or the transition between them, from Wilder's ADX, Kaufman's
 * efficiency ratio and the rank of the volatility among its last samples. It enters a
 * state by one threshold, leaves it by another, and only when HOLD_BARS bars agree. Owns
 * the regime.
 */
#include <math.h>

#include "engine/levels/levels.h"

#define HOLD_BARS 3
#define TREND_ADX_IN 25.0
#define TREND_ADX_OUT 20.0
#define TREND_EFFICIENCY_IN 0.35
#define TREND_EFFICIENCY_OUT 0.15
#define RANGE_ADX_IN 20.0
#define RANGE_ADX_OUT 25.0
#define RANGE_EFFICIENCY_IN 0.25
#define RANGE_EFFICIENCY_OUT 0.40
#define SHOCK_PERCENTILE 0.97 /* above it nothing is sure: neither begins */

/* Wilder's directional movement over ATR_BARS. The true range, by which he divides both, cancels out. */
static void step_adx(struct regime_state *r, const struct bar *before, const struct bar *b) {
    double up = (double)(b->high.v - before->high.v), down = (double)(before->low.v - b->low.v);
    bool warm = r->bars >= ATR_BARS;
    double keep = warm ? 1 - 1.0 / ATR_BARS : 1;
    r->plus = r->plus * keep + (up > down && up > 0 ? up : 0);
    r->minus = r->minus * keep + (down > up && down > 0 ? down : 0);
    r->bars += r->bars < ATR_BARS;
    if (r->bars < ATR_BARS) return;
    double sum = r->plus + r->minus, dx = sum > 0 ? 100 * fabs(r->plus - r->minus) / sum : 0;
    if (r->dx_count < ATR_BARS) {
        r->adx += dx / ATR_BARS;
        r->dx_count++;
        return;
    }
    r->adx += (dx - r->adx) / ATR_BARS;
}

static int64_t distance(int64_t a, int64_t b) {
    return a > b ? a - b : b - a;
}

/* Kaufman: the way made, over the way gone. closes: how many came before this one. */
static void step_efficiency(struct regime_state *r, int64_t close, uint64_t closes) {
    uint32_t ring = EFFICIENCY_BARS + 1, at = (uint32_t)(closes % ring);
    if (closes >= ring) r->path -= distance(r->close[at], r->close[(at + 1) % ring]);
    if (closes > 0) r->path += distance(close, r->close[(at + ring - 1) % ring]);
    r->close[at] = close;
    if (closes + 1 < ring) return;
    int64_t made = distance(close, r->close[(at + 1) % ring]);
    r->efficiency = r->path > 0 ? (double)made / (double)r->path : 0;
}

static void step_volatility(struct market_context *m, const struct bar *b) {
    struct regime_state *r = &m->regime;
    if (m->atr <= 0 || m->bars % VOLATILITY_EVERY != 0) return;
    float now = (float)(m->atr / (double)b->close.v);
    uint32_t below = 0;
    for (uint32_t i = 0; i < r->samples; i++) below += r->volatility[i] < now;
    r->percentile = r->samples > 0 ? (double)below / r->samples : 0.5;
    r->volatility[r->sample_at] = now;
    r->sample_at = (r->sample_at + 1) % VOLATILITY_SAMPLES;
    if (r->samples < VOLATILITY_SAMPLES) r->samples++;
}

static enum regime wanted(const struct regime_state *r) {
    if (r->now == REGIME_TREND && r->adx >= TREND_ADX_OUT && r->efficiency >= TREND_EFFICIENCY_OUT) return REGIME_TREND;
    if (r->now == REGIME_RANGE && r->adx <= RANGE_ADX_OUT && r->efficiency <= RANGE_EFFICIENCY_OUT) return REGIME_RANGE;
    if (r->percentile > SHOCK_PERCENTILE) return REGIME_TRANSITION;
    if (r->adx >= TREND_ADX_IN && r->efficiency >= TREND_EFFICIENCY_IN) return REGIME_TREND;
    if (r->adx <= RANGE_ADX_IN && r->efficiency <= RANGE_EFFICIENCY_IN) return REGIME_RANGE;
    return REGIME_TRANSITION;
}

static void enter(struct market_context *m, enum regime next) {
    m->regime.now = next;
    m->regime.since = m->bars;
}

static void regime_bar(struct market_context *m, const struct level_view *v) {
    struct regime_state *r = &m->regime;
    step_efficiency(r, v->bar->close.v, m->bars - 1);
    if (m->bars < 2) return;
    step_adx(r, context_bar_at(m, 1), v->bar);
    step_volatility(m, v->bar);
    if (r->dx_count < ATR_BARS || m->bars <= EFFICIENCY_BARS) return;
    enum regime next = wanted(r);
    if (r->now == REGIME_UNKNOWN) enter(m, next);
    if (next == r->now) {
        r->candidate_bars = 0;
        return;
    }
    if (next != r->candidate) r->candidate_bars = 0;
    r->candidate = next;
    if (++r->candidate_bars < HOLD_BARS) return;
    enter(m, next);
    r->candidate_bars = 0;
}

static void regime_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    struct regime_state *r = &m->regime;
    (void)c;
    SNAP_ENUM(s, &r->now, REGIME_COUNT);
    SNAP_ENUM(s, &r->candidate, REGIME_COUNT);
    snap_count(s, &r->candidate_bars, HOLD_BARS);
    snap_count(s, &r->bars, ATR_BARS);
    snap_u64(s, &r->since);
    if (r->since > m->bars || (r->since == 0) != (r->now == REGIME_UNKNOWN)) s->bad = true;
    snap_count(s, &r->dx_count, ATR_BARS);
    snap_f64(s, &r->plus);
    snap_f64(s, &r->minus);
    double unused = 0; /* the ranges, by which both would be divided */
    if (!snap_has(s, 5)) snap_f64(s, &unused);
    snap_f64(s, &r->adx);
    for (int i = 0; i <= EFFICIENCY_BARS; i++) {
        price_t close = {r->close[i]};
        price_checked(s, &close, PRICE_MAX);
        r->close[i] = close.v;
    }
    snap_i64(s, &r->path);
    if (r->path < 0 || r->path > EFFICIENCY_BARS * PRICE_MAX) s->bad = true;
    snap_f64(s, &r->efficiency);
    snap_f64(s, &r->percentile);
    snap_count(s, &r->samples, VOLATILITY_SAMPLES);
    snap_count(s, &r->sample_at, VOLATILITY_SAMPLES - 1);
    for (uint32_t i = 0; i < r->samples; i++) {
        double v = (double)r->volatility[i];
        snap_f64(s, &v);
        r->volatility[i] = (float)v;
    }
}

const struct detector detector_regime = {
    .name = "regime",
    .summary = {"Trend, range or transition", "Tendance, range ou transition"},
    .bar = regime_bar,
    .snap = regime_snap,
};
