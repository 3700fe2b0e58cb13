/*
 * outage: a server that is gone, or does not answer. Runs on the store's thread. A connection that is lost is made
 * anew by a helper thread (names and connects may block for long), with growing, jittered pauses, for ever. What
 * waits meanwhile: commits stay in the queue for STORE_GONE_MS; what lasts longer is told to the loop, and commits go
 * to the spill, which makes them durable here, and are answered. Questions wait a little and then fail. When the
 * server is back, table `commits` says which of them it has, and the spill gives it the others, in order.
 */
#include "sql/outage_int.h"

#define RETRY_FIRST_MS 50
#define RETRY_MOST_MS 3000
#define QUESTION_MS 2000 /* a question waits so long for a lost server */
#define DRAIN_BYTES (8u << 20)

/* ---- what the loop is told ---- */

static void tell(struct store *s, enum store_state state, const struct err *why) {
    struct outage *o = &s->outage;
    bool changed = o->told != (state == STORE_GONE);
    pthread_mutex_lock(&s->lock);
    if (changed) {
        s->health.state = state;
        s->health.since = outage_wall(db_mono_ms() - o->since_ms);
        s->health_changed = true;
    }
    if (why != NULL) s->health.why = *why;
    s->health.kept = o->spill != NULL ? spill_count(o->spill) : 0;
    s->health.bytes = o->spill != NULL ? spill_bytes(o->spill) : 0;
    pthread_mutex_unlock(&s->lock);
    o->told = state == STORE_GONE;
    if (changed) store_wake_loop(s);
}

/* ---- commits that wait ---- */

/* Into the spill, synced: then they are answered. Takes the list. */
static void keep(struct store *s, struct list *commits) {
    struct err e;
    int r = s->failed ? -1 : 0;
    if (r < 0) e = s->failure;
    for (struct request *q = commits->first; r == 0 && q != NULL; q = q->next) {
        if (q->failed || q->batch->ops.overflow)
            r = err_set(&e, ERR_FULL, "one turn is more than the store takes",
                        "un seul tour dépasse ce que le stockage accepte");
        else
            r = spill_add(s->outage.spill, q->number, q->batch->ops.p, q->batch->ops.len, &e);
    }
    if (r == 0) r = spill_sync(s->outage.spill, &e);
    if (r < 0 && !s->failed) store_fail(s, &e);
    for (struct request *q = commits->first; r < 0 && q != NULL; q = q->next) store_refuse(q, &s->failure);
    store_answer(s, commits);
    list_init(commits);
    tell(s, STORE_GONE, NULL);
}

/* Takes every commit out of the queue, or every other request. */
static void take_kind(struct store *s, bool commits, struct list *out) {
    struct list rest;
    list_init(&rest);
    list_init(out);
    pthread_mutex_lock(&s->lock);
    for (struct request *r; (r = list_take(&s->todo)) != NULL;)
        list_add((r->kind == REQUEST_COMMIT) == commits ? out : &rest, r);
    if (rest.first != NULL) s->todo = rest;
    pthread_mutex_unlock(&s->lock);
}

static void keep_waiting(struct store *s) {
    struct list commits;
    take_kind(s, true, &commits);
    if (commits.first != NULL) keep(s, &commits);
}

/* Long work is at a place from where it cannot go on with another connection. */
static void end_job(struct store *s, struct request *r, const struct err *e) {
    struct err ignored;
    store_job_cancel(r->job);
    job_run(&s->vault, r->job, &ignored);
    store_refuse(r, e);
}

static void end_jobs(struct store *s, const struct err *e) {
    struct list others, rest;
    take_kind(s, false, &others);
    list_init(&rest);
    for (struct request *r; (r = list_take(&others)) != NULL;) {
        if (r->kind != REQUEST_JOB) {
            list_add(&rest, r);
            continue;
        }
        end_job(s, r, e);
        store_answer_one(s, r);
    }
    store_put_back(s, &rest);
}

