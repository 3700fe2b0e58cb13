/*
 * router_call: what becomes of a request that was let through: its rows, its execution,
 * its answer; and the functions that a command's context offers. Owns the calls that
 * wait for the store and the answers whose commit is under way.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/router_priv.h"
#include "config/conf.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define SLOW_MS 1000

/* ---- rows ---- */

static char *redacted(struct arena *a, const char *text) {
    struct buf b;
    buf_init(&b, 1024);
    buf_text(&b, text, strnlen(text, 512), false);
    char *copy = arena_strndup(a, b.p, b.len);
    copy[log_redact(copy, strlen(copy))] = '\0';
    buf_clear(&b);
    return copy;
}

void call_rows(struct call *k, const char *verdict, const char *detail) {
    struct store_batch *b = desk_batch(k->router->o.desk);
    const char *command = redacted(k->arena, k->command);
    char *arguments = redacted(k->arena, k->arguments);
    uint32_t passed_over = k->role == ROLE_NOBODY ? 0 : rates_passed_over(k->router->rates, k->actor);
    if (passed_over) detail = arena_printf(k->arena, "%u more not written; %s", passed_over, detail);
    conf_hide_secrets(arguments);
    const struct inbox_row in = {.platform = platform_name(k->q.platform),
                                 .bot = k->q.bot_id,
                                 .ext_id = k->q.ext_id,
                                 .at = k->now,
                                 .actor = k->actor,
                                 .command = command,
                                 .verdict = verdict};
    const struct audit_row row = {.at = k->now,
                                  .platform = platform_name(k->q.platform),
                                  .actor = k->actor,
                                  .role = role_key(k->role),
                                  .chat = k->q.chat_id,
                                  .command = command,
                                  .arguments = arguments,
                                  .verdict = verdict,
                                  .detail = redacted(k->arena, detail)};
    store_put_inbox(b, &in);
    store_put_audit(b, &row);
}

/* ---- answers ---- */

static void inflight_done(void *arg) {
    struct inflight *f = arg;
    *f->link = f->next;
    if (f->next) f->next->link = f->link;
    free(f);
}

static bool is_order(const struct call *k) {
    return k->parsed.command && !(k->parsed.command->flags & COMMAND_READONLY);
}

/* What is asked for while the database is gone is done, and durable here; the person should know where it is. */
static void say_gone(const struct router *r, struct doc *d, enum lang lang) {
    struct store_health h;
    char since[WHEN_TEXT_MAX];
    store_health(r->o.store, &h);
    if (h.state != STORE_GONE) return;
    doc_line(d,
             tr(lang,
                "🗄️ The database has been gone since %s: this is kept on this machine and recorded as soon as it "
                "is back. No "
                "entries until then.",
                "🗄️ La base de données est injoignable depuis %s\u00a0: ceci est gardé sur cette machine et "
                "enregistré dès "
                "son retour. Aucune entrée d’ici là."),
             time_say(since, h.since, r->o.zone));
}

void router_gone(struct router *r) {
    struct arena *arena = arena_new(CALL_ARENA_MAX);
    for (struct inflight *f = r->inflight; f; f = f->next) {
        if (!f->is_order) continue;
        struct doc *d = doc_new(arena, f->lang, DOC_WARNING);
        doc_title(d, "📥", tr(f->lang, "/%s was taken", "/%s est pris en compte"), f->command);
        say_gone(r, d, f->lang);
        d->mode = r->o.mode;
        d->is_private = f->is_private;
        doc_time(d, clock_wall(), r->o.zone);
        outbox_reply(r->o.outbox, f->platform, f->address, d);
    }
    arena_free(arena);
}

static void remember_inflight(struct call *k, bool is_private) {
    struct router *r = k->router;
    struct inflight *f = xcalloc(1, sizeof *f);
    f->router = r;
    f->platform = k->q.platform;
    f->is_private = is_private;
    f->deferred = k->deferred;
    str_copy(f->address, sizeof f->address, k->q.address);
    f->is_order = is_order(k);
    f->lang = k->q.lang;
    str_copy(f->command, sizeof f->command, k->command);
    f->next = r->inflight;
    f->link = &r->inflight;
    if (f->next) f->next->link = &f->next;
    r->inflight = f;
    desk_after_commit(r->o.desk, inflight_done, f);
}

void call_answer(struct call *k, struct doc *d) {
    if (is_order(k)) say_gone(k->router, d, k->q.lang);
    d->mode = k->router->o.mode;
    doc_time(d, clock_wall(), k->router->o.zone);
    outbox_reply(k->router->o.outbox, k->q.platform, k->q.address, d);
    remember_inflight(k, d->is_private);
}

void call_refuse(struct call *k, const char *verdict, const struct err *e) {
    if (!call_is_too_often(k, RATE_WRONG)) call_say_refused(k, verdict, e);
}

void call_say_refused(struct call *k, const char *verdict, const struct err *e) {
    k->router->usage.refused++;
    call_rows(k, verdict, e->text[LANG_EN]);
    struct doc *d = doc_error(k->arena, k->q.lang, e);
    d->is_private = true;
    call_answer(k, d);
}

static void defer(struct router *r, enum platform p, const char *address, bool is_private, bool *deferred) {
    if (*deferred) return;
    *deferred = true;
    r->o.defer(r->o.arg, p, address, is_private);
}

static bool answer_is_private(const struct call *k) {
    return (k->parsed.access.flags & COMMAND_PRIVATE) != 0;
}

void router_late(struct router *r) {
    for (struct inflight *f = r->inflight; f; f = f->next)
        defer(r, f->platform, f->address, f->is_private, &f->deferred);
    for (struct call *k = r->waiting; k; k = k->next)
        defer(r, k->q.platform, k->q.address, answer_is_private(k), &k->deferred);
}

