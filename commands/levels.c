/*
 * levels: what lies near the price now: key levels, structure that still lives, where
 * several of them converge, the regime, and when the market closes. Reads the engine only.
 */
#include <string.h>

#include "commands/parts.h"

#define NEAR_ATR 8.0   /* levels farther away are not shown */
#define NEAR_SHARE 100 /* without an ATR: within a hundredth of the price */
#define SHOWN_EACH_WAY 9
#define CONFLUENCES_SHOWN 3
#define CONFLUENCE_TEXT 400

struct look {
    struct command_ctx *c;
    uint16_t at;
    const struct instrument *in;
    const struct market_context *m;
    const struct calendars *cal;
    price_t price;
    struct nearby list[NEARBY_MAX];
    uint32_t n;
};

/* ---- the parts of the answer ---- */

static const char *in_atr(const struct look *l, int64_t distance) {
    if (l->m->atr <= 0) return NONE_TEXT;
    return arena_printf(l->c->arena, "%s", parts_number(l->c, (double)distance / l->m->atr, 1));
}

static const char *state_of(const struct look *l, const struct nearby *x) {
    if (x->is_structure) return life_say(l->c->lang, x->structure.life);
    return x->crossed ? tr(l->c->lang, "crossed", "franchi") : "";
}

static void row(const struct look *l, const struct nearby *x, struct doc *d) {
    struct command_ctx *c = l->c;
    char *name = arena_alloc(c->arena, LEVEL_NAME_MAX);
    bool inside = x->low.v <= l->price.v && x->high.v >= l->price.v;
    price_t edge = x->low.v > l->price.v ? x->low : x->high;
    const char *price = parts_price(c, l->in, x->low);
    if (x->high.v != x->low.v) price = arena_printf(c->arena, "%s – %s", price, parts_price(c, l->in, x->high));
    const char *cells[] = {
        nearby_say(name, c->lang, l->cal, x),
        price,
        inside ? tr(c->lang, "here", "ici") : in_atr(l, edge.v - l->price.v),
        state_of(l, x),
    };
    doc_row(d, cells);
}

