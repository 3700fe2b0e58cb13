/*
 * options: gamma of an options chain: the arithmetic by numbers worked out by hand, files of chains as people have them, what
 * is bad in them counted or refused; and the lines on bars, from the moment of the chain until it is too old.
 */
#include "tests/unit/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/feeds/options_file.h"
#include "engine/level.h"

#define P(x) ((price_t){(int64_t)((x)*1000 + 0.5) * (PRICE_SCALE / 1000)})

static struct gamma_levels levels;
static struct options_report report;
static struct err err;
static struct options_wish wish;

static when_t at(const char *iso) {
    when_t t;
    assert_true(when_parse_iso(iso, strlen(iso), NULL, &t));
    return t;
}

static int set_up(void **state) {
    (void)state;
    wish = (struct options_wish){.written = at("2025-01-10T15:00:00Z"), .scale = 1, .tick = {PRICE_SCALE / 100}};
    return 0;
}

static int parse(const char *text) {
    err = (struct err){0};
    return options_parse(text, strlen(text), &wish, &levels, &report, &err);
}

static void lines_are(double flip, double call_wall, double put_wall) {
    assert_int_equal(levels.flip.v, P(flip).v);
    assert_int_equal(levels.call_wall.v, P(call_wall).v);
    assert_int_equal(levels.put_wall.v, P(put_wall).v);
}

static void refused(const char *text, const char *why) {
    assert_int_equal(parse(text), -1);
    if (strstr(err.text[LANG_EN], why) == NULL) fail_msg("%s", err.text[LANG_EN]);
    assert_string_not_equal(err.text[LANG_FR], "");
    assert_string_not_equal(err.text[LANG_FR], err.text[LANG_EN]);
    lines_are(0, 0, 0);
    assert_int_equal(levels.until.ns, 0);
}

/* S = K = 100, 20 %, a quarter: v sqrt(T) = 0.1, d1 = 0.05, phi = 0.3989423 exp(-0.00125) = 0.3984439; over 100 * 0.1. */
static void black_and_scholes(void **state) {
    (void)state;
    assert_true(fabs(gamma_black_scholes(100, 100, 0.2, 0.25) - 0.03984439) < 1e-8);
    /* S = 100, K = 110, 30 %, a year: d1 = (-0.0953102 + 0.045) / 0.3 = -0.1677006; phi = 0.3933721; over 30. */
    assert_true(fabs(gamma_black_scholes(100, 110, 0.3, 1) - 0.01311240) < 1e-7);
}

/* Dealer gamma -30, -20, +10, +60: sums -30, -50, -40, +20; zero two thirds of the way from 103 to 106. */
static void lines_by_hand(void **state) {
    (void)state;
    const struct gamma_strike s[] = {{98, 0, 30}, {100, 5, 25}, {103, 30, 20}, {106, 60, 0}};
    struct gamma_lines l = gamma_lines_of(s, 4, 0);
    assert_true(fabs(l.flip - 105) < 1e-9);
    assert_true(l.call_wall == 106 && l.put_wall == 98);
    l = gamma_lines_of(s, 3, 0); /* never turns */
    assert_true(l.flip == 0 && l.call_wall == 103);
    l = gamma_lines_of(s, 0, 0);
    assert_true(l.flip == 0 && l.call_wall == 0 && l.put_wall == 0);
    /* Sums +10, -10, +10: zero at 105 and 115; the nearer one, or the higher. Of equal walls the highest put. */
    const struct gamma_strike twice[] = {{100, 10, 0}, {110, 0, 20}, {120, 20, 0}, {130, 20, 20}};
    assert_true(gamma_lines_of(twice, 4, 0).flip == 115);
    assert_true(gamma_lines_of(twice, 4, 107).flip == 105);
    assert_true(gamma_lines_of(twice, 4, 0).call_wall == 120);
    assert_true(gamma_lines_of(twice, 4, 0).put_wall == 130);
}

