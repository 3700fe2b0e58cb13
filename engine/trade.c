/* trade: names and the stored form of a trade. Owns nothing; the life of a trade is in engine/trades.c. */
#include "engine/trade.h"

#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

static const char *const side_names[] = {[SIDE_LONG] = "long", [SIDE_SHORT] = "short"};
_Static_assert(COUNT_OF(side_names) == SIDE_COUNT, "a name for every side");
static const char *const state_names[] = {
    [TRADE_OPENING] = "opening", [TRADE_OPEN] = "open", [TRADE_CLOSING] = "closing", [TRADE_CLOSED] = "closed"};
_Static_assert(COUNT_OF(state_names) == TRADE_STATE_COUNT, "a name for every state");
static const char *const reason_names[] = {
    [CLOSE_NONE] = "",           [CLOSE_STOP] = "sl",         [CLOSE_TARGET] = "tp",   [CLOSE_SIGNAL] = "signal",
    [CLOSE_MANUAL] = "manual",   [CLOSE_SOS] = "sos",         [CLOSE_LIMIT] = "limit", [CLOSE_STOP_OUT] = "stop_out",
    [CLOSE_FLATTEN] = "flatten", [CLOSE_WEEKEND] = "weekend", [CLOSE_PART] = "part",   [CLOSE_TIME] = "time",
    [CLOSE_SESSION] = "session", [CLOSE_ROLL] = "roll"};
_Static_assert(COUNT_OF(reason_names) == CLOSE_REASON_COUNT, "a name for every reason");

const char *side_name(enum side s) {
    return (unsigned)s < SIDE_COUNT ? side_names[s] : "?";
}

const char *trade_state_name(enum trade_state s) {
    return (unsigned)s < TRADE_STATE_COUNT ? state_names[s] : "?";
}

const char *close_reason_name(enum close_reason r) {
    return (unsigned)r < CLOSE_REASON_COUNT ? reason_names[r] : "?";
}

void trade_snap(struct trade *t, struct snap *s) {
    snap_u32(s, &t->id);
    snap_u32(s, &t->version);
    snap_u32(s, &t->signal_id);
    snap_u16(s, &t->instrument);
    snap_u16(s, &t->strategy);
    SNAP_ENUM(s, &t->side, SIDE_COUNT);
    SNAP_ENUM(s, &t->state, TRADE_STATE_COUNT);
    SNAP_ENUM(s, &t->protection, PROTECTION_COUNT);
    SNAP_ENUM(s, &t->reason, CLOSE_REASON_COUNT);
    snap_u64(s, &t->entry_order);
    snap_u64(s, &t->exit_order);
    snap_qty(s, &t->qty);
    snap_qty(s, &t->qty_entered);
    snap_price(s, &t->entry);
    snap_price(s, &t->exit);
    snap_price(s, &t->stop);
    snap_price(s, &t->target);
    snap_price(s, &t->stop_initial);
    snap_bool(s, &t->at_break_even);
    snap_cash(s, &t->gross);
    snap_cash(s, &t->fees);
    snap_cash(s, &t->risk);
    snap_price(s, &t->best);
    snap_price(s, &t->worst);
    snap_when(s, &t->opened);
    snap_when(s, &t->closed);
    snap_i32(s, &t->day_opened);
    snap_i32(s, &t->day_closed);
    if (!snap_has(s, 5)) t->contract = t->rolled_from = 0;
    if (!snap_has(s, 5)) return;
    snap_u16(s, &t->contract);
    snap_u32(s, &t->rolled_from);
}
