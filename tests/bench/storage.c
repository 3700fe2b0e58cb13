/*
 * storage: rows of the journal a second, ours beside what the library alone does with the same rows, medians of three
 * in turn. Ours is the whole store: a batch with one event, its thread, the transaction, the callback. Arguments: a
 * directory on the disk that counts, and a PostgreSQL address or nothing. Prints lines; never a pass or a failure.
 */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/snap.h"
#include "engine/event.h"
#include "engine/store.h"

#define ROUNDS 3
#define ROUND_S 0.7
#define DAY 20000
#define INSERT "INSERT INTO bench VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
#define TABLE(key, bytes)                                                                                              \
    "CREATE TABLE bench (seq " key " PRIMARY KEY, day INTEGER NOT NULL, kind VARCHAR(20) NOT NULL, "                   \
    "derived BOOLEAN NOT NULL, market_ns BIGINT, wall_ns BIGINT, format INTEGER NOT NULL, body " bytes " NOT NULL)"

struct party { /* one of the two that are compared */
    struct store *store;
    sqlite3 *lite;
    PGconn *pg;
    uint64_t seq;
};

struct shape { /* of the work */
    const char *text;
    int rows, flight; /* rows a commit; commits on their way at once, where the store is asked */
};
static const struct shape shapes[] = {
    {"1 row a commit", 1, 1}, {"50 commits in flight", 1, 50}, {"100 rows a commit", 100, 1}};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

_Noreturn static void fail(const char *what, const char *why) {
    fprintf(stderr, "storage: %s: %s\n", what, why);
    exit(1);
}

static struct event event_of(uint64_t seq) {
    struct event ev;
    memset(&ev, 0, sizeof ev);
    ev.seq = seq;
    ev.kind = EVENT_COMMAND;
    ev.day = DAY;
    ev.market_time = when_from_sec((int64_t)DAY * 86400);
    ev.wall_time = when_from_sec(1700000000 + (int64_t)seq);
    ev.u.command.verb = OP_PAUSE;
    ev.u.command.instrument = -1;
    snprintf(ev.u.command.actor, sizeof ev.u.command.actor, "local:%llu", (unsigned long long)seq);
    return ev;
}

static void body_of(uint64_t seq, struct buf *out) {
    struct event ev = event_of(seq);
    struct snap s;
    buf_reset(out);
    snap_writer(&s, out);
    s.version = 1;
    event_snap(&ev, NULL, &s);
}

/* ---- ours ---- */

static void on_done(void *arg, const struct err *failed) {
    if (failed != NULL) fail("commit", failed->text[LANG_EN]);
    (*(uint64_t *)arg)++;
}

static void ours(struct party *s, const struct shape *w) {
    uint64_t done = 0;
    for (int i = 0; i < w->flight; i++) {
        struct store_batch *b = store_batch_new(s->store);
        for (int k = 0; k < w->rows; k++) {
            struct event ev = event_of(++s->seq);
            store_put_event(b, &ev);
        }
        store_commit(s->store, b, on_done, &done);
    }
    store_wait(s->store);
    if (done != (uint64_t)w->flight) fail("commit", "not all were answered");
}

/* ---- SQLite alone ---- */

static void lite(sqlite3 *c, const char *sql) {
    if (sqlite3_exec(c, sql, NULL, NULL, NULL) != SQLITE_OK) fail(sql, sqlite3_errmsg(c));
}

static void lite_floor(struct party *s, const struct shape *w) {
    static struct buf body;
    static sqlite3_stmt *st; /* ends with its connection's process */
    if (st == NULL) buf_init(&body, 1u << 16);
    if (st == NULL && sqlite3_prepare_v2(s->lite, INSERT, -1, &st, NULL) != SQLITE_OK)
        fail("prepare", sqlite3_errmsg(s->lite));
    if (w->rows > 1) lite(s->lite, "BEGIN");
    for (int i = 0; i < w->rows; i++) {
        struct event ev = event_of(++s->seq);
        body_of(s->seq, &body);
        const int64_t numbers[] = {(int64_t)s->seq, DAY, 0, 0, ev.market_time.ns, ev.wall_time.ns, 1};
        for (int k = 0; k < 7; k++) sqlite3_bind_int64(st, k + 1, numbers[k]);
        sqlite3_bind_text(st, 3, "command", -1, SQLITE_STATIC);
        sqlite3_bind_blob(st, 8, body.p, (int)body.len, SQLITE_STATIC);
        if (sqlite3_step(st) != SQLITE_DONE) fail("step", sqlite3_errmsg(s->lite));
        sqlite3_reset(st);
    }
    if (w->rows > 1) lite(s->lite, "COMMIT");
}

/* ---- libpq alone: its plain call for one row, its pipeline for many ---- */

static void pg_say(PGconn *c, const char *sql) {
    PGresult *r = PQexec(c, sql);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) fail(sql, PQerrorMessage(c));
    PQclear(r);
}

