/*
 * args_level: where a stop is wanted, in the words people use. One sign, one number, one
 * unit:
 *
 *   2410.5  2410,5          this price; a sign has no meaning here and is refused
 *   50 ticks  1%  12$       so far behind the market, on the side where it loses
 *   -50 ticks  -1%  -12$    so far from the entry: minus loses, plus keeps a gain
 *
 * A comma is a decimal point; only a blank groups thousands: no number can be read in
 * two ways. Owns nothing, knows no trade.
 */
#include <string.h>

#include "bot/args.h"

#define LEVEL_TEXT_MAX 48
#define TICKS_MAX 1000000
#define PPM_MAX 1000000

struct reading {
    char text[LEVEL_TEXT_MAX];
    const char *number;
    size_t digits;
    int sign; /* -1, 0 where none is written, 1 */
};

static size_t blank_at(const char *s) {
    if (*s == ' ' || *s == '\t') return 1;
    if (!strncmp(s, "\xc2\xa0", 2)) return 2;
    return !strncmp(s, "\xe2\x80\xaf", 3) ? 3 : 0;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* A blank between digits groups thousands, or it is a slip: "24 10" is no price. */
static bool groups(const char *out, size_t n, const char *next) {
    if (n == 0 || !is_digit(*next) || !strchr("0123456789.", out[n - 1])) return true;
    return !memchr(out, '.', n) && is_digit(next[1]) && is_digit(next[2]) && !is_digit(next[3]);
}

/* Without blanks, the typographic minus as a plain one, a comma as a point. */
static bool plain(const char *s, char out[LEVEL_TEXT_MAX]) {
    size_t n = 0;
    while (*s) {
        size_t skip = 0;
        while (blank_at(s + skip)) skip += blank_at(s + skip);
        s += skip;
        if (skip && !groups(out, n, s)) return false;
        if (!*s) break;
        if (n + 1 == LEVEL_TEXT_MAX) return false;
        bool minus = !strncmp(s, "\xe2\x88\x92", 3);
        out[n++] = minus ? '-' : *s == ',' ? '.' : *s;
        s += minus ? 3 : 1;
    }
    out[n] = '\0';
    return n > 0;
}

/* "$" of "USD"; "" where the currency has no sign of its own. */
static const char *sign_of(const char *currency) {
    static const char *const signs[][2] = {{"USD", "$"}, {"EUR", "€"}, {"GBP", "£"}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (!strcasecmp(currency, signs[i][0])) return signs[i][1];
    return "";
}

static bool is_money(const char *s, const char *currency) {
    const char *sign = sign_of(currency);
    return *s && ((*sign && !strcmp(s, sign)) || !strcasecmp(s, currency));
}

static bool unit_of(const char *s, const char *currency, enum stop_unit *out) {
    static const char *const ticks[] = {"t", "tick", "ticks"};
    if (is_money(s, currency)) return *out = STOP_IN_CASH, true;
    if (!strcmp(s, "%")) return *out = STOP_IN_PERCENT, true;
    for (size_t i = 0; i < sizeof ticks / sizeof ticks[0]; i++)
        if (!strcasecmp(s, ticks[i])) return *out = STOP_IN_TICKS, true;
    return *s ? false : (*out = STOP_AT_PRICE, true);
}

static bool amount(const struct reading *r, enum stop_unit unit, int64_t *out) {
    price_t price;
    cash_t cash;
    switch (unit) {
    case STOP_AT_PRICE: return price_parse(r->number, r->digits, &price) && (*out = price.v) > 0;
    case STOP_IN_TICKS: return decimal_parse(r->number, r->digits, 0, out) && *out > 0 && *out <= TICKS_MAX;
    case STOP_IN_PERCENT: return decimal_parse(r->number, r->digits, 4, out) && *out > 0 && *out < PPM_MAX;
    case STOP_IN_CASH: return cash_parse(r->number, r->digits, &cash) && (*out = cash.v) >= 0;
    case STOP_UNIT_COUNT: break;
    }
    return false;
}

bool args_level(const char *text, const char *currency, struct stop_level *out) {
    struct reading r = {0};
    enum stop_unit unit;
    const char *sign = sign_of(currency);
    if (!plain(text, r.text)) return false;
    const char *s = r.text;
    if (*s == '-' || *s == '+') r.sign = *s++ == '-' ? -1 : 1;
    bool before = *sign && !strncmp(s, sign, strlen(sign)); /* "-$12" */
    if (before) s += strlen(sign);
    r.number = s;
    r.digits = strspn(s, "0123456789.");
    if (r.digits == 0 || !unit_of(s + r.digits, currency, &unit)) return false;
    if (before) {
        if (unit != STOP_AT_PRICE) return false;
        unit = STOP_IN_CASH;
    }
    int64_t v;
    if (!amount(&r, unit, &v) || (unit == STOP_AT_PRICE && r.sign != 0) || (r.sign == 0 && v == 0)) return false;
    *out = (struct stop_level){.unit = unit, .from_entry = r.sign != 0, .v = r.sign < 0 ? -v : v};
    return true;
}
