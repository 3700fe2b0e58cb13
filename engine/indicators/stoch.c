/*
 * stoch: slow stochastic.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_stoch;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct stoch {
    struct extremes window;
    struct window slow, signal;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 1), PARAM_ROWS("slow", 3, 1, "rows that smooth %K"),
                                           PARAM_ROWS("signal", 3, 1, "rows that smooth %K to %D"), PARAM_END};
static const char *const outputs[] = {"stoch_k", "stoch_d", NULL};

HOT double *slow_of(struct stoch *s, double *mem) {
    return mem + EXTREMES_DOUBLES(s->window.high.size);
}

HOT double *signal_of(struct stoch *s, double *mem) {
    return slow_of(s, mem) + WINDOW_DOUBLES(s->slow.size);
}

static int stoch_open(void *state, const double *p, struct err *e) {
    struct stoch *s = state;
    (void)e;
    extremes_open(&s->window, MEMORY(s), (uint32_t)p[0]);
    window_open(&s->slow, FOLD_SUM, slow_of(s, MEMORY(s)), (uint32_t)p[1]);
    window_open(&s->signal, FOLD_SUM, signal_of(s, MEMORY(s)), (uint32_t)p[2]);
    return 0;
}

HOT void advance(struct stoch *s, double *mem, const struct indicator_bar *b, double *out) {
    double high, low;
    no_answer(out, 2);
    if (!extremes_add(&s->window, mem, b->high, b->low, &high, &low)) return;
    double slow =
        window_add(&s->slow, FOLD_SUM, slow_of(s, mem), 100 * ratio(b->close - low, high - low, 0)) / s->slow.size;
    if (!window_is_full(&s->slow)) return;
    double signal = window_add(&s->signal, FOLD_SUM, signal_of(s, mem), slow) / s->signal.size;
    if (!window_is_full(&s->signal)) return;
    out[0] = slow;
    out[1] = signal;
}

static void stoch_snap(void *state, struct snap *snap) {
    struct stoch *s = state;
    extremes_snap(&s->window, MEMORY(s), snap);
    window_snap(&s->slow, slow_of(s, MEMORY(s)), snap);
    window_snap(&s->signal, signal_of(s, MEMORY(s)), snap);
}

INDICATOR_SHAPE(stoch, EXTREMES_DOUBLES(p[0]) + WINDOW_DOUBLES(p[1]) + WINDOW_DOUBLES(p[2]), p[0] + p[1] + p[2] - 3)
INDICATOR_STEP(stoch, USES, 2)
INDICATOR_ROWS(stoch, USES, 2, 0)
INDICATOR_BATCH(stoch, USES, 2)

const struct indicator indicator_stoch = {
    .name = "stoch",
    .summary = {"Slow stochastic", "Stochastique lent"},
    .definition = "G. Lane; simple averages for slow %K and %D. A window without a range: raw %K 0, as in TA-Lib.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(stoch),
    .batch = stoch_batch,
};
