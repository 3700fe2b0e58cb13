/*
 * replay: the merge of several files by closing time, overlaps, and what is refused at
 * the open.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/rng.h"
#include "engine/feed.h"

static char folder[200];
static struct engine_config config;
static struct feed_spec spec;

static int make_folder(void **state) {
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/mia-replay-XXXXXX", tmp != NULL ? tmp : "/tmp");
    return mkdtemp(folder) == NULL;
}

static int reset(void **state) {
    (void)state;
    for (uint32_t i = 0; i < spec.file_count; i++) unlink(spec.files[i].path);
    memset(&spec, 0, sizeof spec);
    memset(&config, 0, sizeof config);
    spec.config = &config;
    static const char *const symbols[] = {"ES", "XAUUSD", "EURUSD"};
    for (int i = 0; i < 3; i++) {
        str_copy(config.instruments[i].symbol, SYMBOL_MAX, symbols[i]);
        config.instruments[i].tick.v = 1000000;
    }
    config.instrument_count = 3;
    return 0;
}

static int drop_folder(void **state) {
    reset(state);
    return rmdir(folder);
}

static void add_file(const char *symbol, int32_t seconds, const char *text) {
    struct feed_file *f = &spec.files[spec.file_count++];
    str_copy(f->symbol, sizeof f->symbol, symbol);
    snprintf(f->path, sizeof f->path, "%s/%u.csv", folder, spec.file_count);
    f->seconds = seconds;
    FILE *out = fopen(f->path, "wb");
    assert_non_null(out);
    fputs(text, out);
    fclose(out);
}

/* "instrument:start …" of all bars. */
static void play(char *out, size_t size, struct feed_stats *stats) {
    const struct feed *feed = feed_find("replay");
    struct err e = {0};
    struct feed_bar b;
    void *state = feed->open(&spec, &e);
    if (state == NULL) fail_msg("%s", e.text[LANG_EN]);
    size_t used = 0;
    int rc;
    out[0] = '\0';
    while ((rc = feed->next(state, &b, &e)) == 1)
        used += (size_t)snprintf(out + used, size - used, "%s%d:%d", used > 0 ? " " : "", b.instrument,
                                 (int)when_sec(b.bar.start));
    assert_int_equal(rc, 0);
    assert_int_equal(feed->next(state, &b, &e), 0); /* the end stays the end */
    feed->stats(state, stats);
    feed->close(state);
}

static void test_by_closing_time(void **state) {
    (void)state;
    char text[512];
    struct feed_stats stats;
    /* An hour's bar closes with the last five minutes in it: equal times go by instrument. */
    add_file("EURUSD", 60, "ts,open,high,low,close\n3480,1,1,1,1\n3540,1,1,1,1\n3600,1,1,1,1\n");
    add_file("ES", 3600, "ts,open,high,low,close\n0,1,1,1,1\n3600,1,1,1,1\n");
    add_file("XAUUSD", 300, "ts,open,high,low,close\n3000,1,1,1,1\n3300,1,1,1,1\n3600,1,1,1,1\n");
    play(text, sizeof text, &stats);
    assert_string_equal(text, "1:3000 2:3480 0:0 1:3300 2:3540 2:3600 1:3600 0:3600");
    assert_int_equal(stats.bars, 8);
    assert_int_equal(stats.bad_rows, 0);
    assert_string_equal(stats.first_bad[LANG_FR], "");
}

static void test_files_of_one_symbol_follow_each_other(void **state) {
    (void)state;
    char text[512];
    struct feed_stats stats;
    add_file("ES", 60, "ts,open,high,low,close\n120,1,1,1,1\n180,1,1,1,1\n");
    add_file("ES", 60, "ts,open,high,low,close\n0,1,1,1,1\n60,1,1,1,1\n120,2,2,2,2\n");
    play(text, sizeof text, &stats);
    assert_string_equal(text, "0:0 0:60 0:120 0:180");
    assert_int_equal(stats.bad_rows, 1);
    assert_string_equal(stats.first_bad[LANG_EN], "two files of one symbol have the bar of 1970-01-01T00:02:00Z");
    assert_string_equal(stats.first_bad[LANG_FR], "deux fichiers d’un symbole ont la bougie de 1970-01-01T00:02:00Z");
}

