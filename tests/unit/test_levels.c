/*
 * levels: every detector on hand-made bars whose answers were worked out by hand; then
 * random walks: mirror symmetry, a life that only goes forward, a snapshot at any bar that
 * goes on as if nothing had happened; then real bars where they are.
 */
#include "tests/unit/unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "engine/base/rng.h"
#include "engine/feeds/zone_file.h"
#include "engine/level.h"
#include "engine/levels/levels.h"

#define DATA "../shared/data/"
#define P(x) ((price_t){(int64_t)((x)*1000 + 0.5) * (PRICE_SCALE / 1000)})

enum { NY, PARIS, TOKYO };
enum { ASIA, NEW_YORK, GLOBEX };
static struct calendars cal;
static struct instrument gold;
static struct level_config config = {
    .all = true, .swing_bars = 2, .opening_min = 30, .gap_atr_ppm = 100000, .near_atr_ppm = 250000};
static struct market_context m;
static when_t now;
static int32_t bar_seconds;

static void load_zone(uint16_t at, const char *name) {
    struct zone *z;
    assert_int_equal(zone_open(name, &z, NULL), 0);
    zone_plan(z, &cal.zones[at]);
    zone_free(z);
    cal.zone_count = at + 1u;
}

static int set_up(void **state) {
    (void)state;
    load_zone(NY, "America/New_York");
    load_zone(PARIS, "Europe/Paris");
    load_zone(TOKYO, "Asia/Tokyo");
    cal.hours[0] = (struct trading_hours){"metals", NY, 18 * 60, 17 * 60, 0x3e, HOLIDAYS_METALS};
    cal.hours_count = 1;
    cal.sessions[ASIA] = (struct named_session){"Asia", TOKYO, 9 * 60, 16 * 60};
    cal.sessions[NEW_YORK] = (struct named_session){"New York", PARIS, 14 * 60 + 30, 21 * 60};
    cal.sessions[GLOBEX] = (struct named_session){"Globex", NY, 18 * 60, 17 * 60};
    cal.session_count = 3;
    gold = *instrument_builtin("XAUUSD");
    return 0;
}

static void start(const char *text, int32_t seconds) {
    memset(&m, 0, sizeof m);
    assert_true(when_parse_iso(text, strlen(text), NULL, &now));
    bar_seconds = seconds;
}

static void feed_bar(struct market_context *to, const struct bar *b) {
    struct level_view v = {.bar = b,
                           .close = {b->start.ns + b->seconds * NS_PER_SEC},
                           .instrument = &gold,
                           .calendars = &cal,
                           .config = &config};
    context_bar(to, &v);
}

static void bar(double o, double h, double l, double c) {
    struct bar b = {.start = now, .seconds = bar_seconds, .open = P(o), .high = P(h), .low = P(l), .close = P(c)};
    now.ns += bar_seconds * NS_PER_SEC;
    feed_bar(&m, &b);
}

/* Bars of one point around 100, for an average true range of 1. No bar of them is a swing. */
static void quiet(int n) {
    for (int i = 0; i < n; i++) bar(100, 100.5, 99.5, 100);
}

static const struct structure *last(enum structure_kind k) {
    const struct structures *all = &m.found[k];
    return all->n > 0 ? &all->item[all->n - 1] : NULL;
}

static void same_price(price_t p, double expected) {
    if (p.v != P(expected).v) fail_msg("%.3f, expected %.3f", price_to_double(p), expected);
}

static void level_is(enum level_kind k, uint16_t session, double expected) {
    const struct level *l = context_level(&m, k, session);
    char name[LEVEL_NAME_MAX];
    if (l->price.v != P(expected).v)
        fail_msg("%s: %.3f, expected %.3f", level_say(name, LANG_EN, &cal, k, session), price_to_double(l->price),
                 expected);
}

/* ---- by hand ---- */

static void average_true_range(void **state) {
    (void)state;
    start("2025-01-06T00:00:00Z", 300);
    for (int i = 0; i < ATR_BARS; i++) bar(100, 101, 99, 100);
    assert_true(m.atr == 0); /* the first bar has no close before it */
    bar(100, 101, 99, 100);
    assert_true(m.atr == 2.0 * PRICE_SCALE);
    bar(116, 118, 116, 117); /* from 100: 18 */
    assert_true(m.atr == (2.0 * 13 + 18) / 14 * PRICE_SCALE);
}

static void swings_need_their_bars(void **state) {
    (void)state;
    start("2025-01-06T00:00:00Z", 300);
    bar(100, 101, 99, 100);
    bar(100, 102, 99.5, 101);
    when_t top = now;
    bar(101, 105, 100.5, 103);
    bar(103, 104, 101, 102);
    assert_int_equal(m.found[STRUCTURE_SWING].n, 0); /* one bar after it is not two */
    bar(102, 105, 101.5, 102);                       /* the same price: the first counts */
    assert_int_equal(m.found[STRUCTURE_SWING].n, 1);
    const struct structure *s = last(STRUCTURE_SWING);
    assert_int_equal(s->side, SIDE_SHORT);
    assert_int_equal(s->began.ns, top.ns);
    assert_int_equal(s->formed.ns, now.ns);
    same_price(s->high, 105);
    bar(102, 103, 100, 101);
    bar(101, 102, 99.8, 100);
    assert_int_equal(m.found[STRUCTURE_SWING].n, 1); /* 105 had been there before */
    bar(100, 101, 98, 99);
    bar(99, 101, 98.5, 100);
    bar(100, 102, 98, 101); /* the low again: equal is not lower, so the first stands */
    s = last(STRUCTURE_SWING);
    assert_int_equal(m.found[STRUCTURE_SWING].n, 2);
    assert_int_equal(s->side, SIDE_LONG);
    same_price(s->low, 98);
}

