/*
 * strategy: the contract of one trading rule. One file each in engine/strategies/,
 * listed in its table.c. A strategy is pure: state, bar and view in, a bounded list
 * of intents out; no I/O, no clock, no allocation. One state per configured strategy
 * and symbol; it lives in memory that the engine gives.
 */
#ifndef MIA_ENGINE_STRATEGY_H
#define MIA_ENGINE_STRATEGY_H

#include <stdarg.h>

#include "engine/effect.h"
#include "engine/level.h"

#define INTENTS_MAX 4
#define STRATEGY_STATE_MAX (64u << 10) /* bytes a strategy may ask for, a symbol */

struct param_spec {
    const char *name;
    double value, min, max; /* value: the default */
    bool whole;             /* whole numbers only */
    const char *summary;    /* English, for the docs */
};

enum intent_kind { INTENT_ENTER, INTENT_EXIT };
struct intent {
    enum intent_kind kind;
    enum side side;       /* ENTER */
    uint32_t confidence;  /* 0..100 */
    price_t stop, target; /* ENTER: stop is mandatory, target 0: none */
    uint32_t factors;     /* that agree; 0: not counted */
    price_t level;        /* the one that the idea is about (swept, broken); 0: none. Twice the same is a duplicate */
    char reason[LANG_COUNT][REASON_MAX];
};
/* A reason in one language, cut to size at a character. */
void reason_set(char out[REASON_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void reason_vset(char out[REASON_MAX], const char *fmt, va_list ap) __attribute__((format(printf, 2, 0)));
struct intents {
    uint32_t n;
    struct intent item[INTENTS_MAX];
};

struct strategy_view {
    const struct instrument *instrument;
    const struct bar *bar;               /* just closed */
    const struct trade *trade;           /* this strategy's open trade in this symbol; NULL: flat */
    const struct market_context *market; /* levels, structure, regime, this bar included; NULL: not followed */
    const struct calendars *calendars;   /* hours and named sessions */
};

struct strategy {
    const char *name;
    const char *summary[LANG_COUNT];
    const char *definition;          /* the exact rule; English, for the docs */
    const struct param_spec *params; /* until name is NULL */
    const char *session;             /* where strategies[].session says nothing: entries only in it; NULL: any time */
    uint32_t regimes;                /* bit r: made for regime r; advice for strategies[].regimes; 0: for any */
    bool levels;                     /* it reads view->market, which then is never NULL */
    size_t (*state_size)(const double *params);
    int (*open)(void *state, const double *params /* in the order of the specs */, struct err *e);
    void (*bar)(void *state, const struct strategy_view *v, struct intents *out);
    void (*snap)(void *state, struct snap *s);
};

extern const struct strategy *const strategy_table[]; /* NULL-terminated */
const struct strategy *strategy_find(const char *name);

#endif
