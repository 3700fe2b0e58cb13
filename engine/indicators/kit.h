/*
 * kit: the parts that indicators are made of. Private to engine/indicators. No part holds a pointer: windows and delays
 * keep their values in `mem`, doubles that lie behind the indicator's own struct and are handed in with each call, so the
 * struct itself can live in registers during a batch.
 *
 *   window    sum, or greatest, of the last n values: amortised O(1), no subtraction, so nothing drifts
 *   weighted  sum and age-weighted sum of the last n values, likewise
 *   delay     the value of n rows ago
 *   decay     exponential average: seeded with the mean of its first n values; Wilder's too
 *   range     true range and its Wilder average
 *   moments   running sums of x and x², in TA-Lib's order of operations
 *   sorted    the last n values in order
 *
 * A file writes `advance`, one row in, outputs out, and INDICATOR_STEPS makes step and batch of it.
 */
#ifndef MIA_ENGINE_INDICATORS_KIT_H
#define MIA_ENGINE_INDICATORS_KIT_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/indicator.h"

/* ---- rows ---- */

static inline bool is_number(double v) {
    return fabs(v) <= DBL_MAX; /* false for NaN and infinity */
}

/* Every field in `uses` is a number; the flow may be unknown. */
static inline bool bar_is_whole(const struct indicator_bar *b, uint32_t uses) {
    return (!(uses & INDICATOR_OPEN) || is_number(b->open)) && (!(uses & INDICATOR_HIGH) || is_number(b->high)) &&
           (!(uses & INDICATOR_LOW) || is_number(b->low)) && (!(uses & INDICATOR_CLOSE) || is_number(b->close)) &&
           (!(uses & INDICATOR_VOLUME) || is_number(b->volume));
}

static inline struct indicator_bar bar_at(const struct indicator_columns *c, size_t i, uint32_t uses) {
    return (struct indicator_bar){
        .open = uses & INDICATOR_OPEN ? c->open[i] : 0,
        .high = uses & INDICATOR_HIGH ? c->high[i] : 0,
        .low = uses & INDICATOR_LOW ? c->low[i] : 0,
        .close = uses & INDICATOR_CLOSE ? c->close[i] : 0,
        .volume = uses & INDICATOR_VOLUME ? c->volume[i] : 0,
        .buy = uses & INDICATOR_FLOW && c->buy != NULL ? c->buy[i] : NAN,
        .sell = uses & INDICATOR_FLOW && c->sell != NULL ? c->sell[i] : NAN,
        .start_ns = uses & INDICATOR_START ? c->start_ns[i] : 0,
    };
}

static inline void no_answer(double *out, uint32_t outputs) {
    for (uint32_t k = 0; k < outputs; k++) out[k] = NAN;
}

/* The doubles behind a state's struct. */
#define MEMORY(s) ((double *)((s) + 1))

/* step and batch of `struct T` from its `advance(struct T *, double *mem, const struct indicator_bar *, double *out)`. */
#define INDICATOR_STEP(T, USES, OUTPUTS)                                                                               \
    static void T##_step(void *state, const struct indicator_bar *b, double *out) {                                    \
        struct T *s = state;                                                                                           \
        if (bar_is_whole(b, USES))                                                                                     \
            advance(s, MEMORY(s), b, out);                                                                             \
        else                                                                                                           \
            no_answer(out, OUTPUTS);                                                                                   \
    }
#define INDICATOR_STEPS(T, USES, OUTPUTS)                                                                              \
    INDICATOR_STEP(T, USES, OUTPUTS)                                                                                   \
    static void T##_batch(void *state, const struct indicator_columns *in, size_t n, double *const *out) {             \
        struct T *live = state, s = *live;                                                                             \
        for (size_t i = 0; i < n; i++) {                                                                               \
            struct indicator_bar b = bar_at(in, i, USES);                                                              \
            double o[OUTPUTS];                                                                                         \
            if (bar_is_whole(&b, USES))                                                                                \
                advance(&s, MEMORY(live), &b, o);                                                                      \
            else                                                                                                       \
                no_answer(o, OUTPUTS);                                                                                 \
            for (uint32_t k = 0; k < (OUTPUTS); k++) out[k][i] = o[k];                                                 \
        }                                                                                                              \
        *live = s;                                                                                                     \
    }
