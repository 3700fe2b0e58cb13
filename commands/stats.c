/*
 * stats: the figures of closed trades, as the engine counts them. Each is a plain
 * formula over the exported trades, so that anybody can compute it again:
 *   win rate = won / trades            profit factor = sum of gains / -(sum of losses)
 *   expectancy = net / trades          average R = sum of (net / first risk) / trades
 */
#include <string.h>

#include "commands/parts.h"

static const char *per_trade(const struct command_ctx *c, const struct stats *s) {
    cash_t each;
    if (!s->trades || !mul_div(s->net.v, 1, (int64_t)s->trades, &each.v)) return NONE_TEXT;
    return parts_gain(c, each);
}

static const char *profit_factor(const struct command_ctx *c, const struct stats *s) {
    if (s->gross_loss.v < 0) return parts_number(c, (double)s->gross_profit.v / -(double)s->gross_loss.v, 2);
    return s->gross_profit.v > 0 ? tr(c->lang, "∞ (no loss)", "∞ (aucune perte)") : NONE_TEXT;
}

static void figures(const struct command_ctx *c, const struct stats *s, struct doc *d) {
    double n = s->trades;
    doc_field(d, tr(c->lang, "Trades", "Trades"), "%u", s->trades);
    doc_field(d, tr(c->lang, "Won", "Gagnants"), "%u", s->won);
    doc_field(d, tr(c->lang, "Lost", "Perdants"), "%u", s->lost);
    if (s->flat) doc_field(d, tr(c->lang, "Break-even", "Nuls"), "%u", s->flat);
    doc_field(d, tr(c->lang, "Win rate", "Taux de réussite"), "%s",
              s->trades ? parts_ratio(c, s->won / n, 1) : NONE_TEXT);
    doc_field(d, tr(c->lang, "Net result", "Résultat net"), "%s", parts_gain(c, s->net));
    doc_field(d, tr(c->lang, "Profit factor", "Profit factor"), "%s", profit_factor(c, s));
    doc_field(d, tr(c->lang, "Expectancy a trade", "Espérance par trade"), "%s", per_trade(c, s));
    doc_field(d, tr(c->lang, "Average R", "R moyen"), "%s", s->trades ? parts_number(c, s->r_sum / n, 2) : NONE_TEXT);
    doc_field(d, tr(c->lang, "Best trade", "Meilleur trade"), "%s", s->trades ? parts_gain(c, s->best) : NONE_TEXT);
    doc_field(d, tr(c->lang, "Worst trade", "Pire trade"), "%s", s->trades ? parts_gain(c, s->worst) : NONE_TEXT);
    doc_field(d, tr(c->lang, "Max drawdown", "Drawdown maximal"), "%s", parts_cash(c, s->drawdown_max));
    doc_field(d, tr(c->lang, "Fees", "Frais"), "%s", parts_cash(c, s->fees));
    doc_field(d, tr(c->lang, "Losses in a row", "Pertes consécutives"),
              tr(c->lang, "%u now, %u at most", "%u à présent, %u au plus"), s->losses_in_row, s->losses_in_row_max);
    doc_field(d, tr(c->lang, "Signals", "Signaux"), tr(c->lang, "%u, %u taken", "%u, dont %u pris"), s->signals,
              s->taken);
}

static int find_strategy(struct command_ctx *c, const char *label) {
    const struct engine_config *cf = engine_config(c->engine);
    for (uint32_t i = 0; i < cf->strategy_count; i++)
        if (!strcasecmp(cf->strategies[i].label, label)) return (int)i;
    struct buf known;
    buf_init(&known, 160);
    for (uint32_t i = 0; i < cf->strategy_count && known.len < 100; i++)
        buf_printf(&known, "%s%s", i ? ", " : "", cf->strategies[i].label);
    err_set(&c->err, ERR_NOT_FOUND, "“%s” is neither a period (day, total) nor a strategy (%s).",
            "«\u00a0%s\u00a0» n’est ni une période (jour, total) ni une stratégie (%s).", parts_shown(c, label),
            known.p);
    buf_clear(&known);
    return -1;
}

