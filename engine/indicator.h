/*
 * indicator: the contract of one technical indicator. One file each in engine/indicators/, listed in its table.c, with a
 * vector in tests/vectors/. Plain doubles, no I/O, no clock, nothing allocated: the state lives in memory that the caller
 * gives, holds no pointer and is as large as `indicator_size` says.
 *
 * All outputs of an indicator begin in the same row, after `lookback` rows; before that they are NaN. A row in which a
 * field that is used is NaN or infinite is no row: its outputs are NaN and the state stays as it was. Buy and sell volume
 * are the exception: they may be unknown (NaN, or no column). A row's answer depends on that row and on those before it.
 * Rows one by one, or in batches of any size one after the other, give the same bits.
 */
#ifndef MIA_ENGINE_INDICATOR_H
#define MIA_ENGINE_INDICATOR_H

#include "engine/base/snap.h"
#include "engine/strategy.h"

#define INDICATOR_OUTPUTS_MAX 8
#define INDICATOR_PARAMS_MAX 6
#define INDICATOR_PERIOD_MAX 4096
#define INDICATOR_NAME_MAX 32

enum indicator_field {
    INDICATOR_OPEN = 1,
    INDICATOR_HIGH = 2,
    INDICATOR_LOW = 4,
    INDICATOR_CLOSE = 8,
    INDICATOR_VOLUME = 16,
    INDICATOR_START = 32,
    INDICATOR_FLOW = 64, /* buy and sell, where they are known */
};

struct indicator_bar {
    double open, high, low, close, volume;
    double buy, sell; /* volume bought at the ask, sold at the bid; NaN: unknown */
    int64_t start_ns; /* since 1970, UTC */
};

struct indicator_columns {
    const double *open, *high, *low, *close, *volume, *buy, *sell;
    const int64_t *start_ns;
}; /* of equal length; what is not used may be NULL */

struct indicator {
    const char *name;  /* "sma" */
    const char *alias; /* another name it answers to; NULL: none */
    const char *summary[LANG_COUNT];
    const char *definition;          /* whose, what is divided by nothing, what is not O(1); English, for the docs */
    const struct param_spec *params; /* until name is NULL */
    const char *const *outputs;      /* column names, NULL-terminated */
    uint32_t uses;                   /* enum indicator_field */
    /* For engine/indicator.c only: the functions below are what others call. */
    size_t (*size)(const double *params);
    int (*open)(void *state, const double *params, struct err *e); /* the memory is zero */
    uint32_t (*lookback)(const double *params);
    void (*step)(void *state, const struct indicator_bar *bar, double *out);
    /* The same bits as n steps, sooner; NULL: by steps. */
    void (*batch)(void *state, const struct indicator_columns *in, size_t n, double *const *out);
    void (*snap)(void *state, struct snap *s);
};

/* Every state begins with its parameters: so it can start again, and is never read as that of others. */
struct indicator_head {
    double params[INDICATOR_PARAMS_MAX];
};

extern const struct indicator *const indicator_table[]; /* NULL-terminated */
const struct indicator *indicator_find(const char *name);
uint32_t indicator_outputs(const struct indicator *in);
uint32_t indicator_params(const struct indicator *in);

/* "macd:fast=5,signal=4": the indicator, and every parameter, told or default, within its bounds. */
int indicator_parse(const char *text, const struct indicator **in, double params[INDICATOR_PARAMS_MAX], struct err *e);

/* Bytes of state, a multiple of 8; the memory is to be aligned for doubles. The parameters are to be within their bounds. */
size_t indicator_size(const struct indicator *in, const double *params);
int indicator_open(const struct indicator *in, void *state, const double *params, struct err *e);
void indicator_reset(const struct indicator *in, void *state); /* as after the open */
uint32_t indicator_lookback(const struct indicator *in, const double *params);
static inline void indicator_step(const struct indicator *in, void *state, const struct indicator_bar *bar,
                                  double *out) {
    in->step((struct indicator_head *)state + 1, bar, out);
}
/* The next n rows. -1: a column that is used is missing, *e says which; nothing was done. `out` overlaps no column. */
int indicator_batch(const struct indicator *in, void *state, const struct indicator_columns *columns, size_t n,
                    double *const *out, struct err *e);
/* Bad when the state read is that of other parameters. */
void indicator_snap(const struct indicator *in, void *state, struct snap *s);

/* Prices as doubles; buy and sell NaN where they are unknown. */
struct indicator_bar indicator_bar_of(const struct bar *b);

#endif
