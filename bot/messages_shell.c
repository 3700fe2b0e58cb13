/*
 * messages_shell: what the shell says of itself: starts, stops, changes, usage, faults
 * and upkeep. #admin keeps the log of it; what a person should act on goes to #alertes.
 */
#include "bot/messages_build.h"

#include <stdlib.h>

#define NB "\u00a0"
#define NNB "\u202f"

static struct message_build begin(const struct message_ctx *c, struct arena *a, struct message *out) {
    return (struct message_build){.c = c, .lang = c->lang, .arena = a, .out = out};
}

static struct message *add(struct message_build *b, enum channel ch, enum urgency u, enum doc_severity s) {
    return message_add(b, ch, u, false, s, b->c->now);
}

static const char *say_duration(const struct message_build *b, int64_t ms) {
    char text[WHEN_TEXT_MAX];
    return arena_strdup(b->arena, duration_say(text, b->lang, ms));
}

/* ---- start ---- */

/* The hour where it was today; the date too where it was not. */
static const char *say_since(const struct message_build *b, when_t w) {
    char text[WHEN_TEXT_MAX];
    bool today = when_trading_day(w, b->c->zone, 0) == when_trading_day(b->c->now, b->c->zone, 0);
    return arena_strdup(b->arena, today ? time_say(text, w, b->c->zone) : when_say(text, b->lang, w, b->c->zone));
}

static void start_title(struct message_build *b, struct doc *d, const struct start_facts *f) {
    if (f->unreadable)
        doc_title(
            d, "🚨",
            tr(b->lang, "MIA %s started PAUSED - stored state unreadable", "MIA %s démarré EN PAUSE - état illisible"),
            f->version);
    else if (f->paused)
        doc_title(d, "⏸️",
                  tr(b->lang, "MIA %s started, paused since %s by %s; still paused",
                     "MIA %s démarré, en pause depuis %s par %s" NNB "; toujours en pause"),
                  f->version, say_since(b, f->paused_at), f->paused_by);
    else
        doc_title(d, "🚀", tr(b->lang, "MIA %s started", "MIA %s démarré"), f->version);
}

uint32_t message_start(const struct message_ctx *c, const struct start_facts *f, struct arena *a,
                       struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    bool held = f->unreadable || f->paused;
    struct message *m = add(&b, CHANNEL_ADMIN, held ? URGENCY_IMPORTANT : URGENCY_INFO,
                            f->unreadable ? DOC_URGENT
                            : held        ? DOC_WARNING
                                          : DOC_GOOD);
    start_title(&b, m->doc, f);
    if (f->paused || f->unreadable)
        doc_line(m->doc, "%s", tr(b.lang, "No entries until /resume.", "Aucune entrée avant /resume."));
    if (f->open_trades > 0) doc_field(m->doc, tr(b.lang, "Open trades", "Trades ouverts"), "%u", f->open_trades);
    if (f->live_orders > 0) doc_field(m->doc, tr(b.lang, "Live orders", "Ordres en cours"), "%u", f->live_orders);
    if (f->unknown_orders > 0)
        doc_field(m->doc, tr(b.lang, "Orders without an answer", "Ordres sans réponse"), "%u", f->unknown_orders);
    if (f->down_ms > 0) doc_field(m->doc, tr(b.lang, "Down for", "Arrêté pendant"), "%s", say_duration(&b, f->down_ms));
    if (f->events > 0)
        doc_field(m->doc, tr(b.lang, "Replayed", "Rejoué"), "%s",
                  say_plural(&b, f->events, "event", "events", "événement", "événements"));
    if (f->unreadable) {
        m = add(&b, CHANNEL_ALERTS, URGENCY_URGENT, DOC_URGENT);
        m->critical = true;
        message_ring(m);
        start_title(&b, m->doc, f);
        doc_line(m->doc, "%s",
                 tr(b.lang, "Positions at the broker are not known here: look there. /health and the log say more.",
                    "Les positions chez le courtier ne sont pas connues ici" NB
                    ": vérifiez-y. /health et le journal en disent plus."));
    }
    return b.n;
}

/* ---- stop ---- */

static void stop_title(struct message_build *b, struct doc *d, enum stop_cause cause) {
    switch (cause) {
    case STOP_ASKED: doc_title(d, "👋", "%s", tr(b->lang, "MIA stopped", "MIA arrêté")); return;
    case STOP_RESTART:
        doc_title(d, "🔄", "%s",
                  tr(b->lang, "MIA restarts, back in a moment", "MIA redémarre, de retour dans un instant"));
        return;
    case STOP_FAULT:
        doc_title(d, "🚨", "%s", tr(b->lang, "MIA stops because of a fault", "MIA s’arrête sur une panne"));
        return;
    case STOP_CAUSE_COUNT: break;
    }
    abort();
}

