/*
 * alpaca_stream: see alpaca_stream.h. Owns the connection and its timers. The venue pings
 * nobody and a market may be silent for minutes, so silence is ended by asking for the same
 * subscription again, which is answered with what we have. Keys are sent, never logged.
 */
#include "engine/feeds/alpaca_stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/limiter.h"
#include "engine/net/loop.h"
#include "engine/net/ws.h"

#define CONNECT_MS 10000
#define SIGN_IN_MS 15000 /* from the open connection to the subscription */
#define FRAME_MAX 16384
#define BACK_MS 1000
#define BACK_MAX_MS 60000
#define HELD_MS 60000           /* a connection that held for so long was good: patience begins anew */
#define CONNECTS_BURST 10       /* so many at once, */
#define CONNECTS_EVERY_MS 30000 /* then two a minute */
#define CLOSE_OURS 1000
#define URL_TEXT_MAX 1024

enum phase { WAITING, CONNECTING, GREETED, SIGNED_IN, UP, STOPPED };

struct alpaca_stream {
    struct feed_venue venue;
    const struct engine_config *config;
    struct alpaca_stream_host host;
    struct ws *ws; /* NULL: none */
    struct loop_timer *deadline;
    int64_t retry_ms; /* WAITING: when the next try is due; looked at once a second */
    struct backoff backoff;
    struct bucket connects;
    struct rng rng;
    enum phase phase;
    int64_t heard_ms, asked_ms, up_ms; /* asked_ms: of the question that is not answered yet; 0: none */
    int64_t delay_ms;                  /* told by what ended this connection; -1: by the backoff */
    bool saying;                       /* the venue has said why it closes: */
    struct err why;
    uint32_t occupied;   /* refusals in a row because of another connection */
    const char *alarmed; /* key of the alarm that holds; NULL: none */
    uint64_t messages;
};

static void on_deadline(void *arg);

struct alpaca_stream *alpaca_stream_new(const struct feed_spec *spec, const struct alpaca_stream_host *host) {
    struct alpaca_stream *s = xcalloc(1, sizeof *s);
    s->venue = spec->venue;
    s->config = spec->config;
    s->host = *host;
    s->deadline = loop_timer_new(host->loop, on_deadline, s);
    backoff_init(&s->backoff, BACK_MS, BACK_MAX_MS);
    bucket_init(&s->connects, CONNECTS_BURST, CONNECTS_EVERY_MS, clock_mono_ms());
    rng_seed(&s->rng, (uint64_t)clock_mono_ns());
    return s;
}

void alpaca_stream_free(struct alpaca_stream *s) {
    if (!s) return;
    ws_drop(s->ws);
    loop_timer_free(s->deadline);
    free(s);
}

uint64_t alpaca_stream_messages(const struct alpaca_stream *s) {
    return s->messages;
}

/* ---- ends ---- */

static void leave(struct alpaca_stream *s, int64_t delay_ms) {
    s->delay_ms = delay_ms;
    loop_timer_stop(s->deadline);
    if (s->ws) ws_close(s->ws, CLOSE_OURS); /* on_closed goes on */
}

static void try_again(struct alpaca_stream *s, int64_t delay_ms, const struct err *why) {
    int64_t now = clock_mono_ms();
    loop_timer_stop(s->deadline);
    if (s->phase == UP && now - s->up_ms >= HELD_MS) backoff_reset(&s->backoff);
    s->phase = WAITING;
    s->asked_ms = 0;
    if (delay_ms < 0) delay_ms = backoff_next(&s->backoff, &s->rng);
    int64_t budget = bucket_wait_ms(&s->connects, now);
    if (budget > delay_ms) delay_ms = budget;
    log_info("feed", "stream: %s, next try in_ms=%lld", why->text[LANG_EN], (long long)delay_ms);
    s->retry_ms = now + delay_ms;
    s->host.down(s->host.arg, why);
}

void alpaca_stream_stop(struct alpaca_stream *s, const struct err *why) {
    if (s->phase == STOPPED) return;
    s->phase = STOPPED;
    loop_timer_stop(s->deadline);
    if (s->ws) ws_close(s->ws, CLOSE_OURS);
    log_error("feed", "stopped: %s", why->text[LANG_EN]);
    s->host.stopped(s->host.arg, why);
}

static void on_deadline(void *arg) {
    struct alpaca_stream *s = arg;
    log_warn("feed", "stream: no answer in time");
    if (s->ws) ws_close(s->ws, 0);
}

