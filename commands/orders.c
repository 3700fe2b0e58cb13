/* orders: what is under way at the broker and not final yet. */
#include "commands/parts.h"

static const char *state_text(const struct command_ctx *c, enum order_state s) {
    static const char *const names[][LANG_COUNT] = {
        [ORDER_NEW] = {"new", "nouveau"},
        [ORDER_SENT] = {"sent", "envoyé"},
        [ORDER_ACCEPTED] = {"accepted", "accepté"},
        [ORDER_PARTIAL] = {"partly filled", "exécuté en partie"},
        [ORDER_FILLED] = {"filled", "exécuté"},
        [ORDER_CANCELLING] = {"cancelling", "annulation en cours"},
        [ORDER_CANCELLED] = {"cancelled", "annulé"},
        [ORDER_REJECTED] = {"rejected", "refusé"},
        [ORDER_EXPIRED] = {"expired", "expiré"},
        [ORDER_UNKNOWN] = {"unknown ⚠️", "inconnu ⚠️"},
    };
    _Static_assert(sizeof names / sizeof names[0] == ORDER_STATE_COUNT, "a name for every state");
    return names[s][c->lang];
}

static const char *type_text(const struct command_ctx *c, enum order_type t) {
    static const char *const names[][LANG_COUNT] = {
        [ORDER_MARKET] = {"market", "au marché"},
        [ORDER_LIMIT] = {"limit", "limite"},
        [ORDER_STOP] = {"stop", "stop"},
    };
    _Static_assert(sizeof names / sizeof names[0] == ORDER_TYPE_COUNT, "a name for every type");
    return names[t][c->lang];
}

static void row(const struct command_ctx *c, const struct order *o, struct doc *d) {
    const struct instrument *i = parts_instrument(c, o->instrument);
    const char *role = o->role == ROLE_ENTRY ? tr(c->lang, "entry", "entrée") : tr(c->lang, "exit", "sortie");
    const char *side = o->side == SIDE_LONG ? tr(c->lang, "buy", "achat") : tr(c->lang, "sell", "vente");
    const char *cells[] = {
        arena_printf(c->arena, "%llu", (unsigned long long)o->id),
        o->trade ? arena_printf(c->arena, "#%u", o->trade) : NONE_TEXT,
        i->symbol,
        arena_printf(c->arena, "%s, %s", side, role),
        type_text(c, o->type),
        o->filled.v ? arena_printf(c->arena, "%s / %s", parts_qty(c, o->filled), parts_qty(c, o->qty))
                    : parts_qty(c, o->qty),
        parts_price(c, i, o->price),
        state_text(c, o->state),
    };
    doc_row(d, cells);
}

static enum exec_result orders(struct command_ctx *c) {
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    uint32_t n = engine_order_count(c->engine);
    c->doc = d;
    if (!n) {
        doc_title(d, "📭", "%s", tr(c->lang, "No order under way", "Aucun ordre en cours"));
        doc_line(d, "%s",
                 tr(c->lang, "Stops and targets rest with their trades: /positions.",
                    "Stops et objectifs sont posés avec les positions\u00a0: /positions."));
        return EXEC_DONE;
    }
    doc_title(d, "📋",
              n == 1 ? tr(c->lang, "%u order under way", "%u ordre en cours")
                     : tr(c->lang, "%u orders under way", "%u ordres en cours"),
              n);
    doc_column(d, tr(c->lang, "Order", "Ordre"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Trade", "Position"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Symbol", "Symbole"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Side", "Sens"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Type", "Type"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Size", "Taille"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Price", "Prix"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "State", "État"), DOC_LEFT);
    for (uint32_t i = 0; i < n; i++) row(c, engine_order_at(c->engine, i), d);
    return EXEC_DONE;
}

const struct command orders_command = {
    .name = "orders",
    .name_fr = "ordres",
    .summary = {"Orders under way at the broker", "Ordres en cours chez le courtier"},
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = orders,
};
