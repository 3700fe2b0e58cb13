/* What an external venue may say: late, twice, out of order, ambiguous. The engine alone, reports made by hand. */
#include "engine_kit.h"

static uint64_t entry_id; /* of the last submitted order */

static int tell(enum report_kind kind, uint64_t order, uint64_t fill_id, double qty, double price) {
    struct event ev = {.kind = EVENT_REPORT};
    ev.u.report =
        (struct order_report){.kind = kind, .order = order, .fill_id = fill_id, .qty = lots(qty), .price = px(price)};
    if (kind == REPORT_FILL || kind == REPORT_PROTECTION_FILL) ev.u.report.fee = usd(2.25 * qty);
    return kit_apply(&ev);
}

static void told(enum report_kind kind, uint64_t order, uint64_t fill_id, double qty, double price) {
    assert_int_equal(tell(kind, order, fill_id, qty, price), 0);
}

/* An external broker: one that drive leaves to the shell. */
static const struct broker shell_broker = {.name = "shell", .summary = {"", ""}, .caps = BROKER_ATTACHED_STOP};

static void start(void) {
    kit_start("null");
    drive_free(w.drive);
    w.drive = drive_new(&shell_broker);
    w.engine = drive_engine(w.drive);
    w.effect_count = w.event_count = 0;
    assert_int_equal(kit_configure(), 0);
}

static void enter_two(void) {
    w.config.instruments[0].lot_max = lots(2);
    start();
    kit_want(SIDE_LONG, 80, 4992, 5010);
    kit_flat(5000);
    entry_id = kit_last(EFFECT_SUBMIT)->u.submit.order.id;
}

static const struct trade *only(void) {
    assert_int_equal(engine_trade_count(w.engine), 1);
    return engine_trade_at(w.engine, 0);
}

static void open_two(void) {
    enter_two();
    told(REPORT_SENT, entry_id, 0, 0, 0);
    told(REPORT_ACCEPTED, entry_id, 0, 0, 0);
    told(REPORT_FILL, entry_id, 1, 2, 5000);
    told(REPORT_PROTECTED, entry_id, 0, 0, 4992);
    struct event ev = {.kind = EVENT_REPORT};
    ev.u.report =
        (struct order_report){.kind = REPORT_PROTECTED, .order = entry_id, .price = px(4992), .target = px(5010)};
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(only()->protection, PROTECTION_RESTING);
}

static void ids_last_for_ever(void **state) {
    (void)state;
    enter_two();
    assert_true(entry_id > (1750000000ULL << 20) && entry_id < (1ULL << 53));
}

static void a_fill_counts_once(void **state) {
    (void)state;
    enter_two();
    told(REPORT_FILL, entry_id, 7, 1, 5000);
    told(REPORT_FILL, entry_id, 7, 1, 5000);
    assert_qty(only()->qty, 1);
    assert_int_equal(only()->state, TRADE_OPEN);
    assert_int_equal(only()->protection, PROTECTION_PENDING);
    told(REPORT_ACCEPTED, entry_id, 0, 0, 0); /* late */
    assert_int_equal(engine_order_at(w.engine, 0)->state, ORDER_PARTIAL);
    told(REPORT_FILL, entry_id, 8, 1, 5001);
    told(REPORT_FILL, entry_id, 8, 1, 5001);
    assert_qty(only()->qty, 2);
    assert_price(only()->entry, 5000.5);
    assert_cash(only()->fees, 4.5);
    assert_int_equal(engine_order_count(w.engine), 0);
}

