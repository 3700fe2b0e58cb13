/* parts: see parts.h. The names of enums stand here in both languages; tables are checked against the enums. */
#include "commands/parts.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "engine/base/buf.h"

#define PARTS_SHOWN_MAX 48

/* ---- commands ---- */

const char *parts_name(const struct command *c, enum lang lang) {
    return lang == LANG_FR && c->name_fr ? c->name_fr : c->name;
}

/* French words, each for one key; the first of a key is the one that is offered. */
static const struct {
    const char *word, *key;
    bool offered;
} choice_words[] = {{"jour", "day", true},         {"journee", "day", false},       {"afficher", "show", false},
                    {"montrer", "show", false},    {"liste", "list", true},         {"lister", "list", false},
                    {"activer", "enable", true},   {"désactiver", "disable", true}, {"desactiver", "disable", false},
                    {"arreter", "disable", false}, {"arrêter", "disable", false},   {"regler", "set", false},
                    {"régler", "set", false},      {"definir", "set", false},       {"définir", "set", false},
                    {"retirer", "unset", false},   {"effacer", "unset", false},     {"operations", "trades", false},
                    {"signaux", "signals", false}, {"erreur", "error", false},      {"erreurs", "error", false},
                    {"alerte", "warn", false}};
#define CHOICE_WORDS (sizeof choice_words / sizeof choice_words[0])

const char *parts_choice(const char *key, enum lang lang) {
    for (size_t i = 0; lang == LANG_FR && i < CHOICE_WORDS; i++)
        if (choice_words[i].offered && !strcmp(choice_words[i].key, key)) return choice_words[i].word;
    return key;
}

const char *parts_choice_meant(const char *word) {
    for (size_t i = 0; i < CHOICE_WORDS; i++)
        if (!strcasecmp(choice_words[i].word, word)) return choice_words[i].key;
    return word;
}

void parts_usage(const struct command *c, enum lang lang, char *out, size_t size) {
    struct buf b;
    buf_init(&b, size);
    buf_printf(&b, "/%s", parts_name(c, lang));
    for (uint32_t i = 0; i < c->arg_count; i++) {
        const struct arg_spec *s = &c->args[i];
        buf_str(&b, s->required ? " <" : " [");
        if (s->kind == ARG_WORD && s->choices)
            for (uint32_t k = 0; s->choices[k]; k++)
                buf_printf(&b, "%s%s", k ? "|" : "", parts_choice(s->choices[k], lang));
        else if (s->kind == ARG_TARGET)
            buf_str(&b, tr(lang, "#trade|symbol|all", "#position|symbole|tout"));
        else if (s->kind == ARG_TRADE)
            buf_str(&b, tr(lang, "#trade", "#position"));
        else if (s->kind == ARG_ORDER)
            buf_str(&b, tr(lang, "order|#trade|symbol|all", "ordre|#position|symbole|tout"));
        else if (s->kind == ARG_LEVEL)
            buf_str(&b, tr(lang, "price|distance", "prix|distance"));
        else
            buf_str(&b, s->name[lang]);
        buf_char(&b, s->required ? '>' : ']');
    }
    str_copy(out, size, b.p);
    buf_clear(&b);
}

const char *parts_first_symbol(const struct engine *e) {
    const struct engine_config *c = engine_config(e);
    return c->instrument_count ? c->instruments[0].symbol : "XAUUSD";
}

/* ---- money and time ---- */

const char *parts_cash(const struct command_ctx *c, cash_t v) {
    char b[MONEY_TEXT_MAX];
    return arena_strdup(c->arena, cash_say(b, c->lang, v, engine_config(c->engine)->currency, false));
}

const char *parts_gain(const struct command_ctx *c, cash_t v) {
    char b[MONEY_TEXT_MAX];
    return arena_strdup(c->arena, cash_say(b, c->lang, v, engine_config(c->engine)->currency, true));
}

const char *parts_price(const struct command_ctx *c, const struct instrument *i, price_t p) {
    char b[MONEY_TEXT_MAX];
    if (p.v == 0) return NONE_TEXT;
    return arena_strdup(c->arena, price_say(b, c->lang, p, i ? i->decimals : 2));
}

const char *parts_qty(const struct command_ctx *c, qty_t q) {
    char b[MONEY_TEXT_MAX];
    return arena_strdup(c->arena, qty_say(b, c->lang, q));
}

