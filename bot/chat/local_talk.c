/*
 * local_talk: from browsers' messages to requests. Everything that comes in is treated as
 * hostile although its sender holds the token: size, form, pace and text are checked, and
 * a message of the wrong form ends its connection. What a command means is not known here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/local_priv.h"
#include "engine/base/hash.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define REQ_MAX (1LL << 53) /* the whole numbers of a browser */

/* ---- addresses ---- */

static bool is_session(const char *s) {
    static const char digits[] = "0123456789abcdef";
    return strlen(s) == LOCAL_SESSION_MAX - 1 && strspn(s, digits) == LOCAL_SESSION_HEX &&
           s[LOCAL_SESSION_HEX] == '-' && strspn(s + LOCAL_SESSION_HEX + 1, digits) == LOCAL_SESSION_HEX;
}

void local_address(char out[ADDRESS_MAX], const char *session, uint64_t req) {
    snprintf(out, ADDRESS_MAX, "l:%s:%" PRIu64, session, req);
}

bool local_address_read(const char *address, char session[LOCAL_SESSION_MAX], uint64_t *req) {
    char *end;
    if (strncmp(address, "l:", 2) || strlen(address) < 2 + LOCAL_SESSION_MAX) return false;
    str_copy_n(session, LOCAL_SESSION_MAX, address + 2, LOCAL_SESSION_MAX - 1);
    const char *number = address + 2 + LOCAL_SESSION_MAX;
    if (!is_session(session) || number[-1] != ':' || number[0] < '0' || number[0] > '9') return false;
    *req = strtoull(number, &end, 10);
    return !*end;
}

/* ---- requests ---- */

/* The same session and number give the same id, whenever and over whichever connection they come. */
static uint64_t request_id(const char *address) {
    uint64_t id = hash64(address, strlen(address), 0) & INT64_MAX;
    return id ? id : 1;
}

static void request_init(const struct local_client *c, enum request_kind kind, uint64_t req, int64_t age_ms,
                         struct request *r) {
    *r = (struct request){.platform = PLATFORM_LOCAL,
                          .kind = kind,
                          .bot_id = "local",
                          .user_id = "1",
                          .user_name = "local",
                          .chat_id = "page",
                          .home = true,
                          .genuine = true,
                          .can_be_private = true,
                          .lang = c->lang,
                          .sent = when_add_ms(clock_wall(), -age_ms)};
    local_address(r->address, c->session, req);
    r->ext_id = request_id(r->address);
}

static void refuse(struct local *l, struct local_client *c, uint64_t req, const char *why) {
    struct buf b;
    struct jw w;
    buf_init(&b, LOCAL_MESSAGE_MAX);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_kstr(&w, "t", "refused");
    jw_kstr(&w, "session", c->session);
    jw_ki64(&w, "req", (int64_t)req);
    jw_kstr(&w, "text", why);
    jw_end_obj(&w);
    local_tell(l, c, &b);
    buf_clear(&b);
}

struct accepted {
    struct local *local;
    char session[LOCAL_SESSION_MAX];
    uint64_t req;
};

/* Only what is durable is called received: until then the page would send it again. */
static void accepted(void *arg) {
    struct accepted *a = arg;
    struct local *l = a->local;
    struct buf b;
    struct jw w;
    buf_init(&b, LOCAL_MESSAGE_MAX);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_kstr(&w, "t", "accepted");
    jw_kstr(&w, "session", a->session);
    jw_ki64(&w, "req", (int64_t)a->req);
    jw_end_obj(&w);
    for (int i = 0; i < WEB_CLIENTS_MAX && !l->closing; i++)
        if (!strcmp(l->client[i].session, a->session)) local_tell(l, &l->client[i], &b);
    buf_clear(&b);
    free(a);
    l->held--;
    if (l->closing) local_free(l);
}