/* A high at 105, known and untouched; ATR is 1 or a little above. */
static void with_a_high(void) {
    start("2025-01-06T00:00:00Z", 300);
    quiet(16);
    bar(100, 102, 99.6, 101.5);
    bar(101.5, 105, 101, 104);
    bar(104, 104.5, 102, 102.5);
    bar(102.5, 103, 101, 101.5);
    assert_int_equal(last(STRUCTURE_SWING)->side, SIDE_SHORT);
    same_price(last(STRUCTURE_SWING)->high, 105);
}

static void breaks_of_structure(void **state) {
    (void)state;
    with_a_high();
    bar(101.5, 105.5, 101.4, 104.9); /* beyond, but closed below */
    assert_int_equal(m.found[STRUCTURE_BREAK].n, 0);
    bar(104.9, 106.5, 104.5, 106);
    const struct structure *b = last(STRUCTURE_BREAK);
    assert_non_null(b);
    assert_int_equal(b->side, SIDE_LONG);
    assert_false(b->reversal); /* the first one turns nothing */
    same_price(b->low, 105);
    assert_int_equal(m.trend, SIDE_LONG);
    bar(106, 106.4, 105, 105.5); /* back at the level, not below */
    assert_int_equal(last(STRUCTURE_BREAK)->life, LIFE_TOUCHED);
    /* A swing low at 103.9, closed below: the character changes. */
    bar(105.5, 105.6, 103.9, 105);
    bar(105, 106, 104.5, 105.8);
    bar(105.8, 107, 105, 106.8);
    same_price(last(STRUCTURE_SWING)->low, 103.9);
    bar(106.8, 107, 103, 103.5);
    b = last(STRUCTURE_BREAK);
    assert_int_equal(b->side, SIDE_SHORT);
    assert_true(b->reversal);
    same_price(b->low, 103.9);
    assert_int_equal(m.trend, SIDE_SHORT);
}

static void sweeps_close_back_in_time(void **state) {
    (void)state;
    with_a_high();
    bar(101.5, 105.7, 101.4, 104.2); /* over 105 and back in one bar */
    const struct structure *s = last(STRUCTURE_SWEEP);
    assert_non_null(s);
    assert_int_equal(s->side, SIDE_SHORT);
    assert_true(s->of_swing);
    same_price(s->low, 105);
    same_price(s->high, 105.7);
    bar(104.2, 104.6, 103, 103.5);
    assert_int_equal(last(STRUCTURE_SWEEP)->life, LIFE_FORMED);
    bar(103.5, 105.2, 103, 104); /* back into it */
    assert_int_equal(last(STRUCTURE_SWEEP)->life, LIFE_TOUCHED);
    assert_int_equal(m.found[STRUCTURE_SWEEP].n, 1); /* a swing is swept once */
    bar(104, 107, 104, 106);                         /* closed above its high: it failed */
    assert_int_equal(last(STRUCTURE_SWEEP)->life, LIFE_INVALIDATED);

    with_a_high();
    bar(101.5, 105.7, 101.4, 105.3); /* closed beyond */
    bar(105.3, 106.2, 105.1, 105.4);
    assert_int_equal(m.found[STRUCTURE_SWEEP].n, 0);
    bar(105.4, 105.6, 104, 104.5); /* the third bar comes back */
    assert_int_equal(m.found[STRUCTURE_SWEEP].n, 1);
    same_price(last(STRUCTURE_SWEEP)->high, 106.2);

    with_a_high();
    for (int i = 0; i < SWEEP_BARS; i++) bar(105.2, 105.7, 105.1, 105.3);
    bar(105.3, 105.4, 104, 104.5); /* too late */
    assert_int_equal(m.found[STRUCTURE_SWEEP].n, 0);
}

