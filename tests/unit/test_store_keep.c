/* Opening, schema, guarantees, lock, audit chain, retention: what keeps the store trustworthy over years. */
#include "tests/unit/store_fixture.h"

#include <poll.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "engine/base/version.h"
#include "sql/lock.h"
#include "sql/migrate.h"
#include "sql/segment.h"

/* A second look at the file, by the library itself; the store must be closed. */
static sqlite3 *raw_open(const struct fixture *f) {
    char path[PATH_MAX];
    sqlite3 *c;
    path_in(f, "mia.db", path);
    assert_int_equal(sqlite3_open(path, &c), SQLITE_OK);
    return c;
}

/* Through the store's own driver. */
static void raw_exec(const struct fixture *f, const char *sql) {
    struct err e;
    struct db *d = fixture_db(f);
    if (d == NULL || db_script(d, sql, &e) < 0) fail_msg("%s: %s", sql, e.text[LANG_EN]);
    db_close(d);
}

static int add_line(void *arg, int n, char **values, char **names) {
    (void)names;
    for (int i = 0; i < n; i++) buf_printf(arg, "%s|", values[i] ? values[i] : "");
    buf_char(arg, '\n');
    return 0;
}

static void raw_dump(sqlite3 *c, const char *sql, struct buf *out) {
    buf_init(out, 1u << 20);
    assert_int_equal(sqlite3_exec(c, sql, add_line, out, NULL), SQLITE_OK);
}

#define SCHEMA "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"

