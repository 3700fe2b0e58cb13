/*
 * render_plain: a doc for a terminal, a log or a golden file. Lines are broken at
 * blanks, to the width of the screen; no byte from outside can move the cursor or
 * change a colour.
 */
#include "bot/render.h"

#include <string.h>

#include "bot/render_text.h"

#define WIDTH_MIN 20
#define INDENT 2
#define ESC "\033["
#define RESET ESC "0m"
#define DIM ESC "2m"
#define BOLD ESC "1m"

struct page {
    struct buf *out;
    size_t width; /* 0: lines are not broken */
    bool colour;
};

/* The bytes of s that go on a line of `columns`: up to a blank where there is one. *skip: blanks that end with it. */
static size_t line_break(const char *s, size_t n, size_t columns, size_t *skip) {
    *skip = 0;
    size_t fits = text_prefix(s, n, columns);
    if (fits == n) return n;
    size_t cut = fits;
    while (cut > 0 && s[cut] != ' ') cut--;
    if (cut == 0) return fits > 0 ? fits : 1; /* one long word */
    size_t end = cut;
    while (end > 0 && s[end - 1] == ' ') end--;
    if (end == 0) return fits > 0 ? fits : 1; /* only its indentation fits */
    while (cut + *skip < n && s[cut + *skip] == ' ') (*skip)++;
    *skip += cut - end;
    return end;
}

static void put_style(struct page *p, const char *style) {
    if (p->colour && style != NULL) buf_str(p->out, style);
}

static void pad(struct page *p, size_t n) {
    while (n-- > 0) buf_char(p->out, ' ');
}

/* One paragraph without newlines; lines after the first are indented by `hang`. */
static void put_paragraph(struct page *p, const char *style, const char *s, size_t n, size_t first, size_t hang) {
    size_t indent = first;
    do {
        size_t skip = 0, columns = p->width > indent ? p->width - indent : 1;
        size_t take = p->width == 0 ? n : line_break(s, n, columns, &skip);
        if (n > 0) pad(p, indent);
        put_style(p, style);
        buf_add(p->out, s, take);
        put_style(p, style != NULL ? RESET : NULL);
        buf_char(p->out, '\n');
        s += take + skip;
        n -= take + skip;
        indent = hang;
    } while (n > 0);
}

/* The escape function is buf_text: what is left after it is characters that only print. */
static void put_text(struct page *p, const char *style, const char *s, size_t first, size_t hang) {
    if (s == NULL) return;
    struct buf b;
    buf_init(&b, strlen(s) + 1);
    buf_text(&b, s, strlen(s), true);
    for (const char *line = b.p;;) {
        size_t n = strcspn(line, "\n");
        put_paragraph(p, style, line, n, first, hang);
        if (line[n] == '\0') break;
        line += n + 1;
    }
    buf_clear(&b);
}

static const char *style_of(enum doc_severity s) {
    switch (s) {
    case DOC_PLAIN: return BOLD;
    case DOC_GOOD: return ESC "1;32m";
    case DOC_BAD: return ESC "1;31m";
    case DOC_NOTICE: return ESC "1;36m";
    case DOC_WARNING: return ESC "1;33m";
    case DOC_URGENT: return ESC "1;37;41m";
    case DOC_SEVERITY_COUNT: break;
    }
    return BOLD;
}

static void put_note(struct page *p, enum lang lang, enum left_out what, uint32_t n, size_t indent) {
    if (n == 0) return;
    struct buf note;
    buf_init(&note, 128);
    text_left_out(lang, what, n, &note);
    put_text(p, DIM, note.p, indent, indent);
    buf_clear(&note);
}

static void put_fields(struct page *p, const struct doc *d) {
    struct buf line;
    buf_init(&line, DOC_BYTES_MAX * 4);
    for (uint32_t i = 0; i < d->field_count; i++) {
        buf_reset(&line);
        buf_str(&line, d->fields[i].name != NULL ? d->fields[i].name : "");
        buf_str(&line, text_colon(d->lang));
        buf_str(&line, d->fields[i].value != NULL ? d->fields[i].value : "");
        put_text(p, NULL, line.p, INDENT, INDENT * 2);
    }
    buf_clear(&line);
    put_note(p, d->lang, LEFT_FIELDS, d->fields_left_out, INDENT);
}

static void put_table(struct page *p, const struct doc *d) {
    if (d->column_count == 0) return;
    struct table_layout t;
    table_measure(d, &t);
    bool aligned = p->width == 0 || t.total + INDENT <= p->width;
    struct buf line;
    buf_init(&line, DOC_BYTES_MAX * 4);
    if (aligned) {
        table_head(d, &t, &line);
        put_text(p, BOLD, line.p, INDENT, INDENT);
    }
    for (uint32_t r = 0; r < d->row_count; r++) {
        buf_reset(&line);
        if (aligned)
            table_row(d, &t, r, &line);
        else
            table_words(d, r, &line);
        put_text(p, NULL, line.p, INDENT, INDENT * 2);
    }
    buf_clear(&line);
    put_note(p, d->lang, LEFT_ROWS, d->rows_left_out, INDENT);
}

/* Fixed-width text keeps its lines: a terminal breaks them better than we could. */
static void put_code(struct page *p, const struct doc *d) {
    if (d->code == NULL || d->code[0] == '\0') return;
    struct page unbroken = *p;
    unbroken.width = 0;
    put_text(&unbroken, NULL, d->code, INDENT, INDENT);
}

static void put_file(struct page *p, const struct doc *d) {
    if (d->file.n == 0) return;
    struct buf line;
    buf_init(&line, DOC_FILE_NAME_MAX * 2);
    text_file(d->lang, &d->file, &line);
    put_text(p, NULL, line.p, INDENT, INDENT);
    buf_clear(&line);
}

static void put_buttons(struct page *p, const struct doc *d) {
    if (d->button_count == 0) return;
    struct buf line;
    buf_init(&line, DOC_BUTTONS_MAX * (DOC_BUTTON_LABEL_MAX + 16));
    for (uint32_t i = 0; i < d->button_count; i++) {
        buf_str(&line, i > 0 ? " [" : "[");
        buf_str(&line, d->buttons[i].label);
        buf_char(&line, ']');
    }
    put_text(p, NULL, line.p, INDENT, INDENT);
    buf_clear(&line);
}

void render_plain(const struct doc *d, bool colour, int width, struct buf *out) {
    struct page p = {.out = out, .colour = colour};
    if (width > 0) p.width = width < WIDTH_MIN ? WIDTH_MIN : (size_t)width;
    struct buf text;
    buf_init(&text, DOC_BYTES_MAX * 4);
    doc_headline(d, &text);
    if (text.len > 0) put_text(&p, style_of(d->severity), text.p, 0, INDENT);
    for (uint32_t i = 0; i < d->line_count; i++) put_text(&p, NULL, d->lines[i], INDENT, INDENT);
    put_note(&p, d->lang, LEFT_LINES, d->lines_left_out, INDENT);
    put_fields(&p, d);
    put_table(&p, d);
    put_code(&p, d);
    put_file(&p, d);
    buf_reset(&text);
    text_small_print(d, true, &text);
    if (text.len > 0) put_text(&p, DIM, text.p, INDENT, INDENT);
    put_buttons(&p, d);
    buf_clear(&text);
}
