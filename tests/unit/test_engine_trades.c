/* The life of a trade with the paper broker, every figure by hand: ES, $50 a point, $2.25 a side. */
#include "engine_kit.h"

/* One ES long at 5615, stop 5611, target 5621: risk $200 + $4.50 in $2,000 would be 9; the lot cap keeps it at `most`. */
static void long_at_5615(double most, double target) {
    w.config.instruments[0].lot_max = lots(most);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 5611, target);
    kit_flat(5614.75);
    assert_int_equal(kit_count(EFFECT_SUBMIT), 1);
    assert_int_equal(engine_trade_count(w.engine), 1);
    assert_int_equal(engine_trade_at(w.engine, 0)->state, TRADE_OPENING);
    kit_bar(5615, 5616, 5614, 5615);
}

static void target_six_points(void **state) {
    (void)state;
    long_at_5615(1, 5621);
    const struct trade *t = engine_trade_at(w.engine, 0);
    assert_int_equal(t->state, TRADE_OPEN);
    assert_int_equal(t->protection, PROTECTION_RESTING);
    assert_price(t->entry, 5615);
    assert_cash(t->risk, 204.5);
    kit_bar(5616, 5621, 5615.5, 5620);
    const struct trade *c = kit_closed();
    assert_cash(c->gross, 300);
    assert_cash(c->fees, 4.5);
    assert_int_equal(c->reason, CLOSE_TARGET);
    assert_price(c->exit, 5621);
    assert_cash(kit_balance(), 200295.5);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_int_equal(engine_stats(w.engine, STATS_DAY)->won, 1);
    assert_float_equal(engine_stats(w.engine, STATS_TOTAL)->r_sum, 295.5 / 204.5, 1e-12);
}

static void both_touched_means_stop(void **state) {
    (void)state;
    long_at_5615(1, 5621);
    kit_bar(5615, 5622, 5610, 5616);
    assert_int_equal(kit_closed()->reason, CLOSE_STOP);
    assert_cash(kit_closed()->gross, -200);
    assert_cash(kit_balance(), 200000 - 204.5);
}

static void stop_inside_the_entry_bar(void **state) {
    (void)state;
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 5611, 5621);
    kit_flat(5615);
    kit_bar(5615, 5621.5, 5610.5, 5612);
    assert_int_equal(kit_closed()->reason, CLOSE_STOP);
    assert_price(kit_closed()->exit, 5611);
    assert_int_equal(kit_count(EFFECT_TRADE_OPENED), 1);
}

static void gap_through_the_stop(void **state) {
    (void)state;
    long_at_5615(1, 5621);
    kit_bar(5600, 5630, 5599, 5605);
    assert_int_equal(kit_closed()->reason, CLOSE_STOP);
    assert_price(kit_closed()->exit, 5600);
    assert_cash(kit_closed()->gross, -750);
}

static void gap_through_the_target(void **state) {
    (void)state;
    long_at_5615(1, 5621);
    kit_bar(5625, 5630, 5600, 5605);
    assert_int_equal(kit_closed()->reason, CLOSE_TARGET);
    assert_cash(kit_closed()->gross, 500);
}

static void short_mirrors_long(void **state) {
    (void)state;
    w.config.instruments[0].lot_max = lots(2);
    kit_start("paper");
    kit_want(SIDE_SHORT, 80, 5619, 5605);
    kit_flat(5615);
    kit_flat(5615);
    assert_int_equal(engine_trade_at(w.engine, 0)->side, SIDE_SHORT);
    kit_bar(5614, 5616, 5604.75, 5606);
    assert_cash(kit_closed()->gross, 1000);
    assert_cash(kit_closed()->fees, 9);
}

