/*
 * db_sqlite_wal: see db_sqlite_wal.h. Owns what was written and not given to the system yet, one piece a WAL.
 *
 * Nothing may notice: whatever asks the file (a read, a sync, its size, a truncation, its end) comes after what was held
 * back. A piece that the system refuses stays, its error is that call's, and the next one tries again: the sync before
 * which SQLite takes no commit for durable cannot pass it by. A kill finds less in the file than SQLite had written, as
 * any crash before a sync may.
 */
#include "sql/db_sqlite_wal.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>

/* The header of a WAL and eight frames, for a command changes six or seven pages: a larger commit goes in several pieces. */
#define PIECE_MAX (32 + 8 * (24 + 4096))

struct wal {
    sqlite3_file base;
    sqlite3_int64 at; /* of the piece in the file */
    int n;
    unsigned char *piece;
    union {
        sqlite3_file file; /* of the default VFS; as long as that says */
        sqlite3_int64 alignment;
    } real;
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;

static sqlite3_file *real(sqlite3_file *f) {
    return &((struct wal *)(void *)f)->real.file;
}

static int flush(sqlite3_file *f) {
    struct wal *w = (struct wal *)(void *)f;
    if (w->n == 0) return SQLITE_OK;
    int rc = real(f)->pMethods->xWrite(real(f), w->piece, w->n, w->at);
    if (rc == SQLITE_OK) w->n = 0;
    return rc;
}

static int wal_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at) {
    struct wal *w = (struct wal *)(void *)f;
    if (w->n > 0 && (at != w->at + w->n || n > PIECE_MAX - w->n)) {
        int rc = flush(f);
        if (rc != SQLITE_OK) return rc;
    }
    if (n > PIECE_MAX) return real(f)->pMethods->xWrite(real(f), bytes, n, at);
    if (w->n == 0) w->at = at;
    memcpy(w->piece + w->n, bytes, (size_t)n);
    w->n += n;
    return SQLITE_OK;
}

static int wal_read(sqlite3_file *f, void *out, int n, sqlite3_int64 at) {
    int rc = flush(f);
    return rc == SQLITE_OK ? real(f)->pMethods->xRead(real(f), out, n, at) : rc;
}

static int wal_truncate(sqlite3_file *f, sqlite3_int64 size) {
    int rc = flush(f);
    return rc == SQLITE_OK ? real(f)->pMethods->xTruncate(real(f), size) : rc;
}

static int wal_sync(sqlite3_file *f, int flags) {
    int rc = flush(f);
    return rc == SQLITE_OK ? real(f)->pMethods->xSync(real(f), flags) : rc;
}

static int wal_size(sqlite3_file *f, sqlite3_int64 *size) {
    int rc = flush(f);
    return rc == SQLITE_OK ? real(f)->pMethods->xFileSize(real(f), size) : rc;
}

static int wal_close(sqlite3_file *f) {
    int rc = flush(f), closed = real(f)->pMethods->xClose(real(f));
    sqlite3_free(((struct wal *)(void *)f)->piece);
    return rc != SQLITE_OK ? rc : closed;
}

static int wal_control(sqlite3_file *f, int op, void *arg) {
    int rc = flush(f);
    return rc == SQLITE_OK ? real(f)->pMethods->xFileControl(real(f), op, arg) : rc;
}

/* Locks and shared memory are the database file's: SQLite asks a WAL for none. */
static int wal_lock(sqlite3_file *f, int level) {
    return real(f)->pMethods->xLock(real(f), level);
}

static int wal_unlock(sqlite3_file *f, int level) {
    return real(f)->pMethods->xUnlock(real(f), level);
}

static int wal_reserved(sqlite3_file *f, int *out) {
    return real(f)->pMethods->xCheckReservedLock(real(f), out);
}

static int wal_sector(sqlite3_file *f) {
    return real(f)->pMethods->xSectorSize(real(f));
}

static int wal_device(sqlite3_file *f) {
    return real(f)->pMethods->xDeviceCharacteristics(real(f));
}

static const sqlite3_io_methods wal_methods = {.iVersion = 1,
                                               .xClose = wal_close,
                                               .xRead = wal_read,
                                               .xWrite = wal_write,
                                               .xTruncate = wal_truncate,
                                               .xSync = wal_sync,
                                               .xFileSize = wal_size,
                                               .xLock = wal_lock,
                                               .xUnlock = wal_unlock,
                                               .xCheckReservedLock = wal_reserved,
                                               .xFileControl = wal_control,
                                               .xSectorSize = wal_sector,
                                               .xDeviceCharacteristics = wal_device};

/* Every other file is the default VFS's alone. */
static int open_file(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) {
    (void)v;
    if ((flags & SQLITE_OPEN_WAL) == 0) return real_vfs->xOpen(real_vfs, name, f, flags, out);
    struct wal *w = (struct wal *)(void *)f;
    w->base.pMethods = NULL; /* until it is open */
    w->n = 0;
    w->piece = sqlite3_malloc(PIECE_MAX);
    int rc = w->piece != NULL ? real_vfs->xOpen(real_vfs, name, real(f), flags, out) : SQLITE_NOMEM;
    if (rc == SQLITE_OK)
        w->base.pMethods = &wal_methods;
    else
        sqlite3_free(w->piece);
    return rc;
}

static void make_vfs(void) {
    real_vfs = sqlite3_vfs_find(NULL);
    if (real_vfs == NULL) return;
    vfs = *real_vfs;
    vfs.pNext = NULL;
    vfs.zName = "mia";
    vfs.szOsFile = (int)offsetof(struct wal, real) + real_vfs->szOsFile;
    vfs.xOpen = open_file;
    if (sqlite3_vfs_register(&vfs, 0) != SQLITE_OK) real_vfs = NULL;
}

const char *wal_vfs(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_vfs);
    return real_vfs != NULL ? vfs.zName : NULL;
}
