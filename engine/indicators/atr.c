/*
 * atr: average true range after Wilder.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_atr;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct atr {
    struct range range;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 1), PARAM_END};
static const char *const outputs[] = {"atr", NULL};

static int atr_open(void *state, const double *p, struct err *e) {
    struct atr *s = state;
    (void)e;
    range_open(&s->range, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct atr *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    out[0] = range_add(&s->range, b);
}

static void atr_snap(void *state, struct snap *snap) {
    struct atr *s = state;
    range_snap(&s->range, snap);
}

INDICATOR_SHAPE(atr, 0, p[0])
INDICATOR_STEP(atr, USES, 1)
INDICATOR_ROWS(atr, USES, 1, range_is_ready(&s->range))
INDICATOR_BATCH(atr, USES, 1)

const struct indicator indicator_atr = {
    .name = "atr",
    .summary = {"Average true range", "Amplitude moyenne réelle (ATR)"},
    .definition = "J. W. Wilder, 1978; the first value is the mean of the first period ranges.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(atr),
    .batch = atr_batch,
};
