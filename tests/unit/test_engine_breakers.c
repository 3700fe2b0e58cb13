/* Breakers: levels, periods, resets, overrides, payments; all of it after being stored and read back. */
#include "engine_kit.h"

static void lose(double points) {
    kit_want(SIDE_LONG, 80, 5000 - points, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
    kit_flat(5000);
    kit_bar(5000, 5000, 5000 - points, 5000 - points);
}

static bool enter(double stop) {
    kit_want(SIDE_LONG, 80, stop, 0);
    kit_flat(5000);
    return kit_signal()->taken;
}

static struct limit_view view(enum limit_kind k) {
    struct limit_view v[LIMIT_VIEWS_MAX];
    uint32_t n = engine_limits(w.engine, v);
    for (uint32_t i = 0; i < n; i++) {
        if (v[i].kind == k && v[i].binding) return v[i];
    }
    fail_msg("no limit %s", limit_kind_name(k));
    return v[0];
}

static int override(enum limit_kind k) {
    struct event ev = {.kind = EVENT_COMMAND};
    ev.u.command = (struct operator_command){.verb = OP_OVERRIDE, .instrument = -1, .limit = (int32_t)k};
    str_copy(ev.u.command.actor, ACTOR_MAX, "discord:3000");
    return kit_apply(&ev);
}

static int pay(double amount) {
    struct event ev = {.kind = EVENT_CASH, .u.cash.amount = usd(amount)};
    return kit_apply(&ev);
}

/* Day 20000 is Friday, 4 October 2024. */
#define FRIDAY 20000
#define SUNDAY (FRIDAY + 2)

static void weeks_and_months(void **state) {
    (void)state;
    assert_int_equal(day_week_first(FRIDAY), FRIDAY - 5);
    assert_int_equal(day_week_first(FRIDAY + 1), FRIDAY - 5);
    assert_int_equal(day_week_first(SUNDAY), SUNDAY); /* its evening is Monday's market */
    assert_int_equal(day_week_first(SUNDAY + 6), SUNDAY);
    assert_int_equal(day_week_first(0), -4);
    assert_int_equal(day_week_first(-5), -11);
    assert_int_equal(day_month_first(FRIDAY), FRIDAY - 3);
    assert_int_equal(day_month_first(FRIDAY + 27), FRIDAY - 3);
    assert_int_equal(day_month_first(FRIDAY + 28), FRIDAY + 28);
}

static void a_week_ends_on_its_border(void **state) {
    (void)state;
    w.config.limits.weekly_loss_ppm = 5000; /* $1,000 */
    w.config.limits.warn_ppm = 500000;
    w.config.limits.breaker_cautious_ppm = 800000;
    kit_start("paper");
    lose(10); /* 504.50 */
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_WEEKLY_LOSS), 1);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_ON, LIMIT_WEEKLY_LOSS), 0);
    assert_int_equal(view(LIMIT_WEEKLY_LOSS).state, LIMIT_IS_NEAR);
    w.day++; /* Saturday: the same week */
    kit_restore("paper");
    lose(7); /* 859 */
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_WEEKLY_LOSS), 1);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_ON, LIMIT_WEEKLY_LOSS), 1);
    kit_restore("paper");
    assert_int_equal(view(LIMIT_WEEKLY_LOSS).state, LIMIT_IS_CAUTIOUS);
    assert_false(enter(4997)); /* 154.50 more could pass it */
    assert_int_equal(kit_signal()->refusal, REFUSAL_WEEKLY_LOSS);
    assert_non_null(strstr(kit_signal()->why_not[LANG_FR], "la semaine perd déjà 859"));
    assert_true(enter(4998)); /* 104.50 */
    kit_flat(5000);
    kit_bar(4990, 4990, 4990, 4990); /* a gap: 504.50 */
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_WEEKLY_LOSS), 1);
    kit_restore("paper");
    assert_false(enter(4999));
    assert_int_equal(kit_signal()->refusal, REFUSAL_WEEKLY_LOSS);
    struct limit_view v = view(LIMIT_WEEKLY_LOSS);
    assert_int_equal(v.state, LIMIT_IS_REACHED);
    assert_int_equal(v.reset, RESET_WEEK);
    assert_int_equal(v.reset_day, SUNDAY);
    assert_true(v.is_breaker);
    w.day = SUNDAY;
    assert_true(enter(4999));
    assert_false(kit_signal()->halved);
    assert_int_equal(kit_limits(LIMIT_LIFTED, LIMIT_WEEKLY_LOSS), 1);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_OFF, LIMIT_DAILY_LOSS), 1);
    assert_int_equal(view(LIMIT_WEEKLY_LOSS).state, LIMIT_IS_OK);
}

