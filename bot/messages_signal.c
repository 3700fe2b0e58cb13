/*
 * messages_signal: what is said of a signal: what the strategy saw, which conditions it met or
 * missed, the levels and the regime it fell into, the size with its arithmetic, and whose word
 * it was. It asks no store.
 */
#include "bot/messages_build.h"

#include <string.h>

#define NB "\u00a0" /* no-break space: before a colon and a unit */

static void title(struct message_build *b, struct doc *d) {
    const struct signal *g = &b->f->u.signal;
    const char *side = say_side(g->side), *symbol = build_symbol(b, g->instrument);
    const char *confidence = say_percent(b, g->confidence / 100.0);
    if (g->taken)
        doc_title(
            d, "🔍",
            tr(b->lang, "%s signal detected - Confidence: %s | %s", "Signal %s détecté - Confiance" NB ": %s | %s"),
            side, confidence, symbol);
    else if (g->refusal == REFUSAL_CONFIDENCE)
        doc_title(d, "⏭️", tr(b->lang, "Signal ignored - %s (%s) | %s %s", "Signal ignoré - %s (%s) | %s %s"),
                  refusal_text(b->arena, b->lang, g->refusal), confidence, side, symbol);
    else
        doc_title(d, "⏭️",
                  tr(b->lang, "Signal ignored - %s | %s %s, confidence: %s",
                     "Signal ignoré - %s | %s %s, confiance" NB ": %s"),
                  refusal_text(b->arena, b->lang, g->refusal), side, symbol, confidence);
}

/* ---- conditions ---- */

static void conditions(struct message_build *b, struct doc *d) {
    const struct signal *g = &b->f->u.signal;
    char asked[GATE_TEXT_MAX];
    if (g->taken)
        doc_field(d, "Conditions", tr(b->lang, "✅ all %u met", "✅ les %u remplies"), engine_gate_count());
    else if (*gate_say(asked, b->lang, g))
        doc_field_wide(d, tr(b->lang, "Condition missed", "Condition manquée"), "❌ %s", asked);
}

static void figure(struct message_build *b, struct doc *d, const char *name, const char *is, const char *least) {
    doc_field(d, name, tr(b->lang, "%s (minimum %s)", "%s (minimum" NB ": %s)"), is, least);
}

/* Each with the least that is asked for, where something is. */
static void figures(struct message_build *b, struct doc *d) {
    const struct signal *g = &b->f->u.signal;
    const struct engine_config *cf = build_config(b);
    uint32_t confidence = cf != NULL ? cf->limits.confidence_min : 0, factors = cf != NULL ? cf->limits.factors_min : 0;
    const char *agreeing = tr(b->lang, "Factors that agree", "Facteurs concordants");
    if (confidence > 0)
        figure(b, d, tr(b->lang, "Confidence", "Confiance"), say_percent(b, g->confidence / 100.0),
               say_percent(b, confidence / 100.0));
    if (g->factors > 0 && factors > 0)
        figure(b, d, agreeing, say_ratio(b, g->factors, 0), say_ratio(b, factors, 0));
    else if (g->factors > 0)
        doc_field(d, agreeing, "%u", g->factors);
}

/* ---- where it fell into ---- */

/* "trend for 14 bars (ADX 31, efficiency 0.42); stop widened × 1.5" */
static void regime_field(struct message_build *b, struct doc *d, const struct signal *g) {
    const struct regime_seen *r = &g->regime;
    const char *widened = "";
    if (r->now == REGIME_UNKNOWN) return;
    if (g->widen_ppm > 0)
        widened = arena_printf(b->arena, tr(b->lang, "; stop widened ×" NB "%s", NB "; stop élargi ×" NB "%s"),
                               say_ratio(b, (double)g->widen_ppm / 1e6, g->widen_ppm % 100000 != 0 ? 2 : 1));
    doc_field(d, tr(b->lang, "Regime", "Régime"),
              tr(b->lang, "%s for %s (ADX %s, efficiency %s)%s", "%s depuis %s (ADX %s, efficacité %s)%s"),
              regime_say(b->lang, r->now), say_plural(b, r->bars, "bar", "bars", "bougie", "bougies"),
              say_ratio(b, (double)r->adx_e6 / 1e6, 0), say_ratio(b, (double)r->efficiency / 1e6, 2), widened);
}

static void confluence_field(struct message_build *b, struct doc *d, const struct signal *g) {
    if (g->confluence[b->lang][0] == '\0') return;
    doc_field_wide(d, "Confluence", tr(b->lang, "🎯 %s: %s", "🎯 %s" NB ": %s"),
                   say_price(b, g->instrument, g->confluence_at), g->confluence[b->lang]);
}

/* ---- the message ---- */

void build_signal(struct message_build *b) {
    const struct signal *g = &b->f->u.signal;
    struct doc *d = message_add_default(b, g->taken ? DOC_NOTICE : DOC_PLAIN)->doc;
    title(b, d);
    if (g->reason[b->lang][0] != '\0') doc_line(d, "%s", g->reason[b->lang]);
    if (!g->taken && g->why_not[b->lang][0] != '\0') doc_line(d, "%s", g->why_not[b->lang]);
    if (g->sizing[b->lang][0] != '\0') doc_line(d, "🧮 %s", g->sizing[b->lang]);
    if (g->halved)
        doc_line(d, "%s", tr(b->lang, "Size halved: cautious mode.", "Taille réduite de moitié" NB ": mode prudence."));
    doc_field(d, tr(b->lang, "Entry", "Entrée"), "%s", say_price(b, g->instrument, g->entry));
    if (g->stop.v != 0) doc_field(d, "Stop", "%s", say_price(b, g->instrument, g->stop));
    if (g->target.v != 0) doc_field(d, tr(b->lang, "Target", "Objectif"), "%s", say_price(b, g->instrument, g->target));
    build_reward_risk(b, d, g->entry, g->stop, g->target);
    if (g->qty.v > 0) doc_field(d, tr(b->lang, "Size", "Taille"), "%s", say_size(b, g->instrument, g->qty));
    if (g->risk.v > 0) doc_field(d, tr(b->lang, "Risk", "Risque"), "%s", say_cash(b, g->risk));
    conditions(b, d);
    figures(b, d);
    regime_field(b, d, g);
    confluence_field(b, d, g);
    doc_footer(d, tr(b->lang, "Signal #%u · %s · %s", "Signal n°" NB "%u · %s · %s"), g->id,
               build_strategy(b, g->strategy), say_word(b, g->strategy));
}
