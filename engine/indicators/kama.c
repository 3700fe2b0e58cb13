/*
 * kama: Kaufman’s adaptive moving average.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_kama;

#define USES (INDICATOR_CLOSE)
#define FAST (2.0 / (2 + 1))
#define SLOW (2.0 / (30 + 1))

struct kama {
    struct window path;
    struct delay closes;
    double value, before;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(30, 1), PARAM_END};
static const char *const outputs[] = {"kama", NULL};

static int kama_open(void *state, const double *p, struct err *e) {
    struct kama *s = state;
    (void)e;
    window_open(&s->path, FOLD_SUM, MEMORY(s), (uint32_t)p[0]);
    delay_open(&s->closes, MEMORY(s) + WINDOW_DOUBLES(s->path.size), s->path.size);
    return 0;
}

HOT void advance(struct kama *s, double *mem, const struct indicator_bar *b, double *out) {
    double old = delay_add(&s->closes, mem + WINDOW_DOUBLES(s->path.size), b->close);
    double seed = s->before, before = s->before;
    s->before = b->close;
    out[0] = NAN;
    if (!s->started) { /* the first row has no step */
        s->started = 1;
        return;
    }
    double path = window_add(&s->path, FOLD_SUM, mem, fabs(b->close - before));
    if (!window_is_full(&s->path)) return;
    if (s->started == 1) s->value = seed; /* the first answer starts from the close before it */
    s->started = 2;
    double speed = ratio(fabs(b->close - old), path, 1) * (FAST - SLOW) + SLOW;
    s->value += speed * speed * (b->close - s->value);
    out[0] = s->value;
}

static void kama_snap(void *state, struct snap *snap) {
    struct kama *s = state;
    window_snap(&s->path, MEMORY(s), snap);
    delay_snap(&s->closes, MEMORY(s) + WINDOW_DOUBLES(s->path.size), snap);
    snap_f64(snap, &s->value);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(kama, WINDOW_DOUBLES(p[0]) + p[0], p[0])
INDICATOR_STEP(kama, USES, 1)

const struct indicator indicator_kama = {
    .name = "kama",
    .summary = {"Kaufman adaptive moving average", "Moyenne mobile adaptative de Kaufman"},
    .definition = "P. Kaufman, 1995, with 2 and 30 rows as its fastest and slowest; starts from the close before the "
                  "first answer, as in TA-Lib. Flat: efficiency 1.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(kama),
};
