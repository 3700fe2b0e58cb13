/*
 * indicators: nanoseconds a row over a million rows: ours as one batch and row by row, beside a floor: the least C that gives
 * the same figures, written for nothing else. Medians of three, in one run. What a peer reaches is known as a multiple of such
 * a floor (TA-Lib, Tulip and TA-Lib-RT, measured elsewhere): the last columns say how ours stands to half of that.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/indicator.h"

#define ROWS 1000000
#define RUNS 3
#define OUTPUTS 3

static double high[ROWS], low[ROWS], close_[ROWS], volume[ROWS], out[OUTPUTS][ROWS];
static double *const outs[INDICATOR_OUTPUTS_MAX] = {out[0], out[1], out[2]};
static volatile double sink;

static void make_rows(void) {
    struct rng r;
    double p = 1000;
    rng_seed(&r, 1);
    for (int i = 0; i < ROWS; i++) {
        double before = p;
        p *= exp(6e-4 * rng_normal(&r));
        close_[i] = p;
        high[i] = fmax(p, before) * (1 + 2e-4 * rng_unit(&r));
        low[i] = fmin(p, before) * (1 - 2e-4 * rng_unit(&r));
        volume[i] = 10 + 500 * rng_unit(&r);
    }
}

/* ---- floors ---- */

static inline double most(double a, double b) {
    return a > b ? a : b;
}

static inline double least(double a, double b) {
    return a < b ? a : b;
}

static void floor_sma(void) {
    double sum = 0;
    for (int i = 0; i < 30; i++) sum += close_[i];
    for (int i = 30; i < ROWS; i++) {
        sum += close_[i] - close_[i - 30];
        out[0][i] = sum * (1.0 / 30);
    }
}

static void floor_ema(void) {
    double e = close_[0];
    for (int i = 0; i < ROWS; i++) out[0][i] = e = 2.0 / 31 * close_[i] + (1 - 2.0 / 31) * e;
}

static void floor_rsi(void) {
    double up = 0, down = 0;
    for (int i = 1; i < ROWS; i++) {
        double d = close_[i] - close_[i - 1];
        up += (1.0 / 14) * (most(d, 0) - up);
        down += (1.0 / 14) * (most(-d, 0) - down);
        out[0][i] = 100 * up / (up + down);
    }
}

static void floor_macd(void) {
    double a = close_[0], b = a, s = 0;
    for (int i = 0; i < ROWS; i++) {
        a += 2.0 / 13 * (close_[i] - a);
        b += 2.0 / 27 * (close_[i] - b);
        s += 2.0 / 10 * (a - b - s);
        out[0][i] = a - b;
        out[1][i] = s;
        out[2][i] = a - b - s;
    }
}

static void floor_bb(void) {
    double sum = 0, squares = 0;
    for (int i = 0; i < 20; i++) sum += close_[i], squares += close_[i] * close_[i];
    for (int i = 20; i < ROWS; i++) {
        double x = close_[i], y = close_[i - 20];
        sum += x - y;
        squares += (x - y) * (x + y);
        double m = sum * 0.05, w = 2 * sqrt(most(squares * 0.05 - m * m, 0));
        out[0][i] = m + w;
        out[1][i] = m;
        out[2][i] = m - w;
    }
}

static void floor_atr(void) {
    double a = 0;
    for (int i = 1; i < ROWS; i++) {
        double range = most(high[i], close_[i - 1]) - least(low[i], close_[i - 1]);
        out[0][i] = a += (1.0 / 14) * (range - a);
    }
}

static void floor_adx(void) {
    double plus = 0, minus = 0, adx = 0;
    for (int i = 1; i < ROWS; i++) {
        double up = high[i] - high[i - 1], down = low[i - 1] - low[i];
        plus += (up > down ? most(up, 0) : 0) - plus * (1.0 / 14);
        minus += (down > up ? most(down, 0) : 0) - minus * (1.0 / 14);
        out[0][i] = adx += (1.0 / 14) * (100 * fabs(plus - minus) / (plus + minus) - adx);
    }
}

static void floor_stoch(void) {
    double k[3] = {0}, d[3] = {0};
    for (int i = 14; i < ROWS; i++) {
        double top = high[i], bottom = low[i];
        for (int j = 1; j < 14; j++) top = most(top, high[i - j]), bottom = least(bottom, low[i - j]);
        k[0] = k[1], k[1] = k[2], k[2] = 100 * (close_[i] - bottom) / (top - bottom);
        d[0] = d[1], d[1] = d[2], d[2] = (k[0] + k[1] + k[2]) * (1.0 / 3);
        out[0][i] = d[2];
        out[1][i] = (d[0] + d[1] + d[2]) * (1.0 / 3);
    }
}

