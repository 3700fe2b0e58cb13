/*
 * render_text: widths, tables and small print for the renderers. Pure; it escapes
 * nothing, and every text it writes is cleaned of what could move a cursor.
 */
#include "bot/render_text.h"

#include <string.h>

#define SEPARATOR " · "
#define VARIATION_EMOJI 0xfe0f

struct range {
    uint32_t first, last;
};

/* East Asian wide characters, and what is an emoji without being asked. Sorted. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x231a, 0x231b},   {0x23e9, 0x23ec},   {0x23f0, 0x23f0},   {0x23f3, 0x23f3},
    {0x25fd, 0x25fe},   {0x2614, 0x2615},   {0x2648, 0x2653},   {0x267f, 0x267f},   {0x2693, 0x2693},
    {0x26a1, 0x26a1},   {0x26aa, 0x26ab},   {0x26bd, 0x26be},   {0x26c4, 0x26c5},   {0x26ce, 0x26ce},
    {0x26d4, 0x26d4},   {0x26ea, 0x26ea},   {0x26f2, 0x26f3},   {0x26f5, 0x26f5},   {0x26fa, 0x26fa},
    {0x26fd, 0x26fd},   {0x2705, 0x2705},   {0x270a, 0x270b},   {0x2728, 0x2728},   {0x274c, 0x274c},
    {0x274e, 0x274e},   {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},   {0x27b0, 0x27b0},
    {0x27bf, 0x27bf},   {0x2b1b, 0x2b1c},   {0x2b50, 0x2b50},   {0x2b55, 0x2b55},   {0x2e80, 0xa4cf},
    {0xac00, 0xd7a3},   {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f000, 0x1f02f}, {0x1f0a0, 0x1f0ff}, {0x1f18e, 0x1f19a}, {0x1f1e6, 0x1f320}, {0x1f32d, 0x1f335},
    {0x1f337, 0x1f37c}, {0x1f37e, 0x1f393}, {0x1f3a0, 0x1f3ca}, {0x1f3cf, 0x1f3d3}, {0x1f3e0, 0x1f3f0},
    {0x1f3f4, 0x1f3f4}, {0x1f3f8, 0x1f43e}, {0x1f440, 0x1f440}, {0x1f442, 0x1f4fc}, {0x1f4ff, 0x1f53d},
    {0x1f54b, 0x1f567}, {0x1f57a, 0x1f57a}, {0x1f595, 0x1f596}, {0x1f5a4, 0x1f5a4}, {0x1f5fb, 0x1f64f},
    {0x1f680, 0x1f6c5}, {0x1f6cc, 0x1f6d2}, {0x1f6d5, 0x1f6df}, {0x1f6eb, 0x1f6ec}, {0x1f6f4, 0x1f6fc},
    {0x1f7e0, 0x1f7eb}, {0x1f90c, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd},
};
static const struct range combining[] = {
    {0x300, 0x36f},
    {0x483, 0x489},
    {0x591, 0x5bd},
    {0x610, 0x61a},
    {0x64b, 0x65f},
    {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff},
    {0x200b, 0x200d},
    {0x2060, 0x2064},
    {0x20d0, 0x20ff},
    {0xfe00, 0xfe0f},
    {0xfe20, 0xfe2f},
    {0x1f3fb, 0x1f3ff} /* skin tones */,
    {0xe0000, 0xe0fff},
};

static bool in_ranges(const struct range *r, size_t n, uint32_t c) {
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (c > r[middle].last)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && c >= r[low].first;
}

/* Columns that the character at s adds to a line; *len: its bytes. An emoji sign widens the character before it. */
static size_t columns_at(const char *s, size_t n, size_t before, size_t *len) {
    uint32_t c;
    *len = utf8_next(s, n, &c);
    if (*len == 0) {
        *len = 1;
        return 1;
    }
    if (c < 0x300) return utf8_is_hidden(c) ? 0 : 1;
    if (c == VARIATION_EMOJI) return before == 1 ? 1 : 0;
    if (utf8_is_hidden(c) || in_ranges(combining, sizeof combining / sizeof combining[0], c)) return 0;
    return in_ranges(wide, sizeof wide / sizeof wide[0], c) ? 2 : 1;
}

size_t text_prefix(const char *s, size_t n, size_t columns) {
    size_t used = 0, before = 0, i = 0, len;
    for (; i < n; i += len) {
        before = columns_at(s + i, n - i, before, &len);
        if (used + before > columns) break;
        used += before;
    }
    return i;
}

