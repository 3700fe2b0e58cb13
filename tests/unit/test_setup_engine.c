/*
 * setup_engine: settings to engine data, and every refusal that the option table alone
 * cannot make, with its line and in both languages.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/setup_engine.h"
#include "bot/setup_roll.h"
#include "bot/setup_file.h"

static char path[256];

static int make_path(void **state) {
    (void)state;
    const char *tmp = getenv("TMPDIR");
    snprintf(path, sizeof path, "%s/mia-setup-XXXXXX", tmp != NULL ? tmp : "/tmp");
    int fd = mkstemp(path);
    if (fd >= 0) close(fd);
    return fd < 0;
}

static int drop_path(void **state) {
    (void)state;
    return unlink(path);
}

static char *environment[3]; /* NULL-terminated */

static struct conf *load(const char *yaml) {
    struct conf_errors errs = {0};
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs(yaml, f);
    fclose(f);
    struct conf *c = conf_load(&(struct conf_source){.path = path, .env_path = "", .environment = environment}, &errs);
    if (c == NULL) fail_msg("%s", errs.item[0].err.text[LANG_EN]);
    conf_errors_clear(&errs);
    return c;
}

static struct engine_config made(const char *yaml) {
    struct conf *c = load(yaml);
    struct conf_errors errs = {0};
    static struct engine_config out;
    if (setup_engine(c, &out, &errs) != 0) fail_msg("%s", errs.item[0].err.text[LANG_EN]);
    assert_int_equal(errs.n, 0);
    conf_free(c);
    return out;
}

/* The table's defaults and the engine's own are the same. */
static void test_defaults(void **state) {
    (void)state;
    struct engine_config want, got = made("mode: paper\n");
    engine_config_defaults(&want);
    assert_memory_equal(&got.limits, &want.limits, sizeof want.limits);
    assert_int_equal(got.management.trailing, want.management.trailing);
    assert_int_equal(got.management.break_even_r_ppm, want.management.break_even_r_ppm);
    assert_int_equal(got.management.trailing_start_r_ppm, want.management.trailing_start_r_ppm);
    assert_int_equal(got.management.trailing_distance_r_ppm, want.management.trailing_distance_r_ppm);
    assert_int_equal(got.management.trailing_step_ppm, want.management.trailing_step_ppm);
    assert_memory_equal(&got.paper, &want.paper, sizeof want.paper);
    assert_int_equal(got.balance.v, want.balance.v);
    assert_int_equal(got.danger_range_ppm, want.danger_range_ppm);
    assert_int_equal(got.mode, want.mode);
    assert_string_equal(got.currency, want.currency);
    assert_int_equal(got.instrument_count, 0);
    assert_int_equal(got.strategy_count, 0);
}

static void test_every_number_arrives(void **state) {
    (void)state;
    struct engine_config c =
        made("trading: {min_confidence: 71, danger_range: 3.5}\n"
             "trading.risk_management:\n"
             "  {position_risk: 0.5%, max_position_margin: 0.3, max_daily_loss: 3%, cautious_at: 80%,\n"
             "   max_daily_loss_amount: 1234.5, max_drawdown: 7%, max_positions: 4, min_reward_risk: 1.5,\n"
             "   max_daily_trades_per_asset: 5}\n"
             "execution.position:\n"
             "  {break_even_r: 0.75, trailing_stop: true, trailing_start_r: 1.25, trailing_distance_r: 0.5,\n"
             "   trailing_step: 0.0002}\n"
             "execution.risk: {max_daily_trades: 11, max_daily_loss: 2.5%}\n"
             "circuit_breakers: {max_daily_trades: 50, max_consecutive_losses: 6, max_daily_loss_pct: 5%}\n"
             "broker: {slippage_ticks: 2, spread_ticks: 3, commission_per_lot: 0, max_fill: 0.5, balance: 5}\n");
    assert_int_equal(c.limits.risk_per_trade_ppm, 5000);
    assert_int_equal(c.limits.position_margin_ppm, 300000);
    assert_int_equal(c.limits.daily_loss.v, 1234500000);
    assert_int_equal(c.limits.daily_loss_ppm, 30000);
    assert_int_equal(c.limits.execution_daily_loss_ppm, 25000);
    assert_int_equal(c.limits.breaker_daily_loss_ppm, 50000);
    assert_int_equal(c.limits.cautious_ppm, 800000);
    assert_int_equal(c.limits.daily_trades, 11);
    assert_int_equal(c.limits.daily_trades_breaker, 50);
    assert_int_equal(c.limits.daily_trades_asset, 5);
    assert_int_equal(c.limits.positions, 4);
    assert_int_equal(c.limits.confidence_min, 71);
    assert_int_equal(c.limits.reward_risk_min_ppm, 1500000);
    assert_int_equal(c.limits.consecutive_losses, 6);
    assert_int_equal(c.limits.drawdown_ppm, 70000);
    assert_int_equal(c.management.break_even_r_ppm, 750000);
    assert_true(c.management.trailing);
    assert_int_equal(c.management.trailing_start_r_ppm, 1250000);
    assert_int_equal(c.management.trailing_distance_r_ppm, 500000);
    assert_int_equal(c.management.trailing_step_ppm, 200);
    assert_int_equal(c.paper.slippage_ticks, 2);
    assert_int_equal(c.paper.spread_ticks, 3);
    assert_int_equal(c.paper.commission_per_lot.v, 0);
    assert_int_equal(c.paper.max_fill.v, 50000000);
    assert_int_equal(c.danger_range_ppm, 3500000);
    c = made("circuit_breakers.max_drawdown_pct: 2%\n");
    assert_int_equal(c.limits.drawdown_ppm, 50000); /* the engine finds the tightest */
    assert_int_equal(c.limits.breaker_drawdown_ppm, 20000);
    c = made("trading.risk_management.max_drawdown: 0\ncircuit_breakers.max_drawdown_pct: 20%\n");
    assert_int_equal(c.limits.drawdown_ppm, 0);
    assert_int_equal(c.limits.breaker_drawdown_ppm, 200000);
}

