/*
 * render_local: a doc as a JSON object for the local page, which builds its elements
 * from it and sets every text as text, never as markup. The page needs no limit of a
 * platform, so nothing is cut here. Where its file lies is the page's own business.
 */
#include "bot/render.h"

#include <string.h>

#include "bot/render_text.h"
#include "engine/net/json.h"

static const char *const severities[] = {
    [DOC_PLAIN] = "plain",   [DOC_GOOD] = "good",       [DOC_BAD] = "bad",
    [DOC_NOTICE] = "notice", [DOC_WARNING] = "warning", [DOC_URGENT] = "urgent",
};
_Static_assert(sizeof severities / sizeof severities[0] == DOC_SEVERITY_COUNT, "a name for every severity");

static const char *style_name(enum doc_button_style s) {
    switch (s) {
    case BUTTON_NEUTRAL: return "neutral";
    case BUTTON_PRIMARY: return "primary";
    case BUTTON_GOOD: return "good";
    case BUTTON_DANGER: return "danger";
    }
    return "neutral";
}

/* The escape function: markup is the page's business, hidden characters are ours. */
static void put(struct jw *w, const char *s) {
    struct buf b;
    buf_init(&b, s != NULL ? strlen(s) + 1 : 1);
    if (s != NULL) buf_text(&b, s, strlen(s), true);
    jw_str_n(w, b.p, b.len);
    buf_clear(&b);
}

static void put_key(struct jw *w, const char *key, const char *s) {
    jw_key(w, key);
    put(w, s);
}

static void put_fields(const struct doc *d, struct jw *w) {
    jw_key(w, "fields");
    jw_arr(w);
    for (uint32_t i = 0; i < d->field_count; i++) {
        jw_obj(w);
        put_key(w, "name", d->fields[i].name);
        put_key(w, "value", d->fields[i].value);
        jw_kbool(w, "wide", d->fields[i].wide);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

static void put_table(const struct doc *d, struct jw *w) {
    jw_key(w, "columns");
    jw_arr(w);
    for (uint32_t i = 0; i < d->column_count; i++) {
        jw_obj(w);
        put_key(w, "name", d->columns[i].name);
        jw_kbool(w, "right", d->columns[i].align == DOC_RIGHT);
        jw_end_obj(w);
    }
    jw_end_arr(w);
    jw_key(w, "rows");
    jw_arr(w);
    for (uint32_t r = 0; r < d->row_count; r++) {
        jw_arr(w);
        for (uint32_t i = 0; i < d->column_count; i++) put(w, d->rows[r][i]);
        jw_end_arr(w);
    }
    jw_end_arr(w);
}

static void put_buttons(const struct doc *d, struct jw *w) {
    jw_key(w, "buttons");
    jw_arr(w);
    for (uint32_t i = 0; i < d->button_count; i++) {
        jw_obj(w);
        put_key(w, "id", d->buttons[i].id);
        put_key(w, "label", d->buttons[i].label);
        jw_kstr(w, "style", style_name(d->buttons[i].style));
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

/* What was left out, as sentences in the doc's language. */
static void put_notes(const struct doc *d, struct jw *w) {
    const uint32_t counts[] = {
        [LEFT_LINES] = d->lines_left_out, [LEFT_FIELDS] = d->fields_left_out, [LEFT_ROWS] = d->rows_left_out};
    jw_key(w, "notes");
    jw_arr(w);
    for (uint32_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        if (counts[i] == 0) continue;
        struct buf note;
        buf_init(&note, 128);
        text_left_out(d->lang, (enum left_out)i, counts[i], &note);
        jw_str(w, note.p);
        buf_clear(&note);
    }
    jw_end_arr(w);
}

void render_local(const struct doc *d, struct jw *w) {
    jw_obj(w);
    jw_kstr(w, "lang", lang_tag(d->lang));
    jw_kstr(w, "severity", severities[d->severity]);
    put_key(w, "emoji", d->emoji);
    put_key(w, "title", d->title);
    jw_key(w, "lines");
    jw_arr(w);
    for (uint32_t i = 0; i < d->line_count; i++) put(w, d->lines[i]);
    jw_end_arr(w);
    put_fields(d, w);
    put_table(d, w);
    put_notes(d, w);
    put_key(w, "code", d->code);
    put_key(w, "footer", d->footer);
    put_buttons(d, w);
    put_key(w, "mode", d->mode);
    if (d->time.ns != WHEN_NONE.ns) jw_ki64(w, "time_ms", d->time.ns / NS_PER_MS);
    put_key(w, "time", d->time_text);
    jw_kbool(w, "urgent", d->mention);
    jw_kbool(w, "private", d->is_private);
    jw_ki64(w, "repeats", d->repeats);
    jw_end_obj(w);
}
