/*
 * news_file: CSV and ICS to events. Reads bytes that came from outside: the size, each
 * line and the number of events are bounded, and text is taken only where it is clean.
 * Owns nothing; reads no file but the machine's zones, which an ICS may name.
 */
#include "engine/feeds/news_file.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/buf.h"
#include "engine/feeds/cells.h"
#include "engine/feeds/zone_file.h"

struct reading {
    const struct news_wish *w;
    struct news *n;
    struct news_report *r;
    uint32_t line;
    bool full;
};

/* ---- what both have ---- */

/* Codes of ISO 4217 that are traded, and CNH. Three capitals that are none of them (CPI, FED, USA) would tie an event to a
 * currency that nobody has, and close no window. */
static const char *const currencies[] = {
    "USD", "EUR", "JPY", "GBP", "CHF", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "ISK", "PLN", "CZK",
    "HUF", "RON", "TRY", "ILS", "ZAR", "RUB", "CNY", "CNH", "HKD", "SGD", "KRW", "TWD", "INR", "IDR",
    "THB", "MYR", "PHP", "MXN", "BRL", "CLP", "COP", "SAR", "AED", "XAU", "XAG", "XPT", "XPD",
};

/* One of those, or what a symbol here is counted in, or the other half of its pair: XRP of XRPUSD. */
static bool is_currency(const struct news_wish *w, const char code[4]) {
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        if (strcmp(currencies[i], code) == 0) return true;
    }
    for (uint32_t i = 0; i < w->instrument_count; i++) {
        const struct instrument *in = &w->instruments[i];
        if (strcmp(in->currency, code) == 0) return true;
        if (strncmp(in->symbol, code, 3) == 0 && strcmp(in->symbol + 3, in->currency) == 0) return true;
    }
    return false;
}

/* The code with which the text begins; ICS writes a comma as "\,". `out` changes only where there is one. */
static bool read_currency(const struct news_wish *w, const char *s, size_t n, char out[4]) {
    char code[4];
    if (n < 3 || (n > 3 && memchr(" ,;:\\", s[3], 5) == NULL)) return false;
    return str_copy_n(code, sizeof code, s, 3) && is_currency(w, code) && str_copy(out, 4, code);
}

static bool matters(const struct news_wish *w, const struct news_event *ev) {
    if (ev->impact < w->least) return false;
    for (uint32_t i = 0; i < w->instrument_count; i++) {
        if (news_concerns(ev, &w->instruments[i])) return true;
    }
    return w->instrument_count == 0;
}

static void bad_row(struct reading *x, uint32_t line) {
    if (x->r->bad++ == 0) x->r->first_bad = line;
}

static void keep(struct reading *x, struct news_event *ev, const char *title) {
    struct buf b;
    buf_init(&b, CELL_MAX + 1);
    buf_text(&b, title, strlen(title), false);
    str_copy(ev->title, sizeof ev->title, b.p);
    buf_clear(&b);
    x->r->rows++;
    if (x->r->last.ns == WHEN_NONE.ns || ev->time.ns > x->r->last.ns) x->r->last = ev->time;
    if (!matters(x->w, ev)) return;
    if (x->n->n == NEWS_MAX) {
        x->full = true;
        return;
    }
    x->n->item[x->n->n++] = *ev;
    x->r->kept++;
}

/* An announcement of a day without an hour may come at any: it holds from the first to the last instant of that day. */
static bool whole_day(const char *date, const struct zone *zone, struct news_event *ev) {
    struct civil c;
    int day;
    if (strlen(date) != 10 || !when_parse_iso(date, 10, zone, &ev->time)) return false;
    when_civil(ev->time, zone, &c);
    civil_from_days(days_from_civil(c.year, c.month, c.day) + 1, &c.year, &c.month, &day);
    c = (struct civil){.year = c.year, .month = c.month, .day = day};
    when_t next = when_from_civil(&c, zone);
    if (next.ns == WHEN_NONE.ns) return false;
    ev->until.ns = next.ns - 1;
    return true;
}

/* ---- CSV ---- */

enum column { COLUMN_TIME, COLUMN_DATE, COLUMN_CURRENCY, COLUMN_IMPACT, COLUMN_TITLE, COLUMN_COUNT };

struct table {
    char separator;
    int at[COLUMN_COUNT]; /* -1: not there */
};

static int find(const struct cells *c, const char *const *names) {
    for (; *names != NULL; names++) {
        for (uint32_t i = 0; i < c->n; i++) {
            if (strcasecmp(c->text[i], *names) == 0) return (int)i;
        }
    }
    return -1;
}

static int read_header(const char *s, size_t n, struct table *t, struct err *e) {
    static const char *const names[COLUMN_COUNT][6] = {{"time", "datetime", "timestamp", "date_time"},
                                                       {"date", "day"},
                                                       {"currency", "country", "ccy"},
                                                       {"impact", "importance"},
                                                       {"title", "event", "name", "description"}};
    struct cells cells;
    t->separator = cells_separator(s, n);
    cells_split(&cells, s, n, t->separator);
    for (int k = 0; k < COLUMN_COUNT; k++) t->at[k] = find(&cells, names[k]);
    if (t->at[COLUMN_TIME] >= 0 || t->at[COLUMN_DATE] >= 0) return 0;
    return err_set(e, ERR_SYNTAX, "the first line names no column time or date",
                   "la première ligne ne nomme aucune colonne time ou date");
}

