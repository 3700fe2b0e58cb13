/*
 * telegram_send: deliveries in the platform's limits. A queue of jobs, answers first;
 * token buckets for the bot, the group and single chats; a 429 blocks the whole bot
 * for the time it names. There is no idempotency key: what may have arrived is said so
 * (OUTCOME_AMBIGUOUS), and a repeat carries its mark.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/telegram_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define ANSWER_TEXT_MAX 200 /* of answerCallbackQuery */
#define PART_AGAIN_MS 1000
#define CHUNK_WAITS_MAX 5 /* a long text waits so often for its next part; then all of it goes again */

static void pump(void *arg);
static void step(struct tg_job *j);
static void queue(struct telegram *t, struct tg_job *j);

static void job_free(struct tg_job *j) {
    telegram_text_clear(&j->text);
    free(j->file_bytes);
    arena_free(j->arena);
    free(j);
}

static void finish_saying(struct tg_job *j, enum outcome o, int64_t retry_ms, const struct err *why) {
    struct delivery_result r = {.outcome = o, .retry_ms = retry_ms};
    struct telegram *t = j->telegram;
    if (why) r.err = *why;
    if (o == OUTCOME_DELIVERED && j->first_message)
        snprintf(r.message_ref, sizeof r.message_ref, "%lld/%lld", (long long)j->chat, (long long)j->first_message);
    t->latency_ms = clock_mono_ms() - j->began_ms;
    t->jobs--;
    if (j->id && !t->closing) t->host.delivered(t->host.arg, PLATFORM_TELEGRAM, j->id, &r);
    job_free(j);
}

static void finish(struct tg_job *j, enum outcome o, int64_t retry_ms, const char *why) {
    struct err e = {0};
    if (why && *why) err_set(&e, ERR_NET, "%s", "%s", why);
    finish_saying(j, o, retry_ms, &e);
}

static void render(struct tg_job *j) {
    char tag[24] = "";
    telegram_text_clear(&j->text);
    if (j->channel >= 0 && !j->thread) snprintf(tag, sizeof tag, "#%s", channel_name((enum channel)j->channel));
    if (j->caption)
        render_telegram_caption(j->doc, !j->plain, tag, j->repeat, &j->text);
    else if (j->plain)
        render_telegram_plain(j->doc, tag, j->repeat, &j->text);
    else
        render_telegram(j->doc, tag, j->repeat, &j->text);
}

/* ---- bodies ---- */

void tg_reply_parameters(const struct tg_job *j, struct buf *out) {
    struct jw w;
    if (!j->reply_to || j->chunk > 0 || j->file_out) return;
    jw_init(&w, out);
    jw_obj(&w);
    jw_ki64(&w, "message_id", j->reply_to);
    jw_kbool(&w, "allow_sending_without_reply", true);
    jw_end_obj(&w);
}

static void body_of(const struct tg_job *j, struct buf *b) {
    struct jw w;
    bool edit = j->message != 0;
    jw_init(&w, b);
    jw_obj(&w);
    jw_ki64(&w, "chat_id", j->chat);
    if (edit) jw_ki64(&w, "message_id", j->message);
    if (!edit && j->thread) jw_ki64(&w, "message_thread_id", j->thread);
    jw_kstr(&w, j->caption ? "caption" : "text", j->text.chunk[j->chunk].p);
    if (!j->plain) jw_kstr(&w, "parse_mode", "HTML");
    if (!j->caption) {
        jw_key(&w, "link_preview_options");
        jw_raw(&w, "{\"is_disabled\":true}");
    }
    if (!edit && j->silent) jw_kbool(&w, "disable_notification", true);
    struct buf reply;
    buf_init(&reply, 256);
    if (!edit) tg_reply_parameters(j, &reply);
    if (reply.len) {
        jw_key(&w, "reply_parameters");
        jw_raw(&w, reply.p);
    }
    buf_clear(&reply);
    if (j->chunk + 1 >= j->text.n && j->text.keyboard.len) {
        jw_key(&w, "reply_markup");
        jw_raw(&w, j->text.keyboard.p);
    }
    jw_end_obj(&w);
}

