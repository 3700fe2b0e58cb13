/*
 * messages_state: what is said of limits, pauses, the market, the day and the
 * configuration. An alert rings only where somebody should look now: money limits,
 * an SOS, data that is lost.
 */
#include "bot/messages_build.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/buf.h"

#define NB "\u00a0"
#define NNB "\u202f"

/* ---- limits ---- */

static bool is_money(enum limit_kind k) {
    return k != LIMIT_DAILY_TRADES && k != LIMIT_CONSECUTIVE_LOSSES && k != LIMIT_ERRORS;
}

/* "P&L jour -450 $ (limite : -500 $)" */
static const char *limit_figures(const struct message_build *b) {
    cash_t used = b->f->u.limit.used, max = b->f->u.limit.max;
    uint32_t count = b->f->u.limit.count, count_max = b->f->u.limit.count_max;
    switch (b->f->u.limit.limit) {
    case LIMIT_DAILY_LOSS:
        return arena_printf(b->arena, tr(b->lang, "day's P&L %s (limit: %s)", "P&L jour %s (limite" NB ": %s)"),
                            say_gain(b, cash_minus(used)), say_cash(b, cash_minus(max)));
    case LIMIT_WEEKLY_LOSS:
        return arena_printf(b->arena, tr(b->lang, "week's P&L %s (limit: %s)", "P&L semaine %s (limite" NB ": %s)"),
                            say_gain(b, cash_minus(used)), say_cash(b, cash_minus(max)));
    case LIMIT_MONTHLY_LOSS:
        return arena_printf(b->arena, tr(b->lang, "month's P&L %s (limit: %s)", "P&L mois %s (limite" NB ": %s)"),
                            say_gain(b, cash_minus(used)), say_cash(b, cash_minus(max)));
    case LIMIT_OPEN_RISK:
        return arena_printf(
            b->arena,
            tr(b->lang, "at risk at the stops: %s (limit: %s)", "risque jusqu’aux stops" NB ": %s (limite" NB ": %s)"),
            say_cash(b, used), say_cash(b, max));
    case LIMIT_ERRORS:
        return arena_printf(b->arena, tr(b->lang, "%s in a row (limit: %u)", "%s d’affilée (limite" NB ": %u)"),
                            say_plural(b, count, "system error", "system errors", "erreur système", "erreurs système"),
                            count_max);
    case LIMIT_DRAWDOWN:
        if (max.v == 0) /* warned of, and never suspends */
            return arena_printf(b->arena, tr(b->lang, "drawdown %s", "drawdown %s"), say_cash(b, used));
        return arena_printf(b->arena, tr(b->lang, "drawdown %s (limit: %s)", "drawdown %s (limite" NB ": %s)"),
                            say_cash(b, used), say_cash(b, max));
    case LIMIT_DAILY_TRADES:
        return arena_printf(b->arena, tr(b->lang, "%s today (limit: %u)", "%s aujourd’hui (limite" NB ": %u)"),
                            say_plural(b, count, "trade", "trades", "trade", "trades"), count_max);
    case LIMIT_CONSECUTIVE_LOSSES:
        return arena_printf(b->arena, tr(b->lang, "%s in a row (limit: %u)", "%s de suite (limite" NB ": %u)"),
                            say_plural(b, count, "loss", "losses", "perte", "pertes"), count_max);
    case LIMIT_KIND_COUNT: break;
    }
    abort();
}

/* The same as a sentence of its own, where the effect brings figures: what has ended with the day brings none. */
static void figures_line(struct message_build *b, struct doc *d) {
    if (b->f->u.limit.max.v == 0 && b->f->u.limit.used.v == 0 && b->f->u.limit.count_max == 0) return;
    char *text = arena_strdup(b->arena, limit_figures(b));
    if (text[0] >= 'a' && text[0] <= 'z') text[0] = (char)(text[0] - 'a' + 'A');
    doc_line(d, "%s", text);
}

