/* conf_private: what the files of config/ share about a loaded configuration. Not for others. */
#ifndef MIA_CONFIG_CONF_PRIVATE_H
#define MIA_CONFIG_CONF_PRIVATE_H

#include "config/conf.h"
#include "config/options.h"
#include "engine/base/map.h"

/* Rising precedence. */
enum origin {
    ORIGIN_DEFAULT,
    ORIGIN_FILE,
    ORIGIN_ENV_FILE,
    ORIGIN_CREDENTIAL,
    ORIGIN_ENV,
    ORIGIN_FLAG,
    ORIGIN_CHAT,
    ORIGIN_COUNT
};

struct entry {
    char *key; /* concrete: "feed.files[0].path" */
    const struct option *option;
    char *text;     /* paths resolved, secrets in clear */
    int64_t number; /* see option_parse; WHEN_NONE.ns for an unset time */
    enum origin origin;
    char *where; /* file, variable or flag */
    int line;
};

/* A map, list or list element that some source mentioned. */
struct mark {
    char *key;
    enum origin origin; /* of a list: the one source its elements come from */
    char *where;
    int line;
    size_t count; /* of a list: its elements */
};

/* What a person changed, over an entry. */
struct layer {
    struct conf_change change;
    struct entry entry;
    bool holds; /* the sources below are not tighter by a later edit */
};

struct conf {
    char *file;
    struct entry *entries;
    size_t entry_count;
    struct map *by_key; /* -> index of the entry plus one */
    struct mark *marks;
    size_t mark_count;
    struct map *mark_by_key;
    struct layer *layers; /* CONF_CHANGES_MAX; NULL: none yet */
    size_t layer_count;
};

const struct entry *conf_entry(const struct conf *c, const char *key); /* NULL: nothing given and not a scalar option */
const struct entry *conf_entry_below(const struct conf *c, const char *key); /* without changes in the chat */
const struct layer *conf_layer(const struct conf *c, const char *key);       /* NULL: nobody changed it */
void conf_layers_free(struct conf *c);
const struct mark *conf_mark(const struct conf *c, const char *key);
/* "feed.files[0].path" -> "feed.files[].path"; false: too long or a malformed index. */
bool conf_pattern(const char *key, char out[CONF_KEY_MAX]);

#endif
