/*
 * server: what differs where the database is a server and not a file. The answer to COMMIT can be lost on the way,
 * so every transaction writes the number of its newest batch into table `commits`, and a new connection reads it: at
 * or below it everything happened, above it nothing. The row with number 0 names the database itself; the state
 * directory remembers that name, because market data lies there and belongs to one database only.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "sql/migrate.h"
#include "sql/vault.h"

#define COMMITS_KEPT 1024
#define COMMITS_EVERY 256 /* commits between two tidyings */

struct db *vault_connect(const struct vault *v, struct err *e) {
    int version;
    struct db *d = db_open(&db_pg, v->server, e);
    if (d == NULL) return NULL;
    if (d->driver->guarantees(d, e) == 0 && d->driver->claim(d, e) == 0 && migrate_version(d, &version, e) == 0)
        return d;
    db_close(d);
    return NULL;
}

static void mark_path(const char *dir, const char *mark, char out[PATH_MAX]) {
    snprintf(out, PATH_MAX, "%s/%s", dir, mark);
}

/* Name and place of the database that the directory belongs to; "" for none. */
static void mark_read(const char *dir, const char *mark, char name[OWNER_MAX], char place[160]) {
    char path[PATH_MAX], text[256] = "";
    mark_path(dir, mark, path);
    name[0] = place[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n > 0) sscanf(text, "%32s %159[^\n]", name, place);
}

