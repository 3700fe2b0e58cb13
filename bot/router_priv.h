/* router_priv: what the files of the router share. Private to them. */
#ifndef MIA_BOT_ROUTER_PRIV_H
#define MIA_BOT_ROUTER_PRIV_H

#include "bot/args.h"
#include "bot/auth.h"
#include "bot/confirm.h"
#include "bot/rates.h"
#include "bot/router.h"
#include "bot/strangers.h"
#include "commands/parts.h"
#include "engine/base/map.h"
#include "engine/net/limiter.h"

#define CALL_ARENA_MAX (8u << 20)
#define CALL_ARGUMENTS_MAX 256 /* of the audit */

/* One request on its way, from receive to its answer. */
struct call {
    struct router *router;
    struct call *next, **link; /* of the waiting list */
    struct request q;
    char actor[ACTOR_MAX];
    enum role role;
    when_t now;
    int64_t age_s;
    char command[33], arguments[CALL_ARGUMENTS_MAX]; /* for the audit */
    struct arena *arena;
    struct parsed parsed;
    struct command_ctx ctx;
    int64_t since_ms; /* monotonic */
    bool executing, finished, waiting, deferred;
    bool metered; /* counted by the rates, or never limited */
    void *job;    /* what it waits for beside the store; freed with it */
    void (*job_free)(void *job);
};

/* An answer whose commit is under way. */
struct inflight {
    struct router *router;
    struct inflight *next, **link;
    enum platform platform;
    char address[ADDRESS_MAX];
    bool is_private, deferred;
    bool is_order; /* something was asked to be done */
    enum lang lang;
    char command[33];
};

struct router {
    struct router_options o;
    struct auth *auth;
    struct idset *seen;
    struct confirms *confirms;
    struct rates *rates;
    struct strangers *strangers;                         /* answered today */
    struct bucket stranger_rows[1], stranger_choices[1]; /* of all of them together */
    uint32_t rows_left_out;
    struct call *waiting;
    uint32_t waiting_count;
    uint32_t exports, logs; /* being made */
    struct inflight *inflight;
    struct loop_timer *slow; /* commands that wait for the store for long are deferred */
    struct router_usage usage;
    bool stopping;
};

/* router_call.c: rows, answers, execution */
void call_rows(struct call *k, const char *verdict, const char *detail);
void call_answer(struct call *k, struct doc *d);
/* Has this person asked too often? The first time it is told, then the call is only counted. Counts a call once. */
bool call_is_too_often(struct call *k, enum rate what);
/* Rows with that verdict, and a private sentence; nothing where refusals have become a storm. */
void call_refuse(struct call *k, const char *verdict, const struct err *e);
void call_say_refused(struct call *k, const char *verdict, const struct err *e); /* whatever the rates say */
void call_context(struct call *k, const struct command *c);                      /* fills k->ctx from k->parsed */
/* Executes k->parsed; rows get `verdict` where it works. The caller frees k unless k->waiting. */
void call_execute(struct call *k, const char *verdict);
void call_free(struct call *k);
void waiting_late(void *router); /* a timer's callback */

/* router_confirm.c */
/* Asks for the second step of k->parsed. again: the state changed since an earlier preview. */
void confirm_ask(struct call *k, bool again);
void confirm_click(struct call *k, const char *nonce, bool yes);
/* Puts the buttons for what k->ctx.offer names under the answer. */
void confirm_offer(struct call *k);

/* complete.c */
uint32_t complete_request(struct command_ctx *ctx, const struct request *q, struct choice out[COMMAND_CHOICES_MAX]);

/* A refusal that names a command, in each language by the name it has there. Both formats take that one name. */
#define ERR_NAMED(e, code, en, fr, command)                                                                            \
    do {                                                                                                               \
        struct err french_;                                                                                            \
        err_set(e, code, en, fr, parts_name(command, LANG_EN));                                                        \
        err_set(&french_, code, en, fr, parts_name(command, LANG_FR));                                                 \
        str_copy((e)->text[LANG_FR], ERR_TEXT_MAX, french_.text[LANG_FR]);                                             \
    } while (0)

#endif
