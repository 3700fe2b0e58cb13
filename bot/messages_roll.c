/*
 * messages_roll: what is said when a future changes its contract: that it is near, that what is
 * open is being closed, that the next contract has taken over, that a trade did not go on.
 */
#include "bot/messages_build.h"

#include <stdlib.h>

#define NB "\u00a0"
#define NNB "\u202f"

struct roll_words {
    const struct roll_report *r;
    char from[CONTRACT_TEXT_MAX], to[CONTRACT_TEXT_MAX], roll[WHEN_TEXT_MAX], expires[WHEN_TEXT_MAX];
    const char *symbol;
    const struct roll_config *config;
};

static void trades_line(struct message_build *b, struct doc *d) {
    if (b->f->u.roll.trades == 0) return;
    doc_line(d, "%s.",
             say_plural(b, b->f->u.roll.trades, "trade is open there", "trades are open there", "trade y est ouvert",
                        "trades y sont ouverts"));
}

static void warning(struct message_build *b, struct doc *d, const struct roll_words *w) {
    if (w->r->to == 0) {
        doc_title(d, "📆",
                  tr(b->lang, "%s: %s ends on %s, and no contract after it is configured",
                     "%s" NB ": %s prend fin le %s et aucun contrat n’est configuré après lui"),
                  w->symbol, w->from, w->roll);
        doc_line(d, "%s",
                 tr(b->lang,
                    "From then on nothing is opened, and what is open is closed. Add the next one to "
                    "instruments[].contracts.",
                    "Dès lors, plus aucune entrée, et les positions sont soldées. Ajoutez le suivant à "
                    "instruments[].contracts."));
    } else if (w->config->rule == ROLL_VOLUME) {
        doc_title(d, "📆", tr(b->lang, "%s: %s soon gives way to %s", "%s" NB ": %s cède bientôt la place à %s"),
                  w->symbol, w->from, w->to);
        doc_line(d,
                 tr(b->lang, "By volume: trading days in a row on which %s had more: %u of %d.",
                    "Au volume" NB ": jours de bourse d’affilée où %s en a eu davantage" NB ": %u sur %d."),
                 w->to, w->r->days, w->config->volume_days);
    } else {
        doc_title(d, "📆", tr(b->lang, "%s: %s gives way to %s on %s", "%s" NB ": %s cède la place à %s le %s"),
                  w->symbol, w->from, w->to, w->roll);
    }
    doc_line(d, tr(b->lang, "%s expires on %s.", "%s expire le %s."), w->from, w->expires);
    trades_line(b, d);
    if (w->r->to == 0) return;
    doc_line(d, "%s",
             w->r->action == ROLL_OVER
                 ? tr(b->lang,
                      "Whatever is open is closed and opened again in the next contract, stop and target moved by the "
                      "difference in price; where that is not known it is only closed.",
                      "Les positions sont soldées puis reprises sur le contrat suivant, stop et objectif décalés de "
                      "l’écart de prix" NNB "; si cet écart est inconnu, elles sont seulement soldées.")
                 : tr(b->lang, "Whatever is open is closed before (at_roll: roll takes it along).",
                      "Les positions sont soldées avant (at_roll" NB ": roll les reprendrait)."));
}

static void closing(struct message_build *b, struct doc *d, const struct roll_words *w) {
    doc_title(d, "🧾",
              tr(b->lang, "%s: what is open in %s is being closed", "%s" NB ": clôture des positions sur %s"),
              w->symbol, w->from);
    trades_line(b, d);
    if (w->r->to == 0)
        doc_line(d, "%s",
                 tr(b->lang, "The contract ends, and none after it is configured.",
                    "Le contrat prend fin et aucun n’est configuré après lui."));
    else
        doc_line(d, tr(b->lang, "%s takes its place.", "%s prend la suite."), w->to);
    if (w->r->to != 0 && w->r->action == ROLL_OVER)
        doc_line(d, "%s",
                 tr(b->lang, "It cannot be opened again there: the two prices cannot be compared.",
                    "Elles ne peuvent y être reprises" NB ": les deux prix ne sont pas comparables."));
}

