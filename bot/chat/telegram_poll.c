/*
 * telegram_poll: getUpdates -> requests. An update is confirmed to the platform only
 * by the offset of the next poll, and that poll waits until everything received so far
 * is durable. Who somebody is comes from from.id alone; a command of nobody, or one that
 * was not typed as a new message, still is an attempt and goes on as such.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/telegram_priv.h"
#include "engine/base/log.h"

#define NOBODY 0       /* user_id where the sender cannot be told: on no list */
#define QUERY_MAX 64   /* of a click's id */
#define UNREADABLE "?" /* text of a click that carries nothing */

static void poll(void *arg);

static bool genuine(const struct json *m) {
    bool bot = false;
    json_bool(m, "from.is_bot", &bot);
    return !bot && json_is_null(json_at(m, "sender_chat")) && json_is_null(json_at(m, "forward_origin")) &&
           json_is_null(json_at(m, "forward_from")) && json_is_null(json_at(m, "forward_date")) &&
           json_is_null(json_at(m, "via_bot")) && json_is_null(json_at(m, "edit_date")) &&
           json_is_null(json_at(m, "is_automatic_forward"));
}

static void who(const struct telegram *t, const struct json *from, struct request *r) {
    uint64_t id = NOBODY;
    struct buf name;
    const char *first = json_str(from, "first_name"), *code = json_str(from, "language_code");
    json_id(from, "id", &id);
    snprintf(r->user_id, sizeof r->user_id, "%llu", (unsigned long long)id);
    buf_init(&name, sizeof r->user_name);
    if (first) buf_text(&name, first, utf8_prefix16(first, strlen(first), 30), false);
    str_copy(r->user_name, sizeof r->user_name, name.p ? name.p : "");
    buf_clear(&name);
    r->lang = telegram_lang(t, code);
}

/* At home: the configured group, or a private chat. Who may do what there is decided by from.id alone. */
static bool where(const struct telegram *t, const struct json *m, struct request *r, int64_t *chat, int64_t *thread) {
    const char *type = json_str(m, "chat.type");
    *thread = 0;
    if (!json_i64(m, "chat.id", chat) || !type) return false;
    json_i64(m, "message_thread_id", thread);
    snprintf(r->chat_id, sizeof r->chat_id, "%lld", (long long)*chat);
    r->can_be_private = !strcmp(type, "private");
    r->home = r->can_be_private || *chat == t->chat;
    return true;
}

/* "/close@mia_bot 17" -> for us; "/close@other_bot" -> not for us. */
static bool for_us(const struct telegram *t, const char *text, char *out, size_t size) {
    size_t word = strcspn(text, " \n\t");
    const char *at = memchr(text, '@', word);
    if (text[0] != '/') return false;
    if (!at) return str_copy(out, size, text), true;
    size_t n = word - (size_t)(at + 1 - text);
    if (strlen(t->username) != n || strncasecmp(at + 1, t->username, n)) return false;
    snprintf(out, size, "%.*s%s", (int)(at - text), text, text + word);
    return true;
}

/* fresh: a new message, and not the change of one or a channel's. */
static void message(struct telegram *t, const struct json *m, bool fresh, uint64_t update) {
    struct request r = {.platform = PLATFORM_TELEGRAM, .kind = REQUEST_COMMAND, .ext_id = update, .sent = WHEN_NONE};
    int64_t chat, thread, id = 0, date, moved;
    const char *text = json_str(m, "text");
    if (json_i64(m, "migrate_to_chat_id", &moved) && json_i64(m, "chat.id", &chat) && chat == t->chat) {
        telegram_migrated(t, moved);
        return;
    }
    if (!text || !where(t, m, &r, &chat, &thread) || !for_us(t, text, r.text, sizeof r.text)) return;
    who(t, json_at(m, "from"), &r);
    json_i64(m, "message_id", &id);
    if (json_i64(m, "date", &date)) r.sent = when_from_sec(date);
    r.genuine = fresh && genuine(m);
    str_copy(r.bot_id, sizeof r.bot_id, t->bot_id);
    snprintf(r.address, sizeof r.address, "m:%lld:%lld:%lld", (long long)chat, (long long)thread, (long long)id);
    t->host.receive(t->host.arg, &r);
}

