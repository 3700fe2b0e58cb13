/*
 * ema: exponential moving average of the close.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_ema;

#define USES (INDICATOR_CLOSE)

struct ema {
    struct decay mean;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 1), PARAM_END};
static const char *const outputs[] = {"ema", NULL};

static int ema_open(void *state, const double *p, struct err *e) {
    struct ema *s = state;
    (void)e;
    decay_open(&s->mean, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct ema *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    out[0] = decay_add(&s->mean, b->close);
}

static void ema_snap(void *state, struct snap *snap) {
    struct ema *s = state;
    decay_snap(&s->mean, snap);
}

INDICATOR_SHAPE(ema, 0, p[0] - 1)
INDICATOR_STEP(ema, USES, 1)
INDICATOR_ROWS(ema, USES, 1, decay_is_ready(&s->mean))
INDICATOR_BATCH(ema, USES, 1)

const struct indicator indicator_ema = {
    .name = "ema",
    .summary = {"Exponential moving average", "Moyenne mobile exponentielle"},
    .definition = "Each close weighs 2 / (period + 1). The first value is the mean of the first closes, as in TA-Lib.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(ema),
    .batch = ema_batch,
};
