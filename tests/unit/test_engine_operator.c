/*
 * What a person decides: a flatten that goes on until nothing is left, entries called back, stops moved by hand, and what
 * was made. The engine alone, with a venue whose reports are made by hand; every case is also played with a restart after
 * each event, which must change nothing.
 */
#include "engine_kit.h"

#include "engine/state.h" /* for its named limits */

static const struct broker shell_broker = {.name = "shell", .summary = {"", ""}, .caps = BROKER_ATTACHED_STOP};
static bool restarts;  /* after every event */
static int64_t late_s; /* seconds of wall time past the market's */
static uint64_t fills;

static int apply(struct event *ev) {
    ev->wall_time = when_from_sec(1750000000 + w.minute * 60 + late_s);
    int rc = kit_apply(ev);
    if (restarts) kit_restore_with(&shell_broker);
    return rc;
}

static void start(void) {
    fills = 0;
    late_s = 0;
    w.drive = drive_new(&shell_broker);
    w.engine = drive_engine(w.drive);
    w.minute = 29000000;
    w.day = 20000;
    w.effect_count = w.event_count = 0;
    kit_next.n = 0;
    assert_int_equal(kit_configure(), 0);
}

static void told(enum report_kind kind, uint64_t order, double qty, double price) {
    struct event ev = {.kind = EVENT_REPORT};
    ev.u.report = (struct order_report){.kind = kind, .order = order, .qty = lots(qty), .price = px(price)};
    if (kind == REPORT_FILL || kind == REPORT_PROTECTION_FILL) {
        ev.u.report.fill_id = ++fills;
        ev.u.report.fee = usd(2.25 * qty);
    }
    assert_int_equal(apply(&ev), 0);
}

static void rests(uint64_t entry, double stop, double target) {
    struct event ev = {.kind = EVENT_REPORT};
    ev.u.report =
        (struct order_report){.kind = REPORT_PROTECTED, .order = entry, .price = px(stop), .target = px(target)};
    assert_int_equal(apply(&ev), 0);
}

static void tick(int64_t seconds) {
    struct event ev = {.kind = EVENT_CLOCK};
    late_s += seconds;
    assert_int_equal(apply(&ev), 0);
}

static void at(double price) {
    struct event ev = kit_bar_event(0, price, price, price, price);
    w.minute++;
    assert_int_equal(apply(&ev), 0);
}

static int asks(struct operator_command c) {
    struct event ev = {.kind = EVENT_COMMAND, .u.command = c};
    str_copy(ev.u.command.actor, ACTOR_MAX, "local:1");
    return apply(&ev);
}
#define ask(...) asks((struct operator_command){.instrument = -1, __VA_ARGS__})

static uint64_t submitted(void) {
    return kit_last(EFFECT_SUBMIT)->u.submit.order.id;
}

static uint64_t wanted(double stop, double target) {
    kit_want(SIDE_LONG, 80, stop, target);
    at(5000);
    return submitted();
}

/* Two lots at 5000, stop 4992, target 5010. Returns the entry order. */
static uint64_t opened(void) {
    uint64_t entry = wanted(4992, 5010);
    told(REPORT_ACCEPTED, entry, 0, 0);
    told(REPORT_FILL, entry, 2, 5000);
    rests(entry, 4992, 5010);
    return entry;
}

static const struct trade *only(void) {
    assert_int_equal(engine_trade_count(w.engine), 1);
    return engine_trade_at(w.engine, 0);
}

static uint32_t reports(enum flatten_event event) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < w.effect_count; i++)
        n += w.effects[i].kind == EFFECT_FLATTEN && w.effects[i].u.flatten.event == event;
    return n;
}

static const struct flatten_report *report(enum flatten_event event) {
    for (uint32_t i = w.effect_count; i-- > 0;)
        if (w.effects[i].kind == EFFECT_FLATTEN && w.effects[i].u.flatten.event == event)
            return &w.effects[i].u.flatten;
    fail_msg("no report %s", flatten_event_name(event));
    return NULL;
}

