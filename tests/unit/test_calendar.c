/*
 * calendar: zones as plain data against the parsed zone, the exchanges' holidays against
 * published dates and against 23 years of real bars, opening hours over the nights of
 * daylight saving, named sessions in the weeks in which two continents disagree.
 */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "engine/base/rng.h"
#include "engine/calendar.h"
#include "engine/feeds/zone_file.h"

#define DATA "../shared/data/"

enum { NY, PARIS, TOKYO, LONDON };
enum { CME, STOCKS, FX, ALWAYS, METAL };
static struct calendars cal;

static void load_zone(uint16_t at, const char *name) {
    struct zone *z;
    struct err e = {0};
    if (zone_open(name, &z, &e) != 0) fail_msg("%s", err_text(&e, LANG_EN));
    zone_plan(z, &cal.zones[at]);
    zone_free(z);
    if (cal.zone_count <= at) cal.zone_count = at + 1u;
}

static int set_up(void **state) {
    (void)state;
    load_zone(NY, "America/New_York");
    load_zone(PARIS, "Europe/Paris");
    load_zone(TOKYO, "Asia/Tokyo");
    load_zone(LONDON, "Europe/London");
    cal.hours[CME] = (struct trading_hours){"cme", NY, 18 * 60, 17 * 60, 0x3e, HOLIDAYS_CME_EQUITY};
    cal.hours[STOCKS] = (struct trading_hours){"stocks", NY, 570, 960, 0x3e, HOLIDAYS_US_STOCKS};
    cal.hours[FX] = (struct trading_hours){"fx", NY, 17 * 60, 17 * 60, 0x3e, HOLIDAYS_FX};
    cal.hours[ALWAYS] = (struct trading_hours){"always", NY, 0, 0, 0x7f, HOLIDAYS_NONE};
    cal.hours[METAL] = (struct trading_hours){"metal", NY, 18 * 60, 17 * 60, 0x3e, HOLIDAYS_METALS};
    cal.hours_count = 5;
    cal.sessions[0] = (struct named_session){"Asia", TOKYO, 9 * 60, 16 * 60};
    cal.sessions[1] = (struct named_session){"New York", PARIS, 14 * 60 + 30, 21 * 60};
    cal.sessions[2] = (struct named_session){"RTH", NY, 570, 960};
    cal.sessions[3] = (struct named_session){"Globex", NY, 18 * 60, 17 * 60};
    cal.session_count = 4;
    assert_true(calendars_hold(&cal));
    return 0;
}

static when_t utc(const char *text) {
    when_t w;
    if (!when_parse_iso(text, strlen(text), NULL, &w)) fail_msg("%s", text);
    return w;
}

static int32_t date(int y, int m, int d) {
    return days_from_civil(y, m, d);
}

static void same_instant(when_t a, const char *expected) {
    char text[WHEN_TEXT_MAX];
    assert_string_equal(when_iso(text, a), expected);
}

/* ---- zones ---- */

static void plans_say_what_zones_say(void **state) {
    (void)state;
    static const char *const names[] = {"America/New_York", "Europe/London", "Asia/Tokyo", "Australia/Lord_Howe",
                                        "America/Sao_Paulo"};
    struct rng r;
    rng_seed(&r, 7);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct zone *z;
        static struct zone_plan p;
        assert_int_equal(zone_open(names[i], &z, NULL), 0);
        zone_plan(z, &p);
        for (int k = 0; k < 20000; k++) {
            int64_t sec = 631152000LL + (int64_t)(rng_u64(&r) % 2208988800ULL);
            if (zone_plan_offset(&p, sec) != zone_offset_sec(z, when_from_sec(sec), NULL))
                fail_msg("%s at %lld", names[i], (long long)sec);
            struct civil c;
            when_civil(when_from_sec(sec), z, &c);
            int32_t min, day = zone_plan_day(&p, sec, &min);
            assert_int_equal(day, date(c.year, c.month, c.day));
            assert_int_equal(min, c.hour * 60 + c.minute);
            c.second = 0;
            assert_int_equal(zone_plan_sec(&p, day, min), when_sec(when_from_civil(&c, z)));
        }
        zone_free(z);
    }
}

