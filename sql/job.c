/*
 * job: how a job runs, and the small ones. Owns nothing; what a job holds of the vault
 * (statements, the hold on retention) it gives back in its end.
 */
#include "sql/job.h"

#include <stdlib.h>

#include "engine/base/mem.h"

#define VERIFY_ROWS 512 /* of the audit chain a step */

enum job_step job_run(struct vault *v, struct store_job *j, struct err *e) {
    enum job_step r = JOB_FAILED;
    if (atomic_load(&j->cancelled))
        err_set(e, ERR_REFUSED, "stopped before the end", "arrêté avant la fin");
    else
        r = j->step(v, j, e);
    if (r != JOB_AGAIN && j->end != NULL) j->end(v, j, r == JOB_FAILED);
    return r;
}

int job_run_all(struct vault *v, struct store_job *j, struct err *e) {
    enum job_step r;
    while ((r = job_run(v, j, e)) == JOB_AGAIN) continue;
    free(j);
    return r == JOB_DONE ? 0 : -1;
}

void job_advance(struct store_job *j, uint64_t at, uint64_t of) {
    atomic_store(&j->of, of);
    atomic_store(&j->at, at);
}

void store_job_progress(const struct store_job *j, uint64_t *at, uint64_t *of) {
    *at = atomic_load(&j->at);
    *of = atomic_load(&j->of);
}

void store_job_cancel(struct store_job *j) {
    atomic_store(&j->cancelled, true);
}

/* ---- the audit chain ---- */

struct verify {
    struct store_job job;
    struct audit_walk walk;
    uint64_t *rows;
};

static enum job_step verify_step(struct vault *v, struct store_job *j, struct err *e) {
    struct verify *w = (struct verify *)j;
    int r = audit_walk_step(v->db, &w->walk, VERIFY_ROWS, e);
    job_advance(j, w->walk.id, v->audit.last_id);
    *w->rows = w->walk.id;
    return r < 0 ? JOB_FAILED : r > 0 ? JOB_AGAIN : JOB_DONE;
}

struct store_job *job_verify(uint64_t *rows) {
    struct verify *w = xcalloc(1, sizeof *w);
    w->job.step = verify_step;
    w->rows = rows;
    *rows = 0;
    return &w->job;
}

/* ---- where a day lies in the journal ---- */

struct day {
    struct store_job job;
    int32_t day;
    uint64_t *from, *until;
};

static enum job_step day_step(struct vault *v, struct store_job *j, struct err *e) {
    struct day *d = (struct day *)j;
    bool ok = vault_seq_before_day(v, d->day, d->from, e) == 0 && vault_seq_before_day(v, d->day + 1, d->until, e) == 0;
    return ok ? JOB_DONE : JOB_FAILED;
}

struct store_job *job_day(int32_t day, uint64_t *from, uint64_t *until) {
    struct day *d = xcalloc(1, sizeof *d);
    d->job.step = day_step;
    d->day = day;
    d->from = from;
    d->until = until;
    return &d->job;
}
