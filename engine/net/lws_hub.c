/*
 * lws_hub: see lws_hub.h. Owns the library's contexts and its log. Knows nothing of
 * what the connections are for.
 *
 * libwebsockets 4.1.6 wakes up by itself every 30 s in each context and once a day;
 * nothing else in it is periodic.
 */
#include "engine/net/lws_hub.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

#define HEADER_BYTES_MAX (16u << 10) /* of one request: a browser sends the cookies of every local page */
#define SERVER_TIMEOUT_S 10
#define CLIENT_TIMEOUT_S 60 /* ws_connect has its own, shorter deadline */

static void on_log(int level, const char *line) {
    (void)level;
    log_debug("lws", "%.*s", (int)strcspn(line, "\r\n"), line);
}

/* Without memory the library only says that it cannot start: it ends instead, as everything does. */
static void *lws_memory(void *p, size_t n, const char *reason) {
    (void)reason;
    if (n) return xrealloc(p, n);
    free(p);
    return NULL;
}

struct lws_hub *lws_hub_new(struct loop *l, struct err *e) {
    (void)e; /* nothing can fail before the first use */
    struct lws_hub *h = xcalloc(1, sizeof *h);
    h->l = l;
    lws_set_allocator(lws_memory);
    lws_set_log_level(LLL_ERR | LLL_WARN, on_log);
    return h;
}

/*
 * libwebsockets unloads its event plug-in while a function of it still runs (when the last connection closes late). Pinned, it
 * stays.
 */
static void pin_plugin(void) {
    if (!dlopen(LWS_INSTALL_LIBDIR "/libwebsockets-evlib_uv.so", RTLD_NOW | RTLD_NODELETE))
        log_debug("lws", "the event plug-in cannot be pinned");
}

static struct lws_context *context_new(struct lws_hub *h, bool tls) {
    void *loops[1] = {loop_uv(h->l)};
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .options = LWS_SERVER_OPTION_LIBUV | LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME | (tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0),
        .foreign_loops = loops,
        .fd_limit_per_thread = HUB_CONNS_MAX,
        .pt_serv_buf_size = HUB_CHUNK,
        .max_http_header_data = HEADER_BYTES_MAX,
        .max_http_header_pool = HUB_CONNS_MAX,
        .timeout_secs = tls ? CLIENT_TIMEOUT_S : SERVER_TIMEOUT_S,
        .alpn = "http/1.1",
        .gid = (gid_t)-1,
        .uid = (uid_t)-1,
    };
    struct lws_context *c = lws_create_context(&info);
    pin_plugin();
    return c;
}

static const struct lws_protocols client_protocols[] = {
    {.name = "ws", .callback = ws_callback, .rx_buffer_size = HUB_CHUNK},
    {.name = NULL},
};
static const struct lws_protocols server_protocols[] = {
    {.name = "web", .callback = web_callback, .rx_buffer_size = HUB_CHUNK},
    {.name = NULL},
};

static struct lws_vhost *vhost_new(struct lws_context *c, const char *name, const struct lws_protocols *p, bool tls) {
    struct lws_context_creation_info info = {
        .port = CONTEXT_PORT_NO_LISTEN,
        .vhost_name = name,
        .protocols = p,
        .extensions = NULL, /* permessage-deflate of this version has known holes */
        .alpn = "http/1.1",
        .options = tls ? LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT : 0,
        .ssl_client_options_set = SSL_OP_NO_TLSv1 | SSL_OP_NO_TLSv1_1,
        /* A peer that is gone without a word is noticed after a minute and a half, however quiet the stream is. */
        .ka_time = 60,
        .ka_probes = 3,
        .ka_interval = 10,
    };
    return c ? lws_create_vhost(c, &info) : NULL;
}

struct lws_vhost *hub_client(struct lws_hub *h, bool tls) {
    struct lws_context **c = tls ? &h->secure : &h->plain;
    struct lws_vhost **v = tls ? &h->client_tls : &h->client;
    if (!*c) *c = context_new(h, tls);
    if (!*v) *v = vhost_new(*c, "client", client_protocols, tls);
    return *v;
}

