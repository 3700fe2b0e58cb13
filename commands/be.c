/*
 * be: stops to break-even, where a close brings the fees of both sides back. It never
 * loosens, so it acts at once; what is refused is said with its figures, and what truly
 * stays at risk there (the slippage allowance) is named.
 */
#include "commands/parts.h"

/* Without a target there must be exactly one open trade: a guess is not made with money. */
static int meant(struct command_ctx *c, struct operator_command *op) {
    const struct arg *a = &c->args[0];
    uint32_t n = engine_trade_count(c->engine);
    *op = (struct operator_command){.verb = OP_BREAK_EVEN, .instrument = -1};
    if (!n) return err_set(&c->err, ERR_REFUSED, "No trade is open.", "Aucune position n’est ouverte.");
    if (a->given) {
        op->trade = (uint32_t)a->number;
        if (!a->all && !a->number) op->instrument = a->instrument;
        return 0;
    }
    op->trade = engine_trade_at(c->engine, 0)->id;
    if (n == 1) return 0;
    return err_set(&c->err, ERR_USAGE, "Which of the %u open trades? Say /be #%u or /be all.",
                   "Laquelle des %u positions ouvertes\u00a0? Dites /be #%u ou /be tout.", n, op->trade);
}

static void moved(const struct command_ctx *c, const struct stop_preview *p, struct doc *d) {
    const struct trade *t = engine_trade(c->engine, p->trade);
    const struct instrument *i = parts_instrument(c, t->instrument);
    doc_line(d, tr(c->lang, "• %s: stop %s → %s; %s", "• %s\u00a0: stop %s → %s\u00a0; %s"), parts_trade(c, t),
             parts_price(c, i, p->before), parts_price(c, i, p->after), parts_risk_left(c, p->risk_after));
}

static enum exec_result be(struct command_ctx *c) {
    struct operator_command op;
    struct stop_preview *p = arena_alloc(c->arena, TRADES_MAX * sizeof *p);
    uint32_t n, good = 0, refused = 0;
    if (meant(c, &op) < 0 || engine_preview_stop(c->engine, &op, p, &n, &c->err) < 0) return EXEC_FAILED;
    struct doc *d = doc_new(c->arena, c->lang, DOC_GOOD);
    for (uint32_t i = 0; i < n; i++) {
        if (p[i].refusal != STOP_OK) continue;
        moved(c, &p[i], d);
        good++;
    }
    for (uint32_t i = 0; i < n; i++) {
        struct err why;
        if (p[i].refusal == STOP_OK) continue;
        engine_stop_refusal(c->engine, &p[i], &why);
        doc_line(d, "⚠️ %s", err_text(&why, c->lang));
        refused++;
    }
    if (command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    if (refused)
        doc_title(d, "📊",
                  tr(c->lang, "Stop to break-even: %u moved, %u not", "Stop au point mort\u00a0: %u déplacés, %u non"),
                  good, refused);
    else
        doc_title(d, "📊",
                  good == 1 ? tr(c->lang, "Stop to break-even: %u trade", "Stop au point mort\u00a0: %u position")
                            : tr(c->lang, "Stops to break-even: %u trades", "Stops au point mort\u00a0: %u positions"),
                  good);
    doc_footer(d, "%s",
               tr(c->lang, "Break-even brings the fees of both sides back; a gap or slippage can still cost",
                  "Le point mort rend les frais des deux côtés\u00a0; un gap ou un glissement peut encore coûter"));
    c->doc = d;
    return EXEC_DONE;
}

const struct command be_command = {
    .name = "be",
    .summary = {"Moves stops to break-even, fees of both sides included",
                "Met les stops au point mort, frais des deux côtés compris"},
    .help = {"/be #17, /be all. Acts at once, never loosens. Refused where the market is not beyond break-even, or the "
             "stop "
             "is better already.",
             "/be #17, /be tout. Agit tout de suite, ne desserre jamais. Refusé si le marché n’a pas dépassé le point "
             "mort, "
             "ou si le stop est déjà meilleur."},
    .args = {{.name = {"target", "cible"},
              .summary = {"A trade's number, a symbol, or all", "Numéro de position, symbole, ou tout"},
              .kind = ARG_TARGET}},
    .arg_count = 1,
    .role = ROLE_OPERATOR,
    .flags = COMMAND_MONEY,
    .exec = be,
};
