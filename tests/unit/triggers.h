/*
 * triggers: one sample of everything that makes a message. Golden files and the tests of
 * the builders go through the same list, so a message that is not listed has no test.
 *
 */
#ifndef MIA_TESTS_TRIGGERS_H
#define MIA_TESTS_TRIGGERS_H

#include "bot/found.h"
#include "tests/unit/sample.h"

/* ---- signals ---- */

static void sample_signal(struct sample *s) {
    struct signal *g = &s->f.u.signal;
    s->f.kind = EFFECT_SIGNAL;
    *g = (struct signal){.id = 40,
                         .instrument = ES,
                         .side = SIDE_LONG,
                         .confidence = 85,
                         .entry = PX(5615),
                         .stop = PX(5611),
                         .target = PX(5621),
                         .reward_risk_ppm = 1500000,
                         .qty = QTY(1),
                         .risk = CASH(204.5),
                         .taken = true,
                         .trade = 17};
    s->config.limits.confidence_min = 60;
    s->config.limits.factors_min = 3;
    str_copy(g->reason[LANG_EN], REASON_MAX, "The close crossed above the 20-bar average.");
    str_copy(g->reason[LANG_FR], REASON_MAX, "La clôture repasse au-dessus de la moyenne 20.");
}

/* In a trend, which sends its stop farther, and with levels around the entry. */
static uint32_t signal_context(struct sample *s, struct message *out) {
    sample_signal(s);
    struct signal *g = &s->f.u.signal;
    g->factors = 4;
    g->regime = (struct regime_seen){REGIME_TREND, 14, 31400000, 420000, 640000};
    g->widen_ppm = 1500000;
    g->confluence_at = PX(5613.75);
    str_copy(g->confluence[LANG_EN], CONFLUENCE_TEXT_MAX, "3 levels converge (POC + previous day’s high + VWAP)");
    str_copy(g->confluence[LANG_FR], CONFLUENCE_TEXT_MAX, "3 niveaux convergent (POC + plus haut de la veille + VWAP)");
    return tell(s, out);
}

/* Refused for the regime, and for the advisor that is not there. */
static uint32_t signal_regime(struct sample *s, struct message *out) {
    sample_signal(s);
    struct signal *g = &s->f.u.signal;
    g->taken = false;
    g->refusal = REFUSAL_REGIME;
    g->qty = QTY_ZERO;
    g->risk = CASH_ZERO;
    g->regime = (struct regime_seen){REGIME_RANGE, 1, 14600000, 120000, 310000};
    str_copy(g->why_not[LANG_EN], REASON_MAX,
             "range for 1 bar: ADX 15, efficiency 0.12, volatility rank 31%; MovingAverage enters only in: trend");
    str_copy(g->why_not[LANG_FR], REASON_MAX,
             "range depuis 1 bougie\u00a0: ADX 15, efficacité 0,12, rang de volatilité 31\u00a0%\u00a0; MovingAverage "
             "n’entre qu’en\u00a0: tendance");
    return tell(s, out);
}

static uint32_t signal_advisor(struct sample *s, struct message *out) {
    sample_signal(s);
    struct signal *g = &s->f.u.signal;
    s->config.strategies[0].advisor = ADVISOR_REQUIRED;
    g->taken = false;
    g->refusal = REFUSAL_ADVISOR_MISSING;
    g->qty = QTY_ZERO;
    g->risk = CASH_ZERO;
    str_copy(g->why_not[LANG_EN], REASON_MAX, "MovingAverage requires an advisor, and none can answer");
    str_copy(g->why_not[LANG_FR], REASON_MAX, "MovingAverage exige un conseiller, et aucun ne peut répondre");
    return tell(s, out);
}

/* With a size, by the last question. */
static uint32_t signal_week(struct sample *s, struct message *out) {
    sample_signal(s);
    struct signal *g = &s->f.u.signal;
    g->taken = false;
    g->refusal = REFUSAL_WEEKLY_LOSS;
    g->factors = 3;
    str_copy(g->why_not[LANG_EN], REASON_MAX, "at worst the week loses $900 already, this trade risks $204.50");
    str_copy(g->why_not[LANG_FR], REASON_MAX, "au pire la semaine perd déjà 900\u00a0$, ce trade risque 204,50\u00a0$");
    return tell(s, out);
}

static uint32_t signal_taken(struct sample *s, struct message *out) {
    sample_signal(s);
    return tell(s, out);
}

static uint32_t signal_halved(struct sample *s, struct message *out) {
    sample_signal(s);
    s->f.u.signal.halved = true;
    str_copy(s->f.u.signal.sizing[LANG_EN], SIZING_TEXT_MAX,
             "1% of $50,000 ÷ 2 (cautious) = $250; ÷ $404.50 a lot = 0.61 → 0.6");
    str_copy(s->f.u.signal.sizing[LANG_FR], SIZING_TEXT_MAX,
             "1\u00a0% de 50\u202f000\u00a0$ ÷ 2 (prudence) = 250\u00a0$\u00a0; ÷ 404,50\u00a0$ par lot = 0,61 → 0,6");
    return tell(s, out);
}

static uint32_t signal_ignored(struct sample *s, struct message *out) {
    sample_signal(s);
    struct signal *g = &s->f.u.signal;
    g->taken = false;
    g->confidence = 55;
    g->refusal = REFUSAL_CONFIDENCE;
    g->qty = QTY_ZERO;
    g->risk = CASH_ZERO;
    str_copy(g->why_not[LANG_EN], REASON_MAX, "Confidence 55% is below the minimum of 60%.");
    str_copy(g->why_not[LANG_FR], REASON_MAX, "Confiance de 55\u00a0% sous le minimum de 60\u00a0%.");
    return tell(s, out);
}