const char *parts_unit(const struct command_ctx *c, const struct instrument *i, qty_t q) {
    static const char *const units[ASSET_CLASS_COUNT][2][LANG_COUNT] = {
        [ASSET_FUTURE] = {{"contract", "contrat"}, {"contracts", "contrats"}},
        [ASSET_STOCK] = {{"share", "action"}, {"shares", "actions"}},
        [ASSET_CFD] = {{"lot", "lot"}, {"lots", "lots"}},
        [ASSET_METAL] = {{"lot", "lot"}, {"lots", "lots"}},
        [ASSET_FX] = {{"lot", "lot"}, {"lots", "lots"}},
    };
    bool many = c->lang == LANG_FR ? q.v >= 2 * QTY_SCALE : q.v != QTY_SCALE; /* 0,5 lot, but 0.5 lots */
    return units[i->asset][many][c->lang];
}

const char *parts_shown(const struct command_ctx *c, const char *typed) {
    char text[PARTS_SHOWN_MAX];
    bool whole = str_copy(text, sizeof text, typed);
    return arena_printf(c->arena, "%s%s", text, whole ? "" : "…");
}

const char *parts_when(const struct command_ctx *c, when_t w) {
    char b[WHEN_TEXT_MAX];
    if (w.ns == WHEN_NONE.ns || w.ns == 0) return NONE_TEXT;
    return arena_strdup(c->arena, when_say(b, c->lang, w, c->zone));
}

const char *parts_ago(const struct command_ctx *c, int64_t seconds) {
    char b[WHEN_TEXT_MAX];
    if (seconds < 0) seconds = 0;
    if (seconds > INT64_MAX / 1000) seconds = INT64_MAX / 1000;
    return arena_strdup(c->arena, duration_say(b, c->lang, seconds * 1000));
}

const char *parts_ratio(const struct command_ctx *c, double ratio, int decimals) {
    char b[MONEY_TEXT_MAX];
    return arena_strdup(c->arena, percent_say(b, c->lang, ratio, decimals));
}

const char *parts_number(const struct command_ctx *c, double v, int decimals) {
    char b[MONEY_TEXT_MAX];
    return arena_strdup(c->arena, number_say(b, c->lang, v, decimals));
}

const char *parts_ppm(const struct command_ctx *c, int64_t ppm) {
    int decimals = ppm % 10000 == 0 ? 0 : ppm % 1000 == 0 ? 1 : 2;
    return parts_ratio(c, (double)ppm / 1e6, decimals);
}

/* ---- trades ---- */

const char *parts_side(enum side s) {
    return s == SIDE_LONG ? "LONG" : "SHORT";
}

const char *parts_trade(const struct command_ctx *c, const struct trade *t) {
    const struct instrument *i = parts_instrument(c, t->instrument);
    return arena_printf(c->arena, "#%u %s %s %s", t->id, parts_side(t->side), parts_qty(c, t->qty), i->symbol);
}

const char *parts_at_risk(const struct command_ctx *c, const struct trade *t) {
    cash_t risk;
    if (!t->stop.v) return tr(c->lang, "no stop", "sans stop");
    if (!engine_trade_at_risk(c->engine, t, &risk)) return NONE_TEXT;
    if (risk.v >= 0) return parts_cash(c, risk);
    return arena_printf(c->arena, tr(c->lang, "%s locked in", "%s assurés"), parts_gain(c, (cash_t){-risk.v}));
}

const char *parts_risk_left(const struct command_ctx *c, cash_t risk) {
    if (risk.v > 0)
        return arena_printf(c->arena, tr(c->lang, "still at risk: %s", "risque restant\u00a0: %s"),
                            parts_cash(c, risk));
    if (risk.v == 0) return tr(c->lang, "nothing at risk", "aucun risque restant");
    return arena_printf(c->arena, tr(c->lang, "locked in: %s", "gain acquis\u00a0: %s"),
                        parts_gain(c, (cash_t){-risk.v}));
}