static void spread_and_slippage(void **state) {
    (void)state;
    w.config.instruments[0].spread = px(0.5);
    w.config.paper.slippage_ticks = 1;
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 5611, 0);
    kit_flat(5615);
    kit_flat(5615); /* bid 5614.75, ask 5615.25, and a tick of slippage */
    assert_price(engine_trade_at(w.engine, 0)->entry, 5615.5);
    struct account a;
    engine_account(w.engine, &a);
    assert_cash(a.open_pnl, -0.75 * 50 - 2.25);
    assert_cash(a.equity, 200000 - 2.25 - 0.75 * 50 - 2.25);
    kit_bar(5615, 5615, 5611.25, 5612); /* bid low 5611: the stop */
    assert_price(kit_closed()->exit, 5610.75);
}

static void data_spread_wins(void **state) {
    (void)state;
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 5600, 0);
    kit_flat(5615);
    struct event ev = kit_bar_event(0, 5615, 5615, 5615, 5615);
    ev.u.bar.bar.spread = px(1);
    w.minute++;
    assert_int_equal(kit_apply(&ev), 0);
    assert_price(engine_trade_at(w.engine, 0)->entry, 5615.5);
    struct market_view m;
    engine_market(w.engine, 0, &m);
    assert_price(m.bid, 5614.5);
    assert_price(m.ask, 5615.5);
}

static void odd_spread_costs_exactly_itself(void **state) {
    (void)state;
    w.config.paper.spread_ticks = 1;
    kit_start("paper");
    kit_flat(5615);
    struct market_view m;
    engine_market(w.engine, 0, &m);
    assert_price(m.bid, 5614.75);
    assert_price(m.ask, 5615);
}

static void partial_fills(void **state) {
    (void)state;
    w.config.paper.max_fill = lots(2);
    long_at_5615(5, 5621);
    const struct trade *t = engine_trade_at(w.engine, 0);
    assert_qty(t->qty, 2);
    kit_bar(5616, 5617, 5615, 5616);
    t = engine_trade_at(w.engine, 0);
    assert_qty(t->qty, 4);
    assert_price(t->entry, 5615.5);
    assert_int_equal(kit_changes(CHANGE_FILL), 1);
    kit_bar(5617, 5617, 5616, 5616);
    t = engine_trade_at(w.engine, 0);
    assert_qty(t->qty, 5);
    assert_price(t->entry, 5615.8);
    assert_cash(t->risk, 4.8 * 50 * 5 + 5 * 4.5);
    kit_want_exit();
    kit_flat(5616);
    kit_flat(5618); /* 2 of 5 go out, the stop guards the rest */
    assert_qty(engine_trade_at(w.engine, 0)->qty, 3);
    assert_int_equal(kit_changes(CHANGE_PART_CLOSED), 1);
    kit_bar(5618, 5618, 5610, 5610);
    assert_cash(kit_closed()->gross, 2.2 * 50 * 4 - 4.8 * 50 * 1);
    assert_cash(kit_closed()->fees, 22.5);
    assert_int_equal(engine_order_count(w.engine), 0);
}

static void stop_covers_what_is_filled(void **state) {
    (void)state;
    w.config.paper.max_fill = lots(2);
    w.config.instruments[0].lot_max = lots(5);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 5611, 5621);
    kit_flat(5615);
    kit_bar(5615, 5615, 5610, 5612);
    assert_qty(kit_closed()->qty_entered, 2);
    assert_cash(kit_closed()->gross, -400);
    assert_int_equal(engine_order_count(w.engine), 0);
    kit_flat(5612);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_int_equal(kit_count(EFFECT_TRADE_OPENED), 1);
}

