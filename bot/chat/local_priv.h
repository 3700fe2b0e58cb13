/*
 * local_priv: what the files of the local page share.
 *   local.c       opening, token, header, health
 *   local_gate.c  who may ask for what: Host, Origin, cookie, token; pure
 *   local_ring.c  the last messages of each channel, and the conversation
 *   local_files.c the files of those messages
 *   local_send.c  deliveries -> ring and browsers
 *   local_show.c  all that a page needs when it comes, and what is older when it asks
 *   local_talk.c  browsers -> requests
 *
 * Between page and program go JSON objects with a member "t". A browser's tab names its sessions TAB-LOAD (16 hex digits
 * each: one for the tab, one for each time the page is loaded) and numbers its requests; session and number make the
 * request's id, so that one sent again after a reconnect is the same one.
 *
 * Whoever holds the token is one person, so there is one conversation, in every tab. The address of an answer carries what
 * was asked: with the answer's row the question survives too.
 *
 * Every message has an id and a version, both rows of the outbox: the version is that of its last edit. A page that comes
 * back names the last version it saw of each channel and gets what is newer, or, where memory does not reach back that far,
 * the newest page in place of all it had.
 */
#ifndef MIA_BOT_CHAT_LOCAL_PRIV_H
#define MIA_BOT_CHAT_LOCAL_PRIV_H

#include "bot/chat/local.h"
#include "engine/base/buf.h"
#include "engine/net/json.h"
#include "engine/net/limiter.h"
#include "engine/net/loop.h"
#include "engine/net/web.h"

#define LOCAL_LANG_KEY "local.lang"
#define LOCAL_TOKEN_KEY "local.token"
#define LOCAL_TOKEN_BYTES 16        /* 128 bits from the system */
#define LOCAL_TOKEN_HEX 33          /* with its end */
#define LOCAL_RING_BYTES (1u << 20) /* the same in bytes: all channels together fit into a browser's queue */
#define LOCAL_TALK_MAX 200          /* questions, clicks and answers kept */
#define LOCAL_TALK_BYTES (1u << 20)
#define LOCAL_OLDER_BYTES (1u << 20) /* of one page of older ones; what does not fit comes with the next */
#define LOCAL_MESSAGE_MAX 4096       /* from a browser: a command with room to spare */
#define LOCAL_JSON_MAX (4u << 20)    /* to a browser, one message */
#define LOCAL_BURST 40               /* requests of one browser at once, then one each */
#define LOCAL_EVERY_MS 100
#define LOCAL_SESSION_HEX 16
#define LOCAL_SESSION_MAX (2 * LOCAL_SESSION_HEX + 2) /* TAB-LOAD, terminated */
#define LOCAL_AGE_MAX_MS (24 * 3600 * 1000)
#define LOCAL_EVENT_MAX 16
#define LOCAL_URL_MAX 128

/* ---- files ---- */

struct local_file {
    uint64_t id; /* outbox row */
    uint32_t holders;
    char path[DOC_FILE_NAME_MAX + 32]; /* "/file/ID/NAME" */
    char type[DOC_FILE_TYPE_MAX], disposition[DOC_FILE_NAME_MAX + 32];
    void *bytes;
    size_t n;
};
struct local_files {
    struct local_file *item[LOCAL_FILES_MAX]; /* oldest first */
    uint32_t n;
    size_t bytes;
};
void local_files_put(struct local_files *s, uint64_t id, const struct doc_file *file); /* copies; a known id stays */
struct local_file *local_files_hold(struct local_files *s, const char *path);          /* NULL: not there, or no more */
bool local_files_has(struct local_files *s, uint64_t id);
void local_file_release(void *file);
void local_files_clear(struct local_files *s);
void local_file_json(struct jw *w, uint64_t id, enum lang lang, const struct doc_file *file); /* a member "file" */

/* ---- the gate ---- */

struct local_gate {
    int port;
    char name[56];
    char token[LOCAL_TOKEN_HEX];
    char cookie[24]; /* its name; carries the port, because browsers share cookies between ports */
    char set_cookie[128];
    struct local_files *files; /* NULL: none */
};
/* name: the address listened on, "127.0.0.1"; loopback's usual names are let in beside it. */
void local_gate_init(struct local_gate *g, const char *token, const char *name, int port);
bool local_token_valid(const char *text);
void local_gate_answer(const struct local_gate *g, const struct web_request *q, struct web_answer *a);

/* ---- what is kept ---- */

struct local_message {
    uint64_t id, version;
    int64_t at_ms, edited_ms; /* 0: never edited */
    enum urgency urgency;
    uint64_t file_id; /* the row whose file it shows; 0: none */
    struct doc_file file;
    char event[LOCAL_EVENT_MAX];
    char *json; /* the whole item as the page gets it */
    size_t len;
};
struct local_ring {
    struct local_message item[LOCAL_RING_MAX];
    uint32_t first, n;
    size_t bytes;
    bool older;            /* there is something that it does not hold, */
    uint64_t missed, last; /* up to this version; the newest version of all */
};
/* Adds m, whose json it takes, or replaces the message of the same id in place. */
void local_ring_put(struct local_ring *r, const struct local_message *m);
struct local_message *local_ring_find(struct local_ring *r, uint64_t id);
struct local_message *local_ring_at(struct local_ring *r, uint32_t i); /* 0: the oldest */
void local_ring_clear(struct local_ring *r);
/* Builds the json of m from its other members and the doc. */
void local_item_json(struct local_message *m, const struct doc *d);

