/*
 * plus_di: the rising half of Wilder’s directional movement.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_plus_di;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct plus_di {
    struct directional_index d;
};

static const struct param_spec params[] = {PARAM_PERIOD(14, 2), PARAM_END};
static const char *const outputs[] = {"plus_di", NULL};

static int plus_di_open(void *state, const double *p, struct err *e) {
    struct plus_di *s = state;
    (void)e;
    directional_index_open(&s->d, (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct plus_di *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double range = directional_index_add(&s->d, b);
    out[0] = isnan(range) ? NAN : 100 * ratio(s->d.move.plus, range, 0);
}

static void plus_di_snap(void *state, struct snap *snap) {
    struct plus_di *s = state;
    directional_index_snap(&s->d, snap);
}

INDICATOR_SHAPE(plus_di, 0, p[0])
INDICATOR_STEP(plus_di, USES, 1)

const struct indicator indicator_plus_di = {
    .name = "plus_di",
    .summary = {"Plus directional indicator", "Indicateur directionnel positif (+DI)"},
    .definition = "J. W. Wilder, 1978; sums begin with period - 1 rows and lose their period-th part from then on, as "
                  "in TA-Lib. Without a range: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(plus_di),
};
