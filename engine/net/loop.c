/*
 * loop: libuv behind a few calls. Owns the uv_loop_t and every handle made here.
 *
 * A turn ends in the prepare phase, after timers and I/O and just before libuv
 * sleeps: first what loop_soon asked for, then the owner's on_turn. So all inputs
 * of a turn are seen together, and nothing waits for a timer in between. Nothing
 * here wakes the process by itself.
 */
#include "engine/net/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <uv.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

#define SUSPEND_MS 500 /* a clock offset that moved by this much means that the machine slept */
#define SOON_ROUNDS 64 /* of loop_soon after the last turn; more is a circle */
#define CLOSE_ROUNDS 8 /* libwebsockets closes in three steps, one a turn */

/* The head of every object made here: a list, so that loop_free can close what is left. */
struct node {
    struct node *prev, *next;
    void (*drop)(struct node *n);
};

struct soon {
    struct soon *next;
    loop_fn fn;
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_prepare_t prepare;
    uv_idle_t idle; /* active while `soon` holds something: keeps libuv from sleeping */
    struct soon *soon, **soon_tail;
    struct soon *running; /* the batch being run */
    loop_fn turn;
    void *turn_arg;
    struct node nodes; /* list head */
    struct soon *at_free;
    int64_t boot_offset_ms; /* CLOCK_BOOTTIME minus CLOCK_MONOTONIC */
    bool freeing;
    bool in_timers; /* timers of this turn are being run */
};

static int64_t clock_ns(clockid_t id) {
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

when_t clock_wall(void) {
    return (when_t){clock_ns(CLOCK_REALTIME)};
}

int64_t clock_mono_ns(void) {
    return clock_ns(CLOCK_BOOTTIME);
}

int64_t clock_mono_ms(void) {
    return clock_mono_ns() / NS_PER_MS;
}

static void node_add(struct loop *l, struct node *n, void (*drop)(struct node *)) {
    n->drop = drop;
    n->prev = l->nodes.prev;
    n->next = &l->nodes;
    n->prev->next = n;
    l->nodes.prev = n;
}

static void node_remove(struct node *n) {
    n->prev->next = n->next;
    n->next->prev = n->prev;
}

static void on_closed_free(uv_handle_t *h) {
    free(h->data);
}

/* Every handle's data points at the object that holds it. */
static void node_close(struct node *n, uv_handle_t *h) {
    node_remove(n);
    uv_close(h, on_closed_free);
}

/* ---- turns ---- */

static void soon_run(struct loop *l) {
    l->running = l->soon;
    l->soon = NULL;
    l->soon_tail = &l->soon;
    while (l->running) {
        struct soon *s = l->running;
        l->running = s->next;
        loop_fn fn = s->fn;
        void *arg = s->arg;
        free(s);
        if (fn) fn(arg);
    }
}

static void timers_rearm(struct loop *l);

/* libuv's timers stand still while the machine sleeps; ours must not. */
static void notice_suspend(struct loop *l) {
    int64_t offset = (clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC)) / NS_PER_MS;
    if (offset - l->boot_offset_ms < SUSPEND_MS) return;
    log_info("loop", "the machine was asleep ms=%lld", (long long)(offset - l->boot_offset_ms));
    l->boot_offset_ms = offset;
    timers_rearm(l);
}

static void turn_end(struct loop *l) {
    soon_run(l);
    if (l->turn) l->turn(l->turn_arg);
}

static void on_idle(uv_idle_t *h) {
    (void)h;
}

static void on_prepare(uv_prepare_t *h) {
    struct loop *l = h->data;
    l->in_timers = false;
    notice_suspend(l);
    turn_end(l);
    if (l->soon)
        uv_idle_start(&l->idle, on_idle);
    else
        uv_idle_stop(&l->idle);
}

struct loop *loop_new(void) {
    struct loop *l = xcalloc(1, sizeof *l);
    int why;
    /* Without memory libuv ends the process without a word, or says no to what cannot be refused. */
    uv_replace_allocator(xmalloc, xrealloc, xcalloc, free);
    /* A peer that goes away must be an error of one write, not the end of the process. */
    signal(SIGPIPE, SIG_IGN);
    if ((why = uv_loop_init(&l->uv))) die("loop: libuv cannot start: %s", uv_strerror(why));
    l->soon_tail = &l->soon;
    l->nodes.prev = l->nodes.next = &l->nodes;
    l->boot_offset_ms = (clock_ns(CLOCK_BOOTTIME) - clock_ns(CLOCK_MONOTONIC)) / NS_PER_MS;
    uv_prepare_init(&l->uv, &l->prepare);
    l->prepare.data = l;
    uv_prepare_start(&l->prepare, on_prepare);
    uv_idle_init(&l->uv, &l->idle);
    return l;
}

static void walk_close(uv_handle_t *h, void *arg) {
    (void)arg;
    if (!uv_is_closing(h)) uv_close(h, NULL);
}

