/* /health's lines for the platforms, and what is told where when one of them takes no messages. */
#include "tests/unit/desk_rig.h"

#include "bot/app_priv.h"
#include "bot/outbox_priv.h"
#include "engine/base/map.h"
#include "engine/feeds/zone_file.h"

static struct transport_health said;

static void say_health(void *state, struct transport_health *out) {
    (void)state;
    *out = said;
}

static const struct transport fake = {.health = say_health};

struct world {
    struct rig *rig;
    struct app app;
};

static void open_world(struct world *w) {
    static int state;
    *w = (struct world){.rig = rig_open()};
    struct app *a = &w->app;
    a->o.conf = w->rig->conf;
    str_copy(a->dir, sizeof a->dir, w->rig->dir);
    a->store = w->rig->store;
    a->desk = w->rig->desk;
    a->outbox = w->rig->outbox;
    a->alarms = map_new(16);
    a->reporter = reporter_new(&(struct reporter_options){
        .outbox = a->outbox, .mode = "PAPER", .use = {true, true, true}, .lang = {LANG_EN, LANG_FR, LANG_EN}});
    reporter_engine(a->reporter, desk_engine(a->desk));
    for (int p = 0; p < PLATFORM_COUNT; p++)
        a->transports[p] = (struct transport_slot){.ops = &fake, .state = &state, .up = true};
    said = (struct transport_health){.configured = true, .up = true, .text = {"polling", "en écoute"}};
}

static void close_world(struct world *w) {
    reporter_free(w->app.reporter);
    map_free(w->app.alarms);
    rig_close(w->rig);
}

static const struct health_item *health_of(struct world *w, const char *name) {
    static struct health_item items[HEALTH_ITEMS_MAX];
    uint32_t n = app_health(&w->app, items);
    for (uint32_t i = 0; i < n; i++)
        if (!strcmp(items[i].name, name)) return &items[i];
    fail_msg("no line for %s", name);
    return NULL;
}

static void wait_on_discord(struct world *w, int64_t age_s) {
    struct arena *a = arena_new(1u << 16);
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    doc_title(d, "", "a trade");
    outbox_ready(w->app.outbox, PLATFORM_DISCORD, false);
    outbox_message(w->app.outbox, &(struct outbox_message){.platform = PLATFORM_DISCORD, .doc = d});
    arena_free(a);
    rig_turn(w->rig);
    w->app.outbox->platforms[PLATFORM_DISCORD].lanes[CHANNEL_TRADES].head->created.ns -= age_s * NS_PER_SEC;
    w->rig->answer_count = 0;
}

static uint32_t told_on(const struct world *w, enum platform p, const char *text) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < w->rig->answer_count; i++)
        n += w->rig->answers[i].platform == p && strstr(w->rig->answers[i].text, text) != NULL;
    return n;
}

static void test_what_waits_for_five_minutes_is_told_on_the_other_platforms(void **state) {
    struct world w;
    (void)state;
    open_world(&w);
    wait_on_discord(&w, 299);
    app_look_at_outbox(&w.app);
    rig_turn(w.rig);
    assert_int_equal(w.rig->answer_count, 0);
    wait_on_discord(&w, 5);
    app_look_at_outbox(&w.app);
    app_look_at_outbox(&w.app); /* once an hour */
    rig_turn(w.rig);
    assert_int_equal(told_on(&w, PLATFORM_TELEGRAM, "Discord"), 1);
    assert_int_equal(told_on(&w, PLATFORM_TELEGRAM, "le plus ancien depuis"), 1);
    assert_int_equal(told_on(&w, PLATFORM_LOCAL, "the oldest for"), 1);
    assert_int_equal(w.rig->answer_count, 2);
    assert_int_equal(outbox_pending(w.app.outbox, PLATFORM_DISCORD), 2); /* nothing was added there */
    close_world(&w);
}

