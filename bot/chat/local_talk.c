/*
 * local_talk: from browsers' messages to requests. Everything that comes in is treated as
 * hostile although its sender holds the token: size, form, pace and text are checked, and
 * a message of the wrong form ends its connection. What a command means is not known here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/args.h"
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

void local_address(char out[ADDRESS_MAX], const char *session, uint64_t req, const char *text) {
    char copy[REQUEST_TEXT_MAX];
    str_copy(copy, sizeof copy, text);
    copy[log_redact(copy, strlen(copy))] = '\0'; /* it is kept with the answer */
    int n = snprintf(out, ADDRESS_MAX, "l:%s:%" PRIu64 "%s", session, req, *copy ? ":" : "");
    str_copy(out + n, ADDRESS_MAX - (size_t)n, copy);
}

bool local_address_read(const char *address, char session[LOCAL_SESSION_MAX], uint64_t *req, const char **text) {
    char *end;
    if (strncmp(address, "l:", 2) || strlen(address) < 2 + LOCAL_SESSION_MAX) return false;
    str_copy_n(session, LOCAL_SESSION_MAX, address + 2, LOCAL_SESSION_MAX - 1);
    const char *number = address + 2 + LOCAL_SESSION_MAX;
    if (!is_session(session) || number[-1] != ':' || number[0] < '0' || number[0] > '9') return false;
    *req = strtoull(number, &end, 10);
    if (*end && *end != ':') return false;
    if (text) *text = *end ? end + 1 : end;
    return true;
}

/* ---- requests ---- */

/* The same session and number give the same id, whenever and over whichever connection they come. */
static uint64_t request_id(const char *session, uint64_t req) {
    char address[ADDRESS_MAX];
    local_address(address, session, req, "");
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
    local_address(r->address, c->session, req, "");
    r->ext_id = request_id(c->session, req);
}

static void begin_about(struct buf *b, struct jw *w, const char *t, const char *session, uint64_t req) {
    local_begin(b, w, t);
    jw_kstr(w, "session", session);
    jw_ki64(w, "req", (int64_t)req);
}

static void refuse(struct local *l, struct local_client *c, uint64_t req, const char *why) {
    struct buf b;
    struct jw w;
    begin_about(&b, &w, "refused", c->session, req);
    jw_kstr(&w, "text", why);
    local_end(l, c, &b, &w);
}

static void tell_accepted(struct local *l, const char *session, uint64_t req) {
    for (int i = 0; i < WEB_CLIENTS_MAX; i++) {
        struct buf b;
        struct jw w;
        if (strcmp(l->client[i].session, session)) continue;
        begin_about(&b, &w, "accepted", session, req);
        local_end(l, &l->client[i], &b, &w);
    }
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
    if (!l->closing) tell_accepted(l, a->session, a->req);
    free(a);
    l->held--;
    if (l->closing) local_free(l);
}

static void remember(struct local *l, enum local_turn_kind kind, const struct local_client *c, uint64_t req,
                     const struct request *r) {
    struct local_turn t = {.kind = kind, .req = req, .at_ms = r->sent.ns / NS_PER_MS, .text = xstrdup(r->text)};
    str_copy(t.session, sizeof t.session, c->session);
    t.len = strlen(t.text);
    local_tell_turn(l, NULL, &t);
    local_talk_add(&l->talk, &t);
}

static void ask(struct local *l, struct local_client *c, uint64_t req, enum local_turn_kind kind, struct request *r) {
    const struct local_turn *answer = local_talk_answered(&l->talk, c->session, req);
    if (answer) { /* its reply was lost on the way */
        tell_accepted(l, c->session, req);
        local_tell_turn(l, c, answer);
        return;
    }
    local_address(r->address, c->session, req, r->text);
    if (!local_talk_asked(&l->talk, c->session, req)) remember(l, kind, c, req, r);
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
    ask(l, c, req, LOCAL_QUESTION, &r);
}

static void click(struct local *l, struct local_client *c, const struct json *j, uint64_t req, int64_t age_ms) {
    struct request r;
    request_init(c, REQUEST_BUTTON, req, age_ms, &r);
    if (!text_of(j, "id", r.text, DOC_BUTTON_ID_MAX + 2)) {
        refuse(l, c, req, tr(c->lang, "This button is not known.", "Ce bouton n’est pas connu."));
        return;
    }
    ask(l, c, req, LOCAL_CLICK, &r);
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
        n = args_takes_rest(spec) ? strlen(p) : strcspn(p, " ");
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
    if (!c) return;
    local_older_drop(c);
    *c = (struct local_client){0};
}

/* Messages of the channels are written once for all: in the language of whoever came last, after a restart too. */
static void learn_lang(struct local *l, enum lang lang) {
    if (l->lang_forced || (l->lang_known && l->lang == lang)) return;
    l->lang = lang;
    l->lang_known = true;
    l->host.state_put(l->host.arg, LOCAL_LANG_KEY, lang_tag(lang));
}

/* What somebody has chosen holds for them, whatever the configuration says; it decides about the rest. */
static void choose_lang(struct local *l, struct local_client *c, const struct json *j) {
    bool chosen;
    enum lang lang = lang_from_tag(json_str(j, "lang"));
    bool own = json_bool(j, "chosen", &chosen) && chosen;
    c->lang = l->lang_forced && !own ? l->lang : lang;
    learn_lang(l, c->lang);
}

/* A version that the page has seen, of this state folder: another one counts anew. */
static uint64_t version_of(const struct json *seen, const char *key) {
    const char *s = json_str(seen, key);
    if (!s || *s < '0' || *s > '9' || strlen(s) > 19) return 0;
    return strtoull(s, NULL, 10);
}

static void read_seen(const struct local *l, const struct json *j, struct local_seen *out) {
    const struct json *seen = json_at(j, "seen");
    *out = (struct local_seen){0};
    if (!seen || version_of(j, "epoch") != l->epoch) return;
    for (int i = 0; i < CHANNEL_COUNT; i++) out->channel[i] = version_of(seen, channel_name((enum channel)i));
    out->talk = version_of(seen, "talk");
}

static bool hello(struct local *l, struct local_client *c, const struct json *j) {
    const char *session = json_str(j, "session");
    struct local_seen seen;
    if (c->session[0] || !session || !is_session(session)) return false;
    str_copy(c->session, sizeof c->session, session);
    choose_lang(l, c, j);
    read_seen(l, j, &seen);
    local_welcome(l, c, &seen);
    return true;
}

/* false: of no channel. */
static bool older(struct local *l, struct local_client *c, const struct json *j, uint64_t req) {
    const char *name = json_str(j, "channel");
    uint64_t before = version_of(j, "before");
    int channel = 0;
    if (!name || !before) return false;
    while (channel < CHANNEL_COUNT && strcmp(name, channel_name((enum channel)channel))) channel++;
    if (channel == CHANNEL_COUNT && strcmp(name, "talk")) return false;
    if (!local_older_ask(l, c, req, channel, before))
        refuse(l, c, req, tr(c->lang, "One page at a time.", "Une page à la fois."));
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
    if (!strcmp(t, "lang")) {
        if (may) choose_lang(l, c, j);
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
    else if (!strcmp(t, "older"))
        return older(l, c, j, (uint64_t)req);
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
