/*
 * scale: prices to places and back to round figures. Differences are taken as integers, places are doubles. Owns no state.
 */
#include "bot/draw/scale.h"

#include <string.h>

static int64_t unit_of(int32_t decimals) {
    int64_t unit = PRICE_SCALE;
    for (int32_t i = 0; i < decimals; i++) unit /= 10;
    return unit;
}

struct scale scale_of(int64_t low, int64_t high, int32_t decimals, double room_above, double room_below) {
    int64_t unit = unit_of(decimals);
    if (high - low < 2 * unit) {
        high += unit;
        low -= unit;
    }
    double span = (double)(high - low) / (1 - room_above - room_below);
    return (struct scale){.low = low - (int64_t)(span * room_below), .high = high + (int64_t)(span * room_above)};
}

double scale_y(const struct scale *s, price_t p) {
    double share = (double)(p.v - s->low) / (double)(s->high - s->low);
    double y = s->bottom + (s->top - s->bottom) * share;
    return y < -SCALE_FAR ? -SCALE_FAR : y > SCALE_FAR ? SCALE_FAR : y;
}

static int64_t next_step(int64_t step) {
    int64_t lead = step;
    while (lead >= 10) lead /= 10;
    return lead == 2 ? step / 2 * 5 : step * 2;
}

void scale_ticks(const struct scale *s, int32_t decimals, double apart, struct ticks *out) {
    double height = s->bottom - s->top;
    int64_t step = unit_of(decimals);
    out->n = 0;
    if (height <= 0 || s->high <= s->low) return;
    while ((double)step / (double)(s->high - s->low) * height < apart) {
        if (step > INT64_MAX / 4) return;
        step = next_step(step);
    }
    int64_t first = s->low / step * step;
    while (first < s->low) first += step;
    for (int64_t at = first; at <= s->high && out->n < TICKS_MAX; at += step) out->at[out->n++] = at;
}

/* ---- along ---- */

uint32_t line_at(const struct line *l, when_t t) {
    uint32_t low = 0, high = l->n;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (l->candle[middle].start.ns <= t.ns)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double line_candle(const struct line *l, uint32_t i) {
    return l->left + l->slot * (i + 0.5);
}

static double within(const struct line *l, double x) {
    return x < l->left ? l->left : x > l->right ? l->right : x;
}

double line_x(const struct line *l, when_t t) {
    if (l->n == 0) {
        double share = (double)(t.ns - l->from.ns) / (double)(l->to.ns - l->from.ns);
        return within(l, l->left + (l->right - l->left) * share);
    }
    uint32_t i = line_at(l, t);
    double share = (double)(t.ns - l->candle[i].start.ns) / ((double)l->seconds * NS_PER_SEC);
    if (share > 1) share = 1;
    return within(l, l->left + l->slot * (i + share));
}

double line_marker(const struct line *l, when_t t) {
    return l->n == 0 ? line_x(l, t) : line_candle(l, line_at(l, t));
}
