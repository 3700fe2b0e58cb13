/*
 * vault: opening and closing. The order matters: the lock first, then the connection with
 * its guarantees read back, the schema, the segments (whose tails are cut by what the
 * database says was committed), then what is kept in memory. Released in reverse.
 */
#include "sql/vault.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/hash.h"
#include "sql/migrate.h"

/* Makes the directory and what is missing above it, each 0700 and durable in the one above. */
static int make_dirs(char *path, struct err *e) {
    for (char *p = path + 1;; p++) {
        char end = *p;
        if (end != '/' && end != '\0') continue;
        *p = '\0';
        int made = mkdir(path, 0700);
        bool failed = made < 0 && errno != EEXIST && errno != EROFS && errno != EACCES;
        int why = errno;
        if (failed) err_set(e, ERR_IO, "%s cannot be created: %s", "impossible de créer %s : %s", path, strerror(why));
        *p = end;
        if (failed) return -1;
        if (end == '\0') return 0;
    }
}

static int sync_dir(const char *path, struct err *e) {
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = fd < 0 ? -1 : fsync(fd);
    if (r < 0) err_set(e, ERR_IO, "%s: %s", "%s : %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    return r;
}

static int open_dir(struct vault *v, const struct store_options *o, struct err *e) {
    struct stat st;
    if (!str_copy(v->dir, sizeof v->dir, o->dir) || v->dir[0] == '\0')
        return err_set(e, ERR_RANGE, "the name of the state directory is too long or empty",
                       "le nom du dossier d’état est trop long ou vide");
    if (!o->read_only && make_dirs(v->dir, e) < 0) return -1;
    if (stat(v->dir, &st) < 0 || !S_ISDIR(st.st_mode))
        return err_set(e, ERR_NOT_FOUND, "there is no state directory %s", "il n’y a pas de dossier d’état %s", v->dir);
    return 0;
}

static int connect_database(struct vault *v, struct err *e) {
    char path[PATH_MAX];
    struct stat st;
    if (server_fits(v->dir, v->server != NULL, e) < 0) return -1;
    if (v->server != NULL) {
        v->db = vault_connect(v, e);
        return v->db == NULL ? -1 : 0;
    }
    snprintf(path, sizeof path, "%s/" DATABASE_FILE, v->dir);
    if (v->read_only && stat(path, &st) < 0)
        return err_set(e, ERR_NOT_FOUND, "there is no database in %s: nothing has run here yet",
                       "il n’y a pas de base de données dans %s : rien n’a encore tourné ici", v->dir);
    v->db = db_open(&db_sqlite, path, e);
    if (v->db == NULL || v->db->driver->guarantees(v->db, e) < 0) return err_prefix(e, "%s", "%s", path);
    return 0;
}

static int open_database(struct vault *v, struct err *e) {
    if (connect_database(v, e) < 0) return -1;
    if (migrate_version(v->db, &v->schema_found, e) < 0) return -1;
    if (v->read_only && v->schema_found == 0)
        return err_set(e, ERR_NOT_FOUND, "the database is empty: nothing has run here yet",
                       "la base de données est vide : rien n’a encore tourné ici");
    bool is_older = v->schema_found > 0 && v->schema_found < migrate_latest(migration_table);
    if (is_older && v->older != NULL) {
        *v->older = true;
        return err_set(e, ERR_REFUSED, "the database is an older program's",
                       "la base de données est celle d’un programme plus ancien");
    }
    v->schema = v->schema_found;
    if (is_older && v->as_it_is) return v->db->driver->freeze(v->db) < 0 ? v->db->driver->explain(v->db, e) : 0;
    if (migrate_run(v->db, migration_table, v->read_only, &v->schema, e) < 0) return -1;
    if (v->server != NULL && server_begin(v, e) < 0) return -1;
    if (v->read_only && v->db->driver->freeze(v->db) < 0) return v->db->driver->explain(v->db, e);
    return v->read_only ? 0 : sync_dir(v->dir, e);
}

/* The journal ends where the newest event or the newest snapshot says: the events before a snapshot may be dropped. */
int vault_load_ends(struct vault *v, struct err *e) {
    static const enum query ends[] = {QUERY_JOURNAL_LAST, QUERY_SEGMENT_LAST, QUERY_SNAPSHOT_LAST};
    int64_t n;
    v->last_seq = 0;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        if (db_number(v->db, ends[i], 0, &n, e) < 0) return -1;
        if ((uint64_t)n > v->last_seq) v->last_seq = (uint64_t)n;
    }
    if (db_number(v->db, QUERY_DAY_LAST, INT32_MIN, &n, e) < 0) return -1;
    v->last_day = (int32_t)n;
    return audit_load(v->db, &v->audit, e);
}

