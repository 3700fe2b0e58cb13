/* ws: the client against servers that speak raw bytes: codes, cuts, floods, silence, and what must not be accepted. */
#include "tests/unit/unit.h"

#include <libwebsockets.h>

#include "tests/unit/ws_client.h"

static int setup(void **state) {
    (void)state;
    net_loop = loop_new();
    hub = lws_hub_new(net_loop, NULL);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    lws_hub_free(hub);
    loop_free(net_loop);
    return 0;
}

static bool accept_ws(struct peer *p, int fd) {
    char text[256], out[64];
    unsigned char sha[20];
    if (!peer_ask(p, fd)) return false;
    const char *key = strcasestr(peer_text, "Sec-WebSocket-Key: ");
    assert_non_null(key);
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    lws_SHA1((unsigned char *)text, strlen(text), sha);
    lws_b64_encode_string((char *)sha, 20, out, sizeof out);
    snprintf(text, sizeof text,
             "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", out);
    return peer_say(fd, text);
}

static void wait_end(int fd) {
    char b[256];
    while (recv(fd, b, sizeof b, 0) > 0) continue;
}

static void serve_close_code(struct peer *p, int fd) {
    if (!accept_ws(p, fd)) return;
    peer_write(fd,
               "\x88\x08\x0f\xa4"
               "Failed",
               10); /* 4004 */
    wait_end(fd);
}

static void serve_bare_close(struct peer *p, int fd) {
    if (!accept_ws(p, fd)) return;
    peer_write(fd, "\x88\x00", 2);
    wait_end(fd);
}

static void serve_cut(struct peer *p, int fd) {
    if (accept_ws(p, fd))
        peer_write(fd,
                   "\x81\x05"
                   "hel",
                   5);
}

static void serve_endless_message(struct peer *p, int fd) {
    static char block[65536];
    static const char head[] = "\x01\x7f\x00\x00\x00\x00\x00\x01\x00\x00"; /* 64 KB, more follows */
    if (!accept_ws(p, fd) || !peer_write(fd, head, 10)) return;
    while (peer_write(fd, block, sizeof block) && peer_write(fd, "\x00\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10))
        continue;
}

static void serve_binary(struct peer *p, int fd) {
    if (!accept_ws(p, fd)) return;
    peer_write(fd, "\x82\x01x", 3);
    wait_end(fd);
}

static void serve_masked(struct peer *p, int fd) {
    if (!accept_ws(p, fd)) return;
    peer_write(fd, "\xf1\x81xxxxx", 7); /* reserved bits and a mask */
    wait_end(fd);
}

static void serve_big_control(struct peer *p, int fd) {
    static char ping[4 + 1000] = "\x89\x7e\x03\xe8";
    if (!accept_ws(p, fd)) return;
    peer_write(fd, ping, sizeof ping);
    wait_end(fd);
}

static void serve_redirect(struct peer *p, int fd) {
    if (peer_ask(p, fd)) peer_say(fd, "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n");
}

static void serve_bad_key(struct peer *p, int fd) {
    if (peer_ask(p, fd))
        peer_say(fd,
                 "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: bm8=\r\n\r\n");
}

static void serve_deflate(struct peer *p, int fd) {
    if (!peer_ask(p, fd)) return;
    if (strcasestr(peer_text, "extensions")) return; /* it must not be offered */
    peer_say(fd, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
}

static struct client meet(peer_fn serve) {
    struct peer p;
    struct client c = {0};
    peer_start(&p, serve);
    dial(&c, p.port, "/?v=10");
    net_run();
    peer_stop(&p);
    assert_int_equal(c.closed, 1);
    return c;
}

static void close_codes_are_told(void **state) {
    (void)state;
    struct client c = meet(serve_close_code);
    assert_int_equal(c.code, 4004);
    assert_string_equal(c.why, "Failed");
    assert_int_equal(meet(serve_bare_close).code, 1006);
    c = meet(serve_cut);
    assert_int_equal(c.code, 1006);
    assert_int_equal(c.messages, 0);
}

static void rude_servers_are_left(void **state) {
    (void)state;
    assert_int_equal(meet(serve_endless_message).code, 1009);
    assert_int_equal(meet(serve_binary).code, 1003);
    assert_int_equal(meet(serve_masked).messages, 0);
    assert_int_equal(meet(serve_big_control).messages, 0);
    assert_int_equal(meet(serve_redirect).opened, 0);
    assert_int_equal(meet(serve_bad_key).opened, 0);
    assert_int_equal(meet(serve_deflate).opened, 0);
}

static void serve_silence(struct peer *p, int fd) {
    if (accept_ws(p, fd)) peer_write(fd, "\x81\x01x", 3);
    wait_end(fd);
}

static void serve_no_handshake(struct peer *p, int fd) {
    peer_ask(p, fd);
    wait_end(fd);
}

static void silence_meets_the_deadline(void **state) {
    (void)state;
    struct peer p;
    struct client c = {0}, d = {.close_on_message = true, .close_code = 1000};
    char url[64];
    peer_start(&p, serve_no_handshake);
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", p.port);
    c.ws = ws_connect(hub, url, 100, &client_handler, &c, NULL);
    net_run();
    peer_stop(&p);
    assert_int_equal(c.opened, 0);
    assert_int_equal(c.code, 1006);
    peer_start(&p, serve_silence);
    dial(&d, p.port, "/");
    net_run(); /* ws_close is never answered */
    peer_stop(&p);
    assert_int_equal(d.closed, 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(close_codes_are_told),
        T(rude_servers_are_left),
        T(silence_meets_the_deadline),
    };
    return RUN(tests);
}
