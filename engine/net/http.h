/*
 * http: requests over libcurl's multi interface on the loop. The only user of
 * libcurl. https is verified, plain http is refused off loopback, redirects are not
 * followed, no proxy or .netrc is read. Bodies are capped. URLs are never logged
 * (a Telegram URL holds the token).
 *
 * Every request ends in exactly one call of its callback, never inside http_send.
 */
#ifndef MIA_NET_HTTP_H
#define MIA_NET_HTTP_H

#include <stddef.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/net/loop.h"

#define HTTP_BODY_MAX (8u << 20)
#define HTTP_HEADERS_MAX 16
#define HTTP_IN_FLIGHT_MAX 256
#define HTTP_TIMEOUT_MS 15000
#define HTTP_CONNECT_MS 5000

enum http_sent {
    HTTP_NOT_SENT, /* no byte of the request left: a plain retry is safe */
    HTTP_MAYBE,    /* the request may have arrived; no whole answer came */
    HTTP_ANSWERED  /* a whole response, whatever its status */
};

struct http_header {
    const char *name, *value;
};

struct http_part { /* multipart/form-data */
    const char *name, *filename /* or NULL */, *type;
    const void *bytes;
    size_t n;
};

struct http_request {
    const char *method; /* "GET" "POST" "PATCH" "PUT" "DELETE" */
    const char *url;
    struct http_header headers[HTTP_HEADERS_MAX]; /* until name is NULL */
    const void *body;
    size_t body_len;
    const char *body_type;         /* Content-Type; NULL: application/json where there is a body */
    const struct http_part *parts; /* instead of body */
    size_t part_count;
    int64_t timeout_ms;  /* whole exchange; 0: HTTP_TIMEOUT_MS */
    size_t body_max;     /* of the answer; 0: 1 MiB */
    bool own_connection; /* a long poll: keeps its own connection, never queues others behind it */
};

struct http_response {
    enum http_sent sent;
    int status;       /* 0 unless HTTP_ANSWERED */
    const char *body; /* terminated; valid during the callback */
    size_t body_len;
    struct err err;               /* code ERR_NET | ERR_UNKNOWN | ERR_NONE */
    const struct http_call *call; /* for http_header_get */
};

typedef void (*http_fn)(void *arg, const struct http_response *r);

struct http;
struct http_call;
struct http *http_new(struct loop *l, const char *user_agent);
/* Drops what is in flight without callbacks: whoever gave an arg that he owns cancels his calls before. */
void http_free(struct http *h);
/* Copies what it needs. NULL: refused (e says why: full, bad URL, plain http off loopback); the callback is then not called. */
struct http_call *http_send(struct http *h, const struct http_request *q, http_fn fn, void *arg, struct err *e);
void http_cancel(struct http_call *c);                                        /* no callback follows */
const char *http_header_get(const struct http_response *r, const char *name); /* case-insensitive; NULL where absent */
/* true where a URL is https/wss, or http/ws to a loopback address or "localhost" */
bool url_is_allowed(const char *url);

#endif
