/*
 * names: what stands beside the lines, in the zones and at the markers, so placed that none hides another. Owns nothing.
 */
#include "bot/draw/layout_priv.h"

#include <stdlib.h>
#include <string.h>

#define NAMES_AIR 16.0 /* between the panel and the names */
#define GLYPH 5.0      /* half of a marker */

/* ---- the column beside the panel ---- */

struct column {
    uint32_t n;
    struct {
        enum ink ink;
        double y; /* of its line */
        const char *name;
        price_t price;
    } item[COLUMN_NAMES];
};

static void add_name(struct column *c, enum ink ink, double y, const char *name, price_t price) {
    c->item[c->n].ink = ink;
    c->item[c->n].y = y;
    c->item[c->n].name = name;
    c->item[c->n++].price = price;
}

static struct column column_of(const struct frame *f) {
    struct column c = {0};
    for (uint32_t i = 0; i < f->p->level_count; i++) {
        const struct picture_level *l = &f->p->level[i];
        if (in_sight(f, l->price))
            add_name(&c, level_ink(l->style), scale_y(&f->price_scale, l->price), l->name, l->price);
    }
    for (uint32_t i = 0; i < f->p->path_count; i++) {
        const struct picture_path *p = &f->p->path[i];
        price_t last = p->point[p->n - 1].value;
        if (p->name[0] != '\0' && in_sight(f, last))
            add_name(&c, INK_LEVEL, scale_y(&f->price_scale, last), p->name, last);
    }
    return c;
}

/* The name gives way, the price never. */
static double name_text(const struct frame *f, const char *name, price_t price, double most, char out[NAME_MAX]) {
    char figure[MONEY_TEXT_MAX];
    price_say(figure, f->p->lang, price, f->p->decimals);
    double rest = text_width(f, figure) + text_width(f, " ");
    text_fit(f, name, LAYOUT_TEXT, false, most - rest, out, NAME_MAX - MONEY_TEXT_MAX);
    size_t n = strlen(out);
    out[n++] = ' ';
    str_copy(out + n, NAME_MAX - n, figure);
    return text_width(f, out);
}

double names_width(const struct frame *f, double most) {
    char text[NAME_MAX];
    double widest = 0;
    const struct column c = column_of(f);
    for (uint32_t i = 0; i < c.n; i++) {
        double width = name_text(f, c.item[i].name, c.item[i].price, 1e6, text);
        if (width > widest) widest = width;
    }
    if (c.n == 0) return 0;
    widest += NAMES_AIR + 8;
    return widest < most ? widest : most;
}

void names_column(struct frame *f) {
    char text[NAME_MAX];
    double y[COLUMN_NAMES], bottom = f->prices.y + f->prices.h;
    const struct column c = column_of(f);
    uint32_t n = c.n;
    for (uint32_t i = 0; i < n; i++) y[i] = c.item[i].y;
    /* Where there are too many, those that were told last stay without a name. */
    while (n > 0 && !place_column(y, n, NAME_HEIGHT - 2, f->prices.y, bottom)) n--;
    double left = f->names_left + NAMES_AIR, most = f->axis_left - left - 6;
    for (uint32_t i = 0; i < n; i++) {
        double width = name_text(f, c.item[i].name, c.item[i].price, most, text);
        const struct spot lead[] = {
            {f->line.right, c.item[i].y}, {f->line.right + NAMES_AIR / 2, c.item[i].y}, {left - 3, y[i]}};
        ops_polyline(f->o, c.item[i].ink, 1, lead, 3);
        label(f, INK_TEXT, text, &(struct box){left - 3, y[i] - 8, width + 6, 16});
    }
}

/* ---- zones ---- */

static bool try_at(struct frame *f, double x, double y, double width, struct box *out) {
    struct box b = {x, y, width, NAME_HEIGHT};
    struct placing *p = &f->placing;
    if (!box_holds(&p->area, &b)) return false;
    for (uint32_t i = 0; i < p->n; i++) {
        if (boxes_meet(&b, &p->taken[i])) return false;
    }
    *out = b;
    return true;
}

/* From the top downwards, so that those of neighbours stand in one row. */
static bool place_tall(struct frame *f, const struct box *zone, double width, struct box *out) {
    for (int i = 0; i < 6; i++) {
        if (try_at(f, zone->x + 2, zone->y + 2 + i * NAME_HEIGHT, width, out)) return true;
    }
    return false;
}

static bool place_zone(struct frame *f, const struct box *zone, double width, struct box *out) {
    struct placing *p = &f->placing;
    double right = zone->x + zone->w - width - 2, above = zone->y - NAME_HEIGHT - 1, below = zone->y + zone->h + 1;
    double middle = zone->y + (zone->h - NAME_HEIGHT) / 2;
    bool inside = zone->h >= NAME_HEIGHT && zone->w >= width + 4;
    const struct spot at[] = {{right, middle}, {zone->x + 2, middle}, {right, above},
                              {right, below},  {zone->x, above},      {zone->x, below}};
    double best = 1e9;
    for (size_t i = inside ? 0 : 2; i < sizeof at / sizeof at[0]; i++) {
        struct box b;
        if (!try_at(f, at[i].x, at[i].y, width, &b)) continue;
        double cost = (double)i + 120 * place_hidden(p, &b);
        if (cost >= best) continue;
        best = cost;
        *out = b;
    }
    if (best < 30) return true;
    const struct place_wish wish = {
        .x = zone->x + zone->w / 2, .y = zone->y + zone->h / 2, .w = width, .h = NAME_HEIGHT, .away = zone->h / 2 + 2};
    struct box other;
    uint32_t before = p->n;
    if (place_label(p, &wish, &other)) {
        p->n = before;
        *out = other;
        return true;
    }
    return best < 1e9;
}

