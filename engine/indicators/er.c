/*
 * er: Kaufman’s efficiency ratio: the way made, as a share of the path.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_er;

#define USES (INDICATOR_CLOSE)

struct er {
    struct window path;
    struct delay closes;
    double before;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(10, 1), PARAM_END};
static const char *const outputs[] = {"er", NULL};

static int er_open(void *state, const double *p, struct err *e) {
    struct er *s = state;
    (void)e;
    window_open(&s->path, FOLD_SUM, MEMORY(s), (uint32_t)p[0]);
    delay_open(&s->closes, MEMORY(s) + WINDOW_DOUBLES(s->path.size), s->path.size);
    return 0;
}

HOT void advance(struct er *s, double *mem, const struct indicator_bar *b, double *out) {
    double old = delay_add(&s->closes, mem + WINDOW_DOUBLES(s->path.size), b->close), before = s->before;
    s->before = b->close;
    out[0] = NAN;
    if (!s->started) {
        s->started = 1;
        return;
    }
    double path = window_add(&s->path, FOLD_SUM, mem, fabs(b->close - before));
    if (window_is_full(&s->path)) out[0] = ratio(fabs(b->close - old), path, 0);
}

static void er_snap(void *state, struct snap *snap) {
    struct er *s = state;
    window_snap(&s->path, MEMORY(s), snap);
    delay_snap(&s->closes, MEMORY(s) + WINDOW_DOUBLES(s->path.size), snap);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(er, WINDOW_DOUBLES(p[0]) + p[0], p[0])
INDICATOR_STEP(er, USES, 1)

const struct indicator indicator_er = {
    .name = "er",
    .summary = {"Efficiency ratio", "Ratio d’efficience"},
    .definition = "P. Kaufman, 1995; 1 is a straight line. Flat: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(er),
};
