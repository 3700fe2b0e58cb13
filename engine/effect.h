/*
 * effect: what an event asks for and what it made true. The shell commits them in
 * the event's transaction and carries them out afterwards: orders to the broker,
 * rows to the tables, messages to the channels.
 */
#ifndef MIA_ENGINE_EFFECT_H
#define MIA_ENGINE_EFFECT_H

#include "engine/config.h"
#include "engine/event.h"

#define EFFECTS_MAX 1024
#define REASON_MAX 256
#define SIZING_TEXT_MAX 224
#define CONFLUENCE_TEXT_MAX 320

enum effect_kind {
    EFFECT_SUBMIT,        /* send this order */
    EFFECT_CANCEL,        /* cancel this order */
    EFFECT_PROTECT,       /* make this stop and target rest for the trade (modify, never remove first) */
    EFFECT_SIGNAL,        /* a signal, taken or ignored */
    EFFECT_TRADE_OPENED,  /* the first fill of an entry */
    EFFECT_TRADE_CHANGED, /* another fill, a stop moved, a part closed: `change` says which */
    EFFECT_TRADE_CLOSED,
    EFFECT_ORDER_TROUBLE, /* rejected, unknown, resolved, protection refused */
    EFFECT_LIMIT,         /* near, cautious, suspended, lifted */
    EFFECT_PAUSE,         /* paused, resumed, sos */
    EFFECT_MARKET,        /* dangerous, stale, lost, back, ended */
    EFFECT_DAY_CLOSED,    /* a trading day is over: its figures */
    EFFECT_CONFIGURED,    /* a start with this configuration; `changed` where it differs from the last */
    EFFECT_STRATEGY,      /* a strategy was switched on or off by a person */
    EFFECT_QUERY,         /* ask the venue what became of this order */
    EFFECT_FLATTEN,       /* how the one flatten that is under way goes on, and how it ended */
    EFFECT_CANCELLED,     /* what became of a cancellation that a person asked for */
    EFFECT_DIFFERS,       /* the venue holds something else than we do, or agrees again */
    EFFECT_ROLL,          /* the contract of a future: its end comes near, it is left, the next one is meant */
    EFFECT_KIND_COUNT
};
const char *effect_kind_name(enum effect_kind k);

enum urgency { URGENCY_INFO, URGENCY_IMPORTANT, URGENCY_URGENT, URGENCY_COUNT };
enum channel { CHANNEL_TRADES, CHANNEL_ALERTS, CHANNEL_PERFORMANCE, CHANNEL_SIGNAL, CHANNEL_ADMIN, CHANNEL_COUNT };
const char *channel_name(enum channel c); /* "trades" "alertes" "performance" "signal" "admin" */

enum refusal { /* why a signal was not taken */
               REFUSAL_NONE,
               REFUSAL_PAUSED,
               REFUSAL_SUSPENDED,
               REFUSAL_CONFIDENCE,
               REFUSAL_DAILY_LOSS,
               REFUSAL_DAILY_TRADES,
               REFUSAL_DAILY_TRADES_ASSET,
               REFUSAL_POSITIONS,
               REFUSAL_IN_POSITION,
               REFUSAL_REWARD_RISK,
               REFUSAL_SIZE,
               REFUSAL_MARGIN,
               REFUSAL_UNKNOWN_ORDER,
               REFUSAL_STALE,
               REFUSAL_CONSECUTIVE_LOSSES,
               REFUSAL_DRAWDOWN,
               REFUSAL_NO_STOP,
               REFUSAL_FULL,
               REFUSAL_OVERFLOW,
               REFUSAL_STRATEGY_OFF,
               REFUSAL_STORE,
               REFUSAL_WEEKLY_LOSS,
               REFUSAL_MONTHLY_LOSS,
               REFUSAL_ERRORS,
               REFUSAL_OPEN_RISK,
               REFUSAL_SESSION,
               REFUSAL_FACTORS,
               REFUSAL_SPREAD,
               REFUSAL_SLIPPAGE,
               REFUSAL_DUPLICATE,
               REFUSAL_CORRELATION,
               REFUSAL_EXPOSURE,
               REFUSAL_MARGIN_USE,
               REFUSAL_VAR,
               REFUSAL_WEEKEND,
               REFUSAL_NEWS,
               REFUSAL_REGIME,
               REFUSAL_ADVISOR_MISSING,
               REFUSAL_ROLL,
               REFUSAL_DIFFERS,
               REFUSAL_COUNT
};
const char *refusal_name(enum refusal r);
const char *refusal_say(enum refusal r, enum lang lang); /* from the table of gates: "not enough confidence" */

/* What the detectors made of the market with the bar that led to a signal. */
struct regime_seen {
    enum regime now;
    uint32_t bars;      /* so long it has been told; 0: not known */
    int64_t adx_e6;     /* 0..100 */
    int64_t efficiency; /* 0..1, parts per million */
    int64_t volatility; /* the same: its rank among its last samples */
};