static void stop_body(struct message_build *b, struct doc *d, const struct stop_facts *f) {
    if (f->detail != NULL && f->detail[0] != '\0') doc_line(d, "%s", accounts_masked(b->arena, f->detail));
    if (f->open_trades > 0)
        doc_line(d,
                 tr(b->lang, "%s: nobody follows them until MIA is back; stops stay as they rest at the broker.",
                    "%s" NB ": plus personne ne les suit avant le retour de MIA" NNB
                    "; les stops restent tels quels chez le courtier."),
                 say_plural(b, f->open_trades, "trade open", "trades open", "trade ouvert", "trades ouverts"));
    if (f->up_ms > 0) doc_field(d, tr(b->lang, "Was up for", "Durée de marche"), "%s", say_duration(b, f->up_ms));
}

uint32_t message_stop(const struct message_ctx *c, const struct stop_facts *f, struct arena *a,
                      struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    bool fault = f->cause == STOP_FAULT, exposed = f->open_trades > 0 && f->cause != STOP_RESTART;
    struct message *m =
        add(&b, CHANNEL_ADMIN, fault || exposed ? URGENCY_IMPORTANT : URGENCY_INFO, fault ? DOC_URGENT : DOC_PLAIN);
    stop_title(&b, m->doc, f->cause);
    stop_body(&b, m->doc, f);
    if (fault || exposed) {
        m = add(&b, CHANNEL_ALERTS, URGENCY_IMPORTANT, fault ? DOC_URGENT : DOC_WARNING);
        m->critical = true;
        if (fault) message_ring(m);
        stop_title(&b, m->doc, f->cause);
        stop_body(&b, m->doc, f);
    }
    return b.n;
}

/* ---- configuration and usage ---- */

uint32_t message_changed(const struct message_ctx *c, const struct change_facts *f, struct arena *a,
                         struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    struct doc *d = add(&b, CHANNEL_ADMIN, URGENCY_IMPORTANT, DOC_NOTICE)->doc;
    const char *what =
        say_plural(&b, f->n, "setting changed", "settings changed", "réglage modifié", "réglages modifiés");
    if (f->by != NULL && f->by[0] != '\0')
        doc_title(d, "⚙️", tr(b.lang, "Configuration: %s by %s", "Configuration" NB ": %s par %s"), what, f->by);
    else
        doc_title(d, "⚙️", tr(b.lang, "Configuration: %s", "Configuration" NB ": %s"), what);
    for (uint32_t i = 0; i < f->n; i++) doc_line(d, "%s", f->lines[i]);
    return b.n;
}

uint32_t message_usage(const struct message_ctx *c, const struct usage_facts *f, struct arena *a,
                       struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    char day[WHEN_TEXT_MAX];
    struct doc *d = add(&b, CHANNEL_ADMIN, URGENCY_INFO, DOC_PLAIN)->doc;
    doc_title(d, "📈", tr(b.lang, "Usage - %s: %s, %s", "Utilisation - %s" NB ": %s, %s"), day_say(day, b.lang, f->day),
              say_plural(&b, f->commands, "command", "commands", "commande", "commandes"),
              say_plural(&b, f->refused, "refused", "refused", "refusée", "refusées"));
    doc_field(d, tr(b.lang, "Messages sent", "Messages envoyés"), "%u", f->messages);
    doc_field(d, tr(b.lang, "Strangers turned away", "Inconnus éconduits"), "%u", f->strangers);
    doc_field(d, tr(b.lang, "Repeats dropped", "Répétitions écartées"), "%u", f->duplicates);
    if (f->up_ms > 0) doc_field(d, tr(b.lang, "Up for", "En marche depuis"), "%s", say_duration(&b, f->up_ms));
    return b.n;
}

/* ---- faults and upkeep ---- */

uint32_t message_fault(const struct message_ctx *c, const struct fault_facts *f, struct arena *a,
                       struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    bool urgent = f->urgency == URGENCY_URGENT && !f->over;
    struct message *m = add(&b, CHANNEL_ALERTS, f->over ? URGENCY_INFO : f->urgency,
                            f->over  ? DOC_GOOD
                            : urgent ? DOC_URGENT
                                     : DOC_WARNING);
    m->critical = urgent;
    if (urgent) message_ring(m);
    if (f->over)
        doc_title(m->doc, "✅", tr(b.lang, "Fault over: %s", "Panne terminée" NB ": %s"), f->key);
    else
        doc_title(m->doc, "🔧", tr(b.lang, "Technical fault: %s", "Panne technique" NB ": %s"), f->key);
    if (f->text[b.lang] != NULL) doc_line(m->doc, "%s", accounts_masked(a, f->text[b.lang]));
    return b.n;
}

