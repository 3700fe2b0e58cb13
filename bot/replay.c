/*
 * replay: drives journalled inputs again and compares. Events come from the journal in
 * order of seq; the drive produces events in order of seq, derived ones included. Two
 * queues of digests, compared head by head, therefore find the first difference.
 */
#include "bot/replay.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/base/version.h"

#define REPLAY_AHEAD_MAX 65536 /* derived events one input may lead to, and as many read ahead */
#define REPLAY_EVENT_MAX (1u << 20)

struct mark {
    uint64_t seq, digest;
};

struct queue {
    struct mark *item;
    uint32_t head, n;
};

struct replay {
    struct drive *drive;
    uint64_t until;
    drive_fn fn;
    void *arg;
    struct replay_result *out;
    struct engine_config *config;
    struct buf bytes;
    struct queue journalled, produced;
    struct err *err;
    bool failed;
};

static void queue_put(struct queue *q, struct mark m) {
    if (q->n == REPLAY_AHEAD_MAX) die("replay: more than %d events from one input", REPLAY_AHEAD_MAX);
    q->item[(q->head + q->n++) % REPLAY_AHEAD_MAX] = m;
}

static struct mark queue_take(struct queue *q) {
    struct mark m = q->item[q->head];
    q->head = (q->head + 1) % REPLAY_AHEAD_MAX;
    q->n--;
    return m;
}

static struct mark event_mark(struct replay *r, const struct event *ev) {
    struct event copy = *ev;
    struct snap s;
    buf_reset(&r->bytes);
    snap_writer(&s, &r->bytes); /* in the newest form, whatever the one it was read from */
    event_snap(&copy, NULL, &s);
    return (struct mark){ev->seq, hash64(r->bytes.p, r->bytes.len, 0)};
}

static void compare(struct replay *r) {
    while (r->journalled.n && r->produced.n) {
        struct mark a = queue_take(&r->journalled), b = queue_take(&r->produced);
        if ((a.seq != b.seq || a.digest != b.digest) && !r->out->first_difference)
            r->out->first_difference = a.seq < b.seq ? a.seq : b.seq;
    }
}

static void applied(void *arg, const struct event *ev, const struct effects *effects) {
    struct replay *r = arg;
    queue_put(&r->produced, event_mark(r, ev));
    compare(r);
    if (r->fn) r->fn(r->arg, ev, effects);
}

bool replay_event(struct replay *r, const struct event *ev) {
    if (r->until && ev->seq > r->until) return false;
    r->out->events++;
    queue_put(&r->journalled, event_mark(r, ev));
    if (!ev->derived && drive_event(r->drive, ev, applied, r, r->err) < 0) {
        err_prefix(r->err, "journal event %llu", "événement %llu du journal", (unsigned long long)ev->seq);
        if (r->err) r->err->code = ERR_CORRUPT; /* it was applied once: this journal cannot be true */
        r->failed = true;
        return false;
    }
    compare(r);
    return true;
}

struct replay *replay_begin(struct drive *d, uint64_t until, drive_fn fn, void *arg, struct replay_result *out,
                            struct err *e) {
    struct replay *r = xcalloc(1, sizeof *r);
    *r = (struct replay){.drive = d, .until = until, .fn = fn, .arg = arg, .out = out, .err = e};
    *out = (struct replay_result){0};
    buf_init(&r->bytes, REPLAY_EVENT_MAX);
    r->journalled.item = xmalloc(REPLAY_AHEAD_MAX * sizeof *r->journalled.item);
    r->produced.item = xmalloc(REPLAY_AHEAD_MAX * sizeof *r->produced.item);
    return r;
}

int replay_end(struct replay *r) {
    /* What one side has and the other lacks is a difference too. */
    if (!r->failed && !r->out->first_difference) {
        if (r->journalled.n)
            r->out->first_difference = queue_take(&r->journalled).seq;
        else if (r->produced.n)
            r->out->first_difference = queue_take(&r->produced).seq;
    }
    int result = r->failed ? -1 : 0;
    free(r->journalled.item);
    free(r->produced.item);
    buf_clear(&r->bytes);
    free(r);
    return result;
}

