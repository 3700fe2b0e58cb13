/*
 * web: the page server, against our own WebSocket and HTTP clients on the same loop, and
 * against clients that speak raw bytes.
 */
#include "tests/unit/unit.h"

#include <uv.h>

#include "engine/base/log.h"
#include "engine/net/http.h"
#include "engine/net/web.h"
#include "tests/unit/ws_client.h"

#define BIG (1u << 20)

static struct http *http;

/* What the server does and saw. */
static struct server {
    struct web *web;
    struct web_client *last;
    int opened, closed, messages, send_refused;
    int status; /* of an upgrade */
    size_t len;
    char text[256], path[64], query[64], host[64], origin[64], cookie[64];
    bool echo, kick_on_message, close_on_message, stop_on_open, stop_on_close;
    const char *greet;
    int held; /* bodies that were given and not yet released */
} srv;

static char page[100000];
static char history[4u << 20]; /* more than the sockets on the way hold */

static void on_release(void *arg) {
    assert_ptr_equal(arg, &srv);
    srv.held--;
}

static void on_request(void *arg, const struct web_request *q, struct web_answer *a) {
    (void)arg;
    str_copy(srv.path, sizeof srv.path, q->path);
    str_copy(srv.query, sizeof srv.query, q->query);
    str_copy(srv.host, sizeof srv.host, q->host);
    str_copy(srv.origin, sizeof srv.origin, q->origin);
    str_copy(srv.cookie, sizeof srv.cookie, q->cookie);
    if (q->upgrade) {
        a->status = srv.status;
        a->body = "no\n";
        a->body_len = 3;
    } else if (strcmp(q->path, "/page") == 0) {
        *a =
            (struct web_answer){.status = 200,
                                .type = "text/html; charset=utf-8",
                                .body = page,
                                .body_len = sizeof page,
                                .headers = {{"content-security-policy", "default-src 'self'"}, {"x-bad", "a\r\nb: c"}}};
    } else if (strcmp(q->path, "/kept") == 0) {
        srv.held++;
        *a = (struct web_answer){.status = 200,
                                 .type = "text/csv",
                                 .body = page,
                                 .body_len = sizeof page,
                                 .release = on_release,
                                 .release_arg = &srv};
    } else if (strcmp(q->path, "/history") == 0) {
        srv.held++;
        *a = (struct web_answer){.status = 200,
                                 .type = "text/csv",
                                 .body = history,
                                 .body_len = sizeof history,
                                 .release = on_release,
                                 .release_arg = &srv};
    } else if (strcmp(q->path, "/empty") == 0) {
        *a = (struct web_answer){.status = 302, .headers = {{"location", "/page"}}};
    }
}

static void on_opened(void *arg, struct web_client *c) {
    (void)arg;
    srv.opened++;
    srv.last = c;
    web_client_set(c, &srv);
    if (srv.greet) assert_int_equal(web_send(c, srv.greet, strlen(srv.greet)), 0);
    if (srv.stop_on_open) loop_stop(net_loop);
}

static void on_message(void *arg, struct web_client *c, const char *text, size_t n) {
    (void)arg;
    assert_ptr_equal(web_client_get(c), &srv);
    assert_int_equal(text[n], '\0');
    srv.messages++;
    srv.len = n;
    str_copy(srv.text, sizeof srv.text, text);
    if (srv.echo && web_send(c, text, n)) srv.send_refused++;
    if (srv.kick_on_message) web_kick(c);
    if (srv.close_on_message) {
        web_close(srv.web);
        srv.web = NULL;
    }
}

static void on_closed(void *arg, struct web_client *c) {
    (void)arg;
    assert_ptr_equal(web_client_get(c), &srv);
    assert_int_equal(web_send(c, "x", 1), -1);
    srv.closed++;
    if (srv.stop_on_close) loop_stop(net_loop);
}

static const struct web_handler server_handler = {on_request, on_opened, on_message, on_closed};

static int setup(void **state) {
    (void)state;
    net_loop = loop_new();
    hub = lws_hub_new(net_loop, NULL);
    http = http_new(net_loop, "test");
    srv = (struct server){.status = 101};
    for (size_t i = 0; i < sizeof page; i++) page[i] = (char)('a' + i % 26);
    srv.web = web_open(hub, "127.0.0.1:0", &server_handler, NULL, NULL);
    assert_non_null(srv.web);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    http_free(http);
    web_close(srv.web);
    lws_hub_free(hub);
    loop_free(net_loop);
    return 0;
}

