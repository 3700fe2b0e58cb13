/*
 * linreg: linear regression: the line’s value at the newest row, from running sums.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_linreg;

#define USES (INDICATOR_CLOSE)

struct linreg {
    struct weighted sums;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 2), PARAM_END};
static const char *const outputs[] = {"linreg", NULL};

static int linreg_open(void *state, const double *p, struct err *e) {
    struct linreg *s = state;
    (void)e;
    weighted_open(&s->sums, MEMORY(s), (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct linreg *s, double *mem, const struct indicator_bar *b, double *out) {
    double sum, aged, n = s->sums.size, ages = 0.5 * n * (n - 1);
    out[0] = NAN;
    if (!weighted_add(&s->sums, mem, b->close, &sum, &aged)) return;
    double slope = (ages * sum - n * aged) / (n * (n * n - 1) * n / 12);
    out[0] = sum / n + slope * ages / n;
}

static void linreg_snap(void *state, struct snap *snap) {
    struct linreg *s = state;
    weighted_snap(&s->sums, MEMORY(s), snap);
}

INDICATOR_SHAPE(linreg, WEIGHTED_DOUBLES(p[0]), p[0] - 1)
INDICATOR_STEP(linreg, USES, 1)

const struct indicator indicator_linreg = {
    .name = "linreg",
    .summary = {"Linear regression", "Régression linéaire"},
    .definition = "Least squares over the last closes, at the newest row.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(linreg),
};
