/*
 * order: what we ask of a broker and what we know of the answer. An order's id is
 * chosen by us, is durable before its first byte is sent, and is what the broker
 * is asked about later. A timeout, a reset or a 5xx leads to ORDER_UNKNOWN, never
 * to ORDER_REJECTED: only the venue's own word does that.
 */
#ifndef MIA_ENGINE_ORDER_H
#define MIA_ENGINE_ORDER_H

#include "engine/base/err.h"
#include "engine/base/money.h"
#include "engine/base/snap.h"
#include "engine/base/when.h"
#include "engine/trade.h"

#define ORDERS_MAX 256 /* not yet final, at once */
#define ORDER_REASON_MAX 96

enum order_state {
    ORDER_NEW,      /* decided, in the transaction that is being written */
    ORDER_SENT,     /* handed to the broker; no answer yet */
    ORDER_ACCEPTED, /* resting at the venue */
    ORDER_PARTIAL,  /* some of it filled */
    ORDER_FILLED,   /* final */
    ORDER_CANCELLING,
    ORDER_CANCELLED, /* final */
    ORDER_REJECTED,  /* final: the venue said no */
    ORDER_EXPIRED,   /* final */
    ORDER_UNKNOWN,   /* the venue is being asked; no new exposure in this symbol */
    ORDER_STATE_COUNT
};
enum order_type { ORDER_MARKET, ORDER_LIMIT, ORDER_STOP, ORDER_TYPE_COUNT };
enum order_role { ROLE_ENTRY, ROLE_EXIT, ROLE_COUNT };
const char *order_state_name(enum order_state s);

struct order {
    uint64_t id; /* unique for ever */
    uint32_t trade;
    uint16_t instrument, strategy;
    uint16_t contract; /* of a future that is rolled; 0: none */
    enum side side;    /* of the order: SIDE_LONG buys */
    enum order_role role;
    enum order_type type;
    enum order_state state;
    qty_t qty, filled;
    price_t price;               /* limit or trigger */
    price_t stop, target;        /* attached to an entry: to rest with its first fill */
    price_t average;             /* of the fills */
    enum close_reason reason;    /* of an exit */
    when_t created;              /* market time */
    char note[ORDER_REASON_MAX]; /* the venue's words */
};

/* What a broker says. `order` is our id. Reports may come late, twice, out of order. */
enum report_kind {
    REPORT_SENT,
    REPORT_ACCEPTED,
    REPORT_FILL,
    REPORT_CANCELLED,
    REPORT_REJECTED,
    REPORT_EXPIRED,
    REPORT_UNKNOWN,
    REPORT_CANCEL_REFUSED,
    REPORT_PROTECTED, /* stop/target of the trade rest as asked (price = stop, target) */
    REPORT_PROTECT_REFUSED,
    REPORT_PROTECTION_FILL, /* the attached stop or target filled: reason says which */
    REPORT_PROTECTION_LOST, /* neither stop nor target rests any more, and neither has filled */
    REPORT_KIND_COUNT
};
struct order_report {
    enum report_kind kind;
    uint64_t order;   /* our id (protection reports: the entry order's) */
    uint64_t fill_id; /* the venue's, for REPORT_*FILL: the same one twice counts once */
    qty_t qty;        /* of this fill */
    price_t price;    /* of this fill, or the stop that rests */
    price_t target;
    cash_t fee; /* of this fill */
    enum close_reason reason;
    when_t at; /* market time of a fill where the venue tells it; 0 ns: the event's */
    char note[ORDER_REASON_MAX];
};

void order_snap(struct order *o, struct snap *s);
void order_report_snap(struct order_report *r, struct snap *s);
bool order_is_final(const struct order *o);
const char *report_kind_name(enum report_kind k);
/* The state after a report, by the table of allowed moves; ORDER_STATE_COUNT where the report makes no sense there
 * (late, or about something else) and is to be ignored. A repeated report leads to the state that holds. A fill counts
 * even after a cancellation or a refusal: what the venue filled is ours. After CANCEL_REFUSED the order rests again:
 * ACCEPTED, which the caller turns to PARTIAL where something is filled. */
enum order_state order_next(enum order_state from, enum report_kind kind, bool complete /* a fill that completes it */);

#endif
