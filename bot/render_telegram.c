/*
 * render_telegram: a doc as HTML in chunks, or as plain text where HTML was refused.
 * One writer counts code points after parsing, breaks at lines, and closes and reopens
 * the tag it is in, so that every chunk parses by itself. Text is escaped in one place.
 */
#include "bot/render.h"

#include <string.h>

#include "bot/render_text.h"
#include "engine/net/json.h"

#define CHUNK_POINTS 4096
#define CHUNK_BYTES (CHUNK_POINTS * 6 + 4096) /* "&amp;" is the longest escape; tags beside it */
#define CLOSING_POINTS 2                      /* kept in the last chunk for a line break and the ellipsis */
#define KEYBOARD_ROW_MAX 2                    /* what a phone shows without cutting labels */
#define KEYBOARD_BYTES 8192
#define ZERO_WIDTH "\u200b"

struct writer {
    struct telegram_text *out;
    bool html;
    const char *tag; /* open now; NULL: none */
    size_t points;   /* of the current chunk */
    size_t limit;    /* of each */
    uint32_t chunks; /* at most */
    bool full;       /* the last chunk ended in an ellipsis: nothing more is taken */
};

static struct buf *chunk(struct writer *w) {
    return &w->out->chunk[w->out->n - 1];
}

static void start_chunk(struct writer *w) {
    buf_init(&w->out->chunk[w->out->n++], CHUNK_BYTES);
    w->points = 0;
}

static void write_tag(struct writer *w, const char *before, const char *tag) {
    if (!w->html) return;
    buf_str(chunk(w), before);
    buf_str(chunk(w), tag);
    buf_char(chunk(w), '>');
}

static void open_tag(struct writer *w, const char *tag) {
    if (w->full) return;
    w->tag = tag;
    write_tag(w, "<", tag);
}

static void close_tag(struct writer *w) {
    if (w->tag != NULL) write_tag(w, "</", w->tag);
    w->tag = NULL;
}

static size_t room(const struct writer *w) {
    size_t limit = w->limit - (w->out->n == w->chunks ? CLOSING_POINTS : 0);
    return limit - w->points;
}

/* Goes on in the next chunk, inside the same tag. */
static void next_chunk(struct writer *w) {
    if (w->out->n == w->chunks) {
        buf_str(chunk(w), "…");
        w->full = true;
        return;
    }
    const char *tag = w->tag;
    close_tag(w);
    if (w->out->n == 1) w->out->points = w->points;
    start_chunk(w);
    if (tag != NULL) open_tag(w, tag);
}

/* The escape function: one character as HTML, or as it is. */
static void escape(struct writer *w, const char *p, size_t n) {
    const char *entity = !w->html ? NULL : *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : *p == '>' ? "&gt;" : NULL;
    if (entity != NULL)
        buf_str(chunk(w), entity);
    else
        buf_add(chunk(w), p, n);
}

static void put_clean(struct writer *w, const char *p, size_t len) {
    for (size_t left = len; left > 0 && !w->full;) {
        uint32_t point;
        size_t n = utf8_next(p, left, &point);
        if (room(w) == 0) next_chunk(w);
        if (w->full) return;
        escape(w, p, n);
        w->points++;
        p += n;
        left -= n;
    }
}

/* ---- text that must not become a link or call somebody ---- */

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* A word that Telegram would make an address of: it has a scheme, a path behind a dot, or begins like one. */
static bool looks_like_link(const char *s, size_t n) {
    const char *dot = memchr(s, '.', n);
    for (size_t i = 0; i + 2 < n; i++)
        if (s[i] == ':' && s[i + 1] == '/' && s[i + 2] == '/') return true;
    return (n > 4 && strncmp(s, "www.", 4) == 0) || (dot != NULL && memchr(dot, '/', n - (size_t)(dot - s)) != NULL);
}

