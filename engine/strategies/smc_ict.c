/*
 * SmcIct: liquidity taken at a key level, a return into a zone, a frank candle: three conditions, all of them. What the
 * levels and zones are is said in docs/LEVELS.md; this rule only reads them. It keeps one idea for each side: the newest
 * sweep (reversal) or hold beyond a level (continuation), until it is traded, fails or grows old.
 */
#include "engine/level.h"
#include "engine/strategies/kit.h"

#include <string.h>

#define HOLD_BARS SWEEP_BARS /* closes beyond a level that make a continuation: as many as a sweep has to come back */
#define ZONES_NAMED 3
/* Confidence: what three conditions are worth, and what adds to it. */
#define CONFIDENCE_BASE 55.0
#define CONFIDENCE_ZONE 10.0 /* each further zone at the same place, two at most */
#define CONFIDENCE_BODY 15.0 /* a candle that is all body */
#define CONFIDENCE_TREND 10.0

extern const struct strategy strategy_smc_ict;

enum { P_MAX_BARS, P_CONFIRM_BARS, P_BODY, P_RANGE, P_STOP, P_ANY, P_CONTINUATION, P_SHORT };
static const struct param_spec params[] = {
    [P_MAX_BARS] = {"max_bars", 36, 1, 500, true, "bars that an idea lives after the sweep"},
    [P_CONFIRM_BARS] = {"confirm_bars", 3, 1, 50, true, "bars from the zone to the candle, that of the zone included"},
    [P_BODY] = {"body_min", 0.6, 0, 1, false, "share of its range that is the candle's body"},
    [P_RANGE] = {"range_min", 0.8, 0, 10, false, "the candle's range in average true ranges"},
    [P_STOP] = {"stop_pad", 0.25, 0, 10, false, "how far behind the swept level the stop lies, in average true ranges"},
    [P_ANY] = {"any_level", 0, 0, 1, true, "1: extremes of any session and of the week are key levels, too"},
    [P_CONTINUATION] = {"continuation", 1, 0, 1, true, "0: reversals only"},
    [P_SHORT] = PARAM_SHORT(1),
    {.name = NULL},
};

/* A level beyond which price went. */
struct line {
    enum level_kind kind;
    uint16_t session;
    price_t price;
};

struct idea {
    bool on, continuation;
    struct line line;
    price_t behind; /* a close beyond it ends the idea; the stop lies behind it */
    uint32_t bars;  /* since it began */
    uint32_t zones; /* touched last; 0: none yet */
    uint32_t since; /* bars since then */
    enum structure_kind zone[ZONES_NAMED];
    price_t low, high; /* of the first of them */
};
struct hold {
    bool on;
    struct line line;
    uint32_t bars;
};

struct smc {
    uint32_t max_bars, confirm_bars;
    double body, range, pad;
    bool any_level, continuation, allow_short;
    struct idea idea[2]; /* by the side it would trade */
    struct hold hold[2];
};

static size_t smc_state_size(const double *p) {
    (void)p;
    return sizeof(struct smc);
}

static int smc_open(void *state, const double *p, struct err *e) {
    (void)e;
    *(struct smc *)state = (struct smc){.max_bars = (uint32_t)p[P_MAX_BARS],
                                        .confirm_bars = (uint32_t)p[P_CONFIRM_BARS],
                                        .body = p[P_BODY],
                                        .range = p[P_RANGE],
                                        .pad = p[P_STOP],
                                        .any_level = p[P_ANY] != 0,
                                        .continuation = p[P_CONTINUATION] != 0,
                                        .allow_short = p[P_SHORT] != 0};
    return 0;
}

static bool is_beyond(enum side side, price_t a, price_t b) { /* a lies further than b in that direction */
    return side == SIDE_LONG ? a.v > b.v : a.v < b.v;
}

static enum side other(enum side side) {
    return side == SIDE_LONG ? SIDE_SHORT : SIDE_LONG;
}

/* ---- the first condition: a key level was taken ---- */