static void gaps_and_what_becomes_of_them(void **state) {
    (void)state;
    start("2025-01-06T00:00:00Z", 300);
    quiet(16);
    bar(100, 102.5, 100, 102.4);
    assert_int_equal(m.found[STRUCTURE_GAP].n, 0);
    when_t middle = {now.ns - bar_seconds * NS_PER_SEC};
    bar(102.4, 103.5, 102, 103); /* 100.5 to 102 was never traded back */
    const struct structure *g = last(STRUCTURE_GAP);
    assert_non_null(g);
    assert_int_equal(g->side, SIDE_LONG);
    same_price(g->low, 100.5);
    same_price(g->high, 102);
    assert_int_equal(g->began.ns, middle.ns);
    assert_int_equal(g->life, LIFE_FORMED);
    bar(103, 103.2, 102.01, 103);
    assert_int_equal(last(STRUCTURE_GAP)->life, LIFE_FORMED);
    bar(103, 103.2, 102, 102.5);
    assert_int_equal(last(STRUCTURE_GAP)->life, LIFE_TOUCHED);
    bar(102.5, 103, 100.5, 101);
    assert_int_equal(last(STRUCTURE_GAP)->life, LIFE_FILLED);
    assert_int_equal(m.found[STRUCTURE_INVERSE_GAP].n, 0);
    bar(101, 101.2, 100.4, 100.45);
    assert_int_equal(m.found[STRUCTURE_GAP].item[0].life, LIFE_INVALIDATED); /* falling so fast left one of its own */
    const struct structure *i = last(STRUCTURE_INVERSE_GAP);
    assert_non_null(i);
    assert_int_equal(i->side, SIDE_SHORT);
    same_price(i->low, 100.5);
    same_price(i->high, 102);
    assert_int_equal(i->life, LIFE_FORMED); /* this bar made it: it does not touch it */
    bar(100.4, 100.6, 100.2, 100.3);
    assert_int_equal(last(STRUCTURE_INVERSE_GAP)->life, LIFE_TOUCHED);
    bar(100.3, 103, 100.2, 102.5);
    assert_int_equal(m.found[STRUCTURE_INVERSE_GAP].item[0].life, LIFE_INVALIDATED);
}

static void small_gaps_are_none(void **state) {
    (void)state;
    start("2025-01-06T00:00:00Z", 300);
    quiet(16);
    bar(100, 100.9, 100, 100.8);
    bar(100.8, 101.2, 100.55, 101); /* 0.05 of an ATR */
    assert_int_equal(m.found[STRUCTURE_GAP].n, 0);
}

static void order_blocks_and_breakers(void **state) {
    (void)state;
    with_a_high();
    when_t candle = now;
    bar(101.5, 101.8, 100.8, 101); /* the last one down */
    bar(101, 103.5, 101, 103.4);
    assert_int_equal(m.found[STRUCTURE_ORDER_BLOCK].n, 0);
    bar(103.4, 107, 103.2, 106.5); /* the break */
    const struct structure *o = last(STRUCTURE_ORDER_BLOCK);
    assert_non_null(o);
    assert_int_equal(o->side, SIDE_LONG);
    assert_int_equal(o->began.ns, candle.ns);
    same_price(o->low, 100.8);
    same_price(o->high, 101.8);
    bar(106.5, 106.6, 101.5, 102);
    assert_int_equal(last(STRUCTURE_ORDER_BLOCK)->life, LIFE_TOUCHED);
    bar(102, 102.2, 100, 100.5);
    assert_int_equal(m.found[STRUCTURE_ORDER_BLOCK].item[0].life, LIFE_INVALIDATED);
    const struct structure *b = last(STRUCTURE_BREAKER);
    assert_non_null(b);
    assert_int_equal(b->side, SIDE_SHORT);
    same_price(b->high, 101.8);
    assert_ptr_equal(context_newest(&m, STRUCTURE_BREAKER, SIDE_SHORT), b);
    assert_null(context_newest(&m, STRUCTURE_ORDER_BLOCK, SIDE_LONG));
}

/* Tokyo 9:00 to 16:00 is 0:00 to 7:00 UTC. */
static void sessions_are_known_when_over(void **state) {
    (void)state;
    start("2025-01-05T23:30:00Z", 1800);
    bar(100, 150, 50, 100); /* before it */
    for (int i = 0; i < 14; i++) {
        assert_int_equal(context_level(&m, LEVEL_SESSION_HIGH, ASIA)->price.v, 0);
        bar(100, 101 + i % 5, 99 - i % 3, 100);
        assert_int_equal(m.sessions, 1u << ASIA | 1u << GLOBEX);
    }
    level_is(LEVEL_SESSION_HIGH, ASIA, 105);
    level_is(LEVEL_SESSION_LOW, ASIA, 97);
    level_is(LEVEL_OPENING_HIGH, ASIA, 101);
    level_is(LEVEL_OPENING_LOW, ASIA, 99);
    assert_int_equal(context_level(&m, LEVEL_SESSION_HIGH, ASIA)->since.ns, now.ns);
    assert_int_equal(context_level(&m, LEVEL_SESSION_HIGH, ASIA)->crossed.ns, 0);
    bar(100, 105.5, 99, 104); /* beyond, and back: swept */
    assert_int_equal(context_level(&m, LEVEL_SESSION_HIGH, ASIA)->crossed.ns, now.ns);
    const struct structure *s = &m.found[STRUCTURE_SWEEP].item[0]; /* the lines come before the swings */
    assert_true(m.found[STRUCTURE_SWEEP].n > 0);
    assert_false(s->of_swing);
    assert_int_equal(s->level, LEVEL_SESSION_HIGH);
    assert_int_equal(s->session, ASIA);
    same_price(s->high, 105.5);
    assert_int_equal(context_level(&m, LEVEL_SESSION_HIGH, GLOBEX)->price.v, 0); /* that is the day */
}

