/*
 * spill: commits of an outage, kept in the state directory until the server takes them. DIR/pending is a list of
 * batches, synced before their owner is answered: what was answered is on disk, here or there, and the number of each
 * batch says which of them the server has already. Only this build reads what it wrote (batches lie in it as in
 * memory), so a file of another build is refused, never guessed at.
 *
 *   file   "MIAPEND1" | fingerprint u64
 *   record crc32 u32 of what follows | length u32 | number u64 | bytes
 */
#ifndef MIA_SQL_SPILL_H
#define MIA_SQL_SPILL_H

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/store.h"

#define SPILL_MAX STORE_KEPT_MAX /* bytes; a batch that does not fit is a failed commit */

struct spill;
/* Opens DIR/pending, made when first written. What a crash left half written at its end was never answered: cut off. */
struct spill *spill_open(const char *dir, struct err *e);
void spill_close(struct spill *s); /* s may be NULL */
/* Adds a batch; durable after spill_sync. */
int spill_add(struct spill *s, uint64_t number, const void *bytes, size_t n, struct err *e);
int spill_sync(struct spill *s, struct err *e);
uint64_t spill_count(const struct spill *s); /* records in it */
uint64_t spill_bytes(const struct spill *s);
/* Reading from the beginning: spill_rewind, then 1: a record, its bytes added to out; 0: the end; -1: damaged. */
void spill_rewind(struct spill *s);
int spill_next(struct spill *s, uint64_t *number, struct buf *out, struct err *e);
int spill_clear(struct spill *s, struct err *e); /* everything in it is where it belongs */

#endif
