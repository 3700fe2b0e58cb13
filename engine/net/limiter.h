/*
 * limiter: token buckets and back-off. Pure: time comes in as milliseconds of a
 * monotonic clock, jitter from the caller's rng.
 */
#ifndef MIA_NET_LIMITER_H
#define MIA_NET_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/rng.h"

struct bucket { /* holds up to `burst` tokens, gains one each `every_ms` */
    int64_t every_ms, burst;
    int64_t tokens, updated_ms;
    int64_t blocked_until_ms; /* by a 429 */
};
void bucket_init(struct bucket *b, int64_t burst, int64_t every_ms, int64_t now_ms);
bool bucket_take(struct bucket *b, int64_t now_ms);       /* false: wait bucket_wait_ms */
int64_t bucket_wait_ms(struct bucket *b, int64_t now_ms); /* 0: a token is there */
void bucket_block(struct bucket *b, int64_t now_ms, int64_t for_ms);

struct backoff {
    int64_t base_ms, max_ms;
    int attempt;
};
void backoff_init(struct backoff *b, int64_t base_ms, int64_t max_ms);
void backoff_reset(struct backoff *b);
int64_t backoff_next(struct backoff *b, struct rng *r); /* full jitter over base * 2^attempt, capped, at least base/2 */

#endif
