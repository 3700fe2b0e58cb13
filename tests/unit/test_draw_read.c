/*
 * The description of a picture: what is written is read again, all that is wrong is refused with a sentence in both languages,
 * and nothing unbounded comes in.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "bot/draw/picture.h"
#include "tests/unit/draw_kit.h"

static void test_written_is_read(void **state) {
    (void)state;
    struct picture p = crowded(LANG_FR), back;
    struct err e = {0};
    struct buf one, two;
    buf_init(&one, PICTURE_TEXT_MAX);
    buf_init(&two, PICTURE_TEXT_MAX);
    picture_write(&p, &one);
    if (picture_read(one.p, one.len, &back, &e) != 0) fail_msg("%s", err_text(&e, LANG_EN));
    picture_write(&back, &two);
    assert_string_equal(one.p, two.p);
    assert_int_equal(back.lang, LANG_FR);
    assert_int_equal(back.candle_count, p.candle_count);
    assert_int_equal(back.candle[7].high.v, p.candle[7].high.v);
    assert_int_equal(back.zones[1].tall, true);
    assert_int_equal(back.level[0].from.ns, WHEN_NONE.ns);
    assert_int_equal(back.path[0].point[1].value.v, p.path[0].point[1].value.v);
    assert_true(back.profile.bin[2].weight == p.profile.bin[2].weight);
    buf_clear(&one);
    buf_clear(&two);
    picture_clear(&back);
    picture_clear(&p);
}

#define HEAD                                                                                                           \
    "{\"width\":800,\"height\":500,\"scale\":1,\"theme\":\"light\",\"locale\":\"en\",\"title\":\"t\",\"decimals\":2,"
#define CANDLE "[0,\"1\",\"3\",\"1\",\"2\",0]"
#define ONE HEAD "\"candle_seconds\":60,\"candles\":[" CANDLE "]"

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum err_code code;
    } bad[] = {
        {"", ERR_SYNTAX},
        {"{", ERR_SYNTAX},
        {"[]", ERR_SYNTAX},
        {"{}", ERR_SYNTAX},
        {HEAD "\"zone\":\"UTC\"}", ERR_SYNTAX},           /* nothing to draw */
        {HEAD "\"colour\":1}", ERR_SYNTAX},               /* unknown */
        {"{\"width\":100,\"height\":500}", ERR_RANGE},    /* too small */
        {"{\"width\":100000,\"height\":500}", ERR_RANGE}, /* too large */
        {"{\"width\":\"800\"}", ERR_SYNTAX},              /* another type */
        {"{\"width\":2000,\"height\":1600,\"scale\":3,\"theme\":\"light\",\"locale\":\"en\",\"title\":\"t\","
         "\"decimals\":2}",
         ERR_RANGE},                                                                              /* too many pixels */
        {HEAD "\"candles\":[" CANDLE "]}", ERR_SYNTAX},                                           /* of which length? */
        {HEAD "\"candle_seconds\":60,\"candles\":{}}", ERR_SYNTAX},                               /* no list */
        {HEAD "\"candle_seconds\":60,\"candles\":[[0,1,2,3]]}", ERR_SYNTAX},                      /* too few */
        {HEAD "\"candle_seconds\":60,\"candles\":[[0,\"1\",\"3\",\"2\",\"2\",0]]}", ERR_SYNTAX},  /* low above open */
        {HEAD "\"candle_seconds\":60,\"candles\":[[0,\"1\",\"x\",\"1\",\"2\",0]]}", ERR_SYNTAX},  /* no price */
        {HEAD "\"candle_seconds\":60,\"candles\":[[0,\"1\",\"3\",\"1\",\"2\",-1]]}", ERR_SYNTAX}, /* volume */
        {HEAD "\"candle_seconds\":60,\"candles\":[" CANDLE "," CANDLE "]}", ERR_SYNTAX},          /* twice */
        {HEAD "\"candle_seconds\":60,\"candles\":[[-1,\"1\",\"3\",\"1\",\"2\",0]]}", ERR_SYNTAX}, /* before 1970 */
        {ONE ",\"levels\":[{\"kind\":\"line\",\"price\":\"1\"}]}", ERR_SYNTAX},                   /* no name */
        {ONE ",\"levels\":[{\"kind\":\"wall\",\"price\":\"1\",\"name\":\"x\"}]}", ERR_SYNTAX},
        {ONE ",\"levels\":[{\"kind\":\"line\",\"price\":\"1e9\",\"name\":\"x\"}]}", ERR_SYNTAX},
        {ONE ",\"levels\":[{\"kind\":\"line\",\"price\":\"1\",\"name\":\"a\\nb\"}]}",
         ERR_SYNTAX}, /* hidden characters */
        {ONE ",\"zones\":[{\"kind\":\"gap\",\"low\":\"2\",\"high\":\"1\"}]}", ERR_SYNTAX},
        {ONE ",\"zones\":[{\"kind\":\"gap\",\"low\":\"2\"}]}", ERR_SYNTAX},
        {ONE ",\"zones\":[{\"kind\":\"gap\",\"from\":9,\"to\":9}]}", ERR_SYNTAX},
        {ONE ",\"markers\":[{\"kind\":\"buy\",\"price\":\"1\"}]}", ERR_SYNTAX}, /* no time */
        {ONE ",\"markers\":[7]}", ERR_SYNTAX},
        {ONE ",\"paths\":[{\"kind\":\"line\",\"name\":\"x\",\"points\":[]}]}", ERR_SYNTAX},
        {ONE ",\"paths\":[{\"kind\":\"line\",\"name\":\"x\",\"points\":[[5,\"1\"],[5,\"2\"]]}]}", ERR_SYNTAX},
        {ONE ",\"profile\":{\"bins\":[[\"1\",\"2\",1e300,true]]}}", ERR_SYNTAX},
        {ONE ",\"series\":{\"name\":\"x\",\"decimals\":9,\"points\":[[5,\"1\"]]}}", ERR_RANGE},
        {ONE "} x", ERR_SYNTAX},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct picture p;
        struct err e = {0};
        if (picture_read(bad[i].text, strlen(bad[i].text), &p, &e) != -1) fail_msg("accepted: %s", bad[i].text);
        if (e.code != bad[i].code) fail_msg("%s: %s, %s", bad[i].text, err_code_name(e.code), e.text[LANG_EN]);
        assert_true(e.text[LANG_EN][0] != '\0' && e.text[LANG_FR][0] != '\0');
        assert_null(p.candle);
    }
}

