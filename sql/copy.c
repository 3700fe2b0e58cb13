/*
 * copy: what is done with a copy besides filling it (sql/copy_job.c): its place, looking
 * through it, making it durable, removing it. Blocks; knows no running store.
 */
#include "sql/copy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql/load.h"
#include "sql/migrate.h"
#include "sql/query.h"

#define VERIFY_ROWS 4096 /* of the audit chain at once */

static int io_error(struct err *e, const char *path) {
    return err_set(e, ERR_IO, "%s: %s", "%s : %s", path, strerror(errno));
}

int copy_path(char out[PATH_MAX], const char *dir, const char *name, struct err *e) {
    size_t n = strlen(dir);
    if (n + strlen(name) + 2 > PATH_MAX)
        return err_set(e, ERR_RANGE, "the name of the directory is too long", "le nom du dossier est trop long");
    memcpy(out, dir, n);
    snprintf(out + n, PATH_MAX - n, "/%s", name);
    return 0;
}

int copy_part(char part[PATH_MAX], const char *to, struct err *e) {
    struct stat st;
    size_t n = strlen(to);
    while (n > 1 && to[n - 1] == '/') n--;
    if (n == 0 || n > PATH_MAX - 64)
        return err_set(e, ERR_USAGE, "a backup needs the name of a new directory",
                       "une sauvegarde demande le nom d’un nouveau dossier");
    if (lstat(to, &st) == 0)
        return err_set(e, ERR_REFUSED, "%s exists already: a backup is never overwritten",
                       "%s existe déjà : une sauvegarde n’est jamais écrasée", to);
    snprintf(part, PATH_MAX, "%.*s.part", (int)n, to);
    return 0;
}

/* Of a copy whose maker was killed: nobody else gives a state such a name. */
static bool left_over(const char *dir) {
    char path[PATH_MAX];
    struct stat st;
    return copy_path(path, dir, DATABASE_FILE, NULL) == 0 && lstat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int copy_make(const char *dir, enum store_copy what, struct err *e) {
    char path[PATH_MAX];
    if (copy_path(path, dir, "journal", e) < 0) return -1;
    bool made = mkdir(dir, 0700) == 0;
    if (!made && errno == EEXIST && left_over(dir)) {
        store_copy_remove(dir);
        made = mkdir(dir, 0700) == 0;
    }
    if (!made) return io_error(e, dir);
    if (what == STORE_COPY_ALL && mkdir(path, 0700) < 0) return io_error(e, path);
    /* Made here so that it is 0600 from its first byte. */
    copy_path(path, dir, DATABASE_FILE, e);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return io_error(e, path);
    close(fd);
    return 0;
}

/* ---- looking through ---- */

static int check_database(const char *dir, struct err *e) {
    char path[PATH_MAX];
    if (copy_path(path, dir, DATABASE_FILE, e) < 0) return -1;
    struct db *d = db_open(&db_sqlite, path, e);
    int r = d == NULL ? -1 : d->driver->check(d, e);
    db_close(d);
    return r;
}

static bool no_event(void *arg, const struct event *ev) {
    (void)arg;
    (void)ev;
    return true;
}

/* Every event that is kept can be read, and none is missing in between. */
static int check_events(struct vault *v, struct err *e) {
    int64_t first;
    int r;
    if (db_number(v->db, QUERY_JOURNAL_FIRST, 1, &first, e) < 0) return -1;
    struct load *l = load_new((uint64_t)first - 1, no_event);
    do { r = load_step(v, l, &l->chunk[0], e); } while (r == 0 && !l->chunk[0].last);
    load_free(l);
    return r;
}

static int check_snapshot(struct vault *v, struct err *e) {
    struct read_args a = {0};
    struct buf b;
    bool more = false;
    buf_init(&b, RESULT_MAX);
    int r = read_snapshot.run(v, &a, &b, &more, e);
    buf_clear(&b);
    return r < 0 ? -1 : 0;
}

static int check_all(const struct store_options *o, struct err *e) {
    struct vault v;
    struct audit_walk w = {0};
    char path[PATH_MAX];
    if (vault_open(&v, o, e) < 0) return -1;
    int r = vault_check(&v, e);
    if (r == 0) r = check_snapshot(&v, e);
    if (r == 0) r = check_events(&v, e);
    for (int more = 1; r == 0 && more > 0;) {
        more = audit_walk_step(v.db, &w, VERIFY_ROWS, e);
        if (more < 0) r = -1;
    }
    vault_close(&v);
    /* Nobody else knows the copy yet: the lock's file is no part of it. */
    if (copy_path(path, o->dir, "lock", e) == 0) unlink(path);
    return r;
}

int store_copy_check(const char *copy, enum store_copy what, struct err *e) {
    const struct store_options o = {.dir = copy, .read_only = true};
    int r = what == STORE_COPY_ALL ? check_all(&o, e) : check_database(copy, e);
    return r < 0 ? err_prefix(e, "the copy", "la copie") : 0;
}

int copy_check_forward(const char *dir, struct err *e) {
    const struct store_options o = {.dir = dir};
    return check_all(&o, e) < 0 ? err_prefix(e, "the backup", "la sauvegarde") : 0;
}

/* ---- making it durable ---- */

int copy_sync_path(const char *path, struct err *e) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int r = fd < 0 ? -1 : fsync(fd);
    if (r < 0) io_error(e, path);
    if (fd >= 0) close(fd);
    return r;
}

