/*
 * discord_interaction: INTERACTION_CREATE -> struct request, and answers -> callbacks.
 * A small table remembers how each recent interaction stands (fresh, deferred, answered,
 * too late), so that an answer takes the right way; after a restart Discord's own error
 * codes tell. Every answer is one request; what it teaches is used by the next attempt.
 *
 * Interaction tokens are secrets for 15 minutes: they are in addresses, never in the log.
 */
#ifndef MIA_BOT_DISCORD_INTERACTION_H
#define MIA_BOT_DISCORD_INTERACTION_H

#include "bot/chat/discord_rest.h"
#include "bot/chat/discord_rival.h"
#include "bot/transport.h"

#define INTERACTIONS_MAX 256 /* remembered; older ones are learned again from Discord's answers */
#define INTERACTION_TOKEN_MAX 300
#define INTERACTION_LIFE_MS (15 * 60000LL) /* of a token */
#define INTERACTION_TIMEOUT_MS 5000
#define INTERACTION_VALUE_MAX 60 /* characters of a text option: fits struct request_arg in any script */

uint64_t snowflake_ms(uint64_t id); /* since 1970 */

struct interaction_home {
    const char *guild_id; /* "" none yet: nothing is at home */
    const char *bot_id, *app_id;
    int locale; /* -1: the person's; else an enum lang for everybody */
};
#define INTERACTION_NOBODY "0"     /* user_id where the person cannot be told: on no list */
#define INTERACTION_UNREADABLE "?" /* text of a click that means nothing: what was done is not understood */
/* d: the event's data. -1: nothing that can be answered (e says why); nothing of it may be used. What can be answered and
 * not understood becomes a click that means nothing, so that every attempt has its row. */
int interaction_parse(const struct json *d, const struct interaction_home *home, struct request *out, struct err *e);

/* What an address holds: "i:ID:TOKEN:APP:KIND:USER:NAME". */
enum interaction_kind {
    INTERACTION_SLASH,    /* 's' */
    INTERACTION_COMPLETE, /* 'a' */
    INTERACTION_OWN,      /* 'e': a click on a message only the asker sees: the answer takes its place */
    INTERACTION_ANSWER,   /* 'c': a click on an answer of ours: a public answer takes its place */
    INTERACTION_MESSAGE   /* 'm': a click on a channel's message: it stays as it is */
};
struct interaction_address {
    uint64_t id;
    char token[INTERACTION_TOKEN_MAX + 1], app[24], user[24], name[64];
    enum interaction_kind kind;
};
bool interaction_address_read(const char *text, struct interaction_address *out);

struct interactions;
struct interactions_options {
    struct rest *rest;
    void *arg;
    void (*delivered)(void *arg, uint64_t outbox_id, const struct delivery_result *r);
    void (*later)(void *arg, uint64_t outbox_id,
                  const struct delivery_result *r); /* the same, once the caller has returned */
    /* The answer comes too late for the interaction: it goes to the admin channel as an ordinary message. */
    void (*late)(void *arg, const struct delivery *d, const struct interaction_address *a);
    /* Our first word to a fresh interaction was refused as if somebody else had spoken. */
    void (*rival)(void *arg, enum rival_sign sign);
};
struct interactions *interactions_new(const struct interactions_options *o);
void interactions_free(struct interactions *s); /* after rest_free */
void interactions_seen(struct interactions *s, uint64_t id);
/* Its end is told through `delivered`, never inside the call. false: the address is not one of ours, nothing is told. */
bool interactions_reply(struct interactions *s, const struct delivery *d);
void interactions_defer(struct interactions *s, const char *address, bool is_private);
void interactions_choices(struct interactions *s, const char *address, const struct choice *c, uint32_t n);

#endif
