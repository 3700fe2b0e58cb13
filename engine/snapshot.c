/*
 * snapshot: the whole state, written and read by the same code. What follows from the
 * configuration is not stored but made again: the strategies are opened and then told
 * their state. Every older format is read, the newest is written; any
 * other is refused, never guessed at.
 */
#include "engine/state.h"

#include <string.h>

#define MAGIC 0x4d494145u /* "MIAE" */

static void snap_breaker(struct breaker_state *b, struct snap *s) {
    snap_bool(s, &b->near_told);
    snap_bool(s, &b->cautious);
    snap_bool(s, &b->reached);
    snap_bool(s, &b->waived);
    snap_cash(s, &b->mark);
    snap_text(s, b->by, sizeof b->by);
    snap_when(s, &b->by_at);
}

/* Format 3 had the daily loss's levels and four marks of what is reached; its periods begin with that day. */
static void snap_breakers_3(struct engine *e, struct snap *s) {
    snap_bool(s, &e->cautious);
    snap_bool(s, &e->breakers[LIMIT_DAILY_LOSS].near_told);
    e->breakers[LIMIT_DAILY_LOSS].cautious = e->cautious;
    for (int k = 0; k < LIMIT_KINDS_3; k++) snap_bool(s, &e->breakers[k].reached);
    snap_u32(s, &e->losses_in_row);
    e->week_first_equity = e->month_first_equity = e->day_first_equity;
    for (int k = 0; k < LIMIT_KIND_COUNT; k++) e->breakers[k].mark = e->day_first_equity;
}

static void snap_breakers(struct engine *e, struct snap *s) {
    if (!snap_has(s, 4)) {
        snap_breakers_3(e, s);
        return;
    }
    snap_bool(s, &e->cautious);
    for (int k = 0; k < LIMIT_KIND_COUNT; k++) snap_breaker(&e->breakers[k], s);
    snap_u32(s, &e->losses_in_row);
    snap_u32(s, &e->errors);
    snap_when(s, &e->error_last);
    snap_cash(s, &e->week_first_equity);
    snap_cash(s, &e->month_first_equity);
    snap_cash(s, &e->paid_in);
}

static void snap_head(struct engine *e, struct snap *s) {
    snap_u64(s, &e->config_hash);
    snap_bool(s, &e->configured);
    snap_u64(s, &e->seq);
    snap_u64(s, &e->digest);
    snap_u64(s, &e->bars);
    snap_when(s, &e->market_time);
    snap_when(s, &e->wall_time);
    snap_i32(s, &e->day);
    snap_bool(s, &e->day_has_data);
    snap_cash(s, &e->balance);
    snap_cash(s, &e->day_first_equity);
    snap_cash(s, &e->peak_equity);
    snap_bool(s, &e->peak_rebase);
    snap_u64(s, &e->order_base);
    snap_u32(s, &e->orders_made);
    snap_u32(s, &e->trades_made);
    snap_u32(s, &e->signals_made);
    snap_bool(s, &e->paused);
    snap_text(s, e->paused_by, sizeof e->paused_by);
    snap_when(s, &e->paused_at);
    snap_breakers(e, s);
    snap_u32(s, &e->today.entries);
    for (uint32_t i = 0; i < e->config.instrument_count; i++) snap_u32(s, &e->today.entries_asset[i]);
    snap_bool(s, &e->dirty);
}

static void snap_held(struct held *h, struct snap *s) {
    trade_snap(&h->t, s);
    snap_price(s, &h->stop_resting);
    snap_price(s, &h->target_resting);
    snap_cash(s, &h->fees_entry);
    snap_when(s, &h->asked);
    snap_u32(s, &h->refusals);
    snap_bool(s, &h->flatten);
    SNAP_ENUM(s, &h->flatten_reason, CLOSE_REASON_COUNT);
    snap_bool(s, &h->naked_told);
    if (snap_has(s, 3)) snap_price(s, &h->hand_best);
    if (!snap_has(s, 4)) return;
    snap_price(s, &h->wanted);
    snap_bool(s, &h->part_taken);
    if (!snap_has(s, 5)) return;
    snap_price(s, &h->origin);
    snap_u16(s, &h->roll_to);
    snap_price(s, &h->roll_by);
    snap_qty(s, &h->roll_qty);
}

