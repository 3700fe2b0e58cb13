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
#include "engine/effect.h"

#define MESSAGES_MAX 4
#define MESSAGE_KEY_MAX 24
#define ACCOUNT_TEXT_MAX 32

struct message {
    enum channel channel;
    enum urgency urgency;
    bool critical;             /* orders, stops, limits: keeps its own line in any backlog */
    bool is_edit;
    char key[MESSAGE_KEY_MAX]; /* "trade:17"; "": nothing will edit it */
    struct doc *doc;
};

struct message_ctx {
    enum lang lang;
    const struct zone *zone;             /* for times; NULL: UTC */
    const struct engine_config *config;  /* engine_config(engine): symbols, decimals, currency, strategies */
    const char *mode;                    /* "PAPER" "LIVE" "DEMO" */
    when_t now;                          /* wall time: of messages that no event causes */
};

/* The messages of one effect. Returns how many. */
uint32_t messages_for(const struct event *ev, const struct effect *f, const struct message_ctx *c, struct arena *a,
                      struct message out[MESSAGES_MAX]);

/* One row a kind of effect; kinds that say nothing have no builder. */
struct message_build;
struct message_kind {
    const char *name;        /* the golden files' */
    enum channel channel;    /* by default */
    enum urgency urgency;    /* by default */
    bool critical;
    void (*build)(struct message_build *b);
};
extern const struct message_kind message_table[EFFECT_KIND_COUNT];

/* ---- messages of the shell. Each returns how many it made. ---- */

struct start_facts {
    const char *version;
    bool paused;               /* still paused from before */
    const char *paused_by;     /* who asked for it */
    when_t paused_at;
    bool unreadable;           /* the stored state could not be read: paused for that */
    uint32_t open_trades, live_orders, unknown_orders;
    uint64_t events;           /* replayed to get here */
    int64_t down_ms;           /* since the last sign of life; 0: unknown or first start */
};
uint32_t message_start(const struct message_ctx *c, const struct start_facts *f, struct arena *a, struct message out[MESSAGES_MAX]);

enum stop_cause { STOP_ASKED, STOP_RESTART, STOP_FAULT, STOP_CAUSE_COUNT };
struct stop_facts { enum stop_cause cause; const char *detail; /* of a fault, or NULL */ uint32_t open_trades; int64_t up_ms; };
uint32_t message_stop(const struct message_ctx *c, const struct stop_facts *f, struct arena *a, struct message out[MESSAGES_MAX]);

/* One line a changed option: "execution.risk.max_daily_trades: 10 → 8". Secrets are masked by the caller. */
struct change_facts { const char *const *lines; uint32_t n; const char *by; /* an actor, or NULL: read at a start */ };
uint32_t message_changed(const struct message_ctx *c, const struct change_facts *f, struct arena *a, struct message out[MESSAGES_MAX]);

/* The usage of a day or of the time since the start. */
struct usage_facts { int32_t day; uint32_t commands, refused, strangers, duplicates; uint32_t messages; int64_t up_ms; };
uint32_t message_usage(const struct message_ctx *c, const struct usage_facts *f, struct arena *a, struct message out[MESSAGES_MAX]);

/* A technical fault: key is one a kind ("discord.fatal", "feed.parse"), the texts say what and what follows from it.
 * over: it has passed; said to the same people. */
struct fault_facts { const char *key; enum urgency urgency; const char *text[LANG_COUNT]; bool over; };
uint32_t message_fault(const struct message_ctx *c, const struct fault_facts *f, struct arena *a, struct message out[MESSAGES_MAX]);

enum maintenance {
    MAINTENANCE_DISK_LOW,   /* a, bytes free; b, bytes of the store */
    MAINTENANCE_DISK_FULL,  /* a, bytes free: no entries from here on */
    MAINTENANCE_RETENTION,  /* a, days kept; b, bytes of the store now */
    MAINTENANCE_BACKUP,     /* a, bytes of the copy */
    MAINTENANCE_BACKUP_OLD, /* a, days since the last one */
    MAINTENANCE_CLOCK,      /* a, milliseconds that the machine's clock is off */
    MAINTENANCE_SLOW_DISK,  /* a, milliseconds of the slowest commit */
    MAINTENANCE_OUTBOX,     /* a, messages waiting; b, age of the oldest in ms */
    MAINTENANCE_UPDATE,     /* text: the version that is there */
    MAINTENANCE_COUNT
};
const char *maintenance_name(enum maintenance m);
struct maintenance_facts { enum maintenance kind; int64_t a, b; const char *text; };
uint32_t message_maintenance(const struct message_ctx *c, const struct maintenance_facts *f, struct arena *a,
                             struct message out[MESSAGES_MAX]);

/* ---- small texts ---- */

/* The mark of a message that an earlier attempt may have delivered: "🔁 possible repeat of E7F3". */
const char *message_repeat_mark(struct arena *a, enum lang lang, const char *event_id);
/* "DU1234567" -> "••••4567"; five characters or fewer show nothing. */
char *account_mask(char out[ACCOUNT_TEXT_MAX], const char *account);
/* A venue's words with every long number masked the same way. */
const char *accounts_masked(struct arena *a, const char *text);
/* Why a signal was not taken, in a few words: "Confiance insuffisante". */
const char *refusal_text(enum lang lang, enum refusal r);
const char *close_reason_text(enum lang lang, enum close_reason r);

#endif
