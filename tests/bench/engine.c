/*
 * engine: bars a second through the engine that trades live, with the paper broker, one strategy at a time: orders, stops,
 * gates, breakers, levels where a rule reads them, and the digest; no store and no messages. Beside it the same bars with
 * no strategy at all. Medians of three, in one run.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/mem.h"
#include "engine/base/rng.h"
#include "engine/drive.h"
#include "engine/strategy.h"

#define BARS 200000
#define RUNS 3
#define START 1736121600LL /* 2025-01-06, a Monday */
#define DAY_SECONDS 86400

static struct bar bars[BARS];

static price_t px(double v) {
    price_t p = PRICE_ZERO;
    price_from_double(round(v * 100) / 100, &p);
    return p;
}

static void make_bars(void) {
    struct rng r;
    double p = 2600;
    rng_seed(&r, 1);
    for (int i = 0; i < BARS; i++) {
        double before = p;
        p *= exp(6e-4 * rng_normal(&r));
        bars[i] = (struct bar){.start = when_from_sec(START + 60LL * i),
                               .seconds = 60,
                               .open = px(before),
                               .high = px(fmax(p, before) * (1 + 2e-4 * rng_unit(&r))),
                               .low = px(fmin(p, before) * (1 - 2e-4 * rng_unit(&r))),
                               .close = px(p),
                               .volume = 10 + (int64_t)rng_below(&r, 500)};
    }
}

struct told {
    uint32_t trades, signals;
};

static void count(void *arg, const struct event *ev, const struct effects *f) {
    struct told *t = arg;
    (void)ev;
    for (uint32_t i = 0; i < f->n; i++) {
        t->signals += f->item[i].kind == EFFECT_SIGNAL;
        t->trades += f->item[i].kind == EFFECT_SUBMIT && f->item[i].u.submit.order.role == ROLE_ENTRY;
    }
}

/* No limit ends the run early: what is measured is a rule that goes on trading. */
static void configure(struct engine_config *c, const char *rule) {
    engine_config_defaults(c);
    c->instruments[c->instrument_count++] = *instrument_builtin("XAUUSD");
    c->instruments[0].hours = UINT16_MAX; /* always open */
    c->limits = (struct limits){.risk_per_trade_ppm = 1000};
    c->levels.all = false;
    if (rule == NULL) return;
    struct strategy_config *s = &c->strategies[c->strategy_count++];
    str_copy(s->name, sizeof s->name, rule);
    str_copy(s->label, sizeof s->label, rule);
    s->enabled = true;
    s->symbol_count = 1;
    s->capital.v = 100000 * CASH_SCALE;
}

static int apply(struct drive *d, struct event *ev, int64_t second, struct told *t) {
    struct err e;
    ev->market_time = ev->wall_time = when_from_sec(second);
    ev->day = (int32_t)(second / DAY_SECONDS);
    if (drive_event(d, ev, count, t, &e) == 0) return 0;
    fprintf(stderr, "engine bench: %s\n", err_text(&e, LANG_EN));
    return -1;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Bars a second; 0: it failed. */
static double run(const char *rule, struct told *t) {
    struct engine_config *c = xcalloc(1, sizeof *c);
    struct drive *d = drive_new(broker_find("paper"));
    struct event ev = {.kind = EVENT_CONFIG, .u.config = c};
    configure(c, rule);
    *t = (struct told){0};
    bool good = apply(d, &ev, START, t) == 0;
    double began = seconds();
    for (int i = 0; good && i < BARS; i++) {
        ev = (struct event){.kind = EVENT_BAR, .u.bar = {.instrument = 0, .bar = bars[i]}};
        good = apply(d, &ev, START + 60LL * (i + 1), t) == 0;
    }
    double took = seconds() - began;
    drive_free(d);
    free(c);
    return good ? BARS / took : 0;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int row(const char *name, const char *rule, double *floor) {
    double rate[RUNS];
    struct told t = {0};
    for (int i = 0; i < RUNS; i++) rate[i] = run(rule, &t);
    qsort(rate, RUNS, sizeof rate[0], by_size);
    if (rate[0] == 0) return -1;
    if (*floor == 0) *floor = rate[RUNS / 2];
    printf("engine  %-22s %6.2f M bars/s  %5.2f of the engine alone  %7u signals  %6u entries\n", name,
           rate[RUNS / 2] / 1e6, rate[RUNS / 2] / *floor, t.signals, t.trades);
    return 0;
}

int main(void) {
    double floor = 0;
    make_bars();
    int r = row("no strategy", NULL, &floor);
    for (const struct strategy *const *s = strategy_table; *s != NULL && r == 0; s++)
        r = row((*s)->name, (*s)->name, &floor);
    return r == 0 ? 0 : 1;
}
