/*
 * MultiFactor: several views of the same bar vote, and enough of them must agree. Confidence: the strength of the vote.
 */
#include "engine/strategies/kit.h"

#include <string.h>

#include "engine/base/buf.h"

#define ATR_PERIOD 14
#define AVERAGES_FULL 0.5 /* in ATR: a distance that earns the whole vote */
#define MACD_FULL 0.15    /* in ATR */
#define RSI_FULL 15.0     /* points from 50 */
#define VOLUME_FULL 1.0   /* above its average, as a share of it */
#define AGREES 0.25       /* from here a vote counts as a factor */

extern const struct indicator indicator_ema, indicator_rsi, indicator_macd, indicator_bb, indicator_sma, indicator_atr;
extern const struct strategy strategy_multi_factor;

enum {
    P_EMA_FAST,
    P_EMA_SLOW,
    P_RSI,
    P_RSI_EDGE,
    P_MACD_FAST,
    P_MACD_SLOW,
    P_MACD_SIGNAL,
    P_BB,
    P_BB_WIDTH,
    P_VOLUME,
    P_STRENGTH,
    P_FACTORS,
    P_CALM,
    P_WILD,
    P_VOLATILITY,
    P_STOP,
    P_TARGET,
    P_SHORT
};
static const struct param_spec params[] = {
    [P_EMA_FAST] = {"ema_fast", 10, 1, 1000, true, "bars of the fast average"},
    [P_EMA_SLOW] = {"ema_slow", 30, 2, 2000, true, "bars of the slow average"},
    [P_RSI] = {"rsi_period", 14, 2, 1000, true, "bars of the RSI"},
    [P_RSI_EDGE] = {"rsi_edge", 25, 5, 50, false, "points from 50 beyond which the RSI no longer votes"},
    [P_MACD_FAST] = {"macd_fast", 12, 1, 1000, true, "bars of the MACD's fast average"},
    [P_MACD_SLOW] = {"macd_slow", 26, 2, 2000, true, "bars of the MACD's slow average"},
    [P_MACD_SIGNAL] = {"macd_signal", 9, 1, 1000, true, "bars of the MACD's signal"},
    [P_BB] = {"bb_period", 20, 2, 2000, true, "bars of the Bollinger bands"},
    [P_BB_WIDTH] = {"bb_deviations", 2, 0.1, 10, false, "their width in standard deviations"},
    [P_VOLUME] = {"volume_period", 20, 1, 2000, true, "bars of the average volume"},
    [P_STRENGTH] = {"min_strength", 0.6, 0, 1, false, "the weighted vote that an entry needs"},
    [P_FACTORS] = {"min_factors", 3, 1, 5, true, "votes that must agree"},
    [P_CALM] = {"volatility_min", 0.5, 0, 1, false, "no entry where the ATR is below this share of its average"},
    [P_WILD] = {"volatility_max", 2.5, 1, 100, false, "nor where it is above this multiple of it"},
    [P_VOLATILITY] = {"volatility_period", 100, 2, 2000, true, "bars of the ATR's average"},
    [P_STOP] = PARAM_STOP_ATR(2),
    [P_TARGET] = PARAM_TARGET_R(2),
    [P_SHORT] = PARAM_SHORT(1),
    {.name = NULL},
};

enum { FACTOR_AVERAGES, FACTOR_RSI, FACTOR_MACD, FACTOR_BANDS, FACTOR_VOLUME, FACTOR_COUNT };
static const struct {
    double weight;
    const char *name[LANG_COUNT];
} factors[FACTOR_COUNT] = {
    [FACTOR_AVERAGES] = {0.30, {"averages", "moyennes"}},
    [FACTOR_RSI] = {0.15, {"RSI", "RSI"}},
    [FACTOR_MACD] = {0.25, {"MACD", "MACD"}},
    [FACTOR_BANDS] = {0.15, {"bands", "bandes"}},
    [FACTOR_VOLUME] = {0.15, {"volume", "volume"}},
};

struct factor_rule {
    struct kit kit;
    double rsi_edge, strength, calm, wild, stop, target;
    uint32_t factors;
    bool allow_short;
    int32_t before; /* the side that was strong enough one bar ago; 0: none */
};

enum { USE_FAST, USE_SLOW, USE_RSI, USE_MACD, USE_BANDS, USE_VOLUME, USE_ATR, USE_CALM, USE_COUNT };
static const double atr_period = ATR_PERIOD;

