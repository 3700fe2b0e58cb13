/*
 * cli_db: `mia db`: looks after the database. What reads it (check, backup, version) asks
 * the bot that runs here, or the state itself; what changes it (migrate, restore, copy) needs
 * the state for itself and is refused while a bot runs.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/answer.h"
#include "bot/cli.h"
#include "bot/store_choice.h"
#include "engine/store.h"

/* What a question about the database is answered with; a copy is looked through as soon as it is there. */
struct looked {
    struct cli_reader reader;
    const struct ask *ask;
    int schema;
    bool failed;
    struct err err;
};

/* The bot and this program must see the same folders: a service may have a /tmp of its own. */
static int see_copy(const char *dir, struct err *e) {
    if (access(dir, F_OK) == 0) return 0;
    return err_set(e, ERR_NOT_FOUND,
                   "the bot wrote %s, which is not to be seen from here: choose a folder below the state directory",
                   "le bot a écrit %s, qu’on ne voit pas d’ici\u00a0: choisissez un dossier sous le dossier d’état",
                   dir);
}

static void on_copy(void *arg, const char *dir, int schema) {
    struct looked *l = arg;
    bool whole = l->ask->kind == ASK_BACKUP;
    l->schema = schema;
    if (!*dir) return;
    int r = see_copy(dir, &l->err);
    if (r == 0) r = store_copy_check(dir, whole ? STORE_COPY_ALL : STORE_COPY_DATABASE, &l->err);
    if (r == 0 && whole) r = store_copy_seal(dir, l->ask->dir, &l->err);
    if (r < 0 && whole) store_copy_remove(dir);
    l->failed = r < 0;
}

static int look(struct cli *c, const struct conf *conf, const struct ask *q, int *schema) {
    struct looked l = {.ask = q};
    struct answer_to to = {.arg = &l, .copy = on_copy};
    struct err e = {0};
    l.reader.to = &to;
    int r = cli_ask(c, conf, q, &l.reader, &e);
    *schema = l.schema;
    return l.failed ? cli_fail(c, &l.err) : cli_answered(c, r, &e);
}

/* ---- the subcommands ---- */

static int migrate(struct cli *c, const struct conf *conf) {
    struct err e;
    struct store *s = cli_store(c, conf, false, &e);
    if (!s) return cli_fail(c, &e);
    printf(tr(c->lang, "good, schema %d\n", "bon, schéma %d\n"), store_schema_version(s));
    store_close(s);
    return CLI_GOOD;
}

static int check(struct cli *c, const struct conf *conf) {
    const struct ask q = {.kind = ASK_CHECK, .lang = c->lang};
    int schema, status = look(c, conf, &q, &schema);
    if (status == CLI_GOOD) printf(tr(c->lang, "good, schema %d\n", "bon, schéma %d\n"), schema);
    return status;
}

static int absolute(struct cli *c, const char *path, char out[ASK_PATH_MAX]) {
    char here[PATH_MAX] = "";
    size_t n = strlen(path);
    while (n > 1 && path[n - 1] == '/') n--;
    bool rooted = path[0] == '/';
    if (!rooted && !getcwd(here, sizeof here)) here[0] = '\0';
    if ((!rooted && !here[0]) ||
        snprintf(out, ASK_PATH_MAX, "%s%s%.*s", here, rooted ? "" : "/", (int)n, path) >= ASK_PATH_MAX)
        return cli_usage(c, "the name of the directory is too long", "le nom du dossier est trop long");
    if (!utf8_valid(out, strlen(out)))
        return cli_usage(c, "the name of the directory is no UTF-8", "le nom du dossier n’est pas de l’UTF-8");
    return CLI_GOOD;
}

static int backup(struct cli *c, const struct conf *conf) {
    struct ask q = {.kind = ASK_BACKUP, .lang = c->lang};
    struct err e;
    int schema;
    const char *to = cli_value(c, "-o", "");
    if (!*to) return cli_usage(c, "backup needs -o DIR", "backup demande -o DOSSIER");
    if (absolute(c, to, q.dir) != CLI_GOOD) return CLI_USAGE;
    if (access(q.dir, F_OK) == 0) {
        err_set(&e, ERR_REFUSED, "%s exists already: a backup is never overwritten",
                "%s existe déjà\u00a0: une sauvegarde n’est jamais écrasée", q.dir);
        return cli_fail(c, &e);
    }
    int status = look(c, conf, &q, &schema);
    if (status == CLI_GOOD)
        printf(tr(c->lang,
                  "good, schema %d: %s is a state directory (SQLite and journal), looked through; `mia db restore %s` "
                  "brings it back\n",
                  "bon, schéma %d\u00a0: %s est un dossier d’état (SQLite et journal), relu en entier\u00a0; "
                  "«\u00a0mia db restore %s\u00a0» le remet en place\n"),
               schema, q.dir, q.dir);
    return status;
}

