/* event: names and the stored form of an input. Owns nothing; a configuration is borrowed. */
#include "engine/event.h"

#include "engine/config.h"

#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])

static const char *const kind_names[] = {
    [EVENT_CONFIG] = "config",   [EVENT_BAR] = "bar",     [EVENT_REPORT] = "report",
    [EVENT_COMMAND] = "command", [EVENT_CLOCK] = "clock", [EVENT_FEED] = "feed",
    [EVENT_STORE] = "store",     [EVENT_CASH] = "cash",   [EVENT_VENUE] = "venue"};
_Static_assert(COUNT_OF(kind_names) == EVENT_KIND_COUNT, "a name for every kind");

const char *event_kind_name(enum event_kind k) {
    return (unsigned)k < EVENT_KIND_COUNT ? kind_names[k] : "?";
}

void bar_snap(struct bar *b, struct snap *s) {
    snap_when(s, &b->start);
    snap_i32(s, &b->seconds);
    snap_price(s, &b->open);
    snap_price(s, &b->high);
    snap_price(s, &b->low);
    snap_price(s, &b->close);
    snap_i64(s, &b->volume);
    snap_price(s, &b->spread);
    if (!snap_has(s, 4)) b->buy = b->sell = 0;
    if (!snap_has(s, 5)) b->contract = 0;
    if (!snap_has(s, 4)) return;
    snap_i64(s, &b->buy);
    snap_i64(s, &b->sell);
    if (snap_has(s, 5)) snap_u16(s, &b->contract);
}

static void command_snap(struct operator_command *c, struct snap *s) {
    SNAP_ENUM(s, &c->verb, OP_VERB_COUNT);
    snap_u32(s, &c->trade);
    snap_i32(s, &c->instrument);
    snap_i32(s, &c->percent);
    if (snap_has(s, 2)) snap_i32(s, &c->strategy);
    if (snap_has(s, 3)) {
        snap_u64(s, &c->order);
        snap_price(s, &c->price);
    }
    if (snap_has(s, 4)) snap_i32(s, &c->limit);
    snap_text(s, c->actor, sizeof c->actor);
}

static void config_snap(struct event *e, struct engine_config *config, struct snap *s) {
    e->occasion = snap_has(s, 2) ? e->occasion : CONFIG_FORMAT_1;
    if (snap_has(s, 2)) SNAP_ENUM(s, &e->occasion, CONFIG_OCCASION_COUNT);
    if (s->mode == SNAP_WRITE) { /* a writer does not change what it writes */
        engine_config_snap((struct engine_config *)(uintptr_t)e->u.config, s);
        return;
    }
    e->u.config = config;
    if (config == NULL) {
        s->bad = true;
        return;
    }
    engine_config_snap(config, s);
}

void event_snap(struct event *e, struct engine_config *config, struct snap *s) {
    if (s->mode == SNAP_WRITE) s->version = ENGINE_FORMAT;
    snap_u64(s, &e->seq);
    SNAP_ENUM(s, &e->kind, EVENT_KIND_COUNT);
    snap_bool(s, &e->derived);
    snap_when(s, &e->market_time);
    snap_when(s, &e->wall_time);
    snap_i32(s, &e->day);
    switch (e->kind) {
    case EVENT_CONFIG: config_snap(e, config, s); break;
    case EVENT_BAR:
        snap_u16(s, &e->u.bar.instrument);
        bar_snap(&e->u.bar.bar, s);
        break;
    case EVENT_REPORT: order_report_snap(&e->u.report, s); break;
    case EVENT_COMMAND: command_snap(&e->u.command, s); break;
    case EVENT_FEED:
        SNAP_ENUM(s, &e->u.feed.state, FEED_STATE_COUNT);
        snap_i32(s, &e->u.feed.instrument);
        break;
    case EVENT_STORE: snap_bool(s, &e->u.store.gone); break;
    case EVENT_CASH: snap_cash(s, &e->u.cash.amount); break;
    case EVENT_VENUE:
        snap_u16(s, &e->u.venue.instrument);
        snap_i64(s, &e->u.venue.qty);
        snap_price(s, &e->u.venue.average);
        break;
    case EVENT_CLOCK:
    case EVENT_KIND_COUNT: break;
    }
}