/* Open interest x gamma: 98 puts 1500 x 0.02 = 30; 100 puts 25, calls 5; 103 calls 30, puts 20; 106 calls 60. */
static void chains_with_gamma(void **state) {
    (void)state;
    assert_int_equal(parse("\xef\xbb\xbfStrike,Type,Open Interest,Gamma\r\n"
                           "98,P,1500,0.02\r\n"
                           "# a remark\r\n"
                           "106,Call,\"2,000\",0.03\r\n"
                           "\r\n"
                           "100,put,500,0.05\r\n"
                           "100,C,100,0.05\r\n"
                           "103,CALL,600,5e-2\r\n"
                           "103,p,400,.05\r\n"
                           "99,P,0,0.05"),
                     0);
    lines_are(105, 106, 98);
    assert_int_equal(report.rows, 7);
    assert_int_equal(report.used, 6);
    assert_int_equal(report.strikes, 4);
    assert_int_equal(report.bad, 0);
    assert_int_equal(levels.from.ns, wish.written.ns);
    assert_int_equal(levels.until.ns, at("2025-01-17T15:00:00Z").ns); /* seven days */
    wish.scale = 10;
    wish.tick = (price_t){PRICE_SCALE / 4};
    assert_int_equal(parse("cp;strike_price;oi;gamma\nC;10.51;1;1\nP;10.01;2;1\n"), 0); /* -2, then -1 */
    lines_are(0, 105, 100);
}

/* At 100, 20 %, a quarter of a year: the numbers of black_and_scholes, three calls against one put. */
static void chains_with_volatility(void **state) {
    (void)state;
    const char *rest = "2025-01-01T06:00:00Z,100,C,300,20%,2025-04-02T12:00:00Z,100\n"
                       "2025-01-01T06:00:00Z,90,P,100,0.2,2025-04-02T12:00:00Z,100\n"
                       "2025-01-01T06:00:00Z,80,P,9000,0.2,2024-12-20,100\n";
    char text[600];
    snprintf(text, sizeof text, "quote_date,strike,type,open_interest,IV,expiration,underlying_price\n%s", rest);
    assert_int_equal(parse(text), 0);
    assert_int_equal(report.expired, 1);
    assert_int_equal(report.used, 2);
    /* d1 of the put: ln(100 / 90) / 0.1 + 0.05 = 1.1036052: phi = 0.2169838, gamma 0.02169838 x 100 = 2.169838 against
     * 0.03984439 x 300 = 11.953317: sums -2.169838, +9.783479: 90 + 10 x 2.169838 / 11.953317 = 91.8153. */
    lines_are(91.82, 100, 90);
    assert_int_equal(levels.from.ns, at("2025-01-01T06:00:00Z").ns);
    assert_int_equal(levels.until.ns, at("2025-01-08T06:00:00Z").ns);
    assert_int_equal(parse("strike,type,oi,gamma,date\n90,P,1,1,2025-01-08\n"),
                     0); /* of that day's end, as far as we know */
    assert_int_equal(levels.from.ns, at("2025-01-09T00:00:00Z").ns);
    assert_int_equal(parse("strike,type,oi,gamma,date\n90,P,1,1,2025-01-10\n"), 0); /* written on that day */
    assert_int_equal(levels.from.ns, wish.written.ns);
    wish.price = 100; /* told beside the file, and an expiry that is a date ends at 21:00 */
    assert_int_equal(parse("strike\ttype\toi\timplied_volatility\texpiry\n100\tC\t1\t0.2\t2025-01-10\n"), 0);
    lines_are(0, 100, 0);
    assert_int_equal(levels.until.ns, at("2025-01-10T21:00:00Z").ns);
}

