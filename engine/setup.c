/*
 * setup: a configuration takes hold. The first one sets the balance; a later one keeps
 * the state: trades are mapped by symbol and by strategy label, what left the
 * configuration but still has an open trade stays (its strategy no longer steps), and
 * limits loosen only with the next trading day. Everything is checked before anything
 * changes. Owns the strategies' memory.
 */
#include "engine/state.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/mem.h"

void *slot_state(struct engine *e, uint16_t slot) {
    return e->slot_memory + (size_t)slot * STRATEGY_STATE_MAX;
}

/* ---- checks ---- */

static int check_instrument(const struct engine_config *c, uint32_t k, struct err *err) {
    const struct instrument *i = &c->instruments[k];
    if (i->symbol[0] == '\0' || memchr(i->symbol, '\0', sizeof i->symbol) == NULL)
        return err_set(err, ERR_RANGE, "an instrument without a symbol", "un instrument sans symbole");
    if (engine_config_instrument(c, i->symbol) != (int)k)
        return err_set(err, ERR_RANGE, "instrument %s is there twice", "l’instrument %s est présent deux fois",
                       i->symbol);
    bool sane = i->tick.v > 0 && i->tick.v <= PRICE_HIGHEST && i->tick_value.v > 0 && i->lot_step.v > 0 &&
                i->lot_min.v > 0 && i->lot_max.v >= i->lot_min.v && i->lot_max.v <= QTY_HIGHEST &&
                i->margin_per_lot.v >= 0 && i->leverage >= 1 && i->spread.v >= 0 && i->commission_per_lot.v >= 0 &&
                (unsigned)i->asset < ASSET_CLASS_COUNT && gamma_levels_hold(&i->gamma) && roll_config_holds(&i->roll);
    if (!sane)
        return err_set(err, ERR_RANGE, "instrument %s: impossible figures", "instrument %s\u00a0: chiffres impossibles",
                       i->symbol);
    return 0;
}

static const struct param_spec *spec_find(const struct strategy *rule, const char *name, size_t *at) {
    *at = 0;
    for (const struct param_spec *p = rule->params; p->name != NULL; p++, (*at)++) {
        if (strcmp(p->name, name) == 0) return p;
    }
    return NULL;
}

/* The parameters in the order of the specs: defaults, then what is configured. */
static int fill_params(const struct strategy *rule, const struct strategy_config *s, double *out, struct err *err) {
    size_t n = 0, at;
    for (const struct param_spec *p = rule->params; p->name != NULL && n < STRATEGY_PARAMS_MAX; p++)
        out[n++] = p->value;
    for (uint32_t i = 0; i < s->param_count; i++) {
        const struct param_spec *p = spec_find(rule, s->params[i].name, &at);
        double v = s->params[i].value;
        if (p == NULL || at >= n)
            return err_set(err, ERR_NOT_FOUND, "%s has no parameter %s", "%s n’a pas de paramètre %s", s->label,
                           s->params[i].name);
        if (!(v >= p->min && v <= p->max))
            return err_set(err, ERR_RANGE, "%s: %s = %g; it must lie between %g and %g",
                           "%s\u00a0: %s = %g\u00a0; il faut une valeur entre %g et %g", s->label, p->name, v, p->min,
                           p->max);
        if (p->whole && v != floor(v))
            return err_set(err, ERR_RANGE, "%s: %s = %g; it must be a whole number",
                           "%s\u00a0: %s = %g\u00a0; il faut un nombre entier", s->label, p->name, v);
        out[at] = v;
    }
    return 0;
}

static int check_strategy_symbols(const struct engine_config *c, const struct strategy_config *s, struct err *err) {
    if (s->symbol_count > STRATEGY_SYMBOLS_MAX)
        return err_set(err, ERR_RANGE, "%s has too many symbols", "%s a trop de symboles", s->label);
    for (uint32_t i = 0; i < s->symbol_count; i++) {
        if (s->symbols[i] >= c->instrument_count)
            return err_set(err, ERR_RANGE, "%s trades a symbol that is not configured",
                           "%s échange un symbole non configuré", s->label);
        const struct instrument *in = &c->instruments[s->symbols[i]];
        for (uint32_t k = 0; k < i; k++) {
            if (s->symbols[k] == s->symbols[i])
                return err_set(err, ERR_RANGE, "%s names a symbol twice", "%s nomme deux fois un symbole", s->label);
        }
        if (s->enabled && strcmp(in->currency, c->currency) != 0)
            return err_set(err, ERR_REFUSED,
                           "%s counts in %s and the account in %s: give its tick_value and currency in %s",
                           "%s compte en %s et le compte en %s\u00a0: donnez tick_value et currency en %s", in->symbol,
                           in->currency, c->currency, c->currency);
    }
    return 0;
}

