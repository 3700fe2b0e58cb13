/*
 * strangers: who may nothing here and was answered today: one answer a person and day, so
 * that nobody can make the bot talk. Bounded; durable in a few small rows
 * ("strangers:00" …), written in the transaction of the turn that answers.
 */
#ifndef MIA_BOT_STRANGERS_H
#define MIA_BOT_STRANGERS_H

#include <stdbool.h>

#include "engine/base/when.h"

#define STRANGERS_MAX 4096 /* answered a day; more get none */
#define STRANGERS_KEY "strangers:"

struct strangers;
struct strangers *strangers_new(void (*put)(void *arg, const char *key, const char *value), void *arg);
void strangers_free(struct strangers *s);
/* A stored row; others and unreadable ones are left alone. */
void strangers_load(struct strangers *s, const char *key, const char *value);
/* Is this the first time today? It is then remembered. Days are those of UTC. */
bool strangers_first(struct strangers *s, const char *actor, when_t now);

#endif
