/*
 * instrument: what a symbol is worth and how it may be traded. Built-in table plus
 * what the configuration adds. Profit of a move = move / tick * tick_value * lots.
 * The built-in figures are the exchanges' contract specifications and, for CFDs, what
 * is usual; the configuration overrides them, and a venue's own figures win.
 */
#ifndef MIA_ENGINE_INSTRUMENT_H
#define MIA_ENGINE_INSTRUMENT_H

#include "engine/base/err.h"
#include "engine/base/money.h"
#include "engine/base/snap.h"
#include "engine/contract.h"
#include "engine/gamma.h"

#define SYMBOL_MAX 16
#define INSTRUMENTS_MAX 64

/* What becomes of open trades at a close that lasts longer than a day. */
enum weekend_rule {
    WEEKEND_DEFAULT /* as the engine's configuration says */,
    WEEKEND_HOLD,
    WEEKEND_FLAT,
    WEEKEND_RULE_COUNT
};

enum asset_class { ASSET_FUTURE, ASSET_STOCK, ASSET_CFD, ASSET_METAL, ASSET_FX, ASSET_CLASS_COUNT };

struct instrument {
    char symbol[SYMBOL_MAX];
    enum asset_class asset;
    char currency[4]; /* of tick_value */
    price_t tick;
    cash_t tick_value; /* of one tick, one lot */
    qty_t lot_min, lot_step, lot_max;
    cash_t margin_per_lot;     /* futures; 0: notional / leverage */
    int32_t leverage;          /* stocks 1; CFDs, metals, FX 20 */
    int32_t decimals;          /* of a printed price */
    price_t spread;            /* assumed full spread where the data has none */
    cash_t commission_per_lot; /* one side */
    uint16_t hours;            /* index of the configuration's calendars.hours; beyond them: always open */
    enum weekend_rule weekend;
    struct gamma_levels gamma; /* of its options chain */
    struct roll_config roll;   /* of a future: which contracts, and when the next one is meant */
};

extern const struct instrument instrument_table[];               /* ends with an empty symbol */
const struct instrument *instrument_builtin(const char *symbol); /* NULL: unknown */
void instrument_snap(struct instrument *i, struct snap *s);

/* Profit of `qty` lots over `move` (signed). false: overflow. */
bool instrument_pnl(const struct instrument *i, price_t move, qty_t qty, cash_t *out);
bool instrument_notional(const struct instrument *i, price_t price, qty_t qty, cash_t *out);
bool instrument_margin(const struct instrument *i, price_t price, qty_t qty, cash_t *out);

#endif