void names_of_zones(struct frame *f) {
    char text[NAME_MAX];
    for (uint32_t i = 0; i < f->p->zone_count; i++) {
        const struct picture_zone *z = &f->p->zones[i];
        if (z->label[0] == '\0' || (!z->tall && !in_sight(f, z->low) && !in_sight(f, z->high))) continue;
        struct box zone = zone_box(f, z), b;
        double width = text_fit(f, z->label, LAYOUT_TEXT, false, f->prices.w - 12, text, sizeof text) + 6;
        if (z->tall ? !place_tall(f, &zone, width, &b) : !place_zone(f, &zone, width, &b)) continue;
        place_taken(&f->placing, b);
        label(f, INK_TEXT, text, &b);
    }
}

/* ---- markers ---- */

static bool is_arrow_up(enum marker_style s) {
    return s == MARKER_LOW || s == MARKER_BUY;
}

static bool is_arrow_down(enum marker_style s) {
    return s == MARKER_HIGH || s == MARKER_SELL;
}

/* Arrows point at their price, the others lie on it. */
static struct spot middle_of(const struct frame *f, const struct picture_marker *m) {
    double y = scale_y(&f->price_scale, m->price);
    if (is_arrow_up(m->style)) y += GLYPH + 3;
    if (is_arrow_down(m->style)) y -= GLYPH + 3;
    return (struct spot){line_marker(&f->line, m->at), y};
}

static void arrow(struct frame *f, struct spot at, bool up, double half) {
    double tip = up ? -half : half;
    const struct spot t[] = {{at.x, at.y + tip}, {at.x + half, at.y - tip}, {at.x - half, at.y - tip}};
    ops_polygon(f->o, INK_TEXT, t, 3);
}

static void diamond(struct frame *f, struct spot at, enum ink ink, double half) {
    const struct spot d[] = {{at.x, at.y - half}, {at.x + half, at.y}, {at.x, at.y + half}, {at.x - half, at.y}};
    ops_polygon(f->o, ink, d, 4);
}

static void cross(struct frame *f, struct spot at, double half) {
    ops_line(f->o, INK_TEXT, 1.6, (struct spot){at.x - half, at.y - half}, (struct spot){at.x + half, at.y + half});
    ops_line(f->o, INK_TEXT, 1.6, (struct spot){at.x - half, at.y + half}, (struct spot){at.x + half, at.y - half});
}

static void ring(struct frame *f, struct spot at) {
    const struct box b = {at.x, at.y, GLYPH, GLYPH};
    ops_add(f->o, OP_DISC, INK_PAPER, b);
    ops_add(f->o, OP_CIRCLE, INK_TEXT, b)->thick = 1.6;
}

static void glyph(struct frame *f, enum marker_style s, struct spot at) {
    switch (s) {
    case MARKER_HIGH:
    case MARKER_LOW: arrow(f, at, s == MARKER_LOW, GLYPH - 1); return;
    case MARKER_BUY:
    case MARKER_SELL: arrow(f, at, s == MARKER_BUY, GLYPH + 2); return;
    case MARKER_FORMED: ring(f, at); return;
    case MARKER_TOUCHED:
        ring(f, at);
        ops_add(f->o, OP_DISC, INK_TEXT, (struct box){at.x, at.y, 2, 2});
        return;
    case MARKER_FILLED: ops_add(f->o, OP_DISC, INK_TEXT, (struct box){at.x, at.y, GLYPH, GLYPH}); return;
    case MARKER_INVALIDATED:
        ring(f, at);
        cross(f, at, 3);
        return;
    case MARKER_SWEEP:
        diamond(f, at, INK_TEXT, GLYPH + 1);
        diamond(f, at, INK_PAPER, GLYPH - 1.5);
        return;
    case MARKER_BREAK: diamond(f, at, INK_TEXT, GLYPH + 1); return;
    case MARKER_EXIT: cross(f, at, GLYPH); return;
    case MARKER_STYLE_COUNT: break;
    }
}

/* From the marker to the nearest edge of its name. */
static void lead(struct frame *f, struct spot from, const struct box *b) {
    struct spot to = {from.x < b->x          ? b->x
                      : from.x > b->x + b->w ? b->x + b->w
                                             : from.x,
                      from.y < b->y          ? b->y
                      : from.y > b->y + b->h ? b->y + b->h
                                             : from.y};
    double dx = to.x - from.x, dy = to.y - from.y;
    if (dx * dx + dy * dy < 14 * 14) return;
    ops_line(f->o, INK_MUTED, 1, from, to);
}

void markers(struct frame *f) {
    char text[NAME_MAX];
    const struct picture *p = f->p;
    for (uint32_t i = 0; i < p->marker_count; i++) {
        struct spot at = middle_of(f, &p->marker[i]);
        place_taken(&f->placing, (struct box){at.x - GLYPH - 1, at.y - GLYPH - 1, 2 * GLYPH + 2, 2 * GLYPH + 2});
    }
    for (uint32_t i = 0; i < p->marker_count; i++) {
        const struct picture_marker *m = &p->marker[i];
        if (m->label[0] == '\0') continue;
        struct spot at = middle_of(f, m);
        struct box b;
        double width = text_fit(f, m->label, LAYOUT_TEXT, false, f->prices.w - 12, text, sizeof text) + 6;
        const struct place_wish wish = {
            .x = at.x, .y = at.y, .w = width, .h = NAME_HEIGHT, .away = GLYPH + 3, .below = m->below};
        if (!place_label(&f->placing, &wish, &b)) continue;
        lead(f, at, &b);
        label(f, INK_TEXT, text, &b);
    }
    for (uint32_t i = 0; i < p->marker_count; i++) glyph(f, p->marker[i].style, middle_of(f, &p->marker[i]));
}
