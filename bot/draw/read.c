/*
 * read: a description from outside as a picture, or a sentence that says what is wrong with it. Every count, figure and text
 * is within its limit before anything is kept; an unknown member is refused, so that a slip of the pen is seen. Owns no state.
 */
#include "bot/draw/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/net/json.h"

#define WEIGHT_MAX 1e15

/* ---- parts ---- */

/* What is read, for the sentence: "zones 3". Both languages use the words of the text. */
struct part {
    const struct json *at;
    const char *name;
    size_t number; /* from 1; 0: there is one only */
    struct err *e;
};

static int wrong(const struct part *p, const char *what) {
    char number[24] = "";
    if (p->number > 0) snprintf(number, sizeof number, " %zu", p->number);
    return err_set(p->e, ERR_SYNTAX, "%s%s: %s is missing, or is not what it has to be",
                   "%s%s\u00a0: %s manque ou n’est pas ce qu’il faut", p->name, number, what);
}

static int known(const struct part *p, const char *const *members) {
    if (!json_is_object(p->at)) return wrong(p, "{…}");
    for (const struct json *m = json_first(p->at); m != NULL; m = json_next(m)) {
        const char *const *k = members;
        while (*k != NULL && strcmp(*k, json_key(m)) != 0) k++;
        if (*k == NULL)
            return err_set(p->e, ERR_SYNTAX, "%s: nothing is called “%s”",
                           "%s\u00a0: rien ne s’appelle «\u00a0%s\u00a0»", p->name, json_key(m));
    }
    return 0;
}

static int read_text(const struct part *p, const char *key, bool needed, char *out, size_t size) {
    if (!needed && json_is_null(json_at(p->at, key))) return 0;
    if (!json_copy(p->at, key, out, size) || !text_is_clean(out, strlen(out), false)) return wrong(p, key);
    return 0;
}

static int read_whole(const struct part *p, const char *key, int64_t low, int64_t high, int32_t *out) {
    int64_t v;
    if (!json_i64(p->at, key, &v)) return wrong(p, key);
    if (v < low || v > high)
        return err_set(p->e, ERR_RANGE, "%s: %s is to be between %lld and %lld",
                       "%s\u00a0: %s doit être compris entre %lld et %lld", p->name, key, (long long)low,
                       (long long)high);
    *out = (int32_t)v;
    return 0;
}

static int read_flag(const struct part *p, const char *key, bool *out) {
    if (json_is_null(json_at(p->at, key)) || json_bool(p->at, key, out)) return 0;
    return wrong(p, key);
}

static int read_price(const struct part *p, const char *key, price_t *out) {
    price_t v;
    if (!json_price(p->at, key, &v) || v.v > PICTURE_PRICE_MAX || v.v < -PICTURE_PRICE_MAX) return wrong(p, key);
    *out = v;
    return 0;
}

static bool to_when(const struct json *j, const char *key, when_t *out) {
    int64_t sec;
    if (!json_i64(j, key, &sec) || sec < 0 || sec > PICTURE_WHEN_MAX) return false;
    *out = when_from_sec(sec);
    return true;
}

/* Both may be left out; `to` lies after `from`. */
static int read_span(const struct part *p, when_t *from, when_t *to) {
    *from = *to = WHEN_NONE;
    if (!json_is_null(json_at(p->at, "from")) && !to_when(p->at, "from", from)) return wrong(p, "from");
    if (!json_is_null(json_at(p->at, "to")) && !to_when(p->at, "to", to)) return wrong(p, "to");
    if (from->ns != WHEN_NONE.ns && to->ns != WHEN_NONE.ns && to->ns <= from->ns) return wrong(p, "to");
    return 0;
}

/* One of `count` names. */
static int read_name(const struct part *p, const char *key, const char *(*name)(int), int count, int *out) {
    const char *s = json_str(p->at, key);
    *out = 0;
    for (int i = 0; s != NULL && i < count; i++) {
        if (strcmp(name(i), s) != 0) continue;
        *out = i;
        return 0;
    }
    return wrong(p, key);
}