static void test_strategies_and_instruments(void **state) {
    (void)state;
    struct engine_config c = made("feed: {symbols: [EURUSD, XAUUSD]}\n"
                                  "strategies:\n"
                                  "  - {name: MovingAverage, symbols: [XAUUSD, NVDA], capital_allocation: 50000,\n"
                                  "     params: {ma_period: 30, stop_loss_pct: 0.015, allow_short: false}}\n"
                                  "  - {name: MovingAverage, symbols: [ES], capital_allocation: 10, enabled: false}\n"
                                  "  - {name: MovingAverage, label: slow, symbols: [ES], capital_allocation: 10}\n"
                                  "instruments:\n"
                                  "  - {symbol: NVDA, asset: stock, tick: 0.01, tick_value: 0.01}\n"
                                  "  - {symbol: ES, commission: 1.25, lot_max: 3}\n"
                                  "  - {symbol: NOT_USED, asset: fx, tick: 1, tick_value: 1}\n");
    assert_int_equal(c.strategy_count, 3);
    assert_string_equal(c.strategies[0].label, "MovingAverage");
    assert_string_equal(c.strategies[1].label, "MovingAverage 2");
    assert_string_equal(c.strategies[2].label, "slow");
    assert_true(c.strategies[0].enabled);
    assert_false(c.strategies[1].enabled);
    assert_int_equal(c.strategies[0].capital.v, 50000 * CASH_SCALE);
    assert_int_equal(c.strategies[0].param_count, 3);
    assert_string_equal(c.strategies[0].params[1].name, "stop_loss_pct");
    assert_true(c.strategies[0].params[1].value == 0.015);
    assert_true(c.strategies[0].params[2].value == 0);

    static const char *const symbols[] = {"XAUUSD", "NVDA", "ES", "EURUSD"};
    assert_int_equal(c.instrument_count, 4);
    for (int i = 0; i < 4; i++) assert_string_equal(c.instruments[i].symbol, symbols[i]);
    assert_int_equal(c.strategies[0].symbols[1], 1);
    assert_int_equal(c.strategies[2].symbols[0], 2);
    const struct instrument *nvda = &c.instruments[1], *es = &c.instruments[2];
    assert_int_equal(nvda->asset, ASSET_STOCK);
    assert_int_equal(nvda->leverage, 1);
    assert_int_equal(nvda->decimals, 2);
    assert_int_equal(nvda->lot_min.v, QTY_SCALE);
    assert_int_equal(nvda->lot_step.v, QTY_SCALE);
    assert_int_equal(nvda->lot_max.v, 1000 * QTY_SCALE);
    assert_string_equal(nvda->currency, "USD");
    assert_int_equal(es->commission_per_lot.v, 1250000);
    assert_int_equal(es->lot_max.v, 3 * QTY_SCALE);
    assert_int_equal(es->tick_value.v, instrument_builtin("ES")->tick_value.v);
    assert_int_equal(es->margin_per_lot.v, instrument_builtin("ES")->margin_per_lot.v);
}

