/*
 * args: from what a person typed or chose to typed values. The same code reads a line
 * of text ("/close@bot 17 50%") and Discord's named options; whatever does not fit is
 * refused with a sentence that says what would be right.
 */
#ifndef MIA_BOT_ARGS_H
#define MIA_BOT_ARGS_H

#include "bot/transport.h"

#define ARG_VALUE_MAX 256

struct parsed {
    const struct command *command;
    struct arg args[COMMAND_ARGS_MAX];
    char value[COMMAND_ARGS_MAX][ARG_VALUE_MAX]; /* as given, "" where not: what a confirmation keeps */
    struct command_access access;                /* what holds for these arguments */
};

/* Of the line, blanks included; only the last argument may. */
static inline bool args_takes_rest(const struct arg_spec *s) {
    return s->kind == ARG_TEXT || s->kind == ARG_LEVEL;
}

/* Which command is meant. -1: none; e says so, with the nearest name. */
int args_command(const struct request *q, const struct command **out, struct err *e);
/* The values. Texts live in `a`. -1: e says what would be right. */
int args_parse(const struct request *q, const struct command *c, const struct engine *engine, struct arena *a,
               struct parsed *out, struct err *e);
/* The same from kept values, for the second step of a confirmation. */
int args_again(const struct command *c, const char value[COMMAND_ARGS_MAX][ARG_VALUE_MAX], const struct engine *engine,
               struct arena *a, struct parsed *out, struct err *e);

/* "2410.5", "50 ticks", "1%", "-12$": see args_level.c. currency: the account's, "USD". */
bool args_level(const char *text, const char *currency, struct stop_level *out);

/* "target=#17 percent=50": for the audit and for people. */
void args_text(const struct parsed *p, struct buf *out);
/* The word that stands for the command, without its slash, and what follows; for requests that never get parsed. */
void args_raw(const struct request *q, struct buf *command, struct buf *rest);

/* How many letters must change to make one word of the other; capped at 99. */
uint32_t args_distance(const char *a, const char *b);

#endif
