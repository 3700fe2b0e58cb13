/*
 * messages_trade: what is said of trades and orders. A trade's first message
 * is edited while it lives, so that the newest state stands where the entry stood;
 * what a person must notice is a message of its own beside it.
 */
#include "bot/messages_build.h"

#include <stdlib.h>

#define NB "\u00a0"  /* no-break space: before a colon and a unit */
#define NNB "\u202f" /* narrow no-break space: before ! ? ; */

/* " | Stop : 5 611,00 | TP : 5 621,00" */
static const char *levels(const struct message_build *b, uint32_t instrument, price_t stop, price_t target) {
    const char *s = "", *t = "";
    if (stop.v != 0)
        s = arena_printf(b->arena, tr(b->lang, " | Stop: %s", " | Stop" NB ": %s"), say_price(b, instrument, stop));
    if (target.v != 0)
        t = arena_printf(b->arena, tr(b->lang, " | TP: %s", " | TP" NB ": %s"), say_price(b, instrument, target));
    return arena_printf(b->arena, "%s%s", s, t);
}

static price_t distance(price_t from, price_t to) {
    price_t d = {0};
    if (!price_sub(to, from, &d)) return PRICE_ZERO;
    return (price_t){d.v < 0 ? -d.v : d.v};
}

void build_reward_risk(struct message_build *b, struct doc *d, price_t entry, price_t stop, price_t target) {
    price_t risk = distance(entry, stop), reward = distance(entry, target);
    if (stop.v == 0 || target.v == 0 || risk.v == 0) return;
    doc_field(d, tr(b->lang, "Reward/risk", "Gain/risque"), "%s",
              say_ratio(b, price_to_double(reward) / price_to_double(risk), 1));
}

static void trade_footer(struct message_build *b, struct doc *d, const struct trade *t) {
    doc_footer(d, tr(b->lang, "Trade #%u · %s", "Trade n°" NB "%u · %s"), t->id, build_strategy(b, t->strategy));
}

/* Of the message that stands where the entry stood, it says whose word that was. */
static void entry_footer(struct message_build *b, struct doc *d, const struct trade *t) {
    doc_footer(d, tr(b->lang, "Trade #%u · %s · %s", "Trade n°" NB "%u · %s · %s"), t->id,
               build_strategy(b, t->strategy), say_word(b, t->strategy));
}

/* ---- the life of a trade ---- */

void build_trade_opened(struct message_build *b) {
    const struct trade *t = &b->f->u.opened.trade;
    struct message *m = message_add_default(b, t->side == SIDE_LONG ? DOC_GOOD : DOC_NOTICE);
    message_key_trade(m, t->id, false);
    doc_title(m->doc, t->side == SIDE_LONG ? "🟢" : "🔴", tr(b->lang, "%s ENTRY %s @ %s%s", "ENTRÉE %s %s @ %s%s"),
              say_side(t->side), build_symbol(b, t->instrument), say_price(b, t->instrument, t->entry),
              levels(b, t->instrument, t->stop, t->target));
    if (t->rolled_from != 0) {
        char contract[CONTRACT_TEXT_MAX];
        doc_line(m->doc, tr(b->lang, "Goes on from trade #%u in %s.", "Reprise du trade n°" NB "%u sur %s."),
                 t->rolled_from, contract_say(contract, build_symbol(b, t->instrument), t->contract));
    }
    doc_field(m->doc, tr(b->lang, "Size", "Taille"), "%s", say_size(b, t->instrument, t->qty));
    if (t->risk.v > 0) doc_field(m->doc, tr(b->lang, "Risk at the stop", "Risque au stop"), "%s", say_cash(b, t->risk));
    build_reward_risk(b, m->doc, t->entry, t->stop, t->target);
    entry_footer(b, m->doc, t);
}