static void refuse_questions(struct store *s) {
    struct list others;
    struct err e;
    take_kind(s, false, &others);
    if (others.first == NULL) return;
    pthread_mutex_lock(&s->lock);
    e = s->health.why;
    pthread_mutex_unlock(&s->lock);
    for (struct request *r; (r = list_take(&others)) != NULL;) {
        if (r->kind == REQUEST_LOAD || r->kind == REQUEST_LOAD_END) load_end(&s->vault, r->load);
        if (r->kind == REQUEST_JOB)
            end_job(s, r, &e);
        else if (r->kind == REQUEST_RETAIN)
            s->vault.retain_due = true; /* soon enough */
        else
            store_refuse(r, &e);
        store_answer_one(s, r);
    }
}

/* ---- a server that is slow ---- */

void outage_busy(struct store *s, struct list *commits) {
    s->outage.busy = commits;
    s->outage.busy_ms = db_mono_ms();
}

static bool stopping(struct store *s) {
    pthread_mutex_lock(&s->lock);
    bool stop = s->stop;
    pthread_mutex_unlock(&s->lock);
    return stop;
}

/* The batches are still being read by the one who waits for the server: only their answers go. */
static void keep_busy(struct store *s) {
    struct list answers;
    struct list *busy = s->outage.busy;
    struct err e;
    int r = 0;
    for (struct request *q = busy->first; r == 0 && q != NULL; q = q->next)
        r = spill_add(s->outage.spill, q->number, q->batch->ops.p, q->batch->ops.len, &e);
    if (r == 0) r = spill_sync(s->outage.spill, &e);
    if (r < 0) {
        store_fail(s, &e);
        return;
    }
    list_init(&answers);
    for (struct request *q; (q = list_take(busy)) != NULL;) {
        q->batch->next_kept = s->outage.kept;
        s->outage.kept = q->batch;
        q->batch = NULL;
        list_add(&answers, q);
    }
    store_answer(s, &answers);
}

/* Called now and then while an answer of the server is waited for. false: give up, the connection is lost. */
static bool still_waiting(void *store) {
    struct store *s = store;
    struct outage *o = &s->outage;
    struct err e;
    bool commits = o->busy != NULL && o->busy->first != NULL;
    int64_t waited = db_mono_ms() - o->busy_ms;
    if (s->failed || o->spill == NULL) return true;
    if (!o->told && waited < (commits ? STORE_GONE_MS : 2 * STORE_GONE_MS)) return true;
    if (!o->told && !commits && !outage_has_commits(s)) return true; /* a long answer that nobody else waits for */
    if (!o->told) {
        o->since_ms = o->busy_ms;
        err_set(&e, ERR_NET, "PostgreSQL does not answer", "PostgreSQL ne répond pas");
        log_warn("store", "%s: commits are kept in the state directory", e.text[LANG_EN]);
        tell(s, STORE_GONE, &e);
    }
    if (commits) keep_busy(s);
    keep_waiting(s);
    return !stopping(s);
}

static void watch(struct store *s) {
    s->vault.db->waiting = still_waiting;
    s->vault.db->waiting_arg = s;
}

static void free_kept(struct store *s) {
    for (struct store_batch *b; (b = s->outage.kept) != NULL;) {
        s->outage.kept = b->next_kept;
        batch_free(b);
    }
}

/* ---- the spill goes to the server ---- */

/* The next records of the spill that the server does not have, as batches. 1: some; 0: the end. */
static int read_group(struct store *s, struct store_batch **first, uint64_t *number, struct err *e) {
    struct store_batch **last = first;
    size_t bytes = 0;
    int r = 1;
    *first = NULL;
    while (bytes < DRAIN_BYTES) {
        struct store_batch *b = xcalloc(1, sizeof *b);
        uint64_t n = 0;
        buf_init(&b->ops, STORE_BATCH_MAX);
        r = spill_next(s->outage.spill, &n, &b->ops, e);
        bool wanted = r > 0 && n > s->vault.committed;
        bytes += b->ops.len;
        if (!wanted) batch_free(b);
        if (r <= 0) break;
        if (!wanted) continue;
        *last = b;
        last = &b->next;
        *number = n;
    }
    return r < 0 ? -1 : *first != NULL;
}

