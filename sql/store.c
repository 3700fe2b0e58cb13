/*
 * store: the facade. Two threads: the loop's, which fills batches and runs callbacks, and
 * the store's, which owns the vault. Between them two lists under one lock: requests in the
 * order given, and answers in the same order, announced by an eventfd. Batches that wait
 * together share one commit. After the first failed commit nothing else is tried: every
 * later request is answered with that failure.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "sql/load.h"
#include "sql/store_int.h"

#define STORE_QUEUE_MAX 65536  /* requests that wait; one more is refused, and so is all that follows */
#define GROUP_BATCHES_MAX 4096 /* batches of one commit */
#define GROUP_BYTES_MAX (16u << 20)
#define SPARE_MAX 4                  /* batches and requests kept for reuse */
#define SPARE_BYTES_MAX (256u << 10) /* a larger buffer is given back to the system */
#define TRIM_BYTES (8u << 20)
#define QUICK_COMMIT_NS (2 * NS_PER_MS) /* a disk that answers faster than this is not worth a change of threads */
#define SLOW_COMMITS 64                 /* how many commits go to the thread after a slow one */
#define HERE_BYTES_MAX 8192             /* a larger batch means that more comes: the loop goes on with it meanwhile */
#define IDLE_COMMITS 128 /* commits on the loop's thread before the other one is woken for housekeeping */
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

/* ---- the store's thread ---- */

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

