/*
 * trade: one position of one strategy from entry to exit, with its own book. Two
 * strategies in the same symbol hold two trades. The stop and the target rest at
 * the broker with the entry (see broker.h, protect).
 */
#ifndef MIA_ENGINE_TRADE_H
#define MIA_ENGINE_TRADE_H

#include "engine/base/money.h"
#include "engine/base/snap.h"
#include "engine/base/when.h"

#define TRADES_MAX 128 /* open at once */

enum side { SIDE_LONG, SIDE_SHORT, SIDE_COUNT };
enum trade_state { TRADE_OPENING, TRADE_OPEN, TRADE_CLOSING, TRADE_CLOSED, TRADE_STATE_COUNT };
enum protection { PROTECTION_NONE, PROTECTION_PENDING, PROTECTION_RESTING, PROTECTION_UNKNOWN, PROTECTION_COUNT };
enum close_reason {
    CLOSE_NONE,
    CLOSE_STOP,
    CLOSE_TARGET,
    CLOSE_SIGNAL /* the strategy */,
    CLOSE_MANUAL,
    CLOSE_SOS,
    CLOSE_LIMIT,
    CLOSE_STOP_OUT,
    CLOSE_FLATTEN,
    CLOSE_WEEKEND, /* before a close that lasts longer than a day */
    CLOSE_PART,    /* a part of it, at its gain */
    CLOSE_TIME,    /* held for as long as it may be */
    CLOSE_SESSION, /* its market closes */
    CLOSE_ROLL,    /* its contract is left */
    CLOSE_REASON_COUNT
};
const char *side_name(enum side s); /* "long" "short" */
const char *close_reason_name(
    enum close_reason r); /* "sl" "tp" "signal" "manual" "sos" "limit" "stop_out" "flatten" "weekend"; "" for none */
const char *trade_state_name(enum trade_state s);

struct trade {
    uint32_t id;      /* 1, 2, … never reused */
    uint32_t version; /* rises with every change: what a confirmation was asked for */
    uint32_t signal_id;
    uint16_t instrument, strategy; /* indices of the engine's configuration */
    enum side side;
    enum trade_state state;
    enum protection protection;
    enum close_reason reason;
    uint64_t entry_order, exit_order;
    qty_t qty;            /* open now */
    qty_t qty_entered;    /* filled in total */
    price_t entry, exit;  /* average prices */
    price_t stop, target; /* 0: none; what we want resting at the broker */
    price_t stop_initial;
    bool at_break_even;
    cash_t gross;          /* realised, before fees */
    cash_t fees;           /* paid so far */
    cash_t risk;           /* at the first stop, fees of both sides included: one R */
    price_t best, worst;   /* prices seen while open, in the trade's favour and against it */
    when_t opened, closed; /* market time */
    int32_t day_opened, day_closed;
    uint16_t contract;    /* of a future that is rolled; 0: none */
    uint32_t rolled_from; /* the trade in the contract before that it goes on from; 0: none */
};

void trade_snap(struct trade *t, struct snap *s);
static inline bool trade_net(const struct trade *t, cash_t *out) {
    return cash_sub(t->gross, t->fees, out);
}

#endif
