/*
 * log: redaction, lines that cannot be forged, levels, daily files and how long they live,
 * many threads, and die(). The log is global, so each test opens a file of its own.
 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/when.h"

#define PATHS 256

static int64_t clock_ns;

static int64_t fake_clock(void) {
    return __atomic_load_n(&clock_ns, __ATOMIC_RELAXED);
}

struct place {
    char dir[PATHS / 2], file[PATHS];
};

static int set_up(void **state) {
    struct place *p = calloc(1, sizeof *p);
    const char *tmp = getenv("TMPDIR");
    snprintf(p->dir, sizeof p->dir, "%s/mia-log-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(p->dir) == NULL) return -1;
    snprintf(p->file, sizeof p->file, "%s/x.log", p->dir);
    setenv("TZ", "Europe/Paris", 1);
    clock_ns = 1763625600LL * NS_PER_SEC; /* 2025-11-20 08:00 UTC */
    log_set_clock(fake_clock);
    log_set_stderr(false);
    log_set_level(LOG_INFO);
    *state = p;
    return 0;
}

static int tear_down(void **state) {
    struct place *p = *state;
    char command[PATHS];
    log_close();
    log_set_clock(NULL);
    snprintf(command, sizeof command, "rm -r %s", p->dir);
    int rc = system(command);
    free(p);
    return rc;
}

static char *slurp(const char *path) {
    struct buf b;
    buf_init(&b, 1 << 24);
    char chunk[4096];
    FILE *f = fopen(path, "r");
    size_t n;
    while (f != NULL && (n = fread(chunk, 1, sizeof chunk, f)) > 0) buf_add(&b, chunk, n);
    if (f != NULL) fclose(f);
    return buf_detach(&b);
}

static void check_file(const char *path, const char *want) {
    char *text = slurp(path);
    assert_string_equal(text, want);
    free(text);
}

static void check_redacted(const char *in, const char *want) {
    char text[512];
    snprintf(text, sizeof text, "%s", in);
    assert_int_equal(log_has_secret(text, strlen(text)), strcmp(in, want) != 0);
    size_t n = log_redact(text, strlen(text));
    text[n] = '\0';
    assert_string_equal(text, want);
    assert_true(n <= strlen(in));
}

static void telegram_tokens_in_urls(void **state) {
    (void)state;
    check_redacted("https://h/bot123456:AAE-x_9/getMe?x=1", "https://h/bot***/getMe?x=1");
    check_redacted("https://h/file/bot1:a/p.jpg", "https://h/file/bot***/p.jpg");
    check_redacted("GET /bot77:Zz9", "GET /bot***");
    check_redacted("/bot77%3AZz9/x /bot77%3aZz9", "/bot***/x /bot***");
    check_redacted("/bot/ /bots /bot: /bot12/ /bot12: /bot:abc robot1:a",
                   "/bot/ /bots /bot: /bot12/ /bot12: /bot:abc robot1:a");
}

static void told_secrets(void **state) {
    (void)state;
    log_secret(NULL);
    log_secret("");
    log_secret("short");
    log_secret("tango-1");
    log_secret("tango-1");
    log_secret("tango-1-and-longer");
    log_secret("longer-zulu");
    check_redacted("a short text", "a short text");
    check_redacted("x tango-1 y tango-1", "x *** y ***");
    check_redacted("x tango-1-and-longer", "x ***");    /* the longest, not its prefix */
    check_redacted("tango-1-and-longer-zulu.", "***."); /* overlapping ones leave no rest */
    check_redacted("tango-1tango-1", "***");
    check_redacted("tango-", "tango-");
    check_redacted("tango-tango-1", "tango-***");
    check_redacted("", "");
}