static uint32_t signal_paused(struct sample *s, struct message *out) {
    sample_signal(s);
    struct signal *g = &s->f.u.signal;
    g->taken = false;
    g->side = SIDE_SHORT;
    g->refusal = REFUSAL_PAUSED;
    g->target = PRICE_ZERO;
    g->qty = QTY_ZERO;
    return tell(s, out);
}

/* ---- trades ---- */

static uint32_t trade_opened(struct sample *s, struct message *out) {
    s->f.kind = EFFECT_TRADE_OPENED;
    sample_trade(&s->f.u.opened.trade);
    return tell(s, out);
}

static uint32_t trade_opened_rolled(struct sample *s, struct message *out) {
    s->f.kind = EFFECT_TRADE_OPENED;
    sample_trade(&s->f.u.opened.trade);
    s->f.u.opened.trade.rolled_from = 12;
    s->f.u.opened.trade.contract = 2027 * 12 + 2;
    return tell(s, out);
}
static uint32_t trade_opened_short(struct sample *s, struct message *out) {
    s->f.kind = EFFECT_TRADE_OPENED;
    struct trade *t = &s->f.u.opened.trade;
    sample_trade(t);
    t->instrument = XAUUSD;
    t->side = SIDE_SHORT;
    t->entry = PX(2624.81);
    t->stop = PX(2640.5);
    t->target = PRICE_ZERO;
    t->qty = t->qty_entered = QTY(0.31);
    t->risk = CASH(487.39);
    return tell(s, out);
}

static struct trade *changed(struct sample *s, enum trade_change change) {
    s->f.kind = EFFECT_TRADE_CHANGED;
    sample_trade(&s->f.u.changed.trade);
    s->f.u.changed.change = change;
    s->f.u.changed.stop_before = PX(5611);
    s->f.u.changed.at_risk = CASH(204.5);
    return &s->f.u.changed.trade;
}

static uint32_t trade_changed_fill(struct sample *s, struct message *out) {
    struct trade *t = changed(s, CHANGE_FILL);
    t->qty = t->qty_entered = QTY(3);
    s->f.u.changed.qty = QTY(2);
    s->f.u.changed.price = PX(5615.25);
    return tell(s, out);
}

static uint32_t trade_changed_part(struct sample *s, struct message *out) {
    struct trade *t = changed(s, CHANGE_PART_CLOSED);
    t->qty_entered = QTY(2);
    t->gross = CASH(150);
    s->f.u.changed.qty = QTY(1);
    s->f.u.changed.price = PX(5618);
    s->f.u.changed.result = CASH(145.5);
    return tell(s, out);
}

/* The source's own example: the stop goes to 5614, a point below the entry. That is named for what it is. */
static uint32_t trade_changed_break_even(struct sample *s, struct message *out) {
    struct trade *t = changed(s, CHANGE_BREAK_EVEN);
    t->stop = PX(5614);
    t->at_break_even = true;
    s->f.u.changed.at_risk = CASH(54.5);
    return tell(s, out);
}

static uint32_t trade_changed_break_even_free(struct sample *s, struct message *out) {
    struct trade *t = changed(s, CHANGE_BREAK_EVEN);
    t->stop = PX(5615.25);
    t->at_break_even = true;
    s->f.u.changed.at_risk = CASH(-8);
    return tell(s, out);
}

static uint32_t trade_changed_break_even_nothing(struct sample *s, struct message *out) {
    struct trade *t = changed(s, CHANGE_BREAK_EVEN);
    t->stop = PX(5615);
    t->at_break_even = true;
    s->f.u.changed.at_risk = CASH_ZERO;
    return tell(s, out);
}

static uint32_t trade_changed_trail(struct sample *s, struct message *out) {
    struct trade *t = changed(s, CHANGE_TRAIL);
    t->side = SIDE_SHORT;
    t->entry = PX(5625);
    t->target = PX(5605);
    s->f.u.changed.stop_before = PX(5625);
    t->stop = PX(5618);
    t->stop_initial = PX(5629);
    s->f.u.changed.at_risk = CASH(-345.5);
    return tell(s, out);
}

static uint32_t trade_changed_stop(struct sample *s, struct message *out) {
    struct trade *t = changed(s, CHANGE_STOP);
    t->stop = PX(5612);
    s->f.u.changed.at_risk = CASH(154.5);
    return tell(s, out);
}

static uint32_t trade_changed_closing(struct sample *s, struct message *out) {
    struct trade *t = changed(s, CHANGE_CLOSING);
    t->state = TRADE_CLOSING;
    s->f.u.changed.qty = QTY(1);
    return tell(s, out);
}

static struct trade *closed(struct sample *s, double exit, double gross, enum close_reason reason) {
    s->f.kind = EFFECT_TRADE_CLOSED;
    s->ev.market_time = AT(10, 45);
    struct trade *t = &s->f.u.closed.trade;
    sample_trade(t);
    t->state = TRADE_CLOSED;
    t->reason = reason;
    t->qty = QTY_ZERO;
    t->exit = PX(exit);
    t->gross = CASH(gross);
    t->fees = CASH(4.5);
    t->closed = AT(10, 45);
    s->f.u.closed.day = (struct stats){.trades = 3, .won = 3, .net = CASH(750), .gross_profit = CASH(750)};
    return t;
}