static void files_are_for_their_owner_only(void **state) {
    struct fixture *f = *state;
    static const char *const files[] = {"mia.db", "mia.db-wal", "lock", "journal/2024-10-04.seg"};
    char path[PATH_MAX];
    struct stat st;
    umask(0);
    str_copy(f->dir + strlen(f->dir), 20, "/deep/state");
    struct store *s = open_store(f);
    struct store_batch *b = store_batch_new(s);
    put_event(b, bar_event(1, DAY_ONE));
    commit_good(s, b);
    for (size_t i = f->url[0] != '\0' ? 2 : 0; i < sizeof files / sizeof files[0]; i++) {
        path_in(f, files[i], path);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    assert_int_equal(stat(f->dir, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    path_in(f, "journal", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0700);
    assert_true(store_bytes(s) > (f->url[0] != '\0' ? 50 : 1000));
    close_store(f);
    f->dir[strlen(f->dir) - strlen("/deep/state")] = '\0';
}

/* ---- schema ---- */

static void migrating_twice_changes_nothing(void **state) {
    struct fixture *f = *state;
    NEEDS_SQLITE(f);
    struct buf one, two;
    struct err e;
    assert_int_equal(store_schema_version(open_store(f)), migrate_latest(migration_table));
    close_store(f);
    sqlite3 *c = raw_open(f);
    raw_dump(c, SCHEMA, &one);
    sqlite3_close(c);
    open_store(f);
    assert_int_equal(store_check(f->store, &e), 0);
    close_store(f);
    c = raw_open(f);
    raw_dump(c, SCHEMA, &two);
    sqlite3_close(c);
    assert_true(one.len > 1000);
    assert_string_equal(one.p, two.p);
    buf_clear(&one);
    buf_clear(&two);
}

static void init_sql_makes_the_same_schema_again_and_again(void **state) {
    struct fixture *f = *state;
    NEEDS_SQLITE(f);
    struct buf mine, theirs, text;
    char block[4096];
    size_t n;
    struct err e;
    FILE *in = fopen("sql/init.sql", "r");
    if (in == NULL) skip(); /* not run from the source tree */
    buf_init(&text, 1u << 20);
    while ((n = fread(block, 1, sizeof block, in)) > 0) buf_add(&text, block, n);
    fclose(in);
    raw_exec(f, text.p);
    raw_exec(f, text.p);
    sqlite3 *c = raw_open(f);
    raw_dump(c, SCHEMA, &theirs);
    sqlite3_close(c);
    assert_int_equal(store_check(open_store(f), &e), 0); /* versions and digests are those of the migrations */
    close_store(f);
    raw_exec(f, "PRAGMA journal_mode=DELETE");
    char path[PATH_MAX];
    path_in(f, "mia.db", path);
    unlink(path);
    open_store(f);
    close_store(f);
    c = raw_open(f);
    raw_dump(c, SCHEMA, &mine);
    sqlite3_close(c);
    assert_string_equal(mine.p, theirs.p);
    buf_clear(&mine);
    buf_clear(&theirs);
    buf_clear(&text);
}

static void a_newer_schema_is_refused(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    open_store(f);
    close_store(f);
    raw_exec(f, "INSERT INTO schema_migrations (version, name, sha256) VALUES (9999, 'future', '')");
    assert_null(try_open(f, NULL, &e));
    assert_int_equal(e.code, ERR_REFUSED);
    assert_non_null(strstr(e.text[LANG_EN], "9999"));
    assert_non_null(strstr(e.text[LANG_FR], "9999"));
    assert_non_null(strstr(e.text[LANG_EN], "restore a backup"));
    raw_exec(f,
             "INSERT INTO bot_state (key, value) VALUES ('" STORE_VERSION_KEY "', '9.9.1')"); /* as a start notes it */
    assert_null(try_open(f, NULL, &e));
    assert_non_null(strstr(e.text[LANG_EN], "mia 9.9.1 wrote"));
    assert_non_null(strstr(e.text[LANG_EN], "this is mia " MIA_VERSION));
    assert_non_null(strstr(e.text[LANG_FR], "mia 9.9.1 a écrit"));
    assert_non_null(strstr(e.text[LANG_FR], "restaurez une sauvegarde"));
    raw_exec(f, "DELETE FROM schema_migrations WHERE version = 9999");
    open_store(f);
    assert_int_equal(store_schema_found(f->store), migrate_latest(migration_table));
}

static void a_failing_migration_leaves_the_version_before(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    int version;
    static const struct migration broken[] = {{1, "one", "CREATE TABLE a (x INTEGER);"},
                                              {2, "two", "CREATE TABLE b (x INTEGER); INSERT INTO nowhere VALUES (1);"},
                                              {0, NULL, NULL}};
    static const struct migration mended[] = {
        {1, "one", "CREATE TABLE a (x INTEGER);"}, {2, "two", "CREATE TABLE b (x INTEGER);"}, {0, NULL, NULL}};
    struct db *d = fixture_db(f);
    assert_int_equal(migrate_run(d, broken, false, &version, &e), -1);
    assert_non_null(strstr(e.text[LANG_EN], "0002_two"));
    assert_int_equal(migrate_version(d, &version, &e), 0);
    assert_int_equal(version, 1);
    assert_int_equal(migrate_run(d, mended, true, &version, &e), -1); /* a reader does not migrate */
    assert_int_equal(migrate_run(d, mended, false, &version, &e), 0);
    assert_int_equal(version, 2);
    db_close(d);
}

/* ---- guarantees ---- */

static void weaker_settings_are_refused(void **state) {
    struct fixture *f = *state;
    static const char *const weaker[] = {"PRAGMA synchronous=NORMAL",  "PRAGMA synchronous=OFF",
                                         "PRAGMA journal_mode=DELETE", "PRAGMA foreign_keys=OFF",
                                         "PRAGMA trusted_schema=ON",   "PRAGMA mmap_size=1000000",
                                         "PRAGMA locking_mode=NORMAL"};
    for (size_t i = 0; i < sizeof weaker / sizeof weaker[0]; i++) {
        char path[PATH_MAX];
        struct err e = {0};
        path_in(f, "mia.db", path);
        struct db *d = db_open(&db_sqlite, path, &e);
        assert_int_equal(d->driver->guarantees(d, &e), 0);
        assert_int_equal(db_script(d, weaker[i], &e), 0);
        if (d->driver->guarantees(d, &e) == 0) fail_msg("accepted: %s", weaker[i]);
        assert_int_equal(e.code, ERR_REFUSED);
        db_close(d);
    }
}

static void a_database_left_in_another_mode_is_brought_back(void **state) {
    struct fixture *f = *state;
    NEEDS_SQLITE(f);
    struct err e;
    open_store(f);
    close_store(f);
    raw_exec(f, "PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF");
    open_store(f); /* reads the pragmas back, or refuses */
    assert_int_equal(store_check(f->store, &e), 0);
    close_store(f);
    sqlite3 *c = raw_open(f);
    struct buf mode;
    raw_dump(c, "PRAGMA journal_mode", &mode);
    assert_string_equal(mode.p, "wal|\n");
    buf_clear(&mode);
    sqlite3_close(c);
}

static void a_file_that_is_no_database_is_refused(void **state) {
    struct fixture *f = *state;
    NEEDS_SQLITE(f);
    struct err e = {0};
    char path[PATH_MAX];
    path_in(f, "mia.db", path);
    FILE *out = fopen(path, "w");
    for (int i = 0; i < 1000; i++) fputs("this is not a database\n", out);
    fclose(out);
    assert_null(try_open(f, NULL, &e));
    assert_int_equal(e.code, ERR_CORRUPT);
    assert_int_equal(file_size(f, "mia.db"), 23000); /* and left as it is */
}

/* ---- lock ---- */

static void two_do_not_open_one_state(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    char pid[20];
    struct store_options o = {.dir = f->dir};
    open_store(f);
    assert_null(store_open(&o, &e));
    assert_int_equal(e.code, ERR_BUSY);
    snprintf(pid, sizeof pid, "%ld", (long)getpid());
    assert_non_null(strstr(e.text[LANG_EN], pid));
    assert_non_null(strstr(e.text[LANG_FR], pid));
    assert_non_null(strstr(e.text[LANG_EN], "since 2"));
    o.read_only = true;
    assert_null(store_open(&o, &e));
    assert_int_equal(e.code, ERR_BUSY);
    close_store(f);
    open_store(f);
}

/* What another machine's mia would have written, `age_s` ago. */
static void hold_abroad(const struct fixture *f, int age_s) {
    static const char text[] =
        "4711 desk-2 2025-06-30T14:02:00Z version=0.3.1 machine=00000000deadbeef boot=00000000cafecafe page=\n";
    char path[PATH_MAX];
    path_in(f, "lock", path);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    struct timespec t[2];
    clock_gettime(CLOCK_REALTIME, &t[0]);
    t[0].tv_sec -= age_s;
    t[1] = t[0];
    assert_int_equal(futimens(fd, t), 0);
    close(fd);
}

static void the_lock_says_where_the_page_is(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    struct store_options o = {.dir = f->dir};
    store_page(open_store(f), "http://127.0.0.1:8787/");
    store_alive(f->store);
    assert_null(store_open(&o, &e));
    assert_non_null(strstr(e.text[LANG_EN], "another mia (" MIA_VERSION ")"));
    assert_non_null(strstr(e.text[LANG_EN], "page http://127.0.0.1:8787/"));
    assert_non_null(strstr(e.text[LANG_FR], "page http://127.0.0.1:8787/"));
    assert_null(store_held_abroad(f->store));
}

/* A network disk, or a copy: flock says that nobody is there. */
static void one_that_lives_on_another_machine_is_not_joined(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    open_store(f);
    close_store(f);
    if (access("/etc/machine-id", R_OK) < 0) skip(); /* then nothing tells one machine from another */
    hold_abroad(f, 40);
    assert_null(try_open(f, NULL, &e));
    assert_int_equal(e.code, ERR_BUSY);
    assert_non_null(strstr(e.text[LANG_EN], "a mia on desk-2 (process 4711)"));
    assert_non_null(strstr(e.text[LANG_FR], "un mia sur desk-2 (processus 4711)"));
    assert_non_null(strstr(e.text[LANG_FR], "supprimez le fichier lock"));
    assert_null(try_open(f, NULL, &e)); /* asking did not make it look alive, nor gone */
    hold_abroad(f, LOCK_FRESH_S + 60);
    open_with(f, &(struct store_options){.read_only = true});
    assert_non_null(store_held_abroad(f->store));
    close_store(f);
    open_store(f); /* who only looked left it as it was */
    assert_non_null(strstr(store_held_abroad(f->store)->text[LANG_EN], "last held by a mia on desk-2"));
    close_store(f);
    open_store(f);
    assert_null(store_held_abroad(f->store));
}

static void reading_needs_a_state_and_changes_none(void **state) {
    struct fixture *f = *state;
    struct err e = {0};
    struct store_options o = {.read_only = true};
    assert_null(try_open(f, &o, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_int_equal(file_size(f, "mia.db"), -1);
    open_store(f);
    close_store(f);
    struct store *s = open_with(f, &o);
    struct store_batch *b = store_batch_new(s);
    store_put_state(b, "k", "v", when_from_sec(1));
    assert_true(commit(s, b).failed);
}

/* ---- audit ---- */

struct entries {
    uint32_t n;
    uint64_t first, last;
    char hash[65];
};
static void on_audit(void *arg, const struct audit_entry *a) {
    struct entries *x = arg;
    if (x->n++ == 0) x->first = a->id;
    x->last = a->id;
    str_copy(x->hash, sizeof x->hash, a->hash);
    assert_int_equal(strlen(a->hash), 64);
    assert_string_equal(a->row.role, "owner");
}

static void the_audit_chain_verifies_and_goes_on(void **state) {
    struct fixture *f = *state;
    uint64_t rows = 99;
    struct err e;
    assert_int_equal(store_audit_verify(open_store(f), &rows, &e), 0);
    assert_int_equal(rows, 0);
    put_audit(f->store, 20);
    close_store(f);
    put_audit(open_store(f), 20);
    assert_int_equal(store_audit_verify(f->store, &rows, &e), 0);
    assert_int_equal(rows, 40);
    struct entries x = {0};
    store_audit(f->store, when_from_sec(1005), when_from_sec(1010), 0, on_audit, NULL, &x);
    store_wait(f->store);
    assert_int_equal(x.n, 10); /* five of each run */
    assert_int_equal(x.first, 6);
    x = (struct entries){0};
    store_audit(f->store, WHEN_NONE, WHEN_NONE, 3, on_audit, NULL, &x);
    store_wait(f->store);
    assert_int_equal(x.n, 3);
    assert_int_equal(x.first, 40);
}

/* The chain of two rows, computed once with another tool (python3 hashlib) from the description in sql/audit.h. */
static void the_audit_hash_is_the_described_one(void **state) {
    struct fixture *f = *state;
    struct entries x = {0};
    put_audit(open_store(f), 2);
    store_audit(f->store, WHEN_NONE, WHEN_NONE, 1, on_audit, NULL, &x);
    store_wait(f->store);
    assert_string_equal(x.hash, "46b6c2ec57e342180a2d28c93eec69042d8c55264b4e651cc72693e4b4f2426d");
}

static void a_changed_audit_is_found(void **state) {
    struct fixture *f = *state;
    static const struct {
        const char *change, *back;
        const char *row;
    } changes[] = {
        {"UPDATE audit SET detail = 'detail 4' WHERE id = 5", "UPDATE audit SET detail = 'détail 4' WHERE id = 5",
         "row 5"},
        {"UPDATE audit SET verdict = 'dono' WHERE id = 1", "UPDATE audit SET verdict = 'done' WHERE id = 1", "row 1"},
        {"UPDATE audit SET at_ns = at_ns + 1 WHERE id = 9", "UPDATE audit SET at_ns = at_ns - 1 WHERE id = 9", "row 9"},
        {"UPDATE audit SET actor = 'discord:', role = '3owner' WHERE id = 3",
         "UPDATE audit SET actor = 'discord:3', role = 'owner' WHERE id = 3", "row 3"},
        {"UPDATE audit_head SET last_id = 11", "UPDATE audit_head SET last_id = 10", "row 11"},
        {"DELETE FROM audit WHERE id = 10", NULL, "row 10"},
        {"DELETE FROM audit WHERE id = 4", NULL, "row 4"},
    };
    put_audit(open_store(f), 10);
    close_store(f);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct err e = {0};
        uint64_t rows;
        raw_exec(f, changes[i].change);
        assert_int_equal(store_audit_verify(open_store(f), &rows, &e), -1);
        assert_int_equal(e.code, ERR_CORRUPT);
        if (strstr(e.text[LANG_EN], changes[i].row) == NULL) fail_msg("%s: %s", changes[i].change, e.text[LANG_EN]);
        close_store(f);
        if (changes[i].back != NULL) raw_exec(f, changes[i].back);
    }
}

/* ---- retention ---- */

static uint32_t count_files(const struct fixture *f) {
    char path[PATH_MAX];
    uint32_t n = 0;
    path_in(f, "journal", path);
    DIR *dir = opendir(path);
    for (struct dirent *d; (d = readdir(dir)) != NULL;) n += strstr(d->d_name, ".seg") != NULL;
    closedir(dir);
    return n;
}

static void on_snapshot(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n) {
    (void)day;
    (void)bytes;
    (void)n;
    *(uint64_t *)arg = seq;
}

static void the_journal_is_dropped_up_to_a_snapshot(void **state) {
    struct fixture *f = *state;
    uint64_t seq = 0;
    struct store *s = open_with(f, &(struct store_options){.journal_keep_days = 3, .inbox_keep_days = 10});
    days_of_trading(s, 10, 25, true);
    store_retain(s, when_from_sec(1), DAY_ONE + 9);
    store_wait(s);
    /* Days 6..9 are kept; 150 events lie before them, the newest snapshot then is at 145. */
    struct loaded l = load(s, 145);
    assert_false(l.answer.failed);
    assert_int_equal(l.n, 105);
    assert_int_equal(load(s, 125).n, 125); /* the day of that snapshot is kept whole */
    l = load(s, 0);
    assert_true(l.answer.failed);
    assert_int_equal(l.answer.err.code, ERR_CORRUPT);
    assert_non_null(strstr(l.answer.err.text[LANG_EN], "begins with event 126"));
    assert_int_equal(count_files(f), 5);
    store_load_snapshot(s, store_seq_before_day(s, DAY_ONE + 6), on_snapshot, NULL, &seq);
    store_wait(s);
    assert_int_equal(seq, 145);
    store_load_snapshot(s, 249, on_snapshot, NULL, &seq); /* of older days the last one stays */
    store_wait(s);
    assert_int_equal(seq, 245);
    store_load_snapshot(s, 219, on_snapshot, NULL, &seq);
    store_wait(s);
    assert_int_equal(seq, 195);
    close_store(f);
    assert_int_equal(load(open_store(f), 145).n, 105);
}

static void without_a_snapshot_nothing_is_dropped(void **state) {
    struct fixture *f = *state;
    struct store *s = open_with(f, &(struct store_options){.journal_keep_days = 3});
    days_of_trading(s, 10, 25, false);
    store_retain(s, when_from_sec(1), DAY_ONE + 9);
    assert_int_equal(load(s, 0).n, 250);
    assert_int_equal(count_files(f), 10);
}

static void retention_waits_for_a_reader(void **state) {
    struct fixture *f = *state;
    struct store *s = open_with(f, &(struct store_options){.journal_keep_days = 1});
    days_of_trading(s, 20, 200, true);
    struct loaded l = {0};
    store_load_events(s, 0, on_event, on_loaded, &l);
    store_retain(s, when_from_sec(1), DAY_ONE + 19);
    store_wait(s);
    assert_false(l.answer.failed);
    assert_int_equal(l.n, 4000);
    assert_true(load(s, 0).answer.failed); /* now it has happened */
    assert_true(count_files(f) < 5);
}

static uint32_t rows_of(const struct fixture *f, const char *table) {
    char sql[100];
    struct db *d = fixture_db(f);
    assert_non_null(d);
    snprintf(sql, sizeof sql, "SELECT COUNT(*) FROM %s", table);
    struct stmt *st = d->driver->prepare(d, sql);
    assert_int_equal(d->driver->step(st), 1);
    uint32_t n = (uint32_t)d->driver->col_i64(st, 0);
    d->driver->finish(st);
    db_close(d);
    return n;
}

static void old_inbox_and_ended_messages_go(void **state) {
    struct fixture *f = *state;
    struct store *s = open_with(f, &(struct store_options){.journal_keep_days = 30, .inbox_keep_days = 10});
    struct store_batch *b = store_batch_new(s);
    for (uint64_t day = 0; day < 50; day++) {
        when_t at = when_from_sec(1700000000 + (int64_t)day * 86400);
        struct inbox_row in = {"discord", "1", day + 1, at, "a", "c", "v"};
        store_put_inbox(b, &in);
        for (uint64_t k = 0; k < 3; k++) { /* ended, ended with a key, never sent */
            uint64_t id = day * 3 + k + 1;
            struct outbox_row r = {.id = id,
                                   .created = at,
                                   .attempted = WHEN_NONE,
                                   .platform = "discord",
                                   .key = k == 1 ? "trade:1" : "",
                                   .doc = "d"};
            store_put_outbox(b, &r);
            if (k < 2) store_put_outbox_end(b, id, OUTBOX_DONE, "m", at);
        }
    }
    commit_good(s, b);
    store_retain(s, when_from_sec(1700000000 + 49 * 86400), DAY_ONE);
    store_wait(s);
    assert_int_equal(store_outbox_last_id(s), 150);
    close_store(f);
    assert_int_equal(rows_of(f, "inbox"), 11);
    assert_int_equal(rows_of(f, "outbox WHERE state < 2"), 50);
    assert_int_equal(rows_of(f, "outbox WHERE state >= 2 AND key = ''"), 11);
    assert_int_equal(rows_of(f, "outbox WHERE key <> ''"), 31);
}

/* Files go with their rows; of messages that were sent only the newest keep theirs, of those that wait all. */
static void files_have_a_retention(void **state) {
    struct fixture *f = *state;
    struct store *s = open_with(f, &(struct store_options){.journal_keep_days = 30, .inbox_keep_days = 10});
    struct store_batch *b = store_batch_new(s);
    const when_t now = when_from_sec(1700000000), old = when_from_sec(1600000000);
    for (uint64_t id = 1; id <= 300; id++) { /* 10 old ones, 10 that wait, 280 that were shown */
        struct outbox_row r = {.id = id,
                               .created = id <= 10 ? old : now,
                               .attempted = WHEN_NONE,
                               .platform = "local",
                               .key = "",
                               .doc = "d"};
        store_put_outbox(b, &r);
        store_put_file(b, id, "bytes", 5);
        if (id <= 10 || id > 20) store_put_outbox_end(b, id, OUTBOX_DONE, "m", now);
    }
    commit_good(s, b);
    store_retain(s, now, DAY_ONE);
    store_wait(s);
    close_store(f);
    assert_int_equal(rows_of(f, "outbox_files WHERE id <= 10"), 0);
    assert_int_equal(rows_of(f, "outbox_files WHERE id > 10 AND id <= 20"), 10);
    assert_int_equal(rows_of(f, "outbox_files WHERE id > 20"), 200);
    assert_int_equal(rows_of(f, "outbox_files WHERE id > 100"), 200);
}

/* Ids chosen after a restart go on from the last one, even when everything could be dropped. */
static void the_last_message_id_is_never_forgotten(void **state) {
    struct fixture *f = *state;
    struct store *s = open_with(f, &(struct store_options){.journal_keep_days = 1, .inbox_keep_days = 1});
    struct store_batch *b = store_batch_new(s);
    for (uint64_t id = 1; id <= 40; id++) {
        struct outbox_row r = {
            .id = id, .created = when_from_sec(1), .platform = "local", .key = id > 20 ? "k" : "", .doc = "d"};
        store_put_outbox(b, &r);
        store_put_outbox_end(b, id, OUTBOX_DONE, "m", when_from_sec(2));
        if (id != 20) continue;
        commit_good(s, b);
        store_retain(s, when_from_sec(1700000000), DAY_ONE);
        assert_int_equal(store_outbox_last_id(s), 20);
        b = store_batch_new(s);
    }
    commit_good(s, b);
    store_retain(s, when_from_sec(1700000000), DAY_ONE);
    assert_int_equal(store_outbox_last_id(s), 40);
    close_store(f);
    assert_int_equal(rows_of(f, "outbox"), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(files_are_for_their_owner_only),
        STORE_TEST(migrating_twice_changes_nothing),
        STORE_TEST(init_sql_makes_the_same_schema_again_and_again),
        STORE_TEST(a_newer_schema_is_refused),
        STORE_TEST(a_failing_migration_leaves_the_version_before),
        STORE_TEST(weaker_settings_are_refused),
        STORE_TEST(a_database_left_in_another_mode_is_brought_back),
        STORE_TEST(a_file_that_is_no_database_is_refused),
        STORE_TEST(two_do_not_open_one_state),
        STORE_TEST(the_lock_says_where_the_page_is),
        STORE_TEST(one_that_lives_on_another_machine_is_not_joined),
        STORE_TEST(reading_needs_a_state_and_changes_none),
        STORE_TEST(the_audit_chain_verifies_and_goes_on),
        STORE_TEST(the_audit_hash_is_the_described_one),
        STORE_TEST(a_changed_audit_is_found),
        STORE_TEST(the_journal_is_dropped_up_to_a_snapshot),
        STORE_TEST(without_a_snapshot_nothing_is_dropped),
        STORE_TEST(retention_waits_for_a_reader),
        STORE_TEST(old_inbox_and_ended_messages_go),
        STORE_TEST(files_have_a_retention),
        STORE_TEST(the_last_message_id_is_never_forgotten),
    };
    return RUN(tests);
}
