/*
 * prices: the panel of candles from back to front: zones and profile, volume, candles, lines. Names are put in names.c. Owns
 * nothing.
 */
#include "bot/draw/layout_priv.h"

#include <math.h>
#include <stdlib.h>

#include "engine/base/mem.h"

#define VOLUME_SHARE 0.15 /* of the height */
#define BODY_SHARE 0.7    /* of a candle's slot */
#define HOLLOW_MIN 2.4    /* narrower bodies show no hollow */

bool in_sight(const struct frame *f, price_t p) {
    return p.v >= f->price_scale.low && p.v <= f->price_scale.high;
}

static double left_of(const struct frame *f, when_t t) {
    return t.ns == WHEN_NONE.ns ? f->line.left : line_x(&f->line, t);
}

static double right_of(const struct frame *f, when_t t) {
    return t.ns == WHEN_NONE.ns ? f->line.right : line_x(&f->line, t);
}

static double y_of(const struct frame *f, price_t p) {
    return scale_y(&f->price_scale, p);
}

/* ---- behind ---- */

struct box zone_box(const struct frame *f, const struct picture_zone *z) {
    double left = left_of(f, z->from), right = right_of(f, z->to);
    double top = z->tall ? f->prices.y : y_of(f, z->high);
    double bottom = z->tall ? f->prices.y + f->prices.h : y_of(f, z->low);
    if (top < f->prices.y) top = f->prices.y;
    if (bottom > f->prices.y + f->prices.h) bottom = f->prices.y + f->prices.h;
    return (struct box){left, top, right > left + 2 ? right - left : 2, bottom > top + 1 ? bottom - top : 1};
}

static bool zone_in_sight(const struct frame *f, const struct picture_zone *z) {
    const struct picture *p = f->p;
    int64_t end = p->candle[p->candle_count - 1].start.ns + p->candle_seconds * NS_PER_SEC;
    if (z->from.ns != WHEN_NONE.ns && z->from.ns >= end) return false;
    if (z->to.ns != WHEN_NONE.ns && z->to.ns <= p->candle[0].start.ns) return false;
    return z->tall || (z->high.v >= f->price_scale.low && z->low.v <= f->price_scale.high);
}

static void zones(struct frame *f) {
    for (uint32_t i = 0; i < f->p->zone_count; i++) {
        const struct picture_zone *z = &f->p->zones[i];
        if (!zone_in_sight(f, z)) continue;
        struct box b = zone_box(f, z);
        ops_add(f->o, OP_FILL, zone_ink(z->style), b)->alpha = z->tall || z->style == ZONE_SESSION ? 26 : 48;
        if (z->tall) continue;
        struct op *edge = ops_add(f->o, OP_BORDER, zone_ink(z->style), b);
        edge->alpha = z->style == ZONE_SESSION ? 130 : 220;
        edge->dash = z->style == ZONE_INVERSE_GAP || z->style == ZONE_BREAKER ? DASH_SHORT : DASH_NONE;
    }
}

static void profile(struct frame *f) {
    const struct picture_profile *p = &f->p->profile;
    double most = 0, left = left_of(f, p->from), width = right_of(f, p->to) - left;
    bool either_way = false;
    for (uint32_t i = 0; i < p->n; i++) {
        if (fabs(p->bin[i].weight) > most) most = fabs(p->bin[i].weight);
        either_way |= p->bin[i].weight < 0;
    }
    if (most <= 0 || width <= 0) return;
    double base = either_way ? left + width / 2 : left, reach = either_way ? width / 2 : width;
    for (uint32_t i = 0; i < p->n; i++) {
        const struct picture_bin *b = &p->bin[i];
        double top = y_of(f, b->high), height = y_of(f, b->low) - top, long_ = b->weight / most * reach;
        struct box box = {long_ < 0 ? base + long_ : base, top + 0.25, fabs(long_), height > 1 ? height - 0.5 : 0.5};
        enum ink ink = !either_way ? INK_SESSION : b->weight < 0 ? INK_DOWN : INK_UP;
        ops_add(f->o, OP_FILL, ink, box)->alpha = b->marked || either_way ? 120 : 56;
    }
    if (either_way)
        ops_line(f->o, INK_FRAME, 1, (struct spot){base, f->prices.y}, (struct spot){base, f->prices.y + f->prices.h});
}

static void volume(struct frame *f) {
    const struct picture *p = f->p;
    int64_t most = 0;
    for (uint32_t i = 0; i < p->candle_count; i++) most = p->candle[i].volume > most ? p->candle[i].volume : most;
    if (most == 0) return;
    double bottom = f->prices.y + f->prices.h, width = f->line.slot * BODY_SHARE;
    for (uint32_t i = 0; i < p->candle_count; i++) {
        double height = (double)p->candle[i].volume / (double)most * f->prices.h * VOLUME_SHARE;
        struct box b = {line_candle(&f->line, i) - width / 2, bottom - height, width, height};
        ops_add(f->o, OP_FILL, INK_SESSION, b)->alpha = 90;
    }
}