static void callback(struct telegram *t, const struct json *q, uint64_t update) {
    struct request r = {.platform = PLATFORM_TELEGRAM, .kind = REQUEST_BUTTON, .ext_id = update, .sent = WHEN_NONE};
    int64_t chat = 0, thread = 0, id = 0;
    const char *data = json_str(q, "data"), *query = json_str(q, "id");
    if (!query || strlen(query) > QUERY_MAX) return;
    who(t, json_at(q, "from"), &r);
    bool known = where(t, json_at(q, "message"), &r, &chat, &thread);
    json_i64(q, "message.message_id", &id);
    bool bot = false;
    json_bool(q, "from.is_bot", &bot);
    r.genuine = known && !bot;
    r.can_be_private = true; /* the answer to the click itself */
    str_copy(r.text, sizeof r.text, data ? data : UNREADABLE);
    str_copy(r.bot_id, sizeof r.bot_id, t->bot_id);
    snprintf(r.address, sizeof r.address, "c:%lld:%lld:%lld:%s", (long long)chat, (long long)thread, (long long)id,
             query);
    t->host.receive(t->host.arg, &r);
}

static void update(struct telegram *t, const struct json *u) {
    /* Only the first is asked for; of the others some may wait from before it was said so. */
    static const char *const kinds[] = {"message", "edited_message", "channel_post", "edited_channel_post"};
    int64_t id;
    if (!json_i64(u, "update_id", &id) || id < 0) return;
    t->offset = id + 1;
    const struct json *q = json_at(u, "callback_query");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const struct json *m = json_at(u, kinds[i]);
        if (!m) continue;
        message(t, m, i == 0, (uint64_t)id);
        return;
    }
    if (q) callback(t, q, (uint64_t)id);
}

static void retry_in(struct telegram *t, int64_t ms) {
    loop_timer_start(t->retry, ms, 0);
}

/* Messages still go out: only commands are somebody else's for now. */
static void say_rival(struct telegram *t, bool webhook) {
    t->rival = true;
    if (webhook)
        t->host.alarm(t->host.arg, PLATFORM_TELEGRAM, URGENCY_URGENT, "telegram.conflict",
                      "Telegram: a webhook is set for this bot (409), so its commands go elsewhere. Remove it with "
                      "deleteWebhook, or make a new token.",
                      "Telegram\u00a0: un webhook est posé sur ce bot (409), ses commandes partent donc ailleurs. "
                      "Retirez-le avec deleteWebhook, ou créez un nouveau jeton.");
    else
        t->host.alarm(
            t->host.arg, PLATFORM_TELEGRAM, URGENCY_URGENT, "telegram.conflict",
            "Telegram: another program uses this bot's token (409). Commands from Telegram are not taken "
            "until it stops.",
            "Telegram\u00a0: un autre programme utilise le jeton de ce bot (409). Les commandes de Telegram ne "
            "sont pas prises tant qu’il tourne.");
}

static void conflict(struct telegram *t, const struct tg_answer *a) {
    t->conflict_ms = clock_mono_ms();
    if (++t->conflicts >= TELEGRAM_CONFLICTS_ALARM) say_rival(t, strstr(a->text, "webhook") != NULL);
    int64_t least = t->rival ? TELEGRAM_RIVAL_MS : TELEGRAM_CONFLICT_MS;
    retry_in(t, least + (int64_t)rng_below(&t->rng, t->rival ? 5000 : 2000));
}

/* Two that poll take turns in being refused: only a quiet time says that the other one is gone. */
static void no_conflict(struct telegram *t) {
    if (!t->conflicts || clock_mono_ms() - t->conflict_ms < TELEGRAM_RIVAL_GONE_MS) return;
    t->conflicts = 0;
    if (!t->rival) return;
    t->rival = false;
    t->host.alarm_over(t->host.arg, PLATFORM_TELEGRAM, "telegram.conflict",
                       "The other program is gone; commands from Telegram are taken again.",
                       "L’autre programme a disparu\u00a0; les commandes de Telegram sont de nouveau prises.");
}

