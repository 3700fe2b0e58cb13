/*
 * supertrend: Supertrend: a trailing band of average true range, and its side.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_supertrend;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct supertrend {
    struct range range;
    double width, upper, lower, before, side; /* side: 1 up, -1 down, 0 not yet */
};

static const struct param_spec params[] = {
    PARAM_PERIOD(10, 1), PARAM_NUMBER("multiplier", 3, 0.01, 100, "distance of the bands in average true ranges"),
    PARAM_END};
static const char *const outputs[] = {"supertrend", "supertrend_side", NULL};

static int supertrend_open(void *state, const double *p, struct err *e) {
    struct supertrend *s = state;
    (void)e;
    range_open(&s->range, (uint32_t)p[0]);
    s->width = p[1];
    return 0;
}

HOT void advance(struct supertrend *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double before = s->before, width = s->width * range_add(&s->range, b), middle = (b->high + b->low) / 2;
    s->before = b->close;
    no_answer(out, 2);
    if (isnan(width)) return;
    double upper = middle + width, lower = middle - width;
    if (s->side == 0) {
        s->side = b->close >= middle ? 1 : -1;
    } else { /* a band only moves towards the price, until the price has crossed it */
        upper = upper < s->upper || before > s->upper ? upper : s->upper;
        lower = lower > s->lower || before < s->lower ? lower : s->lower;
        s->side = s->side > 0 ? (b->close < lower ? -1 : 1) : (b->close > upper ? 1 : -1);
    }
    s->upper = upper;
    s->lower = lower;
    out[0] = s->side > 0 ? lower : upper;
    out[1] = s->side;
}

static void supertrend_snap(void *state, struct snap *snap) {
    struct supertrend *s = state;
    range_snap(&s->range, snap);
    snap_f64(snap, &s->upper);
    snap_f64(snap, &s->lower);
    snap_f64(snap, &s->before);
    snap_f64(snap, &s->side);
}

INDICATOR_SHAPE(supertrend, 0, p[0])
INDICATOR_STEP(supertrend, USES, 2)

const struct indicator indicator_supertrend = {
    .name = "supertrend",
    .summary = {"Supertrend", "Supertrend"},
    .definition = "O. Seban. Bands around (high + low) / 2 by Wilder’s ATR; begins up where the first close is not "
                  "below the middle of its row.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(supertrend),
};
