/*
 * replay: journal -> engine. Recovery after a start and `mia replay` are the same
 * thing: the journalled inputs are driven again, and what the engine and its internal
 * broker make of them must be what the journal says, event for event.
 */
#ifndef MIA_BOT_REPLAY_H
#define MIA_BOT_REPLAY_H

#include "engine/drive.h"
#include "engine/store.h"

struct replay_result {
    uint64_t events;           /* journalled events read */
    uint64_t first_difference; /* seq of the first event that came out otherwise; 0: none */
};

/* Drives every journalled event after `after` (and, where until > 0, up to that seq). fn may be NULL. Blocks.
 * Differences are not errors here: they are in *out. -1: the journal cannot be read, or an event was refused. */
int replay_run(struct drive *d, struct store *s, uint64_t after, uint64_t until, drive_fn fn, void *arg,
               struct replay_result *out, struct err *e);
/* The same where the events come from elsewhere, one by one. e: what replay_end says. */
struct replay;
struct replay *replay_begin(struct drive *d, uint64_t until, drive_fn fn, void *arg, struct replay_result *out,
                            struct err *e);
bool replay_event(struct replay *r, const struct event *ev); /* false: no more is wanted */
int replay_end(struct replay *r);                            /* frees it. -1: an event was refused */
/* 1: *d stands at seq, the caller's; 0: it does not fit this program (or is damaged); -1: a newer program wrote it. */
int replay_read_snapshot(struct drive **d, const struct broker *broker, uint64_t seq, const void *bytes, size_t n,
                         struct err *e);
/* Loads the newest snapshot with seq <= before (0: any) into d. *seq: where it stands, 0 where there was none that fits.
 * -1: a newer program has written it (ERR_REFUSED); there is no *d then. */
int replay_snapshot(struct drive **d, const struct broker *broker, struct store *s, uint64_t before, uint64_t *seq,
                    struct err *e);

/* What a difference means at a start: ERR_CORRUPT, or, where another version wrote the journal, ERR_REFUSED: that one may end its
 * run in order first. Returns -1. */
int replay_disagrees(const struct engine *engine, uint64_t seq, struct err *e);
/* Would this program recover from here? Changes nothing. */
int replay_try(struct store *s, const struct broker *broker, struct err *e);

#endif
