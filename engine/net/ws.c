/*
 * ws: one WebSocket client connection over libwebsockets. Owns the queue, the
 * message being put together and the deadlines. It never waits: names are looked up
 * in libuv's pool, since the library would stop the loop for it.
 *
 * A struct ws that is over is put on the hub's `dead` list and freed in a later turn,
 * so handlers may close or drop it at any point.
 */
#include "engine/net/ws.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/lws_hub.h"
#include "engine/net/net_err.h"
#include "engine/net/url.h"

#define ADDRESSES_MAX 4
#define CLOSE_WAIT_MS 2000
#define CLOSE_ABNORMAL 1006
#define WHY_MAX 160
#define WRITE_CLOSE ((enum lws_write_protocol)4) /* the library knows it and does not name it: the opcode before PING */
#define IN_KEEP (256u << 10)

struct ws {
    struct lws_hub *h;
    struct ws *prev, *next; /* in the hub's list */
    struct ws_handler on;
    void *arg;
    struct lws *wsi;
    struct lookup *lookup;
    struct loop_timer *timer; /* of the connection, then of the close */
    struct url url;
    char *path;
    char host[URL_HOST_MAX + 16]; /* the Host header */
    char addresses[ADDRESSES_MAX][INET6_ADDRSTRLEN];
    int address_count, address_next;
    struct hub_queue out;
    struct buf in;
    int close_code; /* what ws_close was asked for */
    int code;       /* what `closed` will say */
    char why[WHY_MAX];
    bool asked; /* the handshake was sent: another address will not do better */
    bool open, closing, close_sent, refused, over, telling;
};

struct lookup {
    uv_getaddrinfo_t uv;
    struct ws *w;
};

static void start_soon(void *arg);

/* ---- the end of one ---- */

static void bury(void *arg) {
    struct lws_hub *h = arg;
    while (h->dead) {
        struct ws *w = h->dead;
        h->dead = w->next;
        hub_queue_clear(&w->out);
        buf_clear(&w->in);
        free(w->path);
        free(w);
    }
}

/* Lets go of the library's connection. dying: the library is closing it already. */
static void let_go(struct ws *w, bool dying) {
    if (!w->wsi) return;
    lws_set_opaque_user_data(w->wsi, NULL);
    if (!dying) hub_kill(w->wsi);
    w->wsi = NULL;
}

/* Cuts all ties, and leaves w to bury(). */
static void detach(struct ws *w) {
    struct lws_hub *h = w->h;
    w->over = true;
    w->open = false;
    loop_timer_free(w->timer);
    loop_unsoon(h->l, start_soon, w);
    if (w->lookup) {
        w->lookup->w = NULL;
        uv_cancel((uv_req_t *)&w->lookup->uv);
    }
    let_go(w, false);
    if (w->prev)
        w->prev->next = w->next;
    else
        h->clients = w->next;
    if (w->next) w->next->prev = w->prev;
    if (!h->dead) loop_soon(h->l, bury, h);
    w->next = h->dead;
    h->dead = w;
}

static void tell_closed(void *arg) {
    struct ws *w = arg;
    w->telling = true;
    w->on.closed(w->arg, w->code, w->why);
    detach(w);
}

/* Over. `closed` is told in a moment, never inside the call that brought the end. */
static void finish(struct ws *w, int code, const char *why) {
    if (w->over) return;
    w->over = true;
    w->open = false;
    w->code = code;
    if (!w->why[0]) str_copy(w->why, sizeof w->why, why);
    loop_timer_stop(w->timer);
    let_go(w, false);
    loop_soon(w->h->l, tell_closed, w);
}

void ws_drop(struct ws *w) {
    if (!w || w->telling) return;
    loop_unsoon(w->h->l, tell_closed, w);
    detach(w);
}

void ws_drop_all(struct lws_hub *h) {
    while (h->clients) ws_drop(h->clients);
    loop_unsoon(h->l, bury, h);
    bury(h);
}

static void on_timeout(void *arg) {
    struct ws *w = arg;
    if (w->closing)
        finish(w, w->refused ? w->close_code : CLOSE_ABNORMAL, "the close was not answered");
    else
        finish(w, CLOSE_ABNORMAL, "not connected in time");
}

/* ---- connecting ---- */

static void fill_host(struct ws *w) {
    struct buf b;
    buf_init(&b, sizeof w->host - 1);
    buf_printf(&b, w->url.v6 ? "[%s]" : "%s", w->url.host);
    if (w->url.port_told) buf_printf(&b, ":%d", w->url.port);
    str_copy(w->host, sizeof w->host, b.p);
    buf_clear(&b);
}

