/*
 * router: receive -> once only -> authorise -> confirm -> execute -> answer. It is the
 * one way from a chat to the engine. Every attempt leaves one inbox row and one audit
 * row in the transaction of its turn, executed or refused; duplicates leave none, and a
 * storm leaves a count (see rates.h). /pause and /sos are never limited.
 *
 * An answer to a button takes the place of the message it sits on, unless it is private:
 * then it is for the one who clicked, and the message stays.
 */
#ifndef MIA_BOT_ROUTER_H
#define MIA_BOT_ROUTER_H

#include "bot/desk.h"
#include "bot/outbox.h"
#include "bot/settings.h"
#include "bot/transport.h"

#define ROUTER_CONFIRM_S 60
#define ROUTER_CONFIRMATIONS_MAX 256
#define ROUTER_SEEN_MAX 200000
#define ROUTER_WAITING_MAX 64   /* commands that wait for the store */
#define ROUTER_STRANGER_ROWS 60 /* audit rows a minute for those who may nothing; the rest is counted in the next one */

struct router;

struct router_options {
    struct loop *loop;
    struct desk *desk;
    struct outbox *outbox;
    struct store *store;
    struct settings *settings; /* what people change in the chat */
    const struct conf *conf;   /* access.*, locale, time_zone */
    const struct zone *zone;
    const char *mode, *version; /* "PAPER"… shown; program version */
    when_t started;
    void *arg;                     /* of the functions below */
    int64_t (*mono_ms)(void *arg); /* for the rates; NULL: the machine's clock */
    void (*choices)(void *arg, enum platform p, const char *address, const struct choice *c, uint32_t n);
    void (*defer)(void *arg, enum platform p, const char *address, bool is_private);
    uint32_t (*health)(void *arg, struct health_item *out);
    /* A durable small value, as in transport_host. */
    const char *(*state_get)(void *arg, const char *key);
    void (*state_put)(void *arg, const char *key, const char *value);
};
struct router *router_new(const struct router_options *o);
void router_free(struct router *r);
int router_recover(struct router *r, struct err *e); /* the duplicate set and the open confirmations; blocks */
void router_receive(struct router *r, const struct request *q);
void router_gone(struct router *r); /* the database went away: says so to those whose orders wait for their commit */
void router_late(struct router *r); /* called when a commit takes over a second: defers what waits for it */
/* A stop has begun: what reduces risk (pause, sos) still works, everything else is answered "stopping" and not carried out. */
void router_stopping(struct router *r);
bool router_idle(const struct router *r); /* no command waits for the store, no answer for its commit */
struct router_usage {
    uint32_t commands, refused, strangers, duplicates;
    uint32_t expired; /* of those refused: money commands that were too old when they came */
};
void router_usage(const struct router *r, struct router_usage *out); /* since the start, for the usage report */

#endif