static bool runs(void) {
    struct flatten_view v;
    return engine_flatten(w.engine, &v);
}

static bool paused(void) {
    struct engine_status st;
    engine_status(w.engine, &st);
    return st.paused;
}

static int setup(void **state) {
    kit_setup(state);
    w.config.instruments[0].lot_max = lots(2);
    w.config.limits.positions = 0;
    start();
    return 0;
}

/* Plays it twice, the second time with restarts: the same effects, to the last bit. */
static void both_ways(void (*play)(void)) {
    restarts = false;
    play();
    uint64_t digest = engine_digest(w.engine);
    drive_free(w.drive);
    start();
    restarts = true;
    play();
    restarts = false;
    assert_true(engine_digest(w.engine) == digest);
}

/* ---- flatten ---- */

static void play_flatten(void) {
    opened();
    assert_int_equal(ask(.verb = OP_FLATTEN), 0);
    uint64_t exit = submitted();
    assert_true(paused() && runs());
    assert_int_equal(kit_last(EFFECT_PAUSE)->u.pause.event, PAUSE_FLATTEN);
    assert_int_equal(kit_last(EFFECT_PAUSE)->u.pause.flatten, 1);
    assert_int_equal(only()->protection, PROTECTION_RESTING); /* it is never without its stop */
    uint32_t n = w.effect_count;
    assert_int_equal(ask(.verb = OP_FLATTEN), 0); /* joins: nothing is asked twice */
    assert_int_equal(ask(.verb = OP_SOS), 0);
    assert_int_equal(w.effect_count, n);
    told(REPORT_FILL, exit, 1, 5001);
    assert_true(runs());
    told(REPORT_FILL, exit, 1, 5001);
    assert_false(runs());
    const struct flatten_report *r = report(FLATTEN_DONE);
    assert_int_equal(r->closed, 1);
    assert_cash(r->result, 91); /* 100 less four fees */
    assert_int_equal(kit_closed()->reason, CLOSE_FLATTEN);
    assert_true(paused()); /* until a resume */
    assert_int_equal(engine_wake(w.engine).ns, 0);
    assert_int_equal(ask(.verb = OP_RESUME), 0);
    assert_int_equal(reports(FLATTEN_GIVEN_UP), 0);
}

static void a_flatten_ends_flat(void **state) {
    (void)state;
    both_ways(play_flatten);
}

static void play_waiting_entry(void) {
    uint64_t entry = wanted(4992, 0);
    told(REPORT_ACCEPTED, entry, 0, 0);
    assert_int_equal(ask(.verb = OP_FLATTEN), 0);
    assert_int_equal(kit_count(EFFECT_CANCEL), 1);
    told(REPORT_FILL, entry, 1, 5000); /* the race: it fills while it is cancelled */
    uint64_t exit = submitted();
    assert_true(exit != entry);
    told(REPORT_CANCELLED, entry, 0, 0);
    assert_true(runs());
    told(REPORT_FILL, exit, 1, 4999);
    assert_false(runs());
    assert_int_equal(report(FLATTEN_DONE)->cancelled, 1);
    assert_int_equal(report(FLATTEN_DONE)->closed, 1);
}

static void an_entry_that_fills_meanwhile_is_closed(void **state) {
    (void)state;
    both_ways(play_waiting_entry);
}

