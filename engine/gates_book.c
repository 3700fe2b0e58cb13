/*
 * gates_book: the gates that ask whether the book may carry it, first without its size, then with it. gate_size is where
 * a signal gets its size, so what stands before it knows none. Each reads the state and changes only the signal; the
 * rows are in gates.c.
 */
#include "engine/gates_priv.h"

#include <string.h>

/* ---- the book ---- */

bool gate_position(const struct engine *e, enum refusal code, struct signal *g) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        if (h->t.strategy != g->strategy || h->t.instrument != g->instrument || trade_is_flattening(h)) continue;
        reason_set(g->why_not[LANG_EN], "already in a position in this symbol (trade %u)", h->t.id);
        reason_set(g->why_not[LANG_FR], "déjà en position sur ce symbole (trade %u)", h->t.id);
        return gate_refuse(g, code);
    }
    return true;
}

bool gate_day(const struct engine *e, enum refusal code, struct signal *g) {
    const char *key;
    uint32_t max = daily_trades_limit(e, &key);
    if (max == 0 || e->today.entries < max) return true;
    return gate_refuse_text(g, code, "%u trades today, the limit is %u", "%u trades aujourd’hui, la limite est de %u",
                            e->today.entries, max);
}

bool gate_day_asset(const struct engine *e, enum refusal code, struct signal *g) {
    uint32_t max = e->config.limits.daily_trades_asset, asset = e->today.entries_asset[g->instrument];
    if (max == 0 || asset < max) return true;
    return gate_refuse_text(g, code, "%u trades today in this symbol, the limit is %u",
                            "%u trades aujourd’hui sur ce symbole, la limite est de %u", asset, max);
}

bool gate_positions(const struct engine *e, enum refusal code, struct signal *g) {
    uint32_t max = e->config.limits.positions, kept = 0;
    for (uint32_t i = 0; i < e->trade_count; i++) kept += !trade_is_flattening(&e->trades[i]);
    if (max == 0 || kept < max) return true;
    return gate_refuse_text(g, code, "%u positions open, the limit is %u", "%u positions ouvertes, la limite est de %u",
                            kept, max);
}

bool gate_room(const struct engine *e, enum refusal code, struct signal *g) {
    if (e->trade_count < TRADES_MAX && e->order_count < ORDERS_MAX - TRADES_MAX) return true;
    return gate_refuse_text(g, code, "too many orders at once", "trop d’ordres à la fois");
}

bool gate_correlation(const struct engine *e, enum refusal code, struct signal *g) {
    int64_t max = e->config.limits.correlation_ppm;
    for (uint32_t i = 0; max > 0 && i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        double c;
        if (trade_is_flattening(h) || !hours_correlation(e, g->instrument, h->t.instrument, &c)) continue;
        if (h->t.side != g->side) c = -c;
        if (c * 1e6 <= (double)max) continue;
        for (int l = 0; l < LANG_COUNT; l++) {
            char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX];
            number_say(a, (enum lang)l, c, 2);
            number_say(b, (enum lang)l, (double)max / 1e6, 2);
            reason_set(g->why_not[l],
                       tr((enum lang)l, "moves with trade %u in %s (correlation %s, the limit is %s)",
                          "évolue avec le trade %u sur %s (corrélation de %s, la limite est de %s)"),
                       h->t.id, e->config.instruments[h->t.instrument].symbol, a, b);
        }
        return gate_refuse(g, code);
    }
    return true;
}

/* ---- with the size ---- */

bool gate_size(const struct engine *e, enum refusal code, struct signal *g) {
    (void)code;
    struct sizing size;
    size_signal(e, g, &size);
    g->qty = size.qty;
    g->risk = size.risk;
    g->halved = size.halved && size.refusal == REFUSAL_NONE;
    memcpy(g->sizing, size.how, sizeof g->sizing);
    if (size.refusal == REFUSAL_NONE) return true;
    memcpy(g->why_not, size.why_not, sizeof g->why_not);
    return gate_refuse(g, size.refusal);
}

static bool overflows(struct signal *g) {
    return gate_refuse_text(g, REFUSAL_OVERFLOW, "figures out of range", "chiffres hors limites");
}

static int64_t share_of_equity(const struct engine *e, int64_t ppm) {
    cash_t equity;
    if (!equity_now(e, &equity)) equity = e->balance;
    return equity.v > 0 ? ppm_of(ppm, equity) : 0;
}

