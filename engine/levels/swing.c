/*
 * swing: a high that no bar of the k before it reaches and none of the k after it
 * exceeds; a low mirrored. Known once k bars have closed after it, never earlier. Owns
 * the swings. (Of equal highs the first counts.)
 */
#include "engine/levels/levels.h"

static void cross(struct market_context *m, const struct structure *x, const struct bar *b) {
    bool high = x->side == SIDE_SHORT;
    crossing_add(
        m, &(struct crossing){
               .of_swing = true, .high = high, .price = x->low, .extreme = high ? b->high : b->low, .began = b->start});
}

/* Which swings price has just gone beyond for the first time: taken before, they cannot be swept again. */
static void step(struct market_context *m, const struct bar *b) {
    struct structures *all = &m->found[STRUCTURE_SWING];
    uint32_t taken = 0;
    for (uint32_t i = 0; i < all->n; i++) taken |= (uint32_t)(all->item[i].life >= LIFE_FILLED) << i;
    for (uint32_t left = structures_step(m, STRUCTURE_SWING, b) & ~taken; left != 0; left &= left - 1) {
        const struct structure *x = &all->item[__builtin_ctz(left)];
        if (x->life >= LIFE_FILLED) cross(m, x, b);
    }
}

static bool is_high(const struct market_context *m, uint32_t k) {
    int64_t top = context_bar_at(m, k)->high.v;
    for (uint32_t i = 0; i < k; i++) {
        if (context_bar_at(m, i)->high.v > top) return false;
    }
    for (uint32_t i = k + 1; i <= 2 * k; i++) {
        if (context_bar_at(m, i)->high.v >= top) return false;
    }
    return true;
}

static bool is_low(const struct market_context *m, uint32_t k) {
    int64_t bottom = context_bar_at(m, k)->low.v;
    for (uint32_t i = 0; i < k; i++) {
        if (context_bar_at(m, i)->low.v < bottom) return false;
    }
    for (uint32_t i = k + 1; i <= 2 * k; i++) {
        if (context_bar_at(m, i)->low.v <= bottom) return false;
    }
    return true;
}

static void add(struct market_context *m, const struct bar *b, enum side side) {
    price_t at = side == SIDE_LONG ? b->low : b->high;
    structure_add(m,
                  &(struct structure){.kind = STRUCTURE_SWING, .side = side, .low = at, .high = at, .began = b->start});
}

static void swing_bar(struct market_context *m, const struct level_view *v) {
    uint32_t k = v->config->swing_bars;
    step(m, v->bar);
    if (k == 0 || m->bars < 2 * (uint64_t)k + 1) return;
    const struct bar *b = context_bar_at(m, k);
    bool high = is_high(m, k), low = is_low(m, k);
    bool low_first = b->close.v > b->open.v; /* of a bar that is both */
    if (low && low_first) add(m, b, SIDE_LONG);
    if (high) add(m, b, SIDE_SHORT);
    if (low && !low_first) add(m, b, SIDE_LONG);
}

static void swing_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    (void)c;
    structures_snap(m, STRUCTURE_SWING, s);
}

const struct detector detector_swing = {
    .name = "swing",
    .summary = {"Swing highs and lows, confirmed", "Sommets et creux confirmés"},
    .bar = swing_bar,
    .snap = swing_snap,
};
