/*
 * bb: Bollinger bands.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_bb;

#define USES (INDICATOR_CLOSE)

struct bb {
    struct moments moments;
    double width, share; /* share: of one close */
};

static const struct param_spec params[] = {
    PARAM_PERIOD(20, 2), PARAM_NUMBER("deviations", 2, 0, 100, "width of the bands in standard deviations"), PARAM_END};
static const char *const outputs[] = {"bb_upper", "bb_middle", "bb_lower", NULL};

HOT void bands(const struct bb *s, double sum, double squares, double *upper, double *middle, double *lower) {
    double mean = sum * s->share, width = s->width * sqrt(variance_of(mean, squares * s->share));
    *upper = mean + width;
    *middle = mean;
    *lower = mean - width;
}

static int bb_open(void *state, const double *p, struct err *e) {
    struct bb *s = state;
    (void)e;
    moments_open(&s->moments, MEMORY(s), (uint32_t)p[0]);
    s->width = p[1];
    s->share = 1 / p[0];
    return 0;
}

HOT void advance(struct bb *s, double *mem, const struct indicator_bar *b, double *out) {
    double sum, squares;
    no_answer(out, 3);
    if (moments_add(&s->moments, mem, b->close, &sum, &squares)) bands(s, sum, squares, &out[0], &out[1], &out[2]);
}

static void bb_snap(void *state, struct snap *snap) {
    struct bb *s = state;
    moments_snap(&s->moments, MEMORY(s), snap);
}

INDICATOR_SHAPE(bb, p[0], p[0] - 1)
INDICATOR_STEP(bb, USES, 3)

/* The sums first, one after the other, then the roots, which the compiler can take two at a time. */
static void bb_rows(struct bb *live, const struct indicator_columns *in, size_t i, size_t end, double *const *out) {
    struct bb s = *live;
    double sum[ROWS_AT_ONCE], squares[ROWS_AT_ONCE], *upper = out[0] + i, *middle = out[1] + i, *lower = out[2] + i;
    size_t n = end - i;
    for (size_t k = 0; k < n; k++)
        if (!moments_add(&s.moments, MEMORY(live), in->close[i + k], &sum[k], &squares[k])) sum[k] = NAN;
    for (size_t k = 0; k < n; k++) bands(&s, sum[k], squares[k], &upper[k], &middle[k], &lower[k]);
    *live = s;
}

INDICATOR_BATCH(bb, USES, 3)

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
    .batch = bb_batch,
};
