/*
 * table_copy: the work. Values pass as what their column holds: whole numbers, bytes, or text; decimals and times are
 * texts on both sides. Every table is read again where it arrived, and its digest compared with that of what was sent.
 */
#include "sql/table_copy.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/hash.h"
#include "engine/base/mem.h"

#define TABLES_MAX 64
#define COLUMNS_MAX 64
#define NAME_BYTES 64
#define REPLACEMENT "\xef\xbf\xbd"
#define STEP_ROWS 256
#define STEP_BYTES (1u << 20) /* a step ends after the row that passes it */

/* KIND_READABLE: decimals and times for people who read the tables. A database writes them its own way (12.50, 12.5);
 * what they say stands exactly in another column, so of these a digest knows only whether they are there. */
enum kind { KIND_NUMBER, KIND_BYTES, KIND_TEXT, KIND_READABLE };

struct table_copy {
    struct db *from, *to;
    char table[TABLES_MAX][NAME_BYTES];
    int tables, at;
    /* of the table being copied; NULL: it has not begun */
    struct stmt *read, *write, *again; /* again: read where it arrived */
    struct sha256 sent, arrived;
    bool comparing;
    enum kind kind[COLUMNS_MAX];
    int columns;
    int64_t last; /* the number of the last row that was copied */
    uint64_t rows;
};

static bool is_own(const char *table) {
    return strcmp(table, "schema_migrations") == 0 || strcmp(table, "commits") == 0;
}

static int failed(struct db *d, struct stmt *st, struct err *e) {
    if (st != NULL) d->driver->finish(st);
    return d->driver->explain(d, e);
}

/* One number of a text without parameters. */
static int number(struct db *d, const char *what, const char *table, int64_t *out, struct err *e) {
    struct buf sql;
    buf_init(&sql, 256);
    buf_printf(&sql, "%s%s", what, table); /* names are those of our own migrations */
    struct stmt *st = d->driver->prepare(d, sql.p);
    buf_clear(&sql);
    if (st == NULL || d->driver->step(st) < 0) return failed(d, st, e);
    *out = d->driver->col_i64(st, 0);
    d->driver->finish(st);
    return 0;
}

static int list_tables(struct table_copy *c, struct err *e) {
    struct stmt *st = c->from->driver->prepare(c->from, c->from->driver->tables);
    int r = -1;
    while (st != NULL && (r = c->from->driver->step(st)) > 0) {
        const char *name = c->from->driver->col_text(st, 0);
        if (is_own(name)) continue;
        if (c->tables == TABLES_MAX || strlen(name) >= NAME_BYTES) {
            c->from->driver->finish(st);
            return err_set(e, ERR_FULL, "more than %d tables", "plus de %d tables", TABLES_MAX);
        }
        str_copy(c->table[c->tables++], NAME_BYTES, name);
    }
    if (r < 0) return failed(c->from, st, e);
    c->from->driver->finish(st);
    return 0;
}

static int want_empty(struct table_copy *c, struct err *e) {
    for (int i = 0; i < c->tables; i++) {
        int64_t n;
        if (number(c->to, "SELECT COUNT(*) FROM ", c->table[i], &n, e) < 0) return -1;
        if (n > 0)
            return err_set(e, ERR_REFUSED, "the database that is to be filled has rows already (table %s)",
                           "la base de données à remplir contient déjà des lignes (table %s)", c->table[i]);
    }
    return 0;
}

struct table_copy *table_copy_new(struct db *from, struct db *to, struct err *e) {
    struct table_copy *c = xcalloc(1, sizeof *c);
    c->from = from;
    c->to = to;
    if (list_tables(c, e) == 0 && want_empty(c, e) == 0) return c;
    free(c);
    return NULL;
}

static enum kind kind_of(const char *type) {
    static const char *const numbers[] = {"INT", "int", "BOOL", "bool"};
    if (strstr(type, "BLOB") != NULL || strstr(type, "bytea") != NULL) return KIND_BYTES;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strstr(type, numbers[i]) != NULL) return KIND_NUMBER;
    }
    return strstr(type, "DECIMAL") != NULL || strstr(type, "numeric") != NULL || strstr(type, "TIMESTAMP") != NULL ||
                   strstr(type, "timestamp") != NULL
               ? KIND_READABLE
               : KIND_TEXT;
}

