/*
 * loop: the one event loop (libuv) and the clocks of the shell. Everything here is
 * called on the loop's thread unless it says otherwise. Callbacks never run inside
 * the call that asked for them. The engine itself never sees this header.
 */
#ifndef MIA_NET_LOOP_H
#define MIA_NET_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/err.h"
#include "engine/base/when.h"

struct loop;
struct loop *loop_new(void);
/* After loop_run returned, and after everything that rides on the loop was freed. Closes what is left without callbacks and
 * waits for work that still runs in the pool. */
void loop_free(struct loop *l);
void loop_run(struct loop *l); /* until loop_stop */
void loop_stop(struct loop *l);
void *loop_uv(struct loop *l); /* the uv_loop_t, for engine/net only */
/* For engine/net only: fn runs in loop_free, once the handles that were being closed are gone. */
void loop_at_free(struct loop *l, void (*fn)(void *arg), void *arg);

when_t clock_wall(void);     /* the machine's civil clock */
int64_t clock_mono_ms(void); /* CLOCK_BOOTTIME: for every wait and deadline */
int64_t clock_mono_ns(void);

typedef void (*loop_fn)(void *arg);

/* Timers: owned by the caller as an opaque pointer, freed by loop_timer_free (allowed inside its own callback). */
struct loop_timer;
struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *arg);
void loop_timer_start(struct loop_timer *t, int64_t delay_ms, int64_t repeat_ms /* 0: once */);
void loop_timer_stop(struct loop_timer *t);
bool loop_timer_active(const struct loop_timer *t);
void loop_timer_free(struct loop_timer *t);

/* Runs fn once, later in this or the next turn of the loop. */
void loop_soon(struct loop *l, loop_fn fn, void *arg);
void loop_unsoon(struct loop *l, loop_fn fn, void *arg); /* forgets what was asked for with the same fn and arg */
/* Called after each turn of I/O, before the loop sleeps: the place where a turn's inputs are committed together. One only. */
void loop_on_turn(struct loop *l, loop_fn fn, void *arg);

/* A readable descriptor; fn runs while it is readable. */
struct loop_fd;
struct loop_fd *loop_fd_new(struct loop *l, int fd, loop_fn fn, void *arg); /* NULL: cannot be watched */
void loop_fd_free(struct loop_fd *f);                                       /* does not close fd */

/* From any thread: makes fn run on the loop's thread soon; several calls may become one. */
struct loop_wake;
struct loop_wake *loop_wake_new(struct loop *l, loop_fn fn, void *arg);
void loop_wake_send(struct loop_wake *w);
void loop_wake_free(struct loop_wake *w);

/* SIGTERM, SIGINT, SIGHUP on the loop. */
struct loop_signal;
struct loop_signal *loop_signal_new(struct loop *l, int signum, loop_fn fn, void *arg);
void loop_signal_free(struct loop_signal *s);

/* Long work in the worker pool: work(arg) on another thread, then done(arg) on the loop. -1: not started. */
int loop_work(struct loop *l, loop_fn work, loop_fn done, void *arg);

#endif
