/*
 * when: the calendar and the zones against the C library (an independent reader of the same
 * files), the awkward hours by hand, broken zone files, and texts both ways.
 */
#include "tests/unit/unit.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/buf.h"
#include "engine/base/rng.h"
#include "engine/base/when.h"

#define ZONES "/usr/share/zoneinfo/"

static struct buf zone_bytes(const char *name) {
    char path[256], chunk[4096];
    snprintf(path, sizeof path, ZONES "%s", name);
    struct buf b;
    buf_init(&b, 1 << 16);
    FILE *f = fopen(path, "rb");
    for (size_t n; f != NULL && (n = fread(chunk, 1, sizeof chunk, f)) > 0;) buf_add(&b, chunk, n);
    if (f != NULL) fclose(f);
    return b;
}

static struct zone *load(const char *name) {
    struct err e = {0};
    struct buf b = zone_bytes(name);
    struct zone *z = zone_parse(name, b.p, b.len, &e);
    if (z == NULL) fail_msg("%s: %s", name, err_text(&e, LANG_EN));
    buf_clear(&b);
    return z;
}

static when_t at(const char *text, const struct zone *z) {
    when_t w = WHEN_NONE;
    if (!when_parse_iso(text, strlen(text), z, &w)) fail_msg("not parsed: %s", text);
    return w;
}

static void check_local(const char *local, const struct zone *z, const char *utc) {
    char text[WHEN_TEXT_MAX];
    assert_string_equal(when_iso(text, at(local, z)), utc);
}

static void calendar_agrees_with_the_c_library(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 1);
    for (int i = 0; i < 50000; i++) {
        int32_t day = (int32_t)rng_below(&r, 2000000) - 1000000;
        int y, m, d;
        civil_from_days(day, &y, &m, &d);
        assert_int_equal(days_from_civil(y, m, d), day);
        time_t sec = (time_t)day * 86400 + 86399;
        struct tm tm;
        gmtime_r(&sec, &tm);
        assert_true(y == tm.tm_year + 1900 && m == tm.tm_mon + 1 && d == tm.tm_mday);
        if (day < -100000 || day > 100000) continue;
        struct civil c;
        when_civil(when_from_sec(sec), NULL, &c);
        assert_int_equal(c.weekday, tm.tm_wday);
        assert_true(c.hour == 23 && c.minute == 59 && c.second == 59);
    }
    assert_int_equal(days_from_civil(2025, 13, 1), days_from_civil(2026, 1, 1));
    assert_int_equal(days_from_civil(2025, -1, 1), days_from_civil(2024, 11, 1));
}

static void check_zone(const char *name, struct rng *r) {
    struct zone *z = load(name);
    setenv("TZ", name, 1);
    tzset();
    for (int i = 0; i < 150; i++) {
        /* 1900..2100: old transitions, and far behind the last one, where only the rule in the footer speaks */
        int64_t sec = (int64_t)rng_below(r, 6311433600ULL) - 2208988800LL;
        time_t t = (time_t)sec;
        struct tm tm;
        localtime_r(&t, &tm);
        const char *abbrev;
        when_t w = when_from_sec(sec);
        if (zone_offset_sec(z, w, &abbrev) != tm.tm_gmtoff || strcmp(abbrev, tm.tm_zone) != 0) {
            fail_msg("%s at %lld: %d %s, the C library says %ld %s", name, (long long)sec, zone_offset_sec(z, w, NULL),
                     abbrev, tm.tm_gmtoff, tm.tm_zone);
        }
        struct civil c, again;
        when_civil(w, z, &c);
        when_t back = when_from_civil(&c, z);
        when_civil(back, z, &again);
        if (memcmp(&c, &again, sizeof c) != 0 || back.ns > w.ns)
            fail_msg("%s at %lld does not come back", name, (long long)sec);
    }
    zone_free(z);
}

static void every_zone_agrees_with_the_c_library(void **state) {
    (void)state;
    FILE *f = fopen(ZONES "tzdata.zi", "r");
    if (f == NULL) skip();
    struct rng r;
    rng_seed(&r, 2);
    char line[256], name[128];
    int zones = 0;
    while (fgets(line, sizeof line, f) != NULL) {
        if (sscanf(line, "Z %127s", name) != 1 && sscanf(line, "L %*s %127s", name) != 1) continue;
        struct buf b = zone_bytes(name);
        bool there = b.len > 0;
        buf_clear(&b);
        if (!there) continue;
        check_zone(name, &r);
        zones++;
    }
    fclose(f);
    unsetenv("TZ");
    tzset();
    assert_true(zones > 300);
}