/* The texts of both statements, from the columns of the source. */
static int make_texts(struct table_copy *c, struct buf *read, struct buf *write, struct err *e) {
    const struct db_driver *d = c->from->driver;
    struct stmt *st = d->prepare(c->from, d->columns);
    char key[NAME_BYTES] = "";
    int r = -1;
    if (st != NULL) d->bind_text(st, 1, c->table[c->at], false);
    buf_str(read, "SELECT ");
    buf_printf(write, "INSERT INTO %s (", c->table[c->at]);
    for (c->columns = 0; st != NULL && (r = d->step(st)) > 0; c->columns++) {
        const char *name = d->col_text(st, 0);
        if (c->columns == COLUMNS_MAX) break;
        if (c->columns == 0) str_copy(key, sizeof key, name);
        buf_printf(read, "%s%s", c->columns ? ", " : "", name);
        buf_printf(write, "%s%s", c->columns ? ", " : "", name);
        c->kind[c->columns] = kind_of(d->col_text(st, 1));
    }
    if (r < 0) return failed(c->from, st, e);
    d->finish(st);
    if (r > 0)
        return err_set(e, ERR_FULL, "table %s has more than %d columns", "la table %s a plus de %d colonnes",
                       c->table[c->at], COLUMNS_MAX);
    buf_printf(read, " FROM %s WHERE %s > ?1 ORDER BY %s LIMIT ?2", c->table[c->at], key, key);
    buf_str(write, ") VALUES (");
    for (int i = 0; i < c->columns; i++) buf_printf(write, "%s?%d", i ? ", " : "", i + 1);
    buf_str(write, ")");
    return 0;
}

static int begin_table(struct table_copy *c, struct err *e) {
    struct buf read, write;
    buf_init(&read, 8192);
    buf_init(&write, 8192);
    int r = make_texts(c, &read, &write, e);
    if (r == 0 && (c->read = c->from->driver->prepare(c->from, read.p)) == NULL) r = failed(c->from, NULL, e);
    if (r == 0 && (c->write = c->to->driver->prepare(c->to, write.p)) == NULL) r = failed(c->to, NULL, e);
    if (r == 0 && (c->again = c->to->driver->prepare(c->to, read.p)) == NULL) r = failed(c->to, NULL, e);
    c->last = INT64_MIN;
    c->comparing = false;
    sha256_init(&c->sent);
    sha256_init(&c->arrived);
    buf_clear(&read);
    buf_clear(&write);
    return r;
}

static void drop_statements(struct table_copy *c) {
    if (c->read != NULL) c->from->driver->finish(c->read);
    if (c->write != NULL) c->to->driver->finish(c->write);
    if (c->again != NULL) c->to->driver->finish(c->again);
    c->read = c->write = c->again = NULL;
}

/* A text as both databases keep it: one of them takes no broken UTF-8. */
static void add_text(struct sha256 *s, const char *p) {
    size_t n = strlen(p);
    if (utf8_valid(p, n)) {
        sha256_add(s, p, n + 1);
        return;
    }
    for (size_t i = 0; i < n;) {
        uint32_t point;
        size_t len = utf8_next(p + i, n - i, &point);
        sha256_add(s, len > 0 ? p + i : REPLACEMENT, len > 0 ? len : strlen(REPLACEMENT));
        i += len > 0 ? len : 1;
    }
    sha256_add(s, "", 1);
}

/* The row that `st` stands on. */
static void add_row(const struct table_copy *c, const struct db_driver *d, struct stmt *st, struct sha256 *s) {
    for (int i = 0; i < c->columns; i++) {
        bool null = d->col_null(st, i);
        sha256_add(s, null ? "-" : "+", 1);
        if (null) continue;
        switch (c->kind[i]) {
        case KIND_NUMBER: {
            int64_t v = d->col_i64(st, i);
            sha256_add(s, &v, sizeof v);
            break;
        }
        case KIND_BYTES: {
            size_t n;
            const void *p = d->col_blob(st, i, &n);
            sha256_add(s, &n, sizeof n);
            sha256_add(s, p, n);
            break;
        }
        case KIND_TEXT: add_text(s, d->col_text(st, i)); break;
        case KIND_READABLE: break;
        }
    }
}

