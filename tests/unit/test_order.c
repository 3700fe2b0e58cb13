/* Every move of an order's state, each by the rule that forbids or allows it, and names of everything. */
#include "unit.h"

#include <string.h>

#include "engine/event.h"
#include "engine/order.h"

/* Columns: sent accepted part whole cancelled rejected expired unknown cancel_refused. A letter is a state, '-' ignored. */
static const char letters[] = "NSAPFgCREU";
static const char *const expected[ORDER_STATE_COUNT] = {
    [ORDER_NEW] = "SAPFCREU-",       [ORDER_SENT] = "SAPFCREU-",     [ORDER_ACCEPTED] = "-APFCREU-",
    [ORDER_PARTIAL] = "--PFCCEU-",   [ORDER_FILLED] = "---------",   [ORDER_CANCELLING] = "-ggFCREUA",
    [ORDER_CANCELLED] = "--CFC----", [ORDER_REJECTED] = "--PF-R---", [ORDER_EXPIRED] = "--EF--E--",
    [ORDER_UNKNOWN] = "-APFCREUU",
};
static const struct {
    enum report_kind kind;
    bool complete;
} columns[] = {
    {REPORT_SENT, false},    {REPORT_ACCEPTED, false},  {REPORT_FILL, false},
    {REPORT_FILL, true},     {REPORT_CANCELLED, false}, {REPORT_REJECTED, false},
    {REPORT_EXPIRED, false}, {REPORT_UNKNOWN, false},   {REPORT_CANCEL_REFUSED, false},
};

static void every_move(void **state) {
    (void)state;
    for (int from = 0; from < ORDER_STATE_COUNT; from++) {
        for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
            enum order_state to = order_next((enum order_state)from, columns[c].kind, columns[c].complete);
            char letter = to == ORDER_STATE_COUNT ? '-' : letters[to];
            if (letter != expected[from][c])
                fail_msg("%s on %s: %c, expected %c", order_state_name((enum order_state)from),
                         report_kind_name(columns[c].kind), letter, expected[from][c]);
        }
    }
}

static bool final_state(enum order_state s) {
    struct order o = {.state = s};
    return order_is_final(&o);
}

/* The rules behind the table, whatever the table says. */
static void rules(void **state) {
    (void)state;
    for (int f = 0; f < ORDER_STATE_COUNT; f++) {
        for (int k = 0; k < REPORT_KIND_COUNT; k++) {
            for (int whole = 0; whole < 2; whole++) {
                enum order_state from = (enum order_state)f, to = order_next(from, (enum report_kind)k, whole != 0);
                if (to == ORDER_STATE_COUNT) continue;
                if (to == ORDER_REJECTED) assert_int_equal(k, REPORT_REJECTED);
                if (to == ORDER_UNKNOWN && from != ORDER_UNKNOWN) assert_int_equal(k, REPORT_UNKNOWN);
                if (final_state(from) && to != from) assert_int_equal(k, REPORT_FILL);
                if (to == ORDER_FILLED) assert_true(k == REPORT_FILL && whole);
                assert_int_not_equal(to, ORDER_NEW);
                if (to == ORDER_CANCELLING) assert_int_equal(from, ORDER_CANCELLING);
            }
        }
    }
}

static void protection_is_not_about_orders(void **state) {
    (void)state;
    for (int f = 0; f < ORDER_STATE_COUNT; f++) {
        assert_int_equal(order_next((enum order_state)f, REPORT_PROTECTED, false), ORDER_STATE_COUNT);
        assert_int_equal(order_next((enum order_state)f, REPORT_PROTECT_REFUSED, true), ORDER_STATE_COUNT);
        assert_int_equal(order_next((enum order_state)f, REPORT_PROTECTION_FILL, true), ORDER_STATE_COUNT);
    }
}

static void names(void **state) {
    (void)state;
    for (int i = 0; i < ORDER_STATE_COUNT; i++) assert_true(strlen(order_state_name((enum order_state)i)) > 1);
    for (int i = 0; i < REPORT_KIND_COUNT; i++) assert_true(strlen(report_kind_name((enum report_kind)i)) > 1);
    assert_string_equal(order_state_name(ORDER_STATE_COUNT), "?");
    assert_string_equal(close_reason_name(CLOSE_STOP), "sl");
    assert_string_equal(close_reason_name(CLOSE_NONE), "");
}

static void round_trip(void **state) {
    (void)state;
    struct order o = {.id = 7,
                      .trade = 3,
                      .instrument = 1,
                      .strategy = 2,
                      .side = SIDE_SHORT,
                      .role = ROLE_EXIT,
                      .type = ORDER_STOP,
                      .state = ORDER_PARTIAL,
                      .qty = {5},
                      .filled = {2},
                      .price = {9},
                      .stop = {8},
                      .target = {7},
                      .average = {6},
                      .reason = CLOSE_SOS,
                      .created = {11},
                      .note = "words"};
    struct order back;
    struct snap s;
    struct buf b;
    buf_init(&b, 4096);
    snap_writer(&s, &b);
    order_snap(&o, &s);
    snap_reader(&s, b.p, b.len);
    s.version = ENGINE_FORMAT;
    memset(&back, 0xff, sizeof back);
    order_snap(&back, &s);
    assert_true(snap_complete(&s));
    assert_int_equal(back.id, 7);
    assert_int_equal(back.reason, CLOSE_SOS);
    assert_string_equal(back.note, "words");
    assert_int_equal(back.created.ns, 11);
    b.p[8 + 4 + 2 + 2] = 9; /* a side that does not exist */
    snap_reader(&s, b.p, b.len);
    order_snap(&back, &s);
    assert_true(s.bad);
    buf_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_move), cmocka_unit_test(rules),      cmocka_unit_test(protection_is_not_about_orders),
        cmocka_unit_test(names),      cmocka_unit_test(round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
