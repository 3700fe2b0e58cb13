/*
 * picture: the description of one picture, as plain data: what is to be seen, never where. Whoever wants a picture fills it,
 * writes it (picture_write) and hands the text to `mia-draw`, a process of its own, which reads it (picture_read), lays it
 * out (layout.h) and paints it. Everything is bounded and checked at the reading; nothing in it is trusted.
 *
 * As text it is one JSON object: instants are seconds since 1970, prices decimal strings. docs/ARCHITECTURE.md has one.
 */
#ifndef MIA_BOT_DRAW_PICTURE_H
#define MIA_BOT_DRAW_PICTURE_H

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/money.h"
#include "engine/base/when.h"

#define PICTURE_TEXT_MAX (2u << 20) /* bytes of a description */
#define PICTURE_WIDTH_MIN 240
#define PICTURE_WIDTH_MAX 2000
#define PICTURE_HEIGHT_MIN 160
#define PICTURE_HEIGHT_MAX 1600
#define PICTURE_SCALE_MAX 3
#define PICTURE_PIXELS_MAX 8000000 /* width x height x scale x scale */
#define PICTURE_CANDLES_MAX 2000
#define PICTURE_LEVELS_MAX 48
#define PICTURE_ZONES_MAX 96
#define PICTURE_MARKERS_MAX 128
#define PICTURE_PATHS_MAX 6
#define PICTURE_POINTS_MAX 4000 /* of one path or series */
#define PICTURE_BINS_MAX 256
#define PICTURE_TITLE_MAX 160
#define PICTURE_LABEL_MAX 96
#define PICTURE_DECIMALS_MAX PRICE_DIGITS
#define PICTURE_PRICE_MAX (1000000000LL * PRICE_SCALE) /* either way */
#define PICTURE_SECONDS_MAX (366 * 86400)              /* of a candle */
#define PICTURE_WHEN_MAX 7258118400LL                  /* from 1970 to the year 2200 */

enum picture_theme { THEME_LIGHT, THEME_DARK, THEME_COUNT };

struct picture_candle {
    when_t start;
    price_t open, high, low, close;
    int64_t volume;
};

enum level_style { LEVEL_LINE, LEVEL_ENTRY, LEVEL_STOP, LEVEL_TARGET, LEVEL_STYLE_COUNT };
struct picture_level {
    enum level_style style;
    price_t price;
    when_t from, to; /* WHEN_NONE: the edge of the picture */
    bool fit;        /* the scale reaches as far as this one; else it is shown where it is in sight */
    char name[PICTURE_LABEL_MAX];
};

enum zone_style {
    ZONE_GAP,
    ZONE_INVERSE_GAP,
    ZONE_ORDER_BLOCK,
    ZONE_BREAKER,
    ZONE_SWEEP,
    ZONE_SESSION,
    ZONE_CONFLUENCE,
    ZONE_TREND,
    ZONE_RANGE,
    ZONE_TRANSITION,
    ZONE_STYLE_COUNT
};
struct picture_zone {
    enum zone_style style;
    when_t from, to;   /* from < to, or WHEN_NONE: the edge */
    bool tall;         /* from top to bottom; else from low to high */
    price_t low, high; /* low <= high */
    char label[PICTURE_LABEL_MAX];
};

enum marker_style {
    MARKER_HIGH, /* a swing high: stands above its price, as all that follows from a high */
    MARKER_LOW,
    MARKER_FORMED,
    MARKER_TOUCHED,
    MARKER_FILLED,
    MARKER_INVALIDATED,
    MARKER_SWEEP,
    MARKER_BREAK,
    MARKER_BUY,
    MARKER_SELL,
    MARKER_EXIT,
    MARKER_STYLE_COUNT
};
struct picture_marker {
    enum marker_style style;
    when_t at; /* in the bar that holds it */
    price_t price;
    bool below;                    /* the label is rather below than above */
    char label[PICTURE_LABEL_MAX]; /* may be empty */
};

struct picture_point {
    when_t at;
    price_t value; /* of a series: any figure, as a decimal */
};
enum path_style { PATH_LINE, PATH_STEP, PATH_STYLE_COUNT };
struct picture_path { /* over the candles: an average, a stop that moves in steps */
    enum path_style style;
    char name[PICTURE_LABEL_MAX];
    uint32_t n;
    struct picture_point *point; /* in order of time */
};

struct picture_bin {
    price_t low, high;
    double weight; /* a negative one goes the other way */
    bool marked;
};
struct picture_profile { /* bars that lie on the prices, between two instants: volume, gamma */
    when_t from, to;
    uint32_t n;
    struct picture_bin *bin;
};

struct picture_series { /* a panel below the candles, or the whole picture where there are none */
    char name[PICTURE_LABEL_MAX];
    int32_t decimals;
    bool filled; /* down to zero, or to the lower edge */
    uint32_t n;
    struct picture_point *point;
};

struct picture {
    int32_t width, height, scale; /* in points of the screen; pixels a point */
    enum picture_theme theme;
    enum lang lang;
    char zone[ZONE_NAME_MAX]; /* of the time axis; empty: UTC */
    char title[PICTURE_TITLE_MAX], subtitle[PICTURE_TITLE_MAX];
    int32_t decimals;       /* of a price */
    int32_t candle_seconds; /* length of a candle */
    bool volume;            /* is to be shown */
    uint32_t candle_count, level_count, zone_count, marker_count, path_count;
    struct picture_candle *candle; /* in order of time */
    struct picture_level *level;
    struct picture_zone *zones;
    struct picture_marker *marker;
    struct picture_path path[PICTURE_PATHS_MAX];
    struct picture_profile profile;
    struct picture_series series;
};

/* Names as they stand in the text. */
const char *theme_name(enum picture_theme t);
const char *level_style_name(enum level_style s);
const char *zone_style_name(enum zone_style s);
const char *marker_style_name(enum marker_style s);
const char *path_style_name(enum path_style s);

/* *out is made anew; -1: *e says what is wrong, and *out is empty. picture_clear gives back what it holds (may be zero). */
int picture_read(const char *text, size_t n, struct picture *out, struct err *e);
void picture_clear(struct picture *p);
/* Appends; the same picture gives the same text. */
void picture_write(const struct picture *p, struct buf *out);

#endif
