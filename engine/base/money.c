/*
 * money: checked integer arithmetic, and numbers to and from text. Owns nothing, rounds
 * only where the header says so, and never goes through a double but in the functions
 * named for it. The one place where 128-bit products are made.
 */
#include "engine/base/money.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"

#define GROUP_FR "\u202f" /* narrow no-break space */
#define BLANK "\u00a0"    /* no-break space */
#define CENT (CASH_SCALE / 100)
#define NUMBER_PLAIN_MAX 1e15 /* beyond, a grouped number would not fit its array nor be read */
#define NUMBER_DECIMALS_MAX 8
#define CURRENCY_SHOWN_MAX 8

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* Takes one more digit into the magnitude. */
static bool push_digit(uint64_t *v, char c) {
    return !__builtin_mul_overflow(*v, 10, v) && !__builtin_add_overflow(*v, (uint64_t)(c - '0'), v);
}

bool decimal_parse(const char *s, size_t n, int digits, int64_t *out) {
    size_t i = n > 0 && s[0] == '-' ? 1 : 0;
    bool negative = i == 1, any = false;
    uint64_t v = 0;
    for (; i < n && is_digit(s[i]); i++, any = true) {
        if (!push_digit(&v, s[i])) return false;
    }
    int left = digits;
    if (i < n && s[i] == '.') {
        if (++i == n) return false;
        for (; i < n && is_digit(s[i]); i++, any = true) {
            if (left == 0 && s[i] != '0') return false;
            if (left == 0) continue;
            if (!push_digit(&v, s[i])) return false;
            left--;
        }
    }
    if (!any || i != n) return false;
    for (; left > 0; left--) {
        if (!push_digit(&v, '0')) return false;
    }
    if (v > (uint64_t)INT64_MAX + negative) return false;
    *out = negative ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

bool price_parse(const char *s, size_t n, price_t *out) {
    return decimal_parse(s, n, PRICE_DIGITS, &out->v);
}

bool qty_parse(const char *s, size_t n, qty_t *out) {
    return decimal_parse(s, n, QTY_DIGITS, &out->v);
}

bool cash_parse(const char *s, size_t n, cash_t *out) {
    return decimal_parse(s, n, CASH_DIGITS, &out->v);
}

double price_to_double(price_t p) {
    return (double)p.v / (double)PRICE_SCALE;
}

double qty_to_double(qty_t q) {
    return (double)q.v / (double)QTY_SCALE;
}

double cash_to_double(cash_t c) {
    return (double)c.v / (double)CASH_SCALE;
}

/* Quotient rounded towards minus infinity; c > 0. The remainder is then 0 <= r < c. */
static __int128 div_floor(__int128 n, __int128 c, __int128 *remainder) {
    __int128 q = n / c, r = n % c;
    if (r < 0) {
        q -= 1;
        r += c;
    }
    *remainder = r;
    return q;
}

static __int128 div_even(__int128 n, __int128 c) {
    __int128 r, q = div_floor(n, c, &r);
    return 2 * r > c || (2 * r == c && (q & 1) != 0) ? q + 1 : q;
}

/* Exact: a finite double is a whole number of 53 bits times a power of two, and 53 bits times the scale fit in 128. */
static bool from_double(double d, int64_t scale, int64_t *out) {
    if (!isfinite(d)) return false;
    int exponent;
    int64_t whole = (int64_t)ldexp(frexp(d, &exponent), 53);
    exponent -= 53;
    if (exponent > 0) return false; /* beyond 2^53 units, so beyond 64 bits with either scale */
    __int128 q = exponent < -100 ? 0 : div_even((__int128)whole * scale, (__int128)1 << -exponent);
    if (q < INT64_MIN || q > INT64_MAX) return false;
    *out = (int64_t)q;
    return true;
}

bool price_from_double(double d, price_t *out) {
    return from_double(d, PRICE_SCALE, &out->v);
}

bool qty_from_double(double d, qty_t *out) {
    return from_double(d, QTY_SCALE, &out->v);
}

bool cash_from_double(double d, cash_t *out) {
    return from_double(d, CASH_SCALE, &out->v);
}

static bool add(int64_t a, int64_t b, int64_t *out) {
    int64_t v;
    if (__builtin_add_overflow(a, b, &v)) return false;
    *out = v;
    return true;
}

static bool sub(int64_t a, int64_t b, int64_t *out) {
    int64_t v;
    if (__builtin_sub_overflow(a, b, &v)) return false;
    *out = v;
    return true;
}

bool price_add(price_t a, price_t b, price_t *out) {
    return add(a.v, b.v, &out->v);
}

bool price_sub(price_t a, price_t b, price_t *out) {
    return sub(a.v, b.v, &out->v);
}

bool qty_add(qty_t a, qty_t b, qty_t *out) {
    return add(a.v, b.v, &out->v);
}

bool qty_sub(qty_t a, qty_t b, qty_t *out) {
    return sub(a.v, b.v, &out->v);
}

bool cash_add(cash_t a, cash_t b, cash_t *out) {
    return add(a.v, b.v, &out->v);
}

bool cash_sub(cash_t a, cash_t b, cash_t *out) {
    return sub(a.v, b.v, &out->v);
}

bool mul_div(int64_t a, int64_t b, int64_t c, int64_t *out) {
    if (c == 0) return false;
    __int128 n = (__int128)a * b, d = c;
    __int128 q = d < 0 ? div_even(-n, -d) : div_even(n, d);
    if (q < INT64_MIN || q > INT64_MAX) return false;
    *out = (int64_t)q;
    return true;
}

/* A multiple that would leave the 64 bits gives way to its neighbour inside. */
static int64_t inside(__int128 multiple, int64_t step) {
    if (multiple < INT64_MIN) multiple += step;
    if (multiple > INT64_MAX) multiple -= step;
    return (int64_t)multiple;
}

price_t price_floor(price_t p, price_t step) {
    assert(step.v > 0);
    __int128 r;
    return (price_t){inside(div_floor(p.v, step.v, &r) * step.v, step.v)};
}

price_t price_ceil(price_t p, price_t step) {
    assert(step.v > 0);
    __int128 r, q = div_floor(p.v, step.v, &r);
    return (price_t){inside((q + (r > 0)) * step.v, step.v)};
}

price_t price_round(price_t p, price_t step) {
    assert(step.v > 0);
    return (price_t){inside(div_even(p.v, step.v) * step.v, step.v)};
}

qty_t qty_floor(qty_t q, qty_t step) {
    assert(step.v > 0);
    return (qty_t){q.v - q.v % step.v};
}

static uint64_t magnitude(int64_t v) {
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static uint64_t power10(int n) {
    uint64_t p = 1;
    while (n-- > 0) p *= 10;
    return p;
}

static int clamp(int v, int low, int high) {
    return v < low ? low : v > high ? high : v;
}

/* v is in units of 10^-digits. Trailing zeros go, down to `decimals`. */
static char *plain(char out[MONEY_TEXT_MAX], int64_t v, int digits, int decimals) {
    uint64_t m = magnitude(v);
    decimals = clamp(decimals, 0, digits);
    while (digits > decimals && m % 10 == 0) {
        m /= 10;
        digits--;
    }
    uint64_t scale = power10(digits);
    const char *sign = v < 0 ? "-" : "";
    if (digits == 0)
        snprintf(out, MONEY_TEXT_MAX, "%s%llu", sign, (unsigned long long)m);
    else
        snprintf(out, MONEY_TEXT_MAX, "%s%llu.%0*llu", sign, (unsigned long long)(m / scale), digits,
                 (unsigned long long)(m % scale));
    return out;
}

char *price_text(char out[MONEY_TEXT_MAX], price_t p, int decimals) {
    return plain(out, p.v, PRICE_DIGITS, decimals);
}

char *qty_text(char out[MONEY_TEXT_MAX], qty_t q, int decimals) {
    return plain(out, q.v, QTY_DIGITS, decimals);
}

char *cash_text(char out[MONEY_TEXT_MAX], cash_t c, int decimals) {
    return plain(out, c.v, CASH_DIGITS, decimals);
}

/* A text that grows in a fixed array; what would not fit is a mistake in the limits above. */
struct line {
    char *p;
    size_t len;
};

static void put(struct line *l, const char *s, size_t n) {
    assert(l->len + n < MONEY_TEXT_MAX);
    memcpy(l->p + l->len, s, n);
    l->len += n;
    l->p[l->len] = '\0';
}

static void put_str(struct line *l, const char *s) {
    put(l, s, strlen(s));
}

/* "-12345.60" as people of that language write it, without its sign. */
static void put_grouped(struct line *l, enum lang lang, const char *text) {
    if (*text == '-') text++;
    const char *group = tr(lang, ",", GROUP_FR);
    size_t whole = strspn(text, "0123456789");
    for (size_t i = 0; i < whole; i++) {
        if (i > 0 && (whole - i) % 3 == 0) put_str(l, group);
        put(l, text + i, 1);
    }
    if (text[whole] == '\0') return;
    put_str(l, text[whole] == '.' ? tr(lang, ".", ",") : "");
    put_str(l, text + whole + 1);
}

static char *say(char out[MONEY_TEXT_MAX], enum lang lang, const char *text) {
    struct line l = {.p = out};
    if (text[0] == '-' && strpbrk(text, "123456789") != NULL) put_str(&l, "-");
    put_grouped(&l, lang, text);
    return out;
}

char *price_say(char out[MONEY_TEXT_MAX], enum lang lang, price_t p, int decimals) {
    char text[MONEY_TEXT_MAX];
    decimals = clamp(decimals, 0, PRICE_DIGITS);
    int64_t unit = (int64_t)power10(PRICE_DIGITS - decimals);
    return say(out, lang, plain(text, (int64_t)div_even(p.v, unit), decimals, decimals));
}

char *qty_say(char out[MONEY_TEXT_MAX], enum lang lang, qty_t q) {
    char text[MONEY_TEXT_MAX];
    return say(out, lang, qty_text(text, q, 0));
}

static const char *currency_sign(const char *currency) {
    if (strcmp(currency, "USD") == 0) return "$";
    if (strcmp(currency, "EUR") == 0) return "€";
    return strcmp(currency, "GBP") == 0 ? "£" : NULL;
}

char *cash_say(char out[MONEY_TEXT_MAX], enum lang lang, cash_t c, const char *currency, bool plus) {
    char text[MONEY_TEXT_MAX], code[CURRENCY_SHOWN_MAX + 1];
    int64_t cents = (int64_t)div_even(c.v, CENT);
    plain(text, cents % 100 == 0 ? cents / 100 : cents, cents % 100 == 0 ? 0 : 2, 2);
    const char *sign = currency_sign(currency);
    str_copy(code, sizeof code, sign != NULL ? sign : currency);
    struct line l = {.p = out};
    put_str(&l, cents < 0 ? "-" : cents > 0 && plus ? "+" : "");
    if (lang == LANG_EN && code[0] != '\0') {
        put_str(&l, code);
        if (sign == NULL) put_str(&l, BLANK);
    }
    put_grouped(&l, lang, text);
    if (lang == LANG_FR && code[0] != '\0') {
        put_str(&l, BLANK);
        put_str(&l, code);
    }
    return out;
}

char *number_say(char out[MONEY_TEXT_MAX], enum lang lang, double value, int decimals) {
    char text[MONEY_TEXT_MAX];
    if (!isfinite(value)) {
        str_copy(out, MONEY_TEXT_MAX, "–");
        return out;
    }
    decimals = clamp(decimals, 0, NUMBER_DECIMALS_MAX);
    bool is_plain = fabs(value) < NUMBER_PLAIN_MAX;
    if (is_plain)
        snprintf(text, sizeof text, "%.*f", decimals, value);
    else
        snprintf(text, sizeof text, "%.3e", value);
    return say(out, lang, text);
}

char *percent_say(char out[MONEY_TEXT_MAX], enum lang lang, double ratio, int decimals) {
    struct line l = {.p = number_say(out, lang, ratio * 100, decimals)};
    l.len = strlen(out);
    put_str(&l, tr(lang, "%", BLANK "%"));
    return out;
}
