/* cli: what the subcommands share: their options, the settings, the store, how they say no. */
#include "bot/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/setup_engine.h"
#include "bot/store_choice.h"
#include "engine/store.h"

extern char **environ;

const struct cli_command *const cli_commands[] = {&cli_run_command, &cli_setup,   &cli_check, &cli_config,
                                                  &cli_replay,      &cli_export,  &cli_audit, &cli_db,
                                                  &cli_indicator,   &cli_version, NULL};

bool cli_has(const struct cli *c, const char *option) {
    return cli_value(c, option, NULL) != NULL;
}

const char *cli_value(const struct cli *c, const char *option, const char *otherwise) {
    for (int i = c->given_count; i-- > 0;)
        if (!strcmp(c->given[i]->name, option)) return c->value[i];
    return otherwise;
}

int cli_fail(const struct cli *c, const struct err *e) {
    fprintf(stderr, "mia: %s\n", err_text(e, c->lang));
    return CLI_FAILED;
}

int cli_usage(const struct cli *c, const char *en, const char *fr) {
    fprintf(stderr, "mia %s: %s\n", c->command->name, tr(c->lang, en, fr));
    return CLI_USAGE;
}

static void print_errors(const struct conf_errors *errs, enum lang lang) {
    struct buf b;
    buf_init(&b, 1u << 18);
    conf_errors_text(errs, lang, &b);
    if (b.len) fputs(b.p, stderr);
    buf_clear(&b);
}

struct conf *cli_conf(const struct cli *c, bool needs_file, bool no_secrets) {
    struct conf_flag flags[CLI_FLAGS_MAX + SETUP_DEMO_MAX];
    struct conf_source src = {.environment = environ, .flags = flags, .no_secrets = no_secrets};
    struct conf_errors errs = {0};
    const char *path = c->config ? c->config : "mia.yaml";
    for (int i = 0; i < c->given_count; i++)
        if (c->given[i]->conf_key)
            flags[src.flag_count++] = (struct conf_flag){c->given[i]->conf_key, c->value[i], c->given[i]->name};
    size_t demo_count;
    const struct conf_flag *demo = setup_demo(&demo_count); /* after the user's own: they win */
    for (size_t i = 0; cli_has(c, "--demo") && i < demo_count; i++) flags[src.flag_count++] = demo[i];
    if (c->config || access(path, F_OK) == 0)
        src.path = path;
    else if (needs_file) {
        fprintf(stderr, "%s\n",
                tr(c->lang, "mia: there is no ./mia.yaml here: `mia setup` writes one, `mia run --demo` needs none",
                   "mia\u00a0: il n’y a pas de ./mia.yaml ici\u00a0: «\u00a0mia setup\u00a0» en écrit un, «\u00a0mia "
                   "run --demo\u00a0» s’en passe"));
        return NULL;
    }
    struct conf *conf = conf_load(&src, &errs);
    print_errors(&errs, c->lang);
    conf_errors_clear(&errs);
    return conf;
}

void cli_state_dir(const struct cli *c, const struct conf *conf, char out[CLI_DIR_MAX]) {
    struct store_choice choice;
    store_choice(conf, cli_has(c, "--demo"), &choice);
    str_copy(out, CLI_DIR_MAX, choice.dir);
}

struct store *cli_store(const struct cli *c, const struct conf *conf, bool read_only, struct err *e) {
    struct store_choice choice;
    store_choice(conf, cli_has(c, "--demo"), &choice);
    choice.options.read_only = read_only;
    return store_open(&choice.options, e);
}
