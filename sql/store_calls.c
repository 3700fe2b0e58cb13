/*
 * store_calls: the questions of engine/store.h, each turned into a request. Runs on the
 * loop's thread; the functions handed to store_call run on the store's.
 */
#include "engine/base/log.h"
#include "sql/copy.h"
#include "sql/job.h"
#include "sql/migrate.h"
#include "sql/store_int.h"

static struct read_args of_filter(const struct store_filter *f) {
    struct read_args a = {.id = f->id,
                          .only_closed = f->only_closed,
                          .only_taken = f->only_taken,
                          .only_ignored = f->only_ignored,
                          .limit = f->limit};
    read_range(&a, f->from, f->to);
    /* A name that is too long is no symbol of ours: it must not match one that begins like it. */
    if (f->symbol != NULL && !str_copy(a.symbol, sizeof a.symbol, f->symbol)) str_copy(a.symbol, sizeof a.symbol, "?");
    return a;
}

void store_trades(struct store *s, const struct store_filter *f, void (*row)(void *arg, const struct trade_row *r),
                  store_done_fn done, void *arg) {
    struct read_args a = of_filter(f);
    store_ask(s, &read_trades, (union row_fn){.trade = row}, &a, done, arg);
}

void store_signals(struct store *s, const struct store_filter *f, void (*row)(void *arg, const struct signal_row *r),
                   store_done_fn done, void *arg) {
    struct read_args a = of_filter(f);
    store_ask(s, &read_signals, (union row_fn){.signal = row}, &a, done, arg);
}

void store_audit(struct store *s, when_t from, when_t to, uint32_t limit,
                 void (*row)(void *arg, const struct audit_entry *r), store_done_fn done, void *arg) {
    struct read_args a = {.limit = limit};
    read_range(&a, from, to);
    store_ask(s, &read_audit, (union row_fn){.audit = row}, &a, done, arg);
}

void store_trades_page(struct store *s, const struct store_filter *f, struct store_page *p,
                       void (*row)(void *arg, const struct trade_row *r), store_done_fn done, void *arg) {
    struct read_args a = of_filter(f);
    a.limit = 0;
    store_ask_page(s, &read_trades, (union row_fn){.trade = row}, &a, p, done, arg);
}

void store_signals_page(struct store *s, const struct store_filter *f, struct store_page *p,
                        void (*row)(void *arg, const struct signal_row *r), store_done_fn done, void *arg) {
    struct read_args a = of_filter(f);
    a.limit = 0;
    store_ask_page(s, &read_signals, (union row_fn){.signal = row}, &a, p, done, arg);
}

void store_audit_page(struct store *s, when_t from, when_t to, struct store_page *p,
                      void (*row)(void *arg, const struct audit_entry *r), store_done_fn done, void *arg) {
    struct read_args a = {0};
    read_range(&a, from, to);
    store_ask_page(s, &read_audit, (union row_fn){.audit = row}, &a, p, done, arg);
}

void store_load_state(struct store *s, void (*row)(void *arg, const char *key, const char *value), store_done_fn done,
                      void *arg) {
    struct read_args a = {0};
    store_ask(s, &read_state, (union row_fn){.state = row}, &a, done, arg);
}

void store_load_inbox(struct store *s, store_inbox_fn row, store_done_fn done, void *arg) {
    struct read_args a = {.limit = INBOX_LOAD_MAX};
    store_ask(s, &read_inbox, (union row_fn){.inbox = row}, &a, done, arg);
}

void store_load_outbox(struct store *s, void (*row)(void *arg, const struct outbox_row *r), store_done_fn done,
                       void *arg) {
    struct read_args a = {0};
    store_ask(s, &read_outbox, (union row_fn){.outbox = row}, &a, done, arg);
}

void store_history(struct store *s, const char *channel, uint64_t before, uint32_t limit,
                   void (*row)(void *arg, const struct history_row *r), store_done_fn done, void *arg) {
    struct read_args a = {.before = before, .limit = limit};
    str_copy(a.key, sizeof a.key, channel);
    store_ask(s, &read_history, (union row_fn){.history = row}, &a, done, arg);
}

