/*
 * messages_shell: what the shell says of itself: starts, stops, changes, usage, faults
 * and upkeep. #admin keeps the log of it; what a person should act on goes to #alertes.
 */
#include "bot/messages_build.h"

#include <stdlib.h>
#include <string.h>

#define NB "\u00a0"
#define NNB "\u202f"

static struct message_build begin(const struct message_ctx *c, struct arena *a, struct message *out) {
    return (struct message_build){.c = c, .lang = c->lang, .arena = a, .out = out};
}

static struct message *add(struct message_build *b, enum channel ch, enum urgency u, enum doc_severity s) {
    return message_add(b, ch, u, false, s, b->c->now.ns > 0 ? b->c->now : WHEN_NONE);
}

static const char *say_duration(const struct message_build *b, int64_t ms) {
    char text[WHEN_TEXT_MAX];
    return arena_strdup(b->arena, duration_say(text, b->lang, ms));
}

static struct engine_status status_of(const struct message_ctx *c) {
    struct engine_status st = {0};
    if (c->status != NULL)
        st = *c->status;
    else if (c->engine != NULL)
        engine_status(c->engine, &st);
    return st;
}

/* ---- stop ---- */

static void stop_body(struct message_build *b, struct doc *d, uint32_t open_trades) {
    doc_title(d, "👋", "%s", tr(b->lang, "MIA stopped", "MIA arrêté"));
    if (open_trades > 0)
        doc_line(d,
                 tr(b->lang, "%s, not followed until MIA is back; stops stay as they rest at the broker.",
                    "%s" NB ": plus aucun suivi avant le retour de MIA" NNB
                    "; les stops restent tels quels chez le courtier."),
                 say_plural(b, open_trades, "open trade", "open trades", "trade ouvert", "trades ouverts"));
}

uint32_t message_stop(const struct message_ctx *c, struct arena *a, struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    uint32_t open = status_of(c).open_trades;
    enum urgency urgency = open > 0 ? URGENCY_IMPORTANT : URGENCY_INFO;
    enum doc_severity severity = open > 0 ? DOC_WARNING : DOC_PLAIN;
    stop_body(&b, add(&b, CHANNEL_ADMIN, urgency, severity)->doc, open);
    if (open == 0) return b.n;
    struct message *m = add(&b, CHANNEL_ALERTS, URGENCY_IMPORTANT, severity);
    m->critical = true;
    stop_body(&b, m->doc, open);
    return b.n;
}

/* ---- configuration and usage ---- */

uint32_t message_usage(const struct message_ctx *c, struct arena *a, uint32_t commands, uint32_t refused,
                       uint32_t strangers, struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    struct doc *d = add(&b, CHANNEL_ADMIN, URGENCY_INFO, DOC_PLAIN)->doc;
    doc_title(d, "📈", tr(b.lang, "Usage - %s, %s", "Utilisation - %s, %s"),
              say_plural(&b, commands, "command", "commands", "commande", "commandes"),
              say_plural(&b, refused, "refused", "refused", "refusée", "refusées"));
    if (strangers > 0)
        doc_line(d, "%s.",
                 say_plural(&b, strangers, "stranger turned away", "strangers turned away", "inconnu éconduit",
                            "inconnus éconduits"));
    return b.n;
}

/* ---- faults and upkeep ---- */

/* "discord.fatal" is a word for the log; a reader is told what is affected, and finds the word below. */
static const char *fault_name(const struct message_build *b, const char *key) {
    static const struct {
        const char *prefix, *name[LANG_COUNT];
    } names[] = {{"discord.", {"Discord", "Discord"}},
                 {"telegram.", {"Telegram", "Telegram"}},
                 {"local.", {"local page", "page locale"}},
                 {"alpaca.", {"Alpaca", "Alpaca"}},
                 {"feed.", {"market data", "données de marché"}}};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strncmp(key, names[i].prefix, strlen(names[i].prefix))) return names[i].name[b->lang];
    return key;
}

static void fault_text(struct message_build *b, struct doc *d, const char *en, const char *fr) {
    const char *text = b->lang == LANG_FR ? fr : en;
    if (text != NULL && text[0] != '\0') doc_line(d, "%s", accounts_masked(b->arena, text));
}

