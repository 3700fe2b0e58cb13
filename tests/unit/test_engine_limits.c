/* Gates, sizing, cautious mode, suspension, pause, configuration changes; all of it after being stored and read back. */
#include "engine_kit.h"

/* $100 of risk a lot and point distance: a stop 8 points away loses $404.50 a lot. */
static bool enter_long(double stop) {
    double p = 5000;
    kit_want(SIDE_LONG, 80, stop, 0);
    kit_flat(p);
    return kit_signal()->taken;
}

static void size_by_risk(void **state) {
    (void)state;
    kit_start("paper");
    assert_true(enter_long(4992)); /* 2000 / 404.50 = 4.94 */
    assert_qty(kit_signal()->qty, 4);
    assert_cash(kit_signal()->risk, 1618);
    assert_false(kit_signal()->halved);
}

static void size_follows_confidence(void **state) {
    (void)state;
    w.config.limits.confidence_min = 50;
    w.config.instruments[0].lot_step = w.config.instruments[0].lot_min = lots(0.01);
    kit_start("paper");
    kit_want(SIDE_LONG, 60, 4992, 0); /* half way between a half at 50 and the whole at 70: 1500 / 404.50 */
    kit_flat(5000);
    assert_qty(kit_signal()->qty, 3.70);
    kit_want(SIDE_SHORT, 49, 5008, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_CONFIDENCE);
    assert_string_equal(kit_signal()->why_not[LANG_FR],
                        "confiance insuffisante\u00a0: 49\u00a0% pour un minimum de 50\u00a0%");
}

static void too_small_says_the_arithmetic(void **state) {
    (void)state;
    w.config.strategies[0].capital = usd(50000);
    kit_start("paper");
    assert_false(enter_long(4975.41)); /* 24.59 points: $1,229.50 + $4.50 */
    assert_int_equal(kit_signal()->refusal, REFUSAL_SIZE);
    assert_string_equal(kit_signal()->why_not[LANG_EN],
                        "risk $500 / loss per lot $1,234 = 0.40 lot → below the smallest size of 1");
    assert_string_equal(kit_signal()->why_not[LANG_FR],
                        "risque 500\u00a0$ / perte par lot 1\u202f234\u00a0$ = 0,40 lot → sous la "
                        "taille minimale de 1");
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_int_equal(kit_count(EFFECT_SUBMIT), 0);
}

static void exactly_one_lot_is_enough(void **state) {
    (void)state;
    w.config.strategies[0].capital = usd(40450);
    kit_start("paper");
    assert_true(enter_long(4992)); /* 404.50 / 404.50 */
    assert_qty(kit_signal()->qty, 1);
}

static void a_cent_less_is_not(void **state) {
    (void)state;
    w.config.strategies[0].capital = usd(40449);
    kit_start("paper");
    assert_false(enter_long(4992));
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "= 0.99 lot"));
}

static void margin_share(void **state) {
    (void)state;
    w.config.limits.position_margin_ppm = 250000;
    kit_start("paper");
    assert_true(enter_long(4992)); /* 50,000 / 16,500 = 3 of the 4 that the risk would allow */
    assert_qty(kit_signal()->qty, 3);
}

static void margin_too_small(void **state) {
    (void)state;
    w.config.limits.position_margin_ppm = 50000;
    kit_start("paper");
    assert_false(enter_long(4992));
    assert_int_equal(kit_signal()->refusal, REFUSAL_MARGIN);
    assert_string_equal(kit_signal()->why_not[LANG_EN],
                        "margin allowed $10,000 / margin per lot $16,500 = 0.60 lot → below the smallest size of 1");
}

static void slippage_counts_in_the_size(void **state) {
    (void)state;
    w.config.paper.slippage_ticks = 2;
    kit_start("paper");
    assert_true(enter_long(4992)); /* 9 points with half a point lost on each side: $454.50 */
    assert_qty(kit_signal()->qty, 4);
    assert_cash(kit_signal()->risk, 4 * 454.5);
}

