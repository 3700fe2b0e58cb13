/*
 * discord_send: deliveries -> messages and edits. A message carries a nonce that follows
 * from its outbox row and its text, so that a repeat within minutes is the same message;
 * later, the channel is read for the event id in the footer before it is sent again.
 * Mentions somebody only where the document says so and one is configured.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/chat/discord_priv.h"
#include "bot/render.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

#define BODY_MAX (64u << 10)
#define TITLE_MAX 1200
#define MARKED_MAX (DOC_TEXT_MAX + 200) /* a text of a doc, with what is put beside it */
#define HISTORY_MAX (4u << 20)
#define RETRY_CHANNEL_MS 5000    /* the channel is gone: it is looked for or made */
#define RETRY_FORBIDDEN_MS 60000 /* somebody has to give the right back */

struct job { /* one message on its way; freed by its last callback */
    struct discord *discord;
    uint64_t id;
    bool is_edit;
    char channel[GUILD_ID_MAX], event_id[16];
    struct buf body;
    struct doc_file file; /* its bytes are the job's until they are on their way */
    void *file_bytes;
};

static void job_free(struct job *j) {
    buf_clear(&j->body);
    free(j->file_bytes);
    free(j);
}

/* ---- ends ---- */

static void set_ref(const struct job *j, const struct rest_answer *a, struct delivery_result *r) {
    uint64_t id;
    if (json_id(a->json, "id", &id))
        snprintf(r->message_ref, sizeof r->message_ref, "%s/%llu", j->channel, (unsigned long long)id);
}

static void denied(struct job *j, const struct rest_answer *a, struct delivery_result *r) {
    struct discord *d = j->discord;
    r->outcome = OUTCOME_REFUSED;
    r->err = a->err;
    if (j->file.n && rest_refuses_file(a, &r->err)) {
        r->outcome = OUTCOME_FILE_REFUSED;
        return;
    }
    if (a->code == DISCORD_UNKNOWN_CHANNEL) {
        guild_forget_channel(d->guild, j->channel);
        if (j->is_edit) return; /* its message went with the channel */
        r->outcome = OUTCOME_RETRY;
        r->retry_ms = RETRY_CHANNEL_MS;
    } else if (a->status == 401) {
        r->outcome = OUTCOME_DOWN;
    } else if (a->status == 403) {
        r->outcome = OUTCOME_RETRY;
        r->retry_ms = RETRY_FORBIDDEN_MS;
        d->host.alarm(
            d->host.arg, PLATFORM_DISCORD, URGENCY_URGENT, "discord.forbidden",
            "Discord does not let the bot write in one of its channels. Its messages wait; give the bot the rights to "
            "view the channel, send messages and embed links.",
            "Discord n’autorise pas le bot à écrire dans un de ses salons. Ses messages attendent\u00a0; donnez au bot "
            "les "
            "droits de voir le salon, d’envoyer des messages et d’intégrer des liens.");
    } else if (j->is_edit && a->code == DISCORD_UNKNOWN_MESSAGE) {
        err_set(&r->err, ERR_NOT_FOUND, "the message was deleted in Discord", "le message a été supprimé dans Discord");
    }
}

static void result_of(struct job *j, const struct rest_answer *a, struct delivery_result *r) {
    switch (a->end) {
    case REST_OK:
        r->outcome = OUTCOME_DELIVERED;
        set_ref(j, a, r);
        return;
    case REST_DENIED: denied(j, a, r); return;
    case REST_LIMITED:
        r->outcome = OUTCOME_RETRY;
        r->retry_ms = a->retry_ms;
        break;
    case REST_NOT_SENT: r->outcome = OUTCOME_RETRY; break;
    case REST_MAYBE: r->outcome = OUTCOME_AMBIGUOUS; break;
    case REST_STOPPED: r->outcome = OUTCOME_DOWN; break;
    }
    r->err = a->err;
}

static void on_sent(void *arg, const struct rest_answer *a) {
    struct job *j = arg;
    struct delivery_result r = {.outcome = OUTCOME_AMBIGUOUS};
    result_of(j, a, &r);
    discord_delivered(j->discord, j->id, &r);
    job_free(j);
}

/* ---- sending, and looking first ---- */

static void post(struct job *j) {
    char path[96];
    snprintf(path, sizeof path, "/channels/%s/messages", j->channel);
    rest_send(j->discord->rest,
              &(struct rest_request){.method = "POST",
                                     .path = path,
                                     .route = "messages.create",
                                     .major = j->channel,
                                     .body = j->body.p,
                                     .body_len = j->body.len,
                                     .file = &j->file},
              on_sent, j);
    free(j->file_bytes);
    j->file_bytes = NULL;
}

static void on_history(void *arg, const struct rest_answer *a) {
    struct job *j = arg;
    char title[TITLE_MAX] = "", id[GUILD_ID_MAX];
    struct delivery_result r = {.outcome = OUTCOME_AMBIGUOUS};
    if (a->end != REST_OK || !json_is_array(a->json)) {
        result_of(j, a, &r);
        if (r.outcome == OUTCOME_DELIVERED || r.outcome == OUTCOME_AMBIGUOUS)
            r.outcome = OUTCOME_RETRY; /* nothing was sent */
        discord_delivered(j->discord, j->id, &r);
        job_free(j);
        return;
    }
    struct json *own = json_parse(j->body.p, j->body.len, NULL);
    json_copy(own, "embeds[0].title", title, sizeof title);
    json_free(own);
    if (!discord_find_sent(a->json, j->discord->bot_id, j->event_id, title, id, sizeof id)) {
        post(j);
        return;
    }
    r.outcome = OUTCOME_DELIVERED;
    snprintf(r.message_ref, sizeof r.message_ref, "%s/%s", j->channel, id);
    discord_delivered(j->discord, j->id, &r);
    job_free(j);
}

