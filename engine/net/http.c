/*
 * http: libcurl's multi socket interface on the loop. Owns the multi handles, their
 * connections and a small pool of easy handles; http_watch owns the watching of sockets. libcurl, and with it OpenSSL, is
 * initialised by the first request: a bot that sends none does not pay for it.
 *
 * Whether a request may have arrived is not guessed from error codes: libcurl
 * counts the request's bytes as they leave (bytes_left), and its own silent retry on
 * a dead kept-alive connection is refused once such a byte has left (on_ready),
 * because it would send an order twice.
 *
 * What is the same for every request is set once in the life of an easy handle
 * (easy_new); a request sets the rest, and easy_clear takes it back.
 */
#include "engine/net/http.h"

#include <assert.h>
#include <curl/curl.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <uv.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/http_watch.h"
#include "engine/net/net_err.h"
#include "engine/net/url.h"

#define BODY_DEFAULT (1u << 20)
#define HEADER_BYTES_MAX (64u << 10) /* of an answer, interim ones included */
#define EASY_POOL_MAX 64             /* handles kept for reuse, about 7 KB each */
#define IDLE_CONNS_MAX 16            /* kept alive, ordinary requests */
#define HOST_CONNS_MAX 16            /* at a time to one host; further requests wait inside their own deadline */
#define CONN_IDLE_S 90               /* an older idle connection is not used again */
#define CA_DIR "/etc/ssl/certs"

/* Long polls have a multi handle, and so a connection cache, of their own. */
enum lane { LANE_ORDINARY, LANE_OWN, LANE_COUNT };

struct track {
    struct http *h;
    CURLM *multi;
    struct loop_timer *timer;
    struct watches watches;
    bool finish_asked; /* finish_soon is queued */
};

struct http {
    struct loop *l;
    char *user_agent;
    bool started, in_callback;
    struct track tracks[LANE_COUNT];
    struct http_call *calls; /* in flight */
    size_t call_count;
    CURL *pool[EASY_POOL_MAX];
    size_t pool_count;
    const char *ca_file, *ca_dir; /* NULL: libcurl's own choice */
    bool ca_known;
};

struct http_call {
    struct http *h;
    struct http_call *prev, *next;
    struct track *track;
    CURL *easy;
    http_fn fn;
    void *arg;
    struct curl_slist *headers;
    curl_mime *mime;
    void *body;
    struct buf in;
    size_t head_total;
    bool repeatable; /* GET: sending it twice has no effect */
    bool connected;  /* its socket is a connection, which on_close will be called for */
    bool too_big, finishing;
    char host[URL_HOST_MAX];
};

static void finish_done(struct track *t);
static void easy_clear(struct http_call *c);

/* ---- libcurl's sockets and timer on the loop ---- */

static void act(struct track *t, curl_socket_t fd, int events) {
    int running;
    curl_multi_socket_action(t->multi, fd, events, &running);
}

static void on_ready_socket(void *arg, int fd, int status, int events) {
    struct track *t = arg;
    int flags = 0;
    if (status < 0) flags = CURL_CSELECT_ERR;
    if (events & UV_READABLE) flags |= CURL_CSELECT_IN;
    if (events & UV_WRITABLE) flags |= CURL_CSELECT_OUT;
    act(t, fd, flags);
    finish_done(t);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *assigned) {
    struct track *t = arg;
    struct http_call *c = NULL;
    int events = 0;
    (void)assigned;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &c);
    if (what == CURL_POLL_REMOVE) {
        watch_unwant(&t->watches, fd, c && c->connected);
        return 0;
    }
    if (what & CURL_POLL_IN) events |= UV_READABLE;
    if (what & CURL_POLL_OUT) events |= UV_WRITABLE;
    if (c && !watch_has(&t->watches, fd)) c->connected = false; /* a new socket, perhaps of libcurl's second try */
    return watch_want(&t->watches, fd, events);
}

/* libcurl tells so of connections only, not of sockets that never became one. */
static int on_close(void *arg, curl_socket_t fd) {
    struct track *t = arg;
    watch_end(&t->watches, fd);
    return close(fd);
}

static void on_timer(void *arg) {
    struct track *t = arg;
    act(t, CURL_SOCKET_TIMEOUT, 0);
    finish_done(t);
}

