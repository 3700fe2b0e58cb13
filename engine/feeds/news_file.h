/*
 * news_file: the bytes of a calendar of announcements, CSV or ICS, as events. Bounded;
 * a row whose time cannot be read is counted and told by its line, never guessed at. A row of a day without an hour (none,
 * "All Day", "Tentative"; an ICS date) may be at any: its window is the whole day in the file's zone.
 *
 *   CSV: a header naming time|datetime|timestamp|date (with a column `time` beside `date`, both), currency|country,
 *   impact|importance (high medium low, 3 2 1), title|event|name; comma, semicolon or tab; quotes as usual. A currency that
 *   is none (CPI, USA) makes a bad row; none, or "all", concerns all.
 *   ICS: DTSTART and SUMMARY of each VEVENT; a currency that begins the summary ("USD CPI", "USD: CPI") or stands first in
 *   CATEGORIES, else it concerns all; PRIORITY 1..4 high, 5 medium, 6..9 low; what names no importance is high.
 */
#ifndef MIA_ENGINE_FEEDS_NEWS_FILE_H
#define MIA_ENGINE_FEEDS_NEWS_FILE_H

#include "engine/news.h"

#define NEWS_FILE_MAX (2u << 20)
#define NEWS_LINE_MAX 2048

struct news_wish {
    const struct zone *zone; /* of times that name none */
    enum news_impact least;
    const struct instrument *instruments; /* what concerns none of them is left out; count 0: all is kept */
    uint32_t instrument_count;
};
struct news_report {
    uint32_t rows, kept, bad;
    uint32_t first_bad; /* its line */
    when_t last;        /* of all rows; WHEN_NONE: none */
};

/* Fills n->item and n->n, in order; the rest of *n stays. -1: e says why nothing of it can be used. */
int news_parse(const char *bytes, size_t size, const struct news_wish *w, struct news *n, struct news_report *r,
               struct err *e);

#endif
