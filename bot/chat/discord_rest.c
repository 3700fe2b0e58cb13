/*
 * discord_rest: buckets, lanes and stops around engine/net/http. Owns every request
 * until its one answer. A bucket is known by its route until the server names it; the
 * name then leads there. It never logs a path or a body: both can hold tokens.
 */
#include "bot/chat/discord_rest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/discord_limit.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"
#include "engine/net/limiter.h"

#define ROUTE_MAX 32
#define MAJOR_MAX 24
#define KEY_MAX (RATE_BUCKET_NAME_MAX + MAJOR_MAX + 2)
#define AGENT_MAX 96
#define AUTH_MAX 256
#define FULL_RETRY_MS 1000 /* one of our own tables is full */

struct bucket_slot {
    char key[KEY_MAX]; /* route or the server's name, and the major parameter; "": free */
    struct rate_bucket rate;
    struct rest_call *head, **tail; /* waiting, in order */
    int64_t used_ms;
};

struct route_slot {
    char route[ROUTE_MAX], bucket[RATE_BUCKET_NAME_MAX];
};

struct rest_call {
    struct rest *rest;
    rest_fn fn;
    void *arg;
    char method[8], route[ROUTE_MAX], major[MAJOR_MAX];
    char *path, *body;
    size_t body_len, answer_max;
    struct doc_file file;
    void *file_bytes; /* until it is on its way */
    int64_t timeout_ms;
    enum rest_lane lane;
    struct bucket_slot *bucket; /* in flight in the ordinary lane, or waiting there */
    struct http_call *http;     /* in flight */
    struct rest_answer early;   /* the answer, where it never went out */
    struct rest_call *next;     /* in its bucket, or in `early` */
    struct rest_call *all_prev, *all_next;
};

struct rest {
    struct rest_options o;
    char base[REST_BASE_MAX], agent[AGENT_MAX], auth[AUTH_MAX];
    struct loop_timer *timer;
    struct bucket_slot buckets[REST_BUCKETS_MAX];
    struct route_slot routes[REST_ROUTES_MAX];
    uint32_t route_count, waiting, in_flight;
    struct bucket global;
    struct invalid_budget invalid;
    int64_t banned_until_ms;
    bool stopped, closing, invalid_told;
    struct rest_call *early, **early_tail; /* to be answered from the timer */
    struct rest_call *all;
};

static void wake(void *arg);

struct rest *rest_new(const struct rest_options *o) {
    struct rest *r = xcalloc(1, sizeof *r);
    r->o = *o;
    str_copy(r->base, sizeof r->base, o->base);
    snprintf(r->agent, sizeof r->agent, "DiscordBot (https://github.com/mia-desk/mia, %s)", o->version);
    snprintf(r->auth, sizeof r->auth, "Bot %s", o->token);
    r->o.token = r->o.base = r->o.version = NULL; /* the copies are ours */
    r->early_tail = &r->early;
    r->timer = loop_timer_new(o->loop, wake, r);
    bucket_init(&r->global, REST_GLOBAL_PER_S, 1000 / REST_GLOBAL_PER_S, clock_mono_ms());
    return r;
}

bool rest_is_stopped(const struct rest *r) {
    return r->stopped;
}

void rest_stop(struct rest *r) {
    r->stopped = true;
    loop_timer_start(r->timer, 0, 0);
}

/* ---- the life of a call ---- */

static struct rest_call *call_new(struct rest *r, const struct rest_request *q, rest_fn fn, void *arg) {
    struct rest_call *c = xcalloc(1, sizeof *c);
    c->rest = r;
    c->fn = fn;
    c->arg = arg;
    str_copy(c->method, sizeof c->method, q->method);
    str_copy(c->route, sizeof c->route, q->route);
    str_copy(c->major, sizeof c->major, q->major ? q->major : "");
    c->path = xstrdup(q->path);
    if (q->body) c->body = xstrndup(q->body, q->body_len);
    c->body_len = q->body_len;
    c->answer_max = q->answer_max;
    c->timeout_ms = q->timeout_ms;
    if (q->file && q->file->n) {
        c->file = *q->file;
        c->file.bytes = c->file_bytes = xmalloc(q->file->n);
        memcpy(c->file_bytes, q->file->bytes, q->file->n);
        c->timeout_ms = REST_FILE_TIMEOUT_MS;
    }
    c->lane = q->lane;
    c->all_next = r->all;
    if (r->all) r->all->all_prev = c;
    r->all = c;
    return c;
}

