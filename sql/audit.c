/*
 * audit: writes and verifies the chain of what people asked for and what was decided.
 * Rows are only ever added. The head in audit_head makes rows that vanish from the end
 * visible, which a chain alone cannot.
 */
#include "sql/audit.h"

#include <stdio.h>
#include <string.h>

static void field(struct sha256 *s, const char *text) {
    size_t n = strlen(text);
    uint8_t len[8];
    for (int i = 0; i < 8; i++) len[i] = (uint8_t)((uint64_t)n >> 8 * i);
    sha256_add(s, len, sizeof len);
    sha256_add(s, text, n);
}

static void number(struct sha256 *s, int64_t v) {
    struct buf text;
    buf_init(&text, 24);
    buf_i64(&text, v);
    field(s, text.p);
    buf_clear(&text);
}

static void link_hash(uint8_t hash[SHA256_BYTES], uint64_t id, const struct audit_row *r) {
    const char *texts[] = {r->platform, r->actor, r->role, r->chat, r->command, r->arguments, r->verdict, r->detail};
    struct sha256 s;
    sha256_init(&s);
    sha256_add(&s, hash, SHA256_BYTES);
    number(&s, (int64_t)id);
    if (r->at.ns == WHEN_NONE.ns)
        field(&s, "");
    else
        number(&s, r->at.ns);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) field(&s, texts[i]);
    sha256_done(&s, hash);
}

static bool hash_parse(uint8_t out[SHA256_BYTES], const char *hex) {
    char again[SHA256_HEX];
    if (strlen(hex) != SHA256_HEX - 1) return false;
    for (int i = 0; i < SHA256_BYTES; i++) {
        unsigned v;
        if (sscanf(hex + 2 * i, "%2x", &v) != 1) return false;
        out[i] = (uint8_t)v;
    }
    hex_text(again, out, SHA256_BYTES);
    return strcmp(again, hex) == 0;
}

int audit_load(struct db *d, struct audit_chain *c, struct err *e) {
    *c = (struct audit_chain){0};
    struct stmt *st = db_query(d, QUERY_AUDIT_HEAD);
    int r = db_step(d, st, e);
    if (r <= 0) return r;
    c->last_id = db_col_u64(d, st, 0);
    bool ok = hash_parse(c->hash, db_col_text(d, st, 1));
    db_reset(d, st);
    if (!ok)
        return err_set(e, ERR_CORRUPT, "the head of the audit chain is damaged",
                       "la tête de la chaîne d’audit est endommagée");
    return 0;
}

int audit_append(struct db *d, struct audit_chain *c, const struct audit_row *r, struct err *e) {
    char hex[SHA256_HEX];
    uint64_t id = c->last_id + 1;
    link_hash(c->hash, id, r);
    hex_text(hex, c->hash, SHA256_BYTES);
    c->last_id = id;
    c->moved = true;
    struct stmt *st = db_query(d, QUERY_AUDIT_ADD);
    db_u64(d, st, 1, id);
    db_when_ns(d, st, 2, r->at);
    db_text(d, st, 3, r->platform);
    db_text(d, st, 4, r->actor);
    db_text(d, st, 5, r->role);
    db_text(d, st, 6, r->chat);
    db_text(d, st, 7, r->command);
    db_text(d, st, 8, r->arguments);
    db_text(d, st, 9, r->verdict);
    db_text(d, st, 10, r->detail);
    db_text(d, st, 11, hex);
    db_when(d, st, 12, r->at);
    return db_run(d, st, e);
}

int audit_head_put(struct db *d, struct audit_chain *c, struct err *e) {
    char hex[SHA256_HEX];
    if (!c->moved) return 0;
    hex_text(hex, c->hash, SHA256_BYTES);
    struct stmt *st = db_query(d, QUERY_AUDIT_HEAD_PUT);
    db_u64(d, st, 1, c->last_id);
    db_text(d, st, 2, hex);
    c->moved = false;
    return db_run(d, st, e);
}

void audit_entry_read(struct db *d, struct stmt *st, struct audit_entry *out) {
    out->id = db_col_u64(d, st, 0);
    out->row = (struct audit_row){.at = db_col_when(d, st, 1),
                                  .platform = db_col_text(d, st, 2),
                                  .actor = db_col_text(d, st, 3),
                                  .role = db_col_text(d, st, 4),
                                  .chat = db_col_text(d, st, 5),
                                  .command = db_col_text(d, st, 6),
                                  .arguments = db_col_text(d, st, 7),
                                  .verdict = db_col_text(d, st, 8),
                                  .detail = db_col_text(d, st, 9)};
    snprintf(out->hash, sizeof out->hash, "%s", db_col_text(d, st, 10));
}

static int broken(struct err *e, uint64_t id) {
    return err_set(e, ERR_CORRUPT,
                   "the audit chain is broken at row %llu: it was changed, removed or put in afterwards",
                   "la chaîne d’audit est rompue à la ligne %llu : elle a été modifiée, retirée ou ajoutée après coup",
                   (unsigned long long)id);
}

static int walk_row(struct db *d, struct stmt *st, struct audit_walk *w, struct err *e) {
    struct audit_entry a;
    char hex[SHA256_HEX];
    uint8_t hash[SHA256_BYTES];
    audit_entry_read(d, st, &a);
    memcpy(hash, w->hash, sizeof hash);
    link_hash(hash, w->id + 1, &a.row);
    hex_text(hex, hash, sizeof hash);
    if (a.id != w->id + 1 || strcmp(a.hash, hex) != 0) return broken(e, w->id + 1);
    memcpy(w->hash, hash, sizeof hash);
    w->id++;
    return 0;
}

int audit_walk_step(struct db *d, struct audit_walk *w, uint32_t rows, struct err *e) {
    struct audit_chain head;
    uint32_t n = 0;
    int r;
    struct stmt *st = db_query(d, QUERY_AUDIT_OLDEST);
    db_i64(d, st, 1, INT64_MIN);
    db_i64(d, st, 2, INT64_MAX);
    db_i64(d, st, 3, rows);
    db_u64(d, st, 4, w->id);
    db_i64(d, st, 5, INT64_MAX);
    while ((r = db_step(d, st, e)) > 0) {
        n++;
        if (walk_row(d, st, w, e) == 0) continue;
        r = -1;
        break;
    }
    db_reset(d, st);
    if (r < 0) return -1;
    if (n == rows) return 1;
    if (audit_load(d, &head, e) < 0) return -1;
    if (w->id != head.last_id || memcmp(w->hash, head.hash, SHA256_BYTES) != 0)
        return broken(e, w->id < head.last_id ? w->id + 1 : w->id);
    return 0;
}
