/*
 * messages_start: what a start says of what it found: calm where there is nothing to do,
 * ringing only where a person should look. One message; starts that follow each other
 * after cuts edit it. Pure: bot/found.c gathers.
 */
#include <stdio.h>
#include <string.h>

#include "bot/found.h"
#include "bot/messages_build.h"
#include "engine/base/buf.h"

#define NB "\u00a0"
#define NNB "\u202f"

/* The hour where it was today; the date too where it was not. */
static const char *say_since(const struct message_build *b, when_t w) {
    char text[WHEN_TEXT_MAX];
    bool today = b->c->now.ns > 0 && when_trading_day(w, b->c->zone, 0) == when_trading_day(b->c->now, b->c->zone, 0);
    return arena_strdup(b->arena, today ? time_say(text, w, b->c->zone) : when_say(text, b->lang, w, b->c->zone));
}

static const char *say_down(const struct message_build *b, const struct found *f) {
    char text[WHEN_TEXT_MAX];
    return arena_strdup(b->arena, duration_say(text, b->lang, f->down_ms));
}

/* ---- the title ---- */

static void start_title(struct message_build *b, struct doc *d, const struct found *f) {
    const struct engine_status *st = &f->status;
    if (f->lost_state)
        doc_title(
            d, "🚨",
            tr(b->lang, "MIA %s started PAUSED - stored state unreadable", "MIA %s démarré EN PAUSE - état illisible"),
            f->version);
    else if (st->paused)
        doc_title(d, "⏸️",
                  tr(b->lang, "MIA %s started, paused since %s by %s; still paused",
                     "MIA %s démarré, en pause depuis %s par %s" NNB "; toujours en pause"),
                  f->version, say_since(b, st->paused_at), say_actor(b, st->paused_by));
    else if (f->cuts > 1)
        doc_title(d, "🔁",
                  tr(b->lang, "MIA %s is back - cut off %u times since %s",
                     "MIA %s est de retour - interrompu %u fois depuis %s"),
                  f->version, f->cuts, say_since(b, f->since));
    else if (f->end == RUN_CUT)
        doc_title(d, "🔁",
                  tr(b->lang, "MIA %s is back after an unexpected end", "MIA %s est de retour après une fin imprévue"),
                  f->version);
    else
        doc_title(d, "🚀", tr(b->lang, "MIA %s started", "MIA %s démarré"), f->version);
}

/* ---- how the last run ended ---- */

static void end_line(struct message_build *b, struct doc *d, const struct found *f) {
    const char *at = f->end == RUN_STOPPED || f->end == RUN_CUT ? say_since(b, f->ended) : "";
    switch (f->end) {
    case RUN_FIRST:
        doc_line(d, "%s",
                 tr(b->lang, "First start here. /help lists the commands.",
                    "Premier démarrage ici. /aide liste les commandes."));
        return;
    case RUN_NOT_RECORDED:
        doc_line(d, "%s",
                 tr(b->lang, "How the last run ended is not known: that version did not note it.",
                    "La fin de la dernière session n’est pas connue" NB ": cette version ne la notait pas."));
        return;
    case RUN_STOPPED:
        if (f->down_ms < 0) break;
        doc_line(d, tr(b->lang, "Stopped in order at %s, down for %s.", "Arrêté normalement à %s, absent pendant %s."),
                 at, say_down(b, f));
        return;
    case RUN_CUT:
        if (f->down_ms < 0) break;
        doc_line(d,
                 tr(b->lang, "Cut off (crash, kill or power): last sign of life at %s, down for about %s.",
                    "Interrompu (panne, kill ou coupure)" NB ": dernier signe de vie à %s, absent environ %s."),
                 at, say_down(b, f));
        return;
    case RUN_END_COUNT: return;
    }
    doc_line(d,
             tr(b->lang, "This machine's clock stands before the end of the last run (%s): check it.",
                "L’horloge de cette machine est en retard sur la fin de la dernière session (%s)" NB ": vérifiez-la."),
             at);
}

