/*
 * operator: what a person decides. Pause, resume and close stand here with their
 * previews, the rest in flatten.c, cancel.c and stops.c. Owns the pause state.
 * Everything reduces risk except a resume, which only lifts the pause (limits that are
 * reached stay reached), and a looser stop. Doing it twice is doing it once.
 */
#include "engine/state.h"

#include <string.h>

#include "engine/base/hash.h"

static bool is_meant(const struct operator_command *c, const struct trade *t) {
    if (c->trade != 0) return t->id == c->trade;
    return c->instrument < 0 || t->instrument == (uint16_t)c->instrument;
}

/* What the command would close of this trade; 0: nothing. */
static qty_t part_of(const struct engine *e, const struct operator_command *c, const struct held *h) {
    qty_t open = trade_closable(e, h), part;
    if (c->percent >= 100) return open;
    if (!mul_div(open.v, c->percent, 100, &part.v)) return QTY_ZERO;
    if (part.v > open.v) part = open;
    return qty_floor(part, e->config.instruments[h->t.instrument].lot_step);
}

static bool entry_can_be_stopped(const struct engine *e, const struct operator_command *c, const struct held *h) {
    const struct live_order *o = order_live((struct engine *)(uintptr_t)e, h->t.entry_order); /* changes nothing */
    return c->percent >= 100 && o != NULL && !o->cancel_wanted;
}

static int too_little(const struct engine *e, const struct operator_command *c, const struct held *h, struct err *err) {
    char have[MONEY_TEXT_MAX], step[MONEY_TEXT_MAX];
    if (err == NULL) return -1;
    err->code = ERR_REFUSED;
    for (int l = 0; l < LANG_COUNT; l++) { /* the figures differ by language: err_set could not tell them apart */
        enum lang lang = (enum lang)l;
        char text[REASON_MAX];
        qty_say(have, lang, trade_closable(e, h));
        qty_say(step, lang, e->config.instruments[h->t.instrument].lot_step);
        reason_set(text,
                   tr(lang, "%d%% of %s is less than the lot step of %s",
                      "%d\u00a0%% de %s, c’est moins que le pas de lot de %s"),
                   (int)c->percent, have, step);
        str_copy(err->text[l], sizeof err->text[l], text);
    }
    return -1;
}

static int check_close(const struct engine *e, const struct operator_command *c, struct err *err) {
    if (c->percent < 1 || c->percent > 100)
        return err_set(err, ERR_RANGE, "the share to close must be between 1 and 100 percent",
                       "la part à fermer doit être entre 1 et 100 pour cent");
    if (c->trade == 0 && c->instrument >= (int32_t)e->config.instrument_count)
        return err_set(err, ERR_NOT_FOUND, "this instrument is not configured", "cet instrument n’est pas configuré");
    const struct held *small = NULL, *busy = NULL;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        if (!is_meant(c, &h->t)) continue;
        if (part_of(e, c, h).v > 0 || entry_can_be_stopped(e, c, h)) return 0;
        if (trade_closable(e, h).v > 0)
            small = h;
        else
            busy = h;
    }
    if (small != NULL) return too_little(e, c, small, err);
    if (busy != NULL)
        return err_set(err, ERR_REFUSED, "It is being closed already, or is not open yet.",
                       "La clôture est déjà en cours, ou la position n’est pas encore ouverte.");
    if (c->trade != 0)
        return err_set(err, ERR_NOT_FOUND, "Trade #%u is not open.", "La position #%u n’est pas ouverte.", c->trade);
    return err_set(err, ERR_NOT_FOUND, "There is no open trade to close.",
                   "Il n’y a aucune position ouverte à clôturer.");
}

int check_command(const struct engine *e, const struct operator_command *c, struct err *err) {
    if (memchr(c->actor, '\0', sizeof c->actor) == NULL)
        return err_set(err, ERR_SYNTAX, "the actor's name is too long", "le nom de l’auteur est trop long");
    switch (c->verb) {
    case OP_PAUSE:
    case OP_RESUME:
    case OP_SOS:
    case OP_FLATTEN: return 0;
    case OP_CLOSE: return check_close(e, c, err);
    case OP_STRATEGY_ON:
    case OP_STRATEGY_OFF: return check_switch(e, c, err);
    case OP_CANCEL: return check_cancel(e, c, err);
    case OP_BREAK_EVEN:
    case OP_STOP: return check_stop(e, c, err);
    case OP_OVERRIDE: return check_override(e, c, err);
    case OP_VERB_COUNT: break;
    }
    return err_set(err, ERR_SYNTAX, "an unknown command", "une commande inconnue");
}

uint32_t cancel_entries(struct engine *e, struct effects *out) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->order_count; i++) {
        struct live_order *o = &e->orders[i];
        if (o->o.role == ROLE_ENTRY && order_cancel(e, o, out)) n++;
    }
    return n;
}

uint32_t trades_with(const struct engine *e, bool closing) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        n += h->t.qty.v > 0 && (!closing || h->t.state == TRADE_CLOSING);
    }
    return n;
}

