/*
 * tcp: see tcp.h. Owns the socket and both buffers of one connection. Names are
 * looked up in libuv's pool, and each address is tried until connect_ms is over.
 *
 * A struct tcp is freed in the closing phase of the loop, never inside a call of
 * its user, so handlers may close or drop it at any point.
 */
#include "engine/net/tcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <uv.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/net/net_err.h"
#include "engine/net/tcp_int.h"

#define WHO_MAX 256
#define IN_FIRST 4096
#define IN_KEEP (64u << 10) /* an empty buffer larger than this is given back */
#define ADDRESSES_MAX 8
#define KEEPALIVE_S 30
#define LINGER_MS 5000 /* tcp_close: what is queued must be gone by then */

struct tcp {
    struct loop *l;
    struct tcp_handler on;
    void *arg;
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct loop_timer *timer; /* of the connection, then of tcp_close */
    struct lookup *lookup;    /* under way, or NULL */
    struct sockaddr_storage addresses[ADDRESSES_MAX];
    int address_count, address_next, last; /* last: why the address before failed */
    uv_connect_t connect;
    uv_shutdown_t shutdown;
    char *in;
    size_t in_len, in_cap, out_len;
    char who[WHO_MAX];
    bool has_handle, open, closing, ended, silent, reconnecting, reporting;
    struct err why;
};

/* A name lookup cannot be stopped: it outlives its tcp where that is dropped. */
struct lookup {
    uv_getaddrinfo_t uv;
    struct tcp *t;
};

struct chunk {
    uv_write_t uv;
    struct tcp *t;
    size_t n;
    char bytes[];
};

static void try_next(struct tcp *t);

static void tcp_free(struct tcp *t) {
    free(t->in);
    free(t);
}

static void report(struct tcp *t) {
    t->reporting = true;
    if (!t->silent) t->on.closed(t->arg, &t->why);
    tcp_free(t);
}

static void on_handle_closed(uv_handle_t *h) {
    report(h->data);
}

static void on_ended_soon(void *arg) {
    report(arg);
}

/* The one way out. `closed` and the freeing follow later in the turn. */
static void end(struct tcp *t) {
    if (t->ended) return;
    t->ended = true;
    t->open = false;
    loop_timer_free(t->timer);
    if (t->lookup) {
        t->lookup->t = NULL;
        uv_cancel((uv_req_t *)&t->lookup->uv);
    }
    if (t->has_handle)
        uv_close(&t->uv.handle, on_handle_closed);
    else if (!t->reconnecting) /* between two addresses the old socket's closing ends it */
        loop_soon(t->l, on_ended_soon, t);
}

static void fail(struct tcp *t, int uv_code) {
    if (t->ended) return;
    net_err(&t->why, ERR_NET, t->who, uv_code);
    end(t);
}

/* ---- reading ---- */

static void on_space(uv_handle_t *h, size_t hint, uv_buf_t *out) {
    struct tcp *t = h->data;
    (void)hint;
    if (t->in_len == t->in_cap && t->in_cap < TCP_IN_MAX) {
        t->in_cap = t->in_cap ? t->in_cap * 2 : IN_FIRST;
        t->in = xrealloc(t->in, t->in_cap);
    }
    *out = uv_buf_init(t->in + t->in_len, (unsigned)(t->in_cap - t->in_len));
}

static void offer(struct tcp *t) {
    size_t at = 0;
    while (at < t->in_len && !t->ended && !t->closing) {
        size_t used = t->on.bytes(t->arg, t->in + at, t->in_len - at);
        if (used == 0) break;
        at += used < t->in_len - at ? used : t->in_len - at;
    }
    t->in_len -= at;
    if (t->in_len > 0) {
        memmove(t->in, t->in + at, t->in_len);
    } else if (t->in_cap > IN_KEEP) {
        free(t->in);
        t->in = NULL;
        t->in_cap = 0;
    }
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b) {
    struct tcp *t = s->data;
    (void)b;
    if (t->ended) return;
    if (n == UV_ENOBUFS || t->in_len + (n > 0 ? (size_t)n : 0) > TCP_IN_MAX) {
        err_set(&t->why, ERR_FULL, "%s sends more than can be kept", "%s envoie plus qu’on ne peut garder", t->who);
        end(t);
        return;
    }
    if (n < 0) {
        if (!t->closing) fail(t, (int)n);
        return;
    }
    t->in_len += (size_t)n;
    if (n > 0) offer(t);
}

