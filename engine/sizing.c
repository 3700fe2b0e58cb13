/*
 * sizing: how much of a signal is taken. Reads the state, changes nothing.
 *
 *   risk     = what the strategy's method says, never more than risk_per_trade of its own capital:
 *              percent: that; kelly: a fraction of what its own closed trades support;
 *              volatility: that, and no more lots than move by the target on a usual day
 *            x confidence: whole from CONFIDENCE_FULL, linear down to a half at the configured minimum
 *            x a half in cautious mode
 *   loss/lot = entry to stop (entry at the ask, stop filled below it by the slippage allowance) + both commissions
 *   size     = risk / loss per lot, at most what the margin share of the capital carries and the largest lot allows,
 *              rounded down to the lot step. Below the smallest lot it is refused with these figures, never rounded up.
 */
#include "engine/state.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RISK_DEFAULT_PPM 10000 /* 1 % where it is not set */

struct plan {
    const struct instrument *in;
    const struct strategy_config *strategy;
    cash_t risk, loss_per_lot, margin_per_lot, margin_max;
    int64_t sure_ppm, kelly_ppm; /* kelly_ppm: 0: does not hold; else of the capital, before its fraction */
    bool no_edge;                /* Kelly says: nothing */
    qty_t by_volatility;         /* QTY_HIGHEST: does not hold */
    double day;                  /* usual move of a day, as a ratio */
};

#define HOURS_A_DAY 24

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

/* The share of its capital that its own results support: p - (1 - p) / (average win / average loss). */
static void kelly(const struct engine *e, uint16_t strategy, struct plan *p) {
    const struct stats *s = &e->strategy_stats[strategy].s;
    uint32_t n = s->won + s->lost;
    if (n < e->config.sizing.kelly_trades) return;
    double win = s->won > 0 ? cash_to_double(s->gross_profit) / s->won : 0;
    double loss = s->lost > 0 ? -cash_to_double(s->gross_loss) / s->lost : 0;
    double share = (double)s->won / n, f = win > 0 ? share - (1 - share) * loss / win : -1;
    p->no_edge = f <= 0;
    p->kelly_ppm = (int64_t)(f * 1e6);
}

static bool volatility(const struct engine *e, const struct signal *g, struct plan *p) {
    double hour;
    cash_t lot;
    qty_t most;
    if (!hours_volatility(e, g->instrument, &hour)) return true; /* too few hours: as percent */
    if (!instrument_notional(p->in, g->entry, (qty_t){QTY_SCALE}, &lot)) return false;
    p->day = hour * sqrt(HOURS_A_DAY);
    double move = cash_to_double(lot) * p->day;
    double allowed = cash_to_double(p->strategy->capital) * (double)e->config.sizing.volatility_ppm / 1e6;
    if (move <= 0 || !qty_from_double(allowed / move, &most)) return true;
    p->by_volatility = most;
    return true;
}

static bool method(const struct engine *e, const struct signal *g, struct plan *p) {
    cash_t by_kelly;
    switch (p->strategy->sizing) {
    case SIZING_KELLY:
        kelly(e, g->strategy, p);
        if (p->kelly_ppm <= 0) return true;
        if (!mul_div(p->strategy->capital.v, p->kelly_ppm, PPM, &by_kelly.v) ||
            !mul_div(by_kelly.v, e->config.sizing.kelly_fraction_ppm, PPM, &by_kelly.v))
            return false;
        if (by_kelly.v < p->risk.v) p->risk = by_kelly;
        return true;
    case SIZING_VOLATILITY: return volatility(e, g, p);
    case SIZING_PERCENT:
    case SIZING_COUNT: break;
    }
    return true;
}

