/*
 * telegram_api: one Bot API call and what its answer means. The URL holds the token:
 * it is never logged, and texts of the platform pass the redactor.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/telegram_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define AGAIN_MS 1000    /* where the platform names no time */
#define WAIT_MAX_S 86400 /* a longer order to wait is asked again after this */

struct tg_call {
    struct telegram *telegram;
    struct http_call *http; /* NULL: refused, and about to be told */
    struct tg_call *next, **link;
    tg_fn fn;
    void *arg;
    struct tg_answer answer;
};

static void set_text(struct tg_answer *a, const char *text) {
    str_copy(a->text, sizeof a->text, text ? text : "");
    a->text[log_redact(a->text, strlen(a->text))] = '\0';
}

/* A whole response with a platform error body is definite; 5xx and bodies that do not parse are not. */
static void judge(struct tg_answer *a, const struct http_response *r, const struct json *root) {
    int64_t code = r->status, seconds = 0;
    bool ok = false;
    json_bool(root, "ok", &ok);
    json_i64(root, "error_code", &code);
    json_i64(root, "parameters.migrate_to_chat_id", &a->migrate_to);
    set_text(a, json_str(root, "description"));
    a->code = (int)code;
    if (ok && r->status == 200) {
        a->result = TG_OK;
        a->value = json_at(root, "result");
    } else if (code == 429 || r->status == 429) {
        a->result = TG_AGAIN;
        const char *header = http_header_get(r, "retry-after");
        if (!json_i64(root, "parameters.retry_after", &seconds) && header) seconds = strtol(header, NULL, 10);
        if (seconds > WAIT_MAX_S) seconds = WAIT_MAX_S;
        a->wait_ms = seconds > 0 ? seconds * 1000 : AGAIN_MS;
    } else if (code == 401 || (code == 404 && (!root || !strcmp(a->text, "Not Found")))) {
        a->result = TG_REVOKED;
    } else if (r->status == 413) {
        a->result = TG_NO; /* whoever said so, with whatever words: nothing was taken */
        a->code = 413;
    } else if (code >= 500 || code < 400 || !root) {
        a->result = TG_MAYBE;
    } else {
        a->result = TG_NO;
    }
}

static void unlink_call(struct tg_call *c) {
    *c->link = c->next;
    if (c->next) c->next->link = c->link;
}

static void answered(void *arg, const struct http_response *r) {
    struct tg_call *c = arg;
    struct json *root = NULL;
    unlink_call(c);
    if (r->sent == HTTP_NOT_SENT) {
        c->answer.result = TG_AGAIN;
        c->answer.wait_ms = 0; /* the caller's back-off */
        set_text(&c->answer, r->err.text[LANG_EN]);
    } else if (r->sent == HTTP_MAYBE) {
        c->answer.result = TG_MAYBE;
        set_text(&c->answer, r->err.text[LANG_EN]);
    } else {
        root = json_parse(r->body, r->body_len, NULL);
        judge(&c->answer, r, root);
    }
    c->fn(c->arg, &c->answer);
    json_free(root);
    free(c);
}

static void refused(void *arg) {
    struct tg_call *c = arg;
    unlink_call(c);
    c->fn(c->arg, &c->answer);
    free(c);
}

void telegram_call_drop(struct telegram *t, struct http_call *http) {
    struct tg_call *c = t->calls;
    while (c && c->http != http) c = c->next;
    if (!c) return;
    unlink_call(c);
    http_cancel(c->http);
    free(c);
}

void telegram_calls_close(struct telegram *t) {
    while (t->calls) {
        struct tg_call *c = t->calls;
        unlink_call(c);
        c->answer.result = TG_MAYBE;
        if (c->http)
            http_cancel(c->http);
        else
            loop_unsoon(t->host.loop, refused, c);
        c->fn(c->arg, &c->answer);
        free(c);
    }
}

/* q: all but the place and what every call has in common. */
static void call(struct telegram *t, const char *method, struct http_request *q, tg_fn fn, void *arg) {
    char url[640];
    struct err e;
    struct tg_call *c = xcalloc(1, sizeof *c);
    *c = (struct tg_call){.telegram = t, .fn = fn, .arg = arg};
    snprintf(url, sizeof url, "%s/%s", t->base, method);
    q->method = "POST";
    q->url = url;
    q->body_max = TELEGRAM_UPDATE_MAX;
    c->next = t->calls;
    c->link = &t->calls;
    if (c->next) c->next->link = &c->next;
    t->calls = c;
    c->http = http_send(t->host.http, q, answered, c, &e);
    if (q->own_connection) t->poll = c->http;
    if (c->http) return;
    c->answer.result = TG_AGAIN;
    set_text(&c->answer, e.text[LANG_EN]);
    loop_soon(t->host.loop, refused, c);
}

void telegram_call(struct telegram *t, const char *method, const char *body, int64_t timeout_ms, bool own_connection,
                   tg_fn fn, void *arg) {
    struct http_request q = {
        .body = body, .body_len = strlen(body), .timeout_ms = timeout_ms, .own_connection = own_connection};
    call(t, method, &q, fn, arg);
}

void telegram_upload(struct telegram *t, const char *method, const struct http_part *parts, size_t n, tg_fn fn,
                     void *arg) {
    struct http_request q = {.parts = parts, .part_count = n, .timeout_ms = TELEGRAM_UPLOAD_TIMEOUT_MS};
    call(t, method, &q, fn, arg);
}
