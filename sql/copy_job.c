/*
 * copy_job: fills a copy while others commit. Market segments first: they only grow, so
 * what is copied stays right. Then the database through its own connection (a file copy
 * of a live WAL database can be torn), and, in the step that ends it, what the segments
 * grew by meanwhile: so the copy is of one moment. Retention is held off all the while.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/mem.h"
#include "sql/copy.h"
#include "sql/job.h"
#include "sql/migrate.h"

#define STEP_BYTES (1u << 20)
#define BLOCK_BYTES (64u << 10)

enum phase { PHASE_BEGIN, PHASE_SEGMENTS, PHASE_DATABASE, PHASE_NONE };

struct copy {
    struct store_job job;
    char to[PATH_MAX];
    enum store_copy what;
    enum phase phase;
    bool made, held;
    int journal_fd;
    struct segment_row *days;
    size_t count, next;
    const struct db_driver *driver; /* of db */
    struct db_copy *db;
    uint64_t done, total;
    uint8_t block[BLOCK_BYTES];
};

static int io_error(struct err *e, const char *name) {
    if (errno == ENOSPC || errno == EDQUOT)
        return err_set(e, ERR_IO, "copying %s: the disk is full", "copie de %s : le disque est plein", name);
    return err_set(e, ERR_IO, "copying %s: %s", "copie de %s : %s", name, strerror(errno));
}

static int list_days(struct vault *v, struct copy *c, struct err *e) {
    size_t cap = 0;
    int r;
    free(c->days);
    c->days = NULL;
    c->count = c->next = 0;
    struct stmt *st = db_query(v->db, QUERY_SEGMENT_LIST);
    db_i64(v->db, st, 1, -1);
    while ((r = db_step(v->db, st, e)) > 0) {
        if (c->count == cap) c->days = xreallocarray(c->days, cap = cap ? 2 * cap : 64, sizeof *c->days);
        segment_row_read(v->db, st, &c->days[c->count++]);
    }
    db_reset(v->db, st);
    return r;
}

static int copy_block(struct copy *c, int from, int to, uint64_t at, size_t want) {
    ssize_t got;
    while ((got = pread(from, c->block, want, (off_t)at)) < 0 && errno == EINTR) continue;
    if (got == 0) errno = EIO; /* shorter than its row says */
    if (got <= 0) return -1;
    for (ssize_t put = 0; put < got;) {
        ssize_t n = pwrite(to, c->block + put, (size_t)(got - put), (off_t)at + put);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) errno = ENOSPC;
        if (n <= 0) return -1;
        put += n;
    }
    return (int)got;
}

