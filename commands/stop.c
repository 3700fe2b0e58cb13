/*
 * stop: moves the stop of one trade. Tighter acts at once; looser puts more at risk, so it
 * shows the money before and after and asks, and is refused past a limit. The price that
 * is meant is worked out before anybody is asked: a confirmation is for a price.
 */
#include "commands/parts.h"
#include "engine/base/hash.h"

static int read(struct command_ctx *c, struct operator_command *op, struct stop_preview *p) {
    uint32_t n;
    struct stop_preview *all = arena_alloc(c->arena, TRADES_MAX * sizeof *all);
    *op = (struct operator_command){.verb = OP_STOP, .instrument = -1, .trade = (uint32_t)c->args[0].number};
    if (engine_stop_price(c->engine, op->trade, &c->args[1].level, &op->price, &c->err) < 0) return -1;
    if (engine_preview_stop(c->engine, op, all, &n, &c->err) < 0) return -1;
    *p = all[0];
    return 0;
}

/* The grid moved what was written: said, so that nobody looks for the price in vain. */
static void rounded(const struct command_ctx *c, const struct operator_command *op, const struct instrument *i,
                    struct doc *d) {
    const struct stop_level *l = &c->args[1].level;
    if (l->unit != STOP_AT_PRICE || l->v == op->price.v) return;
    doc_line(d,
             tr(c->lang, "Rounded to the tick of %s, to the side of less risk.",
                "Arrondi au tick de %s, du côté du moindre risque."),
             parts_price(c, i, i->tick));
}

static void figures(const struct command_ctx *c, const struct operator_command *op, const struct stop_preview *p,
                    struct doc *d) {
    const struct trade *t = engine_trade(c->engine, p->trade);
    const struct instrument *i = parts_instrument(c, t->instrument);
    doc_field(d, tr(c->lang, "Position", "Position"), "%s", parts_trade(c, t));
    doc_field(d, tr(c->lang, "Stop", "Stop"), "%s → %s", parts_price(c, i, p->before), parts_price(c, i, p->after));
    doc_field(d, tr(c->lang, "Entry", "Entrée"), "%s", parts_price(c, i, t->entry));
    doc_field(d, tr(c->lang, "A close now gets", "Une clôture obtiendrait"), "%s", parts_price(c, i, p->market));
    doc_field(d, tr(c->lang, "Before", "Avant"), "%s", parts_risk_left(c, p->risk_before));
    doc_field(d, tr(c->lang, "After", "Après"), "%s", parts_risk_left(c, p->risk_after));
    rounded(c, op, i, d);
}

static void follows(const struct command_ctx *c, struct doc *d) {
    const struct management *m = &engine_config(c->engine)->management;
    if (!m->trailing && !m->break_even_r_ppm) return;
    doc_line(d, "%s",
             tr(c->lang, "It stays there until the trade does better than it has done so far; then it follows again.",
                "Il y reste tant que la position ne fait pas mieux que son meilleur prix\u00a0; ensuite il suit à "
                "nouveau."));
}

static enum exec_result stop_preview(struct command_ctx *c, uint64_t *state) {
    struct operator_command op;
    struct stop_preview p;
    cash_t more;
    if (read(c, &op, &p) < 0) return EXEC_FAILED;
    if (!p.looser) return EXEC_UNASKED;
    const struct trade *t = engine_trade(c->engine, p.trade);
    int64_t seen[] = {p.trade, t->qty.v, p.before.v, p.after.v};
    *state = hash64(seen, sizeof seen, 4);
    struct doc *d = doc_new(c->arena, c->lang, DOC_WARNING);
    if (!cash_sub(p.risk_after, p.risk_before, &more)) more = CASH_ZERO;
    doc_title(d, "❓",
              tr(c->lang, "Loosen the stop of #%u to %s? %s more at risk",
                 "Desserrer le stop de #%u à %s\u00a0? %s de plus en risque"),
              p.trade, parts_price(c, parts_instrument(c, t->instrument), p.after), parts_cash(c, more));
    figures(c, &op, &p, d);
    parts_day_loss_field(c, d);
    c->doc = d;
    return EXEC_DONE;
}

static enum exec_result stop(struct command_ctx *c) {
    struct operator_command op;
    struct stop_preview p;
    if (read(c, &op, &p) < 0) return EXEC_FAILED;
    struct doc *d = doc_new(c->arena, c->lang, p.looser ? DOC_WARNING : DOC_GOOD);
    const struct instrument *i = parts_instrument(c, engine_trade(c->engine, p.trade)->instrument);
    figures(c, &op, &p, d);
    if (command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    doc_title(d, "📊", tr(c->lang, "Stop of #%u → %s | %s", "Stop de #%u → %s | %s"), p.trade,
              parts_price(c, i, p.after), parts_risk_left(c, p.risk_after));
    follows(c, d);
    doc_footer(d, "%s",
               tr(c->lang, "Fees included; a gap or slippage can still cost more",
                  "Frais compris\u00a0; un gap ou un glissement peut coûter davantage"));
    c->doc = d;
    return EXEC_DONE;
}

const struct command stop_command = {
    .name = "stop",
    .summary = {"Moves a trade's stop; tighter at once, looser after one confirmation",
                "Déplace le stop d’une position\u00a0; plus serré tout de suite, plus large après accord"},
    .help =
        {"/stop 17 2410.5 (this price); /stop 17 50 ticks, /stop 17 1% (behind the market); /stop 17 -12$, /stop 17 "
         "+10 "
         "ticks (from the entry: minus loses, plus keeps a gain). A comma is a decimal point.",
         "/stop 17 2410,5 (ce prix)\u00a0; /stop 17 50 ticks, /stop 17 1\u00a0% (derrière le marché)\u00a0; /stop 17 "
         "-12\u00a0$, /stop 17 +10 ticks (depuis l’entrée\u00a0: moins perd, plus garde un gain). La virgule est "
         "décimale."},
    .args = {{.name = {"trade", "position"},
              .summary = {"A trade's number. To stop trading: /pause, or /sos",
                          "Numéro de la position. Pour arrêter le trading\u00a0: /pause, ou /sos"},
              .kind = ARG_TRADE,
              .required = true},
             {.name = {"level", "niveau"},
              .summary = {"A price (2410.5), or a distance: 50 ticks, 1%, -12$",
                          "Un prix (2410,5), ou une distance\u00a0: 50 ticks, 1\u00a0%, -12\u00a0$"},
              .kind = ARG_LEVEL,
              .required = true}},
    .arg_count = 2,
    .role = ROLE_OPERATOR,
    .flags = COMMAND_MONEY | COMMAND_CONFIRM | COMMAND_SOMETIMES,
    .exec = stop,
    .preview = stop_preview,
};
