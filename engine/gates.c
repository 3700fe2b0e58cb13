/*
 * gates: the questions every signal must pass, one row each, in the order in which they
 * are asked. The first "no" is the reason that is told, with its figures; its code and its
 * name come from the row. Reads the state, changes only the signal. There is no way to an
 * entry around them. To add one: a function, and a line in the table.
 */
#include "engine/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct gate {
    struct gate_view v;
    bool (*pass)(const struct engine *e, enum refusal code, struct signal *g); /* NULL: another row refuses with it */
};

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

/* A text with two %s of which only the caller knows the language. */
static void fill_two(char out[REASON_MAX], const char *text, const char *a, const char *b) {
    const char *with[2] = {a, b}, *at;
    char built[2 * REASON_MAX];
    size_t n = 0;
    for (int i = 0; i < 2 && (at = strstr(text, "%s")) != NULL; i++, text = at + 2) {
        n += (size_t)snprintf(built + n, sizeof built - n, "%.*s%s", (int)(at - text), text, with[i]);
        if (n >= sizeof built) n = sizeof built - 1;
    }
    snprintf(built + n, sizeof built - n, "%s", text);
    reason_set(out, "%s", built);
}

/* "used of max": both texts take two figures, written in each language. */
static bool refuse_figures(struct signal *g, enum refusal r, const char *const texts[LANG_COUNT],
                           char figures[LANG_COUNT][2][MONEY_TEXT_MAX]) {
    for (int l = 0; l < LANG_COUNT; l++) fill_two(g->why_not[l], texts[l], figures[l][0], figures[l][1]);
    return refuse(g, r);
}

/* ---- the state of things ---- */

static bool gate_store(const struct engine *e, enum refusal code, struct signal *g) {
    if (!e->store_gone) return true;
    return refuse_text(g, code, "the database cannot be reached", "la base de données est injoignable");
}

static bool gate_paused(const struct engine *e, enum refusal code, struct signal *g) {
    if (!e->paused) return true;
    return refuse_text(g, code, "trading is paused", "le trading est en pause");
}

static bool gate_breaker(const struct engine *e, enum refusal code, struct signal *g) {
    for (int k = 0; k < LIMIT_KIND_COUNT; k++) {
        if (!e->breakers[k].reached || breaker_refusal((enum limit_kind)k) != code) continue;
        breaker_refuse(e, (enum limit_kind)k, g);
        return false;
    }
    return true;
}

static bool gate_strategy(const struct engine *e, enum refusal code, struct signal *g) {
    const struct strategy_config *s = &e->config.strategies[g->strategy];
    if (strategy_is_on(e, g->strategy)) return true;
    return refuse_text(g, code, "%s is switched off (by %s)", "%s est arrêtée (par %s)", s->label,
                       e->switches[g->strategy].by);
}

/* Fails closed: no advisor is built in, so none can answer. */
static bool gate_advisor(const struct engine *e, enum refusal code, struct signal *g) {
    const struct strategy_config *s = &e->config.strategies[g->strategy];
    if (s->advisor == ADVISOR_NONE) return true;
    return refuse_text(g, code, "%s requires an advisor, and none can answer",
                       "%s exige un conseiller, et aucun ne peut répondre", s->label);
}

/* ---- the market ---- */

static bool gate_stale(const struct engine *e, enum refusal code, struct signal *g) {
    if (e->markets[g->instrument].feed == FEED_LIVE) return true;
    return refuse_text(g, code, "the market data are not current", "les données de marché ne sont pas à jour");
}

static bool gate_unknown(const struct engine *e, enum refusal code, struct signal *g) {
    if (!symbol_has_unknown(e, g->instrument)) return true;
    return refuse_text(g, code, "the fate of an order in this symbol is not known yet",
                       "le sort d’un ordre sur ce symbole n’est pas encore connu");
}

static bool gate_differs(const struct engine *e, enum refusal code, struct signal *g) {
    if (!e->markets[g->instrument].differs) return true;
    return refuse_text(g, code, "the venue holds something else of this symbol than we do",
                       "le courtier ne détient pas la même chose que nous sur ce symbole");
}

