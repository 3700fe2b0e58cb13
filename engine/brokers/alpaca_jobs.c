/*
 * alpaca_jobs: what is done for one ask, step by step. Every job begins by looking and can be broken off anywhere: asked again,
 * it finds what is there and goes on. Nothing here remembers between two asks but the venue itself.
 */
#include "engine/brokers/alpaca_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

#define CODE_INSUFFICIENT 40310000 /* lots that a cancelled order still holds: for a moment */
#define RELEASE_TRIES 8
#define PAPER_HOST "https://paper-api.alpaca.markets"
#define OPEN_ORDERS_MAX 1024 /* of one symbol, legs included: the venue lists 500, each with two */

static void look_for_stops(struct job *j, reply_fn then) {
    call(j, then, "GET", NULL, "/v2/orders?status=open&nested=true&limit=500&symbols=%s", j->in->symbol);
}

static int64_t unique(struct alpaca *a) {
    int64_t now = clock_wall().ns / NS_PER_MS;
    a->unique = now > a->unique ? now : a->unique + 1;
    return a->unique;
}

/* For steps before the order itself: nothing of it has arrived, whatever became of this one. */
static void not_yet(struct job *j, const struct reply *r) {
    enum venue_answer answer = j->ask.verb == VENUE_SUBMIT ? VENUE_UNSENT
                               : r->answer == VENUE_DONE   ? VENUE_UNCLEAR
                                                           : r->answer;
    finish(j, answer, r->wait_ms, r->answer == VENUE_DONE ? NULL : &r->why);
}

static bool read_one(struct job *j, const struct reply *r, struct alpaca_order *o) {
    struct alpaca_order flat[8];
    uint32_t n;
    (void)j;
    if (!is_ok(r) || !alpaca_orders_read(r->json, flat, 8, &n) || n == 0) return false;
    *o = flat[0];
    return true;
}

/* What protects this trade, of all that is open in its symbol: legs of its entry, and orders made for it later. */
static bool read_stops(struct job *j, const struct reply *r) {
    uint32_t n = 0;
    if (!is_ok(r)) return false;
    struct alpaca_order *flat = xcalloc(OPEN_ORDERS_MAX, sizeof *flat);
    bool all = alpaca_orders_read(r->json, flat, OPEN_ORDERS_MAX, &n);
    j->seen_count = 0;
    j->parent.id[0] = '\0';
    for (uint32_t i = 0; i < n; i++) {
        const struct alpaca_order *o = &flat[i];
        bool protects = false, is_root_protect = false;
        uint64_t own = alpaca_client_read(o->client, &protects);
        uint64_t root = alpaca_client_read(o->root, &is_root_protect);
        if (own == j->entry && !protects) {
            j->parent = *o;
            alpaca_learn(j->a, o, 0);
            continue;
        }
        if ((own == j->entry && protects) || root == j->entry) {
            alpaca_learn(j->a, o, j->entry);
            if (!alpaca_is_final(o->status) && j->seen_count < ALPACA_FLAT_MAX) j->seen[j->seen_count++] = *o;
        }
    }
    free(flat);
    return all;
}

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

/* ---- executions ---- */

static bool all_reported(const struct alpaca *a, const struct alpaca_order *o) {
    const struct alpaca_known *k = alpaca_known((struct alpaca *)(uintptr_t)a, o->id);
    return o->filled.v == 0 || (k != NULL && k->reported.v >= o->filled.v);
}

/* Reports the executions of what is known; false: there may be more pages. */
static bool report_executions(struct alpaca *a, const struct reply *r, char last[64]) {
    size_t n = 0;
    for (const struct json *f = json_first(r->json); f != NULL; f = json_next(f), n++) {
        struct alpaca_fill fill;
        if (!json_copy(f, "id", last, 64)) last[0] = '\0';
        if (!alpaca_fill_read(f, &fill)) continue;
        struct alpaca_known *k = alpaca_known(a, fill.order);
        if (k != NULL && k->order != 0) alpaca_report_fill(a, k, &fill);
    }
    return n < 100;
}

