/*
 * willr: Williams %R.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_willr;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct willr {
    struct extremes window;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 1), PARAM_END};
static const char *const outputs[] = {"willr", NULL};

static int willr_open(void *state, const double *p, struct err *e) {
    struct willr *s = state;
    (void)e;
    extremes_open(&s->window, MEMORY(s), (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct willr *s, double *mem, const struct indicator_bar *b, double *out) {
    double high, low;
    bool full = extremes_add(&s->window, mem, b->high, b->low, &high, &low);
    out[0] = full ? -100 * ratio(high - b->close, high - low, 0) : NAN;
}

static void willr_snap(void *state, struct snap *snap) {
    struct willr *s = state;
    extremes_snap(&s->window, MEMORY(s), snap);
}

INDICATOR_SHAPE(willr, EXTREMES_DOUBLES(p[0]), p[0] - 1)
INDICATOR_STEP(willr, USES, 1)

const struct indicator indicator_willr = {
    .name = "willr",
    .summary = {"Williams %R", "%R de Williams"},
    .definition = "L. Williams; from -100 to 0. A window without a range: 0, as in TA-Lib.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(willr),
};
