/*
 * discord_rest: requests to Discord's REST API within its limits. Two lanes: ordinary
 * requests wait for their bucket and the global limit; answers to interactions go at
 * once and never behind a message. Owns the bot's token as far as REST is concerned.
 *
 * Nothing is sent twice here: what to do after an unclear end is the caller's decision.
 */
#ifndef MIA_BOT_DISCORD_REST_H
#define MIA_BOT_DISCORD_REST_H

#include "bot/doc.h"
#include "engine/net/http.h"
#include "engine/net/json.h"
#include "engine/net/loop.h"

#define REST_BUCKETS_MAX 64
#define REST_ROUTES_MAX 32
#define REST_WAITING_MAX 256   /* ordinary requests that wait for a limit */
#define REST_IN_FLIGHT_MAX 32  /* of the ordinary lane: interactions always find room in http */
#define REST_GLOBAL_PER_S 45   /* Discord allows 50 */
#define REST_WAIT_MAX_MS 15000 /* a longer wait is the caller's: REST_LIMITED */
#define REST_PATH_MAX 512
#define REST_BASE_MAX 512
#define REST_FILE_TIMEOUT_MS 120000 /* 4 MiB over a slow line */

enum rest_lane { REST_ORDINARY, REST_INTERACTION /* the token in the path is the authorisation */ };

struct rest_request {
    const char *method;
    const char *path;  /* below the base; it may hold a token and is never logged */
    const char *route; /* the kind of request, for buckets and the log: "messages.create" */
    const char *major; /* the channel or guild a limit belongs to; NULL: none */
    enum rest_lane lane;
    const char *body; /* JSON, or NULL */
    size_t body_len;
    const struct doc_file
        *file;          /* goes as part files[0] of a multipart request, the body as payload_json; NULL: none */
    size_t answer_max;  /* 0: http's own */
    int64_t timeout_ms; /* 0: http's own */
};

enum rest_end {
    REST_OK,       /* 2xx */
    REST_DENIED,   /* another status: understood, and not done */
    REST_LIMITED,  /* by a limit, Discord's or ours: not done, again after retry_ms */
    REST_NOT_SENT, /* never reached Discord */
    REST_MAYBE,    /* sent; whether it was done is not known (no whole answer, 5xx, an answer that cannot be read) */
    REST_STOPPED   /* the token is refused, or we are closing: not done */
};

struct rest_answer {
    enum rest_end end;
    int status;              /* 0: none */
    int64_t code;            /* Discord's error code; 0: none */
    int64_t retry_ms;        /* REST_LIMITED */
    const struct json *json; /* holds during the call; NULL where there is none */
    struct err err;          /* all but REST_OK: fit for people, without secrets */
};
typedef void (*rest_fn)(void *arg, const struct rest_answer *a);

struct rest;
struct rest_options {
    struct loop *loop;
    struct http *http;
    const char *base; /* "https://discord.com/api/v10" */
    const char *token;
    const char *version; /* for User-Agent */
    void *arg;
    void (*refused)(void *arg);                /* 401: the token is no good; everything has stopped */
    void (*banned)(void *arg, int64_t for_ms); /* the proxy in front refuses this address */
    void (*invalid)(void *arg);                /* our own budget of invalid requests is used up */
};
struct rest *rest_new(const struct rest_options *o);
/* Every request not yet answered ends REST_STOPPED, within this call. */
void rest_free(struct rest *r);
/* Copies what it needs, the bytes of a file too. fn is called exactly once, never inside this call. */
void rest_send(struct rest *r, const struct rest_request *q, rest_fn fn, void *arg);
/* Is it the file that Discord does not take: too large (413), or no right to attach one? why: for people, in both languages. */
bool rest_refuses_file(const struct rest_answer *a, struct err *why);
bool rest_is_stopped(const struct rest *r);
void rest_stop(struct rest *r); /* for good: what waits, and all that follows, ends REST_STOPPED */

/* Discord error codes that decide something. */
enum {
    DISCORD_UNKNOWN_CHANNEL = 10003,
    DISCORD_UNKNOWN_GUILD = 10004,
    DISCORD_UNKNOWN_MESSAGE = 10008,
    DISCORD_UNKNOWN_WEBHOOK = 10015,
    DISCORD_UNKNOWN_INTERACTION = 10062,
    DISCORD_TOO_LARGE = 40005,
    DISCORD_ACKNOWLEDGED = 40060,
    DISCORD_MISSING_ACCESS = 50001,
    DISCORD_MISSING_PERMISSIONS = 50013,
    DISCORD_BAD_WEBHOOK_TOKEN = 50027,
};

#endif
