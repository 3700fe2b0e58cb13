/*
 * lock: flock on a file of the state directory. The file stays; only the lock counts,
 * what is written in it is for people. It never blocks and never steals.
 */
#include "sql/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/when.h"

#define HOLDER_MAX 200

static void say_holder(int fd) {
    char host[64] = "", since[WHEN_TEXT_MAX], text[HOLDER_MAX];
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    when_iso(since, when_from_sec(now.tv_sec));
    gethostname(host, sizeof host - 1);
    int n = snprintf(text, sizeof text, "%ld %s %s\n", (long)getpid(), host, since);
    /* Only for a message: that the disk is full must not keep anybody from starting here. */
    if (ftruncate(fd, 0) == 0 && n > 0 && pwrite(fd, text, (size_t)n, 0) < 0) return;
}

static int busy(int fd, struct err *e) {
    char text[HOLDER_MAX] = "", host[64] = "?", since[WHEN_TEXT_MAX] = "?";
    long pid = 0;
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    if (n > 0) text[n] = '\0';
    if (sscanf(text, "%ld %63s %47s", &pid, host, since) != 3)
        return err_set(e, ERR_BUSY, "another mia uses this state directory", "un autre mia utilise ce dossier d’état");
    return err_set(e, ERR_BUSY, "another mia uses this state directory: process %ld on %s, since %s",
                   "un autre mia utilise ce dossier d’état : processus %ld sur %s, depuis %s", pid, host, since);
}

int lock_take(const char *dir, struct err *e) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/lock", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(e, ERR_IO, "%s cannot be opened: %s", "impossible d’ouvrir %s : %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            busy(fd, e);
        else
            err_set(e, ERR_IO, "%s cannot be locked: %s", "impossible de verrouiller %s : %s", path, strerror(errno));
        close(fd);
        return -1;
    }
    say_holder(fd);
    return fd;
}

void lock_release(int fd) {
    if (fd < 0) return;
    if (ftruncate(fd, 0) < 0) errno = 0;
    close(fd);
}
