/*
 * inverse_gap: a fair value gap that price closed through works the other way from
 * then on: what supported resists. Owns the inverse gaps.
 */
#include "engine/levels/levels.h"

/* Those that ended with this bar, and were not there to begin with. */
static void turn(struct market_context *m, const struct structure *x) {
    structure_add(m, &(struct structure){.kind = STRUCTURE_INVERSE_GAP,
                                         .side = x->side == SIDE_LONG ? SIDE_SHORT : SIDE_LONG,
                                         .low = x->low,
                                         .high = x->high,
                                         .began = x->began});
}

static void inverse_gap_bar(struct market_context *m, const struct level_view *v) {
    structures_step(m, STRUCTURE_INVERSE_GAP, v->bar);
    if (!structure_changed(m, STRUCTURE_GAP)) return;
    const struct structures *all = &m->found[STRUCTURE_GAP];
    for (uint32_t i = 0; i < all->n; i++) {
        const struct structure *x = &all->item[i];
        if (x->life == LIFE_INVALIDATED && x->changed.ns == m->time.ns) turn(m, x);
    }
}

static void inverse_gap_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    (void)c;
    structures_snap(m, STRUCTURE_INVERSE_GAP, s);
}

const struct detector detector_inverse_gap = {
    .name = "inverse_gap",
    .summary = {"Fair value gaps that failed and turned round", "Fair value gaps invalidés et retournés"},
    .bar = inverse_gap_bar,
    .snap = inverse_gap_snap,
};
