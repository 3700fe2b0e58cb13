/*
 * breakers: what stops trading by itself. One table of kinds: how each is measured, what
 * its levels are, when it is lifted. Owns their state, and with it cautious mode and the
 * suspension. Open trades stay managed with their stops whatever happens here.
 *
 * Each has three levels: warned, cautious (sizes halved), reached (no entries). What is
 * reached stays so until the breaker's own reset, or until an owner overrides it: it
 * then counts anew from where the account is.
 */
#include "engine/state.h"

#include <string.h>

#include "engine/base/hash.h"

/* ---- the table ---- */

struct breaker {
    enum limit_kind kind;
    enum limit_reset reset;
    bool counted; /* told as a number, else as money */
    enum refusal refusal;
    void (*plan)(const struct engine *e, enum limit_kind k, struct breaker_plan *p);
    bool (*used)(const struct engine *e, enum limit_kind k, cash_t equity, int64_t *out);
    void (*restart)(struct engine *e, enum limit_kind k, cash_t equity); /* it counts anew */
    const char *refused[LANG_COUNT];                                     /* a sentence; where counted, of what */
};

static int64_t share(int64_t max, int64_t ppm) {
    return ppm > 0 ? ppm_of(ppm, (cash_t){max}) : INT64_MAX;
}

/* Of a number, the first whole one that is not below the share. */
static int64_t count_share(uint32_t max, int64_t ppm) {
    return ppm > 0 ? ((int64_t)max * ppm + PPM - 1) / PPM : INT64_MAX;
}

static void plan_loss(const struct engine *e, enum limit_kind k, struct breaker_plan *p) {
    struct money_limit limit[MONEY_LIMITS_MAX];
    const struct limits *l = &e->config.limits;
    int64_t cautious = k == LIMIT_DAILY_LOSS ? l->cautious_ppm : l->breaker_cautious_ppm;
    if (loss_limits(e, k, limit) == 0) return;
    p->max = limit[0].max.v;
    p->near = share(p->max, l->warn_ppm);
    p->cautious = share(p->max, cautious);
}

static bool used_loss(const struct engine *e, enum limit_kind k, cash_t equity, int64_t *out) {
    *out = e->breakers[k].mark.v - equity.v;
    return true;
}

static void restart_loss(struct engine *e, enum limit_kind k, cash_t equity) {
    e->breakers[k].mark = equity;
}

/* Where its own levels are set they hold, else the shares that all have. */
static void plan_drawdown(const struct engine *e, enum limit_kind k, struct breaker_plan *p) {
    (void)k;
    const struct limits *l = &e->config.limits;
    if (drawdown_ppm(e) > 0) p->max = ppm_of(drawdown_ppm(e), e->peak_equity);
    bool set = p->max != INT64_MAX;
    if (l->drawdown_warn_ppm > 0)
        p->near = ppm_of(l->drawdown_warn_ppm, e->peak_equity);
    else if (set)
        p->near = share(p->max, l->warn_ppm);
    if (l->drawdown_cautious_ppm > 0)
        p->cautious = ppm_of(l->drawdown_cautious_ppm, e->peak_equity);
    else if (set)
        p->cautious = share(p->max, l->breaker_cautious_ppm);
}

static bool used_drawdown(const struct engine *e, enum limit_kind k, cash_t equity, int64_t *out) {
    (void)k;
    *out = e->peak_equity.v - equity.v;
    return true;
}

static void restart_drawdown(struct engine *e, enum limit_kind k, cash_t equity) {
    (void)k;
    e->peak_equity = equity;
    e->peak_rebase = false;
}

static void plan_losses(const struct engine *e, enum limit_kind k, struct breaker_plan *p) {
    (void)k;
    const struct limits *l = &e->config.limits;
    if (l->consecutive_losses == 0) return;
    p->max = l->consecutive_losses;
    p->near = count_share(l->consecutive_losses, l->warn_ppm);
    p->cautious = count_share(l->consecutive_losses, l->breaker_cautious_ppm);
}

static bool used_losses(const struct engine *e, enum limit_kind k, cash_t equity, int64_t *out) {
    (void)k, (void)equity;
    *out = e->losses_in_row;
    return true;
}

