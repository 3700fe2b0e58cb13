/*
 * alpaca_exit: SUBMIT. An entry leaves with its stop. An exit needs the lots that the stop holds, so it looks, takes the stop off,
 * looks what has happened, protects what will stay open, and only then is sent.
 */
#include "engine/brokers/alpaca_call.h"

#include <string.h>

#define CODE_INSUFFICIENT 40310000 /* lots that a cancelled order still holds: for a moment */
#define RELEASE_TRIES 8

static void lost_protection(struct job *j) {
    struct order_report r = {.kind = REPORT_PROTECTION_LOST, .order = j->entry};
    j->a->host.report(j->a->host.arg, &r);
}

static bool is_taken_id(const struct reply *r) {
    return r->status == 422 && strstr(r->message, "client_order_id") != NULL;
}

static void submitted(struct job *j, const struct reply *r) {
    if (r->answer != VENUE_DONE) {
        finish(j, r->answer, r->wait_ms, &r->why);
    } else if (is_ok(r)) {
        if (!alpaca_orders_read(r->json, j->seen, ALPACA_FLAT_MAX, &j->seen_count) || j->seen_count == 0) {
            finish(j, VENUE_UNCLEAR, 0, NULL);
            return;
        }
        for (uint32_t i = 0; i < j->seen_count; i++) alpaca_learn(j->a, &j->seen[i], i == 0 ? 0 : j->ask.order);
        if (j->seen[0].filled.v == 0) alpaca_report_state(j->a, j->ask.order, &j->seen[0], "");
        finish(j, VENUE_DONE, 0, NULL);
    } else if (is_taken_id(r)) {
        query_begin(j); /* an earlier attempt did arrive */
    } else {
        struct alpaca_order no = {.status = ALPACA_REJECTED};
        alpaca_report_state(j->a, j->ask.order, &no, r->message);
        finish(j, VENUE_DONE, 0, NULL);
    }
}

void entry_send(struct job *j) {
    struct buf b;
    buf_init(&b, 4096);
    alpaca_entry_body(&b, &j->ask.sub, j->in);
    call(j, submitted, "POST", &b, "/v2/orders");
    buf_clear(&b);
}

/* An exit needs the lots that the stop holds: the stop goes first, what stays open is protected again before the exit is
 * sent, and every step finds its place again after whatever happens in between. */

/* The lots that a cancelled order held, a moment ago. */
static bool is_held(const struct reply *r) {
    int64_t code = 0;
    return r->answer == VENUE_DONE && r->json != NULL && json_i64(r->json, "code", &code) &&
           code == CODE_INSUFFICIENT && strstr(r->message, "qty") != NULL;
}

/* The venue lets no order of an account meet another one of it: an entry of ours that waits there goes, the exit comes first. */
static bool is_crossed(struct job *j, const struct reply *r, char id[ALPACA_ID_MAX]) {
    if (r->answer != VENUE_DONE || r->status != 403 || strstr(r->message, "wash") == NULL) return false;
    if (!json_copy(r->json, "existing_order_id", id, ALPACA_ID_MAX)) return false;
    const struct alpaca_known *k = alpaca_known(j->a, id);
    return k != NULL && k->order != 0 && !k->protects && still_looking(j);
}

static void exit_cancelled(struct job *j, const struct reply *r);

static void exit_sent(struct job *j, const struct reply *r) {
    char id[ALPACA_ID_MAX];
    if (is_held(r) && j->at++ < RELEASE_TRIES)
        pause_then(j, ALPACA_LOOK_MS, exit_look);
    else if (is_crossed(j, r, id))
        call(j, exit_cancelled, "DELETE", NULL, "/v2/orders/%s", id);
    else
        submitted(j, r);
}

static void exit_send(struct job *j) {
    struct buf b;
    buf_init(&b, 4096);
    alpaca_exit_body(&b, &j->ask.sub, j->in);
    call(j, exit_sent, "POST", &b, "/v2/orders");
    buf_clear(&b);
}

