/* rows: trades, signals and outbox rows to and from columns. The order of columns is that of sql/queries.c. */
#ifndef MIA_SQL_ROWS_H
#define MIA_SQL_ROWS_H

#include "engine/store.h"
#include "sql/db.h"

int signal_row_write(struct db *d, const struct signal_row *r, when_t wall, struct err *e);
int signal_row_read(struct db *d, struct stmt *st, struct signal_row *out,
                    struct err *e); /* ERR_CORRUPT: an unknown name */
int trade_row_write(struct db *d, const struct trade_row *r, when_t wall, struct err *e);
int trade_row_read(struct db *d, struct stmt *st, struct trade_row *out, struct err *e);
int outbox_row_write(struct db *d, const struct outbox_row *r, struct err *e);
#define OUTBOX_COLUMN_COUNT 16 /* of what it reads; further ones are the caller's */
int outbox_row_read(struct db *d, struct stmt *st, struct outbox_row *out,
                    struct err *e); /* texts hold until the next step */

/* Moves the aggregates of the closed trade's strategy and symbol. */
int performance_add(struct db *d, const struct trade_row *r, when_t wall, struct err *e);

#endif
