/* buf: growth, the cap, and the UTF-8 helpers that decide what reaches a chat platform. */
#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"

static void starts_empty_and_terminated(void **state) {
    (void)state;
    struct buf b, zero = {0};
    buf_init(&b, 10);
    assert_string_equal(b.p, "");
    buf_cut(&b, 0);
    buf_drop(&b, 3);
    buf_reset(&b);
    assert_string_equal(b.p, "");
    char *p = buf_detach(&b);
    assert_string_equal(p, "");
    free(p);
    buf_clear(&b);
    buf_clear(&zero);
    assert_string_equal(zero.p, "");
}

static void adds_grow_to_exactly_the_cap(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1000);
    for (int i = 0; i < 1000; i++) buf_char(&b, (char)('a' + i % 26));
    assert_int_equal(b.len, 1000);
    assert_false(b.overflow);
    for (int i = 0; i < 1000; i++) assert_int_equal(b.p[i], 'a' + i % 26);
    assert_int_equal(b.p[1000], 0);
    buf_char(&b, 'x');
    assert_true(b.overflow);
    assert_int_equal(b.len, 1000);
    buf_clear(&b);
}

static void overflow_sticks_and_adds_nothing(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    buf_str(&b, "abc");
    buf_str(&b, "def");
    assert_true(b.overflow);
    buf_char(&b, 'z'); /* would fit, but a text with a hole is worse than a short one */
    buf_printf(&b, "%d", 1);
    assert_string_equal(b.p, "abc");
    buf_reset(&b);
    assert_false(b.overflow);
    buf_str(&b, "vwxyz");
    assert_string_equal(b.p, "vwxyz");
    assert_false(b.overflow);
    buf_clear(&b);
}

static void a_size_that_wraps_is_refused(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 16);
    buf_str(&b, "abc");
    buf_add(&b, "x", SIZE_MAX);
    assert_true(b.overflow);
    assert_string_equal(b.p, "abc");
    buf_clear(&b);
}

static void printf_short_long_and_past_the_cap(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 700);
    buf_printf(&b, "%s-%d", "a", 7);
    assert_string_equal(b.p, "a-7");
    buf_printf(&b, "%0500d", 1);
    assert_int_equal(b.len, 503);
    assert_int_equal(b.p[502], '1');
    assert_int_equal(b.p[501], '0');
    buf_printf(&b, "%0255d", 1);
    assert_true(b.overflow);
    assert_int_equal(b.len, 503);
    buf_clear(&b);
}

static void numbers_are_written_whole_or_not(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 62);
    buf_u64(&b, 0);
    buf_char(&b, ' ');
    buf_u64(&b, UINT64_MAX);
    buf_char(&b, ' ');
    buf_i64(&b, INT64_MIN);
    buf_char(&b, ' ');
    buf_i64(&b, -7);
    assert_string_equal(b.p, "0 18446744073709551615 -9223372036854775808 -7");
    buf_reset(&b);
    for (int i = 0; i < 50; i++) buf_char(&b, '.');
    buf_i64(&b, INT64_MIN); /* 20 characters, there is room for 12 */
    assert_true(b.overflow);
    assert_int_equal(b.len, 50);
    buf_clear(&b);
}

static void room_is_given_whole_or_not(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    buf_str(&b, "ab");
    char *p = buf_room(&b, 98);
    assert_non_null(p);
    memset(p, 'x', 98);
    assert_int_equal(b.len, 100);
    assert_true(b.p[1] == 'b' && b.p[2] == 'x' && b.p[99] == 'x' && b.p[100] == '\0');
    assert_null(buf_room(&b, 1));
    assert_true(b.overflow);
    assert_int_equal(b.len, 100);
    buf_clear(&b);
}

static void cut_drop_and_detach(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 100);
    buf_str(&b, "hello world");
    buf_drop(&b, 6);
    assert_string_equal(b.p, "world");
    buf_cut(&b, 50);
    assert_string_equal(b.p, "world");
    buf_cut(&b, 3);
    assert_string_equal(b.p, "wor");
    buf_drop(&b, 99);
    assert_string_equal(b.p, "");
    buf_str(&b, "again");
    char *p = buf_detach(&b);
    assert_string_equal(p, "again");
    assert_string_equal(b.p, "");
    assert_int_equal(b.max, 100);
    free(p);
}