static void unknown_blocks_the_symbol(void **state) {
    (void)state;
    enter_two();
    told(REPORT_SENT, entry_id, 0, 0, 0);
    told(REPORT_UNKNOWN, entry_id, 0, 0, 0);
    assert_int_equal(kit_last(EFFECT_ORDER_TROUBLE)->u.trouble.trouble, TROUBLE_UNKNOWN);
    struct engine_status st;
    engine_status(w.engine, &st);
    assert_int_equal(st.unknown_orders, 1);
    kit_want(SIDE_SHORT, 80, 5008, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_UNKNOWN_ORDER);
    told(REPORT_UNKNOWN, entry_id, 0, 0, 0);
    assert_int_equal(kit_count(EFFECT_ORDER_TROUBLE), 1); /* told once */
    told(REPORT_REJECTED, entry_id, 0, 0, 0);
    assert_int_equal(kit_last(EFFECT_ORDER_TROUBLE)->u.trouble.trouble, TROUBLE_RESOLVED);
    assert_int_equal(engine_trade_count(w.engine), 0);
    kit_want(SIDE_SHORT, 80, 5008, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
}

static void unknown_then_accepted_late(void **state) {
    (void)state;
    enter_two();
    told(REPORT_UNKNOWN, entry_id, 0, 0, 0);
    assert_int_equal(kit_command(OP_PAUSE, 0, -1, 0), 0); /* it is to be cancelled, whenever it shows up */
    assert_int_equal(kit_count(EFFECT_CANCEL), 1);
    assert_int_equal(engine_order_at(w.engine, 0)->state, ORDER_UNKNOWN);
    told(REPORT_ACCEPTED, entry_id, 0, 0, 0);
    assert_int_equal(kit_count(EFFECT_CANCEL), 2);
    assert_int_equal(engine_order_at(w.engine, 0)->state, ORDER_CANCELLING);
    told(REPORT_CANCEL_REFUSED, entry_id, 0, 0, 0);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 100), 0); /* one may ask again */
    assert_int_equal(kit_count(EFFECT_CANCEL), 3);
    told(REPORT_CANCEL_REFUSED, entry_id, 0, 0, 0);
    told(REPORT_FILL, entry_id, 1, 2, 5000); /* it was filled meanwhile: ours, and to be closed as asked */
    assert_qty(only()->qty, 2);
    assert_int_equal(only()->state, TRADE_CLOSING);
}

static void filled_although_rejected(void **state) {
    (void)state;
    enter_two();
    told(REPORT_REJECTED, entry_id, 0, 0, 0);
    told(REPORT_FILL, entry_id, 1, 1, 5000); /* what the venue filled is ours, and the rest is still working */
    assert_qty(only()->qty, 1);
    assert_int_equal(engine_order_count(w.engine), 1);
    assert_int_equal(engine_order_at(w.engine, 0)->state, ORDER_PARTIAL);
    told(REPORT_FILL, entry_id, 2, 1, 5000);
    assert_qty(only()->qty, 2);
    assert_int_equal(engine_order_count(w.engine), 0);
}

static void risk_is_what_was_filled(void **state) {
    (void)state;
    enter_two();
    told(REPORT_FILL, entry_id, 1, 1, 5001);
    assert_cash(kit_last(EFFECT_TRADE_OPENED)->u.opened.trade.risk, 809); /* two of them, as planned */
    told(REPORT_CANCELLED, entry_id, 0, 0, 0);
    assert_cash(only()->risk, 454.5); /* one, nine points from its stop */
}

static void risk_is_told_with_the_opening(void **state) {
    (void)state;
    enter_two();
    told(REPORT_FILL, entry_id, 1, 2, 5001);
    assert_cash(kit_last(EFFECT_TRADE_OPENED)->u.opened.trade.risk, 909);
}

static void fill_after_cancellation(void **state) {
    (void)state;
    enter_two();
    told(REPORT_ACCEPTED, entry_id, 0, 0, 0);
    told(REPORT_CANCELLED, entry_id, 0, 0, 0);
    assert_int_equal(engine_trade_count(w.engine), 0);
    told(REPORT_FILL, entry_id, 1, 1, 5000);
    assert_qty(only()->qty, 1);
    assert_price(only()->stop, 4992);
    assert_int_equal(only()->id, 1);
    assert_int_equal(kit_count(EFFECT_TRADE_OPENED), 1);
}

