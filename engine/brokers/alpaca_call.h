/* alpaca_call: one job and its one request at a time. Private to engine/brokers/alpaca*. */
#ifndef MIA_BROKERS_ALPACA_CALL_H
#define MIA_BROKERS_ALPACA_CALL_H

#include "engine/brokers/alpaca_int.h"

#define ALPACA_LOOKS_MAX 24 /* requests of one job that only wait for something to be over */
#define ALPACA_LOOK_MS 150

struct reply {
    enum venue_answer answer; /* DONE: the venue's word, whatever its status */
    int status;
    const struct json *json; /* NULL: no body, or none that is JSON */
    int64_t wait_ms;
    struct err why; /* unless DONE */
    char message[ORDER_REASON_MAX];
};
typedef void (*reply_fn)(struct job *j, const struct reply *r);

struct job {
    struct alpaca *a;
    struct job *next;
    struct venue_ask ask;
    bool silent; /* nobody awaits an answer */
    bool stale;  /* what it saw has changed since */
    uint64_t entry;
    struct venue_trade trade;
    const struct instrument *in;
    struct http_call *call;
    struct loop_timer *timer;
    reply_fn then;
    void (*step)(struct job *j); /* after a pause */
    uint32_t looks;
    /* What was seen of the orders that protect the trade. */
    struct alpaca_order seen[ALPACA_FLAT_MAX];
    uint32_t seen_count;
    struct alpaca_order parent; /* the entry */
    char id[ALPACA_ID_MAX];     /* at the venue, of what the job is about */
    uint32_t at;
    struct venue_view view;
};

/* The path may hold no more than printf can do with our own ids: nothing of it comes from outside but venue ids. */
void call(struct job *j, reply_fn then, const char *method, const struct buf *body, const char *path, ...)
    __attribute__((format(printf, 5, 6)));
void pause_then(struct job *j, int64_t ms, void (*step)(struct job *j));
/* The answer; the job is gone. why may be NULL. */
void finish(struct job *j, enum venue_answer answer, int64_t wait_ms, const struct err *why);
bool still_looking(struct job *j); /* counts; false: enough */
bool is_ok(const struct reply *r); /* DONE and 2xx */

#endif
