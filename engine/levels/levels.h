/*
 * levels: what the detectors share among themselves. Nobody else includes it.
 */
#ifndef MIA_ENGINE_LEVELS_LEVELS_H
#define MIA_ENGINE_LEVELS_LEVELS_H

#include "engine/level.h"

extern const struct detector detector_sessions, detector_days, detector_value, detector_lines, detector_swing,
    detector_break, detector_sweep, detector_gap, detector_inverse_gap, detector_order_block, detector_breaker,
    detector_regime, detector_gamma;

/* Stored prices that no bar can have made would overflow what is computed from them. A bar's are within 0..PRICE_MAX, those
 * of pivots and zones within four times that. */
#define PRICE_MAX (PRICE_SCALE * 1000000000LL)
static inline void price_checked(struct snap *s, price_t *p, int64_t max) {
    snap_price(s, p);
    if (p->v < 0 || p->v > max) s->bad = true;
}

/* lines.c */
void line_set(struct market_context *m, enum level_kind kind, uint16_t session, price_t price, when_t since);
void line_snap(struct level *l, struct snap *s);
bool line_is_high(enum level_kind k);
bool line_is_low(enum level_kind k);
bool line_has_session(enum level_kind k);
/* Price has gone beyond a line that stops may lie behind: sweep.c watches whether it comes back. */
void crossing_add(struct market_context *m, const struct crossing *c);

/* structures.c */
static inline bool structure_is_over(const struct structure *x) {
    return x->life == LIFE_INVALIDATED;
}
/* Adds it as formed in this bar; returns it. */
struct structure *structure_add(struct market_context *m, const struct structure *x);
/* The life of all of a kind after this bar. Returns which changed, as bits of their places. */
uint32_t structures_step(struct market_context *m, enum structure_kind kind, const struct bar *b);
/* What ended with this bar goes on as the other kind, the other way. */
void structures_turn(struct market_context *m, enum structure_kind of, enum structure_kind to);
void structures_snap(struct market_context *m, enum structure_kind kind, struct snap *s);
static inline bool structure_changed(const struct market_context *m, enum structure_kind kind) {
    return (m->changed & 1u << kind) != 0;
}

#endif
