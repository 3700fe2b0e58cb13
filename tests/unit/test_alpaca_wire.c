/* What is written to Alpaca and read from it, without a network. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "engine/brokers/alpaca_wire.h"

static const char entry_text[] =
    "{\"id\":\"e1\",\"client_order_id\":\"mia-17\",\"symbol\":\"SPY\",\"qty\":\"24\",\"filled_qty\":\"24\","
    "\"type\":\"market\",\"side\":\"buy\",\"limit_price\":null,\"stop_price\":null,\"status\":\"filled\",\"legs\":["
    "{\"id\":\"t1\",\"client_order_id\":\"aaaa\",\"symbol\":\"SPY\",\"qty\":\"24\",\"filled_qty\":\"0\",\"type\":"
    "\"limit\","
    "\"side\":\"sell\",\"limit_price\":\"520.5\",\"stop_price\":null,\"status\":\"new\",\"legs\":null},"
    "{\"id\":\"s1\",\"client_order_id\":\"bbbb\",\"symbol\":\"SPY\",\"qty\":\"24\",\"filled_qty\":\"0\",\"type\":"
    "\"stop\","
    "\"side\":\"sell\",\"limit_price\":null,\"stop_price\":\"490.97\",\"status\":\"held\",\"legs\":null}]}";

static struct json *parsed(const char *text) {
    struct err e;
    struct json *j = json_parse(text, strlen(text), &e);
    assert_non_null(j);
    return j;
}

static price_t px(const char *s) {
    price_t p;
    assert_true(price_parse(s, strlen(s), &p));
    return p;
}

static void legs_know_their_root(void **state) {
    (void)state;
    struct alpaca_order o[8];
    uint32_t n;
    struct json *j = parsed(entry_text);
    assert_true(alpaca_orders_read(j, o, 8, &n));
    assert_int_equal(n, 3);
    assert_string_equal(o[2].root, "mia-17");
    assert_int_equal(o[0].status, ALPACA_FILLED);
    assert_int_equal(o[2].status, ALPACA_HELD);
    assert_true(o[2].is_stop && o[1].is_limit && o[0].is_buy && !o[1].is_buy);
    assert_int_equal(o[2].stop.v, px("490.97").v);
    assert_int_equal(o[1].limit.v, px("520.5").v);
    assert_false(alpaca_orders_read(j, o, 2, &n)); /* more than there is room for is said, not cut */
    json_free(j);
}

static void what_is_not_documented_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "{\"id\":\"e1\",\"symbol\":\"SPY\",\"qty\":\"1\",\"type\":\"market\",\"side\":\"buy\",\"status\":\"sleeping\"}",
        "{\"id\":\"e1\",\"symbol\":\"SPY\",\"qty\":\"1e3\",\"type\":\"market\",\"side\":\"buy\",\"status\":\"new\"}",
        "{\"id\":\"e1\",\"symbol\":\"SPY\",\"qty\":1,\"type\":\"market\",\"side\":\"buy\",\"status\":\"new\"}",
        "{\"symbol\":\"SPY\",\"qty\":\"1\",\"type\":\"market\",\"side\":\"buy\",\"status\":\"new\"}",
        "{\"id\":\"a-name-that-is-longer-than-any-that-the-venue-gives\",\"symbol\":\"SPY\",\"qty\":\"1\",\"type\":"
        "\"market\","
        "\"side\":\"buy\",\"status\":\"new\"}",
        "7"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct alpaca_order o[4];
        uint32_t n;
        struct json *j = parsed(bad[i]);
        assert_false(alpaca_orders_read(j, o, 4, &n));
        json_free(j);
    }
}

