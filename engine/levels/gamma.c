/*
 * gamma: the lines of the options chain that came with the configuration, while they hold: from the moment that the chain
 * tells of until it is too old or has expired. Owns nothing: engine/gamma.h has the arithmetic.
 */
#include "engine/levels/levels.h"

static void follow(struct market_context *m, enum level_kind k, price_t price, when_t close) {
    if (m->level[k].price.v != price.v) line_set(m, k, 0, price, close);
}

static void gamma_bar(struct market_context *m, const struct level_view *v) {
    static const struct gamma_levels none;
    const struct gamma_levels *g = &v->instrument->gamma;
    if (v->close.ns < g->from.ns || v->close.ns >= g->until.ns) g = &none;
    follow(m, LEVEL_GAMMA_FLIP, g->flip, v->close);
    follow(m, LEVEL_CALL_WALL, g->call_wall, v->close);
    follow(m, LEVEL_PUT_WALL, g->put_wall, v->close);
}

static void gamma_snap(struct market_context *m, const struct calendars *c, struct snap *s) {
    (void)m, (void)c, (void)s; /* lines.c stores the lines */
}

const struct detector detector_gamma = {
    .name = "gamma",
    .summary = {"Gamma flip, call wall and put wall of an options chain",
                "Bascule gamma, mur de calls et mur de puts d’une chaîne d’options"},
    .bar = gamma_bar,
    .snap = gamma_snap,
};