static bool read_impact(const char *s, enum news_impact *out) {
    static const char *const names[NEWS_IMPACT_COUNT][5] = {
        {"low", "1", "yellow", "faible"}, {"medium", "2", "orange", "moderate", "moyen"}, {"high", "3", "red", "fort"}};
    for (int i = 0; i < NEWS_IMPACT_COUNT; i++) {
        for (int k = 0; k < 5 && names[i][k] != NULL; k++) {
            if (strcasecmp(names[i][k], s) != 0) continue;
            *out = (enum news_impact)i;
            return true;
        }
    }
    return s[0] == '\0';
}

static bool names_no_hour(const char *time) {
    static const char *const words[] = {"", "all day", "tentative"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(words[i], time) == 0) return true;
    }
    return false;
}

static bool read_csv_time(const struct reading *x, const char *date, const char *time, struct news_event *ev) {
    char both[2 * CELL_MAX + 2] = "";
    if (date[0] != '\0' && names_no_hour(time) && strlen(date) <= 10) return whole_day(date, x->w->zone, ev);
    if (date[0] == '\0' && strlen(time) == 10) return whole_day(time, x->w->zone, ev);
    str_copy(both, sizeof both, date);
    if (date[0] != '\0' && time[0] != '\0') {
        size_t n = strlen(both);
        both[n] = ' ';
        str_copy(both + n + 1, sizeof both - n - 1, time);
    } else if (date[0] == '\0') {
        str_copy(both, sizeof both, time);
    }
    if (!when_parse_iso(both, strlen(both), x->w->zone, &ev->time)) return false;
    ev->until = ev->time;
    return true;
}

static void csv_row(struct reading *x, const struct table *t, const char *s, size_t n) {
    struct cells cells;
    cells_split(&cells, s, n, t->separator);
    const char *cell[COLUMN_COUNT];
    struct news_event ev = {.impact = NEWS_HIGH};
    for (int k = 0; k < COLUMN_COUNT; k++) cell[k] = cells_at(&cells, t->at[k]);
    const char *currency = cell[COLUMN_CURRENCY];
    bool all = currency[0] == '\0' || strcasecmp(currency, "all") == 0;
    if (!read_csv_time(x, cell[COLUMN_DATE], cell[COLUMN_TIME], &ev) || !read_impact(cell[COLUMN_IMPACT], &ev.impact) ||
        (!all && !read_currency(x->w, currency, strlen(currency), ev.currency))) {
        bad_row(x, x->line);
        return;
    }
    keep(x, &ev, cell[COLUMN_TITLE]);
}

static int read_csv(struct reading *x, const char *at, const char *end, struct err *e) {
    struct table t;
    const char *line;
    size_t n;
    bool header = false;
    while (cells_line(&at, end, &line, &n)) {
        x->line++;
        if (n == 0 || line[0] == '#') continue;
        if (n > NEWS_LINE_MAX) {
            bad_row(x, x->line);
            continue;
        }
        if (header) {
            csv_row(x, &t, line, n);
            continue;
        }
        if (read_header(line, n, &t, e) != 0) return -1;
        header = true;
    }
    return header ? 0 : err_set(e, ERR_SYNTAX, "it is empty", "il est vide");
}

/* ---- ICS ---- */

struct vevent {
    bool open, timed;
    uint32_t line;
    struct news_event ev;
    char title[CELL_MAX];
};

/* "20250110T133000Z", "20250110T083000", "20250110" (a day without an hour). */
static bool read_ics_time(const char *s, size_t n, const struct zone *zone, struct news_event *ev) {
    char iso[24] = "0000-00-00T00:00:00";
    static const uint8_t to[] = {0, 1, 2, 3, 5, 6, 8, 9, 10, 11, 12, 14, 15, 17, 18};
    bool utc = n == 16 && s[15] == 'Z';
    if (n != 8 && n != 15 && !utc) return false;
    for (size_t i = 0; i < (n == 8 ? 8u : 15u); i++) iso[to[i]] = s[i];
    if (utc) memcpy(iso + 19, "Z", 2);
    if (n == 8) {
        iso[10] = '\0';
        return whole_day(iso, zone, ev);
    }
    if (!when_parse_iso(iso, strlen(iso), zone, &ev->time)) return false;
    ev->until = ev->time;
    return true;
}

static bool read_dtstart(const struct reading *x, const char *s, size_t n, struct news_event *ev) {
    const char *colon = memchr(s, ':', n);
    if (colon == NULL) return false;
    static const char tzid[] = ";TZID=";
    const char *named = memmem(s, (size_t)(colon - s), tzid, sizeof tzid - 1);
    const char *value = colon + 1;
    size_t left = n - (size_t)(value - s);
    if (named == NULL) return read_ics_time(value, left, x->w->zone, ev);
    char name[ZONE_NAME_MAX];
    named += sizeof tzid - 1;
    const char *stop = memchr(named, ';', (size_t)(colon - named));
    struct zone *z = NULL;
    if (!str_copy_n(name, sizeof name, named, (size_t)((stop != NULL ? stop : colon) - named)) ||
        zone_open(name, &z, NULL) != 0)
        return false;
    bool ok = read_ics_time(value, left, z, ev);
    zone_free(z);
    return ok;
}