static void messages_go_both_ways(void **state) {
    (void)state;
    struct client c = {.send = "héllo", .wanted = 1};
    srv.echo = true;
    dial(&c, web_port(srv.web), "/ws?token=abc&v=1");
    net_run();
    assert_string_equal(srv.text, "héllo");
    assert_string_equal(c.text, "héllo");
    assert_string_equal(srv.path, "/ws");
    assert_string_equal(srv.query, "token=abc&v=1");
    assert_int_equal(strncmp(srv.host, "127.0.0.1:", 10), 0);
    assert_int_equal(c.opened, 1);
    ws_drop(c.ws);
    srv.stop_on_close = true;
    net_run();
    assert_int_equal(srv.closed, 1);
    assert_int_equal(c.closed, 0);
}

static void large_messages_are_put_together(void **state) {
    (void)state;
    static char big[WEB_MESSAGE_MAX], huge[BIG + 1];
    struct client c = {.send = big, .sent_len = sizeof big, .wanted = 1};
    memset(big, 'x', sizeof big);
    memset(huge, 'y', BIG);
    srv.greet = huge;
    dial(&c, web_port(srv.web), "/ws");
    net_run();
    assert_int_equal(c.len, BIG);
    if (srv.messages == 0) { /* the greeting may be there first */
        srv.close_on_message = true;
        net_run();
    }
    assert_int_equal(srv.len, sizeof big);
    ws_drop(c.ws);
}

static void too_large_a_message_closes(void **state) {
    (void)state;
    static char big[WEB_MESSAGE_MAX + 1];
    struct client c = {.send = big, .sent_len = sizeof big};
    memset(big, 'x', sizeof big);
    dial(&c, web_port(srv.web), "/ws");
    net_run();
    assert_int_equal(c.closed, 1);
    assert_int_equal(c.code, 1009);
    assert_int_equal(srv.messages, 0);
}

static void queues_have_limits(void **state) {
    (void)state;
    static char block[WS_QUEUE_MAX / 2];
    struct client c = {.stop_on_open = true};
    memset(block, 'x', sizeof block);
    dial(&c, web_port(srv.web), "/ws");
    assert_int_equal(ws_send(c.ws, "x", 1), -1); /* not open yet */
    net_run();
    assert_int_equal(ws_send(c.ws, block, sizeof block), 0);
    assert_int_equal(ws_send(c.ws, block, sizeof block), 0);
    assert_int_equal(ws_send(c.ws, "x", 1), -1);
    ws_drop(c.ws);
}

static void closes_are_told(void **state) {
    (void)state;
    struct client c = {.send = "x", .close_on_message = true, .close_code = 4000};
    srv.echo = true;
    dial(&c, web_port(srv.web), "/ws");
    net_run();
    assert_int_equal(c.closed, 1);
    assert_int_equal(c.code, 4000);
    struct client cut = {.send = "x", .close_on_message = true, .close_code = 0};
    dial(&cut, web_port(srv.web), "/ws");
    net_run();
    assert_int_equal(cut.closed, 1);
    assert_int_equal(cut.code, 1006);
    struct client early = {0};
    dial(&early, web_port(srv.web), "/ws");
    ws_close(early.ws, 1000);
    assert_int_equal(early.closed, 0);
    net_run();
    assert_int_equal(early.closed, 1);
    assert_int_equal(early.opened, 0);
}

static void a_drop_inside_a_message(void **state) {
    (void)state;
    struct client c = {.send = "bye", .drop_on_message = true};
    srv.echo = true;
    dial(&c, web_port(srv.web), "/ws");
    net_run();
    assert_string_equal(c.text, "bye");
    assert_int_equal(c.closed, 0);
}

static void kicked_and_shut(void **state) {
    (void)state;
    struct client c = {.send = "x"}, d = {.send = "x"};
    srv.kick_on_message = true;
    dial(&c, web_port(srv.web), "/ws");
    net_run();
    assert_int_equal(c.closed, 1);
    assert_int_equal(srv.closed, 1);
    srv.kick_on_message = false;
    srv.close_on_message = true; /* the whole server, from inside a message */
    dial(&d, web_port(srv.web), "/ws");
    net_run();
    assert_int_equal(d.closed, 1);
    assert_int_equal(srv.closed, 1);
}

static void a_refused_upgrade_is_answered(void **state) {
    (void)state;
    struct client c = {0}, elsewhere = {0};
    srv.status = 403;
    dial(&c, web_port(srv.web), "/ws");
    net_run();
    assert_int_equal(c.opened, 0);
    assert_int_equal(c.closed, 1);
    srv.status = 101;
    dial(&elsewhere, web_port(srv.web), "/other");
    net_run();
    assert_int_equal(elsewhere.opened, 0);
    assert_int_equal(srv.opened, 0);
}

