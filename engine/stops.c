/*
 * stops: a stop that a person moves: to break-even, or to a price. What may be done is
 * decided here once, for the preview and for the deed: never beyond the market, never
 * past a limit, never a second change while the first is on its way. The move itself is
 * manage.c's, which changes a stop and never removes one.
 */
#include "engine/state.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/hash.h"

/* ---- where ---- */

/* A move in price worth `value` for what is open. */
static bool move_worth(const struct engine *e, const struct trade *t, cash_t value, price_t *out) {
    const struct instrument *in = instrument_of(e, t);
    cash_t tick;
    return instrument_pnl(in, in->tick, t->qty, &tick) && tick.v > 0 && mul_div(value.v, in->tick.v, tick.v, &out->v);
}

/* On the grid, to the side where less is lost. */
static price_t to_less_risk(const struct engine *e, const struct trade *t, price_t p) {
    price_t tick = instrument_of(e, t)->tick;
    return t->side == SIDE_LONG ? price_ceil(p, tick) : price_floor(p, tick);
}

static price_t towards_gain(enum side position, price_t price, price_t by) {
    return against(position, price, (price_t){-by.v});
}

/* What a close of all that is open costs in fees, the entry's share included. */
static bool fees_of_both(const struct engine *e, const struct held *h, cash_t *out) {
    cash_t fee, share;
    return exit_fee(e, &h->t, h->t.qty, &fee) && entry_fee_share(h, h->t.qty, &share) && cash_add(fee, share, out);
}

/* The nearest price on the grid at which a close brings the fees of both sides back; slippage is not in it. */
static bool break_even_price(const struct engine *e, const struct held *h, price_t *out) {
    cash_t fees, pnl;
    price_t by = PRICE_ZERO, tick = instrument_of(e, &h->t)->tick;
    if (!fees_of_both(e, h, &fees) || (fees.v > 0 && !move_worth(e, &h->t, fees, &by))) return false;
    *out = to_less_risk(e, &h->t, towards_gain(h->t.side, h->t.entry, by));
    if (!pnl_at(e, &h->t, *out, h->t.qty, &pnl)) return false;
    if (pnl.v < fees.v) *out = towards_gain(h->t.side, *out, tick); /* the rounding of the division */
    return true;
}

/* Money from the entry is the result there, with everything that the stop is counted with. */
static bool cash_from_entry(const struct engine *e, const struct held *h, int64_t result, price_t *by) {
    cash_t fees, move;
    price_t slip = engine_config_slippage(&e->config, h->t.instrument);
    if (!fees_of_both(e, h, &fees) || !cash_add(fees, (cash_t){result}, &move)) return false;
    return move_worth(e, &h->t, move, by) && price_add(*by, slip, by);
}

/* How far from its origin, towards the gain. */
static bool distance(const struct engine *e, const struct held *h, const struct stop_level *l, price_t from,
                     price_t *by) {
    int64_t v = l->from_entry ? l->v : -l->v;
    switch (l->unit) {
    case STOP_IN_TICKS: return !__builtin_mul_overflow(v, instrument_of(e, &h->t)->tick.v, &by->v);
    case STOP_IN_PERCENT: return mul_div(from.v, v, PPM, &by->v);
    case STOP_IN_CASH: return l->from_entry ? cash_from_entry(e, h, v, by) : move_worth(e, &h->t, (cash_t){v}, by);
    case STOP_AT_PRICE:
    case STOP_UNIT_COUNT: break;
    }
    return false;
}

static bool is_a_price(price_t p) {
    return p.v > 0 && p.v <= PRICE_HIGHEST;
}

