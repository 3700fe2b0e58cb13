/*
 * desk_rig: a whole desk in a folder of its own, without a loop turning and without a
 * platform: engine, store, state, outbox and router are real, deliveries are kept here
 * as plain text. One instrument (XAUUSD), one strategy, bars made by hand.
 */
#ifndef MIA_TESTS_DESK_RIG_H
#define MIA_TESTS_DESK_RIG_H

#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/limit_keys.h"
#include "bot/render.h"
#include "bot/router.h"
#include "bot/state.h"
#include "config/conf.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define RIG_ANSWERS_MAX 128
#define RIG_START 1736121600 /* 2025-01-06T00:00:00Z, a Monday */

struct rig_answer {
    enum platform platform;
    char address[ADDRESS_MAX];
    char text[8192];
    bool is_private;
    char button[DOC_BUTTONS_MAX][64 + 1];
    uint32_t buttons;
};

struct rig {
    char dir[64];
    struct loop *loop;
    struct store *store;
    struct desk *desk;
    struct state *state;
    struct outbox *outbox;
    struct router *router;
    struct settings *settings;
    uint32_t told[SETTING_EVENT_COUNT]; /* of changed settings */
    char told_key[64], told_by[ACTOR_MAX], applied[64];
    bool told_mentors;
    struct conf *conf;
    struct engine_config config;
    struct rig_answer answers[RIG_ANSWERS_MAX];
    uint32_t answer_count;
    uint64_t sent[RIG_ANSWERS_MAX]; /* deliveries to be answered after send returned */
    enum platform sent_to[RIG_ANSWERS_MAX];
    uint32_t sent_count;
    struct choice choices[COMMAND_CHOICES_MAX];
    uint32_t choice_count, choice_calls, deferred;
    uint64_t next_ext_id;
    int64_t later_ms; /* the rates' clock is ahead by so much */
    uint32_t bars;
    uint32_t effects[EFFECT_KIND_COUNT]; /* counted since the rig was opened */
    when_t started;
};

static void rig_send(void *arg, enum platform p, const struct delivery *d) {
    struct rig *g = arg;
    struct buf b;
    assert_true(g->answer_count < RIG_ANSWERS_MAX && g->sent_count < RIG_ANSWERS_MAX);
    struct rig_answer *a = &g->answers[g->answer_count++];
    *a = (struct rig_answer){.platform = p, .is_private = d->doc->is_private};
    str_copy(a->address, sizeof a->address, d->address);
    struct doc copy = *d->doc; /* the time of the answer is the machine's: not for golden files */
    copy.time = WHEN_NONE;
    copy.time_text = NULL;
    buf_init(&b, sizeof a->text);
    render_plain(&copy, false, 100, &b);
    str_copy(a->text, sizeof a->text, b.p);
    buf_clear(&b);
    a->buttons = d->doc->button_count;
    for (uint32_t i = 0; i < a->buttons; i++) str_copy(a->button[i], sizeof a->button[i], d->doc->buttons[i].id);
    g->sent_to[g->sent_count] = p;
    g->sent[g->sent_count++] = d->id;
}

static void rig_effects(void *arg, const struct event *ev, const struct effects *f) {
    struct rig *g = arg;
    (void)ev;
    for (uint32_t i = 0; i < f->n; i++) g->effects[f->item[i].kind]++;
}

static void rig_choices(void *arg, enum platform p, const char *address, const struct choice *c, uint32_t n) {
    struct rig *g = arg;
    (void)p;
    (void)address;
    memcpy(g->choices, c, n * sizeof *c);
    g->choice_count = n;
    g->choice_calls++;
}

static void rig_defer(void *arg, enum platform p, const char *address, bool is_private) {
    (void)p;
    (void)address;
    (void)is_private;
    ((struct rig *)arg)->deferred++;
}

static uint32_t rig_health(void *arg, struct health_item *out) {
    (void)arg;
    out[0] = (struct health_item){"store", "ok", {"SQLite, 0.1 MiB", "SQLite, 0,1 Mio"}};
    out[1] = (struct health_item){"telegram", "off", {"not configured", "non configuré"}};
    return 2;
}

static const char *rig_state_get(void *arg, const char *key) {
    return state_get(((struct rig *)arg)->state, key);
}

static void rig_state_put(void *arg, const char *key, const char *value) {
    state_put(((struct rig *)arg)->state, key, value);
}

#define RIG_BEGAN_MS 1000000
/* Time as the rates see it: a test moves it on. */
static int64_t rig_mono_ms(void *arg) {
    return RIG_BEGAN_MS + ((struct rig *)arg)->later_ms; /* a slow machine changes no rate */
}