static void a_month_goes_over_weeks(void **state) {
    (void)state;
    w.config.limits.monthly_loss_ppm = 5000; /* $1,000 */
    kit_start("paper");
    lose(10);
    w.day = SUNDAY;
    kit_restore("paper");
    assert_true(enter(4991));
    kit_flat(5000);
    kit_bar(4985, 4985, 4985, 4985);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_MONTHLY_LOSS), 1);
    assert_int_equal(view(LIMIT_MONTHLY_LOSS).reset_day, FRIDAY + 28);
    w.day = FRIDAY + 27;
    kit_restore("paper");
    assert_false(enter(4999));
    assert_int_equal(kit_signal()->refusal, REFUSAL_MONTHLY_LOSS);
    w.day++;
    assert_true(enter(4999));
    struct account a;
    engine_account(w.engine, &a);
    assert_cash(a.month_first_equity, 200000 - 504.5 - 754.5);
}

/* 5 % warned, 15 % cautious, 20 % suspended. */
static void the_ladder_of_the_drawdown(void **state) {
    (void)state;
    w.config.limits.drawdown_ppm = 20000; /* $4,000 */
    w.config.limits.drawdown_warn_ppm = 5000;
    w.config.limits.drawdown_cautious_ppm = 15000;
    w.config.limits.warn_ppm = w.config.limits.breaker_cautious_ppm = 900000;
    kit_start("paper");
    lose(19);
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_DRAWDOWN), 0); /* 954.50 */
    lose(1);
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_DRAWDOWN), 1); /* 1009 */
    lose(39);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_ON, LIMIT_DRAWDOWN), 0); /* 2963.50 */
    lose(1);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_ON, LIMIT_DRAWDOWN), 1); /* 3018 */
    w.day++;
    kit_restore("paper");
    lose(1); /* 3072.50: the new day does not end it */
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_OFF, LIMIT_DRAWDOWN), 0);
    assert_true(kit_signal()->halved);
    assert_int_equal(view(LIMIT_DRAWDOWN).state, LIMIT_IS_CAUTIOUS);
    lose(19); /* 4027 */
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DRAWDOWN), 1);
    w.day++;
    kit_restore("paper");
    assert_false(enter(4999));
    assert_int_equal(kit_signal()->refusal, REFUSAL_DRAWDOWN);
    assert_int_equal(override(LIMIT_DRAWDOWN), 0);
    assert_int_equal(kit_limits(LIMIT_OVERRIDDEN, LIMIT_DRAWDOWN), 1);
    assert_string_equal(kit_last(EFFECT_LIMIT)->u.limit.actor,
                        kit_last(EFFECT_LIMIT)->u.limit.event == LIMIT_OVERRIDDEN ? "discord:3000" : "");
    kit_restore("paper");
    assert_true(enter(4999)); /* at once, and counted anew */
    assert_int_equal(view(LIMIT_DRAWDOWN).used.v, 0);
    assert_string_equal(view(LIMIT_DRAWDOWN).by, "discord:3000");
}

static void a_drawdown_may_only_warn(void **state) {
    (void)state;
    w.config.limits.drawdown_warn_ppm = 1000; /* $200 */
    kit_start("paper");
    lose(8);
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_DRAWDOWN), 1);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DRAWDOWN), 0);
    assert_true(enter(4999));
}

static void an_override_counts_anew(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(1000);
    kit_start("paper");
    assert_int_equal(override(LIMIT_DAILY_LOSS), -1); /* nothing to lift */
    assert_int_equal(override(LIMIT_DAILY_TRADES), -1);
    lose(18); /* 904.50: cautious */
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_ON, LIMIT_DAILY_LOSS), 1);
    assert_false(enter(4997)); /* 154.50 */
    uint64_t seen = engine_preview_override(w.engine, LIMIT_DAILY_LOSS);
    assert_int_equal(override(LIMIT_DAILY_LOSS), 0);
    assert_true(engine_preview_override(w.engine, LIMIT_DAILY_LOSS) != seen);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_OFF, LIMIT_DAILY_LOSS), 1);
    kit_restore("paper");
    lose(18);
    assert_false(kit_signal()->halved);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DAILY_LOSS), 0);
    assert_int_equal(view(LIMIT_DAILY_LOSS).state, LIMIT_IS_CAUTIOUS);
    assert_cash(view(LIMIT_DAILY_LOSS).used, 904.5);
    struct account a;
    engine_account(w.engine, &a);
    assert_cash(a.day_pnl, -1809); /* the day itself is what it was */
    w.day++;
    kit_flat(5000);
    assert_string_equal(view(LIMIT_DAILY_LOSS).by, "");
}

