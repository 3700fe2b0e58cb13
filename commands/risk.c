/* risk: every limit with how much of it is used, the tightest of its kind marked. */
#include "commands/parts.h"

static void row(const struct command_ctx *c, const struct limit_view *v, struct doc *d) {
    const char *scope =
        v->instrument < 0 ? tr(c->lang, "all", "tous") : parts_instrument(c, (uint16_t)v->instrument)->symbol;
    bool counted = v->count_max > 0;
    const char *cells[] = {
        v->binding ? "▶" : "",
        parts_limit(c, v->kind),
        scope,
        counted ? arena_printf(c->arena, "%u", v->count) : parts_cash(c, v->used),
        counted ? arena_printf(c->arena, "%u", v->count_max) : parts_cash(c, v->max),
        parts_ratio(c, parts_limit_share(v), 0),
        v->key,
    };
    doc_row(d, cells);
}

static void per_trade(const struct command_ctx *c, struct doc *d) {
    const struct limits *l = &engine_config(c->engine)->limits;
    const char *none = tr(c->lang, "not set", "aucune");
    doc_field(d, tr(c->lang, "Risk of a trade", "Risque par trade"),
              l->risk_per_trade_ppm ? tr(c->lang, "%s of the strategy's capital", "%s du capital de la stratégie")
                                    : "%s",
              l->risk_per_trade_ppm ? parts_ppm(c, l->risk_per_trade_ppm) : none);
    doc_field(d, tr(c->lang, "Margin of a position", "Marge par position"),
              l->position_margin_ppm ? tr(c->lang, "%s of the strategy's capital", "%s du capital de la stratégie")
                                     : "%s",
              l->position_margin_ppm ? parts_ppm(c, l->position_margin_ppm) : none);
    if (l->positions)
        doc_field(d, tr(c->lang, "Open positions", "Positions ouvertes"), tr(c->lang, "%u of %u", "%u sur %u"),
                  engine_trade_count(c->engine), l->positions);
    if (l->confidence_min)
        doc_field(d, tr(c->lang, "Least confidence", "Confiance minimale"), "%s",
                  parts_ratio(c, l->confidence_min / 100.0, 0));
    if (l->reward_risk_min_ppm)
        doc_field(d, tr(c->lang, "Least reward for 1 of risk", "Gain minimal pour 1 de risque"), "%s",
                  parts_number(c, (double)l->reward_risk_min_ppm / 1e6, 2));
    if (l->cautious_ppm)
        doc_field(d, tr(c->lang, "Cautious mode", "Mode prudence"),
                  tr(c->lang, "from %s of a loss limit", "à partir de %s d’une limite de perte"),
                  parts_ppm(c, l->cautious_ppm));
}

static enum exec_result risk(struct command_ctx *c) {
    struct limit_view *v = arena_alloc(c->arena, LIMIT_VIEWS_MAX * sizeof *v);
    uint32_t n = engine_limits(c->engine, v);
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    struct account a;
    engine_account(c->engine, &a);
    doc_title(d, "🛡️", tr(c->lang, "Risk: %s at the stops now", "Risque\u00a0: %s jusqu’aux stops"),
              parts_cash(c, a.at_risk));
    doc_column(d, "", DOC_LEFT);
    doc_column(d, tr(c->lang, "Limit", "Limite"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Symbol", "Symbole"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Used", "Utilisé"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Max", "Max"), DOC_RIGHT);
    doc_column(d, "%", DOC_RIGHT);
    doc_column(d, tr(c->lang, "Setting", "Réglage"), DOC_LEFT);
    for (uint32_t i = 0; i < n; i++) row(c, &v[i], d);
    if (!n) doc_line(d, "%s", tr(c->lang, "No limit is set.", "Aucune limite n’est fixée."));
    per_trade(c, d);
    if (n)
        doc_footer(d, "%s",
                   tr(c->lang, "▶ the tightest of its kind: the one that holds",
                      "▶ la plus stricte de son genre\u00a0: celle qui vaut"));
    c->doc = d;
    return EXEC_DONE;
}

const struct command risk_command = {
    .name = "risk",
    .name_fr = "risque",
    .summary = {"Every limit, how much of it is used, which one holds",
                "Chaque limite, ce qui en est utilisé, laquelle vaut"},
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = risk,
};
