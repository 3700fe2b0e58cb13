/*
 * The answers of every command in both languages, as plain text, compared with
 * tests/golden/commands/. MIA_GOLDEN=write rewrites them. Also: the table against the
 * folder, and what every record must keep to.
 */
#include "tests/unit/desk_rig.h"

#include <ctype.h>
#include <dirent.h>

#include "bot/auth.h"
#include "bot/docs_gen.h"

#define GOLDEN "tests/golden/commands/"

struct golden {
    const char *name;
    struct buf text;
};

/* Orders' numbers begin with the time of the first start. */
static void mask_orders(char *text) {
    for (char *p = text; *p; p++) {
        size_t n = strspn(p, "0123456789");
        if (n < 14) continue;
        memset(p, '7', n);
        p += n - 1;
    }
}

static void mask_time(char *text, size_t size, when_t time) {
    for (int l = 0; l < LANG_COUNT; l++) {
        char when[WHEN_TEXT_MAX], *at;
        when_say(when, (enum lang)l, time, NULL);
        while ((at = strstr(text, when))) {
            struct buf b;
            buf_init(&b, size);
            buf_add(&b, text, (size_t)(at - text));
            buf_str(&b, "WHEN");
            buf_str(&b, at + strlen(when));
            str_copy(text, size, b.p);
            buf_clear(&b);
        }
    }
}

/* Wall times differ from run to run; in golden files they have a name. */
static void mask(struct rig *g, char *text, size_t size) {
    struct engine_status st;
    struct strategy_state s;
    engine_status(desk_engine(g->desk), &st);
    engine_strategy(desk_engine(g->desk), 0, &s);
    if (st.paused) mask_time(text, size, st.paused_at);
    if (s.chosen) mask_time(text, size, s.at);
    for (size_t i = 0; i < conf_change_count(g->conf); i++) mask_time(text, size, conf_change_at(g->conf, i)->at);
}

static void ask(struct rig *g, struct golden *out, const char *en, const char *fr) {
    for (int l = 0; l < LANG_COUNT; l++) {
        const char *text = l == LANG_FR ? fr : en;
        const struct rig_answer *a = rig_ask(g, (enum lang)l, text);
        char copy[sizeof a->text];
        memcpy(copy, a->text, sizeof copy);
        mask(g, copy, sizeof copy);
        mask_orders(copy);
        buf_printf(&out->text, "> %s%s\n%s\n", text, a->is_private ? "   (private)" : "", copy);
    }
}

static void compare(struct golden *out) {
    char path[200];
    snprintf(path, sizeof path, GOLDEN "%s.txt", out->name);
    assert_false(out->text.overflow);
    if (getenv("MIA_GOLDEN") && !strcmp(getenv("MIA_GOLDEN"), "write")) {
        FILE *f = fopen(path, "w");
        assert_non_null(f);
        fwrite(out->text.p, 1, out->text.len, f);
        assert_int_equal(fclose(f), 0);
    } else {
        struct buf have;
        char chunk[4096];
        size_t n;
        buf_init(&have, 1u << 20);
        FILE *f = fopen(path, "r");
        if (!f) fail_msg("%s is missing: MIA_GOLDEN=write makes it", path);
        while ((n = fread(chunk, 1, sizeof chunk, f)) > 0) buf_add(&have, chunk, n);
        fclose(f);
        assert_string_equal(out->text.p, have.p);
        buf_clear(&have);
    }
    buf_clear(&out->text);
}

static struct golden begin(const char *name) {
    struct golden g = {.name = name};
    buf_init(&g.text, 1u << 20);
    return g;
}

static void an_empty_desk(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("empty");
    g->started = clock_wall();
    ask(g, &out, "/status", "/statut");
    ask(g, &out, "/positions", "/positions");
    ask(g, &out, "/orders", "/ordres");
    ask(g, &out, "/trades", "/operations");
    ask(g, &out, "/signals", "/signaux");
    ask(g, &out, "/why", "/pourquoi");
    ask(g, &out, "/levels", "/niveaux");
    ask(g, &out, "/regime", "/regime");
    ask(g, &out, "/chart-data", "/bougies");
    ask(g, &out, "/stats", "/stats");
    ask(g, &out, "/pnl", "/pnl");
    ask(g, &out, "/close all", "/fermer tout");
    ask(g, &out, "/cancel all", "/annuler tout");
    ask(g, &out, "/be", "/be");
    ask(g, &out, "/stop 1 2600", "/stop 1 2600");
    ask(g, &out, "/resume", "/reprendre");
    ask(g, &out, "/flatten", "/solder");
    rig_close(g);
    compare(&out);
}

