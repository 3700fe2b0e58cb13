/*
 * sma: simple moving average of the close. The running sum is replaced, once in every
 * period, by a sum made afresh, so that rounding never piles up; batch and stream run
 * the same steps. State: the last `period` values.
 */
#include <math.h>

#include "engine/indicator.h"

#define PERIOD_MAX 4096

extern const struct indicator indicator_sma;

struct sma {
    uint32_t period, at, count;
    double sum, fresh;
    double ring[];
};

static const struct param_spec params[] = {
    {.name = "period", .value = 20, .min = 1, .max = PERIOD_MAX, .whole = true, .summary = "bars averaged"},
    {.name = NULL}};
static const char *const outputs[] = {"sma", NULL};

static size_t sma_state_size(const double *p) {
    return sizeof(struct sma) + (size_t)p[0] * sizeof(double);
}

static int sma_open(void *state, const double *p, struct err *e) {
    struct sma *s = state;
    (void)e;
    *s = (struct sma){.period = (uint32_t)p[0]};
    for (uint32_t i = 0; i < s->period; i++) s->ring[i] = 0;
    return 0;
}

static int sma_lookback(const double *p) {
    return (int)p[0] - 1;
}

/* `old`: the value that leaves. Returns the average, or NaN before there are enough. */
static inline double advance(struct sma *s, double c, double old) {
    s->sum += c - old;
    s->fresh += c;
    if (++s->at == s->period) {
        s->at = 0;
        s->sum = s->fresh;
        s->fresh = 0;
    }
    if (s->count < s->period) s->count++;
    return s->count == s->period ? s->sum / s->period : NAN;
}

static void sma_step(void *state, double o, double h, double l, double c, double v, double *out) {
    struct sma *s = state;
    (void)o, (void)h, (void)l, (void)v;
    double old = s->ring[s->at];
    s->ring[s->at] = c;
    *out = advance(s, c, old);
}

static void sma_batch(const double *p, const struct indicator_bars *in, size_t n, double *const *out) {
    struct sma s = {.period = (uint32_t)p[0]};
    for (size_t i = 0; i < n; i++) out[0][i] = advance(&s, in->close[i], i >= s.period ? in->close[i - s.period] : 0);
}

static void sma_snap(void *state, struct snap *st) {
    struct sma *s = state;
    uint32_t period = s->period;
    snap_u32(st, &period);
    if (period != s->period) st->bad = true; /* another parameter's state */
    if (st->bad) return;
    snap_count(st, &s->at, s->period - 1);
    snap_count(st, &s->count, s->period);
    snap_f64(st, &s->sum);
    snap_f64(st, &s->fresh);
    for (uint32_t i = 0; i < s->period; i++) snap_f64(st, &s->ring[i]);
}

const struct indicator indicator_sma = {
    .name = "sma",
    .summary = {"Simple moving average", "Moyenne mobile simple"},
    .params = params,
    .outputs = outputs,
    .state_size = sma_state_size,
    .open = sma_open,
    .lookback = sma_lookback,
    .batch = sma_batch,
    .step = sma_step,
    .snap = sma_snap,
};
