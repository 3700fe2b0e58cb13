/*
 * roll: the contract of a future changes. Each bar is of a contract; the market, its levels
 * and its strategies are those of one of them. When the next one is meant (by date, by volume,
 * or because only it has bars) nothing new is opened in the old one, and the first bar of the
 * next takes the market over: levels are those of its own bars, all else made of prices begins anew, what is open is closed at
 * the old contract's price and, where that is wanted and both prices are known, opened again
 * with stop and target moved by their difference. Owns struct roll_state of each market.
 *
 * All of it is state and effects of events, so a restart goes on in the middle: a trade is
 * either being left (held.roll_to) or has been opened again, never both.
 */
#include "engine/state.h"

#include <string.h>

#define MIN_NS (60 * NS_PER_SEC)

static const struct roll_config *config_of(const struct engine *e, uint16_t instrument) {
    return &e->config.instruments[instrument].roll;
}

static bool is_rolled(const struct engine *e, uint16_t instrument) {
    return config_of(e, instrument)->rule != ROLL_NONE;
}

uint16_t roll_contract(const struct engine *e, uint16_t instrument) {
    return is_rolled(e, instrument) ? e->markets[instrument].roll.contract : 0;
}

/* Both contracts had a bar of the same time, today or on the day before: their prices and volumes can be compared. */
static bool compares(const struct roll_state *r) {
    return r->by_day != 0 && r->by_day >= r->before;
}

static bool goes_over(const struct engine *e, uint16_t instrument) {
    const struct roll_state *r = &e->markets[instrument].roll;
    return config_of(e, instrument)->action == ROLL_OVER && r->next.contract != 0 && compares(r);
}

static int32_t day_of(const struct engine *e, uint16_t instrument, when_t t) {
    return calendar_day(&e->config.calendars, e->config.instruments[instrument].hours, t);
}

/* By date; the same for all bars of a day. */
static uint16_t named(struct engine *e, uint16_t instrument, int32_t day) {
    struct roll_named *n = &e->roll_named[instrument];
    if (n->day != day) *n = (struct roll_named){.day = day, .contract = contract_on(config_of(e, instrument), day)};
    return n->contract;
}

void roll_name(struct engine *e, uint16_t instrument, struct bar *b) {
    if (b->contract == 0 && is_rolled(e, instrument))
        b->contract = named(e, instrument, day_of(e, instrument, b->start));
}

/* The last one of the same contract; NULL: none. */
static const struct bar *last_bar(const struct engine *e, uint16_t instrument, const struct bar *b) {
    const struct market *m = &e->markets[instrument];
    const struct roll_state *r = &m->roll;
    uint16_t now = roll_contract(e, instrument);
    if (now == 0 || b->contract == 0 || b->contract == now) return m->known ? &m->bar : NULL;
    if (b->contract == r->next.contract && r->next.bar.seconds > 0) return &r->next.bar;
    return b->contract == r->old.contract && r->old.bar.seconds > 0 ? &r->old.bar : NULL;
}

when_t roll_last_start(const struct engine *e, uint16_t instrument, const struct bar *b) {
    const struct bar *last = last_bar(e, instrument, b);
    return last != NULL ? last->start : WHEN_NONE;
}

static int64_t close_ns(const struct bar *b) {
    return b->start.ns + b->seconds * NS_PER_SEC;
}

bool engine_has_bar(const struct engine *e, uint16_t instrument, const struct bar *b) {
    if (instrument >= e->config.instrument_count) return false;
    const struct bar *last = last_bar(e, instrument, b);
    if (last != NULL) return close_ns(last) >= close_ns(b);
    uint16_t now = roll_contract(e, instrument), next = e->markets[instrument].roll.next.contract;
    if (now == 0 || b->contract == 0) return false; /* its first bar */
    bool noted = b->contract == now || b->contract == next;
    return close_ns(b) < e->market_time.ns || (!noted && close_ns(b) == e->market_time.ns);
}

bool roll_is_current(const struct engine *e, const struct trade *t) {
    uint16_t contract = roll_contract(e, t->instrument);
    return contract == 0 || t->contract == 0 || t->contract == contract;
}

const struct quote *roll_quote(const struct engine *e, const struct trade *t) {
    const struct market *m = &e->markets[t->instrument];
    if (roll_is_current(e, t)) return m->known ? &m->quote : NULL;
    return t->contract == m->roll.old.contract && m->roll.old.bar.seconds > 0 ? &m->roll.old.quote : NULL;
}

