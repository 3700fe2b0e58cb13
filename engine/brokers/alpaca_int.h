/* alpaca_int: what the files of the Alpaca broker share. Private to them. */
#ifndef MIA_BROKERS_ALPACA_INT_H
#define MIA_BROKERS_ALPACA_INT_H

#include "engine/brokers/alpaca_wire.h"
#include "engine/net/http.h"
#include "engine/net/limiter.h"
#include "engine/net/loop.h"
#include "engine/net/ws.h"

#define ALPACA_KNOWN_MAX 1024 /* venue ids whose meaning is remembered; older ones are asked for again */
#define ALPACA_FILLS_MAX 2048

struct alpaca_known { /* an order at the venue, by its id */
    char id[ALPACA_ID_MAX];
    uint64_t order; /* ours; of what protects: the entry */
    bool protects, is_stop;
    qty_t reported; /* of its fills, in this run */
};

struct job;
struct alpaca {
    struct venue_spec spec;
    struct venue_host host;
    struct job *jobs; /* under way */
    struct bucket budget;
    struct alpaca_known known[ALPACA_KNOWN_MAX];
    uint32_t known_count, known_at;
    struct {
        uint64_t id, order;
        bool again;            /* is to be told once more */
    } fills[ALPACA_FILLS_MAX]; /* reported in this run */
    uint32_t fill_count, fill_at;
    int64_t unique; /* the last one given out */
    /* The stream of updates. */
    struct ws *ws;
    struct loop_timer *again;
    struct backoff backoff;
    struct rng rng;
    bool listening;
    when_t listening_since;
    struct loop_timer *proof; /* an execution that the stream has not told, and should have */
    uint64_t unproved;
};

/* ---- alpaca.c: what is known ---- */
struct alpaca_known *alpaca_known(struct alpaca *a, const char *id); /* NULL: not of ours, or forgotten */
/* Learns what an order at the venue is to us; entry: of the trade that it protects, 0: it is our order itself. */
struct alpaca_known *alpaca_learn(struct alpaca *a, const struct alpaca_order *o, uint64_t entry);
void alpaca_report_state(struct alpaca *a, uint64_t order, const struct alpaca_order *o, const char *note);
bool alpaca_fill_is_new(const struct alpaca *a, const struct alpaca_fill *f);
void alpaca_report_fill(struct alpaca *a, struct alpaca_known *k, const struct alpaca_fill *f, bool by_stream);
void alpaca_forget(struct alpaca *a, uint64_t order); /* what was told of its executions: they are told again */
const struct instrument *alpaca_instrument(const struct alpaca *a, const char *symbol);

bool alpaca_spec_ok(const struct venue_spec *spec, struct err *e); /* keys are there, the address may be used */

/* ---- alpaca_probe.c ---- */
bool alpaca_is_demo(const char *url, const char *number); /* the account's own */
void alpaca_probe(const struct venue_spec *spec, struct http *http, bool demo_only, broker_probe_fn done, void *arg);

/* ---- alpaca_jobs.c ---- */
void alpaca_job(struct alpaca *a, const struct venue_ask *ask);
/* Says what rests of a trade, without an answer to anybody: its entry is filled, or something about it has changed. */
void alpaca_check(struct alpaca *a, uint64_t entry);
void alpaca_ask_all(struct alpaca *a, uint64_t order);       /* tells all of an order, without an answer to anybody */
void alpaca_checks_stale(struct alpaca *a, uint64_t entry);  /* what those see by now is over */
bool alpaca_is_busy(const struct alpaca *a, uint64_t entry); /* a job changes what protects it */
void alpaca_jobs_close(struct alpaca *a);

/* ---- alpaca_stream.c ---- */
void alpaca_stream_open(struct alpaca *a);
void alpaca_stream_close(struct alpaca *a);
/* An execution was told by the stream, or by a request; then, if nobody has told it before, the stream has to, too. */
void alpaca_stream_proof(struct alpaca *a, uint64_t fill, when_t at, bool by_stream, bool is_new);

#endif
