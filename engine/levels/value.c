/*
 * value: the volume-weighted average price of the trading day so far, and the profile of
 * the day before: its point of control and value area. A bar's volume is spread evenly
 * over the bins of its range; where the range outgrows the bins, they double. A bar
 * without volume counts as one. Owns the running profile. (The indicators vwap and
 * volume_profile go by a fixed hour and a rolling window; these go by the trading day.)
 */
#include <math.h>
#include <string.h>

#include "engine/levels/levels.h"

#define VALUE_SHARE 0.7

/* The old bins become the lower half of the new ones, or, to make room below, the upper half. */
static void double_bins(struct value_state *s, bool below) {
    double next[VALUE_BINS] = {0};
    uint32_t shift = below ? VALUE_BINS : 0;
    for (uint32_t i = 0; i < VALUE_BINS; i++) next[(i + shift) / 2] += s->bin[i];
    memcpy(s->bin, next, sizeof next);
    if (below) s->base -= s->width * VALUE_BINS;
    s->width *= 2;
}

static void spread(struct value_state *s, const struct bar *b, double weight) {
    while (b->low.v < s->base) double_bins(s, true);
    while (b->high.v >= s->base + s->width * VALUE_BINS) double_bins(s, false);
    uint32_t first = (uint32_t)((b->low.v - s->base) / s->width), last = (uint32_t)((b->high.v - s->base) / s->width);
    double each = weight / (last - first + 1);
    for (uint32_t i = first; i <= last; i++) s->bin[i] += each;
}

/* Wide bins reach below the lowest price, even below zero; no line does. */
static price_t on_grid(int64_t price, const struct instrument *in) {
    price_t p = price_round((price_t){price}, in->tick);
    return p.v < in->tick.v ? in->tick : p;
}

/* Of equals the lowest is the point of control; the area grows by the fuller neighbour, upwards of equals. */
static void finish(struct market_context *m, const struct level_view *v) {
    const struct value_state *s = &m->value;
    if (s->volume <= 0) return;
    uint32_t poc = 0;
    for (uint32_t i = 1; i < VALUE_BINS; i++) poc = s->bin[i] > s->bin[poc] ? i : poc;
    uint32_t first = poc, last = poc;
    double held = s->bin[poc];
    while (held < VALUE_SHARE * s->volume && (first > 0 || last + 1 < VALUE_BINS)) {
        double up = last + 1 < VALUE_BINS ? s->bin[last + 1] : -1, down = first > 0 ? s->bin[first - 1] : -1;
        held += up >= down ? s->bin[++last] : s->bin[--first];
    }
    when_t since = v->bar->start;
    line_set(m, LEVEL_POC, 0, on_grid(s->base + poc * s->width + s->width / 2, v->instrument), since);
    line_set(m, LEVEL_VAH, 0, on_grid(s->base + (last + 1) * s->width, v->instrument), since);
    line_set(m, LEVEL_VAL, 0, on_grid(s->base + first * s->width, v->instrument), since);
}

static void begin(struct market_context *m, const struct level_view *v) {
    int64_t tick = v->instrument->tick.v;
    finish(m, v);
    memset(&m->value, 0, sizeof m->value);
    m->value.day = m->day.day;
    m->value.width = tick;
    m->value.base = v->bar->open.v / tick * tick;
}

static void value_bar(struct market_context *m, const struct level_view *v) {
    struct value_state *s = &m->value;
    const struct bar *b = v->bar;
    if (m->bars == 1 || s->day != m->day.day) begin(m, v);
    double weight = b->volume > 0 ? (double)b->volume : 1;
    int64_t off = ((b->high.v - m->day.open.v) + (b->low.v - m->day.open.v) + (b->close.v - m->day.open.v)) / 3;
    s->volume += weight;
    s->money += (double)off * weight;
    spread(s, b, weight);
    struct level *vwap = &m->level[LEVEL_VWAP];
    vwap->price.v = m->day.open.v + (int64_t)(s->money / s->volume);
    vwap->since = v->close;
}

static void value_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    struct value_state *x = &m->value;
    (void)c;
    snap_i32(s, &x->day);
    snap_i64(s, &x->base);
    snap_i64(s, &x->width);
    snap_f64(s, &x->money);
    snap_f64(s, &x->volume);
    for (int i = 0; i < VALUE_BINS; i++) snap_f64(s, &x->bin[i]);
    bool bins = x->width > 0 && x->width <= PRICE_MAX / 10 && x->base >= -4 * PRICE_MAX && x->base <= PRICE_MAX;
    bool mean = x->volume >= 0 && x->volume < 1e300 && fabs(x->money) <= x->volume * (double)PRICE_MAX;
    if (!bins || !mean) s->bad = true;
}

const struct detector detector_value = {
    .name = "value",
    .summary = {"VWAP of the day, POC and value area of the day before",
                "VWAP du jour, POC et zone de valeur de la veille"},
    .bar = value_bar,
    .snap = value_snap,
};
