/*
 * limits: what holds today, how much of it is used, and what happens near it and at
 * it. Owns cautious mode, suspension and the day's entry counts. A limit that is
 * reached keeps trading suspended until the next trading day; open trades stay
 * managed with their stops.
 */
#include "engine/state.h"

#include <string.h>

static int64_t ppm_of(int64_t ppm, cash_t of) {
    int64_t v;
    return mul_div(ppm, of.v, PPM, &v) ? v : INT64_MAX;
}

uint32_t daily_loss_limits(const struct engine *e, struct money_limit out[MONEY_LIMITS_MAX]) {
    const struct limits *l = &e->config.limits;
    const struct {
        const char *key;
        cash_t amount;
        int64_t ppm;
    } all[MONEY_LIMITS_MAX] = {
        {"trading.risk_management.max_daily_loss_amount", l->daily_loss, 0},
        {"trading.risk_management.max_daily_loss", CASH_ZERO, l->daily_loss_ppm},
        {"execution.risk.max_daily_loss", CASH_ZERO, l->execution_daily_loss_ppm},
        {"circuit_breakers.max_daily_loss_pct", CASH_ZERO, l->breaker_daily_loss_ppm},
    };
    uint32_t n = 0;
    for (uint32_t i = 0; i < MONEY_LIMITS_MAX; i++) {
        if (all[i].amount.v <= 0 && all[i].ppm <= 0) continue;
        int64_t max = all[i].ppm > 0 ? ppm_of(all[i].ppm, e->day_first_equity) : all[i].amount.v;
        if (max < 0) max = 0; /* nothing left to lose */
        uint32_t at = n++;
        for (; at > 0 && out[at - 1].max.v > max; at--) out[at] = out[at - 1];
        out[at] = (struct money_limit){all[i].key, {max}};
    }
    return n;
}

void limits_plan(struct engine *e) {
    struct money_limit limit[MONEY_LIMITS_MAX];
    int64_t cautious = e->config.limits.cautious_ppm;
    e->loss_max = e->loss_near = INT64_MAX;
    if (daily_loss_limits(e, limit) == 0) return;
    e->loss_max = limit[0].max.v;
    if (cautious > 0) e->loss_near = ppm_of(cautious, limit[0].max);
}

/* The lower of two where 0 is "not set". */
static int64_t lower(int64_t a, int64_t b) {
    if (a == 0 || b == 0) return a == 0 ? b : a;
    return a < b ? a : b;
}

