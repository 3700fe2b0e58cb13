/*
 * gap: a fair value gap, three bars of which the first and the last do not overlap. The
 * zone lies between them; it supports where price left it upwards. Owns the gaps.
 */
#include "engine/levels/levels.h"

static bool is_wide(const struct market_context *m, const struct level_view *v, int64_t size) {
    return size >= v->instrument->tick.v && (double)size * 1e6 >= m->atr * (double)v->config->gap_atr_ppm;
}

static void gap_bar(struct market_context *m, const struct level_view *v) {
    const struct bar *b = v->bar, *first = context_bar_at(m, 2);
    structures_step(m, STRUCTURE_GAP, b);
    if (first == NULL || m->atr <= 0) return;
    struct structure x = {.kind = STRUCTURE_GAP, .began = context_bar_at(m, 1)->start};
    if (b->low.v > first->high.v && is_wide(m, v, b->low.v - first->high.v)) {
        x.side = SIDE_LONG;
        x.low = first->high;
        x.high = b->low;
        structure_add(m, &x);
    } else if (b->high.v < first->low.v && is_wide(m, v, first->low.v - b->high.v)) {
        x.side = SIDE_SHORT;
        x.low = b->high;
        x.high = first->low;
        structure_add(m, &x);
    }
}

static void gap_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    (void)c;
    structures_snap(m, STRUCTURE_GAP, s);
}

const struct detector detector_gap = {
    .name = "gap",
    .summary = {"Fair value gaps", "Fair value gaps (déséquilibres)"},
    .bar = gap_bar,
    .snap = gap_snap,
};
