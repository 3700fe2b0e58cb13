/*
 * web: the server side for the local page, over libwebsockets: a few resources from
 * memory and one WebSocket endpoint. Binds a loopback address only and refuses
 * anything else. It checks nothing about who asks: the owner of the routes does
 * (token, Origin, Host), through web_request.
 */
#ifndef MIA_NET_WEB_H
#define MIA_NET_WEB_H

#include <stddef.h>

#include "engine/base/err.h"
#include "engine/net/ws.h"

#define WEB_CLIENTS_MAX 32
#define WEB_MESSAGE_MAX (64u << 10) /* from a browser */
#define WEB_QUEUE_MAX (8u << 20)    /* to a browser; past it the client is closed */

struct web;
struct web_client; /* one open WebSocket */

struct web_request {
    const char *path;                   /* without the query */
    const char *query;                  /* "" where none */
    const char *host, *origin, *cookie; /* headers; "" where absent */
    bool upgrade;                       /* asks for the WebSocket */
};

struct web_answer {
    int status;       /* 200 404 403 302 … ; for an upgrade 101 lets it through */
    const char *type; /* Content-Type */
    const void *body; /* borrowed until the answer is written: static data, or kept by the owner until `release` */
    size_t body_len;
    /* Called once when the body is needed no more, written or not; NULL: nobody needs to know. The owner may be gone. */
    void (*release)(void *release_arg);
    void *release_arg;
    const char *headers[8][2]; /* extra, until [i][0] is NULL */
};

struct web_handler {
    void (*request)(void *arg, const struct web_request *q, struct web_answer *a);
    void (*opened)(void *arg, struct web_client *c);
    void (*message)(void *arg, struct web_client *c, const char *text, size_t n);
    void (*closed)(void *arg, struct web_client *c); /* c is gone after */
};

/* listen: "127.0.0.1:8787" or "[::1]:8787"; port 0: chosen by the kernel. ERR_BUSY where the port is taken. */
struct web *web_open(struct lws_hub *h, const char *listen, const struct web_handler *handler, void *arg,
                     struct err *e);
int web_port(const struct web *w);
int web_send(struct web_client *c, const char *text, size_t n); /* -1: too slow, being closed */
void web_kick(struct web_client *c);
void web_client_set(struct web_client *c, void *data);
void *web_client_get(const struct web_client *c);
void web_close(struct web *w); /* closes all clients without callbacks */

#endif
