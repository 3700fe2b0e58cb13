/*
 * bn_balls: who presses, and the bars in which one side dominates. A ball is green where aggressive buyers closed the bar
 * well, hollow where an attack was absorbed. Percentiles are those of the same hour in the sessions before: a bar is
 * judged before it is learnt.
 */
#include "engine/strategies/bn.h"

#include <math.h>
#include <string.h>

#define SHARE_MIN 0.10 /* of the volume: less is no aggression, whatever is usual */
#define RVOL_CAP 3.0
#define WEIGHT_SHARE 0.5
#define WEIGHT_CLV 0.3
#define WEIGHT_BODY 0.2
#define QUIET 0.05 /* of the weights: less is no battle */
/* The proxies, where only bars exist. */
#define PROXY_CLV 0.5
#define PROXY_BODY 0.6
#define PROXY_RVOL 1.2
#define PROXY_ABSORB_RVOL 2.0
#define PROXY_ABSORB_RANGE 0.8
#define BALL_RANGE 0.5 /* of the ATR */

static const double full_scale[BN_MEASURES] = {[BN_SHARE] = 1, [BN_IMBALANCE] = 4, [BN_CLV] = 1, [BN_RVOL] = 4};

bool bn_pressure(const struct bn_tape *t, const double *p, double *out) {
    const uint32_t n = (uint32_t)p[BN_PRESSURE_N];
    double vikings = 0, defenders = 0, weights = 0, fade = 1;
    if (t->since < n) return false;
    for (uint32_t i = 0; i < n; i++, fade *= p[BN_PRESSURE_LAMBDA]) {
        const struct bn_row *r = bn_at(t, i);
        const double w = fade * fmin(r->rvol, RVOL_CAP);
        const double side = WEIGHT_SHARE * r->share + WEIGHT_CLV * r->clv + WEIGHT_BODY * r->body;
        if (side > 0) vikings += w * side;
        if (side < 0) defenders -= w * side;
        weights += w;
    }
    const double all = vikings + defenders;
    *out = all > 0 && all >= QUIET * weights ? (vikings - defenders) / all : 0;
    return true;
}

/* ---- percentiles ---- */

static double rank(const struct bn_hist *h, double v, double full) {
    const double at = bn_clip(v / full, 0, 1) * BN_BINS;
    double below = 0;
    if (!(h->total > 0)) return 0;
    for (uint32_t i = 0; i < BN_BINS && i + 1 <= at; i++) below += (double)h->bin[i];
    const uint32_t in = (uint32_t)fmin(at, BN_BINS - 1);
    below += (at - in) * (double)h->bin[in] * (at < BN_BINS);
    return bn_clip(below / (double)h->total, 0, 1);
}

/* false: too little is known of that hour. */
static bool percentile(const struct bn_hist *h, double percent, double full, double *out) {
    double want = percent / 100 * (double)h->total;
    if (h->total < BN_KNOWN_MIN) return false;
    for (uint32_t i = 0; i < BN_BINS; i++) {
        const double in = (double)h->bin[i];
        if (want <= in && in > 0) {
            *out = (i + want / in) * full / BN_BINS;
            return true;
        }
        want -= in;
    }
    *out = full;
    return true;
}

static void learn(struct bn_hist *h, double v, double full) {
    const uint32_t at = (uint32_t)fmin(bn_clip(v / full, 0, 1) * BN_BINS, BN_BINS - 1);
    h->bin[at] += 1;
    h->total += 1;
}

/* A session fades by one part in BN_SESSIONS. */
static void fade_all(struct bn_balls *b) {
    const float keep = 1 - 1.0f / BN_SESSIONS;
    for (uint32_t i = 0; i < BN_HOURS; i++) {
        for (uint32_t k = 0; k < BN_MEASURES; k++) {
            struct bn_hist *h = &b->hist[i][k];
            for (uint32_t j = 0; j < BN_BINS; j++) h->bin[j] *= keep;
            h->total *= keep;
        }
    }
}

static double measure_of(const struct bn_row *r, enum bn_measure m) {
    switch (m) {
    case BN_SHARE: return fabs(r->share);
    case BN_IMBALANCE: return fabs(r->share) * r->rvol; /* |D| to the usual volume: free of scale */
    case BN_CLV: return fabs(r->clv);
    case BN_RVOL: return r->rvol;
    case BN_MEASURES: break;
    }
    return 0;
}

/* ---- balls ---- */

static int full_ball(const struct bn_hist *h, const struct bn_row *r, const struct bn_tape *t, const double *p) {
    const double way = bn_sign(r->clv);
    double least;
    if (t->flow == BN_FLOW_PROXY) {
        const bool is =
            way * r->clv >= PROXY_CLV && way * r->body >= PROXY_BODY && r->rvol >= PROXY_RVOL && r->range >= t->atr;
        return is ? (int)way : 0;
    }
    if (!percentile(&h[BN_SHARE], p[BN_BALL_PCT], full_scale[BN_SHARE], &least)) return 0;
    const bool is = way * r->share >= fmax(least, SHARE_MIN) && way * r->clv >= p[BN_BALL_CLV] && way * r->body > 0 &&
                    r->rvol >= p[BN_BALL_RVOL] && r->range >= BALL_RANGE * t->atr;
    return is ? (int)way : 0;
}

