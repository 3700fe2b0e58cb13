/*
 * web: the local page's server over libwebsockets. It listens itself, so that a busy
 * port, the limit of clients and the loopback rule are decided before the library
 * sees a connection, and hands accepted sockets over. Owns every connection; knows
 * nothing of who may see what.
 *
 * Known holes of 4.1.6 are kept out of reach: no HTTP/2 by upgrade, no unknown
 * upgrade, and never a positive answer to HTTP_CONFIRM_UPGRADE.
 */
#include "engine/net/web.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/lws_hub.h"

#define CONNS_MAX 64 /* sockets, WebSockets included */
#define ACCEPTS_A_TURN 16
#define BACKLOG 64
#define ACCEPT_PAUSE_MS 1000 /* where the process has no descriptor left */
#define FIELD_MAX 4096
#define COOKIE_MAX 8192
#define HEAD_MAX 4096 /* of an answer */
#define BODY_CHUNK (16u << 10)
#define WRITE_TIMEOUT_S 15
#define UPGRADE_PATH "/ws"
/* A connection carries one request: libwebsockets 4.1.6 reads certain bytes behind a first one for ever. */
#define ONE_REQUEST (-1)

struct web_client {
    struct web *web;
    struct web_client *prev, *next;
    struct lws *wsi;
    void *data;
    struct hub_queue out;
    struct buf in;
    const char *body; /* of the answer being written */
    size_t body_left;
    void (*release)(void *arg); /* of the body */
    void *release_arg;
    bool open; /* a WebSocket that was told to the owner */
    bool closing;
};

struct web {
    struct lws_hub *hub;
    struct web_handler on;
    void *arg;
    int fd, port;
    struct loop_fd *watch;
    struct loop_timer *pause;
    struct web_client *conns;
    size_t conn_count, client_count;
};

/* ---- connections ---- */

static struct web_client *conn_new(struct web *w) {
    struct web_client *c = xcalloc(1, sizeof *c);
    c->web = w;
    hub_queue_init(&c->out);
    buf_init(&c->in, WEB_MESSAGE_MAX);
    c->next = w->conns;
    if (w->conns) w->conns->prev = c;
    w->conns = c;
    w->conn_count++;
    return c;
}

/* The answer is written, or never will be. */
static void body_over(struct web_client *c) {
    void (*release)(void *arg) = c->release;
    c->body_left = 0;
    c->release = NULL;
    if (release) release(c->release_arg);
}

static void conn_free(struct web_client *c) {
    struct web *w = c->web;
    body_over(c);
    if (c->prev)
        c->prev->next = c->next;
    else
        w->conns = c->next;
    if (c->next) c->next->prev = c->prev;
    w->conn_count--;
    hub_queue_clear(&c->out);
    buf_clear(&c->in);
    free(c);
}

static void conn_over(struct web_client *c, struct lws *wsi) {
    lws_set_opaque_user_data(wsi, NULL);
    if (!c->wsi) return; /* still inside adopt(), which frees it */
    if (c->open) {
        c->open = false;
        c->closing = true;
        c->web->client_count--;
        c->web->on.closed(c->web->arg, c);
    }
    conn_free(c);
}

static void on_acceptable(void *arg);

static void on_pause_over(void *arg) {
    struct web *w = arg;
    w->watch = loop_fd_new(w->hub->l, w->fd, on_acceptable, w);
    if (!w->watch) die("web: the listening socket cannot be watched");
}

static void adopt(struct web *w, int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct web_client *c = conn_new(w);
    lws_adopt_desc_t how = {
        .vh = hub_server(w->hub),
        .type = LWS_ADOPT_SOCKET | LWS_ADOPT_HTTP,
        .fd.sockfd = fd,
        .opaque = c,
    };
    struct lws *wsi = lws_adopt_descriptor_vhost_via_info(&how);
    c->wsi = wsi;
    if (!wsi) conn_free(c);
}

static void on_acceptable(void *arg) {
    struct web *w = arg;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(w->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) {
            log_warn("web", "no descriptor for a new connection");
            loop_fd_free(w->watch);
            w->watch = NULL;
            loop_timer_start(w->pause, ACCEPT_PAUSE_MS, 0);
        }
        if (fd < 0) return;
        if (w->conn_count < CONNS_MAX) {
            adopt(w, fd);
        } else {
            log_warn("web", "too many connections max=%d", CONNS_MAX);
            close(fd);
        }
    }
}

