/*
 * paper: the broker that fills against the data. Pure and deterministic; its state is
 * committed with the engine's. What it assumes:
 *
 *  - Prices of data are the middle of the market; buys pay the ask, sells get the bid
 *    (the one rule of engine/config.h).
 *  - A market order fills at the open of the instrument's NEXT bar, plus slippage.
 *  - Limit and stop entries fill inside a bar: at their price, or at the open where the
 *    bar opens beyond it (a limit then better, a stop worse).
 *  - Stop and target of a trade rest from its first fill on, inside the entry bar too,
 *    for what is filled. Where one bar touches both, the stop came first, unless the
 *    bar opened beyond the target. A gap through the stop fills at the open (worse),
 *    one through the target at the open (better).
 *  - A trade entered inside the bar reaches its target in that bar only if the bar
 *    closed beyond it: the high may have been before the entry.
 *  - Of a future that is rolled, orders and positions are of a contract, and only its bars
 *    play them. Where that contract has no bars any more and a newer one has, an exit fills
 *    at its last price, ORPHAN_BARS bars of the newer one after it was given.
 *  - max_fill limits what one order fills in one bar; stops and targets fill whole.
 */
#include "engine/broker.h"

#include <string.h>

#define POSITIONS_MAX (TRADES_MAX + ORDERS_MAX)
#define ORPHAN_BARS 5
#define CONTRACTS_KEPT 4 /* of an instrument: the newest ones */

extern const struct broker broker_paper;

struct paper_order {
    uint64_t id;
    uint32_t trade;
    uint16_t instrument, contract;
    when_t given; /* market time */
    enum side side;
    enum order_role role;
    enum order_type type;
    qty_t left;
    price_t price, stop, target;
};

struct paper_position {
    uint64_t entry_order;
    uint32_t trade;
    uint16_t instrument, contract;
    enum side side;
    qty_t open;
    price_t stop, target;
    bool inside; /* entered inside the bar that is being played */
};

struct paper {
    struct engine_config config; /* what holds now; restored by configure */
    bool configured;
    uint64_t fills;
    struct paper_order orders[ORDERS_MAX];
    uint32_t order_count;
    struct paper_position positions[POSITIONS_MAX];
    uint32_t position_count;
    struct last {
        uint16_t contract;
        struct quote quote; /* at the last close; 0: none yet */
    } last[INSTRUMENTS_MAX][CONTRACTS_KEPT];
};

/* One bar, seen by the buyer and by the seller. */
struct play {
    struct paper *p;
    uint16_t instrument;
    const struct bar *bar;
    struct quote open, high, low, close;
    price_t slip;
    struct reports *out;
};

/* ---- tables ---- */

static bool same_contract(uint16_t a, uint16_t b) {
    return a == b || a == 0 || b == 0; /* 0: not rolled, or given before it was */
}

/* Does this bar play what is of that instrument and contract? */
static bool is_played(const struct play *y, uint16_t instrument, uint16_t contract) {
    return instrument == y->instrument && same_contract(contract, y->bar->contract);
}

static const struct quote *last_of(const struct paper *p, uint16_t instrument, uint16_t contract) {
    for (int i = 0; i < CONTRACTS_KEPT; i++) {
        const struct last *l = &p->last[instrument][i];
        if (l->quote.bid.v != 0 && same_contract(l->contract, contract)) return &l->quote;
    }
    return NULL;
}

static void see_last(struct paper *p, uint16_t instrument, uint16_t contract, struct quote q) {
    struct last *l = p->last[instrument], *at = l;
    for (int i = 1; i < CONTRACTS_KEPT; i++) {
        if (at->contract != contract && (l[i].contract == contract || l[i].contract < at->contract)) at = &l[i];
    }
    if (at->contract > contract && at->quote.bid.v != 0) return; /* older than all that are kept */
    *at = (struct last){.contract = contract, .quote = q};
}

static struct paper_order *order_by_id(struct paper *p, uint64_t id) {
    for (uint32_t i = 0; i < p->order_count; i++) {
        if (p->orders[i].id == id) return &p->orders[i];
    }
    return NULL;
}

static struct paper_position *position_of(struct paper *p, uint32_t trade) {
    for (uint32_t i = 0; i < p->position_count; i++) {
        if (p->positions[i].trade == trade) return &p->positions[i];
    }
    return NULL;
}

