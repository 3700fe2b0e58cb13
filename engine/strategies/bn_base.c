/*
 * bn_base: bases, zones in which price rests before it leaves, and the golden rule: no red close below a green base. A base
 * is frozen on the first bar on which it qualifies and never moves afterwards; what becomes of it is a state machine.
 */
#include "engine/strategies/bn.h"

#include <math.h>

#define KAPPA_WORST 0.9 /* of the share that compression has in the quality … */
#define KAPPA_SPAN 0.5
#define LONG_ROWS 8.0 /* … of length … */
#define TOUCHES_FULL 2.0
#define TOUCH_TICKS 1.0
#define FLOW_FULL 0.2 /* of ΣV: one-sided */
#define VARIANT_B_ATR 0.5

/* ---- the search ---- */

struct window {
    uint32_t n;
    double high, low, kappa;
};

static double sum_tr(const struct bn_tape *t, uint32_t from, uint32_t n) {
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) sum += bn_at(t, from + i)->tr;
    return sum;
}

/* From short to long in one pass; the longest that fits is what remains. */
static bool compressed(const struct bn_tape *t, const double *p, struct window *out) {
    const uint32_t least = (uint32_t)p[BN_BASE_N_MIN], most = (uint32_t)p[BN_BASE_N_MAX];
    double high = -INFINITY, low = INFINITY;
    out->n = 0;
    if (t->bars < most + BN_PRE_ROWS) return false;
    double ranges = sum_tr(t, least, BN_PRE_ROWS);
    for (uint32_t n = 1; n <= most && n <= t->since; n++) {
        const struct bn_row *r = bn_at(t, n - 1);
        high = fmax(high, r->high);
        low = fmin(low, r->low);
        if (n < least) continue;
        if (n > least) ranges += bn_at(t, n - 1 + BN_PRE_ROWS)->tr - r->tr;
        const double size = high - low, atr = ranges / BN_PRE_ROWS;
        if (size > p[BN_BASE_TICKS_MAX]) break;
        if (size < p[BN_BASE_TICKS_MIN] || size > p[BN_BASE_ATR_MAX] * atr || !(atr > 0)) continue;
        const double kappa = size / (atr * sqrt(n));
        if (kappa <= p[BN_BASE_KAPPA]) *out = (struct window){n, high, low, kappa};
    }
    return out->n > 0;
}

/* Bars that came back to an edge which bars before them had made. */
static uint32_t touches(const struct bn_tape *t, uint32_t n, int way) {
    uint32_t count = 0, last = 0;
    double edge = -INFINITY;
    for (uint32_t i = n; i-- > 0;) { /* oldest first */
        const struct bn_row *r = bn_at(t, i);
        const double far = way > 0 ? r->high : -r->low;
        if (fabs(far - edge) <= TOUCH_TICKS && (count == 0 || last - i > 1)) {
            count++;
            last = i;
        }
        edge = fmax(edge, far);
    }
    return count;
}

static double volume_before(const struct bn_tape *t, uint32_t n) {
    double sum = 0;
    for (uint32_t i = 0; i < BN_VOLUME_ROWS; i++) sum += bn_at(t, n + i)->volume;
    return sum / BN_VOLUME_ROWS;
}

/* 0..1. Without volume its shares are left out and the others count for the whole. */
static double quality_of(const struct bn_tape *t, const struct window *w, double volume, double delta, uint32_t least) {
    const double before = volume_before(t, w->n);
    const uint32_t high = touches(t, w->n, 1), low = touches(t, w->n, -1);
    double sum = 0.25 * bn_clip((KAPPA_WORST - w->kappa) / KAPPA_SPAN, 0, 1), weights = 0.65;
    sum += 0.20 * bn_clip((w->n - least + 1) / LONG_ROWS, 0, 1);
    sum += 0.20 * bn_clip((high < low ? high : low) / TOUCHES_FULL, 0, 1);
    if (before > 0) {
        sum += 0.20 * bn_clip(1 - volume / w->n / before, 0, 1);
        weights += 0.20;
    }
    if (volume > 0) {
        sum += 0.15 * (1 - bn_clip(fabs(delta) / volume, 0, 1));
        weights += 0.15;
    }
    return sum / weights;
}

static int colour_of(const struct bn_tape *t, const struct window *w, double volume, double delta, double least) {
    double clv = 0;
    for (uint32_t i = 0; i < w->n; i++) clv += bn_at(t, i)->clv;
    const double flow = volume > 0 ? bn_clip(delta / volume / FLOW_FULL, -1, 1) : 0;
    const double side = bn_sign(bn_at(t, 0)->close - (w->high + w->low) / 2);
    const double s = 0.5 * flow + 0.3 * clv / w->n + 0.2 * side;
    return s >= least ? 1 : s <= -least ? -1 : 0;
}

