/*
 * discord_gateway: the state machine of the connection. Owns the socket, the timers, the
 * session and the budget. An identify is counted durably before it is sent; the sequence
 * joins the transaction of the interaction it belongs to, so that a restart resumes right
 * behind what was accepted. The token goes to the gateway and nowhere else.
 */
#include "bot/chat/discord_gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/limiter.h"

#define CONNECT_MS 10000
#define HELLO_MS 20000
#define OPENING_MS 30000
#define BACKOFF_BASE_MS 1000
#define BACKOFF_MAX_MS 30000
#define HELD_MS 10000                /* a connection that stood this long was a good one */
#define FLAPS_MAX 8                  /* short ones in a row that are still followed at once; then the back-off grows */
#define SLOW_MS 10000                /* after 4008 */
#define INVALID_SESSION_BASE_MS 1000 /* Discord asks for 1 to 5 s after op 9 */
#define INVALID_SESSION_SPAN_MS 4000
#define URL_FAILURES_MAX 3 /* connects that failed at the resume address before the general one is asked for */
#define BEAT_MIN_MS 100
#define BEAT_MAX_MS 600000
#define FRAME_MAX 4096 /* Discord refuses longer ones */
#define KEY_SESSION "discord.session"
#define KEY_SEQ "discord.seq"
#define KEY_IDENTIFIES "discord.identifies"

enum gateway_op {
    GW_DISPATCH = 0,
    GW_HEARTBEAT = 1,
    GW_IDENTIFY = 2,
    GW_RESUME = 6,
    GW_RECONNECT = 7,
    GW_INVALID_SESSION = 9,
    GW_HELLO = 10,
    GW_HEARTBEAT_ACK = 11
};

struct gateway {
    struct gateway_options o;
    struct transport_host host;
    char token[256];
    enum gateway_state state;
    struct ws *ws;
    struct loop_timer *retry, *deadline, *beat, *lazy;
    struct rng rng;
    struct backoff backoff;
    char url[GATEWAY_URL_MAX];      /* of GET /gateway/bot; "" unknown */
    struct gateway_session session; /* id "": none */
    int64_t seq;                    /* -1: none */
    bool seq_dirty, resuming, closing;
    uint32_t resumes_failed, url_failures, flaps;
    struct identify_log identifies;
    int64_t identified_ms; /* the last one, or 0 */
    int64_t beat_ms, beat_sent_ms, latency_ms;
    bool beat_unanswered;
    struct bucket sends;
    enum gateway_next next; /* of a close that we began */
    bool next_set;
    int64_t next_delay_ms; /* -1: by back-off */
    int64_t up_since_ms;
    struct away away;
    struct ticket *ticket; /* an identify that waits for its commit */
};

/* Outlives the gateway where a commit is still under way when it closes. */
struct ticket {
    struct gateway *gateway;
};

static void begin(void *arg);
static void on_deadline(void *arg);
static void on_beat(void *arg);
static void on_lazy(void *arg);

struct gateway *gateway_new(const struct gateway_options *o) {
    struct gateway *g = xcalloc(1, sizeof *g);
    g->o = *o;
    g->host = *o->host;
    g->o.host = &g->host;
    str_copy(g->token, sizeof g->token, o->token);
    g->o.token = g->token;
    g->seq = -1;
    g->latency_ms = -1;
    g->retry = loop_timer_new(g->host.loop, begin, g);
    g->deadline = loop_timer_new(g->host.loop, on_deadline, g);
    g->beat = loop_timer_new(g->host.loop, on_beat, g);
    g->lazy = loop_timer_new(g->host.loop, on_lazy, g);
    rng_seed(&g->rng, (uint64_t)clock_mono_ns() ^ o->identity);
    backoff_init(&g->backoff, BACKOFF_BASE_MS, BACKOFF_MAX_MS);
    return g;
}

enum gateway_state gateway_state_of(const struct gateway *g) {
    return g->state;
}
int64_t gateway_latency_ms(const struct gateway *g) {
    return g->latency_ms;
}

