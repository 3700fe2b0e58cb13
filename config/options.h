/*
 * options: the one table of settings. What is not in it does not exist; the loader,
 * `config show`, `config keys`, docs/CONFIG.md and the example all come from it.
 * A key with "[]" describes the elements of a list, one ending in ".*" a free map.
 */
#ifndef MIA_CONFIG_OPTIONS_H
#define MIA_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

enum option_type {
    OPTION_BOOL,   /* true, false */
    OPTION_INT,    /* whole number */
    OPTION_RATIO,  /* 0.02 or 2%, held in parts per million */
    OPTION_NUMBER, /* up to 6 decimals, held in parts per million */
    OPTION_CASH,
    OPTION_QTY,
    OPTION_PRICE,
    OPTION_TEXT,      /* min..max: its length */
    OPTION_CHOICE,    /* one of choices; held as its index */
    OPTION_PATH,      /* relative to the file that names it */
    OPTION_TIMEFRAME, /* M1 M5 H1 D1 or 90s; held in seconds */
    OPTION_WHEN,      /* ISO 8601, UTC where no offset is given; held in nanoseconds */
    OPTION_ZONE,      /* Europe/Paris */
    OPTION_CLOCK,     /* 17:00, held in minutes after midnight */
    OPTION_SYMBOL,
    OPTION_ID,       /* decimal digits, a sign allowed where min < 0 */
    OPTION_PERSON,   /* discord:ID or telegram:ID */
    OPTION_MENTION,  /* a person's ID, or role:ID */
    OPTION_URL,      /* https, or http on this machine */
    OPTION_DATABASE, /* postgresql://user@host:port/name; a password in it is a secret */
    OPTION_LISTEN,   /* loopback address:port, "" for off */
    OPTION_SPEED,    /* 1, N or max (held as 0) */
    OPTION_PARAM,    /* a number or true/false, kept as text */
    OPTION_TYPE_COUNT
};

enum option_flag {
    OPTION_SECRET = 1,       /* never in the YAML file, never printed */
    OPTION_REQUIRED = 2,     /* in every element of its list */
    OPTION_ZERO_IS_NONE = 4, /* 0 is no limit at all: the loosest value */
    OPTION_STORE = 8,        /* needed by whoever opens the state: also where secrets are left out */
};

/* May it change while the bot runs, and which way is the tighter one? Every row says so. */
enum option_tighter {
    TIGHTER_UNDECLARED, /* a row that forgot */
    TIGHTER_RESTART,    /* changes with a restart only */
    TIGHTER_NEUTRAL,    /* changes while running; neither way adds risk */
    TIGHTER_LOWER,      /* changes while running; a lower value is tighter */
    TIGHTER_HIGHER,     /* and here a higher one (true is higher than false) */
    TIGHTER_COUNT
};

#define OPTION_CHOICES_MAX 10
#define SECRET_BYTES_MIN 6     /* shorter ones cannot be kept out of the log */
#define OPTION_SYMBOL_BYTES 15 /* longest symbol */

struct option {
    const char *key;
    enum option_type type;
    enum option_tighter tighter;
    const char *value; /* the default, as text; "" or NULL is unset */
    int64_t min, max;  /* in the unit the value is held in; both 0: the type's own */
    const char *env;   /* variable that overrides it; NULL: none */
    unsigned flags;
    const char *choices[OPTION_CHOICES_MAX]; /* until NULL */
    const char *text[LANG_COUNT];
};

extern const struct option option_table[]; /* until key is NULL; the rows of a section stand together */

const char *option_type_text(enum option_type type, enum lang lang);
void option_range(const struct option *o, int64_t *min, int64_t *max); /* the type's own where the row has none */
/* A held number as the user would write it. */
void option_number_text(const struct option *o, int64_t number, struct buf *out);

/* The row of a pattern ("feed.files[].path"; a name in a free map counts as "*"); NULL: none. */
const struct option *option_find(const char *pattern);
/* Does any key lie below that pattern: as a map ("feed", "feed.files[]") or as a list ("feed.files")? */
bool option_is_map(const char *pattern);
bool option_is_list(const char *pattern);
/* The row of an environment variable; NULL: none. */
const struct option *option_of_env(const char *name);

/* What the whole text means for that option; texts leave *number alone. -1: e says what is wrong with it, and never
 * repeats a secret. */
int option_parse(const struct option *o, const char *text, int64_t *number, struct err *e);

bool option_is_changeable(const struct option *o);
/* What a change from one held value to another does. */
enum option_way { WAY_NONE, WAY_TIGHTER, WAY_LOOSER, WAY_NEUTRAL };
enum option_way option_way(const struct option *o, int64_t from, int64_t to);

/* Is it a key that the source documents name and this version does not read? An honest refusal instead of "unknown". */
bool option_is_later(const char *pattern);

/* Where the password in a database's address lies; 0: it has none. */
size_t option_database_password(const char *url, size_t *at);

/* The nearest known name to an unknown key, on its own level or, where the last word is known elsewhere, there.
 * Writes "" where nothing is near. */
void option_suggest(const char *pattern, char *out, size_t size);
const char *option_suggest_env(const char *name); /* NULL: nothing near */

#endif
