/*
 * bn_tape: closed bars as rows in ticks, with what is derived from one bar: who was the aggressor (told, or the proxy), where
 * it closed, how large it is against what is usual. A session break, or a change between told and estimated flow, starts
 * the windows anew: rows of two kinds are never pooled.
 */
#include "engine/strategies/bn.h"

#include <math.h>
#include <string.h>

#define QUARTER_NS (900 * NS_PER_SEC)

/* ---- time ---- */

static const struct zone_plan *plan_of(const struct strategy_view *v, bool *hours) {
    const struct calendars *c = v->calendars;
    *hours = c != NULL && v->instrument->hours < c->hours_count;
    if (!*hours || c->hours[v->instrument->hours].zone >= c->zone_count) return NULL;
    return &c->zones[c->hours[v->instrument->hours].zone];
}

/* Reads the clock; true: a new trading day, or a hole in the data. */
static bool read_clock(struct bn_tape *t, const struct strategy_view *v) {
    const struct bar *b = v->bar;
    bool hours;
    const struct zone_plan *plan = plan_of(v, &hours);
    const int64_t sec = when_sec(b->start), length = (int64_t)b->seconds * NS_PER_SEC;
    const int64_t gap = BN_GAP_BARS * length > BN_GAP_NS ? BN_GAP_BARS * length : BN_GAP_NS;
    int32_t day = 0;
    t->clock = plan != NULL;
    if (plan != NULL)
        zone_plan_day(plan, sec, &t->minute);
    else
        t->minute = (int32_t)((sec % 86400 + 86400) % 86400 / 60);
    if (hours) day = calendar_day(v->calendars, v->instrument->hours, b->start);
    const bool hole = t->bars == 0 || b->start.ns - t->end_ns > gap, broke = hole || day != t->day;
    t->new_day = hours ? t->bars == 0 || day != t->day : hole;
    t->day = day;
    t->end_ns = b->start.ns + length;
    return broke;
}

/* ---- flow ---- */

/* Bulk volume classification: the part of the volume that bought is the normal distribution of the standardised change. */
static double proxy_share(const struct bn_tape *t, double change) {
    double sum = 0, squares = 0, n = 0;
    if (isnan(change)) return 0;
    for (uint32_t i = 0; i < BN_SIGMA_ROWS && i < t->bars; i++) {
        const double x = bn_at(t, i)->change;
        if (isnan(x)) continue;
        sum += x;
        squares += x * x;
        n++;
    }
    const double variance = n > 1 ? (squares - sum * sum / n) / (n - 1) : 0;
    if (!(variance > 0)) return 0;
    return erf(change / sqrt(variance) / M_SQRT2); /* 2 Φ - 1 */
}

static enum bn_flow flow_of(const struct bn_tape *t, const struct bar *b) {
    if (b->buy > 0 || b->sell > 0) return BN_FLOW_TRUE;
    if (b->volume == 0 && t->flow != BN_FLOW_NONE) return t->flow; /* nothing was traded: nothing to tell */
    return BN_FLOW_PROXY;
}

static void fill_flow(struct bn_tape *t, struct bn_row *r, const struct bar *b) {
    if (t->flow == BN_FLOW_TRUE) {
        const double both = (double)b->buy + (double)b->sell;
        if (r->volume < both) r->volume = both;
        r->delta = (double)b->buy - (double)b->sell;
        r->share = r->volume > 0 ? r->delta / r->volume : 0;
        return;
    }
    r->share = proxy_share(t, r->change);
    r->delta = r->share * r->volume;
}

/* ---- what is usual ---- */

/* Of this minute: the mean of the first BN_SESSIONS, from then on fading at that length; before: of the last rows. */
static double usual_volume(const struct bn_tape *t) {
    if (t->usual_count[t->minute] > 0) return (double)t->usual[t->minute];
    double sum = 0;
    const uint32_t n = t->bars - 1 < BN_SESSIONS ? (uint32_t)(t->bars - 1) : BN_SESSIONS;
    for (uint32_t i = 1; i <= n; i++) sum += bn_at(t, i)->volume;
    return n > 0 ? sum / n : 0;
}

static void learn_volume(struct bn_tape *t, double volume) {
    uint8_t *n = &t->usual_count[t->minute];
    float *mean = &t->usual[t->minute];
    if (*n < BN_SESSIONS) ++*n;
    *mean += ((float)volume - *mean) / (float)*n;
}

/* ---- ranges ---- */

static void quarter_step(struct bn_tape *t, const struct bn_row *r, int64_t start_ns) {
    const int64_t number = start_ns / QUARTER_NS;
    if (number != t->quarter.number) {
        if (t->quarter.high > 0) {
            double high = t->quarter.high, low = t->quarter.low, before = t->quarter.close_before;
            const bool joined = before > 0 && !t->broke;
            if (joined && before > high) high = before;
            if (joined && before < low) low = before;
            t->quarter.tr[t->quarter.at] = high - low;
            t->quarter.at = (t->quarter.at + 1) % BN_QUARTER_ROWS;
            if (t->quarter.count < BN_QUARTER_ROWS) t->quarter.count++;
            t->quarter.close_before = bn_at(t, 1)->close;
        }
        t->quarter.number = number;
        t->quarter.high = r->high;
        t->quarter.low = r->low;
        double sum = 0;
        for (uint32_t i = 0; i < t->quarter.count; i++) sum += t->quarter.tr[i];
        t->atr15 = t->quarter.count == BN_QUARTER_ROWS ? sum / BN_QUARTER_ROWS : 0;
        return;
    }
    if (r->high > t->quarter.high) t->quarter.high = r->high;
    if (r->low < t->quarter.low) t->quarter.low = r->low;
}

