/* doc: what builders clean, bound and count; JSON there and back; messages merged into one. */
#include "tests/unit/hostile.h"
#include "tests/unit/unit.h"

#include "bot/render.h"
#include "engine/net/json.h"
#include "engine/store.h"

static void test_text_is_cleaned(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_FR, DOC_GOOD);
    doc_title(d, "🟢", "a\nb\033[31m\xff%s",
              "\u202e"
              "c");
    doc_line(d, "one\ntwo\x01");
    doc_field(d, "n\nm", "v\tw");
    assert_string_equal(d->title, "a b[31mc");
    assert_string_equal(d->lines[0], "one\ntwo");
    assert_string_equal(d->fields[0].name, "n m");
    assert_string_equal(d->fields[0].value, "v w");
    assert_true(d->time.ns == WHEN_NONE.ns);
    arena_free(a);
}

static void test_long_text_ends_in_an_ellipsis(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    char big[DOC_TEXT_MAX * 2];
    memset(big, 'x', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    doc_line(d, "%s", big);
    assert_int_equal(strlen(d->lines[0]), DOC_TEXT_MAX);
    assert_string_equal(d->lines[0] + DOC_TEXT_MAX - 3, "…");
    doc_title(d, NULL, "%s", big);
    assert_int_equal(strlen(d->title), DOC_TITLE_MAX);
    /* A cut never leaves half a character. */
    struct buf b;
    buf_init(&b, sizeof big);
    while (b.len < DOC_TITLE_MAX + 10) buf_str(&b, "é€🟢");
    doc_title(d, NULL, "%s", b.p);
    assert_true(utf8_valid(d->title, strlen(d->title)));
    assert_true(strlen(d->title) <= DOC_TITLE_MAX);
    buf_clear(&b);
    arena_free(a);
}

static void test_what_does_not_fit_is_counted(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    for (uint32_t i = 0; i < DOC_LINES_MAX + 3; i++) doc_line(d, "%u", i);
    for (uint32_t i = 0; i < DOC_FIELDS_MAX + 2; i++) doc_field(d, "f", "%u", i);
    doc_column(d, "c", DOC_RIGHT);
    for (uint32_t i = 0; i < DOC_ROWS_MAX + 4; i++) doc_row(d, (const char *[]){"r"});
    assert_int_equal(d->line_count, DOC_LINES_MAX);
    assert_int_equal(d->lines_left_out, 3);
    assert_int_equal(d->field_count, DOC_FIELDS_MAX);
    assert_int_equal(d->fields_left_out, 2);
    assert_int_equal(d->row_count, DOC_ROWS_MAX);
    assert_int_equal(d->rows_left_out, 4);
    struct buf out;
    buf_init(&out, 1u << 16);
    render_plain(d, false, 80, &out);
    assert_non_null(strstr(out.p, "… 3 more lines"));
    assert_non_null(strstr(out.p, "… 2 more fields"));
    assert_non_null(strstr(out.p, "… 4 more rows"));
    buf_clear(&out);
    arena_free(a);
}

static void assert_same(const struct doc *x, const struct doc *y) {
    struct buf p, q;
    buf_init(&p, OUTBOX_DOC_MAX);
    buf_init(&q, OUTBOX_DOC_MAX);
    doc_to_json(x, &p);
    doc_to_json(y, &q);
    assert_false(p.overflow);
    assert_string_equal(p.p, q.p);
    buf_clear(&p);
    buf_clear(&q);
}

static struct doc *there_and_back(struct arena *a, const struct doc *d) {
    struct buf b;
    buf_init(&b, OUTBOX_DOC_MAX);
    doc_to_json(d, &b);
    assert_false(b.overflow);
    struct doc *back = doc_from_json(a, b.p, b.len);
    buf_clear(&b);
    assert_non_null(back);
    return back;
}

static void test_json_there_and_back(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_FR, DOC_URGENT);
    doc_title(d, "🛑", "Limite « %s »", "journalière");
    doc_line(d, "a\n\"b\"\\");
    doc_field(d, "n", "v");
    doc_field_wide(d, "w", "x");
    doc_column(d, "#", DOC_RIGHT);
    doc_column(d, "S", DOC_LEFT);
    doc_row(d, (const char *[]){"1", "ES"});
    doc_row(d, (const char *[]){"2", NULL});
    doc_code(d, "x = 1\ny = 2");
    doc_footer(d, "pied");
    doc_button(d, "yes:1", "Oui", BUTTON_DANGER);
    doc_time(d, when_from_sec(1751293920), NULL);
    d->mode = "LIVE";
    d->mention = d->is_private = true;
    d->repeats = 7;
    struct doc *e = there_and_back(a, d);
    assert_same(d, e);
    assert_int_equal(e->severity, DOC_URGENT);
    assert_int_equal(e->lang, LANG_FR);
    assert_string_equal(e->lines[0], "a\n\"b\"\\");
    assert_true(e->fields[1].wide && !e->fields[0].wide);
    assert_int_equal(e->columns[0].align, DOC_RIGHT);
    assert_string_equal(e->rows[1][1], "");
    assert_string_equal(e->code, "x = 1\ny = 2");
    assert_int_equal(e->buttons[0].style, BUTTON_DANGER);
    assert_true(e->time.ns == d->time.ns);
    assert_string_equal(e->time_text, "30 juin 2025 14:32");
    assert_true(e->mention && e->is_private);
    struct arena *own = arena_new(DOC_COPY_MAX);
    struct doc *copy = doc_copy(own, d);
    assert_same(d, copy);
    arena_free(a); /* a copy needs nothing of the first */
    assert_string_equal(copy->rows[0][1], "ES");
    assert_string_equal(copy->buttons[0].label, "Oui");
    assert_string_equal(copy->time_text, "30 juin 2025 14:32");
    arena_free(own);
}

