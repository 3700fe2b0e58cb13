/*
 * rng: xoshiro256** seeded through splitmix64, and what is drawn from it. The state is
 * the caller's, so a run can be replayed. Only + - * / and sqrt are used on doubles
 * (all exactly rounded), never libm's log, whose last bit differs between versions.
 */
#include "engine/base/rng.h"

#include <assert.h>
#include <math.h>

static uint64_t rotl(uint64_t x, int r) {
    return x << r | x >> (64 - r);
}

void rng_seed(struct rng *r, uint64_t seed) {
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15ULL;
        uint64_t z = seed;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
        r->s[i] = z ^ z >> 31;
    }
}

uint64_t rng_u64(struct rng *r) {
    uint64_t *s = r->s, out = rotl(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 45);
    return out;
}

uint64_t rng_below(struct rng *r, uint64_t n) {
    assert(n > 0);
    uint64_t skip = -n % n; /* 2^64 mod n: the values below it would favour some results */
    for (;;) {
        uint64_t x = rng_u64(r);
        if (x >= skip) return x % n;
    }
}

double rng_unit(struct rng *r) {
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

/* Natural logarithm of 0 < x < 1, by the series of atanh. */
static double fixed_log(double x) {
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    double t = (m - 1) / (m + 1), t2 = t * t, sum = 0;
    for (int k = 23; k >= 1; k -= 2) sum = sum * t2 + 1.0 / k;
    return exponent * 0.69314718055994531 + 2 * t * sum;
}

/* Marsaglia's polar method. The second value of each pair is thrown away: the state stays four words. */
double rng_normal(struct rng *r) {
    for (;;) {
        double x = 2 * rng_unit(r) - 1, y = 2 * rng_unit(r) - 1, s = x * x + y * y;
        if (s > 0 && s < 1) return x * sqrt(-2 * fixed_log(s) / s);
    }
}