static void play_refusals(void) {
    opened();
    assert_int_equal(ask(.verb = OP_SOS), 0);
    uint64_t exit = submitted();
    for (uint32_t i = 0; i < FLATTEN_TRIES_MAX; i++) {
        told(REPORT_REJECTED, exit, 0, 0);
        assert_int_equal(only()->protection, PROTECTION_RESTING);
        assert_int_equal(submitted(), exit); /* not at once: the venue has just said no */
        tick(1);
        assert_int_equal(submitted(), exit);
        tick(300);
        assert_true(submitted() != exit);
        exit = submitted();
    }
    told(REPORT_REJECTED, exit, 0, 0);
    assert_int_equal(reports(FLATTEN_STUCK), 0);
    tick(300);
    assert_int_equal(reports(FLATTEN_STUCK), 1);
    assert_int_equal(report(FLATTEN_STUCK)->shown_count, 1);
    assert_int_equal(report(FLATTEN_STUCK)->shown[0].trade, 1);
    tick(300);
    assert_int_equal(submitted(), exit); /* the budget is spent */
    assert_int_equal(reports(FLATTEN_STUCK), 1);
    tick(FLATTEN_REMIND_MS / 1000);
    assert_int_equal(reports(FLATTEN_STUCK), 2);
    assert_int_equal(ask(.verb = OP_FLATTEN), 0); /* asked again: a new budget */
    assert_true(submitted() != exit);
    exit = submitted();
    told(REPORT_FILL, exit, 2, 4999);
    assert_int_equal(reports(FLATTEN_DONE), 1);
    assert_int_equal(report(FLATTEN_DONE)->number, 1);
}

static void what_is_refused_is_asked_again_and_then_told(void **state) {
    (void)state;
    both_ways(play_refusals);
}

static void play_refused_cancel(void) {
    uint64_t entry = wanted(4992, 0);
    told(REPORT_ACCEPTED, entry, 0, 0);
    assert_int_equal(ask(.verb = OP_FLATTEN), 0);
    told(REPORT_CANCEL_REFUSED, entry, 0, 0);
    assert_int_equal(kit_count(EFFECT_CANCEL), 1);
    tick(3);
    assert_int_equal(kit_count(EFFECT_CANCEL), 2);
    told(REPORT_CANCELLED, entry, 0, 0);
    assert_false(runs());
}

static void a_refused_cancellation_is_asked_again(void **state) {
    (void)state;
    both_ways(play_refused_cancel);
}

static void play_unknown(void) {
    opened();
    assert_int_equal(ask(.verb = OP_FLATTEN), 0);
    uint64_t exit = submitted();
    told(REPORT_UNKNOWN, exit, 0, 0);
    tick(3);
    assert_int_equal(reports(FLATTEN_UNVERIFIED), 1);
    assert_int_equal(report(FLATTEN_UNVERIFIED)->left.unknown, 1);
    assert_int_equal(kit_last(EFFECT_QUERY)->u.query.order, exit);
    uint32_t asked = kit_count(EFFECT_QUERY);
    tick(300);
    tick(300);
    assert_int_equal(kit_count(EFFECT_QUERY), asked + 2); /* it keeps asking */
    assert_int_equal(reports(FLATTEN_UNVERIFIED), 1);     /* and does not cry all the time */
    assert_int_equal(submitted(), exit);                  /* a second close could open the other side */
    tick(FLATTEN_REMIND_MS / 1000);
    assert_int_equal(reports(FLATTEN_UNVERIFIED), 2);
    assert_true(runs());
    told(REPORT_FILL, exit, 2, 4999);
    assert_int_equal(reports(FLATTEN_DONE), 1);
}

static void unknown_orders_cannot_be_verified(void **state) {
    (void)state;
    both_ways(play_unknown);
}

static void play_slow(void) {
    opened();
    assert_int_equal(ask(.verb = OP_FLATTEN), 0);
    uint64_t exit = submitted();
    told(REPORT_ACCEPTED, exit, 0, 0);
    for (int i = 0; i < 5; i++) tick(10);
    assert_int_equal(reports(FLATTEN_SLOW), 0);
    for (int i = 0; i < 9; i++) tick(10);
    assert_int_equal(reports(FLATTEN_SLOW), 1);
    assert_int_equal(ask(.verb = OP_RESUME), 0);
    assert_false(runs() || paused());
    assert_int_equal(report(FLATTEN_GIVEN_UP)->left.trades, 1);
    told(REPORT_FILL, exit, 2, 5000); /* what was sent still counts */
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_int_equal(reports(FLATTEN_DONE), 0);
}

static void a_slow_venue_is_told_and_a_resume_ends_it(void **state) {
    (void)state;
    both_ways(play_slow);
}

