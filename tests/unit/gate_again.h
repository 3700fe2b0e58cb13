/*
 * gate_again: correlation, value at risk and slippage computed a second time, from nothing but the events and effects that
 * came by: hours as docs/DECISIONS.md and the options say, in doubles, by other formulas than the engine's. For the test of
 * the last gate, which asks after each signal.
 */
#ifndef MIA_TESTS_GATE_AGAIN_H
#define MIA_TESTS_GATE_AGAIN_H

#include "engine_kit.h"

#include <math.h>

#define AGAIN_SYMBOLS 3
#define AGAIN_HOURS 16384
#define AGAIN_KEPT 72  /* hourly closes that count */
#define AGAIN_LEAST 24 /* returns without which nothing is said */
#define AGAIN_FILLS 64

struct again {
    struct again_symbol {
        uint32_t n;
        int64_t hour[AGAIN_HOURS];
        double close[AGAIN_HOURS], last;
        int64_t slipped_ppm;
    } symbol[AGAIN_SYMBOLS];
    struct again_entry { /* sent, not filled yet */
        uint64_t order;
        uint16_t instrument;
        enum side side;
        int64_t wanted;
    } entry[AGAIN_FILLS];
    uint32_t entries, newest; /* newest: number of the newest trade */
    int32_t day;
    uint32_t checked, told; /* signals for which a figure was there: of VaR, of correlation */
};

static void again_bar(struct again *a, const struct event *ev) {
    struct again_symbol *s = &a->symbol[ev->u.bar.instrument];
    const int64_t hour = ev->u.bar.bar.start.ns / 3600000000000LL;
    s->last = price_to_double(ev->u.bar.bar.close);
    if (s->n == 0 || s->hour[s->n - 1] != hour) {
        assert_true(s->n < AGAIN_HOURS);
        s->hour[s->n++] = hour;
    }
    s->close[s->n - 1] = s->last;
}

/* Half of what is known is the newest; with each day half of it is forgotten. */
static void again_fill(struct again *a, const struct order_report *r) {
    for (uint32_t i = 0; i < AGAIN_FILLS; i++) {
        struct again_entry *x = &a->entry[i];
        if (x->order == 0 || x->order != r->order) continue;
        int64_t worse = (r->price.v - x->wanted) * (x->side == SIDE_LONG ? 1 : -1);
        int64_t *at = &a->symbol[x->instrument].slipped_ppm;
        int64_t now = worse > 0 ? (int64_t)((long double)worse * 1000000 / (long double)x->wanted + 0.5L) : 0;
        *at = (*at + now) / 2;
        x->order = 0; /* of a first fill only */
    }
}

static void again_see(struct again *a, const struct event *ev) {
    if (ev->day != a->day) {
        for (int i = 0; i < AGAIN_SYMBOLS; i++) a->symbol[i].slipped_ppm /= 2;
        a->day = ev->day;
    }
    if (ev->kind == EVENT_BAR) again_bar(a, ev);
    if (ev->kind == EVENT_REPORT && ev->u.report.kind == REPORT_FILL) again_fill(a, &ev->u.report);
}

/* After the signal was looked at. */
static void again_sent(struct again *a, const struct signal *g, const struct order *o) {
    a->entry[a->entries++ % AGAIN_FILLS] = (struct again_entry){o->id, g->instrument, g->side, g->entry.v};
}

/* ---- hours ---- */

static uint32_t again_first(const struct again_symbol *s) {
    return s->n > AGAIN_KEPT ? s->n - AGAIN_KEPT : 0;
}

static bool again_return(const struct again_symbol *s, int64_t hour, double *out) {
    for (uint32_t i = again_first(s) + 1; i < s->n; i++) {
        if (s->hour[i] != hour) continue;
        *out = s->close[i] / s->close[i - 1] - 1;
        return true;
    }
    return false;
}

/* Of the returns between hours that both have; n times the sums, no means. */
static bool again_correlation(const struct again_symbol *x, const struct again_symbol *y, double *out) {
    long double n = 0, sx = 0, sy = 0, xx = 0, yy = 0, xy = 0;
    double before_x = 0, before_y = 0;
    if (x == y) return *out = 1, true;
    for (uint32_t i = again_first(x); i < x->n; i++) {
        uint32_t k = again_first(y);
        while (k < y->n && y->hour[k] != x->hour[i]) k++;
        if (k == y->n) continue;
        if (before_x != 0) {
            long double a = x->close[i] / before_x - 1, b = y->close[k] / before_y - 1;
            n++, sx += a, sy += b, xx += a * a, yy += b * b, xy += a * b;
        }
        before_x = x->close[i], before_y = y->close[k];
    }
    long double below = sqrtl(n * xx - sx * sx) * sqrtl(n * yy - sy * sy);
    if (n < AGAIN_LEAST || !(below > 0)) return false;
    *out = (double)((n * xy - sx * sy) / below);
    return true;
}

/* ---- the book ---- */

static double again_worth(const struct engine_config *c, uint16_t in, enum side side, double price, qty_t qty) {
    const struct instrument *i = &c->instruments[in];
    double worth = price / price_to_double(i->tick) * cash_to_double(i->tick_value) * qty_to_double(qty);
    return side == SIDE_LONG ? worth : -worth;
}