static const struct {
    const char *yaml;
    int line;
    const char *en, *fr;
} refusals[] = {
    {"\nmode: live\n", 2, "mode: live trading is not built yet in this version: only paper starts",
     "mode\u00a0: le trading réel n’est pas encore construit dans cette version\u00a0: seul paper démarre"},
    {"feed: {kind: mt5}\n", 1, "feed.kind: mt5 is not built yet in this version: use simulated, replay or alpaca",
     "feed.kind\u00a0: mt5 n’est pas encore construit dans cette version\u00a0: utilisez simulated, replay ou alpaca"},
    {"feed: {kind: alpaca, symbols: [XAUUSD]}\n", 1,
     "feed.symbols[0]: Alpaca has no XAUUSD: it knows US stocks and ETFs",
     "feed.symbols[0]\u00a0: Alpaca n’a pas XAUUSD\u00a0: il connaît les actions et ETF américains"},
    {"feed: {kind: alpaca, symbols: [BTC-USD]}\n", 1,
     "feed.symbols[0]: BTC-USD is not built in: describe it under instruments (symbol, asset, tick, tick_value)",
     "feed.symbols[0]\u00a0: BTC-USD n’est pas intégré\u00a0: décrivez-le sous instruments (symbol, asset, tick, …"},
    {"broker:\n  kind: mt5\n", 2, "broker.kind: mt5 is not built yet in this version: use paper, null or alpaca",
     "broker.kind\u00a0: mt5 n’est pas encore construit dans cette version\u00a0: utilisez paper, null ou alpaca"},
    {"strategies:\n  - {name: Magic, symbols: [ES], capital_allocation: 1}\n", 2,
     "strategies[0].name: there is no strategy Magic; there are MovingAverage, RSI, …",
     "strategies[0].name\u00a0: il n’y a pas de stratégie Magic\u00a0; il y a MovingAverage, RSI, …"},
    {"strategies:\n  - name: MovingAverage\n    capital_allocation: 1\n", 2, "strategies[0].symbols: names no symbol",
     "strategies[0].symbols\u00a0: ne nomme aucun symbole"},
    {"strategies:\n  - name: MovingAverage\n    symbols: [ES, ES]\n    capital_allocation: 1\n", 3,
     "strategies[0].symbols[1]: is named twice", "strategies[0].symbols[1]\u00a0: est nommé deux fois"},
    {"strategies:\n  - name: MovingAverage\n    symbols: [NVDA]\n    capital_allocation: 1\n", 3,
     "strategies[0].symbols[0]: NVDA is not built in: describe it under instruments (symbol, asset, tick, tick_value)",
     "strategies[0].symbols[0]\u00a0: NVDA n’est pas intégré\u00a0: décrivez-le sous instruments (symbol, asset, tick, "
     "tick_value)"},
    {"strategies:\n  - name: MovingAverage\n    symbols: [ES]\n    capital_allocation: 1\n    params: {ma_perod: 3}\n",
     5, "strategies[0].params.ma_perod: MovingAverage has no such parameter; it has ma_period, stop_loss_pct, …",
     "strategies[0].params.ma_perod\u00a0: MovingAverage n’a pas ce paramètre\u00a0; elle a ma_period, …"},
    {"strategies:\n  - name: MovingAverage\n    symbols: [ES]\n    capital_allocation: 1\n    params:\n      "
     "ma_period: 2.5\n",
     6, "strategies[0].params.ma_period: wants a whole number, not 2.5",
     "strategies[0].params.ma_period\u00a0: attend un nombre entier, et non 2.5"},
    {"strategies:\n  - name: MovingAverage\n    symbols: [ES]\n    capital_allocation: 1\n    params: {stop_loss_pct: "
     "0.9}\n",
     5, "strategies[0].params.stop_loss_pct: must lie between 0.0001 and 0.5, not 0.9",
     "strategies[0].params.stop_loss_pct\u00a0: doit être compris entre 0.0001 et 0.5, et non 0.9"},
    {"strategies:\n  - {name: MovingAverage, label: A, symbols: [ES], capital_allocation: 1}\n"
     "  - {name: MovingAverage, label: A, symbols: [ES], capital_allocation: 1}\n",
     3, "strategies[1].label: A is used twice", "strategies[1].label\u00a0: A sert deux fois"},
    {"broker: {currency: EUR}\nfeed: {symbols: [ES]}\n", 2,
     "feed.symbols[0]: ES is quoted in USD, and the account is in EUR: amounts would be wrong",
     "feed.symbols[0]\u00a0: ES est coté en USD, et le compte est en EUR\u00a0: les montants seraient faux"},
    {"feed: {symbols: [X]}\ninstruments:\n  - {symbol: X, asset: fx, tick: 0.1}\n", 3,
     "instruments[0].tick_value: is needed for a symbol that is not built in",
     "instruments[0].tick_value\u00a0: est nécessaire pour un symbole qui n’est pas intégré"},
    {"feed: {symbols: [X]}\ninstruments:\n  - {symbol: X, asset: future, tick: 0.1, tick_value: 1}\n", 3,
     "instruments[0].margin: is needed for a future",
     "instruments[0].margin\u00a0: est nécessaire pour un contrat à terme"},
    {"feed: {symbols: [X]}\ninstruments:\n  - {symbol: X, asset: fx, tick: 0.1, tick_value: 1, lot_min: 2, lot_max: "
     "1}\n",
     3, "instruments[0].lot_max: is below lot_min", "instruments[0].lot_max\u00a0: est inférieur à lot_min"},
    {"feed: {symbols: [X]}\ninstruments:\n  - {symbol: X, asset: fx, tick: 0.1, tick_value: 1, spread: 0.15}\n", 3,
     "instruments[0].spread: is not a whole number of ticks",
     "instruments[0].spread\u00a0: n’est pas un nombre entier de ticks"},
    {"instruments:\n  - {symbol: ES, lot_max: 3}\n  - {symbol: ES, lot_max: 4}\n", 3,
     "instruments[1].symbol: ES is described twice", "instruments[1].symbol\u00a0: ES est décrit deux fois"},
    {"feed: {symbols: [ES]}\ninstruments:\n  - {symbol: ES, calendar: moon}\n", 3,
     "instruments[0].calendar: there is no calendar moon: there are cme, …",
     "instruments[0].calendar\u00a0: il n’y a pas de calendrier moon\u00a0: il y a cme, …"},
    {"calendars:\n  - {name: a, zone: Europe/Paris, holidays: cme}\n", 2,
     "calendars[0].holidays: the exchanges' holidays are in New York's hours: they want the zone America/New_York",
     "calendars[0].holidays\u00a0: les jours fériés des bourses sont à l’heure de New York\u00a0: il faut le fuseau "
     "America/New_York"},
    {"calendars:\n  - {name: a}\n  - {name: A}\n", 3, "calendars[1].name: A is described twice",
     "calendars[1].name\u00a0: A est décrit deux fois"},
    {"sessions:\n  - {name: Asia}\n  - {name: asia}\n", 3, "sessions[1].name: asia is described twice",
     "sessions[1].name\u00a0: asia est décrit deux fois"},
    {"sessions:\n  - {name: Mars, zone: Mars/Olympus}\n", 2,
     "sessions[0].name: this machine knows no time zone Mars/Olympus",
     "sessions[0].name\u00a0: cette machine ne connaît pas le fuseau Mars/Olympus"},
};