static void version_line(struct message_build *b, struct doc *d, const struct found *f) {
    bool other = *f->version_before && strcmp(f->version_before, f->version) != 0;
    bool migrated = f->schema_before > 0 && f->schema_before != f->schema;
    if (other && migrated)
        doc_line(
            d, tr(b->lang, "Version %s → %s, database schema %d → %d.", "Version %s → %s, schéma de la base %d → %d."),
            f->version_before, f->version, f->schema_before, f->schema);
    else if (other)
        doc_line(d, tr(b->lang, "Version %s → %s.", "Version %s → %s."), f->version_before, f->version);
    else if (migrated)
        doc_line(d, tr(b->lang, "Database schema %d → %d.", "Schéma de la base %d → %d."), f->schema_before, f->schema);
}

/* ---- what is open ---- */

static const char *stop_of(const struct message_build *b, const struct trade *t) {
    if (t->stop.v == 0 || t->protection == PROTECTION_NONE)
        return tr(b->lang, "NO STOP rests ⚠️", "AUCUN STOP posé ⚠️");
    return arena_printf(b->arena,
                        t->protection == PROTECTION_RESTING
                            ? tr(b->lang, "stop %s rests", "stop %s en place")
                            : tr(b->lang, "stop %s, not confirmed yet", "stop %s, pas encore confirmé"),
                        say_price(b, t->instrument, t->stop));
}

static void open_lines(struct message_build *b, struct doc *d, const struct found *f) {
    for (uint32_t i = 0; i < f->trades; i++) {
        const struct trade *t = &f->trade[i];
        doc_line(d, "#%u %s %s %s · %s", t->id, build_symbol(b, t->instrument), say_side(t->side),
                 say_size(b, t->instrument, t->qty), stop_of(b, t));
    }
    if (f->status.open_trades > f->trades)
        doc_line(
            d, tr(b->lang, "… and %u more open trades: /positions", "… et %u autres trades ouverts" NB ": /positions"),
            f->status.open_trades - f->trades);
    if (f->status.live_orders > 0)
        doc_line(d, "%s.",
                 say_plural(b, f->status.live_orders, "order on its way", "orders on their way", "ordre en cours",
                            "ordres en cours"));
    for (uint32_t i = 0; i < FOUND_ORDERS_MAX && i < f->status.unknown_orders && f->unknown[i].id; i++)
        doc_line(d,
                 tr(b->lang, "Order %llu (%s) has no answer: the broker is asked, nothing new in %s until then.",
                    "L’ordre %llu (%s) est sans réponse" NB
                    ": le courtier est interrogé, rien de nouveau sur %s d’ici là."),
                 (unsigned long long)f->unknown[i].id, build_symbol(b, f->unknown[i].instrument),
                 build_symbol(b, f->unknown[i].instrument));
}

static void state_lines(struct message_build *b, struct doc *d, const struct found *f) {
    const struct engine_status *st = &f->status;
    if (st->paused || f->lost_state)
        doc_line(d, "%s", tr(b->lang, "No entries until /resume.", "Aucune entrée avant /reprendre."));
    if (st->suspended)
        doc_line(d, "%s",
                 tr(b->lang, "A limit is reached: trading is suspended.",
                    "Une limite est atteinte" NB ": trading suspendu."));
    if (st->cautious)
        doc_line(d, "%s",
                 tr(b->lang, "Cautious mode: sizes are halved.", "Mode prudence" NB ": tailles réduites de moitié."));
}

/* ---- what waits, and what came too late ---- */

static void message_lines(struct message_build *b, struct doc *d, const struct found *f) {
    const char *late = say_plural(b, f->late, "message from before is sent now", "messages from before are sent now",
                                  "message d’avant part maintenant", "messages d’avant partent maintenant");
    if (f->late > 0 && f->repeats > 0)
        doc_line(d,
                 tr(b->lang, "%s; possible repeats, marked as such: %u.",
                    "%s" NNB "; doublons possibles, signalés comme tels" NB ": %u."),
                 late, f->repeats);
    else if (f->late > 0)
        doc_line(d, "%s.", late);
    if (f->expired > 0)
        doc_line(d, "%s.",
                 say_plural(b, f->expired, "command came too late while it was down: answered, not carried out",
                            "commands came too late while it was down: answered, not carried out",
                            "commande trop ancienne reçue pendant l’absence" NB ": refusée avec une réponse",
                            "commandes trop anciennes reçues pendant l’absence" NB ": refusées avec une réponse"));
    if (f->held_by[b->lang][0]) doc_line(d, "%s", f->held_by[b->lang]);
}

