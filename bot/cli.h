/*
 * cli: the contract of one subcommand of `mia`. bot/cli_*.c define them, bot/main.c
 * lists them; `mia --help` comes from that list.
 */
#ifndef MIA_BOT_CLI_H
#define MIA_BOT_CLI_H

#include "config/conf.h"
#include "engine/base/version.h"

#define CLI_FLAGS_MAX 32
#define CLI_WORDS_MAX 16

enum cli_exit { CLI_GOOD = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli_option {
    const char *name;     /* "--from"; short ones as "-o" */
    const char *value;    /* placeholder "DAY"; NULL: a switch */
    const char *conf_key; /* sets this setting; NULL: read with cli_value / cli_has */
    const char *text[LANG_COUNT];
};

struct cli;
struct cli_command {
    const char *name;
    const char *words; /* what follows the options: "trades|signals|audit" */
    const char *text[LANG_COUNT];
    const char *more[LANG_COUNT];     /* paragraphs of its help, after the options; NULL: none */
    const struct cli_option *options; /* until name is NULL; --config is everywhere */
    int (*run)(struct cli *c);
};

struct cli {
    const struct cli_command *command;
    enum lang lang;
    const char *config;              /* --config; NULL: ./mia.yaml */
    const char *word[CLI_WORDS_MAX]; /* in order */
    int words;
    const struct cli_option *given[CLI_FLAGS_MAX];
    const char *value[CLI_FLAGS_MAX];
    int given_count;
};

bool cli_has(const struct cli *c, const char *option);
const char *cli_value(const struct cli *c, const char *option, const char *otherwise);
/* Prints "mia: …" in the person's language; returns CLI_FAILED. */
int cli_fail(const struct cli *c, const struct err *e);
int cli_usage(const struct cli *c, const char *en, const char *fr); /* returns CLI_USAGE */
/* Settings with this command's flags. needs_file: ./mia.yaml must exist. NULL: printed every error. */
struct conf *cli_conf(const struct cli *c, bool needs_file, bool no_secrets);
struct store;
struct answer_to;
#define CLI_DIR_MAX (CONF_PATH_MAX + 8)
void cli_state_dir(const struct cli *c, const struct conf *conf, char out[CLI_DIR_MAX]); /* the demo's with --demo */
/* NULL: *e says why. */
struct store *cli_store(const struct cli *c, const struct conf *conf, bool read_only, struct err *e);

/* Asks the bot that runs on this state, or, where none does, the state itself: the answer is the same. to->end is not
 * called and need not be set: its error is *e. -1: it failed, or the reader gave up. */
struct ask;
struct cli_reader {
    struct answer_to *to;
    bool stop; /* set by a function of `to`: nothing more is wanted */
};
int cli_ask(struct cli *c, const struct conf *conf, const struct ask *q, struct cli_reader *r, struct err *e);
/* How that is said: CLI_GOOD, or printed and CLI_FAILED or CLI_USAGE. */
int cli_answered(const struct cli *c, int result, const struct err *e);

extern const struct cli_command cli_run_command, cli_check, cli_setup, cli_config, cli_replay, cli_export, cli_audit,
    cli_db, cli_indicator, cli_version;
extern const struct cli_command *const cli_commands[]; /* NULL-terminated */

#endif
