/*
 * house: the shell from the transports to the engine, real but for what touches the world:
 * no socket, disk, clock or thread. Discord and Telegram speak with a harness instead of
 * their servers; a kill loses what was not committed, and a start finds the rest. The
 * market moves only when a harness says so.
 */
#ifndef MIA_TESTS_HOUSE_H
#define MIA_TESTS_HOUSE_H

#include <sys/random.h>

#include "tests/fuzz/virtual_http.h"
#include "tests/fuzz/virtual_store.h"
#include "tests/fuzz/virtual_web.h"

#include "bot/outbox.h"
#include "bot/router.h"
#include "bot/settings.h"
#include "bot/state.h"
#include "config/conf.h"
#include "engine/base/rng.h"
#include "engine/state.h"

#define HOUSE_GUILD "2000000000000000001"
#define HOUSE_BOT "1000000000000000001"
#define HOUSE_APP "1000000000000000002"
#define HOUSE_CHAT (-1001234567890LL)
#define HOUSE_BOT_TG "700000001"
/* The listed ones. */
#define OWNER_DISCORD "3000000000000000001"
#define OPERATOR_DISCORD "3000000000000000002"
#define MENTOR_DISCORD "3000000000000000003"
#define OWNER_TELEGRAM "400000001"
#define OPERATOR_TELEGRAM "400000002"
#define MENTOR_TELEGRAM "400000003"

/* ---- engines: their strategies' memory, tens of megabytes of zero pages, is kept from one house to the next ---- */

#define HOUSE_SLOTS 1 /* one strategy on one symbol */
static uint8_t *slots_kept[4];

struct engine *engine_new(void) {
    struct engine *e = xcalloc(1, sizeof *e);
    for (int i = 0; i < 4 && !e->slot_memory; i++) {
        e->slot_memory = slots_kept[i];
        slots_kept[i] = NULL;
    }
    if (e->slot_memory)
        memset(e->slot_memory, 0, (size_t)HOUSE_SLOTS * STRATEGY_STATE_MAX);
    else
        e->slot_memory = xcalloc(SLOT_POOL, STRATEGY_STATE_MAX);
    contexts_open(e);
    contexts_forget(e);
    buf_init(&e->bytes, CONFIG_BYTES);
    return e;
}

void engine_free(struct engine *e) {
    if (!e) return;
    buf_clear(&e->bytes);
    for (int i = 0; i < 4 && e->slot_memory; i++) {
        if (slots_kept[i]) continue;
        slots_kept[i] = e->slot_memory;
        e->slot_memory = NULL;
    }
    free(e->slot_memory);
    free(e->contexts);
    free(e);
}

/* ---- chance: the same in every run, new in every start ---- */

static struct rng house_chance;

ssize_t getrandom(void *out, size_t n, unsigned flags) {
    (void)flags;
    for (size_t i = 0; i < n; i++) ((uint8_t *)out)[i] = (uint8_t)rng_u64(&house_chance);
    return (ssize_t)n;
}

struct house {
    struct disk *disk; /* outlives a kill */
    struct conf *conf;
    struct engine_config config;
    bool use[PLATFORM_COUNT];
    struct loop *loop;
    struct http *http;
    struct lws_hub *ws;
    struct store *store;
    struct desk *desk;
    struct state *state;
    struct outbox *outbox;
    struct settings *settings;
    struct router *router;
    void *transport[PLATFORM_COUNT];
    bool up[PLATFORM_COUNT], commits_held;
    uint32_t alarms, choices_shown, requests, operator_commands, deferred;
    struct request last; /* what a transport made of the latest input */
    /* A harness may look at every request before the router does. */
    void (*on_request)(void *arg, const struct request *q);
    void *arg;
};

static const struct transport *const house_transports[PLATFORM_COUNT] = {&transport_discord, &transport_telegram,
                                                                         &transport_local};

/* ---- what a transport gets ---- */

static void house_receive(void *arg, const struct request *q) {
    struct house *h = arg;
    h->requests++;
    h->last = *q;
    if (h->on_request) h->on_request(h->arg, q);
    router_receive(h->router, q);
}

static void house_delivered(void *arg, enum platform p, uint64_t id, const struct delivery_result *r) {
    outbox_delivered(((struct house *)arg)->outbox, p, id, r);
}

static void house_ready(void *arg, enum platform p, bool up) {
    struct house *h = arg;
    h->up[p] = up;
    outbox_ready(h->outbox, p, up);
}

static void house_alarm(void *arg, enum platform p, enum urgency u, const char *key, const char *en, const char *fr) {
    (void)p, (void)u;
    assert(*key && *en && *fr);
    is_text(en);
    is_text(fr);
    ((struct house *)arg)->alarms++;
}

static const char *house_state_get(void *arg, const char *key) {
    return state_get(((struct house *)arg)->state, key);
}

static void house_state_put(void *arg, const char *key, const char *value) {
    state_put(((struct house *)arg)->state, key, value);
}