static void no_zone_is_utc(void **state) {
    (void)state;
    struct zone_plan p;
    zone_plan(NULL, &p);
    assert_int_equal(p.n, 0);
    assert_int_equal(zone_plan_offset(&p, 1700000000), 0);
    assert_string_equal(p.name, "UTC");
}

static void skipped_and_repeated_hours(void **state) {
    (void)state;
    /* New York 2025: 02:30 does not exist on March 9, 01:30 is there twice on November 2. */
    assert_int_equal(zone_plan_sec(&cal.zones[NY], date(2025, 3, 9), 150), when_sec(utc("2025-03-09T07:00:00Z")));
    assert_int_equal(zone_plan_sec(&cal.zones[NY], date(2025, 11, 2), 90), when_sec(utc("2025-11-02T05:30:00Z")));
}

/* ---- holidays ---- */

static void expect(enum holidays rules, int y, int m, int d, enum holiday holiday, int32_t close) {
    int32_t got;
    enum holiday h = holiday_of(rules, date(y, m, d), &got);
    if (h != holiday || got != close)
        fail_msg("%d-%02d-%02d: %s, %d; expected %s, %d", y, m, d, holiday_say(h, LANG_EN), got,
                 holiday_say(holiday, LANG_EN), close);
}

static void published_days_of_2026(void **state) {
    (void)state;
    static const struct {
        int y, m, d;
        enum holiday h;
        int32_t cme, stocks;
    } days[] = {
        {2026, 1, 1, HOLIDAY_NEW_YEAR, 0, 0},
        {2026, 1, 19, HOLIDAY_KING, 780, 0},
        {2026, 2, 16, HOLIDAY_PRESIDENTS, 780, 0},
        {2026, 4, 3, HOLIDAY_GOOD_FRIDAY, 555, 0},
        {2026, 5, 25, HOLIDAY_MEMORIAL, 780, 0},
        {2026, 6, 19, HOLIDAY_JUNETEENTH, 780, 0},
        {2026, 7, 3, HOLIDAY_INDEPENDENCE, 780, 0},
        {2026, 9, 7, HOLIDAY_LABOR, 780, 0},
        {2026, 11, 26, HOLIDAY_THANKSGIVING, 780, 0},
        {2026, 11, 27, HOLIDAY_THANKSGIVING_AFTER, 795, 780},
        {2026, 12, 24, HOLIDAY_CHRISTMAS_EVE, 795, 780},
        {2026, 12, 25, HOLIDAY_CHRISTMAS, 0, 0},
        {2027, 1, 1, HOLIDAY_NEW_YEAR, 0, 0},
    };
    size_t n = sizeof days / sizeof days[0], at = 0;
    for (int32_t day = date(2026, 1, 1); day <= date(2027, 1, 1); day++) {
        int y, m, d;
        civil_from_days(day, &y, &m, &d);
        bool listed = at < n && days[at].y == y && days[at].m == m && days[at].d == d;
        expect(HOLIDAYS_CME_EQUITY, y, m, d, listed ? days[at].h : HOLIDAY_NONE, listed ? days[at].cme : -1);
        expect(HOLIDAYS_US_STOCKS, y, m, d, listed ? days[at].h : HOLIDAY_NONE, listed ? days[at].stocks : -1);
        at += listed;
    }
    assert_int_equal(at, n);
}