static void no_stop(void **state) {
    (void)state;
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 0, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_NO_STOP);
    kit_want(SIDE_LONG, 80, 5001, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_NO_STOP);
    kit_want(SIDE_SHORT, 80, 5010, 5005);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_NO_STOP);
}

static void reward_risk(void **state) {
    (void)state;
    w.config.limits.reward_risk_min_ppm = 1500000;
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 4992, 5011);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_REWARD_RISK);
    assert_int_equal(kit_signal()->reward_risk_ppm, 1375000);
    kit_want(SIDE_LONG, 80, 4992, 5012);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
}

static void one_trade_a_symbol(void **state) {
    (void)state;
    kit_start("paper");
    assert_true(enter_long(4992));
    assert_false(enter_long(4992));
    assert_int_equal(kit_signal()->refusal, REFUSAL_IN_POSITION);
}

/* ---- daily loss ---- */

/* Loses `points` with one lot: entered at 5000, stopped. */
static void lose(double points) {
    w.config.instruments[0].lot_max = lots(1);
    kit_want(SIDE_LONG, 80, 5000 - points, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
    kit_flat(5000);
    kit_bar(5000, 5000, 5000 - points, 5000 - points);
}

static void cautious_then_suspended(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(2000);
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    lose(36); /* 1804.50: past 90 % */
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_DAILY_LOSS), 1);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_ON, LIMIT_DAILY_LOSS), 1);
    const struct effect *f = kit_last(EFFECT_LIMIT);
    assert_cash(f->u.limit.used, 1804.5);
    assert_cash(f->u.limit.max, 2000);
    kit_restore("paper");
    struct engine_status st;
    engine_status(w.engine, &st);
    assert_true(st.cautious);
    assert_false(st.suspended);
    kit_want(SIDE_LONG, 80, 4996, 0); /* 204.50 more would pass the limit */
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_DAILY_LOSS);
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "$1,804.50"));
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "trading.risk_management.max_daily_loss_amount"));
    kit_want(SIDE_LONG, 80, 4996.5, 0); /* 179.50: still within */
    kit_flat(5000);
    assert_true(kit_signal()->taken);
    assert_true(kit_signal()->halved);
    kit_flat(5000);
    kit_bar(5000, 5000, 4990, 4990); /* a gap would be worse: here the stop holds, 1984 */
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DAILY_LOSS), 0);
    kit_want(SIDE_LONG, 80, 4999.75, 0); /* 17 */
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_DAILY_LOSS);
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_DAILY_LOSS), 1);
}

static void suspended_until_tomorrow(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(1000);
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 4985, 0);
    kit_flat(5000);
    kit_flat(5000);
    kit_bar(5000, 5000, 4986, 4986); /* open loss 700 + 4.50: not near */
    assert_int_equal(kit_count(EFFECT_LIMIT), 0);
    kit_bar(4960, 4960, 4960, 4960); /* the gap: 2004.50 */
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DAILY_LOSS), 1);
    kit_restore("paper");
    struct engine_status st;
    engine_status(w.engine, &st);
    assert_true(st.suspended);
    assert_int_equal(st.suspended_by, LIMIT_DAILY_LOSS);
    kit_want(SIDE_LONG, 80, 4950, 0);
    kit_flat(4960);
    assert_int_equal(kit_signal()->refusal, REFUSAL_SUSPENDED);
    w.day++;
    kit_want(SIDE_LONG, 80, 4950, 0);
    kit_flat(4960);
    assert_int_equal(kit_limits(LIMIT_LIFTED, LIMIT_DAILY_LOSS), 1);
    assert_int_equal(kit_count(EFFECT_DAY_CLOSED), 1);
    assert_true(kit_signal()->taken);
}

static void open_loss_and_close_fee_count(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(1000);
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 4984, 0);
    kit_flat(5000);
    kit_flat(5000);
    kit_bar(5000, 5000, 4985, 4985);
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_DAILY_LOSS), 0);
    w.config.limits.daily_loss = usd(754.5); /* 15 points + 2.25 paid + 2.25 to come */
    assert_int_equal(kit_configure(), 0);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DAILY_LOSS), 1);
    assert_int_equal(engine_trade_count(w.engine), 1); /* stays, with its stop */
    assert_int_equal(engine_trade_at(w.engine, 0)->protection, PROTECTION_RESTING);
}

