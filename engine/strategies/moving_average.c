/*
 * MovingAverage: the crossing of the close and its moving average. Confidence is measured, not guessed: how far the
 * close broke through, how the average itself slopes, and where in its bar the price closed.
 */
#include "engine/strategies/kit.h"

#define SLOPE_BARS 5
#define OLD_PERIOD_MAX 2000 /* of ma_period */
#define ATR_PERIOD 14
/* Shares of the confidence; they add up to 100. */
#define SHARE_BREAK 40.0
#define SHARE_SLOPE 35.0
#define SHARE_CLOSE 25.0
#define BREAK_FULL 0.75    /* in ATR: a break this deep earns its whole share */
#define SLOPE_ZERO (-0.25) /* in ATR over SLOPE_BARS: from here a slope earns something … */
#define SLOPE_FULL 0.5     /* … and here all of it */

extern const struct indicator indicator_sma, indicator_atr;
extern const struct strategy strategy_moving_average;

enum { P_PERIOD, P_STOP, P_TARGET, P_SHORT };
static const struct param_spec params[] = {
    [P_PERIOD] = {"ma_period", 20, 2, 2000, true, "bars of the moving average"},
    [P_STOP] = PARAM_STOP_SHARE(0.02),
    [P_TARGET] = PARAM_TARGET_SHARE(0),
    [P_SHORT] = PARAM_SHORT(1),
    {.name = NULL},
};

struct ma {
    struct kit kit;
    double stop, target;
    uint32_t period;
    bool allow_short;
    bool before_known;
    double before;           /* close less average, one bar ago */
    double past[SLOPE_BARS]; /* averages, a ring */
    uint32_t past_count, past_at;
};

static const double atr_period = ATR_PERIOD;

struct reading {
    double close, ma, atr, depth, slope, place;
};

enum { USE_SMA, USE_ATR, USE_COUNT };

static void uses(const double *p, struct kit_use out[USE_COUNT]) {
    out[USE_SMA] = (struct kit_use){&indicator_sma, &p[P_PERIOD]};
    out[USE_ATR] = (struct kit_use){&indicator_atr, &atr_period};
}

static size_t ma_state_size(const double *p) {
    struct kit_use use[USE_COUNT];
    uses(p, use);
    return kit_size(sizeof(struct ma), use, USE_COUNT);
}

static int ma_open(void *state, const double *p, struct err *e) {
    struct ma *m = state;
    struct kit_use use[USE_COUNT];
    uses(p, use);
    *m = (struct ma){
        .stop = p[P_STOP], .target = p[P_TARGET], .allow_short = p[P_SHORT] != 0, .period = (uint32_t)p[P_PERIOD]};
    return kit_open(&m->kit, sizeof *m, use, USE_COUNT, e);
}

/* `way`: 1 for a long, -1 for a short. Depth and slope are counted in its favour. */
static uint32_t confidence(const struct ma *m, const struct bar *b, double way, struct reading *r) {
    double oldest = m->past[m->past_at];
    r->depth = way * (r->close - r->ma) / r->atr;
    r->slope = m->past_count == SLOPE_BARS ? way * (r->ma - oldest) / r->atr : 0;
    r->place = kit_place(b, way);
    double score = SHARE_BREAK * kit_share(r->depth / BREAK_FULL) +
                   SHARE_SLOPE * kit_share((r->slope - SLOPE_ZERO) / (SLOPE_FULL - SLOPE_ZERO)) +
                   SHARE_CLOSE * r->place;
    return (uint32_t)(score + 0.5);
}

static void reason(struct intent *w, const struct strategy_view *v, const struct reading *r, double way) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char close[MONEY_TEXT_MAX], ma[MONEY_TEXT_MAX], depth[MONEY_TEXT_MAX], slope[MONEY_TEXT_MAX];
        kit_figure(close, lang, r->close, v->instrument->decimals);
        kit_figure(ma, lang, r->ma, v->instrument->decimals);
        kit_figure(depth, lang, r->depth, 2);
        kit_figure(slope, lang, way * r->slope, 2);
        reason_set(w->reason[l],
                   way > 0 ? tr(lang, "crossed above its average: %s > %s, by %s ATR; slope %s ATR",
                                "croise au-dessus de sa moyenne\u00a0: %s > %s, de %s ATR\u00a0; pente %s ATR")
                           : tr(lang, "crossed below its average: %s < %s, by %s ATR; slope %s ATR",
                                "croise au-dessous de sa moyenne\u00a0: %s < %s, de %s ATR\u00a0; pente %s ATR"),
                   close, ma, depth, slope);
    }
}