static int on_timer_wanted(CURLM *multi, long timeout_ms, void *arg) {
    struct track *t = arg;
    (void)multi;
    if (timeout_ms < 0)
        loop_timer_stop(t->timer);
    else
        loop_timer_start(t->timer, timeout_ms, 0);
    return 0;
}

/* ---- start and end ---- */

struct http *http_new(struct loop *l, const char *user_agent) {
    struct http *h = xcalloc(1, sizeof *h);
    h->l = l;
    h->user_agent = xstrdup(user_agent);
    return h;
}

/* Without memory libcurl goes on with half a request (headers that are missing, a method that is another): it ends instead, as
 * everything does. */
static void curl_start(struct http *h) {
    if (h->started) return;
    CURLcode why = curl_global_init_mem(CURL_GLOBAL_DEFAULT, xmalloc, free, xrealloc, xstrdup, xcalloc);
    if (why) die("http: libcurl cannot start: %s", curl_easy_strerror(why));
    h->started = true;
}

static struct track *track_of(struct http *h, enum lane lane) {
    struct track *t = &h->tracks[lane];
    if (t->multi) return t;
    curl_start(h);
    t->h = h;
    t->watches = (struct watches){.loop = h->l, .ready = on_ready_socket, .arg = t};
    t->timer = loop_timer_new(h->l, on_timer, t);
    t->multi = curl_multi_init();
    if (!t->multi) die("http: out of memory");
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(t->multi, CURLMOPT_SOCKETDATA, t);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERFUNCTION, on_timer_wanted);
    curl_multi_setopt(t->multi, CURLMOPT_TIMERDATA, t);
    curl_multi_setopt(t->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
    curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNS_MAX);
    if (lane == LANE_ORDINARY) curl_multi_setopt(t->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNS_MAX);
    return t;
}

static void call_free(struct http_call *c) {
    struct http *h = c->h;
    curl_multi_remove_handle(c->track->multi, c->easy);
    if (h->pool_count < EASY_POOL_MAX) {
        easy_clear(c);
        h->pool[h->pool_count++] = c->easy;
    } else {
        curl_easy_cleanup(c->easy);
    }
    if (c->prev)
        c->prev->next = c->next;
    else
        h->calls = c->next;
    if (c->next) c->next->prev = c->prev;
    h->call_count--;
    curl_slist_free_all(c->headers);
    curl_mime_free(c->mime);
    buf_clear(&c->in);
    free(c->body);
    free(c);
}

static void finish_soon(void *arg) {
    struct track *t = arg;
    t->finish_asked = false;
    finish_done(t);
}

void http_free(struct http *h) {
    if (!h) return;
    assert(!h->in_callback);
    while (h->calls) call_free(h->calls);
    while (h->pool_count > 0) curl_easy_cleanup(h->pool[--h->pool_count]);
    for (int i = 0; i < LANE_COUNT; i++) {
        if (!h->tracks[i].multi) continue;
        curl_multi_cleanup(h->tracks[i].multi);
        loop_unsoon(h->l, finish_soon, &h->tracks[i]);
        loop_timer_free(h->tracks[i].timer);
    }
    if (h->started) curl_global_cleanup();
    free(h->user_agent);
    free(h);
}

/* ---- what libcurl tells of one request ---- */

/* Bytes of the request that were given to the system, over all of libcurl's tries. */
static long bytes_left(const struct http_call *c) {
    long n = 0;
    curl_easy_getinfo(c->easy, CURLINFO_REQUEST_SIZE, &n);
    return n;
}