static void an_open_trade(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("open");
    rig_open_trade(g);
    ask(g, &out, "/status", "/statut");
    ask(g, &out, "/positions", "/positions");
    ask(g, &out, "/signals 1", "/signaux 1");
    ask(g, &out, "/why", "/pourquoi");
    ask(g, &out, "/why 1", "/pourquoi 1");
    ask(g, &out, "/levels", "/niveaux");
    ask(g, &out, "/regime", "/regime");
    ask(g, &out, "/chart-data xauusd 3", "/bougies xauusd 3");
    ask(g, &out, "/chart_data XAUUSD 32", "/bougies XAUUSD 32");
    ask(g, &out, "/chart-data 33", "/bougies XAUUSD 33");
    ask(g, &out, "/risk", "/risque");
    ask(g, &out, "/limits", "/limites");
    ask(g, &out, "/close", "/fermer");
    ask(g, &out, "/close #1 50", "/fermer #1 50 %");
    ask(g, &out, "/pause", "/pause");
    ask(g, &out, "/status", "/statut");
    ask(g, &out, "/resume", "/reprendre");
    ask(g, &out, "/sos", "/sos");
    ask(g, &out, "/orders", "/ordres");
    rig_close(g);
    compare(&out);
}

static void stops_by_hand(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("stops");
    rig_open_trade(g);
    ask(g, &out, "/stop", "/stop");
    ask(g, &out, "/stop 1", "/stop 1");
    ask(g, &out, "/stop 1 12", "/stop 1 12");
    ask(g, &out, "/stop 1 2,410.50", "/stop 1 2.410,50");
    ask(g, &out, "/stop 1 -2410", "/stop 1 -2410");
    ask(g, &out, "/stop 1 5 points", "/stop 1 5 points");
    ask(g, &out, "/stop 2 2600", "/stop 2 2600");
    ask(g, &out, "/stop 1 2700", "/stop 1 2700");
    ask(g, &out, "/stop 1 2560.005",
        "/stop 1 2560,005");                      /* tighter than the first: at once; in French it is there already */
    ask(g, &out, "/stop 1 2555", "/stop 1 2555"); /* looser: asks */
    ask(g, &out, "/stop 1 2000", "/stop 1 2000"); /* past the risk of a trade */
    ask(g, &out, "/be", "/be");                   /* the market is not beyond */
    rig_bar(g, 260500, 261500);
    ask(g, &out, "/stop 1 1000 ticks", "/stop 1 1000 ticks");
    ask(g, &out, "/stop 1 0.25%", "/stop 1 0,2\u00a0%");
    ask(g, &out, "/stop 1 -50$", "/stop 1 \u221240\u00a0$");
    ask(g, &out, "/be #1", "/be #1");
    ask(g, &out, "/stop 1 +100$", "/stop 1 +120\u00a0$");
    ask(g, &out, "/be all", "/be tout");
    ask(g, &out, "/positions", "/positions");
    ask(g, &out, "/pnl", "/pnl");
    rig_close(g);
    compare(&out);
}

/* Flat, then up through the average: an entry that waits for the next bar. */
static void waiting_entry(struct rig *g) {
    for (int i = 0; i < 20; i++) rig_bar(g, 260000 - 10 * i, 260000 - 10 * (i + 1));
    rig_bar(g, 259800, 260400);
    rig_turn(g);
    assert_int_equal(engine_order_count(desk_engine(g->desk)), 1);
}

static void entries_called_back(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("cancel");
    waiting_entry(g);
    ask(g, &out, "/orders", "/ordres");
    ask(g, &out, "/cancel", "/annuler");
    ask(g, &out, "/cancel 1234567", "/annuler 1234567");
    ask(g, &out, "/cancel 1234567890123456", "/annuler 1234567890123456");
    ask(g, &out, "/cancel #1", "/annuler #1");
    ask(g, &out, "/cancel all", "/annuler tout");
    rig_close(g);
    compare(&out);
}

