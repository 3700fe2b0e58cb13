/*
 * messages_signal: what is said of a signal: what the strategy saw, which conditions it met or
 * missed, the levels and the regime it fell into, the size with its arithmetic. Levels and
 * regime are the engine's as it stands: a message is made in the turn of its event, before the
 * next bar, so they are those of the signal's own bar. It asks no store.
 */
#include "bot/messages_build.h"

#include <string.h>

#define NB "\u00a0"    /* no-break space: before a colon and a unit */
#define NEAR_ATR 1.0   /* a confluence so far from the entry is named */
#define NEAR_SHARE 500 /* without an ATR: within a five-hundredth of the price */
#define CONFLUENCE_TEXT 400

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

static bool is_near(price_t entry, int64_t within, const struct confluence *f) {
    return f->low.v <= entry.v + within && f->high.v >= entry.v - within;
}

/* The weightiest one near the entry, named. */
static void confluence_field(struct message_build *b, struct doc *d, const struct market_context *m) {
    const struct signal *g = &b->f->u.signal;
    const struct engine_config *cf = build_config(b);
    const struct instrument *in = build_instrument(b, g->instrument);
    struct nearby *list = arena_alloc(b->arena, NEARBY_MAX * sizeof *list);
    struct confluence *found = arena_alloc(b->arena, CONFLUENCES_MAX * sizeof *found);
    price_t tolerance = context_tolerance(m, &cf->levels, in);
    int64_t within = m->atr > 0 ? (int64_t)(m->atr * NEAR_ATR) : g->entry.v / NEAR_SHARE;
    price_t around = {within + 2 * tolerance.v}; /* so that none at the edge is seen by half */
    uint32_t n = context_nearby(m, in, &cf->calendars, g->entry, around, list);
    n = context_confluences(list, n, tolerance, found);
    for (uint32_t i = 0; i < n; i++) {
        char text[CONFLUENCE_TEXT];
        if (!is_near(g->entry, within, &found[i])) continue;
        confluence_say(text, sizeof text, b->lang, &cf->calendars, list, &found[i]);
        doc_field_wide(d, "Confluence", tr(b->lang, "🎯 %s: %s", "🎯 %s" NB ": %s"),
                       say_price(b, g->instrument, found[i].low), text);
        return;
    }
}

static void regime_field(struct message_build *b, struct doc *d, const struct market_context *m) {
    const struct regime_state *r = &m->regime;
    if (r->now == REGIME_UNKNOWN) return;
    doc_field(d, tr(b->lang, "Regime", "Régime"),
              tr(b->lang, "%s for %s (ADX %s, efficiency %s)", "%s depuis %s (ADX %s, efficacité %s)"),
              regime_say(b->lang, r->now), say_plural(b, m->bars - r->since + 1, "bar", "bars", "bougie", "bougies"),
              say_ratio(b, r->adx, 0), say_ratio(b, r->efficiency, 2));
}

/* ---- the message ---- */

void build_signal(struct message_build *b) {
    const struct signal *g = &b->f->u.signal;
    struct doc *d = message_add_default(b, g->taken ? DOC_NOTICE : DOC_PLAIN)->doc;
    const struct market_context *m = build_config(b) != NULL ? build_context(b, g->instrument) : NULL;
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
    if (m != NULL) {
        regime_field(b, d, m);
        confluence_field(b, d, m);
    }
    doc_footer(d, tr(b->lang, "Signal #%u · %s", "Signal n°" NB "%u · %s"), g->id, build_strategy(b, g->strategy));
}
