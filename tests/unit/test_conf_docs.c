/*
 * conf docs: the option table holds together, and the files made from it are the ones
 * that are committed. MIA_REWRITE=1 writes them anew (run from the root).
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/conf.h"
#include "config/options.h"

static void test_every_row_is_sound(void **state) {
    (void)state;
    for (const struct option *o = option_table; o->key != NULL; o++) {
        int64_t number, min, max;
        struct err e = {0};
        assert_ptr_equal(option_find(o->key), o); /* unique */
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            assert_non_null(o->text[lang]);
            size_t n = strlen(o->text[lang]);
            assert_true(n > 10 && (o->text[lang][n - 1] == '.' || o->text[lang][n - 1] == '?'));
        }
        assert_true(strcmp(o->text[LANG_EN], o->text[LANG_FR]) != 0);
        option_range(o, &min, &max);
        assert_true(min <= max);
        assert_int_equal(o->type == OPTION_CHOICE, o->choices[0] != NULL);
        if (o->value != NULL && o->value[0] != '\0' && option_parse(o, o->value, &number, &e) != 0)
            fail_msg("%s: default %s", o->key, e.text[LANG_EN]);
        if (o->flags & OPTION_SECRET) assert_non_null(o->env);
        if (o->env != NULL) assert_ptr_equal(option_of_env(o->env), o);
        if (o->flags & OPTION_REQUIRED) assert_non_null(strstr(o->key, "[]."));
    }
}

/* A new row must say whether it may change while running, and which way is tighter. */
static void test_every_row_declares_its_tighter_side(void **state) {
    (void)state;
    size_t changeable = 0;
    for (const struct option *o = option_table; o->key != NULL; o++) {
        if (o->tighter <= TIGHTER_UNDECLARED || o->tighter >= TIGHTER_COUNT)
            fail_msg("%s: say .tighter (config/options.h)", o->key);
        bool money = strncmp(o->key, "trading.", 8) == 0 || strncmp(o->key, "execution.", 10) == 0 ||
                     strncmp(o->key, "circuit_breakers.", 17) == 0 || strncmp(o->key, "news.", 5) == 0;
        bool guarded = o->tighter == TIGHTER_LOWER || o->tighter == TIGHTER_HIGHER;
        bool ordered = o->type == OPTION_BOOL || o->type == OPTION_INT || o->type == OPTION_RATIO ||
                       o->type == OPTION_NUMBER || o->type == OPTION_CASH ||
                       strcmp(o->key, "trading.weekend") == 0; /* of its choices the second is the tighter */
        changeable += option_is_changeable(o);
        if (option_is_changeable(o)) {
            assert_null(strchr(o->key, '['));
            assert_int_equal(o->flags & (OPTION_SECRET | OPTION_REQUIRED), 0);
            assert_true(strncmp(o->key, "access.", 7) != 0); /* nobody gives himself rights from the chat */
        }
        if (guarded && (!ordered || !money)) fail_msg("%s: what would be tighter there?", o->key);
        bool says_none = strstr(o->text[LANG_EN], "; 0:") != NULL && o->tighter == TIGHTER_LOWER;
        if (says_none != ((o->flags & OPTION_ZERO_IS_NONE) != 0))
            fail_msg("%s: \"; 0: …\" and OPTION_ZERO_IS_NONE go together", o->key);
    }
    assert_true(changeable <= CONF_CHANGES_MAX);
}

