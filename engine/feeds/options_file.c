/*
 * options_file: a chain as CSV to lines. Reads bytes that came from outside: the size, each line, the cells and the number
 * of strikes are bounded. Owns nothing; reads no file.
 */
#include "engine/feeds/options_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/feeds/cells.h"

#define ROW_LEAST 8    /* bytes of a row that counts: "1,C,1,1\n" */
#define EXPIRY_HOUR 21 /* UTC: 16:00 in New York in winter */
#define STRIKE_MAX 1e9
#define INTEREST_MAX 1e9
#define GAMMA_MAX 1e6
#define DAY_NS (86400 * NS_PER_SEC)
#define YEAR_DAYS 365.0

enum column {
    COLUMN_STRIKE,
    COLUMN_TYPE,
    COLUMN_INTEREST,
    COLUMN_GAMMA,
    COLUMN_VOLATILITY,
    COLUMN_EXPIRY,
    COLUMN_PRICE,
    COLUMN_DATE,
    COLUMN_COUNT
};

struct reading {
    const struct options_wish *w;
    struct options_report *r;
    struct gamma_strike *strike; /* one a row at first, then merged */
    uint32_t n;
    char separator;
    int at[COLUMN_COUNT]; /* -1: not there */
    uint32_t line;
    double price;
    when_t from, last_expiry, date; /* date: of the first row that tells one */
    bool dated, unpriced, undated;  /* dated: by its own column; un…: a row wanted what is not known */
};

/* ---- cells ---- */

/* "Open Interest", open_interest, openInterest: openinterest. */
static void plain_name(char *s) {
    char *to = s;
    for (; *s != '\0'; s++) {
        const char c = *s >= 'A' && *s <= 'Z' ? (char)(*s - 'A' + 'a') : *s;
        if ((c >= 'a' && c <= 'z') || c == '/') *to++ = c;
    }
    *to = '\0';
}

static int read_header(struct reading *x, const char *s, size_t n, struct err *e) {
    static const char *const names[COLUMN_COUNT][8] = {
        [COLUMN_STRIKE] = {"strike", "strikeprice"},
        [COLUMN_TYPE] = {"type", "optiontype", "cp", "c/p", "callput", "putcall", "right"},
        [COLUMN_INTEREST] = {"openinterest", "oi", "openint"},
        [COLUMN_GAMMA] = {"gamma"},
        [COLUMN_VOLATILITY] = {"impliedvolatility", "iv", "impliedvol", "impvol", "volatility"},
        [COLUMN_EXPIRY] = {"expiry", "expiration", "expirationdate", "expirydate", "expdate", "maturity"},
        [COLUMN_PRICE] = {"underlyingprice", "underlyinglast", "spot", "spotprice", "stockprice"},
        [COLUMN_DATE] = {"quotedate", "date", "asof", "tradedate", "datadate"},
    };
    struct cells cells;
    x->separator = cells_separator(s, n);
    cells_split(&cells, s, n, x->separator);
    for (uint32_t i = 0; i < cells.n; i++) plain_name(cells.text[i]);
    for (int k = 0; k < COLUMN_COUNT; k++) {
        x->at[k] = -1;
        for (int v = 0; v < 8 && names[k][v] != NULL && x->at[k] < 0; v++) {
            for (uint32_t i = 0; i < cells.n && x->at[k] < 0; i++) {
                if (strcmp(cells.text[i], names[k][v]) == 0) x->at[k] = (int)i;
            }
        }
    }
    static const char *const needed[] = {"strike", "type", "open_interest"};
    for (int k = 0; k < 3; k++) {
        if (x->at[k] < 0)
            return err_set(e, ERR_SYNTAX, "the first line names no column %s", "la première ligne ne nomme pas %s",
                           needed[k]);
    }
    if (x->at[COLUMN_GAMMA] >= 0 || x->at[COLUMN_VOLATILITY] >= 0) return 0;
    return err_set(e, ERR_SYNTAX, "the first line names neither gamma nor implied_volatility",
                   "la première ligne ne nomme ni gamma ni implied_volatility");
}

