/*
 * conf: the settings of one start. Loaded once from flags, environment, systemd
 * credentials, `.env` and the YAML file (in that order of precedence), checked as a
 * whole against the one option table, then immutable but for what people change in the
 * chat. Either everything is right or every error is listed and nothing is applied.
 *
 * Keys are dotted: "broker.balance". List elements carry their index, so the getters
 * take printf-like keys: conf_str(c, "strategies[%u].symbols[%u]", i, j). A key that
 * is not in the table, or is asked for as another type, ends the process: that is a
 * mistake of the program, not of the user.
 */
#ifndef MIA_CONFIG_CONF_H
#define MIA_CONFIG_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/money.h"
#include "engine/base/when.h"

#define CONF_FILE_MAX (1u << 20) /* bytes of the YAML file */
#define CONF_DEPTH_MAX 12        /* nested lists and maps */
#define CONF_ENTRIES_MAX 4096    /* settings given in all sources */
#define CONF_KEY_MAX 128
#define CONF_VALUE_MAX 2048
#define CONF_ERRORS_MAX 64 /* kept; the rest is counted */
#define CONF_PATH_MAX 1024

/* ---- errors: all of them, each with its place ---- */

struct conf_error {
    char file[CONF_PATH_MAX]; /* "": not in a file (a flag, the environment) */
    int line;                 /* 0: not in a line */
    bool warning;             /* said, and no reason to refuse */
    struct err err;
};
struct conf_errors {
    struct conf_error *item;
    size_t n, more; /* more: found and not kept */
};
void conf_errors_add(struct conf_errors *errs, const char *file, int line, const char *en, const char *fr, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
/* The same where the two texts are no formats. */
void conf_errors_say(struct conf_errors *errs, const char *file, int line, const char *en, const char *fr);
void conf_errors_warn(struct conf_errors *errs, const char *file, int line, const char *en, const char *fr);
bool conf_errors_fatal(const struct conf_errors *errs); /* anything but warnings */
/* One line each, "mia.yaml:12: text". */
void conf_errors_text(const struct conf_errors *errs, enum lang lang, struct buf *out);
void conf_errors_clear(struct conf_errors *errs);

/* ---- loading ---- */

struct conf_flag {
    const char *key;   /* "mode", or with an index "feed.files[0].path" */
    const char *value; /* lists of texts: separated by commas */
    const char *flag;  /* what the user typed, for `config show`: "--mode" */
};

struct conf_source {
    const char *path;         /* the YAML file; NULL: none (demo). Paths in it are relative to its folder */
    const char *env_path;     /* NULL: `.env` in the file's folder (path NULL: none); "": none */
    char *const *environment; /* NULL: none; usually `environ` */
    const struct conf_flag *flags;
    size_t flag_count;
    bool no_secrets;  /* leave every secret unset (demo) */
    const char *base; /* folder that relative paths of flags and environment start from; NULL: the working folder */
};

struct conf;
/* NULL where there is any error; *errs (all zero before) then holds them all. On success *errs may hold warnings
 * (an `.env` that others can read): print them, then conf_errors_clear in both cases. Secrets are told to log_secret(). */
struct conf *conf_load(const struct conf_source *src, struct conf_errors *errs);
void conf_free(struct conf *c);

/* ---- reading; texts hold as long as the conf ---- */

#define CONF_KEYED __attribute__((format(printf, 2, 3)))
bool conf_given(const struct conf *c, const char *key, ...) CONF_KEYED; /* set somewhere: not the default */
bool conf_bool(const struct conf *c, const char *key, ...) CONF_KEYED;
int64_t conf_int(const struct conf *c, const char *key,
                 ...) CONF_KEYED; /* whole numbers, choices (index), times of day (minutes) */
int64_t conf_ppm(const struct conf *c, const char *key, ...) CONF_KEYED; /* ratios and numbers, parts per million */
cash_t conf_cash(const struct conf *c, const char *key, ...) CONF_KEYED;
qty_t conf_qty(const struct conf *c, const char *key, ...) CONF_KEYED;
price_t conf_price(const struct conf *c, const char *key, ...) CONF_KEYED;
int32_t conf_seconds(const struct conf *c, const char *key, ...) CONF_KEYED; /* time frames; 0: unset */
when_t conf_when(const struct conf *c, const char *key, ...) CONF_KEYED;     /* WHEN_NONE: unset */
uint64_t conf_u64(const struct conf *c, const char *key, ...) CONF_KEYED;    /* ids without a sign; 0: unset */
/* The text of any option, never NULL: "" where unset. Paths come resolved. Secrets in clear: never print them. */
const char *conf_str(const struct conf *c, const char *key, ...) CONF_KEYED;
size_t conf_count(const struct conf *c, const char *key, ...) CONF_KEYED; /* elements of a list: "strategies" */

/* Free maps ("strategies[0].params"): *it starts at 0; false: no more. */
bool conf_map_next(const struct conf *c, const char *key, size_t *it, const char **name, const char **value);

/* Every setting that is no secret, given or by default; *it starts at 0; false: no more. */
struct conf_setting {
    const char *key, *text;
    bool given; /* set somewhere: not the default */
};
bool conf_next(const struct conf *c, size_t *it, struct conf_setting *out);

/* Adds an error about a setting, at the file and line that set it: for checks that need more than the table knows.
 * The formats get the concrete key in front: "broker.balance: " is put there for you. */
void conf_error_at(const struct conf *c, struct conf_errors *errs, const char *key, const char *en, const char *fr, ...)
    __attribute__((format(printf, 4, 6), format(printf, 5, 6)));
void conf_error_err(const struct conf *c, struct conf_errors *errs, const char *key, const struct err *e);

/* ---- changes while running ---- */

/*
 * What a person changed in the chat lies over every other source and holds until it is unset; its owner (bot/settings)
 * stores it. Where the sources below were changed since then, and are now tighter than the change (of a setting that has
 * no tighter side: are now just different), that later edit wins while it lasts.
 */
#define CONF_CHANGES_MAX 64 /* as many as there are settings that can change */
#define CONF_CHANGE_TEXT_MAX 48
#define CONF_CHANGE_BY_MAX 48

struct conf_change {
    char key[CONF_KEY_MAX];
    char text[CONF_CHANGE_TEXT_MAX];
    char base[CONF_CHANGE_TEXT_MAX]; /* what the other sources said when it was made */
    char by[CONF_CHANGE_BY_MAX];     /* "discord:3000…" */
    when_t at;                       /* wall time */
};

/* The whole key that is meant: "max_positions" does where only one ends so. -1: e says why it cannot be changed here: unknown,
 * ambiguous, a secret, or with a restart only (then with file and line). */
int conf_change_key(const struct conf *c, const char *typed, char out[CONF_KEY_MAX], struct err *e);
/* Cuts what follows the name of a secret ("key=discord.token value=…"): somebody may have typed one in a chat. */
void conf_hide_secrets(char *text);
/* Fills *ch but for by and at: text is checked as the file's value would be. key: a whole one. */
int conf_change_make(const struct conf *c, const char *key, const char *text, struct conf_change *ch, struct err *e);
/* Puts it in force, or in the place of an earlier one. -1: it is not a possible change (any more). */
int conf_change_put(struct conf *c, const struct conf_change *ch, struct err *e);
void conf_change_drop(struct conf *c, const char *key);
size_t conf_change_count(const struct conf *c);
const struct conf_change *conf_change_at(const struct conf *c, size_t i);
const struct conf_change *conf_change_of(const struct conf *c, const char *key, bool *holds); /* NULL: none */

struct option;
struct conf_value {
    const struct option *option;
    const char *text;
    int64_t number;
};
/* A scalar setting as it holds, and as it would be without changes in the chat. */
struct conf_value conf_value(const struct conf *c, const char *key);
struct conf_value conf_value_below(const struct conf *c, const char *key);

/* ---- listings ---- */

/* What the running bot knows of a setting beyond its value: which limit binds, what waits. Goes behind its origin. */
struct conf_notes {
    const struct zone *zone; /* for times; NULL: UTC */
    void (*say)(void *arg, const char *key, enum lang lang, struct buf *out);
    void *arg;
};

/* One line a setting: key, value and where it comes from; secrets masked; the tightest of overlapping limits is named. */
void conf_show(const struct conf *c, enum lang lang, struct buf *out);
/* Keys that start so. notes: NULL where there is no running bot. */
void conf_show_prefix(const struct conf *c, const char *prefix, enum lang lang, const struct conf_notes *notes,
                      struct buf *out);
void conf_keys(enum lang lang, struct buf *out); /* every key: type, default, range, meaning */
void conf_markdown(struct buf *out);             /* docs/CONFIG.md */
void conf_example(struct buf *out);              /* config/mia.example.yaml */

#endif