static void pages_are_limited(void **state) {
    (void)state;
    static struct client c[WEB_CLIENTS_MAX + 1];
    memset(c, 0, sizeof c);
    for (int i = 0; i < WEB_CLIENTS_MAX; i++) {
        c[i].stop_on_open = true;
        dial(&c[i], web_port(srv.web), "/ws");
        net_run();
    }
    dial(&c[WEB_CLIENTS_MAX], web_port(srv.web), "/ws");
    net_run();
    assert_int_equal(c[WEB_CLIENTS_MAX].opened, 0);
    assert_int_equal(srv.opened, WEB_CLIENTS_MAX);
    for (int i = 0; i < WEB_CLIENTS_MAX; i++) ws_drop(c[i].ws);
}

static void count_handle(uv_handle_t *h, void *arg) {
    (void)h;
    ++*(int *)arg;
}

static int count_handles(void) {
    int n = 0;
    uv_walk(loop_uv(net_loop), count_handle, &n);
    return n;
}

/* libwebsockets forgets a watcher at each failed connect; a network that is away for days must not cost memory. */
static void failed_connects_leave_nothing(void **state) {
    (void)state;
    int after_first = 0, port = peer_no_port();
    for (int i = 0; i < 200; i++) {
        struct client c = {0};
        dial(&c, port, "/");
        net_run();
        assert_int_equal(c.opened, 0);
        assert_int_equal(c.closed, 1);
        assert_int_equal(c.code, 1006);
        if (i == 20) after_first = count_handles();
    }
    assert_in_range(count_handles(), 0, after_first + 2);
    struct client c = {.wanted = 1};
    srv.greet = "still here";
    dial(&c, web_port(srv.web), "/ws");
    net_run();
    assert_int_equal(c.messages, 1);
    ws_drop(c.ws);
}

static void bad_addresses_are_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"ws://example.com/", "http://127.0.0.1/", "ws://", "127.0.0.1",
                                      "ws://1.2.3.4:80/"};
    struct client c = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err e = {0};
        assert_null(ws_connect(hub, bad[i], 1000, &client_handler, &c, &e));
        assert_int_not_equal(e.code, ERR_NONE);
    }
    static const char *const no[] = {"0.0.0.0:0", "192.168.1.1:80", "[::]:0",    ":80", "127.0.0.1", "127.0.0.1:99999",
                                     "x:1",       "127.0.0.1:1x",   "127.0.0.1:"};
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        struct err e = {0};
        assert_null(web_open(hub, no[i], &server_handler, NULL, &e));
        assert_int_equal(e.code, ERR_REFUSED);
    }
    char taken[32];
    struct err e = {0};
    snprintf(taken, sizeof taken, "127.0.0.1:%d", web_port(srv.web));
    assert_null(web_open(hub, taken, &server_handler, NULL, &e));
    assert_int_equal(e.code, ERR_BUSY);
}

/* ---- the server against rude clients ---- */

static void ask_page(struct http_response *out, const char *method, const char *path, http_fn fn) {
    char url[128];
    snprintf(url, sizeof url, "http://127.0.0.1:%d%s", web_port(srv.web), path);
    struct http_request q = {.method = method, .url = url};
    q.headers[0] = (struct http_header){"Cookie", "a=1; b=2"};
    q.headers[1] = (struct http_header){"Origin", "http://x"};
    assert_non_null(http_send(http, &q, fn, out, NULL));
    net_run();
}

static void keep_answer(void *arg, const struct http_response *r) {
    struct http_response *out = arg;
    *out = *r;
    if (r->status == 200) {
        assert_int_equal(r->body_len, sizeof page);
        assert_memory_equal(r->body, page, sizeof page);
        assert_string_equal(http_header_get(r, "Content-Security-Policy"), "default-src 'self'");
        assert_string_equal(http_header_get(r, "content-type"), "text/html; charset=utf-8");
        assert_null(http_header_get(r, "b"));
        assert_null(http_header_get(r, "x-bad"));
    }
    loop_stop(net_loop);
}

static void stop(void *arg) {
    (void)arg;
    loop_stop(net_loop);
}

static void keep_plain(void *arg, const struct http_response *r) {
    struct http_response *out = arg;
    *out = *r;
    if (r->body_len > 0) assert_memory_equal(r->body, page, r->body_len);
    loop_stop(net_loop);
}

