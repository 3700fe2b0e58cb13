/*
 * context: one bar through all detectors, and the questions that strategies ask of what
 * they found. Owns the recent bars and the average true range. Only closed bars come
 * here, in their order; nothing looks ahead.
 */
#include "engine/levels/levels.h"

#include <string.h>

static void step_atr(struct market_context *m, const struct bar *b) {
    if (m->bars < 2) return;
    int64_t before = m->recent[(m->bars - 2) % RECENT_BARS].close.v;
    int64_t high = b->high.v > before ? b->high.v : before, low = b->low.v < before ? b->low.v : before;
    double range = (double)(high - low);
    if (m->bars <= ATR_BARS + 1) {
        m->range_sum += range;
        if (m->bars == ATR_BARS + 1) m->atr = m->range_sum / ATR_BARS;
        return;
    }
    m->atr = (m->atr * (ATR_BARS - 1) + range) / ATR_BARS;
}

void context_bar(struct market_context *m, const struct level_view *v) {
    m->recent[m->bars % RECENT_BARS] = *v->bar;
    m->bars++;
    m->time = v->close;
    m->changed = 0;
    step_atr(m, v->bar);
    for (const struct detector *const *d = detector_table; *d != NULL; d++) (*d)->bar(m, v);
}

/* ---- questions ---- */

const struct bar *context_bar_at(const struct market_context *m, uint32_t back) {
    if (back >= RECENT_BARS || back >= m->bars) return NULL;
    return &m->recent[(m->bars - 1 - back) % RECENT_BARS];
}

const struct level *context_level(const struct market_context *m, enum level_kind kind, uint16_t session) {
    if (line_has_session(kind)) return session < NAMED_SESSIONS_MAX ? &m->session_level[kind][session] : NULL;
    return (unsigned)kind < LEVEL_KIND_COUNT ? &m->level[kind] : NULL;
}

const struct structure *context_newest(const struct market_context *m, enum structure_kind kind, enum side side) {
    const struct structures *all = &m->found[kind];
    for (uint32_t i = all->n; i-- > 0;) {
        if (all->item[i].side == side && !structure_is_over(&all->item[i])) return &all->item[i];
    }
    return NULL;
}

struct search {
    price_t from;
    enum side way;
    enum level_kind kind;
    uint16_t session;
    price_t best; /* 0: none yet */
};

static void search_line(struct search *s, enum level_kind kind, uint16_t session, const struct level *l) {
    if (l->price.v == 0 || l->crossed.ns != 0) return;
    bool beyond = s->way == SIDE_LONG ? l->price.v > s->from.v : l->price.v < s->from.v;
    bool nearer = s->best.v == 0 || (s->way == SIDE_LONG ? l->price.v < s->best.v : l->price.v > s->best.v);
    if (!beyond || !nearer) return;
    s->kind = kind;
    s->session = session;
    s->best = l->price;
}

bool context_next_level(const struct market_context *m, const struct calendars *c, price_t from, enum side way,
                        enum level_kind *kind, uint16_t *session, price_t *price) {
    struct search s = {.from = from, .way = way};
    for (uint16_t i = 0; i < c->session_count; i++) {
        search_line(&s, LEVEL_SESSION_HIGH, i, &m->session_level[LEVEL_SESSION_HIGH][i]);
        search_line(&s, LEVEL_SESSION_LOW, i, &m->session_level[LEVEL_SESSION_LOW][i]);
    }
    static const enum level_kind targets[] = {LEVEL_PREVIOUS_HIGH, LEVEL_PREVIOUS_LOW, LEVEL_PREVIOUS_WEEK_HIGH,
                                              LEVEL_PREVIOUS_WEEK_LOW};
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        search_line(&s, targets[i], 0, &m->level[targets[i]]);
    /* What the walls' hedging draws the price to lies on their own side; at the flip it only changes its sign. */
    const enum level_kind wall = way == SIDE_LONG ? LEVEL_CALL_WALL : LEVEL_PUT_WALL;
    search_line(&s, wall, 0, &m->level[wall]);
    if (s.best.v == 0) return false;
    *kind = s.kind;
    *session = s.session;
    *price = s.best;
    return true;
}

/* ---- stored form ---- */

static void recent_snap(struct market_context *m, struct snap *s) {
    uint32_t n = m->bars < RECENT_BARS ? (uint32_t)m->bars : RECENT_BARS;
    for (uint32_t i = 0; i < n; i++) {
        const struct bar *b = &m->recent[i];
        bar_snap(&m->recent[i], s);
        bool sane = b->low.v > 0 && b->high.v <= PRICE_MAX && b->low.v <= b->open.v && b->low.v <= b->close.v &&
                    b->high.v >= b->open.v && b->high.v >= b->close.v;
        if (!sane) s->bad = true;
    }
}

void context_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    snap_u64(s, &m->bars);
    if (m->bars == 0) return;
    snap_when(s, &m->time);
    snap_f64(s, &m->atr);
    snap_f64(s, &m->range_sum);
    if (!(m->atr >= 0 && m->atr <= (double)PRICE_MAX)) s->bad = true;
    snap_u32(s, &m->sessions);
    snap_u32(s, &m->structure_made);
    snap_u32(s, &m->changed);
    recent_snap(m, s);
    for (const struct detector *const *d = detector_table; *d != NULL; d++) (*d)->snap(m, c, s);
}
