/*
 * snap: little-endian values to and from bytes. The writer borrows its buffer, the
 * reader its bytes. Once `bad`, a reader gives only zeros and never moves again, so a
 * caller may check once, at the end. It must never trust a length it has read.
 */
#include "engine/base/snap.h"

#include <assert.h>
#include <string.h>

void snap_writer(struct snap *s, struct buf *out) {
    *s = (struct snap){.mode = SNAP_WRITE, .out = out};
}

void snap_reader(struct snap *s, const void *bytes, size_t n) {
    if (bytes == NULL) bytes = "";
    const uint8_t *in = bytes;
    *s = (struct snap){.mode = SNAP_READ, .in = in, .end = in + n};
}

bool snap_complete(const struct snap *s) {
    return !s->bad && (s->mode == SNAP_WRITE || s->in == s->end);
}

void snap_raw(struct snap *s, void *bytes, size_t n) {
    if (n == 0) return;
    if (s->mode == SNAP_WRITE) {
        buf_add(s->out, bytes, n);
        if (s->out->overflow) s->bad = true;
        return;
    }
    if (!s->bad && n > (size_t)(s->end - s->in)) s->bad = true;
    if (s->bad) {
        memset(bytes, 0, n);
        return;
    }
    memcpy(bytes, s->in, n);
    s->in += n;
}

/* An unsigned number of `width` bytes. */
static uint64_t number(struct snap *s, uint64_t v, size_t width) {
    uint8_t bytes[8];
    for (size_t i = 0; i < width; i++) bytes[i] = (uint8_t)(v >> 8 * i);
    snap_raw(s, bytes, width);
    if (s->mode == SNAP_WRITE) return v; /* writing must not change what it writes */
    v = 0;
    for (size_t i = 0; i < width; i++) v |= (uint64_t)bytes[i] << 8 * i;
    return v;
}

/* What to write. A reader's target may hold anything yet (a bool that is neither), so it is not even looked at. */
#define CURRENT(s, v) ((s)->mode == SNAP_WRITE ? *(v) : 0)

void snap_u8(struct snap *s, uint8_t *v) {
    *v = (uint8_t)number(s, CURRENT(s, v), 1);
}

void snap_u16(struct snap *s, uint16_t *v) {
    *v = (uint16_t)number(s, CURRENT(s, v), 2);
}

void snap_u32(struct snap *s, uint32_t *v) {
    *v = (uint32_t)number(s, CURRENT(s, v), 4);
}

void snap_u64(struct snap *s, uint64_t *v) {
    *v = number(s, CURRENT(s, v), 8);
}

void snap_i32(struct snap *s, int32_t *v) {
    *v = (int32_t)(uint32_t)number(s, (uint32_t)CURRENT(s, v), 4);
}

void snap_i64(struct snap *s, int64_t *v) {
    *v = (int64_t)number(s, (uint64_t)CURRENT(s, v), 8);
}

void snap_f64(struct snap *s, double *v) {
    uint64_t bits = 0;
    _Static_assert(sizeof bits == sizeof *v, "doubles of 64 bits");
    if (s->mode == SNAP_WRITE) memcpy(&bits, v, sizeof bits);
    bits = number(s, bits, 8);
    memcpy(v, &bits, sizeof bits);
}

void snap_bool(struct snap *s, bool *v) {
    uint64_t b = number(s, CURRENT(s, v), 1);
    if (b > 1) s->bad = true;
    *v = b == 1;
}

void snap_price(struct snap *s, price_t *v) {
    snap_i64(s, &v->v);
}

void snap_qty(struct snap *s, qty_t *v) {
    snap_i64(s, &v->v);
}

void snap_cash(struct snap *s, cash_t *v) {
    snap_i64(s, &v->v);
}

void snap_when(struct snap *s, when_t *v) {
    snap_i64(s, &v->ns);
}

void snap_text(struct snap *s, char *text, size_t size) {
    assert(size > 0 && size <= UINT32_MAX);
    uint32_t len = 0;
    if (s->mode == SNAP_WRITE) {
        len = (uint32_t)strnlen(text, size);
        if (len == size) { /* no terminator: the struct is damaged */
            s->bad = true;
            len = 0;
        }
        snap_u32(s, &len);
        snap_raw(s, text, len);
        return;
    }
    snap_count(s, &len, (uint32_t)size - 1);
    memset(text, 0, size); /* the bytes after the text too: equal structs stay equal byte for byte */
    snap_raw(s, text, len);
    if (strnlen(text, len) != len) { /* a zero inside would come back shorter than it was read */
        s->bad = true;
        memset(text, 0, size);
    }
}

void snap_count(struct snap *s, uint32_t *n, uint32_t max) {
    if (s->mode == SNAP_WRITE && *n > max) {
        s->bad = true;
        *n = 0;
    }
    snap_u32(s, n);
    if (*n > max) {
        s->bad = true;
        *n = 0;
    }
}