/* ---- what is durable ---- */

static void session_save(struct gateway *g) {
    struct buf b;
    buf_init(&b, sizeof g->session + 32);
    session_write(&g->session, g->o.identity, &b);
    g->host.state_put(g->host.arg, KEY_SESSION, b.p);
    buf_clear(&b);
}

static void seq_save(struct gateway *g) {
    char text[24];
    snprintf(text, sizeof text, "%lld", (long long)g->seq);
    g->host.state_put(g->host.arg, KEY_SEQ, text);
    g->seq_dirty = false;
    loop_timer_stop(g->lazy);
}

static void on_lazy(void *arg) {
    struct gateway *g = arg;
    if (g->seq_dirty) seq_save(g);
}

static void session_drop(struct gateway *g) {
    if (!*g->session.id) return;
    g->session = (struct gateway_session){0};
    g->seq = -1;
    g->resumes_failed = 0;
    session_save(g);
    seq_save(g);
}

static void session_load(struct gateway *g) {
    const char *text = g->host.state_get(g->host.arg, KEY_SESSION), *seq = g->host.state_get(g->host.arg, KEY_SEQ);
    char *end;
    identify_log_read(&g->identifies, g->host.state_get(g->host.arg, KEY_IDENTIFIES));
    g->identified_ms = identify_last_ms(&g->identifies, clock_wall(), clock_mono_ms());
    long long at = seq ? strtoll(seq, &end, 10) : -1;
    if (at < 0 || *end || !session_read(&g->session, text, g->o.identity)) return;
    if (url_is_allowed(g->session.url))
        g->seq = at;
    else
        g->session = (struct gateway_session){0};
}

/* ---- stopping and trying again ---- */

static void timers_stop(struct gateway *g) {
    loop_timer_stop(g->deadline);
    loop_timer_stop(g->beat);
}

static void stop(struct gateway *g, const char *en, const char *fr) {
    if (g->state == GATEWAY_STOPPED) return;
    g->state = GATEWAY_STOPPED;
    timers_stop(g);
    loop_timer_stop(g->retry);
    log_error("discord", "stopped for good: %s", en);
    g->o.fatal(g->o.arg, en, fr);
}

void gateway_stop(struct gateway *g) {
    g->state = GATEWAY_STOPPED;
    timers_stop(g);
    loop_timer_stop(g->retry);
    if (g->ws) ws_close(g->ws, GATEWAY_CLOSE_KEEP);
}

static void try_again(struct gateway *g, int64_t delay_ms) {
    if (g->state == GATEWAY_STOPPED || g->closing) return;
    timers_stop(g);
    g->state = GATEWAY_WAITING;
    away_look(&g->away, &g->host);
    if (delay_ms < 0) delay_ms = backoff_next(&g->backoff, &g->rng);
    log_info("discord", "next try in_ms=%lld", (long long)delay_ms);
    loop_timer_start(g->retry, delay_ms, 0);
}

/* Begins a close; what follows it is decided now, not by the code that comes back. */
static void leave(struct gateway *g, enum gateway_next next, int64_t delay_ms) {
    timers_stop(g);
    if (next == GATEWAY_IDENTIFY) session_drop(g); /* now: killed before the close, the next start must not resume it */
    g->next = next;
    g->next_set = true;
    g->next_delay_ms = delay_ms;
    if (g->ws) ws_close(g->ws, GATEWAY_CLOSE_KEEP);
}

static int64_t invalid_session_delay(struct gateway *g) {
    return INVALID_SESSION_BASE_MS + (int64_t)rng_below(&g->rng, INVALID_SESSION_SPAN_MS);
}

/* ---- sending ---- */

static void send_frame(struct gateway *g, struct buf *b) {
    if (b->overflow || b->len > FRAME_MAX || !g->ws) return;
    if (!bucket_take(&g->sends, clock_mono_ms())) {
        log_debug("discord", "too many frames in a minute, one is left out");
        return;
    }
    if (ws_send(g->ws, b->p, b->len) < 0) leave(g, GATEWAY_RESUME, -1);
}

