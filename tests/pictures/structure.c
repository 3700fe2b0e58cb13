/*
 * structure: swings, breaks, sweeps, gaps and blocks. Of all that the detectors found in a file the clearest life is drawn:
 * each stage at a bar of its own, near each other, nothing missing between the bars. Owns nothing.
 */
#include "tests/pictures/pictures.h"

#include <stdio.h>
#include <stdlib.h>

#define LIFE_BARS 38 /* from the beginning to the last thing shown */

/* Larger is clearer; below zero: not fit to be shown. */
typedef double score_fn(const struct book *b, const struct history *h);

static const struct history *clearest(const struct book *b, enum structure_kind kind, score_fn *score) {
    const struct history *best = NULL;
    double most = 0;
    for (uint32_t id = 1; id < b->histories; id++) {
        const struct history *h = &b->history[id];
        if (h->s.kind != kind || h->life[LIFE_FORMED] == NEVER || h->atr <= 0) continue;
        double s = score(b, h);
        if (s <= most) continue;
        most = s;
        best = h;
    }
    return best;
}

static bool without_holes(const struct book *b, uint32_t first, uint32_t last) {
    return last < b->n && b->bar[last].start.ns - b->bar[first].start.ns ==
                              (int64_t)(last - first) * b->bar[first].seconds * NS_PER_SEC;
}

static double size_of(const struct history *h) {
    return (double)(h->s.high.v - h->s.low.v) / h->atr;
}

static uint32_t apart(uint32_t from, uint32_t to) {
    return from == NEVER || to == NEVER || to < from ? 0 : to - from;
}

/* How far price goes the zone's own way within `bars` after bar `from`, in ATRs, before it closes beyond it. */
static double goes_away(const struct book *b, const struct history *h, uint32_t from, uint32_t bars) {
    double most = 0;
    for (uint32_t i = from; i < from + bars && i < b->n; i++) {
        const struct bar *x = &b->bar[i];
        bool low = h->s.side == SIDE_LONG;
        if (low ? x->close.v < h->s.low.v : x->close.v > h->s.high.v) return -1;
        double far = (double)(low ? x->high.v - h->s.high.v : h->s.low.v - x->low.v) / h->atr;
        most = far > most ? far : most;
    }
    return most;
}

/* ---- what all of them show ---- */

static price_t near_edge(const struct structure *s) {
    return s->side == SIDE_LONG ? s->high : s->low;
}

static price_t far_edge(const struct structure *s) {
    return s->side == SIDE_LONG ? s->low : s->high;
}

static void stage(const struct book *b, struct picture *p, const struct history *h, enum life l, const char *text) {
    static const enum marker_style styles[] = {[LIFE_FORMED] = MARKER_FORMED,
                                               [LIFE_TOUCHED] = MARKER_TOUCHED,
                                               [LIFE_FILLED] = MARKER_FILLED,
                                               [LIFE_INVALIDATED] = MARKER_INVALIDATED};
    _Static_assert(sizeof styles / sizeof styles[0] == LIFE_COUNT, "a marker for every life");
    uint32_t i = h->life[l];
    if (i == NEVER || b->bar[i].start.ns > p->candle[p->candle_count - 1].start.ns) return;
    const struct bar *x = &b->bar[i];
    price_t at = l == LIFE_FORMED || l == LIFE_INVALIDATED ? x->close
                 : l == LIFE_TOUCHED                       ? near_edge(&h->s)
                                                           : far_edge(&h->s);
    struct picture_marker *m = page_marker(p, styles[l], x->start, at, text);
    m->below = (h->s.side == SIDE_LONG) == (l != LIFE_FORMED);
    fact(b, text, i, at);
}

static when_t end_of(const struct book *b, uint32_t bar) {
    return bar == NEVER ? WHEN_NONE : bar_end(&b->bar[bar]);
}

static void zone_of(const struct book *b, struct picture *p, const struct history *h, enum zone_style style,
                    when_t from) {
    page_zone(p, style, from, end_of(b, h->life[LIFE_INVALIDATED]), h->s.low, h->s.high,
              structure_say(LANG_EN, h->s.kind, h->s.side));
}

/* ---- swings ---- */

