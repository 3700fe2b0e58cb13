/*
 * state: the inside of an engine, shared by the files of engine/ only. Everything is
 * of fixed size; nothing is allocated after engine_new. Functions that take `out` add
 * their effects to it, in the order in which they are to be carried out and told.
 */
#ifndef MIA_ENGINE_STATE_H
#define MIA_ENGINE_STATE_H

#include "engine/engine.h"
#include "engine/strategy.h"

#define RANGE_BARS 50         /* a bar's range is compared with the average of so many */
#define ORDERS_RECENT_MAX 256 /* final orders kept for reports that come late */
#define FILL_SETS 1024        /* fills remembered: sets of FILL_WAYS, the oldest of a set is forgotten */
#define FILL_WAYS 4
#define SLOTS_MAX (STRATEGIES_MAX * STRATEGY_SYMBOLS_MAX)
#define SLOT_POOL (2 * SLOTS_MAX)           /* a new configuration opens its strategies before the old ones go */
#define STEPS_MAX STRATEGIES_MAX            /* strategies that follow one instrument */
#define PROTECT_TRIES_MAX 3                 /* refused stops in a row before the trade is closed */
#define NAKED_AFTER_MS 5000                 /* wall time a stop may take to rest */
#define DANGER_PAUSE_NS (3600 * NS_PER_SEC) /* market time between two warnings for one instrument */
#define PRICE_HIGHEST (PRICE_SCALE * 1000000000LL)
#define QTY_HIGHEST (QTY_SCALE * 1000000000LL)
#define CASH_HIGHEST (CASH_SCALE * 1000000000000LL)
#define CONFIDENCE_FULL 70 /* from here the size is whole; at the minimum it is half */
#define PPM 1000000LL
#define FLATTEN_TRIES_MAX 5            /* rounds in which something refused is asked for again */
#define FLATTEN_WAKE_MS 2000           /* wall time to the first look; each next one waits twice as long */
#define FLATTEN_WAKE_MAX_MS 300000     /* up to so long */
#define FLATTEN_SLOW_MS 60000          /* closes that do not fill for so long are told */
#define FLATTEN_REMIND_MS (15 * 60000) /* what keeps it from being flat is told again so often */
#define EFFECT_BYTES 8192              /* one effect, stored */
#define CONFIG_BYTES (1u << 18)        /* a configuration, stored: the buffer grows to it when one takes hold */

#define HOURS_KEPT 72  /* hourly closes of each symbol, for correlation, risk and volatility */
#define HOURS_LEAST 24 /* returns in common before they say anything */
#define ATR_LENGTH 14
#define EXTREME_BARS 20 /* whose extreme a stop by structure lies behind */
#define IDEAS_MAX 32    /* signals taken lately, against duplicates */

struct hour_close {
    int32_t hour; /* since the epoch */
    price_t close;
};

/* What the bars of a contract say that is not the market's: of the next one, or of the one before. */
struct contract_seen {
    uint16_t contract; /* 0: none */
    struct bar bar;    /* the last one; seconds 0: none yet */
    struct quote quote;
    int64_t volume; /* of the trading day */
    uint32_t bars;
};

/* The contract of a future, see engine/roll.c. */
struct roll_state {
    uint16_t contract;     /* that the market is of; 0: no bar yet */
    uint16_t warned, left; /* the contract that was warned of, and whose closing was told */
    bool warns;            /* it is time for a warning */
    int32_t day, before;   /* trading day of the last bar, and the one that had bars before it; 0: none */
    bool due;              /* the next one is meant, and takes over with its first bar */
    enum roll_why why;
    uint32_t ahead; /* trading days in a row on which the next one had more volume */
    int64_t volume; /* of the contract, on that day */
    uint32_t bars;
    struct contract_seen next, old;
    price_t by; /* the next one's close less this one's, of the last bar that both had */
    int32_t by_day;
};

struct market {
    struct roll_state roll;
    struct hour_close hours[HOURS_KEPT];
    uint32_t hour_count, hour_at; /* hour_at: where the next hour goes */
    int64_t atr;                  /* Wilder, ATR_LENGTH; in units of price_t */
    uint32_t extreme_count, extreme_at;
    struct {
        price_t high, low;
    } extremes[EXTREME_BARS];
    int64_t slippage_ppm; /* of entries lately, against us; of the price */
    struct bar bar;
    struct quote quote;
    when_t time;
    bool known, danger;
    when_t danger_told;
    when_t weekend_told; /* the long close that was warned of last */
    enum feed_state feed;
    int64_t range[RANGE_BARS], range_sum;
    uint32_t range_count, range_at;
    bool differs;   /* the venue holds something else than we do: */
    int64_t theirs; /* of a qty_t; negative: short */
};

