/* The crossing of price and average: where it wants in and out, with what stop, and how sure it says it is. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/strategy.h"

static const struct strategy *ma;
static void *state_of;
static struct instrument gold;
static double params[8];

static int setup(void **state) {
    (void)state;
    ma = strategy_find("MovingAverage");
    gold = *instrument_builtin("XAUUSD");
    for (size_t i = 0; ma->params[i].name != NULL; i++) params[i] = ma->params[i].value;
    params[0] = 5; /* ma_period */
    state_of = NULL;
    return 0;
}

static int teardown(void **state) {
    (void)state;
    free(state_of);
    return 0;
}

static void start(void) {
    state_of = xcalloc(1, ma->state_size(params));
    assert_int_equal(ma->open(state_of, params, NULL), 0);
}

static price_t px(double v) {
    price_t p = {0};
    assert_true(price_from_double(v, &p));
    return p;
}

static struct intents step_in(double low, double high, double close, const struct trade *t) {
    struct intents out = {0};
    struct bar b = {.seconds = 300, .open = px(low), .high = px(high), .low = px(low), .close = px(close)};
    struct strategy_view v = {.instrument = &gold, .bar = &b, .trade = t};
    ma->bar(state_of, &v, &out);
    return out;
}

static struct intents step(double close, const struct trade *t) {
    return step_in(close - 1, close + 1, close, t);
}

/* Enough bars for average and range, below the average at the end. */
static void settle_below(void) {
    for (int i = 0; i < 20; i++) assert_int_equal(step(2600, NULL).n, 0);
    assert_int_equal(step(2598, NULL).n, 1); /* crosses below */
}

static void long_when_it_crosses_above(void **state) {
    (void)state;
    start();
    settle_below();
    struct intents out = step(2604, NULL);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.item[0].kind, INTENT_ENTER);
    assert_int_equal(out.item[0].side, SIDE_LONG);
    assert_int_equal(out.item[0].stop.v, px(2551.92).v); /* 2604 less 2 % */
    assert_int_equal(out.item[0].target.v, 0);
    assert_in_range(out.item[0].confidence, 1, 100);
    assert_non_null(strstr(out.item[0].reason[LANG_EN], "2,604.00"));
    assert_non_null(strstr(out.item[0].reason[LANG_FR], "2\u202f604,00"));
    assert_int_equal(step(2605, NULL).n, 0); /* only the crossing counts */
}

static void out_and_short_when_it_crosses_below(void **state) {
    (void)state;
    params[2] = 0.04; /* take_profit_pct */
    start();
    settle_below();
    struct trade t = {.side = SIDE_LONG};
    step(2604, NULL);
    struct intents out = step(2590, &t);
    assert_int_equal(out.n, 2);
    assert_int_equal(out.item[0].kind, INTENT_EXIT);
    assert_int_equal(out.item[1].side, SIDE_SHORT);
    assert_int_equal(out.item[1].stop.v, px(2641.8).v);
    assert_int_equal(out.item[1].target.v, px(2486.4).v);
}

static void no_shorts_where_not_allowed(void **state) {
    (void)state;
    params[3] = 0;
    start();
    for (int i = 0; i < 20; i++) step(2600, NULL);
    struct trade t = {.side = SIDE_LONG};
    struct intents out = step(2590, &t);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.item[0].kind, INTENT_EXIT);
}

/* A deeper break, closed at its high, is worth more than one that hardly crosses and fell back. */
static void confidence_is_measured(void **state) {
    (void)state;
    start();
    settle_below();
    uint32_t strong = step_in(2598, 2606, 2606, NULL).item[0].confidence;
    free(state_of);
    start();
    settle_below();
    uint32_t weak = step_in(2598, 2606, 2600.4, NULL).item[0].confidence;
    assert_true(strong >= 75);
    assert_true(weak <= 60);
    assert_true(weak < strong);
}

static void stored_and_read_back(void **state) {
    (void)state;
    start();
    settle_below();
    struct buf b;
    struct snap s;
    buf_init(&b, 1u << 16);
    snap_writer(&s, &b);
    ma->snap(state_of, &s);
    struct intents as_is = step(2604, NULL);
    free(state_of);
    start();
    snap_reader(&s, b.p, b.len);
    s.version = ENGINE_FORMAT;
    ma->snap(state_of, &s);
    assert_true(snap_complete(&s));
    struct intents again = step(2604, NULL);
    assert_int_equal(again.n, as_is.n);
    assert_int_equal(again.item[0].confidence, as_is.item[0].confidence);
    assert_string_equal(again.item[0].reason[0], as_is.item[0].reason[0]);
    buf_clear(&b);
}

/* The bytes as formats 1 to 3 had them, of the same 21 rows. */
static void read_from_an_older_program(void **state) {
    uint32_t five = 5, fourteen = 14, at = 1;
    double before = -1.6, value = 2, last = 2598, sum = 4 * 2600 + 2598, fresh = 2598, average = 2600;
    bool yes = true;
    struct buf b;
    struct snap s;
    (void)state;
    start();
    settle_below();
    struct intents as_is = step(2604, NULL);
    free(state_of);
    start();
    buf_init(&b, 4096);
    snap_writer(&s, &b);
    snap_bool(&s, &yes);
    snap_f64(&s, &before);
    for (int i = 0; i < 5; i++) snap_f64(&s, i == 0 ? &(double){2599.6} : &average); /* past averages */
    snap_u32(&s, &five), snap_u32(&s, &at);                                          /* how many, the oldest */
    snap_u32(&s, &five), snap_u32(&s, &at), snap_u32(&s, &five), snap_f64(&s, &sum), snap_f64(&s, &fresh);
    for (int i = 0; i < 5; i++) snap_f64(&s, i == 0 ? &last : &average);
    snap_u32(&s, &fourteen), snap_u32(&s, &fourteen), snap_bool(&s, &yes), snap_f64(&s, &last);
    value = (2.0 * 13 + 3) / 14; /* of the range's last row: 2597 to the close before it */
    snap_f64(&s, &value);
    snap_reader(&s, b.p, b.len);
    s.version = 3;
    ma->snap(state_of, &s);
    assert_true(snap_complete(&s));
    struct intents again = step(2604, NULL);
    assert_int_equal(as_is.n, 1);
    assert_int_equal(again.n, as_is.n);
    assert_int_equal(again.item[0].confidence, as_is.item[0].confidence);
    assert_string_equal(again.item[0].reason[0], as_is.item[0].reason[0]);
    buf_clear(&b);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(long_when_it_crosses_above),  T(out_and_short_when_it_crosses_below),
                                       T(no_shorts_where_not_allowed), T(confidence_is_measured),
                                       T(stored_and_read_back),        T(read_from_an_older_program)};
    return RUN(tests);
}
