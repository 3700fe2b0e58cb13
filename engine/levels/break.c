/*
 * break: the newest living swing high is closed above (or low below): a break of
 * structure; against the trend of the break before, a change of character. Owns the
 * breaks and the trend that they tell.
 */
#include "engine/levels/levels.h"

/* The newest swing of that side that this bar has closed beyond. */
static const struct structure *broken(const struct market_context *m, enum side of) {
    const struct structures *all = &m->found[STRUCTURE_SWING];
    for (uint32_t i = all->n; i-- > 0;) {
        const struct structure *x = &all->item[i];
        if (x->side == of && x->life == LIFE_INVALIDATED && x->changed.ns == m->time.ns) return x;
    }
    return NULL;
}

static void add(struct market_context *m, const struct structure *swing, enum side way) {
    structure_add(m, &(struct structure){.kind = STRUCTURE_BREAK,
                                         .side = way,
                                         .reversal = m->trend_known && m->trend != way,
                                         .low = swing->low,
                                         .high = swing->high,
                                         .began = swing->began});
    m->trend = way;
    m->trend_known = true;
}

static void break_bar(struct market_context *m, const struct level_view *v) {
    structures_step(m, STRUCTURE_BREAK, v->bar);
    if (!structure_changed(m, STRUCTURE_SWING)) return;
    const struct structure *high = broken(m, SIDE_SHORT), *low = broken(m, SIDE_LONG);
    if (high != NULL) add(m, high, SIDE_LONG);
    if (low != NULL) add(m, low, SIDE_SHORT);
}

static void break_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    (void)c;
    structures_snap(m, STRUCTURE_BREAK, s);
    SNAP_ENUM(s, &m->trend, SIDE_COUNT);
    snap_bool(s, &m->trend_known);
}

const struct detector detector_break = {
    .name = "break",
    .summary = {"Break of structure and change of character", "Cassure de structure et changement de caractère"},
    .bar = break_bar,
    .snap = break_snap,
};
