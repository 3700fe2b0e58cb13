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
 * One file although it is long: the parts are inlined and stand on each other (decay on rows, directional movement on
 * decay), an indicator takes several, and this list is where one looks.
 *
 * A file writes `advance`, one row in, outputs out; INDICATOR_STEP makes its step of it, and a batch is steps, unless the
 * file has a faster one.
 */
#ifndef MIA_ENGINE_INDICATORS_KIT_H
#define MIA_ENGINE_INDICATORS_KIT_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "engine/indicator.h"

/* Inlined into every loop, so that a struct that is worked on can stay in registers. */
#define HOT static inline __attribute__((always_inline))

/* ---- rows ---- */

HOT bool is_number(double v) {
    return fabs(v) <= DBL_MAX; /* false for NaN and infinity */
}

/* Every field in `uses` is a number; the flow may be unknown. */
HOT bool bar_is_whole(const struct indicator_bar *b, uint32_t uses) {
    return (!(uses & INDICATOR_OPEN) || is_number(b->open)) && (!(uses & INDICATOR_HIGH) || is_number(b->high)) &&
           (!(uses & INDICATOR_LOW) || is_number(b->low)) && (!(uses & INDICATOR_CLOSE) || is_number(b->close)) &&
           (!(uses & INDICATOR_VOLUME) || is_number(b->volume));
}

HOT struct indicator_bar bar_at(const struct indicator_columns *c, size_t i, uint32_t uses) {
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

HOT void no_answer(double *out, uint32_t outputs) {
    for (uint32_t k = 0; k < outputs; k++) out[k] = NAN;
}

/* The doubles behind a state's struct. */
#define MEMORY(s) ((double *)((s) + 1))

/* ---- step and batch ---- */

#define DECAY_BLOCK 4   /* see decay */
#define ROWS_AT_ONCE 64 /* looked through together for what is no number */

/* What is a number, less itself, is 0; the rest is NaN, and so is every sum with it. */
HOT bool column_is_whole(const double *v, size_t n) {
    typedef double pair __attribute__((vector_size(16), aligned(8), may_alias));
    pair a = {0, 0}, b = {0, 0};
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        pair x = *(const pair *)(v + i), y = *(const pair *)(v + i + 2);
        a += x - x;
        b += y - y;
    }
    a += b;
    for (; i < n; i++) a[0] += v[i] - v[i];
    return a[0] + a[1] == 0;
}

HOT bool rows_are_whole(const struct indicator_columns *c, size_t at, size_t n, uint32_t uses) {
    return (!(uses & INDICATOR_OPEN) || column_is_whole(c->open + at, n)) &&
           (!(uses & INDICATOR_HIGH) || column_is_whole(c->high + at, n)) &&
           (!(uses & INDICATOR_LOW) || column_is_whole(c->low + at, n)) &&
           (!(uses & INDICATOR_CLOSE) || column_is_whole(c->close + at, n)) &&
           (!(uses & INDICATOR_VOLUME) || column_is_whole(c->volume + at, n));
}

/* The step of `struct T`, from its `advance(struct T *, double *mem, const struct indicator_bar *, double *out)`. */
#define INDICATOR_STEP(T, USES, OUTPUTS)                                                                               \
    static void T##_step(void *state, const struct indicator_bar *b, double *out) {                                    \
        struct T *s = state;                                                                                           \
        if (bar_is_whole(b, USES))                                                                                     \
            advance(s, MEMORY(s), b, out);                                                                             \
        else                                                                                                           \
            no_answer(out, OUTPUTS);                                                                                   \
    }
/* For an indicator whose batch is worth code of its own: rows that are whole, on a copy of the struct which the compiler can
 * keep in registers. READY: four rows from here on find all averages at the beginning of a block (see decay), so that the
 * block can be laid out without a branch; 0: there is none. */
