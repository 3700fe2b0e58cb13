/*
 * live: what a push feed says becomes what the engine knows: history opens nothing, what was
 * committed is skipped, live is live again after every hole, the venue's clock counts where
 * it is far from ours. The feed here is the test itself.
 */
#include "tests/unit/desk_rig.h"

#include "bot/live.h"

static struct feed_host host;
static bool refuses;
static int opened, alarms, overs;

static void *scripted_connect(const struct feed_spec *spec, const struct feed_host *h, struct err *e) {
    (void)spec;
    host = *h;
    if (refuses) {
        err_set(e, ERR_AUTH, "no", "non");
        return NULL;
    }
    opened++;
    return &host;
}

static void scripted_stats(void *state, struct feed_stats *out) {
    (void)state;
    *out = (struct feed_stats){.bars = 7, .connects = 3, .late = 2, .bad_rows = 1};
}

static void scripted_close(void *state) {
    (void)state;
    opened--;
}

static const struct feed scripted = {.name = "scripted",
                                     .caps = FEED_PUSH,
                                     .connect = scripted_connect,
                                     .stats = scripted_stats,
                                     .close = scripted_close};

static void on_alarm(void *arg, bool urgent, const char *key, const char *en, const char *fr) {
    (void)arg;
    (void)urgent;
    assert_true(*key && *en && *fr);
    alarms++;
}

static void on_over(void *arg, const char *key, const char *en, const char *fr) {
    (void)arg;
    assert_true(*key && *en && *fr);
    overs++;
}

struct bench {
    struct rig *g;
    struct live *l;
    struct feed_spec spec;
};

static int setup(void **state) {
    static struct bench b;
    b = (struct bench){.g = rig_open()};
    b.spec = (struct feed_spec){.config = &b.g->config, .venue = {.source = "test", .seconds = 60}};
    struct live_options o = {.loop = b.g->loop,
                             .desk = b.g->desk,
                             .feed = &scripted,
                             .spec = &b.spec,
                             .stale_ms = 300000,
                             .alarm = on_alarm,
                             .over = on_over};
    b.l = live_new(&o);
    refuses = false;
    opened = alarms = overs = 0;
    *state = &b;
    return 0;
}

static int teardown(void **state) {
    struct bench *b = *state;
    live_free(b->l);
    assert_int_equal(opened, 0);
    rig_close(b->g);
    return 0;
}

static enum feed_state feed_state(const struct bench *b) {
    struct engine_status st;
    engine_status(desk_engine(b->g->desk), &st);
    return st.feed;
}

static uint64_t bars(const struct bench *b) {
    return engine_bars(desk_engine(b->g->desk));
}

/* The minute that ended `ago` whole minutes before the one that runs. */
static void bar(int ago, int64_t close) {
    int64_t s = when_sec(host.now(host.arg));
    const int64_t cent = PRICE_SCALE / 100;
    struct feed_bar f = {
        .bar = {.start = when_from_sec(s - s % 60 - 60 * (int64_t)(ago + 1)), .seconds = 60, .volume = 5}};
    f.bar.open.v = f.bar.close.v = close * cent;
    f.bar.high.v = (close + 20) * cent;
    f.bar.low.v = (close - 20) * cent;
    host.bar(host.arg, &f);
}

/* Down, then up through the average: a wish to buy at its end. */
static void crossing(int from) {
    for (int i = 0; i < 20; i++) bar(from - i, 260000 - 10 * i);
    bar(from - 20, 260400);
}

static void start(struct bench *b) {
    struct err e;
    assert_int_equal(live_start(b->l, &e), 0);
}

static void history_opens_nothing_and_live_does(void **state) {
    struct bench *b = *state;
    start(b);
    assert_int_equal(feed_state(b), FEED_FILLING);
    assert_int_equal(host.last(host.arg, 0).ns, WHEN_NONE.ns);
    crossing(100);
    assert_int_equal(bars(b), 21);
    assert_int_equal(b->g->effects[EFFECT_SIGNAL], 0);
    assert_true(host.last(host.arg, 0).ns != WHEN_NONE.ns);
    host.state(host.arg, FEED_LIVE, NULL);
    assert_int_equal(feed_state(b), FEED_LIVE);
    assert_int_equal(b->g->effects[EFFECT_MARKET], 0);
    crossing(20); /* the last of them ends with this minute */
    assert_int_equal(feed_state(b), FEED_FILLING);
    host.state(host.arg, FEED_LIVE, NULL);
    assert_int_equal(feed_state(b), FEED_LIVE);
    assert_int_equal(b->g->effects[EFFECT_MARKET], 0);
    rig_turn(b->g);
}