static const char *why(const struct message_build *b, const struct roll_words *w) {
    switch (w->r->why) {
    case ROLL_BY_DATE: return tr(b->lang, "By date.", "À la date prévue.");
    case ROLL_BY_VOLUME:
        return arena_printf(
            b->arena, tr(b->lang, "By volume: %s had more for %s.", "Au volume" NB ": %s domine depuis %s."), w->to,
            say_plural(b, w->r->days, "trading day", "trading days", "jour de bourse", "jours de bourse"));
    case ROLL_BY_FALLBACK:
        return tr(b->lang, "By date: there were no two volumes to compare.",
                  "À la date prévue, faute de deux volumes à comparer.");
    case ROLL_BY_EXPIRY:
        return tr(b->lang, "On its last day: the volume had not moved on.",
                  "Au dernier jour" NB ": le volume n’avait pas basculé.");
    case ROLL_BY_DATA:
        return arena_printf(b->arena,
                            tr(b->lang, "%s had no bar for a trading day, and %s had.",
                               "%s n’a plus eu de bougie pendant un jour de bourse, et %s en a eu."),
                            w->from, w->to);
    case ROLL_WHY_COUNT: break;
    }
    abort();
}

static void done(struct message_build *b, struct doc *d, const struct roll_words *w) {
    const struct roll_report *r = w->r;
    doc_title(d, "🔁", tr(b->lang, "%s: change of contract, %s → %s", "%s" NB ": changement de contrat, %s → %s"),
              w->symbol, w->from, w->to);
    doc_line(d, "%s", why(b, w));
    if (r->price_known)
        doc_line(d, tr(b->lang, "Difference between the two prices: %s.", "Écart entre les deux prix" NB ": %s."),
                 say_points(b, r->instrument, r->by));
    if (r->price_known)
        doc_line(d,
                 tr(b->lang, "Levels and structures are those of %s’s own bars; strategies begin anew.",
                    "Niveaux et structures viennent des bougies propres à %s" NNB
                    "; les stratégies repartent de zéro."),
                 w->to);
    else
        doc_line(d, "%s",
                 tr(b->lang, "Levels, structures and strategies begin anew.",
                    "Niveaux, structures et stratégies repartent de zéro."));
    if (r->rolled > 0)
        doc_line(d, "%s.",
                 say_plural(b, r->rolled, "trade goes on there, stop and target moved by the difference",
                            "trades go on there, stops and targets moved by the difference",
                            "trade y est repris, stop et objectif décalés de l’écart",
                            "trades y sont repris, stops et objectifs décalés de l’écart"));
    if (r->trades > r->rolled)
        doc_line(d, "%s.",
                 say_plural(b, r->trades - r->rolled, "trade is being closed", "trades are being closed",
                            "trade en cours de clôture", "trades en cours de clôture"));
}

static void lost(struct message_build *b, struct doc *d, const struct roll_words *w) {
    doc_title(d, "⚠️",
              tr(b->lang, "%s: trade #%u was closed and not opened again in %s",
                 "%s" NB ": le trade n°" NB "%u a été soldé et n’a pas été repris sur %s"),
              w->symbol, w->r->trade, w->from);
    doc_line(d, "%s",
             tr(b->lang, "The database cannot be reached, an order is unanswered, or there are too many orders.",
                "Base de données injoignable, ordre sans réponse ou trop d’ordres à la fois."));
}

void build_roll(struct message_build *b) {
    const struct roll_report *r = &b->f->u.roll;
    const struct instrument *in = build_instrument(b, r->instrument);
    struct message *m = message_add_default(b, DOC_NOTICE);
    struct roll_words w = {.r = r, .symbol = in->symbol, .config = &in->roll};
    contract_say(w.from, in->symbol, r->from);
    contract_say(w.to, in->symbol, r->to);
    day_say(w.roll, b->lang, r->roll);
    day_say(w.expires, b->lang, r->expires);
    switch (r->event) {
    case ROLL_WARNING:
        m->doc->severity = DOC_WARNING;
        warning(b, m->doc, &w);
        return;
    case ROLL_CLOSING: closing(b, m->doc, &w); return;
    case ROLL_DONE: done(b, m->doc, &w); return;
    case ROLL_LOST:
        m->doc->severity = DOC_WARNING;
        message_ring(m);
        lost(b, m->doc, &w);
        return;
    case ROLL_EVENT_COUNT: break;
    }
    abort();
}
