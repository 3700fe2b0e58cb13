/*
 * sma: simple moving average of the close.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_sma;

#define USES (INDICATOR_CLOSE)

struct sma {
    struct window sum;
    double share; /* of one close */
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 1), PARAM_END};
static const char *const outputs[] = {"sma", NULL};

static int sma_open(void *state, const double *p, struct err *e) {
    struct sma *s = state;
    (void)e;
    window_open(&s->sum, FOLD_SUM, MEMORY(s), (uint32_t)p[0]);
    s->share = 1 / p[0];
    return 0;
}

HOT void advance(struct sma *s, double *mem, const struct indicator_bar *b, double *out) {
    double sum = window_add(&s->sum, FOLD_SUM, mem, b->close);
    out[0] = window_is_full(&s->sum) ? sum * s->share : NAN;
}

static void sma_snap(void *state, struct snap *snap) {
    struct sma *s = state;
    window_snap(&s->sum, MEMORY(s), snap);
}

INDICATOR_SHAPE(sma, WINDOW_DOUBLES(p[0]), p[0] - 1)
INDICATOR_STEP(sma, USES, 1)
INDICATOR_ROWS(sma, USES, 1, 0)
INDICATOR_BATCH(sma, USES, 1)

const struct indicator indicator_sma = {
    .name = "sma",
    .summary = {"Simple moving average", "Moyenne mobile simple"},
    .definition = "Mean of the last closes.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(sma),
    .batch = sma_batch,
};