static int check_strategy(const struct engine_config *c, uint32_t k, struct err *err) {
    const struct strategy_config *s = &c->strategies[k];
    double params[STRATEGY_PARAMS_MAX];
    if (s->label[0] == '\0')
        return err_set(err, ERR_RANGE, "strategy %s without a label", "stratégie %s sans libellé", s->name);
    for (uint32_t i = 0; i < k; i++) {
        if (strcmp(c->strategies[i].label, s->label) == 0)
            return err_set(err, ERR_RANGE, "two strategies are called %s", "deux stratégies s’appellent %s", s->label);
    }
    const struct strategy *rule = strategy_find(s->name);
    if (rule == NULL)
        return err_set(err, ERR_RANGE, "there is no strategy %s", "il n’y a pas de stratégie %s", s->name);
    if ((unsigned)s->sizing >= SIZING_COUNT || (unsigned)s->stop >= STOP_RULE_COUNT || s->stop_ppm < 0 ||
        s->target_r_ppm < 0)
        return err_set(err, ERR_RANGE, "%s: impossible sizing or stops", "%s\u00a0: taille ou stops impossibles",
                       s->label);
    bool widens = s->widen_ppm[REGIME_UNKNOWN] == 0; /* what is not known changes nothing */
    for (int r = 0; r < REGIME_COUNT; r++)
        widens &= s->widen_ppm[r] == 0 || (s->widen_ppm[r] >= PPM && s->widen_ppm[r] <= REGIME_WIDEN_PPM_MAX);
    if (!widens || s->regimes >= 1u << REGIME_COUNT || (s->regimes & 1u << REGIME_UNKNOWN) != 0 ||
        (unsigned)s->advisor >= ADVISOR_MODE_COUNT)
        return err_set(err, ERR_RANGE, "%s: impossible regimes, stop_widen or advisor",
                       "%s\u00a0: regimes, stop_widen ou advisor impossibles", s->label);
    if (s->session > c->calendars.session_count)
        return err_set(err, ERR_RANGE, "%s: a session that is not there", "%s\u00a0: une séance qui n’existe pas",
                       s->label);
    if (s->param_count > STRATEGY_PARAMS_MAX || s->capital.v <= 0)
        return err_set(err, ERR_RANGE, "%s needs capital and at most %d parameters",
                       "%s a besoin d’un capital et d’au plus %d paramètres", s->label, STRATEGY_PARAMS_MAX);
    if (check_strategy_symbols(c, s, err) != 0 || fill_params(rule, s, params, err) != 0) return -1;
    if (rule->state_size(params) > STRATEGY_STATE_MAX)
        return err_set(err, ERR_RANGE, "%s needs too much memory", "%s demande trop de mémoire", s->label);
    return 0;
}

/* How many instruments and strategies must stay although the new configuration no longer has them. */
static int check_room(const struct engine *e, const struct engine_config *c, struct err *err) {
    uint32_t instruments = c->instrument_count, strategies = c->strategy_count;
    bool counted_i[INSTRUMENTS_MAX] = {0}, counted_s[STRATEGIES_MAX] = {0};
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct trade *t = &e->trades[i].t;
        if (!counted_i[t->instrument] && engine_config_instrument(c, e->config.instruments[t->instrument].symbol) < 0)
            instruments++;
        counted_i[t->instrument] = true;
        bool there = false;
        for (uint32_t k = 0; k < c->strategy_count; k++)
            there |= strcmp(c->strategies[k].label, e->config.strategies[t->strategy].label) == 0;
        if (!counted_s[t->strategy] && !there) strategies++;
        counted_s[t->strategy] = true;
    }
    if (instruments <= INSTRUMENTS_MAX && strategies <= STRATEGIES_MAX) return 0;
    return err_set(err, ERR_FULL, "no room for the instruments and strategies of open trades",
                   "pas de place pour les instruments et stratégies des positions ouvertes");
}

