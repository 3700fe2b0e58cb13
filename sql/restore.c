/*
 * restore: a backup becomes a state directory. It is copied beside its place and looked
 * through there, so that what takes over is what was checked. Where a database is, the
 * two directories are exchanged in one step of the kernel; where none is, the database
 * is moved in last, and as long as it is not there nothing has happened. The lock of the
 * directory is held throughout.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sql/copy.h"
#include "sql/job.h"
#include "sql/lock.h"
#include "sql/migrate.h"

static int io_error(struct err *e, const char *path) {
    return err_set(e, ERR_IO, "%s: %s", "%s : %s", path, strerror(errno));
}

static bool is_there(const char *dir, const char *name) {
    char path[PATH_MAX];
    struct stat st;
    return copy_path(path, dir, name, NULL) == 0 && lstat(path, &st) == 0;
}

/* Whatever schema the backup has: an older one is brought forward in the copy. */
static int copy_backup(const char *backup, const char *part, struct err *e) {
    struct vault v;
    if (!is_there(backup, DATABASE_FILE))
        return err_set(e, ERR_NOT_FOUND, "%s is no backup: there is no " DATABASE_FILE " in it",
                       "%s n’est pas une sauvegarde : il n’y a pas de " DATABASE_FILE " dedans", backup);
    if (vault_open_as_it_is(&v, backup, e) < 0) return err_prefix(e, "the backup", "la sauvegarde");
    int r = job_run_all(&v, job_copy(part, STORE_COPY_ALL), e);
    vault_close(&v);
    if (r < 0) return -1;
    return copy_check_forward(part, e) < 0 ? -1 : copy_sync(part, e);
}

/* Root may restore for the user that the bot runs as: what takes over, and the lock, belong to whom the directory belongs. */
static int give(const char *part, const char *dir, struct err *e) {
    char lock[PATH_MAX];
    struct stat st;
    if (geteuid() != 0) return 0;
    if (stat(dir, &st) < 0) return io_error(e, dir);
    if (copy_path(lock, dir, "lock", e) < 0) return -1;
    if (lchown(lock, st.st_uid, st.st_gid) < 0) return io_error(e, lock);
    return copy_give(part, st.st_uid, st.st_gid, e);
}

/* ---- where no database is ---- */

static int move_in(const char *part, const char *dir, struct err *e) {
    static const char *const names[] = {"journal", DATABASE_FILE};
    char from[PATH_MAX], to[PATH_MAX];
    copy_remove_journal(dir); /* of a restore that was killed: without a database it belongs to nothing */
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (copy_path(from, part, names[i], e) < 0 || copy_path(to, dir, names[i], e) < 0) return -1;
        if (rename(from, to) < 0) return io_error(e, to);
        if (copy_sync_path(dir, e) < 0) return -1;
    }
    rmdir(part);
    return 0;
}

static int restore_into(const char *backup, const char *dir, struct err *e) {
    char part[PATH_MAX];
    if (is_there(dir, DATABASE_FILE "-wal") || is_there(dir, DATABASE_FILE "-journal"))
        return err_set(
            e, ERR_REFUSED, "%s holds a part of another database (" DATABASE_FILE "-wal): move it away first",
            "%s contient un morceau d’une autre base de données (" DATABASE_FILE "-wal) : déplacez-le d’abord", dir);
    if (copy_path(part, dir, "restore.part", e) < 0) return -1;
    store_copy_remove(part);
    int r = copy_backup(backup, part, e) < 0 || give(part, dir, e) < 0 ? -1 : move_in(part, dir, e);
    if (r < 0) store_copy_remove(part);
    return r;
}

/* ---- where one is ---- */

static int name_beside(char out[PATH_MAX], const char *dir, const char *suffix, struct err *e) {
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/') n--;
    if (n + strlen(suffix) + 1 > PATH_MAX)
        return err_set(e, ERR_RANGE, "the name of the directory is too long", "le nom du dossier est trop long");
    memcpy(out, dir, n);
    memcpy(out + n, suffix, strlen(suffix) + 1);
    return 0;
}

static int exchange(const char *dir, const char *aside, struct err *e) {
    if (renameat2(AT_FDCWD, dir, AT_FDCWD, aside, RENAME_EXCHANGE) == 0) return copy_sync_parent(dir, e);
    return err_set(e, ERR_REFUSED,
                   "%s cannot be exchanged in one step here (%s): move what is in it away and restore again",
                   "impossible d’échanger %s d’un seul coup ici (%s) : déplacez son contenu, puis restaurez de nouveau",
                   dir, strerror(errno));
}

/* The copy gets the name that the old state will have before the exchange, so that nothing is left to do after it. */
static int restore_aside(const char *backup, const char *name, char *aside, struct err *e) {
    char dir[PATH_MAX], part[PATH_MAX], suffix[48];
    struct tm tm;
    time_t now = time(NULL);
    if (realpath(name, dir) == NULL) return io_error(e, name); /* of a link, what it leads to */
    gmtime_r(&now, &tm);
    strftime(suffix, sizeof suffix, ".aside-%Y%m%dT%H%M%SZ", &tm);
    if (name_beside(part, dir, ".restore.part", e) < 0 || name_beside(aside, dir, suffix, e) < 0) return -1;
    store_copy_remove(part);
    int r = copy_backup(backup, part, e);
    int lock = r == 0 ? lock_take(part, NULL, e) : -1; /* nobody starts on it before this is over */
    if (lock < 0 || give(part, dir, e) < 0) r = -1;
    if (r == 0 && renameat2(AT_FDCWD, part, AT_FDCWD, aside, RENAME_NOREPLACE) < 0) r = io_error(e, aside);
    if (r == 0 && exchange(dir, aside, e) < 0) {
        r = -1;
        store_copy_remove(aside);
    }
    if (r < 0) store_copy_remove(part);
    lock_release(lock);
    return r;
}

/* ---- both ---- */

static int refuse(const char *dir, struct err *e) {
    return err_set(
        e, ERR_REFUSED,
        "%s holds a state already: with --aside it is kept under another name, and the backup takes its place",
        "%s contient déjà un état : avec --aside il est gardé sous un autre nom, et la sauvegarde prend sa "
        "place",
        dir);
}

int store_restore(const char *backup, const char *dir, char *aside, struct err *e) {
    if (aside != NULL) aside[0] = '\0';
    if (strlen(dir) > PATH_MAX - 64)
        return err_set(e, ERR_RANGE, "the name of the directory is too long", "le nom du dossier est trop long");
    if (mkdir(dir, 0700) < 0 && errno != EEXIST) return io_error(e, dir);
    int lock = lock_take(dir, NULL, e), r;
    if (lock < 0) return -1;
    bool there = is_there(dir, DATABASE_FILE) || is_there(dir, SERVER_MARK);
    if (there && aside == NULL)
        r = refuse(dir, e);
    else
        r = there ? restore_aside(backup, dir, aside, e) : restore_into(backup, dir, e);
    if (r < 0 && aside != NULL) aside[0] = '\0';
    lock_release(lock);
    return r;
}

int store_database_version(const char *dir, int *version, struct err *e) {
    struct vault v;
    if (vault_open_as_it_is(&v, dir, e) < 0) return -1;
    *version = v.schema;
    vault_close(&v);
    return 0;
}
