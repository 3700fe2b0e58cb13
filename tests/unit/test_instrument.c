/* Contract figures, and money made of price moves, by hand. */
#include "unit.h"

#include <string.h>

#include "engine/instrument.h"

static price_t px(double v) {
    price_t p = {0};
    assert_true(price_from_double(v, &p));
    return p;
}

static double pnl(const char *symbol, double move, double lots) {
    qty_t q;
    cash_t c;
    assert_true(qty_from_double(lots, &q));
    assert_true(instrument_pnl(instrument_builtin(symbol), px(move), q, &c));
    return cash_to_double(c);
}

static double margin(const char *symbol, double price, double lots) {
    qty_t q;
    cash_t c;
    assert_true(qty_from_double(lots, &q));
    assert_true(instrument_margin(instrument_builtin(symbol), px(price), q, &c));
    return cash_to_double(c);
}

static void moves(void **state) {
    (void)state;
    assert_float_equal(pnl("ES", 6, 1), 300, 0);
    assert_float_equal(pnl("MES", 6, 1), 30, 0);
    assert_float_equal(pnl("NQ", -10, 2), -400, 0);
    assert_float_equal(pnl("MNQ", 0.25, 1), 0.5, 0);
    assert_float_equal(pnl("XAUUSD", 1.1, 0.01), 1.1, 0);
    assert_float_equal(pnl("XAUUSD", -52.5, 0.09), -472.5, 0);
    assert_float_equal(pnl("US100", 100, 0.1), 10, 0);
    assert_float_equal(pnl("EURUSD", 0.0001, 1), 10, 0);
    assert_float_equal(pnl("GBPUSD", -0.001, 0.01), -1, 0);
    assert_float_equal(pnl("AAPL", 1.5, 100), 150, 0);
    assert_float_equal(pnl("XAUUSD", 0.005, 1), 0.5, 0); /* half a tick */
}

static void margins(void **state) {
    (void)state;
    assert_float_equal(margin("XAUUSD", 2600, 0.1), 1300, 0);
    assert_float_equal(margin("EURUSD", 1.1, 1), 5500, 0);
    assert_float_equal(margin("AAPL", 200, 10), 2000, 0);
    assert_float_equal(margin("ES", 5600, 2), 33000, 0);
}

static void table(void **state) {
    (void)state;
    static const char *const all[] = {"ES",     "MES",  "NQ",   "MNQ",   "XAUUSD", "US100", "EURUSD",
                                      "GBPUSD", "AAPL", "MSFT", "GOOGL", "SPY",    "QQQ"};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct instrument *in = instrument_builtin(all[i]);
        assert_non_null(in);
        assert_true(in->tick.v > 0 && in->tick_value.v > 0 && in->lot_min.v > 0 && in->lot_step.v > 0 &&
                    in->leverage >= 1);
        assert_true(in->lot_min.v % in->lot_step.v == 0 && in->lot_max.v >= in->lot_min.v);
        assert_string_equal(in->currency, "USD");
    }
    assert_null(instrument_builtin("es"));
    assert_null(instrument_builtin(""));
}

static void overflow_is_refused(void **state) {
    (void)state;
    cash_t c = {77};
    assert_false(instrument_pnl(instrument_builtin("EURUSD"), (price_t){INT64_MAX / 2}, (qty_t){INT64_MAX / 2}, &c));
    assert_int_equal(c.v, 77);
    struct instrument none = {.symbol = "X"};
    assert_false(instrument_pnl(&none, px(1), (qty_t){QTY_SCALE}, &c));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(moves), cmocka_unit_test(margins), cmocka_unit_test(table),
                                       cmocka_unit_test(overflow_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