int check_config(const struct engine *e, const struct event *ev, struct err *err) {
    const struct engine_config *c = ev->u.config;
    if (c == NULL || c->instrument_count > INSTRUMENTS_MAX || c->strategy_count > STRATEGIES_MAX)
        return err_set(err, ERR_RANGE, "a configuration that is too large", "une configuration trop grande");
    bool sane = c->paper.slippage_ticks >= 0 && c->paper.slippage_ticks <= 1000000 && c->paper.spread_ticks >= -1 &&
                c->paper.spread_ticks <= 1000000 && c->paper.max_fill.v >= 0 && c->balance.v >= 0 &&
                (unsigned)c->mode < RUN_MODE_COUNT;
    if (!sane) return err_set(err, ERR_RANGE, "impossible broker figures", "chiffres du courtier impossibles");
    const struct weekend_config *w = &c->weekend;
    const struct limits *limits = &c->limits;
    if (!calendars_hold(&c->calendars) || w->warn_min < 0 || w->warn_min > 7 * DAY_MIN || limits->weekend_flat > 1 ||
        limits->weekend_flat_min > 7 * DAY_MIN)
        return err_set(err, ERR_RANGE, "impossible trading hours", "horaires de négociation impossibles");
    if (!news_holds(&c->news) || limits->news.before_min > DAY_MIN || limits->news.after_min > DAY_MIN)
        return err_set(err, ERR_RANGE, "an impossible calendar of announcements",
                       "un calendrier d’annonces impossible");
    const struct level_config *l = &c->levels;
    if (l->swing_bars > SWING_BARS_MAX || l->opening_min > DAY_MIN || l->gap_atr_ppm < 0 || l->near_atr_ppm < 0)
        return err_set(err, ERR_RANGE, "impossible settings of levels", "réglages des niveaux impossibles");
    for (uint32_t i = 0; i < c->instrument_count; i++) {
        if (check_instrument(c, i, err) != 0) return -1;
    }
    for (uint32_t i = 0; i < c->strategy_count; i++) {
        if (check_strategy(c, i, err) != 0) return -1;
    }
    return check_room(e, c, err);
}

/* ---- strategies' memory ---- */

static bool same_strategy(const struct strategy_config *a, const struct strategy_config *b) {
    if (strcmp(a->name, b->name) != 0 || strcmp(a->label, b->label) != 0 || a->param_count != b->param_count)
        return false;
    for (uint32_t i = 0; i < a->param_count; i++) {
        if (strcmp(a->params[i].name, b->params[i].name) != 0 || a->params[i].value != b->params[i].value) return false;
    }
    return true;
}

/* The slot in which the old configuration kept this strategy and symbol; SLOT_POOL: none. */
static uint16_t slot_kept(const struct engine *e, const struct strategy_config *s, const char *symbol) {
    for (uint32_t k = 0; e->configured && k < e->config.strategy_count; k++) {
        const struct strategy_config *old = &e->config.strategies[k];
        if (!strategy_is_loaded(old, &e->switches[k]) || !same_strategy(old, s)) continue;
        for (uint32_t i = 0; i < old->symbol_count; i++) {
            if (strcmp(e->config.instruments[old->symbols[i]].symbol, symbol) == 0) return e->slot_of[k][i];
        }
    }
    return SLOT_POOL;
}

static int slot_open(struct engine *e, const struct strategy_config *s, uint16_t *slot, struct err *err) {
    double params[STRATEGY_PARAMS_MAX];
    const struct strategy *rule = strategy_find(s->name);
    if (rule == NULL || fill_params(rule, s, params, err) != 0) return -1;
    uint16_t at = 0;
    while (at < SLOT_POOL && e->slots[at].used) at++;
    if (at == SLOT_POOL) return err_set(err, ERR_FULL, "no room for %s", "pas de place pour %s", s->label);
    memset(slot_state(e, at), 0, rule->state_size(params));
    if (rule->open(slot_state(e, at), params, err) != 0) return -1;
    e->slots[at] = (struct slot){.used = true, .rule = rule};
    *slot = at;
    return 0;
}

struct plan {
    struct strategy_switch switches[STRATEGIES_MAX];
    uint16_t slot[STRATEGIES_MAX][STRATEGY_SYMBOLS_MAX];
    bool keep[SLOT_POOL];
};

