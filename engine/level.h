/*
 * level: the contract of the detectors in engine/levels/ (one file each, listed in table.c) and what they know of one
 * instrument: key levels, structure with its life, regime. Fed with every closed bar before the strategies run, from that
 * bar and those before it only; a strategy reads it through its view. Fixed size, no allocation, bounded lists: the oldest
 * of a full list goes, those that are over first.
 *
 * docs/LEVELS.md has the exact rule of each.
 */
#ifndef MIA_ENGINE_LEVEL_H
#define MIA_ENGINE_LEVEL_H

#include "engine/config.h"
#include "engine/event.h"

#define STRUCTURES_MAX 16     /* of one kind */
#define SWING_BARS_MAX 10     /* on either side of a swing */
#define RECENT_BARS 32        /* bars that detectors look back on; a power of two, > 2 * SWING_BARS_MAX */
#define SESSION_LEVEL_MIN 720 /* longer sessions make no levels of their own: they are the day */
#define ATR_BARS 14
#define SWEEP_BARS 3 /* a sweep closes back within so many bars, the first included */
#define SWEEPS_PENDING 12
#define ORDER_BLOCK_BARS 12 /* so far before a break its order block is looked for */
#define EFFICIENCY_BARS 20
#define VALUE_BINS 128     /* of a day's volume profile */
#define VOLATILITY_EVERY 4 /* bars between two samples of the volatility */
#define VOLATILITY_SAMPLES 128
#define LEVEL_NAME_MAX 64
#define NEARBY_MAX 96
#define CONFLUENCES_MAX 16
#define CONFLUENCE_NAMED_MAX 6

/* ---- lines ---- */

enum level_kind {
    LEVEL_SESSION_HIGH, /* of the last complete session of a name; the session's index goes with it */
    LEVEL_SESSION_LOW,
    LEVEL_OPENING_HIGH, /* of the first minutes of a session, once they are over: at the first bar that says so */
    LEVEL_OPENING_LOW,
    LEVEL_DAY_OPEN,
    LEVEL_DAY_HIGH, /* so far */
    LEVEL_DAY_LOW,
    LEVEL_PREVIOUS_HIGH, /* of the trading day before */
    LEVEL_PREVIOUS_LOW,
    LEVEL_PREVIOUS_CLOSE,
    LEVEL_WEEK_HIGH, /* so far */
    LEVEL_WEEK_LOW,
    LEVEL_PREVIOUS_WEEK_HIGH,
    LEVEL_PREVIOUS_WEEK_LOW,
    LEVEL_PIVOT,
    LEVEL_R1,
    LEVEL_R2,
    LEVEL_R3,
    LEVEL_S1,
    LEVEL_S2,
    LEVEL_S3,
    LEVEL_VWAP, /* of the trading day so far */
    LEVEL_POC,  /* of the trading day before: point of control, value area high and low */
    LEVEL_VAH,
    LEVEL_VAL,
    LEVEL_GAMMA_FLIP, /* of the options chain: engine/gamma.h */
    LEVEL_CALL_WALL,
    LEVEL_PUT_WALL,
    LEVEL_ROUND, /* computed where it is asked for: context_nearby */
    LEVEL_KIND_COUNT
};
#define LEVEL_SESSION_KINDS 4 /* the first ones exist once for every session */

struct level {
    price_t price;  /* 0: not known (yet) */
    when_t since;   /* close of the bar that made it known */
    when_t crossed; /* close of the first bar after that which traded beyond it; 0 ns: none did */
};

/* ---- structure ---- */

enum structure_kind {
    STRUCTURE_SWING,
    STRUCTURE_BREAK, /* of structure: a close beyond the last swing */
    STRUCTURE_SWEEP, /* of liquidity */
    STRUCTURE_GAP,   /* fair value gap */
    STRUCTURE_INVERSE_GAP,
    STRUCTURE_ORDER_BLOCK,
    STRUCTURE_BREAKER,
    STRUCTURE_KIND_COUNT
};
enum life { LIFE_FORMED, LIFE_TOUCHED, LIFE_FILLED, LIFE_INVALIDATED, LIFE_COUNT };

struct structure {
    uint32_t id; /* 1, 2, … in this instrument */
    enum structure_kind kind;
    enum side side; /* LONG: a low, a support, a break upwards */
    enum life life;
    bool reversal;         /* BREAK: against the trend before it (change of character) */
    bool of_swing;         /* SWEEP: of a swing; else of `level` */
    enum level_kind level; /* SWEEP: what was swept */
    uint16_t session;      /* and of which session */
    price_t low, high;     /* equal for a line; SWEEP: from the level to the farthest price beyond it */
    when_t began;          /* start of the bar where it lies */
    when_t formed;         /* close of the bar that made it known */
    when_t changed;        /* close of the bar of its present life */
    uint64_t bar;          /* number of the bar that made it known */
};

struct structures {
    uint32_t n;
    struct structure item[STRUCTURES_MAX]; /* oldest first */
    /* Follows from the items: what the next thing can happen to each at, for a quick look. */
    int64_t below[STRUCTURES_MAX]; /* LONG: a low at or below; else INT64_MIN */
    int64_t above[STRUCTURES_MAX]; /* SHORT: a high at or above; else INT64_MAX */
};

/* ---- regime ---- */