/* ---- opening and closing ---- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* "127.0.0.1:8787", "[::1]:8787", "localhost:8787": a loopback address and a port, or nothing. */
static bool parse_listen(const char *listen, union address *a) {
    char host[64];
    const char *colon = strrchr(listen, ':');
    char *end = NULL;
    if (!colon || colon == listen || (size_t)(colon - listen) >= sizeof host) return false;
    if (colon[1] < '0' || colon[1] > '9') return false;
    unsigned long port = strtoul(colon + 1, &end, 10);
    if (*end || port > 65535) return false;
    str_copy_n(host, sizeof host, listen, (size_t)(colon - listen));
    memset(a, 0, sizeof *a);
    if (strcmp(host, "localhost") == 0) str_copy(host, sizeof host, "127.0.0.1");
    if (strcmp(host, "[::1]") == 0) {
        a->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        a->v6.sin6_addr = in6addr_loopback;
        return true;
    }
    a->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, host, &a->v4.sin_addr) == 1 && ntohl(a->v4.sin_addr.s_addr) >> 24 == 127;
}

static int listen_on(const union address *a, int *port, const char *text, struct err *e) {
    union address got;
    int on = 1;
    socklen_t n = a->any.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
    int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return err_set(e, ERR_IO, "no socket: %s", "pas de socket : %s", strerror(errno));
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &a->any, n) || listen(fd, BACKLOG)) {
        int why = errno;
        close(fd);
        if (why == EADDRINUSE) return err_set(e, ERR_BUSY, "%s is taken", "%s est déjà pris", text);
        return err_set(e, ERR_IO, "cannot listen on %s: %s", "impossible d’écouter sur %s : %s", text, strerror(why));
    }
    n = sizeof got;
    getsockname(fd, &got.any, &n);
    *port = ntohs(got.any.sa_family == AF_INET6 ? got.v6.sin6_port : got.v4.sin_port);
    return fd;
}

struct web *web_open(struct lws_hub *h, const char *listen, const struct web_handler *handler, void *arg,
                     struct err *e) {
    union address a;
    int port = 0;
    if (!parse_listen(listen, &a)) {
        err_set(e, ERR_REFUSED, "%s is not a loopback address with a port",
                "%s n’est pas une adresse locale avec un port", listen);
        return NULL;
    }
    int fd = listen_on(&a, &port, listen, e);
    if (fd < 0) return NULL;
    if (!hub_server(h)) {
        err_set(e, ERR_IO, "libwebsockets cannot start", "libwebsockets ne démarre pas");
        close(fd);
        return NULL;
    }
    struct web *w = xcalloc(1, sizeof *w);
    w->hub = h;
    w->on = *handler;
    w->arg = arg;
    w->fd = fd;
    w->port = port;
    w->pause = loop_timer_new(h->l, on_pause_over, w);
    on_pause_over(w);
    return w;
}

int web_port(const struct web *w) {
    return w->port;
}

void web_close(struct web *w) {
    if (!w) return;
    loop_fd_free(w->watch);
    loop_timer_free(w->pause);
    close(w->fd);
    while (w->conns) {
        lws_set_opaque_user_data(w->conns->wsi, NULL);
        hub_kill(w->conns->wsi);
        conn_free(w->conns);
    }
    free(w);
}

/* ---- the owner's side of a WebSocket ---- */

int web_send(struct web_client *c, const char *text, size_t n) {
    if (c->closing) return -1;
    if (n > WEB_QUEUE_MAX - c->out.bytes) {
        log_warn("web", "a page is too slow and is closed");
        web_kick(c);
        return -1;
    }
    hub_queue_add(&c->out, text, n);
    lws_callback_on_writable(c->wsi);
    return 0;
}

void web_kick(struct web_client *c) {
    if (c->closing) return;
    c->closing = true;
    hub_kill(c->wsi);
}

void web_client_set(struct web_client *c, void *data) {
    c->data = data;
}

void *web_client_get(const struct web_client *c) {
    return c->data;
}

/* ---- requests ---- */

struct asked {
    struct web_request q;
    char path[FIELD_MAX], query[FIELD_MAX], host[FIELD_MAX], origin[FIELD_MAX], cookie[COOKIE_MAX];
};

/* False where the header is longer than it may be. */
static bool take(struct lws *wsi, enum lws_token_indexes token, char *out, int size) {
    int n = lws_hdr_total_length(wsi, token);
    out[0] = '\0';
    return n == 0 || (n < size && lws_hdr_copy(wsi, out, size, token) >= 0);
}