const char *regime_name(enum regime r); /* "trend" */

struct signal {
    uint32_t id;
    uint16_t instrument, strategy;
    enum side side;
    uint32_t confidence;         /* 0..100 */
    price_t entry, stop, target; /* target 0: none */
    int64_t reward_risk_ppm;     /* 0 where there is no target */
    uint32_t factors;            /* that agree; 0: the strategy does not count them */
    price_t level;               /* the one that the idea is about; 0: none */
    qty_t qty;                   /* what the size came to, 0 where refused before */
    cash_t risk;                 /* at the stop, fees included */
    bool taken, halved;          /* halved: by cautious mode */
    enum refusal refusal;
    char reason[LANG_COUNT][REASON_MAX];      /* why the strategy wants it */
    char why_not[LANG_COUNT][REASON_MAX];     /* why it was ignored, with the arithmetic; "" where taken */
    char sizing[LANG_COUNT][SIZING_TEXT_MAX]; /* how the size came about; "" where it was not computed */
    when_t time;                              /* market */
    int32_t day;
    uint32_t trade; /* 0 where ignored */
    /* Since format 5. */
    struct regime_seen regime;
    int64_t widen_ppm; /* the way to the stop was made so many times as long, for the regime; 0: it was not */
    char confluence[LANG_COUNT][CONFLUENCE_TEXT_MAX]; /* the weightiest near the entry, named; "": none */
    price_t confluence_at;
};
void signal_snap(struct signal *g, struct snap *s);

enum trade_change {
    CHANGE_FILL,
    CHANGE_PART_CLOSED,
    CHANGE_BREAK_EVEN,
    CHANGE_TRAIL,
    CHANGE_STOP,
    CHANGE_CLOSING,
    CHANGE_COUNT
};
enum trouble {
    TROUBLE_REJECTED,
    TROUBLE_UNKNOWN,
    TROUBLE_RESOLVED,
    TROUBLE_NAKED,
    TROUBLE_PROTECT_REFUSED,
    TROUBLE_COUNT
};
enum limit_event {
    LIMIT_NEAR,
    LIMIT_CAUTIOUS_ON,
    LIMIT_CAUTIOUS_OFF,
    LIMIT_REACHED,
    LIMIT_LIFTED,
    LIMIT_OVERRIDDEN, /* by an owner: it counts anew */
    LIMIT_EVENT_COUNT
};
enum limit_kind {
    LIMIT_DAILY_LOSS,
    LIMIT_DAILY_TRADES, /* only refuses entries; all others are breakers */
    LIMIT_CONSECUTIVE_LOSSES,
    LIMIT_DRAWDOWN,
    LIMIT_WEEKLY_LOSS,
    LIMIT_MONTHLY_LOSS,
    LIMIT_ERRORS,    /* of the system, each soon after the one before */
    LIMIT_OPEN_RISK, /* what all stops together would cost */
    LIMIT_KIND_COUNT
};
#define LIMIT_KINDS_3 4                         /* of them in format 3 */
const char *limit_kind_name(enum limit_kind k); /* "daily_loss" */
enum pause_event { PAUSE_ON, PAUSE_OFF, PAUSE_SOS, PAUSE_FLATTEN, PAUSE_EVENT_COUNT };
enum flatten_event {
    FLATTEN_PROGRESS,   /* less is left than was said before */
    FLATTEN_SLOW,       /* the closes are with the venue and do not fill */
    FLATTEN_UNVERIFIED, /* the fate of an order is not known: flat cannot be verified */
    FLATTEN_STUCK,      /* refused FLATTEN_TRIES_MAX times: a human must act */
    FLATTEN_DONE,       /* verified: no trade, no order */
    FLATTEN_GIVEN_UP,   /* a resume came first */
    FLATTEN_EVENT_COUNT
};
enum cancel_outcome {
    CANCEL_DONE,
    CANCEL_PART,    /* some of it had filled before: that is a trade, the rest is cancelled */
    CANCEL_LATE,    /* it had filled before */
    CANCEL_REFUSED, /* the venue said no: the order goes on working */
    CANCEL_OUTCOME_COUNT
};
enum market_event {
    MARKET_DANGER,
    MARKET_STALE,
    MARKET_LOST,
    MARKET_BACK,
    MARKET_ENDED,
    MARKET_WEEKEND,
    MARKET_EVENT_COUNT
};
const char *flatten_event_name(enum flatten_event k);

/* Figures of closed trades over some span (a day, a strategy, for ever). */
struct stats {
    uint32_t trades, won, lost, flat;
    uint32_t signals, taken;
    cash_t gross_profit, gross_loss; /* sums of net results above and below zero; loss is negative */
    cash_t net, fees;
    cash_t best, worst; /* one trade's net; 0 where there was none */
    uint32_t losses_in_row, losses_in_row_max;
    cash_t drawdown_max; /* of realised equity, positive */
    double r_sum;        /* sum of results in R */
};
void stats_snap(struct stats *st, struct snap *s);

