/*
 * order: names, stored forms, and the table of allowed moves of an order's state.
 * Owns nothing. Only the venue's own word leads to REJECTED; what it filled always
 * counts; a report that is late never moves an order back.
 */
#include "engine/order.h"

#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

static const char *const state_names[] = {[ORDER_NEW] = "new",
                                          [ORDER_SENT] = "sent",
                                          [ORDER_ACCEPTED] = "accepted",
                                          [ORDER_PARTIAL] = "partial",
                                          [ORDER_FILLED] = "filled",
                                          [ORDER_CANCELLING] = "cancelling",
                                          [ORDER_CANCELLED] = "cancelled",
                                          [ORDER_REJECTED] = "rejected",
                                          [ORDER_EXPIRED] = "expired",
                                          [ORDER_UNKNOWN] = "unknown"};
_Static_assert(COUNT_OF(state_names) == ORDER_STATE_COUNT, "a name for every state");
static const char *const report_names[] = {[REPORT_SENT] = "sent",
                                           [REPORT_ACCEPTED] = "accepted",
                                           [REPORT_FILL] = "fill",
                                           [REPORT_CANCELLED] = "cancelled",
                                           [REPORT_REJECTED] = "rejected",
                                           [REPORT_EXPIRED] = "expired",
                                           [REPORT_UNKNOWN] = "unknown",
                                           [REPORT_CANCEL_REFUSED] = "cancel_refused",
                                           [REPORT_PROTECTED] = "protected",
                                           [REPORT_PROTECT_REFUSED] = "protect_refused",
                                           [REPORT_PROTECTION_FILL] = "protection_fill",
                                           [REPORT_PROTECTION_LOST] = "protection_lost"};
_Static_assert(COUNT_OF(report_names) == REPORT_KIND_COUNT, "a name for every report");

const char *order_state_name(enum order_state s) {
    return (unsigned)s < ORDER_STATE_COUNT ? state_names[s] : "?";
}

const char *report_kind_name(enum report_kind k) {
    return (unsigned)k < REPORT_KIND_COUNT ? report_names[k] : "?";
}

void order_snap(struct order *o, struct snap *s) {
    snap_u64(s, &o->id);
    snap_u32(s, &o->trade);
    snap_u16(s, &o->instrument);
    snap_u16(s, &o->strategy);
    SNAP_ENUM(s, &o->side, SIDE_COUNT);
    SNAP_ENUM(s, &o->role, ROLE_COUNT);
    SNAP_ENUM(s, &o->type, ORDER_TYPE_COUNT);
    SNAP_ENUM(s, &o->state, ORDER_STATE_COUNT);
    snap_qty(s, &o->qty);
    snap_qty(s, &o->filled);
    snap_price(s, &o->price);
    snap_price(s, &o->stop);
    snap_price(s, &o->target);
    snap_price(s, &o->average);
    SNAP_ENUM(s, &o->reason, CLOSE_REASON_COUNT);
    snap_when(s, &o->created);
    snap_text(s, o->note, sizeof o->note);
    if (!snap_has(s, 5)) o->contract = 0;
    if (snap_has(s, 5)) snap_u16(s, &o->contract);
}

void order_report_snap(struct order_report *r, struct snap *s) {
    SNAP_ENUM(s, &r->kind, REPORT_KIND_COUNT);
    snap_u64(s, &r->order);
    snap_u64(s, &r->fill_id);
    snap_qty(s, &r->qty);
    snap_price(s, &r->price);
    snap_price(s, &r->target);
    snap_cash(s, &r->fee);
    SNAP_ENUM(s, &r->reason, CLOSE_REASON_COUNT);
    snap_when(s, &r->at);
    snap_text(s, r->note, sizeof r->note);
}

/* Columns of the table: the reports that can move an order, a fill split by whether it completes the order. */
enum column {
    C_SENT,
    C_ACCEPTED,
    C_PART,
    C_WHOLE,
    C_CANCELLED,
    C_REJECTED,
    C_EXPIRED,
    C_UNKNOWN,
    C_CANCEL_REFUSED,
    C_COUNT
};

