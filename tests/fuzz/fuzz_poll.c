/*
 * fuzz_poll: Telegram's getUpdates as a script: each byte is something the server does
 * (updates, the same again, numbers that jump or begin anew after a week, 409, 429, 5xx,
 * silence), or time, a slow disk, a kill. The oracle is the server's own queue:
 *   an offset never passes a command that is not on the disk; one poll at a time, never
 *   before the time that was asked for; a command has one row and one effect however often
 *   it comes; only listed people have any; and a server that behaves gets rid of them all.
 */
#include "tests/fuzz/house.h"

#include "bot/chat/telegram_priv.h"
#include "engine/net/json.h"

#define SCRIPT_MAX 200
#define UPDATES_MAX 512
#define BATCH_MAX 100
#define STRANGER "400000009"
#define DAY_MS (24 * 3600 * 1000LL)
#define RETRY_MAX_S 86400 /* a longer order to wait is asked again after a day */

struct update {
    uint64_t id;
    int64_t at_ms;
    bool confirmed, delivered;
    uint8_t how;
};

struct server {
    struct house *h;
    struct update u[UPDATES_MAX];
    uint32_t n;
    uint64_t next_id;
    int64_t not_before_ms, offset;
    bool stopped;
    uint32_t pauses;
};

/* By whom and what: only the first three kinds are commands of listed people in a place of theirs. */
static bool is_command(const struct update *u) {
    return u->how % 12 < 3;
}

/* ---- what the program asks ---- */

static void confirm(struct server *s, struct update *u) {
    u->confirmed = true;
    if (virtual_ms - u->at_ms >= DAY_MS) return; /* the server had dropped it already */
    assert(u->delivered);
    if (is_command(u)) assert(disk_inbox_count(s->h->disk, "telegram", u->id) == 1);
}

static void on_poll(struct server *s, const struct http_call *c) {
    int64_t timeout = -1;
    struct json *body = json_parse(c->body, c->body_len, NULL);
    assert(body && c->own_connection && virtual_call(s->h->http, "/getUpdates") == c); /* the only one */
    assert(!s->stopped && virtual_ms >= s->not_before_ms);
    assert(json_i64(body, "offset", &s->offset) && s->offset >= 0);
    assert(json_i64(body, "timeout", &timeout) && timeout >= 0 && timeout <= 50);
    assert(json_count(json_at(body, "allowed_updates")) == 3);
    for (uint32_t i = 0; i < s->n; i++)
        if (!s->u[i].confirmed && (int64_t)s->u[i].id < s->offset) confirm(s, &s->u[i]);
    json_free(body);
}

static void asked(void *arg, const struct http_call *c) {
    struct server *s = arg;
    struct json *body = json_parse(c->body, c->body_len, NULL);
    assert(json_is_object(body) && !strcmp(c->method, "POST"));
    json_free(body);
    const char *method = strrchr(c->url, '/') + 1;
    if (!strcmp(method, "getUpdates")) on_poll(s, c);
}

/* ---- updates ---- */

static void person(struct jw *w, const char *id, bool bot) {
    jw_key(w, "from");
    jw_obj(w);
    jw_key(w, "id");
    jw_raw(w, id);
    jw_kbool(w, "is_bot", bot);
    jw_kstr(w, "first_name", "Ann");
    jw_kstr(w, "language_code", "fr");
    jw_end_obj(w);
}

static void place(struct jw *w, int64_t chat) {
    jw_key(w, "chat");
    jw_obj(w);
    jw_ki64(w, "id", chat);
    jw_kstr(w, "type", chat > 0 ? "private" : "supergroup");
    jw_end_obj(w);
}

static void message(struct jw *w, const struct update *u, const char *from, int64_t chat, const char *text) {
    jw_key(w, "message");
    jw_obj(w);
    jw_ki64(w, "message_id", 7);
    jw_ki64(w, "date", VIRTUAL_WALL_START + (u->at_ms - VIRTUAL_MONO_START) / 1000);
    person(w, from, u->how % 12 == 7);
    place(w, chat);
    if (u->how % 12 == 5) jw_ki64(w, "forward_date", 1);
    if (u->how % 12 == 6) jw_ki64(w, "edit_date", 1);
    if (u->how % 12 == 8) {
        jw_key(w, "sender_chat");
        jw_obj(w);
        jw_ki64(w, "id", chat);
        jw_end_obj(w);
    }
    jw_kstr(w, "text", text);
    jw_end_obj(w);
}

static void click(struct jw *w, const struct update *u, const char *from) {
    jw_key(w, "callback_query");
    jw_obj(w);
    jw_kstr(w, "id", "123456789");
    person(w, from, false);
    jw_kstr(w, "data", "/status");
    jw_key(w, "message");
    jw_obj(w);
    jw_ki64(w, "message_id", 8);
    place(w, HOUSE_CHAT);
    jw_end_obj(w);
    jw_end_obj(w);
    (void)u;
}

