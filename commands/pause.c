/*
 * pause and resume: no new entries, and back. A pause only reduces risk, so it acts at
 * once, at any age; a resume adds some, so it shows what it would loosen and asks.
 */
#include "commands/parts.h"

static enum exec_result pause_exec(struct command_ctx *c) {
    struct engine_status before;
    struct operator_command op = {.verb = OP_PAUSE, .instrument = -1};
    engine_status(c->engine, &before);
    uint32_t resting = parts_resting_entries(c);
    if (command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    struct doc *d = doc_new(c->arena, c->lang, DOC_WARNING);
    doc_title(d, "⏸️", "%s",
              before.paused
                  ? tr(c->lang, "Already paused: no new trades", "Déjà en pause\u00a0: aucune nouvelle position")
                  : tr(c->lang, "Paused: no new trades", "En pause\u00a0: aucune nouvelle position"));
    if (before.paused)
        doc_line(d, tr(c->lang, "By %s, since %s.", "Par %s, depuis le %s."), parts_actor(c, before.paused_by),
                 parts_when(c, before.paused_at));
    if (c->age_s > COMMAND_AGE_MAX_S)
        doc_line(d,
                 tr(c->lang, "The command is %s old; a pause holds at any age.",
                    "La commande date de %s\u00a0; une pause vaut à tout âge."),
                 parts_ago(c, c->age_s));
    if (resting)
        doc_line(
            d,
            tr(c->lang, "Resting entries being cancelled: %u.", "Entrées en attente, en cours d’annulation\u00a0: %u."),
            resting);
    uint32_t open = engine_trade_count(c->engine);
    if (!open) {
        doc_line(d, "%s", tr(c->lang, "No trade is open.", "Aucune position n’est ouverte."));
    } else {
        doc_line(d, "%s",
                 tr(c->lang, "Still managed, with stop and target:", "Restent gérées, avec stop et objectif\u00a0:"));
        parts_managed(c, d);
    }
    doc_footer(d, "%s",
               tr(c->lang, "/resume goes on, /sos closes everything", "/reprendre relance, /sos clôture tout"));
    c->doc = d;
    return EXEC_DONE;
}

const struct command pause_command = {
    .name = "pause",
    .summary = {"No new trades; open ones keep stop and target",
                "Aucune nouvelle position\u00a0; les autres gardent stop et objectif"},
    .help = {"Acts at once. Resting entries are cancelled. /resume goes on.",
             "Agit tout de suite. Les entrées en attente sont annulées. /reprendre relance."},
    .role = ROLE_OPERATOR,
    .flags = COMMAND_MONEY | COMMAND_ALWAYS,
    .exec = pause_exec,
};

/* ---- resume ---- */

/* A suspension by the drawdown ends only when a human accepts it, so a resume makes sense without a pause too. */
static int can_resume(struct command_ctx *c, struct engine_status *st) {
    engine_status(c->engine, st);
    if (st->paused || st->suspended) return 0;
    return err_set(&c->err, ERR_REFUSED, "Nothing is paused: trading goes on.",
                   "Rien n’est en pause\u00a0: le trading continue.");
}

static void what_stays(const struct command_ctx *c, const struct engine_status *st, struct doc *d) {
    if (parts_flatten(c))
        doc_line(d,
                 tr(c->lang, "⚠️ Everything is being closed (%s). Resuming gives that up.",
                    "⚠️ Tout est en cours de clôture (%s). Reprendre y renonce."),
                 parts_flatten(c));
    if (st->suspended && st->suspended_by == LIMIT_DRAWDOWN)
        doc_line(
            d, "%s",
            tr(c->lang,
               "⚠️ The drawdown limit is reached. Resuming accepts it: entries start again on the next trading "
               "day, and "
               "the drawdown is then counted anew.",
               "⚠️ La limite de drawdown est atteinte. Reprendre l’accepte\u00a0: les entrées reviennent au "
               "prochain jour "
               "de trading, et le drawdown repart alors de zéro."));
    else if (st->suspended)
        doc_line(d,
                 tr(c->lang, "⚠️ A limit (%s) still suspends entries; /limits says until when.",
                    "⚠️ Une limite (%s) suspend encore les entrées\u00a0; /limites dit jusqu’à quand."),
                 parts_limit(c, st->suspended_by));
    if (st->cautious)
        doc_line(d, "%s",
                 tr(c->lang, "⚠️ Cautious mode: sizes stay halved.",
                    "⚠️ Mode prudence\u00a0: tailles toujours divisées par deux."));
}

static enum exec_result resume_preview(struct command_ctx *c, uint64_t *state) {
    struct engine_status st;
    struct account a;
    if (can_resume(c, &st) < 0) return EXEC_FAILED;
    engine_account(c->engine, &a);
    *state = engine_preview_resume(c->engine);
    struct doc *d = doc_new(c->arena, c->lang, DOC_NOTICE);
    doc_title(d, "▶️", "%s", tr(c->lang, "Resume trading?", "Reprendre le trading\u00a0?"));
    if (st.paused)
        doc_field(d, tr(c->lang, "Paused by", "En pause par"), tr(c->lang, "%s, since %s", "%s, depuis le %s"),
                  parts_actor(c, st.paused_by), parts_when(c, st.paused_at));
    doc_field(d, tr(c->lang, "P&L of the day", "P&L du jour"), "%s", parts_gain(c, a.day_pnl));
    parts_day_loss_field(c, d);
    doc_field(d, tr(c->lang, "Open trades", "Positions ouvertes"), "%u", st.open_trades);
    doc_field(d, tr(c->lang, "Market data", "Données de marché"), "%s", parts_feed(c, st.feed));
    what_stays(c, &st, d);
    c->doc = d;
    return EXEC_DONE;
}

static enum exec_result resume_exec(struct command_ctx *c) {
    struct engine_status st;
    struct operator_command op = {.verb = OP_RESUME, .instrument = -1};
    if (can_resume(c, &st) < 0 || command_apply(c, &op, &c->err) < 0) return EXEC_FAILED;
    engine_status(c->engine, &st);
    struct doc *d = doc_new(c->arena, c->lang, DOC_GOOD);
    doc_title(d, "▶️", "%s",
              st.suspended ? tr(c->lang, "Pause lifted; a limit still suspends entries",
                                "Pause levée\u00a0; une limite suspend encore les entrées")
                           : tr(c->lang, "Trading again", "Le trading reprend"));
    parts_day_loss_field(c, d);
    c->doc = d;
    return EXEC_DONE;
}

const struct command resume_command = {
    .name = "resume",
    .name_fr = "reprendre",
    .summary = {"Allows new trades again, after one confirmation",
                "Autorise de nouvelles positions, après confirmation"},
    .role = ROLE_OPERATOR,
    .flags = COMMAND_MONEY | COMMAND_CONFIRM,
    .exec = resume_exec,
    .preview = resume_preview,
};