/* A day forgets a suspension, not why sizes were halved: the first entry of the next is halved, too. */
static void what_lasts_stays_halved(void **state) {
    (void)state;
    w.config.limits.consecutive_losses = 10;
    w.config.limits.breaker_cautious_ppm = 900000;
    kit_start("paper");
    for (int i = 0; i < 9; i++) lose(1);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_ON, LIMIT_CONSECUTIVE_LOSSES), 1);
    w.day++;
    kit_restore("paper");
    assert_true(enter(4999));
    assert_true(kit_signal()->halved);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_OFF, LIMIT_CONSECUTIVE_LOSSES), 0);
    assert_int_equal(view(LIMIT_CONSECUTIVE_LOSSES).state, LIMIT_IS_CAUTIOUS);
}

/* Suspended at 2 %, made good to less, which is still in the cautious part. */
static void halved_after_a_suspension(void **state) {
    (void)state;
    w.config.limits.drawdown_ppm = 20000; /* $4,000 */
    w.config.limits.drawdown_cautious_ppm = 15000;
    kit_start("paper");
    for (int i = 0; i < 4; i++) lose(18); /* 3618 */
    assert_true(enter(4990));
    kit_flat(5000);
    kit_bar(4992, 4992, 4992, 4992); /* 400 more for now */
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DRAWDOWN), 1);
    kit_bar(4998, 4998, 4998, 4998);
    w.day++;
    kit_bar(4998, 4998, 4998, 4998);
    assert_int_equal(kit_limits(LIMIT_LIFTED, LIMIT_DRAWDOWN), 1);
    assert_int_equal(kit_limits(LIMIT_CAUTIOUS_OFF, LIMIT_DRAWDOWN), 0);
    assert_int_equal(view(LIMIT_DRAWDOWN).state, LIMIT_IS_CAUTIOUS);
}

static void a_limit_that_is_gone_suspends_nobody(void **state) {
    (void)state;
    w.config.limits.weekly_loss_ppm = 2500; /* $500 */
    kit_start("paper");
    assert_true(enter(4992));
    kit_flat(5000);
    kit_bar(4980, 4980, 4980, 4980);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_WEEKLY_LOSS), 1);
    w.config.limits.weekly_loss_ppm = 0;
    assert_int_equal(kit_configure(), 0);
    assert_false(enter(4999)); /* looser from the next day on */
    w.day++;
    assert_true(enter(4999));
    assert_int_equal(kit_limits(LIMIT_LIFTED, LIMIT_WEEKLY_LOSS), 1);
}

/* ---- errors ---- */

static void store(bool gone) {
    struct event ev = {.kind = EVENT_STORE, .u.store.gone = gone};
    assert_int_equal(kit_apply(&ev), 0);
}

static void errors_cool_down(void **state) {
    (void)state;
    w.config.limits.errors = 3;
    w.config.limits.error_cooldown_s = 300;
    w.config.limits.warn_ppm = 600000;
    kit_start("paper");
    kit_flat(5000);
    store(true), store(false);
    w.minute += 6; /* far enough: it begins anew */
    store(true), store(false);
    store(true), store(false);
    assert_int_equal(kit_limits(LIMIT_NEAR, LIMIT_ERRORS), 1);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_ERRORS), 0);
    w.minute += 2;
    store(true), store(false);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_ERRORS), 1);
    kit_restore("paper");
    assert_false(enter(4992));
    assert_int_equal(kit_signal()->refusal, REFUSAL_ERRORS);
    assert_string_equal(kit_signal()->why_not[LANG_FR], "suspendu\u00a0: 3 erreurs système d’affilée (limite 3)");
    uint64_t seen = engine_preview_override(w.engine, LIMIT_ERRORS);
    struct limit_view v = view(LIMIT_ERRORS);
    assert_int_equal(v.reset, RESET_COOLDOWN);
    assert_int_equal(when_sec(v.reset_at), (w.minute - 1) * 60 + 300);
    w.day++; /* a new day is not what it waits for */
    assert_false(enter(4992));
    w.minute += 4;
    assert_true(enter(4992));
    assert_int_equal(kit_limits(LIMIT_LIFTED, LIMIT_ERRORS), 1);
    for (int i = 0; i < 3; i++) store(true), store(false);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_ERRORS), 2);
    assert_true(engine_preview_override(w.engine, LIMIT_ERRORS) != seen); /* a button of the first time is no answer */
}

/* ---- risk at all stops ---- */

