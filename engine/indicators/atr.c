/*
 * atr: average true range after Wilder. The first value is the mean of the first
 * `period` true ranges (the first bar has none: it has no close before it); each later
 * one moves by 1/period towards the newest range. Batch and stream run the same steps.
 */
#include <math.h>

#include "engine/indicator.h"

#define PERIOD_MAX 4096

extern const struct indicator indicator_atr;

struct atr {
    uint32_t period, count; /* ranges seen, counted up to period */
    bool started;
    double last_close, value;
};

static const struct param_spec params[] = {
    {.name = "period", .value = 14, .min = 1, .max = PERIOD_MAX, .whole = true, .summary = "bars averaged"},
    {.name = NULL}};
static const char *const outputs[] = {"atr", NULL};

static size_t atr_state_size(const double *p) {
    (void)p;
    return sizeof(struct atr);
}

static int atr_open(void *state, const double *p, struct err *e) {
    struct atr *a = state;
    (void)e;
    *a = (struct atr){.period = (uint32_t)p[0]};
    return 0;
}

static int atr_lookback(const double *p) {
    return (int)p[0];
}

static inline double advance(struct atr *a, double h, double l, double c) {
    double before = a->last_close;
    a->last_close = c;
    if (!a->started) {
        a->started = true;
        return NAN;
    }
    double high = h > before ? h : before, low = l < before ? l : before, range = high - low;
    if (a->count == a->period) {
        a->value = (a->value * (a->period - 1) + range) / a->period;
        return a->value;
    }
    a->value += range; /* still a sum */
    if (++a->count < a->period) return NAN;
    a->value /= a->period;
    return a->value;
}

static void atr_step(void *state, double o, double h, double l, double c, double v, double *out) {
    (void)o, (void)v;
    *out = advance(state, h, l, c);
}

static void atr_batch(const double *p, const struct indicator_bars *in, size_t n, double *const *out) {
    struct atr a = {.period = (uint32_t)p[0]};
    for (size_t i = 0; i < n; i++) out[0][i] = advance(&a, in->high[i], in->low[i], in->close[i]);
}

static void atr_snap(void *state, struct snap *s) {
    struct atr *a = state;
    uint32_t period = a->period;
    snap_u32(s, &period);
    if (period != a->period) s->bad = true;
    snap_count(s, &a->count, a->period);
    snap_bool(s, &a->started);
    snap_f64(s, &a->last_close);
    snap_f64(s, &a->value);
}

const struct indicator indicator_atr = {
    .name = "atr",
    .summary = {"Average true range", "Amplitude moyenne réelle (ATR)"},
    .params = params,
    .outputs = outputs,
    .state_size = atr_state_size,
    .open = atr_open,
    .lookback = atr_lookback,
    .batch = atr_batch,
    .step = atr_step,
    .snap = atr_snap,
};