/* Digits, a sign, a point, an exponent; nothing else that strtod would take. */
static bool read_number(const char *s, double most, double *out) {
    char *end;
    if (s[0] == '\0' || s[strspn(s, "0123456789.eE+-")] != '\0') return false;
    *out = strtod(s, &end);
    return *end == '\0' && isfinite(*out) && *out >= 0 && *out <= most;
}

/* "1,234" as sheets write it: thousands, each of three digits. */
static bool read_interest(const char *s, double *out) {
    char plain[CELL_MAX];
    size_t n = 0, digits = 0;
    bool grouped = false;
    for (; *s != '\0'; s++) {
        if (*s != ',') {
            plain[n++] = *s;
            digits++;
            continue;
        }
        if (digits == 0 || digits > 3 || (grouped && digits != 3)) return false;
        grouped = true;
        digits = 0;
    }
    plain[n] = '\0';
    if (grouped && digits != 3) return false;
    return read_number(plain, INTEREST_MAX, out);
}

/* "0.25" or "25%". */
static bool read_volatility(char *s, double *out) {
    size_t n = strlen(s);
    bool percent = n > 0 && s[n - 1] == '%';
    if (percent) s[n - 1] = '\0';
    if (!read_number(s, 100.0 * GAMMA_VOLATILITY_MAX, out)) return false;
    if (percent) *out /= 100;
    return *out > 0 && *out <= GAMMA_VOLATILITY_MAX;
}

static bool read_type(const char *s, bool *call) {
    static const char *const names[2][3] = {{"p", "put", "puts"}, {"c", "call", "calls"}};
    char plain[CELL_MAX];
    str_copy(plain, sizeof plain, s);
    plain_name(plain);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 3; i++) {
            if (strcmp(plain, names[k][i]) != 0) continue;
            *call = k == 1;
            return true;
        }
    }
    return false;
}

/* From 1970 on, far enough from the last instant there is to add days. */
static bool read_when(const char *s, when_t *out) {
    return when_parse_iso(s, strlen(s), NULL, out) && out->ns >= 0 && out->ns <= INT64_MAX / 8 * 7;
}

/* ---- rows ---- */

struct row {
    double strike, interest, gamma, volatility;
    bool call, has_gamma, has_volatility, has_expiry;
    when_t expiry;
};

/* A date without an hour: its end, unless the file was written on that very day. Nothing is known before it could be. */
static when_t moment_of(const struct options_wish *w, when_t date) {
    const when_t end = {date.ns + DAY_NS};
    if (date.ns % DAY_NS != 0) return date;
    return w->written.ns >= date.ns && w->written.ns < end.ns ? w->written : end;
}

static bool read_price(const char *s, double *out) {
    return read_number(s, STRIKE_MAX, out) && *out > 0;
}

/* One chain is of one moment: that of the first row. */
static bool read_moment(struct reading *x, const char *date, const char *price) {
    when_t t;
    double p;
    if (date[0] != '\0') {
        if (!read_when(date, &t) || (x->dated ? t.ns != x->date.ns : x->r->rows > 0)) return false;
        x->date = t;
        x->from = moment_of(x->w, t);
        x->dated = true;
    }
    return price[0] == '\0' || read_price(price, &p); /* which one counts is known already: price_of */
}

