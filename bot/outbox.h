/*
 * outbox: everything a person is told, durable before it is sent, delivered in order
 * per channel, after any restart. One lane a platform and channel (and one a reply);
 * one delivery under way a lane. A backlog coalesces: many ordinary messages become
 * one that says how many; orders, stops and limits (critical) always keep their own line.
 */
#ifndef MIA_BOT_OUTBOX_H
#define MIA_BOT_OUTBOX_H

#include "bot/desk.h"
#include "bot/transport.h"

#define OUTBOX_PENDING_MAX                                                                                             \
    10000 /* rows of a platform in memory; past it ordinary messages are counted, others wait in the store */
#define OUTBOX_REPLIES_MAX 1000      /* answers of a platform that wait; further ones are refused */
#define OUTBOX_FILES_MAX (16u << 20) /* bytes of files of a platform that wait; past it messages go without theirs */
#define OUTBOX_FILES_AT_ONCE 2       /* messages with a file under way on a platform: only those are in memory */

struct outbox;

struct outbox_options {
    struct loop *loop;
    struct desk *desk;
    struct store *store;
    /* Hands a delivery to the platform's transport. */
    void (*send)(void *arg, enum platform p, const struct delivery *d);
    void *arg;
};
struct outbox *outbox_new(const struct outbox_options *o);
void outbox_free(struct outbox *b);
int outbox_recover(struct outbox *b, struct err *e); /* loads what was committed and not delivered; blocks */

struct outbox_message {
    enum platform platform;
    enum channel channel;
    enum urgency urgency;
    bool critical;
    const char *key; /* "trade:17": the message that later edits mean; NULL: none */
    const struct doc *doc;
};
/* All three join the transaction of this turn; the doc is serialised at once, the bytes of its file copied. */
void outbox_message(struct outbox *b, const struct outbox_message *m);
void outbox_edit(struct outbox *b, enum platform p, enum channel c, const char *key, const struct doc *doc);
void outbox_reply(struct outbox *b, enum platform p, const char *address, const struct doc *doc);

void outbox_delivered(struct outbox *b, enum platform p, uint64_t id, const struct delivery_result *r);
void outbox_ready(struct outbox *b, enum platform p, bool up);
uint32_t outbox_pending(const struct outbox *b, enum platform p);
uint32_t outbox_uncertain(const struct outbox *b, enum platform p); /* of these, what may have arrived already */
int64_t outbox_oldest_ms(const struct outbox *b, enum platform p);  /* age of the oldest undelivered message; 0: none */
bool outbox_idle(const struct outbox *b);                           /* nothing under way */

#endif