static void gaps_and_repeated_hours(void **state) {
    (void)state;
    struct zone *paris = load("Europe/Paris"), *ny = load("America/New_York"), *apia = load("Pacific/Apia");
    check_local("2025-03-30 01:59:59", paris, "2025-03-30T00:59:59Z");
    check_local("2025-03-30 02:00:00", paris, "2025-03-30T01:00:00Z"); /* the gap: the instant it ends */
    check_local("2025-03-30 02:30:00", paris, "2025-03-30T01:00:00Z");
    check_local("2025-03-30 03:00:00", paris, "2025-03-30T01:00:00Z");
    check_local("2025-10-26 01:59:59", paris, "2025-10-25T23:59:59Z");
    check_local("2025-10-26 02:30:00", paris, "2025-10-26T00:30:00Z"); /* twice: the first */
    check_local("2025-10-26 03:00:00", paris, "2025-10-26T02:00:00Z");
    check_local("2050-07-01 12:00:00", paris, "2050-07-01T10:00:00Z");
    check_local("2050-12-01 12:00:00", paris, "2050-12-01T11:00:00Z");
    check_local("2025-03-09 02:15:00", ny, "2025-03-09T07:00:00Z");
    check_local("2025-11-02 01:15:00", ny, "2025-11-02T05:15:00Z");
    check_local("2011-12-30 12:00:00", apia, "2011-12-30T10:00:00Z"); /* a day that never was */
    zone_free(paris);
    zone_free(ny);
    zone_free(apia);
}

/* Three weeks in March and one in autumn the two sides of the Atlantic disagree about summer. */
static void new_york_opens_at_another_hour_in_the_mismatch_weeks(void **state) {
    (void)state;
    struct zone *paris = load("Europe/Paris"), *ny = load("America/New_York");
    static const struct {
        const char *open, *paris;
    } rows[] = {{"2025-03-07 09:30", "15:30"}, {"2025-03-10 09:30", "14:30"}, {"2025-03-28 09:30", "14:30"},
                {"2025-03-31 09:30", "15:30"}, {"2025-10-24 09:30", "15:30"}, {"2025-10-27 09:30", "14:30"},
                {"2025-10-31 09:30", "14:30"}, {"2025-11-03 09:30", "15:30"}, {"2040-03-12 09:30", "14:30"}};
    char text[WHEN_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(time_say(text, at(rows[i].open, ny), paris), rows[i].paris);
    }
    zone_free(paris);
    zone_free(ny);
}

static void trading_days_turn_at_the_rollover(void **state) {
    (void)state;
    struct zone *ny = load("America/New_York");
    int32_t friday = days_from_civil(2025, 3, 7);
    assert_int_equal(when_trading_day(at("2025-03-07 16:59:59", ny), ny, 17 * 60), friday);
    assert_int_equal(when_trading_day(at("2025-03-07 17:00:00", ny), ny, 17 * 60), friday + 1);
    assert_int_equal(when_trading_day(at("2025-03-07 23:59:59", ny), ny, 0), friday);
    assert_int_equal(when_trading_day(at("2025-03-09T20:59:59Z", NULL), ny, 17 * 60), friday + 2); /* EDT since 7:00 */
    assert_int_equal(when_trading_day(at("2025-03-09T21:00:00Z", NULL), ny, 17 * 60), friday + 3);
    assert_int_equal(when_trading_day(at("1969-12-31T23:59:59Z", NULL), NULL, 0), -1);
    zone_free(ny);
}

/* Every shorter file, and many with one byte changed: refused or read, never out of bounds. */
static void broken_zone_files(void **state) {
    (void)state;
    struct buf b = zone_bytes("America/New_York");
    struct err e = {0};
    assert_non_null(b.p);
    for (size_t n = 0; n < b.len; n++) {
        char *part = malloc(n > 0 ? n : 1);
        memcpy(part, b.p, n);
        assert_null(zone_parse("cut", part, n, &e));
        assert_int_equal(e.code, ERR_SYNTAX);
        free(part);
    }
    struct rng r;
    rng_seed(&r, 4);
    for (int i = 0; i < 3000; i++) {
        size_t where = rng_below(&r, b.len);
        char was = b.p[where];
        b.p[where] = (char)rng_u64(&r);
        struct zone *z = zone_parse("bent", b.p, b.len, NULL);
        struct civil c;
        for (int64_t sec = -5000000000LL; z != NULL && sec < 5000000000LL; sec += 777777777) {
            when_civil(when_from_sec(sec), z, &c);
            when_from_civil(&c, z);
        }
        zone_free(z);
        b.p[where] = was;
    }
    /* Behind the 64-bit times stand the types of the transitions: one that does not exist is refused. */
    const unsigned char *h = (const unsigned char *)b.p;
    size_t second = 44;
    for (size_t i = 0; i < 6; i++) {
        size_t n = (size_t)h[22 + 4 * i] << 8 | h[23 + 4 * i];
        static const size_t width[] = {1, 1, 8, 5, 6, 1};
        second += n * width[i];
    }
    size_t times = (size_t)h[second + 34] << 8 | h[second + 35];
    assert_true(times > 100);
    b.p[second + 44 + times * 8 + 3] = 77;
    assert_null(zone_parse("type", b.p, b.len, &e));
    buf_clear(&b);
    assert_null(zone_parse("a name that is much too long to be the name of a time zone", "", 0, &e));
    zone_free(NULL);
    assert_string_equal(zone_name(NULL), "UTC");
}

