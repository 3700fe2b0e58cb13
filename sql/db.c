/*
 * db: the driver-independent half of the seam: the cache of prepared statements,
 * transactions, and the binds that turn MIA's units into columns. Owns the cache;
 * knows no database library.
 */
#include "sql/db.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

struct db *db_open(const struct db_driver *driver, const char *where, struct err *e) {
    struct db *d = driver->open(where, e);
    if (d != NULL) d->driver = driver;
    return d;
}

void db_close(struct db *d) {
    if (d == NULL) return;
    for (int q = 0; q < QUERY_COUNT; q++) {
        if (d->cache[q] != NULL) d->driver->finish(d->cache[q]);
    }
    d->driver->close(d);
}

int64_t db_mono_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int db_script(struct db *d, const char *sql, struct err *e) {
    return d->driver->script(d, sql) < 0 ? d->driver->explain(d, e) : 0;
}

bool db_lost(struct db *d) {
    return d->driver->lost != NULL && d->driver->lost(d);
}

int db_begin(struct db *d, struct err *e) {
    return d->held ? 0 : db_run(d, db_query(d, QUERY_BEGIN), e);
}

int db_commit(struct db *d, struct err *e) {
    return d->held ? 0 : db_run(d, db_query(d, QUERY_COMMIT), e);
}

int db_hold(struct db *d, struct err *e) {
    if (db_begin(d, e) < 0) return -1;
    d->held = true;
    return 0;
}

int db_let_go(struct db *d, struct err *e) {
    d->held = false;
    return db_commit(d, e);
}

void db_rollback(struct db *d) {
    struct err ignored;
    d->held = false;
    db_run(d, db_query(d, QUERY_ROLLBACK), &ignored);
}

struct stmt *db_query(struct db *d, enum query q) {
    if (d->cache[q] == NULL)
        d->cache[q] = d->driver->prepare(d, query_text[q]);
    else
        d->driver->reset(d->cache[q]);
    return d->cache[q];
}

void db_i64(struct db *d, struct stmt *st, int i, int64_t v) {
    if (st != NULL) d->driver->bind_i64(st, i, v);
}

void db_u64(struct db *d, struct stmt *st, int i, uint64_t v) {
    db_i64(d, st, i, (int64_t)v);
}

void db_f64(struct db *d, struct stmt *st, int i, double v) {
    if (st != NULL) d->driver->bind_f64(st, i, v);
}

void db_bool(struct db *d, struct stmt *st, int i, bool v) {
    db_i64(d, st, i, v ? 1 : 0);
}

void db_text(struct db *d, struct stmt *st, int i, const char *v) {
    if (st != NULL) d->driver->bind_text(st, i, v, false);
}

void db_blob(struct db *d, struct stmt *st, int i, const void *v, size_t n) {
    if (st != NULL) d->driver->bind_blob(st, i, v, n);
}

void db_null(struct db *d, struct stmt *st, int i) {
    db_text(d, st, i, NULL);
}

static void bind_copy(struct db *d, struct stmt *st, int i, const char *v) {
    if (st != NULL) d->driver->bind_text(st, i, v, true);
}

void db_price(struct db *d, struct stmt *st, int i, price_t v, bool zero) {
    char text[MONEY_TEXT_MAX];
    bind_copy(d, st, i, v.v == 0 && !zero ? NULL : price_text(text, v, 0));
}

void db_qty(struct db *d, struct stmt *st, int i, qty_t v) {
    char text[MONEY_TEXT_MAX];
    bind_copy(d, st, i, qty_text(text, v, 0));
}

void db_cash(struct db *d, struct stmt *st, int i, cash_t v) {
    char text[MONEY_TEXT_MAX];
    bind_copy(d, st, i, cash_text(text, v, 0));
}

void db_when(struct db *d, struct stmt *st, int i, when_t v) {
    char text[WHEN_TEXT_MAX];
    bind_copy(d, st, i, v.ns == WHEN_NONE.ns ? NULL : when_iso(text, v));
}

void db_when_ns(struct db *d, struct stmt *st, int i, when_t v) {
    if (v.ns == WHEN_NONE.ns)
        db_null(d, st, i);
    else
        db_i64(d, st, i, v.ns);
}

void db_day(struct db *d, struct stmt *st, int i, int32_t day) {
    char text[WHEN_TEXT_MAX];
    int y, m, dd;
    civil_from_days(day, &y, &m, &dd);
    snprintf(text, sizeof text, "%04d-%02d-%02d", y, m, dd);
    bind_copy(d, st, i, text);
}

int db_step(struct db *d, struct stmt *st, struct err *e) {
    int r = st != NULL ? d->driver->step(st) : -1;
    if (r < 0) {
        d->driver->explain(d, e);
        if (st != NULL) d->driver->reset(st);
    }
    return r;
}

int db_run(struct db *d, struct stmt *st, struct err *e) {
    int r;
    while ((r = db_step(d, st, e)) > 0) continue;
    db_reset(d, st);
    return r;
}

void db_reset(struct db *d, struct stmt *st) {
    if (st != NULL) d->driver->reset(st);
}

int64_t db_col_i64(struct db *d, struct stmt *st, int i) {
    return d->driver->col_i64(st, i);
}

uint64_t db_col_u64(struct db *d, struct stmt *st, int i) {
    return (uint64_t)d->driver->col_i64(st, i);
}

bool db_col_null(struct db *d, struct stmt *st, int i) {
    return d->driver->col_null(st, i);
}

when_t db_col_when(struct db *d, struct stmt *st, int i) {
    return d->driver->col_null(st, i) ? WHEN_NONE : (when_t){d->driver->col_i64(st, i)};
}

const char *db_col_text(struct db *d, struct stmt *st, int i) {
    return d->driver->col_text(st, i);
}

const void *db_col_blob(struct db *d, struct stmt *st, int i, size_t *n) {
    return d->driver->col_blob(st, i, n);
}

int db_number(struct db *d, enum query q, int64_t none, int64_t *out, struct err *e) {
    struct stmt *st = db_query(d, q);
    int r = db_step(d, st, e);
    if (r < 0) return -1;
    *out = r == 0 || db_col_null(d, st, 0) ? none : db_col_i64(d, st, 0);
    db_reset(d, st);
    return 0;
}
