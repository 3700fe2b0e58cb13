/*
 * mem: allocation that cannot fail in the caller's eyes, and arenas. An arena owns
 * its blocks; what it hands out lives until arena_reset or arena_free.
 * Must not be used for sizes that come from outside without a named limit.
 */
#include "engine/base/mem.h"

#include <stdarg.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"

#define ARENA_BLOCK_MIN 4096

static void *or_die(void *p, size_t n) {
    if (p == NULL) die("out of memory (%zu bytes asked)", n);
    return p;
}

void *xmalloc(size_t n) {
    return or_die(malloc(n > 0 ? n : 1), n);
}

void *xcalloc(size_t n, size_t size) {
    return or_die(calloc(n > 0 ? n : 1, size > 0 ? size : 1), n);
}

void *xrealloc(void *p, size_t n) {
    return or_die(realloc(p, n > 0 ? n : 1), n);
}

void *xreallocarray(void *p, size_t n, size_t size) {
    size_t total;
    if (__builtin_mul_overflow(n, size, &total)) die("an array of %zu times %zu bytes cannot exist", n, size);
    return xrealloc(p, total);
}

char *xstrdup(const char *s) {
    return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t n) {
    size_t len = strnlen(s, n);
    char *copy = xmalloc(len + 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

struct block {
    struct block *next; /* the one filled before */
    size_t used, size;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *top;
    size_t total, cap; /* bytes handed out, alignment included */
};

struct arena *arena_new(size_t cap) {
    struct arena *a = xcalloc(1, sizeof *a);
    a->cap = cap;
    return a;
}

void arena_free(struct arena *a) {
    if (a == NULL) return;
    for (struct block *b = a->top, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    free(a);
}

/* Keeps the newest block, which is the largest but for single giants: a steady user stops allocating. */
void arena_reset(struct arena *a) {
    a->total = 0;
    if (a->top == NULL) return;
    for (struct block *b = a->top->next, *next; b != NULL; b = next) {
        next = b->next;
        free(b);
    }
    a->top->next = NULL;
    a->top->used = 0;
}

static struct block *arena_grow(struct arena *a, size_t n) {
    size_t size = a->top == NULL ? ARENA_BLOCK_MIN : a->top->size * 2;
    if (size > a->cap) size = a->cap; /* n itself fits: the caller compared it with what is left */
    if (size < n) size = n;
    struct block *b = xmalloc(sizeof *b + size);
    *b = (struct block){.next = a->top, .size = size};
    a->top = b;
    return b;
}

void *arena_take(struct arena *a, size_t n) {
    const size_t unit = alignof(max_align_t);
    size_t bytes = n == 0 ? unit : n > a->cap ? n : (n + unit - 1) / unit * unit;
    if (bytes > a->cap - a->total) die("arena: %zu bytes do not fit what is left of its %zu", n, a->cap);
    struct block *b = a->top;
    if (b == NULL || b->size - b->used < bytes) b = arena_grow(a, bytes);
    void *p = b->bytes + b->used;
    b->used += bytes;
    a->total += bytes;
    return p;
}

void *arena_alloc(struct arena *a, size_t n) {
    return memset(arena_take(a, n), 0, n);
}

char *arena_strdup(struct arena *a, const char *s) {
    return arena_strndup(a, s, strlen(s));
}

char *arena_strndup(struct arena *a, const char *s, size_t n) {
    size_t len = strnlen(s, n);
    char *copy = arena_take(a, len + 1);
    memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (len < 0) die("arena_printf: a text that cannot be formatted");
    char *text = arena_take(a, (size_t)len + 1);
    va_start(ap, fmt);
    vsnprintf(text, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return text;
}