static void order_drop(struct paper *p, struct paper_order *o) {
    uint32_t i = (uint32_t)(o - p->orders);
    memmove(o, o + 1, (p->order_count - i - 1) * sizeof *o);
    p->order_count--;
}

static void position_drop(struct paper *p, struct paper_position *s) {
    uint32_t i = (uint32_t)(s - p->positions);
    memmove(s, s + 1, (p->position_count - i - 1) * sizeof *s);
    p->position_count--;
}

static void cancelled(struct reports *out, uint64_t id, const char *why) {
    str_copy(reports_add(out, REPORT_CANCELLED, id)->note, ORDER_REASON_MAX, why);
}

/* The trade is over: what still works for it has nothing left to do. */
static void cancel_orders_of(struct play *y, uint32_t trade) {
    for (uint32_t i = 0; i < y->p->order_count;) {
        struct paper_order *o = &y->p->orders[i];
        if (o->trade != trade) {
            i++;
            continue;
        }
        cancelled(y->out, o->id, "the trade is closed");
        order_drop(y->p, o);
    }
}

/* ---- fills ---- */

static cash_t fee_of(const struct paper *p, uint16_t instrument, qty_t qty) {
    cash_t fee = CASH_ZERO;
    mul_div(engine_config_commission(&p->config, instrument).v, qty.v, QTY_SCALE, &fee.v);
    return fee;
}

static struct order_report *fill(struct play *y, enum report_kind kind, uint64_t order, qty_t qty, price_t price) {
    struct order_report *r = reports_add(y->out, kind, order);
    r->fill_id = ++y->p->fills;
    r->qty = qty;
    r->price = price.v > 0 ? price : (price_t){1}; /* slippage below nothing is nothing */
    r->fee = fee_of(y->p, y->instrument, qty);
    return r;
}

static void told_protected(struct reports *out, const struct paper_position *s) {
    struct order_report *r = reports_add(out, REPORT_PROTECTED, s->entry_order);
    r->price = s->stop;
    r->target = s->target;
}

static qty_t portion(const struct paper *p, qty_t left) {
    qty_t most = p->config.paper.max_fill;
    return most.v > 0 && left.v > most.v ? most : left;
}

static void enter(struct play *y, struct paper_order *o, price_t price, bool at_open) {
    qty_t qty = portion(y->p, o->left);
    o->left.v -= qty.v;
    struct order_report *r = fill(y, REPORT_FILL, o->id, qty, price);
    if (at_open) r->at = y->bar->start;
    struct paper_position *s = position_of(y->p, o->trade);
    if (s == NULL) {
        s = &y->p->positions[y->p->position_count++];
        *s = (struct paper_position){.entry_order = o->id,
                                     .trade = o->trade,
                                     .instrument = o->instrument,
                                     .contract = o->contract,
                                     .side = o->side,
                                     .stop = o->stop,
                                     .target = o->target,
                                     .inside = !at_open};
        told_protected(y->out, s);
    }
    s->open.v += qty.v;
}

/* false: the order is done and gone. */
static bool leave(struct play *y, struct paper_order *o, price_t price) {
    struct paper_position *s = position_of(y->p, o->trade);
    if (s == NULL) {
        cancelled(y->out, o->id, "nothing is open");
        order_drop(y->p, o);
        return false;
    }
    qty_t qty = portion(y->p, o->left);
    if (qty.v > s->open.v) qty = s->open;
    o->left.v -= qty.v;
    s->open.v -= qty.v;
    uint32_t trade = o->trade;
    fill(y, REPORT_FILL, o->id, qty, price)->at = y->bar->start;
    bool done = o->left.v == 0, flat = s->open.v == 0;
    if (done) order_drop(y->p, o);
    if (flat) {
        position_drop(y->p, position_of(y->p, trade));
        cancel_orders_of(y, trade);
    }
    return !done && !flat;
}

/* Moved by the slippage to the order's loss. */
static price_t slipped(const struct play *y, enum side order, price_t p) {
    return (price_t){order == SIDE_LONG ? p.v + y->slip.v : p.v - y->slip.v};
}

