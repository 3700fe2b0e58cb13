/*
 * app_start: opens the parts of a run in the order of their need, and closes them in
 * reverse. A part that is refused ends the start with a sentence that says what to do;
 * a chat platform that is refused does not: the engine stays up without it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bot/app_priv.h"
#include "bot/chat/local.h"
#include "bot/found.h"
#include "bot/setup_engine.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"
#include "engine/feeds/zone_file.h"

#define DEMO_LEAD_BARS 400 /* a newcomer finds trades on the page, not an empty room */

static const struct transport *const transports[PLATFORM_COUNT] = {&transport_discord, &transport_telegram,
                                                                   &transport_local};

/* ---- store and desk ---- */

static void on_effects(void *arg, const struct event *ev, const struct effects *f) {
    struct app *a = arg;
    reporter_effects(a->reporter, ev, f);
    if (a->dealer) dealer_effects(a->dealer, ev, f);
}

static void store_ready(void *arg) {
    store_poll(((struct app *)arg)->store);
}

const struct broker *app_broker(const struct app *a) {
    return broker_find(a->o.dry_run ? "null" : conf_str(a->o.conf, "broker.kind"));
}

static void new_desk(struct app *a) {
    struct desk_options d = {.loop = a->loop,
                             .store = a->store,
                             .broker = app_broker(a),
                             .day_zone = a->day_zone,
                             .day_rollover_min = (int)conf_int(a->o.conf, "trading.day_rollover"),
                             .effects = on_effects,
                             .arg = a};
    a->desk = desk_new(&d);
}

static int open_desk(struct app *a, struct err *e) {
    if (app_open_store(a, e) < 0) {
        if (e->code != ERR_CORRUPT) return -1;
        log_error("app", "the state cannot be opened: %s", e->text[LANG_EN]);
        if (app_set_aside(a, e) < 0) return -1;
        new_desk(a);
        return 0;
    }
    new_desk(a);
    if (desk_recover(a->desk, &a->recovered, e) == 0) return 0;
    if (e->code != ERR_CORRUPT)
        return -1; /* a newer program's, or a disk that does not answer: nothing is wrong with it */
    log_error("app", "the state cannot be recovered: %s", e->text[LANG_EN]);
    desk_free(a->desk);
    a->desk = NULL;
    if (app_set_aside(a, e) < 0) return -1;
    new_desk(a);
    return 0;
}

/* ---- transports ---- */

static void on_receive(void *arg, const struct request *r) {
    /* Also while stopping: the platform may hear of it no more, and a /pause that came in time must hold. */
    router_receive(((struct app *)arg)->router, r);
}

static void on_delivered(void *arg, enum platform p, uint64_t id, const struct delivery_result *r) {
    outbox_delivered(((struct app *)arg)->outbox, p, id, r);
}

static void on_ready(void *arg, enum platform p, bool up) {
    struct app *a = arg;
    a->transports[p].up = up;
    if (a->stop == STOP_LEAVING) return;
    outbox_ready(a->outbox, p, up);
}

static const char *on_state_get(void *arg, const char *key) {
    return state_get(((struct app *)arg)->state, key);
}
static void on_state_put(void *arg, const char *key, const char *value) {
    state_put(((struct app *)arg)->state, key, value);
}
static void on_after_commit(void *arg, void (*fn)(void *), void *fn_arg) {
    desk_after_commit(((struct app *)arg)->desk, fn, fn_arg);
}

static void on_send(void *arg, enum platform p, const struct delivery *d) {
    struct app *a = arg;
    a->transports[p].ops->send(a->transports[p].state, d);
}

static void on_choices(void *arg, enum platform p, const char *address, const struct choice *c, uint32_t n) {
    struct app *a = arg;
    if (a->transports[p].state) a->transports[p].ops->choices(a->transports[p].state, address, c, n);
}

static void on_defer(void *arg, enum platform p, const char *address, bool is_private) {
    struct app *a = arg;
    if (a->transports[p].state && a->transports[p].ops->defer)
        a->transports[p].ops->defer(a->transports[p].state, address, is_private);
}

bool app_wants(const struct app *a, enum platform p) {
    switch (p) {
    case PLATFORM_DISCORD: return !a->o.demo && *conf_str(a->o.conf, "discord.token");
    case PLATFORM_TELEGRAM:
        return !a->o.demo && *conf_str(a->o.conf, "telegram.token") && conf_bool(a->o.conf, "telegram.enabled");
    case PLATFORM_LOCAL: return *conf_str(a->o.conf, "local.listen");
    case PLATFORM_COUNT: break;
    }
    return false;
}

