/* Copies: backups made while others commit, restored over nothing and over another state; pages and jobs in steps. */
#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>

#include "engine/base/rng.h"
#include "sql/migrate.h"
#include "sql/table_copy.h"

#define TEST_AUDIT 2000

static void must(int r, const struct err *e) {
    if (r < 0) fail_msg("%s", e->text[LANG_EN]);
}

static struct store *open_at(struct fixture *f, const char *name) {
    struct err e = {0};
    char path[PATH_MAX];
    path_in(f, name, path);
    struct store_options o = {.dir = path};
    f->store = store_open(&o, &e);
    if (f->store == NULL) fail_msg("%s", e.text[LANG_EN]);
    return f->store;
}

static bool exists(const struct fixture *f, const char *name) {
    char path[PATH_MAX];
    struct stat st;
    path_in(f, name, path);
    return lstat(path, &st) == 0;
}

static void make_file(const struct fixture *f, const char *name) {
    char path[PATH_MAX];
    path_in(f, name, path);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0 && write(fd, "x", 1) == 1);
    close(fd);
}

/* DIR/state with `days` days of 50 events and 7 audit rows; DIR/backup of it. */
static void state_with_backup(struct fixture *f, uint64_t days, char backup[PATH_MAX], char place[PATH_MAX]) {
    struct err e = {0};
    path_in(f, "backup", backup);
    path_in(f, "state", place);
    struct store *s = open_at(f, "state");
    days_of_trading(s, days, 50, true);
    put_audit(s, 7);
    must(store_backup(s, backup, &e), &e);
}

/* ---- backup, restore ---- */