static double score_swing(const struct book *b, const struct history *h) {
    uint32_t filled = h->life[LIFE_FILLED], over = h->life[LIFE_INVALIDATED];
    if (h->s.side != SIDE_SHORT || h->life[LIFE_TOUCHED] != NEVER) return -1;
    if (apart(h->life[LIFE_FORMED], filled) < 6 || apart(filled, over) < 4) return -1;
    if (apart(h->began, over) > LIFE_BARS || !without_holes(b, h->began - 10, over + 8)) return -1;
    int64_t low = INT64_MAX;
    for (uint32_t i = h->began; i <= filled; i++) low = b->bar[i].low.v < low ? b->bar[i].low.v : low;
    double beyond = (double)(b->bar[filled].high.v - h->s.high.v) / h->atr;
    return beyond > 0.3 ? (double)(h->s.high.v - low) / h->atr : -1;
}

bool picture_swing(const struct book *b, struct picture *p) {
    const struct history *h = clearest(b, STRUCTURE_SWING, score_swing);
    if (h == NULL) return false;
    uint32_t k = b->config->levels.swing_bars, first = h->began - 10, last = h->life[LIFE_INVALIDATED] + 8;
    *p = page(b, first, last, 1, "Swing high: above the three bars before and after it");
    page_level(p, h->s.high, b->bar[h->began].start, end_of(b, h->life[LIFE_INVALIDATED]), "swing high");
    page_marker(p, MARKER_HIGH, b->bar[h->began].start, h->s.high, "swing high");
    fact(b, "swing high", h->began, h->s.high);
    page_zone(p, ZONE_SESSION, b->bar[h->began - k].start, bar_end(&b->bar[h->began + k]), PRICE_ZERO, PRICE_ZERO,
              "3 + 1 + 3 bars");
    stage(b, p, h, LIFE_FORMED, "known here");
    stage(b, p, h, LIFE_FILLED, "filled: traded beyond");
    stage(b, p, h, LIFE_INVALIDATED, "over: closed beyond");
    for (uint32_t id = 1; id < b->histories; id++) {
        const struct history *x = &b->history[id];
        if (x->s.kind != STRUCTURE_SWING || x == h || x->began < first || x->life[LIFE_FORMED] > last) continue;
        page_marker(p, x->s.side == SIDE_SHORT ? MARKER_HIGH : MARKER_LOW, b->bar[x->began].start, x->s.high, "");
    }
    return true;
}

/* ---- breaks ---- */

static const struct history *neighbour(const struct book *b, const struct history *h, int step) {
    for (uint32_t id = h->s.id + (uint32_t)step; id > 0 && id < b->histories; id += (uint32_t)step) {
        if (b->history[id].s.kind == h->s.kind) return &b->history[id];
    }
    return NULL;
}

static double score_break(const struct book *b, const struct history *h) {
    const struct history *before = neighbour(b, h, -1), *next = neighbour(b, h, 1);
    uint32_t at = h->life[LIFE_FORMED];
    if (!h->s.reversal || before == NULL || next == NULL || next->s.side != h->s.side || next->began < at) return -1;
    if (apart(before->life[LIFE_FORMED], at) < 8 || apart(before->began, next->life[LIFE_FORMED]) > 48) return -1;
    if (apart(at, next->life[LIFE_FORMED]) < 6 || apart(h->began, at) < 6 || apart(before->began, before->life[0]) < 5)
        return -1;
    if (before->began < 6 || !without_holes(b, before->began - 6, next->life[LIFE_FORMED] + 8)) return -1;
    int64_t way = next->s.low.v - h->s.low.v;
    return (double)(h->s.side == SIDE_LONG ? way : -way) / h->atr;
}

static void break_at(const struct book *b, struct picture *p, const struct history *h, const char *text) {
    uint32_t i = h->life[LIFE_FORMED];
    page_level(p, h->s.low, b->bar[h->began].start, bar_end(&b->bar[i]),
               h->s.side == SIDE_LONG ? "swing high" : "swing low");
    page_marker(p, h->s.side == SIDE_LONG ? MARKER_HIGH : MARKER_LOW, b->bar[h->began].start, h->s.low, "");
    page_marker(p, MARKER_BREAK, b->bar[i].start, b->bar[i].close, text)->below = h->s.side == SIDE_SHORT;
    fact(b, "swing", h->began, h->s.low);
    fact(b, text, i, b->bar[i].close);
}

bool picture_break(const struct book *b, struct picture *p) {
    const struct history *h = clearest(b, STRUCTURE_BREAK, score_break);
    if (h == NULL) return false;
    const struct history *before = neighbour(b, h, -1), *next = neighbour(b, h, 1);
    *p = page(b, before->began - 6, next->life[LIFE_FORMED] + 8, 1, "Break of structure and change of character");
    break_at(b, p, before, before->s.side == SIDE_LONG ? "break upwards" : "break downwards");
    break_at(b, p, h, "change of character");
    break_at(b, p, next, next->s.side == SIDE_LONG ? "break upwards" : "break downwards");
    return true;
}

