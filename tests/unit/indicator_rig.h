/*
 * indicator_rig: what the tests of indicators share: rows in columns, one indicator with its parameters and state, fed in
 * pieces of any size, stored and read back between them.
 */
#ifndef MIA_TESTS_INDICATOR_RIG_H
#define MIA_TESTS_INDICATOR_RIG_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/indicator.h"

#define ROWS_MAX 2400

struct rows {
    size_t n;
    double open[ROWS_MAX], high[ROWS_MAX], low[ROWS_MAX], close[ROWS_MAX], volume[ROWS_MAX], buy[ROWS_MAX],
        sell[ROWS_MAX];
    int64_t start_ns[ROWS_MAX];
};

struct answers {
    double column[INDICATOR_OUTPUTS_MAX][ROWS_MAX];
};

struct subject {
    const struct indicator *in;
    double params[INDICATOR_PARAMS_MAX];
    void *state;
};

static inline struct indicator_columns rows_from(const struct rows *r, size_t at) {
    return (struct indicator_columns){r->open + at,   r->high + at, r->low + at,  r->close + at,
                                      r->volume + at, r->buy + at,  r->sell + at, r->start_ns + at};
}

static inline struct indicator_bar rows_bar(const struct rows *r, size_t i) {
    return (struct indicator_bar){r->open[i],   r->high[i], r->low[i],  r->close[i],
                                  r->volume[i], r->buy[i],  r->sell[i], r->start_ns[i]};
}

static inline void subject_open(struct subject *s, const char *text) {
    struct err e;
    if (indicator_parse(text, &s->in, s->params, &e) != 0) fail_msg("%s: %s", text, err_text(&e, LANG_EN));
    s->state = xcalloc(1, indicator_size(s->in, s->params));
    assert_int_equal(indicator_open(s->in, s->state, s->params, &e), 0);
}

static inline void subject_close(struct subject *s) {
    free(s->state);
}

/* Rows at..at+n as one batch. */
static inline void subject_batch(struct subject *s, const struct rows *r, size_t at, size_t n, struct answers *out) {
    double *columns[INDICATOR_OUTPUTS_MAX];
    struct indicator_columns in = rows_from(r, at);
    for (int k = 0; k < INDICATOR_OUTPUTS_MAX; k++) columns[k] = out->column[k] + at;
    assert_int_equal(indicator_batch(s->in, s->state, &in, n, columns, NULL), 0);
}

static inline void subject_step(struct subject *s, const struct rows *r, size_t i, struct answers *out) {
    double o[INDICATOR_OUTPUTS_MAX];
    struct indicator_bar b = rows_bar(r, i);
    indicator_step(s->in, s->state, &b, o);
    for (uint32_t k = 0; k < indicator_outputs(s->in); k++) out->column[k][i] = o[k];
}

/* Into another state, by way of bytes. */
static inline void subject_store_and_read(struct subject *s) {
    struct buf b;
    struct snap snap;
    size_t size = indicator_size(s->in, s->params);
    void *fresh = xmalloc(size);
    memset(fresh, 0x5a, size);
    assert_int_equal(indicator_open(s->in, fresh, s->params, NULL), 0);
    buf_init(&b, 1u << 20);
    snap_writer(&snap, &b);
    indicator_snap(s->in, s->state, &snap);
    assert_false(snap.bad);
    snap_reader(&snap, b.p, b.len);
    indicator_snap(s->in, fresh, &snap);
    assert_true(snap_complete(&snap));
    buf_clear(&b);
    free(s->state);
    s->state = fresh;
}

static inline bool same_bits(double a, double b) {
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static inline void assert_same(const struct indicator *in, const struct answers *a, const struct answers *b, size_t n,
                               const char *what) {
    for (uint32_t k = 0; k < indicator_outputs(in); k++)
        for (size_t i = 0; i < n; i++)
            if (!same_bits(a->column[k][i], b->column[k][i]))
                fail_msg("%s: %s: %s differs in row %zu: %.17g, %.17g", in->name, what, in->outputs[k], i,
                         a->column[k][i], b->column[k][i]);
}

#endif
