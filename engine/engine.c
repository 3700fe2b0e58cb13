/*
 * engine: the facade. Checks an event, applies it, chains the digest over its effects.
 * Owns the engine's memory, all of it from engine_new on. Knows no clock, no file, no
 * venue: an event that cannot be true is refused and changes nothing.
 */
#include "engine/engine.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/state.h"

struct engine *engine_new(void) {
    struct engine *e = xcalloc(1, sizeof *e);
    e->slot_memory = xcalloc(SLOT_POOL, STRATEGY_STATE_MAX); /* zero pages until a strategy uses them */
    contexts_open(e);
    contexts_forget(e);
    static const char room[EFFECT_BYTES];
    buf_init(&e->bytes, CONFIG_BYTES);
    buf_add(&e->bytes, room, sizeof room);
    buf_reset(&e->bytes);
    return e;
}

void engine_free(struct engine *e) {
    if (e == NULL) return;
    buf_clear(&e->bytes);
    free(e->slot_memory);
    free(e->contexts);
    free(e);
}

static int check_feed(const struct engine *e, const struct event *ev, struct err *err) {
    bool there = ev->u.feed.instrument < (int32_t)e->config.instrument_count;
    if (there && (unsigned)ev->u.feed.state < FEED_STATE_COUNT) return 0;
    return err_set(err, ERR_NOT_FOUND, "a feed state of an instrument that is not configured",
                   "un état de flux d’un instrument qui n’est pas configuré");
}

/* What is withdrawn was there. */
static int check_cash(const struct engine *e, const struct event *ev, struct err *err) {
    cash_t after;
    int64_t amount = ev->u.cash.amount.v;
    if (amount != 0 && amount <= CASH_HIGHEST && amount >= -CASH_HIGHEST &&
        cash_add(e->balance, ev->u.cash.amount, &after) && after.v >= 0 && after.v <= CASH_HIGHEST)
        return 0;
    return err_set(err, ERR_RANGE, "a payment that the account cannot make or hold",
                   "un mouvement de fonds que le compte ne peut ni faire ni contenir");
}

int engine_check(const struct engine *e, const struct event *ev, struct err *err) {
    if (ev->kind != EVENT_CONFIG && !e->configured)
        return err_set(err, ERR_REFUSED, "the first event must be a configuration",
                       "le premier événement doit être une configuration");
    switch (ev->kind) {
    case EVENT_CONFIG: return check_config(e, ev, err);
    case EVENT_BAR: return check_bar(e, ev, err);
    case EVENT_REPORT: return check_report(e, ev, err);
    case EVENT_COMMAND: return check_command(e, &ev->u.command, err);
    case EVENT_FEED: return check_feed(e, ev, err);
    case EVENT_CASH: return check_cash(e, ev, err);
    case EVENT_VENUE: return check_venue(e, ev, err);
    case EVENT_CLOCK:
    case EVENT_STORE: return 0;
    case EVENT_KIND_COUNT: break;
    }
    return err_set(err, ERR_SYNTAX, "an unknown event", "un événement inconnu");
}

static void see_time(struct engine *e, const struct event *ev) {
    if (ev->market_time.ns > e->market_time.ns) e->market_time = ev->market_time;
    if (ev->wall_time.ns > e->wall_time.ns) e->wall_time = ev->wall_time;
}

static void dispatch(struct engine *e, const struct event *ev, struct effects *out) {
    switch (ev->kind) {
    case EVENT_BAR: apply_bar(e, ev, out); break;
    case EVENT_REPORT: apply_report(e, ev, out); break;
    case EVENT_COMMAND: apply_command(e, ev, out); break;
    case EVENT_FEED: apply_feed(e, ev, out); break;
    case EVENT_STORE: e->store_gone = ev->u.store.gone; break;
    case EVENT_VENUE: apply_venue(e, ev, out); break;
    case EVENT_CLOCK:
        watch_protection(e, ev->wall_time, out);
        watch_closes(e, out);
        break;
    case EVENT_CASH:
        e->balance.v += ev->u.cash.amount.v; /* checked */
        breakers_paid_in(e, ev->u.cash.amount);
        breakers_check(e, out); /* shares of less are less */
        breakers_check_book(e, out);
        break;
    case EVENT_CONFIG:
    case EVENT_KIND_COUNT: break;
    }
}

