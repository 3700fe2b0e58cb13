/*
 * query: one read_kind a question. Pages by the row's id, so that a long answer holds
 * neither the connection nor much memory. Runs on the store's thread but for `hand`.
 */
#include "sql/query.h"

#include <stdlib.h>
#include <zlib.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "sql/rows.h"

void read_range(struct read_args *a, when_t from, when_t to) {
    a->from = from.ns == 0 ? INT64_MIN : from.ns;
    a->to = to.ns == 0 || to.ns == WHEN_NONE.ns ? INT64_MAX : to.ns;
}

/* Where the next page begins, and how many rows it may have. Newest first counts the ids down. */
static int64_t page_from(const struct read_args *a) {
    return a->cursor != 0 ? (int64_t)a->cursor : a->limit > 0 ? INT64_MAX : 0;
}

/* A server sends all that was asked for at once: so no more is asked for than a page holds. */
static int64_t page_rows(const struct read_args *a) {
    return a->limit > 0 && a->limit < PAGE_ROWS ? (int64_t)a->limit : PAGE_ROWS;
}

/* The last id that a run may look at. Oldest first only. */
static int64_t page_to(const struct read_args *a) {
    uint64_t to = a->paged && a->until - a->cursor > STORE_PAGE_IDS ? a->cursor + STORE_PAGE_IDS : a->until;
    return a->paged ? (int64_t)to : INT64_MAX;
}

/* Before the first page: where the last one will end. */
static int page_begin(struct vault *v, struct read_args *a, enum query last, struct err *e) {
    int64_t until;
    if (!a->paged || a->until != 0) return 0;
    if (db_number(v->db, last, 0, &until, e) < 0) return -1;
    a->until = (uint64_t)until;
    return 0;
}

/* Called for every row: counts it, and says whether the page is full. */
static bool page_full(struct read_args *a, uint64_t id, const struct buf *out) {
    a->cursor = id;
    if (a->limit > 0 && --a->limit == 0) return true; /* and done: `more` stays false */
    return out->len >= (a->paged ? RESULT_PAGE : RESULT_CHUNK);
}

typedef int (*row_fn)(struct db *d, struct stmt *st, struct buf *out, uint64_t *id, struct err *e);

/* Steps a bound statement until it ends or the page is full. A paged one goes on behind its window, rows or not. */
static int page(struct vault *v, struct stmt *st, row_fn row, struct read_args *a, struct buf *out, bool *more,
                struct err *e) {
    bool counted = a->limit > 0;
    int64_t to = page_to(a);
    int64_t left = page_rows(a);
    int r;
    while ((r = db_step(v->db, st, e)) > 0) {
        uint64_t id = 0;
        left--;
        if (row(v->db, st, out, &id, e) < 0) {
            r = -1;
            break;
        }
        if (!page_full(a, id, out)) continue;
        left = 0;
        break;
    }
    if (r >= 0 && left == 0) *more = !counted || a->limit > 0;
    db_reset(v->db, st);
    if (a->paged && r == 0) a->cursor = (uint64_t)to;
    if (a->paged) *more = a->cursor < a->until;
    if (r >= 0 && out->overflow) return err_set(e, ERR_FULL, "the answer is too large", "la réponse est trop grande");
    return r < 0 ? -1 : 0;
}

/* ---- trades, signals ---- */

static int trade_row_out(struct db *d, struct stmt *st, struct buf *out, uint64_t *id, struct err *e) {
    struct trade_row r;
    if (trade_row_read(d, st, &r, e) < 0) return -1;
    *id = r.trade.id;
    PUT(out, r);
    return 0;
}

static int run_trades(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    if (page_begin(v, a, QUERY_TRADES_LAST, e) < 0) return -1;
    struct stmt *st = db_query(v->db, a->id ? QUERY_TRADE_BY_ID : a->limit ? QUERY_TRADES_NEWEST : QUERY_TRADES_OLDEST);
    if (a->id != 0) {
        db_u64(v->db, st, 1, a->id);
    } else {
        db_text(v->db, st, 1, a->symbol);
        db_bool(v->db, st, 2, a->only_closed);
        db_i64(v->db, st, 3, a->from);
        db_i64(v->db, st, 4, a->to);
        db_i64(v->db, st, 5, page_rows(a));
        db_i64(v->db, st, 6, page_from(a));
        if (a->limit == 0) db_i64(v->db, st, 7, page_to(a));
    }
    return page(v, st, trade_row_out, a, out, more, e);
}

