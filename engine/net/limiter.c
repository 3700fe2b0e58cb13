/*
 * limiter: see limiter.h. No state but the caller's; whole tokens only, and the
 * fraction of a token that was earned stays in `updated_ms`.
 */
#include "engine/net/limiter.h"

#include <assert.h>

#define BACKOFF_DOUBLINGS_MAX 30

static void bucket_fill(struct bucket *b, int64_t now_ms) {
    int64_t earned = (now_ms - b->updated_ms) / b->every_ms;
    if (earned <= 0) return; /* also where the clock went back */
    if (earned >= b->burst - b->tokens) {
        b->tokens = b->burst;
        b->updated_ms = now_ms;
    } else {
        b->tokens += earned;
        b->updated_ms += earned * b->every_ms;
    }
}

void bucket_init(struct bucket *b, int64_t burst, int64_t every_ms, int64_t now_ms) {
    assert(burst > 0 && every_ms > 0);
    *b = (struct bucket){.every_ms = every_ms, .burst = burst, .tokens = burst, .updated_ms = now_ms};
    b->blocked_until_ms = now_ms;
}

bool bucket_take(struct bucket *b, int64_t now_ms) {
    if (bucket_wait_ms(b, now_ms) > 0) return false;
    /* A full bucket earns nothing: its next token counts from now. */
    if (b->tokens == b->burst) b->updated_ms = now_ms;
    b->tokens--;
    return true;
}

int64_t bucket_wait_ms(struct bucket *b, int64_t now_ms) {
    if (b->blocked_until_ms > now_ms) return b->blocked_until_ms - now_ms;
    bucket_fill(b, now_ms);
    if (b->tokens > 0) return 0;
    return b->updated_ms + b->every_ms - now_ms;
}

void bucket_block(struct bucket *b, int64_t now_ms, int64_t for_ms) {
    int64_t until;
    if (for_ms < 0) for_ms = 0;
    if (__builtin_add_overflow(now_ms, for_ms, &until)) until = INT64_MAX;
    if (until < b->blocked_until_ms) until = b->blocked_until_ms;
    b->blocked_until_ms = until;
    /* After a 429 the burst is not owed any more: one token, then the steady pace. */
    b->tokens = 1;
    b->updated_ms = until;
}

void backoff_init(struct backoff *b, int64_t base_ms, int64_t max_ms) {
    assert(base_ms > 0 && max_ms >= base_ms);
    *b = (struct backoff){.base_ms = base_ms, .max_ms = max_ms};
}

void backoff_reset(struct backoff *b) {
    b->attempt = 0;
}

int64_t backoff_next(struct backoff *b, struct rng *r) {
    int64_t top = b->base_ms;
    for (int i = 0; i < b->attempt && top < b->max_ms; i++) {
        if (__builtin_mul_overflow(top, 2, &top)) top = b->max_ms;
    }
    if (top > b->max_ms) top = b->max_ms;
    if (b->attempt < BACKOFF_DOUBLINGS_MAX) b->attempt++;
    int64_t low = b->base_ms / 2;
    return low + (int64_t)rng_below(r, (uint64_t)(top - low) + 1);
}
