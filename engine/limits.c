/*
 * limits: which limits hold today and how much of them is used. Owns the day's entry
 * counts. What happens near a limit and at it is in breakers.c.
 */
#include "engine/state.h"

#include <string.h>

int64_t ppm_of(int64_t ppm, cash_t of) {
    int64_t v;
    return mul_div(ppm, of.v, PPM, &v) ? v : INT64_MAX;
}

static cash_t first_equity(const struct engine *e, enum limit_kind kind) {
    return kind == LIMIT_DAILY_LOSS    ? e->day_first_equity
           : kind == LIMIT_WEEKLY_LOSS ? e->week_first_equity
                                       : e->month_first_equity;
}

uint32_t loss_limits(const struct engine *e, enum limit_kind kind, struct money_limit out[MONEY_LIMITS_MAX]) {
    const struct limits *l = &e->config.limits;
    const struct {
        const char *key;
        enum limit_kind kind;
        cash_t amount;
        int64_t ppm;
    } all[] = {
        {"trading.risk_management.max_daily_loss_amount", LIMIT_DAILY_LOSS, l->daily_loss, 0},
        {"trading.risk_management.max_daily_loss", LIMIT_DAILY_LOSS, CASH_ZERO, l->daily_loss_ppm},
        {"execution.risk.max_daily_loss", LIMIT_DAILY_LOSS, CASH_ZERO, l->execution_daily_loss_ppm},
        {"circuit_breakers.max_daily_loss_pct", LIMIT_DAILY_LOSS, CASH_ZERO, l->breaker_daily_loss_ppm},
        {"trading.risk_management.max_weekly_loss", LIMIT_WEEKLY_LOSS, CASH_ZERO, l->weekly_loss_ppm},
        {"trading.risk_management.max_monthly_loss", LIMIT_MONTHLY_LOSS, CASH_ZERO, l->monthly_loss_ppm},
    };
    uint32_t n = 0;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].kind != kind || (all[i].amount.v <= 0 && all[i].ppm <= 0)) continue;
        int64_t max = all[i].ppm > 0 ? ppm_of(all[i].ppm, first_equity(e, kind)) : all[i].amount.v;
        if (max < 0) max = 0; /* nothing left to lose */
        uint32_t at = n++;
        for (; at > 0 && out[at - 1].max.v > max; at--) out[at] = out[at - 1];
        out[at] = (struct money_limit){all[i].key, {max}};
    }
    return n;
}

/* The lower of two where 0 is "not set". */
static int64_t lower(int64_t a, int64_t b) {
    if (a == 0 || b == 0) return a == 0 ? b : a;
    return a < b ? a : b;
}

int64_t drawdown_ppm(const struct engine *e) {
    return lower(e->config.limits.drawdown_ppm, e->config.limits.breaker_drawdown_ppm);
}

/* The tighter of the two; false: none is set. */
static bool drawdown_limit(const struct engine *e, cash_t *used, cash_t *max) {
    cash_t equity;
    if (drawdown_ppm(e) <= 0 || !equity_now(e, &equity)) return false;
    max->v = ppm_of(drawdown_ppm(e), e->peak_equity);
    used->v = e->peak_equity.v > equity.v ? e->peak_equity.v - equity.v : 0;
    return true;
}

uint32_t daily_trades_limit(const struct engine *e, const char **key) {
    uint32_t a = e->config.limits.daily_trades, b = e->config.limits.daily_trades_breaker;
    bool first = a > 0 && (b == 0 || a <= b);
    *key = first ? "execution.risk.max_daily_trades" : "circuit_breakers.max_daily_trades";
    return first ? a : b;
}

void limits_count_entry(struct engine *e, uint16_t instrument, struct effects *out) {
    const char *key;
    e->today.entries++;
    e->today.entries_asset[instrument]++;
    uint32_t max = daily_trades_limit(e, &key);
    if (max == 0 || e->today.entries < max || e->breakers[LIMIT_DAILY_TRADES].reached) return;
    e->breakers[LIMIT_DAILY_TRADES].reached = true;
    struct effect *f = effect_add(out, EFFECT_LIMIT);
    f->u.limit.event = LIMIT_REACHED;
    f->u.limit.limit = LIMIT_DAILY_TRADES;
    f->u.limit.count = e->today.entries;
    f->u.limit.count_max = max;
}