static const char *reached_text(enum lang lang, enum limit_kind k) {
    static const char *const texts[LIMIT_KIND_COUNT][LANG_COUNT] = {
        [LIMIT_DAILY_LOSS] = {"Daily limit reached", "Limite journalière atteinte"},
        [LIMIT_DAILY_TRADES] = {"All trades of the day taken", "Maximum de trades du jour atteint"},
        [LIMIT_CONSECUTIVE_LOSSES] = {"Too many losses in a row", "Trop de pertes de suite"},
        [LIMIT_DRAWDOWN] = {"Drawdown limit reached", "Drawdown maximal atteint"},
        [LIMIT_WEEKLY_LOSS] = {"Weekly limit reached", "Limite hebdomadaire atteinte"},
        [LIMIT_MONTHLY_LOSS] = {"Monthly limit reached", "Limite mensuelle atteinte"},
        [LIMIT_ERRORS] = {"Too many system errors", "Trop d’erreurs système"},
        [LIMIT_OPEN_RISK] = {"Extreme risk", "Risque extrême"},
    };
    return texts[k][lang];
}

static void limit_near(struct message_build *b) {
    struct message *m = message_add_default(b, DOC_WARNING);
    doc_title(m->doc, "⚠️", tr(b->lang, "ATTENTION: %s", "ATTENTION" NB ": %s"), limit_figures(b));
    if (is_money(b->f->u.limit.limit))
        message_ring(m);
    else
        m->urgency = URGENCY_IMPORTANT;
    if (b->f->u.limit.limit == LIMIT_DAILY_LOSS)
        doc_line(m->doc, "%s",
                 tr(b->lang, "Open positions are counted as if closed now, fees included.",
                    "Les positions ouvertes comptent comme fermées maintenant, frais compris."));
}

static void limit_cautious(struct message_build *b, bool on) {
    const enum channel where[] = {CHANNEL_ADMIN, CHANNEL_ALERTS};
    for (size_t i = 0; i < 2; i++) {
        struct doc *d = message_add(b, where[i], on ? URGENCY_IMPORTANT : URGENCY_INFO, true,
                                    on ? DOC_WARNING : DOC_GOOD, b->ev->market_time)
                            ->doc;
        if (on)
            doc_title(d, "🟠",
                      tr(b->lang, "Cautious mode on - Position size reduced by %s",
                         "Mode prudence activé - Taille des positions réduite de %s"),
                      say_percent(b, 0.5));
        else
            doc_title(d, "🟢", "%s",
                      tr(b->lang, "Cautious mode off - Full position size again",
                         "Mode prudence levé - Taille des positions normale"));
        figures_line(b, d);
    }
}

/* How long it lasts: the day's limits end with it, a drawdown stays until it is made good or accepted. */
static const char *until(const struct message_build *b) {
    switch (b->f->u.limit.limit) {
    case LIMIT_DRAWDOWN:
        return tr(b->lang, "Until it is made good, or accepted with /resume (from the next trading day).",
                  "Jusqu’à ce qu’il soit rattrapé, ou accepté par /reprendre (dès le prochain jour de bourse).");
    case LIMIT_WEEKLY_LOSS:
        return tr(b->lang, "Until the next trading week.", "Jusqu’à la prochaine semaine de bourse.");
    case LIMIT_MONTHLY_LOSS: return tr(b->lang, "Until the next month.", "Jusqu’au mois prochain.");
    case LIMIT_ERRORS:
        return tr(b->lang, "Until there has been none for a while (execution.monitoring.error_cooldown).",
                  "Jusqu’à ce qu’il n’y en ait plus pendant un moment (execution.monitoring.error_cooldown).");
    case LIMIT_OPEN_RISK:
        return tr(b->lang, "Until a trading day begins with less at risk.",
                  "Jusqu’à un jour de bourse qui commence avec moins de risque.");
    case LIMIT_DAILY_LOSS:
    case LIMIT_DAILY_TRADES:
    case LIMIT_CONSECUTIVE_LOSSES:
    case LIMIT_KIND_COUNT: break;
    }
    return tr(b->lang, "Until the next trading day.", "Jusqu’au prochain jour de bourse.");
}

