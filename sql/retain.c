/*
 * retain: what is past its retention goes. The journal may only lose events that lie
 * before a snapshot, or no start could rebuild the state; so the newest snapshot from
 * before the oldest kept day decides. Rows first, files after the commit: a crash between
 * the two leaves files without rows, which the next open removes.
 */
#include "engine/base/log.h"
#include "sql/vault.h"

#define FILES_KEPT 200 /* of messages that were sent: what the page's history shows */

#define NS_PER_DAY (86400 * NS_PER_SEC)

static int run_i64(struct vault *v, enum query q, int64_t value, struct err *e) {
    struct stmt *st = db_query(v->db, q);
    db_i64(v->db, st, 1, value);
    return db_run(v->db, st, e);
}

/* A number of a query with one parameter; `none` for null. */
static int number_of(struct vault *v, enum query q, uint64_t param, uint64_t none, uint64_t *out, struct err *e) {
    struct stmt *st = db_query(v->db, q);
    db_u64(v->db, st, 1, param);
    int r = db_step(v->db, st, e);
    *out = r > 0 && !db_col_null(v->db, st, 0) ? db_col_u64(v->db, st, 0) : none;
    db_reset(v->db, st);
    return r < 0 ? -1 : 0;
}

/* The seq up to which the journal may go; 0: nothing. A segment goes as a whole, and the rows among its events with it:
 * what is left has no hole. Days that lie in between each other take several rounds, each with a smaller seq. */
static int find_cut(struct vault *v, int32_t oldest_day, uint64_t *cut, struct err *e) {
    uint64_t before, first;
    if (vault_seq_before_day(v, oldest_day, &before, e) < 0) return -1;
    if (number_of(v, QUERY_SNAPSHOT_SEQ, before, 0, cut, e) < 0) return -1;
    for (;;) {
        if (number_of(v, QUERY_SEGMENT_FIRST_PAST, *cut, UINT64_MAX, &first, e) < 0) return -1;
        if (first > *cut) return 0;
        *cut = first - 1;
    }
}

static int drop_files(struct vault *v, struct err *e) {
    if (db_run(v->db, db_query(v->db, QUERY_FILE_RETAIN), e) < 0) return -1;
    return run_i64(v, QUERY_FILE_THIN, FILES_KEPT, e);
}

static int drop_rows(struct vault *v, when_t now, int32_t day, uint64_t cut, struct err *e) {
    if (cut > 0) {
        if (run_i64(v, QUERY_JOURNAL_RETAIN, (int64_t)cut, e) < 0 ||
            run_i64(v, QUERY_SEGMENT_DROP, (int64_t)cut, e) < 0 ||
            run_i64(v, QUERY_SNAPSHOT_RETAIN, (int64_t)cut, e) < 0 ||
            run_i64(v, QUERY_DAY_RETAIN, day - v->journal_keep_days, e) < 0)
            return -1;
    }
    if (run_i64(v, QUERY_SNAPSHOT_THIN, day, e) < 0) return -1;
    if (v->inbox_keep_days > 0) {
        int64_t oldest = now.ns - v->inbox_keep_days * NS_PER_DAY;
        if (run_i64(v, QUERY_INBOX_RETAIN, oldest, e) < 0 || run_i64(v, QUERY_OUTBOX_RETAIN, oldest, e) < 0) return -1;
    }
    /* A message that may still be edited is kept as long as the journal. */
    if (v->journal_keep_days > 0)
        if (run_i64(v, QUERY_OUTBOX_RETAIN_KEYED, now.ns - v->journal_keep_days * NS_PER_DAY, e) < 0) return -1;
    return drop_files(v, e);
}

int vault_retain(struct vault *v, when_t now, int32_t day, struct err *e) {
    uint64_t cut = 0;
    if (v->journal_keep_days > 0 && find_cut(v, day - v->journal_keep_days, &cut, e) < 0) return -1;
    if (db_begin(v->db, e) < 0) return -1;
    if (drop_rows(v, now, day, cut, e) < 0 || db_commit(v->db, e) < 0) {
        db_rollback(v->db);
        return -1;
    }
    if (cut == 0) return 0;
    log_info("store", "journal kept from event %llu on", (unsigned long long)cut + 1);
    return segments_drop(v->segments, cut, e);
}
