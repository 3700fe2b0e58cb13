/*
 * net: for the tests of engine/net. A loop with a deadline, and a peer in a thread of
 * its own that speaks raw bytes over blocking sockets, so that it can be as rude as a
 * test wants. Header only: each test is one file.
 */
#ifndef MIA_TESTS_NET_H
#define MIA_TESTS_NET_H

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/net/loop.h"

#define RUN_MS 20000
#define PEER_CONNS_MAX 64
#define PEER_REQUEST_MAX (1 << 16)

static struct loop *net_loop;
static bool net_late;

static inline void net_deadline(void *arg) {
    (void)arg;
    net_late = true;
    loop_stop(net_loop);
}

/* Runs the loop until a handler stops it; a test that hangs fails. */
static inline void net_run(void) {
    struct loop_timer *t = loop_timer_new(net_loop, net_deadline, NULL);
    net_late = false;
    loop_timer_start(t, RUN_MS, 0);
    loop_run(net_loop);
    loop_timer_free(t);
    assert_false(net_late);
}

struct peer;
typedef void (*peer_fn)(struct peer *p, int fd);

struct peer {
    int fd, port;
    pthread_t thread, workers[PEER_CONNS_MAX];
    int conns[PEER_CONNS_MAX];
    atomic_int accepted; /* connections */
    atomic_int asked;    /* requests read */
    atomic_bool over;
    peer_fn serve;                  /* one connection; closed after */
    pthread_mutex_t lock;           /* of request */
    char request[PEER_REQUEST_MAX]; /* the last whole one, for the test's thread */
};

static _Thread_local char peer_text[PEER_REQUEST_MAX]; /* the same of one connection, for whoever serves it */

struct peer_conn {
    struct peer *p;
    int fd;
};

static inline void *peer_serve(void *arg) {
    struct peer_conn c = *(struct peer_conn *)arg;
    free(arg);
    c.p->serve(c.p, c.fd);
    shutdown(c.fd, SHUT_RDWR);
    return NULL;
}

static inline void *peer_accept(void *arg) {
    struct peer *p = arg;
    for (int n = 0; n < PEER_CONNS_MAX; n++) {
        int fd = accept(p->fd, NULL, NULL);
        if (fd < 0 || p->over) {
            if (fd >= 0) close(fd);
            return NULL;
        }
        struct peer_conn *c = malloc(sizeof *c);
        *c = (struct peer_conn){p, fd};
        p->conns[n] = fd;
        pthread_create(&p->workers[n], NULL, peer_serve, c);
        atomic_fetch_add(&p->accepted, 1);
    }
    return NULL;
}

static inline int peer_listen(int *port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    assert_int_equal(listen(fd, 64), 0);
    getsockname(fd, (struct sockaddr *)&a, &n);
    *port = ntohs(a.sin_port);
    return fd;
}

static inline void peer_start(struct peer *p, peer_fn serve) {
    memset(p, 0, sizeof *p);
    p->serve = serve;
    pthread_mutex_init(&p->lock, NULL);
    p->fd = peer_listen(&p->port);
    assert_int_equal(pthread_create(&p->thread, NULL, peer_accept, p), 0);
}

static inline void peer_stop(struct peer *p) {
    p->over = true;
    shutdown(p->fd, SHUT_RDWR);
    pthread_join(p->thread, NULL);
    for (int i = 0; i < p->accepted; i++) shutdown(p->conns[i], SHUT_RDWR);
    for (int i = 0; i < p->accepted; i++) {
        pthread_join(p->workers[i], NULL);
        close(p->conns[i]);
    }
    close(p->fd);
}

/* A port that nobody listens on. */
static inline int peer_no_port(void) {
    int port;
    close(peer_listen(&port));
    return port;
}

static inline bool peer_write(int fd, const char *bytes, size_t n) {
    while (n > 0) {
        ssize_t r = send(fd, bytes, n, MSG_NOSIGNAL);
        if (r <= 0) return false;
        bytes += r;
        n -= (size_t)r;
    }
    return true;
}

static inline bool peer_say(int fd, const char *text) {
    return peer_write(fd, text, strlen(text));
}

/* Reads one whole request into peer_text and, once it is whole, p->request; false where the other side is gone. */
static inline bool peer_ask(struct peer *p, int fd) {
    size_t n = 0, want = 0;
    for (;;) {
        ssize_t r = recv(fd, peer_text + n, sizeof peer_text - 1 - n, 0);
        if (r <= 0) return false;
        n += (size_t)r;
        peer_text[n] = '\0';
        const char *end = strstr(peer_text, "\r\n\r\n");
        const char *length = strcasestr(peer_text, "\r\ncontent-length:");
        if (!end) continue;
        want = (size_t)(end + 4 - peer_text);
        if (length && length < end) want += strtoul(length + 17, NULL, 10);
        if (n < want) continue;
        pthread_mutex_lock(&p->lock);
        memcpy(p->request, peer_text, n + 1);
        pthread_mutex_unlock(&p->lock);
        atomic_fetch_add(&p->asked, 1);
        return true;
    }
}

/* A blocking client socket to a port of this machine. */
static inline void peer_connect(int fd, int port) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
}

static inline int peer_dial(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    peer_connect(fd, port);
    return fd;
}

#endif