/* A minimal version 2 file: no transitions, one type, and that rule. */
static struct zone *with_rule(const char *rule) {
    struct buf b;
    char head[44] = "TZif2";
    head[39] = 1; /* one type */
    head[43] = 4; /* four bytes of names */
    buf_init(&b, 500);
    for (int i = 0; i < 2; i++) {
        buf_add(&b, head, sizeof head);
        buf_add(&b, "\0\0\0\0\0\0LMT", 10);
    }
    buf_printf(&b, "\n%s\n", rule);
    struct zone *z = zone_parse("Rule", b.p, b.len, NULL);
    buf_clear(&b);
    return z;
}

static void check_rule(const char *rule, const char *utc, int offset, const char *name) {
    struct zone *z = with_rule(rule);
    if (z == NULL) fail_msg("refused: %s", rule);
    const char *abbrev;
    assert_int_equal(zone_offset_sec(z, at(utc, NULL), &abbrev), offset);
    assert_string_equal(abbrev, name);
    zone_free(z);
}

static void footer_rules(void **state) {
    (void)state;
    check_rule("", "2025-01-01", 0, "LMT");
    check_rule("<+0330>-3:30", "2025-01-01", 12600, "+0330");
    check_rule("EST5EDT,M3.2.0,M11.1.0", "2025-03-09T06:59:59Z", -18000, "EST");
    check_rule("EST5EDT,M3.2.0,M11.1.0", "2025-03-09T07:00:00Z", -14400, "EDT");
    check_rule("EST5EDT,M3.2.0,M11.1.0", "2025-11-02T06:00:00Z", -18000, "EST");
    check_rule("AEST-10AEDT,M10.1.0,M4.1.0/3", "2025-01-01", 39600, "AEDT"); /* summer across the new year */
    check_rule("AEST-10AEDT,M10.1.0,M4.1.0/3", "2025-06-01", 36000, "AEST");
    check_rule("IST-1GMT0,M10.5.0,M3.5.0/1", "2025-12-25", 0, "GMT"); /* Dublin: winter is the exception */
    check_rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2025-03-30T00:59:59Z", -7200, "-02");
    check_rule("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2025-03-30T01:00:00Z", -3600, "-01");
    check_rule("AAA0BBB,J60/0,J365/0", "2024-03-01T00:00:00Z", 3600, "BBB"); /* J60 is always 1 March */
    check_rule("AAA0BBB,J60/0,J365/0", "2024-02-29T23:59:59Z", 0, "AAA");
    check_rule("AAA0BBB,J59/0,J365/0", "2024-02-28T00:00:00Z", 3600, "BBB");
    check_rule("AAA0BBB,59/0,364/0", "2024-02-29T00:00:00Z", 3600, "BBB"); /* 59 counts the leap day */
    static const char *const bad[] = {"E5",
                                      "EST",
                                      "EST5EDT",
                                      "EST5EDT,M3.2.0",
                                      "EST5EDT,M13.1.0,M11.1.0",
                                      "EST5EDT,M3.6.0,M11.1.0",
                                      "EST5EDT,M3.2.7,M11.1.0",
                                      "EST5EDT,J0,J1",
                                      "EST5EDT,366,1",
                                      "<EST5",
                                      "EST5x",
                                      "EST200",
                                      "TOOLONGANAMEFORUS5"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (with_rule(bad[i]) != NULL) fail_msg("accepted: %s", bad[i]);
    }
}

