/*
 * fuzz: what the harnesses share: reading a script out of any bytes, and what holds for
 * every refusal. A harness is one file with LLVMFuzzerTestOneInput; libFuzzer drives it
 * (`make fuzz`), or replay_main.c with the inputs of tests/fuzz/corpus/HARNESS (`make test`).
 * A broken promise ends the process: assert holds in every build.
 */
#ifndef MIA_TESTS_FUZZ_H
#define MIA_TESTS_FUZZ_H

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define UNUSED __attribute__((unused))

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* ---- a script out of bytes: what is missing at the end reads as zero ---- */

struct script {
    const uint8_t *p;
    size_t left;
};

UNUSED static uint8_t script_u8(struct script *s) {
    if (!s->left) return 0;
    s->left--;
    return *s->p++;
}

UNUSED static uint32_t script_u32(struct script *s) {
    uint32_t v = 0;
    for (int i = 0; i < 4; i++) v |= (uint32_t)script_u8(s) << 8 * i;
    return v;
}

UNUSED static uint64_t script_u64(struct script *s) {
    uint64_t low = script_u32(s);
    return low | (uint64_t)script_u32(s) << 32;
}

UNUSED static uint32_t script_below(struct script *s, uint32_t n) {
    return n > 256 ? script_u32(s) % n : script_u8(s) % n;
}

/* At most `max` bytes, a length before them. */
UNUSED static struct script script_part(struct script *s, size_t max) {
    size_t n = script_u8(s) | (size_t)script_u8(s) << 8;
    if (n > max) n = max;
    if (n > s->left) n = s->left;
    struct script part = {s->p, n};
    s->p += n;
    s->left -= n;
    return part;
}

/* The same as a terminated text in the arena; it may hold zeros and anything else. */
UNUSED static char *script_text(struct script *s, struct arena *a, size_t max) {
    struct script part = script_part(s, max);
    char *text = arena_alloc(a, part.left + 1);
    if (part.left) memcpy(text, part.p, part.left);
    return text;
}

/* ---- what holds everywhere ---- */

UNUSED static void is_text(const char *s) {
    assert(s && utf8_valid(s, strlen(s)));
}

/* A refusal says so to people, in both languages. */
UNUSED static void said(const struct err *e) {
    assert(e->code > ERR_NONE && e->code < ERR_CODE_COUNT);
    for (int l = 0; l < LANG_COUNT; l++) {
        assert(*e->text[l]);
        is_text(e->text[l]);
    }
}

/* A terminated copy, so that a read past the end is seen by the sanitizer. */
UNUSED static char *copy_of(const void *bytes, size_t n) {
    char *copy = xmalloc(n + 1);
    if (n) memcpy(copy, bytes, n);
    copy[n] = '\0';
    return copy;
}

/* ---- a file in memory, for parsers that open theirs ---- */

struct memory_file {
    int fd;
    char path[40];
};

UNUSED static struct memory_file memory_file(const void *bytes, size_t n) {
    struct memory_file f = {.fd = memfd_create("fuzz", MFD_CLOEXEC)};
    assert(f.fd >= 0 && write(f.fd, bytes, n) == (ssize_t)n);
    snprintf(f.path, sizeof f.path, "/proc/self/fd/%d", f.fd);
    return f;
}

UNUSED static void memory_file_close(struct memory_file *f) {
    close(f->fd);
}

/* What only the end of the process gives back, where a harness plays one. */
#if defined(__SANITIZE_ADDRESS__)
#define FUZZ_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUZZ_ASAN 1
#endif
#endif
#ifdef FUZZ_ASAN
#include <sanitizer/lsan_interface.h>
#define LOST_IN_A_KILL(p) __lsan_ignore_object(p)
#else
#define LOST_IN_A_KILL(p) ((void)(p))
#endif

__attribute__((constructor)) static void quiet(void) {
    log_set_stderr(false);
}

#endif
