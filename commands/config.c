/* config: the effective settings and where each comes from, secrets masked; for the asker's eyes only. */
#include "commands/parts.h"
#include "engine/base/buf.h"

static enum exec_result config(struct command_ctx *c) {
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

static const char *const actions[] = {"show", NULL};

const struct command config_command = {
    .name = "config",
    .summary = {"The settings in effect and where they come from", "Les réglages en vigueur et leur origine"},
    .help = {"/config show, /config show trading", "/config show, /config show trading"},
    .args =
        {{.name = {"action", "action"}, .summary = {"What to do", "Que faire"}, .kind = ARG_WORD, .choices = actions},
         {.name = {"prefix", "debut"},
          .summary = {"Only keys that begin so", "Seulement les clés qui commencent ainsi"},
          .kind = ARG_WORD}},
    .arg_count = 2,
    .role = ROLE_OPERATOR,
    .flags = COMMAND_READONLY | COMMAND_PRIVATE,
    .exec = config,
};