static void copies_are_cut_between_characters(void **state) {
    (void)state;
    char out[6];
    assert_true(str_copy(out, sizeof out, "hello"));
    assert_string_equal(out, "hello");
    assert_false(str_copy(out, sizeof out, "hello!"));
    assert_string_equal(out, "hello");
    assert_false(str_copy(out, sizeof out, "abcd€")); /* 3 bytes, room for one */
    assert_string_equal(out, "abcd");
    assert_true(str_copy(out, sizeof out, "ab€"));
    assert_string_equal(out, "ab€");
    assert_false(str_copy(out, sizeof out, "aé😀"));
    assert_string_equal(out, "aé");
    assert_false(str_copy(out, 1, "x"));
    assert_string_equal(out, "");
    assert_false(str_copy(out, sizeof out, "\x80\x80\x80\x80\x80\x80\x80")); /* not UTF-8: cut anywhere */
    assert_int_equal(strlen(out), 5);
    assert_true(str_copy_n(out, sizeof out, "abcdef", 3));
    assert_string_equal(out, "abc");
}

static void lengths_in_units_and_points(void **state) {
    (void)state;
    const char *s = "aé€😀";
    assert_int_equal(strlen(s), 10);
    assert_int_equal(utf8_points(s, 10), 4);
    assert_int_equal(utf8_units16(s, 10), 5);
    assert_int_equal(utf8_units16("\xff\xc3", 2), 2);
    assert_int_equal(utf8_points("\xf0\x9f\x98", 3), 3); /* a broken character: a unit a byte */
    assert_int_equal(utf8_prefix16(s, 10, 0), 0);
    assert_int_equal(utf8_prefix16(s, 10, 3), 6);
    assert_int_equal(utf8_prefix16(s, 10, 4), 6); /* half of a surrogate pair is nothing */
    assert_int_equal(utf8_prefix16(s, 10, 5), 10);
    assert_int_equal(utf8_prefix16(s, 10, 99), 10);
}

static void validity(void **state) {
    (void)state;
    static const char *const good[] = {"", "plain", "é€😀", "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf", "\xee\x80\x80"};
    static const char *const bad[] = {"\x80",
                                      "\xc3",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80",
                                      "\xe2\x82",
                                      "a\xff",
                                      "\xc3(",
                                      "\xe0\x9f\xbf",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) assert_true(utf8_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(utf8_valid(bad[i], strlen(bad[i])));
    assert_true(utf8_valid("a\0b", 3));
    assert_false(utf8_valid("€", 2)); /* the length rules, whatever stands behind it */
}

static void check_text(const char *in, size_t n, bool newlines, const char *want) {
    struct buf b;
    buf_init(&b, 200);
    buf_text(&b, in, n, newlines);
    assert_string_equal(b.p, want);
    assert_int_equal(b.len, strlen(want));
    buf_clear(&b);
}

static void text_from_outside_loses_what_deceives(void **state) {
    (void)state;
    check_text("caf\xc3\xa9 \xff\xc3", 8, false, "café ");
    check_text("a\0b\x1b[31m\x7f", 9, false, "ab[31m");
    check_text("one\r\ntwo\tthree", 14, true, "one\ntwo three");
    check_text("one\r\ntwo\tthree", 14, false, "one two three");
    check_text("pay \u202e001\u202c \u2066x\u2069\u200e\u200f\u061c", 29, false, "pay 001 x");
    check_text("a\u2028b\xc2\x85"
               "c\xc2\x9b"
               "d\ufeff",
               14, false, "a bcd");
    check_text("\U0001f469\u200d\U0001f680", 11, false, "\U0001f469\u200d\U0001f680"); /* the joiner of emoji stays */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty_and_terminated),
        cmocka_unit_test(adds_grow_to_exactly_the_cap),
        cmocka_unit_test(overflow_sticks_and_adds_nothing),
        cmocka_unit_test(a_size_that_wraps_is_refused),
        cmocka_unit_test(printf_short_long_and_past_the_cap),
        cmocka_unit_test(numbers_are_written_whole_or_not),
        cmocka_unit_test(room_is_given_whole_or_not),
        cmocka_unit_test(cut_drop_and_detach),
        cmocka_unit_test(copies_are_cut_between_characters),
        cmocka_unit_test(lengths_in_units_and_points),
        cmocka_unit_test(validity),
        cmocka_unit_test(text_from_outside_loses_what_deceives),
    };
    return RUN(tests);
}
