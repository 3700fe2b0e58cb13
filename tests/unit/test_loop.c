/* loop: the order of a turn, timers, descriptors, threads, and an idle loop that sleeps. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/net/loop.h"

struct run {
    struct loop *l;
    char seen[64];
    struct loop_timer *t, *other;
    struct loop_fd *f;
    struct loop_wake *w;
    int fds[2], count, turns;
    int64_t at;
};

static void note(struct run *r, char c) {
    size_t n = strlen(r->seen);
    if (n + 1 < sizeof r->seen) r->seen[n] = c;
}

static void stop(void *arg) {
    loop_stop(((struct run *)arg)->l);
}

static int setup(void **state) {
    static struct run r;
    r = (struct run){.l = loop_new()};
    *state = &r;
    return 0;
}

static int teardown(void **state) {
    struct run *r = *state;
    loop_free(r->l);
    return 0;
}

static void on_soon(void *arg) {
    note(arg, 's');
}

static void on_turn(void *arg) {
    struct run *r = arg;
    r->turns++;
    note(r, 't');
    if (strlen(r->seen) > 6) loop_stop(r->l);
}

static void on_readable(void *arg) {
    struct run *r = arg;
    char c;
    note(r, 'r');
    assert_int_equal(read(r->fds[0], &c, 1), 1);
    loop_soon(r->l, on_soon, r);
}

/* Inputs come first, then what they asked for, then the commit; and not a sleep in between. */
static void a_turn_has_an_order(void **state) {
    struct run *r = *state;
    assert_int_equal(pipe(r->fds), 0);
    r->f = loop_fd_new(r->l, r->fds[0], on_readable, r);
    assert_non_null(r->f);
    loop_on_turn(r->l, on_turn, r);
    assert_int_equal(write(r->fds[1], "ab", 2), 2);
    loop_run(r->l);
    assert_memory_equal(r->seen, "trstrst", 7);
    loop_fd_free(r->f);
    close(r->fds[0]);
    close(r->fds[1]);
}

static void at_once_again(void *arg) {
    struct run *r = arg;
    if (++r->count < 4)
        loop_timer_start(r->t, 0, 0);
    else
        loop_stop(r->l);
}

static void on_turn_mark(void *arg) {
    note(arg, (char)('0' + ((struct run *)arg)->count));
}

/* Work in slices lets a commit and everybody else in between: a timer that asks for itself at once does not run again in the
 * same turn. */
static void a_timer_at_once_lets_the_turn_end(void **state) {
    struct run *r = *state;
    r->t = loop_timer_new(r->l, at_once_again, r);
    loop_timer_start(r->t, 0, 0);
    loop_on_turn(r->l, on_turn_mark, r);
    loop_run(r->l);
    for (char c = '1'; c <= '4'; c++) assert_non_null(strchr(r->seen, c));
    loop_timer_free(r->t);
}

static void on_turn_quiet(void *arg) {
    ((struct run *)arg)->turns++;
}

static void stop_now(void *arg) {
    struct run *r = arg;
    r->count = r->turns;
    loop_soon(r->l, on_soon, r);
    loop_stop(r->l);
}

static void the_last_turn_is_ended_too(void **state) {
    struct run *r = *state;
    loop_on_turn(r->l, on_turn_quiet, r);
    r->t = loop_timer_new(r->l, stop_now, r);
    loop_timer_start(r->t, 0, 0);
    loop_run(r->l);
    assert_string_equal(r->seen, "s");
    assert_true(r->turns > r->count);
    loop_timer_free(r->t);
}

static void on_soon_again(void *arg) {
    struct run *r = arg;
    note(r, 's');
    if (++r->count < 3)
        loop_soon(r->l, on_soon_again, r);
    else
        loop_stop(r->l);
}

static void on_never(void *arg) {
    note(arg, 'X');
}

static void forget_never(void *arg) {
    struct run *r = arg;
    loop_unsoon(r->l, on_never, r);
}

