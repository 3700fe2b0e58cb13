/*
 * log: the one global mutable state of the program, behind one mutex: level, secrets,
 * the open file and its day. A line is redacted, then made harmless (no control byte,
 * no line break), then cut, in that order: cutting first could leave half a secret.
 * Must not allocate on its usual path (it reports a lack of memory) and never fails its caller.
 */
#include "engine/base/log.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
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

#define SECRET_BYTES_MIN 6
#define PATH_BYTES_MAX LOG_PATH_MAX
#define STARS "***"
#define STARS_BYTES (sizeof STARS - 1)
#define RAW_MAX (2 * LOG_LINE_MAX) /* a longer message is formatted on the heap */

static struct {
    pthread_mutex_t mutex;
    enum log_level level;
    bool quiet; /* nothing to standard error */
    int fd;
    int32_t day;  /* the local day of the open file */
    bool rotates; /* a plain file; /dev/stdout, a pipe or a link stays what it is */
    char path[PATH_BYTES_MAX];
    uint64_t lost; /* lines the file refused since the last good one */
    int64_t (*now_ns)(void);
    char kept[LOG_KEPT_BYTES]; /* a ring: the last bytes written */
    size_t kept_at, kept_bytes;
    char *secrets[LOG_SECRETS_MAX];
    size_t secret_bytes[LOG_SECRETS_MAX], secret_count, secret_bytes_max;
    bool starts[256]; /* a secret starts with that byte */
} g = {.mutex = PTHREAD_MUTEX_INITIALIZER, .level = LOG_INFO, .fd = -1};

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};
_Static_assert(sizeof level_names / sizeof level_names[0] == LOG_LEVEL_COUNT, "a name for every level");

static void lock(void) {
    pthread_mutex_lock(&g.mutex);
}

static void unlock(void) {
    pthread_mutex_unlock(&g.mutex);
}

bool log_level_parse(const char *name, enum log_level *out) {
    for (int i = 0; i < LOG_LEVEL_COUNT; i++) {
        if (strcmp(name, level_names[i]) != 0) continue;
        *out = (enum log_level)i;
        return true;
    }
    return false;
}

void log_set_level(enum log_level level) {
    lock();
    g.level = level;
    unlock();
}

void log_set_stderr(bool on) {
    lock();
    g.quiet = !on;
    unlock();
}

void log_set_clock(int64_t (*now_ns)(void)) {
    lock();
    g.now_ns = now_ns;
    unlock();
}

/* ---- secrets ---- */

static bool secret_known(const char *secret) {
    for (size_t i = 0; i < g.secret_count; i++) {
        if (strcmp(g.secrets[i], secret) == 0) return true;
    }
    return false;
}

void log_secret(const char *secret) {
    size_t n = secret != NULL ? strlen(secret) : 0;
    if (n < SECRET_BYTES_MIN) return;
    char *copy = xstrdup(secret); /* outside the lock: running out of memory logs */
    lock();
    bool known = secret_known(secret), full = !known && g.secret_count == LOG_SECRETS_MAX;
    if (!known && !full) {
        g.secrets[g.secret_count] = copy;
        g.secret_bytes[g.secret_count++] = n;
        if (n > g.secret_bytes_max) g.secret_bytes_max = n;
        g.starts[(unsigned char)secret[0]] = true;
        copy = NULL;
    }
    unlock();
    free(copy);
    if (full) die("more than %d secrets", LOG_SECRETS_MAX);
}

static bool is_token_byte(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-';
}

/* Bytes of "<digits>:<token>" where text stands behind "/bot"; the colon may be percent-encoded. */
static size_t bot_token_bytes(const char *text, size_t n) {
    size_t i = 0;
    while (i < n && text[i] >= '0' && text[i] <= '9') i++;
    if (i == 0 || i == n) return 0;
    if (text[i] == ':')
        i++;
    else if (n - i >= 3 && strncasecmp(text + i, "%3A", 3) == 0)
        i += 3;
    else
        return 0;
    size_t token = i;
    while (i < n && is_token_byte(text[i])) i++;
    return i > token ? i : 0;
}

/* Bytes of the longest secret that starts at text[at], 0 for none. */
static size_t secret_at(const char *text, size_t n, size_t at) {
    size_t best = 0;
    if (at >= 4 && memcmp(text + at - 4, "/bot", 4) == 0) best = bot_token_bytes(text + at, n - at);
    if (!g.starts[(unsigned char)text[at]]) return best;
    for (size_t i = 0; i < g.secret_count; i++) {
        size_t len = g.secret_bytes[i];
        if (len > best && len <= n - at && memcmp(text + at, g.secrets[i], len) == 0) best = len;
    }
    return best;
}

/* Secrets that overlap or touch become one row of stars. Reads ahead of where it writes: stars are never longer. */
static size_t redact(char *text, size_t n) {
    size_t out = 0;
    for (size_t at = 0; at < n;) {
        size_t end = at;
        for (size_t i = at; i <= end; i++) {
            size_t len = i < n ? secret_at(text, n, i) : 0;
            if (i + len > end) end = i + len;
        }
        if (end == at) {
            text[out++] = text[at++];
            continue;
        }
        memcpy(text + out, STARS, STARS_BYTES);
        out += STARS_BYTES;
        at = end;
    }
    return out;
}

