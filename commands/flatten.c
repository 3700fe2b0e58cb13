/*
 * flatten and sos: pause, cancel, close everything, verify. One operation of the engine;
 * /sos begins it at once and without a question, /flatten shows first what it would close.
 * Asked twice, both join the one that runs. A late /sos only pauses, which is always safe,
 * and offers the rest: the market it was meant for is gone.
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

static void what_is_left(const struct command_ctx *c, const struct flatten_left *l, struct doc *d) {
    doc_field(d, tr(c->lang, "Open trades", "Positions ouvertes"), "%u", l->trades);
    if (l->entries) doc_field(d, tr(c->lang, "Waiting entries", "Entrées en attente"), "%u", l->entries);
    if (l->exits) doc_field(d, tr(c->lang, "Closes under way", "Clôtures en cours"), "%u", l->exits);
    if (!l->unknown) return;
    doc_field(d, tr(c->lang, "Orders without an answer", "Ordres sans réponse"), "%u", l->unknown);
    doc_line(
        d, "%s",
        tr(c->lang, "⚠️ Flat cannot be verified yet: the broker is asked what became of them, again and again.",
           "⚠️ Impossible encore de vérifier que tout est à plat\u00a0: le courtier est interrogé sans relâche "
           "sur "
           "leur sort."));
}

/* ---- sos ---- */

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

static void sos_title(const struct command_ctx *c, const struct close_preview *p, uint32_t open, struct doc *d) {
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
}

/* What both say once it has begun. */
static void begun(const struct command_ctx *c, uint32_t resting, struct doc *d) {
    struct flatten_view v;
    if (resting)
        doc_line(
            d,
            tr(c->lang, "Resting entries being cancelled: %u.", "Entrées en attente, en cours d’annulation\u00a0: %u."),
            resting);
    bool active = engine_flatten(c->engine, &v);
    if (active && v.left.unknown) what_is_left(c, &v.left, d);
    if (active) parts_market_field(c, d);
    if (active)
        doc_footer(d, "%s",
                   tr(c->lang, "Its end is told in #alertes; trading then stays paused until /resume",
                      "Sa fin est dite dans #alertes\u00a0; le trading reste ensuite en pause jusqu’à /reprendre"));
    else
        doc_footer(d, "%s", tr(c->lang, "/resume goes on afterwards", "/reprendre relance ensuite"));
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
    sos_title(c, p, open, d);
    begun(c, resting, d);
    c->doc = d;
    return EXEC_DONE;
}

const struct command sos_command = {
    .name = "sos",
    .summary = {"Pauses, cancels and closes everything, at once",
                "Met en pause, annule et clôture tout, tout de suite"},
    .help =
        {"Acts at once, without a question; /flatten does the same and asks first. One that arrives late only pauses, "
         "and offers the rest.",
         "Agit tout de suite, sans question\u00a0; /solder fait de même et demande d’abord. S’il arrive tard, il met "
         "seulement en pause et propose le reste."},
    .role = ROLE_OPERATOR,
    .flags = COMMAND_MONEY | COMMAND_ALWAYS,
    .exec = sos,
};

/* ---- flatten ---- */

static bool is_flat(const struct flatten_left *l) {
    return !l->trades && !l->entries && !l->exits && !l->unknown;
}

/* Trades that are closing already, and orders, have no result to show. */
static void asked(const struct command_ctx *c, const struct close_preview *p, struct doc *d) {
    if (!p->trades) {
        doc_title(d, "❓", "%s",
                  tr(c->lang, "Pause and clear what is still under way?",
                     "Mettre en pause et solder ce qui est encore en cours\u00a0?"));
        return;
    }
    doc_title(d, "❓",
              p->trades == 1 ? tr(c->lang, "Pause and close everything, %u trade? %s",
                                  "Mettre en pause et tout solder, %u position\u00a0? %s")
                             : tr(c->lang, "Pause and close everything, %u trades? %s",
                                  "Mettre en pause et tout solder, %u positions\u00a0? %s"),
              p->trades, parts_gain(c, p->result));
    parts_close_rows(c, p, d);
    doc_field(d, tr(c->lang, "Result after fees", "Résultat après frais"), "%s", parts_gain(c, p->result));
}

