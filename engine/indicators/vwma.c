/*
 * vwma: volume-weighted moving average of the close: a VWAP over the last rows.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_vwma;

#define USES (INDICATOR_CLOSE | INDICATOR_VOLUME)

struct vwma {
    struct window money, volume;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 1), PARAM_END};
static const char *const outputs[] = {"vwma", NULL};

static int vwma_open(void *state, const double *p, struct err *e) {
    struct vwma *s = state;
    (void)e;
    window_open(&s->money, FOLD_SUM, MEMORY(s), (uint32_t)p[0]);
    window_open(&s->volume, FOLD_SUM, MEMORY(s) + WINDOW_DOUBLES(s->money.size), s->money.size);
    return 0;
}

HOT void advance(struct vwma *s, double *mem, const struct indicator_bar *b, double *out) {
    double money = window_add(&s->money, FOLD_SUM, mem, b->close * b->volume);
    double volume = window_add(&s->volume, FOLD_SUM, mem + WINDOW_DOUBLES(s->volume.size), b->volume);
    out[0] = window_is_full(&s->money) ? ratio(money, volume, b->close) : NAN;
}

static void vwma_snap(void *state, struct snap *snap) {
    struct vwma *s = state;
    window_snap(&s->money, MEMORY(s), snap);
    window_snap(&s->volume, MEMORY(s) + WINDOW_DOUBLES(s->volume.size), snap);
}

INDICATOR_SHAPE(vwma, 2 * WINDOW_DOUBLES(p[0]), p[0] - 1)
INDICATOR_STEP(vwma, USES, 1)
INDICATOR_ROWS(vwma, USES, 1, 0)
INDICATOR_BATCH(vwma, USES, 1)

const struct indicator indicator_vwma = {
    .name = "vwma",
    .summary = {"Volume-weighted moving average", "Moyenne mobile pondérée par le volume"},
    .definition = "Sum of close x volume over sum of volume. Without volume: the close.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(vwma),
    .batch = vwma_batch,
};
