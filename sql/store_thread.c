/*
 * store_thread: what the store's thread does. It owns the vault while `busy` is its own, takes the requests in the order
 * given and answers them in the same order. Batches that wait together share one commit. After the first failed commit
 * nothing else is tried: every later request is answered with that failure. Runs no callbacks: those are the loop's.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "sql/load.h"
#include "sql/store_int.h"

#define GROUP_BATCHES_MAX 4096 /* batches of one commit */
#define GROUP_BYTES_MAX (16u << 20)
#define QUICK_COMMIT_NS (2 * NS_PER_MS) /* a disk that answers faster than this is not worth a change of threads */
#define SLOW_WEIGHT 4                   /* so many commits go to the thread for each such time that one has taken */
#define SLOW_COMMITS_MAX 1024
#define STORE_STACK (512u << 10)
#define LOOK_S 2 /* between two looks at an idle connection */

void list_init(struct list *l) {
    *l = (struct list){.last = &l->first};
}

void list_add(struct list *l, struct request *r) {
    r->next = NULL;
    *l->last = r;
    l->last = &r->next;
    l->n++;
}

struct request *list_take(struct list *l) {
    struct request *r = l->first;
    if (r == NULL) return NULL;
    l->first = r->next;
    if (l->first == NULL) l->last = &l->first;
    l->n--;
    r->next = NULL;
    return r;
}

void store_wake_loop(struct store *s) {
    uint64_t one = 1;
    while (write(s->fd, &one, sizeof one) < 0 && errno == EINTR) continue;
}

void store_answer(struct store *s, struct list *answers) {
    pthread_mutex_lock(&s->lock);
    if (answers->first != NULL) {
        *s->done.last = answers->first;
        s->done.last = answers->last;
        s->done.n += answers->n;
    }
    pthread_mutex_unlock(&s->lock);
    store_wake_loop(s);
}

void store_fail(struct store *s, const struct err *e) {
    s->failed = true;
    s->failure = *e;
    log_error("store", "%s", e->text[LANG_EN]);
}

void store_refuse(struct request *r, const struct err *e) {
    r->failed = true;
    r->err = *e;
}

static int commit_refused(const struct request *r, struct err *e) {
    if (r->failed)
        return err_set(e, ERR_FULL, "more than %d commits wait for the disk",
                       "plus de %d validations attendent le disque", STORE_QUEUE_MAX);
    if (!r->batch->ops.overflow) return 0;
    return err_set(e, ERR_FULL, "one turn is more than the store takes (%u MB), or an event cannot be written",
                   "un seul tour dépasse ce que le stockage accepte (%u Mo), ou un événement ne peut pas être écrit",
                   STORE_BATCH_MAX >> 20);
}

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

/* Can it be asked again? Who only reads is told at once instead. */
static bool may_pass(const struct store *s) {
    return !s->vault.read_only && db_lost(s->vault.db);
}

/* What could not be done is what comes next. */
void store_put_back(struct store *s, struct list *group) {
    if (group->first == NULL) return;
    pthread_mutex_lock(&s->lock);
    *group->last = s->todo.first;
    if (s->todo.first == NULL) s->todo.last = group->last;
    s->todo.first = group->first;
    s->todo.n += group->n;
    pthread_mutex_unlock(&s->lock);
    list_init(group);
}

/* One commit in fifty that takes a little longer must not send all of them to the thread; one that takes a second must. */
static void weigh_commit(struct store *s, int64_t took_ns) {
    int64_t times = took_ns / QUICK_COMMIT_NS;
    if (times == 0)
        s->slow -= s->slow > 0;
    else
        s->slow = times < SLOW_COMMITS_MAX ? s->slow + (uint32_t)times * SLOW_WEIGHT : SLOW_COMMITS_MAX;
    if (s->slow > SLOW_COMMITS_MAX) s->slow = SLOW_COMMITS_MAX;
}

void store_run_commits(struct store *s, struct list *group) {
    int64_t begun = now_ns();
    struct err e = {0};
    struct store_batch *first = NULL, **last = &first;
    uint64_t number = 0;
    int r = s->failed ? -1 : 0;
    for (struct request *q = group->first; q != NULL; q = q->next) {
        if (r == 0) r = commit_refused(q, &e);
        number = q->number;
        *last = q->batch;
        last = &q->batch->next;
    }
    *last = NULL;
    if (r == 0) {
        outage_busy(s, group);
        r = vault_apply(&s->vault, first, number, &e);
        if (r < 0 && !s->failed && may_pass(s)) {
            outage_idle(s);
            store_put_back(s, group);
            outage_begin(s, &e);
            return;
        }
        outage_idle(s);
    }
    if (r < 0 && !s->failed) store_fail(s, &e);
    for (struct request *q = group->first; r < 0 && q != NULL; q = q->next) store_refuse(q, &s->failure);
    weigh_commit(s, now_ns() - begun);
    store_answer(s, group);
}

static void retain_when_due(struct store *s) {
    struct vault *v = &s->vault;
    struct err e;
    if (!v->retain_due || v->loads > 0 || s->failed) return;
    if (vault_retain(v, v->retain_now, v->retain_day, &e) == 0)
        v->retain_due = false;
    else if (!may_pass(s)) /* one that was lost is asked again by the next request */
        store_fail(s, &e);
    else
        outage_begin(s, &e);
}

/* True: it has to go on, behind what waits by now. */
static bool run_job(struct store *s, struct request *r) {
    enum job_step step;
    if (s->failed) store_job_cancel(r->job);
    while ((step = job_run(&s->vault, r->job, &r->err)) == JOB_AGAIN) {
        pthread_mutex_lock(&s->lock);
        bool stop = s->stop;
        if (!stop) list_add(&s->todo, r);
        pthread_mutex_unlock(&s->lock);
        if (!stop) return true;
        store_job_cancel(r->job);
    }
    r->failed = step == JOB_FAILED;
    if (s->failed) r->err = s->failure;
    return false;
}