/* ---- what we say ---- */

static void send_frame(struct alpaca_stream *s, struct buf *b) {
    if (!b->overflow && s->ws && ws_send(s->ws, b->p, b->len) < 0) leave(s, -1);
    if (b->cap) explicit_bzero(b->p, b->len);
    buf_clear(b);
}

static void sign_in(struct alpaca_stream *s) {
    struct buf b;
    struct jw w;
    buf_init(&b, FRAME_MAX);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_kstr(&w, "action", "auth");
    jw_kstr(&w, "key", s->venue.key);
    jw_kstr(&w, "secret", s->venue.secret);
    jw_end_obj(&w);
    send_frame(s, &b);
}

static void all_symbols(const struct alpaca_stream *s, struct jw *w, const char *channel) {
    jw_key(w, channel);
    jw_arr(w);
    for (uint32_t i = 0; i < s->config->instrument_count; i++) jw_str(w, s->config->instruments[i].symbol);
    jw_end_arr(w);
}

static void subscribe(struct alpaca_stream *s) {
    struct buf b;
    struct jw w;
    buf_init(&b, FRAME_MAX);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_kstr(&w, "action", "subscribe");
    all_symbols(s, &w, "bars");
    all_symbols(s, &w, "updatedBars");
    if (s->venue.quotes) all_symbols(s, &w, "quotes");
    jw_end_obj(&w);
    send_frame(s, &b);
}

/* ---- what the venue says ---- */

static void all_is_well(struct alpaca_stream *s) {
    if (s->alarmed) s->host.over(s->host.arg, s->alarmed);
    s->alarmed = NULL;
}

static void on_subscribed(struct alpaca_stream *s) {
    if (s->phase != SIGNED_IN) return; /* the answer to a question of ours: heard is all it says */
    s->phase = UP;
    s->up_ms = clock_mono_ms();
    s->occupied = 0;
    loop_timer_stop(s->deadline);
    all_is_well(s);
    s->host.up(s->host.arg);
}

static void on_success(struct alpaca_stream *s, const char *text) {
    if (text && !strcmp(text, "connected") && s->phase == CONNECTING) {
        s->phase = GREETED;
        sign_in(s);
    } else if (text && !strcmp(text, "authenticated") && s->phase == GREETED) {
        s->phase = SIGNED_IN;
        subscribe(s);
    }
}

/* What it means, for people; where the number of symbols matters, with it. */
static void explain(const struct alpaca_stream *s, const struct alpaca_code *c, struct err *out) {
    err_set(out, c->answer == ANSWER_STOP ? ERR_AUTH : ERR_NET, "%s", "%s", "");
    for (int l = 0; l < LANG_COUNT; l++) {
        str_copy(out->text[l], sizeof out->text[l], c->text[l]);
        size_t n = strlen(out->text[l]);
        if (c->code == 405)
            snprintf(out->text[l] + n, sizeof out->text[l] - n,
                     tr((enum lang)l, " Now: %u.", " Actuellement\u00a0: %u."), s->config->instrument_count);
    }
}

/* After a cut the venue may still count our own last connection: one refusal is no second program. */
static int64_t wait_of(struct alpaca_stream *s, const struct alpaca_code *c, bool *tell) {
    *tell = c->key != NULL;
    if (c->answer != ANSWER_RETRY_SLOW) return -1;
    int64_t wait = STREAM_SLOW_MS;
    if (c->code == 406 && s->occupied++ == 0) {
        *tell = false;
        wait = STREAM_LINGER_MS;
    }
    return wait + (int64_t)rng_below(&s->rng, (uint64_t)wait / 6);
}

static void on_error(struct alpaca_stream *s, int64_t code) {
    const struct alpaca_code *c = alpaca_code_find(code);
    bool tell;
    if (c->answer == ANSWER_IGNORE || s->saying) return;
    int64_t wait = wait_of(s, c, &tell);
    explain(s, c, &s->why);
    s->saying = true;
    log_warn("feed", "stream: error %lld: %s", (long long)code, s->why.text[LANG_EN]);
    if (tell && s->alarmed != c->key) {
        s->host.alarm(s->host.arg, c->answer == ANSWER_STOP, c->key, &s->why);
        s->alarmed = c->key;
    }
    if (c->answer == ANSWER_STOP)
        alpaca_stream_stop(s, &s->why);
    else
        leave(s, wait);
}

