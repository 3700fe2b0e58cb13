/*
 * feed: the contract of a market data source. Pull feeds (replay, simulated) give the
 * next bar when asked and never look at a clock: the shell paces them. Push feeds
 * (venues) call back on the loop.
 */
#ifndef MIA_ENGINE_FEED_H
#define MIA_ENGINE_FEED_H

#include "engine/event.h"
#include "engine/config.h"

#define FEED_FILES_MAX 64

struct feed_file {
    char symbol[SYMBOL_MAX];
    char path[1024]; /* already resolved against the configuration's folder */
    int32_t seconds; /* 0: inferred from the file */
    char zone[48];   /* of times without an offset; "": UTC */
};

struct feed_spec {
    struct feed_file files[FEED_FILES_MAX];
    uint32_t file_count;
    uint64_t seed;                      /* simulated */
    int32_t sim_seconds;                /* simulated: bar length */
    when_t sim_start;                   /* simulated: first bar */
    const struct engine_config *config; /* symbols: the instruments in use */
};

struct feed_bar {
    uint16_t instrument;
    struct bar bar;
};

struct feed_stats {
    uint64_t bars, bad_rows;
    char first_bad[LANG_COUNT][200];
};

enum feed_cap { FEED_PULL = 1, FEED_PUSH = 2 };

struct feed {
    const char *name;
    const char *summary[LANG_COUNT];
    uint32_t caps;
    void *(*open)(const struct feed_spec *spec, struct err *e); /* NULL: refused, e says why */
    int (*next)(void *state, struct feed_bar *out,
                struct err *e); /* 1: a bar, in order of closing time; 0: the end; -1: error */
    void (*stats)(void *state, struct feed_stats *out);
    void (*close)(void *state);
};

extern const struct feed *const feed_table[]; /* NULL-terminated */
const struct feed *feed_find(const char *name);

#endif