static void write_update(struct jw *w, const struct update *u) {
    static const char *const texts[] = {"/pause", "/status", "/sos@mia_bot", "/close all"};
    const char *text = texts[(u->how >> 4) & 3];
    jw_obj(w);
    jw_key(w, "update_id");
    jw_u64(w, u->id);
    switch (u->how % 12) {
    case 0: message(w, u, OWNER_TELEGRAM, HOUSE_CHAT, text); break;
    case 1: message(w, u, OWNER_TELEGRAM, 400000001, text); break;
    case 2: click(w, u, OWNER_TELEGRAM); break;
    case 3: message(w, u, STRANGER, HOUSE_CHAT, text); break;
    case 4: message(w, u, OWNER_TELEGRAM, HOUSE_CHAT, "good morning"); break;
    case 9: message(w, u, OWNER_TELEGRAM, -100999, text); break;
    case 10: click(w, u, STRANGER); break;
    case 11: /* something we never asked for */
        jw_key(w, "poll_answer");
        jw_obj(w);
        jw_end_obj(w);
        break;
    default: message(w, u, OWNER_TELEGRAM, HOUSE_CHAT, text); break; /* forwarded, edited, by a bot, anonymous */
    }
    jw_end_obj(w);
}

static void something_happens(struct server *s, uint8_t how) {
    if (s->n == UPDATES_MAX) return;
    struct update *u = &s->u[s->n++];
    *u = (struct update){.id = s->next_id++, .at_ms = virtual_ms, .how = how};
    s->pauses += is_command(u);
}

/* ---- answers ---- */

static void settle(struct server *s) {
    house_turn(s->h);
}

static struct http_call *poll_of(struct server *s) {
    return virtual_call(s->h->http, "/getUpdates");
}

/* What is due, or more: `all` brings what was confirmed long ago too, `twice` everything two times. */
static void deliver(struct server *s, uint32_t limit, bool all, bool twice) {
    struct http_call *c = poll_of(s);
    struct buf b;
    struct jw w;
    uint32_t given = 0;
    if (!c) return;
    buf_init(&b, 1u << 20);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_kbool(&w, "ok", true);
    jw_key(&w, "result");
    jw_arr(&w);
    for (int round = 0; round < 1 + twice; round++)
        for (uint32_t i = 0; i < s->n && given < limit; i++) {
            struct update *u = &s->u[i];
            if (virtual_ms - u->at_ms >= DAY_MS) continue; /* kept for a day, whatever happens */
            if (!all && (u->confirmed || (int64_t)u->id < s->offset)) continue;
            write_update(&w, u);
            u->delivered = true;
            given++;
        }
    jw_end_arr(&w);
    jw_end_obj(&w);
    assert(!b.overflow);
    virtual_answer(c, HTTP_ANSWERED, 200, b.p, b.len);
    buf_clear(&b);
    settle(s);
}

static void refuse(struct server *s, struct http_call *c, int code, int64_t retry_s) {
    struct buf b;
    struct jw w;
    buf_init(&b, 4096);
    jw_init(&w, &b);
    jw_obj(&w);
    jw_kbool(&w, "ok", false);
    jw_ki64(&w, "error_code", code);
    jw_kstr(&w, "description", code == 409 ? "Conflict: terminated by other getUpdates request" : "Refused: for once");
    if (retry_s) {
        jw_key(&w, "parameters");
        jw_obj(&w);
        jw_ki64(&w, "retry_after", retry_s);
        jw_end_obj(&w);
    }
    jw_end_obj(&w);
    virtual_answer(c, HTTP_ANSWERED, code, b.p, b.len);
    buf_clear(&b);
    settle(s);
}

static void refuse_poll(struct server *s, int code, int64_t retry_s) {
    struct http_call *c = poll_of(s);
    if (!c) return;
    if (code == 409) s->not_before_ms = virtual_ms + TELEGRAM_CONFLICT_MS;
    if (retry_s) s->not_before_ms = virtual_ms + 1000 * (retry_s < RETRY_MAX_S ? retry_s : RETRY_MAX_S);
    if (code == 401) s->stopped = true;
    refuse(s, c, code, retry_s);
}

/* Everything but the poll. */
static struct http_call *other_call(struct server *s) {
    for (struct http_call *c = s->h->http->first; c; c = c->next)
        if (!c->own_connection) return c;
    return NULL;
}

static void answer_well(struct http_call *c) {
    if (!strcmp(strrchr(c->url, '/'), "/getMe"))
        virtual_answer_text(c, 200, "{\"ok\":true,\"result\":{\"id\":" HOUSE_BOT_TG ",\"username\":\"mia_bot\"}}");
    else
        virtual_answer_text(c, 200, "{\"ok\":true,\"result\":{\"message_id\":9,\"is_forum\":false}}");
}

