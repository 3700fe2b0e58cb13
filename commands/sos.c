/*
 * sos: pause, cancel, flatten, at once and without a question. One that comes late only
 * pauses, which is always safe, and offers the rest: the market it was meant for is gone.
 */
#include "commands/parts.h"

static void lines_flattened(const struct command_ctx *c, const struct close_preview *p, struct doc *d) {
    enum { SHOWN_MAX = 20 };
    for (uint32_t i = 0; i < p->trades && i < SHOWN_MAX; i++) {
        const struct trade *t = engine_trade(c->engine, p->item[i].trade);
        if (!t) continue;
        doc_line(d, tr(c->lang, "• %s at about %s: %s", "• %s vers %s\u00a0: %s"), parts_trade(c, t),
                 parts_price(c, parts_instrument(c, t->instrument), p->item[i].price),
                 parts_gain(c, p->item[i].result));
    }
    if (p->trades > SHOWN_MAX) doc_line(d, tr(c->lang, "… and %u more", "… et %u de plus"), p->trades - SHOWN_MAX);
}

/* What a flatten would close. Where the engine cannot say (no price yet), the flatten goes on without the estimate. */
static void look(struct command_ctx *c, struct close_preview *p) {
    struct operator_command all = {.verb = OP_CLOSE, .instrument = -1, .percent = 100};
    struct err ignored;
    if (!engine_trade_count(c->engine) || engine_preview_close(c->engine, &all, p, &ignored) < 0)
        *p = (struct close_preview){0};
}

static enum exec_result late(struct command_ctx *c, const struct close_preview *p) {
    struct operator_command op = {.verb = OP_PAUSE, .instrument = -1};
    if (command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    struct doc *d = doc_new(c->arena, c->lang, DOC_WARNING);
    uint32_t open = engine_trade_count(c->engine);
    doc_title(d, "⏸️",
              tr(c->lang, "Paused. This /sos is %s old: nothing was closed",
                 "En pause. Ce /sos date de %s\u00a0: rien n’a été clôturé"),
              parts_ago(c, c->age_s));
    if (open) {
        doc_line(d, tr(c->lang, "Close everything now (%u)? %s", "Tout clôturer maintenant (%u)\u00a0? %s"), open,
                 p->trades ? parts_gain(c, p->result) : "");
        lines_flattened(c, p, d);
        str_copy(c->offer, sizeof c->offer, "/sos");
    } else {
        doc_line(d, "%s", tr(c->lang, "No trade is open.", "Aucune position n’est ouverte."));
    }
    c->doc = d;
    return EXEC_DONE;
}

static enum exec_result sos(struct command_ctx *c) {
    struct operator_command op = {.verb = OP_SOS, .instrument = -1, .percent = 100};
    struct close_preview *p = arena_alloc(c->arena, sizeof *p);
    uint32_t open = engine_trade_count(c->engine), resting = parts_resting_entries(c);
    look(c, p);
    if (c->age_s > COMMAND_AGE_MAX_S) return late(c, p);
    struct doc *d = doc_new(c->arena, c->lang, DOC_URGENT);
    lines_flattened(c, p, d);
    if (command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    if (p->trades)
        doc_title(d, "🆘",
                  p->trades == 1 ? tr(c->lang, "SOS: paused, closing %u trade, about %s",
                                      "SOS\u00a0: en pause, clôture de %u position, environ %s")
                                 : tr(c->lang, "SOS: paused, closing %u trades, about %s",
                                      "SOS\u00a0: en pause, clôture de %u positions, environ %s"),
                  p->trades, parts_gain(c, p->result));
    else if (open)
        doc_title(d, "🆘",
                  tr(c->lang, "SOS: paused; what is open is being closed (%u)",
                     "SOS\u00a0: en pause\u00a0; ce qui est ouvert est en cours de clôture (%u)"),
                  open);
    else
        doc_title(d, "🆘", "%s",
                  tr(c->lang, "SOS: paused; no trade was open",
                     "SOS\u00a0: en pause\u00a0; aucune position n’était ouverte"));
    if (resting)
        doc_line(
            d,
            tr(c->lang, "Resting entries being cancelled: %u.", "Entrées en attente, en cours d’annulation\u00a0: %u."),
            resting);
    doc_footer(d, "%s",
               tr(c->lang, "The fills come in #trades; /resume goes on afterwards",
                  "Les exécutions arrivent dans #trades\u00a0; /reprendre relance ensuite"));
    c->doc = d;
    return EXEC_DONE;
}

const struct command sos_command = {
    .name = "sos",
    .summary = {"Pauses, cancels and closes everything, at once",
                "Met en pause, annule et clôture tout, tout de suite"},
    .help = {"Acts at once, without a question. One that arrives late only pauses, and offers the rest.",
             "Agit tout de suite, sans question. S’il arrive tard, il met seulement en pause et propose le reste."},
    .role = ROLE_OPERATOR,
    .flags = COMMAND_MONEY | COMMAND_ALWAYS,
    .exec = sos,
};
