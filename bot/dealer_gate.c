/*
 * dealer_gate: the last look at an order before a venue: size, value, distance from the market, the other side of a position.
 * Pure: reads the engine and changes nothing.
 */
#include "bot/dealer_gate.h"

static bool outside_collar(const struct engine *e, const struct dealer_guard *g, const struct order *o) {
    struct market_view m;
    int64_t away;
    engine_market(e, o->instrument, &m);
    if (g->collar_ppm == 0 || o->type == ORDER_MARKET || !m.known) return false;
    int64_t gap = o->price.v > m.last.v ? o->price.v - m.last.v : m.last.v - o->price.v;
    return !mul_div(m.last.v, g->collar_ppm, 1000000, &away) || gap > away;
}

const char *gate_refused(const struct engine *e, const struct dealer_guard *g, const struct order *o) {
    struct market_view m;
    cash_t value;
    if (o->role == ROLE_EXIT) return NULL;
    engine_market(e, o->instrument, &m);
    price_t price = o->type == ORDER_MARKET ? m.last : o->price;
    if (g->qty_max.v > 0 && o->qty.v > g->qty_max.v) return "last gate: larger than one order may be";
    if (g->notional_max.v > 0 && (!instrument_notional(engine_instrument(e, o->instrument), price, o->qty, &value) ||
                                  value.v > g->notional_max.v))
        return "last gate: worth more than one order may be";
    if (outside_collar(e, g, o)) return "last gate: too far from the market";
    return NULL;
}

bool gate_other_side(const struct engine *e, const struct order *o) {
    for (uint32_t i = 0; i < engine_trade_count(e); i++) {
        const struct trade *t = engine_trade_at(e, i);
        if (t->instrument == o->instrument && t->side != o->side && t->qty_entered.v > 0) return true;
    }
    return false;
}

const char *venue_verb_name(enum venue_verb v) {
    static const char *const names[] = {"submit", "cancel", "protect", "query", "look"};
    _Static_assert(sizeof names / sizeof *names == VENUE_VERB_COUNT, "a name for every verb");
    return names[v];
}