static void two_symbols(void) {
    w.config.instruments[1] = w.config.instruments[0];
    str_copy(w.config.instruments[1].symbol, SYMBOL_MAX, "ES2");
    w.config.instrument_count = 2;
    w.config.strategies[0].symbols[1] = 1;
    w.config.strategies[0].symbol_count = 2;
}

static void cautious_halves(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(5000);
    w.config.limits.cautious_ppm = 100000;
    kit_start("paper");
    lose(20);
    w.config.instruments[0].lot_max = lots(500);
    w.config.instruments[0].lot_min = w.config.instruments[0].lot_step = lots(0.01);
    assert_int_equal(kit_configure(), 0);
    assert_true(enter_long(4992));
    assert_true(kit_signal()->halved);
    assert_qty(kit_signal()->qty, 2.47); /* 1000 / 404.50 */
}

static void near_is_not_told_after_reached(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(1000);
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 4985, 0);
    kit_flat(5000);
    kit_flat(5000);
    w.config.limits.daily_loss = usd(500);
    assert_int_equal(kit_configure(), 0);
    kit_bar(5000, 5000, 4988, 4988);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DAILY_LOSS), 1);
    kit_bar(4988, 4990.5, 4988, 4990.5); /* 479.50 */
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_DAILY_LOSS), 0);
    struct engine_status st;
    engine_status(w.engine, &st);
    assert_true(st.suspended); /* it stays until tomorrow */
}

static void a_limit_cancels_entries(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(1000);
    w.config.instruments[0].lot_max = lots(1);
    two_symbols();
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 4993, 0);
    kit_flat(5000);
    kit_flat(5000);
    kit_want(SIDE_LONG, 80, 4993, 0);
    kit_bar_of(1, 5000, 5000, 5000, 5000);
    assert_int_equal(engine_order_count(w.engine), 1);
    kit_bar(4975, 4975, 4975, 4975); /* a gap: 1254.50 */
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DAILY_LOSS), 1);
    assert_int_equal(kit_count(EFFECT_CANCEL), 1);
    assert_int_equal(engine_order_count(w.engine), 0);
    assert_int_equal(engine_trade_count(w.engine), 0);
}

static void margin_of_pending_entries(void **state) {
    (void)state;
    w.config.balance = usd(50000); /* three contracts in all */
    w.config.instruments[0].lot_max = lots(2);
    two_symbols();
    kit_start("paper");
    assert_true(enter_long(4992));
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_bar_of(1, 5000, 5000, 5000, 5000);
    assert_true(kit_signal()->taken);
    assert_qty(kit_signal()->qty, 1);
}

static void strategies_keep_their_state(void **state) {
    (void)state;
    kit_start("paper");
    kit_flat(5000);
    kit_flat(5000);
    w.config.limits.daily_trades = 7;
    assert_int_equal(kit_configure(), 0);
    kit_flat(5000);
    assert_int_equal(kit_seen, 3);
    kit_restore("paper");
    kit_flat(5000);
    assert_int_equal(kit_seen, 4);
    w.config.strategies[0].params[0] = (struct param){"chaos", 0};
    w.config.strategies[0].param_count = 1; /* told otherwise: begins anew */
    assert_int_equal(kit_configure(), 0);
    kit_flat(5000);
    assert_int_equal(kit_seen, 1);
}

static void tightest_wins_and_is_named(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(5000);
    w.config.limits.daily_loss_ppm = 20000;           /* 4000 */
    w.config.limits.execution_daily_loss_ppm = 15000; /* 3000 */
    w.config.limits.breaker_daily_loss_ppm = 50000;
    kit_start("paper");
    struct limit_view v[LIMIT_VIEWS_MAX];
    uint32_t n = engine_limits(w.engine, v);
    assert_int_equal(n, 4);
    assert_string_equal(v[0].key, "execution.risk.max_daily_loss");
    assert_true(v[0].binding);
    assert_cash(v[0].max, 3000);
    assert_cash(v[1].max, 4000);
    assert_false(v[1].binding);
    assert_cash(v[3].max, 10000);
}

