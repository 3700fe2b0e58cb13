/*
 * place: names of lines by pushing neighbours apart, names of spots by trying places around them. Owns no state.
 */
#include "bot/draw/place.h"

#include <string.h>

#define COLUMN_MAX 64

/* ---- one above the other ---- */

/* Groups that touch move together: a group lies where the mean of its wishes is. */
struct group {
    double middle; /* of its first, as wished by all of it on the average */
    uint32_t n;
};

static void order_by(const double *y, uint32_t n, uint32_t *order) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k = i;
        for (; k > 0 && y[order[k - 1]] > y[i]; k--) order[k] = order[k - 1];
        order[k] = i;
    }
}

static void settle(struct group *g, double height, double top, double bottom) {
    double last = bottom - height / 2 - (g->n - 1) * height;
    if (g->middle > last) g->middle = last;
    if (g->middle < top + height / 2) g->middle = top + height / 2;
}

bool place_column(double *y, uint32_t n, double height, double top, double bottom) {
    uint32_t order[COLUMN_MAX], groups = 0, at = 0;
    struct group group[COLUMN_MAX];
    if (n > COLUMN_MAX || n * height > bottom - top) return false;
    order_by(y, n, order);
    for (uint32_t i = 0; i < n; i++) {
        group[groups] = (struct group){y[order[i]], 1};
        settle(&group[groups++], height, top, bottom);
        while (groups > 1) {
            struct group *a = &group[groups - 2], *b = &group[groups - 1];
            if (a->middle + a->n * height <= b->middle + 1e-9) break;
            a->middle = (a->middle * a->n + (b->middle - a->n * height) * b->n) / (a->n + b->n);
            a->n += b->n;
            settle(a, height, top, bottom);
            groups--;
        }
    }
    for (uint32_t g = 0; g < groups; g++) {
        for (uint32_t k = 0; k < group[g].n; k++) y[order[at++]] = group[g].middle + k * height;
    }
    return true;
}

/* ---- around a spot ---- */

void place_taken(struct placing *p, struct box b) {
    if (p->n < PLACED_MAX) p->taken[p->n++] = b;
}

static bool is_free(const struct placing *p, const struct box *b) {
    if (!box_holds(&p->area, b)) return false;
    for (uint32_t i = 0; i < p->n; i++) {
        if (boxes_meet(b, &p->taken[i])) return false;
    }
    return true;
}

double place_hidden(const struct placing *p, const struct box *b) {
    double sum = 0;
    if (p->candles == 0 || p->slot <= 0) return 0;
    double first = (b->x - p->left) / p->slot, last = (b->x + b->w - p->left) / p->slot;
    if (last < 0 || first >= p->candles) return 0;
    uint32_t from = first > 0 ? (uint32_t)first : 0, to = last < p->candles ? (uint32_t)last : p->candles - 1;
    for (uint32_t i = from; i <= to; i++) {
        const struct box *c = &p->candle[i];
        double top = c->y > b->y ? c->y : b->y, bottom = c->y + c->h < b->y + b->h ? c->y + c->h : b->y + b->h;
        if (bottom > top) sum += (bottom - top) / b->h * p->slot / b->w;
    }
    return sum;
}

bool place_label(struct placing *p, const struct place_wish *w, struct box *out) {
    /* Towards the wished side: straight, aslant, then sideways, then the other side. */
    static const struct {
        double x, y, cost;
    } ways[] = {{0, 1, 0},  {0.6, 1, 3},   {-0.6, 1, 3},   {1, 0.6, 6}, {-1, 0.6, 6},  {1, 0, 9},
                {-1, 0, 9}, {1, -0.6, 14}, {-1, -0.6, 14}, {0, -1, 18}, {0.6, -1, 18}, {-0.6, -1, 18}};
    static const double rings[] = {0, 8, 18, 30, 44, 60, 80, 104, 132};
    double best = 1e9;
    for (size_t r = 0; r < sizeof rings / sizeof rings[0]; r++) {
        for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
            double far = w->away + rings[r], up = w->below ? -ways[i].y : ways[i].y;
            double x = w->x + ways[i].x * (far + w->w / 2), y = w->y - up * (far + w->h / 2);
            struct box b = {x - w->w / 2, y - w->h / 2, w->w, w->h};
            if (!is_free(p, &b)) continue;
            double cost = ways[i].cost + rings[r] + 120 * place_hidden(p, &b);
            if (cost >= best) continue;
            best = cost;
            *out = b;
        }
    }
    if (best >= 1e9) return false;
    place_taken(p, *out);
    return true;
}
