/*
 * store: the contract of everything that must survive. One writer, one connection.
 * Asynchronous: a batch is filled on the loop's thread, committed elsewhere as ONE
 * transaction in the order given, and answered by a callback on the loop's thread
 * after store_poll saw the descriptor readable. Batches commit in the order they
 * were sent; several may share one commit. A batch that fails calls back with the
 * error, and so does everything behind it: the owner ends the process (SQLite).
 *
 * Texts and blobs given to store_put_* are copied.
 *
 * Everything but the callbacks' work happens on the store's own thread; all functions
 * are called from the loop's thread. Callbacks run inside store_poll (or store_wait) and
 * may use the store, but not wait for it, poll it or close it.
 */
#ifndef MIA_ENGINE_STORE_H
#define MIA_ENGINE_STORE_H

#include "engine/effect.h"

#define STORE_BATCH_MAX (64u << 20)
#define OUTBOX_DOC_MAX (64u << 10)
#define OUTBOX_FILE_MAX (4u << 20) /* bytes of the file that a message may carry */

struct store;
struct store_batch;

/* A PostgreSQL. Everything may be NULL or ""; what is said beside the url wins over what is in it. */
struct store_server {
    const char *url; /* postgresql://user@host:port/name?sslmode=… */
    const char *host, *port, *name, *user, *password;
};

struct store_options {
    const char *dir;                   /* state directory, created 0700 */
    const struct store_server *server; /* NULL: SQLite, DIR/mia.db. Market segments lie in DIR/journal in both cases */
    bool
        read_only; /* for export, audit, replay: nothing is changed; ERR_BUSY while a bot runs, ERR_NOT_FOUND before one has */
    bool as_it_is; /* with read_only: an older schema is read as it is */
    bool *older; /* not NULL: an older schema is left alone, *older says so and store_open fails: ask as_it_is first */
    int journal_keep_days; /* market segments and journal rows; 0: for ever */
    int inbox_keep_days;
};

/* Opens the database and DIR/journal/, migrates forward, reads the pragmas back, takes the instance lock (ERR_BUSY says where the
 * other one runs, ERR_REFUSED: a newer schema or weaker settings, ERR_CORRUPT: damaged, ERR_NET: the server is not reached, may pass). */
struct store *store_open(const struct store_options *o, struct err *e);
/* Commits what was sent, then closes; callbacks that are still due are not run (store_wait first). s may be NULL. */
void store_close(struct store *s);
int store_fd(const struct store *s); /* readable: call store_poll */
void store_poll(struct store *s);    /* runs the callbacks that are due */
void store_wait(struct store *s);    /* for the command line and tests: until everything sent is answered */

typedef void (*store_done_fn)(void *arg, const struct err *failed /* NULL: committed */);

struct store_batch *store_batch_new(struct store *s);
bool store_batch_empty(const struct store_batch *b);
void store_batch_drop(struct store_batch *b);
/* Takes the batch. done may be NULL. */
void store_commit(struct store *s, struct store_batch *b, store_done_fn done, void *arg);

/* ---- a server that is gone ----
 * SQLite's failed commit ends the process. A server's is asked again, for ever, with growing pauses. What lasts longer
 * than STORE_GONE_MS is an outage: commits are then kept in DIR/pending, synced, and answered as committed (they are
 * durable, and reach the server in their order, each once, when it is back or mia starts again); questions fail. */
#define STORE_GONE_MS 1000
enum store_state {
    STORE_UP,
    STORE_GONE /* commits are kept in DIR/pending */
};
struct store_health {
    enum store_state state;
    when_t since;         /* wall; STORE_GONE */
    struct err why;       /* the same */
    uint64_t kept, bytes; /* commits in DIR/pending, and how large it is; its limit is STORE_KEPT_MAX */
    uint64_t commits;     /* group commits so far */
    char place[160];      /* "SQLite", "PostgreSQL 15.18, mia" */
};
#define STORE_KEPT_MAX (256ull << 20)
void store_health(struct store *s, struct store_health *out);
/* fn is called on the loop's thread, inside store_poll, when the state has changed. */
void store_on_health(struct store *s, void (*fn)(void *arg), void *arg);

