/*
 * BatailleNavale: the market as a battle of Vikings (buyers) and Defenders (sellers). In beyond a frozen base of one's own
 * colour, after a ball or a V, when the signed score says so; out at once when a red bar closes below a green base. The
 * rules are in docs/STRATEGIES.md; every threshold is a parameter. Exits come before entries. Owns the state of one symbol;
 * the parts are in bn_*.c.
 */
#include "engine/strategies/bn.h"

#include <math.h>
#include <string.h>

#define WEIGHT_BATTLE 0.45
#define WEIGHT_GROUND 0.30
#define WEIGHT_TRIGGER 0.25
#define BATTLE_MIN 0.15 /* of a side: less is balanced */
#define ZONE_COUNTS 4
#define NEVER UINT32_MAX

extern const struct strategy strategy_bataille_navale;

/* All of them are proposals to be tested, none is proved: docs/STRATEGIES.md. */
static const struct param_spec params[] = {
    [BN_PRESSURE_N] = {"pressure_n", 5, 3, 20, true, "bars of the pressure"},
    [BN_PRESSURE_LAMBDA] = {"pressure_lambda", 0.8, 0.1, 1, false, "weight of a bar to that of the one after it"},
    [BN_BALL_PCT] = {"ball_delta_pct", 80, 50, 99, false, "percentile of the hour that a ball's share of flow reaches"},
    [BN_BALL_CLV] = {"ball_clv", 0.3, 0, 1, false, "least place of the close in the range, -1 to 1, for a ball"},
    [BN_BALL_RVOL] = {"ball_rvol", 1, 0, 10, false, "least volume to the usual one of the minute, for a ball"},
    [BN_ABSORPTION_PCT] = {"absorption_pct", 90, 50, 99.9, false,
                           "percentile of the hour that an absorbed attack reaches"},
    [BN_ABSORPTION_MOVE] = {"absorption_move", 0.3, 0, 2, false, "most that it moved the price, in ATR"},
    [BN_LINE_AGE] = {"line_max_age", 50, 1, 500, true, "bars that the line of a ball is kept"},
    [BN_BASE_N_MIN] = {"base_n_min", 5, 3, 40, true, "least bars of a base"},
    [BN_BASE_N_MAX] = {"base_n_max", 20, 3, 60, true, "most bars of a base when it is found"},
    [BN_BASE_KAPPA] = {"base_kappa", 0.60, 0.1, 2, false, "most size in ATR before it, over the root of its bars"},
    [BN_BASE_TICKS_MIN] = {"base_ticks_min", 4, 0, 1000, false, "least size in ticks"},
    [BN_BASE_TICKS_MAX] = {"base_ticks_max", 20, 1, 100000, false, "most size in ticks"},
    [BN_BASE_ATR_MAX] = {"base_atr_max", 4, 0.1, 50, false, "most size in ATR before it"},
    [BN_BASE_Q_MIN] = {"base_q_min", 0.60, 0, 1, false, "least quality"},
    [BN_BASE_AGE] = {"base_max_age", 120, 1, 2000, true, "bars after which a base is over"},
    [BN_BASE_COLOUR] = {"base_colour", 0.15, 0, 1, false, "least score of its colour; below it is neutral"},
    [BN_GOLDEN_TICKS] = {"golden_ticks", 1, 0, 100, false, "tolerance of the golden rule: ticks, or …"},
    [BN_GOLDEN_ATR] = {"golden_tol", 0.10, 0, 1, false, "… ATR, the greater"},
    [BN_GOLDEN_VARIANT] = {"golden_variant", 0, 0, 2, true,
                           "0: A, bar of the other colour; 1: B, or any by 0.5 ATR; 2: C, a ball"},
    [BN_PATTERN_FORM] = {"pattern_form", 0, 0, 1, true, "0: by closes; 1: the origin's, with its gap at the open"},
    [BN_PATTERN_LEG_ATR] = {"pattern_leg", 1.5, 0.1, 10, false, "legs of V and Λ in ATR; colour settings: 0.5 more"},
    [BN_PATTERN_LEG_TICKS] = {"pattern_leg_ticks", 0, 0, 1000, false,
                              "in ticks instead (origin: 8; settings: 1.5 times); 0: in ATR"},
    [BN_PATTERN_SETTINGS] = {"pattern_settings", 0, 0, 1, true, "1: the colour settings trigger, too"},
    [BN_PATTERN_MEMORY] = {"pattern_memory", 0.7, 0, 1, false, "what is left of a trigger a bar later"},
    [BN_PATTERN_BARS] = {"pattern_bars", 3, 0, 50, true, "bars after a trigger in which an entry may follow"},
    [BN_SCORE_ENTRY] = {"score_entry", 0.35, 0, 1, false, "least signed score"},
    [BN_ZONE_MIN] = {"zone_min", 4, 0, 16, true, "least points of the levels at the base; 0: not asked"},
    [BN_ZONE_FAMILIES] = {"zone_families", 2, 0, 5, true, "of so many families"},
    [BN_REGIME_GATE] = {"regime_gate", 1, 0, 2, true,
                        "0: none; 1: no entry inside a range or against a trend; 2: with a trend only"},
    [BN_REGIME_ER] = {"regime_er", 0.35, 0, 1, false, "least efficiency of a trend"},
    [BN_STOP_EDGE] = {"stop_edge_ticks", 2, 0, 1000, false, "ticks beyond the base; the greatest of the three holds"},
    [BN_STOP_TICKS] = {"stop_min_ticks", 12, 1, 100000, false, "least distance of the stop in ticks"},
    [BN_STOP_ATR] = {"stop_atr", 1.5, 0, 20, false, "least distance of the stop in ATR"},
    [BN_STOP_MAX] = {"stop_max_ticks", 60, 1, 1000000, false, "a wider stop is refused"},
    [BN_TARGET_R] = {"target_r", 1.5, 0.1, 20, false, "target for one of risk, spread included"},
    [BN_WINDOW1_FROM] = {"window1_from", 580, 0, 1440, true, "entries from here, minutes of the exchange's day …"},
    [BN_WINDOW1_TO] = {"window1_to", 690, 0, 1440, true, "… to here; equal: no such window"},
    [BN_WINDOW2_FROM] = {"window2_from", 810, 0, 1440, true, "and from here …"},
    [BN_WINDOW2_TO] = {"window2_to", 930, 0, 1440, true, "… to here; neither window: at any time"},
    [BN_FLAT_AT] = {"flat_at", 955, 0, 1440, true, "out at this minute; 0: never"},
    [BN_EXPIRY_MIN] = {"expiry_minutes", 45, 0, 10000, true, "out after so long; 0: never"},
    [BN_ALLOW_SHORT] = {"allow_short", 1, 0, 1, true, "1: sell short, too"},
    {.name = NULL},
};
_Static_assert(sizeof params / sizeof params[0] == BN_PARAM_COUNT + 1, "a row for every parameter");
_Static_assert(BN_PARAM_COUNT <= STRATEGY_PARAMS_MAX, "all of them can be configured");
_Static_assert(sizeof(struct bn) <= STRATEGY_STATE_MAX, "the state fits");

