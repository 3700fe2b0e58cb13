/* effect: names and the stored form of what an event led to. The digest of a day is made of these bytes. Owns nothing. */
#include "engine/effect.h"

#define COUNT_OF(a) (sizeof(a) / sizeof(a)[0])
#define NAMED(array, count, what) _Static_assert(COUNT_OF(array) == (count), "a name for every " what)

static const char *const kind_names[] = {[EFFECT_SUBMIT] = "submit",
                                         [EFFECT_CANCEL] = "cancel",
                                         [EFFECT_PROTECT] = "protect",
                                         [EFFECT_SIGNAL] = "signal",
                                         [EFFECT_TRADE_OPENED] = "trade_opened",
                                         [EFFECT_TRADE_CHANGED] = "trade_changed",
                                         [EFFECT_TRADE_CLOSED] = "trade_closed",
                                         [EFFECT_ORDER_TROUBLE] = "order_trouble",
                                         [EFFECT_LIMIT] = "limit",
                                         [EFFECT_PAUSE] = "pause",
                                         [EFFECT_MARKET] = "market",
                                         [EFFECT_DAY_CLOSED] = "day_closed",
                                         [EFFECT_CONFIGURED] = "configured",
                                         [EFFECT_STRATEGY] = "strategy",
                                         [EFFECT_QUERY] = "query",
                                         [EFFECT_FLATTEN] = "flatten",
                                         [EFFECT_CANCELLED] = "cancelled",
                                         [EFFECT_ROLL] = "roll",
                                         [EFFECT_DIFFERS] = "differs"};
NAMED(kind_names, EFFECT_KIND_COUNT, "effect");
static const char *const channel_names[] = {[CHANNEL_TRADES] = "trades",
                                            [CHANNEL_ALERTS] = "alertes",
                                            [CHANNEL_PERFORMANCE] = "performance",
                                            [CHANNEL_SIGNAL] = "signal",
                                            [CHANNEL_ADMIN] = "admin"};
NAMED(channel_names, CHANNEL_COUNT, "channel");
static const char *const refusal_names[] = {[REFUSAL_NONE] = "",
                                            [REFUSAL_PAUSED] = "paused",
                                            [REFUSAL_SUSPENDED] = "suspended",
                                            [REFUSAL_CONFIDENCE] = "confidence",
                                            [REFUSAL_DAILY_LOSS] = "daily_loss",
                                            [REFUSAL_DAILY_TRADES] = "daily_trades",
                                            [REFUSAL_DAILY_TRADES_ASSET] = "daily_trades_asset",
                                            [REFUSAL_POSITIONS] = "positions",
                                            [REFUSAL_IN_POSITION] = "in_position",
                                            [REFUSAL_REWARD_RISK] = "reward_risk",
                                            [REFUSAL_SIZE] = "size",
                                            [REFUSAL_MARGIN] = "margin",
                                            [REFUSAL_UNKNOWN_ORDER] = "unknown_order",
                                            [REFUSAL_STALE] = "stale",
                                            [REFUSAL_CONSECUTIVE_LOSSES] = "consecutive_losses",
                                            [REFUSAL_DRAWDOWN] = "drawdown",
                                            [REFUSAL_NO_STOP] = "no_stop",
                                            [REFUSAL_FULL] = "full",
                                            [REFUSAL_OVERFLOW] = "overflow",
                                            [REFUSAL_STRATEGY_OFF] = "strategy_off",
                                            [REFUSAL_STORE] = "store",
                                            [REFUSAL_WEEKEND] = "weekend",
                                            [REFUSAL_NEWS] = "news",
                                            [REFUSAL_ROLL] = "roll",
                                            [REFUSAL_DIFFERS] = "differs",
                                            [REFUSAL_WEEKLY_LOSS] = "weekly_loss",
                                            [REFUSAL_MONTHLY_LOSS] = "monthly_loss",
                                            [REFUSAL_ERRORS] = "errors",
                                            [REFUSAL_OPEN_RISK] = "open_risk",
                                            [REFUSAL_SESSION] = "session",
                                            [REFUSAL_FACTORS] = "factors",
                                            [REFUSAL_SPREAD] = "spread",
                                            [REFUSAL_SLIPPAGE] = "slippage",
                                            [REFUSAL_DUPLICATE] = "duplicate",
                                            [REFUSAL_CORRELATION] = "correlation",
                                            [REFUSAL_EXPOSURE] = "exposure",
                                            [REFUSAL_MARGIN_USE] = "margin_use",
                                            [REFUSAL_VAR] = "var",
                                            [REFUSAL_REGIME] = "regime",
                                            [REFUSAL_ADVISOR_MISSING] = "advisor_missing"};
