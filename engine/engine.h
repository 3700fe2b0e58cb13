/*
 * engine: the facade. The only API of the trading core for bot/ and commands/.
 * Pure: no clock, file, socket, thread or randomness; time comes with each event.
 * engine_apply is the only way its state changes. One thread owns an engine.
 */
#ifndef MIA_ENGINE_ENGINE_H
#define MIA_ENGINE_ENGINE_H

#include "engine/effect.h"
#include "engine/level.h"

struct engine;
struct engine *engine_new(void);
void engine_free(struct engine *e);

/* Applies one event and fills *out (emptied first) with its effects. The first event must be EVENT_CONFIG.
 * Returns -1 only for an event that cannot be true (wrong seq, unknown instrument): nothing changed then. */
int engine_apply(struct engine *e, const struct event *ev, struct effects *out, struct err *err);

/* Would engine_apply take it? Looks at everything but seq; changes nothing. */
int engine_check(const struct engine *e, const struct event *ev, struct err *err);

/* Reads or writes the whole state. s->version says of which format it is (ENGINE_FORMAT when written); reading one that is
 * newer, or of another layout, sets s->bad: what an older program wrote is read, a newer one is refused. */
void engine_snap(struct engine *e, struct snap *s);
bool engine_is_upgraded(
    const struct engine *e); /* read from an older format: its digest is of effects as they were then */
uint64_t engine_digest(const struct engine *e); /* over all effects so far, in order */
uint64_t engine_seq(const struct engine *e);    /* of the last applied event; 0: none */
uint64_t engine_bars(const struct engine *e);   /* bars applied so far: where a replayed feed goes on */

/* ---- what it knows; pointers hold until the next engine_apply ---- */

const struct engine_config *engine_config(const struct engine *e);
const struct instrument *engine_instrument(const struct engine *e, uint16_t index);
when_t engine_market_time(const struct engine *e);
int32_t engine_day(const struct engine *e);
/* What holds from the next trading day on: the same as engine_config's where nothing waits. */
const struct limits *engine_limits_next(const struct engine *e);
const struct management *engine_management_next(const struct engine *e);

struct engine_status {
    bool paused;
    char paused_by[ACTOR_MAX];
    when_t paused_at; /* wall time */
    bool suspended;   /* a limit is reached */
    enum limit_kind suspended_by;
    bool cautious;
    bool store_gone; /* no entries until it is back */
    enum feed_state feed;
    uint32_t open_trades, live_orders, unknown_orders;
    uint32_t strategies, strategies_off; /* configured ones, and those of them that may not open trades */
};
void engine_status(const struct engine *e, struct engine_status *out);

struct strategy_state {
    bool on;     /* may open trades, as far as it is concerned */
    bool chosen; /* by a person with /strategy, over the file's `enabled` */
    char by[ACTOR_MAX];
    when_t at; /* wall time */
    uint32_t open_trades;
};
bool engine_strategy(const struct engine *e, uint16_t strategy, struct strategy_state *out); /* false: no such one */

struct account {
    cash_t balance;  /* realised */
    cash_t open_pnl; /* at the price a close would get, fees of the close included */
    cash_t equity;   /* balance + open_pnl */
    cash_t margin;   /* in use */
    cash_t day_first_equity;
    cash_t week_first_equity, month_first_equity; /* of the trading week and month */
    cash_t peak_equity;                           /* the highest so far, which a drawdown is counted from */
    cash_t paid_in;                               /* less what was withdrawn, since the first start */
    cash_t day_pnl;                               /* equity now against the day's first */
    cash_t at_risk; /* lost from the entries if every stop were hit, fees of both sides included; negative: locked in */
};
void engine_account(const struct engine *e, struct account *out);

uint32_t engine_trade_count(const struct engine *e);
const struct trade *engine_trade_at(const struct engine *e, uint32_t i);           /* i < count; oldest first */
const struct trade *engine_trade(const struct engine *e, uint32_t id);             /* NULL: not open */
bool engine_trade_pnl(const struct engine *e, const struct trade *t, cash_t *net); /* if closed now, all fees paid */
bool engine_trade_at_risk(const struct engine *e, const struct trade *t,
                          cash_t *out); /* of what is open: loss from its entry to
    the stop that truly rests, slippage allowance and fees of both sides included; negative: locked in */
uint32_t engine_order_count(const struct engine *e);
const struct order *engine_order_at(const struct engine *e, uint32_t i);