#define NEW ORDER_NEW
#define SENT ORDER_SENT
#define ACC ORDER_ACCEPTED
#define PART ORDER_PARTIAL
#define FILL ORDER_FILLED
#define CNG ORDER_CANCELLING
#define CAN ORDER_CANCELLED
#define REJ ORDER_REJECTED
#define EXP ORDER_EXPIRED
#define UNK ORDER_UNKNOWN
#define NO ORDER_STATE_COUNT

/* clang-format off */
static const enum order_state moves[ORDER_STATE_COUNT][C_COUNT] = {
    /* from               sent  acc   part  whole canc  rej   exp   unkn  refused */
    [ORDER_NEW]        = {SENT, ACC,  PART, FILL, CAN,  REJ,  EXP,  UNK,  NO},
    [ORDER_SENT]       = {SENT, ACC,  PART, FILL, CAN,  REJ,  EXP,  UNK,  NO},
    [ORDER_ACCEPTED]   = {NO,   ACC,  PART, FILL, CAN,  REJ,  EXP,  UNK,  NO},
    /* A venue that refuses the rest of a part-filled order has cancelled it. */
    [ORDER_PARTIAL]    = {NO,   NO,   PART, FILL, CAN,  CAN,  EXP,  UNK,  NO},
    [ORDER_FILLED]     = {NO,   NO,   NO,   NO,   NO,   NO,   NO,   NO,   NO},
    [ORDER_CANCELLING] = {NO,   CNG,  CNG,  FILL, CAN,  REJ,  EXP,  UNK,  ACC},
    [ORDER_CANCELLED]  = {NO,   NO,   CAN,  FILL, CAN,  NO,   NO,   NO,   NO},
    [ORDER_REJECTED]   = {NO,   NO,   PART, FILL, NO,   REJ,  NO,   NO,   NO},
    [ORDER_EXPIRED]    = {NO,   NO,   EXP,  FILL, NO,   NO,   EXP,  NO,   NO},
    /* A refused cancellation does not say whether the order lives or is filled: still unknown. */
    [ORDER_UNKNOWN]    = {NO,   ACC,  PART, FILL, CAN,  REJ,  EXP,  UNK,  UNK},
};
/* clang-format on */

static enum column column_of(enum report_kind kind, bool complete) {
    switch (kind) {
    case REPORT_SENT: return C_SENT;
    case REPORT_ACCEPTED: return C_ACCEPTED;
    case REPORT_FILL: return complete ? C_WHOLE : C_PART;
    case REPORT_CANCELLED: return C_CANCELLED;
    case REPORT_REJECTED: return C_REJECTED;
    case REPORT_EXPIRED: return C_EXPIRED;
    case REPORT_UNKNOWN: return C_UNKNOWN;
    case REPORT_CANCEL_REFUSED: return C_CANCEL_REFUSED;
    case REPORT_PROTECTED:
    case REPORT_PROTECT_REFUSED:
    case REPORT_PROTECTION_FILL:
    case REPORT_PROTECTION_LOST:
    case REPORT_KIND_COUNT: return C_COUNT;
    }
    return C_COUNT;
}

enum order_state order_next(enum order_state from, enum report_kind kind, bool complete) {
    enum column c = column_of(kind, complete);
    if (c == C_COUNT || (unsigned)from >= ORDER_STATE_COUNT) return ORDER_STATE_COUNT;
    return moves[from][c];
}

bool order_is_final(const struct order *o) {
    switch (o->state) {
    case ORDER_FILLED:
    case ORDER_CANCELLED:
    case ORDER_REJECTED:
    case ORDER_EXPIRED: return true;
    case ORDER_NEW:
    case ORDER_SENT:
    case ORDER_ACCEPTED:
    case ORDER_PARTIAL:
    case ORDER_CANCELLING:
    case ORDER_UNKNOWN:
    case ORDER_STATE_COUNT: return false;
    }
    return false;
}
