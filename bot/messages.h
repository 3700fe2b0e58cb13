/*
 * messages: every message that is not a command's answer. An effect of the engine, or a
 * fact of the shell (a start, a stop, a fault), becomes up to MESSAGES_MAX messages, each
 * with its channel, its urgency and a doc in one language. Pure: nothing is sent here.
 *
 * A message with is_edit changes the one that was sent under the same key; all others
 * are new. The docs live in the arena that is given.
 */
#ifndef MIA_BOT_MESSAGES_H
#define MIA_BOT_MESSAGES_H

#include "bot/doc.h"
#include "engine/engine.h"

#define MESSAGES_MAX 4
#define MESSAGE_KEY_MAX 24
#define ACCOUNT_TEXT_MAX 32

struct message {
    enum channel channel;
    enum urgency urgency;
    bool critical; /* orders, stops, limits: keeps its own line in any backlog */
    bool is_edit;
    char key[MESSAGE_KEY_MAX]; /* "trade:17"; "": nothing will edit it */
    struct doc *doc;
};

struct message_ctx {
    enum lang lang;
    const struct zone *zone;            /* for times; NULL: UTC */
    const struct engine *engine;        /* symbols, decimals, currency, strategies, open trades; NULL: see below */
    const char *mode;                   /* "PAPER" "LIVE" "DEMO" */
    when_t now;                         /* wall time, of messages that no event causes; 0: not said */
    const struct engine_config *config; /* these two are the engine's where NULL: for reports without one, and tests */
    const struct engine_status *status;
};

/* The messages of one effect. Returns how many. */
uint32_t messages_for(const struct event *ev, const struct effect *f, const struct message_ctx *c, struct arena *a,
                      struct message out[MESSAGES_MAX]);

/* One row a kind of effect; kinds that say nothing have no builder. */
struct message_build;
struct message_kind {
    const char *name;     /* the golden files' */
    enum channel channel; /* by default */
    enum urgency urgency; /* by default */
    bool critical;
    void (*build)(struct message_build *b);
};
extern const struct message_kind message_table[EFFECT_KIND_COUNT];

/* ---- messages of the shell. Each returns how many it made. ---- */

/* What the start found (bot/found.h): one message in #admin, and one that rings where somebody should look. */
struct found;
uint32_t message_start(const struct message_ctx *c, struct arena *a, const struct found *f,
                       struct message out[MESSAGES_MAX]);
uint32_t message_stop(const struct message_ctx *c, struct arena *a, struct message out[MESSAGES_MAX]);

enum setting_event {
    SETTING_TIGHTER, /* a person tightened a setting: it holds at once */
    SETTING_LOOSER,  /* loosened it: from the next trading day on */
    SETTING_NEUTRAL, /* changed one where neither way is tighter */
    SETTING_DUE,     /* what waited holds now */
    SETTING_EVENT_COUNT
};
struct setting_news {
    enum setting_event event;
    const char *key, *by;           /* by: an actor; "": the file */
    const char *before[LANG_COUNT]; /* "2 % (2 000 $)" */
    const char *after[LANG_COUNT];
    const char *day[LANG_COUNT]; /* when the next trading day begins; "": not known */
    bool unset;                  /* back to what the other sources say */
    bool mentors;                /* they are told too, where they look */
};
uint32_t message_setting(const struct message_ctx *c, struct arena *a, const struct setting_news *n,
                         struct message out[MESSAGES_MAX]);

/* What the day, or the time since the start, was used for. */
uint32_t message_usage(const struct message_ctx *c, struct arena *a, uint32_t commands, uint32_t refused,
                       uint32_t strangers, struct message out[MESSAGES_MAX]);

/* A technical fault: key is one a kind ("discord.fatal", "feed.parse"), the texts say what, and what follows from it. */
uint32_t message_fault(const struct message_ctx *c, struct arena *a, const char *key, enum urgency u, const char *en,
                       const char *fr, struct message out[MESSAGES_MAX]);
uint32_t message_fault_over(const struct message_ctx *c, struct arena *a, const char *key, const char *en,
                            const char *fr, struct message out[MESSAGES_MAX]);

enum upkeep_kind {
    UPKEEP_DISK_LOW,   /* a, bytes free; b, bytes of the store */
    UPKEEP_OUTBOX,     /* a, messages waiting; b, age of the oldest in ms; text: the platform, or NULL */
    UPKEEP_STORE_GONE, /* text, text_fr: why */
    UPKEEP_STORE_BACK, /* a, milliseconds that it was gone */
    UPKEEP_COUNT
};
struct upkeep {
    enum upkeep_kind kind;
    int64_t a, b;
    const char *text, *text_fr;
};
uint32_t message_upkeep(const struct message_ctx *c, struct arena *a, const struct upkeep *f,
                        struct message out[MESSAGES_MAX]);

/* ---- small texts ---- */

/* The mark of a message that an earlier attempt may have delivered: "🔁 possible repeat of E7F3". */
const char *message_repeat_mark(struct arena *a, enum lang lang, const char *event_id);
/* "DU1234567" -> "••••4567"; five characters or fewer show nothing. */
char *account_mask(char out[ACCOUNT_TEXT_MAX], const char *account);
/* A venue's words with every long number masked the same way. */
const char *accounts_masked(struct arena *a, const char *text);
/* Why a signal was not taken, in a few words: "Confiance insuffisante". */
const char *refusal_text(struct arena *a, enum lang lang, enum refusal r);
const char *close_reason_text(enum lang lang, enum close_reason r);

#endif
