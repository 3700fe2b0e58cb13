/*
 * sweep: price goes beyond a key level or a swing and closes back within SWEEP_BARS bars,
 * the crossing one included. The zone reaches from the level to the farthest price beyond
 * it. Owns the sweeps and the crossings that wait.
 */
#include "engine/levels/levels.h"

static void add(struct market_context *m, const struct crossing *c) {
    structure_add(m, &(struct structure){.kind = STRUCTURE_SWEEP,
                                         .side = c->high ? SIDE_SHORT : SIDE_LONG,
                                         .of_swing = c->of_swing,
                                         .level = c->level,
                                         .session = c->session,
                                         .low = c->high ? c->price : c->extreme,
                                         .high = c->high ? c->extreme : c->price,
                                         .began = c->began});
}

/* true: nothing more to wait for. */
static bool is_done(struct market_context *m, struct crossing *c, const struct bar *b) {
    c->bars++;
    if (c->high && b->high.v > c->extreme.v) c->extreme = b->high;
    if (!c->high && b->low.v < c->extreme.v) c->extreme = b->low;
    bool back = c->high ? b->close.v < c->price.v : b->close.v > c->price.v;
    if (back) add(m, c);
    return back || c->bars == SWEEP_BARS;
}

static void sweep_bar(struct market_context *m, const struct level_view *v) {
    structures_step(m, STRUCTURE_SWEEP, v->bar);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->crossed.n; i++) {
        struct crossing *c = &m->crossed.item[i];
        if (!is_done(m, c, v->bar)) m->crossed.item[kept++] = *c;
    }
    m->crossed.n = kept;
}

static void sweep_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    (void)c;
    structures_snap(m, STRUCTURE_SWEEP, s);
    snap_count(s, &m->crossed.n, SWEEPS_PENDING);
    for (uint32_t i = 0; i < m->crossed.n; i++) {
        struct crossing *x = &m->crossed.item[i];
        snap_bool(s, &x->of_swing);
        snap_bool(s, &x->high);
        SNAP_ENUM(s, &x->level, LEVEL_KIND_COUNT);
        snap_u16(s, &x->session);
        snap_price(s, &x->price);
        snap_price(s, &x->extreme);
        snap_count(s, &x->bars, SWEEP_BARS - 1); /* at SWEEP_BARS it is done with */
        snap_when(s, &x->began);
        if (x->session >= NAMED_SESSIONS_MAX) s->bad = true;
    }
}

const struct detector detector_sweep = {
    .name = "sweep",
    .summary = {"Liquidity sweeps of key levels and swings", "Prises de liquidité sur niveaux clés et extrêmes"},
    .bar = sweep_bar,
    .snap = sweep_snap,
};
