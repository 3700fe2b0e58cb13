/*
 * buf: the growable byte string, and the UTF-8 it carries. A buffer owns its bytes
 * until buf_detach. Nothing here reads or writes outside the memory it is given.
 */
#include "engine/base/buf.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

#define BUF_FIRST 64
#define BUF_SMALL 2048 /* below it a buffer grows fourfold: a message takes few steps */

static char nothing[1]; /* what an empty buffer points to; never written */

void buf_init(struct buf *b, size_t max) {
    *b = (struct buf){.p = nothing, .max = max};
}

void buf_clear(struct buf *b) {
    if (b->cap > 0) free(b->p);
    buf_init(b, b->max);
}

void buf_reset(struct buf *b) {
    b->overflow = false;
    buf_cut(b, 0);
}

/* Makes room for n more bytes and the terminator; false (and overflow) where the cap forbids. */
static bool grow(struct buf *b, size_t n) {
    if (b->overflow || n > b->max || b->max - n < b->len) {
        b->overflow = true;
        return false;
    }
    size_t need = b->len + n + 1;
    size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;
    while (cap < need) cap = cap > SIZE_MAX / 2 ? need : cap < BUF_SMALL ? cap * 4 : cap * 2;
    if (cap - 1 > b->max) cap = b->max + 1;
    b->p = xrealloc(b->cap > 0 ? b->p : NULL, cap);
    b->cap = cap;
    return true;
}

/* cap never passes max + 1, so what fits the memory fits the cap. */
static inline bool reserve(struct buf *b, size_t n) {
    return !b->overflow && n < b->cap - b->len && b->cap > 0 ? true : grow(b, n);
}

void buf_add(struct buf *b, const void *bytes, size_t n) {
    if (n == 0 || !reserve(b, n)) return;
    memcpy(b->p + b->len, bytes, n);
    b->len += n;
    b->p[b->len] = '\0';
}

void buf_str(struct buf *b, const char *s) {
    buf_add(b, s, strlen(s));
}

void buf_char(struct buf *b, char c) {
    if (!reserve(b, 1)) return;
    b->p[b->len++] = c;
    b->p[b->len] = '\0';
}

char *buf_room(struct buf *b, size_t n) {
    if (!reserve(b, n)) return NULL;
    char *room = b->p + b->len;
    b->len += n;
    b->p[b->len] = '\0';
    return room;
}

