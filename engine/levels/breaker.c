/*
 * breaker: an order block that price closed through works the other way from then on.
 * Owns the breaker blocks.
 */
#include "engine/levels/levels.h"

static void breaker_bar(struct market_context *m, const struct level_view *v) {
    structures_step(m, STRUCTURE_BREAKER, v->bar);
    structures_turn(m, STRUCTURE_ORDER_BLOCK, STRUCTURE_BREAKER);
}

static void breaker_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    (void)c;
    structures_snap(m, STRUCTURE_BREAKER, s);
}

const struct detector detector_breaker = {
    .name = "breaker",
    .summary = {"Order blocks that failed and turned round", "Order blocks invalidés et retournés"},
    .bar = breaker_bar,
    .snap = breaker_snap,
};