/* Word for word; up to "…", where that is its end. */
static void says(const char *text, const char *want) {
    size_t n = strlen(want), end = strlen("…");
    bool open = n > end && strcmp(want + n - end, "…") == 0;
    if (open ? strncmp(text, want, n - end) != 0 : strcmp(text, want) != 0) fail_msg("%s\nnot\n%s", text, want);
}

static void test_refusals(void **state) {
    (void)state;
    static struct engine_config out;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct conf_errors errs = {0};
        struct conf *c = load(refusals[i].yaml);
        assert_int_equal(setup_engine(c, &out, &errs), -1);
        assert_int_equal(errs.n, 1);
        const struct conf_error *e = &errs.item[0];
        says(e->err.text[LANG_EN], refusals[i].en);
        says(e->err.text[LANG_FR], refusals[i].fr);
        assert_int_equal(e->line, refusals[i].line);
        assert_string_equal(e->file, path);
        conf_errors_clear(&errs);
        conf_free(c);
    }
}

/* Every instrument gets the hours of its asset, or those it names; built-in hours and sessions can be replaced. */
static void test_calendars(void **state) {
    (void)state;
    static struct engine_config c;
    c = made("feed: {symbols: [ES, XAUUSD, EURUSD, AAPL, BTCUSD]}\n"
             "trading: {weekend: flat, weekend_warning: 60, weekend_flat: 5}\n"
             "instruments:\n"
             "  - {symbol: BTCUSD, asset: cfd, tick: 1, tick_value: 1, calendar: always, weekend: hold}\n"
             "calendars:\n"
             "  - {name: fx, zone: Europe/Paris, open: \"23:00\", close: \"22:00\"}\n"
             "sessions:\n"
             "  - {name: asia, zone: Asia/Tokyo, from: \"08:00\", to: \"15:00\"}\n");
    static const char *const hours[] = {"cme", "metals", "fx", "us-stocks", "always"};
    for (uint32_t i = 0; i < 5; i++) assert_string_equal(c.calendars.hours[c.instruments[i].hours].name, hours[i]);
    const struct trading_hours *fx = &c.calendars.hours[c.instruments[2].hours];
    assert_string_equal(c.calendars.zones[fx->zone].name, "Europe/Paris");
    assert_int_equal(fx->open_min, 23 * 60);
    assert_int_equal(fx->holidays, HOLIDAYS_NONE);
    assert_int_equal(c.limits.weekend_flat, 1);
    assert_int_equal(c.weekend.warn_min, 60);
    assert_int_equal(c.limits.weekend_flat_min, 5);
    assert_int_equal(c.instruments[4].weekend, WEEKEND_HOLD);
    assert_int_equal(c.calendars.session_count, 5);
    const struct named_session *asia = &c.calendars.sessions[session_find(&c.calendars, "Asia")];
    assert_int_equal(asia->to_min, 15 * 60);
    assert_true(calendars_hold(&c.calendars));
    c = made("feed: {symbols: [ES]}\n");
    assert_int_equal(c.limits.weekend_flat, 0);
    assert_int_equal(c.instruments[0].weekend, WEEKEND_DEFAULT);
}

