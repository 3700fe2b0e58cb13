/* answer_priv: what the files of the answer share (answer.c, answer_journal.c). Private to them. */
#ifndef MIA_BOT_ANSWER_PRIV_H
#define MIA_BOT_ANSWER_PRIV_H

#include "bot/answer.h"

struct answer {
    struct answer_host host;
    struct ask ask;
    struct answer_to to;
    bool busy;    /* something was asked of the store and is not answered yet */
    bool waiting; /* for answer_resume */
    bool ended, dropped;
    void (*go_on)(struct answer *a); /* what answer_resume does */
    struct store_job *job;           /* under way, or NULL */
    struct export x;
    uint64_t rows;                /* ASK_VERIFY */
    char copy[ASK_PATH_MAX + 64]; /* ASK_BACKUP, ASK_CHECK */
    /* ASK_REPLAY */
    uint64_t day_from, day_until, next; /* next: the last event that was handed on */
    struct answer_span span;
    struct buf live, start;
    size_t snapshot_at;
    bool section_full;
};

/* Asked something of the store: `busy` until answered(a), which says whether to go on (false: it was dropped, and is gone). */
void answer_asked(struct answer *a);
bool answer_answered(struct answer *a);
void answer_end(struct answer *a, const struct err *failed);
bool answer_full(struct answer *a); /* true: resumed later, by go_on */

void answer_journal_start(struct answer *a);

#endif