/* ---- QUERY ---- */

static void query_settle(struct job *j);

static void query_executions(struct job *j, const struct reply *r) {
    char last[64] = "";
    if (!is_ok(r)) {
        not_yet(j, r);
    } else if (!report_executions(j->a, r, last) && last[0] != '\0' && still_looking(j)) {
        call(j, query_executions, "GET", NULL, "/v2/account/activities/FILL?direction=desc&page_size=100&page_token=%s",
             last);
    } else {
        j->at = 1;
        query_settle(j);
    }
}

/* Its state is told when all its fills are: a cancellation that is heard before the fills it came after would end the trade. */
static void query_settle(struct job *j) {
    bool is_whole = true;
    for (uint32_t i = 0; i < j->seen_count; i++) is_whole = is_whole && all_reported(j->a, &j->seen[i]);
    if (!is_whole && j->at == 0) {
        call(j, query_executions, "GET", NULL, "/v2/account/activities/FILL?direction=desc&page_size=100");
        return;
    }
    const struct alpaca_order *o = &j->seen[0];
    if (o->status != ALPACA_FILLED && (is_whole || !alpaca_is_final(o->status)))
        alpaca_report_state(j->a, j->ask.order, o, "");
    finish(j, is_whole ? VENUE_DONE : VENUE_UNSENT, 0, NULL); /* the account's list of executions is a moment behind */
}

static void query_seen(struct job *j, const struct reply *r) {
    if (!is_ok(r)) {
        not_yet(j, r);
        return;
    }
    if (!alpaca_orders_read(r->json, j->seen, ALPACA_FLAT_MAX, &j->seen_count) || j->seen_count == 0) {
        finish(j, VENUE_UNCLEAR, 0, NULL);
        return;
    }
    for (uint32_t i = 0; i < j->seen_count; i++) alpaca_learn(j->a, &j->seen[i], i == 0 ? 0 : j->ask.order);
    query_settle(j);
}

static void query_found(struct job *j, const struct reply *r) {
    struct alpaca_order o;
    if (r->answer == VENUE_DONE && r->status == 404) {
        finish(j, VENUE_ABSENT, 0, NULL);
    } else if (!read_one(j, r, &o)) {
        not_yet(j, r);
    } else {
        memcpy(j->id, o.id, sizeof j->id);
        call(j, query_seen, "GET", NULL, "/v2/orders/%s?nested=true", j->id);
    }
}

static void query_begin(struct job *j) {
    char name[ALPACA_CLIENT_MAX];
    alpaca_client_name(name, j->ask.order);
    j->at = 0;
    call(j, query_found, "GET", NULL, "/v2/orders:by_client_order_id?client_order_id=%s", name);
}

/* ---- CANCEL ---- */

static void cancel_over(struct job *j, const struct reply *r) {
    if (r->answer != VENUE_DONE)
        not_yet(j, r);
    else
        query_begin(j); /* what became of it, whatever was said: 204, or 422 because it is over already */
}

static void cancel_found(struct job *j, const struct reply *r) {
    struct alpaca_order o;
    if (r->answer == VENUE_DONE && r->status == 404) {
        finish(j, VENUE_ABSENT, 0, NULL);
    } else if (!read_one(j, r, &o)) {
        not_yet(j, r);
    } else {
        call(j, cancel_over, "DELETE", NULL, "/v2/orders/%s", o.id);
    }
}

static void cancel_begin(struct job *j) {
    char name[ALPACA_CLIENT_MAX];
    alpaca_client_name(name, j->ask.order);
    call(j, cancel_found, "GET", NULL, "/v2/orders:by_client_order_id?client_order_id=%s", name);
}

/* ---- SUBMIT ---- */

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
        if (j->ask.sub.role == ROLE_EXIT) lost_protection(j);
        finish(j, VENUE_DONE, 0, NULL);
    }
}