static void ask(struct local *l, struct local_client *c, uint64_t req, enum local_turn_kind kind, const char *asked,
                const struct request *r) {
    if (!local_talk_has(&l->talk, c->session, req)) {
        struct local_turn t = {.kind = kind, .req = req, .at_ms = r->sent.ns / NS_PER_MS, .text = xstrdup(asked)};
        str_copy(t.session, sizeof t.session, c->session);
        t.len = strlen(t.text);
        local_talk_add(&l->talk, &t);
    }
    struct accepted *a = xcalloc(1, sizeof *a);
    a->local = l;
    a->req = req;
    str_copy(a->session, sizeof a->session, c->session);
    l->held++;
    l->host.receive(l->host.arg, r);
    l->host.after_commit(l->host.arg, accepted, a);
}

/* Copies text that came from outside: false where it is too long or is not text. */
static bool text_of(const struct json *j, const char *key, char *out, size_t size) {
    const char *s = json_str(j, key);
    struct buf b;
    if (!s || !*s || strlen(s) >= size - 1 || !utf8_valid(s, strlen(s))) return false;
    buf_init(&b, size);
    buf_text(&b, s, strlen(s), false);
    bool fits = !b.overflow && b.len > 0;
    if (fits) str_copy(out, size, b.p);
    buf_clear(&b);
    return fits;
}

static void command(struct local *l, struct local_client *c, const struct json *j, uint64_t req, int64_t age_ms) {
    struct request r;
    char text[REQUEST_TEXT_MAX];
    if (!text_of(j, "text", text, sizeof text - 1)) {
        refuse(l, c, req,
               tr(c->lang, "This is not a command: empty, too long or not text.",
                  "Ce n’est pas une commande\u00a0: vide, trop longue ou pas du texte."));
        return;
    }
    request_init(c, REQUEST_COMMAND, req, age_ms, &r);
    r.text[0] = '/'; /* the box takes nothing but commands: the slash may be left out */
    str_copy(r.text + (text[0] != '/'), sizeof r.text - 1, text);
    ask(l, c, req, LOCAL_QUESTION, r.text, &r);
}

static void click(struct local *l, struct local_client *c, const struct json *j, uint64_t req, int64_t age_ms) {
    struct request r;
    request_init(c, REQUEST_BUTTON, req, age_ms, &r);
    if (!text_of(j, "id", r.text, DOC_BUTTON_ID_MAX + 2)) {
        refuse(l, c, req, tr(c->lang, "This button is not known.", "Ce bouton n’est pas connu."));
        return;
    }
    ask(l, c, req, LOCAL_CLICK, r.text, &r);
}

/* "/close 17 5" -> command "close", args [17] [5, focused]. The page sends the line up to the cursor. */
static void complete(struct local *l, struct local_client *c, const struct json *j, uint64_t req) {
    struct request r;
    char line[REQUEST_TEXT_MAX];
    request_init(c, REQUEST_COMPLETE, req, 0, &r);
    if (!text_of(j, "text", line, sizeof line)) return;
    str_copy(r.text, sizeof r.text, line);
    char *p = line + (line[0] == '/');
    size_t n = strcspn(p, " ");
    str_copy_n(r.command, sizeof r.command, p, n);
    const struct command *cmd = command_find(r.command);
    if (!cmd || !p[n]) return;
    str_copy(r.command, sizeof r.command, cmd->name);
    for (p += n; r.arg_count < cmd->arg_count;) {
        const struct arg_spec *spec = &cmd->args[r.arg_count];
        struct request_arg *a = &r.args[r.arg_count++];
        p += strspn(p, " ");
        n = spec->kind == ARG_TEXT ? strlen(p) : strcspn(p, " ");
        str_copy(a->name, sizeof a->name, spec->name[LANG_EN]);
        str_copy_n(a->value, sizeof a->value, p, n);
        a->focused = !p[n];
        p += n;
        if (a->focused) {
            l->host.receive(l->host.arg, &r);
            return;
        }
    }
}

/* ---- browsers ---- */

