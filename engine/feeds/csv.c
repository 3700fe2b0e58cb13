/*
 * csv: one pass over the bytes, no allocation after the open, no strtod. The file is
 * read through zlib, which hands plain files through. Owns the descriptor, one buffer
 * and the zone. What a row means is checked in csv_row.c.
 */
#include "engine/feeds/csv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/feeds/csv_header.h"
#include "engine/feeds/csv_row.h"
#include "engine/feeds/zone_file.h"

#define BUFFER_BYTES (256u << 10)
#define MIN_DIFFS_TO_REFUSE 10 /* rows apart before a told time frame is doubted */
_Static_assert(BUFFER_BYTES >= 4 * CSV_LINE_MAX, "a whole line always fits");

struct csv {
    char *path;
    gzFile file;
    char *buffer;          /* BUFFER_BYTES + 1 */
    const char *p, *limit; /* the next row; the end of the last whole row */
    size_t used;           /* bytes in the buffer */
    bool eof;
    uint64_t line; /* of the last row taken */
    struct csv_format format;
    struct csv_dates dates;
    struct zone *zone;
    char *root; /* NULL: contracts are of no interest */
    struct csv_info info;
    struct csv_row row; /* the last one handed out */
    int64_t last_start; /* of the last good row */
    struct feed_stats stats;
};

/* ---- bytes ---- */

static int refuse_io(struct csv *c, struct err *e) {
    int code = Z_OK;
    const char *text = gzerror(c->file, &code);
    if (code == Z_ERRNO) text = strerror(errno);
    return err_set(e, ERR_IO, "%s: broken after line %llu (%s)", "%s\u00a0: abîmé après la ligne %llu (%s)", c->path,
                   (unsigned long long)c->line, text);
}

/* Keeps what is not yet taken, reads on, and finds the end of the last whole row. A last row without its line end gets one.
 * Returns 1, 0 at the end of the file, -1. */
static int refill(struct csv *c, struct err *e) {
    for (;;) {
        size_t rest = c->used - (size_t)(c->p - c->buffer);
        memmove(c->buffer, c->p, rest);
        c->p = c->buffer;
        c->limit = c->buffer;
        c->used = rest;
        if (c->eof && rest == 0) return 0;
        int got = c->eof ? 0 : gzread(c->file, c->buffer + rest, (unsigned)(BUFFER_BYTES - rest));
        int code = Z_OK;
        if (got >= 0 && !c->eof && (unsigned)got < BUFFER_BYTES - rest) gzerror(c->file, &code);
        if (got < 0 || (code != Z_OK && code != Z_STREAM_END)) return refuse_io(c, e);
        c->eof = c->eof || got == 0;
        c->used += (size_t)got;
        if (c->eof && c->used > 0 && c->buffer[c->used - 1] != '\n') c->buffer[c->used++] = '\n';
        const char *last = memrchr(c->buffer, '\n', c->used);
        if (last != NULL) {
            c->limit = last + 1;
            return 1;
        }
        if (c->used == BUFFER_BYTES) return 1; /* a row longer than the buffer: limit == p says so */
    }
}

/* ---- what is said of bad rows ---- */

static void count_bad(struct csv *c, const struct csv_problem *problem) {
    if (c->stats.bad_rows++ > 0) return;
    const char *name = strrchr(c->path, '/') != NULL ? strrchr(c->path, '/') + 1 : c->path;
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        char what[96], text[320];
        csv_problem_text(problem, (enum lang)lang, what, sizeof what);
        snprintf(text, sizeof text, "%s:%llu: %s", name, (unsigned long long)c->line, what);
        str_copy(c->stats.first_bad[lang], sizeof c->stats.first_bad[lang], text);
    }
}

/* Drops the rest of a row that does not fit the buffer. */
static int skip_long_row(struct csv *c, struct err *e) {
    struct csv_problem problem = {.kind = CSV_TOO_LONG};
    c->line++;
    count_bad(c, &problem);
    while (c->limit == c->p) {
        c->p = c->buffer + c->used;
        int rc = refill(c, e);
        if (rc <= 0) return rc;
    }
    const char *end = memchr(c->p, '\n', (size_t)(c->limit - c->p));
    c->p = end + 1;
    return 1;
}