/* ---- sweeps ---- */

static double score_sweep(const struct book *b, const struct history *h) {
    uint32_t at = h->life[LIFE_FORMED];
    if (h->s.of_swing || h->s.side != SIDE_SHORT || apart(h->began, at) != 2) return -1;
    if (h->s.level != LEVEL_PREVIOUS_HIGH || size_of(h) < 0.6 || h->began < 30) return -1;
    if (!without_holes(b, h->began - 24, at + 24)) return -1;
    return goes_away(b, h, at, 20);
}

bool picture_sweep(const struct book *b, struct picture *p) {
    const struct history *h = clearest(b, STRUCTURE_SWEEP, score_sweep);
    char name[LEVEL_NAME_MAX];
    if (h == NULL) return false;
    uint32_t at = h->life[LIFE_FORMED];
    *p = page(b, h->began - 24, at + 24, 1, "Liquidity sweep of the previous day’s high");
    level_say(name, LANG_EN, &b->config->calendars, h->s.level, h->s.session);
    page_level(p, h->s.low, WHEN_NONE, WHEN_NONE, name);
    page_zone(p, ZONE_SWEEP, b->bar[h->began].start, bar_end(&b->bar[at]), h->s.low, h->s.high, "sweep");
    page_marker(p, MARKER_SWEEP, b->bar[h->began].start, h->s.low, "trades beyond");
    page_marker(p, MARKER_FORMED, b->bar[at].start, b->bar[at].close, "closes back: formed")->below = true;
    fact(b, "trades beyond", h->began, h->s.low);
    fact(b, "between", h->began + 1, h->s.high);
    fact(b, "closes back", at, b->bar[at].close);
    return true;
}

/* ---- gaps ---- */

static double score_gap(const struct book *b, const struct history *h) {
    uint32_t touched = h->life[LIFE_TOUCHED], filled = h->life[LIFE_FILLED], over = h->life[LIFE_INVALIDATED];
    if (h->s.side != SIDE_LONG || apart(h->life[LIFE_FORMED], touched) < 5) return -1;
    if (apart(touched, filled) < 3 || apart(filled, over) < 3 || apart(h->began, over) > LIFE_BARS) return -1;
    return without_holes(b, h->began - 10, over + 8) ? size_of(h) : -1;
}

bool picture_gap(const struct book *b, struct picture *p) {
    const struct history *h = clearest(b, STRUCTURE_GAP, score_gap);
    if (h == NULL) return false;
    const struct bar *middle = &b->bar[h->began];
    *p = page(b, h->began - 10, h->life[LIFE_INVALIDATED] + 8, 1, "Fair value gap and its life");
    zone_of(b, p, h, ZONE_GAP, middle->start);
    page_marker(p, MARKER_HIGH, middle[-1].start, middle[-1].high, "high of the 1st bar");
    page_marker(p, MARKER_LOW, middle[1].start, middle[1].low, "low of the 3rd bar")->below = true;
    fact(b, "1st bar", h->began - 1, h->s.low);
    fact(b, "3rd bar", h->began + 1, h->s.high);
    stage(b, p, h, LIFE_FORMED, "formed");
    stage(b, p, h, LIFE_TOUCHED, "touched");
    stage(b, p, h, LIFE_FILLED, "filled");
    stage(b, p, h, LIFE_INVALIDATED, "over: closed below");
    return true;
}

/* ---- what turned round ---- */

/* What it was before it turned. */
static const struct history *origin(const struct book *b, const struct history *h, enum structure_kind kind) {
    for (uint32_t id = h->s.id - 1; id > 0; id--) {
        const struct history *x = &b->history[id];
        if (x->s.kind == kind && x->life[LIFE_INVALIDATED] == h->life[LIFE_FORMED] && x->s.low.v == h->s.low.v &&
            x->s.high.v == h->s.high.v)
            return x;
    }
    return NULL;
}

static double score_turned(const struct book *b, const struct history *h, enum structure_kind of) {
    const struct history *was = origin(b, h, of);
    uint32_t touched = h->life[LIFE_TOUCHED];
    if (was == NULL || size_of(h) < 0.9 || apart(was->life[LIFE_FORMED], h->life[LIFE_FORMED]) < 5) return -1;
    if (apart(h->life[LIFE_FORMED], touched) < 4 || apart(was->began, touched) > LIFE_BARS) return -1;
    if (was->began < 14 || !without_holes(b, was->began - 10, touched + 14)) return -1;
    return goes_away(b, h, touched, 14);
}