static void test_a_message_of_the_shell_says_when(void **state) {
    struct world w;
    (void)state;
    open_world(&w);
    w.rig->answer_count = 0;
    app_alarm(&w.app, PLATFORM_DISCORD, URGENCY_IMPORTANT, "discord.test", "something", "quelque chose");
    desk_turn_end(w.rig->desk);
    const struct item *i = w.app.outbox->platforms[PLATFORM_LOCAL].lanes[CHANNEL_ALERTS].head;
    assert_non_null(i);
    assert_non_null(strstr(i->doc, "\"time_ms\""));
    rig_turn(w.rig);
    close_world(&w);
}

static void test_health_says_what_waits_and_for_how_long(void **state) {
    struct world w;
    (void)state;
    open_world(&w);
    assert_string_equal(health_of(&w, "telegram")->text[LANG_FR], "en écoute");
    assert_string_equal(health_of(&w, "telegram")->state, "ok");
    wait_on_discord(&w, 2);
    assert_string_equal(health_of(&w, "discord")->text[LANG_EN], "polling, 1 waiting");
    wait_on_discord(&w, 600);
    const struct health_item *i = health_of(&w, "discord");
    assert_string_equal(i->state, "warn");
    assert_non_null(strstr(i->text[LANG_EN], "2 waiting, the oldest for 10"));
    assert_non_null(strstr(i->text[LANG_FR], "2 en attente, le plus ancien depuis 10"));
    said.up = false;
    said.stopped = true;
    assert_string_equal(health_of(&w, "discord")->state, "down");
    close_world(&w);
}

static void test_health_tells_refused_from_not_configured(void **state) {
    struct world w;
    (void)state;
    open_world(&w);
    w.app.transports[PLATFORM_DISCORD].state = NULL; /* no token in this configuration */
    w.app.transports[PLATFORM_LOCAL].state = NULL;   /* but a page */
    assert_string_equal(health_of(&w, "discord")->state, "off");
    assert_string_equal(health_of(&w, "local")->state, "down");
    close_world(&w);
}

/* Gold's own hours, at the exchange in New York. */
static void keep_hours(struct rig *g) {
    struct engine_config *c = &g->config;
    struct zone *z;
    struct err e;
    assert_int_equal(zone_open("America/New_York", &z, &e), 0);
    zone_plan(z, &c->calendars.zones[0]);
    zone_free(z);
    c->calendars.zone_count = c->calendars.hours_count = 1;
    c->calendars.hours[0] = (struct trading_hours){"metals", 0, 18 * 60, 17 * 60, 0x3e, HOLIDAYS_METALS};
    struct event ev = {.kind = EVENT_CONFIG, .occasion = CONFIG_RUNNING, .u.config = c};
    assert_int_equal(desk_event(g->desk, &ev, &e), 0);
}

/* Gold's data end with the Friday: its weekend is silent, and so it may be; who is still silent on Monday is late. */
static void test_a_silence_is_a_fault_only_while_a_market_is_open(void **state) {
    (void)state;
    struct world w;
    const int64_t hour_ms = 3600000, friday = 5 * 24 - 2; /* from Monday, 00:00 UTC: New York closes at 22:00 */
    open_world(&w);
    const struct engine *e = desk_engine(w.app.desk);
    keep_hours(w.rig);
    w.rig->bars = (uint32_t)(friday * 12 - 1);
    rig_bar(w.rig, 260000, 260010);
    assert_false(app_feed_is_silent(e, hour_ms, 10));     /* Saturday */
    assert_false(app_feed_is_silent(e, 4 * hour_ms, 10)); /* Sunday, before 23:00 */
    assert_true(app_feed_is_silent(e, 6 * hour_ms, 10));  /* Monday */
    assert_false(app_feed_is_silent(e, 60000, 10));
    assert_false(app_feed_is_silent(e, 6 * hour_ms, 1)); /* bars of its own pace come when they come */
    close_world(&w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_waits_for_five_minutes_is_told_on_the_other_platforms),
        cmocka_unit_test(test_a_message_of_the_shell_says_when),
        cmocka_unit_test(test_health_says_what_waits_and_for_how_long),
        cmocka_unit_test(test_health_tells_refused_from_not_configured),
        cmocka_unit_test(test_a_silence_is_a_fault_only_while_a_market_is_open),
    };
    return RUN(tests);
}
