/*
 * codec: how rows travel between the loop's thread and the store's: values one after the
 * other in a buf, in this process only, so a struct is copied as it lies in memory. Texts
 * carry their length and their terminator: the reader points into the buffer.
 */
#ifndef MIA_SQL_CODEC_H
#define MIA_SQL_CODEC_H

#include <assert.h>
#include <string.h>

#include "engine/base/buf.h"

struct reader {
    const char *p, *end;
};

static inline void put_raw(struct buf *b, const void *bytes, size_t n) {
    buf_add(b, bytes, n);
}
#define PUT(b, value) put_raw((b), &(value), sizeof(value))

/* NULL is written as "". */
static inline void put_text(struct buf *b, const char *s) {
    if (s == NULL) s = "";
    uint32_t n = (uint32_t)strlen(s);
    PUT(b, n);
    buf_add(b, s, (size_t)n + 1);
}

static inline void put_bytes(struct buf *b, const void *bytes, size_t size) {
    uint32_t n = (uint32_t)size;
    PUT(b, n);
    buf_add(b, bytes, n);
}

static inline const void *take(struct reader *r, size_t n) {
    assert(n <= (size_t)(r->end - r->p));
    const void *p = r->p;
    r->p += n;
    return p;
}
#define TAKE(r, ptr) memcpy((ptr), take((r), sizeof *(ptr)), sizeof *(ptr))

static inline const char *take_text(struct reader *r) {
    uint32_t n;
    TAKE(r, &n);
    return take(r, (size_t)n + 1);
}

static inline const void *take_bytes(struct reader *r, size_t *size) {
    uint32_t n;
    TAKE(r, &n);
    *size = n;
    return take(r, n);
}

#endif
