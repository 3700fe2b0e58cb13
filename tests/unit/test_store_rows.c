/* What goes into the tables comes back: trades and signals from effects, aggregates, outbox, state, inbox. */
#include "tests/unit/store_fixture.h"

#include "sql/db.h"

static struct engine_config config;

static const struct engine_config *two_strategies(void) {
    engine_config_defaults(&config);
    config.instrument_count = 2;
    str_copy(config.instruments[0].symbol, SYMBOL_MAX, "XAUUSD");
    str_copy(config.instruments[1].symbol, SYMBOL_MAX, "AAPL");
    config.strategy_count = 2;
    str_copy(config.strategies[0].name, STRATEGY_NAME_MAX, "MovingAverage");
    str_copy(config.strategies[0].label, STRATEGY_NAME_MAX, "MovingAverage");
    str_copy(config.strategies[1].name, STRATEGY_NAME_MAX, "RSI");
    str_copy(config.strategies[1].label, STRATEGY_NAME_MAX, "RSI 2");
    return &config;
}

static struct signal signal_of(uint32_t id, bool taken) {
    struct signal g;
    memset(&g, 0, sizeof g);
    g.id = id;
    g.instrument = (uint16_t)(id % 2);
    g.strategy = (uint16_t)(id % 2);
    g.side = id % 3 ? SIDE_LONG : SIDE_SHORT;
    g.confidence = 60 + id % 40;
    g.entry.v = 262481000001LL + id;
    g.stop.v = 262400000000LL;
    g.target.v = id % 5 ? 262900000000LL : 0;
    g.reward_risk_ppm = id % 5 ? 1512345 : 0;
    g.qty.v = 12000000;
    g.risk.v = 450123457;
    g.taken = taken;
    g.halved = id % 7 == 0;
    g.refusal = taken ? REFUSAL_NONE : REFUSAL_DAILY_LOSS;
    str_copy(g.reason[LANG_EN], REASON_MAX, "price above its average");
    str_copy(g.reason[LANG_FR], REASON_MAX, "cours au-dessus de sa moyenne « MM20 »");
    str_copy(g.why_not[LANG_EN], REASON_MAX, taken ? "" : "daily loss: 'reached'");
    str_copy(g.why_not[LANG_FR], REASON_MAX, taken ? "" : "perte du jour atteinte");
    g.time = when_from_sec(1735689600 + (int64_t)id * 300);
    g.day = DAY_ONE;
    g.trade = taken ? id : 0;
    if (id % 4 == 0) return g; /* of a market that is not followed */
    g.regime = (struct regime_seen){REGIME_TREND, id, 31400000 + id, 420000, 640000};
    g.widen_ppm = id % 3 ? 0 : 1500000;
    g.confluence_at.v = 262400000000LL;
    str_copy(g.confluence[LANG_EN], CONFLUENCE_TEXT_MAX, "2 levels converge (POC + VWAP)");
    str_copy(g.confluence[LANG_FR], CONFLUENCE_TEXT_MAX, "2 niveaux convergent (POC + VWAP)");
    str_copy(g.sizing[LANG_EN], SIZING_TEXT_MAX, "1% of $50,000 = $500");
    str_copy(g.sizing[LANG_FR], SIZING_TEXT_MAX, "1 % de 50 000 $ = 500 $");
    return g;
}

static struct trade trade_of(uint32_t id, int64_t gross) {
    struct trade t;
    memset(&t, 0, sizeof t);
    t.id = id;
    t.version = 3;
    t.signal_id = id;
    t.instrument = (uint16_t)(id % 2);
    t.strategy = (uint16_t)(id % 2);
    t.side = id % 3 ? SIDE_LONG : SIDE_SHORT;
    t.state = TRADE_OPEN;
    t.protection = PROTECTION_RESTING;
    t.entry_order = UINT64_MAX - id;
    t.qty.v = t.qty_entered.v = 12345678;
    t.entry.v = 262481000001LL;
    t.stop.v = t.stop_initial.v = 262400000000LL;
    t.gross.v = gross;
    t.fees.v = 2500001;
    t.risk.v = 450000000;
    t.best.v = 262500000000LL;
    t.worst.v = 262450000000LL;
    t.opened = when_from_sec(1735689600 + (int64_t)id * 300);
    t.closed = WHEN_NONE;
    t.day_opened = DAY_ONE;
    if (id == 7) { /* of a future */
        t.contract = 2026 * 12 + 11;
        t.rolled_from = 3;
    }
    return t;
}

