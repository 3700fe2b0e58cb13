/*
 * bars: a closed bar, a change of the feed. Owns the markets. The path of a bar: the
 * market, the stops of open trades, the limits, the strategies. Without open trades
 * and without a signal it adds no effect and touches no money.
 */
#include "engine/state.h"

#include <string.h>

int check_bar(const struct engine *e, const struct event *ev, struct err *err) {
    const struct bar *b = &ev->u.bar.bar;
    if (ev->u.bar.instrument >= e->config.instrument_count)
        return err_set(err, ERR_NOT_FOUND, "a bar of instrument %u, which is not configured",
                       "une bougie de l’instrument %u, qui n’est pas configuré", ev->u.bar.instrument);
    bool sane = b->low.v > 0 && b->high.v <= PRICE_HIGHEST && b->low.v <= b->open.v && b->low.v <= b->close.v &&
                b->high.v >= b->open.v && b->high.v >= b->close.v && b->seconds > 0 && b->spread.v >= 0 &&
                b->spread.v < b->low.v && b->buy >= 0 && b->sell >= 0;
    if (!sane)
        return err_set(err, ERR_RANGE, "a bar of %s that cannot be true", "une bougie de %s qui ne peut pas être vraie",
                       e->config.instruments[ev->u.bar.instrument].symbol);
    when_t last = roll_last_start(e, ev->u.bar.instrument, b);
    if (last.ns != WHEN_NONE.ns && b->start.ns <= last.ns)
        return err_set(err, ERR_RANGE, "a bar of %s that is not after the last one",
                       "une bougie de %s qui ne suit pas la dernière",
                       e->config.instruments[ev->u.bar.instrument].symbol);
    return 0;
}

/* Is the bar much wider than the RANGE_BARS before it? */
static bool is_dangerous(const struct engine *e, const struct market *m, int64_t range, int64_t *ratio_ppm) {
    if (e->config.danger_range_ppm <= 0 || m->range_count < RANGE_BARS || m->range_sum <= 0) return false;
    double ratio = (double)range * RANGE_BARS / (double)m->range_sum;
    if (ratio * (double)PPM < (double)e->config.danger_range_ppm) return false;
    *ratio_ppm = ratio < 1e9 ? (int64_t)(ratio * (double)PPM) : 1000000000LL * PPM;
    return true;
}

static void see_range(struct market *m, int64_t range) {
    if (m->range_count == RANGE_BARS)
        m->range_sum -= m->range[m->range_at];
    else
        m->range_count++;
    m->range[m->range_at] = range;
    m->range_sum += range;
    m->range_at = m->range_at + 1 == RANGE_BARS ? 0 : m->range_at + 1;
}

/* The true range, smoothed, and the extremes that a stop may lie behind. */
static void see_way(struct market *m, const struct bar *b) {
    int64_t high = m->known && m->bar.close.v > b->high.v ? m->bar.close.v : b->high.v;
    int64_t low = m->known && m->bar.close.v < b->low.v ? m->bar.close.v : b->low.v;
    /* Of an older state the market is known and its range is not. */
    m->atr = m->extreme_count > 0 ? m->atr + (high - low - m->atr) / ATR_LENGTH : high - low;
    m->extremes[m->extreme_at].high = b->high;
    m->extremes[m->extreme_at].low = b->low;
    m->extreme_at = m->extreme_at + 1 == EXTREME_BARS ? 0 : m->extreme_at + 1;
    if (m->extreme_count < EXTREME_BARS) m->extreme_count++;
}

