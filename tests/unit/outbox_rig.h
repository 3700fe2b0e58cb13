/*
 * outbox_rig: the outbox on a real desk and store in a folder of its own; the platform is
 * scripted: what was handed over is kept here, with its file, and answered as a test says.
 */
#ifndef MIA_TESTS_OUTBOX_RIG_H
#define MIA_TESTS_OUTBOX_RIG_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/outbox_priv.h"
#include "bot/render.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

struct sent {
    uint64_t id;
    enum platform platform;
    enum outbox_kind kind;
    char channel[16], ref[128], event_id[16];
    char *text;
    char name[DOC_FILE_NAME_MAX];
    char *bytes; /* of its file; NULL: it came without */
    size_t size;
    uint32_t attempt;
    bool repeat, answered;
};

struct rig {
    char dir[64];
    struct loop *loop;
    struct store *store;
    struct desk *desk;
    struct outbox *outbox;
    struct sent *sent;
    uint32_t n, cap;
};

static void on_send(void *arg, enum platform p, const struct delivery *d) {
    struct rig *g = arg;
    struct buf b;
    if (g->n == g->cap) g->sent = xreallocarray(g->sent, g->cap = g->cap ? 2 * g->cap : 64, sizeof *g->sent);
    struct sent *s = &g->sent[g->n++];
    *s =
        (struct sent){.id = d->id, .platform = p, .kind = d->kind, .attempt = d->attempt, .repeat = d->possible_repeat};
    str_copy(s->channel, sizeof s->channel, d->channel);
    str_copy(s->ref, sizeof s->ref, d->message_ref);
    str_copy(s->event_id, sizeof s->event_id, d->event_id);
    if (d->doc->file.n) {
        assert_non_null(d->doc->file.bytes); /* a delivery's file always has its bytes */
        s->size = d->doc->file.n;
        s->bytes = xmalloc(s->size);
        memcpy(s->bytes, d->doc->file.bytes, s->size);
        str_copy(s->name, sizeof s->name, d->doc->file.name);
    }
    buf_init(&b, 1u << 17);
    render_plain(d->doc, false, 4000, &b);
    s->text = buf_detach(&b);
}

static void no_effects(void *arg, const struct event *ev, const struct effects *f) {
    (void)arg;
    (void)ev;
    (void)f;
}

static void start(struct rig *g) {
    struct err e;
    const struct store_options so = {.dir = g->dir};
    g->loop = loop_new();
    g->store = store_open(&so, &e);
    assert_non_null(g->store);
    const struct desk_options d = {
        .loop = g->loop, .store = g->store, .broker = broker_find("paper"), .effects = no_effects, .arg = g};
    g->desk = desk_new(&d);
    const struct outbox_options o = {.loop = g->loop, .desk = g->desk, .store = g->store, .send = on_send, .arg = g};
    g->outbox = outbox_new(&o);
    assert_int_equal(outbox_recover(g->outbox, &e), 0);
}

static void forget_sent(struct rig *g) {
    while (g->n) {
        struct sent *s = &g->sent[--g->n];
        free(s->text);
        free(s->bytes);
    }
}

static void shut(struct rig *g) {
    store_wait(g->store);
    outbox_free(g->outbox);
    desk_free(g->desk);
    store_close(g->store);
    loop_free(g->loop);
    forget_sent(g);
}

/* As a kill does: what was not handed to the store is gone. */
static void killed(struct rig *g) {
    shut(g);
    start(g);
}

static void all_ready(struct rig *g) {
    for (int p = 0; p < PLATFORM_COUNT; p++) outbox_ready(g->outbox, (enum platform)p, true);
}

static struct rig *rig_new(void) {
    struct rig *g = xcalloc(1, sizeof *g);
    log_set_stderr(false);
    str_copy(g->dir, sizeof g->dir, "/tmp/mia-outbox-XXXXXX");
    assert_non_null(mkdtemp(g->dir));
    start(g);
    all_ready(g);
    return g;
}

static void rig_free(struct rig *g) {
    char cmd[96];
    shut(g);
    free(g->sent);
    snprintf(cmd, sizeof cmd, "rm -rf '%s'", g->dir);
    assert_int_equal(system(cmd), 0);
    free(g);
}

static void stop_loop(void *arg) {
    loop_stop(((struct rig *)arg)->loop);
}

/* A few turns: what is open is committed, and what that leads to is done; timers are not waited for. */
static void turns(struct rig *g) {
    for (int i = 0; i < 8; i++) {
        desk_flush(g->desk);
        desk_turn_end(g->desk);
        store_wait(g->store);
        loop_soon(g->loop, stop_loop, g);
        loop_run(g->loop);
    }
}

/* Waits for a retry's timer. */
static void until_sent(struct rig *g, uint32_t n) {
    struct loop_timer *t = loop_timer_new(g->loop, stop_loop, g);
    for (int i = 0; i < 5000 && g->n < n; i++) {
        loop_timer_start(t, 1, 0);
        loop_run(g->loop);
        desk_turn_end(g->desk);
        store_wait(g->store);
    }
    loop_timer_free(t);
    assert_int_equal(g->n, n);
}

static void answer_with(struct rig *g, uint32_t k, const struct delivery_result *r) {
    assert_true(k < g->n && !g->sent[k].answered);
    g->sent[k].answered = true;
    outbox_delivered(g->outbox, g->sent[k].platform, g->sent[k].id, r);
}

#endif
