/*
 * audit: the hash chain. hash(n) = SHA-256 of hash(n-1) (32 bytes, zeros before the
 * first) followed by each field of row n as an 8-byte little-endian length and its
 * bytes: id and time in decimal (nothing for no time), platform, actor, role, chat,
 * command, arguments, verdict, detail. Anybody can compute it again from the table.
 */
#ifndef MIA_SQL_AUDIT_H
#define MIA_SQL_AUDIT_H

#include "engine/base/hash.h"
#include "engine/store.h"
#include "sql/db.h"

struct audit_chain {
    uint64_t last_id; /* 0: empty */
    uint8_t hash[SHA256_BYTES];
    bool moved; /* the head has to be written before the commit */
};

int audit_load(struct db *d, struct audit_chain *c, struct err *e);
int audit_append(struct db *d, struct audit_chain *c, const struct audit_row *r, struct err *e);
int audit_head_put(struct db *d, struct audit_chain *c, struct err *e); /* where it moved */
/* The chain from its beginning, `rows` rows a step; all zero before the first. 1: there may be more; 0: it holds, up to
 * the head as it is now; -1: it does not (ERR_CORRUPT), or it cannot be read. */
struct audit_walk {
    uint64_t id; /* the last row that held */
    uint8_t hash[SHA256_BYTES];
};
int audit_walk_step(struct db *d, struct audit_walk *w, uint32_t rows, struct err *e);
/* Reads a row of AUDIT_COLUMNS; texts hold until the next step. */
void audit_entry_read(struct db *d, struct stmt *st, struct audit_entry *out);

#endif