static struct effects effects; /* large */

static struct effect *add(enum effect_kind kind) {
    struct effect *f = &effects.item[effects.n++];
    memset(f, 0, sizeof *f);
    f->kind = kind;
    return f;
}

static void commit_effects(struct store *s, uint64_t seq) {
    struct event ev = bar_event(seq, DAY_ONE);
    struct store_batch *b = store_batch_new(s);
    store_put_event(b, &ev);
    store_put_effects(b, &ev, &effects, two_strategies());
    commit_good(s, b);
    effects.n = 0;
}

static struct trade close_of(struct trade t, int64_t gross) {
    t.state = TRADE_CLOSED;
    t.reason = CLOSE_STOP;
    t.exit.v = 262400000000LL;
    t.exit_order = 77;
    t.qty.v = 0;
    t.gross.v = gross;
    t.closed = when_from_sec(when_sec(t.opened) + 900);
    t.day_closed = DAY_ONE;
    t.version++;
    return t;
}

/* Signals 1..n, the odd ones taken; each taken one opens trade `id`; those below `closed` close with `gross`. */
static void trading(struct store *s, uint32_t n, uint32_t closed, int64_t gross) {
    for (uint32_t id = 1; id <= n; id++) {
        struct trade t = trade_of(id, 0);
        add(EFFECT_SIGNAL)->u.signal = signal_of(id, id % 2);
        if (id % 2) add(EFFECT_TRADE_OPENED)->u.opened.trade = t;
        if (id % 2) add(EFFECT_TRADE_CHANGED)->u.changed.trade = t;
        if (id % 2 && id < closed) add(EFFECT_TRADE_CLOSED)->u.closed.trade = close_of(t, gross);
        add(EFFECT_PAUSE);
        commit_effects(s, id);
    }
}

/* ---- reading ---- */

struct trades {
    uint32_t n;
    struct trade_row row[64];
};
static void on_trade(void *arg, const struct trade_row *r) {
    struct trades *t = arg;
    t->row[t->n++ % 64] = *r;
}
static struct trades trades(struct store *s, struct store_filter f) {
    struct trades t = {0};
    struct answer a = {0};
    store_trades(s, &f, on_trade, NULL, &t);
    struct store_batch *b = store_batch_new(s);
    store_commit(s, b, on_done, &a);
    store_wait(s);
    assert_false(a.failed);
    return t;
}

struct signals {
    uint32_t n;
    struct signal_row row[64];
};
static void on_signal(void *arg, const struct signal_row *r) {
    struct signals *t = arg;
    t->row[t->n++ % 64] = *r;
}
static struct signals *signals(struct store *s, struct store_filter f) {
    static struct signals t;
    memset(&t, 0, sizeof t);
    store_signals(s, &f, on_signal, NULL, &t);
    store_wait(s);
    return &t;
}

static void a_trade_comes_back_whole(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    trading(s, 9, 5, -450123456);
    struct trades t = trades(s, (struct store_filter){.id = 3});
    assert_int_equal(t.n, 1);
    assert_string_equal(t.row[0].symbol, "AAPL");
    assert_string_equal(t.row[0].strategy, "RSI 2");
    assert_int_equal(t.row[0].confidence, 63);
    struct trade want = close_of(trade_of(3, 0), -450123456);
    want.instrument = want.strategy = 0; /* not set */
    assert_memory_equal(&t.row[0].trade, &want, sizeof want);
    want = trade_of(7, 0);
    want.instrument = want.strategy = 0;
    t = trades(s, (struct store_filter){.id = 7});
    assert_memory_equal(&t.row[0].trade, &want, sizeof want);
    assert_int_equal(trades(s, (struct store_filter){.id = 8}).n, 0);
}

