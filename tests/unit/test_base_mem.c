/* mem: arenas hand out zeroed, aligned memory up to their cap; past it, or out of memory, the process ends. */
#include "tests/unit/unit.h"

#include <signal.h>
#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

/* Whether doing it ends in abort(), in a process of its own. */
static bool dies(void (*does)(void)) {
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        log_set_stderr(false);
        signal(SIGABRT, SIG_DFL);
        does();
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void arena_memory_is_zeroed_aligned_and_apart(void **state) {
    (void)state;
    struct arena *a = arena_new(1 << 20);
    unsigned char *last = NULL;
    for (int round = 0; round < 3; round++) {
        for (size_t n = 0; n < 400; n++) {
            unsigned char *p = arena_alloc(a, n);
            assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
            assert_ptr_not_equal(p, last);
            for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
            memset(p, 0xaa, n);
            last = p;
        }
        arena_reset(a);
    }
    arena_free(a);
    arena_free(NULL);
}

static void arena_texts(void **state) {
    (void)state;
    struct arena *a = arena_new(100000);
    char *one = arena_strdup(a, "one"), *two = arena_strndup(a, "two and more", 3),
         *big = arena_printf(a, "%09000d", 7);
    char *short_one = arena_strndup(a, "x\0y", 3);
    assert_string_equal(one, "one");
    assert_string_equal(two, "two");
    assert_string_equal(short_one, "x");
    assert_int_equal(strlen(big), 9000);
    assert_string_equal(arena_printf(a, "%s/%s", one, two), "one/two");
    arena_free(a);
}

static void fill_exactly(void) {
    struct arena *a = arena_new(1024);
    for (int i = 0; i < 64; i++) arena_alloc(a, 16);
    arena_reset(a);
    arena_alloc(a, 1000);
    arena_free(a);
}

static void one_too_many(void) {
    struct arena *a = arena_new(1024);
    for (int i = 0; i < 65; i++) arena_alloc(a, 16);
}

static void far_too_large(void) {
    arena_alloc(arena_new(1024), SIZE_MAX - 3);
}

static void array_that_wraps(void) {
    xreallocarray(NULL, SIZE_MAX / 2, 3);
}

static void caps_end_the_process(void **state) {
    (void)state;
    assert_false(dies(fill_exactly));
    assert_true(dies(one_too_many));
    assert_true(dies(far_too_large));
    assert_true(dies(array_that_wraps));
}

static void plain_allocations(void **state) {
    (void)state;
    free(xmalloc(0));
    free(xcalloc(0, 8));
    unsigned char *p = xcalloc(10, 10);
    for (int i = 0; i < 100; i++) assert_int_equal(p[i], 0);
    p = xrealloc(p, 1000);
    p = xreallocarray(p, 100, 100);
    p[9999] = 1;
    free(p);
    char *s = xstrndup("abcdef", 3), *t = xstrdup(s);
    assert_string_equal(t, "abc");
    free(s);
    free(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(arena_texts),
        cmocka_unit_test(caps_end_the_process),
        cmocka_unit_test(plain_allocations),
    };
    return RUN(tests);
}
