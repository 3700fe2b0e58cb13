/*
 * breaker: an order block that price closed through works the other way from then on.
 * Owns the breaker blocks.
 */
#include "engine/levels/levels.h"

/* Those that ended with this bar, and were not there to begin with. */
static void turn(struct market_context *m, const struct structure *x) {
    structure_add(m, &(struct structure){.kind = STRUCTURE_BREAKER,
                                         .side = x->side == SIDE_LONG ? SIDE_SHORT : SIDE_LONG,
                                         .low = x->low,
                                         .high = x->high,
                                         .began = x->began});
}

static void breaker_bar(struct market_context *m, const struct level_view *v) {
    structures_step(m, STRUCTURE_BREAKER, v->bar);
    if (!structure_changed(m, STRUCTURE_ORDER_BLOCK)) return;
    const struct structures *all = &m->found[STRUCTURE_ORDER_BLOCK];
    for (uint32_t i = 0; i < all->n; i++) {
        const struct structure *x = &all->item[i];
        if (x->life == LIFE_INVALIDATED && x->changed.ns == m->time.ns) turn(m, x);
    }
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
