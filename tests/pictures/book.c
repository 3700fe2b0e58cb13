/*
 * book: the file, the lives, and the parts that pictures are made of. Owns what it hands out; a program that makes one picture
 * and ends.
 */
#include "tests/pictures/book.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/setup_engine.h"
#include "engine/base/mem.h"
#include "engine/feeds/csv.h"
#include "engine/feeds/zone_file.h"

#define HISTORIES_MAX 400000u
#define BARS_MAX 120000u

static struct engine_config *config_of(const char *symbol) {
    const struct conf_flag flags[] = {{"strategies[0].name", "MovingAverage", "pictures"},
                                      {"strategies[0].symbols[0]", symbol, "pictures"},
                                      {"strategies[0].capital_allocation", "10000", "pictures"}};
    struct conf_errors errs = {0};
    struct engine_config *out = xcalloc(1, sizeof *out);
    struct conf *c = conf_load(&(struct conf_source){.flags = flags, .flag_count = 3, .env_path = ""}, &errs);
    if (c == NULL || setup_engine(c, out, &errs) != 0 || engine_config_instrument(out, symbol) < 0) {
        fprintf(stderr, "pictures: no settings for %s: %s\n", symbol,
                errs.n > 0 ? errs.item[0].err.text[LANG_EN] : "?");
        exit(1);
    }
    conf_free(c);
    return out;
}

static bool bars_of(struct book *b, int32_t seconds) {
    const char *folder = getenv("MIA_DATA_DIR");
    char path[1024];
    struct err e = {0};
    snprintf(path, sizeof path, "%s/%s", folder != NULL && *folder != '\0' ? folder : "../shared/data", b->file);
    const struct csv_spec spec = {.path = path, .seconds = seconds, .tick = b->in.tick};
    struct csv *c = csv_open(&spec, &e);
    if (c == NULL) {
        fprintf(stderr, "pictures: %s\n", err_text(&e, LANG_EN));
        return false;
    }
    b->bar = xcalloc(BARS_MAX, sizeof *b->bar);
    while (b->n < BARS_MAX && csv_next(c, &b->bar[b->n], &e) == 1) b->n++;
    csv_close(c);
    return b->n > 0;
}

when_t bar_end(const struct bar *b) {
    return when_add_ms(b->start, b->seconds * 1000LL);
}

