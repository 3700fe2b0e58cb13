/*
 * alpaca_stream: the one websocket to Alpaca's market data: sign in, subscribe, notice
 * silence, come back with patience, stop where only a person can help. Hands frames' data
 * over as they are. Private to the files of the Alpaca feed.
 */
#ifndef MIA_ENGINE_FEEDS_ALPACA_STREAM_H
#define MIA_ENGINE_FEEDS_ALPACA_STREAM_H

#include "engine/feed.h"
#include "engine/feeds/alpaca_message.h"

#define STREAM_QUIET_MS 15000  /* nothing heard for so long: a question is sent, */
#define STREAM_PROBE_MS 10000  /* and without an answer to it the connection is dead */
#define STREAM_LINGER_MS 12000 /* the venue takes a moment to see that a connection is gone */
#define STREAM_SLOW_MS 60000   /* between tries where the other side needs time */

struct alpaca_stream;

struct alpaca_stream_host {
    void *arg;
    struct loop *loop;
    struct lws_hub *lws;
    void (*up)(void *arg);                                   /* subscribed: data come from here on */
    void (*data)(void *arg, const struct alpaca_item *item); /* BAR, UPDATED, QUOTE */
    void (*bad)(void *arg, const struct err *why);           /* what cannot be read */
    void (*down)(void *arg, const struct err *why);          /* no data come; it is being tried again */
    void (*stopped)(void *arg, const struct err *why);       /* and is not tried any more */
    void (*alarm)(void *arg, bool urgent, const char *key, const struct err *said);
    void (*over)(void *arg, const char *key);
};
struct alpaca_stream *alpaca_stream_new(const struct feed_spec *spec, const struct alpaca_stream_host *host);
void alpaca_stream_free(struct alpaca_stream *s);
void alpaca_stream_stop(struct alpaca_stream *s, const struct err *why); /* for good; `stopped` follows at once */
void alpaca_stream_look(struct alpaca_stream *s); /* at once, then once a second: connects, and is anybody there? */
/* Has it said anything since? If not it is asked to, and the answer comes behind all that was sent before. */
bool alpaca_stream_heard_since(struct alpaca_stream *s, int64_t mono_ms);
void alpaca_stream_woke(struct alpaca_stream *s); /* time was lost: is it still there? */
uint64_t alpaca_stream_messages(const struct alpaca_stream *s);

#endif