/* Enough trades: entries are refused, which is no alarm and no bad day. */
static void daily_trades_reached(struct message_build *b) {
    struct message *m = message_add_default(b, DOC_WARNING);
    m->urgency = URGENCY_IMPORTANT;
    doc_title(m->doc, "🛑", tr(b->lang, "%s - No more entries", "%s - Plus d’entrées"),
              reached_text(b->lang, LIMIT_DAILY_TRADES));
    figures_line(b, m->doc);
    doc_line(m->doc, "%s", until(b));
}

static void limit_reached(struct message_build *b) {
    struct message *m = message_add_default(b, DOC_URGENT);
    message_ring(m);
    doc_title(m->doc, "🛑", tr(b->lang, "%s - Trading suspended", "%s - Trading suspendu"),
              reached_text(b->lang, b->f->u.limit.limit));
    figures_line(b, m->doc);
    doc_line(m->doc, "%s",
             tr(b->lang, "No new entries. Open positions keep their stops and targets.",
                "Plus aucune entrée. Les positions ouvertes gardent leurs stops et leurs objectifs."));
    doc_line(m->doc, "%s", until(b));
    struct doc *d = message_add(b, CHANNEL_PERFORMANCE, URGENCY_INFO, false, DOC_BAD, b->ev->market_time)->doc;
    doc_title(d, "📉", "%s",
              tr(b->lang, "Difficult session - Detailed analysis available",
                 "Session difficile - Analyse détaillée disponible"));
    figures_line(b, d);
    doc_line(d, "%s", tr(b->lang, "See /stats and /trades.", "Voir /stats et /operations."));
}

static const char *lifted_text(enum lang lang, enum limit_kind k) {
    static const char *const texts[LIMIT_KIND_COUNT][LANG_COUNT] = {
        [LIMIT_DAILY_LOSS] = {"Daily loss limit", "Perte journalière"},
        [LIMIT_DAILY_TRADES] = {"Trades of the day", "Nombre de trades du jour"},
        [LIMIT_CONSECUTIVE_LOSSES] = {"Losses in a row", "Pertes de suite"},
        [LIMIT_DRAWDOWN] = {"Drawdown", "Drawdown"},
        [LIMIT_WEEKLY_LOSS] = {"Weekly loss limit", "Perte hebdomadaire"},
        [LIMIT_MONTHLY_LOSS] = {"Monthly loss limit", "Perte mensuelle"},
        [LIMIT_ERRORS] = {"System errors", "Erreurs système"},
        [LIMIT_OPEN_RISK] = {"Risk at all stops", "Risque à tous les stops"},
    };
    return texts[k][lang];
}

static void limit_lifted(struct message_build *b) {
    struct message *m = message_add_default(b, DOC_GOOD);
    m->urgency = URGENCY_IMPORTANT;
    doc_title(
        m->doc, "🟢",
        tr(b->lang, "Limit lifted (%s) - Trading is possible again", "Limite levée (%s) - Trading de nouveau possible"),
        lifted_text(b->lang, b->f->u.limit.limit));
    figures_line(b, m->doc);
}

/* An owner let trading go on: said where everybody reads it, with the figures that it was done at. */
static void limit_overridden(struct message_build *b) {
    struct message *m = message_add(b, CHANNEL_ALERTS, URGENCY_IMPORTANT, true, DOC_WARNING, b->ev->wall_time);
    doc_title(m->doc, "🔓", tr(b->lang, "Breaker overridden (%s) by %s", "Coupe-circuit levé (%s) par %s"),
              lifted_text(b->lang, b->f->u.limit.limit), say_actor(b, b->f->u.limit.actor));
    figures_line(b, m->doc);
    doc_line(m->doc, "%s",
             tr(b->lang, "It counts anew from here; the limit itself is as it was.",
                "Il compte à nouveau à partir d’ici\u00a0; la limite elle-même n’a pas changé."));
}

