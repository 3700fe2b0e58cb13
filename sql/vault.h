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
#include "sql/segment.h"

#define DATABASE_FILE "mia.db"

struct vault {
    char dir[PATH_MAX - 64];
    bool read_only;
    int journal_keep_days, inbox_keep_days;
    int schema, schema_found; /* now, and before the migrations of this open */
    int lock_fd;
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

/* All batches of the list in one transaction. -1: nothing of it happened. */
int vault_apply(struct vault *v, struct store_batch *first, struct err *e);

int vault_retain(struct vault *v, when_t now, int32_t day, struct err *e);
int vault_check(struct vault *v, struct err *e);
int vault_seq_before_day(struct vault *v, int32_t day, uint64_t *out, struct err *e);
int vault_bytes(const char *dir, uint64_t *out);

#endif
