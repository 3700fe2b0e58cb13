/*
 * app_health: what /health says, and what a look at the clock once a minute finds:
 * a silent feed, a full disk, the end of the retention, the usage of the day.
 */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "bot/app_priv.h"
#include "engine/base/log.h"
#include "engine/base/map.h"

#define DISK_LOW_BYTES (500ll << 20)
#define FEED_SILENT_MS 300000 /* a live or paced feed that said nothing for so long is said to be stale */

static struct health_item *item(struct health_item *out, uint32_t *n, const char *name, const char *state) {
    struct health_item *i = &out[(*n)++];
    *i = (struct health_item){0};
    snprintf(i->name, sizeof i->name, "%s", name);
    snprintf(i->state, sizeof i->state, "%s", state);
    return i;
}

#define SAY(i, en, fr, ...)                                                                                            \
    do {                                                                                                               \
        snprintf((i)->text[LANG_EN], sizeof(i)->text[LANG_EN], en, ##__VA_ARGS__);                                     \
        snprintf((i)->text[LANG_FR], sizeof(i)->text[LANG_FR], fr, ##__VA_ARGS__);                                     \
    } while (0)

static void store_health(const struct app *a, struct health_item *out, uint32_t *n) {
    int64_t age = desk_commit_age_ms(a->desk);
    double mib = (double)store_bytes(a->store) / (1 << 20);
    SAY(item(out, n, "store", age > 1000 ? "warn" : "ok"), "SQLite, %.1f MiB, commit under way for %lld ms",
        "SQLite, %.1f Mio, validation en cours depuis %lld ms", mib, (long long)age);
}

static void feed_health(const struct app *a, struct health_item *out, uint32_t *n) {
    struct engine_status st;
    struct feed_stats fs = {0};
    engine_status(desk_engine(a->desk), &st);
    if (a->pace) pace_stats(a->pace, &fs);
    const char *state = st.feed == FEED_LIVE || st.feed == FEED_ENDED ? "ok" : "warn";
    struct health_item *i = item(out, n, "feed", state);
    SAY(i, "%s, %s, %llu bars, %llu bad rows", "%s, %s, %llu bougies, %llu lignes fausses",
        conf_str(a->o.conf, "feed.kind"), feed_state_name(st.feed), (unsigned long long)fs.bars,
        (unsigned long long)fs.bad_rows);
}

static void transport_health_item(const struct app *a, enum platform p, struct health_item *out, uint32_t *n) {
    const struct transport_slot *t = &a->transports[p];
    struct transport_health h = {0};
    if (!t->state) {
        SAY(item(out, n, platform_name(p), "off"), "not configured", "non configuré");
        return;
    }
    t->ops->health(t->state, &h);
    struct health_item *i = item(out, n, platform_name(p), h.up ? "ok" : h.stopped ? "down" : "warn");
    uint32_t pending = outbox_pending(a->outbox, p);
    SAY(i, "%.100s, %u messages waiting", "%.100s, %u messages en attente", h.text[LANG_EN], pending);
    snprintf(i->text[LANG_FR], sizeof i->text[LANG_FR], "%.100s, %u messages en attente", h.text[LANG_FR], pending);
}

static int64_t disk_free(const struct app *a) {
    struct statvfs v;
    return statvfs(a->dir, &v) < 0 ? -1 : (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

uint32_t app_health(void *app, struct health_item *out) {
    const struct app *a = app;
    uint32_t n = 0;
    int64_t disk = disk_free(a);
    store_health(a, out, &n);
    feed_health(a, out, &n);
    SAY(item(out, &n, "broker", "ok"), "%s", "%s",
        a->o.dry_run ? "null (dry run)" : conf_str(a->o.conf, "broker.kind"));
    for (int p = 0; p < PLATFORM_COUNT; p++) transport_health_item(a, (enum platform)p, out, &n);
    SAY(item(out, &n, "disk", disk >= 0 && disk < DISK_LOW_BYTES ? "warn" : "ok"), "%lld MiB free", "%lld Mio libres",
        (long long)(disk >> 20));
    return n;
}

/* ---- once a minute ---- */

struct maintenance {
    int64_t free_mib;
};

static uint32_t build_disk(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                           struct message out[MESSAGES_MAX]) {
    const struct maintenance *m = arg;
    return message_disk_low(ctx, arena, m->free_mib, out);
}

static uint32_t build_usage(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                            struct message out[MESSAGES_MAX]) {
    const struct router_usage *u = arg;
    return message_usage(ctx, arena, u->commands, u->refused, u->strangers, out);
}

static void look_at_disk(struct app *a) {
    int64_t disk = disk_free(a);
    if (disk < 0 || disk >= DISK_LOW_BYTES) return;
    if (map_get(a->alarms, "disk")) return;
    map_put(a->alarms, "disk", a);
    reporter_say(a->reporter, build_disk, &(struct maintenance){disk >> 20});
}

/* Pull feeds are as alive as their pace; a silence is the machine's or the disk's. */
static void look_at_feed(struct app *a) {
    struct engine_status st;
    engine_status(desk_engine(a->desk), &st);
    if (!a->pace || st.feed != FEED_LIVE || conf_int(a->o.conf, "feed.speed") == PACE_MAX) return;
    int64_t last = pace_last_ms(a->pace);
    if (last && clock_mono_ms() - last > FEED_SILENT_MS && conf_int(a->o.conf, "feed.speed") > 1)
        app_feed_state(a, FEED_STALE);
}

void app_minute(void *app) {
    struct app *a = app;
    int32_t day = when_trading_day(clock_wall(), a->zone, 0);
    look_at_disk(a);
    look_at_feed(a);
    if (a->usage_day && day != a->usage_day) {
        struct router_usage u;
        router_usage(a->router, &u);
        reporter_say(a->reporter, build_usage, &u);
        store_retain(a->store, clock_wall(), engine_day(desk_engine(a->desk)));
    }
    a->usage_day = day;
}
