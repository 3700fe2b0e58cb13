/*
 * wma: weighted moving average of the close, from running sums.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_wma;

#define USES (INDICATOR_CLOSE)

struct wma {
    struct weighted mean;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 1), PARAM_END};
static const char *const outputs[] = {"wma", NULL};

static int wma_open(void *state, const double *p, struct err *e) {
    struct wma *s = state;
    (void)e;
    weighted_open(&s->mean, MEMORY(s), (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct wma *s, double *mem, const struct indicator_bar *b, double *out) {
    out[0] = weighted_mean(&s->mean, mem, b->close);
}

static void wma_snap(void *state, struct snap *snap) {
    struct wma *s = state;
    weighted_snap(&s->mean, MEMORY(s), snap);
}

INDICATOR_SHAPE(wma, WEIGHTED_DOUBLES(p[0]), p[0] - 1)
INDICATOR_STEP(wma, USES, 1)

const struct indicator indicator_wma = {
    .name = "wma",
    .summary = {"Weighted moving average", "Moyenne mobile pondérée"},
    .definition = "The newest close counts period times, the oldest once.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(wma),
};