/* The trade as it is now: what its first message is edited to. */
static void edit_open_trade(struct message_build *b, const struct trade *t, cash_t at_risk) {
    struct message *m = message_add(b, CHANNEL_TRADES, URGENCY_INFO, true, t->side == SIDE_LONG ? DOC_GOOD : DOC_NOTICE,
                                    b->ev->market_time);
    message_key_trade(m, t->id, true);
    doc_title(m->doc, t->side == SIDE_LONG ? "🟢" : "🔴", "%s %s @ %s%s", say_side(t->side),
              build_symbol(b, t->instrument), say_price(b, t->instrument, t->entry),
              levels(b, t->instrument, t->stop, t->target));
    if (t->state == TRADE_CLOSING) doc_line(m->doc, "%s", tr(b->lang, "A close is under way.", "Clôture en cours."));
    doc_line(m->doc, "%s", say_at_risk(b, at_risk));
    doc_field(m->doc, tr(b->lang, "Open", "Ouvert"), "%s", say_size(b, t->instrument, t->qty));
    if (t->qty.v != t->qty_entered.v)
        doc_field(m->doc, tr(b->lang, "Entered", "Entré"), "%s", say_size(b, t->instrument, t->qty_entered));
    if (t->stop_initial.v != t->stop.v && t->stop_initial.v != 0)
        doc_field(m->doc, tr(b->lang, "First stop", "Stop initial"), "%s",
                  say_price(b, t->instrument, t->stop_initial));
    cash_t net;
    if (t->gross.v != 0 && trade_net(t, &net))
        doc_field(m->doc, tr(b->lang, "Realised", "Réalisé"), "%s", say_gain(b, net));
    entry_footer(b, m->doc, t);
}

/* "remonté" or "abaissé": by what it did, not by the side. */
static const char *moved(const struct message_build *b, price_t before, price_t now) {
    if (before.v == 0 || before.v == now.v) return tr(b->lang, "set", "placé");
    return now.v > before.v ? tr(b->lang, "raised", "remonté") : tr(b->lang, "lowered", "abaissé");
}

/* A stop "at break-even" is named with what is truly still at risk: fees, and the ticks between it and the entry. */
static void stop_title(struct message_build *b, struct doc *d, const struct trade *t) {
    const char *price = say_price(b, t->instrument, t->stop), *risk = say_at_risk(b, b->f->u.changed.at_risk);
    const char *who = arena_printf(b->arena, "%s %s", say_side(t->side), build_symbol(b, t->instrument));
    const char *how = moved(b, b->f->u.changed.stop_before, t->stop);
    if (b->f->u.changed.change == CHANGE_BREAK_EVEN)
        doc_title(d, "📊",
                  tr(b->lang, "Position secured - Stop → %s (breakeven) | %s | %s",
                     "Position sécurisée - Stop → %s (breakeven) | %s | %s"),
                  price, risk, who);
    else if (b->f->u.changed.change == CHANGE_TRAIL)
        doc_title(d, "📊", tr(b->lang, "Trailing stop %s → %s | %s | %s", "Stop suiveur %s → %s | %s | %s"), how, price,
                  risk, who);
    else
        doc_title(d, "📊", tr(b->lang, "Stop %s → %s | %s | %s", "Stop %s → %s | %s | %s"), how, price, risk, who);
    if (b->f->u.changed.stop_before.v != 0)
        doc_line(d, tr(b->lang, "Before: %s, entry: %s.", "Avant" NB ": %s, entrée" NB ": %s."),
                 say_price(b, t->instrument, b->f->u.changed.stop_before), say_price(b, t->instrument, t->entry));
    if (b->f->u.changed.actor[0] != '\0')
        doc_line(d, tr(b->lang, "Moved by %s.", "Déplacé par %s."), say_actor(b, b->f->u.changed.actor));
    doc_line(d, "%s",
             tr(b->lang, "Fees included; a gap or slippage can still cost more.",
                "Frais compris" NNB "; un gap ou un glissement peut coûter davantage."));
}

