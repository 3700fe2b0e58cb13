/*
 * config: the effective settings and where each comes from, for the asker's eyes only;
 * and changes of those that may change while running. What tightens acts at once, what
 * loosens shows what it would allow, asks, and holds from the next trading day on.
 */
#include <string.h>

#include "commands/parts.h"
#include "engine/base/buf.h"

static bool is_action(const struct arg args[COMMAND_ARGS_MAX], const char *name) {
    return args[0].given && !strcmp(args[0].text, name);
}

static bool changes(const struct arg args[COMMAND_ARGS_MAX]) {
    return is_action(args, "set") || is_action(args, "unset");
}

static struct command_access access(const struct arg args[COMMAND_ARGS_MAX]) {
    if (changes(args)) return (struct command_access){ROLE_OWNER, COMMAND_MONEY | COMMAND_CONFIRM | COMMAND_SOMETIMES};
    return (struct command_access){ROLE_OPERATOR, COMMAND_READONLY | COMMAND_PRIVATE};
}

/* ---- show ---- */

static enum exec_result show(struct command_ctx *c) {
    struct buf b;
    const char *prefix = c->args[1].given ? c->args[1].text : "";
    buf_init(&b, DOC_CODE_MAX);
    command_config_text(c, prefix, &b);
    if (!b.len) {
        buf_clear(&b);
        err_set(&c->err, ERR_NOT_FOUND, "No setting begins with “%s”; /config show lists them all.",
                "Aucun réglage ne commence par «\u00a0%s\u00a0»\u00a0; /config show les liste tous.",
                parts_shown(c, prefix));
        return EXEC_FAILED;
    }
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    doc_title(c->doc, "⚙️", "%s", tr(c->lang, "Settings in effect", "Réglages en vigueur"));
    doc_code(c->doc, b.p);
    if (b.overflow)
        doc_footer(c->doc, "%s",
                   tr(c->lang, "Not all of it fits: say which part, such as /config show trading",
                      "Tout ne tient pas\u00a0: dites quelle partie, par exemple /config show trading"));
    buf_clear(&b);
    return EXEC_DONE;
}

/* ---- set, unset ---- */

/* *value NULL: unset. */
static int asked(struct command_ctx *c, const char **key, const char **value) {
    bool unset = is_action(c->args, "unset");
    if (!c->args[1].given)
        return err_set(&c->err, ERR_USAGE, "Which setting? Such as /config %s max_positions%s.",
                       "Quel réglage\u00a0? Par exemple /config %s max_positions%s.", unset ? "unset" : "set",
                       unset ? "" : " 2");
    *key = c->args[1].text;
    *value = unset ? NULL : c->args[2].text;
    if (unset && c->args[2].given)
        return err_set(&c->err, ERR_USAGE, "/config unset takes a key alone; /config set gives it a value.",
                       "/config unset ne prend qu’une clé\u00a0; /config set lui donne une valeur.");
    if (unset || c->args[2].given) return 0;
    return err_set(&c->err, ERR_USAGE, "Which value? /config set %s VALUE; /config show %s says what holds.",
                   "Quelle valeur\u00a0? /config set %s VALEUR\u00a0; /config show %s dit ce qui vaut.",
                   parts_shown(c, *key), parts_shown(c, *key));
}

static const char *with_money(const struct command_ctx *c, const char *value, const char *money) {
    return *money ? arena_printf(c->arena, "%s (%s)", value, money) : value;
}

static const char *next_day(const struct command_ctx *c, const struct setting_plan *p) {
    if (!*p->day) return tr(c->lang, "the next trading day", "le prochain jour de trading");
    return arena_printf(
        c->arena,
        tr(c->lang, "the next trading day (%s at the earliest)", "le prochain jour de trading (au plus tôt le %s)"),
        p->day);
}

static enum exec_result preview(struct command_ctx *c, uint64_t *state) {
    const char *key, *value;
    struct setting_plan p;
    if (asked(c, &key, &value) < 0 || command_setting_plan(c, key, value, &p, &c->err) < 0) return EXEC_FAILED;
    *state = p.state;
    if (!p.asks) return EXEC_UNASKED;
    struct doc *d = doc_new(c->arena, c->lang, DOC_WARNING);
    doc_title(d, "🔓", tr(c->lang, "Loosen %s?", "Assouplir %s\u00a0?"), p.key);
    doc_line(d, "%s", p.meaning);
    doc_field(d, tr(c->lang, "Now", "Maintenant"), "%s", with_money(c, p.holds, p.holds_money));
    if (strcmp(p.next, p.holds) != 0) doc_field(d, tr(c->lang, "On its way", "Déjà prévu"), "%s", p.next);
    doc_field(
        d, p.unset ? tr(c->lang, "What the file says", "Ce que dit le fichier") : tr(c->lang, "Asked for", "Demandé"),
        "%s", with_money(c, p.value, p.value_money));
    doc_field_wide(d, tr(c->lang, "From", "À partir de"), "%s", next_day(c, &p));
    if (p.other)
        doc_line(
            d,
            tr(c->lang, "%s is tighter: it goes on binding.", "%s est plus strict\u00a0: il continue de s’appliquer."),
            p.other);
    c->doc = d;
    return EXEC_DONE;
}