/* DOUBLES: of memory behind the struct, from the parameters `p`. ROWS: before the first answer. */
#define INDICATOR_SHAPE(T, DOUBLES, ROWS)                                                                              \
    _Static_assert(sizeof(struct T) % sizeof(double) == 0, "memory for doubles follows");                              \
    static size_t T##_size(const double *p) {                                                                          \
        (void)p;                                                                                                       \
        return sizeof(struct T) + (size_t)(DOUBLES) * sizeof(double);                                                  \
    }                                                                                                                  \
    static uint32_t T##_lookback(const double *p) {                                                                    \
        (void)p;                                                                                                       \
        return (uint32_t)(ROWS);                                                                                       \
    }
#define INDICATOR_FUNCTIONS(T)                                                                                         \
    .size = T##_size, .open = T##_open, .lookback = T##_lookback, .step = T##_step, .batch = T##_batch, .snap = T##_snap

#define PARAM_PERIOD(DEFAULT, LEAST)                                                                                   \
    {                                                                                                                  \
        .name = "period", .value = (DEFAULT), .min = (LEAST), .max = INDICATOR_PERIOD_MAX, .whole = true,              \
        .summary = "rows looked at"                                                                                    \
    }
#define PARAM_ROWS(NAME, DEFAULT, LEAST, SUMMARY)                                                                      \
    {                                                                                                                  \
        .name = (NAME), .value = (DEFAULT), .min = (LEAST), .max = INDICATOR_PERIOD_MAX, .whole = true,                \
        .summary = (SUMMARY)                                                                                           \
    }
#define PARAM_NUMBER(NAME, DEFAULT, LEAST, MOST, SUMMARY)                                                              \
    { .name = (NAME), .value = (DEFAULT), .min = (LEAST), .max = (MOST), .whole = false, .summary = (SUMMARY) }
#define PARAM_END                                                                                                      \
    { .name = NULL }

static inline double typical(const struct indicator_bar *b) {
    return (b->high + b->low + b->close) / 3;
}

static inline double greater(double a, double b) {
    return a > b ? a : b;
}

static inline double smaller(double a, double b) {
    return a < b ? a : b;
}

/* Nothing divided by nothing is `otherwise`. Without a branch: what divides is replaced, then the answer. */
static inline double ratio(double a, double b, double otherwise) {
    double r = a / (b != 0 ? b : 1);
    return b != 0 ? r : otherwise;
}

static inline void snap_doubles(struct snap *s, double *v, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) snap_f64(s, &v[i]);
}

/* ---- window: rows are cut into blocks of `size`; what is asked for is the end of the last block and the beginning of this
 * one. mem[at..] holds the ends of the last block, mem[..at) the values of this one. ---- */

enum fold { FOLD_SUM, FOLD_MAX };

struct window {
    double head; /* of this block */
    uint32_t size, at, count, unused;
};

#define WINDOW_DOUBLES(size) ((size) + 1)

static inline double fold_none(enum fold f) {
    return f == FOLD_SUM ? 0 : -INFINITY;
}

static inline double fold_two(enum fold f, double a, double b) {
    return f == FOLD_SUM ? a + b : greater(a, b);
}

static inline void window_open(struct window *w, enum fold f, double *mem, uint32_t size) {
    *w = (struct window){.head = fold_none(f), .size = size};
    for (uint32_t i = 0; i <= size; i++) mem[i] = fold_none(f);
}

static inline double window_add(struct window *w, enum fold f, double *mem, double x) {
    w->head = fold_two(f, w->head, x);
    double all = fold_two(f, w->head, mem[w->at + 1]);
    mem[w->at] = x;
    w->count += w->count < w->size;
    if (++w->at == w->size) {
        double end = fold_none(f);
        for (uint32_t i = w->size; i-- > 0;) mem[i] = end = fold_two(f, mem[i], end);
        w->head = fold_none(f);
        w->at = 0;
    }
    return all;
}

static inline bool window_is_full(const struct window *w) {
    return w->count == w->size;
}

static inline void window_snap(struct window *w, double *mem, struct snap *s) {
    snap_f64(s, &w->head);
    snap_count(s, &w->at, w->size - 1);
    snap_count(s, &w->count, w->size);
    snap_doubles(s, mem, w->size);
}

/* Highest high and lowest low of the last n rows. */
struct extremes {
    struct window high, low;
};

#define EXTREMES_DOUBLES(size) (2 * WINDOW_DOUBLES(size))

static inline void extremes_open(struct extremes *x, double *mem, uint32_t size) {
    window_open(&x->high, FOLD_MAX, mem, size);
    window_open(&x->low, FOLD_MAX, mem + WINDOW_DOUBLES(size), size);
}

