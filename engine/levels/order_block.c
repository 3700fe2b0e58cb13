/*
 * order_block: the last candle against the move before a break of structure that is worth
 * the name: the last one that closed down before a break upwards, of which the move away
 * is at least one average true range. Its whole range is the zone. Owns the order blocks.
 */
#include "engine/levels/levels.h"

static const struct bar *last_against(const struct market_context *m, enum side way) {
    for (uint32_t i = 1; i <= ORDER_BLOCK_BARS; i++) {
        const struct bar *b = context_bar_at(m, i);
        if (b == NULL) return NULL;
        if (way == SIDE_LONG ? b->close.v < b->open.v : b->close.v > b->open.v) return b;
    }
    return NULL;
}

static void after_break(struct market_context *m, const struct bar *now, enum side way) {
    const struct bar *b = last_against(m, way);
    if (b == NULL || m->atr <= 0) return;
    int64_t away = way == SIDE_LONG ? now->close.v - b->high.v : b->low.v - now->close.v;
    if ((double)away < m->atr) return;
    const struct structure *last = context_newest(m, STRUCTURE_ORDER_BLOCK, way);
    if (last != NULL && last->began.ns == b->start.ns) return; /* two breaks from one candle */
    structure_add(m,
                  &(struct structure){
                      .kind = STRUCTURE_ORDER_BLOCK, .side = way, .low = b->low, .high = b->high, .began = b->start});
}

static void order_block_bar(struct market_context *m, const struct level_view *v) {
    structures_step(m, STRUCTURE_ORDER_BLOCK, v->bar);
    if (!structure_changed(m, STRUCTURE_BREAK)) return;
    const struct structures *all = &m->found[STRUCTURE_BREAK];
    for (uint32_t i = all->n; i-- > 0 && all->item[i].bar == m->bars;) after_break(m, v->bar, all->item[i].side);
}

static void order_block_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    (void)c;
    structures_snap(m, STRUCTURE_ORDER_BLOCK, s);
}

const struct detector detector_order_block = {
    .name = "order_block",
    .summary = {"Order blocks behind breaks of structure", "Order blocks derrière les cassures de structure"},
    .bar = order_block_bar,
    .snap = order_block_snap,
};
