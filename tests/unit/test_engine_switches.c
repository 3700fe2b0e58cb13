/*
 * Strategies switched on and off by people, settings changed while running: what acts at
 * once, what waits for the next trading day, what survives a restart and an older format.
 */
#include "tests/unit/engine_kit.h"

static int change(void) {
    struct event ev = {.kind = EVENT_CONFIG, .occasion = CONFIG_RUNNING, .u.config = &w.config};
    return kit_apply(&ev);
}

static int switch_to(bool on, int32_t strategy) {
    struct event ev = {.kind = EVENT_COMMAND};
    ev.u.command = (struct operator_command){
        .verb = on ? OP_STRATEGY_ON : OP_STRATEGY_OFF, .instrument = -1, .strategy = strategy};
    str_copy(ev.u.command.actor, ACTOR_MAX, "telegram:400");
    return kit_apply(&ev);
}

static bool enter(void) {
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    return kit_signal()->taken;
}

static bool is_on(void) {
    struct strategy_state s;
    assert_true(engine_strategy(w.engine, 0, &s));
    return s.on;
}

static void off_acts_at_once_and_survives(void **state) {
    (void)state;
    kit_start("paper");
    assert_true(enter());
    kit_flat(5000); /* filled */
    assert_int_equal(switch_to(false, 0), 0);
    const struct effect *f = kit_last(EFFECT_STRATEGY);
    assert_false(f->u.strategy.on);
    assert_int_equal(f->u.strategy.trades_open, 1);
    assert_string_equal(f->u.strategy.actor, "telegram:400");
    uint32_t told = w.effect_count;
    assert_int_equal(switch_to(false, 0), 0); /* twice is once */
    assert_int_equal(w.effect_count, told);
    kit_restore("paper");
    assert_int_equal(kit_configure(), 0); /* a start with the same file: the choice holds */
    struct strategy_state s;
    assert_true(engine_strategy(w.engine, 0, &s));
    assert_false(s.on);
    assert_true(s.chosen);
    assert_string_equal(s.by, "telegram:400");
    assert_int_equal(s.open_trades, 1);
    struct engine_status st;
    engine_status(w.engine, &st);
    assert_int_equal(st.strategies, 1);
    assert_int_equal(st.strategies_off, 1);
    kit_want_exit(); /* what it has open it still manages */
    kit_flat(5002);
    kit_flat(5002);
    assert_int_equal(kit_closed()->reason, CLOSE_SIGNAL);
    assert_false(enter());
    assert_int_equal(kit_signal()->refusal, REFUSAL_STRATEGY_OFF);
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "telegram:400"));
    assert_non_null(strstr(kit_signal()->why_not[LANG_FR], "arrêtée"));
    uint64_t seen = engine_preview_strategy(w.engine, 0);
    assert_int_equal(switch_to(true, 0), 0);
    assert_true(engine_preview_strategy(w.engine, 0) != seen);
    assert_true(enter());
}

static void off_cancels_its_own_entries(void **state) {
    (void)state;
    w.config.strategies[1] = w.config.strategies[0];
    str_copy(w.config.strategies[1].label, sizeof w.config.strategies[1].label, "Other");
    w.config.strategy_count = 2;
    kit_start("paper");
    assert_true(enter()); /* one script takes it, it rests until the next bar */
    uint16_t by = kit_signal()->strategy;
    assert_int_equal(switch_to(false, 1 - by), 0);
    assert_int_equal(kit_last(EFFECT_STRATEGY)->u.strategy.orders_cancelled, 0);
    assert_int_equal(switch_to(false, by), 0);
    assert_int_equal(kit_last(EFFECT_STRATEGY)->u.strategy.orders_cancelled, 1);
    assert_int_equal(engine_trade_count(w.engine), 0);
}

static void the_file_is_overruled_until_it_gets_tighter(void **state) {
    (void)state;
    w.config.strategies[0].enabled = false;
    kit_start("paper");
    uint32_t steps = kit_steps;
    kit_flat(5000);
    assert_int_equal(kit_steps, steps); /* off in the file: it does not even run */
    assert_int_equal(switch_to(true, 0), 0);
    assert_true(enter());
    kit_restore("paper");
    kit_flat(5000);
    assert_int_equal(kit_seen, 2); /* its memory was stored */
    assert_int_equal(kit_configure(), 0);
    assert_true(is_on());
    w.config.strategies[0].enabled = true;
    assert_int_equal(kit_configure(), 0);
    assert_true(is_on());
    w.config.strategies[0].enabled = false; /* an edit that is tighter wins */
    assert_int_equal(kit_configure(), 0);
    assert_false(is_on());
    w.config.strategies[0].enabled = true;
    assert_int_equal(kit_configure(), 0);
    assert_true(is_on());
    assert_int_equal(switch_to(false, 0), 0);
    w.config.strategies[0].enabled = false;
    assert_int_equal(kit_configure(), 0);
    w.config.strategies[0].enabled = true; /* and so does switching it on there, once it said off */
    assert_int_equal(kit_configure(), 0);
    assert_true(is_on());
}

static void what_cannot_be_switched(void **state) {
    (void)state;
    w.config.strategies[0].enabled = false;
    str_copy(w.config.instruments[0].currency, sizeof w.config.instruments[0].currency, "EUR");
    kit_start("paper");
    assert_int_equal(switch_to(true, 1), -1);
    assert_int_equal(switch_to(true, -1), -1);
    assert_int_equal(switch_to(true, 0), -1);
    assert_non_null(strstr(w.err.text[LANG_EN], "EUR"));
    assert_false(is_on());
    struct strategy_state s;
    assert_false(engine_strategy(w.engine, 1, &s));
}

