/* tcp: against a peer in a thread: lines in pieces, floods, silence, closes in every place. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "engine/net/tcp.h"
#include "tests/unit/net.h"

struct seen {
    struct tcp *t;
    int opened, closed, lines, calls;
    enum err_code code;
    char text[256];
    const char *send; /* on opening */
    bool stop_on_line, close_on_line, drop_on_line, take_nothing;
};

static struct peer peer;

static int setup(void **state) {
    (void)state;
    net_loop = loop_new();
    return 0;
}

static int teardown(void **state) {
    (void)state;
    loop_free(net_loop);
    return 0;
}

static void on_opened(void *arg) {
    struct seen *s = arg;
    s->opened++;
    if (s->send) assert_int_equal(tcp_send(s->t, s->send, strlen(s->send)), 0);
}

static size_t on_bytes(void *arg, const char *p, size_t n) {
    struct seen *s = arg;
    s->calls++;
    if (s->take_nothing) return 0;
    size_t used = tcp_line(p, n);
    if (used == 0) return 0;
    size_t at = strlen(s->text);
    if (at + used < sizeof s->text) memcpy(s->text + at, p, used);
    s->lines++;
    if (s->close_on_line) tcp_close(s->t);
    if (s->drop_on_line) tcp_drop(s->t);
    if (s->stop_on_line) loop_stop(net_loop);
    return used;
}

static void on_closed(void *arg, const struct err *why) {
    struct seen *s = arg;
    s->closed++;
    s->code = why->code;
    if (why->code != ERR_NONE) assert_true(why->text[LANG_FR][0]);
    tcp_drop(s->t); /* a clean-up that comes here too does no harm */
    loop_stop(net_loop);
}

static const struct tcp_handler handler = {.opened = on_opened, .bytes = on_bytes, .closed = on_closed};

static void dial(struct seen *s, peer_fn serve) {
    peer_start(&peer, serve);
    s->t = tcp_connect(net_loop, "127.0.0.1", peer.port, 5000, &handler, s, NULL);
    assert_non_null(s->t);
    net_run();
    peer_stop(&peer);
}

static void serve_pieces(struct peer *p, int fd) {
    int on = 1;
    (void)p;
    setsockopt(fd, 6, 1, &on, sizeof on);
    for (const char *c = "one\ntwo\r\nthr"; *c; c++) peer_write(fd, c, 1);
    peer_say(fd, "ee\nrest");
}

static void lines_are_put_together(void **state) {
    (void)state;
    struct seen s = {0};
    dial(&s, serve_pieces);
    assert_int_equal(s.opened, 1);
    assert_string_equal(s.text, "one\ntwo\r\nthree\n");
    assert_int_equal(s.lines, 3);
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.code, ERR_NET);
    assert_int_equal(tcp_line("ab\r\ncd", 6), 4);
    assert_int_equal(tcp_line("ab", 2), 0);
}

static void serve_echo(struct peer *p, int fd) {
    char b[4096];
    ssize_t n;
    (void)p;
    while ((n = recv(fd, b, sizeof b, 0)) > 0) peer_write(fd, b, (size_t)n);
}

static void what_is_sent_arrives(void **state) {
    (void)state;
    struct seen s = {.send = "ping\n", .close_on_line = true};
    dial(&s, serve_echo);
    assert_string_equal(s.text, "ping\n");
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.code, ERR_NONE);
}

static void a_drop_is_silent(void **state) {
    (void)state;
    struct seen s = {.send = "ping\npong\n", .drop_on_line = true, .stop_on_line = true};
    dial(&s, serve_echo);
    assert_int_equal(s.lines, 1);
    assert_int_equal(s.closed, 0);
}

static atomic_size_t counted;

static void serve_count(struct peer *p, int fd) {
    char b[65536];
    ssize_t n;
    (void)p;
    while ((n = recv(fd, b, sizeof b, 0)) > 0) atomic_fetch_add(&counted, (size_t)n);
}

static void on_opened_flood(void *arg) {
    struct seen *s = arg;
    static char block[1 << 20];
    size_t sent = 0;
    s->opened++;
    while (tcp_send(s->t, block, sizeof block) == 0) sent += sizeof block;
    assert_in_range(sent, TCP_OUT_MAX, 64u << 20);
    assert_int_equal(tcp_send(s->t, block, TCP_OUT_MAX + 1), -1);
    s->calls = (int)(sent >> 20);
    tcp_close(s->t);
    assert_int_equal(tcp_send(s->t, block, 1), -1);
}