/* Attacked one way, closed the other way without going far. */
static int hollow_ball(const struct bn_hist *h, const struct bn_row *r, const struct bn_tape *t, const double *p) {
    const double way = bn_sign(r->clv);
    double least;
    if (way * r->clv < p[BN_BALL_CLV]) return 0;
    if (t->flow == BN_FLOW_PROXY) {
        const bool is = r->rvol >= PROXY_ABSORB_RVOL && r->range > 0 && r->range <= PROXY_ABSORB_RANGE * t->atr;
        return is ? (int)way : 0;
    }
    if (!percentile(&h[BN_IMBALANCE], p[BN_ABSORPTION_PCT], full_scale[BN_IMBALANCE], &least)) return 0;
    const bool is = way * r->share < 0 && measure_of(r, BN_IMBALANCE) >= least &&
                    fabs(r->close - r->open) <= p[BN_ABSORPTION_MOVE] * t->atr;
    return is ? (int)way : 0;
}

/* ---- lines: the far end of a ball, until price trades through it ---- */

static void lines_step(struct bn_balls *b, const struct bn_row *r, const double *p) {
    for (int s = 0; s < BN_SIDES; s++) {
        uint32_t kept = 0;
        for (uint32_t i = 0; i < b->line[s].n; i++) {
            const double price = b->line[s].price[i];
            const bool through = s == BN_GREEN ? r->low < price : r->high > price;
            if (through || b->line[s].age[i] + 1 > p[BN_LINE_AGE]) continue;
            b->line[s].price[kept] = price;
            b->line[s].age[kept++] = b->line[s].age[i] + 1;
        }
        b->line[s].n = kept;
    }
    if (b->ball == 0) return;
    const enum bn_side s = b->ball > 0 ? BN_GREEN : BN_RED;
    if (b->line[s].n == BN_LINES) { /* the oldest goes */
        b->line[s].n--;
        memmove(b->line[s].price, b->line[s].price + 1, b->line[s].n * sizeof b->line[s].price[0]);
        memmove(b->line[s].age, b->line[s].age + 1, b->line[s].n * sizeof b->line[s].age[0]);
    }
    b->line[s].price[b->line[s].n] = s == BN_GREEN ? r->low : r->high;
    b->line[s].age[b->line[s].n++] = 0;
}

void bn_balls_step(struct bn_balls *b, const struct bn_tape *t, const double *p) {
    const struct bn_row *r = bn_at(t, 0);
    struct bn_hist *h = b->hist[t->minute / 60];
    b->ball = b->hollow = 0;
    b->strength = 0;
    if (t->broke) {
        fade_all(b);
        b->line[BN_GREEN].n = b->line[BN_RED].n = 0;
    }
    if (t->atr > 0 && r->volume > 0) {
        b->ball = full_ball(h, r, t, p);
        b->hollow = b->ball == 0 ? hollow_ball(h, r, t, p) : 0;
    }
    if (b->ball != 0)
        b->strength = (rank(&h[BN_SHARE], measure_of(r, BN_SHARE), full_scale[BN_SHARE]) +
                       rank(&h[BN_CLV], measure_of(r, BN_CLV), full_scale[BN_CLV]) +
                       rank(&h[BN_RVOL], r->rvol, full_scale[BN_RVOL])) /
                      3;
    lines_step(b, r, p);
    for (int m = 0; m < BN_MEASURES; m++) {
        const bool of_flow = m == BN_SHARE || m == BN_IMBALANCE;
        if (!of_flow || t->flow == BN_FLOW_TRUE) learn(&h[m], measure_of(r, (enum bn_measure)m), full_scale[m]);
    }
}

/* ---- stored form ---- */

static void way_snap(int *way, struct snap *s) {
    uint32_t v = (uint32_t)(*way + 1);
    snap_count(s, &v, 2);
    *way = (int)v - 1;
}

static void hist_snap(struct bn_hist *h, struct snap *s) {
    bool used = h->total > 0;
    snap_bool(s, &used);
    for (uint32_t i = 0; used && i <= BN_BINS; i++) {
        float *f = i < BN_BINS ? &h->bin[i] : &h->total;
        uint32_t bits;
        memcpy(&bits, f, sizeof bits);
        snap_u32(s, &bits);
        memcpy(f, &bits, sizeof bits);
    }
}

void bn_balls_snap(struct bn_balls *b, struct snap *s) {
    way_snap(&b->ball, s);
    way_snap(&b->hollow, s);
    bn_f64_snap(s, &b->strength);
    for (int k = 0; k < BN_SIDES; k++) {
        snap_count(s, &b->line[k].n, BN_LINES);
        for (uint32_t i = 0; i < b->line[k].n; i++) {
            bn_f64_snap(s, &b->line[k].price[i]);
            snap_u32(s, &b->line[k].age[i]);
        }
    }
    for (uint32_t i = 0; i < BN_HOURS; i++) {
        for (uint32_t k = 0; k < BN_MEASURES; k++) hist_snap(&b->hist[i][k], s);
    }
}