static void hand_trade(union row_fn row, void *arg, struct reader *in) {
    struct trade_row r;
    TAKE(in, &r);
    row.trade(arg, &r);
}

static int signal_row_out(struct db *d, struct stmt *st, struct buf *out, uint64_t *id, struct err *e) {
    struct signal_row r;
    if (signal_row_read(d, st, &r, e) < 0) return -1;
    *id = r.signal.id;
    PUT(out, r);
    return 0;
}

static int run_signals(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    if (page_begin(v, a, QUERY_SIGNALS_LAST, e) < 0) return -1;
    struct stmt *st = db_query(v->db, a->id      ? QUERY_SIGNAL_BY_ID
                                      : a->limit ? QUERY_SIGNALS_NEWEST
                                                 : QUERY_SIGNALS_OLDEST);
    if (a->id != 0) {
        db_u64(v->db, st, 1, a->id);
    } else {
        db_text(v->db, st, 1, a->symbol);
        db_bool(v->db, st, 2, a->only_taken);
        db_bool(v->db, st, 3, a->only_ignored);
        db_i64(v->db, st, 4, a->from);
        db_i64(v->db, st, 5, a->to);
        db_i64(v->db, st, 6, page_rows(a));
        db_i64(v->db, st, 7, page_from(a));
        if (a->limit == 0) db_i64(v->db, st, 8, page_to(a));
    }
    return page(v, st, signal_row_out, a, out, more, e);
}

static void hand_signal(union row_fn row, void *arg, struct reader *in) {
    struct signal_row r;
    TAKE(in, &r);
    row.signal(arg, &r);
}

/* ---- audit ---- */

static int audit_row_out(struct db *d, struct stmt *st, struct buf *out, uint64_t *id, struct err *e) {
    struct audit_entry a;
    (void)e;
    audit_entry_read(d, st, &a);
    *id = a.id;
    PUT(out, a.id);
    PUT(out, a.row.at);
    put_text(out, a.row.platform);
    put_text(out, a.row.actor);
    put_text(out, a.row.role);
    put_text(out, a.row.chat);
    put_text(out, a.row.command);
    put_text(out, a.row.arguments);
    put_text(out, a.row.verdict);
    put_text(out, a.row.detail);
    PUT(out, a.hash);
    return 0;
}

static int run_audit(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    if (page_begin(v, a, QUERY_AUDIT_LAST, e) < 0) return -1;
    struct stmt *st = db_query(v->db, a->limit ? QUERY_AUDIT_NEWEST : QUERY_AUDIT_OLDEST);
    db_i64(v->db, st, 1, a->from);
    db_i64(v->db, st, 2, a->to);
    db_i64(v->db, st, 3, page_rows(a));
    db_i64(v->db, st, 4, page_from(a));
    if (a->limit == 0) db_i64(v->db, st, 5, page_to(a));
    return page(v, st, audit_row_out, a, out, more, e);
}

static void hand_audit(union row_fn row, void *arg, struct reader *in) {
    struct audit_entry a;
    TAKE(in, &a.id);
    TAKE(in, &a.row.at);
    a.row.platform = take_text(in);
    a.row.actor = take_text(in);
    a.row.role = take_text(in);
    a.row.chat = take_text(in);
    a.row.command = take_text(in);
    a.row.arguments = take_text(in);
    a.row.verdict = take_text(in);
    a.row.detail = take_text(in);
    TAKE(in, &a.hash);
    row.audit(arg, &a);
}

/* ---- bot_state, inbox ---- */

static int two_texts_out(struct db *d, struct stmt *st, struct buf *out, uint64_t *id, struct err *e) {
    (void)id;
    (void)e;
    put_text(out, db_col_text(d, st, 0));
    put_text(out, db_col_text(d, st, 1));
    return 0;
}

