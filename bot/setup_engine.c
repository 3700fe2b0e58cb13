/*
 * setup_engine: fills engine_config and feed_spec from the settings. Every problem is
 * told at its file and line; nothing is half applied. Owns nothing.
 */
#include "bot/setup_engine.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/setup_calendar.h"
#include "bot/setup_news.h"
#include "bot/setup_options.h"
#include "bot/setup_roll.h"
#include "engine/base/mem.h"
#include "engine/broker.h"
#include "engine/strategy.h"

#define KEY(key, ...) (snprintf(key, sizeof key, __VA_ARGS__), key)

static size_t fatal_count(const struct conf_errors *errs) {
    size_t n = errs->more;
    for (size_t i = 0; i < errs->n; i++) n += !errs->item[i].warning;
    return n;
}

/* ---- instruments ---- */

static int find_configured(const struct conf *c, const char *symbol) {
    for (size_t i = 0, n = conf_count(c, "instruments"); i < n; i++) {
        if (strcmp(conf_str(c, "instruments[%zu].symbol", i), symbol) == 0) return (int)i;
    }
    return -1;
}

static int tick_decimals(price_t tick) {
    int decimals = PRICE_DIGITS;
    while (decimals > 0 && tick.v % 10 == 0) tick.v /= 10, decimals--;
    return decimals;
}

static void new_instrument(const struct conf *c, int i, struct instrument *out, struct conf_errors *errs) {
    static const char *const needed[] = {"asset", "tick", "tick_value"};
    char key[CONF_KEY_MAX];
    for (size_t k = 0; k < sizeof needed / sizeof needed[0]; k++) {
        if (conf_given(c, "instruments[%d].%s", i, needed[k])) continue;
        conf_error_at(c, errs, KEY(key, "instruments[%d].%s", i, needed[k]),
                      "is needed for a symbol that is not built in",
                      "est nécessaire pour un symbole qui n’est pas intégré");
    }
    *out = (struct instrument){.currency = "USD", .lot_min = {QTY_SCALE}, .lot_max = {1000 * QTY_SCALE}};
    out->asset = (enum asset_class)conf_int(c, "instruments[%d].asset", i);
    out->leverage = out->asset == ASSET_STOCK ? 1 : 20;
    out->decimals = tick_decimals(conf_price(c, "instruments[%d].tick", i));
}

/* What a configured row says over what is there. */
static void override_instrument(const struct conf *c, int i, struct instrument *out) {
    if (conf_given(c, "instruments[%d].asset", i))
        out->asset = (enum asset_class)conf_int(c, "instruments[%d].asset", i);
    if (conf_given(c, "instruments[%d].tick", i)) out->tick = conf_price(c, "instruments[%d].tick", i);
    if (conf_given(c, "instruments[%d].tick_value", i)) out->tick_value = conf_cash(c, "instruments[%d].tick_value", i);
    if (conf_given(c, "instruments[%d].currency", i))
        str_copy(out->currency, sizeof out->currency, conf_str(c, "instruments[%d].currency", i));
    if (conf_given(c, "instruments[%d].lot_min", i)) out->lot_min = conf_qty(c, "instruments[%d].lot_min", i);
    if (conf_given(c, "instruments[%d].lot_step", i)) out->lot_step = conf_qty(c, "instruments[%d].lot_step", i);
    if (out->lot_step.v == 0) out->lot_step = out->lot_min;
    if (conf_given(c, "instruments[%d].lot_max", i)) out->lot_max = conf_qty(c, "instruments[%d].lot_max", i);
    if (conf_given(c, "instruments[%d].margin", i)) out->margin_per_lot = conf_cash(c, "instruments[%d].margin", i);
    if (conf_given(c, "instruments[%d].leverage", i))
        out->leverage = (int32_t)conf_int(c, "instruments[%d].leverage", i);
    if (conf_given(c, "instruments[%d].decimals", i))
        out->decimals = (int32_t)conf_int(c, "instruments[%d].decimals", i);
    if (conf_given(c, "instruments[%d].spread", i)) out->spread = conf_price(c, "instruments[%d].spread", i);
    if (conf_given(c, "instruments[%d].commission", i))
        out->commission_per_lot = conf_cash(c, "instruments[%d].commission", i);
}

