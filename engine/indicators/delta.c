/*
 * delta: bought less sold volume of a row.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_delta;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE | INDICATOR_VOLUME | INDICATOR_FLOW)

struct delta {
    uint64_t unused;
};

static const struct param_spec params[] = {PARAM_END};
static const char *const outputs[] = {"delta", "delta_proxy", NULL};

static int delta_open(void *state, const double *p, struct err *e) {
    struct delta *s = state;
    (void)p, (void)e;
    s->unused = 0;
    return 0;
}

HOT void advance(struct delta *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem, (void)s;
    double buy, sell;
    out[1] = flow_of(b, &buy, &sell);
    out[0] = buy - sell;
}

static void delta_snap(void *state, struct snap *snap) {
    struct delta *s = state;
    (void)s, (void)snap; /* a row knows no other */
}

INDICATOR_SHAPE(delta, 0, 0)
INDICATOR_STEP(delta, USES, 2)

const struct indicator indicator_delta = {
    .name = "delta",
    .summary = {"Volume delta", "Delta de volume"},
    .definition = "Bought and sold volume where the rows tell it; else the stated proxy: volume x (close - low) / "
                  "(high - low) counts as bought, the rest as sold, half and half without a range. The proxy output is "
                  "1 where it was the proxy.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(delta),
};