static bool is_key(const struct smc *s, const struct calendars *c, enum level_kind kind, uint16_t session) {
    if (kind == LEVEL_PREVIOUS_HIGH || kind == LEVEL_PREVIOUS_LOW) return true;
    if (kind == LEVEL_PREVIOUS_WEEK_HIGH || kind == LEVEL_PREVIOUS_WEEK_LOW) return s->any_level;
    if (kind != LEVEL_SESSION_HIGH && kind != LEVEL_SESSION_LOW) return false;
    return s->any_level || session == session_find(c, "Asia") || session == session_find(c, "London");
}

static void new_idea(struct smc *s, enum side side, bool continuation, const struct line *line, price_t behind) {
    s->idea[side] = (struct idea){.on = true, .continuation = continuation, .line = *line, .behind = behind};
}

static void look_for_sweeps(struct smc *s, const struct strategy_view *v) {
    const struct market_context *m = v->market;
    const struct structures *sweeps = &m->found[STRUCTURE_SWEEP];
    if ((m->changed >> STRUCTURE_SWEEP & 1) == 0) return;
    for (uint32_t i = 0; i < sweeps->n; i++) {
        const struct structure *w = &sweeps->item[i];
        if (w->formed.ns != m->time.ns || w->of_swing || !is_key(s, v->calendars, w->level, w->session)) continue;
        bool is_long = w->side == SIDE_LONG;
        const struct line line = {w->level, w->session, is_long ? w->high : w->low};
        new_idea(s, w->side, false, &line, is_long ? w->low : w->high);
        s->hold[other(w->side)].on = false; /* it did not hold beyond */
    }
}

static void look_at_line(struct smc *s, const struct strategy_view *v, enum level_kind kind, uint16_t session) {
    const struct level *l = context_level(v->market, kind, session);
    bool high = kind == LEVEL_SESSION_HIGH || kind == LEVEL_PREVIOUS_HIGH || kind == LEVEL_PREVIOUS_WEEK_HIGH;
    enum side side = high ? SIDE_LONG : SIDE_SHORT;
    if (l == NULL || l->price.v == 0 || l->crossed.ns != v->market->time.ns) return;
    if (!is_key(s, v->calendars, kind, session) || !is_beyond(side, v->bar->close, l->price)) return;
    s->hold[side] = (struct hold){.on = true, .line = {kind, session, l->price}, .bars = 1};
}

static void look_for_crossings(struct smc *s, const struct strategy_view *v) {
    static const enum level_kind once[] = {LEVEL_PREVIOUS_HIGH, LEVEL_PREVIOUS_LOW, LEVEL_PREVIOUS_WEEK_HIGH,
                                           LEVEL_PREVIOUS_WEEK_LOW};
    for (uint16_t i = 0; i < v->calendars->session_count; i++) {
        look_at_line(s, v, LEVEL_SESSION_HIGH, i);
        look_at_line(s, v, LEVEL_SESSION_LOW, i);
    }
    for (size_t i = 0; i < sizeof once / sizeof once[0]; i++) look_at_line(s, v, once[i], 0);
}

/* Closes that stay beyond a level, with the structure broken the same way: it was no trap. */
static void follow_holds(struct smc *s, const struct strategy_view *v) {
    for (int k = 0; k < 2; k++) {
        struct hold *h = &s->hold[k];
        enum side side = (enum side)k;
        if (!h->on) continue;
        h->on = is_beyond(side, v->bar->close, h->line.price);
        if (!h->on || ++h->bars < HOLD_BARS) continue;
        h->on = false;
        if (v->market->trend_known && v->market->trend == side) new_idea(s, side, true, &h->line, h->line.price);
    }
}

/* ---- the second: back in a zone ---- */

static bool is_in(const struct structure *z, const struct bar *b, enum side side) {
    if (side == SIDE_LONG) return b->low.v <= z->high.v && b->high.v >= z->low.v && b->close.v >= z->low.v;
    return b->high.v >= z->low.v && b->low.v <= z->high.v && b->close.v <= z->high.v;
}

