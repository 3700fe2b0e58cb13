/*
 * engine_contexts: levels inside the engine: who is followed, what a change of the
 * configuration keeps, what a restart keeps, what other hours forget; and the weekend.
 */
#include "tests/unit/engine_kit.h"

#include "engine/state.h"

static void walk(uint16_t instrument, int bars, double from) {
    for (int i = 0; i < bars; i++) {
        double p = from + (i * 7) % 11;
        kit_bar_of(instrument, p, p + 2, p - 2, p + 1);
    }
}

static void add_symbol(const char *symbol) {
    w.config.instruments[w.config.instrument_count] = *instrument_builtin(symbol);
    w.config.instruments[w.config.instrument_count++].spread = PRICE_ZERO;
}

static struct market_context kept;

static void keep(uint16_t instrument) {
    const struct market_context *m = engine_context(w.engine, instrument);
    assert_non_null(m);
    kept = *m;
}

static void is_kept(uint16_t instrument) {
    const struct market_context *m = engine_context(w.engine, instrument);
    assert_non_null(m);
    assert_memory_equal(m, &kept, sizeof kept);
}

static void all_or_those_who_ask(void **state) {
    (void)state;
    kit_start("paper");
    assert_null(engine_context(w.engine, 0)); /* no bar yet */
    walk(0, 3, 5000);
    assert_int_equal(engine_context(w.engine, 0)->bars, 3);
    assert_null(engine_context(w.engine, 1));
    w.config.levels.all = false;
    assert_int_equal(kit_configure(), 0);
    walk(0, 3, 5000);
    assert_null(engine_context(w.engine, 0)); /* the script asks for no levels */
}

static void symbols_that_move_keep_theirs(void **state) {
    (void)state;
    add_symbol("NQ");
    add_symbol("XAUUSD");
    kit_start("paper");
    walk(0, 40, 5000);
    walk(1, 60, 20000);
    walk(2, 50, 2600);
    keep(1);
    /* NQ becomes the first, gold goes, EURUSD is new, ES is the last. */
    w.config.instrument_count = 0;
    add_symbol("NQ");
    add_symbol("EURUSD");
    add_symbol("ES");
    w.config.strategies[0].symbols[0] = 2;
    assert_int_equal(kit_configure(), 0);
    is_kept(0);
    assert_null(engine_context(w.engine, 1));
    assert_int_equal(engine_context(w.engine, 2)->bars, 40);
    walk(1, 1, 10);
    assert_int_equal(engine_context(w.engine, 1)->bars, 1); /* not gold's */
}

static void restarts_keep_them(void **state) {
    (void)state;
    add_symbol("NQ");
    kit_start("paper");
    walk(0, 70, 5000);
    walk(1, 100, 20000);
    keep(1);
    kit_restore("paper");
    struct market_context *m = (struct market_context *)(uintptr_t)engine_context(w.engine, 1);
    assert_int_equal(m->found[STRUCTURE_SWING].n, kept.found[STRUCTURE_SWING].n);
    assert_int_equal(m->found[STRUCTURE_SWING].n > 0, 1);
    assert_true(m->atr == kept.atr && m->bars == kept.bars);
    assert_int_equal(kit_configure(), 0); /* the start's own configuration, the same one */
    assert_int_equal(engine_context(w.engine, 1)->bars, 100);
}

static void other_rules_forget(void **state) {
    (void)state;
    kit_start("paper");
    walk(0, 30, 5000);
    w.config.levels.swing_bars = 5;
    assert_int_equal(kit_configure(), 0);
    assert_null(engine_context(w.engine, 0));
    walk(0, 30, 5000);
    w.config.calendars.zone_count = w.config.calendars.hours_count = 1;
    w.config.calendars.hours[0] = (struct trading_hours){.name = "x", .weekdays = 0x3e};
    assert_int_equal(kit_configure(), 0);
    assert_null(engine_context(w.engine, 0));
    walk(0, 30, 5000);
    w.config.instruments[0].hours = CALENDAR_NONE; /* this symbol's own day */
    assert_int_equal(kit_configure(), 0);
    assert_null(engine_context(w.engine, 0));
}

static const struct trading_hours utc_day = {.name = "x", .close_min = 21 * 60, .weekdays = 0x3e};

/* A symbol that comes with a calendar, a zone of its own, or hours in another place of the list, is no reason to forget the
 * levels of the others. */