static void free_group(struct store_batch *b) {
    while (b != NULL) {
        struct store_batch *next = b->next;
        batch_free(b);
        b = next;
    }
}

/* -1: not all of it; where the connection was lost, the rest goes later. */
static int drain(struct store *s, struct err *e) {
    struct store_batch *group;
    uint64_t number = 0, before = s->vault.committed;
    int r;
    spill_rewind(s->outage.spill);
    while ((r = read_group(s, &group, &number, e)) > 0) {
        outage_busy(s, NULL);
        r = vault_apply(&s->vault, group, number, e);
        free_group(group);
        if (r < 0) return -1;
    }
    if (r < 0) return -1;
    if (s->vault.committed > before)
        log_info("store", "commits of the outage brought over: up to number %llu",
                 (unsigned long long)s->vault.committed);
    return spill_clear(s->outage.spill, e);
}

/* The server answers again. */
static void over(struct store *s) {
    struct outage *o = &s->outage;
    struct err e;
    if (drain(s, &e) < 0) {
        if (s->failed) return;
        if (db_lost(s->vault.db))
            outage_begin(s, &e);
        else
            store_fail(s, &e);
        return;
    }
    o->attempts = 0;
    if (!o->told) return;
    log_info("store", "the database is back after %lld ms", (long long)(db_mono_ms() - o->since_ms));
    tell(s, STORE_UP, NULL);
}

void outage_idle(struct store *s) {
    struct outage *o = &s->outage;
    o->busy = NULL;
    free_kept(s);
    if (o->told && !o->lost && !s->failed && !db_lost(s->vault.db)) over(s);
}

/* ---- the connection ---- */

void outage_begin(struct store *s, const struct err *e) {
    struct outage *o = &s->outage;
    if (o->lost) return;
    log_warn("store", "connection lost: %s", e->text[LANG_EN]);
    o->lost = true;
    if (!o->told) {
        o->since_ms = db_mono_ms();
        o->attempts = 0;
    }
    o->next_ms = db_mono_ms();
    end_jobs(s, e);
    db_close(s->vault.db); /* its lock goes with it */
    s->vault.db = NULL;
    pthread_mutex_lock(&s->lock);
    s->health.why = *e;
    pthread_mutex_unlock(&s->lock);
}

static void try_later(struct store *s, const struct err *e) {
    struct outage *o = &s->outage;
    int64_t wait = RETRY_FIRST_MS;
    for (uint32_t i = 0; i < o->attempts && wait < RETRY_MOST_MS; i++) wait *= 2;
    if (wait > RETRY_MOST_MS) wait = RETRY_MOST_MS;
    o->attempts++;
    o->next_ms = db_mono_ms() + wait * 3 / 4 + (int64_t)rng_below(&o->jitter, (uint64_t)wait / 2 + 1);
    pthread_mutex_lock(&s->lock);
    bool new_reason = strcmp(s->health.why.text[LANG_EN], e->text[LANG_EN]) != 0;
    s->health.why = *e;
    pthread_mutex_unlock(&s->lock);
    if (new_reason) log_warn("store", "%s", e->text[LANG_EN]);
}

/* Those that the server had taken before the connection went. */
static void answer_committed(struct store *s) {
    struct list answers;
    list_init(&answers);
    pthread_mutex_lock(&s->lock);
    while (s->todo.first != NULL && s->todo.first->kind == REQUEST_COMMIT &&
           s->todo.first->number <= s->vault.committed)
        list_add(&answers, list_take(&s->todo));
    pthread_mutex_unlock(&s->lock);
    if (answers.first != NULL) store_answer(s, &answers);
}

