/* docs_gen: docs/COMMANDS.md. Everything in it is read from the table; the words around it are here, in both languages. */
#include "bot/docs_gen.h"

#include <string.h>

#include "bot/command.h"
#include "bot/router.h"
#include "commands/parts.h"

/* A cell of a Markdown table: a bar would end it. */
static void cell(struct buf *out, const char *text) {
    for (; *text; text++) {
        if (*text == '|') buf_char(out, '\\');
        buf_char(out, *text);
    }
}

static void code_cell(struct buf *out, const char *text) {
    buf_char(out, '`');
    cell(out, text);
    buf_char(out, '`');
}

static void overview(struct buf *out, enum lang lang) {
    buf_str(out, tr(lang, "| command | what it does | least role |\n| --- | --- | --- |\n",
                    "| commande | ce qu’elle fait | rôle minimal |\n| --- | --- | --- |\n"));
    for (uint32_t i = 0; command_table[i]; i++) {
        const struct command *c = command_table[i];
        char usage[160];
        parts_usage(c, lang, usage, sizeof usage);
        buf_str(out, "| ");
        code_cell(out, usage);
        buf_str(out, " | ");
        cell(out, c->summary[lang]);
        buf_printf(out, " | %s |\n", role_name(c->role, lang));
    }
    buf_char(out, '\n');
}

static void traits(struct buf *out, const struct command *c, enum lang lang) {
    if (c->flags & COMMAND_ALWAYS)
        buf_str(out, tr(lang, "Works in every state and at any age. ", "Marche dans tous les états et à tout âge. "));
    else if (c->flags & COMMAND_MONEY)
        buf_printf(out, tr(lang, "Not executed when older than %d s. ", "Non exécutée au-delà de %d\u00a0s. "),
                   COMMAND_AGE_MAX_S);
    if (c->flags & COMMAND_SOMETIMES)
        buf_printf(
            out,
            tr(lang, "What adds no risk acts at once; the rest asks for one confirmation, valid %d s. ",
               "Ce qui n’ajoute aucun risque agit tout de suite\u00a0; le reste demande une confirmation, valable "
               "%d\u00a0s. "),
            ROUTER_CONFIRM_S);
    else if (c->flags & COMMAND_CONFIRM)
        buf_printf(out,
                   tr(lang, "Asks for one confirmation, valid %d s. ", "Demande une confirmation, valable %d\u00a0s. "),
                   ROUTER_CONFIRM_S);
    if (c->flags & COMMAND_PRIVATE)
        buf_str(out, c->access ? tr(lang, "Some of its answers are only for the asker. ",
                                    "Certaines de ses réponses ne sont que pour le demandeur. ")
                               : tr(lang, "Only the asker sees the answer. ", "Seul le demandeur voit la réponse. "));
}

static void arguments(struct buf *out, const struct command *c, enum lang lang) {
    for (uint32_t i = 0; i < c->arg_count; i++) {
        const struct arg_spec *s = &c->args[i];
        buf_str(out, "- ");
        code_cell(out, s->name[lang]);
        buf_printf(out, tr(lang, ": %s", "\u00a0: %s"), s->summary[lang]);
        if (s->kind == ARG_INT)
            buf_printf(out, tr(lang, ", %lld to %lld", ", de %lld à %lld"), (long long)s->min, (long long)s->max);
        if (!s->required) buf_str(out, tr(lang, " (optional)", " (facultatif)"));
        buf_char(out, '\n');
    }
    if (c->arg_count) buf_char(out, '\n');
}

static void one(struct buf *out, const struct command *c, enum lang lang) {
    const char *other = lang == LANG_FR ? c->name : c->name_fr;
    struct buf t;
    buf_printf(out, "### /%s\n\n%s.", parts_name(c, lang), c->summary[lang]);
    if (c->name_fr) buf_printf(out, tr(lang, " In French: `/%s`.", " En anglais\u00a0: `/%s`."), other);
    buf_str(out, "\n\n");
    arguments(out, c, lang);
    if (c->help[lang])
        buf_printf(out, c->arg_count ? tr(lang, "Examples: %s\n\n", "Exemples\u00a0: %s\n\n") : "%s\n\n",
                   c->help[lang]);
    buf_init(&t, 512);
    traits(&t, c, lang);
    if (t.len) buf_printf(out, "%.*s\n\n", (int)(t.len - 1), t.p);
    buf_clear(&t);
}

static void half(struct buf *out, enum lang lang) {
    buf_printf(out, "## %s\n\n", tr(lang, "English", "Français"));
    buf_str(
        out,
        tr(lang,
           "Roles rise from mentor (looks, never touches) over operator to owner. Both the English and the French "
           "names work everywhere.\n\n",
           "Les rôles vont de mentor (regarde, ne touche jamais) à opérateur puis propriétaire. Les noms anglais et "
           "français marchent partout.\n\n"));
    overview(out, lang);
    for (uint32_t i = 0; command_table[i]; i++) one(out, command_table[i], lang);
}

void commands_markdown(struct buf *out) {
    buf_str(out,
            "# Commands\n\nGenerated from the command table (`commands/`); do not edit: `make docs` writes it.\n\n");
    half(out, LANG_EN);
    half(out, LANG_FR);
    while (out->len > 1 && out->p[out->len - 1] == '\n' && out->p[out->len - 2] == '\n') buf_cut(out, out->len - 1);
}

/* ---- gates ---- */

static void gates_in(struct buf *out, enum lang lang) {
    buf_str(out, tr(lang, "| asked | code | said | setting |\n| --- | --- | --- | --- |\n",
                    "| demandé | code | dit | réglage |\n| --- | --- | --- | --- |\n"));
    for (uint32_t i = 0; i < engine_gate_count(); i++) {
        const struct gate_view *g = engine_gate(i);
        buf_str(out, "| ");
        cell(out, g->asks[lang]);
        buf_str(out, " | ");
        code_cell(out, refusal_name(g->code));
        buf_str(out, " | ");
        cell(out, g->name[lang]);
        buf_str(out, " | ");
        if (g->key != NULL) code_cell(out, g->key);
        buf_str(out, " |\n");
    }
}

void gates_markdown(struct buf *out) {
    buf_str(
        out,
        "# Gates\n\nEvery signal is asked these questions, in this order. The first no is the reason that is told in "
        "#signal and by `/why`; where a code stands twice, it is asked before and after the size is known. Written by "
        "`make docs` from the table in `engine/gates.c`.\n\n");
    gates_in(out, LANG_EN);
    buf_str(out, "\n# Filtres\n\nChaque signal passe par ces questions, dans cet ordre. Le premier non est la raison "
                 "donnée dans "
                 "#signal et par `/pourquoi`\u00a0; un code présent deux fois est demandé avant et après le calcul de "
                 "la taille.\n\n");
    gates_in(out, LANG_FR);
}
