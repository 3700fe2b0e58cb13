/*
 * snap: one function per struct that both writes and reads it. In SNAP_WRITE mode
 * the values go to the buffer, in SNAP_READ mode they come from the bytes; the code
 * is the same, so the two cannot drift. Little-endian, fixed width, no padding.
 * A short or impossible input sets `bad` and zeroes what it would have filled.
 * Journal bodies, snapshots, segments and digests all use this.
 */
#ifndef MIA_BASE_SNAP_H
#define MIA_BASE_SNAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/money.h"
#include "engine/base/when.h"

enum snap_mode { SNAP_WRITE, SNAP_READ };

struct snap {
    enum snap_mode mode;
    struct buf *out;         /* SNAP_WRITE */
    const uint8_t *in, *end; /* SNAP_READ */
    uint32_t version;        /* of what is being read or written; set by the owner of the format */
    bool bad;
};

/* Is a field there that came with format `since`? What is written has them all. */
static inline bool snap_has(const struct snap *s, uint32_t since) {
    return s->mode == SNAP_WRITE || s->version >= since;
}

void snap_writer(struct snap *s, struct buf *out);
void snap_reader(struct snap *s, const void *bytes, size_t n);

void snap_u8(struct snap *s, uint8_t *v);
void snap_u16(struct snap *s, uint16_t *v);
void snap_u32(struct snap *s, uint32_t *v);
void snap_u64(struct snap *s, uint64_t *v);
void snap_i32(struct snap *s, int32_t *v);
void snap_i64(struct snap *s, int64_t *v);
void snap_f64(struct snap *s, double *v); /* bit for bit */
void snap_bool(struct snap *s, bool *v);
void snap_price(struct snap *s, price_t *v);
void snap_qty(struct snap *s, qty_t *v);
void snap_cash(struct snap *s, cash_t *v);
void snap_when(struct snap *s, when_t *v);
void snap_text(struct snap *s, char *text, size_t size); /* length-prefixed; too long to fit is bad */
void snap_raw(struct snap *s, void *bytes, size_t n);
/* True when nothing went wrong and, for a reader, every byte was used: leftovers are a wrong format too. */
bool snap_complete(const struct snap *s);
/* A count that must be <= max; bad (and 0) otherwise. Guards every array. */
void snap_count(struct snap *s, uint32_t *n, uint32_t max);
/* An enum stored as u32; a value outside [0, count) is bad (and 0). Use: SNAP_ENUM(s, &x->state, ORDER_STATE_COUNT) */
#define SNAP_ENUM(s, ptr, count)                                                                                       \
    do {                                                                                                               \
        uint32_t snap_e_ = (s)->mode == SNAP_WRITE ? (uint32_t) * (ptr) : 0;                                           \
        snap_u32((s), &snap_e_);                                                                                       \
        if (snap_e_ >= (uint32_t)(count)) {                                                                            \
            (s)->bad = true;                                                                                           \
            snap_e_ = 0;                                                                                               \
        }                                                                                                              \
        *(ptr) = (__typeof__(*(ptr)))snap_e_;                                                                          \
    } while (0)

#endif
