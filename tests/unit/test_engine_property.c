/*
 * 200,000 random events in several seeded worlds: bars with gaps, wishes (some absurd), commands, new configurations.
 * After each one: the books add up, nothing is open without protection, counts hold, a command that tightens adds no risk,
 * a flatten ends flat. At random points the whole state is
 * stored and read back, and a second world that never is must end with the same digest and the same bytes.
 */
#include "engine_kit.h"

#include "engine/base/hash.h"
#include "engine/base/rng.h"

#define SYMBOLS 3
#define EVENTS_A_WORLD 25000
#define OPEN_MAX 256

struct book { /* our own, from effects alone */
    cash_t balance;
    uint32_t opened, closed, day_entries;
    struct trade open[OPEN_MAX];
    uint32_t open_count;
};

struct side_by_side {
    struct rng rng;
    struct drive *a, *b; /* b is never restored */
    struct book book;
    struct engine_config config;
    double price[SYMBOLS];
    int64_t minute;
    int32_t day;
    uint32_t flattening; /* events since the flatten that runs began */
    uint32_t flattened, tightened, loosened, called_back;
    uint32_t loose[OPEN_MAX], loose_count; /* trades whose stop a person has moved back */
    uint32_t restores, signals, taken, refusals[REFUSAL_COUNT], reasons[CLOSE_REASON_COUNT];
    struct err err;
};
static struct side_by_side *sbs;

static struct trade *book_find(uint32_t id) {
    for (uint32_t i = 0; i < sbs->book.open_count; i++) {
        if (sbs->book.open[i].id == id) return &sbs->book.open[i];
    }
    return NULL;
}

static void book_keep(const struct trade *t) {
    struct trade *was = book_find(t->id);
    assert_non_null(was);
    /* What a trade realised since we last saw it moves the balance, and nothing else does. */
    sbs->book.balance.v += (t->gross.v - was->gross.v) - (t->fees.v - was->fees.v);
    assert_true(t->version > was->version);
    assert_true(t->qty.v >= 0 && t->qty.v <= t->qty_entered.v);
    *was = *t;
}

/* "Verified" must be true of our own books too. */
static void flatten_reported(const struct flatten_report *r) {
    assert_true(r->event != FLATTEN_UNVERIFIED && r->event != FLATTEN_STUCK);
    if (r->event != FLATTEN_DONE) return;
    assert_int_equal(sbs->book.open_count, 0);
    sbs->flattened++;
}

static void book_effect(const struct effect *f) {
    struct book *k = &sbs->book;
    switch (f->kind) {
    case EFFECT_FLATTEN: flatten_reported(&f->u.flatten); break;
    case EFFECT_CANCELLED: sbs->called_back++; break;
    case EFFECT_TRADE_OPENED:
        assert_null(book_find(f->u.opened.trade.id));
        assert_true(k->open_count < OPEN_MAX);
        k->open[k->open_count++] = f->u.opened.trade;
        k->balance.v += f->u.opened.trade.gross.v - f->u.opened.trade.fees.v;
        assert_true(f->u.opened.trade.stop.v > 0);
        k->opened++;
        break;
    case EFFECT_TRADE_CHANGED:
        if (f->u.changed.trade.qty_entered.v > 0) book_keep(&f->u.changed.trade);
        break;
    case EFFECT_TRADE_CLOSED: {
        book_keep(&f->u.closed.trade);
        assert_int_equal(f->u.closed.trade.qty.v, 0);
        sbs->reasons[f->u.closed.trade.reason]++;
        struct trade *t = book_find(f->u.closed.trade.id);
        *t = k->open[--k->open_count];
        k->closed++;
        break;
    }
    case EFFECT_SIGNAL: {
        const struct signal *g = &f->u.signal;
        sbs->signals++;
        sbs->taken += g->taken;
        sbs->refusals[g->refusal]++;
        assert_true(g->taken == (g->refusal == REFUSAL_NONE) && g->taken == (g->trade != 0));
        assert_true(g->taken == (g->why_not[0][0] == '\0') && g->taken == (g->why_not[1][0] == '\0'));
        if (g->taken) {
            const struct instrument *in = &sbs->config.instruments[g->instrument];
            assert_true(g->qty.v >= in->lot_min.v && g->qty.v <= in->lot_max.v && g->qty.v % in->lot_step.v == 0);
            assert_true(g->risk.v > 0 && g->risk.v <= sbs->config.strategies[g->strategy].capital.v / 100);
        }
        break;
    }
    case EFFECT_ORDER_TROUBLE: fail_msg("trouble from the paper broker: %s", f->u.trouble.order.note); break;
    case EFFECT_SUBMIT:
    case EFFECT_CANCEL:
    case EFFECT_PROTECT:
    case EFFECT_LIMIT:
    case EFFECT_PAUSE:
    case EFFECT_MARKET:
    case EFFECT_DAY_CLOSED:
    case EFFECT_CONFIGURED:
    case EFFECT_STRATEGY:
    case EFFECT_QUERY:
    case EFFECT_DIFFERS:
    case EFFECT_ROLL:
    case EFFECT_KIND_COUNT: break;
    }
}

