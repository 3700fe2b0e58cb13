/*
 * fuzz_draw: any bytes as the description of a picture. What is refused is said in both languages; what is taken keeps its
 * limits, is written and read again to the same text, and is laid out within them: every figure one that a painter can take,
 * every text legible and within the picture.
 */
#include "tests/fuzz/fuzz.h"

#include <math.h>

#include "bot/draw/layout.h"

#define FILE_MAX (1u << 18)
#define FAR 1e5 /* cairo counts in 24 bits before the point */

static double width_of(void *context, const char *text, double size, bool bold) {
    (void)context;
    return (double)utf8_points(text, strlen(text)) * size * (bold ? 0.7 : 0.6);
}

static void list_can_be_painted(const struct picture *p, const struct ops *o) {
    for (uint32_t i = 0; i < o->n; i++) {
        const struct op *op = &o->op[i];
        assert((unsigned)op->kind < OP_KIND_COUNT && (unsigned)op->ink < INK_COUNT && op->thick > 0);
        assert(fabs(op->box.x) < FAR && fabs(op->box.y) < FAR && fabs(op->box.w) < FAR && fabs(op->box.h) < FAR);
        if (op->kind == OP_TEXT) {
            is_text(ops_text_of(o, op));
            assert(op->size >= LAYOUT_TEXT && op->box.y > 0 && op->box.y < p->height + 1);
        }
        if (op->kind != OP_POLYGON && op->kind != OP_POLYLINE) continue;
        assert(op->at + op->n <= o->points);
        for (uint32_t k = 0; k < op->n; k++)
            assert(fabs(o->point[op->at + k].x) < FAR && fabs(o->point[op->at + k].y) < FAR);
    }
}

static void laid_out(const struct picture *p) {
    const struct measure m = {width_of, NULL};
    struct ops o;
    struct err e = {0};
    ops_init(&o);
    if (layout_picture(p, NULL, &m, &o, &e) != 0)
        said(&e);
    else
        list_can_be_painted(p, &o);
    ops_clear(&o);
}

static void written_again(const struct picture *p) {
    struct picture back;
    struct err e = {0};
    struct buf one, two;
    buf_init(&one, 8u << 20);
    buf_init(&two, 8u << 20);
    picture_write(p, &one);
    assert(!one.overflow);
    if (one.len <= PICTURE_TEXT_MAX) {
        assert(picture_read(one.p, one.len, &back, &e) == 0);
        picture_write(&back, &two);
        assert(two.len == one.len && memcmp(one.p, two.p, one.len) == 0);
        picture_clear(&back);
    }
    buf_clear(&one);
    buf_clear(&two);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct picture p;
    struct err e = {0};
    if (n > FILE_MAX) return 0;
    char *text = copy_of(bytes, n);
    if (picture_read(text, n, &p, &e) != 0) {
        said(&e);
    } else {
        assert(p.candle_count <= PICTURE_CANDLES_MAX && p.level_count <= PICTURE_LEVELS_MAX);
        assert(p.candle_count > 0 || p.series.n > 0);
        laid_out(&p);
        written_again(&p);
        picture_clear(&p);
    }
    free(text);
    return 0;
}
