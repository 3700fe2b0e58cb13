/*
 * linreg_slope: slope of the linear regression, from running sums.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_linreg_slope;

#define USES (INDICATOR_CLOSE)

struct linreg_slope {
    struct weighted sums;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 2), PARAM_END};
static const char *const outputs[] = {"linreg_slope", NULL};

static int linreg_slope_open(void *state, const double *p, struct err *e) {
    struct linreg_slope *s = state;
    (void)e;
    weighted_open(&s->sums, MEMORY(s), (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct linreg_slope *s, double *mem, const struct indicator_bar *b, double *out) {
    double sum, aged, n = s->sums.size;
    out[0] = NAN;
    if (!weighted_add(&s->sums, mem, b->close, &sum, &aged)) return;
    out[0] = (0.5 * n * (n - 1) * sum - n * aged) / (n * (n * n - 1) * n / 12);
}

static void linreg_slope_snap(void *state, struct snap *snap) {
    struct linreg_slope *s = state;
    weighted_snap(&s->sums, MEMORY(s), snap);
}

INDICATOR_SHAPE(linreg_slope, WEIGHTED_DOUBLES(p[0]), p[0] - 1)
INDICATOR_STEP(linreg_slope, USES, 1)

const struct indicator indicator_linreg_slope = {
    .name = "linreg_slope",
    .summary = {"Slope of the linear regression", "Pente de la régression linéaire"},
    .definition = "Least squares over the last closes, price a row.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(linreg_slope),
};
