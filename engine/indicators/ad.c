/*
 * ad: accumulation and distribution line.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_ad;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE | INDICATOR_VOLUME)

struct ad {
    double total;
};

static const struct param_spec params[] = {PARAM_END};
static const char *const outputs[] = {"ad", NULL};

static int ad_open(void *state, const double *p, struct err *e) {
    struct ad *s = state;
    (void)p, (void)e;
    s->total = 0;
    return 0;
}

HOT void advance(struct ad *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    s->total += money_flow(b);
    out[0] = s->total;
}

static void ad_snap(void *state, struct snap *snap) {
    struct ad *s = state;
    snap_f64(snap, &s->total);
}

INDICATOR_SHAPE(ad, 0, 0)
INDICATOR_STEP(ad, USES, 1)

const struct indicator indicator_ad = {
    .name = "ad",
    .summary = {"Accumulation/distribution", "Accumulation et distribution"},
    .definition =
        "M. Chaikin: volume x ((close - low) - (high - close)) / (high - low), summed. A row without a range adds 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(ad),
};
