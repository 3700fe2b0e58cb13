/*
 * command: the contract of one word of the vocabulary. commands/x.c ends in a
 * `const struct command`, commands/table.c lists them alphabetically; that table is
 * the only source for registration, help, autocomplete, roles, audit and the docs.
 *
 * exec runs on the loop's thread inside the transaction of its request: what it asks
 * of the engine (command_apply) and its answer are committed together, then sent.
 */
#ifndef MIA_BOT_COMMAND_H
#define MIA_BOT_COMMAND_H

#include "bot/doc.h"
#include "engine/engine.h"
#include "engine/store.h"

#define COMMAND_ARGS_MAX 4
#define COMMAND_CHOICES_MAX 25
#define COMMAND_OFFER_MAX 64
#define COMMAND_AGE_MAX_S 120 /* older money commands are answered, not executed */

enum role { ROLE_NOBODY, ROLE_MENTOR, ROLE_OPERATOR, ROLE_OWNER, USER_ROLE_COUNT };
const char *role_name(enum role r, enum lang lang);
const char *role_key(enum role r); /* "nobody" "mentor" "operator" "owner" */

enum arg_kind {
    ARG_WORD,    /* one of `choices`, or any word where there are none */
    ARG_TEXT,    /* the rest of the line */
    ARG_INT,     /* min..max */
    ARG_PERCENT, /* 1..100, "50" or "50%" */
    ARG_TARGET,  /* a trade's number ("17", "#17"), a symbol in use, or "all" / "tout" */
    ARG_SYMBOL,
    ARG_WHEN,    /* a day (from its beginning, UTC) or an instant: "2025-06-30", "2025-06-30T14:00Z" */
    ARG_COMMAND, /* a command's name */
    ARG_TRADE,   /* a trade's number: "17", "#17" */
    ARG_ORDER,   /* an order's number, that of the trade it is to open ("#17"), a symbol in use, or "all" / "tout" */
    ARG_LEVEL    /* the rest of the line: where a stop is wanted; "2410.5", "50 ticks", "1%", "-12$" */
};
struct arg_spec {
    const char *name[LANG_COUNT];    /* Discord option name, [a-z0-9_-]; en and fr */
    const char *summary[LANG_COUNT]; /* 1..100 characters */
    enum arg_kind kind;
    bool required;
    int64_t min, max;
    const char *const *choices; /* NULL-terminated, or NULL */
};
struct arg { /* filled by args.c, already valid */
    bool given;
    const char *text;        /* WORD, TEXT, SYMBOL, COMMAND */
    int64_t number;          /* INT, PERCENT; TARGET, TRADE, ORDER: a trade's number, or 0 */
    uint64_t order;          /* ORDER: an order's number, or 0 */
    int32_t instrument;      /* TARGET, ORDER, SYMBOL: index, or -1 */
    bool all;                /* TARGET, ORDER */
    struct stop_level level; /* LEVEL */
    when_t when;             /* WHEN */
};

enum command_flag {
    COMMAND_READONLY = 1,  /* changes nothing */
    COMMAND_MONEY = 2,     /* adds or moves risk or positions: age limit, rate limit */
    COMMAND_CONFIRM = 4,   /* asks once, with preview(), before exec */
    COMMAND_ALWAYS = 8,    /* works in every state and at any age (pause) */
    COMMAND_PRIVATE = 16,  /* the answer is only for the asker */
    COMMAND_SOMETIMES = 32 /* with CONFIRM: preview() may answer EXEC_UNASKED */
};

enum exec_result {
    EXEC_DONE,   /* ctx->doc is the answer */
    EXEC_WAIT,   /* command_finish will be called later, once */
    EXEC_FAILED, /* ctx->err is the answer */
    EXEC_UNASKED /* preview() only: nothing here adds risk, so nobody need be asked; exec follows at once */
};

struct health_item {
    char name[32];
    char state[8] /* ok warn down off */;
    char text[LANG_COUNT][160];
};
#define HEALTH_ITEMS_MAX 24

struct command;
struct command_ctx {
    struct arena *arena; /* lives until the answer is rendered */
    enum lang lang;
    const struct zone *zone; /* for times */
    const struct command *command;
    struct arg args[COMMAND_ARGS_MAX];
    char actor[ACTOR_MAX]; /* "discord:3000" */
    char actor_name[64];
    enum role role;
    bool local;                            /* asked on the local page or the terminal */
    when_t now;                            /* wall */
    int64_t age_s;                         /* of the request when it came in */
    const struct engine *engine;           /* the facade; change it only through command_apply */
    struct store *store;                   /* history */
    const struct command *const *commands; /* the table, for help */
    const char *mode;                      /* "PAPER" "LIVE" "DEMO" */
    const char *version;
    when_t started;  /* wall */
    struct doc *doc; /* out: the answer */
    struct err err;  /* out: EXEC_FAILED */
    char
        offer[COMMAND_OFFER_MAX]; /* out: a command that the answer offers behind one confirmation ("/sos"); "": none */
    void *host;                   /* of the functions below */
};

