/*
 * load: the merge. Days are opened when the seq that is due lies in them and closed when
 * they are used up; journal rows come from one statement a step. It trusts nothing it
 * reads: what it decodes must be complete, of the seq that is due, and the next one.
 */
#include "sql/load.h"

#include <stdlib.h>

#include "engine/base/mem.h"

struct load *load_new(uint64_t after, bool (*row)(void *arg, const struct event *ev)) {
    struct load *l = xcalloc(1, sizeof *l);
    l->row = row;
    l->next = after + 1;
    return l;
}

static void chunk_clear(struct chunk *c) {
    for (uint32_t i = 0; i < c->configs; i++) free(c->config[i]);
    c->n = c->configs = 0;
}

static void close_days(struct load *l) {
    for (uint32_t i = 0; i < l->open_count; i++) segment_cursor_close(l->open[i].cursor);
    l->open_count = 0;
    free(l->days);
    l->days = NULL;
}

void load_free(struct load *l) {
    if (l == NULL) return;
    close_days(l);
    for (int i = 0; i < 2; i++) {
        chunk_clear(&l->chunk[i]);
        free(l->chunk[i].spare);
    }
    free(l);
}

void load_end(struct vault *v, struct load *l) {
    if (!l->begun || l->ended) return;
    l->ended = true;
    close_days(l);
    v->loads--;
}

static int list_days(struct vault *v, struct load *l, struct err *e) {
    size_t cap = 0;
    int r;
    struct stmt *st = db_query(v->db, QUERY_SEGMENT_LIST);
    db_u64(v->db, st, 1, l->next - 1);
    while ((r = db_step(v->db, st, e)) > 0) {
        if (l->day_count == cap) l->days = xreallocarray(l->days, cap = cap ? 2 * cap : 64, sizeof *l->days);
        segment_row_read(v->db, st, &l->days[l->day_count++]);
    }
    db_reset(v->db, st);
    return r;
}

static int begin(struct vault *v, struct load *l, struct err *e) {
    int64_t first;
    l->begun = true;
    v->loads++;
    l->until = v->last_seq;
    if (l->next > l->until) return 0;
    if (db_number(v->db, QUERY_JOURNAL_FIRST, INT64_MAX, &first, e) < 0) return -1;
    if ((uint64_t)first > l->next)
        return err_set(
            e, ERR_CORRUPT, "the journal begins with event %llu, event %llu was dropped by its retention or lost",
            "le journal commence à l’événement %llu, l’événement %llu a été retiré à la fin de sa conservation ou "
            "perdu",
            (unsigned long long)(first == INT64_MAX ? (int64_t)l->until + 1 : first), (unsigned long long)l->next);
    return list_days(v, l, e);
}

static int decode(struct chunk *c, uint64_t seq, const void *bytes, size_t n, uint32_t format, struct err *e) {
    struct event *ev = &c->ev[c->n];
    struct snap s;
    if (format > ENGINE_FORMAT) {
        err_newer(e, format, ENGINE_FORMAT);
        return err_prefix(e, "event %llu of the journal", "événement %llu du journal", (unsigned long long)seq);
    }
    if (c->spare == NULL) c->spare = xmalloc(sizeof *c->spare);
    memset(ev, 0, sizeof *ev);
    snap_reader(&s, bytes, n);
    s.version = format;
    event_snap(ev, c->spare, &s);
    if (ev->kind == EVENT_CONFIG) {
        c->config[c->configs++] = c->spare;
        c->spare = NULL;
    }
    if (!snap_complete(&s) || ev->seq != seq)
        return err_set(e, ERR_CORRUPT, "event %llu of the journal cannot be decoded",
                       "impossible de décoder l’événement %llu du journal", (unsigned long long)seq);
    c->n++;
    return 0;
}

/* The next record of an open day that is not before the start; a day that is used up leaves the list. */
static int day_advance(struct load *l, uint32_t i, struct err *e) {
    struct load_day *d = &l->open[i];
    int r;
    while ((r = segment_cursor_next(d->cursor, &d->record, e)) > 0) {
        if (d->record.seq >= l->next) return 1;
    }
    segment_cursor_close(d->cursor);
    l->open[i] = l->open[--l->open_count];
    return r;
}