static void awkward_years(void **state) {
    (void)state;
    expect(HOLIDAYS_US_STOCKS, 2021, 12, 24, HOLIDAY_CHRISTMAS, 0);  /* the 25th is a Saturday */
    expect(HOLIDAYS_US_STOCKS, 2021, 12, 31, HOLIDAY_NONE, -1);      /* New Year on a Saturday is not kept */
    expect(HOLIDAYS_US_STOCKS, 2022, 12, 26, HOLIDAY_CHRISTMAS, 0);  /* the 25th is a Sunday */
    expect(HOLIDAYS_CME_EQUITY, 2023, 1, 2, HOLIDAY_NEW_YEAR, 0);    /* so is the 1st */
    expect(HOLIDAYS_US_STOCKS, 2027, 7, 5, HOLIDAY_INDEPENDENCE, 0); /* the 4th is a Sunday */
    expect(HOLIDAYS_US_STOCKS, 2025, 7, 3, HOLIDAY_INDEPENDENCE_EVE, 780);
    expect(HOLIDAYS_CME_EQUITY, 2024, 3, 29, HOLIDAY_GOOD_FRIDAY, 0);  /* no jobs report */
    expect(HOLIDAYS_CME_EQUITY, 2023, 4, 7, HOLIDAY_GOOD_FRIDAY, 555); /* with it */
    expect(HOLIDAYS_US_STOCKS, 2021, 6, 18, HOLIDAY_NONE, -1);         /* Juneteenth: since 2022 */
    expect(HOLIDAYS_US_STOCKS, 2022, 6, 20, HOLIDAY_JUNETEENTH, 0);    /* the 19th is a Sunday */
    expect(HOLIDAYS_US_STOCKS, 2025, 1, 9, HOLIDAY_SPECIAL, 0);        /* mourning */
    expect(HOLIDAYS_FX, 2021, 12, 24, HOLIDAY_NONE, -1);
    expect(HOLIDAYS_FX, 2025, 12, 25, HOLIDAY_CHRISTMAS, 0);
    expect(HOLIDAYS_METALS, 2025, 4, 18, HOLIDAY_GOOD_FRIDAY, 0);
    expect(HOLIDAYS_METALS, 2025, 1, 20, HOLIDAY_KING, 870);
    for (int h = 1; h < HOLIDAY_COUNT; h++) {
        assert_true(holiday_say((enum holiday)h, LANG_EN)[0] != '\0' &&
                    holiday_say((enum holiday)h, LANG_FR)[0] != '\0');
    }
}

/* The weekdays on which an exchange-traded fund printed nothing, from 1998 on, are exactly the closed ones. */
static void holidays_are_those_of_real_bars(void **state) {
    (void)state;
    gzFile f = gzopen(DATA "lean_spy_h1_raw.csv.gz", "rb");
    if (f == NULL) {
        print_message("skipped: there is no " DATA "lean_spy_h1_raw.csv.gz\n");
        skip();
    }
    static bool seen[20000];
    int32_t first = 0, last = 0, min;
    char line[256];
    memset(seen, 0, sizeof seen);
    while (gzgets(f, line, sizeof line) != NULL) {
        int64_t sec = strtoll(line, NULL, 10);
        if (sec == 0) continue;
        last = zone_plan_day(&cal.zones[NY], sec, &min);
        if (first == 0) first = last;
        seen[last - date(1990, 1, 1)] = true;
    }
    gzclose(f);
    uint32_t closed = 0;
    for (int32_t day = first; day <= last; day++) {
        struct day_hours h;
        calendar_hours(&cal, STOCKS, day, &h);
        int y, m, d;
        civil_from_days(day, &y, &m, &d);
        if (h.closed == seen[day - date(1990, 1, 1)]) fail_msg("%d-%02d-%02d: closed %d", y, m, d, h.closed);
        closed += h.closed && h.holiday != HOLIDAY_NONE;
    }
    print_message("%u days, %u holidays\n", (unsigned)(last - first + 1), closed);
    assert_true(closed > 200);
}

/* ---- hours ---- */

