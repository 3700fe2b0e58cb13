/*
 * imbalance: bought less sold volume as a share of both, over the last rows.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_imbalance;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE | INDICATOR_VOLUME | INDICATOR_FLOW)

struct imbalance {
    struct window buy, sell;
};

static const struct param_spec params[] = {PARAM_PERIOD(10, 1), PARAM_END};
static const char *const outputs[] = {"imbalance", "imbalance_proxy", NULL};

static int imbalance_open(void *state, const double *p, struct err *e) {
    struct imbalance *s = state;
    (void)e;
    window_open(&s->buy, FOLD_SUM, MEMORY(s), (uint32_t)p[0]);
    window_open(&s->sell, FOLD_SUM, MEMORY(s) + WINDOW_DOUBLES(s->buy.size), s->buy.size);
    return 0;
}

HOT void advance(struct imbalance *s, double *mem, const struct indicator_bar *b, double *out) {
    double buy, sell;
    bool is_proxy = flow_of(b, &buy, &sell);
    buy = window_add(&s->buy, FOLD_SUM, mem, buy);
    sell = window_add(&s->sell, FOLD_SUM, mem + WINDOW_DOUBLES(s->buy.size), sell);
    bool full = window_is_full(&s->buy);
    out[0] = full ? ratio(buy - sell, buy + sell, 0) : NAN;
    out[1] = full ? is_proxy : NAN;
}

static void imbalance_snap(void *state, struct snap *snap) {
    struct imbalance *s = state;
    window_snap(&s->buy, MEMORY(s), snap);
    window_snap(&s->sell, MEMORY(s) + WINDOW_DOUBLES(s->buy.size), snap);
}

INDICATOR_SHAPE(imbalance, 2 * WINDOW_DOUBLES(p[0]), p[0] - 1)
INDICATOR_STEP(imbalance, USES, 2)

const struct indicator indicator_imbalance = {
    .name = "imbalance",
    .summary = {"Volume imbalance", "Déséquilibre de volume"},
    .definition = "Bought and sold volume where the rows tell it; else the stated proxy: volume x (close - low) / "
                  "(high - low) counts as bought, the rest as sold, half and half without a range. The proxy output is "
                  "1 where it was the proxy. From -1 (all sold) to 1. No volume: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(imbalance),
};