/* Where a market order fills in this bar; NULL: not in this one. */
static const struct quote *market_of(const struct play *y, const struct paper_order *o) {
    const struct bar *b = y->bar;
    if (is_played(y, o->instrument, o->contract)) return &y->open;
    if (o->instrument != y->instrument || o->role != ROLE_EXIT || o->contract > b->contract) return NULL;
    if (b->start.ns - o->given.ns < ORPHAN_BARS * b->seconds * NS_PER_SEC) return NULL;
    return last_of(y->p, o->instrument, o->contract);
}

static void play_market_orders(struct play *y) {
    for (uint32_t i = 0; i < y->p->order_count;) {
        struct paper_order *o = &y->p->orders[i];
        const struct quote *q = o->type == ORDER_MARKET ? market_of(y, o) : NULL;
        if (q == NULL) {
            i++;
            continue;
        }
        price_t price = slipped(y, o->side, o->side == SIDE_LONG ? q->ask : q->bid);
        uint64_t id = o->id;
        if (o->role == ROLE_EXIT) {
            leave(y, o, price);
        } else {
            enter(y, o, price, true);
            if (o->left.v == 0) order_drop(y->p, o);
        }
        if (i < y->p->order_count && y->p->orders[i].id == id) i++; /* it stays: the rest on the next bar */
    }
}

/* Does this bar reach a limit or stop entry? At the open: *at_open. */
static bool reaches(const struct play *y, const struct paper_order *o, price_t *price, bool *at_open) {
    bool buys = o->side == SIDE_LONG, is_limit = o->type == ORDER_LIMIT, waits_below = buys == is_limit;
    price_t open = buys ? y->open.ask : y->open.bid;
    price_t far = waits_below ? (buys ? y->low.ask : y->low.bid) : (buys ? y->high.ask : y->high.bid);
    *at_open = waits_below ? open.v <= o->price.v : open.v >= o->price.v;
    if (!*at_open && (waits_below ? far.v > o->price.v : far.v < o->price.v)) return false;
    *price = *at_open ? open : o->price;
    if (!is_limit) *price = slipped(y, o->side, *price);
    return true;
}

static void play_resting_entries(struct play *y) {
    for (uint32_t i = 0; i < y->p->order_count;) {
        struct paper_order *o = &y->p->orders[i];
        price_t price;
        bool at_open;
        if (!is_played(y, o->instrument, o->contract) || o->type == ORDER_MARKET || !reaches(y, o, &price, &at_open)) {
            i++;
            continue;
        }
        enter(y, o, price, at_open);
        if (o->left.v == 0)
            order_drop(y->p, o);
        else
            i++;
    }
}

/* ---- protection ---- */

enum touch { TOUCH_NONE, TOUCH_STOP, TOUCH_TARGET };

/* What happens to the position in this bar, and at which price before slippage. */
static enum touch touched(const struct play *y, const struct paper_position *s, price_t *price, bool *at_open) {
    bool is_long = s->side == SIDE_LONG;
    int64_t w = is_long ? 1 : -1; /* every comparison below as for a long */
    int64_t open = w * (is_long ? y->open.bid.v : y->open.ask.v),
            close = w * (is_long ? y->close.bid.v : y->close.ask.v);
    int64_t best = w * (is_long ? y->high.bid.v : y->low.ask.v), worst = w * (is_long ? y->low.bid.v : y->high.ask.v);
    int64_t stop = w * s->stop.v, target = w * s->target.v;
    bool has_stop = s->stop.v != 0, has_target = s->target.v != 0;
    *at_open = !s->inside;
    *price = (price_t){w * open};
    if (has_stop && !s->inside && open <= stop) return TOUCH_STOP;
    if (has_target && !s->inside && open >= target) return TOUCH_TARGET;
    *at_open = false;
    *price = s->stop;
    if (has_stop && worst <= stop) return TOUCH_STOP;
    *price = s->target;
    if (has_target && (s->inside ? close : best) >= target) return TOUCH_TARGET;
    return TOUCH_NONE;
}

