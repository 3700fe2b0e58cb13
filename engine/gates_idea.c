/*
 * gates_idea: the gates that judge the idea itself: its prices, its reasons, what it costs to get in, whether it is new.
 * Each reads the state and changes only the signal; the rows are in gates.c.
 */
#include "engine/gates_priv.h"

/* The stop must lie on the losing side, the target on the winning one. */
bool gate_prices(const struct engine *e, enum refusal code, struct signal *g) {
    (void)e;
    bool stop = g->stop.v > 0 && is_better(g->side, g->entry, g->stop);
    bool target = g->target.v == 0 || is_better(g->side, g->target, g->entry);
    if (stop && target) return true;
    return gate_refuse_text(g, code, "no usable stop: it must lie on the losing side of the entry",
                            "pas de stop utilisable\u00a0: il doit être du côté perdant de l’entrée");
}

bool gate_confidence(const struct engine *e, enum refusal code, struct signal *g) {
    uint32_t min = e->config.limits.confidence_min;
    if (g->confidence >= min) return true;
    reason_set(g->why_not[LANG_EN], "confidence %u%% below the minimum of %u%%", g->confidence, min);
    reason_set(g->why_not[LANG_FR], "confiance insuffisante\u00a0: %u\u00a0%% pour un minimum de %u\u00a0%%",
               g->confidence, min);
    return gate_refuse(g, code);
}

bool gate_factors(const struct engine *e, enum refusal code, struct signal *g) {
    uint32_t min = e->config.limits.factors_min;
    if (g->factors == 0 || g->factors >= min) return true; /* 0: it does not count them */
    return gate_refuse_text(g, code, "%u factors agree, %u are asked for",
                            "facteurs concordants\u00a0: %u, minimum\u00a0: %u", g->factors, min);
}

bool gate_reward(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"reward for risk %s below the minimum of %s",
                                           "gain pour risque de %s, sous le minimum de %s"};
    char figures[LANG_COUNT][2][MONEY_TEXT_MAX];
    int64_t min = e->config.limits.reward_risk_min_ppm;
    if (min <= 0 || g->target.v == 0 || g->reward_risk_ppm >= min) return true;
    for (int l = 0; l < LANG_COUNT; l++) {
        number_say(figures[l][0], (enum lang)l, (double)g->reward_risk_ppm / 1e6, 2);
        number_say(figures[l][1], (enum lang)l, (double)min / 1e6, 2);
    }
    return gate_refuse_figures(g, code, texts, figures);
}

bool gate_spread(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"the spread is %s of the way to the stop, the limit is %s",
                                           "l’écart vaut %s du chemin jusqu’au stop, la limite est de %s"};
    const struct quote *q = &e->markets[g->instrument].quote;
    int64_t max = e->config.limits.spread_ppm,
            way = g->entry.v > g->stop.v ? g->entry.v - g->stop.v : g->stop.v - g->entry.v;
    double used = (double)(q->ask.v - q->bid.v) / (double)way; /* the stop was looked at before */
    if (max <= 0 || used * 1e6 <= (double)max) return true;
    return gate_refuse_shares(g, code, texts, used, max, 1);
}

bool gate_slippage(const struct engine *e, enum refusal code, struct signal *g) {
    const char *const texts[LANG_COUNT] = {"entries slip by %s of the price, the limit is %s",
                                           "les entrées glissent de %s du prix, la limite est de %s"};
    int64_t max = e->config.limits.slippage_ppm, used = e->markets[g->instrument].slippage_ppm, allowed;
    if (max <= 0) return true;
    if (mul_div(engine_config_slippage(&e->config, g->instrument).v, PPM, g->entry.v, &allowed) && allowed > used)
        used = allowed;
    return used <= max || gate_refuse_shares(g, code, texts, (double)used / 1e6, max, 3);
}

bool gate_duplicate(const struct engine *e, enum refusal code, struct signal *g) {
    int64_t since_ms = (int64_t)e->config.limits.duplicate_min * 60000;
    for (uint32_t i = 0; g->level.v != 0 && since_ms > 0 && i < e->idea_count; i++) {
        const struct idea *d = &e->ideas[i];
        if (d->instrument != g->instrument || d->side != g->side || d->level.v != g->level.v) continue;
        int64_t ago_ms = when_ms_between(d->time, g->time);
        if (ago_ms >= since_ms) continue;
        return gate_refuse_text(g, code, "the same idea (symbol, direction, level) was taken %lld min ago",
                                "la même idée (symbole, sens, niveau) a été prise il y a %lld\u00a0min",
                                (long long)(ago_ms / 60000));
    }
    return true;
}