void set_paused(struct engine *e, const struct event *ev) {
    e->paused = true;
    str_copy(e->paused_by, sizeof e->paused_by, ev->u.command.actor);
    e->paused_at = ev->wall_time;
}

static void pause(struct engine *e, const struct event *ev, struct effects *out) {
    bool was = e->paused;
    uint32_t at = out->n;
    struct effect *f = effect_add(out, EFFECT_PAUSE); /* told first; its counts follow */
    if (!was) set_paused(e, ev);
    uint32_t cancelled = cancel_entries(e, out);
    if (was && cancelled == 0) { /* nothing new: nothing to tell */
        out->n = at;
        return;
    }
    f->u.pause.event = PAUSE_ON;
    str_copy(f->u.pause.actor, sizeof f->u.pause.actor, ev->u.command.actor);
    f->u.pause.orders_cancelled = cancelled;
    f->u.pause.trades_open = trades_with(e, false);
    f->u.pause.trades_closing = trades_with(e, true);
}

static void resume(struct engine *e, const struct event *ev, struct effects *out) {
    if (e->breakers[LIMIT_DRAWDOWN].reached)
        e->peak_rebase = true; /* accepted by a human; takes hold on the next trading day */
    if (!e->paused) return;
    flatten_give_up(e, ev, out);
    e->paused = false;
    e->paused_by[0] = '\0';
    e->paused_at = (when_t){0};
    struct effect *f = effect_add(out, EFFECT_PAUSE);
    f->u.pause.event = PAUSE_OFF;
    str_copy(f->u.pause.actor, sizeof f->u.pause.actor, ev->u.command.actor);
    f->u.pause.trades_open = trades_with(e, false);
    f->u.pause.trades_closing = trades_with(e, true);
}

static void close_trades(struct engine *e, const struct operator_command *c, struct effects *out) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        if (!is_meant(c, &h->t)) continue;
        if (c->percent >= 100)
            trade_flatten(e, h, CLOSE_MANUAL, out);
        else
            trade_exit(e, h, part_of(e, c, h), CLOSE_MANUAL, out);
    }
}

void apply_command(struct engine *e, const struct event *ev, struct effects *out) {
    switch (ev->u.command.verb) {
    case OP_PAUSE: pause(e, ev, out); break;
    case OP_RESUME: resume(e, ev, out); break;
    case OP_CLOSE: close_trades(e, &ev->u.command, out); break;
    case OP_STRATEGY_ON:
    case OP_STRATEGY_OFF: apply_switch(e, ev, out); break;
    case OP_SOS:
    case OP_FLATTEN: flatten_begin(e, ev, out); break;
    case OP_CANCEL: apply_cancel(e, &ev->u.command, out); break;
    case OP_BREAK_EVEN:
    case OP_STOP: apply_stop(e, ev, out); break;
    case OP_OVERRIDE: apply_override(e, ev, out); break;
    case OP_VERB_COUNT: break;
    }
}

/* ---- previews ---- */

static void preview_trade(const struct engine *e, const struct operator_command *c, const struct held *h,
                          struct close_preview *out) {
    qty_t qty = part_of(e, c, h);
    cash_t pnl, fee, share, net = CASH_ZERO;
    if (qty.v == 0 && !entry_can_be_stopped(e, c, h)) return;
    price_t price = exit_price(e, &h->t);
    if (pnl_at(e, &h->t, price, qty, &pnl) && exit_fee(e, &h->t, qty, &fee) && entry_fee_share(h, qty, &share))
        net.v = pnl.v - fee.v - share.v;
    out->item[out->trades].trade = h->t.id;
    out->item[out->trades].qty = qty;
    out->item[out->trades].price = price;
    out->item[out->trades].result = net;
    out->trades++;
    cash_add(out->result, net, &out->result);
    uint64_t seen[4] = {h->t.id, h->t.version, (uint64_t)qty.v, h->t.entry_order};
    out->state = hash64(seen, sizeof seen, out->state);
}

int engine_preview_close(const struct engine *e, const struct operator_command *c, struct close_preview *out,
                         struct err *err) {
    memset(out, 0, sizeof *out);
    if (check_close(e, c, err) != 0) return -1;
    uint64_t asked[3] = {c->trade, (uint64_t)(int64_t)c->instrument, (uint64_t)c->percent};
    out->state = hash64(asked, sizeof asked, 1);
    for (uint32_t i = 0; i < e->trade_count; i++) {
        if (is_meant(c, &e->trades[i].t)) preview_trade(e, c, &e->trades[i], out);
    }
    return 0;
}

uint64_t engine_preview_resume(const struct engine *e) {
    enum limit_kind by = LIMIT_KIND_COUNT;
    bool suspended = is_suspended(e, &by);
    uint64_t flatten = e->flatten.active ? e->flatten.number : 0;
    uint64_t seen[6] = {e->paused, (uint64_t)e->paused_at.ns, suspended, (uint64_t)by, (uint64_t)e->day, flatten};
    return hash64(seen, sizeof seen, 2);
}