int engine_stop_price(const struct engine *e, uint32_t trade, const struct stop_level *l, price_t *out,
                      struct err *err) {
    const struct held *h = held_find((struct engine *)(uintptr_t)e, trade); /* changes nothing */
    price_t by, p = {l->v};
    if (h == NULL || h->t.qty.v == 0)
        return err_set(err, ERR_NOT_FOUND, "Trade #%u is not open; /positions lists those that are.",
                       "La position #%u n’est pas ouverte\u00a0; /positions liste celles qui le sont.", trade);
    price_t from = l->from_entry ? h->t.entry : exit_price(e, &h->t);
    bool ok = true;
    if (l->unit != STOP_AT_PRICE) {
        ok = distance(e, h, l, from, &by);
        if (ok) ok = price_add(from, (price_t){h->t.side == SIDE_LONG ? by.v : -by.v}, &p);
    }
    if (ok && is_a_price(p)) p = to_less_risk(e, &h->t, p);
    if (!ok || !is_a_price(p)) return err_set(err, ERR_RANGE, "There is no such price.", "Ce prix n’existe pas.");
    *out = p;
    return 0;
}

/* ---- may it ---- */

static bool is_meant(const struct operator_command *c, const struct trade *t) {
    if (c->trade != 0) return t->id == c->trade;
    return c->instrument < 0 || t->instrument == (uint16_t)c->instrument;
}

static enum stop_refusal state_refuses(const struct engine *e, const struct held *h) {
    if (h->t.qty.v == 0) return STOP_NOT_OPEN;
    if (h->flatten || trade_closable(e, h).v == 0) return STOP_CLOSING;
    return h->t.protection == PROTECTION_PENDING ? STOP_MOVING : STOP_OK;
}

/* A looser stop must leave the trade within what one may risk, and the day within what it may lose with every stop hit. */
static enum stop_refusal limits_refuse(const struct engine *e, const struct held *h, struct stop_preview *p) {
    struct money_limit loss[MONEY_LIMITS_MAX];
    cash_t worst, lost, more;
    if (order_live((struct engine *)(uintptr_t)e, h->t.entry_order) != NULL) return STOP_NOT_OPEN; /* more may come */
    p->key = "trading.risk_management.position_risk";
    p->used = p->risk_after;
    if (!risk_per_trade(e, h->t.strategy, &p->max)) return STOP_IMPOSSIBLE;
    if (p->risk_after.v > p->max.v) return STOP_RISK;
    static const enum limit_kind periods[] = {LIMIT_DAILY_LOSS, LIMIT_WEEKLY_LOSS, LIMIT_MONTHLY_LOSS};
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        if (loss_limits(e, periods[i], loss) == 0) continue;
        bool ok = worst_equity(e, &worst) && cash_sub(e->breakers[periods[i]].mark, worst, &lost) &&
                  cash_sub(p->risk_after, p->risk_before, &more) && cash_add(lost, more, &p->used);
        if (!ok) return STOP_IMPOSSIBLE;
        p->key = loss[0].key;
        p->max = loss[0].max;
        if (p->used.v > p->max.v) return STOP_DAY_LOSS;
    }
    cash_t risk, most;
    if (!open_risk_limit(e, &most)) return STOP_OK;
    if (!book_at_risk(e, &risk) || !cash_sub(p->risk_after, p->risk_before, &more) || !cash_add(risk, more, &p->used))
        return STOP_IMPOSSIBLE;
    p->key = "circuit_breakers.max_open_risk";
    p->max = most;
    return p->used.v > most.v ? STOP_DAY_LOSS : STOP_OK;
}

static enum stop_refusal decide(const struct engine *e, const struct held *h, const struct operator_command *c,
                                struct stop_preview *p) {
    enum stop_refusal r = state_refuses(e, h);
    if (r != STOP_OK) return r;
    if (c->verb == OP_BREAK_EVEN) {
        if (!break_even_price(e, h, &p->after)) return STOP_IMPOSSIBLE;
    } else {
        p->after = c->price;
        if (!is_a_price(c->price) || c->price.v % instrument_of(e, &h->t)->tick.v != 0) return STOP_IMPOSSIBLE;
    }
    struct held moved = *h;
    moved.t.stop = moved.stop_resting = p->after;
    if (!held_at_risk(e, h, &p->risk_before) || !held_at_risk(e, &moved, &p->risk_after)) return STOP_IMPOSSIBLE;
    p->looser = p->before.v != 0 && is_better(h->t.side, p->before, p->after);
    if (p->after.v == p->before.v) return STOP_SAME;
    if (p->looser && c->verb == OP_BREAK_EVEN) return STOP_BETTER;
    if (!is_better(h->t.side, p->market, p->after)) return STOP_MARKET;
    return p->looser ? limits_refuse(e, h, p) : STOP_OK;
}