const char *parts_close_reason(const struct command_ctx *c, enum close_reason r) {
    static const char *const names[][LANG_COUNT] = {
        [CLOSE_NONE] = {"", ""},
        [CLOSE_STOP] = {"stop", "stop"},
        [CLOSE_TARGET] = {"target", "objectif"},
        [CLOSE_SIGNAL] = {"signal", "signal"},
        [CLOSE_MANUAL] = {"by hand", "à la main"},
        [CLOSE_SOS] = {"SOS", "SOS"},
        [CLOSE_LIMIT] = {"limit", "limite"},
        [CLOSE_STOP_OUT] = {"margin", "marge"},
        [CLOSE_FLATTEN] = {"flatten", "tout soldé"},
        [CLOSE_WEEKEND] = {"before the weekend", "avant le week-end"},
        [CLOSE_PART] = {"part taken", "part encaissée"},
        [CLOSE_TIME] = {"time", "durée"},
        [CLOSE_SESSION] = {"market close", "fermeture du marché"},
        [CLOSE_ROLL] = {"change of contract", "changement de contrat"},
    };
    _Static_assert(sizeof names / sizeof names[0] == CLOSE_REASON_COUNT, "a name for every reason");
    return names[r][c->lang];
}

const char *parts_contract(const struct command_ctx *c, const char *symbol, const struct trade *t) {
    char contract[CONTRACT_TEXT_MAX];
    return arena_strdup(c->arena, t->contract != 0 ? contract_say(contract, symbol, t->contract) : symbol);
}

const char *parts_roll(const struct command_ctx *c, const struct instrument *in, const struct roll_view *v) {
    char next[CONTRACT_TEXT_MAX], on[WHEN_TEXT_MAX];
    contract_say(next, in->symbol, v->next);
    day_say(on, c->lang, v->roll);
    if (v->next == 0) return tr(c->lang, "no contract after it is configured", "aucun contrat configuré après lui");
    if (v->due)
        return arena_printf(c->arena, tr(c->lang, "%s is meant, no entries", "%s attendu, aucune entrée"), next);
    if (v->by_volume)
        return arena_printf(c->arena, tr(c->lang, "%s once it has more volume", "%s dès qu’il a plus de volume"), next);
    return arena_printf(c->arena, tr(c->lang, "%s on %s, in %d %s", "%s le %s, dans %d %s"), next, on, v->days,
                        v->days == 1 ? tr(c->lang, "day", "jour") : tr(c->lang, "days", "jours"));
}

const char *parts_refusal(const struct command_ctx *c, enum refusal r) {
    return refusal_say(r, c->lang);
}

const char *parts_feed(const struct command_ctx *c, enum feed_state s) {
    static const char *const names[][LANG_COUNT] = {
        [FEED_LIVE] = {"🟢 live", "🟢 en direct"},
        [FEED_STALE] = {"🟠 stale", "🟠 périmé"},
        [FEED_LOST] = {"🔴 lost", "🔴 perdu"},
        [FEED_ENDED] = {"🏁 ended: the last bar was read", "🏁 terminé\u00a0: la dernière bougie est lue"},
        [FEED_FILLING] = {"🟡 catching up", "🟡 en rattrapage"},
    };
    _Static_assert(sizeof names / sizeof names[0] == FEED_STATE_COUNT, "a name for every state");
    return names[s][c->lang];
}

const char *parts_actor(const struct command_ctx *c, const char *actor) {
    if (!*actor) return NONE_TEXT;
    if (!strcmp(actor, c->actor)) return tr(c->lang, "you", "vous");
    if (!strncmp(actor, "local:", 6)) return tr(c->lang, "the local page", "la page locale");
    return arena_strdup(c->arena, actor);
}

/* ---- limits ---- */

const char *parts_limit(const struct command_ctx *c, enum limit_kind k) {
    static const char *const names[][LANG_COUNT] = {
        [LIMIT_DAILY_LOSS] = {"Daily loss", "Perte du jour"},
        [LIMIT_DAILY_TRADES] = {"Trades of the day", "Trades du jour"},
        [LIMIT_CONSECUTIVE_LOSSES] = {"Losses in a row", "Pertes consécutives"},
        [LIMIT_DRAWDOWN] = {"Drawdown", "Drawdown"},
        [LIMIT_WEEKLY_LOSS] = {"Weekly loss", "Perte de la semaine"},
        [LIMIT_MONTHLY_LOSS] = {"Monthly loss", "Perte du mois"},
        [LIMIT_ERRORS] = {"System errors", "Erreurs système"},
        [LIMIT_OPEN_RISK] = {"Open risk", "Risque ouvert"},
    };
    _Static_assert(sizeof names / sizeof names[0] == LIMIT_KIND_COUNT, "a name for every limit");
    return names[k][c->lang];
}