/* What an owner lends comes back exactly once, whatever becomes of the answer. */
static void a_kept_body_is_given_back(void **state) {
    (void)state;
    struct http_response r;
    for (int i = 0; i < 3; i++) {
        ask_page(&r, "GET", "/kept", keep_plain);
        assert_int_equal(r.status, 200);
        assert_int_equal(r.body_len, sizeof page);
        assert_int_equal(srv.held, 0);
    }
    int fd = peer_dial(web_port(srv.web)); /* reads the head, and goes */
    char head[64];
    peer_say(fd, "GET /kept HTTP/1.1\r\nHost: x\r\n\r\n");
    for (int i = 0; i < 1000 && srv.held == 0; i++) {
        struct loop_timer *t = loop_timer_new(net_loop, stop, NULL);
        loop_timer_start(t, 1, 0);
        loop_run(net_loop);
        loop_timer_free(t);
        if (recv(fd, head, sizeof head, MSG_DONTWAIT) > 0) break;
    }
    close(fd);
    ask_page(&r, "GET", "/kept", keep_plain);
    fd = peer_dial(web_port(srv.web)); /* and one that is still there when all goes away */
    peer_say(fd, "GET /kept HTTP/1.1\r\nHost: x\r\n\r\n");
    ask_page(&r, "GET", "/empty", keep_plain);
    web_close(srv.web);
    srv.web = NULL;
    assert_int_equal(srv.held, 0);
    close(fd);
}

static void pages_are_served(void **state) {
    (void)state;
    struct http_response r;
    for (int i = 0; i < 3; i++) { /* the connection is kept */
        ask_page(&r, "GET", "/page?x=1", keep_answer);
        assert_int_equal(r.status, 200);
    }
    assert_string_equal(srv.query, "x=1");
    assert_string_equal(srv.cookie, "a=1; b=2");
    assert_string_equal(srv.origin, "http://x");
    ask_page(&r, "GET", "/empty", keep_answer);
    assert_int_equal(r.status, 302);
    ask_page(&r, "GET", "/none", keep_answer);
    assert_int_equal(r.status, 404);
    ask_page(&r, "POST", "/page", keep_answer);
    assert_int_equal(r.status, 405);
    ask_page(&r, "DELETE", "/page", keep_answer);
    assert_int_not_equal(r.status, 200);
}

struct raw {
    const char *say;
    size_t repeat;
    char got[4096];
    struct loop_wake *done;
    int port;
};

static void *raw_client(void *arg) {
    struct raw *r = arg;
    int fd = peer_dial(r->port);
    size_t n = 0;
    ssize_t k;
    for (size_t i = 0; i < r->repeat; i++)
        if (!peer_say(fd, r->say)) break;
    shutdown(fd, SHUT_WR);
    while (n + 1 < sizeof r->got && (k = recv(fd, r->got + n, sizeof r->got - 1 - n, 0)) > 0) n += (size_t)k;
    close(fd);
    loop_wake_send(r->done);
    return NULL;
}

static const char *say_raw(struct raw *r, const char *text, size_t repeat) {
    pthread_t t;
    *r = (struct raw){.say = text, .repeat = repeat, .port = web_port(srv.web)};
    r->done = loop_wake_new(net_loop, stop, NULL);
    pthread_create(&t, NULL, raw_client, r);
    net_run();
    pthread_join(t, NULL);
    loop_wake_free(r->done);
    return r->got;
}

#define UPGRADE(to, path)                                                                                              \
    "GET " path " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: " to                          \
    "\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "                 \
    "dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void rude_clients_are_answered_or_cut(void **state) {
    (void)state;
    struct raw r;
    srv.status = 403;
    const char *got = say_raw(&r, UPGRADE("websocket", "/ws"), 1);
    assert_memory_equal(got + 8, " 403 ", 5);
    assert_non_null(strstr(got, "\r\n\r\nno\n"));
    assert_null(strstr(say_raw(&r, UPGRADE("h2c", "/ws"), 1), "101"));
    assert_null(strstr(say_raw(&r, UPGRADE("foo", "/ws"), 1), "101"));
    assert_null(strstr(say_raw(&r, UPGRADE("websocket\r\nUpgrade: foo", "/ws"), 1), "101"));
    assert_null(strstr(say_raw(&r, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 1), "200"));
    assert_null(strstr(say_raw(&r, "CONNECT x:1 HTTP/1.1\r\n\r\n", 1), "200"));
    assert_memory_equal(say_raw(&r, UPGRADE("websocket", "/elsewhere"), 1) + 8, " 404 ", 5);
    say_raw(&r, "GET / HTTP/1.1\r\nX: ", 1);
    say_raw(&r, "\x16\x03\x01\x02", 1);
    say_raw(&r, "GET /../../etc/passwd HTTP/1.1\r\n\r\n", 1);
    say_raw(&r, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 10000);
    say_raw(&r, "POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\nx", 1);
    assert_int_equal(srv.opened, 0);
    struct http_response page_answer;
    ask_page(&page_answer, "GET", "/page", keep_answer); /* and it still serves */
    assert_int_equal(page_answer.status, 200);
}