size_t text_width(const char *s, size_t n) {
    size_t total = 0, before = 0, len;
    for (size_t i = 0; i < n; i += len) {
        before = columns_at(s + i, n - i, before, &len);
        total += before;
    }
    return total;
}

static const char *cell(const struct doc *d, uint32_t row, uint32_t column) {
    const char *s = d->rows[row][column];
    return s != NULL ? s : "";
}

static size_t width_of(const char *s) {
    return text_width(s, strlen(s));
}

void table_measure(const struct doc *d, struct table_layout *out) {
    *out = (struct table_layout){0};
    for (uint32_t i = 0; i < d->column_count; i++) {
        size_t w = width_of(d->columns[i].name);
        for (uint32_t r = 0; r < d->row_count; r++) {
            size_t c = width_of(cell(d, r, i));
            if (c > w) w = c;
        }
        out->width[i] = w;
        out->total += w + (i > 0 ? TABLE_GAP : 0);
    }
}

static void pad(struct buf *out, size_t n) {
    while (n-- > 0) buf_char(out, ' ');
}

static void put_cell(const struct doc *d, const struct table_layout *t, uint32_t column, const char *s,
                     struct buf *out) {
    size_t w = width_of(s), space = t->width[column] > w ? t->width[column] - w : 0;
    bool right = d->columns[column].align == DOC_RIGHT;
    if (column > 0) pad(out, TABLE_GAP);
    if (right) pad(out, space);
    buf_text(out, s, strlen(s), false);
    if (!right && column + 1 < d->column_count) pad(out, space);
}

void table_head(const struct doc *d, const struct table_layout *t, struct buf *out) {
    for (uint32_t i = 0; i < d->column_count; i++) put_cell(d, t, i, d->columns[i].name, out);
}

void table_row(const struct doc *d, const struct table_layout *t, uint32_t row, struct buf *out) {
    for (uint32_t i = 0; i < d->column_count; i++) put_cell(d, t, i, cell(d, row, i), out);
}

void table_words(const struct doc *d, uint32_t row, struct buf *out) {
    bool any = false;
    for (uint32_t i = 0; i < d->column_count; i++) {
        const char *s = cell(d, row, i), *name = d->columns[i].name;
        if (s[0] == '\0') continue;
        if (any) buf_str(out, SEPARATOR);
        any = true;
        if (name[0] != '\0') {
            buf_text(out, name, strlen(name), false);
            buf_str(out, text_colon(d->lang));
        }
        buf_text(out, s, strlen(s), false);
    }
}

const char *text_colon(enum lang lang) {
    return tr(lang, ": ", "\u00a0: ");
}

void text_left_out(enum lang lang, enum left_out what, uint32_t n, struct buf *out) {
    bool one = n == 1;
    switch (what) {
    case LEFT_LINES:
        buf_printf(
            out,
            tr(lang, one ? "… %u more line" : "… %u more lines", one ? "… %u ligne de plus" : "… %u lignes de plus"),
            n);
        break;
    case LEFT_FIELDS:
        buf_printf(
            out,
            tr(lang, one ? "… %u more field" : "… %u more fields", one ? "… %u champ de plus" : "… %u champs de plus"),
            n);
        break;
    case LEFT_ROWS:
        buf_printf(
            out, tr(lang, one ? "… %u more row" : "… %u more rows", one ? "… %u ligne de plus" : "… %u lignes de plus"),
            n);
        break;
    }
}

void text_file(enum lang lang, const struct doc_file *f, struct buf *out) {
    char size[DOC_SIZE_TEXT_MAX];
    buf_printf(out, "%s %s (%s)", doc_is_picture(f) ? "🖼️" : "📎", f->name, size_say(size, lang, f->n));
}

static void put_part(struct buf *out, size_t start, const char *s) {
    if (s == NULL || s[0] == '\0') return;
    if (out->len > start) buf_str(out, SEPARATOR);
    buf_text(out, s, strlen(s), false);
}

void text_small_print(const struct doc *d, bool with_time, struct buf *out) {
    size_t start = out->len;
    put_part(out, start, d->mode);
    put_part(out, start, d->footer);
    if (!with_time || d->time.ns == WHEN_NONE.ns) return;
    if (d->time_text != NULL) {
        put_part(out, start, d->time_text);
        return;
    }
    char text[WHEN_TEXT_MAX];
    put_part(out, start, when_say(text, d->lang, d->time, NULL));
    buf_str(out, " UTC");
}
