/*
 * cumdelta: bought less sold volume since the session began.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_cumdelta;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE | INDICATOR_VOLUME | INDICATOR_START | INDICATOR_FLOW)

struct cumdelta {
    double session, total;
    int64_t day;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_SESSION, PARAM_END};
static const char *const outputs[] = {"cumdelta", "cumdelta_proxy", NULL};

static int cumdelta_open(void *state, const double *p, struct err *e) {
    struct cumdelta *s = state;
    (void)e;
    s->session = p[0];
    return 0;
}

HOT void advance(struct cumdelta *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double buy, sell;
    int64_t day = day_of(b->start_ns, s->session);
    out[1] = flow_of(b, &buy, &sell);
    s->total = (s->started && day == s->day ? s->total : 0) + (buy - sell);
    s->day = day;
    s->started = 1;
    out[0] = s->total;
}

static void cumdelta_snap(void *state, struct snap *snap) {
    struct cumdelta *s = state;
    snap_f64(snap, &s->total);
    snap_i64(snap, &s->day);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(cumdelta, 0, 0)
INDICATOR_STEP(cumdelta, USES, 2)

const struct indicator indicator_cumdelta = {
    .name = "cumdelta",
    .summary = {"Cumulative volume delta", "Delta de volume cumulé"},
    .definition = "Bought and sold volume where the rows tell it; else the stated proxy: volume x (close - low) / "
                  "(high - low) counts as bought, the rest as sold, half and half without a range. The proxy output is "
                  "1 where it was the proxy.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(cumdelta),
};