/* ---- settings ---- */

static void put_symbols(const struct message_build *b, const struct strategy_config *s, struct buf *out) {
    for (uint32_t i = 0; i < s->symbol_count; i++) {
        if (i > 0) buf_str(out, ", ");
        buf_str(out, build_symbol(b, s->symbols[i]));
    }
}

static void limit_fields(struct message_build *b, struct doc *d, const struct limits *l) {
    if (l->daily_loss.v > 0)
        doc_field(d, tr(b->lang, "Daily loss limit", "Limite de perte du jour"), "%s", say_cash(b, l->daily_loss));
    else if (l->daily_loss_ppm > 0)
        doc_field(d, tr(b->lang, "Daily loss limit", "Limite de perte du jour"), "%s",
                  say_percent(b, (double)l->daily_loss_ppm / 1e6));
    if (l->daily_trades > 0) doc_field(d, tr(b->lang, "Trades a day", "Trades par jour"), "%u", l->daily_trades);
    if (l->risk_per_trade_ppm > 0)
        doc_field(d, tr(b->lang, "Risk a trade", "Risque par trade"), "%s",
                  say_percent(b, (double)l->risk_per_trade_ppm / 1e6));
}

/* What the first start is told to do: later ones tell what has changed. */
static void configuration_lines(struct message_build *b, struct doc *d) {
    const struct engine_config *c = build_config(b);
    if (c == NULL) return;
    for (uint32_t i = 0; i < c->strategy_count; i++) {
        struct buf symbols;
        buf_init(&symbols, STRATEGY_SYMBOLS_MAX * (SYMBOL_MAX + 2));
        put_symbols(b, &c->strategies[i], &symbols);
        doc_line(d, "%s%s · %s · %s", c->strategies[i].enabled ? "" : tr(b->lang, "(off) ", "(arrêtée) "),
                 build_strategy(b, i), symbols.p, say_cash(b, c->strategies[i].capital));
        buf_clear(&symbols);
    }
    if (c->dry_run)
        doc_line(d, "%s", tr(b->lang, "Dry run: no order is sent.", "À blanc" NB ": aucun ordre n’est envoyé."));
    limit_fields(b, d, &c->limits);
}

static void settings_lines(struct message_build *b, struct doc *d, const struct found *f) {
    if (f->changes > 0)
        doc_line(d, "⚙️ %s%s",
                 say_plural(b, f->changes, "setting has changed", "settings have changed", "réglage modifié",
                            "réglages modifiés"),
                 tr(b->lang, ":", NB ":"));
    for (uint32_t i = 0; i < f->changes && i < FOUND_CHANGES_MAX; i++)
        doc_line(d, tr(b->lang, "%s: %s", "%s" NB ": %s"), f->change[i].key, f->change[i].text);
    if (f->changes > FOUND_CHANGES_MAX)
        doc_line(d, tr(b->lang, "… and %u more", "… et %u autres"), f->changes - FOUND_CHANGES_MAX);
    if (f->limits_wait)
        doc_line(d, "%s",
                 tr(b->lang, "A looser limit holds from the next trading day; until then the tighter one.",
                    "Une limite assouplie vaut dès le prochain jour de bourse" NNB "; d’ici là, la plus stricte."));
}

/* Who asks for an advisor's word enters nothing as long as there is none. */
static bool advisor_is_missing(const struct strategy_config *s) {
    return s->enabled && s->symbol_count > 0 && s->advisor == ADVISOR_REQUIRED;
}

static void advisor_lines(struct message_build *b, struct doc *d) {
    const struct engine_config *c = build_config(b);
    for (uint32_t i = 0; c != NULL && i < c->strategy_count; i++) {
        if (!advisor_is_missing(&c->strategies[i])) continue;
        doc_line(d,
                 tr(b->lang, "🧠 %s requires an advisor and this version has none: it enters nothing (%s).",
                    "🧠 %s exige un conseiller et cette version n’en a pas" NB
                    ": elle n’ouvrira aucune position (%s)."),
                 build_strategy(b, i), "strategies[].advisor");
    }
}

