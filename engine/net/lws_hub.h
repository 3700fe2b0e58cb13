/*
 * lws_hub: libwebsockets on our loop, for ws.c and web.c only. Two contexts, each
 * made when first needed: one without TLS (the local page, ws:// on loopback) and
 * one with (wss://), since TLS costs memory and start-up that a demo does not need.
 */
#ifndef MIA_NET_LWS_HUB_H
#define MIA_NET_LWS_HUB_H

#include <libwebsockets.h>

#include "engine/base/buf.h"
#include "engine/net/ws.h"

#define HUB_CONNS_MAX 128     /* sockets in each context */
#define HUB_CHUNK (16u << 10) /* bytes read at a time */

struct lws_hub {
    struct loop *l;
    struct lws_context *plain, *secure;
    struct lws_vhost *client, *client_tls, *server;
    struct ws *clients; /* owned by ws.c */
    struct ws *dead;    /* freed at the end of the turn */
};

struct lws_vhost *hub_client(struct lws_hub *h, bool tls); /* NULL: libwebsockets cannot start */
struct lws_vhost *hub_server(struct lws_hub *h);

/* Closes a connection from outside its callbacks, soon and without a goodbye. */
void hub_kill(struct lws *wsi);
/*
 * libwebsockets 4.1.6 forgets its descriptor watcher where a TCP connect fails: some 200 bytes each time, for as long as a
 * network is away. The first is for CLIENT_CONNECTION_ERROR. The others are for a failure inside lws_client_connect_via_info:
 * what was watched before, then the same after, which frees what is new.
 */
void hub_forget_watchers(struct lws_hub *h, const struct lws *wsi);
const void *hub_last_watcher(struct lws_hub *h);
void hub_forget_watchers_after(struct lws_hub *h, const void *last);

/* Messages that wait to be written, each with the room in front that lws_write wants. */
struct hub_message {
    struct hub_message *next;
    size_t n;
    unsigned char bytes[];
};
struct hub_queue {
    struct hub_message *head, **tail;
    size_t bytes;
};
void hub_queue_init(struct hub_queue *q);
void hub_queue_clear(struct hub_queue *q);
void hub_queue_add(struct hub_queue *q, const char *text, size_t n);
/* Writes the first message as a text frame; -1 where the connection is broken. More: asks to be called again. */
int hub_queue_write(struct hub_queue *q, struct lws *wsi);

/* Puts a message together from what a RECEIVE callback gives. 0: more follows, 1: whole, else the close code to refuse with. */
int hub_assemble(struct lws *wsi, struct buf *in, const void *bytes, size_t n, bool binary /* is taken too */);

int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n);  /* in ws.c */
int web_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n); /* in web.c */
void ws_drop_all(struct lws_hub *h);                                                                 /* in ws.c */

#endif