static void test_says_where(void **state) {
    (void)state;
    static const char text[] = ONE ",\"markers\":[{\"kind\":\"buy\",\"time\":0,\"price\":\"1\"},"
                                   "{\"kind\":\"buy\",\"time\":0,\"price\":true}]}";
    struct picture p;
    struct err e = {0};
    assert_int_equal(picture_read(text, sizeof text - 1, &p, &e), -1);
    assert_string_equal(e.text[LANG_EN], "markers 2: price is missing, or is not what it has to be");
    assert_string_equal(e.text[LANG_FR], "markers 2\u00a0: price manque ou n’est pas ce qu’il faut");
}

static void test_limits(void **state) {
    (void)state;
    static const struct {
        const char *key, *item;
        uint32_t most;
    } lists[] = {
        {"levels", "{\"kind\":\"line\",\"price\":\"1\",\"name\":\"x\"}", PICTURE_LEVELS_MAX},
        {"zones", "{\"kind\":\"gap\"}", PICTURE_ZONES_MAX},
        {"markers", "{\"kind\":\"buy\",\"time\":0,\"price\":\"1\"}", PICTURE_MARKERS_MAX},
        {"paths", "{\"kind\":\"line\",\"name\":\"x\",\"points\":[[5,\"1\"]]}", PICTURE_PATHS_MAX},
    };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        for (uint32_t n = lists[i].most; n <= lists[i].most + 1; n++) {
            struct buf b;
            struct picture p;
            struct err e = {0};
            buf_init(&b, PICTURE_TEXT_MAX);
            buf_printf(&b, "%s,\"%s\":[", ONE, lists[i].key);
            for (uint32_t k = 0; k < n; k++) buf_printf(&b, "%s%s", k > 0 ? "," : "", lists[i].item);
            buf_str(&b, "]}");
            int rc = picture_read(b.p, b.len, &p, &e);
            assert_int_equal(rc, n <= lists[i].most ? 0 : -1);
            if (rc != 0) assert_int_equal(e.code, ERR_FULL);
            picture_clear(&p);
            buf_clear(&b);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written_is_read),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_says_where),
        cmocka_unit_test(test_limits),
    };
    return RUN(tests);
}
