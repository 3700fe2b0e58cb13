/*
 * engine_roll: a future changes its contract: by date, by volume, because the data do; what is
 * open is closed or goes on; nothing is said or done twice, whatever is stored and read between.
 */
#include "tests/unit/engine_kit.h"

#define Z26 (2026 * 12 + 11)
#define H27 (2027 * 12 + 2)

static bool restarts; /* after every event */

static void at(const char *text) {
    when_t t;
    assert_true(when_parse_iso(text, strlen(text), NULL, &t));
    w.minute = when_sec(t) / 60;
}

/* Hours in UTC: Monday to Friday 00:00 to 21:00. ESZ26 expires on Friday 18 December 2026: the roll is on Thursday the 10th. */
static void start(enum roll_rule rule, enum roll_action action) {
    struct calendars *c = &w.config.calendars;
    c->zone_count = c->hours_count = 1;
    c->hours[0] = (struct trading_hours){.name = "x", .close_min = 21 * 60, .weekdays = 0x3e};
    w.config.limits.weekend_flat_min = 15;
    assert_true(roll_config_builtin("ES", &w.config.instruments[0].roll));
    w.config.instruments[0].roll.rule = rule;
    w.config.instruments[0].roll.action = action;
    kit_start("paper");
}

static void after(void) {
    if (restarts) kit_restore("paper");
}

static void one(uint16_t contract, double p, int64_t volume) {
    struct event ev = kit_bar_event(0, p, p + 1, p - 1, p);
    ev.u.bar.bar.start = when_from_sec((w.minute - 1) * 60);
    ev.u.bar.bar.contract = contract;
    ev.u.bar.bar.volume = volume;
    assert_int_equal(kit_apply(&ev), 0);
    after();
}

/* A minute of both; a price of 0: none. */
static void both(double z, double h) {
    w.minute++;
    if (z > 0) one(Z26, z, 100);
    if (h > 0) one(H27, h, 10);
}

static void unnamed(double p) {
    w.minute++;
    one(0, p, 100);
}

static uint32_t told(enum roll_event event) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < w.effect_count; i++)
        n += w.effects[i].kind == EFFECT_ROLL && w.effects[i].u.roll.event == event;
    return n;
}

static const struct roll_report *report(void) {
    return &kit_last(EFFECT_ROLL)->u.roll;
}

static uint16_t contract(void) {
    struct roll_view v;
    return engine_roll(w.engine, 0, &v) ? v.contract : 0;
}

static const struct trade *only_trade(void) {
    assert_int_equal(engine_trade_count(w.engine), 1);
    return engine_trade_at(w.engine, 0);
}

/* How many bars the detectors have seen; those that they remember are all of that contract. */
static uint32_t all_of(uint16_t of) {
    const struct market_context *m = engine_context(w.engine, 0);
    for (uint32_t i = 0; context_bar_at(m, i) != NULL; i++) assert_int_equal(context_bar_at(m, i)->contract, of);
    return (uint32_t)m->bars;
}

/* ---- closed ---- */