static void other_symbols_forget_nothing(void **state) {
    (void)state;
    struct calendars *c = &w.config.calendars;
    c->zone_count = c->hours_count = 1;
    c->hours[0] = utc_day;
    c->sessions[0] = (struct named_session){.name = "morning", .to_min = 12 * 60};
    c->session_count = 1;
    kit_start("paper");
    walk(0, 40, 5000);
    keep(0);
    add_symbol("NQ");
    w.config.instruments[1].hours = 0;
    w.config.instruments[0].hours = 1; /* the same ones, in the second place */
    c->hours[0] = (struct trading_hours){.name = "y", .zone = 0, .close_min = 12 * 60, .weekdays = 0x7f};
    c->hours[1] = utc_day;
    c->hours[1].zone = c->sessions[0].zone = 1;
    c->hours_count = c->zone_count = 2;
    c->zones[0] = (struct zone_plan){.name = "Somewhere", .before = 3600};
    assert_int_equal(kit_configure(), 0);
    is_kept(0);
    walk(1, 40, 20000);
    keep(1);
    walk(0, 40, 5000);
    /* The hours of the first alone change: it forgets, the other does not. */
    c->hours[1].close_min = 20 * 60;
    assert_int_equal(kit_configure(), 0);
    assert_null(engine_context(w.engine, 0));
    is_kept(1);
    walk(0, 40, 5000);
    keep(0);
    kit_restore("paper"); /* and so after a restart */
    c->zones[0].before = 7200;
    assert_int_equal(kit_configure(), 0);
    assert_int_equal(engine_context(w.engine, 0)->bars, kept.bars);
    assert_null(engine_context(w.engine, 1));
    /* Named sessions are all symbols'. */
    walk(1, 40, 20000);
    c->sessions[0].to_min = 13 * 60;
    assert_int_equal(kit_configure(), 0);
    assert_null(engine_context(w.engine, 0));
    assert_null(engine_context(w.engine, 1));
    /* Another tick: another grid, other bins. */
    walk(0, 40, 5000);
    w.config.instruments[0].tick.v *= 2;
    assert_int_equal(kit_configure(), 0);
    assert_null(engine_context(w.engine, 0));
}

static void impossible_settings_are_refused(void **state) {
    (void)state;
    kit_start("paper");
    w.config.levels.swing_bars = SWING_BARS_MAX + 1;
    assert_int_equal(kit_configure(), -1);
    w.config.levels.swing_bars = 3;
    w.config.calendars.session_count = 1;
    w.config.calendars.sessions[0].zone = 3;
    assert_int_equal(kit_configure(), -1);
    w.config.calendars.session_count = 0;
    w.config.limits.weekend_flat_min = 7 * DAY_MIN + 1;
    assert_int_equal(kit_configure(), -1);
    w.config.limits.weekend_flat_min = 0;
    w.config.limits.news.after_min = DAY_MIN + 1;
    assert_int_equal(kit_configure(), -1);
    w.config.limits.news.after_min = 0;
    assert_int_equal(kit_configure(), 0);
}

/* ---- the weekend ---- */

/* Hours in UTC: Monday to Friday 00:00 to 21:00, and nothing on holidays. */
static void with_hours(enum weekend_rule rule) {
    struct calendars *c = &w.config.calendars;
    c->zone_count = c->hours_count = 1;
    c->hours[0] = (struct trading_hours){.name = "x", .close_min = 21 * 60, .weekdays = 0x3e};
    w.config.weekend.warn_min = 120;
    w.config.limits.weekend_flat = rule == WEEKEND_FLAT;
    w.config.limits.weekend_flat_min = 15;
}

static void at(const char *text) {
    when_t t;
    assert_true(when_parse_iso(text, strlen(text), NULL, &t));
    w.minute = when_sec(t) / 60;
}

static void long_trade(const char *when) {
    at(when);
    kit_flat(5000);
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000);
    kit_flat(5000);
    assert_int_equal(engine_trade_count(w.engine), 1);
    assert_true(engine_trade_at(w.engine, 0)->qty.v > 0);
}

static uint32_t warnings(void) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < w.effect_count; i++)
        n += w.effects[i].kind == EFFECT_MARKET && w.effects[i].u.market.event == MARKET_WEEKEND;
    return n;
}

