/*
 * export: history as a file, byte for byte what `mia export` writes with the same arguments. Trades and signals are for
 * operators; the audit, which names people, is for owners and for their eyes only.
 */
#include <string.h>

#include "commands/parts.h"
#include "engine/base/buf.h"

#define DATE_CHARS 10 /* of an ISO 8601 text */

enum { ARG_WHAT, ARG_FROM, ARG_TO, ARG_FORMAT };

static struct export_wish wish_of(const struct command_ctx *c) {
    return (struct export_wish){.what = c->args[ARG_WHAT].text,
                                .json = c->args[ARG_FORMAT].given && !strcmp(c->args[ARG_FORMAT].text, "json"),
                                .from = c->args[ARG_FROM].given ? c->args[ARG_FROM].when : WHEN_NONE,
                                .to = c->args[ARG_TO].given ? c->args[ARG_TO].when : WHEN_NONE};
}

/* " --from 2025-06-01", or with the hour where it is not midnight. */
static void put_when(struct buf *b, const char *option, when_t w) {
    char iso[WHEN_TEXT_MAX];
    if (w.ns == WHEN_NONE.ns) return;
    buf_printf(b, " %s %.*s", option, w.ns % (86400 * NS_PER_SEC) ? WHEN_TEXT_MAX : DATE_CHARS, when_iso(iso, w));
}

/* "mia export trades --from 2025-06-01 --format json": what gives the same on the machine. */
static const char *in_the_terminal(const struct command_ctx *c, const struct export_wish *w) {
    struct buf b;
    buf_init(&b, DOC_FILE_INSTEAD_MAX);
    buf_printf(&b, "mia export %s", w->what);
    put_when(&b, "--from", w->from);
    put_when(&b, "--to", w->to);
    if (w->json) buf_str(&b, " --format json");
    const char *text = arena_strdup(c->arena, b.p);
    buf_clear(&b);
    return text;
}

static const char *file_name(const struct command_ctx *c, const struct export_wish *w, bool is_packed) {
    char day[WHEN_TEXT_MAX];
    struct buf b;
    buf_init(&b, DOC_FILE_NAME_MAX);
    buf_printf(&b, "mia-%s", w->what);
    if (w->from.ns != WHEN_NONE.ns) buf_printf(&b, "-from-%.*s", DATE_CHARS, when_iso(day, w->from));
    if (w->to.ns != WHEN_NONE.ns) buf_printf(&b, "-to-%.*s", DATE_CHARS, when_iso(day, w->to));
    if (w->from.ns == WHEN_NONE.ns && w->to.ns == WHEN_NONE.ns)
        buf_printf(&b, "-%.*s", DATE_CHARS, when_iso(day, c->now));
    buf_printf(&b, ".%s%s", w->json ? "json" : "csv", is_packed ? ".gz" : "");
    const char *text = arena_strdup(c->arena, b.p);
    buf_clear(&b);
    return text;
}

static const char *what_text(const struct command_ctx *c, const char *what) {
    if (!strcmp(what, "trades")) return tr(c->lang, "Trades", "Trades");
    if (!strcmp(what, "signals")) return tr(c->lang, "Signals", "Signaux");
    return tr(c->lang, "Audit", "Audit");
}

static void too_large(struct command_ctx *c, const struct export_wish *w) {
    char size[DOC_SIZE_TEXT_MAX];
    c->doc = doc_new(c->arena, c->lang, DOC_WARNING);
    doc_title(c->doc, "📦", "%s", tr(c->lang, "Too large to be sent here", "Trop grand pour être envoyé ici"));
    doc_line(c->doc,
             tr(c->lang, "Even packed this export is larger than %s. Ask for fewer days with from and to.",
                "Même compressé, cet export dépasse %s. Demandez moins de jours avec du et au."),
             size_say(size, c->lang, DOC_FILE_MAX));
    doc_line(c->doc,
             tr(c->lang, "On the machine there is no limit: %s", "Sur la machine, il n’y a pas de limite\u00a0: %s"),
             in_the_terminal(c, w));
}

