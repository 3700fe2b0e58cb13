/*
 * BatailleNavale by its parts, which only a rule of this size makes worth looking into: mirrors and scales on random walks
 * with true flow and with the proxy, how often chance alone makes its balls, bases and patterns, frozen bases, the golden
 * rule by hand, bars in which something is missing.
 */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/feeds/csv.h"
#include "engine/strategies/bn.h"

#define BARS 12000
#define CUTS 200
#define STEPS 32     /* of price within a bar */
#define MIDDLE 20000 /* ticks: a mirror about it */
#define SESSION_BARS 1380

static const struct strategy *rule;
static struct instrument es;

struct world {
    struct bar bar[BARS];
    int n;
};
static struct world walk;

static int setup(void **state) {
    (void)state;
    rule = strategy_find("BatailleNavale");
    assert_non_null(rule);
    es = *instrument_builtin("ES");
    es.hours = CALENDAR_NONE;
    return 0;
}

/* A walk of single ticks, continuous between bars; the flow is the walk's own with noise, or not told. */
static void make_walk(struct world *w, int n, uint64_t seed, double lively, bool flow) {
    struct rng r;
    int64_t price = MIDDLE;
    rng_seed(&r, seed);
    w->n = n;
    for (int i = 0; i < n; i++) {
        struct bar *b = &w->bar[i];
        int64_t open = price, high = price, low = price;
        for (int k = 0; k < STEPS; k++) {
            if (rng_unit(&r) < lively) price += rng_below(&r, 2) == 0 ? 1 : -1;
            high = price > high ? price : high;
            low = price < low ? price : low;
        }
        if (price < MIDDLE / 2 || price > MIDDLE * 3 / 2) price = MIDDLE; /* never seen */
        *b = (struct bar){.seconds = 60, .volume = (int64_t)(1000 * exp(0.5 * rng_normal(&r)))};
        b->start.ns = (1700000040LL + 60LL * (i + i / SESSION_BARS * (1440 - SESSION_BARS))) * NS_PER_SEC;
        b->open.v = open * es.tick.v;
        b->high.v = high * es.tick.v;
        b->low.v = low * es.tick.v;
        b->close.v = price * es.tick.v;
        const double share = bn_clip(0.5 + 0.04 * (double)(price - open) + 0.1 * rng_normal(&r), 0, 1);
        if (flow) b->buy = (int64_t)(share * (double)b->volume);
        if (flow) b->sell = b->volume - b->buy;
    }
}

struct run {
    double p[BN_PARAM_COUNT];
    struct bn *b;
    struct instrument in;
    struct trade trade;
    bool is_open;
};

static void set(struct run *g, enum bn_param k, double v) {
    assert_true(v >= rule->params[k].min && v <= rule->params[k].max);
    g->p[k] = v;
}

static void begin(struct run *g) {
    *g = (struct run){.in = es};
    for (int i = 0; i < BN_PARAM_COUNT; i++) g->p[i] = rule->params[i].value;
    /* at any hour: these walks have none */
    set(g, BN_WINDOW1_TO, g->p[BN_WINDOW1_FROM]);
    set(g, BN_WINDOW2_TO, g->p[BN_WINDOW2_FROM]);
    set(g, BN_FLAT_AT, 0);
}

static void start(struct run *g) {
    free(g->b);
    g->b = xcalloc(1, rule->state_size(g->p));
    g->is_open = false;
    assert_int_equal(rule->open(g->b, g->p, NULL), 0);
}

/* Easier to enter, so that many entries are compared. */
static void loose(struct run *g) {
    set(g, BN_ZONE_MIN, 2);
    set(g, BN_ZONE_FAMILIES, 1);
    set(g, BN_BASE_Q_MIN, 0.4);
    set(g, BN_BASE_KAPPA, 0.8);
}

static struct intents step(struct run *g, const struct bar *b) {
    struct intents out = {0};
    const struct strategy_view v = {.instrument = &g->in, .bar = b, .trade = g->is_open ? &g->trade : NULL};
    rule->bar(g->b, &v, &out);
    for (uint32_t i = 0; i < out.n; i++) {
        g->is_open = out.item[i].kind == INTENT_ENTER;
        g->trade = (struct trade){.side = out.item[i].side, .opened.ns = b->start.ns + b->seconds * NS_PER_SEC};
    }
    return out;
}