static bool gate_session(const struct engine *e, enum refusal code, struct signal *g) {
    const struct instrument *in = &e->config.instruments[g->instrument];
    const struct strategy_config *s = &e->config.strategies[g->strategy];
    const struct calendars *c = &e->config.calendars;
    if (in->hours < c->hours_count && !calendar_is_open(c, in->hours, g->time))
        return refuse_text(g, code, "the market is closed", "le marché est fermé");
    if (near_close(e, g->instrument))
        return refuse_text(g, code, "the market closes within %u minutes",
                           "le marché ferme dans moins de %u\u00a0minutes", e->config.management.flat_min);
    if (s->session == 0 || (sessions_at(c, g->time) >> (s->session - 1) & 1) != 0) return true;
    const char *name = c->sessions[s->session - 1].name;
    return refuse_text(g, code, "outside the session %s", "hors de la séance %s", name);
}

static bool gate_weekend(const struct engine *e, enum refusal code, struct signal *g) {
    if (!weekend_is_shut(e, g->instrument)) return true;
    return refuse_text(g, code, "the market closes for longer than a day, and %s is to be flat then",
                       "le marché ferme pour plus d’un jour, et %s doit alors être soldé",
                       e->config.instruments[g->instrument].symbol);
}

static bool gate_roll(const struct engine *e, enum refusal code, struct signal *g) {
    return !roll_refuses(e, g->instrument, g->why_not) || refuse(g, code);
}

static bool gate_news(const struct engine *e, enum refusal code, struct signal *g) {
    const struct news *n = &e->config.news;
    if (n->broken)
        return refuse_text(g, code, "the calendar of announcements cannot be read",
                           "le calendrier des annonces est illisible");
    const struct news_window *w = &e->config.limits.news;
    const struct news_event *ev = news_blackout(n, w, &e->config.instruments[g->instrument], g->time);
    if (ev == NULL) return true;
    char at[WHEN_TEXT_MAX];
    const char *title = ev->title[0] != '\0' ? ev->title : ev->currency;
    if (ev->leaving)
        return refuse_text(
            g, code, "announcement “%s” is no longer in the file, but its window holds until the next trading day",
            "annonce «\u00a0%s\u00a0» retirée du fichier, mais sa fenêtre vaut jusqu’au prochain jour de "
            "trading",
            title);
    if (news_is_all_day(ev))
        return refuse_text(g, code, "announcement “%s” of an unknown hour: no entry on its day",
                           "annonce «\u00a0%s\u00a0» sans heure connue\u00a0: aucune entrée ce jour-là", title);
    return refuse_text(g, code, "announcement “%s” at %s UTC: no entry from %u min before to %u min after it",
                       "annonce «\u00a0%s\u00a0» à %s UTC\u00a0: aucune entrée de %u min avant à %u min après", title,
                       time_say(at, ev->time, NULL), w->before_min, w->after_min);
}

/* "range for 14 bars: ADX 18, efficiency 0.21, volatility above 40% of its last samples" */
static void regime_told(char out[REASON_MAX], enum lang lang, const struct regime_seen *r) {
    char adx[MONEY_TEXT_MAX], efficiency[MONEY_TEXT_MAX], rank[MONEY_TEXT_MAX];
    number_say(adx, lang, (double)r->adx_e6 / 1e6, 0);
    number_say(efficiency, lang, (double)r->efficiency / 1e6, 2);
    percent_say(rank, lang, (double)r->volatility / 1e6, 0);
    reason_set(out,
               r->bars == 1 ? tr(lang, "%s for %u bar: ADX %s, efficiency %s, volatility rank %s",
                                 "%s depuis %u bougie\u00a0: ADX %s, efficacité %s, rang de volatilité %s")
                            : tr(lang, "%s for %u bars: ADX %s, efficiency %s, volatility rank %s",
                                 "%s depuis %u bougies\u00a0: ADX %s, efficacité %s, rang de volatilité %s"),
               regime_say(lang, r->now), r->bars, adx, efficiency, rank);
}