static void flat_by_date(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_FLAT);
    at("2026-12-04T12:00:00Z");
    both(6000, 6050);
    assert_int_equal(contract(), Z26);
    assert_int_equal(told(ROLL_WARNING), 0);
    at("2026-12-07T12:00:00Z"); /* three days before */
    both(6000, 6050);
    both(6000, 6050);
    assert_int_equal(told(ROLL_WARNING), 1);
    assert_int_equal(report()->from, Z26);
    assert_int_equal(report()->to, H27);
    at("2026-12-08T12:00:00Z");
    kit_want(SIDE_LONG, 80, 5980, 0);
    both(6000, 6050);
    both(6001, 6051);
    assert_int_equal(only_trade()->contract, Z26);
    assert_price(only_trade()->entry, 6001); /* of its own contract, not of the bar that came in between */
    /* The last day before: what would be opened would be closed at its end. */
    at("2026-12-09T12:00:00Z");
    kit_want(SIDE_SHORT, 80, 6020, 0);
    both(6002, 6052);
    assert_int_equal(kit_signal()->refusal, REFUSAL_ROLL);
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "ESZ26 before ESH27"));
    at("2026-12-09T20:43:00Z");
    both(6003, 6053);
    assert_int_equal(told(ROLL_CLOSING), 0);
    both(6003, 6053); /* 20:45 */
    assert_int_equal(told(ROLL_CLOSING), 1);
    both(6004, 6054);
    assert_int_equal(kit_closed()->reason, CLOSE_ROLL);
    assert_price(kit_closed()->exit, 6004);
    assert_int_equal(engine_trade_count(w.engine), 0);
    uint64_t seen = kit_seen;
    assert_true(seen > 5);
    at("2026-12-10T00:00:00Z");
    both(6010, 6060);
    assert_int_equal(told(ROLL_DONE), 1);
    assert_int_equal(report()->why, ROLL_BY_DATE);
    assert_int_equal(contract(), H27);
    assert_int_equal(all_of(H27), 10); /* its own bars, those before the roll too */
    assert_int_equal(kit_seen, 1);
    both(6010, 6061); /* the old one's go on, and are nobody's */
    assert_int_equal(all_of(H27), 11);
    struct market_view v;
    engine_market(w.engine, 0, &v);
    assert_price(v.last, 6061);
    kit_want(SIDE_LONG, 80, 6040, 0);
    both(6010, 6061);
    assert_true(kit_signal()->taken);
    both(6010, 6062);
    assert_int_equal(only_trade()->contract, H27);
    assert_price(only_trade()->entry, 6062);
    both(5000, 6062); /* a crash of a contract that nobody holds */
    assert_int_equal(only_trade()->qty.v, only_trade()->qty_entered.v);
    assert_int_equal(told(ROLL_WARNING), 1);
    assert_int_equal(told(ROLL_CLOSING), 1);
    assert_int_equal(told(ROLL_DONE), 1);
}

/* ---- goes on ---- */

static void roll_a_trade(void) {
    start(ROLL_DATE, ROLL_OVER);
    w.config.management = (struct management){.break_even_r_ppm = 1000000};
    w.config.instruments[0].roll.warn_days = 0;
    assert_int_equal(kit_configure(), 0);
    at("2026-12-09T12:00:00Z"); /* a trade of the last day goes on, so it may be opened */
    both(6000, 6050);
    kit_want(SIDE_LONG, 80, 5980, 6040);
    both(6000, 6050);
    both(6000, 6050.25);
    assert_int_equal(told(ROLL_CLOSING), 0);
    at("2026-12-09T20:58:00Z");
    both(5991, 6041.25);
    both(5990, 6040.25);
    at("2026-12-10T00:00:00Z");
    both(5990, 6040.25);
    both(5989, 6039); /* the old one's open, then the next one's */
    both(5989, 6040);
}

static void goes_on(void **state) {
    (void)state;
    roll_a_trade();
    assert_int_equal(told(ROLL_CLOSING), 0);
    assert_int_equal(told(ROLL_DONE), 1);
    assert_int_equal(report()->rolled, 1);
    assert_price(report()->by, 50.25);
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 1);
    const struct trade *was = kit_closed(), *is = only_trade();
    assert_int_equal(was->reason, CLOSE_ROLL);
    assert_price(was->exit, 5989);
    assert_price(is->entry, 6039);
    assert_int_equal(is->contract, H27);
    assert_int_equal(is->rolled_from, was->id);
    assert_int_equal(is->qty.v, was->qty_entered.v);
    assert_price(is->stop, 6030.25);
    assert_price(is->target, 6090.25);
    assert_price(is->stop_initial, 6030.25);
    assert_cash(is->risk, (double)was->risk.v / 1e6); /* one R is what it was */
    /* Both legs and the fees of four sides are the account. */
    cash_t net, now;
    assert_true(trade_net(was, &net));
    struct account a;
    engine_account(w.engine, &a);
    assert_true(engine_trade_pnl(w.engine, is, &now));
    assert_int_equal(a.equity.v, usd(200000).v + net.v + now.v);
    /* At the first entry + 1 R, both moved, the stop goes to that entry. */
    both(5989, 6069);
    assert_price(only_trade()->stop, 6030.25);
    both(5989, 6070.25);
    both(5989, 6070.25);
    assert_price(only_trade()->stop, 6050.25);
    both(5989, 6049); /* and it is there that it is stopped */
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_price(kit_closed()->exit, 6049); /* opened below it */
    assert_int_equal(kit_closed()->reason, CLOSE_STOP);
}

