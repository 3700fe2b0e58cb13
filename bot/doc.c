/*
 * doc: building a message, one clean and bounded text at a time. A doc and all its
 * texts live in the caller's arena. What does not fit is counted and said, never
 * dropped in silence. This file knows no platform and no markup.
 */
#include "bot/doc.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/buf.h"

#define ELLIPSIS "…"
#define ELLIPSIS_BYTES (sizeof ELLIPSIS - 1)

/* Cuts to `max` bytes at a character, the ellipsis included. */
static void shorten(struct buf *b, size_t max) {
    if (b->len <= max) return;
    size_t keep = max > ELLIPSIS_BYTES ? max - ELLIPSIS_BYTES : 0;
    while (keep > 0 && ((unsigned char)b->p[keep] & 0xc0) == 0x80) keep--;
    buf_cut(b, keep);
    if (max >= ELLIPSIS_BYTES) buf_str(b, ELLIPSIS);
}

/* A clean copy of at most `max` bytes, and of what the doc has left. */
static const char *keep(struct doc *d, const char *s, size_t max, bool newlines) {
    struct buf b;
    /* One character more than fits is enough to know that it must be cut. */
    size_t n = strnlen(s, max + 4), left = DOC_BYTES_MAX - d->bytes;
    if (n <= max && n <= left && text_is_clean(s, n, newlines)) { /* nearly every text */
        d->bytes += (uint32_t)n;
        return arena_strndup(d->arena, s, n);
    }
    buf_init(&b, max + ELLIPSIS_BYTES + 4);
    buf_text(&b, s, n, newlines);
    shorten(&b, max < left ? max : left);
    d->bytes += (uint32_t)b.len;
    const char *copy = arena_strndup(d->arena, b.p, b.len);
    buf_clear(&b);
    return copy;
}

static const char *keep_format(struct doc *d, size_t max, bool newlines, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));
static const char *keep_format(struct doc *d, size_t max, bool newlines, const char *fmt, va_list ap) {
    char raw[DOC_TEXT_MAX + 8];
    raw[0] = '\0';
    vsnprintf(raw, sizeof raw, fmt, ap);
    return keep(d, raw, max, newlines);
}

struct doc *doc_new(struct arena *a, enum lang lang, enum doc_severity severity) {
    struct doc *d = arena_alloc(a, sizeof *d);
    d->arena = a;
    d->lang = lang;
    d->severity = severity;
    d->title = "";
    d->expires = d->time = WHEN_NONE;
    return d;
}

void doc_title(struct doc *d, const char *emoji, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    d->emoji = emoji;
    d->title = keep_format(d, DOC_TITLE_MAX, false, fmt, ap);
    va_end(ap);
}

void doc_line(struct doc *d, const char *fmt, ...) {
    if (d->line_count == DOC_LINES_MAX) {
        d->lines_left_out++;
        return;
    }
    va_list ap;
    va_start(ap, fmt);
    d->lines[d->line_count++] = keep_format(d, DOC_TEXT_MAX, true, fmt, ap);
    va_end(ap);
}

static void add_field(struct doc *d, const char *name, bool wide, const char *fmt, va_list ap)
    __attribute__((format(printf, 4, 0)));
static void add_field(struct doc *d, const char *name, bool wide, const char *fmt, va_list ap) {
    if (d->field_count == DOC_FIELDS_MAX) {
        d->fields_left_out++;
        return;
    }
    struct doc_field *f = &d->fields[d->field_count++];
    f->name = keep(d, name, DOC_CELL_MAX, false);
    f->value = keep_format(d, DOC_TEXT_MAX, true, fmt, ap);
    f->wide = wide;
}

void doc_field(struct doc *d, const char *name, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    add_field(d, name, false, fmt, ap);
    va_end(ap);
}

void doc_field_wide(struct doc *d, const char *name, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    add_field(d, name, true, fmt, ap);
    va_end(ap);
}

void doc_column(struct doc *d, const char *name, enum doc_align align) {
    assert(d->column_count < DOC_COLUMNS_MAX);
    assert(d->row_count == 0);
    d->columns[d->column_count++] = (struct doc_column){.name = keep(d, name, DOC_CELL_MAX, false), .align = align};
}

void doc_row(struct doc *d, const char *const *cells) {
    if (d->row_count == DOC_ROWS_MAX || d->bytes == DOC_BYTES_MAX) {
        d->rows_left_out++;
        return;
    }
    const char **row = d->rows[d->row_count++];
    for (uint32_t i = 0; i < d->column_count; i++)
        row[i] = keep(d, cells[i] != NULL ? cells[i] : "", DOC_CELL_MAX, false);
}

void doc_code(struct doc *d, const char *text) {
    d->code = keep(d, text, DOC_CODE_MAX, true);
}

void doc_footer(struct doc *d, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    d->footer = keep_format(d, DOC_TITLE_MAX, false, fmt, ap);
    va_end(ap);
}

void doc_time(struct doc *d, when_t time, const struct zone *zone) {
    char text[WHEN_TEXT_MAX];
    d->time = time;
    d->time_text = time.ns == WHEN_NONE.ns ? NULL : arena_strdup(d->arena, when_say(text, d->lang, time, zone));
}

