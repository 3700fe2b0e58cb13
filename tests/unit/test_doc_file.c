/* The one file of a doc: its name, its size, the way through the outbox's JSON, and what each renderer makes of it. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/render.h"
#include "engine/base/buf.h"
#include "engine/net/json.h"

static struct doc *report(struct arena *a, enum lang lang, const char *name, const char *type) {
    struct doc *d = doc_new(a, lang, DOC_PLAIN);
    doc_title(d, "📦", "Report <1>");
    assert_int_equal(doc_file(d, name, type, "0123456789", 10), 0);
    return d;
}

static void names_are_safe_everywhere(void **state) {
    (void)state;
    static const char *const names[][2] = {
        {"mia-trades.csv", "mia-trades.csv"},
        {"../../etc/passwd", "etc-passwd"},
        {".bashrc", "bashrc"},
        {"-rf", "rf"},
        {"a b\"c\r\nd;e", "a-b-c--d-e"},
        {"été.csv", "-t-.csv"},
        {"", "file"},
        {"...", "file"},
        {"con/aux", "con-aux"},
    };
    struct arena *a = arena_new(1u << 20);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct doc *d = report(a, LANG_EN, names[i][0], "text/csv");
        if (strcmp(names[i][0], "../../etc/passwd") == 0)
            assert_non_null(strstr(d->file.name, "etc-passwd")); /* whatever stands before it, no slash */
        else
            assert_string_equal(d->file.name, names[i][1]);
        assert_null(strpbrk(d->file.name, "/\\\"\r\n;% "));
        assert_true(d->file.name[0] != '.');
    }
    char longer[300];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(strlen(report(a, LANG_EN, longer, "text/csv")->file.name), DOC_FILE_NAME_MAX - 1);
    assert_string_equal(report(a, LANG_EN, "x", "text/html; a=\"b\"")->file.type, "application/octet-stream");
    assert_string_equal(report(a, LANG_EN, "x", "text/html\r\nx: y")->file.type, "application/octet-stream");
    arena_free(a);
}

static void too_much_or_nothing_is_no_file(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = report(a, LANG_EN, "x.csv", "text/csv");
    assert_int_equal(doc_file(d, "x.csv", "text/csv", "", 0), -1);
    assert_int_equal(d->file.n, 0);
    assert_int_equal(doc_file(d, "x.csv", "text/csv", "", DOC_FILE_MAX + 1), -1);
    assert_int_equal(d->file.n, 0);
    arena_free(a);
}

static void sizes_are_said_in_both_languages(void **state) {
    (void)state;
    static const struct {
        size_t n;
        const char *en, *fr;
    } sizes[] = {
        {1, "1\u00a0byte", "1\u00a0octet"},       {999, "999\u00a0bytes", "999\u00a0octets"},
        {1000, "1\u00a0KB", "1\u00a0Ko"},         {12340, "12.3\u00a0KB", "12,3\u00a0Ko"},
        {123456, "123\u00a0KB", "123\u00a0Ko"},   {1000000, "1\u00a0MB", "1\u00a0Mo"},
        {4u << 20, "4.2\u00a0MB", "4,2\u00a0Mo"},
    };
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char text[DOC_SIZE_TEXT_MAX];
        assert_string_equal(size_say(text, LANG_EN, sizes[i].n), sizes[i].en);
        assert_string_equal(size_say(text, LANG_FR, sizes[i].n), sizes[i].fr);
    }
}

static void json_keeps_all_but_the_bytes(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = report(a, LANG_FR, "courbe.png", "image/png");
    doc_file_instead(d, "mia export trades");
    struct buf b;
    buf_init(&b, 1u << 16);
    doc_to_json(d, &b);
    struct doc *again = doc_from_json(a, b.p, b.len);
    assert_string_equal(again->file.name, "courbe.png");
    assert_string_equal(again->file.type, "image/png");
    assert_string_equal(again->file.instead, "mia export trades");
    assert_int_equal(again->file.n, 10);
    assert_null(again->file.bytes);
    assert_null(doc_copy(a, d)->file.bytes);
    assert_int_equal(doc_copy(a, d)->file.n, 10);
    buf_clear(&b);
    /* What came from outside is made harmless again. */
    static const char evil[] =
        "{\"severity\":\"plain\",\"title\":\"t\",\"file\":{\"name\":\"../x\\\"y\",\"type\":\"<b>\",\"n\":7}}";
    again = doc_from_json(a, evil, sizeof evil - 1);
    assert_null(strpbrk(again->file.name, "/\""));
    assert_string_equal(again->file.type, "application/octet-stream");
    static const char huge[] = "{\"severity\":\"plain\",\"file\":{\"name\":\"x\",\"type\":\"a/b\",\"n\":4194305}}";
    assert_int_equal(doc_from_json(a, huge, sizeof huge - 1)->file.n, 0);
    arena_free(a);
}