/* Opens the days that begin at or before the seq that is due. */
static int open_days(struct vault *v, struct load *l, struct err *e) {
    while (l->day_next < l->day_count && l->days[l->day_next].first_seq <= l->next) {
        if (l->open_count == LOAD_CURSORS_MAX)
            return err_set(e, ERR_FULL, "more than %d days of the journal lie in between each other",
                           "plus de %d journées du journal s’entremêlent", LOAD_CURSORS_MAX);
        struct load_day *d = &l->open[l->open_count];
        d->cursor = segment_cursor_open(segments_dir(v->segments), &l->days[l->day_next++], l->next - 1, e);
        if (d->cursor == NULL) return -1;
        if (day_advance(l, l->open_count++, e) < 0) return -1;
    }
    return 0;
}

/* 1: the event that is due was market data; 0: it was not; -1: damaged. */
static int from_days(struct vault *v, struct load *l, struct chunk *c, struct err *e) {
    if (open_days(v, l, e) < 0) return -1;
    for (uint32_t i = 0; i < l->open_count; i++) {
        const struct segment_record *r = &l->open[i].record;
        if (r->seq != l->next) continue;
        if (decode(c, r->seq, r->bytes, r->n, r->format, e) < 0) return -1;
        l->next++;
        return day_advance(l, i, e) < 0 ? -1 : 1;
    }
    return 0;
}

static int gap(const struct load *l, struct err *e) {
    return err_set(e, ERR_CORRUPT, "the journal has a gap: event %llu is missing",
                   "le journal a un trou : l’événement %llu manque", (unsigned long long)l->next);
}

/* Journal rows of this step, one ahead. */
struct rows {
    struct stmt *st;
    bool have;
    uint64_t seq;
};

static int rows_advance(struct vault *v, struct rows *r, struct err *e) {
    int got = db_step(v->db, r->st, e);
    r->have = got > 0;
    if (r->have) r->seq = db_col_u64(v->db, r->st, 0);
    return got;
}

static int one(struct vault *v, struct load *l, struct chunk *c, struct rows *rows, struct err *e) {
    if (rows->have && rows->seq == l->next) {
        size_t n;
        uint32_t format = (uint32_t)db_col_i64(v->db, rows->st, 1);
        const void *body = db_col_blob(v->db, rows->st, 2, &n);
        if (decode(c, rows->seq, body, n, format, e) < 0) return -1;
        l->next++;
        return rows_advance(v, rows, e) < 0 ? -1 : 0;
    }
    int r = from_days(v, l, c, e);
    if (r == 0) return gap(l, e);
    return r < 0 ? -1 : 0;
}

int load_step(struct vault *v, struct load *l, struct chunk *c, struct err *e) {
    struct rows rows = {0};
    chunk_clear(c);
    c->last = false;
    if (!l->begun && begin(v, l, e) < 0) goto failed;
    rows.st = db_query(v->db, QUERY_JOURNAL_LOAD);
    db_u64(v->db, rows.st, 1, l->next - 1);
    db_u64(v->db, rows.st, 2, l->until);
    db_i64(v->db, rows.st, 3, LOAD_CHUNK); /* no chunk needs more: a server sends all that is asked for */
    if (rows_advance(v, &rows, e) < 0) goto failed;
    while (l->next <= l->until && c->n < LOAD_CHUNK) {
        if (one(v, l, c, &rows, e) < 0) goto failed;
    }
    db_reset(v->db, rows.st);
    c->last = l->next > l->until;
    if (c->last) load_end(v, l);
    return 0;
failed:
    db_reset(v->db, rows.st);
    load_end(v, l);
    return -1;
}

bool load_hand(struct load *l, struct chunk *c, void *arg) {
    for (uint32_t i = 0; i < c->n && !l->stopped; i++) {
        if (!l->row(arg, &c->ev[i])) l->stopped = true;
    }
    return !l->stopped;
}