NAMED(refusal_names, REFUSAL_COUNT, "refusal");
static const char *const regime_names[] = {[REGIME_UNKNOWN] = "unknown",
                                           [REGIME_TREND] = "trend",
                                           [REGIME_RANGE] = "range",
                                           [REGIME_TRANSITION] = "transition"};
NAMED(regime_names, REGIME_COUNT, "regime");
static const char *const limit_names[] = {[LIMIT_DAILY_LOSS] = "daily_loss",
                                          [LIMIT_DAILY_TRADES] = "daily_trades",
                                          [LIMIT_CONSECUTIVE_LOSSES] = "consecutive_losses",
                                          [LIMIT_DRAWDOWN] = "drawdown",
                                          [LIMIT_WEEKLY_LOSS] = "weekly_loss",
                                          [LIMIT_MONTHLY_LOSS] = "monthly_loss",
                                          [LIMIT_ERRORS] = "errors",
                                          [LIMIT_OPEN_RISK] = "open_risk"};
NAMED(limit_names, LIMIT_KIND_COUNT, "limit");
static const char *const flatten_names[] = {
    [FLATTEN_PROGRESS] = "progress", [FLATTEN_SLOW] = "slow", [FLATTEN_UNVERIFIED] = "unverified",
    [FLATTEN_STUCK] = "stuck",       [FLATTEN_DONE] = "done", [FLATTEN_GIVEN_UP] = "given_up"};
NAMED(flatten_names, FLATTEN_EVENT_COUNT, "event of a flatten");

#define NAME_OF(array, k) ((unsigned)(k) < COUNT_OF(array) ? (array)[k] : "?")

const char *effect_kind_name(enum effect_kind k) {
    return NAME_OF(kind_names, k);
}

const char *channel_name(enum channel c) {
    return NAME_OF(channel_names, c);
}

const char *refusal_name(enum refusal r) {
    return NAME_OF(refusal_names, r);
}

const char *regime_name(enum regime r) {
    return NAME_OF(regime_names, r);
}

const char *limit_kind_name(enum limit_kind k) {
    return NAME_OF(limit_names, k);
}

const char *flatten_event_name(enum flatten_event k) {
    return NAME_OF(flatten_names, k);
}

void signal_snap(struct signal *g, struct snap *s) {
    snap_u32(s, &g->id);
    snap_u16(s, &g->instrument);
    snap_u16(s, &g->strategy);
    SNAP_ENUM(s, &g->side, SIDE_COUNT);
    snap_u32(s, &g->confidence);
    snap_price(s, &g->entry);
    snap_price(s, &g->stop);
    snap_price(s, &g->target);
    snap_i64(s, &g->reward_risk_ppm);
    snap_qty(s, &g->qty);
    snap_cash(s, &g->risk);
    snap_bool(s, &g->taken);
    snap_bool(s, &g->halved);
    SNAP_ENUM(s, &g->refusal, REFUSAL_COUNT);
    for (int l = 0; l < LANG_COUNT; l++) snap_text(s, g->reason[l], sizeof g->reason[l]);
    for (int l = 0; l < LANG_COUNT; l++) snap_text(s, g->why_not[l], sizeof g->why_not[l]);
    snap_when(s, &g->time);
    snap_i32(s, &g->day);
    snap_u32(s, &g->trade);
    if (!snap_has(s, 4)) return;
    snap_u32(s, &g->factors);
    snap_price(s, &g->level);
    for (int l = 0; l < LANG_COUNT; l++) snap_text(s, g->sizing[l], sizeof g->sizing[l]);
    if (!snap_has(s, 5)) return;
    SNAP_ENUM(s, &g->regime.now, REGIME_COUNT);
    snap_u32(s, &g->regime.bars);
    snap_i64(s, &g->regime.adx_e6);
    snap_i64(s, &g->regime.efficiency);
    snap_i64(s, &g->regime.volatility);
    snap_i64(s, &g->widen_ppm);
    for (int l = 0; l < LANG_COUNT; l++) snap_text(s, g->confluence[l], sizeof g->confluence[l]);
    snap_price(s, &g->confluence_at);
}

