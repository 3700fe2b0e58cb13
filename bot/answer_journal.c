/*
 * answer_journal: what `mia replay` is answered with: where it begins and ends, the
 * snapshot to hold the result against, the one to begin with, and the events in between,
 * as they are at the moment of asking. The engine is not run here: whoever asked does
 * that (bot/journal_check.h). Events come in sections, so that nobody waits for a slow reader.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/answer_priv.h"
#include "bot/replay.h"

#define LOOK_EVENTS 64 /* after so many the reader is asked whether there is room */

/* ---- events ---- */

static void next_section(struct answer *a);

static bool on_event(void *arg, const struct event *ev) {
    struct answer *a = arg;
    if (a->dropped || (a->span.until && ev->seq > a->span.until)) {
        a->section_full = false;
        return false;
    }
    a->to.event(a->to.arg, ev);
    a->next = ev->seq;
    a->section_full = a->to.full && ev->seq % LOOK_EVENTS == 0 && answer_full(a);
    return !a->section_full;
}

static void on_section(void *arg, const struct err *failed) {
    struct answer *a = arg;
    if (!answer_answered(a)) return;
    if (failed || !a->section_full) {
        answer_end(a, failed);
        return;
    }
    /* There may be room again already: the answer that said so found us busy. */
    if (!a->waiting) next_section(a);
}

static void next_section(struct answer *a) {
    if (a->busy) return;
    a->section_full = false;
    answer_asked(a);
    store_load_events(a->host.store, a->next, on_event, on_section, a);
}

/* ---- snapshots ---- */

static void send_snapshots(struct answer *a) {
    while (a->snapshot_at < a->live.len + a->start.len) {
        const struct buf *b = a->snapshot_at < a->live.len ? &a->live : &a->start;
        size_t at = a->snapshot_at - (b == &a->start ? a->live.len : 0), n = b->len - at;
        if (n > ANSWER_PIECE) n = ANSWER_PIECE;
        a->to.snapshot(a->to.arg, b->p + at, n);
        a->snapshot_at += n;
        if (answer_full(a)) return;
    }
    a->go_on = next_section;
    next_section(a);
}

static void send_span(struct answer *a) {
    a->span.live_bytes = a->live.len;
    a->span.start_bytes = a->start.len;
    a->next = a->span.start_seq;
    a->go_on = send_snapshots;
    a->to.span(a->to.arg, &a->span);
    send_snapshots(a);
}

static void keep(struct buf *b, uint64_t *seq, uint64_t is, const void *bytes, size_t n) {
    if (n > SNAPSHOT_BYTES_MAX) return; /* none is that large: the whole journal says the same */
    buf_add(b, bytes, n);
    *seq = is;
}

static void on_start(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n) {
    struct answer *a = arg;
    struct drive *d;
    struct err e;
    (void)day;
    /* One of another layout is no use: the events before it say the same. A newer program's is refused by who reads it. */
    int fits = replay_read_snapshot(&d, a->host.broker, seq, bytes, n, &e);
    if (fits != 0) keep(&a->start, &a->span.start_seq, seq, bytes, n);
    if (fits > 0) drive_free(d);
}

static void on_live(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n) {
    struct answer *a = arg;
    (void)day;
    keep(&a->live, &a->span.live_seq, seq, bytes, n);
}

static void start_loaded(void *arg, const struct err *failed) {
    struct answer *a = arg;
    if (!answer_answered(a)) return;
    if (failed)
        answer_end(a, failed);
    else
        send_span(a);
}

static void live_loaded(void *arg, const struct err *failed) {
    struct answer *a = arg;
    if (!answer_answered(a)) return;
    if (failed) {
        answer_end(a, failed);
    } else if (!a->day_from) {
        send_span(a);
    } else {
        answer_asked(a);
        store_load_snapshot(a->host.store, a->day_from, on_start, start_loaded, a);
    }
}

static void load_live(struct answer *a) {
    answer_asked(a);
    store_load_snapshot(a->host.store, a->span.until, on_live, live_loaded, a);
}

/* ---- where it begins and ends ---- */

static void day_found(void *arg, const struct err *failed) {
    struct answer *a = arg;
    struct err e;
    if (!answer_answered(a)) return;
    if (failed) {
        answer_end(a, failed);
    } else if (a->day_until <= a->day_from) {
        err_set(&e, ERR_USAGE, "nothing is journalled for that day", "rien n’est journalisé ce jour-là");
        answer_end(a, &e);
    } else {
        a->span.until = a->day_until;
        load_live(a);
    }
}

void answer_journal_start(struct answer *a) {
    buf_init(&a->live, SNAPSHOT_BYTES_MAX + 1);
    buf_init(&a->start, SNAPSHOT_BYTES_MAX + 1);
    a->span.until = a->host.until;
    if (!a->ask.has_day) {
        load_live(a);
        return;
    }
    answer_asked(a);
    a->job = store_day_job(a->host.store, a->ask.day, &a->day_from, &a->day_until, day_found, a);
}