static bool read_row(struct reading *x, struct cells *c, struct row *r) {
    *r = (struct row){0};
    char *gamma = cells_at(c, x->at[COLUMN_GAMMA]), *vol = cells_at(c, x->at[COLUMN_VOLATILITY]);
    const char *expiry = cells_at(c, x->at[COLUMN_EXPIRY]);
    if (!read_number(cells_at(c, x->at[COLUMN_STRIKE]), STRIKE_MAX, &r->strike) || r->strike <= 0) return false;
    if (!read_type(cells_at(c, x->at[COLUMN_TYPE]), &r->call)) return false;
    if (!read_interest(cells_at(c, x->at[COLUMN_INTEREST]), &r->interest)) return false;
    r->has_gamma = gamma[0] != '\0';
    r->has_volatility = !r->has_gamma && vol[0] != '\0';
    r->has_expiry = expiry[0] != '\0';
    if (r->has_gamma && !read_number(gamma, GAMMA_MAX, &r->gamma)) return false;
    if (r->has_volatility && !read_volatility(vol, &r->volatility)) return false;
    if (r->has_expiry) { /* a date, or an instant */
        if (!read_when(expiry, &r->expiry)) return false;
        if (r->expiry.ns % DAY_NS == 0) r->expiry.ns += EXPIRY_HOUR * 3600 * NS_PER_SEC;
    }
    if (!r->has_gamma && !r->has_volatility && r->interest > 0) return false;
    return read_moment(x, cells_at(c, x->at[COLUMN_DATE]), cells_at(c, x->at[COLUMN_PRICE]));
}

static void bad_row(struct reading *x) {
    if (x->r->bad++ == 0) x->r->first_bad = x->line;
}

static void take_row(struct reading *x, const struct row *r) {
    x->r->rows++;
    if (r->has_expiry && r->expiry.ns <= x->from.ns) {
        x->r->expired++;
        return;
    }
    if (r->interest == 0) return;
    double gamma = r->gamma;
    if (!r->has_gamma) {
        x->unpriced = x->unpriced || x->price == 0;
        x->undated = x->undated || !r->has_expiry;
        if (x->price == 0 || !r->has_expiry) return;
        double years = (double)(r->expiry.ns - x->from.ns) / ((double)DAY_NS * YEAR_DAYS);
        gamma = gamma_black_scholes(x->price, r->strike, r->volatility,
                                    years > GAMMA_YEARS_LEAST ? years : GAMMA_YEARS_LEAST);
    }
    if (!(gamma > 0) || gamma > GAMMA_MAX) return; /* too small or too near for a double */
    if (r->has_expiry && r->expiry.ns > x->last_expiry.ns) x->last_expiry = r->expiry;
    double weight = r->interest * gamma;
    x->strike[x->n++] =
        (struct gamma_strike){.strike = r->strike, .calls = r->call ? weight : 0, .puts = r->call ? 0 : weight};
    x->r->used++;
}

/* Its underlying has one price, which every row is priced with: the first that the file tells, else the configured one. */
static double price_of(const struct reading *x, const char *at, const char *end) {
    struct cells cells;
    const char *line;
    size_t n;
    double p;
    while (x->at[COLUMN_PRICE] >= 0 && cells_line(&at, end, &line, &n)) {
        if (n == 0 || line[0] == '#' || n > OPTIONS_LINE_MAX) continue;
        cells_split(&cells, line, n, x->separator);
        if (read_price(cells_at(&cells, x->at[COLUMN_PRICE]), &p)) return p;
    }
    return x->w->price;
}

static int read_rows(struct reading *x, const char *at, const char *end, struct err *e) {
    struct cells cells;
    struct row row;
    const char *line;
    size_t n;
    bool header = false;
    while (cells_line(&at, end, &line, &n)) {
        x->line++;
        if (n == 0 || line[0] == '#') continue;
        if (header && n <= OPTIONS_LINE_MAX) cells_split(&cells, line, n, x->separator);
        if (!header) {
            if (read_header(x, line, n, e) != 0) return -1;
            x->price = price_of(x, at, end);
            header = true;
        } else if (n > OPTIONS_LINE_MAX || !read_row(x, &cells, &row)) {
            bad_row(x);
        } else {
            take_row(x, &row);
        }
    }
    return header ? 0 : err_set(e, ERR_SYNTAX, "it is empty", "il est vide");
}

/* ---- the lines ---- */

static int by_strike(const void *a, const void *b) {
    const struct gamma_strike *x = a, *y = b;
    if (x->strike != y->strike) return x->strike < y->strike ? -1 : 1;
    if (x->calls != y->calls) return x->calls < y->calls ? -1 : 1; /* sums do not depend on the order of the rows */
    return x->puts < y->puts ? -1 : x->puts > y->puts;
}

