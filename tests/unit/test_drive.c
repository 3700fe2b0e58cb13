/* One input through engine and broker: the order of events, the numbering, and that a replay makes the same again. */
#include "engine_kit.h"

static void order_within_a_bar(void **state) {
    (void)state;
    w.config.instruments[0].lot_max = lots(1);
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 4992, 5004);
    uint32_t before = w.event_count;
    kit_flat(5000);
    /* The bar, then the broker's answer to what it led to. */
    assert_int_equal(w.event_count - before, 2);
    assert_int_equal(w.events[before].kind, EVENT_BAR);
    assert_false(w.events[before].derived);
    assert_true(w.events[before + 1].derived);
    assert_int_equal(w.events[before + 1].u.report.kind, REPORT_ACCEPTED);
    before = w.event_count;
    int64_t open_at = w.minute * 60;
    kit_bar(5000, 5004, 4999, 5003);
    /* Fill, protection, target: all before the bar itself. */
    static const enum report_kind kinds[] = {REPORT_FILL, REPORT_PROTECTED, REPORT_PROTECTION_FILL};
    assert_int_equal(w.event_count - before, 4);
    for (uint32_t i = 0; i < 3; i++) assert_int_equal(w.events[before + i].u.report.kind, kinds[i]);
    assert_int_equal(w.events[before + 3].kind, EVENT_BAR);
    assert_int_equal(when_sec(kit_closed()->opened), open_at);      /* filled at the open, and said so */
    assert_int_equal(when_sec(kit_closed()->closed), open_at + 60); /* somewhere inside: known at the close */
    for (uint32_t i = 0; i < w.event_count; i++) assert_int_equal(w.events[i].seq, i + 1);
}

static void refused_bars_do_not_reach_the_broker(void **state) {
    (void)state;
    kit_start("paper");
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    uint64_t seq = engine_seq(w.engine);
    struct event ev = kit_bar_event(0, 5000, 4000, 5000, 5000);
    assert_int_equal(kit_apply(&ev), -1);
    assert_true(engine_seq(w.engine) == seq);
    assert_int_equal(engine_trade_at(w.engine, 0)->state, TRADE_OPENING);
}

static void play_day(void) {
    for (int i = 0; i < 40; i++) {
        if (i % 5 == 0) kit_want(i % 2 ? SIDE_LONG : SIDE_SHORT, 80, i % 2 ? 4990 : 5010, 0);
        if (i % 7 == 3) kit_want_exit();
        kit_bar(5000, 5003, 4998, 5000 + i % 3);
        if (i == 20) assert_int_equal(kit_command(OP_PAUSE, 0, -1, 0), 0);
        if (i == 25) assert_int_equal(kit_command(OP_RESUME, 0, -1, 0), 0);
        if (i == 30) w.day++;
    }
}

/* The inputs alone, stored and read back, through a fresh drive: the derived events and the digest come out the same. */
static void replay(void **state) {
    (void)state;
    kit_start("paper");
    play_day();
    uint64_t digest = engine_digest(w.engine);
    uint32_t n = w.event_count;
    static struct event was[KIT_EVENTS_MAX];
    memcpy(was, w.events, n * sizeof was[0]);
    drive_free(w.drive);
    w.drive = drive_new(broker_find("paper"));
    w.engine = drive_engine(w.drive);
    w.effect_count = w.event_count = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (was[i].derived) continue;
        static struct engine_config config;
        struct event ev;
        struct buf b;
        struct snap s;
        buf_init(&b, 1u << 20);
        snap_writer(&s, &b);
        event_snap(&was[i], NULL, &s);
        snap_reader(&s, b.p, b.len);
        s.version = ENGINE_FORMAT;
        event_snap(&ev, &config, &s);
        assert_true(snap_complete(&s));
        buf_clear(&b);
        /* The script is not state: what it said is said again, at the same bars. */
        if (ev.kind == EVENT_BAR) {
            int64_t bar = when_sec(ev.u.bar.bar.start) / 60 - 29000000;
            kit_next.n = 0;
            if (bar % 5 == 0) kit_want(bar % 2 ? SIDE_LONG : SIDE_SHORT, 80, bar % 2 ? 4990 : 5010, 0);
            if (bar % 7 == 3) kit_want_exit();
        }
        assert_int_equal(drive_event(w.drive, &ev, kit_record, NULL, &w.err), 0);
    }
    assert_int_equal(w.event_count, n);
    for (uint32_t i = 0; i < n; i++) assert_int_equal(w.events[i].kind, was[i].kind);
    assert_true(engine_digest(w.engine) == digest);
}

static void null_broker_keeps_nothing(void **state) {
    (void)state;
    kit_start("null");
    kit_want(SIDE_LONG, 80, 4992, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
    assert_int_equal(engine_trade_count(w.engine), 0);
    assert_int_equal(engine_order_count(w.engine), 0);
    assert_int_equal(kit_count(EFFECT_ORDER_TROUBLE), 0);
    kit_flat(5000);
    assert_int_equal(kit_count(EFFECT_TRADE_OPENED), 0);
    kit_restore("null");
}

static void another_brokers_state_is_refused(void **state) {
    (void)state;
    kit_start("null");
    struct buf b;
    struct snap s;
    buf_init(&b, 64u << 20);
    snap_writer(&s, &b);
    drive_snap(w.drive, &s);
    struct drive *other = drive_new(broker_find("paper"));
    snap_reader(&s, b.p, b.len);
    drive_snap(other, &s);
    assert_true(s.bad);
    drive_free(other);
    buf_clear(&b);
}

/* Every byte of a stored state changed or cut: refused or read, never a crash. */
static void damaged_state(void **state) {
    (void)state;
    kit_start("paper");
    play_day();
    struct buf b;
    struct snap s;
    buf_init(&b, 64u << 20);
    snap_writer(&s, &b);
    drive_snap(w.drive, &s);
    struct drive *other = drive_new(broker_find("paper"));
    for (size_t i = 0; i < b.len; i += 1 + b.len / 3000) {
        b.p[i] ^= (char)0x55;
        snap_reader(&s, b.p, b.len);
        drive_snap(other, &s);
        b.p[i] ^= (char)0x55;
        snap_reader(&s, b.p, i);
        drive_snap(other, &s);
        assert_true(s.bad);
    }
    drive_free(other);
    buf_clear(&b);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)
    const struct CMUnitTest tests[] = {
        T(order_within_a_bar),        T(refused_bars_do_not_reach_the_broker), T(replay),
        T(null_broker_keeps_nothing), T(another_brokers_state_is_refused),     T(damaged_state)};
    return RUN(tests);
}
