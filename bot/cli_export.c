/* cli_export: `mia export`: history out, as CSV or JSON, to standard output or a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/answer.h"
#include "bot/cli.h"

static const struct cli_option options[] = {
    {"--from", "DAY", NULL, {"from this day on (UTC), or an instant", "à partir de ce jour (UTC), ou d’un instant"}},
    {"--to", "DAY", NULL, {"up to, not including", "jusqu’à, exclu"}},
    {"--format", "csv|json", NULL, {"csv is the default", "csv par défaut"}},
    {"-o", "F", NULL, {"file, default standard output", "fichier, sortie standard par défaut"}},
    {"--demo", NULL, NULL, {"the demo's state", "l’état de la démo"}},
    {0}};

struct output {
    struct cli_reader reader;
    const char *path; /* NULL: standard output */
    FILE *file;       /* opened with the first bytes: what is refused leaves an old export alone */
    struct err err;
    bool broken_pipe;
};

static void write_failed(struct output *o) {
    o->broken_pipe = errno == EPIPE;
    if (o->err.code == ERR_NONE)
        err_set(&o->err, ERR_IO, "the export was not written whole: %s",
                "l’export n’a pas été écrit en entier\u00a0: %s", strerror(errno));
    o->reader.stop = true;
}

static void write_bytes(void *arg, const char *bytes, size_t n) {
    struct output *o = arg;
    if (o->reader.stop) return;
    if (!o->file && !(o->file = o->path ? fopen(o->path, "w") : stdout)) {
        err_set(&o->err, ERR_IO, "%s cannot be written: %s", "%s ne peut pas être écrit\u00a0: %s", o->path,
                strerror(errno));
        o->reader.stop = true;
    } else if (fwrite(bytes, 1, n, o->file) != n) {
        write_failed(o);
    }
}

static int write_out(struct cli *c, const struct conf *conf, const struct ask *q) {
    struct output o = {.path = cli_value(c, "-o", NULL)};
    struct answer_to to = {.arg = &o, .output = write_bytes};
    struct err e = {0};
    o.reader.to = &to;
    int r = cli_ask(c, conf, q, &o.reader, &e);
    if (o.file && fflush(o.file) != 0 && !o.reader.stop) write_failed(&o);
    if (o.file && o.file != stdout && fclose(o.file) != 0 && !o.reader.stop) write_failed(&o);
    if (o.broken_pipe) return CLI_FAILED; /* `| head` has what it wanted: nothing is to be said */
    if (o.err.code != ERR_NONE) return cli_fail(c, &o.err);
    return cli_answered(c, r, &e);
}

static bool read_when(struct cli *c, const char *option, when_t *out) {
    const char *v = cli_value(c, option, NULL);
    *out = WHEN_NONE;
    return !v || when_parse_iso(v, strlen(v), NULL, out);
}

static int export_run(struct cli *c) {
    struct ask q = {.kind = ASK_EXPORT, .lang = c->lang};
    const char *format = cli_value(c, "--format", "csv");
    if (c->words != 1 || !export_what_parse(c->word[0], &q.what))
        return cli_usage(c, "say which: trades, signals or audit", "dites quoi\u00a0: trades, signals ou audit");
    if (strcmp(format, "csv") && strcmp(format, "json"))
        return cli_usage(c, "--format is csv or json", "--format vaut csv ou json");
    if (!read_when(c, "--from", &q.from) || !read_when(c, "--to", &q.to))
        return cli_usage(c, "--from and --to want a date like 2025-06-30",
                         "--from et --to attendent une date comme 2025-06-30");
    q.json = !strcmp(format, "json");
    struct conf *conf = cli_conf(c, !cli_has(c, "--demo"), true);
    if (!conf) return CLI_FAILED;
    int status = write_out(c, conf, &q);
    conf_free(conf);
    return status;
}

const struct cli_command cli_export = {
    .name = "export",
    .words = "trades|signals|audit",
    .text = {"writes history as CSV or JSON", "écrit l’historique en CSV ou JSON"},
    .more =
        {"Beside a running bot its rows come through the socket in the state directory, without holding it up; what\n"
         "is traded after the question is left out.",
         "À côté d’un bot en marche, ses lignes passent par la socket du dossier d’état, sans le retarder\u00a0; ce "
         "qui\n"
         "est négocié après la question n’y figure pas."},
    .options = options,
    .run = export_run};
