/*
 * alpaca_message: prices to the digit, times, every kind of message and of nonsense, what
 * each code of the stream means, the date of an answer.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/rng.h"

#include "engine/feeds/alpaca_message.h"

static struct json *frame;

static bool read_item(const char *text, struct alpaca_item *out) {
    struct err e;
    json_free(frame);
    frame = json_parse(text, strlen(text), &e);
    assert_non_null(frame);
    return alpaca_item_read(frame, out);
}

static int teardown(void **state) {
    (void)state;
    json_free(frame);
    frame = NULL;
    return 0;
}

static void a_bar(void **state) {
    (void)state;
    struct alpaca_item i;
    assert_true(
        read_item("{\"T\":\"b\",\"S\":\"SPY\",\"o\":388.985,\"h\":389.13,\"l\":388.975,\"c\":389.12,\"v\":49378,"
                  "\"t\":\"2021-02-22T19:15:00Z\",\"n\":461,\"vw\":389.062639}",
                  &i));
    assert_int_equal(i.kind, ALPACA_BAR);
    assert_string_equal(i.symbol, "SPY");
    assert_int_equal(i.bar.open.v, 38898500000);
    assert_int_equal(i.bar.close.v, 38912000000);
    assert_int_equal(i.bar.volume, 49378);
    assert_int_equal(i.bar.seconds, 60);
    assert_int_equal(when_sec(i.bar.start), 1614021300);
    alpaca_bar_to_grid(&i.bar, (price_t){1000000});
    assert_int_equal(i.bar.open.v, 38898000000); /* half to even */
    assert_int_equal(i.bar.low.v, 38898000000);
    assert_int_equal(i.bar.high.v, 38913000000);
    assert_true(
        read_item("{\"T\":\"u\",\"S\":\"SPY\",\"o\":\"1.5\",\"h\":2,\"l\":0.0001,\"c\":1.123456789012345678,\"v\":0,"
                  "\"t\":\"2021-02-22T19:15:00.123456789-05:00\"}",
                  &i));
    assert_int_equal(i.kind, ALPACA_UPDATED);
    assert_int_equal(i.bar.low.v, 10000);
    assert_int_equal(i.bar.close.v, 112345679); /* more digits than a price has */
    assert_int_equal(i.bar.start.ns % NS_PER_SEC, 123456789);
}

/* Every price of up to four decimals below 10,000 in steps, and random ones of eight, comes back to the digit. */
static void prices_are_exact(void **state) {
    (void)state;
    struct alpaca_item i;
    char text[300], digits[40];
    struct rng r;
    rng_seed(&r, 1);
    for (int k = 0; k < 20000; k++) {
        int64_t v = k % 2 ? (int64_t)rng_below(&r, 100000000) * 10000 : (int64_t)rng_below(&r, 99999999999999);
        snprintf(digits, sizeof digits, "%lld.%08lld", (long long)(v / PRICE_SCALE), (long long)(v % PRICE_SCALE));
        snprintf(text, sizeof text, "{\"T\":\"q\",\"S\":\"X\",\"bp\":%s,\"ap\":\"%s\"}", digits, digits);
        assert_true(read_item(text, &i));
        assert_int_equal(i.bid.v, v);
        assert_int_equal(i.ask.v, v);
    }
}

static void what_cannot_be_read(void **state) {
    (void)state;
    static const char *const bad[] = {
        "{}",
        "{\"T\":5}",
        "{\"T\":\"b\"}",
        "{\"T\":\"b\",\"S\":\"X\",\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1}",
        "{\"T\":\"b\",\"S\":\"X\",\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":-1,\"t\":\"2021-02-22T19:15:00Z\"}",
        "{\"T\":\"b\",\"S\":\"X\",\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1e300,\"t\":\"2021-02-22T19:15:00Z\"}",
        "{\"T\":\"b\",\"S\":\"X\",\"o\":1e300,\"h\":1,\"l\":1,\"c\":1,\"v\":1,\"t\":\"2021-02-22T19:15:00Z\"}",
        "{\"T\":\"b\",\"S\":\"X\",\"o\":null,\"h\":1,\"l\":1,\"c\":1,\"v\":1,\"t\":\"2021-02-22T19:15:00Z\"}",
        "{\"T\":\"b\",\"S\":\"X\",\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1,\"t\":1614021300}",
        "{\"T\":\"b\",\"S\":\"X\",\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1,\"t\":\"yesterday\"}",
        "{\"T\":\"b\",\"S\":7,\"o\":1,\"h\":1,\"l\":1,\"c\":1,\"v\":1,\"t\":\"2021-02-22T19:15:00Z\"}",
        "{\"T\":\"q\",\"S\":\"X\",\"bp\":1}",
        "{\"T\":\"error\",\"msg\":\"x\"}",
        "[]",
        "7",
    };
    struct alpaca_item i;
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++)
        if (read_item(bad[k], &i)) fail_msg("read: %s", bad[k]);
}