/* New York 14:30 to 21:00 in Paris: at 13:30Z in winter, and at 13:30Z too while only New York has summer time. */
/* The bar that would have ended the opening range is missing: the first one after it tells the range, once. */
static void opening_ranges_without_their_last_bar(void **state) {
    (void)state;
    char text[WHEN_TEXT_MAX];
    start("2025-01-06T00:00:00Z", 300); /* 9:00 in Tokyo */
    for (int i = 0; i < 6; i++) bar(100, 101, 99, 100);
    level_is(LEVEL_OPENING_HIGH, ASIA, 101);
    now.ns += 23 * 3600 * NS_PER_SEC + 1800 * NS_PER_SEC;
    assert_string_equal(when_iso(text, now), "2025-01-07T00:00:00Z");
    for (int i = 0; i < 5; i++) bar(110, 112, 108, 110);
    level_is(LEVEL_OPENING_HIGH, ASIA, 101);
    now.ns += 2 * 300 * NS_PER_SEC; /* 00:25 and 00:30 never came */
    bar(110, 120, 100, 110);
    level_is(LEVEL_OPENING_HIGH, ASIA, 112);
    level_is(LEVEL_OPENING_LOW, ASIA, 108);
    const struct level *l = context_level(&m, LEVEL_OPENING_HIGH, ASIA);
    assert_string_equal(when_iso(text, l->since), "2025-01-07T00:35:00Z");
    assert_true(l->crossed.ns == m.time.ns); /* known when this bar began */
    bar(110, 130, 90, 110);
    level_is(LEVEL_OPENING_HIGH, ASIA, 112);
    assert_string_equal(when_iso(text, context_level(&m, LEVEL_OPENING_HIGH, ASIA)->since), "2025-01-07T00:35:00Z");
    /* No bar at all until the session is over: the next one tells it all the same. */
    start("2025-01-07T00:00:00Z", 300);
    for (int i = 0; i < 5; i++) bar(110, 112, 108, 110);
    now.ns += 12 * 3600 * NS_PER_SEC;
    bar(120, 121, 119, 120);
    level_is(LEVEL_OPENING_HIGH, ASIA, 112);
    level_is(LEVEL_SESSION_HIGH, ASIA, 112);
}

static void sessions_in_the_weeks_of_two_clocks(void **state) {
    (void)state;
    static const struct {
        const char *day;
        int from_half_hour; /* of the UTC day */
    } days[] = {{"2025-03-05T00:00:00Z", 27}, {"2025-03-12T00:00:00Z", 27}, {"2025-04-02T00:00:00Z", 25}};
    for (size_t d = 0; d < sizeof days / sizeof days[0]; d++) {
        start(days[d].day, 1800);
        for (int i = 0; i < 48; i++) {
            bar(100, 100 + i, 100 - i, 100);
            bool in = i >= days[d].from_half_hour && i < days[d].from_half_hour + 13;
            assert_int_equal((m.sessions >> NEW_YORK) & 1, in);
        }
        level_is(LEVEL_SESSION_HIGH, NEW_YORK, 100 + days[d].from_half_hour + 12);
        level_is(LEVEL_OPENING_LOW, NEW_YORK, 100 - days[d].from_half_hour);
    }
}

/* The gold day ends at 17:00 in New York and begins at 18:00: 23:00Z in winter. */
static void days_weeks_and_pivots(void **state) {
    (void)state;
    start("2025-01-08T23:00:00Z", 3600); /* Wednesday evening: Thursday's day */
    bar(100, 103, 98, 101);
    level_is(LEVEL_DAY_OPEN, 0, 100);
    for (int i = 0; i < 20; i++) bar(101, 102, 99, 101);
    bar(101, 110, 95, 104);
    bar(104, 105, 103, 104);
    level_is(LEVEL_DAY_HIGH, 0, 110);
    assert_int_equal(context_level(&m, LEVEL_PREVIOUS_HIGH, 0)->price.v, 0);
    now.ns += 3600 * NS_PER_SEC; /* the break */
    bar(104, 111, 104, 106);     /* Friday's first bar: it goes beyond Thursday's high already */
    level_is(LEVEL_PREVIOUS_HIGH, 0, 110);
    level_is(LEVEL_PREVIOUS_LOW, 0, 95);
    level_is(LEVEL_PREVIOUS_CLOSE, 0, 104);
    level_is(LEVEL_PIVOT, 0, 103);
    level_is(LEVEL_R1, 0, 111);
    level_is(LEVEL_S1, 0, 96);
    level_is(LEVEL_R2, 0, 118);
    level_is(LEVEL_S2, 0, 88);
    level_is(LEVEL_R3, 0, 126);
    level_is(LEVEL_S3, 0, 81);
    assert_int_equal(context_level(&m, LEVEL_PREVIOUS_HIGH, 0)->crossed.ns, now.ns);
    level_is(LEVEL_DAY_LOW, 0, 104);
    level_is(LEVEL_WEEK_HIGH, 0, 111);
    level_is(LEVEL_WEEK_LOW, 0, 95);
    assert_true(when_parse_iso("2025-01-12T23:00:00Z", 20, NULL, &now)); /* Sunday evening is Monday's day */
    bar(106, 107, 105, 106);
    level_is(LEVEL_PREVIOUS_WEEK_HIGH, 0, 111);
    level_is(LEVEL_PREVIOUS_WEEK_LOW, 0, 95);
    level_is(LEVEL_PREVIOUS_HIGH, 0, 111);
    level_is(LEVEL_WEEK_HIGH, 0, 107);
}