/* Before each sending of the request; a second one is libcurl's retry after a kept-alive connection broke. */
static int on_ready(void *arg, char *peer, char *local, int peer_port, int local_port) {
    struct http_call *c = arg;
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    c->connected = true;
    return c->repeatable || bytes_left(c) == 0 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static size_t on_header(char *bytes, size_t size, size_t n, void *arg) {
    struct http_call *c = arg;
    n *= size;
    c->head_total += n;
    (void)bytes; /* libcurl keeps them for http_header_get */
    if (c->head_total <= HEADER_BYTES_MAX) return n;
    c->too_big = true;
    return 0;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *arg) {
    struct http_call *c = arg;
    n *= size;
    buf_add(&c->in, bytes, n);
    if (!c->in.overflow) return n;
    c->too_big = true;
    return 0;
}

static void say_name(struct err *e, const struct http_call *c, enum err_code code, CURLcode why) {
    const char *who = c->host;
    long os = 0;
    switch ((int)why) {
    case CURLE_COULDNT_RESOLVE_HOST: net_err(e, code, who, UV_EAI_AGAIN); return;
    case CURLE_COULDNT_CONNECT:
        curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &os);
        net_err(e, code, who, os > 0 ? -(int)os : UV_ECONNREFUSED);
        return;
    case CURLE_OPERATION_TIMEDOUT: net_err(e, code, who, UV_ETIMEDOUT); return;
    case CURLE_PEER_FAILED_VERIFICATION:
        err_set(e, code, "%s shows a certificate that cannot be trusted",
                "%s présente un certificat auquel on ne peut pas se fier", who);
        return;
    case CURLE_SSL_CONNECT_ERROR:
        err_set(e, code, "no secure connection to %s", "pas de connexion sécurisée avec %s", who);
        return;
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        err_set(e, code, "%s cut the connection before it had answered",
                "%s a coupé la connexion avant d’avoir répondu", who);
        return;
    default: break; /* libcurl has a hundred codes */
    }
    err_set(e, code, "%s gave no usable answer (%s)", "%s n’a pas donné de réponse utilisable (%s)", who,
            curl_easy_strerror(why));
}

static void say_why(struct err *e, const struct http_call *c, enum err_code code, CURLcode why) {
    if (c->too_big || why == CURLE_FILESIZE_EXCEEDED)
        err_set(e, code, "the answer of %s is too large", "la réponse de %s est trop grande", c->host);
    else
        say_name(e, c, code, why);
}

static void finish(struct http_call *c, CURLcode why) {
    struct http_response r = {.sent = HTTP_ANSWERED, .call = c, .body = c->in.p, .body_len = c->in.len};
    long status = 0;
    curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (why == CURLE_OK && status >= 200) {
        r.status = (int)status;
    } else {
        r.sent = bytes_left(c) > 0 ? HTTP_MAYBE : HTTP_NOT_SENT;
        buf_reset(&c->in);
        r.body = c->in.p;
        r.body_len = 0;
        say_why(&r.err, c, r.sent == HTTP_MAYBE ? ERR_UNKNOWN : ERR_NET, why);
    }
    c->finishing = true;
    bool nested = c->h->in_callback;
    c->h->in_callback = true;
    c->fn(c->arg, &r);
    c->h->in_callback = nested;
    call_free(c);
}

static void finish_done(struct track *t) {
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(t->multi, &left))) {
        struct http_call *c = NULL;
        if (m->msg != CURLMSG_DONE) continue;
        CURLcode why = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
        finish(c, why);
    }
}

/* ---- sending ---- */

static bool is_hash_link(const char *name) {
    return strlen(name) == 10 && strspn(name, "0123456789abcdef") == 8 && strcmp(name + 8, ".0") == 0;
}

/*
 * Reading the whole bundle of authorities costs 30 ms and 2 MB. Where the system keeps them hashed in a folder, OpenSSL reads
 * only the one it needs. SSL_CERT_FILE (a private authority) goes before.
 */
static void choose_authorities(struct http *h) {
    const struct dirent *d;
    if (h->ca_known) return;
    h->ca_known = true;
    const char *file = getenv("SSL_CERT_FILE");
    if (file && *file) {
        h->ca_file = file;
        return;
    }
    DIR *dir = opendir(CA_DIR);
    while (dir && !h->ca_dir && (d = readdir(dir)))
        if (is_hash_link(d->d_name)) h->ca_dir = CA_DIR;
    if (dir) closedir(dir);
}

static void easy_security(struct http *h, CURL *e) {
    choose_authorities(h);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https"); /* plain http only to this machine: refuse() */
    curl_easy_setopt(e, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    if (!h->ca_file && !h->ca_dir) return;
    curl_easy_setopt(e, CURLOPT_CAINFO, h->ca_file);
    curl_easy_setopt(e, CURLOPT_CAPATH, h->ca_dir);
}

static void easy_transport(const struct http *h, CURL *e) {
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, 30L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, 10L);
    curl_easy_setopt(e, CURLOPT_MAXAGE_CONN, (long)CONN_IDLE_S);
    /* A name server that is silent must not stop the loop: the resolver's thread is left behind, and ends by itself. */
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(e, CURLOPT_UPLOAD_BUFFERSIZE, 16384L);
    curl_easy_setopt(e, CURLOPT_USERAGENT, h->user_agent);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_ready);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, on_close);
}

