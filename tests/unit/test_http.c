/*
 * http: what is told of a request is what really happened to it. The peer is a thread
 * that speaks raw bytes: HTML where JSON was expected, half an answer, a cut, headers
 * without end, one byte at a time.
 */
#include "tests/unit/unit.h"

#include "engine/net/http.h"
#include "tests/unit/net.h"

static struct http *http;
static struct peer peer;

struct seen {
    int calls, wanted;
    enum http_sent sent;
    int status;
    size_t body_len;
    enum err_code code;
    char body[256], retry_after[32];
    bool sending;
};

static int setup(void **state) {
    (void)state;
    net_loop = loop_new();
    http = http_new(net_loop, "MIA-test/1");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    http_free(http);
    loop_free(net_loop);
    return 0;
}

static void on_answer(void *arg, const struct http_response *r) {
    struct seen *s = arg;
    assert_false(s->sending);
    s->sent = r->sent;
    s->status = r->status;
    s->body_len = r->body_len;
    s->code = r->err.code;
    assert_int_equal(r->body[r->body_len], '\0');
    str_copy(s->body, sizeof s->body, r->body);
    const char *retry = http_header_get(r, "retry-AFTER");
    if (retry) str_copy(s->retry_after, sizeof s->retry_after, retry);
    if (r->sent != HTTP_ANSWERED) {
        assert_int_equal(r->status, 0);
        assert_true(r->err.text[LANG_EN][0] && r->err.text[LANG_FR][0]);
        assert_null(http_header_get(r, "content-length"));
    }
    if (++s->calls == s->wanted) loop_stop(net_loop);
}

static struct http_call *start(struct seen *s, struct http_request q, const char *path) {
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", peer.port, path);
    q.url = url;
    s->sending = true;
    struct http_call *c = http_send(http, &q, on_answer, s, NULL);
    s->sending = false;
    assert_non_null(c);
    return c;
}

/* One request to a peer with that behaviour. */
static struct seen ask(peer_fn serve, struct http_request q) {
    struct seen s = {.wanted = 1};
    peer_start(&peer, serve);
    start(&s, q, "/x");
    net_run();
    peer_stop(&peer);
    assert_int_equal(s.calls, 1);
    return s;
}

#define GET ((struct http_request){.method = "GET"})
#define POST ((struct http_request){.method = "POST", .body = "{}", .body_len = 2})

