/*
 * db_pg_copy: a copy of the server's database as a file of SQLite, so that a backup is the same thing whatever it was
 * made from: a state directory that any mia opens. Read through a connection of its own in one read-only transaction,
 * so the copy is of one moment (that of its beginning) and commits pass in between.
 */
#include <stdlib.h>

#include "engine/base/mem.h"
#include "sql/db_pg.h"
#include "sql/migrate.h"
#include "sql/table_copy.h"

struct db_copy {
    struct db *from, *to;
    struct table_copy *tables;
};

void pg_copy_close(struct db_copy *c) {
    if (c == NULL) return;
    table_copy_free(c->tables);
    db_close(c->from);
    db_close(c->to);
    free(c);
}

struct db_copy *pg_copy_open(struct db *d, const char *to, struct err *e) {
    struct db_copy *c = xcalloc(1, sizeof *c);
    int version;
    c->from = pg_open(((struct pg *)d)->where, e);
    bool ok = c->from != NULL &&
              db_script(c->from,
                        "SET idle_in_transaction_session_timeout = '10min'; SET statement_timeout = '5min'; "
                        "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY",
                        e) == 0;
    if (ok) c->to = db_open(&db_sqlite, to, e);
    ok = ok && c->to != NULL && migrate_run(c->to, migration_table, false, &version, e) == 0;
    if (ok) c->tables = table_copy_new(c->from, c->to, e);
    if (c->tables != NULL) return c;
    pg_copy_close(c);
    return NULL;
}

int pg_copy_step(struct db_copy *c, uint64_t *bytes, struct err *e) {
    int r = table_copy_step(c->tables, bytes, e);
    if (r != 0) return r;
    table_copy_free(c->tables);
    c->tables = NULL;
    db_close(c->to); /* its WAL goes into the file */
    c->to = NULL;
    return 0;
}