static void test_rolls(void **state) {
    (void)state;
    static struct engine_config c;
    c = made("feed: {symbols: [ES, MNQ, XAUUSD, NQ, ZB, GC, MES]}\n"
             "instruments:\n"
             "  - {symbol: MNQ, roll: {by: volume, volume_days: 3, at_roll: roll, days_before: 4, warn_days: 0}}\n"
             "  - {symbol: NQ, roll: {by: none}}\n"
             "  - {symbol: ZB, asset: future, tick: 0.03125, tick_value: 31.25, margin: 3000,\n"
             "     contracts: [{code: ZBZ26, expires: 2026-12-21}, {code: ZBH2027, expires: 2027-03-22}]}\n"
             "  - {symbol: GC, asset: future, tick: 0.1, tick_value: 10, margin: 15000, roll: {months: GJMQZ}}\n"
             "  - {symbol: MES, contracts: [{code: \"202612\", expires: 2026-12-18}]}\n");
    const struct roll_config *es = &c.instruments[0].roll, *mnq = &c.instruments[1].roll, *zb = &c.instruments[4].roll;
    assert_int_equal(es->rule, ROLL_DATE);
    assert_int_equal(es->action, ROLL_FLAT);
    assert_int_equal(es->days_before, 8);
    assert_int_equal(es->warn_days, 3);
    assert_int_equal(es->months, contract_months("HMUZ"));
    assert_int_equal(mnq->rule, ROLL_VOLUME);
    assert_int_equal(mnq->volume_days, 3);
    assert_int_equal(mnq->action, ROLL_OVER);
    assert_int_equal(mnq->days_before, 4);
    assert_int_equal(mnq->warn_days, 0);
    assert_int_equal(c.instruments[2].roll.rule, ROLL_NONE); /* gold of the spot market */
    assert_int_equal(c.instruments[3].roll.rule, ROLL_NONE);
    assert_int_equal(zb->rule, ROLL_DATE);
    assert_int_equal(zb->expiry, EXPIRY_LISTED);
    assert_int_equal(zb->count, 2);
    assert_int_equal(zb->list[1].contract, 2027 * 12 + 2);
    assert_int_equal(zb->list[1].expires, 20899); /* 2027-03-22 */
    assert_int_equal(c.instruments[5].roll.months, contract_months("GJMQZ"));
    assert_int_equal(c.instruments[6].roll.count, 1);
    assert_int_equal(c.instruments[6].roll.days_before, 8);
    struct conf *f =
        load("feed: {kind: replay, files: [{symbol: ES, path: a.csv, contract: ESZ26}, {symbol: ES, path: b.csv}]}\n");
    static struct feed_spec feed;
    struct conf_errors errs = {0};
    assert_int_equal(setup_engine(f, &c, &errs), 0);
    assert_int_equal(setup_feed(f, &c, &feed, &errs), 0);
    assert_int_equal(feed.files[0].contract, 2026 * 12 + 11);
    assert_int_equal(feed.files[1].contract, 0);
    conf_free(f);
}

static void rolls_said(const char *yaml, int32_t day, int good, const char *en, const char *fr) {
    static struct engine_config c;
    c = made(yaml);
    const char *const want[LANG_COUNT] = {[LANG_EN] = en, [LANG_FR] = fr};
    for (int l = 0; l < LANG_COUNT; l++) {
        struct buf out;
        buf_init(&out, 1024);
        assert_int_equal(setup_roll_say(&c, day, (enum lang)l, &out), good);
        buf_char(&out, '\0');
        assert_string_equal(out.p, want[l]);
        buf_clear(&out);
    }
}

static void test_rolls_are_said(void **state) {
    (void)state;
    const int32_t december = 20788; /* 2026-12-01 */
    rolls_said("feed: {symbols: [ES, XAUUSD, MNQ]}\ninstruments: [{symbol: MNQ, roll: {by: volume}}]\n", december, 1,
               "today ESZ26, then ESH27 from Dec 10, 2026; today MNQZ26, then MNQH27 from Dec 10, 2026 or by volume",
               "aujourd’hui ESZ26, puis ESH27 à partir du 10 déc. 2026\u00a0; aujourd’hui MNQZ26, puis MNQH27 à partir "
               "du 10 déc. 2026 ou selon le volume");
    static const char listed[] = "feed: {symbols: [ES]}\n"
                                 "instruments: [{symbol: ES, contracts: [{code: ESZ26, expires: 2026-12-18}]}]\n";
    rolls_said(listed, december, -1, "today ESZ26, until Dec 10, 2026, and none after it",
               "aujourd’hui ESZ26, jusqu’au 10 déc. 2026, et aucun après");
    rolls_said(listed, december + 9, -1, "ES: the last of its contracts is over",
               "ES\u00a0: le dernier de ses contrats est passé");
    rolls_said("feed: {symbols: [XAUUSD]}\n", december, 0, "", "");
}

static void test_impossible_rolls(void **state) {
    (void)state;
    static const struct {
        const char *yaml, *en;
    } rows[] = {
        {"feed: {symbols: [ES]}\ninstruments: [{symbol: ES, roll: {months: HMA}}]\n", "wants letters of months"},
        {"feed: {symbols: [XAUUSD]}\ninstruments: [{symbol: XAUUSD, roll: {by: date}}]\n",
         "the contracts of XAUUSD are not known"},
        {"feed: {symbols: [ES]}\ninstruments: [{symbol: ES, contracts: [{code: NQZ26, expires: 2026-12-18}]}]\n",
         "NQZ26 is no contract of ES"},
        {"feed: {symbols: [ES]}\ninstruments: [{symbol: ES, contracts: [{code: ESZ26, expires: 2026-12-18}, "
         "{code: ESU26, expires: 2027-09-18}]}]\n",
         "ESU26 does not follow the one before it"},
        {"feed: {kind: replay, files: [{symbol: ES, path: a.csv, contract: ESA26}]}\n", "ESA26 is no contract of ES"},
        {"feed: {kind: replay, files: [{symbol: XAUUSD, path: a.csv, contract: Z26}]}\n", "XAUUSD is not rolled"},
    };
    static struct engine_config c;
    static struct feed_spec feed;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct conf_errors errs = {0};
        struct conf *f = load(rows[i].yaml);
        assert_int_equal(setup_engine(f, &c, &errs) | setup_feed(f, &c, &feed, &errs), -1);
        assert_int_equal(errs.n, 1);
        assert_non_null(strstr(errs.item[0].err.text[LANG_EN], rows[i].en));
        assert_true(errs.item[0].line > 0 && errs.item[0].err.text[LANG_FR][0] != '\0');
        conf_errors_clear(&errs);
        conf_free(f);
    }
}