#define INDICATOR_ROWS(T, USES, OUTPUTS, READY)                                                                        \
    HOT void T##_row(struct T *s, double *mem, const struct indicator_columns *in, size_t i, double *const *out) {     \
        const struct indicator_bar b = bar_at(in, i, USES);                                                            \
        double o[OUTPUTS];                                                                                             \
        advance(s, mem, &b, o);                                                                                        \
        for (uint32_t k = 0; k < (OUTPUTS); k++) out[k][i] = o[k];                                                     \
    }                                                                                                                  \
    static void T##_rows(struct T *live, const struct indicator_columns *in, size_t i, size_t end,                     \
                         double *const *out) {                                                                         \
        struct T local = *live, *s = &local;                                                                           \
        while (i < end) {                                                                                              \
            for (; (READY) && end - i >= DECAY_BLOCK; i += DECAY_BLOCK)                                                \
                for (size_t k = 0; k < DECAY_BLOCK; k++) T##_row(s, MEMORY(live), in, i + k, out);                     \
            if (i < end) T##_row(s, MEMORY(live), in, i++, out);                                                       \
        }                                                                                                              \
        *live = local;                                                                                                 \
    }
/* Batches through T_rows; rows that are not whole take their steps. To be listed as .batch. */
#define INDICATOR_BATCH(T, USES, OUTPUTS)                                                                              \
    static void T##_batch(void *state, const struct indicator_columns *in, size_t n, double *const *out) {             \
        for (size_t i = 0, end; i < n; i = end) {                                                                      \
            end = n - i < ROWS_AT_ONCE ? n : i + ROWS_AT_ONCE;                                                         \
            if (rows_are_whole(in, i, end - i, USES)) {                                                                \
                T##_rows(state, in, i, end, out);                                                                      \
                continue;                                                                                              \
            }                                                                                                          \
            for (size_t r = i; r < end; r++) {                                                                         \
                const struct indicator_bar b = bar_at(in, r, USES);                                                    \
                double o[OUTPUTS];                                                                                     \
                T##_step(state, &b, o);                                                                                \
                for (uint32_t k = 0; k < (OUTPUTS); k++) out[k][r] = o[k];                                             \
            }                                                                                                          \
        }                                                                                                              \
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
    .size = T##_size, .open = T##_open, .lookback = T##_lookback, .step = T##_step, .snap = T##_snap

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

HOT double typical(const struct indicator_bar *b) {
    return (b->high + b->low + b->close) / 3;
}

HOT double greater(double a, double b) {
    return a > b ? a : b;
}

HOT double smaller(double a, double b) {
    return a < b ? a : b;
}

/* v where a > b, else 0. By bits: where it is a coin's toss, a branch would be mispredicted every other time. */
HOT double where_above(double a, double b, double v) {
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    bits &= -(uint64_t)(a > b);
    memcpy(&v, &bits, sizeof bits);
    return v;
}

/* Nothing divided by nothing is `otherwise`. Without a branch: what divides is replaced, then the answer. */
HOT double ratio(double a, double b, double otherwise) {
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
    uint32_t size, at, is_full, unused;
};

#define WINDOW_DOUBLES(size) ((size) + 1)

HOT double fold_none(enum fold f) {
    return f == FOLD_SUM ? 0 : -INFINITY;
}

HOT double fold_two(enum fold f, double a, double b) {
    return f == FOLD_SUM ? a + b : greater(a, b);
}

static inline void window_open(struct window *w, enum fold f, double *mem, uint32_t size) {
    *w = (struct window){.head = fold_none(f), .size = size};
    for (uint32_t i = 0; i <= size; i++) mem[i] = fold_none(f);
}

/* A block is full: its values become its ends. */
static inline void window_turn(enum fold f, double *mem, uint32_t size) {
    double end = fold_none(f);
    for (uint32_t i = size; i-- > 0;) mem[i] = end = fold_two(f, mem[i], end);
}

HOT double window_add(struct window *w, enum fold f, double *mem, double x) {
    w->head = fold_two(f, w->head, x);
    double all = fold_two(f, w->head, mem[w->at + 1]);
    mem[w->at] = x;
    if (++w->at == w->size) {
        window_turn(f, mem, w->size);
        w->head = fold_none(f);
        w->at = 0;
        w->is_full = 1;
    }
    return all;
}

HOT bool window_is_full(const struct window *w) {
    return w->is_full != 0;
}