price_t held_entry(const struct held *h) {
    return h->origin.v != 0 ? h->origin : h->t.entry;
}

/* ---- telling ---- */

static struct roll_report *tell(struct engine *e, uint16_t instrument, enum roll_event event, struct effects *out) {
    const struct roll_state *r = &e->markets[instrument].roll;
    struct roll_report *p = &effect_add(out, EFFECT_ROLL)->u.roll;
    *p = (struct roll_report){.event = event,
                              .why = r->why,
                              .instrument = instrument,
                              .from = r->contract,
                              .to = r->next.contract,
                              .action = config_of(e, instrument)->action,
                              .price_known = compares(r),
                              .days = r->ahead};
    contract_days(config_of(e, instrument), r->contract, &p->roll, &p->expires);
    for (uint32_t i = 0; i < e->trade_count; i++)
        p->trades += e->trades[i].t.instrument == instrument && e->trades[i].t.qty.v > 0;
    return p;
}

/* Once a contract: so many days before its date, or as soon as the next one had more volume for a day. */
static bool is_near(const struct engine *e, uint16_t instrument) {
    const struct roll_config *c = config_of(e, instrument);
    const struct roll_state *r = &e->markets[instrument].roll;
    int32_t roll, expires;
    if (c->warn_days == 0 || r->warned == r->contract || r->due) return false;
    if (!contract_days(c, r->contract, &roll, &expires)) return false;
    return roll - r->day <= c->warn_days || (c->rule == ROLL_VOLUME && r->ahead > 0);
}

static void warn(struct engine *e, uint16_t instrument, struct effects *out) {
    struct roll_state *r = &e->markets[instrument].roll;
    if (!r->warns || e->markets[instrument].feed == FEED_FILLING) return; /* not of days that are over */
    r->warns = false;
    r->warned = r->contract;
    tell(e, instrument, ROLL_WARNING, out);
}

/* ---- which one is meant ---- */

/* The one that takes over: the next of the cycle, or what is meant by date where that is farther. */
static void set_next(struct engine *e, uint16_t instrument) {
    struct roll_state *r = &e->markets[instrument].roll;
    uint16_t next = contract_after(config_of(e, instrument), r->contract), meant = named(e, instrument, r->day);
    if (meant > next && meant > r->contract) next = meant;
    if (next == r->next.contract) return;
    r->next = (struct contract_seen){.contract = next};
    contexts_drop_next(e, instrument);
}

static void become_due(struct roll_state *r, enum roll_why why) {
    if (!r->due) r->why = why;
    r->due = true;
}

/* With the first bar of a trading day, by what the days before have shown. */
static void judge(struct engine *e, uint16_t instrument) {
    const struct roll_config *c = config_of(e, instrument);
    struct roll_state *r = &e->markets[instrument].roll;
    int32_t roll, expires;
    bool two = compares(r);
    if (!contract_days(c, r->contract, &roll, &expires)) { /* the list was changed, and no longer has it */
        become_due(r, ROLL_BY_DATE);
        return;
    }
    if (c->rule == ROLL_VOLUME && two) {
        if (r->ahead >= (uint32_t)c->volume_days) become_due(r, ROLL_BY_VOLUME);
        if (r->day >= expires) become_due(r, ROLL_BY_EXPIRY);
    } else if (r->day >= roll) {
        become_due(r, c->rule == ROLL_VOLUME ? ROLL_BY_FALLBACK : ROLL_BY_DATE);
    }
}

static void new_day(struct engine *e, uint16_t instrument, int32_t day) {
    struct roll_state *r = &e->markets[instrument].roll;
    if (r->bars == 0 && r->next.bars > 0) become_due(r, ROLL_BY_DATA);
    if (r->bars > 0 && r->next.bars > 0) r->ahead = r->next.volume > r->volume ? r->ahead + 1 : 0;
    r->before = r->day;
    r->day = day;
    r->bars = r->next.bars = 0;
    r->volume = r->next.volume = 0;
    set_next(e, instrument);
    judge(e, instrument);
    r->warns = is_near(e, instrument);
}

