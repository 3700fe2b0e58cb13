/*
 * db_pg: the driver for PostgreSQL. Owns one connection. Inside a transaction statements that answer no rows are
 * sent and not waited for (libpq's pipeline), so that a commit costs one round trip however much is in it; the first
 * failure is told by the next statement that is waited for, at the latest by COMMIT. Values travel as parameters, never
 * inside a text.
 */
#include "sql/db_pg.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

#define FLUSH_EVERY 64   /* statements sent before the socket is looked at: neither side's buffers may fill up */
#define DRAIN_EVERY 4096 /* and before their answers fill the memory */
#define TYPE_TIMESTAMPTZ 1184
#define NAMEDATA 64
#define SMALL_MAX 64 /* numbers, prices and times as text */

struct value {
    const char *p; /* NULL: null */
    int n;
    int binary;
    char small[SMALL_MAX];
    char *own; /* a text that had to be mended */
};

struct stmt {
    struct pg *pg;
    char name[16];
    char *sql;           /* translated */
    uint32_t generation; /* prepared in that one; 0: not yet */
    enum { STMT_WRITE, STMT_READ, STMT_BEGIN, STMT_COMMIT, STMT_ROLLBACK } kind;
    bool sent;
    int params;
    struct value *value;
    const char **p; /* the same, as libpq takes them */
    int *n, *binary;
    PGresult *rows;
    int row;
    struct buf blob;
};

/* ---- statements ---- */

static struct stmt *prepare(struct db *d, const char *sql) {
    struct stmt *st = xcalloc(1, sizeof *st);
    struct buf text;
    st->pg = (struct pg *)d;
    st->row = -1;
    st->params = pg_params(sql);
    st->value = xcalloc((size_t)st->params + 1, sizeof *st->value);
    st->p = xcalloc((size_t)st->params + 1, sizeof *st->p);
    st->n = xcalloc((size_t)st->params + 1, sizeof *st->n);
    st->binary = xcalloc((size_t)st->params + 1, sizeof *st->binary);
    st->kind = strcmp(sql, "BEGIN") == 0                                        ? STMT_BEGIN
               : strcmp(sql, "COMMIT") == 0                                     ? STMT_COMMIT
               : strcmp(sql, "ROLLBACK") == 0                                   ? STMT_ROLLBACK
               : strncmp(sql, "SELECT", 6) == 0 || strncmp(sql, "WITH", 4) == 0 ? STMT_READ
                                                                                : STMT_WRITE;
    buf_init(&text, 1u << 16);
    pg_translate(sql, &text);
    st->sql = buf_detach(&text);
    buf_init(&st->blob, 256u << 20);
    return st;
}

static void clear_values(struct stmt *st) {
    for (int i = 0; i < st->params; i++) {
        free(st->value[i].own);
        st->value[i].own = NULL;
        st->value[i].p = NULL;
        st->value[i].n = 0;
        st->value[i].binary = 0;
    }
}

static void reset(struct stmt *st) {
    PQclear(st->rows);
    st->rows = NULL;
    st->row = -1;
    st->sent = false;
    clear_values(st);
    if (st->blob.cap > SMALL_MAX * 1024)
        buf_clear(&st->blob);
    else
        buf_reset(&st->blob);
}

static void finish(struct stmt *st) {
    reset(st);
    buf_clear(&st->blob);
    free(st->sql);
    free(st->value);
    free(st->p);
    free(st->n);
    free(st->binary);
    free(st);
}

/* Bind numbers come from the same file as the texts: one out of range is a mistake of the program. */
static struct value *slot(struct stmt *st, int i) {
    if (i < 1 || i > st->params) die("store: parameter %d of %d", i, st->params);
    struct value *v = &st->value[i - 1];
    free(v->own);
    v->own = NULL;
    v->binary = 0;
    return v;
}

static void bind_i64(struct stmt *st, int i, int64_t v) {
    struct value *s = slot(st, i);
    s->n = snprintf(s->small, sizeof s->small, "%lld", (long long)v);
    s->p = s->small;
}

static void bind_f64(struct stmt *st, int i, double v) {
    struct value *s = slot(st, i);
    s->n = snprintf(s->small, sizeof s->small, "%.17g", v);
    s->p = s->small;
}

/* The server refuses a text that is no UTF-8, and with it the whole transaction. */
static char *mended(const char *v, size_t n) {
    struct buf out;
    buf_init(&out, 3 * n + 1);
    for (size_t i = 0; i < n;) {
        uint32_t point;
        size_t len = utf8_next(v + i, n - i, &point);
        if (len > 0)
            buf_add(&out, v + i, len);
        else
            buf_str(&out, "\xef\xbf\xbd");
        i += len > 0 ? len : 1;
    }
    return buf_detach(&out);
}