static void restart_losses(struct engine *e, enum limit_kind k, cash_t equity) {
    (void)k, (void)equity;
    e->losses_in_row = 0;
}

static void plan_errors(const struct engine *e, enum limit_kind k, struct breaker_plan *p) {
    (void)k;
    const struct limits *l = &e->config.limits;
    if (l->errors == 0) return;
    p->max = l->errors;
    p->near = count_share(l->errors, l->warn_ppm);
    p->cautious = count_share(l->errors, l->breaker_cautious_ppm);
}

static bool used_errors(const struct engine *e, enum limit_kind k, cash_t equity, int64_t *out) {
    (void)k, (void)equity;
    *out = e->errors;
    return true;
}

static void restart_errors(struct engine *e, enum limit_kind k, cash_t equity) {
    (void)k, (void)equity;
    e->errors = 0;
}

static void plan_open_risk(const struct engine *e, enum limit_kind k, struct breaker_plan *p) {
    (void)k;
    cash_t max;
    if (!open_risk_limit(e, &max)) return;
    p->max = max.v;
    p->near = share(p->max, e->config.limits.warn_ppm);
    p->cautious = share(p->max, e->config.limits.breaker_cautious_ppm);
}

static bool used_open_risk(const struct engine *e, enum limit_kind k, cash_t equity, int64_t *out) {
    (void)k, (void)equity;
    cash_t risk;
    if (!book_at_risk(e, &risk)) return false;
    *out = risk.v;
    return true;
}

static void restart_open_risk(struct engine *e, enum limit_kind k, cash_t equity) {
    (void)equity;
    e->breakers[k].waived = true; /* the trades are there: only their end changes what they risk */
}

/* In the order in which they are named where several hold. */
static const struct breaker breakers[] = {
    {LIMIT_DAILY_LOSS,
     RESET_DAY,
     false,
     REFUSAL_SUSPENDED,
     plan_loss,
     used_loss,
     restart_loss,
     {"suspended until the next trading day: the daily loss limit is reached",
      "suspendu jusqu’au prochain jour de bourse\u00a0: la perte journalière maximale est atteinte"}},
    {LIMIT_WEEKLY_LOSS,
     RESET_WEEK,
     false,
     REFUSAL_WEEKLY_LOSS,
     plan_loss,
     used_loss,
     restart_loss,
     {"suspended until the next trading week: the weekly loss limit is reached",
      "suspendu jusqu’à la prochaine semaine de bourse\u00a0: la perte hebdomadaire maximale est atteinte"}},
    {LIMIT_MONTHLY_LOSS,
     RESET_MONTH,
     false,
     REFUSAL_MONTHLY_LOSS,
     plan_loss,
     used_loss,
     restart_loss,
     {"suspended until the next month: the monthly loss limit is reached",
      "suspendu jusqu’au mois prochain\u00a0: la perte mensuelle maximale est atteinte"}},
    {LIMIT_DRAWDOWN,
     RESET_RECOVERED,
     false,
     REFUSAL_DRAWDOWN,
     plan_drawdown,
     used_drawdown,
     restart_drawdown,
     {"suspended: the largest drawdown is reached", "suspendu\u00a0: la baisse maximale est atteinte"}},
    {LIMIT_CONSECUTIVE_LOSSES,
     RESET_DAY,
     true,
     REFUSAL_CONSECUTIVE_LOSSES,
     plan_losses,
     used_losses,
     restart_losses,
     {"losses in a row", "pertes d’affilée"}},
    {LIMIT_ERRORS,
     RESET_COOLDOWN,
     true,
     REFUSAL_ERRORS,
     plan_errors,
     used_errors,
     restart_errors,
     {"system errors in a row", "erreurs système d’affilée"}},
    {LIMIT_OPEN_RISK,
     RESET_RECOVERED,
     false,
     REFUSAL_OPEN_RISK,
     plan_open_risk,
     used_open_risk,
     restart_open_risk,
     {"suspended: too much is at risk at the stops of the open trades",
      "suspendu\u00a0: les positions ouvertes risquent trop jusqu’à leurs stops"}},
};
#define BREAKERS (sizeof breakers / sizeof breakers[0])
_Static_assert(BREAKERS == LIMIT_KIND_COUNT - 1, "all kinds but the count of the day's trades");

