/* The gates, one by one, and the table they stand in. */
#include "engine_kit.h"

static const struct signal *want(enum side side, double price, double stop) {
    kit_want(side, 80, stop, 0);
    kit_flat(price);
    return kit_signal();
}

static void two_symbols(void) {
    w.config.instruments[1] = w.config.instruments[0];
    str_copy(w.config.instruments[1].symbol, SYMBOL_MAX, "ES2");
    w.config.instrument_count = 2;
    w.config.strategies[0].symbols[1] = 1;
    w.config.strategies[0].symbol_count = 2;
}

static const struct signal *want_of(uint16_t instrument, enum side side, double price, double stop) {
    kit_want(side, 80, stop, 0);
    kit_bar_of(instrument, price, price, price, price);
    return kit_signal();
}

/* ---- the table ---- */

static void every_code_has_a_row(void **state) {
    (void)state;
    for (int r = 1; r < REFUSAL_COUNT; r++) {
        bool found = false;
        for (uint32_t i = 0; i < engine_gate_count(); i++) found |= engine_gate(i)->code == (enum refusal)r;
        if (!found) fail_msg("%s is in no row", refusal_name((enum refusal)r));
    }
    for (uint32_t i = 0; i < engine_gate_count(); i++) {
        const struct gate_view *g = engine_gate(i);
        for (int l = 0; l < LANG_COUNT; l++) {
            assert_true(g->name[l][0] >= 'a' && g->name[l][0] <= 'z'); /* messages begin with it, capitalised */
            assert_true(g->asks[l][0] != '\0' && strchr(g->asks[l], '|') == NULL);
        }
    }
    assert_null(engine_gate(engine_gate_count()));
}

static void asked(enum refusal r, double lots, const char *name, const char *key) {
    struct signal g = {.refusal = r, .qty = {(int64_t)(lots * 1e8)}};
    char text[GATE_TEXT_MAX], text_fr[GATE_TEXT_MAX];
    gate_say(text, LANG_EN, &g);
    gate_say(text_fr, LANG_FR, &g);
    if (strncmp(text, name, strlen(name)) != 0 || (key != NULL && (strstr(text, key) == NULL || !strstr(text_fr, key))))
        fail_msg("%s is not %s (%s)", text, name, key);
    assert_true((*text != '\0') == (*text_fr != '\0'));
}

/* Which question refused follows from the code, and from whether the size was known. */
static void the_question_that_refused(void **state) {
    (void)state;
    asked(REFUSAL_NONE, 1, "", NULL);
    asked(REFUSAL_CONFIDENCE, 0, "The least confidence (gate 21 of ", "trading.min_confidence");
    asked(REFUSAL_PAUSED, 0, "Nobody has paused trading (gate 2 of ", ", paused)");
    asked(REFUSAL_OPEN_RISK, 0, "Nor has the risk at all stops", "circuit_breakers.max_open_risk");
    asked(REFUSAL_OPEN_RISK, 1, "Nor what all stops together would cost", "circuit_breakers.max_open_risk");
    asked(REFUSAL_WEEKLY_LOSS, 0, "Nor has the weekly loss", "max_weekly_loss");
    asked(REFUSAL_WEEKLY_LOSS, 1, "With every stop hit", "max_weekly_loss");
    asked(REFUSAL_MONTHLY_LOSS, 1, "With every stop hit", "max_monthly_loss");
    asked(REFUSAL_DAILY_LOSS, 1, "With every stop hit", "max_daily_loss");
}

/* ---- the idea ---- */

static bool wants_level(double level, uint32_t factors, double price) {
    kit_want(SIDE_LONG, 80, price - 8, price + 4);
    kit_next.item[0].level = px(level);
    kit_next.item[0].factors = factors;
    kit_flat(price);
    return kit_signal()->taken;
}

static void the_same_idea_waits(void **state) {
    (void)state;
    w.config.limits.duplicate_min = 15;
    kit_start("paper");
    assert_true(wants_level(4990, 0, 5000));
    kit_bar(5000, 5004, 5000, 5000); /* filled, and to the target */
    kit_flat(5000);
    assert_int_equal(engine_trade_count(w.engine), 0);
    kit_restore("paper");
    assert_false(wants_level(4990, 0, 5000));
    assert_int_equal(kit_signal()->refusal, REFUSAL_DUPLICATE);
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "3 min ago"));
    assert_true(wants_level(4989.75, 0, 5000)); /* another level */
    kit_bar(5000, 5004, 5000, 5000);
    w.minute += 11;
    assert_true(wants_level(4990, 0, 5000));
}