void build_limit(struct message_build *b) {
    switch (b->f->u.limit.event) {
    case LIMIT_NEAR: limit_near(b); return;
    case LIMIT_CAUTIOUS_ON: limit_cautious(b, true); return;
    case LIMIT_CAUTIOUS_OFF: limit_cautious(b, false); return;
    case LIMIT_REACHED:
        if (b->f->u.limit.limit == LIMIT_DAILY_TRADES)
            daily_trades_reached(b);
        else
            limit_reached(b);
        return;
    case LIMIT_LIFTED: limit_lifted(b); return;
    case LIMIT_OVERRIDDEN: limit_overridden(b); return;
    case LIMIT_EVENT_COUNT: break;
    }
    abort();
}

/* ---- pause, resume, sos ---- */

static void pause_lines(struct message_build *b, struct doc *d) {
    uint32_t orders = b->f->u.pause.orders_cancelled, open = b->f->u.pause.trades_open;
    uint32_t closing = b->f->u.pause.trades_closing;
    if (b->f->u.pause.event != PAUSE_OFF) {
        doc_line(d, "%s", tr(b->lang, "No new entries.", "Aucune nouvelle entrée."));
        if (orders > 0)
            doc_line(d, "%s.",
                     say_plural(b, orders, "waiting entry is being cancelled", "waiting entries are being cancelled",
                                "entrée en attente en cours d’annulation", "entrées en attente en cours d’annulation"));
    }
    if (closing > 0)
        doc_line(d, "%s.",
                 say_plural(b, closing, "trade is being closed", "trades are being closed", "trade en cours de clôture",
                            "trades en cours de clôture"));
    bool all = b->f->u.pause.event == PAUSE_SOS || b->f->u.pause.event == PAUSE_FLATTEN;
    if (!all && open > closing) /* those that close are among the open ones */
        doc_line(d, "%s.",
                 say_plural(b, open - closing, "open trade stays managed: stop, target, trailing",
                            "open trades stay managed: stops, targets, trailing",
                            "trade ouvert reste géré" NB ": stop, objectif, suivi",
                            "trades ouverts restent gérés" NB ": stops, objectifs, suivi"));
}

static void pause_title(struct message_build *b, struct doc *d) {
    const char *actor = say_actor(b, b->f->u.pause.actor);
    switch (b->f->u.pause.event) {
    case PAUSE_ON:
        doc_title(d, "⏸️", tr(b->lang, "Trading paused by %s", "Trading mis en pause par %s"), actor);
        return;
    case PAUSE_OFF:
        doc_title(d, "▶️", tr(b->lang, "Trading resumed by %s", "Trading repris par %s"), actor);
        return;
    case PAUSE_SOS:
        doc_title(d, "🆘", tr(b->lang, "SOS by %s - pause, cancel, flatten", "SOS de %s - pause, annulation, clôture"),
                  actor);
        return;
    case PAUSE_FLATTEN:
        doc_title(d, "⏹️",
                  tr(b->lang, "Flatten by %s - pause, cancel, close everything",
                     "Clôture totale par %s - pause, annulation, clôture"),
                  actor);
        return;
    case PAUSE_EVENT_COUNT: break;
    }
    abort();
}

void build_pause(struct message_build *b) {
    bool sos = b->f->u.pause.event == PAUSE_SOS, off = b->f->u.pause.event == PAUSE_OFF;
    /* A person acted: the time that counts is the one on their watch. */
    struct message *m = message_add(b, b->kind->channel, b->kind->urgency, b->kind->critical,
                                    sos   ? DOC_URGENT
                                    : off ? DOC_GOOD
                                          : DOC_WARNING,
                                    b->ev->wall_time);
    if (b->f->u.pause.flatten != 0) snprintf(m->key, sizeof m->key, "flatten:%u", b->f->u.pause.flatten);
    pause_title(b, m->doc);
    pause_lines(b, m->doc);
    if (!sos) return;
    m = message_add(b, CHANNEL_ALERTS, URGENCY_URGENT, true, DOC_URGENT, b->ev->wall_time);
    message_ring(m);
    pause_title(b, m->doc);
    pause_lines(b, m->doc);
}

