/*
 * virtual_http: engine/net/http.h without a network: requests wait in a list until a
 * harness answers them, refuses them or lets their time run out. Takes the place of the
 * program's http in the harness that includes it.
 */
#ifndef MIA_TESTS_VIRTUAL_HTTP_H
#define MIA_TESTS_VIRTUAL_HTTP_H

#include <strings.h>

#include "tests/fuzz/virtual_loop.h"

#include "engine/net/http.h"

#define VIRTUAL_BODY_MAX (1u << 20) /* of an answer where the request names no limit */

struct http {
    struct loop *loop;
    struct http_call *first; /* oldest first */
    uint32_t n;
    void (*asked)(void *arg, const struct http_call *c); /* a request of the program */
    void *arg;
};

struct http_call {
    struct http *http;
    struct http_call *next;
    char *method, *url, *body;
    size_t body_len, answer_max;
    bool own_connection, authorised; /* it carries an Authorization */
    http_fn fn;
    void *arg;
    struct loop_timer *timeout;
};

/* What the answer being given carries. */
static struct http_header virtual_headers[HTTP_HEADERS_MAX];

struct http *http_new(struct loop *l, const char *user_agent) {
    struct http *h = xcalloc(1, sizeof *h);
    (void)user_agent;
    h->loop = l;
    return h;
}

static void virtual_call_free(struct http_call *c) {
    struct http_call **at = &c->http->first;
    while (*at != c) at = &(*at)->next;
    *at = c->next;
    c->http->n--;
    loop_timer_free(c->timeout);
    free(c->method);
    free(c->url);
    free(c->body);
    free(c);
}

void http_free(struct http *h) {
    if (!h) return;
    while (h->first) virtual_call_free(h->first);
    free(h);
}

void http_cancel(struct http_call *c) {
    if (c) virtual_call_free(c);
}

const char *http_header_get(const struct http_response *r, const char *name) {
    (void)r;
    for (int i = 0; i < HTTP_HEADERS_MAX && virtual_headers[i].name; i++)
        if (!strcasecmp(virtual_headers[i].name, name)) return virtual_headers[i].value;
    return NULL;
}

/* Ends a call. bytes: of the answer; more than its request takes is no whole answer. */
static void virtual_answer(struct http_call *c, enum http_sent sent, int status, const void *bytes, size_t n) {
    struct http_response r = {.sent = sent, .call = c};
    char *body = copy_of(bytes, n);
    http_fn fn = c->fn;
    void *arg = c->arg;
    if (sent == HTTP_ANSWERED && n > c->answer_max) r.sent = HTTP_MAYBE;
    if (r.sent == HTTP_ANSWERED) {
        r.status = status;
        r.body = body;
        r.body_len = n;
    } else {
        r.body = "";
        err_set(&r.err, r.sent == HTTP_MAYBE ? ERR_UNKNOWN : ERR_NET, "the connection is gone",
                "la connexion est perdue");
    }
    virtual_call_free(c);
    fn(arg, &r);
    free(body);
}

static void virtual_late(void *arg) {
    virtual_answer(arg, HTTP_MAYBE, 0, "", 0);
}

struct http_call *http_send(struct http *h, const struct http_request *q, http_fn fn, void *arg, struct err *e) {
    if (h->n == HTTP_IN_FLIGHT_MAX || !url_is_allowed(q->url)) {
        err_set(e, h->n == HTTP_IN_FLIGHT_MAX ? ERR_FULL : ERR_USAGE, "not sent", "pas envoyé");
        return NULL;
    }
    struct http_call *c = xcalloc(1, sizeof *c), **at = &h->first;
    *c = (struct http_call){.http = h,
                            .method = xstrdup(q->method),
                            .url = xstrdup(q->url),
                            .body = copy_of(q->body, q->body_len),
                            .body_len = q->body_len,
                            .answer_max = q->body_max ? q->body_max : VIRTUAL_BODY_MAX,
                            .own_connection = q->own_connection,
                            .fn = fn,
                            .arg = arg};
    for (int i = 0; i < HTTP_HEADERS_MAX && q->headers[i].name; i++)
        c->authorised |= !strcasecmp(q->headers[i].name, "authorization");
    c->timeout = loop_timer_new(h->loop, virtual_late, c);
    loop_timer_start(c->timeout, q->timeout_ms ? q->timeout_ms : HTTP_TIMEOUT_MS, 0);
    while (*at) at = &(*at)->next;
    *at = c;
    h->n++;
    if (h->asked) h->asked(h->arg, c);
    return c;
}

/* The oldest call whose URL ends so; NULL: none. */
UNUSED static struct http_call *virtual_call(struct http *h, const char *end) {
    for (struct http_call *c = h->first; c; c = c->next) {
        size_t n = strlen(c->url), k = strlen(end);
        if (n >= k && !strcmp(c->url + n - k, end)) return c;
    }
    return NULL;
}

UNUSED static void virtual_answer_text(struct http_call *c, int status, const char *text) {
    virtual_answer(c, HTTP_ANSWERED, status, text, strlen(text));
}

#endif
