/*
 * MovingAverage: long when the close crosses above its average, out (and short, where
 * allowed) when it crosses below. Confidence is measured, not guessed: how far the
 * close broke through, how the average itself slopes, and where in its bar the price
 * closed, the first two in units of the average true range.
 */
#include <math.h>
#include <string.h>

#include "engine/indicator.h"

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
    [P_STOP] = {"stop_loss_pct", 0.02, 0.0001, 0.5, false, "distance of the stop, as a share of the price"},
    [P_TARGET] = {"take_profit_pct", 0, 0, 5, false, "distance of the target, as a share of the price; 0: none"},
    [P_SHORT] = {"allow_short", 1, 0, 1, true, "1: sell short when the price crosses below"},
    {.name = NULL},
};

struct ma {
    double stop, target;
    uint32_t period;
    bool allow_short;
    bool before_known;
    double before;           /* close less average, one bar ago */
    double past[SLOPE_BARS]; /* averages, a ring */
    uint32_t past_count, past_at;
    size_t sma_at, atr_at; /* offsets of the indicators' states */
};

static const double atr_period = ATR_PERIOD;

struct reading {
    double close, ma, atr, depth, slope, place;
};

static size_t sma_offset(void) {
    return (sizeof(struct ma) + 15) / 16 * 16;
}

static size_t atr_offset(const double *p) {
    return sma_offset() + indicator_size(&indicator_sma, &p[P_PERIOD]);
}

static void *sma_of(struct ma *m) {
    return (uint8_t *)m + m->sma_at;
}

static void *atr_of(struct ma *m) {
    return (uint8_t *)m + m->atr_at;
}

static size_t ma_state_size(const double *p) {
    return atr_offset(p) + indicator_size(&indicator_atr, &atr_period);
}

static int ma_open(void *state, const double *p, struct err *e) {
    struct ma *m = state;
    *m = (struct ma){.stop = p[P_STOP],
                     .target = p[P_TARGET],
                     .allow_short = p[P_SHORT] != 0,
                     .period = (uint32_t)p[P_PERIOD],
                     .sma_at = sma_offset(),
                     .atr_at = atr_offset(p)};
    if (indicator_open(&indicator_sma, sma_of(m), &p[P_PERIOD], e) != 0) return -1;
    return indicator_open(&indicator_atr, atr_of(m), &atr_period, e);
}

static double within(double v) {
    return v < 0 ? 0 : v > 1 ? 1 : v;
}

/* `way`: 1 for a long, -1 for a short. Depth and slope are counted in its favour. */
static uint32_t confidence(const struct ma *m, const struct bar *b, double way, struct reading *r) {
    double oldest = m->past[m->past_at];
    double range = price_to_double(b->high) - price_to_double(b->low);
    r->depth = way * (r->close - r->ma) / r->atr;
    r->slope = m->past_count == SLOPE_BARS ? way * (r->ma - oldest) / r->atr : 0;
    double from_low = range > 0 ? (r->close - price_to_double(b->low)) / range : 0.5;
    r->place = way > 0 ? from_low : 1 - from_low;
    double score = SHARE_BREAK * within(r->depth / BREAK_FULL) +
                   SHARE_SLOPE * within((r->slope - SLOPE_ZERO) / (SLOPE_FULL - SLOPE_ZERO)) +
                   SHARE_CLOSE * within(r->place);
    return (uint32_t)(score + 0.5);
}

/* Figures as people read them; by way of whole numbers, which is many times cheaper than printing a double. */
static void figure(char out[MONEY_TEXT_MAX], enum lang lang, double v, int decimals) {
    price_t p;
    if (!price_from_double(v, &p)) p = PRICE_ZERO;
    price_say(out, lang, p, decimals);
}

static void reason(struct intent *w, const struct strategy_view *v, const struct reading *r, double way) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char close[MONEY_TEXT_MAX], ma[MONEY_TEXT_MAX], depth[MONEY_TEXT_MAX], slope[MONEY_TEXT_MAX];
        figure(close, lang, r->close, v->instrument->decimals);
        figure(ma, lang, r->ma, v->instrument->decimals);
        figure(depth, lang, r->depth, 2);
        figure(slope, lang, way * r->slope, 2);
        reason_set(w->reason[l],
                   way > 0 ? tr(lang, "crossed above its average: %s > %s, by %s ATR; slope %s ATR",
                                "croise au-dessus de sa moyenne\u00a0: %s > %s, de %s ATR\u00a0; pente %s ATR")
                           : tr(lang, "crossed below its average: %s < %s, by %s ATR; slope %s ATR",
                                "croise au-dessous de sa moyenne\u00a0: %s < %s, de %s ATR\u00a0; pente %s ATR"),
                   close, ma, depth, slope);
    }
}

/* A price `share` away from the close, on the tick; a stop never closer than asked. */
static price_t away(const struct strategy_view *v, double close, double share, bool is_up) {
    price_t p;
    if (!price_from_double(close * (is_up ? 1 + share : 1 - share), &p) || p.v <= 0) return PRICE_ZERO;
    return is_up ? price_ceil(p, v->instrument->tick) : price_floor(p, v->instrument->tick);
}

static void enter(const struct ma *m, const struct strategy_view *v, double way, struct reading *r,
                  struct intents *out) {
    struct intent *w = &out->item[out->n++];
    *w = (struct intent){.kind = INTENT_ENTER, .side = way > 0 ? SIDE_LONG : SIDE_SHORT};
    w->confidence = confidence(m, v->bar, way, r);
    w->stop = away(v, r->close, m->stop, way < 0);
    if (m->target > 0) w->target = away(v, r->close, m->target, way > 0);
    reason(w, v, r, way);
}

static void crossed(const struct ma *m, const struct strategy_view *v, double way, struct reading *r,
                    struct intents *out) {
    enum side side = way > 0 ? SIDE_LONG : SIDE_SHORT;
    if (v->trade != NULL && v->trade->side != side) out->item[out->n++] = (struct intent){.kind = INTENT_EXIT};
    if (side == SIDE_LONG || m->allow_short) enter(m, v, way, r, out);
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
    indicator_step(&indicator_sma, sma_of(m), &row, &r.ma);
    indicator_step(&indicator_atr, atr_of(m), &row, &r.atr);
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
        tell(&indicator_sma, sma_of(m), close, close);
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
    tell(&indicator_atr, atr_of(m), close, close);
    for (uint32_t i = 0; i < count; i++) tell(&indicator_atr, atr_of(m), close + range, close);
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
    indicator_snap(&indicator_sma, sma_of(m), s);
    indicator_snap(&indicator_atr, atr_of(m), s);
}

const struct strategy strategy_moving_average = {
    .name = "MovingAverage",
    .summary = {"Trades the crossing of the price and its moving average.",
                "Suit le croisement du prix et de sa moyenne mobile."},
    .params = params,
    .state_size = ma_state_size,
    .open = ma_open,
    .bar = ma_bar,
    .snap = ma_snap,
};
