/*
 * discord_limit: reads rate-limit headers and does the sums of a bucket. Pure: no clock,
 * no request, no allocation; discord_rest.c owns the buckets and carries the waits out.
 *
 * Reset-After is used and never Reset: it needs no agreement about the time of day.
 */
#include "bot/chat/discord_limit.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "engine/base/buf.h"
#include "engine/net/json.h"

int64_t rate_seconds_ms(const char *text) {
    const char *p = text;
    int64_t ms = 0, place = 100;
    bool digits = false, rest = false;
    if (!p) return -1;
    for (; *p >= '0' && *p <= '9'; p++, digits = true)
        if (ms < RATE_RETRY_MAX_MS) ms = ms * 10 + (*p - '0') * 1000;
    if (*p == '.')
        for (p++; *p >= '0' && *p <= '9'; p++, digits = true, place /= 10) {
            ms += place * (*p - '0');
            if (!place && *p != '0') rest = true;
        }
    if (!digits || *p) return -1;
    ms += rest;
    return ms < RATE_RETRY_MAX_MS ? ms : RATE_RETRY_MAX_MS;
}

static bool header_count(rate_header_fn header, const void *arg, const char *name, int64_t *out) {
    const char *text = header(arg, name);
    char *end;
    if (!text || *text < '0' || *text > '9') return false;
    long long v = strtoll(text, &end, 10);
    if (*end || v > 1000000) return false;
    *out = v;
    return true;
}

static bool header_is(rate_header_fn header, const void *arg, const char *name, const char *value) {
    const char *text = header(arg, name);
    return text && !strcasecmp(text, value);
}

/* A bare 429 with headers only is Discord's own; one with a page for people is not. */
static void read_429(struct rate_told *out, rate_header_fn header, const void *arg, const char *body, size_t n) {
    struct json *j = n ? json_parse(body, n, NULL) : NULL;
    double seconds;
    int64_t ms = rate_seconds_ms(header(arg, "Retry-After")), exact = -1;
    out->limited = true;
    out->ban = n > 0 && !json_is_object(j);
    out->global =
        header_is(header, arg, "X-RateLimit-Global", "true") || header_is(header, arg, "X-RateLimit-Scope", "global");
    json_bool(j, "global", &out->global);
    out->shared = header_is(header, arg, "X-RateLimit-Scope", "shared");
    if (json_f64(j, "retry_after", &seconds) && seconds >= 0)
        exact = seconds < (double)RATE_RETRY_MAX_MS / 1000 ? (int64_t)(seconds * 1000) + 1 : RATE_RETRY_MAX_MS;
    if (exact > ms) ms = exact;
    if (ms < 0 && out->has_reset) ms = out->reset_after_ms;
    if (ms < 0) ms = out->ban ? RATE_BAN_UNTOLD_MS : RATE_RETRY_UNTOLD_MS;
    out->retry_after_ms = ms;
    json_free(j);
}

void rate_read(struct rate_told *out, int status, rate_header_fn header, const void *arg, const char *body, size_t n) {
    memset(out, 0, sizeof *out);
    const char *bucket = header(arg, "X-RateLimit-Bucket");
    if (bucket && *bucket) out->has_bucket = str_copy(out->bucket, sizeof out->bucket, bucket);
    out->reset_after_ms = rate_seconds_ms(header(arg, "X-RateLimit-Reset-After"));
    out->has_reset = out->reset_after_ms >= 0 && header_count(header, arg, "X-RateLimit-Limit", &out->limit) &&
                     header_count(header, arg, "X-RateLimit-Remaining", &out->remaining) && out->limit > 0;
    if (status == 429) read_429(out, header, arg, body, n);
}

int64_t rate_bucket_wait_ms(const struct rate_bucket *b, int64_t now_ms) {
    if (b->blocked_until_ms > now_ms) return b->blocked_until_ms - now_ms;
    if (!b->known) return b->in_flight ? RATE_AFTER_ANSWER : 0;
    int64_t left = b->reset_at_ms <= now_ms ? b->limit : b->remaining;
    if (left > (int64_t)b->in_flight) return 0;
    if (b->in_flight || b->reset_at_ms <= now_ms) return RATE_AFTER_ANSWER;
    return b->reset_at_ms - now_ms;
}

void rate_bucket_sent(struct rate_bucket *b) {
    b->in_flight++;
}

void rate_bucket_answered(struct rate_bucket *b, const struct rate_told *told, int64_t now_ms) {
    if (b->in_flight) b->in_flight--;
    if (!told) return;
    if (told->has_reset) {
        b->known = true;
        b->limit = told->limit;
        b->remaining = told->remaining;
        b->reset_at_ms = now_ms + told->reset_after_ms;
    }
    if (told->limited && !told->global && now_ms + told->retry_after_ms > b->blocked_until_ms)
        b->blocked_until_ms = now_ms + told->retry_after_ms;
}

void invalid_add(struct invalid_budget *i, int64_t now_ms) {
    i->at_ms[i->next] = now_ms;
    i->next = (i->next + 1) % INVALID_MAX;
    if (i->n < INVALID_MAX) i->n++;
}

int64_t invalid_wait_ms(const struct invalid_budget *i, int64_t now_ms) {
    if (i->n < INVALID_MAX) return 0;
    int64_t free_at = i->at_ms[i->next] + INVALID_WINDOW_MS; /* the oldest leaves the window */
    return free_at > now_ms ? free_at - now_ms : 0;
}
