/*
 * trix: rate of change of a triple exponential average.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_trix;

#define USES (INDICATOR_CLOSE)

struct trix {
    struct decay once, twice, thrice;
    double before; /* the last triple average */
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(15, 1), PARAM_END};
static const char *const outputs[] = {"trix", NULL};

static int trix_open(void *state, const double *p, struct err *e) {
    struct trix *s = state;
    (void)e;
    decay_open(&s->once, (uint32_t)p[0]);
    decay_open(&s->twice, (uint32_t)p[0]);
    decay_open(&s->thrice, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct trix *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double once = decay_add(&s->once, b->close), twice = decay_add_if(&s->twice, once);
    double thrice = decay_add_if(&s->thrice, twice);
    out[0] = s->started ? 100 * ratio(thrice - s->before, s->before, 0) : NAN;
    s->before = thrice;
    s->started = !isnan(thrice);
}

static void trix_snap(void *state, struct snap *snap) {
    struct trix *s = state;
    decay_snap(&s->once, snap);
    decay_snap(&s->twice, snap);
    decay_snap(&s->thrice, snap);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(trix, 0, 3 * (p[0] - 1) + 1)
INDICATOR_STEP(trix, USES, 1)

const struct indicator indicator_trix = {
    .name = "trix",
    .summary = {"Rate of change of a triple EMA", "Variation d’une moyenne exponentielle triple (TRIX)"},
    .definition = "J. Hutson, 1983; seeds as in TA-Lib, in percent a row. 0 where the average before was 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(trix),
};
