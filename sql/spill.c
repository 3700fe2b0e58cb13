/*
 * spill: the file of an outage. Owned by the store's thread. Appends only, and is emptied only when the server has
 * everything that is in it.
 */
#include "sql/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/base/version.h"
#include "sql/batch.h"

#define FILE_NAME "pending"
#define SPILL_FORMAT 1 /* of the batches inside: moved by hand where one changes and its size does not */

static const char magic[8] = "MIAPEND1";

struct file_head {
    char magic[8];
    uint64_t fingerprint;
};
struct record_head {
    uint32_t crc, length;
    uint64_t number;
};

struct spill {
    int dir_fd, fd; /* fd -1: no file yet */
    uint64_t size, count, read_at;
    bool dirty;
};

/* Two builds that lay out batches differently must not read each other's. */
static uint64_t fingerprint(void) {
    const uint64_t layout[] = {SPILL_FORMAT,
                               ENGINE_FORMAT,
                               OP_COUNT,
                               sizeof(struct op_head),
                               sizeof(struct op_event),
                               sizeof(struct op_daily),
                               sizeof(struct op_snapshot),
                               sizeof(struct op_attempt),
                               sizeof(struct op_end),
                               sizeof(struct signal),
                               sizeof(struct trade),
                               sizeof(struct outbox_row)};
    return hash64(layout, sizeof layout, hash64(MIA_VERSION, sizeof MIA_VERSION, 0));
}

static int file_error(struct err *e) {
    if (errno == ENOSPC || errno == EDQUOT)
        return err_set(e, ERR_IO, "the commits of the outage cannot be kept: the disk is full",
                       "les écritures de la panne ne peuvent pas être gardées : le disque est plein");
    return err_set(e, ERR_IO, FILE_NAME ": %s", FILE_NAME " : %s", strerror(errno));
}

static uint32_t record_crc(const struct record_head *h, const void *bytes) {
    uLong crc = crc32(0, (const Bytef *)&h->length, sizeof *h - sizeof h->crc);
    return (uint32_t)crc32(crc, bytes, h->length);
}

/* One whole record at `at` into out. 1, 0: not a whole one, -1. */
static int record_read(struct spill *s, uint64_t at, struct record_head *h, struct buf *out) {
    ssize_t got = pread(s->fd, h, sizeof *h, (off_t)at);
    if (got < 0) return -1;
    if (got != (ssize_t)sizeof *h || h->length > STORE_BATCH_MAX || at + sizeof *h + h->length > s->size) return 0;
    char *bytes = xmalloc((size_t)h->length + 1);
    got = pread(s->fd, bytes, h->length, (off_t)(at + sizeof *h));
    bool whole = got == (ssize_t)h->length && record_crc(h, bytes) == h->crc;
    if (whole && out != NULL) buf_add(out, bytes, h->length);
    free(bytes);
    return got < 0 ? -1 : whole;
}

/* Counts what is there and cuts off what was never whole. */
static int look_through(struct spill *s, struct err *e) {
    struct file_head head;
    struct record_head h;
    struct stat st;
    int r = 1;
    if (fstat(s->fd, &st) < 0) return file_error(e);
    s->size = (uint64_t)st.st_size;
    if (pread(s->fd, &head, sizeof head, 0) != (ssize_t)sizeof head) s->size = 0;
    uint64_t at = sizeof head;
    if (s->size == 0) return ftruncate(s->fd, 0) < 0 ? file_error(e) : 0;
    if (memcmp(head.magic, magic, sizeof magic) != 0 || head.fingerprint != fingerprint())
        return err_set(
            e, ERR_REFUSED,
            "the state directory keeps commits of an outage (" FILE_NAME ") that another version of mia wrote: "
            "start that version once, while the database is there",
            "le dossier d’état garde des écritures d’une panne (" FILE_NAME ") faites par une autre version de "
            "mia : démarrez une fois cette version-là, base de données présente");
    while (at < s->size && (r = record_read(s, at, &h, NULL)) > 0) {
        at += sizeof h + h.length;
        s->count++;
    }
    if (r < 0) return file_error(e);
    if (at < s->size)
        log_warn("store", "%llu bytes of an unfinished commit removed", (unsigned long long)(s->size - at));
    s->size = at;
    return ftruncate(s->fd, (off_t)at) < 0 ? file_error(e) : 0;
}

