/*
 * alpaca_stream: the account's stream of order updates: binary frames that hold JSON, nothing repeated after a reconnect. What
 * was missed is asked for by the owner whenever the link comes up.
 */
#include "engine/brokers/alpaca_int.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/log.h"

#define CONNECT_MS 10000
#define AGAIN_MS 1000
#define AGAIN_MAX_MS 60000
#define REFUSED_AGAIN_MS 60000 /* after wrong keys */
#define LISTEN_MS 10000        /* from the first byte to "listening" */
#define PROOF_MS 10000         /* after a request told an execution, the stream has so long to do so, too */
#define PROOF_AFTER_MS 2000    /* executions so soon after it began may have been before it: clocks differ */

static void connect_now(void *arg);

static void down(struct alpaca *a, const struct err *why, int64_t wait_ms) {
    bool was = a->listening;
    a->listening = false;
    a->unproved = 0;
    loop_timer_stop(a->proof);
    a->host.link(a->host.arg, false, why);
    log_info("alpaca", "updates %s: %s", was ? "lost" : "not there", why->text[LANG_EN]);
    loop_timer_start(a->again, wait_ms > 0 ? wait_ms : backoff_next(&a->backoff, &a->rng), 0);
}

/* A connection that is open and says nothing is none: nights are quiet, so silence alone proves nothing. */
static void is_deaf(void *arg) {
    struct alpaca *a = arg;
    struct err e;
    if (a->ws == NULL) return;
    ws_drop(a->ws);
    a->ws = NULL;
    err_set(&e, ERR_NET, "Alpaca's updates are connected and say nothing",
            "la liaison avec les nouvelles d’Alpaca est muette");
    down(a, &e, 0);
}

void alpaca_stream_proof(struct alpaca *a, uint64_t fill, when_t at, bool by_stream, bool is_new) {
    if (by_stream) {
        a->unproved = 0; /* whichever it is: it speaks */
        if (a->listening) loop_timer_stop(a->proof);
    } else if (a->listening && a->unproved == 0 && when_ms_between(a->listening_since, at) > PROOF_AFTER_MS && is_new) {
        a->unproved = fill;
        loop_timer_start(a->proof, PROOF_MS, 0);
    }
}

static void send_auth(struct alpaca *a) {
    struct buf b;
    struct jw w;
    buf_init(&b, 2048);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_kstr(&w, "action", "auth");
    jw_kstr(&w, "key", a->spec.key);
    jw_kstr(&w, "secret", a->spec.secret);
    jw_end_obj(&w);
    ws_send(a->ws, b.p, b.len);
    buf_clear(&b);
}

static void opened(void *arg) {
    struct alpaca *a = arg;
    loop_timer_start(a->proof, LISTEN_MS, 0);
    send_auth(a);
}

/* ---- what it says ---- */

static void of_ours(struct alpaca *a, const struct alpaca_known *k, const struct alpaca_order *o, const char *event) {
    bool protects;
    uint64_t order = alpaca_client_read(o->client, &protects);
    if (o->status == ALPACA_FILLED || o->status == ALPACA_REPLACED) return; /* its fills say so */
    if (alpaca_is_final(o->status) && o->filled.v > k->reported.v)
        alpaca_ask_all(a, order); /* an execution was missed: its end is told when that is */
    else
        alpaca_report_state(a, order, o, strcmp(event, "done_for_day") == 0 ? "done for the day" : "");
}

/* A leg was armed, moved or taken away, by whomever: what rests is looked at, and said. */
static void of_protection(struct alpaca *a, const struct alpaca_known *k, const struct alpaca_order *o) {
    if (alpaca_is_busy(a, k->order)) return; /* our own doing */
    if (k->is_stop && alpaca_is_final(o->status) && o->status != ALPACA_FILLED && o->status != ALPACA_REPLACED) {
        struct order_report r = {.kind = REPORT_PROTECTION_LOST, .order = k->order};
        struct venue_trade t;
        alpaca_checks_stale(a, k->order);
        if (a->host.trade(a->host.arg, k->order, &t)) a->host.report(a->host.arg, &r);
    } else {
        alpaca_check(a, k->order);
    }
}

