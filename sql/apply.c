/*
 * apply: batches into one transaction. Reads the operations of each batch in order and
 * runs their statements; segments are made durable before the commit that counts them.
 * Any failure rolls everything back: the caller treats the store as lost.
 */
#include <stdlib.h>
#include <zlib.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "sql/rows.h"
#include "sql/vault.h"

static int apply_inbox(struct vault *v, struct reader *in, struct err *e) {
    uint64_t ext_id;
    when_t at;
    TAKE(in, &ext_id);
    TAKE(in, &at);
    struct stmt *st = db_query(v->db, QUERY_INBOX_ADD);
    db_text(v->db, st, 1, take_text(in));
    db_text(v->db, st, 2, take_text(in));
    db_u64(v->db, st, 3, ext_id);
    db_when_ns(v->db, st, 4, at);
    db_text(v->db, st, 5, take_text(in));
    db_text(v->db, st, 6, take_text(in));
    db_text(v->db, st, 7, take_text(in));
    return db_run(v->db, st, e);
}

/* The first seq of a day. Data that came late belongs to an older day and moves nothing. */
static int note_day(struct vault *v, const struct op_event *h, struct err *e) {
    if (h->day <= v->last_day) return 0;
    v->last_day = h->day;
    struct stmt *st = db_query(v->db, QUERY_DAY_ADD);
    db_i64(v->db, st, 1, h->day);
    db_u64(v->db, st, 2, h->seq);
    return db_run(v->db, st, e);
}

static int apply_event(struct vault *v, struct reader *in, struct err *e) {
    struct op_event h;
    TAKE(in, &h);
    size_t n = (size_t)(in->end - in->p);
    const void *body = take(in, n);
    /* A gap would make the journal unreadable for ever: refuse it now, while the one who made it can be found. */
    if (h.seq == 0 || (v->last_seq != 0 && h.seq != v->last_seq + 1))
        return err_set(e, ERR_CORRUPT, "event %llu does not follow event %llu",
                       "l’événement %llu ne suit pas l’événement %llu", (unsigned long long)h.seq,
                       (unsigned long long)v->last_seq);
    v->last_seq = h.seq;
    if (note_day(v, &h, e) < 0) return -1;
    if (h.kind == EVENT_BAR) return segments_add(v->segments, h.day, h.seq, body, n, e);
    struct stmt *st = db_query(v->db, QUERY_JOURNAL_ADD);
    db_u64(v->db, st, 1, h.seq);
    db_i64(v->db, st, 2, h.day);
    db_text(v->db, st, 3, event_kind_name((enum event_kind)h.kind));
    db_bool(v->db, st, 4, h.derived);
    db_when_ns(v->db, st, 5, h.market);
    db_when_ns(v->db, st, 6, h.wall);
    db_i64(v->db, st, 7, ENGINE_FORMAT);
    db_blob(v->db, st, 8, body, n);
    return db_run(v->db, st, e);
}

static int apply_signal(struct vault *v, struct reader *in, struct err *e) {
    struct signal_row r = {0};
    when_t wall;
    TAKE(in, &r.signal);
    TAKE(in, &wall);
    str_copy(r.symbol, sizeof r.symbol, take_text(in));
    str_copy(r.strategy, sizeof r.strategy, take_text(in));
    return signal_row_write(v->db, &r, wall, e);
}

static void take_trade(struct reader *in, struct trade_row *r, when_t *wall) {
    *r = (struct trade_row){0};
    TAKE(in, &r->trade);
    TAKE(in, wall);
    str_copy(r->symbol, sizeof r->symbol, take_text(in));
    str_copy(r->strategy, sizeof r->strategy, take_text(in));
}

static int apply_trade(struct vault *v, struct reader *in, struct err *e) {
    struct trade_row r;
    when_t wall;
    take_trade(in, &r, &wall);
    return trade_row_write(v->db, &r, wall, e);
}

static int apply_closed(struct vault *v, struct reader *in, struct err *e) {
    struct trade_row r;
    when_t wall;
    take_trade(in, &r, &wall);
    return performance_add(v->db, &r, wall, e);
}

static int apply_daily(struct vault *v, struct reader *in, struct err *e) {
    struct op_daily h;
    TAKE(in, &h);
    struct stmt *st = db_query(v->db, QUERY_DAILY_ADD);
    db_text(v->db, st, 1, take_text(in));
    db_day(v->db, st, 2, h.day);
    db_i64(v->db, st, 3, h.opened);
    db_i64(v->db, st, 4, h.closed);
    return db_run(v->db, st, e);
}

static int apply_snapshot(struct vault *v, struct reader *in, struct err *e) {
    struct op_snapshot h;
    size_t n;
    TAKE(in, &h);
    const void *bytes = take_bytes(in, &n);
    uLongf packed = compressBound((uLong)n);
    uint8_t *out = xmalloc(packed);
    int r = -1;
    int rc = compress2(out, &packed, bytes, (uLong)n, 1);
    if (rc == Z_MEM_ERROR) die("out of memory for a snapshot");
    if (rc != Z_OK) {
        err_set(e, ERR_IO, "the snapshot cannot be packed", "impossible de compresser l’instantané");
    } else {
        struct stmt *st = db_query(v->db, QUERY_SNAPSHOT_ADD);
        db_u64(v->db, st, 1, h.seq);
        db_i64(v->db, st, 2, h.day);
        db_i64(v->db, st, 3, (int64_t)n);
        db_blob(v->db, st, 4, out, packed);
        r = db_run(v->db, st, e);
    }
    free(out);
    return r;
}