struct regime_state {
    enum regime now, candidate;
    uint32_t candidate_bars, bars;
    uint64_t since;     /* number of the bar that it holds since; 0: not known yet */
    double plus, minus; /* Wilder's sums */
    double adx;         /* 0..100 */
    uint32_t dx_count;
    int64_t close[EFFICIENCY_BARS + 1];   /* ring */
    int64_t path;                         /* sum of the moves between them */
    double efficiency;                    /* 0..1 */
    float volatility[VOLATILITY_SAMPLES]; /* ATR / price, ring */
    uint32_t samples, sample_at;
    double percentile; /* 0..1: how much of the last samples lies below */
};

/* ---- all of one instrument ---- */

struct session_state {
    when_t from, to; /* the session under way, or the next one */
    price_t high, low;
    price_t opening_high, opening_low; /* 0: nothing that has not been told */
};

struct day_state {
    int32_t day, week;
    when_t until; /* the next trading day begins */
    price_t open, high, low, close;
    price_t week_high, week_low;
};

struct value_state {
    int32_t day;
    int64_t base, width;  /* of the bins, in units of price_t */
    double money, volume; /* volume times distance from the day's open */
    double bin[VALUE_BINS];
};

struct market_context {
    uint64_t bars;     /* seen; 0: nothing is known */
    when_t time;       /* close of the last one */
    double atr;        /* Wilder, ATR_BARS, in units of price_t; 0: too few bars */
    uint32_t sessions; /* bit i: the last bar began in session i */
    uint32_t structure_made;
    struct level session_level[LEVEL_SESSION_KINDS][NAMED_SESSIONS_MAX];
    struct level level[LEVEL_KIND_COUNT]; /* those that exist once */
    struct structures found[STRUCTURE_KIND_COUNT];
    enum side trend; /* of the last break */
    bool trend_known;
    struct regime_state regime;

    /* what the detectors keep for themselves */
    struct bar recent[RECENT_BARS]; /* bar i lies at i % RECENT_BARS */
    double range_sum;
    struct session_state session[NAMED_SESSIONS_MAX];
    struct day_state day;
    struct value_state value;
    int64_t line_quiet_low, line_quiet_high; /* no line is crossed within */
    struct {
        uint32_t n;
        struct crossing {
            bool of_swing, high; /* high: a line that sellers defend */
            enum level_kind level;
            uint16_t session;
            price_t price, extreme;
            uint32_t bars; /* since it was crossed */
            when_t began;
        } item[SWEEPS_PENDING];
    } crossed;        /* lines beyond which price went and may come back from */
    uint32_t changed; /* bit k: in this bar a structure of kind k was formed or lives on otherwise */
};

struct level_view {
    const struct bar *bar;
    when_t close;
    const struct instrument *instrument;
    const struct calendars *calendars;
    const struct level_config *config;
};

struct detector {
    const char *name;
    const char *summary[LANG_COUNT];
    void (*bar)(struct market_context *m, const struct level_view *v);
    void (*snap)(struct market_context *m, const struct calendars *c, struct snap *s);
};
extern const struct detector *const detector_table[]; /* NULL-terminated, in the order in which they run */

void context_bar(struct market_context *m, const struct level_view *v);
void context_snap(struct market_context *m, const struct calendars *c, struct snap *s);

/* Bar `back` bars ago, 0: the last; NULL: not that many, or too far. */
const struct bar *context_bar_at(const struct market_context *m, uint32_t back);
const struct level *context_level(const struct market_context *m, enum level_kind kind, uint16_t session);
/* The newest of a kind and side that is not over; NULL: none. */
const struct structure *context_newest(const struct market_context *m, enum structure_kind kind, enum side side);
/* The nearest known line beyond `from` in that direction that no bar has crossed yet: a target. false: none. */
bool context_next_level(const struct market_context *m, const struct calendars *c, price_t from, enum side way,
                        enum level_kind *kind, uint16_t *session, price_t *price);

/* What lies near a price: lines, round prices, living zones. */
struct nearby {
    price_t low, high;
    bool is_structure;
    enum level_kind level; /* a line's */
    uint16_t session;
    struct structure structure;
    bool crossed;
    uint32_t weight;
};
uint32_t context_nearby(const struct market_context *m, const struct instrument *in, const struct calendars *c,
                        price_t price, price_t within, struct nearby out[NEARBY_MAX]); /* by price, lowest first */
price_t round_step(price_t price);

/* At least two of different kinds that lie within `tolerance` of each other. */
struct confluence {
    price_t low, high;
    uint32_t count, weight;
    uint32_t named; /* the weightiest of them, as indices of the list they came from */
    uint32_t at[CONFLUENCE_NAMED_MAX];
};
uint32_t context_confluences(const struct nearby *list, uint32_t n, price_t tolerance,
                             struct confluence out[CONFLUENCES_MAX]); /* weightiest first */
price_t context_tolerance(const struct market_context *m, const struct level_config *c, const struct instrument *in);

/* Names, in one place for signals and chat: "Asia high", « plus haut Asie ». */
char *level_say(char out[LEVEL_NAME_MAX], enum lang lang, const struct calendars *c, enum level_kind kind,
                uint16_t session);
char *nearby_say(char out[LEVEL_NAME_MAX], enum lang lang, const struct calendars *c, const struct nearby *n);
char *confluence_say(char *out, size_t size, enum lang lang, const struct calendars *c, const struct nearby *list,
                     const struct confluence *f);
const char *session_say(enum lang lang, const char *name);
const char *life_say(enum lang lang, enum life l);
const char *regime_say(enum lang lang, enum regime r);
const char *structure_say(enum lang lang, enum structure_kind k, enum side side);

#endif
