/*
 * csv: market data files, read as a stream with bounded memory. A header names the
 * columns in any order; comma, semicolon or tab; plain or gzip. Prices and times are
 * parsed as integers, never through doubles. A row that cannot be true is skipped,
 * counted, and the first one is told with its line; nothing is ever guessed.
 *
 * Time: the first of epoch ts time timestamp time_utc date datetime (a date column
 * beside a time column, as MT5 exports them, are read together). It is the bar's start.
 * Epochs are seconds, or milli-, micro- or nanoseconds by their size.
 */
#ifndef MIA_ENGINE_FEEDS_CSV_H
#define MIA_ENGINE_FEEDS_CSV_H

#include "engine/event.h"
#include "engine/feed.h"

#define CSV_LINE_MAX (16u << 10) /* bytes of a row; longer ones are bad */
#define CSV_COLUMNS_MAX 64
#define CSV_PROBE_ROWS 4096 /* looked at to infer time frame and tick */

struct csv_spec {
    const char *path;
    int32_t seconds; /* 0: inferred */
    price_t
        tick; /* 0: inferred. A `spread` column counts points: the smaller of the tick and the last decimal in use */
    const char *zone; /* of times without an offset; NULL or "": UTC */
    bool rows_only;   /* the time frame is of no interest */
    const char *root; /* of a future that is rolled: a contract column says which one; NULL: it is skipped */
};

struct csv_info {
    int32_t seconds;
    bool seconds_inferred;
    price_t tick; /* told or inferred: the greatest that divides the prices looked at */
    bool tick_inferred;
    int decimals; /* in use among the prices looked at */
    bool has_volume, has_spread, has_quotes /* bid and ask */;
    when_t first; /* start of the first good row */
};

struct csv;
struct csv *csv_open(const struct csv_spec *spec, struct err *e); /* NULL: e says why */
void csv_info(const struct csv *c, struct csv_info *out);
int csv_next(struct csv *c, struct bar *out, struct err *e); /* 1: a bar; 0: the end; -1: the file broke */
/* Of the row handed out last, with its decimals; NaN: not told. */
struct csv_volumes {
    double volume, buy, sell;
};
void csv_volumes(const struct csv *c, struct csv_volumes *out);
void csv_stats(const struct csv *c, struct feed_stats *out); /* so far */
uint64_t csv_line(const struct csv *c);                      /* of the last row handed out; 1 is the header */
void csv_close(struct csv *c);                               /* NULL is fine */

#endif