static void house_after_commit(void *arg, void (*fn)(void *), void *fn_arg) {
    LOST_IN_A_KILL(fn_arg);
    desk_after_commit(((struct house *)arg)->desk, fn, fn_arg);
}

/* ---- what the parts get ---- */

static void house_effects(void *arg, const struct event *ev, const struct effects *f) {
    (void)f;
    if (ev->kind == EVENT_COMMAND) ((struct house *)arg)->operator_commands++;
}

static void house_send(void *arg, enum platform p, const struct delivery *d) {
    struct house *h = arg;
    if (h->transport[p]) house_transports[p]->send(h->transport[p], d);
}

static void house_choices(void *arg, enum platform p, const char *address, const struct choice *c, uint32_t n) {
    struct house *h = arg;
    h->choices_shown += n;
    if (h->transport[p]) house_transports[p]->choices(h->transport[p], address, c, n);
}

static void house_defer(void *arg, enum platform p, const char *address, bool is_private) {
    struct house *h = arg;
    h->deferred++;
    if (h->transport[p] && house_transports[p]->defer) house_transports[p]->defer(h->transport[p], address, is_private);
}

static void house_told(void *arg, const struct setting_news *n) {
    (void)arg, (void)n;
}

static void house_applied(void *arg, const char *key) {
    (void)arg, (void)key;
}

static void house_heard(void *arg, enum platform p) {
    (void)arg, (void)p;
}

static void house_alarm_over(void *arg, enum platform p, const char *key, const char *en, const char *fr) {
    (void)arg, (void)p, (void)key, (void)en, (void)fr;
}

static uint32_t house_health(void *arg, struct health_item *out) {
    (void)arg;
    out[0] = (struct health_item){"store", "ok", {"in memory", "en mémoire"}};
    return 1;
}

/* ---- time ---- */

/* The end of a turn, and its commit unless a harness holds it. */
static void house_commit(void *arg) {
    struct house *h = arg;
    for (int i = 0; i < 16 && !h->commits_held && h->store->first; i++) {
        store_poll(h->store);
        virtual_turn(h->loop);
    }
}

static void house_turn(struct house *h) {
    virtual_turn(h->loop);
    house_commit(h);
}

UNUSED static void house_sleep(struct house *h, int64_t ms) {
    house_turn(h);
    virtual_sleep(h->loop, ms, house_commit, h);
    house_turn(h);
}

static void house_desk_turn(void *arg) {
    desk_turn_end(((struct house *)arg)->desk);
}

/* ---- settings ---- */

static struct conf *house_conf(void) {
    static char *const environment[] = {"DISCORD_BOT_TOKEN=fuzz.discord.token-000000000000",
                                        "TELEGRAM_BOT_TOKEN=" HOUSE_BOT_TG ":fuzz-telegram-token-0000",
                                        "DISCORD_GUILD_ID=" HOUSE_GUILD, "TELEGRAM_CHAT_ID=-1001234567890", NULL};
    static const struct conf_flag flags[] = {
        {"access.owners", "discord:" OWNER_DISCORD ",telegram:" OWNER_TELEGRAM, "test"},
        {"access.operators", "discord:" OPERATOR_DISCORD ",telegram:" OPERATOR_TELEGRAM, "test"},
        {"access.mentors", "discord:" MENTOR_DISCORD ",telegram:" MENTOR_TELEGRAM, "test"}};
    struct conf_errors errs = {0};
    const struct conf_source src = {
        .env_path = "", .environment = environment, .flags = flags, .flag_count = 3, .base = "/"};
    struct conf *c = conf_load(&src, &errs);
    assert(c);
    conf_errors_clear(&errs);
    return c;
}

static void house_configure(struct engine_config *c) {
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

/* ---- a start and its ends ---- */

static struct router *house_router(struct house *h) {
    const struct router_options r = {.loop = h->loop,
                                     .desk = h->desk,
                                     .outbox = h->outbox,
                                     .store = h->store,
                                     .settings = h->settings,
                                     .conf = h->conf,
                                     .mode = "PAPER",
                                     .version = "1.2.3",
                                     .started = clock_wall(),
                                     .arg = h,
                                     .choices = house_choices,
                                     .defer = house_defer,
                                     .health = house_health,
                                     .state_get = house_state_get,
                                     .state_put = house_state_put};
    return router_new(&r);
}

static void house_transports_open(struct house *h) {
    struct err e = {0};
    const struct transport_host host = {.arg = h,
                                        .receive = house_receive,
                                        .delivered = house_delivered,
                                        .ready = house_ready,
                                        .alarm = house_alarm,
                                        .heard = house_heard,
                                        .alarm_over = house_alarm_over,
                                        .state_get = house_state_get,
                                        .state_put = house_state_put,
                                        .after_commit = house_after_commit,
                                        .loop = h->loop,
                                        .http = h->http,
                                        .lws = h->ws};
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        h->up[p] = false;
        if (!h->use[p]) continue;
        h->transport[p] = house_transports[p]->open(h->conf, &host, &e);
        assert(h->transport[p]);
    }
}

