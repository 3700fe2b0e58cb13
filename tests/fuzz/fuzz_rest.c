/*
 * fuzz_rest: Discord's REST API that answers anything: any status, headers and bytes, late
 * or never. Every request has exactly one end, told in both languages; after a 429 nothing
 * goes where it may not before its time; after a 401 nothing goes at all; the bot's token
 * goes with ordinary requests only. Then the same under the whole transport: channels,
 * registration, messages, answers; what Discord has taken is not sent again.
 */
#include "tests/fuzz/house.h"

#include "bot/chat/discord_limit.h"
#include "bot/chat/discord_rest.h"

#define SCRIPT_MAX 80
#define ANSWER_MAX 5000
#define CALLS_MAX 128
#define PLACES_MAX 32
#define BASE "https://discord.com/api/v10"

/* ---- what Discord said of its limits, by hand ---- */

struct place { /* a method and path that had a 429 */
    char key[600];
    int64_t not_before_ms;
};

struct api {
    struct script in;
    struct arena *arena;
    struct http *http;
    struct place places[PLACES_MAX];
    uint32_t place_n;
    int64_t global_ms; /* no ordinary request before */
    bool refused;      /* a 401 */
    uint32_t asked, answered;
    char taken[CALLS_MAX][40]; /* nonces of messages that were accepted */
    uint32_t taken_n;
};

static bool is_ordinary(const char *url) {
    return !strstr(url, "/interactions/") && !strstr(url, "/webhooks/");
}

static void key_of(const struct http_call *c, char out[600]) {
    snprintf(out, 600, "%s %.500s", c->method, c->url);
}

static void nonce_of(const struct http_call *c, char out[40]) {
    struct json *j = json_parse(c->body, c->body_len, NULL);
    out[0] = '\0';
    json_copy(j, "nonce", out, 40);
    json_free(j);
}

static void asked(void *arg, const struct http_call *c) {
    struct api *a = arg;
    char key[600], nonce[40];
    a->asked++;
    key_of(c, key);
    assert(!strncmp(c->url, BASE "/", sizeof BASE) && !strpbrk(c->url, " #%\\"));
    assert(c->authorised == is_ordinary(c->url));
    if (!is_ordinary(c->url)) return;
    assert(!a->refused && virtual_ms >= a->global_ms);
    for (uint32_t i = 0; i < a->place_n; i++)
        assert(strcmp(a->places[i].key, key) != 0 || virtual_ms >= a->places[i].not_before_ms);
    nonce_of(c, nonce);
    for (uint32_t i = 0; *nonce && i < a->taken_n; i++) assert(strcmp(nonce, a->taken[i]) != 0);
}

/* ---- answers ---- */

static const char *body_of(struct api *a) {
    static const char *const bodies[] = {"",
                                         "{}",
                                         "[]",
                                         "{\"id\":\"5\"}",
                                         "{\"url\":\"wss://g.example\"}",
                                         "{\"code\":10003,\"message\":\"Unknown Channel\"}",
                                         "{\"code\":10062,\"message\":\"x\"}",
                                         "{\"code\":40060,\"message\":\"acknowledged\"}",
                                         "{\"code\":50013,\"message\":\"@everyone\"}",
                                         "{\"code\":50027,\"message\":\"Invalid Webhook Token\"}",
                                         "[{\"id\":\"7\",\"name\":\"trades\",\"type\":0,\"permission_overwrites\":[]}]",
                                         "<html>",
                                         "{\"code\":0,\"message\":\"401: Unauthorized\"}"};
    uint32_t i = script_below(&a->in, 16);
    return i < 13 ? bodies[i] : script_text(&a->in, a->arena, ANSWER_MAX);
}

