/*
 * lines: sessions, days, opening range, pivots, profile. A day is chosen on which price meets several of them. Owns nothing.
 */
#include "tests/pictures/pictures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

#define DAYS_MAX 400

/* The first bars of the trading days of a book. */
struct days {
    uint32_t n, first[DAYS_MAX + 1]; /* the last one ends the last day */
};

static struct days days_of(const struct book *b) {
    struct days d = {0};
    int32_t before = INT32_MIN;
    for (uint32_t i = 0; i < b->n && d.n < DAYS_MAX; i++) {
        int32_t day = calendar_day(&b->config->calendars, b->in.hours, b->bar[i].start);
        if (day != before) d.first[d.n++] = i;
        before = day;
    }
    d.first[d.n] = b->n;
    return d;
}

/* The line as it lies in the picture: from when it was known to when it was crossed, or to the edge. */
static void add_line(const struct book *b, struct picture *p, const struct market_context *m, enum level_kind kind,
                     uint16_t session, bool crossings) {
    const struct level *l = context_level(m, kind, session);
    char name[LEVEL_NAME_MAX];
    if (l == NULL || l->price.v == 0) return;
    page_level(p, l->price, l->since, l->crossed.ns != 0 ? l->crossed : WHEN_NONE,
               level_say(name, LANG_EN, &b->config->calendars, kind, session));
    uint32_t since = book_at(b, l->since);
    fact(b, name, since, l->price);
    if (!crossings || l->crossed.ns == 0) return;
    uint32_t at = book_at(b, (when_t){l->crossed.ns - 1});
    page_marker(p, MARKER_FILLED, b->bar[at].start, l->price, "crossed");
    fact(b, "  crossed", at, l->price);
}

/* ---- sessions, days, weeks ---- */

struct span {
    uint32_t first, last;
    price_t low, high;
};

/* The bars of `first`..`last` that began in a session, and their extremes. */
static bool span_of(const struct book *b, uint32_t session, uint32_t first, uint32_t last, struct span *out) {
    *out = (struct span){NEVER, 0, {INT64_MAX}, {0}};
    for (uint32_t i = first; i <= last; i++) {
        const struct bar *x = &b->bar[i];
        if ((sessions_at(&b->config->calendars, x->start) & 1u << session) == 0) continue;
        if (out->first == NEVER) out->first = i;
        out->last = i;
        out->low = x->low.v < out->low.v ? x->low : out->low;
        out->high = x->high.v > out->high.v ? x->high : out->high;
    }
    return out->first != NEVER;
}

/* London trades beyond one side of Asia and not the other; New York beyond one side of London; each within the day. */
static bool tells_sessions(const struct book *b, uint32_t first, uint32_t last) {
    struct span asia, london, york;
    if (!span_of(b, (uint32_t)book_session(b, "Asia"), first, last, &asia) ||
        !span_of(b, (uint32_t)book_session(b, "London"), first, last, &london) ||
        !span_of(b, (uint32_t)book_session(b, "New York"), first, last, &york))
        return false;
    int64_t narrow = (london.high.v - london.low.v) / 4;
    bool up = london.high.v > asia.high.v + narrow, down = london.low.v < asia.low.v - narrow;
    bool on = york.high.v > london.high.v || york.low.v < london.low.v;
    return last - first > 200 && up != down && on && asia.high.v - asia.low.v > narrow;
}

static void add_session(const struct book *b, struct picture *p, const char *name, uint32_t first, uint32_t last) {
    struct span s;
    if (!span_of(b, (uint32_t)book_session(b, name), first, last, &s)) return;
    page_zone(p, ZONE_SESSION, b->bar[s.first].start, bar_end(&b->bar[s.last]), s.low, s.high, name);
    fact(b, name, s.first, s.low);
    fact(b, name, s.last, s.high);
}