static uint32_t trade_closed_profit(struct sample *s, struct message *out) {
    struct trade *t = closed(s, 5621, 300, CLOSE_TARGET);
    t->fees = CASH_ZERO;
    return tell(s, out);
}

static uint32_t trade_closed_loss(struct sample *s, struct message *out) {
    closed(s, 5611, -200, CLOSE_STOP);
    s->f.u.closed.day = (struct stats){.trades = 8, .won = 5, .lost = 3, .net = CASH(1045.5)};
    return tell(s, out);
}

static uint32_t trade_closed_flat(struct sample *s, struct message *out) {
    struct trade *t = closed(s, 5615.09, 4.5, CLOSE_SOS);
    t->exit = PX(5615.09);
    s->f.u.closed.day = (struct stats){.trades = 1, .flat = 1};
    return tell(s, out);
}

/* ---- orders ---- */

static uint32_t trade_changed_stop_by_hand(struct sample *s, struct message *out) {
    str_copy(s->f.u.changed.actor, ACTOR_MAX, "telegram:400");
    struct trade *t = changed(s, CHANGE_STOP);
    t->stop = PX(5609);
    s->f.u.changed.at_risk = CASH(304.5);
    return tell(s, out);
}
static uint32_t trouble(struct sample *s, struct message *out, enum trouble kind, enum order_state state,
                        const char *note) {
    s->f.kind = EFFECT_ORDER_TROUBLE;
    s->f.u.trouble.trouble = kind;
    struct order *o = &s->f.u.trouble.order;
    *o = (struct order){.id = 1700001,
                        .trade = 17,
                        .instrument = ES,
                        .side = SIDE_LONG,
                        .state = state,
                        .qty = QTY(2),
                        .filled = QTY(state == ORDER_FILLED ? 2 : 0),
                        .stop = PX(5611)};
    str_copy(o->note, sizeof o->note, note);
    return tell(s, out);
}

static uint32_t order_rejected(struct sample *s, struct message *out) {
    return trouble(s, out, TROUBLE_REJECTED, ORDER_REJECTED, "Account DU1234567: insufficient *margin* @everyone");
}
static uint32_t order_expired(struct sample *s, struct message *out) {
    return trouble(s, out, TROUBLE_REJECTED, ORDER_EXPIRED, "");
}
/* More was filled than is held: the engine tells it as an unknown that has an answer. */
static uint32_t order_surplus(struct sample *s, struct message *out) {
    trouble(s, out, TROUBLE_UNKNOWN, ORDER_UNKNOWN, "");
    s->f.u.trouble.order.filled = QTY(3);
    return tell(s, out);
}
/* The entry is so long gone that the engine knows neither its side nor its size any more. */
static uint32_t order_protect_refused_old(struct sample *s, struct message *out) {
    return trouble(s, out, TROUBLE_PROTECT_REFUSED, ORDER_NEW, "");
}
static uint32_t order_unknown(struct sample *s, struct message *out) {
    return trouble(s, out, TROUBLE_UNKNOWN, ORDER_UNKNOWN, "");
}
static uint32_t order_resolved(struct sample *s, struct message *out) {
    return trouble(s, out, TROUBLE_RESOLVED, ORDER_CANCELLED, "");
}
static uint32_t order_naked(struct sample *s, struct message *out) {
    return trouble(s, out, TROUBLE_NAKED, ORDER_FILLED, "");
}
static uint32_t order_protect_refused(struct sample *s, struct message *out) {
    return trouble(s, out, TROUBLE_PROTECT_REFUSED, ORDER_FILLED, "stop too close <3 ticks>");
}

/* ---- limits ---- */

static uint32_t limit(struct sample *s, struct message *out, enum limit_event event, enum limit_kind kind) {
    s->f.kind = EFFECT_LIMIT;
    s->ev.market_time = AT(14, 32);
    s->f.u.limit.event = event;
    s->f.u.limit.limit = kind;
    s->f.u.limit.used = CASH(event == LIMIT_REACHED ? 512.5 : event == LIMIT_LIFTED ? 0 : 450);
    s->f.u.limit.max = CASH(kind == LIMIT_DRAWDOWN ? 1000 : 500);
    s->f.u.limit.count = event == LIMIT_REACHED ? 10 : 9;
    s->f.u.limit.count_max = 10;
    if (event == LIMIT_CAUTIOUS_OFF || event == LIMIT_LIFTED) { /* ended with the day: the engine gives no figures */
        s->f.u.limit.used = s->f.u.limit.max = CASH_ZERO;
        s->f.u.limit.count = s->f.u.limit.count_max = 0;
    }
    return tell(s, out);
}

