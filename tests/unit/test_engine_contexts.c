/*
 * engine_contexts: levels inside the engine: who is followed, what a change of the
 * configuration keeps, what a restart keeps, what other hours forget.
 */
#include "tests/unit/engine_kit.h"

static void walk(uint16_t instrument, int bars, double from) {
    for (int i = 0; i < bars; i++) {
        double p = from + (i * 7) % 11;
        kit_bar_of(instrument, p, p + 2, p - 2, p + 1);
    }
}

static void add_symbol(const char *symbol) {
    w.config.instruments[w.config.instrument_count] = *instrument_builtin(symbol);
    w.config.instruments[w.config.instrument_count++].spread = PRICE_ZERO;
}

static struct market_context kept;

static void keep(uint16_t instrument) {
    const struct market_context *m = engine_context(w.engine, instrument);
    assert_non_null(m);
    kept = *m;
}

static void is_kept(uint16_t instrument) {
    const struct market_context *m = engine_context(w.engine, instrument);
    assert_non_null(m);
    assert_memory_equal(m, &kept, sizeof kept);
}

static void all_or_those_who_ask(void **state) {
    (void)state;
    kit_start("paper");
    assert_null(engine_context(w.engine, 0)); /* no bar yet */
    walk(0, 3, 5000);
    assert_int_equal(engine_context(w.engine, 0)->bars, 3);
    assert_null(engine_context(w.engine, 1));
    w.config.levels.all = false;
    assert_int_equal(kit_configure(), 0);
    walk(0, 3, 5000);
    assert_null(engine_context(w.engine, 0)); /* the script asks for no levels */
}

static void symbols_that_move_keep_theirs(void **state) {
    (void)state;
    add_symbol("NQ");
    add_symbol("XAUUSD");
    kit_start("paper");
    walk(0, 40, 5000);
    walk(1, 60, 20000);
    walk(2, 50, 2600);
    keep(1);
    /* NQ becomes the first, gold goes, EURUSD is new, ES is the last. */
    w.config.instrument_count = 0;
    add_symbol("NQ");
    add_symbol("EURUSD");
    add_symbol("ES");
    w.config.strategies[0].symbols[0] = 2;
    assert_int_equal(kit_configure(), 0);
    is_kept(0);
    assert_null(engine_context(w.engine, 1));
    assert_int_equal(engine_context(w.engine, 2)->bars, 40);
    walk(1, 1, 10);
    assert_int_equal(engine_context(w.engine, 1)->bars, 1); /* not gold's */
}

static void restarts_keep_them(void **state) {
    (void)state;
    add_symbol("NQ");
    kit_start("paper");
    walk(0, 70, 5000);
    walk(1, 100, 20000);
    keep(1);
    kit_restore("paper");
    struct market_context *m = (struct market_context *)(uintptr_t)engine_context(w.engine, 1);
    assert_int_equal(m->found[STRUCTURE_SWING].n, kept.found[STRUCTURE_SWING].n);
    assert_int_equal(m->found[STRUCTURE_SWING].n > 0, 1);
    assert_true(m->atr == kept.atr && m->bars == kept.bars);
    assert_int_equal(kit_configure(), 0); /* the start's own configuration, the same one */
    assert_int_equal(engine_context(w.engine, 1)->bars, 100);
}

static void other_rules_forget(void **state) {
    (void)state;
    kit_start("paper");
    walk(0, 30, 5000);
    w.config.levels.swing_bars = 5;
    assert_int_equal(kit_configure(), 0);
    assert_null(engine_context(w.engine, 0));
    walk(0, 30, 5000);
    w.config.calendars.zone_count = w.config.calendars.hours_count = 1;
    w.config.calendars.hours[0] = (struct trading_hours){.name = "x", .weekdays = 0x3e};
    assert_int_equal(kit_configure(), 0);
    assert_null(engine_context(w.engine, 0));
    walk(0, 30, 5000);
    w.config.instruments[0].hours = CALENDAR_NONE; /* this symbol's own day */
    assert_int_equal(kit_configure(), 0);
    assert_null(engine_context(w.engine, 0));
}

static void impossible_settings_are_refused(void **state) {
    (void)state;
    kit_start("paper");
    w.config.levels.swing_bars = SWING_BARS_MAX + 1;
    assert_int_equal(kit_configure(), -1);
    w.config.levels.swing_bars = 3;
    w.config.calendars.session_count = 1;
    w.config.calendars.sessions[0].zone = 3;
    assert_int_equal(kit_configure(), -1);
    w.config.calendars.session_count = 0;
    w.config.weekend.flat_min = -1;
    assert_int_equal(kit_configure(), -1);
    w.config.weekend.flat_min = 0;
    assert_int_equal(kit_configure(), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(all_or_those_who_ask), T(symbols_that_move_keep_theirs),   T(restarts_keep_them),
        T(other_rules_forget),   T(impossible_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
