/*
 * strategy: which strategies may open trades. Switching one off only reduces risk, so it
 * acts at once; switching one on adds some, so it shows with what, and asks.
 */
#include <string.h>
#include <strings.h>

#include "commands/parts.h"

static bool is_action(const struct arg args[COMMAND_ARGS_MAX], const char *name) {
    return args[0].given && !strcmp(args[0].text, name);
}

static struct command_access access(const struct arg args[COMMAND_ARGS_MAX]) {
    if (is_action(args, "enable"))
        return (struct command_access){ROLE_OPERATOR, COMMAND_MONEY | COMMAND_CONFIRM | COMMAND_SOMETIMES};
    if (is_action(args, "disable")) return (struct command_access){ROLE_OPERATOR, COMMAND_MONEY};
    return (struct command_access){ROLE_MENTOR, COMMAND_READONLY};
}

static bool is_configured(const struct strategy_config *s) {
    return s->symbol_count > 0; /* what left the configuration only manages what it has open */
}

static const char *symbols(const struct command_ctx *c, const struct strategy_config *s) {
    const char *text = "";
    for (uint32_t i = 0; i < s->symbol_count; i++)
        text = arena_printf(c->arena, "%s%s%s", text, i ? ", " : "", parts_instrument(c, s->symbols[i])->symbol);
    return text;
}

/* ---- list ---- */

/* What people chose over the file, below the table. */
static void chosen(const struct command_ctx *c, const char *label, const struct strategy_state *st, struct doc *d) {
    if (!st->chosen) return;
    doc_line(d,
             st->on ? tr(c->lang, "▶️ %s: on since %s, by %s", "▶️ %s\u00a0: en marche depuis le %s, par %s")
                    : tr(c->lang, "⏹️ %s: off since %s, by %s", "⏹️ %s\u00a0: arrêtée depuis le %s, par %s"),
             label, parts_when(c, st->at), parts_actor(c, st->by));
}

/* What the regime changes for each, and who is asked; where that is nothing and nobody for all of them, once. */
static void rules(const struct command_ctx *c, struct doc *d) {
    const struct engine_config *cf = engine_config(c->engine);
    uint32_t n = 0, special = 0;
    for (uint32_t i = 0; i < cf->strategy_count; i++) {
        const struct strategy_config *s = &cf->strategies[i];
        if (!is_configured(s)) continue;
        n++;
        special += strategy_reads_regime(s) || s->advisor != ADVISOR_NONE;
    }
    if (n > 1 && special == 0)
        doc_line(d, "%s", tr(c->lang, "All: any regime, rules alone.", "Toutes\u00a0: tout régime, règles seules."));
    for (uint32_t i = 0; (n == 1 || special > 0) && i < cf->strategy_count; i++) {
        const struct strategy_config *s = &cf->strategies[i];
        if (is_configured(s))
            doc_line(d, tr(c->lang, "%s: %s · %s", "%s\u00a0: %s · %s"), s->label, parts_regimes(c, s),
                     parts_word(c, s->advisor == ADVISOR_REQUIRED));
    }
}

static enum exec_result list(struct command_ctx *c) {
    const struct engine_config *cf = engine_config(c->engine);
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    uint32_t n = 0;
    doc_column(d, tr(c->lang, "Strategy", "Stratégie"), DOC_LEFT);
    doc_column(d, tr(c->lang, "State", "État"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Symbols", "Symboles"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Capital", "Capital"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Open", "Ouverts"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Net", "Net"), DOC_RIGHT);
    for (uint16_t i = 0; i < cf->strategy_count; i++) {
        struct strategy_state st;
        const struct strategy_config *s = &cf->strategies[i];
        if (!is_configured(s) || !engine_strategy(c->engine, i, &st)) continue;
        const char *cells[] = {s->label,
                               st.on ? tr(c->lang, "on", "en marche") : tr(c->lang, "off", "arrêtée"),
                               symbols(c, s),
                               parts_cash(c, s->capital),
                               arena_printf(c->arena, "%u", st.open_trades),
                               parts_gain(c, engine_strategy_stats(c->engine, i)->net)};
        doc_row(d, cells);
        chosen(c, s->label, &st, d);
        n++;
    }
    doc_title(d, "🧭", tr(c->lang, "Strategies: %u", "Stratégies\u00a0: %u"), n);
    rules(c, d);
    if (!n) doc_line(d, "%s", tr(c->lang, "None is configured.", "Aucune n’est configurée."));
    c->doc = d;
    return EXEC_DONE;
}

/* ---- which one ---- */

