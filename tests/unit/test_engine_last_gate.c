/*
 * Random intents through the last gate: whatever is wished for, what is taken keeps within every limit, computed here again
 * from what the facade tells. MIA_INTENTS says how many (20,000 where it does not). And a replayed year: after every event
 * cash and positions make the equity, and the trades make the change of the balance.
 */
#include "gate_again.h"

#include "engine/base/rng.h"
#include "engine/feeds/csv.h"

#define SYMBOLS 3
#define TAKEN_MAX 64 /* lately, against duplicates */

struct gate_world {
    struct rng rng;
    double price[SYMBOLS];
    uint32_t wishes, taken, refusals[REFUSAL_COUNT], suspended;
    struct {
        uint16_t instrument;
        enum side side;
        price_t level;
        when_t time;
    } lately[TAKEN_MAX];
    uint32_t late;
    struct again again;
};
static struct gate_world *gw;

static int64_t ppm(int64_t share, cash_t of) {
    int64_t v;
    assert_true(mul_div(share, of.v > 0 ? of.v : 0, 1000000, &v));
    return v;
}

/* ---- what was taken, looked at again ---- */

static void within_quality(const struct signal *g, const struct limits *l) {
    assert_true(g->confidence >= l->confidence_min);
    assert_true(g->factors == 0 || g->factors >= l->factors_min);
    assert_true(g->target.v == 0 || g->reward_risk_ppm >= l->reward_risk_min_ppm);
    struct market_view m;
    engine_market(w.engine, g->instrument, &m);
    int64_t way = g->entry.v > g->stop.v ? g->entry.v - g->stop.v : g->stop.v - g->entry.v;
    assert_true((double)(m.ask.v - m.bid.v) * 1e6 <= (double)l->spread_ppm * (double)way);
    for (uint32_t i = 0; g->level.v != 0 && i < TAKEN_MAX; i++) {
        if (gw->lately[i].level.v != g->level.v || gw->lately[i].instrument != g->instrument ||
            gw->lately[i].side != g->side)
            continue;
        assert_true(when_ms_between(gw->lately[i].time, g->time) >= (int64_t)l->duplicate_min * 60000);
    }
}

static void remember(const struct signal *g) {
    uint32_t i = gw->late++ % TAKEN_MAX;
    gw->lately[i].instrument = g->instrument;
    gw->lately[i].side = g->side;
    gw->lately[i].level = g->level;
    gw->lately[i].time = g->time;
}

static void within_size(const struct signal *g, const struct engine_config *c) {
    const struct instrument *in = &c->instruments[g->instrument];
    const struct strategy_config *s = &c->strategies[g->strategy];
    cash_t margin;
    assert_true(g->qty.v >= in->lot_min.v && g->qty.v <= in->lot_max.v && g->qty.v % in->lot_step.v == 0);
    assert_true(g->risk.v > 0 && g->risk.v <= ppm(c->limits.risk_per_trade_ppm, s->capital));
    assert_true(instrument_margin(in, g->entry, g->qty, &margin));
    assert_true(margin.v <= ppm(c->limits.position_margin_ppm, s->capital));
    assert_true(g->sizing[LANG_EN][0] != '\0' && g->sizing[LANG_FR][0] != '\0');
}

/* The book with it: worth, margin, what all stops cost. Commissions are 0 here, so nothing is paid before. */
static void within_book(const struct engine_config *c) {
    const struct limits *l = &c->limits;
    cash_t worth = CASH_ZERO, margin = CASH_ZERO, one;
    uint32_t open = 0;
    struct account a;
    engine_account(w.engine, &a);
    for (uint32_t i = 0; i < engine_trade_count(w.engine); i++) {
        const struct trade *t = engine_trade_at(w.engine, i);
        struct market_view m;
        engine_market(w.engine, t->instrument, &m);
        open += t->state != TRADE_CLOSING;
        assert_true(instrument_notional(&c->instruments[t->instrument], m.last, t->qty, &one) &&
                    cash_add(worth, one, &worth));
        assert_true(instrument_margin(&c->instruments[t->instrument], m.last, t->qty, &one) &&
                    cash_add(margin, one, &margin));
    }
    for (uint32_t i = 0; i < engine_order_count(w.engine); i++) {
        const struct order *o = engine_order_at(w.engine, i);
        struct market_view m;
        engine_market(w.engine, o->instrument, &m);
        qty_t left = {o->qty.v - o->filled.v};
        if (o->role != ROLE_ENTRY) continue;
        assert_true(instrument_notional(&c->instruments[o->instrument], m.last, left, &one) &&
                    cash_add(worth, one, &worth));
        assert_true(instrument_margin(&c->instruments[o->instrument], m.last, left, &one) &&
                    cash_add(margin, one, &margin));
    }
    assert_true(open <= l->positions);
    /* The entry itself was counted at its own side of the spread: a cent in a thousand. */
    assert_true(worth.v <= ppm(l->exposure_ppm, a.equity) + worth.v / 1000);
    assert_true(margin.v <= ppm(l->margin_ppm, a.equity) + margin.v / 1000);
    assert_true(a.at_risk.v <= ppm(l->open_risk_ppm, a.equity));
    const int64_t first[] = {a.day_first_equity.v, a.week_first_equity.v, a.month_first_equity.v};
    const int64_t most[] = {l->daily_loss_ppm, l->weekly_loss_ppm, l->monthly_loss_ppm};
    for (int i = 0; i < 3; i++) assert_true(first[i] - (a.balance.v - a.at_risk.v) <= ppm(most[i], (cash_t){first[i]}));
}