static size_t bn_state_size(const double *p) {
    (void)p;
    return sizeof(struct bn);
}

static int bn_open(void *state, const double *p, struct err *e) {
    struct bn *b = state;
    if (p[BN_BASE_N_MIN] > p[BN_BASE_N_MAX])
        return err_set(e, ERR_RANGE, "base_n_min must not be above base_n_max",
                       "base_n_min ne doit pas dépasser base_n_max");
    if (p[BN_BASE_TICKS_MIN] > p[BN_BASE_TICKS_MAX])
        return err_set(e, ERR_RANGE, "base_ticks_min must not be above base_ticks_max",
                       "base_ticks_min ne doit pas dépasser base_ticks_max");
    if (p[BN_WINDOW1_FROM] > p[BN_WINDOW1_TO] || p[BN_WINDOW2_FROM] > p[BN_WINDOW2_TO])
        return err_set(e, ERR_RANGE, "a window ends before it begins", "une plage finit avant de commencer");
    memset(b, 0, sizeof *b);
    memcpy(b->p, p, sizeof b->p);
    b->trigger_age[BN_GREEN] = b->trigger_age[BN_RED] = NEVER;
    return 0;
}

/* ---- the trigger ---- */

static void trigger_step(struct bn *b) {
    struct bn_patterns found;
    bn_patterns_find(&b->tape, b->p, &found);
    const int setting = b->p[BN_PATTERN_SETTINGS] != 0 ? found.setting : 0;
    const int sum = found.v + setting + b->balls.ball;
    const bool any = found.v != 0 || setting != 0 || b->balls.ball != 0;
    if (b->tape.broke) {
        b->trigger = 0;
        b->trigger_age[BN_GREEN] = b->trigger_age[BN_RED] = NEVER;
    }
    for (int s = 0; s < BN_SIDES; s++) b->trigger_age[s] += b->trigger_age[s] < NEVER;
    b->trigger = any ? bn_sign(sum) : b->p[BN_PATTERN_MEMORY] * b->trigger;
    if (sum == 0) return; /* one against the other is no trigger */
    const enum bn_side s = sum > 0 ? BN_GREEN : BN_RED;
    const int way = bn_way(s);
    b->trigger_age[s] = 0;
    b->trigger_kind[s] = found.v == way ? BN_PATTERN_V : setting == way ? BN_PATTERN_SETTING : BN_PATTERN_NONE;
}

