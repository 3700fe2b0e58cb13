/*
 * reporter: effects -> messages. Builds each message once per language, hands it to the
 * outbox for every platform in use, and prints it where there is a terminal. It joins
 * the transaction of the turn; it decides nothing.
 */
#ifndef MIA_BOT_REPORTER_H
#define MIA_BOT_REPORTER_H

#include "bot/messages.h"
#include "bot/outbox.h"

struct reporter;

struct reporter_options {
    struct outbox *outbox;
    const struct zone *zone;
    const char *mode; /* "PAPER" "LIVE" "DEMO" */
    bool use[PLATFORM_COUNT];
    enum lang lang[PLATFORM_COUNT];
    bool terminal; /* print the channels in colour on standard output */
    enum lang terminal_lang;
};
struct reporter *reporter_new(const struct reporter_options *o);
void reporter_free(struct reporter *r);
void reporter_engine(struct reporter *r, const struct engine *e); /* before the first effect */
void reporter_lang(struct reporter *r, enum platform p, enum lang lang);

/* The desk's effects callback; arg is the reporter. */
void reporter_effects(void *arg, const struct event *ev, const struct effects *f);

/* What the shell itself has to say: build(arg, ctx, arena, out) fills up to MESSAGES_MAX messages in ctx->lang. */
typedef uint32_t (*reporter_build_fn)(const void *arg, const struct message_ctx *ctx, struct arena *a,
                                      struct message out[MESSAGES_MAX]);
void reporter_say(struct reporter *r, reporter_build_fn build, const void *arg);
/* The same, to everybody but the readers of one platform: what is wrong there. */
void reporter_say_elsewhere(struct reporter *r, enum platform not_there, reporter_build_fn build, const void *arg);

#endif