static void a_line_looks_so(void **state) {
    struct place *p = *state;
    assert_int_equal(log_open(p->file, NULL), 0);
    log_debug("test", "below the level");
    log_info("test", "order placed id=%d", 7);
    clock_ns += 1234 * NS_PER_MS;
    log_error("net", "closed");
    check_file(p->file, "2025-11-20T09:00:00.000+01:00 info test order placed id=7\n"
                        "2025-11-20T09:00:01.234+01:00 error net closed\n");
    struct stat st;
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void lines_cannot_be_forged(void **state) {
    struct place *p = *state;
    assert_int_equal(log_open(p->file, NULL), 0);
    log_info("t", "a\nb\r\x1b[31m\tc\x7f \u202e \xff \xc2\x85 \u2028 é");
    check_file(p->file,
               "2025-11-20T09:00:00.000+01:00 info t a\\nb\\x0d\\x1b[31m c\\x7f \\u202e \\xff \\u0085 \\u2028 é\n");
}

static void secrets_never_reach_the_file(void **state) {
    struct place *p = *state;
    log_secret("a-secret-of-the-file");
    assert_int_equal(log_open(p->file, NULL), 0);
    log_info("t", "key=%s url=https://h/bot5:xyz/getMe", "a-secret-of-the-file");
    check_file(p->file, "2025-11-20T09:00:00.000+01:00 info t key=*** url=https://h/bot***/getMe\n");
}

/* Wherever the line is cut, no part of the secret is left before the cut. */
static void a_cut_line_holds_no_half_secret(void **state) {
    struct place *p = *state;
    static char pad[3 * LOG_LINE_MAX];
    log_secret("0123456789-half-secret");
    assert_int_equal(log_open(p->file, NULL), 0);
    memset(pad, '.', sizeof pad - 1);
    for (int n = LOG_LINE_MAX - 100; n <= LOG_LINE_MAX + 10; n++)
        log_info("t", "%.*s%s%s", n, pad, "0123456789-half-secret", pad);
    for (int n = 2 * LOG_LINE_MAX - 40; n <= 2 * LOG_LINE_MAX + 10; n++)
        log_info("t", "%.*s%s", n, pad, "0123456789-half-secret");
    char *text = slurp(p->file);
    assert_null(strstr(text, "0123"));
    assert_non_null(strstr(text, " (cut)\n"));
    for (char *line = text, *end; *line != '\0'; line = end + 1) {
        end = strchr(line, '\n');
        assert_non_null(end);
        assert_true(end - line < LOG_LINE_MAX);
    }
    free(text);
}

static void levels(void **state) {
    (void)state;
    enum log_level level = LOG_INFO;
    assert_true(log_level_parse("debug", &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_true(log_level_parse("error", &level));
    assert_int_equal(level, LOG_ERROR);
    assert_false(log_level_parse("", &level));
    assert_false(log_level_parse("ERROR!", &level));
    assert_int_equal(level, LOG_ERROR);
}

static void the_day_turns_at_local_midnight(void **state) {
    struct place *p = *state;
    char old[PATHS + 16];
    assert_int_equal(log_open(p->file, NULL), 0);
    clock_ns = 1763679599LL * NS_PER_SEC; /* 22:59:59 UTC, 23:59:59 in Paris */
    log_info("t", "last");
    clock_ns += NS_PER_SEC;
    log_info("t", "first");
    log_info("t", "second");
    snprintf(old, sizeof old, "%s.2025-11-20", p->file);
    check_file(old, "2025-11-20T23:59:59.000+01:00 info t last\n");
    check_file(p->file, "2025-11-21T00:00:00.000+01:00 info t first\n2025-11-21T00:00:00.000+01:00 info t second\n");
}

static void touch(const struct place *p, const char *name, int64_t sec) {
    char path[PATHS];
    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "old\n", 4), 4);
    struct timespec times[2] = {{.tv_sec = sec}, {.tv_sec = sec}};
    futimens(fd, times);
    close(fd);
}

static bool exists(const struct place *p, const char *name) {
    char path[PATHS];
    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    return access(path, F_OK) == 0;
}

static void yesterdays_file_is_moved_at_start(void **state) {
    struct place *p = *state;
    touch(p, "x.log", clock_ns / NS_PER_SEC - 2 * 86400);
    assert_int_equal(log_open(p->file, NULL), 0);
    log_info("t", "new");
    assert_true(exists(p, "x.log.2025-11-18"));
    check_file(p->file, "2025-11-20T09:00:00.000+01:00 info t new\n");
}

static void todays_file_is_continued_and_no_old_one_overwritten(void **state) {
    struct place *p = *state;
    touch(p, "x.log", clock_ns / NS_PER_SEC - 60);
    touch(p, "x.log.2025-11-20", clock_ns / NS_PER_SEC);
    assert_int_equal(log_open(p->file, NULL), 0);
    log_info("t", "new");
    clock_ns += 86400 * NS_PER_SEC;
    log_info("t", "next day");
    check_file(p->file,
               "old\n2025-11-20T09:00:00.000+01:00 info t new\n2025-11-21T09:00:00.000+01:00 info t next day\n");
    char old[PATHS + 16];
    snprintf(old, sizeof old, "%s.2025-11-20", p->file);
    check_file(old, "old\n");
}

static void old_days_are_deleted_and_nothing_else(void **state) {
    struct place *p = *state;
    static const char *const kept[] = {"x.log.2025-10-21",    "x.log.2025-11-19",  "x.log.2025-13-01",
                                       "x.log.2024-01-01.gz", "y.log.2020-01-01",  "x.log.2020-1-1",
                                       "x.log.20200101",      "xx.log.2020-01-01", "x.log.2020-02-30"};
    static const char *const gone[] = {"x.log.2025-10-20", "x.log.2020-02-29", "x.log.1999-12-31"};
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) touch(p, kept[i], 0);
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) touch(p, gone[i], 0);
    assert_int_equal(log_open(p->file, NULL), 0);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) assert_true(exists(p, kept[i]));
    for (size_t i = 0; i < sizeof gone / sizeof gone[0]; i++) assert_false(exists(p, gone[i]));
    assert_int_equal(LOG_KEEP_DAYS, 30);
    clock_ns += 86400 * NS_PER_SEC; /* and again when the day turns */
    log_info("t", "x");
    assert_false(exists(p, "x.log.2025-10-21"));
    assert_true(exists(p, "x.log.2025-11-19"));
}

