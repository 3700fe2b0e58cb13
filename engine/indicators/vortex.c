/*
 * vortex: vortex: movement from the last row’s low to this high, and the reverse.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_vortex;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct vortex {
    struct window plus, minus, range;
    double high, low, close;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 1), PARAM_END};
static const char *const outputs[] = {"vortex_plus", "vortex_minus", NULL};

static int vortex_open(void *state, const double *p, struct err *e) {
    struct vortex *s = state;
    (void)e;
    uint32_t size = (uint32_t)p[0];
    window_open(&s->plus, FOLD_SUM, MEMORY(s), size);
    window_open(&s->minus, FOLD_SUM, MEMORY(s) + WINDOW_DOUBLES(size), size);
    window_open(&s->range, FOLD_SUM, MEMORY(s) + 2 * WINDOW_DOUBLES(size), size);
    return 0;
}

HOT void advance(struct vortex *s, double *mem, const struct indicator_bar *b, double *out) {
    double up = fabs(b->high - s->low), down = fabs(b->low - s->high), range = true_range(b->high, b->low, s->close);
    s->high = b->high, s->low = b->low, s->close = b->close;
    no_answer(out, 2);
    if (!s->started) {
        s->started = 1;
        return;
    }
    size_t next = WINDOW_DOUBLES(s->plus.size);
    double plus = window_add(&s->plus, FOLD_SUM, mem, up), minus = window_add(&s->minus, FOLD_SUM, mem + next, down);
    double sum = window_add(&s->range, FOLD_SUM, mem + 2 * next, range);
    if (!window_is_full(&s->range)) return;
    out[0] = ratio(plus, sum, 0);
    out[1] = ratio(minus, sum, 0);
}

static void vortex_snap(void *state, struct snap *snap) {
    struct vortex *s = state;
    size_t next = WINDOW_DOUBLES(s->plus.size);
    window_snap(&s->plus, MEMORY(s), snap);
    window_snap(&s->minus, MEMORY(s) + next, snap);
    window_snap(&s->range, MEMORY(s) + 2 * next, snap);
    snap_f64(snap, &s->high);
    snap_f64(snap, &s->low);
    snap_f64(snap, &s->close);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(vortex, 3 * WINDOW_DOUBLES(p[0]), p[0])
INDICATOR_STEP(vortex, USES, 2)

const struct indicator indicator_vortex = {
    .name = "vortex",
    .summary = {"Vortex", "Vortex"},
    .definition = "E. Botes and D. Siepman, 2010. A window without a range: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(vortex),
};