static void other_kinds(void **state) {
    (void)state;
    struct alpaca_item i;
    assert_true(read_item("{\"T\":\"success\",\"msg\":\"connected\"}", &i));
    assert_int_equal(i.kind, ALPACA_SUCCESS);
    assert_string_equal(i.text, "connected");
    assert_true(read_item("{\"T\":\"subscription\",\"trades\":[],\"bars\":[\"AAPL\"]}", &i));
    assert_int_equal(i.kind, ALPACA_SUBSCRIPTION);
    assert_true(read_item("{\"T\":\"error\",\"code\":406,\"msg\":\"connection limit exceeded\"}", &i));
    assert_int_equal(i.kind, ALPACA_ERROR);
    assert_int_equal(i.code, 406);
    assert_true(read_item(
        "{\"T\":\"q\",\"S\":\"AMD\",\"bx\":\"U\",\"bp\":87.66,\"bs\":1,\"ax\":\"X\",\"ap\":87.67,\"as\":4}", &i));
    assert_int_equal(i.ask.v - i.bid.v, 1000000);
    assert_true(read_item("{\"T\":\"d\",\"S\":\"AMD\"}", &i));
    assert_int_equal(i.kind, ALPACA_OTHER);
}

static void every_code_has_an_answer(void **state) {
    (void)state;
    static const struct {
        int64_t code;
        enum alpaca_answer answer;
    } want[] = {{400, ANSWER_RETRY_SLOW}, {401, ANSWER_RETRY},   {402, ANSWER_STOP},       {403, ANSWER_IGNORE},
                {404, ANSWER_RETRY},      {405, ANSWER_STOP},    {406, ANSWER_RETRY_SLOW}, {407, ANSWER_RETRY},
                {408, ANSWER_STOP},       {409, ANSWER_STOP},    {500, ANSWER_RETRY},      {499, ANSWER_RETRY_SLOW},
                {-1, ANSWER_RETRY_SLOW},  {0, ANSWER_RETRY_SLOW}};
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        const struct alpaca_code *c = alpaca_code_find(want[i].code);
        assert_int_equal(c->answer, want[i].answer);
        assert_true(*c->text[LANG_EN] && *c->text[LANG_FR]);
        assert_true((c->answer != ANSWER_STOP) || c->key); /* who stops for good says so */
    }
}

static void dates_of_answers(void **state) {
    (void)state;
    when_t t;
    assert_true(alpaca_http_date("Sat, 21 Nov 2026 21:30:34 GMT", &t));
    assert_int_equal(when_sec(t), 1795296634);
    static const char *const bad[] = {"",
                                      "Sat",
                                      "Sat, 21 Nov 2026 21:30:34 CET",
                                      "Sat, 21 Nov 2026 21:30:34 GMT x",
                                      "Sat, 21 ovD 2026 21:30:34 GMT",
                                      "Sat, 41 Nov 2026 21:30:34 GMT",
                                      "Sat, 21 Nov 2026 25:30:34 GMT",
                                      "2026-11-21T21:30:34Z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) assert_false(alpaca_http_date(bad[i], &t));
    assert_false(alpaca_http_date(NULL, &t));
}

#define T(f) cmocka_unit_test_teardown(f, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {T(a_bar),       T(prices_are_exact),         T(what_cannot_be_read),
                                       T(other_kinds), T(every_code_has_an_answer), T(dates_of_answers)};
    return RUN(tests);
}
