/*
 * when: civil dates, zones from TZif bytes, instants from and to text. Pure: no clock,
 * no file, no environment is read; a zone is immutable once parsed and belongs to the
 * caller. The proleptic Gregorian calendar throughout; leap seconds do not exist.
 */
#include "engine/base/when.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"

#define DAY_SEC 86400LL
#define TYPES_MAX 256
#define ABBREVS_MAX 512
#define ABBREV_MAX 12
#define OFFSET_MAX (26 * 3600) /* wider than any zone on earth, narrow enough to keep sums small */
#define SEC_MIN (INT64_MIN / NS_PER_SEC + 1)
#define SEC_MAX (INT64_MAX / NS_PER_SEC - 1)
#define TZIF_HEADER 44

/* One end of daylight saving time in the footer rule. */
struct change {
    enum { CHANGE_MONTH_WEEK_DAY, CHANGE_JULIAN, CHANGE_DAY_OF_YEAR } kind;
    int month, week, day;
    int32_t sec; /* after local midnight; may be negative or beyond a day */
};

struct rule {
    bool is_set, has_dst;
    int32_t std_offset, dst_offset;
    char std[ABBREV_MAX], dst[ABBREV_MAX];
    struct change start, end;
};

struct zone_type {
    int32_t offset;
    uint8_t abbrev; /* where its text starts in `abbrevs` */
};

struct zone {
    char name[ZONE_NAME_MAX];
    size_t transition_count, type_count;
    int64_t at[ZONE_TRANSITIONS_MAX];
    uint8_t type_of[ZONE_TRANSITIONS_MAX];
    struct zone_type types[TYPES_MAX];
    char abbrevs[ABBREVS_MAX];
    struct rule rule;
};

/* ---- calendar ---- */

static int64_t div_floor(int64_t a, int64_t b) {
    return a / b - (a % b < 0);
}

/* Counts in years that start in March: the leap day is then the last one of its year. */
int32_t days_from_civil(int year, int month, int day) {
    int64_t y = year + div_floor(month - 1, 12);
    int m = (int)(month - 1 - div_floor(month - 1, 12) * 12) + 1;
    if (m <= 2) y--;
    int64_t era = div_floor(y, 400), year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + day - 1;
    return (int32_t)(era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468);
}

void civil_from_days(int32_t days, int *year, int *month, int *day) {
    int64_t z = (int64_t)days + 719468, era = div_floor(z, 146097), n = z - era * 146097;
    int64_t y = (n - n / 1460 + n / 36524 - n / 146096) / 365, of_year = n - (365 * y + y / 4 - y / 100);
    int m = (int)((5 * of_year + 2) / 153);
    *day = (int)(of_year - (153 * m + 2) / 5) + 1;
    *month = m < 10 ? m + 3 : m - 9;
    *year = (int)(y + era * 400) + (*month <= 2);
}

static int weekday_of(int32_t days) {
    return (int)((days % 7 + 11) % 7);
} /* 1970-01-01 was a Thursday */