static const char *labels(const struct command_ctx *c) {
    const struct engine_config *cf = engine_config(c->engine);
    const char *text = "";
    for (uint32_t i = 0; i < cf->strategy_count; i++)
        if (is_configured(&cf->strategies[i]))
            text = arena_printf(c->arena, "%s%s%s", text, *text ? ", " : "", cf->strategies[i].label);
    return *text ? text : NONE_TEXT;
}

static int meant(struct command_ctx *c, uint16_t *out) {
    const struct engine_config *cf = engine_config(c->engine);
    if (!c->args[1].given)
        return err_set(&c->err, ERR_USAGE, "Which strategy: %s?", "Quelle stratégie\u00a0: %s\u00a0?", labels(c));
    for (uint16_t i = 0; i < cf->strategy_count; i++) {
        if (!is_configured(&cf->strategies[i]) || strcasecmp(cf->strategies[i].label, c->args[1].text) != 0) continue;
        *out = i;
        return 0;
    }
    return err_set(&c->err, ERR_NOT_FOUND, "There is no strategy “%s”; there are: %s.",
                   "Il n’y a pas de stratégie «\u00a0%s\u00a0»\u00a0; il y a\u00a0: %s.",
                   parts_shown(c, c->args[1].text), labels(c));
}

/* ---- switching ---- */

static int apply(struct command_ctx *c, bool on, uint16_t i) {
    struct operator_command op = {.verb = on ? OP_STRATEGY_ON : OP_STRATEGY_OFF, .instrument = -1, .strategy = i};
    return command_apply(c, &op, &c->err);
}

static enum exec_result already(struct command_ctx *c, uint16_t i, const struct strategy_state *st) {
    const char *label = parts_strategy(c, i);
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    doc_title(c->doc, "☑️",
              st->on ? tr(c->lang, "%s is on already", "%s est déjà en marche")
                     : tr(c->lang, "%s is off already", "%s est déjà arrêtée"),
              label);
    if (st->chosen)
        doc_line(c->doc, tr(c->lang, "By %s, since %s.", "Par %s, depuis le %s."), parts_actor(c, st->by),
                 parts_when(c, st->at));
    return EXEC_DONE;
}

static enum exec_result disable(struct command_ctx *c) {
    struct strategy_state st;
    uint16_t i;
    if (meant(c, &i) < 0) return EXEC_FAILED;
    engine_strategy(c->engine, i, &st);
    if (!st.on) return already(c, i, &st);
    if (apply(c, false, i) < 0) return EXEC_FAILED;
    engine_strategy(c->engine, i, &st);
    struct doc *d = doc_new(c->arena, c->lang, DOC_WARNING);
    doc_title(d, "⏹️",
              tr(c->lang, "%s is off: it opens no new trades", "%s est arrêtée\u00a0: elle n’ouvre plus de position"),
              parts_strategy(c, i));
    if (st.open_trades)
        doc_line(d,
                 tr(c->lang, "Open trades, still managed (stop, target, the strategy's own exits): %u.",
                    "Positions ouvertes, toujours gérées (stop, objectif, sorties de la stratégie)\u00a0: %u."),
                 st.open_trades);
    else
        doc_line(d, "%s", tr(c->lang, "It has no open trade.", "Elle n’a aucune position ouverte."));
    doc_footer(d, tr(c->lang, "/strategy enable %s goes on", "/strategie activer %s relance"), parts_strategy(c, i));
    c->doc = d;
    return EXEC_DONE;
}

static enum exec_result preview(struct command_ctx *c, uint64_t *state) {
    const struct engine_config *cf = engine_config(c->engine);
    struct strategy_state st;
    struct engine_status es;
    uint16_t i;
    cash_t risk;
    if (meant(c, &i) < 0) return EXEC_FAILED;
    engine_strategy(c->engine, i, &st);
    engine_status(c->engine, &es);
    *state = engine_preview_strategy(c->engine, i);
    if (st.on) return EXEC_UNASKED;
    const struct strategy_config *s = &cf->strategies[i];
    struct doc *d = doc_new(c->arena, c->lang, DOC_NOTICE);
    doc_title(d, "▶️", tr(c->lang, "Switch %s on?", "Remettre %s en marche\u00a0?"), s->label);
    doc_field(d, tr(c->lang, "Symbols", "Symboles"), "%s", symbols(c, s));
    doc_field(d, tr(c->lang, "Its capital", "Son capital"), "%s", parts_cash(c, s->capital));
    if (cf->limits.risk_per_trade_ppm && mul_div(s->capital.v, cf->limits.risk_per_trade_ppm, 1000000, &risk.v))
        doc_field(d, tr(c->lang, "At risk a trade", "Risque par trade"), "%s", parts_cash(c, risk));
    doc_field(d, tr(c->lang, "Regimes", "Régimes"), "%s", parts_regimes(c, s));
    doc_field(d, tr(c->lang, "Decided by", "Décision"), "%s", parts_word(c, s->advisor == ADVISOR_REQUIRED));
    doc_field(d, tr(c->lang, "Off since", "Arrêtée depuis"), "%s",
              st.chosen ? arena_printf(c->arena, tr(c->lang, "%s, by %s", "le %s, par %s"), parts_when(c, st.at),
                                       parts_actor(c, st.by))
                        : tr(c->lang, "the start, by the file", "le démarrage, par le fichier"));
    if (!st.chosen)
        doc_line(d, "%s",
                 tr(c->lang, "It did not run: it first watches the market for as long as its indicators need.",
                    "Elle ne tournait pas\u00a0: elle observe d’abord le marché, le temps de ses indicateurs."));
    if (es.paused)
        doc_line(d, "%s",
                 tr(c->lang, "Trading is paused: it opens nothing before /resume.",
                    "Le trading est en pause\u00a0: elle n’ouvre rien avant /reprendre."));
    parts_day_loss_field(c, d);
    c->doc = d;
    return EXEC_DONE;
}