static void on_event(void *arg, const struct event *ev, const struct effects *f) {
    (void)arg;
    (void)ev;
    for (uint32_t i = 0; i < f->n; i++) book_effect(&f->item[i]);
}

static bool is_loose(uint32_t id) {
    for (uint32_t i = 0; i < sbs->loose_count; i++) {
        if (sbs->loose[i] == id) return true;
    }
    return false;
}

static void ledger_adds_up(const struct engine *e, const struct account *a) {
    for (int by = 0; by < 2; by++) {
        struct ledger_view v[LEDGER_VIEWS_MAX];
        int64_t closed = 0, day = 0;
        for (uint32_t i = engine_ledger(e, (enum ledger_by)by, v); i-- > 0;) {
            closed += v[i].closed.v;
            day += v[i].day.v;
        }
        assert_int_equal(closed, engine_stats(e, STATS_TOTAL)->net.v);
        assert_int_equal(day, a->day_pnl.v);
    }
}

static void invariants(void) {
    const struct engine *e = drive_engine(sbs->a);
    struct account a;
    struct engine_status st;
    engine_account(e, &a);
    engine_status(e, &st);
    assert_int_equal(a.balance.v, sbs->book.balance.v);
    assert_int_equal(a.equity.v, a.balance.v + a.open_pnl.v);
    assert_int_equal(st.open_trades, sbs->book.open_count);
    const struct stats *s = engine_stats(e, STATS_TOTAL);
    assert_int_equal(s->trades, sbs->book.closed);
    assert_int_equal(s->won + s->lost + s->flat, s->trades);
    assert_int_equal(s->net.v, s->gross_profit.v + s->gross_loss.v);
    assert_int_equal(s->signals, sbs->signals);
    ledger_adds_up(e, &a);
    struct flatten_view op;
    sbs->flattening = engine_flatten(e, &op) ? sbs->flattening + 1 : 0;
    assert_true(sbs->flattening < 2000 && (sbs->flattening == 0 || st.paused));
    uint32_t filled = 0;
    for (uint32_t i = 0; i < engine_trade_count(e); i++) {
        const struct trade *t = engine_trade_at(e, i);
        filled += t->qty.v > 0;
        if (t->qty.v > 0) assert_int_equal(t->protection, PROTECTION_RESTING); /* never naked */
        assert_int_equal(t->stop.v == 0, 0);
        if (is_loose(t->id)) continue;
        if (t->side == SIDE_LONG)
            assert_true(t->stop.v >= t->stop_initial.v);
        else
            assert_true(t->stop.v <= t->stop_initial.v);
    }
    assert_int_equal(filled, st.open_trades);
    for (uint32_t i = 0; i < engine_order_count(e); i++) assert_false(order_is_final(engine_order_at(e, i)));
}

static struct buf stored(struct drive *d) {
    struct buf b;
    struct snap s;
    buf_init(&b, 64u << 20);
    snap_writer(&s, &b);
    drive_snap(d, &s);
    assert_false(s.bad);
    return b;
}

static void restore(void) {
    struct buf b = stored(sbs->a);
    struct snap s;
    drive_free(sbs->a);
    sbs->a = drive_new(broker_find("paper"));
    snap_reader(&s, b.p, b.len);
    drive_snap(sbs->a, &s);
    assert_true(snap_complete(&s));
    struct buf again = stored(sbs->a);
    assert_int_equal(again.len, b.len);
    assert_memory_equal(again.p, b.p, b.len);
    buf_clear(&b);
    buf_clear(&again);
    sbs->restores++;
}

