/*
 * gates_priv: what the gates share: how one says no, and the functions of the table in
 * gates.c. Nobody else includes it.
 */
#ifndef MIA_ENGINE_GATES_PRIV_H
#define MIA_ENGINE_GATES_PRIV_H

#include "engine/state.h"

/* May it pass? If not, it is refused with the row's code and a reason in both languages. */
typedef bool gate_fn(const struct engine *e, enum refusal code, struct signal *g);

/* gates_now.c: how things stand */
gate_fn gate_store, gate_paused, gate_breaker, gate_strategy, gate_advisor, gate_stale, gate_unknown, gate_differs,
    gate_session, gate_weekend, gate_roll, gate_news, gate_regime;
/* gates_idea.c: the idea */
gate_fn gate_prices, gate_confidence, gate_factors, gate_reward, gate_spread, gate_slippage, gate_duplicate;
/* gates_book.c: the book, and the size */
gate_fn gate_position, gate_day, gate_day_asset, gate_positions, gate_room, gate_correlation, gate_size, gate_exposure,
    gate_margin_use, gate_var, gate_open_risk, gate_loss;
/* Does a loss of a week or a month refuse with it, in the row of the day? */
bool gate_is_period(enum refusal code);

/* Each is false, which is the gate's answer. The reason is there already. */
bool gate_refuse(struct signal *g, enum refusal code);
/* Both texts take the same arguments in the same order. */
bool gate_refuse_text(struct signal *g, enum refusal code, const char *en, const char *fr, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
/* "used of max": each text has two %s, the figures as its language writes them. */
bool gate_refuse_figures(struct signal *g, enum refusal code, const char *const texts[LANG_COUNT],
                         char figures[LANG_COUNT][2][MONEY_TEXT_MAX]);
bool gate_refuse_shares(struct signal *g, enum refusal code, const char *const texts[LANG_COUNT], double used,
                        int64_t max_ppm, int decimals);
bool gate_refuse_cash(const struct engine *e, struct signal *g, enum refusal code, const char *const texts[LANG_COUNT],
                      cash_t used, int64_t max);

#endif
