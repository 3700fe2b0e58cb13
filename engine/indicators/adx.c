/*
 * adx: average directional index. Movement up or down is a coin’s toss: computed without a branch.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_adx;

#define USES (INDICATOR_HIGH | INDICATOR_LOW)

struct adx {
    struct directional d;
    struct decay mean;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 2), PARAM_END};
static const char *const outputs[] = {"adx", NULL};

static int adx_open(void *state, const double *p, struct err *e) {
    struct adx *s = state;
    (void)e;
    directional_open(&s->d, (uint32_t)p[0]);
    wilder_open(&s->mean, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct adx *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    out[0] = NAN;
    if (!directional_add(&s->d, b)) return;
    double sum = s->d.plus + s->d.minus;
    out[0] = decay_add(&s->mean, 100 * ratio(fabs(s->d.plus - s->d.minus), sum, 0));
}

static void adx_snap(void *state, struct snap *snap) {
    struct adx *s = state;
    directional_snap(&s->d, snap);
    decay_snap(&s->mean, snap);
}

INDICATOR_SHAPE(adx, 0, 2 * p[0] - 1)
INDICATOR_STEP(adx, USES, 1)
INDICATOR_ROWS(adx, USES, 1, directional_is_ready(&s->d))
INDICATOR_BATCH(adx, USES, 1)

const struct indicator indicator_adx = {
    .name = "adx",
    .summary = {"Average directional index", "Indice directionnel moyen (ADX)"},
    .definition = "J. W. Wilder, 1978; seeds as in TA-Lib. A row without movement in either direction counts 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(adx),
    .batch = adx_batch,
};
