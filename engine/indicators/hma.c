/*
 * hma: Hull moving average.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_hma;

#define USES (INDICATOR_CLOSE)

struct hma {
    struct weighted half, whole, last;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 2), PARAM_END};
static const char *const outputs[] = {"hma", NULL};

static uint32_t root(double period) {
    return (uint32_t)sqrt(period);
}

static double *half_of(struct hma *s) {
    return MEMORY(s) + WEIGHTED_DOUBLES(s->whole.size);
}

static double *last_of(struct hma *s) {
    return half_of(s) + WEIGHTED_DOUBLES(s->half.size);
}

static int hma_open(void *state, const double *p, struct err *e) {
    struct hma *s = state;
    (void)e;
    uint32_t period = (uint32_t)p[0];
    weighted_open(&s->whole, MEMORY(s), period);
    weighted_open(&s->half, half_of(s), period / 2);
    weighted_open(&s->last, last_of(s), root(p[0]));
    return 0;
}

HOT void advance(struct hma *s, double *mem, const struct indicator_bar *b, double *out) {
    double whole = weighted_mean(&s->whole, mem, b->close);
    double half = weighted_mean(&s->half, mem + WEIGHTED_DOUBLES(s->whole.size), b->close);
    out[0] = NAN;
    if (isnan(whole)) return;
    out[0] = weighted_mean(&s->last, mem + WEIGHTED_DOUBLES(s->whole.size) + WEIGHTED_DOUBLES(s->half.size),
                           2 * half - whole);
}

static void hma_snap(void *state, struct snap *snap) {
    struct hma *s = state;
    weighted_snap(&s->whole, MEMORY(s), snap);
    weighted_snap(&s->half, half_of(s), snap);
    weighted_snap(&s->last, last_of(s), snap);
}

INDICATOR_SHAPE(hma, WEIGHTED_DOUBLES(p[0]) + WEIGHTED_DOUBLES(floor(p[0] / 2)) + WEIGHTED_DOUBLES(root(p[0])),
                p[0] + root(p[0]) - 2)
INDICATOR_STEP(hma, USES, 1)

const struct indicator indicator_hma = {
    .name = "hma",
    .summary = {"Hull moving average", "Moyenne mobile de Hull"},
    .definition = "A. Hull, 2005: WMA over int(sqrt(period)) rows of 2 WMA(int(period / 2)) - WMA(period).",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(hma),
};