/* A handle with all that is the same for every request. */
static CURL *easy_new(struct http *h) {
    CURL *e = curl_easy_init();
    if (!e) die("http: out of memory");
    easy_security(h, e);
    easy_transport(h, e);
    return e;
}

/* libcurl takes a URL apart, puts it together again and copies it, character by character, and a token makes it long: it gets
 * the place alone, and the rest as the request's target. */
static void set_place(struct http_call *c, const struct url *u) {
    char place[URL_HOST_MAX + 32], target[URL_MAX + 2];
    snprintf(place, sizeof place, u->v6 ? "%s://[%s]:%d/" : "%s://%s:%d/", u->tls ? "https" : "http", u->host, u->port);
    snprintf(target, sizeof target, "%s%.*s", *u->path == '/' ? "" : "/", (int)strcspn(u->path, "#"), u->path);
    curl_easy_setopt(c->easy, CURLOPT_URL, place);
    curl_easy_setopt(c->easy, CURLOPT_REQUEST_TARGET, target);
}

static void set_request(struct http_call *c, const struct http_request *q, const struct url *u) {
    CURL *e = c->easy;
    int64_t timeout = q->timeout_ms > 0 ? q->timeout_ms : HTTP_TIMEOUT_MS;
    set_place(c, u);
    curl_easy_setopt(e, CURLOPT_PRIVATE, c);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, c);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, c);
    curl_easy_setopt(e, CURLOPT_PREREQDATA, c);
    curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, c->track); /* the connection keeps it */
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)timeout);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)(timeout < HTTP_CONNECT_MS ? timeout : HTTP_CONNECT_MS));
    curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)c->in.max);
}

/* Takes back what this request alone had set; the rest stays for the next one. */
static void easy_clear(struct http_call *c) {
    CURL *e = c->easy;
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, NULL);
    if (c->repeatable) return;
    if (c->mime) curl_easy_setopt(e, CURLOPT_MIMEPOST, NULL);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, NULL);
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)-1);
    curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, NULL);
    curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
}

static void set_parts(struct http_call *c, const struct http_request *q) {
    c->mime = curl_mime_init(c->easy);
    for (size_t i = 0; i < q->part_count; i++) {
        const struct http_part *p = &q->parts[i];
        curl_mimepart *part = curl_mime_addpart(c->mime);
        curl_mime_name(part, p->name);
        curl_mime_data(part, p->bytes, p->n);
        if (p->filename) curl_mime_filename(part, p->filename);
        if (p->type) curl_mime_type(part, p->type);
    }
    curl_easy_setopt(c->easy, CURLOPT_MIMEPOST, c->mime);
}

static void set_body(struct http_call *c, const struct http_request *q) {
    bool post = strcmp(q->method, "POST") == 0;
    c->repeatable = strcmp(q->method, "GET") == 0;
    if (c->repeatable) return;
    if (q->part_count > 0) {
        set_parts(c, q);
    } else if (q->body || post) {
        c->body = xmalloc(q->body_len + 1);
        if (q->body_len > 0) memcpy(c->body, q->body, q->body_len);
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)q->body_len);
        curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, c->body);
    }
    if (!post) curl_easy_setopt(c->easy, CURLOPT_CUSTOMREQUEST, q->method);
}

static bool is_header_text(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < ' ' || *s == 0x7f) return false;
    return true;
}

static int add_header(struct http_call *c, const char *name, const char *value) {
    struct buf line;
    buf_init(&line, HEADER_BYTES_MAX);
    /* libcurl's two forms: "Name: value", and "Name;" for an empty one */
    buf_printf(&line, *value ? "%s: %s" : "%s;%s", name, value);
    struct curl_slist *more = line.overflow ? NULL : curl_slist_append(c->headers, line.p);
    buf_clear(&line);
    if (!more) return -1;
    c->headers = more;
    return 0;
}