static inline bool extremes_add(struct extremes *x, double *mem, double high, double low, double *highest,
                                double *lowest) {
    *highest = window_add(&x->high, FOLD_MAX, mem, high);
    *lowest = -window_add(&x->low, FOLD_MAX, mem + WINDOW_DOUBLES(x->low.size), -low);
    return window_is_full(&x->high);
}

static inline void extremes_snap(struct extremes *x, double *mem, struct snap *s) {
    window_snap(&x->high, mem, s);
    window_snap(&x->low, mem + WINDOW_DOUBLES(x->low.size), s);
}

/* ---- weighted: the window of sums, and each value times its age (0: the newest) ---- */

struct weighted {
    double sum, aged; /* of this block */
    uint32_t size, at, count, unused;
};

#define WEIGHTED_DOUBLES(size) (2 * ((size) + 1))

static inline void weighted_open(struct weighted *w, double *mem, uint32_t size) {
    *w = (struct weighted){.size = size};
    memset(mem, 0, WEIGHTED_DOUBLES(size) * sizeof *mem);
}

static inline bool weighted_add(struct weighted *w, double *mem, double x, double *sum, double *aged) {
    double *sums = mem, *ages = mem + w->size + 1;
    w->aged += w->sum;
    w->sum += x;
    double later = w->at + 1; /* rows since the last block's end */
    *sum = w->sum + sums[w->at + 1];
    *aged = w->aged + (ages[w->at + 1] + later * sums[w->at + 1]);
    sums[w->at] = x;
    w->count += w->count < w->size;
    if (++w->at == w->size) {
        double all = 0, old = 0;
        for (uint32_t i = w->size; i-- > 0;) {
            old += (w->size - 1 - i) * sums[i];
            sums[i] = all += sums[i];
            ages[i] = old;
        }
        w->sum = w->aged = 0;
        w->at = 0;
    }
    return w->count == w->size;
}

static inline void weighted_snap(struct weighted *w, double *mem, struct snap *s) {
    snap_f64(s, &w->sum);
    snap_f64(s, &w->aged);
    snap_count(s, &w->at, w->size - 1);
    snap_count(s, &w->count, w->size);
    snap_doubles(s, mem, WEIGHTED_DOUBLES(w->size));
}

/* The weighted moving average: the newest counts `size` times, the oldest once. NaN before there are enough. */
static inline double weighted_mean(struct weighted *w, double *mem, double x) {
    double sum, aged;
    if (!weighted_add(w, mem, x, &sum, &aged)) return NAN;
    return (w->size * sum - aged) / (0.5 * w->size * (w->size + 1.0));
}

/* ---- delay ---- */

struct delay {
    uint32_t size, at;
};

static inline void delay_open(struct delay *d, double *mem, uint32_t size) {
    *d = (struct delay){.size = size};
    for (uint32_t i = 0; i < size; i++) mem[i] = NAN;
}

/* Takes x, gives what it took `size` calls ago; NaN before there was one. */
static inline double delay_add(struct delay *d, double *mem, double x) {
    double old = mem[d->at];
    mem[d->at] = x;
    d->at = d->at + 1 == d->size ? 0 : d->at + 1;
    return old;
}

static inline void delay_snap(struct delay *d, double *mem, struct snap *s) {
    snap_count(s, &d->at, d->size - 1);
    snap_doubles(s, mem, d->size);
}

/* ---- decay: v = take * x + keep * v. Computed four rows at a time from an anchor, so that a row waits for the answer of the
 * last block and not for that of the last row: v = part + weight * anchor. ---- */

#define DECAY_BLOCK 4

struct decay {
    double take, keep;
    double anchor, part, weight; /* weight = keep to the power of rows since the anchor, plus one */
    uint32_t at;                 /* rows since the anchor */
    uint32_t period, count;      /* values summed, until there are `period` */
    uint32_t unused;
};

static inline void decay_open_with(struct decay *e, uint32_t period, double take, double keep) {
    *e = (struct decay){.take = take, .keep = keep, .weight = keep, .period = period};
}

static inline void decay_open(struct decay *e, uint32_t period) {
    double take = 2.0 / (period + 1.0);
    decay_open_with(e, period, take, 1 - take);
}

/* Wilder's: a period is about twice as long. */
static inline void wilder_open(struct decay *e, uint32_t period) {
    decay_open_with(e, period, 1.0 / period, (period - 1.0) / period);
}

static inline void decay_seed(struct decay *e, double value) {
    e->anchor = value;
    e->part = 0;
    e->weight = e->keep;
    e->at = 0;
    e->count = e->period;
}