static const struct breaker *breaker_of(enum limit_kind k) {
    for (size_t i = 0; i < BREAKERS; i++) {
        if (breakers[i].kind == k) return &breakers[i];
    }
    return NULL;
}

enum refusal breaker_refusal(enum limit_kind k) {
    const struct breaker *b = breaker_of(k);
    return b != NULL ? b->refusal : REFUSAL_NONE;
}

bool is_suspended(const struct engine *e, enum limit_kind *by) {
    for (size_t i = 0; i < BREAKERS; i++) {
        if (!e->breakers[breakers[i].kind].reached) continue;
        *by = breakers[i].kind;
        return true;
    }
    return false;
}

/* ---- figures ---- */

static cash_t equity_of(const struct engine *e) {
    cash_t equity;
    return equity_now(e, &equity) ? equity : e->balance; /* beyond any account: the realised part still counts */
}

bool book_at_risk(const struct engine *e, cash_t *out) {
    cash_t sum = CASH_ZERO, one;
    for (uint32_t i = 0; i < e->trade_count; i++) {
        if (!held_at_risk(e, &e->trades[i], &one) || !cash_add(sum, one, &sum)) return false;
    }
    *out = sum;
    return true;
}

bool open_risk_limit(const struct engine *e, cash_t *max) {
    cash_t equity = equity_of(e);
    if (e->config.limits.open_risk_ppm <= 0) return false;
    max->v = equity.v > 0 ? ppm_of(e->config.limits.open_risk_ppm, equity) : 0;
    return true;
}