/* Older bars than those of the contract that is meant are of one that is being left. */
static void begin(struct engine *e, uint16_t instrument, uint16_t of, int32_t day) {
    struct roll_state *r = &e->markets[instrument].roll;
    uint16_t meant = named(e, instrument, day);
    *r = (struct roll_state){.contract = meant == 0 || of < meant ? of : meant, .day = day};
    for (uint32_t i = 0; i < e->trade_count; i++) { /* opened before the symbol was rolled */
        if (e->trades[i].t.instrument == instrument) e->trades[i].t.contract = r->contract;
    }
    set_next(e, instrument);
    judge(e, instrument);
    r->warns = is_near(e, instrument);
}

/* ---- leaving it ---- */

/* The next trading day is the one of the roll, which is by date. */
static bool is_last_day(const struct engine *e, uint16_t instrument) {
    const struct roll_config *c = config_of(e, instrument);
    const struct roll_state *r = &e->markets[instrument].roll;
    const struct instrument *in = &e->config.instruments[instrument];
    int32_t roll, expires;
    if (r->due || (c->rule == ROLL_VOLUME && compares(r)) || !contract_days(c, r->contract, &roll, &expires))
        return false;
    struct day_hours h = {.closed = true};
    int32_t next = r->day;
    for (int i = 0; h.closed && i < CALENDAR_FAR_DAYS; i++) calendar_hours(&e->config.calendars, in->hours, ++next, &h);
    return next >= roll;
}

/* The last look before the end of the trading day, or within the minutes of trading.weekend_flat. */
static bool day_ends(const struct engine *e, uint16_t instrument, int64_t next_ns) {
    const struct calendars *c = &e->config.calendars;
    uint16_t hours = e->config.instruments[instrument].hours;
    when_t t = e->market_time, close = calendar_close(c, hours, t);
    if (close.ns == WHEN_NONE.ns) {
        if (!calendar_is_open(c, hours, t)) return false;
        close = calendar_day_end(c, hours, calendar_day(c, hours, t));
    }
    int64_t left = close.ns - t.ns;
    return left <= (int64_t)e->config.limits.weekend_flat_min * MIN_NS || left <= next_ns;
}

void roll_watch(struct engine *e, uint16_t instrument, int64_t next_ns, struct effects *out) {
    struct roll_state *r = &e->markets[instrument].roll;
    if (roll_contract(e, instrument) == 0) return;
    bool leaves =
        !goes_over(e, instrument) && (r->due || (is_last_day(e, instrument) && day_ends(e, instrument, next_ns)));
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        if (h->t.instrument != instrument || h->flatten || (roll_is_current(e, &h->t) && !leaves)) continue;
        if (r->left != r->contract && roll_is_current(e, &h->t)) tell(e, instrument, ROLL_CLOSING, out);
        if (roll_is_current(e, &h->t)) r->left = r->contract;
        trade_flatten(e, h, CLOSE_ROLL, out); /* of an old contract: its exit came to nothing */
    }
}

/* ---- the next one ---- */

static void leave_trades(struct engine *e, uint16_t instrument, bool over, price_t by, struct roll_report *p,
                         struct effects *out) {
    const struct roll_state *r = &e->markets[instrument].roll;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        if (h->t.instrument != instrument || h->flatten) continue;
        if (over && h->t.qty.v > 0) {
            h->roll_to = r->next.contract;
            h->roll_by = by;
            p->rolled++;
        }
        trade_flatten(e, h, CLOSE_ROLL, out);
    }
}

/* What is made of prices begins anew, but for what the next contract's own bars have made. */
static void renew(struct engine *e, uint16_t instrument) {
    struct market *m = &e->markets[instrument], *fresh = &e->market_room;
    struct roll_state *r = &m->roll;
    *fresh = (struct market){.feed = m->feed, .weekend_told = m->weekend_told, .slippage_ppm = m->slippage_ppm};
    fresh->roll = (struct roll_state){.contract = r->next.contract,
                                      .warned = r->warned,
                                      .left = r->left,
                                      .day = r->day,
                                      .bars = r->next.bars,
                                      .volume = r->next.volume,
                                      .old = {.contract = r->contract, .bar = m->bar, .quote = m->quote}};
    if (r->next.bar.seconds > 0) {
        fresh->bar = r->next.bar;
        fresh->quote = r->next.quote;
        fresh->time = when_add_ms(fresh->bar.start, fresh->bar.seconds * 1000LL);
        fresh->known = true;
    }
    *m = *fresh;
    contexts_take_next(e, instrument);
    set_next(e, instrument);
    slots_renew(e, instrument);
    for (uint32_t i = 0; i < e->idea_count; i++) {
        if (e->ideas[i].instrument == instrument) e->ideas[i].level = PRICE_ZERO;
    }
    e->dirty = true;
}