static void trades_are_filtered_and_ordered(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    trading(s, 21, 11, 1000000);
    struct trades t = trades(s, (struct store_filter){0});
    assert_int_equal(t.n, 11);
    for (uint32_t i = 0; i < t.n; i++) assert_int_equal(t.row[i].trade.id, 2 * i + 1);
    assert_int_equal(trades(s, (struct store_filter){.only_closed = true}).n, 5);
    assert_int_equal(trades(s, (struct store_filter){.symbol = "AAPL"}).n, 11);
    assert_int_equal(trades(s, (struct store_filter){.symbol = "XAUUSD"}).n, 0);
    t = trades(s, (struct store_filter){.limit = 3});
    assert_int_equal(t.n, 3);
    assert_int_equal(t.row[0].trade.id, 21);
    assert_int_equal(t.row[2].trade.id, 17);
    t = trades(s, (struct store_filter){.from = trade_of(5, 0).opened, .to = trade_of(9, 0).opened});
    assert_int_equal(t.n, 2);
    assert_int_equal(t.row[0].trade.id, 5);
    assert_int_equal(t.row[1].trade.id, 7);
    assert_int_equal(trades(s, (struct store_filter){.from = WHEN_NONE, .to = WHEN_NONE}).n, 11);
}

static void a_signal_comes_back_whole(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    trading(s, 10, 0, 0);
    for (uint32_t id = 1; id <= 10; id++) {
        struct signals *g = signals(s, (struct store_filter){.id = id});
        struct signal want = signal_of(id, id % 2);
        want.instrument = want.strategy = 0;
        assert_int_equal(g->n, 1);
        assert_memory_equal(&g->row[0].signal, &want, sizeof want);
        assert_string_equal(g->row[0].symbol, id % 2 ? "AAPL" : "XAUUSD");
    }
    assert_int_equal(signals(s, (struct store_filter){.only_taken = true})->n, 5);
    assert_int_equal(signals(s, (struct store_filter){.only_ignored = true, .symbol = "XAUUSD"})->n, 5);
    assert_int_equal(signals(s, (struct store_filter){.limit = 1})->row[0].signal.id, 10);
    assert_int_equal(signals(s, (struct store_filter){.to = signal_of(4, true).time})->n, 3);
}

struct big {
    uint32_t n, last;
    bool down;
};
static void on_big(void *arg, const struct signal_row *r) {
    struct big *b = arg;
    assert_int_equal(r->signal.id, b->down ? b->last - 1 : b->last + 1);
    b->last = r->signal.id;
    b->n++;
}

static void a_long_answer_comes_in_parts(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    uint32_t n = 9000; /* more than one part */
    for (uint32_t id = 1; id <= n; id++) {
        add(EFFECT_SIGNAL)->u.signal = signal_of(id, false);
        if (effects.n == 1000) commit_effects(s, id / 1000);
    }
    struct big up = {0}, down = {.last = n + 1, .down = true}, some = {.last = n + 1, .down = true};
    store_signals(s, &(struct store_filter){0}, on_big, NULL, &up);
    store_signals(s, &(struct store_filter){.limit = n}, on_big, NULL, &down);
    store_signals(s, &(struct store_filter){.limit = 8000}, on_big, NULL, &some);
    store_wait(s);
    assert_int_equal(up.n, n);
    assert_int_equal(down.n, n);
    assert_int_equal(some.n, 8000);
}

/* One value of one row, as the database's own text. */
static char *ask(struct db *d, const char *sql, char out[200]) {
    struct stmt *st = d->driver->prepare(d, sql);
    assert_non_null(st);
    assert_int_equal(d->driver->step(st), 1);
    str_copy(out, 200, d->driver->col_text(st, 0));
    d->driver->finish(st);
    return out;
}

