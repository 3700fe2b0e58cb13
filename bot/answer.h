/*
 * answer: what a question (bot/ask.h) is answered with, from an open store, in pieces and
 * at the pace of the one who reads. The same code answers beside a running bot and
 * without one, so the bytes are the same. Nothing here blocks, but where no bot runs a
 * check may.
 *
 * A copy (of a backup, or for a check) is handed over as a directory: looking through
 * it, making it durable and naming it is work for the one who asked, in a process of its own.
 */
#ifndef MIA_BOT_ANSWER_H
#define MIA_BOT_ANSWER_H

#include "bot/ask.h"
#include "engine/broker.h"
#include "engine/net/loop.h"

#define SNAPSHOT_BYTES_MAX (32u << 20)
#define ANSWER_PIECE (32u << 10) /* of a snapshot */

/* What a replay needs besides the events: where they begin and end, and two snapshots. */
struct answer_span {
    uint64_t until;     /* the last event; 0: to the end */
    uint64_t live_seq;  /* the newest snapshot of the live run up to there; 0: none */
    uint64_t start_seq; /* of the snapshot to begin with, where it is one day; 0: from the first event */
    uint64_t live_bytes, start_bytes;
};

/* Where an answer goes. All are called on the loop's thread; none may free the answer. */
struct answer_to {
    void *arg;
    void (*output)(void *arg, const char *p, size_t n);
    void (*span)(void *arg, const struct answer_span *s); /* then live_bytes + start_bytes of snapshot */
    void (*snapshot)(void *arg, const void *p, size_t n);
    void (*event)(void *arg, const struct event *ev);
    void (*copy)(void *arg, const char *dir, int schema);  /* "": nothing was copied */
    void (*progress)(void *arg, uint64_t at, uint64_t of); /* of 0: nobody knows */
    void (*end)(void *arg, const struct err *failed);      /* last; NULL: good; ERR_USAGE: asked wrongly */
    bool (*full)(void *arg); /* may be NULL: no room for more; answer_resume when there is */
};

struct answer_host {
    struct loop *loop; /* where a bot runs; else NULL */
    struct store *store;
    const struct broker *broker;
    uint64_t until;  /* the last event so far; 0: the store's last */
    const char *dir; /* the state's */
};

struct answer;
/* Where there is a loop, others commit meanwhile: then nothing holds the store for long. */
struct answer *answer_start(const struct answer_host *h, const struct ask *q, const struct answer_to *to);
void answer_resume(struct answer *a);
void answer_progress(struct answer *a); /* tells how far it is, where anything can be told */
/* Frees it, at once or when what is under way has been answered; `to` is not called any more. */
void answer_drop(struct answer *a); /* a may be NULL */

/* Removes a copy that nobody wants; on the loop's pool, because a large file takes its time. */
void answer_remove_copy(struct loop *l, const char *dir);
/* The name under which a check beside a bot copies the database. */
#define ANSWER_CHECK_COPY "check.part"
#define ANSWER_GONE ".gone" /* and what one has while it is removed */

#endif
