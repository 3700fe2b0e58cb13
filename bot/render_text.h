/*
 * render_text: what the renderers share: the width of a text on a screen, tables laid
 * out in columns or, where those are too wide, in words, and the small print. The
 * texts it makes are plain: each renderer escapes them.
 */
#ifndef MIA_BOT_RENDER_TEXT_H
#define MIA_BOT_RENDER_TEXT_H

#include <stddef.h>

#include "bot/doc.h"
#include "engine/base/buf.h"

#define PHONE_COLUMNS 40 /* a fixed-width line that a phone shows without breaking it */
#define TABLE_GAP 2      /* blanks between two columns */

/* Columns of a terminal: wide characters and emoji count two, marks that combine none. */
size_t text_width(const char *s, size_t n);
/* The longest prefix, in bytes, of at most `columns` columns. */
size_t text_prefix(const char *s, size_t n, size_t columns);

struct table_layout {
    size_t width[DOC_COLUMNS_MAX]; /* of each column */
    size_t total;                  /* of a line */
};
void table_measure(const struct doc *d, struct table_layout *out);
void table_head(const struct doc *d, const struct table_layout *t, struct buf *out); /* "#   Symbol  P&L" */
void table_row(const struct doc *d, const struct table_layout *t, uint32_t row,
               struct buf *out); /* "17  XAUUSD  +12" */
void table_words(const struct doc *d, uint32_t row,
                 struct buf *out); /* "#: 17 · Symbol: XAUUSD · …", empty cells skipped */

const char *text_colon(enum lang lang); /* ": ", with the no-break space that French asks for */

/* "… 3 more rows", where n > 0. */
enum left_out { LEFT_LINES, LEFT_FIELDS, LEFT_ROWS };
void text_left_out(enum lang lang, enum left_out what, uint32_t n, struct buf *out);

/* "📎 trades.csv (12 KB)" */
void text_file(enum lang lang, const struct doc_file *f, struct buf *out);

/* "PAPER · footer", and " · 30 juin 2025 14:32" where with_time: the small print under every message. */
void text_small_print(const struct doc *d, bool with_time, struct buf *out);

#endif
