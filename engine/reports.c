/*
 * reports: what brokers say, applied to orders and trades. Reports may come late,
 * twice and out of order: the table in order.c decides what they may still move, and
 * a fill counts once whatever happens. Never asks for new exposure.
 */
#include "engine/state.h"

#include <string.h>

#define FEE_HIGHEST (CASH_SCALE * 1000000000LL)
#define VALUE_HIGHEST (CASH_SCALE * 100000000000LL)

static bool is_protection(enum report_kind k) {
    return k == REPORT_PROTECTED || k == REPORT_PROTECT_REFUSED || k == REPORT_PROTECTION_FILL ||
           k == REPORT_PROTECTION_LOST;
}

static bool is_fill(enum report_kind k) {
    return k == REPORT_FILL || k == REPORT_PROTECTION_FILL;
}

static int check_fill(const struct engine *e, uint16_t instrument, const struct order_report *r, struct err *err) {
    cash_t value;
    bool sane = r->qty.v > 0 && r->qty.v <= QTY_HIGHEST && r->price.v > 0 && r->price.v <= PRICE_HIGHEST &&
                r->fee.v >= -FEE_HIGHEST && r->fee.v <= FEE_HIGHEST &&
                instrument_notional(&e->config.instruments[instrument], r->price, r->qty, &value) &&
                value.v <= VALUE_HIGHEST;
    if (sane) return 0;
    return err_set(err, ERR_RANGE, "a fill of order %llu with impossible figures",
                   "une exécution de l’ordre %llu avec des chiffres impossibles", (unsigned long long)r->order);
}

int check_report(const struct engine *e, const struct event *ev, struct err *err) {
    const struct order_report *r = &ev->u.report;
    struct engine *m = (struct engine *)(uintptr_t)e; /* the finders do not change it */
    bool live;
    const struct held *h = is_protection(r->kind) ? held_by_entry(m, r->order) : NULL;
    const struct live_order *o = h == NULL ? order_find(m, r->order, &live) : NULL;
    if ((unsigned)r->kind >= REPORT_KIND_COUNT || (unsigned)r->reason >= CLOSE_REASON_COUNT ||
        memchr(r->note, '\0', sizeof r->note) == NULL)
        return err_set(err, ERR_SYNTAX, "a report of an unknown kind", "un compte rendu d’un type inconnu");
    if (o == NULL && h == NULL)
        return err_set(err, ERR_NOT_FOUND, "a report about order %llu, which is not ours",
                       "un compte rendu sur l’ordre %llu, qui n’est pas le nôtre", (unsigned long long)r->order);
    if (!is_fill(r->kind)) return 0;
    return check_fill(e, o != NULL ? o->o.instrument : h->t.instrument, r, err);
}

static void trouble(struct effects *out, enum trouble kind, const struct order *o) {
    struct effect *f = effect_add(out, EFFECT_ORDER_TROUBLE);
    f->u.trouble.trouble = kind;
    f->u.trouble.order = *o;
}

/* The order that a trade's trouble is told with: its entry, or one made from the trade where that is long gone. */
static struct order order_of(struct engine *e, const struct held *h, const char *note) {
    bool live;
    const struct live_order *entry = order_find(e, h->t.entry_order, &live);
    struct order o = entry != NULL ? entry->o : (struct order){0};
    o.id = h->t.entry_order;
    o.trade = h->t.id;
    o.instrument = h->t.instrument;
    o.strategy = h->t.strategy;
    o.stop = h->t.stop;
    o.target = h->t.target;
    str_copy(o.note, sizeof o.note, note);
    return o;
}

/* ---- protection ---- */

static void protected(struct held *h, const struct order_report *r) {
    bool as_asked = r->price.v == 0 && r->target.v == 0;
    h->stop_resting = as_asked ? h->t.stop : r->price;
    h->target_resting = as_asked ? h->t.target : r->target;
    h->refusals = 0;
    h->naked_told = false;
    if (h->stop_resting.v == h->t.stop.v && h->target_resting.v == h->t.target.v) h->t.protection = PROTECTION_RESTING;
}

/* The old stop still rests: it is what holds, so it is what we say. */
static void keep_old_stop(struct engine *e, struct held *h, struct effects *out) {
    price_t asked = h->t.stop;
    h->t.stop = h->stop_resting;
    h->t.target = h->target_resting;
    h->t.protection = PROTECTION_RESTING;
    h->t.at_break_even = h->t.stop.v == held_entry(h).v || is_better(h->t.side, h->t.stop, held_entry(h));
    trade_changed(e, h, CHANGE_STOP, out)->u.changed.stop_before = asked;
}

