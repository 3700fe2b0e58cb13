/*
 * pace: the clock of a pull feed. Owns the feed and one timer. Bars go to the desk
 * as events; while commits are under way at full speed it waits, so that memory and
 * latency of commands stay bounded.
 */
#include "bot/pace.h"

#include <stdlib.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

#define SLICE_BARS 512 /* at most, in one turn at full speed: a command never waits for more */
#define SLICE_MS 8
#define GONE_POLL_MS 100     /* while the database is gone */
#define FULL_SPEED_POLL_MS 1 /* while a commit is under way */

struct pace {
    struct pace_options o;
    void *feed;
    struct loop_timer *timer;
    struct feed_bar next;
    bool have_next, running;
    when_t last_close;
    int64_t due_ms, last_ms;
    uint64_t skipped;
};

static void tick(void *arg);

struct pace *pace_open(const struct pace_options *o, struct err *e) {
    struct pace *p = xcalloc(1, sizeof *p);
    p->o = *o;
    p->feed = o->feed->open(o->spec, e);
    if (!p->feed) {
        free(p);
        return NULL;
    }
    p->timer = loop_timer_new(o->loop, tick, p);
    p->last_close = WHEN_NONE;
    return p;
}

void pace_close(struct pace *p) {
    if (!p) return;
    loop_timer_free(p->timer);
    p->o.feed->close(p->feed);
    free(p);
}

static when_t close_of(const struct feed_bar *b) {
    return when_add_ms(b->bar.start, b->bar.seconds * 1000LL);
}

/* Was this bar committed before this start? */
static bool seen(const struct pace *p, const struct feed_bar *b) {
    return engine_has_bar(desk_engine(p->o.desk), b->instrument, &b->bar);
}

/* 1: p->next holds a new bar; 0: the end; -1: the feed broke. */
static int read_next(struct pace *p, struct err *e) {
    while (!p->have_next) {
        int r = p->o.feed->next(p->feed, &p->next, e);
        if (r <= 0) return r;
        if (seen(p, &p->next))
            p->skipped++;
        else
            p->have_next = true;
    }
    return 1;
}

static int64_t gap_ms(const struct pace *p) {
    if (p->last_close.ns == WHEN_NONE.ns) return 0;
    int64_t ms = when_ms_between(p->last_close, close_of(&p->next)) / p->o.speed;
    return ms > PACE_GAP_MS && ms > p->next.bar.seconds * 1000LL / p->o.speed ? PACE_GAP_MS : ms;
}

static void let_through(struct pace *p) {
    struct err e;
    struct event ev = {.kind = EVENT_BAR};
    ev.u.bar.instrument = p->next.instrument;
    ev.u.bar.bar = p->next.bar;
    p->last_close = close_of(&p->next);
    p->have_next = false;
    p->last_ms = clock_mono_ms();
    if (desk_event(p->o.desk, &ev, &e) < 0) log_warn("feed", "a bar was refused: %s", e.text[LANG_EN]);
}

static void finish(struct pace *p, int result, const struct err *e) {
    p->running = false;
    p->o.ended(p->o.arg, result < 0 ? e : NULL);
}

static bool leading(const struct pace *p) {
    return engine_bars(desk_engine(p->o.desk)) < p->o.lead;
}

static void full_speed(struct pace *p) {
    struct err e;
    int r = 1;
    int64_t until = clock_mono_ms() + SLICE_MS;
    bool lead = leading(p);
    if (desk_commit_pending(p->o.desk) || !desk_full_speed(p->o.desk)) {
        loop_timer_start(p->timer, desk_full_speed(p->o.desk) ? FULL_SPEED_POLL_MS : GONE_POLL_MS, 0);
        return;
    }
    for (int i = 0; i < SLICE_BARS && (r = read_next(p, &e)) > 0; i++) {
        let_through(p);
        if (lead && !leading(p)) break;
        if ((i & 31) == 31 && clock_mono_ms() >= until) break;
    }
    if (r <= 0)
        finish(p, r, &e);
    else
        loop_timer_start(p->timer, 0, 0);
}

static void at_speed(struct pace *p) {
    struct err e;
    int r;
    if (!desk_may_feed(p->o.desk)) {
        loop_timer_start(p->timer, GONE_POLL_MS, 0);
        return;
    }
    for (int i = 0; (r = read_next(p, &e)) > 0; i++) {
        if (i == SLICE_BARS ||
            (i && desk_commit_age_ms(p->o.desk) > SLICE_MS)) { /* let others in, let the disk follow */
            loop_timer_start(p->timer, FULL_SPEED_POLL_MS, 0);
            return;
        }
        int64_t now = clock_mono_ms();
        if (p->due_ms == 0) p->due_ms = now;
        int64_t due = p->due_ms + gap_ms(p);
        if (due > now) {
            loop_timer_start(p->timer, due - now, 0);
            return;
        }
        /* Behind by more than the longest gap (a stopped machine): go on from here, do not rush. */
        p->due_ms = now - due > PACE_GAP_MS ? now : due;
        let_through(p);
    }
    finish(p, r, &e);
}

static void tick(void *arg) {
    struct pace *p = arg;
    if (!p->running) return;
    if (p->o.speed == PACE_MAX || leading(p))
        full_speed(p);
    else
        at_speed(p);
}

void pace_start(struct pace *p) {
    p->running = true;
    loop_timer_start(p->timer, 0, 0);
}

void pace_stop(struct pace *p) {
    p->running = false;
    loop_timer_stop(p->timer);
}

void pace_speed(struct pace *p, int64_t speed) {
    p->o.speed = speed;
    p->due_ms = 0;
    if (p->running) loop_timer_start(p->timer, 0, 0);
}

void pace_stats(const struct pace *p, struct feed_stats *out) {
    p->o.feed->stats(p->feed, out);
}
int64_t pace_last_ms(const struct pace *p) {
    return p->last_ms;
}
uint64_t pace_skipped(const struct pace *p) {
    return p->skipped;
}