bool picture_sessions(const struct book *b, struct picture *p) {
    const struct days d = days_of(b);
    for (uint32_t i = 45; i + 1 < d.n; i++) {
        uint32_t first = d.first[i], last = d.first[i + 1] - 1;
        if (!tells_sessions(b, first, last)) continue;
        struct market_context *m = book_until(b, last, NULL, NULL);
        const struct level *week = context_level(m, LEVEL_PREVIOUS_WEEK_HIGH, 0);
        if (week->crossed.ns < bar_end(&b->bar[first]).ns) { /* not on this day */
            free(m);
            continue;
        }
        *p = page(b, first, last, 3, "Sessions, previous day and previous week");
        add_session(b, p, "Asia", first, last);
        add_session(b, p, "London", first, last);
        add_session(b, p, "New York", first, last);
        uint16_t asia = (uint16_t)book_session(b, "Asia"), london = (uint16_t)book_session(b, "London");
        add_line(b, p, m, LEVEL_SESSION_HIGH, asia, true);
        add_line(b, p, m, LEVEL_SESSION_LOW, asia, true);
        add_line(b, p, m, LEVEL_SESSION_HIGH, london, true);
        add_line(b, p, m, LEVEL_SESSION_LOW, london, true);
        add_line(b, p, m, LEVEL_PREVIOUS_HIGH, 0, true);
        add_line(b, p, m, LEVEL_PREVIOUS_LOW, 0, true);
        add_line(b, p, m, LEVEL_PREVIOUS_CLOSE, 0, false);
        add_line(b, p, m, LEVEL_PREVIOUS_WEEK_HIGH, 0, true);
        add_line(b, p, m, LEVEL_PREVIOUS_WEEK_LOW, 0, true);
        free(m);
        return true;
    }
    return false;
}

/* ---- opening range ---- */

bool picture_opening(const struct book *b, struct picture *p) {
    const struct days d = days_of(b);
    uint32_t bars = b->config->levels.opening_min * 60 / (uint32_t)b->bar[0].seconds;
    uint16_t rth = (uint16_t)book_session(b, "RTH");
    for (uint32_t i = 20; i + 1 < d.n; i++) {
        uint32_t first = d.first[i], last = d.first[i + 1] - 2; /* at its end the session's range is still known */
        struct market_context *m = book_until(b, last, NULL, NULL);
        const struct level high = *context_level(m, LEVEL_OPENING_HIGH, rth);
        const struct level low = *context_level(m, LEVEL_OPENING_LOW, rth);
        uint32_t crossed = high.crossed.ns != 0 ? book_at(b, high.crossed) - first : 0;
        free(m);
        /* One side is crossed, after a while; the other is not. */
        if (crossed < bars + 8 || crossed > 40 || low.crossed.ns != 0 || last - first < 70) continue;
        *p = page(b, first, last, 1, "Opening range of the regular session: 30 minutes");
        page_zone(p, ZONE_SESSION, b->bar[first].start, bar_end(&b->bar[first + bars - 1]), low.price, high.price,
                  "first 30 minutes");
        m = book_until(b, last, NULL, NULL);
        add_line(b, p, m, LEVEL_OPENING_HIGH, rth, true);
        add_line(b, p, m, LEVEL_OPENING_LOW, rth, true);
        free(m);
        return true;
    }
    return false;
}

/* ---- pivots ---- */

static price_t extreme(const struct book *b, uint32_t first, uint32_t last, bool high, uint32_t *at) {
    *at = first;
    for (uint32_t i = first; i <= last; i++) {
        if (high ? b->bar[i].high.v > b->bar[*at].high.v : b->bar[i].low.v < b->bar[*at].low.v) *at = i;
    }
    return high ? b->bar[*at].high : b->bar[*at].low;
}