static void ask_protection(struct held *h, const struct event *ev, struct effects *out) {
    struct effect *f = effect_add(out, EFFECT_PROTECT);
    f->u.protect.entry_order = h->t.entry_order;
    f->u.protect.trade = h->t.id;
    f->u.protect.stop = h->t.stop;
    f->u.protect.target = h->t.target;
    h->asked = ev->wall_time;
}

/* It is asked for anew at once, even while an exit is on its way: that one may be refused. */
static void protection_lost(struct engine *e, struct held *h, const struct event *ev, struct effects *out) {
    h->stop_resting = h->target_resting = PRICE_ZERO;
    e->dirty = true;
    if (h->t.qty.v == 0) return;
    h->t.protection = PROTECTION_PENDING;
    ask_protection(h, ev, out);
}

static void protect_refused(struct engine *e, struct held *h, const struct event *ev, struct effects *out) {
    struct order o = order_of(e, h, ev->u.report.note);
    trouble(out, TROUBLE_PROTECT_REFUSED, &o);
    e->dirty = true;
    if (h->stop_resting.v != 0) {
        keep_old_stop(e, h, out);
        return;
    }
    if (h->t.qty.v == 0 || h->flatten) return;
    if (++h->refusals < PROTECT_TRIES_MAX) {
        ask_protection(h, ev, out);
        return;
    }
    h->t.protection = PROTECTION_NONE;
    trouble(out, TROUBLE_NAKED, &o);
    trade_flatten(e, h, CLOSE_LIMIT, out); /* a position that cannot be protected is not kept */
}

/* More was closed than we know to be open, and the entry may have filled unheard: what is said of the end must wait for
 * what was never said of the beginning. The venue is asked, and says both. */
static bool is_ahead(struct engine *e, const struct held *h, const struct order_report *r) {
    return r->qty.v > h->t.qty.v && order_live(e, h->t.entry_order) != NULL;
}

static void protection_fill(struct engine *e, struct held *h, const struct event *ev, struct effects *out) {
    const struct order_report *r = &ev->u.report;
    enum close_reason reason = r->reason == CLOSE_NONE ? CLOSE_STOP : r->reason;
    if (is_ahead(e, h, r)) {
        effect_add(out, EFFECT_QUERY)->u.query.order = h->t.entry_order;
        return;
    }
    if (h->t.qty_entered.v == 0 || !fill_is_new(e, r->order, r->fill_id)) return;
    exit_fill(e, h, ev, reason, out);
    trade_settle(e, h, out);
}

static void apply_protection(struct engine *e, const struct event *ev, struct effects *out) {
    struct held *h = held_by_entry(e, ev->u.report.order);
    if (h == NULL) return; /* late: the trade is over */
    if (ev->u.report.kind == REPORT_PROTECTED)
    protected(h, &ev->u.report);
    else if (ev->u.report.kind == REPORT_PROTECT_REFUSED) protect_refused(e, h, ev, out);
    else if (ev->u.report.kind == REPORT_PROTECTION_LOST) protection_lost(e, h, ev, out);
    else protection_fill(e, h, ev, out);
}

/* ---- orders ---- */

/* A fill of an entry whose trade was already given up. If it had been open before, its book is closed: a new one. */
static bool revive_trade(struct engine *e, struct order *o) {
    if (e->trade_count == TRADES_MAX) return false;
    if (o->filled.v > 0) o->trade = ++e->trades_made;
    struct held *h = &e->trades[e->trade_count++];
    memset(h, 0, sizeof *h);
    h->t = (struct trade){.id = o->trade,
                          .instrument = o->instrument,
                          .contract = o->contract,
                          .strategy = o->strategy,
                          .side = o->side,
                          .entry_order = o->id,
                          .stop = o->stop,
                          .target = o->target,
                          .stop_initial = o->stop};
    h->flatten = o->reason != CLOSE_NONE;
    h->flatten_reason = o->reason;
    return true;
}

static void add_fill(struct order *o, const struct order_report *r) {
    int64_t part = 0;
    qty_t all = {o->filled.v + r->qty.v};
    if (o->filled.v == 0)
        o->average = r->price;
    else if (mul_div(r->price.v - o->average.v, r->qty.v, all.v, &part))
        o->average.v += part;
    o->filled = all;
}

static void surplus(struct order *o, const struct order_report *r, struct effects *out) {
    struct order told = *o;
    told.filled = r->qty;
    told.average = r->price;
    str_copy(told.note, sizeof told.note, "a fill that no open position explains");
    trouble(out, TROUBLE_UNKNOWN, &told);
}

