/*
 * discord_priv: what the files of the Discord transport share. One struct owns the five
 * parts (REST, gateway, guild, interactions, rival) and what is known of the bot itself.
 */
#ifndef MIA_BOT_DISCORD_PRIV_H
#define MIA_BOT_DISCORD_PRIV_H

#include "bot/chat/discord_gateway.h"
#include "bot/chat/discord_guild.h"
#include "bot/chat/discord_interaction.h"
#include "bot/chat/discord_rest.h"
#include "bot/chat/discord_rival.h"
#include "bot/transport.h"

#define NONCE_TRUSTED_MS 120000 /* Discord knows a nonce for some minutes; later the channel itself is read */

struct discord_later; /* a result that waits until send has returned */

struct discord {
    struct transport_host host;
    struct rest *rest;
    struct gateway *gateway;
    struct guild *guild;
    struct interactions *interactions;
    struct rival *rival;
    char guild_id[GUILD_ID_MAX], app_id[GUILD_ID_MAX], bot_id[GUILD_ID_MAX];
    char mention[40];  /* "<@id>", "<@&id>" or "" */
    uint64_t identity; /* of the token and the API's address */
    uint64_t instance; /* of this state directory: keeps nonces of two of them apart */
    int locale;        /* -1: the person's */
    bool ready_told, stopped, closing;
    char stopped_text[LANG_COUNT][160];
    struct loop_timer *timer; /* for `later` */
    struct discord_later *later, **later_tail;
};

/* discord.c */
void discord_delivered(struct discord *d, uint64_t outbox_id, const struct delivery_result *r);
void discord_later(struct discord *d, uint64_t outbox_id, const struct delivery_result *r); /* once send has returned */

/* discord_send.c */
void discord_send_message(struct discord *d, const struct delivery *v);
void discord_send_edit(struct discord *d, const struct delivery *v);
/* An answer that came too late: a message in the admin channel, mentioning nobody. */
void discord_send_late(struct discord *d, const struct delivery *v, const struct interaction_address *to);

/* discord_once.c: pure */
void discord_nonce(char out[26], uint64_t instance, uint64_t outbox_id, const char *body, size_t n);
/* Is this one of the bot's messages with that event id in a footer and that title? ref: "channel/message". */
bool discord_find_sent(const struct json *list, const char *bot_id, const char *event_id, const char *title, char *id,
                       size_t size);

#endif