static void connect_next(struct ws *w) {
    struct lws_vhost *v = hub_client(w->h, w->url.tls);
    while (v && w->address_next < w->address_count) {
        struct lws_client_connect_info i = {
            .context = w->url.tls ? w->h->secure : w->h->plain,
            .vhost = v,
            .address = w->addresses[w->address_next++],
            .port = w->url.port,
            .path = w->path,
            .host = w->host,
            .local_protocol_name = "ws",
            .ietf_version_or_minus_one = -1,
            .ssl_connection = LCCSCF_HTTP_NO_FOLLOW_REDIRECT | (w->url.tls ? LCCSCF_USE_SSL : 0),
            .alpn = "http/1.1",
            .opaque_user_data = w,
        };
        const void *last = hub_last_watcher(w->h);
        w->wsi = lws_client_connect_via_info(&i);
        if (w->wsi) return;
        hub_forget_watchers_after(w->h, last);
    }
    finish(w, CLOSE_ABNORMAL, v ? "no address can be reached" : "libwebsockets cannot start");
}

static void add_address(struct ws *w, const struct sockaddr *a, socklen_t n) {
    char *to = w->addresses[w->address_count];
    if (w->address_count == ADDRESSES_MAX) return;
    if (getnameinfo(a, n, to, INET6_ADDRSTRLEN, NULL, 0, NI_NUMERICHOST) == 0) w->address_count++;
}

static void on_looked_up(uv_getaddrinfo_t *r, int status, struct addrinfo *found) {
    struct lookup *k = (struct lookup *)r;
    struct ws *w = k->w;
    if (w) w->lookup = NULL;
    if (w && !w->over) {
        for (const struct addrinfo *a = found; a; a = a->ai_next) add_address(w, a->ai_addr, a->ai_addrlen);
        if (status < 0)
            finish(w, CLOSE_ABNORMAL, "the name cannot be looked up");
        else
            connect_next(w);
    }
    uv_freeaddrinfo(found);
    free(k);
}

/* "localhost" means this machine whatever a name server says: plain ws is allowed to it. */
static int find_addresses(struct ws *w) {
    static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    if (w->url.literal) {
        str_copy(w->addresses[w->address_count++], INET6_ADDRSTRLEN, w->url.host);
        return 0;
    }
    if (w->url.loopback) {
        str_copy(w->addresses[w->address_count++], INET6_ADDRSTRLEN, "127.0.0.1");
        str_copy(w->addresses[w->address_count++], INET6_ADDRSTRLEN, "::1");
        return 0;
    }
    struct lookup *k = xcalloc(1, sizeof *k);
    k->w = w;
    w->lookup = k;
    int r = uv_getaddrinfo(loop_uv(w->h->l), &k->uv, on_looked_up, w->url.host, NULL, &hints);
    if (r == 0) return 0;
    w->lookup = NULL;
    free(k);
    return r;
}

static void start_soon(void *arg) {
    struct ws *w = arg;
    if (!w->over) connect_next(w);
}

struct ws *ws_connect(struct lws_hub *h, const char *url, int64_t connect_ms, const struct ws_handler *handler,
                      void *arg, struct err *e) {
    struct url u;
    if (!url_parse(url, &u) || !u.websocket) {
        err_set(e, ERR_USAGE, "bad WebSocket URL", "URL de WebSocket invalide");
        return NULL;
    }
    if (!u.tls && !u.loopback) {
        err_set(e, ERR_REFUSED, "ws without TLS is only allowed on this machine, not to %s",
                "ws sans TLS n’est permis que sur cette machine, pas vers %s", u.host);
        return NULL;
    }
    struct ws *w = xcalloc(1, sizeof *w);
    w->h = h;
    w->on = *handler;
    w->arg = arg;
    w->url = u;
    size_t path_len = strcspn(u.path, "#");
    w->path = xcalloc(1, path_len + 2);
    if (u.path[0] != '/') w->path[0] = '/';
    memcpy(w->path + (u.path[0] != '/'), u.path, path_len);
    fill_host(w);
    hub_queue_init(&w->out);
    buf_init(&w->in, WS_MESSAGE_MAX);
    w->timer = loop_timer_new(h->l, on_timeout, w);
    w->next = h->clients;
    if (h->clients) h->clients->prev = w;
    h->clients = w;
    int r = find_addresses(w);
    if (r) {
        net_err(e, ERR_NET, u.host, r);
        ws_drop(w);
        return NULL;
    }
    loop_timer_start(w->timer, connect_ms, 0);
    if (!w->lookup) loop_soon(h->l, start_soon, w);
    return w;
}

/* ---- the open connection ---- */

int ws_send(struct ws *w, const char *text, size_t n) {
    if (!w->open || w->closing || n > WS_QUEUE_MAX - w->out.bytes) return -1;
    hub_queue_add(&w->out, text, n);
    lws_callback_on_writable(w->wsi);
    return 0;
}