static void held_over_the_weekend(void **state) {
    (void)state;
    with_hours(WEEKEND_HOLD);
    kit_start("paper");
    long_trade("2025-03-13T20:00:00Z"); /* a Thursday: a night is no weekend */
    at("2025-03-13T20:50:00Z");
    kit_flat(5000);
    assert_int_equal(warnings(), 0);
    at("2025-03-14T18:58:00Z");
    kit_flat(5000);
    assert_int_equal(warnings(), 0);
    kit_flat(5000); /* closes at 19:00 */
    assert_int_equal(warnings(), 1);
    const struct effect *f = kit_last(EFFECT_MARKET);
    char text[WHEN_TEXT_MAX];
    assert_string_equal(when_iso(text, f->u.market.closes), "2025-03-14T21:00:00Z");
    assert_string_equal(when_iso(text, f->u.market.opens), "2025-03-17T00:00:00Z");
    assert_int_equal(f->u.market.trades, 1);
    assert_false(f->u.market.flat);
    kit_restore("paper"); /* told once, also over a restart */
    assert_int_equal(kit_configure(), 0);
    kit_flat(5000);
    at("2025-03-14T20:58:00Z");
    kit_flat(5000);
    kit_flat(5000);
    assert_int_equal(warnings(), 1);
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 0);
    at("2025-03-21T20:00:00Z"); /* the next one is told again */
    kit_flat(5000);
    assert_int_equal(warnings(), 2);
}

static void flat_before_the_weekend(void **state) {
    (void)state;
    with_hours(WEEKEND_FLAT);
    kit_start("paper");
    long_trade("2025-03-14T20:00:00Z");
    assert_int_equal(warnings(), 1);
    assert_true(kit_last(EFFECT_MARKET)->u.market.flat);
    at("2025-03-14T20:43:00Z");
    kit_flat(5000);
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 0);
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000); /* closes at 20:45: everything goes, nothing comes */
    assert_int_equal(kit_signal()->refusal, REFUSAL_WEEKEND);
    kit_flat(5000);
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 1);
    assert_int_equal(kit_closed()->reason, CLOSE_WEEKEND);
    at("2025-03-17T00:30:00Z");
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
}

/* Bars that are longer than the minutes: the last one that leaves another before the close. */
static void flat_with_long_bars(void **state) {
    (void)state;
    with_hours(WEEKEND_FLAT);
    kit_start("paper");
    long_trade("2025-03-14T12:00:00Z");
    for (int hour = 13; hour <= 20; hour++) {
        at("2025-03-14T00:00:00Z");
        w.minute += hour * 60;
        struct event ev = kit_bar_event(0, 5000, 5000, 5000, 5000);
        ev.u.bar.bar.seconds = 3600;
        w.minute += 60;
        assert_int_equal(kit_apply(&ev), 0);
        /* 19:00 to 20:00 is the last one with another before 21:00; that other one fills. */
        assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), hour >= 20);
    }
}

static void one_symbol_may_differ(void **state) {
    (void)state;
    with_hours(WEEKEND_FLAT);
    w.config.instruments[0].weekend = WEEKEND_HOLD;
    kit_start("paper");
    long_trade("2025-03-14T20:00:00Z");
    at("2025-03-14T20:50:00Z");
    kit_flat(5000);
    kit_flat(5000);
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 0);
}

/* A quiet symbol: the bars of another say how late it is. */
static void closes_wait_for_no_bar_of_their_own(void **state) {
    (void)state;
    for (int which = 0; which < 3; which++) {
        with_hours(which == 0 ? WEEKEND_FLAT : WEEKEND_HOLD);
        w.config.management.flat_min = which == 1 ? 15 : 0;
        w.config.management.time_stop_min = which == 2 ? 100 : 0;
        if (which == 0) add_symbol("NQ");
        kit_start("paper");
        long_trade("2025-03-14T19:00:00Z");
        at("2025-03-14T20:30:00Z");
        kit_bar_of(1, 20000, 20000, 20000, 20000);
        assert_int_equal(kit_last(EFFECT_SUBMIT)->u.submit.order.role, ROLE_ENTRY);
        at("2025-03-14T20:50:00Z");
        kit_bar_of(1, 20000, 20000, 20000, 20000);
        assert_int_equal(kit_last(EFFECT_SUBMIT)->u.submit.order.role, ROLE_EXIT);
        drive_free(w.drive);
    }
    kit_start("paper"); /* the teardown's */
}

