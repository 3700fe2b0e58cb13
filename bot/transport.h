/*
 * transport: the contract of a chat platform. A transport turns what people do there
 * into requests, and deliveries into messages; it knows nothing of commands, roles or
 * the engine. It never blocks, and its failure never delays the engine: it reports
 * and goes on, or stops for good and says so.
 */
#ifndef MIA_BOT_TRANSPORT_H
#define MIA_BOT_TRANSPORT_H

#include "bot/command.h"

enum platform { PLATFORM_DISCORD, PLATFORM_TELEGRAM, PLATFORM_LOCAL, PLATFORM_COUNT };
const char *platform_name(enum platform p); /* "discord" "telegram" "local" */

#define REQUEST_ARGS_MAX 8
#define REQUEST_TEXT_MAX 512
#define ADDRESS_MAX 512

enum request_kind {
    REQUEST_COMMAND,
    REQUEST_BUTTON,
    REQUEST_COMPLETE /* autocomplete: answered at once, never stored */
};

struct request_arg {
    char name[33];
    char value[256];
    bool focused;
};

struct request {
    enum platform platform;
    enum request_kind kind;
    char bot_id[24];
    uint64_t ext_id;     /* interaction id, update id, local id: what makes it one */
    char user_id[24];    /* decides; names never do */
    char user_name[64];  /* for display and audit only */
    char chat_id[40];    /* where it happened */
    bool home;           /* in the configured guild or group, or in private with the person (Telegram, local) */
    bool genuine;        /* false: forwarded, edited, by a bot, a webhook, an anonymous admin, via an inline bot… */
    bool can_be_private; /* an answer only for the asker is possible here */
    enum lang lang;      /* the person's, by the locale rule */
    when_t sent;         /* the platform's timestamp; WHEN_NONE where it has none */
    char text[REQUEST_TEXT_MAX]; /* COMMAND by text: "/close 17 50"; BUTTON: the button's id */
    char command[33];            /* COMMAND by structure (Discord): name, and */
    struct request_arg args[REQUEST_ARGS_MAX];
    uint32_t arg_count;        /* its options by name */
    char address[ADDRESS_MAX]; /* opaque: where an answer goes */
};

enum outcome {
    OUTCOME_DELIVERED,
    OUTCOME_RETRY,        /* surely not delivered; again after retry_ms */
    OUTCOME_AMBIGUOUS,    /* may have been delivered */
    OUTCOME_REFUSED,      /* never will be: said why */
    OUTCOME_FILE_REFUSED, /* surely not delivered: the platform does not take the file; it goes again without, saying so */
    OUTCOME_DOWN          /* the transport is not connected: it will call `ready` */
};
struct delivery_result {
    enum outcome outcome;
    int64_t retry_ms;
    char message_ref[128]; /* DELIVERED: what an edit needs, "" where nothing can be edited */
    struct err err;
};

struct delivery {
    uint64_t id, last_id; /* outbox row; the last one of those that go together */
    enum outbox_kind kind;
    enum urgency urgency;
    char channel[16];          /* MESSAGE, EDIT */
    char address[ADDRESS_MAX]; /* REPLY */
    char message_ref[128];     /* EDIT */
    char event_id[16];
    uint32_t attempt;      /* 1, 2, … */
    int64_t age_ms;        /* since the first attempt */
    bool possible_repeat;  /* an earlier attempt may have been delivered */
    const struct doc *doc; /* holds, with the bytes of its file, until the transport's send returns */
};

/* What the shell gives a transport. All are called on the loop's thread. */
struct transport_host {
    void *arg;
    /* A request came in. The answer, if any, comes as a delivery with its address. What must wait until it is durable
     * (Telegram's offset) is asked of after_commit. */
    void (*receive)(void *arg, const struct request *r);
    /* Exactly one a delivery, never inside send. */
    void (*delivered)(void *arg, enum platform p, uint64_t outbox_id, const struct delivery_result *r);
    void (*ready)(void *arg, enum platform p, bool up); /* deliveries may flow, or wait */
    void (*alarm)(void *arg, enum platform p, enum urgency u, const char *key /* one a kind: "discord.fatal" */,
                  const char *en, const char *fr); /* said on the other channels and in /health */
    /* After the start, at least once: what people said while nobody was there is in. */
    void (*heard)(void *arg, enum platform p);
    /* What that alarm was about is over. Said only where the alarm was; the next one is then told at once. */
    void (*alarm_over)(void *arg, enum platform p, const char *key, const char *en, const char *fr);
    /* Durable small values: read what the last start left; a write joins the current turn's transaction. */
    const char *(*state_get)(void *arg, const char *key); /* NULL: none; valid until the next put of the key */
    void (*state_put)(void *arg, const char *key, const char *value);
    /* Runs fn after everything received so far in this turn is committed. */
    void (*after_commit)(void *arg, void (*fn)(void *fn_arg), void *fn_arg);
    struct loop *loop;
    struct http *http;
    struct lws_hub *lws;
};

struct transport_health {
    bool configured, up, stopped;
    char text[LANG_COUNT][160];
    int64_t latency_ms;
};

struct conf;
struct transport {
    enum platform platform;
    void *(*open)(const struct conf *conf, const struct transport_host *host, struct err *e); /* NULL: refused */
    void (*send)(void *state, const struct delivery *d);
    /* The answer to this request takes longer than a second: say so where the platform can (Discord type 5). */
    void (*defer)(void *state, const char *address, bool is_private);
    void (*choices)(void *state, const char *address, const struct choice *c, uint32_t n);
    void (*health)(void *state, struct transport_health *out);
    /* A stop has begun: takes nothing new where the platform keeps it for the next start; deliveries still flow. NULL: what
     * comes is still taken, and the shell answers it. */
    void (*drain)(void *state);
    /* Nothing is sent any more: takes leave of the platform so that the next start goes on where this one ends. Asked again
     * until it says true, or until the stop's time is up. NULL: there is nobody to tell. */
    bool (*leave)(void *state);
    void (*close)(void *state, bool restart /* keep the session for a resume */);
};

extern const struct transport transport_discord, transport_telegram, transport_local;

#endif
