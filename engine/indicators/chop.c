/*
 * chop: choppiness index.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_chop;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct chop {
    struct extremes window;
    struct window ranges;
    double before, scale;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 2), PARAM_END};
static const char *const outputs[] = {"chop", NULL};

static int chop_open(void *state, const double *p, struct err *e) {
    struct chop *s = state;
    (void)e;
    extremes_open(&s->window, MEMORY(s), (uint32_t)p[0]);
    window_open(&s->ranges, FOLD_SUM, MEMORY(s) + EXTREMES_DOUBLES(s->window.high.size), s->window.high.size);
    s->scale = 100 / log10(p[0]);
    return 0;
}

HOT void advance(struct chop *s, double *mem, const struct indicator_bar *b, double *out) {
    double before = s->before, high, low;
    extremes_add(&s->window, mem, b->high, b->low, &high, &low);
    s->before = b->close;
    out[0] = NAN;
    if (!s->started) {
        s->started = 1;
        return;
    }
    double sum =
        window_add(&s->ranges, FOLD_SUM, mem + EXTREMES_DOUBLES(s->ranges.size), true_range(b->high, b->low, before));
    if (window_is_full(&s->ranges)) out[0] = high > low ? s->scale * log10(sum / (high - low)) : 100;
}

static void chop_snap(void *state, struct snap *snap) {
    struct chop *s = state;
    extremes_snap(&s->window, MEMORY(s), snap);
    window_snap(&s->ranges, MEMORY(s) + EXTREMES_DOUBLES(s->ranges.size), snap);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(chop, EXTREMES_DOUBLES(p[0]) + WINDOW_DOUBLES(p[0]), p[0])
INDICATOR_STEP(chop, USES, 1)

const struct indicator indicator_chop = {
    .name = "chop",
    .summary = {"Choppiness index", "Indice d’indécision (choppiness)"},
    .definition = "E. W. Dreiss: 100 x log10(sum of true ranges / range of the window) / log10(period). A window "
                  "without a range: 100.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(chop),
};