static void uses(const double *p, struct kit_use out[USE_COUNT]) {
    out[USE_FAST] = (struct kit_use){&indicator_ema, &p[P_EMA_FAST]};
    out[USE_SLOW] = (struct kit_use){&indicator_ema, &p[P_EMA_SLOW]};
    out[USE_RSI] = (struct kit_use){&indicator_rsi, &p[P_RSI]};
    out[USE_MACD] = (struct kit_use){&indicator_macd, &p[P_MACD_FAST]};
    out[USE_BANDS] = (struct kit_use){&indicator_bb, &p[P_BB]};
    out[USE_VOLUME] = (struct kit_use){&indicator_sma, &p[P_VOLUME]};
    out[USE_ATR] = (struct kit_use){&indicator_atr, &atr_period};
    out[USE_CALM] = (struct kit_use){&indicator_sma, &p[P_VOLATILITY]};
}

static size_t rule_state_size(const double *p) {
    struct kit_use use[USE_COUNT];
    uses(p, use);
    return kit_size(sizeof(struct factor_rule), use, USE_COUNT);
}

static int rule_open(void *state, const double *p, struct err *e) {
    struct factor_rule *m = state;
    struct kit_use use[USE_COUNT];
    uses(p, use);
    if (p[P_EMA_FAST] >= p[P_EMA_SLOW])
        return err_set(e, ERR_RANGE, "MultiFactor: ema_fast is to be below ema_slow",
                       "MultiFactor\u00a0: ema_fast doit être inférieur à ema_slow");
    *m = (struct factor_rule){.rsi_edge = p[P_RSI_EDGE],
                              .strength = p[P_STRENGTH],
                              .factors = (uint32_t)p[P_FACTORS],
                              .calm = p[P_CALM],
                              .wild = p[P_WILD],
                              .stop = p[P_STOP],
                              .target = p[P_TARGET],
                              .allow_short = p[P_SHORT] != 0};
    return kit_open(&m->kit, sizeof *m, use, USE_COUNT, e);
}

/* ---- the vote ---- */

struct reading {
    double close, fast, slow, rsi, macd[3], band[3], volume, atr, calm;
    double vote[FACTOR_COUNT]; /* NaN: it does not vote */
    double score;
};

static double clip(double v) {
    return v > 1 ? 1 : v < -1 ? -1 : v;
}

static void read_bar(struct factor_rule *m, const struct indicator_bar *row, struct reading *r) {
    const struct indicator_bar volume = {.close = row->volume};
    struct indicator_bar range = {0};
    r->close = row->close;
    kit_step(&m->kit, USE_FAST, row, &r->fast);
    kit_step(&m->kit, USE_SLOW, row, &r->slow);
    kit_step(&m->kit, USE_RSI, row, &r->rsi);
    kit_step(&m->kit, USE_MACD, row, r->macd);
    kit_step(&m->kit, USE_BANDS, row, r->band);
    kit_step(&m->kit, USE_VOLUME, &volume, &r->volume);
    kit_step(&m->kit, USE_ATR, row, &r->atr);
    range.close = r->atr;
    kit_step(&m->kit, USE_CALM, &range, &r->calm);
}

static void vote(const struct factor_rule *m, const struct indicator_bar *row, struct reading *r) {
    double from_50 = r->rsi - 50, half = r->band[0] - r->band[1], place = half > 0 ? (r->close - r->band[1]) / half : 0;
    double colour = row->close > row->open ? 1 : row->close < row->open ? -1 : 0;
    double more = r->volume > 0 ? row->volume / r->volume - 1 : NAN;
    r->vote[FACTOR_AVERAGES] = clip((r->fast - r->slow) / r->atr / AVERAGES_FULL);
    r->vote[FACTOR_RSI] = fabs(from_50) > m->rsi_edge ? 0 : clip(from_50 / RSI_FULL);
    r->vote[FACTOR_MACD] = clip(r->macd[2] / r->atr / MACD_FULL);
    r->vote[FACTOR_BANDS] = fabs(place) > 1 ? 0 : place;
    r->vote[FACTOR_VOLUME] = isnan(more) ? NAN : more > 0 ? colour * clip(more / VOLUME_FULL) : 0;
    double sum = 0, weight = 0;
    for (int i = 0; i < FACTOR_COUNT; i++) {
        if (isnan(r->vote[i])) continue;
        sum += factors[i].weight * r->vote[i];
        weight += factors[i].weight;
    }
    r->score = sum / weight;
}

