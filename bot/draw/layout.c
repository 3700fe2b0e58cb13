/*
 * layout: title, panels, axes and grid; what lies in the panels is in prices.c and names.c. Owns nothing but the list it fills.
 */
#include "bot/draw/layout_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"

#define TICKS_APART 46.0  /* of prices, in points */
#define AXIS_ROW 18.0     /* of the time axis: two of them */
#define SERIES_SHARE 0.32 /* of the height, below candles */
#define PANEL_GAP 14.0
#define NAMES_SHARE 0.32 /* of the width, at most */
#define ROOM 0.06        /* above and below the prices */
#define ROOM_VOLUME 0.2  /* below them, where volume is shown */

double text_width(const struct frame *f, const char *text) {
    return f->m->width(f->m->context, text, LAYOUT_TEXT, false);
}

double text_fit(const struct frame *f, const char *text, double size, bool bold, double most, char *out, size_t room) {
    char cut[PICTURE_TITLE_MAX + 8];
    str_copy(out, room, text);
    double width = f->m->width(f->m->context, out, size, bold);
    for (size_t n = strlen(out); width > most && n > 0;) {
        n--;
        while (n > 0 && ((uint8_t)out[n] & 0xc0) == 0x80) n--;
        out[n] = '\0';
        str_copy(cut, sizeof cut - 4, out);
        memcpy(cut + strlen(cut), "…", sizeof "…");
        width = f->m->width(f->m->context, cut, size, bold);
        if (width > most && n > 0) continue;
        str_copy(out, room, cut);
        break;
    }
    return width;
}

void label(struct frame *f, enum ink ink, const char *text, const struct box *b) {
    ops_add(f->o, OP_FILL, INK_PAPER, *b)->alpha = 215;
    ops_text(f->o, ink, text, LAYOUT_TEXT, (struct spot){b->x + 3, b->y + b->h / 2}, b->w - 6);
}

/* ---- what has to be seen ---- */

struct extremes {
    int64_t low, high;
};

static void include(struct extremes *x, price_t p) {
    if (p.v < x->low) x->low = p.v;
    if (p.v > x->high) x->high = p.v;
}

static struct extremes price_extremes(const struct picture *p) {
    struct extremes x = {INT64_MAX, INT64_MIN};
    for (uint32_t i = 0; i < p->candle_count; i++) {
        include(&x, p->candle[i].low);
        include(&x, p->candle[i].high);
    }
    for (uint32_t i = 0; i < p->level_count; i++) {
        if (p->level[i].fit) include(&x, p->level[i].price);
    }
    for (uint32_t i = 0; i < p->marker_count; i++) include(&x, p->marker[i].price);
    return x;
}

static struct extremes series_extremes(const struct picture_series *s) {
    struct extremes x = {INT64_MAX, INT64_MIN};
    for (uint32_t i = 0; i < s->n; i++) include(&x, s->point[i].value);
    return x;
}

/* ---- the panels ---- */

static double header(struct frame *f) {
    char text[PICTURE_TITLE_MAX + 8];
    double y = MARGIN + LAYOUT_TITLE / 2, most = f->p->width - 2 * MARGIN;
    double width = text_fit(f, f->p->title, LAYOUT_TITLE, true, most, text, sizeof text);
    ops_text(f->o, INK_TEXT, text, LAYOUT_TITLE, (struct spot){MARGIN, y}, width)->bold = true;
    y += LAYOUT_TITLE / 2 + 6;
    if (f->p->subtitle[0] == '\0') return y + 4;
    width = text_fit(f, f->p->subtitle, LAYOUT_TEXT, false, most, text, sizeof text);
    ops_text(f->o, INK_MUTED, text, LAYOUT_TEXT, (struct spot){MARGIN, y + LAYOUT_TEXT / 2}, width);
    return y + LAYOUT_TEXT + 9;
}

static void panels(struct frame *f, double top) {
    double bottom = f->p->height - 6 - 2 * AXIS_ROW, height = bottom - top;
    bool prices = f->p->candle_count > 0, series = f->p->series.n > 0;
    if (prices) f->prices = (struct box){MARGIN, top, 0, series ? height * (1 - SERIES_SHARE) - PANEL_GAP : height};
    if (series) {
        double own = prices ? height * SERIES_SHARE : height;
        f->series = (struct box){MARGIN, bottom - own, 0, own};
    }
}

/* A low panel has closer ticks, so that it has more than one. */
static double apart(double height) {
    return height / 6 > TICKS_APART ? TICKS_APART : height / 6 < TICKS_APART / 2 ? TICKS_APART / 2 : height / 6;
}

