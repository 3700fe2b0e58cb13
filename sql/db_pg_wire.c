/*
 * db_pg_wire: the way to the server and back: what is sent, what is answered, and until when it is waited for. Owns nothing
 * of the connection but the first failure it notes. Nothing here blocks without an end: a server that is silent for
 * PG_ANSWER_MS is lost.
 */
#include "sql/db_pg.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "engine/base/log.h"

void pg_note(struct pg *pg, const char *state, const char *message) {
    if (pg->failed) return;
    pg->failed = true;
    pg->generation++; /* what was sent behind it to be prepared was left out by the server */
    str_copy(pg->state, sizeof pg->state, state != NULL ? state : "");
    size_t n = strcspn(message, "\n"); /* what follows may hold values */
    str_copy_n(pg->message, sizeof pg->message, message, n);
    pg->message[log_redact(pg->message, strlen(pg->message))] = '\0';
}

int pg_gone(struct pg *pg) {
    const char *why = PQerrorMessage(pg->c);
    pg->lost = true;
    pg_note(pg, "08006", *why != '\0' ? why : "the connection was closed");
    return -1;
}

/* Until the connection can be read (or written, where asked), at most until `until_ms` (monotonic). 1: written only. */
static int pg_wait(PGconn *c, bool write, int64_t until_ms, struct db *d) {
    for (;;) {
        int64_t left = until_ms - db_mono_ms();
        struct pollfd p = {.fd = PQsocket(c), .events = (short)(POLLIN | (write ? POLLOUT : 0))};
        if (left <= 0) return -1;
        int got = poll(&p, 1, (int)(left < PG_SLICE_MS ? left : PG_SLICE_MS));
        if (got > 0) return (p.revents & POLLOUT) != 0 && (p.revents & POLLIN) == 0 ? 1 : 0;
        if (got < 0 && errno != EINTR) return -1;
        if (d != NULL && d->waiting != NULL && !d->waiting(d->waiting_arg)) return -1;
    }
}

int pg_flush(struct pg *pg, int64_t until_ms) {
    for (;;) {
        int left = PQflush(pg->c);
        if (left == 0) return 0;
        if (left < 0) return pg_gone(pg);
        int r = pg_wait(pg->c, true, until_ms, &pg->db);
        if (r < 0 || (r == 0 && PQconsumeInput(pg->c) == 0)) return pg_gone(pg);
    }
}

/* The next answer; NULL ends those of one statement. *bad: the connection is gone. */
static PGresult *answer(struct pg *pg, int64_t until_ms, bool *bad) {
    *bad = false;
    while (PQisBusy(pg->c)) {
        if (pg_flush(pg, until_ms) < 0 || pg_wait(pg->c, false, until_ms, &pg->db) < 0 || PQconsumeInput(pg->c) == 0) {
            pg_gone(pg);
            *bad = true;
            return NULL;
        }
    }
    return PQgetResult(pg->c);
}

static void look_at(struct pg *pg, PGresult *r) {
    ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_FATAL_ERROR && s != PGRES_BAD_RESPONSE) return;
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE), *text = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);
    if (state == NULL || PQstatus(pg->c) == CONNECTION_BAD) pg->lost = true;
    pg_note(pg, state != NULL ? state : "08006", text != NULL ? text : PQresultErrorMessage(r));
}

int pg_drain(struct pg *pg, PGresult **rows) {
    int64_t until_ms = db_mono_ms() + PG_ANSWER_MS;
    bool bad, synced = false;
    PGresult *last = NULL;
    if (PQpipelineSync(pg->c) == 0 || pg_flush(pg, until_ms) < 0) return pg_gone(pg);
    while (!synced) {
        PGresult *r = answer(pg, until_ms, &bad);
        if (bad || (r == NULL && PQstatus(pg->c) == CONNECTION_BAD)) {
            PQclear(last);
            return pg_gone(pg);
        }
        if (r == NULL) continue;
        synced = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        look_at(pg, r);
        if (!synced) {
            PQclear(last);
            last = r;
        } else {
            PQclear(r);
        }
    }
    pg->pending = 0;
    if (rows != NULL && !pg->failed)
        *rows = last;
    else
        PQclear(last);
    return pg->failed ? -1 : 0;
}

int pg_leave_pipeline(struct pg *pg) {
    if (!pg->pipeline) return 0;
    int r = pg->lost ? -1 : pg_drain(pg, NULL);
    pg->pipeline = false;
    if (PQexitPipelineMode(pg->c) == 0 && !pg->lost) return pg_gone(pg);
    return r;
}

int pg_enter_pipeline(struct pg *pg) {
    if (pg->pipeline) return 0;
    if (PQenterPipelineMode(pg->c) == 0) return pg_gone(pg);
    pg->pipeline = true;
    return 0;
}

PGresult *pg_exec(struct pg *pg, const char *sql) {
    int64_t until_ms = db_mono_ms() + PG_ANSWER_MS;
    PGresult *last = NULL;
    bool bad;
    pg->failed = false;
    if (pg_leave_pipeline(pg) < 0) return NULL;
    if (PQsendQuery(pg->c, sql) == 0 || pg_flush(pg, until_ms) < 0) {
        pg_gone(pg);
        return NULL;
    }
    for (PGresult *r; (r = answer(pg, until_ms, &bad)) != NULL;) {
        look_at(pg, r);
        PQclear(last);
        last = r;
    }
    if (!pg->failed) return last;
    PQclear(last);
    return NULL;
}

bool pg_one(struct pg *pg, const char *sql, char *out, size_t size) {
    PGresult *r = pg_exec(pg, sql);
    bool got = r != NULL && PQntuples(r) > 0 && PQnfields(r) > 0;
    str_copy(out, size, got ? PQgetvalue(r, 0, 0) : "");
    PQclear(r);
    return r != NULL;
}
