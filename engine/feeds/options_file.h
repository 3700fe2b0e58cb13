/*
 * options_file: the bytes of an options chain, CSV, as the lines of engine/gamma.h. Bounded; a row that cannot be true is
 * counted and told by its line, never guessed at.
 *
 *   A header naming strike, type (C P call put), open_interest (oi), and gamma or implied_volatility (iv: 0.25 or 25%), in
 *   any order and spelling ("Open Interest", openInterest); expiry (expiration: needed where a row has no gamma),
 *   underlying_price (spot: the first that is told holds for all rows), quote_date (date, as_of). Comma, semicolon or tab; quotes as usual.
 */
#ifndef MIA_ENGINE_FEEDS_OPTIONS_FILE_H
#define MIA_ENGINE_FEEDS_OPTIONS_FILE_H

#include "engine/base/err.h"
#include "engine/gamma.h"

#define OPTIONS_FILE_MAX (8u << 20)
#define OPTIONS_LINE_MAX 2048
#define OPTIONS_STRIKES_MAX 4096

struct options_wish {
    when_t written; /* the moment of the chain where it has no quote_date */
    double price;   /* of the underlying where the file tells none in any row; 0: not told */
    double scale;   /* the instrument's price for one of the underlying's */
    price_t tick;   /* lines are rounded to it */
};
struct options_report {
    uint32_t rows, used, bad, expired; /* used: with open interest and gamma */
    uint32_t first_bad;                /* its line */
    uint32_t strikes;
};

/* -1: e says why nothing of it can be used, and *out is empty. */
int options_parse(const char *bytes, size_t size, const struct options_wish *w, struct gamma_levels *out,
                  struct options_report *r, struct err *e);

#endif