static void a_change_while_running_keeps_the_feed(void **state) {
    (void)state;
    w.config.limits.daily_trades = 5;
    w.config.limits.positions = 4;
    kit_start("paper");
    struct event ev = {.kind = EVENT_FEED};
    ev.u.feed.state = FEED_ENDED;
    ev.u.feed.instrument = -1;
    assert_int_equal(kit_apply(&ev), 0);
    uint32_t configured = kit_count(EFFECT_CONFIGURED);
    w.config.limits.daily_trades = 9;
    w.config.limits.positions = 2;
    assert_int_equal(change(), 0);
    assert_int_equal(kit_count(EFFECT_CONFIGURED), configured); /* who changed it says so */
    struct engine_status st;
    engine_status(w.engine, &st);
    assert_int_equal(st.feed, FEED_ENDED);
    assert_int_equal(engine_config(w.engine)->limits.daily_trades, 5);
    assert_int_equal(engine_limits_next(w.engine)->daily_trades, 9);
    assert_int_equal(engine_config(w.engine)->limits.positions, 2);
    kit_restore("paper");
    assert_int_equal(kit_configure(), 0); /* killed and started again on the same day */
    assert_int_equal(engine_config(w.engine)->limits.daily_trades, 5);
    assert_false(kit_last(EFFECT_CONFIGURED)->u.configured.changed);
    w.day++;
    kit_flat(5000);
    assert_int_equal(engine_config(w.engine)->limits.daily_trades, 9);
}

static void tightening_below_what_is_used_suspends(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(5000);
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 4980, 0);
    kit_flat(5000);
    kit_flat(5000);
    kit_bar(5000, 5000, 4980, 4980); /* 1,004.50 lost */
    w.config.limits.daily_loss = usd(1000);
    assert_int_equal(change(), 0);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DAILY_LOSS), 1);
    w.config.limits.daily_loss = usd(5000); /* and loosening does not bring it back today */
    assert_int_equal(change(), 0);
    assert_false(enter());
    assert_int_equal(kit_signal()->refusal, REFUSAL_SUSPENDED);
}

static void management_waits_as_limits_do(void **state) {
    (void)state;
    w.config.management.trailing = true;
    w.config.management.trailing_distance_r_ppm = 500000;
    kit_start("paper");
    w.config.management = (struct management){.break_even_r_ppm = 500000,
                                              .trailing_start_r_ppm = 3000000,
                                              .trailing_distance_r_ppm = 2000000,
                                              .trailing_step_ppm = 100};
    assert_int_equal(change(), 0);
    kit_restore("paper");
    const struct management *m = &engine_config(w.engine)->management;
    assert_int_equal(m->break_even_r_ppm, 500000); /* sooner: tighter */
    assert_true(m->trailing);
    assert_int_equal(m->trailing_start_r_ppm, 1000000); /* the new ones mean nothing while it does not trail */
    assert_int_equal(m->trailing_distance_r_ppm, 500000);
    w.day++;
    kit_flat(5000);
    m = &engine_config(w.engine)->management;
    assert_false(m->trailing);
    assert_int_equal(m->trailing_distance_r_ppm, 2000000);
}

static void both_drawdowns_count(void **state) {
    (void)state;
    w.config.limits.drawdown_ppm = 50000;
    w.config.limits.breaker_drawdown_ppm = 20000;
    kit_start("paper");
    struct limit_view v[LIMIT_VIEWS_MAX];
    assert_int_equal(engine_limits(w.engine, v), 2);
    assert_string_equal(v[0].key, "circuit_breakers.max_drawdown_pct");
    assert_true(v[0].binding);
    assert_cash(v[0].max, 4000);
    assert_string_equal(v[1].key, "trading.risk_management.max_drawdown");
    assert_false(v[1].binding);
    assert_cash(v[1].max, 10000);
}

/* A start in a journal of format 1 changed how stops follow at once: so it does when that journal is replayed. */
static void an_old_journal_is_replayed_by_its_own_rules(void **state) {
    (void)state;
    kit_start("paper");
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &w.config};
    struct buf b;
    struct snap s;
    w.config.management.break_even_r_ppm = 2000000;
    ev.seq = engine_seq(w.engine) + 1;
    buf_init(&b, 1u << 20);
    snap_writer(&s, &b);
    event_snap(&ev, NULL, &s);
    assert_true(snap_complete(&s));
    static struct engine_config read;
    struct event old;
    snap_reader(&s, b.p, b.len);
    s.version = 1; /* longer than format 1 was, so not complete; what it brings is read all the same */
    event_snap(&old, &read, &s);
    assert_int_equal(old.occasion, CONFIG_FORMAT_1);
    buf_clear(&b);
    ev.occasion = CONFIG_FORMAT_1;
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(engine_config(w.engine)->management.break_even_r_ppm, 2000000);
    w.config.management.break_even_r_ppm = 3000000;
    assert_int_equal(kit_configure(), 0);
    assert_int_equal(engine_config(w.engine)->management.break_even_r_ppm, 2000000);
    assert_int_equal(engine_management_next(w.engine)->break_even_r_ppm, 3000000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(off_acts_at_once_and_survives),
        TEST(off_cancels_its_own_entries),
        TEST(the_file_is_overruled_until_it_gets_tighter),
        TEST(what_cannot_be_switched),
        TEST(a_change_while_running_keeps_the_feed),
        TEST(tightening_below_what_is_used_suspends),
        TEST(management_waits_as_limits_do),
        TEST(both_drawdowns_count),
        TEST(an_old_journal_is_replayed_by_its_own_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