static enum exec_result flatten_preview(struct command_ctx *c, uint64_t *state) {
    struct close_preview *p = arena_alloc(c->arena, sizeof *p);
    struct flatten_left left;
    struct flatten_view running;
    *state = engine_preview_flatten(c->engine, &left);
    /* Nothing to close, or closing already: what is left to do only pauses, or asks the broker again. */
    if (is_flat(&left) || engine_flatten(c->engine, &running)) return EXEC_UNASKED;
    look(c, p);
    struct doc *d = doc_new(c->arena, c->lang, DOC_WARNING);
    asked(c, p, d);
    if (left.exits && !left.unknown)
        doc_field(d, tr(c->lang, "Closes under way", "Clôtures en cours"), "%u", left.exits);
    if (left.entries) doc_field(d, tr(c->lang, "Entries to cancel", "Entrées à annuler"), "%u", left.entries);
    if (left.unknown) what_is_left(c, &left, d);
    parts_day_loss_field(c, d);
    parts_market_field(c, d);
    doc_line(d, "%s",
             tr(c->lang, "Trading then stays paused until /resume.",
                "Le trading reste ensuite en pause jusqu’à /reprendre."));
    c->doc = d;
    return EXEC_DONE;
}

static void joined(const struct command_ctx *c, const struct flatten_view *v, struct doc *d) {
    doc_title(d, "⏳",
              v->stuck ? tr(c->lang, "What the broker refused is asked for again",
                            "Ce que le courtier a refusé est redemandé")
                       : tr(c->lang, "Already under way", "Déjà en cours"));
    doc_line(d, tr(c->lang, "Begun by %s, %s.", "Commencé par %s, le %s."), parts_actor(c, v->actor),
             parts_when(c, v->began));
    doc_field(d, tr(c->lang, "Closed so far", "Déjà clôturé"), "%u", v->closed);
}

static enum exec_result flatten(struct command_ctx *c) {
    struct operator_command op = {.verb = OP_FLATTEN, .instrument = -1, .percent = 100};
    struct close_preview *p = arena_alloc(c->arena, sizeof *p);
    struct flatten_left left;
    struct flatten_view before, now;
    bool joins = engine_flatten(c->engine, &before);
    uint32_t resting = parts_resting_entries(c);
    engine_preview_flatten(c->engine, &left);
    look(c, p);
    struct doc *d = doc_new(c->arena, c->lang, DOC_WARNING);
    if (!joins) lines_flattened(c, p, d);
    if (command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    bool active = engine_flatten(c->engine, &now);
    if (joins) {
        joined(c, &before, d);
        what_is_left(c, &now.left, d);
    } else if (!active && is_flat(&left)) {
        doc_title(d, "⏸️", "%s",
                  tr(c->lang, "Nothing was open: flat, and paused", "Rien n’était ouvert\u00a0: à plat, et en pause"));
    } else if (!p->trades) {
        doc_title(
            d, "⏹️", "%s",
            tr(c->lang, "Paused, clearing what is still under way", "En pause, ce qui est encore en cours est soldé"));
    } else {
        doc_title(
            d, "⏹️",
            p->trades == 1
                ? tr(c->lang, "Paused, closing %u trade, about %s", "En pause, clôture de %u position, environ %s")
                : tr(c->lang, "Paused, closing %u trades, about %s", "En pause, clôture de %u positions, environ %s"),
            p->trades, parts_gain(c, p->result));
    }
    begun(c, joins ? 0 : resting, d);
    c->doc = d;
    return EXEC_DONE;
}

const struct command flatten_command = {
    .name = "flatten",
    .name_fr = "solder",
    .summary = {"Pauses, cancels, closes everything and verifies it, after one confirmation",
                "Met en pause, annule, clôture tout et le vérifie, après confirmation"},
    .help =
        {"/sos does the same at once, without a question. What the broker refuses is asked for again; the end, or what "
         "is still open, is told in #alertes. Survives a restart; asked twice, it is still one.",
         "/sos fait de même tout de suite, sans question. Ce que le courtier refuse est redemandé\u00a0; la fin, ou ce "
         "qui reste ouvert, est dite dans #alertes. Survit à un redémarrage\u00a0; demandé deux fois, il n’y en a "
         "qu’un."},
    .role = ROLE_OPERATOR,
    .flags = COMMAND_MONEY | COMMAND_CONFIRM | COMMAND_SOMETIMES,
    .exec = flatten,
    .preview = flatten_preview,
};