static void call_free(struct rest_call *c) {
    if (c->all_prev)
        c->all_prev->all_next = c->all_next;
    else
        c->rest->all = c->all_next;
    if (c->all_next) c->all_next->all_prev = c->all_prev;
    free(c->path);
    free(c->body);
    free(c->file_bytes);
    free(c);
}

static void call_end(struct rest_call *c, const struct rest_answer *a) {
    rest_fn fn = c->fn;
    void *arg = c->arg;
    call_free(c);
    fn(arg, a);
}

/* Answers from the timer: the caller is still inside rest_send. */
static void call_end_early(struct rest_call *c, const struct rest_answer *a) {
    struct rest *r = c->rest;
    c->early = *a;
    c->next = NULL;
    *r->early_tail = c;
    r->early_tail = &c->next;
    loop_timer_start(r->timer, 0, 0);
}

static void limited(struct rest_answer *a, int64_t retry_ms) {
    *a = (struct rest_answer){.end = REST_LIMITED, .retry_ms = retry_ms};
    err_set(&a->err, ERR_FULL, "Discord's limits ask to wait %lld s",
            "les limites de Discord imposent d’attendre %lld s", (long long)(retry_ms + 999) / 1000);
}

static void stopped(struct rest_answer *a) {
    *a = (struct rest_answer){.end = REST_STOPPED};
    err_set(&a->err, ERR_AUTH, "Discord is stopped", "Discord est arrêté");
}

/* ---- buckets ---- */

static const char *bucket_name(const struct rest *r, const char *route) {
    for (uint32_t i = 0; i < r->route_count; i++)
        if (!strcmp(r->routes[i].route, route)) return r->routes[i].bucket;
    return route;
}

static struct bucket_slot *bucket_find(struct rest *r, const char *key) {
    for (size_t i = 0; i < REST_BUCKETS_MAX; i++)
        if (!strcmp(r->buckets[i].key, key)) return &r->buckets[i];
    return NULL;
}

/* The slot of a key; the longest unused one is forgotten for it. NULL: all are in use. */
static struct bucket_slot *bucket_take_slot(struct rest *r, const char *key, int64_t now) {
    struct bucket_slot *best = bucket_find(r, key);
    if (!best) {
        for (size_t i = 0; i < REST_BUCKETS_MAX; i++) {
            struct bucket_slot *s = &r->buckets[i];
            if (s->head || s->rate.in_flight) continue;
            if (!best || s->used_ms < best->used_ms) best = s;
        }
        if (!best) return NULL;
        memset(best, 0, sizeof *best);
        str_copy(best->key, sizeof best->key, key);
        best->tail = &best->head;
    }
    best->used_ms = now;
    return best;
}

static void bucket_append(struct bucket_slot *s, struct rest_call *c) {
    c->bucket = s;
    c->next = NULL;
    *s->tail = c;
    s->tail = &c->next;
}

static struct rest_call *bucket_pop(struct bucket_slot *s) {
    struct rest_call *c = s->head;
    s->head = c->next;
    if (!s->head) s->tail = &s->head;
    c->next = NULL;
    c->bucket = NULL;
    return c;
}

/* The server has named the bucket of this call's route: what the slot knows moves under that name. */
static void bucket_name_learn(struct rest *r, const struct rest_call *c, const char *name) {
    char key[KEY_MAX];
    if (strcmp(bucket_name(r, c->route), c->route) || r->route_count == REST_ROUTES_MAX) return;
    struct route_slot *route = &r->routes[r->route_count++];
    str_copy(route->route, sizeof route->route, c->route);
    str_copy(route->bucket, sizeof route->bucket, name);
    snprintf(key, sizeof key, "%s/%s", name, c->major);
    if (!bucket_find(r, key)) str_copy(c->bucket->key, sizeof c->bucket->key, key);
}

/* ---- sending ---- */

static void answered(void *arg, const struct http_response *p);

static bool call_dispatch(struct rest_call *c) {
    struct rest *r = c->rest;
    char url[REST_BASE_MAX + REST_PATH_MAX];
    struct http_request q = {.method = c->method,
                             .url = url,
                             .body = c->body,
                             .body_len = c->body_len,
                             .timeout_ms = c->timeout_ms,
                             .body_max = c->answer_max};
    const struct http_part parts[] = {
        {.name = "payload_json", .type = "application/json", .bytes = c->body, .n = c->body_len},
        {.name = "files[0]", .filename = c->file.name, .type = c->file.type, .bytes = c->file_bytes, .n = c->file.n}};
    size_t h = 0;
    struct rest_answer a = {.end = REST_NOT_SENT};
    if (c->file.n) {
        q.parts = parts;
        q.part_count = sizeof parts / sizeof parts[0];
    }
    if ((size_t)snprintf(url, sizeof url, "%s%s", r->base, c->path) >= sizeof url) url[0] = '\0'; /* refused by http */
    q.headers[h++] = (struct http_header){"User-Agent", r->agent};
    if (c->lane == REST_ORDINARY) q.headers[h++] = (struct http_header){"Authorization", r->auth};
    c->http = http_send(r->o.http, &q, answered, c, &a.err);
    free(c->file_bytes); /* http has its own; nothing is sent twice here */
    c->file_bytes = NULL;
    if (c->http) return true;
    call_end_early(c, &a);
    return false;
}

