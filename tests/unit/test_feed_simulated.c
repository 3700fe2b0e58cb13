/*
 * simulated: the same seed gives the same market on every machine (pinned digest), bars
 * that can be true, sessions, weekends, and prices that stay where they are plausible.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/feed.h"

#define PINNED 0x51f3efb7738d7376ULL /* of 20,000 bars; changes only with the market itself */

static const struct feed *feed;
static struct engine_config config;
static struct feed_spec spec;

static int reset(void **state) {
    (void)state;
    static const struct {
        const char *symbol;
        enum asset_class asset;
        int64_t tick, spread;
    } list[] = {{"XAUUSD", ASSET_METAL, 1000000, 30000000},
                {"AAPL", ASSET_STOCK, 1000000, 1000000},
                {"ES", ASSET_FUTURE, 25000000, 25000000},
                {"EURUSD", ASSET_FX, 1000, 10000},
                {"WHAT", ASSET_CFD, 100000000, 0}};
    feed = feed_find("simulated");
    memset(&config, 0, sizeof config);
    memset(&spec, 0, sizeof spec);
    for (int i = 0; i < 5; i++) {
        struct instrument *in = &config.instruments[i];
        str_copy(in->symbol, sizeof in->symbol, list[i].symbol);
        in->asset = list[i].asset;
        in->tick.v = list[i].tick;
        in->spread.v = list[i].spread;
    }
    config.instrument_count = 5;
    spec.config = &config;
    spec.seed = 1;
    spec.sim_seconds = 300;
    return 0;
}

static void *open_feed(void) {
    struct err e = {0};
    void *s = feed->open(&spec, &e);
    if (s == NULL) fail_msg("%s", e.text[LANG_EN]);
    return s;
}

static uint64_t digest(int bars, int only) {
    void *s = open_feed();
    uint64_t h = 0;
    struct err e;
    struct feed_bar b;
    for (int i = 0; i < bars; i++) {
        assert_int_equal(feed->next(s, &b, &e), 1);
        if (only >= 0 && b.instrument != only) continue;
        int64_t row[] = {b.bar.start.ns, b.bar.open.v, b.bar.high.v,  b.bar.low.v,
                         b.bar.close.v,  b.bar.volume, b.bar.spread.v};
        h = hash64(row, sizeof row, h);
    }
    feed->close(s);
    return h;
}

static void test_the_same_everywhere(void **state) {
    (void)state;
    uint64_t d = digest(20000, -1);
    if (d != PINNED) fail_msg("the digest is now 0x%llx", (unsigned long long)d);
    assert_true(digest(20000, -1) == digest(20000, -1));
    uint64_t first = digest(5000, -1);
    spec.seed = 2;
    assert_true(digest(5000, -1) != first);
}

/* Another symbol beside it changes nothing. */
static void test_symbols_are_independent(void **state) {
    (void)state;
    config.instrument_count = 1;
    uint64_t alone = digest(300, 0);
    config.instrument_count = 5;
    void *s = open_feed();
    uint64_t h = 0;
    struct err e;
    struct feed_bar b;
    for (int n = 0; n < 300;) {
        assert_int_equal(feed->next(s, &b, &e), 1);
        if (b.instrument != 0) continue;
        int64_t row[] = {b.bar.start.ns, b.bar.open.v, b.bar.high.v,  b.bar.low.v,
                         b.bar.close.v,  b.bar.volume, b.bar.spread.v};
        h = hash64(row, sizeof row, h);
        n++;
    }
    feed->close(s);
    assert_true(h == alone);
}

static void check_bar(const struct feed_bar *b) {
    const struct instrument *in = &config.instruments[b->instrument];
    const struct bar *x = &b->bar;
    assert_true(x->low.v > 0 && x->low.v <= x->open.v && x->low.v <= x->close.v);
    assert_true(x->high.v >= x->open.v && x->high.v >= x->close.v);
    assert_true(x->open.v % in->tick.v == 0 && x->high.v % in->tick.v == 0 && x->low.v % in->tick.v == 0 &&
                x->close.v % in->tick.v == 0 && x->spread.v % in->tick.v == 0);
    assert_true(x->volume > 0);
    assert_int_equal(x->spread.v > 0, in->spread.v > 0);
    assert_int_equal(x->start.ns % (x->seconds * NS_PER_SEC), 0);
}