/* Both worlds take it, or both refuse it with nothing changed. */
static int both(struct event *ev) {
    ev->market_time = ev->wall_time = when_from_sec(sbs->minute * 60);
    ev->day = sbs->day;
    uint64_t digest = engine_digest(drive_engine(sbs->a)), seq = engine_seq(drive_engine(sbs->a));
    int a = drive_event(sbs->a, ev, on_event, NULL, &sbs->err), b = drive_event(sbs->b, ev, NULL, NULL, &sbs->err);
    assert_int_equal(a, b);
    if (a != 0) {
        assert_true(engine_digest(drive_engine(sbs->a)) == digest && engine_seq(drive_engine(sbs->a)) == seq);
        assert_true(sbs->err.text[LANG_EN][0] != '\0' && sbs->err.text[LANG_FR][0] != '\0');
    }
    return a;
}

static double on_grid(double v, double tick) {
    return (double)(int64_t)(v / tick + 0.5) * tick;
}

static void random_bar(void) {
    uint16_t in = (uint16_t)rng_below(&sbs->rng, SYMBOLS);
    const struct instrument *i = &sbs->config.instruments[in];
    double tick = price_to_double(i->tick), *p = &sbs->price[in], scale = *p * 0.0008;
    if (rng_below(&sbs->rng, 60) == 0) *p += rng_normal(&sbs->rng) * scale * 12; /* a gap */
    double open = *p, high = open, low = open;
    for (int k = 0; k < 4; k++) {
        *p += rng_normal(&sbs->rng) * scale;
        if (*p > high) high = *p;
        if (*p < low) low = *p;
    }
    struct event ev = {.kind = EVENT_BAR};
    ev.u.bar.instrument = in;
    ev.u.bar.bar = (struct bar){.start = when_from_sec(sbs->minute * 60),
                                .seconds = 60,
                                .open = px(on_grid(open, tick)),
                                .high = px(on_grid(high, tick)),
                                .low = px(on_grid(low, tick)),
                                .close = px(on_grid(*p, tick))};
    if (rng_below(&sbs->rng, 3) == 0) ev.u.bar.bar.spread.v = i->tick.v * (int64_t)(1 + rng_below(&sbs->rng, 5));
    sbs->minute++;
    if (rng_below(&sbs->rng, 400) == 0) sbs->day++;
    assert_int_equal(both(&ev), 0);
}

static enum operator_verb random_verb(void) {
    static const struct {
        enum operator_verb verb;
        uint32_t weight;
    } all[] = {{OP_PAUSE, 12},  {OP_RESUME, 30}, {OP_CLOSE, 25},      {OP_SOS, 2},
               {OP_FLATTEN, 2}, {OP_CANCEL, 9},  {OP_BREAK_EVEN, 15}, {OP_STOP, 25}};
    uint32_t sum = 0, i = 0;
    for (size_t k = 0; k < sizeof all / sizeof all[0]; k++) sum += all[k].weight;
    for (uint32_t r = (uint32_t)rng_below(&sbs->rng, sum); r >= all[i].weight; i++) r -= all[i].weight;
    return all[i].verb;
}

/* Around where it lies, and around the market; now and then off the grid or absurd. */
static price_t random_stop(const struct trade *t) {
    const struct instrument *in = &sbs->config.instruments[t->instrument];
    struct market_view m;
    engine_market(drive_engine(sbs->a), t->instrument, &m);
    int64_t from = rng_below(&sbs->rng, 2) == 0 ? t->stop.v : m.bid.v;
    price_t p = {from + ((int64_t)rng_below(&sbs->rng, 61) - 30) * in->tick.v};
    if (rng_below(&sbs->rng, 20) == 0) p.v += 1;
    if (rng_below(&sbs->rng, 50) == 0) p.v = -p.v;
    return p;
}