static void play_protection(struct play *y) {
    for (uint32_t i = 0; i < y->p->position_count;) {
        struct paper_position *s = &y->p->positions[i];
        price_t price;
        bool at_open;
        bool played = is_played(y, s->instrument, s->contract);
        enum touch t = played ? touched(y, s, &price, &at_open) : TOUCH_NONE;
        if (t == TOUCH_NONE) {
            if (played) s->inside = false;
            i++;
            continue;
        }
        if (t == TOUCH_STOP) price = slipped(y, s->side == SIDE_LONG ? SIDE_SHORT : SIDE_LONG, price);
        struct paper_position gone = *s;
        position_drop(y->p, s);
        cancel_orders_of(y, gone.trade); /* before the fill: nothing may come in behind it */
        struct order_report *r = fill(y, REPORT_PROTECTION_FILL, gone.entry_order, gone.open, price);
        r->reason = t == TOUCH_STOP ? CLOSE_STOP : CLOSE_TARGET;
        if (at_open) r->at = y->bar->start;
    }
}

/* What was given before the symbol was rolled is of the contract of its first bar since. */
static void adopt(struct paper *p, uint16_t instrument, uint16_t contract) {
    for (uint32_t i = 0; i < p->order_count; i++) {
        struct paper_order *o = &p->orders[i];
        if (o->instrument == instrument && o->contract == 0) o->contract = contract;
    }
    for (uint32_t i = 0; i < p->position_count; i++) {
        struct paper_position *s = &p->positions[i];
        if (s->instrument == instrument && s->contract == 0) s->contract = contract;
    }
}

/* ---- the contract ---- */

static void paper_bar(void *state, uint16_t instrument, const struct bar *b, struct reports *out) {
    struct paper *p = state;
    const struct engine_config *c = &p->config;
    struct play y = {.p = p, .instrument = instrument, .bar = b, .out = out};
    y.close = engine_config_quote(c, instrument, b->close, b->spread);
    see_last(p, instrument, b->contract, y.close);
    if (p->order_count == 0 && p->position_count == 0) return;
    if (b->contract != 0) adopt(p, instrument, b->contract);
    y.open = engine_config_quote(c, instrument, b->open, b->spread);
    y.high = engine_config_quote(c, instrument, b->high, b->spread);
    y.low = engine_config_quote(c, instrument, b->low, b->spread);
    y.slip = engine_config_slippage(c, instrument);
    if (p->order_count > 0) {
        play_market_orders(&y);
        play_resting_entries(&y);
    }
    play_protection(&y);
}

static void paper_submit(void *state, const struct order *o, when_t market_time, struct reports *out) {
    struct paper *p = state;
    bool no_room = p->order_count == ORDERS_MAX || (o->role == ROLE_ENTRY && p->position_count >= TRADES_MAX);
    if (no_room || (o->role == ROLE_EXIT && o->type != ORDER_MARKET)) {
        const char *why = no_room ? "the paper broker is full" : "exits are market orders";
        str_copy(reports_add(out, REPORT_REJECTED, o->id)->note, ORDER_REASON_MAX, why);
        return;
    }
    reports_add(out, REPORT_ACCEPTED, o->id);
    if (o->role == ROLE_EXIT && position_of(p, o->trade) == NULL) {
        cancelled(out, o->id, "nothing is open");
        return;
    }
    p->orders[p->order_count++] = (struct paper_order){.id = o->id,
                                                       .trade = o->trade,
                                                       .instrument = o->instrument,
                                                       .contract = o->contract,
                                                       .given = market_time,
                                                       .side = o->side,
                                                       .role = o->role,
                                                       .type = o->type,
                                                       .left = {o->qty.v - o->filled.v},
                                                       .price = o->price,
                                                       .stop = o->stop,
                                                       .target = o->target};
}

static void paper_cancel(void *state, uint64_t order, struct reports *out) {
    struct paper *p = state;
    struct paper_order *o = order_by_id(p, order);
    if (o == NULL) {
        reports_add(out, REPORT_CANCEL_REFUSED, order);
        return;
    }
    reports_add(out, REPORT_CANCELLED, order);
    order_drop(p, o);
}

/* A stop on the wrong side of the market would fill at once: venues refuse it, and so do we. */
static bool stop_is_behind(const struct paper *p, const struct paper_position *s, price_t stop) {
    const struct quote *q = last_of(p, s->instrument, s->contract);
    if (q == NULL || stop.v == 0) return true;
    return s->side == SIDE_LONG ? stop.v < q->bid.v : stop.v > q->ask.v;
}