static void a_day_open_risk_counts(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(3000);
    two_symbols();
    kit_start("paper");
    kit_flat(5000);
    assert_true(enter_long(4992)); /* 1618 at risk, not even filled */
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_bar_of(1, 5000, 5000, 5000, 5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_DAILY_LOSS);
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "$1,618"));
}

/* ---- counts ---- */

static void win(void) {
    kit_want(SIDE_LONG, 80, 4992, 5004);
    kit_flat(5000);
    kit_flat(5000);
    kit_bar(5000, 5004, 5000, 5000);
}

static void daily_trades(void **state) {
    (void)state;
    w.config.limits.daily_trades = 3;
    w.config.limits.daily_trades_breaker = 2;
    kit_start("paper");
    win();
    kit_restore("paper");
    win();
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DAILY_TRADES), 1);
    assert_false(enter_long(4992));
    assert_int_equal(kit_signal()->refusal, REFUSAL_DAILY_TRADES);
    assert_string_equal(kit_signal()->why_not[LANG_EN], "2 trades today, the limit is 2");
    w.day++;
    assert_true(enter_long(4992));
}

static void open_trades_count_too(void **state) {
    (void)state;
    w.config.limits.daily_trades_asset = 1;
    kit_start("paper");
    assert_true(enter_long(4992));
    kit_flat(5000);
    kit_want_exit();
    kit_want(SIDE_SHORT, 80, 5008, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_DAILY_TRADES_ASSET);
}

static void consecutive_losses(void **state) {
    (void)state;
    w.config.limits.consecutive_losses = 2;
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    lose(8);
    win();
    lose(8);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_CONSECUTIVE_LOSSES), 0);
    lose(8);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_CONSECUTIVE_LOSSES), 1);
    assert_false(enter_long(4992));
    assert_int_equal(kit_signal()->refusal, REFUSAL_CONSECUTIVE_LOSSES);
    w.day++;
    lose(8); /* the row begins anew: one is not two */
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_CONSECUTIVE_LOSSES), 1);
}

static void drawdown_stays_until_accepted(void **state) {
    (void)state;
    w.config.limits.drawdown_ppm = 2000; /* $400 */
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    lose(8);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DRAWDOWN), 1);
    w.day++;
    assert_false(enter_long(4992));
    assert_int_equal(kit_signal()->refusal, REFUSAL_DRAWDOWN);
    assert_int_equal(kit_command(OP_RESUME, 0, -1, 0), 0);
    assert_false(enter_long(4992)); /* loosening waits for tomorrow */
    w.day++;
    assert_true(enter_long(4992));
}

static void positions(void **state) {
    (void)state;
    w.config.limits.positions = 1;
    two_symbols();
    kit_start("paper");
    assert_true(enter_long(4992));
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_bar_of(1, 5000, 5000, 5000, 5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_POSITIONS);
}

/* ---- operator ---- */

static void pause_survives(void **state) {
    (void)state;
    kit_start("paper");
    assert_true(enter_long(4992)); /* resting: cancelled by the pause */
    assert_int_equal(kit_command(OP_PAUSE, 0, -1, 0), 0);
    assert_int_equal(kit_last(EFFECT_PAUSE)->u.pause.orders_cancelled, 1);
    assert_int_equal(engine_trade_count(w.engine), 0);
    uint32_t told = w.effect_count;
    assert_int_equal(kit_command(OP_PAUSE, 0, -1, 0), 0); /* twice is once */
    assert_int_equal(w.effect_count, told);
    kit_restore("paper");
    struct engine_status st;
    engine_status(w.engine, &st);
    assert_true(st.paused);
    assert_string_equal(st.paused_by, "local:1");
    uint32_t steps = kit_steps;
    assert_false(enter_long(4992));
    assert_int_equal(kit_steps, steps + 1);
    assert_int_equal(kit_signal()->refusal, REFUSAL_PAUSED);
    uint64_t seen = engine_preview_resume(w.engine);
    assert_int_equal(kit_command(OP_RESUME, 0, -1, 0), 0);
    assert_true(engine_preview_resume(w.engine) != seen);
    assert_true(enter_long(4992));
}

