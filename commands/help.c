/* help: the vocabulary, as far as the asker may use it; or one command with its arguments and an example. */
#include "commands/parts.h"

static bool may(const struct command_ctx *c, const struct command *cmd) {
    return c->role >= cmd->role && (c->role > ROLE_MENTOR || cmd->flags & COMMAND_READONLY);
}

static enum exec_result all(struct command_ctx *c) {
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    doc_title(d, "📖", tr(c->lang, "Commands for you (%s)", "Commandes pour vous (%s)"), role_name(c->role, c->lang));
    for (int touches = 0; touches < 2; touches++) {
        bool first = true;
        for (uint32_t i = 0; c->commands[i]; i++) {
            const struct command *cmd = c->commands[i];
            if (!may(c, cmd) || (cmd->flags & COMMAND_READONLY ? 0 : 1) != touches) continue;
            if (first)
                doc_line(d, "%s",
                         touches ? tr(c->lang, "To act:", "Pour agir\u00a0:")
                                 : tr(c->lang, "To look:", "Pour regarder\u00a0:"));
            first = false;
            doc_line(d, tr(c->lang, "/%s: %s", "/%s\u00a0: %s"), parts_name(cmd, c->lang), cmd->summary[c->lang]);
        }
    }
    doc_footer(d, "%s",
               tr(c->lang, "/help close explains one command; French names work too",
                  "/aide fermer explique une commande\u00a0; les noms anglais marchent aussi"));
    c->doc = d;
    return EXEC_DONE;
}

static void args_lines(const struct command_ctx *c, const struct command *cmd, struct doc *d) {
    for (uint32_t i = 0; i < cmd->arg_count; i++) {
        const struct arg_spec *s = &cmd->args[i];
        const char *range = s->kind == ARG_INT
                                ? arena_printf(c->arena, tr(c->lang, " (%lld to %lld)", " (%lld à %lld)"),
                                               (long long)s->min, (long long)s->max)
                                : "";
        doc_line(d, tr(c->lang, "• %s: %s%s%s", "• %s\u00a0: %s%s%s"), s->name[c->lang], s->summary[c->lang], range,
                 s->required ? "" : tr(c->lang, ", optional", ", facultatif"));
    }
}

static enum exec_result one(struct command_ctx *c, const struct command *cmd) {
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    char usage[160];
    parts_usage(cmd, c->lang, usage, sizeof usage);
    doc_title(d, "📖", "%s", usage);
    doc_line(d, "%s.", cmd->summary[c->lang]);
    args_lines(c, cmd, d);
    if (cmd->help[c->lang])
        doc_line(d, cmd->arg_count ? tr(c->lang, "Examples: %s", "Exemples\u00a0: %s") : "%s", cmd->help[c->lang]);
    doc_field(d, tr(c->lang, "Who may", "Qui peut"), tr(c->lang, "%s and above", "%s et au-dessus"),
              role_name(cmd->role, c->lang));
    if (cmd->name_fr)
        doc_field(d, tr(c->lang, "In French", "En anglais"), "/%s", c->lang == LANG_FR ? cmd->name : cmd->name_fr);
    if (cmd->flags & COMMAND_SOMETIMES)
        doc_field(d, tr(c->lang, "Asks first", "Demande d’abord"), "%s",
                  tr(c->lang, "where there is something to ask: one confirmation, valid 60 s",
                     "s’il y a de quoi demander\u00a0: une confirmation, valable 60\u00a0s"));
    else if (cmd->flags & COMMAND_CONFIRM)
        doc_field(d, tr(c->lang, "Asks first", "Demande d’abord"), "%s",
                  tr(c->lang, "one confirmation, valid 60 s", "une confirmation, valable 60\u00a0s"));
    if (!may(c, cmd)) doc_line(d, "%s", tr(c->lang, "⛔ Not for your role.", "⛔ Pas pour votre rôle."));
    c->doc = d;
    return EXEC_DONE;
}

static enum exec_result help(struct command_ctx *c) {
    if (!c->args[0].given) return all(c);
    const struct command *cmd = command_find(c->args[0].text);
    if (cmd) return one(c, cmd);
    err_set(&c->err, ERR_NOT_FOUND, "There is no such command; /help lists them all.",
            "Cette commande n’existe pas\u00a0; /aide les liste toutes.");
    return EXEC_FAILED;
}

const struct command help_command = {
    .name = "help",
    .name_fr = "aide",
    .summary = {"The commands, or one of them explained", "Les commandes, ou l’une d’elles expliquée"},
    .help = {"/help, /help close", "/aide, /aide fermer"},
    .args = {{.name = {"command", "commande"},
              .summary = {"Explain this one", "Expliquer celle-ci"},
              .kind = ARG_COMMAND}},
    .arg_count = 1,
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = help,
};
