/*
 * app_health: what /health says, and what a look at the clock once a minute finds:
 * a silent feed, a full disk, messages that wait for long, the end of the retention, the usage of the day.
 */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "bot/app_priv.h"
#include "bot/found.h"
#include "engine/base/log.h"

#define SLOW_COMMIT_MS 1000
#define DISK_LOW_BYTES (500ll << 20)
#define OUTBOX_LATE_MS 300000 /* a message that waits for so long is told of on the other platforms */
#define OUTBOX_SAID_MS 60000  /* and /health says it earlier */
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
        struct health_item *said_ = (i); /* once: it may be the making of the item */                                  \
        snprintf(said_->text[LANG_EN], sizeof said_->text[LANG_EN], en, ##__VA_ARGS__);                                \
        snprintf(said_->text[LANG_FR], sizeof said_->text[LANG_FR], fr, ##__VA_ARGS__);                                \
    } while (0)

static const char *state_words(enum feed_state s, enum lang lang) {
    static const char *const words[][LANG_COUNT] = {[FEED_LIVE] = {"live", "en direct"},
                                                    [FEED_STALE] = {"late", "en retard"},
                                                    [FEED_LOST] = {"lost", "perdu"},
                                                    [FEED_ENDED] = {"ended", "terminé"},
                                                    [FEED_FILLING] = {"catching up", "en rattrapage"}};
    _Static_assert(sizeof words / sizeof words[0] == FEED_STATE_COUNT, "words for every state of the feed");
    return words[s][lang];
}

/* What is kept meanwhile is durable, and the person should know that. */
static void gone_health(const struct app *a, const struct store_health *h, struct health_item *i) {
    for (int l = 0; l < LANG_COUNT; l++) {
        char since[WHEN_TEXT_MAX];
        time_say(since, h->since, a->zone);
        snprintf(i->text[l], sizeof i->text[l],
                 tr((enum lang)l, "gone since %.28s, %llu commits kept here; no entries (%.30s)",
                    "absente depuis %.28s, %llu écritures gardées ici\u00a0; aucune entrée (%.30s)"),
                 since, (unsigned long long)h->kept, h->why.text[l]);
    }
}

static void database_health(const struct app *a, struct health_item *out, uint32_t *n) {
    int64_t age = desk_commit_age_ms(a->desk);
    struct store_health h;
    store_health(a->store, &h);
    struct health_item *i = item(out, n, "store",
                                 h.state == STORE_GONE  ? "down"
                                 : age > SLOW_COMMIT_MS ? "warn"
                                                        : "ok");
    if (h.state == STORE_GONE) {
        gone_health(a, &h, i);
        return;
    }
    double mb = (double)store_bytes(a->store) / 1e6;
    for (int l = 0; l < LANG_COUNT; l++) {
        char size[MONEY_TEXT_MAX];
        number_say(size, (enum lang)l, mb, 1);
        if (age > SLOW_COMMIT_MS)
            snprintf(i->text[l], sizeof i->text[l],
                     tr((enum lang)l, "%.40s, %s MB, commit under way for %lld ms",
                        "%.40s, %s\u00a0Mo, écriture en cours depuis %lld\u00a0ms"),
                     h.place, size, (long long)age);
        else
            snprintf(i->text[l], sizeof i->text[l], tr((enum lang)l, "%.80s, %s MB", "%.80s, %s\u00a0Mo"), h.place,
                     size);
    }
}

static void feed_health(const struct app *a, struct health_item *out, uint32_t *n) {
    if (a->live) {
        *n += live_health(a->live, out + *n, HEALTH_ITEMS_MAX / 2);
        return;
    }
    struct engine_status st;
    struct feed_stats fs = {0};
    engine_status(desk_engine(a->desk), &st);
    if (a->pace) pace_stats(a->pace, &fs);
    const char *state = st.feed == FEED_LIVE || st.feed == FEED_ENDED ? "ok" : "warn";
    struct health_item *i = item(out, n, "feed", state);
    for (int l = 0; l < LANG_COUNT; l++) {
        size_t n_text = (size_t)snprintf(
            i->text[l], sizeof i->text[l], tr((enum lang)l, "%s, %s, %llu bars", "%s, %s, %llu bougies"),
            conf_str(a->o.conf, "feed.kind"), state_words(st.feed, (enum lang)l), (unsigned long long)fs.bars);
        if (fs.bad_rows && n_text < sizeof i->text[l])
            snprintf(i->text[l] + n_text, sizeof i->text[l] - n_text,
                     tr((enum lang)l, ", %llu bad rows", ", %llu lignes fausses"), (unsigned long long)fs.bad_rows);
    }
}

static void transport_text(struct health_item *i, enum lang lang, const char *state, uint32_t waiting,
                           int64_t oldest_ms) {
    char age[WHEN_TEXT_MAX], *text = i->text[lang];
    size_t size = sizeof i->text[lang];
    if (!waiting)
        snprintf(text, size, "%.150s", state);
    else if (oldest_ms < OUTBOX_SAID_MS)
        snprintf(text, size, tr(lang, "%.90s, %u waiting", "%.90s, %u en attente"), state, waiting);
    else
        snprintf(text, size,
                 tr(lang, "%.90s, %u waiting, the oldest for %s", "%.90s, %u en attente, le plus ancien depuis %s"),
                 state, waiting, duration_say(age, lang, oldest_ms));
}

static void transport_health_item(const struct app *a, enum platform p, struct health_item *out, uint32_t *n) {
    const struct transport_slot *t = &a->transports[p];
    struct transport_health h = {0};
    if (!t->state) {
        if (app_wants(a, p))
            SAY(item(out, n, platform_name(p), "down"), "refused at the start: see the log, then mia check",
                "refusé au démarrage\u00a0: voyez le journal, puis mia check");
        else
            SAY(item(out, n, platform_name(p), "off"), "not configured", "non configuré");
        return;
    }
    t->ops->health(t->state, &h);
    int64_t oldest = outbox_oldest_ms(a->outbox, p);
    const char *state = h.stopped ? "down" : h.up && oldest < OUTBOX_LATE_MS ? "ok" : "warn";
    struct health_item *i = item(out, n, platform_name(p), state);
    for (int lang = 0; lang < LANG_COUNT; lang++)
        transport_text(i, (enum lang)lang, h.text[lang], outbox_pending(a->outbox, p), oldest);
}

static int64_t disk_free(const struct app *a) {
    struct statvfs v;
    return statvfs(a->dir, &v) < 0 ? -1 : (int64_t)v.f_bavail * (int64_t)v.f_frsize;
}

uint32_t app_health(void *app, struct health_item *out) {
    const struct app *a = app;
    uint32_t n = 0;
    int64_t disk = disk_free(a);
    database_health(a, out, &n);
    feed_health(a, out, &n);
    struct health_item *broker = item(out, &n, "broker", "ok");
    SAY(broker, "%s", "%s", a->o.dry_run ? "null (dry run)" : conf_str(a->o.conf, "broker.kind"));
    app_broker_health(a, broker);
    for (int p = 0; p < PLATFORM_COUNT; p++) transport_health_item(a, (enum platform)p, out, &n);
    struct health_item *space = item(out, &n, "disk", disk >= 0 && disk < DISK_LOW_BYTES ? "warn" : "ok");
    for (int l = 0; l < LANG_COUNT; l++) {
        char size[MONEY_TEXT_MAX];
        number_say(size, (enum lang)l, (double)disk / 1e9, 1);
        snprintf(space->text[l], sizeof space->text[l], tr((enum lang)l, "%s GB free", "%s\u00a0Go libres"), size);
    }
    return n;
}

/* ---- once a minute ---- */

static uint32_t build_upkeep(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                             struct message out[MESSAGES_MAX]) {
    return message_upkeep(ctx, arena, arg, out);
}

static uint32_t build_usage(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                            struct message out[MESSAGES_MAX]) {
    const struct router_usage *u = arg;
    return message_usage(ctx, arena, u->commands, u->refused, u->strangers, out);
}

static void look_at_disk(struct app *a) {
    int64_t disk = disk_free(a);
    if (disk < 0 || disk >= DISK_LOW_BYTES || !app_may_tell(a, "disk")) return;
    struct upkeep u = {.kind = UPKEEP_DISK_LOW, .a = disk, .b = (int64_t)store_bytes(a->store)};
    reporter_say(a->reporter, build_upkeep, &u);
}

/* What does not get through on one platform is told on the others. */
void app_look_at_outbox(struct app *a) {
    static const char *const names[] = {"Discord", "Telegram", "local"};
    static const char *const keys[] = {"outbox.discord", "outbox.telegram", "outbox.local"};
    _Static_assert(sizeof names / sizeof names[0] == PLATFORM_COUNT, "a name for every platform");
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        int64_t age = outbox_oldest_ms(a->outbox, (enum platform)p);
        if (age < OUTBOX_LATE_MS || !app_may_tell(a, keys[p])) continue;
        struct upkeep u = {
            .kind = UPKEEP_OUTBOX, .a = outbox_pending(a->outbox, (enum platform)p), .b = age, .text = names[p]};
        log_warn("outbox", "messages wait for %s: %lld, the oldest for %lld s", names[p], (long long)u.a,
                 (long long)age / 1000);
        reporter_say_elsewhere(a->reporter, (enum platform)p, build_upkeep, &u);
    }
}