/* The largest doc there can be, every byte of it escaped, still fits a row of the outbox. */
static void test_largest_doc_fits_the_outbox(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 22);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    char quotes[DOC_TEXT_MAX + 1];
    memset(quotes, '"', DOC_TEXT_MAX);
    quotes[DOC_TEXT_MAX] = '\0';
    for (uint32_t i = 0; i < DOC_BUTTONS_MAX; i++) doc_button(d, arena_strndup(a, quotes, 64), quotes, BUTTON_GOOD);
    for (uint32_t i = 0; i < DOC_COLUMNS_MAX; i++) doc_column(d, "\"", DOC_RIGHT);
    const char *cells[DOC_COLUMNS_MAX];
    for (uint32_t i = 0; i < DOC_COLUMNS_MAX; i++) cells[i] = "\"";
    for (uint32_t i = 0; i < DOC_ROWS_MAX; i++) doc_row(d, cells);
    for (uint32_t i = 0; i < DOC_FIELDS_MAX; i++) doc_field_wide(d, "\"", "%s", "\"");
    for (uint32_t i = 0; i < DOC_LINES_MAX; i++) doc_line(d, "%s", quotes);
    assert_int_equal(d->bytes, DOC_BYTES_MAX);
    there_and_back(a, d);
    struct arena *own = arena_new(DOC_COPY_MAX);
    assert_same(d, doc_copy(own, d));
    arena_free(own);
    arena_free(a);
}

static void test_json_of_hostile_docs(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 20250630);
    for (int i = 0; i < 400; i++) {
        struct arena *a = arena_new(HOSTILE_ARENA);
        struct doc *d = hostile_doc(a, &r);
        struct buf b;
        buf_init(&b, 1u << 22);
        doc_to_json(d, &b);
        assert_true(utf8_valid(b.p, b.len));
        struct doc *e = doc_from_json(a, b.p, b.len);
        assert_non_null(e);
        assert_same(e, there_and_back(a, e)); /* read once it is clean, and stays as it is */
        buf_clear(&b);
        arena_free(a);
    }
}