static inline double decay_next(struct decay *e, double x) {
    e->part = e->take * x + e->keep * e->part;
    double v = e->part + e->weight * e->anchor;
    e->weight *= e->keep;
    if (++e->at == DECAY_BLOCK) {
        e->anchor = v;
        e->part = 0;
        e->weight = e->keep;
        e->at = 0;
    }
    return v;
}

/* NaN before there are `period` values. */
static inline double decay_add(struct decay *e, double x) {
    if (__builtin_expect(e->count == e->period, 1)) return decay_next(e, x);
    e->anchor += x; /* still a sum */
    if (++e->count < e->period) return NAN;
    decay_seed(e, e->anchor / e->period);
    return e->anchor;
}

/* Wilder's sums: `period` values, NaN until then, from then on decaying; the take is 1. */
static inline double decay_sum(struct decay *e, double x) {
    if (__builtin_expect(e->count == e->period, 1)) return decay_next(e, x);
    e->anchor += x;
    e->count++;
    return NAN;
}

/* For averages of averages: what is not there yet is not added. */
static inline double decay_add_if(struct decay *e, double x) {
    return isnan(x) ? NAN : decay_add(e, x);
}

static inline void decay_snap(struct decay *e, struct snap *s) {
    snap_f64(s, &e->anchor);
    snap_f64(s, &e->part);
    snap_f64(s, &e->weight);
    snap_count(s, &e->at, DECAY_BLOCK - 1);
    snap_count(s, &e->count, e->period);
}

/* ---- range ---- */

static inline double true_range(double high, double low, double before) {
    return greater(high, before) - smaller(low, before);
}

struct range {
    struct decay mean;
    double before; /* the last close */
    uint64_t started;
};

static inline void range_open(struct range *r, uint32_t period) {
    *r = (struct range){.before = 0};
    wilder_open(&r->mean, period);
}

/* The average true range; the first row has no range. */
static inline double range_add(struct range *r, const struct indicator_bar *b) {
    double range = true_range(b->high, b->low, r->before);
    r->before = b->close;
    if (__builtin_expect(!r->started, 0)) {
        r->started = 1;
        return NAN;
    }
    return decay_add(&r->mean, range);
}

static inline void range_snap(struct range *r, struct snap *s) {
    decay_snap(&r->mean, s);
    snap_f64(s, &r->before);
    snap_u64(s, &r->started);
}

/* ---- directional movement ---- */

struct directional {
    double plus, minus, range; /* Wilder's sums */
    struct decay plus_sum, minus_sum, range_sum;
    double high, low, close; /* of the last row */
    uint64_t started;
};

static inline void directional_open(struct directional *d, uint32_t period) {
    *d = (struct directional){.plus = 0};
    decay_open_with(&d->plus_sum, period - 1, 1, (period - 1.0) / period);
    d->minus_sum = d->range_sum = d->plus_sum;
}

static inline bool directional_add(struct directional *d, const struct indicator_bar *b) {
    double up = b->high - d->high, down = d->low - b->low, range = true_range(b->high, b->low, d->close);
    d->high = b->high;
    d->low = b->low;
    d->close = b->close;
    if (__builtin_expect(!d->started, 0)) {
        d->started = 1;
        return false;
    }
    d->plus = decay_sum(&d->plus_sum, up > down ? greater(up, 0) : 0);
    d->minus = decay_sum(&d->minus_sum, down > up ? greater(down, 0) : 0);
    d->range = decay_sum(&d->range_sum, range);
    return !isnan(d->range);
}

static inline void directional_snap(struct directional *d, struct snap *s) {
    decay_snap(&d->plus_sum, s);
    decay_snap(&d->minus_sum, s);
    decay_snap(&d->range_sum, s);
    snap_f64(s, &d->high);
    snap_f64(s, &d->low);
    snap_f64(s, &d->close);
    snap_u64(s, &d->started);
}

/* ---- moments: TA-Lib's sums to the bit, for what lies within their rounding. Made afresh from time to time, so that it
 * does not pile up for ever. ---- */

#define MOMENTS_REFRESH 4096
#define MOMENTS_NOISE 4e-15 /* a variance below this share of the mean square is rounding, and is 0 */

struct moments {
    double sum, squares;
    uint32_t size, at, count, since;
};

static inline void moments_open(struct moments *m, double *mem, uint32_t size) {
    *m = (struct moments){.size = size};
    memset(mem, 0, size * sizeof *mem);
}

