/*
 * stddev: standard deviation of the close.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_stddev;

#define USES (INDICATOR_CLOSE)

struct stddev {
    struct moments moments;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 2), PARAM_END};
static const char *const outputs[] = {"stddev", NULL};

static int stddev_open(void *state, const double *p, struct err *e) {
    struct stddev *s = state;
    (void)e;
    moments_open(&s->moments, MEMORY(s), (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct stddev *s, double *mem, const struct indicator_bar *b, double *out) {
    double sum, squares, n = s->moments.size;
    bool full = moments_add(&s->moments, mem, b->close, &sum, &squares);
    out[0] = full ? sqrt(variance_of(sum / n, squares / n)) : NAN;
}

static void stddev_snap(void *state, struct snap *snap) {
    struct stddev *s = state;
    moments_snap(&s->moments, MEMORY(s), snap);
}

INDICATOR_SHAPE(stddev, p[0], p[0] - 1)
INDICATOR_STEP(stddev, USES, 1)

const struct indicator indicator_stddev = {
    .name = "stddev",
    .summary = {"Standard deviation", "Écart-type"},
    .definition = "Of the population, by running sums in TA-Lib’s order, whose rounding (up to 1e-7) is part of its "
                  "figures; the sums are made afresh every 4096 rows. Flat: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(stddev),
};