static bool is_counted(const struct limit_view *v) {
    return v->count_max > 0;
}

double parts_limit_share(const struct limit_view *v) {
    if (is_counted(v)) return (double)v->count / v->count_max;
    return v->max.v > 0 ? (double)v->used.v / (double)v->max.v : 0;
}

const char *parts_limit_use(const struct command_ctx *c, const struct limit_view *v) {
    const char *share = parts_ratio(c, parts_limit_share(v), 1);
    if (is_counted(v))
        return arena_printf(c->arena, tr(c->lang, "%u of %u (%s)", "%u sur %u (%s)"), v->count, v->count_max, share);
    return arena_printf(c->arena, tr(c->lang, "%s of %s (%s)", "%s sur %s (%s)"), parts_cash(c, v->used),
                        parts_cash(c, v->max), share);
}

bool parts_day_loss(const struct command_ctx *c, struct limit_view *out) {
    struct limit_view views[LIMIT_VIEWS_MAX];
    uint32_t n = engine_limits(c->engine, views);
    for (uint32_t i = 0; i < n; i++) {
        if (views[i].kind != LIMIT_DAILY_LOSS || !views[i].binding) continue;
        *out = views[i];
        return true;
    }
    return false;
}

void parts_day_loss_field(const struct command_ctx *c, struct doc *d) {
    struct limit_view v;
    cash_t left;
    const char *name = tr(c->lang, "Daily loss limit", "Limite de perte du jour");
    if (!parts_day_loss(c, &v)) {
        doc_field(d, name, "%s", tr(c->lang, "none is set", "aucune"));
        return;
    }
    if (!cash_sub(v.max, v.used, &left)) left = CASH_ZERO;
    if (left.v < 0) left = CASH_ZERO;
    doc_field(d, name, tr(c->lang, "%s left of %s", "reste %s sur %s"), parts_cash(c, left), parts_cash(c, v.max));
}

/* ---- the engine's tables ---- */

const struct instrument *parts_instrument(const struct command_ctx *c, uint16_t index) {
    return engine_instrument(c->engine, index);
}

const struct instrument *parts_instrument_named(const struct command_ctx *c, const char *symbol) {
    int i = engine_config_instrument(engine_config(c->engine), symbol);
    return i < 0 ? NULL : engine_instrument(c->engine, (uint16_t)i);
}

int parts_where(const struct command_ctx *c) {
    const struct engine_config *cf = engine_config(c->engine);
    if (c->args[0].given) return engine_config_instrument(cf, c->args[0].text);
    if (engine_trade_count(c->engine) > 0) return engine_trade_at(c->engine, 0)->instrument;
    const struct signal *last = engine_last_signal(c->engine);
    if (last != NULL) return last->instrument;
    for (uint16_t i = 0; i < cf->instrument_count; i++) {
        if (engine_context(c->engine, i) != NULL) return i;
    }
    return cf->instrument_count > 0 ? 0 : -1;
}

const char *parts_break(const struct command_ctx *c, const struct instrument *in, const struct market_context *m) {
    const struct structures *all = &m->found[STRUCTURE_BREAK];
    if (all->n == 0) return NONE_TEXT;
    const struct structure *b = &all->item[all->n - 1];
    return arena_printf(c->arena, tr(c->lang, "%s of %s%s, %s", "%s de %s%s, %s"),
                        structure_say(c->lang, STRUCTURE_BREAK, b->side), parts_price(c, in, b->low),
                        b->reversal ? tr(c->lang, " (change of character)", " (changement de caractère)") : "",
                        parts_when(c, b->formed));
}

const char *parts_strategy(const struct command_ctx *c, uint16_t strategy) {
    const struct engine_config *cf = engine_config(c->engine);
    return strategy < cf->strategy_count ? cf->strategies[strategy].label : NONE_TEXT;
}

uint32_t parts_resting_entries(const struct command_ctx *c) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < engine_order_count(c->engine); i++) {
        const struct order *o = engine_order_at(c->engine, i);
        n += o->role == ROLE_ENTRY && !order_is_final(o);
    }
    return n;
}

