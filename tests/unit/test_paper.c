/* The paper broker by itself: what strategies of today do not ask for yet, and its answers to odd questions. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/broker.h"

static const struct broker *paper;
static void *state_of;
static struct engine_config *config;
static struct reports *out;
static uint32_t heard;

static price_t px(double v) {
    price_t p = {0};
    assert_true(price_from_double(v, &p));
    return p;
}

static int setup(void **state) {
    (void)state;
    paper = broker_find("paper");
    state_of = xcalloc(1, paper->state_size);
    config = xcalloc(1, sizeof *config);
    out = xcalloc(1, sizeof *out);
    heard = 0;
    engine_config_defaults(config);
    config->instruments[config->instrument_count++] = *instrument_builtin("ES");
    config->paper.spread_ticks = 0;
    config->paper.slippage_ticks = 1;
    paper->configure(state_of, config);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    free(state_of);
    free(config);
    free(out);
    return 0;
}

static void bar(double o, double h, double l, double c) {
    struct bar b = {
        .seconds = 60, .start = when_from_sec(60), .open = px(o), .high = px(h), .low = px(l), .close = px(c)};
    paper->bar(state_of, 0, &b, out);
}

static void submit(uint64_t id, enum side side, enum order_type type, double price, double stop, double target) {
    struct order o = {.id = id,
                      .trade = (uint32_t)id,
                      .side = side,
                      .type = type,
                      .qty = {QTY_SCALE},
                      .price = px(price),
                      .stop = px(stop),
                      .target = px(target)};
    paper->submit(state_of, &o, when_from_sec(0), out);
}

static const struct order_report *next(enum report_kind kind) {
    if (heard >= out->n) fail_msg("nothing more was said; expected %s", report_kind_name(kind));
    const struct order_report *r = &out->item[heard++];
    assert_string_equal(report_kind_name(r->kind), report_kind_name(kind));
    return r;
}

static void silence(void) {
    assert_int_equal(heard, out->n);
}

static void limit_entry(void **state) {
    (void)state;
    submit(1, SIDE_LONG, ORDER_LIMIT, 4990, 4980, 5000);
    next(REPORT_ACCEPTED);
    bar(5000, 5001, 4990.25, 4995);
    silence();
    bar(4995, 5002, 4989, 4996); /* at its price, no slippage; the high may have been before */
    assert_int_equal(next(REPORT_FILL)->price.v, px(4990).v);
    next(REPORT_PROTECTED);
    silence();
    bar(4996, 5000, 4995, 4999);
    const struct order_report *r = next(REPORT_PROTECTION_FILL);
    assert_int_equal(r->reason, CLOSE_TARGET);
    assert_int_equal(r->price.v, px(5000).v);
}

static void limit_entry_that_closes_beyond_its_target(void **state) {
    (void)state;
    submit(1, SIDE_LONG, ORDER_LIMIT, 4990, 4980, 5000);
    next(REPORT_ACCEPTED);
    bar(4995, 5002, 4989, 5001);
    next(REPORT_FILL);
    next(REPORT_PROTECTED);
    assert_int_equal(next(REPORT_PROTECTION_FILL)->reason, CLOSE_TARGET);
}

static void limit_entry_stopped_in_its_bar(void **state) {
    (void)state;
    submit(1, SIDE_SHORT, ORDER_LIMIT, 5010, 5020, 5000);
    next(REPORT_ACCEPTED);
    bar(5005, 5020, 4999, 5001);
    assert_int_equal(next(REPORT_FILL)->price.v, px(5010).v);
    next(REPORT_PROTECTED);
    const struct order_report *r = next(REPORT_PROTECTION_FILL);
    assert_int_equal(r->reason, CLOSE_STOP);
    assert_int_equal(r->price.v, px(5020.25).v); /* a tick of slippage */
}

static void limit_entry_gapped(void **state) {
    (void)state;
    submit(1, SIDE_LONG, ORDER_LIMIT, 4990, 4900, 0);
    next(REPORT_ACCEPTED);
    bar(4985, 4986, 4984, 4985);
    assert_int_equal(next(REPORT_FILL)->price.v, px(4985).v); /* better than asked */
}

static void stop_entry(void **state) {
    (void)state;
    submit(1, SIDE_LONG, ORDER_STOP, 5010, 5000, 0);
    submit(2, SIDE_SHORT, ORDER_STOP, 4990, 5000, 0);
    next(REPORT_ACCEPTED);
    next(REPORT_ACCEPTED);
    bar(5000, 5009.75, 4990.25, 5005);
    silence();
    bar(5012, 5013, 5011, 5012); /* the gap is worse, and slips */
    assert_int_equal(next(REPORT_FILL)->price.v, px(5012.25).v);
    next(REPORT_PROTECTED);
    silence();
}