/* ---- exits ---- */

static int32_t minute_at_close(const struct bn *b, const struct bar *bar) {
    return b->tape.minute + bar->seconds / 60;
}

static void follow_trade(struct bn *b, const struct trade *t) {
    if (t == NULL)
        b->held.active = false;
    else if (!b->held.active && b->wanted.active)
        b->held = b->wanted;
    if (t != NULL || b->tape.broke) b->wanted.active = false;
}

static enum bn_exit exit_of(const struct bn *b, const struct strategy_view *v, uint32_t *fired) {
    const struct trade *t = v->trade;
    const int way = t->side == SIDE_LONG ? 1 : -1;
    *fired = 0;
    if (b->held.active && b->held.colour == way) *fired = bn_violations(&b->held, &b->tape, &b->balls, b->p);
    if (bn_is_violated(*fired, b->p)) return BN_EXIT_GOLDEN;
    const double flat = b->p[BN_FLAT_AT], expiry = b->p[BN_EXPIRY_MIN];
    if (flat > 0 && b->tape.clock && minute_at_close(b, v->bar) >= flat) return BN_EXIT_FLAT;
    const int64_t open_ns = t->opened.ns > 0 ? b->tape.end_ns - t->opened.ns : 0;
    if (expiry > 0 && (double)open_ns >= expiry * 60 * NS_PER_SEC) return BN_EXIT_EXPIRED;
    return BN_EXIT_NONE;
}

static bool take_exit(struct bn *b, const struct strategy_view *v, struct intents *out) {
    uint32_t fired;
    const enum bn_exit x = exit_of(b, v, &fired);
    if (x == BN_EXIT_NONE) return false;
    struct intent *w = &out->item[out->n++];
    *w = (struct intent){.kind = INTENT_EXIT};
    bn_say_exit(x, fired, v->trade->side == SIDE_LONG ? 1 : -1, w->reason);
    return true;
}

/* ---- entries ---- */

static bool in_hours(const struct bn *b, const struct bar *bar) {
    const double *p = b->p;
    const bool first = p[BN_WINDOW1_FROM] < p[BN_WINDOW1_TO], second = p[BN_WINDOW2_FROM] < p[BN_WINDOW2_TO];
    const int32_t now = minute_at_close(b, bar);
    if ((first || second || p[BN_FLAT_AT] > 0) && !b->tape.clock) return false;
    if (p[BN_FLAT_AT] > 0 && now >= p[BN_FLAT_AT]) return false;
    if (!first && !second) return true;
    return (first && now >= p[BN_WINDOW1_FROM] && now <= p[BN_WINDOW1_TO]) ||
           (second && now >= p[BN_WINDOW2_FROM] && now <= p[BN_WINDOW2_TO]);
}

