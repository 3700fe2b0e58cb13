/*
 * switches: which strategies may open trades. Owns what people chose with /strategy: a
 * choice holds over the file's `enabled` until the file turns from true to false, which
 * is tighter and therefore wins. A strategy that is switched off goes on seeing the
 * market and managing what it has open; its entries are refused with a reason.
 */
#include "engine/state.h"

#include <string.h>

#include "engine/base/hash.h"

bool strategy_is_on(const struct engine *e, uint16_t strategy) {
    switch (e->switches[strategy].choice) {
    case SWITCH_FILE: return e->config.strategies[strategy].enabled;
    case SWITCH_ON: return true;
    case SWITCH_OFF: return false;
    case SWITCH_CHOICE_COUNT: break;
    }
    return false;
}

/* Off in the file and never touched: it does not run at all. */
bool strategy_is_loaded(const struct strategy_config *c, const struct strategy_switch *s) {
    return c->enabled || s->choice != SWITCH_FILE;
}

void switches_snap(struct engine *e, struct snap *s) {
    for (uint32_t i = 0; snap_has(s, 2) && i < e->config.strategy_count; i++) {
        struct strategy_switch *w = &e->switches[i];
        SNAP_ENUM(s, &w->choice, SWITCH_CHOICE_COUNT);
        if (w->choice == SWITCH_FILE) continue;
        snap_text(s, w->by, sizeof w->by);
        snap_when(s, &w->at);
    }
}

/* NULL, or the first of its instruments that counts in another currency than the account. */
static const struct instrument *foreign(const struct engine_config *c, const struct strategy_config *s) {
    for (uint32_t i = 0; i < s->symbol_count; i++) {
        const struct instrument *in = &c->instruments[s->symbols[i]];
        if (strcmp(in->currency, c->currency) != 0) return in;
    }
    return NULL;
}

/* What the switches become where `c` follows: choices go with their label. */
void switches_follow(const struct engine *e, const struct engine_config *c,
                     struct strategy_switch out[STRATEGIES_MAX]) {
    memset(out, 0, STRATEGIES_MAX * sizeof *out);
    for (uint32_t k = 0; k < c->strategy_count; k++) {
        for (uint32_t i = 0; e->configured && i < e->config.strategy_count; i++) {
            const struct strategy_config *old = &e->config.strategies[i];
            if (strcmp(old->label, c->strategies[k].label) != 0) continue;
            bool tighter = old->enabled && !c->strategies[k].enabled;
            bool possible = e->switches[i].choice != SWITCH_ON || foreign(c, &c->strategies[k]) == NULL;
            if (!tighter && possible) out[k] = e->switches[i];
        }
    }
}

/* ---- the operator's word ---- */

int check_switch(const struct engine *e, const struct operator_command *c, struct err *err) {
    if (c->strategy < 0 || c->strategy >= (int32_t)e->config.strategy_count)
        return err_set(err, ERR_NOT_FOUND, "There is no such strategy.", "Cette stratégie n’existe pas.");
    const struct strategy_config *s = &e->config.strategies[c->strategy];
    if (c->verb == OP_STRATEGY_OFF) return 0;
    if (s->symbol_count == 0)
        return err_set(err, ERR_REFUSED, "%s is no longer in the configuration: it only manages what it has open.",
                       "%s n’est plus dans la configuration\u00a0: elle ne gère que ce qu’elle a d’ouvert.", s->label);
    const struct instrument *in = foreign(&e->config, s);
    if (in == NULL) return 0;
    return err_set(err, ERR_REFUSED, "%s counts in %s and the account in %s: %s cannot trade it.",
                   "%s compte en %s et le compte en %s\u00a0: %s ne peut pas l’échanger.", in->symbol, in->currency,
                   e->config.currency, s->label);
}

static uint32_t cancel_entries_of(struct engine *e, uint16_t strategy, struct effects *out) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->order_count; i++) {
        struct live_order *o = &e->orders[i];
        if (o->o.role == ROLE_ENTRY && o->o.strategy == strategy && order_cancel(e, o, out)) n++;
    }
    return n;
}

void apply_switch(struct engine *e, const struct event *ev, struct effects *out) {
    uint16_t k = (uint16_t)ev->u.command.strategy;
    bool on = ev->u.command.verb == OP_STRATEGY_ON, loaded;
    struct strategy_switch *w = &e->switches[k];
    if (strategy_is_on(e, k) == on) return; /* doing it twice is doing it once */
    struct effect *f = effect_add(out, EFFECT_STRATEGY);
    loaded = strategy_is_loaded(&e->config.strategies[k], w);
    w->choice = on ? SWITCH_ON : SWITCH_OFF;
    str_copy(w->by, sizeof w->by, ev->u.command.actor);
    w->at = ev->wall_time;
    if (!loaded) open_late(e, k);
    f->u.strategy.strategy = k;
    f->u.strategy.on = on;
    str_copy(f->u.strategy.actor, sizeof f->u.strategy.actor, ev->u.command.actor);
    if (!on) f->u.strategy.orders_cancelled = cancel_entries_of(e, k, out);
    for (uint32_t i = 0; i < e->trade_count; i++)
        f->u.strategy.trades_open += e->trades[i].t.strategy == k && e->trades[i].t.qty.v > 0;
}

/* ---- what people see ---- */

bool engine_strategy(const struct engine *e, uint16_t strategy, struct strategy_state *out) {
    memset(out, 0, sizeof *out);
    if (strategy >= e->config.strategy_count) return false;
    const struct strategy_switch *w = &e->switches[strategy];
    out->on = strategy_is_on(e, strategy);
    out->chosen = w->choice != SWITCH_FILE;
    memcpy(out->by, w->by, sizeof out->by);
    out->at = w->at;
    for (uint32_t i = 0; i < e->trade_count; i++)
        out->open_trades += e->trades[i].t.strategy == strategy && e->trades[i].t.qty.v > 0;
    return true;
}

uint64_t engine_preview_strategy(const struct engine *e, uint16_t strategy) {
    struct strategy_state s;
    engine_strategy(e, strategy, &s);
    uint64_t seen[5] = {strategy, s.on, s.chosen, (uint64_t)s.at.ns, e->paused};
    return hash64(seen, sizeof seen, 3);
}
