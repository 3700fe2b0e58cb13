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

int64_t unique(struct alpaca *a) {
    int64_t now = clock_wall().ns / NS_PER_MS;
    a->unique = now > a->unique ? now : a->unique + 1;
    return a->unique;
}

/* ---- QUERY ---- */

/* Its state is told when all its fills are: a cancellation that is heard before the fills it came after would end the trade. */
static void query_settle(struct job *j) {
    const struct alpaca_order *o = &j->seen[0];
    bool whole = is_whole(j);
    if (o->status != ALPACA_FILLED && (whole || !alpaca_is_final(o->status)))
        alpaca_report_state(j->a, j->ask.order, o, "");
    finish(j, whole ? VENUE_DONE : VENUE_UNSENT, 0, NULL); /* the account's list of executions is a moment behind */
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
    alpaca_forget(j->a, j->ask.order); /* who asks may have heard nothing of what was told */
    j->need_count = 0;
    for (uint32_t i = 0; i < j->seen_count; i++)
        need(j, alpaca_learn(j->a, &j->seen[i], i == 0 ? 0 : j->ask.order), &j->seen[i]);
    executions(j, query_settle);
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

void query_begin(struct job *j) {
    char name[ALPACA_CLIENT_MAX];
    alpaca_client_name(name, j->ask.order);
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

/* ---- LOOK ---- */

static bool read_holding(const struct json *p, struct venue_holding *h) {
    qty_t q;
    *h = (struct venue_holding){0};
    if (!json_copy(p, "symbol", h->symbol, sizeof h->symbol) || !alpaca_qty(p, "qty", &q)) return false;
    h->qty = q.v;
    const char *side = json_str(p, "side");
    if (side != NULL && strcmp(side, "short") == 0 && h->qty > 0) h->qty = -h->qty;
    return alpaca_price(p, "avg_entry_price", &h->average);
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
    const char *number;
    if (!is_ok(r)) {
        not_yet(j, r);
        return;
    }
    number = json_str(r->json, "account_number");
    if (!alpaca_cash(r->json, "cash", &j->view.cash) || !alpaca_cash(r->json, "equity", &j->view.equity)) {
        finish(j, VENUE_UNCLEAR, 0, NULL);
        return;
    }
    j->view.demo = alpaca_is_demo(j->a->spec.url, number);
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
    j->instrument = c->instruments[i]; /* a copy: what an index means may change meanwhile */
    j->in = &j->instrument;
    pause_then(j, 0, begin);
}

void alpaca_ask_all(struct alpaca *a, uint64_t order) {
    struct venue_ask ask = {.verb = VENUE_QUERY, .order = order};
    struct job *j = job_new(a, &ask);
    j->silent = true;
    j->entry = order;
    pause_then(j, ALPACA_LOOK_MS, begin);
}

void alpaca_check(struct alpaca *a, uint64_t entry) {
    struct venue_ask ask = {.verb = VENUE_PROTECT, .order = entry};
    struct venue_trade t;
    if (alpaca_is_busy(a, entry) || !a->host.trade(a->host.arg, entry, &t)) return;
    struct job *j = job_new(a, &ask);
    j->silent = true;
    j->entry = entry;
    j->instrument = a->host.config(a->host.arg)->instruments[t.instrument];
    j->in = &j->instrument;
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
        free(j->fills);
        free(j);
    }
}
