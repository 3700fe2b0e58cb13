/*
 * engine_regime: what the regime changes: which entries pass, how far a stop lies, what a signal says of it; and the advisor
 * that nobody has. Bars are made so that the regime is beyond doubt.
 */
#include "tests/unit/engine_kit.h"

#include "engine/base/rng.h"

#define TREND_BIT (1u << REGIME_TREND)
#define RANGE_BIT (1u << REGIME_RANGE)
#define BARS 60 /* enough to be sure of a regime */

static double price;

/* 4 points a bar, hardly any way back. */
static void trend(int bars) {
    for (int i = 0; i < bars; i++, price += 4) kit_bar(price, price + 5, price - 0.5, price + 4);
}

/* Now farther up, now farther down, never as wide twice running: the volatility has a rank. */
static void range(int bars) {
    for (int i = 0; i < bars; i++) {
        double wide = 3 + (double)(w.minute * 7 % 5), up = w.minute % 2 == 0 ? 2 : 0;
        kit_bar(price, price + wide + up, price - wide - 2 + up, price + up - 1);
    }
}

static void begin(void) {
    price = 5000;
    kit_start("paper");
}

/* Wished for with the next bar of what goes on. */
static const struct signal *wish(enum side side, double stop, double target, void (*goes_on)(int bars)) {
    kit_want(side, 80, stop, target);
    goes_on(1);
    return kit_signal();
}

static void any_regime_unless_told(void **state) {
    (void)state;
    begin();
    const struct signal *g = wish(SIDE_LONG, 4990, 0, trend);
    assert_true(g->taken);
    assert_int_equal(g->regime.now, REGIME_UNKNOWN);
    assert_int_equal(g->widen_ppm, 0);
}

static void only_in_those_it_names(void **state) {
    (void)state;
    w.config.strategies[0].regimes = TREND_BIT;
    begin();
    const struct signal *g = wish(SIDE_LONG, 4990, 0, trend);
    assert_false(g->taken);
    assert_int_equal(g->refusal, REFUSAL_REGIME);
    assert_string_equal(g->why_not[LANG_EN], "the regime is not known yet, and Script enters only in: trend");
    assert_string_equal(g->why_not[LANG_FR],
                        "le régime n’est pas encore connu, et Script n’entre qu’en\u00a0: tendance");
    range(BARS);
    g = wish(SIDE_LONG, price - 20, 0, range);
    assert_int_equal(g->refusal, REFUSAL_REGIME);
    assert_int_equal(g->regime.now, REGIME_RANGE);
    const struct market_context *m = engine_context(w.engine, 0);
    assert_int_equal(g->regime.bars, m->bars - m->regime.since + 1);
    assert_int_equal(g->regime.adx_e6, (int64_t)(m->regime.adx * 1e6));
    assert_int_equal(strncmp(g->why_not[LANG_EN], "range for ", 10), 0);
    assert_non_null(strstr(g->why_not[LANG_EN], "; Script enters only in: trend"));
    assert_int_equal(strncmp(g->why_not[LANG_FR], "range depuis ", 13), 0);
    assert_non_null(strstr(g->why_not[LANG_FR], "efficacité 0,0"));
    trend(BARS);
    g = wish(SIDE_LONG, price - 20, 0, trend);
    assert_int_equal(g->regime.now, REGIME_TREND);
    assert_true(g->taken && g->regime.adx_e6 > 25000000 && g->regime.efficiency > 350000);
}

static void two_of_three(void **state) {
    (void)state;
    w.config.strategies[0].regimes = RANGE_BIT | 1u << REGIME_TRANSITION;
    begin();
    trend(BARS);
    const struct signal *g = wish(SIDE_LONG, price - 20, 0, trend);
    assert_int_equal(g->refusal, REFUSAL_REGIME);
    assert_non_null(strstr(g->why_not[LANG_FR], "Script n’entre qu’en\u00a0: range, transition"));
    range(BARS);
    assert_true(wish(SIDE_LONG, price - 20, 0, range)->taken);
}

/* Who goes by it needs the detectors, whatever levels.follow says. */
static void the_market_is_followed_for_it(void **state) {
    (void)state;
    w.config.levels.all = false;
    begin();
    trend(1);
    assert_null(engine_context(w.engine, 0));
    w.config.strategies[0].regimes = TREND_BIT;
    assert_int_equal(kit_configure(), 0);
    trend(1);
    assert_non_null(engine_context(w.engine, 0));
    w.config.strategies[0].regimes = 0;
    w.config.strategies[0].widen_ppm[REGIME_RANGE] = 2000000;
    assert_int_equal(kit_configure(), 0);
    trend(1);
    assert_int_equal(engine_context(w.engine, 0)->bars, 2);
}

/* ---- stops ---- */

static struct signal after_a_trend(enum side side, int64_t widen_ppm) {
    w.config.strategies[0].widen_ppm[REGIME_TREND] = widen_ppm;
    begin();
    trend(BARS);
    const double way = side == SIDE_LONG ? 1 : -1;
    struct signal g = *wish(side, price + 4 - way * 10.25, price + 4 + way * 30, trend);
    assert_true(g.taken);
    drive_free(w.drive);
    w.drive = NULL;
    return g;
}