static void test_which_way_is_tighter(void **state) {
    (void)state;
    static const struct {
        const char *key;
        int64_t from, to;
        enum option_way way;
    } rows[] = {
        {"trading.risk_management.max_daily_loss", 20000, 10000, WAY_TIGHTER},
        {"trading.risk_management.max_daily_loss", 20000, 30000, WAY_LOOSER},
        {"trading.risk_management.max_daily_loss", 20000, 0, WAY_LOOSER}, /* none is the loosest */
        {"trading.risk_management.max_daily_loss", 0, 1000000, WAY_TIGHTER},
        {"trading.risk_management.max_daily_loss", 0, 0, WAY_NONE},
        {"trading.risk_management.position_risk", 10000, 20000, WAY_LOOSER},
        {"trading.min_confidence", 60, 70, WAY_TIGHTER},
        {"trading.min_confidence", 60, 0, WAY_LOOSER},
        {"trading.risk_management.min_reward_risk", 0, 1500000, WAY_TIGHTER},
        {"execution.position.break_even_r", 1000000, 0, WAY_LOOSER},      /* never */
        {"execution.position.trailing_start_r", 1000000, 0, WAY_TIGHTER}, /* at once */
        {"execution.position.trailing_stop", 1, 0, WAY_LOOSER},
        {"trading.weekend", 0, 1, WAY_TIGHTER}, /* hold, flat */
        {"trading.weekend_flat", 15, 10, WAY_LOOSER},
        {"news.before", 15, 0, WAY_LOOSER},
        {"execution.position.trailing_stop", 0, 1, WAY_TIGHTER},
        {"log.level", 0, 3, WAY_NEUTRAL},
        {"feed.speed", 1, 0, WAY_NEUTRAL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(option_way(option_find(rows[i].key), rows[i].from, rows[i].to), rows[i].way);
}

/* French writes a no-break space before : ; ! ? %, and nobody sees it missing in a review. */
static void test_french_spaces(void **state) {
    (void)state;
    for (const struct option *o = option_table; o->key != NULL; o++) {
        for (const char *p = o->text[LANG_FR]; (p = strpbrk(p, ";?!")) != NULL; p++) {
            bool spaced = p - o->text[LANG_FR] >= 2 && memcmp(p - 2, "\u00a0", 2) == 0;
            if (!spaced) fail_msg("%s: %s", o->key, o->text[LANG_FR]);
        }
    }
}

static void test_keys_name_everything(void **state) {
    (void)state;
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        struct buf b;
        buf_init(&b, 1 << 20);
        conf_keys((enum lang)lang, &b);
        for (const struct option *o = option_table; o->key != NULL; o++) {
            assert_non_null(strstr(b.p, o->key));
            assert_non_null(strstr(b.p, o->text[lang]));
        }
        assert_false(b.overflow);
        buf_clear(&b);
    }
}

static void load_text(const char *text) {
    char path[] = "/tmp/mia-example-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    struct conf_errors errs = {0};
    struct conf *c = conf_load(&(struct conf_source){.path = path, .env_path = ""}, &errs);
    struct buf b;
    buf_init(&b, 1 << 16);
    conf_errors_text(&errs, LANG_EN, &b);
    unlink(path);
    if (c == NULL) fail_msg("%s", b.p);
    buf_clear(&b);
    conf_errors_clear(&errs);
    conf_free(c);
}

/* The example loads as it is, and with every value in it switched on. */
static void test_the_example_loads(void **state) {
    (void)state;
    struct buf b, all;
    buf_init(&b, 1 << 20);
    buf_init(&all, 1 << 20);
    conf_example(&b);
    load_text(b.p);
    int switched = 0;
    for (char *line = strtok(b.p, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        bool value = line[0] == '#' && line[1] != ' ';
        bool unset = value && strstr(line, ": \"\"") != NULL && strstr(line, "log.path") == NULL;
        if (unset) continue; /* no default to show */
        switched += value;
        buf_printf(&all, "%s\n", value ? line + 1 : line);
    }
    assert_true(switched > 30);
    load_text(all.p);
    buf_clear(&b);
    buf_clear(&all);
}

static void compare(const char *path, void (*make)(struct buf *out)) {
    struct buf b, file;
    buf_init(&b, 1 << 20);
    buf_init(&file, 1 << 20);
    make(&b);
    if (getenv("MIA_REWRITE") != NULL) {
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fwrite(b.p, 1, b.len, f);
        fclose(f);
    }
    FILE *f = fopen(path, "rb");
    if (f == NULL) fail_msg("%s is missing: MIA_REWRITE=1 writes it", path);
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;) buf_add(&file, chunk, n);
    fclose(f);
    if (strcmp(file.p, b.p) != 0) fail_msg("%s is not what the table says: MIA_REWRITE=1 writes it anew", path);
    buf_clear(&b);
    buf_clear(&file);
}

static void test_committed_files(void **state) {
    (void)state;
    if (access("config/options.c", R_OK) != 0) skip(); /* not run from the root */
    compare("docs/CONFIG.md", conf_markdown);
    compare("config/mia.example.yaml", conf_example);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_row_is_sound),   cmocka_unit_test(test_every_row_declares_its_tighter_side),
        cmocka_unit_test(test_which_way_is_tighter), cmocka_unit_test(test_french_spaces),
        cmocka_unit_test(test_keys_name_everything), cmocka_unit_test(test_the_example_loads),
        cmocka_unit_test(test_committed_files),
    };
    return RUN(tests);
}