int engine_apply_checked(struct engine *e, const struct event *ev, struct effects *out, struct err *err) {
    out->n = 0;
    if (ev->kind == EVENT_CONFIG) {
        if (apply_config(e, ev, out, err) != 0) return -1;
        see_time(e, ev);
    } else {
        see_time(e, ev);
        if (ev->day > e->day) day_roll(e, ev->day, out);
        if (e->errors > 0) breakers_cool_down(e, out);
        dispatch(e, ev, out);
        if (ev->kind != EVENT_BAR) breakers_see_errors(e, ev, out);
        if (e->flatten.active) flatten_step(e, out);
    }
    e->seq = ev->seq;
    if (out->n > 0) digest_effects(e, out);
    return 0;
}

int engine_apply(struct engine *e, const struct event *ev, struct effects *out, struct err *err) {
    out->n = 0;
    if (ev->seq != e->seq + 1)
        return err_set(err, ERR_SYNTAX, "event %llu does not follow %llu", "l’événement %llu ne suit pas %llu",
                       (unsigned long long)ev->seq, (unsigned long long)e->seq);
    if (engine_check(e, ev, err) != 0) return -1;
    return engine_apply_checked(e, ev, out, err);
}

/* ---- what it knows ---- */

uint64_t engine_digest(const struct engine *e) {
    return e->digest;
}

uint64_t engine_seq(const struct engine *e) {
    return e->seq;
}

uint64_t engine_bars(const struct engine *e) {
    return e->bars;
}

const struct engine_config *engine_config(const struct engine *e) {
    return &e->config;
}

const struct instrument *engine_instrument(const struct engine *e, uint16_t index) {
    return index < e->config.instrument_count ? &e->config.instruments[index] : NULL;
}

when_t engine_market_time(const struct engine *e) {
    return e->market_time;
}

int32_t engine_day(const struct engine *e) {
    return e->day;
}

const struct limits *engine_limits_next(const struct engine *e) {
    return &e->limits_next;
}

const struct management *engine_management_next(const struct engine *e) {
    return &e->management_next;
}

/* The worst state of the feeds that strategies follow; without strategies, of all. */
static enum feed_state feed_of_all(const struct engine *e) {
    enum feed_state worst = FEED_LIVE;
    for (uint32_t i = 0; i < e->config.instrument_count; i++) {
        if (e->markets[i].feed > worst) worst = e->markets[i].feed;
    }
    return worst;
}

void engine_status(const struct engine *e, struct engine_status *out) {
    memset(out, 0, sizeof *out);
    out->paused = e->paused;
    memcpy(out->paused_by, e->paused_by, sizeof out->paused_by);
    out->paused_at = e->paused_at;
    out->suspended = is_suspended(e, &out->suspended_by);
    out->cautious = e->cautious;
    out->store_gone = e->store_gone;
    out->feed = feed_of_all(e);
    for (uint32_t i = 0; i < e->trade_count; i++) out->open_trades += e->trades[i].t.qty.v > 0;
    out->live_orders = e->order_count;
    for (uint32_t i = 0; i < e->order_count; i++) out->unknown_orders += e->orders[i].o.state == ORDER_UNKNOWN;
    for (uint32_t i = 0; i < e->config.strategy_count; i++) {
        if (e->config.strategies[i].symbol_count == 0) continue; /* left the configuration */
        out->strategies++;
        out->strategies_off += !strategy_is_on(e, (uint16_t)i);
    }
}

uint32_t engine_trade_count(const struct engine *e) {
    return e->trade_count;
}

const struct trade *engine_trade_at(const struct engine *e, uint32_t i) {
    return i < e->trade_count ? &e->trades[i].t : NULL;
}

const struct trade *engine_trade(const struct engine *e, uint32_t id) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        if (e->trades[i].t.id == id) return &e->trades[i].t;
    }
    return NULL;
}

uint32_t engine_order_count(const struct engine *e) {
    return e->order_count;
}

const struct order *engine_order_at(const struct engine *e, uint32_t i) {
    return i < e->order_count ? &e->orders[i].o : NULL;
}

void engine_market(const struct engine *e, uint16_t instrument, struct market_view *out) {
    memset(out, 0, sizeof *out);
    if (instrument >= e->config.instrument_count || !e->markets[instrument].known) return;
    const struct market *m = &e->markets[instrument];
    out->bid = m->quote.bid;
    out->ask = m->quote.ask;
    out->last = m->bar.close;
    out->time = m->time;
    out->known = true;
    out->danger = m->danger;
    out->bar = m->bar;
}

when_t engine_wake(const struct engine *e) {
    when_t a = protection_wake(e), b = flatten_wake(e);
    if (a.ns == 0 || b.ns == 0) return a.ns == 0 ? b : a;
    return when_before(a, b) ? a : b;
}

const struct signal *engine_last_signal(const struct engine *e) {
    return e->last_signal.id != 0 ? &e->last_signal : NULL;
}
