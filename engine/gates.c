/*
 * gates: the questions every signal must pass, in the order in which they are asked.
 * The first "no" is the reason that is told, with its figures. Reads the state,
 * changes only the signal. There is no way to an entry around them.
 */
#include "engine/state.h"

#include <stdarg.h>

static bool refuse(struct signal *g, enum refusal r) {
    g->refusal = r;
    return false;
}

/* Both texts take the same arguments in the same order. */
__attribute__((format(printf, 3, 5), format(printf, 4, 5))) static bool
refuse_text(struct signal *g, enum refusal r, const char *en, const char *fr, ...) {
    va_list ap;
    va_start(ap, fr);
    reason_vset(g->why_not[LANG_EN], en, ap);
    va_end(ap);
    va_start(ap, fr);
    reason_vset(g->why_not[LANG_FR], fr, ap);
    va_end(ap);
    return refuse(g, r);
}

static bool gate_state(const struct engine *e, struct signal *g) {
    enum limit_kind by;
    if (e->store_gone)
        return refuse_text(g, REFUSAL_STORE, "the database cannot be reached", "la base de données est injoignable");
    if (e->paused) return refuse_text(g, REFUSAL_PAUSED, "trading is paused", "le trading est en pause");
    if (is_suspended(e, &by)) {
        breaker_refuse(e, by, g);
        return false;
    }
    return true;
}

static bool gate_strategy(const struct engine *e, struct signal *g) {
    const struct strategy_config *s = &e->config.strategies[g->strategy];
    if (strategy_is_on(e, g->strategy)) return true;
    return refuse_text(g, REFUSAL_STRATEGY_OFF, "%s is switched off (by %s)", "%s est arrêtée (par %s)", s->label,
                       e->switches[g->strategy].by);
}

static bool gate_market(const struct engine *e, struct signal *g) {
    if (e->markets[g->instrument].feed != FEED_LIVE)
        return refuse_text(g, REFUSAL_STALE, "the market data are not current",
                           "les données de marché ne sont pas à jour");
    if (symbol_has_unknown(e, g->instrument))
        return refuse_text(g, REFUSAL_UNKNOWN_ORDER, "the fate of an order in this symbol is not known yet",
                           "le sort d’un ordre sur ce symbole n’est pas encore connu");
    return true;
}

/* The stop must lie on the losing side, the target on the winning one. */
static bool gate_prices(const struct engine *e, struct signal *g) {
    (void)e;
    bool stop = g->stop.v > 0 && is_better(g->side, g->entry, g->stop);
    bool target = g->target.v == 0 || is_better(g->side, g->target, g->entry);
    if (stop && target) return true;
    return refuse_text(g, REFUSAL_NO_STOP, "no usable stop: it must lie on the losing side of the entry",
                       "pas de stop utilisable\u00a0: il doit être du côté perdant de l’entrée");
}

static bool gate_quality(const struct engine *e, struct signal *g) {
    const struct limits *l = &e->config.limits;
    if (g->confidence < l->confidence_min) {
        reason_set(g->why_not[LANG_EN], "confidence %u%% below the minimum of %u%%", g->confidence, l->confidence_min);
        reason_set(g->why_not[LANG_FR], "confiance insuffisante\u00a0: %u\u00a0%% pour un minimum de %u\u00a0%%",
                   g->confidence, l->confidence_min);
        return refuse(g, REFUSAL_CONFIDENCE);
    }
    if (l->reward_risk_min_ppm > 0 && g->target.v != 0 && g->reward_risk_ppm < l->reward_risk_min_ppm) {
        for (int k = 0; k < LANG_COUNT; k++) {
            char a[MONEY_TEXT_MAX], b[MONEY_TEXT_MAX];
            number_say(a, (enum lang)k, (double)g->reward_risk_ppm / 1e6, 2);
            number_say(b, (enum lang)k, (double)l->reward_risk_min_ppm / 1e6, 2);
            reason_set(g->why_not[k],
                       tr((enum lang)k, "reward for risk %s below the minimum of %s",
                          "gain pour risque de %s, sous le minimum de %s"),
                       a, b);
        }
        return refuse(g, REFUSAL_REWARD_RISK);
    }
    return true;
}

static bool gate_position(const struct engine *e, struct signal *g) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        if (h->t.strategy != g->strategy || h->t.instrument != g->instrument || trade_is_flattening(h)) continue;
        reason_set(g->why_not[LANG_EN], "already in a position in this symbol (trade %u)", h->t.id);
        reason_set(g->why_not[LANG_FR], "déjà en position sur ce symbole (trade %u)", h->t.id);
        return refuse(g, REFUSAL_IN_POSITION);
    }
    return true;
}

static uint32_t positions_kept(const struct engine *e) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->trade_count; i++) n += !trade_is_flattening(&e->trades[i]);
    return n;
}

static bool gate_counts(const struct engine *e, struct signal *g) {
    const struct limits *l = &e->config.limits;
    const char *key;
    uint32_t max = daily_trades_limit(e, &key), asset = e->today.entries_asset[g->instrument];
    if (max > 0 && e->today.entries >= max)
        return refuse_text(g, REFUSAL_DAILY_TRADES, "%u trades today, the limit is %u",
                           "%u trades aujourd’hui, la limite est de %u", e->today.entries, max);
    if (l->daily_trades_asset > 0 && asset >= l->daily_trades_asset)
        return refuse_text(g, REFUSAL_DAILY_TRADES_ASSET, "%u trades today in this symbol, the limit is %u",
                           "%u trades aujourd’hui sur ce symbole, la limite est de %u", asset, l->daily_trades_asset);
    uint32_t kept = positions_kept(e);
    if (l->positions > 0 && kept >= l->positions)
        return refuse_text(g, REFUSAL_POSITIONS, "%u positions open, the limit is %u",
                           "%u positions ouvertes, la limite est de %u", kept, l->positions);
    if (e->trade_count == TRADES_MAX || e->order_count >= ORDERS_MAX - TRADES_MAX)
        return refuse_text(g, REFUSAL_FULL, "too many orders at once", "trop d’ordres à la fois");
    return true;
}

bool gates_pass(const struct engine *e, struct signal *g) {
    return gate_state(e, g) && gate_strategy(e, g) && gate_market(e, g) && gate_prices(e, g) && gate_quality(e, g) &&
           gate_position(e, g) && gate_counts(e, g);
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
    return refuse(g, k == LIMIT_DAILY_LOSS ? REFUSAL_DAILY_LOSS : breaker_refusal(k));
}

/* Day, week and month if every stop were hit, this trade's included, must stay within what they may lose. */
bool gate_loss(const struct engine *e, struct signal *g) {
    struct money_limit limit[MONEY_LIMITS_MAX];
    cash_t worst, lost;
    int64_t all;
    bool known = worst_equity(e, &worst);
    for (size_t i = 0; i < PERIODS; i++) {
        if (loss_limits(e, periods[i], limit) == 0) continue;
        if (!known || !cash_sub(e->breakers[periods[i]].mark, worst, &lost))
            return refuse_text(g, REFUSAL_OVERFLOW, "figures out of range", "chiffres hors limites");
        if (!__builtin_add_overflow(lost.v, g->risk.v, &all) && all <= limit[0].max.v) continue;
        return too_much(e, g, periods[i], lost, &limit[0]);
    }
    return true;
}