static void update_market(struct engine *e, const struct event *ev, struct effects *out) {
    struct market *m = &e->markets[ev->u.bar.instrument];
    const struct bar *b = &ev->u.bar.bar;
    int64_t range = b->high.v - b->low.v, ratio = 0;
    m->danger = m->feed != FEED_FILLING && is_dangerous(e, m, range, &ratio);
    see_range(m, range);
    see_way(m, b);
    m->bar = *b;
    m->quote = engine_config_quote(&e->config, ev->u.bar.instrument, b->close, b->spread);
    m->time = ev->market_time;
    m->known = true;
    hours_see(m, b, b->start);
    if (m->danger && (m->danger_told.ns == 0 || ev->market_time.ns - m->danger_told.ns >= DANGER_PAUSE_NS)) {
        m->danger_told = ev->market_time;
        struct effect *f = effect_add(out, EFFECT_MARKET);
        f->u.market.event = MARKET_DANGER;
        f->u.market.instrument = ev->u.bar.instrument;
        f->u.market.ratio_ppm = ratio;
    }
}

/* The newest trade of that strategy there that is not already being left. */
static const struct trade *trade_in_view(const struct engine *e, uint16_t strategy, uint16_t instrument) {
    for (uint32_t i = e->trade_count; i-- > 0;) {
        const struct held *h = &e->trades[i];
        if (h->t.strategy == strategy && h->t.instrument == instrument && !trade_is_flattening(h)) return &h->t;
    }
    return NULL;
}

static void step_strategies(struct engine *e, const struct event *ev, struct effects *out) {
    uint16_t in = ev->u.bar.instrument;
    const struct market_context *market = e->followed[in] ? &e->contexts[e->context_of[in]] : NULL;
    for (uint32_t i = 0; i < e->step_count[in]; i++) {
        const struct step *st = &e->steps[in][i];
        struct strategy_view view = {.instrument = &e->config.instruments[in],
                                     .bar = &ev->u.bar.bar,
                                     .trade = trade_in_view(e, st->strategy, in),
                                     .market = market,
                                     .calendars = &e->config.calendars};
        e->intents.n = 0;
        e->slots[st->slot].rule->bar(slot_state(e, st->slot), &view, &e->intents);
        if (e->intents.n > 0) take_intents(e, st->strategy, in, ev, out);
    }
}

void apply_bar(struct engine *e, const struct event *ev, struct effects *out) {
    e->bars++;
    /* Days of the past that are only looked at have no report. */
    if (e->markets[ev->u.bar.instrument].feed != FEED_FILLING || e->trade_count > 0) e->day_has_data = true;
    if (!roll_takes(e, ev, out)) { /* a price of what may still be open there, and no more */
        if (e->trade_count > 0) watch_closes(e, out);
        if (e->trade_count > 0) breakers_check(e, out);
        return;
    }
    update_market(e, ev, out);
    if (e->trade_count > 0) {
        watch_closes(e, out);
        manage_trades(e, ev->u.bar.instrument, &ev->u.bar.bar, ev->wall_time, out);
        e->dirty = true;
    }
    weekend_step(e, ev->u.bar.instrument, ev->market_time, ev->u.bar.bar.seconds * NS_PER_SEC, out);
    if (e->dirty) breakers_check(e, out);
    contexts_bar(e, ev, false);
    step_strategies(e, ev, out);
}

static enum market_event feed_event(enum feed_state s) {
    switch (s) {
    case FEED_LIVE: return MARKET_BACK;
    case FEED_STALE: return MARKET_STALE;
    case FEED_LOST: return MARKET_LOST;
    case FEED_ENDED: return MARKET_ENDED;
    case FEED_FILLING:
    case FEED_STATE_COUNT: break;
    }
    return MARKET_EVENT_COUNT;
}

void apply_feed(struct engine *e, const struct event *ev, struct effects *out) {
    enum feed_state state = ev->u.feed.state;
    int32_t which = ev->u.feed.instrument;
    bool changed = false;
    for (uint32_t i = 0; i < e->config.instrument_count; i++) {
        if (which >= 0 && (uint32_t)which != i) continue;
        enum feed_state was = e->markets[i].feed;
        changed |= was != state && !(was == FEED_FILLING && state == FEED_LIVE);
        e->markets[i].feed = state;
    }
    if (!changed || state == FEED_FILLING) return; /* what is filled at a start was not missed */
    struct effect *f = effect_add(out, EFFECT_MARKET);
    f->u.market.event = feed_event(state);
    f->u.market.instrument = which;
}
