/* pictures: what main.c lists. Each makes one picture from the book of its file; false: the file holds no such example. */
#ifndef MIA_TESTS_PICTURES_PICTURES_H
#define MIA_TESTS_PICTURES_PICTURES_H

#include "tests/pictures/book.h"

typedef bool picture_fn(const struct book *b, struct picture *out);
/* structure.c */
picture_fn picture_swing, picture_break, picture_sweep, picture_gap, picture_inverse_gap, picture_order_block,
    picture_breaker;
/* lines.c */
picture_fn picture_sessions, picture_opening, picture_pivots, picture_value, picture_confluence, picture_regime,
    picture_gamma;

#endif