/* A sum over what is open, what entries on their way will add, and this signal. */
static bool book_sum(const struct engine *e, const struct signal *g,
                     bool (*of)(const struct instrument *i, price_t price, qty_t qty, cash_t *out), cash_t *out) {
    cash_t one;
    if (!of(&e->config.instruments[g->instrument], g->entry, g->qty, out)) return false;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct trade *t = &e->trades[i].t;
        price_t price = e->markets[t->instrument].known ? e->markets[t->instrument].bar.close : t->entry;
        if (!of(instrument_of(e, t), price, t->qty, &one) || !cash_add(*out, one, out)) return false;
    }
    for (uint32_t i = 0; i < e->order_count; i++) {
        const struct order *o = &e->orders[i].o;
        if (o->role != ROLE_ENTRY) continue;
        price_t price = e->markets[o->instrument].bar.close;
        if (!of(&e->config.instruments[o->instrument], price, order_left(o), &one) || !cash_add(*out, one, out))
            return false;
    }
    return true;
}

bool gate_exposure(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"the positions would be worth %s in all, the limit is %s",
                                           "les positions vaudraient %s en tout, la limite est de %s"};
    cash_t sum;
    if (e->config.limits.exposure_ppm <= 0) return true;
    if (!book_sum(e, g, instrument_notional, &sum)) return overflows(g);
    int64_t max = share_of_equity(e, e->config.limits.exposure_ppm);
    return sum.v <= max || gate_refuse_cash(e, g, code, texts, sum, max);
}

bool gate_margin_use(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"the margin in use would be %s, the limit is %s",
                                           "la marge utilisée serait de %s, la limite est de %s"};
    cash_t sum;
    if (e->config.limits.margin_ppm <= 0) return true;
    if (!book_sum(e, g, instrument_margin, &sum)) return overflows(g);
    int64_t max = share_of_equity(e, e->config.limits.margin_ppm);
    return sum.v <= max || gate_refuse_cash(e, g, code, texts, sum, max);
}

bool gate_var(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"one hour in twenty would cost %s or more, the limit is %s",
                                           "une heure sur vingt coûterait %s ou plus, la limite est de %s"};
    cash_t var;
    if (e->config.limits.var_ppm <= 0 || !hours_var(e, g, &var)) return true;
    int64_t max = share_of_equity(e, e->config.limits.var_ppm);
    return var.v <= max || gate_refuse_cash(e, g, code, texts, var, max);
}

bool gate_open_risk(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"all stops together would cost %s, the limit is %s",
                                           "tous les stops ensemble coûteraient %s, la limite est de %s"};
    cash_t max, risk;
    if (!open_risk_limit(e, &max)) return true;
    if (!book_at_risk(e, &risk) || !cash_add(risk, g->risk, &risk)) return overflows(g);
    return risk.v <= max.v || gate_refuse_cash(e, g, code, texts, risk, max.v);
}

static const enum limit_kind periods[] = {LIMIT_DAILY_LOSS, LIMIT_WEEKLY_LOSS, LIMIT_MONTHLY_LOSS};
#define PERIODS (sizeof periods / sizeof periods[0])

static bool too_much(const struct engine *e, struct signal *g, enum limit_kind k, cash_t lost,
                     const struct money_limit *limit) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX], c[MONEY_TEXT_MAX];
        const char *period = k == LIMIT_DAILY_LOSS    ? tr(lang, "the day", "le jour")
                             : k == LIMIT_WEEKLY_LOSS ? tr(lang, "the week", "la semaine")
                                                      : tr(lang, "the month", "le mois");
        cash_say(a, lang, lost.v > 0 ? lost : CASH_ZERO, e->config.currency, false);
        cash_say(b, lang, g->risk, e->config.currency, false);
        cash_say(c, lang, limit->max, e->config.currency, false);
        reason_set(g->why_not[l],
                   tr(lang, "at worst %s loses %s already, this trade risks %s, the limit is %s (%s)",
                      "au pire %s perd déjà %s, ce trade risque %s, la limite est de %s (%s)"),
                   period, a, b, c, limit->key);
    }
    return gate_refuse(g, k == LIMIT_DAILY_LOSS ? REFUSAL_DAILY_LOSS : breaker_refusal(k));
}

bool gate_is_period(enum refusal code) {
    for (size_t i = 0; i < PERIODS; i++) {
        if (breaker_refusal(periods[i]) == code) return true;
    }
    return false;
}

/* Day, week and month if every stop were hit, this trade's included, must stay within what they may lose. */
bool gate_loss(const struct engine *e, enum refusal code, struct signal *g) {
    (void)code; /* the period's */
    struct money_limit limit[MONEY_LIMITS_MAX];
    cash_t worst, lost;
    int64_t all;
    bool known = worst_equity(e, &worst);
    for (size_t i = 0; i < PERIODS; i++) {
        if (loss_limits(e, periods[i], limit) == 0) continue;
        if (!known || !cash_sub(e->breakers[periods[i]].mark, worst, &lost)) return overflows(g);
        if (!__builtin_add_overflow(lost.v, g->risk.v, &all) && all <= limit[0].max.v) continue;
        return too_much(e, g, periods[i], lost, &limit[0]);
    }
    return true;
}
