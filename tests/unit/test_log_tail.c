/* The end of the log: of today's file and older ones, by level, bounded, and never with a secret. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/when.h"

#define DAY_MS (86400LL * 1000)

static char dir[64], path[128];
static int64_t clock_ns;

static int64_t fake_clock(void) {
    return clock_ns;
}

static void tick(int64_t ms) {
    clock_ns += ms * NS_PER_MS;
}

static int setup(void **state) {
    struct err e;
    (void)state;
    str_copy(dir, sizeof dir, "/tmp/mia-tail-XXXXXX");
    if (!mkdtemp(dir)) return -1;
    snprintf(path, sizeof path, "%s/x.log", dir);
    clock_ns = 1763726400LL * NS_PER_SEC; /* 2025-11-21T12:00:00Z */
    log_set_clock(fake_clock);
    log_set_stderr(false);
    log_set_level(LOG_DEBUG);
    return log_open(path, &e);
}

static int teardown(void **state) {
    char cmd[96];
    (void)state;
    log_close();
    log_set_clock(NULL);
    snprintf(cmd, sizeof cmd, "rm -rf '%s'", dir);
    return system(cmd);
}

/* The tail as text; n: how many lines it says there are. */
static char *tail(enum log_level least, uint32_t lines, uint32_t *n) {
    static char text[1 << 20];
    struct buf b;
    struct err e;
    buf_init(&b, sizeof text - 1);
    assert_int_equal(log_tail(least, lines, &b, n, &e), 0);
    memcpy(text, b.p, b.len + 1);
    size_t ends = 0;
    for (size_t i = 0; i < b.len; i++) ends += text[i] == '\n';
    assert_int_equal(ends, *n);
    buf_clear(&b);
    return text;
}

static void the_last_lines_in_their_order(void **state) {
    (void)state;
    uint32_t n;
    for (int i = 1; i <= 30; i++) log_info("test", "line %d", i);
    char *text = tail(LOG_DEBUG, 3, &n);
    assert_int_equal(n, 3);
    const char *a = strstr(text, "line 28"), *b = strstr(text, "line 29"), *c = strstr(text, "line 30");
    assert_true(a && b && c && a < b && b < c);
    assert_null(strstr(text, "line 27"));
    assert_memory_equal(text, "2025-11-21T", 11);
    tail(LOG_DEBUG, 1000, &n);
    assert_int_equal(n, 30);
    tail(LOG_DEBUG, 0, &n);
    assert_int_equal(n, 0);
}

static void by_importance(void **state) {
    (void)state;
    uint32_t n;
    log_debug("test", "a detail");
    log_info("test", "a fact that says error and warn");
    log_warn("test", "a warning");
    log_error("test", "an error");
    assert_non_null(strstr(tail(LOG_DEBUG, 9, &n), "a detail"));
    assert_int_equal(n, 4);
    tail(LOG_INFO, 9, &n);
    assert_int_equal(n, 3);
    assert_null(strstr(tail(LOG_WARN, 9, &n), "a fact"));
    assert_int_equal(n, 2);
    assert_non_null(strstr(tail(LOG_ERROR, 9, &n), "an error"));
    assert_int_equal(n, 1);
}

static void older_days_go_on_where_today_ends(void **state) {
    (void)state;
    uint32_t n;
    for (int day = 0; day < 5; day++) {
        for (int i = 0; i < 4; i++) log_info("test", "day %d line %d", day, i);
        if (day < 4) tick(DAY_MS);
    }
    char *text = tail(LOG_INFO, 10, &n);
    assert_int_equal(n, 10);
    assert_null(strstr(text, "day 2 line 1"));
    const char *oldest = strstr(text, "day 2 line 2"), *newest = strstr(text, "day 4 line 3");
    assert_true(oldest == text + strlen("2025-11-23T12:00:00.000+00:00 info test ") && newest > oldest);
    tail(LOG_INFO, 1000, &n);
    assert_int_equal(n, 20);
}

static void put_file(const char *name, const char *text, size_t n) {
    FILE *f = fopen(name, "w");
    assert_non_null(f);
    fwrite(text, 1, n, f);
    assert_int_equal(fclose(f), 0);
}