/* The queue has a limit, and tcp_close loses nothing of what was taken. */
static void a_close_flushes(void **state) {
    (void)state;
    struct seen s = {0};
    static const struct tcp_handler flood = {.opened = on_opened_flood, .bytes = on_bytes, .closed = on_closed};
    counted = 0;
    peer_start(&peer, serve_count);
    s.t = tcp_connect(net_loop, "localhost", peer.port, 5000, &flood, &s, NULL);
    net_run();
    peer_stop(&peer);
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.code, ERR_NONE);
    assert_int_equal(counted, (size_t)s.calls << 20);
}

static void serve_flood(struct peer *p, int fd) {
    static char block[65536];
    (void)p;
    while (peer_write(fd, block, sizeof block)) continue;
}

static void a_flood_is_cut(void **state) {
    (void)state;
    struct seen s = {.take_nothing = true};
    dial(&s, serve_flood);
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.code, ERR_FULL);
}

static void nobody_there(void **state) {
    (void)state;
    struct seen s = {0};
    s.t = tcp_connect(net_loop, "localhost", peer_no_port(), 5000, &handler, &s, NULL);
    assert_int_equal(s.closed, 0);
    net_run();
    assert_int_equal(s.opened, 0);
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.code, ERR_NET);
    struct err e = {0};
    assert_null(tcp_connect(net_loop, "localhost", 0, 1, &handler, &s, &e));
    assert_int_equal(e.code, ERR_RANGE);
}

static void dropped_before_it_is_open(void **state) {
    (void)state;
    struct seen s = {0};
    peer_start(&peer, serve_echo);
    tcp_drop(tcp_connect(net_loop, "localhost", peer.port, 5000, &handler, &s, NULL));
    s.t = tcp_connect(net_loop, "127.0.0.1", peer.port, 5000, &handler, &s, NULL);
    tcp_close(s.t);
    net_run();
    peer_stop(&peer);
    assert_int_equal(s.opened, 0);
    assert_int_equal(s.closed, 1);
    assert_int_equal(s.code, ERR_NONE);
}