static double score_inverse_gap(const struct book *b, const struct history *h) {
    return score_turned(b, h, STRUCTURE_GAP);
}

static double score_breaker(const struct book *b, const struct history *h) {
    return score_turned(b, h, STRUCTURE_ORDER_BLOCK);
}

static void turned(const struct book *b, struct picture *p, const struct history *was, const struct history *h,
                   const enum zone_style style[2]) {
    uint32_t turn = h->life[LIFE_FORMED];
    zone_of(b, p, was, style[0], b->bar[was->began].start);
    zone_of(b, p, h, style[1], bar_end(&b->bar[turn]));
    fact(b, "where it lies: low", was->began, h->s.low);
    fact(b, "where it lies: high", was->began, h->s.high);
    stage(b, p, was, LIFE_FORMED, "formed");
    stage(b, p, h, LIFE_FORMED, h->s.side == SIDE_SHORT ? "closed below: turned" : "closed above: turned");
    stage(b, p, h, LIFE_TOUCHED, "touched from the other side");
}

bool picture_inverse_gap(const struct book *b, struct picture *p) {
    static const enum zone_style style[2] = {ZONE_GAP, ZONE_INVERSE_GAP};
    const struct history *h = clearest(b, STRUCTURE_INVERSE_GAP, score_inverse_gap);
    if (h == NULL) return false;
    const struct history *was = origin(b, h, STRUCTURE_GAP);
    *p = page(b, was->began - 10, h->life[LIFE_TOUCHED] + 14, 1, "Inverse fair value gap");
    turned(b, p, was, h, style);
    fact(b, "1st bar", was->began - 1, PRICE_ZERO);
    fact(b, "3rd bar", was->began + 1, PRICE_ZERO);
    return true;
}

bool picture_breaker(const struct book *b, struct picture *p) {
    static const enum zone_style style[2] = {ZONE_ORDER_BLOCK, ZONE_BREAKER};
    const struct history *h = clearest(b, STRUCTURE_BREAKER, score_breaker);
    if (h == NULL) return false;
    const struct history *was = origin(b, h, STRUCTURE_ORDER_BLOCK);
    *p = page(b, was->began - 10, h->life[LIFE_TOUCHED] + 14, 1, "Breaker block");
    turned(b, p, was, h, style);
    return true;
}

/* ---- order blocks ---- */

static const struct history *break_of(const struct book *b, const struct history *block) {
    for (uint32_t id = block->s.id - 1; id > 0; id--) {
        const struct history *x = &b->history[id];
        if (x->s.kind == STRUCTURE_BREAK && x->s.side == block->s.side &&
            x->life[LIFE_FORMED] == block->life[LIFE_FORMED])
            return x;
    }
    return NULL;
}

static double score_order_block(const struct book *b, const struct history *h) {
    const struct history *made = break_of(b, h);
    uint32_t touched = h->life[LIFE_TOUCHED];
    if (made == NULL || size_of(h) < 0.7 || apart(h->began, h->life[LIFE_FORMED]) < 3) return -1;
    if (apart(made->began, h->began) < 4 || apart(h->life[LIFE_FORMED], touched) < 5) return -1;
    if (apart(made->began, touched) > LIFE_BARS || made->began < 8) return -1;
    return without_holes(b, made->began - 8, touched + 16) ? goes_away(b, h, touched, 16) : -1;
}

bool picture_order_block(const struct book *b, struct picture *p) {
    const struct history *h = clearest(b, STRUCTURE_ORDER_BLOCK, score_order_block);
    if (h == NULL) return false;
    const struct history *made = break_of(b, h);
    bool up = h->s.side == SIDE_LONG;
    *p = page(b, made->began - 8, h->life[LIFE_TOUCHED] + 16, 1, "Order block behind a break of structure");
    zone_of(b, p, h, ZONE_ORDER_BLOCK, b->bar[h->began].start);
    break_at(b, p, made, up ? "break upwards: formed" : "break downwards: formed");
    page_marker(p, up ? MARKER_LOW : MARKER_HIGH, b->bar[h->began].start, far_edge(&h->s),
                up ? "last bar that closed down" : "last bar that closed up")
        ->below = up;
    fact(b, "its bar", h->began, h->s.low);
    stage(b, p, h, LIFE_TOUCHED, "touched");
    return true;
}
