/*
 * config: everything the engine is told at a start, as plain data without pointers.
 * It is journalled with EVENT_CONFIG, so a replay knows the rules of its day.
 * `config/` and `bot/` fill it; the option names in the comments are the user's.
 */
#ifndef MIA_ENGINE_CONFIG_H
#define MIA_ENGINE_CONFIG_H

#include "engine/calendar.h"
#include "engine/instrument.h"
#include "engine/news.h"

#define STRATEGIES_MAX 16
#define STRATEGY_NAME_MAX 32
#define STRATEGY_SYMBOLS_MAX 8
#define STRATEGY_PARAMS_MAX 48
#define PARAM_NAME_MAX 32

struct param {
    char name[PARAM_NAME_MAX];
    double value;
};

/* Of a market, from its closed bars: engine/levels/regime.c. */
enum regime { REGIME_UNKNOWN, REGIME_TREND, REGIME_RANGE, REGIME_TRANSITION, REGIME_COUNT };
#define REGIME_WIDEN_PPM_MAX 10000000LL /* a stop is widened ten times at most */

/* Whose word an entry needs besides the rules. */
enum advisor_mode { ADVISOR_NONE, ADVISOR_REQUIRED, ADVISOR_MODE_COUNT };

enum sizing_method { SIZING_PERCENT, SIZING_KELLY, SIZING_VOLATILITY, SIZING_COUNT };
enum stop_rule {
    STOP_RULE_OWN, /* the strategy's */
    STOP_RULE_FIXED,
    STOP_RULE_ATR,
    STOP_RULE_STRUCTURE, /* behind the extreme of the last bars */
    STOP_RULE_COUNT
};

struct strategy_config {
    char name[STRATEGY_NAME_MAX];  /* of the table: "MovingAverage" */
    char label[STRATEGY_NAME_MAX]; /* unique among the configured: "MovingAverage", "MovingAverage 2" */
    bool enabled;
    uint16_t symbols[STRATEGY_SYMBOLS_MAX]; /* instrument indices */
    uint32_t symbol_count;
    cash_t capital; /* strategies[].capital_allocation: its own */
    struct param params[STRATEGY_PARAMS_MAX];
    uint32_t param_count;
    /* Since format 4; an older configuration has them at 0. */
    enum sizing_method sizing; /* strategies[].sizing */
    enum stop_rule stop;       /* strategies[].stop: whose stop an entry gets */
    int64_t stop_ppm;          /* strategies[].stop_distance: FIXED: of the price; ATR, STRUCTURE: of one ATR */
    int64_t target_r_ppm;      /* strategies[].target_r: the target at so many R; 0: the strategy's own */
    uint32_t
        session; /* strategies[].session: entries only in calendars.sessions[session - 1]; 0: whenever it is open */
    /* Since format 5; an older configuration has them at 0, which is what it did. */
    uint32_t regimes;                /* strategies[].regimes: bit r: entries in regime r; 0: in any, known or not */
    int64_t widen_ppm[REGIME_COUNT]; /* strategies[].stop_widen: the way to the stop, times this; 0: as it is */
    enum advisor_mode advisor;       /* strategies[].advisor */
};

