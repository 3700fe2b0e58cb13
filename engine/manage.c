/*
 * manage: how stops follow a trade: to break-even, then trailing in steps; a part that is
 * taken; the end of what was held long enough, or whose market closes. By themselves stops
 * only ever move in the trade's favour. Also watches that every stop really rests. Reads
 * the market that bars.c has just updated.
 *
 * A stop that would already be hit is not asked for: the venue would refuse it. And
 * while one change is on its way, no second one is sent after it.
 */
#include "engine/state.h"

#include <string.h>

static void see_extremes(struct trade *t, const struct bar *b) {
    price_t good = t->side == SIDE_LONG ? b->high : b->low, bad = t->side == SIDE_LONG ? b->low : b->high;
    if (is_better(t->side, good, t->best)) t->best = good;
    if (is_better(t->side, t->worst, bad)) t->worst = bad;
}

/* `ppm` of one R, as a distance in price. */
static price_t r_distance(const struct held *h, int64_t ppm) {
    int64_t entry = held_entry(h).v, stop = h->t.stop_initial.v, one = entry > stop ? entry - stop : stop - entry;
    price_t d = {0};
    return mul_div(one, ppm, PPM, &d.v) ? d : PRICE_ZERO;
}

static bool gained(const struct held *h, int64_t r_ppm) {
    price_t want = r_distance(h, r_ppm), entry = held_entry(h);
    int64_t gain = h->t.side == SIDE_LONG ? h->t.best.v - entry.v : entry.v - h->t.best.v;
    return gain >= want.v;
}

/* On the grid, never closer to the market than asked. */
static price_t on_tick(const struct engine *e, const struct trade *t, price_t p) {
    price_t tick = instrument_of(e, t)->tick;
    return t->side == SIDE_LONG ? price_floor(p, tick) : price_ceil(p, tick);
}

static bool break_even_stop(const struct engine *e, const struct held *h, price_t *out) {
    const struct trade *t = &h->t;
    int64_t at = e->config.management.break_even_r_ppm;
    if (at == 0 || t->at_break_even || !gained(h, at)) return false;
    *out = on_tick(e, t, held_entry(h));
    return is_better(t->side, *out, t->stop);
}

static bool trailing_stop(const struct engine *e, const struct held *h, price_t *out) {
    const struct trade *t = &h->t;
    const struct management *m = &e->config.management;
    if (!m->trailing || !gained(h, m->trailing_start_r_ppm)) return false;
    price_t behind = r_distance(h, m->trailing_distance_r_ppm), by_atr;
    const struct market *k = &e->markets[t->instrument];
    bool known = m->trailing_atr_ppm > 0 && k->extreme_count >= ATR_LENGTH;
    bool atr = known && mul_div(k->atr, m->trailing_atr_ppm, PPM, &by_atr.v);
    if (atr && by_atr.v < behind.v) behind = by_atr; /* the nearer one holds */
    price_t stop = on_tick(e, t, against(t->side, t->best, behind));
    price_t step = instrument_of(e, t)->tick;
    int64_t least;
    if (mul_div(t->stop.v, m->trailing_step_ppm, PPM, &least) && least > step.v) step.v = least;
    int64_t move = t->side == SIDE_LONG ? stop.v - t->stop.v : t->stop.v - stop.v;
    *out = stop;
    return move >= step.v;
}

void trade_move_stop(struct engine *e, struct held *h, const struct stop_move *m, struct effects *out) {
    price_t before = h->t.stop, stop = m->stop;
    h->t.stop = stop;
    price_t entry = held_entry(h);
    h->t.at_break_even = stop.v == entry.v || is_better(h->t.side, stop, entry) || m->change == CHANGE_BREAK_EVEN;
    h->t.protection = PROTECTION_PENDING;
    h->asked = m->wall;
    struct effect *p = effect_add(out, EFFECT_PROTECT);
    p->u.protect.entry_order = h->t.entry_order;
    p->u.protect.trade = h->t.id;
    p->u.protect.stop = stop;
    p->u.protect.target = h->t.target;
    /* What is said of the risk is what the new stop leaves; until the venue confirms, the books count the old one. */
    struct held as_moved = *h;
    as_moved.stop_resting = stop;
    struct effect *f = trade_changed(e, h, m->change, out);
    f->u.changed.stop_before = before;
    f->u.changed.price = stop;
    if (m->actor != NULL) str_copy(f->u.changed.actor, sizeof f->u.changed.actor, m->actor);
    cash_t risk;
    if (held_at_risk(e, &as_moved, &risk)) f->u.changed.at_risk = risk;
    e->dirty = true;
}

bool near_close(const struct engine *e, uint16_t instrument) {
    uint32_t before = e->config.management.flat_min;
    if (before == 0) return false;
    uint16_t hours = e->config.instruments[instrument].hours;
    int64_t left = calendar_minutes_to_close(&e->config.calendars, hours, e->market_time);
    int64_t bar_min = e->markets[instrument].bar.seconds / 60; /* the next look comes only then */
    return left >= 0 && (left <= before || left <= bar_min);
}