static void floor_obv(void) {
    double sum = 0;
    for (int i = 1; i < ROWS; i++)
        out[0][i] = sum += ((close_[i] > close_[i - 1]) - (close_[i] < close_[i - 1])) * volume[i];
}

static void floor_vwma(void) {
    double money = 0, all = 0;
    for (int i = 0; i < 20; i++) money += close_[i] * volume[i], all += volume[i];
    for (int i = 20; i < ROWS; i++) {
        money += close_[i] * volume[i] - close_[i - 20] * volume[i - 20];
        all += volume[i] - volume[i - 20];
        out[0][i] = money / all;
    }
}

/* ---- ours ---- */

static const struct {
    const char *text;
    void (*floor)(void);
    /* ns a row on one machine: the better peer's batch, TA-Lib-RT's stream, and a floor there */
    double peer, stream, floor_ns;
} lines[] = {{"sma:period=30", floor_sma, 1.34, 5.5, 0.72},
             {"ema:period=30", floor_ema, 3.05, 5.1, 0.75},
             {"rsi:period=14", floor_rsi, 6.3, 22.5, 1.64},
             {"macd", floor_macd, 3.4, 13, 1.95},
             {"bb:period=20", floor_bb, 2.4, 13, 2.84},
             {"atr:period=14", floor_atr, 3.06, 8.9, 1.52},
             {"adx:period=14", floor_adx, 8.95, 21, 4.3},
             {"stoch", floor_stoch, 15.0, 67, 3.27},
             {"obv", floor_obv, 5.4, 8.0, 1.56},
             {"vwma:period=20", floor_vwma, 1.57, 0, 2.86}};

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct subject {
    const struct indicator *in;
    void *state;
};

static double batch_ns(const struct subject *s) {
    const struct indicator_columns in = {.high = high, .low = low, .close = close_, .volume = volume};
    indicator_reset(s->in, s->state);
    double start = now_ns();
    if (indicator_batch(s->in, s->state, &in, ROWS, outs, NULL) != 0) abort();
    double ns = now_ns() - start;
    sink = out[0][ROWS - 1];
    return ns / ROWS;
}

static double stream_ns(const struct subject *s) {
    struct indicator_bar b = {.open = 0};
    indicator_reset(s->in, s->state);
    double start = now_ns(), o[INDICATOR_OUTPUTS_MAX], last = 0;
    for (int i = 0; i < ROWS; i++) {
        b.high = high[i];
        b.low = low[i];
        b.close = close_[i];
        b.volume = volume[i];
        indicator_step(s->in, s->state, &b, o);
        last = o[0];
    }
    sink = last;
    return (now_ns() - start) / ROWS;
}

static double floor_ns(void (*work)(void)) {
    double start = now_ns();
    work();
    double ns = now_ns() - start;
    sink = out[0][ROWS - 1];
    return ns / ROWS;
}

static int by_size(const void *a, const void *b) {
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double v[RUNS]) {
    qsort(v, RUNS, sizeof *v, by_size);
    return v[RUNS / 2];
}

static void measure(const struct subject *s, void (*work)(void), double *batch, double *stream, double *bottom) {
    double b[RUNS], t[RUNS], f[RUNS];
    for (int i = 0; i < RUNS; i++) {
        b[i] = batch_ns(s);
        t[i] = stream_ns(s);
        f[i] = floor_ns(work);
    }
    *batch = median(b);
    *stream = median(t);
    *bottom = median(f);
}

int main(void) {
    make_rows();
    printf("indicators, ns a row    batch  stream   floor  batch/floor  (goal)  stream/floor  (goal)\n");
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct subject s;
        double params[INDICATOR_PARAMS_MAX], batch, stream, bottom;
        struct err e;
        if (indicator_parse(lines[i].text, &s.in, params, &e) != 0) abort();
        s.state = xcalloc(1, indicator_size(s.in, params));
        if (indicator_open(s.in, s.state, params, &e) != 0) abort();
        measure(&s, lines[i].floor, &batch, &stream, &bottom);
        printf("%-20s %8.2f %7.2f %7.2f %12.2f %8.2f %13.2f ", lines[i].text, batch, stream, bottom, batch / bottom,
               lines[i].peer / 2 / lines[i].floor_ns, stream / bottom);
        if (lines[i].stream > 0)
            printf("%8.2f\n", lines[i].stream / 2 / lines[i].floor_ns);
        else
            printf("%8s\n", "-"); /* the peer has none */
        free(s.state);
    }
    return 0;
}
