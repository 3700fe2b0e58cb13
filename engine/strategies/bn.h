/*
 * bn: what the parts of BatailleNavale share. Private to the strategy. Prices are doubles in ticks of the instrument, so
 * that a change of scale changes nothing; +1 is the Vikings' (buyers') side, -1 the Defenders', and every rule is written
 * once for both. Each part is a pure function of closed bars: nothing here looks at a bar that has not closed.
 *
 *   bn_tape.c    rows, session breaks, ranges, usual volumes     bn_balls.c   pressure, balls, absorption, ball lines
 *   bn_base.c    bases and the golden rule                       bn_pattern.c V, Λ and the colour settings
 *   bn_levels.c  levels frozen at known times, zone score        bn_regime.c  trend, range, transition
 *   bn_text.c    the reason, in both languages
 */
#ifndef MIA_ENGINE_STRATEGIES_BN_H
#define MIA_ENGINE_STRATEGIES_BN_H

#include "engine/strategy.h"

/* ---- parameters, in the order of the sheet in bataille_navale.c ---- */

enum bn_param {
    BN_PRESSURE_N,
    BN_PRESSURE_LAMBDA,
    BN_BALL_PCT,
    BN_BALL_CLV,
    BN_BALL_RVOL,
    BN_ABSORPTION_PCT,
    BN_ABSORPTION_MOVE,
    BN_LINE_AGE,
    BN_BASE_N_MIN,
    BN_BASE_N_MAX,
    BN_BASE_KAPPA,
    BN_BASE_TICKS_MIN,
    BN_BASE_TICKS_MAX,
    BN_BASE_ATR_MAX,
    BN_BASE_Q_MIN,
    BN_BASE_AGE,
    BN_BASE_COLOUR,
    BN_GOLDEN_TICKS,
    BN_GOLDEN_ATR,
    BN_GOLDEN_VARIANT,
    BN_PATTERN_FORM,
    BN_PATTERN_LEG_ATR,
    BN_PATTERN_LEG_TICKS,
    BN_PATTERN_SETTINGS,
    BN_PATTERN_MEMORY,
    BN_PATTERN_BARS,
    BN_SCORE_ENTRY,
    BN_ZONE_MIN,
    BN_ZONE_FAMILIES,
    BN_REGIME_GATE,
    BN_REGIME_ER,
    BN_STOP_EDGE,
    BN_STOP_TICKS,
    BN_STOP_ATR,
    BN_STOP_MAX,
    BN_TARGET_R,
    BN_WINDOW1_FROM,
    BN_WINDOW1_TO,
    BN_WINDOW2_FROM,
    BN_WINDOW2_TO,
    BN_FLAT_AT,
    BN_EXPIRY_MIN,
    BN_ALLOW_SHORT,
    BN_PARAM_COUNT
};

enum bn_side { BN_GREEN, BN_RED, BN_SIDES };
static inline int bn_way(enum bn_side s) {
    return s == BN_GREEN ? 1 : -1;
}
static inline double bn_clip(double v, double low, double high) {
    return v < low ? low : v > high ? high : v;
}
static inline double bn_sign(double v) {
    return v > 0 ? 1 : v < 0 ? -1 : 0;
}

/* What a bar can have made: a stored figure that is none, or beyond all prices, is damage. */
static inline void bn_f64_snap(struct snap *s, double *v) {
    snap_f64(s, v);
    if (*v >= -1e18 && *v <= 1e18) return;
    s->bad = true;
    *v = 0;
}

/* ---- the tape ---- */

#define BN_ROWS 128 /* kept; a power of two */
#define BN_ATR_ROWS 14
#define BN_SIGMA_ROWS 50 /* changes of close behind the proxy */
#define BN_QUARTER_ROWS 14
#define BN_SESSIONS 20 /* that usual volumes and shares remember */
#define BN_GAP_NS (1800 * NS_PER_SEC)
#define BN_GAP_BARS 5

enum bn_flow { BN_FLOW_NONE, BN_FLOW_TRUE, BN_FLOW_PROXY, BN_FLOW_COUNT };

struct bn_row {
    double open, high, low, close, volume;
    double delta;  /* bought less sold: told, or by bulk volume classification */
    double share;  /* of the volume, -1..1 */
    double clv;    /* where it closed in its range, -1..1 */
    double body;   /* of the range, signed */
    double range;  /* of this row alone */
    double tr;     /* true range; across a break: the range */
    double change; /* of the close; NaN across a break */
    double rvol;   /* volume to the usual one of this minute; 1 where nothing is usual */
};

