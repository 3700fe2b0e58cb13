/*
 * donchian: Donchian channel.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_donchian;

#define USES (INDICATOR_HIGH | INDICATOR_LOW)

struct donchian {
    struct extremes window;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 1), PARAM_END};
static const char *const outputs[] = {"donchian_upper", "donchian_middle", "donchian_lower", NULL};

static int donchian_open(void *state, const double *p, struct err *e) {
    struct donchian *s = state;
    (void)e;
    extremes_open(&s->window, MEMORY(s), (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct donchian *s, double *mem, const struct indicator_bar *b, double *out) {
    double high, low;
    no_answer(out, 3);
    if (!extremes_add(&s->window, mem, b->high, b->low, &high, &low)) return;
    out[0] = high;
    out[1] = (high + low) / 2;
    out[2] = low;
}

static void donchian_snap(void *state, struct snap *snap) {
    struct donchian *s = state;
    extremes_snap(&s->window, MEMORY(s), snap);
}

INDICATOR_SHAPE(donchian, EXTREMES_DOUBLES(p[0]), p[0] - 1)
INDICATOR_STEP(donchian, USES, 3)

const struct indicator indicator_donchian = {
    .name = "donchian",
    .summary = {"Donchian channel", "Canal de Donchian"},
    .definition = "R. Donchian: highest high and lowest low of the last rows, this one among them, and their middle.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(donchian),
};