/* Opens what is new beside what is there, by p's switches; on an error what was opened goes again. */
static int plan_slots(struct engine *e, const struct engine_config *c, struct plan *p, struct err *err) {
    bool before[SLOT_POOL];
    for (uint32_t i = 0; i < SLOT_POOL; i++) before[i] = e->slots[i].used;
    memset(p->slot, 0, sizeof p->slot);
    memset(p->keep, 0, sizeof p->keep);
    for (uint32_t k = 0; k < c->strategy_count; k++) {
        const struct strategy_config *s = &c->strategies[k];
        bool loaded = strategy_is_loaded(s, &p->switches[k]);
        for (uint32_t i = 0; loaded && i < s->symbol_count; i++) {
            uint16_t slot = slot_kept(e, s, c->instruments[s->symbols[i]].symbol);
            if (slot == SLOT_POOL && slot_open(e, s, &slot, err) != 0) {
                for (uint32_t j = 0; j < SLOT_POOL; j++) e->slots[j].used = before[j];
                return -1;
            }
            p->slot[k][i] = slot;
            p->keep[slot] = true;
        }
    }
    return 0;
}

static void adopt_slots(struct engine *e, const struct plan *p) {
    memcpy(e->slot_of, p->slot, sizeof e->slot_of);
    memcpy(e->switches, p->switches, sizeof e->switches);
    for (uint32_t i = 0; i < SLOT_POOL; i++) e->slots[i].used = p->keep[i];
}

int open_slots(struct engine *e, const struct engine_config *c, struct err *err) {
    struct plan p;
    memset(e->slots, 0, sizeof e->slots);
    memcpy(p.switches, e->switches, sizeof p.switches);
    bool was = e->configured;
    e->configured = false; /* nothing is kept */
    int rc = plan_slots(e, c, &p, err);
    e->configured = was;
    if (rc == 0) adopt_slots(e, &p);
    return rc;
}

static void plan_bars(struct engine *e) {
    memset(e->step_count, 0, sizeof e->step_count);
    for (uint32_t k = 0; k < e->config.strategy_count; k++) {
        const struct strategy_config *s = &e->config.strategies[k];
        bool loaded = strategy_is_loaded(s, &e->switches[k]);
        for (uint32_t i = 0; loaded && i < s->symbol_count; i++) {
            uint16_t in = s->symbols[i];
            e->steps[in][e->step_count[in]++] = (struct step){.strategy = (uint16_t)k, .slot = e->slot_of[k][i]};
        }
    }
}

void plan_steps(struct engine *e) {
    plan_bars(e);
    contexts_plan(e);
}

/* Its memory starts empty: it first has to see the market. A file's configuration was checked, so it opens. */
void open_late(struct engine *e, uint16_t strategy) {
    const struct strategy_config *s = &e->config.strategies[strategy];
    for (uint32_t i = 0; i < s->symbol_count; i++) {
        bool opened = slot_open(e, s, &e->slot_of[strategy][i], NULL) == 0;
        assert(opened); /* the pool holds twice what can be configured, and the old ones are gone by now */
    }
    plan_steps(e);
}

void slots_renew(struct engine *e, uint16_t instrument) {
    double params[STRATEGY_PARAMS_MAX];
    for (uint32_t i = 0; i < e->step_count[instrument]; i++) {
        const struct step *st = &e->steps[instrument][i];
        const struct strategy *rule = e->slots[st->slot].rule;
        bool opened = fill_params(rule, &e->config.strategies[st->strategy], params, NULL) == 0;
        memset(slot_state(e, st->slot), 0, opened ? rule->state_size(params) : 0);
        opened = opened && rule->open(slot_state(e, st->slot), params, NULL) == 0;
        assert(opened); /* it was open with them */
    }
}

/* ---- mapping ---- */

struct remap {
    uint16_t instrument[INSTRUMENTS_MAX], strategy[STRATEGIES_MAX];
};
#define GONE UINT16_MAX

static bool is_used(const struct engine *e, bool instrument, uint16_t index) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        const struct trade *t = &e->trades[i].t;
        if ((instrument ? t->instrument : t->strategy) == index) return true;
    }
    return false;
}