static void made(struct command_ctx *c, const struct command_bytes *b, const struct err *failed) {
    struct export_wish w = wish_of(c);
    char size[DOC_SIZE_TEXT_MAX];
    if (failed && failed->code != ERR_FULL) {
        c->err = *failed;
        command_finish(c);
        return;
    }
    if (failed) {
        too_large(c, &w);
        command_finish(c);
        return;
    }
    const char *same = in_the_terminal(c, &w), *rows = parts_number(c, (double)b->rows, 0);
    c->doc = doc_new(c->arena, c->lang, DOC_PLAIN);
    doc_title(c->doc, "📦",
              b->rows == 1 ? tr(c->lang, "%s: %s row", "%s\u00a0: %s ligne")
                           : tr(c->lang, "%s: %s rows", "%s\u00a0: %s lignes"),
              what_text(c, w.what), rows);
    if (b->is_packed)
        doc_line(c->doc, tr(c->lang, "Packed with gzip; unpacked %s.", "Compressé avec gzip\u00a0; décompressé, %s."),
                 size_say(size, c->lang, b->whole));
    doc_footer(c->doc, tr(c->lang, "Times in UTC. The same as: %s", "Heures UTC. Identique à\u00a0: %s"), same);
    doc_file(c->doc, file_name(c, &w, b->is_packed),
             b->is_packed ? "application/gzip"
             : w.json     ? "application/json"
                          : "text/csv",
             b->bytes, b->n);
    doc_file_instead(c->doc, same);
    command_finish(c);
}

static bool is_audit(const struct arg *what) {
    return what->given && !strcmp(what->text, "audit");
}

static struct command_access access(const struct arg args[COMMAND_ARGS_MAX]) {
    if (is_audit(&args[ARG_WHAT])) return (struct command_access){ROLE_OWNER, COMMAND_READONLY | COMMAND_PRIVATE};
    return (struct command_access){ROLE_OPERATOR, COMMAND_READONLY};
}

static enum exec_result export_history(struct command_ctx *c) {
    struct export_wish w = wish_of(c);
    return command_export(c, &w, made, &c->err) < 0 ? EXEC_FAILED : EXEC_WAIT;
}

static const char *const whats[] = {"trades", "signals", "audit", NULL};
static const char *const formats[] = {"csv", "json", NULL};

const struct command export_command = {
    .name = "export",
    .name_fr = "exporter",
    .summary = {"History as a file: trades, signals or the audit",
                "L’historique en fichier\u00a0: trades, signaux ou audit"},
    .help = {"/export trades, /export signals 2025-06-01 2025-07-01 json, /export audit. Days begin at 00:00 UTC; the "
             "last one is "
             "not included. The audit is for owners.",
             "/exporter trades, /exporter signals 2025-06-01 2025-07-01 json, /exporter audit. Les jours commencent à "
             "00:00 "
             "UTC\u00a0; le dernier est exclu. L’audit est réservé aux propriétaires."},
    .args = {{.name = {"what", "quoi"},
              .summary = {"Which history", "Quel historique"},
              .kind = ARG_WORD,
              .required = true,
              .choices = whats},
             {.name = {"from", "du"},
              .summary = {"From this day on, such as 2025-06-30", "À partir de ce jour, par exemple 2025-06-30"},
              .kind = ARG_WHEN},
             {.name = {"to", "au"},
              .summary = {"Up to this day, not included", "Jusqu’à ce jour, exclu"},
              .kind = ARG_WHEN},
             {.name = {"format", "format"},
              .summary = {"csv where not said", "csv si rien n’est dit"},
              .kind = ARG_WORD,
              .choices = formats}},
    .arg_count = 4,
    .role = ROLE_OPERATOR,
    .flags = COMMAND_READONLY | COMMAND_PRIVATE,
    .access = access,
    .exec = export_history,
};