static void volume_bar(double h, double l, double c, int64_t volume) {
    struct bar b = {
        .start = now, .seconds = bar_seconds, .open = P(c), .high = P(h), .low = P(l), .close = P(c), .volume = volume};
    now.ns += bar_seconds * NS_PER_SEC;
    feed_bar(&m, &b);
}

static void value_of_the_day(void **state) {
    (void)state;
    start("2025-01-08T23:00:00Z", 3600); /* Thursday's day */
    volume_bar(100, 100, 100, 10);
    level_is(LEVEL_VWAP, 0, 100);
    volume_bar(101.10, 101.10, 101.10, 30);
    level_is(LEVEL_VWAP, 0, 100.825);   /* (1000 + 3033) / 40 */
    volume_bar(101.10, 100, 100.55, 0); /* without volume: one */
    volume_bar(100.50, 100.50, 100.50, 20);
    assert_int_equal(context_level(&m, LEVEL_POC, 0)->price.v, 0);
    assert_true(when_parse_iso("2025-01-09T23:00:00Z", 20, NULL, &now));
    volume_bar(100.7, 100.7, 100.7, 5);
    /* 110 ticks fit into 128 bins of one tick. 61 in all: 30 at 101.10, then 20 at 100.50 make more than 70 %. */
    level_is(LEVEL_POC, 0, 101.10); /* the middle of its bin, on the grid */
    level_is(LEVEL_VAH, 0, 101.11);
    level_is(LEVEL_VAL, 0, 100.50);
    level_is(LEVEL_VWAP, 0, 100.7);
}

/* The bins double as often as need be, on either side; nothing of the volume is lost. */
/* Price falls to its last ticks in wide bins: the value area may reach below them, a line may not, or nothing could be stored. */
static void value_areas_stay_above_zero(void **state) {
    (void)state;
    struct buf b;
    struct snap s;
    start("2025-01-06T23:00:00Z", 300);
    volume_bar(400, 0.01, 200, 1);
    for (int i = 0; i < 30; i++) volume_bar(0.02, 0.01, 0.01, 1000);
    now.ns += 24 * 3600 * NS_PER_SEC;
    volume_bar(1, 0.5, 0.5, 1);
    assert_true(context_level(&m, LEVEL_VAL, 0)->price.v >= gold.tick.v);
    buf_init(&b, 1 << 20);
    snap_writer(&s, &b);
    context_snap(&m, &cal, &s);
    assert_true(snap_complete(&s));
    buf_clear(&b);
}

/* A full list, and a bar that ends its oldest item and adds one: what just ended has yet to be looked at. */
static void full_lists_keep_what_just_ended(void **state) {
    (void)state;
    start("2025-01-06T00:00:00Z", 300);
    quiet(16);
    struct structures *all = &m.found[STRUCTURE_GAP];
    for (int i = 0; i < STRUCTURES_MAX; i++) {
        /* Upwards gaps far below, and the oldest just below the price. */
        double low = i == 0 ? 99 : 10 + i;
        structure_add(
            &m, &(struct structure){.kind = STRUCTURE_GAP, .side = SIDE_LONG, .low = P(low), .high = P(low + 0.2)});
    }
    assert_int_equal(all->n, STRUCTURES_MAX);
    uint32_t first = all->item[0].id, second = all->item[1].id;
    bar(98.2, 98.3, 95, 95.5); /* closes below the oldest, and leaves a gap to the bar two before */
    assert_int_equal(all->n, STRUCTURES_MAX);
    assert_int_equal(all->item[all->n - 1].side, SIDE_SHORT);
    assert_int_equal(all->item[0].id, first);
    assert_int_equal(all->item[0].life, LIFE_INVALIDATED);
    assert_int_not_equal(all->item[1].id, second); /* the oldest living one went */
    assert_int_equal(m.found[STRUCTURE_INVERSE_GAP].n, 1);
}

static void profiles_grow(void **state) {
    (void)state;
    start("2025-01-08T23:00:00Z", 60);
    double all = 0;
    for (int i = 0; i < 200; i++) {
        double p = 2000 + (i % 2 ? 1 : -1) * i * 3.7;
        volume_bar(p + 1, p - 1, p, 1 + i);
        all += 1 + i;
        double sum = 0;
        for (int k = 0; k < VALUE_BINS; k++) sum += m.value.bin[k];
        assert_true(sum > all * (1 - 1e-9) && sum < all * (1 + 1e-9));
        assert_true(m.value.base <= P(p - 1).v && m.value.base + m.value.width * VALUE_BINS > P(p + 1).v);
    }
}

static void next_levels_are_targets(void **state) {
    (void)state;
    days_weeks_and_pivots(NULL);
    enum level_kind k;
    uint16_t session;
    price_t at;
    assert_true(context_next_level(&m, &cal, P(106), SIDE_LONG, &k, &session, &at));
    assert_int_equal(k, LEVEL_PREVIOUS_HIGH);
    same_price(at, 111);
    assert_true(context_next_level(&m, &cal, P(106), SIDE_SHORT, &k, &session, &at));
    same_price(at, 104);
    bar(106, 112, 105, 111.5); /* gone: no target above is invented */
    assert_false(context_next_level(&m, &cal, P(106), SIDE_LONG, &k, &session, &at));
}

/* ---- near and together ---- */

