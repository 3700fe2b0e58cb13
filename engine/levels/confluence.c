/*
 * confluence: where several levels converge. A group begins at the lowest level that no
 * group has and takes all that begin within the tolerance above it; it counts where at
 * least two kinds meet. Zones wider than twice the tolerance are left out: they hold
 * everything and say nothing. Keeps nothing.
 */
#include <stdlib.h>

#include "engine/levels/levels.h"

price_t context_tolerance(const struct market_context *m, const struct level_config *c, const struct instrument *in) {
    double wide = m->atr * (double)c->near_atr_ppm / 1e6;
    int64_t least = 2 * in->tick.v;
    return (price_t){wide > (double)least && wide < 1e17 ? (int64_t)wide : least};
}

/* 1: the highest price of some span, -1: the lowest, 0: neither. */
static int extreme(const struct nearby *x) {
    if (x->is_structure) {
        if (x->structure.kind != STRUCTURE_SWING) return 0;
        return x->structure.side == SIDE_SHORT ? 1 : -1;
    }
    if (line_is_high(x->level) || x->level == LEVEL_DAY_HIGH || x->level == LEVEL_WEEK_HIGH) return 1;
    return line_is_low(x->level) || x->level == LEVEL_DAY_LOW || x->level == LEVEL_WEEK_LOW ? -1 : 0;
}

/* The same trade under another name: Monday's high is the week's, too. The weightiest name stands for all. */
static bool is_echo(const struct nearby *list, uint32_t n, uint32_t at) {
    int what = extreme(&list[at]);
    if (what == 0) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (i == at || list[i].low.v != list[at].low.v || extreme(&list[i]) != what) continue;
        if (list[i].weight > list[at].weight || (list[i].weight == list[at].weight && i < at)) return true;
    }
    return false;
}

/* Two swings, or a swing and a sweep of it, are one thing said twice. */
static uint32_t family(const struct nearby *x) {
    if (!x->is_structure) return (uint32_t)x->level * NAMED_SESSIONS_MAX + x->session;
    enum structure_kind k = x->structure.kind;
    if (k == STRUCTURE_SWEEP) k = STRUCTURE_SWING;
    return 100000u + (uint32_t)k;
}

static bool has_family(const struct nearby *list, const uint32_t *members, uint32_t n, uint32_t of) {
    for (uint32_t i = 0; i < n; i++) {
        if (family(&list[members[i]]) == of) return true;
    }
    return false;
}

/* The weightiest first; of equal ones those that come first. */
static void name_it(const struct nearby *list, struct confluence *f, uint32_t at) {
    uint32_t k = f->named < CONFLUENCE_NAMED_MAX ? f->named++ : CONFLUENCE_NAMED_MAX;
    for (; k > 0 && list[f->at[k - 1]].weight < list[at].weight; k--) {
        if (k < CONFLUENCE_NAMED_MAX) f->at[k] = f->at[k - 1];
    }
    if (k < CONFLUENCE_NAMED_MAX) f->at[k] = at;
}

static struct confluence group_from(const struct nearby *list, uint32_t n, uint32_t first, price_t tolerance,
                                    bool *taken) {
    struct confluence f = {.low = list[first].low, .high = list[first].high};
    uint32_t members[NEARBY_MAX];
    for (uint32_t i = first; i < n && list[i].low.v <= f.low.v + tolerance.v; i++) {
        if (list[i].high.v - list[i].low.v > 2 * tolerance.v) continue;
        taken[i] = true;
        if (is_echo(list, n, i)) continue;
        if (has_family(list, members, f.count, family(&list[i]))) continue;
        members[f.count++] = i;
        f.weight += list[i].weight;
        if (list[i].high.v > f.high.v) f.high = list[i].high;
        name_it(list, &f, i);
    }
    return f;
}

uint32_t context_confluences(const struct nearby *list, uint32_t n, price_t tolerance,
                             struct confluence out[CONFLUENCES_MAX]) {
    bool taken[NEARBY_MAX] = {false};
    uint32_t found = 0;
    if (n > NEARBY_MAX) n = NEARBY_MAX;
    for (uint32_t i = 0; i < n; i++) {
        if (taken[i] || is_echo(list, n, i) || list[i].high.v - list[i].low.v > 2 * tolerance.v) continue;
        struct confluence f = group_from(list, n, i, tolerance, taken);
        if (f.count < 2) continue;
        uint32_t at = found < CONFLUENCES_MAX ? found++ : CONFLUENCES_MAX;
        for (; at > 0 && out[at - 1].weight < f.weight; at--) {
            if (at < CONFLUENCES_MAX) out[at] = out[at - 1];
        }
        if (at < CONFLUENCES_MAX) out[at] = f;
    }
    return found;
}
