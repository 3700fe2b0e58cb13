/*
 * desk: the transaction of the turn around the engine. Owns the drive, the open batch
 * and the list of what waits for its commit. It knows no chat and no message: those
 * join through desk_batch and the effects callback.
 */
#include "bot/desk.h"

#include <stdlib.h>

#include "bot/replay.h"
#include "engine/base/buf.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define SNAPSHOT_EVENTS 20000 /* events between two snapshots, at most */
#define SNAPSHOT_MAX (32u << 20)
#define CLOCK_MIN_MS 100    /* between two looks at the clock */
#define CLOCK_MAX_MS 600000 /* a clock that was set back must not put one off for ever */

struct waiter {
    loop_fn fn;
    void *arg;
};
struct waiters {
    struct waiter *item;
    size_t n, cap;
};

struct commit { /* one batch under way */
    struct desk *desk;
    struct waiters waiters;
    int64_t sent_ms;
    struct commit *next;
};

struct desk {
    struct desk_options o;
    struct drive *drive;
    struct store_batch *batch;       /* NULL: nothing in this turn yet */
    bool urgent;                     /* the batch holds more than lazy marks */
    struct loop_timer *lazy;         /* bounds how long those wait */
    struct loop_timer *clock;        /* for the engine's wake */
    when_t wake;                     /* what it is set to */
    struct waiters waiters;          /* of this turn */
    struct commit *oldest, **newest; /* under way, in order */
    uint64_t turn;
    uint64_t snapshot_seq;
    int32_t snapshot_day;
    bool store_gone;
    when_t (*market_clock)(void *arg); /* NULL: the engine's market time */
    void *market_arg;
};

static void lazy_due(void *arg) {
    desk_flush(arg);
}

static void clock_due(void *arg) {
    struct event ev = {.kind = EVENT_CLOCK};
    struct desk *d = arg;
    struct err e;
    d->wake = (when_t){0}; /* wound again with the turn */
    if (desk_event(d, &ev, &e) < 0)
        log_warn("desk", "%s", e.text[LANG_EN]); /* not configured yet: it waits for nothing */
}

/* The engine waits for the clock only while something is under way: an idle desk is not woken. */
static void wind_clock(struct desk *d) {
    when_t wake = engine_wake(desk_engine(d));
    if (wake.ns == d->wake.ns) return;
    d->wake = wake;
    int64_t ms = when_ms_between(clock_wall(), wake);
    if (wake.ns == 0)
        loop_timer_stop(d->clock);
    else
        loop_timer_start(d->clock, ms < CLOCK_MIN_MS ? CLOCK_MIN_MS : ms > CLOCK_MAX_MS ? CLOCK_MAX_MS : ms, 0);
}

struct desk *desk_new(const struct desk_options *o) {
    struct desk *d = xcalloc(1, sizeof *d);
    d->o = *o;
    d->newest = &d->oldest;
    d->drive = drive_new(o->broker);
    d->lazy = loop_timer_new(o->loop, lazy_due, d);
    d->clock = loop_timer_new(o->loop, clock_due, d);
    return d;
}

void desk_free(struct desk *d) {
    if (!d) return;
    if (d->batch) store_batch_drop(d->batch);
    while (d->oldest) {
        struct commit *c = d->oldest;
        d->oldest = c->next;
        free(c->waiters.item);
        free(c);
    }
    free(d->waiters.item);
    loop_timer_free(d->lazy);
    loop_timer_free(d->clock);
    drive_free(d->drive);
    free(d);
}

const struct engine *desk_engine(const struct desk *d) {
    return drive_engine(d->drive);
}

struct store_batch *desk_batch_lazy(struct desk *d) {
    if (!d->batch) d->batch = store_batch_new(d->o.store);
    return d->batch;
}

struct store_batch *desk_batch(struct desk *d) {
    d->urgent = true;
    return desk_batch_lazy(d);
}

