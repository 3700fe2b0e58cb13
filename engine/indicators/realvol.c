/*
 * realvol: realised volatility: root mean square of logarithmic returns.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_realvol;

#define USES (INDICATOR_CLOSE)

struct realvol {
    struct window squares;
    double scale, before;
    uint64_t started;
};

static const struct param_spec params[] = {
    PARAM_PERIOD(20, 1), PARAM_NUMBER("per_year", 1, 1, 100000000, "rows a year; 1: volatility of one row"), PARAM_END};
static const char *const outputs[] = {"realvol", NULL};

static int realvol_open(void *state, const double *p, struct err *e) {
    struct realvol *s = state;
    (void)e;
    window_open(&s->squares, FOLD_SUM, MEMORY(s), (uint32_t)p[0]);
    s->scale = p[1] / p[0];
    return 0;
}

HOT void advance(struct realvol *s, double *mem, const struct indicator_bar *b, double *out) {
    double before = s->before;
    s->before = b->close;
    out[0] = NAN;
    if (!s->started) {
        s->started = 1;
        return;
    }
    double move = before > 0 && b->close > 0 ? log(b->close / before) : 0;
    double sum = window_add(&s->squares, FOLD_SUM, mem, move * move);
    if (window_is_full(&s->squares)) out[0] = sqrt(s->scale * sum);
}

static void realvol_snap(void *state, struct snap *snap) {
    struct realvol *s = state;
    window_snap(&s->squares, MEMORY(s), snap);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(realvol, WINDOW_DOUBLES(p[0]), p[0])
INDICATOR_STEP(realvol, USES, 1)

const struct indicator indicator_realvol = {
    .name = "realvol",
    .summary = {"Realised volatility", "Volatilité réalisée"},
    .definition = "Square root of the mean squared log return (no mean taken off), times the square root of per_year. "
                  "A price that is not above zero counts as no move.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(realvol),
};