static inline void window_snap(struct window *w, double *mem, struct snap *s) {
    snap_f64(s, &w->head);
    snap_count(s, &w->at, w->size - 1);
    snap_count(s, &w->is_full, 1);
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

HOT bool extremes_add(struct extremes *x, double *mem, double high, double low, double *highest, double *lowest) {
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

HOT bool weighted_add(struct weighted *w, double *mem, double x, double *sum, double *aged) {
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
HOT double weighted_mean(struct weighted *w, double *mem, double x) {
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
HOT double delay_add(struct delay *d, double *mem, double x) {
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
 * last block and not for that of the last row: v = part + power * anchor. ---- */

struct decay {
    double take, keep;
    double anchor, part;
    double power[DECAY_BLOCK]; /* of keep: what is left of the anchor after that many rows and one */
    uint32_t at;               /* rows since the anchor */
    uint32_t period, count;    /* values summed, until there are `period` */
    uint32_t unused;
};

static inline void decay_open_with(struct decay *e, uint32_t period, double take, double keep) {
    double square = keep * keep;
    *e = (struct decay){
        .take = take, .keep = keep, .power = {keep, square, square * keep, square * square}, .period = period};
}

static inline void decay_open(struct decay *e, uint32_t period) {
    double take = 2.0 / (period + 1.0);
    decay_open_with(e, period, take, 1 - take);
}

/* Wilder's: a period is about twice as long. */
static inline void wilder_open(struct decay *e, uint32_t period) {
    decay_open_with(e, period, 1.0 / period, (period - 1.0) / period);
}

HOT void decay_seed(struct decay *e, double value) {
    e->anchor = value;
    e->part = 0;
    e->at = 0;
    e->count = e->period;
}

HOT double decay_next(struct decay *e, double x) {
    e->part = e->take * x + e->keep * e->part;
    double v = e->part + e->power[e->at] * e->anchor;
    if (++e->at == DECAY_BLOCK) {
        e->anchor = v;
        e->part = 0;
        e->at = 0;
    }
    return v;
}

/* For INDICATOR_STEPS_BY_FOUR: seeded, and at the beginning of a block. */
HOT bool decay_is_ready(const struct decay *e) {
    return e->at == 0 && e->count == e->period;
}

/* NaN before there are `period` values. */
HOT double decay_add(struct decay *e, double x) {
    if (__builtin_expect(e->count == e->period, 1)) return decay_next(e, x);
    e->anchor += x; /* still a sum */
    if (++e->count < e->period) return NAN;
    decay_seed(e, e->anchor / e->period);
    return e->anchor;
}

/* Wilder's sums: `period` values, NaN until then, from then on decaying; the take is 1. */
HOT double decay_sum(struct decay *e, double x) {
    if (__builtin_expect(e->count == e->period, 1)) return decay_next(e, x);
    e->anchor += x;
    e->count++;
    return NAN;
}

/* For averages of averages: what is not there yet is not added. */
HOT double decay_add_if(struct decay *e, double x) {
    return isnan(x) ? NAN : decay_add(e, x);
}

static inline void decay_snap(struct decay *e, struct snap *s) {
    snap_f64(s, &e->anchor);
    snap_f64(s, &e->part);
    snap_count(s, &e->at, DECAY_BLOCK - 1);
    snap_count(s, &e->count, e->period);
}

/* ---- range ---- */

HOT double true_range(double high, double low, double before) {
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
HOT double range_add(struct range *r, const struct indicator_bar *b) {
    double range = true_range(b->high, b->low, r->before);
    r->before = b->close;
    if (__builtin_expect(!r->started, 0)) {
        r->started = 1;
        return NAN;
    }
    return decay_add(&r->mean, range);
}

HOT bool range_is_ready(const struct range *r) {
    return r->started && decay_is_ready(&r->mean);
}

static inline void range_snap(struct range *r, struct snap *s) {
    decay_snap(&r->mean, s);
    snap_f64(s, &r->before);
    snap_u64(s, &r->started);
}

/* ---- directional movement: Wilder's sums of rises and of falls, two decays in step ---- */

struct directional {
    double plus, minus; /* the sums, once directional_add says so */
    double keep, weight, plus_anchor, minus_anchor, plus_part, minus_part;
    double high, low; /* of the last row */
    uint32_t at, period, count, started;
};

static inline void directional_open(struct directional *d, uint32_t period) {
    double keep = (period - 1.0) / period;
    *d = (struct directional){.keep = keep, .weight = keep, .period = period - 1};
}

HOT bool directional_add(struct directional *d, const struct indicator_bar *b) {
    double up = b->high - d->high, down = d->low - b->low;
    double plus = where_above(up, down, where_above(up, 0, up));
    double minus = where_above(down, up, where_above(down, 0, down));
    d->high = b->high;
    d->low = b->low;
    if (__builtin_expect(d->count < d->period, 0)) {
        d->plus_anchor += d->started ? plus : 0;
        d->minus_anchor += d->started ? minus : 0;
        d->count += d->started;
        d->started = 1;
        return false;
    }
    d->plus_part = plus + d->keep * d->plus_part;
    d->minus_part = minus + d->keep * d->minus_part;
    d->plus = d->plus_part + d->weight * d->plus_anchor;
    d->minus = d->minus_part + d->weight * d->minus_anchor;
    d->weight *= d->keep;
    if (++d->at == DECAY_BLOCK) {
        d->plus_anchor = d->plus;
        d->minus_anchor = d->minus;
        d->plus_part = d->minus_part = 0;
        d->weight = d->keep;
        d->at = 0;
    }
    return true;
}

HOT bool directional_is_ready(const struct directional *d) {
    return d->at == 0 && d->count == d->period;
}

static inline void directional_snap(struct directional *d, struct snap *s) {
    snap_f64(s, &d->weight);
    snap_f64(s, &d->plus_anchor);
    snap_f64(s, &d->minus_anchor);
    snap_f64(s, &d->plus_part);
    snap_f64(s, &d->minus_part);
    snap_f64(s, &d->high);
    snap_f64(s, &d->low);
    snap_count(s, &d->at, DECAY_BLOCK - 1);
    snap_count(s, &d->count, d->period);
    snap_count(s, &d->started, 1);
}

/* The same as a share of the true range. */
struct directional_index {
    struct directional move;
    struct decay range; /* a sum like those */
    double before;      /* the last close */
};

static inline void directional_index_open(struct directional_index *d, uint32_t period) {
    directional_open(&d->move, period);
    decay_open_with(&d->range, period - 1, 1, d->move.keep);
    d->before = 0;
}

/* The sum of ranges; NaN before there is one. */
HOT double directional_index_add(struct directional_index *d, const struct indicator_bar *b) {
    double range = true_range(b->high, b->low, d->before);
    bool is_first = !d->move.started;
    d->before = b->close;
    directional_add(&d->move, b);
    return is_first ? NAN : decay_sum(&d->range, range);
}

static inline void directional_index_snap(struct directional_index *d, struct snap *s) {
    directional_snap(&d->move, s);
    decay_snap(&d->range, s);
    snap_f64(s, &d->before);
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

/* Sum and sum of squares of the last `size` values. */
HOT bool moments_add(struct moments *m, double *mem, double x, double *sum, double *squares) {
    *sum = m->sum += x;
    *squares = m->squares += x * x;
    mem[m->at] = x;
    m->at = m->at + 1 == m->size ? 0 : m->at + 1;
    m->count += m->count < m->size;
    if (m->count < m->size) return false;
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

/* Of the population, from the means of the values and of their squares. */
HOT double variance_of(double mean, double square) {
    double v = square - mean * mean;
    return v > MOMENTS_NOISE * square ? v : 0;
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
HOT double money_flow(const struct indicator_bar *b) {
    return ratio((b->close - b->low) - (b->high - b->close), b->high - b->low, 0) * b->volume;
}

/* ---- flow: bought and sold volume. Where the row does not tell, the stated proxy: the close's place in the row's range
 * shares the volume out, half and half where there is no range. ---- */

/* True: it is the proxy. */
HOT bool flow_of(const struct indicator_bar *b, double *buy, double *sell) {
    bool is_proxy = !is_number(b->buy) || !is_number(b->sell);
    double place = ratio(b->close - b->low, b->high - b->low, 0.5);
    *buy = is_proxy ? b->volume * place : b->buy;
    *sell = is_proxy ? b->volume - b->volume * place : b->sell;
    return is_proxy;
}

/* The trading day that a row lies in, which starts `minute` minutes after midnight, UTC. */
HOT int64_t day_of(int64_t start_ns, double minute) {
    int64_t s = start_ns / 1000000000 - (int64_t)minute * 60;
    return s / 86400 - (s % 86400 < 0);
}

#define PARAM_SESSION                                                                                                  \
    {                                                                                                                  \
        .name = "session", .value = 0, .min = 0, .max = 1439, .whole = true,                                           \
        .summary = "minute of the day (UTC) when it starts anew"                                                       \
    }

#endif