static void end(struct run *g) {
    free(g->b);
    g->b = NULL;
}

/* ---- null rates ---- */

struct rates {
    double bars, ball[2], hollow[2], compressed, good, kept, v, setting, entries;
};

static struct rates rates_of(const struct world *w, struct run *g) {
    struct rates r = {0};
    uint32_t had[2] = {0};
    for (int i = 0; i < w->n; i++) {
        const struct intents out = step(g, &w->bar[i]);
        struct bn_base base;
        struct bn_patterns found;
        r.entries += out.n > 0 && out.item[0].kind == INTENT_ENTER;
        r.bars++;
        r.ball[0] += g->b->balls.ball > 0;
        r.ball[1] += g->b->balls.ball < 0;
        r.hollow[0] += g->b->balls.hollow > 0;
        r.hollow[1] += g->b->balls.hollow < 0;
        const bool is = bn_base_find(&g->b->tape, g->p, &base);
        r.compressed += is;
        r.good += is && base.quality >= g->p[BN_BASE_Q_MIN];
        for (int s = 0; s < BN_SIDES; s++) {
            const struct bn_base *b = &g->b->ground.base[s];
            r.kept += b->active && b->age == 0;
            had[s] += b->active;
        }
        bn_patterns_find(&g->b->tape, g->p, &found);
        r.v += found.v != 0;
        r.setting += found.setting != 0;
    }
    return r;
}

static void print_rates(const char *what, const struct rates *r) {
    print_message("# %s: balls %.2f %% %.2f %%, hollow %.2f %% %.2f %%, compressed %.1f %%, quality too %.1f %%, "
                  "kept %.1f a 1000, V %.2f %%, settings %.2f %%, entries %.0f\n",
                  what, 100 * r->ball[0] / r->bars, 100 * r->ball[1] / r->bars, 100 * r->hollow[0] / r->bars,
                  100 * r->hollow[1] / r->bars, 100 * r->compressed / r->bars, 100 * r->good / r->bars,
                  1000 * r->kept / r->bars, 100 * r->v / r->bars, 100 * r->setting / r->bars, r->entries);
}

/* What chance alone gives, so that what a market gives can be told from it. Measured on 48,000 bars; each within a fifth. */
static void chance_alone(void **state) {
    (void)state;
    static const struct {
        const char *what;
        double proxy, flow; /* a 1000 bars */
    } known[] = {{"balls", 81, 77},     {"compressed", 129, 129},   {"quality", 80, 80},
                 {"new bases", 17, 17}, {"V and lambda", 5.7, 5.7}, {"colour settings", 4.4, 4.4}};
    for (int flow = 0; flow < 2; flow++) {
        struct rates all = {0};
        for (uint64_t seed = 40; seed < 44; seed++) {
            struct run g;
            begin(&g);
            set(&g, BN_BASE_TICKS_MAX, 1000);
            start(&g);
            make_walk(&walk, BARS, seed, 0.5, flow != 0);
            const struct rates r = rates_of(&walk, &g);
            const double *from = &r.bars;
            for (size_t k = 0; k < sizeof r / sizeof(double); k++) (&all.bars)[k] += from[k];
            end(&g);
        }
        print_rates(flow ? "told flow" : "proxy", &all);
        const double found[] = {all.ball[0] + all.ball[1], all.compressed, all.good, all.kept, all.v, all.setting};
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++) {
            const double want = flow ? known[k].flow : known[k].proxy, is = 1000 * found[k] / all.bars;
            if (fabs(is - want) > 0.2 * want) fail_msg("%s: %.2f a 1000, not %.2f", known[k].what, is, want);
        }
        assert_true(fabs(all.ball[0] - all.ball[1]) <
                    0.1 * (all.ball[0] + all.ball[1])); /* neither colour is favoured */
    }
}

/* The literal pattern needs an open away from the close before: continuous bars have none. */
static void the_literal_pattern_needs_a_gap(void **state) {
    (void)state;
    struct run g;
    begin(&g);
    set(&g, BN_PATTERN_FORM, 1);
    start(&g);
    make_walk(&walk, BARS, 7, 0.5, false);
    const struct rates r = rates_of(&walk, &g);
    assert_true(r.v == 0 && r.setting == 0);
    end(&g);
}