static void the_tables_have_the_columns_of_the_source(void **state) {
    struct fixture *f = *state;
    char t[200];
    trading(open_store(f), 3, 4, 1250500000);
    close_store(f);
    struct db *d = fixture_db(f);
    static const char *const selects[] = {
        "SELECT id, asset, timestamp, direction, scenario, confidence, entry_price, sl_price, tp_price, rr_ratio, "
        "confluences_used, "
        "sweep_level, news_sentiment, social_sentiment, trade_valid, reason, executed, llm_used, created_at FROM "
        "signals",
        "SELECT id, signal_id, asset, entry_time, exit_time, direction, entry_price, exit_price, sl_price, tp_price, "
        "lot_size, "
        "mt5_ticket, pnl, status, closed_reason, created_at FROM trades",
        "SELECT id, pattern_type, asset, total_trades, winning_trades, losing_trades, win_rate, avg_rr, total_pnl, "
        "last_updated FROM "
        "performance_stats",
        "SELECT id, asset, trade_date, closed_trades FROM daily_trade_counts",
        "SELECT id, key, value, updated_at FROM bot_state",
    };
    for (size_t i = 0; i < sizeof selects / sizeof selects[0]; i++) {
        struct stmt *st = d->driver->prepare(d, selects[i]);
        if (st == NULL) fail_msg("%s", selects[i]);
        d->driver->finish(st);
    }
    assert_string_equal(ask(d, "SELECT entry_price FROM trades WHERE id = 1", t), "2624.81000001");
    assert_string_equal(ask(d, "SELECT pnl FROM trades WHERE id = 1", t), "1247.999999"); /* less the fees */
    assert_string_equal(ask(d, "SELECT pnl_e6 FROM trades WHERE id = 1", t), "1247999999");
    assert_string_equal(ask(d, "SELECT lot_size FROM trades WHERE id = 1", t), "0.12345678");
    assert_string_equal(ask(d, "SELECT status || closed_reason FROM trades WHERE id = 1", t), "closedsl");
    assert_string_equal(ask(d, "SELECT entry_time FROM trades WHERE id = 1", t), "2025-01-01T00:05:00Z");
    assert_string_equal(ask(d, "SELECT rr_ratio FROM signals WHERE id = 1", t), "1.512345");
    assert_string_equal(ask(d, "SELECT CASE WHEN executed THEN 1 ELSE 0 END FROM signals WHERE id = 2", t), "0");
    assert_string_equal(ask(d, "SELECT CASE WHEN trade_valid THEN 1 ELSE 0 END FROM signals WHERE id = 2", t), "1");
    assert_string_equal(ask(d, "SELECT trade_date FROM daily_trade_counts", t), "2024-10-04");
    db_close(d);
}

static void aggregates_follow_closed_trades(void **state) {
    struct fixture *f = *state;
    char t[200];
    struct store *s = open_store(f);
    int64_t gross[] = {100000000, -50000000, 2500001, 100000001}; /* won, lost, flat by the fee, won */
    for (uint32_t i = 0; i < 4; i++) {
        struct trade tr = trade_of(2 * i + 1, 0);
        add(EFFECT_TRADE_OPENED)->u.opened.trade = tr;
        add(EFFECT_TRADE_CLOSED)->u.closed.trade = close_of(tr, gross[i]);
        commit_effects(s, i + 1);
    }
    add(EFFECT_TRADE_OPENED)->u.opened.trade = trade_of(9, 0);
    commit_effects(s, 5);
    close_store(f);
    struct db *d = fixture_db(f);
    assert_string_equal(
        ask(d, "SELECT total_trades || ' ' || winning_trades || ' ' || losing_trades FROM performance_stats", t),
        "4 2 1");
    assert_string_equal(ask(d, "SELECT total_pnl_e6 FROM performance_stats", t), "142499998");
    assert_string_equal(ask(d, "SELECT total_pnl FROM performance_stats", t), "142.499998");
    assert_string_equal(ask(d, "SELECT CAST(win_rate AS INTEGER) FROM performance_stats", t), "50");
    assert_string_equal(ask(d, "SELECT pattern_type || asset FROM performance_stats", t), "RSI 2AAPL");
    assert_string_equal(ask(d, "SELECT closed_trades || ' ' || opened_trades FROM daily_trade_counts", t), "4 5");
    db_close(d);
}

