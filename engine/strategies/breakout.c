/*
 * Breakout: through the resistance or the support of the last bars. Confidence: how far the close broke through, how
 * much volume carried it, where in its bar the price closed.
 */
#include "engine/strategies/kit.h"

#define ATR_PERIOD 14
/* Shares of the confidence; they add up to 100. */
#define SHARE_BREAK 40.0
#define SHARE_VOLUME 35.0
#define SHARE_CLOSE 25.0
#define BREAK_FULL 0.75 /* in ATR */
#define VOLUME_FULL 2.0 /* of its average */

extern const struct indicator indicator_donchian, indicator_sma, indicator_atr;
extern const struct strategy strategy_breakout;

enum { P_PERIOD, P_EXIT, P_VOLUME, P_VOLUME_PERIOD, P_STOP, P_TARGET, P_SHORT };
static const struct param_spec params[] = {
    [P_PERIOD] = {"period", 20, 2, 1000, true, "bars whose highest high is the resistance, lowest low the support"},
    [P_EXIT] = {"exit_period", 10, 1, 1000, true, "bars whose far end ends the trade"},
    [P_VOLUME] = {"volume_factor", 1.2, 0, 20, false, "volume a break needs, of its average; 0: any"},
    [P_VOLUME_PERIOD] = {"volume_period", 20, 1, 1000, true, "bars of that average"},
    [P_STOP] = PARAM_STOP_ATR(2),
    [P_TARGET] = PARAM_TARGET_R(2),
    [P_SHORT] = PARAM_SHORT(1),
    {.name = NULL},
};

enum { UPPER, MIDDLE, LOWER, LINES };

struct breakout {
    struct kit kit;
    double volume_factor, stop, target;
    bool allow_short;
    double channel[LINES], leave[LINES]; /* as of the bar before; NaN: not yet */
    double volume;                       /* its average, likewise */
};

enum { USE_CHANNEL, USE_LEAVE, USE_VOLUME, USE_ATR, USE_COUNT };
static const double atr_period = ATR_PERIOD;

static void uses(const double *p, struct kit_use out[USE_COUNT]) {
    out[USE_CHANNEL] = (struct kit_use){&indicator_donchian, &p[P_PERIOD]};
    out[USE_LEAVE] = (struct kit_use){&indicator_donchian, &p[P_EXIT]};
    out[USE_VOLUME] = (struct kit_use){&indicator_sma, &p[P_VOLUME_PERIOD]};
    out[USE_ATR] = (struct kit_use){&indicator_atr, &atr_period};
}

static size_t breakout_state_size(const double *p) {
    struct kit_use use[USE_COUNT];
    uses(p, use);
    return kit_size(sizeof(struct breakout), use, USE_COUNT);
}

static int breakout_open(void *state, const double *p, struct err *e) {
    struct breakout *b = state;
    struct kit_use use[USE_COUNT];
    uses(p, use);
    *b = (struct breakout){.volume_factor = p[P_VOLUME],
                           .stop = p[P_STOP],
                           .target = p[P_TARGET],
                           .allow_short = p[P_SHORT] != 0,
                           .volume = NAN};
    for (int i = 0; i < LINES; i++) b->channel[i] = b->leave[i] = NAN;
    return kit_open(&b->kit, sizeof *b, use, USE_COUNT, e);
}

static void reason(struct intent *w, const struct strategy_view *v, double way, double level, double times) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char close[MONEY_TEXT_MAX], through[MONEY_TEXT_MAX], volume[MONEY_TEXT_MAX];
        price_say(close, lang, v->bar->close, v->instrument->decimals);
        kit_figure(through, lang, level, v->instrument->decimals);
        kit_figure(volume, lang, times, 1);
        if (times > 0)
            reason_set(w->reason[l],
                       way > 0 ? tr(lang, "broke the resistance: %s > %s, volume × %s",
                                    "casse la résistance\u00a0: %s > %s, volume × %s")
                               : tr(lang, "broke the support: %s < %s, volume × %s",
                                    "casse le support\u00a0: %s < %s, volume × %s"),
                       close, through, volume);
        else
            reason_set(w->reason[l],
                       way > 0 ? tr(lang, "broke the resistance: %s > %s, volume unknown",
                                    "casse la résistance\u00a0: %s > %s, volume inconnu")
                               : tr(lang, "broke the support: %s < %s, volume unknown",
                                    "casse le support\u00a0: %s < %s, volume inconnu"),
                       close, through);
    }
}