/* A full backlog: the connection neither opens nor fails by itself. */
static void a_connect_has_a_deadline(void **state) {
    (void)state;
    struct seen s = {0};
    int port, fd = peer_listen(&port), fill[80];
    assert_int_equal(listen(fd, 0), 0);
    for (int i = 0; i < 4; i++) {
        struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
        a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        fill[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(fill[i], (struct sockaddr *)&a, sizeof a);
    }
    s.t = tcp_connect(net_loop, "127.0.0.1", port, 100, &handler, &s, NULL);
    net_run();
    assert_int_equal(s.opened, 0);
    assert_int_equal(s.code, ERR_NET);
    for (int i = 0; i < 4; i++) close(fill[i]);
    close(fd);
}

static void unix_sockets(void **state) {
    (void)state;
    struct seen s = {.send = "ping\n", .close_on_line = true}, none = {0};
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    char dir[] = "/tmp/mia-test-XXXXXX", longer[200];
    assert_non_null(mkdtemp(dir));
    snprintf(a.sun_path, sizeof a.sun_path, "%s/s", dir);
    memset(&peer, 0, sizeof peer);
    peer.serve = serve_echo;
    peer.fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(peer.fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(peer.fd, 4), 0);
    pthread_create(&peer.thread, NULL, peer_accept, &peer);
    s.t = tcp_connect_unix(net_loop, a.sun_path, &handler, &s, NULL);
    net_run();
    peer_stop(&peer);
    assert_string_equal(s.text, "ping\n");
    unlink(a.sun_path);
    none.t = tcp_connect_unix(net_loop, a.sun_path, &handler, &none, NULL);
    net_run();
    assert_int_equal(none.code, ERR_NET);
    rmdir(dir);
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_null(tcp_connect_unix(net_loop, longer, &handler, &none, NULL));
}

/* ---- a socket of ours ---- */

#define MANY_BYTES (3u << 20) /* more than the kernel keeps for a reader who waits */

struct host {
    struct tcp_listener *listener;
    struct tcp *t;
    int incoming, drained;
    size_t got;
    bool leave; /* nobody takes them */
    bool peer_known;
    uid_t user;
    pid_t process;
};

static size_t host_bytes(void *arg, const char *p, size_t n) {
    struct host *h = arg;
    if (h->got == 0 && tcp_line(p, n) == 5) { /* "ping\n" asks for much */
        char *much = calloc(1, MANY_BYTES);
        much[MANY_BYTES - 1] = '\n';
        assert_int_equal(tcp_send(h->t, much, MANY_BYTES), 0);
        assert_true(tcp_queued(h->t) > 0 && tcp_queued(h->t) < MANY_BYTES);
        free(much);
    }
    h->got += n;
    return n;
}

static void host_drained(void *arg) {
    struct host *h = arg;
    h->drained++;
    assert_int_equal(tcp_queued(h->t), 0);
    tcp_close(h->t);
}

static void host_closed(void *arg, const struct err *why) {
    (void)arg;
    (void)why;
}

static void host_incoming(void *arg, struct tcp_listener *l) {
    static const struct tcp_handler on = {.bytes = host_bytes, .closed = host_closed, .drained = host_drained};
    struct host *h = arg;
    h->incoming++;
    if (h->leave) return;
    h->t = tcp_accept(l, &on, h);
    assert_non_null(h->t);
    assert_null(tcp_accept(l, &on, h));
    h->peer_known = tcp_peer(h->t, &h->user, &h->process);
}

struct guest {
    struct tcp *t;
    size_t bytes;
    int closed;
};

static void guest_opened(void *arg) {
    assert_int_equal(tcp_send(((struct guest *)arg)->t, "ping\n", 5), 0);
}

static size_t guest_bytes(void *arg, const char *p, size_t n) {
    (void)p;
    ((struct guest *)arg)->bytes += n;
    return n;
}

static void guest_closed(void *arg, const struct err *why) {
    (void)why;
    ((struct guest *)arg)->closed++;
    loop_stop(net_loop);
}

static void visit(struct guest *g, const char *path) {
    static const struct tcp_handler on = {.opened = guest_opened, .bytes = guest_bytes, .closed = guest_closed};
    g->t = tcp_connect_unix(net_loop, path, &on, g, NULL);
    assert_non_null(g->t);
    net_run();
}

static void others_connect_to_a_socket_of_ours(void **state) {
    struct host h = {0};
    struct guest g = {0}, ignored = {0};
    struct stat st;
    char dir[] = "/tmp/mia-test-XXXXXX", path[64];
    (void)state;
    umask(0);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/s", dir);
    h.listener = tcp_listen_unix(net_loop, path, host_incoming, &h, NULL);
    assert_non_null(h.listener);
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISSOCK(st.st_mode));
    assert_int_equal(st.st_mode & 07777, 0600);
    visit(&g, path);
    assert_int_equal(g.bytes, MANY_BYTES); /* it did not fit at once, and came */
    assert_int_equal(h.drained, 1);
    assert_true(h.peer_known && h.user == getuid() && h.process == getpid());
    h.leave = true;
    visit(&ignored, path);
    assert_int_equal(ignored.closed, 1);
    assert_int_equal(ignored.bytes, 0);
    tcp_listener_free(h.listener);
    assert_int_equal(stat(path, &st), -1);
    rmdir(dir);
}

static void what_lies_in_the_way_of_a_socket(void **state) {
    struct host h = {0};
    struct err e = {0};
    char dir[] = "/tmp/mia-test-XXXXXX", path[64], longer[TCP_UNIX_PATH_MAX + 2];
    struct guest g = {0};
    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/s", dir);
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memcpy(a.sun_path, path, strlen(path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0); /* of a program that was killed */
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    close(fd);
    h.listener = tcp_listen_unix(net_loop, path, host_incoming, &h, &e);
    assert_non_null(h.listener);
    visit(&g, path);
    assert_int_equal(h.incoming, 1);
    tcp_listener_free(h.listener);
    fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    assert_null(tcp_listen_unix(net_loop, path, host_incoming, &h, &e)); /* no socket: somebody's file */
    assert_int_equal(e.code, ERR_REFUSED);
    assert_int_equal(unlink(path), 0);
    rmdir(dir);
    assert_null(tcp_listen_unix(net_loop, path, host_incoming, &h, &e));
    assert_int_equal(e.code, ERR_IO);
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_null(tcp_listen_unix(net_loop, longer, host_incoming, &h, &e));
    assert_int_equal(e.code, ERR_RANGE);
    assert_non_null(strstr(e.text[LANG_EN], "107"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(lines_are_put_together),
        T(what_is_sent_arrives),
        T(a_drop_is_silent),
        T(a_close_flushes),
        T(a_flood_is_cut),
        T(nobody_there),
        T(dropped_before_it_is_open),
        T(a_connect_has_a_deadline),
        T(unix_sockets),
        T(others_connect_to_a_socket_of_ours),
        T(what_lies_in_the_way_of_a_socket),
    };
    return RUN(tests);
}