static void answer_other(struct server *s, uint8_t how) {
    static const int codes[] = {400, 403, 404, 409, 500, 502};
    struct http_call *c = other_call(s);
    if (!c) return;
    if (how < 128)
        answer_well(c);
    else if (how < 160)
        refuse(s, c, 429, how - 127);
    else if (how < 192)
        virtual_answer(c, HTTP_MAYBE, 0, "", 0);
    else if (how < 224)
        virtual_answer(c, HTTP_NOT_SENT, 0, "", 0);
    else
        refuse(s, c, codes[how % 6], 0);
    settle(s);
}

static void pass(struct server *s, int64_t ms) {
    house_sleep(s->h, ms);
}

static void listen_in(struct server *s) {
    s->h->http->asked = asked;
    s->h->http->arg = s;
    s->stopped = false;
    s->not_before_ms = 0;
}

static void start_again(struct server *s) {
    house_start(s->h);
    listen_in(s);
    if (virtual_call(s->h->http, "/getMe")) house_telegram_up(s->h);
}

static void kill_it(struct server *s, uint32_t durable) {
    house_kill(s->h, durable);
    start_again(s);
}

static void off_for_a_week(struct server *s) {
    house_kill(s->h, 1);
    virtual_ms += 8 * DAY_MS;
    start_again(s);
}

static void jump(struct server *s, uint8_t how) {
    bool week = s->n && virtual_ms - s->u[s->n - 1].at_ms >= 7 * DAY_MS;
    if (how & 1)
        s->next_id += 1 + 1000 * (uint64_t)how;
    else if (week && s->next_id > 4000000) /* after a week of silence numbers begin anew, anywhere */
        s->next_id = 1000000 + 3000 * (uint64_t)how;
}

static void one_step(struct server *s, struct script *in) {
    uint8_t what = script_u8(in), how = script_u8(in);
    struct http_call *c;
    struct script part;
    switch (what % 16) {
    case 0: something_happens(s, how); return;
    case 1: jump(s, how); return;
    case 2: deliver(s, BATCH_MAX, false, false); return;
    case 3: deliver(s, 1 + how % 4, false, false); return;
    case 4: deliver(s, BATCH_MAX, how & 1, how & 2); return;
    case 5: refuse_poll(s, 409, 0); return;
    case 6: refuse_poll(s, 429, how == 255 ? 100000 : 1 + 10 * (int64_t)how); return;
    case 7: refuse_poll(s, how & 1 ? 500 : 502, 0); return;
    case 8:
        if ((c = poll_of(s))) virtual_answer(c, how & 1 ? HTTP_MAYBE : HTTP_NOT_SENT, 0, "", 0);
        settle(s);
        return;
    case 9: pass(s, 100 * (int64_t)how); return;
    case 10:
        if (how < 250)
            pass(s, 10000 * (int64_t)how);
        else
            off_for_a_week(s);
        return;
    case 11: s->h->commits_held = how & 1; return;
    case 12: kill_it(s, how % 4); return;
    case 13: answer_other(s, how); return;
    case 14:
        if (how == 255) refuse_poll(s, 401, 0);
        return;
    case 15:
        part = script_part(in, 300);
        if (memmem(part.p, part.left, "update_id", 9) || !(c = poll_of(s))) return;
        virtual_answer(c, HTTP_ANSWERED, 200, part.p, part.left);
        settle(s);
        return;
    }
}

/* ---- the end: a server that behaves ---- */

static bool all_taken(const struct server *s) {
    for (uint32_t i = 0; i < s->n; i++)
        if (!s->u[i].confirmed && virtual_ms - s->u[i].at_ms < DAY_MS) return false;
    return true;
}

static void gets_rid_of_all(struct server *s) {
    struct http_call *c;
    s->h->commits_held = false;
    for (int i = 0; !all_taken(s); i++) {
        assert(i < 30 * 3600 / 20); /* a day that it was told to wait, and the longest back-off */
        while ((c = other_call(s))) {
            answer_well(c);
            settle(s);
        }
        deliver(s, BATCH_MAX, false, false);
        pass(s, 20000);
    }
}

static void rows_are_right(const struct server *s) {
    const struct disk *d = s->h->disk;
    uint32_t commands = 0;
    for (size_t i = 0; i < d->events_n; i++) {
        if (d->events[i].kind != EVENT_COMMAND) continue;
        assert(!strcmp(d->events[i].u.command.actor, "telegram:" OWNER_TELEGRAM));
        commands++;
    }
    assert(commands <= s->pauses);
    for (uint32_t i = 0; i < s->n; i++)
        if (s->u[i].confirmed && s->u[i].delivered && is_command(&s->u[i]))
            assert(disk_inbox_count(d, "telegram", s->u[i].id) == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    struct script in = {bytes, n};
    struct server *s = xcalloc(1, sizeof *s);
    s->h = house_open(false, true);
    s->next_id = 5000000;
    listen_in(s);
    house_telegram_up(s->h);
    for (int i = 0; i < SCRIPT_MAX && in.left; i++) one_step(s, &in);
    if (!s->stopped) gets_rid_of_all(s);
    rows_are_right(s);
    house_close(s->h);
    free(s);
    return 0;
}