static void range_step(struct bn_tape *t) {
    if (t->since < BN_ATR_ROWS) {
        t->atr = t->atr_before;
        return;
    }
    double sum = 0;
    for (uint32_t i = 0; i < BN_ATR_ROWS; i++) sum += bn_at(t, i)->tr;
    t->atr = sum / BN_ATR_ROWS;
}

static void fill_shape(struct bn_row *r, const struct bn_row *last) {
    r->range = r->high - r->low;
    r->clv = r->range > 0 ? (2 * r->close - r->high - r->low) / r->range : 0;
    r->body = r->range > 0 ? (r->close - r->open) / r->range : 0;
    r->tr = r->range;
    r->change = NAN;
    if (last == NULL) return;
    const double high = last->close > r->high ? last->close : r->high;
    const double low = last->close < r->low ? last->close : r->low;
    r->tr = high - low;
    r->change = r->close - last->close;
}

void bn_tape_push(struct bn_tape *t, const struct strategy_view *v) {
    const struct bar *b = v->bar;
    const double tick = (double)v->instrument->tick.v;
    const struct bn_row *last = t->bars > 0 ? bn_at(t, 0) : NULL;
    const enum bn_flow flow = flow_of(t, b);
    const bool rest = read_clock(t, v);
    t->broke = rest || (flow != t->flow && t->flow != BN_FLOW_NONE);
    if (t->broke && t->since >= BN_ATR_ROWS) t->atr_before = t->atr;
    t->flow = flow;
    t->since = t->broke ? 1 : t->since + 1;
    t->bars++;
    struct bn_row *r = &t->row[(t->bars - 1) % BN_ROWS];
    *r = (struct bn_row){.open = (double)b->open.v / tick,
                         .high = (double)b->high.v / tick,
                         .low = (double)b->low.v / tick,
                         .close = (double)b->close.v / tick,
                         .volume = (double)b->volume};
    fill_shape(r, rest ? NULL : last);
    fill_flow(t, r, b);
    const double usual = usual_volume(t);
    r->rvol = usual > 0 ? r->volume / usual : 1;
    learn_volume(t, r->volume);
    range_step(t);
    quarter_step(t, r, b->start.ns);
}

/* ---- stored form ---- */

static void row_snap(struct bn_row *r, struct snap *s) {
    double *const field[] = {&r->open,  &r->high, &r->low,  &r->close, &r->volume, &r->delta,
                             &r->share, &r->clv,  &r->body, &r->range, &r->tr,     &r->rvol};
    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++) bn_f64_snap(s, field[i]);
    snap_f64(s, &r->change); /* NaN across a break */
}

static void float_snap(float *v, struct snap *s) {
    uint32_t bits;
    memcpy(&bits, v, sizeof bits);
    snap_u32(s, &bits);
    memcpy(v, &bits, sizeof bits);
}

void bn_tape_snap(struct bn_tape *t, struct snap *s) {
    snap_u64(s, &t->bars);
    for (uint32_t i = 0; i < BN_ROWS && i < t->bars; i++) row_snap(&t->row[i], s);
    snap_u32(s, &t->since);
    SNAP_ENUM(s, &t->flow, BN_FLOW_COUNT);
    snap_bool(s, &t->broke);
    bn_f64_snap(s, &t->atr);
    bn_f64_snap(s, &t->atr_before);
    bn_f64_snap(s, &t->atr15);
    snap_i64(s, &t->end_ns);
    snap_i32(s, &t->day);
    uint32_t minute = (uint32_t)t->minute;
    snap_count(s, &minute, DAY_MIN - 1);
    t->minute = (int32_t)minute;
    snap_bool(s, &t->clock);
    snap_i64(s, &t->quarter.number);
    bn_f64_snap(s, &t->quarter.high);
    bn_f64_snap(s, &t->quarter.low);
    bn_f64_snap(s, &t->quarter.close_before);
    for (uint32_t i = 0; i < BN_QUARTER_ROWS; i++) bn_f64_snap(s, &t->quarter.tr[i]);
    snap_count(s, &t->quarter.count, BN_QUARTER_ROWS);
    snap_count(s, &t->quarter.at, BN_QUARTER_ROWS - 1);
    for (uint32_t i = 0; i < DAY_MIN; i++) {
        snap_u8(s, &t->usual_count[i]);
        if (t->usual_count[i] > BN_SESSIONS) s->bad = true;
        if (t->usual_count[i] > 0) float_snap(&t->usual[i], s);
    }
}