/* A close that is still working after its trade is over could open the other side: that is not flat. */
static void play_close_too_many(void) {
    uint64_t entry = opened();
    assert_int_equal(ask(.verb = OP_FLATTEN), 0);
    uint64_t exit = submitted();
    told(REPORT_PROTECTION_FILL, entry, 2, 4992);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_true(runs());
    told(REPORT_CANCELLED, exit, 0, 0);
    assert_false(runs());
    assert_int_equal(report(FLATTEN_DONE)->closed, 1);
}

static void a_close_still_working_is_not_flat(void **state) {
    (void)state;
    both_ways(play_close_too_many);
}

static void the_clock_is_wanted_only_while_it_runs(void **state) {
    (void)state;
    assert_int_equal(engine_wake(w.engine).ns, 0);
    uint64_t entry = wanted(4992, 0);
    assert_int_equal(engine_wake(w.engine).ns, 0);
    told(REPORT_FILL, entry, 2, 5000);
    assert_true(engine_wake(w.engine).ns > 0); /* for the stop that does not rest yet */
    rests(entry, 4992, 0);
    assert_int_equal(engine_wake(w.engine).ns, 0);
    assert_int_equal(ask(.verb = OP_FLATTEN), 0);
    when_t now = when_from_sec(1750000000 + w.minute * 60 + late_s);
    assert_int_equal(when_ms_between(now, engine_wake(w.engine)), FLATTEN_WAKE_MS);
}

static void nothing_open_only_pauses(void **state) {
    (void)state;
    assert_int_equal(ask(.verb = OP_FLATTEN), 0);
    assert_true(paused());
    assert_false(runs());
    assert_int_equal(kit_count(EFFECT_FLATTEN), 0);
    uint32_t n = w.effect_count;
    assert_int_equal(ask(.verb = OP_FLATTEN), 0);
    assert_int_equal(w.effect_count, n);
}

/* ---- cancel ---- */

static enum cancel_outcome outcome(void) {
    return kit_last(EFFECT_CANCELLED)->u.cancelled.outcome;
}

static void an_entry_is_called_back(void **state) {
    (void)state;
    uint64_t entry = wanted(4992, 0);
    told(REPORT_ACCEPTED, entry, 0, 0);
    assert_int_equal(ask(.verb = OP_CANCEL, .order = entry), 0);
    assert_int_equal(ask(.verb = OP_CANCEL, .order = entry), -1); /* under way already */
    assert_int_equal(ask(.verb = OP_CANCEL), -1);
    told(REPORT_CANCELLED, entry, 0, 0);
    assert_int_equal(outcome(), CANCEL_DONE);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_false(paused());
    assert_int_equal(ask(.verb = OP_CANCEL, .trade = 1), -1);
    assert_non_null(strstr(w.err.text[LANG_EN], "cancelled already"));
}

static void a_fill_that_wins_the_race_is_told(void **state) {
    (void)state;
    uint64_t entry = wanted(4992, 0);
    told(REPORT_ACCEPTED, entry, 0, 0);
    assert_int_equal(ask(.verb = OP_CANCEL, .trade = 1), 0);
    told(REPORT_FILL, entry, 2, 5000);
    assert_int_equal(outcome(), CANCEL_LATE);
    assert_qty(only()->qty, 2);
    assert_int_equal(only()->state, TRADE_OPEN); /* it was called back, not to be closed */
    told(REPORT_CANCEL_REFUSED, entry, 0, 0);
    assert_int_equal(kit_count(EFFECT_CANCELLED), 1);
    assert_int_equal(ask(.verb = OP_CANCEL, .trade = 1), -1);
    assert_non_null(strstr(w.err.text[LANG_EN], "A stop cannot be cancelled alone"));
}

static void a_part_that_filled_is_told(void **state) {
    (void)state;
    uint64_t entry = wanted(4992, 0);
    told(REPORT_FILL, entry, 1, 5000);
    assert_int_equal(asks((struct operator_command){.verb = OP_CANCEL, .instrument = 0}), 0);
    told(REPORT_CANCELLED, entry, 0, 0);
    assert_int_equal(outcome(), CANCEL_PART);
    assert_qty(only()->qty, 1);
}

