/* err and lang: both texts are set, prefixed and cut; codes have names. */
#include "tests/unit/unit.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

static void both_texts_and_the_code(void **state) {
    (void)state;
    struct err e = {0};
    assert_string_equal(err_text(&e, LANG_EN), "");
    assert_int_equal(err_set(&e, ERR_RANGE, "%s is over %d", "%s dépasse %d", "risk", 5), -1);
    assert_int_equal(e.code, ERR_RANGE);
    assert_string_equal(err_text(&e, LANG_EN), "risk is over 5");
    assert_string_equal(err_text(&e, LANG_FR), "risk dépasse 5");
    assert_int_equal(err_prefix(&e, "order %d", "ordre %d", 7), -1);
    assert_int_equal(e.code, ERR_RANGE);
    assert_string_equal(err_text(&e, LANG_EN), "order 7: risk is over 5");
    assert_string_equal(err_text(&e, LANG_FR), "ordre 7\u00a0: risk dépasse 5");
}

static void its_own_text_may_be_an_argument(void **state) {
    (void)state;
    struct err e = {0};
    err_set(&e, ERR_IO, "disk", "disque");
    err_set(&e, ERR_IO, "<%s>", "«\u00a0%s\u00a0»", err_text(&e, LANG_EN));
    assert_string_equal(err_text(&e, LANG_EN), "<disk>");
    assert_string_equal(err_text(&e, LANG_FR), "«\u00a0disk\u00a0»");
}

static void long_texts_are_cut_between_characters(void **state) {
    (void)state;
    char many[3 * ERR_TEXT_MAX + 1];
    for (size_t i = 0; i < ERR_TEXT_MAX; i++) memcpy(many + 3 * i, "€", 3);
    many[sizeof many - 1] = '\0';
    struct err e = {0};
    for (int shift = 0; shift < 4; shift++) {
        err_set(&e, ERR_NET, "%.*s%s", "%.*s%s", shift, "abc", many);
        size_t n = strlen(err_text(&e, LANG_FR));
        assert_true(n < ERR_TEXT_MAX && n >= ERR_TEXT_MAX - 4);
        assert_true(utf8_valid(err_text(&e, LANG_FR), n));
        err_prefix(&e, "%s", "%s", "long");
        assert_true(utf8_valid(err_text(&e, LANG_EN), strlen(err_text(&e, LANG_EN))));
        assert_memory_equal(err_text(&e, LANG_EN), "long: ", 6);
    }
}

static void nobody_listening_is_fine(void **state) {
    (void)state;
    assert_int_equal(err_set(NULL, ERR_IO, "x", "x"), -1);
    assert_int_equal(err_prefix(NULL, "x", "x"), -1);
    assert_string_equal(err_text(NULL, LANG_EN), "");
}

static void codes_have_distinct_names(void **state) {
    (void)state;
    for (int i = 0; i < ERR_CODE_COUNT; i++) {
        assert_non_null(err_code_name((enum err_code)i));
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(err_code_name((enum err_code)i), err_code_name((enum err_code)k));
        }
    }
    assert_string_equal(err_code_name(ERR_UNKNOWN), "unknown");
    assert_string_equal(err_code_name(ERR_CODE_COUNT), "?");
}

static void tags(void **state) {
    (void)state;
    static const char *const french[] = {"fr", "fr-CA", "fr_FR.UTF-8", "FR", "fr.UTF-8", "fr@euro"};
    static const char *const english[] = {"", "f", "en", "en-GB", "de", "fro", "frr", "C", "x-fr"};
    for (size_t i = 0; i < sizeof french / sizeof french[0]; i++) {
        assert_int_equal(lang_from_tag(french[i]), LANG_FR);
    }
    for (size_t i = 0; i < sizeof english / sizeof english[0]; i++) {
        assert_int_equal(lang_from_tag(english[i]), LANG_EN);
    }
    assert_int_equal(lang_from_tag(NULL), LANG_EN);
    assert_string_equal(lang_tag(LANG_FR), "fr");
    assert_string_equal(lang_tag(LANG_EN), "en");
    assert_string_equal(tr(LANG_FR, "yes", "oui"), "oui");
    assert_string_equal(tr(LANG_EN, "yes", "oui"), "yes");
}

static void what_others_said_is_text(void **state) {
    (void)state;
    struct err e;
    err_set(&e, ERR_CORRUPT, "a %s b", "é %s z", "x\xff\x80y\033[31m\u202e\nw\xe2\x82");
    assert_string_equal(e.text[LANG_EN], "a xy[31m\nw b");
    assert_string_equal(e.text[LANG_FR], "é xy[31m\nw z");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_others_said_is_text),
        cmocka_unit_test(both_texts_and_the_code),
        cmocka_unit_test(its_own_text_may_be_an_argument),
        cmocka_unit_test(long_texts_are_cut_between_characters),
        cmocka_unit_test(nobody_listening_is_fine),
        cmocka_unit_test(codes_have_distinct_names),
        cmocka_unit_test(tags),
    };
    return RUN(tests);
}