static int64_t drawdown_ppm(const struct engine *e) {
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

/* The daily count only refuses entries; the others suspend. */
bool is_suspended(const struct engine *e, enum limit_kind *by) {
    static const enum limit_kind order[] = {LIMIT_DAILY_LOSS, LIMIT_DRAWDOWN, LIMIT_CONSECUTIVE_LOSSES};
    for (uint32_t i = 0; i < 3; i++) {
        if (!e->reached[order[i]]) continue;
        *by = order[i];
        return true;
    }
    return false;
}

static struct effect *tell(struct effects *out, enum limit_event event, enum limit_kind kind) {
    struct effect *f = effect_add(out, EFFECT_LIMIT);
    f->u.limit.event = event;
    f->u.limit.limit = kind;
    return f;
}

static void tell_money(struct effects *out, enum limit_event event, enum limit_kind kind, cash_t used, cash_t max) {
    struct effect *f = tell(out, event, kind);
    f->u.limit.used = used;
    f->u.limit.max = max;
}

static void tell_count(struct effects *out, enum limit_event event, enum limit_kind kind, uint32_t n, uint32_t max) {
    struct effect *f = tell(out, event, kind);
    f->u.limit.count = n;
    f->u.limit.count_max = max;
}

/* Entries still on their way must not add to a day that is over its limit. */
static void suspend(struct engine *e, enum limit_kind kind, struct effects *out) {
    e->reached[kind] = true;
    cancel_entries(e, out);
}

static void check_daily_loss(struct engine *e, cash_t equity, struct effects *out) {
    cash_t max = {e->loss_max}, used = {e->day_first_equity.v - equity.v};
    if (used.v >= max.v && !e->reached[LIMIT_DAILY_LOSS]) {
        tell_money(out, LIMIT_REACHED, LIMIT_DAILY_LOSS, used, max);
        suspend(e, LIMIT_DAILY_LOSS, out);
        e->near_told = true;
        return;
    }
    if (used.v <= 0 || used.v < e->loss_near || e->near_told) return;
    e->near_told = true;
    tell_money(out, LIMIT_NEAR, LIMIT_DAILY_LOSS, used, max);
    if (e->cautious) return;
    e->cautious = true;
    tell_money(out, LIMIT_CAUTIOUS_ON, LIMIT_DAILY_LOSS, used, max);
}

/* Whether the fall can be a drawdown at all, without a division where the figures are of a usual size. */
static bool may_be_drawdown(const struct engine *e, cash_t equity) {
    int64_t fallen, allowed;
    if (equity.v >= e->peak_equity.v || drawdown_ppm(e) <= 0) return false;
    if (__builtin_mul_overflow(e->peak_equity.v - equity.v, PPM, &fallen)) return true;
    if (__builtin_mul_overflow(e->peak_equity.v, drawdown_ppm(e), &allowed)) return true;
    return fallen >= allowed - PPM; /* the rounding of the limit itself */
}

static void check_drawdown(struct engine *e, cash_t equity, struct effects *out) {
    if (equity.v > e->peak_equity.v) e->peak_equity = equity;
    cash_t used, max;
    if (e->reached[LIMIT_DRAWDOWN] || !may_be_drawdown(e, equity)) return;
    if (!drawdown_limit(e, &used, &max) || used.v == 0 || used.v < max.v) return;
    tell_money(out, LIMIT_REACHED, LIMIT_DRAWDOWN, used, max);
    suspend(e, LIMIT_DRAWDOWN, out);
}

static void check_losses(struct engine *e, struct effects *out) {
    uint32_t max = e->config.limits.consecutive_losses;
    if (max == 0 || e->losses_in_row < max || e->reached[LIMIT_CONSECUTIVE_LOSSES]) return;
    tell_count(out, LIMIT_REACHED, LIMIT_CONSECUTIVE_LOSSES, e->losses_in_row, max);
    suspend(e, LIMIT_CONSECUTIVE_LOSSES, out);
}

void limits_check(struct engine *e, struct effects *out) {
    cash_t equity;
    e->dirty = false;
    if (!equity_now(e, &equity)) equity = e->balance; /* figures beyond any account: the realised part still counts */
    check_daily_loss(e, equity, out);
    check_drawdown(e, equity, out);
    check_losses(e, out);
}

void limits_count_entry(struct engine *e, uint16_t instrument, struct effects *out) {
    const char *key;
    e->today.entries++;
    e->today.entries_asset[instrument]++;
    uint32_t max = daily_trades_limit(e, &key);
    if (max == 0 || e->today.entries < max || e->reached[LIMIT_DAILY_TRADES]) return;
    e->reached[LIMIT_DAILY_TRADES] = true;
    tell_count(out, LIMIT_REACHED, LIMIT_DAILY_TRADES, e->today.entries, max);
}

/* An entry that came to nothing on the day it was asked for does not use up the day. */
void limits_uncount_entry(struct engine *e, const struct trade *t) {
    if (t->day_opened != e->day) return;
    if (e->today.entries > 0) e->today.entries--;
    if (e->today.entries_asset[t->instrument] > 0) e->today.entries_asset[t->instrument]--;
}

void limits_new_day(struct engine *e, struct effects *out) {
    memset(&e->today, 0, sizeof e->today);
    e->config.limits = e->limits_next;
    e->config.management = e->management_next;
    e->near_told = false;
    cash_t equity, used, max;
    if (!equity_now(e, &equity)) equity = e->balance;
    e->day_first_equity = equity;
    ledger_new_day(e);
    if (e->peak_rebase) e->peak_equity = equity;
    e->peak_rebase = false;
    if (e->reached[LIMIT_CONSECUTIVE_LOSSES]) e->losses_in_row = 0;
    for (int k = 0; k < LIMIT_KIND_COUNT; k++) {
        bool stays = k == LIMIT_DRAWDOWN && drawdown_limit(e, &used, &max) && used.v >= max.v;
        if (!e->reached[k] || stays) continue; /* a drawdown lasts until it is made good or a resume accepts it */
        e->reached[k] = false;
        tell(out, LIMIT_LIFTED, (enum limit_kind)k);
    }
    if (e->cautious) tell(out, LIMIT_CAUTIOUS_OFF, LIMIT_DAILY_LOSS);
    e->cautious = false;
    limits_plan(e);
}

/* ---- the tighter of two settings; 0 is "not set", the loosest ---- */

static uint32_t lower_count(uint32_t a, uint32_t b) {
    return (uint32_t)lower(a, b);
}

struct limits limits_tighter(const struct limits *now, const struct limits *next) {
    return (struct limits){
        .risk_per_trade_ppm = lower(now->risk_per_trade_ppm, next->risk_per_trade_ppm),
        .position_margin_ppm = lower(now->position_margin_ppm, next->position_margin_ppm),
        .daily_loss = {lower(now->daily_loss.v, next->daily_loss.v)},
        .daily_loss_ppm = lower(now->daily_loss_ppm, next->daily_loss_ppm),
        .execution_daily_loss_ppm = lower(now->execution_daily_loss_ppm, next->execution_daily_loss_ppm),
        .breaker_daily_loss_ppm = lower(now->breaker_daily_loss_ppm, next->breaker_daily_loss_ppm),
        .cautious_ppm = lower(now->cautious_ppm, next->cautious_ppm),
        .daily_trades = lower_count(now->daily_trades, next->daily_trades),
        .daily_trades_breaker = lower_count(now->daily_trades_breaker, next->daily_trades_breaker),
        .daily_trades_asset = lower_count(now->daily_trades_asset, next->daily_trades_asset),
        .positions = lower_count(now->positions, next->positions),
        .confidence_min = now->confidence_min > next->confidence_min ? now->confidence_min : next->confidence_min,
        .reward_risk_min_ppm =
            now->reward_risk_min_ppm > next->reward_risk_min_ppm ? now->reward_risk_min_ppm : next->reward_risk_min_ppm,
        .consecutive_losses = lower_count(now->consecutive_losses, next->consecutive_losses),
        .drawdown_ppm = lower(now->drawdown_ppm, next->drawdown_ppm),
        .breaker_drawdown_ppm = lower(now->breaker_drawdown_ppm, next->breaker_drawdown_ppm),
    };
}

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

uint32_t engine_limits(const struct engine *e, struct limit_view out[LIMIT_VIEWS_MAX]) {
    _Static_assert(MONEY_LIMITS_MAX + 2 + INSTRUMENTS_MAX + 3 <= LIMIT_VIEWS_MAX, "room for every limit");
    struct money_limit loss[MONEY_LIMITS_MAX];
    cash_t equity;
    uint32_t n = 0, losses = daily_loss_limits(e, loss);
    if (!equity_now(e, &equity)) equity = e->balance;
    int64_t lost = e->day_first_equity.v - equity.v;
    for (uint32_t i = 0; i < losses; i++) {
        struct limit_view *v = view_add(out, &n, LIMIT_DAILY_LOSS, loss[i].key);
        v->used.v = lost > 0 ? lost : 0;
        v->max = loss[i].max;
        v->binding = i == 0;
    }
    n = view_trades(e, out, n);
    n = view_assets(e, out, n);
    if (e->config.limits.consecutive_losses > 0) {
        struct limit_view *v = view_add(out, &n, LIMIT_CONSECUTIVE_LOSSES, "circuit_breakers.max_consecutive_losses");
        v->count = e->losses_in_row;
        v->count_max = e->config.limits.consecutive_losses;
        v->binding = true;
    }
    return view_drawdown(e, out, n);
}