static int copy_row(struct table_copy *c, uint64_t *bytes, struct err *e) {
    const struct db_driver *f = c->from->driver, *t = c->to->driver;
    t->reset(c->write);
    add_row(c, f, c->read, &c->sent);
    for (int i = 0; i < c->columns; i++) {
        size_t n = 8;
        if (f->col_null(c->read, i)) {
            t->bind_text(c->write, i + 1, NULL, false);
        } else if (c->kind[i] == KIND_NUMBER) {
            t->bind_i64(c->write, i + 1, f->col_i64(c->read, i));
        } else if (c->kind[i] == KIND_BYTES) {
            const void *p = f->col_blob(c->read, i, &n);
            t->bind_blob(c->write, i + 1, p, n);
        } else {
            const char *p = f->col_text(c->read, i);
            n = strlen(p);
            t->bind_text(c->write, i + 1, p, true);
        }
        *bytes += n;
    }
    c->last = f->col_i64(c->read, 0);
    c->rows++;
    return t->step(c->write) < 0 ? t->explain(c->to, e) : 0;
}

/* Counted and compared on both sides; and where the database gives numbers itself, it goes on behind the last one. */
static int end_table(struct table_copy *c, struct err *e) {
    int64_t theirs, ours;
    const char *table = c->table[c->at];
    uint8_t sent[SHA256_BYTES], arrived[SHA256_BYTES];
    sha256_done(&c->sent, sent);
    sha256_done(&c->arrived, arrived);
    drop_statements(c);
    if (number(c->from, "SELECT COUNT(*) FROM ", table, &theirs, e) < 0) return -1;
    if (number(c->to, "SELECT COUNT(*) FROM ", table, &ours, e) < 0) return -1;
    if (theirs != ours)
        return err_set(e, ERR_CORRUPT, "table %s: %lld rows became %lld",
                       "table %s : %lld lignes en sont devenues %lld", table, (long long)theirs, (long long)ours);
    if (memcmp(sent, arrived, sizeof sent) != 0)
        return err_set(e, ERR_CORRUPT, "table %s: what was written is not what is read there",
                       "table %s\u00a0: ce qui a été écrit n’est pas ce qu’on y relit", table);
    if (c->to->driver->number_on != NULL && c->to->driver->number_on(c->to, table) < 0)
        return c->to->driver->explain(c->to, e);
    c->at++;
    return 0;
}

/* Some rows of one table, or of what arrived of it. 1: there may be more of it; 0: it is whole. */
static int copy_some(struct table_copy *c, uint64_t *bytes, struct err *e) {
    const struct db_driver *f = c->from->driver;
    uint64_t before = *bytes;
    int r, rows = 0;
    f->reset(c->read);
    f->bind_i64(c->read, 1, c->last);
    f->bind_i64(c->read, 2, STEP_ROWS);
    while ((r = f->step(c->read)) > 0) {
        rows++;
        if (copy_row(c, bytes, e) < 0) return -1;
        if (*bytes - before >= STEP_BYTES) break;
    }
    if (r < 0) return f->explain(c->from, e);
    f->reset(c->read);
    return r > 0 || rows == STEP_ROWS;
}

static int compare_some(struct table_copy *c, struct err *e) {
    const struct db_driver *t = c->to->driver;
    int r, rows = 0;
    t->reset(c->again);
    t->bind_i64(c->again, 1, c->last);
    t->bind_i64(c->again, 2, STEP_ROWS);
    while ((r = t->step(c->again)) > 0) {
        rows++;
        add_row(c, t, c->again, &c->arrived);
        c->last = t->col_i64(c->again, 0);
    }
    if (r < 0) return t->explain(c->to, e);
    t->reset(c->again);
    return rows == STEP_ROWS;
}

static int step_compare(struct table_copy *c, struct err *e) {
    int r = compare_some(c, e);
    if (r < 0 || (r == 0 && end_table(c, e) < 0)) return -1;
    return c->at < c->tables;
}

int table_copy_step(struct table_copy *c, uint64_t *bytes, struct err *e) {
    if (c->at == c->tables) return 0;
    if (c->read == NULL && begin_table(c, e) < 0) return -1;
    if (c->comparing) return step_compare(c, e);
    if (db_begin(c->to, e) < 0) return -1;
    int r = copy_some(c, bytes, e);
    if (r < 0 || db_commit(c->to, e) < 0) {
        db_rollback(c->to);
        return -1;
    }
    if (r == 0) {
        c->comparing = true;
        c->last = INT64_MIN;
    }
    return 1;
}

uint64_t table_copy_rows(const struct table_copy *c) {
    return c->rows;
}

void table_copy_free(struct table_copy *c) {
    if (c == NULL) return;
    drop_statements(c);
    free(c);
}