static void ideas_follow_their_symbol(void **state) {
    (void)state;
    w.config.limits.duplicate_min = 600;
    kit_start("paper");
    assert_true(wants_level(4990, 0, 5000));
    kit_bar(5000, 5004, 5000, 5000);
    kit_flat(5000);
    w.config.instruments[1] = w.config.instruments[0];
    w.config.instruments[0] = *instrument_builtin("XAUUSD");
    w.config.instrument_count = 2;
    w.config.strategies[0].symbols[0] = 1;
    assert_int_equal(kit_configure(), 0);
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_next.item[0].level = px(4990);
    kit_bar_of(1, 5000, 5000, 5000, 5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_DUPLICATE);
}

static void factors_are_counted_where_told(void **state) {
    (void)state;
    w.config.limits.factors_min = 3;
    kit_start("paper");
    assert_false(wants_level(0, 2, 5000));
    assert_int_equal(kit_signal()->refusal, REFUSAL_FACTORS);
    assert_int_equal(kit_signal()->factors, 2);
    assert_true(wants_level(0, 3, 5000));
    kit_bar(5000, 5004, 5000, 5000);
    kit_flat(5000);
    assert_true(wants_level(0, 0, 5000)); /* it does not count */
}

/* ---- the market ---- */

static void a_wide_spread(void **state) {
    (void)state;
    w.config.limits.spread_ppm = 50000; /* 5 % of the way to the stop */
    w.config.paper.spread_ticks = 2;    /* half a point */
    kit_start("paper");
    assert_int_equal(want(SIDE_LONG, 5000, 4992)->refusal, REFUSAL_SPREAD);
    assert_string_equal(kit_signal()->why_not[LANG_EN], "the spread is 6.1% of the way to the stop, the limit is 5.0%");
    assert_non_null(strstr(kit_signal()->why_not[LANG_FR], "6,1\u00a0%"));
    assert_true(want(SIDE_LONG, 5000, 4985)->taken);
}

static void entries_that_slip(void **state) {
    (void)state;
    w.config.limits.slippage_ppm = 200; /* 0.02 %: one point */
    kit_start("paper");
    assert_true(want(SIDE_LONG, 5000, 4980)->taken);
    kit_bar(5004, 5004, 5004, 5004); /* four points worse: half of it counts */
    kit_restore("paper");
    kit_want_exit();
    kit_flat(5004);
    kit_flat(5004);
    assert_int_equal(want(SIDE_LONG, 5004, 4980)->refusal, REFUSAL_SLIPPAGE);
    assert_string_equal(kit_signal()->why_not[LANG_EN], "entries slip by 0.040% of the price, the limit is 0.020%");
}

static void outside_its_session(void **state) {
    (void)state;
    struct calendars *c = &w.config.calendars;
    c->zone_count = 1; /* UTC */
    c->session_count = 1;
    str_copy(c->sessions[0].name, CALENDAR_NAME_MAX, "Late");
    c->sessions[0].from_min = 20 * 60, c->sessions[0].to_min = 22 * 60;
    w.config.strategies[0].session = 2;
    w.drive = drive_new(broker_find("paper"));
    w.engine = drive_engine(w.drive);
    assert_int_equal(kit_configure(), -1); /* no such session */
    drive_free(w.drive);
    w.config.strategies[0].session = 1;
    kit_start("paper");
    w.minute = 29000000 / 1440 * 1440 + 5 * 1440 + 12 * 60; /* a Monday, at noon */
    assert_int_equal(want(SIDE_LONG, 5000, 4992)->refusal, REFUSAL_SESSION);
    assert_string_equal(kit_signal()->why_not[LANG_FR], "hors de la séance Late");
    w.minute += 8 * 60 + 1;
    assert_true(want(SIDE_LONG, 5000, 4992)->taken);
}

/* ---- the book ---- */