/* The items of an array that may be missing; NULL: *n is 0, or *rc is -1. */
static const struct json *list(const struct part *p, const char *key, size_t max, uint32_t *n, int *rc) {
    const struct json *a = json_at(p->at, key);
    *n = 0;
    if (json_is_null(a)) return NULL;
    if (!json_is_array(a)) {
        *rc = wrong(p, key);
        return NULL;
    }
    size_t count = json_count(a);
    if (count > max) {
        *rc = err_set(p->e, ERR_FULL, "%s: %zu are too many, at most %zu", "%s\u00a0: %zu, c’est trop, %zu au plus",
                      key, count, max);
        return NULL;
    }
    *n = (uint32_t)count;
    return json_first(a);
}

/* ---- candles ---- */

static bool to_candle(const struct json *row, struct picture_candle *c) {
    if (!json_is_array(row) || json_count(row) != 6) return false;
    const struct json *j = json_first(row);
    price_t *const prices[] = {&c->open, &c->high, &c->low, &c->close};
    if (!to_when(j, "", &c->start)) return false;
    for (size_t i = 0; i < 4; i++) {
        j = json_next(j);
        if (!json_price(j, "", prices[i]) || prices[i]->v > PICTURE_PRICE_MAX || prices[i]->v < -PICTURE_PRICE_MAX)
            return false;
    }
    if (!json_i64(json_next(j), "", &c->volume) || c->volume < 0) return false;
    return c->low.v <= c->open.v && c->low.v <= c->close.v && c->high.v >= c->open.v && c->high.v >= c->close.v;
}

static int read_candles(const struct part *top, struct picture *p) {
    int rc = 0;
    uint32_t n;
    const struct json *row = list(top, "candles", PICTURE_CANDLES_MAX, &n, &rc);
    if (row == NULL) return rc;
    if (read_whole(top, "candle_seconds", 1, PICTURE_SECONDS_MAX, &p->candle_seconds) != 0) return -1;
    p->candle = xcalloc(n, sizeof *p->candle);
    for (p->candle_count = 0; row != NULL; row = json_next(row)) {
        struct picture_candle *c = &p->candle[p->candle_count];
        const struct part part = {row, "candles", p->candle_count + 1, top->e};
        if (!to_candle(row, c)) return wrong(&part, "[time, open, high, low, close, volume]");
        if (p->candle_count > 0 && c->start.ns - c[-1].start.ns < p->candle_seconds * NS_PER_SEC)
            return wrong(&part, "time");
        p->candle_count++;
    }
    return 0;
}

/* ---- what lies on them ---- */

static const char *level_name_at(int i) {
    return level_style_name((enum level_style)i);
}
static const char *zone_name_at(int i) {
    return zone_style_name((enum zone_style)i);
}
static const char *marker_name_at(int i) {
    return marker_style_name((enum marker_style)i);
}
static const char *path_name_at(int i) {
    return path_style_name((enum path_style)i);
}
static const char *theme_name_at(int i) {
    return theme_name((enum picture_theme)i);
}

static int read_level(const struct part *part, struct picture_level *l) {
    static const char *const members[] = {"kind", "price", "from", "to", "fit", "name", NULL};
    int style;
    if (known(part, members) != 0 || read_name(part, "kind", level_name_at, LEVEL_STYLE_COUNT, &style) != 0 ||
        read_price(part, "price", &l->price) != 0 || read_span(part, &l->from, &l->to) != 0 ||
        read_flag(part, "fit", &l->fit) != 0 || read_text(part, "name", true, l->name, sizeof l->name) != 0)
        return -1;
    l->style = (enum level_style)style;
    return 0;
}

static int read_zone(const struct part *part, struct picture_zone *z) {
    static const char *const members[] = {"kind", "from", "to", "low", "high", "label", NULL};
    int style;
    if (known(part, members) != 0 || read_name(part, "kind", zone_name_at, ZONE_STYLE_COUNT, &style) != 0 ||
        read_span(part, &z->from, &z->to) != 0 || read_text(part, "label", false, z->label, sizeof z->label) != 0)
        return -1;
    z->style = (enum zone_style)style;
    z->tall = json_is_null(json_at(part->at, "low")) && json_is_null(json_at(part->at, "high"));
    if (z->tall) return 0;
    if (read_price(part, "low", &z->low) != 0 || read_price(part, "high", &z->high) != 0) return -1;
    return z->low.v <= z->high.v ? 0 : wrong(part, "high");
}

