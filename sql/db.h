/*
 * db: the seam between MIA's queries and a database. Typed binds (no SQL is ever put
 * together from values), one prepared statement a query, transactions. A driver is a
 * table of functions; db_sqlite.c is the only user of sqlite3, db_pg*.c of libpq. One thread owns a
 * struct db. Column numbers start at 0, bind numbers at 1.
 *
 * Texts and blobs that are bound are borrowed until the statement has been stepped;
 * texts and blobs that are read hold until the next step or reset.
 */
#ifndef MIA_SQL_DB_H
#define MIA_SQL_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/money.h"
#include "engine/base/when.h"
#include "sql/queries.h"

struct db;
struct stmt;
struct db_copy;

struct db_driver {
    const char *name; /* for people */
    bool remote;      /* the connection can be lost: commits carry a number, and what was lost is asked again */
    struct db *(*open)(const char *where, struct err *e); /* ERR_NET: not reached, may pass */
    void (*close)(struct db *d);
    int (*claim)(struct db *d,
                 struct err *e); /* one user at a time: ERR_BUSY says where the other one runs; NULL: by its file */
    int (*script)(struct db *d, const char *sql);
    struct stmt *(*prepare)(struct db *d, const char *sql); /* NULL: the text is wrong, or the file is */
    void (*finish)(struct stmt *st);
    void (*bind_i64)(struct stmt *st, int i, int64_t v);
    void (*bind_f64)(struct stmt *st, int i, double v);
    void (*bind_text)(struct stmt *st, int i, const char *v, bool copy); /* NULL: null */
    void (*bind_blob)(struct stmt *st, int i, const void *v, size_t n);
    int (*step)(struct stmt *st); /* 1: a row, 0: done, -1: failed */
    void (*reset)(struct stmt *st);
    int64_t (*col_i64)(struct stmt *st, int i);
    const char *(*col_text)(struct stmt *st, int i); /* "" for null */
    const void *(*col_blob)(struct stmt *st, int i, size_t *n);
    bool (*col_null)(struct stmt *st, int i);
    int (*explain)(struct db *d, struct err *e); /* the last failure as an error; -1 */
    bool (*lost)(struct db *d); /* may that failure pass? The connection has to be made anew. NULL: never */
    bool (*has_table)(struct db *d, const char *name);
    int (*guarantees)(struct db *d, struct err *e); /* reads back what durability rests on; -1: not as asked */
    int (*freeze)(struct db *d);                    /* from here on nothing can be written */
    int (*check)(struct db *d, struct err *e);      /* integrity of the whole database */
    /* A copy through this connection, in steps with commits in between; it is of the moment of the last step. `to` is an
     * empty file, not durable after. NULL where the database is not a file. */
    struct db_copy *(*copy_open)(struct db *d, const char *to, struct err *e);
    int (*copy_step)(struct db_copy *c, uint64_t *bytes, struct err *e); /* 1: more, 0: whole; adds what it copied */
    void (*copy_close)(struct db_copy *c);
    int (*idle)(struct db *d);                           /* housekeeping between commits */
    void (*place)(struct db *d, char *out, size_t size); /* "PostgreSQL 15.18, mia at db.example:5432": for people */
    int (*number_on)(
        struct db *d,
        const char *table); /* rows came with numbers: the next one of its own is behind them; NULL: by itself */
    bool (*encrypted)(struct db *d);
    int (*set_aside)(struct db *d, const char *name); /* all tables into a schema of that name */
    const char *tables;                               /* query: the names of all tables */
    const char *columns;                              /* query: name and type of the columns of table ?1, in order */
};

struct db {
    const struct db_driver *driver;
    struct stmt *cache[QUERY_COUNT];
    bool (*waiting)(
        void *arg); /* called now and then while an answer is waited for; false: give up. NULL: nobody wants to know */
    void *waiting_arg;
    bool held;
};

extern const struct db_driver db_sqlite, db_pg;
/* What db_pg opens, from what the settings say. -1: wrong, or a way that is not safe. The text holds the password. */
struct store_server;
int db_pg_where(const struct store_server *s, struct buf *out, struct err *e);

struct db *db_open(const struct db_driver *driver, const char *where, struct err *e);
void db_close(struct db *d); /* d may be NULL */
int db_script(struct db *d, const char *sql, struct err *e);
bool db_lost(struct db *d); /* the last failure may pass with a new connection */

int db_begin(struct db *d, struct err *e);
int db_commit(struct db *d, struct err *e);
void db_rollback(struct db *d);
/* One transaction around many: until db_let_go their begins and commits do nothing. A rollback ends all of it. */
int db_hold(struct db *d, struct err *e);
int db_let_go(struct db *d, struct err *e); /* commits */

/* The prepared statement of a query, reset. NULL where it cannot be prepared: the functions below accept that, the step fails. */
struct stmt *db_query(struct db *d, enum query q);
void db_i64(struct db *d, struct stmt *st, int i, int64_t v);
void db_u64(struct db *d, struct stmt *st, int i, uint64_t v); /* bit for bit: numbers above 2^63 come back the same */
void db_f64(struct db *d, struct stmt *st, int i, double v);
void db_bool(struct db *d, struct stmt *st, int i, bool v);
void db_text(struct db *d, struct stmt *st, int i, const char *v);
void db_blob(struct db *d, struct stmt *st, int i, const void *v, size_t n);
void db_null(struct db *d, struct stmt *st, int i);
/* Exact decimal texts for people who read the tables; null where the value is 0 and `zero` is false. */
void db_price(struct db *d, struct stmt *st, int i, price_t v, bool zero);
void db_qty(struct db *d, struct stmt *st, int i, qty_t v);
void db_cash(struct db *d, struct stmt *st, int i, cash_t v);
void db_when(struct db *d, struct stmt *st, int i, when_t v);    /* ISO 8601 text; null for WHEN_NONE */
void db_when_ns(struct db *d, struct stmt *st, int i, when_t v); /* integer; null for WHEN_NONE */
void db_day(struct db *d, struct stmt *st, int i, int32_t day);  /* "2025-06-30" */

int db_step(struct db *d, struct stmt *st, struct err *e); /* 1: a row, 0: done, -1: e says why */
int db_run(struct db *d, struct stmt *st, struct err *e);  /* steps to the end and resets */
void db_reset(struct db *d, struct stmt *st);

int64_t db_col_i64(struct db *d, struct stmt *st, int i);
uint64_t db_col_u64(struct db *d, struct stmt *st, int i);
bool db_col_null(struct db *d, struct stmt *st, int i);
when_t db_col_when(struct db *d, struct stmt *st, int i); /* null: WHEN_NONE */
const char *db_col_text(struct db *d, struct stmt *st, int i);
const void *db_col_blob(struct db *d, struct stmt *st, int i, size_t *n);

int64_t db_mono_ms(void); /* for deadlines */
/* One number of a query without parameters; null or no row: `none`. */
int db_number(struct db *d, enum query q, int64_t none, int64_t *out, struct err *e);

#endif