/* Of one future at the same time: the older contract first, whatever the order of the files. */
static void test_two_contracts(void **state) {
    (void)state;
    const struct feed *feed = feed_find("replay");
    struct err e = {0};
    struct feed_bar b;
    assert_true(roll_config_builtin("ES", &config.instruments[0].roll));
    add_file("ES", 60, "ts,open,high,low,close\n0,2,2,2,2\n60,2,2,2,2\n");
    add_file("ES", 60, "ts,open,high,low,close\n0,1,1,1,1\n60,1,1,1,1\n120,1,1,1,1\n");
    add_file("ES", 60, "ts,open,high,low,close\n60,9,9,9,9\n180,1,1,1,1\n"); /* goes on with the second */
    spec.files[0].contract = 2027 * 12 + 2;
    spec.files[1].contract = spec.files[2].contract = 2026 * 12 + 11;
    void *open = feed->open(&spec, &e);
    assert_non_null(open);
    static const struct {
        int start, month;
        double price;
    } want[] = {{0, 11, 1}, {0, 2, 2}, {60, 11, 1}, {60, 2, 2}, {120, 11, 1}, {180, 11, 1}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_int_equal(feed->next(open, &b, &e), 1);
        assert_int_equal(when_sec(b.bar.start), want[i].start);
        assert_int_equal(b.bar.contract % 12, want[i].month);
        assert_true(price_to_double(b.bar.close) == want[i].price);
    }
    assert_int_equal(feed->next(open, &b, &e), 0);
    struct feed_stats stats;
    feed->stats(open, &stats);
    assert_int_equal(stats.bad_rows, 1);
    feed->close(open);
}

static void test_bad_rows_of_all_files_count(void **state) {
    (void)state;
    char text[512];
    struct feed_stats stats;
    add_file("ES", 60, "ts,open,high,low,close\n0,1,1,1,1\nx\n60,1,1,1,1\n");
    add_file("XAUUSD", 60, "ts,open,high,low,close\n0,1,1,1,1\n60,1,1,2,1\n120,1,1,1,NaN\n");
    play(text, sizeof text, &stats);
    assert_string_equal(text, "0:0 1:0 0:60");
    assert_int_equal(stats.bad_rows, 3);
    assert_string_equal(stats.first_bad[LANG_EN], "1.csv:3: time is not a time");
}

static void test_refused(void **state) {
    static const char good[] = "ts,open,high,low,close\n0,1,1,1,1\n60,1,1,1,1\n";
    const struct feed *feed = feed_find("replay");
    struct err e = {0};
    assert_null(feed->open(&spec, &e));
    assert_string_equal(e.text[LANG_FR], "replay\u00a0: aucun fichier");
    add_file("NVDA", 0, good);
    assert_null(feed->open(&spec, &e));
    assert_non_null(strstr(e.text[LANG_EN], "no instrument NVDA"));
    reset(state);
    add_file("ES", 60, good);
    add_file("ES", 300, good);
    assert_null(feed->open(&spec, &e));
    assert_non_null(strstr(e.text[LANG_EN], "another file of ES has another time frame (60 s, here 300 s)"));
    reset(state);
    add_file("ES", 60, good);
    add_file("XAUUSD", 60, "");
    assert_null(feed->open(&spec, &e));
    assert_null(feed_find("mt5"));
}

/* Against a plain sort of all bars. */
static void test_merge_of_many(void **state) {
    static char text[64][1024], played[32768], want[32768];
    struct rng r;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        reset(state);
        rng_seed(&r, seed);
        int64_t key[128];
        size_t n = 0, used = 0;
        for (int i = 0; i < 3; i++) {
            size_t len = (size_t)snprintf(text[i], sizeof text[i], "ts,open,high,low,close\n");
            int64_t t = (int64_t)rng_below(&r, 300);
            for (uint64_t k = 1 + rng_below(&r, 30); k > 0; k--, t += 1 + (int64_t)rng_below(&r, 200)) {
                len += (size_t)snprintf(text[i] + len, sizeof text[i] - len, "%lld,1,1,1,1\n", (long long)t);
                key[n++] = (t + 60 * (i + 1)) * 4 + i; /* closing time, then instrument */
            }
            add_file(config.instruments[i].symbol, 60 * (i + 1), text[i]);
        }
        for (size_t a = 1; a < n; a++) {
            for (size_t b = a; b > 0 && key[b - 1] > key[b]; b--) {
                int64_t swap = key[b];
                key[b] = key[b - 1];
                key[b - 1] = swap;
            }
        }
        for (size_t k = 0; k < n; k++)
            used += (size_t)snprintf(want + used, sizeof want - used, "%s%d:%d", used > 0 ? " " : "", (int)(key[k] % 4),
                                     (int)(key[k] / 4 - 60 * (key[k] % 4 + 1)));
        struct feed_stats stats;
        bool doubted =
            false; /* random distances may contradict the told time frame, which is another test's business */
        struct err e = {0};
        void *probe = feed_find("replay")->open(&spec, &e);
        doubted = probe == NULL;
        if (!doubted) feed_find("replay")->close(probe);
        if (doubted) continue;
        play(played, sizeof played, &stats);
        assert_string_equal(played, want);
    }
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup(f, reset)
    const struct CMUnitTest tests[] = {
        TEST(test_by_closing_time), TEST(test_files_of_one_symbol_follow_each_other),
        TEST(test_two_contracts),   TEST(test_bad_rows_of_all_files_count),
        TEST(test_refused),         TEST(test_merge_of_many),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
