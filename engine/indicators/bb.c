/*
 * bb: Bollinger bands.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_bb;

#define USES (INDICATOR_CLOSE)

struct bb {
    struct moments moments;
    double width;
};

static const struct param_spec params[] = {
    PARAM_PERIOD(20, 2), PARAM_NUMBER("deviations", 2, 0, 100, "width of the bands in standard deviations"), PARAM_END};
static const char *const outputs[] = {"bb_upper", "bb_middle", "bb_lower", NULL};

static int bb_open(void *state, const double *p, struct err *e) {
    struct bb *s = state;
    (void)e;
    moments_open(&s->moments, MEMORY(s), (uint32_t)p[0]);
    s->width = p[1];
    return 0;
}

static inline void advance(struct bb *s, double *mem, const struct indicator_bar *b, double *out) {
    double mean, variance;
    no_answer(out, 3);
    if (!moments_add(&s->moments, mem, b->close, &mean, &variance)) return;
    double width = s->width * sqrt(variance);
    out[0] = mean + width;
    out[1] = mean;
    out[2] = mean - width;
}

static void bb_snap(void *state, struct snap *snap) {
    struct bb *s = state;
    moments_snap(&s->moments, MEMORY(s), snap);
}

INDICATOR_SHAPE(bb, p[0], p[0] - 1)
INDICATOR_STEPS(bb, USES, 3)

const struct indicator indicator_bb = {
    .name = "bb",
    .alias = "bbands",
    .summary = {"Bollinger bands", "Bandes de Bollinger"},
    .definition =
        "J. Bollinger: simple average and standard deviation (of the population). Flat: all three are the price.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(bb),
};
