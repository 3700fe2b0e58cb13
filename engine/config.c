/*
 * config: defaults, stored form and small questions about a configuration. Plain data,
 * owns nothing, reads no file: config/ and bot/ fill it.
 */
#include "engine/config.h"

#include <stddef.h>
#include <string.h>

void engine_config_defaults(struct engine_config *c) {
    memset(c, 0, sizeof *c);
    c->mode = MODE_PAPER;
    memcpy(c->currency, "USD", 4);
    c->balance = (cash_t){100000 * CASH_SCALE};
    c->limits = (struct limits){.risk_per_trade_ppm = 10000,
                                .position_margin_ppm = 250000,
                                .daily_loss_ppm = 20000,
                                .cautious_ppm = 900000,
                                .daily_trades = 10,
                                .daily_trades_asset = 2,
                                .positions = 3,
                                .confidence_min = 60,
                                .consecutive_losses = 5,
                                .drawdown_ppm = 50000,
                                .weekly_loss_ppm = 50000,
                                .monthly_loss_ppm = 100000,
                                .warn_ppm = 900000,
                                .breaker_cautious_ppm = 900000,
                                .open_risk_ppm = 100000,
                                .errors = 5,
                                .error_cooldown_s = 300,
                                .duplicate_min = 15,
                                .factors_min = 3,
                                .weekend_flat_min = 15,
                                .news = {.before_min = 15, .after_min = 15}};
    c->management = (struct management){.break_even_r_ppm = 1000000,
                                        .trailing_start_r_ppm = 1000000,
                                        .trailing_distance_r_ppm = 1000000,
                                        .trailing_step_ppm = 100,
                                        .partial_share_ppm = 500000};
    c->sizing = (struct sizing_config){.kelly_fraction_ppm = 250000, .volatility_ppm = 10000, .kelly_trades = 30};
    c->paper = (struct paper_config){.spread_ticks = -1, .commission_per_lot = {-1}};
    c->danger_range_ppm = 4000000;
    c->weekend = (struct weekend_config){.warn_min = 120};
    c->levels = (struct level_config){
        .all = true, .swing_bars = 3, .opening_min = 30, .gap_atr_ppm = 100000, .near_atr_ppm = 250000};
}

static void strategy_snap(struct strategy_config *c, struct snap *s) {
    snap_text(s, c->name, sizeof c->name);
    snap_text(s, c->label, sizeof c->label);
    snap_bool(s, &c->enabled);
    snap_count(s, &c->symbol_count, STRATEGY_SYMBOLS_MAX);
    for (uint32_t i = 0; i < c->symbol_count; i++) snap_u16(s, &c->symbols[i]);
    snap_cash(s, &c->capital);
    snap_count(s, &c->param_count, STRATEGY_PARAMS_MAX);
    for (uint32_t i = 0; i < c->param_count; i++) {
        snap_text(s, c->params[i].name, sizeof c->params[i].name);
        snap_f64(s, &c->params[i].value);
    }
    if (!snap_has(s, 4)) return;
    snap_u32(s, &c->session);
    SNAP_ENUM(s, &c->sizing, SIZING_COUNT);
    SNAP_ENUM(s, &c->stop, STOP_RULE_COUNT);
    snap_i64(s, &c->stop_ppm);
    snap_i64(s, &c->target_r_ppm);
    if (!snap_has(s, 5)) return;
    snap_u32(s, &c->regimes);
    for (int r = 0; r < REGIME_COUNT; r++) snap_i64(s, &c->widen_ppm[r]);
    SNAP_ENUM(s, &c->advisor, ADVISOR_MODE_COUNT);
}

bool strategy_reads_regime(const struct strategy_config *s) {
    bool reads = s->regimes != 0;
    for (int r = 0; r < REGIME_COUNT; r++) reads |= s->widen_ppm[r] != 0;
    return reads;
}

/* ---- limits: one row a field, in the order in which they are stored ---- */

