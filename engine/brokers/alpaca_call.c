/*
 * alpaca_call: requests of the Alpaca broker. Here is decided what a response means for what was asked: a whole response below
 * 500 is the venue's word, a refused login or a full budget is no word about the order, everything else may have arrived.
 */
#include "engine/brokers/alpaca_call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/log.h"
#include "engine/base/mem.h"

#define TIMEOUT_MS 5000
#define LOOK_TIMEOUT_MS 2500 /* a stop may be off while we look: asked again sooner than waited for */
#define ANSWER_MAX (2u << 20)
#define LOGIN_AGAIN_MS 30000
#define LIMITED_MS 5000 /* where a 429 does not say until when */
#define PATH_MAX_BYTES 512
#define CODE_LOGIN 4011 /* the first figures of what the venue says of keys */

bool is_ok(const struct reply *r) {
    return r->answer == VENUE_DONE && r->status / 100 == 2;
}

bool still_looking(struct job *j) {
    return j->looks++ < ALPACA_LOOKS_MAX;
}

void finish(struct job *j, enum venue_answer answer, int64_t wait_ms, const struct err *why) {
    struct alpaca *a = j->a;
    for (struct job **p = &a->jobs; *p != NULL; p = &(*p)->next) {
        if (*p != j) continue;
        *p = j->next;
        break;
    }
    struct venue_ask ask = j->ask;
    bool silent = j->silent;
    loop_timer_free(j->timer);
    free(j->fills);
    free(j);
    if (!silent) a->host.answered(a->host.arg, &ask, answer, wait_ms, why);
}

static int64_t wait_of(const struct http_response *r) {
    const char *reset = http_header_get(r, "x-ratelimit-reset"), *after = http_header_get(r, "retry-after");
    int64_t ms = LIMITED_MS;
    if (reset != NULL)
        ms = strtoll(reset, NULL, 10) * 1000 - clock_wall().ns / NS_PER_MS;
    else if (after != NULL)
        ms = strtoll(after, NULL, 10) * 1000;
    return ms < 100 ? 100 : ms > 60000 ? 60000 : ms;
}

/* A proxy in between may answer too: a refusal counts as the venue's only in the venue's own form. */
static void judge(struct job *j, const struct http_response *r, struct reply *out) {
    int64_t code = 0;
    bool is_told = out->json != NULL && json_is_object(out->json) && json_str(out->json, "message") != NULL;
    /* 403 is for wrong keys, too: then without a number, or with that of a login. */
    bool is_about_it = is_told && json_i64(out->json, "code", &code) && code / 10000 != CODE_LOGIN;
    if (r->status == 429) {
        out->answer = VENUE_UNSENT;
        out->wait_ms = wait_of(r);
        bucket_block(&j->a->budget, clock_mono_ms(), out->wait_ms);
        err_set(&out->why, ERR_BUSY, "Alpaca's limit of requests is reached",
                "la limite de requêtes d’Alpaca est atteinte");
    } else if (r->status == 401 || (r->status == 403 && !is_about_it)) {
        out->answer = VENUE_UNSENT;
        out->wait_ms = LOGIN_AGAIN_MS;
        err_set(&out->why, ERR_AUTH, "Alpaca refuses the keys (%d)", "Alpaca refuse les clés (%d)", r->status);
    } else if (r->status >= 500 || r->status < 200 || (r->status >= 300 && !is_told) ||
               (r->status == 200 && out->json == NULL)) {
        out->answer = VENUE_UNCLEAR;
        err_set(&out->why, ERR_UNKNOWN, "Alpaca answered %d, which says nothing about the order",
                "Alpaca a répondu %d, ce qui ne dit rien de l’ordre", r->status);
    } else {
        out->answer = VENUE_DONE;
        if (is_told) str_copy(out->message, sizeof out->message, json_str(out->json, "message"));
    }
}

static void answered(void *arg, const struct http_response *r) {
    struct job *j = arg;
    struct reply out = {.status = r->status};
    struct err e;
    struct json *body = NULL;
    j->call = NULL;
    if (r->sent == HTTP_NOT_SENT) {
        out.answer = VENUE_UNSENT;
        out.why = r->err;
    } else if (r->sent == HTTP_MAYBE) {
        out.answer = VENUE_UNCLEAR;
        out.why = r->err;
    } else {
        if (r->body_len > 0) body = json_parse(r->body, r->body_len, &e);
        out.json = body;
        judge(j, r, &out);
    }
    j->then(j, &out);
    json_free(body);
}

void call(struct job *j, reply_fn then, const char *method, const struct buf *body, const char *path, ...) {
    struct alpaca *a = j->a;
    char url[VENUE_URL_MAX + PATH_MAX_BYTES], tail[PATH_MAX_BYTES];
    struct reply no = {.answer = VENUE_UNSENT, .wait_ms = 0};
    va_list ap;
    va_start(ap, path);
    vsnprintf(tail, sizeof tail, path, ap);
    va_end(ap);
    snprintf(url, sizeof url, "%s%s", a->spec.url, tail);
    struct http_request q = {.method = method,
                             .url = url,
                             .headers = {{"APCA-API-KEY-ID", a->spec.key}, {"APCA-API-SECRET-KEY", a->spec.secret}},
                             .timeout_ms = strcmp(method, "GET") == 0 ? LOOK_TIMEOUT_MS : TIMEOUT_MS,
                             .body_max = ANSWER_MAX};
    if (body != NULL) {
        q.body = body->p;
        q.body_len = body->len;
    }
    j->then = then;
    int64_t wait = bucket_wait_ms(&a->budget, clock_mono_ms());
    bool is_order =
        strcmp(method, "POST") == 0 || strcmp(method, "DELETE") == 0; /* what makes less risk is not held back */
    if (wait > 0 && !is_order)
        no.wait_ms = wait;
    else if (bucket_take(&a->budget, clock_mono_ms()) || is_order)
        j->call = http_send(a->host.http, &q, answered, j, &no.why);
    if (j->call == NULL) then(j, &no);
}

static void pause_over(void *arg) {
    struct job *j = arg;
    j->step(j);
}

void pause_then(struct job *j, int64_t ms, void (*step)(struct job *j)) {
    j->step = step;
    if (j->timer == NULL) j->timer = loop_timer_new(j->a->host.loop, pause_over, j);
    loop_timer_start(j->timer, ms, 0);
}
