/*
 * copy: a state directory made from another one, as a directory under its own name until
 * it is whole: DIR/mia.db and DIR/journal/. Only files that a store makes are ever
 * removed or renamed here.
 */
#ifndef MIA_SQL_COPY_H
#define MIA_SQL_COPY_H

#include <limits.h>
#include <sys/types.h>

#include "engine/store.h"

/* The name under which the copy `to` is made. ERR_REFUSED where `to` exists. */
int copy_part(char part[PATH_MAX], const char *to, struct err *e);
/* DIR (what a killed copy left there goes), with an empty database file and an empty journal in it, all for their owner alone. */
int copy_make(const char *dir, enum store_copy what, struct err *e);
/* Looks through a whole copy; one of an older schema is brought forward first. */
int copy_check_forward(const char *dir, struct err *e);
int copy_sync(const char *dir, struct err *e); /* everything in it is durable */
int copy_sync_path(const char *path, struct err *e);
int copy_sync_parent(const char *path, struct err *e);
int copy_give(const char *dir, uid_t user, gid_t group, struct err *e); /* changes whose it is */
void copy_remove_journal(const char *dir);                              /* DIR/journal and the segments in it */
/* "DIR/name"; ERR_RANGE where it is too long. */
int copy_path(char out[PATH_MAX], const char *dir, const char *name, struct err *e);

#endif
