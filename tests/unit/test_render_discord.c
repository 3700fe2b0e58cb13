/* render_discord: the platform's limits, escaping, mentions and buttons, on chosen and on hostile docs. */
#include "tests/unit/hostile.h"
#include "tests/unit/unit.h"

#include "bot/render.h"
#include "engine/net/json.h"

struct body {
    struct buf text;
    struct json *root;
    const struct json *embed;
};

static struct body render(const struct doc *d, const struct discord_render *o) {
    struct body b;
    struct jw w;
    buf_init(&b.text, 1u << 20);
    jw_init(&w, &b.text);
    jw_obj(&w);
    render_discord(d, o, &w);
    jw_end_obj(&w);
    assert_false(b.text.overflow);
    b.root = json_parse(b.text.p, b.text.len, NULL);
    assert_non_null(b.root);
    assert_int_equal(json_count(json_at(b.root, "embeds")), 1);
    b.embed = json_at(b.root, "embeds[0]");
    return b;
}

static void clear(struct body *b) {
    json_free(b->root);
    buf_clear(&b->text);
}

static size_t units(const char *s) {
    return s == NULL ? 0 : utf8_units16(s, strlen(s));
}

/* What a reader sees: escapes undone, invisible blanks gone. Good outside of code blocks. */
static void seen(const char *s, struct buf *out) {
    for (; *s != '\0'; s++) {
        if (strncmp(s, "\u200b", 3) == 0)
            s += 2;
        else if (s[0] == '\\' && s[1] > ' ' && s[1] < 0x7f && !((s[1] | 0x20) >= 'a' && (s[1] | 0x20) <= 'z'))
            buf_char(out, *++s);
        else
            buf_char(out, *s);
    }
}

/* No text may hold what Discord reads as a mention, a link or markup of ours. in_code: escapes do not count there. */
static void assert_tame(const char *s, bool markdown) {
    bool in_code = false;
    if (s == NULL) return;
    assert_true(utf8_valid(s, strlen(s)));
    assert_null(strstr(s, "@everyone"));
    assert_null(strstr(s, "@here"));
    for (size_t i = 0; s[i] != '\0'; i++) {
        if (markdown && !in_code && s[i] == '\\') {
            assert_true(s[i + 1] != '\0'); /* a cut must not leave a lone backslash: it would escape what comes next */
            i++;
            continue;
        }
        if (markdown && strncmp(s + i, "```", 3) == 0) {
            in_code = !in_code;
            i += 2;
            continue;
        }
        if (s[i] == '<') assert_true(s[i + 1] != '@' && s[i + 1] != '#' && s[i + 1] != ':');
        if (!markdown || in_code) continue;
        assert_null(strchr("*_`[]<", s[i]));
        assert_true(strncmp(s + i, "://", 3) != 0 && strncmp(s + i, "||", 2) != 0 && strncmp(s + i, "~~", 2) != 0);
        if (i == 0 || s[i - 1] == '\n') assert_true(s[i] != '#' && s[i] != '>' && strncmp(s + i, "- ", 2) != 0);
    }
    assert_false(in_code);
    uint32_t point;
    for (size_t i = 0, n; s[i] != '\0'; i += n) {
        n = utf8_next(s + i, strlen(s + i), &point);
        assert_true(s[i] == '\n' || !utf8_is_hidden(point));
    }
}

static size_t check_fields(const struct json *embed) {
    size_t total = 0;
    assert_true(json_count(json_at(embed, "fields")) <= 25);
    for (const struct json *f = json_first(json_at(embed, "fields")); f != NULL; f = json_next(f)) {
        const char *name = json_str(f, "name"), *value = json_str(f, "value");
        assert_true(units(name) >= 1 && units(name) <= 256);
        assert_true(units(value) >= 1 && units(value) <= 1024);
        assert_tame(name, true);
        assert_tame(value, true);
        total += units(name) + units(value);
    }
    return total;
}

static void check_buttons(const struct json *root) {
    assert_true(json_is_array(json_at(root, "components")));
    assert_true(json_count(json_at(root, "components")) <= 5);
    for (const struct json *r = json_first(json_at(root, "components")); r != NULL; r = json_next(r)) {
        size_t n = json_count(json_at(r, "components"));
        assert_true(n >= 1 && n <= 5);
        for (const struct json *c = json_first(json_at(r, "components")); c != NULL; c = json_next(c)) {
            assert_true(units(json_str(c, "label")) >= 1 && units(json_str(c, "label")) <= 80);
            assert_true(units(json_str(c, "custom_id")) >= 1 && units(json_str(c, "custom_id")) <= 100);
            assert_tame(json_str(c, "label"), false);
        }
    }
}