static void cannot_read(struct alpaca_stream *s, const char *en, const char *fr) {
    struct err why;
    err_set(&why, ERR_SYNTAX, "%s", "%s", en);
    str_copy(why.text[LANG_FR], sizeof why.text[LANG_FR], fr);
    s->host.bad(s->host.arg, &why);
}

static void on_item(struct alpaca_stream *s, const struct json *j) {
    struct alpaca_item item;
    if (!alpaca_item_read(j, &item)) {
        cannot_read(s, "a message that cannot be read", "un message illisible");
        return;
    }
    switch (item.kind) {
    case ALPACA_SUCCESS: on_success(s, item.text); return;
    case ALPACA_ERROR: on_error(s, item.code); return;
    case ALPACA_SUBSCRIPTION: on_subscribed(s); return;
    case ALPACA_BAR:
    case ALPACA_UPDATED:
    case ALPACA_QUOTE:
        s->messages++;
        if (s->phase == UP) s->host.data(s->host.arg, &item);
        return;
    case ALPACA_OTHER: return;
    }
}

static void on_message(void *arg, const char *text, size_t n) {
    struct alpaca_stream *s = arg;
    struct err e;
    if (s->phase == STOPPED) return;
    s->heard_ms = clock_mono_ms();
    s->asked_ms = 0;
    struct json *frame = json_parse(text, n, &e);
    if (!frame) {
        cannot_read(s, "a frame that is no JSON", "une trame qui n’est pas du JSON");
        return;
    }
    if (json_is_array(frame)) {
        for (const struct json *j = json_first(frame); j && s->phase != STOPPED; j = json_next(j)) on_item(s, j);
    } else {
        on_item(s, frame);
    }
    json_free(frame);
}

static void on_opened(void *arg) {
    struct alpaca_stream *s = arg;
    s->heard_ms = clock_mono_ms();
    loop_timer_start(s->deadline, SIGN_IN_MS, 0);
}

static void on_closed(void *arg, int code, const char *text) {
    struct alpaca_stream *s = arg;
    struct err why;
    s->ws = NULL;
    if (s->phase == STOPPED) return;
    if (s->saying)
        why = s->why;
    else
        err_set(&why, ERR_NET, "the connection ended (%d %s)", "la connexion s’est terminée (%d %s)", code,
                text ? text : "");
    s->saying = false;
    try_again(s, s->delay_ms, &why);
}

/* ---- connecting ---- */

static const struct ws_handler handler = {.opened = on_opened, .message = on_message, .closed = on_closed};

static void begin(struct alpaca_stream *s) {
    struct err why;
    struct buf url;
    if (s->ws || !bucket_take(&s->connects, clock_mono_ms())) return;
    buf_init(&url, URL_TEXT_MAX);
    size_t base = strlen(s->venue.stream_url);
    while (base > 0 && s->venue.stream_url[base - 1] == '/') base--;
    buf_add(&url, s->venue.stream_url, base);
    buf_printf(&url, "/v2/%s", s->venue.source);
    s->phase = CONNECTING;
    s->delay_ms = -1;
    s->saying = false;
    s->asked_ms = 0;
    s->ws = ws_connect(s->host.lws, url.p, CONNECT_MS, &handler, s, &why);
    buf_clear(&url);
    if (s->ws)
        loop_timer_start(s->deadline, CONNECT_MS + SIGN_IN_MS, 0);
    else
        try_again(s, -1, &why);
}

static void ask(struct alpaca_stream *s) {
    s->asked_ms = clock_mono_ms();
    subscribe(s);
}

bool alpaca_stream_heard_since(struct alpaca_stream *s, int64_t mono_ms) {
    if (s->phase != UP || !s->ws) return false;
    if (s->heard_ms >= mono_ms) return true;
    if (s->asked_ms == 0) ask(s);
    return false;
}

void alpaca_stream_woke(struct alpaca_stream *s) {
    if (s->phase == UP && s->ws) ask(s);
}

void alpaca_stream_look(struct alpaca_stream *s) {
    int64_t now = clock_mono_ms();
    if (s->phase == WAITING && now >= s->retry_ms) begin(s);
    if (s->phase != UP || !s->ws) return;
    if (s->asked_ms == 0 && now - s->heard_ms >= STREAM_QUIET_MS) {
        ask(s);
    } else if (s->asked_ms != 0 && now - s->asked_ms >= STREAM_PROBE_MS) {
        log_warn("feed", "stream: silent, and a question is not answered: the connection is left");
        s->asked_ms = 0;
        ws_close(s->ws, 0);
    }
}
