/*
 * journal_check: two stretches: up to the live run's snapshot, where both digests speak of
 * the same event, and from there to the end. Owns the drive that does it again.
 */
#include "bot/journal_check.h"

#include <stdlib.h>

#include "bot/replay.h"
#include "engine/base/buf.h"
#include "engine/base/mem.h"

struct journal_check {
    const struct broker *broker;
    struct answer_span span;
    struct buf snapshots;
    struct drive *drive;
    struct replay *replay; /* of the stretch under way, or NULL */
    struct replay_result result;
    bool begun, live_passed, failed;
    struct journal_verdict verdict;
    struct err err;
};

struct journal_check *journal_check_new(const struct broker *broker) {
    struct journal_check *c = xcalloc(1, sizeof *c);
    c->broker = broker;
    buf_init(&c->snapshots, 2 * SNAPSHOT_BYTES_MAX + 2);
    return c;
}

static void end_stretch(struct journal_check *c) {
    if (!c->replay) return;
    if (replay_end(c->replay) < 0) c->failed = true;
    c->replay = NULL;
    c->verdict.events += c->result.events;
    if (!c->verdict.difference) c->verdict.difference = c->result.first_difference;
}

void journal_check_free(struct journal_check *c) {
    if (!c) return;
    end_stretch(c);
    drive_free(c->drive);
    buf_clear(&c->snapshots);
    free(c);
}

void journal_check_span(struct journal_check *c, const struct answer_span *s) {
    c->span = *s;
}

void journal_check_snapshot(struct journal_check *c, const void *bytes, size_t n) {
    buf_add(&c->snapshots, bytes, n);
}

/* The digest that the live run had at its newest snapshot. One of another layout says nothing, and neither does one of an
 * older format: its digest is of effects as they were then. */
static void read_live(struct journal_check *c) {
    struct drive *d;
    if (!c->span.live_bytes) return;
    int fits = replay_read_snapshot(&d, c->broker, c->span.live_seq, c->snapshots.p, c->span.live_bytes, &c->err);
    if (fits < 0) c->failed = true;
    if (fits <= 0) return;
    if (!engine_is_upgraded(drive_engine(d))) {
        c->verdict.live_seq = c->span.live_seq;
        c->verdict.live_digest = engine_digest(drive_engine(d));
    }
    drive_free(d);
}

static void read_start(struct journal_check *c) {
    if (c->failed || !c->span.start_bytes) {
        c->drive = drive_new(c->broker);
        return;
    }
    int fits = replay_read_snapshot(&c->drive, c->broker, c->span.start_seq, c->snapshots.p + c->span.live_bytes,
                                    c->span.start_bytes, &c->err);
    if (fits == 0)
        err_set(&c->err, ERR_REFUSED, "the state of event %llu does not fit this program",
                "l’état de l’événement %llu ne convient pas à ce programme", (unsigned long long)c->span.start_seq);
    if (fits <= 0) {
        c->failed = true;
        c->drive = drive_new(c->broker);
    }
}

/* Both snapshots are there once the first event comes, or the end. */
static void begin(struct journal_check *c) {
    if (c->begun) return;
    c->begun = true;
    read_live(c);
    read_start(c);
    c->live_passed = c->verdict.live_seq <= c->span.start_seq; /* nothing to hold against in between */
}

static void pass_live(struct journal_check *c) {
    bool compared = c->replay != NULL;
    end_stretch(c);
    c->live_passed = true;
    if (c->failed || !compared || c->verdict.difference) return;
    if (engine_digest(drive_engine(c->drive)) != c->verdict.live_digest) c->verdict.difference = c->verdict.live_seq;
}

void journal_check_event(struct journal_check *c, const struct event *ev) {
    begin(c);
    if (c->failed) return;
    if (!c->live_passed && ev->seq > c->verdict.live_seq) pass_live(c);
    if (c->failed) return;
    if (!c->replay) c->replay = replay_begin(c->drive, c->span.until, NULL, NULL, &c->result, &c->err);
    if (!replay_event(c->replay, ev)) end_stretch(c);
}

int journal_check_end(struct journal_check *c, struct journal_verdict *out, struct err *e) {
    begin(c);
    if (!c->live_passed && !c->failed) pass_live(c);
    end_stretch(c);
    c->verdict.digest = engine_digest(drive_engine(c->drive));
    *out = c->verdict;
    if (c->failed && e) *e = c->err;
    return c->failed ? -1 : 0;
}