/* Limits; 0 means: not set. Ratios are parts per million. Where several hold, the tightest wins and is named. */
struct limits {
    int64_t risk_per_trade_ppm; /* trading.risk_management.position_risk      10000 (1 %) of the strategy's capital */
    int64_t
        position_margin_ppm; /* trading.risk_management.max_position_margin 250000 (25 %) of the strategy's capital */
    cash_t daily_loss;       /* trading.risk_management.max_daily_loss_amount */
    int64_t daily_loss_ppm;  /* trading.risk_management.max_daily_loss      20000 (2 %) of the day's first equity */
    int64_t execution_daily_loss_ppm; /* execution.risk.max_daily_loss */
    int64_t breaker_daily_loss_ppm;   /* circuit_breakers.max_daily_loss_pct */
    int64_t cautious_ppm;  /* trading.risk_management.cautious_at  900000: cautious mode from 90 % of the limit */
    uint32_t daily_trades; /* execution.risk.max_daily_trades     entries, open and closed */
    uint32_t daily_trades_breaker; /* circuit_breakers.max_daily_trades */
    uint32_t daily_trades_asset;   /* trading.risk_management.max_daily_trades_per_asset */
    uint32_t positions;            /* trading.risk_management.max_positions */
    uint32_t confidence_min;       /* trading.min_confidence  0..100 */
    int64_t reward_risk_min_ppm;   /* trading.risk_management.min_reward_risk  (1500000 = 1.5; 0: not asked) */
    uint32_t consecutive_losses;   /* circuit_breakers.max_consecutive_losses */
    int64_t drawdown_ppm;          /* trading.risk_management.max_drawdown */
    int64_t breaker_drawdown_ppm;  /* circuit_breakers.max_drawdown_pct */
    /* Since format 4; an older configuration has them at 0, which is what it did. */
    int64_t weekly_loss_ppm;       /* trading.risk_management.max_weekly_loss  50000 (5 %) of the week's first equity */
    int64_t monthly_loss_ppm;      /* trading.risk_management.max_monthly_loss 100000 (10 %) of the month's */
    int64_t warn_ppm;              /* circuit_breakers.warn_at      900000: told from 90 % of any breaker's limit */
    int64_t breaker_cautious_ppm;  /* circuit_breakers.halve_at  900000: as cautious_ppm, of the other breakers */
    int64_t drawdown_warn_ppm;     /* circuit_breakers.drawdown_warn: told from this fall; 0: as the others */
    int64_t drawdown_cautious_ppm; /* circuit_breakers.drawdown_cautious */
    int64_t open_risk_ppm;         /* circuit_breakers.max_open_risk 100000 (10 %) of equity, at all stops */
    uint32_t errors;               /* execution.monitoring.max_errors     5 in a row, none further from the next than */
    uint32_t error_cooldown_s;     /* execution.monitoring.error_cooldown 300: and so long without one lifts it */
    int64_t spread_ppm;            /* trading.gates.max_spread: of the way to the stop */
    int64_t slippage_ppm;          /* trading.gates.max_slippage: of the price, lately or as allowed for */
    int64_t exposure_ppm;          /* trading.gates.max_exposure: gross notional, of equity */
    int64_t margin_ppm;            /* trading.gates.max_margin: margin in use, of equity */
    int64_t correlation_ppm;       /* trading.gates.max_correlation: with a symbol that is held */
    int64_t var_ppm;               /* trading.gates.max_var: 95 %, one hour, of equity */
    uint32_t duplicate_min;        /* trading.gates.duplicate_minutes 15: same asset, direction, level */
    uint32_t factors_min;          /* trading.gates.min_factors       3, where a strategy counts them */
    /* Since format 5; before it they were no limits, and what they were stands here. */
    uint32_t weekend_flat;     /* trading.weekend       1: flat before a close longer than a day, 0: stops stay */
    uint32_t weekend_flat_min; /* trading.weekend_flat  15 minutes before: no entry, and flat where the rule says so */
    struct news_window news;   /* news.before 15, news.after 15 */
};

/* How much of the ceiling (position_risk) a strategy that asks for it may take. */
struct sizing_config {
    int64_t kelly_fraction_ppm; /* risk_management.kelly_fraction    250000 */
    int64_t volatility_ppm; /* risk_management.volatility_target 10000: of the capital, one day in three moves more */
    uint32_t kelly_trades;  /* risk_management.kelly_min_trades  30: percent risk before that */
};

/* How stops follow. Ratios are parts per million of one R (the first risk). */
struct management {
    int64_t
        break_even_r_ppm; /* execution.position.break_even_r    1000000: at +1 R the stop goes to the entry; 0: never */
    bool trailing;        /* execution.position.trailing_stop */
    int64_t trailing_start_r_ppm;    /* execution.position.trailing_start_r */
    int64_t trailing_distance_r_ppm; /* execution.position.trailing_distance_r */
    int64_t
        trailing_step_ppm; /* execution.position.trailing_step: least move of the stop, of the price (100 = 0.01 %) */
    /* Since format 4; an older configuration has them at 0. */
    int64_t trailing_atr_ppm;  /* execution.position.trailing_atr: so many ATRs behind, where that is nearer; 0: by R */
    int64_t partial_r_ppm;     /* execution.position.partial_close_r: a part is taken at so many R; 0: never */
    int64_t partial_share_ppm; /* execution.position.partial_close_share 500000 */
    uint32_t time_stop_min;    /* execution.position.time_stop: closed after so many minutes; 0: never */
    uint32_t flat_min;         /* execution.position.flat_before_close: closed, no entry, minutes before; 0: held */
};