static void scales(struct frame *f) {
    const struct picture *p = f->p;
    if (f->prices.h > 0) {
        struct extremes x = price_extremes(p);
        f->price_scale = scale_of(x.low, x.high, p->decimals, ROOM, p->volume ? ROOM_VOLUME : ROOM);
        f->price_scale.top = f->prices.y;
        f->price_scale.bottom = f->prices.y + f->prices.h;
        scale_ticks(&f->price_scale, p->decimals, apart(f->prices.h), &f->price_ticks);
    }
    if (f->series.h > 0) {
        struct extremes x = series_extremes(&p->series);
        f->series_scale = scale_of(x.low, x.high, p->series.decimals, ROOM + 0.14, ROOM);
        f->series_scale.top = f->series.y;
        f->series_scale.bottom = f->series.y + f->series.h;
        scale_ticks(&f->series_scale, p->series.decimals, apart(f->series.h), &f->series_ticks);
    }
}

static double ticks_width(const struct frame *f, const struct ticks *t, int32_t decimals) {
    char text[MONEY_TEXT_MAX];
    double most = 0;
    for (uint32_t i = 0; i < t->n; i++) {
        double width = text_width(f, price_say(text, f->p->lang, (price_t){t->at[i]}, decimals));
        if (width > most) most = width;
    }
    return most;
}

/* The last part of a zone's name: "New York". */
static const char *place_name(const struct frame *f, char out[ZONE_NAME_MAX]) {
    const char *slash = strrchr(f->p->zone, '/');
    str_copy(out, ZONE_NAME_MAX, f->p->zone[0] == '\0' ? "UTC" : slash != NULL ? slash + 1 : f->p->zone);
    for (char *c = out; *c != '\0'; c++) *c = *c == '_' ? ' ' : *c;
    return out;
}

static void columns(struct frame *f) {
    const struct picture *p = f->p;
    char place[ZONE_NAME_MAX];
    double axis = ticks_width(f, &f->price_ticks, p->decimals), other = text_width(f, place_name(f, place));
    double series = ticks_width(f, &f->series_ticks, p->series.decimals);
    axis = (series > axis ? series : axis) + 10;
    f->axis_left = p->width - MARGIN - axis;
    double names = f->prices.h > 0 ? names_width(f, p->width * NAMES_SHARE) : 0;
    f->names_left = f->axis_left - names;
    f->line = (struct line){.left = MARGIN, .right = f->names_left - (names > 0 ? 0 : 4), .n = p->candle_count};
    if (names == 0 && f->line.right > p->width - MARGIN - other) f->line.right = p->width - MARGIN - other;
    if (f->line.right < f->line.left + 20) f->line.right = f->line.left + 20;
    if (f->line.n > 0) {
        f->line.candle = p->candle;
        f->line.seconds = p->candle_seconds;
        f->line.slot = (f->line.right - f->line.left) / f->line.n;
    } else {
        f->line.from = p->series.point[0].at;
        f->line.to = p->series.point[p->series.n - 1].at;
        if (f->line.to.ns == f->line.from.ns) f->line.to.ns += NS_PER_SEC;
    }
    f->prices.w = f->series.w = f->line.right - f->line.left;
}

/* ---- grid and axes ---- */

static void price_axis(struct frame *f, const struct scale *s, const struct ticks *t, int32_t decimals) {
    char text[MONEY_TEXT_MAX];
    for (uint32_t i = 0; i < t->n; i++) {
        double y = (double)(int)scale_y(s, (price_t){t->at[i]}) + 0.5;
        ops_line(f->o, INK_GRID, 1, (struct spot){f->line.left, y}, (struct spot){f->axis_left, y});
        price_say(text, f->p->lang, (price_t){t->at[i]}, decimals);
        if (y - LAYOUT_TEXT / 2 < s->top - 4 || y + LAYOUT_TEXT / 2 > s->bottom + 4) continue;
        ops_text(f->o, INK_MUTED, text, LAYOUT_TEXT, (struct spot){f->axis_left + 6, y}, text_width(f, text));
    }
}

