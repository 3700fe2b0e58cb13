/*
 * tcp_listen: the socket that waits for others. Owns the listening handle and the name in
 * the file system. The socket is made by hand, because its mode must be right before
 * anybody can reach it and libuv only changes it after.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <uv.h>

#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/tcp_int.h"

#define BACKLOG 16

_Static_assert(TCP_UNIX_PATH_MAX + 1 == sizeof((struct sockaddr_un *)0)->sun_path, "what the kernel takes");

struct tcp_listener {
    struct loop *l;
    tcp_incoming_fn fn;
    void *arg;
    uv_pipe_t uv;
    struct tcp *taken;
    bool accepting;
    char path[TCP_UNIX_PATH_MAX + 1];
};

static int refused(struct err *e, const char *path) {
    return err_set(e, ERR_IO, "the socket %s cannot be made: %s", "impossible de créer la socket %s\u00a0: %s", path,
                   strerror(errno));
}

static int clear_way(const char *path, struct err *e) {
    struct stat st;
    if (lstat(path, &st) < 0) return errno == ENOENT ? 0 : refused(e, path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(e, ERR_REFUSED, "%s is no socket: it is left alone",
                       "%s n’est pas une socket\u00a0: on n’y touche pas", path);
    return unlink(path) < 0 && errno != ENOENT ? refused(e, path) : 0;
}

/* On Linux the name gets the mode that the socket has, cut by the umask: 0600 from its first moment. */
static int make_socket(const char *path, struct err *e) {
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return refused(e, path);
    memcpy(a.sun_path, path, strlen(path) + 1);
    if (fchmod(fd, 0600) < 0 || bind(fd, (const struct sockaddr *)&a, sizeof a) < 0 || chmod(path, 0600) < 0) {
        refused(e, path);
        close(fd);
        return -1;
    }
    return fd;
}

static void on_incoming(uv_stream_t *s, int status) {
    static const struct tcp_handler nobody = {0};
    struct tcp_listener *l = s->data;
    if (status < 0) {
        log_warn("net", "socket %s: %s", l->path, uv_strerror(status));
        return;
    }
    l->taken = NULL;
    l->accepting = true;
    l->fn(l->arg, l);
    l->accepting = false;
    /* One that nobody takes would be announced for ever. */
    if (!l->taken) tcp_drop(tcp_adopt(l->l, s, l->path, &nobody, NULL));
}

struct tcp *tcp_accept(struct tcp_listener *l, const struct tcp_handler *h, void *arg) {
    if (!l->accepting || l->taken) return NULL;
    l->taken = tcp_adopt(l->l, &l->uv, l->path, h, arg);
    return l->taken;
}

static void on_closed(uv_handle_t *h) {
    free(h->data);
}

struct tcp_listener *tcp_listen_unix(struct loop *loop, const char *path, tcp_incoming_fn fn, void *arg,
                                     struct err *e) {
    if (!*path || strlen(path) > TCP_UNIX_PATH_MAX) {
        err_set(e, ERR_RANGE, "the path of a socket has at most %d bytes, this one has %zu: %s",
                "le chemin d’une socket compte au plus %d octets, celui-ci en a %zu\u00a0: %s", TCP_UNIX_PATH_MAX,
                strlen(path), path);
        return NULL;
    }
    int fd = clear_way(path, e) < 0 ? -1 : make_socket(path, e);
    if (fd < 0) return NULL;
    struct tcp_listener *l = xcalloc(1, sizeof *l);
    l->l = loop;
    l->fn = fn;
    l->arg = arg;
    str_copy(l->path, sizeof l->path, path);
    uv_pipe_init(loop_uv(loop), &l->uv, 0);
    l->uv.data = l;
    int r = uv_pipe_open(&l->uv, fd);
    if (r) close(fd);
    if (!r) r = uv_listen((uv_stream_t *)&l->uv, BACKLOG, on_incoming);
    if (!r) return l;
    err_set(e, ERR_IO, "the socket %s cannot be made: %s", "impossible de créer la socket %s\u00a0: %s", path,
            uv_strerror(r));
    tcp_listener_free(l);
    return NULL;
}

void tcp_listener_free(struct tcp_listener *l) {
    if (!l) return;
    unlink(l->path);
    uv_close((uv_handle_t *)&l->uv, on_closed);
}
