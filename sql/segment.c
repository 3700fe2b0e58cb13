/*
 * segment: the writer. Owns the open files of the days being written and the frame that
 * is being filled. It runs inside the store's transaction: files are synced first, the
 * rows that make them count come with the commit. It never overwrites a committed byte.
 */
#include "sql/segment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/event.h"

#define FILES_OPEN_MAX 8  /* days written at once; one more syncs and closes the oldest */
#define PACK_LEVEL 1      /* market data is written while a replay runs at full speed */
#define PACK_WINDOW (-13) /* raw deflate, 8 KiB window: small state, bars repeat at short distance */
#define PACK_MEMORY 6

struct file {
    int fd; /* -1: free */
    bool dirty;
    uint64_t used;          /* for choosing the oldest */
    struct segment_row row; /* with what is not committed yet */
};

struct segments {
    struct db *db;
    int dir_fd;
    bool new_file; /* the directory has to be synced too */
    struct file file[FILES_OPEN_MAX];
    uint64_t clock;
    struct buf raw, packed; /* the frame being filled, and its packed form */
    struct frame frame;
    int32_t frame_day;
    z_stream deflate;
    bool deflate_ready;
};

static int file_error(struct err *e, const char *name) {
    if (errno == ENOSPC || errno == EDQUOT)
        return err_set(e, ERR_IO, "journal %s cannot grow: the disk is full",
                       "le journal %s ne peut plus grandir : le disque est plein", name);
    return err_set(e, ERR_IO, "journal %s: %s", "journal %s : %s", name, strerror(errno));
}

static int day_error(struct err *e, int32_t day) {
    char name[SEGMENT_NAME_MAX];
    int saved = errno;
    segment_name(name, day);
    errno = saved;
    return file_error(e, name);
}

