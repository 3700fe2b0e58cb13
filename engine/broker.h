/*
 * broker: the contract of a venue that takes orders. Two families:
 *  - internal (paper, null): pure, driven by drive.c, its state is committed with
 *    the engine's, its reports are derived events that a replay makes again;
 *  - external: asynchronous, carried out by the shell after the commit, its reports
 *    are inputs.
 * Every order carries our id. Protection (stop, target) belongs to the trade's entry
 * order and rests at the venue from the first fill.
 */
#ifndef MIA_ENGINE_BROKER_H
#define MIA_ENGINE_BROKER_H

#include "engine/effect.h"

#define REPORTS_MAX 512

struct reports {
    uint32_t n;
    struct order_report item[REPORTS_MAX];
};
/* A new report at the end, all zero but its kind and order. More than REPORTS_MAX unread ones end the process. */
struct order_report *reports_add(struct reports *r, enum report_kind kind, uint64_t order);

enum broker_cap { BROKER_INTERNAL = 1, BROKER_ATTACHED_STOP = 2 };

struct broker {
    const char *name;
    const char *summary[LANG_COUNT];
    uint32_t caps;
    /* Internal brokers. `state` is state_size bytes, zeroed at first. Reports go to the end of *out. */
    size_t state_size;
    void (*configure)(void *state, const struct engine_config *c);
    void (*submit)(void *state, const struct order *o, when_t market_time, struct reports *out);
    void (*cancel)(void *state, uint64_t order, struct reports *out);
    /* What became of this order? NULL: an order's fate is always known. */
    void (*query)(void *state, uint64_t order, struct reports *out);
    void (*protect)(void *state, uint64_t entry_order, price_t stop, price_t target, struct reports *out);
    /* The market moved through this bar: called before the engine sees the bar as closed. */
    void (*bar)(void *state, uint16_t instrument, const struct bar *b, struct reports *out);
    void (*snap)(void *state, struct snap *s);
};

extern const struct broker *const broker_table[]; /* NULL-terminated */
const struct broker *broker_find(const char *name);

#endif
