/*
 * batch: what a turn wants to be made true, as a list of operations in one buffer. Filled
 * on the loop's thread by store_put_*, read once by the store's thread (sql/apply.c).
 */
#ifndef MIA_SQL_BATCH_H
#define MIA_SQL_BATCH_H

#include "engine/store.h"
#include "sql/codec.h"

enum op {
    OP_INBOX,
    OP_EVENT,
    OP_SIGNAL,
    OP_TRADE,
    OP_CLOSED,
    OP_DAILY,
    OP_SNAPSHOT,
    OP_OUTBOX,
    OP_OUTBOX_ATTEMPT,
    OP_OUTBOX_END,
    OP_FILE,
    OP_FILE_DROP,
    OP_AUDIT,
    OP_STATE,
    OP_COUNT
};

/* Each operation: this, then `size` bytes. */
struct op_head {
    uint32_t op, size;
};

struct op_event {
    uint64_t seq;
    when_t market, wall;
    int32_t day;
    uint32_t kind;
    bool derived;
};
struct op_daily {
    int32_t day;
    uint32_t opened, closed;
};
struct op_snapshot {
    uint64_t seq;
    int32_t day;
};
struct op_attempt {
    uint64_t id;
    uint32_t attempts;
    when_t at;
};
struct op_end {
    uint64_t id;
    enum outbox_state state;
    when_t at;
};

struct store_batch {
    struct store *store;
    struct store_batch *next, *next_kept;
    struct buf ops;
    size_t open; /* where the operation being written begins */
};

struct buf *op_begin(struct store_batch *b, enum op op);
void op_end(struct store_batch *b);

/* Outbox rows go both ways. Texts point into the reader's buffer. */
void outbox_row_put(struct buf *b, const struct outbox_row *r);
void outbox_row_take(struct reader *in, struct outbox_row *r);

#endif
