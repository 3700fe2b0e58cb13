/*
 * scale: where figures and instants lie, and which of them an axis names. Pure: no pixel is painted here.
 */
#ifndef MIA_BOT_DRAW_SCALE_H
#define MIA_BOT_DRAW_SCALE_H

#include "bot/draw/picture.h"

#define TICKS_MAX 64
#define TICK_TEXT_MAX 48

/* ---- upwards: prices, money ---- */

struct scale {
    int64_t low, high;  /* what lies at the lower and at the upper edge; low < high */
    double bottom, top; /* their places: y grows downwards */
};
/* From the extremes of what is to be seen, with `room` of the height left free above and below (a share of it); never flatter
 * than one unit of the last decimal. */
struct scale scale_of(int64_t low, int64_t high, int32_t decimals, double room_above, double room_below);
double scale_y(const struct scale *s, price_t p); /* also beyond the edges, within +-SCALE_FAR */
#define SCALE_FAR 20000.0

struct ticks {
    uint32_t n;
    int64_t at[TICKS_MAX];
};
/* Multiples of 1, 2 or 5 times a power of ten, no finer than the decimals, at least `apart` points from each other. */
void scale_ticks(const struct scale *s, int32_t decimals, double apart, struct ticks *out);

/* ---- along: candles side by side, whatever lies between them, or plain time where there are none ---- */

struct line {
    double left, right;
    double slot; /* width of a candle with its gap */
    const struct picture_candle *candle;
    uint32_t n;
    int64_t seconds; /* of a candle */
    when_t from, to; /* without candles */
};
double line_candle(const struct line *l, uint32_t i); /* its middle */
double line_x(const struct line *l, when_t t);        /* an instant: the start of a candle is its left edge */
uint32_t line_at(const struct line *l, when_t t); /* the candle that holds t, or the last one before it, or the first */
double line_marker(const struct line *l, when_t t); /* the middle of the candle that holds t */

struct time_tick {
    double x;
    bool context; /* of the second row: the day, the year */
    char text[TICK_TEXT_MAX];
};
struct time_ticks {
    uint32_t n;
    struct time_tick item[2 * TICKS_MAX];
};
/* Width of a text of the axis. */
typedef double text_width_fn(void *context, const char *text, double size, bool bold);
struct measure {
    text_width_fn *width;
    void *context;
};
/* Round hours, days, months, years in `z`, as close as their names allow; below them the day (or the year) where it begins. */
void line_ticks(const struct line *l, const struct zone *z, enum lang lang, const struct measure *m, double size,
                struct time_ticks *out);

#endif