static void title_of(const struct command_ctx *c, const struct setting_plan *p, struct doc *d) {
    if (p->same && strcmp(p->next, p->holds) != 0)
        doc_title(d, "⏳", tr(c->lang, "%s: %s is already on its way", "%s\u00a0: %s est déjà prévu"), p->key, p->value);
    else if (p->same && p->unset)
        doc_title(d, "↩️", tr(c->lang, "%s: %s, as the file says", "%s\u00a0: %s, comme le dit le fichier"), p->key,
                  p->value);
    else if (p->same)
        doc_title(d, "☑️", tr(c->lang, "%s is %s already", "%s vaut déjà %s"), p->key, p->value);
    else if (p->waits)
        doc_title(d, "⏳",
                  tr(c->lang, "%s: %s from the next trading day on", "%s\u00a0: %s dès le prochain jour de trading"),
                  p->key, p->value);
    else if (p->neutral)
        doc_title(d, "⚙️", tr(c->lang, "%s: %s, at once", "%s\u00a0: %s, tout de suite"), p->key, p->value);
    else
        doc_title(d, "🔒", tr(c->lang, "%s tightened: %s, at once", "%s resserré\u00a0: %s, tout de suite"), p->key,
                  p->value);
}

static void what_follows(const struct command_ctx *c, const struct setting_plan *p, struct doc *d) {
    struct engine_status st;
    engine_status(c->engine, &st);
    doc_line(d, "%s → %s", with_money(c, p->holds, p->holds_money), with_money(c, p->value, p->value_money));
    if (p->waits)
        doc_line(d, tr(c->lang, "%s holds until %s.", "%s vaut jusqu’à ce que commence %s."), p->holds, next_day(c, p));
    if (p->other)
        doc_line(
            d,
            tr(c->lang, "%s is tighter: it goes on binding.", "%s est plus strict\u00a0: il continue de s’appliquer."),
            p->other);
    if (!p->waits && !p->neutral && st.suspended)
        doc_line(d,
                 tr(c->lang, "⚠️ A limit (%s) is reached: no new trades.",
                    "⚠️ Une limite (%s) est atteinte\u00a0: aucune nouvelle position."),
                 parts_limit(c, st.suspended_by));
    if (!p->unset)
        doc_footer(d,
                   tr(c->lang, "Holds until /config unset %s, which goes back to %s",
                      "Vaut jusqu’à /config unset %s, qui revient à %s"),
                   p->key, p->below);
}

static enum exec_result change(struct command_ctx *c) {
    const char *key, *value;
    struct setting_plan p;
    if (asked(c, &key, &value) < 0 || command_setting_change(c, key, value, &p, &c->err) < 0) return EXEC_FAILED;
    c->doc = doc_new(c->arena, c->lang, p.same ? DOC_PLAIN : p.waits ? DOC_WARNING : DOC_GOOD);
    title_of(c, &p, c->doc);
    if (!p.same) what_follows(c, &p, c->doc);
    return EXEC_DONE;
}

static enum exec_result config(struct command_ctx *c) {
    if (changes(c->args)) return change(c);
    if (c->args[2].given) {
        err_set(&c->err, ERR_USAGE, "To change it: /config set %s %s", "Pour le changer\u00a0: /config set %s %s",
                parts_shown(c, c->args[1].text), parts_shown(c, c->args[2].text));
        return EXEC_FAILED;
    }
    return show(c);
}

static uint32_t complete(struct command_ctx *c, uint32_t arg, const char *typed,
                         struct choice out[COMMAND_CHOICES_MAX]) {
    const char *action = c->args[0].text ? c->args[0].text : "show", *key = c->args[1].text ? c->args[1].text : "";
    if (arg == 0) return 0; /* from its choices */
    if (arg == 2 && !*key) return 0;
    return command_setting_complete(c, action, arg == 1 ? "" : key, typed, out);
}

static const char *const actions[] = {"show", "set", "unset", NULL};

const struct command config_command = {
    .name = "config",
    .summary = {"The settings in effect and where they come from; changes some of them",
                "Les réglages en vigueur et leur origine\u00a0; en modifie certains"},
    .help =
        {"/config show, /config show trading\n"
         "/config set max_daily_loss_amount 500 (owners): tighter acts at once, looser asks and holds from the next "
         "trading day on. /config unset max_daily_loss_amount goes back to the file.",
         "/config show, /config show trading\n"
         "/config set max_daily_loss_amount 500 (propriétaires)\u00a0: plus strict agit tout de suite, plus souple "
         "demande confirmation et vaut dès le prochain jour de trading. /config unset max_daily_loss_amount revient "
         "au fichier."},
    .args =
        {{.name = {"action", "action"}, .summary = {"What to do", "Que faire"}, .kind = ARG_WORD, .choices = actions},
         {.name = {"key", "cle"},
          .summary = {"A setting; for show: only keys that begin so",
                      "Un réglage\u00a0; pour show\u00a0: les clés qui commencent ainsi"},
          .kind = ARG_WORD},
         {.name = {"value", "valeur"},
          .summary = {"Its new value, for set", "Sa nouvelle valeur, pour set"},
          .kind = ARG_TEXT}},
    .arg_count = 3,
    .role = ROLE_OPERATOR,
    .flags = COMMAND_READONLY | COMMAND_PRIVATE | COMMAND_CONFIRM | COMMAND_SOMETIMES,
    .access = access,
    .exec = config,
    .preview = preview,
    .complete = complete,
};