static void a_file_that_is_left_out_leaves_a_sentence(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = report(a, LANG_FR, "t.csv", "text/csv");
    doc_file_instead(d, "mia export trades");
    doc_file_left_out(d, "il est trop grand pour Discord");
    assert_int_equal(d->file.n, 0);
    assert_string_equal(d->lines[0],
                        "Le fichier t.csv (10\u00a0octets) n’est pas joint\u00a0: il est trop grand pour Discord.");
    assert_string_equal(d->lines[1], "Sur la machine, ceci donne la même chose\u00a0: mia export trades");
    doc_file_left_out(d, "twice"); /* there is nothing more to leave out */
    assert_int_equal(d->line_count, 2);
    arena_free(a);
}

/* ---- renderers ---- */

static struct json *discord(const struct doc *d) {
    struct buf b;
    struct jw w;
    struct err e;
    buf_init(&b, 1u << 16);
    jw_init(&w, &b);
    jw_obj(&w);
    render_discord(d, &(struct discord_render){.mention = ""}, &w);
    jw_end_obj(&w);
    struct json *j = json_parse(b.p, b.len, &e);
    buf_clear(&b);
    return j;
}

static void discord_names_the_part_and_shows_a_picture(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct json *j = discord(report(a, LANG_EN, "t.csv", "text/csv"));
    int64_t id = -1;
    assert_true(json_i64(j, "attachments[0].id", &id) && id == 0);
    assert_string_equal(json_str(j, "attachments[0].filename"), "t.csv");
    assert_null(json_at(j, "attachments[0].description"));
    assert_null(json_at(j, "embeds[0].image"));
    json_free(j);
    j = discord(report(a, LANG_EN, "c.png", "image/png"));
    assert_string_equal(json_str(j, "embeds[0].image.url"), "attachment://c.png");
    assert_string_equal(json_str(j, "attachments[0].description"), "Report <1>"); /* for those who cannot see it */
    json_free(j);
    struct doc *plain = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_title(plain, "", "nothing with it");
    j = discord(plain);
    assert_null(json_at(j, "attachments")); /* an edit without a file keeps the one that is there */
    json_free(j);
    assert_false(doc_is_picture(&report(a, LANG_EN, "x.svg", "image/svg+xml")->file)); /* it could hold scripts */
    arena_free(a);
}

static void telegram_captions_are_cut_whole(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = report(a, LANG_EN, "t.csv", "text/csv");
    for (int i = 0; i < 40; i++) doc_line(d, "%02d & a line of about sixty characters, so that it does not fit", i);
    struct telegram_text t;
    render_telegram_caption(d, true, "#trades", "possible repeat of #AB12", &t);
    assert_int_equal(t.n, 1);
    assert_true(t.points <= TELEGRAM_CAPTION_POINTS && t.points > TELEGRAM_CAPTION_POINTS - 80);
    assert_non_null(strstr(t.chunk[0].p, "<b>📦 Report &lt;1&gt;</b>"));
    assert_non_null(strstr(t.chunk[0].p, "possible repeat of #AB12"));
    assert_string_equal(t.chunk[0].p + t.chunk[0].len - strlen("…"), "…");
    telegram_text_clear(&t);
    render_telegram(d, "", "", &t);
    assert_true(t.points > TELEGRAM_CAPTION_POINTS); /* so the text goes apart */
    telegram_text_clear(&t);
    arena_free(a);
}

static void plain_text_names_it(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct buf b;
    buf_init(&b, 1u << 16);
    render_plain(report(a, LANG_EN, "t.csv", "text/csv"), false, 80, &b);
    assert_non_null(strstr(b.p, "📎 t.csv (10\u00a0bytes)"));
    buf_reset(&b);
    render_plain(report(a, LANG_FR, "c.png", "image/png"), false, 80, &b);
    assert_non_null(strstr(b.p, "🖼️ c.png (10\u00a0octets)"));
    buf_clear(&b);
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_safe_everywhere),
        cmocka_unit_test(too_much_or_nothing_is_no_file),
        cmocka_unit_test(sizes_are_said_in_both_languages),
        cmocka_unit_test(json_keeps_all_but_the_bytes),
        cmocka_unit_test(a_file_that_is_left_out_leaves_a_sentence),
        cmocka_unit_test(discord_names_the_part_and_shows_a_picture),
        cmocka_unit_test(telegram_captions_are_cut_whole),
        cmocka_unit_test(plain_text_names_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
