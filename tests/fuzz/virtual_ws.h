/*
 * virtual_ws: engine/net/ws.h without a network: a connection opens, speaks and closes
 * when a harness says so, and what the program sends is handed to the harness. Takes the
 * place of the program's ws in the harness that includes it.
 */
#ifndef MIA_TESTS_VIRTUAL_WS_H
#define MIA_TESTS_VIRTUAL_WS_H

#include "tests/fuzz/virtual_loop.h"

#include "engine/net/ws.h"

#define VIRTUAL_CLOSE_MS 2000 /* how long a peer may stay silent after a close was asked for */

struct lws_hub {
    struct loop *loop;
    struct ws *live; /* the one connection; NULL: none */
    uint32_t connects;
    bool refuse;                                       /* the next connects */
    void (*sent)(void *arg, const char *text, size_t); /* a frame of the program */
    void (*closing)(void *arg, int code);              /* the program asks for a close */
    void *arg;
};

struct ws {
    struct lws_hub *hub;
    struct ws_handler on;
    void *arg;
    char *url;
    struct loop_timer *timer; /* of the connect, then of the close */
    bool open, closing;
};

struct lws_hub *lws_hub_new(struct loop *l, struct err *e) {
    struct lws_hub *h = xcalloc(1, sizeof *h);
    (void)e;
    h->loop = l;
    return h;
}

void lws_hub_free(struct lws_hub *h) {
    assert(!h->live);
    free(h);
}

void ws_drop(struct ws *w) {
    if (!w) return;
    w->hub->live = NULL;
    loop_timer_free(w->timer);
    free(w->url);
    free(w);
}

/* The connection is over: the last thing its owner hears of it. */
static void virtual_closed(struct ws *w, int code) {
    struct ws_handler on = w->on;
    void *arg = w->arg;
    ws_drop(w);
    on.closed(arg, code, "");
}

static void virtual_ws_late(void *arg) {
    virtual_closed(arg, 1006);
}

struct ws *ws_connect(struct lws_hub *h, const char *url, int64_t connect_ms, const struct ws_handler *handler,
                      void *arg, struct err *e) {
    assert(!h->live); /* one gateway, one connection */
    h->connects++;
    if (h->refuse) {
        err_set(e, ERR_NET, "no way there", "injoignable");
        return NULL;
    }
    struct ws *w = xcalloc(1, sizeof *w);
    *w = (struct ws){.hub = h, .on = *handler, .arg = arg, .url = xstrdup(url)};
    w->timer = loop_timer_new(h->loop, virtual_ws_late, w);
    loop_timer_start(w->timer, connect_ms, 0);
    h->live = w;
    return w;
}

int ws_send(struct ws *w, const char *text, size_t n) {
    if (w->closing || !w->open) return -1;
    if (w->hub->sent) w->hub->sent(w->hub->arg, text, n);
    return 0;
}

void ws_close(struct ws *w, int code) {
    if (w->closing) return;
    w->closing = true;
    loop_timer_start(w->timer, code ? VIRTUAL_CLOSE_MS : 0, 0);
    if (w->hub->closing) w->hub->closing(w->hub->arg, code);
}

/* ---- what a harness drives ---- */

UNUSED static void virtual_open(struct ws *w) {
    if (w->open || w->closing) return;
    w->open = true;
    loop_timer_stop(w->timer);
    w->on.opened(w->arg);
}

UNUSED static void virtual_message(struct ws *w, const void *bytes, size_t n) {
    char *text = copy_of(bytes, n);
    if (w->open) w->on.message(w->arg, text, n);
    free(text);
}

#endif
