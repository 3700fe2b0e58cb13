/*
 * doc_json: a doc as JSON for the outbox, and back. What is read is treated like any
 * text from outside: cleaned and bounded again by the builders. Nothing of the parsed
 * tree outlives the call.
 */
#include "bot/doc.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/net/json.h"

static const char *const severities[] = {
    [DOC_PLAIN] = "plain",   [DOC_GOOD] = "good",       [DOC_BAD] = "bad",
    [DOC_NOTICE] = "notice", [DOC_WARNING] = "warning", [DOC_URGENT] = "urgent",
};
_Static_assert(sizeof severities / sizeof severities[0] == DOC_SEVERITY_COUNT, "a name for every severity");

static void put_text(struct jw *w, const char *key, const char *s) {
    if (s != NULL && s[0] != '\0') jw_kstr(w, key, s);
}

static void put_count(struct jw *w, const char *key, uint32_t n) {
    if (n > 0) jw_ki64(w, key, n);
}

static void put_flag(struct jw *w, const char *key, bool set) {
    if (set) jw_kbool(w, key, true);
}

static void put_when(struct jw *w, const char *key, when_t t) {
    if (t.ns != WHEN_NONE.ns) jw_ki64(w, key, t.ns / NS_PER_MS);
}

static void put_lines_and_fields(const struct doc *d, struct jw *w) {
    jw_key(w, "lines");
    jw_arr(w);
    for (uint32_t i = 0; i < d->line_count; i++) jw_str(w, d->lines[i]);
    jw_end_arr(w);
    put_count(w, "lines_left_out", d->lines_left_out);
    jw_key(w, "fields");
    jw_arr(w);
    for (uint32_t i = 0; i < d->field_count; i++) {
        jw_obj(w);
        jw_kstr(w, "n", d->fields[i].name);
        jw_kstr(w, "v", d->fields[i].value);
        put_flag(w, "wide", d->fields[i].wide);
        jw_end_obj(w);
    }
    jw_end_arr(w);
    put_count(w, "fields_left_out", d->fields_left_out);
}

static void put_table(const struct doc *d, struct jw *w) {
    if (d->column_count == 0) return;
    jw_key(w, "columns");
    jw_arr(w);
    for (uint32_t i = 0; i < d->column_count; i++) {
        jw_obj(w);
        jw_kstr(w, "n", d->columns[i].name);
        put_flag(w, "right", d->columns[i].align == DOC_RIGHT);
        jw_end_obj(w);
    }
    jw_end_arr(w);
    jw_key(w, "rows");
    jw_arr(w);
    for (uint32_t r = 0; r < d->row_count; r++) {
        jw_arr(w);
        for (uint32_t i = 0; i < d->column_count; i++) jw_str(w, d->rows[r][i] != NULL ? d->rows[r][i] : "");
        jw_end_arr(w);
    }
    jw_end_arr(w);
    put_count(w, "rows_left_out", d->rows_left_out);
}

static void put_file(const struct doc_file *f, struct jw *w) {
    if (f->n == 0) return;
    jw_key(w, "file");
    jw_obj(w);
    jw_kstr(w, "name", f->name);
    jw_kstr(w, "type", f->type);
    put_text(w, "instead", f->instead);
    jw_ki64(w, "n", (int64_t)f->n);
    jw_end_obj(w);
}

void doc_to_json(const struct doc *d, struct buf *out) {
    struct jw w;
    jw_init(&w, out);
    jw_obj(&w);
    jw_kstr(&w, "lang", lang_tag(d->lang));
    jw_kstr(&w, "severity", severities[d->severity]);
    put_text(&w, "emoji", d->emoji);
    put_text(&w, "title", d->title);
    put_lines_and_fields(d, &w);
    put_table(d, &w);
    put_text(&w, "code", d->code);
    put_text(&w, "footer", d->footer);
    if (d->button_count > 0) {
        jw_key(&w, "buttons");
        jw_arr(&w);
        for (uint32_t i = 0; i < d->button_count; i++) {
            jw_obj(&w);
            jw_kstr(&w, "id", d->buttons[i].id);
            jw_kstr(&w, "label", d->buttons[i].label);
            jw_ki64(&w, "style", d->buttons[i].style);
            jw_end_obj(&w);
        }
        jw_end_arr(&w);
    }
    put_file(&d->file, &w);
    put_when(&w, "expires_ms", d->expires);
    put_when(&w, "time_ms", d->time);
    put_text(&w, "time_text", d->time_text);
    put_text(&w, "mode", d->mode);
    put_flag(&w, "mention", d->mention);
    put_flag(&w, "private", d->is_private);
    put_count(&w, "repeats", d->repeats);
    jw_end_obj(&w);
}

/* ---- reading ---- */

static const char *copied(struct doc *d, const struct json *j, const char *key) {
    const char *s = json_str(j, key);
    if (s == NULL) return NULL;
    struct buf b;
    buf_init(&b, DOC_TITLE_MAX * 4);
    buf_text(&b, s, strnlen(s, DOC_TITLE_MAX), false);
    const char *copy = arena_strndup(d->arena, b.p, b.len);
    buf_clear(&b);
    return copy;
}