/* From the disk: what a start does, in the same order. */
static void house_start(struct house *h) {
    struct err e = {0};
    uint64_t events;
    h->loop = loop_new();
    h->store = virtual_store(h->disk);
    const struct desk_options d = {
        .loop = h->loop, .store = h->store, .broker = broker_find("paper"), .effects = house_effects, .arg = h};
    h->desk = desk_new(&d);
    assert(desk_recover(h->desk, &events, &e) == 0);
    h->state = state_new(h->desk);
    assert(state_recover(h->state, h->store, &e) == 0);
    const struct outbox_options o = {.loop = h->loop, .desk = h->desk, .store = h->store, .send = house_send, .arg = h};
    h->outbox = outbox_new(&o);
    assert(outbox_recover(h->outbox, &e) == 0);
    const struct settings_options so = {.conf = h->conf,
                                        .config = &h->config,
                                        .desk = h->desk,
                                        .arg = h,
                                        .state_put = house_state_put,
                                        .told = house_told,
                                        .applied = house_applied};
    h->settings = settings_new(&so);
    h->router = house_router(h);
    assert(router_recover(h->router, &e) == 0);
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &h->config};
    assert(desk_event(h->desk, &ev, &e) == 0);
    settings_started(h->settings);
    h->http = http_new(h->loop, "mia");
    h->ws = lws_hub_new(h->loop, &e);
    loop_on_turn(h->loop, house_desk_turn, h);
    house_transports_open(h);
    house_turn(h);
}

/* Everything in memory goes. Of what was on its way to the disk, `durable` commits have arrived. */
static void house_kill(struct house *h, uint32_t durable) {
    struct store *s = h->store;
    for (int p = PLATFORM_COUNT; p-- > 0;) {
        if (h->transport[p]) house_transports[p]->close(h->transport[p], true);
        h->transport[p] = NULL;
    }
    router_free(h->router);
    settings_free(h->settings);
    outbox_free(h->outbox);
    state_free(h->state);
    desk_free(h->desk);
    virtual_store_cut(s, durable);
    http_free(h->http);
    lws_hub_free(h->ws);
    loop_free(h->loop);
    h->commits_held = false;
}

/* Not started: its disk may be filled before. */
static struct house *house_new(bool discord, bool telegram, bool page) {
    struct house *h = xcalloc(1, sizeof *h);
    static struct conf *conf; /* immutable, and told to the redactor: loaded once */
    if (!conf) conf = house_conf();
    virtual_ms = VIRTUAL_MONO_START;
    rng_seed(&house_chance, 1);
    log_set_level(LOG_ERROR);
    h->disk = disk_new();
    h->conf = conf;
    h->use[PLATFORM_DISCORD] = discord;
    h->use[PLATFORM_TELEGRAM] = telegram;
    h->use[PLATFORM_LOCAL] = page;
    house_configure(&h->config);
    return h;
}

UNUSED static struct house *house_open_with(bool discord, bool telegram, bool page) {
    struct house *h = house_new(discord, telegram, page);
    house_start(h);
    return h;
}

UNUSED static struct house *house_open(bool discord, bool telegram) {
    return house_open_with(discord, telegram, false);
}

static void house_close(struct house *h) {
    house_kill(h, 0);
    disk_free(h->disk);
    free(h);
}

/* ---- the usual conversations ---- */

/* Telegram says who the bot is. */
UNUSED static void house_telegram_up(struct house *h) {
    struct http_call *c;
    while ((c = virtual_call(h->http, "/getMe")))
        virtual_answer_text(c, 200, "{\"ok\":true,\"result\":{\"id\":" HOUSE_BOT_TG ",\"username\":\"mia_bot\"}}");
    house_turn(h);
}

/* Discord: the gateway's address, hello, a new session. */
UNUSED static void house_discord_up(struct house *h) {
    virtual_sleep(h->loop, 0, house_commit, h);
    struct http_call *c = virtual_call(h->http, "/gateway/bot");
    if (c) virtual_answer_text(c, 200, "{\"url\":\"wss://gateway.discord.example\"}");
    house_turn(h);
    assert(h->ws->live);
    virtual_open(h->ws->live);
    static const char hello[] = "{\"op\":10,\"d\":{\"heartbeat_interval\":41250}}";
    static const char ready[] =
        "{\"op\":0,\"t\":\"READY\",\"s\":1,\"d\":{\"session_id\":\"s1\",\"resume_gateway_url\":\"wss://"
        "r.discord.example\","
        "\"user\":{\"id\":\"" HOUSE_BOT "\"},\"application\":{\"id\":\"" HOUSE_APP "\"},\"guilds\":[]}}";
    virtual_message(h->ws->live, hello, sizeof hello - 1);
    house_turn(h);
    virtual_message(h->ws->live, ready, sizeof ready - 1);
    house_turn(h);
    assert(h->up[PLATFORM_DISCORD]);
}

#endif
