/* rng: seeded pseudo-random numbers (xoshiro256**, public domain). For simulation and jitter, never for secrets. */
#ifndef MIA_BASE_RNG_H
#define MIA_BASE_RNG_H

#include <stdint.h>

struct rng {
    uint64_t s[4];
};
void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_u64(struct rng *r);
uint64_t rng_below(struct rng *r, uint64_t n); /* 0 <= x < n, unbiased; n > 0 */
double rng_unit(struct rng *r);                /* 0 <= x < 1 */
double rng_normal(struct rng *r);              /* mean 0, deviation 1; one fixed algorithm on every machine */

#endif
