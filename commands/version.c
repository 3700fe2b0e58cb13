/* version: which program answers, and since when it runs. */
#include "commands/parts.h"

static enum exec_result version(struct command_ctx *c) {
    struct doc *d = doc_new(c->arena, c->lang, DOC_PLAIN);
    doc_title(d, "ℹ️", "MIA %s", c->version);
    doc_field(d, tr(c->lang, "Mode", "Mode"), "%s", c->mode);
    doc_field(d, tr(c->lang, "Started", "Démarré"), "%s", parts_when(c, c->started));
    doc_field(d, tr(c->lang, "Running for", "En marche depuis"), "%s",
              parts_ago(c, when_ms_between(c->started, c->now) / 1000));
    doc_field(d, tr(c->lang, "Events so far", "Événements jusqu’ici"), "%llu",
              (unsigned long long)engine_seq(c->engine));
    c->doc = d;
    return EXEC_DONE;
}

const struct command version_command = {
    .name = "version",
    .summary = {"Which program answers, and since when it runs", "Quel programme répond, et depuis quand"},
    .role = ROLE_MENTOR,
    .flags = COMMAND_READONLY,
    .exec = version,
};
