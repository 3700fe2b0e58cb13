/* kit: see kit.h. Owns nothing. */
#include "engine/strategies/kit.h"

static size_t aligned(size_t n) {
    return (n + 15) / 16 * 16;
}

size_t kit_size(size_t own, const struct kit_use *uses, uint32_t n) {
    size_t at = aligned(own);
    for (uint32_t i = 0; i < n; i++) at += indicator_size(uses[i].in, uses[i].params);
    return at;
}

int kit_open(struct kit *k, size_t own, const struct kit_use *uses, uint32_t n, struct err *e) {
    size_t at = aligned(own);
    k->n = n;
    for (uint32_t i = 0; i < n; i++) {
        k->use[i].in = uses[i].in;
        k->use[i].at = (uint32_t)at;
        if (indicator_open(uses[i].in, kit_state(k, i), uses[i].params, e) != 0) return -1;
        at += indicator_size(uses[i].in, uses[i].params);
    }
    return 0;
}

void *kit_state(struct kit *k, uint32_t i) {
    return (uint8_t *)k + k->use[i].at;
}

void kit_step(struct kit *k, uint32_t i, const struct indicator_bar *row, double *out) {
    indicator_step(k->use[i].in, kit_state(k, i), row, out);
}

void kit_snap(struct kit *k, struct snap *s) {
    for (uint32_t i = 0; i < k->n; i++) indicator_snap(k->use[i].in, kit_state(k, i), s);
}

/* ---- intents ---- */

void kit_exit(struct intents *out) {
    out->item[out->n++] = (struct intent){.kind = INTENT_EXIT};
}

struct intent *kit_turn(const struct strategy_view *v, double way, bool allow_short, struct intents *out) {
    enum side side = way > 0 ? SIDE_LONG : SIDE_SHORT;
    if (v->trade != NULL && v->trade->side == side) return NULL;
    if (v->trade != NULL) kit_exit(out);
    if (side == SIDE_SHORT && !allow_short) return NULL;
    struct intent *w = &out->item[out->n++];
    *w = (struct intent){.kind = INTENT_ENTER, .side = side};
    return w;
}

price_t kit_level(const struct strategy_view *v, double price) {
    price_t p;
    if (!price_from_double(price, &p) || p.v <= 0) return PRICE_ZERO;
    return p.v > v->bar->close.v ? price_ceil(p, v->instrument->tick) : price_floor(p, v->instrument->tick);
}

void kit_bracket(struct intent *w, const struct strategy_view *v, double way, double by, double r) {
    double close = price_to_double(v->bar->close);
    w->stop = kit_level(v, close - way * by);
    if (r > 0) w->target = kit_level(v, close + way * by * r);
}

/* ---- confidence and words ---- */

double kit_place(const struct bar *b, double way) {
    double low = price_to_double(b->low), range = price_to_double(b->high) - low;
    double from_low = range > 0 ? (price_to_double(b->close) - low) / range : 0.5;
    return kit_share(way > 0 ? from_low : 1 - from_low);
}

void kit_figure(char out[MONEY_TEXT_MAX], enum lang lang, double v, int decimals) {
    price_t p;
    if (!price_from_double(v, &p)) p = PRICE_ZERO;
    price_say(out, lang, p, decimals);
}
