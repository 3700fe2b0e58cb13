/* trades: the last closed trades, newest first, from the store. */
#include "commands/parts.h"

#define TRADES_SHOWN 10
#define TRADES_SHOWN_MAX 50

struct listing {
    struct command_ctx *c;
    struct doc *doc;
    uint32_t n;
    cash_t net;
    bool overflow;
};

static const char *r_text(const struct command_ctx *c, const struct trade *t, cash_t net) {
    if (t->risk.v <= 0) return NONE_TEXT;
    return arena_printf(c->arena, "%s\u00a0R", parts_number(c, (double)net.v / (double)t->risk.v, 2));
}

static void trade_row(void *arg, const struct trade_row *r) {
    struct listing *l = arg;
    const struct command_ctx *c = l->c;
    const struct trade *t = &r->trade;
    const struct instrument *i = parts_instrument_named(c, r->symbol);
    cash_t net = CASH_ZERO;
    if (!trade_net(t, &net) || !cash_add(l->net, net, &l->net)) l->overflow = true;
    l->n++;
    const char *cells[] = {
        arena_printf(c->arena, "#%u", t->id),
        parts_when(c, t->closed),
        parts_contract(c, r->symbol, t),
        arena_printf(c->arena, "%s %s", parts_side(t->side), parts_qty(c, t->qty_entered)),
        arena_printf(c->arena, "%s → %s", parts_price(c, i, t->entry), parts_price(c, i, t->exit)),
        parts_close_reason(c, t->reason),
        parts_gain(c, net),
        r_text(c, t, net),
    };
    doc_row(l->doc, cells);
}

static void done(void *arg, const struct err *failed) {
    struct listing *l = arg;
    struct command_ctx *c = l->c;
    if (failed) {
        c->err = *failed;
        command_finish(c);
        return;
    }
    c->doc = l->doc;
    if (!l->n) {
        c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
        doc_title(c->doc, "📭", "%s", tr(c->lang, "No closed trade yet", "Aucun trade clôturé pour l’instant"));
    } else {
        doc_title(c->doc, "📜", tr(c->lang, "Last trades (%u): %s", "Derniers trades (%u)\u00a0: %s"), l->n,
                  l->overflow ? NONE_TEXT : parts_gain(c, l->net));
        doc_footer(c->doc, "%s",
                   tr(c->lang,
                      "Net of fees. R: the result in units of the first risk. /why #N tells one trade's story.",
                      "Net de frais. R\u00a0: résultat en unités du risque initial. /pourquoi #N raconte un trade."));
    }
    command_finish(c);
}

static enum exec_result trades(struct command_ctx *c) {
    struct listing *l = arena_alloc(c->arena, sizeof *l);
    struct store_filter f = {.only_closed = true, .from = WHEN_NONE, .to = WHEN_NONE};
    *l = (struct listing){.c = c, .doc = doc_new(c->arena, c->lang, DOC_PLAIN)};
    f.limit = c->args[0].given ? (uint32_t)c->args[0].number : TRADES_SHOWN;
    f.symbol = c->args[1].given ? c->args[1].text : "";
    doc_column(l->doc, tr(c->lang, "No.", "N°"), DOC_RIGHT);
    doc_column(l->doc, tr(c->lang, "Closed", "Clôture"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Symbol", "Symbole"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Size", "Taille"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Entry → exit", "Entrée → sortie"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "By", "Par"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Net", "Net"), DOC_RIGHT);
    doc_column(l->doc, "R", DOC_RIGHT);
    store_trades(c->store, &f, trade_row, done, l);
    return EXEC_WAIT;
}

const struct command trades_command = {
    .name = "trades",
    .name_fr = "operations",
    .summary = {"The last closed trades", "Les derniers trades clôturés"},
    .help = {"/trades, /trades 20, /trades XAUUSD, /trades 20 XAUUSD",
             "/operations, /operations 20, /operations XAUUSD, /operations 20 XAUUSD"},
    .args = {{.name = {"count", "nombre"},
              .summary = {"How many", "Combien"},
              .kind = ARG_INT,
              .min = 1,
              .max = TRADES_SHOWN_MAX},
             {.name = {"symbol", "symbole"},
              .summary = {"Only this symbol", "Ce symbole seulement"},
              .kind = ARG_SYMBOL}},
    .arg_count = 2,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = trades,
};
