/*
 * bars_build: minutes become bars that the clock closes; corrections count until then;
 * nights make no bars; hours are the clock's hours on both sides of a change to summer time;
 * what cannot be is refused, and what stays wild is believed in the end.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "engine/base/err.h"
#include "engine/base/rng.h"
#include "engine/feeds/bars_build.h"

#define GRACE 5000

static struct bar_build b;

static when_t at(const char *iso) {
    when_t t;
    assert_true(when_parse_iso(iso, strlen(iso), NULL, &t));
    return t;
}

static int setup(void **state) {
    (void)state;
    build_init(&b, 3600, at("2026-11-23T14:10:00Z"));
    return 0;
}

static struct bar minute(const char *iso, int64_t o, int64_t h, int64_t l, int64_t c, int64_t v) {
    return (struct bar){
        .start = at(iso), .seconds = 60, .open = {o}, .high = {h}, .low = {l}, .close = {c}, .volume = v};
}

static enum build_result add(const char *iso, int64_t o, int64_t h, int64_t l, int64_t c, int64_t v) {
    struct bar m = minute(iso, o, h, l, c, v);
    return build_add(&b, &m, MINUTE_STREAM);
}

static enum build_result correct(const char *iso, int64_t o, int64_t h, int64_t l, int64_t c, int64_t v) {
    struct bar m = minute(iso, o, h, l, c, v);
    return build_add(&b, &m, MINUTE_CORRECTED);
}

static void is_bar(const struct bar *x, const char *iso, int64_t o, int64_t h, int64_t l, int64_t c, int64_t v) {
    assert_int_equal(x->start.ns, at(iso).ns);
    assert_int_equal(x->open.v, o);
    assert_int_equal(x->high.v, h);
    assert_int_equal(x->low.v, l);
    assert_int_equal(x->close.v, c);
    assert_int_equal(x->volume, v);
}

static void an_hour_is_closed_by_the_clock(void **state) {
    (void)state;
    struct bar out;
    assert_int_equal(add("2026-11-23T14:30:00Z", 100, 110, 95, 105, 10), BUILD_TAKEN);
    assert_int_equal(add("2026-11-23T14:59:00Z", 105, 106, 90, 91, 20), BUILD_TAKEN);
    assert_int_equal(add("2026-11-23T15:00:00Z", 91, 92, 91, 92, 5), BUILD_TAKEN); /* of the next one: closes nothing */
    assert_false(build_close(&b, at("2026-11-23T15:00:04.999Z"), GRACE, &out));
    assert_true(build_close(&b, at("2026-11-23T15:00:05Z"), GRACE, &out));
    is_bar(&out, "2026-11-23T14:00:00Z", 100, 110, 90, 91, 30);
    assert_int_equal(out.seconds, 3600);
    assert_false(build_close(&b, at("2026-11-23T15:00:05Z"), GRACE, &out));
    assert_true(build_close(&b, at("2026-11-23T16:00:05Z"), GRACE, &out));
    is_bar(&out, "2026-11-23T15:00:00Z", 91, 92, 91, 92, 5);
}

static void corrections_count_until_then(void **state) {
    (void)state;
    struct bar out;
    add("2026-11-23T14:30:00Z", 100, 110, 95, 105, 10);
    assert_int_equal(correct("2026-11-23T14:30:00Z", 100, 120, 95, 106, 14), BUILD_TAKEN);
    assert_int_equal(correct("2026-11-23T14:31:00Z", 106, 107, 80, 107, 2), BUILD_TAKEN); /* only late trades there */
    assert_int_equal(add("2026-11-23T14:30:00Z", 100, 120, 95, 106, 14), BUILD_SAME);
    assert_int_equal(add("2026-11-23T14:30:00Z", 100, 110, 95, 105, 10), BUILD_SAME); /* the correction stays */
    assert_int_equal(add("2026-11-23T14:32:00Z", 106, 107, 106, 107, 1), BUILD_TAKEN);
    assert_int_equal(add("2026-11-23T14:32:00Z", 106, 107, 105, 107, 1), BUILD_BAD); /* a first bar comes once */
    assert_true(build_close(&b, at("2026-11-23T15:00:06Z"), GRACE, &out));
    is_bar(&out, "2026-11-23T14:00:00Z", 100, 120, 80, 107, 17);
    assert_int_equal(correct("2026-11-23T14:59:00Z", 105, 200, 95, 105, 10), BUILD_LATE);
    assert_false(build_close(&b, at("2026-11-23T15:59:00Z"), GRACE, &out));
}