/* Nothing new ends a long poll after its time. Where it ends at once, the next one waits: the loop would be a storm. */
static void next_poll(void *arg) {
    struct telegram *t = arg;
    if (t->closing || t->stopped) return;
    t->looked = true;
    t->host.heard(t->host.arg, PLATFORM_TELEGRAM);
    if (t->rival)
        retry_in(t, TELEGRAM_RIVAL_LOOK_MS);
    else if (t->nothing_new && t->poll_ms && clock_mono_ms() - t->poll_ms < TELEGRAM_POLL_PAUSE_MS)
        retry_in(t, TELEGRAM_POLL_PAUSE_MS);
    else
        poll(t);
}

/* Only so that a start does not confirm too much: one that is a little old confirms nothing new, and what comes twice is told
 * apart. A write now and then will do. */
static void keep_offset(struct telegram *t) {
    char offset[48];
    int64_t now = clock_mono_ms();
    if (t->offset_kept_ms && now - t->offset_kept_ms < TELEGRAM_OFFSET_KEEP_MS) return;
    t->offset_kept_ms = now;
    snprintf(offset, sizeof offset, "%lld %lld", (long long)t->offset, (long long)t->offset_at);
    t->host.state_put(t->host.arg, "telegram.offset", offset);
}

static void polled(void *arg, const struct tg_answer *a) {
    struct telegram *t = arg;
    t->poll = NULL;
    if (t->closing || t->stopped) return;
    switch (a->result) {
    case TG_OK:
        no_conflict(t);
        backoff_reset(&t->backoff);
        telegram_up(t);
        t->nothing_new = true;
        if (!json_is_array(a->value) || !json_count(a->value)) {
            next_poll(t);
            return;
        }
        int64_t before = t->offset;
        for (const struct json *u = json_first(a->value); u; u = json_next(u)) update(t, u);
        t->nothing_new = t->offset == before;
        t->offset_at = when_sec(clock_wall());
        keep_offset(t);
        t->host.after_commit(t->host.arg, next_poll, t); /* only a durable update is confirmed */
        return;
    case TG_REVOKED:
        telegram_stop(t, "telegram.revoked", "Telegram refuses the token (401): make a new one with @BotFather",
                      "Telegram refuse le jeton (401)\u00a0: créez-en un nouveau avec @BotFather");
        return;
    case TG_NO:
        if (a->code == 409) {
            conflict(t, a);
            return;
        }
        break;
    case TG_AGAIN:
    case TG_MAYBE: break;
    }
    telegram_down(t, a->text, a->text);
    retry_in(t, a->wait_ms > 0 ? a->wait_ms : backoff_next(&t->backoff, &t->rng));
}

static void poll(void *arg) {
    struct telegram *t = arg;
    struct buf b;
    struct jw w;
    if (t->closing || t->stopped || t->draining || t->poll) return;
    /* The first look, and one after a failure: what waits there, and whether it is over, is learned at once. */
    bool waits = t->up && t->looked && !t->rival;
    t->poll_ms = waits ? clock_mono_ms() : 0;
    buf_init(&b, 512);
    jw_init(&w, &b);
    jw_obj(&w);
    /* An offset that is too old may lie above what comes now, and would confirm it unread. What comes twice is told apart. */
    jw_ki64(&w, "offset", when_sec(clock_wall()) - t->offset_at > TELEGRAM_OFFSET_TRUST_S ? 0 : t->offset);
    jw_ki64(&w, "limit", 100);
    jw_ki64(&w, "timeout", waits ? TELEGRAM_POLL_S : 0);
    jw_key(&w, "allowed_updates");
    jw_arr(&w);
    jw_str(&w, "message");
    jw_str(&w, "callback_query");
    jw_str(&w, "my_chat_member");
    jw_end_arr(&w);
    jw_end_obj(&w);
    telegram_call(t, "getUpdates", b.p, TELEGRAM_POLL_TIMEOUT_MS, true, polled, t);
    buf_clear(&b);
}

void telegram_poll_start(struct telegram *t) {
    poll(t);
}

/* What was not fetched, or not confirmed by a later poll, comes again after the restart. */
void telegram_drain(void *state) {
    struct telegram *t = state;
    t->draining = true;
    loop_timer_stop(t->retry);
    if (t->poll) telegram_call_drop(t, t->poll);
    t->poll = NULL;
}