/* Written and read between all events: the same to the last effect. */
static void restarts_change_nothing(void **state) {
    roll_a_trade();
    uint64_t digest = engine_digest(w.engine);
    uint32_t effects = w.effect_count;
    kit_teardown(state);
    kit_setup(state);
    restarts = true;
    roll_a_trade();
    restarts = false;
    assert_int_equal(w.effect_count, effects);
    assert_int_equal(engine_digest(w.engine), digest);
}

static void an_sos_ends_it(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_OVER);
    at("2026-12-09T12:00:00Z");
    both(6000, 6050);
    kit_want(SIDE_LONG, 80, 5980, 0);
    both(6000, 6050);
    both(6000, 6050);
    at("2026-12-10T00:00:00Z");
    both(6000, 6050);
    assert_int_equal(told(ROLL_DONE), 1); /* the exit is on its way */
    assert_int_equal(kit_command(OP_SOS, 0, -1, 0), 0);
    both(6000, 6050);
    both(6000, 6050);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_int_equal(kit_count(EFFECT_TRADE_OPENED), 1);
    assert_int_equal(told(ROLL_LOST), 0);
}

static void a_lost_database_leaves_it_closed(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_OVER);
    at("2026-12-09T12:00:00Z");
    both(6000, 6050);
    kit_want(SIDE_LONG, 80, 5980, 0);
    both(6000, 6050);
    both(6000, 6050);
    at("2026-12-10T00:00:00Z");
    both(6000, 6050);
    struct event ev = {.kind = EVENT_STORE, .u.store.gone = true};
    assert_int_equal(kit_apply(&ev), 0);
    both(6000, 6050);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_int_equal(told(ROLL_LOST), 1);
    assert_int_equal(report()->trade, kit_closed()->id);
}

/* Nothing new is risked: who paused keeps the trade. */
static void a_pause_keeps_it(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_OVER);
    at("2026-12-09T12:00:00Z");
    both(6000, 6050);
    kit_want(SIDE_SHORT, 80, 6020, 5900);
    both(6000, 6050);
    both(6000, 6050);
    assert_int_equal(kit_command(OP_PAUSE, 0, -1, 0), 0);
    at("2026-12-10T00:00:00Z");
    for (int i = 0; i < 3; i++) both(6000, 6050);
    assert_int_equal(only_trade()->contract, H27);
    assert_int_equal(only_trade()->side, SIDE_SHORT);
    assert_price(only_trade()->stop, 6070);
    assert_price(only_trade()->target, 5950);
}

/* An entry that still waits is cancelled with its contract; nothing of it goes on. */
static void a_waiting_entry_is_cancelled(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_OVER);
    w.config.paper.max_fill = lots(1);
    assert_int_equal(kit_configure(), 0);
    at("2026-12-09T20:56:00Z");
    both(6000, 6050);
    kit_want(SIDE_LONG, 80, 5990, 0);
    both(6000, 6050);
    both(6000, 6050); /* one lot of three */
    at("2026-12-10T00:00:00Z");
    both(0, 6050);
    for (int i = 0; i < 4; i++) both(6000, 6050);
    assert_qty(kit_closed()->qty_entered, 1);
    assert_int_equal(kit_count(EFFECT_CANCEL), 1);
    assert_int_equal(only_trade()->contract, H27);
    assert_qty(only_trade()->qty, 1);
}

/* ---- continuous data ---- */

static void continuous_is_flat_before(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_OVER); /* wanted, and impossible */
    at("2026-12-08T12:00:00Z");
    kit_want(SIDE_LONG, 80, 5980, 0);
    unnamed(6000);
    unnamed(6000);
    assert_int_equal(only_trade()->contract, Z26);
    at("2026-12-09T12:00:00Z");
    kit_want(SIDE_LONG, 80, 5980, 0);
    unnamed(6000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_ROLL);
    at("2026-12-09T20:57:00Z"); /* the first bar after a hole is the last look */
    unnamed(6000);
    assert_int_equal(told(ROLL_CLOSING), 1);
    assert_false(report()->price_known);
    unnamed(6001);
    assert_price(kit_closed()->exit, 6001);
    at("2026-12-10T00:00:00Z");
    unnamed(6060); /* the jump is nobody's */
    assert_int_equal(told(ROLL_DONE), 1);
    assert_int_equal(report()->trades, 0);
    assert_int_equal(contract(), H27);
    assert_int_equal(engine_context(w.engine, 0)->bars, 1);
    kit_want(SIDE_LONG, 80, 6050, 0);
    unnamed(6060);
    assert_true(kit_signal()->taken);
}

