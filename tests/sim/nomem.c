/*
 * nomem: loaded before the C library, makes one allocation of a program fail, or counts them.
 *
 *   NOMEM_COUNT=FILE   appends how many there were when the program ends in order
 *   NOMEM_AT=N         the Nth allocation returns NULL; -N: so does every one after it
 *
 * All threads count together; whoever asks counts, libraries too. Says on standard error who had asked, and where a
 * program that does not bear it ended. Must not be linked into the product.
 */
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t n);

static atomic_long made;
static long at; /* 0: not known yet; LONG_MAX would do, but a program makes fewer than this: */
#define NEVER 1000000000000L

static __thread bool telling; /* what that itself allocates is given, and not counted */

static void say_where(const char *what) {
    void *frame[24];
    telling = true;
    int n = backtrace(frame, sizeof frame / sizeof frame[0]);
    if (write(STDERR_FILENO, what, strlen(what)) >= 0) backtrace_symbols_fd(frame, n, STDERR_FILENO);
    telling = false;
}

static void on_fault(int sig) {
    say_where("nomem: it ended here:\n");
    raise(sig); /* its own way again */
}

__attribute__((constructor)) static void watch_faults(void) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    struct sigaction a = {.sa_handler = on_fault, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) sigaction(faults[i], &a, NULL);
}

/* getenv may be called before any constructor; the environment does not change meanwhile. */
static bool fails(void) {
    if (telling) return false;
    long n = atomic_fetch_add(&made, 1) + 1;
    if (at == 0) {
        const char *text = getenv("NOMEM_AT");
        at = text ? strtol(text, NULL, 10) : NEVER;
    }
    if (at > 0 ? n != at : n < -at) return false;
    if (n == labs(at)) say_where("nomem: this one failed:\n");
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