static void cancel_and_protect(void **state) {
    (void)state;
    submit(1, SIDE_LONG, ORDER_LIMIT, 4000, 3990, 0);
    next(REPORT_ACCEPTED);
    paper->cancel(state_of, 1, out);
    next(REPORT_CANCELLED);
    paper->cancel(state_of, 1, out);
    next(REPORT_CANCEL_REFUSED);
    paper->protect(state_of, 1, px(3990), px(0), out);
    next(REPORT_PROTECT_REFUSED);
    submit(2, SIDE_LONG, ORDER_MARKET, 0, 4990, 0);
    next(REPORT_ACCEPTED);
    bar(5000, 5000, 5000, 5000);
    next(REPORT_FILL);
    next(REPORT_PROTECTED);
    paper->protect(state_of, 2, px(5000), px(0), out); /* not behind the market */
    next(REPORT_PROTECT_REFUSED);
    paper->protect(state_of, 2, px(4999.75), px(5100), out);
    const struct order_report *r = next(REPORT_PROTECTED);
    assert_int_equal(r->price.v, px(4999.75).v);
    assert_int_equal(r->target.v, px(5100).v);
    bar(5000, 5000, 4999.75, 5000);
    assert_int_equal(next(REPORT_PROTECTION_FILL)->price.v, px(4999.5).v);
}

static void exit_of_nothing(void **state) {
    (void)state;
    struct order o = {.id = 5, .trade = 9, .side = SIDE_SHORT, .role = ROLE_EXIT, .qty = {QTY_SCALE}};
    paper->submit(state_of, &o, when_from_sec(0), out);
    next(REPORT_ACCEPTED);
    assert_string_equal(next(REPORT_CANCELLED)->note, "nothing is open");
    o.type = ORDER_LIMIT;
    paper->submit(state_of, &o, when_from_sec(0), out);
    next(REPORT_REJECTED);
    silence();
}

static void an_exit_never_opens(void **state) {
    (void)state;
    submit(1, SIDE_LONG, ORDER_MARKET, 0, 4990, 0);
    next(REPORT_ACCEPTED);
    bar(5000, 5000, 5000, 5000);
    next(REPORT_FILL);
    next(REPORT_PROTECTED);
    struct order o = {.id = 5, .trade = 1, .side = SIDE_SHORT, .role = ROLE_EXIT, .qty = {3 * QTY_SCALE}};
    paper->submit(state_of, &o, when_from_sec(0), out);
    next(REPORT_ACCEPTED);
    bar(5000, 5000, 5000, 5000);
    assert_int_equal(next(REPORT_FILL)->qty.v, QTY_SCALE);
    next(REPORT_CANCELLED);
    bar(5000, 5000, 4900, 4900);
    silence();
}

static void a_stop_cancels_the_rest_of_its_entry(void **state) {
    (void)state;
    config->paper.max_fill = (qty_t){QTY_SCALE / 2};
    paper->configure(state_of, config);
    submit(1, SIDE_LONG, ORDER_MARKET, 0, 4990, 0);
    next(REPORT_ACCEPTED);
    bar(5000, 5000, 4990, 4995);
    assert_int_equal(next(REPORT_FILL)->qty.v, QTY_SCALE / 2);
    next(REPORT_PROTECTED);
    assert_int_equal(next(REPORT_CANCELLED)->order, 1); /* first: nothing may come in behind the stop */
    assert_int_equal(next(REPORT_PROTECTION_FILL)->qty.v, QTY_SCALE / 2);
    bar(5000, 5000, 5000, 5000);
    silence();
}

static void indices_follow_their_symbols(void **state) {
    (void)state;
    submit(1, SIDE_LONG, ORDER_MARKET, 0, 4990, 0);
    next(REPORT_ACCEPTED);
    bar(5000, 5000, 5000, 5000);
    next(REPORT_FILL);
    next(REPORT_PROTECTED);
    config->instruments[1] = config->instruments[0];
    config->instruments[0] = *instrument_builtin("XAUUSD");
    config->instrument_count = 2;
    paper->configure(state_of, config);
    paper->protect(state_of, 1, px(5000), px(0), out); /* the last price moved along */
    next(REPORT_PROTECT_REFUSED);
    bar(10, 10, 10, 10); /* gold, whatever it costs */
    silence();
    struct bar b = {.seconds = 60, .open = px(4989), .high = px(4989), .low = px(4989), .close = px(4989)};
    paper->bar(state_of, 1, &b, out);
    next(REPORT_PROTECTION_FILL);
}

static void a_full_book_refuses(void **state) {
    (void)state;
    for (uint64_t i = 1; i <= ORDERS_MAX; i++) {
        submit(i, SIDE_LONG, ORDER_LIMIT, 4000, 3990, 0);
        next(REPORT_ACCEPTED);
    }
    submit(ORDERS_MAX + 1, SIDE_LONG, ORDER_LIMIT, 4000, 3990, 0);
    assert_string_equal(next(REPORT_REJECTED)->note, "the paper broker is full");
}

static void commission(void **state) {
    (void)state;
    config->paper.commission_per_lot = (cash_t){1500000};
    paper->configure(state_of, config);
    submit(1, SIDE_LONG, ORDER_MARKET, 0, 4990, 0);
    next(REPORT_ACCEPTED);
    bar(5000, 5000, 5000, 5000);
    assert_int_equal(next(REPORT_FILL)->fee.v, 1500000);
    assert_true(out->item[heard - 1].fill_id != 0);
}

int main(void) {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {T(limit_entry),
                                       T(limit_entry_that_closes_beyond_its_target),
                                       T(limit_entry_stopped_in_its_bar),
                                       T(limit_entry_gapped),
                                       T(stop_entry),
                                       T(cancel_and_protect),
                                       T(exit_of_nothing),
                                       T(an_exit_never_opens),
                                       T(a_stop_cancels_the_rest_of_its_entry),
                                       T(indices_follow_their_symbols),
                                       T(a_full_book_refuses),
                                       T(commission)};
    return RUN(tests);
}