static bool journalled(void *arg, const struct event *ev) {
    return replay_event(arg, ev);
}

static void loaded(void *arg, const struct err *failed) {
    struct replay *r = arg;
    if (!failed || r->failed) return;
    if (r->err) *r->err = *failed;
    r->failed = true;
}

int replay_run(struct drive *d, struct store *s, uint64_t after, uint64_t until, drive_fn fn, void *arg,
               struct replay_result *out, struct err *e) {
    struct replay *r = replay_begin(d, until, fn, arg, out, e);
    store_load_events(s, after, journalled, loaded, r);
    store_wait(s);
    return replay_end(r);
}

int replay_read_snapshot(struct drive **d, const struct broker *broker, uint64_t seq, const void *bytes, size_t n,
                         struct err *e) {
    struct snap s;
    struct drive *read = drive_new(broker);
    snap_reader(&s, bytes, n);
    drive_snap(read, &s);
    if (!s.bad && s.in == s.end && engine_seq(drive_engine(read)) == seq) {
        *d = read;
        return 1;
    }
    drive_free(read);
    if (s.version <= ENGINE_FORMAT) return 0;
    err_newer(e, s.version, ENGINE_FORMAT);
    return err_prefix(e, "the state of event %llu", "l’état de l’événement %llu", (unsigned long long)seq);
}

struct snapshot_load {
    const struct broker *broker;
    struct drive *drive;
    uint64_t seq;
    int fits;
    bool found, bad;
    struct err err;
};

static void snapshot_row(void *arg, uint64_t seq, int32_t day, const void *bytes, size_t n) {
    struct snapshot_load *l = arg;
    (void)day;
    l->found = true;
    l->seq = seq;
    l->fits = replay_read_snapshot(&l->drive, l->broker, seq, bytes, n, &l->err);
}

static void snapshot_done(void *arg, const struct err *failed) {
    struct snapshot_load *l = arg;
    if (failed) l->bad = true;
}

int replay_snapshot(struct drive **d, const struct broker *broker, struct store *s, uint64_t before, uint64_t *seq,
                    struct err *e) {
    struct snapshot_load l = {.broker = broker};
    store_load_snapshot(s, before, snapshot_row, snapshot_done, &l);
    store_wait(s);
    if (l.fits < 0) {
        if (e) *e = l.err;
        return -1;
    }
    if (l.bad || (l.found && l.fits == 0)) {
        /* Another layout, or damage: the whole journal says the same, only slower. */
        log_warn("replay", "a snapshot does not fit this program: replaying the whole journal");
        l.seq = 0;
    }
    *d = l.drive ? l.drive : drive_new(broker);
    *seq = l.seq;
    return 0;
}

/* Another version may decide otherwise, and that is no damage: the one that wrote the journal can end it with a snapshot. */
int replay_disagrees(const struct engine *engine, uint64_t seq, struct err *e) {
    const char *by = engine_config(engine)->version;
    if (strcmp(by, MIA_VERSION) == 0)
        return err_set(e, ERR_CORRUPT, "the journal and the engine disagree at event %llu",
                       "le journal et le moteur se contredisent à l’événement %llu", (unsigned long long)seq);
    return err_set(
        e, ERR_REFUSED,
        "mia %s was cut off here, and mia " MIA_VERSION " decides otherwise at event %llu: start %s once more, stop "
        "it in order, then start this one",
        "mia %s a été interrompu ici, et mia " MIA_VERSION " décide autrement à l’événement %llu\u00a0: démarrez %s "
        "encore une fois, arrêtez-le normalement, puis démarrez celui-ci",
        by, (unsigned long long)seq, by);
}

int replay_try(struct store *s, const struct broker *broker, struct err *e) {
    struct drive *d;
    struct replay_result r;
    uint64_t seq;
    if (replay_snapshot(&d, broker, s, 0, &seq, e) < 0) return -1;
    int tried = replay_run(d, s, seq, 0, NULL, NULL, &r, e);
    if (tried == 0 && r.first_difference) tried = replay_disagrees(drive_engine(d), r.first_difference, e);
    drive_free(d);
    return tried;
}
