/*
 * local: the chat page on this machine, a transport like the others (transport_local of
 * bot/transport.h). Owns the page's token, the messages it shows (the last ones of each
 * channel, in memory) and the browsers that look at it. Whoever holds the token is the
 * owner local:1. It must not listen anywhere but on loopback, nor know a command's effect.
 *
 * `state` is what transport_local.open returned.
 */
#ifndef MIA_BOT_CHAT_LOCAL_H
#define MIA_BOT_CHAT_LOCAL_H

#include "bot/transport.h"

/* The page with its token: "http://127.0.0.1:8787/?token=…". Holds as long as the state. A secret: print it, never log it. */
const char *local_url(const void *state);

#define LOCAL_RING_MAX 300 /* messages kept a channel; the oldest make room */

/* A message or an edit of an earlier run, in the order of ids, before browsers come. Answers are not shown again. */
void local_history(void *state, const struct outbox_row *row, const struct doc *d);

#define LOCAL_FILES_MAX 32 /* the newest files, of all channels and answers */
#define LOCAL_FILES_BYTES (16u << 20)

/* The bytes of such a message's file, oldest first; without them its link leads nowhere. */
void local_history_file(void *state, uint64_t row, const struct doc_file *f);

/* What the page's header shows; cheap, call it as often as you like. mode: "PAPER" "LIVE" "DEMO". */
void local_header(void *state, const char *mode, bool paused, bool cautious, bool suspended);

/* What the page's last reader reads; false: nobody has come yet, in this run or an earlier one. */
bool local_lang(const void *state, enum lang *out);

#endif
