/*
 * The rules of engine/strategies/table.c and that of strategy_template.c. For each of them, on seeded random walks: what it wants is possible, nothing
 * depends on what comes later, a state stored and read back goes on the same, prices upside down give the other side.
 * Then each rule by bars made by hand.
 */
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/feeds/zone_file.h"
#include "engine/level.h"
#include "tests/unit/strategy_template.c"

#define BARS 20000
#define START 1736121600LL /* 2025-01-06T00:00:00Z, a Monday; its weekends have bars, too */
#define CUTS 200
#define MIDDLE 2600.0

/* A rule, its state, and the trade that its intents led to: entries fill at once, stops and targets are left alone. */
struct run {
    const struct strategy *rule;
    double params[STRATEGY_PARAMS_MAX];
    void *state;
    struct market_context *market; /* where it reads one */
    struct trade trade;
    bool is_open;
};

#define RULES_MAX 32
static const struct strategy *rules[RULES_MAX + 1]; /* NULL-terminated */
static struct instrument gold;
static struct engine_config config; /* for its calendars and what levels are made of */
static struct bar walk[BARS], upside_down[BARS];

static price_t px(double v) {
    price_t p = {0};
    assert_true(price_from_double(v, &p));
    return p;
}

static struct bar bar_of(double open, double high, double low, double close, int64_t volume) {
    return (struct bar){
        .seconds = 300, .open = px(open), .high = px(high), .low = px(low), .close = px(close), .volume = volume};
}

/* Trends and calms in turn, so that every rule has something to do; prices on no tick, so that nothing is a tie that
 * rounding breaks another way upside down. */
static void make_walk(uint64_t seed) {
    struct rng r;
    double price = MIDDLE, drift = 0;
    rng_seed(&r, seed);
    for (int i = 0; i < BARS; i++) {
        if (rng_below(&r, 60) == 0) drift = rng_normal(&r) * 0.6;
        double open = price, close = open + drift + rng_normal(&r) * 2 + (MIDDLE - open) * 0.002;
        double high = fmax(open, close) + fabs(rng_normal(&r));
        double low = fmin(open, close) - fabs(rng_normal(&r));
        int64_t volume = 100 + (int64_t)rng_below(&r, 400);
        walk[i] = bar_of(open, high, low, close, volume);
        upside_down[i] = bar_of(2 * MIDDLE - open, 2 * MIDDLE - low, 2 * MIDDLE - high, 2 * MIDDLE - close, volume);
        walk[i].start.ns = upside_down[i].start.ns = (START + i * 300LL) * NS_PER_SEC;
        price = close;
    }
}

static void defaults(struct run *g, const struct strategy *rule) {
    *g = (struct run){.rule = rule};
    for (size_t i = 0; rule->params[i].name != NULL; i++) {
        assert_true(i < STRATEGY_PARAMS_MAX);
        g->params[i] = rule->params[i].value;
    }
}

static void set(struct run *g, const char *name, double v) {
    for (size_t i = 0; g->rule->params[i].name != NULL; i++) {
        if (strcmp(g->rule->params[i].name, name) != 0) continue;
        g->params[i] = v;
        return;
    }
    fail_msg("%s has no %s", g->rule->name, name);
}

/* BatailleNavale is made for one future in its hours: here it trades at any hour, whatever a tick is, and asks no levels. */
static void made_easy(struct run *g) {
    static const struct {
        const char *name;
        double v;
    } easy[] = {{"base_ticks_max", 100000}, {"stop_max_ticks", 100000}, {"zone_min", 0},
                {"window1_to", 580},        {"window2_to", 810},        {"flat_at", 0},
                {"base_q_min", 0.3},        {"base_kappa", 1.2},        {"score_entry", 0.35},
                {"pattern_leg", 0.8},       {"pattern_bars", 6},        {"regime_gate", 0},
                {"golden_variant", 1}};
    if (strcmp(g->rule->name, "BatailleNavale") != 0) return;
    for (size_t i = 0; i < sizeof easy / sizeof easy[0]; i++) set(g, easy[i].name, easy[i].v);
}

static void begin(struct run *g) {
    struct err e = {0};
    size_t n = g->rule->state_size(g->params);
    assert_in_range(n, 1, STRATEGY_STATE_MAX);
    free(g->state);
    free(g->market);
    g->state = xcalloc(1, n);
    g->market = xcalloc(1, sizeof *g->market);
    g->is_open = false;
    if (g->rule->open(g->state, g->params, &e) != 0) fail_msg("%s", e.text[LANG_EN]);
}