/* What left the configuration and stays for its open trade follows its own hours, whatever comes in their place, and the
 * state can be read again. */
static void what_stays_for_a_trade_keeps_its_hours(void **state) {
    (void)state;
    with_hours(WEEKEND_FLAT);
    add_symbol("NQ");
    struct calendars *c = &w.config.calendars;
    c->hours[1] = (struct trading_hours){.name = "y", .close_min = 12 * 60, .weekdays = 0x3e};
    c->hours_count = 2;
    c->sessions[0] = (struct named_session){.name = "morning", .from_min = 0, .to_min = 21 * 60};
    c->session_count = 1;
    w.config.instruments[1].hours = 1;
    w.config.strategies[0].session = 1;
    kit_start("paper");
    long_trade("2025-03-14T18:00:00Z");
    w.config.instruments[0] = w.config.instruments[1]; /* ES, its strategy and its session go */
    w.config.instruments[0].hours = 0;
    w.config.instrument_count = 1;
    c->hours[0] = c->hours[1];
    c->hours_count = 1;
    c->session_count = 0;
    w.config.strategy_count = 0;
    assert_int_equal(kit_configure(), 0);
    const struct engine_config *now = engine_config(w.engine);
    int es = engine_config_instrument(now, "ES");
    assert_true(es >= 0);
    assert_string_equal(now->calendars.hours[now->instruments[es].hours].name, "x");
    kit_restore("paper");
    at("2025-03-14T20:44:00Z");
    kit_bar_of((uint16_t)es, 5000, 5000, 5000, 5000);
    kit_bar_of((uint16_t)es, 5000, 5000, 5000, 5000);
    assert_int_equal(kit_count(EFFECT_TRADE_CLOSED), 1);
}

static void no_entry_around_an_announcement(void **state) {
    (void)state;
    struct news *n = &w.config.news;
    n->wanted = true;
    w.config.limits.news = (struct news_window){.before_min = 15, .after_min = 5};
    n->n = 1;
    when_t t;
    assert_true(when_parse_iso("2025-03-14T13:30:00Z", 20, NULL, &t));
    n->item[0] = (struct news_event){.time = t, .until = t, .currency = "USD", .impact = NEWS_HIGH, .title = "CPI"};
    kit_start("paper");
    at("2025-03-14T13:14:00Z");
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000); /* closes at 13:15 */
    assert_int_equal(kit_signal()->refusal, REFUSAL_NEWS);
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "“CPI” at 13:30 UTC"));
    at("2025-03-14T13:35:00Z");
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000); /* 13:36 */
    assert_true(kit_signal()->taken);
    n->broken = true;
    assert_int_equal(kit_configure(), 0);
    kit_want_exit();
    kit_flat(5000);
    kit_flat(5000);
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_NEWS);
}

/* ---- what loosens waits for the next trading day ---- */

static void next_day(void) {
    w.day++;
    kit_flat(5000);
}

static enum weekend_rule rule_now(void) {
    return weekend_rule_of(engine_config(w.engine), 0);
}

static void weekends_loosen_tomorrow(void **state) {
    (void)state;
    with_hours(WEEKEND_FLAT);
    w.config.limits.weekend_flat_min = 60;
    kit_start("paper");
    at("2025-03-12T12:00:00Z");
    kit_flat(5000);
    w.config.limits.weekend_flat = 0; /* looser, both */
    w.config.limits.weekend_flat_min = 15;
    assert_int_equal(kit_configure(), 0);
    assert_int_equal(rule_now(), WEEKEND_FLAT);
    assert_int_equal(engine_config(w.engine)->limits.weekend_flat_min, 60);
    kit_restore("paper");
    assert_int_equal(kit_configure(), 0); /* a restart does not hurry it */
    assert_int_equal(rule_now(), WEEKEND_FLAT);
    next_day();
    assert_int_equal(rule_now(), WEEKEND_HOLD);
    assert_int_equal(engine_config(w.engine)->limits.weekend_flat_min, 15);
    w.config.limits.weekend_flat = 1; /* tighter */
    assert_int_equal(kit_configure(), 0);
    assert_int_equal(rule_now(), WEEKEND_FLAT);
}

