/*
 * indicator: the contract of one technical indicator. One file each in
 * engine/indicators/, listed in its table.c, with a vector in tests/vectors/.
 * Plain doubles and caller's buffers; nothing is allocated after open; batch and
 * stream give equal results.
 */
#ifndef MIA_ENGINE_INDICATOR_H
#define MIA_ENGINE_INDICATOR_H

#include "engine/base/snap.h"
#include "engine/strategy.h"

#define INDICATOR_OUTPUTS_MAX 8

struct indicator_bars {
    const double *open, *high, *low, *close, *volume;
}; /* columns of equal length */

struct indicator {
    const char *name; /* "sma" */
    const char *summary[LANG_COUNT];
    const struct param_spec *params;
    const char *const *outputs; /* column names, NULL-terminated */
    size_t (*state_size)(const double *params);
    int (*open)(void *state, const double *params, struct err *e);
    int (*lookback)(const double *params); /* rows before the first value */
    void (*batch)(const double *params, const struct indicator_bars *in, size_t n,
                  double *const *out);                                                        /* NaN before the first */
    void (*step)(void *state, double o, double h, double l, double c, double v, double *out); /* NaN before the first */
    void (*snap)(void *state, struct snap *s);
};

extern const struct indicator *const indicator_table[]; /* NULL-terminated */
const struct indicator *indicator_find(const char *name);

#endif