static void check_limits(const struct body *b) {
    const char *title = json_str(b->embed, "title"), *description = json_str(b->embed, "description");
    const char *footer = json_str(b->embed, "footer.text");
    assert_true(units(title) <= 256);
    assert_true(units(description) <= 4096);
    assert_true(units(footer) <= 2048);
    assert_true(units(json_str(b->root, "content")) <= 2000);
    size_t total = units(title) + units(description) + units(footer) + check_fields(b->embed);
    assert_true(total <= 6000);
    assert_true(total >= 1);
    assert_tame(title, true);
    assert_tame(description, true);
    assert_tame(footer, false);
    check_buttons(b->root);
}

static void test_hostile_docs_keep_the_limits(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 1);
    for (int i = 0; i < 1500; i++) {
        struct arena *a = arena_new(HOSTILE_ARENA);
        struct doc *d = hostile_doc(a, &r);
        struct body b = render(d, &(struct discord_render){.mention = i % 2 ? "<@&77>" : ""});
        check_limits(&b);
        assert_int_equal(json_count(json_at(b.root, "allowed_mentions.parse")), 0);
        bool rings = d->mention && i % 2;
        assert_int_equal(json_count(json_at(b.root, "allowed_mentions.roles")), rings);
        assert_null(json_at(b.root, "allowed_mentions.users"));
        assert_int_equal(json_at(b.root, "content") != NULL, rings);
        clear(&b);
        arena_free(a);
    }
}

/* What fits is what was said: undoing the escapes gives the text back. */
static void test_hostile_titles_read_back(void **state) {
    (void)state;
    struct rng r;
    rng_seed(&r, 2);
    for (int i = 0; i < 1000; i++) {
        struct arena *a = arena_new(1u << 20);
        struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
        doc_title(d, NULL, "%s", hostile_text(a, &r, (uint32_t)rng_below(&r, 8)));
        doc_line(d, "%s", d->title);
        struct body b = render(d, &(struct discord_render){0});
        struct buf s;
        buf_init(&s, 4096);
        seen(json_str(b.embed, "title") != NULL ? json_str(b.embed, "title") : "", &s);
        assert_string_equal(s.p, d->title);
        buf_clear(&s);
        clear(&b);
        arena_free(a);
    }
}

static void check_line(const char *text, const char *want) {
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_line(d, "%s", text);
    struct body b = render(d, &(struct discord_render){0});
    assert_string_equal(json_str(b.embed, "description"), want);
    clear(&b);
    arena_free(a);
}

static void test_escapes(void **state) {
    (void)state;
    check_line("a*b_c`d", "a\\*b\\_c\\`d");
    check_line("Stop: 5,611.00 | TP: 5,621.00", "Stop: 5,611.00 | TP: 5,621.00"); /* one bar is no spoiler */
    check_line("||x||", "\\|\\|x\\|\\|");
    check_line("-450 and (55%)", "-450 and (55%)");
    check_line("- item\n# head\n> q\n-# s\n1. one", "\\- item\n\\# head\n\\> q\n\\-# s\n1\\. one");
    check_line("x - y # z > w 1. v", "x - y # z > w 1. v");
    check_line("<@123> @everyone @here", "\\<@123> @\u200beveryone @\u200bhere");
    check_line("entry @ 5615", "entry @ 5615");
    check_line("[a](https://b.example)", "\\[a\\](https\\://b.example)");
    check_line("@\x01"
               "everyone",
               "@\u200beveryone");
}

static void test_mention_only_where_asked(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_FR, DOC_URGENT);
    doc_title(d, "🛑", "Limite <@1> atteinte");
    struct body b = render(d, &(struct discord_render){.mention = "<@42>", .silent = true});
    assert_null(json_at(b.root, "content"));
    int64_t flags = 0;
    assert_true(json_i64(b.root, "flags", &flags));
    assert_int_equal(flags, 1 << 12);
    clear(&b);
    d->mention = true;
    b = render(d, &(struct discord_render){.mention = "<@42>"});
    assert_string_equal(json_str(b.root, "content"), "<@42> 🛑 Limite \\<@1> atteinte");
    assert_string_equal(json_str(b.root, "allowed_mentions.users[0]"), "42");
    assert_null(json_at(b.root, "flags"));
    clear(&b);
    d->mode = "LIVE"; /* a phone shows the content: it says whose money it is */
    b = render(d, &(struct discord_render){.mention = "<@42>"});
    assert_string_equal(json_str(b.root, "content"), "<@42> 🛑 Limite \\<@1> atteinte · LIVE");
    clear(&b);
    /* What is no mention of one id mentions nobody. */
    static const char *const bad[] = {"",  "@everyone", "<@>", "<@12", "<@1><@2>", "<@&x>", "<@123456789012345678901>",
                                      NULL};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        b = render(d, &(struct discord_render){.mention = bad[i]});
        assert_null(json_at(b.root, "content"));
        assert_int_equal(json_count(json_at(b.root, "allowed_mentions")), 1);
        clear(&b);
    }
    arena_free(a);
}

