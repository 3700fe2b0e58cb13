/*
 * render_discord: a doc as one embed with buttons. Every text is escaped while it is
 * counted, in UTF-16 units, so that a cut never leaves half an escape, an open code
 * block or a message that the platform refuses. Nothing in a doc can mention anybody:
 * the one mention there may be is given by the caller and listed by its id.
 */
#include "bot/render.h"

#include <stdio.h>
#include <string.h>

#include "bot/render_text.h"
#include "engine/net/json.h"

#define TITLE_UNITS 256
#define DESCRIPTION_UNITS 4096
#define FIELD_NAME_UNITS 256
#define FIELD_VALUE_UNITS 1024
#define FOOTER_UNITS 600 /* 2048 are allowed; nobody reads so much small print */
#define EMBED_UNITS 6000
#define CONTENT_UNITS 2000
#define LABEL_UNITS 80
#define MODE_UNITS 16
#define FIELDS_SHARE_UNITS 1900 /* kept for the fields where text would take all */
#define NOTE_UNITS 48           /* "… 12 more rows" */
#define FENCE_UNITS 8
#define BUTTONS_ROW_MAX 5
#define ALT_UNITS 1024
#define SNOWFLAKE_MAX 20

#define ZERO_WIDTH "\u200b"
#define ELLIPSIS "…"

enum context { MARKDOWN, CODE, PLAIN /* footers and labels: markup is not looked at there */ };

/* A text under construction with the units it may still take; the last one is kept for the ellipsis. */
struct sink {
    struct buf b;
    size_t left;
    bool cut;
};

static void sink_init(struct sink *s, size_t units) {
    *s = (struct sink){.left = units};
    buf_init(&s->b, units * 4 + 16);
}