/* ---- connecting ---- */

static void opened(struct tcp *t) {
    t->open = true;
    loop_timer_stop(t->timer);
    if (uv_read_start(&t->uv.stream, on_space, on_read)) {
        fail(t, UV_EIO);
        return;
    }
    t->on.opened(t->arg);
}

static void on_old_closed(uv_handle_t *h) {
    struct tcp *t = h->data;
    t->reconnecting = false;
    if (t->ended)
        report(t);
    else
        try_next(t);
}

/* A socket that failed to connect cannot be used again. */
static void retry(struct tcp *t, int status) {
    t->last = status;
    t->has_handle = false;
    t->reconnecting = true;
    uv_close(&t->uv.handle, on_old_closed);
}

static void on_connected(uv_connect_t *r, int status) {
    struct tcp *t = r->handle->data;
    if (t->ended || status == UV_ECANCELED) return;
    if (status == 0) {
        opened(t);
    } else if (t->address_next < t->address_count) {
        retry(t, status);
    } else {
        fail(t, status);
    }
}

static void try_next(struct tcp *t) {
    if (t->address_next >= t->address_count) {
        fail(t, t->last);
        return;
    }
    const struct sockaddr *a = (const struct sockaddr *)&t->addresses[t->address_next++];
    uv_tcp_init(loop_uv(t->l), &t->uv.tcp);
    t->uv.handle.data = t;
    t->has_handle = true;
    uv_tcp_nodelay(&t->uv.tcp, 1);
    uv_tcp_keepalive(&t->uv.tcp, 1, KEEPALIVE_S);
    int r = uv_tcp_connect(&t->connect, &t->uv.tcp, a, on_connected);
    if (r) retry(t, r);
}

static void on_looked_up(uv_getaddrinfo_t *r, int status, struct addrinfo *found) {
    struct lookup *k = (struct lookup *)r;
    struct tcp *t = k->t;
    if (t) {
        t->lookup = NULL;
        for (const struct addrinfo *a = found; a && t->address_count < ADDRESSES_MAX; a = a->ai_next)
            memcpy(&t->addresses[t->address_count++], a->ai_addr, a->ai_addrlen);
        t->last = status < 0 ? status : UV_EAI_NONAME;
        try_next(t);
    }
    uv_freeaddrinfo(found);
    free(k);
}

static void on_timeout(void *arg) {
    struct tcp *t = arg;
    if (t->closing)
        end(t); /* what was queued did not go in time; the user has said goodbye anyway */
    else
        fail(t, UV_ETIMEDOUT);
}

static struct tcp *tcp_new(struct loop *l, const char *who, const struct tcp_handler *h, void *arg) {
    struct tcp *t = xcalloc(1, sizeof *t);
    t->l = l;
    t->on = *h;
    t->arg = arg;
    str_copy(t->who, sizeof t->who, who);
    t->timer = loop_timer_new(l, on_timeout, t);
    return t;
}

struct tcp *tcp_connect(struct loop *l, const char *host, int port, int64_t connect_ms, const struct tcp_handler *h,
                        void *arg, struct err *e) {
    char service[16];
    if (!*host || strlen(host) >= WHO_MAX || port < 1 || port > 65535) {
        err_set(e, ERR_RANGE, "bad host or port", "hôte ou port invalide");
        return NULL;
    }
    struct tcp *t = tcp_new(l, host, h, arg);
    struct lookup *k = xcalloc(1, sizeof *k);
    k->t = t;
    snprintf(service, sizeof service, "%d", port);
    /* "localhost" is this machine (a lookup of no name) whatever a name server says, or where /etc/hosts is missing.
     * AI_ADDRCONFIG would hide loopback on a machine without a network. */
    bool here = strcasecmp(host, "localhost") == 0;
    bool local = here || strspn(host, "0123456789.:abcdefABCDEF") == strlen(host);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = local ? 0 : AI_ADDRCONFIG};
    int r = uv_getaddrinfo(loop_uv(l), &k->uv, on_looked_up, here ? NULL : host, service, &hints);
    if (r) {
        net_err(e, ERR_NET, host, r);
        loop_timer_free(t->timer);
        free(k);
        tcp_free(t);
        return NULL;
    }
    t->lookup = k;
    loop_timer_start(t->timer, connect_ms, 0);
    return t;
}