enum field_way { FIELD_LOWER, FIELD_HIGHER }; /* which one is the tighter */
static const struct limit_field {
    size_t offset;
    bool wide; /* 64 bits, else 32 */
    enum field_way way;
    uint32_t since; /* the format that brought it */
} limit_fields[] = {
#define WIDE(f, way, since)                                                                                            \
    { offsetof(struct limits, f), true, way, since }
#define NARROW(f, way, since)                                                                                          \
    { offsetof(struct limits, f), false, way, since }
    WIDE(risk_per_trade_ppm, FIELD_LOWER, 1),
    WIDE(position_margin_ppm, FIELD_LOWER, 1),
    WIDE(daily_loss, FIELD_LOWER, 1),
    WIDE(daily_loss_ppm, FIELD_LOWER, 1),
    WIDE(execution_daily_loss_ppm, FIELD_LOWER, 1),
    WIDE(breaker_daily_loss_ppm, FIELD_LOWER, 1),
    WIDE(cautious_ppm, FIELD_LOWER, 1),
    NARROW(daily_trades, FIELD_LOWER, 1),
    NARROW(daily_trades_breaker, FIELD_LOWER, 1),
    NARROW(daily_trades_asset, FIELD_LOWER, 1),
    NARROW(positions, FIELD_LOWER, 1),
    NARROW(confidence_min, FIELD_HIGHER, 1),
    WIDE(reward_risk_min_ppm, FIELD_HIGHER, 1),
    NARROW(consecutive_losses, FIELD_LOWER, 1),
    WIDE(drawdown_ppm, FIELD_LOWER, 1),
    WIDE(breaker_drawdown_ppm, FIELD_LOWER, 2),
    WIDE(weekly_loss_ppm, FIELD_LOWER, 4),
    WIDE(monthly_loss_ppm, FIELD_LOWER, 4),
    WIDE(warn_ppm, FIELD_LOWER, 4),
    WIDE(breaker_cautious_ppm, FIELD_LOWER, 4),
    WIDE(drawdown_warn_ppm, FIELD_LOWER, 4),
    WIDE(drawdown_cautious_ppm, FIELD_LOWER, 4),
    WIDE(open_risk_ppm, FIELD_LOWER, 4),
    NARROW(errors, FIELD_LOWER, 4),
    NARROW(error_cooldown_s, FIELD_HIGHER, 4),
    WIDE(spread_ppm, FIELD_LOWER, 4),
    WIDE(slippage_ppm, FIELD_LOWER, 4),
    WIDE(exposure_ppm, FIELD_LOWER, 4),
    WIDE(margin_ppm, FIELD_LOWER, 4),
    WIDE(correlation_ppm, FIELD_LOWER, 4),
    WIDE(var_ppm, FIELD_LOWER, 4),
    NARROW(duplicate_min, FIELD_HIGHER, 4),
    NARROW(factors_min, FIELD_HIGHER, 4),
    NARROW(weekend_flat, FIELD_HIGHER, 5),
    NARROW(weekend_flat_min, FIELD_HIGHER, 5),
    NARROW(news.before_min, FIELD_HIGHER, 5),
    NARROW(news.after_min, FIELD_HIGHER, 5),
#undef WIDE
#undef NARROW
};
#define LIMIT_FIELDS (sizeof limit_fields / sizeof limit_fields[0])

void limits_snap(struct limits *l, struct snap *s) {
    for (size_t i = 0; i < LIMIT_FIELDS; i++) {
        void *at = (char *)l + limit_fields[i].offset;
        if (!snap_has(s, limit_fields[i].since)) continue;
        if (limit_fields[i].wide)
            snap_i64(s, at);
        else
            snap_u32(s, at);
    }
}

static int64_t field_get(const struct limits *l, const struct limit_field *f) {
    const void *at = (const char *)l + f->offset;
    return f->wide ? *(const int64_t *)at : *(const uint32_t *)at;
}

static int64_t field_tighter(int64_t a, int64_t b, enum field_way way) {
    if (way == FIELD_HIGHER) return a > b ? a : b;
    if (a == 0 || b == 0) return a == 0 ? b : a;
    return a < b ? a : b;
}

struct limits limits_tighter(const struct limits *now, const struct limits *next) {
    struct limits l = *now;
    for (size_t i = 0; i < LIMIT_FIELDS; i++) {
        const struct limit_field *f = &limit_fields[i];
        int64_t v = field_tighter(field_get(now, f), field_get(next, f), f->way);
        void *at = (char *)&l + f->offset;
        if (f->wide)
            *(int64_t *)at = v;
        else
            *(uint32_t *)at = (uint32_t)v;
    }
    return l;
}

void management_snap(struct management *m, struct snap *s) {
    snap_i64(s, &m->break_even_r_ppm);
    snap_bool(s, &m->trailing);
    snap_i64(s, &m->trailing_start_r_ppm);
    snap_i64(s, &m->trailing_distance_r_ppm);
    snap_i64(s, &m->trailing_step_ppm);
    if (!snap_has(s, 4)) return;
    snap_i64(s, &m->trailing_atr_ppm);
    snap_i64(s, &m->partial_r_ppm);
    snap_i64(s, &m->partial_share_ppm);
    snap_u32(s, &m->time_stop_min);
    snap_u32(s, &m->flat_min);
}

