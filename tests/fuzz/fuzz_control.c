/*
 * fuzz_control: any bytes on the control socket, in both directions. As a question: what
 * is taken must read back the same when it is written again. As frames of an answer, in
 * pieces of any size: order and sizes are held to, and nothing comes after the end.
 * `make fuzz` runs it; with -DFUZZ_MAIN it runs the files of a corpus.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

/* ---- questions ---- */

static void as_question(const char *p, size_t n) {
    struct ask q = {.lang = LANG_FR}, again = {0};
    struct err e = {0};
    struct buf line;
    if (ask_read(p, n, &q, &e) < 0) {
        assert(e.code != ERR_NONE && *e.text[LANG_EN] && *e.text[LANG_FR]);
        return;
    }
    assert(q.kind < ASK_KIND_COUNT && (q.kind != ASK_BACKUP || q.dir[0] == '/'));
    buf_init(&line, ASK_LINE_MAX);
    ask_write(&q, &line);
    assert(!line.overflow && !memchr(line.p, '\n', line.len - 1));
    assert(ask_read(line.p, line.len - 1, &again, &e) == 0);
    assert(again.kind == q.kind && again.lang == q.lang && again.from.ns == q.from.ns && again.to.ns == q.to.ns);
    assert(again.day == q.day && again.json == q.json && again.what == q.what && !strcmp(again.dir, q.dir));
    buf_clear(&line);
}

/* ---- answers ---- */

struct seen {
    uint64_t snapshots, events;
    bool span, ended;
};

static void on_output(void *arg, const char *p, size_t n) {
    (void)p;
    assert(n > 0 && n <= WIRE_FRAME_MAX && !((struct seen *)arg)->ended);
}
static void on_span(void *arg, const struct answer_span *s) {
    struct seen *seen = arg;
    assert(!seen->span && s->live_bytes <= SNAPSHOT_BYTES_MAX && s->start_bytes <= SNAPSHOT_BYTES_MAX);
    seen->span = true;
    seen->snapshots = s->live_bytes + s->start_bytes;
}
static void on_snapshot(void *arg, const void *p, size_t n) {
    struct seen *seen = arg;
    (void)p;
    assert(seen->span && n <= seen->snapshots);
    seen->snapshots -= n;
}
static void on_event(void *arg, const struct event *ev) {
    struct seen *seen = arg;
    assert(seen->span && seen->snapshots == 0 && ev->kind < EVENT_KIND_COUNT);
    seen->events++;
}
static void on_copy(void *arg, const char *dir, int schema) {
    (void)schema;
    assert(!((struct seen *)arg)->ended && strlen(dir) < ASK_PATH_MAX + 64);
}
static void on_progress(void *arg, uint64_t at, uint64_t of) {
    (void)at;
    (void)of;
    assert(!((struct seen *)arg)->ended);
}
static void on_end(void *arg, const struct err *failed) {
    struct seen *seen = arg;
    assert(!seen->ended && (failed || seen->snapshots == 0));
    for (const char *p = failed ? failed->text[LANG_EN] : ""; *p; p++) assert((uint8_t)*p >= 0x20);
    seen->ended = true;
}

static void as_answer(const char *p, size_t n, size_t piece) {
    struct seen seen = {0};
    struct err e = {0};
    struct wire_in in = {.to = {.arg = &seen,
                                .output = on_output,
                                .span = on_span,
                                .snapshot = on_snapshot,
                                .event = on_event,
                                .copy = on_copy,
                                .progress = on_progress,
                                .end = on_end}};
    size_t at = 0, end = 0;
    wire_in_open(&in);
    while (end < n) {
        end = n - end < piece ? n : end + piece;
        long used = wire_in_bytes(&in, p + at, end - at, &e);
        if (used < 0) {
            assert(e.code == ERR_SYNTAX && *e.text[LANG_FR]);
            break;
        }
        assert((size_t)used <= end - at);
        at += (size_t)used;
    }
    assert(in.ended == seen.ended);
    wire_in_clear(&in);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    if (n == 0) return 0;
    char *copy = malloc(n); /* exactly as long as it says */
    memcpy(copy, bytes, n);
    as_question(copy, n);
    as_answer(copy + 1, n - 1, 1 + bytes[0]);
    free(copy);
    return 0;
}

#ifdef FUZZ_MAIN
int main(int argc, char **argv) {
    static uint8_t bytes[1u << 16];
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        if (!f) return 1;
        size_t n = fread(bytes, 1, sizeof bytes, f);
        fclose(f);
        LLVMFuzzerTestOneInput(bytes, n);
    }
    return 0;
}
#endif