/* The library keeps the query in pieces, one an argument. */
static bool take_query(struct lws *wsi, char *out, int size) {
    int at = 0, n;
    out[0] = '\0';
    for (int i = 0; (n = lws_hdr_fragment_length(wsi, WSI_TOKEN_HTTP_URI_ARGS, i)) > 0; i++) {
        if (at + n + 2 > size) return false;
        if (at > 0) out[at++] = '&';
        if (lws_hdr_copy_fragment(wsi, out + at, size - at, WSI_TOKEN_HTTP_URI_ARGS, i) < 0) return false;
        at += n;
    }
    return true;
}

static bool read_request(struct lws *wsi, struct asked *a, bool upgrade) {
    enum lws_token_indexes uri = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) ? WSI_TOKEN_HEAD_URI : WSI_TOKEN_GET_URI;
    a->q = (struct web_request){.path = a->path,
                                .query = a->query,
                                .host = a->host,
                                .origin = a->origin,
                                .cookie = a->cookie,
                                .upgrade = upgrade};
    return take(wsi, uri, a->path, sizeof a->path) && take_query(wsi, a->query, sizeof a->query) &&
           take(wsi, WSI_TOKEN_HOST, a->host, sizeof a->host) &&
           take(wsi, WSI_TOKEN_ORIGIN, a->origin, sizeof a->origin) &&
           take(wsi, WSI_TOKEN_HTTP_COOKIE, a->cookie, sizeof a->cookie);
}

static bool is_header_value(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f) return false;
    return true;
}

static int put_header(struct lws *wsi, const char *name, const char *value, unsigned char **p, unsigned char *end) {
    char field[64];
    if (!is_header_value(value)) {
        log_error("web", "a header of an answer holds a control character name=%s", name);
        return 0;
    }
    snprintf(field, sizeof field, "%s:", name);
    return lws_add_http_header_by_name(wsi, (const unsigned char *)field, (const unsigned char *)value,
                                       (int)strlen(value), p, end);
}

/* Writes the head of an answer; -1 where the connection must be closed. */
static int write_head(struct lws *wsi, const struct web_answer *a) {
    unsigned char room[LWS_PRE + HEAD_MAX], *start = room + LWS_PRE, *p = start, *end = room + sizeof room;
    if (lws_add_http_header_status(wsi, (unsigned)a->status, &p, end)) return -1;
    if (a->type && put_header(wsi, "content-type", a->type, &p, end)) return -1;
    if (lws_add_http_header_content_length(wsi, a->body_len, &p, end)) return -1;
    for (size_t i = 0; i < sizeof a->headers / sizeof *a->headers && a->headers[i][0]; i++)
        if (put_header(wsi, a->headers[i][0], a->headers[i][1], &p, end)) return -1;
    if (put_header(wsi, "connection", "close", &p, end)) return -1;
    if (lws_finalize_http_header(wsi, &p, end)) return -1;
    return lws_write(wsi, start, (size_t)(p - start), LWS_WRITE_HTTP_HEADERS) < 0 ? -1 : 0;
}

static int write_body(struct web_client *c, struct lws *wsi) {
    unsigned char room[LWS_PRE + BODY_CHUNK];
    size_t n = c->body_left < BODY_CHUNK ? c->body_left : BODY_CHUNK;
    memcpy(room + LWS_PRE, c->body, n);
    c->body += n;
    c->body_left -= n;
    if (lws_write(wsi, room + LWS_PRE, n, c->body_left ? LWS_WRITE_HTTP : LWS_WRITE_HTTP_FINAL) < 0) return -1;
    if (c->body_left == 0) {
        body_over(c);
        return ONE_REQUEST;
    }
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, WRITE_TIMEOUT_S);
    lws_callback_on_writable(wsi);
    return 0;
}

static int answer(struct web_client *c, struct lws *wsi, const struct web_answer *a, bool head_only) {
    body_over(c);
    c->release = a->release;
    c->release_arg = a->release_arg;
    if (write_head(wsi, a)) return -1; /* closes the connection, and frees it */
    if (head_only || a->body_len == 0) {
        body_over(c);
        return ONE_REQUEST;
    }
    c->body = a->body;
    c->body_left = a->body_len;
    lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, WRITE_TIMEOUT_S);
    lws_callback_on_writable(wsi);
    return 0;
}