static void break_even(void **state) {
    (void)state;
    w.config.management.break_even_r_ppm = 1000000;
    long_at_5615(1, 5625);
    kit_bar(5616, 5618.75, 5615.5, 5618);
    assert_int_equal(kit_changes(CHANGE_BREAK_EVEN), 0);
    kit_bar(5618, 5619, 5617, 5618.5);
    assert_int_equal(kit_changes(CHANGE_BREAK_EVEN), 1);
    const struct effect *f = kit_last(EFFECT_TRADE_CHANGED);
    assert_price(f->u.changed.trade.stop, 5615);
    assert_price(f->u.changed.stop_before, 5611);
    assert_cash(f->u.changed.at_risk, 4.5); /* the fees: "break-even" is not free */
    const struct trade *t = engine_trade_at(w.engine, 0);
    assert_true(t->at_break_even);
    assert_int_equal(t->protection, PROTECTION_RESTING);
    kit_bar(5618, 5618, 5614, 5614);
    assert_cash(kit_closed()->gross, 0);
    assert_cash(kit_balance(), 200000 - 4.5);
    assert_int_equal(engine_stats(w.engine, STATS_DAY)->lost, 1);
}

static void break_even_waits_where_the_market_is_back(void **state) {
    (void)state;
    w.config.management.break_even_r_ppm = 1000000;
    long_at_5615(1, 5625);
    kit_bar(5616, 5619, 5614, 5614.5);
    assert_int_equal(kit_changes(CHANGE_BREAK_EVEN), 0);
    assert_int_equal(kit_count(EFFECT_ORDER_TROUBLE), 0);
    kit_bar(5615, 5616, 5615, 5616);
    assert_int_equal(kit_changes(CHANGE_BREAK_EVEN), 1);
}

static void trailing(void **state) {
    (void)state;
    w.config.management = (struct management){.trailing = true,
                                              .trailing_start_r_ppm = 1000000,
                                              .trailing_distance_r_ppm = 500000, /* 2 points */
                                              .trailing_step_ppm = 177};         /* a little under 1 point */
    long_at_5615(1, 0);
    kit_bar(5616, 5618.75, 5616, 5618.5);
    assert_int_equal(kit_changes(CHANGE_TRAIL), 0);
    kit_bar(5618.5, 5620, 5618, 5619.5); /* best 5620: stop 5618 */
    assert_int_equal(kit_changes(CHANGE_TRAIL), 1);
    assert_price(engine_trade_at(w.engine, 0)->stop, 5618);
    assert_cash(kit_last(EFFECT_TRADE_CHANGED)->u.changed.at_risk, -150 + 4.5);
    kit_bar(5619.5, 5620.75, 5619, 5620.5); /* 5618.75: less than a step */
    assert_int_equal(kit_changes(CHANGE_TRAIL), 1);
    kit_bar(5620.5, 5621, 5620, 5620.5);
    assert_int_equal(kit_changes(CHANGE_TRAIL), 2);
    assert_price(engine_trade_at(w.engine, 0)->stop, 5619);
    kit_bar(5620, 5620, 5619.25, 5619.5); /* the price falls: the stop stays */
    assert_int_equal(kit_changes(CHANGE_TRAIL), 2);
    kit_bar(5619.5, 5619.5, 5618, 5618);
    assert_price(kit_closed()->exit, 5619);
    assert_price(kit_closed()->best, 5621);
    assert_price(kit_closed()->worst, 5614);
}

static void reversal_in_one_bar(void **state) {
    (void)state;
    long_at_5615(1, 0);
    kit_want_exit();
    kit_want(SIDE_SHORT, 80, 5620, 0);
    kit_flat(5616);
    assert_int_equal(engine_trade_count(w.engine), 2);
    kit_flat(5616);
    assert_int_equal(engine_trade_count(w.engine), 1);
    assert_int_equal(engine_trade_at(w.engine, 0)->side, SIDE_SHORT);
    assert_int_equal(kit_closed()->reason, CLOSE_SIGNAL);
    assert_cash(kit_closed()->gross, 50);
}

static void exit_of_what_the_stop_closed(void **state) {
    (void)state;
    w.config.paper.max_fill = lots(1);
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 5611, 0);
    kit_flat(5615);
    kit_flat(5615);
    kit_want_exit();
    kit_flat(5614);
    assert_int_equal(engine_trade_at(w.engine, 0)->state, TRADE_CLOSING);
    kit_bar(5600, 5600, 5600, 5600); /* market exit and stop at the same open: one of them, once */
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 1);
    assert_cash(kit_closed()->gross, -750);
    assert_int_equal(engine_order_count(w.engine), 0);
    kit_flat(5600);
    assert_cash(kit_balance(), 200000 - 750 - 4.5);
}

