/*
 * audit: the latest rows of what people asked for and what was decided, and whether the
 * chain that holds them is unbroken. For owners: a mentor may look at the trading, not at
 * who said what. /export audit gives all rows with their hashes.
 */
#include <string.h>

#include "commands/parts.h"
#include "engine/base/log.h"

#define AUDIT_SHOWN 10
#define AUDIT_SHOWN_MAX 50
#define AUDIT_LOOKED_AT 5000 /* newest rows that are looked through for one person */
#define ARGUMENTS_SHOWN 60

struct listing {
    struct command_ctx *c;
    struct doc *doc;
    const char *person; /* NULL: anybody */
    uint32_t wanted, shown, looked_at;
    uint64_t verified;
};

/* A person is known by an id ("discord:3000", or "3000" alone) or by the name that stood there then. */
static bool is_person(const struct audit_row *r, const char *person) {
    const char *id = strchr(r->actor, ':');
    if (!strcasecmp(r->actor, person) || (id && !strcmp(id + 1, person))) return true;
    const char *name = strncmp(r->detail, "by ", 3) ? r->detail : r->detail + 3;
    return !strcasecmp(name, person);
}

static const char *verdict_text(const struct command_ctx *c, const char *verdict) {
    static const struct {
        const char *key, *text[LANG_COUNT];
    } texts[] = {
        {"executed", {"done", "fait"}},
        {"confirmed", {"confirmed, done", "confirmé, fait"}},
        {"confirm_asked", {"asked to confirm", "confirmation demandée"}},
        {"cancelled", {"cancelled", "annulé"}},
        {"expired", {"expired", "expiré"}},
        {"failed", {"failed", "échoué"}},
        {"stale", {"too old", "trop ancien"}},
        {"state_changed", {"changed meanwhile", "changé entre-temps"}},
        {"stopping", {"refused: stopping", "refusé\u00a0: en arrêt"}},
        {"bad_arguments", {"not understood", "pas compris"}},
        {"unknown_command", {"unknown", "inconnu"}},
        {"stranger", {"refused: stranger", "refusé\u00a0: inconnu"}},
        {"refused:role", {"refused: role", "refusé\u00a0: rôle"}},
        {"refused:rate", {"refused: too often", "refusé\u00a0: trop souvent"}},
        {"refused:busy", {"refused: busy", "refusé\u00a0: occupé"}},
        {"refused:not_private", {"refused: not private", "refusé\u00a0: pas en privé"}},
        {"refused:not_home", {"refused: other place", "refusé\u00a0: autre lieu"}},
        {"refused:not_genuine", {"refused: not in person", "refusé\u00a0: pas en personne"}},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!strcmp(texts[i].key, verdict)) return texts[i].text[c->lang];
    return arena_strdup(c->arena, verdict);
}

/* Rows were redacted when they were written; a secret learned since is caught here. */
static const char *asked_text(const struct command_ctx *c, const struct audit_row *r) {
    char *text = arena_printf(c->arena, "/%s %s", r->command, r->arguments), *cut = arena_strdup(c->arena, text);
    size_t n = log_redact(text, strlen(text));
    while (n > 0 && text[n - 1] == ' ') n--;
    text[n] = '\0';
    if (str_copy_n(cut, ARGUMENTS_SHOWN < n ? ARGUMENTS_SHOWN : n + 1, text, n)) return cut;
    return arena_printf(c->arena, "%s…", cut);
}

static void audit_row(void *arg, const struct audit_entry *a) {
    struct listing *l = arg;
    const struct command_ctx *c = l->c;
    l->looked_at++;
    if (l->shown == l->wanted || (l->person && !is_person(&a->row, l->person))) return;
    l->shown++;
    const char *cells[] = {
        arena_printf(c->arena, "%llu", (unsigned long long)a->id),
        parts_when(c, a->row.at),
        arena_strdup(c->arena, a->row.actor), /* the id: what a person is asked for by */
        asked_text(c, &a->row),
        verdict_text(c, a->row.verdict),
    };
    doc_row(l->doc, cells);
}

