/*
 * state: small named durable values (gateway session, Telegram offset, channel ids,
 * open confirmations). Read from memory; a write joins the transaction of its turn.
 */
#ifndef MIA_BOT_STATE_H
#define MIA_BOT_STATE_H

#include "bot/desk.h"

#define STATE_KEYS_MAX 4096
#define STATE_KEY_MAX 96
#define STATE_VALUE_MAX 8192

struct state;
struct state *state_new(struct desk *desk);
void state_free(struct state *s);
int state_recover(struct state *s, struct store *store, struct err *e); /* blocks */
const char *state_get(const struct state *s, const char *key); /* NULL: none; valid until the next put of the key */
void state_put(struct state *s, const char *key, const char *value); /* NULL: remove */
/* Every key that begins with prefix. fn must not put. */
void state_each(const struct state *s, const char *prefix, void (*fn)(void *arg, const char *key, const char *value),
                void *arg);

#endif