static void change_title(struct message_build *b, struct message *m, const struct trade *t) {
    const char *size = say_size(b, t->instrument, b->f->u.changed.qty), *symbol = build_symbol(b, t->instrument);
    const char *price = say_price(b, t->instrument, b->f->u.changed.price), *open = say_size(b, t->instrument, t->qty);
    switch (b->f->u.changed.change) {
    case CHANGE_FILL:
        doc_title(m->doc, "➕",
                  tr(b->lang, "Entry goes on: %s more of %s %s @ %s | Open: %s",
                     "Entrée complétée" NB ": %s de plus sur %s %s @ %s | Ouvert" NB ": %s"),
                  size, say_side(t->side), symbol, price, open);
        return;
    case CHANGE_PART_CLOSED:
        m->urgency = URGENCY_IMPORTANT;
        m->doc->severity = b->f->u.changed.result.v < 0 ? DOC_BAD : DOC_GOOD;
        doc_title(m->doc, "✂️",
                  tr(b->lang, "Part closed: %s of %s %s @ %s = %s | Left: %s",
                     "Sortie partielle" NB ": %s sur %s %s @ %s = %s | Reste" NB ": %s"),
                  size, say_side(t->side), symbol, price, say_gain(b, b->f->u.changed.result), open);
        doc_line(m->doc, "%s", say_at_risk(b, b->f->u.changed.at_risk));
        return;
    case CHANGE_BREAK_EVEN:
    case CHANGE_TRAIL:
    case CHANGE_STOP: stop_title(b, m->doc, t); return;
    case CHANGE_CLOSING: /* an edit only */
    case CHANGE_COUNT: break;
    }
    abort();
}

void build_trade_changed(struct message_build *b) {
    const struct trade *t = &b->f->u.changed.trade;
    /* That an exit was sent is not worth a message of its own: its fill follows and says everything. */
    if (b->f->u.changed.change != CHANGE_CLOSING) {
        struct message *m = message_add_default(b, DOC_NOTICE);
        change_title(b, m, t);
        trade_footer(b, m->doc, t);
    }
    edit_open_trade(b, t, b->f->u.changed.at_risk);
}

/* ---- the end of a trade ---- */

static price_t points_won(const struct trade *t) {
    price_t move = PRICE_ZERO;
    bool good = t->side == SIDE_LONG ? price_sub(t->exit, t->entry, &move) : price_sub(t->entry, t->exit, &move);
    return good ? move : PRICE_ZERO;
}

static void result_fields(struct message_build *b, struct doc *d, const struct trade *t, cash_t net) {
    char text[WHEN_TEXT_MAX];
    doc_field(d, tr(b->lang, "Reason", "Raison"), "%s", close_reason_text(b->lang, t->reason));
    doc_field(d, tr(b->lang, "Size", "Taille"), "%s", say_size(b, t->instrument, t->qty_entered));
    if (t->fees.v != 0) doc_field(d, tr(b->lang, "Fees", "Frais"), "%s", say_cash(b, t->fees));
    if (t->risk.v > 0) {
        double r = cash_to_double(net) / cash_to_double(t->risk);
        doc_field(d, tr(b->lang, "Result", "Résultat"), "%s%s" NB "R", r >= 0.05 ? "+" : "", say_ratio(b, r, 1));
    }
    if (t->opened.ns != WHEN_NONE.ns && t->closed.ns > t->opened.ns)
        doc_field(d, tr(b->lang, "Duration", "Durée"), "%s",
                  duration_say(text, b->lang, when_ms_between(t->opened, t->closed)));
    trade_footer(b, d, t);
}

struct outcome_words {
    const char *emoji, *word;
    enum doc_severity severity;
};

/* A win, a loss and a draw each have their own sign and colour. */
static struct outcome_words outcome_of(const struct message_build *b, cash_t net) {
    if (net.v > 0) return (struct outcome_words){"🎯", tr(b->lang, "PROFIT!", "PROFIT" NNB "!"), DOC_GOOD};
    if (net.v < 0) return (struct outcome_words){"🔻", tr(b->lang, "LOSS", "PERTE"), DOC_BAD};
    return (struct outcome_words){"⚪", tr(b->lang, "FLAT", "NEUTRE"), DOC_PLAIN};
}

static void running_count(struct message_build *b, const struct stats *day) {
    struct doc *d = message_add(b, CHANNEL_PERFORMANCE, URGENCY_INFO, false, DOC_PLAIN, b->ev->market_time)->doc;
    double rate = day->trades > 0 ? (double)day->won / day->trades : 0;
    const char *fr = day->won < 2 ? "gagnant" : "gagnants";
    doc_title(d, "📊",
              tr(b->lang, "Day's stats: %u/%u %s | %s | WR: %s", "Stats jour" NB ": %u/%u %s | %s | WR" NB ": %s"),
              day->won, day->trades, tr(b->lang, "won", fr), say_gain(b, day->net), say_percent(b, rate));
}

