/*
 * MACrossoverAdvanced: the MACD line crosses its signal line, in the direction of a slow average, with a stop and a
 * target in units of the average true range.
 */
#include "engine/strategies/kit.h"

#define ATR_PERIOD 14
/* Shares of the confidence; they add up to 100. */
#define SHARE_PACE 40.0
#define SHARE_TREND 35.0
#define SHARE_CLOSE 25.0
#define PACE_FULL 0.10 /* in ATR: how much further apart the lines are than one bar ago */
#define TREND_FULL 2.0 /* in ATR: distance from the slow average */

extern const struct indicator indicator_macd, indicator_ema, indicator_atr;
extern const struct strategy strategy_macd_cross;

enum { P_FAST, P_SLOW, P_SIGNAL, P_TREND, P_STOP, P_TARGET, P_SHORT };
static const struct param_spec params[] = {
    [P_FAST] = {"fast", 12, 1, 1000, true, "bars of the fast average"},
    [P_SLOW] = {"slow", 26, 2, 2000, true, "bars of the slow average of the MACD"},
    [P_SIGNAL] = {"signal", 9, 1, 1000, true, "bars of the signal line"},
    [P_TREND] = {"trend_period", 100, 1, 2000, true,
                 "bars of the average that says the trend; 1: every trend is right"},
    [P_STOP] = PARAM_STOP_ATR(2),
    [P_TARGET] = PARAM_TARGET_R(2),
    [P_SHORT] = PARAM_SHORT(1),
    {.name = NULL},
};

struct cross {
    struct kit kit;
    double stop, target;
    bool allow_short, any_trend;
    double before; /* line less signal, one bar ago; NaN: there is none */
};

struct reading {
    double close, line[3], trend, atr;
};

enum { USE_MACD, USE_TREND, USE_ATR, USE_COUNT };
static const double atr_period = ATR_PERIOD;

static void uses(const double *p, struct kit_use out[USE_COUNT]) {
    out[USE_MACD] = (struct kit_use){&indicator_macd, &p[P_FAST]};
    out[USE_TREND] = (struct kit_use){&indicator_ema, &p[P_TREND]};
    out[USE_ATR] = (struct kit_use){&indicator_atr, &atr_period};
}

static size_t cross_state_size(const double *p) {
    struct kit_use use[USE_COUNT];
    uses(p, use);
    return kit_size(sizeof(struct cross), use, USE_COUNT);
}

static int cross_open(void *state, const double *p, struct err *e) {
    struct cross *c = state;
    struct kit_use use[USE_COUNT];
    uses(p, use);
    *c = (struct cross){.stop = p[P_STOP],
                        .target = p[P_TARGET],
                        .allow_short = p[P_SHORT] != 0,
                        .any_trend = p[P_TREND] == 1,
                        .before = NAN};
    return kit_open(&c->kit, sizeof *c, use, USE_COUNT, e);
}

static void reason(struct intent *w, const struct cross *c, const struct strategy_view *v, double way,
                   const struct reading *r) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char line[MONEY_TEXT_MAX], signal[MONEY_TEXT_MAX], away[MONEY_TEXT_MAX];
        kit_figure(line, lang, r->line[0], v->instrument->decimals);
        kit_figure(signal, lang, r->line[1], v->instrument->decimals);
        kit_figure(away, lang, way * (r->close - r->trend) / r->atr, 1);
        if (c->any_trend)
            reason_set(w->reason[l],
                       way > 0 ? tr(lang, "MACD crossed above its signal: %s > %s",
                                    "le MACD croise au-dessus de son signal\u00a0: %s > %s")
                               : tr(lang, "MACD crossed below its signal: %s < %s",
                                    "le MACD croise au-dessous de son signal\u00a0: %s < %s"),
                       line, signal);
        else
            reason_set(
                w->reason[l],
                way > 0 ? tr(lang, "MACD crossed above its signal: %s > %s, %s ATR above the trend's average",
                             "le MACD croise au-dessus de son signal\u00a0: %s > %s, %s ATR au-dessus de la moyenne de "
                             "tendance")
                        : tr(lang, "MACD crossed below its signal: %s < %s, %s ATR below the trend's average",
                             "le MACD croise au-dessous de son signal\u00a0: %s < %s, %s ATR sous la moyenne de "
                             "tendance"),
                line, signal, away);
    }
}

static void crossed(const struct cross *c, const struct strategy_view *v, double way, const struct reading *r,
                    struct intents *out) {
    double away = way * (r->close - r->trend) / r->atr;
    if (!c->any_trend && !(away > 0)) { /* against the trend: it only ends what was open */
        if (v->trade != NULL && v->trade->side == (way > 0 ? SIDE_SHORT : SIDE_LONG)) kit_exit(out);
        return;
    }
    struct intent *w = kit_turn(v, way, c->allow_short, out);
    if (w == NULL) return;
    double pace = way * (r->line[2] - c->before) / r->atr;
    double score = SHARE_PACE * kit_share(pace / PACE_FULL) +
                   SHARE_TREND * (c->any_trend ? 1 : kit_share(away / TREND_FULL)) +
                   SHARE_CLOSE * kit_place(v->bar, way);
    w->confidence = (uint32_t)(score + 0.5);
    kit_bracket(w, v, way, c->stop * r->atr, c->target);
    reason(w, c, v, way, r);
}

static void cross_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct cross *c = state;
    const struct indicator_bar row = indicator_bar_of(v->bar);
    struct reading r = {.close = row.close};
    kit_step(&c->kit, USE_MACD, &row, r.line);
    kit_step(&c->kit, USE_TREND, &row, &r.trend);
    kit_step(&c->kit, USE_ATR, &row, &r.atr);
    double now = r.line[2];
    if (isnan(now)) return;
    bool up = c->before <= 0 && now > 0, down = c->before >= 0 && now < 0; /* false for NaN */
    if ((up || down) && r.atr > 0 && !isnan(r.trend)) crossed(c, v, up ? 1 : -1, &r, out);
    c->before = now;
}

static void cross_snap(void *state, struct snap *s) {
    struct cross *c = state;
    snap_f64(s, &c->before);
    kit_snap(&c->kit, s);
}

const struct strategy strategy_macd_cross = {
    .name = "MACrossoverAdvanced",
    .summary =
        {"Follows the crossing of the MACD and its signal, with the trend, a stop in ATR and a target in R.",
         "Suit le croisement du MACD et de son signal, dans la tendance, avec un stop en ATR et un objectif en R."},
    .definition = "Long when the MACD line crosses above its signal while the close is above the trend's average (an "
                  "exponential one); short, where allowed, in the mirror. A crossing against an open trade ends it, "
                  "with the trend or not. Stop `stop_atr` average true ranges from the close, target `target_r` times "
                  "as far. Confidence: 40 for lines that part by 0.1 ATR in the bar, 35 for a close 2 ATR on the right "
                  "side of the trend's average, 25 for a close at the far end of its bar.",
    .params = params,
    .regimes = 1u << REGIME_TREND,
    .state_size = cross_state_size,
    .open = cross_open,
    .bar = cross_bar,
    .snap = cross_snap,
};