static void a_refusal_and_a_fill_after_the_cancellation_are_told(void **state) {
    (void)state;
    uint64_t entry = wanted(4992, 0);
    told(REPORT_ACCEPTED, entry, 0, 0);
    assert_int_equal(ask(.verb = OP_CANCEL), 0);
    told(REPORT_CANCEL_REFUSED, entry, 0, 0);
    assert_int_equal(outcome(), CANCEL_REFUSED);
    assert_int_equal(ask(.verb = OP_CANCEL), 0);
    told(REPORT_CANCELLED, entry, 0, 0);
    assert_int_equal(outcome(), CANCEL_DONE);
    told(REPORT_FILL, entry, 2, 5000);
    assert_int_equal(outcome(), CANCEL_LATE);
    assert_qty(only()->qty, 2);
}

static void closes_and_strangers_are_not_cancelled(void **state) {
    (void)state;
    opened();
    assert_int_equal(ask(.verb = OP_CLOSE, .percent = 100), 0);
    assert_int_equal(ask(.verb = OP_CANCEL, .order = submitted()), -1);
    assert_non_null(strstr(w.err.text[LANG_EN], "a close cannot be cancelled"));
    assert_int_equal(ask(.verb = OP_CANCEL, .order = 5), -1);
    assert_int_equal(w.err.code, ERR_NOT_FOUND);
    assert_int_equal(ask(.verb = OP_CANCEL, .trade = 5), -1);
    assert_int_equal(asks((struct operator_command){.verb = OP_CANCEL, .instrument = 70}), -1);
}

/* ---- stops ---- */

static void move_to(double price) {
    assert_int_equal(ask(.verb = OP_STOP, .trade = 1, .price = px(price)), 0);
    rests(only()->entry_order, price, 5010);
}

static void refused(double price, enum stop_refusal why) {
    struct operator_command c = {.verb = OP_STOP, .instrument = -1, .trade = 1, .price = px(price)};
    struct stop_preview p[TRADES_MAX];
    uint32_t n;
    assert_int_equal(engine_preview_stop(w.engine, &c, p, &n, &w.err), -1);
    assert_int_equal(n, 1);
    assert_int_equal(p[0].refusal, why);
    uint32_t before = w.effect_count;
    assert_int_equal(ask(.verb = OP_STOP, .trade = 1, .price = px(price)), -1);
    assert_int_equal(w.effect_count, before);
    assert_true(w.err.text[LANG_EN][0] != '\0' && w.err.text[LANG_FR][0] != '\0');
}

static void break_even_pays_the_fees(void **state) {
    (void)state;
    opened(); /* four fees of 2.25 on 100 a point: 0.09 point, a tick of 0.25 */
    at(5000);
    assert_int_equal(ask(.verb = OP_BREAK_EVEN), -1);
    assert_non_null(strstr(w.err.text[LANG_EN], "5,000.25"));
    assert_non_null(strstr(w.err.text[LANG_FR], "000,25"));
    at(5003);
    assert_int_equal(ask(.verb = OP_BREAK_EVEN), 0);
    assert_price(kit_last(EFFECT_PROTECT)->u.protect.stop, 5000.25);
    assert_price(kit_last(EFFECT_PROTECT)->u.protect.target, 5010);
    assert_cash(kit_last(EFFECT_TRADE_CHANGED)->u.changed.at_risk,
                -16); /* 25 won less the fees; no slippage is configured */
    assert_string_equal(kit_last(EFFECT_TRADE_CHANGED)->u.changed.actor, "local:1");
    assert_int_equal(ask(.verb = OP_BREAK_EVEN), -1); /* not confirmed yet */
    rests(only()->entry_order, 5000.25, 5010);
    assert_int_equal(ask(.verb = OP_BREAK_EVEN), -1);
    assert_non_null(strstr(w.err.text[LANG_EN], "already"));
    move_to(5001);
    assert_int_equal(ask(.verb = OP_BREAK_EVEN, .trade = 1), -1);
    assert_non_null(strstr(w.err.text[LANG_EN], "better than break-even"));
    assert_int_equal(ask(.verb = OP_BREAK_EVEN, .trade = 9), -1);
}

