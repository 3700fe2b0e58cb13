/*
 * router: the way of a request up to its execution: once only, who, what, how old, how
 * often. Owns the duplicate set; how often is asked of rates.c, strangers of the day are
 * strangers.c's. What it lets through goes to router_call.c, what must be asked first to
 * router_confirm.c.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/router_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define SLOW_MS 1000
#define MINUTE_MS 60000

_Static_assert(RATES_PEOPLE_MAX > AUTH_PEOPLE_MAX, "all who are listed, and the page's owner");

static int64_t mono_ms(const struct router *r) {
    return r->o.mono_ms ? r->o.mono_ms(r->o.arg) : clock_mono_ms();
}

struct router *router_new(const struct router_options *o) {
    struct router *r = xcalloc(1, sizeof *r);
    r->o = *o;
    r->auth = auth_new(o->conf);
    r->seen = idset_new(ROUTER_SEEN_MAX);
    r->confirms = confirms_new(o->state_put, o->arg);
    r->strangers = strangers_new(o->state_put, o->arg);
    r->rates = rates_new();
    bucket_init(r->stranger_rows, ROUTER_STRANGER_ROWS, MINUTE_MS / ROUTER_STRANGER_ROWS, mono_ms(r));
    bucket_init(r->stranger_choices, ROUTER_STRANGER_ROWS, MINUTE_MS / ROUTER_STRANGER_ROWS, mono_ms(r));
    r->slow = loop_timer_new(o->loop, waiting_late, r);
    return r;
}

void router_free(struct router *r) {
    if (!r) return;
    if (r->waiting) store_wait(r->o.store); /* their questions still point to them */
    while (r->waiting) call_free(r->waiting);
    while (r->inflight) {
        struct inflight *f = r->inflight;
        r->inflight = f->next;
        free(f);
    }
    loop_timer_free(r->slow);
    rates_free(r->rates);
    strangers_free(r->strangers);
    confirms_free(r->confirms);
    idset_free(r->seen);
    auth_free(r->auth);
    free(r);
}

void router_stopping(struct router *r) {
    r->stopping = true;
}

bool router_idle(const struct router *r) {
    return !r->waiting && !r->inflight;
}

void router_usage(const struct router *r, struct router_usage *out) {
    *out = r->usage;
}

/* ---- once only ---- */

/* Exact for Discord (whose ids stay below 2^62 until 2049) and Telegram; the page's ids are hashes themselves. */
static uint64_t seen_key(enum platform p, uint64_t ext_id) {
    _Static_assert(PLATFORM_COUNT <= 4, "two bits for the platform");
    return ext_id << 2 | (uint64_t)p;
}

struct recovering {
    struct router *router;
    uint64_t *key;
    size_t n;
    struct err *e;
    bool failed;
};

static void inbox_row(void *arg, const char *platform, uint64_t ext_id) {
    struct recovering *l = arg;
    if (l->n == ROUTER_SEEN_MAX) return; /* newest first: what is left out is the oldest */
    for (int p = 0; p < PLATFORM_COUNT; p++)
        if (!strcmp(platform, platform_name((enum platform)p))) l->key[l->n++] = seen_key((enum platform)p, ext_id);
}

static void state_row(void *arg, const char *key, const char *value) {
    struct router *r = ((struct recovering *)arg)->router;
    confirms_load(r->confirms, key, value);
    strangers_load(r->strangers, key, value);
}

static void recovered(void *arg, const struct err *failed) {
    struct recovering *l = arg;
    if (!failed || l->failed) return;
    l->failed = true;
    if (l->e) *l->e = *failed;
}

int router_recover(struct router *r, struct err *e) {
    struct recovering l = {.router = r, .e = e};
    l.key = xmalloc(ROUTER_SEEN_MAX * sizeof *l.key);
    store_load_inbox(r->o.store, inbox_row, recovered, &l);
    store_load_state(r->o.store, state_row, recovered, &l);
    store_wait(r->o.store);
    while (l.n) idset_add(r->seen, l.key[--l.n]); /* oldest first: it is the first to be forgotten */
    free(l.key);
    return l.failed ? -1 : 0;
}

/* ---- how often ---- */

static void refuse_rate(struct call *k, enum rate what) {
    struct router *r = k->router;
    struct err e;
    int64_t ms = rates_wait_ms(r->rates, k->actor, k->role == ROLE_OWNER, what, mono_ms(r));
    err_set(&e, ERR_REFUSED, "Too many in one minute: wait %d s. /pause and /sos always work.",
            "Trop de commandes en une minute\u00a0: attendez %d\u00a0s. /pause et /sos marchent toujours.",
            (int)((ms + 999) / 1000));
    call_say_refused(k, "refused:rate", &e);
}

/* The first one too many is told; what follows is only counted: a storm costs neither rows nor messages. */
bool call_is_too_often(struct call *k, enum rate what) {
    struct router *r = k->router;
    if (k->metered) return false;
    k->metered = true;
    switch (rates_take(r->rates, k->actor, k->role == ROLE_OWNER, what, mono_ms(r))) {
    case RATE_GOOD: return false;
    case RATE_SAY: refuse_rate(k, what); return true;
    case RATE_SILENT: r->usage.refused++; return true;
    }
    return true;
}

