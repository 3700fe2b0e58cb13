/*
 * sessions: high and low of the last complete session of each name, and of its opening
 * range. A bar belongs to the session in which it begins. A session without bars leaves
 * the levels of the one before. Owns the sessions under way.
 */
#include "engine/levels/levels.h"

static price_t highest(price_t a, price_t b) {
    return a.v == 0 || b.v > a.v ? b : a;
}

static price_t lowest(price_t a, price_t b) {
    return a.v == 0 || b.v < a.v ? b : a;
}

static bool makes_levels(const struct session_state *st) {
    return st->to.ns - st->from.ns <= SESSION_LEVEL_MIN * 60 * NS_PER_SEC;
}

static void begin(struct session_state *st, const struct calendars *c, uint16_t i, when_t t) {
    *st = (struct session_state){.high = PRICE_ZERO};
    session_bounds(c, i, t, &st->from, &st->to);
}

static void finish(struct market_context *m, uint16_t i, when_t since) {
    struct session_state *st = &m->session[i];
    if (st->high.v == 0 || !makes_levels(st)) return;
    line_set(m, LEVEL_SESSION_HIGH, i, st->high, since);
    line_set(m, LEVEL_SESSION_LOW, i, st->low, since);
}

static int64_t opening_end(const struct session_state *st, const struct level_view *v) {
    int64_t end = st->from.ns + v->config->opening_min * 60LL * NS_PER_SEC;
    return end < st->to.ns ? end : st->to.ns;
}

/* Once it is over, and once only: a line known since then is this session's (an older program kept what it had told). */
static void tell_opening(struct market_context *m, uint16_t i, int64_t end, when_t since) {
    struct session_state *st = &m->session[i];
    if (m->session_level[LEVEL_OPENING_HIGH][i].since.ns < end) {
        line_set(m, LEVEL_OPENING_HIGH, i, st->opening_high, since);
        line_set(m, LEVEL_OPENING_LOW, i, st->opening_low, since);
    }
    st->opening_high = st->opening_low = PRICE_ZERO;
}

static void see_opening(struct market_context *m, uint16_t i, const struct level_view *v) {
    struct session_state *st = &m->session[i];
    int64_t end = opening_end(st, v);
    if (v->config->opening_min == 0 || v->bar->start.ns >= end || !makes_levels(st)) return;
    st->opening_high = highest(st->opening_high, v->bar->high);
    st->opening_low = lowest(st->opening_low, v->bar->low);
    if (v->close.ns >= end) tell_opening(m, i, end, v->close);
}

/* The bar that would have ended it never came: the first one after it does. */
static void end_opening(struct market_context *m, uint16_t i, const struct level_view *v) {
    struct session_state *st = &m->session[i];
    if (st->opening_high.v == 0) return;
    int64_t end = opening_end(st, v);
    if (v->bar->start.ns >= end) tell_opening(m, i, end, v->bar->start);
}

static void sessions_bar(struct market_context *m, const struct level_view *v) {
    const struct bar *b = v->bar;
    m->sessions = 0;
    for (uint16_t i = 0; i < v->calendars->session_count; i++) {
        struct session_state *st = &m->session[i];
        end_opening(m, i, v);
        if (b->start.ns >= st->to.ns) {
            finish(m, i, b->start);
            begin(st, v->calendars, i, b->start);
        }
        if (b->start.ns < st->from.ns) continue;
        m->sessions |= 1u << i;
        st->high = highest(st->high, b->high);
        st->low = lowest(st->low, b->low);
        see_opening(m, i, v);
        if (v->close.ns < st->to.ns) continue;
        finish(m, i, v->close);
        begin(st, v->calendars, i, st->to);
    }
}

static void sessions_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    for (uint32_t i = 0; i < c->session_count; i++) {
        struct session_state *st = &m->session[i];
        snap_when(s, &st->from);
        snap_when(s, &st->to);
        uint64_t length = (uint64_t)st->to.ns - (uint64_t)st->from.ns;
        if (st->to.ns < st->from.ns || length > 2 * 86400ULL * NS_PER_SEC ||
            st->from.ns > INT64_MAX - 2 * 86400LL * NS_PER_SEC)
            s->bad = true;
        snap_price(s, &st->high);
        snap_price(s, &st->low);
        snap_price(s, &st->opening_high);
        snap_price(s, &st->opening_low);
    }
}

const struct detector detector_sessions = {
    .name = "sessions",
    .summary = {"High, low and opening range of named sessions", "Plus haut, plus bas et ouverture des séances"},
    .bar = sessions_bar,
    .snap = sessions_snap,
};
