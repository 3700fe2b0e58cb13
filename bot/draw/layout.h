/*
 * layout: a picture as a list of what is painted. Pure: the widths of texts are asked of the caller, so that it can be tested
 * without a font and without cairo. Smallest text: LAYOUT_TEXT points, which a phone shows legibly.
 */
#ifndef MIA_BOT_DRAW_LAYOUT_H
#define MIA_BOT_DRAW_LAYOUT_H

#include "bot/draw/ops.h"
#include "bot/draw/scale.h"

#define LAYOUT_TEXT 13.0
#define LAYOUT_TITLE 17.0

/* `z` is the zone that the picture names; NULL: UTC. -1: the picture holds more than can be painted. */
int layout_picture(const struct picture *p, const struct zone *z, const struct measure *m, struct ops *out,
                   struct err *e);

#endif