static int read_marker(const struct part *part, struct picture_marker *m) {
    static const char *const members[] = {"kind", "time", "price", "below", "label", NULL};
    int style;
    if (known(part, members) != 0 || read_name(part, "kind", marker_name_at, MARKER_STYLE_COUNT, &style) != 0 ||
        read_price(part, "price", &m->price) != 0 || read_flag(part, "below", &m->below) != 0 ||
        read_text(part, "label", false, m->label, sizeof m->label) != 0)
        return -1;
    m->style = (enum marker_style)style;
    return to_when(part->at, "time", &m->at) ? 0 : wrong(part, "time");
}

static int read_levels(const struct part *top, struct picture *p) {
    int rc = 0;
    uint32_t n;
    const struct json *j = list(top, "levels", PICTURE_LEVELS_MAX, &n, &rc);
    if (j != NULL) p->level = xcalloc(n, sizeof *p->level);
    for (; rc == 0 && j != NULL; j = json_next(j)) {
        const struct part part = {j, "levels", p->level_count + 1, top->e};
        rc = read_level(&part, &p->level[p->level_count++]);
    }
    return rc;
}

static int read_zones(const struct part *top, struct picture *p) {
    int rc = 0;
    uint32_t n;
    const struct json *j = list(top, "zones", PICTURE_ZONES_MAX, &n, &rc);
    if (j != NULL) p->zones = xcalloc(n, sizeof *p->zones);
    for (; rc == 0 && j != NULL; j = json_next(j)) {
        const struct part part = {j, "zones", p->zone_count + 1, top->e};
        rc = read_zone(&part, &p->zones[p->zone_count++]);
    }
    return rc;
}

static int read_markers(const struct part *top, struct picture *p) {
    int rc = 0;
    uint32_t n;
    const struct json *j = list(top, "markers", PICTURE_MARKERS_MAX, &n, &rc);
    if (j != NULL) p->marker = xcalloc(n, sizeof *p->marker);
    for (; rc == 0 && j != NULL; j = json_next(j)) {
        const struct part part = {j, "markers", p->marker_count + 1, top->e};
        rc = read_marker(&part, &p->marker[p->marker_count++]);
    }
    return rc;
}

/* ---- lines ---- */

static int read_points(const struct part *part, struct picture_point **out, uint32_t *n) {
    int rc = 0;
    uint32_t count;
    const struct json *j = list(part, "points", PICTURE_POINTS_MAX, &count, &rc);
    if (j == NULL) return rc != 0 ? rc : wrong(part, "points");
    *out = xcalloc(count, sizeof **out);
    for (; j != NULL; j = json_next(j)) {
        struct picture_point *p = &(*out)[*n];
        const struct part point = {j, "points", *n + 1, part->e};
        if (!json_is_array(j) || json_count(j) != 2 || !to_when(j, "[0]", &p->at) ||
            (*n > 0 && p->at.ns <= p[-1].at.ns))
            return wrong(&point, "[time, …]");
        if (read_price(&point, "[1]", &p->value) != 0) return -1;
        ++*n;
    }
    return 0;
}

static int read_paths(const struct part *top, struct picture *p) {
    static const char *const members[] = {"kind", "name", "points", NULL};
    int rc = 0, style;
    uint32_t n;
    for (const struct json *j = list(top, "paths", PICTURE_PATHS_MAX, &n, &rc); rc == 0 && j != NULL;
         j = json_next(j)) {
        struct picture_path *x = &p->path[p->path_count];
        const struct part part = {j, "paths", ++p->path_count, top->e};
        if (known(&part, members) != 0 || read_name(&part, "kind", path_name_at, PATH_STYLE_COUNT, &style) != 0 ||
            read_text(&part, "name", true, x->name, sizeof x->name) != 0)
            return -1;
        x->style = (enum path_style)style;
        rc = read_points(&part, &x->point, &x->n);
    }
    return rc;
}

static int read_bin(const struct part *part, struct picture_bin *b) {
    if (!json_is_array(part->at) || json_count(part->at) != 4) return wrong(part, "[low, high, weight, marked]");
    if (read_price(part, "[0]", &b->low) != 0 || read_price(part, "[1]", &b->high) != 0) return -1;
    if (b->low.v >= b->high.v) return wrong(part, "[1]");
    if (!json_f64(part->at, "[2]", &b->weight) || !(fabs(b->weight) <= WEIGHT_MAX)) return wrong(part, "[2]");
    return json_bool(part->at, "[3]", &b->marked) ? 0 : wrong(part, "[3]");
}