static void check_instrument(const struct conf *c, int i, const struct instrument *in, struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    if (in->lot_max.v < in->lot_min.v)
        conf_error_at(c, errs, KEY(key, "instruments[%d].lot_max", i), "is below lot_min", "est inférieur à lot_min");
    else if (in->lot_step.v > 0 && (in->lot_min.v % in->lot_step.v != 0 || in->lot_max.v % in->lot_step.v != 0))
        conf_error_at(c, errs, KEY(key, "instruments[%d].lot_step", i), "does not divide lot_min and lot_max",
                      "ne divise pas lot_min et lot_max");
    if (in->tick.v > 0 && in->spread.v % in->tick.v != 0)
        conf_error_at(c, errs, KEY(key, "instruments[%d].spread", i), "is not a whole number of ticks",
                      "n’est pas un nombre entier de ticks");
    bool knows_asset = conf_given(c, "instruments[%d].asset", i) || instrument_builtin(in->symbol) != NULL;
    if (knows_asset && in->asset == ASSET_FUTURE && in->margin_per_lot.v == 0)
        conf_error_at(c, errs, KEY(key, "instruments[%d].margin", i), "is needed for a future",
                      "est nécessaire pour un contrat à terme");
}

/* AAPL, BRK.B: what an exchange there gives as a name; FAKEPACA is the venue's own, for tests. */
static bool is_us_ticker(const char *symbol) {
    size_t n = strspn(symbol, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    if (strcmp(symbol, "FAKEPACA") == 0) return true;
    if (n < 1 || n > 5) return false;
    return symbol[n] == '\0' ||
           (symbol[n] == '.' && symbol[n + 1] >= 'A' && symbol[n + 1] <= 'Z' && symbol[n + 2] == '\0');
}

/* key: where the symbol was asked for. */
static int make_instrument(const struct conf *c, const char *key, const char *symbol, struct instrument *out,
                           struct conf_errors *errs) {
    const struct instrument *builtin = instrument_builtin(symbol);
    int i = find_configured(c, symbol);
    size_t before = fatal_count(errs);
    bool us_stocks = strcmp(conf_str(c, "feed.kind"), "alpaca") == 0;
    /* Every US stock is quoted in cents and dealt in whole shares: one that is not built in is as those that are. */
    if (builtin == NULL && us_stocks && is_us_ticker(symbol)) builtin = instrument_builtin("SPY");
    if (us_stocks && builtin != NULL && builtin->asset != ASSET_STOCK) {
        conf_error_at(c, errs, key, "Alpaca has no %s: it knows US stocks and ETFs",
                      "Alpaca n’a pas %s\u00a0: il connaît les actions et ETF américains", symbol);
        return -1;
    }
    if (builtin == NULL && i < 0) {
        conf_error_at(
            c, errs, key, "%s is not built in: describe it under instruments (symbol, asset, tick, tick_value)",
            "%s n’est pas intégré\u00a0: décrivez-le sous instruments (symbol, asset, tick, tick_value)", symbol);
        return -1;
    }
    if (builtin != NULL)
        *out = *builtin;
    else
        new_instrument(c, i, out, errs);
    str_copy(out->symbol, sizeof out->symbol, symbol);
    if (i >= 0) {
        override_instrument(c, i, out);
        check_instrument(c, i, out, errs);
    }
    const char *currency = conf_str(c, "broker.currency");
    if (strcmp(out->currency, currency) != 0)
        conf_error_at(c, errs, key, "%s is quoted in %s, and the account is in %s: amounts would be wrong",
                      "%s est coté en %s, et le compte est en %s\u00a0: les montants seraient faux", symbol,
                      out->currency, currency);
    return fatal_count(errs) > before ? -1 : 0;
}

/* Index of the symbol among the engine's instruments, added where new; -1: told. */
static int use_symbol(const struct conf *c, const char *key, struct engine_config *out, struct conf_errors *errs) {
    const char *symbol = conf_str(c, "%s", key);
    int index = engine_config_instrument(out, symbol);
    if (index >= 0) return index;
    if (out->instrument_count == INSTRUMENTS_MAX) {
        conf_error_at(c, errs, key, "more than %d symbols", "plus de %d symboles", INSTRUMENTS_MAX);
        return -1;
    }
    struct instrument in;
    if (make_instrument(c, key, symbol, &in, errs) != 0) return -1;
    out->instruments[out->instrument_count] = in;
    return (int)out->instrument_count++;
}

static void check_instruments(const struct conf *c, struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    for (size_t i = 0, n = conf_count(c, "instruments"); i < n; i++) {
        const char *symbol = conf_str(c, "instruments[%zu].symbol", i);
        if (find_configured(c, symbol) < (int)i)
            conf_error_at(c, errs, KEY(key, "instruments[%zu].symbol", i), "%s is described twice",
                          "%s est décrit deux fois", symbol);
    }
}

static void feed_symbols(const struct conf *c, struct engine_config *out, struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    for (size_t i = 0, n = conf_count(c, "feed.symbols"); i < n; i++)
        use_symbol(c, KEY(key, "feed.symbols[%zu]", i), out, errs);
    if (strcmp(conf_str(c, "feed.kind"), "replay") != 0) return;
    for (size_t i = 0, n = conf_count(c, "feed.files"); i < n; i++)
        use_symbol(c, KEY(key, "feed.files[%zu].symbol", i), out, errs);
}

/* ---- strategies ---- */

/* "0.02" exactly as the compiler would read it: at most 15 digits and a power of ten are both exact in a double, and their
 * quotient is rounded once. */
static bool param_value(const char *text, double *out) {
    static const double ten[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12};
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "on"}, *const no[] = {"false", "False", "FALSE",
                                                                                           "no", "off"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcmp(text, yes[i]) != 0 && strcmp(text, no[i]) != 0) continue;
        *out = strcmp(text, yes[i]) == 0;
        return true;
    }
    const char *point = strchr(text, '.');
    size_t n = strlen(text), decimals = point == NULL ? 0 : n - (size_t)(point - text) - 1;
    while (decimals > 0 && text[n - 1] == '0') n--, decimals--;
    if (point != NULL && decimals == 0) n = (size_t)(point - text);
    int64_t v;
    if (decimals > 12 || !decimal_parse(text, n, (int)decimals, &v) || v > 999999999999999 || v < -999999999999999)
        return false;
    *out = (double)v / ten[decimals];
    return true;
}