/* Commits every batch of the group together. */
static void run_commits(struct store *s, struct list *group) {
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
    if (now_ns() - begun > QUICK_COMMIT_NS)
        s->slow = SLOW_COMMITS;
    else if (s->slow > 0)
        s->slow--;
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
            run_commits(s, &group);
        worked = true;
        pthread_mutex_lock(&s->lock);
        s->busy = false;
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* ---- opening and closing ---- */

/* The thread takes no signals: they belong to the loop. */
static int start_thread(struct store *s, struct err *e) {
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

static void store_free(struct store *s) {
    outage_close(s);
    vault_close(&s->vault);
    if (s->fd >= 0) close(s->fd);
    pthread_cond_destroy(&s->work);
    pthread_cond_destroy(&s->answer);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct store *store_open(const struct store_options *o, struct err *e) {
    struct store *s = xcalloc(1, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&s->work, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_cond_init(&s->answer, NULL);
    list_init(&s->todo);
    list_init(&s->done);
    s->vault.lock_fd = -1;
    s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (s->fd < 0)
        err_set(e, ERR_IO, "no descriptor for the store: %s", "pas de descripteur pour le stockage : %s",
                strerror(errno));
    if (s->fd < 0 || vault_open(&s->vault, o, e) < 0 || outage_open(s, e) < 0) goto failed;
    s->read_only = o->read_only;
    s->remote = s->vault.db->driver->remote;
    s->schema = s->vault.schema;
    s->schema_found = s->vault.schema_found;
    lock_left_abroad(&s->vault.lock_left, &s->held);
    str_copy(s->dir, sizeof s->dir, s->vault.dir);
    if (start_thread(s, e) < 0) goto failed;
    return s;
failed:
    store_free(s);
    return NULL;
}

void batch_free(struct store_batch *b) {
    if (b == NULL) return;
    buf_clear(&b->ops);
    free(b);
}

static void request_free(struct request *r) {
    batch_free(r->batch);
    buf_clear(&r->rows);
    free(r);
}

/* Answers that nobody fetched: their callbacks are not run, what they hold is given back. */
static void drop_answers(struct list *l) {
    for (struct request *r; (r = list_take(l)) != NULL;) {
        load_free(r->load);
        free(r->job);
        request_free(r);
    }
}

void store_close(struct store *s) {
    if (s == NULL) return;
    pthread_mutex_lock(&s->lock);
    s->stop = true;
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
    drop_answers(&s->done);
    while (s->spare_requests != NULL) {
        struct request *r = s->spare_requests;
        s->spare_requests = r->next;
        request_free(r);
    }
    while (s->spare_batches != NULL) {
        struct store_batch *b = s->spare_batches;
        s->spare_batches = b->next;
        batch_free(b);
    }
    store_free(s);
}

/* ---- the loop's thread: asking ---- */

static struct request *request_new(struct store *s, enum request_kind kind, store_done_fn done, void *arg) {
    struct request *r = s->spare_requests;
    if (r != NULL) {
        s->spare_requests = r->next;
        s->spare_request_count--;
        struct buf rows = r->rows;
        *r = (struct request){.rows = rows};
    } else {
        r = xcalloc(1, sizeof *r);
        buf_init(&r->rows, RESULT_MAX);
    }
    r->kind = kind;
    r->done = done;
    r->arg = arg;
    return r;
}

static void batch_recycle(struct store *s, struct store_batch *b) {
    if (b == NULL) return;
    if (s->spare_batch_count >= SPARE_MAX || b->ops.cap > SPARE_BYTES_MAX) {
        s->freed += b->ops.cap;
        batch_free(b);
        return;
    }
    buf_reset(&b->ops);
    b->next = s->spare_batches;
    s->spare_batches = b;
    s->spare_batch_count++;
}

static void request_recycle(struct store *s, struct request *r) {
    batch_recycle(s, r->batch);
    r->batch = NULL;
    if (s->spare_request_count >= SPARE_MAX) {
        request_free(r);
        return;
    }
    s->freed += r->rows.cap > SPARE_BYTES_MAX ? r->rows.cap : 0;
    if (r->rows.cap > SPARE_BYTES_MAX)
        buf_clear(&r->rows);
    else
        buf_reset(&r->rows);
    r->next = s->spare_requests;
    s->spare_requests = r;
    s->spare_request_count++;
}

/* Over the limit the request is answered as a failed commit would be: something is wrong with the disk or the caller. */
static void send(struct store *s, struct request *r) {
    pthread_mutex_lock(&s->lock);
    if (r->kind == REQUEST_COMMIT) r->number = ++s->numbers;
    if (r->kind == REQUEST_COMMIT && s->todo.n >= STORE_QUEUE_MAX) r->failed = true;
    list_add(&s->todo, r);
    pthread_mutex_unlock(&s->lock);
    pthread_cond_signal(&s->work); /* after the unlock: who wakes up finds it free */
    s->waiting++;
}

int store_call(struct store *s, int (*fn)(struct vault *v, void *arg, struct err *e), void *arg, struct err *e) {
    struct request r = {.kind = REQUEST_CALL, .call = fn, .arg = arg};
    pthread_mutex_lock(&s->lock);
    list_add(&s->todo, &r);
    pthread_cond_signal(&s->work);
    while (!r.answered) pthread_cond_wait(&s->answer, &s->lock);
    pthread_mutex_unlock(&s->lock);
    if (r.failed && e != NULL) *e = r.err;
    return r.failed ? -1 : 0;
}

struct store_batch *store_batch_new(struct store *s) {
    struct store_batch *b = s->spare_batches;
    if (b != NULL) {
        s->spare_batches = b->next;
        s->spare_batch_count--;
        b->next = NULL;
        return b;
    }
    b = xcalloc(1, sizeof *b);
    b->store = s;
    buf_init(&b->ops, STORE_BATCH_MAX);
    return b;
}

bool store_batch_empty(const struct store_batch *b) {
    return b->ops.len == 0 && !b->ops.overflow;
}

void store_batch_drop(struct store_batch *b) {
    if (b != NULL) batch_recycle(b->store, b);
}

/* A commit on the loop's own thread, where nothing waits and the disk is quick: a change of threads and back would cost as
 * much as the commit. What it costs the loop is bounded by what the last commits took; the answer comes as ever. */
static bool commit_here(struct store *s, struct request *r) {
    struct list group;
    if (s->remote || r->batch->ops.len > HERE_BYTES_MAX) return false;
    pthread_mutex_lock(&s->lock);
    bool mine = !s->busy && s->todo.first == NULL && s->slow == 0;
    if (mine) s->busy = true;
    pthread_mutex_unlock(&s->lock);
    if (!mine) return false;
    list_init(&group);
    list_add(&group, r);
    s->waiting++;
    run_commits(s, &group);
    pthread_mutex_lock(&s->lock);
    s->busy = false;
    if (++s->here % IDLE_COMMITS == 0) s->tidy = true;
    bool wake = s->tidy;
    pthread_mutex_unlock(&s->lock);
    if (wake) pthread_cond_signal(&s->work);
    return true;
}

void store_commit(struct store *s, struct store_batch *b, store_done_fn done, void *arg) {
    struct request *r = request_new(s, REQUEST_COMMIT, done, arg);
    r->batch = b;
    if (!commit_here(s, r)) send(s, r);
}

void store_ask(struct store *s, const struct read_kind *kind, union row_fn row, const struct read_args *a,
               store_done_fn done, void *arg) {
    struct request *r = request_new(s, REQUEST_READ, done, arg);
    r->read = kind;
    r->row = row;
    r->args = *a;
    send(s, r);
}

void store_ask_page(struct store *s, const struct read_kind *kind, union row_fn row, const struct read_args *a,
                    struct store_page *page, store_done_fn done, void *arg) {
    struct request *r = request_new(s, REQUEST_READ, done, arg);
    r->read = kind;
    r->row = row;
    r->args = *a;
    r->args.paged = true;
    r->args.cursor = page->after;
    r->args.until = page->until;
    r->page = page;
    send(s, r);
}

struct store_job *store_start(struct store *s, struct store_job *job, store_done_fn done, void *arg) {
    struct request *r = request_new(s, REQUEST_JOB, done, arg);
    r->job = job;
    send(s, r);
    return job;
}

void store_load_events(struct store *s, uint64_t after, bool (*row)(void *arg, const struct event *ev),
                       store_done_fn done, void *arg) {
    struct request *r = request_new(s, REQUEST_LOAD, done, arg);
    r->load = load_new(after, row);
    r->chunk = &r->load->chunk[0];
    send(s, r);
}

void store_retain(struct store *s, when_t now, int32_t day) {
    struct request *r = request_new(s, REQUEST_RETAIN, NULL, NULL);
    r->now = now;
    r->day = day;
    send(s, r);
}

void store_on_health(struct store *s, void (*fn)(void *arg), void *arg) {
    s->on_health = fn;
    s->on_health_arg = arg;
}

void store_health(struct store *s, struct store_health *out) {
    pthread_mutex_lock(&s->lock);
    *out = s->health;
    pthread_mutex_unlock(&s->lock);
}

int store_schema_version(const struct store *s) {
    return s->schema;
}

/* The descriptor of the lock never changes while the store's thread runs. */
void store_page(struct store *s, const char *address) {
    lock_page(s->vault.lock_fd, address);
}

void store_alive(struct store *s) {
    lock_alive(s->vault.lock_fd);
}

const struct err *store_held_abroad(const struct store *s) {
    return s->held.code == ERR_NONE ? NULL : &s->held;
}

int store_schema_found(const struct store *s) {
    return s->schema_found;
}

const char *store_dir(const struct store *s) {
    return s->dir;
}

/* ---- the loop's thread: answers ---- */

static void finish(struct store *s, struct request *r) {
    store_done_fn done = r->done;
    void *arg = r->arg;
    bool failed = r->failed;
    struct err e;
    if (failed) e = r->err;
    request_recycle(s, r);
    if (done != NULL) done(arg, failed ? &e : NULL);
}

static void answer_read(struct store *s, struct request *r) {
    struct reader in = {r->rows.p, r->rows.p + r->rows.len};
    if (r->page != NULL) *r->page = (struct store_page){r->args.cursor, r->args.until, r->more && !r->failed};
    while (!r->failed && in.p < in.end) r->read->hand(r->row, r->arg, &in);
    if (r->failed || !r->more || r->page != NULL) {
        finish(s, r);
        return;
    }
    buf_reset(&r->rows);
    send(s, r);
}

static void load_send(struct store *s, const struct request *from, enum request_kind kind, struct chunk *chunk) {
    struct request *r = request_new(s, kind, from->done, from->arg);
    r->load = from->load;
    r->chunk = chunk;
    send(s, r);
}

static void load_finish(struct store *s, struct request *r) {
    load_free(r->load);
    r->load = NULL;
    finish(s, r);
}

/* The next chunk is asked for before this one is handed out, so that both threads work. */
static void answer_load(struct store *s, struct request *r) {
    struct load *l = r->load;
    bool over = r->failed || r->chunk->last;
    if (l->stopped) { /* the step that was under way when the caller stopped */
        if (!over) load_send(s, r, REQUEST_LOAD_END, NULL);
        r->failed = false;
    } else {
        if (!over) load_send(s, r, REQUEST_LOAD, r->chunk == &l->chunk[0] ? &l->chunk[1] : &l->chunk[0]);
        load_hand(l, r->chunk, r->arg);
        if (l->stopped) r->failed = false;
    }
    if (over)
        load_finish(s, r);
    else
        request_recycle(s, r);
}

static void job_finish(struct store *s, struct request *r) {
    struct store_job *job = r->job;
    r->job = NULL;
    finish(s, r);
    free(job);
}

static void answer(struct store *s, struct request *r) {
    switch (r->kind) {
    case REQUEST_COMMIT:
    case REQUEST_RETAIN: finish(s, r); return;
    case REQUEST_READ: answer_read(s, r); return;
    case REQUEST_LOAD: answer_load(s, r); return;
    case REQUEST_LOAD_END:
        r->failed = false;
        load_finish(s, r);
        return;
    case REQUEST_JOB: job_finish(s, r); return;
    case REQUEST_CALL: break;
    }
    die("store: an answer that nobody waits for");
}

int store_fd(const struct store *s) {
    return s->fd;
}

void store_poll(struct store *s) {
    uint64_t n;
    struct list answers;
    if (read(s->fd, &n, sizeof n) < 0 && errno != EAGAIN && errno != EINTR)
        die("store: descriptor: %s", strerror(errno));
    list_init(&answers);
    pthread_mutex_lock(&s->lock);
    if (s->done.first != NULL) {
        answers = s->done;
        list_init(&s->done);
    }
    bool health_changed = s->health_changed;
    s->health_changed = false;
    pthread_mutex_unlock(&s->lock);
    if (health_changed && s->on_health != NULL) s->on_health(s->on_health_arg); /* before the answers it explains */
    for (struct request *r; (r = list_take(&answers)) != NULL;) {
        s->waiting--;
        answer(s, r);
    }
    /* After a burst (a replay at full speed, a long answer) the allocator would keep what it needed for ever. */
    if (s->waiting == 0 && s->freed >= TRIM_BYTES) {
        s->freed = 0;
        malloc_trim(0);
    }
}

void store_wait(struct store *s) {
    while (s->waiting > 0) {
        struct pollfd p = {.fd = s->fd, .events = POLLIN};
        if (poll(&p, 1, -1) < 0 && errno != EINTR) die("store: poll: %s", strerror(errno));
        store_poll(s);
    }
}