/* The hours of a symbol that stays for its trade, by their name; none, always open, where there is no room. */
static uint16_t keep_hours(const struct calendars *from, struct calendars *to, uint16_t hours) {
    if (hours >= from->hours_count) return CALENDAR_NONE;
    for (uint16_t i = 0; i < to->hours_count; i++) {
        if (strcmp(to->hours[i].name, from->hours[hours].name) == 0) return i;
    }
    if (to->hours_count == CALENDARS_MAX || to->zone_count == CALENDAR_ZONES_MAX) return CALENDAR_NONE;
    struct trading_hours *h = &to->hours[to->hours_count];
    *h = from->hours[hours];
    to->zones[to->zone_count] = from->zones[h->zone];
    h->zone = (uint16_t)to->zone_count++;
    return (uint16_t)to->hours_count++;
}

static void map_instruments(const struct engine *e, struct engine_config *c, struct remap *m) {
    for (uint32_t i = 0; i < e->config.instrument_count; i++) {
        int at = engine_config_instrument(c, e->config.instruments[i].symbol);
        if (at < 0 && is_used(e, true, (uint16_t)i)) {
            at = (int)c->instrument_count++;
            c->instruments[at] = e->config.instruments[i];
            c->instruments[at].hours = keep_hours(&e->config.calendars, &c->calendars, e->config.instruments[i].hours);
        }
        m->instrument[i] = at < 0 ? GONE : (uint16_t)at;
    }
}

static void map_strategies(const struct engine *e, struct engine_config *c, struct remap *m) {
    for (uint32_t i = 0; i < e->config.strategy_count; i++) {
        uint16_t at = GONE;
        for (uint32_t k = 0; k < c->strategy_count; k++) {
            if (strcmp(c->strategies[k].label, e->config.strategies[i].label) == 0) at = (uint16_t)k;
        }
        if (at == GONE && is_used(e, false, (uint16_t)i)) {
            at = (uint16_t)c->strategy_count++;
            c->strategies[at] = e->config.strategies[i];
            c->strategies[at].enabled = false;
            c->strategies[at].symbol_count = 0;
            c->strategies[at].session = 0; /* of sessions that may be gone; it takes no entries */
        }
        m->strategy[i] = at;
    }
}

static void move_order(struct order *o, const struct remap *m) {
    o->instrument = m->instrument[o->instrument] == GONE ? 0 : m->instrument[o->instrument];
    o->strategy = m->strategy[o->strategy] == GONE ? 0 : m->strategy[o->strategy];
}

/* A late report about an order whose symbol or strategy is gone for good could not be booked: forget those orders. */
static void move_recent(struct engine *e, const struct remap *m) {
    for (uint32_t i = 0; i < e->recent_count; i++) {
        struct live_order *o = &e->recent[i];
        if (m->instrument[o->o.instrument] == GONE || m->strategy[o->o.strategy] == GONE)
            memset(o, 0, sizeof *o); /* no report can name order 0 */
        else
            move_order(&o->o, m);
    }
}

static void move_markets(struct engine *e, const struct remap *m, enum config_occasion occasion) {
    uint32_t entries[INSTRUMENTS_MAX], n = e->config.instrument_count; /* beyond them all is zero */
    struct market *old = xmalloc(INSTRUMENTS_MAX * sizeof *old);
    memcpy(old, e->markets, n * sizeof *old);
    memcpy(entries, e->today.entries_asset, sizeof entries);
    memset(e->today.entries_asset, 0, sizeof e->today.entries_asset);
    memset(e->markets, 0, n * sizeof *old);
    for (uint32_t i = 0; i < n; i++) {
        if (m->instrument[i] == GONE) continue;
        e->markets[m->instrument[i]] = old[i];
        e->today.entries_asset[m->instrument[i]] = entries[i];
        if (occasion == CONFIG_RUNNING) continue;
        struct market *k = &e->markets[m->instrument[i]];
        k->feed = FEED_LIVE; /* it speaks up where it is not */
        k->differs = false;  /* and so does the venue, which may be another one */
        k->theirs = 0;
    }
    free(old);
}

static void move_strategy_stats(struct engine *e, const struct remap *m) {
    struct tally old[STRATEGIES_MAX];
    memcpy(old, e->strategy_stats, sizeof old);
    memset(e->strategy_stats, 0, sizeof e->strategy_stats);
    for (uint32_t i = 0; i < e->config.strategy_count; i++) {
        if (m->strategy[i] != GONE) e->strategy_stats[m->strategy[i]] = old[i];
    }
}