static void serve_ok(struct peer *p, int fd) {
    while (peer_ask(p, fd)) peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

static void an_answer_is_whole(void **state) {
    (void)state;
    struct seen s = ask(serve_ok, GET);
    assert_int_equal(s.sent, HTTP_ANSWERED);
    assert_int_equal(s.status, 200);
    assert_int_equal(s.code, ERR_NONE);
    assert_string_equal(s.body, "hello");
    assert_non_null(strstr(peer.request, "GET /x HTTP/1.1\r\n"));
    assert_non_null(strstr(peer.request, "User-Agent: MIA-test/1\r\n"));
}

static void a_post_is_json_and_waits_for_no_leave(void **state) {
    (void)state;
    static char big[50000];
    memset(big, 'x', sizeof big - 1);
    struct http_request q = {.method = "POST", .body = big, .body_len = sizeof big - 1};
    q.headers[0] = (struct http_header){"Authorization", "Bot x"};
    q.headers[1] = (struct http_header){"X-Empty", ""};
    struct seen s = ask(serve_ok, q);
    assert_int_equal(s.sent, HTTP_ANSWERED);
    assert_non_null(strstr(peer.request, "POST /x HTTP/1.1\r\n"));
    assert_non_null(strstr(peer.request, "Content-Type: application/json\r\n"));
    assert_non_null(strstr(peer.request, "Content-Length: 49999\r\n"));
    assert_non_null(strstr(peer.request, "Authorization: Bot x\r\n"));
    assert_non_null(strstr(peer.request, "X-Empty:\r\n"));
    assert_null(strcasestr(peer.request, "Expect:"));
}

static void methods_go_out_as_they_are(void **state) {
    (void)state;
    struct seen s = ask(serve_ok, (struct http_request){.method = "DELETE"});
    assert_int_equal(s.status, 200);
    assert_memory_equal(peer.request, "DELETE /x ", 10);
    s = ask(serve_ok, (struct http_request){.method = "PATCH", .body = "a", .body_len = 1, .body_type = "text/plain"});
    assert_memory_equal(peer.request, "PATCH /x ", 9);
    assert_non_null(strstr(peer.request, "Content-Type: text/plain\r\n"));
    s = ask(serve_ok, (struct http_request){.method = "PUT"});
    assert_memory_equal(peer.request, "PUT /x ", 7);
    s = ask(serve_ok, (struct http_request){.method = "POST"});
    assert_non_null(strstr(peer.request, "Content-Length: 0\r\n"));
    assert_null(strcasestr(peer.request, "Content-Type:"));
}

static void parts_make_a_form(void **state) {
    (void)state;
    const struct http_part parts[] = {
        {.name = "payload_json", .type = "application/json", .bytes = "{}", .n = 2},
        {.name = "files[0]", .filename = "e.png", .type = "image/png", .bytes = "\x89PNG", .n = 4},
    };
    struct seen s = ask(serve_ok, (struct http_request){.method = "PATCH", .parts = parts, .part_count = 2});
    assert_int_equal(s.status, 200);
    assert_memory_equal(peer.request, "PATCH /x ", 9);
    assert_non_null(strstr(peer.request, "Content-Type: multipart/form-data; boundary="));
    assert_non_null(strstr(peer.request, "name=\"files[0]\"; filename=\"e.png\"\r\nContent-Type: image/png"));
    assert_non_null(strstr(peer.request, "\x89PNG"));
}

/* The handle goes back to its pool: the next request has nothing of the form, and the form nothing of the one before. */
static void a_form_leaves_nothing_behind(void **state) {
    (void)state;
    const struct http_part parts[] = {
        {.name = "payload_json", .type = "application/json", .bytes = "{}", .n = 2},
        {.name = "files[0]", .filename = "e.png", .type = "image/png", .bytes = "\0\r\n--", .n = 5},
    };
    peer_start(&peer, serve_ok);
    for (int i = 0; i < 3; i++) {
        struct seen s = {.wanted = 1};
        start(&s, (struct http_request){.method = "POST", .parts = parts, .part_count = 2}, "/form");
        net_run();
        assert_int_equal(s.status, 200);
        assert_non_null(strstr(peer.request, "multipart/form-data"));
        assert_null(strstr(peer.request, "application/x-www-form-urlencoded"));
        s = (struct seen){.wanted = 1};
        start(&s, (struct http_request){.method = "POST", .body = "{\"a\":1}", .body_len = 7}, "/json");
        net_run();
        assert_int_equal(s.status, 200);
        assert_memory_equal(peer.request, "POST /json ", 11);
        assert_non_null(strstr(peer.request, "Content-Type: application/json\r\n"));
        assert_null(strstr(peer.request, "multipart"));
        assert_non_null(strstr(peer.request, "\r\n\r\n{\"a\":1}"));
    }
    peer_stop(&peer);
}

static void serve_half(struct peer *p, int fd) {
    char b[256];
    (void)p;
    recv(fd, b, sizeof b, 0); /* some of it came in */
    struct linger hard = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

static void an_upload_that_is_cut_may_have_arrived(void **state) {
    (void)state;
    static char bytes[1 << 20];
    const struct http_part parts[] = {{.name = "files[0]",
                                       .filename = "e.bin",
                                       .type = "application/octet-stream",
                                       .bytes = bytes,
                                       .n = sizeof bytes}};
    struct seen s = ask(serve_half, (struct http_request){.method = "POST", .parts = parts, .part_count = 1});
    assert_int_equal(s.sent, HTTP_MAYBE);
    assert_int_equal(peer.accepted, 1); /* and was not sent a second time */
}

static void serve_html_429(struct peer *p, int fd) {
    if (peer_ask(p, fd))
        peer_say(fd, "HTTP/1.1 429 Too Many\r\nRetry-After: 3\r\nContent-Type: text/html\r\nConnection: "
                     "close\r\n\r\n<h1>no</h1>");
}

static void html_is_an_answer_too(void **state) {
    (void)state;
    struct seen s = ask(serve_html_429, POST);
    assert_int_equal(s.sent, HTTP_ANSWERED);
    assert_int_equal(s.status, 429);
    assert_string_equal(s.retry_after, "3");
    assert_string_equal(s.body, "<h1>no</h1>");
}

static void serve_500(struct peer *p, int fd) {
    if (peer_ask(p, fd)) peer_say(fd, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n");
}

static void serve_redirect(struct peer *p, int fd) {
    while (peer_ask(p, fd))
        peer_say(fd, "HTTP/1.1 302 Found\r\nLocation: http://example.com/\r\nContent-Length: 0\r\n\r\n");
}

static void statuses_are_told_and_redirects_not_followed(void **state) {
    (void)state;
    assert_int_equal(ask(serve_500, POST).status, 500);
    struct seen s = ask(serve_redirect, GET);
    assert_int_equal(s.status, 302);
    assert_int_equal(peer.asked, 1);
}

/* ---- half-way failures ---- */

static void serve_cut_body(struct peer *p, int fd) {
    if (peer_ask(p, fd)) peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
}

static void serve_cut_chunk(struct peer *p, int fd) {
    if (peer_ask(p, fd)) peer_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
}

static void serve_nothing(struct peer *p, int fd) {
    peer_ask(p, fd);
}

static void serve_reset(struct peer *p, int fd) {
    struct linger now = {.l_onoff = 1};
    peer_ask(p, fd);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    dup2(p->fd, fd); /* closes it with a reset; the number stays ours */
}

static void serve_garbage(struct peer *p, int fd) {
    if (peer_ask(p, fd)) peer_say(fd, "SSH-2.0-OpenSSH\r\n\r\n");
}

static void serve_endless_headers(struct peer *p, int fd) {
    if (!peer_ask(p, fd) || !peer_say(fd, "HTTP/1.1 200 OK\r\n")) return;
    while (peer_say(fd, "X-More: yes yes yes yes yes yes yes yes yes yes yes yes\r\n")) continue;
}

static void serve_endless_interim(struct peer *p, int fd) {
    if (!peer_ask(p, fd)) return;
    while (peer_say(fd, "HTTP/1.1 102 Processing\r\nX: y\r\n\r\n")) continue;
}

static void serve_endless_line(struct peer *p, int fd) {
    if (!peer_ask(p, fd) || !peer_say(fd, "HTTP/1.1 200 ")) return;
    while (peer_say(fd, "OKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOKOK")) continue;
}

static void serve_big_told(struct peer *p, int fd) {
    if (peer_ask(p, fd)) peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n");
    recv(fd, peer_text, 1, 0);
}

static void serve_big_untold(struct peer *p, int fd) {
    if (!peer_ask(p, fd) || !peer_say(fd, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) return;
    while (peer_say(fd, "8\r\nxxxxxxxx\r\n")) continue;
}

static void what_was_sent_and_not_answered_may_have_arrived(void **state) {
    (void)state;
    static const peer_fn rude[] = {serve_cut_body,   serve_cut_chunk,       serve_nothing,      serve_reset,
                                   serve_garbage,    serve_endless_headers, serve_endless_line, serve_big_told,
                                   serve_big_untold, serve_endless_interim};
    for (size_t i = 0; i < sizeof rude / sizeof *rude; i++) {
        struct http_request q = POST;
        q.body_max = 1000;
        struct seen s = ask(rude[i], q);
        if (s.sent != HTTP_MAYBE || s.code != ERR_UNKNOWN) fail_msg("case %zu: sent %d code %d", i, s.sent, s.code);
        assert_int_equal(s.body_len, 0);
        assert_int_equal(peer.asked, 1);
    }
}

static void serve_slowly(struct peer *p, int fd) {
    if (!peer_ask(p, fd) || !peer_say(fd, "HTTP/1.1 200 OK\r\nX: ")) return;
    while (peer_say(fd, "H")) usleep(20000); /* the peer's pace, not a wait of the test */
}

static void a_slow_peer_meets_the_deadline(void **state) {
    (void)state;
    struct http_request q = POST;
    q.timeout_ms = 150;
    int64_t at = clock_mono_ms();
    struct seen s = ask(serve_slowly, q);
    assert_int_equal(s.sent, HTTP_MAYBE);
    assert_in_range(clock_mono_ms() - at, 150, 5000);
}

static void serve_deaf(struct peer *p, int fd) {
    (void)p;
    (void)fd;
}

/* A TLS handshake that fails: bytes left, but none of the request. */
static void what_never_left_is_not_sent(void **state) {
    (void)state;
    char url[64];
    struct seen s = {.wanted = 2};
    peer_start(&peer, serve_deaf);
    snprintf(url, sizeof url, "https://127.0.0.1:%d/", peer.port);
    struct http_request q = {.method = "POST", .url = url, .body = "x", .body_len = 1};
    assert_non_null(http_send(http, &q, on_answer, &s, NULL));
    struct seen refused = {.wanted = 1};
    int port = peer.port;
    peer.port = peer_no_port();
    start(&s, POST, "/");
    net_run();
    assert_int_equal(s.sent, HTTP_NOT_SENT);
    assert_int_equal(s.code, ERR_NET);
    peer.port = port;
    peer_stop(&peer);
    peer.port = peer_no_port();
    start(&refused, GET, "/");
    net_run();
    assert_int_equal(refused.sent, HTTP_NOT_SENT);
    assert_int_equal(refused.code, ERR_NET);
}

/* ---- kept-alive connections ---- */

static void serve_one_then_cut(struct peer *p, int fd) {
    if (peer_ask(p, fd)) peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    peer_ask(p, fd); /* read, never answered */
}

static struct seen second_on_kept(struct http_request q) {
    struct seen first = {.wanted = 1}, second = {.wanted = 1};
    peer_start(&peer, serve_one_then_cut);
    start(&first, GET, "/1");
    net_run();
    start(&second, q, "/2");
    net_run();
    peer_stop(&peer);
    assert_int_equal(first.status, 200);
    return second;
}

/* libcurl would send it again on a new connection; an order must not be. */
static void a_post_is_not_sent_twice_when_a_kept_connection_breaks(void **state) {
    (void)state;
    struct seen s = second_on_kept(POST);
    assert_int_equal(s.sent, HTTP_MAYBE);
    assert_int_equal(peer.asked, 2);
    s = second_on_kept((struct http_request){.method = "DELETE"});
    assert_int_equal(s.sent, HTTP_MAYBE);
    assert_int_equal(peer.asked, 2);
    s = second_on_kept(GET);
    assert_int_equal(s.sent, HTTP_ANSWERED);
    assert_int_equal(peer.asked, 3);
}

static void connections_are_kept(void **state) {
    (void)state;
    peer_start(&peer, serve_ok);
    for (int i = 0; i < 20; i++) {
        struct seen s = {.wanted = 1};
        start(&s, i % 2 ? POST : GET, "/");
        net_run();
        assert_int_equal(s.status, 200);
    }
    peer_stop(&peer);
    assert_int_equal(peer.accepted, 1);
    assert_int_equal(peer.asked, 20);
}

static void serve_poll(struct peer *p, int fd) {
    char c;
    if (peer_ask(p, fd) && strstr(peer_text, "/poll")) {
        recv(fd, &c, 1, 0); /* until it is cut */
        return;
    }
    peer_say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    serve_ok(p, fd);
}

static void a_long_poll_stands_in_nobodys_way(void **state) {
    (void)state;
    struct seen poll = {.wanted = 1}, s = {.wanted = 8};
    struct http_request q = GET;
    q.own_connection = true;
    peer_start(&peer, serve_poll);
    struct http_call *c = start(&poll, q, "/poll");
    for (int i = 0; i < 8; i++) start(&s, GET, "/x");
    net_run();
    assert_int_equal(s.status, 200);
    assert_int_equal(poll.calls, 0);
    http_cancel(c);
    peer_stop(&peer);
    assert_int_equal(poll.calls, 0);
}

/* ---- refusing, cancelling ---- */

static void never(void *arg, const struct http_response *r) {
    (void)arg;
    (void)r;
    fail_msg("a callback that must not come");
}

static void bad_requests_are_refused_at_once(void **state) {
    (void)state;
    static const char *const bad[] = {"http://example.com/",
                                      "ftp://127.0.0.1/",
                                      "127.0.0.1",
                                      "http://",
                                      "http://127.0.0.1:0/",
                                      "http://a@127.0.0.1/",
                                      "http://127.0.0.1:99999/",
                                      "http://127.0.0.1 /",
                                      "http://127.1/",
                                      "http://127.0.0.1\\@example.com/",
                                      "ws://127.0.0.1/",
                                      "http://[::2]/",
                                      "http://127.0.0.1.example.com/",
                                      "https://",
                                      "http://localhost.example.com/",
                                      "http://1.2.3.4/",
                                      NULL};
    for (size_t i = 0; bad[i]; i++) {
        struct err e = {0};
        struct http_request q = {.method = "GET", .url = bad[i]};
        if (http_send(http, &q, never, NULL, &e)) fail_msg("%s", bad[i]);
        assert_int_not_equal(e.code, ERR_NONE);
    }
    struct http_request q = {.method = "BREW", .url = "https://example.com/"};
    assert_null(http_send(http, &q, never, NULL, NULL));
    q = (struct http_request){.method = "GET", .url = "https://example.com/", .headers = {{"A", "b\r\nEvil: x"}}};
    assert_null(http_send(http, &q, never, NULL, NULL));
    assert_true(url_is_allowed("https://example.com/x?y#z"));
    assert_true(url_is_allowed("wss://example.com"));
    assert_true(url_is_allowed("http://127.0.0.1:80/"));
    assert_true(url_is_allowed("ws://[::1]:80/"));
    assert_true(url_is_allowed("http://LOCALHOST/"));
    assert_false(url_is_allowed("http://example.com/"));
    assert_false(url_is_allowed(NULL));
}

static void too_many_are_refused(void **state) {
    (void)state;
    struct err e = {0};
    struct http_request q = {.method = "GET", .url = "http://127.0.0.1:1/"};
    for (int i = 0; i < HTTP_IN_FLIGHT_MAX; i++) assert_non_null(http_send(http, &q, never, NULL, &e));
    assert_null(http_send(http, &q, never, NULL, &e));
    assert_int_equal(e.code, ERR_FULL);
    http_free(http); /* drops them all without a call */
    http = http_new(net_loop, "x");
}

struct pair {
    struct http_call *a, *b;
    int calls;
};

static void cancel_other(void *arg, const struct http_response *r) {
    struct pair *p = arg;
    (void)r;
    p->calls++;
    http_cancel(p->a);
    http_cancel(p->b); /* one of them is this one: no harm */
    loop_stop(net_loop);
}

static void a_cancelled_request_is_silent(void **state) {
    (void)state;
    struct pair p = {0};
    char url[64];
    peer_start(&peer, serve_ok);
    snprintf(url, sizeof url, "http://127.0.0.1:%d/", peer.port);
    struct http_request q = {.method = "GET", .url = url};
    p.a = http_send(http, &q, cancel_other, &p, NULL);
    p.b = http_send(http, &q, cancel_other, &p, NULL);
    net_run();
    http_cancel(http_send(http, &q, never, NULL, NULL));
    struct seen s = {.wanted = 1};
    start(&s, GET, "/");
    net_run();
    peer_stop(&peer);
    assert_int_equal(p.calls, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(an_answer_is_whole),
        T(a_post_is_json_and_waits_for_no_leave),
        T(methods_go_out_as_they_are),
        T(parts_make_a_form),
        T(a_form_leaves_nothing_behind),
        T(an_upload_that_is_cut_may_have_arrived),
        T(html_is_an_answer_too),
        T(statuses_are_told_and_redirects_not_followed),
        T(what_was_sent_and_not_answered_may_have_arrived),
        T(a_slow_peer_meets_the_deadline),
        T(what_never_left_is_not_sent),
        T(a_post_is_not_sent_twice_when_a_kept_connection_breaks),
        T(connections_are_kept),
        T(a_long_poll_stands_in_nobodys_way),
        T(bad_requests_are_refused_at_once),
        T(too_many_are_refused),
        T(a_cancelled_request_is_silent),
    };
    return RUN(tests);
}
