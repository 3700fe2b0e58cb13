/*
 * logs: the end of the program's own log, for owners and for their eyes only. Few lines are shown, more come as a file with
 * the last of them in the message. Every line passed the redactor when it was written, and passes it again here.
 */
#include <string.h>

#include "commands/parts.h"
#include "engine/base/log.h"

#define LOGS_SHOWN 20
#define INLINE_BYTES 1800 /* every platform shows so much whole */
#define LAST_BYTES 600    /* beside a file: its end, which a phone shows without opening it */

/* The last lines of a text, at most `max` bytes of them. */
static const char *end_of(struct arena *a, const char *text, size_t n, size_t max) {
    size_t from = n;
    while (from > 0 && n - from <= max) {
        size_t start = from - 1;
        while (start > 0 && text[start - 1] != '\n') start--;
        if (n - start > max) break;
        from = start;
    }
    return arena_strndup(a, text + from, n - from);
}

static const char *least_text(const struct command_ctx *c) {
    const char *level = c->args[0].given ? c->args[0].text : "info";
    if (!strcmp(level, "error")) return tr(c->lang, "errors", "erreurs");
    if (!strcmp(level, "warn")) return tr(c->lang, "warnings and errors", "alertes et erreurs");
    return strcmp(level, "debug") ? tr(c->lang, "all but details", "tout sauf les détails")
                                  : tr(c->lang, "everything", "tout");
}

static void none(struct command_ctx *c) {
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    doc_title(c->doc, "🧾", "%s", tr(c->lang, "No such line in the log", "Aucune ligne de ce genre dans le journal"));
}

static void some(struct command_ctx *c, const struct command_bytes *b) {
    char iso[WHEN_TEXT_MAX];
    bool fits = b->n <= INLINE_BYTES;
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    doc_title(c->doc, "🧾",
              tr(c->lang, "Log: the last lines (%llu, %s)", "Journal\u00a0: dernières lignes (%llu, %s)"),
              (unsigned long long)b->rows, least_text(c));
    doc_code(c->doc, end_of(c->arena, b->bytes, b->n, fits ? INLINE_BYTES : LAST_BYTES));
    if (fits) return;
    doc_file(c->doc, arena_printf(c->arena, "mia-log-%.19s.txt", when_iso(iso, c->now)), "text/plain", b->bytes, b->n);
    doc_line(c->doc, "%s",
             tr(c->lang, "All of them are in the file; these are the last:",
                "Toutes sont dans le fichier\u00a0; voici les dernières\u00a0:"));
}

static void read(struct command_ctx *c, const struct command_bytes *b, const struct err *failed) {
    if (failed) {
        c->err = *failed;
        command_finish(c);
        return;
    }
    if (b->rows == 0)
        none(c);
    else
        some(c, b);
    if (!log_has_file())
        doc_footer(c->doc, "%s",
                   tr(c->lang, "Of this run only: no log file is set (log.path).",
                      "Seulement depuis ce démarrage\u00a0: aucun fichier journal n’est réglé (log.path)."));
    command_finish(c);
}

static enum exec_result logs(struct command_ctx *c) {
    const char *level = c->args[0].given ? c->args[0].text : "info";
    uint32_t lines = c->args[1].given ? (uint32_t)c->args[1].number : LOGS_SHOWN;
    return command_log(c, level, lines, read, &c->err) < 0 ? EXEC_FAILED : EXEC_WAIT;
}

static const char *const levels[] = {"debug", "info", "warn", "error", NULL};

const struct command logs_command = {
    .name = "logs",
    .name_fr = "journal",
    .summary = {"The last lines of the program's log, without secrets",
                "Les dernières lignes du journal du programme, sans secrets"},
    .help = {"/logs, /logs 100, /logs warn, /logs error 50",
             "/journal, /journal 100, /journal warn, /journal error 50"},
    .args = {{.name = {"level", "niveau"},
              .summary = {"Only lines at least as important", "Seulement les lignes au moins aussi importantes"},
              .kind = ARG_WORD,
              .choices = levels},
             {.name = {"lines", "lignes"},
              .summary = {"How many, the last ones", "Combien, les dernières"},
              .kind = ARG_INT,
              .min = 1,
              .max = LOG_TAIL_LINES_MAX}},
    .arg_count = 2,
    .role = ROLE_OWNER,
    .flags = COMMAND_READONLY | COMMAND_PRIVATE,
    .exec = logs,
};