static void soon_may_be_asked_again_and_forgotten(void **state) {
    struct run *r = *state;
    loop_soon(r->l, on_soon_again, r);
    loop_soon(r->l, forget_never, r);
    loop_soon(r->l, on_never, r);
    loop_soon(r->l, on_never, r);
    loop_run(r->l);
    assert_string_equal(r->seen, "sss");
}

static void on_beat(void *arg) {
    struct run *r = arg;
    note(r, 'b');
    assert_true(clock_mono_ms() >= r->at);
    r->at += 5;
    if (++r->count == 4) {
        loop_timer_free(r->t); /* allowed in its own callback */
        loop_stop(r->l);
    }
}

static void timers_repeat_and_are_never_early(void **state) {
    struct run *r = *state;
    r->t = loop_timer_new(r->l, on_beat, r);
    r->other = loop_timer_new(r->l, on_never, r);
    assert_false(loop_timer_active(r->t));
    r->at = clock_mono_ms() + 5;
    loop_timer_start(r->t, 5, 5);
    loop_timer_start(r->other, 1, 0);
    assert_true(loop_timer_active(r->t));
    loop_timer_stop(r->other);
    assert_false(loop_timer_active(r->other));
    loop_run(r->l);
    assert_string_equal(r->seen, "bbbb");
}

static void *send_wakes(void *arg) {
    struct run *r = arg;
    for (int i = 0; i < 1000; i++) loop_wake_send(r->w);
    return NULL;
}

static void wakes_come_from_other_threads(void **state) {
    struct run *r = *state;
    pthread_t thread;
    r->w = loop_wake_new(r->l, stop, r);
    assert_int_equal(pthread_create(&thread, NULL, send_wakes, r), 0);
    loop_run(r->l);
    pthread_join(thread, NULL);
    loop_wake_free(r->w);
}

static void signals_arrive_on_the_loop(void **state) {
    struct run *r = *state;
    struct loop_signal *s = loop_signal_new(r->l, SIGHUP, stop, r);
    kill(getpid(), SIGHUP);
    loop_run(r->l);
    loop_signal_free(s);
}

static pthread_t worker;

static void work(void *arg) {
    (void)arg;
    worker = pthread_self();
}

static void work_done(void *arg) {
    assert_false(pthread_equal(worker, pthread_self()));
    stop(arg);
}

static void work_runs_elsewhere(void **state) {
    struct run *r = *state;
    assert_int_equal(loop_work(r->l, work, work_done, r), 0);
    loop_run(r->l);
}

/* 200 ms with nothing to do: the loop may turn for its timer, and that is all. */
static void an_idle_loop_sleeps(void **state) {
    struct run *r = *state;
    struct rusage before, after;
    r->t = loop_timer_new(r->l, stop, r);
    loop_on_turn(r->l, on_turn_quiet, r);
    loop_soon(r->l, on_soon, r);
    loop_timer_start(r->t, 200, 0);
    getrusage(RUSAGE_SELF, &before);
    loop_run(r->l);
    getrusage(RUSAGE_SELF, &after);
    assert_in_range(r->turns, 1, 6);
    assert_in_range(after.ru_nvcsw - before.ru_nvcsw, 0, 8);
    loop_timer_free(r->t);
}

static void free_closes_what_is_left(void **state) {
    struct run *r = *state;
    loop_timer_start(loop_timer_new(r->l, on_never, r), 1000, 1000);
    loop_wake_new(r->l, on_never, r);
    loop_signal_new(r->l, SIGHUP, on_never, r);
    loop_soon(r->l, on_never, r);
    assert_null(loop_fd_new(r->l, -1, on_never, r));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        T(a_turn_has_an_order),
        T(a_timer_at_once_lets_the_turn_end),
        T(the_last_turn_is_ended_too),
        T(soon_may_be_asked_again_and_forgotten),
        T(timers_repeat_and_are_never_early),
        T(wakes_come_from_other_threads),
        T(signals_arrive_on_the_loop),
        T(work_runs_elsewhere),
        T(an_idle_loop_sleeps),
        T(free_closes_what_is_left),
    };
    return RUN(tests);
}
