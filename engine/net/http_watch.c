/*
 * http_watch: see http_watch.h. Owns one handle of libuv a socket. It never closes a
 * socket, and must be told before somebody does.
 */
#include "engine/net/http_watch.h"

#include <stdlib.h>
#include <uv.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

struct watch {
    uv_poll_t uv;
    struct watches *owner;
    int fd;
    int wanted, armed; /* enum uv_poll_event: by libcurl, and with the system */
    struct watch *prev, *next;
};

static struct watch *find(const struct watches *s, int fd) {
    struct watch *w = s->first;
    while (w && w->fd != fd) w = w->next;
    return w;
}

static struct watch *find_or_new(struct watches *s, int fd) {
    struct watch *w = find(s, fd);
    if (w) return w;
    w = xcalloc(1, sizeof *w);
    w->owner = s;
    w->fd = fd;
    if (uv_poll_init(loop_uv(s->loop), &w->uv, fd)) {
        log_error("http", "a socket cannot be watched");
        free(w);
        return NULL;
    }
    w->uv.data = w;
    w->next = s->first;
    if (w->next) w->next->prev = w;
    s->first = w;
    return w;
}

static void on_poll(uv_poll_t *uv, int status, int events) {
    struct watch *w = uv->data;
    struct watches *s = w->owner;
    if (status < 0) w->armed = 0; /* libuv has stopped it */
    if (w->wanted) {
        s->ready(s->arg, w->fd, status, events); /* may free w */
        return;
    }
    /* The peer ends an idle connection: libcurl looks for that before it uses one. */
    uv_poll_stop(uv);
    w->armed = 0;
}

int watch_want(struct watches *s, int fd, int events) {
    struct watch *w = find_or_new(s, fd);
    if (!w) return -1;
    w->wanted = events;
    if (w->armed == events) return 0;
    if (uv_poll_start(&w->uv, events, on_poll)) return -1;
    w->armed = events;
    return 0;
}

void watch_unwant(struct watches *s, int fd, bool keep) {
    struct watch *w = find(s, fd);
    if (w && keep)
        w->wanted = 0;
    else
        watch_end(s, fd);
}

bool watch_has(const struct watches *s, int fd) {
    return find(s, fd) != NULL;
}

static void on_closed(uv_handle_t *uv) {
    free(uv->data);
}

void watch_end(struct watches *s, int fd) {
    struct watch *w = find(s, fd);
    if (!w) return;
    if (w->prev)
        w->prev->next = w->next;
    else
        s->first = w->next;
    if (w->next) w->next->prev = w->prev;
    uv_poll_stop(&w->uv);
    uv_close((uv_handle_t *)&w->uv, on_closed);
}
