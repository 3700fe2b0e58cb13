/*
 * keltner: Keltner channel: an exponential average and bands of average true range.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_keltner;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)

struct keltner {
    struct decay middle;
    struct range range;
    double width;
};

static const struct param_spec params[] = {
    PARAM_PERIOD(20, 1), PARAM_ROWS("atr", 10, 1, "rows of the average true range"),
    PARAM_NUMBER("multiplier", 2, 0, 100, "width of the bands in average true ranges"), PARAM_END};
static const char *const outputs[] = {"keltner_upper", "keltner_middle", "keltner_lower", NULL};

static int keltner_open(void *state, const double *p, struct err *e) {
    struct keltner *s = state;
    (void)e;
    decay_open(&s->middle, (uint32_t)p[0]);
    range_open(&s->range, (uint32_t)p[1]);
    s->width = p[2];
    return 0;
}

HOT void advance(struct keltner *s, double *mem, const struct indicator_bar *b, double *out) {
    (void)mem;
    double middle = decay_add(&s->middle, b->close), width = s->width * range_add(&s->range, b);
    no_answer(out, 3);
    if (isnan(middle) || isnan(width)) return;
    out[0] = middle + width;
    out[1] = middle;
    out[2] = middle - width;
}

static void keltner_snap(void *state, struct snap *snap) {
    struct keltner *s = state;
    decay_snap(&s->middle, snap);
    range_snap(&s->range, snap);
}

INDICATOR_SHAPE(keltner, 0, greater(p[0] - 1, p[1]))
INDICATOR_STEP(keltner, USES, 3)

const struct indicator indicator_keltner = {
    .name = "keltner",
    .summary = {"Keltner channel", "Canal de Keltner"},
    .definition = "L. Raschke’s form of C. Keltner’s channel: EMA of the close, Wilder’s ATR.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(keltner),
};