/* A trade with what only the core needs to know of it. */
struct held {
    struct trade t;
    price_t stop_resting; /* what the venue last confirmed; 0: nothing */
    price_t target_resting;
    cash_t fees_entry; /* part of t.fees */
    when_t asked;      /* wall time since which protection is awaited */
    uint32_t refusals; /* of protection, in a row */
    bool flatten;      /* whatever fills from now on is closed again, for this reason: */
    enum close_reason flatten_reason;
    bool naked_told;
    bool part_taken; /* a part was closed at its gain */
    price_t wanted;  /* what the signal saw: the entry's slippage is counted from it */
    price_t
        hand_best; /* a person set the stop when the best price was this: it follows again from a better one; 0: nobody */
    price_t
        origin; /* where the first of the contracts that it was rolled through was entered, moved to this one's prices;
                       0: not rolled. What it is managed by; money is counted from its own entry */
    uint16_t roll_to; /* being left to be opened again in that contract; 0: not */
    price_t roll_by;  /* whose prices are so much higher */
    qty_t roll_qty;   /* left so far, to be opened again */
};

struct live_order {
    struct order o;
    bool cancel_wanted;
    bool cancel_by_hand; /* a person asked, and is told what became of it */
};

struct step {
    uint16_t strategy, slot;
};
struct slot {
    bool used;
    const struct strategy *rule; /* borrowed from the table */
};

/* What the calendar says of the next close; follows from it. */
struct weekend_watch {
    when_t until;              /* holds so long */
    when_t close;              /* the next close, where it is a long one; 0 ns: it is not */
    when_t shut_from, shut_to; /* of the last long one looked at: no entries where the rule says flat */
};

/* The contract by date of one day; follows from the configuration. */
struct roll_named {
    int32_t day; /* 0: none yet */
    uint16_t contract;
};

struct counters {
    uint32_t entries, entries_asset[INSTRUMENTS_MAX];
};

/* The results of one symbol or one strategy, whole trades, fees included. */
struct ledger {
    cash_t closed, closed_day; /* of closed trades: for ever, and of this day */
    cash_t carried;            /* of trades that were open when the day began: what they had made by then */
};

/* The one flatten: an SOS or a /flatten, from its first order to "verified flat". */
struct flatten {
    bool active, stuck;
    uint32_t number;
    enum operator_verb verb;
    char actor[ACTOR_MAX];
    when_t began, wake, told_at; /* wall time; wake: when it looks again, told_at: of the last trouble told */
    uint32_t looks, tries, cancelled, closed;
    cash_t result;
    struct flatten_left told; /* what was said to be left */
};

/* Peaks that a stats record needs and does not carry. */
struct tally {
    struct stats s;
    cash_t peak;
};

/* One breaker, stored. The switch of a kind is in engine/breakers.c. */
struct breaker_state {
    bool near_told, cautious, reached;
    bool waived;        /* overridden where there is nothing to count anew: until the next trading day */
    cash_t mark;        /* the equity that a loss is counted from: the period's first, or that of an override */
    char by[ACTOR_MAX]; /* who overrode it since it was last reset */
    when_t by_at;       /* wall time */
};
/* Its levels now, in its own unit; INT64_MAX: none. Not stored: follows from limits and marks. */
struct breaker_plan {
    int64_t near, cautious, max;
    int64_t first; /* the lowest of them */
};

enum switch_choice { SWITCH_FILE, SWITCH_ON, SWITCH_OFF, SWITCH_CHOICE_COUNT };
struct strategy_switch {
    enum switch_choice choice; /* SWITCH_FILE: nobody chose, `enabled` holds */
    char by[ACTOR_MAX];
    when_t at;
};

struct engine {
    /* Limits and management: those that hold today. Removed symbols and strategies with open trades stay. */
    struct engine_config config;
    struct limits limits_next; /* from the next trading day on */
    struct management management_next;
    enum weekend_rule weekend_next[INSTRUMENTS_MAX]; /* the symbols' own */
    struct strategy_switch switches[STRATEGIES_MAX];
    uint64_t config_hash; /* of the configuration as told */
    bool configured;

