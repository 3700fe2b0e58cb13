/*
 * batch: store_put_*. Copies what it is given, touches no database and never fails: a
 * batch that grew past STORE_BATCH_MAX is refused as a whole when it is committed.
 */
#include "sql/batch.h"

#include "sql/segment.h"

struct buf *op_begin(struct store_batch *b, enum op op) {
    struct op_head head = {.op = op};
    b->open = b->ops.len;
    PUT(&b->ops, head);
    return &b->ops;
}

void op_end(struct store_batch *b) {
    if (b->ops.overflow) return;
    struct op_head *head = (struct op_head *)(void *)(b->ops.p + b->open);
    uint32_t size = (uint32_t)(b->ops.len - b->open - sizeof *head);
    memcpy(&head->size, &size, sizeof size);
    static const char pad[8];
    buf_add(&b->ops, pad, (8 - b->ops.len % 8) % 8); /* heads stay aligned */
}

void store_put_inbox(struct store_batch *b, const struct inbox_row *r) {
    struct buf *o = op_begin(b, OP_INBOX);
    PUT(o, r->ext_id);
    PUT(o, r->at);
    put_text(o, r->platform);
    put_text(o, r->bot);
    put_text(o, r->actor);
    put_text(o, r->command);
    put_text(o, r->verdict);
    op_end(b);
}

void store_put_event(struct store_batch *b, const struct event *ev) {
    struct op_event head = {ev->seq, ev->market_time, ev->wall_time, ev->day, ev->kind, ev->derived};
    struct event copy = *ev;
    struct snap s;
    struct buf *o = op_begin(b, OP_EVENT);
    PUT(o, head);
    snap_writer(&s, o);
    event_snap(&copy, NULL, &s);
    if (s.bad) o->overflow = true; /* an event that cannot be written must not be lost silently */
    op_end(b);
}

void store_put_snapshot(struct store_batch *b, uint64_t seq, int32_t day, const void *bytes, size_t n) {
    struct op_snapshot head = {seq, day};
    struct buf *o = op_begin(b, OP_SNAPSHOT);
    PUT(o, head);
    put_bytes(o, bytes, n);
    op_end(b);
}

void outbox_row_put(struct buf *b, const struct outbox_row *r) {
    PUT(b, r->id);
    PUT(b, r->kind);
    PUT(b, r->state);
    PUT(b, r->urgency);
    PUT(b, r->critical);
    PUT(b, r->attempts);
    PUT(b, r->created);
    PUT(b, r->attempted);
    put_text(b, r->platform);
    put_text(b, r->channel);
    put_text(b, r->address);
    put_text(b, r->key);
    put_text(b, r->event_id);
    put_text(b, r->message_ref);
    put_text(b, r->doc);
    PUT(b, r->file_bytes);
}

void outbox_row_take(struct reader *in, struct outbox_row *r) {
    TAKE(in, &r->id);
    TAKE(in, &r->kind);
    TAKE(in, &r->state);
    TAKE(in, &r->urgency);
    TAKE(in, &r->critical);
    TAKE(in, &r->attempts);
    TAKE(in, &r->created);
    TAKE(in, &r->attempted);
    r->platform = take_text(in);
    r->channel = take_text(in);
    r->address = take_text(in);
    r->key = take_text(in);
    r->event_id = take_text(in);
    r->message_ref = take_text(in);
    r->doc = take_text(in);
    TAKE(in, &r->file_bytes);
}

void store_put_outbox(struct store_batch *b, const struct outbox_row *r) {
    outbox_row_put(op_begin(b, OP_OUTBOX), r);
    op_end(b);
}

void store_put_outbox_attempt(struct store_batch *b, uint64_t id, uint32_t attempts, when_t at) {
    struct op_attempt a = {id, attempts, at};
    PUT(op_begin(b, OP_OUTBOX_ATTEMPT), a);
    op_end(b);
}

void store_put_outbox_end(struct store_batch *b, uint64_t id, enum outbox_state state, const char *message_ref,
                          when_t at) {
    struct op_end a = {id, state, at};
    struct buf *o = op_begin(b, OP_OUTBOX_END);
    PUT(o, a);
    put_text(o, message_ref);
    op_end(b);
}

void store_put_file(struct store_batch *b, uint64_t id, const void *bytes, size_t n) {
    struct buf *o = op_begin(b, OP_FILE);
    PUT(o, id);
    put_bytes(o, bytes, n);
    op_end(b);
}

void store_drop_file(struct store_batch *b, uint64_t id) {
    PUT(op_begin(b, OP_FILE_DROP), id);
    op_end(b);
}

void store_put_audit(struct store_batch *b, const struct audit_row *r) {
    struct buf *o = op_begin(b, OP_AUDIT);
    PUT(o, r->at);
    put_text(o, r->platform);
    put_text(o, r->actor);
    put_text(o, r->role);
    put_text(o, r->chat);
    put_text(o, r->command);
    put_text(o, r->arguments);
    put_text(o, r->verdict);
    put_text(o, r->detail);
    op_end(b);
}

void store_put_state(struct store_batch *b, const char *key, const char *value, when_t at) {
    bool remove = value == NULL;
    struct buf *o = op_begin(b, OP_STATE);
    PUT(o, remove);
    PUT(o, at);
    put_text(o, key);
    put_text(o, value);
    op_end(b);
}
