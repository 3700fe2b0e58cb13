/*
 * messages: the table of what an effect says, where and how loudly, and the ways to
 * say figures that all builders share. Owns nothing but the table. The builders stand
 * in messages_trade.c (trades and signals), messages_state.c (limits, pauses, market,
 * days), messages_flatten.c and messages_shell.c (starts, stops, faults, upkeep).
 */
#include "bot/messages_build.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"

const struct message_kind message_table[EFFECT_KIND_COUNT] = {
    [EFFECT_SUBMIT] = {.name = "submit", .channel = CHANNEL_ADMIN},
    [EFFECT_CANCEL] = {.name = "cancel", .channel = CHANNEL_ADMIN},
    [EFFECT_PROTECT] = {.name = "protect", .channel = CHANNEL_ADMIN},
    [EFFECT_SIGNAL] = {"signal", CHANNEL_SIGNAL, URGENCY_INFO, false, build_signal},
    [EFFECT_TRADE_OPENED] = {"trade_opened", CHANNEL_TRADES, URGENCY_IMPORTANT, true, build_trade_opened},
    [EFFECT_TRADE_CHANGED] = {"trade_changed", CHANNEL_TRADES, URGENCY_INFO, true, build_trade_changed},
    [EFFECT_TRADE_CLOSED] = {"trade_closed", CHANNEL_TRADES, URGENCY_IMPORTANT, true, build_trade_closed},
    [EFFECT_ORDER_TROUBLE] = {"order_trouble", CHANNEL_ALERTS, URGENCY_URGENT, true, build_order_trouble},
    [EFFECT_LIMIT] = {"limit", CHANNEL_ALERTS, URGENCY_URGENT, true, build_limit},
    [EFFECT_PAUSE] = {"pause", CHANNEL_ADMIN, URGENCY_IMPORTANT, true, build_pause},
    [EFFECT_MARKET] = {"market", CHANNEL_ALERTS, URGENCY_IMPORTANT, false, build_market},
    [EFFECT_DAY_CLOSED] = {"day_closed", CHANNEL_PERFORMANCE, URGENCY_IMPORTANT, false, build_day_closed},
    [EFFECT_CONFIGURED] = {.name = "configured", .channel = CHANNEL_ADMIN}, /* the start tells: messages_start.c */
    [EFFECT_STRATEGY] = {"strategy", CHANNEL_ADMIN, URGENCY_IMPORTANT, true, build_strategy_switch},
    [EFFECT_QUERY] = {.name = "query", .channel = CHANNEL_ADMIN},
    [EFFECT_FLATTEN] = {"flatten", CHANNEL_ALERTS, URGENCY_IMPORTANT, true, build_flatten},
    [EFFECT_CANCELLED] = {"cancelled", CHANNEL_TRADES, URGENCY_INFO, true, build_cancelled},
    [EFFECT_DIFFERS] = {"differs", CHANNEL_ALERTS, URGENCY_URGENT, true, build_differs},
    [EFFECT_ROLL] = {"roll", CHANNEL_ALERTS, URGENCY_IMPORTANT, true, build_roll},
};

uint32_t messages_for(const struct event *ev, const struct effect *f, const struct message_ctx *c, struct arena *a,
                      struct message out[MESSAGES_MAX]) {
    assert(f->kind < EFFECT_KIND_COUNT);
    const struct message_kind *kind = &message_table[f->kind];
    struct message_build b = {.ev = ev, .f = f, .c = c, .lang = c->lang, .kind = kind, .arena = a, .out = out};
    if (kind->build != NULL) kind->build(&b);
    return b.n;
}

struct message *message_add(struct message_build *b, enum channel ch, enum urgency u, bool critical,
                            enum doc_severity severity, when_t time) {
    assert(b->n < MESSAGES_MAX);
    struct message *m = &b->out[b->n++];
    *m = (struct message){.channel = ch, .urgency = u, .critical = critical};
    m->doc = doc_new(b->arena, b->lang, severity);
    m->doc->mode = b->c->mode;
    doc_time(m->doc, time, b->c->zone);
    return m;
}

struct message *message_add_default(struct message_build *b, enum doc_severity severity) {
    return message_add(b, b->kind->channel, b->kind->urgency, b->kind->critical, severity, b->ev->market_time);
}

void message_key_trade(struct message *m, uint32_t trade, bool is_edit) {
    snprintf(m->key, sizeof m->key, "trade:%u", trade);
    m->is_edit = is_edit;
}

void message_ring(struct message *m) {
    m->urgency = URGENCY_URGENT;
    m->doc->mention = true;
}

/* ---- figures ---- */

static const struct instrument unknown_instrument = {.symbol = "?", .decimals = 2};

const struct engine_config *build_config(const struct message_build *b) {
    if (b->c->config != NULL) return b->c->config;
    return b->c->engine != NULL ? engine_config(b->c->engine) : NULL;
}