struct market_view {
    price_t bid, ask, last;
    when_t time;
    bool known, danger;
    struct bar bar;
};
/* Was this bar, or a later one of its contract, applied? */
bool engine_has_bar(const struct engine *e, uint16_t instrument, const struct bar *b);
/* What the detectors know of it, for names see engine/level.h; NULL: not followed, or no bar yet. */
const struct market_context *engine_context(const struct engine *e, uint16_t instrument);
void engine_market(const struct engine *e, uint16_t instrument, struct market_view *out);
int64_t engine_position(const struct engine *e,
                        uint16_t instrument);                     /* of a qty_t, all trades together; negative: short */
bool engine_differs(const struct engine *e, uint16_t instrument); /* the venue said that it holds something else */

/* The contract that a future's market is of, and when the next one is meant: by date, or by date at the latest known day
 * where volume decides. false: not rolled, or no bar yet. */
struct roll_view {
    uint16_t contract, next; /* next 0: none is configured */
    int32_t roll, expires;   /* trading days */
    int32_t days;            /* until the roll; <= 0: it is due */
    bool due, by_volume;
};
bool engine_roll(const struct engine *e, uint16_t instrument, struct roll_view *out);

enum limit_state { LIMIT_IS_OK, LIMIT_IS_NEAR, LIMIT_IS_CAUTIOUS, LIMIT_IS_REACHED, LIMIT_STATE_COUNT };
enum limit_reset {
    RESET_DAY, /* the next trading day */
    RESET_WEEK,
    RESET_MONTH,
    RESET_RECOVERED, /* the first trading day that begins on the right side of it */
    RESET_COOLDOWN,  /* so long without another one */
    LIMIT_RESET_COUNT
};
/* The trading week of a day begins with Sunday, whose evening belongs to Monday's market; the month is its date's. */
int32_t day_week_first(int32_t day);
int32_t day_month_first(int32_t day);

/* One row a limit that is set: the rows of one kind come tightest first. */
struct limit_view {
    enum limit_kind kind;
    enum limit_state state; /* of its kind */
    enum limit_reset reset;
    int32_t reset_day;         /* DAY, WEEK, MONTH, RECOVERED: the first trading day that may lift it */
    when_t reset_at;           /* COOLDOWN: market time; 0 ns: nothing has happened */
    bool is_breaker;           /* suspends; an owner may override it */
    const char *by;            /* who overrode it last, since it was last reset; "": nobody */
    when_t by_at;              /* wall time */
    const char *key;           /* the option's name */
    cash_t used, max;          /* money limits */
    uint32_t count, count_max; /* counted limits */
    int32_t instrument;        /* -1: all */
    bool binding;              /* the tightest of its kind */
};
#define LIMIT_VIEWS_MAX 96
uint32_t engine_limits(const struct engine *e, struct limit_view out[LIMIT_VIEWS_MAX]);

/* The questions that every signal must pass, in the order in which they are asked; the first no is the reason. A name that
 * stands twice is asked before and after the size is known. */
struct gate_view {
    enum refusal code;
    const char *name[LANG_COUNT]; /* of the refusal: "not enough confidence" */
    const char *asks[LANG_COUNT]; /* what it lets pass */
    const char *key;              /* the option behind it; NULL: none */
};
uint32_t engine_gate_count(void);
const struct gate_view *engine_gate(uint32_t i);
/* Which of them refused it; engine_gate_count(): none did. */
uint32_t engine_gate_of(const struct signal *g);
#define GATE_TEXT_MAX 256
/* "The least confidence (gate 17 of 36, trading.min_confidence)"; "": none refused it. */
char *gate_say(char out[GATE_TEXT_MAX], enum lang lang, const struct signal *g);

enum stats_span { STATS_DAY, STATS_TOTAL, STATS_SPAN_COUNT };
const struct stats *engine_stats(const struct engine *e, enum stats_span span);
const struct stats *engine_strategy_stats(const struct engine *e, uint16_t strategy);

/* What each symbol or strategy made. Whole trades, fees included; a row of its own (index -1, the last) for what is no
 * longer configured. Over all rows: closed = the stats' net, day = the account's day_pnl, open = what the open trades
 * have made (engine_trade_pnl), carried = the part of it that the day's first equity already held. */