static void minutes_may_come_in_any_order(void **state) {
    (void)state;
    struct bar out;
    add("2026-11-23T14:40:00Z", 7, 9, 6, 8, 1);
    add("2026-11-23T14:20:00Z", 10, 11, 7, 7, 1);
    assert_true(build_close(&b, at("2026-11-23T15:00:05Z"), GRACE, &out));
    is_bar(&out, "2026-11-23T14:00:00Z", 10, 11, 6, 8, 2);
}

static void a_night_makes_no_bar(void **state) {
    (void)state;
    struct bar out;
    add("2026-11-23T14:30:00Z", 100, 110, 95, 105, 10);
    assert_true(build_close(&b, at("2026-11-24T09:30:00Z"), GRACE, &out)); /* a machine that slept */
    is_bar(&out, "2026-11-23T14:00:00Z", 100, 110, 95, 105, 10);
    assert_false(build_close(&b, at("2026-11-24T09:30:00Z"), GRACE, &out));
    assert_int_equal(build_ends(&b).ns, at("2026-11-24T10:00:00Z").ns);
    assert_int_equal(add("2026-11-24T09:31:00Z", 1, 1, 1, 1, 1), BUILD_SPIKE_SEEN);
    assert_int_equal(add("2026-11-24T09:32:00Z", 105, 105, 105, 105, 1), BUILD_TAKEN);
}

/* 09:30 in New York: 14:30Z in winter, 13:30Z in summer. The first hour begins at 9:00 there either way and holds what was
 * traded from 9:30 on. Clocks change on Sunday 2026-11-01 and on Sunday 2027-03-14. */
static void hours_are_those_of_the_clock(void **state) {
    (void)state;
    static const struct {
        const char *open, *hour;
    } days[] = {{"2026-10-30T13:30:00Z", "2026-10-30T13:00:00Z"},
                {"2026-11-02T14:30:00Z", "2026-11-02T14:00:00Z"},
                {"2027-03-12T14:30:00Z", "2027-03-12T14:00:00Z"},
                {"2027-03-15T13:30:00Z", "2027-03-15T13:00:00Z"}};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        struct bar out, m;
        when_t hour = at(days[i].hour);
        build_init(&b, 3600, hour);
        for (int k = 0; k < 30; k++) {
            m = (struct bar){.start = when_add_ms(at(days[i].open), k * 60000),
                             .seconds = 60,
                             .open = {1000 + k},
                             .high = {1000 + k},
                             .low = {1000 + k},
                             .close = {1000 + k},
                             .volume = 1};
            assert_int_equal(build_add(&b, &m, MINUTE_STREAM), BUILD_TAKEN);
        }
        assert_true(build_close(&b, when_add_ms(hour, 3600000 + GRACE), GRACE, &out));
        is_bar(&out, days[i].hour, 1000, 1029, 1000, 1029, 30);
    }
    assert_int_equal(build_start_of(3600, at("2026-11-01T05:59:59Z")).ns, at("2026-11-01T05:00:00Z").ns);
    assert_int_equal(build_start_of(900, at("2026-11-01T05:59:59Z")).ns, at("2026-11-01T05:45:00Z").ns);
    assert_int_equal(build_start_of(900, (when_t){-1}).ns, -900 * NS_PER_SEC);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    assert_int_equal(add("2026-11-23T14:30:00Z", 0, 0, 0, 0, 0), BUILD_BAD);
    assert_int_equal(add("2026-11-23T14:30:00Z", -5, 5, -5, 5, 1), BUILD_BAD);
    assert_int_equal(add("2026-11-23T14:30:00Z", 10, 9, 8, 9, 1), BUILD_BAD);    /* opens above its high */
    assert_int_equal(add("2026-11-23T14:30:00Z", 10, 11, 12, 11, 1), BUILD_BAD); /* high below low */
    assert_int_equal(add("2026-11-23T14:30:00Z", 10, 11, 9, 10, -1), BUILD_BAD);
    assert_int_equal(add("2026-11-23T14:30:01Z", 10, 11, 9, 10, 1), BUILD_BAD); /* no whole minute */
    assert_int_equal(add("2026-11-23T13:59:00Z", 10, 11, 9, 10, 1), BUILD_LATE);
    assert_int_equal(add("2026-11-23T17:12:00Z", 10, 11, 9, 10, 1), BUILD_AHEAD);
    struct bar out;
    assert_false(build_close(&b, at("2026-11-23T15:00:05Z"), GRACE, &out));
}

