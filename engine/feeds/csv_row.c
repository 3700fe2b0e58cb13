/*
 * csv_row: the hot loop. Digits are folded eight decimals deep into int64; anything
 * that is not plainly a number is left to the slow path or refused. Knows no files.
 */
#include "engine/feeds/csv_row.h"

#include <stdio.h>
#include <string.h>

#define INT_DIGITS_MAX 10 /* before the point: with 8 decimals they fit an int64 */
#define VOLUME_DIGITS_MAX 17
#define BIT(role) (1u << (role))

static const int64_t ten[] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000, 10000000000};

void csv_problem_text(const struct csv_problem *p, enum lang lang, char *out, size_t size) {
    static const char *const texts[][LANG_COUNT] = {
        [CSV_NOT_A_NUMBER] = {"%s is not a number with at most 8 decimals",
                              "%s n’est pas un nombre d’au plus 8 décimales"},
        [CSV_EMPTY] = {"%s is empty", "%s est vide"},
        [CSV_NOT_A_TIME] = {"%s is not a time", "%s n’est pas une date"},
        [CSV_TOO_FEW] = {"too few columns", "trop peu de colonnes"},
        [CSV_TOO_MANY] = {"too many columns", "trop de colonnes"},
        [CSV_TOO_LONG] = {"the line is too long", "la ligne est trop longue"},
        [CSV_NOT_RISING] = {"not later than the row before", "pas après la ligne précédente"},
        [CSV_HIGH_BELOW] = {"high is below open, low or close", "high est sous open, low ou close"},
        [CSV_LOW_ABOVE] = {"low is above open or close", "low est au-dessus de open ou close"},
        [CSV_NOT_POSITIVE] = {"a price is not above zero", "un prix n’est pas positif"},
        [CSV_CROSSED] = {"ask is below bid", "ask est sous bid"},
        [CSV_HALF_POINT] = {"spread is not a whole number of points", "spread n’est pas un nombre entier de points"},
        [CSV_HUGE] = {"spread is too large", "spread est trop grand"},
        [CSV_NO_CONTRACT] = {"contract is not one of the symbol’s (ESZ26, 202612)",
                             "contract n’est pas un contrat du symbole (ESZ26, 202612)"},
    };
    _Static_assert(sizeof texts / sizeof texts[0] == CSV_PROBLEM_COUNT, "a text for every problem");
    const char *text = texts[p->kind][lang], *hole = strstr(text, "%s");
    if (hole == NULL)
        str_copy(out, size, text);
    else
        snprintf(out, size, "%s%s", csv_role_name(p->role), hole + 2);
}

void csv_format_init(struct csv_format *f, const struct csv_header *header) {
    *f = (struct csv_format){.header = *header};
}

void csv_dates_init(struct csv_dates *d, const struct zone *zone) {
    *d = (struct csv_dates){.zone = zone, .quarter = INT64_MIN};
}

/* ---- numbers ---- */

static inline bool is_digit(char c) {
    return (unsigned)(c - '0') < 10;
}

/* Digits with at most 8 decimals (more where they are zeros). NULL: not a number. */
static inline const char *take_price(const char *p, int64_t *out) {
    const char *start = p;
    uint64_t v = 0;
    while (is_digit(*p)) v = v * 10 + (uint64_t)(*p++ - '0');
    size_t whole = (size_t)(p - start), decimals = 0;
    if (*p == '.') {
        const char *point = ++p;
        while (is_digit(*p) && p - point < PRICE_DIGITS) v = v * 10 + (uint64_t)(*p++ - '0');
        decimals = (size_t)(p - point);
        while (*p == '0') p++;
        if (decimals == 0) return NULL;
    }
    if (whole + decimals == 0 || whole > INT_DIGITS_MAX) return NULL;
    *out = (int64_t)v * ten[PRICE_DIGITS - decimals];
    return p;
}

/* A volume in whole units, and its first decimals apart. */
static inline const char *take_volume(const char *p, int64_t *out, int64_t *rest) {
    const char *start = p;
    uint64_t v = 0;
    while (is_digit(*p)) v = v * 10 + (uint64_t)(*p++ - '0');
    if (p == start || p - start > VOLUME_DIGITS_MAX) return NULL;
    *rest = 0;
    if (*p == '.') {
        const char *point = ++p;
        for (; is_digit(*p); p++) {
            if (p - point < PRICE_DIGITS) *rest += (*p - '0') * ten[PRICE_DIGITS - 1 - (p - point)];
        }
    }
    *out = (int64_t)v;
    return p;
}

