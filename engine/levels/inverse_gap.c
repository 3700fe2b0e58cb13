/*
 * inverse_gap: a fair value gap that price closed through works the other way from
 * then on: what supported resists. Owns the inverse gaps.
 */
#include "engine/levels/levels.h"

static void inverse_gap_bar(struct market_context *m, const struct level_view *v) {
    structures_step(m, STRUCTURE_INVERSE_GAP, v->bar);
    structures_turn(m, STRUCTURE_GAP, STRUCTURE_INVERSE_GAP);
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
