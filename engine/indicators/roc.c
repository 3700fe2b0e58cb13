/*
 * roc: rate of change in percent.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_roc;

#define USES (INDICATOR_CLOSE)

struct roc {
    struct delay closes;
};

static const struct param_spec params[] = {PARAM_PERIOD(10, 1), PARAM_END};
static const char *const outputs[] = {"roc", NULL};

static int roc_open(void *state, const double *p, struct err *e) {
    struct roc *s = state;
    (void)e;
    delay_open(&s->closes, MEMORY(s), (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct roc *s, double *mem, const struct indicator_bar *b, double *out) {
    double old = delay_add(&s->closes, mem, b->close);
    out[0] = isnan(old) ? NAN : 100 * ratio(b->close - old, old, 0);
}

static void roc_snap(void *state, struct snap *snap) {
    struct roc *s = state;
    delay_snap(&s->closes, MEMORY(s), snap);
}

INDICATOR_SHAPE(roc, p[0], p[0])
INDICATOR_STEP(roc, USES, 1)

const struct indicator indicator_roc = {
    .name = "roc",
    .summary = {"Rate of change", "Taux de variation"},
    .definition = "100 x (close / close of period rows ago - 1). 0 where that was 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(roc),
};
