/*
 * replay_main: a harness without a fuzzer: every input of its corpus once, in the order of
 * names, within a time and a memory that no input may pass. `make test` runs it; given
 * files, it runs those. Says which input it was before each, so that a crash has a name.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define INPUT_MAX (4u << 20)
#define PATH_LENGTH_MAX 512
#define SECONDS_MAX 60 /* an input: far past what any may need, even under valgrind */
#define MEMORY_MAX (1ull << 30)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

static int run(const char *path) {
    static uint8_t bytes[INPUT_MAX];
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        return -1;
    }
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    /* A copy of its own size: what reads past the end is seen by a sanitizer. */
    uint8_t *own = malloc(n ? n : 1);
    if (!own) return -1;
    memcpy(own, bytes, n);
    fprintf(stderr, "input %s\n", path);
    alarm(SECONDS_MAX);
    LLVMFuzzerTestOneInput(own, n);
    alarm(0);
    free(own);
    return 0;
}

static int is_input(const struct dirent *d) {
    return d->d_name[0] != '.';
}

static int run_corpus(const char *name, int *count) {
    struct dirent **list = NULL;
    char folder[PATH_LENGTH_MAX], path[2 * PATH_LENGTH_MAX];
    int rc = 0;
    snprintf(folder, sizeof folder, "tests/fuzz/corpus/%s", name);
    int n = scandir(folder, &list, is_input, alphasort);
    if (n <= 0) fprintf(stderr, "no input in %s: run this from the root of the sources\n", folder);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
        if (run(path) < 0) rc = -1;
        free(list[i]);
    }
    free(list);
    *count = n;
    return n > 0 ? rc : -1;
}

/* Sanitizers map terabytes and have limits of their own. */
static void limit_memory(void) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    struct rlimit r = {MEMORY_MAX, MEMORY_MAX};
    setrlimit(RLIMIT_DATA, &r);
#endif
}

int main(int argc, char **argv) {
    const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
    int count = argc - 1, rc = 0;
    limit_memory();
    for (int i = 1; i < argc; i++)
        if (run(argv[i]) < 0) rc = -1;
    if (argc == 1) rc = run_corpus(name, &count);
    if (rc < 0) return 1;
    printf("[       OK ] %s: %d inputs\n", name, count);
    return 0;
}