static void begin_with(struct run *g, const char *name) {
    const struct strategy *rule = strategy_find(name);
    assert_non_null(rule);
    defaults(g, rule);
}

static struct intents step(struct run *g, struct bar b) {
    struct intents out = {0};
    const struct level_view l = {&b, when_add_ms(b.start, b.seconds * 1000), &gold, &config.calendars, &config.levels};
    if (g->rule->levels) context_bar(g->market, &l);
    const struct strategy_view v = {.instrument = &gold,
                                    .bar = &b,
                                    .trade = g->is_open ? &g->trade : NULL,
                                    .market = g->rule->levels ? g->market : NULL,
                                    .calendars = &config.calendars};
    g->rule->bar(g->state, &v, &out);
    assert_true(out.n <= INTENTS_MAX);
    for (uint32_t i = 0; i < out.n; i++) {
        if (out.item[i].kind == INTENT_EXIT) assert_true(g->is_open);
        g->is_open = out.item[i].kind == INTENT_ENTER;
        g->trade = (struct trade){.side = out.item[i].side, .opened.ns = b.start.ns + b.seconds * NS_PER_SEC};
    }
    return out;
}

static void end(struct run *g) {
    free(g->state);
    free(g->market);
    g->state = NULL;
    g->market = NULL;
}

static bool same(const struct intents *a, const struct intents *b) {
    if (a->n != b->n) return false;
    for (uint32_t i = 0; i < a->n; i++) {
        const struct intent *x = &a->item[i], *y = &b->item[i];
        if (x->kind != y->kind || x->side != y->side || x->confidence != y->confidence) return false;
        if (x->stop.v != y->stop.v || x->target.v != y->target.v) return false;
        if (strcmp(x->reason[LANG_EN], y->reason[LANG_EN]) != 0) return false;
    }
    return true;
}

static void add_session(const char *name, const char *zone_name, int32_t from, int32_t to) {
    struct calendars *c = &config.calendars;
    struct zone *z;
    assert_int_equal(zone_open(zone_name, &z, NULL), 0);
    zone_plan(z, &c->zones[c->zone_count]);
    zone_free(z);
    struct named_session *n = &c->sessions[c->session_count++];
    *n = (struct named_session){.zone = (uint16_t)c->zone_count++, .from_min = from * 60, .to_min = to * 60};
    str_copy(n->name, sizeof n->name, name);
}

static void setup(void) {
    size_t n = 0;
    for (; strategy_table[n] != NULL; n++) {
        assert_true(n + 1 < RULES_MAX);
        rules[n] = strategy_table[n];
        assert_ptr_equal(strategy_find(rules[n]->name), rules[n]);
    }
    rules[n] = &strategy_streak;
    gold = *instrument_builtin("XAUUSD");
    engine_config_defaults(&config);
    add_session("Asia", "Asia/Tokyo", 9, 16);
    add_session("London", "Europe/London", 8, 16);
    make_walk(11);
}

/* ---- every rule ---- */

static void sensible(const struct strategy *rule, const struct intent *w, const struct bar *b) {
    int64_t way = w->side == SIDE_LONG ? 1 : -1;
    if (w->kind == INTENT_EXIT) return;
    if (w->stop.v <= 0 || way * (b->close.v - w->stop.v) <= 0) fail_msg("%s: a stop on the wrong side", rule->name);
    if (w->target.v != 0 && way * (w->target.v - b->close.v) <= 0) fail_msg("%s: a target behind it", rule->name);
    assert_int_equal(w->stop.v % gold.tick.v, 0);
    assert_int_equal(w->target.v % gold.tick.v, 0);
    assert_in_range(w->confidence, 0, 100);
    for (int l = 0; l < LANG_COUNT; l++) assert_in_range(strlen(w->reason[l]), 10, REASON_MAX - 8);
    assert_string_not_equal(w->reason[LANG_EN], w->reason[LANG_FR]);
}