/* One go: the state is small, and half of it would be a wrong one. */
static int run_state(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    int r;
    (void)a;
    (void)more;
    struct stmt *st = db_query(v->db, QUERY_STATE_LOAD);
    while ((r = db_step(v->db, st, e)) > 0) two_texts_out(v->db, st, out, NULL, e);
    db_reset(v->db, st);
    if (r >= 0 && out->overflow)
        return err_set(e, ERR_FULL, "the saved state is too large", "l’état enregistré est trop grand");
    return r;
}

static void hand_state(union row_fn row, void *arg, struct reader *in) {
    const char *key = take_text(in);
    row.state(arg, key, take_text(in));
}

static int inbox_row_out(struct db *d, struct stmt *st, struct buf *out, uint64_t *id, struct err *e) {
    uint64_t ext_id = db_col_u64(d, st, 2);
    (void)e;
    *id = db_col_u64(d, st, 0);
    put_text(out, db_col_text(d, st, 1));
    PUT(out, ext_id);
    return 0;
}

static int run_inbox(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    struct stmt *st = db_query(v->db, QUERY_INBOX_LOAD);
    db_i64(v->db, st, 1, page_rows(a));
    db_i64(v->db, st, 2, page_from(a));
    return page(v, st, inbox_row_out, a, out, more, e);
}

static void hand_inbox(union row_fn row, void *arg, struct reader *in) {
    uint64_t ext_id;
    const char *platform = take_text(in);
    TAKE(in, &ext_id);
    row.inbox(arg, platform, ext_id);
}

/* ---- outbox ---- */

static int outbox_row_out(struct db *d, struct stmt *st, struct buf *out, uint64_t *id, struct err *e) {
    struct outbox_row r;
    if (outbox_row_read(d, st, &r, e) < 0) return -1;
    *id = r.id;
    outbox_row_put(out, &r);
    return 0;
}

static int run_outbox(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    struct stmt *st = db_query(v->db, QUERY_OUTBOX_PENDING);
    db_i64(v->db, st, 1, page_from(a));
    db_i64(v->db, st, 2, page_rows(a));
    return page(v, st, outbox_row_out, a, out, more, e);
}

static void hand_outbox(union row_fn row, void *arg, struct reader *in) {
    struct outbox_row r;
    outbox_row_take(in, &r);
    row.outbox(arg, &r);
}

/* ---- the history of the page ---- */

static int history_row_out(struct db *d, struct stmt *st, struct buf *out, struct err *e) {
    struct history_row h = {0};
    if (outbox_row_read(d, st, &h.row, e) < 0) return -1;
    if (h.row.file_bytes) h.file_row = h.row.id;
    if (!db_col_null(d, st, OUTBOX_COLUMN_COUNT)) {
        h.edit = db_col_u64(d, st, OUTBOX_COLUMN_COUNT);
        h.edited = db_col_when(d, st, OUTBOX_COLUMN_COUNT + 1);
        h.row.doc = db_col_text(d, st, OUTBOX_COLUMN_COUNT + 2);
        h.row.file_bytes = (uint32_t)db_col_i64(d, st, OUTBOX_COLUMN_COUNT + 3);
        h.file_row = h.row.file_bytes ? h.edit : 0;
    }
    PUT(out, h.edit);
    PUT(out, h.edited);
    PUT(out, h.file_row);
    outbox_row_put(out, &h.row);
    return 0;
}

static int run_history(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    int r;
    (void)more;
    struct stmt *st = db_query(v->db, QUERY_HISTORY);
    db_text(v->db, st, 1, a->key);
    db_i64(v->db, st, 2, *a->key ? OUTBOX_MESSAGE : OUTBOX_REPLY);
    db_i64(v->db, st, 3, a->before ? (int64_t)a->before : INT64_MAX);
    db_i64(v->db, st, 4, a->limit);
    while ((r = db_step(v->db, st, e)) > 0)
        if (history_row_out(v->db, st, out, e) < 0) {
            r = -1;
            break;
        }
    db_reset(v->db, st);
    if (r >= 0 && out->overflow) return err_set(e, ERR_FULL, "the history is too large", "l’historique est trop grand");
    return r;
}

