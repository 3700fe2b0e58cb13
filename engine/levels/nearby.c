/*
 * nearby: what lies near a price, and where several of it converge. Computed when asked,
 * keeps nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/levels/levels.h"

#define ROUND_EACH_WAY 5

struct gathering {
    const struct market_context *m;
    price_t low, high; /* the prices asked for */
    struct nearby *out;
    uint32_t n;
};

static uint32_t weight_of(enum level_kind k) {
    switch (k) {
    case LEVEL_PREVIOUS_HIGH:
    case LEVEL_PREVIOUS_LOW:
    case LEVEL_PREVIOUS_WEEK_HIGH:
    case LEVEL_PREVIOUS_WEEK_LOW:
    case LEVEL_POC: return 3;
    case LEVEL_SESSION_HIGH:
    case LEVEL_SESSION_LOW:
    case LEVEL_OPENING_HIGH:
    case LEVEL_OPENING_LOW:
    case LEVEL_PREVIOUS_CLOSE:
    case LEVEL_WEEK_HIGH:
    case LEVEL_WEEK_LOW:
    case LEVEL_PIVOT:
    case LEVEL_VWAP:
    case LEVEL_VAH:
    case LEVEL_VAL:
    case LEVEL_GAMMA_FLIP:
    case LEVEL_CALL_WALL:
    case LEVEL_PUT_WALL: return 2;
    case LEVEL_DAY_OPEN:
    case LEVEL_DAY_HIGH:
    case LEVEL_DAY_LOW:
    case LEVEL_R1:
    case LEVEL_R2:
    case LEVEL_R3:
    case LEVEL_S1:
    case LEVEL_S2:
    case LEVEL_S3:
    case LEVEL_ROUND:
    case LEVEL_KIND_COUNT: break;
    }
    return 1;
}

static struct nearby *add(struct gathering *g, price_t low, price_t high) {
    if (low.v == 0 || high.v < g->low.v || low.v > g->high.v || g->n == NEARBY_MAX) return NULL;
    struct nearby *x = &g->out[g->n++];
    memset(x, 0, sizeof *x);
    x->low = low;
    x->high = high;
    return x;
}

static void add_line(struct gathering *g, enum level_kind k, uint16_t session, const struct level *l) {
    struct nearby *x = add(g, l->price, l->price);
    if (x == NULL) return;
    x->level = k;
    x->session = session;
    x->crossed = l->crossed.ns != 0;
    x->weight = weight_of(k);
}

static void add_structures(struct gathering *g) {
    static const uint32_t weight[] = {
        [STRUCTURE_SWING] = 1,       [STRUCTURE_BREAK] = 0,       [STRUCTURE_SWEEP] = 1,  [STRUCTURE_GAP] = 1,
        [STRUCTURE_INVERSE_GAP] = 1, [STRUCTURE_ORDER_BLOCK] = 2, [STRUCTURE_BREAKER] = 2};
    _Static_assert(sizeof weight / sizeof weight[0] == STRUCTURE_KIND_COUNT, "a weight for every kind");
    for (int k = 0; k < STRUCTURE_KIND_COUNT; k++) {
        const struct structures *all = &g->m->found[k];
        for (uint32_t i = all->n; weight[k] > 0 && i-- > 0;) {
            const struct structure *s = &all->item[i];
            if (s->life >= LIFE_FILLED) continue; /* used up */
            struct nearby *x = add(g, s->low, s->high);
            if (x == NULL) continue;
            x->is_structure = true;
            x->structure = *s;
            x->weight = weight[k];
        }
    }
}

/* The largest 1 or 5 times a power of ten that is not above a hundredth of the price. */
price_t round_step(price_t price) {
    int64_t most = price.v / 100, step = 1;
    while (step <= most / 10) step *= 10;
    return (price_t){step * 5 <= most ? step * 5 : step};
}

static void add_round(struct gathering *g, price_t price) {
    int64_t step = round_step(price).v, first = price.v / step * step;
    for (int64_t at = first - ROUND_EACH_WAY * step; at <= first + (ROUND_EACH_WAY + 1) * step; at += step) {
        struct nearby *x = at > 0 ? add(g, (price_t){at}, (price_t){at}) : NULL;
        if (x == NULL) continue;
        x->level = LEVEL_ROUND;
        x->weight = at % (step * 10) == 0 ? 2 : 1;
    }
}

static int by_price(const void *a, const void *b) {
    const struct nearby *x = a, *y = b;
    if (x->low.v != y->low.v) return x->low.v < y->low.v ? -1 : 1;
    if (x->high.v != y->high.v) return x->high.v < y->high.v ? -1 : 1;
    if (x->is_structure != y->is_structure) return x->is_structure ? 1 : -1;
    if (x->is_structure) return x->structure.id < y->structure.id ? -1 : x->structure.id > y->structure.id;
    if (x->level != y->level) return x->level < y->level ? -1 : 1;
    return (int)x->session - (int)y->session;
}

uint32_t context_nearby(const struct market_context *m, const struct instrument *in, const struct calendars *c,
                        price_t price, price_t within, struct nearby out[NEARBY_MAX]) {
    struct gathering g = {.m = m, .low = {price.v - within.v}, .high = {price.v + within.v}, .out = out};
    (void)in;
    if (m->bars == 0 || price.v < 100 || within.v < 0) return 0;
    for (int k = 0; k < LEVEL_SESSION_KINDS; k++) {
        for (uint16_t i = 0; i < c->session_count; i++) add_line(&g, (enum level_kind)k, i, &m->session_level[k][i]);
    }
    for (int k = LEVEL_SESSION_KINDS; k < LEVEL_ROUND; k++) add_line(&g, (enum level_kind)k, 0, &m->level[k]);
    add_round(&g, price);
    add_structures(&g);
    qsort(out, g.n, sizeof out[0], by_price);
    return g.n;
}
