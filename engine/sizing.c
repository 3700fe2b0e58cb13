/*
 * sizing: how much of a signal is taken. Reads the state, changes nothing.
 *
 *   risk     = risk_per_trade of the strategy's own capital
 *            x confidence: whole from CONFIDENCE_FULL, linear down to a half at the configured minimum
 *            x a half in cautious mode
 *   loss/lot = entry to stop (entry at the ask, stop filled below it by the slippage allowance) + both commissions
 *   size     = risk / loss per lot, at most what the margin share of the capital carries and the largest lot allows,
 *              rounded down to the lot step. Below the smallest lot it is refused with these figures, never rounded up.
 */
#include "engine/state.h"

#include <string.h>

#define RISK_DEFAULT_PPM 10000 /* 1 % where it is not set */

struct plan {
    const struct instrument *in;
    const struct strategy_config *strategy;
    cash_t risk, loss_per_lot, margin_per_lot, margin_max;
};

static int64_t confidence_ppm(uint32_t confidence, uint32_t minimum) {
    if (confidence >= CONFIDENCE_FULL || minimum >= CONFIDENCE_FULL || confidence <= minimum)
        return confidence >= CONFIDENCE_FULL || minimum >= CONFIDENCE_FULL ? PPM : PPM / 2;
    return PPM / 2 + PPM / 2 * (int64_t)(confidence - minimum) / (int64_t)(CONFIDENCE_FULL - minimum);
}

/* What one lot loses when the stop is hit: a positive amount. */
static bool loss_per_lot(const struct engine *e, const struct signal *g, cash_t *out) {
    price_t slip = engine_config_slippage(&e->config, g->instrument);
    price_t stop = against(g->side, g->stop, slip);
    price_t entry =
        against(g->side == SIDE_LONG ? SIDE_SHORT : SIDE_LONG, g->entry, slip); /* we pay it on the way in too */
    price_t way = {g->side == SIDE_LONG ? entry.v - stop.v : stop.v - entry.v};
    cash_t pnl, both = engine_config_commission(&e->config, g->instrument);
    if (!instrument_pnl(&e->config.instruments[g->instrument], way, (qty_t){QTY_SCALE}, &pnl)) return false;
    return cash_add(both, both, &both) && cash_add(pnl, both, out) && out->v > 0;
}

bool risk_per_trade(const struct engine *e, uint16_t strategy, cash_t *out) {
    int64_t ppm = e->config.limits.risk_per_trade_ppm;
    return mul_div(e->config.strategies[strategy].capital.v, ppm > 0 ? ppm : RISK_DEFAULT_PPM, PPM, &out->v);
}

static bool make_plan(const struct engine *e, const struct signal *g, struct plan *p) {
    const struct limits *l = &e->config.limits;
    p->in = &e->config.instruments[g->instrument];
    p->strategy = &e->config.strategies[g->strategy];
    int64_t sure = confidence_ppm(g->confidence, l->confidence_min);
    if (!risk_per_trade(e, g->strategy, &p->risk)) return false;
    if (!mul_div(p->risk.v, sure, e->cautious ? 2 * PPM : PPM, &p->risk.v)) return false;
    if (!instrument_margin(p->in, g->entry, (qty_t){QTY_SCALE}, &p->margin_per_lot)) return false;
    p->margin_max.v = 0;
    if (l->position_margin_ppm > 0 && !mul_div(p->strategy->capital.v, l->position_margin_ppm, PPM, &p->margin_max.v))
        return false;
    return loss_per_lot(e, g, &p->loss_per_lot);
}

/* Lots that `budget` carries at `each`: floor, in 1e-8. */
static bool lots_for(cash_t budget, cash_t each, qty_t *out) {
    int64_t cost;
    if (each.v <= 0) {
        out->v = QTY_HIGHEST;
        return true;
    }
    if (!mul_div(budget.v, QTY_SCALE, each.v, &out->v)) return false;
    if (mul_div(out->v, each.v, QTY_SCALE, &cost) && cost > budget.v) out->v--;
    return true;
}

