/* json: paths, typed reads, limits, and a writer whose output reads back. */
#include "tests/unit/unit.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/net/json.h"

static struct json *parse(const char *text) {
    struct err e = {0};
    struct json *j = json_parse(text, strlen(text), &e);
    if (!j) fail_msg("%s: %s", text, err_text(&e, LANG_EN));
    return j;
}

static void refuses(const char *text, size_t n) {
    struct err e = {0};
    assert_null(json_parse(text, n, &e));
    assert_int_not_equal(e.code, ERR_NONE);
    assert_true(e.text[LANG_FR][0]);
}

static void paths(void **state) {
    (void)state;
    struct json *j = parse("{\"d\":{\"data\":{\"options\":[{\"value\":7},{\"value\":\"x\"}],\"a.b\":1}},\"n\":null}");
    int64_t v = 0;
    assert_true(json_i64(j, "d.data.options[0].value", &v));
    assert_int_equal(v, 7);
    assert_string_equal(json_str(j, "d.data.options[1].value"), "x");
    assert_null(json_at(j, "d.data.options[2].value"));
    assert_null(json_at(j, "d.data.options[x]"));
    assert_null(json_at(j, "d.data.options[0"));
    assert_null(json_at(j, "d.dat"));
    assert_null(json_at(NULL, "d"));
    assert_ptr_equal(json_at(j, ""), j);
    assert_ptr_equal(json_at(j, NULL), j);
    assert_true(json_is_null(json_at(j, "n")));
    assert_true(json_is_null(json_at(j, "absent")));
    assert_false(json_is_null(json_at(j, "d")));
    json_free(j);
}

static void walks_in_order(void **state) {
    (void)state;
    struct json *j = parse("{\"b\":[10,20,30],\"a\":{}}");
    const struct json *b = json_at(j, "b");
    int64_t sum = 0, v;
    assert_int_equal(json_count(b), 3);
    assert_int_equal(json_count(json_at(j, "a")), 0);
    assert_int_equal(json_count(json_item(b, 0)), 0);
    for (const struct json *c = json_first(b); c; c = json_next(c))
        if (json_i64(c, "", &v)) sum = sum * 100 + v;
    assert_int_equal(sum, 102030);
    assert_string_equal(json_key(json_item(j, 1)), "a");
    assert_null(json_key(json_item(b, 0)));
    assert_null(json_item(b, 3));
    json_free(j);
}

static void types_are_checked(void **state) {
    (void)state;
    struct json *j =
        parse("{\"s\":\"12\",\"f\":1.5,\"i\":-3,\"t\":true,\"big\":9007199254740993e3,\"long\":\"abcdef\"}");
    int64_t i = 99;
    double d = 99;
    bool b = false;
    char out[7];
    assert_false(json_i64(j, "s", &i));
    assert_false(json_i64(j, "f", &i));
    assert_false(json_i64(j, "big", &i));
    assert_int_equal(i, 99);
    assert_true(json_i64(j, "i", &i));
    assert_int_equal(i, -3);
    assert_true(json_f64(j, "f", &d) && d == 1.5);
    assert_false(json_f64(j, "s", &d));
    assert_true(json_bool(j, "t", &b) && b);
    assert_false(json_bool(j, "i", &b));
    assert_null(json_str(j, "i"));
    assert_true(json_copy(j, "long", out, 7));
    assert_string_equal(out, "abcdef");
    assert_false(json_copy(j, "long", out, 6));
    json_free(j);
}

static void ids(void **state) {
    (void)state;
    struct json *j =
        parse("[\"18446744073709551615\",\"18446744073709551616\",\"\",\"1x\",\"-1\",12,-1,1.5,\"007\",\"0\","
              "9007199254740992,9007199254740991]");
    uint64_t v = 1;
    assert_true(json_id(j, "[0]", &v));
    assert_true(v == UINT64_MAX);
    static const char *const bad[] = {"[1]", "[2]", "[3]", "[4]", "[6]", "[7]", "[8]", "[10]", "[99]"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_false(json_id(j, bad[i], &v));
    assert_true(v == UINT64_MAX);
    assert_true(json_id(j, "[5]", &v));
    assert_int_equal(v, 12);
    assert_true(json_id(j, "[9]", &v));
    assert_int_equal(v, 0);
    assert_true(json_id(j, "[11]", &v)); /* the last one that no other number is rounded to */
    assert_int_equal(v, 9007199254740991);
    json_free(j);
}

static void prices(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool ok;
        int64_t v;
    } cases[] = {
        {"\"2624.81\"", true, 262481000000},
        {"2624.81", true, 262481000000},
        {"0.00000001", true, 1},
        {"1e-5", true, 1000},
        {"1e3", true, 100000000000},
        {"-450", true, -45000000000},
        {"123456789012345", false, 0}, /* overflows */
        {"1e300", false, 0},
        {"0.30000000000000004", false, 0}, /* more than 15 digits: not what was meant */
        {"0.000000001", false, 0},         /* finer than a price */
        {"\"1e3\"", false, 0},
        {"\"\"", false, 0},
        {"true", false, 0},
        {"null", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json *j = parse(cases[i].text);
        price_t p = {-7};
        if (json_price(j, "", &p) != cases[i].ok) fail_msg("%s", cases[i].text);
        assert_int_equal(p.v, cases[i].ok ? cases[i].v : -7);
        json_free(j);
    }
}

static void bad_input(void **state) {
    (void)state;
    static const char *const bad[] = {"",    "{",     "}",    "{\"a\":1}}", "[1,]",        "\"open", "{} x",
                                      "nul", "[1 2]", "\"\\", "{\"a\" 1}",  "[\"\\u12\"]", " "};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) refuses(bad[i], strlen(bad[i]));
    refuses("[1]\0", 4);
    refuses("{\"a\":1} ", 5); /* cut: nothing past n is read */
    json_free(parse(" [1] \r\n\t"));
}

