/*
 * cancel: entries that wait are called back because a person wants it, and the person
 * is told the truth: cancelled, filled before, or refused. Stops and targets are no
 * orders here and cannot be cancelled; a close under way reduces risk and is left alone.
 */
#include "engine/state.h"

#include <string.h>

static bool is_meant(const struct operator_command *c, const struct order *o) {
    if (c->order != 0) return o->id == c->order;
    if (c->trade != 0) return o->trade == c->trade;
    return c->instrument < 0 || o->instrument == (uint16_t)c->instrument;
}

static bool can_cancel(const struct live_order *o) {
    return o->o.role == ROLE_ENTRY && !o->cancel_wanted;
}

bool engine_can_cancel(const struct engine *e, const struct order *o) {
    const struct live_order *l = order_live((struct engine *)(uintptr_t)e, o->id); /* changes nothing */
    return l != NULL && can_cancel(l);
}

const struct order *engine_order(const struct engine *e, uint64_t id) {
    bool live;
    const struct live_order *o = id != 0 ? order_find((struct engine *)(uintptr_t)e, id, &live) : NULL;
    return o != NULL ? &o->o : NULL;
}

static int refuse_final(const struct order *o, struct err *err) {
    switch (o->state) {
    case ORDER_FILLED:
        return err_set(err, ERR_REFUSED, "It is filled: trade #%u. Close it with /close, or move its stop.",
                       "Il est exécuté\u00a0: position #%u. Clôturez-la avec /fermer, ou déplacez son stop.", o->trade);
    case ORDER_CANCELLED: return err_set(err, ERR_REFUSED, "It is cancelled already.", "Il est déjà annulé.");
    case ORDER_REJECTED:
    case ORDER_EXPIRED:
        return err_set(err, ERR_REFUSED, "The broker refused it or let it expire: nothing is left to cancel.",
                       "Le courtier l’a refusé ou laissé expirer\u00a0: il n’y a plus rien à annuler.");
    case ORDER_NEW:
    case ORDER_SENT:
    case ORDER_ACCEPTED:
    case ORDER_PARTIAL:
    case ORDER_CANCELLING:
    case ORDER_UNKNOWN:
    case ORDER_STATE_COUNT: break;
    }
    return err_set(err, ERR_REFUSED, "It is being cancelled already.", "Son annulation est déjà en cours.");
}

/* The entry of a trade among the orders that are final; NULL: none that is remembered. */
static const struct order *entry_of(const struct engine *e, uint32_t trade) {
    for (uint32_t i = 0; trade != 0 && i < e->recent_count; i++) {
        const struct order *o = &e->recent[i].o;
        if (o->trade == trade && o->role == ROLE_ENTRY) return o;
    }
    return NULL;
}

/* One that was named and is no entry to cancel: what it is instead. */
static int refuse_named(const struct engine *e, const struct operator_command *c, struct err *err) {
    const struct order *o = engine_order(e, c->order);
    if (c->order != 0 && o == NULL)
        return err_set(err, ERR_NOT_FOUND, "There is no such order; /orders lists those under way.",
                       "Cet ordre n’existe pas\u00a0; /ordres liste ceux qui sont en cours.");
    if (o != NULL && o->role == ROLE_EXIT)
        return err_set(err, ERR_REFUSED, "It closes trade #%u: a close cannot be cancelled.",
                       "Il clôture la position #%u\u00a0: une clôture ne s’annule pas.", o->trade);
    if (o != NULL) return refuse_final(o, err);
    const struct trade *t = engine_trade(e, c->trade);
    if (t != NULL && t->qty.v > 0)
        return err_set(
            err, ERR_REFUSED,
            "Trade #%u is open and nothing of its entry waits. A stop cannot be cancelled alone: /close #%u.",
            "La position #%u est ouverte, rien de son entrée n’attend. Un stop ne s’annule pas seul\u00a0: "
            "/fermer #%u.",
            t->id, t->id);
    if (t != NULL)
        return err_set(err, ERR_REFUSED, "It is being cancelled already.", "Son annulation est déjà en cours.");
    o = entry_of(e, c->trade);
    if (o != NULL && o->state != ORDER_FILLED) return refuse_final(o, err);
    if (o != NULL)
        return err_set(err, ERR_REFUSED, "Trade #%u is over: /trades.",
                       "La position #%u est terminée\u00a0: /operations.", c->trade);
    return err_set(err, ERR_NOT_FOUND, "There is no trade #%u; /orders lists what waits.",
                   "Il n’y a pas de position #%u\u00a0; /ordres liste ce qui attend.", c->trade);
}

int check_cancel(const struct engine *e, const struct operator_command *c, struct err *err) {
    uint32_t busy = 0;
    if (c->order == 0 && c->trade == 0 && c->instrument >= (int32_t)e->config.instrument_count)
        return err_set(err, ERR_NOT_FOUND, "this instrument is not configured", "cet instrument n’est pas configuré");
    for (uint32_t i = 0; i < e->order_count; i++) {
        const struct live_order *o = &e->orders[i];
        if (!is_meant(c, &o->o)) continue;
        if (can_cancel(o)) return 0;
        busy += o->o.role == ROLE_ENTRY;
    }
    if (c->order != 0 || c->trade != 0) return refuse_named(e, c, err);
    if (busy > 0)
        return err_set(err, ERR_REFUSED, "Every waiting entry is being cancelled already (%u).",
                       "Toutes les entrées en attente sont déjà en cours d’annulation (%u).", busy);
    return err_set(err, ERR_NOT_FOUND, "No entry waits: there is nothing to cancel. Stops stay with their trades.",
                   "Aucune entrée n’attend\u00a0: il n’y a rien à annuler. Les stops restent avec leurs positions.");
}

void apply_cancel(struct engine *e, const struct operator_command *c, struct effects *out) {
    for (uint32_t i = 0; i < e->order_count; i++) {
        struct live_order *o = &e->orders[i];
        if (!is_meant(c, &o->o) || !can_cancel(o)) continue;
        o->cancel_by_hand = true;
        order_cancel(e, o, out);
    }
}

void tell_cancelled(struct live_order *o, enum cancel_outcome outcome, struct effects *out) {
    if (!o->cancel_by_hand) return;
    struct effect *f = effect_add(out, EFFECT_CANCELLED);
    f->u.cancelled.order = o->o;
    f->u.cancelled.outcome = outcome;
    if (outcome == CANCEL_REFUSED) o->cancel_by_hand = false; /* it may be asked for again */
}
