/*
 * ws: a WebSocket client of a few functions over libwebsockets 4.1.6, so that the
 * library can be replaced. No permessage-deflate, HTTP/1.1 only. Messages are put
 * together up to WS_MESSAGE_MAX; a larger one closes the connection. Text frames are sent; binary ones are taken where the
 * handler says so, and close the connection where not.
 */
#ifndef MIA_NET_WS_H
#define MIA_NET_WS_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/err.h"
#include "engine/net/loop.h"

#define WS_MESSAGE_MAX (16u << 20)
#define WS_QUEUE_MAX (1u << 20) /* bytes waiting to be written */

struct lws_hub; /* the library's context on our loop; shared with web.h */
struct lws_hub *lws_hub_new(struct loop *l, struct err *e);
void lws_hub_free(struct lws_hub *h);

struct ws;
struct ws_handler {
    void (*opened)(void *arg);
    void (*message)(void *arg, const char *text, size_t n); /* terminated */
    /* Once, last; ws is freed after. code: peer's close code, 1006 where none came. why: for the log. */
    void (*closed)(void *arg, int code, const char *why);
    bool binary; /* the peer may send binary frames; message gets their bytes */
};

/* NULL: refused at once (bad URL, plain ws off loopback). connect_ms bounds TCP+TLS+handshake. */
struct ws *ws_connect(struct lws_hub *h, const char *url, int64_t connect_ms, const struct ws_handler *handler,
                      void *arg, struct err *e);
int ws_send(struct ws *w, const char *text, size_t n); /* queued, copied; -1: queue full or closing */
/* Asks for a close with that code; `closed` follows (also when the peer stays silent, after 2 s). code 0: cuts TCP at once. */
void ws_close(struct ws *w, int code);
/* Drops the connection at once without a callback. */
void ws_drop(struct ws *w);

#endif