static uint32_t bars_outside(const char *path, uint16_t hours, int64_t until, uint32_t *bars) {
    gzFile f = gzopen(path, "rb");
    uint32_t outside = 0;
    char line[256];
    *bars = 0;
    while (f != NULL && gzgets(f, line, sizeof line) != NULL) {
        int64_t sec = strtoll(line, NULL, 10);
        if (sec == 0 || sec >= until) continue;
        ++*bars;
        if (calendar_is_open(&cal, hours, when_from_sec(sec))) continue;
        char text[WHEN_TEXT_MAX];
        if (outside++ < 3) print_message("outside: %s\n", when_iso(text, when_from_sec(sec)));
    }
    if (f != NULL) gzclose(f);
    return outside;
}

/* What really traded did so while it was open, in the weeks of two clocks too. */
static void real_bars_lie_in_the_hours(void **state) {
    (void)state;
    uint32_t bars, outside = bars_outside(DATA "qqq_m5.csv.gz", STOCKS, 1757894400, &bars);
    if (bars == 0) {
        print_message("skipped: there is no " DATA "qqq_m5.csv.gz\n");
        skip();
    }
    print_message("QQQ: %u of %u bars outside\n", outside, bars);
    assert_true(bars > 5000 && outside == 0); /* from 2025-09-15 on the file has bars before and after the session */
    outside = bars_outside(DATA "xauusd_m5_2025.csv.gz", METAL, INT64_MAX, &bars);
    print_message("gold: %u of %u bars outside\n", outside, bars);
    assert_true(bars > 70000 && outside < bars / 1000); /* a venue's own early closes */
    outside = bars_outside(DATA "lean_es_m1_trade_quote.csv.gz", CME, INT64_MAX, &bars);
    print_message("ES: %u of %u bars outside\n", outside, bars);
    assert_true(outside < bars / 50); /* in 2013 the day ended at 17:15 */
}

static void opening_and_closing_instants(void **state) {
    (void)state;
    /* Friday 2026-11-20, New York is at UTC-5: the week closes at 22:00Z and opens on Sunday at 23:00Z. */
    when_t close = utc("2026-11-20T22:00:00Z"), open = utc("2026-11-22T23:00:00Z"), reopens;
    assert_true(calendar_is_open(&cal, CME, (when_t){close.ns - 1}));
    assert_false(calendar_is_open(&cal, CME, close));
    assert_false(calendar_is_open(&cal, CME, (when_t){open.ns - 1}));
    assert_true(calendar_is_open(&cal, CME, open));
    same_instant(calendar_next_open(&cal, CME, close), "2026-11-22T23:00:00Z");
    same_instant(calendar_next_open(&cal, CME, open), "2026-11-22T23:00:00Z");
    same_instant(calendar_close(&cal, CME, open), "2026-11-23T22:00:00Z");
    assert_int_equal(calendar_minutes_to_close(&cal, CME, utc("2026-11-20T21:29:59Z")), 30);
    assert_int_equal(calendar_minutes_to_close(&cal, CME, close), -1);
    assert_true(calendar_close_is_long(&cal, CME, close, &reopens));
    same_instant(reopens, "2026-11-22T23:00:00Z");
    /* The daily break is an hour, and the day changes with it. */
    assert_false(calendar_close_is_long(&cal, CME, utc("2026-11-18T22:00:00Z"), &reopens));
    same_instant(reopens, "2026-11-18T23:00:00Z");
    assert_int_equal(calendar_day(&cal, CME, utc("2026-11-18T22:59:59Z")), date(2026, 11, 18));
    assert_int_equal(calendar_day(&cal, CME, utc("2026-11-18T23:00:00Z")), date(2026, 11, 19));
}