/* Where the data end before the last minutes, the old contract's last price is all there is: the jump is never booked. */
static void continuous_with_a_hole(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_FLAT);
    at("2026-12-08T12:00:00Z");
    kit_want(SIDE_LONG, 80, 5980, 0);
    unnamed(6000);
    unnamed(6000);
    unnamed(5995);
    at("2026-12-10T12:00:00Z");
    unnamed(5900); /* of ESH27: not the stop's business */
    assert_int_equal(told(ROLL_DONE), 1);
    assert_int_equal(report()->trades, 1);
    for (int i = 0; i < 5; i++) unnamed(5900);
    assert_int_equal(engine_trade_count(w.engine), 1);
    kit_restore("paper");
    unnamed(5900);
    assert_int_equal(kit_closed()->reason, CLOSE_ROLL);
    assert_price(kit_closed()->exit, 5995);
}

/* A file that changes later than the rule: nothing new in the old contract, and the roll comes with the first new bar. */
static void data_come_late(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_FLAT);
    at("2026-12-09T12:00:00Z");
    both(6000, 0);
    at("2026-12-10T12:00:00Z");
    kit_want(SIDE_LONG, 80, 5980, 0);
    both(6000, 0);
    assert_int_equal(kit_signal()->refusal, REFUSAL_ROLL);
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "ESZ26 has made way for ESH27"));
    assert_non_null(strstr(kit_signal()->why_not[LANG_FR], "ESZ26 a cédé la place à ESH27"));
    assert_int_equal(told(ROLL_DONE), 0);
    at("2026-12-14T12:00:00Z");
    both(0, 6050);
    assert_int_equal(told(ROLL_DONE), 1);
    kit_want(SIDE_LONG, 80, 6040, 0);
    both(0, 6050);
    assert_true(kit_signal()->taken);
}

/* A file that changes earlier: a trading day of the next contract alone says so. */
static void data_go_ahead(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_FLAT);
    at("2026-12-01T12:00:00Z");
    both(6000, 0);
    at("2026-12-02T12:00:00Z");
    both(0, 6050);
    both(0, 6050);
    assert_int_equal(told(ROLL_DONE), 0);
    at("2026-12-03T12:00:00Z");
    both(0, 6050);
    assert_int_equal(told(ROLL_DONE), 1);
    assert_int_equal(report()->why, ROLL_BY_DATA);
    at("2026-12-10T12:00:00Z"); /* its date is over already */
    both(0, 6050);
    assert_int_equal(told(ROLL_DONE), 1);
    assert_int_equal(contract(), H27);
}

/* A long silence: the contract is the one that is meant then. */
static void years_later(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_FLAT);
    at("2013-12-03T12:00:00Z");
    w.minute++;
    one(2013 * 12 + 11, 1800, 1);
    at("2013-12-18T12:00:00Z");
    w.minute++;
    one(2014 * 12 + 2, 1790, 1);
    assert_int_equal(contract(), 2014 * 12 + 2);
    at("2020-01-06T12:00:00Z");
    w.minute++;
    one(2020 * 12 + 2, 3250, 1);
    assert_int_equal(contract(), 2020 * 12 + 2);
    assert_int_equal(told(ROLL_DONE), 2);
}

static void feed_is(enum feed_state state) {
    struct event ev = {.kind = EVENT_FEED};
    ev.u.feed.state = state;
    ev.u.feed.instrument = -1;
    assert_int_equal(kit_apply(&ev), 0);
}

