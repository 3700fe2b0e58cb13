/*
 * cci: commodity channel index. The mean deviation is from a mean that moves: O(period) a row, summed in the ring’s
 * order as TA-Lib does.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_cci;

#define USES (INDICATOR_HIGH | INDICATOR_LOW | INDICATOR_CLOSE)
#define NOISE 1e-14 /* a mean deviation below this share of the mean is rounding */

struct cci {
    uint32_t size, at, count, unused;
};

static const struct param_spec params[] = {PARAM_PERIOD(20, 1), PARAM_END};
static const char *const outputs[] = {"cci", NULL};

static int cci_open(void *state, const double *p, struct err *e) {
    struct cci *s = state;
    (void)e;
    s->size = (uint32_t)p[0];
    return 0;
}

HOT void advance(struct cci *s, double *mem, const struct indicator_bar *b, double *out) {
    double price = typical(b), sum = 0, off = 0;
    mem[s->at] = price;
    s->at = s->at + 1 == s->size ? 0 : s->at + 1;
    s->count += s->count < s->size;
    out[0] = NAN;
    if (s->count < s->size) return;
    for (uint32_t i = 0; i < s->size; i++) sum += mem[i];
    double mean = sum / s->size, least = NOISE * s->size * fabs(mean);
    for (uint32_t i = 0; i < s->size; i++) off += fabs(mem[i] - mean);
    out[0] = off > least ? (price - mean) / (0.015 * (off / s->size)) : 0;
}

static void cci_snap(void *state, struct snap *snap) {
    struct cci *s = state;
    snap_count(snap, &s->at, s->size - 1);
    snap_count(snap, &s->count, s->size);
    snap_doubles(snap, MEMORY(s), s->size);
}

INDICATOR_SHAPE(cci, p[0], p[0] - 1)
INDICATOR_STEP(cci, USES, 1)

const struct indicator indicator_cci = {
    .name = "cci",
    .summary = {"Commodity channel index", "Indice de canal des matières premières (CCI)"},
    .definition = "D. Lambert, 1980. O(period) a row: the mean deviation is from a moving mean. Flat: 0.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(cci),
};