void build_trade_closed(struct message_build *b) {
    const struct trade *t = &b->f->u.closed.trade;
    cash_t net = t->gross;
    (void)trade_net(t, &net); /* where it cannot be said, the result before fees is */
    struct outcome_words o = outcome_of(b, net);
    const char *points = say_points(b, t->instrument, points_won(t)), *gain = say_gain(b, net);
    const char *side = say_side(t->side), *symbol = build_symbol(b, t->instrument);
    const char *exit = say_price(b, t->instrument, t->exit);

    struct doc *d = message_add_default(b, o.severity)->doc;
    doc_title(d, o.emoji,
              tr(b->lang, "%s %s = %s on %s %s | Trade closed @ %s", "%s %s = %s sur %s %s | Trade fermé @ %s"), o.word,
              points, gain, side, symbol, exit);
    result_fields(b, d, t, net);

    struct message *m = message_add(b, CHANNEL_TRADES, URGENCY_INFO, true, o.severity, b->ev->market_time);
    message_key_trade(m, t->id, true);
    doc_title(m->doc, o.emoji, tr(b->lang, "%s %s closed: %s → %s | %s", "%s %s fermé" NB ": %s → %s | %s"), side,
              symbol, say_price(b, t->instrument, t->entry), exit, gain);
    result_fields(b, m->doc, t, net);
    running_count(b, &b->f->u.closed.day);
}

/* ---- orders that go wrong ---- */

/* The venue filled what no position here explains: it answered, but not to what was asked. */
static bool is_surplus(const struct order *o) {
    return o->state != ORDER_UNKNOWN || qty_cmp(o->filled, o->qty) > 0;
}

static void trouble_unknown(struct message_build *b, struct doc *d, const struct order *o, const char *what) {
    if (is_surplus(o)) {
        doc_title(d, "❓", tr(b->lang, "Fill that no position explains - %s", "Exécution inexpliquée - %s"), what);
        doc_line(d, "%s",
                 tr(b->lang, "It is not booked here. Compare with the broker's positions.",
                    "Elle n’est pas comptée ici. Comparez avec les positions chez le courtier."));
        return;
    }
    doc_title(d, "❓", tr(b->lang, "Order without an answer - %s", "Ordre sans réponse - %s"), what);
    doc_line(d,
             tr(b->lang,
                "Nobody knows whether it took effect. The broker is being asked; no new position in %s until then.",
                "Nul ne sait s’il a été exécuté. Le courtier est interrogé" NNB
                "; aucune nouvelle position sur %s d’ici là."),
             build_symbol(b, o->instrument));
}

static void trouble_rejected(struct message_build *b, struct doc *d, const struct order *o, const char *what) {
    if (o->state == ORDER_EXPIRED)
        doc_title(d, "❌", tr(b->lang, "Order expired at the broker - %s", "Ordre expiré chez le courtier - %s"), what);
    else
        doc_title(d, "❌", tr(b->lang, "Order refused by the broker - %s", "Ordre refusé par le courtier - %s"), what);
}

static void trouble_title(struct message_build *b, struct message *m, const struct order *o, const char *what) {
    switch (b->f->u.trouble.trouble) {
    case TROUBLE_REJECTED: trouble_rejected(b, m->doc, o, what); return;
    case TROUBLE_UNKNOWN: trouble_unknown(b, m->doc, o, what); return;
    case TROUBLE_RESOLVED:
        m->urgency = URGENCY_IMPORTANT;
        m->doc->mention = false;
        m->doc->severity = DOC_GOOD;
        doc_title(m->doc, "✅", tr(b->lang, "Order cleared up - %s", "Ordre éclairci - %s"), what);
        return;
    case TROUBLE_NAKED:
        doc_title(m->doc, "🚨", tr(b->lang, "POSITION WITHOUT A STOP - %s", "POSITION SANS STOP - %s"), what);
        doc_line(m->doc, "%s",
                 tr(b->lang, "No stop is confirmed at the broker. Look there, or close it with /close or /sos.",
                    "Aucun stop n’est confirmé chez le courtier. Vérifiez-y, ou fermez avec /fermer ou /sos."));
        return;
    case TROUBLE_PROTECT_REFUSED:
        doc_title(m->doc, "⚠️", tr(b->lang, "Stop refused by the broker - %s", "Stop refusé par le courtier - %s"),
                  what);
        doc_line(m->doc, "%s",
                 tr(b->lang, "The stop that rested before, if any, still holds.",
                    "Le stop précédent, s’il y en avait un, reste en place."));
        return;
    case TROUBLE_COUNT: break;
    }
    abort();
}

