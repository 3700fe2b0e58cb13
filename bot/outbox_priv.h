/*
 * outbox_priv: what the files of the outbox share. Private to them.
 *   outbox.c        the facade: new rows, answers of the platforms, what is released by a commit
 *   outbox_lane.c   one lane: what goes out next, alone or together, its attempt, its end
 *   outbox_files.c  the file of a message: kept in the store, in memory only while it is sent
 *   outbox_refs.c   what messages became, for edits
 *   outbox_load.c   rows from the store: recovery, and the backlog that memory does not hold
 */
#ifndef MIA_BOT_OUTBOX_PRIV_H
#define MIA_BOT_OUTBOX_PRIV_H

#include "bot/outbox.h"
#include "engine/base/map.h"

#define OUTBOX_KEY_MAX 40

struct item {
    struct item *next;
    uint64_t id;
    enum outbox_kind kind;
    enum urgency urgency;
    bool critical, asked_ref;
    bool attempt_durable; /* the coming attempt is committed */
    bool unsent;          /* that attempt did not go out: its mark serves the next one */
    bool uncertain;       /* an earlier attempt may have been delivered */
    uint32_t attempts;
    when_t created, attempted;
    char key[OUTBOX_KEY_MAX], ref[128];
    char *address, *doc;
    struct arena *own;        /* of tree */
    const struct doc *tree;   /* an answer's doc, kept so that it need not be read again; NULL: see doc */
    uint32_t file_bytes;      /* 0: none, or it goes without */
    struct err *file_refused; /* the platform said no to it: the message says so */
};

struct lane {
    struct outbox *owner;
    enum platform platform;
    int channel; /* enum channel; CHANNEL_COUNT: one reply of its own */
    struct item *head, **tail;
    uint32_t n, ordinary;
    uint32_t left_out; /* ordinary messages that were only counted; said once there is room again */
    enum lang lang;    /* of those, and their mode */
    char mode[8];
    uint32_t batch; /* items at the head that are under way as one delivery; 0: idle */
    /* of the head's file, while it is under way */
    bool file_slot, file_known;
    void *file; /* NULL where the store has it no more */
    size_t file_len;
    struct loop_timer *retry;
    struct lane *next, *prev; /* replies only */
};

struct platform_state {
    bool ready;
    struct lane lanes[CHANNEL_COUNT];
    struct lane *replies, *last_reply; /* oldest first */
    uint32_t pending;
    uint32_t reply_count;
    size_t file_bytes; /* of the rows in memory */
    uint32_t files_at_once;
    /* Rows from spilled_from to spilled_last lie in the store only; 0: none. Answers never do. */
    uint64_t spilled_from, spilled_last;
    bool reloading, reload_full;
};

struct outbox {
    struct outbox_options o;
    struct platform_state platforms[PLATFORM_COUNT];
    uint64_t last_id, committed_id;
    struct release *oldest, *newest; /* turns whose rows are not durable yet */
    uint64_t newest_turn;
    bool pump_asked;
    bool reloading;
    uint64_t reload_upto; /* what was committed when the store was asked */
    struct map *refs;     /* "platform:key" -> message_ref */
    struct arena *arena;
};

/* ---- outbox.c ---- */
void outbox_ask_pump(struct outbox *b); /* every lane that can go on does so, later in this turn */
void outbox_pump(struct outbox *b);

/* ---- outbox_lane.c ---- */
void item_free(struct item *i);
void lane_init(struct outbox *b, struct lane *l, enum platform p, int channel);
void lane_clear(struct lane *l);
/* The lane of a channel, or a new one for an answer. */
struct lane *lane_of(struct outbox *b, enum platform p, enum outbox_kind kind, int channel);
void lane_append(struct outbox *b, struct lane *l, struct item *i); /* takes i */
/* The lane whose delivery under way begins with row id; NULL: none. */
struct lane *lane_under_way(struct outbox *b, enum platform p, uint64_t id);
void lane_pump(struct outbox *b, struct lane *l);
void lane_deliver(struct outbox *b, struct lane *l); /* its attempt is durable */
void lane_end_head(struct outbox *b, struct lane *l, enum outbox_state state, const char *ref);
/* What was under way ended so, or goes again. */
void lane_end(struct outbox *b, struct lane *l, enum outbox_state state, const char *ref);
void lane_again(struct outbox *b, struct lane *l, bool uncertain);
/* false: it has no file. */
bool lane_without_file(struct outbox *b, struct lane *l, const struct err *why);
void lane_retry_later(struct lane *l, int64_t ms /* the platform's own word; 0: none */);
bool lane_lets_it_be(const struct lane *l);
/* What waits in the lane and can still change to what an edit of key says; NULL: nothing. */
struct item *lane_editable(struct lane *l, const char *key);
void lane_free_if_done(struct outbox *b, struct lane *l); /* an answer's lane goes with its answer */
void event_id_of(uint64_t id, char out[16]);

/* ---- outbox_files.c ---- */
/* The doc as its row can keep it: without its file where there is no room for one more. Lives in the outbox's arena. */
const struct doc *file_fit(struct outbox *b, enum platform p, bool spill, const struct doc *doc);
void file_put(struct outbox *b, enum platform p, struct item *i, const struct doc *doc); /* joins the turn */
void file_end(struct store_batch *batch, enum platform p, const struct item *i, enum outbox_state state);
bool file_may_go(const struct outbox *b, const struct lane *l); /* false: as many as may be are under way */
void file_take_slot(struct outbox *b, struct lane *l);
void file_rest(struct outbox *b, struct lane *l); /* the delivery is over */
/* The bytes of the head's file are here, or there are none. false: asked of the store; lane_deliver follows. */
bool file_ready(struct outbox *b, struct lane *l);
/* The doc as it goes out: with the bytes, or with the sentence that stands for them. */
const struct doc *file_doc(struct outbox *b, struct lane *l, const struct doc *doc);

/* ---- outbox_refs.c ---- */
void refs_init(struct outbox *b);
void refs_clear(struct outbox *b);
void ref_put(struct outbox *b, enum platform p, const char *key, const char *ref);
/* An edit at the head needs to know what its message became. true: it may go on; false: asked, or ended. */
bool edit_ready(struct outbox *b, struct lane *l);

/* ---- outbox_load.c ---- */
void outbox_reload(struct outbox *b); /* what lies only in the store comes back when there is room */

#endif