static void snap_live_order(struct live_order *o, struct snap *s) {
    order_snap(&o->o, s);
    snap_bool(s, &o->cancel_wanted);
    if (snap_has(s, 3)) snap_bool(s, &o->cancel_by_hand);
}

static void snap_book(struct engine *e, struct snap *s) {
    snap_count(s, &e->trade_count, TRADES_MAX);
    for (uint32_t i = 0; i < e->trade_count; i++) snap_held(&e->trades[i], s);
    snap_count(s, &e->order_count, ORDERS_MAX);
    for (uint32_t i = 0; i < e->order_count; i++) snap_live_order(&e->orders[i], s);
    snap_count(s, &e->recent_count, ORDERS_RECENT_MAX);
    for (uint32_t i = 0; i < e->recent_count; i++) snap_live_order(&e->recent[i], s);
    snap_count(s, &e->recent_at, ORDERS_RECENT_MAX - 1);
}

/* Most sets are empty: only the used ones, each with its number. */
static void snap_fills(struct engine *e, struct snap *s) {
    uint32_t used = 0;
    for (uint32_t i = 0; s->mode == SNAP_WRITE && i < FILL_SETS; i++) used += e->fills[i][0] != 0;
    snap_count(s, &used, FILL_SETS);
    uint32_t at = 0;
    for (uint32_t k = 0; k < used; k++, at++) {
        while (s->mode == SNAP_WRITE && e->fills[at][0] == 0) at++;
        snap_count(s, &at, FILL_SETS - 1);
        for (int w = 0; w < FILL_WAYS; w++) snap_u64(s, &e->fills[at][w]);
    }
}

static void snap_market(struct market *m, struct snap *s) {
    SNAP_ENUM(s, &m->feed, FEED_STATE_COUNT);
    if (snap_has(s, 5)) {
        roll_snap(&m->roll, s);
        snap_bool(s, &m->differs);
        snap_i64(s, &m->theirs);
    }
    snap_bool(s, &m->known);
    if (!m->known) return;
    bar_snap(&m->bar, s);
    snap_price(s, &m->quote.bid);
    snap_price(s, &m->quote.ask);
    snap_when(s, &m->time);
    snap_bool(s, &m->danger);
    snap_when(s, &m->danger_told);
    if (snap_has(s, 4)) snap_when(s, &m->weekend_told);
    snap_count(s, &m->range_count, RANGE_BARS);
    snap_count(s, &m->range_at, RANGE_BARS - 1);
    snap_i64(s, &m->range_sum);
    for (uint32_t i = 0; i < m->range_count; i++) snap_i64(s, &m->range[i]);
    if (snap_has(s, 4)) hours_snap(m, s);
}

static void snap_flatten(struct flatten *f, struct snap *s) {
    snap_bool(s, &f->active);
    snap_bool(s, &f->stuck);
    snap_u32(s, &f->number);
    SNAP_ENUM(s, &f->verb, OP_VERB_COUNT);
    snap_text(s, f->actor, sizeof f->actor);
    snap_when(s, &f->began);
    snap_when(s, &f->wake);
    snap_when(s, &f->told_at);
    snap_u32(s, &f->looks);
    snap_u32(s, &f->tries);
    snap_u32(s, &f->cancelled);
    snap_u32(s, &f->closed);
    snap_cash(s, &f->result);
    flatten_left_snap(&f->told, s);
}

static void snap_strategies(struct engine *e, struct snap *s) {
    for (uint32_t k = 0; k < e->config.strategy_count; k++) {
        tally_snap(&e->strategy_stats[k], s);
        const struct strategy_config *c = &e->config.strategies[k];
        bool loaded = strategy_is_loaded(c, &e->switches[k]);
        for (uint32_t i = 0; loaded && i < c->symbol_count; i++) {
            uint16_t slot = e->slot_of[k][i];
            e->slots[slot].rule->snap(slot_state(e, slot), s);
        }
    }
}