/* The same of a symbol's own rule, whichever of the two said flat. */
static void a_symbols_own_rule_loosens_tomorrow(void **state) {
    (void)state;
    for (int own_before = 0; own_before < 2; own_before++) {
        with_hours(own_before ? WEEKEND_HOLD : WEEKEND_FLAT);
        w.config.instruments[0].weekend = own_before ? WEEKEND_FLAT : WEEKEND_DEFAULT;
        kit_start("paper");
        at("2025-03-12T12:00:00Z");
        kit_flat(5000);
        assert_int_equal(rule_now(), WEEKEND_FLAT);
        w.config.instruments[0].weekend = own_before ? WEEKEND_DEFAULT : WEEKEND_HOLD;
        assert_int_equal(kit_configure(), 0);
        assert_int_equal(rule_now(), WEEKEND_FLAT);
        kit_restore("paper");
        assert_int_equal(rule_now(), WEEKEND_FLAT);
        assert_int_equal(kit_configure(), 0);
        assert_int_equal(rule_now(), WEEKEND_FLAT);
        next_day();
        assert_int_equal(rule_now(), WEEKEND_HOLD);
        w.config.instruments[0].weekend = WEEKEND_FLAT;
        assert_int_equal(kit_configure(), 0);
        assert_int_equal(rule_now(), WEEKEND_FLAT);
        w.day++;
        w.config.instruments[0].weekend = WEEKEND_HOLD; /* with a start on a new day */
        assert_int_equal(kit_configure(), 0);
        assert_int_equal(rule_now(), WEEKEND_HOLD);
        drive_free(w.drive);
    }
    kit_start("paper"); /* the teardown's */
}

/* A symbol that stays for its open trade keeps what was promised for tomorrow. */
static void what_stays_for_a_trade_keeps_its_rule(void **state) {
    (void)state;
    with_hours(WEEKEND_HOLD);
    w.config.instruments[0].weekend = WEEKEND_FLAT;
    add_symbol("NQ");
    kit_start("paper");
    long_trade("2025-03-12T12:00:00Z");
    w.config.instruments[0].weekend = WEEKEND_HOLD;
    assert_int_equal(kit_configure(), 0);
    w.config.instruments[0] = w.config.instruments[1];
    w.config.instrument_count = 1;
    w.config.strategy_count = 0;
    assert_int_equal(kit_configure(), 0);
    int es = engine_config_instrument(engine_config(w.engine), "ES");
    assert_true(es > 0);
    assert_int_equal(weekend_rule_of(engine_config(w.engine), (uint16_t)es), WEEKEND_FLAT);
    w.day++;
    kit_bar_of((uint16_t)es, 5000, 5000, 5000, 5000);
    assert_int_equal(weekend_rule_of(engine_config(w.engine), (uint16_t)es), WEEKEND_HOLD);
}

static void announcements_loosen_tomorrow(void **state) {
    (void)state;
    struct news *n = &w.config.news;
    when_t t;
    w.config.limits.news = (struct news_window){.before_min = 30, .after_min = 15};
    n->wanted = true;
    n->n = 1;
    assert_true(when_parse_iso("2025-03-12T13:30:00Z", 20, NULL, &t));
    n->item[0] = (struct news_event){.time = t, .until = t, .currency = "USD", .impact = NEWS_HIGH, .title = "CPI"};
    kit_start("paper");
    at("2025-03-12T13:00:00Z");
    kit_flat(5000);
    w.config.limits.news = (struct news_window){.before_min = 0, .after_min = 0};
    n->wanted = false; /* the file is taken out of the configuration, too */
    n->n = 0;
    assert_int_equal(kit_configure(), 0);
    kit_restore("paper");
    assert_int_equal(kit_configure(), 0);
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_NEWS);
    assert_non_null(strstr(kit_signal()->why_not[LANG_EN], "“CPI” is no longer in the file"));
    at("2025-03-12T13:44:00Z");
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000);
    assert_int_equal(kit_signal()->refusal, REFUSAL_NEWS);
    next_day();
    assert_int_equal(engine_config(w.engine)->news.n, 0);
    assert_int_equal(engine_config(w.engine)->limits.news.before_min, 0);
    kit_want(SIDE_LONG, 80, 4990, 0);
    kit_flat(5000);
    assert_true(kit_signal()->taken);
}

static size_t find_in(const struct buf *b, const void *what, size_t n) {
    const char *at = memmem(b->p, b->len, what, n);
    assert_non_null(at);
    return (size_t)(at - b->p);
}

