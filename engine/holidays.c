/*
 * holidays: which days the exchanges of the United States close or close early, by the
 * rules that they publish, for any year; only what no rule foresees is a list. Hours are
 * New York's. A venue's own calendar, where there is one, wins over these. Owns nothing.
 */
#include "engine/calendar.h"

#include <assert.h>

#define CLOSED 0
#define USUAL (-1)
#define AT(hour, minute) ((hour)*60 + (minute))

static int weekday_of(int32_t day) {
    return (int)((day % 7 + 11) % 7);
}

const char *holiday_say(enum holiday h, enum lang lang) {
    static const char *const names[][LANG_COUNT] = {
        [HOLIDAY_NONE] = {"", ""},
        [HOLIDAY_NEW_YEAR] = {"New Year’s Day", "Jour de l’an"},
        [HOLIDAY_KING] = {"Martin Luther King Day", "Journée Martin Luther King"},
        [HOLIDAY_PRESIDENTS] = {"Presidents’ Day", "Fête des présidents"},
        [HOLIDAY_GOOD_FRIDAY] = {"Good Friday", "Vendredi saint"},
        [HOLIDAY_MEMORIAL] = {"Memorial Day", "Memorial Day"},
        [HOLIDAY_JUNETEENTH] = {"Juneteenth", "Juneteenth"},
        [HOLIDAY_INDEPENDENCE_EVE] = {"eve of Independence Day", "veille de la fête nationale américaine"},
        [HOLIDAY_INDEPENDENCE] = {"Independence Day", "fête nationale américaine"},
        [HOLIDAY_LABOR] = {"Labor Day", "fête du travail américaine"},
        [HOLIDAY_THANKSGIVING] = {"Thanksgiving", "Thanksgiving"},
        [HOLIDAY_THANKSGIVING_AFTER] = {"day after Thanksgiving", "lendemain de Thanksgiving"},
        [HOLIDAY_CHRISTMAS_EVE] = {"Christmas Eve", "veille de Noël"},
        [HOLIDAY_CHRISTMAS] = {"Christmas", "Noël"},
        [HOLIDAY_SPECIAL] = {"special closure", "fermeture exceptionnelle"},
    };
    _Static_assert(sizeof names / sizeof names[0] == HOLIDAY_COUNT, "a name for every holiday");
    return (unsigned)h < HOLIDAY_COUNT ? names[h][lang] : "";
}

/* ---- the dates ---- */

/* The n-th such weekday of a month; n = -1: the last one. */
static int32_t nth_weekday(int year, int month, int weekday, int n) {
    if (n < 0) {
        int32_t last = days_from_civil(year, month + 1, 1) - 1;
        return last - (weekday_of(last) - weekday + 7) % 7;
    }
    int32_t first = days_from_civil(year, month, 1);
    return first + (weekday - weekday_of(first) + 7) % 7 + 7 * (n - 1);
}

/* Gregorian Easter Sunday (the computus of Meeus, Jones and Butcher). */
static int32_t easter(int year) {
    int a = year % 19, b = year / 100, c = year % 100;
    int d = b / 4, e = b % 4, f = (b + 8) / 25, g = (b - f + 1) / 3;
    int h = (19 * a + b - d - g + 15) % 30, i = c / 4, k = c % 4;
    int l = (32 + 2 * e + 2 * i - h - k) % 7, m = (a + 11 * h + 22 * l) / 451;
    int n = h + l - 7 * m + 114;
    return days_from_civil(year, n / 31, n % 31 + 1);
}

/* A fixed date as it is kept: what falls on a Saturday the Friday before, on a Sunday the Monday after. */
static bool is_kept(int32_t day, int32_t fixed) {
    int weekday = weekday_of(fixed);
    return day == fixed + (weekday == 0) - (weekday == 6);
}