static void fill_after_sos_is_closed_again(void **state) {
    (void)state;
    enter_two();
    assert_int_equal(kit_command(OP_SOS, 0, -1, 0), 0);
    told(REPORT_CANCELLED, entry_id, 0, 0, 0);
    assert_int_equal(engine_trade_count(w.engine), 0);
    told(REPORT_FILL, entry_id, 1, 2, 5000);
    assert_int_equal(only()->state, TRADE_CLOSING);
    const struct order *o = &kit_last(EFFECT_SUBMIT)->u.submit.order;
    assert_int_equal(o->role, ROLE_EXIT);
    assert_qty(o->qty, 2);
    told(REPORT_FILL, o->id, 2, 2, 4999);
    assert_int_equal(kit_closed()->reason, CLOSE_SOS);
}

static void close_while_half_filled(void **state) {
    (void)state;
    enter_two();
    told(REPORT_FILL, entry_id, 1, 1, 5000);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 100), 0);
    const struct order first = kit_last(EFFECT_SUBMIT)->u.submit.order;
    assert_qty(first.qty, 1);
    told(REPORT_FILL, entry_id, 2, 1, 5000); /* the cancellation came too late */
    const struct order second = kit_last(EFFECT_SUBMIT)->u.submit.order;
    assert_true(second.id != first.id);
    assert_qty(second.qty, 1);
    told(REPORT_FILL, second.id, 3, 1, 5001);
    told(REPORT_FILL, first.id, 4, 1, 5001);
    assert_cash(kit_closed()->gross, 100);
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 1);
}

static void a_refused_stop_ends_in_a_close(void **state) {
    (void)state;
    enter_two();
    told(REPORT_FILL, entry_id, 1, 2, 5000);
    told(REPORT_PROTECT_REFUSED, entry_id, 0, 0, 0);
    assert_int_equal(kit_count(EFFECT_PROTECT), 1);
    told(REPORT_PROTECT_REFUSED, entry_id, 0, 0, 0);
    assert_int_equal(kit_count(EFFECT_PROTECT), 2);
    told(REPORT_PROTECT_REFUSED, entry_id, 0, 0, 0);
    assert_int_equal(kit_count(EFFECT_PROTECT), 2);
    assert_int_equal(kit_last(EFFECT_ORDER_TROUBLE)->u.trouble.trouble, TROUBLE_NAKED);
    const struct order *o = &kit_last(EFFECT_SUBMIT)->u.submit.order;
    assert_int_equal(o->role, ROLE_EXIT);
    assert_int_equal(o->reason, CLOSE_LIMIT);
}

static void a_refused_move_keeps_the_old_stop(void **state) {
    (void)state;
    w.config.management.break_even_r_ppm = 1000000;
    open_two();
    kit_bar(5005, 5008, 5005, 5007);
    assert_price(only()->stop, 5000);
    assert_int_equal(only()->protection, PROTECTION_PENDING);
    cash_t risk;
    assert_true(engine_trade_at_risk(w.engine, only(), &risk)); /* until the venue confirms, the old stop counts */
    assert_cash(risk, 809);
    told(REPORT_PROTECT_REFUSED, entry_id, 0, 0, 0);
    assert_price(only()->stop, 4992);
    assert_false(only()->at_break_even);
    assert_int_equal(only()->protection, PROTECTION_RESTING);
    assert_int_equal(kit_changes(CHANGE_STOP), 1);
    assert_int_equal(kit_count(EFFECT_SUBMIT), 1); /* still protected: nothing is closed */
}

static void a_silent_venue_is_reported(void **state) {
    (void)state;
    enter_two();
    told(REPORT_FILL, entry_id, 1, 2, 5000);
    struct event ev = {.kind = EVENT_CLOCK};
    int64_t now = 1750000000 + w.minute * 60;
    ev.wall_time = when_from_sec(now + 4);
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_count(EFFECT_ORDER_TROUBLE), 0);
    ev.wall_time = when_from_sec(now + 6);
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_last(EFFECT_ORDER_TROUBLE)->u.trouble.trouble, TROUBLE_NAKED);
    assert_int_equal(kit_count(EFFECT_PROTECT), 1);
    ev.wall_time = when_from_sec(now + 12);
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_count(EFFECT_ORDER_TROUBLE), 1);
    assert_int_equal(kit_count(EFFECT_PROTECT), 2);
}