static int64_t least(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static void plan_one(struct engine *e, const struct breaker *b) {
    struct breaker_plan p = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
    b->plan(e, b->kind, &p);
    p.near = least(p.near, p.cautious); /* who is told of cautious mode has been warned */
    p.first = least(p.near, p.max);
    e->plans[b->kind] = p;
}

void breakers_plan(struct engine *e) {
    const struct limits *l = &e->config.limits;
    for (size_t i = 0; i < BREAKERS; i++) plan_one(e, &breakers[i]);
    int64_t first = drawdown_ppm(e);
    const int64_t levels[] = {l->drawdown_warn_ppm, l->drawdown_cautious_ppm, ppm_of(l->warn_ppm, (cash_t){first}),
                              ppm_of(l->breaker_cautious_ppm, (cash_t){first})};
    for (size_t i = 0; i < 4; i++) {
        if (levels[i] > 0 && (first == 0 || levels[i] < first)) first = levels[i];
    }
    e->drawdown_first_ppm = first;
}

/* ---- levels ---- */

static struct effect *tell(struct effects *out, enum limit_event event, enum limit_kind kind) {
    struct effect *f = effect_add(out, EFFECT_LIMIT);
    f->u.limit.event = event;
    f->u.limit.limit = kind;
    return f;
}

static struct effect *tell_used(struct engine *e, const struct breaker *b, enum limit_event event, int64_t used,
                                struct effects *out) {
    int64_t max = e->plans[b->kind].max;
    struct effect *f = tell(out, event, b->kind);
    if (b->counted) {
        f->u.limit.count = (uint32_t)used;
        f->u.limit.count_max = (uint32_t)max;
    } else {
        f->u.limit.used.v = used;
        f->u.limit.max.v = max != INT64_MAX ? max : 0; /* a drawdown may be warned of and never suspend */
    }
    return f;
}

static void judge(struct engine *e, const struct breaker *b, int64_t used, struct effects *out) {
    struct breaker_state *s = &e->breakers[b->kind];
    const struct breaker_plan *p = &e->plans[b->kind];
    if (s->reached || s->waived) return;
    /* A daily loss that has no room left is reached with nothing lost; everything else wants something to be used. */
    if (used >= p->max && (used > 0 || b->plan == plan_loss)) {
        s->reached = s->near_told = true;
        tell_used(e, b, LIMIT_REACHED, used, out);
        cancel_entries(e, out); /* entries still on their way must not add to it */
        return;
    }
    if (used <= 0) return;
    if (used >= p->near && !s->near_told) {
        s->near_told = true;
        tell_used(e, b, LIMIT_NEAR, used, out);
    }
    if (used < p->cautious || s->cautious) return;
    s->cautious = true;
    if (e->cautious) return;
    e->cautious = true;
    tell_used(e, b, LIMIT_CAUTIOUS_ON, used, out);
}

static void judge_kind(struct engine *e, enum limit_kind k, cash_t equity, struct effects *out) {
    const struct breaker *b = breaker_of(k);
    int64_t used;
    if (b->used(e, k, equity, &used)) judge(e, b, used, out);
}

/* Whether the fall can be at a level at all, without a division where the figures are of a usual size. */
static bool may_be_drawdown(const struct engine *e, cash_t equity) {
    int64_t fallen, allowed;
    if (equity.v >= e->peak_equity.v || e->drawdown_first_ppm <= 0) return false;
    if (__builtin_mul_overflow(e->peak_equity.v - equity.v, PPM, &fallen)) return true;
    if (__builtin_mul_overflow(e->peak_equity.v, e->drawdown_first_ppm, &allowed)) return true;
    return fallen >= allowed - 2 * PPM; /* the rounding of the limit, and of a share of it */
}

void breakers_check(struct engine *e, struct effects *out) {
    static const enum limit_kind losses[] = {LIMIT_DAILY_LOSS, LIMIT_WEEKLY_LOSS, LIMIT_MONTHLY_LOSS};
    cash_t equity = equity_of(e);
    e->dirty = false;
    for (size_t i = 0; i < 3; i++) {
        if (e->breakers[losses[i]].mark.v - equity.v >= e->plans[losses[i]].first)
            judge_kind(e, losses[i], equity, out);
    }
    if (equity.v > e->peak_equity.v) e->peak_equity = equity;
    if (may_be_drawdown(e, equity)) {
        plan_one(e, breaker_of(LIMIT_DRAWDOWN)); /* its levels are shares of a peak that has moved */
        judge_kind(e, LIMIT_DRAWDOWN, equity, out);
    }
    if (e->losses_in_row >= e->plans[LIMIT_CONSECUTIVE_LOSSES].first)
        judge_kind(e, LIMIT_CONSECUTIVE_LOSSES, equity, out);
}

void breakers_check_book(struct engine *e, struct effects *out) {
    if (e->config.limits.open_risk_ppm <= 0 || e->trade_count == 0) return;
    plan_one(e, breaker_of(LIMIT_OPEN_RISK));
    judge_kind(e, LIMIT_OPEN_RISK, CASH_ZERO, out);
}

/* ---- system errors ---- */

static uint32_t errors_in(const struct event *ev, const struct effects *out) {
    uint32_t n = (ev->kind == EVENT_FEED && ev->u.feed.state == FEED_LOST && out->n > 0) ||
                 (ev->kind == EVENT_STORE && ev->u.store.gone);
    for (uint32_t i = 0; i < out->n; i++) {
        const struct effect *f = &out->item[i];
        n += f->kind == EFFECT_ORDER_TROUBLE && f->u.trouble.trouble != TROUBLE_RESOLVED;
    }
    return n;
}

void breakers_see_errors(struct engine *e, const struct event *ev, struct effects *out) {
    uint32_t n = errors_in(ev, out);
    if (n == 0 || e->config.limits.errors == 0) return;
    int64_t between_ms = (int64_t)e->config.limits.error_cooldown_s * 1000;
    if (e->error_last.ns != 0 && when_ms_between(e->error_last, e->market_time) >= between_ms) e->errors = 0;
    e->errors += n;
    e->error_last = e->market_time;
    judge_kind(e, LIMIT_ERRORS, CASH_ZERO, out);
}

static void lift(struct engine *e, enum limit_kind k, struct effects *out) {
    struct breaker_state *s = &e->breakers[k];
    bool was = s->reached;
    cash_t mark = s->mark;
    memset(s, 0, sizeof *s);
    s->mark = mark;
    if (was) tell(out, LIMIT_LIFTED, k);
}

/* Cautious mode ends with the last breaker that asked for it. */
static void settle_cautious(struct engine *e, enum limit_kind k, struct effects *out) {
    if (!e->cautious) return;
    for (size_t i = 0; i < BREAKERS; i++) {
        if (e->breakers[breakers[i].kind].cautious) return;
    }
    e->cautious = false;
    tell(out, LIMIT_CAUTIOUS_OFF, k);
}

void breakers_cool_down(struct engine *e, struct effects *out) {
    int64_t cooldown_ms = (int64_t)e->config.limits.error_cooldown_s * 1000;
    if (when_ms_between(e->error_last, e->market_time) < cooldown_ms) return;
    e->errors = 0;
    lift(e, LIMIT_ERRORS, out);
    settle_cautious(e, LIMIT_ERRORS, out);
}

/* ---- periods ---- */

int32_t day_week_first(int32_t day) {
    int32_t in_week = (day % 7 + 4 + 7) % 7; /* day 0 was a Thursday; Sunday is 0 */
    return day - in_week;
}

int32_t day_month_first(int32_t day) {
    int year, month, mday;
    civil_from_days(day, &year, &month, &mday);
    return day - (mday - 1);
}

void breakers_begin(struct engine *e) {
    e->day_first_equity = e->week_first_equity = e->month_first_equity = e->peak_equity = e->balance;
    for (int k = 0; k < LIMIT_KIND_COUNT; k++) e->breakers[k].mark = e->balance;
}

static bool is_due(const struct engine *e, const struct breaker *b, int32_t before) {
    switch (b->reset) {
    case RESET_DAY:
    case RESET_RECOVERED: return true;
    case RESET_WEEK: return day_week_first(before) != day_week_first(e->day);
    case RESET_MONTH: return day_month_first(before) != day_month_first(e->day);
    case RESET_COOLDOWN:
    case LIMIT_RESET_COUNT: break;
    }
    return false;
}

/* What made it cautious may last longer than its suspension, or than its day: then sizes stay halved. */
static void reset(struct engine *e, const struct breaker *b, cash_t equity, struct effects *out) {
    struct breaker_state *s = &e->breakers[b->kind];
    const struct breaker_plan *p = &e->plans[b->kind];
    int64_t used = 0;
    if (b->reset != RESET_RECOVERED) {
        s->mark = equity;
        if (b->kind == LIMIT_CONSECUTIVE_LOSSES && s->reached) e->losses_in_row = 0;
    }
    bool known = b->used(e, b->kind, equity, &used), lasts = s->cautious && known && used >= p->cautious;
    if (b->reset == RESET_RECOVERED && s->reached && known && used > 0 && used >= p->max) return; /* not made good */
    if (!s->reached && lasts) return;
    lift(e, b->kind, out);
    s->cautious = s->near_told = lasts;
}

/* The limits of the new day hold already. */
void breakers_new_day(struct engine *e, int32_t before, cash_t equity, struct effects *out) {
    e->day_first_equity = equity;
    if (day_week_first(before) != day_week_first(e->day)) e->week_first_equity = equity;
    if (day_month_first(before) != day_month_first(e->day)) e->month_first_equity = equity;
    if (e->peak_rebase) e->peak_equity = equity;
    e->peak_rebase = false;
    breakers_plan(e);
    for (size_t i = 0; i < BREAKERS; i++) {
        enum limit_kind k = breakers[i].kind;
        bool gone = e->breakers[k].reached && e->plans[k].max == INT64_MAX; /* nobody could see it, nor lift it */
        if (gone || is_due(e, &breakers[i], before)) reset(e, &breakers[i], equity, out);
    }
    settle_cautious(e, LIMIT_DAILY_LOSS, out);
    breakers_plan(e);
}

/* Money that comes or goes is neither won nor lost: everything that equity is compared with moves along. */
void breakers_paid_in(struct engine *e, cash_t amount) {
    cash_t *marks[] = {&e->day_first_equity, &e->week_first_equity, &e->month_first_equity, &e->peak_equity};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) cash_add(*marks[i], amount, marks[i]);
    for (int k = 0; k < LIMIT_KIND_COUNT; k++) cash_add(e->breakers[k].mark, amount, &e->breakers[k].mark);
    cash_add(e->paid_in, amount, &e->paid_in);
    breakers_plan(e);
}