static void a_backup_opens_and_restores(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    char backup[PATH_MAX], place[PATH_MAX];
    uint64_t rows;
    struct stat st;
    state_with_backup(f, 4, backup, place);
    assert_int_equal(store_backup(f->store, backup, &e), -1);
    assert_int_equal(e.code, ERR_REFUSED);
    struct store_batch *b = store_batch_new(f->store); /* life goes on; the copy does not see it */
    put_event(b, bar_event(201, DAY_ONE + 3));
    commit_good(f->store, b);
    close_store(f);
    assert_false(exists(f, "backup.part"));
    assert_false(exists(f, "backup/lock"));
    path_in(f, "restored", place);
    must(store_restore(backup, place, NULL, &e), &e);
    assert_int_equal(store_restore(backup, place, NULL, &e), -1);
    assert_int_equal(e.code, ERR_REFUSED);
    open_at(f, "restored");
    assert_int_equal(load(f->store, 0).n, 200);
    must(store_audit_verify(f->store, &rows, &e), &e);
    assert_int_equal(rows, 7);
    must(store_check(f->store, &e), &e);
    path_in(f, "restored/mia.db", place);
    assert_int_equal(stat(place, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    b = store_batch_new(f->store);
    put_event(b, bar_event(201, DAY_ONE + 3));
    commit_good(f->store, b);
}

static void a_backup_into_nowhere_fails_and_harms_nothing(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    char part[PATH_MAX];
    struct store *s = open_store(f);
    days_of_trading(s, 1, 50, false);
    assert_int_equal(store_backup(s, "/nonexistent/backup", &e), -1);
    assert_int_equal(store_backup(s, "", &e), -1);
    path_in(f, "b.part", part); /* somebody else's: it stays */
    assert_int_equal(mkdir(part, 0700), 0);
    path_in(f, "b", part);
    assert_int_equal(store_backup(s, part, &e), -1);
    assert_true(exists(f, "b.part"));
    make_file(f, "b.part/mia.db"); /* a copy that was killed */
    must(store_backup(s, part, &e), &e);
    assert_int_equal(load(s, 0).n, 50);
}

static void a_restore_puts_the_old_state_aside(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    char backup[PATH_MAX], place[PATH_MAX], aside[PATH_MAX];
    state_with_backup(f, 2, backup, place);
    struct store_batch *b = store_batch_new(f->store);
    put_event(b, bar_event(101, DAY_ONE + 2));
    commit_good(f->store, b);
    assert_int_equal(store_restore(backup, place, aside, &e), -1); /* it is open */
    assert_int_equal(e.code, ERR_BUSY);
    assert_string_equal(aside, "");
    close_store(f);
    must(store_restore(backup, place, aside, &e), &e);
    assert_non_null(strstr(aside, "/state.aside-"));
    assert_int_equal(load(open_at(f, "state"), 0).n, 100);
    close_store(f);
    struct store_options o = {.dir = aside};
    f->store = store_open(&o, &e);
    assert_non_null(f->store);
    assert_int_equal(load(f->store, 0).n, 101);
    assert_false(exists(f, "state.restore.part"));
}

static void flip(const struct fixture *f, const char *name, off_t at) {
    char path[PATH_MAX];
    uint8_t byte = 0;
    path_in(f, name, path);
    int fd = open(path, O_RDWR);
    assert_true(fd >= 0 && pread(fd, &byte, 1, at) == 1);
    byte ^= 0x55;
    assert_true(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

static void a_damaged_backup_changes_nothing(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    char backup[PATH_MAX], place[PATH_MAX], aside[PATH_MAX], gone[PATH_MAX];
    state_with_backup(f, 4, backup, place);
    close_store(f);
    flip(f, "backup/journal/2024-10-05.seg", 60);
    assert_int_equal(store_restore(backup, place, aside, &e), -1);
    assert_int_equal(e.code, ERR_CORRUPT);
    path_in(f, "fresh", gone);
    assert_int_equal(store_restore(backup, gone, NULL, &e), -1);
    assert_false(exists(f, "fresh/mia.db"));
    assert_false(exists(f, "fresh/restore.part"));
    assert_false(exists(f, "state.restore.part"));
    flip(f, "backup/journal/2024-10-05.seg", 60);
    must(store_restore(backup, gone, NULL, &e), &e);
    assert_int_equal(load(open_at(f, "state"), 0).n, 200);
    path_in(f, "nothing", gone);
    assert_int_equal(store_restore(gone, gone, NULL, &e), -1);
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void make_dir(const struct fixture *f, const char *name) {
    char path[PATH_MAX];
    path_in(f, name, path);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void what_a_killed_restore_left_is_no_hindrance(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    char backup[PATH_MAX], place[PATH_MAX], aside[PATH_MAX];
    state_with_backup(f, 2, backup, place);
    close_store(f);
    path_in(f, "new", place);
    make_dir(f, "new");
    make_dir(f, "new/journal");
    make_file(f, "new/journal/2024-10-04.seg");
    make_dir(f, "new/restore.part");
    make_file(f, "new/restore.part/mia.db");
    must(store_restore(backup, place, NULL, &e), &e);
    assert_int_equal(load(open_at(f, "new"), 0).n, 100);
    close_store(f);
    make_dir(f, "new.restore.part");
    make_file(f, "new.restore.part/mia.db");
    must(store_restore(backup, place, aside, &e), &e);
    assert_false(exists(f, "new.restore.part"));
    path_in(f, "half", place); /* the log of another database would be played into this one */
    make_dir(f, "half");
    make_file(f, "half/mia.db-wal");
    assert_int_equal(store_restore(backup, place, NULL, &e), -1);
    assert_int_equal(e.code, ERR_REFUSED);
}

/* As if an older program had written it: the version before the newest migration that this program knows. */
static void a_backup_of_another_schema(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    char backup[PATH_MAX], place[PATH_MAX], path[PATH_MAX];
    int version;
    sqlite3 *c;
    state_with_backup(f, 1, backup, place);
    close_store(f);
    must(store_database_version(place, &version, &e), &e);
    assert_int_equal(version, store_schema_latest());
    path_in(f, "backup/mia.db", path);
    assert_int_equal(sqlite3_open(path, &c), SQLITE_OK);
    assert_int_equal(sqlite3_exec(c, "INSERT INTO schema_migrations (version, name, sha256) VALUES (9999, 'x', 'x')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(c);
    must(store_database_version(backup, &version, &e), &e);
    assert_int_equal(version, 9999);
    path_in(f, "fresh", place);
    assert_int_equal(store_restore(backup, place, NULL, &e), -1);
    assert_int_equal(e.code, ERR_REFUSED);
    assert_false(exists(f, "fresh/mia.db"));
}

/* What the first program wrote, brought forward in the copy: the backup stays as it was. */
static void a_backup_of_the_first_schema(void **state) {
    struct fixture *f = *state;
    const struct migration first[] = {migration_table[0], {0}};
    struct err e = {0};
    char backup[PATH_MAX], place[PATH_MAX], path[PATH_MAX];
    int version;
    NEEDS_SQLITE(f);
    make_dir(f, "old");
    make_dir(f, "old/journal");
    path_in(f, "old", backup);
    path_in(f, "old/mia.db", path);
    struct db *d = db_open(&db_sqlite, path, &e);
    assert_non_null(d);
    must(migrate_run(d, first, false, &version, &e), &e);
    db_close(d);
    path_in(f, "new", place);
    must(store_restore(backup, place, NULL, &e), &e);
    must(store_database_version(place, &version, &e), &e);
    assert_int_equal(version, store_schema_latest());
    must(store_database_version(backup, &version, &e), &e);
    assert_int_equal(version, 1);
    must(store_check(open_at(f, "new"), &e), &e);
}

/* ---- beside commits ---- */

/* Some megabytes, so that a copy takes many steps. */
static void put_weight(struct store *s) {
    static uint8_t bytes[200000];
    struct rng r;
    rng_seed(&r, 7);
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (uint8_t)rng_u64(&r);
    struct store_batch *b = store_batch_new(s);
    for (uint64_t i = 1; i <= 100; i++) store_put_snapshot(b, i, DAY_ONE, bytes, sizeof bytes);
    commit_good(s, b);
}

struct watched {
    struct answer answer;
    const struct store_job *job;
    uint64_t at, of; /* how far it had come when it was done */
};

static void on_watched_done(void *arg, const struct err *failed) {
    struct watched *w = arg;
    on_done(&w->answer, failed);
    store_job_progress(w->job, &w->at, &w->of);
}

static void a_copy_is_of_one_moment(void **state) {
    struct fixture *f = *state;
    struct watched w = {0};
    struct err e = {0};
    char copy[PATH_MAX], to[PATH_MAX];
    uint64_t at, of, seq = 4 * 2000, before = 0;
    struct store *s = open_store(f);
    days_of_trading(s, 4, 2000, false);
    put_weight(s);
    path_in(f, "copy", copy);
    path_in(f, "backup", to);
    w.job = store_copy_job(s, copy, STORE_COPY_ALL, on_watched_done, &w);
    int commits = 0;
    while (w.answer.calls == 0) { /* commits go through in between, into the last day and into a new one */
        struct answer c = {0};
        struct store_batch *b = store_batch_new(s);
        seq++;
        put_event(b, seq % 3 ? bar_event(seq, DAY_ONE + 3 + (int32_t)(seq % 2)) : command_event(seq, DAY_ONE + 4));
        store_commit(s, b, on_done, &c);
        while (c.calls == 0) {
            if (w.answer.calls == 0) store_job_progress(w.job, &at, &of);
            if (w.answer.calls == 0) assert_true(at <= of && at >= before);
            before = at;
            store_poll(s);
        }
        commits++;
    }
    if (w.answer.failed) fail_msg("%s", w.answer.err.text[LANG_EN]);
    assert_true(commits > 0);
    assert_true(w.at > 0 && w.at <= w.of && w.at >= before);
    must(store_copy_check(copy, STORE_COPY_ALL, &e), &e);
    must(store_copy_seal(copy, to, &e), &e);
    close_store(f);
    struct loaded l = load(open_at(f, "backup"), 0);
    assert_false(l.answer.failed);
    /* A server is copied as it was when the job began, a file as it is when the job ends. */
    assert_true(l.n >= (f->url[0] != '\0' ? 8000 : 8001) && l.n <= seq);
}

static void a_copy_of_the_database_alone(void **state) {
    struct fixture *f = *state;
    struct answer a = {0};
    struct err e = {0};
    char copy[PATH_MAX];
    struct store *s = open_store(f);
    days_of_trading(s, 2, 50, true);
    path_in(f, "check.part", copy);
    store_copy_job(s, copy, STORE_COPY_DATABASE, on_done, &a);
    store_wait(s);
    assert_int_equal(a.calls, 1);
    if (a.failed) fail_msg("%s", a.err.text[LANG_EN]);
    if (f->url[0] != '\0') { /* a server is looked through where it is */
        assert_false(exists(f, "check.part"));
        return;
    }
    assert_false(exists(f, "check.part/journal"));
    must(store_copy_check(copy, STORE_COPY_DATABASE, &e), &e);
    flip(f, "check.part/mia.db", 100);
    assert_int_equal(store_copy_check(copy, STORE_COPY_DATABASE, &e), -1);
    assert_int_equal(e.code, ERR_CORRUPT);
    store_copy_remove(copy);
    assert_false(exists(f, "check.part"));
    close_store(f);
}

static void a_cancelled_copy_leaves_nothing(void **state) {
    struct fixture *f = *state;
    struct answer a = {0}, second = {0};
    char copy[PATH_MAX];
    struct err e = {0};
    struct store *s = open_store(f);
    days_of_trading(s, 4, 2000, false);
    put_weight(s);
    path_in(f, "copy", copy);
    store_job_cancel(store_copy_job(s, copy, STORE_COPY_ALL, on_done, &a));
    store_wait(s);
    assert_true(a.calls == 1 && a.failed);
    assert_false(exists(f, "copy"));
    store_copy_job(s, copy, STORE_COPY_ALL, on_done, &second); /* and so does a store that is closed */
    close_store(f);
    assert_int_equal(second.calls, 0);
    if (exists(f, "copy")) must(store_copy_check(copy, STORE_COPY_ALL, &e), &e); /* it was quick */
}

static void retention_waits_for_a_copy(void **state) {
    struct fixture *f = *state;
    struct answer a = {0};
    struct err e = {0};
    char copy[PATH_MAX];
    struct store *s = open_with(f, &(struct store_options){.journal_keep_days = 2});
    days_of_trading(s, 8, 500, true);
    path_in(f, "copy", copy);
    store_copy_job(s, copy, STORE_COPY_ALL, on_done, &a);
    store_retain(s, when_from_sec(1), DAY_ONE + 7);
    store_wait(s);
    assert_false(a.failed);
    must(store_copy_check(copy, STORE_COPY_ALL, &e), &e);
    close_store(f);
    assert_int_equal(load(open_at(f, "copy"), 0).n, 4000);
    close_store(f);
    assert_int_not_equal(load(open_store(f), 0).n, 4000);
}

/* ---- steps and pages ---- */

static void the_chain_is_walked_in_steps(void **state) {
    struct fixture *f = *state;
    struct answer a = {0};
    uint64_t rows, from, until;
    struct store *s = open_store(f);
    put_audit(s, TEST_AUDIT);
    store_audit_verify_job(s, &rows, on_done, &a);
    put_audit(s, 3); /* the chain grows while it is walked */
    store_wait(s);
    assert_true(a.calls == 1 && !a.failed);
    assert_true(rows >= TEST_AUDIT && rows <= TEST_AUDIT + 3);
    days_of_trading(s, 3, 50, false);
    store_day_job(s, DAY_ONE + 1, &from, &until, on_done, &a);
    store_wait(s);
    assert_true(a.calls == 2 && from == 50 && until == 100);
}

struct pages {
    struct answer answer;
    uint64_t first, last, n;
};

static void on_page(void *arg, const struct err *failed) {
    on_done(&((struct pages *)arg)->answer, failed);
}

static void on_entry(void *arg, const struct audit_entry *r) {
    struct pages *p = arg;
    if (p->n++ == 0) p->first = r->id;
    assert_true(r->id > p->last);
    p->last = r->id;
}

static int read_pages(struct store *s, when_t from, when_t to, struct pages *p, bool grow) {
    struct store_page page = {0};
    int pieces = 0;
    do {
        uint64_t before = p->n;
        store_audit_page(s, from, to, &page, on_entry, on_page, p);
        store_wait(s);
        if (p->answer.failed) fail_msg("%s", p->answer.err.text[LANG_EN]);
        assert_int_equal(p->answer.calls, pieces + 1);
        assert_true(p->n - before <= STORE_PAGE_IDS);
        pieces++;
        if (grow) put_audit(s, 1);
    } while (page.more);
    return pieces;
}

static void a_long_answer_comes_in_pages(void **state) {
    struct fixture *f = *state;
    struct pages all = {0}, some = {0}, none = {0};
    struct store *s = open_store(f);
    assert_int_equal(read_pages(s, WHEN_NONE, WHEN_NONE, &none, false), 1);
    assert_int_equal(none.n, 0);
    put_audit(s, TEST_AUDIT);
    assert_int_equal(read_pages(s, WHEN_NONE, WHEN_NONE, &all, true), (TEST_AUDIT - 1) / STORE_PAGE_IDS + 1);
    assert_int_equal(all.n, TEST_AUDIT);
    read_pages(s, when_from_sec(2500), when_from_sec(2600), &some, false);
    assert_int_equal(some.n, 100);
    assert_int_equal(some.first, 1501);
}

/* ---- rows from one database into another ---- */

static struct db *open_tables(const struct fixture *f, const char *name) {
    char path[PATH_MAX];
    struct err e = {0};
    int version;
    path_in(f, name, path);
    struct db *d = name[0] == '\0' ? server_open(f->url) : db_open(&db_sqlite, path, &e);
    if (d == NULL) fail_msg("%s", e.text[LANG_EN]);
    must(migrate_run(d, migration_table, false, &version, &e), &e);
    return d;
}

static int copy_tables(struct db *from, struct db *to, uint64_t *rows, struct err *e) {
    uint64_t bytes = 0;
    int r = -1;
    struct table_copy *c = table_copy_new(from, to, e);
    while (c != NULL && (r = table_copy_step(c, &bytes, e)) > 0) continue;
    if (c != NULL) *rows = table_copy_rows(c);
    table_copy_free(c);
    return r;
}

static void copied_rows_are_read_again(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    uint64_t rows = 0;
    struct store *s = open_at(f, "state");
    days_of_trading(s, 2, 1000, true); /* more than a step */
    put_audit(s, 7);
    struct store_batch *b = store_batch_new(s);
    store_put_state(b, "broken", "a\xff\xe2\x82z", WHEN_NONE);
    store_commit(s, b, NULL, NULL);
    close_store(f);
    struct db *from = open_tables(f, "state/mia.db"), *to = open_tables(f, f->url[0] != '\0' ? "" : "to.db");
    must(copy_tables(from, to, &rows, &e), &e);
    assert_in_range(rows, 600, 5000);
    assert_int_equal(copy_tables(from, to, &rows, &e), -1); /* it is not empty any more */
    assert_int_equal(e.code, ERR_REFUSED);
    db_close(to);
    to = open_tables(f, "bad.db");
    must(db_script(to,
                   "CREATE TRIGGER bad AFTER INSERT ON audit WHEN new.id = 3 BEGIN "
                   "UPDATE audit SET actor = 'somebody else' WHERE id = 3; END",
                   &e),
         &e);
    assert_int_equal(copy_tables(from, to, &rows, &e), -1);
    assert_int_equal(e.code, ERR_CORRUPT);
    assert_non_null(strstr(e.text[LANG_EN], "audit"));
    db_close(to);
    db_close(from);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_backup_opens_and_restores),
        STORE_TEST(a_backup_into_nowhere_fails_and_harms_nothing),
        STORE_TEST(a_restore_puts_the_old_state_aside),
        STORE_TEST(a_damaged_backup_changes_nothing),
        STORE_TEST(what_a_killed_restore_left_is_no_hindrance),
        STORE_TEST(a_backup_of_another_schema),
        STORE_TEST(a_backup_of_the_first_schema),
        STORE_TEST(a_copy_is_of_one_moment),
        STORE_TEST(a_copy_of_the_database_alone),
        STORE_TEST(a_cancelled_copy_leaves_nothing),
        STORE_TEST(retention_waits_for_a_copy),
        STORE_TEST(the_chain_is_walked_in_steps),
        STORE_TEST(a_long_answer_comes_in_pages),
        STORE_TEST(copied_rows_are_read_again),
    };
    return RUN(tests);
}