/* What keeps every request from going, whatever its bucket. */
static bool held_back(struct rest *r, enum rest_lane lane, int64_t now, struct rest_answer *a) {
    if (r->stopped || r->closing) {
        stopped(a);
        return true;
    }
    if (r->banned_until_ms > now) {
        limited(a, r->banned_until_ms - now);
        return true;
    }
    if (lane == REST_INTERACTION) return false;
    int64_t wait = invalid_wait_ms(&r->invalid, now);
    if (!wait) {
        r->invalid_told = false;
        return false;
    }
    limited(a, wait);
    if (!r->invalid_told) {
        r->invalid_told = true;
        r->o.invalid(r->o.arg);
    }
    return true;
}

/* Sends what a bucket lets go. Returns how long its first waiting call has to wait; RATE_AFTER_ANSWER: unknown, or none waits. */
static int64_t bucket_pump(struct rest *r, struct bucket_slot *s, int64_t now) {
    struct rest_answer a;
    while (s->head) {
        int64_t wait = rate_bucket_wait_ms(&s->rate, now);
        if (held_back(r, REST_ORDINARY, now, &a) || wait > REST_WAIT_MAX_MS) {
            if (wait > REST_WAIT_MAX_MS) limited(&a, wait);
            r->waiting--;
            call_end_early(bucket_pop(s), &a);
            continue;
        }
        if (wait) return wait;
        if (r->in_flight >= REST_IN_FLIGHT_MAX) return RATE_AFTER_ANSWER;
        if (!bucket_take(&r->global, now)) return bucket_wait_ms(&r->global, now);
        struct rest_call *c = bucket_pop(s);
        r->waiting--;
        if (!call_dispatch(c)) continue;
        c->bucket = s;
        s->used_ms = now;
        rate_bucket_sent(&s->rate);
        r->in_flight++;
    }
    return RATE_AFTER_ANSWER;
}

static void pump(struct rest *r) {
    int64_t now = clock_mono_ms(), next = RATE_AFTER_ANSWER;
    for (size_t i = 0; i < REST_BUCKETS_MAX; i++) {
        if (!r->buckets[i].head) continue;
        int64_t wait = bucket_pump(r, &r->buckets[i], now);
        if (wait != RATE_AFTER_ANSWER && (next == RATE_AFTER_ANSWER || wait < next)) next = wait;
    }
    if (r->early)
        loop_timer_start(r->timer, 0, 0);
    else if (next != RATE_AFTER_ANSWER)
        loop_timer_start(r->timer, next > 0 ? next : 1, 0);
}

/* A callback may send again: what comes early then waits for the next wake. */
static void wake(void *arg) {
    struct rest *r = arg;
    struct rest_call *c = r->early;
    r->early = NULL;
    r->early_tail = &r->early;
    while (c) {
        struct rest_call *next = c->next;
        struct rest_answer a = c->early;
        call_end(c, &a);
        c = next;
    }
    pump(r);
}

void rest_send(struct rest *r, const struct rest_request *q, rest_fn fn, void *arg) {
    struct rest_call *c = call_new(r, q, fn, arg);
    struct rest_answer a;
    int64_t now = clock_mono_ms();
    if (held_back(r, q->lane, now, &a)) {
        call_end_early(c, &a);
        return;
    }
    if (q->lane == REST_INTERACTION) {
        call_dispatch(c);
        return;
    }
    char key[KEY_MAX];
    snprintf(key, sizeof key, "%s/%s", bucket_name(r, c->route), c->major);
    struct bucket_slot *s = r->waiting < REST_WAITING_MAX ? bucket_take_slot(r, key, now) : NULL;
    if (!s) {
        log_warn("discord", "too many requests wait, refused route=%s", c->route);
        limited(&a, FULL_RETRY_MS);
        call_end_early(c, &a);
        return;
    }
    bucket_append(s, c);
    r->waiting++;
    pump(r);
}

/* ---- answers ---- */

static const char *header_of(const void *arg, const char *name) {
    return http_header_get(arg, name);
}