static void a_flatten(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("flatten");
    rig_open_trade(g);
    ask(g, &out, "/cancel #1", "/annuler #1");
    ask(g, &out, "/flatten", "/solder");
    rig_ask(g, LANG_EN, "/flatten");
    struct request q = rig_request(g, PLATFORM_LOCAL, "1", g->answers[0].button[0]);
    q.kind = REQUEST_BUTTON;
    rig_receive(g, &q);
    assert_int_equal(g->answer_count, 1);
    buf_printf(&out.text, "> (confirm)\n%s\n", g->answers[0].text);
    ask(g, &out, "/flatten", "/solder");
    ask(g, &out, "/status", "/statut");
    ask(g, &out, "/resume", "/reprendre");
    rig_bar(g, 260500, 260600); /* the close fills */
    rig_turn(g);
    ask(g, &out, "/flatten", "/solder");
    ask(g, &out, "/pnl", "/pnl");
    rig_close(g);
    compare(&out);
}

/* Nothing is left to be closed, and yet it is not flat. */
static void a_flatten_of_what_is_closing(void **state) {
    (void)state;
    static const char *const lines[] = {"/close all", "/flatten"};
    struct rig *g = rig_open();
    struct golden out = begin("flatten_closing");
    rig_open_trade(g);
    for (size_t i = 0; i < 2; i++) {
        if (i) ask(g, &out, "/flatten", "/solder");
        rig_ask(g, LANG_EN, lines[i]);
        struct request q = rig_request(g, PLATFORM_LOCAL, "1", g->answers[0].button[0]);
        q.kind = REQUEST_BUTTON;
        rig_receive(g, &q);
        buf_printf(&out.text, "> (confirm)\n%s\n", g->answers[0].text);
    }
    rig_close(g);
    compare(&out);
}

static void closed_trades(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("closed");
    rig_open_trade(g);
    for (int i = 0; i < 30; i++) rig_bar(g, 260500 + 300 * i, 260500 + 300 * (i + 1)); /* to the target */
    for (int i = 0; i < 4; i++) rig_bar(g, 269500 - 500 * i, 269500 - 500 * (i + 1));
    for (int i = 0; i < 4; i++) rig_bar(g, 267500 + 500 * i, 267500 + 500 * (i + 1)); /* in again */
    for (int i = 0; i < 8; i++) rig_bar(g, 269500 - 800 * i, 269500 - 800 * (i + 1)); /* and stopped */
    rig_turn(g);
    ask(g, &out, "/trades", "/operations");
    ask(g, &out, "/trades 1 xauusd", "/operations 1 xauusd");
    ask(g, &out, "/signals", "/signaux");
    ask(g, &out, "/stats", "/stats");
    ask(g, &out, "/stats day", "/stats jour");
    ask(g, &out, "/pnl", "/pnl");
    ask(g, &out, "/stats total movingaverage", "/stats total movingaverage");
    ask(g, &out, "/stats total nothing", "/stats total rien");
    ask(g, &out, "/stats day MovingAverage", "/stats jour MovingAverage");
    ask(g, &out, "/export trades 2025-01-01 2025-02-01", "/exporter operations 2025-01-01 2025-02-01");
    ask(g, &out, "/export signals 2025-01-01 2025-02-01 json", "/exporter signaux 2025-01-01 2025-02-01 json");
    ask(g, &out, "/export nothing", "/exporter rien");
    ask(g, &out, "/export trades yesterday", "/exporter trades hier");
    ask(g, &out, "/why #1", "/pourquoi #1");
    ask(g, &out, "/why S2", "/pourquoi S2");
    ask(g, &out, "/regime XAUUSD", "/regime xauusd");
    ask(g, &out, "/regime nothing", "/regime rien");
    ask(g, &out, "/why 999", "/pourquoi 999");
    ask(g, &out, "/why x", "/pourquoi x");
    ask(g, &out, "/risk", "/risque");
    ask(g, &out, "/limits", "/limites");
    rig_close(g);
    compare(&out);
}