size_t log_redact(char *text, size_t n) {
    lock();
    size_t out = redact(text, n);
    unlock();
    return out;
}

bool log_has_secret(const char *text, size_t n) {
    lock();
    bool found = false;
    for (size_t i = 0; i < n && !found; i++) found = secret_at(text, n, i) > 0;
    unlock();
    return found;
}

/* ---- the file ---- */

static int64_t now_ns(void) {
    if (g.now_ns != NULL) return g.now_ns();
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return ts.tv_sec * NS_PER_SEC + ts.tv_nsec;
}

static int32_t local_day(time_t t) {
    struct tm tm;
    if (localtime_r(&t, &tm) == NULL) return 0;
    return days_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

/* "x.log.2026-11-20" for base "x.log" -> its day; false for any other name. */
static bool dated_name(const char *name, const char *base, int32_t *day) {
    size_t n = strlen(base);
    int y, m, d, end = 0;
    if (strncmp(name, base, n) != 0 || strlen(name) != n + 11) return false;
    if (sscanf(name + n, ".%4d-%2d-%2d%n", &y, &m, &d, &end) != 3 || end != 11) return false;
    int back_y, back_m, back_d;
    *day = days_from_civil(y, m, d);
    civil_from_days(*day, &back_y, &back_m, &back_d);
    return y == back_y && m == back_m && d == back_d;
}

static void delete_old(int32_t today) {
    char folder[PATH_BYTES_MAX];
    str_copy(folder, sizeof folder, g.path);
    char *slash = strrchr(folder, '/');
    const char *base = slash != NULL ? g.path + (slash - folder) + 1 : g.path;
    if (slash != NULL) slash[slash == folder ? 1 : 0] = '\0';
    DIR *dir = opendir(slash != NULL ? folder : ".");
    if (dir == NULL) return;
    int32_t day;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (!dated_name(entry->d_name, base, &day) || day >= today - LOG_KEEP_DAYS) continue;
        unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
}

/* Moves the file of `day` aside. One that is there already is never overwritten: the lines then stay together. */
static void move_aside(int32_t day) {
    char old[PATH_BYTES_MAX + 32];
    int y, m, d;
    civil_from_days(day, &y, &m, &d);
    snprintf(old, sizeof old, "%s.%04d-%02d-%02d", g.path, y, m, d);
    if (access(old, F_OK) != 0) (void)!rename(g.path, old);
}

static int open_file(void) {
    return open(g.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

static void rotate(int32_t today) {
    int32_t day = g.day;
    g.day = today;
    if (!g.rotates) return;
    move_aside(day);
    int fd = open_file();
    if (fd >= 0) { /* otherwise the old descriptor goes on: better a line in the wrong file than none */
        close(g.fd);
        g.fd = fd;
    }
    delete_old(today);
}

int log_open(const char *path, struct err *e) {
    if (strlen(path) >= PATH_BYTES_MAX) {
        return err_set(e, ERR_RANGE, "the log file's path is too long", "le chemin du journal est trop long");
    }
    tzset();
    log_close();
    lock();
    str_copy(g.path, sizeof g.path, path);
    int32_t today = local_day((time_t)(now_ns() / NS_PER_SEC));
    struct stat st;
    bool there = lstat(path, &st) == 0;
    g.rotates = !there || S_ISREG(st.st_mode);
    if (there && g.rotates && st.st_size > 0 && local_day(st.st_mtime) < today) move_aside(local_day(st.st_mtime));
    int fd = open_file(), why = errno;
    if (fd >= 0) {
        g.fd = fd;
        g.day = today;
        g.lost = 0;
        if (g.rotates) delete_old(today);
    }
    unlock();
    if (fd >= 0) return 0;
    return err_set(e, ERR_IO, "cannot open the log file %s: %s", "impossible d’ouvrir le journal %s\u00a0: %s", path,
                   strerror(why));
}

void log_close(void) {
    lock();
    if (g.fd >= 0) close(g.fd);
    g.fd = -1;
    unlock();
}

/* ---- lines ---- */

static bool write_all(int fd, const char *p, size_t n) {
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static size_t stamp(char *out, size_t size, int64_t ns) {
    time_t sec = (time_t)(ns / NS_PER_SEC);
    struct tm tm;
    char text[40], zone[8];
    if (localtime_r(&sec, &tm) == NULL) memset(&tm, 0, sizeof tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
    strftime(zone, sizeof zone, "%z", &tm);
    int n = snprintf(out, size, "%s.%03d%.3s:%s", text, (int)(ns / NS_PER_MS % 1000), zone, zone + 3);
    return n > 0 && (size_t)n < size ? (size_t)n : 0;
}

/* Copies a message, every byte or character that could forge or hide a line shown by its number. Returns the length;
 * *whole tells whether all of it fitted. */
static size_t harmless(char *out, size_t size, const char *text, size_t n, bool *whole) {
    size_t len = 0;
    *whole = false;
    for (size_t i = 0; i < n;) {
        char shown[12];
        uint32_t c = 0;
        size_t bytes = utf8_next(text + i, n - i, &c);
        if (bytes == 0)
            snprintf(shown, sizeof shown, "\\x%02x", (unsigned char)text[i]);
        else if (c == '\n')
            str_copy(shown, sizeof shown, "\\n");
        else if (c == '\t')
            str_copy(shown, sizeof shown, " ");
        else if (utf8_is_hidden(c))
            snprintf(shown, sizeof shown, c < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)c);
        else
            str_copy_n(shown, sizeof shown, text + i, bytes);
        size_t add = strlen(shown);
        if (len + add > size) return len;
        memcpy(out + len, shown, add);
        len += add;
        i += bytes > 0 ? bytes : 1;
    }
    *whole = true;
    return len;
}

static void keep(const char *line, size_t n) {
    for (size_t i = 0; i < n; i++) {
        g.kept[g.kept_at] = line[i];
        g.kept_at = (g.kept_at + 1) % LOG_KEPT_BYTES;
    }
    g.kept_bytes = g.kept_bytes + n < LOG_KEPT_BYTES ? g.kept_bytes + n : LOG_KEPT_BYTES;
}

/* What is left of the oldest line is no line. */
char *log_kept(size_t *n) {
    char *copy = xmalloc(LOG_KEPT_BYTES);
    lock();
    size_t start = (g.kept_at + LOG_KEPT_BYTES - g.kept_bytes) % LOG_KEPT_BYTES;
    bool whole = g.kept_bytes < LOG_KEPT_BYTES;
    *n = 0;
    for (size_t i = 0; i < g.kept_bytes; i++) {
        char c = g.kept[(start + i) % LOG_KEPT_BYTES];
        if (whole) copy[(*n)++] = c;
        whole |= c == '\n';
    }
    unlock();
    return copy;
}

bool log_file(char path[LOG_PATH_MAX]) {
    lock();
    bool readable = g.fd >= 0 && g.rotates;
    str_copy(path, LOG_PATH_MAX, g.path);
    unlock();
    return readable;
}

bool log_has_file(void) {
    char path[LOG_PATH_MAX];
    return log_file(path);
}

int32_t log_today(void) {
    lock();
    int32_t day = local_day((time_t)(now_ns() / NS_PER_SEC));
    unlock();
    return day;
}

static void emit(const char *line, size_t n, int32_t day) {
    if (!g.quiet) (void)write_all(STDERR_FILENO, line, n);
    keep(line, n);
    if (g.fd < 0) return;
    if (day > g.day) rotate(day);
    if (!write_all(g.fd, line, n)) {
        g.lost++;
        return;
    }
    if (g.lost == 0) return;
    char note[80];
    int len =
        snprintf(note, sizeof note, "log: the file refused %llu lines before this one\n", (unsigned long long)g.lost);
    g.lost = 0;
    (void)write_all(g.fd, note, (size_t)len);
}

/* The message as formatted; one that cannot be held whole loses its end and whatever of a secret may be in it. */
__attribute__((format(printf, 3, 0))) static char *format(char raw[RAW_MAX], size_t *len, const char *fmt, va_list ap) {
    va_list again;
    va_copy(again, ap);
    int n = vsnprintf(raw, RAW_MAX, fmt, ap);
    char *text = raw;
    if (n < 0) {
        *len = str_copy(raw, RAW_MAX, "(a message that cannot be formatted)") ? strlen(raw) : 0;
    } else if (n < RAW_MAX) {
        *len = (size_t)n;
    } else if ((text = malloc((size_t)n + 1)) != NULL) {
        vsnprintf(text, (size_t)n + 1, fmt, again);
        *len = (size_t)n;
    } else {
        text = raw;
        *len = g.secret_bytes_max < RAW_MAX / 2 ? RAW_MAX - 1 - g.secret_bytes_max : 0;
    }
    va_end(again);
    return text;
}

__attribute__((format(printf, 3, 0))) static void say(enum log_level level, const char *area, const char *fmt,
                                                      va_list ap) {
    static const char cut[] = " (cut)";
    char raw[RAW_MAX], line[LOG_LINE_MAX];
    int saved = errno;
    lock();
    if (level >= g.level) {
        size_t n;
        char *text = format(raw, &n, fmt, ap);
        n = redact(text, n);
        int64_t now = now_ns();
        size_t len = stamp(line, sizeof line, now);
        len += (size_t)snprintf(line + len, sizeof line - len, " %s %.32s ", level_names[level], area);
        bool whole;
        len += harmless(line + len, sizeof line - len - sizeof cut, text, n, &whole);
        if (!whole) {
            memcpy(line + len, cut, sizeof cut - 1);
            len += sizeof cut - 1;
        }
        line[len++] = '\n';
        emit(line, len, local_day((time_t)(now / NS_PER_SEC)));
        if (text != raw) free(text);
    }
    unlock();
    errno = saved;
}

void log_line(enum log_level level, const char *area, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    say(level, area, fmt, ap);
    va_end(ap);
}

void die(const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    say(LOG_ERROR, "die", fmt, ap);
    va_end(ap);
    abort();
}
