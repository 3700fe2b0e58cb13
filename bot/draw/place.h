/*
 * place: where names stand so that none hides another. Pure.
 */
#ifndef MIA_BOT_DRAW_PLACE_H
#define MIA_BOT_DRAW_PLACE_H

#include "bot/draw/ops.h"

#define PLACED_MAX 512

/* Names of lines, one above the other: y[i] are the middles they would like, in any order; they are moved as little as
 * keeps them `height` apart and within the edges, in the order of their wishes. false: there is no room for all; nothing is
 * moved. */
bool place_column(double *y, uint32_t n, double height, double top, double bottom);

struct placing {
    struct box area;
    /* Side by side, each `slot` wide from `left` on: the candles, which a name rather does not cover. */
    const struct box *candle;
    uint32_t candles;
    double left, slot;
    struct box taken[PLACED_MAX];
    uint32_t n;
};
void place_taken(struct placing *p, struct box b); /* nothing may stand here */
/* How much of it lies on candles, 0..1. */
double place_hidden(const struct placing *p, const struct box *b);
/* A place of that size near (x, y), rather above than below; taken from then on. false: there is none near. */
struct place_wish {
    double x, y, w, h;
    double away; /* at least so far */
    bool below;
};
bool place_label(struct placing *p, const struct place_wish *w, struct box *out);

#endif