enum local_turn_kind { LOCAL_QUESTION, LOCAL_CLICK, LOCAL_ANSWER };
struct local_turn {
    enum local_turn_kind kind;
    char session[LOCAL_SESSION_MAX];
    uint64_t req;
    int64_t at_ms;
    uint64_t id;    /* ANSWER: outbox row */
    when_t expires; /* ANSWER: its buttons; WHEN_NONE: never */
    char *text;     /* QUESTION: what was typed; CLICK: the button's id; ANSWER: the item's json */
    size_t len;
};
struct local_talk {
    struct local_turn turn[LOCAL_TALK_MAX];
    uint32_t first, n;
    size_t bytes;
    bool older; /* there is something that it does not hold */
};
struct local_turn *local_talk_add(struct local_talk *t, const struct local_turn *turn);       /* takes its text */
struct local_turn *local_talk_at(struct local_talk *t, uint32_t i);                           /* 0: the oldest */
struct local_turn *local_talk_asked(struct local_talk *t, const char *session, uint64_t req); /* NULL: not yet */
struct local_turn *local_talk_answered(struct local_talk *t, const char *session, uint64_t req);
struct local_turn *local_talk_answer(struct local_talk *t, uint64_t id);
void local_talk_clear(struct local_talk *t);

/* ---- state ---- */

/* A page of older ones on its way from the store. */
struct local_older {
    uint64_t ticket, req;
    int channel; /* CHANNEL_COUNT: the conversation */
    uint32_t n;
    char *item[LOCAL_PAGE]; /* the json of one row each, oldest first */
    size_t len[LOCAL_PAGE];
};

struct local_client {
    struct web_client *web;          /* NULL: a free slot */
    char session[LOCAL_SESSION_MAX]; /* "": has not said hello */
    enum lang lang;
    struct bucket pace;
    struct local_older *older; /* NULL: nothing asked for */
};

struct local_done {
    uint64_t id;
    struct delivery_result result;
};

struct local {
    struct transport_host host;
    bool lang_forced;
    enum lang lang; /* where forced; else the last reader's, once lang_known */
    bool lang_known;
    char mode[8];
    bool paused, cautious, suspended, header_known;
    char url[LOCAL_URL_MAX], address[80];
    uint64_t epoch; /* of the state folder: what a browser remembers as read belongs to it */
    struct local_gate gate;
    struct web *web;
    int (*send)(struct web_client *c, const char *text, size_t n); /* web_send; another in tests */
    void (*kick)(struct web_client *c);
    struct local_client client[WEB_CLIENTS_MAX];
    struct local_ring ring[CHANNEL_COUNT];
    struct local_talk talk;
    struct local_files files;
    local_reader_fn read;
    void *read_arg;
    uint64_t last_ticket;
    struct loop_timer *soon; /* tells of deliveries, and once that the page is up */
    struct local_done *done;
    uint32_t done_n, done_cap;
    bool up, closing;
    uint32_t held; /* callbacks of after_commit under way: they keep the state alive */
};

/* local.c: the state without its web server, for tests too */
struct local *local_new(const struct transport_host *host, const char *locale);
void local_free(struct local *l);

/* local_send.c */
void local_send(void *state, const struct delivery *d);
void local_defer(void *state, const char *address, bool is_private);
void local_choices(void *state, const char *address, const struct choice *c, uint32_t n);
void local_soon(void *state);
void local_begin(struct buf *b, struct jw *w, const char *t);                                         /* {"t":T */
void local_end(struct local *l, struct local_client *c /* NULL: all */, struct buf *b, struct jw *w); /* } and away */
void local_tell(struct local *l, struct local_client *c, const struct buf *b);
void local_tell_header(struct local *l, struct local_client *c /* NULL: all */);
void local_tell_turn(struct local *l, struct local_client *c /* NULL: all */, const struct local_turn *t);
void local_put_turn(struct jw *w, const struct local_turn *t);
int local_channel_of(const char *name);
void local_take_file(struct local *l, struct local_message *m, uint64_t row /* 0: none */, const struct doc *d);
struct local_answer {
    uint64_t id, file_row; /* of the outbox; 0: it has no file, or its bytes are kept no more */
    enum urgency urgency;
    const char *address;
    int64_t at_ms;
    const struct doc *doc;
};
/* What was asked (text NULL: not known) and the answer as turns. false: of a strange address. */
bool local_turns_of(struct local *l, const struct local_answer *a, struct local_turn *asked, struct local_turn *answer);

/* local_show.c */
struct local_seen { /* versions; 0: nothing */
    uint64_t channel[CHANNEL_COUNT], talk;
};
void local_welcome(struct local *l, struct local_client *c, const struct local_seen *seen);
/* false: one is under way. */
bool local_older_ask(struct local *l, struct local_client *c, uint64_t req, int channel, uint64_t before);
void local_older_drop(struct local_client *c);

/* local_talk.c: the web server's callbacks */
extern const struct web_handler local_web;
/* "l:SESSION:REQ", and with what was asked "l:SESSION:REQ:TEXT". */
void local_address(char out[ADDRESS_MAX], const char *session, uint64_t req, const char *text);
bool local_address_read(const char *address, char session[LOCAL_SESSION_MAX], uint64_t *req,
                        const char **text /* "" where none; may be NULL */);

/* bot/web/assets.c: the page's files */
struct local_asset {
    const char *path, *type, *body, *end;
};
extern const struct local_asset local_assets[]; /* until path is NULL */

#endif
