/* Every indicator against its vector: batch equals stream bit for bit, both equal the reference, state survives storing. */
#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/indicator.h"

#define ROWS_MAX 2000
#define TOLERANCE 1e-8 /* relative: the vectors have ten digits */

struct vector {
    double param;
    size_t n;
    double open[ROWS_MAX], high[ROWS_MAX], low[ROWS_MAX], close[ROWS_MAX], volume[ROWS_MAX], expected[ROWS_MAX];
};
static struct vector vec;

static void read_row(const char *line) {
    char last[40];
    size_t i = vec.n;
    assert_true(i < ROWS_MAX);
    int n = sscanf(line, "%lf %lf %lf %lf %lf %39s", &vec.open[i], &vec.high[i], &vec.low[i], &vec.close[i],
                   &vec.volume[i], last);
    assert_int_equal(n, 6);
    vec.expected[i] = strcmp(last, "-") == 0 ? NAN : strtod(last, NULL);
    vec.n++;
}

static void read_vector(const char *name) {
    char path[200], line[400];
    snprintf(path, sizeof path, "tests/vectors/%s.txt", name);
    FILE *f = fopen(path, "r");
    if (f == NULL) fail_msg("%s has no vector: %s is missing", name, path);
    memset(&vec, 0, sizeof vec);
    while (fgets(line, sizeof line, f) != NULL) {
        if (line[0] != '#')
            read_row(line);
        else
            (void)sscanf(line, "# period %lf", &vec.param);
    }
    fclose(f);
    assert_true(vec.n >= 200);
}

static bool same(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

/* The stream, stored and read back after `at` rows (0: not). */
static void stream(const struct indicator *in, size_t at, double *out) {
    size_t size = in->state_size(&vec.param);
    void *state = xcalloc(1, size);
    assert_int_equal(in->open(state, &vec.param, NULL), 0);
    for (size_t i = 0; i < vec.n; i++) {
        if (at != 0 && i == at) {
            struct buf b;
            struct snap s;
            buf_init(&b, 1u << 20);
            snap_writer(&s, &b);
            in->snap(state, &s);
            memset(state, 0, size);
            assert_int_equal(in->open(state, &vec.param, NULL), 0);
            snap_reader(&s, b.p, b.len);
            in->snap(state, &s);
            assert_true(snap_complete(&s));
            buf_clear(&b);
        }
        in->step(state, vec.open[i], vec.high[i], vec.low[i], vec.close[i], vec.volume[i], &out[i]);
    }
    free(state);
}

static void check_one(const struct indicator *in) {
    static double batch[ROWS_MAX], streamed[ROWS_MAX], resumed[ROWS_MAX];
    read_vector(in->name);
    const struct indicator_bars bars = {vec.open, vec.high, vec.low, vec.close, vec.volume};
    double *outs[INDICATOR_OUTPUTS_MAX] = {batch};
    in->batch(&vec.param, &bars, vec.n, outs);
    stream(in, 0, streamed);
    stream(in, 137, resumed);
    for (size_t i = 0; i < vec.n; i++) {
        if (!same(batch[i], streamed[i]) || !same(batch[i], resumed[i]))
            fail_msg("%s: batch and stream differ in row %zu", in->name, i);
        if (isnan(batch[i]) != isnan(vec.expected[i]) || isnan(batch[i]) != ((int)i < in->lookback(&vec.param)))
            fail_msg("%s: first value is not where it belongs, row %zu", in->name, i);
        if (!isnan(batch[i]) && fabs(batch[i] - vec.expected[i]) > TOLERANCE * fabs(vec.expected[i]))
            fail_msg("%s: row %zu is %.17g, expected %.17g", in->name, i, batch[i], vec.expected[i]);
    }
}

static void vectors(void **state) {
    (void)state;
    for (const struct indicator *const *i = indicator_table; *i != NULL; i++) check_one(*i);
}

static void sum_does_not_drift(void **state) {
    (void)state;
    const struct indicator *sma = indicator_find("sma");
    double period = 10, out = 0;
    void *s = xcalloc(1, sma->state_size(&period));
    sma->open(s, &period, NULL);
    for (int i = 0; i < 1000; i++) sma->step(s, 0, 0, 0, 1e15 + i * 0.1, 0, &out);
    for (int i = 0; i < 20; i++) sma->step(s, 0, 0, 0, 0.1, 0, &out);
    assert_true(out == (0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1) / 10);
    free(s);
}

static void another_parameter_is_refused(void **state) {
    (void)state;
    const struct indicator *sma = indicator_find("sma");
    double ten = 10, twenty = 20;
    void *a = xcalloc(1, sma->state_size(&twenty)), *b = xcalloc(1, sma->state_size(&twenty));
    struct buf bytes;
    struct snap s;
    buf_init(&bytes, 4096);
    sma->open(a, &ten, NULL);
    sma->open(b, &twenty, NULL);
    snap_writer(&s, &bytes);
    sma->snap(a, &s);
    snap_reader(&s, bytes.p, bytes.len);
    sma->snap(b, &s);
    assert_true(s.bad);
    assert_null(indicator_find("nothing"));
    buf_clear(&bytes);
    free(a);
    free(b);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors), cmocka_unit_test(sum_does_not_drift),
                                       cmocka_unit_test(another_parameter_is_refused)};
    return RUN(tests);
}