/* ---- mirrors, scales, cuts ---- */

static struct bar mirrored(const struct bar *b) {
    const int64_t twice = 2 * MIDDLE * es.tick.v;
    struct bar m = *b;
    m.open.v = twice - b->open.v;
    m.close.v = twice - b->close.v;
    m.high.v = twice - b->low.v;
    m.low.v = twice - b->high.v;
    m.buy = b->sell;
    m.sell = b->buy;
    return m;
}

static void mirrored_prices_give_mirrored_signals(void **state) {
    (void)state;
    for (int flow = 0; flow < 2; flow++) {
        uint32_t entries = 0, exits = 0;
        struct run g, m;
        begin(&g), begin(&m);
        loose(&g), loose(&m);
        start(&g), start(&m);
        make_walk(&walk, BARS, 91 + (uint64_t)flow, 0.7, flow != 0);
        for (int i = 0; i < BARS; i++) {
            const struct bar turned = mirrored(&walk.bar[i]);
            const struct intents a = step(&g, &walk.bar[i]), b = step(&m, &turned);
            assert_true(g.b->said[BN_GREEN].score == -m.b->said[BN_GREEN].score);
            assert_int_equal(g.b->said[BN_GREEN].refusal, m.b->said[BN_RED].refusal);
            assert_int_equal(a.n, b.n);
            for (uint32_t k = 0; k < a.n; k++) {
                assert_int_equal(a.item[k].kind, b.item[k].kind);
                exits += a.item[k].kind == INTENT_EXIT;
                if (a.item[k].kind == INTENT_EXIT) continue;
                entries++;
                assert_int_not_equal(a.item[k].side, b.item[k].side);
                assert_int_equal(a.item[k].confidence, b.item[k].confidence);
                assert_int_equal(a.item[k].stop.v + b.item[k].stop.v, 2 * MIDDLE * es.tick.v);
                assert_int_equal(a.item[k].target.v + b.item[k].target.v, 2 * MIDDLE * es.tick.v);
            }
        }
        print_message("# %u entries, %u exits\n", entries, exits);
        assert_true(entries >= 20 && exits >= 20);
        end(&g), end(&m);
    }
}

/* Prices and tick times k, volumes times j. */
static void scale_changes_nothing(void **state) {
    (void)state;
    static const int64_t price[] = {7, 1, 3}, volume[] = {1, 16, 256};
    uint32_t entries = 0;
    for (size_t c = 0; c < 3; c++) {
        struct run g, m;
        begin(&g), begin(&m);
        loose(&g), loose(&m);
        m.in.tick.v *= price[c];
        m.in.spread.v *= price[c];
        start(&g), start(&m);
        make_walk(&walk, BARS, 17, 0.7, c != 1);
        for (int i = 0; i < BARS; i++) {
            struct bar b = walk.bar[i];
            price_t *const px[] = {&b.open, &b.high, &b.low, &b.close};
            for (int k = 0; k < 4; k++) px[k]->v *= price[c];
            b.volume *= volume[c];
            b.buy *= volume[c];
            b.sell *= volume[c];
            const struct intents x = step(&g, &walk.bar[i]), y = step(&m, &b);
            assert_int_equal(x.n, y.n);
            for (uint32_t k = 0; k < x.n; k++) {
                assert_int_equal(x.item[k].kind, y.item[k].kind);
                assert_int_equal(x.item[k].confidence, y.item[k].confidence);
                assert_int_equal(x.item[k].stop.v * price[c], y.item[k].stop.v);
                assert_int_equal(x.item[k].target.v * price[c], y.item[k].target.v);
                assert_string_equal(x.item[k].reason[LANG_FR], y.item[k].reason[LANG_FR]);
                entries += x.item[k].kind == INTENT_ENTER;
            }
        }
        end(&g), end(&m);
    }
    assert_true(entries >= 60);
}

