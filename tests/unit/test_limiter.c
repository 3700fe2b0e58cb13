/* limiter: buckets and back-off on a clock of the test's own. */
#include "tests/unit/unit.h"

#include "engine/net/limiter.h"

static void bucket_gives_a_burst_then_the_pace(void **state) {
    (void)state;
    struct bucket b;
    bucket_init(&b, 3, 100, 1000);
    for (int i = 0; i < 3; i++) assert_true(bucket_take(&b, 1000));
    assert_false(bucket_take(&b, 1000));
    assert_int_equal(bucket_wait_ms(&b, 1000), 100);
    assert_int_equal(bucket_wait_ms(&b, 1099), 1);
    assert_false(bucket_take(&b, 1099));
    assert_true(bucket_take(&b, 1100));
    assert_false(bucket_take(&b, 1100));
    assert_int_equal(bucket_wait_ms(&b, 1150), 50); /* the fraction is kept */
    for (int i = 0; i < 3; i++) assert_true(bucket_take(&b, 99999));
    assert_false(bucket_take(&b, 99999)); /* a long rest gives no more than the burst */
}

static void bucket_never_exceeds_its_rate(void **state) {
    (void)state;
    struct bucket b;
    struct rng r;
    rng_seed(&r, 7);
    bucket_init(&b, 5, 50, 0);
    int64_t now = 0, taken = 0;
    for (int i = 0; i < 100000; i++) {
        now += (int64_t)rng_below(&r, 20);
        if (bucket_take(&b, now)) taken++;
        assert_true(taken <= 5 + now / 50);
    }
    assert_true(taken >= now / 50 - 1);
}

static void bucket_blocks(void **state) {
    (void)state;
    struct bucket b;
    bucket_init(&b, 10, 100, 0);
    bucket_block(&b, 0, 5000);
    assert_false(bucket_take(&b, 4999));
    assert_int_equal(bucket_wait_ms(&b, 4000), 1000);
    bucket_block(&b, 100, 10); /* a shorter one does not lift the longer */
    assert_false(bucket_take(&b, 4999));
    assert_true(bucket_take(&b, 5000));
    assert_false(bucket_take(&b, 5000)); /* no burst after a 429 */
    assert_true(bucket_take(&b, 5100));
    bucket_block(&b, 5100, INT64_MAX);
    assert_false(bucket_take(&b, INT64_MAX - 1));
}

static void bucket_survives_a_clock_that_goes_back(void **state) {
    (void)state;
    struct bucket b;
    bucket_init(&b, 1, 100, 1000);
    assert_true(bucket_take(&b, 1000));
    assert_false(bucket_take(&b, 500));
    assert_true(bucket_take(&b, 1100));
}

static void backoff_grows_and_stays_in_bounds(void **state) {
    (void)state;
    struct backoff b;
    struct rng r;
    rng_seed(&r, 1);
    int64_t top = 0, low = INT64_MAX;
    for (int round = 0; round < 200; round++) {
        backoff_init(&b, 1000, 60000);
        int64_t limit = 1000;
        for (int i = 0; i < 100; i++) {
            int64_t wait = backoff_next(&b, &r);
            assert_true(wait >= 500 && wait <= limit);
            limit = limit * 2 < 60000 ? limit * 2 : 60000;
            if (wait > top) top = wait;
            if (wait < low) low = wait;
        }
    }
    assert_true(top > 55000);
    assert_true(low < 1000);
    backoff_reset(&b);
    assert_true(backoff_next(&b, &r) <= 1000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bucket_gives_a_burst_then_the_pace),
        cmocka_unit_test(bucket_never_exceeds_its_rate),
        cmocka_unit_test(bucket_blocks),
        cmocka_unit_test(bucket_survives_a_clock_that_goes_back),
        cmocka_unit_test(backoff_grows_and_stays_in_bounds),
    };
    return RUN(tests);
}