bool picture_pivots(const struct book *b, struct picture *p) {
    static const enum level_kind lines[] = {LEVEL_R2, LEVEL_R1, LEVEL_PIVOT, LEVEL_S1, LEVEL_S2};
    const struct days d = days_of(b);
    for (uint32_t i = 20; i + 2 < d.n; i++) {
        uint32_t before = d.first[i], first = d.first[i + 1], last = d.first[i + 2] - 1, high, low, top, bottom;
        int64_t h = extreme(b, before, first - 1, true, &high).v, l = extreme(b, before, first - 1, false, &low).v;
        int64_t pivot = (h + l + b->bar[first - 1].close.v) / 3;
        int64_t up = extreme(b, first, last, true, &top).v, down = extreme(b, first, last, false, &bottom).v;
        /* A day that goes from R1 to below S1, or the other way round. */
        if (up < 2 * pivot - l || down > 2 * pivot - h || last - first < 70 || first - before < 70) continue;
        *p = page(b, before, last, 2, "Pivots from the day before");
        struct market_context *m = book_until(b, last, NULL, NULL);
        for (size_t k = 0; k < sizeof lines / sizeof lines[0]; k++) {
            add_line(b, p, m, lines[k], 0, false);
            p->level[p->level_count - 1].fit = lines[k] != LEVEL_R2 && lines[k] != LEVEL_S2;
        }
        page_marker(p, MARKER_HIGH, b->bar[high].start, (price_t){h}, "H");
        page_marker(p, MARKER_LOW, b->bar[low].start, (price_t){l}, "L")->below = true;
        page_marker(p, MARKER_FORMED, b->bar[first - 1].start, b->bar[first - 1].close, "C");
        fact(b, "H", high, (price_t){h});
        fact(b, "L", low, (price_t){l});
        fact(b, "C", first - 1, b->bar[first - 1].close);
        free(m);
        return true;
    }
    return false;
}

/* ---- value area and VWAP ---- */

struct profile {
    const struct book *b;
    uint32_t first; /* bar of the new day */
    struct value_state before;
    struct picture_path *vwap;
};

static void see_profile(void *context, const struct market_context *m, const struct bar *bar, uint32_t i) {
    struct profile *x = context;
    if (i + 1 == x->first) x->before = m->value;
    if (i < x->first) return;
    x->vwap->point[x->vwap->n++] = (struct picture_point){bar->start, m->level[LEVEL_VWAP].price};
}

static void add_profile(struct picture *p, const struct profile *x, price_t low, price_t high) {
    const struct value_state *v = &x->before;
    p->profile.bin = xcalloc(VALUE_BINS, sizeof *p->profile.bin);
    for (int i = 0; i < VALUE_BINS; i++) {
        int64_t at = v->base + i * v->width;
        if (v->bin[i] <= 0) continue;
        p->profile.bin[p->profile.n++] =
            (struct picture_bin){{at}, {at + v->width}, v->bin[i], at >= low.v && at + v->width <= high.v};
    }
}

/* Price trades on both sides of the point of control and of one edge of its value area. */
static bool value_is_met(const struct book *b, uint32_t first, uint32_t last) {
    struct market_context *m = book_until(b, first, NULL, NULL);
    int64_t poc = m->level[LEVEL_POC].price.v, high = m->level[LEVEL_VAH].price.v, low = m->level[LEVEL_VAL].price.v;
    uint32_t top, bottom;
    int64_t up = extreme(b, first, last, true, &top).v, down = extreme(b, first, last, false, &bottom).v;
    free(m);
    return up > poc && down < poc && (up > high || down < low);
}

bool picture_value(const struct book *b, struct picture *p) {
    static const enum level_kind lines[] = {LEVEL_VAH, LEVEL_POC, LEVEL_VAL};
    const struct days d = days_of(b);
    for (uint32_t i = 0; i + 2 < d.n; i++) {
        uint32_t before = d.first[i], first = d.first[i + 1], last = d.first[i + 2] - 1;
        if (first - before < 70 || last - first < 70 || !value_is_met(b, first, last)) continue;
        *p = page(b, before, last, 2, "Value area of the day before, VWAP of the day");
        p->path_count = 1;
        p->path[0] = (struct picture_path){
            .style = PATH_LINE, .name = "VWAP", .point = xcalloc(last - first + 1, sizeof(struct picture_point))};
        struct profile x = {.b = b, .first = first, .vwap = &p->path[0]};
        struct market_context *m = book_until(b, last, see_profile, &x);
        for (size_t k = 0; k < 3; k++) add_line(b, p, m, lines[k], 0, false);
        add_profile(p, &x, m->level[LEVEL_VAL].price, m->level[LEVEL_VAH].price);
        p->profile.from = b->bar[before].start;
        p->profile.to = bar_end(&b->bar[first - 1]);
        free(m);
        return true;
    }
    return false;
}
