/*
 * desk: owns the engine and the transaction of the turn. Whatever comes in during one
 * turn of the loop (requests, bars, reports) is applied at once in memory and collected
 * in one batch; at the end of the turn the batch is committed, and only when that is
 * durable are orders, answers and messages released. Nothing else writes to the store.
 */
#ifndef MIA_BOT_DESK_H
#define MIA_BOT_DESK_H

#include "engine/drive.h"
#include "engine/net/loop.h"
#include "engine/store.h"

struct desk;

/* Told of every applied event with its effects, inside the transaction: the reporter makes messages of them. */
typedef void (*desk_effects_fn)(void *arg, const struct event *ev, const struct effects *f);

struct desk_options {
    struct loop *loop;
    struct store *store;
    const struct broker *broker;
    const struct zone *day_zone; /* of the trading day; NULL: UTC */
    int day_rollover_min;
    desk_effects_fn effects;
    void *arg;
};
struct desk *desk_new(const struct desk_options *o);
void desk_free(struct desk *d);

/* Brings the engine to where the journal ends: newest snapshot, then the events after it. Before anything else; blocks.
 * *events: how many were replayed. ERR_CORRUPT: cannot be read; the owner starts paused on an empty engine. */
int desk_recover(struct desk *d, uint64_t *events, struct err *e);

/* Applies an event now; seq, wall_time, day and, unless it brings its own, market_time are filled in. -1: refused, nothing changed. */
int desk_event(struct desk *d, struct event *ev, struct err *e);
int desk_operate(struct desk *d, const struct operator_command *c, struct err *e);

/* From here on an event that brings no market time gets this clock's: the market of a live feed is as late as the clock says.
 * NULL: the engine's own again. */
void desk_market_clock(struct desk *d, when_t (*now)(void *arg), void *arg);
int32_t desk_day_of(const struct desk *d, when_t market_time); /* the trading day */
const struct engine *desk_engine(const struct desk *d);
/* The batch of this turn, for rows that belong to it. Valid until the turn ends. */
struct store_batch *desk_batch(struct desk *d);
/* The same batch, for rows that may wait a moment (DESK_LAZY_MS) for a turn that has something urgent to commit: marks whose
 * loss only means that something idempotent is done again. */
struct store_batch *desk_batch_lazy(struct desk *d);
#define DESK_LAZY_MS 100
void desk_flush(struct desk *d); /* what waits is committed with this turn */
/* Runs fn once everything of this turn is durable; never inside the call. */
void desk_after_commit(struct desk *d, loop_fn fn, void *arg);
uint64_t desk_turn(const struct desk *d); /* number of the open turn: rows with the same one are committed together */
bool desk_commit_pending(const struct desk *d);   /* a commit is under way: pull feeds wait */
int64_t desk_commit_age_ms(const struct desk *d); /* of the oldest unanswered commit; 0: none */
void desk_store_gone(struct desk *d, bool gone);  /* told by the owner */
bool desk_full_speed(const struct desk *d); /* false: a replay has no reason to run ahead of a database that is gone */
bool desk_may_feed(const struct desk *d);   /* false: too much waits for the database, pull feeds wait, too */
void desk_snapshot(struct desk *d);         /* puts a snapshot into this turn */
void desk_turn_end(struct desk *d);         /* the loop's turn hook */

#endif
