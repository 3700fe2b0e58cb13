/*
 * table_copy: all rows of one database into another one of the same schema, through the seam, in steps of some
 * milliseconds. What it copies it learns from the databases: a table that a later migration adds comes along. Every
 * table's first column is the row's own number; tables are copied in the order of their names, so one may refer to
 * those before it. schema_migrations and commits belong to their own database and stay.
 */
#ifndef MIA_SQL_TABLE_COPY_H
#define MIA_SQL_TABLE_COPY_H

#include "sql/db.h"

struct table_copy;
/* `from` must not change meanwhile. ERR_REFUSED where `to` has rows. Both are the caller's. */
struct table_copy *table_copy_new(struct db *from, struct db *to, struct err *e);
/* 1: more, 0: whole, and every table counted and compared on both sides; adds about how many bytes it copied. */
int table_copy_step(struct table_copy *c, uint64_t *bytes, struct err *e);
uint64_t table_copy_rows(const struct table_copy *c);
void table_copy_free(struct table_copy *c); /* c may be NULL */

#endif
