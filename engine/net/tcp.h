/*
 * tcp: byte streams with bounded buffers for broker, feed and control sockets (TCP
 * by host and port, or a Unix socket by path), split into lines or length-prefixed
 * frames by the user's own splitter.
 */
#ifndef MIA_NET_TCP_H
#define MIA_NET_TCP_H

#include <stddef.h>

#include "engine/base/err.h"
#include "engine/net/loop.h"

#define TCP_IN_MAX (4u << 20)
#define TCP_OUT_MAX (4u << 20)

struct tcp;
struct tcp_handler {
    void (*opened)(void *arg);
    /* Offers all bytes that wait; returns how many were used (0: wait for more). The rest is offered again with what follows. */
    size_t (*bytes)(void *arg, const char *p, size_t n);
    void (*closed)(void *arg, const struct err *why); /* once, last; t is freed after */
};
struct tcp *tcp_connect(struct loop *l, const char *host, int port, int64_t connect_ms, const struct tcp_handler *h,
                        void *arg, struct err *e);
struct tcp *tcp_connect_unix(struct loop *l, const char *path, const struct tcp_handler *h, void *arg, struct err *e);
int tcp_send(struct tcp *t, const void *bytes, size_t n); /* queued; -1: full */
void tcp_close(struct tcp *t);                            /* flushes what is queued, then closed */
void tcp_drop(struct tcp *t);                             /* at once, no callback */
/* A splitter for text protocols: length of the first line with its \n (or \r\n), 0 where it is not whole. */
size_t tcp_line(const char *p, size_t n);

#endif
