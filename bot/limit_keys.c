/*
 * limit_keys: the table of settings that the engine holds in two tenses, now and from
 * the next trading day on. Owns nothing but the table.
 */
#include "bot/limit_keys.h"

#include <string.h>

#define PPM 1000000LL
#define LIMITS(f) offsetof(struct engine_config, limits.f)
#define MANAGEMENT(f) offsetof(struct engine_config, management.f)

const struct limit_key limit_keys[] = {
    {"trading.min_confidence", LIMITS(confidence_min), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"trading.risk_management.position_risk", LIMITS(risk_per_trade_ppm), FIELD_I64, MONEY_OF_CAPITAL, GROUP_NONE},
    {"trading.risk_management.max_position_margin", LIMITS(position_margin_ppm), FIELD_I64, MONEY_OF_CAPITAL,
     GROUP_NONE},
    {"trading.risk_management.max_daily_loss", LIMITS(daily_loss_ppm), FIELD_I64, MONEY_OF_DAY, GROUP_DAY_LOSS},
    {"trading.risk_management.max_daily_loss_amount", LIMITS(daily_loss), FIELD_CASH, MONEY_AMOUNT, GROUP_DAY_LOSS},
    {"trading.risk_management.cautious_at", LIMITS(cautious_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"trading.risk_management.max_drawdown", LIMITS(drawdown_ppm), FIELD_I64, MONEY_OF_PEAK, GROUP_DRAWDOWN},
    {"trading.risk_management.max_positions", LIMITS(positions), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"trading.risk_management.max_daily_trades_per_asset", LIMITS(daily_trades_asset), FIELD_U32, MONEY_NONE,
     GROUP_NONE},
    {"trading.risk_management.min_reward_risk", LIMITS(reward_risk_min_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"execution.position.break_even_r", MANAGEMENT(break_even_r_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"execution.position.trailing_stop", MANAGEMENT(trailing), FIELD_BOOL, MONEY_NONE, GROUP_NONE},
    {"execution.position.trailing_start_r", MANAGEMENT(trailing_start_r_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"execution.position.trailing_distance_r", MANAGEMENT(trailing_distance_r_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"execution.position.trailing_step", MANAGEMENT(trailing_step_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"execution.risk.max_daily_trades", LIMITS(daily_trades), FIELD_U32, MONEY_NONE, GROUP_DAY_TRADES},
    {"execution.risk.max_daily_loss", LIMITS(execution_daily_loss_ppm), FIELD_I64, MONEY_OF_DAY, GROUP_DAY_LOSS},
    {"circuit_breakers.max_drawdown_pct", LIMITS(breaker_drawdown_ppm), FIELD_I64, MONEY_OF_PEAK, GROUP_DRAWDOWN},
    {"circuit_breakers.max_daily_trades", LIMITS(daily_trades_breaker), FIELD_U32, MONEY_NONE, GROUP_DAY_TRADES},
    {"circuit_breakers.max_consecutive_losses", LIMITS(consecutive_losses), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"circuit_breakers.max_daily_loss_pct", LIMITS(breaker_daily_loss_ppm), FIELD_I64, MONEY_OF_DAY, GROUP_DAY_LOSS},
    {"trading.risk_management.max_weekly_loss", LIMITS(weekly_loss_ppm), FIELD_I64, MONEY_OF_WEEK, GROUP_NONE},
    {"trading.risk_management.max_monthly_loss", LIMITS(monthly_loss_ppm), FIELD_I64, MONEY_OF_MONTH, GROUP_NONE},
    {"execution.monitoring.max_errors", LIMITS(errors), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"execution.monitoring.error_cooldown", LIMITS(error_cooldown_s), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"circuit_breakers.warn_at", LIMITS(warn_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"circuit_breakers.halve_at", LIMITS(breaker_cautious_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"circuit_breakers.drawdown_warn", LIMITS(drawdown_warn_ppm), FIELD_I64, MONEY_OF_PEAK, GROUP_NONE},
    {"circuit_breakers.drawdown_cautious", LIMITS(drawdown_cautious_ppm), FIELD_I64, MONEY_OF_PEAK, GROUP_NONE},
    {"circuit_breakers.max_open_risk", LIMITS(open_risk_ppm), FIELD_I64, MONEY_OF_EQUITY, GROUP_NONE},
    {"trading.gates.duplicate_minutes", LIMITS(duplicate_min), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"trading.gates.min_factors", LIMITS(factors_min), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"trading.gates.max_spread", LIMITS(spread_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"trading.gates.max_slippage", LIMITS(slippage_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"trading.gates.max_exposure", LIMITS(exposure_ppm), FIELD_I64, MONEY_OF_EQUITY, GROUP_NONE},
    {"trading.gates.max_margin", LIMITS(margin_ppm), FIELD_I64, MONEY_OF_EQUITY, GROUP_NONE},
    {"trading.gates.max_correlation", LIMITS(correlation_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"trading.gates.max_var", LIMITS(var_ppm), FIELD_I64, MONEY_OF_EQUITY, GROUP_NONE},
    {"execution.position.trailing_atr", MANAGEMENT(trailing_atr_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"execution.position.partial_close_r", MANAGEMENT(partial_r_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"execution.position.partial_close_share", MANAGEMENT(partial_share_ppm), FIELD_I64, MONEY_NONE, GROUP_NONE},
    {"execution.position.time_stop", MANAGEMENT(time_stop_min), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"execution.position.flat_before_close", MANAGEMENT(flat_min), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"trading.weekend", LIMITS(weekend_flat), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"trading.weekend_flat", LIMITS(weekend_flat_min), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"news.before", LIMITS(news.before_min), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {"news.after", LIMITS(news.after_min), FIELD_U32, MONEY_NONE, GROUP_NONE},
    {.key = NULL},
};

const struct limit_key *limit_key_find(const char *key) {
    for (const struct limit_key *k = limit_keys; k->key != NULL; k++) {
        if (strcmp(k->key, key) == 0) return k;
    }
    return NULL;
}

/* ---- fields ---- */

static int64_t read_at(const struct limit_key *k, const void *at) {
    switch (k->field) {
    case FIELD_I64: return *(const int64_t *)at;
    case FIELD_U32: return *(const uint32_t *)at;
    case FIELD_BOOL: return *(const bool *)at;
    case FIELD_CASH: return ((const cash_t *)at)->v;
    }
    return 0;
}

int64_t limit_key_get(const struct limit_key *k, const struct engine_config *c) {
    return read_at(k, (const char *)c + k->offset);
}

void limit_key_set(const struct limit_key *k, struct engine_config *c, int64_t number) {
    void *at = (char *)c + k->offset;
    switch (k->field) {
    case FIELD_I64: *(int64_t *)at = number; return;
    case FIELD_U32: *(uint32_t *)at = (uint32_t)number; return; /* the option table bounds it */
    case FIELD_BOOL: *(bool *)at = number != 0; return;
    case FIELD_CASH: ((cash_t *)at)->v = number; return;
    }
}

int64_t limit_key_next(const struct limit_key *k, const struct engine *e) {
    size_t limits = offsetof(struct engine_config, limits), management = offsetof(struct engine_config, management);
    if (k->offset >= management && k->offset < management + sizeof(struct management))
        return read_at(k, (const char *)engine_management_next(e) + (k->offset - management));
    return read_at(k, (const char *)engine_limits_next(e) + (k->offset - limits));
}

/* ---- money ---- */

static bool share_of(int64_t ppm, cash_t of, cash_t *out) {
    return of.v > 0 && mul_div(ppm, of.v, PPM, &out->v);
}

static bool of_capitals(const struct engine_config *c, int64_t ppm, struct limit_money *out) {
    bool any = false;
    for (uint32_t i = 0; i < c->strategy_count; i++) {
        cash_t v;
        if (c->strategies[i].symbol_count == 0 || !share_of(ppm, c->strategies[i].capital, &v)) continue;
        if (!any || v.v < out->low.v) out->low = v;
        if (!any || v.v > out->high.v) out->high = v;
        any = true;
    }
    return any;
}

bool limit_key_money(const struct limit_key *k, const struct engine *e, int64_t number, struct limit_money *out) {
    struct account a;
    bool known = false;
    *out = (struct limit_money){CASH_ZERO, CASH_ZERO};
    if (number <= 0) return false;
    switch (k->money) {
    case MONEY_NONE: return false;
    case MONEY_AMOUNT:
        out->low.v = number;
        known = true;
        break;
    case MONEY_OF_DAY:
        engine_account(e, &a);
        known = share_of(number, a.day_first_equity, &out->low);
        break;
    case MONEY_OF_PEAK:
        engine_account(e, &a);
        known = share_of(number, a.peak_equity, &out->low);
        break;
    case MONEY_OF_WEEK:
        engine_account(e, &a);
        known = share_of(number, a.week_first_equity, &out->low);
        break;
    case MONEY_OF_MONTH:
        engine_account(e, &a);
        known = share_of(number, a.month_first_equity, &out->low);
        break;
    case MONEY_OF_EQUITY:
        engine_account(e, &a);
        known = share_of(number, a.equity, &out->low);
        break;
    case MONEY_OF_CAPITAL: return of_capitals(engine_config(e), number, out);
    }
    out->high = out->low;
    return known;
}

/* ---- which one binds ---- */

const struct limit_key *limit_key_tightest(const struct engine *e, enum limit_group g, bool next,
                                           const struct limit_key *k, int64_t number) {
    const struct limit_key *best = NULL;
    int64_t least = 0;
    for (const struct limit_key *o = limit_keys; g != GROUP_NONE && o->key != NULL; o++) {
        struct limit_money money;
        if (o->group != g) continue;
        int64_t v = o == k ? number : next ? limit_key_next(o, e) : limit_key_get(o, engine_config(e));
        if (v == 0) continue;
        if (limit_key_money(o, e, v, &money)) v = money.low.v;
        if (best != NULL && v >= least) continue;
        best = o;
        least = v;
    }
    return best;
}