static void free_all(struct soon *s) {
    while (s) {
        struct soon *next = s->next;
        free(s);
        s = next;
    }
}

void loop_free(struct loop *l) {
    if (!l) return;
    l->freeing = true;
    l->turn = NULL;
    free_all(l->soon);
    l->soon = NULL;
    l->soon_tail = &l->soon;
    while (l->nodes.next != &l->nodes) l->nodes.next->drop(l->nodes.next);
    uv_prepare_stop(&l->prepare);
    for (int i = 0; i < CLOSE_ROUNDS; i++) uv_run(&l->uv, UV_RUN_NOWAIT);
    for (struct soon *s = l->at_free; s; s = s->next) s->fn(s->arg);
    free_all(l->at_free);
    uv_walk(&l->uv, walk_close, NULL);
    uv_run(&l->uv, UV_RUN_DEFAULT);
    int r = uv_loop_close(&l->uv);
    if (r) log_error("loop", "handles are left error=%s", uv_strerror(r));
    free(l);
}

void loop_run(struct loop *l) {
    uv_run(&l->uv, UV_RUN_DEFAULT);
    /* loop_stop skips the prepare phase: what came in with the last turn is committed here. */
    turn_end(l);
    for (int i = 0; l->soon && i < SOON_ROUNDS; i++) turn_end(l);
}

void loop_stop(struct loop *l) {
    uv_stop(&l->uv);
}

void *loop_uv(struct loop *l) {
    return &l->uv;
}

void loop_at_free(struct loop *l, void (*fn)(void *arg), void *arg) {
    struct soon *s = xcalloc(1, sizeof *s);
    s->fn = fn;
    s->arg = arg;
    s->next = l->at_free;
    l->at_free = s;
}

void loop_soon(struct loop *l, loop_fn fn, void *arg) {
    struct soon *s = xcalloc(1, sizeof *s);
    s->fn = fn;
    s->arg = arg;
    *l->soon_tail = s;
    l->soon_tail = &s->next;
    /* Also right when asked from the poll or closing phase: the next turn must not sleep before prepare runs it. */
    if (!l->freeing) uv_idle_start(&l->idle, on_idle);
}

static void soon_forget(struct soon *s, loop_fn fn, const void *arg) {
    for (; s; s = s->next)
        if (s->fn == fn && s->arg == arg) s->fn = NULL;
}

void loop_unsoon(struct loop *l, loop_fn fn, void *arg) {
    soon_forget(l->soon, fn, arg);
    soon_forget(l->running, fn, arg);
}

void loop_on_turn(struct loop *l, loop_fn fn, void *arg) {
    assert(!l->turn || !fn);
    l->turn = fn;
    l->turn_arg = arg;
}

/* ---- timers ---- */

struct loop_timer {
    struct node node;
    uv_timer_t uv;
    struct loop *l;
    loop_fn fn;
    void *arg;
    int64_t due_ms, repeat_ms; /* of clock_mono_ms */
    bool active;
};

static void on_timer(uv_timer_t *h);

static void timer_arm(struct loop_timer *t) {
    int64_t wait = t->due_ms - clock_mono_ms();
    if (wait < 0) wait = 0;
    /* libuv counts from its cached time, which is old after a long callback. */
    int64_t stale = (int64_t)(uv_hrtime() / NS_PER_MS) - (int64_t)uv_now(&t->l->uv);
    if (wait > 0 && stale > 0) wait += stale;
    /* What is due by that time runs in this same pass: a timer that asks for itself at once would never let the turn end. */
    if (wait == 0 && t->l->in_timers) wait = 1;
    uv_timer_start(&t->uv, on_timer, (uint64_t)wait, 0);
}

static void on_timer(uv_timer_t *h) {
    struct loop_timer *t = h->data;
    int64_t now = clock_mono_ms();
    t->l->in_timers = true;
    if (now < t->due_ms) { /* the two clocks tick at different fractions of a millisecond: never early */
        timer_arm(t);
        return;
    }
    if (t->repeat_ms > 0) {
        t->due_ms += t->repeat_ms;
        if (t->due_ms <= now) t->due_ms = now + t->repeat_ms; /* missed beats are not made up for */
        timer_arm(t);
    } else {
        t->active = false;
    }
    t->fn(t->arg);
}

static void timer_drop(struct node *n) {
    loop_timer_free((struct loop_timer *)n);
}

static void timers_rearm(struct loop *l) {
    for (struct node *n = l->nodes.next; n != &l->nodes; n = n->next) {
        struct loop_timer *t = (struct loop_timer *)n;
        if (n->drop == timer_drop && t->active) timer_arm(t);
    }
}

struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *arg) {
    struct loop_timer *t = xcalloc(1, sizeof *t);
    t->l = l;
    t->fn = fn;
    t->arg = arg;
    uv_timer_init(&l->uv, &t->uv);
    t->uv.data = t;
    node_add(l, &t->node, timer_drop);
    return t;
}

