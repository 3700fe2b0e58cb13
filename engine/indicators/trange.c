/*
 * trange: true range.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_trange;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct trange {
    double before;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_END};
static const char *const outputs[] = {"trange", NULL};

static int trange_open(void *state, const double *p, struct err *e) {
    struct trange *s = state;
    (void)p, (void)e;
    s->before = 0;
    return 0;
}

HOT void advance(struct trange *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    out[0] = s->started ? true_range(b->high, b->low, s->before) : NAN;
    s->started = 1;
    s->before = b->close;
}

static void trange_snap(void *state, struct snap *snap) {
    struct trange *s = state;
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(trange, 0, 1)
INDICATOR_STEP(trange, USES, 1)

const struct indicator indicator_trange = {
    .name = "trange",
    .summary = {"True range", "Amplitude réelle"},
    .definition = "J. W. Wilder, 1978; the first row, without a close before it, has none.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(trange),
};
