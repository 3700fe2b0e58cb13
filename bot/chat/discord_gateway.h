/*
 * discord_gateway: the one connection to Discord's gateway (v10, JSON, no compression):
 * hello, heartbeat, identify, resume, and coming back after anything but a fatal close.
 * Owns the session (id, address, sequence) and the identify budget, both durable, so
 * that a restart resumes. It gives dispatches on and knows nothing of their meaning.
 */
#ifndef MIA_BOT_DISCORD_GATEWAY_H
#define MIA_BOT_DISCORD_GATEWAY_H

#include "bot/chat/discord_rest.h"
#include "bot/transport.h"
#include "engine/net/ws.h"

#define GATEWAY_IDENTIFY_MAX 100   /* a day, of ours; Discord resets the token at 1,000 */
#define GATEWAY_IDENTIFY_RESERVE 5 /* left to Discord's own count before we wait for its reset */
#define GATEWAY_IDENTIFY_EVERY_MS 5500
#define GATEWAY_RESUMES_MAX 3     /* refused resumes before a new session */
#define GATEWAY_SEQ_EVERY_MS 5000 /* the sequence is written at most this often where no interaction came */
#define GATEWAY_SENDS_BURST 55    /* of a connection, then one a second: in no minute the 120 at which Discord closes */
#define GATEWAY_SENDS_EVERY_MS 1000
#define GATEWAY_INTENTS 1       /* GUILDS: channels that vanish. Interactions need none. */
#define GATEWAY_CLOSE_KEEP 4200 /* any code but 1000 and 1001 keeps the session */
#define GATEWAY_CLOSE_END 1000

/* Rising: of two that hold at once the last one does. */
enum gateway_next { GATEWAY_RESUME, GATEWAY_RESUME_SLOWLY, GATEWAY_IDENTIFY, GATEWAY_STOP };
/* What a close code of the server asks for (facts: Discord's table; unknown codes may resume). */
enum gateway_next gateway_next_of(int close_code);
const char *gateway_stop_text(int close_code, enum lang lang); /* for GATEWAY_STOP: what to do about it */

enum gateway_state {
    GATEWAY_IDLE,       /* not started */
    GATEWAY_WAITING,    /* for a retry or a budget */
    GATEWAY_ASKING,     /* GET /gateway/bot */
    GATEWAY_CONNECTING, /* until hello */
    GATEWAY_OPENING,    /* identify or resume sent */
    GATEWAY_UP,
    GATEWAY_STOPPED,
    GATEWAY_STATE_COUNT
};

struct gateway_options {
    const struct transport_host *host; /* outlives the gateway */
    struct rest *rest;
    const char *token;
    uint64_t identity; /* of the token and the API's address: a session of another one is not resumed */
    void *arg;
    void (*up)(void *arg, const struct json *ready /* READY's d; NULL: resumed */);
    void (*dispatch)(void *arg, const char *type, const struct json *d);
    void (*told)(void *arg, const struct json *gateway_bot);  /* the answer to GET /gateway/bot */
    void (*identified)(void *arg);                            /* a session is being opened */
    void (*fatal)(void *arg, const char *en, const char *fr); /* stopped for good */
};

struct gateway;
struct gateway *gateway_new(const struct gateway_options *o);
void gateway_start(struct gateway *g);
void gateway_stop(struct gateway *g); /* for good: nothing is tried again; still to be freed */
enum gateway_state gateway_state_of(const struct gateway *g);
int64_t gateway_latency_ms(const struct gateway *g); /* of the last heartbeat; -1: none yet */
/* Before a close that keeps the session: tells Discord, with a code that keeps it. true: the connection is over. Asked again
 * until then; gateway_close cuts what is left. */
bool gateway_leave(struct gateway *g);
/* restart: the session is kept for the next start; else it ends and the bot goes offline. */
void gateway_close(struct gateway *g, bool restart);

/* A session as it is kept: bound to who we are, so that another bot's is never resumed. Pure, for tests. */
#define GATEWAY_SESSION_MAX 128
#define GATEWAY_URL_MAX 256
struct gateway_session {
    char id[GATEWAY_SESSION_MAX], url[GATEWAY_URL_MAX]; /* "" none */
};
bool session_read(struct gateway_session *out, const char *text, uint64_t identity);
void session_write(const struct gateway_session *s, uint64_t identity, struct buf *out);
bool session_text_is_plain(const char *s); /* not empty, no blank, no control */

/* How long the gateway has been away: told once it is long, and told again when it is over. In discord_away.c. */
#define GATEWAY_AWAY_MS 120000
struct away {
    int64_t since_ms; /* monotonic; 0: it is there */
    bool told;
};
void away_begin(struct away *a);
void away_look(struct away *a, const struct transport_host *host); /* begins it too */
void away_over(struct away *a, const struct transport_host *host);

/* The budget of identifies, "1790000000 1790000100 …": at most `max` in 24 hours. Pure, for tests. */
struct identify_log {
    int64_t at_s[GATEWAY_IDENTIFY_MAX];
    uint32_t n;
};
void identify_log_read(struct identify_log *l, const char *text);
void identify_log_write(const struct identify_log *l, struct buf *out);
int64_t identify_wait_ms(struct identify_log *l, when_t now); /* forgets what is older than a day; 0: one may go */
void identify_log_add(struct identify_log *l, when_t now);
/* When the newest one was, on the monotonic clock: the pace holds across a restart too. 0: an hour ago or longer. */
int64_t identify_last_ms(const struct identify_log *l, when_t now, int64_t mono_ms);

#endif