static void frame_begin(struct jw *w, struct buf *b, int op) {
    buf_init(b, FRAME_MAX + 1);
    jw_init(w, b);
    jw_obj(w);
    jw_ki64(w, "op", op);
    jw_key(w, "d");
}

static void frame_end(struct gateway *g, struct jw *w) {
    jw_end_obj(w);
    send_frame(g, w->b);
    if (w->b->cap) explicit_bzero(w->b->p, w->b->len);
    buf_clear(w->b);
}

static void send_beat(struct gateway *g) {
    struct buf b;
    struct jw w;
    frame_begin(&w, &b, GW_HEARTBEAT);
    if (g->seq < 0)
        jw_null(&w);
    else
        jw_i64(&w, g->seq);
    frame_end(g, &w);
    if (!g->beat_unanswered) g->beat_sent_ms = clock_mono_ms();
    g->beat_unanswered = true;
}

static void send_identify(struct gateway *g) {
    struct buf b;
    struct jw w;
    frame_begin(&w, &b, GW_IDENTIFY);
    jw_obj(&w);
    jw_kstr(&w, "token", g->token);
    jw_ki64(&w, "intents", GATEWAY_INTENTS);
    jw_key(&w, "properties");
    jw_obj(&w);
    jw_kstr(&w, "os", "linux");
    jw_kstr(&w, "browser", "mia");
    jw_kstr(&w, "device", "mia");
    jw_end_obj(&w);
    jw_end_obj(&w);
    frame_end(g, &w);
    g->identified_ms = clock_mono_ms();
    g->o.identified(g->o.arg);
}

static void send_resume(struct gateway *g) {
    struct buf b;
    struct jw w;
    frame_begin(&w, &b, GW_RESUME);
    jw_obj(&w);
    jw_kstr(&w, "token", g->token);
    jw_kstr(&w, "session_id", g->session.id);
    jw_ki64(&w, "seq", g->seq);
    jw_end_obj(&w);
    frame_end(g, &w);
}

/* ---- identify: counted durably first ---- */

static void identify_counted(void *arg) {
    struct ticket *t = arg;
    struct gateway *g = t->gateway;
    free(t);
    if (!g) return;
    g->ticket = NULL;
    if (g->state == GATEWAY_OPENING && !g->resuming) send_identify(g);
}

static void ticket_void(struct gateway *g) {
    if (g->ticket) g->ticket->gateway = NULL;
    g->ticket = NULL;
}

static void identify(struct gateway *g) {
    struct buf b;
    g->seq = -1;
    buf_init(&b, 4096);
    identify_log_add(&g->identifies, clock_wall());
    identify_log_write(&g->identifies, &b);
    g->host.state_put(g->host.arg, KEY_IDENTIFIES, b.p);
    buf_clear(&b);
    ticket_void(g);
    g->ticket = xcalloc(1, sizeof *g->ticket);
    g->ticket->gateway = g;
    g->host.after_commit(g->host.arg, identify_counted, g->ticket);
}

/* How long an identify has to wait for our own budget and pace; 0: it may go. */
static int64_t identify_held_ms(struct gateway *g) {
    int64_t wait = identify_wait_ms(&g->identifies, clock_wall());
    if (wait > 0) {
        g->host.alarm(
            g->host.arg, PLATFORM_DISCORD, URGENCY_URGENT, "discord.identify",
            "Discord has ended our session 100 times within a day; the next one is opened when a day has passed.",
            "Discord a mis fin à notre session 100\u00a0fois en un jour\u00a0; la prochaine sera ouverte un jour plus "
            "tard.");
        return wait;
    }
    if (!g->identified_ms) return 0;
    wait = g->identified_ms + GATEWAY_IDENTIFY_EVERY_MS - clock_mono_ms();
    return wait > 0 ? wait : 0;
}

/* ---- connecting ---- */

static void on_opened(void *arg);
static void on_message(void *arg, const char *text, size_t n);
static void on_closed(void *arg, int code, const char *why);
static const struct ws_handler handler = {.opened = on_opened, .message = on_message, .closed = on_closed};

