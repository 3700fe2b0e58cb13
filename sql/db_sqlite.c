/*
 * db_sqlite: the driver for SQLite, and with db_sqlite_wal its only user. Rule 7 of the house lives here:
 * WAL with synchronous=FULL, one connection, exclusive lock, and the settings are read
 * back, because weaker ones doubled orders in power-loss tests. Nothing else may open
 * the file while this connection lives.
 */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "sql/db.h"
#include "sql/db_sqlite_wal.h"

#define WAL_PAGES_IDLE 1000 /* from here on a checkpoint is made when nothing waits */
#define WAL_PAGES_MAX 16000 /* and here at once: bounds the file (64 MB) */
#define COPY_PAGES 256      /* in one step */
#define PAGE_BYTES 4096
#define CHECK_TEXT_MAX 120

struct sqlite {
    struct db db;
    sqlite3 *c;
    int wal_pages;
};

/* Set before the first access of the file, so that the index of the WAL lives in our memory and never in a shared file. */
static const char first_pragmas[] = "PRAGMA locking_mode=EXCLUSIVE;"
                                    "PRAGMA trusted_schema=OFF;"
                                    "PRAGMA mmap_size=0;"
                                    "PRAGMA temp_store=MEMORY;"
                                    "PRAGMA cache_size=-512;"
                                    "PRAGMA cell_size_check=ON;"
                                    "PRAGMA foreign_keys=ON;"
                                    "PRAGMA journal_mode=WAL;"
                                    "PRAGMA synchronous=FULL;"
                                    "PRAGMA journal_size_limit=8388608;";

static const struct {
    const char *pragma, *want;
} expected[] = {
    {"journal_mode", "wal"}, {"synchronous", "2"},    {"locking_mode", "exclusive"},
    {"foreign_keys", "1"},   {"trusted_schema", "0"},
};

static sqlite3_stmt *of(struct stmt *st) {
    return (sqlite3_stmt *)(void *)st;
}

static int checkpoint(struct sqlite *s) {
    int left = 0, done = 0;
    int rc = sqlite3_wal_checkpoint_v2(s->c, NULL, SQLITE_CHECKPOINT_PASSIVE, &left, &done);
    if (rc == SQLITE_OK) s->wal_pages = left - done;
    return rc;
}

/* Runs after each commit, inside it: replaces SQLite's own trigger, so that the copying is done when nobody waits. */
static int wal_grew(void *arg, sqlite3 *c, const char *name, int pages) {
    struct sqlite *s = arg;
    (void)c;
    (void)name;
    s->wal_pages = pages;
    return pages >= WAL_PAGES_MAX ? checkpoint(s) : SQLITE_OK;
}

static int explain(struct db *d, struct err *e) {
    struct sqlite *s = (struct sqlite *)d;
    int rc = sqlite3_errcode(s->c);
    if (rc == SQLITE_FULL)
        return err_set(e, ERR_IO, "the database cannot grow: the disk is full",
                       "la base de données ne peut plus grandir : le disque est plein");
    if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
        return err_set(e, ERR_BUSY, "another program has opened the database file",
                       "un autre programme a ouvert le fichier de la base de données");
    if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
        return err_set(e, ERR_CORRUPT, "the database file is damaged (%s)",
                       "le fichier de la base de données est endommagé (%s)", sqlite3_errmsg(s->c));
    return err_set(e, ERR_IO, "database: %s (%d)", "base de données : %s (%d)", sqlite3_errmsg(s->c),
                   sqlite3_extended_errcode(s->c));
}