static void early_closes_and_reopenings(void **state) {
    (void)state;
    struct day_hours h;
    calendar_hours(&cal, CME, date(2026, 11, 26), &h); /* Thanksgiving: 13:00, and again at 18:00 */
    assert_true(h.early && !h.closed && h.holiday == HOLIDAY_THANKSGIVING);
    same_instant(h.close, "2026-11-26T18:00:00Z");
    same_instant(calendar_next_open(&cal, CME, h.close), "2026-11-26T23:00:00Z");
    calendar_hours(&cal, CME, date(2026, 12, 25), &h); /* closed; the 24th closes at 13:15, Sunday opens */
    assert_true(h.closed);
    same_instant(calendar_next_open(&cal, CME, utc("2026-12-24T18:15:00Z")), "2026-12-27T23:00:00Z");
    /* Good Friday without a jobs report: Thursday evening stays shut. */
    when_t reopens;
    assert_false(calendar_is_open(&cal, CME, utc("2025-04-17T22:30:00Z")));
    assert_true(calendar_close_is_long(&cal, CME, utc("2025-04-17T21:00:00Z"), &reopens));
    same_instant(reopens, "2025-04-20T22:00:00Z");
    assert_true(calendar_is_open(&cal, CME, utc("2026-04-03T13:14:00Z")));
    assert_false(calendar_is_open(&cal, CME, utc("2026-04-03T13:15:00Z")));
    /* Stocks are shut every night, and that is no weekend. */
    assert_false(calendar_close_is_long(&cal, STOCKS, utc("2026-11-18T21:00:00Z"), &reopens));
    same_instant(reopens, "2026-11-19T14:30:00Z");
}

static void whole_days_and_none(void **state) {
    (void)state;
    assert_true(calendar_is_open(&cal, ALWAYS, utc("2026-11-21T12:00:00Z")));
    assert_true(calendar_is_open(&cal, CALENDAR_NONE, utc("2026-11-21T12:00:00Z")));
    assert_int_equal(calendar_minutes_to_close(&cal, CALENDAR_NONE, utc("2026-11-21T12:00:00Z")), INT64_MAX);
    assert_int_equal(calendar_day(&cal, CALENDAR_NONE, utc("1969-12-31T23:00:00Z")), -1);
    /* Currencies: from 17:00 to 17:00, a day without a break. */
    assert_true(calendar_is_open(&cal, FX, utc("2026-11-18T22:00:00Z")));
    assert_int_equal(calendar_day(&cal, FX, utc("2026-11-18T21:59:59Z")), date(2026, 11, 18));
    assert_int_equal(calendar_day(&cal, FX, utc("2026-11-18T22:00:00Z")), date(2026, 11, 19));
    assert_false(calendar_is_open(&cal, FX, utc("2026-11-20T22:00:00Z")));
    /* No weekday at all: it never opens, and that is said. */
    struct calendars never = cal;
    never.hours[CME].weekdays = 0;
    assert_int_equal(calendar_next_open(&never, CME, utc("2026-11-18T22:00:00Z")).ns, WHEN_NONE.ns);
}

/* What never shuts has no close: a day that ends is none. What shuts on one day of the week, or on a holiday, has one. */
static void markets_that_never_close(void **state) {
    (void)state;
    static struct calendars c;
    when_t t = utc("2026-11-18T23:50:00Z"), reopens;
    c = cal;
    assert_int_equal(calendar_close(&c, ALWAYS, t).ns, WHEN_NONE.ns);
    assert_int_equal(calendar_minutes_to_close(&c, ALWAYS, t), INT64_MAX);
    assert_int_equal(calendar_minutes_to_close(&c, ALWAYS, utc("2026-11-19T04:59:00Z")), INT64_MAX);
    assert_true(calendar_is_open(&c, ALWAYS, utc("2026-11-19T05:00:00Z"))); /* its day ends in New York */
    assert_int_equal(calendar_day(&c, ALWAYS, utc("2026-11-19T05:00:00Z")), date(2026, 11, 19));
    c.hours[ALWAYS].holidays = HOLIDAYS_FX;
    assert_int_equal(calendar_minutes_to_close(&c, ALWAYS, utc("2026-11-19T04:00:00Z")), 60);
    c.hours[ALWAYS].holidays = HOLIDAYS_NONE;
    c.hours[ALWAYS].weekdays = 0x3e;
    assert_int_equal(calendar_minutes_to_close(&c, ALWAYS, utc("2026-11-21T04:00:00Z")), 60);
    /* Currencies go on at 17:00, but their day closes: what is not to be held over the night goes before it. */
    assert_int_equal(calendar_minutes_to_close(&c, FX, utc("2026-11-18T21:30:00Z")), 30);
    assert_false(calendar_close_is_long(&c, FX, utc("2026-11-18T22:00:00Z"), &reopens));
    same_instant(reopens, "2026-11-18T22:00:00Z");
}