static int mark_write(const char *dir, const char *mark, const char *name, const char *place, struct err *e) {
    char path[PATH_MAX], text[256];
    mark_path(dir, mark, path);
    int n = snprintf(text, sizeof text, "%s %s\n", name, place);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool ok = fd >= 0 && write(fd, text, (size_t)n) == n && fsync(fd) == 0;
    if (!ok) err_set(e, ERR_IO, "%s: %s", "%s\u00a0: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    return ok ? 0 : -1;
}

int server_fits(const char *dir, bool remote, struct err *e) {
    char name[OWNER_MAX], place[160], path[PATH_MAX];
    struct stat st;
    mark_read(dir, SERVER_MARK, name, place);
    snprintf(path, sizeof path, "%s/" DATABASE_FILE, dir);
    bool file = lstat(path, &st) == 0;
    if (!remote && name[0] != '\0')
        return err_set(
            e, ERR_REFUSED,
            "this state directory belongs to %s: set state.url again; `mia db copy sqlite` brings it back here",
            "ce dossier d’état appartient à %s\u00a0: remettez state.url\u00a0; «\u00a0mia db copy sqlite\u00a0» le "
            "ramène "
            "ici",
            place);
    if (remote && name[0] == '\0' && file)
        return err_set(e, ERR_REFUSED,
                       "%s holds this directory's state: bring it over with `mia db copy postgresql`, or move it away",
                       "%s contient l’état de ce dossier\u00a0: transférez-le par «\u00a0mia db copy "
                       "postgresql\u00a0», ou déplacez-le",
                       path);
    return 0;
}

/* Row 0, made by whoever comes first. */
static int database_name(struct vault *v, char out[OWNER_MAX], struct err *e) {
    struct stmt *st = db_query(v->db, QUERY_COMMIT_OWNER);
    int r = db_step(v->db, st, e);
    if (r > 0) str_copy(out, OWNER_MAX, db_col_text(v->db, st, 0));
    db_reset(v->db, st);
    if (r != 0) return r < 0 ? -1 : 0;
    str_copy(out, OWNER_MAX, v->owner);
    if (v->read_only) return 0;
    st = db_query(v->db, QUERY_COMMIT_ADD);
    db_i64(v->db, st, 1, 0);
    db_text(v->db, st, 2, v->owner);
    return db_run(v->db, st, e);
}

/* The number and the writer of the newest commit. */
static int last_commit(struct vault *v, char owner[OWNER_MAX], struct err *e) {
    struct stmt *st = db_query(v->db, QUERY_COMMIT_LAST);
    int r = db_step(v->db, st, e);
    v->committed = r > 0 ? db_col_u64(v->db, st, 0) : 0;
    str_copy(owner, OWNER_MAX, r > 0 ? db_col_text(v->db, st, 1) : "");
    db_reset(v->db, st);
    return r < 0 ? -1 : 0;
}

int server_begin(struct vault *v, struct err *e) {
    char name[OWNER_MAX] = "", marked[OWNER_MAX], place[160], owner[OWNER_MAX];
    if (database_name(v, name, e) < 0) return -1;
    mark_read(v->dir, SERVER_MARK, marked, place);
    if (marked[0] != '\0' && strcmp(marked, name) != 0)
        return err_set(
            e, ERR_REFUSED, "this state directory belongs to another database (%s): its market data would be lost",
            "ce dossier d’état appartient à une autre base de données (%s)\u00a0: ses données de marché seraient "
            "perdues",
            place);
    v->db->driver->place(v->db, place, sizeof place);
    if (marked[0] == '\0' && !v->read_only && mark_write(v->dir, SERVER_MARK, name, place, e) < 0) return -1;
    return last_commit(v, owner, e);
}

int server_mark_as(struct vault *v, const char *mark, struct err *e) {
    char name[OWNER_MAX] = "", place[160];
    if (database_name(v, name, e) < 0) return -1;
    v->db->driver->place(v->db, place, sizeof place);
    return mark_write(v->dir, mark, name, place, e);
}

int server_is_marked(struct vault *v, const char *mark, struct err *e) {
    char name[OWNER_MAX] = "", marked[OWNER_MAX], place[160];
    mark_read(v->dir, mark, marked, place);
    if (marked[0] == '\0') return 0;
    struct stmt *st = db_query(v->db, QUERY_COMMIT_OWNER);
    int r = db_step(v->db, st, e);
    if (r > 0) str_copy(name, sizeof name, db_col_text(v->db, st, 0));
    db_reset(v->db, st);
    return r < 0 ? -1 : strcmp(name, marked) == 0;
}

int server_commit(struct vault *v, uint64_t number, struct err *e) {
    if (number == 0 || !v->db->driver->remote) return 0;
    struct stmt *st = db_query(v->db, QUERY_COMMIT_ADD);
    db_u64(v->db, st, 1, number);
    db_text(v->db, st, 2, v->owner);
    if (db_run(v->db, st, e) < 0) return -1;
    if (number % COMMITS_EVERY != 0 || number <= COMMITS_KEPT) return 0;
    st = db_query(v->db, QUERY_COMMIT_RETAIN);
    db_u64(v->db, st, 1, number - COMMITS_KEPT);
    return db_run(v->db, st, e);
}

/* Nobody else can have written meanwhile, or what is in memory is not what is in the database: then it is said, and the
 * owner ends the process like after any commit that failed. */
int vault_adopt(struct vault *v, struct db *d, struct err *e) {
    char owner[OWNER_MAX];
    uint64_t before = v->committed;
    segments_close(v->segments);
    v->segments = NULL;
    db_close(v->db);
    v->db = d;
    if (last_commit(v, owner, e) < 0) return -1;
    if (v->committed > before && strcmp(owner, v->owner) != 0)
        return err_set(e, ERR_BUSY, "another mia has written to this database meanwhile",
                       "un autre mia a écrit dans cette base de données entre-temps");
    v->segments = segments_open(v->dir, v->db, v->read_only, e);
    return v->segments == NULL ? -1 : vault_load_ends(v, e);
}

static struct db *reach(const struct store_options *o, struct err *e) {
    struct buf where;
    struct db *d = NULL;
    buf_init(&where, SERVER_MAX);
    if (db_pg_where(o->server, &where, e) == 0) d = db_open(&db_pg, where.p, e);
    if (where.p != NULL) explicit_bzero(where.p, where.len);
    buf_clear(&where);
    return d;
}

int store_server_look(const struct store_options *o, struct store_server_state *out, struct err *e) {
    int latest = migrate_latest(migration_table);
    *out = (struct store_server_state){0};
    struct db *d = reach(o, e);
    if (d == NULL) return -1;
    int r = d->driver->guarantees(d, e) < 0 || migrate_version(d, &out->schema, e) < 0 ? -1 : 0;
    if (r == 0 && out->schema > latest) r = err_newer(e, (unsigned)out->schema, (unsigned)latest);
    d->driver->place(d, out->place, sizeof out->place);
    out->encrypted = d->driver->encrypted(d);
    db_close(d);
    return r;
}

int store_server_set_aside(const struct store_options *o, const char *name, struct err *e) {
    char schema[64];
    struct db *d = reach(o, e);
    if (d == NULL) return -1;
    snprintf(schema, sizeof schema, "mia-%.50s", name);
    int r = d->driver->claim(d, e);
    if (r == 0 && d->driver->set_aside(d, schema) < 0) r = d->driver->explain(d, e);
    if (r == 0) log_error("store", "tables set aside in schema %s", schema);
    db_close(d);
    return r;
}