/* ---- outbox ---- */

static struct outbox_row message(uint64_t id, const char *platform, const char *channel, const char *key) {
    return (struct outbox_row){.id = id,
                               .kind = OUTBOX_MESSAGE,
                               .urgency = URGENCY_URGENT,
                               .critical = id % 2,
                               .created = when_from_sec(1700000000 + (int64_t)id),
                               .attempted = WHEN_NONE,
                               .platform = platform,
                               .channel = channel,
                               .address = "",
                               .key = key,
                               .event_id = "E7F3",
                               .message_ref = "",
                               .doc = "{\"title\":\"gagné\"}"};
}

static void put_message(struct store *s, uint64_t id, const char *platform, const char *channel, const char *key) {
    struct outbox_row r = message(id, platform, channel, key);
    struct store_batch *b = store_batch_new(s);
    store_put_outbox(b, &r);
    commit_good(s, b);
}

static void end_message(struct store *s, uint64_t id, enum outbox_state state, const char *ref) {
    struct store_batch *b = store_batch_new(s);
    store_put_outbox_attempt(b, id, 2, when_from_sec(1700000100));
    store_put_outbox_end(b, id, state, ref, when_from_sec(1700000200));
    commit_good(s, b);
}

struct outbox {
    uint32_t n;
    uint64_t id[400];
    char doc[400][40];
    struct outbox_row first;
};
static void on_outbox(void *arg, const struct outbox_row *r) {
    struct outbox *o = arg;
    if (o->n == 0) o->first = *r;
    o->id[o->n] = r->id;
    str_copy(o->doc[o->n++], 40, r->doc);
}

struct bytes {
    char text[64];
    size_t n;
    int rows;
};

static void on_bytes(void *arg, const void *bytes, size_t n) {
    struct bytes *b = arg;
    b->rows++;
    b->n = n;
    memcpy(b->text, bytes, n < sizeof b->text ? n : sizeof b->text);
}

static struct bytes file_of(struct store *s, uint64_t id) {
    struct bytes b = {.n = 0};
    store_load_file(s, id, on_bytes, NULL, &b);
    store_wait(s);
    return b;
}

static void put_file(struct store *s, uint64_t id, const void *bytes, size_t n) {
    struct store_batch *b = store_batch_new(s);
    store_put_file(b, id, bytes, n);
    commit_good(s, b);
}

static void note_size(void *arg, const struct outbox_row *r) {
    ((uint32_t *)arg)[r->id] = r->file_bytes;
}

static void a_row_may_carry_a_file(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    static uint8_t big[OUTBOX_FILE_MAX];
    uint32_t size[8] = {0};
    for (size_t i = 0; i < sizeof big; i++) big[i] = (uint8_t)(i * 31);
    for (uint64_t id = 1; id <= 3; id++) put_message(s, id, "discord", "trades", "");
    put_file(s, 1, "a\0b\r\n\xff", 6);
    put_file(s, 2, big, sizeof big);
    assert_int_equal(file_of(s, 3).rows, 0);
    put_file(s, 1, "in its place", 12);
    close_store(f);
    s = open_store(f);
    struct bytes b = file_of(s, 1);
    assert_int_equal(b.n, 12);
    assert_memory_equal(b.text, "in its place", 12);
    b = file_of(s, 2);
    assert_int_equal(b.n, sizeof big);
    assert_memory_equal(b.text, big, sizeof b.text);
    store_load_outbox(s, note_size, NULL, size);
    store_wait(s);
    assert_int_equal(size[1], 12);
    assert_int_equal(size[2], sizeof big);
    assert_int_equal(size[3], 0);
    struct store_batch *drop = store_batch_new(s);
    store_drop_file(drop, 1);
    store_drop_file(drop, 99); /* there is none */
    commit_good(s, drop);
    assert_int_equal(file_of(s, 1).rows, 0);
    assert_int_equal(file_of(s, 2).rows, 1);
}