static void bind_text(struct stmt *st, int i, const char *v, bool copy) {
    struct value *s = slot(st, i);
    s->p = v;
    if (v == NULL) return;
    size_t n = strlen(v);
    if (!utf8_valid(v, n)) {
        s->p = s->own = mended(v, n);
    } else if (copy && n < sizeof s->small) {
        memcpy(s->small, v, n + 1);
        s->p = s->small;
    } else if (copy) {
        s->p = s->own = xstrdup(v);
    }
    s->n = (int)strlen(s->p);
}

static void bind_blob(struct stmt *st, int i, const void *v, size_t n) {
    struct value *s = slot(st, i);
    s->p = v != NULL ? v : "";
    s->n = (int)n;
    s->binary = 1;
}

static int send_one(struct pg *pg, int sent) {
    if (sent == 0) return pg_gone(pg);
    if (++pg->pending % FLUSH_EVERY != 0) return 0;
    if (pg_flush(pg, db_mono_ms() + PG_ANSWER_MS) < 0) return -1;
    return PQconsumeInput(pg->c) == 0 ? pg_gone(pg) : 0;
}

static int send_text(struct pg *pg, const char *sql) {
    return send_one(pg, PQsendQueryParams(pg->c, sql, 0, NULL, NULL, NULL, NULL, 0));
}

static int send_statement(struct stmt *st) {
    struct pg *pg = st->pg;
    if (pg_enter_pipeline(pg) < 0) return -1;
    if (pg->begin_wanted) {
        pg->begin_wanted = false;
        if (send_text(pg, "BEGIN") < 0) return -1;
    }
    if (st->generation != pg->generation) {
        st->generation = pg->generation;
        snprintf(st->name, sizeof st->name, "q%u", ++pg->names);
        if (send_one(pg, PQsendPrepare(pg->c, st->name, st->sql, 0, NULL)) < 0) return -1;
    }
    for (int i = 0; i < st->params; i++) {
        st->p[i] = st->value[i].p;
        st->n[i] = st->value[i].n;
        st->binary[i] = st->value[i].binary;
    }
    return send_one(pg, PQsendQueryPrepared(pg->c, st->name, st->params, st->p, st->n, st->binary, 0));
}

static bool in_transaction(const struct pg *pg) {
    return pg->begin_wanted || pg->pipeline || PQtransactionStatus(pg->c) != PQTRANS_IDLE;
}

static int step_begin(struct pg *pg) {
    pg->failed = false;
    if (pg->lost) return -1;
    pg->begin_wanted = true;
    return 0;
}

static int step_commit(struct pg *pg) {
    if (pg->begin_wanted) { /* nothing in it */
        pg->begin_wanted = false;
        return 0;
    }
    if (pg->lost || pg->failed) return -1;
    if (pg_enter_pipeline(pg) < 0 || send_text(pg, "COMMIT") < 0) return -1;
    PGresult *r = NULL;
    int ok = pg_drain(pg, &r);
    if (ok == 0 && strcmp(PQcmdStatus(r), "COMMIT") != 0) {
        pg_note(pg, "25P02", "the transaction was rolled back");
        ok = -1;
    }
    PQclear(r);
    if (ok < 0) return -1;
    pg->pipeline = false;
    return PQexitPipelineMode(pg->c) == 0 ? pg_gone(pg) : 0;
}

/* Keeps the failure that led here: it is what is told. */
static int step_rollback(struct pg *pg) {
    char state[PG_SQLSTATE], message[ERR_TEXT_MAX];
    bool failed = pg->failed;
    memcpy(state, pg->state, sizeof state);
    memcpy(message, pg->message, sizeof message);
    pg->begin_wanted = false;
    if (pg->lost) return -1;
    pg_leave_pipeline(pg);
    if (!pg->lost && PQtransactionStatus(pg->c) != PQTRANS_IDLE) PQclear(pg_exec(pg, "ROLLBACK"));
    if (failed && !pg->lost) {
        pg->failed = false;
        pg_note(pg, state, message);
    }
    return pg->lost ? -1 : 0;
}

