/*
 * ichimoku: Ichimoku Kinko Hyo.
 */
#include "engine/indicators/kit.h"

extern const struct indicator indicator_ichimoku;

#define USES (INDICATOR_HIGH | INDICATOR_LOW)

struct ichimoku {
    struct extremes fast, middle, slow;
    struct delay first, second; /* the cloud, until its row comes */
};

static const struct param_spec params[] = {
    PARAM_ROWS("fast", 9, 1, "rows of Tenkan"),
    PARAM_ROWS("medium", 26, 1, "rows of Kijun, and how far ahead the cloud is drawn"),
    PARAM_ROWS("slow", 52, 1, "rows of Senkou B"), PARAM_END};
static const char *const outputs[] = {"ichimoku_tenkan", "ichimoku_kijun", "ichimoku_span_a", "ichimoku_span_b", NULL};

HOT double *middle_of(struct ichimoku *s, double *mem) {
    return mem + EXTREMES_DOUBLES(s->fast.high.size);
}

HOT double *slow_of(struct ichimoku *s, double *mem) {
    return middle_of(s, mem) + EXTREMES_DOUBLES(s->middle.high.size);
}

HOT double *cloud_of(struct ichimoku *s, double *mem) {
    return slow_of(s, mem) + EXTREMES_DOUBLES(s->slow.high.size);
}

static int ichimoku_open(void *state, const double *p, struct err *e) {
    struct ichimoku *s = state;
    if (!(p[0] <= p[1] && p[1] <= p[2]))
        return err_set(e, ERR_RANGE, "ichimoku: fast, medium and slow are to rise",
                       "ichimoku\u00a0: fast, medium et slow doivent croître");
    uint32_t ahead = (uint32_t)p[1];
    extremes_open(&s->fast, MEMORY(s), (uint32_t)p[0]);
    extremes_open(&s->middle, middle_of(s, MEMORY(s)), ahead);
    extremes_open(&s->slow, slow_of(s, MEMORY(s)), (uint32_t)p[2]);
    delay_open(&s->first, cloud_of(s, MEMORY(s)), ahead);
    delay_open(&s->second, cloud_of(s, MEMORY(s)) + ahead, ahead);
    return 0;
}

HOT void advance(struct ichimoku *s, double *mem, const struct indicator_bar *b, double *out) {
    double high, low;
    bool full = extremes_add(&s->fast, mem, b->high, b->low, &high, &low);
    double tenkan = full ? (high + low) / 2 : NAN;
    full = extremes_add(&s->middle, middle_of(s, mem), b->high, b->low, &high, &low);
    double kijun = full ? (high + low) / 2 : NAN;
    full = extremes_add(&s->slow, slow_of(s, mem), b->high, b->low, &high, &low);
    double *cloud = cloud_of(s, mem);
    double first = delay_add(&s->first, cloud, (tenkan + kijun) / 2);
    double second = delay_add(&s->second, cloud + s->first.size, full ? (high + low) / 2 : NAN);
    no_answer(out, 4);
    if (isnan(second)) return;
    out[0] = tenkan;
    out[1] = kijun;
    out[2] = first;
    out[3] = second;
}

static void ichimoku_snap(void *state, struct snap *snap) {
    struct ichimoku *s = state;
    extremes_snap(&s->fast, MEMORY(s), snap);
    extremes_snap(&s->middle, middle_of(s, MEMORY(s)), snap);
    extremes_snap(&s->slow, slow_of(s, MEMORY(s)), snap);
    delay_snap(&s->first, cloud_of(s, MEMORY(s)), snap);
    delay_snap(&s->second, cloud_of(s, MEMORY(s)) + s->first.size, snap);
}

INDICATOR_SHAPE(ichimoku, EXTREMES_DOUBLES(p[0]) + EXTREMES_DOUBLES(p[1]) + EXTREMES_DOUBLES(p[2]) + 2 * p[1],
                p[2] - 1 + p[1])
INDICATOR_STEP(ichimoku, USES, 4)

const struct indicator indicator_ichimoku = {
    .name = "ichimoku",
    .summary = {"Ichimoku", "Ichimoku"},
    .definition = "G. Hosoda. The spans are those drawn over this row, computed `medium` rows ago; Chikou is the close "
                  "and is left out: to draw it back is to look ahead.",
    .params = params,
    .outputs = outputs,
    .uses = USES,
    INDICATOR_FUNCTIONS(ichimoku),
};
