/*
 * dema: double exponential moving average.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_dema;

#define USES (INDICATOR_CLOSE)

struct dema {
    struct decay once, twice;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 1), PARAM_END};
static const char *const outputs[] = {"dema", NULL};

static int dema_open(void *state, const double *p, struct err *e) {
    struct dema *s = state;
    (void)e;
    decay_open(&s->once, (uint32_t)p[0]);
    decay_open(&s->twice, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct dema *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double once = decay_add(&s->once, b->close), twice = decay_add_if(&s->twice, once);
    out[0] = 2 * once - twice;
}

static void dema_snap(void *state, struct snap *snap) {
    struct dema *s = state;
    decay_snap(&s->once, snap);
    decay_snap(&s->twice, snap);
}

INDICATOR_SHAPE(dema, 0, 2 * (p[0] - 1))
INDICATOR_STEP(dema, USES, 1)

const struct indicator indicator_dema = {
    .name = "dema",
    .summary = {"Double exponential moving average", "Moyenne mobile exponentielle double (DEMA)"},
    .definition =
        "P. Mulloy, 1994: 2 EMA - EMA of EMA; each average is seeded with the mean of its first values, as in TA-Lib.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(dema),
};
