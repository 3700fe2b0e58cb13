/*
 * bn_levels: the levels that the zone score counts, each frozen when it is known: profile and VWAP of the trading day before
 * at its end, the initial balance at 10:30, swings two bars later. Only this day's POC moves. One vote for each family.
 * The profile is symmetrical about its first price, so that a mirrored market has mirrored levels.
 */
#include "engine/strategies/bn.h"

#include <math.h>
#include <string.h>

#define VALUE_AREA 0.7
#define ZONE_TICKS 3.0
#define ZONE_ATR15 0.15
#define SWING_SIDE 2
#define POINTS_POC_BEFORE 4
#define POINTS_VALUE_BEFORE 3
#define POINTS_POC 3
#define POINTS_IB 3
#define POINTS_VWAP_BEFORE 2
#define POINTS_SWING 2

/* ---- profile ---- */

/* Three bins become one, the middle one stays where it is. */
static void widen(struct bn_levels *l) {
    float wide[BN_PROFILE_BINS] = {0};
    for (int i = 0; i < BN_PROFILE_BINS; i++) {
        const int from = i - BN_PROFILE_HALF, to = from >= 0 ? (from + 1) / 3 : -((1 - from) / 3);
        wide[to + BN_PROFILE_HALF] += l->bin[i];
    }
    memcpy(l->bin, wide, sizeof wide);
    l->width *= 3;
}

static bool bin_of(const struct bn_levels *l, double price, int *bin) {
    const double at = round((price - l->first) / l->width);
    if (!(fabs(at) <= BN_PROFILE_HALF)) return false;
    *bin = (int)at + BN_PROFILE_HALF;
    return true;
}

static void profile_add(struct bn_levels *l, const struct bn_row *r) {
    int low, high;
    if (!(l->width > 0)) {
        l->first = r->open;
        l->width = 1;
    }
    while (!bin_of(l, r->low, &low) || !bin_of(l, r->high, &high)) {
        if (l->width > 1e12) return;
        widen(l);
    }
    for (int i = low; i <= high; i++) l->bin[i] += (float)(r->volume / (high - low + 1));
}

static double price_of(const struct bn_levels *l, int bin) {
    return l->first + (bin - BN_PROFILE_HALF) * l->width;
}

/* The fullest bin; of equals, that nearest to the first price; then the middle of the two. */
static bool point_of_control(const struct bn_levels *l, double *poc, int *at) {
    int up = BN_PROFILE_HALF, down = BN_PROFILE_HALF;
    for (int i = 1; i <= BN_PROFILE_HALF; i++) {
        if (l->bin[BN_PROFILE_HALF + i] > l->bin[up]) up = BN_PROFILE_HALF + i;
        if (l->bin[BN_PROFILE_HALF - i] > l->bin[down]) down = BN_PROFILE_HALF - i;
    }
    const float a = l->bin[up], b = l->bin[down];
    *at = a > b ? up : b > a ? down : up - BN_PROFILE_HALF < BN_PROFILE_HALF - down ? up : down;
    *poc = price_of(l, *at);
    return l->width > 0 && l->bin[*at] > 0;
}

static void value_area(const struct bn_levels *l, int at, double *vah, double *val) {
    double all = 0, in = (double)l->bin[at];
    int low = at, high = at;
    for (int i = 0; i < BN_PROFILE_BINS; i++) all += (double)l->bin[i];
    while (in < VALUE_AREA * all && (low > 0 || high < BN_PROFILE_BINS - 1)) {
        const double up = high < BN_PROFILE_BINS - 1 ? (double)l->bin[high + 1] : -1;
        const double down = low > 0 ? (double)l->bin[low - 1] : -1;
        if (up >= down) in += (double)l->bin[++high];
        if (down >= up) in += (double)l->bin[--low];
    }
    *vah = price_of(l, high);
    *val = price_of(l, low);
}

static void day_ends(struct bn_levels *l) {
    int at;
    double poc;
    l->before = point_of_control(l, &poc, &at) && l->volume > 0;
    if (l->before) {
        l->poc = poc;
        value_area(l, at, &l->vah, &l->val);
        l->vwap = l->value / l->volume;
    }
    memset(l->bin, 0, sizeof l->bin);
    l->width = l->volume = l->value = 0;
    l->ib_began = l->ib_known = false;
    memset(l->swings, 0, sizeof l->swings);
    memset(l->swing_at, 0, sizeof l->swing_at);
}

/* ---- the other levels ---- */

static void balance_step(struct bn_levels *l, const struct bn_tape *t, const struct bn_row *r) {
    if (!t->clock) return;
    if (t->minute >= BN_IB_FROM && t->minute < BN_IB_TO) {
        l->ib_high = l->ib_began ? fmax(l->ib_high, r->high) : r->high;
        l->ib_low = l->ib_began ? fmin(l->ib_low, r->low) : r->low;
        l->ib_began = true;
        l->ib_known = false;
    } else if (l->ib_began && t->minute >= BN_IB_TO) {
        l->ib_known = true;
    }
}

static void swing_step(struct bn_levels *l, const struct bn_tape *t) {
    if (t->since < 2 * SWING_SIDE + 1) return;
    const struct bn_row *mid = bn_at(t, SWING_SIDE);
    bool low = true, high = true;
    for (uint32_t i = 0; i <= 2 * SWING_SIDE; i++) {
        if (i == SWING_SIDE) continue;
        low = low && bn_at(t, i)->low > mid->low;
        high = high && bn_at(t, i)->high < mid->high;
    }
    for (int s = 0; s < BN_SIDES; s++) {
        if (!(s == BN_GREEN ? low : high)) continue;
        l->swing[s][l->swing_at[s]] = s == BN_GREEN ? mid->low : mid->high;
        l->swing_bar[s][l->swing_at[s]] = t->bars;
        l->swing_at[s] = (l->swing_at[s] + 1) % BN_SWINGS;
        if (l->swings[s] < BN_SWINGS) l->swings[s]++;
    }
}

