/*
 * drive: one input event through engine and internal broker until both are quiet.
 * Live, paper, replay and backtest all use it; they differ only in who produces the
 * events and who carries the effects out.
 *
 * Order within one bar: the broker's fills inside the bar (derived events), then the
 * bar itself, then what the decisions led to at once (accepted, rejected: derived).
 */
#ifndef MIA_ENGINE_DRIVE_H
#define MIA_ENGINE_DRIVE_H

#include "engine/broker.h"
#include "engine/engine.h"

/* Called for every applied event, derived ones included, with its effects: journal, tables, messages. */
typedef void (*drive_fn)(void *arg, const struct event *ev, const struct effects *effects);

struct drive;
struct drive *drive_new(const struct broker *broker);
void drive_free(struct drive *d);
struct engine *drive_engine(struct drive *d);
/* Sets seq itself (the input's seq is ignored). -1: the event was refused, nothing changed. */
int drive_event(struct drive *d, const struct event *input, drive_fn fn, void *arg, struct err *e);
void drive_snap(struct drive *d, struct snap *s); /* engine and broker together */

#endif