static bool on_server(const struct cli *c, const struct conf *conf, struct store_choice *choice) {
    store_choice(conf, cli_has(c, "--demo"), choice);
    return choice->options.server != NULL;
}

/* Into the server that state.url names, or back out of it. */
static int copy_over(struct cli *c, const struct conf *conf) {
    struct store_choice choice;
    struct store_copied done;
    struct err e;
    bool to_file = c->words == 2 && !strcmp(c->word[1], "sqlite");
    if (c->words != 2 || (!to_file && strcmp(c->word[1], "postgresql") != 0))
        return cli_usage(c, "say: mia db copy postgresql|sqlite", "dites\u00a0: mia db copy postgresql|sqlite");
    if (cli_has(c, "--demo"))
        return cli_usage(c, "the demo is always kept in SQLite", "la démo est toujours gardée dans SQLite");
    store_choice(conf, false, &choice);
    if (store_copy_over(&choice.options, to_file ? STORE_FILE : STORE_SERVER, cli_has(c, "--aside"), &done, &e) < 0)
        return cli_fail(c, &e);
    printf(tr(c->lang, "good: %llu rows copied, counted and compared on both sides\n",
              "bon\u00a0: %llu lignes copiées, comptées et comparées des deux côtés\n"),
           (unsigned long long)done.rows);
    if (*done.aside)
        printf(tr(c->lang, "what was on the server is kept in its schema %s\n",
                  "ce qui était sur le serveur est gardé dans son schéma %s\n"),
               done.aside);
    if (to_file)
        printf("%s", tr(c->lang, "now take state.url out of the settings\n",
                        "retirez maintenant state.url de la configuration\n"));
    return CLI_GOOD;
}

/* A backup is a state directory of SQLite; where a server is used it goes there from state.dir. */
static int restore_on_server(struct cli *c, const struct store_options *o) {
    struct store_copied done;
    struct store_server_state there;
    struct err e;
    bool aside = cli_has(c, "--aside");
    char dir_aside[PATH_MAX] = "";
    if (store_server_look(o, &there, &e) < 0) return cli_fail(c, &e);
    if (there.schema != 0 && !aside) {
        err_set(&e, ERR_REFUSED,
                "the server's database holds a state already: with --aside it is kept in a schema of its own",
                "la base du serveur contient déjà un état\u00a0: avec --aside il est gardé dans un schéma à part");
        return cli_fail(c, &e);
    }
    if (store_restore(c->word[1], o->dir, aside ? dir_aside : NULL, &e) < 0 ||
        store_copy_over(o, STORE_SERVER, aside, &done, &e) < 0)
        return cli_fail(c, &e);
    printf(tr(c->lang, "good: %s was looked through, and its %llu rows are now the state on the server\n",
              "bon\u00a0: %s a été relu en entier, et ses %llu lignes sont maintenant l’état sur le serveur\n"),
           c->word[1], (unsigned long long)done.rows);
    if (*dir_aside)
        printf(tr(c->lang, "what was there is kept as %s\n", "ce qui s’y trouvait est gardé sous %s\n"), dir_aside);
    if (*done.aside)
        printf(tr(c->lang, "and on the server in its schema %s\n", "et, sur le serveur, dans son schéma %s\n"),
               done.aside);
    return CLI_GOOD;
}

static int restore(struct cli *c, const struct conf *conf) {
    char dir[CLI_DIR_MAX], aside[PATH_MAX] = "";
    struct store_choice choice;
    struct err e;
    int version = 0;
    if (c->words != 2) return cli_usage(c, "say: mia db restore BACKUP", "dites\u00a0: mia db restore SAUVEGARDE");
    if (on_server(c, conf, &choice)) return restore_on_server(c, &choice.options);
    cli_state_dir(c, conf, dir);
    if (store_restore(c->word[1], dir, cli_has(c, "--aside") ? aside : NULL, &e) < 0 ||
        store_database_version(dir, &version, &e) < 0)
        return cli_fail(c, &e);
    printf(tr(c->lang, "good, schema %d: %s was looked through and is now the state in %s\n",
              "bon, schéma %d\u00a0: %s a été relu en entier et est maintenant l’état dans %s\n"),
           version, c->word[1], dir);
    if (*aside) printf(tr(c->lang, "what was there is kept as %s\n", "ce qui s’y trouvait est gardé sous %s\n"), aside);
    return CLI_GOOD;
}