void store_message_ref(struct store *s, const char *platform, const char *key,
                       void (*row)(void *arg, const char *channel, const char *message_ref), store_done_fn done,
                       void *arg) {
    struct read_args a = {0};
    str_copy(a.platform, sizeof a.platform, platform);
    if (!str_copy(a.key, sizeof a.key, key)) log_warn("store", "message key of more than %d bytes", READ_KEY_MAX);
    store_ask(s, &read_ref, (union row_fn){.ref = row}, &a, done, arg);
}

void store_load_file(struct store *s, uint64_t id, void (*row)(void *arg, const void *bytes, size_t n),
                     store_done_fn done, void *arg) {
    struct read_args a = {.id = id};
    store_ask(s, &read_file, (union row_fn){.file = row}, &a, done, arg);
}

void store_load_snapshot(struct store *s, uint64_t before,
                         void (*row)(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n),
                         store_done_fn done, void *arg) {
    struct read_args a = {.before = before};
    store_ask(s, &read_snapshot, (union row_fn){.snapshot = row}, &a, done, arg);
}

/* ---- asked and answered at once ---- */

static int call_last_id(struct vault *v, void *arg, struct err *e) {
    return db_number(v->db, QUERY_OUTBOX_LAST, 0, arg, e);
}

/* A number that cannot be read must not look like an empty table: ids would be given twice. */
uint64_t store_outbox_last_id(struct store *s) {
    int64_t id = 0;
    struct err e;
    if (store_call(s, call_last_id, &id, &e) < 0) die("store: %s", e.text[LANG_EN]);
    return (uint64_t)id;
}

struct before_day {
    int32_t day;
    uint64_t seq;
};

static int call_before_day(struct vault *v, void *arg, struct err *e) {
    struct before_day *b = arg;
    return vault_seq_before_day(v, b->day, &b->seq, e);
}

uint64_t store_seq_before_day(struct store *s, int32_t day) {
    struct before_day b = {.day = day};
    struct err e;
    if (store_call(s, call_before_day, &b, &e) < 0) die("store: %s", e.text[LANG_EN]);
    return b.seq;
}

/* ---- jobs, in steps or in one go ---- */

static int call_job(struct vault *v, void *arg, struct err *e) {
    return job_run_all(v, arg, e);
}

int store_audit_verify(struct store *s, uint64_t *rows, struct err *e) {
    return store_call(s, call_job, job_verify(rows), e);
}

struct store_job *store_audit_verify_job(struct store *s, uint64_t *rows, store_done_fn done, void *arg) {
    return store_start(s, job_verify(rows), done, arg);
}

struct store_job *store_day_job(struct store *s, int32_t day, uint64_t *from, uint64_t *until, store_done_fn done,
                                void *arg) {
    return store_start(s, job_day(day, from, until), done, arg);
}

struct store_job *store_copy_job(struct store *s, const char *to, enum store_copy what, store_done_fn done, void *arg) {
    return store_start(s, job_copy(to, what), done, arg);
}

static int call_check(struct vault *v, void *arg, struct err *e) {
    (void)arg;
    return vault_check(v, e);
}

int store_check(struct store *s, struct err *e) {
    return store_call(s, call_check, NULL, e);
}

int store_backup(struct store *s, const char *to, struct err *e) {
    char part[PATH_MAX];
    if (copy_part(part, to, e) < 0) return -1;
    if (store_call(s, call_job, job_copy(part, STORE_COPY_ALL), e) < 0) return -1;
    if (store_copy_check(part, STORE_COPY_ALL, e) == 0 && store_copy_seal(part, to, e) == 0) return 0;
    store_copy_remove(part);
    return -1;
}

uint64_t store_bytes(const struct store *s) {
    uint64_t n;
    return vault_bytes(store_dir(s), &n) < 0 ? 0 : n;
}

int store_schema_latest(void) {
    return migrate_latest(migration_table);
}
