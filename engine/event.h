/*
 * event: the one type of input. Fixed size, no owned pointers (a configuration is
 * borrowed for the call). The journal holds events; the same journal gives the same
 * effects, byte for byte.
 *
 * Two clocks: market_time is what the data says, wall_time what the machine says.
 * `day` is the trading day of market_time, computed outside (zones are not the
 * engine's business).
 */
#ifndef MIA_ENGINE_EVENT_H
#define MIA_ENGINE_EVENT_H

#include "engine/order.h"

#define ACTOR_MAX 48 /* "discord:3000000000000000001", "local:1", "mia" */

enum event_kind {
    EVENT_CONFIG,  /* a start, or a setting changed while running: the configuration that holds from here on */
    EVENT_BAR,     /* a bar has closed */
    EVENT_REPORT,  /* a broker's report */
    EVENT_COMMAND, /* an operator's decision, already authorised and confirmed */
    EVENT_CLOCK,   /* time has passed: day roll-over without data, staleness */
    EVENT_FEED,    /* the feed's state changed */
    EVENT_STORE,   /* the database went away, or is back */
    EVENT_CASH,    /* money came into the account, or left it: no result of trading */
    EVENT_VENUE,   /* what the venue holds of a symbol: it differs from what we hold, or agrees again */
    EVENT_KIND_COUNT
};
const char *event_kind_name(enum event_kind k);

struct bar {
    when_t start;      /* UTC */
    int32_t seconds;   /* length; the bar closes at start + seconds */
    uint16_t contract; /* of a future that is rolled, since format 5; 0: not told */
    price_t open, high, low, close;
    int64_t volume;
    price_t spread; /* full spread; 0: unknown, the instrument's assumption holds */
    /* Since format 4. Of the volume: bought at the ask, sold at the bid, in the same units; both 0: unknown. */
    int64_t buy, sell;
};

void bar_snap(struct bar *b, struct snap *s);

enum operator_verb {
    OP_PAUSE,
    OP_RESUME,
    OP_CLOSE,
    OP_SOS,
    OP_STRATEGY_ON,
    OP_STRATEGY_OFF,
    OP_FLATTEN,    /* what OP_SOS does, asked for in calm: pause, cancel, close, verify */
    OP_CANCEL,     /* entries that wait */
    OP_BREAK_EVEN, /* the stop to where a close brings the fees of both sides back; never loosens */
    OP_STOP,       /* the stop of one trade to a price; a looser one was confirmed before it comes here */
    OP_OVERRIDE,   /* an owner lifts what a breaker did: it counts anew from here */
    OP_VERB_COUNT
};

struct operator_command {
    enum operator_verb verb;
    uint32_t trade;     /* CLOSE, CANCEL, BREAK_EVEN, STOP: one trade; 0: see instrument (STOP: never 0) */
    int32_t instrument; /* CLOSE, CANCEL, BREAK_EVEN: all of it; -1: all */
    int32_t percent;    /* CLOSE: 1..100 of what is open */
    int32_t strategy;   /* STRATEGY_ON, STRATEGY_OFF: its index */
    uint64_t order;     /* CANCEL: one order; 0: see trade */
    price_t price;      /* STOP: where it is to rest, on the grid */
    int32_t limit;      /* OVERRIDE: the breaker, an enum limit_kind */
    char actor[ACTOR_MAX];
};

enum feed_state {
    FEED_LIVE,
    FEED_STALE,
    FEED_LOST,
    FEED_ENDED,
    FEED_FILLING, /* since format 5: bars of the past are read; they open nothing, and nobody is told */
    FEED_STATE_COUNT
};

struct engine_config;

enum config_occasion {
    CONFIG_START,    /* every feed counts as live until it says otherwise */
    CONFIG_RUNNING,  /* a setting was changed by a person: the feeds are as they were */
    CONFIG_FORMAT_1, /* a start in a journal of format 1: a change of how stops follow took hold at once, either way */
    CONFIG_OCCASION_COUNT
};

struct event {
    uint64_t seq; /* rises by one with every applied event */
    enum event_kind kind;
    bool derived; /* made by an internal broker from an earlier event: replay makes it again and compares */
    when_t market_time, wall_time;
    int32_t day;
    enum config_occasion occasion; /* EVENT_CONFIG */
    union {
        const struct engine_config *config;
        struct {
            uint16_t instrument;
            struct bar bar;
        } bar;
        struct order_report report;
        struct operator_command command;
        struct {
            enum feed_state state;
            int32_t instrument; /* -1: all */
        } feed;
        struct {
            bool gone;
        } store;
        struct {
            cash_t amount; /* negative: withdrawn */
        } cash;
        struct {
            uint16_t instrument;
            int64_t qty; /* of a qty_t; negative: short */
            price_t average;
        } venue;
    } u;
};

/* The stored form of events and of the engine's state, one number for both: it rises where a field is added. What is read
 * brings its own in snap.version: every function that reads a struct still reads all older ones, and never a newer one. */
#define ENGINE_FORMAT                                                                                                  \
    5 /* 4: without contracts, weekends and announcements that wait, regimes, advisor; 3: without hours, levels,   \
       * breakers by period; 2: without flatten, ledger; 1: without switches */

/* Writes or reads an event. Reading an EVENT_CONFIG fills *config (may be NULL when writing) and points to it. */
void event_snap(struct event *e, struct engine_config *config, struct snap *s);

#endif