static void the_rest(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("rest");
    ask(g, &out, "/help", "/aide");
    for (uint32_t i = 0; command_table[i]; i++) {
        char en[80], fr[80];
        const struct command *c = command_table[i];
        snprintf(en, sizeof en, "/help %s", c->name);
        snprintf(fr, sizeof fr, "/aide %s", c->name_fr ? c->name_fr : c->name);
        ask(g, &out, en, fr);
    }
    ask(g, &out, "/config show broker", "/config show broker");
    ask(g, &out, "/config mode", "/config mode");
    ask(g, &out, "/config show nothing", "/config show rien");
    ask(g, &out, "/health", "/sante");
    rig_close(g);
    compare(&out);
}

/* What never closes, a day that ends and goes on, one that shuts, and a shut one. Hours in UTC, the first bar is of Monday 00:00. */
static void hours_of_markets(void **state) {
    (void)state;
    static const struct trading_hours hours[] = {
        {.name = "always", .weekdays = 0x7f},
        {.name = "fx", .open_min = 17 * 60, .close_min = 17 * 60, .weekdays = 0x3e},
        {.name = "day", .close_min = 21 * 60, .weekdays = 0x3e},
        {.name = "evening", .open_min = 18 * 60, .close_min = 22 * 60, .weekdays = 0x3e},
    };
    struct rig *g = rig_open();
    struct golden out = begin("hours");
    for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
        struct event ev = {.kind = EVENT_CONFIG, .occasion = CONFIG_RUNNING, .u.config = &g->config};
        g->config.calendars.zone_count = g->config.calendars.hours_count = 1;
        g->config.calendars.hours[0] = hours[i];
        assert_int_equal(desk_event(g->desk, &ev, NULL), 0);
        rig_bar(g, 260000, 260100);
        rig_turn(g);
        ask(g, &out, "/levels", "/niveaux");
    }
    rig_close(g);
    compare(&out);
}

/* Changes of settings, and the strategies' switches. */
static void what_people_change(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("change");
    rig_open_trade(g);
    ask(g, &out, "/config set max_positions 2", "/config régler max_positions 2");
    ask(g, &out, "/config set trading.risk_management.max_daily_loss 3%",
        "/config set trading.risk_management.max_daily_loss 3,5 %");
    ask(g, &out, "/config set position_risk 0.02", "/config set position_risk 2 %");
    ask(g, &out, "/config set max_daily_loss_amount 1500", "/config set max_daily_loss_amount 1000");
    ask(g, &out, "/config set execution.position.trailing_stop true",
        "/config set execution.position.trailing_stop true");
    ask(g, &out, "/config set log.level debug", "/config set log.level warn");
    ask(g, &out, "/config unset max_positions", "/config retirer max_positions");
    ask(g, &out, "/config unset cautious_at", "/config unset cautious_at");
    ask(g, &out, "/config set mode live", "/config set mode live");
    ask(g, &out, "/config set discord.token x", "/config set discord.token x");
    ask(g, &out, "/config set max_positions lots", "/config set max_positions beaucoup");
    ask(g, &out, "/config set", "/config set");
    ask(g, &out, "/config max_positions 4", "/config max_positions 4");
    g->later_ms += 60000; /* so many changes at once are refused */
    ask(g, &out, "/config set trading.weekend flat", "/config set trading.weekend flat");
    ask(g, &out, "/config set trading.weekend hold", "/config set trading.weekend hold");
    ask(g, &out, "/config set news.before 30", "/config set news.before 45");
    ask(g, &out, "/config set news.before 5", "/config set news.before 5");
    ask(g, &out, "/config set trading.weekend_flat 0", "/config set trading.weekend_flat 0");
    ask(g, &out, "/config show trading.risk_management", "/config show trading.risk_management");
    rig_close(g);
    compare(&out);
}