static void run_one(struct store *s, struct request *r) {
    struct vault *v = &s->vault;
    if (s->failed) {
        if (r->kind == REQUEST_LOAD) load_end(v, r->load);
        store_refuse(r, &s->failure);
        return;
    }
    switch (r->kind) {
    case REQUEST_COMMIT:
    case REQUEST_JOB: break;
    case REQUEST_READ:
        r->more = false;
        r->failed = r->read->run(v, &r->args, &r->rows, &r->more, &r->err) < 0;
        break;
    case REQUEST_LOAD: r->failed = load_step(v, r->load, r->chunk, &r->err) < 0; break;
    case REQUEST_LOAD_END: load_end(v, r->load); break;
    case REQUEST_RETAIN:
        v->retain_due = true;
        v->retain_now = r->now;
        v->retain_day = r->day;
        break;
    case REQUEST_CALL: r->failed = r->call(v, r->arg, &r->err) < 0; break;
    }
}

void store_answer_one(struct store *s, struct request *r) {
    struct list answers;
    if (r->kind == REQUEST_CALL) {
        pthread_mutex_lock(&s->lock);
        r->answered = true;
        pthread_cond_signal(&s->answer);
        pthread_mutex_unlock(&s->lock);
        return;
    }
    list_init(&answers);
    list_add(&answers, r);
    store_answer(s, &answers);
}

/* A question that failed with the connection is asked again once there is one. A load or a job is at a place where it
 * cannot. */
static bool ask_again(struct store *s, struct request *r, const struct read_args *args) {
    struct list one;
    struct err e = r->err;
    if (!r->failed || s->failed || s->outage.lost || !may_pass(s)) return false;
    if (r->kind == REQUEST_LOAD || r->kind == REQUEST_JOB) {
        outage_begin(s, &e);
        return false;
    }
    r->failed = false;
    r->args = *args;
    buf_reset(&r->rows);
    list_init(&one);
    list_add(&one, r);
    store_put_back(s, &one);
    outage_begin(s, &e);
    return true;
}

static void run_other(struct store *s, struct request *r) {
    struct read_args args = r->args;
    outage_busy(s, NULL);
    bool goes_on = r->kind == REQUEST_JOB && run_job(s, r);
    if (!goes_on && r->kind != REQUEST_JOB) run_one(s, r);
    outage_idle(s);
    if (goes_on || ask_again(s, r, &args)) return;
    store_answer_one(s, r);
    if (!s->outage.lost) retain_when_due(s);
}

/* Takes what is to be done next: a run of commits, or one other request. Under the lock. */
static struct request *take_group(struct store *s, struct list *group) {
    size_t bytes = 0;
    list_init(group);
    while (s->todo.first != NULL && s->todo.first->kind == REQUEST_COMMIT && group->n < GROUP_BATCHES_MAX) {
        bytes += s->todo.first->batch->ops.len;
        if (group->n > 0 && bytes > GROUP_BYTES_MAX) break;
        list_add(group, list_take(&s->todo));
    }
    return group->n > 0 ? NULL : list_take(&s->todo);
}

/* Between two requests, when nothing waits. */
static void idle(struct store *s) {
    struct err e;
    struct db *d = s->vault.db;
    if (s->failed || s->outage.lost || d->driver->idle(d) == 0) return;
    d->driver->explain(d, &e);
    if (may_pass(s))
        outage_begin(s, &e);
    else
        store_fail(s, &e);
}

/* Waits for work. A server is looked at now and then: that it went away is known before somebody needs it. */
static void wait_for_work(struct store *s) {
    struct timespec t;
    if (!s->remote || s->failed) {
        pthread_cond_wait(&s->work, &s->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += LOOK_S;
    if (pthread_cond_timedwait(&s->work, &s->lock, &t) == ETIMEDOUT) s->tidy = true;
}

static void *store_main(void *arg) {
    struct store *s = arg;
    bool worked = false;
    pthread_mutex_lock(&s->lock);
    for (;;) {
        struct list group;
        if (s->outage.lost) {
            pthread_mutex_unlock(&s->lock);
            bool goes_on = outage_turn(s);
            pthread_mutex_lock(&s->lock);
            if (!goes_on) break;
            continue;
        }
        if (s->todo.first == NULL && worked) {
            worked = false;
            s->busy = true;
            pthread_mutex_unlock(&s->lock);
            idle(s);
            pthread_mutex_lock(&s->lock);
            s->busy = false;
            if (s->outage.lost) continue;
        }
        while (s->busy || (s->todo.first == NULL && !s->stop && !s->tidy)) wait_for_work(s);
        if (s->todo.first == NULL && !s->tidy) break;
        s->busy = true;
        s->tidy = false;
        struct request *other = take_group(s, &group);
        pthread_mutex_unlock(&s->lock);
        if (other != NULL)
            run_other(s, other);
        else if (group.n > 0)
            store_run_commits(s, &group);
        worked = true;
        pthread_mutex_lock(&s->lock);
        s->busy = false;
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* The thread takes no signals: they belong to the loop. */
int store_thread_start(struct store *s, struct err *e) {
    pthread_attr_t a;
    sigset_t all, before;
    sigfillset(&all);
    pthread_attr_init(&a);
    pthread_attr_setstacksize(&a, STORE_STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = pthread_create(&s->thread, &a, store_main, s);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&a);
    if (rc != 0)
        return err_set(e, ERR_IO, "the store's thread cannot start: %s", "le fil du stockage ne peut pas démarrer : %s",
                       strerror(rc));
    return 0;
}
