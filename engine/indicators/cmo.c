/*
 * cmo: Chande momentum oscillator, with averages after Wilder.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_cmo;

#define USES (INDICATOR_CLOSE)

struct cmo {
    struct decay up, down;
    double before;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 2), PARAM_END};
static const char *const outputs[] = {"cmo", NULL};

static int cmo_open(void *state, const double *p, struct err *e) {
    struct cmo *s = state;
    (void)e;
    wilder_open(&s->up, (uint32_t)p[0]);
    wilder_open(&s->down, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct cmo *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double change = b->close - s->before;
    s->before = b->close;
    out[0] = NAN;
    if (__builtin_expect(!s->started, 0)) {
        s->started = 1;
        return;
    }
    double up = decay_add(&s->up, greater(change, 0)), down = decay_add(&s->down, greater(-change, 0));
    if (!isnan(up)) out[0] = 100 * ratio(up - down, up + down, 0);
}

static void cmo_snap(void *state, struct snap *snap) {
    struct cmo *s = state;
    decay_snap(&s->up, snap);
    decay_snap(&s->down, snap);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(cmo, 0, p[0])
INDICATOR_STEP(cmo, USES, 1)

const struct indicator indicator_cmo = {
    .name = "cmo",
    .summary = {"Chande momentum oscillator", "Oscillateur de momentum de Chande"},
    .definition = "T. Chande, 1994. We follow TA-Lib, which averages gains and losses after Wilder where Chande sums "
                  "them. Flat: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(cmo),
};