static uint32_t agreeing(const struct reading *r, double way) {
    uint32_t n = 0;
    for (int i = 0; i < FACTOR_COUNT; i++) n += way * r->vote[i] >= AGREES; /* false for NaN */
    return n;
}

/* ---- the trade ---- */

static void reason(struct intent *w, const struct reading *r, double way) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char names[REASON_MAX] = "", strength[MONEY_TEXT_MAX];
        uint32_t voting = 0;
        for (int i = 0; i < FACTOR_COUNT; i++) {
            voting += !isnan(r->vote[i]);
            if (!(way * r->vote[i] >= AGREES)) continue;
            size_t at = strlen(names);
            str_copy(names + at, sizeof names - at, at ? ", " : "");
            at = strlen(names);
            str_copy(names + at, sizeof names - at, factors[i].name[l]);
        }
        kit_figure(strength, lang, way * r->score, 2);
        reason_set(w->reason[l],
                   way > 0 ? tr(lang, "%u of %u factors say up (%s); strength %s",
                                "%u facteurs sur %u à la hausse (%s)\u00a0; force %s")
                           : tr(lang, "%u of %u factors say down (%s); strength %s",
                                "%u facteurs sur %u à la baisse (%s)\u00a0; force %s"),
                   agreeing(r, way), voting, names, strength);
    }
}

static bool is_tradable(const struct factor_rule *m, const struct reading *r) {
    return r->atr >= m->calm * r->calm && r->atr <= m->wild * r->calm;
}

static void agree(const struct factor_rule *m, const struct strategy_view *v, double way, const struct reading *r,
                  struct intents *out) {
    struct intent *w = kit_turn(v, way, m->allow_short, out);
    if (w == NULL) return;
    w->factors = agreeing(r, way);
    w->confidence = (uint32_t)(100 * kit_share(way * r->score) + 0.5);
    kit_bracket(w, v, way, m->stop * r->atr, m->target);
    reason(w, r, way);
}

static void rule_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct factor_rule *m = state;
    const struct indicator_bar row = indicator_bar_of(v->bar);
    struct reading r;
    read_bar(m, &row, &r);
    if (isnan(r.slow) || isnan(r.rsi) || isnan(r.macd[2]) || isnan(r.band[1]) || isnan(r.calm) || !(r.atr > 0)) return;
    vote(m, &row, &r);
    double way = r.score > 0 ? 1 : -1;
    bool strong = way * r.score >= m->strength && agreeing(&r, way) >= m->factors && is_tradable(m, &r);
    int32_t side = strong ? (int32_t)way : 0;
    if (strong && side != m->before) agree(m, v, way, &r, out);
    if (out->n == 0 && v->trade != NULL && (v->trade->side == SIDE_LONG ? r.score < 0 : r.score > 0)) kit_exit(out);
    m->before = side;
}

static void rule_snap(void *state, struct snap *s) {
    struct factor_rule *m = state;
    snap_i32(s, &m->before);
    if (m->before < -1 || m->before > 1) s->bad = true;
    kit_snap(&m->kit, s);
}

const struct strategy strategy_multi_factor = {
    .name = "MultiFactor",
    .summary = {"Enters where averages, RSI, MACD, bands and volume agree, and the volatility is usual.",
                "Entre quand moyennes, RSI, MACD, bandes et volume s’accordent, par volatilité ordinaire."},
    .definition = "Five views of the bar vote between -1 (down) and 1 (up), with these weights: averages 0.30 (fast "
                  "less slow EMA, whole at 0.5 ATR), MACD 0.25 (line less signal, whole at 0.15 ATR), RSI 0.15 (15 "
                  "points from 50; nothing beyond `rsi_edge`), bands 0.15 (place of the close between middle and edge; "
                  "nothing outside), volume 0.15 (what exceeds its average, whole at twice the average, on the side of "
                  "its candle). An exhausted move is no reason to join it. Where there is no volume the others vote "
                  "alone; a model's vote joins with the models. An entry comes with the bar in which the weighted vote "
                  "reaches `min_strength` and at least `min_factors` votes of 0.25 agree, while ATR(14) is between "
                  "`volatility_min` and `volatility_max` times its average. The trade ends when the vote turns against "
                  "it. Stop `stop_atr` average true ranges from the close, target `target_r` times as far. Confidence: "
                  "the strength of the vote.",
    .params = params,
    .regimes = 1u << REGIME_TREND | 1u << REGIME_TRANSITION,
    .state_size = rule_state_size,
    .open = rule_open,
    .bar = rule_bar,
    .snap = rule_snap,
};
