/*
 * segment_format: the bytes of a segment: file header, frame header, names. Shared by
 * the writer and the reader so that they cannot drift. No I/O.
 */
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "sql/segment.h"

static const char file_magic[6] = "MIASEG", frame_magic[4] = "FRAM";
_Static_assert(SEGMENT_VERSION < 100, "two digits");

static uint8_t *put(uint8_t *p, uint64_t v, int width) {
    for (int i = 0; i < width; i++) *p++ = (uint8_t)(v >> 8 * i);
    return p;
}

static uint64_t get(const uint8_t *p, int width) {
    uint64_t v = 0;
    for (int i = 0; i < width; i++) v |= (uint64_t)p[i] << 8 * i;
    return v;
}

void segment_name(char out[SEGMENT_NAME_MAX], int32_t day) {
    int y, m, d;
    civil_from_days(day, &y, &m, &d);
    snprintf(out, SEGMENT_NAME_MAX, "%04d-%02d-%02d.seg", y, m, d);
}

void segment_header_write(uint8_t bytes[SEGMENT_HEADER], int32_t day) {
    memcpy(bytes, file_magic, sizeof file_magic);
    bytes[6] = '0' + SEGMENT_VERSION / 10;
    bytes[7] = '0' + SEGMENT_VERSION % 10;
    put(bytes + 8, (uint32_t)day, 4);
    put(bytes + 12, crc32(0, bytes, 12), 4);
}

int segment_header_version(const uint8_t bytes[SEGMENT_HEADER]) {
    bool digits = bytes[6] >= '0' && bytes[6] <= '9' && bytes[7] >= '0' && bytes[7] <= '9';
    if (!digits || memcmp(bytes, file_magic, sizeof file_magic) != 0) return 0;
    if (get(bytes + 12, 4) != crc32(0, bytes, 12)) return 0;
    return 10 * (bytes[6] - '0') + bytes[7] - '0';
}

int segment_newer(int32_t day, int version, struct err *e) {
    char name[SEGMENT_NAME_MAX];
    segment_name(name, day);
    err_newer(e, (unsigned)version, SEGMENT_VERSION);
    return err_prefix(e, "journal %s", "journal %s", name);
}

void frame_header_write(uint8_t bytes[FRAME_HEADER], const struct frame *f) {
    memcpy(bytes, frame_magic, sizeof frame_magic);
    uint8_t *p = put(bytes + 4, f->format, 2);
    p = put(p, 0, 2);
    p = put(p, f->raw, 4);
    p = put(p, f->packed, 4);
    p = put(p, f->records, 4);
    p = put(p, f->first, 8);
    p = put(p, f->last, 8);
    put(p, f->crc, 4);
}

bool frame_header_read(const uint8_t bytes[FRAME_HEADER], struct frame *f) {
    *f = (struct frame){.format = (uint16_t)get(bytes + 4, 2),
                        .raw = (uint32_t)get(bytes + 8, 4),
                        .packed = (uint32_t)get(bytes + 12, 4),
                        .records = (uint32_t)get(bytes + 16, 4),
                        .first = get(bytes + 20, 8),
                        .last = get(bytes + 28, 8),
                        .crc = (uint32_t)get(bytes + 36, 4)};
    return memcmp(bytes, frame_magic, sizeof frame_magic) == 0 && f->raw <= 2 * FRAME_RAW_MAX &&
           f->packed <= 2 * FRAME_RAW_MAX && f->records > 0 && f->records <= f->raw / RECORD_HEADER && f->first > 0 &&
           f->first <= f->last;
}

void record_header_write(uint8_t bytes[RECORD_HEADER], uint32_t n, uint64_t seq) {
    put(put(bytes, n, 4), seq, 8);
}

void record_header_read(const uint8_t bytes[RECORD_HEADER], uint32_t *n, uint64_t *seq) {
    *n = (uint32_t)get(bytes, 4);
    *seq = get(bytes + 4, 8);
}

uint32_t frame_crc(const uint8_t header[FRAME_HEADER], const void *packed, size_t n) {
    return (uint32_t)crc32(crc32(0, header, FRAME_HEADER - 4), packed, (uInt)n);
}

void segment_row_read(struct db *d, struct stmt *st, struct segment_row *out) {
    *out = (struct segment_row){.day = (int32_t)db_col_i64(d, st, 0),
                                .bytes = db_col_u64(d, st, 1),
                                .frames = db_col_u64(d, st, 2),
                                .events = db_col_u64(d, st, 3),
                                .first_seq = db_col_u64(d, st, 4),
                                .last_seq = db_col_u64(d, st, 5)};
}
