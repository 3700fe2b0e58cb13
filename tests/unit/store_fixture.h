/*
 * store_fixture: what the store's tests share: a directory of their own, a store in it, events and
 * rows made from a number, and a waiting commit. Everything asserts: a helper that fails, fails the test.
 */
#ifndef MIA_TESTS_STORE_FIXTURE_H
#define MIA_TESTS_STORE_FIXTURE_H

#include "tests/unit/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/store.h"
#include "sql/db.h"

#define DAY_ONE 20000 /* 2024-10-04 */
#define UNUSED __attribute__((unused))

struct fixture {
    char dir[PATH_MAX - 128];
    struct store *store;
    char schema[32], url[512]; /* of the PostgreSQL of MIA_TEST_PG; "": SQLite */
    struct store_server server;
};

static int fixture_remove_one(const char *path, const struct stat *st, int type, struct FTW *f) {
    (void)st;
    (void)type;
    (void)f;
    return remove(path);
}

/* ---- the same tests on a server: MIA_TEST_PG is its address; every test has a schema of its own ---- */

static struct db *server_open(const char *url) {
    struct err e;
    struct buf where;
    struct store_server s = {.url = url};
    buf_init(&where, 4096);
    struct db *d = db_pg_where(&s, &where, &e) < 0 ? NULL : db_open(&db_pg, where.p, &e);
    if (d == NULL) fprintf(stderr, "MIA_TEST_PG: %s\n", e.text[LANG_EN]);
    buf_clear(&where);
    return d;
}

static int server_say(const char *url, const char *what, const char *schema, const char *how) {
    char sql[128];
    struct err e;
    struct db *d = server_open(url);
    if (d == NULL) return -1;
    snprintf(sql, sizeof sql, "%s SCHEMA %s %s", what, schema, how);
    int r = db_script(d, sql, &e);
    if (r < 0) fprintf(stderr, "%s: %s\n", sql, e.text[LANG_EN]);
    db_close(d);
    return r;
}

static int server_setup(struct fixture *f) {
    static unsigned number;
    const char *url = getenv("MIA_TEST_PG");
    f->schema[0] = f->url[0] = '\0';
    if (url == NULL || *url == '\0') return 0;
    snprintf(f->schema, sizeof f->schema, "t_%d_%u", (int)getpid(), ++number);
    snprintf(f->url, sizeof f->url, "%s%coptions=-csearch_path%%3D%s", url, strchr(url, '?') ? '&' : '?', f->schema);
    f->server = (struct store_server){.url = f->url};
    return server_say(url, "CREATE", f->schema, "");
}

/* A second look at the database, beside the store's own; SQLite's only while the store is closed. */
UNUSED static struct db *fixture_db(const struct fixture *f) {
    char path[PATH_MAX];
    struct err e;
    if (f->url[0] != '\0') return server_open(f->url);
    snprintf(path, sizeof path, "%s/mia.db", f->dir);
    return db_open(&db_sqlite, path, &e);
}

/* For a test of what only a file has. */
#define NEEDS_SQLITE(f)                                                                                                \
    do {                                                                                                               \
        if ((f)->url[0] != '\0') skip();                                                                               \
    } while (0)

UNUSED static int fixture_setup(void **state) {
    static struct fixture f;
    const char *tmp = getenv("TMPDIR");
    log_set_level(LOG_ERROR);
    snprintf(f.dir, sizeof f.dir, "%s/mia-store-XXXXXX", tmp != NULL ? tmp : "/tmp");
    if (mkdtemp(f.dir) == NULL) return -1;
    f.store = NULL;
    *state = &f;
    return server_setup(&f);
}

