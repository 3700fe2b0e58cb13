/*
 * MeanReversion: out of the Bollinger bands and back in. Confidence: how far out it had gone, how calm the trend is,
 * where in its bar the price closed.
 */
#include "engine/strategies/kit.h"

#define ATR_PERIOD 14
#define ADX_PERIOD 14
/* Shares of the confidence; they add up to 100. */
#define SHARE_DEPTH 40.0
#define SHARE_CALM 35.0
#define SHARE_CLOSE 25.0
#define DEPTH_FULL 1.0 /* in ATR, beyond the band */
#define CALM_FULL 10.0 /* ADX at which the trend is as good as none … */
#define CALM_ZERO 40.0 /* … and at which it is all there is */

extern const struct indicator indicator_bb, indicator_adx, indicator_atr;
extern const struct strategy strategy_mean_reversion;

enum { P_PERIOD, P_WIDTH, P_ADX, P_STOP, P_SHORT };
static const struct param_spec params[] = {
    [P_PERIOD] = {"bb_period", 20, 2, 2000, true, "bars of the bands"},
    [P_WIDTH] = {"bb_deviations", 2, 0.1, 10, false, "width of the bands in standard deviations"},
    [P_ADX] = {"adx_max", 30, 0, 100, false, "no entry where the trend is stronger; 100: always"},
    [P_STOP] = {"stop_atr", 0.5, 0, 20, false, "how far behind the excursion the stop lies, in average true ranges"},
    [P_SHORT] = PARAM_SHORT(1),
    {.name = NULL},
};

struct reversion {
    struct kit kit;
    double adx_max, stop;
    bool allow_short;
    int32_t outside; /* where the last close was: 1 above the bands, -1 below, 0 inside */
    double farthest; /* of the excursion: its highest high or lowest low */
    double depth;    /* and how far beyond the band it closed at most */
};

struct reading {
    double close, band[3], adx, atr;
};
enum { UPPER, MIDDLE, LOWER };
enum { USE_BANDS, USE_ADX, USE_ATR, USE_COUNT };
static const double atr_period = ATR_PERIOD, adx_period = ADX_PERIOD;

static void uses(const double *p, struct kit_use out[USE_COUNT]) {
    out[USE_BANDS] = (struct kit_use){&indicator_bb, &p[P_PERIOD]};
    out[USE_ADX] = (struct kit_use){&indicator_adx, &adx_period};
    out[USE_ATR] = (struct kit_use){&indicator_atr, &atr_period};
}

static size_t reversion_state_size(const double *p) {
    struct kit_use use[USE_COUNT];
    uses(p, use);
    return kit_size(sizeof(struct reversion), use, USE_COUNT);
}

static int reversion_open(void *state, const double *p, struct err *e) {
    struct reversion *r = state;
    struct kit_use use[USE_COUNT];
    uses(p, use);
    *r = (struct reversion){.adx_max = p[P_ADX], .stop = p[P_STOP], .allow_short = p[P_SHORT] != 0};
    return kit_open(&r->kit, sizeof *r, use, USE_COUNT, e);
}

static void reason(struct intent *w, const struct strategy_view *v, double way, double depth, const struct reading *r) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char close[MONEY_TEXT_MAX], band[MONEY_TEXT_MAX], out[MONEY_TEXT_MAX], adx[MONEY_TEXT_MAX];
        kit_figure(close, lang, r->close, v->instrument->decimals);
        kit_figure(band, lang, r->band[way > 0 ? LOWER : UPPER], v->instrument->decimals);
        kit_figure(out, lang, depth, 2);
        kit_figure(adx, lang, r->adx, 0);
        reason_set(w->reason[l],
                   way > 0
                       ? tr(lang, "back above the lower band: %s > %s, after %s ATR below; ADX %s",
                            "de retour au-dessus de la bande basse\u00a0: %s > %s, après %s ATR dessous\u00a0; ADX %s")
                       : tr(lang, "back below the upper band: %s < %s, after %s ATR above; ADX %s",
                            "de retour sous la bande haute\u00a0: %s < %s, après %s ATR dessus\u00a0; ADX %s"),
                   close, band, out, adx);
    }
}