static void strategies_are_switched(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("strategy");
    rig_open_trade(g);
    ask(g, &out, "/strategy", "/strategie");
    ask(g, &out, "/strategy disable", "/strategie desactiver");
    ask(g, &out, "/strategy enable movingaverage", "/strategie activer movingaverage");
    ask(g, &out, "/strategy disable nothing", "/strategie disable rien");
    ask(g, &out, "/strategy disable MovingAverage", "/strategie disable MovingAverage");
    ask(g, &out, "/strategy list", "/strategie liste");
    ask(g, &out, "/status", "/statut");
    rig_bar(g, 260500, 260000);
    rig_bar(g, 259000, 258000);
    for (int i = 0; i < 6; i++) rig_bar(g, 258000 - 10 * i, 258000 - 10 * (i + 1));
    rig_bar(g, 257900, 260400); /* up through the average: it would go in */
    rig_turn(g);
    ask(g, &out, "/why", "/pourquoi");
    ask(g, &out, "/strategy enable MovingAverage", "/strategie enable MovingAverage");
    rig_close(g);
    compare(&out);
}

/* Gold, and a share whose bars fit into a line each; prices in cents. */
static void two_markets(struct rig *g) {
    struct err e;
    g->config.instruments[1] = *instrument_builtin("AAPL");
    g->config.instrument_count = 2;
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &g->config};
    assert_int_equal(desk_event(g->desk, &ev, &e), 0);
    for (int i = 0; i < 60; i++) {
        const int64_t cent = PRICE_SCALE / 100, close = 19000 + 25 * i;
        rig_bar(g, 260000 + 30 * (i % 2), 260030 - 30 * (i % 2));
        ev = (struct event){.kind = EVENT_BAR};
        ev.u.bar.instrument = 1;
        ev.u.bar.bar = (struct bar){.start = when_from_sec(RIG_START + 79200 + 300 * (int64_t)i),
                                    .seconds = 300,
                                    .open = {(close - 20) * cent},
                                    .high = {(close + 10) * cent},
                                    .low = {(close - 30) * cent},
                                    .close = {close * cent},
                                    .volume = 90000 + 2500 * (int64_t)i};
        assert_int_equal(desk_event(g->desk, &ev, &e), 0);
    }
    rig_turn(g);
}

static void several_symbols(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("market");
    two_markets(g);
    ask(g, &out, "/regime", "/regime");
    ask(g, &out, "/regime AAPL", "/regime AAPL");
    ask(g, &out, "/chart-data AAPL", "/bougies AAPL");
    ask(g, &out, "/chart-data AAPL 1", "/bougies AAPL 1");
    ask(g, &out, "/chart-data", "/bougies");
    rig_close(g);
    compare(&out);
}

/* A breaker that suspends, an owner's override with its preview, and what is said of it afterwards. */
static void a_breaker_is_overridden(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("limits");
    rig_open_trade(g);
    ask(g, &out, "/limits override", "/limites override");
    ask(g, &out, "/limits override daily_loss", "/limites override daily_loss");
    rig_ask(g, LANG_EN, "/config set max_daily_loss_amount 100");
    rig_bar(g, 260400, 259200); /* some $120 */
    rig_turn(g);
    ask(g, &out, "/limits", "/limites");
    ask(g, &out, "/limits override daily loss", "/limites override perte du jour");
    struct request q = rig_request(g, PLATFORM_LOCAL, "1", g->answers[0].button[0]);
    q.kind = REQUEST_BUTTON;
    rig_receive(g, &q);
    buf_printf(&out.text, "> (confirm)\n%s\n", g->answers[0].text);
    ask(g, &out, "/limits show", "/limites show");
    rig_close(g);
    compare(&out);
}

static void version_counts_from_the_start(void **state) {
    (void)state;
    struct rig *g = rig_open();
    assert_non_null(strstr(rig_ask(g, LANG_EN, "/version")->text, "MIA 1.2.3"));
    assert_non_null(strstr(g->answers[0].text, "Jan 6, 2025 00:00"));
    assert_non_null(strstr(rig_ask(g, LANG_FR, "/version")->text, "6 janv. 2025"));
    rig_close(g);
}

static void configured(struct rig *g) {
    struct err e;
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &g->config};
    assert_int_equal(desk_event(g->desk, &ev, &e), 0);
    rig_turn(g);
}

