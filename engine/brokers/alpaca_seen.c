/*
 * alpaca_seen: what is found at the venue of one trade, for every job the same way: the orders that protect it, the exits that
 * are on their way, and the executions, told oldest first. Owns nothing but what the job holds.
 */
#include "engine/brokers/alpaca_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

#define OPEN_ORDERS_MAX 1024 /* of one symbol, legs included: the venue lists 500, each with two */
#define PAST_ORDERS "300"
#define PAGE 100 /* executions */

void look_for_stops(struct job *j, reply_fn then) {
    call(j, then, "GET", NULL, "/v2/orders?status=open&nested=true&limit=500&symbols=%s", j->in->symbol);
}

void not_yet(struct job *j, const struct reply *r) {
    enum venue_answer answer = j->ask.verb == VENUE_SUBMIT ? VENUE_UNSENT
                               : r->answer == VENUE_DONE   ? VENUE_UNCLEAR
                                                           : r->answer;
    finish(j, answer, r->wait_ms, r->answer == VENUE_DONE ? NULL : &r->why);
}

bool read_one(struct job *j, const struct reply *r, struct alpaca_order *o) {
    struct alpaca_order flat[8];
    uint32_t n;
    (void)j;
    if (!is_ok(r) || !alpaca_orders_read(r->json, flat, 8, &n) || n == 0) return false;
    *o = flat[0];
    return true;
}

/* An exit of this trade that the venue has: its lots are spoken for. */
static void see_exit(struct job *j, const struct alpaca_order *o, uint64_t own) {
    if (j->ask.verb == VENUE_SUBMIT && own == j->ask.order) j->is_there = true;
    if (alpaca_is_final(o->status) || j->a->host.entry_of(j->a->host.arg, own) != j->entry) return;
    j->leaving.v += o->qty.v - o->filled.v;
}

static void see(struct job *j, const struct alpaca_order *o) {
    bool protects = false, is_root_protect = false;
    uint64_t own = alpaca_client_read(o->client, &protects);
    uint64_t root = alpaca_client_read(o->root, &is_root_protect);
    if (own == j->entry && !protects) {
        j->parent = *o;
        need(j, alpaca_learn(j->a, o, 0), o);
    } else if ((own == j->entry && protects) || root == j->entry) {
        need(j, alpaca_learn(j->a, o, j->entry), o);
        if (!alpaca_is_final(o->status) && j->seen_count < ALPACA_FLAT_MAX) j->seen[j->seen_count++] = *o;
    } else if (own != 0 && !protects) {
        see_exit(j, o, own);
    }
}

bool read_trade(struct job *j, const struct reply *r) {
    uint32_t n = 0;
    if (!is_ok(r)) return false;
    struct alpaca_order *flat = xcalloc(OPEN_ORDERS_MAX, sizeof *flat);
    bool all = alpaca_orders_read(r->json, flat, OPEN_ORDERS_MAX, &n);
    j->seen_count = j->need_count = 0;
    j->leaving = QTY_ZERO;
    j->parent.id[0] = '\0';
    for (uint32_t i = 0; i < n; i++) see(j, &flat[i]);
    free(flat);
    return all;
}

/* ---- executions ---- */

void need(struct job *j, const struct alpaca_known *k, const struct alpaca_order *o) {
    if (o->filled.v <= k->reported.v || j->need_count == ALPACA_FLAT_MAX) return;
    struct alpaca_need *n = &j->need[j->need_count++];
    memcpy(n->id, o->id, sizeof n->id);
    n->left.v = o->filled.v - k->reported.v;
}

bool is_whole(const struct job *j) {
    for (uint32_t i = 0; i < j->need_count; i++)
        if (j->need[i].left.v > 0) return false;
    return true;
}

