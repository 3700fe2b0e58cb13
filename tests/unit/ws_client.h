/*
 * ws_client: a WebSocket client that notes what it is told, for test_ws.c and test_web.c.
 * Header only; the test sets up `net_loop` and `hub`.
 */
#ifndef MIA_TESTS_WS_CLIENT_H
#define MIA_TESTS_WS_CLIENT_H

#include "engine/base/buf.h"
#include "engine/net/ws.h"
#include "tests/unit/net.h"

static struct lws_hub *hub;

struct client {
    struct ws *ws;
    int opened, closed, messages, code, wanted;
    size_t len, sent_len;
    char text[256], why[160];
    const char *send;
    bool drop_on_message, close_on_message, stop_on_open;
    int close_code;
};

static inline void ws_opened(void *arg) {
    struct client *c = arg;
    c->opened++;
    if (c->send) assert_int_equal(ws_send(c->ws, c->send, c->sent_len ? c->sent_len : strlen(c->send)), 0);
    if (c->stop_on_open) loop_stop(net_loop);
}

static inline void ws_message(void *arg, const char *text, size_t n) {
    struct client *c = arg;
    c->messages++;
    c->len = n;
    if (c->drop_on_message) {
        ws_drop(c->ws);
        loop_stop(net_loop);
    }
    if (c->close_on_message) ws_close(c->ws, c->close_code);
    str_copy(c->text, sizeof c->text, text); /* still there after a drop */
    assert_int_equal(text[n], '\0');
    if (c->messages == c->wanted) loop_stop(net_loop);
}

static inline void ws_closed(void *arg, int code, const char *why) {
    struct client *c = arg;
    c->closed++;
    c->code = code;
    str_copy(c->why, sizeof c->why, why);
    assert_true(why[0]);
    ws_drop(c->ws); /* a clean-up that comes here too does no harm */
    loop_stop(net_loop);
}

static const struct ws_handler client_handler = {.opened = ws_opened, .message = ws_message, .closed = ws_closed};

static inline void dial(struct client *c, int port, const char *path) {
    char url[128];
    struct err e = {0};
    snprintf(url, sizeof url, "ws://127.0.0.1:%d%s", port, path);
    c->ws = ws_connect(hub, url, 5000, &client_handler, c, &e);
    if (!c->ws) fail_msg("%s", err_text(&e, LANG_EN));
    assert_int_equal(c->opened + c->closed, 0);
}

#endif
