/*
 * router_confirm: the generic confirmation around a command: show what would happen,
 * take one click, check everything again, execute. No command knows how it works.
 */
#include <string.h>

#include "bot/router_priv.h"

static void add_buttons(struct call *k, struct doc *d, const struct confirmation *c, const char *yes_label) {
    char id[CONFIRM_BUTTON_MAX];
    confirm_button(id, c->nonce, true);
    doc_button(d, id, yes_label, BUTTON_DANGER);
    confirm_button(id, c->nonce, false);
    doc_button(d, id, tr(k->q.lang, "Cancel", "Annuler"), BUTTON_NEUTRAL);
    d->expires = when_add_ms(c->asked, ROUTER_CONFIRM_S * 1000LL);
    doc_footer(
        d,
        tr(k->q.lang, "Valid for %d s, once, for you only", "Valable %d\u00a0s, une seule fois, pour vous seulement"),
        ROUTER_CONFIRM_S);
}

static void refuse_full(struct call *k) {
    struct err e;
    err_set(&e, ERR_FULL, "Too many confirmations are open (%d): wait a minute.",
            "Trop de confirmations sont ouvertes (%d)\u00a0: attendez une minute.", ROUTER_CONFIRMATIONS_MAX);
    call_refuse(k, "refused:busy", &e);
}

static void arguments_of(struct call *k) {
    struct buf b;
    buf_init(&b, sizeof k->arguments);
    args_text(&k->parsed, &b);
    str_copy(k->arguments, sizeof k->arguments, b.p);
    buf_clear(&b);
}

/* A preview with its digest. EXEC_FAILED: there is nothing to confirm, and that was answered. */
static enum exec_result preview(struct call *k, uint64_t *state, const char *verdict_failed) {
    const struct command *c = k->parsed.command;
    arguments_of(k);
    call_context(k, c);
    *state = 0;
    enum exec_result result = c->preview ? c->preview(&k->ctx, state) : EXEC_DONE;
    if (result == EXEC_DONE || result == EXEC_UNASKED) return result;
    call_refuse(k, verdict_failed, &k->ctx.err);
    return EXEC_FAILED;
}

static void show(struct call *k, uint64_t state, bool again) {
    const struct confirmation *c = confirms_ask(k->router->confirms, &k->q, &k->parsed, state, k->now);
    if (!c) {
        refuse_full(k);
        return;
    }
    struct doc *d = k->ctx.doc;
    if (again)
        doc_line(d, "%s",
                 tr(k->q.lang, "🔄 Things have changed since the preview: nothing was done. This is how it looks now.",
                    "🔄 La situation a changé depuis l’aperçu\u00a0: rien n’a été fait. Voici ce qu’il en est."));
    add_buttons(k, d, c, tr(k->q.lang, "Confirm", "Confirmer"));
    if (k->parsed.access.flags & COMMAND_PRIVATE) d->is_private = true;
    call_rows(k, again ? "state_changed" : "confirm_asked", k->q.user_name);
    call_answer(k, d);
}

void confirm_ask(struct call *k, bool again) {
    uint64_t state;
    enum exec_result result = preview(k, &state, "failed");
    if (result == EXEC_UNASKED) call_execute(k, "executed");
    if (result == EXEC_DONE) show(k, state, again);
}

void confirm_offer(struct call *k) {
    struct request q = k->q;
    struct parsed p;
    struct err e;
    const struct command *c;
    uint64_t state = 0;
    q.kind = REQUEST_COMMAND;
    *q.command = '\0';
    str_copy(q.text, sizeof q.text, k->ctx.offer);
    if (args_command(&q, &c, &e) < 0 || args_parse(&q, c, k->ctx.engine, k->arena, &p, &e) < 0) return;
    if (c->preview) {
        struct command_ctx copy = k->ctx;
        copy.command = c;
        memcpy(copy.args, p.args, sizeof copy.args);
        if (c->preview(&copy, &state) != EXEC_DONE) return;
    }
    const struct confirmation *asked = confirms_ask(k->router->confirms, &k->q, &p, state, k->now);
    if (asked) add_buttons(k, k->ctx.doc, asked, tr(k->q.lang, "Yes, now", "Oui, maintenant"));
}

/* ---- clicks ---- */