static const char *state_text(enum lang lang, enum order_state s) {
    static const char *const names[ORDER_STATE_COUNT][LANG_COUNT] = {
        [ORDER_NEW] = {"new", "nouveau"},
        [ORDER_SENT] = {"sent", "envoyé"},
        [ORDER_ACCEPTED] = {"accepted", "accepté"},
        [ORDER_PARTIAL] = {"partly filled", "exécuté en partie"},
        [ORDER_FILLED] = {"filled", "exécuté"},
        [ORDER_CANCELLING] = {"being cancelled", "en cours d’annulation"},
        [ORDER_CANCELLED] = {"cancelled", "annulé"},
        [ORDER_REJECTED] = {"refused", "refusé"},
        [ORDER_EXPIRED] = {"expired", "expiré"},
        [ORDER_UNKNOWN] = {"unknown", "inconnu"},
    };
    return s < ORDER_STATE_COUNT ? names[s][lang] : "?";
}

static bool is_about_a_stop(const struct message_build *b) {
    enum trouble kind = b->f->u.trouble.trouble;
    return kind == TROUBLE_NAKED || kind == TROUBLE_PROTECT_REFUSED;
}

/* An order is bought or sold; a position whose stop is in trouble is long or short. Of an entry long gone only the symbol
 * is known. */
static const char *what_is_troubled(const struct message_build *b, const struct order *o) {
    const char *symbol = build_symbol(b, o->instrument);
    if (is_about_a_stop(b) && o->filled.v == 0) return symbol;
    if (is_about_a_stop(b))
        return arena_printf(b->arena, "%s %s, %s", say_side(o->side), symbol, say_size(b, o->instrument, o->filled));
    const char *verb = o->side == SIDE_LONG ? tr(b->lang, "BUY", "ACHAT") : tr(b->lang, "SELL", "VENTE");
    bool surplus = b->f->u.trouble.trouble == TROUBLE_UNKNOWN && is_surplus(o);
    return arena_printf(b->arena, "%s %s %s", verb, say_size(b, o->instrument, surplus ? o->filled : o->qty), symbol);
}

void build_order_trouble(struct message_build *b) {
    const struct order *o = &b->f->u.trouble.order;
    struct message *m = message_add_default(b, DOC_URGENT);
    message_ring(m);
    trouble_title(b, m, o, what_is_troubled(b, o));
    if (o->note[0] != '\0')
        doc_line(m->doc, tr(b->lang, "Reason given: “%s”", "Motif donné" NB ": «" NB "%s" NB "»"),
                 accounts_masked(b->arena, o->note));
    if (!is_about_a_stop(b)) {
        doc_field(m->doc, tr(b->lang, "State", "État"), "%s", state_text(b->lang, o->state));
        doc_field(m->doc, tr(b->lang, "Filled", "Exécuté"), "%s", say_size(b, o->instrument, o->filled));
        if (o->price.v != 0)
            doc_field(m->doc, tr(b->lang, "Price", "Prix"), "%s", say_price(b, o->instrument, o->price));
    }
    if (o->stop.v != 0) doc_field(m->doc, "Stop", "%s", say_price(b, o->instrument, o->stop));
    doc_footer(m->doc, tr(b->lang, "Order %llu · trade #%u · %s", "Ordre %llu · trade n°" NB "%u · %s"),
               (unsigned long long)o->id, o->trade, build_strategy(b, o->strategy));
}