    uint64_t seq, digest, bars;
    when_t market_time, wall_time;
    int32_t day;
    bool day_has_data;

    cash_t balance, day_first_equity, peak_equity;
    cash_t week_first_equity, month_first_equity;
    cash_t paid_in;   /* by EVENT_CASH */
    bool peak_rebase; /* a resume accepted the drawdown: the peak starts anew on the next day */
    uint64_t order_base;
    uint32_t orders_made, trades_made, signals_made;

    bool paused;
    char paused_by[ACTOR_MAX];
    when_t paused_at;
    bool cautious; /* any breaker is */
    bool store_gone;
    struct breaker_state breakers[LIMIT_KIND_COUNT];
    uint32_t losses_in_row; /* since the breaker was last lifted */
    uint32_t errors;        /* of the system, in a row */
    when_t error_last;      /* market time */
    struct counters today;

    struct held trades[TRADES_MAX];
    uint32_t trade_count;
    struct live_order orders[ORDERS_MAX];
    uint32_t order_count;
    struct live_order recent[ORDERS_RECENT_MAX];
    uint32_t recent_count, recent_at;
    uint64_t fills[FILL_SETS][FILL_WAYS];

    struct tally day_stats, total_stats, strategy_stats[STRATEGIES_MAX];
    struct ledger by_instrument[INSTRUMENTS_MAX], by_strategy[STRATEGIES_MAX];
    struct ledger instruments_gone, strategies_gone; /* of those that are no longer configured */
    struct flatten flatten;
    struct signal last_signal;
    struct idea {
        uint16_t instrument;
        enum side side;
        price_t level;
        when_t time; /* market */
    } ideas[IDEAS_MAX];
    uint32_t idea_count, idea_at;

    struct market markets[INSTRUMENTS_MAX];
    struct market_context *contexts;      /* INSTRUMENTS_MAX rooms, and as many for next contracts */
    uint16_t context_of[INSTRUMENTS_MAX]; /* which room an instrument has */

    /* Not stored: follows from the rest. */
    uint32_t format_read; /* of the snapshot that this state was read from; 0: it was not */
    struct breaker_plan plans[LIMIT_KIND_COUNT];
    int64_t drawdown_first_ppm; /* the lowest level of the drawdown's; 0: none */
    struct step steps[INSTRUMENTS_MAX][STEPS_MAX];
    uint32_t step_count[INSTRUMENTS_MAX];
    bool followed[INSTRUMENTS_MAX]; /* by the detectors */
    struct weekend_watch weekend[INSTRUMENTS_MAX];
    struct roll_named roll_named[INSTRUMENTS_MAX];
    struct market market_room; /* while one begins anew */
    struct slot slots[SLOT_POOL];
    uint16_t slot_of[STRATEGIES_MAX][STRATEGY_SYMBOLS_MAX];
    uint8_t *slot_memory; /* SLOT_POOL * STRATEGY_STATE_MAX, zeroed, touched only where used */
    struct intents intents;
    struct buf bytes; /* of one effect, for the digest; its memory is there from the start */
    bool dirty;       /* the account changed in this event */
};

/* engine.c: what engine_apply does once the event is known to be possible; seq must follow */
int engine_apply_checked(struct engine *e, const struct event *ev, struct effects *out, struct err *err);

/* effects.c */
struct effect *effect_add(struct effects *out, enum effect_kind kind);
void digest_effects(struct engine *e, struct effects *out);

/* portfolio.c: all return false on overflow */
const struct instrument *instrument_of(const struct engine *e, const struct trade *t);
price_t exit_price(const struct engine *e, const struct trade *t); /* what a close would get now */
bool pnl_at(const struct engine *e, const struct trade *t, price_t price, qty_t qty, cash_t *out); /* signed by side */
bool exit_fee(const struct engine *e, const struct trade *t, qty_t qty, cash_t *out);
bool trade_open_pnl(const struct engine *e, const struct trade *t, price_t price,
                    cash_t *out);                                               /* open part, close fee paid */