/* Hours that begin after an early close: that day is shut, and the next opening is a real one. */
static void early_closes_before_the_opening(void **state) {
    (void)state;
    static struct calendars c;
    struct day_hours h;
    c = cal;
    c.hours[STOCKS].open_min = 14 * 60; /* 14:00 to 16:00 */
    calendar_hours(&c, STOCKS, date(2026, 11, 27), &h);
    assert_true(h.closed && !h.early && h.holiday == HOLIDAY_THANKSGIVING_AFTER);
    assert_true(h.open.ns == h.close.ns);
    same_instant(calendar_next_open(&c, STOCKS, utc("2026-11-27T12:00:00Z")), "2026-11-30T19:00:00Z");
    assert_false(calendar_is_open(&c, STOCKS, utc("2026-11-27T19:30:00Z")));
    c.hours[STOCKS].open_min = 13 * 60; /* at the very minute */
    calendar_hours(&c, STOCKS, date(2026, 11, 27), &h);
    assert_true(h.closed);
}

/* At any instant: open means inside the day that it belongs to, and the next opening is the first open instant. */
static void answers_agree(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 11);
    for (int k = 0; k < 20000; k++) {
        when_t t = when_from_sec(946684800LL + (int64_t)(rng_u64(&r) % 1577836800ULL));
        uint16_t in = (uint16_t)(rng_u64(&r) % 5);
        bool open = calendar_is_open(&cal, in, t);
        when_t next = calendar_next_open(&cal, in, t);
        assert_true(next.ns != WHEN_NONE.ns);
        assert_int_equal(open, next.ns == t.ns);
        assert_int_equal(open, calendar_minutes_to_close(&cal, in, t) >= 0);
        assert_true(calendar_is_open(&cal, in, next));
        if (!open) assert_false(calendar_is_open(&cal, in, (when_t){next.ns - 1}));
        assert_true(calendar_day(&cal, in, next) >= calendar_day(&cal, in, t));
    }
}

/* ---- sessions ---- */

/* 14:30 in Paris is 8:30 in New York but in the weeks in which only one of them has summer time: then 9:30. */
static void weeks_in_which_clocks_disagree(void **state) {
    (void)state;
    static const struct {
        const char *from, *to; /* dates: from the first to the one before the second, hours differ by five */
    } weeks[] = {{"2025-03-09", "2025-03-30"}, {"2025-10-26", "2025-11-02"}, {"2026-03-08", "2026-03-29"},
                 {"2026-10-25", "2026-11-01"}, {"2027-03-14", "2027-03-28"}, {"2027-10-31", "2027-11-07"},
                 {"2028-03-12", "2028-03-26"}, {"2028-10-29", "2028-11-05"}};
    uint32_t in_weeks = 0;
    for (int32_t day = date(2025, 1, 6); day < date(2029, 1, 1); day++) {
        int y, m, d;
        char text[WHEN_TEXT_MAX];
        civil_from_days(day, &y, &m, &d);
        snprintf(text, sizeof text, "%04d-%02d-%02d", y, m, d);
        bool differ = false;
        for (size_t i = 0; i < sizeof weeks / sizeof weeks[0]; i++)
            differ |= strcmp(text, weeks[i].from) >= 0 && strcmp(text, weeks[i].to) < 0;
        if ((day % 7 + 11) % 7 == 0 || (day % 7 + 11) % 7 == 6) continue;
        when_t from, to;
        int32_t min;
        session_bounds(&cal, 1, when_from_sec(day * 86400LL + 10 * 3600), &from, &to);
        assert_int_equal(zone_plan_day(&cal.zones[PARIS], when_sec(from), &min), day);
        assert_int_equal(min, 14 * 60 + 30);
        zone_plan_day(&cal.zones[NY], when_sec(from), &min);
        assert_int_equal(min, differ ? 9 * 60 + 30 : 8 * 60 + 30);
        assert_int_equal((to.ns - from.ns) / NS_PER_SEC, 6 * 3600 + 1800);
        in_weeks += differ;
    }
    assert_int_equal(in_weeks, 5 * (3 + 1 + 3 + 1 + 2 + 1 + 2 + 1));
}