struct lws_vhost *hub_server(struct lws_hub *h) {
    if (!h->plain) h->plain = context_new(h, false);
    if (!h->server) h->server = vhost_new(h->plain, "server", server_protocols, false);
    return h->server;
}

/* The second half of lws_hub_free, when libuv has closed what the contexts had. */
static void hub_bury(void *arg) {
    struct lws_hub *h = arg;
    if (h->plain) lws_context_destroy(h->plain);
    if (h->secure) lws_context_destroy(h->secure);
    free(h);
}

void lws_hub_free(struct lws_hub *h) {
    if (!h) return;
    ws_drop_all(h);
    if (h->plain) lws_context_destroy(h->plain);
    if (h->secure) lws_context_destroy(h->secure);
    loop_at_free(h->l, hub_bury, h);
}

void hub_kill(struct lws *wsi) {
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
    /* Outside its own callbacks the library does not look at its timers by itself. */
    lws_cancel_service(lws_get_context(wsi));
}

/* ---- forgotten watchers ---- */

struct watch_walk {
    const void *last;   /* where set: only what comes after it */
    const void *wsi;    /* where set: only what belongs to it */
    bool past, closing; /* closing: not only looking for the last one */
};

static void on_watcher_closed(uv_handle_t *handle) {
    free(handle);
}

/* libuv walks its handles in the order in which they were made. */
static void walk_watcher(uv_handle_t *handle, void *arg) {
    struct watch_walk *w = arg;
    if (!w->closing) {
        w->last = handle;
        return;
    }
    bool ours = handle->type == UV_POLL && !uv_is_closing(handle) && (w->wsi ? handle->data == w->wsi : w->past);
    if (handle == w->last) w->past = true;
    if (ours) uv_close(handle, on_watcher_closed);
}

void hub_forget_watchers(struct lws_hub *h, const struct lws *wsi) {
    struct watch_walk w = {.wsi = wsi, .closing = true};
    /* Where there still is a socket, the library closes the watcher with it. */
    struct lws *asked = (struct lws *)(uintptr_t)wsi;
    if (lws_get_socket_fd(asked) < 0) uv_walk(loop_uv(h->l), walk_watcher, &w);
}

const void *hub_last_watcher(struct lws_hub *h) {
    struct watch_walk w = {0};
    uv_walk(loop_uv(h->l), walk_watcher, &w);
    return w.last;
}

void hub_forget_watchers_after(struct lws_hub *h, const void *last) {
    struct watch_walk w = {.last = last, .closing = true};
    uv_walk(loop_uv(h->l), walk_watcher, &w);
}

/* ---- messages ---- */

void hub_queue_init(struct hub_queue *q) {
    *q = (struct hub_queue){.tail = &q->head};
}

void hub_queue_clear(struct hub_queue *q) {
    while (q->head) {
        struct hub_message *m = q->head;
        q->head = m->next;
        free(m);
    }
    hub_queue_init(q);
}

void hub_queue_add(struct hub_queue *q, const char *text, size_t n) {
    struct hub_message *m = xmalloc(sizeof *m + LWS_PRE + n);
    m->next = NULL;
    m->n = n;
    memcpy(m->bytes + LWS_PRE, text, n);
    *q->tail = m;
    q->tail = &m->next;
    q->bytes += n;
}

int hub_queue_write(struct hub_queue *q, struct lws *wsi) {
    struct hub_message *m = q->head;
    if (!m) return 0;
    int r = lws_write(wsi, m->bytes + LWS_PRE, m->n, LWS_WRITE_TEXT);
    q->head = m->next;
    if (!q->head) q->tail = &q->head;
    q->bytes -= m->n;
    free(m);
    if (q->head) lws_callback_on_writable(wsi);
    return r < 0 ? -1 : 0;
}

int hub_assemble(struct lws *wsi, struct buf *in, const void *bytes, size_t n, bool binary) {
    if (!binary && lws_frame_is_binary(wsi)) return LWS_CLOSE_STATUS_UNACCEPTABLE_OPCODE;
    buf_add(in, bytes, n);
    if (in->overflow) return LWS_CLOSE_STATUS_MESSAGE_TOO_LARGE;
    return lws_is_final_fragment(wsi) && lws_remaining_packet_payload(wsi) == 0;
}