static void answer_body(const struct tg_job *j, struct buf *b) {
    struct jw w;
    jw_init(&w, b);
    jw_obj(&w);
    jw_kstr(&w, "callback_query_id", j->query);
    if (j->alert && j->doc) {
        struct buf text;
        buf_init(&text, 4096);
        doc_headline(j->doc, &text);
        for (uint32_t i = 0; i < j->doc->line_count && i < 3; i++) buf_printf(&text, "\n%s", j->doc->lines[i]);
        jw_key(&w, "text");
        jw_str_n(&w, text.p ? text.p : "", utf8_prefix16(text.p ? text.p : "", text.len, ANSWER_TEXT_MAX));
        jw_kbool(&w, "show_alert", true);
        buf_clear(&text);
    }
    jw_end_obj(&w);
}

/* ---- answers of the platform ---- */

static bool says(const struct tg_answer *a, const char *what) {
    return strstr(a->text, what) != NULL;
}

/* The group moved: what was queued follows it. An edit does not: its message stayed behind, and its number means another. */
static bool follow(struct tg_job *j, int64_t to) {
    struct telegram *t = j->telegram;
    if (j->chat == t->chat) telegram_migrated(t, to);
    if (t->chat != to || j->kind == OUTBOX_EDIT) return false;
    j->chat = to;
    j->thread = j->channel >= 0 ? t->topic[j->channel] : 0;
    j->message = j->reply_to = 0;
    return true;
}

/* Written anew. Parts that are out already are not sent again. */
static void render_again(struct tg_job *j) {
    render(j);
    if (j->chunk >= j->text.n) j->chunk = j->text.n ? j->text.n - 1 : 0;
}

/* The platform said no. What can be mended is mended and tried again; true: it was. */
static bool mend(struct tg_job *j, const struct tg_answer *a) {
    struct telegram *t = j->telegram;
    if (a->migrate_to && a->migrate_to != j->chat) {
        if (!follow(j, a->migrate_to)) return false;
        render_again(j);
        return true;
    }
    if (!j->plain && says(a, "can't parse entities")) {
        log_warn("telegram", "a text was refused as HTML and goes out plain: %s", a->text);
        j->plain = true;
        render_again(j);
        return true;
    }
    if (tg_file_next(j) && tg_file_mend(j, a)) return true;
    if (j->message && !j->caption && says(a, "no text in the message to edit")) {
        j->caption = true; /* it was a file */
        render_again(j);
        return true;
    }
    if (j->thread && (says(a, "thread not found") || says(a, "TOPIC_DELETED") || says(a, "TOPIC_CLOSED"))) {
        /* The message goes to General with its tag; the topic is made again for the next one. */
        if (j->channel >= 0) {
            t->host.alarm(
                t->host.arg, PLATFORM_TELEGRAM, URGENCY_IMPORTANT, "telegram.topic",
                "A Telegram topic was deleted or closed: its messages go to General, and the topic is made again.",
                "Un sujet Telegram a été supprimé ou fermé\u00a0: ses messages vont dans Général, et le sujet est "
                "recréé.");
            if (t->topic[j->channel] == j->thread) t->topic[j->channel] = 0;
        }
        j->thread = 0;
        render_again(j);
        telegram_topics(t);
        return true;
    }
    return false;
}

/* One part is out. The rest of an answer that took a message's place follows it as messages of their own. */
static void went_out(struct tg_job *j, int64_t message) {
    bool file = tg_file_next(j), whole = file && tg_file_has_text(j);
    if (!j->first_message || j->chunk == 0) j->first_message = message; /* the text is what is edited later */
    if (file) j->file_out = true;
    if (whole || (!file && ++j->chunk >= j->text.n) || j->kind == OUTBOX_EDIT) {
        finish(j, OUTCOME_DELIVERED, 0, NULL);
        return;
    }
    j->message = 0;
    step(j);
}