static void take_over(struct engine *e, uint16_t instrument, struct effects *out) {
    const struct roll_state *r = &e->markets[instrument].roll;
    int64_t tick = e->config.instruments[instrument].tick.v;
    struct roll_report *p = tell(e, instrument, ROLL_DONE, out);
    uint32_t told = out->n;
    if (p->price_known) p->by.v = r->by.v / tick * tick;
    leave_trades(e, instrument, goes_over(e, instrument), p->by, p, out);
    if (out->n == told && e->markets[instrument].feed == FEED_FILLING) out->n--; /* long ago, and nobody's */
    renew(e, instrument);
}

static void see(const struct engine *e, uint16_t instrument, struct contract_seen *c, const struct bar *b) {
    c->bar = *b;
    c->quote = engine_config_quote(&e->config, instrument, b->close, b->spread);
    c->volume += b->volume;
    c->bars++;
}

static void compare(struct roll_state *r, const struct bar *own, const struct bar *next) {
    if (next->seconds == 0 || own->seconds == 0 || next->start.ns != own->start.ns) return;
    r->by.v = next->close.v - own->close.v;
    r->by_day = r->day;
}

bool roll_takes(struct engine *e, const struct event *ev, struct effects *out) {
    uint16_t in = ev->u.bar.instrument;
    const struct bar *b = &ev->u.bar.bar;
    struct market *m = &e->markets[in];
    struct roll_state *r = &m->roll;
    if (!is_rolled(e, in)) return true;
    int32_t day = day_of(e, in, b->start);
    uint16_t of = b->contract != 0 ? b->contract : named(e, in, day);
    if (r->contract == 0) begin(e, in, of, day);
    if (day > r->day) new_day(e, in, day);
    warn(e, in, out);
    if (r->due && of != 0 && of == r->next.contract) take_over(e, in, out);
    if (of == r->next.contract) {
        see(e, in, &r->next, b);
        compare(r, &m->bar, b);
        contexts_bar(e, ev, true);
    } else if (of == r->old.contract) {
        see(e, in, &r->old, b);
    }
    if (of != r->contract && of != 0) return false;
    r->bars++;
    r->volume += b->volume;
    compare(r, b, &r->next.bar);
    return true;
}

/* ---- a trade goes on ---- */

static price_t moved(price_t p, price_t by) {
    return p.v == 0 ? p : (price_t){p.v + by.v};
}

/* All that a trade is measured by moves with the contract; its fills are what they were. */
static void carry_on(struct held *h, const struct held *left) {
    const struct trade *t = &left->t;
    price_t by = left->roll_by;
    h->origin = moved(held_entry(left), by);
    h->part_taken = left->part_taken;
    h->hand_best = moved(left->hand_best, by);
    h->t = (struct trade){.version = 1,
                          .signal_id = t->signal_id,
                          .instrument = t->instrument,
                          .strategy = t->strategy,
                          .contract = left->roll_to,
                          .rolled_from = t->id,
                          .side = t->side,
                          .state = TRADE_OPENING,
                          .stop = moved(t->stop, by),
                          .target = moved(t->target, by),
                          .stop_initial = moved(t->stop_initial, by),
                          .at_break_even = t->at_break_even,
                          .risk = t->risk,
                          .best = moved(t->best, by),
                          .worst = moved(t->worst, by)};
}

/* Not where everything is being closed, and not blindly. */
static bool may_go_on(const struct engine *e, const struct held *left) {
    bool room = e->trade_count < TRADES_MAX && e->order_count < ORDERS_MAX;
    return room && !e->store_gone && roll_contract(e, left->t.instrument) == left->roll_to &&
           !symbol_has_unknown(e, left->t.instrument) && left->t.stop.v + left->roll_by.v > 0;
}

