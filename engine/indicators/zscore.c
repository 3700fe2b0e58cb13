/*
 * zscore: distance of the close from its mean in standard deviations, from means and sums of squares that are merged,
 * never subtracted.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_zscore;

#define USES (INDICATOR_CLOSE)

struct zscore {
    double mean, squares; /* of this block */
    uint32_t size, at;
    uint64_t count;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 2), PARAM_END};
static const char *const outputs[] = {"zscore", NULL};

/* One more value, the n-th, in a mean and a sum of squared distances from it. */
static inline void extend(double *mean, double *squares, double n, double x) {
    double off = x - *mean;
    *mean += off / n;
    *squares += off * (x - *mean);
}

/* A block is full: its values become the means and sums of its ends. */
static inline void turn(struct zscore *s, double *means, double *sums) {
    double mean = 0, squares = 0;
    for (uint32_t i = s->size; i-- > 0;) {
        extend(&mean, &squares, s->size - i, means[i]);
        means[i] = mean;
        sums[i] = squares;
    }
    s->mean = s->squares = 0;
    s->at = 0;
}

static int zscore_open(void *state, const double *p, struct err *e) {
    struct zscore *s = state;
    (void)e;
    s->size = (uint32_t)p[0];
    return 0;
}

HOT void advance(struct zscore *s, double *mem, const struct indicator_bar *b, double *out) {
    double *means = mem, *sums = mem + s->size + 1, n = s->at + 1, m = s->size - n;
    extend(&s->mean, &s->squares, n, b->close);
    double off = means[s->at + 1] - s->mean; /* the last block’s end has m values, this one n */
    double mean = s->mean + off * m / s->size, squares = s->squares + sums[s->at + 1] + off * off * n * m / s->size;
    means[s->at] = b->close;
    s->count += s->count < s->size;
    if (++s->at == s->size) turn(s, means, sums);
    out[0] = s->count == s->size ? ratio(b->close - mean, sqrt(squares / s->size), 0) : NAN;
}

static void zscore_snap(void *state, struct snap *snap) {
    struct zscore *s = state;
    snap_f64(snap, &s->mean);
    snap_f64(snap, &s->squares);
    snap_count(snap, &s->at, s->size - 1);
    snap_u64(snap, &s->count);
    snap_doubles(snap, MEMORY(s), 2 * (s->size + 1));
}

INDICATOR_SHAPE(zscore, 2 * (p[0] + 1), p[0] - 1)
INDICATOR_STEP(zscore, USES, 1)

const struct indicator indicator_zscore = {
    .name = "zscore",
    .summary = {"Z-score", "Score Z"},
    .definition = "(close - mean) / standard deviation (of the population) of the last rows. Flat: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(zscore),
};