/* The preview says what will happen, and what tightens never adds risk. */
static void move_stops(struct event *ev) {
    struct engine *e = drive_engine(sbs->a);
    static struct stop_preview p[TRADES_MAX];
    uint32_t n;
    int previewed = engine_preview_stop(e, &ev->u.command, p, &n, &sbs->err);
    assert_int_equal(both(ev), previewed);
    for (uint32_t i = 0; previewed == 0 && i < n; i++) {
        const struct trade *t = engine_trade(drive_engine(sbs->a), p[i].trade);
        cash_t risk;
        assert_non_null(t);
        assert_int_equal(t->stop.v, (p[i].refusal == STOP_OK ? p[i].after : p[i].before).v);
        if (p[i].refusal != STOP_OK) continue;
        assert_true(engine_trade_at_risk(drive_engine(sbs->a), t, &risk));
        assert_int_equal(risk.v, p[i].risk_after.v);
        assert_true(p[i].looser ? risk.v >= p[i].risk_before.v : risk.v <= p[i].risk_before.v);
        if (ev->u.command.verb == OP_BREAK_EVEN) assert_false(p[i].looser);
        sbs->tightened += !p[i].looser;
        sbs->loosened += p[i].looser;
        if (p[i].looser && sbs->loose_count < OPEN_MAX && !is_loose(t->id)) sbs->loose[sbs->loose_count++] = t->id;
    }
}

static void random_command(void) {
    struct event ev = {.kind = EVENT_COMMAND};
    ev.u.command = (struct operator_command){.verb = random_verb(),
                                             .trade = (uint32_t)rng_below(&sbs->rng, 3) * (sbs->book.opened + 1),
                                             .instrument = (int32_t)rng_below(&sbs->rng, SYMBOLS + 2) - 1,
                                             .percent = (int32_t)rng_below(&sbs->rng, 130) - 5};
    if (rng_below(&sbs->rng, 2) == 0) ev.u.command.percent = 100;
    if (rng_below(&sbs->rng, 3) == 0 && sbs->book.open_count > 0) ev.u.command.trade = sbs->book.open[0].id;
    memcpy(ev.u.command.actor, "local:1", 8);
    struct close_preview p;
    switch (ev.u.command.verb) {
    case OP_CLOSE: {
        int previewed = engine_preview_close(drive_engine(sbs->a), &ev.u.command, &p, &sbs->err);
        assert_int_equal(previewed, both(&ev)); /* the preview refuses what the command refuses */
        return;
    }
    case OP_STOP:
        if (sbs->book.open_count > 0) {
            ev.u.command.trade = sbs->book.open[0].id;
            ev.u.command.price = random_stop(&sbs->book.open[0]);
        }
        move_stops(&ev);
        return;
    case OP_BREAK_EVEN: move_stops(&ev); return;
    case OP_CANCEL: (void)both(&ev); return;
    case OP_PAUSE:
    case OP_RESUME:
    case OP_SOS:
    case OP_FLATTEN:
    case OP_STRATEGY_ON:
    case OP_STRATEGY_OFF:
    case OP_OVERRIDE:
    case OP_VERB_COUNT: break;
    }
    assert_int_equal(both(&ev), 0);
}

/* Limits, management and the paper broker's figures change; now and then a strategy goes or comes back. */
static void random_config(void) {
    struct engine_config *c = &sbs->config;
    c->limits.daily_trades = (uint32_t)rng_below(&sbs->rng, 40);
    c->limits.consecutive_losses = (uint32_t)rng_below(&sbs->rng, 12);
    c->limits.confidence_min = (uint32_t)rng_below(&sbs->rng, 60);
    c->limits.daily_loss_ppm = (int64_t)rng_below(&sbs->rng, 30000);
    c->management.trailing = rng_below(&sbs->rng, 2) == 0;
    c->paper.slippage_ticks = (int64_t)rng_below(&sbs->rng, 3);
    c->paper.max_fill.v = (int64_t)rng_below(&sbs->rng, 3) * QTY_SCALE;
    c->strategy_count = 1 + (uint32_t)rng_below(&sbs->rng, 2);
    struct event ev = {.kind = EVENT_CONFIG, .u.config = c};
    assert_int_equal(both(&ev), 0);
}

static void world_config(struct engine_config *c) {
    engine_config_defaults(c);
    static const char *const symbols[SYMBOLS] = {"MES", "XAUUSD", "AAPL"};
    for (uint32_t i = 0; i < SYMBOLS; i++) c->instruments[c->instrument_count++] = *instrument_builtin(symbols[i]);
    c->limits.confidence_min = 20;
    c->limits.positions = 0;
    c->limits.daily_trades = 30;
    c->limits.daily_trades_asset = 0;
    c->limits.drawdown_ppm = 500000;
    c->management.trailing = true;
    for (uint32_t k = 0; k < 2; k++) {
        struct strategy_config *s = &c->strategies[c->strategy_count++];
        memcpy(s->name, "Script", 7);
        memcpy(s->label, k == 0 ? "One" : "Two", 4);
        s->enabled = true;
        s->capital = (cash_t){50000 * CASH_SCALE};
        s->params[s->param_count++] = (struct param){"chaos", 6};
        for (uint16_t i = 0; i < SYMBOLS; i++) s->symbols[s->symbol_count++] = i;
    }
}