UNUSED static int fixture_teardown(void **state) {
    struct fixture *f = *state;
    store_close(f->store);
    if (f->schema[0] != '\0') server_say(getenv("MIA_TEST_PG"), "DROP", f->schema, "CASCADE");
    return nftw(f->dir, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

#define STORE_TEST(t) cmocka_unit_test_setup_teardown(t, fixture_setup, fixture_teardown)

UNUSED static struct store *try_open(struct fixture *f, const struct store_options *o, struct err *e) {
    struct store_options mine = o != NULL ? *o : (struct store_options){0};
    mine.dir = f->dir;
    if (f->url[0] != '\0') mine.server = &f->server;
    f->store = store_open(&mine, e);
    return f->store;
}

UNUSED static struct store *open_with(struct fixture *f, const struct store_options *o) {
    struct err e = {0};
    if (try_open(f, o, &e) == NULL) fail_msg("store_open: %s", e.text[LANG_EN]);
    return f->store;
}

UNUSED static struct store *open_store(struct fixture *f) {
    return open_with(f, NULL);
}

UNUSED static void close_store(struct fixture *f) {
    store_close(f->store);
    f->store = NULL;
}

/* ---- answers ---- */

struct answer {
    int calls;
    bool failed;
    struct err err;
};

UNUSED static void on_done(void *arg, const struct err *failed) {
    struct answer *a = arg;
    a->calls++;
    a->failed = failed != NULL;
    if (failed != NULL) a->err = *failed;
}

UNUSED static struct answer commit(struct store *s, struct store_batch *b) {
    struct answer a = {0};
    store_commit(s, b, on_done, &a);
    store_wait(s);
    assert_int_equal(a.calls, 1);
    return a;
}

UNUSED static void commit_good(struct store *s, struct store_batch *b) {
    struct answer a = commit(s, b);
    if (a.failed) fail_msg("commit: %s", a.err.text[LANG_EN]);
}

/* ---- events ---- */

UNUSED static struct event bar_event(uint64_t seq, int32_t day) {
    struct event ev;
    memset(&ev, 0, sizeof ev);
    ev.seq = seq;
    ev.kind = EVENT_BAR;
    ev.day = day;
    ev.market_time = when_from_sec((int64_t)day * 86400 + (int64_t)(seq % 86400));
    ev.wall_time = when_from_sec(1700000000 + (int64_t)seq);
    ev.u.bar.bar.start = when_from_sec((int64_t)day * 86400);
    ev.u.bar.bar.seconds = 300;
    ev.u.bar.bar.open.v = ev.u.bar.bar.low.v = 262400000000LL + (int64_t)(seq * 7919 % 1000) * 1000000;
    ev.u.bar.bar.close.v = ev.u.bar.bar.high.v = ev.u.bar.bar.open.v + (int64_t)(seq % 13) * 1000000;
    ev.u.bar.bar.volume = (int64_t)(seq % 977);
    return ev;
}

UNUSED static struct event command_event(uint64_t seq, int32_t day) {
    struct event ev;
    memset(&ev, 0, sizeof ev);
    ev.seq = seq;
    ev.kind = EVENT_COMMAND;
    ev.day = day;
    ev.market_time = when_from_sec((int64_t)day * 86400 + 1);
    ev.wall_time = when_from_sec(1700000000 + (int64_t)seq);
    ev.u.command.verb = OP_PAUSE;
    ev.u.command.instrument = -1;
    snprintf(ev.u.command.actor, sizeof ev.u.command.actor, "local:%llu", (unsigned long long)seq);
    return ev;
}

UNUSED static void put_event(struct store_batch *b, struct event ev) {
    store_put_event(b, &ev);
}

/* The bytes of an event: what "the same event came back" means. */
UNUSED static void event_bytes(const struct event *ev, struct buf *out) {
    struct event copy = *ev;
    struct snap s;
    buf_init(out, 1u << 20);
    snap_writer(&s, out);
    s.version = 1;
    event_snap(&copy, NULL, &s);
    assert_false(s.bad);
}

UNUSED static void assert_same_event(const struct event *a, const struct event *b) {
    struct buf x, y;
    event_bytes(a, &x);
    event_bytes(b, &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.p, y.p, x.len);
    buf_clear(&x);
    buf_clear(&y);
}

/* Loads events after `after`; checks that seqs are contiguous; counts. */
struct loaded {
    struct answer answer;
    uint64_t first, last, n, stop_after;
};

UNUSED static bool on_event(void *arg, const struct event *ev) {
    struct loaded *l = arg;
    if (l->n == 0)
        l->first = ev->seq;
    else
        assert_int_equal(ev->seq, l->last + 1);
    l->last = ev->seq;
    l->n++;
    return l->stop_after == 0 || l->n < l->stop_after;
}

UNUSED static void on_loaded(void *arg, const struct err *failed) {
    on_done(&((struct loaded *)arg)->answer, failed);
}

UNUSED static struct loaded load(struct store *s, uint64_t after) {
    struct loaded l = {0};
    store_load_events(s, after, on_event, on_loaded, &l);
    store_wait(s);
    assert_int_equal(l.answer.calls, 1);
    return l;
}

/* ---- what fills a state ---- */

UNUSED static void put_audit(struct store *s, int n) {
    for (int i = 0; i < n; i++) {
        char detail[40];
        snprintf(detail, sizeof detail, "détail %d", i);
        struct audit_row r = {
            when_from_sec(1000 + i), "discord", "discord:3", "owner", "c1", "pause", "", "done", detail};
        struct store_batch *b = store_batch_new(s);
        store_put_audit(b, &r);
        commit_good(s, b);
    }
}

UNUSED static void days_of_trading(struct store *s, uint64_t days, uint64_t per_day, bool snapshots) {
    for (uint64_t d = 0; d < days; d++) {
        struct store_batch *b = store_batch_new(s);
        for (uint64_t i = 1; i <= per_day; i++) {
            uint64_t seq = d * per_day + i;
            put_event(b,
                      seq % 5 == 0 ? command_event(seq, DAY_ONE + (int32_t)d) : bar_event(seq, DAY_ONE + (int32_t)d));
            if (snapshots && i % 10 == 0) store_put_snapshot(b, seq, DAY_ONE + (int32_t)d, "state", 5);
        }
        commit_good(s, b);
    }
}

/* ---- files ---- */

UNUSED static void path_in(const struct fixture *f, const char *name, char out[PATH_MAX]) {
    assert_true(snprintf(out, PATH_MAX, "%s/%s", f->dir, name) < PATH_MAX);
}

UNUSED static off_t file_size(const struct fixture *f, const char *name) {
    char path[PATH_MAX];
    struct stat st;
    path_in(f, name, path);
    return stat(path, &st) == 0 ? st.st_size : -1;
}

#endif
