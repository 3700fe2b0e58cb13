/*
 * copy_over: the state of a directory from SQLite into its server, or back, row by row, counted and compared on both
 * sides. Market data stays where it is. On the server everything is one transaction, a file is made under another
 * name; what says where the state is (DIR/server, DIR/mia.db) changes last. So a kill leaves the state where it was,
 * or the whole of it where it was to go, and never a part that anybody could start on. Where both are there, the mark
 * wins: DIR/mia.db is then the same state, before or after.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "sql/copy.h"
#include "sql/lock.h"
#include "sql/migrate.h"
#include "sql/spill.h"
#include "sql/table_copy.h"
#include "sql/vault.h"

#define MARK_PART SERVER_MARK ".part"
#define FILE_PART DATABASE_FILE ".part"
#define FILE_DONE DATABASE_FILE ".copied"

static int file_error(struct err *e, const char *path) {
    return err_set(e, ERR_IO, "%s: %s", "%s\u00a0: %s", path, strerror(errno));
}

static bool is_there(const char *dir, const char *name) {
    char path[PATH_MAX];
    struct stat st;
    return copy_path(path, dir, name, NULL) == 0 && lstat(path, &st) == 0;
}

static int rename_in(const char *dir, const char *from, const char *to, struct err *e) {
    char a[PATH_MAX], b[PATH_MAX];
    if (copy_path(a, dir, from, e) < 0 || copy_path(b, dir, to, e) < 0) return -1;
    return rename(a, b) < 0 ? file_error(e, a) : copy_sync_path(dir, e);
}

/* Root may copy for the user that the bot runs as. */
static int give(const char *dir, const char *name, struct err *e) {
    char path[PATH_MAX];
    struct stat st;
    if (geteuid() != 0) return 0;
    if (stat(dir, &st) < 0) return file_error(e, dir);
    if (copy_path(path, dir, name, e) < 0) return -1;
    return lchown(path, st.st_uid, st.st_gid) < 0 ? file_error(e, path) : 0;
}

/* The file that is not the state any more stays under another name, with its log where one was left. */
static int retire_file(const char *dir, struct err *e) {
    if (is_there(dir, DATABASE_FILE "-wal") && rename_in(dir, DATABASE_FILE "-wal", FILE_DONE "-wal", e) < 0) return -1;
    return rename_in(dir, DATABASE_FILE, FILE_DONE, e);
}

/* What the bot would have to bring over first. */
static int want_no_spill(const char *dir, struct err *e) {
    struct spill *s = spill_open(dir, e);
    if (s == NULL) return -1;
    uint64_t n = spill_count(s);
    spill_close(s);
    if (n == 0) return 0;
    return err_set(
        e, ERR_REFUSED, "%llu commits of an outage wait in %s: start the bot once, so that it brings them over",
        "%llu écritures d’une panne attendent dans %s\u00a0: démarrez une fois le bot pour qu’il les transmette",
        (unsigned long long)n, dir);
}

static struct db *open_file(const char *path, struct err *e) {
    int version;
    struct db *d = db_open(&db_sqlite, path, e);
    if (d == NULL) return NULL;
    if (d->driver->guarantees(d, e) == 0 && migrate_run(d, migration_table, false, &version, e) == 0) return d;
    db_close(d);
    return NULL;
}

/* A connection with time for tables that are large, and for a database that is looked through meanwhile. */
static struct db *connect_slowly(const struct vault *v, struct err *e) {
    struct db *d = vault_connect(v, e);
    if (d == NULL || db_script(d, "SET idle_in_transaction_session_timeout = '10min'", e) == 0) return d;
    db_close(d);
    return NULL;
}

static int all_rows(struct db *from, struct db *to, struct store_copied *out, struct err *e) {
    uint64_t bytes = 0;
    int r = -1;
    struct table_copy *c = table_copy_new(from, to, e);
    while (c != NULL && (r = table_copy_step(c, &bytes, e)) > 0) continue;
    if (c != NULL) out->rows = table_copy_rows(c);
    table_copy_free(c);
    return r;
}

/* ---- into the server ---- */

/* An empty place on the server, with today's schema. Rows that are there go into a schema of their own, where asked; and
 * what an attempt of this directory left that was killed before anybody used it. */
static int make_room(struct vault *v, bool aside, struct store_copied *out, struct err *e) {
    struct db *d = v->db;
    int version, ours = 0;
    if (migrate_version(d, &version, e) < 0) return -1;
    if (version != 0 && d->driver->has_table(d, "commits")) ours = server_is_marked(v, MARK_PART, e);
    if (ours < 0) return -1;
    if (version != 0 && !aside && !ours)
        return err_set(
            e, ERR_REFUSED,
            "the server's database holds a state already: with --aside its tables go into a schema of their own",
            "la base du serveur contient déjà un état\u00a0: avec --aside ses tables vont dans un schéma à part");
    if (version != 0) {
        snprintf(out->aside, sizeof out->aside, "mia-before-%lld", (long long)time(NULL));
        if (d->driver->set_aside(d, out->aside) < 0) return d->driver->explain(d, e);
    }
    return migrate_run(d, migration_table, false, &version, e);
}

