/*
 * drive: one input through engine and internal broker until both are quiet. Owns
 * both, the queue of reports between them and the one list of effects. Sends nothing
 * and stores nothing: the caller's function does, once for every applied event.
 */
#include "engine/drive.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/state.h"

#define DERIVED_MAX 65536 /* events one input may lead to; more means that engine and broker talk in circles */

struct drive {
    struct engine *engine;
    const struct broker *broker;
    void *state;          /* of an internal broker */
    struct reports queue; /* what the broker said and the engine has not heard: from `heard` on */
    uint32_t heard;
    struct effects effects;
};

struct order_report *reports_add(struct reports *r, enum report_kind kind, uint64_t order) {
    assert(r->n < REPORTS_MAX);
    struct order_report *out = &r->item[r->n++];
    memset(out, 0, sizeof *out);
    out->kind = kind;
    out->order = order;
    return out;
}

struct drive *drive_new(const struct broker *broker) {
    struct drive *d = xmalloc(sizeof *d); /* the large lists are written before they are read */
    d->engine = engine_new();
    d->broker = broker;
    d->state = broker->state_size > 0 ? xcalloc(1, broker->state_size) : NULL;
    d->queue.n = d->heard = 0;
    d->effects.n = 0;
    return d;
}

void drive_free(struct drive *d) {
    if (d == NULL) return;
    engine_free(d->engine);
    free(d->state);
    free(d);
}

struct engine *drive_engine(struct drive *d) {
    return d->engine;
}

static bool is_internal(const struct drive *d) {
    return (d->broker->caps & BROKER_INTERNAL) != 0;
}

/* What the event asks of the broker. */
static void carry_out(struct drive *d, when_t market_time) {
    for (uint32_t i = 0; i < d->effects.n; i++) {
        const struct effect *f = &d->effects.item[i];
        if (f->kind == EFFECT_SUBMIT) d->broker->submit(d->state, &f->u.submit.order, market_time, &d->queue);
        if (f->kind == EFFECT_CANCEL) d->broker->cancel(d->state, f->u.cancel.order, &d->queue);
        if (f->kind == EFFECT_QUERY && d->broker->query != NULL)
            d->broker->query(d->state, f->u.query.order, &d->queue);
        if (f->kind == EFFECT_PROTECT)
            d->broker->protect(d->state, f->u.protect.entry_order, f->u.protect.stop, f->u.protect.target, &d->queue);
    }
}

/* The event has been checked. */
static int apply(struct drive *d, const struct event *ev, drive_fn fn, void *arg, struct err *e) {
    if (engine_apply_checked(d->engine, ev, &d->effects, e) != 0) return -1;
    if (ev->kind == EVENT_CONFIG && is_internal(d)) d->broker->configure(d->state, engine_config(d->engine));
    if (fn != NULL) fn(arg, ev, &d->effects);
    if (d->effects.n > 0 && is_internal(d)) carry_out(d, ev->market_time);
    return 0;
}

/* Everything the broker has said becomes a derived event, in its order, with the clocks of the input. */
static void hear(struct drive *d, const struct event *input, drive_fn fn, void *arg) {
    struct event ev = {.kind = EVENT_REPORT,
                       .derived = true,
                       .market_time = input->market_time,
                       .wall_time = input->wall_time,
                       .day = input->day};
    struct err e;
    for (uint32_t n = 0; d->heard < d->queue.n; n++) {
        if (n == DERIVED_MAX) die("drive: engine and broker do not come to rest");
        ev.u.report = d->queue.item[d->heard++];
        if (d->heard == d->queue.n) d->heard = d->queue.n = 0;
        ev.seq = engine_seq(d->engine) + 1;
        if (engine_check(d->engine, &ev, &e) != 0 || apply(d, &ev, fn, arg, &e) != 0)
            die("drive: the %s broker's own report is refused: %s", d->broker->name, e.text[LANG_EN]);
    }
}

/* The hot path copies a bar, not a whole event. */
static void copy_input(struct event *to, const struct event *from) {
    if (from->kind != EVENT_BAR) {
        *to = *from;
    } else {
        to->kind = from->kind;
        to->market_time = from->market_time;
        to->wall_time = from->wall_time;
        to->day = from->day;
        to->u.bar = from->u.bar;
    }
    to->derived = false;
}

int drive_event(struct drive *d, const struct event *input, drive_fn fn, void *arg, struct err *e) {
    struct event ev;
    if (engine_check(d->engine, input, e) != 0) return -1;
    copy_input(&ev, input);
    if (ev.kind == EVENT_BAR) roll_name(d->engine, ev.u.bar.instrument, &ev.u.bar.bar);
    if (ev.kind == EVENT_BAR && is_internal(d)) {
        d->broker->bar(d->state, ev.u.bar.instrument, &ev.u.bar.bar, &d->queue);
        if (d->queue.n > 0) hear(d, input, fn, arg);
    }
    ev.seq = engine_seq(d->engine) + 1;
    if (apply(d, &ev, fn, arg, e) != 0) return -1;
    if (d->queue.n > 0) hear(d, input, fn, arg);
    return 0;
}

void drive_snap(struct drive *d, struct snap *s) {
    char name[16] = "";
    str_copy(name, sizeof name, d->broker->name);
    snap_text(s, name, sizeof name);
    if (strcmp(name, d->broker->name) != 0) s->bad = true; /* another broker's state means nothing to this one */
    if (s->bad) return;
    engine_snap(d->engine, s);
    if (s->bad || !is_internal(d)) return;
    if (s->mode == SNAP_READ) {
        if (d->broker->state_size > 0) memset(d->state, 0, d->broker->state_size);
        d->queue.n = d->heard = 0;
    }
    if (d->broker->snap != NULL) d->broker->snap(d->state, s);
    if (s->mode == SNAP_READ && !s->bad && engine_seq(d->engine) > 0)
        d->broker->configure(d->state, engine_config(d->engine));
}
