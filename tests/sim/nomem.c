/*
 * nomem: loaded before the C library, makes one allocation of a program fail, or counts them.
 *
 *   NOMEM_COUNT=FILE   appends how many there were when the program ends in order
 *   NOMEM_AT=N         the Nth allocation returns NULL; -N: so does every one after it
 *
 * All threads count together; whoever asks counts, libraries too. Must not be linked into the product.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static atomic_long made;
static long at; /* 0: not known yet; LONG_MAX would do, but a program makes fewer than this: */
#define NEVER 1000000000000L

/* getenv may be called before any constructor; the environment does not change meanwhile. */
static bool fails(void) {
    long n = atomic_fetch_add(&made, 1) + 1;
    if (at == 0) {
        const char *text = getenv("NOMEM_AT");
        at = text ? strtol(text, NULL, 10) : NEVER;
    }
    if (at > 0 ? n != at : n < -at) return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t n) {
    return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size) {
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n) {
    return fails() ? NULL : __libc_realloc(p, n);
}

__attribute__((destructor)) static void tell(void) {
    const char *file = getenv("NOMEM_COUNT");
    char text[32];
    int fd = file ? open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd < 0) return;
    int n = snprintf(text, sizeof text, "%ld\n", (long)made);
    if (write(fd, text, (size_t)n) != n) _exit(3);
    close(fd);
}
