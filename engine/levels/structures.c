/*
 * structures: the bounded lists of what was found, and the life of each item: formed,
 * touched, filled, invalidated, never backwards. Beside each item stands the price at
 * which the next thing can happen to it. Owns the lists.
 */
#include <string.h>

#include "engine/levels/levels.h"

static bool is_line(const struct structure *x) {
    return x->low.v == x->high.v;
}

/* LONG: price comes from above. A zone is touched at its near edge, filled at its far one, over with a close beyond it. A
 * line is touched at its price, filled by a trade beyond it, over with a close beyond it. */
static enum life life_after(const struct structure *x, const struct bar *b) {
    if (x->side == SIDE_LONG) {
        if (b->close.v < x->low.v) return LIFE_INVALIDATED;
        if (is_line(x) ? b->low.v < x->low.v : b->low.v <= x->low.v) return LIFE_FILLED;
        return b->low.v <= x->high.v ? LIFE_TOUCHED : LIFE_FORMED;
    }
    if (b->close.v > x->high.v) return LIFE_INVALIDATED;
    if (is_line(x) ? b->high.v > x->high.v : b->high.v >= x->high.v) return LIFE_FILLED;
    return b->high.v >= x->low.v ? LIFE_TOUCHED : LIFE_FORMED;
}

/* The price at which the next thing can happen to it. */
static int64_t next_price(const struct structure *x) {
    bool near = x->life == LIFE_FORMED;
    return (x->side == SIDE_LONG) == near ? x->high.v : x->low.v;
}

static void set_trigger(struct structures *all, uint32_t i) {
    const struct structure *x = &all->item[i];
    bool over = structure_is_over(x);
    all->below[i] = !over && x->side == SIDE_LONG ? next_price(x) : INT64_MIN;
    all->above[i] = !over && x->side == SIDE_SHORT ? next_price(x) : INT64_MAX;
}

/* The oldest that is over, else the oldest that lives: what ended with this very bar is looked at by others yet, and goes
 * only where there is nothing else. */
static void drop_one(struct structures *all, when_t now) {
    uint32_t over = all->n, alive = all->n, at;
    for (uint32_t i = all->n; i-- > 0;) {
        const struct structure *x = &all->item[i];
        if (!structure_is_over(x))
            alive = i;
        else if (x->changed.ns != now.ns)
            over = i;
    }
    at = over < all->n ? over : alive < all->n ? alive : 0;
    all->n--;
    memmove(&all->item[at], &all->item[at + 1], (all->n - at) * sizeof all->item[0]);
    memmove(&all->below[at], &all->below[at + 1], (all->n - at) * sizeof all->below[0]);
    memmove(&all->above[at], &all->above[at + 1], (all->n - at) * sizeof all->above[0]);
}

struct structure *structure_add(struct market_context *m, const struct structure *x) {
    struct structures *all = &m->found[x->kind];
    if (all->n == STRUCTURES_MAX) drop_one(all, m->time);
    struct structure *to = &all->item[all->n++];
    *to = *x;
    to->id = ++m->structure_made;
    to->life = LIFE_FORMED;
    to->formed = to->changed = m->time;
    to->bar = m->bars;
    m->changed |= 1u << x->kind;
    set_trigger(all, all->n - 1);
    return to;
}

/* Bit i: something may happen to item i. Most bars find nothing, so this is without branches. */
static uint32_t hit_by(const struct structures *all, const struct bar *b) {
    uint32_t hit = 0;
    for (uint32_t i = 0; i < all->n; i++)
        hit |= (uint32_t)((b->low.v <= all->below[i]) | (b->high.v >= all->above[i])) << i;
    return hit;
}

uint32_t structures_step(struct market_context *m, enum structure_kind kind, const struct bar *b) {
    struct structures *all = &m->found[kind];
    uint32_t changed = 0;
    for (uint32_t left = hit_by(all, b); left != 0; left &= left - 1) {
        uint32_t i = (uint32_t)__builtin_ctz(left);
        struct structure *x = &all->item[i];
        enum life next = life_after(x, b);
        if (next <= x->life) continue;
        x->life = next;
        x->changed = m->time;
        set_trigger(all, i);
        changed |= 1u << i;
    }
    if (changed != 0) m->changed |= 1u << kind;
    return changed;
}

void structures_turn(struct market_context *m, enum structure_kind of, enum structure_kind to) {
    const struct structures *all = &m->found[of];
    if (!structure_changed(m, of)) return;
    for (uint32_t i = 0; i < all->n; i++) {
        const struct structure *x = &all->item[i];
        if (x->life != LIFE_INVALIDATED || x->changed.ns != m->time.ns) continue;
        structure_add(m, &(struct structure){.kind = to,
                                             .side = x->side == SIDE_LONG ? SIDE_SHORT : SIDE_LONG,
                                             .low = x->low,
                                             .high = x->high,
                                             .began = x->began});
    }
}

static void structure_snap(struct structure *x, struct snap *s) {
    snap_u32(s, &x->id);
    SNAP_ENUM(s, &x->side, SIDE_COUNT);
    SNAP_ENUM(s, &x->life, LIFE_COUNT);
    snap_bool(s, &x->reversal);
    snap_bool(s, &x->of_swing);
    SNAP_ENUM(s, &x->level, LEVEL_KIND_COUNT);
    snap_u16(s, &x->session);
    price_checked(s, &x->low, 4 * PRICE_MAX);
    price_checked(s, &x->high, 4 * PRICE_MAX);
    if (x->high.v < x->low.v) s->bad = true;
    snap_when(s, &x->began);
    snap_when(s, &x->formed);
    snap_when(s, &x->changed);
    snap_u64(s, &x->bar);
}

void structures_snap(struct market_context *m, enum structure_kind kind, struct snap *s) {
    struct structures *all = &m->found[kind];
    snap_count(s, &all->n, STRUCTURES_MAX);
    for (uint32_t i = 0; i < all->n; i++) {
        all->item[i].kind = kind;
        structure_snap(&all->item[i], s);
        if (all->item[i].session >= NAMED_SESSIONS_MAX) s->bad = true;
        set_trigger(all, i);
    }
}