static int apply_outbox(struct vault *v, struct reader *in, struct err *e) {
    struct outbox_row r;
    outbox_row_take(in, &r);
    return outbox_row_write(v->db, &r, e);
}

static int apply_outbox_attempt(struct vault *v, struct reader *in, struct err *e) {
    struct op_attempt a;
    TAKE(in, &a);
    struct stmt *st = db_query(v->db, QUERY_OUTBOX_ATTEMPT);
    db_u64(v->db, st, 1, a.id);
    db_i64(v->db, st, 2, a.attempts);
    db_when_ns(v->db, st, 3, a.at);
    return db_run(v->db, st, e);
}

static int apply_outbox_end(struct vault *v, struct reader *in, struct err *e) {
    struct op_end a;
    TAKE(in, &a);
    struct stmt *st = db_query(v->db, QUERY_OUTBOX_END);
    db_u64(v->db, st, 1, a.id);
    db_i64(v->db, st, 2, a.state);
    db_text(v->db, st, 3, take_text(in));
    db_when_ns(v->db, st, 4, a.at);
    return db_run(v->db, st, e);
}

static int apply_file(struct vault *v, struct reader *in, struct err *e) {
    uint64_t id;
    size_t n;
    TAKE(in, &id);
    const void *bytes = take_bytes(in, &n);
    struct stmt *st = db_query(v->db, QUERY_FILE_PUT);
    db_u64(v->db, st, 1, id);
    db_i64(v->db, st, 2, (int64_t)n);
    db_blob(v->db, st, 3, bytes, n);
    return db_run(v->db, st, e);
}

static int apply_file_drop(struct vault *v, struct reader *in, struct err *e) {
    uint64_t id;
    TAKE(in, &id);
    struct stmt *st = db_query(v->db, QUERY_FILE_DROP);
    db_u64(v->db, st, 1, id);
    return db_run(v->db, st, e);
}

static int apply_audit(struct vault *v, struct reader *in, struct err *e) {
    struct audit_row r;
    TAKE(in, &r.at);
    r.platform = take_text(in);
    r.actor = take_text(in);
    r.role = take_text(in);
    r.chat = take_text(in);
    r.command = take_text(in);
    r.arguments = take_text(in);
    r.verdict = take_text(in);
    r.detail = take_text(in);
    return audit_append(v->db, &v->audit, &r, e);
}

static int apply_state(struct vault *v, struct reader *in, struct err *e) {
    bool remove;
    when_t at;
    TAKE(in, &remove);
    TAKE(in, &at);
    struct stmt *st = db_query(v->db, remove ? QUERY_STATE_DROP : QUERY_STATE_PUT);
    db_text(v->db, st, 1, take_text(in));
    if (!remove) {
        db_text(v->db, st, 2, take_text(in));
        db_when(v->db, st, 3, at);
    }
    return db_run(v->db, st, e);
}

static int (*const apply_op[OP_COUNT])(struct vault *, struct reader *, struct err *) = {
    [OP_INBOX] = apply_inbox,       [OP_EVENT] = apply_event,         [OP_SIGNAL] = apply_signal,
    [OP_TRADE] = apply_trade,       [OP_CLOSED] = apply_closed,       [OP_DAILY] = apply_daily,
    [OP_SNAPSHOT] = apply_snapshot, [OP_OUTBOX] = apply_outbox,       [OP_OUTBOX_ATTEMPT] = apply_outbox_attempt,
    [OP_FILE] = apply_file,         [OP_FILE_DROP] = apply_file_drop, [OP_OUTBOX_END] = apply_outbox_end,
    [OP_AUDIT] = apply_audit,       [OP_STATE] = apply_state,
};

static int apply_batch(struct vault *v, const struct store_batch *b, struct err *e) {
    const char *p = b->ops.p, *end = b->ops.p + b->ops.len;
    while (p < end) {
        struct op_head head;
        memcpy(&head, p, sizeof head);
        assert(head.op < OP_COUNT);
        struct reader in = {p + sizeof head, p + sizeof head + head.size};
        if (apply_op[head.op](v, &in, e) < 0) return -1;
        p += (sizeof head + head.size + 7) / 8 * 8;
    }
    return 0;
}

int vault_apply(struct vault *v, struct store_batch *first, uint64_t number, struct err *e) {
    if (db_begin(v->db, e) < 0) return -1;
    for (struct store_batch *b = first; b != NULL; b = b->next) {
        if (apply_batch(v, b, e) < 0) goto failed;
    }
    if (audit_head_put(v->db, &v->audit, e) < 0 || segments_sync(v->segments, e) < 0) goto failed;
    if (server_commit(v, number, e) < 0 || db_commit(v->db, e) < 0) goto failed;
    if (number != 0) v->committed = number;
    return 0;
failed:
    db_rollback(v->db);
    return -1;
}