void desk_flush(struct desk *d) {
    d->urgent = true;
}

/* A snapshot of an older program holds all the state, but its digest is of effects as they were then. Where the journal is
 * whole it is replayed instead, once; where its retention has cut it, the snapshot is what there is. */
static bool replay_whole(struct desk *d, struct replay_result *r) {
    struct err e;
    struct drive *fresh = drive_new(d->o.broker);
    if (replay_run(fresh, d->o.store, 0, 0, NULL, NULL, r, &e) < 0 || r->first_difference) {
        log_info("desk", "going on from a snapshot of an older program: %s",
                 r->first_difference ? "the whole journal says something else" : e.text[LANG_EN]);
        drive_free(fresh);
        return false;
    }
    drive_free(d->drive);
    d->drive = fresh;
    return true;
}

int desk_recover(struct desk *d, uint64_t *events, struct err *e) {
    uint64_t seq;
    struct replay_result r;
    struct drive *fresh;
    if (replay_snapshot(&fresh, d->o.broker, d->o.store, 0, &seq, e) < 0) return -1;
    drive_free(d->drive);
    d->drive = fresh;
    bool whole = engine_is_upgraded(desk_engine(d)) && replay_whole(d, &r);
    if (whole) seq = 0;
    if (!whole && replay_run(d->drive, d->o.store, seq, 0, NULL, NULL, &r, e) < 0) return -1;
    *events = r.events;
    if (r.first_difference) return replay_disagrees(desk_engine(d), r.first_difference, e);
    d->snapshot_seq = seq;
    d->snapshot_day = engine_day(desk_engine(d));
    return 0;
}

static void applied(void *arg, const struct event *ev, const struct effects *f) {
    struct desk *d = arg;
    struct store_batch *b = desk_batch(d);
    store_put_event(b, ev);
    if (f->n) {
        store_put_effects(b, ev, f, engine_config(desk_engine(d)));
        d->o.effects(d->o.arg, ev, f);
    }
}

/* Market time of an event that brings none: the market's own. Before the first bar there is none: the machine's clock would
 * lie ahead of a replayed market for ever, and no trading day would ever end. */
static when_t market_now(const struct desk *d) {
    when_t none = {0};
    if (d->market_clock) return d->market_clock(d->market_arg);
    return engine_seq(desk_engine(d)) ? engine_market_time(desk_engine(d)) : none;
}

void desk_market_clock(struct desk *d, when_t (*now)(void *arg), void *arg) {
    d->market_clock = now;
    d->market_arg = arg;
}

int32_t desk_day_of(const struct desk *d, when_t market_time) {
    return when_trading_day(market_time, d->o.day_zone, d->o.day_rollover_min);
}

int desk_event(struct desk *d, struct event *ev, struct err *e) {
    ev->wall_time = clock_wall();
    if (ev->kind == EVENT_BAR)
        ev->market_time = when_add_ms(ev->u.bar.bar.start, ev->u.bar.bar.seconds * 1000LL);
    else if (ev->market_time.ns == 0 || ev->market_time.ns == WHEN_NONE.ns)
        ev->market_time = market_now(d);
    ev->day = desk_day_of(d, ev->market_time);
    ev->derived = false;
    return drive_event(d->drive, ev, applied, d, e);
}

int desk_operate(struct desk *d, const struct operator_command *c, struct err *e) {
    struct event ev = {.kind = EVENT_COMMAND, .u.command = *c};
    return desk_event(d, &ev, e);
}

static void waiters_add(struct waiters *w, loop_fn fn, void *arg) {
    if (w->n == w->cap) {
        w->cap = w->cap ? w->cap * 2 : 16;
        w->item = xreallocarray(w->item, w->cap, sizeof *w->item);
    }
    w->item[w->n++] = (struct waiter){fn, arg};
}