static void update(struct alpaca *a, const struct json *data) {
    struct alpaca_order o;
    struct alpaca_fill f;
    char event[32];
    bool is_fill;
    if (!alpaca_update_read(data, &o, event, &f, &is_fill)) {
        log_warn("alpaca", "an update of an unknown form (%.32s)",
                 json_str(data, "event") ? json_str(data, "event") : "?");
        return;
    }
    bool protects;
    uint64_t ours = alpaca_client_read(o.client, &protects);
    struct alpaca_known *k = alpaca_known(a, o.id);
    if (k == NULL && o.replaces[0] != '\0') {
        const struct alpaca_known *before = alpaca_known(a, o.replaces);
        if (before != NULL && before->protects) k = alpaca_learn(a, &o, before->order);
    }
    if (k == NULL && ours != 0) k = alpaca_learn(a, &o, protects ? ours : 0);
    if (k == NULL || k->order == 0) return; /* somebody else's: the next look at the account sees it */
    if (is_fill) alpaca_report_fill(a, k, &f, true);
    if (k->protects) {
        if (!is_fill) of_protection(a, k, &o);
    } else if (!is_fill) {
        of_ours(a, k, &o, event);
    } else if (o.status == ALPACA_FILLED) {
        alpaca_check(a, k->order); /* its legs rest from here on */
    }
}

static void message(void *arg, const char *text, size_t n) {
    struct alpaca *a = arg;
    struct err e;
    struct json *j = json_parse(text, n, &e);
    if (j == NULL) {
        log_warn("alpaca", "updates: %s", e.text[LANG_EN]);
        return;
    }
    const char *stream = json_str(j, "stream"), *status = json_str(j, "data.status");
    if (stream != NULL && strcmp(stream, "authorization") == 0) {
        static const char listen[] = "{\"action\":\"listen\",\"data\":{\"streams\":[\"trade_updates\"]}}";
        if (status != NULL && strcmp(status, "authorized") == 0) {
            ws_send(a->ws, listen, sizeof listen - 1);
        } else {
            ws_drop(a->ws);
            a->ws = NULL;
            err_set(&e, ERR_AUTH, "Alpaca refuses the keys", "Alpaca refuse les clés");
            down(a, &e, REFUSED_AGAIN_MS);
        }
    } else if (stream != NULL && strcmp(stream, "listening") == 0) {
        a->listening = true;
        a->listening_since = clock_wall();
        loop_timer_stop(a->proof);
        backoff_reset(&a->backoff);
        a->host.link(a->host.arg, true, NULL);
    } else if (stream != NULL && strcmp(stream, "trade_updates") == 0) {
        update(a, json_at(j, "data"));
    }
    json_free(j);
}

static void closed(void *arg, int code, const char *why) {
    struct alpaca *a = arg;
    struct err e;
    a->ws = NULL;
    err_set(&e, ERR_NET, "Alpaca's updates ended (%d, %s)", "les nouvelles d’Alpaca ont cessé (%d, %s)", code, why);
    down(a, &e, 0);
}

static void connect_now(void *arg) {
    static const struct ws_handler handler = {.opened = opened, .message = message, .closed = closed, .binary = true};
    struct alpaca *a = arg;
    struct err e;
    char url[VENUE_URL_MAX + 16];
    snprintf(url, sizeof url, "ws%s/stream", a->spec.url + 4); /* http: ws:, https: wss: */
    a->ws = ws_connect(a->host.lws, url, CONNECT_MS, &handler, a, &e);
    if (a->ws == NULL) down(a, &e, 0);
}

void alpaca_stream_open(struct alpaca *a) {
    backoff_init(&a->backoff, AGAIN_MS, AGAIN_MAX_MS);
    rng_seed(&a->rng, (uint64_t)clock_mono_ns());
    a->proof = loop_timer_new(a->host.loop, is_deaf, a);
    a->again = loop_timer_new(a->host.loop, connect_now, a);
    loop_timer_start(a->again, 0, 0);
}

void alpaca_stream_close(struct alpaca *a) {
    if (a->ws != NULL) ws_drop(a->ws);
    loop_timer_free(a->again);
    loop_timer_free(a->proof);
}