static void paper_protect(void *state, uint64_t entry_order, price_t stop, price_t target, struct reports *out) {
    struct paper *p = state;
    struct paper_position *s = NULL;
    for (uint32_t i = 0; i < p->position_count && s == NULL; i++) {
        if (p->positions[i].entry_order == entry_order) s = &p->positions[i];
    }
    if (s == NULL || !stop_is_behind(p, s, stop)) {
        const char *why = s == NULL ? "nothing is open" : "the stop is on the wrong side of the market";
        str_copy(reports_add(out, REPORT_PROTECT_REFUSED, entry_order)->note, ORDER_REASON_MAX, why);
        return;
    }
    s->stop = stop;
    s->target = target;
    told_protected(out, s);
}

/* Indices may mean other instruments now: everything follows its symbol. The engine keeps what has open trades. */
static void paper_configure(void *state, const struct engine_config *c) {
    struct paper *p = state;
    if (p->configured) {
        struct last old[INSTRUMENTS_MAX][CONTRACTS_KEPT];
        int map[INSTRUMENTS_MAX];
        memcpy(old, p->last, sizeof old);
        memset(p->last, 0, sizeof p->last);
        for (uint32_t i = 0; i < p->config.instrument_count; i++) {
            map[i] = engine_config_instrument(c, p->config.instruments[i].symbol);
            if (map[i] >= 0) memcpy(p->last[map[i]], old[i], sizeof old[i]);
        }
        for (uint32_t i = 0; i < p->order_count; i++) p->orders[i].instrument = (uint16_t)map[p->orders[i].instrument];
        for (uint32_t i = 0; i < p->position_count; i++)
            p->positions[i].instrument = (uint16_t)map[p->positions[i].instrument];
    }
    engine_config_copy(&p->config, c);
    p->configured = true;
}

static void order_of_snap(struct paper_order *o, struct snap *s) {
    snap_u64(s, &o->id);
    snap_u32(s, &o->trade);
    snap_u16(s, &o->instrument);
    SNAP_ENUM(s, &o->side, SIDE_COUNT);
    SNAP_ENUM(s, &o->role, ROLE_COUNT);
    SNAP_ENUM(s, &o->type, ORDER_TYPE_COUNT);
    snap_qty(s, &o->left);
    snap_price(s, &o->price);
    snap_price(s, &o->stop);
    snap_price(s, &o->target);
    if (snap_has(s, 5)) snap_u16(s, &o->contract);
    if (snap_has(s, 5)) snap_when(s, &o->given);
    if (o->instrument >= INSTRUMENTS_MAX) s->bad = true;
}

static void position_snap(struct paper_position *o, struct snap *s) {
    snap_u64(s, &o->entry_order);
    snap_u32(s, &o->trade);
    snap_u16(s, &o->instrument);
    SNAP_ENUM(s, &o->side, SIDE_COUNT);
    snap_qty(s, &o->open);
    snap_price(s, &o->stop);
    snap_price(s, &o->target);
    if (snap_has(s, 5)) snap_u16(s, &o->contract);
    if (o->instrument >= INSTRUMENTS_MAX) s->bad = true;
}

static void paper_snap(void *state, struct snap *s) {
    struct paper *p = state;
    snap_u64(s, &p->fills);
    snap_count(s, &p->order_count, ORDERS_MAX);
    for (uint32_t i = 0; i < p->order_count; i++) order_of_snap(&p->orders[i], s);
    snap_count(s, &p->position_count, POSITIONS_MAX);
    for (uint32_t i = 0; i < p->position_count; i++) position_snap(&p->positions[i], s);
    for (uint32_t i = 0; i < INSTRUMENTS_MAX; i++) {
        for (int k = 0; k < CONTRACTS_KEPT; k++) {
            struct last *l = &p->last[i][k];
            if (k > 0 && !snap_has(s, 5)) break;
            snap_price(s, &l->quote.bid);
            snap_price(s, &l->quote.ask);
            if (snap_has(s, 5)) snap_u16(s, &l->contract);
        }
    }
}

const struct broker broker_paper = {
    .name = "paper",
    .summary = {"Fills against the market data, with spread, slippage and commission.",
                "Exécute sur les données de marché, avec écart, glissement et commission."},
    .caps = BROKER_INTERNAL | BROKER_ATTACHED_STOP,
    .state_size = sizeof(struct paper),
    .configure = paper_configure,
    .submit = paper_submit,
    .cancel = paper_cancel,
    .protect = paper_protect,
    .bar = paper_bar,
    .snap = paper_snap,
};