static void test_table_fits_a_phone_or_becomes_words(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_FR, DOC_PLAIN);
    doc_column(d, "#", DOC_RIGHT);
    doc_column(d, "Symbole", DOC_LEFT);
    doc_column(d, "P&L", DOC_RIGHT);
    doc_row(d, (const char *[]){"7", "ES", "+1 250 $"});
    doc_row(d, (const char *[]){"12", "XAUUSD", "-3 $"});
    struct body b = render(d, &(struct discord_render){0});
    assert_string_equal(json_str(b.embed, "description"),
                        "```\n #  Symbole       P&L\n 7  ES       +1 250 $\n12  XAUUSD       -3 $\n```");
    clear(&b);
    doc_row(d, (const char *[]){"13", "a_name_that_no_phone_can_show_on_one_line", ""});
    b = render(d, &(struct discord_render){0});
    assert_non_null(strstr(json_str(b.embed, "description"), "#\u00a0: 7 · Symbole\u00a0: ES · P&L\u00a0: +1 250 $"));
    assert_null(strstr(json_str(b.embed, "description"), "```"));
    clear(&b);
    arena_free(a);
}

static void test_fields_that_do_not_fit_are_said(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    char big[1001];
    memset(big, 'x', 1000);
    big[1000] = '\0';
    for (int i = 0; i < 10; i++) doc_field(d, "n", "%s", big);
    d->mode = "PAPER";
    struct body b = render(d, &(struct discord_render){0});
    check_limits(&b);
    assert_int_equal(json_count(json_at(b.embed, "fields")), 5);
    assert_string_equal(json_str(b.embed, "footer.text"), "PAPER · … 5 more fields");
    clear(&b);
    arena_free(a);
}

static void test_buttons_in_rows_of_five(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_title(d, NULL, "t");
    struct body b = render(d, &(struct discord_render){.ephemeral = true});
    assert_int_equal(json_count(json_at(b.root, "components")), 0); /* there, so that an edit removes old ones */
    assert_true(json_is_array(json_at(b.root, "components")));
    int64_t v = 0;
    assert_true(json_i64(b.root, "flags", &v) && v == 64);
    clear(&b);
    for (int i = 0; i < 6; i++) doc_button(d, arena_printf(a, "ok:%d", i), "OK", BUTTON_DANGER);
    b = render(d, &(struct discord_render){0});
    assert_int_equal(json_count(json_at(b.root, "components")), 2);
    assert_int_equal(json_count(json_at(b.root, "components[0].components")), 5);
    assert_string_equal(json_str(b.root, "components[1].components[0].custom_id"), "ok:5");
    assert_true(json_i64(b.root, "components[1].components[0].style", &v) && v == 4);
    clear(&b);
    arena_free(a);
}

/* A cut is always shown, and uses what is allowed to the last unit. */
static void test_a_cut_ends_in_an_ellipsis(void **state) {
    (void)state;
    static const struct {
        const char *unit;
        size_t units; /* of the whole, escaped */
    } cases[] = {{"x", 256}, {"*", 255}, {"🟢", 255}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct arena *a = arena_new(1u << 20);
        struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
        struct buf text;
        buf_init(&text, 4096);
        for (int k = 0; k < 300; k++) buf_str(&text, cases[i].unit);
        d->title = text.p;
        struct body b = render(d, &(struct discord_render){0});
        const char *title = json_str(b.embed, "title");
        assert_int_equal(units(title), cases[i].units);
        assert_string_equal(title + strlen(title) - strlen("…"), "…");
        assert_tame(title, true);
        /* What fits to the last unit is not cut. */
        buf_reset(&text);
        for (int k = 0; k < 256; k++) buf_char(&text, 'y');
        d->title = text.p;
        clear(&b);
        b = render(d, &(struct discord_render){0});
        assert_string_equal(json_str(b.embed, "title"), text.p);
        clear(&b);
        buf_clear(&text);
        arena_free(a);
    }
}

static void test_time_and_mode(void **state) {
    (void)state;
    struct arena *a = arena_new(1u << 20);
    struct doc *d = doc_new(a, LANG_EN, DOC_GOOD);
    doc_title(d, "🟢", "t");
    doc_time(d, when_from_sec(1751293920), NULL);
    d->mode = "LIVE";
    struct body b = render(d, &(struct discord_render){0});
    assert_string_equal(json_str(b.embed, "timestamp"), "2025-06-30T14:32:00Z");
    assert_string_equal(json_str(b.embed, "footer.text"), "LIVE");
    clear(&b);
    arena_free(a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hostile_docs_keep_the_limits),
        cmocka_unit_test(test_hostile_titles_read_back),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_mention_only_where_asked),
        cmocka_unit_test(test_table_fits_a_phone_or_becomes_words),
        cmocka_unit_test(test_fields_that_do_not_fit_are_said),
        cmocka_unit_test(test_buttons_in_rows_of_five),
        cmocka_unit_test(test_a_cut_ends_in_an_ellipsis),
        cmocka_unit_test(test_time_and_mode),
    };
    return RUN(tests);
}
