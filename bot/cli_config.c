/* cli_config: `mia config show|keys`, and the hidden generators of the committed docs. */
#include <stdio.h>
#include <string.h>

#include "bot/cli.h"
#include "bot/docs_gen.h"

static const struct cli_option options[] = {{0}};

static void print(struct buf *b) {
    if (b->len) fputs(b->p, stdout);
    buf_clear(b);
}

/* What `make docs` writes and `make check` compares. */
static bool generate(const char *what, struct buf *b) {
    if (!strcmp(what, "markdown"))
        conf_markdown(b);
    else if (!strcmp(what, "example"))
        conf_example(b);
    else if (!strcmp(what, "commands"))
        commands_markdown(b);
    else if (!strcmp(what, "indicators"))
        indicators_markdown(b);
    else if (!strcmp(what, "strategies"))
        strategies_markdown(b);
    else if (!strcmp(what, "gates"))
        gates_markdown(b);
    else
        return false;
    return true;
}

static int config(struct cli *c) {
    struct buf b;
    const char *what = c->words ? c->word[0] : "show";
    buf_init(&b, 4u << 20);
    if (c->words > 1) return cli_usage(c, "say: mia config show|keys", "dites\u00a0: mia config show|keys");
    if (!strcmp(what, "keys")) {
        conf_keys(c->lang, &b);
    } else if (!strcmp(what, "show")) {
        struct conf *conf = cli_conf(c, false, false);
        if (!conf) return CLI_FAILED;
        conf_show(conf, c->lang, &b);
        conf_free(conf);
    } else if (!generate(what, &b)) {
        return cli_usage(c, "say: mia config show|keys", "dites\u00a0: mia config show|keys");
    }
    print(&b);
    return CLI_GOOD;
}

const struct cli_command cli_config = {
    .name = "config",
    .words = "show|keys",
    .text = {"the effective settings and where each comes from; every key and its meaning",
             "les réglages en vigueur et leur origine\u00a0; chaque clé et son sens"},
    .options = options,
    .run = config};
