/*
 * virtual_web: engine/net/web.h without a network: browsers come, speak, ask for resources
 * and leave when a harness says so. Takes the place of the program's web in the harness
 * that includes it.
 */
#ifndef MIA_TESTS_VIRTUAL_WEB_H
#define MIA_TESTS_VIRTUAL_WEB_H

#include "tests/fuzz/virtual_ws.h"

#include "engine/net/web.h"

struct web_client {
    struct web *web;
    void *data;
    bool open, kicked;
};

struct web {
    struct loop *loop;
    struct web_handler on;
    void *arg;
    struct web_client client[WEB_CLIENTS_MAX];
    void (*sent)(void *arg, struct web_client *c, const char *text, size_t n); /* a message of the program */
    void *sent_arg;
};

static struct web *virtual_web; /* the one that is open; NULL: none */

struct web *web_open(struct lws_hub *h, const char *listen, const struct web_handler *handler, void *arg,
                     struct err *e) {
    (void)listen, (void)e;
    struct web *w = xcalloc(1, sizeof *w);
    w->loop = h->loop;
    w->on = *handler;
    w->arg = arg;
    virtual_web = w;
    return w;
}

int web_port(const struct web *w) {
    (void)w;
    return 8787;
}

void web_close(struct web *w) {
    virtual_web = NULL;
    free(w);
}

int web_send(struct web_client *c, const char *text, size_t n) {
    assert(c->open);
    if (c->kicked) return -1;
    if (c->web->sent) c->web->sent(c->web->sent_arg, c, text, n);
    return 0;
}

void web_client_set(struct web_client *c, void *data) {
    c->data = data;
}

void *web_client_get(const struct web_client *c) {
    return c->data;
}

/* The end of a connection is told on a later turn. */
static void virtual_kicked(void *arg) {
    struct web_client *c = arg;
    if (!virtual_web || !c->open) return;
    c->open = false;
    c->web->on.closed(c->web->arg, c);
}

void web_kick(struct web_client *c) {
    if (c->kicked) return;
    c->kicked = true;
    loop_soon(c->web->loop, virtual_kicked, c);
}

/* ---- what a harness drives ---- */

UNUSED static struct web_client *virtual_browser(uint32_t i) {
    return &virtual_web->client[i % WEB_CLIENTS_MAX];
}

UNUSED static void virtual_come(struct web_client *c) {
    if (c->open) return;
    *c = (struct web_client){.web = virtual_web, .open = true};
    c->web->on.opened(c->web->arg, c);
}

UNUSED static void virtual_leave(struct web_client *c) {
    if (!c->open) return;
    c->open = false;
    c->web->on.closed(c->web->arg, c);
}

UNUSED static void virtual_say(struct web_client *c, const void *bytes, size_t n) {
    char *text = copy_of(bytes, n);
    if (c->open && !c->kicked && n <= WEB_MESSAGE_MAX) c->web->on.message(c->web->arg, c, text, n);
    free(text);
}

#endif