/* LOG_PATH=/dev/stdout is a link: renaming it would take it away from everybody. */
static void a_link_is_followed_and_never_moved(void **state) {
    struct place *p = *state;
    char link[PATHS], target[PATHS];
    snprintf(link, sizeof link, "%s/link.log", p->dir);
    snprintf(target, sizeof target, "%s/target", p->dir);
    touch(p, "target", 0);
    assert_int_equal(symlink(target, link), 0);
    struct timespec old[2] = {{.tv_sec = 0}, {.tv_sec = 0}};
    assert_int_equal(utimensat(AT_FDCWD, link, old, AT_SYMLINK_NOFOLLOW), 0);
    touch(p, "link.log.2020-01-01", 0);
    assert_int_equal(log_open(link, NULL), 0);
    clock_ns += 86400 * NS_PER_SEC;
    log_info("t", "x");
    check_file(target, "old\n2025-11-21T09:00:00.000+01:00 info t x\n");
    assert_false(exists(p, "link.log.2025-11-20"));
    assert_true(exists(p, "link.log.2020-01-01"));
    assert_true(exists(p, "link.log"));
}

static void a_file_that_cannot_be_opened(void **state) {
    (void)state;
    struct err e = {0};
    assert_int_equal(log_open("/nonexistent/folder/x.log", &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(err_text(&e, LANG_FR), "journal"));
    char path[2000];
    memset(path, 'x', sizeof path);
    path[sizeof path - 1] = '\0';
    assert_int_equal(log_open(path, &e), -1);
    assert_int_equal(e.code, ERR_RANGE);
    log_info("t", "to nobody");
}

enum { THREADS = 4, LINES = 500 };

static void *chatter(void *arg) {
    for (int i = 0; i < LINES; i++) {
        log_info("thread", "who=%d line=%d tango-2", *(int *)arg, i);
        char text[] = "xx tango-2";
        if (log_redact(text, sizeof text - 1) != 6) return arg;
        if (i % 50 == 0) __atomic_fetch_add(&clock_ns, 3600 * NS_PER_SEC, __ATOMIC_RELAXED);
    }
    return NULL;
}

static void threads_lose_and_mix_nothing(void **state) {
    struct place *p = *state;
    log_secret("tango-2");
    assert_int_equal(log_open(p->file, NULL), 0);
    pthread_t threads[THREADS];
    int who[THREADS], next[THREADS] = {0};
    for (int i = 0; i < THREADS; i++) {
        who[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, chatter, &who[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        void *failed;
        assert_int_equal(pthread_join(threads[i], &failed), 0);
        assert_null(failed);
    }
    log_close();
    static const char *const names[] = {".2025-11-20", ".2025-11-21", ".2025-11-22", ""};
    for (size_t n = 0; n < sizeof names / sizeof names[0]; n++) {
        char path[PATHS + 16];
        snprintf(path, sizeof path, "%s%s", p->file, names[n]);
        char *text = slurp(path);
        for (char *line = text; *line != '\0'; line = strchr(line, '\n') + 1) {
            int thread, number, end = 0;
            assert_int_equal(sscanf(line + 29, " info thread who=%d line=%d ***%n", &thread, &number, &end), 2);
            assert_int_equal(line[29 + end], '\n');
            assert_int_equal(number, next[thread]++);
        }
        free(text);
    }
    for (int i = 0; i < THREADS; i++) assert_int_equal(next[i], LINES);
}

static void die_logs_then_aborts(void **state) {
    struct place *p = *state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        log_open(p->file, NULL);
        die("the %s is gone", "ground");
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    check_file(p->file, "2025-11-20T09:00:00.000+01:00 error die the ground is gone\n");
}

static void a_full_table_of_secrets_ends_the_process(void **state) {
    (void)state;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        signal(SIGABRT, SIG_DFL);
        char secret[32];
        for (int i = 0; i <= LOG_SECRETS_MAX; i++) {
            snprintf(secret, sizeof secret, "filling-%d", i);
            log_secret(secret);
        }
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#define LOG_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        LOG_TEST(telegram_tokens_in_urls),
        LOG_TEST(told_secrets),
        LOG_TEST(a_line_looks_so),
        LOG_TEST(lines_cannot_be_forged),
        LOG_TEST(secrets_never_reach_the_file),
        LOG_TEST(a_cut_line_holds_no_half_secret),
        LOG_TEST(levels),
        LOG_TEST(the_day_turns_at_local_midnight),
        LOG_TEST(yesterdays_file_is_moved_at_start),
        LOG_TEST(todays_file_is_continued_and_no_old_one_overwritten),
        LOG_TEST(old_days_are_deleted_and_nothing_else),
        LOG_TEST(a_link_is_followed_and_never_moved),
        LOG_TEST(a_file_that_cannot_be_opened),
        LOG_TEST(threads_lose_and_mix_nothing),
        LOG_TEST(die_logs_then_aborts),
        LOG_TEST(a_full_table_of_secrets_ends_the_process),
    };
    return RUN(tests);
}
