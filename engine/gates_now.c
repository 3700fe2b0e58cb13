/*
 * gates_now: the gates that ask how things stand, ours and the market's, before anybody looks at the idea.
 * Each reads the state and changes only the signal; the rows are in gates.c.
 */
#include "engine/gates_priv.h"

#include <stdio.h>

/* ---- the state of things ---- */

bool gate_store(const struct engine *e, enum refusal code, struct signal *g) {
    if (!e->store_gone) return true;
    return gate_refuse_text(g, code, "the database cannot be reached", "la base de données est injoignable");
}

bool gate_paused(const struct engine *e, enum refusal code, struct signal *g) {
    if (!e->paused) return true;
    return gate_refuse_text(g, code, "trading is paused", "le trading est en pause");
}

bool gate_breaker(const struct engine *e, enum refusal code, struct signal *g) {
    for (int k = 0; k < LIMIT_KIND_COUNT; k++) {
        if (!e->breakers[k].reached || breaker_refusal((enum limit_kind)k) != code) continue;
        breaker_refuse(e, (enum limit_kind)k, g);
        return false;
    }
    return true;
}

bool gate_strategy(const struct engine *e, enum refusal code, struct signal *g) {
    const struct strategy_config *s = &e->config.strategies[g->strategy];
    if (strategy_is_on(e, g->strategy)) return true;
    return gate_refuse_text(g, code, "%s is switched off (by %s)", "%s est arrêtée (par %s)", s->label,
                            e->switches[g->strategy].by);
}

/* Fails closed: no advisor is built in, so none can answer. */
bool gate_advisor(const struct engine *e, enum refusal code, struct signal *g) {
    const struct strategy_config *s = &e->config.strategies[g->strategy];
    if (s->advisor == ADVISOR_NONE) return true;
    return gate_refuse_text(g, code, "%s requires an advisor, and none can answer",
                            "%s exige un conseiller, et aucun ne peut répondre", s->label);
}

/* ---- the market ---- */

bool gate_stale(const struct engine *e, enum refusal code, struct signal *g) {
    if (e->markets[g->instrument].feed == FEED_LIVE) return true;
    return gate_refuse_text(g, code, "the market data are not current", "les données de marché ne sont pas à jour");
}

bool gate_unknown(const struct engine *e, enum refusal code, struct signal *g) {
    if (!symbol_has_unknown(e, g->instrument)) return true;
    return gate_refuse_text(g, code, "the fate of an order in this symbol is not known yet",
                            "le sort d’un ordre sur ce symbole n’est pas encore connu");
}

bool gate_differs(const struct engine *e, enum refusal code, struct signal *g) {
    if (!e->markets[g->instrument].differs) return true;
    return gate_refuse_text(g, code, "the venue holds something else of this symbol than we do",
                            "le courtier ne détient pas la même chose que nous sur ce symbole");
}

bool gate_session(const struct engine *e, enum refusal code, struct signal *g) {
    const struct instrument *in = &e->config.instruments[g->instrument];
    const struct strategy_config *s = &e->config.strategies[g->strategy];
    const struct calendars *c = &e->config.calendars;
    if (in->hours < c->hours_count && !calendar_is_open(c, in->hours, g->time))
        return gate_refuse_text(g, code, "the market is closed", "le marché est fermé");
    if (near_close(e, g->instrument))
        return gate_refuse_text(g, code, "the market closes within %u minutes",
                                "le marché ferme dans moins de %u\u00a0minutes", e->config.management.flat_min);
    if (s->session == 0 || (sessions_at(c, g->time) >> (s->session - 1) & 1) != 0) return true;
    const char *name = c->sessions[s->session - 1].name;
    return gate_refuse_text(g, code, "outside the session %s", "hors de la séance %s", name);
}

bool gate_weekend(const struct engine *e, enum refusal code, struct signal *g) {
    if (!weekend_is_shut(e, g->instrument)) return true;
    return gate_refuse_text(g, code, "the market closes for longer than a day, and %s is to be flat then",
                            "le marché ferme pour plus d’un jour, et %s doit alors être soldé",
                            e->config.instruments[g->instrument].symbol);
}

bool gate_roll(const struct engine *e, enum refusal code, struct signal *g) {
    return !roll_refuses(e, g->instrument, g->why_not) || gate_refuse(g, code);
}

bool gate_news(const struct engine *e, enum refusal code, struct signal *g) {
    const struct news *n = &e->config.news;
    if (n->broken)
        return gate_refuse_text(g, code, "the calendar of announcements cannot be read",
                                "le calendrier des annonces est illisible");
    const struct news_window *w = &e->config.limits.news;
    const struct news_event *ev = news_blackout(n, w, &e->config.instruments[g->instrument], g->time);
    if (ev == NULL) return true;
    char at[WHEN_TEXT_MAX];
    const char *title = ev->title[0] != '\0' ? ev->title : ev->currency;
    if (ev->leaving)
        return gate_refuse_text(
            g, code, "announcement “%s” is no longer in the file, but its window holds until the next trading day",
            "annonce «\u00a0%s\u00a0» retirée du fichier, mais sa fenêtre vaut jusqu’au prochain jour de "
            "trading",
            title);
    if (news_is_all_day(ev))
        return gate_refuse_text(g, code, "announcement “%s” of an unknown hour: no entry on its day",
                                "annonce «\u00a0%s\u00a0» sans heure connue\u00a0: aucune entrée ce jour-là", title);
    return gate_refuse_text(g, code, "announcement “%s” at %s UTC: no entry from %u min before to %u min after it",
                            "annonce «\u00a0%s\u00a0» à %s UTC\u00a0: aucune entrée de %u min avant à %u min après",
                            title, time_say(at, ev->time, NULL), w->before_min, w->after_min);
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
bool gate_regime(const struct engine *e, enum refusal code, struct signal *g) {
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
    return gate_refuse(g, code);
}
