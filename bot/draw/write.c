/*
 * write: a picture as the text that mia-draw reads. What was left empty is left out. Owns no state.
 */
#include "bot/draw/picture.h"

#include "engine/net/json.h"

static void put_when(struct jw *w, when_t t) {
    jw_i64(w, when_sec(t));
}

static void put_price(struct jw *w, price_t p) {
    char text[MONEY_TEXT_MAX];
    jw_str(w, price_text(text, p, 0));
}

static void put_points(struct jw *w, const struct picture_point *p, uint32_t n) {
    jw_key(w, "points");
    jw_arr(w);
    for (uint32_t i = 0; i < n; i++) {
        jw_arr(w);
        put_when(w, p[i].at);
        put_price(w, p[i].value);
        jw_end_arr(w);
    }
    jw_end_arr(w);
}

static void put_candles(struct jw *w, const struct picture *p) {
    jw_key(w, "candles");
    jw_arr(w);
    for (uint32_t i = 0; i < p->candle_count; i++) {
        const struct picture_candle *c = &p->candle[i];
        jw_arr(w);
        put_when(w, c->start);
        put_price(w, c->open);
        put_price(w, c->high);
        put_price(w, c->low);
        put_price(w, c->close);
        jw_i64(w, c->volume);
        jw_end_arr(w);
    }
    jw_end_arr(w);
}

static void put_span(struct jw *w, when_t from, when_t to) {
    if (from.ns != WHEN_NONE.ns) jw_ki64(w, "from", when_sec(from));
    if (to.ns != WHEN_NONE.ns) jw_ki64(w, "to", when_sec(to));
}

static void put_bounds(struct jw *w, price_t low, price_t high) {
    jw_key(w, "low");
    put_price(w, low);
    jw_key(w, "high");
    put_price(w, high);
}

static void put_levels(struct jw *w, const struct picture *p) {
    jw_key(w, "levels");
    jw_arr(w);
    for (uint32_t i = 0; i < p->level_count; i++) {
        const struct picture_level *l = &p->level[i];
        jw_obj(w);
        jw_kstr(w, "kind", level_style_name(l->style));
        jw_key(w, "price");
        put_price(w, l->price);
        put_span(w, l->from, l->to);
        if (l->fit) jw_kbool(w, "fit", true);
        jw_kstr(w, "name", l->name);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

static void put_zones(struct jw *w, const struct picture *p) {
    jw_key(w, "zones");
    jw_arr(w);
    for (uint32_t i = 0; i < p->zone_count; i++) {
        const struct picture_zone *z = &p->zones[i];
        jw_obj(w);
        jw_kstr(w, "kind", zone_style_name(z->style));
        put_span(w, z->from, z->to);
        if (!z->tall) put_bounds(w, z->low, z->high);
        if (z->label[0] != '\0') jw_kstr(w, "label", z->label);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

static void put_markers(struct jw *w, const struct picture *p) {
    jw_key(w, "markers");
    jw_arr(w);
    for (uint32_t i = 0; i < p->marker_count; i++) {
        const struct picture_marker *m = &p->marker[i];
        jw_obj(w);
        jw_kstr(w, "kind", marker_style_name(m->style));
        jw_ki64(w, "time", when_sec(m->at));
        jw_key(w, "price");
        put_price(w, m->price);
        if (m->below) jw_kbool(w, "below", true);
        if (m->label[0] != '\0') jw_kstr(w, "label", m->label);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

static void put_paths(struct jw *w, const struct picture *p) {
    jw_key(w, "paths");
    jw_arr(w);
    for (uint32_t i = 0; i < p->path_count; i++) {
        jw_obj(w);
        jw_kstr(w, "kind", path_style_name(p->path[i].style));
        jw_kstr(w, "name", p->path[i].name);
        put_points(w, p->path[i].point, p->path[i].n);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

static void put_profile(struct jw *w, const struct picture_profile *p) {
    jw_key(w, "profile");
    jw_obj(w);
    put_span(w, p->from, p->to);
    jw_key(w, "bins");
    jw_arr(w);
    for (uint32_t i = 0; i < p->n; i++) {
        jw_arr(w);
        put_price(w, p->bin[i].low);
        put_price(w, p->bin[i].high);
        jw_f64(w, p->bin[i].weight);
        jw_bool(w, p->bin[i].marked);
        jw_end_arr(w);
    }
    jw_end_arr(w);
    jw_end_obj(w);
}

static void put_series(struct jw *w, const struct picture_series *s) {
    jw_key(w, "series");
    jw_obj(w);
    jw_kstr(w, "name", s->name);
    jw_ki64(w, "decimals", s->decimals);
    if (s->filled) jw_kbool(w, "filled", true);
    put_points(w, s->point, s->n);
    jw_end_obj(w);
}

void picture_write(const struct picture *p, struct buf *out) {
    struct jw w;
    jw_init(&w, out);
    jw_obj(&w);
    jw_ki64(&w, "width", p->width);
    jw_ki64(&w, "height", p->height);
    jw_ki64(&w, "scale", p->scale);
    jw_kstr(&w, "theme", theme_name(p->theme));
    jw_kstr(&w, "locale", lang_tag(p->lang));
    if (p->zone[0] != '\0') jw_kstr(&w, "zone", p->zone);
    jw_kstr(&w, "title", p->title);
    if (p->subtitle[0] != '\0') jw_kstr(&w, "subtitle", p->subtitle);
    jw_ki64(&w, "decimals", p->decimals);
    if (p->candle_count > 0) jw_ki64(&w, "candle_seconds", p->candle_seconds);
    if (p->volume) jw_kbool(&w, "volume", true);
    if (p->candle_count > 0) put_candles(&w, p);
    if (p->level_count > 0) put_levels(&w, p);
    if (p->zone_count > 0) put_zones(&w, p);
    if (p->marker_count > 0) put_markers(&w, p);
    if (p->path_count > 0) put_paths(&w, p);
    if (p->profile.n > 0) put_profile(&w, &p->profile);
    if (p->series.n > 0) put_series(&w, &p->series);
    jw_end_obj(&w);
}