/* A disk that fails in the middle is no end of the file: half a calendar would look like a whole one. */
static void test_files_that_cannot_be_read(void **state) {
    (void)state;
    char *bytes = NULL;
    struct err e = {0};
    assert_int_equal(setup_file_read("there-is-none.csv", 100, &bytes, NULL, &e), -1);
    assert_null(bytes);
    if (access("/proc/self/mem", R_OK) != 0) skip(); /* a regular file, whose first byte nobody can read */
    e = (struct err){0};
    assert_int_equal(setup_file_read("/proc/self/mem", 100, &bytes, NULL, &e), -1);
    assert_null(bytes);
    assert_non_null(strstr(e.text[LANG_EN], "/proc/self/mem"));
    assert_non_null(strstr(e.text[LANG_EN], "Input/output error"));
    assert_string_not_equal(e.text[LANG_EN], e.text[LANG_FR]);
}

/* What the regime changes for a strategy, in which unit, and what is left alone where nothing is said. */
static void test_regimes(void **state) {
    (void)state;
    static struct engine_config c;
    struct conf_errors errs = {0};
    c = made("strategies:\n"
             "  - {name: RSI, symbols: [ES], capital_allocation: 1000}\n"
             "  - {name: RSI, symbols: [ES], capital_allocation: 1000, regimes: [range, transition], stop_widen: "
             "{transition: 1.5, trend: 1}, advisor: required}\n");
    assert_false(strategy_reads_regime(&c.strategies[0]));
    assert_int_equal(c.strategies[0].advisor, ADVISOR_NONE);
    const struct strategy_config *s = &c.strategies[1];
    assert_true(strategy_reads_regime(s));
    assert_int_equal(s->regimes, 1u << REGIME_RANGE | 1u << REGIME_TRANSITION);
    assert_int_equal(s->widen_ppm[REGIME_TRANSITION], 1500000);
    assert_int_equal(s->widen_ppm[REGIME_TREND] + s->widen_ppm[REGIME_RANGE] + s->widen_ppm[REGIME_UNKNOWN], 0);
    assert_int_equal(s->advisor, ADVISOR_REQUIRED);
    static const char *const wrong[] = {"regimes: [up]",           "regimes: trend", "stop_widen: {range: 0.9}",
                                        "stop_widen: {range: 11}", "stop_widen: 2",  "advisor: maybe"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char yaml[300];
        snprintf(yaml, sizeof yaml, "strategies: [{name: RSI, symbols: [ES], capital_allocation: 1, %s}]\n", wrong[i]);
        FILE *f = fopen(path, "wb");
        assert_non_null(f);
        fputs(yaml, f);
        fclose(f);
        struct conf *bad = conf_load(&(struct conf_source){.path = path, .env_path = ""}, &errs);
        if (bad != NULL) fail_msg("%s is taken", wrong[i]);
        assert_true(errs.n > 0);
        conf_errors_clear(&errs);
    }
}

/* A calendar of announcements that is not there is no reason not to start, but nothing new is opened. */
static void test_news(void **state) {
    (void)state;
    static struct engine_config c;
    char yaml[512], file[300];
    c = made("feed: {symbols: [XAUUSD]}\n");
    assert_false(c.news.wanted || c.news.broken);
    c = made("feed: {symbols: [XAUUSD]}\nnews: {file: there-is-none.csv, before: 30, after: 10}\n");
    assert_true(c.news.wanted && c.news.broken);
    assert_int_equal(c.news.n, 0);
    snprintf(file, sizeof file, "%s.news", path);
    FILE *f = fopen(file, "wb");
    assert_non_null(f);
    fputs("time,currency,impact,title\n2025-01-10 08:30,USD,high,NFP\n2025-01-10 08:30,JPY,high,not ours\n", f);
    fclose(f);
    snprintf(yaml, sizeof yaml,
             "feed: {symbols: [XAUUSD]}\nnews: {file: \"%s\", time_zone: America/New_York, before: 30, after: 10}\n",
             file);
    c = made(yaml);
    assert_true(c.news.wanted && !c.news.broken);
    assert_int_equal(c.news.n, 1);
    assert_int_equal(when_sec(c.news.item[0].time), 1736515800); /* 13:30Z */
    assert_int_equal(c.limits.news.before_min, 30);
    assert_int_equal(c.limits.news.after_min, 10);
    assert_int_equal(unlink(file), 0);
}

