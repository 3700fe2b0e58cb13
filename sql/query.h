/*
 * query: reads. The store's thread runs `run`, which fills a buffer with rows, at most
 * about RESULT_CHUNK bytes; the loop's thread runs `hand`, which gives them to the caller.
 * Where there is more, the same request is queued again behind what waits.
 */
#ifndef MIA_SQL_QUERY_H
#define MIA_SQL_QUERY_H

#include "sql/vault.h"

#define RESULT_CHUNK (4u << 20)
#define RESULT_PAGE (256u << 10) /* of an answer that comes in pages */
#define RESULT_MAX (96u << 20)   /* one row and a whole chunk always fit; what is read in one go must too */
#define PAGE_ROWS 1024
#define READ_KEY_MAX 256
#define INBOX_LOAD_MAX 100000 /* the duplicate set's size; older ids stay in the store */

union row_fn {
    void (*trade)(void *arg, const struct trade_row *r);
    void (*signal)(void *arg, const struct signal_row *r);
    void (*audit)(void *arg, const struct audit_entry *r);
    void (*state)(void *arg, const char *key, const char *value);
    store_inbox_fn inbox;
    void (*outbox)(void *arg, const struct outbox_row *r);
    void (*history)(void *arg, const struct history_row *r);
    void (*ref)(void *arg, const char *channel, const char *message_ref);
    void (*file)(void *arg, const void *bytes, size_t n);
    void (*snapshot)(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n);
};

struct read_args {
    uint64_t id, before;
    bool only_closed, only_taken, only_ignored;
    int64_t from, to; /* nanoseconds; to is exclusive */
    uint32_t limit;   /* 0: all, oldest first */
    uint64_t cursor;  /* of the last row given; 0: none yet */
    bool paged;       /* one window of ids a run, up to until; the caller asks for the next */
    uint64_t until;   /* 0: not known yet */
    char symbol[SYMBOL_MAX], platform[32], key[READ_KEY_MAX];
};

struct read_kind {
    /* Appends rows to out. *more: call again, args hold where to go on. */
    int (*run)(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e);
    void (*hand)(union row_fn row, void *arg, struct reader *in); /* one row */
};

extern const struct read_kind read_trades, read_signals, read_audit, read_state, read_inbox, read_outbox, read_history,
    read_ref, read_file, read_snapshot;

/* The range of a filter: what is not set is open. */
void read_range(struct read_args *a, when_t from, when_t to);

#endif