/* Clean, with an invisible blank where a mention or a link would begin. */
static void defuse(struct buf *out, const char *s) {
    struct buf clean;
    buf_init(&clean, strlen(s) + 1);
    buf_text(&clean, s, strlen(s), true);
    for (size_t i = 0; i < clean.len;) {
        size_t n = strcspn(clean.p + i, " \n");
        bool link = looks_like_link(clean.p + i, n);
        for (size_t k = i; k < i + n; k++) {
            char c = clean.p[k], next = clean.p[k + 1];
            buf_char(out, c);
            if ((c == '@' && is_word(next)) || (link && c == '.' && is_word(next)) || (link && c == ':' && next == '/'))
                buf_str(out, ZERO_WIDTH);
        }
        i += n;
        if (i < clean.len) buf_char(out, clean.p[i++]);
    }
    buf_clear(&clean);
}

/* Text inside the line that is being written. */
static void put(struct writer *w, const char *s) {
    if (s == NULL) return;
    struct buf b;
    buf_init(&b, strlen(s) * 4 + 16);
    defuse(&b, s);
    put_clean(w, b.p, b.len);
    buf_clear(&b);
}

/* Begins a line of about `points`: in the next chunk where it would be broken here and not there. */
static void begin_line(struct writer *w, size_t points) {
    if (w->full || w->points == 0) return;
    if (room(w) == 0 || (room(w) < points + 1 && points <= w->limit))
        next_chunk(w);
    else
        put_clean(w, "\n", 1);
}

static size_t points_of(const char *s) {
    return s == NULL ? 0 : utf8_points(s, strlen(s));
}

static void put_line(struct writer *w, const char *tag, const char *s) {
    if (s == NULL || s[0] == '\0') return;
    begin_line(w, points_of(s));
    if (tag != NULL) open_tag(w, tag);
    put(w, s);
    if (tag != NULL) close_tag(w);
}

/* ---- the parts ---- */

static void put_title(struct writer *w, const struct doc *d) {
    struct buf text;
    buf_init(&text, (d->title != NULL ? strlen(d->title) : 0) + (d->emoji != NULL ? strlen(d->emoji) : 0) + 8);
    doc_headline(d, &text);
    put_line(w, "b", text.p);
    buf_clear(&text);
}

static void put_note(struct writer *w, enum lang lang, enum left_out what, uint32_t n) {
    if (n == 0) return;
    struct buf note;
    buf_init(&note, 128);
    text_left_out(lang, what, n, &note);
    put_line(w, NULL, note.p);
    buf_clear(&note);
}

static void put_fields(struct writer *w, const struct doc *d) {
    for (uint32_t i = 0; i < d->field_count; i++) {
        const struct doc_field *f = &d->fields[i];
        begin_line(w, points_of(f->name) + points_of(f->value) + 3);
        open_tag(w, "b");
        put(w, f->name);
        close_tag(w);
        put(w, text_colon(d->lang));
        put(w, f->value);
    }
    put_note(w, d->lang, LEFT_FIELDS, d->fields_left_out);
}

/* A fixed-width block, a line at a time. Nothing is made a link there, so the text stays as it is. */
static void put_block(struct writer *w, const char *text) {
    struct buf clean;
    buf_init(&clean, strlen(text) + 1);
    buf_text(&clean, text, strlen(text), true);
    bool first = true;
    for (const char *p = clean.p; !w->full;) {
        size_t n = strcspn(p, "\n");
        begin_line(w, utf8_points(p, n));
        if (first) open_tag(w, "pre");
        first = false;
        put_clean(w, p, n);
        if (p[n] == '\0') break;
        p += n + 1;
    }
    close_tag(w);
    buf_clear(&clean);
}

static void put_table(struct writer *w, const struct doc *d) {
    if (d->column_count == 0) return;
    struct table_layout t;
    table_measure(d, &t);
    bool aligned = w->html && t.total <= PHONE_COLUMNS;
    struct buf text;
    buf_init(&text, (DOC_ROWS_MAX + 1) * DOC_COLUMNS_MAX * (DOC_CELL_MAX * 2 + 64));
    if (aligned) table_head(d, &t, &text);
    for (uint32_t r = 0; r < d->row_count; r++) {
        if (aligned) {
            buf_char(&text, '\n');
            table_row(d, &t, r, &text);
        } else {
            buf_reset(&text);
            table_words(d, r, &text);
            put_line(w, NULL, text.p);
        }
    }
    if (aligned) put_block(w, text.p);
    buf_clear(&text);
    put_note(w, d->lang, LEFT_ROWS, d->rows_left_out);
}

