/*
 * days: high, low, open and close of the trading day and week, of those before, and the
 * classic pivots from them. The day is the instrument's own (engine/calendar.h), a week
 * runs from Monday's trading day. A day without bars is passed over. Owns the running day.
 */
#include "engine/levels/levels.h"

/* Weeks since the one of Monday 1969-12-29. */
static int32_t week_of(int32_t day) {
    return (day + 3) / 7 - ((day + 3) % 7 < 0);
}

/* Classic pivots: P = (H + L + C) / 3 and the six lines around it. */
static void set_pivots(struct market_context *m, const struct day_state *d, when_t since) {
    int64_t h = d->high.v, l = d->low.v, p = (h + l + d->close.v) / 3;
    const struct {
        enum level_kind kind;
        int64_t price;
    } lines[] = {
        {LEVEL_PIVOT, p},        {LEVEL_R1, 2 * p - l},       {LEVEL_S1, 2 * p - h},       {LEVEL_R2, p + (h - l)},
        {LEVEL_S2, p - (h - l)}, {LEVEL_R3, h + 2 * (p - l)}, {LEVEL_S3, l - 2 * (h - p)},
    };
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        line_set(m, lines[i].kind, 0, (price_t){lines[i].price > 0 ? lines[i].price : 0}, since);
}

static void finish_day(struct market_context *m, when_t since) {
    const struct day_state *d = &m->day;
    if (d->high.v == 0) return;
    line_set(m, LEVEL_PREVIOUS_HIGH, 0, d->high, since);
    line_set(m, LEVEL_PREVIOUS_LOW, 0, d->low, since);
    line_set(m, LEVEL_PREVIOUS_CLOSE, 0, d->close, since);
    set_pivots(m, d, since);
}

static void begin_day(struct market_context *m, const struct level_view *v) {
    struct day_state *d = &m->day;
    finish_day(m, v->bar->start);
    int32_t day = calendar_day(v->calendars, v->instrument->hours, v->bar->start), week = week_of(day);
    if (week != d->week && d->week_high.v != 0) {
        line_set(m, LEVEL_PREVIOUS_WEEK_HIGH, 0, d->week_high, v->bar->start);
        line_set(m, LEVEL_PREVIOUS_WEEK_LOW, 0, d->week_low, v->bar->start);
    }
    if (week != d->week) d->week_high = d->week_low = PRICE_ZERO;
    d->day = day;
    d->week = week;
    d->until = calendar_day_end(v->calendars, v->instrument->hours, day);
    d->open = v->bar->open;
    d->high = v->bar->high;
    d->low = v->bar->low;
    line_set(m, LEVEL_DAY_OPEN, 0, d->open, v->close);
    line_set(m, LEVEL_DAY_HIGH, 0, d->high, v->close);
    line_set(m, LEVEL_DAY_LOW, 0, d->low, v->close);
    if (d->week_high.v != 0) return;
    d->week_high = d->high;
    d->week_low = d->low;
    line_set(m, LEVEL_WEEK_HIGH, 0, d->high, v->close);
    line_set(m, LEVEL_WEEK_LOW, 0, d->low, v->close);
}

static void days_bar(struct market_context *m, const struct level_view *v) {
    const struct bar *b = v->bar;
    struct day_state *d = &m->day;
    if (m->bars == 1 || b->start.ns >= d->until.ns) begin_day(m, v);
    d->close = b->close;
    if (b->high.v > d->high.v) line_set(m, LEVEL_DAY_HIGH, 0, d->high = b->high, v->close);
    if (b->low.v < d->low.v) line_set(m, LEVEL_DAY_LOW, 0, d->low = b->low, v->close);
    if (b->high.v > d->week_high.v) line_set(m, LEVEL_WEEK_HIGH, 0, d->week_high = b->high, v->close);
    if (b->low.v < d->week_low.v) line_set(m, LEVEL_WEEK_LOW, 0, d->week_low = b->low, v->close);
}

static void days_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    struct day_state *d = &m->day;
    (void)c;
    snap_i32(s, &d->day);
    snap_i32(s, &d->week);
    snap_when(s, &d->until);
    price_checked(s, &d->open, PRICE_MAX);
    price_checked(s, &d->high, PRICE_MAX);
    price_checked(s, &d->low, PRICE_MAX);
    price_checked(s, &d->close, PRICE_MAX);
    snap_price(s, &d->week_high);
    snap_price(s, &d->week_low);
}

const struct detector detector_days = {
    .name = "days",
    .summary = {"Day, week and classic pivots", "Jour, semaine et pivots classiques"},
    .bar = days_bar,
    .snap = days_snap,
};
