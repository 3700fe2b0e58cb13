/* render_telegram: HTML that parses by itself in every chunk, the limit after parsing, the plain fallback, keyboards. */
#include "tests/unit/hostile.h"
#include "tests/unit/unit.h"

#include <stdio.h>

#include "bot/render.h"
#include "engine/net/json.h"

#define POINTS_MAX 4096

/* The part of Telegram's parser that matters: b, i, pre, never nested, and three entities. Anything else fails. */
static void parse_html(const char *s, struct buf *out) {
    const char *open = NULL;
    for (size_t i = 0; s[i] != '\0';) {
        static const char *const tags[] = {"b", "i", "pre"};
        static const char *const entities[][2] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}};
        bool done = false;
        if (s[i] != '<' && s[i] != '&' && s[i] != '>') {
            buf_char(out, s[i++]);
            continue;
        }
        for (size_t k = 0; k < 3 && !done; k++) {
            char start[8], end[8];
            snprintf(start, sizeof start, "<%s>", tags[k]);
            snprintf(end, sizeof end, "</%s>", tags[k]);
            if (strncmp(s + i, start, strlen(start)) == 0) {
                assert_null(open);
                open = tags[k];
                i += strlen(start);
                done = true;
            } else if (strncmp(s + i, end, strlen(end)) == 0) {
                assert_ptr_equal(open, tags[k]);
                open = NULL;
                i += strlen(end);
                done = true;
            } else if (strncmp(s + i, entities[k][0], strlen(entities[k][0])) == 0) {
                buf_str(out, entities[k][1]);
                i += strlen(entities[k][0]);
                done = true;
            }
        }
        if (done) continue;
        assert_true(s[i] != '<' && s[i] != '>' && s[i] != '&');
        buf_char(out, s[i++]);
    }
    assert_null(open);
}

static void check_chunk(const struct buf *chunk, bool html, struct buf *text) {
    assert_false(chunk->overflow);
    assert_true(utf8_valid(chunk->p, chunk->len));
    buf_reset(text);
    if (html)
        parse_html(chunk->p, text);
    else
        buf_add(text, chunk->p, chunk->len);
    size_t points = utf8_points(text->p, text->len);
    assert_true(points >= 1 && points <= POINTS_MAX);
    uint32_t point;
    for (size_t i = 0, n; i < text->len; i += n) {
        n = utf8_next(text->p + i, text->len - i, &point);
        assert_true(text->p[i] == '\n' || !utf8_is_hidden(point));
    }
}

/* HTML, parsed, says what the plain fallback says, chunk by chunk (a table is laid out otherwise there). */
static void test_hostile_docs_parse(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 3);
    uint32_t split = 0;
    for (int i = 0; i < 1500; i++) {
        struct arena *a = arena_new(HOSTILE_ARENA);
        struct doc *d = hostile_doc(a, &r);
        struct telegram_text h, p;
        struct buf x, y;
        buf_init(&x, 1u << 20);
        buf_init(&y, 1u << 20);
        render_telegram(d, i % 2 ? "#trades" : "", i % 3 ? "" : "repeat <E7F3>", &h);
        render_telegram_plain(d, i % 2 ? "#trades" : "", i % 3 ? "" : "repeat <E7F3>", &p);
        assert_true(h.n >= 1 && h.n <= RENDER_CHUNKS_MAX);
        split += h.n > 1;
        for (uint32_t k = 0; k < h.n; k++) check_chunk(&h.chunk[k], true, &x);
        for (uint32_t k = 0; k < p.n; k++) check_chunk(&p.chunk[k], false, &x);
        if (d->column_count == 0) {
            assert_int_equal(h.n, p.n);
            for (uint32_t k = 0; k < h.n; k++) {
                check_chunk(&h.chunk[k], true, &x);
                check_chunk(&p.chunk[k], false, &y);
                assert_string_equal(x.p, y.p);
            }
        }
        if (h.keyboard.len > 0) {
            struct json *j = json_parse(h.keyboard.p, h.keyboard.len, NULL);
            assert_non_null(j);
            json_free(j);
        }
        assert_int_equal(h.keyboard.len > 0, d->button_count > 0);
        buf_clear(&x);
        buf_clear(&y);
        telegram_text_clear(&h);
        telegram_text_clear(&p);
        arena_free(a);
    }
    assert_true(split > 20); /* else the test does not reach what it is for */
}

static void strip(const char *s, struct buf *out) {
    for (; *s != '\0'; s++) {
        if (strncmp(s, "\u200b", 3) == 0)
            s += 2;
        else
            buf_char(out, *s);
    }
}

/* Parsed back, the text is the original: only invisible blanks were added. */
static void test_hostile_text_reads_back(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 4);
    for (int i = 0; i < 1000; i++) {
        struct arena *a = arena_new(1u << 20);
        struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
        doc_line(d, "x%s", hostile_text(a, &r, (uint32_t)rng_below(&r, 30)));
        struct telegram_text t;
        struct buf parsed, text;
        buf_init(&parsed, 1u << 16);
        buf_init(&text, 1u << 16);
        render_telegram(d, "", "", &t);
        assert_int_equal(t.n, 1);
        parse_html(t.chunk[0].p, &parsed);
        strip(parsed.p, &text);
        assert_string_equal(text.p, d->lines[0]);
        buf_clear(&parsed);
        buf_clear(&text);
        telegram_text_clear(&t);
        arena_free(a);
    }
}