static bool is_too_often(struct call *k) {
    uint32_t flags = k->parsed.access.flags;
    return call_is_too_often(k, flags & COMMAND_MONEY ? RATE_MONEY : RATE_READ);
}

/* ---- who ---- */

/* Somebody who may nothing here: a row, at most one answer a day, nothing else. A flood costs neither rows nor memory. */
static void turn_away(struct call *k, const char *verdict) {
    struct router *r = k->router;
    struct err e;
    struct buf command, rest, detail;
    buf_init(&command, sizeof k->command);
    buf_init(&rest, sizeof k->arguments);
    buf_init(&detail, 160);
    args_raw(&k->q, &command, &rest);
    str_copy(k->command, sizeof k->command, command.p);
    str_copy(k->arguments, sizeof k->arguments, rest.p);
    if (r->rows_left_out) buf_printf(&detail, "%u more not written; ", r->rows_left_out);
    buf_printf(&detail, "by %s", k->q.user_name);
    r->rows_left_out = 0;
    call_rows(k, verdict, detail.p);
    buf_clear(&command);
    buf_clear(&rest);
    buf_clear(&detail);
    /* What no person sent itself (a bot, a webhook, a forward) gets no answer: answers must not feed a loop. */
    if (!k->q.genuine || !strangers_first(r->strangers, k->actor, k->now)) return;
    err_set(&e, ERR_AUTH, "This bot is private.", "Ce bot est privé.");
    call_answer(k, doc_error(k->arena, k->q.lang, &e));
}

/* NULL: may come in. */
static const char *why_turned_away(enum role role, const struct request *q) {
    if (role == ROLE_NOBODY) return "stranger";
    if (!q->home) return "refused:not_home";
    if (!q->genuine) return "refused:not_genuine";
    return NULL;
}

/* ---- what ---- */

static int64_t age_seconds(when_t sent, when_t now) {
    int64_t ns;
    if (sent.ns == WHEN_NONE.ns) return 0;
    if (__builtin_sub_overflow(now.ns, sent.ns, &ns)) return sent.ns < 0 ? INT64_MAX / NS_PER_SEC : 0;
    return ns < 0 ? 0 : ns / NS_PER_SEC; /* a clock ahead of ours is tolerated */
}

static void refuse_role(struct call *k, const struct command *c) {
    struct err e;
    bool mentor = k->role == ROLE_MENTOR;
    if (mentor)
        ERR_NAMED(&e, ERR_AUTH, "/%s is not for a mentor, who may look and not touch.",
                  "/%s n’est pas pour un mentor, qui peut regarder sans toucher.", c);
    else if (auth_may(k->role, c))
        ERR_NAMED(&e, ERR_AUTH, "This use of /%s is not for your role.", "Cet usage de /%s n’est pas pour votre rôle.",
                  c);
    else
        ERR_NAMED(&e, ERR_AUTH, "/%s is not for your role.", "/%s n’est pas pour votre rôle.", c);
    call_refuse(k, "refused:role", &e);
}

static void refuse_age(struct call *k, const struct command *c) {
    struct err e;
    char en[WHEN_TEXT_MAX], fr[WHEN_TEXT_MAX];
    duration_say(en, LANG_EN, k->age_s * 1000);
    duration_say(fr, LANG_FR, k->age_s * 1000);
    e.code = ERR_REFUSED;
    struct buf b;
    buf_init(&b, ERR_TEXT_MAX);
    buf_printf(&b, "This /%s is %s old: not executed. Ask again if you still mean it.", c->name, en);
    str_copy(e.text[LANG_EN], ERR_TEXT_MAX, b.p);
    buf_reset(&b);
    buf_printf(&b, "Ce /%s date de %s\u00a0: non exécuté. Redemandez si c’est toujours voulu.", parts_name(c, LANG_FR),
               fr);
    str_copy(e.text[LANG_FR], ERR_TEXT_MAX, b.p);
    buf_clear(&b);
    k->router->usage.expired++;
    call_refuse(k, "stale", &e);
}

static void refuse_stopping(struct call *k) {
    struct err e;
    err_set(&e, ERR_BUSY, "MIA is stopping: not carried out. Ask again once it is back; /pause and /sos still work.",
            "MIA s’arrête\u00a0: non exécuté. Redemandez à son retour\u00a0; /pause et /sos marchent encore.");
    call_refuse(k, "stopping", &e);
}

