/* store_int: what the two halves of the facade share. store.c has the threads, store_calls.c the questions. */
#ifndef MIA_SQL_STORE_INT_H
#define MIA_SQL_STORE_INT_H

#include "sql/query.h"

/* Queues a question; rows and done come on the loop's thread. */
void store_ask(struct store *s, const struct read_kind *kind, union row_fn row, const struct read_args *a,
               store_done_fn done, void *arg);
/* One piece of it. */
void store_ask_page(struct store *s, const struct read_kind *kind, union row_fn row, const struct read_args *a,
                    struct store_page *page, store_done_fn done, void *arg);
/* Takes the job, runs it in steps. Returns it. */
struct store_job *store_start(struct store *s, struct store_job *job, store_done_fn done, void *arg);
/* Asked and answered in one call, behind what was sent before. Callbacks do not run meanwhile. */
int store_call(struct store *s, int (*fn)(struct vault *v, void *arg, struct err *e), void *arg, struct err *e);
const char *store_dir(const struct store *s);

#endif
