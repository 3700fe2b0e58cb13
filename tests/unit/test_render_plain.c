/* render_plain and render_local: widths, colours, nothing that moves a cursor; JSON for the page. */
#include "tests/unit/hostile.h"
#include "tests/unit/unit.h"

#include "bot/render.h"
#include "bot/render_text.h"
#include "engine/net/json.h"

static void plain(const struct doc *d, int width, const char *want) {
    struct buf b;
    buf_init(&b, 1u << 16);
    render_plain(d, false, width, &b);
    assert_string_equal(b.p, want);
    buf_clear(&b);
}

static void test_widths(void **state) {
    (void)state;
    static const struct {
        const char *s;
        size_t columns;
    } cases[] = {
        {"abc", 3}, {"é", 1},      {"e\u0301", 1}, {"漢字", 4}, {"🟢", 2}, {"⚠️", 2}, {"⚠", 1},      {"→", 1},
        {"…", 1},   {"\u202f", 1}, {"\u200b", 0},  {"", 0},     {"\xff", 1}, {"⏸️", 2}, {"✂️", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(text_width(cases[i].s, strlen(cases[i].s)), cases[i].columns);
    assert_int_equal(text_prefix("a漢b", 5, 2), 1);
    assert_int_equal(text_prefix("a漢b", 5, 3), 4);
}

static void test_lines_break_at_blanks(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_title(d, "🟢", "LONG ENTRY ES @ 5615");
    doc_line(d, "one two three four five six");
    doc_line(d, "averyveryverylongwordwithoutblanks");
    doc_field(d, "Risk", "$54");
    d->mode = "PAPER";
    plain(d, 24,
          "🟢 LONG ENTRY ES @ 5615\n  one two three four\n  five six\n  averyveryverylongwordw\n  ithoutblanks\n"
          "  Risk: $54\n  PAPER\n");
    plain(
        d, 0,
        "🟢 LONG ENTRY ES @ 5615\n  one two three four five six\n  averyveryverylongwordwithoutblanks\n  Risk: $54\n"
        "  PAPER\n");
    arena_free(a);
}

static void test_table_and_buttons(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_FR, DOC_PLAIN);
    doc_column(d, "#", DOC_RIGHT);
    doc_column(d, "Symbole", DOC_LEFT);
    doc_row(d, (const char *[]){"17", "漢字"});
    doc_row(d, (const char *[]){"1", "ES"});
    doc_button(d, "y", "Oui", BUTTON_GOOD);
    doc_button(d, "n", "Non", BUTTON_DANGER);
    plain(d, 80, "   #  Symbole\n  17  漢字\n   1  ES\n  [Oui] [Non]\n");
    arena_free(a);
}

static void test_no_control_byte_from_outside(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 5);
    for (int i = 0; i < 600; i++) {
        struct arena *a = arena_new(HOSTILE_ARENA);
        struct doc *d = hostile_doc(a, &r);
        struct buf b;
        buf_init(&b, 1u << 22);
        render_plain(d, false, i % 3 == 0 ? 0 : 20 + i % 100, &b);
        assert_false(b.overflow);
        assert_true(utf8_valid(b.p, b.len));
        uint32_t point;
        for (size_t k = 0, n; k < b.len; k += n) {
            n = utf8_next(b.p + k, b.len - k, &point);
            assert_true(b.p[k] == '\n' || !utf8_is_hidden(point));
        }
        buf_clear(&b);
        arena_free(a);
    }
}

/* With colours, every escape is ours and every one of them is closed. */
static void test_colours_are_closed(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 6);
    for (int i = 0; i < 300; i++) {
        struct arena *a = arena_new(HOSTILE_ARENA);
        struct doc *d = hostile_doc(a, &r);
        struct buf b;
        buf_init(&b, 1u << 22);
        render_plain(d, true, 80, &b);
        bool on = false;
        for (const char *p = strchr(b.p, '\033'); p != NULL; p = strchr(p + 1, '\033')) {
            size_t n = strspn(p + 2, "0123456789;");
            assert_true(p[1] == '[' && p[2 + n] == 'm');
            bool reset = strncmp(p, "\033[0m", 4) == 0;
            assert_int_equal(on, reset);
            on = !reset;
        }
        assert_false(on);
        buf_clear(&b);
        arena_free(a);
    }
}

static void test_local_json(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 7);
    for (int i = 0; i < 300; i++) {
        struct arena *a = arena_new(HOSTILE_ARENA);
        struct doc *d = hostile_doc(a, &r);
        struct buf b;
        struct jw w;
        buf_init(&b, 1u << 22);
        jw_init(&w, &b);
        render_local(d, &w);
        struct json *j = json_parse(b.p, b.len, NULL);
        assert_non_null(j);
        assert_int_equal(json_count(json_at(j, "lines")), d->line_count);
        assert_int_equal(json_count(json_at(j, "rows")), d->row_count);
        assert_int_equal(json_count(json_at(j, "buttons")), d->button_count);
        assert_non_null(json_str(j, "severity"));
        assert_non_null(json_str(j, "title"));
        json_free(j);
        buf_clear(&b);
        arena_free(a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_lines_break_at_blanks),
        cmocka_unit_test(test_table_and_buttons),
        cmocka_unit_test(test_no_control_byte_from_outside),
        cmocka_unit_test(test_colours_are_closed),
        cmocka_unit_test(test_local_json),
    };
    return RUN(tests);
}
