/*
 * app: the run. Owns everything; every part gets what it needs by argument. It decides
 * nothing about money or people: desk, router and outbox do.
 */
#include <signal.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/app_priv.h"
#include "bot/found.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"

#define HEAR_MS 3000       /* a start waits this long for what was said while nobody was there */
#define ALARM_AGAIN_MIN 60 /* the same alarm is told once an hour */
#define LATE_MS 1000       /* a commit that takes longer: people are told that their answer comes */

/* ---- alarms: told once an hour a key, on every platform ---- */

struct fault {
    const char *key, *en, *fr;
    enum urgency urgency;
};

static uint32_t build_fault(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                            struct message out[MESSAGES_MAX]) {
    const struct fault *f = arg;
    return message_fault(ctx, arena, f->key, f->urgency, f->en, f->fr, out);
}

bool app_may_tell(struct app *a, const char *key) {
    uintptr_t now = (uintptr_t)(clock_mono_ms() / 60000) + 1, before = (uintptr_t)map_get(a->alarms, key);
    if (before && now - before < ALARM_AGAIN_MIN) return false;
    map_put(a->alarms, key, (void *)now);
    return true;
}

void app_alarm(void *app, enum platform p, enum urgency u, const char *key, const char *en, const char *fr) {
    struct app *a = app;
    log_warn(platform_name(p), "%s: %s", key, en);
    if (app_may_tell(a, key)) reporter_say(a->reporter, build_fault, &(struct fault){key, en, fr, u});
}

static uint32_t build_over(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                           struct message out[MESSAGES_MAX]) {
    const struct fault *f = arg;
    return message_fault_over(ctx, arena, f->key, f->en, f->fr, out);
}

void app_alarm_over(void *app, enum platform p, const char *key, const char *en, const char *fr) {
    struct app *a = app;
    if (!map_take(a->alarms, key)) return;
    log_info(platform_name(p), "%s is over: %s", key, en);
    reporter_say(a->reporter, build_over, &(struct fault){key, en, fr, URGENCY_INFO});
}

/* ---- the feed ---- */

void app_feed_state(struct app *a, enum feed_state s) {
    struct err e;
    struct event ev = {.kind = EVENT_FEED};
    ev.u.feed.state = s;
    ev.u.feed.instrument = -1;
    if (desk_event(a->desk, &ev, &e) < 0) log_warn("feed", "%s", e.text[LANG_EN]);
}

void app_feed_ended(void *app, const struct err *failed) {
    struct app *a = app;
    struct feed_stats st;
    pace_stats(a->pace, &st);
    if (failed) log_error("feed", "%s", failed->text[LANG_EN]);
    log_info("feed", "the last bar was read bars=%llu bad_rows=%llu skipped=%llu", (unsigned long long)st.bars,
             (unsigned long long)st.bad_rows, (unsigned long long)pace_skipped(a->pace));
    app_feed_state(a, failed ? FEED_LOST : FEED_ENDED);
}

/* After a restart people are heard before the market goes on: a /pause given meanwhile must find no new trade. */
static void feed_now(void *arg) {
    struct app *a = arg;
    if (a->feeding || a->stop != STOP_NONE) return;
    a->feeding = true;
    if (a->pace) pace_start(a->pace);
    if (a->live) app_live_start(a);
}

void app_heard(void *app, enum platform p) {
    struct app *a = app;
    a->transports[p].heard = true;
    for (int i = 0; i < PLATFORM_COUNT; i++)
        if (i != PLATFORM_LOCAL && a->transports[i].state && !a->transports[i].heard) return;
    if (a->feed_late) feed_now(a);
}

static void feed_when_heard(struct app *a) {
    bool somebody = a->transports[PLATFORM_DISCORD].state || a->transports[PLATFORM_TELEGRAM].state;
    a->feed_late = loop_timer_new(a->loop, feed_now, a);
    loop_timer_start(a->feed_late, somebody && a->found->end != RUN_FIRST ? HEAR_MS : 0, 0);
}

/* ---- turns ---- */

static void late(void *arg) {
    struct app *a = arg;
    if (desk_commit_age_ms(a->desk) >= LATE_MS) router_late(a->router);
}

static void turn(void *arg) {
    struct app *a = arg;
    app_found_turn(a);
    settings_turn(a->settings);
    desk_turn_end(a->desk);
    app_page_turn(a);
    if (desk_commit_pending(a->desk)) {
        if (!loop_timer_active(a->late)) loop_timer_start(a->late, LATE_MS, 0);
    } else if (loop_timer_active(a->late)) {
        loop_timer_stop(a->late);
    }
}

/* ---- the run ---- */

static void say_ready(const struct app *a) {
    log_info("app", "ready mode=%s events=%llu start_ms=%lld", a->mode, (unsigned long long)a->recovered,
             (long long)when_ms_between(a->started, clock_wall()));
    fflush(stdout);
}

int app_run(const struct app_options *o) {
    struct err e = {0};
    struct app *a = xcalloc(1, sizeof *a);
    int status = 1;
    a->o = *o;
    a->started = clock_wall();
    a->loop = loop_new();
    a->service = service_new(a->loop);
    a->alarms = map_new(1024);
    if (app_open(a, &e) < 0) {
        fprintf(stderr, "mia: %s\n", err_text(&e, o->lang));
        goto out;
    }
    a->late = loop_timer_new(a->loop, late, a);
    a->minute = loop_timer_new(a->loop, app_minute, a);
    a->term = loop_signal_new(a->loop, SIGTERM, app_stop, a);
    a->intr = loop_signal_new(a->loop, SIGINT, app_stop, a);
    loop_timer_start(a->minute, 60000, 60000);
    loop_on_turn(a->loop, turn, a);
    feed_when_heard(a);
    app_found_open(a);
    say_ready(a);
    service_ready(a->service, a->mode);
    malloc_trim(0); /* reading the configuration and the journal took memory that is not needed again */
    loop_run(a->loop);
    status = 0;
out:
    app_close(a);
    return status;
}