static void headers(struct api *a) {
    static const char *const names[] = {
        "x-ratelimit-bucket", "x-ratelimit-limit",  "x-ratelimit-remaining", "x-ratelimit-reset-after",
        "retry-after",        "x-ratelimit-global", "x-ratelimit-scope",     "via",
        "content-type"};
    static const char *const values[] = {
        "abcd", "5", "0", "1.25", "3", "true", "shared", "1.1 google", "application/json"};
    uint8_t which = script_u8(&a->in);
    int n = 0;
    memset(virtual_headers, 0, sizeof virtual_headers);
    for (int i = 0; i < 9; i++) {
        if (!(which >> (i % 8) & 1)) continue;
        const char *value = script_u8(&a->in) & 3 ? values[i] : script_text(&a->in, a->arena, 40);
        virtual_headers[n++] = (struct http_header){names[i], value};
    }
}

/* A 429 in the plain form: the body names a time, and whose limit it is. */
static const char *limited(struct api *a, const struct http_call *c) {
    uint32_t ms = script_u32(&a->in) >> script_u8(&a->in) % 32;
    bool global = script_u8(&a->in) & 1;
    int64_t until = virtual_ms + (ms < RATE_RETRY_MAX_MS ? (int64_t)ms : RATE_RETRY_MAX_MS);
    memset(virtual_headers, 0, sizeof virtual_headers);
    virtual_headers[0] = (struct http_header){"via", "1.1 google"};
    if (is_ordinary(c->url) && global && until > a->global_ms) a->global_ms = until;
    if (is_ordinary(c->url) && a->place_n < PLACES_MAX) {
        struct place *p = &a->places[a->place_n++];
        key_of(c, p->key);
        p->not_before_ms = until;
    }
    return arena_printf(a->arena, "{\"message\":\"slow\",\"retry_after\":%u.%03u,\"global\":%s}", ms / 1000, ms % 1000,
                        global ? "true" : "false");
}

static void note(struct api *a, const struct http_call *c, int status, const char *body) {
    char nonce[40];
    nonce_of(c, nonce);
    struct json *j = json_parse(body, strlen(body), NULL);
    if (status == 401 && is_ordinary(c->url)) a->refused = true;
    if (status >= 200 && status < 300 && (j || !*body) && *nonce && a->taken_n < CALLS_MAX)
        str_copy(a->taken[a->taken_n++], 40, nonce);
    json_free(j);
}

static bool answer_one(struct api *a) {
    static const int statuses[] = {200, 200, 201, 204, 400, 401, 403, 404, 429, 429, 500, 502, 304, 100, 999};
    struct http_call *c = a->http->first;
    for (uint8_t skip = script_u8(&a->in) % 4; skip && c && c->next; skip--) c = c->next;
    if (!c) return false;
    uint8_t how = script_u8(&a->in);
    a->answered++;
    if (how >= 250) {
        virtual_answer(c, how & 1 ? HTTP_NOT_SENT : HTTP_MAYBE, 0, "", 0);
        return true;
    }
    int status = statuses[how % 15];
    const char *body;
    if (status == 429 && how & 64) {
        body = limited(a, c);
    } else {
        body = body_of(a);
        headers(a);
    }
    note(a, c, status, body);
    virtual_answer(c, HTTP_ANSWERED, status, body, strlen(body));
    memset(virtual_headers, 0, sizeof virtual_headers);
    return true;
}

/* ---- rest alone: one end a request ---- */

struct asked_for {
    struct api *api;
    bool ended;
};

static struct asked_for asks[CALLS_MAX];

static void on_end(void *arg, const struct rest_answer *r) {
    struct asked_for *f = arg;
    assert(!f->ended);
    f->ended = true;
    assert(r->end <= REST_STOPPED && r->retry_ms >= 0 && r->retry_ms <= RATE_RETRY_MAX_MS);
    if (r->end != REST_OK) said(&r->err);
    if (r->end == REST_OK) assert(r->status >= 200 && r->status < 300);
    if (r->end == REST_DENIED) assert(r->status >= 400 && r->status < 500);
}

static void nothing(void *arg) {
    (void)arg;
}
static void banned(void *arg, int64_t for_ms) {
    (void)arg;
    assert(for_ms >= 0 && for_ms <= RATE_RETRY_MAX_MS);
}

