/*
 * png: pixels as a PNG of at most 256 colours: a third of the bytes of true colour, and sooner packed. A picture of lines and
 * text has a few colours and the shades of their edges; shades that are rare and near another take that one's place.
 */
#ifndef MIA_BOT_DRAW_PNG_H
#define MIA_BOT_DRAW_PNG_H

#include "engine/base/buf.h"
#include "engine/base/err.h"

struct pixels {
    const uint8_t *row; /* of 32-bit words, 0x..RRGGBB */
    size_t stride;      /* bytes from one row to the next */
    int32_t width, height;
};
/* Appends; the same pixels give the same bytes. */
int png_write(const struct pixels *p, struct buf *out, struct err *e);

#endif
