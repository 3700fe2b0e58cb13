/* Commits: order of answers, grouping, what a failure does to everything behind it, a full disk. */
#include "tests/unit/store_fixture.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

struct tally {
    struct store *s;
    int next, wrong, failed;
};
struct turn {
    struct tally *order;
    int number;
};

static void on_turn(void *arg, const struct err *failed) {
    struct turn *t = arg;
    t->order->wrong += t->order->next++ != t->number;
    t->order->failed += failed != NULL;
}

static void put_inbox(struct store_batch *b, uint64_t id) {
    struct inbox_row r = {"telegram", "9", id, when_from_sec((int64_t)id), "telegram:1", "stats", "accepted"};
    store_put_inbox(b, &r);
}

static uint64_t count;
static void on_inbox(void *arg, const char *platform, uint64_t ext_id) {
    (void)arg;
    (void)platform;
    (void)ext_id;
    count++;
}

static uint64_t inbox_rows(struct store *s) {
    count = 0;
    store_load_inbox(s, on_inbox, NULL, NULL);
    store_wait(s);
    return count;
}

static void ten_thousand_small_commits_are_answered_in_order(void **state) {
    enum { N = 10000 };
    struct fixture *f = *state;
    static struct turn turn[N];
    struct tally o = {.s = open_store(f)};
    for (int i = 0; i < N; i++) {
        struct store_batch *b = store_batch_new(o.s);
        put_inbox(b, (uint64_t)i + 1);
        turn[i] = (struct turn){&o, i};
        store_commit(o.s, b, on_turn, &turn[i]);
    }
    store_wait(o.s);
    assert_int_equal(o.next, N);
    assert_int_equal(o.wrong, 0);
    assert_int_equal(o.failed, 0);
    close_store(f);
    assert_int_equal(inbox_rows(open_store(f)), N);
}

static void a_read_sees_what_was_sent_before_it_and_nothing_later(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    uint64_t seen[20];
    for (int i = 0; i < 20; i++) {
        struct store_batch *b = store_batch_new(s);
        put_inbox(b, (uint64_t)i + 1);
        store_commit(s, b, NULL, NULL);
        seen[i] = 0;
        count = 0;
        if (i % 4 == 3) {
            seen[i] = inbox_rows(s);
            assert_int_equal(seen[i], i + 1);
        }
    }
}

static void nothing_is_answered_inside_the_call(void **state) {
    struct fixture *f = *state;
    struct answer a = {0};
    struct store *s = open_store(f);
    struct store_batch *b = store_batch_new(s);
    assert_true(store_batch_empty(b));
    put_inbox(b, 1);
    assert_false(store_batch_empty(b));
    store_commit(s, b, on_done, &a);
    struct pollfd p = {.fd = store_fd(s), .events = POLLIN};
    assert_int_equal(poll(&p, 1, 10000), 1);
    assert_int_equal(a.calls, 0);
    store_poll(s);
    assert_int_equal(a.calls, 1);
    assert_int_equal(poll(&p, 1, 0), 0); /* quiet again */
    store_poll(s);
    assert_int_equal(a.calls, 1);
    store_batch_drop(store_batch_new(s));
}

static void an_empty_commit_is_answered_too(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    commit_good(s, store_batch_new(s));
}

static void on_again(void *arg, const struct err *failed) {
    struct tally *o = arg;
    o->failed += failed != NULL;
    if (++o->next >= 50) return;
    struct store_batch *b = store_batch_new(o->s);
    put_inbox(b, (uint64_t)o->next + 1);
    store_commit(o->s, b, on_again, o);
}

static void a_callback_may_commit(void **state) {
    struct fixture *f = *state;
    struct tally o = {.s = open_store(f)};
    on_again(&o, NULL);
    store_wait(o.s);
    assert_int_equal(o.next, 50);
    assert_int_equal(o.failed, 0);
    assert_int_equal(inbox_rows(o.s), 49);
}

static void closing_commits_what_was_sent(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    struct answer a = {0};
    for (uint64_t i = 1; i <= 100; i++) {
        struct store_batch *b = store_batch_new(s);
        put_inbox(b, i);
        store_commit(s, b, on_done, &a);
    }
    close_store(f);
    assert_int_equal(a.calls, 0);
    assert_int_equal(inbox_rows(open_store(f)), 100);
}

/* ---- failure ---- */

static void after_a_failure_everything_fails(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    struct tally o = {.s = s};
    struct turn turn[4];
    struct loaded l = {0};
    struct answer read = {0}, wrong = {0};
    struct err e = {0};
    struct store_batch *b = store_batch_new(s);
    put_inbox(b, 1);
    put_event(b, bar_event(1, DAY_ONE));
    commit_good(s, b);
    log_set_stderr(false);
    b = store_batch_new(s);
    put_inbox(b, 2);
    put_event(b, bar_event(7, DAY_ONE)); /* does not follow */
    store_commit(s, b, on_done, &wrong);
    for (int i = 0; i < 4; i++) {
        b = store_batch_new(s);
        put_inbox(b, 10 + (uint64_t)i);
        turn[i] = (struct turn){&o, i};
        store_commit(s, b, on_turn, &turn[i]);
    }
    store_load_events(s, 0, on_event, on_loaded, &l);
    store_load_inbox(s, on_inbox, on_done, &read);
    store_wait(s);
    log_set_stderr(true);
    assert_true(wrong.failed);
    assert_int_equal(o.next, 4);
    assert_int_equal(o.failed, 4);
    assert_true(read.failed);
    assert_true(l.answer.failed);
    assert_int_equal(store_check(s, &e), -1);
    assert_true(commit(s, store_batch_new(s)).failed); /* and it stays so */
    close_store(f);
    assert_int_equal(inbox_rows(open_store(f)), 1);
    assert_int_equal(load(f->store, 0).last, 1);
}