static void check(const struct doc *d, const char *tag, const char *mark, const char *want) {
    struct telegram_text t;
    render_telegram(d, tag, mark, &t);
    assert_int_equal(t.n, 1);
    assert_string_equal(t.chunk[0].p, want);
    telegram_text_clear(&t);
}

static void test_shape(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_FR, DOC_GOOD);
    doc_title(d, "🟢", "P&L < 5");
    doc_line(d, "ligne");
    doc_field(d, "Risque", "54 $");
    d->mode = "PAPER";
    doc_footer(d, "pied");
    doc_time(d, when_from_sec(1751293920), NULL);
    check(d, "#trades", "🔁 E7F3",
          "<b>🟢 P&amp;L &lt; 5</b>\n<i>🔁 E7F3</i>\nligne\n<b>Risque</b>\u00a0: 54 $\n<i>#trades PAPER · pied · "
          "30 "
          "juin 2025 14:32</i>");
    doc_column(d, "#", DOC_RIGHT);
    doc_row(d, (const char *[]){"<1>"});
    doc_code(d, "a\nb");
    check(d, "", "",
          "<b>🟢 P&amp;L &lt; 5</b>\nligne\n<b>Risque</b>\u00a0: 54 $\n<pre>  #\n&lt;1&gt;</pre>\n<pre>a\nb</pre>\n"
          "<i>PAPER · pied · 30 juin 2025 14:32</i>");
    check(doc_new(a, LANG_EN, DOC_PLAIN), "", NULL, "–");
    arena_free(a);
}

static void test_no_links_and_nobody_called(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_line(d, "@durov https://evil.example/x www.evil.example t.me/x a@b.c 5,615.25 @ mia.yaml /pause");
    check(d, "", "",
          "@\u200bdurov https:\u200b//evil.\u200bexample/x www.\u200bevil.\u200bexample t.\u200bme/x a@\u200bb.c "
          "5,615.25 @ "
          "mia.yaml /pause");
    arena_free(a);
}

static void test_split_at_lines_inside_a_block(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    struct buf code;
    buf_init(&code, DOC_CODE_MAX);
    for (int i = 0; i < 150; i++) buf_printf(&code, "%06d %43s\n", i, "<&>");
    doc_title(d, NULL, "t");
    doc_code(d, code.p);
    struct telegram_text t;
    render_telegram(d, "", "", &t);
    assert_int_equal(t.n, 2);
    assert_int_equal(strncmp(t.chunk[1].p, "<pre>0000", 9), 0); /* a whole line, in a block of its own */
    assert_string_equal(t.chunk[0].p + t.chunk[0].len - strlen("&lt;&amp;&gt;</pre>"), "&lt;&amp;&gt;</pre>");
    telegram_text_clear(&t);
    buf_clear(&code);
    arena_free(a);
}

static void test_too_much_ends_in_an_ellipsis(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    for (int i = 0; i < 20; i++) doc_line(d, "%s", line);
    struct telegram_text t;
    render_telegram(d, "#admin", "", &t);
    assert_int_equal(t.n, RENDER_CHUNKS_MAX);
    const struct buf *last = &t.chunk[RENDER_CHUNKS_MAX - 1];
    assert_string_equal(last->p + last->len - 3, "…");
    assert_true(utf8_points(last->p, last->len) <= POINTS_MAX);
    telegram_text_clear(&t);
    arena_free(a);
}

static void test_keyboard(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_FR, DOC_WARNING);
    doc_button(d, "ok:1", "Confirmer", BUTTON_DANGER);
    doc_button(d, "no:1", "Annuler", BUTTON_NEUTRAL);
    doc_button(d, "more", "Plus", BUTTON_PRIMARY);
    struct telegram_text t;
    render_telegram(d, "", "", &t);
    assert_string_equal(
        t.keyboard.p, "{\"inline_keyboard\":[[{\"text\":\"Confirmer\",\"callback_data\":\"ok:1\",\"style\":\"danger\"},"
                      "{\"text\":\"Annuler\",\"callback_data\":\"no:1\"}],"
                      "[{\"text\":\"Plus\",\"callback_data\":\"more\",\"style\":\"primary\"}]]}");
    telegram_text_clear(&t);
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_docs_parse),
        cmocka_unit_test(test_hostile_text_reads_back),
        cmocka_unit_test(test_shape),
        cmocka_unit_test(test_no_links_and_nobody_called),
        cmocka_unit_test(test_split_at_lines_inside_a_block),
        cmocka_unit_test(test_too_much_ends_in_an_ellipsis),
        cmocka_unit_test(test_keyboard),
    };
    return RUN(tests);
}
