/*
 * ao: awesome oscillator: a fast less a slow average of the middle of the row.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_ao;

#define USES (INDICATOR_HIGH | INDICATOR_LOW)

struct ao {
    struct window fast, slow;
};

static const struct param_spec params[] = {PARAM_ROWS("fast", 5, 1, "rows of the fast average"),
                                           PARAM_ROWS("slow", 34, 2, "rows of the slow average"), PARAM_END};
static const char *const outputs[] = {"ao", NULL};

static int ao_open(void *state, const double *p, struct err *e) {
    struct ao *s = state;
    if (p[0] >= p[1])
        return err_set(e, ERR_RANGE, "ao: fast is to be below slow", "ao\u00a0: fast doit être inférieur à slow");
    window_open(&s->fast, FOLD_SUM, MEMORY(s), (uint32_t)p[0]);
    window_open(&s->slow, FOLD_SUM, MEMORY(s) + WINDOW_DOUBLES(s->fast.size), (uint32_t)p[1]);
    return 0;
}

HOT void advance(struct ao *s, double *mem, const struct indicator_bar *b, double *out) {
    double middle = (b->high + b->low) / 2;
    double fast = window_add(&s->fast, FOLD_SUM, mem, middle);
    double slow = window_add(&s->slow, FOLD_SUM, mem + WINDOW_DOUBLES(s->fast.size), middle);
    out[0] = window_is_full(&s->slow) ? fast / s->fast.size - slow / s->slow.size : NAN;
}

static void ao_snap(void *state, struct snap *snap) {
    struct ao *s = state;
    window_snap(&s->fast, MEMORY(s), snap);
    window_snap(&s->slow, MEMORY(s) + WINDOW_DOUBLES(s->fast.size), snap);
}

INDICATOR_SHAPE(ao, WINDOW_DOUBLES(p[0]) + WINDOW_DOUBLES(p[1]), p[1] - 1)
INDICATOR_STEP(ao, USES, 1)

const struct indicator indicator_ao = {
    .name = "ao",
    .summary = {"Awesome oscillator", "Oscillateur awesome de Williams"},
    .definition = "B. Williams, 1998: simple averages of (high + low) / 2 over 5 and 34 rows.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(ao),
};
