/*
 * stochrsi: stochastic of the relative strength index.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_stochrsi;

#define USES (INDICATOR_CLOSE)

struct stochrsi {
    struct decay up, down;
    struct extremes window;
    struct window slow, signal;
    double before;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 2),
                                           PARAM_ROWS("window", 14, 1, "rows whose range of RSI is looked at"),
                                           PARAM_ROWS("slow", 3, 1, "rows that smooth %K"),
                                           PARAM_ROWS("signal", 3, 1, "rows that smooth %K to %D"), PARAM_END};
static const char *const outputs[] = {"stochrsi_k", "stochrsi_d", NULL};

HOT double *slow_of(struct stochrsi *s, double *mem) {
    return mem + EXTREMES_DOUBLES(s->window.high.size);
}

HOT double *signal_of(struct stochrsi *s, double *mem) {
    return slow_of(s, mem) + WINDOW_DOUBLES(s->slow.size);
}

static int stochrsi_open(void *state, const double *p, struct err *e) {
    struct stochrsi *s = state;
    (void)e;
    wilder_open(&s->up, (uint32_t)p[0]);
    wilder_open(&s->down, (uint32_t)p[0]);
    extremes_open(&s->window, MEMORY(s), (uint32_t)p[1]);
    window_open(&s->slow, FOLD_SUM, slow_of(s, MEMORY(s)), (uint32_t)p[2]);
    window_open(&s->signal, FOLD_SUM, signal_of(s, MEMORY(s)), (uint32_t)p[3]);
    return 0;
}

HOT void advance(struct stochrsi *s, double *mem, const struct indicator_bar *b, double *out) {
    double change = b->close - s->before, high, low;
    s->before = b->close;
    no_answer(out, 2);
    if (__builtin_expect(!s->started, 0)) {
        s->started = 1;
        return;
    }
    double up = decay_add(&s->up, greater(change, 0)), down = decay_add(&s->down, greater(-change, 0));
    if (isnan(up)) return;
    double rsi = 100 * ratio(up, up + down, 0);
    if (!extremes_add(&s->window, mem, rsi, rsi, &high, &low)) return;
    double slow = window_add(&s->slow, FOLD_SUM, slow_of(s, mem), 100 * ratio(rsi - low, high - low, 0)) / s->slow.size;
    if (!window_is_full(&s->slow)) return;
    double signal = window_add(&s->signal, FOLD_SUM, signal_of(s, mem), slow) / s->signal.size;
    if (!window_is_full(&s->signal)) return;
    out[0] = slow;
    out[1] = signal;
}

static void stochrsi_snap(void *state, struct snap *snap) {
    struct stochrsi *s = state;
    decay_snap(&s->up, snap);
    decay_snap(&s->down, snap);
    extremes_snap(&s->window, MEMORY(s), snap);
    window_snap(&s->slow, slow_of(s, MEMORY(s)), snap);
    window_snap(&s->signal, signal_of(s, MEMORY(s)), snap);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(stochrsi, EXTREMES_DOUBLES(p[1]) + WINDOW_DOUBLES(p[2]) + WINDOW_DOUBLES(p[3]),
                p[0] + p[1] + p[2] + p[3] - 3)
INDICATOR_STEP(stochrsi, USES, 2)

const struct indicator indicator_stochrsi = {
    .name = "stochrsi",
    .summary = {"Stochastic RSI", "RSI stochastique"},
    .definition = "T. Chande and S. Kroll, 1994, times 100, smoothed to %K and %D as charts show it. A window without "
                  "a range: raw %K 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(stochrsi),
};