static uint32_t limit_near(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_NEAR, LIMIT_DAILY_LOSS);
}
static uint32_t limit_near_drawdown(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_NEAR, LIMIT_DRAWDOWN);
}
static uint32_t limit_near_trades(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_NEAR, LIMIT_DAILY_TRADES);
}
static uint32_t limit_near_losses(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_NEAR, LIMIT_CONSECUTIVE_LOSSES);
}
static uint32_t limit_cautious_on(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_CAUTIOUS_ON, LIMIT_DAILY_LOSS);
}
static uint32_t limit_cautious_off(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_CAUTIOUS_OFF, LIMIT_DAILY_LOSS);
}
static uint32_t limit_reached(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_REACHED, LIMIT_DAILY_LOSS);
}
static uint32_t limit_reached_trades(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_REACHED, LIMIT_DAILY_TRADES);
}
static uint32_t limit_reached_losses(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_REACHED, LIMIT_CONSECUTIVE_LOSSES);
}
static uint32_t limit_reached_drawdown(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_REACHED, LIMIT_DRAWDOWN);
}
static uint32_t limit_reached_week(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_REACHED, LIMIT_WEEKLY_LOSS);
}
static uint32_t limit_reached_month(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_REACHED, LIMIT_MONTHLY_LOSS);
}
static uint32_t limit_reached_errors(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_REACHED, LIMIT_ERRORS);
}
static uint32_t limit_reached_open_risk(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_REACHED, LIMIT_OPEN_RISK);
}
static uint32_t limit_overridden(struct sample *s, struct message *out) {
    str_copy(s->f.u.limit.actor, ACTOR_MAX, "discord:3000");
    return limit(s, out, LIMIT_OVERRIDDEN, LIMIT_WEEKLY_LOSS);
}
static uint32_t limit_lifted(struct sample *s, struct message *out) {
    return limit(s, out, LIMIT_LIFTED, LIMIT_DAILY_LOSS);
}

/* ---- pause, market, day, configuration ---- */

static uint32_t pause_event(struct sample *s, struct message *out, enum pause_event event) {
    s->f.kind = EFFECT_PAUSE;
    s->f.u.pause.event = event;
    str_copy(s->f.u.pause.actor, ACTOR_MAX, "discord:3000000000000000001");
    s->f.u.pause.orders_cancelled = event == PAUSE_OFF ? 0 : 1;
    s->f.u.pause.trades_open = 2;
    s->f.u.pause.trades_closing = event == PAUSE_SOS ? 2 : 0;
    return tell(s, out);
}
static uint32_t pause_on(struct sample *s, struct message *out) {
    return pause_event(s, out, PAUSE_ON);
}
static uint32_t pause_off(struct sample *s, struct message *out) {
    return pause_event(s, out, PAUSE_OFF);
}
static uint32_t pause_sos(struct sample *s, struct message *out) {
    return pause_event(s, out, PAUSE_SOS);
}

static uint32_t pause_flatten(struct sample *s, struct message *out) {
    s->f.u.pause.flatten = 3;
    return pause_event(s, out, PAUSE_FLATTEN);
}

/* ---- flatten, cancel ---- */

static struct flatten_report *flatten(struct sample *s, enum flatten_event event) {
    struct flatten_report *r = &s->f.u.flatten;
    s->f.kind = EFFECT_FLATTEN;
    *r = (struct flatten_report){.event = event,
                                 .verb = OP_FLATTEN,
                                 .number = 3,
                                 .began = when_add_ms(s->ev.wall_time, -64000),
                                 .tries = 5,
                                 .cancelled = 1,
                                 .closed = 2,
                                 .result = CASH(120.5)};
    str_copy(r->actor, ACTOR_MAX, "discord:3000000000000000001");
    return r;
}
static struct flatten_report *left_over(struct flatten_report *r) {
    r->left = (struct flatten_left){.trades = 10, .exits = 1};
    r->shown_count = 1;
    r->shown[0].trade = 17;
    r->shown[0].instrument = ES;
    r->shown[0].side = SIDE_SHORT;
    r->shown[0].qty = QTY(2);
    return r;
}
static uint32_t flatten_progress(struct sample *s, struct message *out) {
    left_over(flatten(s, FLATTEN_PROGRESS))->left.entries = 2;
    return tell(s, out);
}
static uint32_t flatten_slow(struct sample *s, struct message *out) {
    left_over(flatten(s, FLATTEN_SLOW));
    return tell(s, out);
}
static uint32_t flatten_unverified(struct sample *s, struct message *out) {
    flatten(s, FLATTEN_UNVERIFIED)->left.unknown = 2;
    return tell(s, out);
}
static uint32_t flatten_stuck(struct sample *s, struct message *out) {
    left_over(flatten(s, FLATTEN_STUCK))->verb = OP_SOS;
    return tell(s, out);
}
static uint32_t flatten_done(struct sample *s, struct message *out) {
    flatten(s, FLATTEN_DONE);
    return tell(s, out);
}
static uint32_t flatten_done_empty(struct sample *s, struct message *out) {
    flatten(s, FLATTEN_DONE)->closed = 0;
    return tell(s, out);
}
static uint32_t flatten_given_up(struct sample *s, struct message *out) {
    left_over(flatten(s, FLATTEN_GIVEN_UP));
    return tell(s, out);
}

static uint32_t cancelled(struct sample *s, struct message *out, enum cancel_outcome outcome, double filled) {
    s->f.kind = EFFECT_CANCELLED;
    s->f.u.cancelled.order =
        (struct order){.id = 1700001, .trade = 17, .instrument = ES, .qty = QTY(2), .filled = QTY(filled)};
    s->f.u.cancelled.outcome = outcome;
    return tell(s, out);
}
static uint32_t cancelled_done(struct sample *s, struct message *out) {
    return cancelled(s, out, CANCEL_DONE, 0);
}
static uint32_t cancelled_part(struct sample *s, struct message *out) {
    return cancelled(s, out, CANCEL_PART, 1);
}
static uint32_t cancelled_late(struct sample *s, struct message *out) {
    return cancelled(s, out, CANCEL_LATE, 2);
}
static uint32_t cancelled_refused(struct sample *s, struct message *out) {
    return cancelled(s, out, CANCEL_REFUSED, 0);
}

