/*
 * bn_pattern: shapes of three and four closed bars, decided at the close of the last. The body form compares closes, and so
 * exists on continuous bars too; the literal form is the origin's, with its gap at the open. V and Λ, and the two colour
 * settings, are one rule each, read upwards or downwards.
 */
#include "engine/strategies/bn.h"

#include <math.h>

/* A row with up and down exchanged where way is -1. */
struct turned {
    double open, high, low, close;
};

static struct turned turn(const struct bn_row *r, int way) {
    if (way > 0) return (struct turned){r->open, r->high, r->low, r->close};
    return (struct turned){-r->open, -r->low, -r->high, -r->close};
}

static bool is_v(const struct turned *a, const struct turned *b, const struct turned *c, double leg, bool literal) {
    const bool shape = literal ? b->open < a->close && c->open > b->close : b->close < a->close && b->low < a->low;
    return shape && a->high > b->low + leg && c->high > b->low + leg && c->high > a->high;
}

/* The origin’s colour-down setting, turned: way +1 is the setting that leads up. */
static bool is_setting(const struct turned *a, const struct turned *b, const struct turned *c, const struct turned *d,
                       double leg, bool literal) {
    const bool first = literal ? b->open > a->close : b->close > a->close;
    const bool last = literal ? d->open > c->close : d->close > c->close;
    return first && b->high > a->low + leg && b->high > a->high && c->low > b->low && last && d->high > c->low + leg &&
           d->high > c->high;
}

void bn_patterns_find(const struct bn_tape *t, const double *p, struct bn_patterns *out) {
    const bool literal = p[BN_PATTERN_FORM] != 0;
    const double ticks = p[BN_PATTERN_LEG_TICKS];
    const double leg = ticks > 0 ? ticks : p[BN_PATTERN_LEG_ATR] * t->atr;
    const double far = ticks > 0 ? 1.5 * ticks : (p[BN_PATTERN_LEG_ATR] + 0.5) * t->atr; /* 12 for 8, 2 for 1.5 ATR */
    *out = (struct bn_patterns){0};
    if (t->since < 3 || !(t->atr > 0)) return;
    for (int way = 1; way >= -1; way -= 2) {
        struct turned r[4]; /* newest first */
        for (uint32_t i = 0; i < 4 && i < t->since; i++) r[i] = turn(bn_at(t, i), way);
        if (is_v(&r[2], &r[1], &r[0], leg, literal)) out->v += way;
        if (t->since >= 4 && is_setting(&r[3], &r[2], &r[1], &r[0], far, literal)) out->setting += way;
    }
}