/* Everything that can be wrong with a command of somebody who may come in. true: it was answered. */
static bool refuse_command(struct call *k, const struct command *c) {
    struct err e;
    if (!auth_may(k->role, c)) return refuse_role(k, c), true;
    if (c->flags & COMMAND_ALWAYS) k->metered = true; /* never limited, nor is what it has to say */
    if (k->router->stopping && !(c->flags & COMMAND_ALWAYS)) return refuse_stopping(k), true;
    if (args_parse(&k->q, c, desk_engine(k->router->o.desk), k->arena, &k->parsed, &e) < 0)
        return call_refuse(k, "bad_arguments", &e), true;
    uint32_t flags = k->parsed.access.flags;
    if (!auth_may_do(k->role, &k->parsed.access)) return refuse_role(k, c), true;
    if (flags & COMMAND_PRIVATE && !k->q.can_be_private) {
        ERR_NAMED(&e, ERR_REFUSED, "The answer to /%s is only for you: ask in a private chat with me.",
                  "La réponse à /%s n’est que pour vous\u00a0: demandez-la-moi en privé.", c);
        return call_refuse(k, "refused:not_private", &e), true;
    }
    if (flags & COMMAND_MONEY && !(flags & COMMAND_ALWAYS) && k->age_s > COMMAND_AGE_MAX_S)
        return refuse_age(k, c), true;
    if (is_too_often(k)) return true;
    if (k->router->waiting_count >= ROUTER_WAITING_MAX && !(flags & COMMAND_ALWAYS)) {
        err_set(&e, ERR_BUSY, "Too many questions wait for the store: try again in a moment.",
                "Trop de questions attendent la base\u00a0: réessayez dans un instant.");
        return call_refuse(k, "refused:busy", &e), true;
    }
    return false;
}

static void on_command(struct call *k) {
    const struct command *c;
    struct err e;
    struct buf command, rest;
    buf_init(&command, sizeof k->command);
    buf_init(&rest, sizeof k->arguments);
    args_raw(&k->q, &command, &rest);
    str_copy(k->command, sizeof k->command, command.p);
    str_copy(k->arguments, sizeof k->arguments, rest.p);
    buf_clear(&command);
    buf_clear(&rest);
    if (args_command(&k->q, &c, &e) < 0) {
        call_refuse(k, "unknown_command", &e);
        return;
    }
    str_copy(k->command, sizeof k->command, c->name);
    if (refuse_command(k, c)) return;
    if (k->parsed.access.flags & COMMAND_CONFIRM)
        confirm_ask(k, false);
    else
        call_execute(k, "executed");
}

static void on_button(struct call *k) {
    char nonce[CONFIRM_NONCE_MAX];
    bool yes;
    struct err e;
    k->q.text[sizeof k->q.text - 1] = '\0';
    if (k->router->stopping && *k->q.text != '/') { /* a confirmation stays open, and is answered after the restart */
        str_copy(k->command, sizeof k->command, "button");
        refuse_stopping(k);
    } else if (confirm_button_read(k->q.text, nonce, &yes)) {
        confirm_click(k, nonce, yes);
    } else if (*k->q.text == '/') { /* a button that stands for a command */
        on_command(k);
    } else {
        err_set(&e, ERR_NOT_FOUND, "This button does nothing any more.", "Ce bouton n’a plus d’effet.");
        str_copy(k->command, sizeof k->command, "button");
        call_refuse(k, "bad_arguments", &e);
    }
}

/* ---- autocomplete: answered at once, never stored, empty for those who may nothing ---- */

static void on_complete(struct router *r, const struct request *q) {
    struct choice choices[COMMAND_CHOICES_MAX];
    uint32_t n = 0;
    enum role role = auth_role(r->auth, q->platform, q->user_id);
    bool may = !why_turned_away(role, q);
    if (!may && !bucket_take(r->stranger_choices, mono_ms(r))) return; /* an answer is a request of ours, too */
    struct call *k = xcalloc(1, sizeof *k);
    k->router = r;
    k->q = *q;
    k->now = clock_wall();
    k->role = role;
    auth_actor(q->platform, q->user_id, k->actor);
    if (may) {
        k->arena = arena_new(CALL_ARENA_MAX);
        call_context(k, NULL);
        n = complete_request(&k->ctx, q, choices);
    }
    r->o.choices(r->o.arg, q->platform, q->address, choices, n);
    call_free(k);
}

/* ---- receive ---- */

void router_receive(struct router *r, const struct request *q) {
    if (q->kind == REQUEST_COMPLETE) {
        on_complete(r, q);
        return;
    }
    if (idset_has(r->seen, seen_key(q->platform, q->ext_id))) {
        r->usage.duplicates++;
        return;
    }
    enum role role = auth_role(r->auth, q->platform, q->user_id);
    const char *refusal = why_turned_away(role, q);
    r->usage.strangers += refusal != NULL;
    if (refusal && !bucket_take(r->stranger_rows, mono_ms(r))) { /* a flood costs no memory, no row and no answer */
        r->rows_left_out++;
        return;
    }
    struct call *k = xcalloc(1, sizeof *k);
    k->router = r;
    k->q = *q;
    k->now = clock_wall();
    k->since_ms = clock_mono_ms();
    k->age_s = age_seconds(q->sent, k->now);
    k->role = role;
    k->arena = arena_new(CALL_ARENA_MAX);
    auth_actor(q->platform, q->user_id, k->actor);
    idset_add(r->seen, seen_key(q->platform, q->ext_id));
    if (refusal)
        turn_away(k, refusal);
    else if (q->kind == REQUEST_BUTTON)
        on_button(k);
    else
        on_command(k);
    if (!k->waiting) call_free(k);
}