/* An options chain gives its lines to its symbol, on that symbol's ticks; one that is not there takes nothing else away. */
static void test_options(void **state) {
    (void)state;
    static struct engine_config c, back;
    char yaml[700], file[300];
    struct snap s;
    struct buf b;
    c = made("feed: {symbols: [ES]}\ninstruments: [{symbol: ES, options_file: there-is-none.csv}]\n");
    assert_int_equal(c.instruments[0].gamma.until.ns, 0);
    assert_true(c.instruments[0].gamma.wanted);
    snprintf(file, sizeof file, "%s.options", path);
    FILE *f = fopen(file, "wb");
    assert_non_null(f);
    fputs("strike,type,oi,iv,expiry,quote_date\n590.03,P,10,20%,2025-01-17,2025-01-10 15:00\n"
          "600,C,30,0.2,2025-01-17,2025-01-10 15:00\n",
          f);
    fclose(f);
    snprintf(yaml, sizeof yaml,
             "feed: {symbols: [ES, NQ]}\n"
             "instruments: [{symbol: ES, options_file: \"%s\", options_price: 595, options_scale: 10}]\n",
             file);
    c = made(yaml);
    assert_int_equal(c.instruments[0].gamma.put_wall.v, 590025000000LL); /* to the quarter */
    assert_int_equal(c.instruments[0].gamma.call_wall.v, 600000000000LL);
    assert_in_range(c.instruments[0].gamma.flip.v, 590025000000LL, 600000000000LL);
    assert_int_equal(when_sec(c.instruments[0].gamma.from), 1736521200);  /* 2025-01-10T15:00Z */
    assert_int_equal(when_sec(c.instruments[0].gamma.until), 1737126000); /* seven days: 15:00 on the 17th */
    assert_int_equal(c.instruments[1].gamma.until.ns, 0);
    assert_true(c.instruments[0].gamma.wanted && !c.instruments[1].gamma.wanted);
    buf_init(&b, 1u << 20); /* and they are journalled with it */
    snap_writer(&s, &b);
    engine_config_snap(&c, &s);
    snap_reader(&s, b.p, b.len);
    s.version = ENGINE_FORMAT;
    engine_config_snap(&back, &s);
    assert_true(snap_complete(&s));
    assert_memory_equal(&back.instruments[0].gamma, &c.instruments[0].gamma, sizeof c.instruments[0].gamma);
    buf_clear(&b);
    assert_int_equal(unlink(file), 0);
}

static void test_too_many(void **state) {
    (void)state;
    static struct engine_config out;
    struct conf_errors errs = {0};
    struct buf b;
    buf_init(&b, 1 << 16);
    buf_str(&b, "strategies:\n");
    for (int i = 0; i <= STRATEGIES_MAX; i++)
        buf_str(&b, "  - {name: MovingAverage, symbols: [ES], capital_allocation: 1}\n");
    struct conf *c = load(b.p);
    assert_int_equal(setup_engine(c, &out, &errs), -1);
    assert_string_equal(errs.item[0].err.text[LANG_EN], "strategies: more than 16");
    assert_string_equal(out.strategies[15].label, "MovingAverage 16");
    conf_errors_clear(&errs);
    conf_free(c);
    buf_clear(&b);
}

static void test_feed(void **state) {
    (void)state;
    struct conf_errors errs = {0};
    static struct engine_config config;
    static struct feed_spec feed;
    struct conf *c = load("feed:\n"
                          "  kind: replay\n"
                          "  files:\n"
                          "    - {symbol: XAUUSD, timeframe: M5, path: a.csv.gz}\n"
                          "    - {symbol: ES, path: /data/b.csv, time_zone: Europe/Paris}\n");
    assert_int_equal(setup_engine(c, &config, &errs), 0);
    assert_int_equal(setup_feed(c, &config, &feed, &errs), 0);
    assert_int_equal(config.instrument_count, 2);
    assert_ptr_equal(feed.config, &config);
    assert_int_equal(feed.file_count, 2);
    assert_string_equal(feed.files[0].symbol, "XAUUSD");
    assert_int_equal(feed.files[0].seconds, 300);
    assert_string_equal(feed.files[0].zone, "");
    assert_string_equal(strrchr(feed.files[0].path, '/'), "/a.csv.gz");
    assert_int_equal(feed.files[1].seconds, 0);
    assert_string_equal(feed.files[1].path, "/data/b.csv");
    assert_string_equal(feed.files[1].zone, "Europe/Paris");
    conf_free(c);

    c = load("feed: {kind: replay}\n");
    assert_int_equal(setup_engine(c, &config, &errs), 0);
    assert_int_equal(setup_feed(c, &config, &feed, &errs), -1);
    assert_string_equal(errs.item[0].err.text[LANG_FR], "feed.files\u00a0: replay demande au moins un fichier");
    conf_errors_clear(&errs);
    conf_free(c);

    c = load("feed: {kind: simulated, seed: 9, timeframe: H1, start: 2025-02-03}\n");
    assert_int_equal(setup_engine(c, &config, &errs), 0);
    assert_int_equal(setup_feed(c, &config, &feed, &errs), -1);
    assert_non_null(strstr(errs.item[0].err.text[LANG_EN], "there is no symbol to follow"));
    conf_errors_clear(&errs);
    assert_int_equal(feed.seed, 9);
    assert_int_equal(feed.sim_seconds, 3600);
    assert_int_equal(when_sec(feed.sim_start), 1738540800);
    conf_free(c);
}

