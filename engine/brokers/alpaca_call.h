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

struct alpaca_need { /* executions that are known to be, and have not been told */
    char id[ALPACA_ID_MAX];
    qty_t left;
};

struct job {
    struct alpaca *a;
    struct job *next;
    struct venue_ask ask;
    bool silent; /* nobody awaits an answer */
    bool stale;  /* what it saw has changed since */
    uint64_t entry;
    struct venue_trade trade;
    struct instrument instrument;
    const struct instrument *in; /* that one */
    struct http_call *call;
    struct loop_timer *timer;
    reply_fn then;
    void (*step)(struct job *j); /* after a pause, or when the executions are told */
    uint32_t looks;
    /* What was seen of the orders that protect the trade. */
    struct alpaca_order seen[ALPACA_FLAT_MAX];
    uint32_t seen_count;
    struct alpaca_order parent; /* the entry */
    qty_t leaving;              /* by exits that the venue has and has not filled */
    bool is_there;              /* SUBMIT: the venue has this very order */
    struct alpaca_need need[ALPACA_FLAT_MAX];
    uint32_t need_count;
    struct alpaca_fill *fills; /* read and not told yet, newest first */
    uint32_t fill_count;
    void (*later)(struct job *j);
    char id[ALPACA_ID_MAX]; /* at the venue, of what the job is about */
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

/* ---- alpaca_seen.c ---- */
void look_for_stops(struct job *j, reply_fn then);
/* For steps before the order itself: nothing of it has arrived, whatever became of this one. */
void not_yet(struct job *j, const struct reply *r);
bool read_one(struct job *j, const struct reply *r, struct alpaca_order *o);
/* What protects this trade, of all that is listed in its symbol: legs of its entry, and orders made for it later; what leaves. */
bool read_trade(struct job *j, const struct reply *r);
void need(struct job *j, const struct alpaca_known *k, const struct alpaca_order *o);
bool is_whole(const struct job *j);
/* Tells the executions that are needed, then goes on; is_whole says whether all were there. */
void executions(struct job *j, void (*then)(struct job *j));
/* Whatever has ever protected the trade is looked at, and its executions told, before it goes on. */
void past(struct job *j, void (*then)(struct job *j));

/* ---- one file for each verb that has many steps ---- */
int64_t unique(struct alpaca *a);
void query_begin(struct job *j);
void entry_send(struct job *j);
void exit_look(struct job *j);
void protect_look(struct job *j);

#endif