static void connect_to(struct gateway *g, const char *base) {
    char url[GATEWAY_URL_MAX + 32];
    struct err e = {0};
    size_t n = strlen(base);
    while (n && base[n - 1] == '/') n--;
    snprintf(url, sizeof url, "%.*s/?v=10&encoding=json", (int)n, base);
    g->resuming = *g->session.id != '\0';
    g->next_set = false;
    g->state = GATEWAY_CONNECTING;
    g->beat_unanswered = false;
    bucket_init(&g->sends, GATEWAY_SENDS_BURST, GATEWAY_SENDS_EVERY_MS, clock_mono_ms());
    g->ws = ws_connect(g->host.lws, url, CONNECT_MS, &handler, g, &e);
    if (g->ws) {
        loop_timer_start(g->deadline, CONNECT_MS + HELLO_MS, 0);
        return;
    }
    log_warn("discord", "gateway: %s", e.text[LANG_EN]);
    g->url_failures++;
    try_again(g, -1);
}

static void on_gateway_url(void *arg, const struct rest_answer *a) {
    struct gateway *g = arg;
    int64_t remaining = 1000, reset_ms = 0;
    if (g->closing || g->state != GATEWAY_ASKING) return;
    const char *url = json_str(a->json, "url");
    if (a->end != REST_OK || !url || strlen(url) >= GATEWAY_URL_MAX || !url_is_allowed(url)) {
        log_warn("discord", "the gateway's address is not told: %s",
                 a->end == REST_OK ? "bad answer" : a->err.text[LANG_EN]);
        if (*g->url && a->end != REST_LIMITED && a->end != REST_STOPPED)
            connect_to(g, g->url); /* the last good one */
        else
            try_again(g, a->end == REST_LIMITED ? a->retry_ms : -1);
        return;
    }
    str_copy(g->url, sizeof g->url, url);
    g->url_failures = 0;
    g->o.told(g->o.arg, a->json);
    json_i64(a->json, "session_start_limit.remaining", &remaining);
    json_i64(a->json, "session_start_limit.reset_after", &reset_ms);
    if (!*g->session.id && remaining <= GATEWAY_IDENTIFY_RESERVE && reset_ms > 0) {
        log_warn("discord", "Discord allows no new session now, left=%lld", (long long)remaining);
        try_again(g, reset_ms < BEAT_MAX_MS ? reset_ms : BEAT_MAX_MS);
        return;
    }
    connect_to(g, g->url);
}

/* A session is resumed at its own address; a new one asks where to go and what is left of Discord's budget. */
static void begin(void *arg) {
    struct gateway *g = arg;
    if (g->closing || g->state == GATEWAY_STOPPED) return;
    if (*g->session.id && g->url_failures < URL_FAILURES_MAX) {
        connect_to(g, g->session.url);
        return;
    }
    int64_t wait = *g->session.id ? 0 : identify_held_ms(g);
    if (wait > 0) {
        try_again(g, wait);
        return;
    }
    g->state = GATEWAY_ASKING;
    rest_send(g->o.rest, &(struct rest_request){.method = "GET", .path = "/gateway/bot", .route = "gateway.bot"},
              on_gateway_url, g);
}

void gateway_start(struct gateway *g) {
    session_load(g);
    g->state = GATEWAY_WAITING;
    away_begin(&g->away);
    loop_timer_start(g->retry, 0, 0);
}

static void on_deadline(void *arg) {
    struct gateway *g = arg;
    log_warn("discord", "gateway: no answer in time");
    if (g->state == GATEWAY_CONNECTING) g->url_failures++;
    if (g->state == GATEWAY_OPENING && g->resuming) g->resumes_failed++;
    leave(g, GATEWAY_RESUME, -1);
}

static void on_opened(void *arg) {
    struct gateway *g = arg;
    g->url_failures = 0;
    loop_timer_start(g->deadline, HELLO_MS, 0);
}

/* ---- heartbeat ---- */

