/*
 * fuzz_snapshot: any bytes as an event, an effect, a configuration, and as a snapshot of
 * engine and broker: a real one with bytes changed, since nothing else gets past its head.
 * What is taken writes the same bytes again and can be looked at from every side. It need not go on: stored snapshots have
 * a checksum, and an engine and a broker that contradict each other end the process by design.
 */
#include "tests/fuzz/fuzz.h"

#include "engine/drive.h"

#define PATCHES_MAX 16
#define BYTES_MAX (4u << 20)

static void in_text(struct buf *b, void (*fn)(void *thing, struct snap *s), void *thing) {
    struct snap s;
    buf_init(b, BYTES_MAX);
    snap_writer(&s, b);
    s.version = ENGINE_FORMAT;
    fn(thing, &s);
    assert(snap_complete(&s) && !b->overflow);
}

/* Reads, and where that goes well: what it writes is what was read, or at least reads back to what it writes. */
static bool stable(const void *bytes, size_t n, uint32_t format, void (*fn)(void *thing, struct snap *s), void *thing) {
    struct buf first, again;
    struct snap s;
    snap_reader(&s, bytes, n);
    s.version = format;
    fn(thing, &s);
    if (!snap_complete(&s)) return false;
    in_text(&first, fn, thing);
    snap_reader(&s, first.p, first.len);
    s.version = ENGINE_FORMAT;
    fn(thing, &s);
    assert(snap_complete(&s));
    in_text(&again, fn, thing);
    assert(first.len == again.len && !memcmp(first.p, again.p, first.len));
    buf_clear(&first);
    buf_clear(&again);
    return true;
}

/* ---- small things ---- */

struct event_of {
    struct event ev;
    struct engine_config config;
};

static void one_event(void *thing, struct snap *s) {
    struct event_of *x = thing;
    event_snap(&x->ev, s->mode == SNAP_READ ? &x->config : NULL, s);
}

static void one_effect(void *thing, struct snap *s) {
    effect_snap(thing, s);
}

static void one_config(void *thing, struct snap *s) {
    engine_config_snap(thing, s);
}

static void small(uint8_t how, const void *bytes, size_t n) {
    static struct event_of ev;
    static struct effect effect;
    static struct engine_config config;
    uint32_t format = 1 + how / 3 % ENGINE_FORMAT;
    switch (how % 3) {
    case 0: stable(bytes, n, format, one_event, memset(&ev, 0, sizeof ev)); return;
    case 1: stable(bytes, n, format, one_effect, memset(&effect, 0, sizeof effect)); return;
    case 2: stable(bytes, n, format, one_config, memset(&config, 0, sizeof config)); return;
    }
}

/* ---- the whole state ---- */

static void nothing(void *arg, const struct event *ev, const struct effects *f) {
    (void)arg;
    (void)ev;
    (void)f;
}

static int bar(struct drive *d, int i, int64_t cents) {
    struct err e = {0};
    const int64_t cent = PRICE_SCALE / 100;
    struct event ev = {.kind = EVENT_BAR, .market_time = when_from_sec(1736121600 + 300 * (int64_t)(i + 1))};
    ev.wall_time = ev.market_time;
    ev.day = (int32_t)(when_sec(ev.market_time) / 86400);
    ev.u.bar.bar = (struct bar){.start = when_from_sec(1736121600 + 300 * (int64_t)i),
                                .seconds = 300,
                                .open = {cents * cent},
                                .high = {(cents + 300) * cent},
                                .low = {(cents - 300) * cent},
                                .close = {(cents + 250) * cent},
                                .volume = 10};
    int rc = drive_event(d, &ev, nothing, NULL, &e);
    if (rc < 0) said(&e);
    return rc;
}

