/* app_priv: what the files of the app share (app.c and app_*.c). Private to them. */
#ifndef MIA_BOT_APP_PRIV_H
#define MIA_BOT_APP_PRIV_H

#include "bot/app.h"
#include "bot/control.h"
#include "bot/dealer.h"
#include "bot/outbox.h"
#include "bot/live.h"
#include "bot/pace.h"
#include "bot/reporter.h"
#include "bot/router.h"
#include "bot/service.h"
#include "bot/settings.h"
#include "bot/state.h"
#include "bot/transport.h"
#include "engine/net/http.h"
#include "engine/net/ws.h"

struct transport_slot {
    const struct transport *ops;
    void *state; /* NULL: not in use */
    bool up, heard;
};

enum app_stop {
    STOP_NONE,
    STOP_DRAINING, /* what runs finishes */
    STOP_LEAVING   /* leave is taken of the platforms */
};

struct app {
    struct app_options o;
    const char *mode;        /* "PAPER" "DEMO" */
    char dir[CONF_PATH_MAX]; /* of the state */
    struct loop *loop;
    struct http *http;
    struct lws_hub *lws;
    struct store *store;
    struct loop_fd *store_fd;
    struct desk *desk;
    struct state *state;
    struct outbox *outbox;
    struct router *router;
    struct settings *settings;
    struct reporter *reporter;
    struct control *control; /* NULL: it could not be opened */
    struct zone *zone, *day_zone;
    struct transport_slot transports[PLATFORM_COUNT];
    struct engine_config config;
    struct feed_spec feed_spec;
    struct pace *pace;     /* of a pull feed; else NULL */
    struct live *live;     /* of a push feed; else NULL */
    struct dealer *dealer; /* NULL: the broker is an internal one */
    struct map *alarms;    /* key -> when it was last told (monotonic minutes + 1 as a pointer) */
    struct found *found;   /* what this start found; kept for what is added later */
    struct service *service;
    struct loop_timer *late, *minute, *drain, *late_commands;
    struct loop_signal *term, *intr, *hup;
    when_t started;
    int64_t ready_ms;
    enum app_stop stop;
    int64_t stop_until_ms;
    bool feeding; /* the market is let through */
    struct loop_timer *feed_late;
    bool lost_state; /* the journal could not be read: started paused on an empty engine */
    int32_t usage_day;
    uint64_t recovered;
};

/* app_start.c: each returns -1 with *e set */
int app_open(struct app *a, struct err *e);
void app_close(struct app *a);
const struct broker *app_broker(const struct app *a);
bool app_wants(const struct app *a, enum platform p); /* by the configuration */

/* app_broker.c */
int app_open_broker(struct app *a, struct err *e);
void app_broker_health(const struct app *a, struct health_item *i); /* where it is external */

/* app_store.c */
int app_open_store(struct app *a, struct err *e); /* waits for a server that is not there yet */
int app_set_aside(struct app *a, struct err *e);
void app_watch_store(struct app *a);

/* app_settings.c */
int app_open_settings(struct app *a, struct err *e);

/* app_health.c */
uint32_t app_health(void *app, struct health_item *out);
void app_minute(void *app);
void app_look_at_outbox(struct app *a);
/* Has a feed at that pace been silent for too long, where by now its data would lie in the hours of a market? */
bool app_feed_is_silent(const struct engine *e, int64_t silent_ms, int64_t speed);

/* app_live.c */
void app_live_new(struct app *a, const struct feed *feed);
void app_live_start(struct app *a);

/* app_found.c */
void app_found_before(struct app *a);
void app_found_after(struct app *a);
void app_found_open(struct app *a);
void app_found_turn(struct app *a);

/* app_stop.c */
void app_stop(void *app); /* a signal's callback */
void app_stop_summary(const struct app *a);

/* app_page.c */
void app_page_history(struct app *a); /* blocks */
void app_page_turn(struct app *a);

/* app.c */
void app_heard(void *app, enum platform p);
bool app_may_tell(struct app *a, const char *key); /* at most once an hour a key */
void app_alarm(void *app, enum platform p, enum urgency u, const char *key, const char *en, const char *fr);
void app_alarm_over(void *app, enum platform p, const char *key, const char *en, const char *fr);
void app_feed_ended(void *app, const struct err *failed);
void app_feed_state(struct app *a, enum feed_state s);

#endif
