/*
 * messages_flatten: how a flatten (or an SOS) goes on and ends, and what became of an
 * entry that a person called back. The message that told of its beginning is edited
 * while it runs; its end, and what keeps it from its end, are messages of their own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bot/messages_build.h"

#define NB "\u00a0"

static const char *verb_text(const struct message_build *b) {
    return b->f->u.flatten.verb == OP_SOS ? "SOS" : tr(b->lang, "Flatten", "Clôture totale");
}

/* "2 trades, 1 entry, 1 close under way, 1 order without an answer"; "nothing". */
static const char *left_text(const struct message_build *b) {
    const struct flatten_left *l = &b->f->u.flatten.left;
    const struct {
        uint32_t n;
        const char *en_one, *en_many, *fr_one, *fr_many;
    } part[] = {
        {l->trades, "open trade", "open trades", "position ouverte", "positions ouvertes"},
        {l->entries, "waiting entry", "waiting entries", "entrée en attente", "entrées en attente"},
        {l->exits, "close under way", "closes under way", "clôture en cours", "clôtures en cours"},
        {l->unknown, "order without an answer", "orders without an answer", "ordre sans réponse",
         "ordres sans réponse"},
    };
    const char *text = "";
    for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
        if (part[i].n == 0) continue;
        const char *one = say_plural(b, part[i].n, part[i].en_one, part[i].en_many, part[i].fr_one, part[i].fr_many);
        text = arena_printf(b->arena, "%s%s%s", text, *text ? ", " : "", one);
    }
    return *text ? text : tr(b->lang, "nothing", "rien");
}

static void still_open(const struct message_build *b, struct doc *d) {
    const struct flatten_report *r = &b->f->u.flatten;
    for (uint32_t i = 0; i < r->shown_count; i++)
        doc_line(d, "• #%u %s %s %s", r->shown[i].trade, say_side(r->shown[i].side),
                 say_size(b, r->shown[i].instrument, r->shown[i].qty), build_symbol(b, r->shown[i].instrument));
    if (r->left.trades > r->shown_count)
        doc_line(d, tr(b->lang, "… and %u more: /positions", "… et %u de plus" NB ": /positions"),
                 r->left.trades - r->shown_count);
}

static void made(const struct message_build *b, struct doc *d) {
    const struct flatten_report *r = &b->f->u.flatten;
    char text[WHEN_TEXT_MAX];
    doc_field(d, tr(b->lang, "Closed", "Clôturé"), "%u", r->closed);
    if (r->closed > 0)
        doc_field(d, tr(b->lang, "Result after fees", "Résultat après frais"), "%s", say_gain(b, r->result));
    if (r->cancelled > 0) doc_field(d, tr(b->lang, "Entries cancelled", "Entrées annulées"), "%u", r->cancelled);
    doc_field(d, tr(b->lang, "After", "Durée"), "%s",
              duration_say(text, b->lang, when_ms_between(r->began, b->ev->wall_time)));
}

static void given_up_title(struct message_build *b, struct doc *d) {
    doc_title(d, "▶️",
              tr(b->lang, "%s given up by a resume of %s, left over: %s",
                 "%s, abandon" NB ": reprise par %s, reste" NB ": %s"),
              verb_text(b), say_actor(b, b->f->u.flatten.actor), left_text(b));
}

/* Its first message in #admin, as it is now. */
static void edit_first(struct message_build *b) {
    const struct flatten_report *r = &b->f->u.flatten;
    bool done = r->event == FLATTEN_DONE;
    struct message *m = message_add(b, CHANNEL_ADMIN, URGENCY_INFO, true,
                                    done                           ? DOC_GOOD
                                    : r->event == FLATTEN_PROGRESS ? DOC_WARNING
                                                                   : DOC_URGENT,
                                    b->ev->wall_time);
    snprintf(m->key, sizeof m->key, "flatten:%u", r->number);
    m->is_edit = true;
    if (r->event == FLATTEN_GIVEN_UP)
        given_up_title(b, m->doc);
    else if (done)
        doc_title(m->doc, "✅", tr(b->lang, "%s by %s: flat, verified", "%s par %s" NB ": à plat, vérifié"),
                  verb_text(b), say_actor(b, r->actor));
    else
        doc_title(m->doc, "⏳", tr(b->lang, "%s by %s, to do: %s", "%s par %s, reste à faire" NB ": %s"), verb_text(b),
                  say_actor(b, r->actor), left_text(b));
    made(b, m->doc);
}

/* A person acted: the time that counts is the one on their watch. */
static struct message *alert(struct message_build *b, enum doc_severity severity) {
    return message_add(b, b->kind->channel, b->kind->urgency, b->kind->critical, severity, b->ev->wall_time);
}

static void done(struct message_build *b) {
    const struct flatten_report *r = &b->f->u.flatten;
    struct doc *d = alert(b, DOC_GOOD)->doc;
    if (r->closed > 0)
        doc_title(d, "✅", tr(b->lang, "Flat, verified: %s | %s", "À plat, vérifié" NB ": %s | %s"),
                  say_plural(b, r->closed, "trade closed", "trades closed", "position clôturée", "positions clôturées"),
                  say_gain(b, r->result));
    else
        doc_title(d, "✅", "%s", tr(b->lang, "Flat, verified", "À plat, vérifié"));
    doc_line(d, "%s",
             tr(b->lang, "No trade and no order is left. Trading stays paused until /resume.",
                "Il ne reste ni position ni ordre. Le trading reste en pause jusqu’à /reprendre."));
    made(b, d);
}