static void ask_for(struct api *a, struct rest *r, uint32_t i) {
    static const char *const paths[] = {"/channels/1/messages",         "/channels/2/messages",
                                        "/guilds/200/channels",         "/gateway/bot",
                                        "/interactions/5/tok/callback", "/webhooks/77/tok/messages/@original"};
    static const char *const routes[] = {"messages.create", "messages.create",      "channels.list",
                                         "gateway.bot",     "interaction.callback", "interaction.edit"};
    static const char *const majors[] = {"1", "2", "200", NULL, NULL, NULL};
    uint32_t k = script_below(&a->in, 6);
    asks[i] = (struct asked_for){.api = a};
    rest_send(r,
              &(struct rest_request){.method = "POST",
                                     .path = paths[k],
                                     .route = routes[k],
                                     .major = majors[k],
                                     .lane = k < 4 ? REST_ORDINARY : REST_INTERACTION,
                                     .body = "{}",
                                     .body_len = 2},
              on_end, &asks[i]);
    assert(!asks[i].ended);
}

static void rest_alone(struct api *a) {
    uint32_t n = 0;
    virtual_ms = VIRTUAL_MONO_START;
    struct loop *l = loop_new();
    a->http = http_new(l, "mia");
    a->http->asked = asked;
    a->http->arg = a;
    struct rest *r = rest_new(&(struct rest_options){.loop = l,
                                                     .http = a->http,
                                                     .base = BASE,
                                                     .token = "fuzz.token.0000000",
                                                     .version = "1",
                                                     .refused = nothing,
                                                     .banned = banned,
                                                     .invalid = nothing});
    for (int i = 0; i < SCRIPT_MAX && a->in.left; i++) {
        uint8_t what = script_u8(&a->in) % 6;
        if (what < 2 && n < CALLS_MAX)
            ask_for(a, r, n++);
        else if (what < 5)
            answer_one(a);
        else
            virtual_sleep(l, 20 * (int64_t)script_u8(&a->in) * script_u8(&a->in), NULL, NULL);
        virtual_turn(l);
    }
    rest_free(r);
    for (uint32_t i = 0; i < n; i++) assert(asks[i].ended);
    http_free(a->http);
    loop_free(l);
}

/* ---- the whole transport ---- */

static void speak(struct api *a, struct house *h) {
    struct doc *d = doc_new(a->arena, LANG_EN, DOC_NOTICE);
    doc_title(d, NULL, "message %u", script_u8(&a->in));
    const struct outbox_message m = {.platform = PLATFORM_DISCORD,
                                     .channel = (enum channel)script_below(&a->in, CHANNEL_COUNT),
                                     .urgency = URGENCY_IMPORTANT,
                                     .critical = true,
                                     .doc = d};
    if (script_u8(&a->in) & 1)
        outbox_message(h->outbox, &m);
    else
        outbox_reply(h->outbox, PLATFORM_DISCORD, "i:1350000000000000001:tok:77:s:3000:n", d);
}

static void transport(struct api *a) {
    struct house *h = house_open(true, false);
    a->http = h->http;
    h->http->asked = asked;
    h->http->arg = a;
    house_discord_up(h);
    for (int i = 0; i < SCRIPT_MAX && a->in.left; i++) {
        uint8_t what = script_u8(&a->in) % 8;
        if (what < 5)
            answer_one(a);
        else if (what == 5)
            speak(a, h);
        else
            house_sleep(h, what == 6 ? 40 * (int64_t)script_u8(&a->in) : 5000 * (int64_t)script_u8(&a->in));
        house_turn(h);
    }
    house_close(h);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct api *a = xcalloc(1, sizeof *a);
    a->in = (struct script){bytes, n};
    a->arena = arena_new(32u << 20);
    memset(virtual_headers, 0, sizeof virtual_headers);
    if (script_u8(&a->in) & 1)
        transport(a);
    else
        rest_alone(a);
    arena_free(a->arena);
    free(a);
    return 0;
}
