/*
 * dealer: the truth about orders at an external venue. Between the desk, whose committed effects ask for orders, and an
 * adapter (engine/broker.h), which only translates. What is asked, when again, and what silence means is decided here and
 * nowhere else, the same for every venue:
 *
 *  - an order goes out when its decision and then the attempt (REPORT_SENT) are durable: after a kill, one that was never
 *    attempted is known to be so, and every other is asked about before anything else happens to it;
 *  - only the venue's own word refuses an order. What may have arrived is UNKNOWN, and is asked about until the venue speaks,
 *    or until it has known nothing of it for DEALER_LATE_MS;
 *  - an exit that the venue does not know is sent again under the same id, where the venue takes an id once only; an entry
 *    is never sent again after an attempt whose end is not known;
 *  - of each trade one thing at a time is under way: an exit before a stop, a stop before anything else.
 *
 * The last gate before the venue is here: the account is a demo one where it must be, orders a minute, size, value and
 * distance from the market.
 */
#ifndef MIA_BOT_DEALER_H
#define MIA_BOT_DEALER_H

#include "bot/desk.h"
#include "engine/broker.h"

#define DEALER_LATE_MS 600000       /* a venue may take an order so long after we gave up on the reply */
#define DEALER_ENTRY_FRESH_MS 30000 /* an entry that could not be sent for so long is given up */
#define DEALER_LOOK_MS 60000        /* between two looks at all that the venue holds */

struct dealer_guard {           /* 0: not limited */
    uint32_t orders_per_minute; /* more wait for their turn, exits first */
    qty_t qty_max;              /* of one entry */
    cash_t notional_max;        /* of one entry */
    int64_t collar_ppm;         /* an entry's price may be so far from the last known one */
};

struct dealer;
struct dealer_options {
    struct loop *loop;
    struct http *http;
    struct lws_hub *lws;
    struct desk *desk;
    const struct broker *broker; /* an external one */
    struct venue_spec venue;
    struct dealer_guard guard;
    bool
        venue_time; /* fills happened when the venue says so; else, where the market is a replayed one, with the last bar */
    bool demo_only; /* no entry leaves until the venue itself has said that this is a demo account */
    void (*viewed)(void *arg, const struct venue_view *v); /* NULL: nobody wants to know */
    void *arg;
    int64_t (*now_ms)(void *arg); /* for tests; NULL: the machine's monotonic clock */
};

/* Opens the venue and takes up what an earlier run left: orders that may be there are asked about, every open trade's stop
 * is made sure of. After desk_recover and the start's EVENT_CONFIG. NULL: the adapter refused, e says why. */
struct dealer *dealer_new(const struct dealer_options *o, struct err *e);
void dealer_free(struct dealer *d);

/* The desk's effects, inside the transaction; of replayed events never. Carried out after the commit. */
void dealer_effects(struct dealer *d, const struct event *ev, const struct effects *f);

/* Asks what is due by now. The loop's timer does so by itself. */
void dealer_poll(struct dealer *d);

struct dealer_health {
    bool up;               /* the venue's stream of reports */
    bool real;             /* demo_only, and the venue says that it is none */
    struct err why;        /* where it is not up */
    uint32_t waiting;      /* asks that have no answer yet */
    uint32_t unknown;      /* orders of unknown fate */
    int64_t looked_ms_ago; /* -1: not yet */
};
void dealer_health(const struct dealer *d, struct dealer_health *out);

#endif