/* Down a little, then up through the average: it would go in. */
static void up_through(struct rig *g, int64_t from) {
    for (int i = 0; i < 3; i++) rig_bar(g, from - 10 * i, from - 10 * (i + 1));
    rig_bar(g, from - 30, from + 400);
    rig_turn(g);
}

/* What /regime says is decided by it, is: refused outside, farther stops inside, and /why tells both. */
static void what_the_regime_decides(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("regime");
    struct strategy_config *s = &g->config.strategies[0];
    s->regimes = 1u << REGIME_RANGE | 1u << REGIME_TRANSITION;
    configured(g);
    for (int i = 0; i < 16; i++) rig_bar(g, 260000 - 10 * i, 260000 - 10 * (i + 1));
    up_through(g, 259660);
    assert_non_null(engine_last_signal(desk_engine(g->desk)));
    assert_int_equal(engine_last_signal(desk_engine(g->desk))->refusal, REFUSAL_REGIME);
    ask(g, &out, "/why", "/pourquoi"); /* not known yet */
    for (int i = 0; i < 60; i++) rig_bar(g, 260400 + 200 * i, 260400 + 200 * (i + 1));
    up_through(g, 272400);
    ask(g, &out, "/why", "/pourquoi");
    ask(g, &out, "/regime", "/regime");
    s->regimes = 1u << REGIME_TREND;
    s->widen_ppm[REGIME_TREND] = 1500000;
    s->widen_ppm[REGIME_TRANSITION] = 1250000;
    s->advisor = ADVISOR_NONE;
    configured(g);
    up_through(g, 272800);
    const struct signal *taken = engine_last_signal(desk_engine(g->desk));
    assert_true(taken->taken && taken->widen_ppm == 1500000);
    ask(g, &out, "/why", "/pourquoi");
    ask(g, &out, "/regime", "/regime");
    ask(g, &out, "/strategy", "/strategie");
    s->advisor = ADVISOR_REQUIRED;
    configured(g);
    up_through(g, 273200);
    ask(g, &out, "/why", "/pourquoi");
    ask(g, &out, "/strategy", "/strategie");
    ask(g, &out, "/why S1", "/pourquoi S1"); /* of the store: as it was then */
    rig_close(g);
    compare(&out);
}

/* A chain that is configured is told of, whatever became of it. */
static void an_options_chain(void **state) {
    (void)state;
    struct rig *g = rig_open();
    struct golden out = begin("options");
    struct gamma_levels *x = &g->config.instruments[0].gamma;
    x->wanted = true;
    configured(g);
    rig_bar(g, 260000, 260030);
    rig_turn(g);
    ask(g, &out, "/levels", "/niveaux");
    const int64_t now = when_sec(engine_market_time(desk_engine(g->desk)));
    *x = (struct gamma_levels){{PRICE_SCALE * 2601},     {PRICE_SCALE * 2602},     {PRICE_SCALE * 2598},
                               when_from_sec(now + 300), when_from_sec(now + 900), true};
    for (int i = 0; i < 4; i++) {
        configured(g);
        rig_turn(g);
        ask(g, &out, "/levels", "/niveaux");
        rig_bar(g, 260000, 260030);
        if (i == 1) rig_bar(g, 260000, 260030);
    }
    rig_close(g);
    compare(&out);
}

/* ---- the table ---- */

static void the_table_is_the_folder(void **state) {
    (void)state;
    uint32_t files = 0, n = 0;
    DIR *d = opendir("commands");
    assert_non_null(d);
    for (struct dirent *f; (f = readdir(d));) {
        size_t len = strlen(f->d_name);
        if (len < 3 || strcmp(f->d_name + len - 2, ".c") != 0) continue;
        if (!strcmp(f->d_name, "table.c") || !strcmp(f->d_name, "parts.c")) continue;
        char name[64];
        str_copy_n(name, sizeof name, f->d_name, len - 2);
        if (!command_find(name)) fail_msg("commands/%s is not in the table", f->d_name);
        files++;
    }
    closedir(d);
    while (command_table[n]) n++;
    assert_int_equal(n, files + 2); /* resume lives in pause.c, sos in flatten.c */
}

