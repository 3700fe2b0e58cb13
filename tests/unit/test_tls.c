/*
 * TLS of http and ws: who cannot be verified gets no byte of a request. The peer is
 * `openssl s_server` with a certificate made for this run; without the openssl command
 * the tests are skipped.
 */
#include "tests/unit/unit.h"

#include <libwebsockets.h>
#include <signal.h>
#include <sys/wait.h>

#include "engine/net/http.h"
#include "engine/net/ws.h"
#include "tests/unit/net.h"

static char dir[] = "/tmp/mia-tls-XXXXXX";
static bool have_openssl;

struct server {
    pid_t pid;
    int in, out, port; /* in: what is written there goes to the client */
    char seen[16384];
    size_t n;
};

static struct server server;

static const char *file(const char *name) {
    static char path[4][64];
    static int i;
    i = (i + 1) % 4;
    snprintf(path[i], sizeof path[i], "%s/%s", dir, name);
    return path[i];
}

static int run(char *const argv[]) {
    int status = 1;
    pid_t pid = fork();
    if (pid == 0) {
        if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr)) _exit(1);
        execvp(argv[0], argv);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return status;
}

static bool make_certificate(const char *name) {
    char key[64], cert[64];
    snprintf(key, sizeof key, "%s/%s.key", dir, name);
    snprintf(cert, sizeof cert, "%s/%s.pem", dir, name);
    char *argv[] = {"openssl",
                    "req",
                    "-x509",
                    "-newkey",
                    "ec",
                    "-pkeyopt",
                    "ec_paramgen_curve:prime256v1",
                    "-nodes",
                    "-keyout",
                    key,
                    "-out",
                    cert,
                    "-days",
                    "2",
                    "-subj",
                    "/CN=localhost",
                    "-addext",
                    "subjectAltName=DNS:localhost",
                    NULL};
    return run(argv) == 0;
}

/* Reads what the server prints until it holds `text`. */
static const char *await(const char *text) {
    char *at;
    while (!(at = memmem(server.seen, server.n, text, strlen(text)))) {
        ssize_t r = read(server.out, server.seen + server.n, sizeof server.seen - 1 - server.n);
        if (r <= 0) return NULL;
        server.n += (size_t)r;
        server.seen[server.n] = '\0';
    }
    return at;
}

