/* cli_run: `mia run`, the bot; and `mia version`. */
#include <stdio.h>
#include <string.h>

#include "bot/app.h"
#include "bot/cli.h"
#include "engine/base/log.h"
#include "engine/store.h"

static const struct cli_option run_options[] = {
    {"--mode", "paper|live", "mode", {"paper or live", "paper ou live"}},
    {"--dry-run", NULL, NULL, {"decide, but send no order anywhere", "décide, mais n’envoie aucun ordre"}},
    {"--demo",
     NULL,
     NULL,
     {"simulated market and local page; no tokens, nothing outside this machine",
      "marché simulé et page locale\u00a0; sans jeton, rien hors de cette machine"}},
    {"--log-level", "L", "log.level", {"debug, info, warn or error", "debug, info, warn ou error"}},
    {"-v", NULL, NULL, {"the same as --log-level debug", "comme --log-level debug"}},
    {0}};

static int run(struct cli *c) {
    bool demo = cli_has(c, "--demo");
    struct conf *conf = cli_conf(c, !demo, demo);
    enum log_level level;
    if (!conf) return CLI_FAILED;
    if (log_level_parse(cli_has(c, "-v") ? "debug" : conf_str(conf, "log.level"), &level)) log_set_level(level);
    struct app_options o = {
        .conf = conf, .demo = demo, .dry_run = cli_has(c, "--dry-run"), .lang = c->lang, .version = MIA_VERSION};
    int status = app_run(&o);
    conf_free(conf);
    return status;
}

const struct cli_command cli_run_command = {
    .name = "run", .text = {"runs the bot", "lance le bot"}, .options = run_options, .run = run};

static int version(struct cli *c) {
    (void)c;
    printf("mia %s\n", MIA_VERSION);
    return CLI_GOOD;
}

static const struct cli_option no_options[] = {{0}};
const struct cli_command cli_version = {
    .name = "version", .text = {"prints the version", "affiche la version"}, .options = no_options, .run = version};