static void slow(struct message_build *b) {
    struct doc *d = alert(b, DOC_WARNING)->doc;
    doc_title(d, "⏳", tr(b->lang, "%s not finished: %s", "%s, pas terminé" NB ": %s"), verb_text(b), left_text(b));
    doc_line(d, "%s",
             tr(b->lang, "The closes are with the broker and do not fill: a price must come in first. Stops stay.",
                "Les clôtures sont chez le courtier et ne s’exécutent pas" NB
                ": il faut qu’un prix arrive. Les stops restent."));
    still_open(b, d);
}

static void unverified(struct message_build *b) {
    struct message *m = alert(b, DOC_URGENT);
    message_ring(m);
    doc_title(m->doc, "❓",
              tr(b->lang, "Flat cannot be verified: %s", "Impossible de vérifier que tout est à plat" NB ": %s"),
              left_text(b));
    doc_line(m->doc, "%s",
             tr(b->lang, "The broker is asked again and again. Look there too: nobody knows what became of it.",
                "Le courtier est interrogé sans relâche. Vérifiez-y aussi" NB ": nul ne sait ce qu’il en est."));
    still_open(b, m->doc);
}

static void stuck(struct message_build *b) {
    const struct flatten_report *r = &b->f->u.flatten;
    struct message *m = alert(b, DOC_URGENT);
    message_ring(m);
    doc_title(m->doc, "🚨", tr(b->lang, "STILL OPEN: %s", "TOUJOURS OUVERT" NB ": %s"), left_text(b));
    doc_line(
        m->doc,
        tr(b->lang,
           "The broker refused, %u times over. What is open keeps its stop. Close it there, or ask again: "
           "/flatten.",
           "Le courtier a refusé, même après %u nouvelles demandes. Ce qui est ouvert garde son stop. Clôturez chez "
           "lui, ou redemandez" NB ": /solder."),
        r->tries);
    still_open(b, m->doc);
}

static void given_up(struct message_build *b) {
    struct doc *d = alert(b, DOC_WARNING)->doc;
    given_up_title(b, d);
    still_open(b, d);
}

void build_flatten(struct message_build *b) {
    edit_first(b);
    switch (b->f->u.flatten.event) {
    case FLATTEN_PROGRESS: return;
    case FLATTEN_SLOW: slow(b); return;
    case FLATTEN_UNVERIFIED: unverified(b); return;
    case FLATTEN_STUCK: stuck(b); return;
    case FLATTEN_DONE: done(b); return;
    case FLATTEN_GIVEN_UP: given_up(b); return;
    case FLATTEN_EVENT_COUNT: break;
    }
    abort();
}

/* ---- an entry that was called back ---- */

static void cancel_outcome(struct message_build *b, struct message *m, const char *what) {
    const struct order *o = &b->f->u.cancelled.order;
    const char *filled = say_size(b, o->instrument, o->filled);
    switch (b->f->u.cancelled.outcome) {
    case CANCEL_DONE:
        doc_title(m->doc, "✖️", tr(b->lang, "Entry cancelled, as asked - %s", "Entrée annulée, comme demandé - %s"),
                  what);
        doc_line(m->doc, "%s", tr(b->lang, "Nothing of it had filled.", "Rien n’en était exécuté."));
        return;
    case CANCEL_PART:
        doc_title(m->doc, "✖️", tr(b->lang, "Rest of the entry cancelled - %s", "Reste de l’entrée annulé - %s"),
                  what);
        doc_line(m->doc,
                 tr(b->lang, "Filled before: %s; trade #%u, with its stop.",
                    "Exécuté auparavant" NB ": %s" NB "; position #%u, avec son stop."),
                 filled, o->trade);
        return;
    case CANCEL_LATE:
        m->doc->severity = DOC_WARNING;
        m->urgency = URGENCY_IMPORTANT;
        doc_title(m->doc, "⚠️",
                  tr(b->lang, "The cancellation came too late - %s", "L’annulation est arrivée trop tard - %s"), what);
        doc_line(m->doc,
                 tr(b->lang, "The broker had filled %s: trade #%u is open, with its stop. /close #%u closes it.",
                    "Le courtier avait exécuté %s" NB ": la position #%u est ouverte, avec son stop. /fermer #%u la "
                    "clôture."),
                 filled, o->trade, o->trade);
        return;
    case CANCEL_REFUSED:
        m->channel = CHANNEL_ALERTS;
        m->doc->severity = DOC_WARNING;
        m->urgency = URGENCY_IMPORTANT;
        doc_title(m->doc, "⚠️",
                  tr(b->lang, "The broker refused to cancel - %s", "Le courtier a refusé d’annuler - %s"), what);
        doc_line(m->doc, "%s",
                 tr(b->lang, "The order goes on working; /cancel may be asked again.",
                    "L’ordre continue de travailler" NB "; /annuler peut être redemandé."));
        return;
    case CANCEL_OUTCOME_COUNT: break;
    }
    abort();
}

void build_cancelled(struct message_build *b) {
    const struct order *o = &b->f->u.cancelled.order;
    struct message *m = message_add_default(b, DOC_PLAIN);
    const char *verb = o->side == SIDE_LONG ? tr(b->lang, "BUY", "ACHAT") : tr(b->lang, "SELL", "VENTE");
    cancel_outcome(
        b, m,
        arena_printf(b->arena, "%s %s %s", verb, say_size(b, o->instrument, o->qty), build_symbol(b, o->instrument)));
    if (o->note[0] != '\0')
        doc_line(m->doc, tr(b->lang, "Reason given: “%s”", "Motif donné" NB ": «" NB "%s" NB "»"),
                 accounts_masked(b->arena, o->note));
    doc_footer(m->doc, tr(b->lang, "Order %llu · trade #%u · %s", "Ordre %llu · trade n°" NB "%u · %s"),
               (unsigned long long)o->id, o->trade, build_strategy(b, o->strategy));
}