static int step_statement(struct stmt *st) {
    struct pg *pg = st->pg;
    bool alone = !in_transaction(pg);
    if (alone) pg->failed = false;
    if (pg->lost || pg->failed || send_statement(st) < 0) return -1;
    st->sent = true;
    if (!alone && st->kind == STMT_WRITE) /* its answer comes with the others' */
        return pg->pending < DRAIN_EVERY ? 0 : pg_drain(pg, NULL);
    int r = pg_drain(pg, &st->rows);
    if (alone) {
        pg->pipeline = false;
        if (PQexitPipelineMode(pg->c) == 0) return pg_gone(pg);
    }
    return r;
}

static int step(struct stmt *st) {
    struct pg *pg = st->pg;
    switch (st->kind) {
    case STMT_BEGIN: return step_begin(pg);
    case STMT_COMMIT: return step_commit(pg);
    case STMT_ROLLBACK: return step_rollback(pg);
    case STMT_READ:
    case STMT_WRITE: break;
    }
    if (!st->sent && step_statement(st) < 0) return -1;
    if (st->kind == STMT_WRITE || st->rows == NULL) return 0;
    return ++st->row < PQntuples(st->rows) ? 1 : 0;
}

/* ---- columns ---- */

static bool col_null(struct stmt *st, int i) {
    return PQgetisnull(st->rows, st->row, i) != 0;
}

/* "2025-06-30 12:00:00+00" as MIA writes it. The session's zone is UTC. */
static const char *iso(struct stmt *st, const char *t) {
    size_t n = strlen(t), date = strcspn(t, " ");
    buf_reset(&st->blob);
    buf_add(&st->blob, t, date);
    if (date == n) return st->blob.len > 0 ? st->blob.p : "";
    buf_char(&st->blob, 'T');
    buf_add(&st->blob, t + date + 1, strcspn(t + date + 1, "+"));
    buf_char(&st->blob, 'Z');
    return st->blob.p;
}

static const char *col_text(struct stmt *st, int i) {
    const char *t = PQgetvalue(st->rows, st->row, i);
    return PQftype(st->rows, i) == TYPE_TIMESTAMPTZ ? iso(st, t) : t;
}

static int64_t col_i64(struct stmt *st, int i) {
    const char *t = PQgetvalue(st->rows, st->row, i);
    if (*t == 't' || *t == 'f') return *t == 't';
    return strtoll(t, NULL, 10);
}

static unsigned hex_of(char c) {
    return c >= 'a' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - '0');
}

static const void *col_blob(struct stmt *st, int i, size_t *n) {
    const char *t = PQgetvalue(st->rows, st->row, i);
    size_t len = (size_t)PQgetlength(st->rows, st->row, i);
    buf_reset(&st->blob);
    *n = 0;
    if (len < 2 || t[0] != '\\' || t[1] != 'x') return "";
    for (size_t k = 2; k + 1 < len; k += 2) buf_char(&st->blob, (char)(hex_of(t[k]) << 4 | hex_of(t[k + 1])));
    *n = st->blob.len;
    return *n > 0 ? st->blob.p : "";
}

/* ---- the rest ---- */

static int script(struct db *d, const char *sql) {
    struct pg *pg = (struct pg *)d;
    struct buf text;
    if (pg->begin_wanted) {
        pg->begin_wanted = false;
        PGresult *r = pg_exec(pg, "BEGIN");
        if (r == NULL) return -1;
        PQclear(r);
    }
    buf_init(&text, 4u << 20);
    pg_translate(sql, &text);
    PGresult *r = pg_exec(pg, text.p != NULL ? text.p : "");
    buf_clear(&text);
    PQclear(r);
    return r != NULL ? 0 : -1;
}

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* Failures that pass: the connection, the server on its way down or up, its limits, somebody's lock, a standby. */
static bool lost(struct db *d) {
    static const char *const states[] = {"08", "57", "53", "58", "55P03", "40", "25006", "25P03"};
    const struct pg *pg = (const struct pg *)d;
    if (pg->lost) return true;
    if (pg->frozen) return false;
    for (size_t i = 0; pg->failed && i < sizeof states / sizeof states[0]; i++) {
        if (begins(pg->state, states[i])) return true;
    }
    return false;
}

static int explain(struct db *d, struct err *e) {
    const struct pg *pg = (const struct pg *)d;
    if (lost(d)) return err_set(e, ERR_NET, "PostgreSQL: %s", "PostgreSQL : %s", pg->message);
    return err_set(e, begins(pg->state, "28") ? ERR_AUTH : ERR_IO, "PostgreSQL: %s (%s)", "PostgreSQL : %s (%s)",
                   pg->message, pg->state);
}

static void pg_close(struct db *d) {
    struct pg *pg = (struct pg *)d;
    PQfinish(pg->c);
    pg_forget(pg);
}

