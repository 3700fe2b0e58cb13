/*
 * telegram_priv: what the files of the Telegram transport share.
 *   telegram.c       opening, identity, command menu, topics, health
 *   telegram_poll.c  getUpdates -> requests
 *   telegram_send.c  deliveries -> sendMessage, editMessageText, answerCallbackQuery; limits
 *   telegram_file.c  the file of a delivery as a form: sendDocument, sendPhoto, editMessageMedia
 *   telegram_api.c   one call, its answer classified
 */
#ifndef MIA_BOT_CHAT_TELEGRAM_PRIV_H
#define MIA_BOT_CHAT_TELEGRAM_PRIV_H

#include "bot/render.h"
#include "bot/transport.h"
#include "config/conf.h"
#include "engine/net/http.h"
#include "engine/net/json.h"
#include "engine/net/limiter.h"

#define TELEGRAM_POLL_S 50 /* the server caps it there */
#define TELEGRAM_POLL_TIMEOUT_MS 65000
#define TELEGRAM_POLL_PAUSE_MS                                                                                         \
    1000 /* after a long poll that came back at once with nothing: something in between is broken */
#define TELEGRAM_SEND_QUEUE_MAX 256
#define TELEGRAM_CONFLICTS_ALARM 3   /* a fast restart may meet its own dead poll once */
#define TELEGRAM_CONFLICT_MS 1000    /* after the first ones, to 3 s: it may be our own */
#define TELEGRAM_RIVAL_MS 15000      /* once it is another program's: slowly, to 20 s */
#define TELEGRAM_RIVAL_LOOK_MS 5000  /* and it is thought gone when looks at this distance */
#define TELEGRAM_RIVAL_GONE_MS 15000 /* have met nobody for this long */
#define TELEGRAM_UPDATE_MAX (4u << 20)
#define TELEGRAM_OFFSET_TRUST_S (6 * 86400) /* after a week of silence the platform's numbers start anew anywhere */
#define TELEGRAM_OFFSET_KEEP_MS 10000
#define TELEGRAM_LATER_MS 30000 /* menu, chat and topics are tried again after this, or what a 429 says */

/* ---- one call ---- */

enum tg_result {
    TG_OK,
    TG_AGAIN,  /* surely not done: 429 or not sent; wait_ms */
    TG_MAYBE,  /* may have been done */
    TG_NO,     /* the platform says no: code and text */
    TG_REVOKED /* 401, or 404 on the method: the token is worth nothing */
};
struct tg_answer {
    enum tg_result result;
    int code;       /* error_code */
    char text[200]; /* description, redacted */
    int64_t wait_ms;
    int64_t migrate_to;       /* chat id; 0: none */
    const struct json *value; /* "result"; only during the callback */
};
struct telegram;
typedef void (*tg_fn)(void *arg, const struct tg_answer *a);

/* body: JSON text. fn is called exactly once, never inside. */
void telegram_call(struct telegram *t, const char *method, const char *body, int64_t timeout_ms, bool own_connection,
                   tg_fn fn, void *arg);
/* The same as a form, for files; the parts are copied. */
#define TELEGRAM_UPLOAD_TIMEOUT_MS 120000
void telegram_upload(struct telegram *t, const char *method, const struct http_part *parts, size_t n, tg_fn fn,
                     void *arg);
/* While closing: ends every call under way; each fn is told that it may have arrived. */
void telegram_calls_close(struct telegram *t);

/* ---- state ---- */

struct tg_call;    /* one call under way, in telegram_api.c */
struct tg_refusal; /* one that was not taken, and is told so soon; there too */

/* One delivery under way. */
struct tg_job {
    struct tg_job *next;
    struct telegram *telegram;
    uint64_t id; /* outbox row; 0: nobody waits (a spinner to stop) */
    enum outbox_kind kind;
    int channel; /* -1: an answer */
    bool silent, plain, urgent;
    bool as_document;                        /* a picture that the platform does not take as one */
    bool caption;                            /* the message to edit is a file: its text is a caption */
    int64_t chat, thread, reply_to, message; /* message: to edit */
    char query[72];                          /* callback query to answer first; "" none */
    bool alert;                              /* only the callback's own answer: private */
    struct doc *doc;
    struct arena *arena;
    char repeat[96];
    struct telegram_text text;
    void *file_bytes;      /* of doc->file */
    bool file_out;         /* it is there already */
    uint32_t chunk, waits; /* chunk: parts that are out, the file aside */
    int64_t first_message; /* what the first chunk became */
    int64_t began_ms;
};

struct telegram {
    struct transport_host host;
    const struct conf *conf;
    char base[512]; /* "https://api.telegram.org/bot<token>": a secret */
    int64_t chat;   /* the configured chat, or where it migrated to */
    char bot_id[24], username[64];
    bool is_forum, up, stopped, closing;
    struct tg_call *calls;
    int64_t topic[CHANNEL_COUNT]; /* message_thread_id; 0: none */
    char why[LANG_COUNT][160];    /* for /health */
    int64_t latency_ms;
    struct rng rng;
    struct backoff backoff;   /* of polling and opening */
    struct loop_timer *retry; /* of the step below */
    int step;                 /* of the command menu */
    struct loop_timer *later; /* menu, chat and topics once more */
    bool menu_done, chat_read;
    /* polling */
    int64_t offset, offset_at; /* when it was learned, in seconds of the wall */
    int64_t offset_kept_ms;    /* when it was last written, monotonic; 0: not in this run */
    struct http_call *poll;
    int conflicts; /* since the last quiet time */
    int64_t conflict_ms;
    bool rival;      /* that was told */
    bool looked;     /* once */
    bool draining;   /* nothing new is fetched: the platform keeps it for the next start */
    int64_t poll_ms; /* when it was sent; 0: it was not a long one */
    bool nothing_new;
    /* sending */
    struct tg_job *first, **last;
    struct tg_refusal *refusals, **refusals_end;
    uint32_t jobs;
    struct bucket all, group;
    struct loop_timer *pump;
    bool topic_asked; /* one is being made */
};

/* ---- telegram_file.c ---- */
bool tg_file_next(const struct tg_job *j); /* its file is what goes out next */
/* The text goes as the caption of the file; else it follows in messages of its own. */
bool tg_file_has_text(const struct tg_job *j);
void tg_file_send(struct tg_job *j, tg_fn fn);
bool tg_file_refused(const struct tg_answer *a, struct err *why); /* it is the file that is not taken */
bool tg_file_mend(struct tg_job *j, const struct tg_answer *a);   /* true: it may be sent in another way */
/* "message_thread_id", "reply_parameters" and so on, the same in every method that sends: written as JSON values. */
void tg_reply_parameters(const struct tg_job *j, struct buf *out);

void telegram_stop(struct telegram *t, const char *key, const char *en, const char *fr); /* for good; said once */
void telegram_up(struct telegram *t);
void telegram_down(struct telegram *t, const char *en, const char *fr); /* for a while */
void telegram_poll_start(struct telegram *t);
void telegram_drain(void *state);
void telegram_call_drop(struct telegram *t, struct http_call *http); /* one call under way, without a word to its fn */
void telegram_send_open(struct telegram *t);
void telegram_send_close(struct telegram *t);
void telegram_send(void *state, const struct delivery *d);
void telegram_defer(void *state, const char *address, bool is_private);
void telegram_migrated(struct telegram *t, int64_t to);
void telegram_topics(struct telegram *t); /* finds or makes the missing topics, then goes on */
enum lang telegram_lang(const struct telegram *t, const char *language_code);

#endif