struct spill *spill_open(const char *dir, struct err *e) {
    struct spill *s = xcalloc(1, sizeof *s);
    s->fd = -1;
    s->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir_fd >= 0) s->fd = openat(s->dir_fd, FILE_NAME, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    bool bad = s->dir_fd < 0 || (s->fd < 0 && errno != ENOENT);
    if (bad) file_error(e);
    if (!bad && s->fd >= 0) bad = look_through(s, e) < 0;
    if (!bad) return s;
    spill_close(s);
    return NULL;
}

void spill_close(struct spill *s) {
    if (s == NULL) return;
    if (s->fd >= 0) close(s->fd);
    if (s->dir_fd >= 0) close(s->dir_fd);
    free(s);
}

static int write_at(struct spill *s, const void *bytes, size_t n, uint64_t at) {
    const char *p = bytes;
    while (n > 0) {
        ssize_t done = pwrite(s->fd, p, n, (off_t)at);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            if (done == 0) errno = ENOSPC;
            return -1;
        }
        p += done;
        n -= (size_t)done;
        at += (uint64_t)done;
    }
    return 0;
}

static int begin_file(struct spill *s, struct err *e) {
    struct file_head head = {.fingerprint = fingerprint()};
    memcpy(head.magic, magic, sizeof magic);
    if (s->fd < 0) {
        s->fd = openat(s->dir_fd, FILE_NAME, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (s->fd < 0 || fsync(s->dir_fd) < 0) return file_error(e);
    }
    if (write_at(s, &head, sizeof head, 0) < 0) return file_error(e);
    s->size = sizeof head;
    return 0;
}

int spill_add(struct spill *s, uint64_t number, const void *bytes, size_t n, struct err *e) {
    struct record_head h = {.length = (uint32_t)n, .number = number};
    if (s->size + sizeof h + n > SPILL_MAX)
        return err_set(e, ERR_FULL, "the database has been gone for too long: more than %llu MB wait for it",
                       "la base de données manque depuis trop longtemps : plus de %llu Mo l’attendent",
                       SPILL_MAX >> 20);
    if (s->size == 0 && begin_file(s, e) < 0) return -1;
    h.crc = record_crc(&h, bytes);
    if (write_at(s, &h, sizeof h, s->size) < 0 || write_at(s, bytes, n, s->size + sizeof h) < 0) return file_error(e);
    s->size += sizeof h + n;
    s->count++;
    s->dirty = true;
    return 0;
}

int spill_sync(struct spill *s, struct err *e) {
    if (s->dirty && fdatasync(s->fd) < 0) return file_error(e);
    s->dirty = false;
    return 0;
}

uint64_t spill_count(const struct spill *s) {
    return s->count;
}

uint64_t spill_bytes(const struct spill *s) {
    return s->size;
}

void spill_rewind(struct spill *s) {
    s->read_at = sizeof(struct file_head);
}

int spill_next(struct spill *s, uint64_t *number, struct buf *out, struct err *e) {
    struct record_head h;
    if (s->read_at >= s->size) return 0;
    int r = record_read(s, s->read_at, &h, out);
    if (r == 0)
        return err_set(e, ERR_CORRUPT, "the commits of the outage (" FILE_NAME ") are damaged",
                       "les écritures de la panne (" FILE_NAME ") sont endommagées");
    if (r < 0) return file_error(e);
    s->read_at += sizeof h + h.length;
    *number = h.number;
    return 1;
}

int spill_clear(struct spill *s, struct err *e) {
    if (s->size > 0 && (ftruncate(s->fd, 0) < 0 || fdatasync(s->fd) < 0)) return file_error(e);
    s->size = s->count = s->read_at = 0;
    s->dirty = false;
    return 0;
}
