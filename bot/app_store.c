/*
 * app_store: the store over the life of a run: opened (a server that is not there yet is waited for), set aside where
 * it cannot be read, and said to be gone or back. While it is gone the engine takes no entries; commits are kept
 * durably beside it, so everything else goes on.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bot/app_priv.h"
#include "bot/replay.h"
#include "bot/store_choice.h"
#include "engine/base/log.h"

#define START_RETRY_S 1 /* a server that is not reached is asked again so often at first */
#define START_RETRY_MOST_S 15

/* Once the schema is newer, the version that could end a run in order cannot be started any more: so this is asked before. A
 * state that is damaged is none of it; the start will say so. */
static int look_before_migrating(struct app *a, struct store_options o, struct err *e) {
    o.read_only = o.as_it_is = true;
    o.older = NULL;
    struct store *s = store_open(&o, e);
    if (!s) return e->code == ERR_CORRUPT ? 0 : -1;
    int tried = replay_try(s, app_broker(a), e);
    store_close(s);
    return tried < 0 && e->code != ERR_CORRUPT ? -1 : 0;
}

/* Whatever else is wrong with it needs a person; a server that is not reached may only be starting, too. */
int app_open_store(struct app *a, struct err *e) {
    struct store_choice choice;
    char said[ERR_TEXT_MAX] = "";
    struct timespec wait = {.tv_sec = START_RETRY_S};
    bool older = false;
    store_choice(a->o.conf, a->o.demo, &choice);
    choice.options.older = &older;
    while (!(a->store = store_open(&choice.options, e)) && e->code == ERR_NET) {
        if (strcmp(said, e->text[LANG_EN]) != 0) log_warn("store", "%s; waiting for it", e->text[LANG_EN]);
        str_copy(said, sizeof said, e->text[LANG_EN]);
        nanosleep(&wait, NULL);
        if (wait.tv_sec < START_RETRY_MOST_S) wait.tv_sec *= 2;
    }
    if (!a->store && older) {
        if (look_before_migrating(a, choice.options, e) < 0) return -1;
        choice.options.older = NULL;
        a->store = store_open(&choice.options, e);
    }
    return a->store ? 0 : -1;
}

/* A journal that cannot be read is kept under another name, and the start is a paused one on an empty engine. */
int app_set_aside(struct app *a, struct err *e) {
    char to[CONF_PATH_MAX + 64], name[64];
    struct store_choice choice;
    if (a->store) store_close(a->store);
    a->store = NULL;
    snprintf(name, sizeof name, "unreadable-%lld", (long long)when_sec(clock_wall()));
    snprintf(to, sizeof to, "%s.%s", a->dir, name);
    store_choice(a->o.conf, a->o.demo, &choice);
    if (choice.options.server && store_server_set_aside(&choice.options, name, e) < 0) return -1;
    if (rename(a->dir, to) < 0)
        return err_set(e, ERR_IO, "the unreadable state cannot be set aside: %s",
                       "l’état illisible ne peut pas être mis de côté\u00a0: %s", strerror(errno));
    log_error("app", "state set aside as %s", to);
    a->lost_state = true;
    return app_open_store(a, e);
}

/* ---- gone, and back ---- */

static uint32_t build_upkeep(const void *arg, const struct message_ctx *ctx, struct arena *arena,
                             struct message out[MESSAGES_MAX]) {
    return message_upkeep(ctx, arena, arg, out);
}

static void tell_engine(struct app *a, bool gone) {
    struct err e;
    struct event ev = {.kind = EVENT_STORE, .u.store.gone = gone};
    struct engine_status st;
    engine_status(desk_engine(a->desk), &st);
    if (st.store_gone == gone) return;
    if (desk_event(a->desk, &ev, &e) < 0) log_error("store", "%s", e.text[LANG_EN]);
}

static void on_health(void *arg) {
    struct app *a = arg;
    struct store_health h;
    store_health(a->store, &h);
    bool gone = h.state == STORE_GONE;
    tell_engine(a, gone);
    desk_store_gone(a->desk, gone);
    if (gone) router_gone(a->router);
    struct upkeep u = {.kind = gone ? UPKEEP_STORE_GONE : UPKEEP_STORE_BACK};
    if (gone) {
        u.text = h.why.text[LANG_EN];
        u.text_fr = h.why.text[LANG_FR];
    } else {
        u.a = when_ms_between(h.since, clock_wall());
    }
    reporter_say(a->reporter, build_upkeep, &u);
}

void app_watch_store(struct app *a) {
    struct store_health h;
    store_health(a->store, &h);
    if (h.state == STORE_UP) tell_engine(a, false); /* the run before may have ended in the middle of an outage */
    store_on_health(a->store, on_health, a);
    if (h.state == STORE_GONE) on_health(a);
}