static void a_stop_by_hand_keeps_to_market_grid_and_limits(void **state) {
    (void)state;
    opened();
    at(5003);
    refused(5003, STOP_MARKET);
    refused(4992, STOP_SAME);
    refused(4995.1, STOP_IMPOSSIBLE);
    refused(-1, STOP_IMPOSSIBLE);
    assert_int_equal(ask(.verb = OP_STOP), -1);
    assert_int_equal(ask(.verb = OP_STOP, .trade = 2, .price = px(4999)), -1);
    move_to(4999);
    assert_int_equal(kit_last(EFFECT_TRADE_CHANGED)->u.changed.change, CHANGE_STOP);
    move_to(4990); /* looser: 1009 of the 2000 that one trade may risk */
    cash_t risk;
    assert_true(engine_trade_at_risk(w.engine, only(), &risk));
    assert_cash(risk, 1009);
    refused(4975, STOP_RISK);
    assert_non_null(strstr(w.err.text[LANG_EN], "$2,509"));
    assert_non_null(strstr(w.err.text[LANG_EN], "$2,000"));
    assert_int_equal(ask(.verb = OP_STOP, .trade = 1, .price = px(4991)), 0);
    refused(4993, STOP_MOVING);
    told(REPORT_PROTECT_REFUSED, only()->entry_order, 0, 0);
    assert_price(only()->stop, 4990); /* the one that rests is the one that is said */
    assert_int_equal(only()->protection, PROTECTION_RESTING);
    assert_int_equal(ask(.verb = OP_CLOSE, .percent = 100), 0);
    refused(4993, STOP_CLOSING);
}

static void a_looser_stop_keeps_within_the_day(void **state) {
    (void)state;
    drive_free(w.drive);
    w.config.limits.daily_loss = usd(1000);
    w.config.limits.daily_loss_ppm = 0;
    start();
    opened();
    refused(4985, STOP_DAY_LOSS); /* 1509 with every stop hit */
    assert_non_null(strstr(w.err.text[LANG_EN], "max_daily_loss_amount"));
    move_to(4991);
}

static void a_stop_by_hand_stays_until_the_trade_does_better(void **state) {
    (void)state;
    drive_free(w.drive);
    w.config.management.break_even_r_ppm = 500000; /* from four points on */
    start();
    uint64_t entry = opened();
    at(5003);
    move_to(4991);
    at(5003);
    assert_price(only()->stop, 4991);
    struct event up = kit_bar_event(0, 5003, 5005, 5003, 5004);
    w.minute++;
    assert_int_equal(apply(&up), 0);
    assert_price(only()->stop, 5000); /* a new best: it follows again */
    rests(entry, 5000, 5010);
    move_to(4995);
    at(5004);
    assert_price(only()->stop, 4995);
    assert_false(only()->at_break_even);
}

static price_t meant(enum stop_unit unit, bool from_entry, int64_t v) {
    struct stop_level l = {.unit = unit, .from_entry = from_entry, .v = v};
    price_t p = PRICE_ZERO;
    assert_int_equal(engine_stop_price(w.engine, 1, &l, &p, &w.err), 0);
    return p;
}