void prices_behind(struct frame *f) {
    ops_add(f->o, OP_CLIP, INK_PAPER, f->prices);
    zones(f);
    profile(f);
    if (f->p->volume) volume(f);
    ops_add(f->o, OP_UNCLIP, INK_PAPER, f->prices);
}

/* ---- candles ---- */

static void candle(struct frame *f, uint32_t i) {
    const struct picture_candle *c = &f->p->candle[i];
    double x = line_candle(&f->line, i), width = f->line.slot * BODY_SHARE;
    double high = y_of(f, c->high), low = y_of(f, c->low), open = y_of(f, c->open), close = y_of(f, c->close);
    bool up = c->close.v >= c->open.v;
    enum ink ink = up ? INK_UP : INK_DOWN;
    double top = up ? close : open, bottom = up ? open : close, thick = f->line.slot < 4 ? 1 : 1.3;
    if (width < 1) width = f->line.slot;
    if (bottom - top < 1) bottom = top + 1;
    struct box body = {x - width / 2, top, width, bottom - top};
    f->candle[i] = (struct box){x - f->line.slot / 2, high, f->line.slot, low - high};
    if (up && width >= HOLLOW_MIN) {
        ops_line(f->o, ink, thick, (struct spot){x, high}, (struct spot){x, top});
        ops_line(f->o, ink, thick, (struct spot){x, bottom}, (struct spot){x, low});
        ops_add(f->o, OP_FILL, INK_PAPER, body);
        ops_add(f->o, OP_BORDER, ink, body)->thick = thick;
        return;
    }
    ops_line(f->o, ink, thick, (struct spot){x, high}, (struct spot){x, low});
    ops_add(f->o, OP_FILL, ink, body);
}

void prices_candles(struct frame *f) {
    f->candle = xcalloc(f->p->candle_count, sizeof *f->candle);
    ops_add(f->o, OP_CLIP, INK_PAPER, f->prices);
    for (uint32_t i = 0; i < f->p->candle_count; i++) candle(f, i);
    ops_add(f->o, OP_UNCLIP, INK_PAPER, f->prices);
    f->placing = (struct placing){.area = f->prices,
                                  .candle = f->candle,
                                  .candles = f->p->candle_count,
                                  .left = f->line.left,
                                  .slot = f->line.slot};
}

/* ---- before ---- */

static void levels(struct frame *f) {
    static const uint8_t dashes[] = {
        [LEVEL_LINE] = DASH_NONE, [LEVEL_ENTRY] = DASH_NONE, [LEVEL_STOP] = DASH_SHORT, [LEVEL_TARGET] = DASH_LONG};
    _Static_assert(sizeof dashes == LEVEL_STYLE_COUNT, "a dash for every style");
    for (uint32_t i = 0; i < f->p->level_count; i++) {
        const struct picture_level *l = &f->p->level[i];
        if (!in_sight(f, l->price)) continue;
        double left = left_of(f, l->from), right = right_of(f, l->to), y = y_of(f, l->price);
        struct op *op = ops_add(f->o, OP_LINE, level_ink(l->style), (struct box){left, y, right - left, 0});
        op->thick = l->style == LEVEL_ENTRY ? 1.8 : 1.5;
        op->dash = (enum dash)dashes[l->style];
        if (right >= f->line.right) continue;
        struct op *rest = ops_add(f->o, OP_LINE, INK_FRAME, (struct box){right, y, f->line.right - right, 0});
        rest->dash = DASH_SHORT;
        rest->alpha = 140;
    }
}

static void path(struct frame *f, const struct picture_path *p, enum ink ink) {
    uint32_t n = 0;
    struct spot *spot = xcalloc(2 * (size_t)p->n + 2, sizeof *spot);
    for (uint32_t i = 0; i < p->n; i++) {
        double x = p->style == PATH_STEP ? line_x(&f->line, p->point[i].at) : line_marker(&f->line, p->point[i].at);
        double y = y_of(f, p->point[i].value);
        if (p->style == PATH_STEP && n > 0) {
            spot[n] = (struct spot){x, spot[n - 1].y};
            n++;
        }
        spot[n++] = (struct spot){x, y};
    }
    ops_polyline(f->o, ink, 1.8, spot, n)->dash = p->style == PATH_STEP ? DASH_SHORT : DASH_NONE;
    free(spot);
}

static void paths(struct frame *f) {
    static const enum ink lines[] = {INK_ORDER_BLOCK, INK_INVERSE_GAP, INK_GAP, INK_BREAKER};
    for (uint32_t i = 0; i < f->p->path_count; i++) {
        const struct picture_path *p = &f->p->path[i];
        path(f, p, p->style == PATH_STEP ? INK_DOWN : lines[i % (sizeof lines / sizeof lines[0])]);
    }
}

void prices_before(struct frame *f) {
    ops_add(f->o, OP_CLIP, INK_PAPER, f->prices);
    levels(f);
    paths(f);
    ops_add(f->o, OP_UNCLIP, INK_PAPER, f->prices);
    markers(f);
    names_of_zones(f);
    names_column(f);
}