static void stop_fill_before_the_exit(void **state) {
    (void)state;
    open_two();
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 100), 0);
    uint64_t exit = kit_last(EFFECT_SUBMIT)->u.submit.order.id;
    told(REPORT_PROTECTION_FILL, entry_id, 5, 2, 4992);
    told(REPORT_PROTECTION_FILL, entry_id, 5, 2, 4992);
    assert_int_equal(kit_closed()->reason, CLOSE_STOP);
    assert_cash(kit_closed()->gross, -800);
    assert_int_equal(kit_count(EFFECT_CANCEL), 1); /* the exit must not fill as well */
    assert_int_equal(engine_order_at(w.engine, 0)->state, ORDER_CANCELLING);
    told(REPORT_FILL, exit, 6, 2, 4992); /* but it did: a human must look */
    assert_int_equal(kit_last(EFFECT_ORDER_TROUBLE)->u.trouble.trouble, TROUBLE_UNKNOWN);
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 1);
    assert_cash(kit_balance(), 200000 - 800 - 9);
}

static void surplus_is_not_booked(void **state) {
    (void)state;
    open_two();
    told(REPORT_PROTECTION_FILL, entry_id, 5, 3, 4992);
    assert_cash(kit_closed()->gross, -800);
    assert_int_equal(kit_last(EFFECT_ORDER_TROUBLE)->u.trouble.trouble, TROUBLE_UNKNOWN);
    told(REPORT_FILL, entry_id, 9, 1, 5000); /* more than was asked for */
    assert_int_equal(engine_trade_count(w.engine), 0);
}

static void a_rejected_exit_leaves_the_stop(void **state) {
    (void)state;
    open_two();
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 100), 0);
    uint64_t exit = kit_last(EFFECT_SUBMIT)->u.submit.order.id;
    told(REPORT_REJECTED, exit, 0, 0, 0);
    assert_int_equal(kit_last(EFFECT_ORDER_TROUBLE)->u.trouble.trouble, TROUBLE_REJECTED);
    assert_int_equal(only()->state, TRADE_OPEN);
    assert_int_equal(only()->protection, PROTECTION_RESTING);
    kit_want(SIDE_SHORT, 80, 5008, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_IN_POSITION); /* it is a position like any other again */
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 100), 0);       /* and one may ask again */
}

static void rejected_entry_frees_the_day(void **state) {
    (void)state;
    w.config.limits.daily_trades = 1;
    enter_two();
    told(REPORT_REJECTED, entry_id, 0, 0, 0);
    assert_int_equal(kit_last(EFFECT_ORDER_TROUBLE)->u.trouble.trouble, TROUBLE_REJECTED);
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
}

static void stopped_while_entering(void **state) {
    (void)state;
    enter_two();
    told(REPORT_FILL, entry_id, 1, 1, 5000);
    told(REPORT_PROTECTION_FILL, entry_id, 2, 1, 4992);
    assert_int_equal(kit_count(EFFECT_CANCEL), 1); /* the rest must not come in any more */
    assert_int_equal(only()->state, TRADE_CLOSING);
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 0);
    told(REPORT_CANCELLED, entry_id, 0, 0, 0);
    assert_cash(kit_closed()->gross, -400);
    told(REPORT_FILL, entry_id, 3, 1, 4991); /* and yet it did: another trade, closed at once */
    assert_int_equal(only()->id, 2);
    assert_int_equal(only()->state, TRADE_CLOSING);
    assert_qty(only()->qty, 1);
    assert_int_equal(kit_count(EFFECT_TRADE_OPENED), 2);
}

static void the_end_is_heard_before_the_beginning(void **state) {
    (void)state;
    enter_two();
    told(REPORT_ACCEPTED, entry_id, 0, 0, 0);
    told(REPORT_PROTECTION_FILL, entry_id, 5, 2, 4992); /* of an entry of which no fill was ever said */
    assert_int_equal(kit_last(EFFECT_QUERY)->u.query.order, entry_id);
    assert_cash(kit_balance(), 200000);
    told(REPORT_FILL, entry_id, 1, 1, 5000);
    told(REPORT_PROTECTION_FILL, entry_id, 5, 2, 4992); /* still more than we know to be open */
    assert_int_equal(kit_count(EFFECT_QUERY), 2);
    assert_int_equal(kit_count(EFFECT_ORDER_TROUBLE), 0);
    told(REPORT_FILL, entry_id, 2, 1, 5000); /* the venue was asked, and says all of it */
    told(REPORT_PROTECTION_FILL, entry_id, 5, 2, 4992);
    assert_cash(kit_closed()->gross, -800);
    assert_int_equal(engine_trade_count(w.engine), 0);
}

