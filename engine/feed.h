/*
 * feed: the contract of a market data source. Pull feeds (replay, simulated) give the
 * next bar when asked and never look at a clock: the shell paces them. Push feeds
 * (venues) live on the loop: they connect, fill what is missing from the venue's history,
 * and hand over closed bars as they come, each instrument in order.
 */
#ifndef MIA_ENGINE_FEED_H
#define MIA_ENGINE_FEED_H

#include "engine/event.h"
#include "engine/config.h"

#define FEED_FILES_MAX 64
#define FEED_URL_MAX 256

struct feed_file {
    char symbol[SYMBOL_MAX];
    char path[1024];   /* already resolved against the configuration's folder */
    int32_t seconds;   /* 0: inferred from the file */
    char zone[48];     /* of times without an offset; "": UTC */
    uint16_t contract; /* of a future: all of the file is of it; 0: as its rows say, or not told */
};

/* What a venue needs to be told. Texts are borrowed from the configuration, which outlives the feed; "": not told. */
struct feed_venue {
    const char *rest_url;
    char stream_url[FEED_URL_MAX];
    const char *key, *secret; /* never in a log, a URL or an error */
    const char *source;       /* which of the venue's feeds: "iex" */
    int32_t seconds;          /* length of the bars */
    uint32_t history;         /* so many bars of each symbol are read where the engine knows none */
    int64_t grace_ms;         /* a bar closes so long after its end, for what comes late */
    bool extended;            /* bars outside the instrument's hours, too */
    bool quotes;              /* follow bid and ask: bars carry the spread */
};

struct feed_spec {
    struct feed_file files[FEED_FILES_MAX];
    uint32_t file_count;
    uint64_t seed;                      /* simulated */
    int32_t sim_seconds;                /* simulated: bar length */
    when_t sim_start;                   /* simulated: first bar */
    const struct engine_config *config; /* symbols: the instruments in use */
    struct feed_venue venue;            /* push feeds */
};

struct feed_bar {
    uint16_t instrument;
    struct bar bar;
};

struct feed_stats {
    uint64_t bars, bad_rows;
    char first_bad[LANG_COUNT][200];
    /* Push feeds. */
    uint32_t connects;           /* that came to data, the first one included */
    uint64_t messages, late;     /* late: corrections of bars that were closed already */
    uint64_t duplicates;         /* the same bar again */
    bool stopped;                /* the venue refuses us: nothing is tried until the next start */
    char words[LANG_COUNT][100]; /* what it does just now, for people; "": nothing to say */
};

struct loop;
struct http;
struct lws_hub;

/* What a push feed works with. Its callbacks never free the feed. */
struct feed_host {
    void *arg;
    struct loop *loop;
    struct http *http;
    struct lws_hub *lws;
    when_t (*now)(void *arg);                         /* the venue's time, as far as it is known */
    void (*offset)(void *arg, int64_t ms);            /* the venue's clock is so far ahead of ours */
    when_t (*last)(void *arg, uint16_t instrument);   /* close of the newest bar that the engine has; WHEN_NONE */
    void (*bar)(void *arg, const struct feed_bar *b); /* a closed one; what the engine has already is skipped there */
    void (*heard)(void *arg, uint16_t instrument);    /* something valid came for it */
    /* LIVE: all that is missing was handed over. LOST: no data come, `why` says it. Again and again is fine. */
    void (*state)(void *arg, enum feed_state s, const struct err *why);
    /* What a person must hear; told once an hour a key. urgent: somebody has to do something. over: it is well again. */
    void (*alarm)(void *arg, bool urgent, const char *key, const char *en, const char *fr);
    void (*over)(void *arg, const char *key, const char *en, const char *fr);
};

/* Ends a probe. said: what was found, in both languages; its code is ERR_NONE where all is well. */
typedef void (*feed_probe_fn)(void *arg, const struct err *said);

enum feed_cap { FEED_PULL = 1, FEED_PUSH = 2 };

struct feed {
    const char *name;
    const char *summary[LANG_COUNT];
    uint32_t caps;
    /* FEED_PULL */
    void *(*open)(const struct feed_spec *spec, struct err *e); /* NULL: refused, e says why */
    int (*next)(void *state, struct feed_bar *out,
                struct err *e); /* 1: a bar, in order of closing time; 0: the end; -1: error */
    /* FEED_PUSH. Spec and host are copied. NULL: refused, e says why. */
    void *(*connect)(const struct feed_spec *spec, const struct feed_host *host, struct err *e);
    /* Asks the venue once whether keys and data access are good, without taking the stream from a bot that runs. `done` comes
     * once, never inside the call. Only loop, http and arg of the host are used. */
    void (*probe)(const struct feed_spec *spec, const struct feed_host *host, feed_probe_fn done, void *arg);
    /* All. */
    void (*stats)(void *state, struct feed_stats *out);
    void (*close)(void *state);
};

extern const struct feed *const feed_table[]; /* NULL-terminated */
const struct feed *feed_find(const char *name);

#endif