static void depth_is_limited(void **state) {
    (void)state;
    char text[2 * JSON_DEPTH_MAX + 3];
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    struct json *j = json_parse(text, 2 * JSON_DEPTH_MAX, NULL);
    assert_non_null(j);
    json_free(j);
    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    refuses(text, 2 * JSON_DEPTH_MAX + 2);
    json_free(parse("\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"")); /* not in a string */
}

static void values_are_limited(void **state) {
    (void)state;
    size_t n = 2 * (size_t)JSON_VALUES_MAX + 8;
    char *text = malloc(n);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++) text[i] = i % 2 ? ',' : '1';
    text[0] = '[';
    text[1] = '1';
    text[n - 2] = '1';
    text[n - 1] = ']';
    refuses(text, n);
    free(text);
}

static void writes_what_reads_back(void **state) {
    (void)state;
    struct buf b;
    struct jw w;
    buf_init(&b, 4096);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_kstr(&w, "a\"\\\n\x01", "é\t");
    jw_key(&w, "list");
    jw_arr(&w);
    jw_i64(&w, INT64_MIN);
    jw_u64(&w, UINT64_MAX);
    jw_null(&w);
    jw_bool(&w, true);
    jw_arr(&w);
    jw_end_arr(&w);
    jw_obj(&w);
    jw_end_obj(&w);
    jw_raw(&w, "{\"r\":1}");
    jw_end_arr(&w);
    jw_id(&w, "id", 18446744073709551615u);
    jw_ki64(&w, "n", -5);
    jw_kbool(&w, "f", false);
    jw_kstr(&w, "none", NULL);
    jw_end_obj(&w);
    assert_string_equal(
        b.p, "{\"a\\\"\\\\\\n\\u0001\":\"é\\t\",\"list\":[-9223372036854775808,18446744073709551615,null,true,"
             "[],{},{\"r\":1}],\"id\":\"18446744073709551615\",\"n\":-5,\"f\":false,\"none\":null}");
    struct json *j = json_parse(b.p, b.len, NULL);
    assert_non_null(j);
    assert_string_equal(json_str(j, "a\"\\\n\x01"), "é\t");
    json_free(j);
    buf_clear(&b);
}

static void bad_utf8_is_replaced(void **state) {
    (void)state;
    static const char *const bad[] = {"\x80",     "\xc0\xaf", "\xed\xa0\x80",    "\xf4\x90\x80\x80",
                                      "\xe2\x82", "\xff",     "\xf0\x82\x82\xac"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf b;
        struct jw w;
        buf_init(&b, 256);
        jw_init(&w, &b);
        jw_str(&w, bad[i]);
        assert_true(utf8_valid(b.p, b.len));
        assert_non_null(strstr(b.p, "\xef\xbf\xbd"));
        buf_clear(&b);
    }
}

static void doubles_read_back(void **state) {
    (void)state;
    static const double values[] = {0, -0.0, 0.1, 0.1 + 0.2, 1e300, DBL_MIN, DBL_MAX, 1.0 / 3, 123456789.125};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct buf b;
        struct jw w;
        double back = 1;
        buf_init(&b, 256);
        jw_init(&w, &b);
        jw_f64(&w, values[i]);
        struct json *j = parse(b.p);
        assert_true(json_f64(j, "", &back) && back == values[i]);
        json_free(j);
        buf_clear(&b);
    }
    struct buf b;
    struct jw w;
    buf_init(&b, 256);
    jw_init(&w, &b);
    jw_arr(&w);
    jw_f64(&w, NAN);
    jw_f64(&w, INFINITY);
    jw_f64(&w, 0.5);
    jw_end_arr(&w);
    assert_string_equal(b.p, "[null,null,0.5]");
    buf_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test(walks_in_order),
        cmocka_unit_test(types_are_checked),
        cmocka_unit_test(ids),
        cmocka_unit_test(prices),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(depth_is_limited),
        cmocka_unit_test(values_are_limited),
        cmocka_unit_test(writes_what_reads_back),
        cmocka_unit_test(bad_utf8_is_replaced),
        cmocka_unit_test(doubles_read_back),
    };
    return RUN(tests);
}