static void look_first(struct job *j) {
    char path[96];
    snprintf(path, sizeof path, "/channels/%s/messages?limit=100", j->channel);
    rest_send(
        j->discord->rest,
        &(struct rest_request){
            .method = "GET", .path = path, .route = "messages.list", .major = j->channel, .answer_max = HISTORY_MAX},
        on_history, j);
}

static struct job *job_new(struct discord *d, const struct delivery *v, const char *channel) {
    struct job *j = xcalloc(1, sizeof *j);
    j->discord = d;
    j->id = v->id;
    str_copy(j->channel, sizeof j->channel, channel);
    str_copy(j->event_id, sizeof j->event_id, v->event_id);
    buf_init(&j->body, BODY_MAX);
    if (!v->doc->file.n) return j;
    j->file = v->doc->file;
    j->file.bytes = j->file_bytes = xmalloc(j->file.n);
    memcpy(j->file_bytes, v->doc->file.bytes, j->file.n);
    return j;
}

static void write_message(struct discord *d, const struct delivery *v, const struct doc *doc, bool may_mention,
                          struct buf *body) {
    struct jw w;
    char nonce[26];
    struct discord_render o = {.mention = may_mention ? d->mention : "", .silent = v->urgency == URGENCY_INFO};
    jw_init(&w, body);
    jw_obj(&w);
    render_discord(doc, &o, &w);
    discord_nonce(nonce, d->instance, v->id, body->p, body->len);
    jw_kstr(&w, "nonce", nonce);
    jw_kbool(&w, "enforce_nonce", true);
    jw_end_obj(&w);
}

static void no_channel(struct discord *d, const struct delivery *v) {
    struct delivery_result r = {.outcome = OUTCOME_RETRY}; /* soon, then less and less often */
    err_set(&r.err, ERR_NOT_FOUND, "the Discord channel does not exist yet", "le salon Discord n’existe pas encore");
    discord_later(d, v->id, &r);
}

static void send_to(struct discord *d, const struct delivery *v, const char *channel, const struct doc *doc,
                    bool may_mention) {
    if (!*channel) {
        no_channel(d, v);
        return;
    }
    struct job *j = job_new(d, v, channel);
    struct doc marked = *doc;
    struct buf footer;
    buf_init(&footer, MARKED_MAX);
    if (doc->footer) buf_str(&footer, doc->footer);
    /* The event id stands in the footer from the first attempt on: that is where a later one looks for it. */
    if (*v->event_id) buf_printf(&footer, "%s#%s", footer.len ? " · " : "", v->event_id);
    marked.footer = footer.p;
    write_message(d, v, &marked, may_mention, &j->body);
    buf_clear(&footer);
    if (v->possible_repeat && v->age_ms >= NONCE_TRUSTED_MS && *v->event_id)
        look_first(j);
    else
        post(j);
}

static const char *channel_of(const struct discord *d, const char *name) {
    for (int c = 0; c < CHANNEL_COUNT; c++)
        if (!strcmp(name, channel_name((enum channel)c))) return guild_channel(d->guild, (enum channel)c);
    return "";
}

void discord_send_message(struct discord *d, const struct delivery *v) {
    send_to(d, v, channel_of(d, v->channel), v->doc, v->doc->mention);
}

void discord_send_late(struct discord *d, const struct delivery *v, const struct interaction_address *to) {
    struct doc late = *v->doc;
    struct buf title; /* not of the doc's arena: an answer may be tried for days */
    buf_init(&title, MARKED_MAX);
    buf_printf(&title, "%s: %s", to->name, v->doc->title ? v->doc->title : "");
    late.title = title.p;
    late.button_count = 0; /* what they asked has passed */
    late.mention = late.is_private = false;
    send_to(d, v, guild_channel(d->guild, CHANNEL_ADMIN), &late, false);
    buf_clear(&title);
}

void discord_send_edit(struct discord *d, const struct delivery *v) {
    struct jw w;
    char channel[GUILD_ID_MAX], path[128];
    const char *slash = strchr(v->message_ref, '/');
    if (!slash || !str_copy_n(channel, sizeof channel, v->message_ref, (size_t)(slash - v->message_ref)) || !*channel ||
        strspn(channel, "0123456789") != strlen(channel) || !slash[1] ||
        strspn(slash + 1, "0123456789") != strlen(slash + 1)) {
        struct delivery_result r = {.outcome = OUTCOME_REFUSED};
        err_set(&r.err, ERR_NOT_FOUND, "no such Discord message", "ce message Discord n’existe pas");
        discord_later(d, v->id, &r);
        return;
    }
    struct job *j = job_new(d, v, channel);
    j->is_edit = true;
    jw_init(&w, &j->body);
    jw_obj(&w);
    render_discord(v->doc, &(struct discord_render){.mention = ""}, &w);
    jw_end_obj(&w);
    snprintf(path, sizeof path, "/channels/%s/messages/%s", channel, slash + 1);
    rest_send(d->rest,
              &(struct rest_request){.method = "PATCH",
                                     .path = path,
                                     .route = "messages.edit",
                                     .major = channel,
                                     .body = j->body.p,
                                     .body_len = j->body.len,
                                     .file = &j->file},
              on_sent, j);
}
