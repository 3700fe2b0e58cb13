/*
 * lock: flock on a file of the state directory. The file stays; only the lock counts, and
 * what is written in it is for people and for machines that the lock does not reach. It
 * never blocks and never steals from one that lives.
 */
#include "sql/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/base/version.h"
#include "engine/base/when.h"

struct holder {
    long pid;
    char host[64], since[WHEN_TEXT_MAX], version[16], page[80];
    char machine[17], boot[17]; /* digests; "": not known */
};

/* ---- which machine ---- */

/* The first line of a file as a digest: it is compared, not told. */
static void digest_of(const char *path, char out[17]) {
    char text[128];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    text[n > 0 ? n : 0] = '\0';
    size_t line = strcspn(text, "\n");
    out[0] = '\0';
    if (line >= 16) snprintf(out, 17, "%016" PRIx64, hash64(text, line, 1));
}

static void this_holder(struct holder *h) {
    *h = (struct holder){.pid = (long)getpid(), .version = MIA_VERSION};
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    when_iso(h->since, when_from_sec(now.tv_sec));
    if (gethostname(h->host, sizeof h->host - 1) < 0 || !h->host[0]) str_copy(h->host, sizeof h->host, "?");
    digest_of("/etc/machine-id", h->machine);
    digest_of("/proc/sys/kernel/random/boot_id", h->boot);
}

/* Only where both say so: a container may have no id of its own, and keeps the boot of its host. */
static bool is_abroad(const struct holder *left) {
    struct holder here;
    this_holder(&here);
    if (!left->machine[0] || !here.machine[0] || strcmp(left->machine, here.machine) == 0) return false;
    return !left->boot[0] || strcmp(left->boot, here.boot) != 0;
}

/* ---- what is written ---- */

static void write_text(int fd, const char *text) {
    /* Only for a message: that the disk is full must not keep anybody from starting here. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, strlen(text), 0) < 0) return;
}

static void write_holder(int fd, const struct holder *h) {
    char text[LOCK_TEXT_MAX];
    snprintf(text, sizeof text, "%ld %s %s version=%s machine=%s boot=%s page=%s\n", h->pid, h->host, h->since,
             h->version, h->machine, h->boot, h->page);
    write_text(fd, text);
}

static void field(const char *text, const char *name, char *out, size_t size) {
    const char *at = strstr(text, name);
    out[0] = '\0';
    if (at == NULL) return;
    at += strlen(name);
    str_copy_n(out, size, at, strcspn(at, " \n"));
}

/* Older versions wrote process, host and time only. */
static bool read_holder(const char *text, struct holder *h) {
    *h = (struct holder){0};
    if (sscanf(text, "%ld %63s %47s", &h->pid, h->host, h->since) != 3) return false;
    field(text, " version=", h->version, sizeof h->version);
    field(text, " machine=", h->machine, sizeof h->machine);
    field(text, " boot=", h->boot, sizeof h->boot);
    field(text, " page=", h->page, sizeof h->page);
    return true;
}

static void read_text(int fd, char text[LOCK_TEXT_MAX]) {
    ssize_t n = pread(fd, text, LOCK_TEXT_MAX - 1, 0);
    text[n > 0 ? n : 0] = '\0';
}

/* ---- taken already ---- */

static int busy(int fd, struct err *e) {
    char text[LOCK_TEXT_MAX];
    struct holder h;
    read_text(fd, text);
    if (!read_holder(text, &h))
        return err_set(e, ERR_BUSY, "another mia uses this state directory", "un autre mia utilise ce dossier d’état");
    const char *version = h.version[0] ? h.version : "?";
    if (!h.page[0])
        return err_set(e, ERR_BUSY, "another mia (%s) uses this state directory: process %ld on %s, since %s",
                       "un autre mia (%s) utilise ce dossier d’état\u00a0: processus %ld sur %s, depuis %s", version,
                       h.pid, h.host, h.since);
    return err_set(e, ERR_BUSY, "another mia (%s) uses this state directory: process %ld on %s, since %s, page %s",
                   "un autre mia (%s) utilise ce dossier d’état\u00a0: processus %ld sur %s, depuis %s, page %s",
                   version, h.pid, h.host, h.since, h.page);
}

/* Held a moment ago on another machine: the kernel's lock cannot know. */
static int busy_abroad(const struct lock_left *left, const struct holder *h, struct err *e) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t age = (int64_t)now.tv_sec - (int64_t)left->alive.tv_sec;
    if (age > LOCK_FRESH_S || age < -LOCK_FRESH_S) return 0;
    return err_set(
        e, ERR_BUSY,
        "a mia on %s (process %ld) was alive in this state directory %lld s ago: two on one state double orders. "
        "Stop it; if it is gone for good, delete the file lock",
        "un mia sur %s (processus %ld) vivait dans ce dossier d’état il y a %lld s\u00a0: deux doubleraient les "
        "ordres. Arrêtez-le\u00a0; s’il a disparu, supprimez le fichier lock",
        h->host, h->pid, (long long)(age > 0 ? age : 0));
}

int lock_take(const char *dir, struct lock_left *left, struct err *e) {
    char path[PATH_MAX];
    struct lock_left before = {0};
    struct holder h;
    struct stat st;
    snprintf(path, sizeof path, "%s/lock", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_set(e, ERR_IO, "%s cannot be opened: %s", "impossible d’ouvrir %s\u00a0: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            busy(fd, e);
        else
            err_set(e, ERR_IO, "%s cannot be locked: %s", "impossible de verrouiller %s\u00a0: %s", path,
                    strerror(errno));
        close(fd);
        return -1;
    }
    read_text(fd, before.text);
    if (fstat(fd, &st) == 0) before.alive = st.st_mtim;
    if (read_holder(before.text, &h) && is_abroad(&h) && busy_abroad(&before, &h, e) < 0) {
        close(fd);
        return -1;
    }
    if (left != NULL) *left = before;
    this_holder(&h);
    write_holder(fd, &h);
    return fd;
}

void lock_release(int fd) {
    if (fd < 0) return;
    if (ftruncate(fd, 0) < 0) errno = 0;
    close(fd);
}

void lock_give_back(int fd, const struct lock_left *left) {
    const struct timespec times[2] = {left->alive, left->alive};
    if (fd < 0) return;
    write_text(fd, left->text);
    if (left->text[0] && futimens(fd, times) < 0) errno = 0; /* who looks does not make it look alive */
    close(fd);
}

void lock_page(int fd, const char *page) {
    char text[LOCK_TEXT_MAX];
    struct holder h;
    read_text(fd, text);
    if (!read_holder(text, &h)) return;
    str_copy(h.page, sizeof h.page, page);
    write_holder(fd, &h);
}

void lock_alive(int fd) {
    if (fd >= 0 && futimens(fd, NULL) < 0) errno = 0;
}

bool lock_left_abroad(const struct lock_left *left, struct err *out) {
    struct holder h;
    if (!read_holder(left->text, &h) || !is_abroad(&h)) return false;
    err_set(
        out, ERR_BUSY,
        "⚠️ This state was last held by a mia on %s (process %ld) that never gave it back: make sure that it no "
        "longer runs.",
        "⚠️ Cet état était tenu par un mia sur %s (processus %ld), qui ne l’a jamais rendu\u00a0: assurez-vous "
        "qu’il ne "
        "tourne plus.",
        h.host, h.pid);
    return true;
}