/* What each symbol's positions are worth before that signal: open, and on their way. */
static void again_book(const struct again *a, const struct engine_config *c, double out[AGAIN_SYMBOLS]) {
    memset(out, 0, AGAIN_SYMBOLS * sizeof *out);
    for (uint32_t i = 0; i < engine_trade_count(w.engine); i++) {
        const struct trade *t = engine_trade_at(w.engine, i);
        if (t->id <= a->newest)
            out[t->instrument] += again_worth(c, t->instrument, t->side, a->symbol[t->instrument].last, t->qty);
    }
    for (uint32_t i = 0; i < engine_order_count(w.engine); i++) {
        const struct order *o = engine_order_at(w.engine, i);
        if (o->role != ROLE_ENTRY || o->trade > a->newest) continue;
        const qty_t left = {o->qty.v - o->filled.v};
        out[o->instrument] += again_worth(c, o->instrument, o->side, a->symbol[o->instrument].last, left);
    }
}

/* The hour that one in twenty is worse than: as many hours gain less as a twentieth of them are. false: too few. */
static bool again_var(const struct again *a, const struct engine_config *c, const struct signal *g, double *out) {
    const struct again_symbol *s = &a->symbol[g->instrument];
    double book[AGAIN_SYMBOLS], gain[AGAIN_KEPT];
    uint32_t n = 0;
    again_book(a, c, book);
    book[g->instrument] += again_worth(c, g->instrument, g->side, price_to_double(g->entry), g->qty);
    for (uint32_t i = again_first(s) + 1; i < s->n; i++, n++) {
        gain[n] = 0;
        for (int k = 0; k < AGAIN_SYMBOLS; k++) {
            double r;
            if (again_return(&a->symbol[k], s->hour[i], &r)) gain[n] += book[k] * r;
        }
    }
    if (n < AGAIN_LEAST) return false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t less = 0, same = 0;
        for (uint32_t k = 0; k < n; k++) less += gain[k] < gain[i], same += gain[k] == gain[i];
        if (less <= n / 20 && n / 20 < less + same) *out = gain[i] < 0 ? -gain[i] : 0;
    }
    return true;
}

/* ---- the questions ---- */

#define AGAIN_SLACK 1e-6 /* of doubles that were added in another order */

/* A trade that is being closed, or whose entry is being called back, counts no more: if that fills, it is closed at once. */
static bool again_is_leaving(const struct trade *t) {
    const struct order *entry = engine_order(w.engine, t->entry_order);
    return t->state == TRADE_CLOSING ||
           (t->state == TRADE_OPENING && entry != NULL && !engine_can_cancel(w.engine, entry));
}

static bool again_moves_with(const struct again *a, const struct signal *g, int64_t max_ppm, bool also_closing) {
    bool any = false;
    for (uint32_t i = 0; i < engine_trade_count(w.engine); i++) {
        const struct trade *t = engine_trade_at(w.engine, i);
        double c, edge = also_closing ? -AGAIN_SLACK : AGAIN_SLACK;
        if (t->id > a->newest || (again_is_leaving(t) && !also_closing)) continue;
        if (!again_correlation(&a->symbol[g->instrument], &a->symbol[t->instrument], &c)) continue;
        any |= (t->side == g->side ? c : -c) > (double)max_ppm / 1e6 + edge;
    }
    return any;
}

static double again_slippage(const struct again *a, const struct engine_config *c, const struct signal *g) {
    double planned = (double)c->paper.slippage_ticks * price_to_double(c->instruments[g->instrument].tick) * 1e6 /
                     price_to_double(g->entry);
    double lately = (double)a->symbol[g->instrument].slipped_ppm;
    return planned > lately ? planned : lately;
}

/* Nothing was taken beyond a cap, and nothing refused within it. Call it for every signal, in their order. */
static void again_look(struct again *a, const struct signal *g) {
    const struct engine_config *c = engine_config(w.engine);
    const struct limits *l = &c->limits;
    struct account account;
    double var = 0;
    engine_account(w.engine, &account);
    const double most = (double)l->var_ppm / 1e6 * cash_to_double(account.equity);
    if (g->taken || g->refusal == REFUSAL_VAR) {
        bool known = again_var(a, c, g, &var);
        a->checked += known;
        if (g->taken && known && var > most * (1 + AGAIN_SLACK) + 0.01) fail_msg("S%u: VaR %f of %f", g->id, var, most);
        if (!g->taken && var < most * (1 - AGAIN_SLACK) - 0.01) fail_msg("S%u refused: VaR %f of %f", g->id, var, most);
    }
    if (g->taken && again_moves_with(a, g, l->correlation_ppm, false)) fail_msg("S%u moves with a trade", g->id);
    if (g->refusal == REFUSAL_CORRELATION) {
        assert_true(again_moves_with(a, g, l->correlation_ppm, true));
        a->told++;
    }
    const double slips = again_slippage(a, c, g);
    if (g->taken && slips > (double)l->slippage_ppm + 1.5) fail_msg("S%u slips by %f", g->id, slips);
    if (g->refusal == REFUSAL_SLIPPAGE && slips < (double)l->slippage_ppm - 1.5) fail_msg("S%u does not slip", g->id);
    if (g->trade > a->newest) a->newest = g->trade;
}

#endif
