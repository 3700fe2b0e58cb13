/*
 * app_live: a push feed inside the run: it starts when people were heard, and what somebody
 * must hear of it goes the way of all alarms.
 */
#include "bot/app_priv.h"
#include "engine/base/log.h"
#include "engine/base/map.h"

struct feed_fault {
    const char *key, *en, *fr;
    enum urgency urgency;
};

static uint32_t build_fault(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                            struct message out[MESSAGES_MAX]) {
    const struct feed_fault *f = arg;
    return message_fault(ctx, arena, f->key, f->urgency, f->en, f->fr, out);
}

static uint32_t build_over(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                           struct message out[MESSAGES_MAX]) {
    const struct feed_fault *f = arg;
    return message_fault_over(ctx, arena, f->key, f->en, f->fr, out);
}

static void on_alarm(void *arg, bool urgent, const char *key, const char *en, const char *fr) {
    struct app *a = arg;
    struct feed_fault f = {key, en, fr, urgent ? URGENCY_URGENT : URGENCY_INFO};
    log_warn("feed", "%s: %s", key, en);
    if (app_may_tell(a, key)) reporter_say(a->reporter, build_fault, &f);
}

static void on_over(void *arg, const char *key, const char *en, const char *fr) {
    struct app *a = arg;
    struct feed_fault f = {key, en, fr, URGENCY_INFO};
    if (!map_take(a->alarms, key)) return;
    log_info("feed", "%s is over: %s", key, en);
    reporter_say(a->reporter, build_over, &f);
}

void app_live_new(struct app *a, const struct feed *feed) {
    struct live_options o = {.loop = a->loop,
                             .desk = a->desk,
                             .http = a->http,
                             .lws = a->lws,
                             .feed = feed,
                             .spec = &a->feed_spec,
                             .stale_ms = conf_int(a->o.conf, "feed.stale_after") * 1000,
                             .alarm = on_alarm,
                             .over = on_over,
                             .arg = a};
    a->live = live_new(&o);
}

void app_live_start(struct app *a) {
    struct err e;
    if (live_start(a->live, &e) == 0) return;
    on_alarm(a, true, "feed.refused", e.text[LANG_EN], e.text[LANG_FR]);
}
