/*
 * alpaca_protect: PROTECT. Looks what rests for a trade, and makes, moves or takes away one order at a time until what rests is
 * what is wanted; what it has made it believes when it sees it.
 */
#include "engine/brokers/alpaca_call.h"

#include <string.h>

#define TARGET_ALONE_LOOKS 8

static bool entry_works(const struct job *j) {
    return j->parent.id[0] != '\0' && !alpaca_is_final(j->parent.status);
}

/* A leg is held while its entry works, and protects nothing then. Once that is filled the stop beside a target is still called
 * held, and is what protects: the venue watches the price for it. */
static const struct alpaca_order *seen_of(const struct job *j, bool stop) {
    for (uint32_t i = 0; i < j->seen_count; i++) {
        const struct alpaca_order *o = &j->seen[i];
        bool rests = o->status == ALPACA_WORKING || (o->status == ALPACA_HELD && !entry_works(j));
        if (rests && (stop ? o->is_stop : o->is_limit)) return o;
    }
    return NULL;
}

/* What an exit at the venue will take is not to be protected: it has the lots. */
static qty_t wanted(const struct job *j) {
    return (qty_t){j->trade.qty.v - j->leaving.v};
}

static void protected_as(struct job *j, price_t stop, price_t target) {
    struct order_report r = {.kind = REPORT_PROTECTED, .order = j->entry, .price = stop, .target = target};
    j->a->host.report(j->a->host.arg, &r);
    finish(j, VENUE_DONE, 0, NULL);
}

static void protect_refused(struct job *j, const char *why) {
    struct order_report r = {.kind = REPORT_PROTECT_REFUSED, .order = j->entry};
    str_copy(r.note, sizeof r.note, why);
    j->a->host.report(j->a->host.arg, &r);
    finish(j, VENUE_DONE, 0, NULL);
}

static void protect_changed(struct job *j, const struct reply *r) {
    if (r->answer != VENUE_DONE)
        not_yet(j, r);
    else if (is_ok(r) || r->status == 404)
        pause_then(j, ALPACA_LOOK_MS, protect_look);
    else if (j->at++ < 2)
        pause_then(j, ALPACA_LOOK_MS, protect_look); /* it was just being replaced, or filled */
    else
        protect_refused(j, r->message);
}

static void protect_made(struct job *j, const struct reply *r) {
    struct alpaca_order flat[4];
    uint32_t n = 0;
    if (r->answer != VENUE_DONE) {
        not_yet(j, r);
    } else if (!is_ok(r)) {
        protect_refused(j, r->message);
    } else {
        alpaca_orders_read(r->json, flat, 4, &n);
        for (uint32_t i = 0; i < n; i++) alpaca_learn(j->a, &flat[i], j->entry);
        pause_then(j, ALPACA_LOOK_MS, protect_look); /* seen is believed */
    }
}

static void protect_make(struct job *j) {
    struct buf b;
    const struct alpaca_protect p = {j->entry, unique(j->a), j->trade.side, wanted(j), j->ask.stop, j->ask.target};
    buf_init(&b, 4096);
    alpaca_protect_body(&b, &p, j->in);
    call(j, protect_made, "POST", &b, "/v2/orders");
    buf_clear(&b);
}

static void protect_replace(struct job *j, const struct alpaca_order *o, price_t price) {
    struct buf b;
    struct alpaca_protect p = {.entry = j->entry, .unique = unique(j->a)};
    if (o->filled.v > 0) p.qty = wanted(j); /* else the venue takes the quantity it had at first */
    buf_init(&b, 1024);
    alpaca_replace_body(&b, o->is_stop, price, &p, j->in);
    call(j, protect_changed, "PATCH", &b, "/v2/orders/%s", o->id);
    buf_clear(&b);
}

/* Nothing rests, and what filled has been told. */
static void protect_none(struct job *j) {
    if (!j->a->host.trade(j->a->host.arg, j->entry, &j->trade) || wanted(j).v <= 0 || j->silent)
        finish(j, VENUE_DONE, 0, NULL);
    else if (j->seen_count > 0)
        pause_then(j, ALPACA_LOOK_MS, protect_look); /* there is something, after all */
    else
        protect_make(j);
}

/* The entry still works, so its legs are held and nothing protects what has filled: the rest of it is given up. */
static void protect_part(struct job *j) {
    call(j, protect_changed, "DELETE", NULL, "/v2/orders/%s", j->parent.id);
}

static void protect_seen(struct job *j, const struct reply *r) {
    if (!read_trade(j, r)) {
        not_yet(j, r);
        return;
    }
    const struct alpaca_order *stop = seen_of(j, true), *target = seen_of(j, false);
    bool is_working = entry_works(j);
    bool wants_target = target != NULL && j->ask.target.v != 0;
    if (j->stale || (j->silent && stop == NULL)) {
        finish(j, VENUE_DONE, 0, NULL);
    } else if (j->silent) {
        protected_as(j, stop->stop, target != NULL ? target->limit : PRICE_ZERO);
    } else if (!still_looking(j)) {
        finish(j, VENUE_UNSENT, 1000, NULL);
    } else if (wanted(j).v <= 0) {
        finish(j, VENUE_DONE, 0, NULL); /* an exit of all of it is on its way */
    } else if (is_working && j->parent.filled.v > 0) {
        protect_part(j);
    } else if (is_working) {
        finish(j, VENUE_UNSENT, 1000, NULL); /* the fill is heard, and is not in the list yet */
    } else if (stop == NULL && target != NULL && j->looks > TARGET_ALONE_LOOKS) {
        call(j, protect_changed, "DELETE", NULL, "/v2/orders/%s", target->id); /* its stop will not come */
    } else if (stop == NULL && j->seen_count > 0) {
        pause_then(j, ALPACA_LOOK_MS, protect_look); /* held, or a target alone: on its way to either side */
    } else if (stop == NULL) {
        past(j, protect_none);
    } else if (stop->qty.v - stop->filled.v != wanted(j).v) {
        call(j, protect_changed, "DELETE", NULL, "/v2/orders/%s", stop->id);
    } else if (stop->stop.v != j->ask.stop.v) {
        protect_replace(j, stop, j->ask.stop);
    } else if (wants_target && target->limit.v != j->ask.target.v) {
        protect_replace(j, target, j->ask.target);
    } else {
        protected_as(j, j->ask.stop, j->ask.target);
    }
}

void protect_look(struct job *j) {
    if (!j->a->host.trade(j->a->host.arg, j->entry, &j->trade))
        finish(j, VENUE_DONE, 0, NULL);
    else
        look_for_stops(j, protect_seen);
}
