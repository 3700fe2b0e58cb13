/*
 * journal_check: `mia replay`: the journalled events driven again, and what comes out
 * held against the journal and against the digest that the live run had. It gets
 * everything from an answer (bot/answer.h) and opens nothing itself.
 */
#ifndef MIA_BOT_JOURNAL_CHECK_H
#define MIA_BOT_JOURNAL_CHECK_H

#include "bot/answer.h"

struct journal_verdict {
    uint64_t events, digest;
    uint64_t live_seq, live_digest; /* 0: the live run left no snapshot */
    uint64_t difference;            /* seq of the first event that came out otherwise; 0: none */
};

struct journal_check;
struct journal_check *journal_check_new(const struct broker *broker);
void journal_check_free(struct journal_check *c); /* c may be NULL */
/* In the order of the answer; after one that failed the others do nothing. */
void journal_check_span(struct journal_check *c, const struct answer_span *s);
void journal_check_snapshot(struct journal_check *c, const void *bytes, size_t n);
void journal_check_event(struct journal_check *c, const struct event *ev);
int journal_check_end(struct journal_check *c, struct journal_verdict *out, struct err *e);

#endif
