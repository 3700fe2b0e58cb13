/*
 * lines: the key levels as a set: which of them price has gone beyond, and when first.
 * Highs and the call wall are crossed upwards, lows and the put wall downwards; lines that
 * are neither (pivots, closes, averages) are not watched. Owns `crossed` of each line.
 */
#include "engine/levels/levels.h"

bool line_has_session(enum level_kind k) {
    return (unsigned)k < LEVEL_SESSION_KINDS;
}

bool line_is_high(enum level_kind k) {
    return k == LEVEL_SESSION_HIGH || k == LEVEL_PREVIOUS_HIGH || k == LEVEL_PREVIOUS_WEEK_HIGH ||
           k == LEVEL_OPENING_HIGH;
}

bool line_is_low(enum level_kind k) {
    return k == LEVEL_SESSION_LOW || k == LEVEL_PREVIOUS_LOW || k == LEVEL_PREVIOUS_WEEK_LOW || k == LEVEL_OPENING_LOW;
}

/* A wall is no extreme: no stops lie behind it, and it says something of its own beside one at its price. */
static bool is_upper(enum level_kind k) {
    return line_is_high(k) || k == LEVEL_CALL_WALL;
}

static bool is_lower(enum level_kind k) {
    return line_is_low(k) || k == LEVEL_PUT_WALL;
}

static const enum level_kind watched[] = {LEVEL_PREVIOUS_HIGH,     LEVEL_PREVIOUS_LOW, LEVEL_PREVIOUS_WEEK_HIGH,
                                          LEVEL_PREVIOUS_WEEK_LOW, LEVEL_CALL_WALL,    LEVEL_PUT_WALL};
#define WATCHED (sizeof watched / sizeof watched[0])

static void widen(struct market_context *m, enum level_kind k, const struct level *l) {
    if (l->price.v == 0 || l->crossed.ns != 0) return;
    if (is_upper(k) && l->price.v < m->line_quiet_high) m->line_quiet_high = l->price.v;
    if (is_lower(k) && l->price.v > m->line_quiet_low) m->line_quiet_low = l->price.v;
}

static void find_quiet(struct market_context *m) {
    m->line_quiet_low = 0;
    m->line_quiet_high = INT64_MAX;
    for (int k = 0; k < LEVEL_SESSION_KINDS; k++) {
        for (int i = 0; i < NAMED_SESSIONS_MAX; i++) widen(m, (enum level_kind)k, &m->session_level[k][i]);
    }
    for (size_t i = 0; i < WATCHED; i++) widen(m, watched[i], &m->level[watched[i]]);
}

void line_set(struct market_context *m, enum level_kind kind, uint16_t session, price_t price, when_t since) {
    struct level *l = line_has_session(kind) ? &m->session_level[kind][session] : &m->level[kind];
    *l = (struct level){.price = price, .since = since};
    if (is_upper(kind) || is_lower(kind)) find_quiet(m);
}

void crossing_add(struct market_context *m, const struct crossing *c) {
    if (m->crossed.n == SWEEPS_PENDING) return; /* so many at once are one and the same event */
    m->crossed.item[m->crossed.n++] = *c;
}

/* Stops lie behind the extremes of sessions, days and weeks; an opening range is too young for that. */
static void cross(struct market_context *m, const struct bar *b, enum level_kind k, uint16_t session, struct level *l) {
    bool high = is_upper(k);
    if (l->price.v == 0 || l->crossed.ns != 0 || l->since.ns >= m->time.ns) return;
    if (high ? b->high.v <= l->price.v : b->low.v >= l->price.v) return;
    l->crossed = m->time;
    if (k == LEVEL_OPENING_HIGH || k == LEVEL_OPENING_LOW || k == LEVEL_CALL_WALL || k == LEVEL_PUT_WALL) return;
    crossing_add(m, &(struct crossing){.high = high,
                                       .level = k,
                                       .session = session,
                                       .price = l->price,
                                       .extreme = high ? b->high : b->low,
                                       .began = b->start});
}

static void lines_bar(struct market_context *m, const struct level_view *v) {
    const struct bar *b = v->bar;
    if (m->line_quiet_high == 0) find_quiet(m); /* the very first bar */
    if (b->low.v >= m->line_quiet_low && b->high.v <= m->line_quiet_high) return;
    for (int k = 0; k < LEVEL_SESSION_KINDS; k++) {
        for (uint16_t i = 0; i < v->calendars->session_count; i++)
            cross(m, b, (enum level_kind)k, i, &m->session_level[k][i]);
    }
    for (size_t i = 0; i < WATCHED; i++) cross(m, b, watched[i], 0, &m->level[watched[i]]);
    find_quiet(m);
}

void line_snap(struct level *l, struct snap *s) {
    price_checked(s, &l->price, 4 * PRICE_MAX);
    snap_when(s, &l->since);
    snap_when(s, &l->crossed);
}

static void lines_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    for (int k = 0; k < LEVEL_SESSION_KINDS; k++) {
        for (uint32_t i = 0; i < c->session_count; i++) line_snap(&m->session_level[k][i], s);
    }
    for (int k = LEVEL_SESSION_KINDS; k < LEVEL_ROUND; k++) line_snap(&m->level[k], s);
    find_quiet(m);
}

const struct detector detector_lines = {
    .name = "lines",
    .summary = {"Key levels and whether price has gone beyond them", "Niveaux clés et leur franchissement"},
    .bar = lines_bar,
    .snap = lines_snap,
};
