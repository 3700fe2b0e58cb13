/*
 * bars_build: bars of a longer timeframe out of minute bars, closed by the clock. A minute
 * without trades brings no bar, so the next bar cannot be waited for: a period ends when
 * its time and a grace for late ones have passed. Periods begin at whole multiples of their
 * length since 1970, which are clock hours in every zone that is whole hours from UTC. One
 * instrument each; plain data, no clock of its own.
 */
#ifndef MIA_ENGINE_FEEDS_BARS_BUILD_H
#define MIA_ENGINE_FEEDS_BARS_BUILD_H

#include "engine/calendar.h"
#include "engine/event.h"

#define BUILD_MINUTES 192 /* of the open period and those after it, while the clock has not closed it */
#define BUILD_SECONDS_MAX 3600
#define BUILD_SPIKE 2      /* a price beyond so many times the last one, or below its part, is not believed */
#define BUILD_SPIKES_MAX 3 /* until so many in a row say the same: then it is a split, or a very bad day */

enum minute_from {
    MINUTE_NONE,
    MINUTE_STREAM,    /* as it was sent first */
    MINUTE_CORRECTED, /* sent again, with trades that came late */
    MINUTE_HISTORY    /* asked for: holds all that was known then */
};

enum build_result {
    BUILD_TAKEN,
    BUILD_SAME,  /* known already: the same, or better */
    BUILD_LATE,  /* its period is closed: too late to count */
    BUILD_AHEAD, /* further ahead than there is room */
    BUILD_BAD,   /* cannot be: prices, order of prices, another bar of a minute that is known */
    BUILD_SPIKE_SEEN
};

struct build_minute {
    enum minute_from from;
    price_t open, high, low, close;
    int64_t volume;
};

struct bar_build {
    int32_t seconds;                            /* of a period: divides an hour, a multiple of 60 */
    int64_t first_min;                          /* of the open period, in minutes since 1970 */
    int64_t behind_min;                         /* no minute from here on is known */
    price_t last;                               /* last price that is believed; 0: none */
    price_t spike;                              /* of the last that was not */
    uint32_t spikes;                            /* in a row */
    struct build_minute minutes[BUILD_MINUTES]; /* minute m at m % BUILD_MINUTES */
};

bool build_seconds_fit(int32_t seconds);
/* The start of the period that t lies in. */
when_t build_start_of(int32_t seconds, when_t t);

void build_init(struct bar_build *b, int32_t seconds, when_t from);
/* The open period is the one that holds `from`: what lies before is forgotten, what lies after is kept. */
void build_move(struct bar_build *b, when_t from);
/* A minute bar; its prices are on the grid already. */
enum build_result build_add(struct bar_build *b, const struct bar *minute, enum minute_from from);
/* Does any moment of the bar lie in those hours? */
bool build_in_hours(const struct calendars *c, uint16_t hours, const struct bar *b);
when_t build_opens(const struct bar_build *b); /* the start of the open period */
/* The end of the open period. */
when_t build_ends(const struct bar_build *b);
/* Closes the open period where end + grace has passed. true: *out is its bar; ask again. false: nothing is due. Periods in
 * which nothing was traded have no bar. */
bool build_close(struct bar_build *b, when_t now, int64_t grace_ms, struct bar *out);

#endif