const struct instrument *build_instrument(const struct message_build *b, uint32_t index) {
    const struct engine_config *c = build_config(b);
    return c != NULL && index < c->instrument_count ? &c->instruments[index] : &unknown_instrument;
}

const char *build_symbol(const struct message_build *b, uint32_t index) {
    return build_instrument(b, index)->symbol;
}

const char *build_strategy(const struct message_build *b, uint32_t index) {
    const struct engine_config *c = build_config(b);
    if (c == NULL || index >= c->strategy_count) return "?";
    return c->strategies[index].label[0] != '\0' ? c->strategies[index].label : c->strategies[index].name;
}

const char *say_word(const struct message_build *b, uint32_t strategy) {
    const struct engine_config *c = build_config(b);
    bool asks = c != NULL && strategy < c->strategy_count && c->strategies[strategy].advisor == ADVISOR_REQUIRED;
    return asks ? tr(b->lang, "advisor required", "conseiller exigé") : tr(b->lang, "rules alone", "règles seules");
}

const char *say_price(const struct message_build *b, uint32_t instrument, price_t p) {
    char text[MONEY_TEXT_MAX];
    return arena_strdup(b->arena, price_say(text, b->lang, p, build_instrument(b, instrument)->decimals));
}

/* All digits that matter and no more: "+6 pts", "-0,00042 pt". An average is rounded like a price. */
const char *say_points(const struct message_build *b, uint32_t instrument, price_t move) {
    char text[MONEY_TEXT_MAX];
    int64_t step = PRICE_SCALE;
    for (int i = build_instrument(b, instrument)->decimals; i > 0 && step > 1; i--) step /= 10;
    price_t p = price_round(move, (price_t){step});
    qty_say(text, b->lang, (qty_t){p.v}); /* a quantity shows its digits as points do; the scales are the same */
    _Static_assert(PRICE_SCALE == QTY_SCALE, "points are said with the scale of quantities");
    bool one = b->lang == LANG_FR ? p.v > -2 * PRICE_SCALE && p.v < 2 * PRICE_SCALE
                                  : p.v == PRICE_SCALE || p.v == -PRICE_SCALE;
    return arena_printf(b->arena, "%s%s\u00a0%s", p.v > 0 ? "+" : "", text, one ? "pt" : "pts");
}

static const char *currency(const struct message_build *b) {
    const struct engine_config *c = build_config(b);
    return c != NULL ? c->currency : "";
}

const char *say_cash(const struct message_build *b, cash_t c) {
    char text[MONEY_TEXT_MAX];
    return arena_strdup(b->arena, cash_say(text, b->lang, c, currency(b), false));
}

const char *say_gain(const struct message_build *b, cash_t c) {
    char text[MONEY_TEXT_MAX];
    return arena_strdup(b->arena, cash_say(text, b->lang, c, currency(b), true));
}

static const char *say_qty(const struct message_build *b, qty_t q) {
    char text[MONEY_TEXT_MAX];
    return arena_strdup(b->arena, qty_say(text, b->lang, q));
}

const char *say_size(const struct message_build *b, uint32_t instrument, qty_t q) {
    static const char *const units[ASSET_CLASS_COUNT][LANG_COUNT] = {
        [ASSET_FUTURE] = {"contract", "contrat"}, [ASSET_STOCK] = {"share", "action"}, [ASSET_CFD] = {"lot", "lot"},
        [ASSET_METAL] = {"lot", "lot"},           [ASSET_FX] = {"lot", "lot"},
    };
    enum asset_class asset = build_instrument(b, instrument)->asset;
    bool many = b->lang == LANG_FR ? q.v >= 2 * QTY_SCALE : q.v != QTY_SCALE;
    return arena_printf(b->arena, "%s\u00a0%s%s", say_qty(b, q), units[asset][b->lang], many ? "s" : "");
}

const char *say_ratio(const struct message_build *b, double v, int decimals) {
    char text[MONEY_TEXT_MAX];
    return arena_strdup(b->arena, number_say(text, b->lang, v, decimals));
}

const char *say_percent(const struct message_build *b, double ratio) {
    char text[MONEY_TEXT_MAX];
    double tenths = round(ratio * 1000);
    return arena_strdup(b->arena, percent_say(text, b->lang, ratio, fmod(tenths, 10) == 0 ? 0 : 1));
}

const char *say_bytes(const struct message_build *b, int64_t bytes) {
    static const char *const units[LANG_COUNT][5] = {{"B", "kB", "MB", "GB", "TB"}, {"o", "ko", "Mo", "Go", "To"}};
    double v = (double)bytes;
    int unit = 0;
    for (; unit < 4 && fabs(v) >= 999.5; unit++) v /= 1000;
    return arena_printf(b->arena, "%s\u00a0%s", say_ratio(b, v, unit > 0 && fabs(v) < 9.95 ? 1 : 0),
                        units[b->lang][unit]);
}

const char *say_side(enum side s) {
    return s == SIDE_SHORT ? "SHORT" : "LONG";
}