void stats_snap(struct stats *st, struct snap *s) {
    snap_u32(s, &st->trades);
    snap_u32(s, &st->won);
    snap_u32(s, &st->lost);
    snap_u32(s, &st->flat);
    snap_u32(s, &st->signals);
    snap_u32(s, &st->taken);
    snap_cash(s, &st->gross_profit);
    snap_cash(s, &st->gross_loss);
    snap_cash(s, &st->net);
    snap_cash(s, &st->fees);
    snap_cash(s, &st->best);
    snap_cash(s, &st->worst);
    snap_u32(s, &st->losses_in_row);
    snap_u32(s, &st->losses_in_row_max);
    snap_cash(s, &st->drawdown_max);
    snap_f64(s, &st->r_sum);
}

static void changed_snap(struct effect *f, struct snap *s) {
    trade_snap(&f->u.changed.trade, s);
    SNAP_ENUM(s, &f->u.changed.change, CHANGE_COUNT);
    snap_qty(s, &f->u.changed.qty);
    snap_price(s, &f->u.changed.price);
    snap_cash(s, &f->u.changed.result);
    snap_price(s, &f->u.changed.stop_before);
    snap_cash(s, &f->u.changed.at_risk);
    snap_text(s, f->u.changed.actor, sizeof f->u.changed.actor);
}

static void limit_snap(struct effect *f, struct snap *s) {
    SNAP_ENUM(s, &f->u.limit.event, LIMIT_EVENT_COUNT);
    SNAP_ENUM(s, &f->u.limit.limit, LIMIT_KIND_COUNT);
    snap_cash(s, &f->u.limit.used);
    snap_cash(s, &f->u.limit.max);
    snap_u32(s, &f->u.limit.count);
    snap_u32(s, &f->u.limit.count_max);
    snap_text(s, f->u.limit.actor, sizeof f->u.limit.actor);
}

static void pause_snap(struct effect *f, struct snap *s) {
    SNAP_ENUM(s, &f->u.pause.event, PAUSE_EVENT_COUNT);
    snap_text(s, f->u.pause.actor, sizeof f->u.pause.actor);
    snap_u32(s, &f->u.pause.orders_cancelled);
    snap_u32(s, &f->u.pause.trades_open);
    snap_u32(s, &f->u.pause.trades_closing);
    snap_u32(s, &f->u.pause.flatten);
}

void flatten_left_snap(struct flatten_left *l, struct snap *s) {
    snap_u32(s, &l->trades);
    snap_u32(s, &l->entries);
    snap_u32(s, &l->exits);
    snap_u32(s, &l->unknown);
}

static void flatten_snap(struct flatten_report *r, struct snap *s) {
    SNAP_ENUM(s, &r->event, FLATTEN_EVENT_COUNT);
    SNAP_ENUM(s, &r->verb, OP_VERB_COUNT);
    snap_u32(s, &r->number);
    snap_text(s, r->actor, sizeof r->actor);
    snap_when(s, &r->began);
    snap_u32(s, &r->tries);
    snap_u32(s, &r->cancelled);
    snap_u32(s, &r->closed);
    snap_cash(s, &r->result);
    flatten_left_snap(&r->left, s);
    snap_count(s, &r->shown_count, FLATTEN_SHOWN_MAX);
    for (uint32_t i = 0; i < r->shown_count; i++) {
        snap_u32(s, &r->shown[i].trade);
        snap_u16(s, &r->shown[i].instrument);
        SNAP_ENUM(s, &r->shown[i].side, SIDE_COUNT);
        snap_qty(s, &r->shown[i].qty);
    }
}

static void strategy_snap(struct effect *f, struct snap *s) {
    snap_u16(s, &f->u.strategy.strategy);
    snap_bool(s, &f->u.strategy.on);
    snap_text(s, f->u.strategy.actor, sizeof f->u.strategy.actor);
    snap_u32(s, &f->u.strategy.orders_cancelled);
    snap_u32(s, &f->u.strategy.trades_open);
}