static void rig_told(void *arg, const struct setting_news *n) {
    struct rig *g = arg;
    g->told[n->event]++;
    g->told_mentors = n->mentors;
    str_copy(g->told_key, sizeof g->told_key, n->key);
    str_copy(g->told_by, sizeof g->told_by, n->by);
}

static void rig_applied(void *arg, const char *key) {
    struct rig *g = arg;
    str_copy(g->applied, sizeof g->applied, key);
}

static void rig_setting(void *arg, const char *key, const char *value) {
    settings_load(((struct rig *)arg)->settings, key, value);
}

/* Commits what is open, and what that leads to, until all is quiet. */
static void rig_turn(struct rig *g) {
    for (int i = 0; i < 6; i++) {
        settings_turn(g->settings);
        desk_turn_end(g->desk);
        store_wait(g->store);
        for (uint32_t k = 0; k < g->sent_count; k++) {
            struct delivery_result r = {.outcome = OUTCOME_DELIVERED};
            outbox_delivered(g->outbox, g->sent_to[k], g->sent[k], &r);
        }
        g->sent_count = 0;
    }
}

static void rig_configure(struct rig *g) {
    struct engine_config *c = &g->config;
    engine_config_defaults(c);
    c->instruments[0] = *instrument_builtin("XAUUSD");
    c->instrument_count = 1;
    c->limits.confidence_min = 0;
    c->limits.daily_trades_asset = 0;
    c->limits.daily_trades = 20;
    str_copy(c->version, sizeof c->version, "1.2.3");
    struct strategy_config *s = &c->strategies[c->strategy_count++];
    str_copy(s->name, sizeof s->name, "MovingAverage");
    str_copy(s->label, sizeof s->label, "MovingAverage");
    s->enabled = true;
    s->symbol_count = 1;
    s->capital = (cash_t){50000 * CASH_SCALE};
    static const struct param params[] = {
        {"ma_period", 3}, {"stop_loss_pct", 0.01}, {"take_profit_pct", 0.03}, {"allow_short", 0}};
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) s->params[s->param_count++] = params[i];
}

static struct conf *rig_conf(void) {
    struct conf_errors errs = {0};
    const struct conf_flag flags[] = {{"access.owners", "discord:3000,telegram:400", "test"},
                                      {"access.operators", "discord:3001,telegram:3000", "test"},
                                      {"access.mentors", "discord:3002", "test"}};
    const struct conf_source src = {.env_path = "", .flags = flags, .flag_count = 3, .no_secrets = true, .base = "/"};
    struct conf *c = conf_load(&src, &errs);
    assert_non_null(c);
    conf_errors_clear(&errs);
    return c;
}

/* From the folder: what a start does, in the same order. */
static void rig_start(struct rig *g) {
    struct err e;
    uint64_t events;
    const struct store_options st = {.dir = g->dir};
    g->store = store_open(&st, &e);
    assert_non_null(g->store);
    const struct desk_options d = {
        .loop = g->loop, .store = g->store, .broker = broker_find("paper"), .effects = rig_effects, .arg = g};
    g->desk = desk_new(&d);
    assert_int_equal(desk_recover(g->desk, &events, &e), 0);
    g->state = state_new(g->desk);
    assert_int_equal(state_recover(g->state, g->store, &e), 0);
    const struct settings_options so = {.conf = g->conf,
                                        .config = &g->config,
                                        .desk = g->desk,
                                        .arg = g,
                                        .state_put = rig_state_put,
                                        .told = rig_told,
                                        .applied = rig_applied};
    g->settings = settings_new(&so);
    while (conf_change_count(g->conf)) conf_change_drop(g->conf, conf_change_at(g->conf, 0)->key);
    state_each(g->state, SETTING_KEY, rig_setting, g);
    rig_configure(g);
    for (size_t i = 0; i < conf_change_count(g->conf); i++) {
        const char *key = conf_change_at(g->conf, i)->key;
        const struct limit_key *k = limit_key_find(key);
        if (k) limit_key_set(k, &g->config, conf_value(g->conf, key).number);
    }
    const struct outbox_options o = {.loop = g->loop, .desk = g->desk, .store = g->store, .send = rig_send, .arg = g};
    g->outbox = outbox_new(&o);
    assert_int_equal(outbox_recover(g->outbox, &e), 0);
    const struct router_options r = {.loop = g->loop,
                                     .desk = g->desk,
                                     .outbox = g->outbox,
                                     .store = g->store,
                                     .settings = g->settings,
                                     .conf = g->conf,
                                     .mode = "PAPER",
                                     .version = "1.2.3",
                                     .started = g->started,
                                     .arg = g,
                                     .mono_ms = rig_mono_ms,
                                     .choices = rig_choices,
                                     .defer = rig_defer,
                                     .health = rig_health,
                                     .state_get = rig_state_get,
                                     .state_put = rig_state_put};
    g->router = router_new(&r);
    assert_int_equal(router_recover(g->router, &e), 0);
    for (int p = 0; p < PLATFORM_COUNT; p++) outbox_ready(g->outbox, (enum platform)p, true);
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &g->config};
    assert_int_equal(desk_event(g->desk, &ev, &e), 0);
    settings_started(g->settings);
    rig_turn(g);
}

