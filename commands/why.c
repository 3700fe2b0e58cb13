/*
 * why: the story of one signal or trade: what the strategy saw, what the rules made of
 * it, with the numbers. Up to two questions to the store, one after the other.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "commands/parts.h"

#define EARLIER_OFFERED 8 /* signals before the last one */

struct why {
    struct command_ctx *c;
    uint32_t number;  /* a trade's, or where there is none a signal's */
    bool signal_only; /* "S12" was asked for */
    bool has_trade, has_signal, asked_signal;
    struct trade_row trade;
    struct signal_row signal;
};

static void ask_trade(struct why *w, uint32_t id);
static void ask_signal(struct why *w, uint32_t id);

/* ---- the answer ---- */

static void title(const struct why *w, struct doc *d) {
    const struct command_ctx *c = w->c;
    const struct signal *g = &w->signal.signal;
    if (g->taken)
        doc_title(d, "🔎", tr(c->lang, "Signal S%u %s %s: taken, trade #%u", "Signal S%u %s %s\u00a0: pris, trade #%u"),
                  g->id, parts_side(g->side), w->signal.symbol, g->trade);
    else
        doc_title(d, "🔎", tr(c->lang, "Signal S%u %s %s: ignored, %s", "Signal S%u %s %s\u00a0: ignoré, %s"), g->id,
                  parts_side(g->side), w->signal.symbol, parts_refusal(c, g->refusal));
}

static const struct strategy_config *strategy_of(const struct command_ctx *c, const char *label) {
    const struct engine_config *cf = engine_config(c->engine);
    for (uint32_t i = 0; i < cf->strategy_count; i++)
        if (!strcmp(cf->strategies[i].label, label)) return &cf->strategies[i];
    return NULL;
}

/* The size, as arithmetic: lots, distance to the stop, what a point is worth, what that puts at risk, and the budget. */
static void arithmetic(const struct why *w, const struct instrument *i, struct doc *d) {
    const struct command_ctx *c = w->c;
    const struct signal *g = &w->signal.signal;
    const struct strategy_config *s = strategy_of(c, w->signal.strategy);
    const struct limits *l = &engine_config(c->engine)->limits;
    const price_t one = {PRICE_SCALE};
    const qty_t lot = {QTY_SCALE};
    price_t distance;
    cash_t point, gross;
    if (*g->sizing[c->lang]) doc_line(d, "🧮 %s", g->sizing[c->lang]); /* as it was computed */
    if (!g->qty.v || !i || !price_sub(g->entry, g->stop, &distance)) return;
    if (distance.v < 0) distance.v = -distance.v;
    if (!instrument_pnl(i, one, lot, &point) || !instrument_pnl(i, distance, g->qty, &gross)) return;
    doc_line(d,
             tr(c->lang, "🧮 %s %s × %s to the stop × %s a point = %s; with fees %s at risk",
                "🧮 %s %s × %s jusqu’au stop × %s le point = %s\u00a0; avec les frais, %s de risque"),
             parts_qty(c, g->qty), parts_unit(c, i, g->qty), parts_price(c, i, distance), parts_cash(c, point),
             parts_cash(c, gross), parts_cash(c, g->risk));
    cash_t budget;
    if (s && l->risk_per_trade_ppm && mul_div(s->capital.v, l->risk_per_trade_ppm, 1000000, &budget.v))
        doc_line(d, tr(c->lang, "🧮 Budget now: %s of %s = %s%s", "🧮 Budget actuel\u00a0: %s de %s = %s%s"),
                 parts_ppm(c, l->risk_per_trade_ppm), parts_cash(c, s->capital), parts_cash(c, budget),
                 g->halved ? tr(c->lang, "; halved by cautious mode", "\u00a0; divisé par deux par le mode prudence")
                           : "");
}

/* Where it was stopped: how many of the questions it had passed. */
static void gates_passed(const struct command_ctx *c, const struct signal *g, struct doc *d) {
    char text[GATE_TEXT_MAX];
    if (*gate_say(text, c->lang, g)) doc_line(d, tr(c->lang, "Asked: %s", "Demandé\u00a0: %s"), text);
}

/* What it fell into, as it was then. */
static void regime_field(const struct command_ctx *c, const struct signal *g, struct doc *d) {
    const struct regime_seen *r = &g->regime;
    if (r->now == REGIME_UNKNOWN) return;
    const char *widened = "";
    if (g->widen_ppm > 0)
        widened = arena_printf(c->arena, tr(c->lang, "; stop widened ×\u00a0%s", "\u00a0; stop élargi ×\u00a0%s"),
                               parts_number(c, (double)g->widen_ppm / 1e6, g->widen_ppm % 100000 != 0 ? 2 : 1));
    doc_field_wide(d, tr(c->lang, "Regime", "Régime"),
                   tr(c->lang, "%s for %u %s (ADX %s, efficiency %s, volatility rank %s)%s",
                      "%s depuis %u %s (ADX %s, efficacité %s, rang de volatilité %s)%s"),
                   regime_say(c->lang, r->now), r->bars,
                   r->bars == 1 ? tr(c->lang, "bar", "bougie") : tr(c->lang, "bars", "bougies"),
                   parts_number(c, (double)r->adx_e6 / 1e6, 0), parts_number(c, (double)r->efficiency / 1e6, 2),
                   parts_ratio(c, (double)r->volatility / 1e6, 0), widened);
}