int copy_sync_parent(const char *path, struct err *e) {
    char parent[PATH_MAX];
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') n--;
    while (n > 0 && path[n - 1] != '/') n--;
    while (n > 1 && path[n - 1] == '/') n--;
    if (n == 0) return copy_sync_path(".", e);
    return str_copy_n(parent, sizeof parent, path, n) ? copy_sync_path(parent, e) : 0;
}

struct owner {
    uid_t user;
    gid_t group;
};

static int sync_one(const char *path, const struct owner *o, struct err *e) {
    (void)o;
    return copy_sync_path(path, e);
}

static int give_one(const char *path, const struct owner *o, struct err *e) {
    return lchown(path, o->user, o->group) < 0 && errno != ENOENT ? io_error(e, path) : 0;
}

typedef int (*path_fn)(const char *path, const struct owner *o, struct err *e);

/* Files first, then the directories they are in. */
static int each_segment(const char *dir, path_fn fn, const struct owner *o, struct err *e) {
    char journal[PATH_MAX], path[PATH_MAX];
    int r = 0;
    if (copy_path(journal, dir, "journal", e) < 0) return -1;
    DIR *d = opendir(journal);
    if (d == NULL) return io_error(e, journal);
    for (struct dirent *f; r == 0 && (f = readdir(d)) != NULL;) {
        if (f->d_name[0] == '.') continue;
        r = copy_path(path, journal, f->d_name, e) < 0 ? -1 : fn(path, o, e);
    }
    closedir(d);
    return r < 0 ? -1 : fn(journal, o, e);
}

static int each_path(const char *dir, path_fn fn, const struct owner *o, struct err *e) {
    char path[PATH_MAX];
    if (copy_path(path, dir, DATABASE_FILE, e) < 0 || fn(path, o, e) < 0) return -1;
    return each_segment(dir, fn, o, e) < 0 ? -1 : fn(dir, o, e);
}

int copy_sync(const char *dir, struct err *e) {
    return each_path(dir, sync_one, NULL, e);
}

int copy_give(const char *dir, uid_t user, gid_t group, struct err *e) {
    const struct owner o = {user, group};
    char lock[PATH_MAX];
    if (copy_path(lock, dir, "lock", e) < 0 || give_one(lock, &o, e) < 0) return -1;
    return each_path(dir, give_one, &o, e);
}

int store_copy_seal(const char *copy, const char *to, struct err *e) {
    char name[PATH_MAX];
    size_t n = strlen(to);
    while (n > 1 && to[n - 1] == '/') n--;
    if (!str_copy_n(name, sizeof name, to, n))
        return err_set(e, ERR_RANGE, "the name of the directory is too long", "le nom du dossier est trop long");
    if (copy_sync(copy, e) < 0) return -1;
    if (renameat2(AT_FDCWD, copy, AT_FDCWD, name, RENAME_NOREPLACE) < 0) {
        if (errno != EINVAL && errno != ENOSYS) return io_error(e, name);
        if (rename(copy, name) < 0) return io_error(e, name); /* over a directory that holds something it fails too */
    }
    return copy_sync_parent(name, e);
}

/* ---- removing ---- */

void copy_remove_journal(const char *dir) {
    char path[PATH_MAX];
    int32_t day;
    if (copy_path(path, dir, "journal", NULL) < 0) return;
    DIR *d = opendir(path);
    if (d == NULL) return;
    for (struct dirent *f; (f = readdir(d)) != NULL;)
        if (segment_day_of_name(f->d_name, &day)) unlinkat(dirfd(d), f->d_name, 0);
    closedir(d);
    rmdir(path);
}

void store_copy_remove(const char *copy) {
    static const char *const names[] = {DATABASE_FILE, DATABASE_FILE "-wal", DATABASE_FILE "-shm",
                                        DATABASE_FILE "-journal", "lock"};
    char path[PATH_MAX];
    copy_remove_journal(copy);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (copy_path(path, copy, names[i], NULL) == 0) unlink(path);
    rmdir(copy);
}