/* Days that a start only looks at: the contract follows, and nobody is told of what is long over. */
static void the_past_is_silent(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_FLAT);
    feed_is(FEED_FILLING);
    at("2026-09-08T12:00:00Z");
    unnamed(5800);
    at("2026-09-10T12:00:00Z"); /* ESU26 to ESZ26 */
    unnamed(5850);
    assert_int_equal(contract(), Z26);
    at("2026-12-08T12:00:00Z");
    unnamed(6000);
    assert_int_equal(kit_count(EFFECT_ROLL), 0);
    feed_is(FEED_LIVE);
    unnamed(6000);
    unnamed(6000);
    assert_int_equal(told(ROLL_WARNING), 1);
    assert_int_equal(kit_count(EFFECT_ROLL), 1);
}

static bool has(uint16_t contract, const char *when) {
    when_t t;
    assert_true(when_parse_iso(when, strlen(when), NULL, &t));
    struct bar b = {.start = t, .seconds = 60, .contract = contract};
    return engine_has_bar(w.engine, 0, &b);
}

/* Where a feed that begins anew goes on: each contract has its own last bar. */
static void what_was_applied(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_FLAT);
    assert_false(has(Z26, "2026-12-09T12:00:00Z"));
    at("2026-12-09T12:00:00Z");
    both(6000, 6050);
    both(6000, 0);
    assert_true(has(Z26, "2026-12-09T12:01:00Z") && !has(Z26, "2026-12-09T12:02:00Z"));
    assert_true(has(H27, "2026-12-09T12:00:00Z") && !has(H27, "2026-12-09T12:01:00Z"));
    assert_true(has(0, "2026-12-09T12:01:00Z") && !has(0, "2026-12-09T12:02:00Z"));
    assert_true(has(H27 + 3, "2026-12-09T12:01:00Z") && !has(H27 + 3, "2026-12-09T12:02:00Z")); /* nobody's */
    at("2026-12-10T12:00:00Z");
    both(6000, 6050);
    assert_true(has(Z26, "2026-12-10T12:00:00Z") && !has(Z26, "2026-12-10T12:01:00Z"));
    assert_true(has(H27, "2026-12-10T12:00:00Z") && !has(H27, "2026-12-10T12:01:00Z"));
    both(0, 6050);
    kit_restore("paper");
    assert_true(has(H27, "2026-12-10T12:01:00Z") && !has(Z26, "2026-12-10T12:01:00Z"));
    assert_true(has(H27 + 3, "2026-12-09T12:00:00Z") && !has(H27 + 3, "2026-12-10T12:02:00Z"));
}

/* ---- by volume ---- */

static void day_of_volume(const char *when, int64_t z, int64_t h) {
    at(when);
    for (int i = 0; i < 3; i++) {
        w.minute++;
        one(Z26, 6000, z);
        if (h > 0) one(H27, 6050, h);
    }
}

static void by_volume(void **state) {
    (void)state;
    start(ROLL_VOLUME, ROLL_OVER);
    day_of_volume("2026-11-30T12:00:00Z", 100, 10);
    day_of_volume("2026-12-01T12:00:00Z", 100, 120); /* one day, */
    day_of_volume("2026-12-02T12:00:00Z", 100, 90);  /* not in a row */
    assert_int_equal(told(ROLL_WARNING), 1);
    day_of_volume("2026-12-03T12:00:00Z", 100, 101);
    day_of_volume("2026-12-04T12:00:00Z", 100, 110);
    assert_int_equal(told(ROLL_DONE), 0);
    day_of_volume("2026-12-07T12:00:00Z", 100, 90);
    assert_int_equal(told(ROLL_DONE), 1);
    assert_int_equal(report()->why, ROLL_BY_VOLUME);
    assert_int_equal(report()->days, 2);
    assert_int_equal(contract(), H27);
    assert_int_equal(told(ROLL_WARNING), 1);
    day_of_volume("2026-12-08T12:00:00Z", 1000, 1);
    assert_int_equal(told(ROLL_DONE), 1); /* there is no way back */
}

static void by_volume_that_stays(void **state) {
    (void)state;
    start(ROLL_VOLUME, ROLL_FLAT);
    day_of_volume("2026-12-09T12:00:00Z", 100, 10);
    kit_want(SIDE_LONG, 80, 5990, 0);
    day_of_volume("2026-12-10T12:00:00Z", 100, 10); /* the date is not asked while there are two volumes */
    assert_true(kit_signal()->taken);
    day_of_volume("2026-12-17T12:00:00Z", 100, 10);
    assert_int_equal(told(ROLL_DONE), 0);
    day_of_volume("2026-12-18T00:00:00Z", 100, 10);
    assert_int_equal(told(ROLL_DONE), 1);
    assert_int_equal(report()->why, ROLL_BY_EXPIRY);
    assert_int_equal(kit_closed()->reason, CLOSE_ROLL);
}

