/*
 * segment: market data on disk. One file a trading day, DIR/journal/YYYY-MM-DD.seg: a
 * header, then frames. A frame is what one commit added: records (length, bytes),
 * deflated, with a CRC and the first and last seq. Frames are synced before the database
 * commit that records the file's new length in table `segments`; what lies behind that
 * length was never committed and is cut off at the next open.
 *
 *   file   "MIASEG" | version, two digits | day i32 | crc32 of these 12 bytes
 *   frame  "FRAM" | format u16 | 0 u16 | raw u32 | packed u32 | records u32 | first u64 | last u64 | crc32 | packed bytes
 *   record length u32 | seq u64 | bytes            (all little-endian; the frame's CRC covers header and packed bytes)
 */
#ifndef MIA_SQL_SEGMENT_H
#define MIA_SQL_SEGMENT_H

#include "engine/base/buf.h"
#include "engine/event.h"
#include "sql/db.h"

#define SEGMENT_VERSION 1 /* of the file; frames say the format of the events inside: ENGINE_FORMAT */
#define SEGMENT_HEADER 16
#define FRAME_HEADER 40
#define RECORD_HEADER 12
#define FRAME_RAW_MAX (256u << 10) /* a frame is closed before it grows past this */
#define SEGMENT_NAME_MAX 32

struct segment_row {
    int32_t day;
    uint64_t bytes, frames, events, first_seq, last_seq;
};

/* ---- writing ---- */
struct segments;
/* Opens DIR/journal, checks every file against its row, cuts tails and drops files that no row knows (not where read_only).
 * ERR_CORRUPT: the newest day is damaged; damage to older ones is logged and refused when they are read. */
struct segments *segments_open(const char *dir, struct db *d, bool read_only, struct err *e);
void segments_close(struct segments *s); /* s may be NULL */
/* Between begin and commit: adds one record; seq must rise. */
int segments_add(struct segments *s, int32_t day, uint64_t seq, const void *bytes, size_t n, struct err *e);
/* Makes everything added durable and puts the new lengths into table `segments`. Before the commit. */
int segments_sync(struct segments *s, struct err *e);
/* After the commit that dropped the rows: removes the files of days whose last seq is at or before `seq`. */
int segments_drop(struct segments *s, uint64_t seq, struct err *e);
int segments_check(struct segments *s, struct err *e); /* every file is there and long enough */

/* ---- reading ---- */
void segment_name(char out[SEGMENT_NAME_MAX], int32_t day);
bool segment_day_of_name(const char *name, int32_t *day); /* false: not a segment's */
void segment_row_read(struct db *d, struct stmt *st, struct segment_row *out);
int segments_dir(const struct segments *s); /* descriptor of DIR/journal */

struct segment_cursor;
/* Reads the committed part of one day, from the first frame that holds something after `after`. */
struct segment_cursor *segment_cursor_open(int dir_fd, const struct segment_row *row, uint64_t after, struct err *e);
void segment_cursor_close(struct segment_cursor *c); /* c may be NULL */
struct segment_record {
    uint64_t seq;
    const void *bytes;
    size_t n;
    uint16_t format;
};
/* 1: a record, valid until the next call; 0: the end; -1: damaged. */
int segment_cursor_next(struct segment_cursor *c, struct segment_record *out, struct err *e);

struct frame {
    uint16_t format;
    uint32_t raw, packed, records;
    uint64_t first, last;
    uint32_t crc;
};
/* false: not a frame's header, or sizes that cannot be */
bool frame_header_read(const uint8_t bytes[FRAME_HEADER], struct frame *f);
void frame_header_write(uint8_t bytes[FRAME_HEADER], const struct frame *f);
void segment_header_write(uint8_t bytes[SEGMENT_HEADER], int32_t day);
/* 0: these are not a segment's first bytes. More than SEGMENT_VERSION: a newer program's. */
int segment_header_version(const uint8_t bytes[SEGMENT_HEADER]);
int segment_newer(int32_t day, int version, struct err *e); /* ERR_REFUSED, which file and what to do */
void record_header_write(uint8_t bytes[RECORD_HEADER], uint32_t n, uint64_t seq);
void record_header_read(const uint8_t bytes[RECORD_HEADER], uint32_t *n, uint64_t *seq);
uint32_t frame_crc(const uint8_t header[FRAME_HEADER], const void *packed, size_t n);

#endif
