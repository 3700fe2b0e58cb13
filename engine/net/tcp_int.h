/* tcp_int: what tcp.c and tcp_listen.c share. */
#ifndef MIA_NET_TCP_INT_H
#define MIA_NET_TCP_INT_H

#include "engine/net/tcp.h"

/* Takes what waits at a listening uv_stream_t. NULL: it went away. */
struct tcp *tcp_adopt(struct loop *l, void *server, const char *who, const struct tcp_handler *h, void *arg);

#endif
