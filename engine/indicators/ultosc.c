/*
 * ultosc: ultimate oscillator: buying pressure over three windows.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_ultosc;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct ultosc {
    struct window pressure[3], range[3];
    double before;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_ROWS("fast", 7, 1, "rows of the short window"),
                                           PARAM_ROWS("medium", 14, 1, "rows of the middle window"),
                                           PARAM_ROWS("slow", 28, 1, "rows of the long window"), PARAM_END};
static const char *const outputs[] = {"ultosc", NULL};

static int ultosc_open(void *state, const double *p, struct err *e) {
    struct ultosc *s = state;
    (void)e;
    double *mem = MEMORY(s);
    for (int i = 0; i < 3; i++) {
        window_open(&s->pressure[i], FOLD_SUM, mem, (uint32_t)p[i]);
        mem += WINDOW_DOUBLES(s->pressure[i].size);
        window_open(&s->range[i], FOLD_SUM, mem, (uint32_t)p[i]);
        mem += WINDOW_DOUBLES(s->range[i].size);
    }
    return 0;
}

HOT void advance(struct ultosc *s, double *mem, const struct indicator_bar *b, double *out) {
    static const double weight[3] = {4, 2, 1};
    double before = s->before, low = smaller(b->low, before), range = true_range(b->high, b->low, before), sum = 0;
    bool full = true;
    s->before = b->close;
    out[0] = NAN;
    if (__builtin_expect(!s->started, 0)) {
        s->started = 1;
        return;
    }
    for (int i = 0; i < 3; i++) {
        double pressure = window_add(&s->pressure[i], FOLD_SUM, mem, b->close - low);
        mem += WINDOW_DOUBLES(s->pressure[i].size);
        sum += weight[i] * ratio(pressure, window_add(&s->range[i], FOLD_SUM, mem, range), 0);
        mem += WINDOW_DOUBLES(s->range[i].size);
        full = full && window_is_full(&s->range[i]);
    }
    if (full) out[0] = 100 * sum / 7;
}

static void ultosc_snap(void *state, struct snap *snap) {
    struct ultosc *s = state;
    double *mem = MEMORY(s);
    for (int i = 0; i < 3; i++) {
        window_snap(&s->pressure[i], mem, snap);
        mem += WINDOW_DOUBLES(s->pressure[i].size);
        window_snap(&s->range[i], mem, snap);
        mem += WINDOW_DOUBLES(s->range[i].size);
    }
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(ultosc, 2 * (WINDOW_DOUBLES(p[0]) + WINDOW_DOUBLES(p[1]) + WINDOW_DOUBLES(p[2])),
                greater(greater(p[0], p[1]), p[2]))
INDICATOR_STEP(ultosc, USES, 1)

const struct indicator indicator_ultosc = {
    .name = "ultosc",
    .summary = {"Ultimate oscillator", "Oscillateur ultime de Williams"},
    .definition = "L. Williams, 1985: weights 4, 2, 1 for the three windows. A window without a range counts 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(ultosc),
};