static bool is_leap(int y) {
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int days_in_month(int y, int m) {
    return days_from_civil(y, m + 1, 1) - days_from_civil(y, m, 1);
}

/* ---- the footer rule of a zone ---- */

struct reader {
    const char *p, *end;
    bool bad;
};

static bool take(struct reader *r, char c) {
    if (r->p == r->end || *r->p != c) return false;
    r->p++;
    return true;
}

static int take_number(struct reader *r, int max) {
    int v = 0, digits = 0;
    for (; r->p < r->end && *r->p >= '0' && *r->p <= '9' && digits < 4; r->p++, digits++) v = v * 10 + (*r->p - '0');
    if (digits == 0 || v > max) r->bad = true;
    return v;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static int32_t take_hms(struct reader *r) {
    int sign = take(r, '-') ? -1 : 1;
    if (sign == 1) (void)take(r, '+');
    int32_t sec = take_number(r, 167) * 3600;
    if (take(r, ':')) sec += take_number(r, 59) * 60;
    if (take(r, ':')) sec += take_number(r, 59);
    return sign * sec;
}

static void take_abbrev(struct reader *r, char out[ABBREV_MAX]) {
    bool quoted = take(r, '<');
    const char *start = r->p;
    for (; r->p < r->end; r->p++) {
        char c = *r->p;
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool sign_or_digit = (c >= '0' && c <= '9') || c == '+' || c == '-';
        if (!letter && !(quoted && sign_or_digit)) break;
    }
    size_t n = (size_t)(r->p - start);
    if (n < 3 || !str_copy_n(out, ABBREV_MAX, start, n) || (quoted && !take(r, '>'))) r->bad = true;
}

static struct change take_change(struct reader *r) {
    struct change c = {.sec = 2 * 3600};
    if (!take(r, ',')) r->bad = true;
    if (take(r, 'M')) {
        c.kind = CHANGE_MONTH_WEEK_DAY;
        c.month = take_number(r, 12);
        if (!take(r, '.')) r->bad = true;
        c.week = take_number(r, 5);
        if (!take(r, '.')) r->bad = true;
        c.day = take_number(r, 6);
        if (c.month == 0 || c.week == 0) r->bad = true;
    } else if (take(r, 'J')) {
        c.kind = CHANGE_JULIAN;
        c.day = take_number(r, 365);
        if (c.day == 0) r->bad = true;
    } else {
        c.kind = CHANGE_DAY_OF_YEAR;
        c.day = take_number(r, 365);
    }
    if (take(r, '/')) c.sec = take_hms(r);
    return c;
}

/* "CET-1CEST,M3.5.0,M10.5.0/3". POSIX counts offsets westwards. */
static bool rule_parse(const char *s, size_t n, struct rule *out) {
    struct reader r = {.p = s, .end = s + n};
    take_abbrev(&r, out->std);
    out->std_offset = -take_hms(&r);
    if (r.p < r.end) {
        out->has_dst = true;
        take_abbrev(&r, out->dst);
        out->dst_offset = out->std_offset + 3600;
        if (r.p < r.end && *r.p != ',') out->dst_offset = -take_hms(&r);
        out->start = take_change(&r);
        out->end = take_change(&r);
    }
    if (r.p != r.end || abs(out->std_offset) > OFFSET_MAX || abs(out->dst_offset) > OFFSET_MAX) r.bad = true;
    out->is_set = !r.bad;
    return !r.bad;
}

/* Seconds since 1970 of a change in that year, on the local clock before it. */
static int64_t change_local_sec(const struct change *c, int year) {
    int32_t day = days_from_civil(year, 1, 1);
    switch (c->kind) {
    case CHANGE_JULIAN: day += c->day - 1 + (is_leap(year) && c->day >= 60); break;
    case CHANGE_DAY_OF_YEAR: day += c->day; break;
    case CHANGE_MONTH_WEEK_DAY: {
        int32_t first = days_from_civil(year, c->month, 1);
        int in_month = (c->day - weekday_of(first) + 7) % 7 + (c->week - 1) * 7;
        while (in_month >= days_in_month(year, c->month)) in_month -= 7;
        day = first + in_month;
        break;
    }
    }
    return day * DAY_SEC + c->sec;
}

static int32_t rule_offset(const struct rule *r, int64_t sec, const char **abbrev) {
    bool dst = false;
    if (r->has_dst) {
        int year, month, day;
        civil_from_days((int32_t)div_floor(sec + r->std_offset, DAY_SEC), &year, &month, &day);
        int64_t start = change_local_sec(&r->start, year) - r->std_offset;
        int64_t end = change_local_sec(&r->end, year) - r->dst_offset;
        dst = start < end ? sec >= start && sec < end : sec >= start || sec < end;
    }
    if (abbrev != NULL) *abbrev = dst ? r->dst : r->std;
    return dst ? r->dst_offset : r->std_offset;
}

/* ---- TZif ---- */

static uint32_t be32(const uint8_t *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p) {
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

struct tzif {
    uint32_t isutc, isstd, leaps, times, types, chars;
};

/* Reads a header; its counts are bounded so that sizes below cannot overflow. */
static bool tzif_header(const uint8_t *p, size_t n, struct tzif *h) {
    if (n < TZIF_HEADER || memcmp(p, "TZif", 4) != 0 || p[4] < '2') return false;
    uint32_t *const counts[] = {&h->isutc, &h->isstd, &h->leaps, &h->times, &h->types, &h->chars};
    for (size_t i = 0; i < 6; i++) {
        *counts[i] = be32(p + 20 + 4 * i);
        if (*counts[i] > 1 << 20) return false;
    }
    return true;
}

static size_t tzif_bytes(const struct tzif *h, size_t time_bytes) {
    return h->times * (time_bytes + 1) + h->types * 6u + h->chars + h->leaps * (time_bytes + 4) + h->isstd + h->isutc;
}

static bool fill_zone(struct zone *z, const struct tzif *h, const uint8_t *p) {
    if (h->times > ZONE_TRANSITIONS_MAX || h->types == 0 || h->types > TYPES_MAX) return false;
    if (h->chars == 0 || h->chars >= ABBREVS_MAX) return false;
    const uint8_t *type_of = p + h->times * 8u, *types = type_of + h->times, *chars = types + h->types * 6u;
    z->transition_count = h->times;
    z->type_count = h->types;
    for (size_t i = 0; i < h->times; i++) {
        z->at[i] = be64(p + 8 * i);
        z->type_of[i] = type_of[i];
        if (type_of[i] >= h->types || (i > 0 && z->at[i] <= z->at[i - 1])) return false;
    }
    for (size_t i = 0; i < h->types; i++) {
        z->types[i] = (struct zone_type){.offset = (int32_t)be32(types + 6 * i), .abbrev = types[6 * i + 5]};
        if (z->types[i].offset > OFFSET_MAX || z->types[i].offset < -OFFSET_MAX) return false;
        if (z->types[i].abbrev >= h->chars) return false;
    }
    memcpy(z->abbrevs, chars, h->chars); /* the byte after them is already zero */
    return true;
}

/* The 64-bit block, then its footer between two newlines. */
static bool tzif_parse(struct zone *z, const uint8_t *p, size_t n) {
    struct tzif h;
    if (!tzif_header(p, n, &h)) return false;
    size_t skip = TZIF_HEADER + tzif_bytes(&h, 4);
    if (skip > n || !tzif_header(p + skip, n - skip, &h)) return false;
    p += skip + TZIF_HEADER;
    n -= skip + TZIF_HEADER;
    size_t block = tzif_bytes(&h, 8);
    if (block > n || !fill_zone(z, &h, p)) return false;
    const char *footer = (const char *)p + block;
    size_t left = n - block;
    if (left < 2 || footer[0] != '\n') return false;
    const char *end = memchr(footer + 1, '\n', left - 1);
    if (end == NULL) return false;
    return end == footer + 1 || rule_parse(footer + 1, (size_t)(end - footer - 1), &z->rule);
}

struct zone *zone_parse(const char *name, const void *tzif, size_t n, struct err *e) {
    struct zone *z = xcalloc(1, sizeof *z);
    if (str_copy(z->name, sizeof z->name, name) && tzif_parse(z, tzif, n)) return z;
    zone_free(z);
    err_set(e, ERR_SYNTAX, "%s is not a time zone file that can be read",
            "%s n’est pas un fichier de fuseau horaire lisible", name);
    return NULL;
}

void zone_free(struct zone *z) {
    free(z);
}

const char *zone_name(const struct zone *z) {
    return z != NULL ? z->name : "UTC";
}

static int32_t offset_at(const struct zone *z, int64_t sec, const char **abbrev) {
    if (z == NULL) {
        if (abbrev != NULL) *abbrev = "UTC";
        return 0;
    }
    size_t low = 0, high = z->transition_count; /* transitions at or before sec */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (z->at[middle] <= sec)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == z->transition_count && z->rule.is_set) return rule_offset(&z->rule, sec, abbrev);
    const struct zone_type *type = &z->types[low == 0 ? 0 : z->type_of[low - 1]];
    if (abbrev != NULL) *abbrev = z->abbrevs + type->abbrev;
    return type->offset;
}

int zone_offset_sec(const struct zone *z, when_t w, const char **abbrev) {
    return offset_at(z, when_sec(w), abbrev);
}

void when_civil(when_t w, const struct zone *z, struct civil *out) {
    int64_t sec = when_sec(w);
    sec += offset_at(z, sec, NULL);
    int32_t day = (int32_t)div_floor(sec, DAY_SEC);
    int in_day = (int)(sec - day * DAY_SEC);
    civil_from_days(day, &out->year, &out->month, &out->day);
    out->hour = in_day / 3600;
    out->minute = in_day / 60 % 60;
    out->second = in_day % 60;
    out->weekday = weekday_of(day);
}

/* The first second after `low` whose offset is not `low`'s; `high` is known to differ. */
static int64_t transition_between(const struct zone *z, int64_t low, int64_t high) {
    int32_t before = offset_at(z, low, NULL);
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (offset_at(z, middle, NULL) == before)
            low = middle;
        else
            high = middle;
    }
    return high;
}

when_t when_from_civil(const struct civil *c, const struct zone *z) {
    int64_t local =
        days_from_civil(c->year, c->month, c->day) * DAY_SEC + c->hour * 3600LL + c->minute * 60LL + c->second;
    if (local < SEC_MIN + 2 * DAY_SEC || local > SEC_MAX - 2 * DAY_SEC) return WHEN_NONE;
    /* Zones lie within a day of UTC, so these two offsets hold around the instant, whichever it is. */
    int32_t before = offset_at(z, local - DAY_SEC, NULL), after = offset_at(z, local + DAY_SEC, NULL);
    int64_t first = local - before, second = local - after;
    if (before == after) return when_from_sec(first);
    bool first_true = offset_at(z, first, NULL) == before, second_true = offset_at(z, second, NULL) == after;
    if (first_true && second_true) return when_from_sec(first < second ? first : second);
    if (first_true) return when_from_sec(first);
    if (second_true) return when_from_sec(second);
    return when_from_sec(transition_between(z, second, first)); /* a gap: the clock jumped over it */
}

int32_t when_trading_day(when_t w, const struct zone *z, int rollover_min) {
    struct civil c;
    when_civil(w, z, &c);
    int32_t day = days_from_civil(c.year, c.month, c.day);
    return rollover_min > 0 && c.hour * 60 + c.minute >= rollover_min ? day + 1 : day;
}

/* ---- text ---- */

/* Exactly `digits` digits. */
static int take_digits(struct reader *r, int digits) {
    int v = 0;
    for (; digits > 0; digits--, r->p++) {
        if (r->p == r->end || *r->p < '0' || *r->p > '9') {
            r->bad = true;
            return 0;
        }
        v = v * 10 + (*r->p - '0');
    }
    return v;
}

/* Nanoseconds; what is finer is dropped. */
static int32_t take_fraction(struct reader *r) {
    if (!take(r, '.') && !take(r, ',')) return 0;
    int32_t ns = 0, unit = 100000000;
    const char *start = r->p;
    for (; r->p < r->end && *r->p >= '0' && *r->p <= '9'; r->p++, unit /= 10) ns += (*r->p - '0') * unit;
    if (r->p == start) r->bad = true;
    return ns;
}

/* "Z", "+01", "+0100", "+01:00"; false where there is none. */
static bool take_offset(struct reader *r, int32_t *sec) {
    *sec = 0;
    if (take(r, 'Z') || take(r, 'z')) return true;
    int sign = take(r, '+') ? 1 : take(r, '-') ? -1 : 0;
    if (sign == 0) return false;
    int hours = take_digits(r, 2), minutes = 0;
    if (take(r, ':') || r->p < r->end) minutes = take_digits(r, 2);
    if (hours > 23 || minutes > 59) r->bad = true;
    *sec = sign * (hours * 3600 + minutes * 60);
    return true;
}

static void take_date(struct reader *r, struct civil *c) {
    c->year = take_digits(r, 4);
    if (!take(r, '-')) r->bad = true;
    c->month = take_digits(r, 2);
    if (!take(r, '-')) r->bad = true;
    c->day = take_digits(r, 2);
    if (r->bad || c->month < 1 || c->month > 12 || c->day < 1 || c->day > days_in_month(c->year, c->month))
        r->bad = true;
}

bool when_parse_iso(const char *s, size_t n, const struct zone *z, when_t *out) {
    struct reader r = {.p = s, .end = s + n};
    struct civil c = {0};
    int32_t ns = 0, offset = 0;
    bool has_offset = false;
    take_date(&r, &c);
    if (take(&r, 'T') || take(&r, 't') || take(&r, ' ')) {
        c.hour = take_digits(&r, 2);
        if (!take(&r, ':')) r.bad = true;
        c.minute = take_digits(&r, 2);
        if (take(&r, ':')) {
            c.second = take_digits(&r, 2);
            ns = take_fraction(&r);
        }
        has_offset = take_offset(&r, &offset);
    }
    if (r.bad || r.p != r.end || c.hour > 23 || c.minute > 59 || c.second > 59) return false;
    when_t w = when_from_civil(&c, has_offset ? NULL : z);
    if (w.ns == WHEN_NONE.ns) return false;
    *out = (when_t){w.ns - offset * NS_PER_SEC + ns};
    return true;
}

static char *digits(char *p, int value, int n) {
    for (int i = n; i-- > 0; value /= 10) p[i] = (char)('0' + value % 10);
    return p + n;
}

char *when_iso(char out[WHEN_TEXT_MAX], when_t w) {
    if (w.ns == WHEN_NONE.ns) {
        str_copy(out, WHEN_TEXT_MAX, "-");
        return out;
    }
    struct civil c;
    when_civil(w, NULL, &c);
    int ms = (int)((w.ns - when_sec(w) * NS_PER_SEC) / NS_PER_MS);
    char *p = out; /* nanoseconds of 64 bits end in 2262: four digits a year */
    p = digits(p, c.year, 4), *p++ = '-';
    p = digits(p, c.month, 2), *p++ = '-';
    p = digits(p, c.day, 2), *p++ = 'T';
    p = digits(p, c.hour, 2), *p++ = ':';
    p = digits(p, c.minute, 2), *p++ = ':';
    p = digits(p, c.second, 2);
    if (ms > 0) *p++ = '.', p = digits(p, ms, 3);
    *p++ = 'Z';
    *p = '\0';
    return out;
}

char *day_say(char out[WHEN_TEXT_MAX], enum lang lang, int32_t day) {
    static const char *const months[LANG_COUNT][12] = {
        {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"},
        {"janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."}};
    int y, m, d;
    civil_from_days(day, &y, &m, &d);
    if (lang == LANG_FR)
        snprintf(out, WHEN_TEXT_MAX, "%d%s %s %d", d, d == 1 ? "er" : "", months[LANG_FR][m - 1], y);
    else
        snprintf(out, WHEN_TEXT_MAX, "%s %d, %d", months[LANG_EN][m - 1], d, y);
    return out;
}

char *time_say(char out[WHEN_TEXT_MAX], when_t w, const struct zone *z) {
    struct civil c;
    when_civil(w, z, &c);
    snprintf(out, WHEN_TEXT_MAX, "%02d:%02d", c.hour, c.minute);
    return out;
}

char *when_say(char out[WHEN_TEXT_MAX], enum lang lang, when_t w, const struct zone *z) {
    char time[WHEN_TEXT_MAX];
    if (w.ns == WHEN_NONE.ns) {
        str_copy(out, WHEN_TEXT_MAX, "–");
        return out;
    }
    struct civil c;
    when_civil(w, z, &c);
    day_say(out, lang, days_from_civil(c.year, c.month, c.day));
    size_t n = strlen(out);
    snprintf(out + n, WHEN_TEXT_MAX - n, " %.8s", time_say(time, w, z));
    return out;
}

char *duration_say(char out[WHEN_TEXT_MAX], enum lang lang, int64_t ms) {
    const char *sign = ms < 0 ? "-" : "";
    uint64_t v = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms, sec = v / 1000;
    unsigned s = (unsigned)(sec % 60), min = (unsigned)(sec / 60 % 60), h = (unsigned)(sec / 3600 % 24);
    unsigned long long days = sec / 86400;
    if (v > 0 && v < 1000)
        snprintf(out, WHEN_TEXT_MAX, "%s%u\u00a0ms", sign, (unsigned)v);
    else if (sec < 60)
        snprintf(out, WHEN_TEXT_MAX, "%s%u\u00a0s", sign, s);
    else if (sec < 3600 && s == 0)
        snprintf(out, WHEN_TEXT_MAX, "%s%u\u00a0min", sign, min);
    else if (sec < 3600)
        snprintf(out, WHEN_TEXT_MAX, "%s%u\u00a0min\u00a0%02u\u00a0s", sign, min, s);
    else if (days == 0)
        snprintf(out, WHEN_TEXT_MAX, "%s%u\u00a0h\u00a0%02u\u00a0min", sign, h, min);
    else
        snprintf(out, WHEN_TEXT_MAX, "%s%llu\u00a0%s\u00a0%u\u00a0h", sign, days, tr(lang, "d", "j"), h);
    return out;
}