/* ---- rows ---- */

static bool take_contract(const struct csv *c, const struct csv_row *row, struct bar *out,
                          struct csv_problem *problem) {
    out->contract = 0;
    if (c->root == NULL || row->contract[0] == '\0') return true;
    out->contract = contract_parse(row->contract, strlen(row->contract), c->root);
    if (out->contract == 0) *problem = (struct csv_problem){.kind = CSV_NO_CONTRACT};
    return out->contract != 0;
}

/* The row at c->p, taken, as a bar that can be true and follows in time. */
static bool take_row(struct csv *c, struct csv_row *row, struct bar *out, struct csv_problem *problem) {
    const char *start = c->p;
    c->p = csv_row_parse(&c->format, &c->dates, start, row, problem);
    if (c->p == NULL) {
        const char *end = memchr(start, '\n', (size_t)(c->limit - start));
        c->p = end + 1;
        if (!csv_row_parse_again(&c->format, &c->dates, start, (size_t)(end - start), row, problem)) return false;
    }
    if (row->start <= c->last_start && !csv_second_pass(&c->dates, row, c->last_start)) {
        *problem = (struct csv_problem){.kind = CSV_NOT_RISING};
        return false;
    }
    if (!csv_row_bar(&c->format, row, out, problem) || !take_contract(c, row, out, problem)) return false;
    c->last_start = row->start;
    return true;
}

/* The next good row. 1, 0, -1. */
static int next_row(struct csv *c, struct csv_row *row, struct bar *out, struct err *e) {
    for (;;) {
        while (c->p < c->limit) {
            struct csv_problem problem;
            c->line++;
            if (*c->p == '\n' || (*c->p == '\r' && c->p[1] == '\n')) { /* an empty line says nothing */
                c->p += *c->p == '\n' ? 1 : 2;
                continue;
            }
            if (take_row(c, row, out, &problem)) return 1;
            count_bad(c, &problem);
        }
        int rc = refill(c, e);
        if (rc > 0 && c->limit == c->p) rc = skip_long_row(c, e);
        if (rc <= 0) return rc;
    }
}

int csv_next(struct csv *c, struct bar *out, struct err *e) {
    int rc = next_row(c, &c->row, out, e);
    if (rc <= 0) return rc;
    out->seconds = c->info.seconds;
    c->stats.bars++;
    return 1;
}

/* A value of 1e-8, exactly rounded while it has at most 15 digits. */
static double value_of(const struct csv_row *row, enum csv_role role) {
    return (row->present & 1u << role) != 0 ? (double)row->value[role] / PRICE_SCALE : NAN;
}

void csv_volumes(const struct csv *c, struct csv_volumes *out) {
    int64_t whole = c->row.value[CSV_VOLUME], scaled;
    bool exact = !__builtin_mul_overflow(whole, PRICE_SCALE, &scaled) &&
                 !__builtin_add_overflow(scaled, c->row.volume_rest, &scaled);
    *out = (struct csv_volumes){NAN, value_of(&c->row, CSV_BUY), value_of(&c->row, CSV_SELL)};
    if ((c->row.present & 1u << CSV_VOLUME) != 0) out->volume = exact ? (double)scaled / PRICE_SCALE : (double)whole;
}

/* ---- opening ---- */

static int open_file(struct csv *c, struct err *e) {
    struct stat st;
    int fd = open(c->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 && errno == ENOENT)
        return err_set(e, ERR_NOT_FOUND, "%s: there is no such file", "%s\u00a0: fichier introuvable", c->path);
    if (fd < 0)
        return err_set(e, ERR_IO, "%s: cannot be opened (%s)", "%s\u00a0: ne s’ouvre pas (%s)", c->path,
                       strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return err_set(e, ERR_IO, "%s: not a regular file", "%s\u00a0: ce n’est pas un fichier ordinaire", c->path);
    }
    c->file = gzdopen(fd, "rb");
    if (c->file == NULL) die("%s: out of memory", c->path);
    gzbuffer(c->file, BUFFER_BYTES / 2);
    return 0;
}

