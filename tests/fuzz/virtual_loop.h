/*
 * virtual_loop: engine/net/loop.h without a kernel: time stands still until a harness lets
 * it pass, so a day takes microseconds and every run is the same. Takes the place of the
 * program's loop in the harness that includes it. Owns the one clock.
 */
#ifndef MIA_TESTS_VIRTUAL_LOOP_H
#define MIA_TESTS_VIRTUAL_LOOP_H

#include "tests/fuzz/fuzz.h"

#include "engine/net/loop.h"

#define VIRTUAL_WALL_START 1790000000LL /* 2026-09-21 */
#define VIRTUAL_MONO_START 1000000LL
#define VIRTUAL_FIRES_MAX 200000 /* timers in one sleep: more is a timer that runs after itself */
#define VIRTUAL_ROUNDS_MAX 1000  /* of loop_soon in one turn: the same */

struct virtual_soon {
    struct virtual_soon *next;
    loop_fn fn;
    void *arg;
};

struct loop_timer {
    struct loop *loop;
    struct loop_timer *next, **link;
    loop_fn fn;
    void *arg;
    int64_t due_ms, repeat_ms;
    uint64_t order;
    bool active;
};

struct loop {
    struct virtual_soon *soon, **soon_end;
    struct loop_timer *timers;
    uint64_t order;
    loop_fn turn;
    void *turn_arg;
};

static int64_t virtual_ms = VIRTUAL_MONO_START; /* monotonic */

when_t clock_wall(void) {
    return (when_t){VIRTUAL_WALL_START * NS_PER_SEC + (virtual_ms - VIRTUAL_MONO_START) * NS_PER_MS};
}

int64_t clock_mono_ms(void) {
    return virtual_ms;
}

int64_t clock_mono_ns(void) {
    return virtual_ms * NS_PER_MS;
}

struct loop *loop_new(void) {
    struct loop *l = xcalloc(1, sizeof *l);
    l->soon_end = &l->soon;
    return l;
}

void loop_unsoon(struct loop *l, loop_fn fn, void *arg) {
    for (struct virtual_soon *s = l->soon; s; s = s->next)
        if (s->fn == fn && s->arg == arg) s->fn = NULL;
}

void loop_soon(struct loop *l, loop_fn fn, void *arg) {
    struct virtual_soon *s = xcalloc(1, sizeof *s);
    s->fn = fn;
    s->arg = arg;
    *l->soon_end = s;
    l->soon_end = &s->next;
}

void loop_on_turn(struct loop *l, loop_fn fn, void *arg) {
    l->turn = fn;
    l->turn_arg = arg;
}

/* Whoever rides on a loop frees what is his before the loop goes: a timer left behind is a leak. */
void loop_free(struct loop *l) {
    if (!l) return;
    assert(!l->timers);
    while (l->soon) {
        struct virtual_soon *next = l->soon->next;
        free(l->soon);
        l->soon = next;
    }
    free(l);
}

/* ---- timers ---- */

struct loop_timer *loop_timer_new(struct loop *l, loop_fn fn, void *arg) {
    struct loop_timer *t = xcalloc(1, sizeof *t);
    *t = (struct loop_timer){.loop = l, .next = l->timers, .link = &l->timers, .fn = fn, .arg = arg};
    if (t->next) t->next->link = &t->next;
    l->timers = t;
    return t;
}

void loop_timer_start(struct loop_timer *t, int64_t delay_ms, int64_t repeat_ms) {
    assert(delay_ms >= 0 && repeat_ms >= 0);
    t->due_ms = virtual_ms + delay_ms;
    t->repeat_ms = repeat_ms;
    t->order = t->loop->order++;
    t->active = true;
}

void loop_timer_stop(struct loop_timer *t) {
    if (t) t->active = false;
}

bool loop_timer_active(const struct loop_timer *t) {
    return t->active;
}

void loop_timer_free(struct loop_timer *t) {
    if (!t) return;
    *t->link = t->next;
    if (t->next) t->next->link = t->link;
    free(t);
}

/* ---- what a harness drives ---- */

/* Everything asked for soon, and the end of the turn, until all is quiet. */
static void virtual_turn(struct loop *l) {
    for (int i = 0; i == 0 || l->soon; i++) {
        assert(i < VIRTUAL_ROUNDS_MAX);
        for (struct virtual_soon *s; (s = l->soon);) {
            l->soon = s->next;
            if (!l->soon) l->soon_end = &l->soon;
            loop_fn fn = s->fn;
            void *arg = s->arg;
            free(s);
            if (fn) fn(arg);
        }
        if (l->turn) l->turn(l->turn_arg);
    }
}

static struct loop_timer *virtual_due(struct loop *l, int64_t until_ms) {
    struct loop_timer *first = NULL;
    for (struct loop_timer *t = l->timers; t; t = t->next) {
        if (!t->active || t->due_ms > until_ms) continue;
        if (!first || t->due_ms < first->due_ms || (t->due_ms == first->due_ms && t->order < first->order)) first = t;
    }
    return first;
}

/* Lets time pass; a turn after every timer. `after` is called then too. */
UNUSED static void virtual_sleep(struct loop *l, int64_t ms, loop_fn after, void *arg) {
    int64_t until = virtual_ms + ms;
    struct loop_timer *t;
    for (uint32_t fires = 0; (t = virtual_due(l, until)); fires++) {
        assert(fires < VIRTUAL_FIRES_MAX);
        if (t->due_ms > virtual_ms) virtual_ms = t->due_ms;
        t->active = t->repeat_ms > 0;
        t->due_ms = virtual_ms + t->repeat_ms;
        t->order = l->order++;
        t->fn(t->arg);
        virtual_turn(l);
        if (after) after(arg);
    }
    virtual_ms = until;
}

#endif