/* A file of an older program, of which nothing was redacted, and a token that has been changed since. */
static void no_secret_leaves(void **state) {
    (void)state;
    uint32_t n;
    char older[160];
    static const char leak[] =
        "2025-11-20T10:00:00.000+00:00 warn old token s3cr3t-canary-value in a line\n"
        "2025-11-20T10:00:01.000+00:00 warn old https://api.telegram.org/bot123456:AAbbCC-dd_ee/getMe\n"
        "s3cr3t-canary-values3cr3t-canary-value\n";
    snprintf(older, sizeof older, "%s.2025-11-20", path);
    put_file(older, leak, sizeof leak - 1);
    log_info("test", "in time: s3cr3t-canary-value"); /* not known yet: the file has it */
    log_secret("s3cr3t-canary-value");
    log_info("test", "known now: s3cr3t-canary-value");
    char *text = tail(LOG_DEBUG, 100, &n);
    assert_int_equal(n, 5);
    assert_null(strstr(text, "canary"));
    assert_null(strstr(text, "AAbbCC"));
    assert_non_null(strstr(text, "token *** in a line"));
    assert_non_null(strstr(text, "in time: ***"));
    assert_non_null(strstr(text, "known now: ***"));
}

static void a_huge_file_is_read_from_its_end(void **state) {
    (void)state;
    uint32_t n;
    size_t size = 20u << 20;
    char *text = malloc(size);
    static const char line[] =
        "2025-11-21T10:00:00.000+00:00 info old a line of a file that is larger than what is looked at\n";
    size_t at = 0;
    while (at + sizeof line < size) {
        memcpy(text + at, line, sizeof line - 1);
        at += sizeof line - 1;
    }
    memcpy(text, "2025-11-21T09:00:00.000+00:00 error old", 39);
    log_close();
    put_file(path, text, at);
    free(text);
    struct err e;
    assert_int_equal(log_open(path, &e), 0);
    tail(LOG_INFO, LOG_TAIL_LINES_MAX, &n);
    assert_int_equal(n, LOG_TAIL_LINES_MAX);
    tail(LOG_ERROR, 5, &n); /* it stands before the part that is looked at */
    assert_int_equal(n, 0);
}

static void what_is_no_line_is_no_trouble(void **state) {
    (void)state;
    uint32_t n;
    static const char odd[] = "\n\nfree text\n2025 error\n\0\0\n2025-11-21T10:00:00.000+00:00 info x half";
    log_close();
    put_file(path, odd, sizeof odd - 1);
    struct err e;
    assert_int_equal(log_open(path, &e), 0);
    assert_non_null(strstr(tail(LOG_WARN, 9, &n), "free text"));
    tail(LOG_DEBUG, 9, &n);
    assert_int_equal(n, 3); /* the last one has no end yet */
}

static void without_a_file_memory_tells_this_run(void **state) {
    (void)state;
    uint32_t n;
    log_close();
    assert_false(log_has_file());
    for (int i = 0; i < 3000; i++) log_warn("test", "only in memory %d", i);
    char *text = tail(LOG_WARN, LOG_TAIL_LINES_MAX, &n);
    assert_true(n > 500 && strlen(text) <= LOG_KEPT_BYTES);
    assert_non_null(strstr(text, "only in memory 2999\n"));
    assert_memory_equal(text, "2025-11-21T12:00:00.000", 23); /* the oldest is whole */
    log_secret("another-canary-value");
    log_warn("test", "with another-canary-value");
    assert_null(strstr(tail(LOG_WARN, 2, &n), "canary"));
}

static void a_file_that_cannot_be_read_is_an_error(void **state) {
    (void)state;
    struct buf b;
    struct err e = {0};
    uint32_t n;
    log_info("test", "x");
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    buf_init(&b, 1000);
    assert_int_equal(log_tail(LOG_INFO, 5, &b, &n, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    buf_clear(&b);
    rmdir(path);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    setenv("TZ", "UTC", 1);
    const struct CMUnitTest tests[] = {
        T(the_last_lines_in_their_order),        T(by_importance),
        T(older_days_go_on_where_today_ends),    T(no_secret_leaves),
        T(a_huge_file_is_read_from_its_end),     T(what_is_no_line_is_no_trouble),
        T(without_a_file_memory_tells_this_run), T(a_file_that_cannot_be_read_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