static void look_for_zone(struct idea *i, enum side side, const struct strategy_view *v) {
    static const enum structure_kind kinds[] = {STRUCTURE_GAP, STRUCTURE_ORDER_BLOCK, STRUCTURE_INVERSE_GAP,
                                                STRUCTURE_BREAKER};
    uint32_t n = 0;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        const struct structures *list = &v->market->found[kinds[k]];
        for (uint32_t at = list->n; at-- > 0;) { /* the newest of each kind */
            const struct structure *z = &list->item[at];
            if (z->side != side || z->life == LIFE_INVALIDATED || z->formed.ns >= v->market->time.ns) continue;
            price_t near = side == SIDE_LONG ? z->high : z->low;
            if (is_beyond(side, i->behind, near) || !is_in(z, v->bar, side)) continue;
            if (n == 0) {
                i->low = z->low;
                i->high = z->high;
            }
            if (n < ZONES_NAMED) i->zone[n++] = kinds[k];
            break;
        }
    }
    if (n == 0) return;
    i->zones = n;
    i->since = 0;
}

/* ---- the third: a frank candle ---- */

static double body_of(const struct bar *b) {
    int64_t range = b->high.v - b->low.v, body = b->close.v - b->open.v;
    return range > 0 ? fabs((double)body) / (double)range : 0;
}

static bool is_frank(const struct smc *s, const struct idea *i, enum side side, const struct strategy_view *v) {
    const struct bar *b = v->bar;
    if (!is_beyond(side, b->close, b->open) || !is_beyond(side, b->close, side == SIDE_LONG ? i->high : i->low))
        return false;
    return body_of(b) >= s->body && (double)(b->high.v - b->low.v) >= s->range * v->market->atr;
}

/* ---- the trade ---- */

static void zones_say(char *out, size_t size, enum lang lang, const struct idea *i, enum side side) {
    out[0] = '\0';
    for (uint32_t k = 0; k < i->zones; k++) {
        size_t at = strlen(out);
        if (k > 0) str_copy(out + at, size - at, " + ");
        at = strlen(out);
        str_copy(out + at, size - at, structure_say(lang, i->zone[k], side));
    }
}

static void reason(struct intent *w, const struct idea *i, const struct strategy_view *v, const struct line *target) {
    for (int l = 0; l < LANG_COUNT; l++) {
        enum lang lang = (enum lang)l;
        char taken[LEVEL_NAME_MAX], to[LEVEL_NAME_MAX], zones[3 * LEVEL_NAME_MAX], price[MONEY_TEXT_MAX];
        level_say(taken, lang, v->calendars, i->line.kind, i->line.session);
        level_say(to, lang, v->calendars, target->kind, target->session);
        zones_say(zones, sizeof zones, lang, i, w->side);
        price_say(price, lang, i->line.price, v->instrument->decimals);
        reason_set(w->reason[l],
                   i->continuation
                       ? tr(lang, "continuation: held beyond %s %s, back in %s, frank candle %d %%; to %s",
                            "continuation\u00a0: tient au-delà de %s %s, retour en %s, bougie franche "
                            "%d\u00a0%%\u00a0; vers %s")
                       : tr(lang, "reversal: swept %s %s, back in %s, frank candle %d %%; to %s",
                            "retournement\u00a0: %s %s balayé, retour en %s, bougie franche %d\u00a0%%\u00a0; vers %s"),
                   taken, price, zones, (int)(100 * body_of(v->bar)), to);
    }
}

static uint32_t confidence(const struct smc *s, const struct idea *i, enum side side, const struct strategy_view *v) {
    double room = 1 - s->body, more = i->zones > 1 ? i->zones - 1 : 0;
    double score = CONFIDENCE_BASE + CONFIDENCE_ZONE * more +
                   CONFIDENCE_BODY * (room > 0 ? kit_share((body_of(v->bar) - s->body) / room) : 1);
    if (v->market->trend_known && v->market->trend == side) score += CONFIDENCE_TREND;
    return (uint32_t)(score + 0.5);
}

/* The target is the next key level that nobody has reached; where none is in sight there is no trade. */
static void confirmed(const struct smc *s, struct idea *i, enum side side, const struct strategy_view *v,
                      struct intents *out) {
    struct line target;
    i->on = false;
    if (!context_next_level(v->market, v->calendars, v->bar->close, side, &target.kind, &target.session, &target.price))
        return;
    double way = side == SIDE_LONG ? 1 : -1;
    double stop = ((double)i->behind.v - way * s->pad * v->market->atr) / (double)PRICE_SCALE;
    struct intent *w = kit_turn(v, way, s->allow_short, out);
    if (w == NULL) return;
    w->stop = kit_level(v, stop);
    price_t tick = v->instrument->tick;
    w->target = side == SIDE_LONG ? price_floor(target.price, tick) : price_ceil(target.price, tick); /* before it */
    w->level = i->line.price;
    w->factors = 2 + i->zones; /* the sweep, the candle, each zone */
    w->confidence = confidence(s, i, side, v);
    reason(w, i, v, &target);
}