/* From the first byte again: the probe has read ahead. */
static int rewind_file(struct csv *c, struct err *e) {
    if (gzrewind(c->file) != 0) return refuse_io(c, e);
    c->p = c->limit = c->buffer;
    c->used = 0;
    c->eof = false;
    c->line = 0;
    c->last_start = INT64_MIN;
    memset(&c->stats, 0, sizeof c->stats);
    return 0;
}

/* Takes the first line, which names the columns. */
static int take_header(struct csv *c, struct csv_header *header, struct err *e) {
    int rc = refill(c, e);
    if (rc < 0) return -1;
    if (rc == 0 || c->limit == c->p)
        return err_set(e, ERR_SYNTAX, "%s: no line that names the columns",
                       "%s\u00a0: aucune ligne ne nomme les colonnes", c->path);
    const char *end = memchr(c->p, '\n', (size_t)(c->limit - c->p));
    const char *row = end + 1, *row_end = row < c->limit ? memchr(row, '\n', (size_t)(c->limit - row)) : row;
    if (header != NULL && csv_header_parse(c->p, (size_t)(end - c->p), row, (size_t)(row_end - row), header, e) != 0)
        return err_prefix(e, "%s", "%s", c->path);
    c->p = row;
    c->line = 1;
    return 0;
}

