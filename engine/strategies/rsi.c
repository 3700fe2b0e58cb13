/*
 * RSI: the way back from oversold and overbought. Confidence: how deep the index had gone, how fast it came back,
 * where in its bar the price closed.
 */
#include "engine/strategies/kit.h"

/* Shares of the confidence; they add up to 100. */
#define SHARE_DEPTH 45.0
#define SHARE_PACE 30.0
#define SHARE_CLOSE 25.0
#define DEPTH_FULL 15.0 /* points beyond the threshold that earn the whole share */
#define PACE_FULL 10.0  /* points of the index in the bar of the return */

extern const struct indicator indicator_rsi;
extern const struct strategy strategy_rsi;

enum { P_PERIOD, P_OVERSOLD, P_OVERBOUGHT, P_STOP, P_TARGET, P_SHORT };
static const struct param_spec params[] = {
    [P_PERIOD] = {"rsi_period", 14, 2, 1000, true, "bars of the index"},
    [P_OVERSOLD] = {"oversold", 30, 1, 99, false, "below it the market is oversold"},
    [P_OVERBOUGHT] = {"overbought", 70, 1, 99, false, "above it the market is overbought"},
    [P_STOP] = PARAM_STOP_SHARE(0.02),
    [P_TARGET] = PARAM_TARGET_SHARE(0.04),
    [P_SHORT] = PARAM_SHORT(1),
    {.name = NULL},
};

struct rsi {
    struct kit kit;
    double oversold, overbought, stop, target;
    bool allow_short;
    double before;          /* the index one bar ago; NaN: there is none */
    double lowest, highest; /* since it was last on the calm side of a threshold */
};

static void uses(const double *p, struct kit_use *out) {
    *out = (struct kit_use){&indicator_rsi, &p[P_PERIOD]};
}

static size_t rsi_state_size(const double *p) {
    struct kit_use use;
    uses(p, &use);
    return kit_size(sizeof(struct rsi), &use, 1);
}

static int rsi_open(void *state, const double *p, struct err *e) {
    struct rsi *r = state;
    struct kit_use use;
    uses(p, &use);
    if (p[P_OVERSOLD] >= p[P_OVERBOUGHT])
        return err_set(e, ERR_RANGE, "RSI: oversold is to be below overbought",
                       "RSI\u00a0: oversold doit être inférieur à overbought");
    *r = (struct rsi){.oversold = p[P_OVERSOLD],
                      .overbought = p[P_OVERBOUGHT],
                      .stop = p[P_STOP],
                      .target = p[P_TARGET],
                      .allow_short = p[P_SHORT] != 0,
                      .before = NAN,
                      .lowest = 100,
                      .highest = 0};
    return kit_open(&r->kit, sizeof *r, &use, 1, e);
}

static void reason(struct intent *w, double way, double extreme, double before, double now) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char far[MONEY_TEXT_MAX], was[MONEY_TEXT_MAX], is[MONEY_TEXT_MAX];
        kit_figure(far, lang, extreme, 1);
        kit_figure(was, lang, before, 1);
        kit_figure(is, lang, now, 1);
        reason_set(w->reason[l],
                   way > 0 ? tr(lang, "RSI back from oversold: %s → %s, lowest %s",
                                "le RSI sort de la survente\u00a0: %s → %s, plus bas %s")
                           : tr(lang, "RSI back from overbought: %s → %s, highest %s",
                                "le RSI sort du surachat\u00a0: %s → %s, plus haut %s"),
                   was, is, far);
    }
}

static void came_back(struct rsi *r, const struct strategy_view *v, double way, double now, struct intents *out) {
    struct intent *w = kit_turn(v, way, r->allow_short, out);
    if (w == NULL) return;
    double depth = way > 0 ? r->oversold - r->lowest : r->highest - r->overbought,
           close = price_to_double(v->bar->close);
    double score = SHARE_DEPTH * kit_share(depth / DEPTH_FULL) +
                   SHARE_PACE * kit_share(way * (now - r->before) / PACE_FULL) + SHARE_CLOSE * kit_place(v->bar, way);
    w->confidence = (uint32_t)(score + 0.5);
    w->stop = kit_level(v, close * (1 - way * r->stop));
    if (r->target > 0) w->target = kit_level(v, close * (1 + way * r->target));
    reason(w, way, way > 0 ? r->lowest : r->highest, r->before, now);
}

static void rsi_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct rsi *r = state;
    const struct indicator_bar row = indicator_bar_of(v->bar);
    double now;
    kit_step(&r->kit, 0, &row, &now);
    if (isnan(now)) return;
    if (now < r->lowest) r->lowest = now;
    if (now > r->highest) r->highest = now;
    if (r->before < r->oversold && now >= r->oversold) came_back(r, v, 1, now, out); /* false for NaN */
    if (r->before > r->overbought && now <= r->overbought) came_back(r, v, -1, now, out);
    if (now >= r->oversold) r->lowest = 100;
    if (now <= r->overbought) r->highest = 0;
    r->before = now;
}

static void rsi_snap(void *state, struct snap *s) {
    struct rsi *r = state;
    snap_f64(s, &r->before);
    snap_f64(s, &r->lowest);
    snap_f64(s, &r->highest);
    kit_snap(&r->kit, s);
}

const struct strategy strategy_rsi = {
    .name = "RSI",
    .summary = {"Buys when the market comes back from oversold, sells when it comes back from overbought.",
                "Achète à la sortie d’une survente, vend à la sortie d’un surachat."},
    .definition = "Long when the index, having been below `oversold`, closes at or above it again; short, where "
                  "allowed, when it comes back below `overbought`. Either one also ends the trade of the other side. "
                  "Confidence: 45 for having gone 15 points beyond the threshold, 30 for coming back by 10 points in a "
                  "bar, 25 for a close at the far end of its bar.",
    .params = params,
    .regimes = 1u << REGIME_RANGE,
    .state_size = rsi_state_size,
    .open = rsi_open,
    .bar = rsi_bar,
    .snap = rsi_snap,
};