/* "trend, transition" */
static void regimes_named(char out[REASON_MAX], enum lang lang, uint32_t regimes) {
    size_t n = 0;
    out[0] = '\0';
    for (int r = 0; r < REGIME_COUNT; r++) {
        if ((regimes & 1u << r) == 0) continue;
        n += (size_t)snprintf(out + n, REASON_MAX - n, "%s%s", n > 0 ? ", " : "", regime_say(lang, (enum regime)r));
    }
}

/* Who chose regimes wants to know the one it is; who did not, trades in any, known or not. */
static bool gate_regime(const struct engine *e, enum refusal code, struct signal *g) {
    const struct strategy_config *s = &e->config.strategies[g->strategy];
    if (s->regimes == 0 || (s->regimes & 1u << g->regime.now) != 0) return true;
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char told[REASON_MAX], wanted[REASON_MAX];
        regimes_named(wanted, lang, s->regimes);
        if (g->regime.now == REGIME_UNKNOWN) {
            reason_set(g->why_not[l],
                       tr(lang, "the regime is not known yet, and %s enters only in: %s",
                          "le régime n’est pas encore connu, et %s n’entre qu’en\u00a0: %s"),
                       s->label, wanted);
            continue;
        }
        regime_told(told, lang, &g->regime);
        reason_set(g->why_not[l], tr(lang, "%s; %s enters only in: %s", "%s\u00a0; %s n’entre qu’en\u00a0: %s"), told,
                   s->label, wanted);
    }
    return refuse(g, code);
}

/* The stop must lie on the losing side, the target on the winning one. */
static bool gate_prices(const struct engine *e, enum refusal code, struct signal *g) {
    (void)e;
    bool stop = g->stop.v > 0 && is_better(g->side, g->entry, g->stop);
    bool target = g->target.v == 0 || is_better(g->side, g->target, g->entry);
    if (stop && target) return true;
    return refuse_text(g, code, "no usable stop: it must lie on the losing side of the entry",
                       "pas de stop utilisable\u00a0: il doit être du côté perdant de l’entrée");
}

/* ---- the idea ---- */

static bool gate_confidence(const struct engine *e, enum refusal code, struct signal *g) {
    uint32_t min = e->config.limits.confidence_min;
    if (g->confidence >= min) return true;
    reason_set(g->why_not[LANG_EN], "confidence %u%% below the minimum of %u%%", g->confidence, min);
    reason_set(g->why_not[LANG_FR], "confiance insuffisante\u00a0: %u\u00a0%% pour un minimum de %u\u00a0%%",
               g->confidence, min);
    return refuse(g, code);
}

static bool gate_factors(const struct engine *e, enum refusal code, struct signal *g) {
    uint32_t min = e->config.limits.factors_min;
    if (g->factors == 0 || g->factors >= min) return true; /* 0: it does not count them */
    return refuse_text(g, code, "%u factors agree, %u are asked for",
                       "facteurs concordants\u00a0: %u, minimum\u00a0: %u", g->factors, min);
}

static bool gate_reward(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"reward for risk %s below the minimum of %s",
                                           "gain pour risque de %s, sous le minimum de %s"};
    char figures[LANG_COUNT][2][MONEY_TEXT_MAX];
    int64_t min = e->config.limits.reward_risk_min_ppm;
    if (min <= 0 || g->target.v == 0 || g->reward_risk_ppm >= min) return true;
    for (int l = 0; l < LANG_COUNT; l++) {
        number_say(figures[l][0], (enum lang)l, (double)g->reward_risk_ppm / 1e6, 2);
        number_say(figures[l][1], (enum lang)l, (double)min / 1e6, 2);
    }
    return refuse_figures(g, code, texts, figures);
}

static bool refuse_shares(struct signal *g, enum refusal code, const char *const texts[LANG_COUNT], double used,
                          int64_t max_ppm, int decimals) {
    char figures[LANG_COUNT][2][MONEY_TEXT_MAX];
    for (int l = 0; l < LANG_COUNT; l++) {
        percent_say(figures[l][0], (enum lang)l, used, decimals);
        percent_say(figures[l][1], (enum lang)l, (double)max_ppm / 1e6, decimals);
    }
    return refuse_figures(g, code, texts, figures);
}

