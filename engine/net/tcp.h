/*
 * tcp: byte streams with bounded buffers for broker, feed and control sockets (TCP
 * by host and port, or a Unix socket by path), split into lines or length-prefixed
 * frames by the user's own splitter. Connections that come in over a Unix socket of
 * ours are streams like the others.
 */
#ifndef MIA_NET_TCP_H
#define MIA_NET_TCP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

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
    void (*drained)(void *arg); /* may be NULL: what had to wait in the queue has left; never inside tcp_send */
};
struct tcp *tcp_connect(struct loop *l, const char *host, int port, int64_t connect_ms, const struct tcp_handler *h,
                        void *arg, struct err *e);
struct tcp *tcp_connect_unix(struct loop *l, const char *path, const struct tcp_handler *h, void *arg, struct err *e);
int tcp_send(struct tcp *t, const void *bytes, size_t n); /* queued; -1: full */
size_t tcp_queued(const struct tcp *t);                   /* bytes that wait to leave */
void tcp_close(struct tcp *t);                            /* flushes what is queued, then closed */
void tcp_drop(struct tcp *t);                             /* at once, no callback */
/* Who is at the other end of a Unix socket, from the kernel. false: nobody can say. */
bool tcp_peer(const struct tcp *t, uid_t *user, pid_t *process);

/* A Unix socket that others connect to: mode 0600 from its first moment. A socket that lies there is replaced, which only the
 * holder of a lock may ask for; anything else that lies there is refused. ERR_RANGE: the path is longer than TCP_UNIX_PATH_MAX. */
#define TCP_UNIX_PATH_MAX 107
struct tcp_listener;
typedef void (*tcp_incoming_fn)(void *arg, struct tcp_listener *l); /* one waits: take it now, or it is closed */
struct tcp_listener *tcp_listen_unix(struct loop *l, const char *path, tcp_incoming_fn fn, void *arg, struct err *e);
/* Inside fn. The stream is open already: `opened` is not called. NULL: it went away. */
struct tcp *tcp_accept(struct tcp_listener *l, const struct tcp_handler *h, void *arg);
void tcp_listener_free(struct tcp_listener *l); /* removes the socket; the streams live on; l may be NULL */
/* A splitter for text protocols: length of the first line with its \n (or \r\n), 0 where it is not whole. */
size_t tcp_line(const char *p, size_t n);

#endif
