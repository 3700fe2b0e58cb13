/* found: see found.h. Owns nothing: records and settings lie in the state, the rest is the caller's struct. */
#include "bot/found.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"
#include "engine/store.h"

#define SETTING "conf:" /* one durable value a setting */

/* ---- the record of a run ---- */

static const char *const end_names[] = {
    [RUN_FIRST] = "first", [RUN_STOPPED] = "stopped", [RUN_CUT] = "cut", [RUN_NOT_RECORDED] = "not_recorded"};
_Static_assert(sizeof end_names / sizeof end_names[0] == RUN_END_COUNT, "a name for every end");

/* For the log. */
static const char *run_end_name(enum run_end e) {
    return (unsigned)e < RUN_END_COUNT ? end_names[e] : "?";
}

bool run_read(struct run_record *r, const char *text) {
    int end = 0;
    *r = (struct run_record){0};
    if (!text) return false;
    int n = sscanf(text, "1 %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNu32 " %" SCNu32 "%n", &r->started_s,
                   &r->alive_s, &r->stopped_s, &r->told_s, &r->number, &r->cuts, &end);
    if (n == 6 && text[end] == '\0' && r->started_s > 0 && r->alive_s > 0 && r->stopped_s >= 0) return true;
    *r = (struct run_record){0};
    return false;
}

void run_write(const struct run_record *r, struct buf *out) {
    buf_printf(out, "1 %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRIu32 " %" PRIu32, r->started_s, r->alive_s,
               r->stopped_s, r->told_s, r->number, r->cuts);
}

static void run_put(struct state *s, const struct run_record *r) {
    struct buf b;
    buf_init(&b, 200);
    run_write(r, &b);
    state_put(s, RUN_KEY, b.p);
    buf_clear(&b);
}

/* A row of cuts is one story: its first start told a message, the others edit it. Whatever else happened begins a new one. */
static void count_cuts(struct found *f, struct run_record *r, int64_t now_s) {
    int64_t quiet = now_s - r->told_s;
    f->again = f->end == RUN_CUT && r->cuts > 0 && quiet >= 0 && quiet < FOUND_QUIET_S;
    if (!f->again) {
        r->told_s = now_s;
        r->number++;
        r->cuts = 0;
    }
    if (f->end == RUN_CUT) r->cuts++;
    f->cuts = r->cuts;
    f->quiet = f->again && f->cuts != FOUND_LOOP;
    f->since = when_from_sec(r->told_s);
    f->number = r->number;
}

void found_run(struct found *f, struct state *s, bool had_state, when_t now) {
    struct run_record r;
    bool recorded = run_read(&r, state_get(s, RUN_KEY));
    const char *version = state_get(s, STORE_VERSION_KEY);
    int64_t now_s = when_sec(now);
    f->ended = WHEN_NONE;
    if (recorded) {
        int64_t at = r.stopped_s ? r.stopped_s : r.alive_s;
        f->end = r.stopped_s ? RUN_STOPPED : RUN_CUT;
        f->ended = when_from_sec(at);
        f->down_ms = (now_s - at) * 1000;
    } else {
        f->end = had_state ? RUN_NOT_RECORDED : RUN_FIRST;
    }
    if (version) str_copy(f->version_before, sizeof f->version_before, version);
    count_cuts(f, &r, now_s);
    r.started_s = r.alive_s = now_s;
    r.stopped_s = 0;
    run_put(s, &r);
    state_put(s, STORE_VERSION_KEY, f->version);
}

void found_alive(struct state *s, when_t now) {
    struct run_record r;
    if (!run_read(&r, state_get(s, RUN_KEY))) return;
    r.alive_s = when_sec(now);
    run_put(s, &r);
}

void found_stopped(struct state *s, when_t now) {
    struct run_record r;
    if (!run_read(&r, state_get(s, RUN_KEY))) return;
    r.alive_s = r.stopped_s = when_sec(now);
    run_put(s, &r);
}

/* ---- settings ---- */

