/* positions: open trades with what they would bring now, their stop and target, and what is truly still at risk. */
#include "commands/parts.h"

static const char *stop_text(const struct command_ctx *c, const struct instrument *i, const struct trade *t) {
    const char *mark = t->protection == PROTECTION_RESTING ? "" : t->protection == PROTECTION_NONE ? " ⚠️" : " ⏳";
    if (!t->stop.v) return tr(c->lang, "none ⚠️", "aucun ⚠️");
    return arena_printf(c->arena, "%s%s%s", parts_price(c, i, t->stop),
                        t->at_break_even ? tr(c->lang, " (BE)", " (BE)") : "", mark);
}

static void columns(const struct command_ctx *c, struct doc *d) {
    doc_column(d, tr(c->lang, "No.", "N°"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Symbol", "Symbole"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Size", "Taille"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Entry", "Entrée"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Net P&L", "P&L net"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Stop", "Stop"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Target", "Objectif"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "At risk", "Risque"), DOC_RIGHT);
}

static void row(const struct command_ctx *c, const struct trade *t, struct doc *d) {
    const struct instrument *i = parts_instrument(c, t->instrument);
    cash_t net;
    const char *cells[] = {
        arena_printf(c->arena, "#%u", t->id),
        parts_contract(c, i->symbol, t),
        arena_printf(c->arena, "%s %s", parts_side(t->side), parts_qty(c, t->qty)),
        parts_price(c, i, t->entry),
        engine_trade_pnl(c->engine, t, &net) ? parts_gain(c, net) : NONE_TEXT,
        stop_text(c, i, t),
        parts_price(c, i, t->target),
        parts_at_risk(c, t),
    };
    doc_row(d, cells);
}

static void notes(const struct command_ctx *c, struct doc *d) {
    bool break_even = false, waiting = false, naked = false;
    for (uint32_t i = 0; i < engine_trade_count(c->engine); i++) {
        const struct trade *t = engine_trade_at(c->engine, i);
        break_even |= t->at_break_even;
        naked |= t->protection == PROTECTION_NONE;
        waiting |= t->protection == PROTECTION_PENDING || t->protection == PROTECTION_UNKNOWN;
    }
    if (break_even)
        doc_line(d, "%s",
                 tr(c->lang, "BE: the stop is at break-even; “At risk” says what fees and spread still cost there.",
                    "BE\u00a0: le stop est au point mort\u00a0; «\u00a0Risque\u00a0» dit ce que frais et écart coûtent "
                    "encore."));
    if (waiting)
        doc_line(d, "%s",
                 tr(c->lang, "⏳: the broker has not confirmed this stop yet.",
                    "⏳\u00a0: le courtier n’a pas encore confirmé ce stop."));
    if (naked)
        doc_line(d, "%s",
                 tr(c->lang, "⚠️: no stop rests at the broker.",
                    "⚠️\u00a0: aucun stop n’est posé chez le courtier."));
}

/* The sum of the rows. */
static cash_t sum_of(const struct command_ctx *c) {
    cash_t sum = CASH_ZERO, net;
    for (uint32_t i = 0; i < engine_trade_count(c->engine); i++)
        if (engine_trade_pnl(c->engine, engine_trade_at(c->engine, i), &net)) cash_add(sum, net, &sum);
    return sum;
}

static enum exec_result positions(struct command_ctx *c) {
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    uint32_t n = engine_trade_count(c->engine);
    c->doc = d;
    if (!n) {
        doc_title(d, "📭", "%s", tr(c->lang, "No open trade", "Aucune position ouverte"));
        return EXEC_DONE;
    }
    cash_t sum = sum_of(c);
    d->severity = sum.v < 0 ? DOC_BAD : DOC_GOOD;
    doc_title(d, "📂",
              n == 1 ? tr(c->lang, "%u open trade: %s", "%u position ouverte\u00a0: %s")
                     : tr(c->lang, "%u open trades: %s", "%u positions ouvertes\u00a0: %s"),
              n, parts_gain(c, sum));
    columns(c, d);
    for (uint32_t i = 0; i < n; i++) row(c, engine_trade_at(c->engine, i), d);
    notes(c, d);
    doc_footer(d, "%s",
               tr(c->lang, "P&L as if closed now, fees included",
                  "P&L comme si tout était clôturé maintenant, frais compris"));
    return EXEC_DONE;
}

const struct command positions_command = {
    .name = "positions",
    .summary = {"Open trades: net P&L, stop, target, what is still at risk",
                "Positions ouvertes\u00a0: P&L net, stop, objectif, risque restant"},
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = positions,
};
