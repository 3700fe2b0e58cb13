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

/* The same without the token: "http://127.0.0.1:8787/". */
const char *local_place(const void *state);

#define LOCAL_RING_MAX 300 /* messages kept in memory a channel; the oldest make room */
#define LOCAL_PAGE 100     /* messages of a channel that a page gets at once; older ones when it asks */

/* What was shown before, of one channel (or "", the conversation), by id; before browsers come. */
void local_history(void *state, const struct history_row *row, const struct doc *d);
/* After the rows of a channel: whether the store may have older ones. */
void local_history_end(void *state, const char *channel, bool older);

/* Reads what memory does not hold: at most LOCAL_PAGE rows of the channel (or "", the conversation) with an id below `before`, by id,
 * each given to local_older_row, then local_older_end, on any later turn. Where none was set, there is nothing older. */
typedef void (*local_reader_fn)(void *arg, uint64_t ticket, const char *channel, uint64_t before);
void local_set_reader(void *state, local_reader_fn fn, void *arg);
void local_older_row(void *state, uint64_t ticket, const struct history_row *row, const struct doc *d);
void local_older_end(void *state, uint64_t ticket, bool failed);

#define LOCAL_FILES_MAX 32 /* the newest files, of all channels and answers */
#define LOCAL_FILES_BYTES (16u << 20)

/* The bytes of such a message's file, oldest first; without them its link leads nowhere. */
void local_history_file(void *state, uint64_t row, const struct doc_file *f);

/* What the page's header shows; cheap, call it as often as you like. mode: "PAPER" "LIVE" "DEMO". */
void local_header(void *state, const char *mode, bool paused, bool cautious, bool suspended);

/* What the page's last reader reads; false: nobody has come yet, in this run or an earlier one. */
bool local_lang(const void *state, enum lang *out);

#endif