/* Up to a cut the same, whatever comes after it: nothing that was said can still change. */
static void the_future_changes_nothing(void **state) {
    (void)state;
    static struct world other;
    static struct bn_signal said[BARS];
    struct run g, m;
    struct rng r;
    rng_seed(&r, 3);
    begin(&g), begin(&m);
    loose(&g), loose(&m);
    start(&g);
    make_walk(&walk, BARS, 23, 0.7, true);
    for (int i = 0; i < BARS; i++) {
        step(&g, &walk.bar[i]);
        said[i] = g.b->said[BN_GREEN];
    }
    make_walk(&other, BARS, 24, 1, false);
    for (int k = 0; k < CUTS; k++) {
        const int cut = 1 + (int)rng_below(&r, 1500);
        start(&m);
        for (int i = 0; i < cut + 5 && i < BARS; i++) {
            step(&m, i < cut ? &walk.bar[i] : &other.bar[i]);
            if (i >= cut) continue;
            assert_int_equal(m.b->said[BN_GREEN].refusal, said[i].refusal);
            assert_true(m.b->said[BN_GREEN].score == said[i].score);
        }
    }
    end(&g), end(&m);
}

/* ---- bases ---- */

static void a_frozen_base_never_moves(void **state) {
    (void)state;
    struct bn_base was[BN_SIDES] = {0};
    struct run g;
    uint32_t frozen = 0, violated = 0, aged = 0;
    begin(&g);
    set(&g, BN_BASE_Q_MIN, 0.5);
    start(&g);
    make_walk(&walk, BARS, 5, 0.5, true);
    for (int i = 0; i < BARS; i++) {
        step(&g, &walk.bar[i]);
        for (int s = 0; s < BN_SIDES; s++) {
            const struct bn_base *b = &g.b->ground.base[s];
            if (was[s].active && b->active && b->age > 0) {
                assert_true(b->low == was[s].low && b->high == was[s].high && b->quality == was[s].quality);
                assert_int_equal(b->colour, was[s].colour);
                assert_int_equal(b->age, was[s].age + 1);
            }
            if (was[s].active && !b->active && !g.b->tape.broke) {
                const bool old = was[s].age + 1 >= g.p[BN_BASE_AGE];
                assert_true(old || g.b->ground.golden[s] == BN_GOLDEN_BROKEN);
                violated += g.b->ground.golden[s] == BN_GOLDEN_BROKEN;
                aged += old;
            }
            frozen += b->active && b->age == 0;
            was[s] = *b;
        }
    }
    print_message("# %u frozen, %u violated, %u of age\n", frozen, violated, aged);
    assert_true(frozen > 100 && violated > 50);
    end(&g);
}

/* ---- by hand ---- */

static struct bar ticks(int64_t minute, int64_t open, int64_t high, int64_t low, int64_t close, int64_t volume) {
    struct bar b = {.seconds = 60, .volume = volume};
    b.start.ns = (1700000040 + 60 * minute) * NS_PER_SEC;
    b.open.v = open * es.tick.v;
    b.high.v = high * es.tick.v;
    b.low.v = low * es.tick.v;
    b.close.v = close * es.tick.v;
    return b;
}

/* A green base 20000..20010 stands, ATR 4: the tolerance is a tick. Nothing but a close makes a violation. */
static void stand_on_green(struct run *g, double variant) {
    begin(g);
    set(g, BN_GOLDEN_VARIANT, variant);
    set(g, BN_BASE_KAPPA, 0.1); /* no other base comes in between */
    set(g, BN_EXPIRY_MIN, 0);
    start(g);
    for (int i = 0; i < 60; i++) {
        const struct bar b = ticks(i, 20012, 20014, 20010, 20012, 100);
        step(g, &b);
    }
    assert_true(g->b->tape.atr == 4);
    g->b->ground.base[BN_GREEN] =
        (struct bn_base){.active = true, .colour = 1, .low = 20000, .high = 20010, .quality = 0.8, .rows = 10};
    g->b->ground.golden[BN_GREEN] = BN_GOLDEN_INTACT;
    g->b->wanted = g->b->ground.base[BN_GREEN];
    g->is_open = true;
    g->trade = (struct trade){.side = SIDE_LONG, .opened.ns = g->b->tape.end_ns};
}