static bool has_table(struct db *d, const char *name) {
    struct stmt *st = prepare(d, "SELECT to_regclass(?1) IS NOT NULL");
    bind_text(st, 1, name, false);
    bool found = step(st) > 0 && col_i64(st, 0) != 0;
    finish(st);
    return found;
}

static int freeze(struct db *d) {
    ((struct pg *)d)->frozen = true;
    return script(d, "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY");
}

/* Reads every row whole, so that the server looks at its checksums and unpacks what lies outside the pages. */
static int check(struct db *d, struct err *e) {
    struct pg *pg = (struct pg *)d;
    char bad[64];
    PGresult *tables = pg_exec(pg, "SELECT format('SELECT sum(length(t::text)) FROM %I t', tablename) FROM pg_tables "
                                   "WHERE schemaname = current_schema()");
    if (tables == NULL) return explain(d, e);
    int r = 0;
    for (int i = 0; r == 0 && i < PQntuples(tables); i++) {
        if (!pg_one(pg, PQgetvalue(tables, i, 0), bad, sizeof bad)) r = explain(d, e);
    }
    PQclear(tables);
    if (r < 0) return -1;
    if (!pg_one(pg,
                "SELECT i.indexrelid::regclass::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid "
                "WHERE c.relnamespace = current_schema()::regnamespace AND NOT i.indisvalid LIMIT 1",
                bad, sizeof bad))
        return explain(d, e);
    if (bad[0] != '\0')
        return err_set(e, ERR_CORRUPT, "index %s of the database is not valid",
                       "l’index %s de la base n’est pas valide", bad);
    return 0;
}

/* Nothing is due between two commits; but a server that went away in silence is noticed here. */
static int idle(struct db *d) {
    struct pg *pg = (struct pg *)d;
    struct pollfd p = {.fd = PQsocket(pg->c), .events = POLLIN};
    if (pg->lost) return -1;
    if (poll(&p, 1, 0) <= 0) return 0;
    pg->failed = false;
    if (PQconsumeInput(pg->c) == 0 || PQstatus(pg->c) == CONNECTION_BAD) return pg_gone(pg);
    return 0;
}

static int set_aside(struct db *d, const char *name) {
    char sql[640];
    snprintf(sql, sizeof sql,
             "DO $$ DECLARE here name := current_schema(); t name; BEGIN EXECUTE format('CREATE SCHEMA %%I', '%.60s'); "
             "FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = here LOOP "
             "EXECUTE format('ALTER TABLE %%I.%%I SET SCHEMA %%I', here, t, '%.60s'); END LOOP; END $$",
             name, name);
    PGresult *r = pg_exec((struct pg *)d, sql);
    PQclear(r);
    return r != NULL ? 0 : -1;
}

static bool encrypted(struct db *d) {
    return PQsslInUse(((struct pg *)d)->c) != 0;
}

static int number_on(struct db *d, const char *table) {
    struct pg *pg = (struct pg *)d;
    char column[NAMEDATA], last[32], sql[8 * NAMEDATA];
    snprintf(sql, sizeof sql,
             "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() "
             "AND table_name = '%.60s' AND ordinal_position = 1",
             table);
    if (!pg_one(pg, sql, column, sizeof column)) return -1;
    snprintf(sql, sizeof sql,
             "SELECT setval(pg_get_serial_sequence('%.60s', '%.60s'), max(%.60s)) FROM %.60s WHERE %.60s > 0", table,
             column, column, table, column);
    return pg_one(pg, sql, last, sizeof last) ? 0 : -1;
}

const struct db_driver db_pg = {
    .name = "PostgreSQL",
    .remote = true,
    .open = pg_open,
    .close = pg_close,
    .claim = pg_claim,
    .script = script,
    .prepare = prepare,
    .finish = finish,
    .bind_i64 = bind_i64,
    .bind_f64 = bind_f64,
    .bind_text = bind_text,
    .bind_blob = bind_blob,
    .step = step,
    .reset = reset,
    .col_i64 = col_i64,
    .col_text = col_text,
    .col_blob = col_blob,
    .col_null = col_null,
    .explain = explain,
    .lost = lost,
    .has_table = has_table,
    .guarantees = pg_guarantees,
    .freeze = freeze,
    .check = check,
    .copy_open = pg_copy_open,
    .copy_step = pg_copy_step,
    .copy_close = pg_copy_close,
    .number_on = number_on,
    .idle = idle,
    .place = pg_place,
    .encrypted = encrypted,
    .set_aside = set_aside,
    .tables = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename",
    .columns = "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema() "
               "AND table_name = ?1 ORDER BY ordinal_position",
};