uint32_t message_fault(const struct message_ctx *c, struct arena *a, const char *key, enum urgency u, const char *en,
                       const char *fr, struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    bool urgent = u == URGENCY_URGENT;
    struct message *m = add(&b, CHANNEL_ALERTS, u, urgent ? DOC_URGENT : DOC_WARNING);
    m->critical = urgent;
    if (urgent) message_ring(m);
    doc_title(m->doc, "🔧", tr(b.lang, "Technical fault: %s", "Panne technique" NB ": %s"), fault_name(&b, key));
    fault_text(&b, m->doc, en, fr);
    doc_footer(m->doc, "%s", key);
    return b.n;
}

uint32_t message_fault_over(const struct message_ctx *c, struct arena *a, const char *key, const char *en,
                            const char *fr, struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    struct doc *d = add(&b, CHANNEL_ALERTS, URGENCY_INFO, DOC_GOOD)->doc;
    doc_title(d, "✅", tr(b.lang, "Fault over: %s", "Panne terminée" NB ": %s"), fault_name(&b, key));
    fault_text(&b, d, en, fr);
    doc_footer(d, "%s", key);
    return b.n;
}

static void disk_text(struct message_build *b, struct doc *d, const struct upkeep *f) {
    doc_title(d, "🧹",
              tr(b->lang, "Upkeep: disk nearly full - %s free", "Maintenance" NB ": disque presque plein - %s libres"),
              say_bytes(b, f->a));
    if (f->b > 0) doc_line(d, tr(b->lang, "The store takes %s.", "Le stockage occupe %s."), say_bytes(b, f->b));
}

static void store_gone_text(struct message_build *b, struct message *m, const struct upkeep *f) {
    m->critical = true;
    m->urgency = URGENCY_URGENT;
    message_ring(m);
    m->doc->severity = DOC_URGENT;
    doc_title(m->doc, "🗄️",
              tr(b->lang, "Database gone - no more entries", "Base de données injoignable - plus aucune entrée"));
    doc_line(m->doc, "%s",
             tr(b->lang,
                "Stops, /close, /sos and /pause still work; what happens is kept on this machine and recorded when it "
                "is back.",
                "Les stops, /fermer, /sos et /pause fonctionnent encore" NNB
                "; ce qui se passe est gardé sur cette machine et enregistré à son retour."));
    const char *why = b->lang == LANG_FR && f->text_fr != NULL ? f->text_fr : f->text;
    if (why != NULL) doc_footer(m->doc, "%s", why);
}

static void store_back_text(struct message_build *b, struct message *m, const struct upkeep *f) {
    m->critical = true;
    m->doc->severity = DOC_GOOD;
    doc_title(m->doc, "🗄️", tr(b->lang, "Database back after %s", "Base de données revenue après %s"),
              say_duration(b, f->a));
    doc_line(m->doc, "%s",
             tr(b->lang, "Everything that happened meanwhile is recorded. Entries are possible again.",
                "Tout ce qui s’est passé entre-temps est enregistré. Les entrées sont de nouveau possibles."));
}

static void waiting_text(struct message_build *b, struct doc *d, const struct upkeep *f) {
    doc_title(d, "📬",
              tr(b->lang, "Upkeep: %s waiting, the oldest for %s",
                 "Maintenance" NB ": %s en attente, le plus ancien depuis %s"),
              say_plural(b, (uint64_t)f->a, "message", "messages", "message", "messages"), say_duration(b, f->b));
    if (f->text != NULL)
        doc_line(d,
                 tr(b->lang, "On %s: they go out in their order once it takes them.",
                    "Sur %s" NB ": ils partiront dans leur ordre dès qu’il les prendra."),
                 f->text);
}

static void upkeep_text(struct message_build *b, struct message *m, const struct upkeep *f) {
    switch (f->kind) {
    case UPKEEP_DISK_LOW: disk_text(b, m->doc, f); return;
    case UPKEEP_OUTBOX: waiting_text(b, m->doc, f); return;
    case UPKEEP_STORE_GONE: store_gone_text(b, m, f); return;
    case UPKEEP_STORE_BACK: store_back_text(b, m, f); return;
    case UPKEEP_COUNT: break;
    }
    abort();
}

uint32_t message_upkeep(const struct message_ctx *c, struct arena *a, const struct upkeep *f,
                        struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    struct message *m = add(&b, CHANNEL_ALERTS, URGENCY_IMPORTANT, DOC_WARNING);
    upkeep_text(&b, m, f);
    return b.n;
}