/* Held for as long as it may be, or its market closes. */
static enum close_reason due(const struct engine *e, const struct trade *t) {
    uint32_t most = e->config.management.time_stop_min;
    if (most > 0 && when_ms_between(t->opened, e->market_time) >= (int64_t)most * 60000) return CLOSE_TIME;
    return near_close(e, t->instrument) ? CLOSE_SESSION : CLOSE_NONE;
}

/* Once: what the lot step does not allow stays whole. */
static void take_part(struct engine *e, struct held *h, struct effects *out) {
    const struct management *m = &e->config.management;
    const struct instrument *in = instrument_of(e, &h->t);
    qty_t part;
    if (m->partial_r_ppm <= 0 || h->part_taken || !gained(h, m->partial_r_ppm)) return;
    if (order_live(e, h->t.entry_order) != NULL || trade_closable(e, h).v != h->t.qty.v) return;
    h->part_taken = true;
    if (!mul_div(h->t.qty.v, m->partial_share_ppm, PPM, &part.v)) return;
    part = qty_floor(part, in->lot_step);
    if (part.v >= in->lot_min.v && h->t.qty.v - part.v >= in->lot_min.v) trade_exit(e, h, part, CLOSE_PART, out);
}

void watch_closes(struct engine *e, struct effects *out) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        int64_t next_ns = e->markets[h->t.instrument].bar.seconds * NS_PER_SEC;
        weekend_step(e, h->t.instrument, e->market_time, next_ns, out);
        roll_watch(e, h->t.instrument, next_ns, out);
        if (h->t.qty.v == 0 || h->flatten) continue;
        enum close_reason why = due(e, &h->t);
        if (why != CLOSE_NONE) trade_flatten(e, h, why, out);
    }
}

static void manage_one(struct engine *e, struct held *h, const struct bar *b, when_t wall, struct effects *out) {
    see_extremes(&h->t, b);
    if (h->flatten) return;
    take_part(e, h, out);
    if (h->t.protection != PROTECTION_RESTING) return;
    /* Where a person has put it, it stays until the trade does better than it had done by then. */
    if (h->hand_best.v != 0 && !is_better(h->t.side, h->t.best, h->hand_best)) return;
    price_t even, trail, stop;
    bool is_even = break_even_stop(e, h, &even), is_trail = trailing_stop(e, h, &trail);
    if (!is_even && !is_trail) return;
    bool use_trail = is_trail && (!is_even || is_better(h->t.side, trail, even));
    stop = use_trail ? trail : even;
    if (!is_better(h->t.side, exit_price(e, &h->t), stop)) return; /* the market is already back there */
    trade_move_stop(
        e, h, &(struct stop_move){.stop = stop, .change = use_trail ? CHANGE_TRAIL : CHANGE_BREAK_EVEN, .wall = wall},
        out);
}

void manage_trades(struct engine *e, uint16_t instrument, const struct bar *b, when_t wall, struct effects *out) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        bool of_bar = h->t.instrument == instrument && roll_is_current(e, &h->t);
        if (of_bar && h->t.qty.v > 0) manage_one(e, h, b, wall, out);
    }
}

static bool awaits_protection(const struct held *h) {
    return h->t.qty.v > 0 && h->t.protection == PROTECTION_PENDING && h->asked.ns != 0;
}

when_t protection_wake(const struct engine *e) {
    when_t first = {0};
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct held *h = &e->trades[i];
        if (!awaits_protection(h)) continue;
        when_t due = when_add_ms(h->asked, NAKED_AFTER_MS);
        if (first.ns == 0 || when_before(due, first)) first = due;
    }
    return first;
}

/* A position whose stop the venue has not confirmed in time: say so, and ask again. */
void watch_protection(struct engine *e, when_t wall, struct effects *out) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        if (!awaits_protection(h) || when_ms_between(h->asked, wall) < NAKED_AFTER_MS) continue;
        h->asked = wall;
        if (!h->naked_told && h->stop_resting.v == 0) {
            struct effect *f = effect_add(out, EFFECT_ORDER_TROUBLE);
            f->u.trouble.trouble = TROUBLE_NAKED;
            f->u.trouble.order = (struct order){.id = h->t.entry_order,
                                                .trade = h->t.id,
                                                .instrument = h->t.instrument,
                                                .strategy = h->t.strategy,
                                                .side = h->t.side,
                                                .state = ORDER_FILLED,
                                                .qty = h->t.qty_entered,
                                                .filled = h->t.qty,
                                                .average = h->t.entry,
                                                .stop = h->t.stop,
                                                .target = h->t.target};
            h->naked_told = true;
        }
        struct effect *p = effect_add(out, EFFECT_PROTECT);
        p->u.protect.entry_order = h->t.entry_order;
        p->u.protect.trade = h->t.id;
        p->u.protect.stop = h->t.stop;
        p->u.protect.target = h->t.target;
    }
}