static void the_venue_holds(double qty) {
    struct event ev = {.kind = EVENT_VENUE};
    ev.u.venue.qty = (int64_t)(qty * QTY_SCALE);
    assert_int_equal(kit_apply(&ev), 0);
}

static void what_the_venue_holds_beside_us_stops_entries(void **state) {
    (void)state;
    start();
    the_venue_holds(0);
    assert_int_equal(kit_count(EFFECT_DIFFERS), 0);
    the_venue_holds(-1);
    the_venue_holds(-1);
    assert_int_equal(kit_count(EFFECT_DIFFERS), 1); /* told once */
    the_venue_holds(-2);
    assert_int_equal(kit_count(EFFECT_DIFFERS), 2);
    assert_int_equal(kit_last(EFFECT_DIFFERS)->u.differs.theirs, -2 * QTY_SCALE);
    kit_restore_with(&shell_broker);
    kit_want(SIDE_LONG, 80, 4992, 5010);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_DIFFERS);
    the_venue_holds(0);
    assert_int_equal(kit_last(EFFECT_DIFFERS)->u.differs.theirs, kit_last(EFFECT_DIFFERS)->u.differs.ours);
    kit_want(SIDE_LONG, 80, 4992, 5010);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
    struct event ev = {.kind = EVENT_VENUE};
    ev.u.venue.instrument = 7;
    assert_int_equal(kit_apply(&ev), -1);
}

static void a_part_of_the_stop_counts_once(void **state) {
    (void)state;
    open_two();
    told(REPORT_PROTECTION_FILL, entry_id, 5, 1, 4992);
    kit_restore_with(&shell_broker); /* what was counted is remembered */
    told(REPORT_PROTECTION_FILL, entry_id, 5, 1, 4992);
    assert_qty(only()->qty, 1);
    told(REPORT_PROTECTION_FILL, entry_id, 6, 1, 4990);
    assert_cash(kit_closed()->gross, -400 - 500);
    assert_price(kit_closed()->exit, 4991);
}

static void one_change_of_the_stop_at_a_time(void **state) {
    (void)state;
    w.config.management = (struct management){.break_even_r_ppm = 500000,
                                              .trailing = true,
                                              .trailing_start_r_ppm = 1000000,
                                              .trailing_distance_r_ppm = 500000};
    open_two();
    kit_bar(5000, 5004, 5000, 5004);
    assert_int_equal(kit_count(EFFECT_PROTECT), 1);
    kit_bar(5004, 5009, 5004, 5009);
    assert_int_equal(kit_count(EFFECT_PROTECT), 1); /* the venue has not answered */
    struct event ev = {.kind = EVENT_REPORT};
    ev.u.report =
        (struct order_report){.kind = REPORT_PROTECTED, .order = entry_id, .price = px(5000), .target = px(5010)};
    assert_int_equal(kit_apply(&ev), 0);
    kit_bar(5009, 5009, 5008, 5009);
    assert_int_equal(kit_count(EFFECT_PROTECT), 2);
    assert_price(kit_last(EFFECT_PROTECT)->u.protect.stop, 5005);
}

static void yesterdays_entry_does_not_free_today(void **state) {
    (void)state;
    w.config.limits.daily_trades_asset = 1;
    enter_two();
    w.day++;
    struct event ev = {.kind = EVENT_CLOCK};
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_command(OP_CLOSE, 1, -1, 100), 0);
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
    told(REPORT_CANCELLED, entry_id, 0, 0, 0); /* of yesterday: today's one entry still counts */
    assert_int_equal(kit_command(OP_CLOSE, 2, -1, 100), 0);
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_DAILY_TRADES_ASSET);
}

