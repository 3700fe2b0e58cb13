/*
 * replay: market data files played back, merged by closing time. Bars that close
 * together come in the order of the instruments, of one instrument the older contract first. Owns the open files; holds one bar of
 * each. Looks at no clock: the shell paces it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/feeds/csv.h"
#include "engine/feeds/feeds.h"

struct source {
    struct csv *csv;
    uint16_t instrument, contract;
    uint32_t line; /* whose bars it goes on with: of the first file of that symbol and contract */
    bool has;      /* a bar waits */
    struct bar bar;
};

struct replay {
    struct source source[FEED_FILES_MAX];
    uint32_t count;
    struct last_bar {
        when_t start;
        bool known;
    } last[FEED_FILES_MAX]; /* by line */
    int32_t seconds[INSTRUMENTS_MAX];
    uint64_t bars, repeats;
    char first_repeat[LANG_COUNT][200];
};

static uint32_t line_of(const struct replay *r, const struct source *s) {
    uint32_t i = 0;
    while (i < r->count && (r->source[i].instrument != s->instrument || r->source[i].contract != s->contract)) i++;
    return i;
}

static int open_source(struct replay *r, const struct feed_spec *spec, const struct feed_file *f, struct err *e) {
    int instrument = -1;
    for (uint32_t i = 0; i < spec->config->instrument_count; i++) {
        if (strcmp(spec->config->instruments[i].symbol, f->symbol) == 0) instrument = (int)i;
    }
    if (instrument < 0)
        return err_set(e, ERR_NOT_FOUND, "%s: no instrument %s", "%s\u00a0: pas d’instrument %s", f->path, f->symbol);
    const struct instrument *in = &spec->config->instruments[instrument];
    struct csv_spec cs = {.path = f->path,
                          .seconds = f->seconds,
                          .zone = f->zone,
                          .tick = in->tick,
                          .root = in->roll.rule != ROLL_NONE && f->contract == 0 ? in->symbol : NULL};
    struct source *s = &r->source[r->count];
    s->csv = csv_open(&cs, e);
    if (s->csv == NULL) return -1;
    s->instrument = (uint16_t)instrument;
    s->contract = f->contract;
    s->line = line_of(r, s);
    r->count++;
    struct csv_info info;
    csv_info(s->csv, &info);
    int32_t *seconds = &r->seconds[instrument];
    if (*seconds != 0 && *seconds != info.seconds)
        return err_set(e, ERR_REFUSED, "%s: another file of %s has another time frame (%d s, here %d s)",
                       "%s\u00a0: un autre fichier de %s a une autre unité de temps (%d s, ici %d s)", f->path,
                       f->symbol, (int)*seconds, (int)info.seconds);
    *seconds = info.seconds;
    return 0;
}

static void close_replay(void *state) {
    struct replay *r = state;
    if (r == NULL) return;
    for (uint32_t i = 0; i < r->count; i++) csv_close(r->source[i].csv);
    free(r);
}

static int advance(struct source *s, struct err *e) {
    int rc = csv_next(s->csv, &s->bar, e);
    s->has = rc > 0;
    if (s->contract != 0) s->bar.contract = s->contract;
    return rc < 0 ? -1 : 0;
}

static void *open_replay(const struct feed_spec *spec, struct err *e) {
    struct replay *r = xcalloc(1, sizeof *r);
    int rc = spec->file_count > 0 ? 0 : err_set(e, ERR_USAGE, "replay: no file", "replay\u00a0: aucun fichier");
    for (uint32_t i = 0; rc == 0 && i < spec->file_count; i++) rc = open_source(r, spec, &spec->files[i], e);
    for (uint32_t i = 0; rc == 0 && i < r->count; i++) rc = advance(&r->source[i], e);
    if (rc == 0) return r;
    close_replay(r);
    return NULL;
}

static int64_t closes_ns(const struct bar *b) {
    return b->start.ns + b->seconds * NS_PER_SEC;
}

static bool comes_first(const struct source *a, const struct source *b) {
    int64_t x = closes_ns(&a->bar), y = closes_ns(&b->bar);
    if (x != y) return x < y;
    return a->instrument != b->instrument ? a->instrument < b->instrument : a->bar.contract < b->bar.contract;
}

/* Two files of one symbol overlap: the first one named has said it already. */
static void count_repeat(struct replay *r, const struct source *s) {
    char at[WHEN_TEXT_MAX];
    if (r->repeats++ > 0) return;
    when_iso(at, s->bar.start);
    snprintf(r->first_repeat[LANG_EN], sizeof r->first_repeat[LANG_EN], "two files of one symbol have the bar of %s",
             at);
    snprintf(r->first_repeat[LANG_FR], sizeof r->first_repeat[LANG_FR],
             "deux fichiers d’un symbole ont la bougie de %s", at);
}

static int next_replay(void *state, struct feed_bar *out, struct err *e) {
    struct replay *r = state;
    for (;;) {
        struct source *best = NULL;
        for (uint32_t i = 0; i < r->count; i++) {
            struct source *s = &r->source[i];
            if (s->has && (best == NULL || comes_first(s, best))) best = s;
        }
        if (best == NULL) return 0;
        struct last_bar *last = &r->last[best->line];
        bool good = !last->known || best->bar.start.ns > last->start.ns;
        out->instrument = best->instrument;
        out->bar = best->bar;
        if (!good) count_repeat(r, best);
        if (advance(best, e) != 0) return -1;
        if (!good) continue;
        last->start = out->bar.start;
        last->known = true;
        r->bars++;
        return 1;
    }
}

static void stats_replay(void *state, struct feed_stats *out) {
    const struct replay *r = state;
    memset(out, 0, sizeof *out);
    out->bars = r->bars;
    out->bad_rows = r->repeats;
    for (uint32_t i = 0; i < r->count; i++) {
        struct feed_stats one;
        csv_stats(r->source[i].csv, &one);
        if (one.bad_rows > 0 && out->first_bad[LANG_EN][0] == '\0')
            memcpy(out->first_bad, one.first_bad, sizeof out->first_bad);
        out->bad_rows += one.bad_rows;
    }
    if (out->first_bad[LANG_EN][0] == '\0') memcpy(out->first_bad, r->first_repeat, sizeof out->first_bad);
}

const struct feed feed_replay = {
    .name = "replay",
    .summary = {"market data files played back", "fichiers de marché rejoués"},
    .caps = FEED_PULL,
    .open = open_replay,
    .next = next_replay,
    .stats = stats_replay,
    .close = close_replay,
};
