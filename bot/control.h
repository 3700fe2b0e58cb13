/*
 * control: the Unix socket in the state directory through which `mia export`, `audit`,
 * `replay` and `db` ask a bot that runs there, instead of opening its database. One line
 * comes in (bot/ask.h), frames go out (bot/wire.h) at the pace of the one who reads, and
 * the connection ends. Only the bot's own user and root are answered.
 *
 * It only reads: nothing that comes in here changes the engine, the configuration or an
 * order. What it writes are copies of the state where the asker wants them.
 */
#ifndef MIA_BOT_CONTROL_H
#define MIA_BOT_CONTROL_H

#include "bot/answer.h"
#include "engine/net/loop.h"

#define CONTROL_SOCKET "control.sock"
#define CONTROL_CLIENTS_MAX 8
#define CONTROL_ASK_MS 10000    /* from the connection to the end of the line */
#define CONTROL_STALL_MS 600000 /* an answer that nobody reads on: a person may be paging through it */
#define CONTROL_COPY_MS 3600000 /* a copy that is being looked through by the one who asked for it */

struct control_options {
    struct loop *loop;
    struct store *store;
    const struct broker *broker;
    const char *dir;                 /* of the state; its lock is held */
    enum lang lang;                  /* for who is refused before their own is known */
    uint64_t (*last_seq)(void *arg); /* of the engine */
    void *arg;
    int64_t ask_ms; /* for tests; 0: CONTROL_ASK_MS */
};
struct control;
/* NULL: *e says why; the bot runs on without it. */
struct control *control_open(const struct control_options *o, struct err *e);
/* Whoever is being answered is told that the bot stops. c may be NULL. What was asked of the store is still answered:
 * store_wait after this. */
void control_close(struct control *c);
uint32_t control_clients(const struct control *c);

#endif