static void a_start_makes_the_feed_live(void **state) {
    (void)state;
    start();
    struct event ev = {.kind = EVENT_FEED, .u.feed = {FEED_ENDED, -1}};
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_configure(), 0);
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
}

static void nonsense_is_refused(void **state) {
    (void)state;
    enter_two();
    uint64_t seq = engine_seq(w.engine);
    assert_int_equal(tell(REPORT_FILL, 12345, 1, 1, 5000), -1);
    assert_int_equal(w.err.code, ERR_NOT_FOUND);
    assert_int_equal(tell(REPORT_FILL, entry_id, 1, 0, 5000), -1);
    assert_int_equal(tell(REPORT_FILL, entry_id, 1, -1, 5000), -1);
    assert_int_equal(tell(REPORT_FILL, entry_id, 1, 1, 0), -1);
    assert_int_equal(tell(REPORT_FILL, entry_id, 1, 900000000, 900000000), -1);
    assert_int_equal(w.err.code, ERR_RANGE);
    assert_true(engine_seq(w.engine) == seq);
    struct event ev = kit_bar_event(3, 1, 1, 1, 1);
    assert_int_equal(kit_apply(&ev), -1);
    ev = kit_bar_event(0, 5000, 4999, 4990, 4995); /* a high below the open */
    assert_int_equal(kit_apply(&ev), -1);
    w.minute--;
    ev = kit_bar_event(0, 5000, 5000, 5000, 5000); /* the last one again */
    assert_int_equal(kit_apply(&ev), -1);
    w.minute -= 4;
    ev = kit_bar_event(0, 5000, 5000, 5000, 5000); /* older than the last */
    assert_int_equal(kit_apply(&ev), -1);
    struct effects *out = xmalloc(sizeof *out);
    ev.seq = seq + 2;
    assert_int_equal(engine_apply(w.engine, &ev, out, &w.err), -1);
    free(out);
}

static void the_first_event_is_a_configuration(void **state) {
    (void)state;
    w.drive = drive_new(broker_find("paper"));
    w.engine = drive_engine(w.drive);
    struct event ev = {.kind = EVENT_CLOCK};
    assert_int_equal(kit_apply(&ev), -1);
    assert_int_equal(w.err.code, ERR_REFUSED);
}

static void feed_states(void **state) {
    (void)state;
    start();
    struct event ev = {.kind = EVENT_FEED, .u.feed = {FEED_LOST, -1}};
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_count(EFFECT_MARKET), 1);
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_STALE);
    ev.u.feed.state = FEED_LIVE;
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_last(EFFECT_MARKET)->u.market.event, MARKET_BACK);
    ev.u.feed.instrument = 1;
    assert_int_equal(kit_apply(&ev), -1);
}

/* Bars of the past: nobody is told of them, no signal comes of them, no day is reported; what is open lives through them. */
static void history_is_only_looked_at(void **state) {
    (void)state;
    kit_start("paper");
    struct event ev = {.kind = EVENT_FEED, .u.feed = {FEED_FILLING, -1}};
    assert_int_equal(kit_apply(&ev), 0);
    for (int day = 0; day < 3; day++) {
        w.day++;
        for (int i = 0; i < 60; i++) kit_bar(5000, 5001, 4999, 5000);
        kit_want(SIDE_LONG, 80, 4992, 0);
        kit_bar(5000, 5040, 4999, 5000); /* as wide as danger */
    }
    assert_int_equal(kit_count(EFFECT_SIGNAL) + kit_count(EFFECT_MARKET) + kit_count(EFFECT_DAY_CLOSED), 0);
    struct market_view m;
    engine_market(w.engine, 0, &m);
    assert_true(m.known && !m.danger);
    ev.u.feed.state = FEED_LIVE;
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_count(EFFECT_MARKET), 0); /* nothing was missed */
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
    kit_flat(5000);
    ev.u.feed.state = FEED_FILLING; /* a gap: the stop lies in it */
    assert_int_equal(kit_apply(&ev), 0);
    kit_bar(5000, 5000, 4990, 4990);
    assert_int_equal(engine_trade_count(w.engine), 0);
    w.day++;
    kit_bar(4990, 4991, 4989, 4990);
    assert_int_equal(kit_count(EFFECT_DAY_CLOSED), 1);
    ev.u.feed.state = FEED_LOST; /* and a loss is told, whatever was before */
    assert_int_equal(kit_apply(&ev), 0);
    assert_int_equal(kit_last(EFFECT_MARKET)->u.market.event, MARKET_LOST);
}