static void rest_protected(struct job *j, const struct reply *r) {
    if (r->answer != VENUE_DONE) {
        not_yet(j, r);
        return;
    }
    if (!is_ok(
            r)) { /* what cannot be protected is not kept for longer by holding the exit back: PROTECT has the word */
        if (is_held(r) && j->at++ < RELEASE_TRIES) {
            pause_then(j, ALPACA_LOOK_MS, exit_look);
        } else {
            lost_protection(j);
            exit_send(j);
        }
        return;
    }
    struct alpaca_order flat[4];
    uint32_t n = 0;
    alpaca_orders_read(r->json, flat, 4, &n);
    for (uint32_t i = 0; i < n; i++) alpaca_learn(j->a, &flat[i], j->entry);
    exit_send(j);
}

static void protect_rest(struct job *j, qty_t rest) {
    struct buf b;
    const struct alpaca_protect p = {j->entry, unique(j->a), j->trade.side, rest, j->trade.stop, j->trade.target};
    buf_init(&b, 4096);
    alpaca_protect_body(&b, &p, j->in);
    call(j, rest_protected, "POST", &b, "/v2/orders");
    buf_clear(&b);
}

static void exit_too_late(struct job *j) {
    struct alpaca_order o = {.status = ALPACA_CANCELLED};
    alpaca_report_state(j->a, j->ask.order, &o, "the stop or the target was faster");
    finish(j, VENUE_DONE, 0, NULL);
}

/* Nothing rests any more, and what filled meanwhile has been told. */
static void exit_ready(struct job *j) {
    if (j->is_there) {
        query_begin(j);
        return;
    }
    if (!j->a->host.trade(j->a->host.arg, j->entry, &j->trade) || j->trade.qty.v - j->leaving.v < j->ask.sub.qty.v) {
        exit_too_late(j);
        return;
    }
    qty_t rest = {j->trade.qty.v - j->leaving.v - j->ask.sub.qty.v};
    bool is_made = false; /* by an earlier attempt */
    for (uint32_t i = 0; i < j->seen_count; i++) is_made = is_made || j->seen[i].qty.v == rest.v;
    if (rest.v > 0 && !is_made)
        protect_rest(j, rest);
    else
        exit_send(j);
}

static void exit_cancelled(struct job *j, const struct reply *r) {
    if (r->answer != VENUE_DONE)
        not_yet(j, r);
    else
        pause_then(j, 10, exit_look);
}

/* What rests for more than will stay open holds the lots that are to be sold. */
static const struct alpaca_order *in_the_way(const struct job *j) {
    int64_t rest = j->trade.qty.v - j->leaving.v - j->ask.sub.qty.v;
    for (uint32_t i = 0; i < j->seen_count; i++)
        if (j->seen[i].qty.v != rest) return &j->seen[i];
    return NULL;
}

static void exit_seen(struct job *j, const struct reply *r) {
    if (!read_trade(j, r)) {
        not_yet(j, r);
        return;
    }
    const struct alpaca_order *o = in_the_way(j);
    if (j->is_there) {
        query_begin(j); /* an earlier attempt did arrive, and has its lots */
    } else if (o == NULL) {
        past(j, exit_ready);
    } else if (!still_looking(j)) {
        finish(j, VENUE_UNSENT, 1000, NULL);
    } else if (strcmp(o->id, j->id) == 0) {
        pause_then(j, ALPACA_LOOK_MS, exit_look); /* its cancellation is on its way */
    } else {
        memcpy(j->id, o->id, sizeof j->id);
        call(j, exit_cancelled, "DELETE", NULL, "/v2/orders/%s", o->id);
    }
}

void exit_look(struct job *j) {
    if (!j->a->host.trade(j->a->host.arg, j->entry, &j->trade))
        exit_too_late(j);
    else
        look_for_stops(j, exit_seen);
}