static void within_counts(void) {
    static struct limit_view v[LIMIT_VIEWS_MAX];
    uint32_t n = engine_limits(w.engine, v);
    for (uint32_t i = 0; i < n; i++) {
        if (v[i].kind == LIMIT_DAILY_TRADES) assert_true(v[i].count <= v[i].count_max);
    }
}

static void look(void *arg, const struct event *ev, const struct effects *f) {
    (void)arg;
    bool any = false;
    again_see(&gw->again, ev);
    for (uint32_t i = 0; i < f->n; i++) {
        const struct signal *g = &f->item[i].u.signal;
        if (f->item[i].kind == EFFECT_SUBMIT && f->item[i].u.submit.order.role == ROLE_ENTRY)
            again_sent(&gw->again, &f->item[i - 1].u.signal, &f->item[i].u.submit.order);
        if (f->item[i].kind != EFFECT_SIGNAL) continue;
        again_look(&gw->again, g);
        gw->wishes++;
        gw->refusals[g->refusal]++;
        assert_true(g->taken == (g->refusal == REFUSAL_NONE));
        if (!g->taken) {
            assert_true(g->why_not[LANG_EN][0] != '\0' && g->why_not[LANG_FR][0] != '\0');
            continue;
        }
        any = true;
        gw->taken++;
        const struct engine_config *c = engine_config(w.engine);
        within_quality(g, &c->limits);
        within_size(g, c);
        remember(g);
    }
    struct engine_status st;
    engine_status(w.engine, &st);
    gw->suspended += st.suspended;
    if (!any) return;
    assert_false(st.suspended || st.paused || st.store_gone);
    within_book(engine_config(w.engine));
    within_counts();
}

/* ---- the wishes ---- */

static double on_grid(double v, double tick) {
    return (double)(int64_t)(v / tick + 0.5) * tick;
}

static void wish(uint16_t in) {
    const struct instrument *i = &w.config.instruments[in];
    double tick = price_to_double(i->tick), p = gw->price[in];
    for (uint64_t n = 1 + rng_below(&gw->rng, 3); n > 0; n--) {
        struct intent *x = &kit_next.item[kit_next.n++];
        double far = p * 0.0002 * (double)(1 + rng_below(&gw->rng, 60)), way = rng_below(&gw->rng, 2) == 0 ? 1 : -1;
        *x = (struct intent){.kind = INTENT_ENTER, .side = way > 0 ? SIDE_LONG : SIDE_SHORT};
        x->confidence = (uint32_t)rng_below(&gw->rng, 130);
        x->factors = (uint32_t)rng_below(&gw->rng, 6);
        x->stop = px(on_grid(p - way * far, tick));
        if (rng_below(&gw->rng, 3) > 0)
            x->target = px(on_grid(p + way * far * 0.5 * (double)(1 + rng_below(&gw->rng, 6)), tick));
        if (rng_below(&gw->rng, 2) == 0)
            x->level = px(on_grid(p - p * 0.001 * (double)rng_below(&gw->rng, 3), tick * 100));
        if (rng_below(&gw->rng, 50) == 0) x->stop.v = (int64_t)rng_below(&gw->rng, 3) - 1;
        if (rng_below(&gw->rng, 8) == 0) *x = (struct intent){.kind = INTENT_EXIT};
    }
}

