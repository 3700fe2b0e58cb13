/* Sizes by Kelly and by volatility with their arithmetic; stops by rule; parts, time, the market's close. */
#include "engine_kit.h"

static const struct signal *want(double price, double stop) {
    kit_want(SIDE_LONG, 80, stop, 0);
    kit_flat(price);
    return kit_signal();
}

/* One closed trade of one lot: `points` won or lost, less $4.50. */
static void trade(double points) {
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000);
    kit_flat(5000);
    kit_want_exit();
    kit_flat(5000 + points);
    kit_flat(5000 + points);
    assert_int_equal(engine_trade_count(w.engine), 0);
}

/* ---- the arithmetic ---- */

static void percent_is_told(void **state) {
    (void)state;
    w.config.instruments[0].lot_step = w.config.instruments[0].lot_min = lots(0.01);
    w.config.limits.confidence_min = 50;
    kit_start("paper");
    kit_want(SIDE_LONG, 60, 4992, 0);
    kit_flat(5000);
    assert_string_equal(kit_signal()->sizing[LANG_EN],
                        "1% of $200,000 × 75% (confidence) = $1,500; ÷ $404.50 a lot = 3.70 → 3.7");
    assert_string_equal(
        kit_signal()->sizing[LANG_FR],
        "1\u00a0% de 200\u202f000\u00a0$ × 75\u00a0% (confiance) = 1\u202f500\u00a0$\u00a0; ÷ 404,50\u00a0$ par lot "
        "= 3,70 → 3,7");
}

static void the_margin_that_binds_is_told(void **state) {
    (void)state;
    w.config.limits.position_margin_ppm = 250000;
    kit_start("paper");
    assert_qty(want(5000, 4992)->qty, 3);
    assert_string_equal(kit_signal()->sizing[LANG_EN],
                        "1% of $200,000 = $2,000; ÷ $404.50 a lot = 4.94; margin allows 3.03 → 3");
}

/* ---- kelly ---- */

static void kelly_waits_for_its_trades(void **state) {
    (void)state;
    w.config.strategies[0].sizing = SIZING_KELLY;
    w.config.sizing = (struct sizing_config){.kelly_fraction_ppm = 20000, .kelly_trades = 4};
    w.config.instruments[0].lot_min = w.config.instruments[0].lot_step = lots(0.01);
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    trade(4); /* 195.50 */
    trade(4);
    trade(-2); /* -104.50 */
    assert_non_null(strstr(kit_signal()->sizing[LANG_EN], "1% of"));
    trade(-2);
    w.config.instruments[0].lot_max = lots(100);
    assert_int_equal(kit_configure(), 0);
    kit_restore("paper");
    /* p = 0.5, b = 1.8708: f = 0.5 - 0.5 / 1.8708 = 0.23274; x 0.02 = 0.46548 % of 200,000 */
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
    assert_qty(kit_signal()->qty, 2.30); /* 930.94 / 404.50 */
    assert_string_equal(kit_signal()->sizing[LANG_EN],
                        "Kelly 0.02 × 23.3%, at most 1%, of $200,000 = $930.94; ÷ $404.50 a lot = 2.30 → 2.3");
}

static void kelly_never_passes_the_ceiling(void **state) {
    (void)state;
    w.config.strategies[0].sizing = SIZING_KELLY;
    w.config.sizing = (struct sizing_config){.kelly_fraction_ppm = 1000000, .kelly_trades = 2};
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    trade(4);
    trade(4);
    w.config.instruments[0].lot_max = lots(100);
    assert_int_equal(kit_configure(), 0);
    assert_qty(want(5000, 4992)->qty, 4);
}

static void kelly_without_an_edge_refuses(void **state) {
    (void)state;
    w.config.strategies[0].sizing = SIZING_KELLY;
    w.config.sizing = (struct sizing_config){.kelly_fraction_ppm = 250000, .kelly_trades = 3};
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    trade(2);
    trade(-4);
    trade(-4);
    assert_int_equal(want(5000, 4992)->refusal, REFUSAL_SIZE);
    assert_string_equal(kit_signal()->why_not[LANG_EN],
                        "Kelly: 1 of 3 won, $95.50 a win and -$204.50 a loss on average, support no risk");
}