static void time_axis(struct frame *f) {
    char place[ZONE_NAME_MAX];
    double bottom = f->p->height - 6 - 2 * AXIS_ROW, top = f->prices.h > 0 ? f->prices.y : f->series.y;
    line_ticks(&f->line, f->z, f->p->lang, f->m, LAYOUT_TEXT, &f->times);
    for (uint32_t i = 0; i < f->times.n; i++) {
        const struct time_tick *t = &f->times.item[i];
        double width = text_width(f, t->text), x = (double)(int)t->x + 0.5;
        if (!t->context) {
            ops_line(f->o, INK_GRID, 1, (struct spot){x, top}, (struct spot){x, bottom + 3});
            ops_text(f->o, INK_MUTED, t->text, LAYOUT_TEXT, (struct spot){t->x - width / 2, bottom + AXIS_ROW / 2 + 2},
                     width);
            continue;
        }
        if (x > f->line.left + 1)
            ops_line(f->o, INK_FRAME, 1, (struct spot){x, bottom}, (struct spot){x, bottom + 2 * AXIS_ROW});
        ops_text(f->o, INK_TEXT, t->text, LAYOUT_TEXT,
                 (struct spot){t->x + (x > f->line.left + 1 ? 5 : 0), bottom + AXIS_ROW * 1.5 + 2}, width);
    }
    double width = text_width(f, place_name(f, place));
    ops_text(f->o, INK_MUTED, place, LAYOUT_TEXT,
             (struct spot){f->p->width - MARGIN - width, bottom + AXIS_ROW * 1.5 + 2}, width);
}

static void frames(struct frame *f) {
    const struct box *panel[] = {&f->prices, &f->series};
    for (size_t i = 0; i < 2; i++) {
        if (panel[i]->h > 0) ops_add(f->o, OP_BORDER, INK_FRAME, *panel[i]);
    }
}

/* ---- the series ---- */

static struct spot series_spot(const struct frame *f, const struct picture_point *p) {
    return (struct spot){line_x(&f->line, p->at), scale_y(&f->series_scale, p->value)};
}

static void series(struct frame *f) {
    const struct picture_series *s = &f->p->series;
    char text[NAME_MAX], all[NAME_MAX], figure[MONEY_TEXT_MAX];
    struct spot *spot = xcalloc(s->n + 2, sizeof *spot);
    double zero = scale_y(&f->series_scale, PRICE_ZERO), bottom = f->series.y + f->series.h;
    for (uint32_t i = 0; i < s->n; i++) spot[i] = series_spot(f, &s->point[i]);
    ops_add(f->o, OP_CLIP, INK_PAPER, f->series);
    if (s->filled && s->n > 1) {
        double base = zero < f->series.y ? f->series.y : zero > bottom ? bottom : zero;
        spot[s->n] = (struct spot){spot[s->n - 1].x, base};
        spot[s->n + 1] = (struct spot){spot[0].x, base};
        ops_polygon(f->o, INK_UP, spot, s->n + 2);
        f->o->op[f->o->n - 1].alpha = 40;
    }
    if (zero > f->series.y && zero < bottom)
        ops_line(f->o, INK_FRAME, 1, (struct spot){f->series.x, zero}, (struct spot){f->line.right, zero});
    ops_polyline(f->o, INK_UP, 2, spot, s->n);
    ops_add(f->o, OP_UNCLIP, INK_PAPER, f->series);
    free(spot);
    price_say(figure, f->p->lang, s->point[s->n - 1].value, s->decimals);
    snprintf(all, sizeof all, "%s %s", s->name, figure);
    double width = text_fit(f, all, LAYOUT_TEXT, false, f->series.w - 16, text, sizeof text);
    label(f, INK_TEXT, text, &(struct box){f->series.x + 4, f->series.y + 3, width + 6, NAME_HEIGHT});
}

int layout_picture(const struct picture *p, const struct zone *z, const struct measure *m, struct ops *out,
                   struct err *e) {
    struct frame *f = xcalloc(1, sizeof *f);
    *f = (struct frame){.p = p, .z = z, .m = m, .o = out};
    ops_add(out, OP_FILL, INK_PAPER, (struct box){0, 0, p->width, p->height});
    panels(f, header(f));
    scales(f);
    columns(f);
    if (f->prices.h > 0) price_axis(f, &f->price_scale, &f->price_ticks, p->decimals);
    if (f->series.h > 0) price_axis(f, &f->series_scale, &f->series_ticks, p->series.decimals);
    time_axis(f);
    if (f->prices.h > 0) {
        prices_behind(f);
        prices_candles(f);
        prices_before(f);
    }
    if (f->series.h > 0) series(f);
    frames(f);
    free(f->candle);
    free(f);
    if (!out->full) return 0;
    return err_set(e, ERR_FULL, "the picture holds more than can be painted",
                   "l’image contient plus que ce qui peut être dessiné");
}