/* What a flatten still has before it. */
struct flatten_left {
    uint32_t trades, entries, exits, unknown; /* open; orders: working, and those of unknown fate */
};
#define FLATTEN_SHOWN_MAX 8
struct flatten_report {
    enum flatten_event event;
    enum operator_verb verb; /* OP_SOS or OP_FLATTEN */
    uint32_t number;         /* of the operation: the same in all its reports and in its EFFECT_PAUSE */
    char actor[ACTOR_MAX];
    when_t began; /* wall time */
    uint32_t tries, cancelled, closed;
    cash_t result; /* net, of what was closed since it began */
    struct flatten_left left;
    uint32_t shown_count; /* the first of the trades that are left */
    struct {
        uint32_t trade;
        uint16_t instrument;
        enum side side;
        qty_t qty;
    } shown[FLATTEN_SHOWN_MAX];
};

enum roll_event {
    ROLL_WARNING, /* so many days ahead */
    ROLL_CLOSING, /* what is open in the contract is being closed */
    ROLL_DONE,    /* the market is the next contract's from here on */
    ROLL_LOST,    /* a trade was closed and could not be opened again */
    ROLL_EVENT_COUNT
};
enum roll_why {
    ROLL_BY_DATE,
    ROLL_BY_VOLUME,   /* for so many days more of it in the next one */
    ROLL_BY_FALLBACK, /* volume was to decide, and there were no two to compare */
    ROLL_BY_EXPIRY,   /* volume was to decide, and has not until the last day */
    ROLL_BY_DATA,     /* only the next one has had bars for a trading day */
    ROLL_WHY_COUNT
};
struct roll_report {
    enum roll_event event;
    enum roll_why why; /* DONE, CLOSING */
    uint16_t instrument;
    uint16_t from, to;     /* to: 0: none is listed */
    int32_t roll, expires; /* days of `from` */
    enum roll_action action;
    bool price_known;              /* of the difference: what is open can be opened again */
    price_t by;                    /* DONE: the next contract's price less this one's; 0 where not known */
    uint32_t trades, rolled, days; /* open there; DONE: of them opened again; of more volume */
    uint32_t trade;                /* LOST */
};

struct effect {
    enum effect_kind kind;
    union {
        struct {
            struct order order;
        } submit;
        struct {
            uint64_t order;
        } cancel;
        struct {
            uint64_t entry_order;
            uint32_t trade;
            price_t stop, target;
        } protect;
        struct signal signal;
        struct {
            struct trade trade;
        } opened;
        struct {
            struct trade trade;
            enum trade_change change;
            qty_t qty;
            price_t price;
            cash_t result; /* net of a part */
            price_t stop_before;
            cash_t at_risk;        /* still at risk to the stop, fees included; negative: locked in */
            char actor[ACTOR_MAX]; /* who moved the stop; "": nobody, it followed */
        } changed;
        struct {
            struct trade trade;
            struct stats day; /* running counts after it */
        } closed;
        struct {
            struct order order;
            enum trouble trouble;
        } trouble;
        struct {
            enum limit_event event;
            enum limit_kind limit;
            cash_t used, max;
            uint32_t count, count_max;
            char actor[ACTOR_MAX]; /* OVERRIDDEN */
        } limit;
        struct {
            enum pause_event event;
            char actor[ACTOR_MAX];
            uint32_t orders_cancelled, trades_open, trades_closing;
            uint32_t flatten; /* the number of the flatten that began with it; 0: none */
        } pause;
        struct {
            enum market_event event;
            int32_t instrument;
            int64_t ratio_ppm;
            when_t closes, opens; /* WEEKEND; opens 0 ns: not known */
            uint32_t trades;      /* open there */
            bool flat;            /* they will be closed before */
        } market;
        struct {
            int32_t day;
            struct stats stats;
            cash_t equity_first, equity_last;
            uint32_t open_trades;
        } day;
        struct {
            bool first, changed;
        } configured;
        struct {
            uint16_t strategy;
            bool on;
            char actor[ACTOR_MAX];
            uint32_t orders_cancelled, trades_open; /* its own */
        } strategy;
        struct {
            uint64_t order;
        } query;
        struct {
            uint16_t instrument;
            int64_t ours, theirs; /* of a qty_t; negative: short. Equal: they agree again */
            price_t average;      /* theirs */
        } differs;
        struct flatten_report flatten;
        struct {
            struct order order;
            enum cancel_outcome outcome;
        } cancelled;
        struct roll_report roll;
    } u;
};
void effect_snap(struct effect *f, struct snap *s);
void flatten_left_snap(struct flatten_left *l, struct snap *s);

struct effects {
    uint32_t n;
    struct effect item[EFFECTS_MAX];
};

#endif
