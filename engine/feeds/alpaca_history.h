/*
 * alpaca_history: bars of the past by REST, with pages, within the account's budget of
 * requests. One question at a time; what fails for the moment is tried again until it is
 * answered, cancelled, or refused for good. Private to the files of the Alpaca feed.
 */
#ifndef MIA_ENGINE_FEEDS_ALPACA_HISTORY_H
#define MIA_ENGINE_FEEDS_ALPACA_HISTORY_H

#include "engine/feed.h"

struct alpaca_history;

struct alpaca_history_host {
    void *arg;
    struct loop *loop;
    struct http *http;
    void (*offset)(void *arg, int64_t ms);         /* of the venue's clock, as an answer told it; NULL: not wanted */
    void (*bad)(void *arg, const struct err *why); /* a row that cannot be read */
    void (*progress)(void *arg);                   /* a page came */
};
struct alpaca_history *alpaca_history_new(const struct feed_spec *spec, const struct alpaca_history_host *host);
void alpaca_history_free(struct alpaca_history *h);

struct alpaca_ask {
    const uint16_t *instruments;
    uint32_t count; /* > 0 */
    int32_t seconds;
    when_t from, to; /* starts of the first and of the last bar wanted */
    uint32_t keep;   /* of each, the newest */
    uint32_t tries;  /* 0: until it works */
};
/* bars: by the time of their end, then by instrument; borrowed for the call. failed: ERR_AUTH where the venue refuses us, then
 * nothing will help but a person; another code only where tries were told. */
typedef void (*alpaca_history_fn)(void *arg, const struct feed_bar *bars, size_t n, const struct err *failed);
void alpaca_history_ask(struct alpaca_history *h, const struct alpaca_ask *ask, alpaca_history_fn fn, void *arg);
void alpaca_history_cancel(struct alpaca_history *h); /* no callback follows */

#endif