static void by_volume_of_one(void **state) {
    (void)state;
    start(ROLL_VOLUME, ROLL_FLAT);
    at("2026-12-09T12:00:00Z");
    unnamed(6000);
    at("2026-12-10T12:00:00Z");
    unnamed(6050);
    assert_int_equal(told(ROLL_DONE), 1);
    assert_int_equal(report()->why, ROLL_BY_FALLBACK);
}

/* ---- settings ---- */

static void the_list_ends(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_FLAT);
    struct roll_config *r = &w.config.instruments[0].roll;
    r->count = 1;
    r->list[0].contract = Z26;
    r->list[0].expires = 20805; /* 2026-12-18 */
    assert_int_equal(kit_configure(), 0);
    at("2026-12-08T12:00:00Z");
    kit_want(SIDE_LONG, 80, 5980, 0);
    unnamed(6000);
    unnamed(6000);
    assert_int_equal(told(ROLL_WARNING), 1);
    assert_int_equal(report()->to, 0);
    at("2026-12-10T12:00:00Z");
    unnamed(6000);
    unnamed(6000);
    assert_int_equal(kit_closed()->reason, CLOSE_ROLL);
    kit_want(SIDE_LONG, 80, 5980, 0);
    unnamed(6000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_ROLL);
}

/* Opened before the symbol was rolled: it is of the contract of the first bar after. */
static void switched_on_later(void **state) {
    (void)state;
    kit_start("paper");
    at("2026-12-08T12:00:00Z");
    kit_want(SIDE_LONG, 80, 5980, 0);
    kit_flat(6000);
    kit_flat(6000);
    assert_int_equal(only_trade()->contract, 0);
    assert_true(roll_config_builtin("ES", &w.config.instruments[0].roll));
    assert_int_equal(kit_configure(), 0);
    unnamed(6000);
    assert_int_equal(only_trade()->contract, Z26);
    w.config.instruments[0].roll = (struct roll_config){.rule = ROLL_NONE};
    assert_int_equal(kit_configure(), 0);
    at("2026-12-10T12:00:00Z");
    unnamed(6000);
    assert_int_equal(told(ROLL_DONE), 0);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 100), 0);
    unnamed(6000);
    assert_int_equal(engine_trade_count(w.engine), 0);
}

/* And of two contracts whose bars come, the older one's price is its own. */
static void switched_on_with_two(void **state) {
    (void)state;
    kit_start("paper");
    at("2026-12-08T12:00:00Z");
    kit_want(SIDE_LONG, 80, 5980, 0);
    kit_flat(6000);
    kit_flat(6000);
    assert_true(roll_config_builtin("ES", &w.config.instruments[0].roll));
    assert_int_equal(kit_configure(), 0);
    both(6000, 5900);
    both(6000, 5900);
    assert_int_equal(only_trade()->contract, Z26);
    both(5975, 5900);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_price(kit_closed()->exit, 5975);
}

/* ---- a winter of random wishes ---- */

static const struct {
    uint16_t contract;
    double apart; /* so that no price of one can be one of another */
    const char *ends;
} winter[] = {{Z26, 0, "2026-12-18"}, {H27, 1000, "2027-03-19"}, {H27 + 3, 2000, "2027-06-18"}};

static int64_t second_of(const char *text) {
    when_t t;
    assert_true(when_parse_iso(text, strlen(text), NULL, &t));
    return when_sec(t);
}