static void exposure_and_margin(void **state) {
    (void)state;
    two_symbols();
    w.config.instruments[0].lot_max = w.config.instruments[1].lot_max = lots(1); /* $250,000 each, margin $16,500 */
    w.config.limits.exposure_ppm = 2000000;
    kit_start("paper");
    kit_bar_of(1, 5000, 5000, 5000, 5000);
    assert_true(want(SIDE_LONG, 5000, 4992)->taken); /* not even filled: it counts */
    assert_int_equal(want_of(1, SIDE_SHORT, 5000, 5008)->refusal, REFUSAL_EXPOSURE);
    assert_string_equal(kit_signal()->why_not[LANG_EN],
                        "the positions would be worth $500,000 in all, the limit is $400,000");
    w.config.limits.exposure_ppm = 0;
    w.config.limits.margin_ppm = 160000;
    w.day++;
    assert_int_equal(kit_configure(), 0);
    assert_int_equal(want_of(1, SIDE_SHORT, 5000, 5008)->refusal, REFUSAL_MARGIN_USE);
    w.config.limits.margin_ppm = 170000;
    w.day++;
    assert_int_equal(kit_configure(), 0);
    assert_true(want_of(1, SIDE_SHORT, 5000, 5008)->taken);
}

/* Both move by the same steps, or the second one against the first. */
static void walk(double sign) {
    static const double steps[] = {4, -2, 7, -5, 1, 3, -8, 2, -1, 6};
    double p = 5000;
    for (int i = 0; i < 60; i++) {
        p += steps[i % 10];
        double q = 5000 + sign * (p - 5000);
        kit_bar_of(0, p, p, p, p);
        kit_bar_of(1, q, q, q, q);
        w.minute += 58;
    }
}

static void what_moves_together(void **state) {
    (void)state;
    two_symbols();
    w.config.limits.correlation_ppm = 700000;
    kit_start("paper");
    assert_true(want(SIDE_LONG, 5000, 4000)->taken || kit_signal()->refusal == REFUSAL_SIZE);
    walk(1);
    assert_true(want(SIDE_LONG, 5000, 4992)->taken);
    kit_flat(5000);
    kit_restore("paper");
    assert_int_equal(want_of(1, SIDE_LONG, 5000, 4992)->refusal, REFUSAL_CORRELATION);
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "in ES (correlation 1.00, the limit is 0.70)"));
    assert_true(want_of(1, SIDE_SHORT, 5000, 5008)->taken); /* the other way is a hedge */
}

static void a_mirror_is_the_same_bet(void **state) {
    (void)state;
    two_symbols();
    w.config.limits.correlation_ppm = 700000;
    kit_start("paper");
    walk(-1);
    assert_true(want(SIDE_LONG, 5000, 4992)->taken);
    kit_flat(5000);
    assert_int_equal(want_of(1, SIDE_SHORT, 5000, 5008)->refusal, REFUSAL_CORRELATION);
}

static void too_few_hours_say_nothing(void **state) {
    (void)state;
    two_symbols();
    w.config.limits.correlation_ppm = 1;
    w.config.limits.var_ppm = 1;
    kit_start("paper");
    assert_true(want(SIDE_LONG, 5000, 4992)->taken);
    kit_flat(5000);
    assert_true(want_of(1, SIDE_LONG, 5000, 4992)->taken);
}

/* The worst of the steps is -8 of 5,000, one hour in ten: $400 a lot. */
static void value_at_risk(void **state) {
    (void)state;
    two_symbols();
    w.config.instruments[0].lot_max = lots(1);
    w.config.limits.var_ppm = 1500; /* $300 */
    kit_start("paper");
    walk(1);
    assert_int_equal(want(SIDE_LONG, 5000, 4992)->refusal, REFUSAL_VAR);
    w.config.limits.var_ppm = 2500;
    w.day++;
    assert_int_equal(kit_configure(), 0);
    assert_true(want(SIDE_LONG, 5000, 4992)->taken);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_row),
        cmocka_unit_test(the_question_that_refused),
        T(the_same_idea_waits),
        T(ideas_follow_their_symbol),
        T(factors_are_counted_where_told),
        T(a_wide_spread),
        T(entries_that_slip),
        T(outside_its_session),
        T(exposure_and_margin),
        T(what_moves_together),
        T(a_mirror_is_the_same_bet),
        T(too_few_hours_say_nothing),
        T(value_at_risk),
    };
    return RUN(tests);
}