static int read_profile(const struct part *top, struct picture_profile *p) {
    static const char *const members[] = {"from", "to", "bins", NULL};
    const struct part part = {json_at(top->at, "profile"), "profile", 0, top->e};
    int rc = 0;
    uint32_t n;
    if (json_is_null(part.at)) return 0;
    if (known(&part, members) != 0 || read_span(&part, &p->from, &p->to) != 0) return -1;
    const struct json *j = list(&part, "bins", PICTURE_BINS_MAX, &n, &rc);
    if (j != NULL) p->bin = xcalloc(n, sizeof *p->bin);
    for (; rc == 0 && j != NULL; j = json_next(j)) {
        const struct part bin = {j, "bins", p->n + 1, top->e};
        rc = read_bin(&bin, &p->bin[p->n++]);
    }
    return rc;
}

static int read_series(const struct part *top, struct picture_series *s) {
    static const char *const members[] = {"name", "decimals", "filled", "points", NULL};
    const struct part part = {json_at(top->at, "series"), "series", 0, top->e};
    if (json_is_null(part.at)) return 0;
    if (known(&part, members) != 0 || read_text(&part, "name", true, s->name, sizeof s->name) != 0 ||
        read_whole(&part, "decimals", 0, PICTURE_DECIMALS_MAX, &s->decimals) != 0 ||
        read_flag(&part, "filled", &s->filled) != 0)
        return -1;
    return read_points(&part, &s->point, &s->n);
}

/* ---- all of it ---- */

static int read_head(const struct part *top, struct picture *p) {
    char locale[16];
    int theme;
    if (read_whole(top, "width", PICTURE_WIDTH_MIN, PICTURE_WIDTH_MAX, &p->width) != 0 ||
        read_whole(top, "height", PICTURE_HEIGHT_MIN, PICTURE_HEIGHT_MAX, &p->height) != 0 ||
        read_whole(top, "scale", 1, PICTURE_SCALE_MAX, &p->scale) != 0 ||
        read_name(top, "theme", theme_name_at, THEME_COUNT, &theme) != 0 ||
        read_text(top, "locale", true, locale, sizeof locale) != 0 ||
        read_text(top, "zone", false, p->zone, sizeof p->zone) != 0 ||
        read_text(top, "title", true, p->title, sizeof p->title) != 0 ||
        read_text(top, "subtitle", false, p->subtitle, sizeof p->subtitle) != 0 ||
        read_whole(top, "decimals", 0, PICTURE_DECIMALS_MAX, &p->decimals) != 0 ||
        read_flag(top, "volume", &p->volume) != 0)
        return -1;
    if ((int64_t)p->width * p->height * p->scale * p->scale > PICTURE_PIXELS_MAX)
        return err_set(top->e, ERR_RANGE, "the picture would have more than %d pixels",
                       "l’image aurait plus de %d pixels", PICTURE_PIXELS_MAX);
    p->theme = (enum picture_theme)theme;
    p->lang = lang_from_tag(locale);
    return 0;
}

static int read_all(const struct part *top, struct picture *p) {
    static const char *const members[] = {"width",   "height",   "scale",    "theme",   "locale",
                                          "zone",    "title",    "subtitle", "volume",  "candle_seconds",
                                          "levels",  "decimals", "candles",  "markers", "zones",
                                          "profile", "paths",    "series",   NULL};
    if (known(top, members) != 0 || read_head(top, p) != 0 || read_candles(top, p) != 0 || read_levels(top, p) != 0 ||
        read_zones(top, p) != 0 || read_markers(top, p) != 0 || read_paths(top, p) != 0 ||
        read_profile(top, &p->profile) != 0 || read_series(top, &p->series) != 0)
        return -1;
    if (p->candle_count > 0 || p->series.n > 0) return 0;
    return err_set(top->e, ERR_SYNTAX, "there is nothing to draw: neither candles nor a series",
                   "il n’y a rien à dessiner\u00a0: ni bougies ni série");
}

int picture_read(const char *text, size_t n, struct picture *out, struct err *e) {
    memset(out, 0, sizeof *out);
    if (n > PICTURE_TEXT_MAX)
        return err_set(e, ERR_FULL, "the description has more than %u bytes", "la description dépasse %u octets",
                       PICTURE_TEXT_MAX);
    struct json *root = json_parse(text, n, e);
    if (root == NULL) return -1;
    const struct part top = {root, "picture", 0, e};
    int rc = read_all(&top, out);
    json_free(root);
    if (rc != 0) picture_clear(out);
    return rc;
}