/* ---- the market ---- */

static const char *market_name(const struct message_build *b) {
    int32_t i = b->f->u.market.instrument;
    return i < 0 ? tr(b->lang, "all symbols", "tous les symboles") : build_symbol(b, (uint32_t)i);
}

static void market_danger(struct message_build *b, struct doc *d) {
    const char *ratio = say_ratio(b, (double)b->f->u.market.ratio_ppm / 1e6, 1);
    d->severity = DOC_WARNING;
    doc_title(d, "⚠️",
              tr(b->lang, "Dangerous market - %s: range %s times the average",
                 "Marché dangereux - %s" NB ": amplitude de %s fois la moyenne"),
              market_name(b), ratio);
}

/* Market time: the close is the market's own. */
static void market_weekend(struct message_build *b, struct doc *d) {
    char closes[WHEN_TEXT_MAX], opens[WHEN_TEXT_MAX];
    uint32_t n = b->f->u.market.trades;
    doc_title(d, "🗓️", tr(b->lang, "%s closes at %s", "%s ferme le %s"), market_name(b),
              when_say(closes, b->lang, b->f->u.market.closes, b->c->zone));
    if (b->f->u.market.opens.ns != 0)
        doc_line(d, tr(b->lang, "It opens again %s.", "Réouverture le %s."),
                 when_say(opens, b->lang, b->f->u.market.opens, b->c->zone));
    doc_line(d, "%s.",
             say_plural(b, n, "trade is open there", "trades are open there", "trade y est ouvert",
                        "trades y sont ouverts"));
    doc_line(
        d, "%s",
        b->f->u.market.flat
            ? tr(b->lang, "Whatever is open will be closed before.", "Tout sera soldé avant.")
            : tr(b->lang,
                 "What is open stays, with its stop; a gap at the opening can jump over a stop (trading.weekend: flat "
                 "closes it).",
                 "Tout reste ouvert avec son stop\u00a0; un écart à la réouverture peut sauter un stop "
                 "(trading.weekend\u00a0: flat solde tout)."));
}

void build_market(struct message_build *b) {
    struct message *m = message_add_default(b, DOC_WARNING);
    const char *name = market_name(b);
    switch (b->f->u.market.event) {
    case MARKET_DANGER: market_danger(b, m->doc); return;
    case MARKET_STALE:
        doc_title(m->doc, "🕰️", tr(b->lang, "Market data is late - %s", "Données de marché en retard - %s"), name);
        doc_line(m->doc, "%s",
                 tr(b->lang, "No new entries until it is back. Stops rest at the broker.",
                    "Aucune nouvelle entrée d’ici leur retour. Les stops restent chez le courtier."));
        return;
    case MARKET_LOST:
        message_ring(m);
        m->doc->severity = DOC_URGENT;
        doc_title(m->doc, "🔌", tr(b->lang, "Market data is lost - %s", "Flux de marché perdu - %s"), name);
        doc_line(
            m->doc, "%s",
            tr(b->lang, "No new entries, and stops no longer follow. They rest at the broker where they are.",
               "Aucune nouvelle entrée, et les stops ne suivent plus. Ils restent chez le courtier, là où ils sont."));
        return;
    case MARKET_WEEKEND: market_weekend(b, m->doc); return;
    case MARKET_BACK:
        m->doc->severity = DOC_GOOD;
        doc_title(m->doc, "🟢", tr(b->lang, "Market data is back - %s", "Données de marché rétablies - %s"), name);
        return;
    case MARKET_ENDED:
        m->channel = CHANNEL_ADMIN;
        m->urgency = URGENCY_INFO;
        m->doc->severity = DOC_PLAIN;
        doc_title(m->doc, "🏁", tr(b->lang, "End of the data - %s", "Fin des données - %s"), name);
        doc_line(m->doc, "%s",
                 tr(b->lang, "The last bar has been read. The bot stays up and answers.",
                    "La dernière bougie est lue. Le bot reste en marche et répond."));
        return;
    case MARKET_EVENT_COUNT: break;
    }
    abort();
}