/* The file's own price is that of its moment; the configured one stands in only where the file names none. */
static void the_file_knows_its_price_best(void **state) {
    (void)state;
    static const char *const heads[] = {"strike,type,oi,gamma,spot\n", "strike,type,oi,gamma\n"};
    /* Sums +10, -10, +10, as by hand: zero at 105 and 115. */
    static const char *const rows = "100,C,10,1%s\n110,P,20,1%s\n120,C,20,1%s\n";
    static const struct {
        double configured;
        const char *first, *rest;
        double flip;
    } of[] = {{0, ",107", ",107", 105}, {113, ",107", ",107", 105}, {107, ",113", ",", 115},
              {113, ",", ",107", 105},  {107, ",", ",", 105},       {0, ",", ",", 115}};
    for (size_t i = 0; i < sizeof of / sizeof of[0]; i++) {
        char body[200], text[300];
        wish.price = of[i].configured;
        snprintf(body, sizeof body, rows, of[i].first, of[i].rest, of[i].rest);
        snprintf(text, sizeof text, "%s%s", heads[0], body);
        assert_int_equal(parse(text), 0);
        assert_int_equal(report.used, 3);
        if (levels.flip.v != P(of[i].flip).v) fail_msg("%zu: %f", i, price_to_double(levels.flip));
    }
    char body[200], text[300];
    wish.price = 107;
    snprintf(body, sizeof body, rows, "", "", "");
    snprintf(text, sizeof text, "%s%s", heads[1], body);
    assert_int_equal(parse(text), 0);
    lines_are(105, 120, 110);
    /* Volatilities are priced with it in every row, also in those before the one that names it. */
    struct gamma_levels own;
    wish.price = 0;
#define IV(first) "strike,type,oi,iv,expiry,spot\n90,P,100,0.2,2025-04-02," first "\n100,C,300,0.2,2025-04-02,100\n"
    assert_int_equal(parse(IV("100")), 0);
    own = levels;
    wish.price = 50;
    assert_int_equal(parse(IV("")), 0);
#undef IV
    assert_int_equal(levels.flip.v, own.flip.v);
    assert_true(own.flip.v != 0);
}

static void what_is_bad_is_told(void **state) {
    (void)state;
    static const char *const bad[] = {"x,C,1,1",     "0,C,1,1",     "-5,C,1,1",         "1e300,C,1,1",
                                      "100,X,1,1",   "100,,1,1",    "100,C,,1",         "100,C,-1,1",
                                      "100,C,nan,1", "100,C,1,inf", "100,C,1,",         "100,C,0x1,1",
                                      "100,C,1",     "100,C,1,-1",  "100,C,\"1,23\",1", "100,C,1,1e9"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[200];
        snprintf(text, sizeof text, "strike,type,oi,gamma\n95,P,1,1\n%s\n", bad[i]);
        assert_int_equal(parse(text), 0);
        if (report.bad != 1 || report.first_bad != 3) fail_msg("%s: %u bad", bad[i], report.bad);
        assert_int_equal(report.used, 1);
    }
    assert_int_equal(parse("strike,type,oi,gamma,date\n95,P,1,1,2025-01-02\n96,P,1,1,2025-01-03\n"), 0);
    assert_int_equal(report.bad, 1); /* one chain is of one day */
    wish.price = 100;
    assert_int_equal(parse("strike,type,oi,iv,expiry\n95,P,1,0.2,2025-02-01\n95,P,1,25,2025-02-01\n"), 0);
    assert_int_equal(report.bad, 1); /* 2500 %: nobody knows what was meant */
}

