/*
 * engine_kit: what the engine's tests share: a scripted strategy that wants what a test
 * tells it, a world of one drive with the paper broker, and a record of all effects.
 * Defines strategy_find and strategy_table itself, so the program's own are not linked.
 */
#ifndef MIA_TESTS_ENGINE_KIT_H
#define MIA_TESTS_ENGINE_KIT_H

#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/drive.h"
#include "engine/strategy.h"

#define KIT_EFFECTS_MAX 4096
#define KIT_EVENTS_MAX 4096
#define UNUSED __attribute__((unused))

/* ---- the scripted strategy ---- */

static struct intents kit_next;  /* given out with the next bar of a script, then empty */
static uint32_t kit_steps;       /* bars all scripts have seen */
UNUSED static uint64_t kit_seen; /* bars the last stepped script has seen, by its own state */

struct script {
    uint64_t seen;
    double chaos;
};

static size_t script_size(const double *p) {
    (void)p;
    return sizeof(struct script);
}

static int script_open(void *state, const double *p, struct err *e) {
    (void)e;
    *(struct script *)state = (struct script){.chaos = p[0]};
    return 0;
}

static uint64_t script_mix(uint64_t x) {
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ x >> 33;
}

/* Random wishes, some of them absurd, that depend on nothing but the state and the bar. */
static void script_chaos(struct script *s, const struct strategy_view *v, struct intents *out) {
    uint64_t r = script_mix(s->seen * 1000003 + (uint64_t)v->bar->close.v);
    if (r % (uint64_t)s->chaos != 0) return;
    r = script_mix(r);
    if (v->trade != NULL && r % 3 == 0) {
        out->item[out->n++] = (struct intent){.kind = INTENT_EXIT};
        if (r % 2 == 0) return;
    }
    int64_t close = v->bar->close.v, tick = v->instrument->tick.v;
    int64_t far = tick * (int64_t)(1 + (r >> 8) % 400), way = (r >> 20) % 2 == 0 ? 1 : -1;
    struct intent w = {.kind = INTENT_ENTER, .side = way > 0 ? SIDE_LONG : SIDE_SHORT, .confidence = (r >> 24) % 120};
    w.stop.v = close - way * far;
    if ((r >> 32) % 3 == 0) w.target.v = close + way * far * 2;
    if ((r >> 36) % 40 == 0) w.stop.v = 0;
    out->item[out->n++] = w;
}

static void script_bar(void *state, const struct strategy_view *v, struct intents *out) {
    struct script *s = state;
    kit_seen = ++s->seen;
    kit_steps++;
    if (s->chaos > 0) {
        script_chaos(s, v, out);
        return;
    }
    *out = kit_next;
    kit_next.n = 0;
}

static void script_snap(void *state, struct snap *s) {
    struct script *x = state;
    snap_u64(s, &x->seen);
    snap_f64(s, &x->chaos);
}

static const struct param_spec script_params[] = {{"chaos", 0, 0, 1000000, true, "one random wish in so many bars"},
                                                  {.name = NULL}};
static const struct strategy script = {.name = "Script",
                                       .summary = {"scripted", "écrite"},
                                       .params = script_params,
                                       .state_size = script_size,
                                       .open = script_open,
                                       .bar = script_bar,
                                       .snap = script_snap};
const struct strategy *const strategy_table[] = {&script, NULL};

const struct strategy *strategy_find(const char *name) {
    return strcmp(name, "Script") == 0 ? &script : NULL;
}

/* ---- numbers ---- */

UNUSED static price_t px(double v) {
    price_t p = PRICE_ZERO;
    assert_true(price_from_double(v, &p));
    return p;
}

UNUSED static cash_t usd(double v) {
    cash_t c = CASH_ZERO;
    assert_true(cash_from_double(v, &c));
    return c;
}

UNUSED static qty_t lots(double v) {
    qty_t q = QTY_ZERO;
    assert_true(qty_from_double(v, &q));
    return q;
}

#define assert_cash(have, want) assert_int_equal((have).v, usd(want).v)
#define assert_price(have, want) assert_int_equal((have).v, px(want).v)
#define assert_qty(have, want) assert_int_equal((have).v, lots(want).v)

/* ---- the world ---- */

struct world {
    struct engine_config config;
    struct drive *drive;
    struct engine *engine;
    int64_t minute; /* of the next bar */
    int32_t day;
    struct effect effects[KIT_EFFECTS_MAX];
    uint32_t effect_count;
    struct event events[KIT_EVENTS_MAX]; /* applied, in order */
    uint32_t event_count;
    struct err err;
};

UNUSED static struct world w;

UNUSED static void kit_record(void *arg, const struct event *ev, const struct effects *f) {
    (void)arg;
    assert_true(w.event_count < KIT_EVENTS_MAX && w.effect_count + f->n <= KIT_EFFECTS_MAX);
    w.events[w.event_count++] = *ev;
    for (uint32_t i = 0; i < f->n; i++) w.effects[w.effect_count++] = f->item[i];
}

/* ES with no spread and $2.25 a side; one strategy with $200,000 of its own, so that 1 % is $2,000. */
UNUSED static void kit_config(void) {
    struct engine_config *c = &w.config;
    engine_config_defaults(c);
    c->balance = usd(200000);
    c->instruments[c->instrument_count++] = *instrument_builtin("ES");
    c->instruments[0].spread = PRICE_ZERO;
    c->limits = (struct limits){.risk_per_trade_ppm = 10000, .cautious_ppm = 900000};
    struct strategy_config *s = &c->strategies[c->strategy_count++];
    str_copy(s->name, sizeof s->name, "Script");
    str_copy(s->label, sizeof s->label, "Script");
    s->enabled = true;
    s->symbol_count = 1;
    s->capital = usd(200000);
}

