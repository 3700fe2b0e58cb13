/*
 * adosc: Chaikin oscillator: a fast less a slow exponential average of accumulation and distribution.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_adosc;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE | INDICATOR_VOLUME)

struct adosc {
    struct decay fast, slow;
    double total;
    uint64_t rows, least;
};

static const struct param_spec params[] = {PARAM_ROWS("fast", 3, 1, "rows of the fast average"),
                                           PARAM_ROWS("slow", 10, 1, "rows of the slow average"), PARAM_END};
static const char *const outputs[] = {"adosc", NULL};

static int adosc_open(void *state, const double *p, struct err *e) {
    struct adosc *s = state;
    (void)e;
    decay_open(&s->fast, (uint32_t)p[0]);
    decay_open(&s->slow, (uint32_t)p[1]);
    s->least = (uint64_t)greater(p[0], p[1]);
    return 0;
}

HOT void advance(struct adosc *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    s->total += money_flow(b);
    if (__builtin_expect(s->rows == 0, 0)) { /* both begin with the first value */
        decay_seed(&s->fast, s->total);
        decay_seed(&s->slow, s->total);
        s->rows = 1;
        out[0] = s->least == 1 ? 0 : NAN;
        return;
    }
    double fast = decay_add(&s->fast, s->total), slow = decay_add(&s->slow, s->total);
    s->rows += s->rows < s->least;
    out[0] = s->rows == s->least ? fast - slow : NAN;
}

static void adosc_snap(void *state, struct snap *snap) {
    struct adosc *s = state;
    decay_snap(&s->fast, snap);
    decay_snap(&s->slow, snap);
    snap_f64(snap, &s->total);
    snap_u64(snap, &s->rows);
}

INDICATOR_SHAPE(adosc, 0, greater(p[0], p[1]) - 1)
INDICATOR_STEP(adosc, USES, 1)

const struct indicator indicator_adosc = {
    .name = "adosc",
    .summary = {"Chaikin oscillator", "Oscillateur de Chaikin"},
    .definition = "M. Chaikin; both averages begin with the line’s first value, as in TA-Lib.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(adosc),
};
