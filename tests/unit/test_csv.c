/*
 * csv: every shape of file that traders have, bad rows one by one, zones at their
 * awkward hours, broken files, and a file larger than the buffer against sums made
 * while writing it.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/feeds/csv.h"

static char path[256];

static int make_path(void **state) {
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/mia-csv-XXXXXX", tmp != NULL ? tmp : "/tmp");
    int fd = mkstemp(path);
    if (fd >= 0) close(fd);
    return fd < 0;
}

static int drop_path(void **state) {
    (void)state;
    return unlink(path);
}

static void write_file(const char *text, size_t n) {
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    fclose(f);
}

static struct csv *open_text(const char *text, int32_t seconds, const char *zone) {
    struct err e = {0};
    write_file(text, strlen(text));
    struct csv *c = csv_open(&(struct csv_spec){.path = path, .seconds = seconds, .zone = zone}, &e);
    if (c == NULL) fail_msg("%s\n%s", e.text[LANG_EN], text);
    return c;
}

/* The bars of a text as text: "time o h l c volume spread". */
static void bars_text(struct csv *c, char *out, size_t size) {
    struct bar b;
    struct err e = {0};
    size_t used = 0;
    int rc;
    out[0] = '\0';
    while ((rc = csv_next(c, &b, &e)) == 1) {
        char t[WHEN_TEXT_MAX], m[5][MONEY_TEXT_MAX];
        used += (size_t)snprintf(out + used, size - used, "%s%s %s %s %s %s %lld %s", used > 0 ? "\n" : "",
                                 when_iso(t, b.start), price_text(m[0], b.open, 0), price_text(m[1], b.high, 0),
                                 price_text(m[2], b.low, 0), price_text(m[3], b.close, 0), (long long)b.volume,
                                 price_text(m[4], b.spread, 0));
    }
    assert_int_equal(rc, 0);
}

static const char two_bars[] = "2025-01-06T00:00:00Z 10 12 9 11 5 0\n2025-01-06T00:05:00Z 11 11.5 10.25 10.5 7 0";

static void test_shapes(void **state) {
    (void)state;
    static const char *const same[] = {
        "epoch,open,high,low,close,volume\n1736121600,10,12,9,11,5\n1736121900,11,11.5,10.25,10.5,7\n",
        "ts,open,high,low,close,volume\n1736121600000,10,12,9,11,5\n1736121900000,11,11.5,10.25,10.5,7\n",
        "time;close;low;high;open;tick_volume\n2025-01-06 00:00;11;9;12;10;5\n2025-01-06 00:05;10.5;10.25;11.5;11;7\n",
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\n"
        "2025.01.06\t00:00:00\t10\t12\t9\t11\t5\t0\n2025.01.06\t00:05:00\t11\t11.5\t10.25\t10.5\t7\t0\n",
        "\xef\xbb\xbfTimestamp,Open,High,Low,Close,Volume\r\n2025-01-06T00:00:00Z,10,12,9,11,5\r\n"
        "\r\n2025-01-06T00:05:00+00:00,11,11.5,10.25,10.5,7\r\n",
        "\"datetime\",\"what, else\",\"open\",\"high\",\"low\",\"close\",\"volume\"\n"
        "\"2025-01-06 00:00:00\",\"a, b\",\"10.00\",\"12\",\"9\",\"11\",\"5\"\n"
        "\"2025-01-06 00:05:00\",,11,11.5,10.25,10.5,7",
        "time_utc,symbol,open,high,low,close,volume,src\n20250106 00:00,X,10,12,9,11,5,A\n20250106 "
        "00:05,X,11,11.5,10.25,10.5,7,A\n",
        "time,open,high,low,close,volume\n2025-01-06T01:00:00+01:00, 10 , "
        "12,9,11,5\n2025-01-05T19:05-05:00,11,11.50000000000,10.25,10.5,7.9\n",
        "date,time,open,high,low,close,vol\n2025/01/06,0:00,10.,12,9,11,5\n2025/01/06,00:00,10,12,9,11,5\n2025/01/"
        "06,00:05,11,11.5,10.25,10.5,7\n",
        "epoch,time_utc,open,high,low,close,volume,spread\n1736121600,x,10,12,9,11,5,\n1736121900,,11,11.5,10.25,10.5,"
        "7,\n",
        "epoch,open,high,low,close,volume\n1736121600.0,10,12,9,11,5,\n1736121900.0,11,11.5,10.25,10.5,7,\n",
        "epoch,open,high,low,close,volume,bid_open\n1736121600000000,10,12,9,11,5,nonsense\n1736121900000000,11,11.5,"
        "10.25,10.5,7,\n",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char text[1024];
        struct csv_info info;
        struct csv *c = open_text(same[i], 0, NULL);
        csv_info(c, &info);
        bars_text(c, text, sizeof text);
        assert_string_equal(text, two_bars);
        assert_int_equal(info.seconds, 300);
        assert_true(info.seconds_inferred && info.tick_inferred && info.has_volume);
        assert_int_equal(info.tick.v, 25000000); /* 0.25 */
        assert_int_equal(info.decimals, 2);
        csv_close(c);
    }
}