/* Bars of four hours of all contracts that still trade, with a person and holes among them. */
static void winter_of(uint64_t seed, bool stored) {
    w.config.strategies[0].param_count = 1;
    w.config.strategies[0].params[0] = (struct param){"chaos", 3};
    w.config.management = (struct management){.break_even_r_ppm = 1000000,
                                              .trailing = true,
                                              .trailing_start_r_ppm = 500000,
                                              .partial_r_ppm = 300000,
                                              .partial_share_ppm = 500000};
    w.config.paper.max_fill = lots(2);
    w.config.paper.slippage_ticks = 1;
    start(ROLL_DATE, ROLL_OVER);
    double p = 6000;
    int64_t end = second_of("2027-04-01");
    for (int64_t t = second_of("2026-11-02"); t < end; t += 4 * 3600) {
        if (t % 86400 >= 20 * 3600 || (t / 86400 + 4) % 7 % 6 == 0) continue;
        uint64_t r = script_mix(seed * 1000003 + (uint64_t)t);
        p += (double)(r % 161) / 4 - 20;
        w.minute = t / 60 + 240;
        for (size_t k = 0; k < 3; k++) {
            if (t >= second_of(winter[k].ends) || (r >> (20 + 4 * k)) % 16 == 0) continue; /* over, or a hole */
            double c = p + winter[k].apart;
            struct event ev = kit_bar_event(0, c, c + 6, c - 6, c + 2);
            ev.u.bar.bar.start = when_from_sec(t);
            ev.u.bar.bar.seconds = 4 * 3600;
            ev.u.bar.bar.contract = winter[k].contract;
            assert_int_equal(kit_apply(&ev), 0);
            if (stored) kit_restore("paper");
        }
        if ((r >> 40) % 64 == 0) kit_command(OP_CLOSE, 0, -1, 50);
    }
}

/* Every fill is at a price of its own contract, every change is told once, and all money is accounted for. */
static void a_winter_adds_up(void **state) {
    uint32_t rolled = 0;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        if (w.drive != NULL) kit_teardown(state);
        kit_setup(state);
        winter_of(seed, false);
        assert_int_equal(told(ROLL_WARNING), 2);
        assert_int_equal(told(ROLL_DONE), 2);
        int64_t sum = usd(200000).v;
        for (uint32_t i = 0; i < w.effect_count; i++) {
            if (w.effects[i].kind != EFFECT_TRADE_CLOSED) continue;
            const struct trade *t = &w.effects[i].u.closed.trade;
            cash_t net;
            assert_true(trade_net(t, &net));
            sum += net.v;
            size_t k = t->contract == Z26 ? 0 : t->contract == H27 ? 1 : 2;
            assert_true(t->contract == winter[k].contract);
            double entry = price_to_double(t->entry) - winter[k].apart,
                   exit = price_to_double(t->exit) - winter[k].apart;
            assert_true(entry > 5500 && entry < 6500 && exit > 5500 && exit < 6500);
            rolled += t->rolled_from != 0;
        }
        for (uint32_t i = 0; i < engine_trade_count(w.engine); i++) {
            cash_t net;
            assert_true(engine_trade_pnl(w.engine, engine_trade_at(w.engine, i), &net));
            sum += net.v;
        }
        struct account a;
        engine_account(w.engine, &a);
        assert_int_equal(a.equity.v, sum);
    }
    assert_true(rolled > 0);
    uint64_t digest = engine_digest(w.engine);
    kit_teardown(state);
    kit_setup(state);
    winter_of(6, true);
    assert_true(engine_digest(w.engine) == digest);
}

static void impossible_rules_are_refused(void **state) {
    (void)state;
    start(ROLL_DATE, ROLL_FLAT);
    struct roll_config *r = &w.config.instruments[0].roll, good = *r;
    r->days_before = ROLL_DAYS_MAX + 1;
    assert_int_equal(kit_configure(), -1);
    *r = good;
    r->volume_days = 0;
    assert_int_equal(kit_configure(), -1);
    *r = good;
    r->months = 0;
    assert_int_equal(kit_configure(), -1);
    *r = good;
    assert_int_equal(kit_configure(), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(flat_by_date),
        T(goes_on),
        T(restarts_change_nothing),
        T(an_sos_ends_it),
        T(a_lost_database_leaves_it_closed),
        T(a_pause_keeps_it),
        T(a_waiting_entry_is_cancelled),
        T(continuous_is_flat_before),
        T(continuous_with_a_hole),
        T(data_come_late),
        T(data_go_ahead),
        T(years_later),
        T(the_past_is_silent),
        T(what_was_applied),
        T(by_volume),
        T(by_volume_that_stays),
        T(by_volume_of_one),
        T(the_list_ends),
        T(switched_on_later),
        T(switched_on_with_two),
        T(a_winter_adds_up),
        T(impossible_rules_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
