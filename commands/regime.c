/*
 * regime: trend, range or transition of each followed symbol, for how long, and the figures
 * behind it. Reads the engine only.
 */
#include <string.h>

#include "commands/parts.h"

#define OWN_REGIME "BatailleNavale" /* judges it by a rule of its own */

static const char *bars_text(const struct command_ctx *c, uint64_t n) {
    return arena_printf(c->arena,
                        n == 1 ? tr(c->lang, "%llu bar", "%llu bougie") : tr(c->lang, "%llu bars", "%llu bougies"),
                        (unsigned long long)n);
}

static uint64_t held(const struct market_context *m) {
    return m->regime.since > 0 ? m->bars - m->regime.since + 1 : 0;
}

static bool is_known(const struct market_context *m) {
    return m->regime.now != REGIME_UNKNOWN;
}

static const char *adx(const struct command_ctx *c, const struct market_context *m) {
    return is_known(m) ? parts_number(c, m->regime.adx, 0) : NONE_TEXT;
}

static const char *efficiency(const struct command_ctx *c, const struct market_context *m) {
    return is_known(m) ? parts_number(c, m->regime.efficiency, 2) : NONE_TEXT;
}

static const char *rank(const struct command_ctx *c, const struct market_context *m) {
    return m->regime.samples > 0 ? parts_ratio(c, m->regime.percentile, 0) : NONE_TEXT;
}

/* ---- what it means ---- */

/* Whose entries and stops go by it. */
static void meaning(const struct command_ctx *c, int instrument /* -1: any */, struct doc *d) {
    const struct engine_config *cf = engine_config(c->engine);
    uint32_t readers = 0;
    for (uint32_t i = 0; i < cf->strategy_count; i++) {
        const struct strategy_config *s = &cf->strategies[i];
        bool here = instrument < 0 && s->symbol_count > 0;
        for (uint32_t k = 0; k < s->symbol_count; k++) here |= s->symbols[k] == instrument;
        if (!here) continue;
        if (strcmp(s->name, OWN_REGIME) == 0)
            doc_line(d,
                     tr(c->lang, "%s has a regime of its own, computed otherwise (its parameter regime_gate).",
                        "%s a son propre régime, calculé autrement (son paramètre regime_gate)."),
                     s->label);
        if (!strategy_reads_regime(s)) continue;
        readers++;
        doc_line(d, tr(c->lang, "%s goes by it: %s.", "%s en tient compte\u00a0: %s."), s->label, parts_regimes(c, s));
    }
    if (readers == 0)
        doc_line(d, "%s",
                 tr(c->lang,
                    "For you to read: no strategy has regimes or stop_widen set, so no entry and no stop goes by it.",
                    "À titre indicatif\u00a0: aucune stratégie n’a de regimes ni de stop_widen, donc ni entrée ni stop "
                    "n’en dépend."));
}

/* ---- one symbol, in full ---- */

static void one(struct command_ctx *c, uint16_t at, const struct market_context *m) {
    const struct instrument *in = parts_instrument(c, at);
    const struct regime_state *r = &m->regime;
    struct doc *d = c->doc;
    if (is_known(m))
        doc_title(d, "📐", tr(c->lang, "%s: %s for %s", "%s\u00a0: %s depuis %s"), in->symbol,
                  regime_say(c->lang, r->now), bars_text(c, held(m)));
    else
        doc_title(d, "📐", tr(c->lang, "%s: regime not known yet (%s so far)", "%s\u00a0: régime pas encore connu (%s)"),
                  in->symbol, bars_text(c, m->bars));
    if (is_known(m) && r->candidate_bars > 0)
        doc_field_wide(d, tr(c->lang, "Would become", "Tend vers"), tr(c->lang, "%s, seen for %s", "%s, vu depuis %s"),
                       regime_say(c->lang, r->candidate), bars_text(c, r->candidate_bars));
    doc_field(d, "ADX", "%s", adx(c, m));
    doc_field(d, tr(c->lang, "Efficiency", "Efficacité"), "%s", efficiency(c, m));
    doc_field(d, tr(c->lang, "Volatility rank", "Rang de volatilité"), "%s", rank(c, m));
    doc_field_wide(d, tr(c->lang, "Last break of structure", "Dernière cassure de structure"), "%s",
                   parts_break(c, in, m));
    meaning(c, at, d);
    doc_footer(d,
               tr(c->lang, "Closed bars only, the last one of %s; rules: docs/LEVELS.md",
                  "Bougies closes seulement, la dernière du %s\u00a0; règles\u00a0: docs/LEVELS.md"),
               parts_when(c, m->time));
}