static uint32_t differs(struct sample *s, struct message *out, int64_t ours, int64_t theirs) {
    s->f.kind = EFFECT_DIFFERS;
    s->f.u.differs.instrument = ES;
    s->f.u.differs.ours = ours * QTY_SCALE;
    s->f.u.differs.theirs = theirs * QTY_SCALE;
    return tell(s, out);
}
static uint32_t venue_differs(struct sample *s, struct message *out) {
    return differs(s, out, 2, -1);
}
static uint32_t venue_holds_more(struct sample *s, struct message *out) {
    return differs(s, out, 0, 3);
}
static uint32_t venue_agrees(struct sample *s, struct message *out) {
    return differs(s, out, 2, 2);
}

/* ES from December to March: the roll is on the 10th. */
static struct roll_report *roll(struct sample *s, enum roll_event event) {
    s->f.kind = EFFECT_ROLL;
    roll_config_builtin("ES", &s->config.instruments[ES].roll);
    s->f.u.roll = (struct roll_report){.event = event,
                                       .instrument = ES,
                                       .from = 2026 * 12 + 11,
                                       .to = 2027 * 12 + 2,
                                       .roll = 20797, /* 2026-12-10 */
                                       .expires = 20805};
    return &s->f.u.roll;
}
static uint32_t roll_warning(struct sample *s, struct message *out) {
    roll(s, ROLL_WARNING)->trades = 1;
    return tell(s, out);
}
static uint32_t roll_warning_over(struct sample *s, struct message *out) {
    struct roll_report *r = roll(s, ROLL_WARNING);
    r->action = ROLL_OVER;
    r->trades = 2;
    return tell(s, out);
}
static uint32_t roll_warning_volume(struct sample *s, struct message *out) {
    roll(s, ROLL_WARNING)->days = 1;
    s->config.instruments[ES].roll.rule = ROLL_VOLUME;
    return tell(s, out);
}
static uint32_t roll_warning_last(struct sample *s, struct message *out) {
    roll(s, ROLL_WARNING)->to = 0;
    return tell(s, out);
}
static uint32_t roll_closing(struct sample *s, struct message *out) {
    roll(s, ROLL_CLOSING)->trades = 2;
    return tell(s, out);
}
static uint32_t roll_closing_over(struct sample *s, struct message *out) {
    struct roll_report *r = roll(s, ROLL_CLOSING);
    r->action = ROLL_OVER;
    r->trades = 1;
    return tell(s, out);
}
static uint32_t roll_closing_last(struct sample *s, struct message *out) {
    struct roll_report *r = roll(s, ROLL_CLOSING);
    r->to = 0;
    r->trades = 1;
    return tell(s, out);
}
static uint32_t roll_done(struct sample *s, struct message *out) {
    roll(s, ROLL_DONE);
    return tell(s, out);
}
static uint32_t roll_done_over(struct sample *s, struct message *out) {
    struct roll_report *r = roll(s, ROLL_DONE);
    r->why = ROLL_BY_VOLUME;
    r->days = 2;
    r->price_known = true;
    r->by = PX(50.25);
    r->trades = 3;
    r->rolled = 2;
    return tell(s, out);
}
static uint32_t roll_done_fallback(struct sample *s, struct message *out) {
    roll(s, ROLL_DONE)->why = ROLL_BY_FALLBACK;
    return tell(s, out);
}
static uint32_t roll_done_expiry(struct sample *s, struct message *out) {
    roll(s, ROLL_DONE)->why = ROLL_BY_EXPIRY;
    return tell(s, out);
}
static uint32_t roll_done_data(struct sample *s, struct message *out) {
    struct roll_report *r = roll(s, ROLL_DONE);
    r->why = ROLL_BY_DATA;
    r->trades = 1;
    return tell(s, out);
}
static uint32_t roll_lost(struct sample *s, struct message *out) {
    struct roll_report *r = roll(s, ROLL_LOST);
    r->from = r->to;
    r->trade = 17;
    return tell(s, out);
}

static uint32_t market(struct sample *s, struct message *out, enum market_event event, int32_t instrument) {
    s->f.kind = EFFECT_MARKET;
    s->f.u.market.event = event;
    s->f.u.market.instrument = instrument;
    s->f.u.market.ratio_ppm = 4230000;
    return tell(s, out);
}
static uint32_t market_weekend(struct sample *s, struct message *out) {
    s->f.u.market.closes = when_from_sec(1764363600); /* Friday 2025-11-28 21:00Z */
    s->f.u.market.opens = when_from_sec(1764543600);
    s->f.u.market.trades = 2;
    return market(s, out, MARKET_WEEKEND, XAUUSD);
}
static uint32_t market_weekend_flat(struct sample *s, struct message *out) {
    s->f.u.market.closes = when_from_sec(1764363600);
    s->f.u.market.trades = 1;
    s->f.u.market.flat = true;
    return market(s, out, MARKET_WEEKEND, XAUUSD);
}
static uint32_t market_danger(struct sample *s, struct message *out) {
    return market(s, out, MARKET_DANGER, XAUUSD);
}
static uint32_t market_stale(struct sample *s, struct message *out) {
    return market(s, out, MARKET_STALE, -1);
}
static uint32_t market_lost(struct sample *s, struct message *out) {
    return market(s, out, MARKET_LOST, -1);
}
static uint32_t market_back(struct sample *s, struct message *out) {
    return market(s, out, MARKET_BACK, -1);
}
static uint32_t market_ended(struct sample *s, struct message *out) {
    return market(s, out, MARKET_ENDED, -1);
}