/* Of a database that this program may not be able to open. */
static int look_at_version(const struct cli *c, const struct conf *conf, int *schema, struct err *e) {
    struct store_choice choice;
    struct store_server_state st;
    if (!on_server(c, conf, &choice)) return store_database_version(choice.dir, schema, e);
    if (store_server_look(&choice.options, &st, e) < 0) return -1;
    *schema = st.schema;
    return 0;
}

static int version(struct cli *c, const struct conf *conf) {
    const struct ask q = {.kind = ASK_VERSION, .lang = c->lang};
    struct looked l = {.ask = &q};
    struct answer_to to = {.arg = &l, .copy = on_copy};
    struct err e = {0};
    l.reader.to = &to;
    if (cli_ask(c, conf, &q, &l.reader, &e) < 0 &&
        (e.code != ERR_REFUSED || look_at_version(c, conf, &l.schema, &e) < 0))
        return cli_answered(c, -1, &e);
    printf(tr(c->lang, "database: schema %d\nprogram: schema %d, mia %s\n",
              "base de données\u00a0: schéma %d\nprogramme\u00a0: schéma %d, mia %s\n"),
           l.schema, store_schema_latest(), MIA_VERSION);
    return CLI_GOOD;
}

/* ---- the command ---- */

static const struct {
    const char *name;
    int words;
    int (*run)(struct cli *c, const struct conf *conf);
} subcommands[] = {{"migrate", 1, migrate}, {"check", 1, check},     {"backup", 1, backup}, {"restore", 2, restore},
                   {"copy", 2, copy_over},  {"version", 1, version}, {NULL, 0, NULL}};

static int db(struct cli *c) {
    size_t i = 0;
    while (subcommands[i].name && (c->words < 1 || strcmp(c->word[0], subcommands[i].name) != 0)) i++;
    if (!subcommands[i].name || c->words > subcommands[i].words)
        return cli_usage(
            c, "say: mia db migrate|check|backup|restore|copy|version; mia db --help says more",
            "dites\u00a0: mia db migrate|check|backup|restore|copy|version\u00a0; mia db --help en dit plus");
    struct conf *conf = cli_conf(c, !cli_has(c, "--demo"), true);
    if (!conf) return CLI_FAILED;
    int status = subcommands[i].run(c, conf);
    conf_free(conf);
    return status;
}

static const struct cli_option options[] = {
    {"-o", "DIR", NULL, {"backup: the directory to make", "backup\u00a0: le dossier à créer"}},
    {"--aside",
     NULL,
     NULL,
     {"restore: what is there is kept under another name",
      "restore\u00a0: ce qui s’y trouve est gardé sous un autre nom"}},
    {"--demo", NULL, NULL, {"the demo's state", "l’état de la démo"}},
    {0}};

const struct cli_command cli_db = {
    .name = "db",
    .words = "migrate|check|backup|restore|copy|version",
    .text = {"looks after the database", "s’occupe de la base de données"},
    .more =
        {"  migrate          brings the schema to what this program needs; so does every start\n"
         "  check            integrity, settings, schema, journal files\n"
         "  backup -o DIR    makes DIR a state directory of its own, looked through before it gets that name\n"
         "  restore BACKUP   looks through a backup, then puts it into state.dir: at any moment what was there\n"
         "                   or all of the backup. A database that is there is refused, or kept with --aside\n"
         "  copy postgresql  the state from SQLite into the server that state.url names; copy sqlite: back\n"
         "  version          the schema of the database, and of this program\n\n"
         "check, backup and version ask a bot that runs there, without holding it up; migrate, restore and copy\n"
         "are refused while one runs.",
         "  migrate          amène le schéma à ce que demande ce programme\u00a0; chaque démarrage le fait aussi\n"
         "  check            intégrité, réglages, schéma, fichiers du journal\n"
         "  backup -o DIR    fait de DIR un dossier d’état à part entière, relu avant de porter ce nom\n"
         "  restore SAUVEG.  relit une sauvegarde puis la place dans state.dir\u00a0: à tout moment, ce qui s’y\n"
         "                   trouvait ou toute la sauvegarde. Une base déjà là est un refus, ou gardée par --aside\n"
         "  copy postgresql  l’état de SQLite vers le serveur que nomme state.url\u00a0; copy sqlite\u00a0: le retour\n"
         "  version          le schéma de la base, et celui de ce programme\n\n"
         "check, backup et version interrogent un bot en marche, sans le retarder\u00a0; migrate, restore et\n"
         "copy sont refusés tant qu’il y en a un."},
    .options = options,
    .run = db};
