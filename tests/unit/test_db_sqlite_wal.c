/* What is gathered before it goes to the WAL is what SQLite wrote: nothing is missing after a crash, and no error is lost. */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sql/db_sqlite_wal.h"

static int writes, fail_at; /* calls of pwrite since the count was set to 0; the one that fails, 0: none */
static int fail_errno;

static ssize_t counted(int fd, const void *p, size_t n, off_t at) {
    writes++;
    if (writes == fail_at) {
        if (fail_errno == 0) return pwrite(fd, p, n / 2, at); /* a disk that takes half of it */
        errno = fail_errno;
        return -1;
    }
    return pwrite(fd, p, n, at);
}

struct rig {
    char dir[64], path[96];
    sqlite3 *c;
};

static sqlite3 *open_as(const char *path, const char *v) {
    sqlite3 *c = NULL;
    assert_int_equal(sqlite3_open_v2(path, &c, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, v), SQLITE_OK);
    return c;
}

static void must(sqlite3 *c, const char *sql) {
    if (sqlite3_exec(c, sql, NULL, NULL, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(c));
}

static int one_number(void *out, int n, char **value, char **name) {
    (void)n;
    (void)name;
    *(long *)out = value[0] ? strtol(value[0], NULL, 10) : -1;
    return 0;
}

static long number(sqlite3 *c, const char *sql) {
    long v = -1;
    if (sqlite3_exec(c, sql, one_number, &v, NULL) != SQLITE_OK) fail_msg("%s: %s", sql, sqlite3_errmsg(c));
    return v;
}

static void copy_file(const char *from, const char *to) {
    static char bytes[1 << 16];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t n;
    assert_true(in >= 0 && out >= 0);
    while ((n = read(in, bytes, sizeof bytes)) > 0) assert_int_equal(write(out, bytes, (size_t)n), n);
    close(in);
    close(out);
}

/* What a crash at this moment leaves, read by SQLite alone. */
static long rows_after_a_crash(struct rig *r) {
    char from[128], to[128];
    for (int i = 0; i < 2; i++) {
        snprintf(from, sizeof from, "%s%s", r->path, i ? "-wal" : "");
        snprintf(to, sizeof to, "%s/copy%s", r->dir, i ? "-wal" : "");
        copy_file(from, to);
    }
    snprintf(to, sizeof to, "%s/copy", r->dir);
    sqlite3 *c = open_as(to, NULL);
    assert_int_equal(number(c, "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
    long rows = number(c, "SELECT COUNT(*) FROM t");
    assert_int_equal(number(c, "SELECT COALESCE(MAX(id), 0) FROM t"), rows);
    sqlite3_close(c);
    return rows;
}

static int setup(void **state) {
    struct rig *r = calloc(1, sizeof *r);
    snprintf(r->dir, sizeof r->dir, "/tmp/mia-wal-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    snprintf(r->path, sizeof r->path, "%s/db", r->dir);
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    assert_int_equal(real->xSetSystemCall(real, "pwrite64", (sqlite3_syscall_ptr)counted), SQLITE_OK);
    fail_at = 0;
    r->c = open_as(r->path, wal_vfs());
    must(r->c, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=10;"
               "PRAGMA wal_autocheckpoint=0; CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB);"
               "CREATE TABLE other (id INTEGER PRIMARY KEY); CREATE INDEX i ON t (body);");
    *state = r;
    return 0;
}

static int teardown(void **state) {
    static const char *const names[] = {"db", "db-wal", "copy", "copy-wal", "copy-shm"};
    struct rig *r = *state;
    char path[128];
    fail_at = 0;
    if (r->c) sqlite3_close(r->c);
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    real->xSetSystemCall(real, "pwrite64", NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", r->dir, names[i]);
        unlink(path);
    }
    rmdir(r->dir);
    free(r);
    return 0;
}

static void a_commit_goes_in_one_piece(void **state) {
    struct rig *r = *state;
    must(r->c, "INSERT INTO t VALUES (1, 'x'); INSERT INTO other VALUES (1)");
    writes = 0;
    must(r->c, "BEGIN; INSERT INTO t VALUES (2, 'y'); INSERT INTO other VALUES (2); COMMIT"); /* three pages */
    assert_int_equal(writes, 1);
    writes = 0;
    must(r->c, "INSERT INTO t VALUES (3, zeroblob(130000))"); /* more than a piece */
    assert_in_range(writes, 3, 20);
    assert_int_equal(rows_after_a_crash(r), 3);
}

/* Transactions of every size, some larger than the cache, so that SQLite writes and reads again before the commit; some rolled
 * back; the WAL begun anew, cut, and never: after each of them a crash finds exactly what was committed. */
static void a_crash_finds_every_commit(void **state) {
    struct rig *r = *state;
    long rows = 0;
    char sql[256];
    srand(7);
    for (int i = 0; i < 150; i++) {
        int n = rand() % 6 == 0 ? 40 : 1 + rand() % 3, bytes = rand() % 5 == 0 ? 9000 : rand() % 900;
        bool kept = rand() % 5 != 0;
        must(r->c, "BEGIN");
        for (int k = 1; k <= n; k++) {
            snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%ld, randomblob(%d))", rows + k, bytes);
            must(r->c, sql);
        }
        assert_int_equal(number(r->c, "SELECT COUNT(*) FROM t"), rows + n);
        must(r->c, kept ? "COMMIT" : "ROLLBACK");
        rows += kept ? n : 0;
        if (rand() % 10 == 0)
            must(r->c, rand() % 2 ? "PRAGMA wal_checkpoint(PASSIVE)" : "PRAGMA wal_checkpoint(TRUNCATE)");
        if (i % 5 == 0) assert_int_equal(rows_after_a_crash(r), rows);
    }
    assert_int_equal(sqlite3_close(r->c), SQLITE_OK);
    r->c = open_as(r->path, NULL);
    assert_int_equal(number(r->c, "SELECT COUNT(*) FROM t"), rows);
}

/* Each write of a commit fails in turn: the commit says so, and what comes after it is whole. */
static void no_error_is_lost(void **state) {
    static const int errors[] = {ENOSPC, EIO, 0};
    struct rig *r = *state;
    long rows = 0;
    char sql[256];
    for (size_t e = 0; e < sizeof errors / sizeof errors[0]; e++) {
        for (int at = 1;; at++) {
            snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%ld, randomblob(70000))", rows + 1);
            writes = 0;
            fail_errno = errors[e];
            fail_at = at;
            bool done = sqlite3_exec(r->c, sql, NULL, NULL, NULL) == SQLITE_OK;
            bool hit = writes >= at;
            fail_at = 0;
            if (hit && errors[e] != 0) assert_false(done); /* half a write is tried again by SQLite itself */
            if (done) rows++;
            assert_int_equal(number(r->c, "SELECT COUNT(*) FROM t"), rows);
            snprintf(sql, sizeof sql, "INSERT INTO t VALUES (%ld, 'after')", rows + 1);
            must(r->c, sql);
            rows++;
            assert_int_equal(rows_after_a_crash(r), rows);
            if (!hit) break;
            assert_in_range(at, 1, 50);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_commit_goes_in_one_piece, setup, teardown),
        cmocka_unit_test_setup_teardown(a_crash_finds_every_commit, setup, teardown),
        cmocka_unit_test_setup_teardown(no_error_is_lost, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
