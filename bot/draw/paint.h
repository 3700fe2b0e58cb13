/*
 * paint: a list as pixels, a PNG. paint.c is the only user of cairo, and only mia-draw links it.
 */
#ifndef MIA_BOT_DRAW_PAINT_H
#define MIA_BOT_DRAW_PAINT_H

#include "bot/draw/ops.h"
#include "bot/draw/scale.h"

#define PAINT_PNG_MAX (16u << 20)

struct painter;
struct painter *painter_new(int32_t width, int32_t height, int32_t scale, enum picture_theme theme, struct err *e);
void painter_free(struct painter *p); /* p may be NULL */
struct measure painter_measure(struct painter *p);
/* Paints all of the list and appends the PNG. */
int painter_png(struct painter *p, const struct ops *ops, struct buf *png, struct err *e);

#endif