static int set_headers(struct http_call *c, const struct http_request *q) {
    bool typed = false;
    for (size_t i = 0; i < HTTP_HEADERS_MAX && q->headers[i].name; i++) {
        const struct http_header *h = &q->headers[i];
        if (!*h->name || strpbrk(h->name, ":; ") || !is_header_text(h->name) || !is_header_text(h->value)) return -1;
        if (strcasecmp(h->name, "Content-Type") == 0) typed = true;
        if (add_header(c, h->name, h->value)) return -1;
    }
    const char *type = q->body_type ? q->body_type : "application/json";
    if (!is_header_text(type)) return -1;
    if (c->body && !typed && q->body && add_header(c, "Content-Type", type)) return -1;
    /* Without these, libcurl claims a form where there is no body, and waits a second for leave to send a large one. */
    if (c->body && !q->body) c->headers = curl_slist_append(c->headers, "Content-Type:");
    c->headers = curl_slist_append(c->headers, "Expect:");
    curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
    return 0;
}

static int refuse(const struct http *h, const struct http_request *q, struct url *u, struct err *e) {
    static const char *const methods[] = {"GET", "POST", "PATCH", "PUT", "DELETE"};
    bool known = false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) known |= strcmp(q->method, methods[i]) == 0;
    if (!known) return err_set(e, ERR_USAGE, "unknown HTTP method", "méthode HTTP inconnue");
    if (!url_parse(q->url, u) || u->websocket) return err_set(e, ERR_USAGE, "bad URL", "URL invalide");
    if (!u->tls && !u->loopback)
        return err_set(e, ERR_REFUSED, "http without TLS is only allowed on this machine, not to %s",
                       "http sans TLS n’est permis que sur cette machine, pas vers %s", u->host);
    if (h->call_count >= HTTP_IN_FLIGHT_MAX)
        return err_set(e, ERR_FULL, "%d requests are already under way", "%d requêtes sont déjà en cours",
                       HTTP_IN_FLIGHT_MAX);
    return 0;
}

static struct http_call *call_new(struct http *h, struct track *t, const struct http_request *q) {
    struct http_call *c = xcalloc(1, sizeof *c);
    size_t max = q->body_max ? q->body_max : BODY_DEFAULT;
    c->h = h;
    c->track = t;
    c->easy = h->pool_count > 0 ? h->pool[--h->pool_count] : easy_new(h);
    buf_init(&c->in, max < HTTP_BODY_MAX ? max : HTTP_BODY_MAX);
    c->next = h->calls;
    if (h->calls) h->calls->prev = c;
    h->calls = c;
    h->call_count++;
    return c;
}

struct http_call *http_send(struct http *h, const struct http_request *q, http_fn fn, void *arg, struct err *e) {
    struct url u;
    if (refuse(h, q, &u, e)) return NULL;
    struct track *t = track_of(h, q->own_connection ? LANE_OWN : LANE_ORDINARY);
    struct http_call *c = call_new(h, t, q);
    c->fn = fn;
    c->arg = arg;
    str_copy(c->host, sizeof c->host, u.host);
    set_request(c, q, &u);
    set_body(c, q);
    if (set_headers(c, q)) {
        err_set(e, ERR_USAGE, "bad HTTP header", "en-tête HTTP invalide");
        call_free(c);
        return NULL;
    }
    if (curl_multi_add_handle(t->multi, c->easy)) {
        err_set(e, ERR_NET, "the request cannot be started", "la requête ne peut pas être lancée");
        call_free(c);
        return NULL;
    }
    /* Starts it now; on a kept-alive connection the request leaves here. What is over already is told later. */
    act(t, CURL_SOCKET_TIMEOUT, 0);
    if (!t->finish_asked) loop_soon(h->l, finish_soon, t);
    t->finish_asked = true;
    return c;
}

void http_cancel(struct http_call *c) {
    if (c && !c->finishing) call_free(c);
}

const char *http_header_get(const struct http_response *r, const char *name) {
    struct curl_header *found = NULL;
    if (r->sent != HTTP_ANSWERED) return NULL;
    if (curl_easy_header(r->call->easy, name, 0, CURLH_HEADER, -1, &found)) return NULL;
    return found->value;
}