static int merge(struct reading *x, struct err *e) {
    uint32_t n = 0;
    qsort(x->strike, x->n, sizeof x->strike[0], by_strike);
    for (uint32_t i = 0; i < x->n; i++) {
        struct gamma_strike *s = &x->strike[i];
        if (n > 0 && x->strike[n - 1].strike == s->strike) {
            x->strike[n - 1].calls += s->calls;
            x->strike[n - 1].puts += s->puts;
        } else {
            x->strike[n++] = *s;
        }
    }
    x->n = x->r->strikes = n;
    if (n <= OPTIONS_STRIKES_MAX) return 0;
    return err_set(e, ERR_FULL, "it has more than %d strikes", "il a plus de %d prix d’exercice", OPTIONS_STRIKES_MAX);
}

/* The instrument's price of a line, on its tick; 0 where there is none, or none that can be. */
static price_t line_of(const struct options_wish *w, double at) {
    price_t p;
    if (!(at > 0) || !price_from_double(at * w->scale, &p) || p.v > PRICE_SCALE * (int64_t)STRIKE_MAX)
        return PRICE_ZERO;
    return (price_t){(p.v + w->tick.v / 2) / w->tick.v * w->tick.v};
}

static int say_nothing(const struct reading *x, struct err *e) {
    if (x->unpriced)
        return err_set(e, ERR_SYNTAX,
                       "implied volatilities need the price of the underlying: a column underlying_price, or "
                       "instruments[].options_price",
                       "des volatilités implicites demandent le prix du sous-jacent\u00a0: une colonne "
                       "underlying_price, ou instruments[].options_price");
    if (x->undated)
        return err_set(e, ERR_SYNTAX, "implied volatilities need a column expiry",
                       "des volatilités implicites demandent une colonne expiry");
    return err_set(e, ERR_SYNTAX, "no option of it counts (rows %u, expired %u, bad %u, the first in line %u)",
                   "aucune option n’y compte (lignes %u, expirées %u, mauvaises %u, la première ligne %u)", x->r->rows,
                   x->r->expired, x->r->bad, x->r->first_bad);
}

static int make_lines(struct reading *x, struct gamma_levels *out, struct err *e) {
    if (x->unpriced || x->undated || x->n == 0) return say_nothing(x, e);
    if (merge(x, e) != 0) return -1;
    const struct gamma_lines l = gamma_lines_of(x->strike, x->n, x->price);
    out->flip = line_of(x->w, l.flip);
    out->call_wall = line_of(x->w, l.call_wall);
    out->put_wall = line_of(x->w, l.put_wall);
    out->from = x->from;
    out->until.ns = x->from.ns + GAMMA_KEEP_DAYS * DAY_NS;
    if (x->last_expiry.ns != 0 && x->last_expiry.ns < out->until.ns) out->until = x->last_expiry;
    return 0;
}

int options_parse(const char *bytes, size_t size, const struct options_wish *w, struct gamma_levels *out,
                  struct options_report *r, struct err *e) {
    static const char mark[] = "\xef\xbb\xbf";
    *r = (struct options_report){0};
    *out = (struct gamma_levels){0};
    if (size > OPTIONS_FILE_MAX)
        return err_set(e, ERR_RANGE, "it is larger than %u bytes", "il dépasse %u octets", OPTIONS_FILE_MAX);
    if (memchr(bytes, '\0', size) != NULL || !utf8_valid(bytes, size))
        return err_set(e, ERR_SYNTAX, "it is no text in UTF-8", "ce n’est pas un texte en UTF-8");
    struct reading x = {.w = w, .r = r, .from = w->written};
    x.strike = xcalloc(size / ROW_LEAST + 1, sizeof x.strike[0]);
    const char *at = bytes, *end = bytes + size;
    if (size >= 3 && memcmp(at, mark, 3) == 0) at += 3;
    int rc = read_rows(&x, at, end, e);
    if (rc == 0) rc = make_lines(&x, out, e);
    free(x.strike);
    return rc;
}