static void a_batch_that_is_too_large_is_refused_whole(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    static uint8_t bytes[1 << 20];
    struct store_batch *b = store_batch_new(s);
    put_inbox(b, 1);
    for (int i = 0; i < 70; i++) store_put_snapshot(b, 1, DAY_ONE, bytes, sizeof bytes);
    log_set_stderr(false);
    struct answer a = commit(s, b);
    log_set_stderr(true);
    assert_true(a.failed);
    assert_int_equal(a.err.code, ERR_FULL);
    close_store(f);
    assert_int_equal(inbox_rows(open_store(f)), 0);
}

/* Batch i: an inbox row, three bars, a command, a text of some size: touches the database and a segment. */
static void put_turn(struct store_batch *b, uint64_t i) {
    static char text[3000];
    memset(text, 'a' + (int)(i % 26), sizeof text - 1);
    put_inbox(b, i);
    for (uint64_t k = 1; k <= 3; k++) put_event(b, bar_event((i - 1) * 4 + k, DAY_ONE + (int32_t)(i / 20)));
    put_event(b, command_event(i * 4, DAY_ONE + (int32_t)(i / 20)));
    store_put_state(b, "big", text, when_from_sec(1));
}

/* What a process does whose disk ends after `limit` bytes of any file: exit 0: it was told of the failure, 1: it was not. */
static int run_until_full(const struct fixture *f, rlim_t limit, uint64_t first) {
    struct rlimit r = {limit, limit};
    struct err e;
    struct store_options o = {.dir = f->dir};
    signal(SIGXFSZ, SIG_IGN);
    log_set_stderr(false);
    setrlimit(RLIMIT_FSIZE, &r);
    struct store *s = store_open(&o, &e);
    if (s == NULL) return e.code == ERR_IO ? 0 : 2;
    for (uint64_t i = first; i < first + 3000; i++) {
        struct answer a = {0};
        struct store_batch *b = store_batch_new(s);
        put_turn(b, i);
        store_commit(s, b, on_done, &a);
        store_wait(s);
        if (a.failed) return a.err.code == ERR_IO ? 0 : 3;
    }
    return 1;
}

static void a_full_disk_ends_in_a_clean_failure(void **state) {
    struct fixture *f = *state;
    NEEDS_SQLITE(f);
    for (rlim_t limit = 700; limit < 700000; limit = limit * 5 / 3) {
        uint64_t done = 0;
        int status;
        if (file_size(f, "mia.db") > 0) {
            done = inbox_rows(open_store(f));
            close_store(f);
        }
        pid_t child = fork();
        if (child == 0) _exit(run_until_full(f, limit, done + 1));
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            fail_msg("limit %lu: status %x", (unsigned long)limit, status);
        struct store *s = open_store(f); /* it opens again, and all of it fits together */
        struct err e = {0};
        uint64_t after = inbox_rows(s);
        assert_true(after >= done);
        struct loaded l = load(s, 0);
        if (l.answer.failed) fail_msg("limit %lu: %s", (unsigned long)limit, l.answer.err.text[LANG_EN]);
        assert_int_equal(l.n, after * 4);
        if (store_check(s, &e) < 0) fail_msg("limit %lu: %s", (unsigned long)limit, e.text[LANG_EN]);
        close_store(f);
    }
}

static void seventy_thousand_bars_are_journalled(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    struct answer a = {0};
    uint64_t seq = 0;
    for (int slice = 0; slice < 137; slice++) {
        struct store_batch *b = store_batch_new(s);
        for (int i = 0; i < 512; i++, seq++) put_event(b, bar_event(seq + 1, DAY_ONE + (int32_t)(seq / 276)));
        store_commit(s, b, on_done, &a);
    }
    store_wait(s);
    assert_int_equal(a.calls, 137);
    assert_int_equal(load(s, 0).n, 70144);
    assert_true(store_bytes(s) < 12u << 20);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(ten_thousand_small_commits_are_answered_in_order),
        STORE_TEST(a_read_sees_what_was_sent_before_it_and_nothing_later),
        STORE_TEST(nothing_is_answered_inside_the_call),
        STORE_TEST(an_empty_commit_is_answered_too),
        STORE_TEST(a_callback_may_commit),
        STORE_TEST(closing_commits_what_was_sent),
        STORE_TEST(after_a_failure_everything_fails),
        STORE_TEST(a_batch_that_is_too_large_is_refused_whole),
        STORE_TEST(a_full_disk_ends_in_a_clean_failure),
        STORE_TEST(seventy_thousand_bars_are_journalled),
    };
    return RUN(tests);
}
