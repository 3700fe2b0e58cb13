/*
 * The layout of pictures, without cairo and without a font: round figures on the axes, hours that are the zone's, names that
 * neither collide nor leave the picture, text that is large enough and colours that can be told apart.
 */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bot/draw/layout.h"
#include "bot/draw/place.h"
#include "engine/feeds/zone_file.h"
#include "tests/unit/draw_kit.h"

static const struct measure measure = {kit_width, NULL};

/* ---- axes ---- */

static void test_price_ticks(void **state) {
    (void)state;
    static const struct {
        double low, high;
        int32_t decimals;
        double step;
    } cases[] = {{2600, 2640, 2, 5},    {2612.31, 2612.35, 2, 0.01}, {1.0811, 1.0893, 5, 0.001},
                 {0, 100000, 0, 20000}, {-300, 1200, 2, 200},        {5000.25, 5000.26, 2, 0.01},
                 {99, 101, 0, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        price_t low, high, step;
        struct ticks t;
        assert_true(price_from_double(cases[i].low, &low) && price_from_double(cases[i].high, &high));
        assert_true(price_from_double(cases[i].step, &step));
        struct scale s = scale_of(low.v, high.v, cases[i].decimals, 0, 0);
        s.top = 0;
        s.bottom = 400;
        scale_ticks(&s, cases[i].decimals, 45, &t);
        assert_in_range(t.n, 2, TICKS_MAX);
        for (uint32_t k = 0; k < t.n; k++) {
            assert_int_equal(t.at[k] % step.v, 0);
            assert_in_range(t.at[k] - s.low, 0, s.high - s.low);
            if (k > 0) assert_int_equal(t.at[k] - t.at[k - 1], step.v);
        }
    }
}

static void test_scale(void **state) {
    (void)state;
    struct scale s = scale_of(100 * PRICE_SCALE, 200 * PRICE_SCALE, 2, 0.1, 0.1);
    s.top = 10;
    s.bottom = 110;
    assert_true(fabs(scale_y(&s, (price_t){100 * PRICE_SCALE}) - 100) < 1e-6);
    assert_true(fabs(scale_y(&s, (price_t){200 * PRICE_SCALE}) - 20) < 1e-6);
    /* What lies far outside stays a figure that a painter can take. */
    assert_true(scale_y(&s, (price_t){PICTURE_PRICE_MAX}) >= -SCALE_FAR);
    assert_true(scale_y(&s, (price_t){-PICTURE_PRICE_MAX}) <= SCALE_FAR);
    struct scale flat = scale_of(5 * PRICE_SCALE, 5 * PRICE_SCALE, 2, 0, 0);
    assert_true(flat.high > flat.low);
}

static struct time_ticks ticks_of(const char *zone, int64_t start, int32_t seconds, uint32_t n, enum lang lang) {
    struct zone *z = NULL;
    struct time_ticks t;
    struct picture_candle *c = xcalloc(n, sizeof *c);
    for (uint32_t i = 0; i < n; i++) c[i].start = when_from_sec(start + (int64_t)seconds * i);
    assert_int_equal(zone_open(zone, &z, NULL), 0);
    const struct line l = {.left = 10, .right = 710, .slot = 700.0 / n, .candle = c, .n = n, .seconds = seconds};
    line_ticks(&l, z, lang, &measure, LAYOUT_TEXT, &t);
    for (uint32_t i = 1; i < t.n; i++) {
        if (t.item[i].context != t.item[i - 1].context) continue;
        double width = kit_width(NULL, t.item[i - 1].text, LAYOUT_TEXT, false);
        double gap = t.item[i].x - t.item[i - 1].x;
        if (gap < (t.item[i].context ? width : (width + kit_width(NULL, t.item[i].text, LAYOUT_TEXT, false)) / 2))
            fail_msg("%s and %s collide", t.item[i - 1].text, t.item[i].text);
    }
    zone_free(z);
    free(c);
    return t;
}

static void has_tick(const struct time_ticks *t, bool context, const char *text) {
    for (uint32_t i = 0; i < t->n; i++) {
        if (t->item[i].context == context && strcmp(t->item[i].text, text) == 0) return;
    }
    fail_msg("no tick %s", text);
}

static void test_time_ticks(void **state) {
    (void)state;
    /* New York's clocks go forward at 2:00 on March 9, 2025: after 1:55 comes 3:00. */
    struct time_ticks t = ticks_of("America/New_York", 1741496400, 300, 60, LANG_EN); /* 0:00 EST */
    has_tick(&t, false, "01:00");
    has_tick(&t, false, "03:00");
    has_tick(&t, false, "04:00");
    has_tick(&t, true, "Mar 9, 2025");
    for (uint32_t i = 0; i < t.n; i++) assert_string_not_equal(t.item[i].text, "02:00");
    /* Paris's go back at 3:00 on October 26, 2025: 2:00 comes twice, and is at the same hour. */
    t = ticks_of("Europe/Paris", 1761426000, 3600, 12, LANG_FR); /* 23:00 CEST of October 25 */
    has_tick(&t, true, "26 oct. 2025");
    t = ticks_of("UTC", 1704067200, 86400, 400, LANG_FR);
    has_tick(&t, true, "2024");
    has_tick(&t, true, "2025");
    t = ticks_of("Asia/Tokyo", 1704067200, 60, 1, LANG_EN);
    assert_in_range(t.n, 0, 2);
    t = ticks_of("Europe/Paris", 1704067200, 300, 2000, LANG_FR);
    assert_true(t.n > 4);
}

/* ---- names ---- */

static void test_column(void **state) {
    (void)state;
    double y[] = {50, 52, 51, 200, 9, 205, 400};
    const double height = 16;
    assert_true(place_column(y, 7, height, 0, 300));
    const uint32_t order[] = {4, 0, 2, 1, 3, 5, 6}; /* as they wished */
    for (uint32_t i = 0; i < 7; i++) {
        assert_true(y[i] >= height / 2 - 1e-6 && y[i] <= 300 - height / 2 + 1e-6);
        if (i > 0) assert_true(y[order[i]] - y[order[i - 1]] >= height - 1e-6);
    }
    assert_true(fabs(y[2] - 51) < 1e-6); /* three round 51: the middle one stays */
    double far[] = {10, 100, 250};
    assert_true(place_column(far, 3, height, 0, 300));
    assert_true(far[0] == 10 && far[1] == 100 && far[2] == 250);
    double many[20] = {0};
    assert_false(place_column(many, 20, height, 0, 300));
}

static void test_label(void **state) {
    (void)state;
    static struct placing p = {.area = {0, 0, 200, 100}};
    const struct place_wish w = {.x = 100, .y = 50, .w = 60, .h = 16, .away = 6};
    struct box b[40];
    uint32_t n = 0;
    while (n < 40 && place_label(&p, &w, &b[n])) n++;
    assert_in_range(n, 5, 18);          /* 18 would cover all */
    assert_true(b[0].y + b[0].h <= 50); /* above, as wished */
    for (uint32_t i = 0; i < n; i++) {
        assert_true(box_holds(&p.area, &b[i]));
        for (uint32_t k = 0; k < i; k++) assert_false(boxes_meet(&b[i], &b[k]));
    }
}

/* ---- the whole ---- */

static struct box text_box(const struct op *op) {
    return (struct box){op->box.x, op->box.y - 0.75 * op->size, op->box.w, 0.8 * op->size};
}

static void check_texts(const struct picture *p, const struct ops *o) {
    const struct box all = {0, 0, p->width, p->height};
    for (uint32_t i = 0; i < o->n; i++) {
        if (o->op[i].kind != OP_TEXT) continue;
        const struct box a = text_box(&o->op[i]);
        assert_true(o->op[i].size >= 13);
        if (!box_holds(&all, &a)) fail_msg("outside: %s", ops_text_of(o, &o->op[i]));
        for (uint32_t k = 0; k < i; k++) {
            if (o->op[k].kind != OP_TEXT) continue;
            const struct box b = text_box(&o->op[k]);
            if (boxes_meet(&a, &b)) fail_msg("%s and %s collide", ops_text_of(o, &o->op[i]), ops_text_of(o, &o->op[k]));
        }
    }
}

static uint32_t texts_with(const struct ops *o, const char *part) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->n; i++) n += strstr(ops_text_of(o, &o->op[i]), part) != NULL;
    return n;
}