static void adopt(struct store *s, struct db *d) {
    struct outage *o = &s->outage;
    struct err e;
    outage_busy(s, NULL);
    d->waiting = NULL;
    if (vault_adopt(&s->vault, d, &e) < 0) {
        bool passes = db_lost(d);
        db_close(d);
        s->vault.db = NULL;
        if (passes) {
            try_later(s, &e);
            return;
        }
        store_fail(s, &e);
        o->lost = false;
        return;
    }
    o->lost = false;
    watch(s);
    answer_committed(s);
    over(s);
}

/* Waits until there is something to do. Under the lock. */
static void wait_turn(struct store *s) {
    struct outage *o = &s->outage;
    int64_t now = db_mono_ms(), due = now + RETRY_MOST_MS;
    if (!o->told && o->since_ms + STORE_GONE_MS < due) due = o->since_ms + STORE_GONE_MS;
    if (s->todo.first != NULL && o->since_ms + QUESTION_MS > now)
        due = due < o->since_ms + QUESTION_MS ? due : o->since_ms + QUESTION_MS;
    if (o->connector == NULL && o->next_ms < due) due = o->next_ms;
    while (!s->stop && !(o->told && s->todo.first != NULL) &&
           !(o->connector != NULL && connector_is_done(o->connector)) && (now = db_mono_ms()) < due) {
        struct timespec t = {due / 1000, due % 1000 * 1000000};
        pthread_cond_timedwait(&s->work, &s->lock, &t);
    }
}

bool outage_turn(struct store *s) {
    struct outage *o = &s->outage;
    pthread_mutex_lock(&s->lock);
    wait_turn(s);
    bool stop = s->stop;
    struct err why = s->health.why;
    pthread_mutex_unlock(&s->lock);
    int64_t now = db_mono_ms();
    if (!o->told && (stop || now - o->since_ms >= STORE_GONE_MS)) {
        log_warn("store", "the database is gone (%s): commits are kept in the state directory", why.text[LANG_EN]);
        tell(s, STORE_GONE, &why);
    }
    if (o->told) keep_waiting(s);
    if (stop || now - o->since_ms >= QUESTION_MS) refuse_questions(s);
    if (stop) return false;
    struct err e;
    if (o->connector != NULL && connector_is_done(o->connector)) {
        struct db *d = connector_take(o->connector, &e);
        o->connector = NULL;
        if (d != NULL)
            adopt(s, d);
        else if (e.code == ERR_NET || e.code == ERR_BUSY || e.code == ERR_AUTH || e.code == ERR_NOT_FOUND ||
                 e.code == ERR_IO || e.code == ERR_REFUSED)
            try_later(s, &e); /* whatever it is, somebody may put it right while stops are still watched */
        else
            store_fail(s, &e);
    } else if (o->connector == NULL && now >= o->next_ms) {
        o->connector = connector_start(s);
    }
    return true;
}

/* ---- opening and closing ---- */

int outage_open(struct store *s, struct err *e) {
    struct outage *o = &s->outage;
    s->vault.db->driver->place(s->vault.db, s->health.place, sizeof s->health.place);
    if (!s->vault.db->driver->remote) return 0;
    o->spill = spill_open(s->vault.dir, e);
    if (o->spill == NULL) return -1;
    rng_seed(&o->jitter, (uint64_t)db_mono_ms());
    if (s->vault.read_only) {
        if (spill_count(o->spill) > 0)
            log_warn("store", "%llu commits of an outage wait for the next start of the bot",
                     (unsigned long long)spill_count(o->spill));
        return 0;
    }
    if (drain(s, e) < 0) return -1;
    s->numbers = s->vault.committed;
    watch(s);
    return 0;
}

void outage_close(struct store *s) {
    if (s->outage.connector != NULL) connector_abandon(s->outage.connector);
    free_kept(s);
    spill_close(s->outage.spill);
}
