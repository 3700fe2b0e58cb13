/* dealer_gate: which orders may leave for a venue. Private to bot/dealer. */
#ifndef MIA_BOT_DEALER_GATE_H
#define MIA_BOT_DEALER_GATE_H

#include "bot/dealer.h"

/* Why this order may not go out; NULL: it may. An exit only ever makes less of what is open: it is never held back. */
const char *gate_refused(const struct engine *e, const struct dealer_guard *g, const struct order *o);
/* Two strategies, or a reversal: what is held the other way must be gone first, or a venue that nets would net the two. */
bool gate_other_side(const struct engine *e, const struct order *o);

#endif
