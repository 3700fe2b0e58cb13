/*
 * discord_limit: the arithmetic of Discord's rate limits, pure: what the headers of an
 * answer say, whether a bucket lets another request go, and how many invalid requests
 * are left before Discord would ban the address. Time comes in as monotonic milliseconds.
 */
#ifndef MIA_BOT_DISCORD_LIMIT_H
#define MIA_BOT_DISCORD_LIMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_BUCKET_NAME_MAX 64
#define RATE_RETRY_MAX_MS (6 * 3600 * 1000LL) /* a longer order to wait is asked again after this */
#define RATE_RETRY_UNTOLD_MS 5000             /* a 429 that names no time */
#define RATE_BAN_UNTOLD_MS 60000              /* the same from the proxy in front, which bans addresses */
#define INVALID_MAX 90                        /* of ours in one window; Discord bans at 10,000 */
#define INVALID_WINDOW_MS (600 * 1000LL)

/* What one answer says about limits. */
struct rate_told {
    bool has_bucket, has_reset; /* X-RateLimit-Bucket; Limit, Remaining and Reset-After */
    char bucket[RATE_BUCKET_NAME_MAX];
    int64_t limit, remaining, reset_after_ms;
    bool limited;           /* status 429 */
    bool global, shared;    /* whose limit a 429 was */
    bool ban;               /* a 429 that Discord's API did not write: stop everything */
    int64_t retry_after_ms; /* of a 429 */
};

typedef const char *(*rate_header_fn)(const void *arg, const char *name); /* NULL: absent */
void rate_read(struct rate_told *out, int status, rate_header_fn header, const void *arg, const char *body, size_t n);

/* "0.465" -> 465, rounded up; -1 where it is no time. At most RATE_RETRY_MAX_MS. */
int64_t rate_seconds_ms(const char *text);

struct rate_bucket {
    bool known; /* the server has told its limits */
    int64_t limit, remaining, reset_at_ms, blocked_until_ms;
    uint32_t in_flight;
};
#define RATE_AFTER_ANSWER (-1) /* nobody can say before an answer under way has come */
/* 0: one may go now; RATE_AFTER_ANSWER; else milliseconds to wait. */
int64_t rate_bucket_wait_ms(const struct rate_bucket *b, int64_t now_ms);
void rate_bucket_sent(struct rate_bucket *b);
/* told: NULL where no answer came. */
void rate_bucket_answered(struct rate_bucket *b, const struct rate_told *told, int64_t now_ms);

/* 401, 403 and 429 that were our fault, in a sliding window. */
struct invalid_budget {
    int64_t at_ms[INVALID_MAX];
    uint32_t next, n;
};
void invalid_add(struct invalid_budget *i, int64_t now_ms);
int64_t invalid_wait_ms(const struct invalid_budget *i, int64_t now_ms); /* 0: there is room */

#endif