struct paper_config {
    int64_t slippage_ticks;    /* broker.slippage_ticks: against us on every market and stop fill */
    int64_t spread_ticks;      /* broker.spread_ticks: where neither data nor instrument says; -1: the instrument's */
    cash_t commission_per_lot; /* broker.commission_per_lot; -1e-6 (v = -1): the instrument's */
    qty_t max_fill; /* broker.max_fill: largest fill of one bar, the rest on the next (partial fills); 0: all */
};

/* The last minutes before a close that lasts longer than a day; what then happens is a limit (weekend_flat). */
struct weekend_config {
    int32_t warn_min; /* trading.weekend_warning    120 minutes before: what is open is told; 0: not told */
};

/* What the detectors of engine/levels go by. */
struct level_config {
    bool all;             /* levels.follow         all symbols, or only those of strategies that ask */
    uint32_t swing_bars;  /* levels.swing_bars     3 on either side */
    uint32_t opening_min; /* levels.opening_range  30 minutes */
    int64_t gap_atr_ppm;  /* levels.gap_min        100000: least size of a fair value gap, of the ATR */
    int64_t near_atr_ppm; /* levels.tolerance      250000: what lies within this much ATR converges */
};

enum run_mode { MODE_PAPER, MODE_LIVE, MODE_BACKTEST, RUN_MODE_COUNT };

struct engine_config {
    enum run_mode mode;
    bool demo, dry_run;
    char version[16]; /* of the program */
    char currency[4];
    cash_t balance; /* broker.balance: at the very first start */
    struct limits limits;
    struct management management;
    struct sizing_config sizing;
    struct paper_config paper;
    int64_t
        danger_range_ppm; /* trading.danger_range: a bar whose range is this many times its average is dangerous (4000000) */
    struct weekend_config weekend;
    struct level_config levels;
    struct calendars calendars; /* when each instrument trades; no hours: always */
    /* Mostly empty tables, at the end: engine_config_copy leaves what is not in use alone. */
    uint32_t instrument_count, strategy_count;
    struct instrument instruments[INSTRUMENTS_MAX];
    struct strategy_config strategies[STRATEGIES_MAX];
    struct news news; /* announcements around which no trade is opened */
};

void engine_config_defaults(struct engine_config *c); /* the documented defaults; no instruments, no strategies */
/* What is in use: the memory behind it, most of a configuration, is not touched. */
void engine_config_copy(struct engine_config *to, const struct engine_config *from);
void engine_config_snap(struct engine_config *c, struct snap *s);
void level_config_snap(struct level_config *l, struct snap *s);
bool strategy_reads_regime(const struct strategy_config *s); /* its entries or its stops go by it */
void limits_snap(struct limits *l, struct snap *s);
/* Field by field the tighter of two; 0 is "not set", the loosest. */
struct limits limits_tighter(const struct limits *now, const struct limits *next);
void management_snap(struct management *m, struct snap *s);
int engine_config_instrument(const struct engine_config *c, const char *symbol); /* index or -1 */

/* What one could sell and buy at where the data says `price`: the one rule of the house. Prices of data are taken as the
 * middle: bid = price - half the spread, down to the tick; ask = bid + the whole spread. The spread is the data's, else
 * the configured one (paper.spread_ticks), else the instrument's. */
struct quote {
    price_t bid, ask;
};
struct quote engine_config_quote(const struct engine_config *c, uint16_t instrument, price_t price, price_t spread);
/* Commission of one side and slippage allowance, as configured. */
cash_t engine_config_commission(const struct engine_config *c, uint16_t instrument); /* a lot */
price_t engine_config_slippage(const struct engine_config *c, uint16_t instrument);

#endif
