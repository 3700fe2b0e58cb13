/* close: closes trades, whole or in part, after one confirmation with what it would bring. */
#include "commands/parts.h"
#include "engine/base/hash.h"

/* What is meant. Without a target there must be exactly one open trade: a guess is not made with money. */
static int meant(struct command_ctx *c, struct operator_command *op) {
    const struct arg *target = &c->args[0], *percent = &c->args[1];
    *op = (struct operator_command){
        .verb = OP_CLOSE, .instrument = -1, .percent = percent->given ? (int32_t)percent->number : 100};
    uint32_t n = engine_trade_count(c->engine);
    if (!n) return err_set(&c->err, ERR_REFUSED, "No trade is open.", "Aucune position n’est ouverte.");
    if (!target->given) {
        const struct trade *only = engine_trade_at(c->engine, 0);
        op->trade = only->id;
        if (n == 1) return 0;
        return err_set(&c->err, ERR_USAGE,
                       "Close which of the %u open trades? Say /close #%u, /close %s or /close all.",
                       "Laquelle des %u positions ouvertes\u00a0? Dites /fermer #%u, /fermer %s ou /fermer tout.", n,
                       only->id, parts_instrument(c, only->instrument)->symbol);
    }
    if (target->all) return 0;
    if (target->number) {
        op->trade = (uint32_t)target->number;
        if (engine_trade(c->engine, op->trade)) return 0;
        return err_set(&c->err, ERR_NOT_FOUND, "Trade #%u is not open; /positions lists those that are.",
                       "La position #%u n’est pas ouverte\u00a0; /positions liste celles qui le sont.", op->trade);
    }
    op->instrument = target->instrument;
    for (uint32_t i = 0; i < n; i++)
        if (engine_trade_at(c->engine, i)->instrument == op->instrument) return 0;
    return err_set(&c->err, ERR_NOT_FOUND, "No trade is open in %s; /positions lists those that are.",
                   "Aucune position n’est ouverte sur %s\u00a0; /positions liste celles qui le sont.", target->text);
}

/* The engine's digest says what it looked at; what was asked belongs to it. */
static uint64_t state_of(const struct operator_command *op, const struct close_preview *p) {
    int64_t asked[] = {op->trade, op->instrument, op->percent, (int64_t)p->state};
    return hash64(asked, sizeof asked, 0);
}

static enum exec_result close_preview(struct command_ctx *c, uint64_t *state) {
    struct operator_command op;
    struct close_preview *p = arena_alloc(c->arena, sizeof *p);
    if (meant(c, &op) < 0 || engine_preview_close(c->engine, &op, p, &c->err) < 0) return EXEC_FAILED;
    *state = state_of(&op, p);
    struct doc *d = doc_new(c->arena, c->lang, DOC_NOTICE);
    const char *what = p->trades == 1 ? parts_trade(c, engine_trade(c->engine, p->item[0].trade))
                                      : arena_printf(c->arena, tr(c->lang, "%u trades", "%u positions"), p->trades);
    if (op.percent < 100)
        what = arena_printf(c->arena, tr(c->lang, "%s of %s", "%s de %s"), parts_ratio(c, op.percent / 100.0, 0), what);
    doc_title(d, "❓", tr(c->lang, "Close %s? %s", "Clôturer %s\u00a0? %s"), what, parts_gain(c, p->result));
    parts_close_rows(c, p, d);
    doc_field(d, tr(c->lang, "Result after fees", "Résultat après frais"), "%s", parts_gain(c, p->result));
    parts_day_loss_field(c, d);
    parts_market_field(c, d);
    c->doc = d;
    return EXEC_DONE;
}

static enum exec_result close_exec(struct command_ctx *c) {
    struct operator_command op;
    struct close_preview *p = arena_alloc(c->arena, sizeof *p);
    if (meant(c, &op) < 0 || engine_preview_close(c->engine, &op, p, &c->err) < 0) return EXEC_FAILED;
    struct doc *d = doc_new(c->arena, c->lang, DOC_GOOD);
    parts_close_rows(c, p, d);
    if (command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    doc_title(d, "✅",
              p->trades == 1 ? tr(c->lang, "Closing %u trade: about %s", "Clôture de %u position\u00a0: environ %s")
                             : tr(c->lang, "Closing %u trades: about %s", "Clôture de %u positions\u00a0: environ %s"),
              p->trades, parts_gain(c, p->result));
    parts_market_field(c, d);
    doc_footer(d, "%s", tr(c->lang, "The fills come in #trades", "Les exécutions arrivent dans #trades"));
    c->doc = d;
    return EXEC_DONE;
}

const struct command close_command = {
    .name = "close",
    .name_fr = "fermer",
    .summary = {"Closes trades, whole or in part, after one confirmation",
                "Clôture des positions, tout ou partie, après confirmation"},
    .help = {"/close #17, /close XAUUSD 50, /close all. Shows size, price and result after fees, then asks once.",
             "/fermer #17, /fermer XAUUSD 50, /fermer tout. Montre taille, prix et résultat après frais, puis demande "
             "une fois."},
    .args = {{.name = {"target", "cible"},
              .summary = {"A trade's number, a symbol, or all", "Numéro de position, symbole, ou tout"},
              .kind = ARG_TARGET},
             {.name = {"percent", "pourcent"},
              .summary = {"How much of it, 1 to 100; all where not said",
                          "Quelle part, de 1 à 100\u00a0; tout si rien n’est dit"},
              .kind = ARG_PERCENT,
              .min = 1,
              .max = 100}},
    .arg_count = 2,
    .role = ROLE_OPERATOR,
    .flags = COMMAND_MONEY | COMMAND_CONFIRM,
    .exec = close_exec,
    .preview = close_preview,
};
