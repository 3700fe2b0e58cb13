/*
 * flatten: pause, cancel every waiting entry, close every trade, verify that nothing is
 * left, report. One operation for SOS and /flatten; being asked twice joins the one that
 * runs. Owns its state, which is stored with the engine's: a restart goes on with it.
 *
 * It looks after every event, and asks again for what was refused when its wake has
 * come, a bounded number of times. It never takes a stop away: what does not close
 * stays protected. It ends when no trade and no order is left, or by a resume.
 */
#include "engine/state.h"

#include <string.h>

#include "engine/base/hash.h"

static struct flatten_left what_is_left(const struct engine *e) {
    struct flatten_left l = {0};
    for (uint32_t i = 0; i < e->trade_count; i++) l.trades += e->trades[i].t.qty.v > 0;
    for (uint32_t i = 0; i < e->order_count; i++) {
        const struct order *o = &e->orders[i].o;
        if (o->state == ORDER_UNKNOWN)
            l.unknown++;
        else if (o->role == ROLE_ENTRY)
            l.entries++;
        else
            l.exits++;
    }
    return l;
}

static bool is_flat(const struct engine *e) {
    return e->trade_count == 0 && e->order_count == 0;
}

static bool same_left(const struct flatten_left *a, const struct flatten_left *b) {
    return a->trades == b->trades && a->entries == b->entries && a->exits == b->exits && a->unknown == b->unknown;
}

static bool later(when_t a, when_t b) {
    return a.ns > b.ns;
}

/* ---- telling ---- */

static void tell(struct engine *e, enum flatten_event event, struct effects *out) {
    struct flatten *op = &e->flatten;
    struct flatten_report *r = &effect_add(out, EFFECT_FLATTEN)->u.flatten;
    *r = (struct flatten_report){.event = event,
                                 .verb = op->verb,
                                 .number = op->number,
                                 .began = op->began,
                                 .tries = op->tries,
                                 .cancelled = op->cancelled,
                                 .closed = op->closed,
                                 .result = op->result,
                                 .left = what_is_left(e)};
    memcpy(r->actor, op->actor, sizeof r->actor);
    for (uint32_t i = 0; i < e->trade_count && r->shown_count < FLATTEN_SHOWN_MAX; i++) {
        const struct trade *t = &e->trades[i].t;
        if (t->qty.v == 0) continue;
        r->shown[r->shown_count].trade = t->id;
        r->shown[r->shown_count].instrument = t->instrument;
        r->shown[r->shown_count].side = t->side;
        r->shown[r->shown_count++].qty = t->qty;
    }
    op->told = r->left;
    if (event != FLATTEN_PROGRESS) op->told_at = e->wall_time;
}

/* ---- beginning ---- */

static enum close_reason reason_of(enum operator_verb verb) {
    return verb == OP_SOS ? CLOSE_SOS : CLOSE_FLATTEN;
}

static void start(struct engine *e, const struct event *ev) {
    uint32_t number = e->flatten.number;
    e->flatten = (struct flatten){.active = true,
                                  .number = number + 1,
                                  .verb = ev->u.command.verb,
                                  .began = e->wall_time,
                                  .wake = when_add_ms(e->wall_time, FLATTEN_WAKE_MS),
                                  .told_at = e->wall_time};
    memcpy(e->flatten.actor, ev->u.command.actor, sizeof e->flatten.actor);
}

/* Asked again: what was given up is tried anew. */
static void join(struct engine *e) {
    e->flatten.stuck = false;
    e->flatten.looks = e->flatten.tries = 0;
    e->flatten.wake = when_add_ms(e->wall_time, FLATTEN_WAKE_MS);
}

void flatten_begin(struct engine *e, const struct event *ev, struct effects *out) {
    enum operator_verb verb = ev->u.command.verb;
    bool was = e->paused, joins = e->flatten.active;
    uint32_t at = out->n, asked = 0;
    struct effect *f = effect_add(out, EFFECT_PAUSE); /* told first; its counts follow */
    if (!was) set_paused(e, ev);
    if (!joins && !is_flat(e)) start(e, ev);
    if (joins) join(e);
    uint32_t cancelled = cancel_entries(e, out);
    for (uint32_t i = 0; i < e->trade_count; i++) asked += trade_flatten(e, &e->trades[i], reason_of(verb), out);
    e->flatten.cancelled += cancelled;
    e->flatten.told = what_is_left(e);
    if (was && cancelled == 0 && asked == 0 && (joins || !e->flatten.active)) { /* nothing new: nothing to tell */
        out->n = at;
        return;
    }
    f->u.pause.event = verb == OP_SOS ? PAUSE_SOS : PAUSE_FLATTEN;
    str_copy(f->u.pause.actor, sizeof f->u.pause.actor, ev->u.command.actor);
    f->u.pause.orders_cancelled = cancelled;
    f->u.pause.trades_open = trades_with(e, false);
    f->u.pause.trades_closing = trades_with(e, true);
    if (e->flatten.active && !joins) f->u.pause.flatten = e->flatten.number;
}

