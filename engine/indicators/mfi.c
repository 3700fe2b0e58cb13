/*
 * mfi: money flow index.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_mfi;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE | INDICATOR_VOLUME)

struct mfi {
    struct window up, down;
    double before;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 1), PARAM_END};
static const char *const outputs[] = {"mfi", NULL};

static int mfi_open(void *state, const double *p, struct err *e) {
    struct mfi *s = state;
    (void)e;
    window_open(&s->up, FOLD_SUM, MEMORY(s), (uint32_t)p[0]);
    window_open(&s->down, FOLD_SUM, MEMORY(s) + WINDOW_DOUBLES(s->up.size), s->up.size);
    return 0;
}

HOT void advance(struct mfi *s, double *mem, const struct indicator_bar *b, double *out) {
    double price = typical(b), change = price - s->before, flow = price * b->volume;
    s->before = price;
    out[0] = NAN;
    if (__builtin_expect(!s->started, 0)) {
        s->started = 1;
        return;
    }
    double up = window_add(&s->up, FOLD_SUM, mem, where_above(change, 0, flow));
    double down = window_add(&s->down, FOLD_SUM, mem + WINDOW_DOUBLES(s->up.size), where_above(0, change, flow));
    if (window_is_full(&s->up)) out[0] = 100 * ratio(up, up + down, 0);
}

static void mfi_snap(void *state, struct snap *snap) {
    struct mfi *s = state;
    window_snap(&s->up, MEMORY(s), snap);
    window_snap(&s->down, MEMORY(s) + WINDOW_DOUBLES(s->up.size), snap);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(mfi, 2 * WINDOW_DOUBLES(p[0]), p[0])
INDICATOR_STEP(mfi, USES, 1)

const struct indicator indicator_mfi = {
    .name = "mfi",
    .summary = {"Money flow index", "Indice de flux monétaire (MFI)"},
    .definition = "G. Quong and A. Soudack, 1989. Flat, or no volume: 0, as in TA-Lib, which also says 0 for any flow "
                  "below 1; we do not.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(mfi),
};