static void extreme_risk(void **state) {
    (void)state;
    w.config.instruments[0].lot_max = lots(100);
    w.config.limits.open_risk_ppm = 10000; /* $2,000 */
    w.config.limits.warn_ppm = 900000;
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 4992, 0); /* 4 lots, 1618 */
    kit_flat(5000);
    kit_bar(5002, 5002, 5002, 5002); /* filled 2 points worse: 2018 at risk */
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_OPEN_RISK), 1);
    assert_int_equal(view(LIMIT_OPEN_RISK).state, LIMIT_IS_REACHED);
    assert_int_equal(override(LIMIT_OPEN_RISK), 0);
    kit_restore("paper");
    kit_bar(5002, 5002, 5001, 5001);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_OPEN_RISK), 1);
    struct engine_status st;
    engine_status(w.engine, &st);
    assert_false(st.suspended);
    kit_bar(5001, 5001, 4990, 4990); /* stopped out */
    w.day++;
    kit_flat(5000);
    assert_int_equal(view(LIMIT_OPEN_RISK).state, LIMIT_IS_OK);
}

/* ---- money that comes and goes ---- */

static void payments_move_the_marks(void **state) {
    (void)state;
    w.config.limits.daily_loss = usd(1000);
    w.config.limits.weekly_loss_ppm = 10000;
    w.config.limits.drawdown_ppm = 10000;
    kit_start("paper");
    lose(8); /* 404.50 */
    assert_int_equal(pay(-50000), 0);
    kit_restore("paper");
    struct account a;
    engine_account(w.engine, &a);
    assert_cash(a.balance, 200000 - 50000 - 404.5);
    assert_cash(a.day_pnl, -404.5);
    assert_cash(a.peak_equity, 150000);
    assert_cash(a.week_first_equity, 150000);
    assert_cash(a.paid_in, -50000);
    assert_cash(view(LIMIT_DAILY_LOSS).used, 404.5);
    assert_cash(view(LIMIT_WEEKLY_LOSS).max, 1500);
    assert_int_equal(kit_count(EFFECT_LIMIT), 0);
    assert_int_equal(pay(1000000), 0);
    kit_flat(5000);
    assert_cash(view(LIMIT_DRAWDOWN).used, 404.5);
    assert_int_equal(kit_count(EFFECT_LIMIT), 0);
    assert_int_equal(pay(-1150000), -1); /* more than there is */
    assert_int_equal(pay(0), -1);
}

/* Shares of less are less: what was lost before may be too much afterwards. */
static void a_withdrawal_is_judged(void **state) {
    (void)state;
    w.config.limits.drawdown_ppm = 20000; /* $4,000 */
    kit_start("paper");
    for (int i = 0; i < 3; i++) lose(18); /* 2713.50 */
    assert_int_equal(pay(-100000), 0);
    assert_int_equal(kit_limits(LIMIT_REACHED, LIMIT_DRAWDOWN), 1);
    assert_false(enter(4999));
    assert_int_equal(kit_signal()->refusal, REFUSAL_DRAWDOWN);
}

static int stop_to(double price) {
    struct event ev = {.kind = EVENT_COMMAND};
    ev.u.command = (struct operator_command){.verb = OP_STOP, .trade = 1, .instrument = -1, .price = px(price)};
    str_copy(ev.u.command.actor, ACTOR_MAX, "discord:3000");
    return kit_apply(&ev);
}

static void a_looser_stop_keeps_the_risk_at_all_stops(void **state) {
    (void)state;
    w.config.instruments[0].lot_max = lots(4);
    w.config.limits.risk_per_trade_ppm = 50000;
    w.config.limits.open_risk_ppm = 10000; /* $2,000 */
    kit_start("paper");
    assert_true(enter(4992)); /* 1618 */
    kit_flat(5000);
    kit_flat(5000);
    assert_int_equal(stop_to(4988), -1); /* 2418 */
    assert_non_null(strstr(w.err.text[LANG_EN], "circuit_breakers.max_open_risk"));
    assert_int_equal(stop_to(4991), 0); /* 1818 */
}

static int setup(void **state) {
    int rc = kit_setup(state);
    w.config.instruments[0].lot_max = lots(1);
    return rc;
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, kit_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weeks_and_months),
        T(a_week_ends_on_its_border),
        T(a_month_goes_over_weeks),
        T(the_ladder_of_the_drawdown),
        T(what_lasts_stays_halved),
        T(halved_after_a_suspension),
        T(a_limit_that_is_gone_suspends_nobody),
        T(a_withdrawal_is_judged),
        T(a_looser_stop_keeps_the_risk_at_all_stops),
        T(a_drawdown_may_only_warn),
        T(an_override_counts_anew),
        T(errors_cool_down),
        T(extreme_risk),
        T(payments_move_the_marks),
    };
    return RUN(tests);
}