static bool regime_allows(const struct bn *b, int way) {
    const struct bn_regimes *r = &b->regime;
    const double close = bn_at(&b->tape, 0)->close;
    const bool with = r->now == (way > 0 ? BN_REGIME_UP : BN_REGIME_DOWN);
    const bool against = r->now == (way > 0 ? BN_REGIME_DOWN : BN_REGIME_UP);
    const bool inside = r->now == BN_REGIME_RANGE && close <= r->high && close >= r->low;
    if (b->p[BN_REGIME_GATE] == 0) return true;
    return b->p[BN_REGIME_GATE] == 1 ? !against && !inside : with;
}

/* Stop and target in ticks; the target counts from what an entry costs with the spread. false: too wide. */
static bool place(const struct bn *b, const struct strategy_view *v, struct bn_signal *g) {
    const double close = bn_at(&b->tape, 0)->close, way = g->way, tick = (double)v->instrument->tick.v;
    const double edge = way * (close - (way > 0 ? g->base.low : g->base.high)) + b->p[BN_STOP_EDGE];
    const double least = fmax(edge, fmax(b->p[BN_STOP_TICKS], b->p[BN_STOP_ATR] * b->tape.atr));
    const double spread = (double)(v->bar->spread.v > 0 ? v->bar->spread.v : v->instrument->spread.v) / tick;
    g->stop = way > 0 ? floor(close - least) : ceil(close + least);
    const double entry = close + way * spread, risk = way * (entry - g->stop);
    g->target = entry + way * b->p[BN_TARGET_R] * risk;
    g->target = way > 0 ? ceil(g->target) : floor(g->target);
    return way * (close - g->stop) <= b->p[BN_STOP_MAX] && g->stop > 0 && g->target > 0;
}

static bool room(const struct bn *b, const struct bn_signal *g) {
    const double way = g->way, edge = way > 0 ? g->base.high : g->base.low;
    const double from = fmax(way * bn_at(&b->tape, 0)->close, way * edge + bn_zone_tolerance(&b->tape));
    return b->p[BN_ZONE_MIN] == 0 || way * g->target <= from ||
           !bn_zone_between(&b->levels, &b->tape, b->p, way * from, g->target);
}

static enum bn_refusal refusal_of(const struct bn *b, const struct strategy_view *v, struct bn_signal *g) {
    const enum bn_side s = g->way > 0 ? BN_GREEN : BN_RED;
    const double close = bn_at(&b->tape, 0)->close, way = g->way;
    if (v->trade != NULL) return BN_IN_TRADE;
    if (!g->base.active || b->ground.golden[s] == BN_GOLDEN_BROKEN || way * g->ground <= 0) return BN_NO_BASE;
    if (b->trigger_age[s] > b->p[BN_PATTERN_BARS]) return BN_NO_TRIGGER;
    if (way * (close - (way > 0 ? g->base.high : g->base.low)) <= 0) return BN_NO_BREAK;
    if (way * g->score < b->p[BN_SCORE_ENTRY]) return BN_NO_SCORE;
    if (!in_hours(b, v->bar)) return BN_NO_HOUR;
    if (!regime_allows(b, g->way)) return BN_NO_REGIME;
    g->zone = bn_zone_at(&b->levels, &b->tape, &g->base);
    const bool zone = g->zone.score >= b->p[BN_ZONE_MIN] && g->zone.families >= b->p[BN_ZONE_FAMILIES];
    if (b->p[BN_ZONE_MIN] > 0 && !zone) return BN_NO_ZONE;
    if (!place(b, v, g)) return BN_WIDE_STOP;
    if (!room(b, g)) return BN_NO_ROOM;
    g->factors = 2 + (way * g->battle >= BATTLE_MIN) + (g->zone.score >= ZONE_COUNTS) +
                 (b->regime.now == (way > 0 ? BN_REGIME_UP : BN_REGIME_DOWN)); /* base and trigger are two */
    return BN_TAKEN;
}