static void a_wick_is_no_violation(void **state) {
    (void)state;
    static const struct {
        int64_t open, low, close;
        int fires; /* the least strict variant does: 0 A, 1 B, -1 none */
    } bars[] = {
        {20003, 19990, 20001, -1}, /* a wick */
        {20003, 19998, 19999, -1}, /* a red close below, within the tolerance */
        {20003, 19997, 19998, 0},  /* red, beyond it */
        {19996, 19995, 19998, -1}, /* green, beyond the tolerance and less than half an ATR */
        {19994, 19993, 19996, 1},  /* green, beyond half an ATR */
        {20001, 19996, 20001, -1}, /* a doji on the edge */
    };
    for (size_t i = 0; i < sizeof bars / sizeof bars[0]; i++) {
        for (int variant = 0; variant < 3; variant++) {
            struct run g;
            stand_on_green(&g, variant);
            const int64_t high = bars[i].open > bars[i].close ? bars[i].open : bars[i].close;
            const struct bar b = ticks(60, bars[i].open, high, bars[i].low, bars[i].close, 100);
            const struct intents out = step(&g, &b);
            const bool fires = (bars[i].fires == 0 && variant <= 1) || (bars[i].fires == 1 && variant == 1);
            assert_int_equal(g.b->ground.base[BN_GREEN].active, !fires);
            assert_int_equal(g.b->ground.golden[BN_GREEN], fires ? BN_GOLDEN_BROKEN : BN_GOLDEN_INTACT);
            assert_int_equal(out.n, fires);
            if (fires) {
                assert_int_equal(out.item[0].kind, INTENT_EXIT);
                assert_non_null(strstr(out.item[0].reason[LANG_FR], "rouge sous verte"));
                assert_non_null(strstr(out.item[0].reason[LANG_EN], bars[i].fires == 0 ? "(A" : "(B)"));
            }
            end(&g);
        }
    }
}

/* Variant C wants a red ball: a wide, full red bar on volume. */
static void a_red_ball_violates_in_every_variant(void **state) {
    (void)state;
    for (int variant = 0; variant < 3; variant++) {
        struct run g;
        stand_on_green(&g, variant);
        const struct bar b = ticks(60, 20012, 20012, 19990, 19990, 300);
        const struct intents out = step(&g, &b);
        assert_int_equal(g.b->balls.ball, -1);
        assert_int_equal(g.b->ground.fired[BN_GREEN], BN_FIRED_A | BN_FIRED_B | BN_FIRED_C);
        assert_int_equal(out.n, 1);
        assert_int_equal(g.b->balls.line[BN_RED].n, 1);
        assert_true(g.b->balls.line[BN_RED].price[0] == 20012);
        end(&g);
    }
}

/* The base of an open trade counts although it has aged away meanwhile; without it only the clock ends the trade. */
static void the_base_of_a_trade_outlives_its_place(void **state) {
    (void)state;
    struct run g;
    stand_on_green(&g, 0);
    struct bar b = ticks(60, 20012, 20014, 20010, 20012, 100);
    assert_int_equal(step(&g, &b).n, 0);
    g.b->ground.base[BN_GREEN].active = false;
    b = ticks(61, 20003, 20003, 19997, 19998, 100);
    assert_int_equal(step(&g, &b).n, 1);
    end(&g);
    stand_on_green(&g, 0);
    g.b->p[BN_EXPIRY_MIN] = 3;
    for (int i = 60; i < 63; i++) {
        b = ticks(i, 20012, 20014, 20010, 20012, 100);
        assert_int_equal(step(&g, &b).n, i == 62);
    }
    end(&g);
}

/* Dojis, bars without a range or volume, flow that comes and goes: every output is defined, none is invented. */
static void what_is_missing_is_defined(void **state) {
    (void)state;
    struct run g;
    double b;
    begin(&g);
    start(&g);
    for (int i = 0; i < 200; i++) { /* flat, without volume */
        const struct bar flat = ticks(i, 20000, 20000, 20000, 20000, 0);
        assert_int_equal(step(&g, &flat).n, 0);
        const struct bn_row *r = bn_at(&g.b->tape, 0);
        assert_true(r->clv == 0 && r->body == 0 && r->share == 0 && r->delta == 0 && r->rvol == 1);
        assert_int_equal(g.b->balls.ball, 0);
        assert_int_equal(g.b->balls.hollow, 0);
        assert_int_equal(g.b->said[BN_GREEN].refusal, BN_NO_DATA); /* no range: nothing to measure with */
    }
    assert_true(bn_pressure(&g.b->tape, g.p, &b) && b == 0);
    struct bar doji = ticks(200, 20000, 20004, 19996, 20000, 100);
    step(&g, &doji);
    assert_true(bn_at(&g.b->tape, 0)->clv == 0 && bn_at(&g.b->tape, 0)->body == 0);
    assert_int_equal(g.b->tape.flow, BN_FLOW_PROXY);
    const uint32_t since = g.b->tape.since;
    assert_true(since > 1);
    doji = ticks(201, 20000, 20004, 19996, 20000, 100); /* told from here on: the windows start anew */
    doji.buy = 70;
    doji.sell = 30;
    step(&g, &doji);
    assert_int_equal(g.b->tape.flow, BN_FLOW_TRUE);
    assert_int_equal(g.b->tape.since, 1);
    assert_true(bn_at(&g.b->tape, 0)->share == 0.4);
    const struct bar empty = ticks(202, 20000, 20000, 20000, 20000, 0); /* nothing traded is no change of kind */
    step(&g, &empty);
    assert_int_equal(g.b->tape.flow, BN_FLOW_TRUE);
    assert_int_equal(g.b->tape.since, 2);
    end(&g);
}