/* One about a symbol that is gone never meets another: its level is none. */
static void move_ideas(struct engine *e, const struct remap *m) {
    for (uint32_t i = 0; i < e->idea_count; i++) {
        uint16_t at =
            e->ideas[i].instrument < e->config.instrument_count ? m->instrument[e->ideas[i].instrument] : GONE;
        if (at == GONE) e->ideas[i].level = PRICE_ZERO;
        e->ideas[i].instrument = at == GONE ? 0 : at;
    }
}

static void move_state(struct engine *e, const struct remap *m, enum config_occasion occasion) {
    for (uint32_t i = 0; i < e->trade_count; i++) {
        struct trade *t = &e->trades[i].t;
        t->instrument = m->instrument[t->instrument];
        t->strategy = m->strategy[t->strategy];
    }
    for (uint32_t i = 0; i < e->order_count; i++) move_order(&e->orders[i].o, m);
    move_recent(e, m);
    move_markets(e, m, occasion);
    move_strategy_stats(e, m);
    ledger_move(e, m->instrument, m->strategy, GONE);
    move_ideas(e, m);
    if (e->last_signal.id == 0) return;
    uint16_t in = m->instrument[e->last_signal.instrument], st = m->strategy[e->last_signal.strategy];
    if (in == GONE || st == GONE) {
        memset(&e->last_signal, 0, sizeof e->last_signal);
        return;
    }
    e->last_signal.instrument = in;
    e->last_signal.strategy = st;
}

/* ---- taking hold ---- */

static uint64_t config_digest(struct engine *e, const struct engine_config *c) {
    struct snap s;
    buf_reset(&e->bytes);
    snap_writer(&s, &e->bytes);
    engine_config_snap((struct engine_config *)(uintptr_t)c, &s); /* writing changes nothing */
    return hash64(e->bytes.p, e->bytes.len, 0);
}

static void first_config(struct engine *e, const struct event *ev, struct effects *out) {
    engine_config_copy(&e->config, ev->u.config);
    e->limits_next = e->config.limits;
    e->management_next = e->config.management;
    weekend_begin(e);
    e->balance = e->config.balance;
    breakers_begin(e);
    int64_t sec = when_sec(ev->wall_time);
    e->order_base = sec > 0 && sec < (1LL << 32) ? (uint64_t)sec << 20 : 0;
    e->day = ev->day;
    struct effect *f = effect_add(out, EFFECT_CONFIGURED);
    f->u.configured.first = true;
    f->u.configured.changed = true;
}

static void later_config(struct engine *e, const struct event *ev, bool new_day) {
    struct engine_config *c = xmalloc(sizeof *c);
    struct remap m;
    engine_config_copy(c, ev->u.config);
    map_instruments(e, c, &m);
    map_strategies(e, c, &m);
    move_state(e, &m, ev->occasion);
    contexts_move(e, c, m.instrument, GONE);
    e->limits_next = c->limits;
    e->management_next = c->management;
    weekend_take(e, c, m.instrument, ev->u.config->instrument_count, new_day);
    if (!new_day) {
        c->limits = limits_tighter(&e->config.limits, &c->limits);
        news_keep(&c->news, &e->config.news, &c->limits.news, e->market_time);
    }
    if (!new_day && ev->occasion != CONFIG_FORMAT_1)
        c->management = management_tighter(&e->config.management, &c->management);
    engine_config_copy(&e->config, c);
    free(c);
}

int apply_config(struct engine *e, const struct event *ev, struct effects *out, struct err *err) {
    struct plan p;
    bool first = !e->configured, new_day = !first && ev->day > e->day;
    switches_follow(e, ev->u.config, p.switches);
    if (plan_slots(e, ev->u.config, &p, err) != 0) return -1;
    uint64_t digest = config_digest(e, ev->u.config);
    if (new_day) day_roll(e, ev->day, out);
    if (first) {
        first_config(e, ev, out);
    } else {
        later_config(e, ev, new_day);
        if (ev->occasion != CONFIG_RUNNING) /* a person's change is told by who makes it */
            effect_add(out, EFFECT_CONFIGURED)->u.configured.changed = digest != e->config_hash;
    }
    e->configured = true;
    e->config_hash = digest;
    adopt_slots(e, &p);
    memset(e->weekend, 0, sizeof e->weekend);
    memset(e->roll_named, 0, sizeof e->roll_named);
    plan_steps(e);
    breakers_plan(e);
    if (!first) breakers_check(e, out);
    if (!first) breakers_check_book(e, out);
    return 0;
}
