/*
 * day: the end of a trading day and the figures of closed trades. Owns the statistics.
 * The day's first equity is what the account was worth, at the last known prices, when
 * the first event of the day came.
 */
#include "engine/state.h"

#include <string.h>

void stats_add_trade(struct tally *t, cash_t net, cash_t fees, cash_t risk) {
    struct stats *s = &t->s;
    s->trades++;
    s->won += net.v > 0;
    s->lost += net.v < 0;
    s->flat += net.v == 0;
    cash_add(net.v > 0 ? s->gross_profit : s->gross_loss, net, net.v > 0 ? &s->gross_profit : &s->gross_loss);
    cash_add(s->net, net, &s->net);
    cash_add(s->fees, fees, &s->fees);
    if (s->trades == 1 || net.v > s->best.v) s->best = net;
    if (s->trades == 1 || net.v < s->worst.v) s->worst = net;
    if (net.v > 0) s->losses_in_row = 0;
    if (net.v < 0) s->losses_in_row++;
    if (s->losses_in_row > s->losses_in_row_max) s->losses_in_row_max = s->losses_in_row;
    if (s->net.v > t->peak.v) t->peak = s->net;
    if (t->peak.v - s->net.v > s->drawdown_max.v) s->drawdown_max.v = t->peak.v - s->net.v;
    if (risk.v > 0) s->r_sum += (double)net.v / (double)risk.v;
}

void tally_snap(struct tally *t, struct snap *s) {
    stats_snap(&t->s, s);
    snap_cash(s, &t->peak);
}

static void tell_day(const struct engine *e, struct effects *out) {
    struct effect *f = effect_add(out, EFFECT_DAY_CLOSED);
    f->u.day.day = e->day;
    f->u.day.stats = e->day_stats.s;
    f->u.day.equity_first = e->day_first_equity;
    f->u.day.open_trades = e->trade_count;
    if (!equity_now(e, &f->u.day.equity_last)) f->u.day.equity_last = e->balance;
}

void day_roll(struct engine *e, int32_t day, struct effects *out) {
    int32_t before = e->day;
    if (e->day_has_data) tell_day(e, out);
    e->day = day;
    e->day_has_data = false;
    memset(&e->day_stats, 0, sizeof e->day_stats);
    /* Where it refuses entries, nothing newer comes in: without this one bad fill would close a symbol for good. */
    for (uint32_t i = 0; i < e->config.instrument_count; i++) e->markets[i].slippage_ppm /= 2;
    limits_new_day(e, before, out);
}

const struct stats *engine_stats(const struct engine *e, enum stats_span span) {
    return span == STATS_DAY ? &e->day_stats.s : &e->total_stats.s;
}

const struct stats *engine_strategy_stats(const struct engine *e, uint16_t strategy) {
    return strategy < e->config.strategy_count ? &e->strategy_stats[strategy].s : NULL;
}
