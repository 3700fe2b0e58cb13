/*
 * discord_limit: what headers and bodies say about limits, hostile ones too, and the sums
 * of a bucket and of the invalid-request budget.
 */
#include "tests/unit/unit.h"

#include <string.h>
#include <strings.h>

#include "bot/chat/discord_limit.h"

struct header {
    const char *name, *value;
};

static const char *lookup(const void *arg, const char *name) {
    for (const struct header *h = arg; h->name; h++)
        if (!strcasecmp(h->name, name)) return h->value;
    return NULL;
}

static struct rate_told told_by(int status, const struct header *h, const char *body) {
    struct rate_told t;
    rate_read(&t, status, lookup, h, body, strlen(body));
    return t;
}

static void seconds_are_read_whole(void **state) {
    (void)state;
    assert_int_equal(rate_seconds_ms("0"), 0);
    assert_int_equal(rate_seconds_ms("1"), 1000);
    assert_int_equal(rate_seconds_ms("0.465"), 465);
    assert_int_equal(rate_seconds_ms("1.0001"), 1001); /* never earlier than told */
    assert_int_equal(rate_seconds_ms(".5"), 500);
    assert_int_equal(rate_seconds_ms("999999999999999999999999"), RATE_RETRY_MAX_MS);
    static const char *const bad[] = {"", " 1", "-1", "1s", "nan", "1.2.3", ".", "1e3", "0x10"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_int_equal(rate_seconds_ms(bad[i]), -1);
    assert_int_equal(rate_seconds_ms(NULL), -1);
}

static void headers_of_a_good_answer(void **state) {
    (void)state;
    const struct header h[] = {{"x-ratelimit-bucket", "abcd"},
                               {"X-RateLimit-Limit", "5"},
                               {"X-RateLimit-Remaining", "4"},
                               {"X-RateLimit-Reset-After", "4.7"},
                               {NULL, NULL}};
    struct rate_told t = told_by(200, h, "{}");
    assert_true(t.has_bucket && t.has_reset && !t.limited);
    assert_string_equal(t.bucket, "abcd");
    assert_int_equal(t.limit, 5);
    assert_int_equal(t.remaining, 4);
    assert_int_equal(t.reset_after_ms, 4700);
}

static void hostile_headers_say_nothing(void **state) {
    (void)state;
    char name[200];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    const struct header h[] = {{"X-RateLimit-Bucket", name},
                               {"X-RateLimit-Limit", "99999999999999999999"},
                               {"X-RateLimit-Remaining", "-3"},
                               {"X-RateLimit-Reset-After", "soon"},
                               {NULL, NULL}};
    struct rate_told t = told_by(200, h, "");
    assert_false(t.has_bucket);
    assert_false(t.has_reset);
    const struct header zero[] = {
        {"X-RateLimit-Limit", "0"}, {"X-RateLimit-Remaining", "0"}, {"X-RateLimit-Reset-After", "1"}, {NULL, NULL}};
    assert_false(told_by(200, zero, "").has_reset); /* a bucket that never lets anything go is none */
}

static void a_429_in_any_form(void **state) {
    (void)state;
    const struct header none[] = {{NULL, NULL}}, seconds[] = {{"Retry-After", "3"}, {NULL, NULL}};
    const struct header shared[] = {{"Retry-After", "2"}, {"X-RateLimit-Scope", "shared"}, {NULL, NULL}};
    const struct header global[] = {{"Retry-After", "2"}, {"X-RateLimit-Global", "true"}, {NULL, NULL}};
    struct rate_told t = told_by(429, none, "{\"retry_after\":1.25,\"global\":false}");
    assert_true(t.limited && !t.ban && !t.global);
    assert_in_range(t.retry_after_ms, 1250, 1252);
    t = told_by(429, none, "{\"retry_after\":1.25,\"global\":true}");
    assert_true(t.global);
    t = told_by(429, seconds, "");
    assert_true(t.limited && !t.ban);
    assert_int_equal(t.retry_after_ms, 3000);
    t = told_by(429, seconds, "{\"retry_after\":9}"); /* the longer one */
    assert_in_range(t.retry_after_ms, 9000, 9002);
    assert_true(told_by(429, shared, "{}").shared);
    assert_true(told_by(429, global, "").global);
    t = told_by(429, none, "");
    assert_int_equal(t.retry_after_ms, RATE_RETRY_UNTOLD_MS);
    t = told_by(429, none, "<html>1015</html>");
    assert_true(t.ban);
    assert_int_equal(t.retry_after_ms, RATE_BAN_UNTOLD_MS);
    t = told_by(429, seconds, "<html>1015</html>");
    assert_true(t.ban);
    assert_int_equal(t.retry_after_ms, 3000);
    t = told_by(429, none, "{\"retry_after\":1e9}"); /* longer than any: asked again after the longest */
    assert_int_equal(t.retry_after_ms, RATE_RETRY_MAX_MS);
    t = told_by(429, none, "{\"retry_after\":-5}");
    assert_int_equal(t.retry_after_ms, RATE_RETRY_UNTOLD_MS);
    t = told_by(429, none, "{\"retry_after\":1e300}");
    assert_true(t.retry_after_ms <= RATE_RETRY_MAX_MS && t.retry_after_ms > 0);
}

static struct rate_told window(int64_t limit, int64_t remaining, int64_t reset_ms) {
    return (struct rate_told){.has_reset = true, .limit = limit, .remaining = remaining, .reset_after_ms = reset_ms};
}

static void an_unknown_bucket_sends_one(void **state) {
    (void)state;
    struct rate_bucket b = {0};
    assert_int_equal(rate_bucket_wait_ms(&b, 1000), 0);
    rate_bucket_sent(&b);
    assert_int_equal(rate_bucket_wait_ms(&b, 1000), RATE_AFTER_ANSWER);
    rate_bucket_answered(&b, NULL, 1000); /* lost: still unknown, and free again */
    assert_int_equal(rate_bucket_wait_ms(&b, 1000), 0);
}

static void a_known_bucket_counts_what_is_under_way(void **state) {
    (void)state;
    struct rate_bucket b = {0};
    struct rate_told t = window(5, 2, 4000);
    rate_bucket_sent(&b);
    rate_bucket_answered(&b, &t, 1000);
    rate_bucket_sent(&b);
    rate_bucket_sent(&b);
    assert_int_equal(rate_bucket_wait_ms(&b, 1000), RATE_AFTER_ANSWER);
    t = window(5, 0, 3500);
    rate_bucket_answered(&b, &t, 1500);
    rate_bucket_answered(&b, &t, 1500);
    assert_int_equal(rate_bucket_wait_ms(&b, 1500), 3500);
    assert_int_equal(rate_bucket_wait_ms(&b, 5000), 0); /* a new window */
}

static void a_429_blocks_its_bucket_only_when_not_global(void **state) {
    (void)state;
    struct rate_bucket b = {0};
    struct rate_told t = {.limited = true, .retry_after_ms = 700};
    rate_bucket_sent(&b);
    rate_bucket_answered(&b, &t, 100);
    assert_int_equal(rate_bucket_wait_ms(&b, 100), 700);
    assert_int_equal(rate_bucket_wait_ms(&b, 800), 0);
    struct rate_bucket other = {0};
    t.global = true;
    rate_bucket_sent(&other);
    rate_bucket_answered(&other, &t, 100);
    assert_int_equal(rate_bucket_wait_ms(&other, 100), 0); /* the global limiter holds it */
}

static void invalid_requests_have_a_sliding_budget(void **state) {
    (void)state;
    struct invalid_budget i = {0};
    for (int k = 0; k < INVALID_MAX; k++) {
        assert_int_equal(invalid_wait_ms(&i, 1000 + k), 0);
        invalid_add(&i, 1000 + k);
    }
    assert_int_equal(invalid_wait_ms(&i, 2000), INVALID_WINDOW_MS - 1000);
    assert_int_equal(invalid_wait_ms(&i, 1000 + INVALID_WINDOW_MS), 0);
    invalid_add(&i, 1000 + INVALID_WINDOW_MS);
    assert_int_equal(invalid_wait_ms(&i, 1000 + INVALID_WINDOW_MS), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seconds_are_read_whole),
        cmocka_unit_test(headers_of_a_good_answer),
        cmocka_unit_test(hostile_headers_say_nothing),
        cmocka_unit_test(a_429_in_any_form),
        cmocka_unit_test(an_unknown_bucket_sends_one),
        cmocka_unit_test(a_known_bucket_counts_what_is_under_way),
        cmocka_unit_test(a_429_blocks_its_bucket_only_when_not_global),
        cmocka_unit_test(invalid_requests_have_a_sliding_budget),
    };
    return RUN(tests);
}
