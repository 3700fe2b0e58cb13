/*
 * fuzz_telegram: any bytes as Telegram's answers, to getUpdates and to what is sent. What
 * becomes a request has a person's number or nobody's, exactly as it was written; nobody
 * has an effect whose number is not in the bytes; a message that was taken is not sent
 * again; a 429 is obeyed; every body we send is JSON within the platform's limits.
 */
#include "tests/fuzz/house.h"

#include "bot/chat/telegram_priv.h"

#define SCRIPT_MAX 60
#define ANSWER_MAX 6000
#define TAKEN_MAX 64
#define RETRY_MAX_S 86400

struct chat {
    struct house *h;
    struct script in;
    struct arena *arena;
    int64_t not_before_ms;
    uint32_t said; /* messages of the desk so far */
    char taken[TAKEN_MAX][32];
    uint32_t taken_n;
    const char *answer; /* being given */
    bool listed_seen;   /* the owner's number was in some answer */
};

/* ---- what the program asks and makes of the answers ---- */

static void a_request(void *arg, const struct request *q) {
    const struct chat *c = arg;
    if (strcmp(q->user_id, "0") != 0) assert(strstr(c->answer, q->user_id)); /* as it was written */
    assert(strspn(q->user_id, "0123456789") == strlen(q->user_id) && *q->user_id);
    assert(q->user_id[0] != '0' || !q->user_id[1]);
    assert(strlen(q->text) < sizeof q->text && q->ext_id <= INT64_MAX);
    assert(q->address[0] == 'm' || q->address[0] == 'c');
    is_text(q->user_name);
}

/* The words of a message stand in one that was taken before. */
static bool was_taken(const struct chat *c, const char *text) {
    for (uint32_t i = 0; i < c->taken_n; i++)
        if (strstr(text, c->taken[i])) return true;
    return false;
}

static void asked(void *arg, const struct http_call *call) {
    struct chat *c = arg;
    struct json *body = json_parse(call->body, call->body_len, NULL);
    assert(json_is_object(body));
    const char *method = strrchr(call->url, '/') + 1, *text = json_str(body, "text");
    bool sends = !strcmp(method, "sendMessage") || !strcmp(method, "editMessageText");
    if (sends) {
        int64_t chat;
        assert(text && *text && utf8_valid(text, strlen(text)) && strlen(text) <= 4096 * 6);
        assert(json_i64(body, "chat_id", &chat) && chat);
        assert(virtual_ms >= c->not_before_ms && !was_taken(c, text));
    }
    if (!strcmp(method, "answerCallbackQuery") && text) assert(utf8_units16(text, strlen(text)) <= 200);
    json_free(body);
}

/* ---- answers ---- */

static const char *template_of(struct script *s) {
    static const char *const answers[] = {
        "{\"ok\":true,\"result\":[]}",
        "{\"ok\":true,\"result\":{\"message_id\":9}}",
        "{\"ok\":true,\"result\":{\"message_thread_id\":4,\"is_forum\":true}}",
        "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: can't parse entities\"}",
        "{\"ok\":false,\"error_code\":400,\"description\":\"Bad Request: message thread not found\"}",
        "{\"ok\":false,\"error_code\":400,\"description\":\"x\",\"parameters\":{\"migrate_to_chat_id\":-1009}}",
        "{\"ok\":false,\"error_code\":403,\"description\":\"Forbidden: bot was kicked\"}",
        "{\"ok\":false,\"error_code\":409,\"description\":\"Conflict\"}",
        "<html>502</html>",
        "",
    };
    return answers[script_below(s, sizeof answers / sizeof answers[0])];
}

/* An update out of parts, so that deep places are found; any part may be anything. */
static void write_update(struct chat *c, struct buf *b) {
    static const char *const numbers[] = {
        OWNER_TELEGRAM, OPERATOR_TELEGRAM, "400000009",      "0",    "-5", "9007199254740993",
        "4.5",          "\"400000001\"",   "\"0400000001\"", "null", "{}", "1e400"};
    static const char *const chats[] = {"-1001234567890", "400000001", "-100", "9007199254740992", "\"x\""};
    static const char *const texts[] = {"/pause", "/status", "/sos@mia_bot", "/close all", "hello", "/pause@other"};
    static const char *const kinds[] = {"message",        "edited_message", "channel_post",
                                        "callback_query", "my_chat_member", "x"};
    static const char *const marks[] = {"via_bot", "sender_chat", "forward_date", "edit_date", "forward_origin", "y"};
    struct script *s = &c->in;
    struct jw w;
    uint8_t kind = script_below(s, 6);
    jw_init(&w, b);
    jw_obj(&w);
    jw_ki64(&w, "update_id", 5000 + script_u8(s));
    jw_key(&w, kinds[kind]);
    jw_obj(&w);
    if (kind == 3) {
        jw_kstr(&w, "id", "55");
        jw_kstr(&w, "data", script_u8(s) & 1 ? "/status" : script_text(s, c->arena, 80));
        jw_key(&w, "message");
        jw_obj(&w);
    }
    jw_key(&w, "chat");
    jw_obj(&w);
    jw_key(&w, "id");
    jw_raw(&w, chats[script_below(s, 5)]);
    jw_kstr(&w, "type", script_u8(s) & 1 ? "private" : "supergroup");
    jw_end_obj(&w);
    jw_ki64(&w, "message_id", 7);
    if (kind == 3) jw_end_obj(&w);
    jw_key(&w, "from");
    jw_obj(&w);
    jw_key(&w, "id");
    jw_raw(&w, numbers[script_below(s, 12)]);
    jw_kbool(&w, "is_bot", script_u8(s) == 1);
    jw_kstr(&w, "first_name", script_text(s, c->arena, 60));
    jw_kstr(&w, "language_code", "fr");
    jw_end_obj(&w);
    jw_ki64(&w, "date", script_u8(s) & 1 ? when_sec(clock_wall()) : (int64_t)script_u64(s) >> 11);
    jw_ki64(&w, marks[script_below(s, 6)], 1);
    jw_kstr(&w, "text", script_u8(s) & 3 ? texts[script_below(s, 6)] : script_text(s, c->arena, 600));
    jw_end_obj(&w);
    jw_end_obj(&w);
}