enum ledger_by { LEDGER_BY_INSTRUMENT, LEDGER_BY_STRATEGY };
struct ledger_view {
    int32_t index;
    cash_t closed, closed_day, open, carried;
    cash_t day; /* closed_day + open - carried */
};
#define LEDGER_VIEWS_MAX 65
uint32_t engine_ledger(const struct engine *e, enum ledger_by by, struct ledger_view out[LEDGER_VIEWS_MAX]);

const struct signal *engine_last_signal(const struct engine *e); /* NULL: none yet */

/* What a close would do now: for the preview of a confirmation. */
struct close_preview {
    uint32_t trades; /* how many */
    cash_t result;   /* net of all of them, fees of the close included */
    uint64_t state;  /* a digest of what was looked at: a confirmation holds only while it is the same */
    struct {
        uint32_t trade;
        qty_t qty;
        price_t price;
        cash_t result;
    } item[TRADES_MAX];
};
int engine_preview_close(const struct engine *e, const struct operator_command *c, struct close_preview *out,
                         struct err *err);
/* The digest of what a resume would loosen (pause state, suspension, limits). */
uint64_t engine_preview_resume(const struct engine *e);
uint64_t engine_preview_override(const struct engine *e, enum limit_kind k);
uint64_t engine_preview_strategy(const struct engine *e, uint16_t strategy); /* of switching it */

/* The flatten that is under way: an SOS or a /flatten, until no trade and no order is left. false: none is. */
struct flatten_view {
    enum operator_verb verb;
    char actor[ACTOR_MAX];
    when_t began; /* wall time */
    bool stuck;   /* refused too often: it only watches now, and being asked again begins anew */
    uint32_t cancelled, closed;
    cash_t result;
    struct flatten_left left;
};
bool engine_flatten(const struct engine *e, struct flatten_view *out);
/* What it would find now, and a digest of it: a confirmation holds only while it is the same. */
uint64_t engine_preview_flatten(const struct engine *e, struct flatten_left *out);
/* Wall time at which the engine wants an EVENT_CLOCK; 0 ns: it waits for nothing. */
when_t engine_wake(const struct engine *e);

/* An order of ours that is working, or was lately; NULL: neither. */
const struct order *engine_order(const struct engine *e, uint64_t id);
/* Would OP_CANCEL ask for this one? It is an entry that works and is not being cancelled already. */
bool engine_can_cancel(const struct engine *e, const struct order *o);

/* Where a stop is wanted, as a person says it: at a price, or so far away. Away from the market means behind what a close
 * would get now; from the entry, a negative amount lies on the losing side. Money is the result there, fees of both sides
 * and the slippage allowance included; away from the market it is the value of the move alone. */
enum stop_unit { STOP_AT_PRICE, STOP_IN_TICKS, STOP_IN_PERCENT, STOP_IN_CASH, STOP_UNIT_COUNT };
struct stop_level {
    enum stop_unit unit;
    bool from_entry; /* else from the market */
    int64_t v;       /* price_t.v, ticks, parts per million, cash_t.v; away from the market: > 0 */
};
/* The price that is meant, on the grid, rounded to less risk. -1: e says why it means none. */
int engine_stop_price(const struct engine *e, uint32_t trade, const struct stop_level *l, price_t *out,
                      struct err *err);

/* What OP_STOP or OP_BREAK_EVEN would do now to each trade that is meant. */
enum stop_refusal {
    STOP_OK,
    STOP_NOT_OPEN,
    STOP_CLOSING,
    STOP_MOVING, /* the broker has not confirmed the last one */
    STOP_SAME,
    STOP_BETTER,    /* BREAK_EVEN: it lies beyond already */
    STOP_MARKET,    /* the market is not beyond it: it would fill at once */
    STOP_RISK,      /* more than one trade may risk */
    STOP_DAY_LOSS,  /* with every stop hit, more than the day may lose */
    STOP_IMPOSSIBLE /* not on the grid, no price, figures out of range */
};
struct stop_preview {
    uint32_t trade;
    enum stop_refusal refusal;
    price_t before, after, market; /* market: what a close would get */
    cash_t risk_before, risk_after;
    bool looser;
    cash_t used, max; /* of the limit that refuses */
    const char *key;
};
/* *n <= TRADES_MAX, > 0 on success. -1: nothing of it can be done; e says why, with the arithmetic. */
int engine_preview_stop(const struct engine *e, const struct operator_command *c, struct stop_preview out[TRADES_MAX],
                        uint32_t *n, struct err *err);
/* Why this one is refused. */
void engine_stop_refusal(const struct engine *e, const struct stop_preview *p, struct err *err);

#endif