const char *maintenance_name(enum maintenance m) {
    static const char *const names[] = {
        [MAINTENANCE_DISK_LOW] = "disk_low",     [MAINTENANCE_DISK_FULL] = "disk_full",
        [MAINTENANCE_RETENTION] = "retention",   [MAINTENANCE_BACKUP] = "backup",
        [MAINTENANCE_BACKUP_OLD] = "backup_old", [MAINTENANCE_CLOCK] = "clock",
        [MAINTENANCE_SLOW_DISK] = "slow_disk",   [MAINTENANCE_OUTBOX] = "outbox",
        [MAINTENANCE_UPDATE] = "update",
    };
    _Static_assert(sizeof names / sizeof names[0] == MAINTENANCE_COUNT, "a name for every kind of upkeep");
    return m < MAINTENANCE_COUNT ? names[m] : "?";
}

static void disk_text(struct message_build *b, struct message *m, const struct maintenance_facts *f) {
    if (f->kind == MAINTENANCE_DISK_FULL) {
        m->critical = true;
        message_ring(m);
        m->doc->severity = DOC_URGENT;
        doc_title(m->doc, "🛑",
                  tr(b->lang, "Disk full - %s free, no more entries", "Disque plein - %s libres, plus aucune entrée"),
                  say_bytes(b, f->a));
        doc_line(m->doc, "%s",
                 tr(b->lang, "Make room in the state directory; stops and /sos still work.",
                    "Libérez de la place dans le dossier d’état" NNB "; les stops et /sos fonctionnent encore."));
        return;
    }
    doc_title(m->doc, "🧹",
              tr(b->lang, "Upkeep: disk nearly full - %s free", "Maintenance" NB ": disque presque plein - %s libres"),
              say_bytes(b, f->a));
    if (f->b > 0) doc_line(m->doc, tr(b->lang, "The store takes %s.", "Le stockage occupe %s."), say_bytes(b, f->b));
}

static void to_log(struct message *m) {
    m->channel = CHANNEL_ADMIN;
    m->urgency = URGENCY_INFO;
    m->doc->severity = DOC_PLAIN;
}

static void maintenance_text(struct message_build *b, struct message *m, const struct maintenance_facts *f) {
    struct doc *d = m->doc;
    switch (f->kind) {
    case MAINTENANCE_DISK_LOW:
    case MAINTENANCE_DISK_FULL: disk_text(b, m, f); return;
    case MAINTENANCE_RETENTION:
        to_log(m);
        doc_title(d, "🧹",
                  tr(b->lang, "Upkeep: journal older than %s dropped, %s kept",
                     "Maintenance" NB ": journal de plus de %s effacé, %s conservés"),
                  say_plural(b, (uint64_t)f->a, "day", "days", "jour", "jours"), say_bytes(b, f->b));
        return;
    case MAINTENANCE_BACKUP:
        to_log(m);
        doc_title(d, "💾", tr(b->lang, "Backup made - %s", "Sauvegarde faite - %s"), say_bytes(b, f->a));
        return;
    case MAINTENANCE_BACKUP_OLD:
        doc_title(d, "💾",
                  tr(b->lang, "Upkeep: the last backup is %s old", "Maintenance" NB ": dernière sauvegarde il y a %s"),
                  say_plural(b, (uint64_t)f->a, "day", "days", "jour", "jours"));
        return;
    case MAINTENANCE_CLOCK:
        doc_title(d, "🕰️",
                  tr(b->lang, "Upkeep: this machine's clock is off by %s",
                     "Maintenance" NB ": l’horloge de la machine est décalée de %s"),
                  say_duration(b, f->a));
        return;
    case MAINTENANCE_SLOW_DISK:
        doc_title(d, "🐌",
                  tr(b->lang, "Upkeep: slow disk - a commit took %s",
                     "Maintenance" NB ": disque lent - une écriture a pris %s"),
                  say_duration(b, f->a));
        return;
    case MAINTENANCE_OUTBOX:
        doc_title(d, "📬",
                  tr(b->lang, "Upkeep: %s waiting, the oldest for %s",
                     "Maintenance" NB ": %s en attente, le plus ancien depuis %s"),
                  say_plural(b, (uint64_t)f->a, "message", "messages", "message", "messages"), say_duration(b, f->b));
        return;
    case MAINTENANCE_UPDATE:
        to_log(m);
        doc_title(d, "🆕", tr(b->lang, "Update available: %s", "Mise à jour disponible" NB ": %s"), f->text);
        return;
    case MAINTENANCE_COUNT: break;
    }
    abort();
}

uint32_t message_maintenance(const struct message_ctx *c, const struct maintenance_facts *f, struct arena *a,
                             struct message out[MESSAGES_MAX]) {
    struct message_build b = begin(c, a, out);
    struct message *m = add(&b, CHANNEL_ALERTS, URGENCY_IMPORTANT, DOC_WARNING);
    maintenance_text(&b, m, f);
    return b.n;
}