/* Buttons are made by the program, and one that lost its end would do nothing: they are checked, never cut. */
void doc_button(struct doc *d, const char *id, const char *label, enum doc_button_style style) {
    assert(d->button_count < DOC_BUTTONS_MAX);
    assert(id[0] != '\0');
    assert(strlen(id) <= DOC_BUTTON_ID_MAX);
    struct buf b;
    buf_init(&b, DOC_BUTTON_LABEL_MAX + 8);
    buf_text(&b, label, strnlen(label, DOC_BUTTON_LABEL_MAX + 4), false);
    shorten(&b, DOC_BUTTON_LABEL_MAX);
    d->buttons[d->button_count++] = (struct doc_button){
        .id = arena_strdup(d->arena, id), .label = arena_strndup(d->arena, b.p, b.len), .style = style};
    buf_clear(&b);
}

struct doc *doc_error(struct arena *a, enum lang lang, const struct err *e) {
    struct doc *d = doc_new(a, lang, DOC_WARNING);
    bool ours = e->code == ERR_USAGE || e->code == ERR_RANGE || e->code == ERR_SYNTAX || e->code == ERR_NOT_FOUND;
    doc_title(d,
              e->code == ERR_REFUSED || e->code == ERR_AUTH ? "⛔"
              : ours                                        ? "🤔"
                                                            : "⚠️",
              "%s", err_text(e, lang));
    d->is_private = true;
    return d;
}

static const char *copy_text(struct arena *a, const char *s) {
    return s != NULL ? arena_strdup(a, s) : NULL;
}

struct doc *doc_copy(struct arena *a, const struct doc *d) {
    struct doc *c = arena_take(a, sizeof *c);
    *c = *d;
    c->arena = a;
    c->emoji = copy_text(a, d->emoji);
    c->title = copy_text(a, d->title);
    c->code = copy_text(a, d->code);
    c->footer = copy_text(a, d->footer);
    c->time_text = copy_text(a, d->time_text);
    c->mode = copy_text(a, d->mode);
    c->file.bytes = NULL;
    for (uint32_t i = 0; i < d->line_count; i++) c->lines[i] = copy_text(a, d->lines[i]);
    for (uint32_t i = 0; i < d->field_count; i++) {
        c->fields[i].name = copy_text(a, d->fields[i].name);
        c->fields[i].value = copy_text(a, d->fields[i].value);
    }
    for (uint32_t i = 0; i < d->column_count; i++) c->columns[i].name = copy_text(a, d->columns[i].name);
    for (uint32_t r = 0; r < d->row_count; r++)
        for (uint32_t i = 0; i < d->column_count; i++) c->rows[r][i] = copy_text(a, d->rows[r][i]);
    for (uint32_t i = 0; i < d->button_count; i++) {
        c->buttons[i].id = copy_text(a, d->buttons[i].id);
        c->buttons[i].label = copy_text(a, d->buttons[i].label);
    }
    return c;
}

static uint32_t stands_for(const struct doc *d) {
    return d->repeats > 1 ? d->repeats : 1;
}

#define MERGE_LINES 3      /* so many lines are a report and not a note */
#define MERGE_LINE_MAX 200 /* bytes */

struct doc *doc_merge(struct arena *a, const struct doc *const *docs, size_t n, size_t left_out) {
    struct doc *d = doc_new(a, n > 0 ? docs[0]->lang : LANG_EN, DOC_PLAIN);
    uint64_t total = left_out;
    for (size_t i = 0; i < n; i++) {
        total += stands_for(docs[i]);
        if (docs[i]->severity > d->severity) d->severity = docs[i]->severity;
        if (docs[i]->mode != NULL) d->mode = arena_strdup(a, docs[i]->mode);
        if (docs[i]->time.ns > d->time.ns) {
            d->time = docs[i]->time;
            d->time_text = docs[i]->time_text != NULL ? arena_strdup(a, docs[i]->time_text) : NULL;
        }
        d->mention |= docs[i]->mention;
        d->is_private |= docs[i]->is_private;
    }
    d->repeats = total < UINT32_MAX ? (uint32_t)total : UINT32_MAX;
    doc_title(d, "🗂️", tr(d->lang, "%llu messages", "%llu messages"), (unsigned long long)total);
    /* The newest are worth most: where not all fit, the oldest are left out. */
    size_t first = n > DOC_LINES_MAX - 1 ? n - (DOC_LINES_MAX - 1) : 0;
    for (size_t i = 0; i < first; i++) left_out += stands_for(docs[i]);
    if (left_out > 0) doc_line(d, tr(d->lang, "… and %zu earlier ones", "… et %zu plus anciens"), left_out);
    for (size_t i = first; i < n; i++) {
        struct buf b;
        buf_init(&b, DOC_TITLE_MAX * 2 + MERGE_LINE_MAX);
        doc_headline(docs[i], &b);
        /* What had a text of its own says its first line too: it holds the figures. */
        if (docs[i]->line_count >= MERGE_LINES && docs[i]->repeats <= 1 && strlen(docs[i]->lines[0]) < MERGE_LINE_MAX)
            buf_printf(&b, " | %s", docs[i]->lines[0]);
        doc_line(d, "%s", b.p);
        buf_clear(&b);
    }
    return d;
}

void doc_headline(const struct doc *d, struct buf *out) {
    if (d->emoji != NULL && d->emoji[0] != '\0') {
        buf_text(out, d->emoji, strlen(d->emoji), false);
        if (d->title != NULL && d->title[0] != '\0') buf_char(out, ' ');
    }
    if (d->title != NULL) buf_text(out, d->title, strlen(d->title), false);
}