/* Only where it is asked for: the column means something else elsewhere. */
static void test_contracts(void **state) {
    (void)state;
    static const char text[] =
        "epoch,open,high,low,close,contract,volume\n1386115140,1,1,1,1,201312,5\n"
        "1386115200,1,1,1,1,\"ESZ13\",5\n1386115260,1,1,1,1,NQZ13,5\n1387324800,1,1,1,1, ESH14 ,5\n"
        "1387324860,1,1,1,1,,5\n1387324920,1,1,1,1,a-name-of-more-than-any-contract-has,5\n";
    static const uint16_t want[] = {2013 * 12 + 11, 2013 * 12 + 11, 2014 * 12 + 2, 0};
    struct err e = {0};
    struct bar b;
    struct feed_stats stats;
    write_file(text, strlen(text));
    struct csv *c = csv_open(&(struct csv_spec){.path = path, .seconds = 60, .root = "ES"}, &e);
    assert_non_null(c);
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_int_equal(csv_next(c, &b, &e), 1);
        assert_int_equal(b.contract, want[i]);
        assert_int_equal(b.volume, 5);
    }
    assert_int_equal(csv_next(c, &b, &e), 0);
    csv_stats(c, &stats);
    assert_int_equal(stats.bad_rows, 2);
    assert_non_null(strstr(stats.first_bad[LANG_EN], ":4: contract is not one of the symbol’s"));
    csv_close(c);
    c = open_text(text, 60, NULL);
    for (int n = 0; n < 6; n++) {
        assert_int_equal(csv_next(c, &b, &e), 1);
        assert_int_equal(b.contract, 0);
    }
    assert_int_equal(csv_next(c, &b, &e), 0);
    csv_close(c);
}