static void test_crowded(void **state) {
    (void)state;
    struct zone *z = NULL;
    assert_int_equal(zone_open("Europe/Paris", &z, NULL), 0);
    for (int l = 0; l < LANG_COUNT; l++) {
        struct picture p = crowded((enum lang)l);
        struct ops one, two;
        struct err e = {0};
        ops_init(&one);
        ops_init(&two);
        assert_int_equal(layout_picture(&p, z, &measure, &one, &e), 0);
        check_texts(&p, &one);
        assert_int_equal(texts_with(&one, tr((enum lang)l, "previous day", "plus haut de la")), p.level_count);
        assert_true(texts_with(&one, tr((enum lang)l, "mark ", "repère ")) >= 12);
        assert_true(texts_with(&one, "zone ") >= 6);
        assert_int_equal(texts_with(&one, "Paris"), 1);
        assert_true(texts_with(&one, tr((enum lang)l, "Mar 10, 2025", "10 mars 2025")) == 1);
        /* The same picture, the same list. */
        assert_int_equal(layout_picture(&p, z, &measure, &two, &e), 0);
        assert_int_equal(one.n, two.n);
        assert_int_equal(one.text.len, two.text.len);
        assert_memory_equal(one.text.p, two.text.p, one.text.len);
        for (uint32_t i = 0; i < one.n; i++)
            assert_true(one.op[i].box.x == two.op[i].box.x && one.op[i].box.y == two.op[i].box.y);
        ops_clear(&one);
        ops_clear(&two);
        picture_clear(&p);
    }
    zone_free(z);
}

