/*
 * trima: triangular moving average: a simple average of a simple average.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_trima;

#define USES (INDICATOR_CLOSE)

struct trima {
    struct window inner, outer;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 1), PARAM_END};
static const char *const outputs[] = {"trima", NULL};

static int trima_open(void *state, const double *p, struct err *e) {
    struct trima *s = state;
    (void)e;
    uint32_t half = (uint32_t)p[0] / 2;
    uint32_t other = (uint32_t)p[0] + 1 - (half > 0 ? half : 1);
    window_open(&s->inner, FOLD_SUM, MEMORY(s), half > 0 ? half : 1);
    window_open(&s->outer, FOLD_SUM, MEMORY(s) + WINDOW_DOUBLES(s->inner.size), other);
    return 0;
}

HOT void advance(struct trima *s, double *mem, const struct indicator_bar *b, double *out) {
    double inner = window_add(&s->inner, FOLD_SUM, mem, b->close) / s->inner.size;
    out[0] = NAN;
    if (!window_is_full(&s->inner)) return;
    double outer = window_add(&s->outer, FOLD_SUM, mem + WINDOW_DOUBLES(s->inner.size), inner);
    if (window_is_full(&s->outer)) out[0] = outer / s->outer.size;
}

static void trima_snap(void *state, struct snap *snap) {
    struct trima *s = state;
    window_snap(&s->inner, MEMORY(s), snap);
    window_snap(&s->outer, MEMORY(s) + WINDOW_DOUBLES(s->inner.size), snap);
}

INDICATOR_SHAPE(trima, p[0] + 3, p[0] - 1)
INDICATOR_STEP(trima, USES, 1)

const struct indicator indicator_trima = {
    .name = "trima",
    .summary = {"Triangular moving average", "Moyenne mobile triangulaire"},
    .definition = "The middle of the window counts most: a mean over period / 2 + 1 rows of the means over period / 2.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(trima),
};
