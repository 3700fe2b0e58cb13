/*
 * http_watch: the sockets that libcurl wants watched, on the loop. A socket that has become
 * a connection is watched for as long as that lives: between two requests it stays armed,
 * and is wanted again without a system call. For http.c only.
 */
#ifndef MIA_NET_HTTP_WATCH_H
#define MIA_NET_HTTP_WATCH_H

#include <stdbool.h>

#include "engine/net/loop.h"

struct watches { /* of one multi handle */
    struct loop *loop;
    void (*ready)(void *arg, int fd, int status, int events); /* as libuv says it; may end the watch */
    void *arg;
    struct watch *first;
};

int watch_want(struct watches *s, int fd, int events); /* UV_READABLE, UV_WRITABLE; -1: it cannot be watched */
/* keep: it is a connection, and watch_end will be called before it is closed. */
void watch_unwant(struct watches *s, int fd, bool keep);
void watch_end(struct watches *s, int fd); /* no harm where it is not watched */
bool watch_has(const struct watches *s, int fd);

#endif
