/*
 * vault: what the store's thread owns while it runs: the connection, the market segments,
 * the audit chain, the lock, the last seq. Everything here blocks and is called from that
 * thread only (or before it starts and after it ended).
 */
#ifndef MIA_SQL_VAULT_H
#define MIA_SQL_VAULT_H

#include <limits.h>

#include "engine/store.h"
#include "sql/audit.h"
#include "sql/batch.h"
#include "sql/db.h"
#include "sql/lock.h"
#include "sql/segment.h"

#define DATABASE_FILE "mia.db"

#define OWNER_MAX 33
#define SERVER_MARK "server" /* in the state directory: the name of the server's database, and where it was */
#define SERVER_MAX 8192      /* bytes of an address */

struct vault {
    char dir[PATH_MAX - 64];
    char *server;          /* NULL: SQLite. Holds the password: never printed */
    char owner[OWNER_MAX]; /* this run's name in table `commits` */
    uint64_t committed;    /* number of the newest batch that is committed; remote databases only */
    bool read_only, as_it_is;
    bool *older;
    int journal_keep_days, inbox_keep_days;
    int schema, schema_found; /* now, and before the migrations of this open */
    int lock_fd;
    struct lock_left lock_left;
    struct db *db;
    struct segments *segments;
    struct audit_chain audit;
    uint64_t last_seq; /* of the journal; 0: empty */
    int32_t last_day;  /* the newest day in table `days`; INT32_MIN: none */
    uint32_t loads;    /* journal loads under way: retention waits for them */
    bool retain_due;
    when_t retain_now;
    int32_t retain_day;
};

int vault_open(struct vault *v, const struct store_options *o, struct err *e);
/* To be copied only: whatever schema it has, and nothing is changed. */
int vault_open_as_it_is(struct vault *v, const char *dir, struct err *e);
void vault_close(struct vault *v);
int vault_load_ends(struct vault *v, struct err *e); /* where the journal and the audit chain end, from the database */

/* All batches of the list in one transaction; `number` is the last one's. -1: nothing of it happened; or, where
 * db_lost(v->db), nobody knows: vault_connect, vault_adopt, and v->committed tells. */
int vault_apply(struct vault *v, struct store_batch *first, uint64_t number, struct err *e);

/* Directory, lock and address without opening anything: for who copies. */
int vault_reach(struct vault *v, const struct store_options *o, struct err *e);

/* ---- server.c: where the database is a server ---- */
/* A connection that may be used: guarantees, lock, schema. Uses nothing of v that changes, so another thread may call it. */
struct db *vault_connect(const struct vault *v, struct err *e);
/* Goes on with that connection: everything kept in memory is read again. Takes d. */
int vault_adopt(struct vault *v, struct db *d, struct err *e);
int server_begin(struct vault *v, struct err *e); /* after the migrations: whose database is it, what was committed */
/* Writes which database it is into DIR/mark, and asks whether that says so: 1, 0, -1. */
int server_mark_as(struct vault *v, const char *mark, struct err *e);
int server_is_marked(struct vault *v, const char *mark, struct err *e);
int server_commit(struct vault *v, uint64_t number, struct err *e); /* the number into the transaction */
int server_fits(const char *dir, bool remote, struct err *e);       /* does the state directory belong to this kind? */

int vault_retain(struct vault *v, when_t now, int32_t day, struct err *e);
int vault_check(struct vault *v, struct err *e);
int vault_seq_before_day(struct vault *v, int32_t day, uint64_t *out, struct err *e);
int vault_bytes(const char *dir, uint64_t *out);

#endif