static void distances_mean_prices(void **state) {
    (void)state;
    opened();
    at(5004);
    price_t market = px(5004);
    struct market_view m;
    engine_market(w.engine, 0, &m);
    market = m.bid;
    assert_int_equal(meant(STOP_IN_TICKS, false, 8).v, market.v - 2 * PRICE_SCALE);
    assert_price(meant(STOP_IN_TICKS, true, -8), 4998);
    assert_price(meant(STOP_IN_TICKS, true, 8), 5002);
    assert_price(meant(STOP_IN_PERCENT, true, -1000), 4995); /* 0.1 % of 5000 */
    assert_int_equal(meant(STOP_IN_CASH, false, usd(200).v).v, market.v - 2 * PRICE_SCALE);
    assert_price(meant(STOP_AT_PRICE, false, px(4999.1).v), 4999.25); /* to less risk */
    /* The result there, fees included, is never worse than what was said. */
    for (int64_t cents = -90000; cents <= 30000; cents += 777) {
        struct operator_command c = {.verb = OP_STOP, .instrument = -1, .trade = 1};
        struct stop_preview p[TRADES_MAX];
        uint32_t n;
        c.price = meant(STOP_IN_CASH, true, cents * CASH_SCALE / 100);
        (void)engine_preview_stop(w.engine, &c, p, &n, &w.err);
        assert_true(p[0].risk_after.v <= -cents * CASH_SCALE / 100);
        assert_true(p[0].risk_after.v > -cents * CASH_SCALE / 100 - usd(26).v); /* and within a tick of it */
    }
    struct stop_level far = {.unit = STOP_IN_TICKS, .v = 1000000};
    price_t p;
    assert_int_equal(engine_stop_price(w.engine, 1, &far, &p, &w.err), -1);
    assert_int_equal(engine_stop_price(w.engine, 7, &far, &p, &w.err), -1);
}

/* ---- what was made ---- */

static void columns_add_up(void) {
    struct account a;
    engine_account(w.engine, &a);
    for (int by = 0; by < 2; by++) {
        struct ledger_view v[LEDGER_VIEWS_MAX];
        uint32_t n = engine_ledger(w.engine, (enum ledger_by)by, v);
        int64_t closed = 0, open = 0, day = 0, closed_day = 0, trades = 0;
        for (uint32_t i = 0; i < n; i++) {
            closed += v[i].closed.v;
            open += v[i].open.v;
            day += v[i].day.v;
            closed_day += v[i].closed_day.v;
        }
        for (uint32_t i = 0; i < engine_trade_count(w.engine); i++) {
            cash_t net;
            assert_true(engine_trade_pnl(w.engine, engine_trade_at(w.engine, i), &net));
            trades += net.v;
        }
        assert_int_equal(closed, engine_stats(w.engine, STATS_TOTAL)->net.v);
        assert_int_equal(closed_day, engine_stats(w.engine, STATS_DAY)->net.v);
        assert_int_equal(open, trades);
        assert_int_equal(day, a.day_pnl.v);
    }
}

static void results_add_up_over_days_and_configurations(void **state) {
    (void)state;
    uint64_t entry = opened();
    columns_add_up();
    at(5004);
    columns_add_up();
    w.day++;
    at(5006); /* the new day begins with an open trade */
    columns_add_up();
    assert_int_equal(ask(.verb = OP_CLOSE, .percent = 50), 0);
    told(REPORT_FILL, submitted(), 1, 5005);
    columns_add_up();
    told(REPORT_PROTECTION_FILL, entry, 1, 5010);
    columns_add_up();
    struct ledger_view v[LEDGER_VIEWS_MAX];
    engine_ledger(w.engine, LEDGER_BY_INSTRUMENT, v);
    assert_cash(v[0].closed, 741);
    memmove(&w.config.instruments[0], &w.config.instruments[1],
            (w.config.instrument_count - 1) * sizeof w.config.instruments[0]);
    w.config.instrument_count--;
    w.config.strategy_count = 0;
    assert_int_equal(kit_configure(), 0);
    columns_add_up();
    uint32_t n = engine_ledger(w.engine, LEDGER_BY_INSTRUMENT, v);
    assert_cash(v[n - 1].closed, 741); /* no longer configured, and not forgotten */
    w.day++;
    struct event ev = {.kind = EVENT_CLOCK};
    assert_int_equal(apply(&ev), 0);
    columns_add_up();
}

/* ---- the stored form ---- */