static void sos_flattens(void **state) {
    (void)state;
    kit_start("paper");
    assert_true(enter_long(4992));
    kit_flat(5000);
    assert_int_equal(kit_command(OP_SOS, 0, -1, 0), 0);
    const struct effect *f = kit_last(EFFECT_PAUSE);
    assert_int_equal(f->u.pause.event, PAUSE_SOS);
    assert_int_equal(f->u.pause.trades_closing, 1);
    uint32_t told = w.effect_count;
    assert_int_equal(kit_command(OP_SOS, 0, -1, 0), 0);
    assert_int_equal(w.effect_count, told);
    kit_flat(5001);
    assert_int_equal(kit_closed()->reason, CLOSE_SOS);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_false(enter_long(4992));
}

/* ---- configuration ---- */

static void loosening_waits_tightening_acts(void **state) {
    (void)state;
    w.config.limits.daily_trades = 5;
    w.config.limits.confidence_min = 50;
    kit_start("paper");
    w.config.limits.daily_trades = 9;     /* looser */
    w.config.limits.confidence_min = 85;  /* tighter */
    w.config.limits.daily_loss = usd(99); /* not set before: tighter */
    assert_int_equal(kit_configure(), 0);
    assert_true(kit_last(EFFECT_CONFIGURED)->u.configured.changed);
    kit_restore("paper");
    const struct limits *l = &engine_config(w.engine)->limits;
    assert_int_equal(l->daily_trades, 5);
    assert_int_equal(l->confidence_min, 85);
    assert_cash(l->daily_loss, 99);
    assert_false(enter_long(4992));
    w.day++;
    kit_flat(5000);
    assert_int_equal(engine_config(w.engine)->limits.daily_trades, 9);
    assert_int_equal(kit_configure(), 0);
    assert_false(kit_last(EFFECT_CONFIGURED)->u.configured.changed);
}

static void a_start_on_a_new_day_takes_all(void **state) {
    (void)state;
    w.config.limits.daily_trades = 5;
    kit_start("paper");
    w.day++;
    w.config.limits.daily_trades = 0;
    assert_int_equal(kit_configure(), 0);
    assert_int_equal(engine_config(w.engine)->limits.daily_trades, 0);
}

static void open_trades_outlive_their_configuration(void **state) {
    (void)state;
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    assert_true(enter_long(4992));
    kit_flat(5000);
    /* The symbol and the strategy are gone; others take their places. */
    w.config.instruments[0] = *instrument_builtin("AAPL");
    str_copy(w.config.strategies[0].label, STRATEGY_NAME_MAX, "Other");
    assert_int_equal(kit_configure(), 0);
    const struct trade *t = engine_trade_at(w.engine, 0);
    assert_int_equal(t->instrument, 1);
    assert_int_equal(t->strategy, 1);
    assert_string_equal(engine_instrument(w.engine, 1)->symbol, "ES");
    assert_string_equal(engine_config(w.engine)->strategies[1].label, "Script");
    assert_false(engine_config(w.engine)->strategies[1].enabled);
    kit_restore("paper");
    uint32_t steps = kit_steps;
    kit_bar_of(1, 4991, 4991, 4990, 4990); /* its stop still works, in the broker too */
    assert_int_equal(kit_steps, steps);
    assert_cash(kit_closed()->gross, -450);
    assert_int_equal(kit_configure(), 0); /* nothing needs them now */
    assert_int_equal(engine_config(w.engine)->instrument_count, 1);
    assert_null(engine_instrument(w.engine, 1));
}