void loop_timer_start(struct loop_timer *t, int64_t delay_ms, int64_t repeat_ms) {
    t->due_ms = clock_mono_ms() + (delay_ms > 0 ? delay_ms : 0);
    t->repeat_ms = repeat_ms;
    t->active = true;
    timer_arm(t);
}

void loop_timer_stop(struct loop_timer *t) {
    t->active = false;
    uv_timer_stop(&t->uv);
}

bool loop_timer_active(const struct loop_timer *t) {
    return t->active;
}

void loop_timer_free(struct loop_timer *t) {
    if (t) node_close(&t->node, (uv_handle_t *)&t->uv);
}

/* ---- descriptors, wakes, signals ---- */

struct loop_fd {
    struct node node;
    uv_poll_t uv;
    loop_fn fn;
    void *arg;
};

static void on_readable(uv_poll_t *h, int status, int events) {
    struct loop_fd *f = h->data;
    (void)status; /* an error is readable too: the owner's read will say what it is */
    (void)events;
    f->fn(f->arg);
}

static void fd_drop(struct node *n) {
    loop_fd_free((struct loop_fd *)n);
}

struct loop_fd *loop_fd_new(struct loop *l, int fd, loop_fn fn, void *arg) {
    struct loop_fd *f = xcalloc(1, sizeof *f);
    if (uv_poll_init(&l->uv, &f->uv, fd)) {
        free(f);
        return NULL;
    }
    f->fn = fn;
    f->arg = arg;
    f->uv.data = f;
    node_add(l, &f->node, fd_drop);
    uv_poll_start(&f->uv, UV_READABLE, on_readable);
    return f;
}

void loop_fd_free(struct loop_fd *f) {
    if (f) node_close(&f->node, (uv_handle_t *)&f->uv);
}

struct loop_wake {
    struct node node;
    uv_async_t uv;
    loop_fn fn;
    void *arg;
};

static void on_wake(uv_async_t *h) {
    struct loop_wake *w = h->data;
    w->fn(w->arg);
}

static void wake_drop(struct node *n) {
    loop_wake_free((struct loop_wake *)n);
}

struct loop_wake *loop_wake_new(struct loop *l, loop_fn fn, void *arg) {
    struct loop_wake *w = xcalloc(1, sizeof *w);
    int why = uv_async_init(&l->uv, &w->uv, on_wake);
    if (why) die("loop: no descriptor for a wake: %s", uv_strerror(why));
    w->fn = fn;
    w->arg = arg;
    w->uv.data = w;
    node_add(l, &w->node, wake_drop);
    return w;
}

void loop_wake_send(struct loop_wake *w) {
    uv_async_send(&w->uv);
}

void loop_wake_free(struct loop_wake *w) {
    if (w) node_close(&w->node, (uv_handle_t *)&w->uv);
}

struct loop_signal {
    struct node node;
    uv_signal_t uv;
    loop_fn fn;
    void *arg;
};

static void on_signal(uv_signal_t *h, int signum) {
    struct loop_signal *s = h->data;
    (void)signum;
    s->fn(s->arg);
}

static void signal_drop(struct node *n) {
    loop_signal_free((struct loop_signal *)n);
}

struct loop_signal *loop_signal_new(struct loop *l, int signum, loop_fn fn, void *arg) {
    struct loop_signal *s = xcalloc(1, sizeof *s);
    s->fn = fn;
    s->arg = arg;
    int why = uv_signal_init(&l->uv, &s->uv);
    if (why) die("loop: no descriptor for signals: %s", uv_strerror(why));
    s->uv.data = s;
    node_add(l, &s->node, signal_drop);
    if (uv_signal_start(&s->uv, on_signal, signum)) die("loop: signal %d cannot be caught", signum);
    return s;
}

void loop_signal_free(struct loop_signal *s) {
    if (s) node_close(&s->node, (uv_handle_t *)&s->uv);
}

/* ---- the worker pool ---- */

struct job {
    uv_work_t uv;
    struct loop *l;
    loop_fn work, done;
    void *arg;
};

static void on_work(uv_work_t *w) {
    struct job *j = w->data;
    j->work(j->arg);
}

static void on_work_done(uv_work_t *w, int status) {
    struct job *j = w->data;
    (void)status;
    if (!j->l->freeing && j->done) j->done(j->arg);
    free(j);
}

int loop_work(struct loop *l, loop_fn work, loop_fn done, void *arg) {
    struct job *j = xcalloc(1, sizeof *j);
    *j = (struct job){.l = l, .work = work, .done = done, .arg = arg};
    j->uv.data = j;
    if (uv_queue_work(&l->uv, &j->uv, on_work, on_work_done)) {
        free(j);
        return -1;
    }
    return 0;
}