/* Goes on with one day where its copy ends, at most `most` bytes. 1: there is more of it; 0: it is whole. */
static int copy_day(struct vault *v, struct copy *c, const struct segment_row *row, uint64_t most, struct err *e) {
    char name[SEGMENT_NAME_MAX];
    struct stat st = {0};
    segment_name(name, row->day);
    int from = openat(segments_dir(v->segments), name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    int to = openat(c->journal_fd, name, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int r = from < 0 || to < 0 || fstat(to, &st) < 0 ? -1 : 0;
    uint64_t at = (uint64_t)st.st_size, end = row->bytes - at > most ? at + most : row->bytes;
    while (r >= 0 && at < end) {
        r = copy_block(c, from, to, at, end - at < BLOCK_BYTES ? (size_t)(end - at) : BLOCK_BYTES);
        if (r > 0) at += (uint64_t)r;
    }
    c->done += at - (uint64_t)st.st_size;
    if (r < 0) io_error(e, name);
    if (from >= 0) close(from);
    if (to >= 0) close(to);
    return r < 0 ? -1 : at < row->bytes;
}

/* What is looked at where it is: it costs little and is about the running store, not about its copy. */
static int look_around(struct vault *v, struct err *e) {
    if (v->db->driver->guarantees(v->db, e) < 0 || migrate_check(v->db, migration_table, e) < 0) return -1;
    return segments_check(v->segments, e);
}

static int begin(struct vault *v, struct copy *c, struct err *e) {
    char path[PATH_MAX];
    if (v->db->driver->copy_open == NULL)
        return err_set(e, ERR_REFUSED, "this database is not a file: use its own tools to copy it",
                       "cette base de données n’est pas un fichier : copiez-la avec ses propres outils");
    if (c->what == STORE_COPY_DATABASE && look_around(v, e) < 0) return -1;
    if (c->what == STORE_COPY_DATABASE && v->server != NULL) {
        c->phase = PHASE_NONE; /* a server is looked through by itself, while others commit */
        return v->db->driver->check(v->db, e);
    }
    if (copy_make(c->to, c->what, e) < 0) return -1;
    c->made = true;
    c->held = true;
    v->loads++;
    vault_bytes(v->dir, &c->total);
    c->phase = PHASE_DATABASE;
    if (c->what == STORE_COPY_DATABASE || v->segments == NULL) return 0;
    c->phase = PHASE_SEGMENTS;
    if (copy_path(path, c->to, "journal", e) < 0) return -1;
    c->journal_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (c->journal_fd < 0) return io_error(e, path);
    return list_days(v, c, e);
}

static int segments(struct vault *v, struct copy *c, struct err *e) {
    uint64_t most = STEP_BYTES, before = c->done;
    while (c->next < c->count && c->done - before < most) {
        int r = copy_day(v, c, &c->days[c->next], most - (c->done - before), e);
        if (r < 0) return -1;
        if (r == 0) c->next++;
    }
    if (c->next == c->count) c->phase = PHASE_DATABASE;
    return 0;
}

/* What came in since: the rows are those that the copy of the database has. */
static int tails(struct vault *v, struct copy *c, struct err *e) {
    if (c->journal_fd < 0) return 0;
    if (list_days(v, c, e) < 0) return -1;
    for (; c->next < c->count; c->next++)
        if (copy_day(v, c, &c->days[c->next], UINT64_MAX, e) < 0) return -1;
    return 0;
}

static enum job_step database(struct vault *v, struct copy *c, struct err *e) {
    char path[PATH_MAX];
    if (c->db == NULL) {
        if (copy_path(path, c->to, DATABASE_FILE, e) < 0) return JOB_FAILED;
        c->driver = v->db->driver;
        c->db = c->driver->copy_open(v->db, path, e);
        if (c->db == NULL) return JOB_FAILED;
    }
    int r = v->db->driver->copy_step(c->db, &c->done, e);
    if (r < 0) return JOB_FAILED;
    if (r > 0) return JOB_AGAIN;
    return tails(v, c, e) < 0 ? JOB_FAILED : JOB_DONE;
}

static enum job_step copy_step(struct vault *v, struct store_job *j, struct err *e) {
    struct copy *c = (struct copy *)j;
    job_advance(j, c->done, c->total > c->done ? c->total : c->done);
    switch (c->phase) {
    case PHASE_BEGIN: return begin(v, c, e) < 0 ? JOB_FAILED : JOB_AGAIN;
    case PHASE_SEGMENTS: return segments(v, c, e) < 0 ? JOB_FAILED : JOB_AGAIN;
    case PHASE_DATABASE: return database(v, c, e);
    case PHASE_NONE: return JOB_DONE;
    }
    return JOB_FAILED;
}

static void copy_end(struct vault *v, struct store_job *j, bool failed) {
    struct copy *c = (struct copy *)j;
    if (c->db != NULL) c->driver->copy_close(c->db);
    if (c->held) v->loads--;
    if (c->journal_fd >= 0) close(c->journal_fd);
    free(c->days);
    if (failed && c->made) store_copy_remove(c->to);
}

struct store_job *job_copy(const char *to, enum store_copy what) {
    struct copy *c = xcalloc(1, sizeof *c);
    c->job.step = copy_step;
    c->job.end = copy_end;
    c->what = what;
    c->journal_fd = -1;
    if (!str_copy(c->to, sizeof c->to, to)) c->to[0] = '\0'; /* which cannot be made */
    return &c->job;
}