static void day_snap(struct effect *f, struct snap *s) {
    snap_i32(s, &f->u.day.day);
    stats_snap(&f->u.day.stats, s);
    snap_cash(s, &f->u.day.equity_first);
    snap_cash(s, &f->u.day.equity_last);
    snap_u32(s, &f->u.day.open_trades);
}

static void protect_snap(struct effect *f, struct snap *s) {
    snap_u64(s, &f->u.protect.entry_order);
    snap_u32(s, &f->u.protect.trade);
    snap_price(s, &f->u.protect.stop);
    snap_price(s, &f->u.protect.target);
}

static void market_snap(struct effect *f, struct snap *s) {
    SNAP_ENUM(s, &f->u.market.event, MARKET_EVENT_COUNT);
    snap_i32(s, &f->u.market.instrument);
    snap_i64(s, &f->u.market.ratio_ppm);
    if (f->u.market.event != MARKET_WEEKEND) return; /* the others have no more, and their digest is what it was */
    snap_when(s, &f->u.market.closes);
    snap_when(s, &f->u.market.opens);
    snap_u32(s, &f->u.market.trades);
    snap_bool(s, &f->u.market.flat);
}

static void roll_snap(struct roll_report *r, struct snap *s) {
    SNAP_ENUM(s, &r->event, ROLL_EVENT_COUNT);
    SNAP_ENUM(s, &r->why, ROLL_WHY_COUNT);
    snap_u16(s, &r->instrument);
    snap_u16(s, &r->from);
    snap_u16(s, &r->to);
    snap_i32(s, &r->roll);
    snap_i32(s, &r->expires);
    SNAP_ENUM(s, &r->action, ROLL_ACTION_COUNT);
    snap_bool(s, &r->price_known);
    snap_price(s, &r->by);
    snap_u32(s, &r->trades);
    snap_u32(s, &r->rolled);
    snap_u32(s, &r->days);
    snap_u32(s, &r->trade);
}

void effect_snap(struct effect *f, struct snap *s) {
    SNAP_ENUM(s, &f->kind, EFFECT_KIND_COUNT);
    switch (f->kind) {
    case EFFECT_SUBMIT: order_snap(&f->u.submit.order, s); break;
    case EFFECT_CANCEL: snap_u64(s, &f->u.cancel.order); break;
    case EFFECT_PROTECT: protect_snap(f, s); break;
    case EFFECT_SIGNAL: signal_snap(&f->u.signal, s); break;
    case EFFECT_TRADE_OPENED: trade_snap(&f->u.opened.trade, s); break;
    case EFFECT_TRADE_CHANGED: changed_snap(f, s); break;
    case EFFECT_TRADE_CLOSED:
        trade_snap(&f->u.closed.trade, s);
        stats_snap(&f->u.closed.day, s);
        break;
    case EFFECT_ORDER_TROUBLE:
        order_snap(&f->u.trouble.order, s);
        SNAP_ENUM(s, &f->u.trouble.trouble, TROUBLE_COUNT);
        break;
    case EFFECT_LIMIT: limit_snap(f, s); break;
    case EFFECT_PAUSE: pause_snap(f, s); break;
    case EFFECT_MARKET: market_snap(f, s); break;
    case EFFECT_DAY_CLOSED: day_snap(f, s); break;
    case EFFECT_CONFIGURED:
        snap_bool(s, &f->u.configured.first);
        snap_bool(s, &f->u.configured.changed);
        break;
    case EFFECT_STRATEGY: strategy_snap(f, s); break;
    case EFFECT_QUERY: snap_u64(s, &f->u.query.order); break;
    case EFFECT_FLATTEN: flatten_snap(&f->u.flatten, s); break;
    case EFFECT_CANCELLED:
        order_snap(&f->u.cancelled.order, s);
        SNAP_ENUM(s, &f->u.cancelled.outcome, CANCEL_OUTCOME_COUNT);
        break;
    case EFFECT_DIFFERS:
        snap_u16(s, &f->u.differs.instrument);
        snap_i64(s, &f->u.differs.ours);
        snap_i64(s, &f->u.differs.theirs);
        snap_price(s, &f->u.differs.average);
        break;
    case EFFECT_ROLL: roll_snap(&f->u.roll, s); break;
    case EFFECT_KIND_COUNT: break;
    }
}