/* The file is made by us, so that it is never readable by others, not even for a moment; SQLite gives its WAL the same mode. */
static int make_file(const char *where, struct err *e) {
    int fd = open(where, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(e, ERR_IO, "%s cannot be opened: %s", "impossible d’ouvrir %s : %s", where, strerror(errno));
    if (fchmod(fd, 0600) < 0) log_warn("store", "mode of the database file left as it is: %s", strerror(errno));
    close(fd);
    return 0;
}

static struct db *sqlite_open(const char *where, struct err *e) {
    if (make_file(where, e) < 0) return NULL;
    struct sqlite *s = xcalloc(1, sizeof *s);
    int rc =
        sqlite3_open_v2(where, &s->c, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, wal_vfs());
    if (rc != SQLITE_OK) goto failed;
    sqlite3_db_config(s->c, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(s->c, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(s->c, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(s->c, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, NULL);
    sqlite3_limit(s->c, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_extended_result_codes(s->c, 0);
    if (sqlite3_exec(s->c, first_pragmas, NULL, NULL, NULL) != SQLITE_OK) goto failed;
    sqlite3_wal_hook(s->c, wal_grew, s);
    return &s->db;
failed:
    if (s->c != NULL)
        explain(&s->db, e);
    else
        err_set(e, ERR_IO, "out of memory for the database", "pas assez de mémoire pour la base de données");
    sqlite3_close(s->c);
    free(s);
    return NULL;
}

static void sqlite_close_(struct db *d) {
    struct sqlite *s = (struct sqlite *)d;
    if (sqlite3_close(s->c) != SQLITE_OK) log_error("store", "the database did not close: %s", sqlite3_errmsg(s->c));
    free(s);
}

static int script(struct db *d, const char *sql) {
    return sqlite3_exec(((struct sqlite *)d)->c, sql, NULL, NULL, NULL) == SQLITE_OK ? 0 : -1;
}

static struct stmt *prepare(struct db *d, const char *sql) {
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v3(((struct sqlite *)d)->c, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK)
        return NULL;
    return (struct stmt *)(void *)st;
}

static void finish(struct stmt *st) {
    sqlite3_finalize(of(st));
}

/* Without memory SQLite binds nothing, which would be stored as NULL, and answers NULL, which would be read as "nothing there":
 * this ends as every lack of memory does. */
static void demand_memory(int rc) {
    if (rc == SQLITE_NOMEM) die("out of memory for the database");
}

static void bind_i64(struct stmt *st, int i, int64_t v) {
    sqlite3_bind_int64(of(st), i, v);
}

static void bind_f64(struct stmt *st, int i, double v) {
    sqlite3_bind_double(of(st), i, v);
}

static void bind_text(struct stmt *st, int i, const char *v, bool copy) {
    if (v == NULL)
        sqlite3_bind_null(of(st), i);
    else
        demand_memory(sqlite3_bind_text(of(st), i, v, -1, copy ? SQLITE_TRANSIENT : SQLITE_STATIC));
}

static void bind_blob(struct stmt *st, int i, const void *v, size_t n) {
    demand_memory(sqlite3_bind_blob64(of(st), i, v, n, SQLITE_STATIC));
}

static int step(struct stmt *st) {
    int rc = sqlite3_step(of(st));
    return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

static void reset(struct stmt *st) {
    sqlite3_reset(of(st));
    sqlite3_clear_bindings(of(st));
}

static int64_t col_i64(struct stmt *st, int i) {
    return sqlite3_column_int64(of(st), i);
}

static const char *col_text(struct stmt *st, int i) {
    const unsigned char *t = sqlite3_column_text(of(st), i);
    if (t == NULL) demand_memory(sqlite3_errcode(sqlite3_db_handle(of(st))));
    return t != NULL ? (const char *)t : "";
}

static const void *col_blob(struct stmt *st, int i, size_t *n) {
    const void *p = sqlite3_column_blob(of(st), i);
    *n = (size_t)sqlite3_column_bytes(of(st), i);
    if (p == NULL) demand_memory(sqlite3_errcode(sqlite3_db_handle(of(st))));
    return p != NULL ? p : "";
}

static bool col_null(struct stmt *st, int i) {
    return sqlite3_column_type(of(st), i) == SQLITE_NULL;
}

/* The first column of the first row of a fixed text. false: it failed or said nothing. */
static bool first_text(struct sqlite *s, const char *sql, char *out, size_t size) {
    sqlite3_stmt *st = NULL;
    bool ok = sqlite3_prepare_v2(s->c, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW;
    const unsigned char *t = ok ? sqlite3_column_text(st, 0) : NULL;
    if (t == NULL) demand_memory(sqlite3_errcode(s->c));
    str_copy(out, size, t != NULL ? (const char *)t : "");
    sqlite3_finalize(st);
    return t != NULL;
}

static bool has_table(struct db *d, const char *name) {
    sqlite3_stmt *st = NULL;
    bool found = false;
    sqlite3 *c = ((struct sqlite *)d)->c;
    if (sqlite3_prepare_v2(c, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1", -1, &st, NULL) ==
        SQLITE_OK) {
        sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
        found = sqlite3_step(st) == SQLITE_ROW;
    }
    if (!found) demand_memory(sqlite3_errcode(c));
    sqlite3_finalize(st);
    return found;
}

static int not_as_asked(struct err *e, const char *what, const char *got, const char *want) {
    return err_set(e, ERR_REFUSED,
                   "the database runs with %s = %s instead of %s: refusing, a power cut could double orders",
                   "la base de données fonctionne avec %s = %s au lieu de %s : refus, une coupure de courant pourrait "
                   "doubler des ordres",
                   what, got, want);
}

static int guarantees(struct db *d, struct err *e) {
    struct sqlite *s = (struct sqlite *)d;
    char got[CHECK_TEXT_MAX], sql[CHECK_TEXT_MAX];
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        sqlite3_snprintf(sizeof sql, sql, "PRAGMA %s", expected[i].pragma);
        if (!first_text(s, sql, got, sizeof got) || strcmp(got, expected[i].want) != 0)
            return not_as_asked(e, expected[i].pragma, got, expected[i].want);
    }
    /* A build without memory maps says nothing here, which is as good as 0. */
    if (first_text(s, "PRAGMA mmap_size", got, sizeof got) && strcmp(got, "0") != 0)
        return not_as_asked(e, "mmap_size", got, "0");
    int on = 0;
    sqlite3_db_config(s->c, SQLITE_DBCONFIG_DEFENSIVE, -1, &on);
    if (!on) return not_as_asked(e, "defensive", "0", "1");
    return 0;
}

static int freeze(struct db *d) {
    return script(d, "PRAGMA query_only=ON");
}

static int check(struct db *d, struct err *e) {
    struct sqlite *s = (struct sqlite *)d;
    char got[CHECK_TEXT_MAX];
    if (!first_text(s, "PRAGMA integrity_check(1)", got, sizeof got)) return explain(d, e);
    if (strcmp(got, "ok") != 0)
        return err_set(e, ERR_CORRUPT, "the database file is damaged: %s",
                       "le fichier de la base de données est endommagé : %s", got);
    if (first_text(s, "PRAGMA foreign_key_check", got, sizeof got))
        return err_set(e, ERR_CORRUPT, "a row of table %s refers to nothing",
                       "une ligne de la table %s ne renvoie à rien", got);
    return 0;
}

/* ---- copies ---- */

struct db_copy {
    sqlite3 *to;
    sqlite3_backup *work;
    int left;
};

static int copy_failed(struct db_copy *c, int rc, struct err *e) {
    if (rc == SQLITE_FULL)
        return err_set(e, ERR_IO, "the copy of the database cannot grow: the disk is full",
                       "la copie de la base de données ne peut plus grandir : le disque est plein");
    return err_set(e, ERR_IO, "the database cannot be copied: %s", "impossible de copier la base de données : %s",
                   c->to != NULL ? sqlite3_errmsg(c->to) : sqlite3_errstr(rc));
}

static void copy_close(struct db_copy *c) {
    if (c == NULL) return;
    if (c->work != NULL) sqlite3_backup_finish(c->work);
    sqlite3_close(c->to);
    free(c);
}

/* The copy has neither journal nor syncs: it is thrown away where it fails, and made durable as a whole. */
static struct db_copy *copy_open(struct db *d, const char *to, struct err *e) {
    struct db_copy *c = xcalloc(1, sizeof *c);
    int rc = sqlite3_open_v2(to, &c->to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_exec(c->to, "PRAGMA synchronous=OFF;PRAGMA journal_mode=OFF", NULL, NULL, NULL);
    if (rc == SQLITE_OK) {
        c->work = sqlite3_backup_init(c->to, "main", ((struct sqlite *)d)->c, "main");
        rc = c->work != NULL ? SQLITE_OK : sqlite3_errcode(c->to);
    }
    if (rc == SQLITE_OK) return c;
    copy_failed(c, rc, e);
    copy_close(c);
    return NULL;
}

static int copy_step(struct db_copy *c, uint64_t *bytes, struct err *e) {
    int rc = sqlite3_backup_step(c->work, COPY_PAGES), left = sqlite3_backup_remaining(c->work);
    if (rc != SQLITE_OK && rc != SQLITE_DONE) return copy_failed(c, rc, e);
    *bytes += (uint64_t)(c->left > left ? c->left - left : COPY_PAGES) * PAGE_BYTES;
    c->left = left;
    if (rc == SQLITE_OK) return 1;
    rc = sqlite3_backup_finish(c->work);
    c->work = NULL;
    return rc == SQLITE_OK ? 0 : copy_failed(c, rc, e);
}

static int idle(struct db *d) {
    struct sqlite *s = (struct sqlite *)d;
    if (s->wal_pages < WAL_PAGES_IDLE) return 0;
    return checkpoint(s) == SQLITE_OK ? 0 : -1;
}

static void place(struct db *d, char *out, size_t size) {
    (void)d;
    str_copy(out, size, "SQLite");
}

const struct db_driver db_sqlite = {
    .name = "SQLite",
    .open = sqlite_open,
    .close = sqlite_close_,
    .script = script,
    .prepare = prepare,
    .finish = finish,
    .bind_i64 = bind_i64,
    .bind_f64 = bind_f64,
    .bind_text = bind_text,
    .bind_blob = bind_blob,
    .step = step,
    .reset = reset,
    .col_i64 = col_i64,
    .col_text = col_text,
    .col_blob = col_blob,
    .col_null = col_null,
    .explain = explain,
    .has_table = has_table,
    .guarantees = guarantees,
    .freeze = freeze,
    .check = check,
    .copy_open = copy_open,
    .copy_step = copy_step,
    .copy_close = copy_close,
    .idle = idle,
    .place = place,
    .tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
    .columns = "SELECT name, type FROM pragma_table_info(?1) ORDER BY cid",
};