static void world(void) {
    static const char *const symbols[SYMBOLS] = {"MES", "XAUUSD", "AAPL"};
    struct engine_config *c = &w.config;
    engine_config_defaults(c);
    for (int i = 0; i < SYMBOLS; i++) c->instruments[c->instrument_count++] = *instrument_builtin(symbols[i]);
    c->paper.commission_per_lot = CASH_ZERO;
    c->paper.slippage_ticks = 1;
    struct limits *l = &c->limits;
    l->confidence_min = 20;
    l->daily_trades = 12, l->daily_trades_asset = 6, l->positions = 4;
    l->reward_risk_min_ppm = 1200000;
    l->drawdown_ppm = 400000, l->weekly_loss_ppm = 60000, l->monthly_loss_ppm = 200000, l->daily_loss_ppm = 25000;
    l->consecutive_losses = 6;
    l->open_risk_ppm = 20000;
    l->spread_ppm = 200000, l->slippage_ppm = 250;
    l->exposure_ppm = 2500000, l->margin_ppm = 600000;
    l->correlation_ppm = 300000, l->var_ppm = 3000;
    for (int k = 0; k < 3; k++) {
        struct strategy_config *s = &c->strategies[c->strategy_count++];
        str_copy(s->name, sizeof s->name, "Script");
        snprintf(s->label, sizeof s->label, "Script %d", k + 1);
        s->enabled = true;
        s->capital = usd(100000);
        s->sizing = (enum sizing_method)(k % SIZING_COUNT);
        s->stop = k == 2 ? STOP_RULE_ATR : STOP_RULE_OWN;
        s->stop_ppm = 3000000;
        s->symbols[s->symbol_count++] = (uint16_t)k;
        s->symbols[s->symbol_count++] = (uint16_t)((k + 1) % SYMBOLS);
    }
    c->sizing.kelly_trades = 20;
}

static void one_bar(uint64_t n) {
    uint16_t in = (uint16_t)rng_below(&gw->rng, SYMBOLS);
    double tick = price_to_double(w.config.instruments[in].tick), *p = &gw->price[in];
    if (rng_below(&gw->rng, 4) == 0) *p += rng_normal(&gw->rng) * *p * 0.0008; /* a gap: entries slip */
    double open = *p, high = open, low = open;
    for (int k = 0; k < 4; k++) {
        *p += rng_normal(&gw->rng) * *p * 0.0006;
        if (*p > high) high = *p;
        if (*p < low) low = *p;
    }
    if (*p < 60) *p = 220;
    kit_next.n = 0;
    wish(in);
    struct event ev =
        kit_bar_event(in, on_grid(open, tick), on_grid(high, tick), on_grid(low, tick), on_grid(*p, tick));
    if (price_cmp(ev.u.bar.bar.low, ev.u.bar.bar.close) > 0) ev.u.bar.bar.low = ev.u.bar.bar.close;
    w.minute += 1 + (int64_t)rng_below(&gw->rng, 20);
    if (n % 150 == 149) w.day++;
    ev.market_time = ev.wall_time = when_from_sec(w.minute * 60);
    ev.day = w.day;
    assert_int_equal(drive_event(w.drive, &ev, look, NULL, &w.err), 0);
}

static void the_account_is_new(void) {
    drive_free(w.drive);
    w.drive = drive_new(broker_find("paper"));
    w.engine = drive_engine(w.drive);
    memset(gw->lately, 0, sizeof gw->lately);
    const uint32_t checked = gw->again.checked, told = gw->again.told;
    gw->again = (struct again){.day = w.day, .checked = checked, .told = told};
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &w.config, .day = w.day};
    ev.market_time = ev.wall_time = when_from_sec(w.minute * 60);
    assert_int_equal(drive_event(w.drive, &ev, NULL, NULL, &w.err), 0);
}

static void no_limit_is_exceeded(void **state) {
    (void)state;
    const char *asked = getenv("MIA_INTENTS");
    uint32_t want = asked != NULL ? (uint32_t)strtoul(asked, NULL, 10) : 20000;
    gw = xcalloc(1, sizeof *gw);
    rng_seed(&gw->rng, 4);
    gw->price[0] = 5600, gw->price[1] = 2600, gw->price[2] = 220;
    w.minute = 29000000, w.day = 20000;
    world();
    for (uint64_t n = 0; gw->wishes < want; n++) {
        if (n % 20000 == 0) the_account_is_new(); /* one that has lost too much takes nothing any more */
        one_bar(n);
    }
    uint32_t codes = 0;
    for (int r = 1; r < REFUSAL_COUNT; r++) {
        codes += gw->refusals[r] > 0;
        if (gw->refusals[r] > 0) print_message("%s %u, ", refusal_name((enum refusal)r), gw->refusals[r]);
    }
    print_message("taken %u of %u wishes, suspended in %u events; again: VaR of %u, correlation of %u\n", gw->taken,
                  gw->wishes, gw->suspended, gw->again.checked, gw->again.told);
    assert_true(gw->taken > want / 200 && codes >= 15 && gw->suspended > 0);
    assert_true(gw->refusals[REFUSAL_CORRELATION] > 0 && gw->refusals[REFUSAL_VAR] > 0);
    assert_true(gw->refusals[REFUSAL_SLIPPAGE] > 0 && gw->again.checked > 0);
    free(gw);
}