static void confluence_field(const struct command_ctx *c, const struct instrument *i, const struct signal *g,
                             struct doc *d) {
    if (*g->confluence[c->lang])
        doc_field_wide(d, "Confluence", tr(c->lang, "🎯 %s: %s", "🎯 %s\u00a0: %s"), parts_price(c, i, g->confluence_at),
                       g->confluence[c->lang]);
}

static void signal_fields(const struct why *w, struct doc *d) {
    const struct command_ctx *c = w->c;
    const struct signal *g = &w->signal.signal;
    const struct instrument *i = parts_instrument_named(c, w->signal.symbol);
    if (*g->reason[c->lang]) doc_line(d, tr(c->lang, "Why: %s", "Pourquoi\u00a0: %s"), g->reason[c->lang]);
    if (*g->why_not[c->lang]) doc_line(d, tr(c->lang, "Why not: %s", "Pourquoi pas\u00a0: %s"), g->why_not[c->lang]);
    gates_passed(c, g, d);
    arithmetic(w, i, d);
    doc_field(d, tr(c->lang, "Time", "Heure"), "%s", parts_when(c, g->time));
    doc_field(d, tr(c->lang, "Strategy", "Stratégie"), "%s · %s", w->signal.strategy,
              parts_word(c, g->refusal == REFUSAL_ADVISOR_MISSING));
    doc_field(d, tr(c->lang, "Confidence", "Confiance"), "%s", parts_ratio(c, g->confidence / 100.0, 0));
    doc_field(d, tr(c->lang, "Entry", "Entrée"), "%s", parts_price(c, i, g->entry));
    doc_field(d, tr(c->lang, "Stop", "Stop"), "%s", parts_price(c, i, g->stop));
    doc_field(d, tr(c->lang, "Target", "Objectif"), "%s", parts_price(c, i, g->target));
    if (g->reward_risk_ppm)
        doc_field(d, tr(c->lang, "Reward/risk", "Gain/risque"), "%s",
                  parts_number(c, (double)g->reward_risk_ppm / 1e6, 2));
    regime_field(c, g, d);
    confluence_field(c, i, g, d);
}

static void trade_fields(const struct why *w, struct doc *d) {
    const struct command_ctx *c = w->c;
    const struct trade *t = &w->trade.trade;
    const struct trade *open = engine_trade(c->engine, t->id);
    cash_t net;
    if (open) {
        doc_field(d, tr(c->lang, "Now", "Maintenant"), tr(c->lang, "open, %s", "ouverte, %s"),
                  engine_trade_pnl(c->engine, open, &net) ? parts_gain(c, net) : NONE_TEXT);
        doc_field(d, tr(c->lang, "Still at risk", "Risque restant"), "%s", parts_at_risk(c, open));
    } else if (t->state == TRADE_CLOSED && trade_net(t, &net)) {
        doc_field(d, tr(c->lang, "Closed", "Clôture"), "%s", parts_when(c, t->closed));
        doc_field(d, tr(c->lang, "Closed by", "Clôturé par"), "%s", parts_close_reason(c, t->reason));
        doc_field(d, tr(c->lang, "Result", "Résultat"), "%s", parts_gain(c, net));
    }
}

static void answer(struct why *w) {
    struct command_ctx *c = w->c;
    if (!w->has_signal) {
        err_set(&c->err, ERR_NOT_FOUND, "There is no trade and no signal %u; /trades and /signals list them.",
                "Il n’y a ni trade ni signal %u\u00a0; /operations et /signaux les listent.", w->number);
        command_finish(c);
        return;
    }
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    title(w, d);
    signal_fields(w, d);
    if (w->has_trade) trade_fields(w, d);
    c->doc = d;
    command_finish(c);
}

/* ---- the questions ---- */

static bool failed_with(struct why *w, const struct err *failed) {
    if (!failed) return false;
    w->c->err = *failed;
    command_finish(w->c);
    return true;
}

static void signal_row(void *arg, const struct signal_row *r) {
    struct why *w = arg;
    w->signal = *r;
    w->has_signal = true;
}

static void signal_done(void *arg, const struct err *failed) {
    struct why *w = arg;
    if (failed_with(w, failed)) return;
    if (w->has_signal && w->signal.signal.trade && !w->has_trade)
        ask_trade(w, w->signal.signal.trade);
    else
        answer(w);
}

static void ask_signal(struct why *w, uint32_t id) {
    struct store_filter f = {.id = id, .from = WHEN_NONE, .to = WHEN_NONE, .symbol = "", .limit = 1};
    w->asked_signal = true;
    store_signals(w->c->store, &f, signal_row, signal_done, w);
}