/* One page, newest first; what is ours is kept. false: that was the last one. */
static bool read_page(struct job *j, const struct reply *r, char last[64]) {
    size_t n = 0;
    for (const struct json *f = json_first(r->json); f != NULL; f = json_next(f), n++) {
        struct alpaca_fill fill;
        if (!json_copy(f, "id", last, 64)) last[0] = '\0';
        if (!alpaca_fill_read(f, &fill)) continue;
        const struct alpaca_known *k = alpaca_known(j->a, fill.order);
        if (k == NULL || k->order == 0 || !alpaca_fill_is_new(j->a, &fill)) continue;
        j->fills = xreallocarray(j->fills, j->fill_count + 1, sizeof *j->fills);
        j->fills[j->fill_count++] = fill;
        for (uint32_t i = 0; i < j->need_count; i++)
            if (strcmp(j->need[i].id, fill.order) == 0) j->need[i].left.v -= fill.qty.v;
    }
    return n >= PAGE;
}

/* Oldest first: what closes a trade must not be heard before what opened it. */
static void tell_fills(struct job *j) {
    for (uint32_t i = j->fill_count; i-- > 0;) {
        struct alpaca_known *k = alpaca_known(j->a, j->fills[i].order);
        if (k != NULL) alpaca_report_fill(j->a, k, &j->fills[i], false);
    }
    j->fill_count = 0;
}

static void page_read(struct job *j, const struct reply *r) {
    char last[64] = "";
    if (!is_ok(r) || !json_is_array(r->json)) {
        not_yet(j, r);
    } else if (read_page(j, r, last) && !is_whole(j) && last[0] != '\0' && still_looking(j)) {
        call(j, page_read, "GET", NULL, "/v2/account/activities/FILL?direction=desc&page_size=100&page_token=%s", last);
    } else {
        tell_fills(j);
        j->step(j);
    }
}

void executions(struct job *j, void (*then)(struct job *)) {
    j->step = then;
    if (is_whole(j))
        then(j);
    else
        call(j, page_read, "GET", NULL, "/v2/account/activities/FILL?direction=desc&page_size=100");
}

/* ---- what was there before ---- */

static void past_told(struct job *j) {
    /* The account's list of executions is a moment behind the orders': nothing is done on half of what happened. */
    if (is_whole(j))
        j->later(j);
    else
        finish(j, VENUE_UNSENT, 0, NULL);
}

static void past_parent_legs(struct job *j, const struct reply *r) {
    struct alpaca_order flat[8];
    uint32_t n = 0;
    if (r->answer != VENUE_DONE) {
        not_yet(j, r);
        return;
    }
    if (is_ok(r) && alpaca_orders_read(r->json, flat, 8, &n))
        for (uint32_t i = 0; i < n; i++) need(j, alpaca_learn(j->a, &flat[i], i == 0 ? 0 : j->entry), &flat[i]);
    executions(j, past_told);
}

static void past_parent(struct job *j, const struct reply *r) {
    struct alpaca_order o;
    if (r->answer == VENUE_DONE && r->status == 404)
        executions(j, past_told); /* no entry of ours there: a trade that was taken over */
    else if (!read_one(j, r, &o))
        not_yet(j, r);
    else
        call(j, past_parent_legs, "GET", NULL, "/v2/orders/%s?nested=true", o.id);
}

static void past_seen(struct job *j, const struct reply *r) {
    char name[ALPACA_CLIENT_MAX];
    if (!read_trade(j, r)) {
        not_yet(j, r);
    } else if (j->parent.id[0] != '\0') {
        executions(j, past_told);
    } else { /* an old one */
        alpaca_client_name(name, j->entry);
        call(j, past_parent, "GET", NULL, "/v2/orders:by_client_order_id?client_order_id=%s", name);
    }
}

void past(struct job *j, void (*then)(struct job *)) {
    j->later = then;
    call(j, past_seen, "GET", NULL, "/v2/orders?status=all&nested=true&limit=" PAST_ORDERS "&symbols=%s",
         j->in->symbol);
}