/* Windows and the end of the session want a clock; without one there is no entry, and no guess. */
static void no_clock_no_entry(void **state) {
    (void)state;
    struct run g;
    begin(&g);
    loose(&g);
    set(&g, BN_FLAT_AT, 955);
    start(&g);
    make_walk(&walk, BARS, 91, 0.7, true);
    uint32_t asked = 0;
    for (int i = 0; i < BARS; i++) {
        assert_int_equal(step(&g, &walk.bar[i]).n, 0);
        asked += g.b->said[BN_GREEN].refusal == BN_NO_HOUR;
    }
    assert_true(asked > 0);
    end(&g);
}

/* What the person reads: who wins, the base, the trigger, the raw score said to be raw, the source of the flow, no adviser. */
static void the_reason_says_it_all(void **state) {
    (void)state;
    for (int flow = 0; flow < 2; flow++) {
        struct run g;
        uint32_t seen[2] = {0};
        begin(&g);
        loose(&g);
        start(&g);
        make_walk(&walk, BARS, 91, 0.7, flow != 0);
        for (int i = 0; i < BARS; i++) {
            const struct intents out = step(&g, &walk.bar[i]);
            if (out.n == 0 || out.item[0].kind != INTENT_ENTER) continue;
            const struct intent *w = &out.item[0];
            const char *en = w->reason[LANG_EN], *fr = w->reason[LANG_FR];
            if (seen[w->side]++ == 0) print_message("# %s\n# %s\n", en, fr);
            assert_non_null(strstr(en, "uncalibrated"));
            assert_non_null(strstr(fr, "non calibré"));
            assert_non_null(strstr(en, flow ? "flow=true" : "flow=proxy"));
            assert_non_null(strstr(fr, flow ? "flow=true" : "flow=proxy"));
            assert_true(strstr(en, "Vikings") != NULL || strstr(en, "Defenders") != NULL);
            assert_true(strstr(fr, "Vikings") != NULL || strstr(fr, "Défenseurs") != NULL);
            assert_true(strlen(fr) < REASON_MAX - 1);
            assert_in_range(w->factors, 2, 5);
            assert_true(w->level.v > 0);
        }
        assert_true(seen[SIDE_LONG] > 0 && seen[SIDE_SHORT] > 0);
        end(&g);
    }
}

/* ---- a real file ---- */

#define REAL_MAX 20000

/* 0: there is none here. */
static int real_bars(struct bar *out) {
    const char *folder = getenv("MIA_DATA_DIR");
    char path[512];
    struct err e = {0};
    int n = 0;
    if (folder == NULL) return 0;
    snprintf(path, sizeof path, "%s/lean_es_m1_trade_quote.csv.gz", folder);
    struct csv *c = csv_open(&(struct csv_spec){.path = path}, &e);
    while (c != NULL && n < REAL_MAX && csv_next(c, &out[n], &e) == 1) n++;
    csv_close(c);
    return n;
}

static uint64_t said_of(const struct bn *b) {
    uint64_t sum = 1469598103934665603ULL;
    for (int s = 0; s < BN_SIDES; s++) {
        const struct bn_signal *g = &b->said[s];
        uint64_t score;
        memcpy(&score, &g->score, sizeof score);
        sum = (sum ^ score ^ (uint64_t)g->refusal << 56) * 1099511628211ULL;
    }
    return sum;
}

