/*
 * app_found: a start looks at what it finds, in three steps (before the configuration holds,
 * after it, and when late commands have come in), and says it. See bot/found.h.
 */
#include "bot/found.h"

#include "bot/app_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define LATE_FOR_MS 300000 /* commands that are too old count as missed this long after a start */
#define LATE_TOLD_MS 1500  /* they come in a row: told together */

static uint32_t build_start(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                            struct message out[MESSAGES_MAX]) {
    return message_start(ctx, arena, arg, out);
}

/* Before the configuration is applied: the engine is as the last run left it. */
void app_found_before(struct app *a) {
    struct found *f = a->found = xcalloc(1, sizeof *a->found);
    bool had_state = engine_seq(desk_engine(a->desk)) > 0;
    f->version = a->o.version;
    f->lost_state = a->lost_state;
    if (had_state) str_copy(f->version_before, sizeof f->version_before, engine_config(desk_engine(a->desk))->version);
    found_run(f, a->state, had_state, clock_wall());
    found_settings(f, a->state, a->o.conf);
    f->schema = store_schema_version(a->store);
    f->schema_before = store_schema_found(a->store);
    const struct err *held = store_held_abroad(a->store);
    for (int l = 0; held && l < LANG_COUNT; l++) str_copy(f->held_by[l], sizeof f->held_by[l], held->text[l]);
    for (int p = 0; p < PLATFORM_COUNT; p++) {
        if (p == PLATFORM_LOCAL) continue;
        f->late += outbox_pending(a->outbox, (enum platform)p);
        f->repeats += outbox_uncertain(a->outbox, (enum platform)p);
    }
}

void app_found_after(struct app *a) {
    found_engine(a->found, desk_engine(a->desk), &a->config.limits);
    found_log(a->found);
    reporter_say(a->reporter, build_start, a->found);
}

/* ---- commands that were given while nobody was there ---- */

static void tell_late(void *arg) {
    struct app *a = arg;
    struct router_usage u;
    router_usage(a->router, &u);
    a->found->expired = u.expired;
    a->found->again = a->found->quiet = true;
    reporter_say(a->reporter, build_start, a->found);
}

void app_found_turn(struct app *a) {
    struct router_usage u;
    if (!a->found || clock_mono_ms() - a->ready_ms > LATE_FOR_MS) return;
    router_usage(a->router, &u);
    if (u.expired == a->found->expired || loop_timer_active(a->late_commands)) return;
    loop_timer_start(a->late_commands, LATE_TOLD_MS, 0);
}

void app_found_open(struct app *a) {
    a->ready_ms = clock_mono_ms();
    a->late_commands = loop_timer_new(a->loop, tell_late, a);
}
