/*
 * buf: a growable byte string with a hard cap. `p` is never NULL once initialised
 * and always terminated. When an addition would pass `max`, or the text holds an
 * error, nothing is added and `overflow` sticks: check it once, at the end.
 */
#ifndef MIA_BASE_BUF_H
#define MIA_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *p;
    size_t len, cap, max;
    bool overflow;
};

void buf_init(struct buf *b, size_t max); /* no allocation before the first byte */
void buf_clear(struct buf *b);            /* frees; b may be all zero */
void buf_reset(struct buf *b);            /* empties, keeps the memory */
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_str(struct buf *b, const char *s);
void buf_char(struct buf *b, char c);
void buf_u64(struct buf *b, uint64_t v); /* in decimal digits */
void buf_i64(struct buf *b, int64_t v);
/* n more bytes, which the caller writes at once; NULL (and overflow) where they do not fit. */
char *buf_room(struct buf *b, size_t n);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
void buf_cut(struct buf *b, size_t len); /* shortens to len */
void buf_drop(struct buf *b, size_t n);  /* removes n bytes at the front */
char *buf_detach(struct buf *b);         /* gives the bytes away: caller frees with free(); b is empty after */

/* Copies s into a fixed array, cutting at a UTF-8 boundary; returns false where it had to cut. */
bool str_copy(char *dst, size_t size, const char *s);
bool str_copy_n(char *dst, size_t size, const char *s, size_t n);

/* Number of UTF-16 units / code points of a UTF-8 text; an invalid byte counts as one. */
size_t utf8_units16(const char *s, size_t n);
size_t utf8_points(const char *s, size_t n);
/* The longest prefix (in bytes) of at most `units` UTF-16 units that ends at a code point. */
size_t utf8_prefix16(const char *s, size_t n, size_t units);
bool utf8_valid(const char *s, size_t n);
/* Length (1..4) and code point of the well-formed character at s; 0 where there is none. */
size_t utf8_next(const char *s, size_t n, uint32_t *point);
/* Controls, line separators, direction marks: characters that let a text pretend to be another one. */
bool utf8_is_hidden(uint32_t point);
/* Copies text that came from outside: invalid UTF-8, C0/C1 controls (but \n where told) and bidi marks are dropped.
 * A tab, and a newline that is not kept, leaves a blank, so that words stay apart. */
void buf_text(struct buf *b, const char *s, size_t n, bool keep_newlines);
/* buf_text would add it as it is. */
bool text_is_clean(const char *s, size_t n, bool keep_newlines);

#endif