static bool begins(const char *s, size_t n, const char *with, const char **rest, size_t *left) {
    size_t m = strlen(with);
    if (n < m || strncasecmp(s, with, m) != 0) return false;
    *rest = s + m;
    *left = n - m;
    return true;
}

static void ics_end(struct reading *x, struct vevent *v) {
    if (v->open && v->timed)
        keep(x, &v->ev, v->title);
    else if (v->open)
        bad_row(x, v->line);
    v->open = false;
}

static void ics_line(struct reading *x, struct vevent *v, const char *s, size_t n) {
    const char *rest;
    size_t left;
    if (begins(s, n, "BEGIN:VEVENT", &rest, &left)) {
        *v = (struct vevent){.open = true, .line = x->line, .ev = {.impact = NEWS_HIGH}};
    } else if (begins(s, n, "END:VEVENT", &rest, &left)) {
        ics_end(x, v);
    } else if (v->open && (begins(s, n, "DTSTART:", &rest, &left) || begins(s, n, "DTSTART;", &rest, &left))) {
        v->timed = read_dtstart(x, s, n, &v->ev);
    } else if (v->open && begins(s, n, "SUMMARY:", &rest, &left)) {
        str_copy_n(v->title, sizeof v->title, rest, left);
        if (v->ev.currency[0] == '\0') (void)read_currency(x->w, rest, left, v->ev.currency);
    } else if (v->open && begins(s, n, "CATEGORIES:", &rest, &left)) {
        (void)read_currency(x->w, rest, left, v->ev.currency);
    } else if (v->open && begins(s, n, "PRIORITY:", &rest, &left) && left == 1 && *rest >= '1' && *rest <= '9') {
        v->ev.impact = *rest <= '4' ? NEWS_HIGH : *rest == '5' ? NEWS_MEDIUM : NEWS_LOW;
    }
}

/* A line that begins with a blank goes on with the one before. */
static int read_ics(struct reading *x, const char *at, const char *end) {
    struct vevent v = {.open = false};
    char whole[NEWS_LINE_MAX];
    size_t used = 0, n;
    const char *line;
    while (cells_line(&at, end, &line, &n)) {
        bool goes_on = n > 0 && (line[0] == ' ' || line[0] == '\t');
        if (!goes_on) {
            ics_line(x, &v, whole, used);
            used = 0;
        }
        x->line++;
        if (goes_on) line++, n--;
        if (n > sizeof whole - used) n = sizeof whole - used; /* only titles are so long, and they are cut anyway */
        memcpy(whole + used, line, n);
        used += n;
    }
    ics_line(x, &v, whole, used);
    ics_end(x, &v);
    return 0;
}

/* ---- both ---- */

static int by_time(const void *a, const void *b) {
    const struct news_event *x = a, *y = b;
    if (x->time.ns != y->time.ns) return x->time.ns < y->time.ns ? -1 : 1;
    int by = strcmp(x->currency, y->currency);
    return by != 0 ? by : strcmp(x->title, y->title);
}

int news_parse(const char *bytes, size_t size, const struct news_wish *w, struct news *n, struct news_report *r,
               struct err *e) {
    struct reading x = {.w = w, .n = n, .r = r};
    static const char mark[] = "\xef\xbb\xbf";
    *r = (struct news_report){.last = WHEN_NONE};
    n->n = 0;
    if (size > NEWS_FILE_MAX)
        return err_set(e, ERR_RANGE, "it is larger than %u bytes", "il dépasse %u octets", NEWS_FILE_MAX);
    if (memchr(bytes, '\0', size) != NULL || !utf8_valid(bytes, size))
        return err_set(e, ERR_SYNTAX, "it is no text in UTF-8", "ce n’est pas un texte en UTF-8");
    const char *at = bytes, *end = bytes + size;
    if (size >= 3 && memcmp(at, mark, 3) == 0) at += 3;
    bool ics = (size_t)(end - at) >= 15 && strncasecmp(at, "BEGIN:VCALENDAR", 15) == 0;
    if ((ics ? read_ics(&x, at, end) : read_csv(&x, at, end, e)) != 0) return -1;
    if (x.full)
        return err_set(e, ERR_FULL, "it has more than %d events that matter: cut it",
                       "il compte plus de %d annonces utiles\u00a0: raccourcissez-le", NEWS_MAX);
    if (r->rows == 0)
        return err_set(e, ERR_SYNTAX, "no line of it names a time that can be read (%u bad, the first is line %u)",
                       "aucune ligne ne donne une heure lisible (%u mauvaises, la première est la ligne %u)", r->bad,
                       r->first_bad);
    if (n->n > 1) qsort(n->item, n->n, sizeof n->item[0], by_time);
    return 0;
}
