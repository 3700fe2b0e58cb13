/* service: see service.h. Owns the socket and the timer of the watchdog. */
#include "bot/service.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

struct service {
    int fd; /* -1: nobody is to be told */
    struct sockaddr_un to;
    socklen_t to_len;
    struct loop_timer *watchdog;
    int64_t every_ms; /* 0: no watchdog */
};

static void tell(struct service *s, const char *text) {
    if (s->fd < 0) return;
    ssize_t n = sendto(s->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT, (struct sockaddr *)&s->to, s->to_len);
    if (n < 0) log_debug("service", "the supervisor was not told: %s", strerror(errno));
}

/* A path, or a name in the abstract name space ("@name"). */
static bool address_of(struct service *s, const char *path) {
    size_t n = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || n < 2 || n >= sizeof s->to.sun_path) return false;
    s->to.sun_family = AF_UNIX;
    memcpy(s->to.sun_path, path, n);
    if (path[0] == '@') s->to.sun_path[0] = '\0';
    s->to_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
    return true;
}

/* $WATCHDOG_USEC counts for the process that $WATCHDOG_PID names. A sign of life comes twice as often as it must. */
static int64_t watchdog_ms(void) {
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    char *end;
    if (!usec || (pid && strtoll(pid, NULL, 10) != getpid())) return 0;
    long long v = strtoll(usec, &end, 10);
    return *end == '\0' && v >= 2000 && v < INT64_MAX / 2 ? v / 2000 : 0;
}

static void alive(void *arg) {
    tell(arg, "WATCHDOG=1");
}

struct service *service_new(struct loop *l) {
    struct service *s = xcalloc(1, sizeof *s);
    const char *path = getenv("NOTIFY_SOCKET");
    s->fd = -1;
    if (path && address_of(s, path)) s->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s->fd >= 0) s->every_ms = watchdog_ms();
    if (s->every_ms) s->watchdog = loop_timer_new(l, alive, s);
    unsetenv("NOTIFY_SOCKET"); /* no child speaks for us */
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return s;
}

void service_free(struct service *s) {
    if (!s) return;
    if (s->fd >= 0) close(s->fd);
    loop_timer_free(s->watchdog);
    free(s);
}

static void tell_state(struct service *s, const char *state, const char *status) {
    struct buf b;
    buf_init(&b, 512);
    buf_printf(&b, "%s\nSTATUS=%s", state, status);
    tell(s, b.p);
    buf_clear(&b);
}

void service_ready(struct service *s, const char *status) {
    tell_state(s, "READY=1", status);
    if (s->watchdog) loop_timer_start(s->watchdog, 0, s->every_ms);
}

void service_stopping(struct service *s, const char *status) {
    tell_state(s, "STOPPING=1", status);
}