static void what_is_wanted_is_possible(void **state) {
    (void)state;
    for (const struct strategy *const *s = rules; *s != NULL; s++) {
        struct run g;
        uint32_t entered[2] = {0}, exits = 0;
        defaults(&g, *s);
        made_easy(&g);
        begin(&g);
        for (int i = 0; i < BARS; i++) {
            struct intents out = step(&g, walk[i]);
            for (uint32_t k = 0; k < out.n; k++) {
                sensible(*s, &out.item[k], &walk[i]);
                entered[out.item[k].side == SIDE_LONG] += out.item[k].kind == INTENT_ENTER;
                exits += out.item[k].kind == INTENT_EXIT;
            }
        }
        print_message("# %s: %u long, %u short, %u exits\n", (*s)->name, entered[1], entered[0], exits);
        assert_true(entered[0] >= 5 && entered[1] >= 5 && exits >= 5);
        end(&g);
    }
}

/* A second state that is stored at a cut and read into a third goes on as the first, which never stopped. */
static void a_cut_changes_nothing(void **state) {
    (void)state;
    for (const struct strategy *const *s = rules; *s != NULL; s++) {
        static struct intents whole[BARS];
        struct run g, cut;
        struct rng r;
        struct buf b;
        defaults(&g, *s);
        made_easy(&g);
        begin(&g);
        for (int i = 0; i < BARS; i++) whole[i] = step(&g, walk[i]);
        end(&g);
        rng_seed(&r, 5);
        buf_init(&b, STRATEGY_STATE_MAX);
        defaults(&cut, *s);
        made_easy(&cut);
        begin(&cut);
        int until = 0;
        for (int k = 0; k < CUTS; k++) {
            struct snap w;
            int to = until + (int)rng_below(&r, 2 * BARS / CUTS);
            for (; until < to && until < BARS; until++) {
                struct intents out = step(&cut, walk[until]);
                if (!same(&out, &whole[until])) fail_msg("%s: bar %d differs after a cut", (*s)->name, until);
            }
            bool was_open = cut.is_open;
            struct market_context market = *cut.market; /* it has a stored form and a test of its own */
            buf_reset(&b);
            snap_writer(&w, &b);
            (*s)->snap(cut.state, &w);
            begin(&cut);
            cut.is_open = was_open;
            *cut.market = market;
            snap_reader(&w, b.p, b.len);
            w.version = ENGINE_FORMAT;
            (*s)->snap(cut.state, &w);
            assert_true(snap_complete(&w));
        }
        assert_true(until > BARS / 2);
        buf_clear(&b);
        end(&cut);
    }
}

/* What a rule says of a price, it says of the same price upside down, with the other side. Shares of the price are not
 * the same there, distances are; so only when and which way is compared, and how sure it is. */
static void upside_down_is_the_other_side(void **state) {
    (void)state;
    for (const struct strategy *const *s = rules; *s != NULL; s++) {
        struct run g, m;
        uint32_t entries = 0;
        defaults(&g, *s);
        made_easy(&g);
        defaults(&m, *s);
        made_easy(&m);
        begin(&g);
        begin(&m);
        for (int i = 0; i < BARS; i++) {
            struct intents a = step(&g, walk[i]), b = step(&m, upside_down[i]);
            if (a.n != b.n) fail_msg("%s: bar %d: %u and %u intents", (*s)->name, i, a.n, b.n);
            for (uint32_t k = 0; k < a.n; k++) {
                assert_int_equal(a.item[k].kind, b.item[k].kind);
                if (a.item[k].kind == INTENT_EXIT) continue;
                assert_int_not_equal(a.item[k].side, b.item[k].side);
                assert_true(labs((long)a.item[k].confidence - (long)b.item[k].confidence) <= 1);
                entries++;
            }
        }
        assert_true(entries >= 10);
        end(&g);
        end(&m);
    }
}

static void impossible_parameters_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *rule, *name;
        double v;
    } bad[] = {{"RSI", "oversold", 80},
               {"MACrossoverAdvanced", "fast", 26},
               {"MultiFactor", "ema_fast", 30},
               {"BatailleNavale", "base_n_min", 21}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct run g;
        struct err e = {0};
        begin_with(&g, bad[i].rule);
        set(&g, bad[i].name, bad[i].v);
        void *room = xcalloc(1, STRATEGY_STATE_MAX);
        assert_int_equal(g.rule->open(room, g.params, &e), -1);
        assert_string_not_equal(e.text[LANG_EN], "");
        assert_string_not_equal(e.text[LANG_FR], "");
        free(room);
    }
}

