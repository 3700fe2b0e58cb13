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
