/*
 * news: files of announcements as people have them, CSV and ICS; what is bad in them is
 * counted or refused, never guessed; and the windows in which no trade is opened.
 */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/rng.h"
#include "engine/feeds/news_file.h"
#include "engine/feeds/zone_file.h"

static struct news news;
static struct news_report report;
static struct err err;
static struct zone *paris;

static int set_up(void **state) {
    (void)state;
    return zone_open("Europe/Paris", &paris, NULL);
}

static int tear_down(void **state) {
    (void)state;
    zone_free(paris);
    return 0;
}

static int parse(const char *text, const struct zone *z, enum news_impact least) {
    struct news_wish w = {.zone = z, .least = least};
    return news_parse(text, strlen(text), &w, &news, &report, &err);
}

static void event_is(uint32_t i, const char *time, const char *currency, enum news_impact impact, const char *title) {
    char text[WHEN_TEXT_MAX];
    assert_true(i < news.n);
    assert_string_equal(when_iso(text, news.item[i].time), time);
    assert_string_equal(news.item[i].currency, currency);
    assert_int_equal(news.item[i].impact, impact);
    assert_string_equal(news.item[i].title, title);
}

static void csv_files(void **state) {
    (void)state;
    assert_int_equal(parse("\xef\xbb\xbftime,currency,impact,event\r\n"
                           "2025-01-15T13:30:00Z,USD,High,CPI m/m\r\n"
                           "\r\n"
                           "# a remark\n"
                           "2025-01-10T14:30:00+01:00,USD,3,\"Non-Farm, \"\"payrolls\"\"\"\n"
                           "2025-01-10T09:00:00Z,EUR,low,a speech\n"
                           "2025-01-12 10:00,All,,no importance is high",
                           NULL, NEWS_LOW),
                     0);
    assert_int_equal(news.n, 4);
    assert_int_equal(report.bad, 0);
    event_is(0, "2025-01-10T09:00:00Z", "EUR", NEWS_LOW, "a speech");
    event_is(1, "2025-01-10T13:30:00Z", "USD", NEWS_HIGH, "Non-Farm, \"payrolls\"");
    event_is(2, "2025-01-12T10:00:00Z", "", NEWS_HIGH, "no importance is high");
    event_is(3, "2025-01-15T13:30:00Z", "USD", NEWS_HIGH, "CPI m/m");
    /* A date and a time apart, semicolons, a zone in summer. */
    assert_int_equal(parse("Date;Time;Country;Importance;Name\n2025-07-10;14:30;USD;medium;PPI\n", paris, NEWS_MEDIUM),
                     0);
    event_is(0, "2025-07-10T12:30:00Z", "USD", NEWS_MEDIUM, "PPI");
    assert_int_equal(parse("Date;Time;Country;Importance;Name\n2025-07-10;14:30;USD;medium;PPI\n", paris, NEWS_HIGH),
                     0);
    assert_int_equal(news.n, 0);
    assert_int_equal(report.rows, 1);
}

static void bad_rows_are_counted(void **state) {
    (void)state;
    assert_int_equal(parse("time,currency,impact,title\n"
                           "2025-01-15T13:30:00Z,USD,high,good\n"
                           "soon,USD,high,when?\n"
                           "2025-01-15T13:30:00Z,dollars,high,whose?\n"
                           "2025-01-15T13:30:00Z,USD,very,how much?\n"
                           "2025-02-30T13:30:00Z,USD,high,no such day\n",
                           NULL, NEWS_LOW),
                     0);
    assert_int_equal(news.n, 1);
    assert_int_equal(report.bad, 4);
    assert_int_equal(report.first_bad, 3);
}

static void refused(const char *bytes, size_t n, const char *en) {
    struct news_wish w = {.least = NEWS_LOW};
    assert_int_equal(news_parse(bytes, n, &w, &news, &report, &err), -1);
    if (strstr(err_text(&err, LANG_EN), en) == NULL) fail_msg("%s", err_text(&err, LANG_EN));
    assert_true(strlen(err_text(&err, LANG_FR)) > 0);
}

static void files_that_are_none(void **state) {
    (void)state;
    refused("", 0, "empty");
    refused("when,what\n1,2\n", 14, "no column time or date");
    refused("time\nsoon\n", 10, "no line of it");
    refused("time\n\0\n", 7, "no text");
    refused("time\n\xff\xfe\n", 8, "no text");
    char *large = malloc(NEWS_FILE_MAX + 1);
    assert_non_null(large);
    memset(large, 'x', NEWS_FILE_MAX + 1);
    refused(large, NEWS_FILE_MAX + 1, "larger than");
    free(large);
    struct buf b;
    buf_init(&b, 1 << 20);
    buf_str(&b, "time\n");
    for (int i = 0; i <= NEWS_MAX; i++) buf_printf(&b, "2025-01-01T%02d:%02d:00Z\n", i / 60 % 24, i % 60);
    refused(b.p, b.len, "more than 1024");
    buf_clear(&b);
}