/* The largest of all parameters still fits the memory that a rule is given. */
static void the_largest_fits(void **state) {
    (void)state;
    for (const struct strategy *const *s = rules; *s != NULL; s++) {
        struct run g;
        defaults(&g, *s);
        for (size_t i = 0; (*s)->params[i].name != NULL; i++) {
            assert_in_range((*s)->params[i].value >= (*s)->params[i].min, 1, 1);
            assert_in_range((*s)->params[i].value <= (*s)->params[i].max, 1, 1);
            assert_string_not_equal((*s)->params[i].summary, "");
            if (strstr((*s)->params[i].name, "period") != NULL) g.params[i] = (*s)->params[i].max;
        }
        assert_in_range((*s)->state_size(g.params), 1, STRATEGY_STATE_MAX);
    }
}

/* ---- by hand ---- */

static struct intents close_at(struct run *g, double close) {
    return step(g, bar_of(close, close + 1, close - 1, close, 100));
}

static const struct intent *entry(const struct intents *out, enum side side) {
    assert_true(out->n >= 1);
    const struct intent *w = &out->item[out->n - 1];
    assert_int_equal(w->kind, INTENT_ENTER);
    assert_int_equal(w->side, side);
    return w;
}

/* Ten falls of 1 and ten calm bars: RSI(10) starts at 0 and climbs only when the price does. */
static void rsi_comes_back(void **state) {
    (void)state;
    struct run g;
    begin_with(&g, "RSI");
    set(&g, "rsi_period", 10);
    begin(&g);
    for (int i = 0; i <= 10; i++) assert_int_equal(close_at(&g, 2600 - i).n, 0);
    /* Up by 3: gains 3/10 = 0.3, losses 0.9: RSI = 100 * 0.3 / 1.2 = 25. */
    assert_int_equal(close_at(&g, 2593).n, 0);
    /* Up by 2: gains 0.27 + 0.2 = 0.47, losses 0.81: RSI = 36.7. */
    struct intents out = close_at(&g, 2595);
    const struct intent *w = entry(&out, SIDE_LONG);
    assert_int_equal(w->stop.v, px(2543.10).v);   /* 2595 less 2 % */
    assert_int_equal(w->target.v, px(2698.80).v); /* and 4 % more */
    assert_non_null(strstr(w->reason[LANG_EN], "25.0 → 36.7, lowest 0.0"));
    assert_non_null(strstr(w->reason[LANG_FR], "25,0 → 36,7"));
    assert_int_equal(w->confidence, 45 + 30 + 12 + 1); /* depth and pace whole, the middle of its bar: 12.5, rounded */
    assert_int_equal(close_at(&g, 2596).n, 0);
    end(&g);
}

static void macd_with_the_trend_only(void **state) {
    (void)state;
    for (int with = 0; with < 2; with++) {
        struct run g;
        begin_with(&g, "MACrossoverAdvanced");
        set(&g, "fast", 3), set(&g, "slow", 6), set(&g, "signal", 3), set(&g, "trend_period", with ? 10 : 1);
        begin(&g);
        for (int i = 0; i < 60; i++) close_at(&g, 2700 - i * 2); /* a long fall */
        g.is_open = false;
        struct intents out = {0};
        for (int i = 0; i < 3 && out.n == 0; i++) out = close_at(&g, 2582 + 2 * i); /* a small rise under the average */
        if (with) {
            assert_int_equal(out.n, 0);
        } else {
            const struct intent *w = entry(&out, SIDE_LONG);
            assert_null(strstr(w->reason[LANG_EN], "ATR"));
            int64_t risk = px(2582).v - w->stop.v, gain = w->target.v - px(2582).v;
            assert_in_range(gain, 2 * risk - 2 * gold.tick.v, 2 * risk + 2 * gold.tick.v);
        }
        end(&g);
    }
}

static void the_middle_is_the_target(void **state) {
    (void)state;
    struct run g;
    begin_with(&g, "MeanReversion");
    set(&g, "adx_max", 100);
    begin(&g);
    for (int i = 0; i < 40; i++) assert_int_equal(close_at(&g, 2600 + i % 2).n, 0);
    assert_int_equal(step(&g, bar_of(2600, 2601, 2588, 2590, 100)).n, 0); /* out */
    assert_int_equal(step(&g, bar_of(2590, 2592, 2586, 2588, 100)).n, 0); /* and lower */
    struct intents out = step(&g, bar_of(2590, 2600, 2589, 2599, 100));   /* and in again */
    const struct intent *w = entry(&out, SIDE_LONG);
    /* The middle: 17 closes of 2600 and 2601, then 2590, 2588, 2599. */
    assert_int_equal(w->target.v, px(2599.30).v);
    assert_true(w->stop.v < px(2586).v); /* behind the lowest low */
    assert_non_null(strstr(w->reason[LANG_EN], "back above the lower band: 2,599.00"));
    assert_int_equal(close_at(&g, 2599).n, 0);
    out = close_at(&g, 2601);
    assert_int_equal(out.n, 1);
    assert_int_equal(out.item[0].kind, INTENT_EXIT);
    end(&g);
}