static void pg_row(struct party *s, bool many) {
    static struct buf body;
    char number[4][24];
    if (body.cap == 0) buf_init(&body, 1u << 16);
    struct event ev = event_of(++s->seq);
    body_of(s->seq, &body);
    const int64_t numbers[] = {(int64_t)s->seq, DAY, ev.market_time.ns, ev.wall_time.ns};
    for (int k = 0; k < 4; k++) snprintf(number[k], sizeof number[k], "%lld", (long long)numbers[k]);
    const char *values[] = {number[0], number[1], "command", "0", number[2], number[3], "1", body.p};
    const int sizes[8] = {[7] = (int)body.len}, binary[8] = {[7] = 1};
    if (many) {
        if (PQsendQueryPrepared(s->pg, "ins", 8, values, sizes, binary, 0) == 0) fail("send", PQerrorMessage(s->pg));
        return;
    }
    PGresult *r = PQexecPrepared(s->pg, "ins", 8, values, sizes, binary, 0);
    if (PQresultStatus(r) != PGRES_COMMAND_OK) fail("insert", PQerrorMessage(s->pg));
    PQclear(r);
}

static void pg_floor(struct party *s, const struct shape *w) {
    if (w->rows == 1) {
        pg_row(s, false);
        return;
    }
    PQenterPipelineMode(s->pg);
    PQsendQueryParams(s->pg, "BEGIN", 0, NULL, NULL, NULL, NULL, 0);
    for (int i = 0; i < w->rows; i++) pg_row(s, true);
    PQsendQueryParams(s->pg, "COMMIT", 0, NULL, NULL, NULL, NULL, 0);
    PQpipelineSync(s->pg);
    for (bool synced = false; !synced;) {
        PGresult *r = PQgetResult(s->pg);
        if (r == NULL) continue;
        if (PQresultStatus(r) == PGRES_FATAL_ERROR) fail("commit", PQerrorMessage(s->pg));
        synced = PQresultStatus(r) == PGRES_PIPELINE_SYNC;
        PQclear(r);
    }
    PQexitPipelineMode(s->pg);
}

/* ---- both ---- */

static double rows_a_second(void (*work)(struct party *, const struct shape *), struct party *s,
                            const struct shape *w) {
    uint64_t first = s->seq;
    double begin = now(), took;
    do work(s, w);
    while ((took = now() - begin) < ROUND_S);
    return (double)(s->seq - first) / took;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void compare(const char *name, struct party *s, void (*floor)(struct party *, const struct shape *),
                    struct party *alone) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        double a[ROUNDS], b[ROUNDS];
        for (int k = 0; k < ROUNDS; k++) {
            a[k] = rows_a_second(ours, s, &shapes[i]);
            b[k] = rows_a_second(floor, alone, &shapes[i]);
        }
        qsort(a, ROUNDS, sizeof a[0], by_size);
        qsort(b, ROUNDS, sizeof b[0], by_size);
        printf("storage %-10s  %-20s  mia %7.0f rows/s   floor %7.0f   ratio %.2f\n", name, shapes[i].text,
               a[ROUNDS / 2], b[ROUNDS / 2], a[ROUNDS / 2] / b[ROUNDS / 2]);
        fflush(stdout);
    }
}

static struct store *open_store(const char *dir, const struct store_server *server) {
    struct err e;
    struct store_options o = {.dir = dir, .server = server};
    struct store *s = store_open(&o, &e);
    if (s == NULL) fail(dir, e.text[LANG_EN]);
    return s;
}

static void on_sqlite(const char *where) {
    char path[4096];
    struct party s = {0}, alone = {0};
    snprintf(path, sizeof path, "%s/sqlite", where);
    s.store = open_store(path, NULL);
    snprintf(path, sizeof path, "%s/floor.db", where);
    if (sqlite3_open(path, &alone.lite) != SQLITE_OK) fail(path, sqlite3_errmsg(alone.lite));
    lite(alone.lite, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    lite(alone.lite, TABLE("INTEGER", "BLOB"));
    compare("SQLite", &s, lite_floor, &alone);
    sqlite3_close_v2(alone.lite);
    store_close(s.store);
}

static void on_server(const char *where, const char *url) {
    char path[4096];
    struct party s = {0}, alone = {0};
    struct store_server server = {.url = url};
    snprintf(path, sizeof path, "%s/server", where);
    s.store = open_store(path, &server);
    alone.pg = PQconnectdb(url);
    if (PQstatus(alone.pg) != CONNECTION_OK) fail("PostgreSQL", PQerrorMessage(alone.pg));
    pg_say(alone.pg, TABLE("BIGINT", "BYTEA"));
    PQclear(PQprepare(alone.pg, "ins", INSERT, 8, NULL));
    compare("PostgreSQL", &s, pg_floor, &alone);
    PQfinish(alone.pg);
    store_close(s.store);
}

int main(int argc, char **argv) {
    if (argc < 2) fail("usage", "storage DIR [URL]");
    log_set_level(LOG_ERROR);
    on_sqlite(argv[1]);
    if (argc > 2 && argv[2][0] != '\0') on_server(argv[1], argv[2]);
    return 0;
}
