/*
 * weekend: the last minutes before a close that lasts longer than a day. What is open is
 * told once; where the rule says flat it is closed in time, and nothing new is taken until
 * the market opens again. Acts on bars, and on the clock where one ticks; "in time" is no
 * later than the last bar that leaves one before the close. A rule that loosens waits for
 * the next trading day. Owns what was told.
 */
#include "engine/state.h"

#include <string.h>

#define MIN_NS (60 * NS_PER_SEC)

static enum weekend_rule rule_of(enum weekend_rule own, const struct limits *l) {
    if (own != WEEKEND_DEFAULT) return own;
    return l->weekend_flat != 0 ? WEEKEND_FLAT : WEEKEND_HOLD;
}

enum weekend_rule weekend_rule_of(const struct engine_config *c, uint16_t instrument) {
    return rule_of(c->instruments[instrument].weekend, &c->limits);
}

/* ---- a symbol's own rule: flat at once, hold with the next trading day ---- */

void weekend_begin(struct engine *e) {
    for (uint32_t i = 0; i < e->config.instrument_count; i++) e->weekend_next[i] = e->config.instruments[i].weekend;
}

void weekend_take(struct engine *e, struct engine_config *to, const uint16_t *instrument, uint32_t told, bool new_day) {
    enum weekend_rule next[INSTRUMENTS_MAX] = {WEEKEND_DEFAULT};
    for (uint32_t i = 0; i < to->instrument_count; i++) next[i] = to->instruments[i].weekend;
    for (uint16_t i = 0; i < e->config.instrument_count; i++) {
        uint16_t at = instrument[i];
        if (at >= to->instrument_count) continue;      /* gone */
        if (at >= told) next[at] = e->weekend_next[i]; /* stays for its trade */
        bool looser = weekend_rule_of(&e->config, i) == WEEKEND_FLAT && rule_of(next[at], &to->limits) == WEEKEND_HOLD;
        if (looser && !new_day) to->instruments[at].weekend = WEEKEND_FLAT;
    }
    memcpy(e->weekend_next, next, sizeof next);
}

void weekend_new_day(struct engine *e) {
    for (uint32_t i = 0; i < e->config.instrument_count; i++) e->config.instruments[i].weekend = e->weekend_next[i];
    memset(e->weekend, 0, sizeof e->weekend); /* the minutes may be others now */
}

void weekend_snap(struct engine *e, struct snap *s) {
    if (!snap_has(s, 5)) {
        weekend_begin(e);
        return;
    }
    for (uint32_t i = 0; i < e->config.instrument_count; i++) SNAP_ENUM(s, &e->weekend_next[i], WEEKEND_RULE_COUNT);
}

/* What the calendar says holds until `until`; asked for anew only then. */
static void look(struct engine *e, uint16_t instrument, when_t t) {
    struct weekend_watch *w = &e->weekend[instrument];
    const struct calendars *c = &e->config.calendars;
    uint16_t hours = e->config.instruments[instrument].hours;
    when_t close = calendar_close(c, hours, t), reopens;
    w->close.ns = 0;
    if (close.ns == WHEN_NONE.ns) {
        when_t open = calendar_next_open(c, hours, t);
        w->until.ns = open.ns != WHEN_NONE.ns && open.ns > t.ns ? open.ns : t.ns + 3600 * NS_PER_SEC;
        return;
    }
    w->until = close;
    if (!calendar_close_is_long(c, hours, close, &reopens)) return;
    w->close = close;
    w->shut_from.ns = close.ns - e->config.limits.weekend_flat_min * MIN_NS;
    w->shut_to = reopens.ns != WHEN_NONE.ns ? reopens : (when_t){INT64_MAX};
}

/* Is `minutes` before the close reached, or would the next look come too late? */
static bool is_due(const struct weekend_watch *w, when_t t, int64_t next_ns, int32_t minutes) {
    return w->close.ns != 0 && (t.ns >= w->close.ns - minutes * MIN_NS || t.ns + next_ns >= w->close.ns);
}

static void tell(struct engine *e, uint16_t instrument, uint32_t open, bool flat, struct effects *out) {
    const struct weekend_watch *w = &e->weekend[instrument];
    e->markets[instrument].weekend_told = w->close;
    struct effect *f = effect_add(out, EFFECT_MARKET);
    f->u.market.event = MARKET_WEEKEND;
    f->u.market.instrument = instrument;
    f->u.market.closes = w->close;
    f->u.market.opens = w->shut_to.ns == INT64_MAX ? (when_t){0} : w->shut_to;
    f->u.market.trades = open;
    f->u.market.flat = flat;
}

static void flatten(struct engine *e, uint16_t instrument, struct effects *out) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct held *h = &e->trades[i];
        if (h->t.instrument == instrument && !trade_is_flattening(h)) trade_flatten(e, h, CLOSE_WEEKEND, out);
    }
}

void weekend_step(struct engine *e, uint16_t instrument, when_t t, int64_t next_ns, struct effects *out) {
    struct weekend_watch *w = &e->weekend[instrument];
    uint32_t open = 0;
    if (t.ns >= w->until.ns) look(e, instrument, t);
    if (w->close.ns == 0 || e->trade_count == 0) return;
    for (uint32_t i = 0; i < e->trade_count; i++) open += e->trades[i].t.instrument == instrument;
    if (open == 0) return;
    const struct weekend_config *c = &e->config.weekend;
    bool flat = weekend_rule_of(&e->config, instrument) == WEEKEND_FLAT;
    bool told = e->markets[instrument].weekend_told.ns == w->close.ns;
    if (!told && c->warn_min > 0 && is_due(w, t, next_ns, c->warn_min)) tell(e, instrument, open, flat, out);
    if (flat && is_due(w, t, next_ns, (int32_t)e->config.limits.weekend_flat_min)) flatten(e, instrument, out);
}

bool weekend_is_shut(const struct engine *e, uint16_t instrument) {
    const struct weekend_watch *w = &e->weekend[instrument];
    int64_t t = e->market_time.ns, next = e->markets[instrument].bar.seconds * NS_PER_SEC;
    if (weekend_rule_of(&e->config, instrument) != WEEKEND_FLAT || w->shut_to.ns == 0) return false;
    return (t >= w->shut_from.ns || t + next >= w->shut_from.ns + e->config.limits.weekend_flat_min * MIN_NS) &&
           t < w->shut_to.ns;
}