static uint32_t count_of(const struct json *j, const char *key) {
    int64_t n = 0;
    return json_i64(j, key, &n) && n > 0 && n <= UINT32_MAX ? (uint32_t)n : 0;
}

static bool flag_of(const struct json *j, const char *key) {
    bool set = false;
    return json_bool(j, key, &set) && set;
}

static void read_when(const struct json *j, const char *key, when_t *t) {
    int64_t ms;
    if (json_i64(j, key, &ms) && ms > INT64_MIN / NS_PER_MS && ms < INT64_MAX / NS_PER_MS)
        *t = (when_t){ms * NS_PER_MS};
}

static bool read_head(struct doc *d, const struct json *j) {
    const char *severity = json_str(j, "severity"), *title = json_str(j, "title");
    if (severity == NULL) return false;
    enum doc_severity s = DOC_PLAIN;
    while (s < DOC_SEVERITY_COUNT && strcmp(severities[s], severity) != 0) s++;
    if (s == DOC_SEVERITY_COUNT) return false;
    d->severity = s;
    d->lang = lang_from_tag(json_str(j, "lang"));
    doc_title(d, copied(d, j, "emoji"), "%s", title != NULL ? title : "");
    d->mode = copied(d, j, "mode");
    read_when(j, "expires_ms", &d->expires);
    read_when(j, "time_ms", &d->time);
    d->time_text = copied(d, j, "time_text");
    d->mention = flag_of(j, "mention");
    d->is_private = flag_of(j, "private");
    d->repeats = count_of(j, "repeats");
    return true;
}

static void read_lines_and_fields(struct doc *d, const struct json *j) {
    for (const struct json *c = json_first(json_at(j, "lines")); c != NULL; c = json_next(c)) {
        const char *s = json_str(c, NULL);
        doc_line(d, "%s", s != NULL ? s : "");
    }
    d->lines_left_out += count_of(j, "lines_left_out");
    for (const struct json *c = json_first(json_at(j, "fields")); c != NULL; c = json_next(c)) {
        const char *name = json_str(c, "n"), *value = json_str(c, "v");
        if (name == NULL || value == NULL) continue;
        if (flag_of(c, "wide"))
            doc_field_wide(d, name, "%s", value);
        else
            doc_field(d, name, "%s", value);
    }
    d->fields_left_out += count_of(j, "fields_left_out");
}

static void read_table(struct doc *d, const struct json *j) {
    for (const struct json *c = json_first(json_at(j, "columns")); c != NULL; c = json_next(c)) {
        const char *name = json_str(c, "n");
        if (d->column_count == DOC_COLUMNS_MAX) return;
        doc_column(d, name != NULL ? name : "", flag_of(c, "right") ? DOC_RIGHT : DOC_LEFT);
    }
    for (const struct json *r = json_first(json_at(j, "rows")); r != NULL; r = json_next(r)) {
        const char *cells[DOC_COLUMNS_MAX] = {NULL};
        uint32_t n = 0;
        for (const struct json *c = json_first(r); c != NULL && n < d->column_count; c = json_next(c))
            cells[n++] = json_str(c, NULL);
        doc_row(d, cells);
    }
    d->rows_left_out += count_of(j, "rows_left_out");
}

static void read_buttons(struct doc *d, const struct json *j) {
    for (const struct json *c = json_first(json_at(j, "buttons")); c != NULL; c = json_next(c)) {
        const char *id = json_str(c, "id"), *label = json_str(c, "label");
        int64_t style = BUTTON_NEUTRAL;
        bool fits = id != NULL && id[0] != '\0' && strlen(id) <= DOC_BUTTON_ID_MAX && label != NULL;
        if (!fits || d->button_count == DOC_BUTTONS_MAX) continue;
        if (!json_i64(c, "style", &style) || style < BUTTON_NEUTRAL || style > BUTTON_DANGER) style = BUTTON_NEUTRAL;
        doc_button(d, id, label, (enum doc_button_style)style);
    }
}

static void read_file(struct doc *d, const struct json *j) {
    const char *name = json_str(j, "name"), *type = json_str(j, "type"), *instead = json_str(j, "instead");
    if (name == NULL || type == NULL) return;
    if (doc_file(d, name, type, NULL, count_of(j, "n")) == 0 && instead != NULL) doc_file_instead(d, instead);
}

struct doc *doc_from_json(struct arena *a, const char *json, size_t n) {
    struct json *root = json_parse(json, n, NULL);
    if (root == NULL) return NULL;
    struct doc *d = doc_new(a, LANG_EN, DOC_PLAIN);
    bool good = read_head(d, root);
    if (good) {
        read_lines_and_fields(d, root);
        read_table(d, root);
        const char *code = json_str(root, "code"), *footer = json_str(root, "footer");
        if (code != NULL) doc_code(d, code);
        if (footer != NULL) doc_footer(d, "%s", footer);
        read_buttons(d, root);
        read_file(d, json_at(root, "file"));
    }
    json_free(root);
    return good ? d : NULL;
}