/* ---- an owner's override ---- */

int check_override(const struct engine *e, const struct operator_command *c, struct err *err) {
    if (c->limit < 0 || c->limit >= LIMIT_KIND_COUNT || breaker_of((enum limit_kind)c->limit) == NULL)
        return err_set(err, ERR_RANGE, "There is no such breaker.", "Ce coupe-circuit n’existe pas.");
    const struct breaker_state *s = &e->breakers[c->limit];
    if (s->reached || s->cautious) return 0;
    return err_set(err, ERR_REFUSED, "Nothing to override: this breaker neither suspends nor slows trading.",
                   "Rien à lever\u00a0: ce coupe-circuit ne suspend ni ne freine le trading.");
}

void apply_override(struct engine *e, const struct event *ev, struct effects *out) {
    enum limit_kind k = (enum limit_kind)ev->u.command.limit;
    const struct breaker *b = breaker_of(k);
    struct breaker_state *s = &e->breakers[k];
    cash_t equity = equity_of(e);
    int64_t used = 0;
    (void)b->used(e, k, equity, &used);
    struct effect *f = tell_used(e, b, LIMIT_OVERRIDDEN, used > 0 ? used : 0, out);
    str_copy(f->u.limit.actor, sizeof f->u.limit.actor, ev->u.command.actor);
    s->reached = s->cautious = s->near_told = false;
    str_copy(s->by, sizeof s->by, ev->u.command.actor);
    s->by_at = ev->wall_time;
    b->restart(e, k, equity);
    breakers_plan(e);
    settle_cautious(e, k, out);
}