static void settled_before(struct call *k, enum confirm_status status) {
    struct err e;
    switch (status) {
    case CONFIRM_DONE:
        err_set(&e, ERR_REFUSED, "Already done: this click changes nothing.",
                "Déjà fait\u00a0: ce clic ne change rien.");
        call_refuse(k, "already_done", &e);
        return;
    case CONFIRM_CANCELLED:
        err_set(&e, ERR_REFUSED, "Already cancelled: nothing was done.", "Déjà annulé\u00a0: rien n’a été fait.");
        call_refuse(k, "already_cancelled", &e);
        return;
    case CONFIRM_REPLACED:
        err_set(&e, ERR_REFUSED, "A newer preview took its place: use that one.",
                "Un aperçu plus récent a pris sa place\u00a0: utilisez celui-là.");
        call_refuse(k, "already_replaced", &e);
        return;
    case CONFIRM_OPEN:
    case CONFIRM_STATUS_COUNT: break;
    }
}

/* Takes the place of the preview, so that its buttons go away. */
static void say_expired(struct call *k) {
    if (call_is_too_often(k, RATE_WRONG)) return;
    struct doc *d = doc_new(k->arena, k->q.lang, DOC_NOTICE);
    doc_title(d, "⌛", "%s",
              tr(k->q.lang, "This confirmation has expired: nothing was done. Ask again.",
                 "Cette confirmation a expiré\u00a0: rien n’a été fait. Redemandez."));
    k->router->usage.refused++;
    call_rows(k, "expired", k->q.user_name);
    call_answer(k, d);
}

static void cancel(struct call *k, const struct confirmation *c) {
    confirms_settle(k->router->confirms, c->nonce, CONFIRM_CANCELLED);
    struct doc *d = doc_new(k->arena, k->q.lang, DOC_PLAIN);
    doc_title(d, "✖️", tr(k->q.lang, "/%s cancelled: nothing was done", "/%s annulé\u00a0: rien n’a été fait"),
              parts_name(c->command, k->q.lang));
    call_rows(k, "cancelled", k->q.user_name);
    call_answer(k, d);
}

static void refuse_role_of(struct call *k, const struct command *c) {
    struct err e;
    ERR_NAMED(&e, ERR_AUTH, "/%s is not for your role.", "/%s n’est pas pour votre rôle.", c);
    call_refuse(k, "refused:role", &e);
}

/* Everything is looked at again; only what is as it was shown is done. */
static void carry_out(struct call *k, const struct confirmation *c) {
    struct confirms *all = k->router->confirms;
    struct err e;
    uint64_t state;
    if (args_again(c->command, c->value, desk_engine(k->router->o.desk), k->arena, &k->parsed, &e) < 0) {
        confirms_settle(all, c->nonce, CONFIRM_REPLACED);
        call_refuse(k, "state_changed", &e);
        return;
    }
    if (!auth_may_do(k->role, &k->parsed.access)) {
        refuse_role_of(k, c->command);
        return;
    }
    enum exec_result result = preview(k, &state, "state_changed");
    if (result == EXEC_FAILED) {
        confirms_settle(all, c->nonce, CONFIRM_REPLACED);
        return;
    }
    if (state != c->state && result != EXEC_UNASKED) { /* what needs no question any more was asked for all the same */
        confirms_settle(all, c->nonce, CONFIRM_REPLACED);
        show(k, state, true);
        return;
    }
    confirms_settle(all, c->nonce, CONFIRM_DONE);
    k->age_s = 0;
    call_execute(k, "confirmed");
}

static void refuse_other(struct call *k, const char *verdict) {
    struct err e;
    err_set(&e, ERR_AUTH, "This confirmation is not yours to click.", "Cette confirmation n’est pas la vôtre.");
    call_refuse(k, verdict, &e);
}

void confirm_click(struct call *k, const char *nonce, bool yes) {
    const struct confirmation *found;
    struct confirmation c;
    enum click click = confirms_click(k->router->confirms, &k->q, nonce, k->now, &found);
    str_copy(k->command, sizeof k->command, found ? found->command->name : "button");
    str_copy(k->arguments, sizeof k->arguments, yes ? "confirm" : "cancel");
    switch (click) {
    case CLICK_UNKNOWN:
    case CLICK_EXPIRED: say_expired(k); return;
    case CLICK_OTHER_USER: refuse_other(k, "refused:other_user"); return;
    case CLICK_OTHER_CHAT: refuse_other(k, "refused:other_chat"); return;
    case CLICK_SETTLED: settled_before(k, found->status); return;
    case CLICK_GOOD: break;
    }
    k->metered = true; /* it was counted when it was asked; what becomes of it is always told */
    c = *found;        /* the table may move it on while we work */
    if (!auth_may(k->role, c.command)) {
        refuse_role_of(k, c.command);
    } else if (yes) {
        carry_out(k, &c);
    } else {
        cancel(k, &c);
    }
}
