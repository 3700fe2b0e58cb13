/* The dealer, one turn after the other: a venue that says what the test tells it to, and nothing by itself. */
#include "engine_kit.h"

#include <ftw.h>
#include <unistd.h>

#include "bot/dealer.h"
#include "engine/base/log.h"

#define ASKS_MAX 256

static struct {
    const struct venue_host *host;
    struct venue_ask asked[ASKS_MAX];
    uint32_t count;
} v;

static struct {
    char dir[64];
    struct loop *loop;
    struct store *store;
    struct desk *desk;
    struct dealer *dealer;
    int64_t ms, minute;
} b;

static void *v_open(const struct venue_spec *spec, const struct venue_host *host, struct err *e) {
    (void)spec, (void)e;
    v.host = host;
    return &v;
}

static void v_ask(void *venue, const struct venue_ask *a) {
    (void)venue;
    assert_true(v.count < ASKS_MAX);
    v.asked[v.count++] = *a;
}

static void v_close(void *venue) {
    (void)venue;
}

static const struct broker scripted = {.name = "scripted",
                                       .caps = BROKER_ATTACHED_STOP | BROKER_UNIQUE_IDS,
                                       .open = v_open,
                                       .ask = v_ask,
                                       .close = v_close};

static void turns(void) {
    for (int i = 0; i < 5; i++) {
        desk_turn_end(b.desk);
        store_wait(b.store);
    }
}

static void later(int64_t ms) {
    b.ms += ms;
    dealer_poll(b.dealer);
    turns();
}

static int64_t bench_ms(void *arg) {
    (void)arg;
    return b.ms;
}

static void effects(void *arg, const struct event *ev, const struct effects *f) {
    (void)arg;
    if (b.dealer != NULL) dealer_effects(b.dealer, ev, f);
}

static uint32_t asked(enum venue_verb verb) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < v.count; i++) n += v.asked[i].verb == verb;
    return n;
}

/* What is asked last, which is to be this. */
static struct venue_ask last(enum venue_verb verb) {
    assert_true(v.count > 0);
    assert_string_equal(venue_verb_name(v.asked[v.count - 1].verb), venue_verb_name(verb));
    return v.asked[v.count - 1];
}

static void say(uint64_t order, enum report_kind kind) {
    struct order_report r = {.kind = kind, .order = order};
    v.host->report(v.host->arg, &r);
    turns();
}

static void say_fill(uint64_t order, enum report_kind kind, qty_t qty, uint64_t id) {
    struct order_report r = {.kind = kind, .order = order, .fill_id = id, .qty = qty, .price = px(5000)};
    v.host->report(v.host->arg, &r);
    turns();
}

static void answer(struct venue_ask a, enum venue_answer with) {
    struct venue_view view = {
        .demo = true, .count = 1, .holding = {{.symbol = "ES", .qty = engine_position(desk_engine(b.desk), 0)}}};
    if (a.verb == VENUE_LOOK) v.host->viewed(v.host->arg, &view);
    v.host->answered(v.host->arg, &a, with, 0, NULL);
    turns();
}

static void bar(void) {
    struct err e;
    struct event ev = {.kind = EVENT_BAR};
    ev.u.bar.bar = (struct bar){.start = when_from_sec(b.minute++ * 60),
                                .seconds = 60,
                                .open = px(5000),
                                .high = px(5000),
                                .low = px(5000),
                                .close = px(5000),
                                .volume = 1};
    assert_int_equal(desk_event(b.desk, &ev, &e), 0);
    turns();
}

static int begin(void **state) {
    (void)state;
    struct err e;
    uint64_t events;
    memset(&v, 0, sizeof v);
    memset(&w, 0, sizeof w);
    memset(&b, 0, sizeof b);
    kit_config();
    kit_next.n = 0;
    b.ms = 1000000;
    b.minute = 29000000;
    str_copy(b.dir, sizeof b.dir, "/tmp/mia-dealer-XXXXXX");
    assert_non_null(mkdtemp(b.dir));
    b.loop = loop_new();
    const struct store_options so = {.dir = b.dir};
    b.store = store_open(&so, &e);
    const struct desk_options d = {.loop = b.loop, .store = b.store, .broker = &scripted, .effects = effects};
    b.desk = desk_new(&d);
    assert_int_equal(desk_recover(b.desk, &events, &e), 0);
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &w.config};
    assert_int_equal(desk_event(b.desk, &ev, &e), 0);
    const struct dealer_options o = {
        .loop = b.loop, .desk = b.desk, .broker = &scripted, .guard = {.orders_per_minute = 2}, .now_ms = bench_ms};
    b.dealer = dealer_new(&o, &e);
    turns();
    later(1);
    v.host->link(v.host->arg, true, NULL);
    answer(last(VENUE_LOOK), VENUE_DONE);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *f) {
    (void)st, (void)type, (void)f;
    return remove(path);
}