static void test_quotes(void **state) {
    (void)state;
    static const struct {
        const char *text, *bars;
    } rows[] = {
        /* bars of bids and asks: the middle, and the spread at the close */
        {"epoch,bid_open,bid_high,bid_low,bid_close,ask_open,ask_high,ask_low,ask_close\n"
         "1736121600,1.31927,1.31955,1.3187,1.31935,1.32027,1.32055,1.3197,1.32035\n"
         "1736121660,1.31927,1.31955,1.3187,1.31935,1.31928,1.31955,1.3187,1.31936\n",
         "2025-01-06T00:00:00Z 1.31977 1.32005 1.3192 1.31985 0 0.001\n"
         "2025-01-06T00:01:00Z 1.319275 1.31955 1.3187 1.319355 0 0.00001"},
        /* trades with quotes at the close; an empty quote is unknown */
        {"epoch,open,high,low,close,bid_close,bid_size,ask_close\n"
         "1736121600,1676.75,1677.25,1673.5,1675.25,1675.25,32,1675.5\n1736121660,1,1,1,1,,,\n",
         "2025-01-06T00:00:00Z 1676.75 1677.25 1673.5 1675.25 0 0.25\n2025-01-06T00:01:00Z 1 1 1 1 0 0"},
        {"epoch,open,high,low,close,bid,ask\n1736121600,10,11,9,10,9.5,10.5\n1736121660,1,1,1,1,1,1\n",
         "2025-01-06T00:00:00Z 10 11 9 10 0 1\n2025-01-06T00:01:00Z 1 1 1 1 0 0"},
        /* bids with a spread in points */
        {"epoch,bid_open,bid_high,bid_low,bid_close,spread\n1736121600,2624.81,2625.07,2624.25,2625.00,43\n"
         "1736121660,2624.81,2625.07,2624.25,2625.00,0\n",
         "2025-01-06T00:00:00Z 2624.81 2625.07 2624.25 2625 0 0.43\n2025-01-06T00:01:00Z 2624.81 2625.07 2624.25 2625 "
         "0 0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[1024];
        struct csv *c = open_text(rows[i].text, 60, NULL);
        bars_text(c, text, sizeof text);
        assert_string_equal(text, rows[i].bars);
        csv_close(c);
    }
}

/* What was bought and sold is a part of the volume, or nothing that is known. */
static void test_flow(void **state) {
    (void)state;
    static const struct {
        const char *columns, *cells;
        int64_t volume, buy, sell;
    } rows[] = {{"volume,buy_volume,sell_volume", "100,60,40", 100, 60, 40},
                {"volume,bid_volume,ask_volume", "100,30,70", 100, 70, 30},
                {"volume,Ask Volume,Bid Volume", "10.9,5.4,5.4", 10, 5, 5},
                {"buy_volume,sell_volume", "60,40", 100, 60, 40},
                {"volume,buy_volume,sell_volume", "100,90,40", 100, 0, 0}, /* sizes of quotes */
                {"volume,buy_volume,sell_volume", "100,60,", 100, 0, 0},
                {"volume,buy_volume", "100,60", 100, 0, 0},
                {"volume,bid_size,ask_size", "100,60,40", 100, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256];
        struct bar b;
        struct err e = {0};
        snprintf(text, sizeof text, "ts,open,high,low,close,%s\n0,2,2,2,2,%s\n", rows[i].columns, rows[i].cells);
        struct csv *c = open_text(text, 60, NULL);
        assert_int_equal(csv_next(c, &b, &e), 1);
        assert_int_equal(b.volume, rows[i].volume);
        assert_int_equal(b.buy, rows[i].buy);
        assert_int_equal(b.sell, rows[i].sell);
        csv_close(c);
    }
}

/* A point is the last decimal in use, or the tick where that is smaller. */
static void test_points(void **state) {
    (void)state;
    static const struct {
        const char *close;
        int64_t tick, spread;
    } rows[] = {{"10.25", 0, 43000000},
                {"10.25", 25000000, 43000000},
                {"10", 25000000, 43 * 25000000LL},
                {"1.10001", 1000, 43000}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[256];
        struct bar b;
        struct err e = {0};
        int n = snprintf(text, sizeof text, "ts,open,high,low,close,spread\n0,%s,%s,%s,%s,43\n", rows[i].close,
                         rows[i].close, rows[i].close, rows[i].close);
        write_file(text, (size_t)n);
        struct csv *c = csv_open(&(struct csv_spec){.path = path, .seconds = 60, .tick = {rows[i].tick}}, &e);
        assert_non_null(c);
        assert_int_equal(csv_next(c, &b, &e), 1);
        assert_int_equal(b.spread.v, rows[i].spread);
        csv_close(c);
    }
}

/* One bad row between two good ones: skipped, counted, told with its line in both languages. */
static void test_bad_rows(void **state) {
    (void)state;
    static const struct {
        const char *row, *en, *fr;
    } rows[] = {
        {"60,5,6,4,NaN,1,0", "close is not a number with at most 8 decimals",
         "close n’est pas un nombre d’au plus 8 décimales"},
        {"60,5,6,4,1e1,1,0", "close is not a number with at most 8 decimals", NULL},
        {"60,-5,6,4,5,1,0", "open is not a number with at most 8 decimals", NULL},
        {"60,5,6,4,5.123456789,1,0", "close is not a number with at most 8 decimals", NULL},
        {"60,5,6,4,12345678901,1,0", "close is not a number with at most 8 decimals", NULL},
        {"60,5,6,4,0x5,1,0", "close is not a number with at most 8 decimals", NULL},
        {"60,5,6,,5,1,0", "low is empty", "low est vide"},
        {"60,5,6,4,5,many,0", "volume is not a number with at most 8 decimals", NULL},
        {"60,5,6,4,5,-1,0", "volume is not a number with at most 8 decimals", NULL},
        {"60,5,4,4,5,1,0", "high is below open, low or close", "high est sous open, low ou close"},
        {"60,5,6,5.5,6,1,0", "low is above open or close", "low est au-dessus de open ou close"},
        {"60,0,6,0,5,1,0", "a price is not above zero", "un prix n’est pas positif"},
        {"60,5,6,4,5,1,0.5", "spread is not a whole number of points", "spread n’est pas un nombre entier de points"},
        {"60,5,6,4,5,1,-3", "spread is not a number with at most 8 decimals", NULL},
        {"60,5,6,4,5", "too few columns", "trop peu de colonnes"},
        {"60", "too few columns", NULL},
        {"60,5,6,4,5,1,0,9", "too many columns", "trop de colonnes"},
        {"0,5,6,4,5,1,0", "not later than the row before", "pas après la ligne précédente"},
        {"noon,5,6,4,5,1,0", "time is not a time", "time n’est pas une date"},
        {"2025-02-30,5,6,4,5,1,0", "time is not a time", NULL},
        {"2025-01-01 24:00,5,6,4,5,1,0", "time is not a time", NULL},
        {"2025-01-01T10:00+99:00,5,6,4,5,1,0", "time is not a time", NULL},
        {"99999999999999999999,5,6,4,5,1,0", "time is not a time", NULL},
        {",5,6,4,5,1,0", "time is not a time", NULL},
        {"60,\"5,6,4,5,1,0", "too few columns", NULL},
        {"garbage", "time is not a time", NULL},
        {"60;5;6;4;5;1;0", "time is not a time", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[512], bars[512];
        struct feed_stats stats;
        snprintf(text, sizeof text, "ts,open,high,low,close,volume,spread\n0,5,6,4,5,1,0\n%s\n120,5,6,4,5,1,0\n",
                 rows[i].row);
        struct csv *c = open_text(text, 60, NULL);
        bars_text(c, bars, sizeof bars);
        csv_stats(c, &stats);
        assert_string_equal(bars, "1970-01-01T00:00:00Z 5 6 4 5 1 0\n1970-01-01T00:02:00Z 5 6 4 5 1 0");
        assert_int_equal(stats.bars, 2);
        assert_int_equal(stats.bad_rows, 1);
        char want[200];
        snprintf(want, sizeof want, "%s:3: %s", strrchr(path, '/') + 1, rows[i].en);
        assert_string_equal(stats.first_bad[LANG_EN], want);
        if (rows[i].fr != NULL) assert_non_null(strstr(stats.first_bad[LANG_FR], rows[i].fr));
        assert_int_equal(csv_line(c), 4);
        csv_close(c);
    }
}

static void test_crossed_quotes(void **state) {
    (void)state;
    char bars[512];
    struct feed_stats stats;
    struct csv *c =
        open_text("ts,open,high,low,close,bid,ask\n0,5,6,4,5,5,5.1\n60,5,6,4,5,5.1,5\n120,5,6,4,5,5,5.1\n", 60, NULL);
    bars_text(c, bars, sizeof bars);
    csv_stats(c, &stats);
    assert_int_equal(stats.bad_rows, 1);
    assert_non_null(strstr(stats.first_bad[LANG_FR], ":3: ask est sous bid"));
    csv_close(c);
}

/* A wrong time far ahead in a row that is otherwise bad must not make the rest "not later". */
static void test_a_bad_row_leaves_no_trace(void **state) {
    (void)state;
    char bars[512];
    struct feed_stats stats;
    struct csv *c = open_text("ts,open,high,low,close\n0,5,6,4,5\n999999,5,4,6,5\n60,5,6,4,5\n", 60, NULL);
    bars_text(c, bars, sizeof bars);
    csv_stats(c, &stats);
    assert_int_equal(stats.bars, 2);
    assert_int_equal(stats.bad_rows, 1);
    csv_close(c);
}

static void test_refused_files(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int32_t seconds;
        const char *zone, *en, *fr;
    } rows[] = {
        {"", 60, NULL, "no line that names the columns", "aucune ligne ne nomme les colonnes"},
        {"open,high,low,close\n1,1,1,1\n", 60, NULL, "the first line names no time column", "aucune colonne de temps"},
        {"1736121600,1,1,1,1\n", 60, NULL, "the first line names no time column", NULL},
        {"ts,open,close\n0,1,1\n", 60, NULL, "the first line does not name high, low", "ne nomme pas high, low"},
        {"ts,open,open,high,low,close\n0,1,1,1,1,1\n", 60, NULL, "two columns are open", "deux colonnes sont open"},
        {"ts,open,high,low,close\n", 60, NULL, "no rows", "aucune ligne de données"},
        {"ts,open,high,low,close\n0,2,1,1,1\n60,1,1,1\n", 60, NULL, "no good row: ", "aucune ligne juste\u00a0: "},
        {"ts,open,high,low,close\n0,1,1,1,1\n", 0, NULL, "the time frame cannot be inferred: say it", "dites-la"},
        {"ts,open,high,low,close\n0,1,1,1,1\n", 60, "Mars/Olympus", "knows no time zone Mars/Olympus",
         "fuseau Mars/Olympus"},
        {"ts,open,high,low,close\n0,1,1,1,1\n", 60, "../../etc/passwd", "knows no time zone", NULL},
        {"\xff\xfe"
         "t\0s\0",
         60, NULL, "the file is UTF-16: save it as UTF-8", "enregistrez-le en UTF-8"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e = {0};
        write_file(rows[i].text, strlen(rows[i].text));
        assert_null(csv_open(&(struct csv_spec){.path = path, .seconds = rows[i].seconds, .zone = rows[i].zone}, &e));
        if (strstr(e.text[LANG_EN], rows[i].en) == NULL) fail_msg("%s", e.text[LANG_EN]);
        if (rows[i].fr != NULL && strstr(e.text[LANG_FR], rows[i].fr) == NULL) fail_msg("%s", e.text[LANG_FR]);
    }
    struct err e = {0};
    assert_null(csv_open(&(struct csv_spec){.path = "/nonexistent/x.csv", .seconds = 60}, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_null(csv_open(&(struct csv_spec){.path = "/dev", .seconds = 60}, &e));
    assert_string_equal(e.text[LANG_EN], "/dev: not a regular file");
}

/* Twelve M1 rows told as M5 or as S30 are refused; M5 with holes is not. */
static void test_told_timeframe(void **state) {
    (void)state;
    char text[2048];
    struct err e = {0};
    int n = snprintf(text, sizeof text, "ts,open,high,low,close\n");
    for (int i = 0; i < 12; i++) n += snprintf(text + n, sizeof text - (size_t)n, "%d,1,1,1,1\n", i * 60);
    write_file(text, (size_t)n);
    assert_null(csv_open(&(struct csv_spec){.path = path, .seconds = 300}, &e));
    assert_non_null(strstr(e.text[LANG_EN], ": the rows are M1, not M5"));
    assert_non_null(strstr(e.text[LANG_FR], "les lignes sont en M1, et non en M5"));
    assert_null(csv_open(&(struct csv_spec){.path = path, .seconds = 30}, &e));
    struct csv *c = csv_open(&(struct csv_spec){.path = path, .seconds = 60}, &e);
    assert_non_null(c);
    csv_close(c);
}

/* Paris 2025: 02:30 does not exist on March 30th, and comes twice on October 26th. */
static void test_zones(void **state) {
    (void)state;
    char bars[1024];
    struct err e = {0};
    struct zone *z;
    if (access("/usr/share/zoneinfo/Europe/Paris", R_OK) != 0) skip();
    struct csv *c = open_text("time,open,high,low,close\n"
                              "2025-01-06 09:00,1,1,1,1\n"
                              "2025-03-30 01:30,1,1,1,1\n"
                              "2025-03-30 03:00,1,1,1,1\n"
                              "2025-07-06 09:00,1,1,1,1\n"
                              "2025-10-26 02:00,1,1,1,1\n"
                              "2025-10-26 02:30,1,1,1,1\n"
                              "2025-10-26 02:00,1,1,1,1\n"
                              "2025-10-26 02:30,1,1,1,1\n"
                              "2025-10-26 02:30,1,1,1,1\n"
                              "2025-10-26 03:00,1,1,1,1\n"
                              "2025-12-01T00:00Z,1,1,1,1\n",
                              1800, "Europe/Paris");
    bars_text(c, bars, sizeof bars);
    assert_string_equal(bars, "2025-01-06T08:00:00Z 1 1 1 1 0 0\n2025-03-30T00:30:00Z 1 1 1 1 0 0\n"
                              "2025-03-30T01:00:00Z 1 1 1 1 0 0\n2025-07-06T07:00:00Z 1 1 1 1 0 0\n"
                              "2025-10-26T00:00:00Z 1 1 1 1 0 0\n2025-10-26T00:30:00Z 1 1 1 1 0 0\n"
                              "2025-10-26T01:00:00Z 1 1 1 1 0 0\n2025-10-26T01:30:00Z 1 1 1 1 0 0\n"
                              "2025-10-26T02:00:00Z 1 1 1 1 0 0\n2025-12-01T00:00:00Z 1 1 1 1 0 0");
    struct feed_stats stats;
    csv_stats(c, &stats);
    assert_int_equal(stats.bad_rows, 1); /* the third 02:30 */
    csv_close(c);
    /* time_utc is UTC whatever the zone. */
    c = open_text("time_utc,open,high,low,close\n2025-01-06 09:00,1,1,1,1\n", 60, "Europe/Paris");
    bars_text(c, bars, sizeof bars);
    assert_string_equal(bars, "2025-01-06T09:00:00Z 1 1 1 1 0 0");
    csv_close(c);
    (void)e, (void)z;
}

/* ---- large files ---- */

#define MANY 60000 /* several buffers */

static size_t make_many(struct buf *b, int64_t *sum) {
    buf_init(b, 8 << 20);
    buf_str(b, "epoch,open,high,low,close,volume,note\n");
    *sum = 0;
    for (int i = 0; i < MANY; i++) {
        int close = 100000 + (i * 7919) % 5000, row = (int)b->len;
        buf_printf(b, "%d,%d.%02d,%d.5,%d,%d.%02d,%d,%.*s\n", i * 60, close / 100, close % 100, close / 100 + 1,
                   close / 100 - 1, close / 100, close % 100, i, i % 40, "........................................");
        *sum += close * (PRICE_SCALE / 100) + i;
        assert_true(b->len > (size_t)row);
    }
    return b->len;
}

static void check_many(int64_t want) {
    struct err e = {0};
    struct bar b;
    int64_t sum = 0, last = -1;
    struct csv *c = csv_open(&(struct csv_spec){.path = path}, &e);
    if (c == NULL) fail_msg("%s", e.text[LANG_EN]);
    int rows = 0;
    for (; csv_next(c, &b, &e) == 1; rows++) {
        sum += b.close.v + b.volume;
        assert_true(b.start.ns > last);
        last = b.start.ns;
    }
    assert_int_equal(rows, MANY);
    assert_int_equal(sum, want);
    assert_int_equal(csv_line(c), MANY + 1);
    csv_close(c);
}

static void test_large_plain_and_packed(void **state) {
    (void)state;
    struct buf b;
    int64_t sum;
    size_t n = make_many(&b, &sum);
    write_file(b.p, n);
    check_many(sum);
    write_file(b.p, n - 1); /* no end of line at the end */
    check_many(sum);
    gzFile gz = gzopen(path, "wb");
    assert_int_equal(gzwrite(gz, b.p, (unsigned)n), n);
    gzclose(gz);
    check_many(sum);
    buf_clear(&b);
}

static void test_broken_gzip(void **state) {
    (void)state;
    struct buf b;
    int64_t sum;
    size_t n = make_many(&b, &sum);
    gzFile gz = gzopen(path, "wb");
    assert_int_equal(gzwrite(gz, b.p, (unsigned)n), n);
    gzclose(gz);
    FILE *f = fopen(path, "rb");
    size_t packed = fread(b.p, 1, n, f);
    fclose(f);
    for (int damage = 0; damage < 2; damage++) {
        struct err e = {0};
        struct bar bar;
        if (damage == 0)
            write_file(b.p, packed / 2);
        else {
            b.p[packed / 2] ^= 0x55;
            write_file(b.p, packed);
        }
        struct csv *c = csv_open(&(struct csv_spec){.path = path}, &e);
        int rc = -1;
        while (c != NULL && (rc = csv_next(c, &bar, &e)) == 1) continue;
        assert_int_equal(rc, -1);
        assert_int_equal(e.code, ERR_IO);
        assert_non_null(strstr(e.text[LANG_EN], "broken after line"));
        csv_close(c);
    }
    buf_clear(&b);
}

static void test_a_line_longer_than_the_buffer(void **state) {
    (void)state;
    struct buf b;
    char bars[512];
    struct feed_stats stats;
    buf_init(&b, 4 << 20);
    buf_str(&b, "ts,open,high,low,close\n0,1,1,1,1\n");
    for (int i = 0; i < 600000; i++) buf_char(&b, '7');
    buf_str(&b, "\n60,1,1,1,1\n");
    for (int i = 0; i < 600000; i++) buf_char(&b, '8');
    struct csv *c = open_text(b.p, 60, NULL);
    bars_text(c, bars, sizeof bars);
    csv_stats(c, &stats);
    assert_string_equal(bars, "1970-01-01T00:00:00Z 1 1 1 1 0 0\n1970-01-01T00:01:00Z 1 1 1 1 0 0");
    assert_int_equal(stats.bad_rows, 2);
    assert_non_null(strstr(stats.first_bad[LANG_EN], ":3: the line is too long"));
    csv_close(c);
    buf_clear(&b);
}

/* Any bytes: bars that can be true, errors, and nothing else. */
static void test_noise(void **state) {
    (void)state;
    static const char *const pieces[] = {"60",
                                         "120",
                                         "5",
                                         "6.5",
                                         ",",
                                         ",",
                                         ",",
                                         "\n",
                                         "\n",
                                         "\r\n",
                                         "\"",
                                         " ",
                                         "-",
                                         ".",
                                         "NaN",
                                         "2025-01-06",
                                         "T10:00",
                                         "Z",
                                         "\t",
                                         ";",
                                         "ts",
                                         "\xff",
                                         "99999999999999999999",
                                         "1e9",
                                         "0"};
    uint64_t x = 7;
    for (int round = 0; round < 3000; round++) {
        char text[1024];
        int used = snprintf(text, sizeof text, "ts,open,high,low,close,spread,volume\n0,5,6,4,5,1,1\n");
        for (int i = 0; i < 40; i++) {
            x = x * 6364136223846793005ULL + 1442695040888963407ULL;
            const char *piece = pieces[(x >> 33) % (sizeof pieces / sizeof pieces[0])];
            used += snprintf(text + used, sizeof text - (size_t)used, "%s", piece);
        }
        struct err e = {0};
        struct bar b;
        write_file(text, (size_t)used);
        struct csv *c = csv_open(&(struct csv_spec){.path = path, .seconds = 60}, &e);
        while (c != NULL && csv_next(c, &b, &e) == 1) {
            assert_true(b.low.v > 0 && b.low.v <= b.open.v && b.low.v <= b.close.v && b.high.v >= b.open.v &&
                        b.high.v >= b.close.v && b.volume >= 0 && b.spread.v >= 0);
        }
        csv_close(c);
    }
}

/* ---- real files, where this machine has them ---- */

static void test_real_files(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int rows, seconds;
        int64_t tick;
        bool quotes, spread;
        const char *first;
    } files[] = {
        {"xauusd_m5_2025.csv.gz", 70773, 300, 1000000, false, true, "2025-01-01T23:00:00Z"},
        {"qqq_m5.csv.gz", 18258, 300, 1000000, false, true, "2025-05-12T13:30:00Z"},
        {"lean_es_m1_trade_quote.csv.gz", 19083, 60, 25000000, true, false, "2013-10-06T22:00:00Z"},
        {"lean_xauusd_h1_bidask.csv.gz", 76499, 3600, 10000000, true, false, "2006-03-20T00:00:00Z"},
        {"lean_eurusd_h1_bidask.csv.gz", 74439, 3600, 1000, true, false, "2007-01-01T21:00:00Z"},
        {"lean_aapl_h1_raw.csv.gz", 40831, 3600, 1000000, false, false, "1998-01-02T14:00:00Z"},
    };
    const char *folder = getenv("MIA_DATA_DIR");
    if (folder == NULL || access(folder, R_OK) != 0) skip(); /* no real market data here */
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char name[512], first[WHEN_TEXT_MAX];
        struct err e = {0};
        struct csv_info info;
        struct feed_stats stats;
        struct bar b;
        snprintf(name, sizeof name, "%s/%s", folder, files[i].name);
        struct csv *c = csv_open(&(struct csv_spec){.path = name}, &e);
        if (c == NULL) fail_msg("%s", e.text[LANG_EN]);
        csv_info(c, &info);
        while (csv_next(c, &b, &e) == 1) continue;
        csv_stats(c, &stats);
        assert_int_equal(stats.bars, files[i].rows);
        assert_int_equal(stats.bad_rows, 0);
        assert_int_equal(info.seconds, files[i].seconds);
        assert_int_equal(info.tick.v, files[i].tick);
        assert_int_equal(info.has_quotes, files[i].quotes);
        assert_int_equal(info.has_spread, files[i].spread);
        assert_string_equal(when_iso(first, info.first), files[i].first);
        csv_close(c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),         cmocka_unit_test(test_contracts),
        cmocka_unit_test(test_quotes),         cmocka_unit_test(test_flow),
        cmocka_unit_test(test_points),         cmocka_unit_test(test_bad_rows),
        cmocka_unit_test(test_crossed_quotes), cmocka_unit_test(test_a_bad_row_leaves_no_trace),
        cmocka_unit_test(test_refused_files),  cmocka_unit_test(test_told_timeframe),
        cmocka_unit_test(test_zones),          cmocka_unit_test(test_large_plain_and_packed),
        cmocka_unit_test(test_broken_gzip),    cmocka_unit_test(test_a_line_longer_than_the_buffer),
        cmocka_unit_test(test_noise),          cmocka_unit_test(test_real_files),
    };
    return cmocka_run_group_tests(tests, make_path, drop_path);
}