static uint32_t day_closed(struct sample *s, struct message *out) {
    s->f.kind = EFFECT_DAY_CLOSED;
    s->ev.market_time = AT(22, 0);
    s->f.u.day.day = SAMPLE_DAY;
    s->f.u.day.stats = (struct stats){.trades = 8,
                                      .won = 5,
                                      .lost = 3,
                                      .signals = 14,
                                      .taken = 8,
                                      .gross_profit = CASH(2386.36),
                                      .gross_loss = CASH(-1136.36),
                                      .net = CASH(1250),
                                      .fees = CASH(36),
                                      .best = CASH(450),
                                      .worst = CASH(-150),
                                      .drawdown_max = CASH(310)};
    s->f.u.day.equity_first = CASH(100000);
    s->f.u.day.equity_last = CASH(101250);
    s->f.u.day.open_trades = 1;
    return tell(s, out);
}

static uint32_t day_closed_empty(struct sample *s, struct message *out) {
    s->f.kind = EFFECT_DAY_CLOSED;
    s->f.u.day.day = SAMPLE_DAY + 1;
    s->f.u.day.equity_first = s->f.u.day.equity_last = CASH(100000);
    return tell(s, out);
}

/* ---- the shell ---- */

static struct found found_clean(struct sample *s) {
    struct found f = {.version = "0.2.0",
                      .end = RUN_STOPPED,
                      .ended = AT(15, 50),
                      .down_ms = 720000,
                      .number = 3,
                      .schema_before = 2,
                      .schema = 2,
                      .status = s->status};
    str_copy(f.version_before, sizeof f.version_before, "0.2.0");
    return f;
}
static uint32_t start_told(struct sample *s, const struct found *f, struct message *out) {
    return message_start(&s->ctx, s->arena, f, out);
}
static uint32_t start(struct sample *s, struct message *out) {
    struct found f = found_clean(s);
    return start_told(s, &f, out);
}
static uint32_t start_first(struct sample *s, struct message *out) {
    struct found f = found_clean(s);
    f.end = RUN_FIRST;
    f.version_before[0] = '\0';
    f.schema_before = 0;
    return start_told(s, &f, out);
}
/* One that asks for an advisor: it will enter nothing. */
static uint32_t start_advisor(struct sample *s, struct message *out) {
    struct found f = found_clean(s);
    s->config.strategies[0].advisor = ADVISOR_REQUIRED;
    return start_told(s, &f, out);
}
static uint32_t start_paused(struct sample *s, struct message *out) {
    s->status = (struct engine_status){.paused = true,
                                       .paused_at = AT(14, 45),
                                       .open_trades = 2,
                                       .live_orders = 1,
                                       .suspended = true,
                                       .cautious = true};
    str_copy(s->status.paused_by, ACTOR_MAX, "telegram:400");
    struct found f = found_clean(s);
    sample_trade(&f.trade[0]);
    sample_trade(&f.trade[1]);
    f.trade[1].id = 18;
    f.trade[1].instrument = XAUUSD;
    f.trade[1].side = SIDE_SHORT;
    f.trade[1].stop = PX(2651.4);
    f.trade[1].protection = PROTECTION_PENDING;
    f.trades = 2;
    f.late = 14;
    f.repeats = 2;
    return start_told(s, &f, out);
}
static uint32_t start_cut(struct sample *s, struct message *out) {
    struct found f = found_clean(s);
    f.end = RUN_CUT;
    f.ended = AT(15, 59);
    f.down_ms = 180000;
    f.cuts = 1;
    f.late = 1;
    return start_told(s, &f, out);
}
static struct found found_loop(struct sample *s) {
    struct found f = found_clean(s);
    f.end = RUN_CUT;
    f.ended = AT(16, 1);
    f.down_ms = 4000;
    f.since = AT(15, 55);
    f.again = true;
    return f;
}
static uint32_t start_cut_thrice(struct sample *s, struct message *out) {
    struct found f = found_loop(s);
    f.cuts = FOUND_LOOP;
    return start_told(s, &f, out);
}
static uint32_t start_cut_again(struct sample *s, struct message *out) {
    struct found f = found_loop(s);
    f.cuts = 7;
    f.quiet = true;
    return start_told(s, &f, out);
}
static uint32_t start_upgraded(struct sample *s, struct message *out) {
    struct found f = found_clean(s);
    str_copy(f.version_before, sizeof f.version_before, "0.1.0");
    f.schema_before = 1;
    f.expired = 3;
    f.again = f.quiet = true;
    f.limits_wait = true;
    f.changes = 14;
    for (uint32_t i = 0; i < FOUND_CHANGES_MAX; i++)
        f.change[i] = i % 2 ? (struct found_change){"execution.risk.max_daily_trades", "8 → 10"}
                            : (struct found_change){"locale", "– → fr"};
    return start_told(s, &f, out);
}
static uint32_t start_not_recorded(struct sample *s, struct message *out) {
    struct found f = found_clean(s);
    str_copy(f.version_before, sizeof f.version_before, "0.1.0");
    f.end = RUN_NOT_RECORDED;
    return start_told(s, &f, out);
}
static uint32_t start_clock_back(struct sample *s, struct message *out) {
    struct found f = found_clean(s);
    f.ended = AT(17, 30);
    f.down_ms = -5280000;
    return start_told(s, &f, out);
}
static uint32_t start_trouble(struct sample *s, struct message *out) {
    s->status = (struct engine_status){.open_trades = 12, .unknown_orders = 1, .live_orders = 1};
    struct found f = found_clean(s);
    f.end = RUN_CUT;
    f.cuts = 1;
    f.trades = FOUND_TRADES_MAX;
    for (uint32_t i = 0; i < f.trades; i++) sample_trade(&f.trade[i]);
    f.trade[3].stop = (price_t){0};
    f.naked = 1;
    f.unknown[0] = (struct order){.id = 1790000000001, .instrument = ES, .state = ORDER_UNKNOWN};
    return start_told(s, &f, out);
}
static uint32_t start_lost_state(struct sample *s, struct message *out) {
    struct found f = found_clean(s);
    f.lost_state = true;
    return start_told(s, &f, out);
}
static uint32_t stop_flat(struct sample *s, struct message *out) {
    return message_stop(&s->ctx, s->arena, out);
}
static uint32_t stop_open(struct sample *s, struct message *out) {
    s->status.open_trades = 2;
    return message_stop(&s->ctx, s->arena, out);
}
static uint32_t setting(struct sample *s, struct message *out, enum setting_event event) {
    bool looser = event == SETTING_LOOSER || event == SETTING_DUE;
    const struct setting_news n = {.event = event,
                                   .key = "trading.risk_management.max_daily_loss",
                                   .by = event == SETTING_DUE ? "" : "discord:3000000000000000001",
                                   .before = {"2% ($2,000)", "2\u00a0% (2\u202f000\u00a0$)"},
                                   .after = {looser ? "3% ($3,000)" : "1% ($1,000)",
                                             looser ? "3\u00a0% (3\u202f000\u00a0$)" : "1\u00a0% (1\u202f000\u00a0$)"},
                                   .day = {"Jan 7, 2025 00:00", "7 janv. 2025 00:00"},
                                   .unset = event == SETTING_TIGHTER,
                                   .mentors = event == SETTING_LOOSER};
    return message_setting(&s->ctx, s->arena, &n, out);
}
static uint32_t setting_tighter(struct sample *s, struct message *out) {
    return setting(s, out, SETTING_TIGHTER);
}
static uint32_t setting_looser(struct sample *s, struct message *out) {
    return setting(s, out, SETTING_LOOSER);
}
static uint32_t setting_neutral(struct sample *s, struct message *out) {
    return setting(s, out, SETTING_NEUTRAL);
}
static uint32_t setting_due(struct sample *s, struct message *out) {
    return setting(s, out, SETTING_DUE);
}
static uint32_t strategy(struct sample *s, struct message *out, bool on) {
    s->f.kind = EFFECT_STRATEGY;
    s->f.u.strategy.on = on;
    s->f.u.strategy.orders_cancelled = on ? 0 : 1;
    s->f.u.strategy.trades_open = 2;
    str_copy(s->f.u.strategy.actor, ACTOR_MAX, "telegram:400");
    return tell(s, out);
}
static uint32_t strategy_on(struct sample *s, struct message *out) {
    return strategy(s, out, true);
}
static uint32_t strategy_off(struct sample *s, struct message *out) {
    return strategy(s, out, false);
}
static uint32_t usage(struct sample *s, struct message *out) {
    return message_usage(&s->ctx, s->arena, 12, 1, 3, out);
}
static uint32_t fault(struct sample *s, struct message *out) {
    return message_fault(&s->ctx, s->arena, "discord.fatal", URGENCY_URGENT,
                         "Discord refuses the token (4004): this transport stops for good.",
                         "Discord refuse le jeton (4004)\u00a0: ce transport s’arrête pour de bon.", out);
}
static uint32_t fault_minor(struct sample *s, struct message *out) {
    return message_fault(&s->ctx, s->arena, "telegram.topic", URGENCY_IMPORTANT, "A topic was deleted.",
                         "Un sujet a été supprimé.", out);
}
static uint32_t fault_over(struct sample *s, struct message *out) {
    return message_fault_over(&s->ctx, s->arena, "discord.down", "Connected again after 12 min.",
                              "Reconnecté après 12\u00a0min.", out);
}
static uint32_t upkeep(struct sample *s, struct message *out, enum upkeep_kind kind, int64_t a) {
    return message_upkeep(&s->ctx, s->arena, &(struct upkeep){.kind = kind, .a = a}, out);
}
static uint32_t upkeep_disk_low(struct sample *s, struct message *out) {
    return upkeep(s, out, UPKEEP_DISK_LOW, 412ll << 20);
}
static uint32_t upkeep_outbox(struct sample *s, struct message *out) {
    return message_upkeep(&s->ctx, s->arena,
                          &(struct upkeep){.kind = UPKEEP_OUTBOX, .a = 320, .b = 5400000, .text = "Telegram"}, out);
}
static uint32_t upkeep_store_gone(struct sample *s, struct message *out) {
    return message_upkeep(&s->ctx, s->arena,
                          &(struct upkeep){.kind = UPKEEP_STORE_GONE,
                                           .text = "PostgreSQL cannot be reached: timeout",
                                           .text_fr = "PostgreSQL est injoignable\u00a0: timeout"},
                          out);
}
static uint32_t upkeep_store_back(struct sample *s, struct message *out) {
    return upkeep(s, out, UPKEEP_STORE_BACK, 95000);
}