static void a_spike_is_an_error_and_three_are_the_market(void **state) {
    (void)state;
    add("2026-11-23T14:30:00Z", 1000, 1000, 1000, 1000, 1);
    assert_int_equal(add("2026-11-23T14:31:00Z", 1000, 9000, 1000, 1000, 1), BUILD_SPIKE_SEEN);
    assert_int_equal(add("2026-11-23T14:32:00Z", 1001, 1001, 1001, 1001, 1), BUILD_TAKEN);
    assert_int_equal(add("2026-11-23T14:33:00Z", 100, 100, 100, 100, 1), BUILD_SPIKE_SEEN); /* ten for one */
    assert_int_equal(add("2026-11-23T14:34:00Z", 5000, 5000, 5000, 5000, 1), BUILD_SPIKE_SEEN);
    assert_int_equal(add("2026-11-23T14:35:00Z", 101, 101, 101, 101, 1), BUILD_SPIKE_SEEN); /* they do not agree */
    assert_int_equal(add("2026-11-23T14:36:00Z", 102, 102, 102, 102, 1), BUILD_SPIKE_SEEN);
    assert_int_equal(add("2026-11-23T14:37:00Z", 103, 103, 103, 103, 1), BUILD_TAKEN);
    assert_int_equal(add("2026-11-23T14:38:00Z", 104, 104, 104, 104, 1), BUILD_TAKEN);
}

static void history_says_what_was(void **state) {
    (void)state;
    struct bar out, m = minute("2026-11-23T14:30:00Z", 100, 130, 95, 105, 12);
    add("2026-11-23T14:30:00Z", 100, 110, 95, 105, 10);
    assert_int_equal(build_add(&b, &m, MINUTE_HISTORY), BUILD_TAKEN);
    add("2026-11-23T15:20:00Z", 105, 105, 105, 105, 1);
    build_move(&b, at("2026-11-23T15:10:00Z")); /* the hour before was read as a whole */
    assert_true(build_close(&b, at("2026-11-23T16:00:05Z"), GRACE, &out));
    is_bar(&out, "2026-11-23T15:00:00Z", 105, 105, 105, 105, 1);
}

/* Whatever comes in whatever order: each bar is the sum of what was taken of its period, once, in order. */
static void random_minutes_add_up(void **state) {
    (void)state;
    static const int32_t lengths[] = {60, 300, 900, 1800, 3600};
    struct rng r;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        rng_seed(&r, seed);
        int32_t seconds = lengths[seed % 5];
        int64_t volume_in = 0, volume_out = 0, start = at("2026-11-23T14:00:00Z").ns / (60 * NS_PER_SEC);
        when_t last = {0};
        build_init(&b, seconds, (when_t){start * 60 * NS_PER_SEC});
        for (int64_t now = 0; now < 400; now++) {
            struct bar out, m = {.start = {(start + now) * 60 * NS_PER_SEC}, .seconds = 60, .volume = 1};
            m.open.v = m.high.v = m.low.v = m.close.v = 1000 + (int64_t)rng_below(&r, 50);
            m.start.ns -= (int64_t)rng_below(&r, 70) * 60 * NS_PER_SEC;
            if (rng_below(&r, 3) && build_add(&b, &m, MINUTE_STREAM) == BUILD_TAKEN) volume_in++;
            while (build_close(&b, (when_t){(start + now + 1) * 60 * NS_PER_SEC}, GRACE, &out)) {
                assert_true(out.start.ns > last.ns && out.start.ns % (seconds * NS_PER_SEC) == 0);
                assert_true(out.low.v <= out.open.v && out.high.v >= out.close.v);
                last = out.start;
                volume_out += out.volume;
            }
        }
        struct bar out;
        while (build_close(&b, (when_t){(start + 600) * 60 * NS_PER_SEC}, GRACE, &out)) volume_out += out.volume;
        assert_int_equal(volume_in, volume_out);
    }
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void) {
    const struct CMUnitTest tests[] = {T(an_hour_is_closed_by_the_clock),
                                       T(corrections_count_until_then),
                                       T(minutes_may_come_in_any_order),
                                       T(a_night_makes_no_bar),
                                       T(hours_are_those_of_the_clock),
                                       T(what_cannot_be_is_refused),
                                       T(a_spike_is_an_error_and_three_are_the_market),
                                       T(history_says_what_was),
                                       T(random_minutes_add_up)};
    return RUN(tests);
}