void parts_managed(const struct command_ctx *c, struct doc *d) {
    enum { SHOWN_MAX = 20 };
    uint32_t n = engine_trade_count(c->engine);
    for (uint32_t i = 0; i < n && i < SHOWN_MAX; i++) {
        const struct trade *t = engine_trade_at(c->engine, i);
        const struct instrument *in = parts_instrument(c, t->instrument);
        doc_line(d, tr(c->lang, "• %s: stop %s, target %s, at risk %s", "• %s\u00a0: stop %s, objectif %s, risque %s"),
                 parts_trade(c, t), parts_price(c, in, t->stop), parts_price(c, in, t->target), parts_at_risk(c, t));
    }
    if (n > SHOWN_MAX)
        doc_line(d, tr(c->lang, "… and %u more: /positions", "… et %u de plus\u00a0: /positions"), n - SHOWN_MAX);
}

/* ---- strategies and the regime ---- */

const char *parts_regimes(const struct command_ctx *c, const struct strategy_config *s) {
    const char *text = "";
    for (int r = 0; r < REGIME_COUNT; r++) {
        if ((s->regimes & 1u << r) == 0) continue;
        text = arena_printf(c->arena, "%s%s%s", text, *text ? ", " : "", regime_say(c->lang, (enum regime)r));
    }
    text = *text ? arena_printf(c->arena, tr(c->lang, "%s only", "%s seulement"), text)
                 : tr(c->lang, "any regime", "tout régime");
    for (int r = 0; r < REGIME_COUNT; r++) {
        int64_t ppm = s->widen_ppm[r];
        if (ppm == 0) continue;
        text = arena_printf(c->arena, tr(c->lang, "%s; stop ×\u00a0%s in %s", "%s\u00a0; stop ×\u00a0%s en %s"), text,
                            parts_number(c, (double)ppm / 1e6, ppm % 100000 != 0 ? 2 : 1),
                            regime_say(c->lang, (enum regime)r));
    }
    return text;
}

const char *parts_word(const struct command_ctx *c, bool advised) {
    return advised
               ? tr(c->lang, "advisor required, none there: no entry", "conseiller exigé, absent\u00a0: aucune entrée")
               : tr(c->lang, "rules alone", "règles seules");
}

/* ---- closing ---- */

void parts_close_rows(const struct command_ctx *c, const struct close_preview *p, struct doc *d) {
    doc_column(d, tr(c->lang, "Trade", "Position"), DOC_LEFT);
    doc_column(d, tr(c->lang, "Closes", "Clôture"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Price", "Prix"), DOC_RIGHT);
    doc_column(d, tr(c->lang, "Result", "Résultat"), DOC_RIGHT);
    for (uint32_t i = 0; i < p->trades; i++) {
        const struct trade *t = engine_trade(c->engine, p->item[i].trade);
        if (!t) continue;
        const char *cells[] = {
            parts_trade(c, t),
            parts_qty(c, p->item[i].qty),
            parts_price(c, parts_instrument(c, t->instrument), p->item[i].price),
            parts_gain(c, p->item[i].result),
        };
        doc_row(d, cells);
    }
}

/* An order fills at the market's next price: where none comes, the asker should know before and after. */
void parts_market_field(const struct command_ctx *c, struct doc *d) {
    struct engine_status st;
    engine_status(c->engine, &st);
    if (st.feed == FEED_LIVE) return;
    doc_field(d, tr(c->lang, "Market data", "Données de marché"), "%s", parts_feed(c, st.feed));
    doc_line(d, "%s",
             tr(c->lang, "⚠️ No price comes in: the fill waits for the market's return.",
                "⚠️ Aucun prix n’arrive\u00a0: l’exécution attend le retour du marché."));
}

const char *parts_flatten(const struct command_ctx *c) {
    struct flatten_view v;
    if (!engine_flatten(c->engine, &v)) return NULL;
    const char *text =
        arena_printf(c->arena, tr(c->lang, "by %s, trades left: %u", "par %s, positions restantes\u00a0: %u"),
                     parts_actor(c, v.actor), v.left.trades);
    if (v.left.unknown)
        text =
            arena_printf(c->arena, tr(c->lang, "%s, orders without an answer: %u", "%s, ordres sans réponse\u00a0: %u"),
                         text, v.left.unknown);
    return v.stuck
               ? arena_printf(
                     c->arena,
                     tr(c->lang, "⚠️ %s: refused by the broker", "⚠️ %s\u00a0: refusé par le courtier"), text)
               : text;
}