static int64_t way_of(const struct signal *g) {
    return g->entry.v > g->stop.v ? g->entry.v - g->stop.v : g->stop.v - g->entry.v;
}

/* As much at risk, fewer lots, the strategy's own target where it was. */
static void wider_and_smaller(void **state) {
    (void)state;
    const cash_t budget = usd(2000);
    for (int side = 0; side < SIDE_COUNT; side++) {
        const struct signal as_it_is = after_a_trend((enum side)side, 0),
                            wide = after_a_trend((enum side)side, 1500000);
        assert_int_equal(way_of(&as_it_is), px(10.25).v);
        assert_int_equal(way_of(&wide), px(15.5).v); /* 15.375, on the tick away from the entry */
        assert_int_equal(wide.widen_ppm, 1500000);
        assert_int_equal(as_it_is.widen_ppm, 0);
        assert_int_equal(wide.target.v, as_it_is.target.v);
        assert_true(wide.reward_risk_ppm < as_it_is.reward_risk_ppm);
        assert_qty(as_it_is.qty, 3); /* 2000 / (10.25 x 50 + 4.50) */
        assert_qty(wide.qty, 2);     /* 2000 / (15.50 x 50 + 4.50) */
        assert_true(wide.risk.v <= budget.v && as_it_is.risk.v <= budget.v);
    }
}

static void a_target_in_r_moves_along(void **state) {
    (void)state;
    w.config.strategies[0].target_r_ppm = 2000000;
    const struct signal g = after_a_trend(SIDE_LONG, 1500000);
    assert_int_equal(g.target.v - g.entry.v, px(31).v);
}

static void other_stops_are_widened_too(void **state) {
    (void)state;
    w.config.strategies[0].stop = STOP_RULE_FIXED;
    w.config.strategies[0].stop_ppm = 2000; /* 0.2 % of some 5244 */
    const struct signal g = after_a_trend(SIDE_LONG, 2000000);
    assert_in_range(way_of(&g), px(20.9).v, px(21.5).v);
}

static void not_in_another_regime(void **state) {
    (void)state;
    w.config.strategies[0].widen_ppm[REGIME_TREND] = 3000000;
    begin();
    assert_int_equal(wish(SIDE_LONG, 4990, 0, trend)->widen_ppm, 0); /* not known yet */
    range(BARS);
    const struct signal *g = wish(SIDE_LONG, price - 20, 0, range);
    assert_int_equal(g->regime.now, REGIME_RANGE);
    assert_int_equal(g->widen_ppm, 0);
}

/* Ten times as far may be below nothing: no stop, so no trade. */
static void a_stop_below_nothing_is_none(void **state) {
    (void)state;
    w.config.strategies[0].widen_ppm[REGIME_TREND] = REGIME_WIDEN_PPM_MAX;
    begin();
    trend(BARS);
    assert_int_equal(wish(SIDE_LONG, 4000, 0, trend)->refusal, REFUSAL_NO_STOP);
    const struct signal *g = wish(SIDE_LONG, price + 100, 0, trend); /* one on the wrong side is not widened */
    assert_int_equal(g->refusal, REFUSAL_NO_STOP);
    assert_int_equal(g->widen_ppm, 0);
}

/* ---- the state ---- */

static uint64_t random_run(int restore_every, uint32_t *refused, uint32_t *widened) {
    struct rng r;
    rng_seed(&r, 11);
    w.config.strategies[0].regimes = TREND_BIT | RANGE_BIT;
    w.config.strategies[0].widen_ppm[REGIME_TREND] = 1300000;
    w.config.strategies[0].widen_ppm[REGIME_RANGE] = 1700000;
    w.config.strategies[0].param_count = 1;
    w.config.strategies[0].params[0] = (struct param){"chaos", 3};
    begin();
    *refused = *widened = 0;
    for (int i = 0; i < 700; i++) {
        double open = price;
        price += (double)(int64_t)(rng_normal(&r) * 12) * 0.25 + (i / 90 % 2 == 0 ? 1.5 : 0);
        double high = (open > price ? open : price) + 1, low = (open > price ? price : open) - 1;
        w.effect_count = w.event_count = 0;
        kit_bar(open, high, low, price);
        for (uint32_t k = 0; k < w.effect_count; k++) {
            if (w.effects[k].kind != EFFECT_SIGNAL) continue;
            *refused += w.effects[k].u.signal.refusal == REFUSAL_REGIME;
            *widened += w.effects[k].u.signal.widen_ppm > 0;
        }
        if (restore_every > 0 && i % restore_every == restore_every - 1) kit_restore("paper");
    }
    uint64_t digest = engine_digest(w.engine);
    drive_free(w.drive);
    w.drive = NULL;
    return digest;
}