/* For `mia check`: reaches the server as a start would, without taking its lock or changing anything. */
struct store_server_state {
    char place[160];
    bool encrypted;
    int schema; /* 0: nothing there yet */
};
int store_server_look(const struct store_options *o, struct store_server_state *out, struct err *e);
/* The whole state of a directory from DIR/mia.db into its server, or back: row by row, counted and compared on both sides;
 * market data stays. Nothing may be open there (ERR_BUSY). A server that has a state already is refused, or, with `aside`,
 * its tables go into a schema whose name is told. The old one stays: DIR/mia.db.copied, or the server's tables as they
 * are. A kill leaves one of the two, whole, and the copy can be made again. */
enum store_side { STORE_SERVER, STORE_FILE };
struct store_copied {
    uint64_t rows;
    char aside[64];
};
int store_copy_over(const struct store_options *o, enum store_side to, bool aside, struct store_copied *out,
                    struct err *e);
/* Puts a server's tables into a schema of their own, "mia-NAME": nothing is lost, and the next open starts empty. */
int store_server_set_aside(const struct store_options *o, const char *name, struct err *e);

/* ---- inbox: one row an update or interaction, whatever is redelivered ---- */
struct inbox_row {
    const char *platform, *bot; /* "discord" "telegram" "local"; the bot's own id */
    uint64_t ext_id;            /* interaction id, update id */
    when_t at;                  /* wall */
    const char *actor, *command, *verdict;
};
void store_put_inbox(struct store_batch *b, const struct inbox_row *r);
/* Every (platform, ext_id) kept, for the duplicate set: newest first. */
typedef void (*store_inbox_fn)(void *arg, const char *platform, uint64_t ext_id);

/* ---- journal: events, market data in compressed daily segments; effects into the tables ---- */
/* seq must follow the last event's (any first one in an empty journal): a gap fails the commit. */
void store_put_event(struct store_batch *b, const struct event *ev);
/* signals, trades, performance_stats, daily_trade_counts follow from effects. ev: the event that caused them. */
void store_put_effects(struct store_batch *b, const struct event *ev, const struct effects *f,
                       const struct engine_config *c);
void store_put_snapshot(struct store_batch *b, uint64_t seq, int32_t day, const void *bytes, size_t n);

/* ---- outbox ---- */
enum outbox_state { OUTBOX_NEW, OUTBOX_ATTEMPT, OUTBOX_DONE, OUTBOX_REFUSED, OUTBOX_STATE_COUNT };
enum outbox_kind { OUTBOX_MESSAGE, OUTBOX_REPLY, OUTBOX_EDIT, OUTBOX_KIND_COUNT };
struct outbox_row {
    uint64_t id; /* chosen by the outbox: rises */
    enum outbox_kind kind;
    enum outbox_state state;
    enum urgency urgency;
    bool critical; /* orders, stops, limits: never coalesced away */
    uint32_t attempts;
    when_t created, attempted; /* wall */
    const char *platform;      /* "discord" … */
    const char *channel;       /* channel_name(); "" for replies */
    const char *address;       /* replies: the transport's opaque address; "" else */
    const char *key;           /* "trade:17": what later edits refer to; "" none */
    const char *event_id;      /* short id shown where a repeat is possible: "E7F3" */
    const char *message_ref;   /* what the transport said it became; "" unknown */
    const char *doc;           /* JSON of the document */
    uint32_t file_bytes;       /* read only: of its file, 0 where it has none; see store_put_file */
};
void store_put_outbox(struct store_batch *b, const struct outbox_row *r);
void store_put_outbox_attempt(struct store_batch *b, uint64_t id, uint32_t attempts, when_t at);
/* DONE and REFUSED rows of the local page stay as its history; of others the doc is emptied, key and message_ref stay. */
void store_put_outbox_end(struct store_batch *b, uint64_t id, enum outbox_state state, const char *message_ref,
                          when_t at);
/* The file that row `id` carries, in place of any it had. It goes with the row, or when it is dropped. */
void store_put_file(struct store_batch *b, uint64_t id, const void *bytes, size_t n);
void store_drop_file(struct store_batch *b, uint64_t id);

/* ---- audit: hash-chained, append only ---- */
struct audit_row {
    when_t at; /* wall */
    const char *platform, *actor, *role, *chat, *command, *arguments, *verdict, *detail;
};
void store_put_audit(struct store_batch *b, const struct audit_row *r);