/* ---- the day ---- */

static const char *profit_factor(const struct message_build *b, const struct stats *s) {
    if (s->gross_loss.v != 0)
        return say_ratio(b, fabs(cash_to_double(s->gross_profit) / cash_to_double(s->gross_loss)), 2);
    return s->gross_profit.v > 0 ? "∞" : "–";
}

/* "8 (5 gagnants, 3 perdants)"; draws are named where there were any. */
static const char *trade_counts(const struct message_build *b, const struct stats *s) {
    const char *won = say_plural(b, s->won, "won", "won", "gagnant", "gagnants");
    const char *lost = say_plural(b, s->lost, "lost", "lost", "perdant", "perdants");
    if (s->flat == 0) return arena_printf(b->arena, "%u (%s, %s)", s->trades, won, lost);
    return arena_printf(b->arena, "%u (%s, %s, %s)", s->trades, won, lost,
                        say_plural(b, s->flat, "flat", "flat", "neutre", "neutres"));
}

static void day_of_trades(struct message_build *b, struct doc *d, const struct stats *s) {
    doc_line(d, tr(b->lang, "📈 Trades: %s", "📈 Trades" NB ": %s"), trade_counts(b, s));
    doc_line(d, tr(b->lang, "🎯 Win rate: %s", "🎯 Win rate" NB ": %s"), say_percent(b, (double)s->won / s->trades));
    if (s->won > 0) doc_line(d, tr(b->lang, "⭐ Best trade: %s", "⭐ Meilleur trade" NB ": %s"), say_gain(b, s->best));
    if (s->lost > 0) doc_line(d, tr(b->lang, "💔 Worst trade: %s", "💔 Pire trade" NB ": %s"), say_gain(b, s->worst));
    doc_line(d, tr(b->lang, "📍 Profit factor: %s", "📍 Profit factor" NB ": %s"), profit_factor(b, s));
    if (s->drawdown_max.v > 0)
        doc_line(d, tr(b->lang, "📉 Max drawdown: %s", "📉 Drawdown maximal" NB ": %s"),
                 say_gain(b, cash_minus(s->drawdown_max)));
    doc_line(d, tr(b->lang, "💸 Fees: %s", "💸 Frais" NB ": %s"), say_cash(b, s->fees));
}

void build_day_closed(struct message_build *b) {
    const struct stats *s = &b->f->u.day.stats;
    char day[WHEN_TEXT_MAX];
    struct doc *d = message_add_default(b, s->net.v > 0 ? DOC_GOOD : s->net.v < 0 ? DOC_BAD : DOC_PLAIN)->doc;
    doc_title(d, "📊", tr(b->lang, "REPORT OF THE DAY - %s", "RAPPORT DU JOUR - %s"),
              day_say(day, b->lang, b->f->u.day.day));
    doc_line(d, tr(b->lang, "💰 Total P&L: %s", "💰 P&L total" NB ": %s"), say_gain(b, s->net));
    if (s->trades > 0)
        day_of_trades(b, d, s);
    else
        doc_line(d, "%s", tr(b->lang, "📈 No trade closed", "📈 Aucun trade fermé"));
    if (s->signals > 0)
        doc_line(d, tr(b->lang, "📡 Signals: %u (%u taken)", "📡 Signaux" NB ": %u (%u pris)"), s->signals, s->taken);
    cash_t change;
    if (cash_sub(b->f->u.day.equity_last, b->f->u.day.equity_first, &change))
        doc_line(d, tr(b->lang, "💼 Equity: %s (%s)", "💼 Capital" NB ": %s (%s)"), say_cash(b, b->f->u.day.equity_last),
                 say_gain(b, change));
    if (b->f->u.day.open_trades > 0)
        doc_line(d, tr(b->lang, "🌙 Still open: %s", "🌙 Encore ouverts" NB ": %s"),
                 say_plural(b, b->f->u.day.open_trades, "trade", "trades", "trade", "trades"));
}