bool trade_pnl_now(const struct engine *e, const struct trade *t, cash_t *net); /* whole trade, closed now */
bool held_at_risk(const struct engine *e, const struct held *h, cash_t *out);
bool entry_fee_share(const struct held *h, qty_t qty, cash_t *out);
bool equity_now(const struct engine *e, cash_t *equity);
bool worst_equity(const struct engine *e, cash_t *equity); /* every stop hit, every pending entry filled and stopped */
price_t against(enum side position, price_t price, price_t by); /* moved by `by` to that position's loss */
bool is_better(enum side position, price_t a, price_t b);       /* a is more favourable than b */

/* orders.c */
struct live_order *order_add(struct engine *e);                                 /* NULL: full */
struct live_order *order_live(struct engine *e, uint64_t id);                   /* NULL: final, or never ours */
struct live_order *order_find(struct engine *e, uint64_t id, bool *live);       /* also among the recent final ones */
void order_retire(struct engine *e, struct live_order *o);                      /* a final one leaves the table */
bool order_cancel(struct engine *e, struct live_order *o, struct effects *out); /* true: asked now */
qty_t order_left(const struct order *o);
bool symbol_has_unknown(const struct engine *e, uint16_t instrument);
bool fill_is_new(struct engine *e, uint64_t order, uint64_t fill_id);

/* trades.c */
struct held *held_find(struct engine *e, uint32_t trade);
struct held *held_by_entry(struct engine *e, uint64_t order);
bool trade_is_flattening(const struct held *h);
qty_t trade_closable(const struct engine *e, const struct held *h); /* open less what exits already ask for */
bool trade_exit(struct engine *e, struct held *h, qty_t qty, enum close_reason reason, struct effects *out);
uint32_t trade_flatten(struct engine *e, struct held *h, enum close_reason reason,
                       struct effects *out); /* orders asked */
struct effect *trade_changed(struct engine *e, struct held *h, enum trade_change change, struct effects *out);
void entry_fill(struct engine *e, struct live_order *o, const struct event *ev, struct effects *out);
void exit_fill(struct engine *e, struct held *h, const struct event *ev, enum close_reason reason, struct effects *out);
void trade_set_risk(struct engine *e, struct held *h);
void trade_settle(struct engine *e, struct held *h, struct effects *out); /* closes or drops it when due */

/* reconcile.c */
int check_venue(const struct engine *e, const struct event *ev, struct err *err);
void apply_venue(struct engine *e, const struct event *ev, struct effects *out);

/* reports.c */
int check_report(const struct engine *e, const struct event *ev, struct err *err);
void apply_report(struct engine *e, const struct event *ev, struct effects *out);

/* bars.c */
int check_bar(const struct engine *e, const struct event *ev, struct err *err);
void apply_bar(struct engine *e, const struct event *ev, struct effects *out);
void apply_feed(struct engine *e, const struct event *ev, struct effects *out);

/* manage.c */
/* What is held for long enough, or whose market closes, ends whenever time goes on: with any bar, and with the clock. */
void watch_closes(struct engine *e, struct effects *out);
void manage_trades(struct engine *e, uint16_t instrument, const struct bar *b, when_t wall, struct effects *out);
void watch_protection(struct engine *e, when_t wall, struct effects *out);
when_t protection_wake(const struct engine *e); /* wall time of the next look; 0 ns: nothing is awaited */
struct stop_move {
    price_t stop;
    enum trade_change change;
    const char *actor; /* NULL: nobody, it follows */
    when_t wall;
};
void trade_move_stop(struct engine *e, struct held *h, const struct stop_move *m, struct effects *out);

/* limits.c */
struct money_limit {
    const char *key;
    cash_t max;
};
#define MONEY_LIMITS_MAX 4
/* Of a day, a week or a month, tightest first. */
uint32_t loss_limits(const struct engine *e, enum limit_kind kind, struct money_limit out[MONEY_LIMITS_MAX]);
int64_t drawdown_ppm(const struct engine *e);                          /* the tighter of the two; 0: none is set */
int64_t ppm_of(int64_t ppm, cash_t of);                                /* INT64_MAX where that is beyond any figure */
uint32_t daily_trades_limit(const struct engine *e, const char **key); /* 0: none */
void limits_count_entry(struct engine *e, uint16_t instrument, struct effects *out);
void limits_uncount_entry(struct engine *e, const struct trade *t);
void limits_new_day(struct engine *e, int32_t before, struct effects *out);
struct management management_tighter(const struct management *now, const struct management *next);