/* An entry that came to nothing on the day it was asked for does not use up the day. */
void limits_uncount_entry(struct engine *e, const struct trade *t) {
    if (t->day_opened != e->day) return;
    if (e->today.entries > 0) e->today.entries--;
    if (e->today.entries_asset[t->instrument] > 0) e->today.entries_asset[t->instrument]--;
}

void limits_new_day(struct engine *e, int32_t before, struct effects *out) {
    memset(&e->today, 0, sizeof e->today);
    e->config.limits = e->limits_next;
    e->config.management = e->management_next;
    weekend_new_day(e);
    news_let_go(&e->config.news);
    cash_t equity;
    if (!equity_now(e, &equity)) equity = e->balance;
    breakers_new_day(e, before, equity, out);
    ledger_new_day(e);
    if (!e->breakers[LIMIT_DAILY_TRADES].reached) return;
    e->breakers[LIMIT_DAILY_TRADES].reached = false;
    struct effect *f = effect_add(out, EFFECT_LIMIT);
    f->u.limit.event = LIMIT_LIFTED;
    f->u.limit.limit = LIMIT_DAILY_TRADES;
}

/* ---- the tighter of two settings ---- */

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

struct management management_tighter(const struct management *now, const struct management *next) {
    struct management m = {.break_even_r_ppm = lower(now->break_even_r_ppm, next->break_even_r_ppm),
                           .trailing = now->trailing || next->trailing};
    /* How a stop trails says something only where it does. */
    const struct management *a = now->trailing ? now : next, *b = next->trailing ? next : now;
    if (!m.trailing) a = b = next;
    m.trailing_start_r_ppm = least(a->trailing_start_r_ppm, b->trailing_start_r_ppm);
    m.trailing_distance_r_ppm = least(a->trailing_distance_r_ppm, b->trailing_distance_r_ppm);
    m.trailing_step_ppm = least(a->trailing_step_ppm, b->trailing_step_ppm);
    m.trailing_atr_ppm = lower(a->trailing_atr_ppm, b->trailing_atr_ppm);
    m.partial_r_ppm = lower(now->partial_r_ppm, next->partial_r_ppm);
    m.partial_share_ppm = -least(-now->partial_share_ppm, -next->partial_share_ppm);
    m.time_stop_min = (uint32_t)lower(now->time_stop_min, next->time_stop_min);
    m.flat_min = now->flat_min > next->flat_min ? now->flat_min : next->flat_min;
    return m;
}

/* ---- what people see ---- */

static struct limit_view *view_add(struct limit_view *out, uint32_t *n, enum limit_kind kind, const char *key) {
    struct limit_view *v = &out[(*n)++];
    *v = (struct limit_view){.kind = kind, .key = key, .instrument = -1};
    return v;
}

static uint32_t view_trades(const struct engine *e, struct limit_view *out, uint32_t n) {
    const struct limits *l = &e->config.limits;
    const char *tightest;
    uint32_t max = daily_trades_limit(e, &tightest);
    if (max == 0) return n;
    struct limit_view *v = view_add(out, &n, LIMIT_DAILY_TRADES, tightest);
    v->count = e->today.entries;
    v->count_max = max;
    v->binding = true;
    if (l->daily_trades == 0 || l->daily_trades_breaker == 0) return n;
    bool breaker = strcmp(tightest, "circuit_breakers.max_daily_trades") == 0;
    v = view_add(out, &n, LIMIT_DAILY_TRADES,
                 breaker ? "execution.risk.max_daily_trades" : "circuit_breakers.max_daily_trades");
    v->count = e->today.entries;
    v->count_max = breaker ? l->daily_trades : l->daily_trades_breaker;
    return n;
}

static bool is_followed(const struct engine *e, uint32_t instrument) {
    return e->step_count[instrument] > 0 || e->today.entries_asset[instrument] > 0;
}

