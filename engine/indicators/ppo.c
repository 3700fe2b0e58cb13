/*
 * ppo: percentage price oscillator: the MACD line in percent of the slow average.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_ppo;

#define USES (INDICATOR_CLOSE)

struct ppo {
    struct decay fast, slow;
};

static const struct param_spec params[] = {PARAM_ROWS("fast", 12, 1, "rows of the fast average"),
                                           PARAM_ROWS("slow", 26, 2, "rows of the slow average"), PARAM_END};
static const char *const outputs[] = {"ppo", NULL};

static int ppo_open(void *state, const double *p, struct err *e) {
    struct ppo *s = state;
    if (p[0] >= p[1])
        return err_set(e, ERR_RANGE, "ppo: fast is to be below slow", "ppo\u00a0: fast doit être inférieur à slow");
    decay_open(&s->fast, (uint32_t)p[0]);
    decay_open(&s->slow, (uint32_t)p[1]);
    return 0;
}

HOT void advance(struct ppo *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double fast = decay_add(&s->fast, b->close), slow = decay_add(&s->slow, b->close);
    out[0] = isnan(slow) ? NAN : 100 * ratio(fast - slow, slow, 0);
}

static void ppo_snap(void *state, struct snap *snap) {
    struct ppo *s = state;
    decay_snap(&s->fast, snap);
    decay_snap(&s->slow, snap);
}

INDICATOR_SHAPE(ppo, 0, p[1] - 1)
INDICATOR_STEP(ppo, USES, 1)

const struct indicator indicator_ppo = {
    .name = "ppo",
    .summary = {"Percentage price oscillator", "Oscillateur de prix en pourcentage (PPO)"},
    .definition = "Exponential averages, each seeded with the mean of its own first closes, as in TA-Lib (whose MACD "
                  "seeds both in the same row). 0 where the slow one is 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(ppo),
};
