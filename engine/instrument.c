/*
 * instrument: the built-in table and the one place where a price move becomes money.
 * Owns nothing. Contract figures are the exchanges'; margins and commissions of futures
 * are of the order that brokers ask in 2025 and are meant to be overridden by config;
 * CFD figures are the usual ones and give way to what the venue reports.
 */
#include "engine/instrument.h"

#include <string.h>

#define PX(whole, e8)                                                                                                  \
    { (whole) * PRICE_SCALE + (e8) }
#define LOTS(e8)                                                                                                       \
    { e8 }
#define MONEY(micro)                                                                                                   \
    { micro }
#define LOT QTY_SCALE
#define CENTILOT (QTY_SCALE / 100)
#define DOLLAR CASH_SCALE
#define CENT (CASH_SCALE / 100)

#define FUTURE(sym, tick_money, margin, fee)                                                                           \
    {                                                                                                                  \
        .symbol = sym, .asset = ASSET_FUTURE, .currency = "USD", .tick = PX(0, 25000000),                              \
        .tick_value = MONEY(tick_money), .lot_min = LOTS(LOT), .lot_step = LOTS(LOT), .lot_max = LOTS(500 * LOT),      \
        .margin_per_lot = MONEY(margin), .leverage = 1, .decimals = 2, .spread = PX(0, 25000000),                      \
        .commission_per_lot = MONEY(fee)                                                                               \
    }

#define FX(sym, wide)                                                                                                  \
    {                                                                                                                  \
        .symbol = sym, .asset = ASSET_FX, .currency = "USD", .tick = PX(0, 1000), .tick_value = MONEY(DOLLAR),         \
        .lot_min = LOTS(CENTILOT), .lot_step = LOTS(CENTILOT), .lot_max = LOTS(100 * LOT), .leverage = 20,             \
        .decimals = 5, .spread = PX(0, wide)                                                                           \
    }

#define STOCK(sym)                                                                                                     \
    {                                                                                                                  \
        .symbol = sym, .asset = ASSET_STOCK, .currency = "USD", .tick = PX(0, 1000000), .tick_value = MONEY(CENT),     \
        .lot_min = LOTS(LOT), .lot_step = LOTS(LOT), .lot_max = LOTS(100000 * LOT), .leverage = 1, .decimals = 2,      \
        .spread = PX(0, 1000000)                                                                                       \
    }

const struct instrument instrument_table[] = {
    FUTURE("ES", 12 * DOLLAR + 50 * CENT, 16500 * DOLLAR, 2 * DOLLAR + 25 * CENT),
    FUTURE("MES", 1 * DOLLAR + 25 * CENT, 1650 * DOLLAR, 62 * CENT),
    FUTURE("NQ", 5 * DOLLAR, 24000 * DOLLAR, 2 * DOLLAR + 25 * CENT),
    FUTURE("MNQ", 50 * CENT, 2400 * DOLLAR, 62 * CENT),
    /* 100 oz a lot: a cent is a dollar. */
    {.symbol = "XAUUSD",
     .asset = ASSET_METAL,
     .currency = "USD",
     .tick = PX(0, 1000000),
     .tick_value = MONEY(DOLLAR),
     .lot_min = LOTS(CENTILOT),
     .lot_step = LOTS(CENTILOT),
     .lot_max = LOTS(100 * LOT),
     .leverage = 20,
     .decimals = 2,
     .spread = PX(0, 30000000)},
    /* Contract size 1: a point is a dollar. */
    {.symbol = "US100",
     .asset = ASSET_CFD,
     .currency = "USD",
     .tick = PX(0, 1000000),
     .tick_value = MONEY(CENT),
     .lot_min = LOTS(10 * CENTILOT),
     .lot_step = LOTS(10 * CENTILOT),
     .lot_max = LOTS(250 * LOT),
     .leverage = 20,
     .decimals = 2,
     .spread = PX(1, 50000000)},
    FX("EURUSD", 10000),
    FX("GBPUSD", 14000),
    STOCK("AAPL"),
    STOCK("MSFT"),
    STOCK("GOOGL"),
    STOCK("SPY"),
    STOCK("QQQ"),
    {.symbol = ""},
};

const struct instrument *instrument_builtin(const char *symbol) {
    for (const struct instrument *i = instrument_table; i->symbol[0] != '\0'; i++) {
        if (strcmp(i->symbol, symbol) == 0) return i;
    }
    return NULL;
}

void instrument_snap(struct instrument *i, struct snap *s) {
    snap_text(s, i->symbol, sizeof i->symbol);
    SNAP_ENUM(s, &i->asset, ASSET_CLASS_COUNT);
    snap_text(s, i->currency, sizeof i->currency);
    snap_price(s, &i->tick);
    snap_cash(s, &i->tick_value);
    snap_qty(s, &i->lot_min);
    snap_qty(s, &i->lot_step);
    snap_qty(s, &i->lot_max);
    snap_cash(s, &i->margin_per_lot);
    snap_i32(s, &i->leverage);
    snap_i32(s, &i->decimals);
    snap_price(s, &i->spread);
    snap_cash(s, &i->commission_per_lot);
    if (snap_has(s, 4)) {
        snap_u16(s, &i->hours);
        SNAP_ENUM(s, &i->weekend, WEEKEND_RULE_COUNT);
        gamma_levels_snap(&i->gamma, s);
    }
    if (snap_has(s, 5)) roll_config_snap(&i->roll, s);
}

/* Whole ticks of a size whose tick value is a whole number: exact, and without 128-bit division. */
static bool pnl_exact(const struct instrument *i, price_t move, qty_t qty, cash_t *out) {
    int64_t tick_money, v;
    if (__builtin_mul_overflow(i->tick_value.v, qty.v, &tick_money) || tick_money % QTY_SCALE != 0) return false;
    if (move.v % i->tick.v != 0) return false;
    if (__builtin_mul_overflow(move.v / i->tick.v, tick_money / QTY_SCALE, &v)) return false;
    out->v = v;
    return true;
}

bool instrument_pnl(const struct instrument *i, price_t move, qty_t qty, cash_t *out) {
    if (i->tick.v <= 0) return false;
    if (pnl_exact(i, move, qty, out)) return true;
    int64_t lot, all;
    if (!mul_div(move.v, i->tick_value.v, i->tick.v, &lot) || !mul_div(lot, qty.v, QTY_SCALE, &all)) return false;
    out->v = all;
    return true;
}

bool instrument_notional(const struct instrument *i, price_t price, qty_t qty, cash_t *out) {
    return instrument_pnl(i, price, qty, out);
}

bool instrument_margin(const struct instrument *i, price_t price, qty_t qty, cash_t *out) {
    int64_t v;
    if (i->margin_per_lot.v > 0) {
        if (!mul_div(i->margin_per_lot.v, qty.v, QTY_SCALE, &v)) return false;
        out->v = v;
        return true;
    }
    cash_t notional;
    if (!instrument_notional(i, price, qty, &notional)) return false;
    out->v = notional.v / (i->leverage > 0 ? i->leverage : 1);
    return true;
}