static void decide(struct bn *b, const struct strategy_view *v) {
    double battle = 0;
    const bool known = bn_pressure(&b->tape, b->p, &battle) && b->tape.atr > 0 && b->tape.bars > BN_SIGMA_ROWS;
    const double ground = bn_ground_score(&b->ground);
    const double score = WEIGHT_BATTLE * battle + WEIGHT_GROUND * ground + WEIGHT_TRIGGER * b->trigger;
    for (int s = 0; s < BN_SIDES; s++) {
        struct bn_signal *g = &b->said[s];
        *g = (struct bn_signal){.way = bn_way((enum bn_side)s),
                                .battle = battle,
                                .ground = ground,
                                .trigger = b->trigger,
                                .score = score,
                                .base = b->ground.base[s],
                                .flow = b->tape.flow,
                                .pattern = b->trigger_kind[s],
                                .regime = b->regime.now};
        g->refusal = known ? refusal_of(b, v, g) : BN_NO_DATA;
    }
}

static void take_entry(struct bn *b, const struct strategy_view *v, const struct bn_signal *g, struct intents *out) {
    const double tick = (double)v->instrument->tick.v;
    struct intent *w = &out->item[out->n++];
    *w = (struct intent){.kind = INTENT_ENTER, .side = g->way > 0 ? SIDE_LONG : SIDE_SHORT};
    w->confidence = (uint32_t)(100 * bn_clip(fabs(g->score), 0, 1) + 0.5);
    w->factors = g->factors;
    w->level = (price_t){(int64_t)((g->way > 0 ? g->base.high : g->base.low) * tick)};
    w->stop = (price_t){(int64_t)(g->stop * tick)};
    w->target = (price_t){(int64_t)(g->target * tick)};
    bn_say_entry(g, w->reason);
    b->wanted = g->base;
    b->trigger_age[g->way > 0 ? BN_GREEN : BN_RED] = NEVER; /* a trigger gives one signal */
}

static void bn_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct bn *b = state;
    bn_tape_push(&b->tape, v);
    bn_balls_step(&b->balls, &b->tape, b->p);
    trigger_step(b);
    bn_ground_step(&b->ground, &b->tape, &b->balls, b->p);
    bn_levels_step(&b->levels, &b->tape);
    bn_regime_step(&b->regime, &b->tape, b->p);
    follow_trade(b, v->trade);
    decide(b, v);
    if (v->trade != NULL) {
        take_exit(b, v, out);
        return;
    }
    for (int s = 0; s < BN_SIDES; s++) {
        const bool allowed = s == BN_GREEN || b->p[BN_ALLOW_SHORT] != 0;
        if (allowed && b->said[s].refusal == BN_TAKEN) take_entry(b, v, &b->said[s], out);
    }
}

static void bn_snap(void *state, struct snap *s) {
    struct bn *b = state;
    bn_tape_snap(&b->tape, s);
    bn_balls_snap(&b->balls, s);
    bn_ground_snap(&b->ground, s);
    bn_levels_snap(&b->levels, s);
    bn_regime_snap(&b->regime, s);
    bn_f64_snap(s, &b->trigger);
    for (int k = 0; k < BN_SIDES; k++) {
        snap_u32(s, &b->trigger_age[k]);
        SNAP_ENUM(s, &b->trigger_kind[k], BN_PATTERN_SETTING + 1);
    }
    bn_base_snap(&b->wanted, s);
    bn_base_snap(&b->held, s);
}