/* Adds all of it or nothing. */
static bool put(struct sink *s, const char *p, size_t n) {
    size_t units = utf8_units16(p, n);
    if (s->cut || units > s->left) return false;
    buf_add(&s->b, p, n);
    s->left -= units;
    return true;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "1." at the start of a line would become a list. p: the dot. */
static bool ends_list_number(const char *line, const char *p) {
    for (const char *c = line; c < p; c++)
        if (*c < '0' || *c > '9') return false;
    return p > line;
}

/* What the character at p must be preceded by so that it means itself; "" where it already does. line: where its line
 * starts, blanks skipped; start: of the whole text. */
static const char *guard(enum context c, const char *start, const char *line, const char *p) {
    if (c != MARKDOWN) return "";
    char next = p[1], before = p > start ? p[-1] : '\0';
    switch (*p) {
    case '\\':
    case '*':
    case '_':
    case '`':
    case '[':
    case ']':
    case '<': return "\\";
    case '|':
    case '~': return next == *p || before == *p ? "\\" : "";
    case ':': return next == '/' && p[2] == '/' ? "\\" : "";
    case '#':
    case '>': return p == line ? "\\" : "";
    case '-':
    case '+': return p == line && (next == ' ' || next == '#') ? "\\" : "";
    case '.': return next == ' ' && ends_list_number(line, p) ? "\\" : "";
    default: return "";
    }
}

/* What must follow it: an invisible character where a mention, or the end of a code block, would begin. */
static const char *breaker(enum context c, const char *p) {
    if (*p == '@' && is_letter(p[1])) return ZERO_WIDTH;
    if (c != MARKDOWN && *p == '<' && (p[1] == '@' || p[1] == '#' || p[1] == ':')) return ZERO_WIDTH;
    if (c == CODE && *p == '`' && p[1] == '`') return ZERO_WIDTH;
    return "";
}

/* How many characters from p on mean themselves wherever they stand, a blank at the start of a line aside. */
static size_t calm_run(const char *p, size_t n, bool line_start) {
    static const bool calm[256] = {
        ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, [','] = true, [';'] = true, ['('] = true,
        [')'] = true,         ['%'] = true,         ['$'] = true,         ['='] = true, ['/'] = true, [' '] = true};
    size_t i = 0;
    if (line_start && *p == ' ') return 0;
    while (i < n && calm[(unsigned char)p[i]]) i++;
    return i;
}

/* The escape function: as much of the text as fits, then an ellipsis. */
static void escape(struct sink *s, enum context c, const char *text) {
    if (text == NULL || s->cut) return;
    struct buf clean;
    size_t left = strlen(text);
    buf_init(&clean, left + 1);
    if (!text_is_clean(text, left, c != PLAIN)) {
        buf_text(&clean, text, left, c != PLAIN);
        text = clean.p;
        left = clean.len;
    }
    const char *p = text, *line = text;
    while (left > 0) {
        char unit[16];
        uint32_t point;
        size_t run = calm_run(p, left, p == line);
        bool all = run == left && run <= s->left; /* else a unit is kept for the ellipsis */
        if (!all && run >= s->left) run = s->left > 0 ? s->left - 1 : 0;
        if (run > 0) {
            buf_add(&s->b, p, run);
            s->left -= run;
            p += run;
            left -= run;
            continue;
        }
        size_t n = utf8_next(p, left, &point), len = 0;
        const char *before = guard(c, text, line, p), *after = breaker(c, p);
        memcpy(unit, before, strlen(before));
        len += strlen(before);
        memcpy(unit + len, p, n);
        len += n;
        memcpy(unit + len, after, strlen(after));
        len += strlen(after);
        bool last = left == n;
        if (s->left < 1 || utf8_units16(unit, len) + !last > s->left) {
            put(s, ELLIPSIS, strlen(ELLIPSIS));
            s->cut = true;
            break;
        }
        put(s, unit, len);
        if (*p == '\n' || (*p == ' ' && p == line)) line = p + n;
        p += n;
        left -= n;
    }
    buf_clear(&clean);
}

static size_t units_of(const struct sink *s) {
    return utf8_units16(s->b.p, s->b.len);
}

/* ---- the description: lines, table, code ---- */

static void new_line(struct sink *s) {
    if (s->b.len > 0) put(s, "\n", 1);
}

static void put_note(struct sink *s, enum lang lang, enum left_out what, uint32_t n) {
    if (n == 0) return;
    struct buf note;
    buf_init(&note, 128);
    text_left_out(lang, what, n, &note);
    new_line(s);
    put(s, note.p, note.len);
    buf_clear(&note);
}

/* `reserve` units stay for what follows the lines. */
static void put_lines(struct sink *s, const struct doc *d, size_t reserve) {
    size_t kept = reserve < s->left ? reserve : s->left;
    s->left -= kept;
    for (uint32_t i = 0; i < d->line_count && !s->cut; i++) {
        new_line(s);
        escape(s, MARKDOWN, d->lines[i]);
    }
    s->cut = false;
    s->left += kept;
    put_note(s, d->lang, LEFT_LINES, d->lines_left_out);
}

/* One line of a table; false where it does not fit beside the end of the block and the note. */
static bool put_table_line(struct sink *s, enum context c, const char *text) {
    struct sink line;
    sink_init(&line, PHONE_COLUMNS * 40);
    escape(&line, c, text);
    bool fits = units_of(&line) + 1 + FENCE_UNITS + NOTE_UNITS <= s->left;
    if (fits) {
        new_line(s);
        put(s, line.b.p, line.b.len);
    }
    buf_clear(&line.b);
    return fits;
}

static void put_table(struct sink *s, const struct doc *d) {
    if (d->column_count == 0 || s->left < FENCE_UNITS + NOTE_UNITS) return;
    struct table_layout t;
    table_measure(d, &t);
    bool aligned = t.total <= PHONE_COLUMNS;
    struct buf line;
    buf_init(&line, DOC_COLUMNS_MAX * (DOC_CELL_MAX + DOC_CELL_MAX + PHONE_COLUMNS + 16));
    if (aligned) {
        new_line(s);
        put(s, "```", 3);
        table_head(d, &t, &line);
        put_table_line(s, CODE, line.p);
    }
    uint32_t row = 0;
    for (; row < d->row_count; row++) {
        buf_reset(&line);
        if (aligned)
            table_row(d, &t, row, &line);
        else
            table_words(d, row, &line);
        if (!put_table_line(s, aligned ? CODE : MARKDOWN, line.p)) break;
    }
    if (aligned) {
        new_line(s);
        put(s, "```", 3);
    }
    buf_clear(&line);
    put_note(s, d->lang, LEFT_ROWS, d->row_count - row + d->rows_left_out);
}

static void put_code(struct sink *s, const struct doc *d) {
    if (d->code == NULL || d->code[0] == '\0' || s->left < FENCE_UNITS * 2) return;
    new_line(s);
    put(s, "```\n", 4);
    s->left -= FENCE_UNITS;
    escape(s, CODE, d->code);
    s->cut = false;
    s->left += FENCE_UNITS;
    put(s, "\n```", 4);
}

static size_t description_reserve(const struct doc *d) {
    size_t table = d->column_count > 0 ? 1000 : 0, code = d->code != NULL ? 1000 : 0;
    return table + code + (d->lines_left_out > 0 ? NOTE_UNITS : 0);
}

/* ---- fields ---- */

struct field_text {
    struct sink name, value;
    size_t units;
};

/* An empty name or value would be refused. */
static void escape_or_dash(struct sink *s, size_t units, const char *text) {
    sink_init(s, units);
    escape(s, MARKDOWN, text);
    if (strspn(s->b.p, " \n") == s->b.len) {
        buf_reset(&s->b);
        buf_str(&s->b, "–");
    }
}

static void make_fields(const struct doc *d, struct field_text out[DOC_FIELDS_MAX]) {
    for (uint32_t i = 0; i < d->field_count; i++) {
        escape_or_dash(&out[i].name, FIELD_NAME_UNITS, d->fields[i].name);
        escape_or_dash(&out[i].value, FIELD_VALUE_UNITS, d->fields[i].value);
        out[i].units = units_of(&out[i].name) + units_of(&out[i].value);
    }
}

/* Returns how many were written; *left are the units that remain. */
static uint32_t write_fields(const struct doc *d, const struct field_text *f, size_t *left, struct jw *w) {
    uint32_t i = 0;
    if (d->field_count == 0) return 0;
    jw_key(w, "fields");
    jw_arr(w);
    for (; i < d->field_count && f[i].units <= *left; i++) {
        jw_obj(w);
        jw_kstr(w, "name", f[i].name.b.p);
        jw_kstr(w, "value", f[i].value.b.p);
        jw_kbool(w, "inline", !d->fields[i].wide);
        jw_end_obj(w);
        *left -= f[i].units;
    }
    jw_end_arr(w);
    return i;
}

static void write_footer(const struct doc *d, uint32_t fields_left_out, size_t units, struct jw *w) {
    struct buf text;
    buf_init(&text, 4096);
    text_small_print(d, false, &text);
    if (fields_left_out > 0) {
        if (text.len > 0) buf_str(&text, " · ");
        text_left_out(d->lang, LEFT_FIELDS, fields_left_out, &text);
    }
    struct sink s;
    sink_init(&s, units);
    escape(&s, PLAIN, text.p);
    if (s.b.len > 0) {
        jw_key(w, "footer");
        jw_obj(w);
        jw_kstr(w, "text", s.b.p);
        jw_end_obj(w);
    }
    buf_clear(&text);
    buf_clear(&s.b);
}

/* ---- the embed ---- */

static int64_t colour(enum doc_severity s) {
    switch (s) {
    case DOC_PLAIN: return 0x95a5a6;
    case DOC_GOOD: return 0x2ecc71;
    case DOC_BAD: return 0xe74c3c;
    case DOC_NOTICE: return 0x3498db;
    case DOC_WARNING: return 0xf39c12;
    case DOC_URGENT: return 0xc0392b;
    case DOC_SEVERITY_COUNT: break;
    }
    return 0x95a5a6;
}

static void headline(const struct doc *d, struct sink *s, size_t units) {
    struct buf text;
    buf_init(&text, (d->title != NULL ? strlen(d->title) : 0) + (d->emoji != NULL ? strlen(d->emoji) : 0) + 8);
    doc_headline(d, &text);
    sink_init(s, units);
    escape(s, MARKDOWN, text.p);
    buf_clear(&text);
}

static void write_time(const struct doc *d, struct jw *w) {
    char iso[WHEN_TEXT_MAX];
    if (d->time.ns != WHEN_NONE.ns && when_sec(d->time) >= 0) jw_kstr(w, "timestamp", when_iso(iso, d->time));
}

/* A picture stands in the embed, so that it is not shown a second time beside it. */
static void write_picture(const struct doc *d, struct jw *w) {
    char url[DOC_FILE_NAME_MAX + 16];
    if (!doc_is_picture(&d->file)) return;
    snprintf(url, sizeof url, "attachment://%s", d->file.name);
    jw_key(w, "image");
    jw_obj(w);
    jw_kstr(w, "url", url);
    jw_end_obj(w);
}

static void write_embed(const struct doc *d, struct jw *w) {
    struct sink title, body;
    struct field_text fields[DOC_FIELDS_MAX];
    size_t left = EMBED_UNITS - FOOTER_UNITS, wanted = 0;
    headline(d, &title, TITLE_UNITS);
    left -= units_of(&title);
    make_fields(d, fields);
    for (uint32_t i = 0; i < d->field_count; i++) wanted += fields[i].units;
    size_t share = left - (wanted < FIELDS_SHARE_UNITS ? wanted : FIELDS_SHARE_UNITS);
    sink_init(&body, share < DESCRIPTION_UNITS ? share : DESCRIPTION_UNITS);
    put_lines(&body, d, description_reserve(d));
    put_table(&body, d);
    put_code(&body, d);
    if (body.b.len == 0 && title.b.len == 0 && d->field_count == 0) put(&body, "–", strlen("–"));
    left -= units_of(&body);
    jw_obj(w);
    if (title.b.len > 0) jw_kstr(w, "title", title.b.p);
    if (body.b.len > 0) jw_kstr(w, "description", body.b.p);
    jw_ki64(w, "color", colour(d->severity));
    uint32_t written = write_fields(d, fields, &left, w);
    write_picture(d, w);
    write_footer(d, d->field_count - written + d->fields_left_out, FOOTER_UNITS, w);
    write_time(d, w);
    jw_end_obj(w);
    for (uint32_t i = 0; i < d->field_count; i++) {
        buf_clear(&fields[i].name.b);
        buf_clear(&fields[i].value.b);
    }
    buf_clear(&title.b);
    buf_clear(&body.b);
}

/* ---- buttons and mentions ---- */

static int64_t button_style(enum doc_button_style s) {
    switch (s) {
    case BUTTON_NEUTRAL: return 2;
    case BUTTON_PRIMARY: return 1;
    case BUTTON_GOOD: return 3;
    case BUTTON_DANGER: return 4;
    }
    return 2;
}

static void write_button(const struct doc_button *b, struct jw *w) {
    struct sink label;
    sink_init(&label, LABEL_UNITS);
    escape(&label, PLAIN, b->label);
    jw_obj(w);
    jw_ki64(w, "type", 2);
    jw_ki64(w, "style", button_style(b->style));
    jw_kstr(w, "label", label.b.len > 0 ? label.b.p : "–");
    jw_kstr(w, "custom_id", b->id);
    jw_end_obj(w);
    buf_clear(&label.b);
}

/* Always written: an edit without it would leave the old buttons in place. */
static void write_components(const struct doc *d, struct jw *w) {
    jw_key(w, "components");
    jw_arr(w);
    for (uint32_t i = 0; i < d->button_count; i += BUTTONS_ROW_MAX) {
        jw_obj(w);
        jw_ki64(w, "type", 1);
        jw_key(w, "components");
        jw_arr(w);
        for (uint32_t k = i; k < d->button_count && k < i + BUTTONS_ROW_MAX; k++) write_button(&d->buttons[k], w);
        jw_end_arr(w);
        jw_end_obj(w);
    }
    jw_end_arr(w);
}

/* "<@id>", "<@!id>" or "<@&id>": its id and whether it is a role. Anything else mentions nobody. */
static bool mention_id(const char *mention, char id[SNOWFLAKE_MAX + 1], bool *is_role) {
    if (mention == NULL || strncmp(mention, "<@", 2) != 0) return false;
    const char *p = mention + 2;
    *is_role = *p == '&';
    if (*p == '&' || *p == '!') p++;
    size_t n = strspn(p, "0123456789");
    if (n == 0 || n > SNOWFLAKE_MAX || strcmp(p + n, ">") != 0) return false;
    return str_copy_n(id, SNOWFLAKE_MAX + 1, p, n);
}

/* A phone shows the content first, so an alert that mentions somebody says there what it is about. */
static void write_content(const struct doc *d, const char *mention, struct jw *w) {
    struct sink text;
    const char *mode = d->mode != NULL ? d->mode : "";
    headline(d, &text, CONTENT_UNITS - strlen(mention) - MODE_UNITS - 8);
    struct buf content;
    buf_init(&content, CONTENT_UNITS * 4);
    buf_str(&content, mention);
    if (text.b.len > 0) buf_char(&content, ' ');
    buf_add(&content, text.b.p, text.b.len);
    struct sink mark;
    sink_init(&mark, MODE_UNITS);
    escape(&mark, MARKDOWN, mode);
    if (mark.b.len > 0) buf_printf(&content, " · %s", mark.b.p);
    buf_clear(&mark.b);
    jw_kstr(w, "content", content.p);
    buf_clear(&content);
    buf_clear(&text.b);
}

static void write_allowed_mentions(const char *id /* NULL: nobody */, bool is_role, struct jw *w) {
    jw_key(w, "allowed_mentions");
    jw_obj(w);
    jw_key(w, "parse");
    jw_arr(w);
    jw_end_arr(w);
    if (id != NULL) {
        jw_key(w, is_role ? "roles" : "users");
        jw_arr(w);
        jw_str(w, id);
        jw_end_arr(w);
    }
    jw_end_obj(w);
}

/* What the parts of the multipart request are. A picture is described for those who cannot see it by the message's title. */
static void write_attachments(const struct doc *d, struct jw *w) {
    if (d->file.n == 0) return;
    jw_key(w, "attachments");
    jw_arr(w);
    jw_obj(w);
    jw_ki64(w, "id", 0);
    jw_kstr(w, "filename", d->file.name);
    if (doc_is_picture(&d->file) && d->title[0] != '\0') {
        jw_key(w, "description");
        jw_str_n(w, d->title, utf8_prefix16(d->title, strlen(d->title), ALT_UNITS));
    }
    jw_end_obj(w);
    jw_end_arr(w);
}

void render_discord(const struct doc *d, const struct discord_render *o, struct jw *w) {
    char id[SNOWFLAKE_MAX + 1];
    bool is_role = false, mention = d->mention && mention_id(o->mention, id, &is_role);
    if (mention) write_content(d, o->mention, w);
    jw_key(w, "embeds");
    jw_arr(w);
    write_embed(d, w);
    jw_end_arr(w);
    write_components(d, w);
    write_attachments(d, w);
    write_allowed_mentions(mention ? id : NULL, is_role, w);
    int64_t flags = (o->silent ? 1 << 12 : 0) | (o->ephemeral ? 1 << 6 : 0);
    if (flags != 0) jw_ki64(w, "flags", flags);
}