static void on_beat(void *arg) {
    struct gateway *g = arg;
    if (g->beat_unanswered) {
        log_warn("discord", "no heartbeat came back within %lld ms, the connection is left", (long long)g->beat_ms);
        leave(g, GATEWAY_RESUME, -1);
        return;
    }
    send_beat(g);
    loop_timer_start(g->beat, g->beat_ms, 0);
}

static void on_ack(struct gateway *g) {
    if (!g->beat_unanswered) return;
    g->beat_unanswered = false;
    g->latency_ms = clock_mono_ms() - g->beat_sent_ms;
}

/* ---- frames ---- */

static void on_hello(struct gateway *g, const struct json *d) {
    int64_t interval = 0;
    if (g->state != GATEWAY_CONNECTING) return;
    if (!json_i64(d, "heartbeat_interval", &interval) || interval < BEAT_MIN_MS || interval > BEAT_MAX_MS) {
        log_warn("discord", "gateway: a hello without a usable interval");
        leave(g, GATEWAY_RESUME, -1);
        return;
    }
    g->beat_ms = interval;
    g->state = GATEWAY_OPENING;
    loop_timer_start(g->beat, (int64_t)((double)interval * rng_unit(&g->rng)), 0);
    loop_timer_start(g->deadline, OPENING_MS, 0);
    if (g->resuming) {
        send_resume(g);
        return;
    }
    if (identify_held_ms(g) > 0) { /* the session was dropped since this connection was begun */
        leave(g, GATEWAY_IDENTIFY, -1);
        return;
    }
    identify(g);
}

static void come_up(struct gateway *g, const struct json *ready) {
    g->state = GATEWAY_UP;
    g->resumes_failed = 0;
    g->up_since_ms = clock_mono_ms();
    away_over(&g->away, &g->host);
    loop_timer_stop(g->deadline);
    log_info("discord", "gateway up %s seq=%lld", ready ? "new session" : "resumed", (long long)g->seq);
    g->o.up(g->o.arg, ready);
    g->host.heard(g->host.arg, PLATFORM_DISCORD); /* a resume brings what was missed before it says that it is done */
}

static void on_ready(struct gateway *g, const struct json *d) {
    const char *id = json_str(d, "session_id"), *url = json_str(d, "resume_gateway_url");
    if (g->state != GATEWAY_OPENING || g->resuming) return;
    g->session = (struct gateway_session){0};
    if (id && session_text_is_plain(id) && str_copy(g->session.id, sizeof g->session.id, id)) {
        bool usable = url && session_text_is_plain(url) && strlen(url) < sizeof g->session.url && url_is_allowed(url);
        str_copy(g->session.url, sizeof g->session.url, usable ? url : g->url);
    } else {
        g->session.id[0] = '\0'; /* works until it ends, and is not resumed */
    }
    session_save(g);
    seq_save(g);
    come_up(g, d);
}

static void on_dispatch(struct gateway *g, const struct json *frame) {
    const char *type = json_str(frame, "t");
    const struct json *d = json_at(frame, "d");
    int64_t seq;
    if (!type || (g->state != GATEWAY_OPENING && g->state != GATEWAY_UP)) return;
    if (g->state == GATEWAY_OPENING && !g->resuming && !strcmp(type, "READY")) g->seq = -1; /* counting begins here */
    if (json_i64(frame, "s", &seq) && seq > g->seq) {
        g->seq = seq;
        g->seq_dirty = true;
    }
    if (!strcmp(type, "READY")) {
        on_ready(g, d);
    } else if (!strcmp(type, "RESUMED")) {
        if (g->state == GATEWAY_OPENING && g->resuming) come_up(g, NULL);
    } else {
        g->o.dispatch(g->o.arg, type, d);
    }
    if (g->seq_dirty && !loop_timer_active(g->lazy)) loop_timer_start(g->lazy, GATEWAY_SEQ_EVERY_MS, 0);
}