/* ---- times ---- */

static inline bool two(const char *p, int *out) {
    if (!is_digit(p[0]) || !is_digit(p[1])) return false;
    *out = (p[0] - '0') * 10 + (p[1] - '0');
    return true;
}

/* "2025-01-31", "2025.01.31", "2025/01/31" or "20250131". */
static const char *take_day(struct csv_dates *d, const char *p, int64_t *day_s) {
    uint64_t key;
    for (int i = 0; i < 4; i++) {
        if (!is_digit(p[i])) return NULL;
    }
    bool dense = is_digit(p[4]);
    for (int i = 4; i < (dense ? 8 : 10); i++) { /* byte by byte: the line may end before */
        if (p[i] == '\n') return NULL;
    }
    char digits[8] = {p[0], p[1], p[2], p[3], p[dense ? 4 : 5], p[dense ? 5 : 6], p[dense ? 6 : 8], p[dense ? 7 : 9]};
    bool parted = p[4] == p[7] && (p[4] == '-' || p[4] == '.' || p[4] == '/');
    if (!dense && !parted) return NULL;
    memcpy(&key, digits, sizeof key);
    if (key != d->day_key) {
        int cc, yy, month, day, y, m, dd;
        if (!two(digits, &cc) || !two(digits + 2, &yy) || !two(digits + 4, &month) || !two(digits + 6, &day))
            return NULL;
        if (month < 1 || month > 12 || day < 1 || day > 31) return NULL;
        int32_t days = days_from_civil(cc * 100 + yy, month, day);
        civil_from_days(days, &y, &m, &dd);
        if (m != month || dd != day || cc < 16 || cc > 21) return NULL; /* February 30th; nanoseconds end in 2262 */
        d->day_key = key;
        d->day_s = (int64_t)days * 86400;
    }
    *day_s = d->day_s;
    return p + (dense ? 8 : 10);
}

/* "14:30", "14:30:00", "14:30:00.123"; one digit of the hour will do. */
static const char *take_clock(const char *p, int64_t *seconds, int64_t *ns) {
    int hour, minute, second = 0;
    *ns = 0;
    if (is_digit(p[0]) && p[1] == ':')
        hour = *p++ - '0';
    else if (two(p, &hour))
        p += 2;
    else
        return NULL;
    if (*p != ':' || !two(p + 1, &minute)) return NULL;
    p += 3;
    if (*p == ':') {
        if (!two(p + 1, &second)) return NULL;
        p += 3;
        if (*p == '.' && is_digit(p[1])) {
            int64_t unit = NS_PER_SEC / 10;
            for (p++; is_digit(*p); p++, unit /= 10) *ns += (*p - '0') * unit;
        }
    }
    if (hour > 23 || minute > 59 || second > 59) return NULL;
    *seconds = hour * 3600 + minute * 60 + second;
    return p;
}

/* "Z", "+01", "+01:00", "+0100", or nothing. */
static const char *take_offset(const char *p, bool *has, int64_t *offset_s) {
    int hour, minute = 0;
    *has = true;
    *offset_s = 0;
    if (*p == 'Z' || *p == 'z') return p + 1;
    if (*p != '+' && *p != '-') {
        *has = false;
        return p;
    }
    bool west = *p == '-';
    if (!two(p + 1, &hour)) return NULL;
    p += 3;
    if (*p == ':') p++;
    if (two(p, &minute)) p += 2;
    if (hour > 18 || minute > 59) return NULL;
    *offset_s = (west ? -1 : 1) * (hour * 3600 + minute * 60);
    return p;
}

/* The instant of a civil time in the file's zone. Offsets only change on quarters of an hour. */
static int64_t in_zone(struct csv_dates *d, int64_t civil_s) {
    if (d->zone == NULL) return civil_s * NS_PER_SEC;
    int64_t quarter = civil_s / 900 - (civil_s % 900 < 0);
    if (quarter != d->quarter) {
        struct civil c;
        when_civil(when_from_sec(civil_s), NULL, &c);
        d->quarter = quarter;
        d->quarter_off_ns = when_from_civil(&c, d->zone).ns - civil_s * NS_PER_SEC;
    }
    return civil_s * NS_PER_SEC + d->quarter_off_ns;
}

