/*
 * backup: a state directory that can be opened as it is: the database through its own
 * connection (a file copy of a live WAL database can be torn), and every market segment up
 * to its committed length. Written under a temporary name and renamed when all of it is
 * durable, so a backup that exists is whole. Restoring copies one back into an empty place.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sql/lock.h"
#include "sql/vault.h"

struct place {
    char part[PATH_MAX], database[PATH_MAX], journal[PATH_MAX];
};

static int io_error(struct err *e, const char *path) {
    return err_set(e, ERR_IO, "backup %s: %s", "sauvegarde %s : %s", path, strerror(errno));
}

static int make_place(struct place *p, const char *to, struct err *e) {
    struct stat st;
    size_t n = strlen(to);
    while (n > 1 && to[n - 1] == '/') n--;
    if (n == 0 || n > PATH_MAX - 64)
        return err_set(e, ERR_USAGE, "a backup needs the name of a new directory",
                       "une sauvegarde demande le nom d’un nouveau dossier");
    if (lstat(to, &st) == 0)
        return err_set(e, ERR_REFUSED, "%s exists already: a backup is never overwritten",
                       "%s existe déjà : une sauvegarde n’est jamais écrasée", to);
    snprintf(p->part, sizeof p->part, "%.*s.part", (int)n, to);
    snprintf(p->database, sizeof p->database, "%.*s.part/" DATABASE_FILE, (int)n, to);
    snprintf(p->journal, sizeof p->journal, "%.*s.part/journal", (int)n, to);
    if (mkdir(p->part, 0700) < 0 || mkdir(p->journal, 0700) < 0) return io_error(e, p->part);
    /* Made here so that it is 0600 from its first byte. */
    int fd = open(p->database, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return io_error(e, p->database);
    close(fd);
    return 0;
}

static int sync_path(const char *path, int flags, struct err *e) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | flags);
    int r = fd < 0 ? -1 : fsync(fd);
    if (r < 0) io_error(e, path);
    if (fd >= 0) close(fd);
    return r;
}

static int copy_segments(struct vault *v, const struct place *p, struct err *e) {
    int fd = open(p->journal, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return io_error(e, p->journal);
    int r = segments_copy(v->segments, fd, e);
    close(fd);
    return r;
}

static int sync_parent(const char *to, struct err *e) {
    char parent[PATH_MAX];
    const char *slash = strrchr(to, '/');
    if (slash == NULL) return sync_path(".", O_DIRECTORY, e);
    if (!str_copy_n(parent, sizeof parent, to, slash == to ? 1 : (size_t)(slash - to))) return 0;
    return sync_path(parent, O_DIRECTORY, e);
}

int vault_backup(struct vault *v, const char *to, struct err *e) {
    struct place p;
    char name[PATH_MAX];
    if (make_place(&p, to, e) < 0) return -1;
    if (v->db->driver->backup(v->db, p.database) < 0)
        return err_set(e, ERR_IO, "the database cannot be copied to %s",
                       "impossible de copier la base de données dans %s", p.database);
    if (sync_path(p.database, 0, e) < 0 || copy_segments(v, &p, e) < 0) return -1;
    if (sync_path(p.journal, O_DIRECTORY, e) < 0 || sync_path(p.part, O_DIRECTORY, e) < 0) return -1;
    str_copy_n(name, sizeof name, p.part, strlen(p.part) - strlen(".part"));
    if (rename(p.part, name) < 0) return io_error(e, name);
    return sync_parent(name, e);
}

/* Segments first, the database last: as long as there is no database there, the restore has not happened. */
static int move_in(const char *part, const char *dir, struct err *e) {
    static const char *const names[] = {"journal", DATABASE_FILE};
    char from[PATH_MAX], to[PATH_MAX];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (snprintf(from, sizeof from, "%s/%s", part, names[i]) >= (int)sizeof from ||
            snprintf(to, sizeof to, "%s/%s", dir, names[i]) >= (int)sizeof to)
            return err_set(e, ERR_RANGE, "the name of the directory is too long", "le nom du dossier est trop long");
        if (rename(from, to) < 0) return io_error(e, to);
        if (sync_path(dir, O_DIRECTORY, e) < 0) return -1;
    }
    if (rmdir(part) < 0) return io_error(e, part);
    return 0;
}

int store_restore(const char *backup, const char *dir, struct err *e) {
    struct vault v;
    struct store_options o = {.dir = backup, .read_only = true};
    struct stat st;
    char path[PATH_MAX];
    if (strlen(dir) > sizeof path - 64)
        return err_set(e, ERR_RANGE, "the name of the directory is too long", "le nom du dossier est trop long");
    snprintf(path, sizeof path, "%s/" DATABASE_FILE, dir);
    if (lstat(path, &st) == 0)
        return err_set(e, ERR_REFUSED, "%s exists: move that state away first", "%s existe : déplacez d’abord cet état",
                       path);
    if (mkdir(dir, 0700) < 0 && errno != EEXIST) return io_error(e, dir);
    int lock = lock_take(dir, e);
    if (lock < 0) return -1;
    snprintf(path, sizeof path, "%s/restore", dir);
    int r = vault_open(&v, &o, e);
    if (r == 0) {
        r = vault_check(&v, e) < 0 || vault_backup(&v, path, e) < 0 || move_in(path, dir, e) < 0 ? -1 : 0;
        vault_close(&v);
    }
    lock_release(lock);
    return r;
}