static void play_world(uint64_t seed) {
    memset(sbs, 0, sizeof *sbs);
    rng_seed(&sbs->rng, seed);
    world_config(&sbs->config);
    sbs->book.balance = sbs->config.balance;
    sbs->price[0] = 5600, sbs->price[1] = 2600, sbs->price[2] = 220;
    sbs->minute = 29000000;
    sbs->day = 20000;
    sbs->a = drive_new(broker_find("paper"));
    sbs->b = drive_new(broker_find("paper"));
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &sbs->config};
    assert_int_equal(both(&ev), 0);
    for (uint32_t i = 0; i < EVENTS_A_WORLD; i++) {
        uint64_t r = rng_below(&sbs->rng, 3000);
        if (r < 120)
            random_command();
        else if (r < 126)
            random_config();
        else
            random_bar();
        invariants();
        if (r == 2999) restore();
        for (uint32_t s = 0; s < SYMBOLS; s++) { /* the walk must stay where prices are */
            if (sbs->price[s] < 50) sbs->price[s] = 200;
        }
    }
    restore();
    struct buf a = stored(sbs->a), b = stored(sbs->b);
    assert_true(engine_digest(drive_engine(sbs->a)) == engine_digest(drive_engine(sbs->b)));
    assert_int_equal(a.len, b.len);
    assert_memory_equal(a.p, b.p, a.len);
    buf_clear(&a);
    buf_clear(&b);
    drive_free(sbs->a);
    drive_free(sbs->b);
}

static void random_worlds(void **state) {
    (void)state;
    uint32_t reasons[CLOSE_REASON_COUNT] = {0}, closed = 0, restores = 0;
    uint64_t refused = 0; /* a bit a code */
    uint32_t flattened = 0, tightened = 0, loosened = 0, called_back = 0;
    sbs = xcalloc(1, sizeof *sbs);
    for (uint64_t seed = 1; seed <= 8; seed++) {
        play_world(seed);
        for (int k = 0; k < CLOSE_REASON_COUNT; k++) reasons[k] += sbs->reasons[k];
        for (int k = 0; k < REFUSAL_COUNT; k++) refused |= (uint64_t)(sbs->refusals[k] > 0) << k;
        closed += sbs->book.closed;
        restores += sbs->restores;
        flattened += sbs->flattened;
        tightened += sbs->tightened;
        loosened += sbs->loosened;
        called_back += sbs->called_back;
    }
    free(sbs);
    print_message("sl %u tp %u signal %u manual %u sos %u closed %u restores %u refused %llx\n", reasons[1], reasons[2],
                  reasons[3], reasons[4], reasons[5], closed, restores, (unsigned long long)refused);
    print_message("flattened %u tightened %u loosened %u called back %u\n", flattened, tightened, loosened,
                  called_back);
    /* A test that trades nothing proves nothing. */
    assert_true(flattened > 10 && tightened > 50 && loosened > 5 && called_back > 3);
    assert_true(closed > 1000 && restores > 40);
    assert_true(reasons[CLOSE_STOP] > 100 && reasons[CLOSE_TARGET] > 30 && reasons[CLOSE_SIGNAL] > 100);
    assert_true(reasons[CLOSE_MANUAL] > 10 && reasons[CLOSE_SOS] > 0);
    uint64_t wanted = 1u << REFUSAL_PAUSED | 1u << REFUSAL_SUSPENDED | 1u << REFUSAL_CONFIDENCE |
                      1u << REFUSAL_DAILY_TRADES | 1u << REFUSAL_IN_POSITION | 1u << REFUSAL_NO_STOP |
                      1u << REFUSAL_SIZE | 1u << REFUSAL_DAILY_LOSS;
    assert_int_equal(refused & wanted, wanted);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_worlds)};
    return RUN(tests);
}