static const struct param_spec *find_spec(const struct strategy *s, const char *name) {
    for (const struct param_spec *p = s->params; p != NULL && p->name != NULL; p++) {
        if (strcmp(p->name, name) == 0) return p;
    }
    return NULL;
}

static void names_of(const struct strategy *s, char *out, size_t size) {
    size_t used = 0;
    out[0] = '\0';
    for (const struct param_spec *p = s->params; p != NULL && p->name != NULL && used < size; p++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", p == s->params ? "" : ", ", p->name);
}

static void set_param(const struct conf *c, const char *key, const struct strategy *s, const char *name,
                      const char *text, struct strategy_config *out, struct conf_errors *errs) {
    const struct param_spec *p = find_spec(s, name);
    double v;
    if (p == NULL) {
        char names[160];
        names_of(s, names, sizeof names);
        conf_error_at(c, errs, key, "%s has no such parameter; it has %s", "%s n’a pas ce paramètre\u00a0; elle a %s",
                      s->name, names);
    } else if (!param_value(text, &v)) {
        conf_error_at(c, errs, key, "has too many digits", "a trop de chiffres");
    } else if (p->whole && v != (double)(int64_t)v) {
        conf_error_at(c, errs, key, "wants a whole number, not %s", "attend un nombre entier, et non %s", text);
    } else if (v < p->min || v > p->max) {
        conf_error_at(c, errs, key, "must lie between %.12g and %.12g, not %s",
                      "doit être compris entre %.12g et %.12g, et non %s", p->min, p->max, text);
    } else if (out->param_count == STRATEGY_PARAMS_MAX) {
        conf_error_at(c, errs, key, "more than %d parameters", "plus de %d paramètres", STRATEGY_PARAMS_MAX);
    } else {
        struct param *param = &out->params[out->param_count++];
        str_copy(param->name, sizeof param->name, name);
        param->value = v;
    }
}

/* What only the strategy itself knows: a fast period that must be below the slow one. */
static void check_open(const struct conf *c, const char *key, const struct strategy *s, const double *values,
                       struct conf_errors *errs) {
    size_t size = s->state_size(values);
    if (size > STRATEGY_STATE_MAX) {
        conf_error_at(c, errs, key, "ask for more memory than a strategy may have",
                      "demandent plus de mémoire que permis");
        return;
    }
    struct err e = {0};
    void *state = xcalloc(1, size + 1);
    if (s->open(state, values, &e) != 0) conf_error_err(c, errs, key, &e);
    free(state);
}

static void strategy_params(const struct conf *c, size_t i, const struct strategy *s, struct strategy_config *out,
                            struct conf_errors *errs) {
    char prefix[CONF_KEY_MAX], key[2 * CONF_KEY_MAX];
    const char *name, *text;
    size_t before = fatal_count(errs);
    snprintf(prefix, sizeof prefix, "strategies[%zu].params", i);
    for (size_t it = 0; conf_map_next(c, prefix, &it, &name, &text);)
        set_param(c, KEY(key, "%s.%s", prefix, name), s, name, text, out, errs);
    if (fatal_count(errs) > before) return;
    double values[STRATEGY_PARAMS_MAX];
    uint32_t n = 0;
    for (const struct param_spec *p = s->params; p != NULL && p->name != NULL && n < STRATEGY_PARAMS_MAX; p++, n++) {
        values[n] = p->value;
        for (uint32_t k = 0; k < out->param_count; k++) {
            if (strcmp(out->params[k].name, p->name) == 0) values[n] = out->params[k].value;
        }
    }
    check_open(c, prefix, s, values, errs);
}

static void strategy_symbols(const struct conf *c, size_t i, struct engine_config *out, struct strategy_config *sc,
                             struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    size_t n = conf_count(c, "strategies[%zu].symbols", i);
    KEY(key, "strategies[%zu].symbols", i);
    if (n == 0) conf_error_at(c, errs, key, "names no symbol", "ne nomme aucun symbole");
    if (n > STRATEGY_SYMBOLS_MAX)
        conf_error_at(c, errs, key, "more than %d symbols", "plus de %d symboles", STRATEGY_SYMBOLS_MAX);
    for (size_t k = 0; k < n && k < STRATEGY_SYMBOLS_MAX; k++) {
        int index = use_symbol(c, KEY(key, "strategies[%zu].symbols[%zu]", i, k), out, errs);
        bool twice = false;
        for (uint32_t j = 0; index >= 0 && j < sc->symbol_count; j++) twice = twice || sc->symbols[j] == index;
        if (twice)
            conf_error_at(c, errs, key, "is named twice", "est nommé deux fois");
        else if (index >= 0)
            sc->symbols[sc->symbol_count++] = (uint16_t)index;
    }
}

static bool label_is_taken(const struct engine_config *out, const char *label) {
    for (uint32_t i = 0; i < out->strategy_count; i++) {
        if (strcmp(out->strategies[i].label, label) == 0) return true;
    }
    return false;
}

static void strategy_label(const struct conf *c, size_t i, const struct engine_config *out, struct strategy_config *sc,
                           struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    if (conf_given(c, "strategies[%zu].label", i)) {
        str_copy(sc->label, sizeof sc->label, conf_str(c, "strategies[%zu].label", i));
        if (label_is_taken(out, sc->label))
            conf_error_at(c, errs, KEY(key, "strategies[%zu].label", i), "%s is used twice", "%s sert deux fois",
                          sc->label);
        return;
    }
    memcpy(sc->label, sc->name, sizeof sc->label);
    for (int n = 2; label_is_taken(out, sc->label); n++) {
        char number[16];
        snprintf(number, sizeof number, " %d", n);
        str_copy_n(sc->label, sizeof sc->label - strlen(number), sc->name, strlen(sc->name));
        size_t used = strlen(sc->label);
        str_copy(sc->label + used, sizeof sc->label - used, number);
    }
}

/* How it is sized, and whose stop and target it gets. */
static void strategy_risk(const struct conf *c, size_t i, struct strategy_config *sc) {
    static const int64_t usual_ppm[STOP_RULE_COUNT] = {
        [STOP_RULE_FIXED] = 10000, [STOP_RULE_ATR] = 2000000, [STOP_RULE_STRUCTURE] = 250000};
    sc->sizing = (enum sizing_method)conf_int(c, "strategies[%zu].sizing", i);
    sc->stop = (enum stop_rule)conf_int(c, "strategies[%zu].stop", i);
    sc->stop_ppm = conf_given(c, "strategies[%zu].stop_distance", i) ? conf_ppm(c, "strategies[%zu].stop_distance", i)
                                                                     : usual_ppm[sc->stop];
    sc->target_r_ppm = conf_ppm(c, "strategies[%zu].target_r", i);
}

/* In which regimes it enters, how far its stop lies in each, and who is asked. */
static void strategy_regimes(const struct conf *c, size_t i, struct strategy_config *sc) {
    static const enum regime choices[] = {REGIME_TREND, REGIME_RANGE,
                                          REGIME_TRANSITION}; /* the option's, in its order */
    _Static_assert(sizeof choices / sizeof choices[0] == REGIME_COUNT - 1, "every known regime is a choice");
    for (size_t k = 0, n = conf_count(c, "strategies[%zu].regimes", i); k < n; k++)
        sc->regimes |= 1u << choices[conf_int(c, "strategies[%zu].regimes[%zu]", i, k)];
    for (size_t k = 0; k < sizeof choices / sizeof choices[0]; k++) {
        int64_t ppm = conf_ppm(c, "strategies[%zu].stop_widen.%s", i, regime_name(choices[k]));
        if (ppm != 1000000) sc->widen_ppm[choices[k]] = ppm;
    }
    sc->advisor = (enum advisor_mode)conf_int(c, "strategies[%zu].advisor", i);
}

static void one_strategy(const struct conf *c, size_t i, struct engine_config *out, struct conf_errors *errs) {
    struct strategy_config sc = {.enabled = conf_bool(c, "strategies[%zu].enabled", i),
                                 .capital = conf_cash(c, "strategies[%zu].capital_allocation", i)};
    char key[CONF_KEY_MAX], names[200] = "";
    str_copy(sc.name, sizeof sc.name, conf_str(c, "strategies[%zu].name", i));
    const struct strategy *s = strategy_find(sc.name);
    if (s == NULL) {
        size_t used = 0;
        for (int k = 0; strategy_table[k] != NULL && used < sizeof names; k++)
            used +=
                (size_t)snprintf(names + used, sizeof names - used, "%s%s", k > 0 ? ", " : "", strategy_table[k]->name);
        conf_error_at(c, errs, KEY(key, "strategies[%zu].name", i), "there is no strategy %s; there are %s",
                      "il n’y a pas de stratégie %s\u00a0; il y a %s", sc.name, names);
    } else {
        strategy_params(c, i, s, &sc, errs);
    }
    strategy_risk(c, i, &sc);
    strategy_regimes(c, i, &sc);
    strategy_symbols(c, i, out, &sc, errs);
    strategy_label(c, i, out, &sc, errs);
    out->strategies[out->strategy_count++] = sc;
}

static void all_strategies(const struct conf *c, struct engine_config *out, struct conf_errors *errs) {
    size_t n = conf_count(c, "strategies");
    if (n > STRATEGIES_MAX) conf_error_at(c, errs, "strategies", "more than %d", "plus de %d", STRATEGIES_MAX);
    for (size_t i = 0; i < n && i < STRATEGIES_MAX; i++) one_strategy(c, i, out, errs);
}

/* ---- the rest ---- */

static void fill_limits(const struct conf *c, struct limits *l) {
    *l = (struct limits){
        .risk_per_trade_ppm = conf_ppm(c, "trading.risk_management.position_risk"),
        .position_margin_ppm = conf_ppm(c, "trading.risk_management.max_position_margin"),
        .daily_loss = conf_cash(c, "trading.risk_management.max_daily_loss_amount"),
        .daily_loss_ppm = conf_ppm(c, "trading.risk_management.max_daily_loss"),
        .execution_daily_loss_ppm = conf_ppm(c, "execution.risk.max_daily_loss"),
        .breaker_daily_loss_ppm = conf_ppm(c, "circuit_breakers.max_daily_loss_pct"),
        .cautious_ppm = conf_ppm(c, "trading.risk_management.cautious_at"),
        .daily_trades = (uint32_t)conf_int(c, "execution.risk.max_daily_trades"),
        .daily_trades_breaker = (uint32_t)conf_int(c, "circuit_breakers.max_daily_trades"),
        .daily_trades_asset = (uint32_t)conf_int(c, "trading.risk_management.max_daily_trades_per_asset"),
        .positions = (uint32_t)conf_int(c, "trading.risk_management.max_positions"),
        .confidence_min = (uint32_t)conf_int(c, "trading.min_confidence"),
        .reward_risk_min_ppm = conf_ppm(c, "trading.risk_management.min_reward_risk"),
        .consecutive_losses = (uint32_t)conf_int(c, "circuit_breakers.max_consecutive_losses"),
        .drawdown_ppm = conf_ppm(c, "trading.risk_management.max_drawdown"),
        .breaker_drawdown_ppm = conf_ppm(c, "circuit_breakers.max_drawdown_pct"),
        .weekly_loss_ppm = conf_ppm(c, "trading.risk_management.max_weekly_loss"),
        .monthly_loss_ppm = conf_ppm(c, "trading.risk_management.max_monthly_loss"),
        .warn_ppm = conf_ppm(c, "circuit_breakers.warn_at"),
        .breaker_cautious_ppm = conf_ppm(c, "circuit_breakers.halve_at"),
        .drawdown_warn_ppm = conf_ppm(c, "circuit_breakers.drawdown_warn"),
        .drawdown_cautious_ppm = conf_ppm(c, "circuit_breakers.drawdown_cautious"),
        .open_risk_ppm = conf_ppm(c, "circuit_breakers.max_open_risk"),
        .errors = (uint32_t)conf_int(c, "execution.monitoring.max_errors"),
        .error_cooldown_s = (uint32_t)conf_int(c, "execution.monitoring.error_cooldown"),
        .spread_ppm = conf_ppm(c, "trading.gates.max_spread"),
        .slippage_ppm = conf_ppm(c, "trading.gates.max_slippage"),
        .exposure_ppm = conf_ppm(c, "trading.gates.max_exposure"),
        .margin_ppm = conf_ppm(c, "trading.gates.max_margin"),
        .correlation_ppm = conf_ppm(c, "trading.gates.max_correlation"),
        .var_ppm = conf_ppm(c, "trading.gates.max_var"),
        .duplicate_min = (uint32_t)conf_int(c, "trading.gates.duplicate_minutes"),
        .factors_min = (uint32_t)conf_int(c, "trading.gates.min_factors"),
        .weekend_flat = (uint32_t)conf_int(c, "trading.weekend"), /* hold, flat */
        .weekend_flat_min = (uint32_t)conf_int(c, "trading.weekend_flat"),
        .news = {.before_min = (uint32_t)conf_int(c, "news.before"), .after_min = (uint32_t)conf_int(c, "news.after")},
    };
}

static void fill_rest(const struct conf *c, struct engine_config *out) {
    out->mode = strcmp(conf_str(c, "mode"), "live") == 0 ? MODE_LIVE : MODE_PAPER;
    str_copy(out->currency, sizeof out->currency, conf_str(c, "broker.currency"));
    out->balance = conf_cash(c, "broker.balance");
    out->management = (struct management){
        .break_even_r_ppm = conf_ppm(c, "execution.position.break_even_r"),
        .trailing = conf_bool(c, "execution.position.trailing_stop"),
        .trailing_start_r_ppm = conf_ppm(c, "execution.position.trailing_start_r"),
        .trailing_distance_r_ppm = conf_ppm(c, "execution.position.trailing_distance_r"),
        .trailing_step_ppm = conf_ppm(c, "execution.position.trailing_step"),
        .trailing_atr_ppm = conf_ppm(c, "execution.position.trailing_atr"),
        .partial_r_ppm = conf_ppm(c, "execution.position.partial_close_r"),
        .partial_share_ppm = conf_ppm(c, "execution.position.partial_close_share"),
        .time_stop_min = (uint32_t)conf_int(c, "execution.position.time_stop"),
        .flat_min = (uint32_t)conf_int(c, "execution.position.flat_before_close"),
    };
    out->sizing = (struct sizing_config){
        .kelly_fraction_ppm = conf_ppm(c, "risk_management.kelly_fraction"),
        .volatility_ppm = conf_ppm(c, "risk_management.volatility_target"),
        .kelly_trades = (uint32_t)conf_int(c, "risk_management.kelly_min_trades"),
    };
    out->paper = (struct paper_config){
        .slippage_ticks = conf_int(c, "broker.slippage_ticks"),
        .spread_ticks = conf_int(c, "broker.spread_ticks"),
        .commission_per_lot = {-1}, /* the instrument's own */
        .max_fill = conf_qty(c, "broker.max_fill"),
    };
    if (conf_given(c, "broker.commission_per_lot"))
        out->paper.commission_per_lot = conf_cash(c, "broker.commission_per_lot");
    out->danger_range_ppm = conf_ppm(c, "trading.danger_range");
}

static void check_built(const struct conf *c, struct conf_errors *errs) {
    const char *feed = conf_str(c, "feed.kind"), *broker = conf_str(c, "broker.kind");
    if (strcmp(conf_str(c, "mode"), "live") == 0)
        conf_error_at(c, errs, "mode", "live trading is not built yet in this version: only paper starts",
                      "le trading réel n’est pas encore construit dans cette version\u00a0: seul paper démarre");
    if (feed_find(feed) == NULL)
        conf_error_at(c, errs, "feed.kind", "%s is not built yet in this version: use simulated, replay or alpaca",
                      "%s n’est pas encore construit dans cette version\u00a0: utilisez simulated, replay ou alpaca",
                      feed);
    if (broker_find(broker) == NULL)
        conf_error_at(c, errs, "broker.kind", "%s is not built yet in this version: use paper, null or alpaca",
                      "%s n’est pas encore construit dans cette version\u00a0: utilisez paper, null ou alpaca", broker);
}

/* Once the sessions are there. */
static void strategy_sessions(const struct conf *c, struct engine_config *out, struct conf_errors *errs) {
    char key[CONF_KEY_MAX];
    for (size_t i = 0; i < out->strategy_count; i++) {
        KEY(key, "strategies[%zu].session", i);
        const struct strategy *rule = strategy_find(out->strategies[i].name);
        const char *name = conf_given(c, "%s", key) ? conf_str(c, "%s", key) : rule != NULL ? rule->session : NULL;
        if (name == NULL || strcmp(name, "any") == 0) continue;
        int at = session_find(&out->calendars, name);
        if (at < 0)
            conf_error_at(c, errs, key, "there is no session %s", "il n’y a pas de séance %s", name);
        else
            out->strategies[i].session = (uint32_t)at + 1;
    }
}

int setup_engine(const struct conf *c, struct engine_config *out, struct conf_errors *errs) {
    size_t before = fatal_count(errs);
    engine_config_defaults(out);
    fill_rest(c, out);
    fill_limits(c, &out->limits);
    check_built(c, errs);
    check_instruments(c, errs);
    all_strategies(c, out, errs);
    feed_symbols(c, out, errs);
    setup_calendar(c, out, errs);
    setup_news(c, out);
    setup_options(c, out);
    setup_roll(c, out, errs);
    strategy_sessions(c, out, errs);
    return fatal_count(errs) > before ? -1 : 0;
}

const struct conf_flag *setup_demo(size_t *count) {
    static const struct conf_flag flags[] = {
        {"mode", "paper", "--demo"},
        {"feed.kind", "simulated", "--demo"},
        {"feed.speed", "300", "--demo"},
        {"feed.seed", "9", "--demo"},
        {"broker.kind", "paper", "--demo"},
        {"broker.currency", "USD", "--demo"},
        /* At this speed a day is five minutes: its limits should not leave a newcomer in a still room. */
        {"trading.risk_management.max_daily_trades_per_asset", "25", "--demo"},
        {"execution.risk.max_daily_trades", "40", "--demo"},
        {"circuit_breakers.max_consecutive_losses", "12", "--demo"},
        {"strategies[0].name", "MovingAverage", "--demo"},
        {"strategies[0].symbols[0]", "XAUUSD", "--demo"},
        {"strategies[0].capital_allocation", "50000", "--demo"},
        {"strategies[0].params.ma_period", "20", "--demo"},
        {"strategies[0].params.stop_loss_pct", "0.004", "--demo"},
        {"strategies[1].name", "MovingAverage", "--demo"},
        {"strategies[1].symbols[0]", "US100", "--demo"},
        {"strategies[1].capital_allocation", "50000", "--demo"},
        {"strategies[1].params.ma_period", "30", "--demo"},
        {"strategies[1].params.stop_loss_pct", "0.006", "--demo"},
    };
    _Static_assert(sizeof flags / sizeof flags[0] <= SETUP_DEMO_MAX, "room for the demo's settings");
    *count = sizeof flags / sizeof flags[0];
    return flags;
}

void setup_venue(const struct conf *c, struct venue_spec *v) {
    str_copy(v->url, sizeof v->url, conf_str(c, "alpaca.trading_url"));
    str_copy(v->key, sizeof v->key, conf_str(c, "alpaca.api_key"));
    str_copy(v->secret, sizeof v->secret, conf_str(c, "alpaca.secret_key"));
    size_t n = strlen(v->url);
    while (n > 0 && v->url[n - 1] == '/') v->url[--n] = '\0';
}
