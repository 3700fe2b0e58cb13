/*
 * outbox_files: the one file that a message may carry. Its bytes are committed with its
 * row, and from then on they lie in the store alone: each attempt asks for them, so a
 * backlog costs no memory and a message after a restart is the same as one before. What
 * a platform does not take goes without, and says so.
 */
#include <stdlib.h>
#include <string.h>

#include "bot/outbox_priv.h"
#include "engine/base/log.h"
#include "engine/base/mem.h"

_Static_assert(DOC_FILE_MAX <= OUTBOX_FILE_MAX, "the store keeps what a doc can carry");
_Static_assert(OUTBOX_FILES_MAX *PLATFORM_COUNT < STORE_BATCH_MAX, "the files of one turn fit its batch");

const struct doc *file_fit(struct outbox *b, enum platform p, bool spill, const struct doc *doc) {
    if (!doc->file.n) return doc;
    if (doc->file.bytes && !spill && b->platforms[p].file_bytes + doc->file.n <= OUTBOX_FILES_MAX) return doc;
    log_warn("outbox", "a message for %s goes without its file: too many wait", platform_name(p));
    struct doc *copy = arena_alloc(b->arena, sizeof *copy);
    *copy = *doc;
    copy->arena = b->arena;
    doc_file_left_out(copy,
                      tr(doc->lang, "too many files wait to be sent", "trop de fichiers attendent d’être envoyés"));
    return copy;
}

void file_put(struct outbox *b, enum platform p, struct item *i, const struct doc *doc) {
    struct platform_state *ps = &b->platforms[p];
    if (!doc->file.n && i->file_bytes) store_drop_file(desk_batch(b->o.desk), i->id);
    ps->file_bytes -= i->file_bytes;
    i->file_bytes = (uint32_t)doc->file.n;
    ps->file_bytes += i->file_bytes;
    if (doc->file.n) store_put_file(desk_batch(b->o.desk), i->id, doc->file.bytes, doc->file.n);
}

/* The page's history goes on showing the files of its channels. */
void file_end(struct store_batch *batch, enum platform p, const struct item *i, enum outbox_state state) {
    bool kept = p == PLATFORM_LOCAL && i->kind != OUTBOX_REPLY && state == OUTBOX_DONE;
    if (i->file_bytes && !kept) store_drop_file(batch, i->id);
}

bool file_may_go(const struct outbox *b, const struct lane *l) {
    return !l->head->file_bytes || b->platforms[l->platform].files_at_once < OUTBOX_FILES_AT_ONCE;
}

void file_take_slot(struct outbox *b, struct lane *l) {
    if (!l->head->file_bytes) return;
    l->file_slot = true;
    b->platforms[l->platform].files_at_once++;
}

void file_rest(struct outbox *b, struct lane *l) {
    if (!l->file_slot) return;
    b->platforms[l->platform].files_at_once--;
    free(l->file);
    l->file = NULL;
    l->file_len = 0;
    l->file_slot = l->file_known = false;
    outbox_ask_pump(b); /* another one may go */
}

/* ---- the bytes ---- */

static void file_row(void *arg, const void *bytes, size_t n) {
    struct lane *l = arg;
    l->file = xmalloc(n + 1);
    memcpy(l->file, bytes, n);
    l->file_len = n;
}

static void file_done(void *arg, const struct err *failed) {
    struct lane *l = arg;
    if (failed) log_error("outbox", "a file cannot be read again: %s", failed->text[LANG_EN]);
    l->file_known = true;
    lane_deliver(l->owner, l);
}

bool file_ready(struct outbox *b, struct lane *l) {
    if (!l->file_slot || l->file_known) return true;
    store_load_file(b->o.store, l->head->id, file_row, file_done, l);
    return false;
}

const struct doc *file_doc(struct outbox *b, struct lane *l, const struct doc *doc) {
    const struct item *h = l->head;
    if (!doc->file.n) return doc;
    struct doc *copy = arena_alloc(b->arena, sizeof *copy);
    *copy = *doc;
    copy->arena = b->arena;
    if (h->file_refused)
        doc_file_left_out(copy, err_text(h->file_refused, doc->lang));
    else if (!l->file || l->file_len != doc->file.n)
        doc_file_left_out(copy, tr(doc->lang, "it is no longer kept", "il n’est plus conservé"));
    else
        copy->file.bytes = l->file;
    return copy;
}