static void ics_files(void **state) {
    (void)state;
    assert_int_equal(
        parse("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
              "BEGIN:VEVENT\r\nDTSTART:20250110T133000Z\r\nSUMMARY:USD Non-Farm\r\n  Payrolls\r\nEND:VEVENT\r\n"
              "BEGIN:VEVENT\r\nDTSTART;TZID=Europe/Paris:20250710T143000\r\nPRIORITY:5\r\n"
              "CATEGORIES:EUR\r\nSUMMARY:ECB\r\nEND:VEVENT\r\n"
              "BEGIN:VEVENT\r\nDTSTART:20250710T143000\r\nSUMMARY:local\r\nEND:VEVENT\r\n"
              "BEGIN:VEVENT\r\nSUMMARY:without a time\r\nEND:VEVENT\r\n"
              "BEGIN:VEVENT\r\nDTSTART;TZID=Nowhere/At_all:20250710T143000\r\nEND:VEVENT\r\n"
              "END:VCALENDAR\r\n",
              paris, NEWS_LOW),
        0);
    assert_int_equal(news.n, 3);
    event_is(0, "2025-01-10T13:30:00Z", "USD", NEWS_HIGH, "USD Non-Farm Payrolls");
    event_is(1, "2025-07-10T12:30:00Z", "", NEWS_HIGH, "local");
    event_is(2, "2025-07-10T12:30:00Z", "EUR", NEWS_MEDIUM, "ECB");
    assert_int_equal(report.bad, 2);
    assert_int_equal(report.first_bad, 18);
}

/* Three capitals are no currency because they look like one: an event tied to "CPI" would close no window at all. */
static void three_capitals_are_not_a_currency(void **state) {
    (void)state;
    assert_int_equal(parse("time,currency,impact,title\n"
                           "2025-01-15T13:30:00Z,CPI,high,whose?\n"
                           "2025-01-15T13:30:00Z,USA,high,a country\n"
                           "2025-01-15T13:30:00Z,USD,high,good\n"
                           "2025-01-15T13:30:00Z,XAU,high,metals have codes too\n"
                           "2025-01-15T13:30:00Z,CNH,high,as it is traded\n",
                           NULL, NEWS_LOW),
                     0);
    assert_int_equal(news.n, 3);
    assert_int_equal(report.bad, 2);
    assert_int_equal(report.first_bad, 2);
    static const struct {
        const char *summary, *currency;
    } of[] = {{"CPI m/m", ""},       {"GDP (q/q)", ""},   {"FED rate decision", ""}, {"USA: CPI", ""},
              {"USD: CPI", "USD"},   {"USD, CPI", "USD"}, {"USD; CPI", "USD"},       {"USD\\, CPI", "USD"},
              {"USD\\; CPI", "USD"}, {"EUR", "EUR"},      {"USDA report", ""},       {"TOP stories", ""}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        struct buf b;
        buf_init(&b, 1 << 12);
        buf_printf(&b, "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20250110T133000Z\nSUMMARY:%s\nEND:VEVENT\n",
                   of[i].summary);
        assert_int_equal(parse(b.p, NULL, NEWS_LOW), 0);
        if (strcmp(news.item[0].currency, of[i].currency) != 0)
            fail_msg("%s: %s", of[i].summary, news.item[0].currency);
        buf_clear(&b);
    }
    /* A category that is none takes nothing back. */
    assert_int_equal(parse("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20250110T133000Z\nSUMMARY:USD CPI\nCATEGORIES:FED\n"
                           "END:VEVENT\nBEGIN:VEVENT\nDTSTART:20250111T133000Z\nCATEGORIES:EUR,ECB\nEND:VEVENT\n",
                           NULL, NEWS_LOW),
                     0);
    assert_string_equal(news.item[0].currency, "USD");
    assert_string_equal(news.item[1].currency, "EUR");
}

/* What is traded here is known here, whatever the list of usual codes says. */
static void codes_of_own_symbols(void **state) {
    (void)state;
    struct instrument own[2] = {*instrument_builtin("EURUSD"), *instrument_builtin("EURUSD")};
    str_copy(own[0].symbol, sizeof own[0].symbol, "XRPUSD");
    str_copy(own[1].symbol, sizeof own[1].symbol, "USA500");
    struct news_wish w = {.instruments = own, .instrument_count = 2, .least = NEWS_LOW};
    const char *text = "time,currency\n2025-01-11T09:00:00Z,XRP\n2025-01-12T09:00:00Z,USA\n2025-01-13T09:00:00Z,KZT\n";
    assert_int_equal(news_parse(text, strlen(text), &w, &news, &report, &err), 0);
    assert_int_equal(news.n, 1);
    assert_string_equal(news.item[0].currency, "XRP");
    assert_int_equal(report.bad, 2); /* USA is a part of a symbol's name, and no currency */
    str_copy(own[0].currency, sizeof own[0].currency, "KZT");
    assert_int_equal(news_parse(text, strlen(text), &w, &news, &report, &err), 0);
    assert_string_equal(news.item[0].currency, "KZT");
}