const char *say_plural(const struct message_build *b, uint64_t n, const char *en_one, const char *en_many,
                       const char *fr_one, const char *fr_many) {
    const char *noun = b->lang == LANG_FR ? (n < 2 ? fr_one : fr_many) : (n == 1 ? en_one : en_many);
    return arena_printf(b->arena, "%s\u00a0%s", say_ratio(b, (double)n, 0), noun);
}

cash_t cash_minus(cash_t c) {
    return (cash_t){c.v == INT64_MIN ? INT64_MAX : -c.v};
}

const char *say_at_risk(const struct message_build *b, cash_t at_risk) {
    if (at_risk.v > 0)
        return arena_printf(b->arena, tr(b->lang, "Still at risk: %s", "Risque restant\u00a0: %s"),
                            say_cash(b, at_risk));
    if (at_risk.v == 0) return tr(b->lang, "Nothing at risk", "Aucun risque restant");
    return arena_printf(b->arena, tr(b->lang, "Locked in: %s", "Gain acquis\u00a0: %s"),
                        say_gain(b, cash_minus(at_risk)));
}

/* The page has one owner, and its number says nothing to a reader. */
const char *say_actor(const struct message_build *b, const char *actor) {
    if (!strncmp(actor, "local:", 6)) return tr(b->lang, "the local page", "la page locale");
    return strcmp(actor, "mia") ? actor : "MIA";
}

/* ---- names ---- */

const char *close_reason_text(enum lang lang, enum close_reason r) {
    static const char *const names[CLOSE_REASON_COUNT][LANG_COUNT] = {
        [CLOSE_NONE] = {"–", "–"},
        [CLOSE_STOP] = {"stop", "stop"},
        [CLOSE_TARGET] = {"target reached", "objectif atteint"},
        [CLOSE_SIGNAL] = {"the strategy's exit", "sortie de la stratégie"},
        [CLOSE_MANUAL] = {"closed by hand", "clôture manuelle"},
        [CLOSE_SOS] = {"SOS", "SOS"},
        [CLOSE_LIMIT] = {"a limit was reached", "limite atteinte"},
        [CLOSE_STOP_OUT] = {"margin stop-out", "liquidation sur marge"},
        [CLOSE_FLATTEN] = {"flatten", "tout soldé"},
        [CLOSE_WEEKEND] = {"before the weekend", "avant le week-end"},
        [CLOSE_PART] = {"a part taken", "part encaissée"},
        [CLOSE_TIME] = {"held long enough", "durée maximale atteinte"},
        [CLOSE_SESSION] = {"the market closes", "fermeture du marché"},
        [CLOSE_ROLL] = {"change of contract", "changement de contrat"},
    };
    return r < CLOSE_REASON_COUNT ? names[r][lang] : "?";
}

/* A name begins a title here; none begins with a letter that is not ASCII. */
const char *refusal_text(struct arena *a, enum lang lang, enum refusal r) {
    char *text = arena_strdup(a, refusal_say(r, lang));
    if (text[0] >= 'a' && text[0] <= 'z') text[0] = (char)(text[0] - 'a' + 'A');
    return text;
}

/* ---- account numbers ---- */

#define MASK "••••"
#define MASK_SHOWN 4

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char *account_mask(char out[ACCOUNT_TEXT_MAX], const char *account) {
    size_t n = strlen(account);
    bool long_enough = n > MASK_SHOWN + 1;
    for (size_t i = 0; long_enough && i < MASK_SHOWN; i++) long_enough = is_alnum(account[n - 1 - i]);
    snprintf(out, ACCOUNT_TEXT_MAX, MASK "%s", long_enough ? account + n - MASK_SHOWN : "");
    return out;
}

/* Digits in a row, or letters and digits that are mostly a number: what venues call accounts. Prices and symbols are
 * shorter or have a point inside. */
static bool is_account(const char *s, size_t n) {
    size_t digits = 0;
    for (size_t i = 0; i < n; i++) digits += is_digit(s[i]);
    return digits >= 6 || (n >= 8 && digits >= 4);
}

const char *accounts_masked(struct arena *a, const char *text) {
    struct buf b;
    buf_init(&b, strlen(text) * 4 + 16);
    for (const char *p = text; *p != '\0';) {
        size_t n = 0;
        while (is_alnum(p[n])) n++;
        if (n == 0) {
            buf_char(&b, *p++);
            continue;
        }
        if (is_account(p, n)) {
            buf_str(&b, MASK);
            buf_add(&b, p + n - MASK_SHOWN, MASK_SHOWN);
        } else {
            buf_add(&b, p, n);
        }
        p += n;
    }
    const char *out = arena_strndup(a, b.p, b.len);
    buf_clear(&b);
    return out;
}

const char *message_repeat_mark(struct arena *a, enum lang lang, const char *event_id) {
    return arena_printf(a, tr(lang, "🔁 Possible repeat of message %s", "🔁 Répétition possible du message %s"),
                        event_id);
}