static bool wants_day(const struct command_ctx *c) {
    return c->args[0].given && !strcmp(c->args[0].text, "day");
}

static enum exec_result of_strategy(struct command_ctx *c) {
    int i = find_strategy(c, c->args[1].text);
    if (i < 0) return EXEC_FAILED;
    if (wants_day(c)) {
        err_set(&c->err, ERR_USAGE, "A strategy's figures are kept for the whole time only: /stats total %s.",
                "Les chiffres d’une stratégie ne sont tenus que pour toute la durée\u00a0: /stats total %s.",
                c->args[1].text);
        return EXEC_FAILED;
    }
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    doc_title(c->doc, "📊", tr(c->lang, "Figures of %s", "Chiffres de %s"), parts_strategy(c, (uint16_t)i));
    figures(c, engine_strategy_stats(c->engine, (uint16_t)i), c->doc);
    return EXEC_DONE;
}

static enum exec_result stats(struct command_ctx *c) {
    char day[WHEN_TEXT_MAX];
    if (c->args[1].given) return of_strategy(c);
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    if (wants_day(c))
        doc_title(c->doc, "📊", tr(c->lang, "Figures of the day, %s", "Chiffres du jour, %s"),
                  day_say(day, c->lang, engine_day(c->engine)));
    else
        doc_title(c->doc, "📊", "%s", tr(c->lang, "Figures since the beginning", "Chiffres depuis le début"));
    figures(c, engine_stats(c->engine, wants_day(c) ? STATS_DAY : STATS_TOTAL), c->doc);
    doc_footer(c->doc, "%s", tr(c->lang, "Closed trades, net of fees", "Trades clôturés, nets de frais"));
    return EXEC_DONE;
}

static uint32_t complete(struct command_ctx *c, uint32_t arg, const char *typed,
                         struct choice out[COMMAND_CHOICES_MAX]) {
    const struct engine_config *cf = engine_config(c->engine);
    static const char *const spans[][1 + LANG_COUNT] = {{"day", "day", "jour"}, {"total", "total", "total"}};
    uint32_t n = 0;
    for (uint32_t i = 0; arg == 0 && i < 2; i++) {
        if (strncasecmp(spans[i][1 + c->lang], typed, strlen(typed))) continue;
        str_copy(out[n].value, sizeof out[n].value, spans[i][0]);
        str_copy(out[n++].label, sizeof out[n].label, spans[i][1 + c->lang]);
    }
    for (uint32_t i = 0; arg == 1 && i < cf->strategy_count && n < COMMAND_CHOICES_MAX; i++) {
        if (strncasecmp(cf->strategies[i].label, typed, strlen(typed))) continue;
        str_copy(out[n].value, sizeof out[n].value, cf->strategies[i].label);
        str_copy(out[n].label, sizeof out[n].label, cf->strategies[i].label);
        n++;
    }
    return n;
}

static const char *const spans[] = {"day", "total", NULL};

const struct command stats_command = {
    .name = "stats",
    .summary = {"Trades, win rate, profit factor, expectancy, drawdown",
                "Trades, taux de réussite, profit factor, espérance, drawdown"},
    .help = {"/stats (since the beginning), /stats day, /stats total MovingAverage",
             "/stats (depuis le début), /stats jour, /stats total MovingAverage"},
    .args = {{.name = {"span", "periode"},
              .summary = {"The day or everything", "Le jour ou tout"},
              .kind = ARG_WORD,
              .choices = spans},
             {.name = {"strategy", "strategie"},
              .summary = {"Only this strategy", "Cette stratégie seulement"},
              .kind = ARG_TEXT}},
    .arg_count = 2,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = stats,
    .complete = complete,
};
