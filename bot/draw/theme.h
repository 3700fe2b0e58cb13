/*
 * theme: the colours of a picture by their parts. Text has a contrast of at least 4.5 to 1 with the paper, what carries a
 * meaning at least 3 to 1; rising and falling are blue and orange and hollow and filled, never red and green.
 */
#ifndef MIA_BOT_DRAW_THEME_H
#define MIA_BOT_DRAW_THEME_H

#include "bot/draw/picture.h"

enum ink {
    INK_PAPER,
    INK_TEXT,
    INK_MUTED, /* text that is second */
    INK_GRID,
    INK_FRAME,
    INK_UP,
    INK_DOWN,
    INK_LEVEL, /* lines and what belongs to them */
    INK_GAP,
    INK_INVERSE_GAP,
    INK_ORDER_BLOCK,
    INK_BREAKER,
    INK_SWEEP,
    INK_SESSION,
    INK_COUNT
};

struct colour {
    uint8_t red, green, blue;
};
struct colour theme_colour(enum picture_theme t, enum ink i);
bool ink_is_text(enum ink i);     /* text is written in it */
bool ink_has_meaning(enum ink i); /* something is told by it */
enum ink zone_ink(enum zone_style s);
enum ink level_ink(enum level_style s);

#endif