static void configure(struct engine_config *c) {
    engine_config_defaults(c);
    c->instruments[0] = *instrument_builtin("XAUUSD");
    c->instrument_count = 1;
    c->limits.confidence_min = 0;
    struct strategy_config *s = &c->strategies[c->strategy_count++];
    str_copy(s->name, sizeof s->name, "MovingAverage");
    str_copy(s->label, sizeof s->label, "MovingAverage");
    s->enabled = true;
    s->symbol_count = 1;
    s->capital = (cash_t){50000 * CASH_SCALE};
    static const struct param params[] = {
        {"ma_period", 3}, {"stop_loss_pct", 0.01}, {"take_profit_pct", 0.03}, {"allow_short", 0}};
    for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) s->params[s->param_count++] = params[i];
}

/* A desk with a trade open, its protection resting, and a day behind it. */
static const struct buf *real(void) {
    static struct buf b;
    struct snap s;
    struct err e;
    if (b.len) return &b;
    struct engine_config *c = xcalloc(1, sizeof *c);
    configure(c);
    struct drive *d = drive_new(broker_find("paper"));
    const struct event ev = {.kind = EVENT_CONFIG, .u.config = c, .market_time = when_from_sec(1736121600)};
    assert(drive_event(d, &ev, nothing, NULL, &e) == 0);
    for (int i = 0; i < 20; i++) bar(d, i, 260000 - 300 * i);
    bar(d, 20, 254000);
    bar(d, 21, 254400);
    assert(engine_trade_count(drive_engine(d)) == 1);
    buf_init(&b, BYTES_MAX);
    snap_writer(&s, &b);
    s.version = ENGINE_FORMAT;
    drive_snap(d, &s);
    assert(snap_complete(&s));
    drive_free(d);
    free(c);
    return &b;
}

static void look_at(const struct engine *e) {
    static struct limit_view limits[LIMIT_VIEWS_MAX];
    static struct close_preview preview;
    struct engine_status st;
    struct account account;
    struct market_view market;
    struct err err = {0};
    cash_t cash;
    engine_status(e, &st);
    engine_account(e, &account);
    assert(engine_limits(e, limits) <= LIMIT_VIEWS_MAX);
    for (uint32_t i = 0; i < engine_trade_count(e); i++) {
        engine_trade_pnl(e, engine_trade_at(e, i), &cash);
        engine_trade_at_risk(e, engine_trade_at(e, i), &cash);
    }
    for (uint16_t i = 0; i < engine_config(e)->instrument_count; i++) engine_market(e, i, &market);
    for (int i = 0; i < STATS_SPAN_COUNT; i++) engine_stats(e, (enum stats_span)i);
    const struct operator_command close = {.verb = OP_CLOSE, .instrument = -1, .percent = 50, .actor = "local:1"};
    if (engine_preview_close(e, &close, &preview, &err) < 0) said(&err);
    engine_preview_resume(e);
}

static void whole(void *thing, struct snap *s) {
    drive_snap(thing, s);
}

static void patched(struct script *s) {
    const struct buf *b = real();
    char *copy = copy_of(b->p, b->len);
    size_t n = b->len;
    for (int i = 0; i < PATCHES_MAX && s->left; i++) {
        size_t at = script_u32(s) % b->len;
        struct script part = script_part(s, 16);
        for (size_t k = 0; k < part.left && at + k < b->len; k++) copy[at + k] = (char)part.p[k];
    }
    if (script_u8(s) == 1) n = script_u32(s) % n;
    struct drive *d = drive_new(broker_find("paper"));
    struct snap in;
    snap_reader(&in, copy, n);
    in.version = ENGINE_FORMAT;
    drive_snap(d, &in);
    if (snap_complete(&in) && engine_seq(drive_engine(d)) > 0) {
        stable(copy, n, ENGINE_FORMAT, whole, d);
        look_at(drive_engine(d));
    }
    drive_free(d);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct script s = {bytes, n};
    uint8_t how = script_u8(&s);
    if (how & 1)
        patched(&s);
    else
        small(how >> 1, s.p, s.left);
    return 0;
}