static struct local_client *client_of(struct local *l, const struct web_client *web) {
    for (int i = 0; i < WEB_CLIENTS_MAX; i++)
        if (l->client[i].web == web) return &l->client[i];
    return NULL;
}

static void opened(void *arg, struct web_client *web) {
    struct local *l = arg;
    struct local_client *c = client_of(l, NULL);
    if (!c) {
        l->kick(web);
        return;
    }
    *c = (struct local_client){.web = web, .lang = l->lang};
    bucket_init(&c->pace, LOCAL_BURST, LOCAL_EVERY_MS, clock_mono_ms());
}

static void closed(void *arg, struct web_client *web) {
    struct local_client *c = client_of(arg, web);
    if (c) *c = (struct local_client){0};
}

/* Messages of the channels are written once for all: in the language of whoever came last, after a restart too. */
static void learn_lang(struct local *l, enum lang lang) {
    if (l->lang_forced || (l->lang_known && l->lang == lang)) return;
    l->lang = lang;
    l->lang_known = true;
    l->host.state_put(l->host.arg, LOCAL_LANG_KEY, lang_tag(lang));
}

static bool hello(struct local *l, struct local_client *c, const struct json *j) {
    const char *session = json_str(j, "session"), *lang = json_str(j, "lang");
    if (c->session[0] || !session || !is_session(session)) return false;
    str_copy(c->session, sizeof c->session, session);
    c->lang = l->lang_forced ? l->lang : lang_from_tag(lang);
    learn_lang(l, c->lang);
    local_welcome(l, c);
    return true;
}

static void pong(struct local *l, struct local_client *c) {
    static char text[] = "{\"t\":\"pong\"}";
    const struct buf b = {.p = text, .len = sizeof text - 1};
    local_tell(l, c, &b);
}

/* false: nothing that the page would send. */
static bool act(struct local *l, struct local_client *c, const struct json *j) {
    const char *t = json_str(j, "t");
    int64_t req, age_ms = 0;
    if (!t) return false;
    if (!strcmp(t, "hello")) return hello(l, c, j);
    if (!c->session[0]) return false;
    bool may = bucket_take(&c->pace, clock_mono_ms());
    if (!strcmp(t, "ping")) {
        if (may) pong(l, c);
        return true;
    }
    if (!json_i64(j, "req", &req) || req < 1 || req > REQ_MAX) return false;
    if (!json_i64(j, "age", &age_ms) || age_ms < 0) age_ms = 0;
    if (age_ms > LOCAL_AGE_MAX_MS) age_ms = LOCAL_AGE_MAX_MS;
    bool is_complete = !strcmp(t, "complete");
    if (!may) {
        if (!is_complete)
            refuse(l, c, (uint64_t)req,
                   tr(c->lang, "Too many requests at once: try again in a moment.",
                      "Trop de demandes à la fois\u00a0: réessayez dans un instant."));
        return true;
    }
    if (is_complete)
        complete(l, c, j, (uint64_t)req);
    else if (!strcmp(t, "command"))
        command(l, c, j, (uint64_t)req, age_ms);
    else if (!strcmp(t, "button"))
        click(l, c, j, (uint64_t)req, age_ms);
    else
        return false;
    return true;
}

static void on_message(void *arg, struct web_client *web, const char *text, size_t n) {
    struct local *l = arg;
    struct local_client *c = client_of(l, web);
    if (!c) return;
    struct json *j = n <= LOCAL_MESSAGE_MAX ? json_parse(text, n, NULL) : NULL;
    bool good = j && json_is_object(j) && act(l, c, j);
    json_free(j);
    if (good) return;
    log_warn("local", "a browser sent something that the page never sends: its connection is closed");
    l->kick(web);
}

static void on_request(void *arg, const struct web_request *q, struct web_answer *a) {
    local_gate_answer(&((struct local *)arg)->gate, q, a);
}

const struct web_handler local_web = {.request = on_request, .opened = opened, .message = on_message, .closed = closed};
