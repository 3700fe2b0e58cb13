/*
 * messages_setting: what people changed while the bot runs: a strategy switched on or
 * off, a setting made tighter or looser, a looser one that takes hold with the day.
 * Says who, what, from when. Owns nothing.
 */
#include "bot/messages_build.h"

void build_strategy_switch(struct message_build *b) {
    bool on = b->f->u.strategy.on;
    uint32_t orders = b->f->u.strategy.orders_cancelled, open = b->f->u.strategy.trades_open;
    struct doc *d = message_add(b, b->kind->channel, b->kind->urgency, b->kind->critical, on ? DOC_NOTICE : DOC_WARNING,
                                b->ev->wall_time)
                        ->doc;
    doc_title(d, on ? "▶️" : "⏹️",
              on ? tr(b->lang, "Strategy %s switched on by %s", "Stratégie %s remise en marche par %s")
                 : tr(b->lang, "Strategy %s switched off by %s", "Stratégie %s arrêtée par %s"),
              build_strategy(b, b->f->u.strategy.strategy), say_actor(b, b->f->u.strategy.actor));
    doc_line(d, "%s",
             on ? tr(b->lang, "It may open trades again.", "Elle peut de nouveau ouvrir des positions.")
                : tr(b->lang, "It opens no new trades.", "Elle n’ouvre plus de position."));
    if (orders > 0)
        doc_line(d, "%s.",
                 say_plural(b, orders, "waiting entry is being cancelled", "waiting entries are being cancelled",
                            "entrée en attente en cours d’annulation", "entrées en attente en cours d’annulation"));
    if (open > 0 && !on)
        doc_line(d, "%s.",
                 say_plural(b, open, "open trade stays managed: stop, target, trailing",
                            "open trades stay managed: stops, targets, trailing",
                            "trade ouvert reste géré\u00a0: stop, objectif, suivi",
                            "trades ouverts restent gérés\u00a0: stops, objectifs, suivi"));
}

/* ---- settings ---- */

static void setting_doc(struct message_build *b, const struct setting_news *n, struct doc *d) {
    const char *by =
        n->by[0] != '\0' ? say_actor(b, n->by) : tr(b->lang, "the configuration file", "le fichier de configuration");
    const char *before = n->before[b->lang], *after = n->after[b->lang];
    switch (n->event) {
    case SETTING_TIGHTER:
        doc_title(d, "🔒", tr(b->lang, "Setting tightened by %s, at once", "Réglage resserré par %s, tout de suite"),
                  by);
        break;
    case SETTING_LOOSER:
        doc_title(d, "🔓",
                  tr(b->lang, "Setting loosened by %s, from the next trading day",
                     "Réglage assoupli par %s, dès le prochain jour de trading"),
                  by);
        break;
    case SETTING_NEUTRAL:
        doc_title(d, "⚙️", tr(b->lang, "Setting changed by %s", "Réglage modifié par %s"), by);
        break;
    case SETTING_DUE:
        doc_title(d, "🔓", "%s",
                  tr(b->lang, "A loosened setting holds from now on", "Un réglage assoupli vaut désormais"));
        break;
    case SETTING_EVENT_COUNT: break;
    }
    doc_line(d, "%s%s %s → %s", n->key, tr(b->lang, ":", "\u00a0:"), before, after);
    if (n->unset)
        doc_line(d, "%s", tr(b->lang, "Back to what the configuration says.", "Retour à ce que dit la configuration."));
    if (n->event == SETTING_LOOSER && n->day[b->lang][0] != '\0')
        doc_line(d,
                 tr(b->lang, "Until then (%s at the earliest) the old value holds.",
                    "D’ici là (au plus tôt le %s), l’ancienne valeur vaut."),
                 n->day[b->lang]);
    if (n->event == SETTING_DUE) doc_line(d, tr(b->lang, "Asked for by %s.", "Demandé par %s."), by);
}

/* A mentor reads the alerts; who runs the bot reads the admin channel. */
uint32_t message_setting(const struct message_ctx *c, struct arena *a, const struct setting_news *n,
                         struct message out[MESSAGES_MAX]) {
    struct message_build b = {.c = c, .lang = c->lang, .arena = a, .out = out};
    enum doc_severity severity = n->event == SETTING_LOOSER || n->event == SETTING_DUE ? DOC_WARNING : DOC_NOTICE;
    setting_doc(&b, n, message_add(&b, CHANNEL_ADMIN, URGENCY_IMPORTANT, true, severity, c->now)->doc);
    if (n->mentors) setting_doc(&b, n, message_add(&b, CHANNEL_ALERTS, URGENCY_IMPORTANT, true, severity, c->now)->doc);
    return b.n;
}
