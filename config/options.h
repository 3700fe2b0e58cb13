/*
 * options: the one table of settings. What is not in it does not exist; the loader,
 * `config show`, `config keys`, docs/CONFIG.md and the example all come from it.
 * A key with "[]" describes the elements of a list, one ending in ".*" a free map.
 */
#ifndef MIA_CONFIG_OPTIONS_H
#define MIA_CONFIG_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "engine/base/lang.h"

enum option_type {
    OPTION_BOOL,      /* true, false */
    OPTION_INT,       /* whole number */
    OPTION_RATIO,     /* 0.02 or 2%, held in parts per million */
    OPTION_NUMBER,    /* up to 6 decimals, held in parts per million */
    OPTION_CASH,
    OPTION_QTY,
    OPTION_PRICE,
    OPTION_TEXT,      /* min..max: its length */
    OPTION_CHOICE,    /* one of choices */
    OPTION_PATH,      /* relative to the file that names it */
    OPTION_TIMEFRAME, /* M1 M5 H1 D1 or 90s; min..max: seconds */
    OPTION_WHEN,      /* ISO 8601, UTC where no offset is given */
    OPTION_ZONE,      /* Europe/Paris */
    OPTION_SYMBOL,
    OPTION_ID,        /* decimal digits, a sign allowed where min < 0 */
    OPTION_PERSON,    /* discord:ID or telegram:ID */
    OPTION_URL,       /* https, or http on this machine; no slash at the end */
    OPTION_LISTEN,    /* loopback address:port, "" for off */
    OPTION_SPEED,     /* 1, N or max (held as 0) */
    OPTION_PARAM,     /* a number or true/false, kept as text */
    OPTION_TYPE_COUNT
};

enum option_flag {
    OPTION_SECRET = 1,   /* never in the YAML file, never printed */
    OPTION_REQUIRED = 2, /* within a list element */
    OPTION_RELOAD = 4,   /* takes effect without a restart */
};

#define OPTION_CHOICES_MAX 10

struct option {
    const char *key;
    enum option_type type;
    const char *value;    /* the default, as text; "" is unset */
    int64_t min, max;     /* in the unit the value is held in; both 0: the type's own */
    const char *env;      /* variable that overrides it; NULL: none */
    unsigned flags;
    const char *choices[OPTION_CHOICES_MAX]; /* until NULL */
    const char *text[LANG_COUNT];
};

extern const struct option option_table[]; /* until key is NULL; sorted by section */
const char *option_type_text(enum option_type type, enum lang lang);

/* The row of a pattern ("feed.files[].path"); NULL: none. */
const struct option *option_find(const char *pattern);

/* What the whole text means for that option. -1: *why_en/fr (static or within e) say what is wrong. */
struct err;
int option_parse(const struct option *o, const char *text, int64_t *number, struct err *e);

/* Keys that the source documents name and this version does not read: an honest refusal instead of "unknown". */
const char *option_later(const char *pattern); /* the known prefix, or NULL */

#endif