static void crossed(const struct ma *m, const struct strategy_view *v, double way, struct reading *r,
                    struct intents *out) {
    struct intent *w = kit_turn(v, way, m->allow_short, out);
    if (w == NULL) return;
    w->confidence = confidence(m, v->bar, way, r);
    w->stop = kit_level(v, r->close * (1 - way * m->stop));
    if (m->target > 0) w->target = kit_level(v, r->close * (1 + way * m->target));
    reason(w, v, r, way);
}

static void remember(struct ma *m, double ma) {
    m->past[m->past_at] = ma;
    m->past_at = m->past_at + 1 == SLOPE_BARS ? 0 : m->past_at + 1;
    if (m->past_count < SLOPE_BARS) m->past_count++;
}

static void ma_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct ma *m = state;
    const struct bar *b = v->bar;
    struct reading r = {.close = price_to_double(b->close)};
    const struct indicator_bar row = indicator_bar_of(b);
    kit_step(&m->kit, USE_SMA, &row, &r.ma);
    kit_step(&m->kit, USE_ATR, &row, &r.atr);
    if (isnan(r.ma)) return;
    double now = r.close - r.ma;
    bool up = m->before_known && m->before <= 0 && now > 0, down = m->before_known && m->before >= 0 && now < 0;
    if ((up || down) && r.atr > 0) crossed(m, v, up ? 1 : -1, &r, out); /* false for NaN too */
    m->before = now;
    m->before_known = true;
    remember(m, r.ma);
}

/* ---- states stored before format 4, when the two indicators kept others: what they knew is told to those of today ---- */

static void tell(const struct indicator *in, void *state, double high, double low) {
    struct indicator_bar row = {.high = high, .low = low, .close = low};
    double out;
    indicator_step(in, state, &row, &out);
}

static void read_old_sma(struct ma *m, struct snap *s) {
    uint32_t period = 0, at, count;
    double sum, fresh, ring[OLD_PERIOD_MAX];
    snap_u32(s, &period);
    if (period != m->period || period > OLD_PERIOD_MAX) s->bad = true;
    if (s->bad) return;
    snap_count(s, &at, period - 1);
    snap_count(s, &count, period);
    snap_f64(s, &sum);
    snap_f64(s, &fresh);
    for (uint32_t i = 0; i < period; i++) snap_f64(s, &ring[i]);
    for (uint32_t i = 0; i < count; i++) {
        double close = ring[(at + period - count + i) % period];
        tell(&indicator_sma, kit_state(&m->kit, USE_SMA), close, close);
    }
}

static void read_old_atr(struct ma *m, struct snap *s) {
    uint32_t period = 0, count;
    bool started;
    double close, value; /* the sum of the first ranges, later their average */
    snap_u32(s, &period);
    if (period != ATR_PERIOD) s->bad = true;
    snap_count(s, &count, ATR_PERIOD);
    snap_bool(s, &started);
    snap_f64(s, &close);
    snap_f64(s, &value);
    if (s->bad || !started) return;
    double range = count == ATR_PERIOD ? value : count > 0 ? value / count : 0;
    tell(&indicator_atr, kit_state(&m->kit, USE_ATR), close, close);
    for (uint32_t i = 0; i < count; i++) tell(&indicator_atr, kit_state(&m->kit, USE_ATR), close + range, close);
}

static void ma_snap(void *state, struct snap *s) {
    struct ma *m = state;
    snap_bool(s, &m->before_known);
    snap_f64(s, &m->before);
    for (int i = 0; i < SLOPE_BARS; i++) snap_f64(s, &m->past[i]);
    snap_count(s, &m->past_count, SLOPE_BARS);
    snap_count(s, &m->past_at, SLOPE_BARS - 1);
    if (!snap_has(s, 4)) {
        read_old_sma(m, s);
        read_old_atr(m, s);
        return;
    }
    kit_snap(&m->kit, s);
}

const struct strategy strategy_moving_average = {
    .name = "MovingAverage",
    .summary = {"Trades the crossing of the price and its moving average.",
                "Suit le croisement du prix et de sa moyenne mobile."},
    .definition = "Long when the close crosses above its average, out (and short, where allowed) when it crosses below."
                  " Confidence: 40 for a close 0.75 ATR beyond the average, 35 for a slope of the average of 0.5 ATR in"
                  " five bars (from -0.25), 25 for a close at the far end of its bar.",
    .params = params,
    .regimes = 1u << REGIME_TREND,
    .state_size = ma_state_size,
    .open = ma_open,
    .bar = ma_bar,
    .snap = ma_snap,
};