static void state_follows_symbol_and_label(void **state) {
    (void)state;
    w.config.limits.daily_trades_asset = 1;
    kit_start("paper");
    assert_true(enter_long(4992));
    kit_flat(5000);
    w.config.instruments[1] = w.config.instruments[0];
    w.config.instruments[0] = *instrument_builtin("XAUUSD");
    w.config.instrument_count = 2;
    w.config.strategies[1] = w.config.strategies[0];
    w.config.strategies[1].symbols[0] = 1;
    str_copy(w.config.strategies[0].label, STRATEGY_NAME_MAX, "New");
    w.config.strategy_count = 2;
    assert_int_equal(kit_configure(), 0);
    const struct trade *t = engine_trade_at(w.engine, 0);
    assert_int_equal(t->instrument, 1);
    assert_int_equal(t->strategy, 1);
    assert_int_equal(engine_strategy_stats(w.engine, 1)->taken, 1);
    assert_int_equal(engine_strategy_stats(w.engine, 0)->taken, 0);
    struct market_view m;
    engine_market(w.engine, 1, &m);
    assert_price(m.last, 5000);
    kit_bar_of(1, 4999, 5000, 4992, 4992);
    assert_int_equal(kit_closed()->reason, CLOSE_STOP);
    kit_bar_of(0, 2600, 2600, 2600, 2600); /* the first script; the wish is for the second */
    kit_want(SIDE_LONG, 80, 4980, 0);
    kit_bar_of(1, 4992, 4992, 4992, 4992);
    assert_int_equal(kit_signal()->refusal, REFUSAL_DAILY_TRADES_ASSET); /* today's entry moved along */
}

static void bad_configurations_change_nothing(void **state) {
    (void)state;
    kit_start("paper");
    uint64_t seq = engine_seq(w.engine);
    struct engine_config good = w.config;
    str_copy(w.config.strategies[0].name, STRATEGY_NAME_MAX, "Nobody");
    assert_int_equal(kit_configure(), -1);
    assert_string_equal(w.err.text[LANG_FR], "il n’y a pas de stratégie Nobody");
    w.config = good;
    w.config.strategies[0].params[0] = (struct param){"choas", 1};
    w.config.strategies[0].param_count = 1;
    assert_int_equal(kit_configure(), -1);
    assert_string_equal(w.err.text[LANG_EN], "Script has no parameter choas");
    w.config.strategies[0].params[0] = (struct param){"chaos", 0.5};
    assert_int_equal(kit_configure(), -1);
    assert_string_equal(w.err.text[LANG_EN], "Script: chaos = 0.5; it must be a whole number");
    w.config = good;
    w.config.strategies[0].symbols[0] = 7;
    assert_int_equal(kit_configure(), -1);
    w.config = good;
    memcpy(w.config.currency, "EUR", 4);
    assert_int_equal(kit_configure(), -1);
    assert_non_null(strstr(w.err.text[LANG_EN], "tick_value"));
    w.config = good;
    w.config.instruments[0].tick = PRICE_ZERO;
    assert_int_equal(kit_configure(), -1);
    w.config = good;
    assert_true(engine_seq(w.engine) == seq);
    assert_int_equal(kit_configure(), 0);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
    const struct CMUnitTest tests[] = {
        T(size_by_risk),
        T(size_follows_confidence),
        T(too_small_says_the_arithmetic),
        T(exactly_one_lot_is_enough),
        T(a_cent_less_is_not),
        T(margin_share),
        T(margin_too_small),
        T(slippage_counts_in_the_size),
        T(no_stop),
        T(reward_risk),
        T(one_trade_a_symbol),
        T(cautious_then_suspended),
        T(suspended_until_tomorrow),
        T(open_loss_and_close_fee_count),
        T(cautious_halves),
        T(near_is_not_told_after_reached),
        T(a_limit_cancels_entries),
        T(margin_of_pending_entries),
        T(strategies_keep_their_state),
        T(tightest_wins_and_is_named),
        T(a_day_open_risk_counts),
        T(daily_trades),
        T(open_trades_count_too),
        T(consecutive_losses),
        T(drawdown_stays_until_accepted),
        T(positions),
        T(pause_survives),
        T(sos_flattens),
        T(loosening_waits_tightening_acts),
        T(a_start_on_a_new_day_takes_all),
        T(open_trades_outlive_their_configuration),
        T(state_follows_symbol_and_label),
        T(bad_configurations_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