static void on_pipe_connected(uv_connect_t *r, int status) {
    struct tcp *t = r->handle->data;
    if (t->ended || status == UV_ECANCELED) return;
    if (status == 0)
        opened(t);
    else
        fail(t, status);
}

struct tcp *tcp_connect_unix(struct loop *l, const char *path, const struct tcp_handler *h, void *arg, struct err *e) {
    if (!*path || strlen(path) >= sizeof((struct sockaddr_un *)0)->sun_path) {
        err_set(e, ERR_RANGE, "the socket's path is too long", "le chemin de la socket est trop long");
        return NULL;
    }
    struct tcp *t = tcp_new(l, path, h, arg);
    uv_pipe_init(loop_uv(l), &t->uv.pipe, 0);
    t->uv.handle.data = t;
    t->has_handle = true;
    uv_pipe_connect(&t->connect, &t->uv.pipe, path, on_pipe_connected);
    return t;
}

struct tcp *tcp_adopt(struct loop *l, void *server, const char *who, const struct tcp_handler *h, void *arg) {
    struct tcp *t = tcp_new(l, who, h, arg);
    uv_pipe_init(loop_uv(l), &t->uv.pipe, 0);
    t->uv.handle.data = t;
    t->has_handle = true;
    if (uv_accept(server, &t->uv.stream) || uv_read_start(&t->uv.stream, on_space, on_read)) {
        tcp_drop(t);
        return NULL;
    }
    t->open = true;
    return t;
}

bool tcp_peer(const struct tcp *t, uid_t *user, pid_t *process) {
    uv_os_fd_t fd;
    struct ucred c;
    socklen_t n = sizeof c;
    if (!t->has_handle || uv_fileno(&t->uv.handle, &fd)) return false;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &c, &n) < 0 || c.uid == (uid_t)-1) return false;
    *user = c.uid;
    *process = c.pid;
    return true;
}

/* ---- writing and closing ---- */

static void on_written(uv_write_t *w, int status) {
    struct chunk *k = w->data;
    struct tcp *t = k->t;
    t->out_len -= k->n;
    free(k);
    if (status == UV_EPIPE) return; /* what they said before they hung up is still to be read; then reading ends */
    if (status < 0 && status != UV_ECANCELED)
        fail(t, status);
    else if (t->out_len == 0 && !t->ended && !t->closing && t->on.drained)
        t->on.drained(t->arg);
}

size_t tcp_queued(const struct tcp *t) {
    return t->out_len;
}

int tcp_send(struct tcp *t, const void *bytes, size_t n) {
    if (!t->open || t->closing || n > TCP_OUT_MAX - t->out_len) return -1;
    size_t done = 0;
    if (t->out_len == 0 && n > 0) { /* most messages leave at once */
        uv_buf_t b = uv_buf_init((char *)(uintptr_t)bytes, (unsigned)n);
        int r = uv_try_write(&t->uv.stream, &b, 1);
        if (r > 0) done = (size_t)r;
    }
    if (done == n) return 0;
    struct chunk *k = xmalloc(sizeof *k + n - done);
    k->t = t;
    k->n = n - done;
    k->uv.data = k;
    memcpy(k->bytes, (const char *)bytes + done, n - done);
    uv_buf_t b = uv_buf_init(k->bytes, (unsigned)k->n);
    t->out_len += k->n;
    if (uv_write(&k->uv, &t->uv.stream, &b, 1, on_written)) {
        t->out_len -= k->n;
        free(k);
        return -1;
    }
    return 0;
}

static void on_shut(uv_shutdown_t *r, int status) {
    struct tcp *t = r->handle->data;
    (void)status;
    end(t);
}

void tcp_close(struct tcp *t) {
    if (t->ended || t->closing) return;
    t->closing = true;
    if (!t->open || uv_shutdown(&t->shutdown, &t->uv.stream, on_shut)) {
        end(t);
        return;
    }
    loop_timer_start(t->timer, LINGER_MS, 0);
}

void tcp_drop(struct tcp *t) {
    if (!t || t->reporting) return;
    t->silent = true;
    end(t);
    if (t->has_handle || t->reconnecting) return; /* the handle's closing frees it */
    loop_unsoon(t->l, on_ended_soon, t);
    tcp_free(t);
}

size_t tcp_line(const char *p, size_t n) {
    const char *end_of_line = memchr(p, '\n', n);
    return end_of_line ? (size_t)(end_of_line - p) + 1 : 0;
}
