/*
 * ops: the list and its limits. Owns the memory of a list, which its user clears.
 */
#include "bot/draw/ops.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

#define CAPITALS 0.729 /* height of a capital, of the size: DejaVu Sans */

void ops_init(struct ops *o) {
    memset(o, 0, sizeof *o);
    buf_init(&o->text, OPS_TEXT_MAX);
}

void ops_clear(struct ops *o) {
    free(o->op);
    free(o->point);
    buf_clear(&o->text);
    memset(o, 0, sizeof *o);
}

struct op *ops_add(struct ops *o, enum op_kind kind, enum ink ink, struct box box) {
    if (o->n == o->cap) {
        o->cap = o->cap > 0 ? 2 * o->cap : 1024;
        o->op = xreallocarray(o->op, o->cap, sizeof *o->op);
    }
    if (o->n == OPS_MAX) { /* the last one is written over, and nothing of it is painted */
        o->full = true;
        o->n--;
    }
    struct op *op = &o->op[o->n++];
    *op = (struct op){.kind = kind, .ink = ink, .alpha = OPS_OPAQUE, .thick = 1, .box = box};
    return op;
}

void ops_line(struct ops *o, enum ink ink, double thick, struct spot from, struct spot to) {
    ops_add(o, OP_LINE, ink, (struct box){from.x, from.y, to.x - from.x, to.y - from.y})->thick = thick;
}

static struct op *with_points(struct ops *o, enum op_kind kind, enum ink ink, const struct spot *point, uint32_t n) {
    struct op *op = ops_add(o, kind, ink, (struct box){0, 0, 0, 0});
    if (n > OPS_POINTS_MAX - o->points) {
        o->full = true;
        return op;
    }
    while (o->points_cap - o->points < n) {
        o->points_cap = o->points_cap > 0 ? 2 * o->points_cap : 1024;
        o->point = xreallocarray(o->point, o->points_cap, sizeof *o->point);
    }
    op->at = o->points;
    op->n = n;
    for (uint32_t i = 0; i < n; i++) o->point[o->points++] = point[i];
    return op;
}

void ops_polygon(struct ops *o, enum ink ink, const struct spot *point, uint32_t n) {
    with_points(o, OP_POLYGON, ink, point, n);
}

struct op *ops_polyline(struct ops *o, enum ink ink, double thick, const struct spot *point, uint32_t n) {
    struct op *op = with_points(o, OP_POLYLINE, ink, point, n);
    op->thick = thick;
    return op;
}

struct op *ops_text(struct ops *o, enum ink ink, const char *text, double size, struct spot left_middle, double width) {
    double base = left_middle.y + CAPITALS * size / 2;
    struct op *op = ops_add(o, OP_TEXT, ink, (struct box){left_middle.x, base, width, 0});
    op->size = size;
    op->at = (uint32_t)o->text.len;
    op->n = (uint32_t)strlen(text);
    buf_add(&o->text, text, op->n + 1);
    if (o->text.overflow) o->full = true;
    return op;
}

const char *ops_text_of(const struct ops *o, const struct op *op) {
    return op->kind == OP_TEXT ? o->text.p + op->at : "";
}