static void came_back(const struct reversion *m, const struct strategy_view *v, double way, const struct reading *r,
                      struct intents *out) {
    if (r->adx > m->adx_max || way * (r->band[MIDDLE] - r->close) <= 0) return; /* or it is there already */
    struct intent *w = kit_turn(v, way, m->allow_short, out);
    if (w == NULL) return;
    double depth = m->depth / r->atr;
    double score = SHARE_DEPTH * kit_share(depth / DEPTH_FULL) +
                   SHARE_CALM * kit_share((CALM_ZERO - r->adx) / (CALM_ZERO - CALM_FULL)) +
                   SHARE_CLOSE * kit_place(v->bar, way);
    w->confidence = (uint32_t)(score + 0.5);
    w->stop = kit_level(v, m->farthest - way * m->stop * r->atr);
    w->target = kit_level(v, r->band[MIDDLE]);
    reason(w, v, way, depth, r);
}

static void went_out(struct reversion *m, const struct strategy_view *v, int32_t side, const struct reading *r) {
    double extreme = price_to_double(side > 0 ? v->bar->high : v->bar->low);
    double depth = side > 0 ? r->close - r->band[UPPER] : r->band[LOWER] - r->close;
    bool first = m->outside != side;
    if (first || side * extreme > side * m->farthest) m->farthest = extreme;
    if (first || depth > m->depth) m->depth = depth;
    m->outside = side;
}

static bool reached_the_middle(const struct strategy_view *v, const struct reading *r) {
    if (v->trade == NULL) return false;
    return v->trade->side == SIDE_LONG ? r->close >= r->band[MIDDLE] : r->close <= r->band[MIDDLE];
}

static void reversion_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct reversion *m = state;
    const struct indicator_bar row = indicator_bar_of(v->bar);
    struct reading r = {.close = row.close};
    kit_step(&m->kit, USE_BANDS, &row, r.band);
    kit_step(&m->kit, USE_ADX, &row, &r.adx);
    kit_step(&m->kit, USE_ATR, &row, &r.atr);
    if (isnan(r.band[MIDDLE])) return;
    int32_t side = r.close > r.band[UPPER] ? 1 : r.close < r.band[LOWER] ? -1 : 0;
    if (side != 0) {
        went_out(m, v, side, &r);
        return;
    }
    int32_t from = m->outside;
    m->outside = 0;
    if (reached_the_middle(v, &r))
        kit_exit(out);
    else if (from != 0 && r.atr > 0 && !isnan(r.adx))
        came_back(m, v, -from, &r, out);
}

static void reversion_snap(void *state, struct snap *s) {
    struct reversion *m = state;
    snap_i32(s, &m->outside);
    if (m->outside < -1 || m->outside > 1) s->bad = true;
    snap_f64(s, &m->farthest);
    snap_f64(s, &m->depth);
    kit_snap(&m->kit, s);
}

const struct strategy strategy_mean_reversion = {
    .name = "MeanReversion",
    .summary = {"Trades the way back from outside the Bollinger bands to their middle.",
                "Joue le retour de l’extérieur des bandes de Bollinger vers leur milieu."},
    .definition = "Long when the close, having been below the lower Bollinger band, is inside again, while ADX(14) is "
                  "at most `adx_max`; short, where allowed, in the mirror. The stop lies `stop_atr` average true ranges"
                  " behind the farthest price of the excursion, the target is the middle of the bands; the trade also "
                  "ends when a bar closes beyond the middle, wherever that is by then. Confidence: 40 for having closed"
                  " 1 ATR outside, 35 for an ADX of 10 (from 40 down), 25 for a close at the far end of its bar.",
    .params = params,
    .regimes = 1u << REGIME_RANGE,
    .state_size = reversion_state_size,
    .open = reversion_open,
    .bar = reversion_bar,
    .snap = reversion_snap,
};
