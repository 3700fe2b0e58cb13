/*
 * live: owns a push feed, as pace owns a pull feed. Bars become events of the desk, what was
 * committed before is skipped, and the feed's states become the engine's. Market time is the
 * wall clock, moved by what the venue's clock is ahead, once the feed is live. A symbol whose
 * market is open and of which nothing is heard is stale. It never judges prices: the feed does.
 */
#ifndef MIA_BOT_LIVE_H
#define MIA_BOT_LIVE_H

#include "bot/command.h"
#include "bot/desk.h"
#include "engine/feed.h"

struct http;
struct lws_hub;
struct live;
struct live_options {
    struct loop *loop;
    struct desk *desk;
    struct http *http;
    struct lws_hub *lws;
    const struct feed *feed;
    const struct feed_spec *spec;
    int64_t stale_ms; /* of silence while a symbol's market is open; 0: never */
    /* What a person must hear, once an hour a key; `over` only after it. */
    void (*alarm)(void *arg, bool urgent, const char *key, const char *en, const char *fr);
    void (*over)(void *arg, const char *key, const char *en, const char *fr);
    void *arg;
};
struct live *live_new(const struct live_options *o);
int live_start(struct live *l, struct err *e); /* connects; -1: the feed refuses, e says why */
void live_stop(struct live *l);                /* no bar comes any more */
void live_free(struct live *l);
void live_stats(const struct live *l, struct feed_stats *out);
uint64_t live_skipped(const struct live *l);
/* The feed's own row, then one for each of the symbols heard least lately; returns how many were added. */
uint32_t live_health(const struct live *l, struct health_item *out, uint32_t max);

#endif