static void what_cannot_be_used_is_refused(void **state) {
    (void)state;
    char many[300];
    refused("", "empty");
    refused("# nothing\n", "empty");
    refused("strike,type,gamma\n1,C,1\n", "open_interest");
    refused("type,oi,gamma\nC,1,1\n", "strike");
    refused("strike,type,oi\n1,C,1\n", "neither gamma nor implied_volatility");
    refused("strike,type,oi,gamma\n", "no option of it counts");
    refused("strike,type,oi,gamma\nx,C,1,1\n", "bad 1, the first in line 2");
    refused("strike,type,oi,iv,expiry\n100,C,1,0.2,2025-02-01\n", "underlying_price");
    wish.price = 100;
    refused("strike,type,oi,iv\n100,C,1,0.2\n", "a column expiry");
    refused("strike,type,oi,gamma,expiry\n100,C,1,1,2025-01-09\n", "expired 1");
    refused("strike,type,oi,gamma\n100,C,1,1\xff\n", "UTF-8");
    memcpy(many, "strike,type,oi,gamma\n1,C,1,1\n", 30);
    assert_int_equal(options_parse(many, 30, &wish, &levels, &report, &err), -1); /* its final zero */
    char *large = xcalloc(1, OPTIONS_FILE_MAX + 1);
    assert_int_equal(options_parse(large, OPTIONS_FILE_MAX + 1, &wish, &levels, &report, &err), -1);
    free(large);
    struct buf b;
    buf_init(&b, 1u << 20);
    buf_str(&b, "strike,type,oi,gamma\n");
    for (int i = 1; i <= OPTIONS_STRIKES_MAX + 1; i++) buf_printf(&b, "%d,C,1,1\n", i);
    refused(b.p, "more than 4096 strikes");
    buf_clear(&b);
}

/* Rows in any order give the same bits; any bytes give lines that can be, or a reason. */
static void any_bytes(void **state) {
    (void)state;
    static const char alphabet[] = "0123456789.,;%\"\tCPcp-eE \n\nstrike,type,oi,gamma\n";
    struct rng r;
    rng_seed(&r, 9);
    for (int k = 0; k < 3000; k++) {
        char text[400] = "strike,type,oi,gamma,iv,expiry,spot,date\n";
        size_t n = strlen(text), to = n + (size_t)rng_below(&r, 300);
        for (; n < to; n++) text[n] = alphabet[rng_below(&r, sizeof alphabet - 1)];
        text[n] = '\0';
        if (parse(text) == 0)
            assert_true(gamma_levels_hold(&levels) && report.used > 0 && report.used <= report.rows);
        else
            assert_string_not_equal(err.text[LANG_FR], "");
    }
    char a[4000] = "strike,type,oi,gamma\n", b[4000] = "strike,type,oi,gamma\n";
    size_t used = strlen(a);
    for (int i = 0; i < 60; i++)
        used += (size_t)snprintf(a + used, sizeof a - used, "%d,%s,%d,0.0%d\n", 90 + i % 20, i % 3 ? "C" : "P",
                                 17 * i % 29, 1 + 7 * i % 83);
    char *line[60], *at_line = a + strlen(b);
    for (int i = 0; i < 60; i++) line[i] = at_line, at_line = strchr(at_line, '\n') + 1;
    assert_int_equal(parse(a), 0);
    const struct gamma_levels first = levels;
    for (int i = 59; i >= 0; i--) strncat(b, line[i], (size_t)(strchr(line[i], '\n') + 1 - line[i]));
    assert_int_equal(parse(b), 0);
    assert_memory_equal(&first, &levels, sizeof levels);
}

/* ---- on bars ---- */

static void bar_of(struct market_context *m, const struct instrument *in, const char *start, double high) {
    static const struct calendars always;
    static const struct level_config c = {.swing_bars = 3};
    const struct bar b = {
        .start = at(start), .seconds = 300, .open = P(100), .high = P(high), .low = P(99), .close = P(100)};
    const struct level_view v = {&b, when_add_ms(b.start, 300000), in, &always, &c};
    context_bar(m, &v);
}

static void bar_at(struct market_context *m, const struct instrument *in, const char *start) {
    bar_of(m, in, start, 101);
}