#define STORE_VERSION_KEY "app.version" /* the program that has written here last; its owner is the start */
/* ---- bot_state: small named values (gateway session, Telegram offset, pending confirmations, channel ids) ---- */
void store_put_state(struct store_batch *b, const char *key, const char *value /* NULL: remove */, when_t at);

/* ---- reading. Rows come on the loop's thread, before done; pointers hold during the call. What is asked sees what was
 * committed before it was sent. A long answer comes in several parts, with other callbacks in between. ---- */
struct trade_row {
    struct trade trade; /* instrument and strategy indices are not set */
    char symbol[SYMBOL_MAX], strategy[STRATEGY_NAME_MAX];
    uint32_t confidence; /* of its signal */
};
struct signal_row {
    struct signal signal;
    char symbol[SYMBOL_MAX], strategy[STRATEGY_NAME_MAX];
};
struct store_filter { /* all optional: 0, WHEN_NONE or "" mean: any */
    uint32_t id;      /* one trade or signal */
    const char *symbol;
    bool only_closed, only_taken, only_ignored;
    when_t from, to; /* market time of entry (trades) or of the signal; to is exclusive */
    uint32_t limit;  /* newest first when > 0; oldest first when 0 */
};
void store_trades(struct store *s, const struct store_filter *f, void (*row)(void *arg, const struct trade_row *r),
                  store_done_fn done, void *arg);
void store_signals(struct store *s, const struct store_filter *f, void (*row)(void *arg, const struct signal_row *r),
                   store_done_fn done, void *arg);

struct audit_entry {
    uint64_t id;
    struct audit_row row;
    char hash[65];
};
void store_audit(struct store *s, when_t from, when_t to, uint32_t limit,
                 void (*row)(void *arg, const struct audit_entry *r), store_done_fn done, void *arg);

/* A long answer piece by piece, oldest first, at the reader's own pace: all zero before the first piece, then asked for again
 * with the same page while `more` holds. A piece looks at STORE_PAGE_IDS ids, so it may bring no row and still be followed by
 * others. What came in after the first piece was asked for is left out. The page must live until done; `limit` is not used. */
#define STORE_PAGE_IDS 256
struct store_page {
    uint64_t after; /* the last id looked at */
    uint64_t until; /* the last id of all */
    bool more;
};
void store_trades_page(struct store *s, const struct store_filter *f, struct store_page *p,
                       void (*row)(void *arg, const struct trade_row *r), store_done_fn done, void *arg);
void store_signals_page(struct store *s, const struct store_filter *f, struct store_page *p,
                        void (*row)(void *arg, const struct signal_row *r), store_done_fn done, void *arg);
void store_audit_page(struct store *s, when_t from, when_t to, struct store_page *p,
                      void (*row)(void *arg, const struct audit_entry *r), store_done_fn done, void *arg);

/* What the local page has shown: of a channel its messages, each as its last edit left it; of "" the answers. The newest
 * `limit` with an id below `before` (0: of all), by id. What was not delivered yet is not among them. */
struct history_row {
    struct outbox_row row;
    uint64_t edit;     /* the row of the last edit; 0: never edited */
    when_t edited;     /* wall */
    uint64_t file_row; /* whose file the doc names; 0: none, or its bytes are kept no more */
};
void store_history(struct store *s, const char *channel, uint64_t before, uint32_t limit,
                   void (*row)(void *arg, const struct history_row *r), store_done_fn done, void *arg);

/* For a start: */
void store_load_state(struct store *s, void (*row)(void *arg, const char *key, const char *value), store_done_fn done,
                      void *arg);
void store_load_inbox(struct store *s, store_inbox_fn row, store_done_fn done, void *arg);
/* Rows not yet DONE or REFUSED, by id. */
void store_load_outbox(struct store *s, void (*row)(void *arg, const struct outbox_row *r), store_done_fn done,
                       void *arg);
/* The newest message_ref of a key on a platform: calls row once or not at all. */
void store_message_ref(struct store *s, const char *platform, const char *key,
                       void (*row)(void *arg, const char *channel, const char *message_ref), store_done_fn done,
                       void *arg);
/* The bytes of a row's file: calls row once or not at all. */
void store_load_file(struct store *s, uint64_t id, void (*row)(void *arg, const void *bytes, size_t n),
                     store_done_fn done, void *arg);