static int open_transport(struct app *a, enum platform p, struct err *e) {
    struct transport_host host = {.arg = a,
                                  .receive = on_receive,
                                  .delivered = on_delivered,
                                  .ready = on_ready,
                                  .alarm = app_alarm,
                                  .alarm_over = app_alarm_over,
                                  .heard = app_heard,
                                  .state_get = on_state_get,
                                  .state_put = on_state_put,
                                  .after_commit = on_after_commit,
                                  .loop = a->loop,
                                  .http = a->http,
                                  .lws = a->lws};
    a->transports[p].ops = transports[p];
    if (!app_wants(a, p)) return 0;
    a->transports[p].state = transports[p]->open(a->o.conf, &host, e);
    if (a->transports[p].state) return 0;
    log_error(platform_name(p), "%s", e->text[LANG_EN]);
    return p == PLATFORM_LOCAL ? -1 : 0; /* the others: said in /health, the engine stays up */
}

/* ---- messages ---- */

static enum lang channel_lang(const struct app *a) {
    const char *l = conf_str(a->o.conf, "locale");
    return strcmp(l, "auto") ? lang_from_tag(l) : a->o.lang;
}

static void open_reporter(struct app *a) {
    struct reporter_options r = {.outbox = a->outbox,
                                 .zone = a->zone,
                                 .mode = a->mode,
                                 .terminal = isatty(STDOUT_FILENO),
                                 .terminal_lang = a->o.lang};
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        r.use[p] = app_wants(a, (enum platform)p);
        r.lang[p] = channel_lang(a);
    }
    if (!conf_int(a->o.conf, "telegram.chat_id")) r.use[PLATFORM_TELEGRAM] = false; /* answers only */
    a->reporter = reporter_new(&r);
}

static int configure(struct app *a, struct err *e) {
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &a->config};
    reporter_engine(a->reporter, desk_engine(a->desk)); /* the first effect already names strategies and symbols */
    app_found_before(a);
    if (desk_event(a->desk, &ev, e) < 0) return -1;
    if (a->lost_state) {
        struct operator_command op = {.verb = OP_PAUSE, .instrument = -1, .actor = "mia"};
        if (desk_operate(a->desk, &op, e) < 0) return -1;
    }
    settings_started(a->settings);
    app_found_after(a);
    return 0;
}

/* ---- feed ---- */

static int open_feed(struct app *a, struct err *e) {
    const struct feed *feed = feed_find(conf_str(a->o.conf, "feed.kind"));
    if (feed->caps & FEED_PUSH) {
        app_live_new(a, feed);
        return 0;
    }
    struct pace_options p = {.loop = a->loop,
                             .desk = a->desk,
                             .feed = feed,
                             .spec = &a->feed_spec,
                             .speed = conf_int(a->o.conf, "feed.speed"),
                             .lead = a->o.demo ? DEMO_LEAD_BARS : 0,
                             .ended = app_feed_ended,
                             .arg = a};
    a->pace = pace_open(&p, e);
    return a->pace ? 0 : -1;
}

/* ---- all of it ---- */

static int read_settings(struct app *a, struct err *e) {
    const struct conf *c = a->o.conf;
    struct conf_errors errs = {0};
    a->mode = a->o.demo ? "DEMO" : "PAPER";
    snprintf(a->dir, sizeof a->dir, "%s%s", conf_str(c, "state.dir"), a->o.demo ? "/demo" : "");
    if (zone_open(conf_str(c, "time_zone"), &a->zone, e) < 0) return -1;
    if (zone_open(conf_str(c, "trading.day_zone"), &a->day_zone, e) < 0) return -1;
    if (setup_engine(c, &a->config, &errs) < 0 || setup_feed(c, &a->config, &a->feed_spec, &errs) < 0) {
        struct buf b;
        buf_init(&b, 1u << 16);
        conf_errors_text(&errs, a->o.lang, &b);
        fputs(b.p, stderr);
        buf_clear(&b);
        conf_errors_clear(&errs);
        return err_set(e, ERR_USAGE, "the configuration has errors; nothing was started",
                       "la configuration comporte des erreurs\u00a0; rien n’a été démarré");
    }
    a->config.demo = a->o.demo;
    a->config.dry_run = a->o.dry_run;
    str_copy(a->config.version, sizeof a->config.version, a->o.version);
    return 0;
}

static int open_log(const struct app *a, struct err *e) {
    const char *path = conf_str(a->o.conf, "log.path");
    return *path ? log_open(path, e) : 0;
}

static uint64_t last_seq(void *arg) {
    return engine_seq(desk_engine(((struct app *)arg)->desk));
}