static void hand_history(union row_fn row, void *arg, struct reader *in) {
    struct history_row h;
    TAKE(in, &h.edit);
    TAKE(in, &h.edited);
    TAKE(in, &h.file_row);
    outbox_row_take(in, &h.row);
    row.history(arg, &h);
}

static int run_ref(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    (void)more;
    struct stmt *st = db_query(v->db, QUERY_OUTBOX_REF);
    db_text(v->db, st, 1, a->key);
    db_text(v->db, st, 2, a->platform);
    int r = db_step(v->db, st, e);
    if (r > 0) two_texts_out(v->db, st, out, NULL, e);
    db_reset(v->db, st);
    return r < 0 ? -1 : 0;
}

static void hand_ref(union row_fn row, void *arg, struct reader *in) {
    const char *channel = take_text(in);
    row.ref(arg, channel, take_text(in));
}

static int run_file(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    (void)more;
    struct stmt *st = db_query(v->db, QUERY_FILE_GET);
    db_u64(v->db, st, 1, a->id);
    int r = db_step(v->db, st, e);
    if (r > 0) {
        size_t n;
        const void *bytes = db_col_blob(v->db, st, 0, &n);
        put_bytes(out, bytes, n);
    }
    db_reset(v->db, st);
    return r < 0 ? -1 : 0;
}

static void hand_file(union row_fn row, void *arg, struct reader *in) {
    size_t n;
    const void *bytes = take_bytes(in, &n);
    row.file(arg, bytes, n);
}

/* ---- snapshots ---- */

static int snapshot_out(struct db *d, struct stmt *st, struct buf *out, struct err *e) {
    size_t packed;
    struct op_snapshot h = {db_col_u64(d, st, 0), (int32_t)db_col_i64(d, st, 1)};
    uLongf size = (uLongf)db_col_u64(d, st, 2);
    const void *body = db_col_blob(d, st, 3, &packed);
    if (size > STORE_BATCH_MAX) size = 0; /* none was ever that large: it will not unpack */
    uint8_t *bytes = xmalloc(size + 1);
    uLongf got = size;
    int rc = uncompress(bytes, &got, body, (uLong)packed);
    if (rc == Z_MEM_ERROR) die("out of memory for a snapshot"); /* which is not damaged */
    if (rc == Z_OK && got == size) {
        PUT(out, h);
        put_bytes(out, bytes, size);
    }
    free(bytes);
    if (rc != Z_OK || got != size)
        return err_set(e, ERR_CORRUPT, "snapshot %llu is damaged", "l’instantané %llu est endommagé",
                       (unsigned long long)h.seq);
    return 0;
}

static int run_snapshot(struct vault *v, struct read_args *a, struct buf *out, bool *more, struct err *e) {
    (void)more;
    struct stmt *st = db_query(v->db, QUERY_SNAPSHOT_NEWEST);
    db_i64(v->db, st, 1, a->before == 0 ? INT64_MAX : (int64_t)a->before);
    int r = db_step(v->db, st, e);
    if (r > 0) r = snapshot_out(v->db, st, out, e);
    db_reset(v->db, st);
    return r;
}

static void hand_snapshot(union row_fn row, void *arg, struct reader *in) {
    struct op_snapshot h;
    size_t n;
    TAKE(in, &h);
    const void *bytes = take_bytes(in, &n);
    row.snapshot(arg, h.seq, h.day, bytes, n);
}

const struct read_kind read_trades = {run_trades, hand_trade}, read_signals = {run_signals, hand_signal},
                       read_audit = {run_audit, hand_audit}, read_state = {run_state, hand_state},
                       read_inbox = {run_inbox, hand_inbox}, read_outbox = {run_outbox, hand_outbox},
                       read_history = {run_history, hand_history}, read_ref = {run_ref, hand_ref},
                       read_file = {run_file, hand_file}, read_snapshot = {run_snapshot, hand_snapshot};