static void say_chain(struct listing *l, const struct err *broken) {
    const struct command_ctx *c = l->c;
    if (broken) {
        l->doc->severity = DOC_URGENT;
        doc_field_wide(l->doc, tr(c->lang, "Chain", "Chaîne"), "🚨 %s", err_text(broken, c->lang));
        return;
    }
    doc_field_wide(l->doc, tr(c->lang, "Chain", "Chaîne"),
                   l->verified == 1
                       ? tr(c->lang, "✅ unbroken: %s row verified", "✅ intacte\u00a0: %s ligne vérifiée")
                       : tr(c->lang, "✅ unbroken: %s rows verified", "✅ intacte\u00a0: %s lignes vérifiées"),
                   parts_number(c, (double)l->verified, 0));
}

static void verified(void *arg, const struct err *failed) {
    struct listing *l = arg;
    struct command_ctx *c = l->c;
    if (failed && failed->code != ERR_CORRUPT) {
        c->err = *failed;
        command_finish(c);
        return;
    }
    say_chain(l, failed);
    if (l->person)
        doc_title(l->doc, "🔎", tr(c->lang, "Audit: last rows of %s (%u)", "Audit\u00a0: dernières lignes de %s (%u)"),
                  parts_shown(c, l->person), l->shown);
    else
        doc_title(l->doc, "🔎", tr(c->lang, "Audit: last rows (%u)", "Audit\u00a0: dernières lignes (%u)"), l->shown);
    if (l->person && l->looked_at == AUDIT_LOOKED_AT)
        doc_footer(l->doc,
                   tr(c->lang, "Of the newest %u rows; /export audit gives all of them.",
                      "Parmi les %u lignes les plus récentes\u00a0; /exporter audit les donne toutes."),
                   l->looked_at);
    else
        doc_footer(l->doc, "%s",
                   tr(c->lang, "/export audit gives all rows with their hashes.",
                      "/exporter audit donne toutes les lignes avec leurs empreintes."));
    c->doc = l->doc;
    command_finish(c);
}

static void done(void *arg, const struct err *failed) {
    struct listing *l = arg;
    struct command_ctx *c = l->c;
    if (failed) {
        c->err = *failed;
        command_finish(c);
        return;
    }
    store_audit_verify_job(c->store, &l->verified, verified, l);
}

static enum exec_result audit(struct command_ctx *c) {
    struct listing *l = arena_alloc(c->arena, sizeof *l);
    *l = (struct listing){.c = c, .doc = doc_new(c->arena, c->lang, DOC_PLAIN)};
    l->wanted = c->args[0].given ? (uint32_t)c->args[0].number : AUDIT_SHOWN;
    l->person = c->args[1].given ? c->args[1].text : NULL;
    doc_column(l->doc, tr(c->lang, "No.", "N°"), DOC_RIGHT);
    doc_column(l->doc, tr(c->lang, "When", "Quand"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Who", "Qui"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Asked", "Demande"), DOC_LEFT);
    doc_column(l->doc, tr(c->lang, "Result", "Suite"), DOC_LEFT);
    store_audit(c->store, WHEN_NONE, WHEN_NONE, l->person ? AUDIT_LOOKED_AT : l->wanted, audit_row, done, l);
    return EXEC_WAIT;
}

const struct command audit_command = {
    .name = "audit",
    .summary = {"Who asked for what, and whether the record is unbroken",
                "Qui a demandé quoi, et si le registre est intact"},
    .help =
        {"/audit, /audit 30, /audit discord:3000, /audit 30 Ann. A person is an id or the name that stood there then.",
         "/audit, /audit 30, /audit discord:3000, /audit 30 Ann. Une personne\u00a0: un identifiant, ou le nom affiché "
         "alors."},
    .args = {{.name = {"count", "nombre"},
              .summary = {"How many", "Combien"},
              .kind = ARG_INT,
              .min = 1,
              .max = AUDIT_SHOWN_MAX},
             {.name = {"person", "personne"},
              .summary = {"Only this person: an id or a name", "Cette personne seulement\u00a0: identifiant ou nom"},
              .kind = ARG_TEXT}},
    .arg_count = 2,
    .role = ROLE_OWNER,
    .flags = COMMAND_READONLY | COMMAND_PRIVATE,
    .exec = audit,
};