/* breakers.c */
void breakers_plan(struct engine *e); /* after every change of the limits or of the equity they are shares of */
void breakers_check(struct engine *e, struct effects *out);
void breakers_check_book(struct engine *e, struct effects *out); /* after what changes what is at risk */
void breakers_see_errors(struct engine *e, const struct event *ev, struct effects *out);
void breakers_cool_down(struct engine *e, struct effects *out);
void breakers_begin(struct engine *e); /* at the very first start */
void breakers_new_day(struct engine *e, int32_t before, cash_t equity, struct effects *out);
void breakers_paid_in(struct engine *e, cash_t amount);
void breaker_refuse(const struct engine *e, enum limit_kind k, struct signal *g);
enum refusal breaker_refusal(enum limit_kind k);
bool is_suspended(const struct engine *e, enum limit_kind *by);
void breaker_view(const struct engine *e, struct limit_view *v); /* what follows from its kind */
int check_override(const struct engine *e, const struct operator_command *c, struct err *err);
void apply_override(struct engine *e, const struct event *ev, struct effects *out);
bool book_at_risk(const struct engine *e, cash_t *out); /* lost from the entries if every stop were hit */
bool open_risk_limit(const struct engine *e, cash_t *max);

/* sizing.c */
struct sizing {
    qty_t qty;
    cash_t risk; /* at the stop */
    bool halved;
    enum refusal refusal;
    char why_not[LANG_COUNT][REASON_MAX];
    char how[LANG_COUNT][SIZING_TEXT_MAX]; /* the arithmetic, in figures */
};
void size_signal(const struct engine *e, const struct signal *g, struct sizing *out);
bool risk_per_trade(const struct engine *e, uint16_t strategy,
                    cash_t *out); /* the most that one may lose at its stop */

/* signals.c, gates*.c */
void take_intents(struct engine *e, uint16_t strategy, uint16_t instrument, const struct event *ev,
                  struct effects *out);
/* Whose stop and target, as the strategy's configuration says; no stop where it cannot be told yet. */
void levels_of_entry(const struct engine *e, struct signal *g);
/* seen.c: what it fell into */
void see_regime(const struct engine *e, uint16_t instrument, struct regime_seen *out);
void see_confluence(const struct engine *e, struct signal *g);
bool near_close(const struct engine *e, uint16_t instrument); /* within management.flat_min of its market's close */
bool gates_pass(const struct engine *e, struct signal *g);    /* and sizes it; fills refusal and why_not */

/* hours.c: hourly closes, and what they say */
void hours_see(struct market *m, const struct bar *b, when_t at);
bool hours_correlation(const struct engine *e, uint16_t a, uint16_t b, double *out); /* false: too few in common */
bool hours_volatility(const struct engine *e, uint16_t instrument, double *out);     /* of an hour's return */
/* The loss of one hour that the book, with `g` in it, would have passed in one hour of twenty. false: too few hours. */
bool hours_var(const struct engine *e, const struct signal *g, cash_t *out);
void hours_snap(struct market *m, struct snap *s);

/* weekend.c */
enum weekend_rule weekend_rule_of(const struct engine_config *c, uint16_t instrument);
void weekend_begin(struct engine *e); /* after the first configuration */
/* Another one; the first `told` of its symbols were told, the others stay for a trade. Before its limits are merged with
 * today's. */
void weekend_take(struct engine *e, struct engine_config *to, const uint16_t *instrument, uint32_t told, bool new_day);
void weekend_new_day(struct engine *e);
void weekend_snap(struct engine *e, struct snap *s);
/* After every bar; next_ns: how long until the next look. */
void weekend_step(struct engine *e, uint16_t instrument, when_t t, int64_t next_ns, struct effects *out);
bool weekend_is_shut(const struct engine *e, uint16_t instrument); /* flat there, and no entry */

/* roll.c */
/* The day's bookkeeping of a rolled future. false: the bar is of another contract than the market's, and only noted. */
bool roll_takes(struct engine *e, const struct event *ev, struct effects *out);
when_t roll_last_start(const struct engine *e, uint16_t instrument, const struct bar *b); /* of its contract; 0: none */
uint16_t roll_contract(const struct engine *e, uint16_t instrument);                      /* 0: not rolled */
void roll_name(struct engine *e, uint16_t instrument, struct bar *b); /* a bar that tells none is of the one by date */
/* What is open in a contract that ends is left in time, whenever time goes on. */
void roll_watch(struct engine *e, uint16_t instrument, int64_t next_ns, struct effects *out);
void roll_go_on(struct engine *e, const struct held *left, struct effects *out); /* a trade was closed to be rolled */
bool roll_is_current(const struct engine *e, const struct trade *t);             /* the market is of its contract */
const struct quote *roll_quote(const struct engine *e, const struct trade *t);   /* of its contract; NULL: not known */
bool roll_refuses(const struct engine *e, uint16_t instrument, char why[LANG_COUNT][REASON_MAX]);
price_t held_entry(const struct held *h); /* what it is managed by */
void roll_snap(struct roll_state *r, struct snap *s);