/* Applies an operator's decision inside the request's transaction; actor is filled in. -1: refused, nothing changed. */
int command_apply(struct command_ctx *c, struct operator_command *op, struct err *e);
/* After EXEC_WAIT: gives the answer (c->doc or, where it is NULL, c->err). */
void command_finish(struct command_ctx *c);
/* Effective configuration as text lines (`/config show [prefix]`), secrets masked. */
void command_config_text(struct command_ctx *c, const char *prefix, struct buf *out);
uint32_t command_health(struct command_ctx *c, struct health_item out[HEALTH_ITEMS_MAX]);

/* When a trading day begins. */
when_t command_day_begins(struct command_ctx *c, int32_t day);

/* What a change of a setting would do. Texts are in the asker's language and live in the arena. */
struct setting_plan {
    const char *key, *meaning;
    const char *holds; /* now: "2 %" */
    const char *next;  /* from the next trading day on, before this change; the same where nothing waits */
    const char *value; /* asked for */
    const char *below; /* what the other sources say */
    const char *holds_money, *value_money; /* "2 000 $"; "": says nothing of money */
    const char *day;                       /* when the next trading day begins at the earliest; "": not known */
    const char *other;                     /* a tighter limit on the same thing that goes on binding; NULL */
    bool unset, same;
    bool waits;     /* looser than what holds: from the next trading day on */
    bool asks;      /* looser than what was on its way: needs a confirmation */
    bool neutral;   /* neither way is tighter */
    uint64_t state; /* digest, for a confirmation */
};
/* value NULL: unset. -1: e says why not. plan looks; change plans again and does it. */
int command_setting_plan(struct command_ctx *c, const char *key, const char *value, struct setting_plan *out,
                         struct err *e);
int command_setting_change(struct command_ctx *c, const char *key, const char *value, struct setting_plan *out,
                           struct err *e);

/* ---- what may be large, and comes later. After EXEC_WAIT: done is called once, and calls command_finish. ---- */
struct command_bytes {
    const void *bytes; /* hold until the answer is given: a doc's file may be made of them */
    size_t n;
    uint64_t rows;  /* or lines */
    uint64_t whole; /* bytes before they were packed */
    bool is_packed; /* gzip */
};
typedef void (*command_bytes_fn)(struct command_ctx *c, const struct command_bytes *b /* NULL: failed says why */,
                                 const struct err *failed);
struct export_wish {
    const char *what; /* "trades" "signals" "audit" */
    bool json;
    when_t from, to; /* WHEN_NONE: open; to is exclusive */
};
/* The same bytes as `mia export` with these arguments; ERR_FULL where even packed they are more than DOC_FILE_MAX. -1: e. */
int command_export(struct command_ctx *c, const struct export_wish *w, command_bytes_fn done, struct err *e);
/* The last lines of the log that are at least as important as `level`, redacted. */
int command_log(struct command_ctx *c, const char *level, uint32_t lines, command_bytes_fn done, struct err *e);

struct choice {
    char value[64];
    char label[100];
};
/* Keys for an action of /config, or where a key is given, its values. */
uint32_t command_setting_complete(struct command_ctx *c, const char *action, const char *key, const char *typed,
                                  struct choice out[COMMAND_CHOICES_MAX]);

/* What a command is for, where that depends on what is asked of it. */
struct command_access {
    enum role role; /* the least that may */
    uint32_t flags;
};

struct command {
    const char *name;    /* [a-z-]{1,32}, the same in both languages */
    const char *name_fr; /* Discord's French name where one helps ("aide"); NULL: the same. Accepted everywhere. */
    const char *summary[LANG_COUNT]; /* 1..100 characters */
    const char *help[LANG_COUNT];    /* a few lines, with an example; NULL: the summary is enough */
    struct arg_spec args[COMMAND_ARGS_MAX];
    uint32_t arg_count;
    enum role role; /* the least that may use it */
    uint32_t flags;
    /* "/config show" looks, "/config set" touches: what holds for these arguments. NULL: role and flags as they stand.
     * Where it is there, those are the mildest role, and the flags that any use may have. */
    struct command_access (*access)(const struct arg args[COMMAND_ARGS_MAX]);
    enum exec_result (*exec)(struct command_ctx *c);
    /* COMMAND_CONFIRM: fills c->doc with what would happen (buttons are added by the wrapper) and *state with a digest of what
     * was looked at. EXEC_FAILED: c->err says why there is nothing to confirm. COMMAND_SOMETIMES: EXEC_UNASKED where what
     * was asked for adds no risk; it is then done at once. */
    enum exec_result (*preview)(struct command_ctx *c, uint64_t *state);
    /* Suggestions for argument `arg` that begins with `typed`; NULL: from the kind. The others' words, as far as they are
     * typed, are in c->args[].text. */
    uint32_t (*complete)(struct command_ctx *c, uint32_t arg, const char *typed,
                         struct choice out[COMMAND_CHOICES_MAX]);
};

extern const struct command *const command_table[];   /* alphabetical, NULL-terminated */
const struct command *command_find(const char *name); /* English or French name; NULL: unknown */

#endif
