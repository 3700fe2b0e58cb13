/*
 * cli_export: `mia export`: history out, as CSV or JSON, to standard output or a file.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/cli.h"
#include "bot/export.h"

struct output {
    FILE *file;
    bool failed;
    struct err err;
};

static void write_file(void *arg, const char *bytes, size_t n) {
    fwrite(bytes, 1, n, ((struct output *)arg)->file); /* ferror is looked at once, at the end */
}

static void finished(void *arg, const struct err *failed) {
    struct output *o = ((struct export *)arg)->arg;
    if (!failed) return;
    o->failed = true;
    o->err = *failed;
}

/* ---- the command ---- */

static const struct cli_option options[] = {
    {"--from", "DAY", NULL, {"from this day on (UTC), or an instant", "à partir de ce jour (UTC), ou d’un instant"}},
    {"--to", "DAY", NULL, {"up to, not including", "jusqu’à, exclu"}},
    {"--format", "csv|json", NULL, {"csv is the default", "csv par défaut"}},
    {"-o", "F", NULL, {"file, default standard output", "fichier, sortie standard par défaut"}},
    {"--demo", NULL, NULL, {"the demo's state", "l’état de la démo"}},
    {0}};

static bool read_when(struct cli *c, const char *option, when_t *out) {
    const char *v = cli_value(c, option, NULL);
    *out = WHEN_NONE;
    return !v || when_parse_iso(v, strlen(v), NULL, out);
}

static int write_out(struct cli *c, struct store *s, enum export_what what, when_t from, when_t to) {
    const char *path = cli_value(c, "-o", NULL);
    struct output o = {.file = path ? fopen(path, "w") : stdout};
    struct export x = {.what = what,
                       .json = !strcmp(cli_value(c, "--format", "csv"), "json"),
                       .lang = c->lang,
                       .write = write_file,
                       .arg = &o};
    if (!o.file) {
        err_set(&o.err, ERR_IO, "%s cannot be written: %s", "%s ne peut pas être écrit\u00a0: %s", path,
                strerror(errno));
        return cli_fail(c, &o.err);
    }
    export_open(&x);
    export_ask(&x, s, from, to, finished);
    store_wait(s);
    export_end(&x);
    export_clear(&x);
    bool bad = fflush(o.file) != 0 || ferror(o.file);
    if (path && fclose(o.file) != 0) bad = true;
    if (bad)
        err_set(&o.err, ERR_IO, "the export was not written whole: %s",
                "l’export n’a pas été écrit en entier\u00a0: %s", strerror(errno));
    return bad || o.failed ? cli_fail(c, &o.err) : CLI_GOOD;
}

static int export_run(struct cli *c) {
    when_t from, to;
    enum export_what what;
    const char *format = cli_value(c, "--format", "csv");
    bool demo = cli_has(c, "--demo");
    if (c->words != 1 || !export_what_parse(c->word[0], &what))
        return cli_usage(c, "say which: trades, signals or audit", "dites quoi\u00a0: trades, signals ou audit");
    if (strcmp(format, "csv") && strcmp(format, "json"))
        return cli_usage(c, "--format is csv or json", "--format vaut csv ou json");
    if (!read_when(c, "--from", &from) || !read_when(c, "--to", &to))
        return cli_usage(c, "--from and --to want a date like 2025-06-30",
                         "--from et --to attendent une date comme 2025-06-30");
    struct conf *conf = cli_conf(c, !demo, true);
    if (!conf) return CLI_FAILED;
    struct store *s = cli_store(c, conf, demo);
    int status = s ? write_out(c, s, what, from, to) : CLI_FAILED;
    store_close(s);
    conf_free(conf);
    return status;
}

const struct cli_command cli_export = {"export",
                                       "trades|signals|audit",
                                       {"writes history as CSV or JSON", "écrit l’historique en CSV ou JSON"},
                                       options,
                                       export_run};