/* ---- waiting for the store ---- */

void waiting_late(void *router) {
    struct router *r = router;
    int64_t now = clock_mono_ms(), next = 0;
    for (struct call *k = r->waiting; k; k = k->next) {
        int64_t left = k->since_ms + SLOW_MS - now;
        if (left <= 0)
            defer(r, k->q.platform, k->q.address, answer_is_private(k), &k->deferred);
        else if (!next || left < next)
            next = left;
    }
    if (next) loop_timer_start(r->slow, next, 0);
}

static void wait_for_store(struct call *k) {
    struct router *r = k->router;
    k->waiting = true;
    k->next = r->waiting;
    k->link = &r->waiting;
    if (k->next) k->next->link = &k->next;
    r->waiting = k;
    r->waiting_count++;
    if (!loop_timer_active(r->slow)) loop_timer_start(r->slow, SLOW_MS, 0);
}

void call_free(struct call *k) {
    if (k->waiting) {
        *k->link = k->next;
        if (k->next) k->next->link = k->link;
        k->router->waiting_count--;
    }
    if (k->job_free) k->job_free(k->job);
    arena_free(k->arena);
    free(k);
}

/* ---- execution ---- */

void call_context(struct call *k, const struct command *c) {
    const struct router *r = k->router;
    k->ctx = (struct command_ctx){.arena = k->arena,
                                  .lang = k->q.lang,
                                  .zone = r->o.zone,
                                  .command = c,
                                  .role = k->role,
                                  .local = k->q.platform == PLATFORM_LOCAL,
                                  .now = k->now,
                                  .age_s = k->age_s,
                                  .engine = desk_engine(r->o.desk),
                                  .store = r->o.store,
                                  .commands = command_table,
                                  .mode = r->o.mode,
                                  .version = r->o.version,
                                  .started = r->o.started,
                                  .host = k};
    memcpy(k->ctx.args, k->parsed.args, sizeof k->ctx.args);
    str_copy(k->ctx.actor, sizeof k->ctx.actor, k->actor);
    str_copy(k->ctx.actor_name, sizeof k->ctx.actor_name, k->q.user_name);
}

static void make_sure_of_an_error(struct err *e) {
    if (*e->text[LANG_EN]) return;
    err_set(e, ERR_UNKNOWN, "That did not work, and no reason was given.", "Cela n’a pas marché, sans raison donnée.");
}

static void answer_result(struct call *k) {
    if (k->ctx.doc) {
        if (answer_is_private(k)) k->ctx.doc->is_private = true;
        call_answer(k, k->ctx.doc);
        return;
    }
    make_sure_of_an_error(&k->ctx.err);
    struct doc *d = doc_error(k->arena, k->q.lang, &k->ctx.err);
    d->is_private = true;
    call_answer(k, d);
}

void call_execute(struct call *k, const char *verdict) {
    struct buf text;
    buf_init(&text, sizeof k->arguments);
    args_text(&k->parsed, &text);
    str_copy(k->arguments, sizeof k->arguments, text.p);
    buf_clear(&text);
    call_context(k, k->parsed.command);
    k->executing = true;
    enum exec_result result = k->parsed.command->exec(&k->ctx);
    k->executing = false;
    k->router->usage.commands++;
    if (result == EXEC_WAIT && !k->finished) {
        call_rows(k, verdict, k->q.user_name);
        wait_for_store(k);
        return;
    }
    if (result == EXEC_FAILED) k->ctx.doc = NULL;
    if (k->ctx.doc) {
        call_rows(k, verdict, k->q.user_name);
        if (*k->ctx.offer) confirm_offer(k);
    } else {
        make_sure_of_an_error(&k->ctx.err);
        call_rows(k, "failed", k->ctx.err.text[LANG_EN]);
    }
    answer_result(k);
}

/* ---- what a command's context offers ---- */

int command_apply(struct command_ctx *c, struct operator_command *op, struct err *e) {
    struct call *k = c->host;
    str_copy(op->actor, sizeof op->actor, c->actor);
    return desk_operate(k->router->o.desk, op, e);
}

void command_finish(struct command_ctx *c) {
    struct call *k = c->host;
    if (k->executing) {
        k->finished = true;
        return;
    }
    answer_result(k);
    call_free(k);
}

void command_config_text(struct command_ctx *c, const char *prefix, struct buf *out) {
    struct call *k = c->host;
    settings_text(k->router->o.settings, prefix, c->lang, out);
}

int command_setting_plan(struct command_ctx *c, const char *key, const char *value, struct setting_plan *out,
                         struct err *e) {
    struct call *k = c->host;
    const struct setting_asked q = {.lang = c->lang, .arena = c->arena, .key = key, .value = value};
    return settings_plan(k->router->o.settings, &q, out, e);
}

int command_setting_change(struct command_ctx *c, const char *key, const char *value, struct setting_plan *out,
                           struct err *e) {
    struct call *k = c->host;
    const struct setting_asked q = {.lang = c->lang, .arena = c->arena, .key = key, .value = value};
    return settings_change(k->router->o.settings, &q, c->actor, out, e);
}

uint32_t command_setting_complete(struct command_ctx *c, const char *action, const char *key, const char *typed,
                                  struct choice out[COMMAND_CHOICES_MAX]) {
    struct call *k = c->host;
    return settings_complete(k->router->o.settings, c->lang, action, key, typed, out);
}

when_t command_day_begins(struct command_ctx *c, int32_t day) {
    struct call *k = c->host;
    return settings_day_begins(k->router->o.settings, day);
}

uint32_t command_health(struct command_ctx *c, struct health_item out[HEALTH_ITEMS_MAX]) {
    struct call *k = c->host;
    return k->router->o.health(k->router->o.arg, out);
}
