/*
 * fuzz_local: the page's side of the desk as a script: browsers that come, say anything,
 * ask for anything under any name, and leave. Nothing is given to whoever does not show
 * the token under this machine's name; what a browser hears is JSON; each request has at
 * most one row; a message that no page sends ends its connection.
 */
#include "tests/fuzz/house.h"

#include "bot/chat/local.h"
#include "bot/chat/local_priv.h"

#define SCRIPT_MAX 300
#define TEXT_MAX 600
#define BROWSERS 4

struct page {
    struct house *h;
    struct script in;
    struct arena *arena;
    char token[LOCAL_TOKEN_HEX];
    uint64_t spoken; /* commands and clicks that were sent */
};

/* ---- what a browser hears ---- */

static void heard(void *arg, struct web_client *c, const char *text, size_t n) {
    (void)arg, (void)c;
    assert(n <= LOCAL_JSON_MAX);
    struct json *j = json_parse(text, n, NULL);
    assert(json_is_object(j) && json_str(j, "t"));
    json_free(j);
}

/* ---- resources ---- */

static bool is_our_name(const char *host) {
    static const char *const names[] = {"127.0.0.1:8787", "localhost:8787", "[::1]:8787"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcasecmp(host, names[i])) return true;
    return false;
}

/* Its own words, and those of others: chosen, so that the way through the gate is found. */
static const char *words(struct page *p, const char *const *list, uint32_t n) {
    uint32_t i = script_below(&p->in, n + 3);
    if (i < n) return list[i];
    if (i < n + 2) return script_text(&p->in, p->arena, TEXT_MAX);
    return "";
}

static const char *with_token(struct page *p, const char *before) {
    uint8_t how = script_u8(&p->in);
    char token[LOCAL_TOKEN_HEX + 1];
    str_copy(token, sizeof token, p->token);
    if (how == 1) token[script_u8(&p->in) % (LOCAL_TOKEN_HEX - 1)] ^= 1;
    if (how == 2) token[LOCAL_TOKEN_HEX - 2] = '\0';
    if (how == 3) str_copy(token + LOCAL_TOKEN_HEX - 1, 2, "0");
    return arena_printf(p->arena, "%s%s%s", before, token, how > 250 ? script_text(&p->in, p->arena, 40) : "");
}

static void ask_for(struct page *p) {
    static const char *const paths[] = {"/", "/ws", "/app.js", "/app.css", "/icon.svg", "/file/1/x.csv"};
    static const char *const hosts[] = {"127.0.0.1:8787", "localhost:8787", "[::1]:8787", "evil.example:8787"};
    static const char *const origins[] = {"http://127.0.0.1:8787", "http://localhost:8787", "http://evil.example",
                                          "null"};
    struct web_request q = {.upgrade = script_u8(&p->in) & 1, .query = "", .cookie = ""};
    struct web_answer a = {.status = 404};
    q.path = words(p, paths, 6);
    q.host = words(p, hosts, 4);
    q.origin = words(p, origins, 4);
    uint8_t how = script_u8(&p->in);
    if (how & 1) q.query = with_token(p, how & 2 ? "token=" : "x=1&token=");
    if (how & 4) q.cookie = with_token(p, how & 8 ? "mia_8787=" : "a=b; mia_8787=");
    virtual_web->on.request(virtual_web->arg, &q, &a);
    assert(a.status >= 101 && a.status < 600);
    if (a.status == 101 || a.status == 200 || a.status == 302) {
        assert(is_our_name(q.host) && (strstr(q.query, p->token) || strstr(q.cookie, p->token)));
        if (a.status == 101)
            assert(q.upgrade && (!*q.origin ? strstr(q.query, p->token) != NULL : is_our_name(q.origin + 7)));
    }
    for (int i = 0; i < 8 && a.headers[i][0]; i++) assert(!strpbrk(a.headers[i][1], "\r\n"));
    if (a.release) a.release(a.release_arg);
}

/* ---- messages ---- */

static void in_form(struct page *p, struct buf *b) {
    static const char *const kinds[] = {"hello", "command", "button", "complete", "older", "ping", "lang"};
    static const char *const sessions[] = {"00112233445566aa-0000000000000001", "00112233445566aa-0000000000000002",
                                           "ff112233445566aa-0000000000000001", "00112233445566AA-1"};
    struct jw w;
    uint8_t kind = script_below(&p->in, 7);
    jw_init(&w, b);
    jw_obj(&w);
    jw_kstr(&w, "t", kinds[kind]);
    jw_kstr(&w, "session", sessions[script_u8(&p->in) & 3]);
    jw_ki64(&w, "req", script_u8(&p->in));
    jw_ki64(&w, "age", (int64_t)script_u8(&p->in) * 1000);
    jw_kstr(&w, kind == 2 ? "id" : "text", script_text(&p->in, p->arena, TEXT_MAX));
    jw_kstr(&w, "channel", script_u8(&p->in) & 1 ? "trades" : "talk");
    jw_kstr(&w, "before", "99");
    jw_kstr(&w, "lang", script_u8(&p->in) & 1 ? "fr" : "en");
    jw_end_obj(&w);
    p->spoken += kind == 1 || kind == 2;
}

static void speak(struct page *p, bool form) {
    struct web_client *c = virtual_browser(script_u8(&p->in) % BROWSERS);
    struct buf b;
    buf_init(&b, WEB_MESSAGE_MAX);
    if (form) {
        in_form(p, &b);
    } else {
        struct script part = script_part(&p->in, TEXT_MAX * 8);
        if (part.left) buf_add(&b, part.p, part.left);
        p->spoken++;
    }
    virtual_say(c, b.p ? b.p : "", b.len);
    buf_clear(&b);
}

static void one_step(struct page *p) {
    switch (script_u8(&p->in) % 8) {
    case 0: virtual_come(virtual_browser(script_u8(&p->in) % BROWSERS)); break;
    case 1: virtual_leave(virtual_browser(script_u8(&p->in) % BROWSERS)); break;
    case 2: ask_for(p); break;
    case 3: speak(p, false); break;
    case 4:
    case 5: speak(p, true); break;
    case 6: house_sleep(p->h, 10 * (int64_t)script_u8(&p->in)); break;
    case 7: p->h->commits_held = script_u8(&p->in) & 1; break;
    }
    house_turn(p->h);
}

static void rows_are_right(const struct page *p) {
    const struct disk *d = p->h->disk;
    assert(d->inbox_n <= p->spoken && p->h->operator_commands <= p->spoken);
    for (size_t i = 0; i < d->events_n; i++)
        if (d->events[i].kind == EVENT_COMMAND) assert(!strcmp(d->events[i].u.command.actor, "local:1"));
    for (size_t i = 0; i < d->audit_n; i++) assert(!strcmp(d->audit[i].actor, "local:1"));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct page p = {.in = {bytes, n}, .arena = arena_new(32u << 20)};
    p.h = house_open_with(false, false, true);
    const char *url = local_url(p.h->transport[PLATFORM_LOCAL]), *token = strstr(url, "token=");
    assert(token && str_copy(p.token, sizeof p.token, token + 6));
    virtual_web->sent = heard;
    house_sleep(p.h, 0);
    for (int i = 0; i < SCRIPT_MAX && p.in.left; i++) one_step(&p);
    p.h->commits_held = false;
    house_turn(p.h);
    rows_are_right(&p);
    house_close(p.h);
    arena_free(p.arena);
    return 0;
}