/* Seconds, or milli-, micro- or nanoseconds by their size: seconds reach the year 5138, milliseconds begin in 1973. */
static const char *take_epoch(const char *p, int64_t *out) {
    const char *start = p;
    uint64_t v = 0;
    while (is_digit(*p)) v = v * 10 + (uint64_t)(*p++ - '0');
    size_t n = (size_t)(p - start);
    if (n == 0 || n > 19) return NULL;
    if (*p == '.') {
        p++;
        while (*p == '0') p++;
    }
    uint64_t unit = v < 100000000000ULL         ? 1000000000
                    : v < 100000000000000ULL    ? 1000000
                    : v < 100000000000000000ULL ? 1000
                                                : 1;
    if (v > (uint64_t)INT64_MAX / unit) return NULL;
    *out = (int64_t)(v * unit);
    return p;
}

static const char *take_date_time(struct csv_dates *d, const char *p, struct csv_row *row) {
    int64_t day_s, seconds = 0, ns = 0, offset_s = 0;
    bool has_offset = false;
    p = take_day(d, p, &day_s);
    if (p != NULL && (*p == 'T' || *p == ' ' || *p == 't')) {
        p = take_clock(p + 1, &seconds, &ns);
        if (p != NULL) p = take_offset(p, &has_offset, &offset_s);
    }
    if (p == NULL) return NULL;
    row->civil_s = has_offset ? INT64_MIN : day_s + seconds;
    row->start = has_offset ? (day_s + seconds - offset_s) * NS_PER_SEC + ns : in_zone(d, day_s + seconds) + ns;
    return p;
}

static const char *take_time(struct csv_dates *d, const char *p, struct csv_row *row) {
    size_t digits = 0;
    while (digits < 20 && is_digit(p[digits])) digits++;
    bool parted = digits == 4 && (p[4] == '-' || p[4] == '.' || p[4] == '/');
    if (parted || digits == 8) return take_date_time(d, p, row);
    row->civil_s = INT64_MIN;
    return take_epoch(p, &row->start);
}

bool csv_second_pass(const struct csv_dates *d, struct csv_row *row, int64_t last) {
    if (d->zone == NULL || row->civil_s == INT64_MIN) return false;
    when_t later = {row->start + 3600 * NS_PER_SEC};
    struct civil c;
    when_civil(later, d->zone, &c);
    int64_t civil_s =
        (int64_t)days_from_civil(c.year, c.month, c.day) * 86400 + c.hour * 3600 + c.minute * 60 + c.second;
    if (civil_s != row->civil_s || later.ns <= last) return false;
    row->start = later.ns;
    return true;
}

/* ---- a line ---- */

static const char *fail(struct csv_problem *problem, enum csv_problem_kind kind, enum csv_role role) {
    *problem = (struct csv_problem){.kind = kind, .role = role};
    return NULL;
}

/* Past the columns that nobody needs; their number must fit the header's. */
static const char *finish_line(const struct csv_header *h, const char *p, uint32_t column,
                               struct csv_problem *problem) {
    while (*p != '\n') {
        if (*p == h->delimiter) column++;
        p++;
    }
    if (column + 1 < h->columns) return fail(problem, CSV_TOO_FEW, CSV_SKIP);
    bool trailing = column == h->columns && (p[-1] == h->delimiter || (p[-1] == '\r' && p[-2] == h->delimiter));
    if (column + 1 > h->columns && !trailing) return fail(problem, CSV_TOO_MANY, CSV_SKIP);
    return p + 1;
}

static inline bool ends_field(char c, char delimiter) {
    return c == delimiter || c == '\n' || c == '\r';
}