static bool any_advisor_is_missing(const struct message_build *b) {
    const struct engine_config *c = build_config(b);
    for (uint32_t i = 0; c != NULL && i < c->strategy_count; i++)
        if (advisor_is_missing(&c->strategies[i])) return true;
    return false;
}

/* ---- the two messages ---- */

static struct message *add(struct message_build *b, enum channel ch, enum urgency u, enum doc_severity s) {
    return message_add(b, ch, u, false, s, b->c->now.ns > 0 ? b->c->now : WHEN_NONE);
}

static bool matters(const struct found *f) {
    return found_is_urgent(f) || f->status.paused || f->status.suspended || f->end == RUN_CUT || f->changes > 0 ||
           f->limits_wait || f->down_ms < 0 || f->held_by[LANG_EN][0];
}

static void found_message(struct message_build *b, const struct found *f) {
    bool held = f->status.paused || f->end == RUN_CUT || f->status.suspended;
    bool missing = any_advisor_is_missing(b), told = matters(f) || missing;
    struct message *m = add(b, CHANNEL_ADMIN, told ? URGENCY_IMPORTANT : URGENCY_INFO,
                            found_is_urgent(f) ? DOC_URGENT
                            : held || missing  ? DOC_WARNING
                                               : DOC_GOOD);
    snprintf(m->key, sizeof m->key, "start:%u", f->number);
    m->is_edit = f->again;
    start_title(b, m->doc, f);
    state_lines(b, m->doc, f);
    if (!f->lost_state) end_line(b, m->doc, f);
    version_line(b, m->doc, f);
    open_lines(b, m->doc, f);
    message_lines(b, m->doc, f);
    settings_lines(b, m->doc, f);
    advisor_lines(b, m->doc);
    if (f->end == RUN_FIRST || f->lost_state) configuration_lines(b, m->doc);
}

/* What a person should do, where there is something. */
static void look_lines(struct message_build *b, struct doc *d, const struct found *f) {
    if (f->lost_state)
        doc_line(d, "%s",
                 tr(b->lang, "Positions at the broker are not known here: look there. /health and the log say more.",
                    "Les positions chez le courtier ne sont pas connues ici" NB
                    ": vérifiez-y. /sante et le journal en disent plus."));
    if (f->naked > 0)
        doc_line(d, "%s.",
                 say_plural(b, f->naked, "open trade has no stop: close it or set one at the broker",
                            "open trades have no stop: close them or set one at the broker",
                            "trade ouvert est sans stop" NB ": fermez-le ou posez-en un chez le courtier",
                            "trades ouverts sont sans stop" NB ": fermez-les ou posez-en chez le courtier"));
    if (f->status.unknown_orders > 0)
        doc_line(d, "%s.",
                 say_plural(b, f->status.unknown_orders, "order has no answer: look at the broker",
                            "orders have no answer: look at the broker",
                            "ordre est sans réponse" NB ": vérifiez chez le courtier",
                            "ordres sont sans réponse" NB ": vérifiez chez le courtier"));
    if (f->cuts == FOUND_LOOP)
        doc_line(
            d,
            tr(b->lang,
               "It was cut off %u times since %s: the log says why. Further starts only change the message in #admin.",
               "Interrompu %u fois depuis %s" NB
               ": le journal dit pourquoi. Les démarrages suivants ne changent que le message de #admin."),
            f->cuts, say_since(b, f->since));
}

uint32_t message_start(const struct message_ctx *c, struct arena *a, const struct found *f,
                       struct message out[MESSAGES_MAX]) {
    struct message_build b = {.c = c, .lang = c->lang, .arena = a, .out = out};
    found_message(&b, f);
    if (!found_is_urgent(f) || f->quiet) return b.n;
    struct message *m = add(&b, CHANNEL_ALERTS, URGENCY_URGENT, DOC_URGENT);
    m->critical = true;
    message_ring(m);
    if (f->lost_state)
        start_title(&b, m->doc, f);
    else
        doc_title(m->doc, "🚨", tr(b.lang, "MIA %s started - somebody should look", "MIA %s démarré - à vérifier"),
                  f->version);
    look_lines(&b, m->doc, f);
    return b.n;
}