/* The bytes of that configuration (of no symbol and no strategy) as format 4 had them: from those of today. */
static void as_format_4(struct engine_config *c, struct buf *out) {
    const uint32_t limits[4] = {c->limits.weekend_flat, c->limits.weekend_flat_min, c->limits.news.before_min,
                                c->limits.news.after_min};
    uint32_t rule = c->limits.weekend_flat ? WEEKEND_FLAT : WEEKEND_HOLD, flat_min = c->limits.weekend_flat_min;
    struct buf now, tail;
    struct snap s;
    buf_init(&now, 1 << 20);
    buf_init(&tail, 1 << 20);
    snap_writer(&s, &now);
    engine_config_snap(c, &s);
    snap_writer(&s, &tail);
    news_snap(&c->news, &c->limits.news, &s);
    size_t at = find_in(&now, limits, sizeof limits), warn = find_in(&now, &c->weekend.warn_min, 4);
    buf_add(out, now.p, at);
    buf_add(out, now.p + at + sizeof limits, warn - at - sizeof limits);
    buf_add(out, &rule, 4);
    buf_add(out, now.p + warn, 4);
    buf_add(out, &flat_min, 4);
    buf_add(out, now.p + warn + 4, now.len - tail.len - warn - 4);
    snap_writer(&s, out);
    snap_bool(&s, &c->news.wanted);
    snap_bool(&s, &c->news.broken);
    snap_u32(&s, &c->limits.news.before_min);
    snap_u32(&s, &c->limits.news.after_min);
    snap_count(&s, &c->news.n, 1);
    snap_when(&s, &c->news.item[0].time);
    snap_text(&s, c->news.item[0].currency, sizeof c->news.item[0].currency);
    SNAP_ENUM(&s, &c->news.item[0].impact, NEWS_IMPACT_COUNT);
    snap_text(&s, c->news.item[0].title, sizeof c->news.item[0].title);
    assert_true(snap_complete(&s));
    buf_clear(&now);
    buf_clear(&tail);
}

/* What format 4 kept among the settings is a limit now, and an announcement lasts no longer than it did. */
static void an_older_configuration_is_read(void **state) {
    (void)state;
    static struct engine_config c, back;
    struct buf b;
    struct snap s;
    engine_config_defaults(&c);
    c.weekend.warn_min = 1111;
    c.limits.weekend_flat = 1;
    c.limits.weekend_flat_min = 33;
    c.limits.news = (struct news_window){.before_min = 20, .after_min = 7};
    c.news.wanted = true;
    c.news.n = 1;
    c.news.item[0] =
        (struct news_event){.time = {5}, .until = {9}, .currency = "USD", .impact = NEWS_HIGH, .title = "x"};
    buf_init(&b, 1 << 20);
    as_format_4(&c, &b);
    snap_reader(&s, b.p, b.len);
    s.version = 4;
    engine_config_snap(&back, &s);
    assert_true(snap_complete(&s));
    buf_clear(&b);
    assert_memory_equal(&back.limits, &c.limits, sizeof back.limits);
    assert_int_equal(back.weekend.warn_min, 1111);
    assert_int_equal(back.levels.swing_bars, 3);
    assert_true(back.news.wanted && back.news.n == 1);
    assert_string_equal(back.news.item[0].title, "x");
    assert_int_equal(back.news.item[0].until.ns, 5);
    kit_start("paper"); /* the teardown's */
}

#define T(f) cmocka_unit_test_setup_teardown(f, kit_setup, kit_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(all_or_those_who_ask),
        T(symbols_that_move_keep_theirs),
        T(restarts_keep_them),
        T(other_rules_forget),
        T(other_symbols_forget_nothing),
        T(impossible_settings_are_refused),
        T(held_over_the_weekend),
        T(flat_before_the_weekend),
        T(flat_with_long_bars),
        T(one_symbol_may_differ),
        T(closes_wait_for_no_bar_of_their_own),
        T(what_stays_for_a_trade_keeps_its_hours),
        T(no_entry_around_an_announcement),
        T(weekends_loosen_tomorrow),
        T(a_symbols_own_rule_loosens_tomorrow),
        T(what_stays_for_a_trade_keeps_its_rule),
        T(announcements_loosen_tomorrow),
        T(an_older_configuration_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