static void iso_texts_in(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } good[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1970-01-01", 0},
        {"1970-01-01 00:01", 60 * NS_PER_SEC},
        {"1970-01-01t00:00:01z", NS_PER_SEC},
        {"1970-01-01T01:00:00+01:00", 0},
        {"1970-01-01 00:00:00-0530", 19800 * NS_PER_SEC},
        {"1970-01-01 02:00:00+02", 0},
        {"1970-01-01T00:00:00.5Z", NS_PER_SEC / 2},
        {"1970-01-01T00:00:00,123456789Z", 123456789},
        {"1970-01-01T00:00:00.1234567899", 123456789},
        {"1969-12-31T23:59:59.999Z", -NS_PER_MS},
        {"2024-02-29T00:00:00Z", 1709164800 * NS_PER_SEC},
    };
    static const char *const bad[] = {"",
                                      "1970",
                                      "1970-01",
                                      "1970-1-1",
                                      "1970-01-01T",
                                      "1970-01-01T00",
                                      "1970-01-01T00:",
                                      "1970-01-01T24:00:00Z",
                                      "1970-01-01T00:60:00Z",
                                      "1970-01-01T00:00:60Z",
                                      "2025-02-29",
                                      "2025-13-01",
                                      "2025-00-10",
                                      "2025-01-00",
                                      "2025-04-31",
                                      "1970-01-01T00:00:00ZZ",
                                      "1970-01-01T00:00:00 ",
                                      " 1970-01-01",
                                      "1970-01-01T00:00:00.Z",
                                      "1970-01-01T00:00:00+1",
                                      "1970-01-01T00:00:00+24:00",
                                      "1970-01-01T00:00:00+01:60",
                                      "1970-01-01T00:00:00+01:",
                                      "1500-01-01",
                                      "2300-01-01",
                                      "1970/01/01",
                                      "+970-01-01",
                                      "1970-01-01x00:00:00"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) assert_true(at(good[i].text, NULL).ns == good[i].ns);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        when_t w = {7};
        if (when_parse_iso(bad[i], strlen(bad[i]), NULL, &w)) fail_msg("accepted: %s", bad[i]);
        assert_int_equal(w.ns, 7);
    }
    when_t w;
    assert_false(when_parse_iso("1970-01-01T00:00:00Z", 15, NULL, &w)); /* the length rules, not the terminator */
}

static void texts_out(void **state) {
    (void)state;
    char t[WHEN_TEXT_MAX];
    struct zone *paris = load("Europe/Paris");
    assert_string_equal(when_iso(t, at("2025-01-01T23:00:00Z", NULL)), "2025-01-01T23:00:00Z");
    assert_string_equal(when_iso(t, at("1969-12-31T23:59:59.999Z", NULL)), "1969-12-31T23:59:59.999Z");
    assert_string_equal(when_iso(t, at("2025-01-01T23:00:00.000999Z", NULL)), "2025-01-01T23:00:00Z");
    assert_string_equal(when_iso(t, WHEN_NONE), "-");
    when_t w = at("2025-06-30T12:32:59Z", NULL);
    assert_string_equal(when_say(t, LANG_EN, w, paris), "Jun 30, 2025 14:32");
    assert_string_equal(when_say(t, LANG_FR, w, paris), "30 juin 2025 14:32");
    assert_string_equal(time_say(t, w, NULL), "12:32");
    assert_string_equal(day_say(t, LANG_FR, days_from_civil(2025, 2, 1)), "1er févr. 2025");
    assert_string_equal(day_say(t, LANG_EN, days_from_civil(2025, 2, 1)), "Feb 1, 2025");
    assert_string_equal(when_say(t, LANG_FR, WHEN_NONE, paris), "–");
    assert_int_equal(when_sec((when_t){-1}), -1);
    assert_int_equal(when_sec((when_t){-NS_PER_SEC}), -1);
    zone_free(paris);
}

static void durations(void **state) {
    (void)state;
    static const struct {
        int64_t ms;
        const char *en, *fr;
    } rows[] = {
        {0, "0\u00a0s", "0\u00a0s"},
        {350, "350\u00a0ms", "350\u00a0ms"},
        {45999, "45\u00a0s", "45\u00a0s"},
        {60000, "1\u00a0min", "1\u00a0min"},
        {725000, "12\u00a0min\u00a005\u00a0s", "12\u00a0min\u00a005\u00a0s"},
        {7500000, "2\u00a0h\u00a005\u00a0min", "2\u00a0h\u00a005\u00a0min"},
        {-7500000, "-2\u00a0h\u00a005\u00a0min", "-2\u00a0h\u00a005\u00a0min"},
        {270000000, "3\u00a0d\u00a03\u00a0h", "3\u00a0j\u00a03\u00a0h"},
        {INT64_MIN, "-106751991167\u00a0d\u00a07\u00a0h", "-106751991167\u00a0j\u00a07\u00a0h"},
    };
    char t[WHEN_TEXT_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_string_equal(duration_say(t, LANG_EN, rows[i].ms), rows[i].en);
        assert_string_equal(duration_say(t, LANG_FR, rows[i].ms), rows[i].fr);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calendar_agrees_with_the_c_library),
        cmocka_unit_test(every_zone_agrees_with_the_c_library),
        cmocka_unit_test(gaps_and_repeated_hours),
        cmocka_unit_test(new_york_opens_at_another_hour_in_the_mismatch_weeks),
        cmocka_unit_test(trading_days_turn_at_the_rollover),
        cmocka_unit_test(broken_zone_files),
        cmocka_unit_test(footer_rules),
        cmocka_unit_test(iso_texts_in),
        cmocka_unit_test(texts_out),
        cmocka_unit_test(durations),
    };
    return RUN(tests);
}
