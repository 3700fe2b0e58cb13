/* status: one look at everything that matters now. Reads the facade only. */
#include "commands/parts.h"

static void headline(const struct command_ctx *c, const struct engine_status *st, struct doc *d) {
    if (st->paused) {
        d->severity = DOC_WARNING;
        doc_title(d, "⏸️", "%s", tr(c->lang, "Paused: no new trades", "En pause\u00a0: aucune nouvelle position"));
    } else if (st->suspended) {
        d->severity = DOC_WARNING;
        doc_title(d, "🛑", tr(c->lang, "Suspended by a limit: %s", "Suspendu par une limite\u00a0: %s"),
                  parts_limit(c, st->suspended_by));
    } else if (st->strategies && st->strategies_off == st->strategies) {
        d->severity = DOC_WARNING;
        doc_title(d, "⏹️", "%s",
                  tr(c->lang, "Every strategy is off: no new trades",
                     "Toutes les stratégies sont arrêtées\u00a0: aucune nouvelle position"));
    } else if (st->cautious) {
        d->severity = DOC_NOTICE;
        doc_title(d, "⚠️", "%s",
                  tr(c->lang, "Trading in cautious mode: sizes are halved",
                     "Trading en mode prudence\u00a0: tailles divisées par deux"));
    } else {
        d->severity = DOC_GOOD;
        doc_title(d, "🟢", "%s", tr(c->lang, "Trading", "Trading en cours"));
    }
}

static const char *strategies_off(const struct command_ctx *c) {
    const struct engine_config *cf = engine_config(c->engine);
    const char *text = "";
    for (uint16_t i = 0; i < cf->strategy_count; i++) {
        struct strategy_state s;
        if (!cf->strategies[i].symbol_count || !engine_strategy(c->engine, i, &s) || s.on) continue;
        text = arena_printf(c->arena, "%s%s%s", text, *text ? ", " : "", cf->strategies[i].label);
    }
    return text;
}

static void states(const struct command_ctx *c, const struct engine_status *st, struct doc *d) {
    const char *yes = tr(c->lang, "yes", "oui"), *no = tr(c->lang, "no", "non");
    if (st->paused)
        doc_field(d, tr(c->lang, "Paused by", "En pause par"), tr(c->lang, "%s, since %s", "%s, depuis le %s"),
                  parts_actor(c, st->paused_by), parts_when(c, st->paused_at));
    else
        doc_field(d, tr(c->lang, "Paused", "En pause"), "%s", no);
    if (parts_flatten(c)) doc_field(d, tr(c->lang, "Closing everything", "Clôture de tout"), "%s", parts_flatten(c));
    if (st->suspended)
        doc_field(d, tr(c->lang, "Suspended", "Suspendu"),
                  tr(c->lang, "%s, until the next trading day", "%s, jusqu’au prochain jour de trading"),
                  parts_limit(c, st->suspended_by));
    else
        doc_field(d, tr(c->lang, "Suspended", "Suspendu"), "%s", no);
    doc_field(d, tr(c->lang, "Cautious mode", "Mode prudence"), "%s", st->cautious ? yes : no);
    if (st->strategies_off)
        doc_field(d, tr(c->lang, "Strategies off", "Stratégies arrêtées"),
                  tr(c->lang, "%u of %u: %s", "%u sur %u\u00a0: %s"), st->strategies_off, st->strategies,
                  strategies_off(c));
    doc_field(d, tr(c->lang, "Market data", "Données de marché"), "%s", parts_feed(c, st->feed));
    doc_field(d, tr(c->lang, "Market time", "Heure du marché"), "%s", parts_when(c, engine_market_time(c->engine)));
}

/* Of each future that is rolled: the contract, and how long until the next. */
static void contracts(const struct command_ctx *c, struct doc *d) {
    const char *all = "";
    for (uint16_t i = 0; engine_instrument(c->engine, i) != NULL; i++) {
        const struct instrument *in = engine_instrument(c->engine, i);
        struct roll_view v;
        char now[CONTRACT_TEXT_MAX];
        if (!engine_roll(c->engine, i, &v)) continue;
        all = arena_printf(c->arena, "%s%s%s (%s)", all, *all ? ", " : "", contract_say(now, in->symbol, v.contract),
                           parts_roll(c, in, &v));
    }
    if (*all) doc_field_wide(d, tr(c->lang, "Contracts", "Contrats"), "%s", all);
}

static void money(const struct command_ctx *c, struct doc *d) {
    struct account a;
    struct limit_view v;
    engine_account(c->engine, &a);
    doc_field(d, tr(c->lang, "Equity", "Fonds propres"), "%s", parts_cash(c, a.equity));
    doc_field(d, tr(c->lang, "P&L of the day", "P&L du jour"), "%s", parts_gain(c, a.day_pnl));
    if (parts_day_loss(c, &v)) doc_field(d, tr(c->lang, "Daily loss", "Perte du jour"), "%s", parts_limit_use(c, &v));
    doc_field(d, tr(c->lang, "At risk to the stops", "Risque jusqu’aux stops"), "%s", parts_cash(c, a.at_risk));
}

static enum exec_result status(struct command_ctx *c) {
    struct engine_status st;
    engine_status(c->engine, &st);
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    headline(c, &st, d);
    doc_field(d, tr(c->lang, "Mode", "Mode"), "%s", c->mode);
    states(c, &st, d);
    money(c, d);
    doc_field(d, tr(c->lang, "Open trades", "Positions ouvertes"), "%u", st.open_trades);
    doc_field(d, tr(c->lang, "Live orders", "Ordres en cours"), "%u", st.live_orders);
    if (st.unknown_orders)
        doc_field(
            d, tr(c->lang, "⚠️ Orders of unknown state", "⚠️ Ordres d’état inconnu"),
            tr(c->lang, "%u: no new trade in their symbols", "%u\u00a0: pas de nouvelle position sur leurs symboles"),
            st.unknown_orders);
    contracts(c, d);
    c->doc = d;
    return EXEC_DONE;
}

const struct command status_command = {
    .name = "status",
    .name_fr = "statut",
    .summary = {"Mode, pause, feed, equity, result of the day, open trades",
                "Mode, pause, données, fonds propres, résultat du jour, positions"},
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = status,
};
