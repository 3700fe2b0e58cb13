/*
 * var: rolling value at risk: the loss that a share of the last returns did not exceed. The window is kept in order:
 * O(log period) to find a place, O(period) doubles moved.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_var;

#define USES (INDICATOR_CLOSE)

struct var {
    struct sorted returns;
    double level, before;
    uint64_t started;
};

static const struct param_spec params[] = {PARAM_PERIOD(100, 2), PARAM_NUMBER("level", 0.95, 0.5, 0.9999, "confidence"),
                                           PARAM_END};
static const char *const outputs[] = {"var", NULL};

static int var_open(void *state, const double *p, struct err *e) {
    struct var *s = state;
    (void)e;
    sorted_open(&s->returns, MEMORY(s), (uint32_t)p[0]);
    s->level = p[1];
    return 0;
}

HOT void advance(struct var *s, double *mem, const struct indicator_bar *b, double *out) {
    double move = ratio(b->close - s->before, s->before, 0);
    s->before = b->close;
    out[0] = NAN;
    if (!s->started) {
        s->started = 1;
        return;
    }
    if (!sorted_add(&s->returns, mem, move)) return;
    double place = (1 - s->level) * (s->returns.size - 1);
    uint32_t below = (uint32_t)place, above = below + 1 < s->returns.size ? below + 1 : below;
    out[0] = -(mem[below] + (place - below) * (mem[above] - mem[below]));
}

static void var_snap(void *state, struct snap *snap) {
    struct var *s = state;
    sorted_snap(&s->returns, MEMORY(s), snap);
    snap_f64(snap, &s->before);
    snap_u64(snap, &s->started);
}

INDICATOR_SHAPE(var, SORTED_DOUBLES(p[0]), p[0])
INDICATOR_STEP(var, USES, 1)

const struct indicator indicator_var = {
    .name = "var",
    .summary = {"Rolling value at risk", "Valeur à risque glissante (VaR)"},
    .definition = "Historical simulation: minus the (1 - level) quantile of the last simple returns of one row, linear "
                  "between neighbours; 0.01 is 1 %. O(period) doubles moved a row.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(var),
};