static void check_open(const struct feed_bar *b) {
    struct civil c;
    when_civil(b->bar.start, NULL, &c);
    int minute = c.hour * 60 + c.minute;
    assert_int_not_equal(c.weekday, 6);
    if (config.instruments[b->instrument].asset == ASSET_STOCK) {
        assert_true(c.weekday != 0 && minute >= 870 && minute + b->bar.seconds / 60 <= 1260);
    } else {
        assert_int_not_equal(c.hour, 22);
        assert_true(c.weekday != 0 || c.hour == 23);
        assert_true(c.weekday != 5 || c.hour < 22);
    }
}

/* Four years of five symbols. */
static void test_bars_can_be_true(void **state) {
    (void)state;
    static const double home[] = {2650, 243, 6000, 1.04, 10000};
    spec.sim_seconds = 3600;
    void *s = open_feed();
    struct err e;
    struct feed_bar b;
    int64_t last_close[5] = {0}, last_ns = 0;
    int gaps = 0, continuous = 0;
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(feed->next(s, &b, &e), 1);
        check_bar(&b);
        check_open(&b);
        assert_true(b.bar.start.ns >= last_ns);
        last_ns = b.bar.start.ns;
        double p = price_to_double(b.bar.close);
        assert_true(p > home[b.instrument] / 4 && p < home[b.instrument] * 4);
        if (b.instrument == 0 && last_close[0] != 0) {
            gaps += b.bar.open.v != last_close[0];
            continuous += b.bar.open.v == last_close[0];
        }
        last_close[b.instrument] = b.bar.close.v;
    }
    assert_true(gaps > 500 && gaps < continuous / 10); /* a break a day */
    struct feed_stats stats;
    feed->stats(s, &stats);
    assert_int_equal(stats.bars, 100000);
    assert_int_equal(stats.bad_rows, 0);
    feed->close(s);
}

/* The busy hours move more than the night. */
static void test_sessions(void **state) {
    (void)state;
    config.instrument_count = 1;
    void *s = open_feed();
    struct err e;
    struct feed_bar b;
    double range[24] = {0};
    for (int i = 0; i < 30000; i++) {
        assert_int_equal(feed->next(s, &b, &e), 1);
        struct civil c;
        when_civil(b.bar.start, NULL, &c);
        range[c.hour] += price_to_double(b.bar.high) - price_to_double(b.bar.low);
    }
    assert_true(range[14] > 2 * range[3]);
    assert_true(range[14] > range[9] && range[9] > range[3]);
    assert_true(range[22] == 0);
    feed->close(s);
}

static void test_time_frames_and_starts(void **state) {
    (void)state;
    static const int32_t seconds[] = {60, 300, 3600, 14400, 86400};
    for (size_t i = 0; i < sizeof seconds / sizeof seconds[0]; i++) {
        reset(state);
        spec.sim_seconds = seconds[i];
        spec.sim_start = when_from_sec(1750000000);
        void *s = open_feed();
        struct err e;
        struct feed_bar b;
        for (int k = 0; k < 200; k++) {
            assert_int_equal(feed->next(s, &b, &e), 1);
            assert_int_equal(b.bar.seconds, seconds[i]);
            assert_true(when_sec(b.bar.start) > 1750000000 - seconds[i]);
            check_bar(&b);
        }
        feed->close(s);
    }
    struct err e = {0};
    config.instrument_count = 0;
    assert_null(feed->open(&spec, &e));
    assert_string_equal(e.text[LANG_FR], "simulated\u00a0: aucun symbole à suivre");
}

int main(void) {
#define TEST(f) cmocka_unit_test_setup(f, reset)
    const struct CMUnitTest tests[] = {
        TEST(test_the_same_everywhere),    TEST(test_symbols_are_independent),
        TEST(test_bars_can_be_true),       TEST(test_sessions),
        TEST(test_time_frames_and_starts),
    };
    return RUN(tests);
}