static void follow_idea(struct smc *s, enum side side, const struct strategy_view *v, struct intents *out) {
    struct idea *i = &s->idea[side];
    if (!i->on) return;
    if (++i->bars > s->max_bars || is_beyond(other(side), v->bar->close, i->behind)) {
        i->on = false;
        return;
    }
    if (i->zones > 0) i->since++;
    look_for_zone(i, side, v);
    if (i->zones > 0 && i->since < s->confirm_bars && is_frank(s, i, side, v)) confirmed(s, i, side, v, out);
}

static void smc_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct smc *s = state;
    if (v->market->atr <= 0) return;
    follow_idea(s, SIDE_LONG, v, out);
    if (out->n == 0) follow_idea(s, SIDE_SHORT, v, out);
    look_for_sweeps(s, v);
    if (!s->continuation) return;
    follow_holds(s, v);
    look_for_crossings(s, v);
}

/* ---- the stored form ---- */

static void line_snap(struct line *l, struct snap *s) {
    SNAP_ENUM(s, &l->kind, LEVEL_KIND_COUNT);
    snap_u16(s, &l->session);
    snap_price(s, &l->price);
    if (l->session >= NAMED_SESSIONS_MAX) s->bad = true;
}

static void idea_snap(struct idea *i, struct snap *s) {
    snap_bool(s, &i->on);
    snap_bool(s, &i->continuation);
    line_snap(&i->line, s);
    snap_price(s, &i->behind);
    snap_u32(s, &i->bars);
    snap_count(s, &i->zones, ZONES_NAMED);
    snap_u32(s, &i->since);
    for (uint32_t k = 0; k < ZONES_NAMED; k++) SNAP_ENUM(s, &i->zone[k], STRUCTURE_KIND_COUNT);
    snap_price(s, &i->low);
    snap_price(s, &i->high);
}

static void smc_snap(void *state, struct snap *s) {
    struct smc *x = state;
    for (int k = 0; k < 2; k++) {
        idea_snap(&x->idea[k], s);
        snap_bool(s, &x->hold[k].on);
        line_snap(&x->hold[k].line, s);
        snap_u32(s, &x->hold[k].bars);
    }
}

const struct strategy strategy_smc_ict = {
    .name = "SmcIct",
    .summary =
        {"Trades what follows when liquidity is taken at a key level: a return into a zone and a frank candle.",
         "Joue la suite d’une prise de liquidité sur un niveau clé\u00a0: retour dans une zone et bougie franche."},
    .definition = "Three conditions, all of them, in this order (levels and zones as in [LEVELS.md](LEVELS.md)). 1. A "
                  "key level, the high or low of the last Asia or London session or of the previous day, was taken: "
                  "swept (reversal: the trade goes the other way), or crossed with three closes in a row beyond it and "
                  "the structure broken the same way (continuation: the trade goes on). 2. Within `max_bars`, and from "
                  "the next bar on, price returns into a living zone of its side that was there before: fair value gap,"
                  " order block, inverse gap or breaker. 3. In that bar or within `confirm_bars` a candle closes beyond"
                  " the zone in the direction of the trade, with a body of at least `body_min` of its range and a range"
                  " of at least `range_min` ATR. A close behind the farthest price of the sweep (the level itself, in a"
                  " continuation) ends the idea; the stop lies `stop_pad` ATR behind it. The target is the next key "
                  "level, or wall of an options chain, that no bar has reached; where there is none there is no trade. "
                  "An idea of the other side that"
                  " comes this far ends an open trade. Entries in the session New York, unless `session` says another. "
                  "Confidence: 55, 10 for each further zone at the place (two at most), 15 for a candle that is all "
                  "body, 10 for a trade with the last break of structure. Rules only: no model is asked.",
    .params = params,
    .levels = true,
    .session = "New York",
    .state_size = smc_state_size,
    .open = smc_open,
    .bar = smc_bar,
    .snap = smc_snap,
};