static void put_small_print(struct writer *w, const struct doc *d, const char *channel_tag) {
    struct buf text;
    buf_init(&text, 4096);
    if (channel_tag != NULL && channel_tag[0] != '\0') {
        buf_str(&text, channel_tag);
        buf_char(&text, ' ');
    }
    text_small_print(d, true, &text);
    if (text.len > 0 && text.p[text.len - 1] == ' ') buf_cut(&text, text.len - 1);
    put_line(w, "i", text.p);
    buf_clear(&text);
}

static const char *style_name(enum doc_button_style s) {
    switch (s) {
    case BUTTON_NEUTRAL: return NULL;
    case BUTTON_PRIMARY: return "primary";
    case BUTTON_GOOD: return "success";
    case BUTTON_DANGER: return "danger";
    }
    return NULL;
}

static void write_button(const struct doc_button *b, struct jw *j) {
    const char *style = style_name(b->style);
    jw_obj(j);
    jw_kstr(j, "text", b->label[0] != '\0' ? b->label : "–");
    jw_kstr(j, "callback_data", b->id);
    if (style != NULL) jw_kstr(j, "style", style);
    jw_end_obj(j);
}

static void write_keyboard(const struct doc *d, struct buf *out) {
    buf_init(out, KEYBOARD_BYTES);
    if (d->button_count == 0) return;
    struct jw j;
    jw_init(&j, out);
    jw_obj(&j);
    jw_key(&j, "inline_keyboard");
    jw_arr(&j);
    for (uint32_t i = 0; i < d->button_count; i += KEYBOARD_ROW_MAX) {
        jw_arr(&j);
        for (uint32_t k = i; k < d->button_count && k < i + KEYBOARD_ROW_MAX; k++) write_button(&d->buttons[k], &j);
        jw_end_arr(&j);
    }
    jw_end_arr(&j);
    jw_end_obj(&j);
    if (out->overflow) buf_reset(out); /* half a keyboard would cost the whole message */
}

static void render(const struct doc *d, struct writer w, const char *channel_tag, const char *repeat_mark) {
    struct telegram_text *out = w.out;
    *out = (struct telegram_text){0};
    start_chunk(&w);
    put_title(&w, d);
    put_line(&w, "i", repeat_mark);
    for (uint32_t i = 0; i < d->line_count; i++) put_line(&w, NULL, d->lines[i][0] != '\0' ? d->lines[i] : " ");
    put_note(&w, d->lang, LEFT_LINES, d->lines_left_out);
    put_fields(&w, d);
    put_table(&w, d);
    if (d->code != NULL && d->code[0] != '\0') put_block(&w, d->code);
    put_small_print(&w, d, channel_tag);
    if (out->n == 1 && w.points == 0) put_clean(&w, "–", strlen("–"));
    close_tag(&w);
    if (out->n == 1) out->points = w.points;
    write_keyboard(d, &out->keyboard);
}

void render_telegram(const struct doc *d, const char *channel_tag, const char *repeat_mark, struct telegram_text *out) {
    render(d, (struct writer){.out = out, .html = true, .limit = CHUNK_POINTS, .chunks = RENDER_CHUNKS_MAX},
           channel_tag, repeat_mark);
}

void render_telegram_plain(const struct doc *d, const char *channel_tag, const char *repeat_mark,
                           struct telegram_text *out) {
    render(d, (struct writer){.out = out, .limit = CHUNK_POINTS, .chunks = RENDER_CHUNKS_MAX}, channel_tag,
           repeat_mark);
}

void render_telegram_caption(const struct doc *d, bool html, const char *channel_tag, const char *repeat_mark,
                             struct telegram_text *out) {
    render(d, (struct writer){.out = out, .html = html, .limit = TELEGRAM_CAPTION_POINTS, .chunks = 1}, channel_tag,
           repeat_mark);
}

void telegram_text_clear(struct telegram_text *t) {
    for (uint32_t i = 0; i < t->n; i++) buf_clear(&t->chunk[i]);
    buf_clear(&t->keyboard);
    *t = (struct telegram_text){0};
}