UNUSED static int kit_apply(struct event *ev) {
    ev->market_time = when_from_sec(w.minute * 60);
    if (ev->wall_time.ns == 0) ev->wall_time = when_from_sec(1750000000 + w.minute * 60);
    ev->day = w.day;
    return drive_event(w.drive, ev, kit_record, NULL, &w.err);
}

UNUSED static int kit_configure(void) {
    struct event ev = {.kind = EVENT_CONFIG, .u.config = &w.config};
    return kit_apply(&ev);
}

/* Call kit_config first, change what the test needs, then this. */
UNUSED static void kit_start(const char *broker) {
    w.drive = drive_new(broker_find(broker));
    w.engine = drive_engine(w.drive);
    w.minute = 29000000;
    w.day = 20000;
    w.effect_count = w.event_count = 0;
    kit_next.n = 0;
    assert_int_equal(kit_configure(), 0);
}

UNUSED static int kit_setup(void **state) {
    (void)state;
    memset(&w, 0, sizeof w);
    kit_config();
    return 0;
}

UNUSED static int kit_teardown(void **state) {
    (void)state;
    drive_free(w.drive);
    w.drive = NULL;
    return 0;
}

UNUSED static struct event kit_bar_event(uint16_t instrument, double o, double h, double l, double c) {
    struct event ev = {.kind = EVENT_BAR};
    ev.u.bar.instrument = instrument;
    ev.u.bar.bar = (struct bar){.start = when_from_sec(w.minute * 60),
                                .seconds = 60,
                                .open = px(o),
                                .high = px(h),
                                .low = px(l),
                                .close = px(c),
                                .volume = 1};
    return ev;
}

UNUSED static void kit_bar_of(uint16_t instrument, double o, double h, double l, double c) {
    struct event ev = kit_bar_event(instrument, o, h, l, c);
    w.minute++;
    assert_int_equal(kit_apply(&ev), 0);
}

UNUSED static void kit_bar(double o, double h, double l, double c) {
    kit_bar_of(0, o, h, l, c);
}

UNUSED static void kit_flat(double p) {
    kit_bar(p, p, p, p);
}

/* The next bar's wish. */
UNUSED static void kit_want(enum side side, uint32_t confidence, double stop, double target) {
    struct intent *i = &kit_next.item[kit_next.n++];
    *i = (struct intent){
        .kind = INTENT_ENTER, .side = side, .confidence = confidence, .stop = px(stop), .target = px(target)};
    str_copy(i->reason[LANG_EN], REASON_MAX, "told to");
    str_copy(i->reason[LANG_FR], REASON_MAX, "sur ordre");
}

UNUSED static void kit_want_exit(void) {
    kit_next.item[kit_next.n++] = (struct intent){.kind = INTENT_EXIT};
}

UNUSED static int kit_command(enum operator_verb verb, uint32_t trade, int32_t instrument, int32_t percent) {
    struct event ev = {.kind = EVENT_COMMAND};
    ev.u.command =
        (struct operator_command){.verb = verb, .trade = trade, .instrument = instrument, .percent = percent};
    str_copy(ev.u.command.actor, ACTOR_MAX, "local:1");
    return kit_apply(&ev);
}

/* ---- what happened ---- */

UNUSED static uint32_t kit_count(enum effect_kind kind) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < w.effect_count; i++) n += w.effects[i].kind == kind;
    return n;
}

/* The last effect of that kind; the test fails where there is none. */
UNUSED static const struct effect *kit_last(enum effect_kind kind) {
    for (uint32_t i = w.effect_count; i-- > 0;) {
        if (w.effects[i].kind == kind) return &w.effects[i];
    }
    fail_msg("no effect %s", effect_kind_name(kind));
    return NULL;
}

UNUSED static const struct signal *kit_signal(void) {
    return &kit_last(EFFECT_SIGNAL)->u.signal;
}

UNUSED static const struct trade *kit_closed(void) {
    return &kit_last(EFFECT_TRADE_CLOSED)->u.closed.trade;
}

UNUSED static uint32_t kit_changes(enum trade_change change) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < w.effect_count; i++)
        n += w.effects[i].kind == EFFECT_TRADE_CHANGED && w.effects[i].u.changed.change == change;
    return n;
}

UNUSED static uint32_t kit_limits(enum limit_event event, enum limit_kind kind) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < w.effect_count; i++)
        n += w.effects[i].kind == EFFECT_LIMIT && w.effects[i].u.limit.event == event &&
             w.effects[i].u.limit.limit == kind;
    return n;
}

UNUSED static cash_t kit_balance(void) {
    struct account a;
    engine_account(w.engine, &a);
    return a.balance;
}

/* The world's drive is written down, thrown away and read back: state that is not stored is lost. */
UNUSED static void kit_restore_with(const struct broker *broker) {
    struct buf b;
    struct snap s;
    buf_init(&b, 64u << 20);
    snap_writer(&s, &b);
    drive_snap(w.drive, &s);
    assert_false(s.bad);
    drive_free(w.drive);
    w.drive = drive_new(broker);
    w.engine = drive_engine(w.drive);
    snap_reader(&s, b.p, b.len);
    drive_snap(w.drive, &s);
    assert_true(snap_complete(&s));
    buf_clear(&b);
}

UNUSED static void kit_restore(const char *broker) {
    kit_restore_with(broker_find(broker));
}

#endif