static void the_outbox_keeps_what_is_not_sent(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    static struct outbox o;
    assert_int_equal(store_outbox_last_id(s), 0);
    for (uint64_t id = 1; id <= 6; id++) put_message(s, id, "discord", "trades", "trade:17");
    struct store_batch *b = store_batch_new(s);
    store_put_outbox_attempt(b, 2, 1, when_from_sec(1700000300));
    commit_good(s, b);
    end_message(s, 1, OUTBOX_DONE, "m1");
    end_message(s, 4, OUTBOX_REFUSED, "");
    memset(&o, 0, sizeof o);
    store_load_outbox(s, on_outbox, NULL, &o);
    store_wait(s);
    assert_int_equal(o.n, 4);
    assert_int_equal(o.id[0], 2);
    assert_int_equal(o.id[1], 3);
    assert_int_equal(o.id[2], 5);
    assert_int_equal(o.first.state, OUTBOX_ATTEMPT);
    assert_int_equal(o.first.attempts, 1);
    assert_int_equal(when_sec(o.first.attempted), 1700000300);
    assert_int_equal(o.first.urgency, URGENCY_URGENT);
    assert_false(o.first.critical);
    assert_string_equal(o.doc[0], "{\"title\":\"gagné\"}");
    close_store(f);
    assert_int_equal(store_outbox_last_id(open_store(f)), 6);
}

struct ref {
    int n;
    char text[80];
};
static void on_ref(void *arg, const char *channel, const char *message_ref) {
    struct ref *r = arg;
    r->n++;
    snprintf(r->text, sizeof r->text, "%s/%s", channel, message_ref);
}

static struct ref ref_of(struct store *s, const char *platform, const char *key) {
    struct ref r = {0};
    store_message_ref(s, platform, key, on_ref, NULL, &r);
    store_wait(s);
    return r;
}

static void the_newest_message_of_a_key_is_found(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    put_message(s, 1, "discord", "trades", "trade:17");
    put_message(s, 2, "telegram", "trades", "trade:17");
    put_message(s, 3, "discord", "alertes", "trade:17");
    put_message(s, 4, "discord", "alertes", "trade:17");
    end_message(s, 1, OUTBOX_DONE, "m1");
    end_message(s, 3, OUTBOX_DONE, "m3");
    assert_string_equal(ref_of(s, "discord", "trade:17").text, "alertes/m3");
    assert_int_equal(ref_of(s, "telegram", "trade:17").n, 0);
    assert_int_equal(ref_of(s, "discord", "trade:18").n, 0);
    assert_int_equal(ref_of(s, "discord", "").n, 0);
}

struct history {
    int n;
    uint64_t id[64], edit[64];
    char doc[64][80], address[64][80];
};
static void on_history(void *arg, const struct history_row *r) {
    struct history *h = arg;
    if (h->n == 64) return;
    h->id[h->n] = r->row.id;
    h->edit[h->n] = r->edit;
    assert_true((r->edit != 0) == (r->edited.ns != 0));
    str_copy(h->doc[h->n], sizeof h->doc[0], r->row.doc);
    str_copy(h->address[h->n++], sizeof h->address[0], r->row.address);
}

static const struct history *history_of(struct store *s, const char *channel, uint64_t before, uint32_t limit) {
    static struct history h;
    memset(&h, 0, sizeof h);
    store_history(s, channel, before, limit, on_history, NULL, &h);
    store_wait(s);
    return &h;
}