static bool refuse_cash(const struct engine *e, struct signal *g, enum refusal code,
                        const char *const texts[LANG_COUNT], cash_t used, int64_t max) {
    char figures[LANG_COUNT][2][MONEY_TEXT_MAX];
    for (int l = 0; l < LANG_COUNT; l++) {
        cash_say(figures[l][0], (enum lang)l, used, e->config.currency, false);
        cash_say(figures[l][1], (enum lang)l, (cash_t){max}, e->config.currency, false);
    }
    return refuse_figures(g, code, texts, figures);
}

static bool gate_spread(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"the spread is %s of the way to the stop, the limit is %s",
                                           "l’écart vaut %s du chemin jusqu’au stop, la limite est de %s"};
    const struct quote *q = &e->markets[g->instrument].quote;
    int64_t max = e->config.limits.spread_ppm,
            way = g->entry.v > g->stop.v ? g->entry.v - g->stop.v : g->stop.v - g->entry.v;
    double used = (double)(q->ask.v - q->bid.v) / (double)way; /* the stop was looked at before */
    if (max <= 0 || used * 1e6 <= (double)max) return true;
    return refuse_shares(g, code, texts, used, max, 1);
}

static bool gate_slippage(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"entries slip by %s of the price, the limit is %s",
                                           "les entrées glissent de %s du prix, la limite est de %s"};
    int64_t max = e->config.limits.slippage_ppm, used = e->markets[g->instrument].slippage_ppm, allowed;
    if (max <= 0) return true;
    if (mul_div(engine_config_slippage(&e->config, g->instrument).v, PPM, g->entry.v, &allowed) && allowed > used)
        used = allowed;
    return used <= max || refuse_shares(g, code, texts, (double)used / 1e6, max, 3);
}

static bool gate_duplicate(const struct engine *e, enum refusal code, struct signal *g) {
    int64_t since_ms = (int64_t)e->config.limits.duplicate_min * 60000;
    for (uint32_t i = 0; g->level.v != 0 && since_ms > 0 && i < e->idea_count; i++) {
        const struct idea *d = &e->ideas[i];
        if (d->instrument != g->instrument || d->side != g->side || d->level.v != g->level.v) continue;
        int64_t ago_ms = when_ms_between(d->time, g->time);
        if (ago_ms >= since_ms) continue;
        return refuse_text(g, code, "the same idea (symbol, direction, level) was taken %lld min ago",
                           "la même idée (symbole, sens, niveau) a été prise il y a %lld\u00a0min",
                           (long long)(ago_ms / 60000));
    }
    return true;
}

/* ---- the book ---- */

static bool gate_position(const struct engine *e, enum refusal code, struct signal *g) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        if (h->t.strategy != g->strategy || h->t.instrument != g->instrument || trade_is_flattening(h)) continue;
        reason_set(g->why_not[LANG_EN], "already in a position in this symbol (trade %u)", h->t.id);
        reason_set(g->why_not[LANG_FR], "déjà en position sur ce symbole (trade %u)", h->t.id);
        return refuse(g, code);
    }
    return true;
}

static bool gate_day(const struct engine *e, enum refusal code, struct signal *g) {
    const char *key;
    uint32_t max = daily_trades_limit(e, &key);
    if (max == 0 || e->today.entries < max) return true;
    return refuse_text(g, code, "%u trades today, the limit is %u", "%u trades aujourd’hui, la limite est de %u",
                       e->today.entries, max);
}

static bool gate_day_asset(const struct engine *e, enum refusal code, struct signal *g) {
    uint32_t max = e->config.limits.daily_trades_asset, asset = e->today.entries_asset[g->instrument];
    if (max == 0 || asset < max) return true;
    return refuse_text(g, code, "%u trades today in this symbol, the limit is %u",
                       "%u trades aujourd’hui sur ce symbole, la limite est de %u", asset, max);
}