static void preview_one(const struct engine *e, const struct held *h, const struct operator_command *c,
                        struct stop_preview *p) {
    *p = (struct stop_preview){.trade = h->t.id, .before = h->t.stop, .market = exit_price(e, &h->t)};
    p->refusal = decide(e, h, c, p);
}

/* ---- saying why not ---- */

static int say(struct err *err, enum lang lang, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static int say(struct err *err, enum lang lang, const char *fmt, ...) {
    char text[2 * ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    str_copy(err->text[lang], ERR_TEXT_MAX, text);
    return -1;
}

struct words {
    char before[MONEY_TEXT_MAX], after[MONEY_TEXT_MAX], market[MONEY_TEXT_MAX], gap[MONEY_TEXT_MAX];
    char used[MONEY_TEXT_MAX], max[MONEY_TEXT_MAX], risk[MONEY_TEXT_MAX];
};

static void words_of(const struct engine *e, const struct held *h, const struct stop_preview *p, enum lang lang,
                     struct words *w) {
    int decimals = instrument_of(e, &h->t)->decimals;
    int64_t gap = p->after.v > p->market.v ? p->after.v - p->market.v : p->market.v - p->after.v;
    price_say(w->before, lang, p->before, decimals);
    price_say(w->after, lang, p->after, decimals);
    price_say(w->market, lang, p->market, decimals);
    price_say(w->gap, lang, (price_t){gap}, decimals);
    cash_say(w->used, lang, p->used, e->config.currency, false);
    cash_say(w->max, lang, p->max, e->config.currency, false);
    cash_say(w->risk, lang, p->risk_before, e->config.currency, false);
}

static void say_market(const struct held *h, const struct stop_preview *p, bool break_even, const struct words *w,
                       enum lang l, struct err *err) {
    if (break_even)
        say(err, l,
            tr(l, "#%u: break-even with the fees of both sides is %s; a close now gets %s: %s short of it.",
               "#%u\u00a0: le point mort, frais des deux côtés compris, est à %s\u00a0; une clôture obtiendrait "
               "%s\u00a0: il manque %s."),
            p->trade, w->after, w->market, w->gap);
    else if (h->t.side == SIDE_LONG)
        say(err, l,
            tr(l, "#%u: a stop at %s would be hit at once: a close now gets %s. It must lie below.",
               "#%u\u00a0: un stop à %s serait touché aussitôt\u00a0: une clôture obtiendrait %s. Il doit être "
               "au-dessous."),
            p->trade, w->after, w->market);
    else
        say(err, l,
            tr(l, "#%u: a stop at %s would be hit at once: a close now pays %s. It must lie above.",
               "#%u\u00a0: un stop à %s serait touché aussitôt\u00a0: une clôture paierait %s. Il doit être "
               "au-dessus."),
            p->trade, w->after, w->market);
}

static void refusal_in(const struct engine *e, const struct held *h, const struct stop_preview *p, bool break_even,
                       enum lang l, struct err *err) {
    struct words w;
    words_of(e, h, p, l, &w);
    switch (p->refusal) {
    case STOP_OK: err->text[l][0] = '\0'; return;
    case STOP_NOT_OPEN:
        say(err, l, tr(l, "#%u is not filled yet.", "#%u n’est pas encore exécutée en entier."), p->trade);
        return;
    case STOP_CLOSING: say(err, l, tr(l, "#%u is being closed.", "#%u est en cours de clôture."), p->trade); return;
    case STOP_MOVING:
        say(err, l,
            tr(l, "#%u: the broker has not confirmed the last stop yet; try again in a moment.",
               "#%u\u00a0: le courtier n’a pas encore confirmé le dernier stop\u00a0; réessayez dans un instant."),
            p->trade);
        return;
    case STOP_SAME:
        say(err, l, tr(l, "#%u: the stop rests at %s already.", "#%u\u00a0: le stop est déjà à %s."), p->trade,
            w.before);
        return;
    case STOP_BETTER:
        say(err, l,
            tr(l, "#%u: the stop at %s is better than break-even (%s) already: left alone.",
               "#%u\u00a0: le stop à %s est déjà meilleur que le point mort (%s)\u00a0: rien n’est changé."),
            p->trade, w.before, w.after);
        return;
    case STOP_MARKET: say_market(h, p, break_even, &w, l, err); return;
    case STOP_RISK:
        say(err, l,
            tr(l, "#%u would risk %s with this stop (%s now); one trade may risk %s (%s).",
               "#%u risquerait %s avec ce stop (%s à présent)\u00a0; une position peut risquer %s (%s)."),
            p->trade, w.used, w.risk, w.max, p->key);
        return;
    case STOP_DAY_LOSS:
        say(err, l,
            tr(l, "#%u: with this stop %s would be lost at worst, the limit is %s (%s).",
               "#%u\u00a0: avec ce stop, %s seraient perdus au pire, la limite est de %s (%s)."),
            p->trade, w.used, w.max, p->key);
        return;
    case STOP_IMPOSSIBLE:
        say(err, l, tr(l, "#%u: there is no such price.", "#%u\u00a0: ce prix n’existe pas."), p->trade);
        return;
    }
}

static int refuse(const struct engine *e, const struct stop_preview *p, bool break_even, struct err *err) {
    const struct held *h = held_find((struct engine *)(uintptr_t)e, p->trade); /* changes nothing */
    if (err == NULL || h == NULL) return -1;
    err->code = ERR_REFUSED;
    for (int l = 0; l < LANG_COUNT; l++) refusal_in(e, h, p, break_even, (enum lang)l, err);
    return -1;
}

void engine_stop_refusal(const struct engine *e, const struct stop_preview *p, struct err *err) {
    refuse(e, p, true, err);
}

/* ---- preview, check, deed ---- */

int engine_preview_stop(const struct engine *e, const struct operator_command *c, struct stop_preview out[TRADES_MAX],
                        uint32_t *n, struct err *err) {
    uint32_t good = 0;
    bool one = c->verb == OP_STOP || c->trade != 0;
    *n = 0;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        if (!is_meant(c, &h->t) || (!one && h->t.qty.v == 0)) continue;
        preview_one(e, h, c, &out[*n]);
        good += out[(*n)++].refusal == STOP_OK;
    }
    if (good > 0) return 0;
    if (*n > 0) {
        refuse(e, &out[0], c->verb == OP_BREAK_EVEN, err);
        if (*n > 1) err_prefix(err, "No stop was moved", "Aucun stop n’a été déplacé");
        return -1;
    }
    if (c->trade != 0)
        return err_set(err, ERR_NOT_FOUND, "Trade #%u is not open; /positions lists those that are.",
                       "La position #%u n’est pas ouverte\u00a0; /positions liste celles qui le sont.", c->trade);
    return err_set(err, ERR_NOT_FOUND, "There is no open trade.", "Il n’y a aucune position ouverte.");
}

int check_stop(const struct engine *e, const struct operator_command *c, struct err *err) {
    struct stop_preview p[TRADES_MAX];
    uint32_t n;
    if (c->verb == OP_STOP && c->trade == 0)
        return err_set(err, ERR_USAGE, "a stop is moved for one trade", "un stop se déplace pour une position");
    if (c->trade == 0 && c->instrument >= (int32_t)e->config.instrument_count)
        return err_set(err, ERR_NOT_FOUND, "this instrument is not configured", "cet instrument n’est pas configuré");
    return engine_preview_stop(e, c, p, &n, err);
}

void apply_stop(struct engine *e, const struct event *ev, struct effects *out) {
    const struct operator_command *c = &ev->u.command;
    struct stop_move m = {
        .change = c->verb == OP_BREAK_EVEN ? CHANGE_BREAK_EVEN : CHANGE_STOP, .actor = c->actor, .wall = ev->wall_time};
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        struct stop_preview p;
        if (!is_meant(c, &h->t)) continue;
        preview_one(e, h, c, &p);
        if (p.refusal != STOP_OK) continue;
        m.stop = p.after;
        h->hand_best = h->t.best;
        trade_move_stop(e, h, &m, out);
    }
}