static void on_invalid_session(struct gateway *g, const struct json *frame) {
    bool resumable = false;
    json_bool(frame, "d", &resumable);
    if (!*g->session.id) resumable = false;
    if (resumable && g->resuming) g->resumes_failed++;
    log_warn("discord", "invalid session resumable=%d", resumable);
    leave(g, resumable ? GATEWAY_RESUME : GATEWAY_IDENTIFY, invalid_session_delay(g));
}

static void on_message(void *arg, const char *text, size_t n) {
    struct gateway *g = arg;
    struct err e = {0};
    int64_t op = -1;
    if (g->closing || g->next_set || g->state == GATEWAY_STOPPED) return;
    struct json *frame = json_parse(text, n, &e);
    json_i64(frame, "op", &op);
    switch (op) {
    case GW_DISPATCH: on_dispatch(g, frame); break;
    case GW_HEARTBEAT: send_beat(g); break;
    case GW_RECONNECT: leave(g, GATEWAY_RESUME, -1); break;
    case GW_INVALID_SESSION: on_invalid_session(g, frame); break;
    case GW_HELLO: on_hello(g, json_at(frame, "d")); break;
    case GW_HEARTBEAT_ACK: on_ack(g); break;
    case -1:
        log_warn("discord", "gateway: a frame that cannot be read, bytes=%zu", n);
        leave(g, GATEWAY_RESUME, -1);
        break;
    }
    json_free(frame);
}

/* ---- closed ---- */

static void gateway_free(struct gateway *g) {
    ticket_void(g);
    explicit_bzero(g->token, sizeof g->token);
    free(g);
}

static void on_closed(void *arg, int code, const char *why) {
    struct gateway *g = arg;
    g->ws = NULL;
    if (g->closing) {
        gateway_free(g);
        return;
    }
    if (g->state == GATEWAY_STOPPED) return;
    bool ours = g->next_set;
    enum gateway_next next = gateway_next_of(code);
    if (ours && g->next > next) next = g->next; /* the server may have closed first, and for good */
    int64_t delay = ours ? g->next_delay_ms : -1;
    log_info("discord", "gateway closed code=%d %s", code, ours ? "(by us)" : why ? why : "");
    if (!ours && g->state == GATEWAY_CONNECTING) g->url_failures++;
    if (!ours && g->state == GATEWAY_OPENING && g->resuming) g->resumes_failed++;
    g->next_set = false;
    if (g->state == GATEWAY_UP) {
        if (clock_mono_ms() - g->up_since_ms >= HELD_MS) g->flaps = 0;
        if (g->flaps++ < FLAPS_MAX) backoff_reset(&g->backoff);
    }
    if (g->resumes_failed >= GATEWAY_RESUMES_MAX && next != GATEWAY_STOP) next = GATEWAY_IDENTIFY;
    switch (next) {
    case GATEWAY_STOP: stop(g, gateway_stop_text(code, LANG_EN), gateway_stop_text(code, LANG_FR)); return;
    case GATEWAY_IDENTIFY: session_drop(g); break;
    case GATEWAY_RESUME_SLOWLY: delay = SLOW_MS; break;
    case GATEWAY_RESUME: break;
    }
    try_again(g, delay);
}

bool gateway_leave(struct gateway *g) {
    if (g->state != GATEWAY_STOPPED) {
        if (g->seq_dirty) seq_save(g);
        gateway_stop(g);
    }
    return !g->ws;
}

void gateway_close(struct gateway *g, bool restart) {
    if (!g) return;
    if (g->seq_dirty) seq_save(g);
    if (!restart) session_drop(g);
    g->closing = true;
    g->state = GATEWAY_STOPPED;
    loop_timer_free(g->retry);
    loop_timer_free(g->deadline);
    loop_timer_free(g->beat);
    loop_timer_free(g->lazy);
    g->retry = g->deadline = g->beat = g->lazy = NULL;
    if (g->ws && !restart) {
        ws_close(g->ws, GATEWAY_CLOSE_END); /* on_closed frees */
        return;
    }
    ws_drop(g->ws); /* what gateway_leave had no time for: a cut keeps the session too */
    gateway_free(g);
}