static struct loop_timer *pump;
static int deaf_fd;

static void pump_more(void *arg) {
    static char block[65536];
    (void)arg;
    memset(block, 'x', sizeof block);
    if (srv.closed > 0 || !srv.last) return;
    for (int i = 0; i < 16; i++)
        if (web_send(srv.last, block, sizeof block)) {
            srv.send_refused++;
            srv.stop_on_close = true;
            loop_timer_stop(pump);
            return;
        }
}

/* A page that does not read: the queue grows to its limit, then it is closed. */
static void a_slow_page_is_closed(void **state) {
    (void)state;
    pump = loop_timer_new(net_loop, pump_more, NULL);
    deaf_fd = peer_dial(web_port(srv.web));
    peer_say(deaf_fd, UPGRADE("websocket", "/ws"));
    loop_timer_start(pump, 1, 1);
    net_run();
    assert_int_equal(srv.send_refused, 1);
    assert_int_equal(srv.closed, 1);
    close(deaf_fd);
    loop_timer_free(pump);
}

/* A phone far away: most of an answer still waits in the sockets when the connection is to be closed. */
static struct reader {
    int fd;
    struct buf got;
} reader;

static void read_some(void *arg) {
    char some[7001];
    (void)arg;
    ssize_t n = recv(reader.fd, some, sizeof some, MSG_DONTWAIT);
    if (n > 0) buf_add(&reader.got, some, (size_t)n);
    if (n > 0 || (n < 0 && errno == EAGAIN))
        loop_soon(net_loop, read_some, NULL);
    else
        loop_stop(net_loop);
}

static void a_slow_reader_gets_all_of_it(void **state) {
    (void)state;
    int little = 4096;
    for (size_t i = 0; i < sizeof history; i++) history[i] = (char)('a' + i * i % 23);
    buf_init(&reader.got, 2 * sizeof history);
    reader.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(reader.fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little);
    peer_connect(reader.fd, web_port(srv.web));
    peer_say(reader.fd, "GET /history HTTP/1.1\r\nHost: x\r\n\r\n");
    loop_soon(net_loop, read_some, NULL);
    net_run();
    const char *body = strstr(reader.got.p, "\r\n\r\n");
    assert_non_null(body);
    assert_int_equal(reader.got.len - (size_t)(body + 4 - reader.got.p), sizeof history);
    assert_memory_equal(body + 4, history, sizeof history);
    assert_int_equal(srv.held, 0);
    close(reader.fd);
    buf_clear(&reader.got);
}

static void two_servers_and_none(void **state) {
    (void)state;
    struct web *second = web_open(hub, "[::1]:0", &server_handler, NULL, NULL);
    struct client c = {.wanted = 1};
    srv.greet = "hi";
    if (second) { /* a machine without IPv6 has none */
        char url[64];
        snprintf(url, sizeof url, "ws://[::1]:%d/ws", web_port(second));
        c.ws = ws_connect(hub, url, 5000, &client_handler, &c, NULL);
        assert_non_null(c.ws);
        net_run();
        assert_string_equal(c.text, "hi");
        ws_drop(c.ws);
    }
    web_close(second);
    web_close(NULL);
}

static void freed_while_open(void **state) {
    (void)state;
    static struct client c, d;
    c = (struct client){.stop_on_open = true};
    d = (struct client){0};
    dial(&c, web_port(srv.web), "/ws");
    net_run();
    dial(&d, web_port(srv.web), "/ws"); /* still connecting when all goes away */
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(messages_go_both_ways),
        T(large_messages_are_put_together),
        T(too_large_a_message_closes),
        T(queues_have_limits),
        T(closes_are_told),
        T(a_drop_inside_a_message),
        T(kicked_and_shut),
        T(a_refused_upgrade_is_answered),
        T(pages_are_limited),
        T(failed_connects_leave_nothing),
        T(bad_addresses_are_refused),
        T(a_kept_body_is_given_back),
        T(pages_are_served),
        T(rude_clients_are_answered_or_cut),
        T(a_slow_page_is_closed),
        T(a_slow_reader_gets_all_of_it),
        T(two_servers_and_none),
        T(freed_while_open),
    };
    log_set_stderr(getenv("MIA_TEST_LOG") != NULL);
    log_set_level(LOG_DEBUG);
    return RUN(tests);
}