/* What an older format lacks lies before the actor: strategy (2), order and price (3), limit (4). */
static void commands_of_older_formats_are_read(void **state) {
    (void)state;
    struct event was = {.seq = 9, .kind = EVENT_COMMAND, .day = 3}, is;
    struct buf b;
    struct snap s;
    was.u.command = (struct operator_command){.verb = OP_CLOSE, .trade = 17, .instrument = -1, .percent = 50};
    was.u.command.order = 77;
    was.u.command.limit = LIMIT_WEEKLY_LOSS;
    str_copy(was.u.command.actor, ACTOR_MAX, "discord:3000");
    for (uint32_t format = 1; format <= ENGINE_FORMAT; format++) {
        buf_init(&b, 4096);
        snap_writer(&s, &b);
        event_snap(&was, NULL, &s);
        size_t actor = b.len - strlen("discord:3000") - 4, cut = format == 1   ? 24
                                                                 : format == 2 ? 20
                                                                 : format == 3 ? 4
                                                                               : 0;
        memmove(b.p + actor - cut, b.p + actor, b.len - actor);
        memset(&is, 0, sizeof is);
        snap_reader(&s, b.p, b.len - cut);
        s.version = format;
        event_snap(&is, NULL, &s);
        assert_true(snap_complete(&s));
        assert_int_equal(is.u.command.order, format < 3 ? 0 : 77);
        assert_int_equal(is.u.command.limit, format < 4 ? 0 : LIMIT_WEEKLY_LOSS);
        assert_int_equal(is.u.command.percent, 50);
        assert_string_equal(is.u.command.actor, "discord:3000");
        buf_clear(&b);
    }
}

/* Bought and sold volume, then the contract, are the last of a bar, and of its event. */
static void bars_of_older_formats_are_read(void **state) {
    (void)state;
    struct event was = {.seq = 9, .kind = EVENT_BAR, .day = 3}, is;
    was.u.bar.bar = (struct bar){.seconds = 60, .volume = 100, .spread = {25}, .buy = 60, .sell = 40, .contract = 7};
    for (uint32_t format = 3; format <= ENGINE_FORMAT; format++) {
        struct buf b;
        struct snap s;
        buf_init(&b, 4096);
        snap_writer(&s, &b);
        event_snap(&was, NULL, &s);
        memset(&is, 0xff, sizeof is);
        snap_reader(&s, b.p, b.len - (format < 4 ? 18 : format < 5 ? 2 : 0));
        s.version = format;
        event_snap(&is, NULL, &s);
        assert_true(snap_complete(&s));
        assert_int_equal(is.u.bar.bar.volume, 100);
        assert_int_equal(is.u.bar.bar.spread.v, 25);
        assert_int_equal(is.u.bar.bar.buy, format < 4 ? 0 : 60);
        assert_int_equal(is.u.bar.bar.sell, format < 4 ? 0 : 40);
        assert_int_equal(is.u.bar.bar.contract, format < 5 ? 0 : 7);
        buf_clear(&b);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, kit_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_flatten_ends_flat),
        T(an_entry_that_fills_meanwhile_is_closed),
        T(what_is_refused_is_asked_again_and_then_told),
        T(a_refused_cancellation_is_asked_again),
        T(unknown_orders_cannot_be_verified),
        T(a_slow_venue_is_told_and_a_resume_ends_it),
        T(a_close_still_working_is_not_flat),
        T(the_clock_is_wanted_only_while_it_runs),
        T(nothing_open_only_pauses),
        T(an_entry_is_called_back),
        T(a_fill_that_wins_the_race_is_told),
        T(a_part_that_filled_is_told),
        T(a_refusal_and_a_fill_after_the_cancellation_are_told),
        T(closes_and_strangers_are_not_cancelled),
        T(break_even_pays_the_fees),
        T(a_stop_by_hand_keeps_to_market_grid_and_limits),
        T(a_looser_stop_keeps_within_the_day),
        T(a_stop_by_hand_stays_until_the_trade_does_better),
        T(distances_mean_prices),
        T(results_add_up_over_days_and_configurations),
        T(commands_of_older_formats_are_read),
        T(bars_of_older_formats_are_read),
    };
    return RUN(tests);
}