void bn_levels_step(struct bn_levels *l, const struct bn_tape *t) {
    const struct bn_row *r = bn_at(t, 0);
    if (t->new_day) day_ends(l);
    profile_add(l, r);
    l->volume += r->volume;
    l->value += r->volume * (r->high + r->low + r->close) / 3;
    balance_step(l, t, r);
    swing_step(l, t);
}

/* ---- zones ---- */

struct vote {
    double price;
    uint32_t points;
    enum bn_family family;
};

static uint32_t votes_of(const struct bn_levels *l, uint64_t swings_until, struct vote out[BN_LEVELS_MAX]) {
    uint32_t n = 0;
    double poc;
    int at;
    if (l->before) {
        out[n++] = (struct vote){l->poc, POINTS_POC_BEFORE, BN_FAMILY_PROFILE_BEFORE};
        out[n++] = (struct vote){l->vah, POINTS_VALUE_BEFORE, BN_FAMILY_PROFILE_BEFORE};
        out[n++] = (struct vote){l->val, POINTS_VALUE_BEFORE, BN_FAMILY_PROFILE_BEFORE};
        out[n++] = (struct vote){l->vwap, POINTS_VWAP_BEFORE, BN_FAMILY_VWAP_BEFORE};
    }
    if (point_of_control(l, &poc, &at)) out[n++] = (struct vote){poc, POINTS_POC, BN_FAMILY_PROFILE};
    if (l->ib_known) {
        out[n++] = (struct vote){l->ib_high, POINTS_IB, BN_FAMILY_IB};
        out[n++] = (struct vote){l->ib_low, POINTS_IB, BN_FAMILY_IB};
    }
    for (int s = 0; s < BN_SIDES; s++) {
        for (uint32_t i = 0; i < l->swings[s]; i++) {
            if (l->swing_bar[s][i] <= swings_until)
                out[n++] = (struct vote){l->swing[s][i], POINTS_SWING, BN_FAMILY_SWING};
        }
    }
    return n;
}

static struct bn_zone count(const struct vote *v, uint32_t n, double low, double high) {
    uint32_t best[BN_FAMILY_COUNT] = {0};
    struct bn_zone z = {0};
    for (uint32_t i = 0; i < n; i++) {
        if (v[i].price < low || v[i].price > high) continue;
        if (v[i].points > best[v[i].family]) best[v[i].family] = v[i].points;
    }
    for (uint32_t f = 0; f < BN_FAMILY_COUNT; f++) {
        z.score += best[f];
        z.families += best[f] > 0;
        z.of |= best[f] > 0 ? 1u << f : 0;
    }
    return z;
}

double bn_zone_tolerance(const struct bn_tape *t) {
    return fmax(ZONE_TICKS, ZONE_ATR15 * t->atr15);
}

struct bn_zone bn_zone_at(const struct bn_levels *l, const struct bn_tape *t, const struct bn_base *b) {
    struct vote v[BN_LEVELS_MAX];
    const uint64_t own = (uint64_t)b->rows + b->age; /* rows since the first of its window, that one included */
    const uint32_t n = votes_of(l, t->bars > own ? t->bars - own : 0, v);
    return count(v, n, b->low - bn_zone_tolerance(t), b->high + bn_zone_tolerance(t));
}

bool bn_zone_between(const struct bn_levels *l, const struct bn_tape *t, const double *p, double from, double to) {
    struct vote v[BN_LEVELS_MAX];
    const uint32_t n = votes_of(l, UINT64_MAX, v);
    const double tol = bn_zone_tolerance(t), low = fmin(from, to), high = fmax(from, to);
    for (uint32_t i = 0; i < n; i++) {
        if (!(v[i].price > low && v[i].price < high)) continue;
        const struct bn_zone z = count(v, n, v[i].price - tol, v[i].price + tol);
        if (z.score >= p[BN_ZONE_MIN] && z.families >= p[BN_ZONE_FAMILIES]) return true;
    }
    return false;
}

/* ---- stored form ---- */

void bn_levels_snap(struct bn_levels *l, struct snap *s) {
    double *const field[] = {&l->first, &l->width, &l->volume, &l->value,   &l->poc,
                             &l->vah,   &l->val,   &l->vwap,   &l->ib_high, &l->ib_low};
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++) bn_f64_snap(s, field[i]);
    for (uint32_t i = 0; l->width > 0 && i < BN_PROFILE_BINS; i++) {
        uint32_t bits;
        memcpy(&bits, &l->bin[i], sizeof bits);
        snap_u32(s, &bits);
        memcpy(&l->bin[i], &bits, sizeof bits);
    }
    snap_bool(s, &l->before);
    snap_bool(s, &l->ib_began);
    snap_bool(s, &l->ib_known);
    for (int k = 0; k < BN_SIDES; k++) {
        snap_count(s, &l->swings[k], BN_SWINGS);
        snap_count(s, &l->swing_at[k], BN_SWINGS - 1);
        for (uint32_t i = 0; i < BN_SWINGS; i++) {
            bn_f64_snap(s, &l->swing[k][i]);
            snap_u64(s, &l->swing_bar[k][i]);
        }
    }
}