static int fill_server(struct vault *v, struct db *file, bool aside, struct store_copied *out, struct err *e) {
    if (db_hold(v->db, e) < 0) return -1;
    if (make_room(v, aside, out, e) == 0 && all_rows(file, v->db, out, e) == 0 &&
        server_mark_as(v, MARK_PART, e) == 0 && give(v->dir, MARK_PART, e) == 0 && copy_sync_path(v->dir, e) == 0)
        return db_let_go(v->db, e);
    db_rollback(v->db);
    return -1;
}

static int into_server(struct vault *v, bool aside, struct store_copied *out, struct err *e) {
    char path[PATH_MAX];
    if (copy_path(path, v->dir, DATABASE_FILE, e) < 0) return -1;
    if (is_there(v->dir, SERVER_MARK)) {
        if (is_there(v->dir, DATABASE_FILE) && retire_file(v->dir, e) < 0) return -1;
        return err_set(e, ERR_REFUSED, "the state of %s is on the server already",
                       "l’état de %s est déjà sur le serveur", v->dir);
    }
    if (!is_there(v->dir, DATABASE_FILE))
        return err_set(e, ERR_NOT_FOUND, "there is no %s: nothing to copy", "il n’y a pas de %s\u00a0: rien à copier",
                       path);
    struct db *file = open_file(path, e);
    int r = file == NULL ? -1 : file->driver->check(file, e);
    if (r == 0 && (v->db = connect_slowly(v, e)) == NULL) r = -1;
    if (r == 0) r = fill_server(v, file, aside, out, e);
    db_close(file);
    if (r < 0 || rename_in(v->dir, MARK_PART, SERVER_MARK, e) < 0) return -1; /* from here on it is the server's */
    return retire_file(v->dir, e);
}

/* ---- back into a file ---- */

/* A log of a file that was killed would be taken for the new one's. */
static int clear_part(const char *dir, char part[PATH_MAX], struct err *e) {
    static const char *const names[] = {FILE_PART "-wal", FILE_PART "-shm", FILE_PART "-journal", FILE_PART};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (copy_path(part, dir, names[i], e) < 0) return -1;
        if (unlink(part) < 0 && errno != ENOENT) return file_error(e, part);
    }
    return 0;
}

/* The state that this directory belongs to, with today's schema. */
static int open_server(struct vault *v, struct err *e) {
    int version;
    v->db = connect_slowly(v, e);
    if (v->db == NULL || migrate_version(v->db, &version, e) < 0) return -1;
    if (version == 0)
        return err_set(e, ERR_NOT_FOUND, "the server's database is empty: nothing to copy",
                       "la base du serveur est vide\u00a0: rien à copier");
    return migrate_run(v->db, migration_table, false, &version, e) < 0 ? -1 : server_begin(v, e);
}

static int fill_file(struct vault *v, const char *part, struct store_copied *out, struct err *e) {
    struct db *file = open_file(part, e);
    if (file == NULL) return -1;
    int r = all_rows(v->db, file, out, e);
    if (r == 0) r = file->driver->check(file, e);
    db_close(file); /* its log goes into the file */
    return r < 0 || copy_sync_path(part, e) < 0 ? -1 : give(v->dir, FILE_PART, e);
}

static int into_file(struct vault *v, struct store_copied *out, struct err *e) {
    char part[PATH_MAX];
    if (!is_there(v->dir, SERVER_MARK))
        return err_set(e, ERR_NOT_FOUND, "%s belongs to no server: nothing to copy",
                       "%s n’appartient à aucun serveur\u00a0: rien à copier", v->dir);
    if (want_no_spill(v->dir, e) < 0 || clear_part(v->dir, part, e) < 0 || open_server(v, e) < 0 ||
        fill_file(v, part, out, e) < 0)
        return -1;
    if (is_there(v->dir, DATABASE_FILE) && retire_file(v->dir, e) < 0) return -1;
    if (rename_in(v->dir, FILE_PART, DATABASE_FILE, e) < 0) return -1;
    return rename_in(v->dir, SERVER_MARK, SERVER_MARK ".copied", e); /* from here on it is the file's */
}

int store_copy_over(const struct store_options *o, enum store_side to, bool aside, struct store_copied *out,
                    struct err *e) {
    struct vault v;
    *out = (struct store_copied){0};
    if (vault_reach(&v, o, e) < 0) return -1;
    int r = to == STORE_SERVER ? into_server(&v, aside, out, e) : into_file(&v, out, e);
    if (give(v.dir, "lock", e) < 0) r = -1;
    vault_close(&v);
    return r;
}