static void round_numbers(void **state) {
    (void)state;
    static const struct {
        double price, step;
    } cases[] = {{2624.81, 10}, {5620, 50}, {21500, 100}, {1.08, 0.01},
                 {180, 1},      {500, 5},   {99999, 500}, {100000, 1000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        same_price(round_step(P(cases[i].price)), cases[i].step);
}

static void levels_converge(void **state) {
    (void)state;
    static struct nearby list[NEARBY_MAX];
    static struct confluence found[CONFLUENCES_MAX];
    char text[200];
    days_weeks_and_pivots(NULL);
    for (int k = LEVEL_VWAP; k <= LEVEL_VAL; k++) m.level[k].price = PRICE_ZERO; /* they converge elsewhere */
    m.session_level[LEVEL_SESSION_HIGH][ASIA] = (struct level){.price = P(111.2), .since = now};
    uint32_t n = context_nearby(&m, &gold, &cal, P(106), P(6), list);
    for (uint32_t i = 1; i < n; i++) assert_true(list[i - 1].low.v <= list[i].low.v);
    /* 111: yesterday's high, last week's high, a round number; 111.2: Asia's. */
    uint32_t groups = context_confluences(list, n, P(0.3), found);
    assert_true(groups >= 1);
    assert_int_equal(found[0].count, 3); /* the day's high and the week's are one trade */
    assert_int_equal(found[0].weight, 3 + 2 + 1);
    same_price(found[0].low, 111);
    same_price(found[0].high, 111.2);
    assert_string_equal(confluence_say(text, sizeof text, LANG_EN, &cal, list, &found[0]),
                        "3 levels converge (previous day’s high + Asia high + round number)");
    assert_string_equal(confluence_say(text, sizeof text, LANG_FR, &cal, list, &found[0]),
                        "3 niveaux convergent (plus haut de la veille + plus haut Asie + niveau psychologique)");
    confluence_say(text, 20, LANG_FR, &cal, list, &found[0]); /* cut, not beyond */
    assert_true(strlen(text) < 20);
    groups = context_confluences(list, n, P(0), found);
    for (uint32_t i = 0; i < groups; i++) assert_true(found[i].low.v == found[i].high.v && found[i].count >= 2);
}

static void regimes(void **state) {
    (void)state;
    start("2025-01-06T00:00:00Z", 300);
    for (int i = 0; i < 60; i++) bar(100 + i, 101.5 + i, 99.5 + i, 101 + i);
    assert_int_equal(m.regime.now, REGIME_TREND);
    assert_true(m.regime.efficiency > 0.99 && m.regime.adx > 99);
    const uint64_t since = m.regime.since; /* the first bar that could tell it */
    assert_true(since > EFFICIENCY_BARS && since < 60);
    uint32_t held = 0;
    for (int i = 0; i < 80; i++) {
        double at = 160 + i % 2;
        bar(at, at + 1, at - 1, i % 2 ? at - 0.9 : at + 0.9);
        held += m.regime.now == REGIME_TREND;
    }
    assert_true(held >= 2); /* not at the first bar that disagrees */
    assert_int_equal(m.regime.now, REGIME_RANGE);
    assert_in_range(m.regime.since, since + held, m.bars);
    start("2025-01-06T00:00:00Z", 300);
    for (int i = 0; i < 100; i++) bar(100, 100, 100, 100); /* nothing moves: no division by nothing */
    assert_int_equal(m.regime.now, REGIME_RANGE);
    assert_true(m.regime.adx == 0 && m.regime.efficiency == 0);
}

/* ---- random walks ---- */

#define WALK 20000
static struct bar walk[WALK];

static void make_walk(uint64_t seed) {
    struct rng r;
    when_t t;
    rng_seed(&r, seed);
    assert_true(when_parse_iso("2025-01-06T00:00:00Z", 20, NULL, &t));
    int64_t at = 2000 * 100;
    for (int i = 0; i < WALK; i++) {
        int64_t open = at, high = at, low = at;
        for (int k = 0; k < 8; k++) {
            at += (int64_t)rng_below(&r, 61) - 30;
            if (at > high) high = at;
            if (at < low) low = at;
        }
        walk[i] = (struct bar){.start = t,
                               .seconds = 300,
                               .open = {open * 1000000},
                               .high = {high * 1000000},
                               .low = {low * 1000000},
                               .close = {at * 1000000}};
        t.ns += 300 * NS_PER_SEC;
        if (rng_below(&r, 300) == 0) t.ns += (int64_t)rng_below(&r, 40) * 3600 * NS_PER_SEC;
        if (rng_below(&r, 50) == 0) at += (int64_t)rng_below(&r, 401) - 200;
    }
}

static void stored(struct market_context *x, struct buf *b) {
    struct snap s;
    buf_init(b, 1 << 17);
    snap_writer(&s, b);
    context_snap(x, &cal, &s);
    assert_true(snap_complete(&s));
}

static void assert_same_context(struct market_context *a, struct market_context *b) {
    struct buf x, y;
    stored(a, &x);
    stored(b, &y);
    assert_int_equal(x.len, y.len);
    assert_memory_equal(x.p, y.p, x.len);
    buf_clear(&x);
    buf_clear(&y);
}

/* What is known at a cut is what a file that ends there gives, and a snapshot taken there goes on the same way. */
static void cuts_and_snapshots(void **state) {
    (void)state;
    static struct market_context whole, part, back;
    struct rng r;
    rng_seed(&r, 5);
    make_walk(5);
    memset(&whole, 0, sizeof whole);
    for (int i = 0, cut = 0; i < WALK; i++) {
        feed_bar(&whole, &walk[i]);
        if (i != cut) continue;
        cut += 1 + (int)rng_below(&r, 200);
        struct buf b;
        struct snap s;
        stored(&whole, &b);
        memset(&back, 0, sizeof back);
        snap_reader(&s, b.p, b.len);
        s.version = ENGINE_FORMAT;
        context_snap(&back, &cal, &s);
        assert_true(snap_complete(&s));
        buf_clear(&b);
        part = whole;
        for (int k = i + 1; k < WALK && k < i + 100; k++) {
            feed_bar(&part, &walk[k]);
            feed_bar(&back, &walk[k]);
        }
        assert_same_context(&part, &back);
        if (i > 3000) continue;
        memset(&part, 0, sizeof part);
        for (int k = 0; k <= i; k++) feed_bar(&part, &walk[k]);
        assert_same_context(&part, &whole);
    }
}

/* What a bar has since format 5, at its end, is taken out of the bytes of all. */
static void without_contracts(const struct market_context *x, struct buf *bytes) {
    for (size_t i = 0; i < sizeof x->recent / sizeof *x->recent; i++) {
        struct buf one;
        struct snap s;
        struct bar b = x->recent[i];
        buf_init(&one, 256);
        snap_writer(&s, &one);
        bar_snap(&b, &s);
        char *at = memmem(bytes->p, bytes->len, one.p, one.len);
        assert_non_null(at);
        char *end = at + one.len;
        memmove(end - sizeof b.contract, end, bytes->len - (size_t)(end - bytes->p));
        bytes->len -= sizeof b.contract;
        buf_clear(&one);
    }
}

/* Format 4 kept a sum that nothing was made from, between the others of the regime: it is passed over. */
static void an_older_regime_is_read(void **state) {
    (void)state;
    static struct market_context whole, back;
    struct buf bytes, old;
    struct snap s;
    make_walk(9);
    memset(&whole, 0, sizeof whole);
    memset(&back, 0, sizeof back);
    for (int i = 0; i < 500; i++) feed_bar(&whole, &walk[i]);
    stored(&whole, &bytes);
    without_contracts(&whole, &bytes);
    buf_init(&old, 1 << 17);
    snap_writer(&s, &old);
    double both[2] = {whole.regime.minus, whole.regime.adx}, range = 12345;
    const char *at = memmem(bytes.p, bytes.len, both, sizeof both);
    assert_non_null(at);
    buf_add(&old, bytes.p, (size_t)(at - bytes.p) + sizeof both[0]);
    snap_f64(&s, &range);
    buf_add(&old, at + sizeof both[0], bytes.len - (size_t)(at - bytes.p) - sizeof both[0]);
    snap_reader(&s, old.p, old.len);
    s.version = 4;
    context_snap(&back, &cal, &s);
    assert_true(snap_complete(&s));
    assert_same_context(&back, &whole);
    buf_clear(&bytes);
    buf_clear(&old);
}

static void check_structures(const struct market_context *x, const struct market_context *before) {
    for (int k = 0; k < STRUCTURE_KIND_COUNT; k++) {
        const struct structures *all = &x->found[k], *old = &before->found[k];
        assert_true(all->n <= STRUCTURES_MAX);
        for (uint32_t i = 0; i < all->n; i++) {
            const struct structure *s = &all->item[i];
            assert_true(s->low.v > 0 && s->low.v <= s->high.v);
            assert_true(s->began.ns < s->formed.ns && s->formed.ns <= s->changed.ns && s->changed.ns <= x->time.ns);
            assert_true(i == 0 || all->item[i - 1].id < s->id);
            for (uint32_t j = 0; j < old->n; j++) {
                if (old->item[j].id != s->id) continue;
                assert_true(s->life >= old->item[j].life); /* never backwards */
                assert_true(s->low.v == old->item[j].low.v && s->high.v == old->item[j].high.v);
                assert_true(s->life != old->item[j].life || s->changed.ns == old->item[j].changed.ns);
            }
        }
    }
    assert_true(x->regime.adx >= 0 && x->regime.adx <= 100.0001);
    assert_true(x->regime.efficiency >= 0 && x->regime.efficiency <= 1.0000001);
    assert_true(x->regime.percentile >= 0 && x->regime.percentile <= 1);
}

static void lives_only_go_forward(void **state) {
    (void)state;
    static struct market_context x, before;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        make_walk(seed);
        memset(&x, 0, sizeof x);
        for (int i = 0; i < WALK; i++) {
            before = x;
            feed_bar(&x, &walk[i]);
            check_structures(&x, &before);
        }
        for (int k = 0; k < STRUCTURE_KIND_COUNT; k++) assert_int_equal(x.found[k].n, STRUCTURES_MAX);
    }
}

static bool has_mirror(const struct market_context *of, const struct structure *s, int64_t sum) {
    const struct structures *all = &of->found[s->kind];
    for (uint32_t i = 0; i < all->n; i++) {
        const struct structure *x = &all->item[i];
        if (x->began.ns == s->began.ns && x->formed.ns == s->formed.ns && x->changed.ns == s->changed.ns &&
            x->side != s->side && x->life == s->life && x->reversal == s->reversal && x->of_swing == s->of_swing &&
            x->low.v == sum - s->high.v && x->high.v == sum - s->low.v)
            return true;
    }
    return false;
}

/* A market upside down is seen upside down. */
static void mirror_symmetry(void **state) {
    (void)state;
    static struct market_context up, down;
    const int64_t sum = 4000 * PRICE_SCALE;
    make_walk(77);
    memset(&up, 0, sizeof up);
    memset(&down, 0, sizeof down);
    for (int i = 0; i < WALK; i++) {
        struct bar b = walk[i];
        if (b.high.v >= sum - PRICE_SCALE) break;
        b.open.v = sum - b.open.v;
        b.close.v = sum - b.close.v;
        b.high.v = sum - walk[i].low.v;
        b.low.v = sum - walk[i].high.v;
        feed_bar(&up, &walk[i]);
        feed_bar(&down, &b);
        for (int k = 0; k < STRUCTURE_KIND_COUNT; k++) {
            assert_int_equal(up.found[k].n, down.found[k].n);
            for (uint32_t j = 0; j < up.found[k].n; j++) {
                if (!has_mirror(&down, &up.found[k].item[j], sum)) fail_msg("bar %d, kind %d, item %u", i, k, j);
            }
        }
        assert_int_equal(up.trend_known, down.trend_known);
        if (up.trend_known) assert_true(up.trend != down.trend);
        assert_true(up.atr == down.atr && up.regime.adx == down.regime.adx);
    }
    assert_true(up.bars > 1000);
}

/* ---- real bars ---- */

static void real_bars(void **state) {
    (void)state;
    gzFile f = gzopen(DATA "xauusd_m5_2025.csv.gz", "rb");
    if (f == NULL) {
        print_message("skipped: there is no " DATA "xauusd_m5_2025.csv.gz\n");
        skip();
    }
    static struct bar real[80000];
    static struct market_context x;
    uint32_t n = 0, made[STRUCTURE_KIND_COUNT] = {0}, regime[REGIME_COUNT] = {0};
    char line[256];
    while (gzgets(f, line, sizeof line) != NULL && n < 80000) {
        double o, h, l, c;
        long long sec;
        if (sscanf(line, "%lld,%*[^,],%lf,%lf,%lf,%lf", &sec, &o, &h, &l, &c) != 5) continue;
        real[n++] = (struct bar){
            .start = when_from_sec(sec), .seconds = 300, .open = P(o), .high = P(h), .low = P(l), .close = P(c)};
    }
    gzclose(f);
    assert_true(n > 70000);
    struct timespec a, b; /* of this process: others use the machine too */
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
    for (uint32_t i = 0; i < n; i++) feed_bar(&x, &real[i]);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
    double ns = ((double)(b.tv_sec - a.tv_sec) * 1e9 + (double)(b.tv_nsec - a.tv_nsec)) / n;
    memset(&x, 0, sizeof x);
    for (uint32_t i = 0; i < n; i++) {
        feed_bar(&x, &real[i]);
        regime[x.regime.now]++;
        for (int k = 0; k < STRUCTURE_KIND_COUNT; k++) {
            for (uint32_t j = x.found[k].n; j-- > 0 && x.found[k].item[j].bar == x.bars;) made[k]++;
        }
    }
    print_message("%u bars, %.0f ns each; swings %u, breaks %u, sweeps %u, gaps %u, inverse %u, order blocks %u, "
                  "breakers %u; trend %u %%, range %u %%, transition %u %%; %zu bytes an instrument\n",
                  n, ns, made[0], made[1], made[2], made[3], made[4], made[5], made[6], regime[REGIME_TREND] * 100 / n,
                  regime[REGIME_RANGE] * 100 / n, regime[REGIME_TRANSITION] * 100 / n, sizeof x);
    for (int k = 0; k < STRUCTURE_KIND_COUNT; k++) assert_true(made[k] > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(average_true_range),
        cmocka_unit_test(swings_need_their_bars),
        cmocka_unit_test(breaks_of_structure),
        cmocka_unit_test(sweeps_close_back_in_time),
        cmocka_unit_test(gaps_and_what_becomes_of_them),
        cmocka_unit_test(small_gaps_are_none),
        cmocka_unit_test(order_blocks_and_breakers),
        cmocka_unit_test(sessions_are_known_when_over),
        cmocka_unit_test(opening_ranges_without_their_last_bar),
        cmocka_unit_test(sessions_in_the_weeks_of_two_clocks),
        cmocka_unit_test(days_weeks_and_pivots),
        cmocka_unit_test(value_of_the_day),
        cmocka_unit_test(value_areas_stay_above_zero),
        cmocka_unit_test(full_lists_keep_what_just_ended),
        cmocka_unit_test(profiles_grow),
        cmocka_unit_test(next_levels_are_targets),
        cmocka_unit_test(round_numbers),
        cmocka_unit_test(levels_converge),
        cmocka_unit_test(regimes),
        cmocka_unit_test(cuts_and_snapshots),
        cmocka_unit_test(an_older_regime_is_read),
        cmocka_unit_test(lives_only_go_forward),
        cmocka_unit_test(mirror_symmetry),
        cmocka_unit_test(real_bars),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