static int set_server(struct vault *v, const struct store_server *server, struct err *e) {
    struct buf where;
    uint8_t owner[(OWNER_MAX - 1) / 2];
    buf_init(&where, SERVER_MAX);
    if (getrandom(owner, sizeof owner, 0) != (ssize_t)sizeof owner)
        return err_set(e, ERR_IO, "no random bytes: %s", "pas d’octets aléatoires : %s", strerror(errno));
    hex_text(v->owner, owner, sizeof owner);
    int r = db_pg_where(server, &where, e);
    if (r == 0 && where.overflow)
        r = err_set(e, ERR_USAGE, "the address of PostgreSQL is too long", "l’adresse de PostgreSQL est trop longue");
    if (r == 0) v->server = buf_detach(&where);
    buf_clear(&where);
    return r;
}

int vault_reach(struct vault *v, const struct store_options *o, struct err *e) {
    *v = (struct vault){.lock_fd = -1};
    if (o->server == NULL)
        return err_set(e, ERR_USAGE, "state.url names no PostgreSQL", "state.url ne nomme aucun PostgreSQL");
    if (open_dir(v, o, e) == 0 && set_server(v, o->server, e) == 0) v->lock_fd = lock_take(v->dir, NULL, e);
    if (v->lock_fd >= 0) return 0;
    vault_close(v);
    return -1;
}

int vault_open(struct vault *v, const struct store_options *o, struct err *e) {
    *v = (struct vault){.read_only = o->read_only,
                        .as_it_is = o->as_it_is,
                        .older = o->older,
                        .journal_keep_days = o->journal_keep_days,
                        .inbox_keep_days = o->inbox_keep_days,
                        .lock_fd = -1};
    if (open_dir(v, o, e) < 0 || (o->server != NULL && set_server(v, o->server, e) < 0)) return -1;
    v->lock_fd = lock_take(v->dir, &v->lock_left, e);
    if (v->lock_fd < 0) goto failed;
    if (open_database(v, e) < 0) goto failed;
    v->segments = segments_open(v->dir, v->db, v->read_only, e);
    if (v->segments == NULL || vault_load_ends(v, e) < 0) goto failed;
    return 0;
failed:
    vault_close(v);
    return -1;
}

int vault_open_as_it_is(struct vault *v, const char *dir, struct err *e) {
    struct store_options o = {.dir = dir, .read_only = true};
    *v = (struct vault){.read_only = true, .lock_fd = -1};
    if (open_dir(v, &o, e) < 0) return -1;
    v->lock_fd = lock_take(v->dir, &v->lock_left, e);
    if (v->lock_fd < 0) return -1;
    if (connect_database(v, e) < 0) goto failed;
    if (v->db->driver->freeze(v->db) < 0) {
        v->db->driver->explain(v->db, e);
        goto failed;
    }
    if (migrate_version(v->db, &v->schema, e) < 0) goto failed;
    if (v->schema == 0) return 0; /* nothing was ever kept there */
    v->segments = segments_open(v->dir, v->db, true, e);
    if (v->segments != NULL) return 0;
failed:
    vault_close(v);
    return -1;
}

void vault_close(struct vault *v) {
    segments_close(v->segments);
    db_close(v->db);
    if (v->read_only)
        lock_give_back(v->lock_fd, &v->lock_left);
    else
        lock_release(v->lock_fd);
    if (v->server != NULL) explicit_bzero(v->server, strlen(v->server));
    free(v->server);
    *v = (struct vault){.lock_fd = -1};
}

int vault_check(struct vault *v, struct err *e) {
    if (v->db->driver->guarantees(v->db, e) < 0 || migrate_check(v->db, migration_table, e) < 0) return -1;
    return v->db->driver->check(v->db, e) < 0 || segments_check(v->segments, e) < 0 ? -1 : 0;
}

int vault_seq_before_day(struct vault *v, int32_t day, uint64_t *out, struct err *e) {
    struct stmt *st = db_query(v->db, QUERY_DAY_FIRST_SEQ);
    db_i64(v->db, st, 1, day);
    int r = db_step(v->db, st, e);
    if (r < 0) return -1;
    *out = r == 0 || db_col_null(v->db, st, 0) ? v->last_seq : db_col_u64(v->db, st, 0) - 1;
    db_reset(v->db, st);
    return 0;
}

/* Sizes of the files of a directory whose names begin so; -1 where it cannot be read. */
static int dir_bytes(const char *path, const char *prefix, uint64_t *sum) {
    DIR *dir = opendir(path);
    if (dir == NULL) return -1;
    for (struct dirent *f; (f = readdir(dir)) != NULL;) {
        struct stat st;
        if (strncmp(f->d_name, prefix, strlen(prefix)) != 0) continue;
        if (fstatat(dirfd(dir), f->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
            *sum += (uint64_t)st.st_size;
    }
    closedir(dir);
    return 0;
}

int vault_bytes(const char *dir, uint64_t *out) {
    char path[PATH_MAX];
    *out = 0;
    snprintf(path, sizeof path, "%s/journal", dir);
    return dir_bytes(dir, DATABASE_FILE, out) < 0 || dir_bytes(path, "", out) < 0 ? -1 : 0;
}
