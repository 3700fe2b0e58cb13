/*
 * cancel: calls back entries that wait at the broker. Less risk, so it acts at once. Stops and
 * targets are no orders here: they go with their trade. What became of each is told twice:
 * at once where the broker answers at once, and in #trades when it does.
 */
#include "commands/parts.h"

static int meant(struct command_ctx *c, struct operator_command *op) {
    const struct arg *a = &c->args[0];
    *op = (struct operator_command){.verb = OP_CANCEL, .instrument = -1};
    if (a->all) return 0;
    op->order = a->order;
    op->trade = (uint32_t)a->number;
    if (!a->order && !a->number) op->instrument = a->instrument;
    return 0;
}

static bool is_meant(const struct operator_command *op, const struct order *o) {
    if (op->order) return o->id == op->order;
    if (op->trade) return o->trade == op->trade;
    return op->instrument < 0 || o->instrument == op->instrument;
}

static const char *outcome(const struct command_ctx *c, const struct order *o) {
    if (!o) return tr(c->lang, "gone", "disparu");
    const char *filled = parts_qty(c, o->filled);
    switch (o->state) {
    case ORDER_CANCELLED:
        if (!o->filled.v) return tr(c->lang, "cancelled", "annulé");
        return arena_printf(
            c->arena, tr(c->lang, "rest cancelled; %s had filled", "reste annulé\u00a0; %s déjà exécutés"), filled);
    case ORDER_FILLED:
        return arena_printf(
            c->arena, tr(c->lang, "too late: filled, trade #%u", "trop tard\u00a0: exécuté, position #%u"), o->trade);
    case ORDER_UNKNOWN:
        return tr(c->lang, "⚠️ without an answer: cancelled when it shows up",
                  "⚠️ sans réponse\u00a0: annulé dès qu’il réapparaît");
    case ORDER_ACCEPTED:
    case ORDER_PARTIAL: return tr(c->lang, "⚠️ refused by the broker", "⚠️ refusé par le courtier");
    case ORDER_REJECTED:
    case ORDER_EXPIRED: return tr(c->lang, "gone at the broker already", "déjà disparu chez le courtier");
    case ORDER_NEW:
    case ORDER_SENT:
    case ORDER_CANCELLING:
    case ORDER_STATE_COUNT: break;
    }
    return tr(c->lang, "asked; the answer comes in #trades", "demandé\u00a0; la réponse arrive dans #trades");
}

static void row(const struct command_ctx *c, const struct order *was, struct doc *d) {
    const struct instrument *i = parts_instrument(c, was->instrument);
    const char *cells[] = {
        arena_printf(c->arena, "#%u", was->trade),
        arena_printf(c->arena, "%s %s %s", parts_side(was->side), parts_qty(c, was->qty), i->symbol),
        outcome(c, engine_order(c->engine, was->id)),
    };
    doc_row(d, cells);
}

static enum exec_result cancel(struct command_ctx *c) {
    struct operator_command op;
    struct order *was = arena_alloc(c->arena, ORDERS_MAX * sizeof *was);
    uint32_t n = 0;
    if (meant(c, &op) < 0) return EXEC_FAILED;
    for (uint32_t i = 0; i < engine_order_count(c->engine); i++) {
        const struct order *o = engine_order_at(c->engine, i);
        if (is_meant(&op, o) && engine_can_cancel(c->engine, o)) was[n++] = *o;
    }
    if (command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    struct doc *d = doc_new(c->arena, c->lang, DOC_NOTICE);
    doc_title(d, "✖️",
              n == 1 ? tr(c->lang, "Cancelling %u waiting entry", "Annulation de %u entrée en attente")
                     : tr(c->lang, "Cancelling %u waiting entries", "Annulation de %u entrées en attente"),
              n);
    doc_column(d, tr(c->lang, "Trade", "Position"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Entry", "Entrée"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Now", "À présent"), DOC_LEFT);
    for (uint32_t i = 0; i < n; i++) row(c, &was[i], d);
    c->doc = d;
    return EXEC_DONE;
}

const struct command cancel_command = {
    .name = "cancel",
    .name_fr = "annuler",
    .summary = {"Calls back entries that wait at the broker, at once",
                "Annule des entrées en attente chez le courtier, tout de suite"},
    .help =
        {"/cancel #17 (the entry of trade 17), /cancel XAUUSD, /cancel all. Stops and targets stay: they go with their "
         "trade (/close). One that fills first is told as filled.",
         "/annuler #17 (l’entrée de la position 17), /annuler XAUUSD, /annuler tout. Stops et objectifs restent\u00a0: "
         "ils suivent leur position (/fermer). Une entrée exécutée entre-temps est annoncée comme telle."},
    .args = {{.name = {"order", "ordre"},
              .summary = {"An order's number, its trade's, a symbol, or all",
                          "Numéro de l’ordre, de sa position, symbole, ou tout"},
              .kind = ARG_ORDER,
              .required = true}},
    .arg_count = 1,
    .role = ROLE_OPERATOR,
    .flags = COMMAND_MONEY,
    .exec = cancel,
};