static void updates(struct chat *c, struct http_call *call) {
    struct buf b;
    buf_init(&b, 1u << 20);
    buf_str(&b, "{\"ok\":true,\"result\":[");
    for (int i = script_u8(&c->in) % 3; i >= 0; i--) {
        write_update(c, &b);
        if (i) buf_char(&b, ',');
    }
    buf_str(&b, "]}");
    c->listed_seen |= strstr(b.p, OWNER_TELEGRAM) || strstr(b.p, OPERATOR_TELEGRAM);
    c->answer = b.p;
    virtual_answer(call, HTTP_ANSWERED, 200, b.p, b.len);
    buf_clear(&b);
}

/* What our answer says of the call it ends. */
static void remember(struct chat *c, const struct http_call *call, int status, const char *text, size_t n) {
    struct json *j = json_parse(text, n, NULL), *body = json_parse(call->body, call->body_len, NULL);
    bool ok = false, send = strstr(call->url, "/sendMessage") != NULL;
    int64_t code = status, seconds = 0;
    json_bool(j, "ok", &ok);
    json_i64(j, "error_code", &code);
    json_i64(j, "parameters.retry_after", &seconds);
    if (send && !ok && (code == 429 || status == 429) && seconds > 0) {
        int64_t until = virtual_ms + 1000 * (seconds < RETRY_MAX_S ? seconds : RETRY_MAX_S);
        if (until > c->not_before_ms) c->not_before_ms = until;
    }
    const char *said_text = json_str(body, "text"), *mark = said_text ? strstr(said_text, "said-") : NULL;
    if (send && ok && status == 200 && mark && c->taken_n < TAKEN_MAX) str_copy_n(c->taken[c->taken_n++], 32, mark, 10);
    json_free(j);
    json_free(body);
}

static void answer_one(struct chat *c) {
    static const int statuses[] = {200, 200, 200, 400, 401, 403, 404, 429, 500, 502};
    struct http_call *call = c->h->http->first;
    for (uint8_t skip = script_u8(&c->in) % 4; skip && call && call->next; skip--) call = call->next;
    if (!call) return;
    uint8_t how = script_u8(&c->in);
    int status = statuses[how % 10];
    bool poll = call->own_connection;
    if (how >= 250) {
        virtual_answer(call, how & 1 ? HTTP_NOT_SENT : HTTP_MAYBE, 0, "", 0);
    } else if (poll && how & 64) {
        updates(c, call);
    } else {
        const char *text = how & 128 ? script_text(&c->in, c->arena, ANSWER_MAX) : template_of(&c->in);
        if (how % 10 == 7)
            text = arena_printf(c->arena, "{\"ok\":false,\"error_code\":429,\"parameters\":{\"retry_after\":%u}}",
                                script_u32(&c->in) >> script_u8(&c->in) % 32);
        c->listed_seen |= strstr(text, OWNER_TELEGRAM) || strstr(text, OPERATOR_TELEGRAM);
        remember(c, call, status, text, strlen(text));
        c->answer = text;
        virtual_answer(call, HTTP_ANSWERED, status, text, strlen(text));
    }
    house_turn(c->h);
}

static void speak(struct chat *c) {
    static const enum urgency urgencies[] = {URGENCY_INFO, URGENCY_IMPORTANT, URGENCY_URGENT};
    struct doc *d = doc_new(c->arena, LANG_FR, DOC_NOTICE);
    doc_title(d, "🟢", "said-%05u", c->said++);
    doc_line(d, "%s", script_text(&c->in, c->arena, 3000));
    const struct outbox_message m = {.platform = PLATFORM_TELEGRAM,
                                     .channel = (enum channel)script_below(&c->in, CHANNEL_COUNT),
                                     .urgency = urgencies[script_below(&c->in, 3)],
                                     .critical = true,
                                     .doc = d};
    outbox_message(c->h->outbox, &m);
    house_turn(c->h);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct chat c = {.in = {bytes, n}, .arena = arena_new(32u << 20)};
    c.h = house_open(false, true);
    c.h->on_request = a_request;
    c.h->http->asked = asked;
    c.h->arg = c.h->http->arg = &c;
    if (bytes && n && bytes[0] & 1) house_telegram_up(c.h);
    for (int i = 0; i < SCRIPT_MAX && c.in.left; i++) {
        uint8_t what = script_u8(&c.in) % 8;
        if (what < 5)
            answer_one(&c);
        else if (what == 5)
            speak(&c);
        else
            house_sleep(c.h, what == 6 ? 50 * (int64_t)script_u8(&c.in) : 4000 * (int64_t)script_u8(&c.in));
    }
    assert(!c.h->operator_commands || c.listed_seen);
    house_close(c.h);
    arena_free(c.arena);
    return 0;
}