static int64_t gcd(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static int by_size(const void *a, const void *b) {
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* The most frequent distance in time, the smaller one of equals. */
static int64_t usual(int64_t *diff, size_t n) {
    size_t best = 0, run = 0;
    int64_t found = 0;
    qsort(diff, n, sizeof *diff, by_size);
    for (size_t i = 0; i < n; i++) {
        run = i > 0 && diff[i] == diff[i - 1] ? run + 1 : 1;
        if (run > best) best = run, found = diff[i];
    }
    return found;
}

struct probe {
    int64_t diff[CSV_PROBE_ROWS]; /* nanoseconds */
    size_t diffs, rows;
    int64_t gcd, first;
};

static int probe_rows(struct csv *c, struct probe *out, struct err *e) {
    int64_t last = 0;
    for (; out->rows < CSV_PROBE_ROWS; out->rows++) {
        struct csv_row row;
        struct bar bar;
        int rc = next_row(c, &row, &bar, e);
        if (rc < 0) return -1;
        if (rc == 0) break;
        out->gcd = csv_row_gcd(&c->format, &row, out->gcd, gcd);
        if (out->rows == 0)
            out->first = row.start;
        else
            out->diff[out->diffs++] = row.start - last;
        last = row.start;
    }
    if (out->rows > 0) return 0;
    if (c->stats.bad_rows == 0)
        return err_set(e, ERR_SYNTAX, "%s: no rows", "%s\u00a0: aucune ligne de données", c->path);
    err_set(e, ERR_SYNTAX, "%s", "%s", "");
    for (int lang = 0; e != NULL && lang < LANG_COUNT; lang++)
        snprintf(e->text[lang], ERR_TEXT_MAX, "%s%.150s",
                 tr((enum lang)lang, "no good row: ", "aucune ligne juste\u00a0: "), c->stats.first_bad[lang]);
    return -1;
}

static void timeframe_text(int64_t seconds, char out[24]) {
    static const struct {
        int64_t seconds;
        char letter;
    } units[] = {{86400, 'D'}, {3600, 'H'}, {60, 'M'}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (seconds % units[i].seconds != 0) continue;
        snprintf(out, 24, "%c%lld", units[i].letter, (long long)(seconds / units[i].seconds));
        return;
    }
    snprintf(out, 24, "%llds", (long long)seconds);
}

/* A told time frame that the rows contradict is refused: bars would overlap, or be most of the time missing. */
static int settle_seconds(struct csv *c, const struct csv_spec *spec, struct probe *probe, struct err *e) {
    int64_t found = probe->diffs > 0 ? usual(probe->diff, probe->diffs) / NS_PER_SEC : 0;
    int64_t least = probe->diffs > 0 ? probe->diff[0] / NS_PER_SEC : 0; /* sorted by now */
    c->info.seconds_inferred = spec->seconds == 0;
    c->info.seconds = spec->seconds;
    if (spec->rows_only) return 0;
    if (spec->seconds == 0) {
        if (found < 1 || found > 31 * 86400)
            return err_set(e, ERR_SYNTAX, "%s: the time frame cannot be inferred: say it",
                           "%s\u00a0: l’unité de temps ne peut pas être déduite\u00a0: dites-la", c->path);
        c->info.seconds = (int32_t)found;
        return 0;
    }
    char told[24], seen[24];
    timeframe_text(spec->seconds, told);
    timeframe_text(found, seen);
    bool wrong = found < spec->seconds || least > spec->seconds;
    if (probe->diffs < MIN_DIFFS_TO_REFUSE || !wrong) return 0;
    return err_set(e, ERR_SYNTAX, "%s: the rows are %s, not %s", "%s\u00a0: les lignes sont en %s, et non en %s",
                   c->path, seen, told);
}

static void settle_tick(struct csv *c, const struct csv_spec *spec, const struct probe *probe) {
    price_t unit = {1};
    c->info.tick = spec->tick.v > 0 ? spec->tick : (price_t){probe->gcd};
    c->info.tick_inferred = spec->tick.v <= 0;
    c->info.decimals = PRICE_DIGITS;
    while (c->info.decimals > 0 && probe->gcd % (unit.v * 10) == 0) unit.v *= 10, c->info.decimals--;
    c->format.point = unit.v < c->info.tick.v ? unit.v : c->info.tick.v;
}

static int probe_file(struct csv *c, const struct csv_spec *spec, struct err *e) {
    struct probe *probe = xcalloc(1, sizeof *probe);
    struct csv_header header = {.wants_contract = spec->root != NULL};
    int rc = rewind_file(c, e);
    if (rc == 0) rc = take_header(c, &header, e);
    if (rc == 0) {
        csv_format_init(&c->format, &header);
        c->info.has_volume = header.has_volume;
        c->info.has_spread = header.has_spread;
        c->info.has_quotes = header.has_quotes;
        csv_dates_init(&c->dates, header.utc ? NULL : c->zone);
        rc = probe_rows(c, probe, e);
    }
    if (rc == 0) rc = settle_seconds(c, spec, probe, e);
    if (rc == 0) {
        settle_tick(c, spec, probe);
        c->info.first = (when_t){probe->first};
    }
    free(probe);
    return rc;
}

struct csv *csv_open(const struct csv_spec *spec, struct err *e) {
    struct csv *c = xcalloc(1, sizeof *c);
    c->path = xstrdup(spec->path);
    c->root = spec->root != NULL ? xstrdup(spec->root) : NULL;
    c->buffer = xmalloc(BUFFER_BYTES + 1);
    bool good = zone_open(spec->zone != NULL ? spec->zone : "", &c->zone, e) == 0 && open_file(c, e) == 0 &&
                probe_file(c, spec, e) == 0 && rewind_file(c, e) == 0 && take_header(c, NULL, e) == 0;
    if (good) {
        csv_dates_init(&c->dates, c->dates.zone);
        return c;
    }
    csv_close(c);
    return NULL;
}

void csv_info(const struct csv *c, struct csv_info *out) {
    *out = c->info;
}

void csv_stats(const struct csv *c, struct feed_stats *out) {
    *out = c->stats;
}

uint64_t csv_line(const struct csv *c) {
    return c->line;
}

void csv_close(struct csv *c) {
    if (c == NULL) return;
    if (c->file != NULL) gzclose(c->file);
    zone_free(c->zone);
    free(c->buffer);
    free(c->path);
    free(c->root);
    free(c);
}
