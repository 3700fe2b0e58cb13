/*
 * ops: a picture as the list of what is painted, one after the other, in points of the screen (the painter multiplies by the
 * scale). The layout appends, the painter reads; tests read it, too. Bounded: what does not fit makes the list full, and a
 * full list is not painted.
 */
#ifndef MIA_BOT_DRAW_OPS_H
#define MIA_BOT_DRAW_OPS_H

#include "bot/draw/theme.h"

#define OPS_MAX 60000
#define OPS_POINTS_MAX 60000
#define OPS_TEXT_MAX (1u << 20)
#define OPS_OPAQUE 255

struct box {
    double x, y, w, h; /* y grows downwards; x, y: the upper left corner */
};

enum op_kind {
    OP_CLIP,    /* nothing outside the box from here on */
    OP_UNCLIP,  /* all of the picture again */
    OP_FILL,    /* the box */
    OP_BORDER,  /* the box's edge */
    OP_LINE,    /* from (x, y) to (x + w, y + h) */
    OP_POLYGON, /* its points, filled */
    OP_POLYLINE,
    OP_DISC,   /* around (x, y), radius w */
    OP_CIRCLE, /* its edge */
    OP_TEXT,   /* begins at (x, y), on its base line; w wide */
    OP_KIND_COUNT
};
enum dash { DASH_NONE, DASH_SHORT, DASH_LONG };

struct op {
    enum op_kind kind;
    enum ink ink;
    uint8_t alpha; /* OPS_OPAQUE: nothing shines through */
    bool bold;
    enum dash dash;
    double thick; /* of a line */
    struct box box;
    double size;    /* of a text */
    uint32_t at, n; /* its points, or where its text begins */
};
struct spot {
    double x, y;
};
struct ops {
    struct op *op;
    struct spot *point;
    struct buf text; /* each text with a zero behind it */
    uint32_t n, cap, points, points_cap;
    bool full;
};

void ops_init(struct ops *o);
void ops_clear(struct ops *o);
struct op *ops_add(struct ops *o, enum op_kind kind, enum ink ink, struct box box); /* never NULL; change it at once */
void ops_line(struct ops *o, enum ink ink, double thick, struct spot from, struct spot to);
void ops_polygon(struct ops *o, enum ink ink, const struct spot *point, uint32_t n);
struct op *ops_polyline(struct ops *o, enum ink ink, double thick, const struct spot *point, uint32_t n);
/* `y` is the middle of its capitals; x its left end. */
struct op *ops_text(struct ops *o, enum ink ink, const char *text, double size, struct spot left_middle, double width);
const char *ops_text_of(const struct ops *o, const struct op *op);

static inline bool boxes_meet(const struct box *a, const struct box *b) {
    return a->x < b->x + b->w && b->x < a->x + a->w && a->y < b->y + b->h && b->y < a->y + a->h;
}
static inline bool box_holds(const struct box *outer, const struct box *inner) {
    return inner->x >= outer->x && inner->y >= outer->y && inner->x + inner->w <= outer->x + outer->w &&
           inner->y + inner->h <= outer->y + outer->h;
}

#endif
