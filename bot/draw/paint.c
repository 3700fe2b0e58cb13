/*
 * paint: the list through cairo. Same list, same machine, same bytes. Text has no hinting and whole widths of the font at any
 * scale, so that the layout does not depend on it. Owns its surface.
 */
#include "bot/draw/paint.h"

#include <cairo.h>
#include <stdlib.h>

#include "bot/draw/png.h"
#include "engine/base/mem.h"

#define FONT "DejaVu Sans" /* or whatever stands in for it here */

struct painter {
    cairo_surface_t *surface;
    cairo_t *cr;
    enum picture_theme theme;
};

static int failed(struct err *e, cairo_status_t s) {
    return err_set(e, ERR_IO, "cairo cannot draw: %s", "cairo ne peut pas dessiner\u00a0: %s",
                   cairo_status_to_string(s));
}

struct painter *painter_new(int32_t width, int32_t height, int32_t scale, enum picture_theme theme, struct err *e) {
    struct painter *p = xcalloc(1, sizeof *p);
    p->theme = theme;
    p->surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width * scale, height * scale);
    p->cr = cairo_create(p->surface);
    if (cairo_status(p->cr) != CAIRO_STATUS_SUCCESS) {
        failed(e, cairo_status(p->cr));
        painter_free(p);
        return NULL;
    }
    cairo_font_options_t *o = cairo_font_options_create();
    cairo_font_options_set_antialias(o, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(o, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(o, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(p->cr, o);
    cairo_font_options_destroy(o);
    cairo_scale(p->cr, scale, scale);
    return p;
}

void painter_free(struct painter *p) {
    if (p == NULL) return;
    cairo_destroy(p->cr);
    cairo_surface_destroy(p->surface);
    free(p);
}

static void font(cairo_t *cr, double size, bool bold) {
    cairo_select_font_face(cr, FONT, CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cr, size);
}

static double width_of(void *context, const char *text, double size, bool bold) {
    struct painter *p = context;
    cairo_text_extents_t x;
    font(p->cr, size, bold);
    cairo_text_extents(p->cr, text, &x);
    return x.x_advance;
}

struct measure painter_measure(struct painter *p) {
    return (struct measure){width_of, p};
}

static void ink(const struct painter *p, const struct op *op) {
    struct colour c = theme_colour(p->theme, op->ink);
    cairo_set_source_rgba(p->cr, c.red / 255.0, c.green / 255.0, c.blue / 255.0, op->alpha / 255.0);
}

static void pen(cairo_t *cr, const struct op *op) {
    static const double dashes[][2] = {[DASH_SHORT] = {3, 3}, [DASH_LONG] = {8, 4}};
    cairo_set_line_width(cr, op->thick);
    cairo_set_dash(cr, dashes[op->dash], op->dash == DASH_NONE ? 0 : 2, 0);
}

static void outline(cairo_t *cr, const struct ops *ops, const struct op *op) {
    for (uint32_t i = 0; i < op->n; i++) {
        const struct spot *s = &ops->point[op->at + i];
        if (i == 0)
            cairo_move_to(cr, s->x, s->y);
        else
            cairo_line_to(cr, s->x, s->y);
    }
}

static void rectangle(cairo_t *cr, const struct box *b) {
    cairo_rectangle(cr, b->x, b->y, b->w, b->h);
}

static void paint(struct painter *p, const struct ops *ops, const struct op *op) {
    cairo_t *cr = p->cr;
    const struct box *b = &op->box;
    ink(p, op);
    pen(cr, op);
    switch (op->kind) {
    case OP_CLIP:
        rectangle(cr, b);
        cairo_clip(cr);
        return;
    case OP_UNCLIP: cairo_reset_clip(cr); return;
    case OP_FILL:
        rectangle(cr, b);
        cairo_fill(cr);
        return;
    case OP_BORDER:
        rectangle(cr, b);
        cairo_stroke(cr);
        return;
    case OP_LINE:
        cairo_move_to(cr, b->x, b->y);
        cairo_line_to(cr, b->x + b->w, b->y + b->h);
        cairo_stroke(cr);
        return;
    case OP_POLYGON:
        outline(cr, ops, op);
        cairo_fill(cr);
        return;
    case OP_POLYLINE:
        outline(cr, ops, op);
        cairo_stroke(cr);
        return;
    case OP_DISC:
    case OP_CIRCLE:
        cairo_new_path(cr);
        cairo_arc(cr, b->x, b->y, b->w, 0, 6.283185307179586);
        op->kind == OP_DISC ? cairo_fill(cr) : cairo_stroke(cr);
        return;
    case OP_TEXT:
        font(cr, op->size, op->bold);
        cairo_move_to(cr, b->x, b->y);
        cairo_show_text(cr, ops_text_of(ops, op));
        return;
    case OP_KIND_COUNT: break;
    }
}

int painter_png(struct painter *p, const struct ops *ops, struct buf *png, struct err *e) {
    for (uint32_t i = 0; i < ops->n; i++) paint(p, ops, &ops->op[i]);
    if (cairo_status(p->cr) != CAIRO_STATUS_SUCCESS) return failed(e, cairo_status(p->cr));
    cairo_surface_flush(p->surface);
    const struct pixels pixels = {.row = cairo_image_surface_get_data(p->surface),
                                  .stride = (size_t)cairo_image_surface_get_stride(p->surface),
                                  .width = cairo_image_surface_get_width(p->surface),
                                  .height = cairo_image_surface_get_height(p->surface)};
    return png_write(&pixels, png, e);
}