static void sessions_of_an_instant(void **state) {
    (void)state;
    assert_int_equal(sessions_at(&cal, utc("2026-11-18T00:00:00Z")), 1 << 0 | 1 << 3); /* Tokyo 9:00, Globex */
    assert_int_equal(sessions_at(&cal, utc("2026-11-18T07:00:00Z")), 1 << 3);
    assert_int_equal(sessions_at(&cal, utc("2026-11-18T15:00:00Z")), 1 << 1 | 1 << 2 | 1 << 3);
    assert_int_equal(sessions_at(&cal, utc("2026-11-21T15:00:00Z")), 0);      /* a Saturday */
    assert_int_equal(sessions_at(&cal, utc("2026-11-22T23:30:00Z")), 1 << 3); /* Sunday evening */
    assert_int_equal(session_find(&cal, "new york"), 1);
    assert_int_equal(session_find(&cal, "Sydney"), -1);
    when_t from, to;
    session_bounds(&cal, 2, utc("2026-11-20T21:00:00Z"), &from, &to); /* at its end: the next one, on Monday */
    same_instant(from, "2026-11-23T14:30:00Z");
    same_instant(to, "2026-11-23T21:00:00Z");
}

static void stored_and_read_back(void **state) {
    (void)state;
    static struct calendars back;
    struct buf b;
    struct snap s;
    buf_init(&b, 1 << 16);
    snap_writer(&s, &b);
    calendars_snap(&cal, &s);
    assert_true(snap_complete(&s));
    snap_reader(&s, b.p, b.len);
    calendars_snap(&back, &s);
    assert_true(snap_complete(&s) && calendars_hold(&back));
    assert_memory_equal(&back, &cal, sizeof cal);
    buf_clear(&b);
    back.hours[0].zone = 9;
    assert_false(calendars_hold(&back));
    back = cal;
    back.sessions[1].to_min = DAY_MIN;
    assert_false(calendars_hold(&back));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_say_what_zones_say),
        cmocka_unit_test(no_zone_is_utc),
        cmocka_unit_test(skipped_and_repeated_hours),
        cmocka_unit_test(published_days_of_2026),
        cmocka_unit_test(awkward_years),
        cmocka_unit_test(holidays_are_those_of_real_bars),
        cmocka_unit_test(real_bars_lie_in_the_hours),
        cmocka_unit_test(opening_and_closing_instants),
        cmocka_unit_test(early_closes_and_reopenings),
        cmocka_unit_test(whole_days_and_none),
        cmocka_unit_test(markets_that_never_close),
        cmocka_unit_test(early_closes_before_the_opening),
        cmocka_unit_test(answers_agree),
        cmocka_unit_test(weeks_in_which_clocks_disagree),
        cmocka_unit_test(sessions_of_an_instant),
        cmocka_unit_test(stored_and_read_back),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