static void danger_once_an_hour(void **state) {
    (void)state;
    start();
    for (int i = 0; i < 50; i++) kit_bar(5000, 5001, 4999, 5000);
    assert_int_equal(kit_count(EFFECT_MARKET), 0);
    kit_bar(5000, 5007.75, 5000, 5000);
    assert_int_equal(kit_count(EFFECT_MARKET), 0);
    kit_bar(5000, 5012, 5000, 5000);
    assert_int_equal(kit_count(EFFECT_MARKET), 1);
    assert_in_range(kit_last(EFFECT_MARKET)->u.market.ratio_ppm, 5600000, 5800000);
    struct market_view m;
    engine_market(w.engine, 0, &m);
    assert_true(m.danger);
    for (int i = 0; i < 30; i++) kit_bar(5000, 5001, 4999, 5000);
    engine_market(w.engine, 0, &m);
    assert_false(m.danger);
    kit_bar(5000, 5020, 5000, 5000);
    assert_int_equal(kit_count(EFFECT_MARKET), 1); /* within the hour */
    for (int i = 0; i < 50; i++) kit_bar(5000, 5001, 4999, 5000);
    kit_bar(5000, 5020, 5000, 5000);
    assert_int_equal(kit_count(EFFECT_MARKET), 2);
}

static void day_figures(void **state) {
    (void)state;
    w.day = 5;
    open_two();
    told(REPORT_PROTECTION_FILL, entry_id, 5, 2, 5010);
    int32_t day = w.day;
    w.day += 3;
    struct event ev = {.kind = EVENT_CLOCK};
    assert_int_equal(kit_apply(&ev), 0);
    const struct effect *f = kit_last(EFFECT_DAY_CLOSED);
    assert_int_equal(f->u.day.day, day);
    assert_int_equal(f->u.day.stats.trades, 1);
    assert_cash(f->u.day.stats.net, 991);
    assert_cash(f->u.day.equity_last, 200991);
    assert_cash(f->u.day.equity_first, 200000);
    assert_int_equal(engine_stats(w.engine, STATS_DAY)->trades, 0);
    assert_int_equal(engine_stats(w.engine, STATS_TOTAL)->trades, 1);
    w.day++;
    assert_int_equal(kit_apply(&ev), 0); /* a day without data closes nothing */
    assert_int_equal(kit_count(EFFECT_DAY_CLOSED), 1);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
    const struct CMUnitTest tests[] = {
        T(ids_last_for_ever),
        T(a_fill_counts_once),
        T(unknown_blocks_the_symbol),
        T(unknown_then_accepted_late),
        T(fill_after_cancellation),
        T(fill_after_sos_is_closed_again),
        T(close_while_half_filled),
        T(a_refused_stop_ends_in_a_close),
        T(a_refused_move_keeps_the_old_stop),
        T(a_silent_venue_is_reported),
        T(stop_fill_before_the_exit),
        T(surplus_is_not_booked),
        T(a_rejected_exit_leaves_the_stop),
        T(rejected_entry_frees_the_day),
        T(stopped_while_entering),
        T(the_end_is_heard_before_the_beginning),
        T(what_the_venue_holds_beside_us_stops_entries),
        T(a_part_of_the_stop_counts_once),
        T(one_change_of_the_stop_at_a_time),
        T(yesterdays_entry_does_not_free_today),
        T(a_start_makes_the_feed_live),
        T(filled_although_rejected),
        T(risk_is_what_was_filled),
        T(risk_is_told_with_the_opening),
        T(nonsense_is_refused),
        T(the_first_event_is_a_configuration),
        T(feed_states),
        T(history_is_only_looked_at),
        T(danger_once_an_hour),
        T(day_figures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
