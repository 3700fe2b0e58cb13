/*
 * args_priv: what parsing (args.c) and its refusals (args_refuse.c) share. Private to them.
 */
#ifndef MIA_BOT_ARGS_PRIV_H
#define MIA_BOT_ARGS_PRIV_H

#include "bot/args.h"

/* One command being read. Borrows everything. */
struct reading {
    const struct command *command;
    const struct engine *engine;
    struct arena *arena;
    struct parsed *out;
    struct err *e;
};

/* Each fills the err with a sentence and returns -1. */
int args_unknown_command(const char *word, struct err *e);
int args_wrong(const struct reading *r, const struct arg_spec *s, const char *word);
int args_missing(const struct reading *r, const struct arg_spec *s);
int args_too_many(const struct reading *r, const char *word); /* word: the first one that has no place */
/* Adds the usage to a sentence, where it still fits. */
void args_add_usage(const struct command *c, struct err *e);

#endif