void desk_after_commit(struct desk *d, loop_fn fn, void *arg) {
    desk_batch(d); /* even an empty turn is answered by a commit, so that order holds */
    waiters_add(&d->waiters, fn, arg);
}

uint64_t desk_turn(const struct desk *d) {
    return d->turn;
}

bool desk_commit_pending(const struct desk *d) {
    return d->oldest != NULL;
}

int64_t desk_commit_age_ms(const struct desk *d) {
    return d->oldest ? clock_mono_ms() - d->oldest->sent_ms : 0;
}

void desk_store_gone(struct desk *d, bool gone) {
    d->store_gone = gone;
}

bool desk_full_speed(const struct desk *d) {
    return !d->store_gone;
}

bool desk_may_feed(const struct desk *d) {
    struct store_health h;
    if (!d->store_gone) return true;
    store_health(d->o.store, &h);
    return h.bytes < STORE_KEPT_MAX / 2;
}

void desk_snapshot(struct desk *d) {
    struct buf b;
    struct snap s;
    uint64_t seq = engine_seq(desk_engine(d));
    if (!seq || seq == d->snapshot_seq) return;
    buf_init(&b, SNAPSHOT_MAX);
    snap_writer(&s, &b);
    drive_snap(d->drive, &s);
    if (b.overflow) /* which makes it bad, too */
        log_error("desk", "snapshot left out: larger than %u bytes", SNAPSHOT_MAX);
    else if (s.bad)
        log_error("desk",
                  "snapshot left out: a figure of the state cannot be stored; a start replays from the last one");
    else
        store_put_snapshot(desk_batch(d), seq, engine_day(desk_engine(d)), b.p, b.len);
    buf_clear(&b);
    d->snapshot_seq = seq;
    d->snapshot_day = engine_day(desk_engine(d));
}

static void committed(void *arg, const struct err *failed) {
    struct commit *c = arg;
    struct desk *d = c->desk;
    /* What is in memory and not on disk must not be acted on: end, and let the normal start recover. */
    if (failed) die("commit failed, ending so that the next start recovers: %s", failed->text[LANG_EN]);
    d->oldest = c->next;
    if (!d->oldest) d->newest = &d->oldest;
    for (size_t i = 0; i < c->waiters.n; i++) c->waiters.item[i].fn(c->waiters.item[i].arg);
    free(c->waiters.item);
    free(c);
}

/* A snapshot a trading day, and one every SNAPSHOT_EVENTS: a start replays little, and any day can be replayed alone. */
static void snapshot_when_due(struct desk *d) {
    const struct engine *e = desk_engine(d);
    uint64_t seq = engine_seq(e);
    if (seq && (seq - d->snapshot_seq >= SNAPSHOT_EVENTS || engine_day(e) != d->snapshot_day)) desk_snapshot(d);
}

/* What was released has something urgent to commit itself: the loop must not sleep before that. */
static void another_turn(void *arg) {
    (void)arg;
}

void desk_turn_end(struct desk *d) {
    wind_clock(d);
    if (!d->batch) {
        d->urgent = false;
        return;
    }
    if (!d->urgent) {
        if (!loop_timer_active(d->lazy)) loop_timer_start(d->lazy, DESK_LAZY_MS, 0);
        return;
    }
    loop_timer_stop(d->lazy);
    snapshot_when_due(d);
    struct commit *c = xcalloc(1, sizeof *c);
    c->desk = d;
    c->waiters = d->waiters;
    c->sent_ms = clock_mono_ms();
    *d->newest = c;
    d->newest = &c->next;
    d->waiters = (struct waiters){0};
    struct store_batch *b = d->batch;
    d->batch = NULL;
    d->urgent = false;
    d->turn++;
    store_commit(d->o.store, b, committed, c);
    /* A quick commit is over already: what it releases goes out now, and not after another round of the loop. */
    store_poll(d->o.store);
    if (d->urgent) loop_soon(d->o.loop, another_turn, d);
}