/* ---- volatility ---- */

/* Hours that go up and down by a tenth of a percent. */
static void hours(int n) {
    for (int i = 0; i < n; i++) {
        kit_flat(i % 2 == 0 ? 5000 : 5005);
        w.minute += 59;
    }
}

static void volatility_bounds_the_lots(void **state) {
    (void)state;
    w.config.strategies[0].sizing = SIZING_VOLATILITY;
    w.config.sizing.volatility_ppm = 10000;
    w.config.instruments[0].lot_min = w.config.instruments[0].lot_step = lots(0.01);
    kit_start("paper");
    assert_qty(want(5000, 4992)->qty, 4.94); /* too few hours */
    kit_flat(5000);
    kit_want_exit();
    kit_flat(5000);
    hours(70);
    kit_restore("paper");
    /* 0.1 % an hour is 0.49 % a day: $1,225 a lot; 2,000 / 1,225 */
    assert_true(want(5000, 4992)->taken);
    assert_true(kit_signal()->qty.v >= lots(1.60).v && kit_signal()->qty.v <= lots(1.68).v);
    assert_non_null(strstr(kit_signal()->sizing[LANG_EN], "; volatility 0.4"));
    assert_non_null(strstr(kit_signal()->sizing[LANG_FR], "\u00a0; volatilité 0,4"));
}

/* ---- stops by rule ---- */

static void a_fixed_stop(void **state) {
    (void)state;
    w.config.strategies[0].stop = STOP_RULE_FIXED;
    w.config.strategies[0].stop_ppm = 2000; /* 10 points */
    w.config.strategies[0].target_r_ppm = 1500000;
    kit_start("paper");
    assert_price(want(5000, 0)->stop, 4990);
    assert_price(kit_signal()->target, 5015);
    assert_int_equal(kit_signal()->reward_risk_ppm, 1500000);
    assert_true(kit_signal()->taken);
}

static void a_stop_by_range(void **state) {
    (void)state;
    w.config.strategies[0].stop = STOP_RULE_ATR;
    w.config.strategies[0].stop_ppm = 2000000;
    kit_start("paper");
    kit_bar(5000, 5002, 4998, 5000);
    assert_int_equal(want(5000, 4000)->refusal, REFUSAL_NO_STOP); /* too few bars, and not the strategy's own */
    for (int i = 0; i < 200; i++) kit_bar(5000, 5002, 4998, 5000);
    kit_restore("paper");
    kit_want(SIDE_SHORT, 80, 0, 0);
    kit_bar(5000, 5002, 4998, 5000);
    int64_t way = kit_signal()->stop.v - px(5000).v;
    assert_true(way >= px(7.75).v && way <= px(8.25).v);
    assert_true(kit_signal()->taken);
}

static void a_stop_behind_the_structure(void **state) {
    (void)state;
    w.config.strategies[0].stop = STOP_RULE_STRUCTURE;
    w.config.strategies[0].stop_ppm = 0;
    kit_start("paper");
    for (int i = 0; i < 12; i++) kit_bar(5000, 5002, 4999, 5000);
    kit_bar(5000, 5001, 4991, 5000); /* the low of them */
    for (int i = 0; i < 12; i++) kit_bar(5000, 5002, 4999, 5000);
    assert_price(want(5000, 4000)->stop, 4991);
    assert_true(kit_signal()->taken);
}

/* ---- management ---- */

static void a_part_is_taken_once(void **state) {
    (void)state;
    w.config.management = (struct management){.partial_r_ppm = 1000000, .partial_share_ppm = 500000};
    w.config.instruments[0].lot_max = lots(3);
    kit_start("paper");
    want(5000, 4992);
    kit_flat(5000);
    kit_bar(5000, 5007, 5000, 5007);
    assert_int_equal(kit_count(EFFECT_SUBMIT), 1);
    kit_bar(5007, 5008, 5007, 5008); /* one R */
    assert_int_equal(kit_count(EFFECT_SUBMIT), 2);
    assert_qty(kit_last(EFFECT_SUBMIT)->u.submit.order.qty, 1); /* half of three, down to the step */
    kit_flat(5008);
    kit_restore("paper");
    assert_qty(engine_trade_at(w.engine, 0)->qty, 2);
    assert_int_equal(kit_changes(CHANGE_PART_CLOSED), 1);
    assert_int_equal(engine_trade_at(w.engine, 0)->protection, PROTECTION_RESTING);
    kit_bar(5008, 5012, 5008, 5012);
    kit_bar(5012, 5012, 4992, 4992);
    assert_int_equal(kit_count(EFFECT_SUBMIT), 2);
    assert_int_equal(kit_closed()->reason, CLOSE_STOP);
    assert_cash(kit_closed()->gross, 50 * 8 - 2 * 50 * 8);
}

