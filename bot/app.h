/*
 * app: one run of the bot, from settings to the exit code. Wires loop, store, desk,
 * outbox, router, transports and feed; starts, stops, and nothing else.
 */
#ifndef MIA_BOT_APP_H
#define MIA_BOT_APP_H

#include "config/conf.h"

struct app_options {
    struct conf *conf; /* borrowed; changes made in the chat are laid over it */
    bool demo, dry_run;
    enum lang lang; /* of the terminal */
    const char *version;
};
/* Runs until SIGTERM or SIGINT. Exit code: 0 stopped in order, 1 could not start. */
int app_run(const struct app_options *o);

#endif