static void no_reversion_against_a_trend(void **state) {
    (void)state;
    uint32_t entries[2] = {0};
    for (int any = 0; any < 2; any++) {
        struct run g;
        begin_with(&g, "MeanReversion");
        set(&g, "adx_max", any ? 100 : 15);
        begin(&g);
        for (int i = 0; i < BARS; i++) {
            struct intents out = step(&g, walk[i]);
            entries[any] += out.n > 0 && out.item[out.n - 1].kind == INTENT_ENTER;
        }
        end(&g);
    }
    assert_true(entries[0] < entries[1] / 2);
}

/* Twenty bars between 2590 and 2610. */
static void range(struct run *g) {
    for (int i = 0; i < 20; i++) assert_int_equal(step(g, bar_of(2600, 2610, 2590, 2600, 100)).n, 0);
}

static void a_break_wants_volume(void **state) {
    (void)state;
    struct run g;
    begin_with(&g, "Breakout");
    begin(&g);
    range(&g);
    assert_int_equal(step(&g, bar_of(2600, 2612, 2600, 2611, 119)).n, 0); /* not enough, the average is 100 */
    begin(&g);
    range(&g);
    assert_int_equal(step(&g, bar_of(2600, 2612, 2600, 2610, 400)).n, 0); /* at the level is not through it */
    begin(&g);
    range(&g);
    struct intents out = step(&g, bar_of(2600, 2612, 2600, 2611, 150));
    const struct intent *w = entry(&out, SIDE_LONG);
    assert_non_null(strstr(w->reason[LANG_EN], "2,611.00 > 2,610.00, volume × 1.5"));
    /* ATR(14): 20 each, then 12: (13 * 20 + 12) / 14 = 19.43; the stop two of them below. */
    assert_int_equal(w->stop.v, px(2572.14).v);
    assert_int_equal(w->target.v, px(2688.72).v);
    for (int i = 0; i < 10; i++) assert_int_equal(step(&g, bar_of(2611, 2614, 2606, 2611, 100)).n, 0);
    out = step(&g, bar_of(2611, 2611, 2605, 2605.5, 10)); /* below the lowest low of ten bars, with no volume */
    assert_int_equal(out.n, 1);
    assert_int_equal(out.item[0].kind, INTENT_EXIT);
    end(&g);
}

static void a_break_without_any_volume(void **state) {
    (void)state;
    struct run g;
    begin_with(&g, "Breakout");
    begin(&g);
    for (int i = 0; i < 20; i++) step(&g, bar_of(2600, 2610, 2590, 2600, 0));
    struct intents out = step(&g, bar_of(2600, 2600, 2588, 2589, 0));
    const struct intent *w = entry(&out, SIDE_SHORT);
    assert_non_null(strstr(w->reason[LANG_EN], "volume unknown"));
    end(&g);
}

/* More factors asked for, or more strength: fewer entries; and each says who voted. */
static void factors_must_agree(void **state) {
    (void)state;
    static const struct {
        double factors, strength, wild;
    } asked[] = {{3, 0.3, 100}, {5, 0.3, 100}, {3, 0.7, 100}, {3, 0.3, 1}};
    uint32_t entries[4] = {0};
    for (int k = 0; k < 4; k++) {
        struct run g;
        begin_with(&g, "MultiFactor");
        set(&g, "min_factors", asked[k].factors);
        set(&g, "min_strength", asked[k].strength);
        set(&g, "volatility_max", asked[k].wild);
        begin(&g);
        for (int i = 0; i < BARS; i++) {
            struct intents out = step(&g, walk[i]);
            if (out.n == 0 || out.item[out.n - 1].kind != INTENT_ENTER) continue;
            const struct intent *w = &out.item[out.n - 1];
            entries[k]++;
            assert_true(w->reason[LANG_EN][0] - '0' >= (int)asked[k].factors);
            assert_true(w->confidence >= (uint32_t)(100 * asked[k].strength));
        }
        end(&g);
    }
    assert_true(entries[0] > 50);
    for (int k = 1; k < 4; k++) assert_true(entries[k] < entries[0]);
}

