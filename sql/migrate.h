/*
 * migrate: the schema's versions. Applies sql/migrations/NNNN_name.sql forward, each in
 * a transaction of its own; refuses a database that a newer program has written.
 */
#ifndef MIA_SQL_MIGRATE_H
#define MIA_SQL_MIGRATE_H

#include "sql/db.h"

struct migration {
    int version; /* 1, 2, …; 0 ends the table */
    const char *name;
    const char *sql;
};
extern const struct migration migration_table[]; /* generated from sql/migrations by sql/embed.sh */

int migrate_latest(const struct migration *table);
/* The version of the database; 0: empty. */
int migrate_version(struct db *d, int *version, struct err *e);
/* Brings the database to the newest version of the table. read_only: refuses where something would have to be done. */
int migrate_run(struct db *d, const struct migration *table, bool read_only, int *version, struct err *e);
/* Was the database made by exactly these migrations? */
int migrate_check(struct db *d, const struct migration *table, struct err *e);

#endif