/* Closed markets are silent, and that is no fault: is any that is followed open at `t`? */
static bool any_market_is_open(const struct engine *e, when_t t) {
    const struct engine_config *c = engine_config(e);
    for (uint32_t i = 0; i < c->instrument_count; i++) {
        if (calendar_is_open(&c->calendars, c->instruments[i].hours, t)) return true;
    }
    return c->instrument_count == 0;
}

bool app_feed_is_silent(const struct engine *e, int64_t silent_ms, int64_t speed) {
    if (silent_ms <= FEED_SILENT_MS || speed <= 1) return false;
    return any_market_is_open(e, when_add_ms(engine_market_time(e), silent_ms * speed));
}

/* Pull feeds are as alive as their pace; a silence is the machine's or the disk's. */
static void look_at_feed(struct app *a) {
    struct engine_status st;
    engine_status(desk_engine(a->desk), &st);
    int64_t speed = conf_int(a->o.conf, "feed.speed"), last = a->pace ? pace_last_ms(a->pace) : 0;
    if (last == 0 || st.feed != FEED_LIVE || speed == PACE_MAX) return;
    if (app_feed_is_silent(desk_engine(a->desk), clock_mono_ms() - last, speed)) app_feed_state(a, FEED_STALE);
}

void app_minute(void *app) {
    struct app *a = app;
    int32_t day = when_trading_day(clock_wall(), a->zone, 0);
    found_alive(a->state, clock_wall());
    store_alive(a->store);
    look_at_disk(a);
    app_look_at_outbox(a);
    look_at_feed(a);
    if (a->usage_day && day != a->usage_day) {
        struct router_usage u;
        router_usage(a->router, &u);
        reporter_say(a->reporter, build_usage, &u);
        store_retain(a->store, clock_wall(), engine_day(desk_engine(a->desk)));
    }
    a->usage_day = day;
}