/* One field by its role; p is left at the delimiter or line end. */
static inline const char *take_field(struct csv_dates *d, const char *p, char delimiter, enum csv_role role,
                                     struct csv_row *row, int64_t *clock_s, struct csv_problem *problem) {
    if (role <= CSV_SELL) {
        const char *end = take_price(p, &row->value[role]);
        if (end != NULL && ends_field(*end, delimiter)) {
            row->present |= BIT(role);
            return end;
        }
    } else if (role == CSV_VOLUME) {
        const char *end = take_volume(p, &row->value[role], &row->volume_rest);
        if (end != NULL && ends_field(*end, delimiter)) {
            row->present |= BIT(role);
            return end;
        }
    } else if (role == CSV_CONTRACT) {
        size_t n = 0;
        while (!ends_field(p[n], delimiter) && p[n] != '"' && p[n] != ' ' && n + 1 < sizeof row->contract) n++;
        str_copy_n(row->contract, sizeof row->contract, p, n);
        return ends_field(p[n], delimiter) ? p + n : fail(problem, CSV_NO_CONTRACT, role);
    } else if (role == CSV_SKIP) {
        while (!ends_field(*p, delimiter) && *p != '"') p++;
        return *p == '"' ? fail(problem, CSV_NOT_A_NUMBER, role) : p;
    } else {
        int64_t ns = 0, day_s = 0;
        const char *end = role == CSV_TIME    ? take_time(d, p, row)
                          : role == CSV_CLOCK ? take_clock(p, clock_s, &ns)
                                              : take_day(d, p, &day_s);
        if (role == CSV_DATE) row->civil_s = day_s;
        if (end != NULL && ends_field(*end, delimiter)) return end;
        return fail(problem, CSV_NOT_A_TIME, role);
    }
    if (!ends_field(*p, delimiter)) return fail(problem, CSV_NOT_A_NUMBER, role);
    return role >= CSV_BID_OPEN ? p : fail(problem, CSV_EMPTY, role); /* an empty quote, spread or volume is unknown */
}

const char *csv_row_parse(const struct csv_format *f, struct csv_dates *d, const char *line, struct csv_row *row,
                          struct csv_problem *problem) {
    const struct csv_header *h = &f->header;
    const char *p = line;
    int64_t clock_s = -1;
    row->present = 0;
    row->contract[0] = '\0';
    for (uint32_t column = 0;; column++, p++) {
        p = take_field(d, p, h->delimiter, (enum csv_role)h->role[column], row, &clock_s, problem);
        if (p == NULL) return NULL;
        if (column == h->last) {
            p = finish_line(h, p, column, problem);
            break;
        }
        if (*p != h->delimiter) return fail(problem, CSV_TOO_FEW, CSV_SKIP);
    }
    if (clock_s >= 0) {
        row->civil_s += clock_s;
        row->start = in_zone(d, row->civil_s);
    }
    return p;
}

/* Quotes away, blanks at the ends of fields away, delimiters inside quotes away. */
static size_t clean(const char *line, size_t n, char delimiter, char *out) {
    size_t used = 0;
    bool quoted = false;
    for (size_t i = 0; i < n; i++) {
        char c = line[i];
        if (c == '"') quoted = !quoted;
        if (c == '"' || (c == delimiter && quoted)) continue;
        bool starts = used == 0 || out[used - 1] == delimiter;
        if (c == ' ' && starts) continue;
        while ((c == delimiter || c == '\r') && used > 0 && out[used - 1] == ' ') used--;
        out[used++] = c;
    }
    while (used > 0 && out[used - 1] == ' ') used--;
    out[used++] = '\n';
    return used;
}

bool csv_row_parse_again(const struct csv_format *f, struct csv_dates *d, const char *line, size_t n,
                         struct csv_row *row, struct csv_problem *problem) {
    char copy[CSV_LINE_MAX + 16];
    if (n > CSV_LINE_MAX) {
        fail(problem, CSV_TOO_LONG, CSV_SKIP);
        return false;
    }
    if (memchr(line, '"', n) == NULL && memchr(line, ' ', n) == NULL) return false;
    clean(line, n, f->header.delimiter, copy);
    return csv_row_parse(f, d, copy, row, problem) != NULL;
}

/* ---- a bar ---- */

static int64_t middle(int64_t a, int64_t b) {
    return a + (b - a) / 2;
}

static bool mids(const struct csv_row *row, int64_t px[4], struct csv_problem *problem) {
    uint32_t all = 15u << CSV_BID_OPEN | 15u << CSV_ASK_OPEN;
    for (int i = 0; i < 4; i++) {
        int64_t bid = row->value[CSV_BID_OPEN + i], ask = row->value[CSV_ASK_OPEN + i];
        enum csv_role empty = (row->present & BIT(CSV_BID_OPEN + i)) ? CSV_ASK_OPEN : CSV_BID_OPEN;
        if ((row->present & BIT(CSV_BID_OPEN + i)) == 0 || (row->present & BIT(CSV_ASK_OPEN + i)) == 0)
            return fail(problem, CSV_EMPTY, (enum csv_role)(empty + i)) != NULL;
        if (ask < bid) return fail(problem, CSV_CROSSED, CSV_SKIP) != NULL;
        px[i] = middle(bid, ask);
    }
    return (row->present & all) == all;
}