struct bn_tape {
    struct bn_row row[BN_ROWS];
    uint64_t bars;
    uint32_t since; /* rows since the last break, the newest included */
    enum bn_flow flow;
    bool broke;          /* before the newest row */
    bool new_day;        /* and a trading day began with it; without hours every break is one */
    double atr;          /* 0: unknown */
    double atr_before;   /* of the last session */
    double atr15;        /* of quarters of an hour; 0: unknown */
    int64_t end_ns;      /* of the newest row */
    int32_t day, minute; /* civil minute of the exchange at its start */
    bool clock;          /* the exchange's zone is known */
    struct {
        int64_t number;
        double high, low, close_before;
        double tr[BN_QUARTER_ROWS];
        uint32_t count, at;
    } quarter;
    float usual[DAY_MIN];
    uint8_t usual_count[DAY_MIN];
};

/* The row `back` rows ago, 0: the newest. */
static inline const struct bn_row *bn_at(const struct bn_tape *t, uint32_t back) {
    return &t->row[(t->bars - 1 - back) % BN_ROWS];
}
void bn_tape_push(struct bn_tape *t, const struct strategy_view *v);
void bn_tape_snap(struct bn_tape *t, struct snap *s);

/* ---- pressure, balls ---- */

#define BN_BINS 32
#define BN_HOURS 24
#define BN_LINES 10
#define BN_KNOWN_MIN 30 /* rows of an hour before its percentiles are used */

struct bn_hist {
    float bin[BN_BINS], total;
};
enum bn_measure { BN_SHARE, BN_IMBALANCE, BN_CLV, BN_RVOL, BN_MEASURES };

struct bn_balls {
    int ball, hollow; /* of the newest row: +1, -1, 0 */
    double strength;  /* of the ball: mean rank, 0..1 */
    struct {
        uint32_t n;
        double price[BN_LINES];
        uint32_t age[BN_LINES];
    } line[BN_SIDES];
    struct bn_hist hist[BN_HOURS][BN_MEASURES];
};

/* -1 (Defenders) … 1 (Vikings); false: too few rows. */
bool bn_pressure(const struct bn_tape *t, const double *p, double *out);
void bn_balls_step(struct bn_balls *b, const struct bn_tape *t, const double *p);
void bn_balls_snap(struct bn_balls *b, struct snap *s);

/* ---- bases, golden rule ---- */

#define BN_PRE_ROWS 30    /* whose mean true range measures the compression */
#define BN_VOLUME_ROWS 20 /* before the window, for the fall of volume */

struct bn_base {
    bool active;
    int colour; /* +1, -1; 0: neutral, never kept */
    double low, high, quality, kappa;
    uint32_t rows; /* of the window */
    uint32_t age;  /* since it was frozen */
    uint32_t end;  /* age at which a close last lay inside */
};
enum bn_golden { BN_GOLDEN_NONE, BN_GOLDEN_INTACT, BN_GOLDEN_BROKEN, BN_GOLDEN_COUNT };
enum { BN_FIRED_A = 1, BN_FIRED_B = 2, BN_FIRED_C = 4 };

struct bn_ground {
    struct bn_base base[BN_SIDES];
    enum bn_golden golden[BN_SIDES];
    uint32_t fired[BN_SIDES]; /* conditions that held at the last violation, as bits */
};

/* The longest window that is compressed enough, whatever its quality and colour. */
bool bn_base_find(const struct bn_tape *t, const double *p, struct bn_base *out);
/* Which conditions of a violation the newest row meets. */
uint32_t bn_violations(const struct bn_base *b, const struct bn_tape *t, const struct bn_balls *balls, const double *p);
bool bn_is_violated(uint32_t conditions, const double *p);
void bn_ground_step(struct bn_ground *g, const struct bn_tape *t, const struct bn_balls *balls, const double *p);
double bn_ground_score(const struct bn_ground *g);
void bn_base_snap(struct bn_base *b, struct snap *s);
void bn_ground_snap(struct bn_ground *g, struct snap *s);

/* ---- patterns ---- */

enum bn_pattern { BN_PATTERN_NONE, BN_PATTERN_V, BN_PATTERN_SETTING };
struct bn_patterns {
    int v, setting; /* +1, -1, 0; both at once: 0 */
};
void bn_patterns_find(const struct bn_tape *t, const double *p, struct bn_patterns *out);

/* ---- levels ---- */

#define BN_PROFILE_HALF 128 /* bins on either side of the first price */
#define BN_PROFILE_BINS (2 * BN_PROFILE_HALF + 1)
#define BN_SWINGS 4
#define BN_LEVELS_MAX (8 + 2 * BN_SWINGS)
#define BN_IB_FROM 570 /* 09:30 of the exchange */
#define BN_IB_TO 630