static int on_request(struct web_client *c, struct lws *wsi) {
    struct web_answer a = {.status = 405, .headers = {{"allow", "GET, HEAD"}}};
    struct asked *asked = xcalloc(1, sizeof *asked);
    bool head = lws_hdr_total_length(wsi, WSI_TOKEN_HEAD_URI) > 0;
    if (head || lws_hdr_total_length(wsi, WSI_TOKEN_GET_URI) > 0) {
        a = (struct web_answer){.status = 431};
        if (read_request(wsi, asked, false)) {
            a = (struct web_answer){.status = 404};
            c->web->on.request(c->web->arg, &asked->q, &a);
        }
    }
    free(asked);
    /* The handler may have closed the whole server, and c with it. */
    if (lws_get_opaque_user_data(wsi) != c) {
        if (a.release) a.release(a.release_arg);
        return -1;
    }
    return answer(c, wsi, &a, head);
}

/* Before an upgrade. Only WebSocket goes on; anything else is closed. The header may be gone already (see the banner). */
static int on_confirm_upgrade(struct lws *wsi) {
    char to[16];
    if (!take(wsi, WSI_TOKEN_UPGRADE, to, sizeof to)) return -1;
    return strcasecmp(to, "websocket") == 0 ? 0 : -1;
}

/* A refused upgrade gets an ordinary answer before the connection is closed. */
static int refuse_upgrade(struct lws *wsi, const struct web_answer *a) {
    unsigned char room[LWS_PRE + HEAD_MAX];
    if (write_head(wsi, a)) return -1;
    if (a->body_len > 0 && a->body_len <= HEAD_MAX) {
        memcpy(room + LWS_PRE, a->body, a->body_len);
        lws_write(wsi, room + LWS_PRE, a->body_len, LWS_WRITE_HTTP_FINAL);
    }
    return -1;
}

static int on_upgrade(struct web_client *c, struct lws *wsi) {
    struct web_answer a = {.status = 404};
    struct asked *asked = xcalloc(1, sizeof *asked);
    if (!read_request(wsi, asked, true))
        a.status = 431;
    else if (strcmp(asked->path, UPGRADE_PATH) == 0)
        c->web->on.request(c->web->arg, &asked->q, &a);
    if (a.status == 101 && c->web->client_count >= WEB_CLIENTS_MAX) {
        log_warn("web", "too many pages are open max=%d", WEB_CLIENTS_MAX);
        a = (struct web_answer){.status = 503};
    }
    free(asked);
    if (a.body_len > HEAD_MAX) a.body_len = 0;
    int r = a.status == 101 ? 0 : refuse_upgrade(wsi, &a);
    if (a.release) a.release(a.release_arg);
    return r;
}

/* ---- what the library tells ---- */

static int on_established(struct web_client *c, struct lws *wsi) {
    c->wsi = wsi;
    c->open = true;
    c->web->client_count++;
    c->web->on.opened(c->web->arg, c);
    return 0;
}

static int on_receive(struct web_client *c, struct lws *wsi, const void *bytes, size_t n) {
    if (c->closing) return -1;
    int r = hub_assemble(wsi, &c->in, bytes, n, false);
    if (r > 1) {
        lws_close_reason(wsi, (enum lws_close_status)r, NULL, 0);
        return -1;
    }
    if (r == 0) return 0;
    c->web->on.message(c->web->arg, c, c->in.p, c->in.len);
    /* The handler may have closed the whole server, and c with it. */
    if (lws_get_opaque_user_data(wsi) != c) return -1;
    buf_reset(&c->in);
    return 0;
}

int web_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n) {
    struct web_client *c = lws_get_opaque_user_data(wsi);
    (void)user;
    if (reason == LWS_CALLBACK_HTTP_CONFIRM_UPGRADE) return c ? on_confirm_upgrade(wsi) : -1;
    if (!c) {
        bool live = reason == LWS_CALLBACK_HTTP || reason == LWS_CALLBACK_HTTP_WRITEABLE ||
                    reason == LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION || reason == LWS_CALLBACK_ESTABLISHED ||
                    reason == LWS_CALLBACK_RECEIVE || reason == LWS_CALLBACK_SERVER_WRITEABLE;
        return live ? -1 : 0;
    }
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP: return on_request(c, wsi);
    case LWS_CALLBACK_HTTP_WRITEABLE: return c->body_left > 0 ? write_body(c, wsi) : 0;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION: return on_upgrade(c, wsi);
    case LWS_CALLBACK_ESTABLISHED: return on_established(c, wsi);
    case LWS_CALLBACK_RECEIVE: return on_receive(c, wsi, in, n);
    case LWS_CALLBACK_SERVER_WRITEABLE: return hub_queue_write(&c->out, wsi);
    case LWS_CALLBACK_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY: conn_over(c, wsi); return 0;
    default: return 0; /* the library has a hundred reasons */
    }
}