static void what_is_known_is_skipped(void **state) {
    struct bench *b = *state;
    start(b);
    crossing(100);
    crossing(100);
    assert_int_equal(bars(b), 21);
    assert_int_equal(live_skipped(b->l), 21);
    bar(81, 1); /* older than the last, whatever it holds */
    assert_int_equal(live_skipped(b->l), 22);
    rig_turn(b->g);
}

static void commands_get_the_market_time_of_a_live_feed(void **state) {
    struct bench *b = *state;
    struct err e;
    start(b);
    bar(100, 260000);
    when_t then = engine_market_time(desk_engine(b->g->desk));
    struct event ev = {.kind = EVENT_CLOCK};
    assert_int_equal(desk_event(b->g->desk, &ev, &e), 0);
    assert_int_equal(ev.market_time.ns, then.ns); /* not live yet: the data's own */
    host.state(host.arg, FEED_LIVE, NULL);
    host.offset(host.arg, 7200000);
    ev = (struct event){.kind = EVENT_CLOCK};
    assert_int_equal(desk_event(b->g->desk, &ev, &e), 0);
    int64_t ahead = when_ms_between(clock_wall(), ev.market_time);
    assert_true(ahead > 7190000 && ahead <= 7200000);
    rig_turn(b->g);
}

static void small_differences_of_clocks_are_the_networks(void **state) {
    struct bench *b = *state;
    start(b);
    host.offset(host.arg, 2900);
    assert_true(when_ms_between(clock_wall(), host.now(host.arg)) <= 0);
    assert_int_equal(alarms, 0);
    host.offset(host.arg, -40000);
    assert_true(when_ms_between(clock_wall(), host.now(host.arg)) <= -39000);
    assert_int_equal(alarms, 1);
    host.offset(host.arg, -40900); /* no step worth the name */
    assert_true(when_ms_between(clock_wall(), host.now(host.arg)) >= -40100);
    host.offset(host.arg, 400);
    assert_true(when_ms_between(clock_wall(), host.now(host.arg)) >= -100);
    assert_int_equal(overs, 2); /* the first word, and this: whoever listens knows whether there was an alarm */
}

static void a_loss_is_told_once_and_so_is_its_end(void **state) {
    struct bench *b = *state;
    struct err why;
    err_set(&why, ERR_NET, "gone", "perdu");
    start(b);
    host.state(host.arg, FEED_LIVE, NULL);
    host.state(host.arg, FEED_LOST, &why);
    host.state(host.arg, FEED_LOST, &why);
    assert_int_equal(feed_state(b), FEED_LOST);
    assert_int_equal(b->g->effects[EFFECT_MARKET], 1);
    crossing(50); /* the gap: refused, and told as such */
    assert_int_equal(feed_state(b), FEED_LOST);
    host.state(host.arg, FEED_LIVE, NULL);
    assert_int_equal(feed_state(b), FEED_LIVE);
    assert_int_equal(b->g->effects[EFFECT_MARKET], 2);
    assert_int_equal(engine_trade_count(desk_engine(b->g->desk)), 0);
    rig_turn(b->g);
}

static void a_feed_that_refuses_is_lost(void **state) {
    struct bench *b = *state;
    struct err e;
    refuses = true;
    assert_int_equal(live_start(b->l, &e), -1);
    assert_string_equal(e.text[LANG_FR], "non");
    assert_int_equal(feed_state(b), FEED_LOST);
    struct health_item items[4];
    assert_int_equal(live_health(b->l, items, 4), 2);
    assert_string_equal(items[0].state, "warn");
    rig_turn(b->g);
}

static void health_says_what_it_knows(void **state) {
    struct bench *b = *state;
    struct health_item items[8];
    start(b);
    host.state(host.arg, FEED_LIVE, NULL);
    assert_int_equal(live_health(b->l, items, 8), 2);
    assert_string_equal(items[0].text[LANG_EN], "scripted test, live, 7 bars, reconnects: 2, late: 2, bad: 1");
    assert_string_equal(
        items[0].text[LANG_FR],
        "scripted test, en direct, 7 bougies, reconnexions\u00a0: 2, tardives\u00a0: 2, fausses\u00a0: 1");
    assert_string_equal(items[1].name, "XAUUSD");
    assert_string_equal(items[1].text[LANG_EN], "nothing heard yet");
    host.heard(host.arg, 0);
    assert_int_equal(live_health(b->l, items, 1), 1);
    live_health(b->l, items, 8);
    assert_non_null(strstr(items[1].text[LANG_FR], "reçu il y a"));
    rig_turn(b->g);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {T(history_opens_nothing_and_live_does),
                                       T(what_is_known_is_skipped),
                                       T(commands_get_the_market_time_of_a_live_feed),
                                       T(small_differences_of_clocks_are_the_networks),
                                       T(a_loss_is_told_once_and_so_is_its_end),
                                       T(a_feed_that_refuses_is_lost),
                                       T(health_says_what_it_knows)};
    return RUN(tests);
}
