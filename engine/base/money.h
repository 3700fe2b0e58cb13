/*
 * money: prices, quantities and cash as integers, each in a struct of its own so
 * that mixing them does not compile. Every operation that can overflow is checked:
 * it returns false and leaves *out alone.
 *
 *   price_t  1e-8 of a quote unit        2624.81 -> 262481000000
 *   qty_t    1e-8 of a lot/contract/share   0.01 -> 1000000
 *   cash_t   1e-6 of the account currency  -450  -> -450000000
 */
#ifndef MIA_BASE_MONEY_H
#define MIA_BASE_MONEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/lang.h"

typedef struct {
    int64_t v;
} price_t;
typedef struct {
    int64_t v;
} qty_t;
typedef struct {
    int64_t v;
} cash_t;

#define PRICE_SCALE 100000000LL
#define QTY_SCALE 100000000LL
#define CASH_SCALE 1000000LL
#define PRICE_DIGITS 8
#define QTY_DIGITS 8
#define CASH_DIGITS 6
#define MONEY_TEXT_MAX 48

#define PRICE_ZERO ((price_t){0})
#define QTY_ZERO ((qty_t){0})
#define CASH_ZERO ((cash_t){0})

/* Parses a whole decimal text ("-1234.5", "1e3" refused, no spaces, more digits than the scale refused unless zeros). */
bool price_parse(const char *s, size_t n, price_t *out);
bool qty_parse(const char *s, size_t n, qty_t *out);
bool cash_parse(const char *s, size_t n, cash_t *out);
bool decimal_parse(const char *s, size_t n, int digits, int64_t *out);

/* Conversion to and from doubles, for indicator mathematics only. From: rounds half to even; NaN, infinity, overflow -> false. */
double price_to_double(price_t p);
double qty_to_double(qty_t q);
double cash_to_double(cash_t c);
bool price_from_double(double d, price_t *out);
bool qty_from_double(double d, qty_t *out);
bool cash_from_double(double d, cash_t *out);

bool price_add(price_t a, price_t b, price_t *out);
bool price_sub(price_t a, price_t b, price_t *out);
bool qty_add(qty_t a, qty_t b, qty_t *out);
bool qty_sub(qty_t a, qty_t b, qty_t *out);
bool cash_add(cash_t a, cash_t b, cash_t *out);
bool cash_sub(cash_t a, cash_t b, cash_t *out);
static inline int price_cmp(price_t a, price_t b) {
    return (a.v > b.v) - (a.v < b.v);
}
static inline int qty_cmp(qty_t a, qty_t b) {
    return (a.v > b.v) - (a.v < b.v);
}
static inline int cash_cmp(cash_t a, cash_t b) {
    return (a.v > b.v) - (a.v < b.v);
}

/* a * b / c over 128 bits, rounded half to even; false on overflow or c == 0. The one place where wide products are made. */
bool mul_div(int64_t a, int64_t b, int64_t c, int64_t *out);

/* Rounds to a multiple of step (> 0): towards minus infinity, plus infinity, nearest (half to even). */
price_t price_floor(price_t p, price_t step);
price_t price_ceil(price_t p, price_t step);
price_t price_round(price_t p, price_t step);
qty_t qty_floor(qty_t q, qty_t step); /* towards zero */

/* Plain text for files and wires: '.' point, no grouping, trailing zeros cut but at least `decimals` kept. Returns out. */
char *price_text(char out[MONEY_TEXT_MAX], price_t p, int decimals);
char *qty_text(char out[MONEY_TEXT_MAX], qty_t q, int decimals);
char *cash_text(char out[MONEY_TEXT_MAX], cash_t c, int decimals);

/* Text for people. en: "2,624.81" "+$1,250" "-$450.50"; fr: "2 624,81" "+1 250 $" "-450,50 $" (narrow no-break space U+202F
 * groups, no-break space U+00A0 before the unit). Cash shows cents only where there are any. `plus`: write '+' before a gain.
 * currency is an ISO code: USD -> $, EUR -> €, GBP -> £, else the code itself. Prices show exactly
 * `decimals`, cash two or none, rounded half to even; quantities all their digits. What rounds to zero has no sign. */
char *price_say(char out[MONEY_TEXT_MAX], enum lang lang, price_t p, int decimals);
char *qty_say(char out[MONEY_TEXT_MAX], enum lang lang, qty_t q);
char *cash_say(char out[MONEY_TEXT_MAX], enum lang lang, cash_t c, const char *currency, bool plus);
/* A ratio in per mille of a percent is not money: 62.5 % is said of 0.625. en "62.5%", fr "62,5 %" */
char *percent_say(char out[MONEY_TEXT_MAX], enum lang lang, double ratio, int decimals);
char *number_say(char out[MONEY_TEXT_MAX], enum lang lang, double value, int decimals);

#endif