uint64_t engine_preview_override(const struct engine *e, enum limit_kind k) {
    const struct breaker_state *s = &e->breakers[k];
    uint64_t seen[8] = {(uint64_t)k,
                        s->reached,
                        s->cautious,
                        (uint64_t)s->mark.v,
                        (uint64_t)e->day,
                        (uint64_t)s->by_at.ns,
                        (uint64_t)e->plans[k].max,
                        k == LIMIT_ERRORS ? (uint64_t)e->error_last.ns : 0};
    return hash64(seen, sizeof seen, 3);
}

/* ---- what people see ---- */

void breaker_refuse(const struct engine *e, enum limit_kind k, struct signal *g) {
    const struct breaker *b = breaker_of(k);
    int64_t used = 0;
    (void)b->used(e, k, CASH_ZERO, &used);
    g->refusal = b->refusal;
    for (int l = 0; l < LANG_COUNT; l++) {
        if (b->counted)
            reason_set(g->why_not[l],
                       tr((enum lang)l, "suspended: %lld %s (limit %lld)", "suspendu\u00a0: %lld %s (limite %lld)"),
                       (long long)used, b->refused[l], (long long)e->plans[k].max);
        else
            reason_set(g->why_not[l], "%s", b->refused[l]);
    }
}

static int32_t reset_day(const struct engine *e, enum limit_reset reset) {
    switch (reset) {
    case RESET_DAY:
    case RESET_RECOVERED: return e->day + 1;
    case RESET_WEEK: return day_week_first(e->day) + 7;
    case RESET_MONTH: return day_month_first(day_month_first(e->day) + 31);
    case RESET_COOLDOWN:
    case LIMIT_RESET_COUNT: break;
    }
    return 0;
}

void breaker_view(const struct engine *e, struct limit_view *v) {
    const struct breaker *b = breaker_of(v->kind);
    v->by = "";
    if (b == NULL) { /* the count of the day's trades */
        v->reset_day = e->day + 1;
        v->state = v->count >= v->count_max ? LIMIT_IS_REACHED : LIMIT_IS_OK;
        return;
    }
    const struct breaker_state *s = &e->breakers[v->kind];
    v->is_breaker = true;
    v->state = s->reached     ? LIMIT_IS_REACHED
               : s->cautious  ? LIMIT_IS_CAUTIOUS
               : s->near_told ? LIMIT_IS_NEAR
                              : LIMIT_IS_OK;
    v->reset = b->reset;
    v->reset_day = reset_day(e, b->reset);
    if (b->reset == RESET_COOLDOWN && e->error_last.ns != 0 && e->errors > 0)
        v->reset_at = when_add_ms(e->error_last, (int64_t)e->config.limits.error_cooldown_s * 1000);
    v->by = s->by;
    v->by_at = s->by_at;
}