/* Mean and variance (of the population) of the last `size` values. */
static inline bool moments_add(struct moments *m, double *mem, double x, double *mean, double *variance) {
    m->sum += x;
    m->squares += x * x;
    mem[m->at] = x;
    m->at = m->at + 1 == m->size ? 0 : m->at + 1;
    m->count += m->count < m->size;
    if (m->count < m->size) return false;
    double square = m->squares / m->size, v;
    *mean = m->sum / m->size;
    v = square - *mean * *mean;
    *variance = v > MOMENTS_NOISE * square ? v : 0;
    double old = mem[m->at]; /* leaves with the next row */
    m->sum -= old;
    m->squares -= old * old;
    if (++m->since == MOMENTS_REFRESH) {
        m->since = 0;
        m->sum = m->squares = 0;
        for (uint32_t i = 1; i < m->size; i++) {
            double y = mem[m->at + i < m->size ? m->at + i : m->at + i - m->size];
            m->sum += y;
            m->squares += y * y;
        }
    }
    return true;
}

static inline void moments_snap(struct moments *m, double *mem, struct snap *s) {
    snap_f64(s, &m->sum);
    snap_f64(s, &m->squares);
    snap_count(s, &m->at, m->size - 1);
    snap_count(s, &m->count, m->size);
    snap_count(s, &m->since, MOMENTS_REFRESH - 1);
    snap_doubles(s, mem, m->size);
}

/* ---- sorted: O(log n) to find, O(n) doubles moved ---- */

struct sorted {
    struct delay order;
    uint32_t size, count;
};

#define SORTED_DOUBLES(size) (2 * (size))

static inline void sorted_open(struct sorted *q, double *mem, uint32_t size) {
    *q = (struct sorted){.size = size};
    delay_open(&q->order, mem + size, size);
}

/* How many of the values held are below x; or below or equal. */
static inline uint32_t sorted_rank(const struct sorted *q, const double *mem, double x, bool or_equal) {
    uint32_t low = 0, high = q->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        bool before = or_equal ? mem[middle] <= x : mem[middle] < x;
        low = before ? middle + 1 : low;
        high = before ? high : middle;
    }
    return low;
}

/* Takes x, drops the value of `size` calls ago; mem[0..count) is in order. True when there are `size`. */
static inline bool sorted_add(struct sorted *q, double *mem, double x) {
    double old = delay_add(&q->order, mem + q->size, x);
    if (q->count == q->size) {
        uint32_t gone = sorted_rank(q, mem, old, false);
        if (gone == q->count) gone--; /* only where the state was damaged */
        memmove(&mem[gone], &mem[gone + 1], (--q->count - gone) * sizeof *mem);
    }
    uint32_t place = sorted_rank(q, mem, x, true);
    memmove(&mem[place + 1], &mem[place], (q->count++ - place) * sizeof *mem);
    mem[place] = x;
    return q->count == q->size;
}

static inline void sorted_snap(struct sorted *q, double *mem, struct snap *s) {
    snap_count(s, &q->count, q->size);
    snap_doubles(s, mem, q->size);
    delay_snap(&q->order, mem + q->size, s);
}

/* ---- volume ---- */

/* Chaikin's money flow: the volume, by where in its range the row closed. */
static inline double money_flow(const struct indicator_bar *b) {
    return ratio((b->close - b->low) - (b->high - b->close), b->high - b->low, 0) * b->volume;
}

/* ---- flow: bought and sold volume. Where the row does not tell, the stated proxy: the close's place in the row's range
 * shares the volume out, half and half where there is no range. ---- */

/* True: it is the proxy. */
static inline bool flow_of(const struct indicator_bar *b, double *buy, double *sell) {
    bool is_proxy = !is_number(b->buy) || !is_number(b->sell);
    double place = ratio(b->close - b->low, b->high - b->low, 0.5);
    *buy = is_proxy ? b->volume * place : b->buy;
    *sell = is_proxy ? b->volume - b->volume * place : b->sell;
    return is_proxy;
}

/* The trading day that a row lies in, which starts `minute` minutes after midnight, UTC. */
static inline int64_t day_of(int64_t start_ns, double minute) {
    int64_t s = start_ns / 1000000000 - (int64_t)minute * 60;
    return s / 86400 - (s % 86400 < 0);
}

#define PARAM_SESSION                                                                                                  \
    {                                                                                                                  \
        .name = "session", .value = 0, .min = 0, .max = 1439, .whole = true,                                           \
        .summary = "minute of the day (UTC) when it starts anew"                                                       \
    }

#endif
