/*
 * store: the facade, on the loop's side. It fills batches, sends requests and runs the callbacks of their answers; what is
 * asked of the vault is done by the store's thread (store_thread.c), but for a small commit on a quick disk, which is made
 * here. Between the two threads two lists under one lock: requests in the order given, and answers in the same order,
 * announced by an eventfd.
 */
#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "sql/load.h"
#include "sql/store_int.h"

#define SPARE_MAX 4                  /* batches and requests kept for reuse */
#define SPARE_BYTES_MAX (256u << 10) /* a larger buffer is given back to the system */
#define TRIM_BYTES (8u << 20)
#define HERE_BYTES_MAX 8192 /* a larger batch means that more comes: the loop goes on with it meanwhile */
#define IDLE_COMMITS 128    /* commits on the loop's thread before the other one is woken for housekeeping */

/* ---- opening and closing ---- */

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
    if (store_thread_start(s, e) < 0) goto failed;
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

/* ---- asking ---- */

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
    store_run_commits(s, &group);
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

/* ---- answers ---- */

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
