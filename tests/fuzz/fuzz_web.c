/*
 * fuzz_web: any bytes on a connection to the local page's server, through the kernel and
 * libwebsockets, in pieces as a slow or hostile program would send them; where they ask
 * for the WebSocket, what follows are its frames. What reaches the owner of the routes is
 * bounded text; an answer is HTTP; every connection ends and is given back.
 */
#include "tests/fuzz/fuzz.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "engine/net/loop.h"
#include "engine/net/web.h"

#define FIELD_MAX 8192
#define PATIENCE_MS 20 /* a connection that is kept open says nothing more: it is cut */
#define ANSWER_MAX (1u << 16)

struct peer {
    struct loop *loop;
    struct lws_hub *hub;
    struct web *web;
    int fd;
    struct loop_fd *watch;
    struct loop_timer *patience;
    struct script left;
    char answer[ANSWER_MAX];
    size_t n;
    uint32_t open, requests;
};

static struct peer peer;

/* ---- the owner of the routes ---- */

static void is_bounded(const char *s) {
    assert(s && strlen(s) < FIELD_MAX);
}

static void on_request(void *arg, const struct web_request *q, struct web_answer *a) {
    static const char body[] = "<p>hello</p>";
    (void)arg;
    peer.requests++;
    is_bounded(q->path);
    is_bounded(q->query);
    is_bounded(q->host);
    is_bounded(q->origin);
    is_bounded(q->cookie);
    *a = (struct web_answer){
        .status = q->upgrade ? 101 : 200, .type = "text/html", .body = body, .body_len = sizeof body - 1};
    if (q->upgrade) assert(!strcmp(q->path, "/ws"));
}

static void on_opened(void *arg, struct web_client *c) {
    (void)arg;
    assert(++peer.open <= WEB_CLIENTS_MAX);
    web_send(c, "{\"t\":\"hello\"}", 13);
}

static void on_text(void *arg, struct web_client *c, const char *text, size_t n) {
    (void)arg;
    assert(n <= WEB_MESSAGE_MAX && !text[n]);
    if (n == 4 && !memcmp(text, "kick", 4))
        web_kick(c);
    else
        web_send(c, text, n);
}

static void on_gone(void *arg, struct web_client *c) {
    (void)arg, (void)c;
    assert(peer.open-- > 0);
}

static const struct web_handler handler = {on_request, on_opened, on_text, on_gone};

/* ---- the other side ---- */

static void over(void *arg) {
    (void)arg;
    loop_stop(peer.loop);
}

static void say_more(void) {
    size_t n = 1 + script_u8(&peer.left) * 4u;
    if (n > peer.left.left) n = peer.left.left;
    ssize_t sent = n ? send(peer.fd, peer.left.p, n, MSG_NOSIGNAL | MSG_DONTWAIT) : 0;
    if (sent > 0) {
        peer.left.p += sent;
        peer.left.left -= (size_t)sent;
    } else if (sent < 0 && errno != EAGAIN) {
        peer.left.left = 0;
    }
    if (!peer.left.left) shutdown(peer.fd, SHUT_WR);
}

/* A turn of the loop: the next piece, so that the server meets it alone. */
static void on_turn(void *arg) {
    (void)arg;
    if (peer.fd >= 0 && peer.left.left) {
        say_more();
        loop_soon(peer.loop, on_turn, NULL);
    }
}

static void on_readable(void *arg) {
    char more[4096];
    (void)arg;
    ssize_t n = recv(peer.fd, more, sizeof more, MSG_DONTWAIT);
    if (n > 0) {
        size_t room = sizeof peer.answer - 1 - peer.n, take = (size_t)n < room ? (size_t)n : room;
        memcpy(peer.answer + peer.n, more, take);
        peer.n += take;
    } else if (n == 0 || errno != EAGAIN) {
        loop_stop(peer.loop);
    }
}

/* Once. The fuzzer's own alarm may come in between. */
static bool try_to_reach(void) {
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)web_port(peer.web))};
    struct sockaddr_in from = {.sin_family = AF_INET};
    static uint32_t runs;
    int on = 1;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    /* From another address each time: the ports of one are used up by a minute of closed connections. */
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + runs++ % 200 * 256);
    peer.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(peer.fd >= 0 && !bind(peer.fd, (struct sockaddr *)&from, sizeof from));
    if (connect(peer.fd, (struct sockaddr *)&to, sizeof to)) {
        assert(errno == EINTR);
        close(peer.fd);
        return false;
    }
    setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return true;
}

static void reach(void) {
    while (!try_to_reach()) continue;
}

static void open_once(void) {
    struct err e;
    if (peer.loop) return;
    peer.loop = loop_new();
    peer.hub = lws_hub_new(peer.loop, &e);
    peer.web = web_open(peer.hub, "127.0.0.1:0", &handler, NULL, &e);
    assert(peer.hub && peer.web);
    peer.patience = loop_timer_new(peer.loop, over, NULL);
}

static void close_all(void) {
    if (!peer.loop) return;
    loop_timer_free(peer.patience);
    web_close(peer.web);
    lws_hub_free(peer.hub);
    loop_free(peer.loop);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static const struct linger at_once = {.l_onoff = 1};
    static bool told;
    if (!told) atexit(close_all);
    told = true;
    open_once();
    peer.left = (struct script){bytes, n};
    peer.n = 0;
    peer.requests = 0;
    reach();
    peer.watch = loop_fd_new(peer.loop, peer.fd, on_readable, NULL);
    loop_timer_start(peer.patience, PATIENCE_MS, 0);
    if (n)
        loop_soon(peer.loop, on_turn, NULL);
    else
        shutdown(peer.fd, SHUT_WR);
    loop_run(peer.loop);
    peer.answer[peer.n] = '\0';
    assert(!peer.n || !strncmp(peer.answer, "HTTP/1.", 7));
    loop_fd_free(peer.watch);
    setsockopt(peer.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(peer.fd);
    peer.fd = -1;
    for (int i = 0; i < 200 && peer.open; i++) { /* the server hears of it */
        loop_timer_start(peer.patience, 1, 0);
        loop_run(peer.loop);
    }
    assert(!peer.open);
    return 0;
}
