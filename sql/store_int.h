/*
 * store_int: what the files of the facade share. Private to them.
 *   store.c         the loop's side: opening, asking, answers
 *   store_thread.c  the store's thread, the lists between the two
 *   store_calls.c   the questions of engine/store.h
 *   outage.c        a server that is gone, or slow: what happens to what waits for it
 */
#ifndef MIA_SQL_STORE_INT_H
#define MIA_SQL_STORE_INT_H

#include <pthread.h>

#include "engine/base/rng.h"
#include "sql/job.h"
#include "sql/query.h"
#include "sql/spill.h"

#define STORE_QUEUE_MAX 65536 /* requests that wait; one more is refused, and so is all that follows */

enum request_kind {
    REQUEST_COMMIT,
    REQUEST_READ,
    REQUEST_LOAD,
    REQUEST_LOAD_END,
    REQUEST_RETAIN,
    REQUEST_JOB,
    REQUEST_CALL
};

struct request {
    struct request *next;
    enum request_kind kind;
    store_done_fn done;
    void *arg;
    bool failed;
    struct err err;
    struct store_batch *batch;
    const struct read_kind *read;
    union row_fn row;
    struct read_args args;
    struct buf rows;
    bool more;
    struct store_page *page; /* the caller's; NULL: all pieces follow each other */
    struct load *load;
    struct chunk *chunk;
    when_t now; /* REQUEST_RETAIN */
    int32_t day;
    struct store_job *job;
    int (*call)(struct vault *v, void *arg, struct err *e);
    bool answered;   /* REQUEST_CALL: under the lock */
    uint64_t number; /* REQUEST_COMMIT: rises by one with each */
};

struct list {
    struct request *first, **last;
    size_t n;
};

struct connector;

/* The store's thread's. */
struct outage {
    bool lost; /* there is no connection */
    bool told; /* it has lasted: commits are kept in the spill, and the loop knows */
    int64_t since_ms;
    uint32_t attempts;
    int64_t next_ms;             /* of the next attempt */
    struct connector *connector; /* under way; NULL: none */
    struct spill *spill;         /* NULL: not a server, or read only */
    struct list *busy;           /* commits that are being made; NULL: something else */
    int64_t busy_ms;             /* since when */
    struct store_batch *kept;    /* answered, and still being read */
    struct rng jitter;
};

struct store {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work, answer;
    struct list todo, done; /* under the lock */
    bool stop;
    bool busy; /* under the lock: one of the two threads has the vault */
    bool tidy; /* under the lock: the thread should look after the database */
    int fd;
    struct vault vault; /* of who set `busy`, like the next four. A server's is the thread's alone */
    bool failed;
    struct err failure;
    uint32_t slow; /* commits that still go to the thread */
    struct outage outage;
    uint64_t numbers;           /* of the commits sent so far; under the lock */
    struct store_health health; /* under the lock */
    bool health_changed;        /* the same */
    /* the loop's */
    void (*on_health)(void *arg);
    void *on_health_arg;
    uint32_t here;  /* commits made on the loop's thread */
    size_t waiting; /* requests not answered yet, calls aside */
    size_t freed;   /* bytes of large buffers given back since the last trim */
    struct request *spare_requests;
    struct store_batch *spare_batches;
    size_t spare_request_count, spare_batch_count;
    bool read_only, remote;
    int schema, schema_found;
    struct err held; /* by a mia of another machine; ERR_NONE: nothing to say */
    char dir[PATH_MAX - 64];
};

/* Queues a question; rows and done come on the loop's thread. */
void store_ask(struct store *s, const struct read_kind *kind, union row_fn row, const struct read_args *a,
               store_done_fn done, void *arg);
/* One piece of it. */
void store_ask_page(struct store *s, const struct read_kind *kind, union row_fn row, const struct read_args *a,
                    struct store_page *page, store_done_fn done, void *arg);
/* Takes the job, runs it in steps. Returns it. */
struct store_job *store_start(struct store *s, struct store_job *job, store_done_fn done, void *arg);
/* Asked and answered in one call, behind what was sent before. Callbacks do not run meanwhile. */
int store_call(struct store *s, int (*fn)(struct vault *v, void *arg, struct err *e), void *arg, struct err *e);
const char *store_dir(const struct store *s);

/* ---- store_thread.c; on the store's thread, but for the first, the lists and the commits ---- */
int store_thread_start(struct store *s, struct err *e);
void list_init(struct list *l);
void list_add(struct list *l, struct request *r);
struct request *list_take(struct list *l);
/* Commits every batch of the group together and answers. By whichever thread set `busy`. */
void store_run_commits(struct store *s, struct list *group);
void store_answer(struct store *s, struct list *answers);
void store_answer_one(struct store *s, struct request *r); /* of any kind */
void store_fail(struct store *s, const struct err *e);
void store_refuse(struct request *r, const struct err *e);
void store_put_back(struct store *s, struct list *group); /* in front; empties it */
void store_wake_loop(struct store *s);

/* ---- store.c ---- */
void batch_free(struct store_batch *b); /* b may be NULL */

/* ---- outage.c; on the store's thread, but for open and close ---- */
/* Before the thread starts: applies what an outage of the run before has left. */
int outage_open(struct store *s, struct err *e);
void outage_close(struct store *s);
/* The connection is lost; what was under way is put back in front by the caller. */
void outage_begin(struct store *s, const struct err *e);
/* While lost: waits for what comes next and does it. false: the store stops. */
bool outage_turn(struct store *s);
/* Around everything that asks the server: a slow one must not keep those waiting who can be answered. */
void outage_busy(struct store *s, struct list *commits);
void outage_idle(struct store *s);

#endif
