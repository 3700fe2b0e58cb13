/*
 * minus_di: the falling half of Wilder’s directional movement.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_minus_di;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct minus_di {
    struct directional_index d;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 2), PARAM_END};
static const char *const outputs[] = {"minus_di", NULL};

static int minus_di_open(void *state, const double *p, struct err *e) {
    struct minus_di *s = state;
    (void)e;
    directional_index_open(&s->d, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct minus_di *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double range = directional_index_add(&s->d, b);
    out[0] = isnan(range) ? NAN : 100 * ratio(s->d.move.minus, range, 0);
}

static void minus_di_snap(void *state, struct snap *snap) {
    struct minus_di *s = state;
    directional_index_snap(&s->d, snap);
}

INDICATOR_SHAPE(minus_di, 0, p[0])
INDICATOR_STEP(minus_di, USES, 1)

const struct indicator indicator_minus_di = {
    .name = "minus_di",
    .summary = {"Minus directional indicator", "Indicateur directionnel négatif (-DI)"},
    .definition = "J. W. Wilder, 1978; sums begin with period - 1 rows and lose their period-th part from then on, as "
                  "in TA-Lib. Without a range: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(minus_di),
};
