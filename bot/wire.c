/* wire: frames. Numbers go through snap, so both sides are one function; nothing is trusted when read. */
#include "bot/wire.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/snap.h"

#define SMALL_MAX 8192 /* the frames that come whole */

/* ---- what both sides share ---- */

static void snap_span(struct snap *s, struct answer_span *v) {
    snap_u64(s, &v->until);
    snap_u64(s, &v->live_seq);
    snap_u64(s, &v->start_seq);
    snap_u64(s, &v->live_bytes);
    snap_u64(s, &v->start_bytes);
}

struct copy_done {
    int32_t schema;
    char dir[ASK_PATH_MAX + 64];
};

static void snap_copy(struct snap *s, struct copy_done *v) {
    snap_i32(s, &v->schema);
    snap_text(s, v->dir, sizeof v->dir);
}

struct progress {
    uint64_t at, of;
};

static void snap_progress(struct snap *s, struct progress *v) {
    snap_u64(s, &v->at);
    snap_u64(s, &v->of);
}

struct ending {
    uint32_t code;
    char text[ERR_TEXT_MAX];
};

static void snap_ending(struct snap *s, struct ending *v) {
    snap_u32(s, &v->code);
    snap_text(s, v->text, sizeof v->text);
}

/* ---- writing ---- */

static void header(uint8_t h[WIRE_HEADER], enum wire_kind kind, size_t n) {
    memset(h, 0, WIRE_HEADER);
    h[0] = (uint8_t)kind;
    for (int i = 0; i < 4; i++) h[4 + i] = (uint8_t)(n >> 8 * i);
}

void wire_out_open(struct wire_out *w) {
    buf_init(&w->frame, WIRE_HEADER + WIRE_FRAME_MAX);
    buf_init(&w->event, WIRE_EVENT_MAX + 4);
}

void wire_out_clear(struct wire_out *w) {
    buf_clear(&w->frame);
    buf_clear(&w->event);
}

void wire_out_flush(struct wire_out *w) {
    if (w->frame.len <= WIRE_HEADER) return;
    header((uint8_t *)w->frame.p, w->kind, w->frame.len - WIRE_HEADER);
    w->send(w->arg, w->frame.p, w->frame.len);
    buf_reset(&w->frame);
}

/* Adds to the frame of its kind; a full one goes. */
static void put(struct wire_out *w, enum wire_kind kind, const void *bytes, size_t n) {
    static const uint8_t place[WIRE_HEADER];
    const char *p = bytes;
    if (w->kind != kind) wire_out_flush(w);
    w->kind = kind;
    while (n > 0) {
        if (w->frame.len == 0) buf_add(&w->frame, place, sizeof place);
        size_t room = WIRE_HEADER + WIRE_FRAME_MAX - w->frame.len, some = n < room ? n : room;
        buf_add(&w->frame, p, some);
        p += some;
        n -= some;
        if (some == room) wire_out_flush(w);
    }
}

static void put_small(struct wire_out *w, enum wire_kind kind, struct buf *b) {
    wire_out_flush(w);
    put(w, kind, b->p, b->len);
    wire_out_flush(w);
    buf_clear(b);
}

static void out_output(void *arg, const char *p, size_t n) {
    put(arg, WIRE_OUTPUT, p, n);
}

static void out_span(void *arg, const struct answer_span *s) {
    struct answer_span copy = *s;
    struct buf b;
    struct snap w;
    buf_init(&b, SMALL_MAX);
    snap_writer(&w, &b);
    snap_span(&w, &copy);
    put_small(arg, WIRE_SPAN, &b);
}

static void out_snapshot(void *arg, const void *p, size_t n) {
    put(arg, WIRE_SNAPSHOT, p, n);
}

static void out_event(void *arg, const struct event *ev) {
    struct wire_out *w = arg;
    struct event copy = *ev;
    struct snap s;
    uint32_t n = 0;
    buf_reset(&w->event);
    snap_writer(&s, &w->event);
    s.version = ENGINE_FORMAT;
    snap_u32(&s, &n);
    event_snap(&copy, NULL, &s);
    n = (uint32_t)w->event.len - 4;
    for (int i = 0; i < 4; i++) w->event.p[i] = (char)(uint8_t)(n >> 8 * i);
    put(w, WIRE_EVENTS, w->event.p, w->event.len);
}

static void out_copy(void *arg, const char *dir, int schema) {
    struct copy_done v = {.schema = schema};
    struct buf b;
    struct snap s;
    str_copy(v.dir, sizeof v.dir, dir);
    buf_init(&b, SMALL_MAX);
    snap_writer(&s, &b);
    snap_copy(&s, &v);
    put_small(arg, WIRE_COPY, &b);
}

static void out_progress(void *arg, uint64_t at, uint64_t of) {
    struct progress v = {at, of};
    struct buf b;
    struct snap s;
    buf_init(&b, SMALL_MAX);
    snap_writer(&s, &b);
    snap_progress(&s, &v);
    put_small(arg, WIRE_PROGRESS, &b);
}

static void out_end(void *arg, const struct err *failed) {
    struct wire_out *w = arg;
    struct ending v = {.code = failed ? failed->code : ERR_NONE};
    struct buf b;
    struct snap s;
    if (failed) str_copy(v.text, sizeof v.text, err_text(failed, w->lang));
    buf_init(&b, SMALL_MAX);
    snap_writer(&s, &b);
    snap_ending(&s, &v);
    put_small(w, WIRE_END, &b);
}

void wire_out_answer(struct answer_to *to) {
    to->output = out_output;
    to->span = out_span;
    to->snapshot = out_snapshot;
    to->event = out_event;
    to->copy = out_copy;
    to->progress = out_progress;
    to->end = out_end;
}

