/*
 * hours: the last hourly closes of each symbol, and what they say of the book: how
 * symbols move together, how wide an hour is, what one hour in twenty would cost. Doubles,
 * for these are estimates; no money is made of them but a comparison. Owns those closes.
 */
#include "engine/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_HOUR (3600 * NS_PER_SEC)
#define VAR_TAIL 20 /* one hour in so many is worse */

void hours_see(struct market *m, const struct bar *b, when_t at) {
    int32_t hour = (int32_t)(at.ns / NS_PER_HOUR);
    uint32_t last = m->hour_at == 0 ? HOURS_KEPT - 1 : m->hour_at - 1;
    if (m->hour_count > 0 && m->hours[last].hour == hour) {
        m->hours[last].close = b->close;
        return;
    }
    m->hours[m->hour_at] = (struct hour_close){hour, b->close};
    m->hour_at = m->hour_at + 1 == HOURS_KEPT ? 0 : m->hour_at + 1;
    if (m->hour_count < HOURS_KEPT) m->hour_count++;
}

/* Oldest first; i < hour_count. */
static const struct hour_close *hour_at(const struct market *m, uint32_t i) {
    return &m->hours[(m->hour_at + HOURS_KEPT - m->hour_count + i) % HOURS_KEPT];
}

static double step(const struct hour_close *from, const struct hour_close *to) {
    return (double)to->close.v / (double)from->close.v - 1;
}

struct pair {
    uint32_t n;
    double a[HOURS_KEPT], b[HOURS_KEPT];
};

/* The returns from each hour that both have to the next such one. */
static void pair_up(const struct market *x, const struct market *y, struct pair *out) {
    const struct hour_close *was_x = NULL, *was_y = NULL;
    uint32_t i = 0, k = 0;
    out->n = 0;
    while (i < x->hour_count && k < y->hour_count) {
        const struct hour_close *p = hour_at(x, i), *q = hour_at(y, k);
        if (p->hour != q->hour) {
            if (p->hour < q->hour)
                i++;
            else
                k++;
            continue;
        }
        if (was_x != NULL) {
            out->a[out->n] = step(was_x, p);
            out->b[out->n++] = step(was_y, q);
        }
        was_x = p, was_y = q;
        i++, k++;
    }
}

bool hours_correlation(const struct engine *e, uint16_t a, uint16_t b, double *out) {
    struct pair p;
    if (a == b) {
        *out = 1;
        return true;
    }
    pair_up(&e->markets[a], &e->markets[b], &p);
    if (p.n < HOURS_LEAST) return false;
    double ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
    for (uint32_t i = 0; i < p.n; i++) ma += p.a[i], mb += p.b[i];
    ma /= p.n, mb /= p.n;
    for (uint32_t i = 0; i < p.n; i++) {
        double x = p.a[i] - ma, y = p.b[i] - mb;
        aa += x * x, bb += y * y, ab += x * y;
    }
    if (aa <= 0 || bb <= 0) return false; /* one of them stood still */
    *out = ab / sqrt(aa * bb);
    return true;
}

bool hours_volatility(const struct engine *e, uint16_t instrument, double *out) {
    const struct market *m = &e->markets[instrument];
    double sum = 0, squares = 0;
    if (m->hour_count <= HOURS_LEAST) return false;
    for (uint32_t i = 1; i < m->hour_count; i++) {
        double r = step(hour_at(m, i - 1), hour_at(m, i));
        sum += r, squares += r * r;
    }
    uint32_t n = m->hour_count - 1;
    double mean = sum / n, v = squares / n - mean * mean;
    *out = v > 0 ? sqrt(v) : 0;
    return *out > 0;
}

/* What a position gains in the hour that ended with that close; 0 where the symbol had none. */
static double gain_in(const struct engine *e, uint16_t instrument, double worth, int32_t hour) {
    const struct market *m = &e->markets[instrument];
    for (uint32_t i = 1; i < m->hour_count; i++) {
        if (hour_at(m, i)->hour == hour) return worth * step(hour_at(m, i - 1), hour_at(m, i));
    }
    return 0;
}

static double worth_of(const struct engine *e, uint16_t instrument, enum side side, price_t price, qty_t qty) {
    cash_t value;
    if (!instrument_notional(&e->config.instruments[instrument], price, qty, &value)) return 0;
    return side == SIDE_LONG ? cash_to_double(value) : -cash_to_double(value);
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

bool hours_var(const struct engine *e, const struct signal *g, cash_t *out) {
    const struct market *m = &e->markets[g->instrument];
    double gains[HOURS_KEPT];
    uint32_t n = 0;
    for (uint32_t i = 1; i < m->hour_count; i++) {
        int32_t hour = hour_at(m, i)->hour;
        double sum = gain_in(e, g->instrument, worth_of(e, g->instrument, g->side, g->entry, g->qty), hour);
        for (uint32_t k = 0; k < e->trade_count; k++) {
            const struct trade *t = &e->trades[k].t;
            price_t price = e->markets[t->instrument].bar.close;
            sum += gain_in(e, t->instrument, worth_of(e, t->instrument, t->side, price, t->qty), hour);
        }
        for (uint32_t k = 0; k < e->order_count; k++) { /* and what entries on their way will add */
            const struct order *o = &e->orders[k].o;
            if (o->role != ROLE_ENTRY) continue;
            price_t price = e->markets[o->instrument].bar.close;
            sum += gain_in(e, o->instrument, worth_of(e, o->instrument, o->side, price, order_left(o)), hour);
        }
        gains[n++] = sum;
    }
    if (n < HOURS_LEAST) return false;
    qsort(gains, n, sizeof gains[0], by_value);
    double loss = -gains[n / VAR_TAIL];
    return cash_from_double(loss > 0 ? loss : 0, out);
}

void hours_snap(struct market *m, struct snap *s) {
    snap_count(s, &m->hour_count, HOURS_KEPT);
    snap_count(s, &m->hour_at, HOURS_KEPT - 1);
    for (uint32_t i = 0; i < m->hour_count; i++) { /* a ring that is not full begins at 0 */
        snap_i32(s, &m->hours[i].hour);
        snap_price(s, &m->hours[i].close);
    }
    snap_i64(s, &m->slippage_ppm);
    snap_i64(s, &m->atr);
    snap_count(s, &m->extreme_count, EXTREME_BARS);
    snap_count(s, &m->extreme_at, EXTREME_BARS - 1);
    for (uint32_t i = 0; i < m->extreme_count; i++) {
        snap_price(s, &m->extremes[i].high);
        snap_price(s, &m->extremes[i].low);
    }
}
