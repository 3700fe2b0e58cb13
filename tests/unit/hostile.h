/*
 * hostile: docs full of what people, venues and attackers may write: mentions, markup,
 * terminal escapes, direction marks, broken UTF-8, and far too much of it. Seeded, so
 * that a failure can be repeated. Tests only.
 */
#ifndef MIA_TESTS_HOSTILE_H
#define MIA_TESTS_HOSTILE_H

#include <string.h>

#include "bot/doc.h"
#include "engine/base/buf.h"
#include "engine/base/rng.h"

static const char *const hostile_parts[] = {
    "@everyone",
    "@here",
    "<@1234567890>",
    "<@!99>",
    "<@&42>",
    "<#7>",
    "</close:12>",
    "<t:1700000000:R>",
    "<:x:1>",
    "<id:guide>",
    "**bold**",
    "__u__",
    "~~s~~",
    "||spoiler||",
    "`code`",
    "```\nblock\n```",
    "``` ",
    "[text](https://evil.example/)",
    "> quote",
    "# head",
    "-# small",
    "- item",
    "1. one",
    "* star",
    "\\",
    "\\\\*",
    "\\`",
    "https://evil.example/a_b?x=<y>",
    "www.evil.example",
    "t.me/evil",
    "@durov",
    "a@b.example",
    "<b>",
    "</b>",
    "</pre>",
    "<a href=\"tg://user?id=1\">x</a>",
    "&amp;",
    "&lt;",
    "&",
    "<",
    ">",
    "\"",
    "'",
    "\033[31m",
    "\033]0;title\007",
    "\a\b\r",
    "\x7f",
    "\u202e"
    "desrever",
    "\u2066x\u2069",
    "\u200f",
    "\ufeff",
    "\u2028",
    "\xff\xfe",
    "\xc3",
    "\xe2\x82",
    "\xf0\x9f",
    "\xed\xa0\x80",
    "\xc0\xaf",
    "🟢",
    "🏴‍☠️",
    "👩‍👩‍👧",
    "é",
    "e\u0301",
    "漢字",
    "مرحبا",
    "\u00a0",
    "\u202f",
    "\t",
    "\n",
    "\n\n",
    " ",
    "  ",
    "%s%n",
    "{}",
    "\"}],\"",
    "0",
    "-450",
    "word",
    "XAUUSD",
    "@",
    "@\x01"
    "everyone",
    "<\x02@1>",
    "@\u202e"
    "here",
    ":",
    "://",
    "||",
    "|",
    "~",
    "_",
    "*",
    "`",
};

/* About `pieces` pieces. */
static const char *hostile_text(struct arena *a, struct rng *r, uint32_t pieces) {
    struct buf b;
    buf_init(&b, 1u << 20);
    for (uint32_t i = 0; i < pieces; i++) {
        buf_str(&b, hostile_parts[rng_below(r, sizeof hostile_parts / sizeof hostile_parts[0])]);
        if (rng_below(r, 4) == 0) buf_char(&b, ' ');
    }
    const char *s = arena_strndup(a, b.p, b.len);
    buf_clear(&b);
    return s;
}

static uint32_t hostile_size(struct rng *r) {
    uint32_t kind = rng_below(r, 20);
    return kind == 0 ? 2000 : kind < 4 ? 200 : rng_below(r, 12);
}

static void hostile_table(struct arena *a, struct rng *r, struct doc *d) {
    uint32_t columns = rng_below(r, DOC_COLUMNS_MAX + 1), rows = rng_below(r, DOC_ROWS_MAX + 10);
    uint32_t pieces = rng_below(r, 3) == 0 ? 40 : 1;
    for (uint32_t i = 0; i < columns; i++)
        doc_column(d, hostile_text(a, r, rng_below(r, 2)), rng_below(r, 2) ? DOC_LEFT : DOC_RIGHT);
    for (uint32_t i = 0; i < rows && columns > 0; i++) {
        const char *cells[DOC_COLUMNS_MAX] = {NULL};
        for (uint32_t k = 0; k < columns; k++)
            if (rng_below(r, 8) != 0) cells[k] = hostile_text(a, r, rng_below(r, pieces + 1));
        doc_row(d, cells);
    }
}

/* Also writes members directly, past the builders that clean: renderers must hold by themselves. */
static struct doc *hostile_doc(struct arena *a, struct rng *r) {
    struct doc *d =
        doc_new(a, (enum lang)rng_below(r, LANG_COUNT), (enum doc_severity)rng_below(r, DOC_SEVERITY_COUNT));
    if (rng_below(r, 8) != 0) doc_title(d, rng_below(r, 2) ? "🟢" : NULL, "%s", hostile_text(a, r, hostile_size(r)));
    for (uint32_t i = rng_below(r, rng_below(r, 5) == 0 ? DOC_LINES_MAX + 9 : 6); i > 0; i--)
        doc_line(d, "%s", hostile_text(a, r, hostile_size(r)));
    for (uint32_t i = rng_below(r, rng_below(r, 4) == 0 ? DOC_FIELDS_MAX + 9 : 4); i > 0; i--)
        (rng_below(r, 2) ? doc_field : doc_field_wide)(d, hostile_text(a, r, rng_below(r, 9)), "%s",
                                                       hostile_text(a, r, hostile_size(r)));
    if (rng_below(r, 3) == 0) hostile_table(a, r, d);
    if (rng_below(r, 4) == 0) doc_code(d, hostile_text(a, r, hostile_size(r) * 3));
    if (rng_below(r, 3) == 0) doc_footer(d, "%s", hostile_text(a, r, rng_below(r, 30)));
    for (uint32_t i = rng_below(r, 3) == 0 ? rng_below(r, DOC_BUTTONS_MAX + 1) : 0; i > 0; i--)
        doc_button(d, arena_printf(a, "x:%u", i), hostile_text(a, r, rng_below(r, 9)),
                   (enum doc_button_style)rng_below(r, 4));
    if (rng_below(r, 2)) doc_time(d, when_from_sec(1751293920 + (int64_t)rng_below(r, 100000)), NULL);
    d->mode = rng_below(r, 4) == 0 ? NULL : rng_below(r, 2) ? "PAPER" : "LIVE";
    d->mention = rng_below(r, 4) == 0;
    if (rng_below(r, 6) == 0) d->title = hostile_text(a, r, hostile_size(r));
    if (rng_below(r, 6) == 0) d->footer = hostile_text(a, r, hostile_size(r));
    if (rng_below(r, 6) == 0) d->code = hostile_text(a, r, hostile_size(r));
    if (rng_below(r, 6) == 0 && d->line_count > 0) d->lines[0] = hostile_text(a, r, hostile_size(r));
    return d;
}

#define HOSTILE_ARENA (32u << 20)

#endif