static void a_part_too_small_stays_whole(void **state) {
    (void)state;
    w.config.management = (struct management){.partial_r_ppm = 1000000, .partial_share_ppm = 500000};
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    want(5000, 4992);
    kit_flat(5000);
    kit_bar(5000, 5009, 5000, 5009);
    assert_int_equal(kit_count(EFFECT_SUBMIT), 1);
}

static void held_long_enough(void **state) {
    (void)state;
    w.config.management.time_stop_min = 30;
    kit_start("paper");
    want(5000, 4992);
    kit_flat(5000);
    w.minute += 27;
    kit_flat(5001);
    assert_int_equal(kit_count(EFFECT_SUBMIT), 1);
    kit_flat(5001);
    kit_flat(5001);
    assert_int_equal(kit_closed()->reason, CLOSE_TIME);
    assert_int_equal(engine_trade_count(w.engine), 0);
}

static void flat_before_the_close(void **state) {
    (void)state;
    struct calendars *c = &w.config.calendars;
    c->zone_count = c->hours_count = 1; /* UTC */
    c->hours[0] = (struct trading_hours){.open_min = 8 * 60, .close_min = 16 * 60, .weekdays = 0x3e};
    w.config.instruments[0].hours = 0;
    w.config.management.flat_min = 10;
    kit_start("paper");
    w.minute = 29000000 / 1440 * 1440 + 5 * 1440 + 15 * 60; /* a Monday */
    want(5000, 4992);
    kit_flat(5000);
    assert_int_equal(engine_trade_count(w.engine), 1);
    w.minute += 43;
    kit_flat(5000); /* 15:45 */
    assert_int_equal(kit_count(EFFECT_SUBMIT), 1);
    w.minute += 5;
    kit_flat(5000);
    kit_flat(5000);
    assert_int_equal(kit_closed()->reason, CLOSE_SESSION);
    assert_int_equal(want(5000, 4992)->refusal, REFUSAL_SESSION);
    assert_string_equal(kit_signal()->why_not[LANG_EN], "the market closes within 10 minutes");
    w.minute += 30;
    assert_int_equal(want(5000, 4992)->refusal, REFUSAL_SESSION);
    assert_string_equal(kit_signal()->why_not[LANG_EN], "the market is closed");
}

static void trailing_by_range(void **state) {
    (void)state;
    w.config.management = (struct management){.trailing = true,
                                              .trailing_start_r_ppm = 500000,
                                              .trailing_distance_r_ppm = 2000000,
                                              .trailing_atr_ppm = 2000000,
                                              .trailing_step_ppm = 1};
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    for (int i = 0; i < 100; i++) kit_bar(5000, 5001, 4999, 5000); /* two points a bar */
    want(5000, 4980);
    kit_bar(5000, 5001, 4999, 5000);
    kit_bar(5000, 5011, 5000, 5011);
    const struct trade *t = engine_trade_at(w.engine, 0);
    assert_true(t->stop.v > px(5004).v && t->stop.v < px(5007).v); /* 5 or so behind, not 40 */
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
    const struct CMUnitTest tests[] = {
        T(percent_is_told),
        T(the_margin_that_binds_is_told),
        T(kelly_waits_for_its_trades),
        T(kelly_never_passes_the_ceiling),
        T(kelly_without_an_edge_refuses),
        T(volatility_bounds_the_lots),
        T(a_fixed_stop),
        T(a_stop_by_range),
        T(a_stop_behind_the_structure),
        T(a_part_is_taken_once),
        T(a_part_too_small_stays_whole),
        T(held_long_enough),
        T(flat_before_the_close),
        T(trailing_by_range),
    };
    return RUN(tests);
}