static bool indices_hold(const struct engine *e) {
    uint32_t in = e->config.instrument_count, st = e->config.strategy_count;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        if (e->trades[i].t.instrument >= in || e->trades[i].t.strategy >= st) return false;
    }
    for (uint32_t i = 0; i < e->order_count; i++) {
        if (e->orders[i].o.instrument >= in || e->orders[i].o.strategy >= st) return false;
    }
    for (uint32_t i = 0; i < e->recent_count; i++) {
        const struct order *o = &e->recent[i].o;
        if (o->id != 0 && (o->instrument >= in || o->strategy >= st)) return false;
    }
    return e->last_signal.id == 0 || (e->last_signal.instrument < in && e->last_signal.strategy < st);
}

/* A reader starts from nothing; what the bytes do not bring stays zero. */
static void forget(struct engine *e) {
    uint8_t *memory = e->slot_memory;
    struct market_context *contexts = e->contexts;
    struct buf bytes = e->bytes;
    memset(e, 0, sizeof *e);
    e->slot_memory = memory;
    e->contexts = contexts;
    e->bytes = bytes;
    contexts_forget(e);
}

static bool config_restored(struct engine *e) {
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &e->config};
    if (check_config(e, &ev, NULL) != 0 || open_slots(e, &e->config, NULL) != 0) return false;
    plan_steps(e);
    return true;
}

static void snap_ideas(struct engine *e, struct snap *s) {
    snap_count(s, &e->idea_count, IDEAS_MAX);
    snap_count(s, &e->idea_at, IDEAS_MAX - 1);
    for (uint32_t i = 0; i < e->idea_count; i++) {
        struct idea *d = &e->ideas[i];
        snap_u16(s, &d->instrument);
        SNAP_ENUM(s, &d->side, SIDE_COUNT);
        snap_price(s, &d->level);
        snap_when(s, &d->time);
    }
}

static void snap_state(struct engine *e, struct snap *s) {
    engine_config_snap(&e->config, s);
    switches_snap(e, s);
    bool configured = e->configured;
    snap_bool(s, &configured);
    if (s->bad) return;
    if (s->mode == SNAP_READ && configured && !config_restored(e)) {
        s->bad = true;
        return;
    }
    if (!snap_has(s, 5)) e->limits_next = e->config.limits; /* with what was no limit then */
    limits_snap(&e->limits_next, s);
    weekend_snap(e, s);
    if (snap_has(s, 2))
        management_snap(&e->management_next, s);
    else
        e->management_next = e->config.management;
    snap_head(e, s);
    if (snap_has(s, 2)) snap_bool(s, &e->store_gone);
    snap_book(e, s);
    snap_fills(e, s);
    tally_snap(&e->day_stats, s);
    tally_snap(&e->total_stats, s);
    signal_snap(&e->last_signal, s);
    for (uint32_t i = 0; i < e->config.instrument_count; i++) snap_market(&e->markets[i], s);
    if (configured) snap_strategies(e, s);
    if (snap_has(s, 3)) {
        ledger_snap(e, s);
        snap_flatten(&e->flatten, s);
    } else if (!s->bad) {
        ledger_guess(e);
    }
    if (snap_has(s, 4)) contexts_snap(e, s);
    if (snap_has(s, 4)) snap_ideas(e, s);
    if (!s->bad && !indices_hold(e)) s->bad = true;
    if (s->mode == SNAP_READ && !s->bad) breakers_plan(e);
}

void engine_snap(struct engine *e, struct snap *s) {
    uint32_t magic = MAGIC, version = ENGINE_FORMAT;
    snap_u32(s, &magic);
    snap_u32(s, &version);
    if (magic != MAGIC || version == 0) s->bad = true;
    if (s->bad) return;
    s->version = version;
    if (version > ENGINE_FORMAT) {
        s->bad = true;
        return;
    }
    if (s->mode == SNAP_READ) forget(e);
    snap_state(e, s);
    if (s->mode == SNAP_READ && s->bad) forget(e);
    if (s->mode == SNAP_READ && !s->bad) e->format_read = version;
}

bool engine_is_upgraded(const struct engine *e) {
    return e->format_read != 0 && e->format_read < ENGINE_FORMAT;
}