/* From the smallest to the largest picture, and each part alone. */
static void test_sizes(void **state) {
    (void)state;
    static const int32_t sizes[][2] = {{PICTURE_WIDTH_MIN, PICTURE_HEIGHT_MIN}, {400, 300}, {900, 520}, {2000, 1600}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        for (int without = 0; without < 3; without++) {
            struct picture p = crowded(LANG_EN);
            struct ops o;
            uint32_t candles = p.candle_count, points = p.series.n;
            p.width = sizes[i][0];
            p.height = sizes[i][1];
            if (without == 1) p.candle_count = 0;
            if (without == 2) p.series.n = 0;
            ops_init(&o);
            assert_int_equal(layout_picture(&p, NULL, &measure, &o, NULL), 0);
            for (uint32_t k = 0; k < o.n; k++)
                assert_true(isfinite(o.op[k].box.x + o.op[k].box.y + o.op[k].box.w + o.op[k].box.h));
            ops_clear(&o);
            p.candle_count = candles;
            p.series.n = points;
            picture_clear(&p);
        }
    }
}

/* ---- colours: WCAG's luminance and contrast ---- */

static double linear(uint8_t v) {
    double s = v / 255.0;
    return s <= 0.03928 ? s / 12.92 : pow((s + 0.055) / 1.055, 2.4);
}

static double contrast(struct colour a, struct colour b) {
    double x = 0.2126 * linear(a.red) + 0.7152 * linear(a.green) + 0.0722 * linear(a.blue);
    double y = 0.2126 * linear(b.red) + 0.7152 * linear(b.green) + 0.0722 * linear(b.blue);
    return (fmax(x, y) + 0.05) / (fmin(x, y) + 0.05);
}

static void test_colours(void **state) {
    (void)state;
    for (int t = 0; t < THEME_COUNT; t++) {
        struct colour paper = theme_colour((enum picture_theme)t, INK_PAPER);
        for (int i = 0; i < INK_COUNT; i++) {
            double c = contrast(theme_colour((enum picture_theme)t, (enum ink)i), paper);
            if (ink_is_text((enum ink)i) ? c < 4.5 : ink_has_meaning((enum ink)i) && c < 3)
                fail_msg("ink %d in %s: %.2f", i, theme_name((enum picture_theme)t), c);
        }
        /* Rising is bluer than it is red, falling the other way: what most colour-blind people tell apart. */
        struct colour up = theme_colour((enum picture_theme)t, INK_UP),
                      down = theme_colour((enum picture_theme)t, INK_DOWN);
        assert_true(up.blue > up.red + 80 && down.red > down.blue + 80);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_price_ticks), cmocka_unit_test(test_scale),   cmocka_unit_test(test_time_ticks),
        cmocka_unit_test(test_column),      cmocka_unit_test(test_label),   cmocka_unit_test(test_crowded),
        cmocka_unit_test(test_sizes),       cmocka_unit_test(test_colours),
    };
    return RUN(tests);
}