static void broke(const struct breakout *b, const struct strategy_view *v, double way, double atr,
                  struct intents *out) {
    double level = b->channel[way > 0 ? UPPER : LOWER], close = price_to_double(v->bar->close);
    double times = b->volume > 0 ? (double)v->bar->volume / b->volume : 0;
    if (b->volume > 0 && times < b->volume_factor) return;
    struct intent *w = kit_turn(v, way, b->allow_short, out);
    if (w == NULL) return;
    double score = SHARE_BREAK * kit_share(way * (close - level) / atr / BREAK_FULL) +
                   SHARE_VOLUME * kit_share((times - 1) / (VOLUME_FULL - 1)) + SHARE_CLOSE * kit_place(v->bar, way);
    w->confidence = (uint32_t)(score + 0.5);
    w->level = kit_level(v, level);
    kit_bracket(w, v, way, b->stop * atr, b->target);
    reason(w, v, way, level, times);
}

static bool fell_back(const struct breakout *b, const struct strategy_view *v, double close) {
    if (v->trade == NULL) return false;
    return v->trade->side == SIDE_LONG ? close < b->leave[LOWER] : close > b->leave[UPPER];
}

static void breakout_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct breakout *b = state;
    const struct indicator_bar row = indicator_bar_of(v->bar), volume = {.close = row.volume};
    double atr;
    kit_step(&b->kit, USE_ATR, &row, &atr);
    if (atr > 0 && row.close > b->channel[UPPER]) broke(b, v, 1, atr, out); /* false for NaN */
    if (atr > 0 && row.close < b->channel[LOWER]) broke(b, v, -1, atr, out);
    if (out->n == 0 && fell_back(b, v, row.close)) kit_exit(out);
    kit_step(&b->kit, USE_CHANNEL, &row, b->channel);
    kit_step(&b->kit, USE_LEAVE, &row, b->leave);
    kit_step(&b->kit, USE_VOLUME, &volume, &b->volume);
}

static void breakout_snap(void *state, struct snap *s) {
    struct breakout *b = state;
    for (int i = 0; i < LINES; i++) snap_f64(s, &b->channel[i]);
    for (int i = 0; i < LINES; i++) snap_f64(s, &b->leave[i]);
    snap_f64(s, &b->volume);
    kit_snap(&b->kit, s);
}

const struct strategy strategy_breakout = {
    .name = "Breakout",
    .summary = {"Trades the break of the resistance or the support of the last bars, on volume.",
                "Joue la cassure de la résistance ou du support des dernières bougies, avec du volume."},
    .definition = "Long when the close is above the highest high of the `period` bars before, on a volume of at least "
                  "`volume_factor` times its average before; short, where allowed, in the mirror. Where there is no "
                  "volume at all none is asked for. Stop `stop_atr` average true ranges from the close, target "
                  "`target_r` times as far; the trade ends when a bar closes beyond the lowest low (highest high) of "
                  "the `exit_period` bars before. Confidence: 40 for a close 0.75 ATR through the level, 35 for twice "
                  "the average volume, 25 for a close at the far end of its bar.",
    .params = params,
    .regimes = 1u << REGIME_TREND | 1u << REGIME_TRANSITION,
    .state_size = breakout_state_size,
    .open = breakout_open,
    .bar = breakout_bar,
    .snap = breakout_snap,
};
