/*
 * mem: allocation that does not fail (out of memory logs and ends the process;
 * recovery is the normal start), and an arena for things that live as long as
 * one request.
 */
#ifndef MIA_BASE_MEM_H
#define MIA_BASE_MEM_H

#include <stddef.h>

void *xmalloc(size_t n);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n);
void *xreallocarray(void *p, size_t n, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);

struct
    arena; /* grows in blocks up to its cap; past it the process ends: give a cap that cannot be reached by valid input */
struct arena *arena_new(size_t cap);
void arena_free(struct arena *a); /* a may be NULL */
void arena_reset(struct arena *a);
void *arena_alloc(struct arena *a, size_t n); /* zeroed, aligned for any type */
void *arena_take(struct arena *a, size_t n);  /* as arena_alloc, what lies there is undefined */
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
