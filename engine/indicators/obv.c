/*
 * obv: on-balance volume. The sign of a change is a coin’s toss: taken without a branch.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_obv;

#define USES (INDICATOR_CLOSE | INDICATOR_VOLUME)

struct obv {
    double before, total;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_END};
static const char *const outputs[] = {"obv", NULL};

static int obv_open(void *state, const double *p, struct err *e) {
    struct obv *s = state;
    (void)p, (void)e;
    s->started = 0;
    return 0;
}

HOT void advance(struct obv *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    s->total += where_above(b->close, s->before, b->volume) - where_above(s->before, b->close, b->volume);
    if (__builtin_expect(!s->started, 0)) s->total = b->volume;
    s->started = 1;
    s->before = b->close;
    out[0] = s->total;
}

static void obv_snap(void *state, struct snap *snap) {
    struct obv *s = state;
    snap_f64(snap, &s->before);
    snap_f64(snap, &s->total);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(obv, 0, 0)
INDICATOR_STEP(obv, USES, 1)
INDICATOR_ROWS(obv, USES, 1, 0)
INDICATOR_BATCH(obv, USES, 1)

const struct indicator indicator_obv = {
    .name = "obv",
    .summary = {"On-balance volume", "Volume d’équilibre (OBV)"},
    .definition = "J. Granville, 1963; begins with the first row’s volume, as in TA-Lib.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(obv),
    .batch = obv_batch,
};
