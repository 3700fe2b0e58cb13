/*
 * kit: what rules have in common, for engine/strategies/ only. Indicators that live in the rule's own state, levels on
 * the tick, figures as people read them, shares of a confidence.
 */
#ifndef MIA_ENGINE_STRATEGIES_KIT_H
#define MIA_ENGINE_STRATEGIES_KIT_H

#include <math.h>

#include "engine/indicator.h"

#define KIT_USES_MAX 8

#define PARAM_STOP_ATR(v)                                                                                              \
    { "stop_atr", v, 0.1, 20, false, "distance of the stop in average true ranges" }
#define PARAM_STOP_SHARE(v)                                                                                            \
    { "stop_loss_pct", v, 0.0001, 0.5, false, "distance of the stop, as a share of the price" }
#define PARAM_TARGET_SHARE(v)                                                                                          \
    { "take_profit_pct", v, 0, 5, false, "distance of the target, as a share of the price; 0: none" }
#define PARAM_TARGET_R(v)                                                                                              \
    { "target_r", v, 0, 20, false, "distance of the target, as a multiple of that of the stop; 0: none" }
#define PARAM_SHORT(v)                                                                                                 \
    { "allow_short", v, 0, 1, true, "1: sell short, too" }

/* An indicator that a rule asks for; its parameters in the order of the indicator's own. */
struct kit_use {
    const struct indicator *in;
    const double *params;
};

/* The first member of a rule's state. The indicators' states follow those `own` bytes. */
struct kit {
    uint32_t n;
    struct {
        const struct indicator *in;
        uint32_t at;
    } use[KIT_USES_MAX];
};

size_t kit_size(size_t own, const struct kit_use *uses, uint32_t n);
int kit_open(struct kit *k, size_t own, const struct kit_use *uses, uint32_t n, struct err *e);
void *kit_state(struct kit *k, uint32_t i);
void kit_step(struct kit *k, uint32_t i, const struct indicator_bar *row, double *out);
void kit_snap(struct kit *k, struct snap *s);

/* ---- intents; `way` is 1 for a long, -1 for a short ---- */

/* A way in for `way`: an open trade of the other side is closed first. NULL: there is one of this side already, or the
 * side is not allowed. Stop and target are the caller's to set. */
struct intent *kit_turn(const struct strategy_view *v, double way, bool allow_short, struct intents *out);
void kit_exit(struct intents *out);
/* A price on the tick, away from the close; 0 where there is no such price. */
price_t kit_level(const struct strategy_view *v, double price);
/* The stop `by` away from the close against `way`, and the target `r` times as far in its favour; 0: none. */
void kit_bracket(struct intent *w, const struct strategy_view *v, double way, double by, double r);

/* ---- confidence and words ---- */

static inline double kit_share(double v) { /* 0..1; NaN is 0 */
    return v > 0 ? v < 1 ? v : 1 : 0;
}
/* Where in its bar the price closed, in favour of `way`: 0..1; 0.5 in a bar without a range. */
double kit_place(const struct bar *b, double way);
/* By way of whole numbers, which is many times cheaper than printing a double. */
void kit_figure(char out[MONEY_TEXT_MAX], enum lang lang, double v, int decimals);

#endif