/* Everything in memory goes; what was committed stays. */
static void rig_stop(struct rig *g) {
    store_wait(g->store);
    desk_turn_end(g->desk); /* what those answers led to */
    store_wait(g->store);
    router_free(g->router);
    settings_free(g->settings);
    outbox_free(g->outbox);
    state_free(g->state);
    desk_free(g->desk); /* before the store: an open batch belongs to it */
    store_close(g->store);
}

static struct rig *rig_open(void) {
    struct rig *g = xcalloc(1, sizeof *g);
    log_set_stderr(false);
    str_copy(g->dir, sizeof g->dir, "/tmp/mia-rig-XXXXXX");
    assert_non_null(mkdtemp(g->dir));
    g->loop = loop_new();
    g->conf = rig_conf();
    g->started = when_from_sec(RIG_START);
    g->next_ext_id = 1000;
    rig_start(g);
    return g;
}

static void rig_close(struct rig *g) {
    char cmd[96];
    rig_stop(g);
    conf_free(g->conf);
    loop_free(g->loop);
    snprintf(cmd, sizeof cmd, "rm -rf '%s'", g->dir);
    assert_int_equal(system(cmd), 0);
    free(g);
}

/* One bar of five minutes that goes straight from its open to its close, in cents. */
static void rig_bar(struct rig *g, int64_t open, int64_t close) {
    struct err e;
    const int64_t cent = PRICE_SCALE / 100;
    int64_t high = open > close ? open : close, low = open > close ? close : open;
    struct event ev = {.kind = EVENT_BAR};
    ev.u.bar.bar = (struct bar){.start = when_from_sec(RIG_START + 300 * (int64_t)g->bars++),
                                .seconds = 300,
                                .open = {open * cent},
                                .high = {(high + 20) * cent},
                                .low = {(low - 20) * cent},
                                .close = {close * cent},
                                .volume = 100};
    assert_int_equal(desk_event(g->desk, &ev, &e), 0);
}

/* Flat, then up through the average: a long, filled at the open of the next bar. */
static __attribute__((unused)) void rig_open_trade(struct rig *g) {
    uint32_t before = engine_trade_count(desk_engine(g->desk));
    for (int i = 0; i < 20; i++) rig_bar(g, 260000 - 10 * i, 260000 - 10 * (i + 1));
    rig_bar(g, 259800, 260400);
    rig_bar(g, 260410, 260500);
    rig_turn(g);
    assert_int_equal(engine_trade_count(desk_engine(g->desk)), before + 1);
}

/* A request of somebody in the right place, just now. */
static struct request rig_request(struct rig *g, enum platform p, const char *user, const char *text) {
    struct request q = {.platform = p,
                        .kind = REQUEST_COMMAND,
                        .ext_id = g->next_ext_id++,
                        .home = true,
                        .genuine = true,
                        .can_be_private = true,
                        .lang = LANG_EN};
    q.sent = clock_wall();
    str_copy(q.bot_id, sizeof q.bot_id, "9");
    str_copy(q.user_id, sizeof q.user_id, user);
    str_copy(q.user_name, sizeof q.user_name, "Ann");
    str_copy(q.chat_id, sizeof q.chat_id, "77");
    str_copy(q.text, sizeof q.text, text);
    snprintf(q.address, sizeof q.address, "a:%llu", (unsigned long long)q.ext_id);
    return q;
}

static void rig_receive(struct rig *g, const struct request *q) {
    g->answer_count = 0;
    router_receive(g->router, q);
    rig_turn(g);
}

/* The owner says it on the page; the one answer. */
static __attribute__((unused)) const struct rig_answer *rig_ask(struct rig *g, enum lang lang, const char *text) {
    struct request q = rig_request(g, PLATFORM_LOCAL, "1", text);
    q.lang = lang;
    rig_receive(g, &q);
    assert_int_equal(g->answer_count, 1);
    return &g->answers[0];
}

#endif