static void lines_hold_for_their_time(void **state) {
    (void)state;
    static struct market_context m;
    static struct nearby list[NEARBY_MAX];
    static const struct calendars always;
    struct instrument in = *instrument_builtin("QQQ");
    char name[LEVEL_NAME_MAX];
    in.gamma =
        (struct gamma_levels){P(100.5), P(102), P(98), at("2025-01-10T15:00:00Z"), at("2025-01-17T15:00:00Z"), true};
    memset(&m, 0, sizeof m);
    bar_at(&m, &in, "2025-01-10T14:50:00Z");
    assert_int_equal(context_level(&m, LEVEL_CALL_WALL, 0)->price.v, 0); /* nobody knew it yet */
    bar_at(&m, &in, "2025-01-10T14:55:00Z");
    assert_int_equal(context_level(&m, LEVEL_GAMMA_FLIP, 0)->price.v, P(100.5).v);
    assert_int_equal(context_level(&m, LEVEL_CALL_WALL, 0)->price.v, P(102).v);
    assert_int_equal(context_level(&m, LEVEL_PUT_WALL, 0)->price.v, P(98).v);
    assert_int_equal(context_level(&m, LEVEL_PUT_WALL, 0)->since.ns, at("2025-01-10T15:00:00Z").ns);
    bar_at(&m, &in, "2025-01-13T14:55:00Z");
    assert_int_equal(context_level(&m, LEVEL_PUT_WALL, 0)->since.ns, at("2025-01-10T15:00:00Z").ns);
    uint32_t n = context_nearby(&m, &in, &always, P(100), P(3), list), found = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (list[i].is_structure || list[i].level < LEVEL_GAMMA_FLIP || list[i].level > LEVEL_PUT_WALL) continue;
        assert_int_equal(list[i].weight, 2);
        found++;
    }
    assert_int_equal(found, 3);
    assert_string_equal(level_say(name, LANG_FR, &always, LEVEL_PUT_WALL, 0), "mur de puts");
    enum level_kind kind; /* a wall is a target on its own side, until a bar has traded beyond it; the flip is none */
    uint16_t session;
    price_t to;
    assert_true(context_next_level(&m, &always, P(101.5), SIDE_LONG, &kind, &session, &to));
    assert_int_equal(kind, LEVEL_CALL_WALL);
    assert_int_equal(to.v, P(102).v);
    assert_true(context_next_level(&m, &always, P(98.5), SIDE_SHORT, &kind, &session, &to));
    assert_int_equal(kind, LEVEL_PUT_WALL);
    assert_false(context_next_level(&m, &always, P(97), SIDE_SHORT, &kind, &session, &to));
    bar_of(&m, &in, "2025-01-13T15:05:00Z", 102.5);
    assert_int_equal(context_level(&m, LEVEL_CALL_WALL, 0)->crossed.ns, at("2025-01-13T15:10:00Z").ns);
    assert_false(context_next_level(&m, &always, P(101.5), SIDE_LONG, &kind, &session, &to));
    assert_true(context_next_level(&m, &always, P(98.5), SIDE_SHORT, &kind, &session, &to));
    for (uint32_t i = 0; i < m.found[STRUCTURE_SWEEP].n; i++) { /* no stops lie behind a wall */
        const struct structure *swept = &m.found[STRUCTURE_SWEEP].item[i];
        assert_true(swept->of_swing || swept->level != LEVEL_CALL_WALL);
    }
    bar_at(&m, &in, "2025-01-17T14:55:00Z"); /* closes when it has become too old */
    assert_int_equal(context_level(&m, LEVEL_CALL_WALL, 0)->price.v, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(black_and_scholes, set_up),
        cmocka_unit_test_setup(lines_by_hand, set_up),
        cmocka_unit_test_setup(chains_with_gamma, set_up),
        cmocka_unit_test_setup(chains_with_volatility, set_up),
        cmocka_unit_test_setup(the_file_knows_its_price_best, set_up),
        cmocka_unit_test_setup(what_is_bad_is_told, set_up),
        cmocka_unit_test_setup(what_cannot_be_used_is_refused, set_up),
        cmocka_unit_test_setup(any_bytes, set_up),
        cmocka_unit_test_setup(lines_hold_for_their_time, set_up),
    };
    return RUN(tests);
}