void level_config_snap(struct level_config *l, struct snap *s) {
    snap_bool(s, &l->all);
    snap_u32(s, &l->swing_bars);
    snap_u32(s, &l->opening_min);
    snap_i64(s, &l->gap_atr_ppm);
    snap_i64(s, &l->near_atr_ppm);
}

void engine_config_copy(struct engine_config *to, const struct engine_config *from) {
    memcpy(to, from, offsetof(struct engine_config, instruments));
    memcpy(to->instruments, from->instruments, from->instrument_count * sizeof from->instruments[0]);
    memcpy(to->strategies, from->strategies, from->strategy_count * sizeof from->strategies[0]);
    memcpy(&to->news, &from->news, offsetof(struct news, item) + from->news.n * sizeof from->news.item[0]);
}

void engine_config_snap(struct engine_config *c, struct snap *s) {
    if (s->mode == SNAP_READ) memset(c, 0, sizeof *c);
    SNAP_ENUM(s, &c->mode, RUN_MODE_COUNT);
    snap_bool(s, &c->demo);
    snap_bool(s, &c->dry_run);
    snap_text(s, c->version, sizeof c->version);
    snap_text(s, c->currency, sizeof c->currency);
    snap_cash(s, &c->balance);
    snap_count(s, &c->instrument_count, INSTRUMENTS_MAX);
    for (uint32_t i = 0; i < c->instrument_count; i++) instrument_snap(&c->instruments[i], s);
    snap_count(s, &c->strategy_count, STRATEGIES_MAX);
    for (uint32_t i = 0; i < c->strategy_count; i++) strategy_snap(&c->strategies[i], s);
    limits_snap(&c->limits, s);
    management_snap(&c->management, s);
    if (snap_has(s, 4)) {
        snap_i64(s, &c->sizing.kelly_fraction_ppm);
        snap_i64(s, &c->sizing.volatility_ppm);
        snap_u32(s, &c->sizing.kelly_trades);
    }
    snap_i64(s, &c->paper.slippage_ticks);
    snap_i64(s, &c->paper.spread_ticks);
    snap_cash(s, &c->paper.commission_per_lot);
    snap_qty(s, &c->paper.max_fill);
    snap_i64(s, &c->danger_range_ppm);
    if (!snap_has(s, 4)) return;
    enum weekend_rule rule = WEEKEND_HOLD;
    if (!snap_has(s, 5)) SNAP_ENUM(s, &rule, WEEKEND_RULE_COUNT);
    snap_i32(s, &c->weekend.warn_min);
    if (!snap_has(s, 5)) {
        snap_u32(s, &c->limits.weekend_flat_min);
        c->limits.weekend_flat = rule == WEEKEND_FLAT;
    }
    level_config_snap(&c->levels, s);
    calendars_snap(&c->calendars, s);
    news_snap(&c->news, &c->limits.news, s);
}

int engine_config_instrument(const struct engine_config *c, const char *symbol) {
    for (uint32_t i = 0; i < c->instrument_count; i++) {
        if (strcmp(c->instruments[i].symbol, symbol) == 0) return (int)i;
    }
    return -1;
}

static price_t spread_of(const struct engine_config *c, const struct instrument *i, price_t spread) {
    if (spread.v > 0) return spread;
    if (c->paper.spread_ticks >= 0) return (price_t){c->paper.spread_ticks * i->tick.v};
    return i->spread;
}

struct quote engine_config_quote(const struct engine_config *c, uint16_t instrument, price_t price, price_t spread) {
    const struct instrument *i = &c->instruments[instrument];
    price_t full = spread_of(c, i, spread);
    if (full.v == 0) return (struct quote){price, price};
    int64_t bid = price.v - full.v / 2, over = bid % i->tick.v; /* on the path of every bar: 64 bits are enough here */
    bid -= over < 0 ? over + i->tick.v : over;
    return (struct quote){{bid}, {bid + full.v}};
}

cash_t engine_config_commission(const struct engine_config *c, uint16_t instrument) {
    return c->paper.commission_per_lot.v >= 0 ? c->paper.commission_per_lot
                                              : c->instruments[instrument].commission_per_lot;
}

price_t engine_config_slippage(const struct engine_config *c, uint16_t instrument) {
    return (price_t){c->paper.slippage_ticks * c->instruments[instrument].tick.v};
}
