/* store_choice: reads state.* and nothing else. */
#include "bot/store_choice.h"

#include <stdio.h>

void store_choice(const struct conf *c, bool demo, struct store_choice *out) {
    *out = (struct store_choice){.server = {.url = conf_str(c, "state.url"),
                                            .host = conf_str(c, "state.db_host"),
                                            .port = out->port,
                                            .name = conf_str(c, "state.db_name"),
                                            .user = conf_str(c, "state.db_user"),
                                            .password = conf_str(c, "state.db_password")}};
    int64_t port = conf_int(c, "state.db_port");
    if (port > 0) snprintf(out->port, sizeof out->port, "%d", (int)port);
    snprintf(out->dir, sizeof out->dir, "%s%s", conf_str(c, "state.dir"), demo ? "/demo" : "");
    out->options.dir = out->dir;
    out->options.journal_keep_days = (int)conf_int(c, "state.journal_days");
    out->options.inbox_keep_days = (int)conf_int(c, "state.inbox_days");
    if (!demo && (*out->server.url != '\0' || *out->server.host != '\0')) out->options.server = &out->server;
}