/* A run without it is a whole one: only `mia export` and its like are refused beside it. */
static void open_control(struct app *a) {
    struct err e;
    const struct control_options o = {.loop = a->loop,
                                      .store = a->store,
                                      .broker = app_broker(a),
                                      .dir = a->dir,
                                      .lang = a->o.lang,
                                      .last_seq = last_seq,
                                      .arg = a};
    a->control = control_open(&o, &e);
    if (!a->control) log_warn("control", "no subcommand can ask this bot: %s", e.text[LANG_EN]);
}

int app_open(struct app *a, struct err *e) {
    if (read_settings(a, e) < 0 || open_log(a, e) < 0 || open_desk(a, e) < 0) return -1;
    a->store_fd = loop_fd_new(a->loop, store_fd(a->store), store_ready, a);
    a->state = state_new(a->desk);
    struct outbox_options bo = {.loop = a->loop, .desk = a->desk, .store = a->store, .send = on_send, .arg = a};
    a->outbox = outbox_new(&bo);
    if (state_recover(a->state, a->store, e) < 0 || outbox_recover(a->outbox, e) < 0) return -1;
    if (app_open_settings(a, e) < 0) return -1;
    struct router_options ro = {.loop = a->loop,
                                .desk = a->desk,
                                .outbox = a->outbox,
                                .store = a->store,
                                .settings = a->settings,
                                .conf = a->o.conf,
                                .zone = a->zone,
                                .mode = a->mode,
                                .version = a->o.version,
                                .started = a->started,
                                .arg = a,
                                .choices = on_choices,
                                .defer = on_defer,
                                .health = app_health,
                                .state_get = on_state_get,
                                .state_put = on_state_put};
    a->router = router_new(&ro);
    open_reporter(a);
    if (router_recover(a->router, e) < 0 || configure(a, e) < 0) return -1;
    a->http = http_new(a->loop, "mia");
    a->lws = lws_hub_new(a->loop, e);
    if (!a->lws) return -1;
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (open_transport(a, (enum platform)p, e) < 0) return -1;
    if (a->transports[PLATFORM_LOCAL].state) {
        app_page_history(a);
        app_page_turn(a);
        store_page(a->store, local_place(a->transports[PLATFORM_LOCAL].state));
        printf("%s\n", local_url(a->transports[PLATFORM_LOCAL].state));
        fflush(stdout);
    }
    app_watch_store(a);
    if (app_open_broker(a, e) < 0 || open_feed(a, e) < 0) return -1;
    open_control(a);
    return 0;
}

/* Everything of this turn, and what its commit leads to, becomes durable while the parts still live. */
static void settle(struct app *a) {
    for (int i = 0; i < 3 && a->desk; i++) {
        desk_flush(a->desk);
        desk_turn_end(a->desk);
        if (a->store) store_wait(a->store);
    }
}

/* First none of them takes anything more: what one says while it closes is kept for the next start. */
static void close_transports(struct app *a) {
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (a->transports[p].state) outbox_ready(a->outbox, (enum platform)p, false);
    for (int p = PLATFORM_COUNT; p-- > 0;) {
        if (a->transports[p].state) a->transports[p].ops->close(a->transports[p].state, true);
        a->transports[p].state = NULL;
    }
}

void app_close(struct app *a) {
    pace_close(a->pace);
    live_free(a->live);
    control_close(a->control);
    if (a->stop != STOP_NONE) found_stopped(a->state, clock_wall());
    settle(a);
    dealer_free(a->dealer); /* what is under way is asked about by the next start */
    a->dealer = NULL;
    close_transports(a);
    settle(a);
    if (a->stop != STOP_NONE) app_stop_summary(a);
    loop_fd_free(a->store_fd);
    router_free(a->router);
    settings_free(a->settings);
    outbox_free(a->outbox);
    reporter_free(a->reporter);
    state_free(a->state);
    desk_free(a->desk); /* before the store: a batch that is still open belongs to it */
    if (a->store) store_close(a->store);
    if (a->http) http_free(a->http);
    if (a->lws) lws_hub_free(a->lws);
    loop_timer_free(a->late);
    loop_timer_free(a->minute);
    loop_timer_free(a->drain);
    loop_timer_free(a->late_commands);
    loop_timer_free(a->feed_late);
    service_free(a->service);
    free(a->found);
    loop_signal_free(a->term);
    loop_signal_free(a->intr);
    zone_free(a->zone);
    zone_free(a->day_zone);
    map_free(a->alarms);
    loop_free(a->loop);
    free(a);
}
