/*
 * contexts: what the detectors know of each instrument, kept over a change of the
 * configuration and in the snapshot. Owns their memory (one room an instrument, made with
 * the engine; behind each one for the next contract of a future). Where a symbol's hours or tick, or the
 * sessions or settings of all change, what was found under the old ones is forgotten.
 */
#include "engine/state.h"

#include <string.h>

#include "engine/base/mem.h"

void contexts_open(struct engine *e) {
    e->contexts = xcalloc(2 * INSTRUMENTS_MAX, sizeof *e->contexts); /* zero pages until an instrument is followed */
}

static void empty(struct market_context *m) {
    if (m->bars > 0) memset(m, 0, sizeof *m);
}

static struct market_context *next_of(const struct engine *e, uint16_t instrument) {
    return &e->contexts[e->context_of[instrument] + INSTRUMENTS_MAX];
}

static void empty_room(struct engine *e, uint16_t room) {
    empty(&e->contexts[room]);
    empty(&e->contexts[room + INSTRUMENTS_MAX]);
}

void contexts_forget(struct engine *e) {
    for (uint32_t i = 0; i < INSTRUMENTS_MAX; i++) {
        empty_room(e, (uint16_t)i);
        e->context_of[i] = (uint16_t)i;
    }
}

void contexts_drop_next(struct engine *e, uint16_t instrument) {
    empty(next_of(e, instrument));
}

void contexts_take_next(struct engine *e, uint16_t instrument) {
    struct market_context *now = &e->contexts[e->context_of[instrument]], *next = next_of(e, instrument);
    empty(now);
    if (next->bars > 0) *now = *next;
    empty(next);
}

bool context_is_followed(const struct engine *e, uint16_t instrument) {
    if (e->config.levels.all) return true;
    for (uint32_t i = 0; i < e->step_count[instrument]; i++) {
        const struct step *st = &e->steps[instrument][i];
        if (e->slots[st->slot].rule->levels || strategy_reads_regime(&e->config.strategies[st->strategy])) return true;
    }
    return false;
}

void contexts_plan(struct engine *e) {
    for (uint32_t i = 0; i < INSTRUMENTS_MAX; i++) e->followed[i] = context_is_followed(e, (uint16_t)i);
}

void contexts_bar(struct engine *e, const struct event *ev, bool is_next) {
    uint16_t in = ev->u.bar.instrument;
    const struct bar *b = &ev->u.bar.bar;
    struct level_view v = {.bar = b,
                           .close = {b->start.ns + b->seconds * NS_PER_SEC},
                           .instrument = &e->config.instruments[in],
                           .calendars = &e->config.calendars,
                           .config = &e->config.levels};
    if (e->followed[in]) context_bar(is_next ? next_of(e, in) : &e->contexts[e->context_of[in]], &v);
}

const struct market_context *engine_context(const struct engine *e, uint16_t instrument) {
    if (instrument >= e->config.instrument_count || !e->followed[instrument]) return NULL;
    const struct market_context *m = &e->contexts[e->context_of[instrument]];
    return m->bars > 0 ? m : NULL;
}

/* The rooms follow their symbols; what has no symbol any more is empty for the next one. */
static void move(struct engine *e, const uint16_t *to, uint16_t gone) {
    uint16_t old[INSTRUMENTS_MAX];
    bool used[INSTRUMENTS_MAX] = {false}, placed[INSTRUMENTS_MAX] = {false};
    memcpy(old, e->context_of, sizeof old);
    for (uint32_t i = 0; i < e->config.instrument_count; i++) {
        if (to[i] == gone) continue;
        e->context_of[to[i]] = old[i];
        used[old[i]] = placed[to[i]] = true;
    }
    uint16_t next = 0;
    for (uint32_t i = 0; i < INSTRUMENTS_MAX; i++) {
        if (placed[i]) continue;
        while (used[next]) next++;
        used[next] = true;
        e->context_of[i] = next;
        empty_room(e, next);
    }
}

/* What the detectors go by and all symbols share. */
static bool same_rules(const struct engine_config *a, const struct engine_config *b) {
    const struct level_config *x = &a->levels, *y = &b->levels;
    return x->all == y->all && x->swing_bars == y->swing_bars && x->opening_min == y->opening_min &&
           x->gap_atr_ppm == y->gap_atr_ppm && x->near_atr_ppm == y->near_atr_ppm &&
           calendar_same_sessions(&a->calendars, &b->calendars);
}

/* And what is a symbol's own. */
static bool same_symbol(const struct engine_config *a, uint32_t i, const struct engine_config *b, uint32_t k) {
    const struct instrument *x = &a->instruments[i], *y = &b->instruments[k];
    return x->tick.v == y->tick.v && calendar_same_hours(&a->calendars, x->hours, &b->calendars, y->hours);
}

void contexts_move(struct engine *e, const struct engine_config *to, const uint16_t *instrument, uint16_t gone) {
    bool same = same_rules(&e->config, to);
    move(e, instrument, gone);
    for (uint32_t i = 0; i < e->config.instrument_count; i++) {
        if (instrument[i] == gone) continue;
        if (!(same && same_symbol(&e->config, i, to, instrument[i]))) empty_room(e, e->context_of[instrument[i]]);
    }
}

void contexts_snap(struct engine *e, struct snap *s) {
    uint64_t unused = 0; /* older programs: of the settings that the levels were made under */
    snap_u64(s, &unused);
    for (uint32_t i = 0; i < e->config.instrument_count && !s->bad; i++)
        context_snap(&e->contexts[e->context_of[i]], &e->config.calendars, s);
    for (uint32_t i = 0; snap_has(s, 5) && i < e->config.instrument_count && !s->bad; i++) {
        if (e->config.instruments[i].roll.rule != ROLL_NONE)
            context_snap(next_of(e, (uint16_t)i), &e->config.calendars, s);
    }
}
