/* layout_priv: what the parts of the layout share. Nobody else includes it. */
#ifndef MIA_BOT_DRAW_LAYOUT_PRIV_H
#define MIA_BOT_DRAW_LAYOUT_PRIV_H

#include "bot/draw/layout.h"
#include "bot/draw/place.h"

#define MARGIN 12.0
#define NAME_HEIGHT 18.0 /* of a name with the air around it */
#define NAME_MAX (PICTURE_LABEL_MAX + MONEY_TEXT_MAX)
#define COLUMN_NAMES (PICTURE_LEVELS_MAX + PICTURE_PATHS_MAX)

struct frame {
    const struct picture *p;
    const struct zone *z;
    const struct measure *m;
    struct ops *o;
    struct box prices, series; /* the panels, without names and axis; h 0: there is none */
    double names_left, axis_left;
    struct line line;
    struct scale price_scale, series_scale;
    struct ticks price_ticks, series_ticks;
    struct time_ticks times;
    struct placing placing;
    struct box *candle; /* from low to high */
};

double text_width(const struct frame *f, const char *text);
/* Cuts `text` to that width, with an ellipsis. Returns the width it has. */
double text_fit(const struct frame *f, const char *text, double size, bool bold, double most, char *out, size_t room);
/* On a ground of paper that lets little through. */
void label(struct frame *f, enum ink ink, const char *text, const struct box *b);

/* prices.c: what is behind the candles, they themselves, what is before them. */
void prices_behind(struct frame *f);
void prices_candles(struct frame *f);
void prices_before(struct frame *f);
bool in_sight(const struct frame *f, price_t p);
/* names.c: the column beside them, the names of zones and markers. */
double names_width(const struct frame *f, double most);
void names_column(struct frame *f);
void names_of_zones(struct frame *f);
void markers(struct frame *f);
struct box zone_box(const struct frame *f, const struct picture_zone *z);

#endif