static bool gate_positions(const struct engine *e, enum refusal code, struct signal *g) {
    uint32_t max = e->config.limits.positions, kept = 0;
    for (uint32_t i = 0; i < e->trade_count; i++) kept += !trade_is_flattening(&e->trades[i]);
    if (max == 0 || kept < max) return true;
    return refuse_text(g, code, "%u positions open, the limit is %u", "%u positions ouvertes, la limite est de %u",
                       kept, max);
}

static bool gate_room(const struct engine *e, enum refusal code, struct signal *g) {
    if (e->trade_count < TRADES_MAX && e->order_count < ORDERS_MAX - TRADES_MAX) return true;
    return refuse_text(g, code, "too many orders at once", "trop d’ordres à la fois");
}

static bool gate_correlation(const struct engine *e, enum refusal code, struct signal *g) {
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
        return refuse(g, code);
    }
    return true;
}

/* ---- with the size ---- */

static bool gate_size(const struct engine *e, enum refusal code, struct signal *g) {
    (void)code;
    struct sizing size;
    size_signal(e, g, &size);
    g->qty = size.qty;
    g->risk = size.risk;
    g->halved = size.halved && size.refusal == REFUSAL_NONE;
    memcpy(g->sizing, size.how, sizeof g->sizing);
    if (size.refusal == REFUSAL_NONE) return true;
    memcpy(g->why_not, size.why_not, sizeof g->why_not);
    return refuse(g, size.refusal);
}

static bool overflows(struct signal *g) {
    return refuse_text(g, REFUSAL_OVERFLOW, "figures out of range", "chiffres hors limites");
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

static bool gate_exposure(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"the positions would be worth %s in all, the limit is %s",
                                           "les positions vaudraient %s en tout, la limite est de %s"};
    cash_t sum;
    if (e->config.limits.exposure_ppm <= 0) return true;
    if (!book_sum(e, g, instrument_notional, &sum)) return overflows(g);
    int64_t max = share_of_equity(e, e->config.limits.exposure_ppm);
    return sum.v <= max || refuse_cash(e, g, code, texts, sum, max);
}

static bool gate_margin_use(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"the margin in use would be %s, the limit is %s",
                                           "la marge utilisée serait de %s, la limite est de %s"};
    cash_t sum;
    if (e->config.limits.margin_ppm <= 0) return true;
    if (!book_sum(e, g, instrument_margin, &sum)) return overflows(g);
    int64_t max = share_of_equity(e, e->config.limits.margin_ppm);
    return sum.v <= max || refuse_cash(e, g, code, texts, sum, max);
}

static bool gate_var(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"one hour in twenty would cost %s or more, the limit is %s",
                                           "une heure sur vingt coûterait %s ou plus, la limite est de %s"};
    cash_t var;
    if (e->config.limits.var_ppm <= 0 || !hours_var(e, g, &var)) return true;
    int64_t max = share_of_equity(e, e->config.limits.var_ppm);
    return var.v <= max || refuse_cash(e, g, code, texts, var, max);
}

static bool gate_open_risk(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"all stops together would cost %s, the limit is %s",
                                           "tous les stops ensemble coûteraient %s, la limite est de %s"};
    cash_t max, risk;
    if (!open_risk_limit(e, &max)) return true;
    if (!book_at_risk(e, &risk) || !cash_add(risk, g->risk, &risk)) return overflows(g);
    return risk.v <= max.v || refuse_cash(e, g, code, texts, risk, max.v);
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

static bool period_of(enum refusal code) {
    for (size_t i = 0; i < PERIODS; i++) {
        if (breaker_refusal(periods[i]) == code) return true;
    }
    return false;
}