/* ---- reading ---- */

void wire_in_open(struct wire_in *w) {
    buf_init(&w->event, WIRE_EVENT_MAX + 4);
    w->config = xcalloc(1, sizeof *w->config);
}

void wire_in_clear(struct wire_in *w) {
    buf_clear(&w->event);
    free(w->config);
    w->config = NULL;
}

static int wrong(struct err *e) {
    return err_set(e, ERR_SYNTAX, "what answers at the control socket is no mia of this version",
                   "ce qui répond à la socket de contrôle n’est pas un mia de cette version");
}

static int in_span(struct wire_in *w, struct snap *s, struct err *e) {
    snap_span(s, &w->span);
    if (!snap_complete(s) || w->spanned || w->span.live_bytes > SNAPSHOT_BYTES_MAX ||
        w->span.start_bytes > SNAPSHOT_BYTES_MAX)
        return wrong(e);
    w->spanned = true;
    w->snapshot_left = w->span.live_bytes + w->span.start_bytes;
    w->to.span(w->to.arg, &w->span);
    return 0;
}

static int in_snapshot(struct wire_in *w, const char *p, size_t n, struct err *e) {
    if (!w->spanned || n > w->snapshot_left) return wrong(e);
    w->snapshot_left -= n;
    w->to.snapshot(w->to.arg, p, n);
    return 0;
}

static int one_event(struct wire_in *w, const char *p, size_t n, struct err *e) {
    struct event ev;
    struct snap s;
    memset(&ev, 0, sizeof ev);
    snap_reader(&s, p, n);
    s.version = ENGINE_FORMAT;
    event_snap(&ev, w->config, &s);
    if (!snap_complete(&s)) return wrong(e);
    w->to.event(w->to.arg, &ev);
    return 0;
}

static int in_events(struct wire_in *w, const char *p, size_t n, struct err *e) {
    if (!w->spanned || w->snapshot_left > 0) return wrong(e);
    buf_add(&w->event, p, n);
    size_t at = 0;
    while (w->event.len - at >= 4) {
        uint32_t size = 0;
        for (int i = 0; i < 4; i++) size |= (uint32_t)(uint8_t)w->event.p[at + (size_t)i] << 8 * i;
        if (size > WIRE_EVENT_MAX - WIRE_FRAME_MAX) return wrong(e);
        if (w->event.len - at - 4 < size) break;
        if (one_event(w, w->event.p + at + 4, size, e) < 0) return -1;
        at += 4 + size;
    }
    buf_drop(&w->event, at);
    return w->event.overflow ? wrong(e) : 0;
}

static int in_copy(struct wire_in *w, struct snap *s, struct err *e) {
    struct copy_done v = {0};
    snap_copy(s, &v);
    if (!snap_complete(s)) return wrong(e);
    w->to.copy(w->to.arg, v.dir, v.schema);
    return 0;
}

static int in_progress(struct wire_in *w, struct snap *s, struct err *e) {
    struct progress v = {0};
    snap_progress(s, &v);
    if (!snap_complete(s)) return wrong(e);
    w->to.progress(w->to.arg, v.at, v.of);
    return 0;
}

static int in_end(struct wire_in *w, struct snap *s, struct err *e) {
    struct ending v = {0};
    struct err failed = {0};
    struct buf text;
    snap_ending(s, &v);
    if (!snap_complete(s) || v.code >= ERR_CODE_COUNT) return wrong(e);
    if (v.code == ERR_NONE && (w->snapshot_left > 0 || w->event.len > 0)) return wrong(e);
    w->ended = true;
    buf_init(&text, sizeof v.text);
    buf_text(&text, v.text, strlen(v.text), false); /* for a terminal */
    err_set(&failed, (enum err_code)v.code, "%s", "%s", text.len ? text.p : "");
    buf_clear(&text);
    w->to.end(w->to.arg, v.code == ERR_NONE ? NULL : &failed);
    return 0;
}

static int in_frame(struct wire_in *w, enum wire_kind kind, const char *p, size_t n, struct err *e) {
    struct snap s;
    snap_reader(&s, p, n);
    switch (kind) {
    case WIRE_OUTPUT: w->to.output(w->to.arg, p, n); return 0;
    case WIRE_SPAN: return in_span(w, &s, e);
    case WIRE_SNAPSHOT: return in_snapshot(w, p, n, e);
    case WIRE_EVENTS: return in_events(w, p, n, e);
    case WIRE_COPY: return in_copy(w, &s, e);
    case WIRE_PROGRESS: return in_progress(w, &s, e);
    case WIRE_END: return in_end(w, &s, e);
    case WIRE_KIND_COUNT: break;
    }
    return wrong(e);
}

long wire_in_bytes(struct wire_in *w, const char *p, size_t n, struct err *e) {
    size_t at = 0;
    while (!w->ended && n - at >= WIRE_HEADER) {
        const uint8_t *h = (const uint8_t *)p + at;
        size_t size = (size_t)h[4] | (size_t)h[5] << 8 | (size_t)h[6] << 16 | (size_t)h[7] << 24;
        if (h[0] >= WIRE_KIND_COUNT || h[1] || h[2] || h[3] || size == 0 || size > WIRE_FRAME_MAX) return wrong(e);
        if (n - at - WIRE_HEADER < size) break;
        if (in_frame(w, (enum wire_kind)h[0], p + at + WIRE_HEADER, size, e) < 0) return -1;
        at += WIRE_HEADER + size;
    }
    return (long)at;
}