/* A day without an hour: the announcement may come at any, so its window is that whole day in the file's zone. */
static void days_without_an_hour(void **state) {
    (void)state;
    const struct instrument *gold = instrument_builtin("XAUUSD");
    const struct news_window w = {.before_min = 15, .after_min = 5};
    assert_int_equal(parse("date,time,currency,title\n"
                           "2025-03-30,,USD,a night of 23 hours\n"
                           "2025-07-10,Tentative,USD,when?\n"
                           "2025-07-11,All Day,JPY,OPEC\n"
                           "2025-07-12,later,USD,bad\n"
                           "2025-07-12T10:00:00Z,,USD,timed\n"
                           ",,USD,bad\n",
                           paris, NEWS_LOW),
                     0);
    assert_int_equal(report.bad, 2);
    assert_int_equal(report.first_bad, 5);
    assert_int_equal(news.n, 4);
    assert_true(news_holds(&news));
    event_is(0, "2025-03-29T23:00:00Z", "USD", NEWS_HIGH, "a night of 23 hours");
    assert_int_equal(news.item[0].until.ns - news.item[0].time.ns, 23 * 3600 * NS_PER_SEC - 1);
    event_is(1, "2025-07-09T22:00:00Z", "USD", NEWS_HIGH, "when?");
    assert_true(news_is_all_day(&news.item[1]) && !news_is_all_day(&news.item[3]));
    const int64_t from = news.item[1].time.ns, min = 60 * NS_PER_SEC;
    assert_null(news_blackout(&news, &w, gold, (when_t){from - 15 * min - 1}));
    assert_ptr_equal(news_blackout(&news, &w, gold, (when_t){from - 15 * min}), &news.item[1]);
    assert_ptr_equal(news_blackout(&news, &w, gold, (when_t){from + 12 * 60 * min}), &news.item[1]);
    assert_ptr_equal(news_blackout(&news, &w, gold, (when_t){from + 24 * 60 * min + 5 * min - 1}), &news.item[1]);
    assert_null(news_blackout(&news, &w, gold, (when_t){from + 24 * 60 * min + 5 * min}));
    assert_int_equal(parse("date;currency\n2025-07-10;USD\n", NULL, NEWS_LOW), 0); /* nothing but a date */
    assert_true(news_is_all_day(&news.item[0]));
    assert_int_equal(
        parse("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20251026\nSUMMARY:USD\nEND:VEVENT\n", paris, NEWS_LOW),
        0);
    event_is(0, "2025-10-25T22:00:00Z", "USD", NEWS_HIGH, "USD");
    assert_int_equal(news.item[0].until.ns - news.item[0].time.ns, 25 * 3600 * NS_PER_SEC - 1);
    news.item[0].until.ns = news.item[0].time.ns + NEWS_LONGEST_NS + 1;
    assert_false(news_holds(&news));
    news.item[0].until.ns = news.item[0].time.ns - 1;
    assert_false(news_holds(&news));
}

static uint32_t leaving(const struct news *n) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < n->n; i++) count += n->item[i].leaving;
    return count;
}

/* What a new file no longer has goes on until it is let go; what is over, or moved in nothing, does not. */
static void what_leaves_the_file(void **state) {
    (void)state;
    static struct news before, full;
    const struct news_window w = {.before_min = 15, .after_min = 5};
    assert_int_equal(parse("time,currency,title\n2025-01-10T10:00:00Z,USD,over\n2025-01-10T13:30:00Z,USD,moved\n"
                           "2025-01-10T13:30:00Z,EUR,stays\n2025-01-11T13:30:00Z,,gone\n",
                           NULL, NEWS_LOW),
                     0);
    before = news;
    assert_int_equal(
        parse("time,currency,title\n2025-01-10T13:30:00Z,EUR,another name\n2025-01-10T14:30:00Z,USD,moved\n", NULL,
              NEWS_LOW),
        0);
    news_keep(&news, &before, &w, (when_t){before.item[1].time.ns - 3600 * NS_PER_SEC});
    assert_int_equal(news.n, 4);
    assert_int_equal(leaving(&news), 2);
    assert_true(news_holds(&news));
    before = news;
    news_keep(&news, &before, &w, before.item[0].time); /* again: nothing is there twice */
    assert_int_equal(news.n, 4);
    news_let_go(&news);
    assert_int_equal(news.n, 2);
    event_is(0, "2025-01-10T13:30:00Z", "EUR", NEWS_HIGH, "another name");
    event_is(1, "2025-01-10T14:30:00Z", "USD", NEWS_HIGH, "moved");
    for (full.n = 0; full.n < NEWS_MAX - 1; full.n++)
        full.item[full.n] = (struct news_event){.time = {full.n + 1LL}, .until = {full.n + 1LL}};
    news_keep(&full, &before, &w, (when_t){0});
    assert_int_equal(full.n, NEWS_MAX);
    assert_int_equal(leaving(&full), 1);
}