static void put_row_of(struct store *s, uint64_t id, enum outbox_kind kind, const char *key, const char *doc,
                       bool done) {
    struct store_batch *b = store_batch_new(s);
    const struct outbox_row r = {.id = id,
                                 .kind = kind,
                                 .state = done ? OUTBOX_DONE : OUTBOX_ATTEMPT,
                                 .created = when_from_sec(1000 + (int64_t)id),
                                 .platform = "local",
                                 .channel = kind == OUTBOX_REPLY ? "" : "trades",
                                 .address = kind == OUTBOX_REPLY ? "l:here:1" : "",
                                 .key = key,
                                 .event_id = "",
                                 .message_ref = "",
                                 .doc = doc};
    store_put_outbox(b, &r);
    commit_good(s, b);
}

static void the_local_page_keeps_its_history(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    for (uint64_t id = 1; id <= 40; id++) {
        put_message(s, id, id % 4 == 0 ? "discord" : "local", id % 2 ? "trades" : "signal", "");
        end_message(s, id, OUTBOX_DONE, "r");
    }
    const struct history *h = history_of(s, "trades", 0, 5);
    static const uint64_t newest[] = {31, 33, 35, 37, 39}, before[] = {27, 29, 31}, signal[] = {30, 34, 38};
    assert_int_equal(h->n, 5);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(h->id[i], newest[i]);
        assert_string_equal(h->doc[i], "{\"title\":\"gagné\"}");
    }
    h = history_of(s, "trades", 33, 3);
    assert_int_equal(h->n, 3);
    assert_memory_equal(h->id, before, sizeof before);
    h = history_of(s, "signal", 0, 3); /* none of those that went to Discord */
    assert_memory_equal(h->id, signal, sizeof signal);
    assert_int_equal(history_of(s, "trades", 1, 5)->n, 0);
    assert_int_equal(history_of(s, "", 0, 5)->n, 0);
}

static void history_shows_messages_as_they_were_left(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    put_row_of(s, 1, OUTBOX_MESSAGE, "trade:1", "opened", true);
    put_row_of(s, 2, OUTBOX_MESSAGE, "trade:2", "another", true);
    put_row_of(s, 3, OUTBOX_EDIT, "trade:1", "stop moved", true);
    put_row_of(s, 4, OUTBOX_REPLY, "", "an answer", true);
    put_row_of(s, 5, OUTBOX_EDIT, "trade:1", "closed", true);
    put_row_of(s, 6, OUTBOX_MESSAGE, "", "plain", true);
    put_row_of(s, 7, OUTBOX_EDIT, "trade:2", "not told yet", false);
    put_row_of(s, 8, OUTBOX_MESSAGE, "", "neither", false);
    const struct history *h = history_of(s, "trades", 0, 10);
    static const uint64_t ids[] = {1, 2, 6}, edits[] = {5, 0, 0};
    assert_int_equal(h->n, 3);
    assert_memory_equal(h->id, ids, sizeof ids);
    assert_memory_equal(h->edit, edits, sizeof edits);
    assert_string_equal(h->doc[0], "closed");
    assert_string_equal(h->doc[1], "another");
    h = history_of(s, "trades", 2, 10); /* the edit is found although it lies behind */
    assert_int_equal(h->n, 1);
    assert_string_equal(h->doc[0], "closed");
    h = history_of(s, "", 0, 10);
    assert_int_equal(h->n, 1);
    assert_string_equal(h->doc[0], "an answer");
    assert_string_equal(h->address[0], "l:here:1");
}

/* ---- state, inbox ---- */

static void on_state(void *arg, const char *key, const char *value) {
    struct buf *b = arg;
    buf_printf(b, "%s=%s;", key, value);
}