static int end(void **state) {
    (void)state;
    dealer_free(b.dealer);
    desk_free(b.desk);
    store_close(b.store);
    loop_free(b.loop);
    nftw(b.dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}

/* An entry that the venue has accepted. */
static struct venue_ask accepted(void) {
    bar();
    kit_want(SIDE_LONG, 90, 4990, 0);
    bar();
    later(1);
    struct venue_ask a = last(VENUE_SUBMIT);
    say(a.order, REPORT_ACCEPTED);
    answer(a, VENUE_DONE);
    return a;
}

static void operate(enum operator_verb verb, int percent) {
    struct err e;
    const struct trade *t = engine_trade_at(desk_engine(b.desk), 0);
    struct operator_command c = {
        .verb = verb, .trade = t->id, .instrument = -1, .percent = percent, .actor = "local:1"};
    assert_int_equal(desk_operate(b.desk, &c, &e), 0);
    turns();
    later(1);
}

static void what_is_never_heard_is_asked_for(void **state) {
    (void)state;
    uint64_t entry = accepted().order;
    uint32_t before = asked(VENUE_QUERY);
    later(DEALER_LOOK_MS + 1);
    answer(last(VENUE_LOOK), VENUE_DONE);
    later(1);
    assert_int_equal(asked(VENUE_QUERY), before + 1);
    struct venue_ask q = last(VENUE_QUERY);
    assert_int_equal(q.order, entry);
    say_fill(entry, REPORT_FILL, q.sub.qty, 1);
    answer(q, VENUE_DONE);
    struct order_report r = {.kind = REPORT_PROTECTED, .order = entry};
    v.host->report(v.host->arg, &r);
    turns();
    uint32_t stops = asked(VENUE_PROTECT);
    later(DEALER_LOOK_MS + 1);
    answer(last(VENUE_LOOK), VENUE_DONE);
    later(1);
    assert_int_equal(asked(VENUE_PROTECT), stops + 1); /* does it still rest? */
}

/* The question that a report gave rise to is not ended by that report. */
static void what_is_ahead_of_its_entry_is_asked_about(void **state) {
    (void)state;
    struct venue_ask entry = accepted();
    uint32_t before = asked(VENUE_QUERY);
    say_fill(entry.order, REPORT_PROTECTION_FILL, entry.sub.qty, 1);
    later(1);
    assert_int_equal(asked(VENUE_QUERY), before + 1);
    struct venue_ask q = last(VENUE_QUERY);
    say_fill(entry.order, REPORT_PROTECTION_FILL, entry.sub.qty, 1); /* again, while it is asked */
    answer(q, VENUE_DONE);                                           /* which does not know the fill yet */
    later(1000);
    assert_int_equal(asked(VENUE_QUERY), before + 2);
    q = last(VENUE_QUERY);
    say_fill(entry.order, REPORT_FILL, entry.sub.qty, 2);
    say_fill(entry.order, REPORT_PROTECTION_FILL, entry.sub.qty, 1);
    answer(q, VENUE_DONE);
    assert_int_equal(engine_trade_count(desk_engine(b.desk)), 0);
}

/* The first attempt arrived after all, while the second one waited for its turn: an adapter would take the stop off for it. */
static void what_came_true_while_it_waited_is_not_sent_again(void **state) {
    (void)state;
    struct venue_ask entry = accepted();
    say_fill(entry.order, REPORT_FILL, entry.sub.qty, 1);
    operate(OP_CLOSE, 50);
    struct venue_ask a = last(VENUE_SUBMIT);
    answer(a, VENUE_UNCLEAR);
    later(1000);
    answer(last(VENUE_QUERY), VENUE_ABSENT);
    uint32_t before = asked(VENUE_SUBMIT);
    later(100); /* two orders a minute: it waits */
    assert_int_equal(asked(VENUE_SUBMIT), before);
    say_fill(a.order, REPORT_FILL, a.sub.qty, 2);
    later(60000);
    assert_int_equal(asked(VENUE_SUBMIT), before);
}

/* A cancellation that a closed market takes all night over does not use the venue's budget up. */
static void a_slow_cancellation_is_asked_about_less_and_less(void **state) {
    (void)state;
    struct venue_ask entry = accepted();
    operate(OP_CANCEL, 100);
    uint32_t before = v.count;
    uint32_t answered = 0;
    for (int i = 0; i < 1200; i++) { /* a minute */
        struct venue_ask a = v.asked[v.count - 1];
        bool is_of_it = a.order == entry.order && (a.verb == VENUE_CANCEL || a.verb == VENUE_QUERY);
        if (is_of_it && answered != v.count) {
            answered = v.count;
            answer(a, VENUE_DONE);
        }
        later(50);
    }
    assert_in_range(v.count - before, 6, 24);
}

int main(void) {
    log_set_stderr(false);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_never_heard_is_asked_for, begin, end),
        cmocka_unit_test_setup_teardown(what_is_ahead_of_its_entry_is_asked_about, begin, end),
        cmocka_unit_test_setup_teardown(what_came_true_while_it_waited_is_not_sent_again, begin, end),
        cmocka_unit_test_setup_teardown(a_slow_cancellation_is_asked_about_less_and_less, begin, end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
