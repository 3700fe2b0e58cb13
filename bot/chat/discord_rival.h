/*
 * discord_rival: notices another program that uses the bot's token. Discord lets several
 * sessions live side by side and gives each of them every interaction, so nobody is told
 * and commands are carried out twice. What gives it away: an interaction that somebody
 * else has answered, one that is gone within its three seconds, and a budget of sessions that
 * sinks faster than we use it. It only tells; people decide which of the two has to go.
 */
#ifndef MIA_BOT_DISCORD_RIVAL_H
#define MIA_BOT_DISCORD_RIVAL_H

#include "bot/chat/discord_rest.h"
#include "bot/transport.h"

#define RIVAL_LOOK_MS (15 * 60000) /* how often the budget is looked at */

/* Discord's count of sessions that may still be opened, against our own. Pure. */
struct session_budget {
    bool known;
    int64_t remaining, reset_ms; /* at the last look; monotonic time at which Discord counts anew */
    int64_t own;                 /* sessions we opened since */
};
/* Takes note, and says how many sessions since the last look were not ours. */
int64_t session_budget_look(struct session_budget *b, int64_t remaining, int64_t reset_after_ms, int64_t now_ms);

enum rival_sign {
    RIVAL_ANSWERED, /* 40060 for what we have not answered */
    RIVAL_GONE,     /* 10062 within the three seconds */
    RIVAL_SESSIONS, /* the budget */
    RIVAL_SIGN_COUNT
};

struct rival;
struct rival *rival_new(const struct transport_host *host, struct rest *rest);
void rival_free(struct rival *r);
void rival_told(struct rival *r, const struct json *gateway_bot); /* each answer to GET /gateway/bot */
void rival_identified(struct rival *r);                           /* we open a session */
void rival_seen(struct rival *r, enum rival_sign sign);

#endif