/* Any US ticker is a stock; where the stream is follows from where the data are. */
static void test_alpaca(void **state) {
    (void)state;
    static struct engine_config config;
    static struct feed_spec feed;
    static const struct {
        const char *more, *stream, *refusal;
    } cases[] = {
        {"", "wss://stream.data.alpaca.markets", NULL},
        {"alpaca: {data_url: \"http://127.0.0.1:80/\", data_feed: sip}\n", "ws://127.0.0.1:80", NULL},
        {"alpaca: {stream_url: \"wss://x.example/y\"}\n", "wss://x.example/y", NULL},
        {"alpaca: {stream_url: \"ws://x.example\"}\n", NULL, "must begin with wss://"},
        {"alpaca: {data_feed: test}\n", NULL, "test has FAKEPACA and nothing else"},
        {"alpaca: {stream_url: \"https://x.example\"}\n", NULL, "must begin with wss://"},
    };
    static char key[] = "ALPACA_API_KEY=PKTEST000000", secret[] = "ALPACA_SECRET_KEY=hidden-secret";
    environment[0] = key;
    environment[1] = secret;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conf_errors errs = {0};
        char yaml[400];
        snprintf(yaml, sizeof yaml, "feed: {kind: alpaca, timeframe: H1, symbols: [NVDA, BRK.B, AAPL]}\n%s",
                 cases[i].more);
        struct conf *c = load(yaml);
        assert_int_equal(setup_engine(c, &config, &errs), 0);
        assert_string_equal(config.instruments[1].symbol, "BRK.B");
        assert_int_equal(config.instruments[1].asset, ASSET_STOCK);
        assert_int_equal(config.instruments[1].tick.v, PRICE_SCALE / 100);
        assert_string_equal(config.calendars.hours[config.instruments[0].hours].name, "us-stocks");
        assert_int_equal(setup_feed(c, &config, &feed, &errs), cases[i].refusal ? -1 : 0);
        if (cases[i].refusal) {
            assert_non_null(strstr(errs.item[0].err.text[LANG_EN], cases[i].refusal));
        } else {
            assert_string_equal(feed.venue.stream_url, cases[i].stream);
            assert_string_equal(feed.venue.key, "PKTEST000000");
            assert_int_equal(feed.venue.seconds, 3600);
            assert_int_equal(feed.venue.history, 500);
            assert_int_equal(feed.venue.grace_ms, 5000);
            assert_string_equal(feed.venue.source, i == 1 ? "sip" : "iex");
        }
        conf_errors_clear(&errs);
        conf_free(c);
    }
    environment[1] = NULL;
    struct conf_errors errs = {0};
    struct conf *c = load("feed: {kind: alpaca, timeframe: H4, symbols: [NVDA]}\n");
    assert_int_equal(setup_engine(c, &config, &errs), 0);
    assert_int_equal(setup_feed(c, &config, &feed, &errs), -1);
    assert_int_equal(errs.n, 2); /* the timeframe, and the missing secret */
    conf_errors_clear(&errs);
    conf_free(c);
    environment[0] = NULL;
}

/* The demo starts whatever a file says. */
static void test_demo(void **state) {
    (void)state;
    struct conf_errors errs = {0};
    static struct engine_config config;
    static struct feed_spec feed;
    size_t n;
    const struct conf_flag *flags = setup_demo(&n);
    for (int with_file = 0; with_file < 2; with_file++) {
        FILE *f = fopen(path, "wb");
        fputs("mode: live\nbroker: {kind: mt5, currency: EUR}\nstrategies: [{name: None, symbols: [X], "
              "capital_allocation: 1}]\n",
              f);
        fclose(f);
        struct conf_source src = {
            .path = with_file ? path : NULL, .env_path = "", .flags = flags, .flag_count = n, .no_secrets = true};
        struct conf *c = conf_load(&src, &errs);
        assert_non_null(c);
        assert_int_equal(setup_engine(c, &config, &errs), 0);
        assert_int_equal(setup_feed(c, &config, &feed, &errs), 0);
        assert_int_equal(config.strategy_count, 2);
        assert_int_equal(config.instrument_count, 2);
        conf_free(c);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_every_number_arrives),
        cmocka_unit_test(test_strategies_and_instruments),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_calendars),
        cmocka_unit_test(test_rolls),
        cmocka_unit_test(test_rolls_are_said),
        cmocka_unit_test(test_impossible_rolls),
        cmocka_unit_test(test_files_that_cannot_be_read),
        cmocka_unit_test(test_regimes),
        cmocka_unit_test(test_news),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_feed),
        cmocka_unit_test(test_alpaca),
        cmocka_unit_test(test_demo),
    };
    return cmocka_run_group_tests(tests, make_path, drop_path);
}
