/*
 * segment_read: walks the frames of one day. Owns a window of the file and one inflated
 * frame, so memory is bounded however long the day was. Every frame it gives records of
 * is checked first: CRC, sizes, counts. Frames wholly before the start are stepped over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "sql/segment.h"

#define WINDOW_BYTES (64u << 10)

struct segment_cursor {
    int fd;
    struct segment_row row;
    uint64_t after;
    uint64_t at;       /* file offset of the next frame */
    struct buf window; /* bytes of the file from window_at on */
    uint64_t window_at;
    struct frame frame;
    uint32_t left; /* records of the frame not given yet */
    uint8_t *raw;
    size_t raw_cap, raw_at;
    z_stream inflate;
    bool inflate_ready;
};

/* What is wrong is said by the caller's two texts; where it is, by the prefix. */
#define DAMAGED(c, e, en, fr) (err_set(e, ERR_CORRUPT, en, fr), damaged_at(c, e))
static int damaged_at(const struct segment_cursor *c, struct err *e) {
    char name[SEGMENT_NAME_MAX];
    segment_name(name, c->row.day);
    return err_prefix(e, "journal %s is damaged at byte %llu", "le journal %s est endommagé à l’octet %llu", name,
                      (unsigned long long)c->at);
}

/* n bytes of the file at `at`, through the window. NULL: they are not there. */
static const uint8_t *bytes_at(struct segment_cursor *c, uint64_t at, size_t n) {
    if (n > c->row.bytes || at > c->row.bytes - n) return NULL;
    if (at >= c->window_at && at - c->window_at + n <= c->window.len)
        return (const uint8_t *)c->window.p + (at - c->window_at);
    size_t want = n > WINDOW_BYTES ? n : WINDOW_BYTES;
    if (want > c->row.bytes - at) want = (size_t)(c->row.bytes - at);
    uint8_t block[16384];
    buf_reset(&c->window);
    c->window_at = at;
    while (c->window.len < want) {
        size_t take = want - c->window.len < sizeof block ? want - c->window.len : sizeof block;
        ssize_t got = pread(c->fd, block, take, (off_t)(at + c->window.len));
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        buf_add(&c->window, block, (size_t)got);
    }
    return c->window.len >= n ? (const uint8_t *)c->window.p : NULL;
}

struct segment_cursor *segment_cursor_open(int dir_fd, const struct segment_row *row, uint64_t after, struct err *e) {
    char name[SEGMENT_NAME_MAX];
    uint8_t want[SEGMENT_HEADER];
    struct segment_cursor *c = xcalloc(1, sizeof *c);
    c->row = *row;
    c->after = after;
    buf_init(&c->window, 2 * FRAME_RAW_MAX + FRAME_HEADER);
    segment_name(name, row->day);
    c->fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (c->fd < 0) {
        err_set(e, ERR_CORRUPT, "journal %s cannot be read: %s", "impossible de lire le journal %s : %s", name,
                strerror(errno));
        segment_cursor_close(c);
        return NULL;
    }
    segment_header_write(want, row->day);
    const uint8_t *got = bytes_at(c, 0, SEGMENT_HEADER);
    if (got != NULL && segment_header_version(got) > SEGMENT_VERSION) {
        segment_newer(row->day, segment_header_version(got), e);
        segment_cursor_close(c);
        return NULL;
    }
    if (got == NULL || memcmp(got, want, SEGMENT_HEADER) != 0) {
        DAMAGED(c, e, "not its header", "ce n’est pas son en-tête");
        segment_cursor_close(c);
        return NULL;
    }
    c->at = SEGMENT_HEADER;
    return c;
}

void segment_cursor_close(struct segment_cursor *c) {
    if (c == NULL) return;
    if (c->fd >= 0) close(c->fd);
    if (c->inflate_ready) inflateEnd(&c->inflate);
    buf_clear(&c->window);
    free(c->raw);
    free(c);
}

static bool unpack(struct segment_cursor *c, const uint8_t *packed) {
    z_stream *z = &c->inflate;
    if (c->raw_cap < c->frame.raw) {
        free(c->raw);
        c->raw = xmalloc(c->frame.raw);
        c->raw_cap = c->frame.raw;
    }
    int rc = c->inflate_ready ? Z_OK : inflateInit2(z, -15);
    if (rc == Z_MEM_ERROR) die("out of memory for the journal"); /* which is not damaged */
    if (rc != Z_OK) return false;
    c->inflate_ready = true;
    inflateReset(z);
    z->next_in = (Bytef *)(uintptr_t)packed;
    z->avail_in = c->frame.packed;
    z->next_out = c->raw;
    z->avail_out = c->frame.raw;
    rc = inflate(z, Z_FINISH);
    if (rc == Z_MEM_ERROR) die("out of memory for the journal");
    return rc == Z_STREAM_END && z->avail_out == 0 && z->avail_in == 0;
}

/* Loads the next frame that matters. 1: loaded; 0: the end; -1: damaged. */
static int frame_next(struct segment_cursor *c, struct err *e) {
    for (;;) {
        if (c->at == c->row.bytes) return 0;
        const uint8_t *h = bytes_at(c, c->at, FRAME_HEADER);
        if (h == NULL || !frame_header_read(h, &c->frame)) return DAMAGED(c, e, "not a frame", "ce n’est pas un bloc");
        if (c->frame.last > c->after) break;
        c->at += FRAME_HEADER + c->frame.packed;
        if (c->at > c->row.bytes) return DAMAGED(c, e, "a frame is cut short", "un bloc est tronqué");
    }
    const uint8_t *whole = bytes_at(c, c->at, FRAME_HEADER + (size_t)c->frame.packed);
    if (whole == NULL) return DAMAGED(c, e, "a frame is cut short", "un bloc est tronqué");
    if (frame_crc(whole, whole + FRAME_HEADER, c->frame.packed) != c->frame.crc)
        return DAMAGED(c, e, "wrong checksum", "somme de contrôle fausse");
    if (!unpack(c, whole + FRAME_HEADER)) return DAMAGED(c, e, "it does not unpack", "impossible de le décompresser");
    c->at += FRAME_HEADER + c->frame.packed;
    c->left = c->frame.records;
    c->raw_at = 0;
    return 1;
}

int segment_cursor_next(struct segment_cursor *c, struct segment_record *out, struct err *e) {
    uint32_t n;
    if (c->left == 0) {
        int r = frame_next(c, e);
        if (r <= 0) return r;
    }
    size_t room = c->frame.raw - c->raw_at;
    if (room < RECORD_HEADER) return DAMAGED(c, e, "a record is cut short", "un enregistrement est tronqué");
    record_header_read(c->raw + c->raw_at, &n, &out->seq);
    if (n > room - RECORD_HEADER || out->seq < c->frame.first || out->seq > c->frame.last)
        return DAMAGED(c, e, "not a record", "ce n’est pas un enregistrement");
    out->bytes = c->raw + c->raw_at + RECORD_HEADER;
    out->n = n;
    out->format = c->frame.format;
    c->raw_at += RECORD_HEADER + n;
    c->left--;
    if (c->left == 0 && c->raw_at != c->frame.raw) return DAMAGED(c, e, "bytes left over", "des octets en trop");
    return 1;
}
