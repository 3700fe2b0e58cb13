/*
 * gates: the questions every signal must pass, one row each, in the order in which they
 * are asked. The first "no" is the reason that is told, with its figures; its code and its
 * name come from the row. Reads the state, changes only the signal. There is no way to an
 * entry around them. To add one: a function in gates_now.c, gates_idea.c or gates_book.c,
 * and a row in the table below.
 */
#include "engine/gates_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct gate {
    struct gate_view v;
    gate_fn *pass; /* NULL: another row refuses with it */
};

/* ---- how they say no ---- */

bool gate_refuse(struct signal *g, enum refusal r) {
    g->refusal = r;
    return false;
}

bool gate_refuse_text(struct signal *g, enum refusal r, const char *en, const char *fr, ...) {
    va_list ap;
    va_start(ap, fr);
    reason_vset(g->why_not[LANG_EN], en, ap);
    va_end(ap);
    va_start(ap, fr);
    reason_vset(g->why_not[LANG_FR], fr, ap);
    va_end(ap);
    return gate_refuse(g, r);
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

bool gate_refuse_figures(struct signal *g, enum refusal r, const char *const texts[LANG_COUNT],
                         char figures[LANG_COUNT][2][MONEY_TEXT_MAX]) {
    for (int l = 0; l < LANG_COUNT; l++) fill_two(g->why_not[l], texts[l], figures[l][0], figures[l][1]);
    return gate_refuse(g, r);
}

bool gate_refuse_shares(struct signal *g, enum refusal code, const char *const texts[LANG_COUNT], double used,
                        int64_t max_ppm, int decimals) {
    char figures[LANG_COUNT][2][MONEY_TEXT_MAX];
    for (int l = 0; l < LANG_COUNT; l++) {
        percent_say(figures[l][0], (enum lang)l, used, decimals);
        percent_say(figures[l][1], (enum lang)l, (double)max_ppm / 1e6, decimals);
    }
    return gate_refuse_figures(g, code, texts, figures);
}

bool gate_refuse_cash(const struct engine *e, struct signal *g, enum refusal code, const char *const texts[LANG_COUNT],
                      cash_t used, int64_t max) {
    char figures[LANG_COUNT][2][MONEY_TEXT_MAX];
    for (int l = 0; l < LANG_COUNT; l++) {
        cash_say(figures[l][0], (enum lang)l, used, e->config.currency, false);
        cash_say(figures[l][1], (enum lang)l, (cash_t){max}, e->config.currency, false);
    }
    return gate_refuse_figures(g, code, texts, figures);
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
    return from > 0 && gate_is_period(g->refusal) ? GATES - 1 : GATES;
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