static enum exec_result enable(struct command_ctx *c) {
    struct strategy_state st;
    uint16_t i;
    if (meant(c, &i) < 0) return EXEC_FAILED;
    engine_strategy(c->engine, i, &st);
    if (st.on) return already(c, i, &st);
    if (apply(c, true, i) < 0) return EXEC_FAILED;
    c->doc = doc_new(c->arena, c->lang, DOC_GOOD);
    doc_title(c->doc, "▶️",
              tr(c->lang, "%s is on: it may open trades", "%s est en marche\u00a0: elle peut ouvrir des positions"),
              parts_strategy(c, i));
    doc_footer(c->doc,
               tr(c->lang, "/strategy disable %s stops it at once", "/strategie désactiver %s l’arrête tout de suite"),
               parts_strategy(c, i));
    return EXEC_DONE;
}

static enum exec_result strategy(struct command_ctx *c) {
    if (is_action(c->args, "enable")) return enable(c);
    if (is_action(c->args, "disable")) return disable(c);
    if (!c->args[1].given) return list(c);
    err_set(&c->err, ERR_USAGE, "Do what with it? /strategy enable %s or /strategy disable %s.",
            "Qu’en faire\u00a0? /strategie activer %s ou /strategie désactiver %s.", parts_shown(c, c->args[1].text),
            parts_shown(c, c->args[1].text));
    return EXEC_FAILED;
}

/* Only those that the action would change. */
static uint32_t complete(struct command_ctx *c, uint32_t arg, const char *typed,
                         struct choice out[COMMAND_CHOICES_MAX]) {
    const struct engine_config *cf = engine_config(c->engine);
    const char *action = c->args[0].text ? parts_choice_meant(c->args[0].text) : "";
    uint32_t n = 0;
    for (uint16_t i = 0; arg == 1 && i < cf->strategy_count && n < COMMAND_CHOICES_MAX; i++) {
        struct strategy_state st;
        const char *label = cf->strategies[i].label;
        engine_strategy(c->engine, i, &st);
        if (!is_configured(&cf->strategies[i]) || strncasecmp(label, typed, strlen(typed)) != 0) continue;
        if ((!strcmp(action, "enable") && st.on) || (!strcmp(action, "disable") && !st.on)) continue;
        str_copy(out[n].value, sizeof out[n].value, label);
        str_copy(out[n].label, sizeof out[n].label, label);
        n++;
    }
    return n;
}

static const char *const actions[] = {"list", "enable", "disable", NULL};

const struct command strategy_command = {
    .name = "strategy",
    .name_fr = "strategie",
    .summary = {"Which strategies may open trades; switches one on or off",
                "Quelles stratégies peuvent ouvrir des positions\u00a0; en met une en marche ou l’arrête"},
    .help = {"/strategy list, /strategy disable MovingAverage (at once), /strategy enable MovingAverage (after one "
             "confirmation)",
             "/strategie liste, /strategie désactiver MovingAverage (tout de suite), /strategie activer MovingAverage "
             "(après "
             "confirmation)"},
    .args =
        {{.name = {"action", "action"}, .summary = {"What to do", "Que faire"}, .kind = ARG_WORD, .choices = actions},
         {.name = {"name", "nom"}, .summary = {"The strategy's name", "Le nom de la stratégie"}, .kind = ARG_TEXT}},
    .arg_count = 2,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY | COMMAND_CONFIRM | COMMAND_SOMETIMES,
    .access = access,
    .exec = strategy,
    .preview = preview,
    .complete = complete,
};