static void ids(void **state) {
    (void)state;
    bool protects;
    char name[ALPACA_CLIENT_MAX];
    alpaca_client_name(name, 1882506959781897ULL);
    assert_int_equal(alpaca_client_read(name, &protects), 1882506959781897ULL);
    assert_false(protects);
    alpaca_protect_name(name, 17, 1767600000000);
    assert_string_equal(name, "mia-17-p1767600000000");
    assert_int_equal(alpaca_client_read(name, &protects), 17);
    assert_true(protects);
    static const char *const others[] = {"", "mia-", "mia-x", "mia-17x", "MIA-17", "5680c4bc-9ac1-4a12", "mia-17-q1"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(alpaca_client_read(others[i], &protects), 0);
    qty_t one = {QTY_SCALE}, two = {2 * QTY_SCALE};
    assert_true(alpaca_fill_id("e1", one) != alpaca_fill_id("e1", two));
    assert_true(alpaca_fill_id("e1", one) != alpaca_fill_id("e2", one));
}

static void bodies(void **state) {
    (void)state;
    struct buf b;
    const struct instrument *in = instrument_builtin("SPY");
    struct order o = {.id = 17, .side = SIDE_LONG, .type = ORDER_MARKET, .qty = {24 * QTY_SCALE}, .stop = px("490.97")};
    buf_init(&b, 4096);
    alpaca_entry_body(&b, &o, in);
    assert_string_equal(
        b.p, "{\"symbol\":\"SPY\",\"side\":\"buy\",\"qty\":\"24\",\"type\":\"market\",\"time_in_force\":\"gtc\","
             "\"client_order_id\":\"mia-17\",\"order_class\":\"oto\",\"stop_loss\":{\"stop_price\":\"490.97\"}}");
    buf_reset(&b);
    o.type = ORDER_LIMIT;
    o.price = px("500.5");
    o.target = px("520");
    alpaca_entry_body(&b, &o, in);
    assert_non_null(strstr(b.p, "\"limit_price\":\"500.50\",\"client_order_id\""));
    assert_non_null(strstr(b.p, "\"order_class\":\"bracket\",\"take_profit\":{\"limit_price\":\"520.00\"}"));
    buf_reset(&b);
    const struct alpaca_protect p = {17, 5, SIDE_LONG, {12 * QTY_SCALE}, px("491"), px("520")};
    alpaca_protect_body(&b, &p, in);
    assert_string_equal(
        b.p, "{\"symbol\":\"SPY\",\"side\":\"sell\",\"qty\":\"12\",\"type\":\"limit\",\"time_in_force\":\"gtc\","
             "\"client_order_id\":\"mia-17-p5\",\"order_class\":\"oco\",\"take_profit\":{\"limit_price\":"
             "\"520.00\"},\"stop_loss\":{\"stop_price\":\"491.00\"}}");
    buf_reset(&b);
    alpaca_replace_body(&b, true, px("492.01"), &(struct alpaca_protect){.entry = 17, .unique = 6}, in);
    assert_string_equal(b.p, "{\"stop_price\":\"492.01\",\"client_order_id\":\"mia-17-p6\"}");
    buf_clear(&b);
}

static void executions_and_updates(void **state) {
    (void)state;
    struct alpaca_fill f;
    struct alpaca_order o;
    char event[32];
    bool is_fill;
    struct json *j = parsed("{\"order_id\":\"e1\",\"qty\":\"10\",\"cum_qty\":\"14\",\"price\":\"500.0123\","
                            "\"transaction_time\":\"2026-01-05T15:00:01.5Z\"}");
    assert_true(alpaca_fill_read(j, &f));
    assert_int_equal(f.cumulative.v, 14 * QTY_SCALE);
    assert_int_equal(f.price.v, px("500.0123").v);
    json_free(j);
    j = parsed("{\"event\":\"partial_fill\",\"qty\":\"10\",\"price\":\"500.01\",\"timestamp\":\"2026-01-05T15:00:01."
               "5Z\",\"order\":"
               "{\"id\":\"e1\",\"client_order_id\":\"mia-17\",\"symbol\":\"SPY\",\"qty\":\"24\",\"filled_qty\":\"14\","
               "\"type\":\"market\",\"side\":\"buy\",\"status\":\"partially_filled\"}}");
    struct alpaca_fill told;
    assert_true(alpaca_update_read(j, &o, event, &told, &is_fill) && is_fill);
    assert_int_equal(alpaca_fill_id(told.order, told.cumulative),
                     alpaca_fill_id(f.order, f.cumulative)); /* one execution */
    json_free(j);
    j = parsed("{\"event\":\"fill\",\"order\":{\"id\":\"e1\",\"symbol\":\"SPY\",\"qty\":\"1\",\"type\":\"market\","
               "\"side\":\"buy\","
               "\"status\":\"filled\"}}"); /* a fill without its figures is none */
    assert_false(alpaca_update_read(j, &o, event, &told, &is_fill));
    json_free(j);
}

static void orders_of_others_do_not_hide_ours(void **state) {
    (void)state;
    struct alpaca_order o[8];
    uint32_t n;
    char text[4096];
    static const char theirs[] =
        "{\"id\":\"x\",\"client_order_id\":\"%s\",\"symbol\":\"SPY\",\"qty\":\"%s\",\"filled_qty\":"
        "\"0\",\"type\":\"market\",\"side\":\"buy\",\"status\":\"%s\"}";
    char unknown[512], fine[512], ours[512];
    snprintf(unknown, sizeof unknown, theirs, "app", "1", "of_next_year");
    snprintf(fine, sizeof fine, theirs, "app", "1.123456789", "new");
    snprintf(ours, sizeof ours, theirs, "mia-18", "1", "of_next_year");
    snprintf(text, sizeof text, "[%s,%s,%s]", unknown, fine, entry_text);
    struct json *j = parsed(text);
    assert_true(alpaca_orders_read(j, o, 8, &n));
    assert_int_equal(n, 4);
    assert_int_equal(o[0].qty.v, 112345678);
    assert_string_equal(o[1].client, "mia-17");
    json_free(j);
    snprintf(text, sizeof text, "[%s,%s]", entry_text, ours);
    j = parsed(text);
    assert_false(alpaca_orders_read(j, o, 8, &n)); /* one of ours that cannot be read is not passed over */
    json_free(j);
    j = parsed("{\"p\":\"166.233333333333\",\"c\":\"-99999.12345678\",\"q\":\"1.5e3\"}");
    price_t p;
    cash_t c;
    qty_t q;
    assert_true(alpaca_price(j, "p", &p) && p.v == px("166.23333333").v);
    assert_true(alpaca_cash(j, "c", &c) && c.v == -99999123456);
    assert_false(alpaca_qty(j, "q", &q) || alpaca_qty(j, "none", &q));
    json_free(j);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(legs_know_their_root),
                                       cmocka_unit_test(what_is_not_documented_is_refused),
                                       cmocka_unit_test(ids),
                                       cmocka_unit_test(bodies),
                                       cmocka_unit_test(executions_and_updates),
                                       cmocka_unit_test(orders_of_others_do_not_hide_ours)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