uint32_t book_at(const struct book *b, when_t t) {
    uint32_t low = 0, high = b->n;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (b->bar[middle].start.ns <= t.ns)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct market_context *book_until(const struct book *b, uint32_t last, book_each_fn *each, void *context) {
    struct market_context *m = xcalloc(1, sizeof *m);
    for (uint32_t i = 0; i <= last && i < b->n; i++) {
        const struct level_view v = {&b->bar[i], bar_end(&b->bar[i]), &b->in, &b->config->calendars,
                                     &b->config->levels};
        context_bar(m, &v);
        if (each != NULL) each(context, m, &b->bar[i], i);
    }
    return m;
}

static void write_down(void *context, const struct market_context *m, const struct bar *bar, uint32_t i) {
    struct book *b = context;
    (void)bar;
    b->regime[i] = m->regime.now;
    b->adx[i] = m->regime.adx;
    for (int k = 0; k < STRUCTURE_KIND_COUNT; k++) {
        for (uint32_t at = 0; (m->changed & 1u << k) != 0 && at < m->found[k].n; at++) {
            const struct structure *s = &m->found[k].item[at];
            if (s->id >= HISTORIES_MAX) continue;
            struct history *h = &b->history[s->id];
            if (h->s.id == 0) {
                h->atr = m->atr;
                h->began = book_at(b, s->began);
                for (int l = 0; l < LIFE_COUNT; l++) h->life[l] = NEVER;
            }
            h->s = *s;
            if (h->life[s->life] == NEVER) h->life[s->life] = i;
            if (s->id >= b->histories) b->histories = s->id + 1;
        }
    }
}

struct book *book_open(const char *file, const char *symbol, int32_t seconds) {
    struct book *b = xcalloc(1, sizeof *b);
    b->file = file;
    b->symbol = symbol;
    b->config = config_of(symbol);
    b->in = b->config->instruments[engine_config_instrument(b->config, symbol)];
    if (!bars_of(b, seconds)) {
        book_free(b);
        return NULL;
    }
    b->history = xcalloc(HISTORIES_MAX, sizeof *b->history);
    b->regime = xcalloc(b->n, sizeof *b->regime);
    b->adx = xcalloc(b->n, sizeof *b->adx);
    free(book_until(b, b->n - 1, write_down, b));
    return b;
}

void book_free(struct book *b) {
    if (b == NULL) return;
    free(b->config);
    free(b->bar);
    free(b->history);
    free(b->regime);
    free(b->adx);
    free(b);
}

int book_session(const struct book *b, const char *name) {
    return session_find(&b->config->calendars, name);
}

/* ---- pictures ---- */

static void candles(struct picture *p, const struct book *b, uint32_t first, uint32_t last, uint32_t together) {
    p->candle_seconds = b->bar[first].seconds * (int32_t)together;
    p->candle = xcalloc(last - first + 1, sizeof *p->candle);
    for (uint32_t i = first; i <= last; i++) {
        const struct bar *x = &b->bar[i];
        int64_t start = when_sec(x->start) / p->candle_seconds * p->candle_seconds;
        struct picture_candle *c = p->candle_count > 0 ? &p->candle[p->candle_count - 1] : NULL;
        if (c == NULL || when_sec(c->start) != start) {
            p->candle[p->candle_count++] =
                (struct picture_candle){when_from_sec(start), x->open, x->high, x->low, x->close, x->volume};
            continue;
        }
        c->high = x->high.v > c->high.v ? x->high : c->high;
        c->low = x->low.v < c->low.v ? x->low : c->low;
        c->close = x->close;
        c->volume += x->volume;
    }
}

static void day_text(char out[WHEN_TEXT_MAX], when_t t) {
    struct zone *z = NULL;
    struct civil c;
    if (zone_open("America/New_York", &z, NULL) != 0) exit(1);
    when_civil(t, z, &c);
    day_say(out, LANG_EN, days_from_civil(c.year, c.month, c.day));
    zone_free(z);
}

struct picture page(const struct book *b, uint32_t first, uint32_t last, uint32_t together, const char *title) {
    struct picture p = {.width = PAGE_WIDTH, .height = PAGE_HEIGHT, .scale = 1, .decimals = b->in.decimals};
    str_copy(p.zone, sizeof p.zone, "America/New_York");
    str_copy(p.title, sizeof p.title, title);
    p.level = xcalloc(PICTURE_LEVELS_MAX, sizeof *p.level);
    p.zones = xcalloc(PICTURE_ZONES_MAX, sizeof *p.zones);
    p.marker = xcalloc(PICTURE_MARKERS_MAX, sizeof *p.marker);
    if (last >= b->n) last = b->n - 1;
    candles(&p, b, first, last, together);
    char from[WHEN_TEXT_MAX], to[WHEN_TEXT_MAX];
    day_text(from, p.candle[0].start);
    day_text(to, p.candle[p.candle_count - 1].start);
    bool same = strcmp(from, to) == 0;
    page_subtitle(&p, "%s, candles of %d min, %s%s%s, New York time", b->symbol, p.candle_seconds / 60, from,
                  same ? "" : " to ", same ? "" : to);
    return p;
}

void page_subtitle(struct picture *p, const char *format, ...) {
    va_list ap;
    va_start(ap, format);
    vsnprintf(p->subtitle, sizeof p->subtitle, format, ap);
    va_end(ap);
}

struct picture_level *page_level(struct picture *p, price_t price, when_t from, when_t to, const char *name) {
    if (p->level_count == PICTURE_LEVELS_MAX) exit(1);
    struct picture_level *l = &p->level[p->level_count++];
    *l = (struct picture_level){.price = price, .from = from, .to = to};
    str_copy(l->name, sizeof l->name, name);
    return l;
}

struct picture_zone *page_zone(struct picture *p, enum zone_style style, when_t from, when_t to, price_t low,
                               price_t high, const char *label) {
    if (p->zone_count == PICTURE_ZONES_MAX) exit(1);
    struct picture_zone *z = &p->zones[p->zone_count++];
    *z = (struct picture_zone){.style = style, .from = from, .to = to, .low = low, .high = high};
    z->tall = low.v == 0 && high.v == 0;
    str_copy(z->label, sizeof z->label, label);
    return z;
}

struct picture_marker *page_marker(struct picture *p, enum marker_style style, when_t at, price_t price,
                                   const char *label) {
    if (p->marker_count == PICTURE_MARKERS_MAX) exit(1);
    struct picture_marker *m = &p->marker[p->marker_count++];
    *m = (struct picture_marker){.style = style, .at = at, .price = price};
    str_copy(m->label, sizeof m->label, label);
    return m;
}

void fact(const struct book *b, const char *what, uint32_t bar, price_t price) {
    char time[WHEN_TEXT_MAX], at[MONEY_TEXT_MAX], text[4][MONEY_TEXT_MAX];
    const struct bar *x = &b->bar[bar];
    static struct zone *z;
    if (z == NULL && zone_open("America/New_York", &z, NULL) != 0) exit(1);
    const price_t ohlc[] = {x->open, x->high, x->low, x->close};
    for (int i = 0; i < 4; i++) price_text(text[i], ohlc[i], 2);
    fprintf(stderr, "%-28s %s %-10s  bar O %s H %s L %s C %s\n", what, when_say(time, LANG_EN, x->start, z),
            price_text(at, price, 2), text[0], text[1], text[2], text[3]);
}