/* ---- all of them ---- */

static const char *way(const struct command_ctx *c, const struct market_context *m) {
    if (!m->trend_known) return NONE_TEXT;
    return m->trend == SIDE_LONG ? tr(c->lang, "▲ up", "▲ hausse") : tr(c->lang, "▼ down", "▼ baisse");
}

static void row(const struct command_ctx *c, uint16_t at, const struct market_context *m, struct doc *d) {
    const char *cells[] = {
        parts_instrument(c, at)->symbol,
        regime_say(c->lang, m->regime.now),
        is_known(m) ? arena_printf(c->arena, "%llu", (unsigned long long)held(m)) : NONE_TEXT,
        adx(c, m),
        efficiency(c, m),
        rank(c, m),
        way(c, m),
    };
    doc_row(d, cells);
}

static void all(struct command_ctx *c) {
    struct doc *d = c->doc;
    doc_title(d, "📐", "%s", tr(c->lang, "Regime of every followed symbol", "Régime de chaque symbole suivi"));
    doc_column(d, tr(c->lang, "Symbol", "Symbole"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Regime", "Régime"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Bars", "Bougies"), DOC_RIGHT);
    doc_column(d, "ADX", DOC_RIGHT);
    doc_column(d, tr(c->lang, "Efficiency", "Efficacité"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Volatility", "Volatilité"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Last break", "Cassure"), DOC_LEFT);
    for (uint16_t i = 0; i < engine_config(c->engine)->instrument_count; i++) {
        const struct market_context *m = engine_context(c->engine, i);
        if (m != NULL) row(c, i, m, d);
    }
    meaning(c, -1, d);
    doc_footer(d, "%s",
               tr(c->lang, "Bars: how long it has held; volatility: its rank among the last samples; closed bars only",
                  "Bougies\u00a0: depuis combien il tient\u00a0; volatilité\u00a0: son rang parmi les derniers "
                  "relevés\u00a0; bougies closes seulement"));
}

static enum exec_result regime(struct command_ctx *c) {
    uint32_t followed = 0;
    int at = -1;
    for (uint16_t i = 0; i < engine_config(c->engine)->instrument_count; i++) {
        if (engine_context(c->engine, i) == NULL) continue;
        followed++;
        at = i;
    }
    if (c->args[0].given) at = engine_config_instrument(engine_config(c->engine), c->args[0].text);
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    const struct market_context *m = at >= 0 ? engine_context(c->engine, (uint16_t)at) : NULL;
    if (m == NULL)
        doc_title(c->doc, "📭", "%s",
                  tr(c->lang, "No bar yet, so no regime", "Pas encore de bougie, donc pas de régime"));
    else if (followed > 1 && !c->args[0].given)
        all(c);
    else
        one(c, (uint16_t)at, m);
    return EXEC_DONE;
}

const struct command regime_command = {
    .name = "regime",
    .summary = {"Trend, range or transition of each symbol, for how long, with its figures",
                "Tendance, range ou transition de chaque symbole, depuis quand, avec les chiffres"},
    .help = {"/regime (every symbol), /regime XAUUSD. The rules: docs/LEVELS.md",
             "/regime (tous les symboles), /regime XAUUSD. Les règles\u00a0: docs/LEVELS.md"},
    .args = {{.name = {"symbol", "symbole"}, .summary = {"A symbol in use", "Un symbole suivi"}, .kind = ARG_SYMBOL}},
    .arg_count = 1,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = regime,
};