uint64_t store_outbox_last_id(struct store *s); /* at the start, before the first batch */

/* The newest snapshot with seq <= before (0: any). Calls row once or not at all. */
void store_load_snapshot(struct store *s, uint64_t before,
                         void (*row)(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n),
                         store_done_fn done, void *arg);
/* Every journalled event after seq, in order, market data included, up to the last one that was sent for commit before this
 * call; false from row stops. ERR_CORRUPT: damage, or the first seq that is missing (the events before it have been given). */
void store_load_events(struct store *s, uint64_t after, bool (*row)(void *arg, const struct event *ev),
                       store_done_fn done, void *arg);
/* The last seq before the first event of `day` or of a later one; the last of all where there is none. */
uint64_t store_seq_before_day(struct store *s, int32_t day);

/* ---- keeping house ---- */
int store_audit_verify(struct store *s, uint64_t *rows,
                       struct err *e);           /* -1: e names the first row that does not fit */
int store_check(struct store *s, struct err *e); /* integrity, pragmas, schema version */
/* `to` must not exist: becomes a directory like the state directory, looked through, whole and durable once this returns. */
int store_backup(struct store *s, const char *to, struct err *e);

/* The same while others commit: done in steps of some milliseconds on the store's thread, with what waits in between. A job
 * lives until its done was called; one that was cancelled, or whose store was closed, ends at its next step as failed. */
struct store_job;
void store_job_cancel(struct store_job *j);
void store_job_progress(const struct store_job *j, uint64_t *at, uint64_t *of); /* of is 0 while nobody knows */
struct store_job *store_audit_verify_job(struct store *s, uint64_t *rows, store_done_fn done, void *arg);
/* *from, *until: what store_seq_before_day says of `day` and of the day after. */
struct store_job *store_day_job(struct store *s, int32_t day, uint64_t *from, uint64_t *until, store_done_fn done,
                                void *arg);
enum store_copy {
    STORE_COPY_DATABASE, /* pragmas, schema and journal files are looked at where they are; the database, where it is a file,
                          * is copied */
    STORE_COPY_ALL,      /* a state directory as of one moment of the job: a file's end, a server's beginning */
};
/* Copies into the directory `to`, which must not exist; a failed job leaves nothing there. The copy is not durable yet. */
struct store_job *store_copy_job(struct store *s, const char *to, enum store_copy what, store_done_fn done, void *arg);
/* Looks through a copy nobody uses (blocks; needs no open store): integrity, schema, and of a whole one every journalled
 * event and the audit chain. */
int store_copy_check(const char *copy, enum store_copy what, struct err *e);
/* Makes a whole copy durable under its name `to`, which must not exist. */
int store_copy_seal(const char *copy, const char *to, struct err *e);
/* Removes a copy: only files that a store makes, so whatever else lies there stays, and the directory with it. */
void store_copy_remove(const char *copy);

/* Puts a backup into a state directory, looked through before anything there changes; a kill at any point leaves what was
 * there or all of the backup. ERR_BUSY: a bot runs there. A directory with a database is refused, or, where `aside` is given
 * (PATH_MAX bytes), kept under another name in the same folder, which is put there; "" where there was none. */
int store_restore(const char *backup, const char *dir, char *aside, struct err *e);
/* Drops what is past its retention. The journal keeps at least what lies after the newest snapshot that is older than
 * journal_keep_days; ended messages without a key go with the inbox, those with one with the journal. */
void store_retain(struct store *s, when_t now, int32_t day);
/* The schema of the database in dir, whether this program could open it or not; 0: none yet. ERR_BUSY while a bot runs. */
int store_database_version(const char *dir, int *version, struct err *e);
int store_schema_latest(void); /* of this program */
/* What a second start, here or on another machine, is told of this one. Not for a store that is read only. */
void store_page(struct store *s, const char *address); /* of the local page, without its token */
void store_alive(struct store *s);                     /* once a minute */
/* Another machine's mia held this state last and never gave it back: what to make sure of; NULL: nothing of the kind. */
const struct err *store_held_abroad(const struct store *s);
int store_schema_version(const struct store *s);
int store_schema_found(const struct store *s); /* as it was before this open; 0: there was none */
uint64_t store_bytes(const struct store *s);   /* on disk */

#endif