const struct strategy strategy_bataille_navale = {
    .name = "BatailleNavale",
    .summary = {"Vikings against Defenders: leaves a base of its own colour, and at once when that base is broken.",
                "Vikings contre Défenseurs\u00a0: part d’une base de sa couleur, et sort dès qu’elle cède."},
    .definition =
        "Every threshold below is a proposal to be tested, none is proved. Per closed bar, in ticks: place of the "
        "close "
        "clv = (2C - H - L)/(H - L); body = (C - O)/(H - L); flow = (bought - sold)/volume where the data tells who "
        "was "
        "aggressive, else the proxy 2Φ(change of close / its deviation over 50 bars) - 1; the message says `flow=true` "
        "or "
        "`flow=proxy`, and a change from one to the other starts all windows anew, as a session break does (a new "
        "trading "
        "day; without hours, a hole of 30 minutes and 5 bars). rvol = volume / the usual one of that minute (mean of "
        "20 "
        "sessions, then fading at that length; before: of 20 bars; without volume: 1). ATR = mean true range of 14 "
        "bars of "
        "the session, until then the last session's.\n\nPRESSURE: p = 0.5 flow + 0.3 clv + 0.2 body over `pressure_n` "
        "bars with "
        "weights lambda^age × min(rvol, 3); battle b = (sum of p above 0 - sum below)/(both), 0 where both are under 5 "
        "% of "
        "the weights; Vikings are (1 + b)/2.\n\nBALLS: green where flow reaches its percentile of the hour (and 0.10), "
        "clv and "
        "rvol their least, C > O and the range half an ATR; by proxy: clv 0.5, body 0.6, rvol 1.2, range one ATR; red "
        "in the "
        "mirror. Hollow (absorption; shown by no entry, kept as state): an attack of the hour's top that closed "
        "against the "
        "attackers without going far; by proxy: rvol 2 in at most 0.8 ATR. A ball's far end is kept as a line until "
        "traded "
        "through.\n\nPATTERNS on the last three closed bars a b c: V where C_b < C_a, L_b < L_a, H_a and H_c above L_b "
        "by "
        "the leg, "
        "H_c > H_a; Λ in the mirror; `pattern_form` 1 asks O_b < C_a and O_c > C_b instead.\n\nBASE: the longest "
        "window "
        "of "
        "`base_n_min` to `base_n_max` bars with size/(ATR of the 30 bars before × √n) <= `base_kappa`, within the "
        "sizes; "
        "quality q = 0.25 compression + 0.20 length + 0.20 fall of volume + 0.20 touches of both edges + 0.15 "
        "two-sided flow; "
        "colour from 0.5 flow + 0.3 mean clv + 0.2 side of the middle. It is frozen on the first bar on which it "
        "qualifies; one "
        "of each colour at a time; over after a violation, `base_max_age` bars or the session.\n\nGOLDEN RULE (rouge "
        "sous "
        "verte): "
        "a bar that closes below a green base by more than the tolerance violates it (variant A: a red bar; B: or any "
        "bar by "
        "0.5 ATR; C: a red ball); a wick does not. Then the base is over, no long until a new green base, and a long "
        "that "
        "began on it is closed at once, whatever became of the base meanwhile; mirrored for red. It makes no short.\n\n"
        "SCORE s = "
        "0.45 b + 0.30 g + 0.25 m: g = q of the green base, less that of the red, 0 where both stand; m = 1 for a V or "
        "green "
        "ball, -1 for the mirror, 0 for both at once, fading by `pattern_memory` a bar.\n\nLONG where s >= "
        "`score_entry` "
        "and the "
        "close is above the green base within `pattern_bars` bars of a trigger, in the windows (minutes of the "
        "exchange's "
        "day; without known hours only where no window and no `flat_at` is set), as the regime gate allows, and where "
        "the "
        "levels within max(3 ticks, 0.15 ATR of 15 minutes) of the base count `zone_min` points from `zone_families` "
        "families: "
        "POC of the day before 4, its VAH and VAL 3 (one family), POC of the day 3, initial balance 09:30-10:30 3, "
        "VWAP of the "
        "day before 2, swings of 2+1+2 bars that stood before the base 2. SHORT is the exact mirror; a trigger gives "
        "one signal.\n\nRegime: trend "
        "where the "
        "efficiency of 20 moves reaches `regime_er` and the slope 0.15 ATR a bar; range where 60 bars are compressed "
        "(kappa "
        "0.8) with two visits to both edges; held for 3 bars.\n\nStop: the farthest of the base's edge and "
        "`stop_edge_ticks`, "
        "`stop_min_ticks`, `stop_atr` ATR; wider than `stop_max_ticks` is refused. Target `target_r` times the risk, "
        "spread "
        "included; refused where a zone that counts lies before it. Exits come before entries, the golden one first; "
        "then "
        "`flat_at`, then `expiry_minutes`. Confidence is the raw score, uncalibrated. Rules only: no adviser is asked.",
    .params = params,
    .state_size = bn_state_size,
    .open = bn_open,
    .bar = bn_bar,
    .snap = bn_snap,
};
