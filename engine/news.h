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

#define NEWS_LONGEST_NS (26 * 3600 * NS_PER_SEC) /* of a day without an hour, in the night of a longer one */

struct news_event {
    when_t time;
    when_t until;     /* the same instant; else the end of the day whose hour nobody said */
    char currency[4]; /* "": concerns all */
    enum news_impact impact;
    char title[NEWS_TITLE_MAX]; /* clean text, cut */
    bool leaving; /* no longer in the file: holds until the next trading day, as every limit that loosens */
};

/* trading limits: a longer window acts at once, a shorter one with the next trading day */
struct news_window {
    uint32_t before_min, after_min;
};

struct news {
    bool wanted, broken; /* a file is configured; it could not be read: nothing new is opened */
    uint32_t n;
    struct news_event item[NEWS_MAX]; /* by time */
};

void news_snap(struct news *n, struct news_window *w, struct snap *s); /* w: where a format before 5 has it */
bool news_holds(const struct news *n);                                 /* in order, of possible lengths? */
/* Its own currency, or a part of its symbol: EUR concerns EURUSD. */
bool news_concerns(const struct news_event *ev, const struct instrument *in);
/* The event whose window holds t; NULL: none. */
const struct news_event *news_blackout(const struct news *n, const struct news_window *w, const struct instrument *in,
                                       when_t t);
bool news_is_all_day(const struct news_event *ev);
/* What `to` no longer has of `from`, and whose window is not over at t, goes on in it as leaving, as far as there is room. */
void news_keep(struct news *to, const struct news *from, const struct news_window *w, when_t t);
void news_let_go(struct news *n); /* of what is leaving */
const struct news_event *news_next(const struct news *n, const struct instrument *in,
                                   when_t t);     /* after t; NULL: none */
const char *news_impact_name(enum news_impact i); /* "high" */

#endif