static bool is_name(const char *s) {
    size_t n = strlen(s);
    return n >= 1 && n <= 32 && strspn(s, "abcdefghijklmnopqrstuvwxyz-") == n && s[0] != '-';
}

static bool is_summary(const char *s) {
    size_t points = utf8_points(s, strlen(s));
    return points >= 1 && points <= 100;
}

static void check_args(const struct command *c) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
    bool optional = false;
    assert_true(c->arg_count <= COMMAND_ARGS_MAX);
    for (uint32_t i = 0; i < c->arg_count; i++) {
        const struct arg_spec *s = &c->args[i];
        for (int l = 0; l < LANG_COUNT; l++) {
            assert_int_equal(strspn(s->name[l], letters), strlen(s->name[l]));
            assert_in_range(strlen(s->name[l]), 1, 32);
            assert_true(is_summary(s->summary[l]));
        }
        assert_false(s->required && optional); /* Discord wants the required ones first */
        optional |= !s->required;
        if (s->kind == ARG_TEXT) assert_int_equal(i, c->arg_count - 1);
        if (s->kind == ARG_INT) assert_true(s->min < s->max);
    }
}

static void every_record_keeps_the_rules(void **state) {
    (void)state;
    for (uint32_t i = 0; command_table[i]; i++) {
        const struct command *c = command_table[i];
        assert_true(is_name(c->name));
        assert_true(!c->name_fr || is_name(c->name_fr));
        if (i) assert_true(strcmp(command_table[i - 1]->name, c->name) < 0);
        for (int l = 0; l < LANG_COUNT; l++) assert_true(is_summary(c->summary[l]));
        assert_non_null(c->exec);
        assert_true(c->role > ROLE_NOBODY && c->role < USER_ROLE_COUNT);
        assert_int_equal(!(c->flags & COMMAND_READONLY), !!(c->flags & COMMAND_MONEY)); /* looks, or touches */
        assert_int_equal(!!(c->flags & COMMAND_CONFIRM), c->preview != NULL);
        assert_true(!(c->flags & COMMAND_SOMETIMES) || c->flags & COMMAND_CONFIRM);
        if (!(c->flags & COMMAND_READONLY)) assert_true(c->role >= ROLE_OPERATOR);
        check_args(c);
        /* A name means one command, in whichever language. */
        for (uint32_t k = 0; command_table[k]; k++) {
            const struct command *o = command_table[k];
            if (o == c) continue;
            assert_string_not_equal(c->name, o->name);
            if (o->name_fr) assert_string_not_equal(c->name, o->name_fr);
            if (o->name_fr && c->name_fr) assert_string_not_equal(c->name_fr, o->name_fr);
        }
    }
}

static void the_docs_name_every_command_twice(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 1u << 20);
    commands_markdown(&b);
    for (uint32_t i = 0; command_table[i]; i++) {
        const struct command *c = command_table[i];
        char en[64], fr[64];
        snprintf(en, sizeof en, "### /%s\n", c->name);
        snprintf(fr, sizeof fr, "### /%s\n", c->name_fr ? c->name_fr : c->name);
        assert_non_null(strstr(b.p, en));
        assert_non_null(strstr(strstr(b.p, "## Français"), fr));
    }
    assert_false(b.overflow);
    buf_clear(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_desk),
        cmocka_unit_test(an_open_trade),
        cmocka_unit_test(stops_by_hand),
        cmocka_unit_test(entries_called_back),
        cmocka_unit_test(a_flatten),
        cmocka_unit_test(a_flatten_of_what_is_closing),
        cmocka_unit_test(closed_trades),
        cmocka_unit_test(the_rest),
        cmocka_unit_test(hours_of_markets),
        cmocka_unit_test(what_people_change),
        cmocka_unit_test(strategies_are_switched),
        cmocka_unit_test(several_symbols),
        cmocka_unit_test(a_breaker_is_overridden),
        cmocka_unit_test(version_counts_from_the_start),
        cmocka_unit_test(what_the_regime_decides),
        cmocka_unit_test(an_options_chain),
        cmocka_unit_test(the_table_is_the_folder),
        cmocka_unit_test(every_record_keeps_the_rules),
        cmocka_unit_test(the_docs_name_every_command_twice),
    };
    return RUN(tests);
}