/* ---- a year of gold ---- */

static cash_t realised; /* of closed trades */
static uint64_t looked;

static void money_adds_up(void *arg, const struct event *ev, const struct effects *f) {
    (void)arg;
    (void)ev;
    struct account a;
    cash_t net, open = CASH_ZERO, parts = CASH_ZERO;
    for (uint32_t i = 0; i < f->n; i++) {
        if (f->item[i].kind != EFFECT_TRADE_CLOSED) continue;
        assert_true(trade_net(&f->item[i].u.closed.trade, &net) && cash_add(realised, net, &realised));
    }
    engine_account(w.engine, &a);
    for (uint32_t i = 0; i < engine_trade_count(w.engine); i++) {
        const struct trade *t = engine_trade_at(w.engine, i);
        assert_true(trade_net(t, &net) && cash_add(parts, net, &parts));
        assert_true(engine_trade_pnl(w.engine, t, &net) && cash_add(open, net, &open));
    }
    assert_int_equal(a.balance.v, w.config.balance.v + realised.v + parts.v); /* trades make the change */
    assert_int_equal(a.equity.v, a.balance.v + open.v - parts.v);             /* cash and positions make the equity */
    assert_int_equal(engine_stats(w.engine, STATS_TOTAL)->net.v, realised.v);
    looked++;
}

static void a_year_adds_up(void **state) {
    (void)state;
    const char *folder = getenv("MIA_DATA_DIR");
    char path[512];
    struct bar b;
    struct err e;
    snprintf(path, sizeof path, "%s/xauusd_m5_2025.csv.gz", folder != NULL ? folder : "../shared/data");
    const struct csv_spec spec = {.path = path, .seconds = 300};
    struct csv *csv = csv_open(&spec, &e);
    if (csv == NULL) {
        print_message("no %s: the year is not replayed\n", path);
        skip();
    }
    realised = CASH_ZERO;
    looked = 0;
    engine_config_defaults(&w.config);
    w.config.instruments[w.config.instrument_count++] = *instrument_builtin("XAUUSD");
    w.config.balance = usd(1000000);
    w.config.limits = (struct limits){.risk_per_trade_ppm = 10000};
    w.config.management.trailing = true;
    w.config.management.partial_r_ppm = 500000;
    w.config.management.time_stop_min = 600;
    struct strategy_config *s = &w.config.strategies[w.config.strategy_count++];
    str_copy(s->name, sizeof s->name, "Script");
    str_copy(s->label, sizeof s->label, "Script");
    s->enabled = true;
    s->symbol_count = 1;
    s->capital = usd(200000);
    s->params[s->param_count++] = (struct param){"chaos", 12};
    w.drive = drive_new(broker_find("paper"));
    w.engine = drive_engine(w.drive);
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &w.config};
    assert_int_equal(drive_event(w.drive, &ev, money_adds_up, NULL, &w.err), 0);
    while (csv_next(csv, &b, &e) > 0) {
        ev = (struct event){.kind = EVENT_BAR};
        ev.u.bar.bar = b;
        ev.market_time = ev.wall_time = when_add_ms(b.start, b.seconds * 1000);
        ev.day = when_trading_day(ev.market_time, NULL, 0);
        assert_int_equal(drive_event(w.drive, &ev, money_adds_up, NULL, &w.err), 0);
    }
    csv_close(csv);
    const struct stats *st = engine_stats(w.engine, STATS_TOTAL);
    print_message("%llu events, %u trades, net %lld\n", (unsigned long long)looked, st->trades,
                  (long long)(realised.v / CASH_SCALE));
    assert_true(looked > 50000 && st->trades > 1000);
}

static int setup(void **state) {
    (void)state;
    memset(&w, 0, sizeof w);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_limit_is_exceeded, setup, kit_teardown),
        cmocka_unit_test_setup_teardown(a_year_adds_up, setup, kit_teardown),
    };
    return RUN(tests);
}