static int write_all(int fd, const void *bytes, size_t n, uint64_t at) {
    const uint8_t *p = bytes;
    while (n > 0) {
        ssize_t done = pwrite(fd, p, n, (off_t)at);
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

/* ---- opening ---- */

bool segment_day_of_name(const char *name, int32_t *day) {
    int y, m, d;
    char again[SEGMENT_NAME_MAX];
    if (sscanf(name, "%4d-%2d-%2d.seg", &y, &m, &d) != 3) return false;
    *day = days_from_civil(y, m, d);
    segment_name(again, *day);
    return strcmp(again, name) == 0;
}

/* What a newer program has begun is not written on. An unreadable header is said by whoever reads the day. */
static int check_header(int fd, int32_t day, struct err *e) {
    uint8_t header[SEGMENT_HEADER];
    if (pread(fd, header, sizeof header, 0) != (ssize_t)sizeof header) return 0;
    int version = segment_header_version(header);
    return version > SEGMENT_VERSION ? segment_newer(day, version, e) : 0;
}

/* A file against its row: shorter is damage, longer is a commit that never came. */
static int check_file(struct segments *s, const struct segment_row *row, bool read_only, struct err *e) {
    char name[SEGMENT_NAME_MAX];
    struct stat st;
    segment_name(name, row->day);
    int fd = openat(s->dir_fd, name, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno != ENOENT) return file_error(e, name);
    if (fd < 0) return err_set(e, ERR_CORRUPT, "journal %s is missing", "le journal %s manque", name);
    int r = 0;
    if (fstat(fd, &st) < 0)
        r = file_error(e, name);
    else if ((uint64_t)st.st_size < row->bytes)
        r = err_set(e, ERR_CORRUPT, "journal %s is cut short: %lld bytes of %llu",
                    "le journal %s est tronqué : %lld octets sur %llu", name, (long long)st.st_size,
                    (unsigned long long)row->bytes);
    else if (check_header(fd, row->day, e) < 0)
        r = -1;
    else if ((uint64_t)st.st_size > row->bytes && !read_only) {
        log_info("store", "journal %s: %lld bytes of an unfinished commit removed", name,
                 (long long)st.st_size - (long long)row->bytes);
        if (ftruncate(fd, (off_t)row->bytes) < 0 || fdatasync(fd) < 0) r = file_error(e, name);
    }
    close(fd);
    return r;
}

/* Damage to an old day is said, and refused when somebody reads it (or by segments_check); to the newest day at once,
 * because it would be written on. `strict`: any damage. */
static int check_files(struct segments *s, bool read_only, bool strict, struct err *e) {
    int r;
    struct err bad = {0};
    struct stmt *st = db_query(s->db, QUERY_SEGMENT_LIST);
    db_i64(s->db, st, 1, -1);
    while ((r = db_step(s->db, st, e)) > 0) {
        struct segment_row row;
        segment_row_read(s->db, st, &row);
        bad.code = ERR_NONE;
        if (check_file(s, &row, read_only, &bad) == 0) continue;
        if (strict || bad.code != ERR_CORRUPT) break;
        log_error("store", "%s", bad.text[LANG_EN]);
    }
    db_reset(s->db, st);
    if (r < 0 || bad.code == ERR_NONE) return r < 0 ? -1 : 0;
    if (e != NULL) *e = bad;
    return -1;
}

int segments_check(struct segments *s, struct err *e) {
    return check_files(s, true, true, e);
}

/* 1: table `segments` has this day, and *row is filled. */
static int row_of_day(struct segments *s, int32_t day, struct segment_row *row, struct err *e) {
    struct stmt *st = db_query(s->db, QUERY_SEGMENT_GET);
    db_i64(s->db, st, 1, day);
    int r = db_step(s->db, st, e);
    if (r > 0) segment_row_read(s->db, st, row);
    db_reset(s->db, st);
    return r;
}

/* A file without a row belongs to a commit that never came, or to a day whose retention was interrupted. */
static int drop_strays(struct segments *s, struct err *e) {
    int fd = openat(s->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (dir == NULL) {
        if (fd >= 0) close(fd);
        return file_error(e, ".");
    }
    for (struct dirent *f; r >= 0 && (f = readdir(dir)) != NULL;) {
        int32_t day;
        struct segment_row row;
        if (!segment_day_of_name(f->d_name, &day)) continue;
        r = row_of_day(s, day, &row, e);
        if (r != 0) continue;
        log_info("store", "journal %s: never committed, removed", f->d_name);
        if (unlinkat(s->dir_fd, f->d_name, 0) < 0) r = file_error(e, f->d_name);
    }
    closedir(dir);
    return r < 0 ? -1 : 0;
}

struct segments *segments_open(const char *dir, struct db *d, bool read_only, struct err *e) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/journal", dir);
    if (mkdir(path, 0700) < 0 && errno != EEXIST) {
        err_set(e, ERR_IO, "%s cannot be created: %s", "impossible de créer %s : %s", path, strerror(errno));
        return NULL;
    }
    struct segments *s = xcalloc(1, sizeof *s);
    s->db = d;
    for (int i = 0; i < FILES_OPEN_MAX; i++) s->file[i].fd = -1;
    buf_init(&s->raw, 2 * FRAME_RAW_MAX);
    buf_init(&s->packed, 2 * FRAME_RAW_MAX + FRAME_HEADER);
    s->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (s->dir_fd < 0) file_error(e, path);
    if (s->dir_fd < 0 || check_files(s, read_only, false, e) < 0 || (!read_only && drop_strays(s, e) < 0)) {
        segments_close(s);
        return NULL;
    }
    return s;
}

void segments_close(struct segments *s) {
    if (s == NULL) return;
    for (int i = 0; i < FILES_OPEN_MAX; i++) {
        if (s->file[i].fd >= 0) close(s->file[i].fd);
    }
    if (s->dir_fd >= 0) close(s->dir_fd);
    if (s->deflate_ready) deflateEnd(&s->deflate);
    buf_clear(&s->raw);
    buf_clear(&s->packed);
    free(s);
}

int segments_dir(const struct segments *s) {
    return s->dir_fd;
}

/* ---- writing ---- */

static int file_sync(struct segments *s, struct file *f, struct err *e) {
    if (!f->dirty) return 0;
    if (fdatasync(f->fd) < 0) return day_error(e, f->row.day);
    f->dirty = false;
    struct stmt *st = db_query(s->db, QUERY_SEGMENT_PUT);
    db_i64(s->db, st, 1, f->row.day);
    db_u64(s->db, st, 2, f->row.bytes);
    db_u64(s->db, st, 3, f->row.frames);
    db_u64(s->db, st, 4, f->row.events);
    db_u64(s->db, st, 5, f->row.first_seq);
    db_u64(s->db, st, 6, f->row.last_seq);
    return db_run(s->db, st, e);
}

/* A slot for one more day: a free one, or the one used longest ago. */
static struct file *slot_take(struct segments *s, struct err *e) {
    struct file *f = &s->file[0];
    for (int i = 0; i < FILES_OPEN_MAX; i++) {
        if (s->file[i].fd < 0) return &s->file[i];
        if (s->file[i].used < f->used) f = &s->file[i];
    }
    if (file_sync(s, f, e) < 0) return NULL;
    close(f->fd);
    f->fd = -1;
    return f;
}

static int file_create(struct segments *s, struct file *f, int32_t day, struct err *e) {
    uint8_t header[SEGMENT_HEADER];
    segment_header_write(header, day);
    if (write_all(f->fd, header, sizeof header, 0) < 0) return day_error(e, day);
    f->row = (struct segment_row){.day = day, .bytes = sizeof header};
    s->new_file = true;
    return 0;
}

static struct file *file_of_day(struct segments *s, int32_t day, struct err *e) {
    char name[SEGMENT_NAME_MAX];
    struct segment_row row = {0};
    for (int i = 0; i < FILES_OPEN_MAX; i++) {
        if (s->file[i].fd >= 0 && s->file[i].row.day == day) return &s->file[i];
    }
    struct file *f = slot_take(s, e);
    if (f == NULL) return NULL;
    int known = row_of_day(s, day, &row, e);
    if (known < 0) return NULL;
    segment_name(name, day);
    f->fd = openat(s->dir_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (known ? 0 : O_CREAT | O_EXCL), 0600);
    if (f->fd < 0) {
        file_error(e, name);
        return NULL;
    }
    f->dirty = false;
    f->row = row;
    if (!known && file_create(s, f, day, e) < 0) return NULL;
    return f;
}

static int pack(struct segments *s, struct err *e) {
    z_stream *z = &s->deflate;
    if (!s->deflate_ready) {
        int made = deflateInit2(z, PACK_LEVEL, Z_DEFLATED, PACK_WINDOW, PACK_MEMORY, Z_DEFAULT_STRATEGY);
        if (made == Z_MEM_ERROR) die("out of memory for the journal");
        if (made != Z_OK)
            return err_set(e, ERR_IO, "the journal cannot be packed", "impossible de compresser le journal");
        s->deflate_ready = true;
    }
    uint8_t out[16384];
    int rc = deflateReset(z);
    z->next_in = (Bytef *)s->raw.p;
    z->avail_in = (uInt)s->raw.len;
    while (rc == Z_OK) {
        z->next_out = out;
        z->avail_out = sizeof out;
        rc = deflate(z, Z_FINISH);
        buf_add(&s->packed, out, sizeof out - z->avail_out);
    }
    if (rc != Z_STREAM_END || s->packed.overflow)
        return err_set(e, ERR_IO, "the journal cannot be packed", "impossible de compresser le journal");
    return 0;
}

static int frame_flush(struct segments *s, struct err *e) {
    uint8_t header[FRAME_HEADER] = {0};
    if (s->frame.records == 0) return 0;
    struct file *f = file_of_day(s, s->frame_day, e);
    if (f == NULL) return -1;
    buf_reset(&s->packed);
    buf_add(&s->packed, header, sizeof header); /* its place */
    if (pack(s, e) < 0) return -1;
    s->frame.format = ENGINE_FORMAT;
    s->frame.raw = (uint32_t)s->raw.len;
    s->frame.packed = (uint32_t)(s->packed.len - FRAME_HEADER);
    s->frame.crc = 0;
    frame_header_write(header, &s->frame);
    s->frame.crc = frame_crc(header, s->packed.p + FRAME_HEADER, s->frame.packed);
    frame_header_write((uint8_t *)s->packed.p, &s->frame);
    if (write_all(f->fd, s->packed.p, s->packed.len, f->row.bytes) < 0) return day_error(e, f->row.day);
    if (f->row.events == 0) f->row.first_seq = s->frame.first;
    f->row.last_seq = s->frame.last;
    f->row.bytes += s->packed.len;
    f->row.frames++;
    f->row.events += s->frame.records;
    f->dirty = true;
    f->used = ++s->clock;
    s->frame = (struct frame){0};
    buf_reset(&s->raw);
    return 0;
}

int segments_add(struct segments *s, int32_t day, uint64_t seq, const void *bytes, size_t n, struct err *e) {
    if (n > FRAME_RAW_MAX)
        return err_set(e, ERR_RANGE, "event %llu is too large for the journal",
                       "l’événement %llu est trop grand pour le journal", (unsigned long long)seq);
    if (s->frame.records > 0 && (day != s->frame_day || s->raw.len + n + RECORD_HEADER > FRAME_RAW_MAX) &&
        frame_flush(s, e) < 0)
        return -1;
    uint8_t header[RECORD_HEADER];
    record_header_write(header, (uint32_t)n, seq);
    if (s->frame.records == 0) s->frame.first = seq;
    s->frame_day = day;
    s->frame.last = seq;
    s->frame.records++;
    buf_add(&s->raw, header, sizeof header);
    buf_add(&s->raw, bytes, n);
    return 0;
}

int segments_sync(struct segments *s, struct err *e) {
    if (frame_flush(s, e) < 0) return -1;
    for (int i = 0; i < FILES_OPEN_MAX; i++) {
        if (s->file[i].fd >= 0 && file_sync(s, &s->file[i], e) < 0) return -1;
    }
    if (s->new_file && fsync(s->dir_fd) < 0) return file_error(e, ".");
    s->new_file = false;
    return 0;
}

/* ---- keeping house ---- */

static void forget(struct segments *s, int32_t day) {
    for (int i = 0; i < FILES_OPEN_MAX; i++) {
        struct file *f = &s->file[i];
        if (f->fd < 0 || f->row.day != day) continue;
        close(f->fd);
        f->fd = -1;
    }
}

int segments_drop(struct segments *s, uint64_t seq, struct err *e) {
    for (int i = 0; i < FILES_OPEN_MAX; i++) {
        if (s->file[i].fd >= 0 && s->file[i].row.last_seq <= seq) forget(s, s->file[i].row.day);
    }
    return drop_strays(s, e);
}