/* contexts.c */
/* What the next contract's own bars have made takes the place of the old one's. */
void contexts_take_next(struct engine *e, uint16_t instrument);
void contexts_drop_next(struct engine *e, uint16_t instrument); /* another one is next */
void contexts_open(struct engine *e);
void contexts_forget(struct engine *e);
bool context_is_followed(const struct engine *e, uint16_t instrument);
void contexts_plan(struct engine *e);                                      /* after the steps */
void contexts_bar(struct engine *e, const struct event *ev, bool is_next); /* of the next contract */
/* Another configuration takes hold in place of e->config: instrument[i] is the new index of i, or `gone`. */
void contexts_move(struct engine *e, const struct engine_config *to, const uint16_t *instrument, uint16_t gone);
void contexts_snap(struct engine *e, struct snap *s);

/* day.c, stats.c */
void day_roll(struct engine *e, int32_t day, struct effects *out);
void stats_add_trade(struct tally *t, cash_t net, cash_t fees, cash_t risk);
void tally_snap(struct tally *t, struct snap *s);

/* operator.c */
int check_command(const struct engine *e, const struct operator_command *c, struct err *err);
void apply_command(struct engine *e, const struct event *ev, struct effects *out);
uint32_t cancel_entries(struct engine *e, struct effects *out);
void set_paused(struct engine *e, const struct event *ev);
uint32_t trades_with(const struct engine *e, bool closing); /* open ones, or those of them that are being closed */

/* flatten.c */
void flatten_begin(struct engine *e, const struct event *ev, struct effects *out); /* or joins the one under way */
void flatten_step(struct engine *e, struct effects *out);                          /* after every event while active */
void flatten_give_up(struct engine *e, const struct event *ev, struct effects *out);
when_t flatten_wake(const struct engine *e);

/* cancel.c */
int check_cancel(const struct engine *e, const struct operator_command *c, struct err *err);
void apply_cancel(struct engine *e, const struct operator_command *c, struct effects *out);
void tell_cancelled(struct live_order *o, enum cancel_outcome outcome, struct effects *out); /* where a person asked */

/* stops.c */
int check_stop(const struct engine *e, const struct operator_command *c, struct err *err);
void apply_stop(struct engine *e, const struct event *ev, struct effects *out);

/* ledger.c */
void ledger_close(struct engine *e, const struct trade *t, cash_t net);
void ledger_new_day(struct engine *e); /* after the day's first equity is known */
void ledger_move(struct engine *e, const uint16_t *instrument, const uint16_t *strategy, uint16_t gone);
void ledger_snap(struct engine *e, struct snap *s);
void ledger_guess(struct engine *e); /* from a snapshot that has none */

/* switches.c */
bool strategy_is_on(const struct engine *e, uint16_t strategy); /* may open trades */
bool strategy_is_loaded(const struct strategy_config *c, const struct strategy_switch *s);
void switches_snap(struct engine *e, struct snap *s);
void switches_follow(const struct engine *e, const struct engine_config *c, struct strategy_switch out[STRATEGIES_MAX]);
int check_switch(const struct engine *e, const struct operator_command *c, struct err *err);
void apply_switch(struct engine *e, const struct event *ev, struct effects *out);

/* setup.c */
int check_config(const struct engine *e, const struct event *ev, struct err *err);
int apply_config(struct engine *e, const struct event *ev, struct effects *out, struct err *err);
void *slot_state(struct engine *e, uint16_t slot);
int open_slots(struct engine *e, const struct engine_config *c,
               struct err *err); /* every state anew, of a restored engine */
void plan_steps(struct engine *e);
void open_late(struct engine *e, uint16_t strategy); /* one that its file has off */
void slots_renew(struct engine *e,
                 uint16_t instrument); /* what strategies know of it is of another contract's prices */

#endif