static void refused(struct tg_job *j, const struct tg_answer *a) {
    struct telegram *t = j->telegram;
    struct err why;
    if (j->message && says(a, "message is not modified")) {
        went_out(j, j->message);
        return;
    }
    if (j->message && j->kind == OUTBOX_REPLY && (says(a, "message to edit not found") || says(a, "can't be edited"))) {
        j->message = 0; /* the answer to a click on a message that is gone: a message of its own */
        step(j);
        return;
    }
    if (mend(j, a)) {
        step(j);
        return;
    }
    if (tg_file_next(j) && tg_file_refused(a, &why)) {
        finish_saying(j, OUTCOME_FILE_REFUSED, 0, &why);
        return;
    }
    if (a->code == 403 || says(a, "chat not found"))
        t->host.alarm(
            t->host.arg, PLATFORM_TELEGRAM, URGENCY_URGENT, "telegram.chat",
            "Telegram does not let the bot write to its chat: was it removed or blocked?",
            "Telegram ne laisse pas le bot écrire dans sa discussion\u00a0: a-t-il été retiré ou bloqué\u00a0?");
    finish(j, OUTCOME_REFUSED, 0, a->text);
}

/* Surely not done. A part in the middle waits for its turn: what is out already stands, and is not repeated. */
static void wait_more(struct tg_job *j, const struct tg_answer *a) {
    struct telegram *t = j->telegram;
    if (a->wait_ms) bucket_block(&t->all, clock_mono_ms(), a->wait_ms);
    if (!j->chunk && !j->file_out) {
        finish(j, OUTCOME_RETRY, a->wait_ms, a->text);
    } else if (j->waits++ < CHUNK_WAITS_MAX && !t->stopped) {
        if (!a->wait_ms) bucket_block(&t->all, clock_mono_ms(), PART_AGAIN_MS);
        queue(t, j);
        loop_timer_start(t->pump, 0, 0);
    } else {
        finish(j, OUTCOME_AMBIGUOUS, a->wait_ms, a->text);
    }
}

static void revoked(struct tg_job *j, const struct tg_answer *a) {
    telegram_stop(j->telegram, "telegram.revoked", "Telegram refuses the token (401): make a new one with @BotFather",
                  "Telegram refuse le jeton (401)\u00a0: créez-en un nouveau avec @BotFather");
    finish(j, OUTCOME_DOWN, 0, a->text);
}

static void sent(void *arg, const struct tg_answer *a) {
    struct tg_job *j = arg;
    int64_t id = 0;
    if (j->telegram->closing) {
        job_free(j);
        return;
    }
    switch (a->result) {
    case TG_OK:
        json_i64(a->value, "message_id", &id);
        went_out(j, id);
        return;
    case TG_AGAIN: wait_more(j, a); return;
    case TG_MAYBE:
        finish(j, j->message ? OUTCOME_RETRY : OUTCOME_AMBIGUOUS, 0, a->text);
        return; /* an edit may be repeated */
    case TG_NO: refused(j, a); return;
    case TG_REVOKED: revoked(j, a); return;
    }
}

/* A private answer is shown by the click itself. */
static void alert_answered(struct tg_job *j, const struct tg_answer *a) {
    bool late = a->result == TG_NO && j->doc;
    if (a->result == TG_MAYBE && j->id) {
        finish(j, OUTCOME_RETRY, 0, a->text); /* a second one changes nothing */
    } else if (late && j->chat > 0) {
        j->alert = false; /* the click is too old for it: in a private chat a message is as private */
        j->message = 0;
        step(j);
    } else {
        if (late) log_warn("telegram", "a private answer came too late for its click: %s", a->text);
        finish(j, OUTCOME_DELIVERED, 0, NULL);
    }
}

/* Answered, too old, or lost: the spinner stops by itself. */
static void after_query(struct tg_job *j, const struct tg_answer *a) {
    j->query[0] = '\0';
    if (j->alert || !j->doc)
        alert_answered(j, a);
    else
        step(j);
}

static void query_answered(void *arg, const struct tg_answer *a) {
    struct tg_job *j = arg;
    if (j->telegram->closing)
        job_free(j);
    else if (a->result == TG_REVOKED)
        revoked(j, a);
    else if (a->result == TG_AGAIN && j->id)
        wait_more(j, a);
    else
        after_query(j, a);
}

