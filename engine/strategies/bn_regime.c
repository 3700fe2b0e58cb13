/*
 * bn_regime: trend, range or neither, from the efficiency of the last 20 moves, the slope of their line, and the width of the
 * last 60 bars; another state takes over when it has held for three bars.
 */
#include "engine/strategies/bn.h"

#include <math.h>

#define ROWS 20
#define SLOPE_LEAST 0.15 /* ATR a bar */
#define BOX_ROWS 60
#define BOX_KAPPA 0.8
#define EDGE_TICKS 1.5
#define VISITS 2
#define HOLD_ROWS 3

static double efficiency(const struct bn_tape *t) {
    double path = 0;
    for (uint32_t i = 0; i < ROWS; i++) path += fabs(bn_at(t, i)->close - bn_at(t, i + 1)->close);
    return path > 0 ? fabs(bn_at(t, 0)->close - bn_at(t, ROWS)->close) / path : 0;
}

/* Least squares through the closes, a bar. */
static double slope(const struct bn_tape *t) {
    double sum = 0;
    const double middle = (ROWS - 1) / 2.0;
    for (uint32_t i = 0; i < ROWS; i++) sum += (middle - i) * (bn_at(t, i)->close - bn_at(t, ROWS)->close);
    return sum / ((ROWS * (ROWS * ROWS - 1.0)) / 12);
}

/* Visits to an edge, each ended by a close on the other half. */
static bool visited(const struct bn_tape *t, double high, double low) {
    uint32_t up = 0, down = 0;
    bool above = false, below = false;
    for (uint32_t i = 0; i < BOX_ROWS; i++) {
        const struct bn_row *r = bn_at(t, i);
        if (!above && r->high >= high - EDGE_TICKS) up++, above = true;
        if (!below && r->low <= low + EDGE_TICKS) down++, below = true;
        if (2 * r->close < high + low) above = false;
        if (2 * r->close > high + low) below = false;
    }
    return up >= VISITS && down >= VISITS;
}

static bool boxed(const struct bn_tape *t, double *high, double *low) {
    double ranges = 0;
    if (t->bars < BOX_ROWS + BN_PRE_ROWS || t->since < BOX_ROWS) return false;
    *high = -INFINITY;
    *low = INFINITY;
    for (uint32_t i = 0; i < BOX_ROWS; i++) {
        *high = fmax(*high, bn_at(t, i)->high);
        *low = fmin(*low, bn_at(t, i)->low);
    }
    for (uint32_t i = 0; i < BN_PRE_ROWS; i++) ranges += bn_at(t, BOX_ROWS + i)->tr;
    const double atr = ranges / BN_PRE_ROWS;
    return atr > 0 && (*high - *low) / (atr * sqrt(BOX_ROWS)) <= BOX_KAPPA && visited(t, *high, *low);
}

static enum bn_regime seen(struct bn_regimes *r, const struct bn_tape *t, const double *p) {
    double high, low;
    if (t->since <= ROWS || !(t->atr > 0)) return BN_REGIME_UNKNOWN;
    const double rise = slope(t);
    if (efficiency(t) >= p[BN_REGIME_ER] && fabs(rise) >= SLOPE_LEAST * t->atr)
        return rise > 0 ? BN_REGIME_UP : BN_REGIME_DOWN;
    if (!boxed(t, &high, &low)) return BN_REGIME_TRANSITION;
    r->high = high;
    r->low = low;
    return BN_REGIME_RANGE;
}

void bn_regime_step(struct bn_regimes *r, const struct bn_tape *t, const double *p) {
    if (t->broke) *r = (struct bn_regimes){0};
    const enum bn_regime now = seen(r, t, p);
    r->candidate_rows = now == r->candidate ? r->candidate_rows + 1 : 1;
    r->candidate = now;
    if (r->candidate_rows >= HOLD_ROWS) r->now = now;
}

void bn_regime_snap(struct bn_regimes *r, struct snap *s) {
    SNAP_ENUM(s, &r->now, BN_REGIME_COUNT);
    SNAP_ENUM(s, &r->candidate, BN_REGIME_COUNT);
    snap_u32(s, &r->candidate_rows);
    bn_f64_snap(s, &r->high);
    bn_f64_snap(s, &r->low);
}
