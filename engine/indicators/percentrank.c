/*
 * percentrank: percentile of the close among the rows before it. The window is kept in order: O(log period) to find a
 * place, O(period) doubles moved.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_percentrank;

#define USES (INDICATOR_CLOSE)

struct percentrank {
    struct sorted closes;
};

static const struct param_spec params[] = {PARAM_PERIOD(100, 1), PARAM_END};
static const char *const outputs[] = {"percentrank", NULL};

static int percentrank_open(void *state, const double *p, struct err *e) {
    struct percentrank *s = state;
    (void)e;
    sorted_open(&s->closes, MEMORY(s), (uint32_t)p[0]);
    return 0;
}

HOT void advance(struct percentrank *s, double *mem, const struct indicator_bar *b, double *out) {
    bool full = s->closes.count == s->closes.size;
    out[0] = full ? 100.0 * sorted_rank(&s->closes, mem, b->close, true) / s->closes.size : NAN;
    sorted_add(&s->closes, mem, b->close);
}

static void percentrank_snap(void *state, struct snap *snap) {
    struct percentrank *s = state;
    sorted_snap(&s->closes, MEMORY(s), snap);
}

INDICATOR_SHAPE(percentrank, SORTED_DOUBLES(p[0]), p[0])
INDICATOR_STEP(percentrank, USES, 1)

const struct indicator indicator_percentrank = {
    .name = "percentrank",
    .summary = {"Percentile rank", "Rang centile"},
    .definition = "Share in percent of the `period` closes before this one that are not above it. Flat: 100. O(period) "
                  "doubles moved a row.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(percentrank),
};