enum bn_family {
    BN_FAMILY_PROFILE_BEFORE, /* POC 4, VAH and VAL 3: one vote */
    BN_FAMILY_PROFILE,        /* POC of this day: it moves */
    BN_FAMILY_IB,
    BN_FAMILY_VWAP_BEFORE,
    BN_FAMILY_SWING,
    BN_FAMILY_COUNT
};
struct bn_levels {
    double first, width; /* of the profile; width 0: empty */
    float bin[BN_PROFILE_BINS];
    double volume, value; /* sums for the VWAP */
    bool before;          /* the levels of the day before are known */
    double poc, vah, val, vwap;
    double ib_high, ib_low;
    bool ib_began, ib_known;
    double swing[BN_SIDES][BN_SWINGS];       /* lows, highs */
    uint64_t swing_bar[BN_SIDES][BN_SWINGS]; /* the row that made each known */
    uint32_t swings[BN_SIDES], swing_at[BN_SIDES];
};
struct bn_zone {
    uint32_t score, families, of; /* of: families as bits */
};
void bn_levels_step(struct bn_levels *l, const struct bn_tape *t);
double bn_zone_tolerance(const struct bn_tape *t);
/* Of what lies at a base, the tolerance on both sides included. Swings that the base's own bars made do not count: every
 * base has some. */
struct bn_zone bn_zone_at(const struct bn_levels *l, const struct bn_tape *t, const struct bn_base *b);
/* Does a zone that counts lie between? */
bool bn_zone_between(const struct bn_levels *l, const struct bn_tape *t, const double *p, double from, double to);
void bn_levels_snap(struct bn_levels *l, struct snap *s);

/* ---- regime ---- */

enum bn_regime {
    BN_REGIME_UNKNOWN,
    BN_REGIME_UP,
    BN_REGIME_DOWN,
    BN_REGIME_RANGE,
    BN_REGIME_TRANSITION,
    BN_REGIME_COUNT
};
struct bn_regimes {
    enum bn_regime now, candidate;
    uint32_t candidate_rows;
    double high, low; /* RANGE: its edges */
};
void bn_regime_step(struct bn_regimes *r, const struct bn_tape *t, const double *p);
void bn_regime_snap(struct bn_regimes *r, struct snap *s);

/* ---- a decision ---- */

/* In the order in which they are asked; the first that holds is why there is no entry. */
enum bn_refusal {
    BN_TAKEN,
    BN_NO_DATA, /* too few rows, no range, no pressure */
    BN_IN_TRADE,
    BN_NO_BASE, /* none of that colour, or both colours at once is no ground (g = 0) */
    BN_NO_TRIGGER,
    BN_NO_BREAK, /* the close is not beyond the base */
    BN_NO_SCORE,
    BN_NO_HOUR,
    BN_NO_REGIME,
    BN_NO_ZONE,
    BN_WIDE_STOP,
    BN_NO_ROOM, /* a zone lies before the target */
    BN_REFUSAL_COUNT
};
struct bn_signal {
    int way;
    enum bn_refusal refusal;
    double score, battle, ground, trigger;
    struct bn_base base;
    enum bn_flow flow;
    struct bn_zone zone;
    enum bn_pattern pattern; /* the trigger was a pattern; NONE: a ball */
    enum bn_regime regime;
    double stop, target; /* ticks */
    uint32_t factors;    /* that agree */
};
void bn_say_entry(const struct bn_signal *g, char reason[LANG_COUNT][REASON_MAX]);
enum bn_exit { BN_EXIT_NONE, BN_EXIT_GOLDEN, BN_EXIT_FLAT, BN_EXIT_EXPIRED };
void bn_say_exit(enum bn_exit x, uint32_t fired, int way, char reason[LANG_COUNT][REASON_MAX]);

/* The whole state of one symbol; here for the tests, which look at its parts. */
struct bn {
    double p[BN_PARAM_COUNT];
    struct bn_tape tape;
    struct bn_balls balls;
    struct bn_ground ground;
    struct bn_levels levels;
    struct bn_regimes regime;
    double trigger; /* m: -1..1, fading */
    uint32_t trigger_age[BN_SIDES];
    enum bn_pattern trigger_kind[BN_SIDES];
    struct bn_base wanted, held;     /* the base of the last entry asked for; of the open trade */
    struct bn_signal said[BN_SIDES]; /* of the newest bar; not stored */
};

#endif
