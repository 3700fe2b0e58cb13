/*
 * fuzz_segment: any bytes as a day of market data on disk, as they are and with the
 * checksums put right, so that what lies behind them is reached; and records written by us,
 * which must come back as they were. Every record lies in its frame's range; an event that
 * decodes encodes to the same bytes.
 */
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <zlib.h>

#include "engine/config.h"
#include "engine/event.h"
#include "sql/segment.h"

#define DAY 20088 /* 2024-12-31 */
#define FILE_MAX 65536
#define RECORDS_MAX 100000 /* more than any file of FILE_MAX bytes can hold, unpacked */

static char folder_path[128];

static void folder_remove(void) {
    char name[SEGMENT_NAME_MAX], path[sizeof folder_path + SEGMENT_NAME_MAX];
    segment_name(name, DAY);
    snprintf(path, sizeof path, "%s/%s", folder_path, name);
    unlink(path);
    rmdir(folder_path);
}

static int folder(void) {
    static int fd = -1;
    const char *base = getenv("TMPDIR");
    if (fd >= 0) return fd;
    snprintf(folder_path, sizeof folder_path, "%s/mia-fuzz-XXXXXX", base ? base : "/tmp");
    assert(mkdtemp(folder_path));
    atexit(folder_remove);
    fd = open(folder_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert(fd >= 0);
    return fd;
}

static void put_file(const void *bytes, size_t n) {
    char name[SEGMENT_NAME_MAX];
    segment_name(name, DAY);
    int fd = openat(folder(), name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    close(fd);
}

/* ---- what a record holds ---- */

/* Written in today's format; an event of today's reads back to the same bytes. */
static void as_event(const struct segment_record *r) {
    static struct engine_config config;
    struct event ev = {0};
    struct snap s, out;
    struct buf b;
    if (!r->format || r->format > ENGINE_FORMAT) return; /* whoever reads refuses it */
    snap_reader(&s, r->bytes, r->n);
    s.version = r->format;
    event_snap(&ev, &config, &s);
    if (!snap_complete(&s)) return;
    assert(ev.kind < EVENT_KIND_COUNT);
    buf_init(&b, 1u << 20);
    snap_writer(&out, &b);
    event_snap(&ev, NULL, &out);
    assert(snap_complete(&out));
    if (r->format == ENGINE_FORMAT) assert(b.len == r->n && !memcmp(b.p, r->bytes, r->n));
    buf_clear(&b);
}

static uint32_t walk(size_t n, uint64_t after) {
    struct err e = {0};
    struct segment_record r;
    const struct segment_row row = {.day = DAY, .bytes = n};
    struct segment_cursor *c = segment_cursor_open(folder(), &row, after, &e);
    uint32_t count = 0;
    int rc = 0;
    if (!c) {
        said(&e);
        return 0;
    }
    while (count < RECORDS_MAX && (rc = segment_cursor_next(c, &r, &e)) > 0) {
        assert(r.n <= 2 * FRAME_RAW_MAX && r.seq > 0);
        as_event(&r);
        count++;
    }
    assert(rc <= 0);
    if (rc < 0) {
        said(&e);
        assert(e.code == ERR_CORRUPT);
    }
    segment_cursor_close(c);
    return count;
}

/* ---- any bytes, with what a checksum would stop put right ---- */

static void mend(uint8_t *bytes, size_t n) {
    struct frame f;
    if (n >= SEGMENT_HEADER) segment_header_write(bytes, DAY);
    for (size_t at = SEGMENT_HEADER; at + FRAME_HEADER <= n;) {
        memcpy(bytes + at, "FRAM", 4);
        if (!frame_header_read(bytes + at, &f)) return;
        if (f.packed > n - at - FRAME_HEADER) f.packed = (uint32_t)(n - at - FRAME_HEADER);
        frame_header_write(bytes + at, &f);
        f.crc = frame_crc(bytes + at, bytes + at + FRAME_HEADER, f.packed);
        frame_header_write(bytes + at, &f);
        at += FRAME_HEADER + f.packed;
    }
}

/* ---- records of ours ---- */

struct pack {
    uint8_t raw[FILE_MAX];
    size_t n;
    struct frame f;
};

static void frame_add(struct pack *p, struct buf *file) {
    uint8_t head[FRAME_HEADER];
    static uint8_t packed[FILE_MAX + 1024];
    z_stream z = {0};
    assert(deflateInit2(&z, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = p->raw;
    z.avail_in = (uInt)p->n;
    z.next_out = packed;
    z.avail_out = sizeof packed;
    assert(deflate(&z, Z_FINISH) == Z_STREAM_END);
    p->f.raw = (uint32_t)p->n;
    p->f.packed = (uint32_t)(sizeof packed - z.avail_out);
    p->f.format = ENGINE_FORMAT;
    deflateEnd(&z);
    frame_header_write(head, &p->f);
    p->f.crc = frame_crc(head, packed, p->f.packed);
    frame_header_write(head, &p->f);
    buf_add(file, head, sizeof head);
    buf_add(file, packed, p->f.packed);
    p->n = 0;
    p->f = (struct frame){0};
}

static void ours(struct script *s) {
    static struct pack p;
    struct buf file;
    uint8_t head[SEGMENT_HEADER];
    uint32_t records = 0;
    uint64_t seq = 0, after = script_u8(s);
    uint32_t behind = 0; /* in frames that hold something after `after`: those are read from their first record */
    p.n = 0;
    p.f = (struct frame){0};
    buf_init(&file, 4u << 20);
    segment_header_write(head, DAY);
    buf_add(&file, head, sizeof head);
    while (s->left) {
        bool ends = script_u8(s) % 4 == 0;
        struct script part = script_part(s, 300);
        seq += 1 + script_u8(s) % 3;
        record_header_write(p.raw + p.n, (uint32_t)part.left, seq);
        if (part.left) memcpy(p.raw + p.n + RECORD_HEADER, part.p, part.left);
        p.n += RECORD_HEADER + part.left;
        if (!p.f.records++) p.f.first = seq;
        p.f.last = seq;
        records++;
        if (!ends && s->left && p.n < sizeof p.raw - 1024) continue;
        if (p.f.last > after) behind += p.f.records;
        frame_add(&p, &file);
    }
    put_file(file.p, file.len);
    assert(walk(file.len, 0) == records);
    assert(walk(file.len, after) == behind);
    buf_clear(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct script s = {bytes, n};
    if (n > FILE_MAX) return 0;
    uint8_t how = script_u8(&s);
    if (how % 4 == 3) {
        ours(&s);
        return 0;
    }
    char *copy = copy_of(s.p, s.left);
    if (how % 4) mend((uint8_t *)copy, s.left);
    put_file(copy, s.left);
    walk(s.left + how / 64, how % 16);
    free(copy);
    return 0;
}