void ws_close(struct ws *w, int code) {
    if (w->over || (w->closing && code != 0)) return;
    if (code == 0 || !w->open) {
        finish(w, CLOSE_ABNORMAL, code == 0 ? "cut" : "closed before it was open");
        return;
    }
    w->closing = true;
    w->close_code = code;
    lws_callback_on_writable(w->wsi);
    loop_timer_start(w->timer, CLOSE_WAIT_MS, 0);
}

static int on_open(struct ws *w) {
    w->open = true;
    loop_timer_stop(w->timer);
    w->on.opened(w->arg);
    return w->over ? -1 : 0;
}

/* Asks for a close, and takes nothing more from the peer. */
static void refuse(struct ws *w, int code) {
    str_copy(w->why, sizeof w->why,
             code == LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE ? "a message is too large" : "a message is not text");
    w->refused = true;
    buf_clear(&w->in);
    hub_queue_clear(&w->out);
    ws_close(w, code);
}

/*
 * Answers the library with 0 whatever happens: after anything else 4.1.6 keeps its read position, and while it waits for the
 * peer's close it goes on to write what arrives behind the end of its buffer.
 */
static void on_receive(struct ws *w, struct lws *wsi, const void *bytes, size_t n) {
    int r = w->refused ? 0 : hub_assemble(wsi, &w->in, bytes, n, w->on.binary);
    if (r > 1) refuse(w, r);
    if (r != 1) return;
    if (!w->closing) w->on.message(w->arg, w->in.p, w->in.len);
    if (w->over) return; /* the handler dropped it */
    if (w->in.cap > IN_KEEP) {
        buf_clear(&w->in);
        buf_init(&w->in, WS_MESSAGE_MAX);
    }
    buf_reset(&w->in);
}

/*
 * Written as a frame of its own: where the writeable callback answers -1, 4.1.6 takes the socket for broken and sends nothing,
 * whatever lws_close_reason was told. The peer's answer ends it, or the timer.
 */
static int write_close(struct ws *w, struct lws *wsi) {
    unsigned char frame[LWS_PRE + 2];
    if (w->close_sent) return 0;
    w->close_sent = true;
    frame[LWS_PRE] = (unsigned char)(w->close_code >> 8);
    frame[LWS_PRE + 1] = (unsigned char)w->close_code;
    return lws_write(wsi, frame + LWS_PRE, 2, WRITE_CLOSE) < 0 ? -1 : 0;
}

static int on_writeable(struct ws *w, struct lws *wsi) {
    if (w->out.head) {
        if (hub_queue_write(&w->out, wsi)) return -1;
        if (w->closing) lws_callback_on_writable(wsi);
        return 0;
    }
    return w->closing ? write_close(w, wsi) : 0;
}

static void on_peer_close(struct ws *w, const void *in, size_t n) {
    const unsigned char *p = in;
    struct buf b;
    if (n < 2 || w->closing) return; /* the answer to our own close */
    w->code = p[0] << 8 | p[1];
    buf_init(&b, WHY_MAX);
    buf_text(&b, (const char *)in + 2, n - 2, false);
    str_copy(w->why, sizeof w->why, b.p);
    buf_clear(&b);
}

/* The library has closed it, or could not open it. */
static void on_lost(struct ws *w, const char *why, size_t n) {
    let_go(w, true);
    if (!w->open && !w->asked && !w->closing && w->address_next < w->address_count) {
        loop_soon(w->h->l, start_soon, w);
        return;
    }
    char text[WHY_MAX];
    str_copy_n(text, sizeof text, why, n);
    int code = w->code ? w->code : w->closing ? w->close_code : CLOSE_ABNORMAL;
    finish(w, code, text);
}

int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t n) {
    struct ws *w = lws_get_opaque_user_data(wsi);
    (void)user;
    if (!w) {
        /* Dropped: the library may still have had something to tell. */
        return reason == LWS_CALLBACK_CLIENT_ESTABLISHED || reason == LWS_CALLBACK_CLIENT_WRITEABLE ? -1 : 0;
    }
    switch ((int)reason) {
    case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER: w->asked = true; return 0;
    case LWS_CALLBACK_CLIENT_ESTABLISHED: return on_open(w);
    case LWS_CALLBACK_CLIENT_RECEIVE: on_receive(w, wsi, in, n); return 0;
    case LWS_CALLBACK_CLIENT_WRITEABLE: return on_writeable(w, wsi);
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: on_peer_close(w, in, n); return 0;
    case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
        hub_forget_watchers(w->h, wsi);
        w->wsi = wsi;
        on_lost(w, in ? in : "refused", in ? n : 7);
        return 0;
    case LWS_CALLBACK_CLIENT_CLOSED:
    case LWS_CALLBACK_WSI_DESTROY: on_lost(w, "the connection broke", 20); return 0;
    default: return 0; /* the library has a hundred reasons */
    }
}
