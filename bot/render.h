/*
 * render: doc -> platform. Each renderer has one escape function, keeps the platform's
 * limits (facts: Discord 6000/4096/1024/25, 2000 content; Telegram 4096 code points
 * after parsing) by splitting or cutting with an ellipsis, and never fails.
 */
#ifndef MIA_BOT_RENDER_H
#define MIA_BOT_RENDER_H

#include "bot/doc.h"
#include "engine/base/buf.h"

#define RENDER_CHUNKS_MAX 4
#define TELEGRAM_CAPTION_POINTS 1024

/* Members of a Discord message object (embeds, components, attachments, content, allowed_mentions, flags) written into an open JSON
 * object. A doc's file is named as part files[0] of the request; a message that is edited without one keeps what it has. mention: "" or "<@id>" / "<@&id>", used only where d->mention is set. silent: flag 1<<12. */
struct jw;
struct discord_render {
    const char *mention;
    bool silent;
    bool ephemeral;
};
void render_discord(const struct doc *d, const struct discord_render *o, struct jw *w);

/* Telegram HTML, in chunks of at most 4096 code points after parsing; and the inline keyboard as JSON ("" where none). */
struct telegram_text {
    struct buf chunk[RENDER_CHUNKS_MAX];
    uint32_t n;
    size_t points; /* of the first chunk, after parsing */
    struct buf keyboard;
};
void render_telegram(const struct doc *d, const char *channel_tag /* "" or "#trades" */,
                     const char *repeat_mark /* "" or text */, struct telegram_text *out);
void render_telegram_plain(const struct doc *d, const char *channel_tag, const char *repeat_mark,
                           struct telegram_text *out);
/* One chunk of at most TELEGRAM_CAPTION_POINTS, cut with an ellipsis: the text of a message that is a file. */
void render_telegram_caption(const struct doc *d, bool html, const char *channel_tag, const char *repeat_mark,
                             struct telegram_text *out);
void telegram_text_clear(struct telegram_text *t);

/* Plain text for terminals and golden files; colour: ANSI. width: columns. */
void render_plain(const struct doc *d, bool colour, int width, struct buf *out);

/* A JSON object for the local page. */
void render_local(const struct doc *d, struct jw *w);

#endif
