/*
 * bop: balance of power.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_bop;

#define USES (INDICATOR_OPEN | INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct bop {
    uint64_t unused;
};

static const struct param_spec params[] = {PARAM_END};
static const char *const outputs[] = {"bop", NULL};

static int bop_open(void *state, const double *p, struct err *e) {
    struct bop *s = state;
    (void)p, (void)e;
    s->unused = 0;
    return 0;
}

HOT void advance(struct bop *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem, (void)s;
    out[0] = ratio(b->close - b->open, b->high - b->low, 0);
}

static void bop_snap(void *state, struct snap *snap) {
    struct bop *s = state;
    (void)s, (void)snap; /* a row knows no other */
}

INDICATOR_SHAPE(bop, 0, 0)
INDICATOR_STEP(bop, USES, 1)

const struct indicator indicator_bop = {
    .name = "bop",
    .summary = {"Balance of power", "Équilibre des forces (BOP)"},
    .definition = "I. Livshin: (close - open) / (high - low). A row without a range: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(bop),
};