static void decimal(struct buf *b, bool negative, uint64_t v) {
    char text[21]; /* the sign, and 2^64 - 1 */
    char *end = text + sizeof text, *p = end;
    do {
        *--p = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    if (negative) *--p = '-';
    buf_add(b, p, (size_t)(end - p));
}

void buf_u64(struct buf *b, uint64_t v) {
    decimal(b, false, v);
}

void buf_i64(struct buf *b, int64_t v) {
    decimal(b, v < 0, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void buf_printf(struct buf *b, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    buf_vprintf(b, fmt, ap);
    va_end(ap);
}

void buf_vprintf(struct buf *b, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    char small[256];
    int len = vsnprintf(small, sizeof small, fmt, ap);
    if (len < 0) {
        b->overflow = true;
    } else if ((size_t)len < sizeof small) {
        buf_add(b, small, (size_t)len);
    } else if (reserve(b, (size_t)len)) {
        vsnprintf(b->p + b->len, (size_t)len + 1, fmt, again);
        b->len += (size_t)len;
    }
    va_end(again);
}

void buf_cut(struct buf *b, size_t len) {
    if (b->cap == 0 || len > b->len) return;
    b->len = len;
    b->p[len] = '\0';
}

void buf_drop(struct buf *b, size_t n) {
    if (n >= b->len) {
        buf_cut(b, 0);
        return;
    }
    memmove(b->p, b->p + n, b->len - n + 1);
    b->len -= n;
}

char *buf_detach(struct buf *b) {
    char *p = b->cap > 0 ? b->p : xstrdup("");
    buf_init(b, b->max);
    return p;
}

/* Length of the well-formed character at s (1..4) and its code point; 0 where there is none. */
static size_t utf8_char(const unsigned char *s, size_t n, uint32_t *point) {
    if (n == 0) return 0;
    if (s[0] < 0x80) {
        *point = s[0];
        return 1;
    }
    size_t len = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
    if (s[0] < 0xc2 || s[0] > 0xf4 || len > n) return 0;
    uint32_t c = s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) return 0;
        c = c << 6 | (s[i] & 0x3fu);
    }
    bool overlong = (len == 3 && c < 0x800) || (len == 4 && c < 0x10000);
    if (overlong || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) return 0;
    *point = c;
    return len;
}

/* As above, but an invalid byte is stepped over as one unit, so that every walk ends. */
static size_t utf8_step(const char *s, size_t n, size_t *units) {
    uint32_t point;
    size_t len = utf8_char((const unsigned char *)s, n, &point);
    *units = len == 4 ? 2 : 1;
    return len > 0 ? len : 1;
}

bool str_copy(char *dst, size_t size, const char *s) {
    return str_copy_n(dst, size, s, strlen(s));
}

bool str_copy_n(char *dst, size_t size, const char *s, size_t n) {
    assert(size > 0);
    n = strnlen(s, n);
    size_t keep = n;
    if (keep > size - 1) {
        keep = size - 1;
        size_t back = 0;
        while (back < 3 && back < keep && ((unsigned char)s[keep - back] & 0xc0) == 0x80) back++;
        if (((unsigned char)s[keep - back] & 0xc0) != 0x80) keep -= back;
    }
    memmove(dst, s, keep);
    dst[keep] = '\0';
    return keep == n;
}

size_t utf8_units16(const char *s, size_t n) {
    size_t total = 0, units;
    for (size_t i = 0; i < n; total += units) {
        units = 1;
        i += (unsigned char)s[i] < 0x80 ? 1 : utf8_step(s + i, n - i, &units);
    }
    return total;
}

size_t utf8_points(const char *s, size_t n) {
    size_t total = 0, units;
    for (size_t i = 0; i < n; total++) i += utf8_step(s + i, n - i, &units);
    return total;
}

size_t utf8_prefix16(const char *s, size_t n, size_t units) {
    size_t i = 0, width;
    while (i < n) {
        size_t len = utf8_step(s + i, n - i, &width);
        if (width > units) break;
        units -= width;
        i += len;
    }
    return i;
}

bool utf8_valid(const char *s, size_t n) {
    uint32_t point;
    for (size_t i = 0, len; i < n; i += len) {
        len = utf8_char((const unsigned char *)s + i, n - i, &point);
        if (len == 0) return false;
    }
    return true;
}

bool utf8_is_hidden(uint32_t c) {
    bool control = c < 0x20 || (c >= 0x7f && c <= 0x9f);
    bool line = c == 0x2028 || c == 0x2029;
    bool bidi =
        c == 0x61c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    return control || line || bidi || c == 0xfeff;
}

size_t utf8_next(const char *s, size_t n, uint32_t *point) {
    return utf8_char((const unsigned char *)s, n, point);
}

/* How many printable ASCII characters s begins with: most texts are nothing else. */
static size_t plain_run(const char *s, size_t n) {
    size_t i = 0;
    while (i < n && s[i] >= ' ' && s[i] < 0x7f) i++;
    return i;
}

bool text_is_clean(const char *s, size_t n, bool keep_newlines) {
    for (size_t i = 0; i < n;) {
        uint32_t c;
        i += plain_run(s + i, n - i);
        if (i == n) break;
        size_t len = utf8_next(s + i, n - i, &c);
        bool newline = c == '\n' && keep_newlines;
        if (len == 0 || c == '\t' || c == 0x2028 || c == 0x2029 || (!newline && (c == '\n' || utf8_is_hidden(c))))
            return false;
        i += len;
    }
    return true;
}

void buf_text(struct buf *b, const char *s, size_t n, bool keep_newlines) {
    for (size_t i = 0; i < n;) {
        uint32_t c;
        size_t run = plain_run(s + i, n - i);
        buf_add(b, s + i, run);
        i += run;
        if (i == n) break;
        size_t len = utf8_next(s + i, n - i, &c);
        if (len == 0) {
            i++;
            continue;
        }
        bool newline = c == '\n' || c == 0x2028 || c == 0x2029;
        if (newline)
            buf_char(b, keep_newlines ? '\n' : ' ');
        else if (c == '\t')
            buf_char(b, ' ');
        else if (!utf8_is_hidden(c))
            buf_add(b, s + i, len);
        i += len;
    }
}