static enum holiday in_winter(int32_t day, int year, int month) {
    int32_t new_year = days_from_civil(year, 1, 1), christmas = days_from_civil(year, 12, 25);
    int weekday = weekday_of(day);
    if (month == 1) {
        if (day == new_year || (weekday == 1 && day == new_year + 1))
            return HOLIDAY_NEW_YEAR; /* of a Saturday: not kept */
        return year >= 1998 && day == nth_weekday(year, 1, 1, 3) ? HOLIDAY_KING : HOLIDAY_NONE;
    }
    if (month == 2) return day == nth_weekday(year, 2, 1, 3) ? HOLIDAY_PRESIDENTS : HOLIDAY_NONE;
    if (month == 11) {
        int32_t thanksgiving = nth_weekday(year, 11, 4, 4);
        if (day == thanksgiving) return HOLIDAY_THANKSGIVING;
        return day == thanksgiving + 1 ? HOLIDAY_THANKSGIVING_AFTER : HOLIDAY_NONE;
    }
    if (month != 12) return HOLIDAY_NONE;
    if (is_kept(day, christmas) || day == christmas) return HOLIDAY_CHRISTMAS;
    return day == christmas - 1 && weekday >= 1 && weekday <= 4 ? HOLIDAY_CHRISTMAS_EVE : HOLIDAY_NONE;
}

static enum holiday in_summer(int32_t day, int year, int month) {
    int32_t july4 = days_from_civil(year, 7, 4);
    int weekday = weekday_of(day);
    if ((month == 3 || month == 4) && weekday == 5 && day == easter(year) - 2) return HOLIDAY_GOOD_FRIDAY;
    if (month == 5 && day == nth_weekday(year, 5, 1, -1)) return HOLIDAY_MEMORIAL;
    if (month == 6 && year >= 2022 && is_kept(day, days_from_civil(year, 6, 19))) return HOLIDAY_JUNETEENTH;
    if (month == 9 && day == nth_weekday(year, 9, 1, 1)) return HOLIDAY_LABOR;
    if (month != 7) return HOLIDAY_NONE;
    if (is_kept(day, july4)) return HOLIDAY_INDEPENDENCE;
    return day == july4 - 1 && weekday >= 1 && weekday <= 4 ? HOLIDAY_INDEPENDENCE_EVE : HOLIDAY_NONE;
}

/* ---- what they do ---- */

/* Closings that no rule foresees. */
static const struct {
    int year, month, day;
    int32_t stocks, futures; /* CLOSED, an hour, or USUAL */
} special[] = {
    {2001, 9, 11, CLOSED, CLOSED},     {2001, 9, 12, CLOSED, CLOSED},     {2001, 9, 13, CLOSED, CLOSED},
    {2001, 9, 14, CLOSED, CLOSED},     {2004, 6, 11, CLOSED, USUAL},      {2007, 1, 2, CLOSED, USUAL},
    {2012, 10, 29, CLOSED, AT(9, 15)}, {2012, 10, 30, CLOSED, AT(9, 15)}, {2018, 12, 5, CLOSED, AT(9, 30)},
    {2025, 1, 9, CLOSED, AT(9, 30)},
};

static enum holiday special_of(enum holidays rules, int32_t day, int32_t *close_min) {
    for (size_t i = 0; i < sizeof special / sizeof special[0]; i++) {
        if (days_from_civil(special[i].year, special[i].month, special[i].day) != day) continue;
        *close_min = rules == HOLIDAYS_US_STOCKS ? special[i].stocks : special[i].futures;
        return *close_min == USUAL ? HOLIDAY_NONE : HOLIDAY_SPECIAL;
    }
    return HOLIDAY_NONE;
}

/* Futures trade until 9:15 on a Good Friday on which the jobs report comes: the first Friday of April. */
static int32_t good_friday_close(int32_t day) {
    int year, month, in_month;
    civil_from_days(day, &year, &month, &in_month);
    return month == 4 && in_month <= 7 ? AT(9, 15) : CLOSED;
}