bool bn_base_find(const struct bn_tape *t, const double *p, struct bn_base *out) {
    struct window w = {0};
    double volume = 0, delta = 0;
    if (!compressed(t, p, &w)) return false;
    for (uint32_t i = 0; i < w.n; i++) {
        volume += bn_at(t, i)->volume;
        delta += bn_at(t, i)->delta;
    }
    *out = (struct bn_base){.low = w.low, .high = w.high, .kappa = w.kappa, .rows = w.n};
    out->quality = quality_of(t, &w, volume, delta, (uint32_t)p[BN_BASE_N_MIN]);
    out->colour = colour_of(t, &w, volume, delta, p[BN_BASE_COLOUR]);
    return true;
}

/* ---- the golden rule ---- */

uint32_t bn_violations(const struct bn_base *b, const struct bn_tape *t, const struct bn_balls *balls,
                       const double *p) {
    const struct bn_row *r = bn_at(t, 0);
    const double way = b->colour, edge = way > 0 ? b->low : b->high;
    const double beyond = way * (edge - r->close); /* > 0: closed on the wrong side */
    const double tol = fmax(p[BN_GOLDEN_TICKS], p[BN_GOLDEN_ATR] * t->atr);
    uint32_t held = 0;
    if (way * (r->close - r->open) < 0 && beyond > tol) held |= BN_FIRED_A;
    if (beyond > VARIANT_B_ATR * t->atr && beyond > tol) held |= BN_FIRED_B;
    if ((held & BN_FIRED_A) != 0 && balls->ball == -b->colour) held |= BN_FIRED_C;
    return held;
}

bool bn_is_violated(uint32_t conditions, const double *p) {
    static const uint32_t enough[] = {BN_FIRED_A, BN_FIRED_A | BN_FIRED_B, BN_FIRED_C};
    return (conditions & enough[(uint32_t)p[BN_GOLDEN_VARIANT]]) != 0;
}

static void retire(struct bn_ground *g, enum bn_side s, enum bn_golden now) {
    g->base[s].active = false;
    g->golden[s] = now;
}

static void watch(struct bn_ground *g, enum bn_side s, const struct bn_tape *t, const struct bn_balls *balls,
                  const double *p) {
    struct bn_base *b = &g->base[s];
    const uint32_t held = bn_violations(b, t, balls, p);
    const double close = bn_at(t, 0)->close;
    if (bn_is_violated(held, p)) {
        g->fired[s] = held;
        retire(g, s, BN_GOLDEN_BROKEN);
        return;
    }
    if (++b->age >= p[BN_BASE_AGE]) {
        retire(g, s, BN_GOLDEN_NONE);
        return;
    }
    if (close >= b->low && close <= b->high) b->end = b->age;
}

/* A base of today's bar takes a free place, and is watched from the next bar on. */
void bn_ground_step(struct bn_ground *g, const struct bn_tape *t, const struct bn_balls *balls, const double *p) {
    struct bn_base found;
    bool held[BN_SIDES];
    if (t->broke) *g = (struct bn_ground){.golden = {BN_GOLDEN_NONE, BN_GOLDEN_NONE}};
    for (int s = 0; s < BN_SIDES; s++) {
        held[s] = g->base[s].active;
        if (held[s]) watch(g, (enum bn_side)s, t, balls, p);
    }
    if ((held[BN_GREEN] && held[BN_RED]) || !bn_base_find(t, p, &found)) return;
    if (found.colour == 0 || found.quality < p[BN_BASE_Q_MIN]) return;
    const enum bn_side s = found.colour > 0 ? BN_GREEN : BN_RED;
    if (held[s]) return;
    found.active = true;
    g->base[s] = found;
    g->golden[s] = BN_GOLDEN_INTACT;
}

/* g: the ground belongs to one colour only, times its quality. */
double bn_ground_score(const struct bn_ground *g) {
    const struct bn_base *green = &g->base[BN_GREEN], *red = &g->base[BN_RED];
    if (green->active == red->active) return 0;
    return green->active ? green->quality : -red->quality;
}

/* ---- stored form ---- */

void bn_base_snap(struct bn_base *b, struct snap *s) {
    uint32_t colour = (uint32_t)(b->colour + 1);
    snap_bool(s, &b->active);
    snap_count(s, &colour, 2);
    b->colour = (int)colour - 1;
    bn_f64_snap(s, &b->low);
    bn_f64_snap(s, &b->high);
    if (b->low > b->high) s->bad = true;
    bn_f64_snap(s, &b->quality);
    bn_f64_snap(s, &b->kappa);
    snap_u32(s, &b->rows);
    snap_u32(s, &b->age);
    snap_u32(s, &b->end);
}

void bn_ground_snap(struct bn_ground *g, struct snap *s) {
    for (int k = 0; k < BN_SIDES; k++) {
        bn_base_snap(&g->base[k], s);
        SNAP_ENUM(s, &g->golden[k], BN_GOLDEN_COUNT);
        snap_u32(s, &g->fired[k]);
    }
}
