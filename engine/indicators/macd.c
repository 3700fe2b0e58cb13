/*
 * macd: moving average convergence and divergence.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_macd;

#define USES (INDICATOR_CLOSE)

struct macd {
    struct decay fast, slow, signal;
    uint32_t skip, unused; /* rows before the fast average begins: both are seeded in the same row */
};

static const struct param_spec params[] = {PARAM_ROWS("fast", 12, 1, "rows of the fast average"),
                                           PARAM_ROWS("slow", 26, 2, "rows of the slow average"),
                                           PARAM_ROWS("signal", 9, 1, "rows of the signal"), PARAM_END};
static const char *const outputs[] = {"macd", "macd_signal", "macd_hist", NULL};

static int macd_open(void *state, const double *p, struct err *e) {
    struct macd *s = state;
    if (p[0] >= p[1])
        return err_set(e, ERR_RANGE, "macd: fast is to be below slow", "macd\u00a0: fast doit être inférieur à slow");
    decay_open(&s->fast, (uint32_t)p[0]);
    decay_open(&s->slow, (uint32_t)p[1]);
    decay_open(&s->signal, (uint32_t)p[2]);
    s->skip = s->slow.period - s->fast.period;
    return 0;
}

HOT void advance(struct macd *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double slow = decay_add(&s->slow, b->close);
    no_answer(out, 3);
    if (__builtin_expect(s->skip > 0, 0)) {
        s->skip--;
        return;
    }
    double line = decay_add(&s->fast, b->close) - slow, signal = decay_add_if(&s->signal, line);
    if (isnan(signal)) return;
    out[0] = line;
    out[1] = signal;
    out[2] = line - signal;
}

static void macd_snap(void *state, struct snap *snap) {
    struct macd *s = state;
    decay_snap(&s->fast, snap);
    decay_snap(&s->slow, snap);
    decay_snap(&s->signal, snap);
    snap_count(snap, &s->skip, s->slow.period - s->fast.period);
}

INDICATOR_SHAPE(macd, 0, p[1] + p[2] - 2)
INDICATOR_STEP(macd, USES, 3)
INDICATOR_ROWS(macd, USES, 3,
               decay_is_ready(&s->slow) && decay_is_ready(&s->fast) && decay_is_ready(&s->signal) && s->skip == 0)
INDICATOR_BATCH(macd, USES, 3)

const struct indicator indicator_macd = {
    .name = "macd",
    .summary = {"Moving average convergence/divergence", "Convergence et divergence de moyennes mobiles (MACD)"},
    .definition = "G. Appel. Both averages are seeded in the same row, as in TA-Lib; all three begin with the signal.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(macd),
    .batch = macd_batch,
};
