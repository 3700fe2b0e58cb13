/* rng: the published algorithm, the same numbers on every machine, no bias, right moments. */
#include "tests/unit/unit.h"

#include <math.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/rng.h"

static void follows_the_published_algorithm(void **state) {
    (void)state;
    /* splitmix64 from 0 gives this state; from state {1,2,3,4} xoshiro256** gives these outputs. */
    struct rng r;
    rng_seed(&r, 0);
    assert_true(r.s[0] == 0xe220a8397b1dcdafULL && r.s[1] == 0x6e789e6aa1b965f4ULL);
    r = (struct rng){{1, 2, 3, 4}};
    static const uint64_t want[] = {11520u, 0u, 1509978240u, 1215971899390074240ULL};
    for (size_t i = 0; i < 4; i++) assert_true(rng_u64(&r) == want[i]);
}

static void below_is_unbiased_and_in_range(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 3);
    int counts[6] = {0};
    for (int i = 0; i < 60000; i++) counts[rng_below(&r, 6)]++;
    for (int i = 0; i < 6; i++) assert_in_range(counts[i], 9600, 10400);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(rng_below(&r, 1), 0);
        assert_true(rng_below(&r, UINT64_MAX) < UINT64_MAX);
    }
    /* Three quarters of 2^64: plain modulo would give the lowest third half of all draws. */
    uint64_t n = 3ull << 62;
    int low = 0;
    for (int i = 0; i < 30000; i++) low += rng_below(&r, n) < n / 3;
    assert_in_range(low, 9500, 10500);
}

static void unit_and_normal_have_their_moments(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 8);
    double sum = 0, squares = 0, cubes = 0, fourths = 0, units = 0;
    enum { N = 200000 };
    for (int i = 0; i < N; i++) {
        double u = rng_unit(&r), x = rng_normal(&r);
        assert_true(u >= 0 && u < 1);
        units += u;
        sum += x;
        squares += x * x;
        cubes += x * x * x;
        fourths += x * x * x * x;
    }
    assert_true(fabs(units / N - 0.5) < 0.003);
    assert_true(fabs(sum / N) < 0.01 && fabs(squares / N - 1) < 0.015);
    assert_true(fabs(cubes / N) < 0.04 && fabs(fourths / N - 3) < 0.1);
}

static void normal_numbers_are_pinned_bit_for_bit(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 2025);
    uint64_t digest = 0;
    for (int i = 0; i < 1000; i++) {
        double x = rng_normal(&r);
        digest = hash64(&x, sizeof x, digest);
    }
    assert_true(digest == 0x526fe29e65fa561aULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(follows_the_published_algorithm),
        cmocka_unit_test(below_is_unbiased_and_in_range),
        cmocka_unit_test(unit_and_normal_have_their_moments),
        cmocka_unit_test(normal_numbers_are_pinned_bit_for_bit),
    };
    return RUN(tests);
}