/* The next call of a job that has its turn. */
static void step(struct tg_job *j) {
    struct buf b;
    buf_init(&b, 1u << 16);
    if (*j->query) {
        answer_body(j, &b);
        telegram_call(j->telegram, "answerCallbackQuery", b.p, 0, false, query_answered, j);
    } else {
        if (!j->text.n) render(j);
        if (tg_file_next(j)) {
            tg_file_send(j, sent);
        } else {
            const char *edit = j->caption ? "editMessageCaption" : "editMessageText";
            body_of(j, &b);
            telegram_call(j->telegram, j->message ? edit : "sendMessage", b.p, 0, false, sent, j);
        }
    }
    buf_clear(&b);
}

/* ---- limits ---- */

/*
 * Answers go out at once: people do not ask thirty times a second, and a 429 is obeyed. What MIA says by itself keeps the
 * platform's limits ahead of them: for the group, and overall.
 */
static int64_t wait_of(struct telegram *t, const struct tg_job *j, int64_t now) {
    if (j->channel < 0) return t->all.blocked_until_ms > now ? t->all.blocked_until_ms - now : 0;
    int64_t all = bucket_wait_ms(&t->all, now), group = bucket_wait_ms(&t->group, now);
    return all > group ? all : group;
}

static void give_back(struct telegram *t) {
    while (t->first) {
        struct tg_job *j = t->first;
        t->first = j->next;
        if (!t->first) t->last = &t->first;
        finish(j, OUTCOME_DOWN, 0, t->why[LANG_EN]);
    }
}

static void pump(void *arg) {
    struct telegram *t = arg;
    int64_t now = clock_mono_ms(), soonest = INT64_MAX;
    if (t->stopped) give_back(t);
    for (struct tg_job **p = &t->first; *p;) {
        struct tg_job *j = *p;
        int64_t wait = wait_of(t, j, now);
        if (wait > 0) {
            if (wait < soonest) soonest = wait;
            p = &j->next;
            continue;
        }
        bucket_take(&t->all, now);
        if (j->channel >= 0) bucket_take(&t->group, now);
        *p = j->next;
        if (!*p) t->last = p;
        step(j);
    }
    if (soonest != INT64_MAX) loop_timer_start(t->pump, soonest, 0);
}

static bool goes_first(const struct tg_job *j) {
    return j->channel < 0 || j->urgent || j->chunk || j->file_out;
}

/* Answers, urgent alerts and the rest of what is half out come first; otherwise all keep their order. */
static void queue(struct telegram *t, struct tg_job *j) {
    struct tg_job **at = goes_first(j) ? &t->first : t->last;
    while (*at && goes_first(*at)) at = &(*at)->next;
    j->next = *at;
    *at = j;
    if (!j->next) t->last = &j->next;
}

static void enqueue(struct telegram *t, struct tg_job *j) {
    t->jobs++;
    queue(t, j);
    pump(t);
}

/* ---- deliveries ---- */

struct tg_refusal {
    struct tg_refusal *next;
    uint64_t id;
    enum outcome outcome;
};

static struct tg_refusal *refusal_take(struct telegram *t) {
    struct tg_refusal *r = t->refusals;
    if (!r) return NULL;
    t->refusals = r->next;
    if (!t->refusals) t->refusals_end = &t->refusals;
    return r;
}

static void tell_refusal(void *arg) {
    struct telegram *t = arg;
    struct tg_refusal *r = refusal_take(t);
    if (!r) return;
    struct delivery_result d = {.outcome = r->outcome, .retry_ms = 1000};
    t->host.delivered(t->host.arg, PLATFORM_TELEGRAM, r->id, &d);
    free(r);
}

static void refuse(struct telegram *t, uint64_t id, enum outcome o) {
    struct tg_refusal *r = xcalloc(1, sizeof *r);
    r->id = id;
    r->outcome = o;
    *t->refusals_end = r;
    t->refusals_end = &r->next;
    loop_soon(t->host.loop, tell_refusal, t);
}