static void test_json_that_is_no_doc(void **state) {
    (void)state;
    static const char *const bad[] = {"", "{", "null", "[]", "{}", "{\"severity\":\"x\"}", "{\"severity\":1}", "7"};
    struct arena *a = arena_new(1u << 20);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_null(doc_from_json(a, bad[i], strlen(bad[i])));
    const char *odd =
        "{\"severity\":\"good\",\"lines\":[1,null,\"x\"],\"fields\":[{},7],\"columns\":[1,2,3,4,5,6,7,8,9,10],"
        "\"rows\":[[1],5,[\"a\"]],\"buttons\":[{\"id\":\"\",\"label\":\"l\"},{\"id\":\"i\"}],\"repeats\":-4}";
    struct doc *d = doc_from_json(a, odd, strlen(odd));
    assert_non_null(d);
    assert_int_equal(d->line_count, 3);
    assert_int_equal(d->field_count, 0);
    assert_int_equal(d->column_count, DOC_COLUMNS_MAX);
    assert_int_equal(d->button_count, 0);
    assert_int_equal(d->repeats, 0);
    arena_free(a);
}

static void test_error_is_private(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct err e;
    err_set(&e, ERR_REFUSED, "not now", "pas maintenant");
    struct doc *d = doc_error(a, LANG_FR, &e);
    assert_true(d->is_private);
    assert_int_equal(d->severity, DOC_WARNING);
    assert_string_equal(d->title, "pas maintenant");
    assert_string_equal(doc_error(a, LANG_EN, &e)->title, "not now");
    arena_free(a);
}

static void test_merge(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    const struct doc *docs[100];
    for (uint32_t i = 0; i < 100; i++) {
        struct doc *d = doc_new(a, LANG_FR, i == 50 ? DOC_WARNING : DOC_PLAIN);
        doc_title(d, "🔍", "signal %u", i);
        doc_button(d, "b", "b", BUTTON_GOOD);
        d->mode = "PAPER";
        if (i == 99) d->repeats = 5;
        docs[i] = d;
    }
    struct doc *m = doc_merge(a, docs, 3, 0);
    assert_string_equal(m->title, "3 messages");
    assert_int_equal(m->line_count, 3);
    assert_string_equal(m->lines[2], "🔍 signal 2");
    assert_int_equal(m->button_count, 0);
    assert_int_equal(m->repeats, 3);
    assert_string_equal(m->mode, "PAPER");
    m = doc_merge(a, docs, 100, 10);
    assert_int_equal(m->repeats, 10 + 99 + 5);
    assert_int_equal(m->severity, DOC_WARNING);
    assert_int_equal(m->line_count, DOC_LINES_MAX);
    assert_string_equal(m->lines[0], "… et 47 plus anciens"); /* 10 and the first 37 */
    assert_string_equal(m->lines[DOC_LINES_MAX - 1], "🔍 signal 99");
    struct doc *report = doc_new(a, LANG_FR, DOC_GOOD);
    doc_title(report, "📊", "RAPPORT");
    for (int i = 0; i < 3; i++) doc_line(report, "ligne %d", i);
    docs[1] = report; /* its figures are not lost with its lines */
    m = doc_merge(a, docs, 2, 0);
    assert_string_equal(m->lines[0], "🔍 signal 0");
    assert_string_equal(m->lines[1], "📊 RAPPORT | ligne 0");
    m = doc_merge(a, NULL, 0, 2);
    assert_string_equal(m->title, "2 messages");
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_cleaned),
        cmocka_unit_test(test_long_text_ends_in_an_ellipsis),
        cmocka_unit_test(test_what_does_not_fit_is_counted),
        cmocka_unit_test(test_json_there_and_back),
        cmocka_unit_test(test_largest_doc_fits_the_outbox),
        cmocka_unit_test(test_json_of_hostile_docs),
        cmocka_unit_test(test_json_that_is_no_doc),
        cmocka_unit_test(test_error_is_private),
        cmocka_unit_test(test_merge),
    };
    return RUN(tests);
}