/* Decisions on the file cut short are those on the whole file, at 200 places; sizes of quotes are no flow. */
static void a_real_file_cut_short(void **state) {
    (void)state;
    struct bar *bar = xcalloc(REAL_MAX, sizeof *bar);
    uint64_t *said = xcalloc(REAL_MAX, sizeof *said);
    uint32_t why[BN_REFUSAL_COUNT] = {0};
    struct run g;
    struct rng r;
    const int n = real_bars(bar);
    if (n == 0) {
        free(bar);
        free(said);
        print_message("# no real market data here\n");
        skip();
    }
    begin(&g);
    start(&g);
    for (int i = 0; i < n; i++) {
        step(&g, &bar[i]);
        said[i] = said_of(g.b);
        assert_int_equal(g.b->tape.flow, BN_FLOW_PROXY);
        for (int s = 0; s < BN_SIDES; s++) why[g.b->said[s].refusal]++;
    }
    print_message(
        "# %d bars: taken %u; no base %u, trigger %u, break %u, score %u, regime %u, zone %u, stop %u, room %u\n", n,
        why[BN_TAKEN], why[BN_NO_BASE], why[BN_NO_TRIGGER], why[BN_NO_BREAK], why[BN_NO_SCORE], why[BN_NO_REGIME],
        why[BN_NO_ZONE], why[BN_WIDE_STOP], why[BN_NO_ROOM]);
    assert_true(why[BN_TAKEN] > 20);
    rng_seed(&r, 12);
    for (int k = 0; k < CUTS; k++) {
        const int cut = 1 + (int)rng_below(&r, (uint64_t)n);
        start(&g);
        for (int i = 0; i < cut; i++) step(&g, &bar[i]);
        assert_true(said_of(g.b) == said[cut - 1]);
    }
    end(&g);
    free(bar);
    free(said);
}

/* ---- stored form ---- */

static void a_damaged_state_is_refused(void **state) {
    (void)state;
    struct run g, m;
    struct buf b;
    struct snap s;
    begin(&g), begin(&m);
    start(&g);
    make_walk(&walk, 3000, 8, 0.7, true);
    for (int i = 0; i < 3000; i++) step(&g, &walk.bar[i]);
    buf_init(&b, STRATEGY_STATE_MAX);
    snap_writer(&s, &b);
    rule->snap(g.b, &s);
    assert_true(snap_complete(&s));
    print_message("# %zu bytes of state, %zu stored\n", sizeof(struct bn), b.len);
    for (size_t n = 0; n < b.len; n += 97) {
        start(&m);
        snap_reader(&s, b.p, n);
        s.version = ENGINE_FORMAT;
        rule->snap(m.b, &s);
        assert_false(snap_complete(&s));
    }
    start(&m);
    snap_reader(&s, b.p, b.len);
    s.version = ENGINE_FORMAT;
    rule->snap(m.b, &s);
    assert_true(snap_complete(&s));
    memset(b.p + 8, 0xff, 8); /* the open of a row is no number */
    start(&m);
    snap_reader(&s, b.p, b.len);
    s.version = ENGINE_FORMAT;
    rule->snap(m.b, &s);
    assert_true(s.bad);
    buf_clear(&b);
    end(&g), end(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(chance_alone, setup),
        cmocka_unit_test_setup(the_literal_pattern_needs_a_gap, setup),
        cmocka_unit_test_setup(mirrored_prices_give_mirrored_signals, setup),
        cmocka_unit_test_setup(scale_changes_nothing, setup),
        cmocka_unit_test_setup(the_future_changes_nothing, setup),
        cmocka_unit_test_setup(a_frozen_base_never_moves, setup),
        cmocka_unit_test_setup(a_wick_is_no_violation, setup),
        cmocka_unit_test_setup(a_red_ball_violates_in_every_variant, setup),
        cmocka_unit_test_setup(the_base_of_a_trade_outlives_its_place, setup),
        cmocka_unit_test_setup(what_is_missing_is_defined, setup),
        cmocka_unit_test_setup(no_clock_no_entry, setup),
        cmocka_unit_test_setup(the_reason_says_it_all, setup),
        cmocka_unit_test_setup(a_real_file_cut_short, setup),
        cmocka_unit_test_setup(a_damaged_state_is_refused, setup),
    };
    return RUN(tests);
}