/* "m:CHAT:THREAD:MESSAGE" answers a message; "c:CHAT:THREAD:MESSAGE:QUERY" a click. */
static bool read_address(struct tg_job *j, const char *address) {
    long long chat, thread, message;
    int used = 0;
    if (sscanf(address + 1, ":%lld:%lld:%lld%n", &chat, &thread, &message, &used) != 3) return false;
    j->chat = chat;
    j->thread = thread;
    if (address[0] == 'm') {
        j->reply_to = message;
        return true;
    }
    if (address[0] != 'c' || address[1 + used] != ':') return false;
    j->message = message;
    return str_copy(j->query, sizeof j->query, address + 2 + used);
}

static int channel_index(const char *name) {
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (!strcmp(name, channel_name((enum channel)c))) return c;
    return -1;
}

static bool aim(struct telegram *t, struct tg_job *j, const struct delivery *d) {
    long long chat, message;
    j->channel = -1;
    if (d->kind == OUTBOX_REPLY) {
        if (!read_address(j, d->address)) return false;
        /* An alert holds no file; in a private chat a message is as private. */
        if (*j->query && d->doc->is_private && !(d->doc->file.n && j->chat > 0)) j->alert = true;
        return true;
    }
    j->channel = channel_index(d->channel);
    if (j->channel < 0 || !t->chat) return false;
    j->chat = t->chat;
    j->thread = t->topic[j->channel];
    if (d->kind == OUTBOX_MESSAGE) return true;
    if (sscanf(d->message_ref, "%lld/%lld", &chat, &message) != 2) return false;
    j->chat = chat;
    j->message = message;
    return true;
}

void telegram_send(void *state, const struct delivery *d) {
    struct telegram *t = state;
    if (t->stopped || !t->up) {
        refuse(t, d->id, OUTCOME_DOWN);
        return;
    }
    if (t->jobs >= TELEGRAM_SEND_QUEUE_MAX) {
        refuse(t, d->id, OUTCOME_RETRY);
        return;
    }
    struct tg_job *j = xcalloc(1, sizeof *j);
    *j = (struct tg_job){.telegram = t,
                         .id = d->id,
                         .kind = d->kind,
                         .silent = d->urgency == URGENCY_INFO,
                         .urgent = d->urgency == URGENCY_URGENT,
                         .began_ms = clock_mono_ms()};
    j->arena = arena_new(DOC_COPY_MAX);
    j->doc = doc_copy(j->arena, d->doc);
    if (!aim(t, j, d)) {
        job_free(j);
        refuse(t, d->id, OUTCOME_REFUSED);
        return;
    }
    if (d->doc->file.n) {
        j->file_bytes = xmalloc(d->doc->file.n);
        memcpy(j->file_bytes, d->doc->file.bytes, d->doc->file.n);
    }
    if (d->possible_repeat && !j->message)
        snprintf(j->repeat, sizeof j->repeat, tr(d->doc->lang, "possible repeat of #%s", "répétition possible de #%s"),
                 d->event_id);
    enqueue(t, j);
}

void telegram_defer(void *state, const char *address, bool is_private) {
    struct telegram *t = state;
    (void)is_private;
    if (address[0] != 'c' || t->stopped) return; /* only a spinner can be stopped ahead of the answer */
    struct tg_job *j = xcalloc(1, sizeof *j);
    *j = (struct tg_job){.telegram = t, .channel = -1, .alert = true, .began_ms = clock_mono_ms()};
    if (read_address(j, address))
        enqueue(t, j);
    else
        job_free(j);
}

void telegram_send_open(struct telegram *t) {
    int64_t now = clock_mono_ms();
    t->last = &t->first;
    t->refusals_end = &t->refusals;
    bucket_init(&t->all, 25, 40, now);     /* about 30/s overall */
    bucket_init(&t->group, 18, 3200, now); /* 20 a minute in a group, edits count */
    if (t->chat > 0) bucket_init(&t->group, 5, 1000, now);
    t->pump = loop_timer_new(t->host.loop, pump, t);
}

void telegram_send_close(struct telegram *t) {
    while (t->first) {
        struct tg_job *j = t->first;
        t->first = j->next;
        job_free(j);
    }
    t->last = &t->first;
    loop_unsoon(t->host.loop, tell_refusal, t);
    for (struct tg_refusal *r; (r = refusal_take(t));) free(r);
    loop_timer_free(t->pump);
}