/* A day in Asia between 2600 and 2620, then its low is swept, a gap opens upwards, price comes back into it and turns. */
enum { WHOLE, NO_SWEEP, NO_RETURN, NO_CANDLE, NO_TARGET, STORIES };

static struct intents story(struct run *g, int which) {
    struct bar day[160];
    struct intents out = {0};
    int n = 0;
    for (int i = 0; i < 84; i++) day[n++] = bar_of(2610, i == 40 ? 2620 : 2614, i == 60 ? 2600 : 2606, 2610, 100);
    for (int i = 0; i < 4; i++) day[n++] = bar_of(2610 - 2 * i, 2611 - 2 * i, 2607 - 2 * i, 2608 - 2 * i, 100);
    if (which == NO_TARGET)
        day[n++] = bar_of(2602, 2621, 2601, 2602, 100); /* the high is no longer there to be reached */
    day[n++] = bar_of(2602, 2604, which == NO_SWEEP ? 2600.5 : 2597, 2603, 100);
    day[n++] = bar_of(2603, 2605, 2602, 2604, 100);
    day[n++] = bar_of(2604, 2613, 2604, 2612, 100);
    day[n++] = bar_of(2612, 2614, 2609, 2613, 100); /* the gap: 2605 to 2609 */
    if (which != NO_RETURN) day[n++] = bar_of(2613, 2613, 2607, 2608, 100);
    day[n++] = which == NO_CANDLE ? bar_of(2610.5, 2615, 2609.5, 2611, 100) : bar_of(2610, 2616, 2609.5, 2615.5, 100);
    for (int i = 0; i < n; i++) {
        day[i].start.ns = (START + i * 300LL) * NS_PER_SEC;
        struct intents now = step(g, day[i]);
        if (i + 1 < n) assert_int_equal(now.n, 0);
        out = now;
    }
    return out;
}

static void three_conditions_or_nothing(void **state) {
    (void)state;
    for (int which = 0; which < STORIES; which++) {
        struct run g;
        begin_with(&g, "SmcIct");
        begin(&g);
        struct intents out = story(&g, which);
        if (which == WHOLE) {
            const struct intent *w = entry(&out, SIDE_LONG);
            assert_true(w->stop.v < px(2597).v && w->stop.v > px(2594).v);
            assert_int_equal(w->target.v, px(2620).v);
            assert_int_equal(w->level.v, px(2600).v);
            assert_true(w->factors >= 3);
            assert_non_null(strstr(w->reason[LANG_EN], "swept Asia low 2,600.00"));
            assert_non_null(strstr(w->reason[LANG_EN], "FVG"));
            assert_non_null(strstr(w->reason[LANG_EN], "to Asia high"));
        } else if (out.n != 0) {
            fail_msg("story %d: %s", which, out.item[0].reason[LANG_EN]);
        }
        end(&g);
    }
}

/* Nobody votes for a market that does not move. */
static void nothing_in_a_flat_market(void **state) {
    (void)state;
    for (const struct strategy *const *s = rules; *s != NULL; s++) {
        struct run g;
        defaults(&g, *s);
        begin(&g);
        for (int i = 0; i < 500; i++) assert_int_equal(step(&g, bar_of(2600, 2600, 2600, 2600, 0)).n, 0);
        end(&g);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wanted_is_possible),
        cmocka_unit_test(a_cut_changes_nothing),
        cmocka_unit_test(upside_down_is_the_other_side),
        cmocka_unit_test(impossible_parameters_are_refused),
        cmocka_unit_test(the_largest_fits),
        cmocka_unit_test(rsi_comes_back),
        cmocka_unit_test(macd_with_the_trend_only),
        cmocka_unit_test(the_middle_is_the_target),
        cmocka_unit_test(no_reversion_against_a_trend),
        cmocka_unit_test(a_break_wants_volume),
        cmocka_unit_test(a_break_without_any_volume),
        cmocka_unit_test(factors_must_agree),
        cmocka_unit_test(three_conditions_or_nothing),
        cmocka_unit_test(nothing_in_a_flat_market),
    };
    setup();
    return RUN(tests);
}