static int32_t cme_close(enum holiday h, int32_t day) {
    switch (h) {
    case HOLIDAY_NEW_YEAR:
    case HOLIDAY_CHRISTMAS: return CLOSED;
    case HOLIDAY_GOOD_FRIDAY: return good_friday_close(day);
    case HOLIDAY_KING:
    case HOLIDAY_PRESIDENTS:
    case HOLIDAY_MEMORIAL:
    case HOLIDAY_JUNETEENTH:
    case HOLIDAY_INDEPENDENCE:
    case HOLIDAY_LABOR:
    case HOLIDAY_THANKSGIVING: return AT(13, 0);
    case HOLIDAY_INDEPENDENCE_EVE:
    case HOLIDAY_THANKSGIVING_AFTER:
    case HOLIDAY_CHRISTMAS_EVE: return AT(13, 15);
    case HOLIDAY_NONE:
    case HOLIDAY_SPECIAL:
    case HOLIDAY_COUNT: break;
    }
    return USUAL;
}

static int32_t stocks_close(enum holiday h) {
    switch (h) {
    case HOLIDAY_INDEPENDENCE_EVE:
    case HOLIDAY_THANKSGIVING_AFTER:
    case HOLIDAY_CHRISTMAS_EVE: return AT(13, 0);
    case HOLIDAY_NEW_YEAR:
    case HOLIDAY_KING:
    case HOLIDAY_PRESIDENTS:
    case HOLIDAY_GOOD_FRIDAY:
    case HOLIDAY_MEMORIAL:
    case HOLIDAY_JUNETEENTH:
    case HOLIDAY_INDEPENDENCE:
    case HOLIDAY_LABOR:
    case HOLIDAY_THANKSGIVING:
    case HOLIDAY_CHRISTMAS: return CLOSED;
    case HOLIDAY_NONE:
    case HOLIDAY_SPECIAL:
    case HOLIDAY_COUNT: break;
    }
    return USUAL;
}

static int32_t metals_close(enum holiday h) {
    switch (h) {
    case HOLIDAY_NEW_YEAR:
    case HOLIDAY_GOOD_FRIDAY:
    case HOLIDAY_CHRISTMAS: return CLOSED;
    case HOLIDAY_INDEPENDENCE: return AT(13, 0);
    case HOLIDAY_KING:
    case HOLIDAY_PRESIDENTS:
    case HOLIDAY_MEMORIAL:
    case HOLIDAY_JUNETEENTH:
    case HOLIDAY_LABOR:
    case HOLIDAY_THANKSGIVING: return AT(14, 30);
    case HOLIDAY_THANKSGIVING_AFTER: return AT(14, 45);
    case HOLIDAY_CHRISTMAS_EVE: return AT(13, 45);
    case HOLIDAY_INDEPENDENCE_EVE:
    case HOLIDAY_NONE:
    case HOLIDAY_SPECIAL:
    case HOLIDAY_COUNT: break;
    }
    return USUAL;
}

/* Only the dates themselves: currencies trade on the day on which others keep them. */
static int32_t fx_close(enum holiday h, int32_t day) {
    int year, month, in_month;
    civil_from_days(day, &year, &month, &in_month);
    return (h == HOLIDAY_NEW_YEAR && in_month == 1) || (h == HOLIDAY_CHRISTMAS && in_month == 25) ? CLOSED : USUAL;
}

enum holiday holiday_of(enum holidays rules, int32_t day, int32_t *close_min) {
    int year, month, in_month, weekday = weekday_of(day);
    *close_min = USUAL;
    if (rules == HOLIDAYS_NONE || weekday == 0 || weekday == 6) return HOLIDAY_NONE;
    civil_from_days(day, &year, &month, &in_month);
    enum holiday h = HOLIDAY_NONE;
    if (rules == HOLIDAYS_US_STOCKS || rules == HOLIDAYS_CME_EQUITY) h = special_of(rules, day, close_min);
    if (h != HOLIDAY_NONE) return h;
    h = month <= 2 || month >= 11 ? in_winter(day, year, month) : in_summer(day, year, month);
    switch (rules) {
    case HOLIDAYS_FX: *close_min = fx_close(h, day); break;
    case HOLIDAYS_US_STOCKS: *close_min = stocks_close(h); break;
    case HOLIDAYS_CME_EQUITY: *close_min = cme_close(h, day); break;
    case HOLIDAYS_METALS: *close_min = metals_close(h); break;
    case HOLIDAYS_NONE:
    case HOLIDAYS_COUNT: break;
    }
    return *close_min == USUAL ? HOLIDAY_NONE : h;
}
