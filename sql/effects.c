/*
 * effects: which rows follow from what an event made true. Signals and trades become
 * rows of their tables; closed trades move the aggregates. Runs on the loop's thread and
 * only writes operations; names are looked up here because the configuration is borrowed.
 */
#include "sql/batch.h"

static const char *symbol_of(const struct engine_config *c, uint16_t i) {
    return i < c->instrument_count ? c->instruments[i].symbol : "";
}

static const char *strategy_of(const struct engine_config *c, uint16_t i) {
    if (i >= c->strategy_count) return "";
    return c->strategies[i].label[0] != '\0' ? c->strategies[i].label : c->strategies[i].name;
}

static void put_signal(struct store_batch *b, const struct event *ev, const struct signal *g,
                       const struct engine_config *c) {
    struct buf *o = op_begin(b, OP_SIGNAL);
    PUT(o, *g);
    PUT(o, ev->wall_time);
    put_text(o, symbol_of(c, g->instrument));
    put_text(o, strategy_of(c, g->strategy));
    op_end(b);
}

static void put_trade(struct store_batch *b, enum op op, const struct event *ev, const struct trade *t,
                      const struct engine_config *c) {
    struct buf *o = op_begin(b, op);
    PUT(o, *t);
    PUT(o, ev->wall_time);
    put_text(o, symbol_of(c, t->instrument));
    put_text(o, strategy_of(c, t->strategy));
    op_end(b);
}

static void put_daily(struct store_batch *b, const struct event *ev, const struct trade *t,
                      const struct engine_config *c, bool opened) {
    struct op_daily d = {.day = ev->day, .opened = opened, .closed = !opened};
    struct buf *o = op_begin(b, OP_DAILY);
    PUT(o, d);
    put_text(o, symbol_of(c, t->instrument));
    op_end(b);
}

static void put_one(struct store_batch *b, const struct event *ev, const struct effect *f,
                    const struct engine_config *c) {
    switch (f->kind) {
    case EFFECT_SIGNAL: put_signal(b, ev, &f->u.signal, c); return;
    case EFFECT_TRADE_OPENED:
        put_trade(b, OP_TRADE, ev, &f->u.opened.trade, c);
        put_daily(b, ev, &f->u.opened.trade, c, true);
        return;
    case EFFECT_TRADE_CHANGED: put_trade(b, OP_TRADE, ev, &f->u.changed.trade, c); return;
    case EFFECT_TRADE_CLOSED:
        put_trade(b, OP_TRADE, ev, &f->u.closed.trade, c);
        put_trade(b, OP_CLOSED, ev, &f->u.closed.trade, c);
        put_daily(b, ev, &f->u.closed.trade, c, false);
        return;
    case EFFECT_SUBMIT:
    case EFFECT_CANCEL:
    case EFFECT_PROTECT:
    case EFFECT_ORDER_TROUBLE:
    case EFFECT_LIMIT:
    case EFFECT_PAUSE:
    case EFFECT_MARKET:
    case EFFECT_DAY_CLOSED:
    case EFFECT_QUERY:
    case EFFECT_FLATTEN:
    case EFFECT_CANCELLED:
    case EFFECT_DIFFERS:
    case EFFECT_ROLL:
    case EFFECT_CONFIGURED:
    case EFFECT_STRATEGY: return; /* they have no table: the journal makes them again */
    case EFFECT_KIND_COUNT: break;
    }
    assert(!"an effect of no kind");
}

void store_put_effects(struct store_batch *b, const struct event *ev, const struct effects *f,
                       const struct engine_config *c) {
    for (uint32_t i = 0; i < f->n; i++) put_one(b, ev, &f->item[i], c);
}