static void trade_row(void *arg, const struct trade_row *r) {
    struct why *w = arg;
    w->trade = *r;
    w->has_trade = true;
}

static void trade_done(void *arg, const struct err *failed) {
    struct why *w = arg;
    if (failed_with(w, failed)) return;
    if (w->asked_signal)
        answer(w);
    else
        ask_signal(w, w->has_trade ? w->trade.trade.signal_id : w->number);
}

static void ask_trade(struct why *w, uint32_t id) {
    struct store_filter f = {.id = id, .from = WHEN_NONE, .to = WHEN_NONE, .symbol = "", .limit = 1};
    store_trades(w->c->store, &f, trade_row, trade_done, w);
}

/* "17", "#17": a trade, or else a signal; "S17": the signal. */
static bool read_number(struct why *w, const char *s) {
    char *end;
    w->signal_only = *s == 'S' || *s == 's';
    if (w->signal_only || *s == '#') s++;
    if (*s < '0' || *s > '9') return false;
    unsigned long v = strtoul(s, &end, 10);
    w->number = (uint32_t)v;
    return *end == '\0' && v > 0 && v <= UINT32_MAX;
}

static enum exec_result why(struct command_ctx *c) {
    struct why *w = arena_alloc(c->arena, sizeof *w);
    const struct signal *last = engine_last_signal(c->engine);
    w->c = c;
    if (!c->args[0].given && !last) {
        c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
        doc_title(c->doc, "📭", "%s", tr(c->lang, "No signal yet", "Aucun signal pour l’instant"));
        return EXEC_DONE;
    }
    if (!c->args[0].given) {
        w->number = last->id;
        w->signal_only = true;
    } else if (!read_number(w, c->args[0].text)) {
        err_set(&c->err, ERR_USAGE,
                "Which one? A trade's number such as 17, or a signal's such as S12; you wrote “%s”.",
                "Lequel\u00a0? Le numéro d’un trade, par exemple 17, ou d’un signal, par exemple S12\u00a0; vous avez "
                "écrit «\u00a0%s\u00a0».",
                parts_shown(c, c->args[0].text));
        return EXEC_FAILED;
    }
    if (w->signal_only)
        ask_signal(w, w->number);
    else
        ask_trade(w, w->number);
    return EXEC_WAIT;
}

static bool offer(struct choice *to, const char *typed, const char *value, const char *label) {
    const char *digits = value + strcspn(value, "0123456789");
    if (strncasecmp(value, typed, strlen(typed)) != 0 && strncmp(digits, typed, strlen(typed)) != 0) return false;
    str_copy(to->value, sizeof to->value, value);
    str_copy(to->label, sizeof to->label, label);
    return true;
}

/* The last signal, what is open, and the signals before by their numbers: their rows lie in the store. */
static uint32_t complete(struct command_ctx *c, uint32_t arg, const char *typed,
                         struct choice out[COMMAND_CHOICES_MAX]) {
    const struct signal *last = engine_last_signal(c->engine);
    uint32_t n = 0;
    if (arg != 0 || last == NULL) return 0;
    n += offer(&out[n], typed, arena_printf(c->arena, "S%u", last->id),
               arena_printf(c->arena, tr(c->lang, "S%u: %s %s, %s", "S%u\u00a0: %s %s, %s"), last->id,
                            parts_side(last->side), parts_instrument(c, last->instrument)->symbol,
                            last->taken ? tr(c->lang, "taken", "pris") : parts_refusal(c, last->refusal)));
    for (uint32_t i = 0; i < engine_trade_count(c->engine) && n < COMMAND_CHOICES_MAX; i++) {
        const struct trade *t = engine_trade_at(c->engine, i);
        n += offer(&out[n], typed, arena_printf(c->arena, "#%u", t->id), parts_trade(c, t));
    }
    for (uint32_t id = last->id - 1; id > 0 && id + EARLIER_OFFERED >= last->id && n < COMMAND_CHOICES_MAX; id--)
        n += offer(&out[n], typed, arena_printf(c->arena, "S%u", id), arena_printf(c->arena, "Signal S%u", id));
    return n;
}

const struct command why_command = {
    .name = "why",
    .name_fr = "pourquoi",
    .summary = {"Why a signal was taken or ignored, with the arithmetic",
                "Pourquoi un signal a été pris ou ignoré, avec le calcul"},
    .help = {"/why (the last signal), /why 17 (trade 17), /why S12 (signal 12)",
             "/pourquoi (le dernier signal), /pourquoi 17 (le trade 17), /pourquoi S12 (le signal 12)"},
    .args = {{.name = {"number", "numero"},
              .summary = {"A trade's number, or S and a signal's",
                          "Numéro d’un trade, ou S suivi de celui d’un signal"},
              .kind = ARG_WORD}},
    .arg_count = 1,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = why,
    .complete = complete,
};
