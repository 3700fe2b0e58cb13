/*
 * market: where levels converge, the regime, and the gamma of a chain that is made up here. Owns nothing.
 */
#include "tests/pictures/pictures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/mem.h"
#include "engine/feeds/options_file.h"

/* ---- confluence ---- */

#define SHOWN_BEFORE 48
#define SHOWN_AFTER 26

struct search {
    const struct book *b;
    double best;
    uint32_t at;
    struct nearby list[NEARBY_MAX];
    struct confluence found;
};

/* Price comes to the group and turns there: how far, in ATRs. */
static double turns(const struct search *x, const struct market_context *m, const struct confluence *f, uint32_t i) {
    const struct book *b = x->b;
    int64_t top = 0;
    if (i < SHOWN_BEFORE || i + SHOWN_AFTER >= b->n || f->low.v < b->bar[i].close.v) return -1;
    if (b->bar[i + SHOWN_AFTER].start.ns - b->bar[i - SHOWN_BEFORE].start.ns !=
        (int64_t)(SHOWN_BEFORE + SHOWN_AFTER) * b->bar[i].seconds * NS_PER_SEC)
        return -1;
    uint32_t reached = 0;
    for (uint32_t k = i + 1; k <= i + 12; k++) {
        if (b->bar[k].high.v > top) top = b->bar[k].high.v, reached = k;
    }
    if (top < f->low.v || top > f->high.v + (int64_t)(m->atr * 0.3)) return -1;
    int64_t low = INT64_MAX;
    for (uint32_t k = reached; k <= i + SHOWN_AFTER; k++) {
        if (b->bar[k].high.v > f->high.v + (int64_t)(m->atr * 0.3)) return -1;
        low = b->bar[k].low.v < low ? b->bar[k].low.v : low;
    }
    return (double)(f->low.v - low) / m->atr;
}

static void see(void *context, const struct market_context *m, const struct bar *bar, uint32_t i) {
    struct search *x = context;
    struct nearby list[NEARBY_MAX];
    struct confluence found[CONFLUENCES_MAX];
    if (i < 3000 || m->atr <= 0 || i % 3 != 0) return;
    uint32_t n =
        context_nearby(m, &x->b->in, &x->b->config->calendars, bar->close, (price_t){(int64_t)(4 * m->atr)}, list);
    n = context_confluences(list, n, context_tolerance(m, &x->b->config->levels, &x->b->in), found);
    for (uint32_t k = 0; k < n; k++) {
        if (found[k].count < 4 || found[k].weight < 8 || found[k].named > 4) continue;
        double score = turns(x, m, &found[k], i);
        if (score <= x->best) continue;
        x->best = score;
        x->at = i;
        x->found = found[k];
        memcpy(x->list, list, sizeof list);
    }
}

bool picture_confluence(const struct book *b, struct picture *p) {
    struct search *x = xcalloc(1, sizeof *x);
    char name[LEVEL_NAME_MAX];
    x->b = b;
    free(book_until(b, b->n - 1, see, x));
    bool found = x->best > 0;
    if (found) {
        const struct confluence *f = &x->found;
        *p = page(b, x->at - SHOWN_BEFORE, x->at + SHOWN_AFTER, 1, "Confluence: levels within the tolerance");
        for (uint32_t i = 0; i < f->named; i++) {
            const struct nearby *l = &x->list[f->at[i]];
            nearby_say(name, LANG_EN, &b->config->calendars, l);
            page_level(p, l->low, WHEN_NONE, WHEN_NONE, name);
            fact(b, name, x->at, l->low);
        }
        char text[PICTURE_LABEL_MAX];
        snprintf(text, sizeof text, "%u levels, weight %u", f->count, f->weight);
        page_zone(p, ZONE_CONFLUENCE, b->bar[x->at].start, WHEN_NONE, f->low, f->high, text);
        page_marker(p, MARKER_FORMED, b->bar[x->at].start, b->bar[x->at].close, "seen at this close")->below = true;
        fact(b, text, x->at, f->low);
        fact(b, "to", x->at, f->high);
    }
    free(x);
    return found;
}

/* ---- regime ---- */

#define REGIME_BARS 216

struct runs {
    uint32_t n, shortest, kinds; /* kinds: bits */
};

static struct runs runs_of(const struct book *b, uint32_t first, uint32_t last) {
    struct runs r = {0, UINT32_MAX, 0};
    for (uint32_t i = first, k; i <= last; i = k) {
        for (k = i; k <= last && b->regime[k] == b->regime[i]; k++) {}
        r.n++;
        r.kinds |= 1u << b->regime[i];
        if (k - i < r.shortest) r.shortest = k - i;
    }
    return r;
}