static void close_by_hand(void **state) {
    (void)state;
    long_at_5615(4, 0);
    struct operator_command c = {.verb = OP_CLOSE, .trade = 1, .percent = 50};
    struct close_preview p;
    assert_int_equal(engine_preview_close(w.engine, &c, &p, &w.err), 0);
    assert_int_equal(p.trades, 1);
    assert_qty(p.item[0].qty, 2);
    assert_cash(p.result, -9);
    uint64_t seen = p.state;
    assert_int_equal(engine_preview_close(w.engine, &c, &p, &w.err), 0);
    assert_true(p.state == seen);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 50), 0);
    assert_int_equal(engine_preview_close(w.engine, &c, &p, &w.err), 0);
    assert_true(p.state != seen); /* the confirmation of the first one no longer holds */
    kit_flat(5616);
    assert_qty(engine_trade_at(w.engine, 0)->qty, 2);
    const struct effect *f = kit_last(EFFECT_TRADE_CHANGED);
    assert_int_equal(f->u.changed.change, CHANGE_PART_CLOSED);
    assert_cash(f->u.changed.result, 100 - 9);
    assert_int_equal(engine_trade_at(w.engine, 0)->state, TRADE_OPEN);
    assert_int_equal(kit_command(OP_CLOSE, 0, 0, 100), 0);
    kit_flat(5617);
    assert_int_equal(kit_closed()->reason, CLOSE_MANUAL);
    assert_cash(kit_closed()->gross, 100 + 200);
    assert_cash(kit_closed()->fees, 18);
}

static void close_refused(void **state) {
    (void)state;
    long_at_5615(1, 0);
    uint64_t seq = engine_seq(w.engine), digest = engine_digest(w.engine);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 50), -1);
    assert_string_equal(w.err.text[LANG_EN], "50% of 1 is less than the lot step of 1");
    assert_string_equal(w.err.text[LANG_FR], "50\u00a0% de 1, c’est moins que le pas de lot de 1");
    assert_int_equal(kit_command(OP_CLOSE, 9, -1, 100), -1);
    assert_int_equal(w.err.code, ERR_NOT_FOUND);
    assert_int_equal(kit_command(OP_CLOSE, 0, 5, 100), -1);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 0), -1);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 101), -1);
    assert_int_equal(w.err.code, ERR_RANGE);
    assert_true(engine_seq(w.engine) == seq && engine_digest(w.engine) == digest);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 100), 0);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 100), -1); /* it is being closed already */
    assert_int_equal(w.err.code, ERR_REFUSED);
}

static void close_before_the_fill(void **state) {
    (void)state;
    w.config.limits.daily_trades = 1;
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 5611, 0);
    kit_flat(5615);
    assert_int_equal(kit_command(OP_CLOSE, 0, -1, 100), 0);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_int_equal(engine_order_count(w.engine), 0);
    kit_want(SIDE_LONG, 80, 5611, 0); /* the entry that came to nothing does not count */
    kit_flat(5615);
    assert_true(kit_signal()->taken);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
    const struct CMUnitTest tests[] = {
        T(target_six_points),
        T(both_touched_means_stop),
        T(stop_inside_the_entry_bar),
        T(gap_through_the_stop),
        T(gap_through_the_target),
        T(short_mirrors_long),
        T(spread_and_slippage),
        T(data_spread_wins),
        T(odd_spread_costs_exactly_itself),
        T(partial_fills),
        T(stop_covers_what_is_filled),
        T(break_even),
        T(break_even_waits_where_the_market_is_back),
        T(trailing),
        T(reversal_in_one_bar),
        T(exit_of_what_the_stop_closed),
        T(close_by_hand),
        T(close_refused),
        T(close_before_the_fill),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
