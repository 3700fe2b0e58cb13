/*
 * job: long work of the store's thread, cut into steps of some milliseconds. After each
 * step the job goes behind what waits, so commits pass in between. Made by the caller's
 * thread, run by the store's, freed on the caller's after its done was called.
 */
#ifndef MIA_SQL_JOB_H
#define MIA_SQL_JOB_H

#include <stdatomic.h>

#include "sql/vault.h"

enum job_step { JOB_FAILED = -1, JOB_DONE, JOB_AGAIN };

struct store_job {
    enum job_step (*step)(struct vault *v, struct store_job *j, struct err *e);
    /* Once, on the store's thread, after the last step or instead of the next one: gives back what the vault lent. */
    void (*end)(struct vault *v, struct store_job *j, bool failed);
    atomic_bool cancelled;
    atomic_uint_fast64_t at, of;
};

/* One step; JOB_FAILED too where it was cancelled. The job was ended where this is not JOB_AGAIN. */
enum job_step job_run(struct vault *v, struct store_job *j, struct err *e);
/* All of them. Frees the job. */
int job_run_all(struct vault *v, struct store_job *j, struct err *e);
void job_advance(struct store_job *j, uint64_t at, uint64_t of);

struct store_job *job_verify(uint64_t *rows);
struct store_job *job_day(int32_t day, uint64_t *from, uint64_t *until);
struct store_job *job_copy(const char *to, enum store_copy what); /* sql/copy_job.c */

#endif