static void start_server(bool pages) {
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    server = (struct server){.in = in[1], .out = out[0]};
    server.pid = fork();
    if (server.pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        for (int fd = 3; fd < 64; fd++) close(fd);
        execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-key", file("good.key"), "-cert",
               file("good.pem"), pages ? "-www" : NULL, NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    const char *at = await("ACCEPT 127.0.0.1:");
    assert_non_null(at);
    assert_non_null(await("\n"));
    server.port = (int)strtol(at + 17, NULL, 10);
    assert_true(server.port > 0);
}

static void stop_server(void) {
    kill(server.pid, SIGKILL);
    waitpid(server.pid, NULL, 0);
    close(server.in);
    close(server.out);
}

static int setup_all(void **state) {
    (void)state;
    char *argv[] = {"openssl", "version", NULL};
    have_openssl = run(argv) == 0 && mkdtemp(dir) && make_certificate("good") && make_certificate("other");
    return 0;
}

static int teardown_all(void **state) {
    (void)state;
    static const char *const names[] = {"good.key", "good.pem", "other.key", "other.pem"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(file(names[i]));
    rmdir(dir);
    return 0;
}

/* ---- https ---- */

static void on_answer(void *arg, const struct http_response *r) {
    struct http_response *out = arg;
    *out = *r;
    loop_stop(net_loop);
}

static struct http_response ask(const char *host, const char *authority) {
    char url[64];
    struct http_response r = {0};
    setenv("SSL_CERT_FILE", file(authority), 1);
    start_server(true);
    net_loop = loop_new();
    struct http *h = http_new(net_loop, "test");
    snprintf(url, sizeof url, "https://%s:%d/", host, server.port);
    struct http_request q = {.method = "POST", .url = url, .body = "{}", .body_len = 2};
    if (strcmp(authority, "good.pem") == 0) q = (struct http_request){.method = "GET", .url = url};
    assert_non_null(http_send(h, &q, on_answer, &r, NULL));
    net_run();
    http_free(h);
    loop_free(net_loop);
    stop_server();
    return r;
}

static void https_is_verified(void **state) {
    (void)state;
    if (!have_openssl) skip();
    struct http_response r = ask("localhost", "good.pem");
    assert_int_equal(r.sent, HTTP_ANSWERED);
    assert_int_equal(r.status, 200);
    r = ask("localhost", "other.pem");
    assert_int_equal(r.sent, HTTP_NOT_SENT);
    assert_int_equal(r.err.code, ERR_NET);
    assert_non_null(strstr(r.err.text[LANG_EN], "certificate"));
    r = ask("127.0.0.1", "good.pem"); /* the certificate is for another name */
    assert_int_equal(r.sent, HTTP_NOT_SENT);
    assert_non_null(strstr(r.err.text[LANG_FR], "certificat"));
}

/* ---- wss ---- */

struct client {
    struct ws *ws;
    int opened, messages, closed;
    char text[64];
};

static void on_opened(void *arg) {
    struct client *c = arg;
    c->opened++;
    assert_int_equal(ws_send(c->ws, "from us", 7), 0);
    assert_int_equal(write(server.in, "\x81\x05hello", 7), 7);
}

static void on_message(void *arg, const char *text, size_t n) {
    struct client *c = arg;
    c->messages++;
    str_copy_n(c->text, sizeof c->text, text, n);
    loop_stop(net_loop);
}

static void on_closed(void *arg, int code, const char *why) {
    struct client *c = arg;
    (void)code;
    (void)why;
    c->closed++;
    c->ws = NULL;
    loop_stop(net_loop);
}

/* Answers the handshake through the server's own input. */
static void *answer_handshake(void *arg) {
    char text[256], out[64];
    unsigned char sha[20];
    (void)arg;
    if (!await("\r\n\r\n")) return NULL;
    const char *key = strcasestr(server.seen, "Sec-WebSocket-Key: ");
    if (!key) return NULL;
    snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key + 19);
    lws_SHA1((unsigned char *)text, strlen(text), sha);
    lws_b64_encode_string((char *)sha, 20, out, sizeof out);
    int n = snprintf(text, sizeof text,
                     "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                     out);
    if (write(server.in, text, (size_t)n) != n) return NULL;
    return NULL;
}

static struct client meet(const char *host, const char *authority) {
    static const struct ws_handler handler = {.opened = on_opened, .message = on_message, .closed = on_closed};
    struct client c = {0};
    char url[64];
    pthread_t thread;
    setenv("SSL_CERT_FILE", file(authority), 1);
    start_server(false);
    net_loop = loop_new();
    struct lws_hub *hub = lws_hub_new(net_loop, NULL);
    snprintf(url, sizeof url, "wss://%s:%d/", host, server.port);
    c.ws = ws_connect(hub, url, 5000, &handler, &c, NULL);
    assert_non_null(c.ws);
    pthread_create(&thread, NULL, answer_handshake, NULL);
    net_run();
    ws_drop(c.ws);
    lws_hub_free(hub);
    loop_free(net_loop);
    kill(server.pid, SIGKILL); /* ends the thread's reading too */
    pthread_join(thread, NULL);
    stop_server();
    return c;
}

static void wss_is_verified(void **state) {
    (void)state;
    if (!have_openssl) skip();
    struct client c = meet("localhost", "good.pem");
    assert_int_equal(c.opened, 1);
    assert_string_equal(c.text, "hello");
    c = meet("localhost", "other.pem");
    assert_int_equal(c.opened, 0);
    assert_int_equal(c.closed, 1);
    assert_null(strstr(server.seen, "GET /"));
    c = meet("127.0.0.1", "good.pem");
    assert_int_equal(c.opened, 0);
    assert_null(strstr(server.seen, "GET /"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(https_is_verified),
        cmocka_unit_test(wss_is_verified),
    };
    return cmocka_run_group_tests(tests, setup_all, teardown_all);
}
