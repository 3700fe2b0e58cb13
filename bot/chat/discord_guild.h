/*
 * discord_guild: the bot's place in its one server: the five channels found by name or
 * created private, and the commands registered for it, in both languages and only when
 * they have changed. Owns the channels' ids (durable). Asks again, ever more rarely,
 * until all of it stands; answering interactions never waits for it.
 */
#ifndef MIA_BOT_DISCORD_GUILD_H
#define MIA_BOT_DISCORD_GUILD_H

#include "bot/chat/discord_rest.h"
#include "bot/transport.h"

#define GUILD_PEOPLE_MAX 32 /* persons of the access lists that a created channel is shown to */
#define GUILD_ID_MAX 24

struct guild_options {
    const struct transport_host *host; /* outlives the guild */
    struct rest *rest;
    const struct command *const *commands; /* NULL-terminated */
    uint64_t identity;                     /* of the bot: what was registered by another one does not count */
    char people[GUILD_PEOPLE_MAX][GUILD_ID_MAX];
    uint32_t people_count;
    void *arg;
    void (*channels)(void *arg); /* some channel has become known */
};

struct guild;
struct guild *guild_new(const struct guild_options *o);
void guild_free(struct guild *g); /* after rest_free */
/* What the last start left: the server's id ("" none) and its channels. */
const char *guild_recall(struct guild *g, const char *configured);
/* Makes sure of channels and commands, once a start. */
void guild_setup(struct guild *g, const char *guild_id, const char *app_id, const char *bot_id);
const char *guild_channel(const struct guild *g, enum channel c); /* "" where there is none yet */
uint32_t guild_channel_count(const struct guild *g);
bool guild_is_complete(const struct guild *g);
/* What failed may work now (the bot was invited, a right was given): the next try is made at once. */
void guild_nudge(struct guild *g);
/* Somebody deleted it, or it cannot be found: it is looked for, or made, again. */
void guild_forget_channel(struct guild *g, const char *channel_id);

/* The body of the registration: every command of the table. Pure. */
void registration_write(const struct command *const *table, struct buf *out);
/* The body that creates a channel only the bot and these people see. Pure. */
void channel_write(const char *name, const char *guild_id, const char *bot_id, const char (*people)[GUILD_ID_MAX],
                   uint32_t people_count, struct buf *out);

#endif