static uint32_t view_assets(const struct engine *e, struct limit_view *out, uint32_t n) {
    for (uint32_t i = 0; i < e->config.instrument_count && e->config.limits.daily_trades_asset > 0; i++) {
        if (!is_followed(e, i)) continue;
        struct limit_view *v =
            view_add(out, &n, LIMIT_DAILY_TRADES, "trading.risk_management.max_daily_trades_per_asset");
        v->count = e->today.entries_asset[i];
        v->count_max = e->config.limits.daily_trades_asset;
        v->instrument = (int32_t)i;
        v->binding = true; /* of its symbol */
    }
    return n;
}

static uint32_t view_drawdown(const struct engine *e, struct limit_view *out, uint32_t n) {
    const struct {
        const char *key;
        int64_t ppm;
    } all[] = {{"trading.risk_management.max_drawdown", e->config.limits.drawdown_ppm},
               {"circuit_breakers.max_drawdown_pct", e->config.limits.breaker_drawdown_ppm}};
    cash_t used, max;
    if (!drawdown_limit(e, &used, &max)) return n;
    int first = all[0].ppm == drawdown_ppm(e) ? 0 : 1;
    for (int i = 0; i < 2; i++) {
        int at = i == 0 ? first : 1 - first;
        if (all[at].ppm == 0) continue;
        struct limit_view *v = view_add(out, &n, LIMIT_DRAWDOWN, all[at].key);
        v->used = used;
        v->max.v = ppm_of(all[at].ppm, e->peak_equity);
        v->binding = i == 0;
    }
    return n;
}

static uint32_t view_losses(const struct engine *e, enum limit_kind k, cash_t equity, struct limit_view *out,
                            uint32_t n) {
    struct money_limit loss[MONEY_LIMITS_MAX];
    uint32_t losses = loss_limits(e, k, loss);
    int64_t lost = e->breakers[k].mark.v - equity.v;
    for (uint32_t i = 0; i < losses; i++) {
        struct limit_view *v = view_add(out, &n, k, loss[i].key);
        v->used.v = lost > 0 ? lost : 0;
        v->max = loss[i].max;
        v->binding = i == 0;
    }
    return n;
}

static uint32_t view_count(uint32_t count, uint32_t max, enum limit_kind k, const char *key, struct limit_view *out,
                           uint32_t n) {
    if (max == 0) return n;
    struct limit_view *v = view_add(out, &n, k, key);
    v->count = count;
    v->count_max = max;
    v->binding = true;
    return n;
}

static uint32_t view_open_risk(const struct engine *e, struct limit_view *out, uint32_t n) {
    cash_t max, risk;
    if (!open_risk_limit(e, &max) || !book_at_risk(e, &risk)) return n;
    struct limit_view *v = view_add(out, &n, LIMIT_OPEN_RISK, "circuit_breakers.max_open_risk");
    v->used.v = risk.v > 0 ? risk.v : 0;
    v->max = max;
    v->binding = true;
    return n;
}

uint32_t engine_limits(const struct engine *e, struct limit_view out[LIMIT_VIEWS_MAX]) {
    _Static_assert(MONEY_LIMITS_MAX + 2 + INSTRUMENTS_MAX + 7 <= LIMIT_VIEWS_MAX, "room for every limit");
    cash_t equity;
    if (!equity_now(e, &equity)) equity = e->balance;
    uint32_t n = view_losses(e, LIMIT_DAILY_LOSS, equity, out, 0);
    n = view_losses(e, LIMIT_WEEKLY_LOSS, equity, out, n);
    n = view_losses(e, LIMIT_MONTHLY_LOSS, equity, out, n);
    n = view_drawdown(e, out, n);
    n = view_open_risk(e, out, n);
    n = view_trades(e, out, n);
    n = view_assets(e, out, n);
    n = view_count(e->losses_in_row, e->config.limits.consecutive_losses, LIMIT_CONSECUTIVE_LOSSES,
                   "circuit_breakers.max_consecutive_losses", out, n);
    n = view_count(e->errors, e->config.limits.errors, LIMIT_ERRORS, "execution.monitoring.max_errors", out, n);
    for (uint32_t i = 0; i < n; i++) breaker_view(e, &out[i]);
    return n;
}