static bool prices(const struct csv_format *f, const struct csv_row *row, int64_t px[4], struct csv_problem *problem) {
    switch (f->header.prices) {
    case CSV_FROM_TRADES: memcpy(px, row->value, 4 * sizeof *px); return true;
    case CSV_FROM_MIDS: return mids(row, px, problem);
    case CSV_FROM_BIDS:
        for (int i = 0; i < 4; i++) {
            if ((row->present & BIT(CSV_BID_OPEN + i)) == 0)
                return fail(problem, CSV_EMPTY, (enum csv_role)(CSV_BID_OPEN + i)) != NULL;
            px[i] = row->value[CSV_BID_OPEN + i];
        }
        return true;
    }
    return false;
}

static bool spread(const struct csv_format *f, const struct csv_row *row, price_t *out, struct csv_problem *problem) {
    uint32_t quotes = BIT(CSV_BID_CLOSE) | BIT(CSV_ASK_CLOSE);
    *out = PRICE_ZERO;
    if ((row->present & quotes) == quotes) {
        out->v = row->value[CSV_ASK_CLOSE] - row->value[CSV_BID_CLOSE];
        return out->v >= 0 || fail(problem, CSV_CROSSED, CSV_SKIP) != NULL;
    }
    if ((row->present & BIT(CSV_SPREAD)) == 0) return true;
    int64_t points = row->value[CSV_SPREAD];
    if (points % PRICE_SCALE != 0) return fail(problem, CSV_HALF_POINT, CSV_SKIP) != NULL;
    if (__builtin_mul_overflow(points / PRICE_SCALE, f->point, &out->v))
        return fail(problem, CSV_HUGE, CSV_SKIP) != NULL;
    return true;
}

/* In whole units, as the volume. What exceeds the volume cannot be a part of it (sizes of quotes are often called so):
 * unknown. */
static void flow(const struct csv_row *row, struct bar *out) {
    const uint32_t both = BIT(CSV_BUY) | BIT(CSV_SELL);
    out->buy = out->sell = 0;
    if ((row->present & both) != both) return;
    const int64_t buy = row->value[CSV_BUY] / PRICE_SCALE, sell = row->value[CSV_SELL] / PRICE_SCALE;
    const bool told = (row->present & BIT(CSV_VOLUME)) != 0;
    if (told && buy + sell > out->volume) return;
    if (!told) out->volume = buy + sell;
    out->buy = buy;
    out->sell = sell;
}

bool csv_row_bar(const struct csv_format *f, const struct csv_row *row, struct bar *out, struct csv_problem *problem) {
    int64_t px[4]; /* open, high, low, close */
    if (!prices(f, row, px, problem)) return false;
    int64_t top = px[0] > px[3] ? px[0] : px[3], bottom = px[0] < px[3] ? px[0] : px[3];
    if (px[2] <= 0 || bottom <= 0) return fail(problem, CSV_NOT_POSITIVE, CSV_SKIP) != NULL;
    if (px[1] < top || px[1] < px[2]) return fail(problem, CSV_HIGH_BELOW, CSV_SKIP) != NULL;
    if (px[2] > bottom) return fail(problem, CSV_LOW_ABOVE, CSV_SKIP) != NULL;
    if (!spread(f, row, &out->spread, problem)) return false;
    out->start = (when_t){row->start};
    out->open = (price_t){px[0]};
    out->high = (price_t){px[1]};
    out->low = (price_t){px[2]};
    out->close = (price_t){px[3]};
    out->volume = (row->present & BIT(CSV_VOLUME)) ? row->value[CSV_VOLUME] : 0;
    flow(row, out);
    return true;
}

int64_t csv_row_gcd(const struct csv_format *f, const struct csv_row *row, int64_t so_far,
                    int64_t (*gcd)(int64_t, int64_t)) {
    int first = f->header.prices == CSV_FROM_TRADES ? CSV_OPEN : CSV_BID_OPEN;
    int last = f->header.prices == CSV_FROM_TRADES ? CSV_CLOSE
               : f->header.prices == CSV_FROM_BIDS ? CSV_BID_CLOSE
                                                   : CSV_ASK_CLOSE;
    for (int r = first; r <= last; r++) so_far = gcd(row->value[r], so_far);
    return so_far;
}