static bool make_plan(const struct engine *e, const struct signal *g, struct plan *p) {
    const struct limits *l = &e->config.limits;
    memset(p, 0, sizeof *p);
    p->by_volatility.v = QTY_HIGHEST;
    p->in = &e->config.instruments[g->instrument];
    p->strategy = &e->config.strategies[g->strategy];
    p->sure_ppm = confidence_ppm(g->confidence, l->confidence_min);
    if (!risk_per_trade(e, g->strategy, &p->risk)) return false;
    if (!method(e, g, p)) return false;
    if (!mul_div(p->risk.v, p->sure_ppm, e->cautious ? 2 * PPM : PPM, &p->risk.v)) return false;
    if (!instrument_margin(p->in, g->entry, (qty_t){QTY_SCALE}, &p->margin_per_lot)) return false;
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

static void too_volatile(const struct engine *e, const struct plan *p, struct sizing *out) {
    out->refusal = REFUSAL_SIZE;
    for (int l = 0; l < LANG_COUNT; l++) {
        char day[MONEY_TEXT_MAX], want[MONEY_TEXT_MAX], lots[MONEY_TEXT_MAX], min[MONEY_TEXT_MAX];
        percent_say(day, (enum lang)l, p->day, 2);
        percent_say(want, (enum lang)l, (double)e->config.sizing.volatility_ppm / 1e6, 2);
        reason_set(
            out->why_not[l],
            tr((enum lang)l,
               "a usual day moves %s, the target is %s of the capital = %s lot → below the smallest size of %s",
               "un jour habituel bouge de %s, la cible est de %s du capital = %s lot → sous la taille minimale de %s"),
            day, want, lots_say(lots, (enum lang)l, p->by_volatility), qty_say(min, (enum lang)l, p->in->lot_min));
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

/* ---- the arithmetic, told ---- */

struct text {
    char *at;
    size_t room;
};

/* A part that does not fit is left out whole. */
__attribute__((format(printf, 2, 3))) static void say(struct text *t, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(t->at, t->room, fmt, ap);
    va_end(ap);
    if (n < 0 || (size_t)n >= t->room) {
        t->at[0] = '\0';
        t->room = 1;
        return;
    }
    t->at += n;
    t->room -= (size_t)n;
}

static void say_method(const struct engine *e, const struct plan *p, enum lang lang, struct text *t) {
    char share[MONEY_TEXT_MAX], capital[MONEY_TEXT_MAX], fraction[MONEY_TEXT_MAX];
    int64_t ppm = e->config.limits.risk_per_trade_ppm;
    if (ppm <= 0) ppm = RISK_DEFAULT_PPM;
    percent_say(share, lang, (double)ppm / 1e6, ppm % 10000 != 0 ? 2 : 0);
    cash_say(capital, lang, p->strategy->capital, e->config.currency, false);
    if (p->kelly_ppm > 0) {
        char f[MONEY_TEXT_MAX];
        percent_say(f, lang, (double)p->kelly_ppm / 1e6, 1);
        number_say(fraction, lang, (double)e->config.sizing.kelly_fraction_ppm / 1e6, 2);
        say(t, tr(lang, "Kelly %s × %s, at most %s, of %s", "Kelly %s × %s, au plus %s, de %s"), fraction, f, share,
            capital);
        return;
    }
    say(t, tr(lang, "%s of %s", "%s de %s"), share, capital);
}

static void say_how(const struct engine *e, const struct plan *p, qty_t by_risk, qty_t by_margin, struct sizing *out) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        struct text t = {out->how[l], sizeof out->how[l]};
        char risk[MONEY_TEXT_MAX], each[MONEY_TEXT_MAX], lots[MONEY_TEXT_MAX], qty[MONEY_TEXT_MAX],
            sure[MONEY_TEXT_MAX];
        say_method(e, p, lang, &t);
        cash_say(risk, lang, p->risk, e->config.currency, false);
        cash_say(each, lang, p->loss_per_lot, e->config.currency, false);
        percent_say(sure, lang, (double)p->sure_ppm / 1e6, 0);
        if (p->sure_ppm < PPM) say(&t, tr(lang, " × %s (confidence)", " × %s (confiance)"), sure);
        if (e->cautious) say(&t, "%s", tr(lang, " ÷ 2 (cautious)", " ÷ 2 (prudence)"));
        say(&t, tr(lang, " = %s; ÷ %s a lot = %s", " = %s\u00a0; ÷ %s par lot = %s"), risk, each,
            lots_say(lots, lang, by_risk));
        if (p->by_volatility.v < by_risk.v) {
            char day[MONEY_TEXT_MAX];
            percent_say(day, lang, p->day, 2);
            say(&t, tr(lang, "; volatility %s a day: %s", "\u00a0; volatilité %s par jour\u00a0: %s"), day,
                lots_say(lots, lang, p->by_volatility));
        }
        if (by_margin.v < by_risk.v && by_margin.v < p->by_volatility.v)
            say(&t, tr(lang, "; margin allows %s", "\u00a0; la marge permet %s"), lots_say(lots, lang, by_margin));
        if (out->qty.v > 0) say(&t, " → %s", qty_say(qty, lang, out->qty));
    }
}

static void no_edge(const struct engine *e, const struct signal *g, struct sizing *out) {
    const struct stats *s = &e->strategy_stats[g->strategy].s;
    out->refusal = REFUSAL_SIZE;
    for (int l = 0; l < LANG_COUNT; l++) {
        char win[MONEY_TEXT_MAX], loss[MONEY_TEXT_MAX];
        cash_say(win, (enum lang)l, (cash_t){s->won > 0 ? s->gross_profit.v / s->won : 0}, e->config.currency, false);
        cash_say(loss, (enum lang)l, (cash_t){s->lost > 0 ? s->gross_loss.v / s->lost : 0}, e->config.currency, false);
        reason_set(
            out->why_not[l],
            tr((enum lang)l, "Kelly: %u of %u won, %s a win and %s a loss on average, support no risk",
               "Kelly\u00a0: %u gagnants sur %u, %s par gain et %s par perte en moyenne, ne justifient aucun risque"),
            s->won, s->won + s->lost, win, loss);
    }
}

static qty_t smallest(qty_t a, qty_t b) {
    return a.v < b.v ? a : b;
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
    if (p.no_edge) {
        no_edge(e, g, out);
        return;
    }
    if (p.margin_max.v == 0 || free.v < p.margin_max.v) p.margin_max.v = free.v > 0 ? free.v : 0;
    if (!lots_for(p.margin_max, p.margin_per_lot, &by_margin)) {
        overflow(out);
        return;
    }
    qty_t qty = smallest(smallest(by_margin, by_risk), smallest(p.by_volatility, p.in->lot_max));
    qty = qty_floor(qty, p.in->lot_step);
    out->halved = e->cautious;
    if (qty.v < p.in->lot_min.v || qty.v <= 0) {
        say_how(e, &p, by_risk, by_margin, out);
        if (qty_floor(by_risk, p.in->lot_step).v < p.in->lot_min.v)
            too_small(e, &p, p.risk, p.loss_per_lot, by_risk, false, out);
        else if (p.by_volatility.v < by_margin.v)
            too_volatile(e, &p, out);
        else
            too_small(e, &p, p.margin_max, p.margin_per_lot, by_margin, true, out);
        return;
    }
    out->qty = qty;
    if (!mul_div(p.loss_per_lot.v, qty.v, QTY_SCALE, &out->risk.v)) {
        overflow(out);
        return;
    }
    say_how(e, &p, by_risk, by_margin, out);
}