/* Stored and read back anywhere, it goes on as if nothing had been. */
static void restarts_change_nothing(void **state) {
    (void)state;
    uint32_t refused, widened, again;
    const uint64_t whole = random_run(0, &refused, &widened);
    print_message("refused for the regime %u, widened %u\n", refused, widened);
    assert_true(refused > 10 && widened > 30);
    assert_true(random_run(1, &again, &widened) == whole && again == refused);
    assert_true(random_run(37, &again, &widened) == whole && again == refused);
}

/* A signal of format 4 ends before the regime. */
static void signals_of_format_4_are_read(void **state) {
    (void)state;
    struct signal was = {.id = 7, .factors = 3, .widen_ppm = 5, .regime = {.now = REGIME_TREND, .bars = 2}}, is;
    struct buf b;
    struct snap s;
    str_copy(was.sizing[LANG_EN], SIZING_TEXT_MAX, "1% of all");
    str_copy(was.confluence[LANG_EN], CONFLUENCE_TEXT_MAX, "two");
    for (uint32_t format = 4; format <= ENGINE_FORMAT; format++) {
        size_t cut = format == 4 ? 4 + 4 + 8 * 4 + 4 + strlen("two") + 4 + 8 : 0;
        buf_init(&b, 4096);
        snap_writer(&s, &b);
        signal_snap(&was, &s);
        memset(&is, 0, sizeof is);
        snap_reader(&s, b.p, b.len - cut);
        s.version = format;
        signal_snap(&is, &s);
        assert_true(snap_complete(&s));
        assert_string_equal(is.sizing[LANG_EN], "1% of all");
        assert_int_equal(is.regime.now, format == 4 ? REGIME_UNKNOWN : REGIME_TREND);
        assert_string_equal(is.confluence[LANG_EN], format == 4 ? "" : "two");
        buf_clear(&b);
    }
}

static void impossible_settings_are_refused(void **state) {
    (void)state;
    struct strategy_config *s = &w.config.strategies[0];
    begin();
    const struct strategy_config good = *s;
    s->regimes = 1u << REGIME_UNKNOWN;
    assert_int_equal(kit_configure(), -1);
    s->regimes = 1u << REGIME_COUNT;
    assert_int_equal(kit_configure(), -1);
    *s = good, s->widen_ppm[REGIME_TREND] = 999999;
    assert_int_equal(kit_configure(), -1);
    *s = good, s->widen_ppm[REGIME_TREND] = REGIME_WIDEN_PPM_MAX + 1;
    assert_int_equal(kit_configure(), -1);
    *s = good, s->widen_ppm[REGIME_UNKNOWN] = 2000000;
    assert_int_equal(kit_configure(), -1);
    *s = good, s->advisor = ADVISOR_MODE_COUNT;
    assert_int_equal(kit_configure(), -1);
    *s = good;
    assert_int_equal(kit_configure(), 0);
}

/* ---- the rest that a signal says ---- */

/* What the day before and this one left near the entry is named, in both languages. */
static void confluence_is_named(void **state) {
    (void)state;
    begin();
    range(BARS);
    w.day++;
    w.minute = 29000000 + 3 * 1440; /* another trading day: yesterday's levels are there */
    range(20);
    const struct signal *g = wish(SIDE_LONG, price - 20, 0, range);
    assert_true(strstr(g->confluence[LANG_EN], " levels converge (") != NULL);
    assert_true(strstr(g->confluence[LANG_FR], " niveaux convergent (") != NULL);
    assert_in_range(g->confluence_at.v, px(price - 10).v, px(price + 10).v);
    w.config.levels.all = false;
    assert_int_equal(kit_configure(), 0);
    assert_string_equal(wish(SIDE_SHORT, price + 20, 0, range)->confluence[LANG_EN], "");
}

static void no_advisor_no_entry(void **state) {
    (void)state;
    w.config.strategies[0].advisor = ADVISOR_REQUIRED;
    begin();
    const struct signal *g = wish(SIDE_LONG, 4990, 0, trend);
    assert_false(g->taken);
    assert_int_equal(g->refusal, REFUSAL_ADVISOR_MISSING);
    assert_string_equal(g->why_not[LANG_EN], "Script requires an advisor, and none can answer");
    assert_string_equal(g->why_not[LANG_FR], "Script exige un conseiller, et aucun ne peut répondre");
    w.config.strategies[0].advisor = ADVISOR_NONE;
    assert_int_equal(kit_configure(), 0);
    assert_true(wish(SIDE_LONG, 4990, 0, trend)->taken);
}

#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {T(any_regime_unless_told),
                                       T(only_in_those_it_names),
                                       T(two_of_three),
                                       T(the_market_is_followed_for_it),
                                       T(wider_and_smaller),
                                       T(a_target_in_r_moves_along),
                                       T(other_stops_are_widened_too),
                                       T(not_in_another_regime),
                                       T(a_stop_below_nothing_is_none),
                                       T(restarts_change_nothing),
                                       T(signals_of_format_4_are_read),
                                       T(impossible_settings_are_refused),
                                       T(confluence_is_named),
                                       T(no_advisor_no_entry)};
    return RUN(tests);
}