/* ---- going on ---- */

/* What the venue refused, once more. Orders that it has not answered yet are left alone. */
static uint32_t ask_again(struct engine *e, struct effects *out) {
    uint32_t asked = cancel_entries(e, out);
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        if (trade_closable(e, h).v > 0) asked += trade_flatten(e, h, reason_of(e->flatten.verb), out);
    }
    return asked;
}

static bool is_refused(const struct engine *e) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        if (trade_closable(e, &e->trades[i]).v > 0) return true;
    }
    for (uint32_t i = 0; i < e->order_count; i++) {
        if (e->orders[i].o.role == ROLE_ENTRY && !e->orders[i].cancel_wanted) return true;
    }
    return false;
}

static void ask_for_unknown(const struct engine *e, struct effects *out) {
    for (uint32_t i = 0; i < e->order_count; i++) {
        if (e->orders[i].o.state == ORDER_UNKNOWN) effect_add(out, EFFECT_QUERY)->u.query.order = e->orders[i].o.id;
    }
}

/* What keeps it from being flat, where that is worth a word now; FLATTEN_EVENT_COUNT: nothing new. */
static enum flatten_event trouble(const struct engine *e, bool refused) {
    const struct flatten *op = &e->flatten;
    bool first = op->told_at.ns == op->began.ns;
    bool due = first || when_ms_between(op->told_at, e->wall_time) >= FLATTEN_REMIND_MS;
    if (refused && !op->stuck) return FLATTEN_STUCK;
    if (!due) return FLATTEN_EVENT_COUNT;
    if (op->stuck && is_refused(e)) return FLATTEN_STUCK;
    if (what_is_left(e).unknown > 0) return FLATTEN_UNVERIFIED;
    if (when_ms_between(op->began, e->wall_time) >= FLATTEN_SLOW_MS) return FLATTEN_SLOW;
    return FLATTEN_EVENT_COUNT;
}

static void look(struct engine *e, struct effects *out) {
    struct flatten *op = &e->flatten;
    bool spent = op->tries >= FLATTEN_TRIES_MAX;
    ask_for_unknown(e, out);
    if (!spent && ask_again(e, out) > 0) op->tries++;
    enum flatten_event event = trouble(e, spent && is_refused(e));
    if (event == FLATTEN_STUCK) op->stuck = true;
    if (event != FLATTEN_EVENT_COUNT) tell(e, event, out);
    int64_t wait = op->looks < 16 ? (int64_t)FLATTEN_WAKE_MS << op->looks : FLATTEN_WAKE_MAX_MS;
    op->looks++;
    op->wake = when_add_ms(e->wall_time, wait < FLATTEN_WAKE_MAX_MS ? wait : FLATTEN_WAKE_MAX_MS);
}

void flatten_step(struct engine *e, struct effects *out) {
    struct flatten *op = &e->flatten;
    if (is_flat(e)) {
        tell(e, FLATTEN_DONE, out);
        op->active = false;
        return;
    }
    if (!later(op->wake, e->wall_time)) look(e, out);
    struct flatten_left left = what_is_left(e);
    if (!same_left(&left, &op->told)) tell(e, FLATTEN_PROGRESS, out);
}

void flatten_give_up(struct engine *e, const struct event *ev, struct effects *out) {
    if (!e->flatten.active) return;
    memcpy(e->flatten.actor, ev->u.command.actor, sizeof e->flatten.actor);
    tell(e, FLATTEN_GIVEN_UP, out);
    e->flatten.active = false;
}

/* ---- what people and the shell see ---- */

bool engine_flatten(const struct engine *e, struct flatten_view *out) {
    const struct flatten *op = &e->flatten;
    *out = (struct flatten_view){.verb = op->verb,
                                 .began = op->began,
                                 .stuck = op->stuck,
                                 .cancelled = op->cancelled,
                                 .closed = op->closed,
                                 .result = op->result,
                                 .left = what_is_left(e)};
    memcpy(out->actor, op->actor, sizeof out->actor);
    return op->active;
}

uint64_t engine_preview_flatten(const struct engine *e, struct flatten_left *out) {
    *out = what_is_left(e);
    uint64_t state = 3;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        uint64_t seen[2] = {e->trades[i].t.id, (uint64_t)e->trades[i].t.qty.v};
        state = hash64(seen, sizeof seen, state);
    }
    for (uint32_t i = 0; i < e->order_count; i++) {
        uint64_t seen[2] = {e->orders[i].o.id, e->orders[i].o.state == ORDER_UNKNOWN};
        state = hash64(seen, sizeof seen, state);
    }
    return state;
}

when_t flatten_wake(const struct engine *e) {
    return e->flatten.active ? e->flatten.wake : (when_t){0};
}