struct trigger {
    const char *name;
    uint32_t (*tell)(struct sample *s, struct message *out);
};

static const struct trigger triggers[] = {
    {"signal_taken", signal_taken},
    {"signal_context", signal_context},
    {"signal_regime", signal_regime},
    {"signal_advisor", signal_advisor},
    {"signal_week", signal_week},
    {"signal_halved", signal_halved},
    {"signal_ignored", signal_ignored},
    {"signal_paused", signal_paused},
    {"trade_opened", trade_opened},
    {"trade_opened_rolled", trade_opened_rolled},
    {"trade_opened_short", trade_opened_short},
    {"trade_changed_fill", trade_changed_fill},
    {"trade_changed_part", trade_changed_part},
    {"trade_changed_break_even", trade_changed_break_even},
    {"trade_changed_break_even_free", trade_changed_break_even_free},
    {"trade_changed_break_even_nothing", trade_changed_break_even_nothing},
    {"trade_changed_trail", trade_changed_trail},
    {"trade_changed_stop", trade_changed_stop},
    {"trade_changed_stop_by_hand", trade_changed_stop_by_hand},
    {"trade_changed_closing", trade_changed_closing},
    {"trade_closed_profit", trade_closed_profit},
    {"trade_closed_loss", trade_closed_loss},
    {"trade_closed_flat", trade_closed_flat},
    {"order_rejected", order_rejected},
    {"order_expired", order_expired},
    {"order_surplus", order_surplus},
    {"order_protect_refused_old", order_protect_refused_old},
    {"order_unknown", order_unknown},
    {"order_resolved", order_resolved},
    {"order_naked", order_naked},
    {"order_protect_refused", order_protect_refused},
    {"limit_near", limit_near},
    {"limit_near_drawdown", limit_near_drawdown},
    {"limit_near_trades", limit_near_trades},
    {"limit_near_losses", limit_near_losses},
    {"limit_cautious_on", limit_cautious_on},
    {"limit_cautious_off", limit_cautious_off},
    {"limit_reached", limit_reached},
    {"limit_reached_trades", limit_reached_trades},
    {"limit_reached_losses", limit_reached_losses},
    {"limit_reached_drawdown", limit_reached_drawdown},
    {"limit_reached_week", limit_reached_week},
    {"limit_reached_month", limit_reached_month},
    {"limit_reached_errors", limit_reached_errors},
    {"limit_reached_open_risk", limit_reached_open_risk},
    {"limit_overridden", limit_overridden},
    {"limit_lifted", limit_lifted},
    {"pause_on", pause_on},
    {"pause_off", pause_off},
    {"pause_sos", pause_sos},
    {"pause_flatten", pause_flatten},
    {"flatten_progress", flatten_progress},
    {"flatten_slow", flatten_slow},
    {"flatten_unverified", flatten_unverified},
    {"flatten_stuck", flatten_stuck},
    {"flatten_done", flatten_done},
    {"flatten_done_empty", flatten_done_empty},
    {"flatten_given_up", flatten_given_up},
    {"cancelled_done", cancelled_done},
    {"cancelled_part", cancelled_part},
    {"cancelled_late", cancelled_late},
    {"cancelled_refused", cancelled_refused},
    {"market_danger", market_danger},
    {"market_stale", market_stale},
    {"market_lost", market_lost},
    {"market_back", market_back},
    {"market_ended", market_ended},
    {"market_weekend", market_weekend},
    {"market_weekend_flat", market_weekend_flat},
    {"venue_differs", venue_differs},
    {"venue_holds_more", venue_holds_more},
    {"venue_agrees", venue_agrees},
    {"roll_warning", roll_warning},
    {"roll_warning_over", roll_warning_over},
    {"roll_warning_volume", roll_warning_volume},
    {"roll_warning_last", roll_warning_last},
    {"roll_closing", roll_closing},
    {"roll_closing_over", roll_closing_over},
    {"roll_closing_last", roll_closing_last},
    {"roll_done", roll_done},
    {"roll_done_over", roll_done_over},
    {"roll_done_fallback", roll_done_fallback},
    {"roll_done_expiry", roll_done_expiry},
    {"roll_done_data", roll_done_data},
    {"roll_lost", roll_lost},
    {"day_closed", day_closed},
    {"day_closed_empty", day_closed_empty},
    {"start", start},
    {"start_paused", start_paused},
    {"start_lost_state", start_lost_state},
    {"start_first", start_first},
    {"start_advisor", start_advisor},
    {"start_cut", start_cut},
    {"start_cut_thrice", start_cut_thrice},
    {"start_cut_again", start_cut_again},
    {"start_upgraded", start_upgraded},
    {"start_not_recorded", start_not_recorded},
    {"start_clock_back", start_clock_back},
    {"start_trouble", start_trouble},
    {"stop", stop_flat},
    {"stop_open", stop_open},
    {"setting_tighter", setting_tighter},
    {"setting_looser", setting_looser},
    {"setting_neutral", setting_neutral},
    {"setting_due", setting_due},
    {"strategy_on", strategy_on},
    {"strategy_off", strategy_off},
    {"usage", usage},
    {"fault", fault},
    {"fault_minor", fault_minor},
    {"fault_over", fault_over},
    {"upkeep_disk_low", upkeep_disk_low},
    {"upkeep_store_gone", upkeep_store_gone},
    {"upkeep_store_back", upkeep_store_back},
    {"upkeep_outbox", upkeep_outbox},
};
#define TRIGGERS (sizeof triggers / sizeof triggers[0])

#endif
