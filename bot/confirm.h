/*
 * confirm: the second step of a dangerous command. A confirmation is bound to platform,
 * person, chat, the exact command with its arguments and a digest of what the preview
 * showed; it holds ROUTER_CONFIRM_S seconds of wall time and settles once. It is durable
 * through the router's state_put, in the transaction of the turn that asked or settled.
 */
#ifndef MIA_BOT_CONFIRM_H
#define MIA_BOT_CONFIRM_H

#include "bot/args.h"

#define CONFIRM_NONCE_MAX 33 /* 16 random bytes in hex */
#define CONFIRM_BUTTON_MAX 48
#define CONFIRM_KEY "confirm:"

/* In the order of a life. What is settled is kept for a while, so that a second click gets a true answer. */
enum confirm_status { CONFIRM_OPEN, CONFIRM_DONE, CONFIRM_CANCELLED, CONFIRM_REPLACED, CONFIRM_STATUS_COUNT };

struct confirmation {
    char nonce[CONFIRM_NONCE_MAX];
    enum platform platform;
    char user_id[24], chat_id[40];
    const struct command *command;
    char value[COMMAND_ARGS_MAX][ARG_VALUE_MAX];
    uint64_t state; /* digest of what was looked at */
    when_t asked;
    enum confirm_status status;
};

struct confirms;
struct confirms *confirms_new(void (*put)(void *arg, const char *key, const char *value), void *arg);
void confirms_free(struct confirms *s);
/* A stored row "confirm:NONCE"; others and unreadable ones are left alone. */
void confirms_load(struct confirms *s, const char *key, const char *value);

/* Opens one. NULL: too many are open. Valid until the next call. */
const struct confirmation *confirms_ask(struct confirms *s, const struct request *q, const struct parsed *p,
                                        uint64_t state, when_t now);
void confirms_settle(struct confirms *s, const char *nonce, enum confirm_status status);

enum click {
    CLICK_GOOD,
    CLICK_UNKNOWN, /* no such confirmation, or one of long ago */
    CLICK_OTHER_USER,
    CLICK_OTHER_CHAT,
    CLICK_EXPIRED,
    CLICK_SETTLED /* see status */
};
/* *out: NULL for CLICK_UNKNOWN. Changes nothing. */
enum click confirms_click(const struct confirms *s, const struct request *q, const char *nonce, when_t now,
                          const struct confirmation **out);

/* "c:NONCE:y". */
void confirm_button(char out[CONFIRM_BUTTON_MAX], const char *nonce, bool yes);
bool confirm_button_read(const char *id, char nonce[CONFIRM_NONCE_MAX], bool *yes);

#endif