static void entry_send(struct job *j) {
    struct buf b;
    buf_init(&b, 4096);
    alpaca_entry_body(&b, &j->ask.sub, j->in);
    call(j, submitted, "POST", &b, "/v2/orders");
    buf_clear(&b);
}

/* An exit needs the lots that the stop holds: the stop goes first, what stays open is protected again before the exit is
 * sent, and every step finds its place again after whatever happens in between. */

static void exit_look(struct job *j);

static void exit_sent(struct job *j, const struct reply *r) {
    int64_t code = 0;
    bool is_held = r->answer == VENUE_DONE && r->json != NULL && json_i64(r->json, "code", &code) &&
                   code == CODE_INSUFFICIENT && strstr(r->message, "qty") != NULL;
    if (is_held && j->at++ < RELEASE_TRIES)
        pause_then(j, ALPACA_LOOK_MS, exit_look);
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
    if (!is_ok(r)) {
        not_yet(j, r);
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

/* Nothing rests any more; what rested may have filled meanwhile, which the executions say. */
static void exit_executions(struct job *j, const struct reply *r) {
    char last[64] = "";
    if (!is_ok(r)) {
        not_yet(j, r);
        return;
    }
    report_executions(j->a, r, last);
    if (!j->a->host.trade(j->a->host.arg, j->entry, &j->trade) || j->trade.qty.v < j->ask.sub.qty.v) {
        exit_too_late(j);
        return;
    }
    qty_t rest = {j->trade.qty.v - j->ask.sub.qty.v};
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
    int64_t rest = j->trade.qty.v - j->ask.sub.qty.v;
    for (uint32_t i = 0; i < j->seen_count; i++)
        if (j->seen[i].qty.v != rest) return &j->seen[i];
    return NULL;
}

static void exit_seen(struct job *j, const struct reply *r) {
    if (!read_stops(j, r)) {
        not_yet(j, r);
        return;
    }
    const struct alpaca_order *o = in_the_way(j);
    if (o == NULL) {
        call(j, exit_executions, "GET", NULL, "/v2/account/activities/FILL?direction=desc&page_size=100");
    } else if (!still_looking(j)) {
        finish(j, VENUE_UNSENT, 1000, NULL);
    } else if (strcmp(o->id, j->id) == 0) {
        pause_then(j, ALPACA_LOOK_MS, exit_look); /* its cancellation is on its way */
    } else {
        memcpy(j->id, o->id, sizeof j->id);
        call(j, exit_cancelled, "DELETE", NULL, "/v2/orders/%s", o->id);
    }
}

static void exit_look(struct job *j) {
    if (!j->a->host.trade(j->a->host.arg, j->entry, &j->trade))
        exit_too_late(j);
    else
        look_for_stops(j, exit_seen);
}

/* ---- PROTECT ---- */

static void protect_look(struct job *j);

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
    const struct alpaca_protect p = {j->entry, unique(j->a), j->trade.side, j->trade.qty, j->ask.stop, j->ask.target};
    buf_init(&b, 4096);
    alpaca_protect_body(&b, &p, j->in);
    call(j, protect_made, "POST", &b, "/v2/orders");
    buf_clear(&b);
}

static void protect_replace(struct job *j, const struct alpaca_order *o, price_t price) {
    struct buf b;
    struct alpaca_protect p = {.entry = j->entry, .unique = unique(j->a)};
    if (o->filled.v > 0) p.qty = j->trade.qty; /* else the venue takes the quantity it had at first */
    buf_init(&b, 1024);
    alpaca_replace_body(&b, o->is_stop, price, &p, j->in);
    call(j, protect_changed, "PATCH", &b, "/v2/orders/%s", o->id);
    buf_clear(&b);
}

/* Legs of an entry that is over, of which nothing rests: have they filled? */
static void protect_executions(struct job *j, const struct reply *r) {
    char last[64] = "";
    if (!is_ok(r)) {
        not_yet(j, r);
        return;
    }
    report_executions(j->a, r, last);
    if (!j->a->host.trade(j->a->host.arg, j->entry, &j->trade))
        finish(j, VENUE_DONE, 0, NULL);
    else if (j->silent)
        finish(j, VENUE_DONE, 0, NULL);
    else
        protect_make(j);
}

static void protect_legs(struct job *j, const struct reply *r) {
    uint32_t n = 0;
    struct alpaca_order flat[8];
    if (r->answer != VENUE_DONE) {
        not_yet(j, r);
        return;
    }
    if (is_ok(r) && alpaca_orders_read(r->json, flat, 8, &n))
        for (uint32_t i = 0; i < n; i++) alpaca_learn(j->a, &flat[i], i == 0 ? 0 : j->entry);
    call(j, protect_executions, "GET", NULL, "/v2/account/activities/FILL?direction=desc&page_size=100");
}

static void protect_parent(struct job *j, const struct reply *r) {
    struct alpaca_order o;
    if (r->answer == VENUE_DONE && r->status == 404)
        protect_legs(j, r); /* no entry of ours there: a trade that was taken over */
    else if (!read_one(j, r, &o))
        not_yet(j, r);
    else
        call(j, protect_legs, "GET", NULL, "/v2/orders/%s?nested=true", o.id);
}

static void protect_none(struct job *j) {
    char name[ALPACA_CLIENT_MAX];
    alpaca_client_name(name, j->entry);
    call(j, protect_parent, "GET", NULL, "/v2/orders:by_client_order_id?client_order_id=%s", name);
}

/* The entry still works, so its legs are held and nothing protects what has filled: the rest of it is given up. */
static void protect_part(struct job *j) {
    call(j, protect_changed, "DELETE", NULL, "/v2/orders/%s", j->parent.id);
}

static void protect_seen(struct job *j, const struct reply *r) {
    if (!read_stops(j, r)) {
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
    } else if (is_working && j->parent.filled.v > 0) {
        protect_part(j);
    } else if (is_working) {
        finish(j, VENUE_UNSENT, 1000, NULL); /* the fill is heard, and is not in the list yet */
    } else if (stop == NULL && j->seen_count > 0) {
        pause_then(j, ALPACA_LOOK_MS, protect_look); /* held, or a target alone: on its way to either side */
    } else if (stop == NULL) {
        protect_none(j);
    } else if (stop->qty.v - stop->filled.v != j->trade.qty.v) {
        call(j, protect_changed, "DELETE", NULL, "/v2/orders/%s", stop->id);
    } else if (stop->stop.v != j->ask.stop.v) {
        protect_replace(j, stop, j->ask.stop);
    } else if (wants_target && target->limit.v != j->ask.target.v) {
        protect_replace(j, target, j->ask.target);
    } else {
        protected_as(j, j->ask.stop, j->ask.target);
    }
}

static void protect_look(struct job *j) {
    if (!j->a->host.trade(j->a->host.arg, j->entry, &j->trade))
        finish(j, VENUE_DONE, 0, NULL);
    else
        look_for_stops(j, protect_seen);
}

/* ---- LOOK ---- */

static bool read_holding(const struct json *p, struct venue_holding *h) {
    const char *qty = json_str(p, "qty");
    qty_t q;
    *h = (struct venue_holding){0};
    if (!json_copy(p, "symbol", h->symbol, sizeof h->symbol) || qty == NULL || !qty_parse(qty, strlen(qty), &q))
        return false;
    h->qty = q.v;
    const char *side = json_str(p, "side");
    if (side != NULL && strcmp(side, "short") == 0 && h->qty > 0) h->qty = -h->qty;
    return json_price(p, "avg_entry_price", &h->average);
}

static void look_positions(struct job *j, const struct reply *r) {
    if (!is_ok(r) || !json_is_array(r->json)) {
        not_yet(j, r);
        return;
    }
    struct venue_view *v = &j->view;
    for (const struct json *p = json_first(r->json); p != NULL && v->count < VENUE_HOLDINGS_MAX; p = json_next(p))
        if (read_holding(p, &v->holding[v->count])) v->count++;
    j->a->host.viewed(j->a->host.arg, v);
    finish(j, VENUE_DONE, 0, NULL);
}

static void look_account(struct job *j, const struct reply *r) {
    const char *cash, *equity, *number;
    if (!is_ok(r)) {
        not_yet(j, r);
        return;
    }
    cash = json_str(r->json, "cash");
    equity = json_str(r->json, "equity");
    number = json_str(r->json, "account_number");
    if (cash == NULL || equity == NULL || !cash_parse(cash, strlen(cash), &j->view.cash) ||
        !cash_parse(equity, strlen(equity), &j->view.equity)) {
        finish(j, VENUE_UNCLEAR, 0, NULL);
        return;
    }
    /* The paper host serves paper accounts alone; on any other address the account's own number must say so. */
    j->view.demo = strncmp(j->a->spec.url, PAPER_HOST, sizeof PAPER_HOST - 1) == 0 ||
                   (number != NULL && strncmp(number, "PA", 2) == 0);
    call(j, look_positions, "GET", NULL, "/v2/positions");
}

/* ---- all of them ---- */

static struct job *job_new(struct alpaca *a, const struct venue_ask *ask) {
    struct job *j = xcalloc(1, sizeof *j);
    j->a = a;
    j->ask = *ask;
    j->next = a->jobs;
    a->jobs = j;
    return j;
}

static void begin(struct job *j) {
    switch (j->ask.verb) {
    case VENUE_SUBMIT:
        if (j->ask.sub.role == ROLE_ENTRY)
            entry_send(j);
        else
            exit_look(j);
        break;
    case VENUE_CANCEL: cancel_begin(j); break;
    case VENUE_PROTECT: protect_look(j); break;
    case VENUE_QUERY: query_begin(j); break;
    case VENUE_LOOK: call(j, look_account, "GET", NULL, "/v2/account"); break;
    case VENUE_VERB_COUNT: break;
    }
}

/* Never inside the ask: what it comes to may ask again. */
void alpaca_job(struct alpaca *a, const struct venue_ask *ask) {
    struct job *j = job_new(a, ask);
    const struct engine_config *c = a->host.config(a->host.arg);
    bool is_exit = ask->verb == VENUE_SUBMIT && ask->sub.role == ROLE_EXIT;
    j->entry = is_exit ? a->host.entry_of(a->host.arg, ask->order) : ask->order;
    uint16_t i = ask->sub.instrument;
    if (ask->verb == VENUE_PROTECT && a->host.trade(a->host.arg, j->entry, &j->trade)) i = j->trade.instrument;
    j->in = &c->instruments[i];
    pause_then(j, 0, begin);
}

void alpaca_check(struct alpaca *a, uint64_t entry) {
    struct venue_ask ask = {.verb = VENUE_PROTECT, .order = entry};
    struct venue_trade t;
    if (alpaca_is_busy(a, entry) || !a->host.trade(a->host.arg, entry, &t)) return;
    struct job *j = job_new(a, &ask);
    j->silent = true;
    j->entry = entry;
    j->in = &a->host.config(a->host.arg)->instruments[t.instrument];
    pause_then(j, ALPACA_LOOK_MS, begin);
}

void alpaca_checks_stale(struct alpaca *a, uint64_t entry) {
    for (struct job *j = a->jobs; j != NULL; j = j->next)
        if (j->entry == entry && j->silent) j->stale = true;
}

bool alpaca_is_busy(const struct alpaca *a, uint64_t entry) {
    for (const struct job *j = a->jobs; j != NULL; j = j->next)
        if (j->entry == entry && !j->silent && (j->ask.verb == VENUE_PROTECT || j->ask.verb == VENUE_SUBMIT))
            return true;
    return false;
}

void alpaca_jobs_close(struct alpaca *a) {
    while (a->jobs != NULL) {
        struct job *j = a->jobs;
        a->jobs = j->next;
        if (j->call != NULL) http_cancel(j->call);
        loop_timer_free(j->timer);
        free(j);
    }
}