/* Two decimals, four for tiny sizes; cut, not rounded: "1" must not be said of what lies below one. */
static char *lots_say(char out[MONEY_TEXT_MAX], enum lang lang, qty_t q) {
    int decimals = q.v < QTY_SCALE / 10 ? 4 : 2;
    return number_say(out, lang, qty_to_double(qty_floor(q, (qty_t){QTY_SCALE / (decimals == 4 ? 10000 : 100)})),
                      decimals);
}

/* "risk $500 / loss per lot $1,234 = 0.40 lot -> below the smallest size of 1" */
static void too_small(const struct engine *e, const struct plan *p, cash_t have, cash_t each, qty_t exact, bool margin,
                      struct sizing *out) {
    out->refusal = margin ? REFUSAL_MARGIN : REFUSAL_SIZE;
    out->qty = QTY_ZERO;
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX], c[MONEY_TEXT_MAX], d[MONEY_TEXT_MAX];
        cash_say(a, lang, have, e->config.currency, false);
        cash_say(b, lang, each, e->config.currency, false);
        lots_say(c, lang, exact);
        qty_say(d, lang, p->in->lot_min);
        if (margin)
            reason_set(out->why_not[l],
                       tr(lang, "margin allowed %s / margin per lot %s = %s lot → below the smallest size of %s",
                          "marge permise %s / marge par lot %s = %s lot → sous la taille minimale de %s"),
                       a, b, c, d);
        else
            reason_set(out->why_not[l],
                       tr(lang, "risk %s / loss per lot %s = %s lot → below the smallest size of %s",
                          "risque %s / perte par lot %s = %s lot → sous la taille minimale de %s"),
                       a, b, c, d);
    }
}

static void overflow(struct sizing *out) {
    out->refusal = REFUSAL_OVERFLOW;
    reason_set(out->why_not[LANG_EN], "the size cannot be computed: figures out of range");
    reason_set(out->why_not[LANG_FR], "la taille ne peut pas être calculée\u00a0: chiffres hors limites");
}

/* The margin that is free in the whole account, what entries on their way will take included. */
static bool margin_free(const struct engine *e, cash_t *out) {
    struct account a;
    engine_account(e, &a);
    if (!cash_sub(a.equity, a.margin, out)) return false;
    for (uint32_t i = 0; i < e->order_count; i++) {
        const struct order *o = &e->orders[i].o;
        cash_t margin;
        if (o->role != ROLE_ENTRY) continue;
        price_t price = e->markets[o->instrument].bar.close;
        if (!instrument_margin(&e->config.instruments[o->instrument], price, order_left(o), &margin)) return false;
        if (!cash_sub(*out, margin, out)) return false;
    }
    return true;
}

void size_signal(const struct engine *e, const struct signal *g, struct sizing *out) {
    struct plan p;
    qty_t by_risk, by_margin = {QTY_HIGHEST};
    cash_t free;
    memset(out, 0, sizeof *out);
    if (!make_plan(e, g, &p) || !lots_for(p.risk, p.loss_per_lot, &by_risk) || !margin_free(e, &free)) {
        overflow(out);
        return;
    }
    if (p.margin_max.v == 0 || free.v < p.margin_max.v) p.margin_max.v = free.v > 0 ? free.v : 0;
    if (!lots_for(p.margin_max, p.margin_per_lot, &by_margin)) {
        overflow(out);
        return;
    }
    qty_t qty = by_margin.v < by_risk.v ? by_margin : by_risk;
    if (qty.v > p.in->lot_max.v) qty = p.in->lot_max;
    qty = qty_floor(qty, p.in->lot_step);
    out->halved = e->cautious;
    if (qty.v < p.in->lot_min.v || qty.v <= 0) {
        if (qty_floor(by_risk, p.in->lot_step).v < p.in->lot_min.v)
            too_small(e, &p, p.risk, p.loss_per_lot, by_risk, false, out);
        else
            too_small(e, &p, p.margin_max, p.margin_per_lot, by_margin, true, out);
        return;
    }
    out->qty = qty;
    if (!mul_div(p.loss_per_lot.v, qty.v, QTY_SCALE, &out->risk.v)) overflow(out);
}
