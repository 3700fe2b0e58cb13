/*
 * log_tail: the last lines of the log, from its file and those of the days before, or from
 * memory where there is no file. Reads a bounded part from the end; what it gives passes
 * the redactor again, so that a line of an older run, or a secret learned since, cannot
 * bring anything out. Changes nothing; safe from any thread.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/log_int.h"
#include "engine/base/mem.h"
#include "engine/base/when.h"

#define SCAN_MAX (8u << 20) /* bytes looked at, of all files together */

struct line {
    const char *p;
    size_t n;
};

struct tail {
    enum log_level least;
    uint32_t wanted, n;
    struct line *line; /* newest first */
    size_t left;       /* bytes that may still be looked at */
    char *text[LOG_KEEP_DAYS + 2];
    uint32_t texts;
};

/* "TIME level area …": how important. What is no line of this log is shown with the warnings. */
static enum log_level level_of(const char *p, size_t n) {
    char word[8];
    const char *blank = memchr(p, ' ', n);
    enum log_level level;
    if (blank == NULL) return LOG_WARN;
    size_t rest = n - (size_t)(blank + 1 - p);
    const char *end = memchr(blank + 1, ' ', rest);
    if (end == NULL || !str_copy_n(word, sizeof word, blank + 1, (size_t)(end - blank - 1))) return LOG_WARN;
    return log_level_parse(word, &level) ? level : LOG_WARN;
}

/* Takes the text; its lines from the last to the first. A last line without its end is still being written. */
static void take(struct tail *t, char *text, size_t n) {
    t->text[t->texts++] = text;
    while (n > 0 && text[n - 1] != '\n') n--;
    while (n > 0 && t->n < t->wanted) {
        size_t end = n - 1, start = end;
        while (start > 0 && text[start - 1] != '\n') start--;
        if (end > start && level_of(text + start, end - start) >= t->least)
            t->line[t->n++] = (struct line){text + start, end - start};
        n = start;
    }
}

static ssize_t read_at(int fd, char *out, size_t n, off_t at) {
    size_t got = 0;
    while (got < n) {
        ssize_t r = pread(fd, out + got, n - got, at + (off_t)got);
        if (r < 0 && errno == EINTR) continue;
        if (r < 0) return -1;
        if (r == 0) break;
        got += (size_t)r;
    }
    return (ssize_t)got;
}

/* The end of a file, from a line's beginning on. false: it cannot be read. */
static bool take_file(struct tail *t, const char *path) {
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno == ENOENT;
    bool good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    size_t size = good ? (size_t)st.st_size : 0, n = size < t->left ? size : t->left;
    if (n > 0) {
        char *text = xmalloc(n);
        ssize_t got = read_at(fd, text, n, (off_t)(size - n));
        good = got >= 0;
        size_t cut = 0;
        if (good && n < size) { /* the first line lost its beginning */
            const char *first = memchr(text, '\n', (size_t)got);
            cut = first != NULL ? (size_t)(first + 1 - text) : (size_t)got;
        }
        t->left -= n;
        if (good) {
            memmove(text, text + cut, (size_t)got - cut);
            take(t, text, (size_t)got - cut);
        } else {
            free(text);
        }
    }
    close(fd);
    return good;
}

static int take_files(struct tail *t, const char *path, struct err *e) {
    char older[LOG_PATH_MAX + 32];
    int y, m, d;
    if (!take_file(t, path))
        return err_set(e, ERR_IO, "the log file cannot be read: %s", "impossible de lire le fichier journal\u00a0: %s",
                       strerror(errno));
    int32_t today = log_today();
    for (int32_t day = today; day >= today - LOG_KEEP_DAYS && t->n < t->wanted && t->left > 0; day--) {
        civil_from_days(day, &y, &m, &d);
        snprintf(older, sizeof older, "%s.%04d-%02d-%02d", path, y, m, d);
        take_file(t, older); /* one that is unreadable hides nothing but itself */
    }
    return 0;
}

int log_tail(enum log_level least, uint32_t lines, struct buf *out, uint32_t *found, struct err *e) {
    char path[LOG_PATH_MAX];
    struct tail t = {
        .least = least, .wanted = lines < LOG_TAIL_LINES_MAX ? lines : LOG_TAIL_LINES_MAX, .left = SCAN_MAX};
    t.line = xreallocarray(NULL, t.wanted + 1, sizeof *t.line);
    int r = 0;
    *found = 0;
    if (log_file(path)) {
        r = take_files(&t, path, e);
    } else {
        size_t n;
        char *kept = log_kept(&n);
        take(&t, kept, n);
    }
    for (uint32_t i = t.n; r == 0 && i-- > 0;) {
        buf_add(out, t.line[i].p, t.line[i].n);
        buf_char(out, '\n');
    }
    if (out->len > 0) buf_cut(out, log_redact(out->p, out->len));
    if (r == 0) *found = t.n;
    while (t.texts > 0) free(t.text[--t.texts]);
    free(t.line);
    return r;
}