static void change_add(struct found *f, const char *key, const char *before, const char *now) {
    struct buf b;
    if (f->changes++ >= FOUND_CHANGES_MAX) return;
    buf_init(&b, FOUND_CHANGE_MAX);
    buf_printf(&b, "%.60s → %.60s", *before ? before : "–", *now ? now : "–");
    str_copy(f->change[f->changes - 1].key, STATE_KEY_MAX, key);
    str_copy(f->change[f->changes - 1].text, FOUND_CHANGE_MAX, b.p);
    buf_clear(&b);
}

/* What was noted and is no setting any more. */
struct gone {
    struct found *found;
    const struct map *now;
    char (*key)[STATE_KEY_MAX]; /* to be forgotten, once the walk is over */
    uint32_t n;
};

static void look_for_gone(void *arg, const char *key, const char *value) {
    struct gone *g = arg;
    if (map_get(g->now, key)) return;
    g->key = xreallocarray(g->key, g->n + 1, sizeof *g->key);
    str_copy(g->key[g->n++], STATE_KEY_MAX, key);
    change_add(g->found, key + strlen(SETTING), value, "");
}

void found_settings(struct found *f, struct state *s, const struct conf *conf) {
    struct gone gone = {.found = f};
    struct map *now = map_new(CONF_ENTRIES_MAX);
    const char *noted_before = state_get(s, SETTING "mode");
    struct conf_setting c;
    for (size_t it = 0; conf_next(conf, &it, &c);) {
        char key[CONF_KEY_MAX + 8];
        if (snprintf(key, sizeof key, SETTING "%s", c.key) >= STATE_KEY_MAX) continue;
        map_put(now, key, s);
        const char *before = state_get(s, key);
        /* A setting that a newer version brings with its default is no change that somebody made. */
        if (noted_before && strcmp(before ? before : "", c.text) != 0 && (before || c.given))
            change_add(f, c.key, before ? before : "", c.text);
        state_put(s, key, c.text);
    }
    gone.now = now;
    if (noted_before) state_each(s, SETTING, look_for_gone, &gone);
    for (uint32_t i = 0; i < gone.n; i++) state_put(s, gone.key[i], NULL);
    free(gone.key);
    map_free(now);
}

/* ---- the engine ---- */

/* As they are written: padding between the members says nothing. */
static uint64_t limits_digest(const struct limits *l) {
    struct limits copy = *l;
    struct snap s;
    struct buf b;
    buf_init(&b, 1024);
    snap_writer(&s, &b);
    s.version = ENGINE_FORMAT;
    limits_snap(&copy, &s);
    uint64_t digest = hash64(b.p, b.len, 0);
    buf_clear(&b);
    return digest;
}

void found_engine(struct found *f, const struct engine *e, const struct limits *wanted) {
    uint32_t n = 0;
    engine_status(e, &f->status);
    for (uint32_t i = 0; i < engine_trade_count(e); i++) {
        const struct trade *t = engine_trade_at(e, i);
        f->naked += t->qty.v > 0 && (t->protection == PROTECTION_NONE || t->stop.v == 0);
        if (f->trades < FOUND_TRADES_MAX) f->trade[f->trades++] = *t;
    }
    for (uint32_t i = 0; i < engine_order_count(e) && n < FOUND_ORDERS_MAX; i++)
        if (engine_order_at(e, i)->state == ORDER_UNKNOWN) f->unknown[n++] = *engine_order_at(e, i);
    f->limits_wait = limits_digest(&engine_config(e)->limits) != limits_digest(wanted);
}

bool found_is_urgent(const struct found *f) {
    return f->lost_state || f->naked > 0 || f->status.unknown_orders > 0 || f->cuts == FOUND_LOOP;
}

void found_log(const struct found *f) {
    log_info("app",
             "found end=%s down_s=%lld cuts=%u version=%s->%s schema=%d->%d paused=%d open=%u naked=%u unknown=%u "
             "late=%u repeats=%u changes=%u",
             run_end_name(f->end), (long long)f->down_ms / 1000, f->cuts, *f->version_before ? f->version_before : "?",
             f->version, f->schema_before, f->schema, f->status.paused, f->status.open_trades, f->naked,
             f->status.unknown_orders, f->late, f->repeats, f->changes);
}