/* From above to below, the nearest of either side. */
static void table(const struct look *l, struct doc *d) {
    const struct command_ctx *c = l->c;
    uint32_t above = 0, below = 0;
    doc_column(d, tr(c->lang, "Level", "Niveau"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Price", "Prix"), DOC_RIGHT);
    doc_column(d, "ATR", DOC_RIGHT);
    doc_column(d, tr(c->lang, "State", "État"), DOC_LEFT);
    for (uint32_t i = 0; i < l->n; i++) above += l->list[i].low.v > l->price.v;
    for (uint32_t i = l->n; i-- > 0;) {
        const struct nearby *x = &l->list[i];
        if (x->low.v > l->price.v) {
            if (above-- <= SHOWN_EACH_WAY) row(l, x, d);
            continue;
        }
        if (below++ < SHOWN_EACH_WAY) row(l, x, d);
    }
}

static void confluences(const struct look *l, struct doc *d) {
    struct command_ctx *c = l->c;
    struct confluence *found = arena_alloc(c->arena, CONFLUENCES_MAX * sizeof *found);
    price_t tolerance = context_tolerance(l->m, &engine_config(c->engine)->levels, l->in);
    uint32_t n = context_confluences(l->list, l->n, tolerance, found);
    for (uint32_t i = 0; i < n && i < CONFLUENCES_SHOWN; i++) {
        char text[CONFLUENCE_TEXT];
        confluence_say(text, sizeof text, c->lang, l->cal, l->list, &found[i]);
        doc_line(d, tr(c->lang, "🎯 %s: %s", "🎯 %s\u00a0: %s"), parts_price(c, l->in, found[i].low), text);
    }
}

static const char *sessions_text(const struct look *l) {
    const struct command_ctx *c = l->c;
    const char *all = "";
    uint32_t in = sessions_at(l->cal, engine_market_time(c->engine));
    for (uint32_t i = 0; i < l->cal->session_count; i++) {
        if (!(in & 1u << i)) continue;
        all = arena_printf(c->arena, "%s%s%s", all, all[0] ? ", " : "", session_say(c->lang, l->cal->sessions[i].name));
    }
    return all[0] ? all : NONE_TEXT;
}

/* Open now; where the next day opens at the very close nothing shuts but the day. */
static const char *open_text(const struct look *l, when_t now, when_t close, const char *why) {
    const struct command_ctx *c = l->c;
    char left[WHEN_TEXT_MAX];
    bool goes_on = calendar_next_open(l->cal, l->in->hours, close).ns == close.ns;
    duration_say(left, c->lang, when_ms_between(now, close));
    return arena_printf(c->arena, "%s%s%s%s",
                        goes_on ? tr(c->lang, "open, the day ends in ", "ouvert, la journée s’achève dans ")
                                : tr(c->lang, "open, closes in ", "ouvert, ferme dans "),
                        left, why[0] ? " – " : "", why);
}

static const char *market_text(const struct look *l) {
    const struct command_ctx *c = l->c;
    when_t now = engine_market_time(c->engine), close = calendar_close(l->cal, l->in->hours, now);
    struct day_hours h;
    if (calendar_minutes_to_close(l->cal, l->in->hours, now) == INT64_MAX)
        return tr(c->lang, "always open", "toujours ouvert");
    calendar_hours(l->cal, l->in->hours, calendar_day(l->cal, l->in->hours, now), &h);
    const char *why = holiday_say(h.holiday, c->lang);
    if (close.ns != WHEN_NONE.ns) return open_text(l, now, close, why);
    when_t open = calendar_next_open(l->cal, l->in->hours, now);
    return arena_printf(c->arena, tr(c->lang, "closed, opens %s%s%s", "fermé, ouvre le %s%s%s"),
                        open.ns != WHEN_NONE.ns ? parts_when(c, open) : NONE_TEXT, why[0] ? " – " : "", why);
}

static const char *contract_text(const struct look *l, const struct roll_view *v) {
    const struct command_ctx *c = l->c;
    char now[CONTRACT_TEXT_MAX], expires[WHEN_TEXT_MAX];
    contract_say(now, l->in->symbol, v->contract);
    return arena_printf(c->arena, tr(c->lang, "%s, expires on %s – %s", "%s, expire le %s – %s"), now,
                        day_say(expires, c->lang, v->expires), parts_roll(c, l->in, v));
}

static const char *news_text(const struct look *l) {
    const struct command_ctx *c = l->c;
    const struct engine_config *cf = engine_config(c->engine);
    const struct news *n = &cf->news;
    when_t now = engine_market_time(c->engine);
    if (n->broken)
        return tr(c->lang, "the calendar cannot be read: no entries", "calendrier illisible\u00a0: aucune entrée");
    const struct news_event *ev = news_blackout(n, &cf->limits.news, l->in, now);
    const struct news_event *next = ev != NULL ? ev : news_next(n, l->in, now);
    if (next == NULL) return tr(c->lang, "none ahead", "aucune en vue");
    return arena_printf(c->arena, "%s%s%s, %s%s%s", next->currency, next->currency[0] != '\0' ? " " : "", next->title,
                        parts_when(c, next->time),
                        news_is_all_day(next) ? tr(c->lang, " (hour unknown)", " (heure inconnue)") : "",
                        ev != NULL ? tr(c->lang, " – no entries now", " – aucune entrée maintenant") : "");
}

/* Of the chain that is configured: a wall that is not there must not look like a market without walls. */
static const char *options_text(const struct look *l) {
    const struct command_ctx *c = l->c;
    const struct gamma_levels *g = &l->in->gamma;
    if (g->until.ns == 0)
        return tr(c->lang, "⚠️ the chain cannot be read: no gamma levels (mia check says why)",
                  "⚠️ chaîne illisible\u00a0: pas de niveaux gamma (mia check dit pourquoi)");
    if (l->m->time.ns >= g->until.ns)
        return arena_printf(c->arena,
                            tr(c->lang, "⚠️ the chain is too old, it held until %s: no gamma levels",
                               "⚠️ chaîne trop ancienne, valable jusqu’au %s\u00a0: pas de niveaux gamma"),
                            parts_when(c, g->until));
    if (l->m->time.ns < g->from.ns)
        return arena_printf(c->arena,
                            tr(c->lang, "the chain is of %s, later than these bars: no gamma levels yet",
                               "chaîne du %s, postérieure à ces bougies\u00a0: pas encore de niveaux gamma"),
                            parts_when(c, g->from));
    return arena_printf(c->arena, tr(c->lang, "chain of %s, holds until %s", "chaîne du %s, valable jusqu’au %s"),
                        parts_when(c, g->from), parts_when(c, g->until));
}

static const char *regime_text(const struct look *l) {
    const struct command_ctx *c = l->c;
    const struct regime_state *r = &l->m->regime;
    if (r->now == REGIME_UNKNOWN) return regime_say(c->lang, r->now);
    return arena_printf(c->arena,
                        tr(c->lang, "%s (ADX %s, efficiency %s, volatility above %s of its last samples)",
                           "%s (ADX %s, efficacité %s, volatilité supérieure à %s de ses derniers relevés)"),
                        regime_say(c->lang, r->now), parts_number(c, r->adx, 0), parts_number(c, r->efficiency, 2),
                        parts_ratio(c, r->percentile, 0));
}

static void answer(const struct look *l, struct doc *d) {
    struct command_ctx *c = l->c;
    doc_title(d, "🗺️", tr(c->lang, "%s at %s: levels", "%s à %s\u00a0: niveaux"), l->in->symbol,
              parts_price(c, l->in, l->price));
    doc_field_wide(d, tr(c->lang, "Market", "Marché"), "%s", market_text(l));
    doc_field_wide(d, tr(c->lang, "Sessions", "Séances"), "%s", sessions_text(l));
    struct roll_view roll;
    if (engine_roll(c->engine, l->at, &roll))
        doc_field_wide(d, tr(c->lang, "Contract", "Contrat"), "%s", contract_text(l, &roll));
    if (engine_config(c->engine)->news.wanted || engine_config(c->engine)->news.n > 0)
        doc_field_wide(d, tr(c->lang, "Announcements", "Annonces"), "%s", news_text(l));
    if (l->in->gamma.wanted) doc_field_wide(d, "Options", "%s", options_text(l));
    doc_field_wide(d, tr(c->lang, "Regime", "Régime"), "%s", regime_text(l));
    doc_field_wide(d, tr(c->lang, "Structure", "Structure"), "%s", parts_break(c, l->in, l->m));
    confluences(l, d);
    if (l->n > 0) table(l, d);
    price_t atr = {(int64_t)l->m->atr};
    doc_footer(d,
               tr(c->lang, "Distances in ATR (%s); levels of closed bars only, the last one of %s",
                  "Distances en ATR (%s)\u00a0; bougies closes seulement, la dernière du %s"),
               parts_price(c, l->in, price_round(atr, l->in->tick)), parts_when(c, l->m->time));
}

static enum exec_result levels(struct command_ctx *c) {
    int at = parts_where(c);
    struct market_view v;
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    if (at >= 0) engine_market(c->engine, (uint16_t)at, &v);
    const struct market_context *m = at >= 0 ? engine_context(c->engine, (uint16_t)at) : NULL;
    if (m == NULL || !v.known) {
        doc_title(c->doc, "📭", "%s",
                  tr(c->lang, "No bar yet, so no levels", "Pas encore de bougie, donc pas de niveaux"));
        return EXEC_DONE;
    }
    struct look *l = arena_alloc(c->arena, sizeof *l);
    *l = (struct look){.c = c,
                       .at = (uint16_t)at,
                       .in = parts_instrument(c, (uint16_t)at),
                       .m = m,
                       .cal = &engine_config(c->engine)->calendars,
                       .price = v.last};
    double within = m->atr > 0 ? m->atr * NEAR_ATR : (double)v.last.v / NEAR_SHARE;
    l->n = context_nearby(m, l->in, l->cal, l->price, (price_t){(int64_t)within}, l->list);
    answer(l, c->doc);
    return EXEC_DONE;
}

const struct command levels_command = {
    .name = "levels",
    .name_fr = "niveaux",
    .summary = {"Levels and structure near the price, confluence, regime, hours of the market",
                "Niveaux et structure près du prix, confluences, régime, horaires du marché"},
    .help = {"/levels (where you trade now), /levels XAUUSD. What each means: docs/LEVELS.md",
             "/niveaux (là où vous êtes), /niveaux XAUUSD. Le sens de chacun\u00a0: docs/LEVELS.md"},
    .args = {{.name = {"symbol", "symbole"}, .summary = {"A symbol in use", "Un symbole suivi"}, .kind = ARG_SYMBOL}},
    .arg_count = 1,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = levels,
};
