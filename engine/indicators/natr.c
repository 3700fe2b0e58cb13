/*
 * natr: average true range in percent of the close.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_natr;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct natr {
    struct range range;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 1), PARAM_END};
static const char *const outputs[] = {"natr", NULL};

static int natr_open(void *state, const double *p, struct err *e) {
    struct natr *s = state;
    (void)e;
    range_open(&s->range, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct natr *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double range = range_add(&s->range, b);
    out[0] = isnan(range) ? NAN : 100 * ratio(range, b->close, 0);
}

static void natr_snap(void *state, struct snap *snap) {
    struct natr *s = state;
    range_snap(&s->range, snap);
}

INDICATOR_SHAPE(natr, 0, p[0])
INDICATOR_STEP(natr, USES, 1)

const struct indicator indicator_natr = {
    .name = "natr",
    .summary = {"Normalised average true range", "ATR normalisée"},
    .definition = "100 x ATR / close. 0 where the close is 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(natr),
};