static void windows(void **state) {
    (void)state;
    const struct instrument *gold = instrument_builtin("XAUUSD"), *euro = instrument_builtin("EURUSD");
    assert_int_equal(parse("time,currency\n2025-01-10T13:30:00Z,USD\n2025-01-10T14:00:00Z,EUR\n"
                           "2025-01-11T09:00:00Z,JPY\n2025-01-12T09:00:00Z,\n",
                           NULL, NEWS_LOW),
                     0);
    struct news_window w15 = {.before_min = 15, .after_min = 5};
    assert_true(news_holds(&news));
    const int64_t at = news.item[0].time.ns, min = 60 * NS_PER_SEC;
    assert_null(news_blackout(&news, &w15, gold, (when_t){at - 15 * min - 1}));
    assert_ptr_equal(news_blackout(&news, &w15, gold, (when_t){at - 15 * min}), &news.item[0]);
    assert_ptr_equal(news_blackout(&news, &w15, gold, (when_t){at + 5 * min}), &news.item[0]);
    assert_null(news_blackout(&news, &w15, gold, (when_t){at + 5 * min + 1}));
    assert_ptr_equal(news_blackout(&news, &w15, euro, (when_t){at + 20 * min}), &news.item[1]);
    assert_null(news_blackout(&news, &w15, gold, (when_t){at + 20 * min}));
    assert_ptr_equal(news_next(&news, gold, (when_t){at}), &news.item[3]); /* of all currencies */
    assert_null(news_next(&news, gold, news.item[3].time));
    news.n = 0;
    assert_null(news_blackout(&news, &w15, gold, (when_t){at}));
    /* Only what concerns a symbol is kept. */
    struct news_wish w = {.instruments = gold, .instrument_count = 1, .least = NEWS_LOW};
    const char *text = "time,currency\n2025-01-11T09:00:00Z,JPY\n2025-01-12T09:00:00Z,USD\n";
    assert_int_equal(news_parse(text, strlen(text), &w, &news, &report, &err), 0);
    assert_int_equal(news.n, 1);
    assert_int_equal(report.rows, 2);
}

static void any_bytes(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 3);
    static const char *const words[] = {"time,currency,impact,title\n",
                                        "2025-01-10T13:30:00Z",
                                        ",",
                                        "USD",
                                        "\n",
                                        "\"",
                                        "high",
                                        "BEGIN:VCALENDAR\n",
                                        "BEGIN:VEVENT\n",
                                        "DTSTART;TZID=",
                                        ":20250110T133000Z",
                                        " ",
                                        "SUMMARY:",
                                        "END:VEVENT\n",
                                        "\t",
                                        ";",
                                        "\xc3\xa9",
                                        "\r\n",
                                        "date;",
                                        "PRIORITY:9\n"};
    for (int k = 0; k < 20000; k++) {
        struct buf b;
        buf_init(&b, 1 << 16);
        for (uint64_t i = rng_below(&r, 60); i > 0; i--)
            buf_str(&b, words[rng_below(&r, sizeof words / sizeof words[0])]);
        struct news_wish w = {.least = NEWS_LOW};
        if (news_parse(b.p != NULL ? b.p : "", b.len, &w, &news, &report, &err) == 0) {
            assert_true(news_holds(&news) && news.n == report.kept);
            for (uint32_t i = 0; i < news.n; i++)
                assert_true(text_is_clean(news.item[i].title, strlen(news.item[i].title), false));
        }
        buf_clear(&b);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_files),
        cmocka_unit_test(bad_rows_are_counted),
        cmocka_unit_test(files_that_are_none),
        cmocka_unit_test(ics_files),
        cmocka_unit_test(three_capitals_are_not_a_currency),
        cmocka_unit_test(codes_of_own_symbols),
        cmocka_unit_test(days_without_an_hour),
        cmocka_unit_test(what_leaves_the_file),
        cmocka_unit_test(windows),
        cmocka_unit_test(any_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
