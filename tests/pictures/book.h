/*
 * book: one real file through the detectors, with all that they ever said of it: what the pictures of docs/LEVELS.md are
 * chosen from. The files are no part of the project; they are looked for in MIA_DATA_DIR, else ../shared/data.
 */
#ifndef MIA_TESTS_PICTURES_BOOK_H
#define MIA_TESTS_PICTURES_BOOK_H

#include "bot/draw/picture.h"
#include "engine/level.h"

#define NEVER UINT32_MAX

/* The whole life of one structure: the bars (by number in the file) that closed when it changed. */
struct history {
    struct structure s;
    double atr;                /* when it was formed */
    uint32_t life[LIFE_COUNT]; /* NEVER; a stage that was jumped over has none of its own */
    uint32_t began;
};

struct book {
    const char *file, *symbol;
    struct engine_config *config;
    struct instrument in;
    struct bar *bar;
    uint32_t n;
    struct history *history; /* by id */
    uint32_t histories;
    enum regime *regime; /* after each bar */
    double *adx;
};

/* NULL: the file is not there, which is said. */
struct book *book_open(const char *file, const char *symbol, int32_t seconds);
void book_free(struct book *b);
/* The detectors after bar `last`, anew; the caller frees. `each` (may be NULL) is called after every bar. */
typedef void book_each_fn(void *context, const struct market_context *m, const struct bar *bar, uint32_t i);
struct market_context *book_until(const struct book *b, uint32_t last, book_each_fn *each, void *context);
uint32_t book_at(const struct book *b, when_t t); /* the bar that holds it, or the last before it */
when_t bar_end(const struct bar *b);
int book_session(const struct book *b, const char *name);

/* ---- pictures ---- */

#define PAGE_WIDTH 900
#define PAGE_HEIGHT 520

/* The frame of a picture of bars first..last, `together` of them to a candle; New York's time. */
struct picture page(const struct book *b, uint32_t first, uint32_t last, uint32_t together, const char *title);
void page_subtitle(struct picture *p, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct picture_level *page_level(struct picture *p, price_t price, when_t from, when_t to, const char *name);
struct picture_zone *page_zone(struct picture *p, enum zone_style style, when_t from, when_t to, price_t low,
                               price_t high, const char *label);
struct picture_marker *page_marker(struct picture *p, enum marker_style style, when_t at, price_t price,
                                   const char *label);
/* For the caption, on the standard error: what is seen and when. */
void fact(const struct book *b, const char *what, uint32_t bar, price_t price);

#endif
