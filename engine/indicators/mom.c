/*
 * mom: momentum.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_mom;

#define USES (INDICATOR_CLOSE)

struct mom {
    struct delay closes;
};

static const struct param_spec params[] = {PARAM_PERIOD(10, 1), PARAM_END};
static const char *const outputs[] = {"mom", NULL};

static int mom_open(void *state, const double *p, struct err *e) {
    struct mom *s = state;
    (void)e;
    delay_open(&s->closes, MEMORY(s), (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct mom *s, double *mem, const struct indicator_bar *b, double *out) {
    out[0] = b->close - delay_add(&s->closes, mem, b->close);
}

static void mom_snap(void *state, struct snap *snap) {
    struct mom *s = state;
    delay_snap(&s->closes, MEMORY(s), snap);
}

INDICATOR_SHAPE(mom, p[0], p[0])
INDICATOR_STEP(mom, USES, 1)

const struct indicator indicator_mom = {
    .name = "mom",
    .summary = {"Momentum", "Momentum"},
    .definition = "Close less the close of period rows ago.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(mom),
};
