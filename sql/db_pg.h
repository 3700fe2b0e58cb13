/*
 * db_pg: what the files of the driver for PostgreSQL share. Private to them; they are libpq's only users.
 *   db_pg.c        statements, transactions, what a failure means
 *   db_pg_wire.c   sending, answers and the waiting for them, the pipeline
 *   db_pg_open.c   where the server is and whether the way there is safe, connecting, settings, the lock
 *   db_pg_copy.c   a copy as a file
 *   db_pg_text.c   MIA's dialect into PostgreSQL's
 */
#ifndef MIA_SQL_DB_PG_H
#define MIA_SQL_DB_PG_H

#include <libpq-fe.h>

#include "engine/base/buf.h"
#include "sql/db.h"

#define PG_ANSWER_MS 20000    /* a server that says nothing for so long is lost; its own timeouts are shorter */
#define PG_STATEMENT_MS 15000 /* statement_timeout of the session */
#define PG_LOCK_MS 5000       /* lock_timeout */
#define PG_SLICE_MS 100       /* between two looks at what else waits */
#define PG_SQLSTATE 6

struct pg {
    struct db db;
    PGconn *c;
    char *where;         /* holds the password: never printed */
    bool begin_wanted;   /* BEGIN goes out with the first statement */
    bool pipeline;       /* statements are sent and not waited for */
    uint32_t pending;    /* sent, and not answered yet */
    uint32_t names;      /* statements prepared so far */
    uint32_t generation; /* moved by every failure: then statements are prepared anew */
    bool lost;           /* the connection, or what a commit led to */
    bool frozen;         /* nothing may be written, by our own wish */
    bool failed;         /* something of this transaction failed: the first failure is kept below */
    char state[PG_SQLSTATE];
    char message[ERR_TEXT_MAX];
};

/* db_pg_open.c */
struct db *pg_open(const char *where, struct err *e);
int pg_claim(struct db *d, struct err *e);
int pg_guarantees(struct db *d, struct err *e);
void pg_place(struct db *d, char *out, size_t size);

void pg_forget(struct pg *pg); /* frees it, and its address for good */

/* db_pg_copy.c */
struct db_copy *pg_copy_open(struct db *d, const char *to, struct err *e);
int pg_copy_step(struct db_copy *c, uint64_t *bytes, struct err *e);
void pg_copy_close(struct db_copy *c);

/* db_pg_wire.c; int: 0, or -1 and it is noted */
/* One text without parameters, at once. NULL: it failed (pg->state, pg->message). The caller clears it. */
PGresult *pg_exec(struct pg *pg, const char *sql);
/* The first column of the first row; "" where there is none. false: it failed. */
bool pg_one(struct pg *pg, const char *sql, char *out, size_t size);
void pg_note(struct pg *pg, const char *state, const char *message); /* the first failure counts */
int pg_gone(struct pg *pg);                                          /* the connection is lost; always -1 */
/* Sends what is buffered, taking in answers meanwhile: a server that cannot write stops reading. until_ms: monotonic. */
int pg_flush(struct pg *pg, int64_t until_ms);
/* Answers of everything that was sent; the rows of the last one in *rows, which may be NULL. */
int pg_drain(struct pg *pg, PGresult **rows);
int pg_enter_pipeline(struct pg *pg);
int pg_leave_pipeline(struct pg *pg);

/* db_pg_text.c: ?1 becomes $1; INTEGER PRIMARY KEY and BLOB what they are there. */
void pg_translate(const char *sql, struct buf *out);
int pg_params(const char *sql); /* the highest number */

#endif