/* The order is final: the trade learns what became of it. Invalidates order pointers. */
static void finish(struct engine *e, struct live_order *o, bool live, struct effects *out) {
    struct order done = o->o;
    if (live) order_retire(e, o);
    struct held *h = held_find(e, done.trade);
    if (h == NULL) return;
    if (done.role == ROLE_ENTRY && h->t.qty_entered.v > 0) trade_set_risk(e, h);
    e->dirty = true;
    trade_settle(e, h, out);
}

/* A final order that turns out to live: back among the working ones. */
static struct live_order *reopen(struct engine *e, struct live_order *o, bool *live) {
    if (*live || e->order_count == ORDERS_MAX) return o;
    struct live_order *again = &e->orders[e->order_count++];
    *again = *o;
    *live = true;
    return again;
}

static void apply_fill(struct engine *e, struct live_order *o, bool live, const struct event *ev, struct effects *out) {
    const struct order_report *r = &ev->u.report;
    if (!fill_is_new(e, r->order, r->fill_id)) return;
    bool complete = o->o.filled.v + r->qty.v >= o->o.qty.v;
    enum order_state next = order_next(o->o.state, REPORT_FILL, complete);
    struct held *h = held_find(e, o->o.trade);
    bool bookable = next != ORDER_STATE_COUNT && (h != NULL || (o->o.role == ROLE_ENTRY && revive_trade(e, &o->o)));
    if (!bookable) {
        surplus(&o->o, r, out);
        return;
    }
    bool was_unknown = o->o.state == ORDER_UNKNOWN;
    add_fill(&o->o, r);
    o->o.state = next;
    if (!order_is_final(&o->o)) o = reopen(e, o, &live);
    if (was_unknown) trouble(out, TROUBLE_RESOLVED, &o->o);
    struct order now = o->o;
    if (now.role == ROLE_ENTRY)
        entry_fill(e, o, ev, out);
    else
        exit_fill(e, h, ev, now.reason, out);
    if (order_is_final(&now)) {
        tell_cancelled(o, CANCEL_LATE, out);
        finish(e, o, live, out);
    } else if ((h = held_find(e, now.trade)) != NULL) {
        trade_settle(e, h, out);
    }
    if (was_unknown && live && !order_is_final(&now) && o->cancel_wanted) {
        o->cancel_wanted = false;
        order_cancel(e, o, out);
    }
}

static void tell_state(enum order_state from, const struct order *o, struct effects *out) {
    if (o->state == ORDER_UNKNOWN) {
        if (from != ORDER_UNKNOWN) trouble(out, TROUBLE_UNKNOWN, o);
    } else if (from == ORDER_UNKNOWN) {
        trouble(out, TROUBLE_RESOLVED, o);
    } else if (o->state == ORDER_REJECTED || o->state == ORDER_EXPIRED) {
        trouble(out, TROUBLE_REJECTED, o);
    }
}

static void apply_state(struct engine *e, struct live_order *o, bool live, const struct event *ev,
                        struct effects *out) {
    const struct order_report *r = &ev->u.report;
    enum order_state from = o->o.state, next = order_next(from, r->kind, false);
    if (next == ORDER_STATE_COUNT) return; /* late */
    if (next == ORDER_ACCEPTED && o->o.filled.v > 0) next = ORDER_PARTIAL;
    if (r->note[0] != '\0') str_copy(o->o.note, sizeof o->o.note, r->note);
    bool repeated = next == from && r->kind != REPORT_CANCEL_REFUSED;
    if (repeated) return;
    o->o.state = next;
    if (r->kind == REPORT_CANCEL_REFUSED) o->cancel_wanted = false;
    tell_state(from, &o->o, out);
    if (r->kind == REPORT_CANCEL_REFUSED && next != ORDER_UNKNOWN) tell_cancelled(o, CANCEL_REFUSED, out);
    if (next == ORDER_CANCELLED) tell_cancelled(o, o->o.filled.v > 0 ? CANCEL_PART : CANCEL_DONE, out);
    if (order_is_final(&o->o)) {
        finish(e, o, live, out);
    } else if (from == ORDER_UNKNOWN && next != ORDER_UNKNOWN && o->cancel_wanted) {
        o->cancel_wanted = false; /* it was to be cancelled before we lost sight of it */
        order_cancel(e, o, out);
    }
}

void apply_report(struct engine *e, const struct event *ev, struct effects *out) {
    const struct order_report *r = &ev->u.report;
    if (is_protection(r->kind)) {
        apply_protection(e, ev, out);
    } else {
        bool live;
        struct live_order *o = order_find(e, r->order, &live);
        if (o != NULL && r->kind == REPORT_FILL) apply_fill(e, o, live, ev, out);
        if (o != NULL && r->kind != REPORT_FILL) apply_state(e, o, live, ev, out);
    }
    if (e->dirty) breakers_check(e, out);
    breakers_check_book(e, out);
}
