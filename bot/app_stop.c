/*
 * app_stop: the end of a run. A first signal drains: no new data, nothing new taken, what runs
 * finishes, what was said is sent or kept, then leave is taken of the platforms. A second
 * one ends at once, a third kills. Stops at the broker stay in any case, and nothing that
 * was committed is lost in any of them.
 */
#include <signal.h>
#include <stdio.h>

#include "bot/app_priv.h"
#include "engine/base/log.h"

#define DRAIN_MS 5000 /* a stop waits this long for messages and commands under way */
#define LEAVE_MS 1000 /* and this long for the platforms to take note */
#define DRAIN_POLL_MS 20

static uint32_t build_stop(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                           struct message out[MESSAGES_MAX]) {
    (void)arg;
    return message_stop(ctx, arena, out);
}

/* From here on nothing is sent: what a platform said in between would be told twice. */
static void leave(struct app *a) {
    a->stop = STOP_LEAVING;
    a->stop_until_ms = clock_mono_ms() + LEAVE_MS;
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (a->transports[p].state) outbox_ready(a->outbox, (enum platform)p, false);
}

static bool all_left(struct app *a) {
    bool left = true;
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        const struct transport_slot *t = &a->transports[p];
        if (t->state && t->ops->leave && !t->ops->leave(t->state)) left = false;
    }
    return left;
}

static void drained(void *arg) {
    struct app *a = arg;
    bool late = clock_mono_ms() >= a->stop_until_ms;
    if (a->stop == STOP_DRAINING) {
        bool idle = outbox_idle(a->outbox) && router_idle(a->router) && !desk_commit_pending(a->desk);
        if (!idle && !late) return;
        leave(a);
        late = false;
    }
    if (all_left(a) || late) loop_stop(a->loop);
}

void app_stop(void *arg) {
    struct app *a = arg;
    if (a->stop != STOP_NONE) { /* asked twice: at once; the next start recovers */
        log_info("app", "asked again: stopping at once");
        loop_signal_free(a->term); /* a third signal does what it does to any program */
        loop_signal_free(a->intr);
        a->term = a->intr = NULL;
        loop_stop(a->loop);
        return;
    }
    a->stop = STOP_DRAINING;
    log_info("app", "stopping");
    service_stopping(a->service, "stopping: messages under way are sent");
    if (a->pace) pace_stop(a->pace);
    if (a->live) live_stop(a->live);
    router_stopping(a->router);
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (a->transports[p].state && a->transports[p].ops->drain) a->transports[p].ops->drain(a->transports[p].state);
    reporter_say(a->reporter, build_stop, NULL);
    desk_snapshot(a->desk);
    a->stop_until_ms = clock_mono_ms() + DRAIN_MS;
    a->drain = loop_timer_new(a->loop, drained, a);
    loop_timer_start(a->drain, DRAIN_POLL_MS, DRAIN_POLL_MS);
}

/* ---- what was kept ---- */

struct kept {
    uint32_t messages, trades, naked;
};

static void count_kept(const struct app *a, struct kept *k) {
    const struct engine *e = desk_engine(a->desk);
    *k = (struct kept){.trades = engine_trade_count(e)};
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (p != PLATFORM_LOCAL) k->messages += outbox_pending(a->outbox, (enum platform)p);
    for (uint32_t i = 0; i < k->trades; i++) {
        const struct trade *t = engine_trade_at(e, i);
        k->naked += t->qty.v > 0 && (t->protection == PROTECTION_NONE || t->stop.v == 0);
    }
}

static void say_messages(const struct kept *k, enum lang lang, struct buf *b) {
    if (!k->messages)
        buf_str(b, tr(lang, "no message waits", "aucun message en attente"));
    else
        buf_printf(b,
                   k->messages == 1 ? tr(lang, "%u message waits", "%u message attend")
                                    : tr(lang, "%u messages wait", "%u messages attendent"),
                   k->messages);
}

static void say_trades(const struct kept *k, enum lang lang, struct buf *b) {
    if (!k->trades)
        buf_str(b, tr(lang, "no trade is open", "aucun trade ouvert"));
    else if (k->naked)
        buf_printf(b,
                   k->trades == 1 ? tr(lang, "%u trade open, %u WITHOUT a stop", "%u trade ouvert, %u SANS stop")
                                  : tr(lang, "%u trades open, %u WITHOUT a stop", "%u trades ouverts, %u SANS stop"),
                   k->trades, k->naked);
    else
        buf_printf(b,
                   k->trades == 1 ? tr(lang, "%u trade open with its stop", "%u trade ouvert avec son stop")
                                  : tr(lang, "%u trades open with their stops", "%u trades ouverts avec leurs stops"),
                   k->trades);
}

void app_stop_summary(const struct app *a) {
    struct kept k;
    struct buf b;
    count_kept(a, &k);
    log_info("app", "stopped messages=%u trades=%u naked=%u", k.messages, k.trades, k.naked);
    buf_init(&b, 512);
    buf_str(&b, tr(a->o.lang, "MIA stopped: ", "MIA arrêté\u00a0: "));
    say_messages(&k, a->o.lang, &b);
    buf_str(&b, ", ");
    say_trades(&k, a->o.lang, &b);
    printf("%s.\n", b.p);
    fflush(stdout);
    buf_clear(&b);
}
