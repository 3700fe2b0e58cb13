/*
 * telegram_file: the file of a delivery, as the form that the platform wants. A picture is
 * a photo, anything else a document. Its caption is the whole text where that is short
 * enough; a longer text follows in messages of its own, so that what is refused for its
 * file has left nothing behind.
 */
#include <stdio.h>
#include <string.h>

#include "bot/chat/telegram_priv.h"

#define PARTS_MAX 12
#define NUMBER_MAX 24

/* A form under construction; the values lie in it. */
struct form {
    struct http_part part[PARTS_MAX];
    size_t n;
    char number[4][NUMBER_MAX];
    size_t numbers;
    struct buf reply, media;
};

static void add(struct form *f, const char *name, const char *text) {
    f->part[f->n++] = (struct http_part){.name = name, .bytes = text, .n = strlen(text)};
}

static void add_number(struct form *f, const char *name, int64_t v) {
    char *text = f->number[f->numbers++];
    snprintf(text, NUMBER_MAX, "%lld", (long long)v);
    add(f, name, text);
}

static bool is_photo(const struct tg_job *j) {
    return doc_is_picture(&j->doc->file) && !j->as_document;
}

bool tg_file_next(const struct tg_job *j) {
    return j->doc && j->doc->file.n && !j->file_out;
}

bool tg_file_has_text(const struct tg_job *j) {
    return j->doc && j->doc->file.n && (j->message || (j->text.n == 1 && j->text.points <= TELEGRAM_CAPTION_POINTS));
}

/* The message that is there becomes the file, with its text as the caption. */
static void media_of(const struct tg_job *j, const char *caption, struct buf *out) {
    struct jw w;
    jw_init(&w, out);
    jw_obj(&w);
    jw_kstr(&w, "type", is_photo(j) ? "photo" : "document");
    jw_kstr(&w, "media", "attach://file");
    jw_kstr(&w, "caption", caption);
    if (!j->plain) jw_kstr(&w, "parse_mode", "HTML");
    jw_end_obj(&w);
}

static void write_edit(const struct tg_job *j, const char *caption, struct form *f) {
    add_number(f, "message_id", j->message);
    media_of(j, caption, &f->media);
    add(f, "media", f->media.p);
}

static void write_new(const struct tg_job *j, const char *caption, struct form *f) {
    if (j->thread) add_number(f, "message_thread_id", j->thread);
    if (tg_file_has_text(j)) {
        add(f, "caption", caption);
        if (!j->plain) add(f, "parse_mode", "HTML");
    }
    if (!is_photo(j)) add(f, "disable_content_type_detection", "true");
    if (j->silent) add(f, "disable_notification", "true");
    tg_reply_parameters(j, &f->reply);
    if (f->reply.len) add(f, "reply_parameters", f->reply.p);
}

void tg_file_send(struct tg_job *j, tg_fn fn) {
    struct telegram_text caption;
    struct form f = {.n = 0};
    const struct doc_file *file = &j->doc->file;
    char tag[24] = "";
    buf_init(&f.reply, 256);
    buf_init(&f.media, 16u << 10);
    if (j->channel >= 0 && !j->thread) snprintf(tag, sizeof tag, "#%s", channel_name((enum channel)j->channel));
    render_telegram_caption(j->doc, !j->plain, tag, j->repeat, &caption);
    add_number(&f, "chat_id", j->chat);
    if (j->message)
        write_edit(j, caption.chunk[0].p, &f);
    else
        write_new(j, caption.chunk[0].p, &f);
    if (tg_file_has_text(j) && caption.keyboard.len) add(&f, "reply_markup", caption.keyboard.p);
    f.part[f.n++] = (struct http_part){.name = j->message    ? "file"
                                               : is_photo(j) ? "photo"
                                                             : "document",
                                       .filename = file->name,
                                       .type = file->type,
                                       .bytes = j->file_bytes,
                                       .n = file->n};
    telegram_upload(j->telegram,
                    j->message    ? "editMessageMedia"
                    : is_photo(j) ? "sendPhoto"
                                  : "sendDocument",
                    f.part, f.n, fn, j);
    telegram_text_clear(&caption);
    buf_clear(&f.reply);
    buf_clear(&f.media);
}

/* ---- what the platform says ---- */

bool tg_file_refused(const struct tg_answer *a, struct err *why) {
    if (a->code == 413 || strstr(a->text, "Entity Too Large") || strstr(a->text, "file is too big")) {
        err_set(why, ERR_FULL, "it is too large for Telegram", "il est trop grand pour Telegram");
        return true;
    }
    if (!strstr(a->text, "not enough rights to send") && !strstr(a->text, "CHAT_SEND_")) return false;
    err_set(why, ERR_REFUSED, "the bot has no right to send files to this chat",
            "le bot n’a pas le droit d’envoyer des fichiers dans cette discussion");
    return true;
}

/* Pictures have limits of their own (sides, ratio, format); as a document they have none. */
bool tg_file_mend(struct tg_job *j, const struct tg_answer *a) {
    if (!is_photo(j) || (!strstr(a->text, "PHOTO_") && !strstr(a->text, "IMAGE_PROCESS_FAILED"))) return false;
    j->as_document = true;
    return true;
}
