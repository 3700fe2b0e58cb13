/*
 * tema: triple exponential moving average.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_tema;

#define USES (INDICATOR_CLOSE)

struct tema {
    struct decay once, twice, thrice;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 1), PARAM_END};
static const char *const outputs[] = {"tema", NULL};

static int tema_open(void *state, const double *p, struct err *e) {
    struct tema *s = state;
    (void)e;
    decay_open(&s->once, (uint32_t)p[0]);
    decay_open(&s->twice, (uint32_t)p[0]);
    decay_open(&s->thrice, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct tema *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double once = decay_add(&s->once, b->close), twice = decay_add_if(&s->twice, once);
    out[0] = 3 * once - 3 * twice + decay_add_if(&s->thrice, twice);
}

static void tema_snap(void *state, struct snap *snap) {
    struct tema *s = state;
    decay_snap(&s->once, snap);
    decay_snap(&s->twice, snap);
    decay_snap(&s->thrice, snap);
}

INDICATOR_SHAPE(tema, 0, 3 * (p[0] - 1))
INDICATOR_STEP(tema, USES, 1)

const struct indicator indicator_tema = {
    .name = "tema",
    .summary = {"Triple exponential moving average", "Moyenne mobile exponentielle triple (TEMA)"},
    .definition = "P. Mulloy, 1994: 3 EMA - 3 EMA of EMA + EMA of EMA of EMA; seeds as in TA-Lib.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(tema),
};