void roll_go_on(struct engine *e, const struct held *left, struct effects *out) {
    const struct trade *t = &left->t;
    bool as_meant = t->reason == CLOSE_ROLL || t->reason == CLOSE_PART; /* else its stop was quicker, or a person */
    if (!as_meant || left->flatten_reason != CLOSE_ROLL || e->flatten.active || left->roll_qty.v == 0) return;
    if (!may_go_on(e, left)) {
        tell(e, t->instrument, ROLL_LOST, out)->trade = t->id;
        return;
    }
    struct held *h = &e->trades[e->trade_count++];
    memset(h, 0, sizeof *h);
    carry_on(h, left);
    h->t.id = ++e->trades_made;
    h->t.day_opened = e->day;
    struct live_order *o = order_add(e);
    o->o.trade = h->t.id;
    o->o.instrument = t->instrument;
    o->o.strategy = t->strategy;
    o->o.contract = left->roll_to;
    o->o.side = t->side;
    o->o.role = ROLE_ENTRY;
    o->o.type = ORDER_MARKET;
    o->o.qty = left->roll_qty;
    o->o.stop = h->t.stop;
    o->o.target = h->t.target;
    h->t.entry_order = o->o.id;
    effect_add(out, EFFECT_SUBMIT)->u.submit.order = o->o;
    e->dirty = true;
}

/* ---- what others ask ---- */

bool roll_refuses(const struct engine *e, uint16_t instrument, char why[LANG_COUNT][REASON_MAX]) {
    const struct roll_state *r = &e->markets[instrument].roll;
    const char *root = e->config.instruments[instrument].symbol;
    char from[CONTRACT_TEXT_MAX], to[CONTRACT_TEXT_MAX], on[WHEN_TEXT_MAX];
    int32_t roll = 0, expires = 0;
    if (roll_contract(e, instrument) == 0) return false;
    if (!r->due && (goes_over(e, instrument) || !is_last_day(e, instrument))) return false;
    contract_days(config_of(e, instrument), r->contract, &roll, &expires);
    contract_say(from, root, r->contract);
    contract_say(to, root, r->next.contract);
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        if (r->next.contract == 0)
            reason_set(why[l],
                       tr(lang, "%s ends, and no contract after it is configured",
                          "%s prend fin et aucun contrat n’est configuré après lui"),
                       from);
        else if (r->due)
            reason_set(why[l],
                       tr(lang, "%s has made way for %s, whose bars have not come yet (%s expires on %s)",
                          "%s a cédé la place à %s, dont les bougies ne sont pas encore là (%s expire le %s)"),
                       from, to, from, day_say(on, lang, expires));
        else
            reason_set(why[l],
                       tr(lang, "last trading day in %s before %s takes its place on %s: what is open will be closed",
                          "dernier jour de bourse sur %s avant son remplacement par %s le %s\u00a0: ce qui est ouvert "
                          "sera soldé"),
                       from, to, day_say(on, lang, roll));
    }
    return true;
}

bool engine_roll(const struct engine *e, uint16_t instrument, struct roll_view *out) {
    if (instrument >= e->config.instrument_count || roll_contract(e, instrument) == 0) return false;
    const struct roll_state *r = &e->markets[instrument].roll;
    const struct roll_config *c = config_of(e, instrument);
    *out = (struct roll_view){
        .contract = r->contract, .next = r->next.contract, .due = r->due, .by_volume = c->rule == ROLL_VOLUME};
    contract_days(c, r->contract, &out->roll, &out->expires);
    out->days = out->roll - r->day;
    return true;
}

/* ---- stored form ---- */

static void seen_snap(struct contract_seen *c, struct snap *s) {
    snap_u16(s, &c->contract);
    bar_snap(&c->bar, s);
    snap_price(s, &c->quote.bid);
    snap_price(s, &c->quote.ask);
    snap_i64(s, &c->volume);
    snap_u32(s, &c->bars);
}

void roll_snap(struct roll_state *r, struct snap *s) {
    snap_u16(s, &r->contract);
    if (r->contract == 0) return;
    snap_u16(s, &r->warned);
    snap_u16(s, &r->left);
    snap_bool(s, &r->warns);
    snap_i32(s, &r->day);
    snap_i32(s, &r->before);
    snap_bool(s, &r->due);
    SNAP_ENUM(s, &r->why, ROLL_WHY_COUNT);
    snap_u32(s, &r->ahead);
    snap_i64(s, &r->volume);
    snap_u32(s, &r->bars);
    seen_snap(&r->next, s);
    seen_snap(&r->old, s);
    snap_price(s, &r->by);
    snap_i32(s, &r->by_day);
}
