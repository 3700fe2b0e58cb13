/*
 * cmf: Chaikin money flow.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_cmf;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE | INDICATOR_VOLUME)

struct cmf {
    struct window money, volume;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 1), PARAM_END};
static const char *const outputs[] = {"cmf", NULL};

static int cmf_open(void *state, const double *p, struct err *e) {
    struct cmf *s = state;
    (void)e;
    window_open(&s->money, FOLD_SUM, MEMORY(s), (uint32_t)p[0]);
    window_open(&s->volume, FOLD_SUM, MEMORY(s) + WINDOW_DOUBLES(s->money.size), s->money.size);
    return 0;
}

HOT void advance(struct cmf *s, double *mem, const struct indicator_bar *b, double *out) {
    double money = window_add(&s->money, FOLD_SUM, mem, money_flow(b));
    double volume = window_add(&s->volume, FOLD_SUM, mem + WINDOW_DOUBLES(s->volume.size), b->volume);
    out[0] = window_is_full(&s->money) ? ratio(money, volume, 0) : NAN;
}

static void cmf_snap(void *state, struct snap *snap) {
    struct cmf *s = state;
    window_snap(&s->money, MEMORY(s), snap);
    window_snap(&s->volume, MEMORY(s) + WINDOW_DOUBLES(s->volume.size), snap);
}

INDICATOR_SHAPE(cmf, 2 * WINDOW_DOUBLES(p[0]), p[0] - 1)
INDICATOR_STEP(cmf, USES, 1)

const struct indicator indicator_cmf = {
    .name = "cmf",
    .summary = {"Chaikin money flow", "Flux monétaire de Chaikin (CMF)"},
    .definition = "M. Chaikin: sum of money flow over sum of volume. No volume: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(cmf),
};