bool picture_regime(const struct book *b, struct picture *p) {
    static const enum zone_style styles[] = {[REGIME_UNKNOWN] = ZONE_TRANSITION,
                                             [REGIME_TREND] = ZONE_TREND,
                                             [REGIME_RANGE] = ZONE_RANGE,
                                             [REGIME_TRANSITION] = ZONE_TRANSITION};
    uint32_t first = 0, most = 0;
    for (uint32_t i = 3000; i + REGIME_BARS < b->n; i += 6) {
        struct runs r = runs_of(b, i, i + REGIME_BARS - 1);
        bool whole = b->bar[i + REGIME_BARS].start.ns - b->bar[i].start.ns <= (REGIME_BARS + 14) * 300 * NS_PER_SEC;
        if (r.kinds != 14 || r.n < 4 || r.n > 6 || !whole || r.shortest <= most) continue;
        most = r.shortest;
        first = i;
    }
    if (most == 0) return false;
    uint32_t last = first + REGIME_BARS - 1;
    *p = page(b, first, last, 1, "Regime: trend, range, transition");
    str_copy(p->series.name, sizeof p->series.name, "ADX");
    p->series.point = xcalloc(REGIME_BARS, sizeof *p->series.point);
    for (uint32_t i = first; i <= last; i++) {
        struct picture_point *at = &p->series.point[p->series.n++];
        at->at = bar_end(&b->bar[i]);
        if (!price_from_double(round(b->adx[i] * 100) / 100, &at->value)) return false;
    }
    for (uint32_t i = first, k; i <= last; i = k) {
        for (k = i; k <= last && b->regime[k] == b->regime[i]; k++) {}
        /* Known when the bar closes. */
        page_zone(p, styles[b->regime[i]], bar_end(&b->bar[i]), k <= last ? bar_end(&b->bar[k]) : WHEN_NONE, PRICE_ZERO,
                  PRICE_ZERO, regime_say(LANG_EN, b->regime[i]));
        fact(b, regime_say(LANG_EN, b->regime[i]), i, PRICE_ZERO);
    }
    return true;
}

/* ---- gamma ---- */

#define STRIKES 31
#define GAMMA_DAY 40 /* of the file: the chain is that of its first bar */

/* A chain as they are: open interest heaps up at round strikes, calls above the price and puts below. */
static void made_chain(struct buf *csv, struct picture_profile *p, double price, const char *date, const char *expiry) {
    double first = floor(price) - STRIKES / 2;
    buf_printf(csv, "strike,type,open_interest,gamma,expiry,underlying_price,quote_date\n");
    p->bin = xcalloc(STRIKES, sizeof *p->bin);
    for (int i = 0; i < STRIKES; i++) {
        double strike = first + i, off = (strike - price) / price;
        double heap = fmod(strike, 10) == 0 ? 3 : fmod(strike, 5) == 0 ? 1.7 : 1;
        long calls = lround(2700 * heap * exp(-pow((off - 0.012) / 0.012, 2)));
        long puts = lround(1500 * heap * exp(-pow((off + 0.014) / 0.014, 2)));
        double gamma = round(gamma_black_scholes(price, strike, 0.2, 10.0 / 365) * 1e6) / 1e6;
        buf_printf(csv, "%.1f,C,%ld,%.6f,%s,%.2f,%s\n%.1f,P,%ld,%.6f,%s,%.2f,%s\n", strike, calls, gamma, expiry, price,
                   date, strike, puts, gamma, expiry, price, date);
        struct picture_bin *x = &p->bin[p->n++];
        price_from_double(strike - 0.4, &x->low);
        price_from_double(strike + 0.4, &x->high);
        x->weight = (double)(calls - puts) * gamma;
    }
}

bool picture_gamma(const struct book *b, struct picture *p) {
    static const char *const names[] = {"call wall", "gamma flip", "put wall"};
    uint32_t first = 0;
    for (int day = 0; day < GAMMA_DAY && first < b->n; day++) {
        int32_t now = calendar_day(&b->config->calendars, b->in.hours, b->bar[first].start);
        while (first < b->n && calendar_day(&b->config->calendars, b->in.hours, b->bar[first].start) == now) first++;
    }
    uint32_t last = first + 2 * 78 - 1;
    if (last >= b->n) return false;
    char date[WHEN_TEXT_MAX], expiry[WHEN_TEXT_MAX];
    struct gamma_levels lines;
    struct options_report report;
    struct err e = {0};
    struct buf csv;
    buf_init(&csv, 1u << 20);
    when_iso(date, b->bar[first].start);
    when_iso(expiry, when_add_ms(b->bar[first].start, 10LL * 86400 * 1000))[10] = '\0';
    *p = page(b, first, last, 2, "Gamma of an options chain (the chain is made up)");
    double price = price_to_double(b->bar[first].open);
    made_chain(&csv, &p->profile, price, date, expiry);
    const struct options_wish w = {.price = price, .scale = 1, .tick = b->in.tick};
    int rc = options_parse(csv.p, csv.len, &w, &lines, &report, &e);
    buf_clear(&csv);
    if (rc != 0) {
        fprintf(stderr, "pictures: %s\n", err_text(&e, LANG_EN));
        return false;
    }
    const price_t at[] = {lines.call_wall, lines.flip, lines.put_wall};
    for (size_t i = 0; i < 3; i++) {
        page_level(p, at[i], lines.from, WHEN_NONE, names[i])->fit = true;
        fact(b, names[i], first, at[i]);
    }
    p->profile.from = b->bar[last - 36].start;
    p->profile.to = bar_end(&b->bar[last]);
    return true;
}