/* Day, week and month if every stop were hit, this trade's included, must stay within what they may lose. */
static bool gate_loss(const struct engine *e, enum refusal code, struct signal *g) {
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

/* ---- the table ---- */

static const struct gate gates[] = {
    {{REFUSAL_STORE,
      {"database is gone", "base de données injoignable"},
      {"The database can be reached", "La base de données est joignable"},
      NULL},
     gate_store},
    {{REFUSAL_PAUSED,
      {"trading is paused", "trading en pause"},
      {"Nobody has paused trading", "Personne n’a mis le trading en pause"},
      NULL},
     gate_paused},
    {{REFUSAL_SUSPENDED,
      {"trading is suspended", "trading suspendu"},
      {"The daily loss has not suspended trading", "La perte du jour n’a pas suspendu le trading"},
      "trading.risk_management.max_daily_loss"},
     gate_breaker},
    {{REFUSAL_WEEKLY_LOSS,
      {"weekly loss limit", "perte hebdomadaire maximale"},
      {"Nor has the weekly loss", "Ni la perte de la semaine"},
      "trading.risk_management.max_weekly_loss"},
     gate_breaker},
    {{REFUSAL_MONTHLY_LOSS,
      {"monthly loss limit", "perte mensuelle maximale"},
      {"Nor has the monthly loss", "Ni la perte du mois"},
      "trading.risk_management.max_monthly_loss"},
     gate_breaker},
    {{REFUSAL_DRAWDOWN,
      {"drawdown limit", "drawdown maximal atteint"},
      {"Nor has the drawdown", "Ni le drawdown"},
      "trading.risk_management.max_drawdown"},
     gate_breaker},
    {{REFUSAL_CONSECUTIVE_LOSSES,
      {"too many losses in a row", "trop de pertes de suite"},
      {"Nor have losses in a row", "Ni les pertes d’affilée"},
      "circuit_breakers.max_consecutive_losses"},
     gate_breaker},
    {{REFUSAL_ERRORS,
      {"too many system errors", "trop d’erreurs système"},
      {"Nor have system errors in a row", "Ni les erreurs système d’affilée"},
      "execution.monitoring.max_errors"},
     gate_breaker},
    {{REFUSAL_OPEN_RISK,
      {"too much at risk", "trop de risque ouvert"},
      {"Nor has the risk at all stops", "Ni le risque à tous les stops"},
      "circuit_breakers.max_open_risk"},
     gate_breaker},
    {{REFUSAL_STRATEGY_OFF,
      {"strategy switched off", "stratégie arrêtée"},
      {"The strategy is switched on", "La stratégie est en marche"},
      "strategies[].enabled"},
     gate_strategy},
    {{REFUSAL_ADVISOR_MISSING,
      {"no advisor to ask", "pas de conseiller à consulter"},
      {"Where the strategy requires an advisor, one can answer",
       "Si la stratégie exige un conseiller, il y en a un qui peut répondre"},
      "strategies[].advisor"},
     gate_advisor},
    {{REFUSAL_STALE,
      {"market data is late", "données de marché en retard"},
      {"The market data are current", "Les données de marché sont à jour"},
      NULL},
     gate_stale},
    {{REFUSAL_UNKNOWN_ORDER,
      {"an order is unresolved", "un ordre reste sans réponse"},
      {"No order of unknown fate in this symbol", "Aucun ordre au sort inconnu sur ce symbole"},
      NULL},
     gate_unknown},
    {{REFUSAL_DIFFERS,
      {"the venue holds something else", "position différente chez le courtier"},
      {"What the venue holds of the symbol is what we hold", "Le courtier détient du symbole ce que nous détenons"},
      NULL},
     gate_differs},
    {{REFUSAL_SESSION,
      {"outside the session", "hors séance"},
      {"The market is open, and it is the strategy's session",
       "Le marché est ouvert et c’est la séance de la stratégie"},
      "strategies[].session"},
     gate_session},
    {{REFUSAL_WEEKEND,
      {"before the weekend", "avant le week-end"},
      {"Not in the last minutes before a close of more than a day, where that is to be flat",
       "Hors des dernières minutes avant une fermeture de plus d’un jour, s’il faut alors être soldé"},
      "trading.weekend"},
     gate_weekend},
    {{REFUSAL_ROLL,
      {"the contract is about to change", "changement de contrat imminent"},
      {"Not in a contract that is being left for the next one", "Pas dans un contrat que l’on quitte pour le suivant"},
      "instruments[].roll"},
     gate_roll},
    {{REFUSAL_NEWS,
      {"around an announcement", "autour d’une annonce"},
      {"Not around an important announcement, and its calendar can be read",
       "Hors de la fenêtre d’une annonce importante, avec un calendrier lisible"},
      "news.file"},
     gate_news},
    {{REFUSAL_REGIME,
      {"outside its regimes", "hors de ses régimes"},
      {"The market's regime is one of those that the strategy trades in",
       "Le régime du marché est un de ceux où la stratégie entre"},
      "strategies[].regimes"},
     gate_regime},
    {{REFUSAL_NO_STOP,
      {"no stop", "pas de stop"},
      {"A stop on the losing side, a target on the winning one",
       "Un stop du côté perdant, un objectif du côté gagnant"},
      NULL},
     gate_prices},
    {{REFUSAL_CONFIDENCE,
      {"not enough confidence", "confiance insuffisante"},
      {"The least confidence", "La confiance minimale"},
      "trading.min_confidence"},
     gate_confidence},
    {{REFUSAL_FACTORS,
      {"too few factors agree", "trop peu de facteurs concordants"},
      {"Enough factors agree, where the strategy counts them",
       "Assez de facteurs concordent, si la stratégie les compte"},
      "trading.gates.min_factors"},
     gate_factors},
    {{REFUSAL_REWARD_RISK,
      {"reward too small for the risk", "gain trop faible pour le risque"},
      {"Enough reward for the risk", "Assez de gain pour le risque"},
      "trading.risk_management.min_reward_risk"},
     gate_reward},
    {{REFUSAL_SPREAD,
      {"spread too wide", "spread trop large"},
      {"The spread is a small part of the way to the stop", "L’écart est une petite part du chemin jusqu’au stop"},
      "trading.gates.max_spread"},
     gate_spread},
    {{REFUSAL_SLIPPAGE,
      {"too much slippage", "trop de glissement"},
      {"Entries slip little", "Les entrées glissent peu"},
      "trading.gates.max_slippage"},
     gate_slippage},
    {{REFUSAL_DUPLICATE,
      {"the same again", "même idée déjà prise"},
      {"Not the symbol, direction and level of a trade just taken",
       "Ni le symbole, ni le sens, ni le niveau d’un trade tout juste pris"},
      "trading.gates.duplicate_minutes"},
     gate_duplicate},
    {{REFUSAL_IN_POSITION,
      {"already in position", "déjà en position"},
      {"The strategy is not in this symbol already", "La stratégie n’est pas déjà sur ce symbole"},
      NULL},
     gate_position},
    {{REFUSAL_DAILY_TRADES,
      {"all trades of the day taken", "maximum de trades du jour atteint"},
      {"Trades are left today", "Il reste des trades aujourd’hui"},
      "execution.risk.max_daily_trades"},
     gate_day},
    {{REFUSAL_DAILY_TRADES_ASSET,
      {"all trades of the day in this symbol taken", "maximum de trades du jour atteint sur ce symbole"},
      {"And in this symbol", "Et sur ce symbole"},
      "trading.risk_management.max_daily_trades_per_asset"},
     gate_day_asset},
    {{REFUSAL_POSITIONS,
      {"as many positions open as allowed", "maximum de positions ouvertes atteint"},
      {"Positions are left", "Il reste des positions"},
      "trading.risk_management.max_positions"},
     gate_positions},
    {{REFUSAL_FULL,
      {"tables are full", "tables pleines"},
      {"Room for its orders", "De la place pour ses ordres"},
      NULL},
     gate_room},
    {{REFUSAL_CORRELATION,
      {"moves with an open trade", "suit un trade déjà ouvert"},
      {"It does not move with a symbol that is held", "Il n’évolue pas avec un symbole détenu"},
      "trading.gates.max_correlation"},
     gate_correlation},
    {{REFUSAL_SIZE,
      {"size too small", "taille trop petite"},
      {"The risk carries the smallest size", "Le risque permet la taille minimale"},
      "trading.risk_management.position_risk"},
     gate_size},
    {{REFUSAL_MARGIN,
      {"not enough margin", "marge insuffisante"},
      {"And so does the margin", "Et la marge aussi"},
      "trading.risk_management.max_position_margin"},
     NULL},
    {{REFUSAL_OVERFLOW,
      {"figures out of range", "calcul hors limites"},
      {"All figures can be computed", "Tous les chiffres sont calculables"},
      NULL},
     NULL},
    {{REFUSAL_EXPOSURE,
      {"too large a book", "positions trop grosses"},
      {"All positions together are not too large", "Toutes les positions ensemble ne sont pas trop grosses"},
      "trading.gates.max_exposure"},
     gate_exposure},
    {{REFUSAL_MARGIN_USE,
      {"too much margin in use", "trop de marge utilisée"},
      {"Nor their margin", "Ni leur marge"},
      "trading.gates.max_margin"},
     gate_margin_use},
    {{REFUSAL_VAR,
      {"an hour could cost too much", "une heure pourrait coûter trop"},
      {"Nor what an hour may cost them", "Ni ce qu’une heure peut leur coûter"},
      "trading.gates.max_var"},
     gate_var},
    {{REFUSAL_OPEN_RISK,
      {"too much at risk", "trop de risque ouvert"},
      {"Nor what all stops together would cost", "Ni ce que coûteraient tous les stops ensemble"},
      "circuit_breakers.max_open_risk"},
     gate_open_risk},
    {{REFUSAL_DAILY_LOSS,
      {"too near the daily loss limit", "trop près de la perte journalière maximale"},
      {"With every stop hit, day, week and month stay within their limits",
       "Tous les stops touchés, le jour, la semaine et le mois restent dans leurs limites"},
      "trading.risk_management.max_daily_loss"},
     gate_loss},
};
#define GATES (sizeof gates / sizeof gates[0])

bool gates_pass(const struct engine *e, struct signal *g) {
    for (size_t i = 0; i < GATES; i++) {
        if (gates[i].pass != NULL && !gates[i].pass(e, gates[i].v.code, g)) return false;
    }
    return true;
}

uint32_t engine_gate_count(void) {
    return GATES;
}

const struct gate_view *engine_gate(uint32_t i) {
    return i < GATES ? &gates[i].v : NULL;
}

/* What was refused with a size was refused by a question that is asked after it was known; the last one refuses a week and
 * a month with the code of their breaker. */
uint32_t engine_gate_of(const struct signal *g) {
    uint32_t sized = 0;
    if (g->refusal == REFUSAL_NONE) return GATES;
    while (gates[sized].pass != gate_size) sized++;
    uint32_t from = g->qty.v > 0 ? sized : 0;
    for (uint32_t i = from; i < GATES; i++) {
        if (gates[i].v.code == g->refusal) return i;
    }
    return from > 0 && period_of(g->refusal) ? GATES - 1 : GATES;
}

char *gate_say(char out[GATE_TEXT_MAX], enum lang lang, const struct signal *g) {
    uint32_t i = engine_gate_of(g);
    out[0] = '\0';
    if (i == GATES) return out;
    const struct gate_view *v = &gates[i].v;
    const char *key = v->key;
    for (size_t k = 0; v->code != g->refusal && k < GATES; k++) { /* a week's or a month's own setting */
        if (gates[k].v.code == g->refusal) key = gates[k].v.key;
    }
    snprintf(out, GATE_TEXT_MAX, tr(lang, "%s (gate %u of %u, %s)", "%s (filtre %u sur %u, %s)"), v->asks[lang], i + 1,
             (uint32_t)GATES, key != NULL ? key : refusal_name(g->refusal));
    return out;
}

const char *refusal_say(enum refusal r, enum lang lang) {
    for (size_t i = 0; i < GATES; i++) {
        if (gates[i].v.code == r) return gates[i].v.name[lang];
    }
    return tr(lang, "no reason", "sans raison"); /* none, or one of a program to come */
}
