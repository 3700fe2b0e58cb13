/*
 * news: the calendar of announcements as plain data, and the windows around them in which
 * no trade is opened. It comes with the configuration; who reads the file is outside.
 */
#ifndef MIA_ENGINE_NEWS_H
#define MIA_ENGINE_NEWS_H

#include "engine/instrument.h"

#define NEWS_MAX 1024 /* that matter: important enough, about a currency that is traded */
#define NEWS_TITLE_MAX 32

enum news_impact { NEWS_LOW, NEWS_MEDIUM, NEWS_HIGH, NEWS_IMPACT_COUNT };

struct news_event {
    when_t time;
    char currency[4]; /* "": concerns all */
    enum news_impact impact;
    char title[NEWS_TITLE_MAX]; /* clean text, cut */
};

struct news {
    bool wanted, broken; /* a file is configured; it could not be read: nothing new is opened */
    int32_t before_min, after_min;
    uint32_t n;
    struct news_event item[NEWS_MAX]; /* by time */
};

void news_snap(struct news *n, struct snap *s);
bool news_holds(const struct news *n); /* in order, with possible minutes? */
/* Its own currency, or a part of its symbol: EUR concerns EURUSD. */
bool news_concerns(const struct news_event *ev, const struct instrument *in);
/* The event whose window holds t; NULL: none. */
const struct news_event *news_blackout(const struct news *n, const struct instrument *in, when_t t);
const struct news_event *news_next(const struct news *n, const struct instrument *in,
                                   when_t t);     /* after t; NULL: none */
const char *news_impact_name(enum news_impact i); /* "high" */

#endif