static void named_values_are_kept(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    struct buf b;
    buf_init(&b, 1000);
    struct store_batch *put = store_batch_new(s);
    store_put_state(put, "offset", "12", when_from_sec(1));
    store_put_state(put, "session", "a'b\"c", when_from_sec(1));
    store_put_state(put, "gone", "x", when_from_sec(1));
    store_put_state(put, "offset", "13", when_from_sec(2));
    store_put_state(put, "gone", NULL, when_from_sec(2));
    store_put_state(put, "never", NULL, when_from_sec(2));
    commit_good(s, put);
    close_store(f);
    store_load_state(open_store(f), on_state, NULL, &b);
    store_wait(f->store);
    assert_string_equal(b.p, "offset=13;session=a'b\"c;");
    buf_clear(&b);
}

static void on_inbox(void *arg, const char *platform, uint64_t ext_id) {
    buf_printf(arg, "%s:%llu;", platform, (unsigned long long)ext_id);
}

static void an_update_makes_one_row(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    struct buf b;
    buf_init(&b, 1000);
    for (int round = 0; round < 3; round++) {
        struct store_batch *put = store_batch_new(s);
        struct inbox_row r = {"discord", "1",       1300000000000000001ULL, when_from_sec(5), "discord:3",
                              "pause",   "accepted"};
        store_put_inbox(put, &r);
        store_put_inbox(put, &r);
        r.platform = "telegram";
        store_put_inbox(put, &r);
        r.bot = "2";
        store_put_inbox(put, &r);
        commit_good(s, put); /* a redelivery is no failure */
    }
    store_load_inbox(s, on_inbox, NULL, &b);
    store_wait(s);
    assert_string_equal(b.p, "telegram:1300000000000000001;telegram:1300000000000000001;discord:1300000000000000001;");
    buf_clear(&b);
}

struct snapshot {
    int n;
    uint64_t seq;
    int32_t day;
    size_t size;
    uint8_t last;
};
static void on_snapshot(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n) {
    *(struct snapshot *)arg =
        (struct snapshot){((struct snapshot *)arg)->n + 1, seq, day, n, n ? ((const uint8_t *)bytes)[n - 1] : 0};
}

static void snapshots_are_found_by_seq(void **state) {
    struct fixture *f = *state;
    struct store *s = open_store(f);
    static uint8_t bytes[300000];
    struct snapshot got = {0};
    store_load_snapshot(s, 0, on_snapshot, NULL, &got);
    store_wait(s);
    assert_int_equal(got.n, 0);
    for (uint64_t seq = 1; seq <= 3; seq++) {
        struct store_batch *b = store_batch_new(s);
        put_event(b, bar_event(seq, DAY_ONE));
        bytes[sizeof bytes - 1] = (uint8_t)seq;
        store_put_snapshot(b, seq, DAY_ONE, bytes, sizeof bytes);
        commit_good(s, b);
    }
    store_load_snapshot(s, 0, on_snapshot, NULL, &got);
    store_wait(s);
    assert_true(got.n == 1 && got.seq == 3 && got.day == DAY_ONE && got.size == sizeof bytes && got.last == 3);
    store_load_snapshot(s, 2, on_snapshot, NULL, &got);
    store_wait(s);
    assert_true(got.n == 2 && got.seq == 2 && got.last == 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_trade_comes_back_whole),
        STORE_TEST(trades_are_filtered_and_ordered),
        STORE_TEST(a_signal_comes_back_whole),
        STORE_TEST(a_long_answer_comes_in_parts),
        STORE_TEST(the_tables_have_the_columns_of_the_source),
        STORE_TEST(aggregates_follow_closed_trades),
        STORE_TEST(a_row_may_carry_a_file),
        STORE_TEST(the_outbox_keeps_what_is_not_sent),
        STORE_TEST(the_newest_message_of_a_key_is_found),
        STORE_TEST(the_local_page_keeps_its_history),
        STORE_TEST(history_shows_messages_as_they_were_left),
        STORE_TEST(named_values_are_kept),
        STORE_TEST(an_update_makes_one_row),
        STORE_TEST(snapshots_are_found_by_seq),
    };
    return RUN(tests);
}
