/*
 * rsi: relative strength index. The sign of a change is a coin’s toss, so gains and losses are computed without a
 * branch.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_rsi;

#define USES (INDICATOR_CLOSE)

struct rsi {
    struct decay up, down;
    double before;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 2), PARAM_END};
static const char *const outputs[] = {"rsi", NULL};

static int rsi_open(void *state, const double *p, struct err *e) {
    struct rsi *s = state;
    (void)e;
    wilder_open(&s->up, (uint32_t)p[0]);
    wilder_open(&s->down, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct rsi *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double change = b->close - s->before;
    s->before = b->close;
    out[0] = NAN;
    if (__builtin_expect(!s->started, 0)) {
        s->started = 1;
        return;
    }
    double up = decay_add(&s->up, greater(change, 0)), down = decay_add(&s->down, greater(-change, 0));
    if (!isnan(up)) out[0] = 100 * ratio(up, up + down, 0);
}

static void rsi_snap(void *state, struct snap *snap) {
    struct rsi *s = state;
    decay_snap(&s->up, snap);
    decay_snap(&s->down, snap);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(rsi, 0, p[0])
INDICATOR_STEP(rsi, USES, 1)
INDICATOR_ROWS(rsi, USES, 1, decay_is_ready(&s->up) && decay_is_ready(&s->down))
INDICATOR_BATCH(rsi, USES, 1)

const struct indicator indicator_rsi = {
    .name = "rsi",
    .summary = {"Relative strength index", "Indice de force relative (RSI)"},
    .definition = "J. W. Wilder, 1978; averages seeded with the mean of the first changes. A series that has never "
                  "moved: 0, as in TA-Lib.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(rsi),
    .batch = rsi_batch,
};
