/*
 * export: history as CSV or JSON, row by row, for `mia export` and /export alike: the same
 * arguments give the same bytes. Where the bytes go is the owner's business. Money is
 * written from the integers, never through a double.
 *
 * A cell of free text that a spreadsheet would run as a formula (it begins with = + @ tab,
 * or with a minus and is no number) gets an apostrophe; numbers stay numbers.
 */
#ifndef MIA_BOT_EXPORT_H
#define MIA_BOT_EXPORT_H

#include "engine/base/buf.h"
#include "engine/net/json.h"
#include "engine/store.h"

enum export_what { EXPORT_TRADES, EXPORT_SIGNALS, EXPORT_AUDIT, EXPORT_WHAT_COUNT };
const char *export_what_name(enum export_what w); /* "trades" "signals" "audit" */
bool export_what_parse(const char *name, enum export_what *out);

struct export {
    /* set by the owner */
    enum export_what what;
    bool json;
    enum lang lang; /* of the reasons of signals */
    void (*write)(void *arg, const char *bytes, size_t n);
    bool (*full)(void *arg); /* may be NULL; true after some rows: no more until export_resume */
    void *arg;
    bool stopped; /* rows that still come are let pass: nobody wants them any more */
    /* kept here */
    struct store *store;
    struct store_page page;
    when_t from, to;
    store_done_fn done;
    uint64_t rows;
    struct buf line;
    struct jw w;
};
void export_open(struct export *x); /* after what the owner sets */
void export_clear(struct export *x);
/* Asks for the rows of [from, to), WHEN_NONE: open, oldest first, a page at a time. done gets x, after the last byte was
 * written; never inside the call, and never while it waits for export_resume. */
void export_ask(struct export *x, struct store *s, when_t from, when_t to, store_done_fn done);
void export_resume(struct export *x);
/* What follows the last row; done does not do it, because the rows may not be all. */
void export_end(struct export *x);

#endif