static void stop_for_good(struct rest *r) {
    if (r->stopped) return;
    r->stopped = true;
    log_error("discord", "the bot token is refused, no further request is made");
    r->o.refused(r->o.arg);
}

/* What an answer means for everybody else. A dead interaction token says nothing about the bot's. */
static void note_limits(struct rest *r, const struct rest_call *c, const struct rate_told *told, int status,
                        int64_t now) {
    if (told->limited)
        log_warn("discord", "429 route=%s retry_ms=%lld%s%s", c->route, (long long)told->retry_after_ms,
                 told->global ? " global" : "", told->ban ? " ban" : "");
    if (told->ban) {
        r->banned_until_ms = now + told->retry_after_ms;
        r->o.banned(r->o.arg, told->retry_after_ms);
    } else if (told->limited && told->global) {
        bucket_block(&r->global, now, told->retry_after_ms);
    }
    if (status == 401 || status == 403 || (told->limited && !told->shared)) invalid_add(&r->invalid, now);
    if (status == 401 && c->lane == REST_ORDINARY) stop_for_good(r);
}

/* Discord's own words, without its punctuation games; never the path. */
static void deny(struct rest_answer *a, const char *route) {
    const char *message = json_str(a->json, "message");
    struct buf words;
    buf_init(&words, 160);
    if (message) buf_text(&words, message, strnlen(message, 120), false);
    a->end = REST_DENIED;
    err_set(&a->err, a->status == 401 ? ERR_AUTH : ERR_REFUSED, "Discord refuses %s: %d, code %lld %s",
            "Discord refuse %s\u00a0: %d, code %lld %s", route, a->status, (long long)a->code, words.p);
    buf_clear(&words);
}

bool rest_refuses_file(const struct rest_answer *a, struct err *why) {
    if (a->end != REST_DENIED) return false;
    if (a->status == 413 || a->code == DISCORD_TOO_LARGE) {
        err_set(why, ERR_FULL, "it is too large for Discord", "il est trop grand pour Discord");
        return true;
    }
    if (a->status != 403 || a->code != DISCORD_MISSING_PERMISSIONS) return false;
    err_set(why, ERR_REFUSED, "the bot has no right to attach files in Discord",
            "le bot n’a pas le droit de joindre des fichiers dans Discord");
    return true;
}

static void maybe(struct rest_answer *a, const char *route) {
    a->end = REST_MAYBE;
    err_set(&a->err, ERR_UNKNOWN, "Discord's answer to %s is unclear (%d)",
            "la réponse de Discord à %s n’est pas claire (%d)", route, a->status);
}

static void judge(struct rest_answer *a, const struct http_response *p, const struct rate_told *told,
                  const char *route) {
    a->status = p->status;
    json_i64(a->json, "code", &a->code);
    if (told->limited)
        limited(a, told->retry_after_ms);
    else if (p->status >= 200 && p->status < 300 && (a->json || !p->body_len))
        a->end = REST_OK;
    else if (p->status >= 400 && p->status < 500)
        deny(a, route);
    else
        maybe(a, route);
}

static void answered(void *arg, const struct http_response *p) {
    struct rest_call *c = arg;
    struct rest *r = c->rest;
    struct rest_answer a = {.end = REST_NOT_SENT};
    struct rate_told told = {0};
    struct json *root = NULL;
    int64_t now = clock_mono_ms();
    bool whole = p->sent == HTTP_ANSWERED;
    c->http = NULL;
    if (whole) {
        rate_read(&told, p->status, header_of, p, p->body, p->body_len);
        root = p->body_len ? json_parse(p->body, p->body_len, NULL) : NULL;
        a.json = root;
        judge(&a, p, &told, c->route);
    } else {
        a.err = p->err;
        if (p->sent == HTTP_MAYBE) a.end = REST_MAYBE;
    }
    if (c->lane == REST_ORDINARY) {
        if (whole && told.has_bucket) bucket_name_learn(r, c, told.bucket);
        rate_bucket_answered(&c->bucket->rate, whole ? &told : NULL, now);
        r->in_flight--;
    }
    if (whole) note_limits(r, c, &told, p->status, now);
    if (a.end != REST_OK) log_debug("discord", "route=%s status=%d code=%lld", c->route, a.status, (long long)a.code);
    call_end(c, &a);
    json_free(root);
    pump(r);
}

void rest_free(struct rest *r) {
    struct rest_answer a;
    if (!r) return;
    r->closing = true;
    stopped(&a);
    while (r->all) {
        if (r->all->http) http_cancel(r->all->http);
        call_end(r->all, &a);
    }
    loop_timer_free(r->timer);
    explicit_bzero(r->auth, sizeof r->auth);
    free(r);
}
